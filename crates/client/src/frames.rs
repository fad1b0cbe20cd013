//! Multiplexed streams: standard output and standard error on one connection.
//!
//! Each frame begins with eight bytes: which stream, three zeros, and the length as a big-endian 32-bit number.
//! Source: the Engine API's reference, "Stream format" of `POST /containers/{id}/attach`.

use bytes::{Buf, Bytes, BytesMut};

use crate::limits;

const HEADER: usize = 8;

/// Which stream a frame belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Standard output (and the echo of standard input).
    Stdout,
    /// Standard error.
    Stderr,
    /// The daemon itself: why the stream ends.
    System,
}

/// One piece of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Which stream.
    pub origin: Origin,
    /// Its bytes.
    pub data: Bytes,
}

/// Bytes that are no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A first byte that names no stream.
    #[error("Unrecognized input header: {0}")]
    Stream(u8),
    /// A frame too long to be one.
    #[error("a frame of {0} bytes is longer than any daemon sends")]
    Long(usize),
}

/// Takes bytes as they come and gives frames. Long frames are given in parts, so that nothing waits for their end.
#[derive(Debug, Default)]
pub struct Frames {
    buffer: BytesMut,
    open: Option<(Origin, usize)>,
}

impl Frames {
    /// A decoder that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole or partial frame; `None` when more bytes are needed.
    ///
    /// # Errors
    /// When the bytes are no frame; the stream cannot be read any further then.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        loop {
            if let Some((origin, left)) = self.open {
                if self.buffer.is_empty() {
                    return Ok(None);
                }
                let count = left.min(self.buffer.len());
                let data = self.buffer.split_to(count).freeze();
                self.open = (left > count).then_some((origin, left - count));
                return Ok(Some(Frame { origin, data }));
            }
            if self.buffer.len() < HEADER {
                return Ok(None);
            }
            let origin = match self.buffer[0] {
                0 | 1 => Origin::Stdout,
                2 => Origin::Stderr,
                3 => Origin::System,
                other => return Err(FrameError::Stream(other)),
            };
            let mut header = self.buffer.split_to(HEADER);
            header.advance(4);
            let length = usize::try_from(header.get_u32()).unwrap_or(usize::MAX);
            if length > limits::FRAME_BYTES_MAX {
                return Err(FrameError::Long(length));
            }
            self.open = (length > 0).then_some((origin, length));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(frames: &mut Frames) -> Vec<(Origin, Vec<u8>)> {
        std::iter::from_fn(|| frames.next_frame().unwrap()).map(|frame| (frame.origin, frame.data.to_vec())).collect()
    }

    #[test]
    fn frames_come_whole_from_single_bytes() {
        let wire = b"\x01\0\0\0\0\0\0\x02hi\x02\0\0\0\0\0\0\x00\x02\0\0\0\0\0\0\x03err";
        let mut frames = Frames::new();
        let mut got: Vec<(Origin, Vec<u8>)> = Vec::new();
        for byte in wire {
            frames.push(&[*byte]);
            for (origin, data) in all(&mut frames) {
                match got.last_mut() {
                    Some((last, bytes)) if *last == origin => bytes.extend(data),
                    _ => got.push((origin, data)),
                }
            }
        }
        assert_eq!(got, [(Origin::Stdout, b"hi".to_vec()), (Origin::Stderr, b"err".to_vec())]);
    }

    #[test]
    fn other_bytes_are_refused() {
        let mut frames = Frames::new();
        frames.push(b"hello, world");
        assert_eq!(frames.next_frame(), Err(FrameError::Stream(b'h')));
        let mut frames = Frames::new();
        frames.push(b"\x01\0\0\0\xff\xff\xff\xff");
        assert_eq!(frames.next_frame(), Err(FrameError::Long(0xffff_ffff)));
    }
}
