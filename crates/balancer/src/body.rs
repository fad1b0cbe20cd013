//! Bodies of HTTP/1.1: where they end (RFC 9112, sections 6 and 7), and how they are written.

use crate::head;
use crate::limits;

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Empty,
    /// So many bytes, and never none.
    Length(u64),
    Chunked,
    /// With the connection.
    Close,
}

impl Framing {
    pub(crate) fn of_length(length: u64) -> Self {
        if length == 0 { Self::Empty } else { Self::Length(length) }
    }
}

/// What is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Reads a body.
pub(crate) struct Decoder {
    state: State,
    /// Bytes of extensions so far: nobody needs any, and they are not to be endless.
    extensions: usize,
    /// The lines of the trailers so far.
    trailers: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ended,
    Length(u64),
    Close,
    /// The size of a chunk, with the count of its digits.
    Size(u64, u8),
    /// After the size, or in an extension.
    Extension(u64),
    SizeEnd(u64),
    Data(u64),
    DataReturn,
    DataEnd,
    Trailers,
}

impl Decoder {
    pub(crate) fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Empty => State::Ended,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size(0, 0),
            Framing::Close => State::Close,
        };
        Self { state, extensions: 0, trailers: Vec::new() }
    }

    /// Reads what there is; gives how much of it belongs to the body.
    pub(crate) fn decode(&mut self, bytes: &[u8], to: &mut Wire) -> Result<usize, Malformed> {
        let mut rest = bytes;
        loop {
            match self.state {
                State::Ended => {
                    to.end();
                    return Ok(bytes.len() - rest.len());
                }
                State::Length(left) => {
                    let left = left - take(&mut rest, left, to);
                    if left > 0 {
                        self.state = State::Length(left);
                        return Ok(bytes.len());
                    }
                    self.state = State::Ended;
                }
                State::Close => {
                    take(&mut rest, u64::MAX, to);
                    return Ok(bytes.len());
                }
                State::Data(left) => {
                    let left = left - take(&mut rest, left, to);
                    self.state = if left > 0 { State::Data(left) } else { State::DataReturn };
                    if left > 0 {
                        return Ok(bytes.len());
                    }
                }
                _ => {
                    let Some((byte, after)) = rest.split_first() else { return Ok(bytes.len()) };
                    rest = after;
                    self.step(*byte, to)?;
                }
            }
        }
    }

    /// One byte between the chunks.
    fn step(&mut self, byte: u8, to: &mut Wire) -> Result<(), Malformed> {
        self.state = match (self.state, byte) {
            (State::Size(size, digits @ 0..16), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).ok_or(Malformed)?;
                State::Size(size << 4 | u64::from(digit), digits + 1)
            }
            (State::Size(size, 1..) | State::Extension(size), b'\r') => State::SizeEnd(size),
            (State::Size(size, 1..), b' ' | b'\t' | b';') => State::Extension(size),
            (State::Extension(size), b'\t' | b' '..=b'~' | 0x80..) => {
                self.extensions += 1;
                if self.extensions > limits::EXTENSIONS {
                    return Err(Malformed);
                }
                State::Extension(size)
            }
            (State::SizeEnd(0), b'\n') => State::Trailers,
            (State::SizeEnd(size), b'\n') => State::Data(size),
            (State::DataReturn, b'\r') => State::DataEnd,
            (State::DataEnd, b'\n') => State::Size(0, 0),
            (State::Trailers, byte) => {
                self.trailers.push(byte);
                let lines = &self.trailers;
                if lines.len() > limits::TRAILER_BYTES || lines.ends_with(b"\n") && !lines.ends_with(b"\r\n") {
                    return Err(Malformed);
                }
                if lines == b"\r\n" || lines.ends_with(b"\r\n\r\n") {
                    to.trailers(&head::trailers(&std::mem::take(&mut self.trailers)).ok_or(Malformed)?);
                    State::Ended
                } else {
                    State::Trailers
                }
            }
            _ => return Err(Malformed),
        };
        Ok(())
    }

    /// Whether the connection's end is the body's.
    pub(crate) fn ends_with_connection(&self) -> bool {
        self.state == State::Close
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.state == State::Ended
    }
}

/// Hands on as much as there is of so many bytes.
fn take(rest: &mut &[u8], limit: u64, to: &mut Wire) -> u64 {
    let count = usize::try_from(limit).unwrap_or(usize::MAX).min(rest.len());
    let (data, after) = rest.split_at(count);
    to.push(data);
    *rest = after;
    count as u64
}

/// A message on its way out: the head, or what has come of the body and was not written yet. Nothing is read while
/// there is something, so it has a bound.
#[derive(Default)]
pub(crate) struct Wire {
    bytes: Vec<u8>,
    start: usize,
    chunked: bool,
    ended: bool,
    touched: bool,
    /// Whether something was let go of.
    torn: bool,
    trailers: Vec<u8>,
    /// Bytes of the body so far.
    pub(crate) count: u64,
}

impl Wire {
    /// Begins a message; gives where its head is to be written.
    pub(crate) fn begin(&mut self) -> &mut Vec<u8> {
        self.bytes.clear();
        self.trailers.clear();
        (self.start, self.count) = (0, 0);
        (self.chunked, self.ended, self.touched, self.torn) = (false, false, false, false);
        &mut self.bytes
    }

    /// Whether the body is written in chunks.
    pub(crate) fn set_chunked(&mut self, chunked: bool) {
        self.chunked = chunked;
    }

    pub(crate) fn push(&mut self, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        self.make_room();
        self.count += data.len() as u64;
        if !self.chunked {
            self.bytes.extend_from_slice(data);
            return;
        }
        let length = data.len() as u64;
        head::hex(&mut self.bytes, length, 16 - length.leading_zeros() / 4);
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes.extend_from_slice(data);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// What comes after the body's last byte, as lines.
    pub(crate) fn trailers(&mut self, lines: &[u8]) {
        self.trailers.extend_from_slice(lines);
    }

    /// The body is at its end.
    pub(crate) fn end(&mut self) {
        if self.ended {
            return;
        }
        self.ended = true;
        if self.chunked {
            self.make_room();
            self.bytes.extend_from_slice(b"0\r\n");
            self.bytes.append(&mut self.trailers);
            self.bytes.extend_from_slice(b"\r\n");
        }
    }

    /// What was written is kept until here, should it have to be written again.
    fn make_room(&mut self) {
        if self.is_empty() {
            self.torn |= self.touched;
            self.bytes.clear();
            self.start = 0;
        }
    }

    pub(crate) fn unwritten(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    pub(crate) fn written(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.bytes.len());
        self.touched |= count > 0;
    }

    /// Takes what is unwritten, and the trailers if the body is at its end: for who has no bytes to write.
    pub(crate) fn take(&mut self) -> (Vec<u8>, Vec<u8>) {
        let bytes = self.unwritten().to_vec();
        self.written(bytes.len());
        let trailers = if self.ended { std::mem::take(&mut self.trailers) } else { Vec::new() };
        (bytes, trailers)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.bytes.len()
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Whether it is at its end without anything of a body, or behind it, that was not taken.
    pub(crate) fn is_over(&self) -> bool {
        self.ended && self.is_empty() && self.trailers.is_empty()
    }

    /// Whether nothing was written.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.touched
    }

    /// As if nothing had been written, if all of it is still there.
    pub(crate) fn rewind(&mut self) -> bool {
        if !self.torn {
            (self.start, self.touched) = (0, false);
        }
        !self.torn
    }

    /// Lets go of much memory.
    pub(crate) fn release(&mut self) {
        self.begin();
        if self.bytes.capacity() > limits::KEPT {
            self.bytes = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is read of a body in pieces: how many bytes were its, what is written, whether it is whole.
    fn read(framing: Framing, bytes: &[u8], cuts: &[usize]) -> Result<(usize, Vec<u8>, bool), Malformed> {
        let (mut decoder, mut wire) = (Decoder::new(framing), Wire::default());
        let (mut at, mut end, mut data, mut behind) = (0, 0, Vec::new(), Vec::new());
        for cut in cuts.iter().chain([&bytes.len()]) {
            end = (end + cut).min(bytes.len());
            at += decoder.decode(&bytes[at..end], &mut wire)?;
            let (bytes, trailers) = wire.take();
            data.extend(bytes);
            behind.extend(trailers);
        }
        data.extend(behind);
        Ok((at, data, decoder.is_ended()))
    }

    #[test]
    fn a_body_ends_where_it_ends() {
        for (framing, text, expected) in [
            (Framing::Empty, "abc", Ok((0, "", true))),
            (Framing::Length(2), "abc", Ok((2, "ab", true))),
            (Framing::Length(4), "abc", Ok((3, "abc", false))),
            (Framing::Close, "abc", Ok((3, "abc", false))),
            (Framing::Chunked, "2\r\nab\r\n0\r\n\r\nGET", Ok((12, "ab", true))),
            (Framing::Chunked, "1\r\na\r\n01 ;x=\"y\"\r\nb\r\n000\r\nX: y\r\n\r\n", Ok((33, "abX: y\r\n", true))),
            (Framing::Chunked, "A\r\n0123456789\r\n", Ok((15, "0123456789", false))),
            (Framing::Chunked, "", Ok((0, "", false))),
            (Framing::Chunked, "\r\n", Err(Malformed)),
            (Framing::Chunked, ";a\r\n", Err(Malformed)),
            (Framing::Chunked, " 1\r\na\r\n", Err(Malformed)),
            (Framing::Chunked, "-1\r\na\r\n", Err(Malformed)),
            (Framing::Chunked, "0x1\r\na\r\n", Err(Malformed)),
            (Framing::Chunked, "1_0\r\n", Err(Malformed)),
            (Framing::Chunked, "g\r\n", Err(Malformed)),
            (Framing::Chunked, "1\na\r\n", Err(Malformed)),
            (Framing::Chunked, "1\r\r\na", Err(Malformed)),
            (Framing::Chunked, "1\r\nab\r\n", Err(Malformed)),
            (Framing::Chunked, "1\r\na\n", Err(Malformed)),
            (Framing::Chunked, "1\r\na\r\r\n", Err(Malformed)),
            (Framing::Chunked, "1;a\nb\r\na\r\n", Err(Malformed)),
            (Framing::Chunked, "1;a\0\r\n", Err(Malformed)),
            (Framing::Chunked, "10000000000000001\r\n", Err(Malformed)),
            (Framing::Chunked, "0\r\nX: y\n\r\n", Err(Malformed)),
            (Framing::Chunked, "0\r\nX y\r\n\r\n", Err(Malformed)),
            (Framing::Chunked, "0\r\n X: y\r\n\r\n", Err(Malformed)),
        ] {
            let expected = expected.map(|(count, data, whole)| (count, data.as_bytes().to_vec(), whole));
            assert_eq!(read(framing, text.as_bytes(), &[]), expected, "{text:?}");
        }
    }

    #[test]
    fn what_nobody_needs_has_a_bound() {
        let extension = |count| format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(count));
        assert!(read(Framing::Chunked, extension(limits::EXTENSIONS).as_bytes(), &[]).is_ok());
        assert!(read(Framing::Chunked, extension(limits::EXTENSIONS + 1).as_bytes(), &[]).is_err());
        let small = "1;xxxxxxx\r\na\r\n".repeat(limits::EXTENSIONS / 7 + 1);
        assert!(read(Framing::Chunked, small.as_bytes(), &[]).is_err());
        let trailers = |count| format!("0\r\nA: {}\r\n\r\n", "x".repeat(count));
        assert!(read(Framing::Chunked, trailers(limits::TRAILER_BYTES - 100).as_bytes(), &[]).is_ok());
        assert!(read(Framing::Chunked, trailers(limits::TRAILER_BYTES).as_bytes(), &[]).is_err());
        let many = format!("0\r\n{}\r\n", "A: b\r\n".repeat(limits::TRAILERS + 1));
        assert!(read(Framing::Chunked, many.as_bytes(), &[]).is_err());
    }

    #[test]
    fn a_message_can_be_written_again_while_all_of_it_is_there() {
        let mut wire = Wire::default();
        wire.begin().extend_from_slice(b"head");
        wire.push(b"abc");
        assert!(wire.is_untouched());
        wire.written(5);
        assert_eq!(wire.unwritten(), b"bc");
        assert!(!wire.is_untouched() && wire.rewind() && wire.is_untouched());
        assert_eq!(wire.unwritten(), b"headabc");
        wire.written(7);
        wire.push(b"d");
        assert_eq!(wire.unwritten(), b"d");
        assert!(!wire.rewind() && !wire.is_untouched());
        assert_eq!(wire.count, 4);
    }

    proptest! {
        #[test]
        fn a_body_is_the_same_however_it_comes(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
            noise in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
            cuts in prop::collection::vec(1usize..20, 0..40),
        ) {
            let mut bytes = Vec::new();
            for piece in &pieces {
                bytes.extend(format!("{:x};a=b\r\n", piece.len()).into_bytes());
                bytes.extend(piece);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\nX-Sum: 7\r\n\r\nGET / HTTP/1.1\r\n");
            if let Some((at, byte)) = noise {
                *at.get_mut(&mut bytes) = byte;
            }
            for framing in [Framing::Chunked, Framing::Length(50), Framing::Close] {
                let whole = read(framing, &bytes, &[]);
                prop_assert_eq!(read(framing, &bytes, &cuts), whole.clone());
                if noise.is_none() && framing == Framing::Chunked {
                    let expected = [pieces.concat(), b"X-Sum: 7\r\n".to_vec()].concat();
                    prop_assert_eq!(whole, Ok((bytes.len() - 16, expected, true)));
                }
            }
        }

        #[test]
        fn what_is_written_in_chunks_is_read_as_it_was(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6),
        ) {
            let mut wire = Wire::default();
            wire.begin();
            wire.set_chunked(true);
            pieces.iter().for_each(|piece| wire.push(piece));
            wire.trailers(b"a: b\r\n");
            wire.end();
            let expected = [pieces.concat(), b"a: b\r\n".to_vec()].concat();
            prop_assert_eq!(read(Framing::Chunked, wire.unwritten(), &[]), Ok((wire.unwritten().len(), expected, true)));
        }
    }
}
