//! How the bytes of HTTP/1.1 are understood, without connections: for who looks for bytes that two readers understand
//! differently (`fuzz/`, and the tests below).

use crate::body::{Decoder, Framing, Wire};
use crate::forwarded::Forwarded;
use crate::head::{Answer, Lines, Request, slots};
use crate::http1::next_head;
use crate::stream::{self, Input};

/// A message as the balancer passes it on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The head, written anew.
    pub head: Vec<u8>,
    /// The body without its framing.
    pub body: Vec<u8>,
    /// Whether the body has come to its end.
    pub whole: bool,
}

/// The requests that a client's bytes are, as they come in pieces; and with which status they are refused at their end,
/// if they are.
pub fn requests<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Message>, Option<u16>) {
    let (mut input, mut lines, mut found) = (Input::default(), Lines::default(), Vec::<Message>::new());
    let mut decoder = Decoder::new(Framing::Empty);
    for piece in pieces {
        input.push(piece);
        loop {
            if let Some(message) = found.last_mut().filter(|message| !message.whole) {
                let mut wire = Wire::default();
                let decoded = stream::decode(&mut input, &mut decoder, &mut wire);
                message.body.extend_from_slice(wire.unwritten());
                if decoded.is_err() {
                    return (found, Some(400));
                }
                message.whole = decoder.is_ended();
                if !message.whole {
                    break;
                }
            }
            let length = match next_head(&mut input, &mut lines) {
                None => break,
                Some(Err(refusal)) => return (found, Some(refusal.0)),
                Some(Ok(length)) => length,
            };
            let mut message = Message::default();
            match Request::parse(input.unread().get(..length).unwrap_or_default(), &mut slots()) {
                Ok(request) => {
                    let client = Forwarded::new([192, 0, 2, 1].into(), 80, "http");
                    request.write(&mut message.head, &client, |_| {});
                    decoder = Decoder::new(request.body);
                }
                Err(refusal) => return (found, Some(refusal.0)),
            }
            lines = Lines::default();
            input.consume(length);
            found.push(message);
        }
    }
    (found, None)
}

/// The answer that a target's bytes begin with, and how many of them are its; nothing if they are none, or too few.
pub fn answer(bytes: &[u8], to_head: bool) -> Option<(Message, usize)> {
    let (head, rest) = bytes.split_at_checked(Lines::default().end(bytes)?)?;
    let mut slots = slots();
    let answer = Answer::parse(head, &mut slots).ok()?;
    let framing = answer.framing(to_head);
    let mut message = Message::default();
    answer.write(&mut message.head, true, matches!(framing, Framing::Chunked | Framing::Close), 0, |_| {});
    let (mut decoder, mut wire) = (Decoder::new(framing), Wire::default());
    let used = decoder.decode(rest, &mut wire).ok()?;
    message.body.extend_from_slice(wire.unwritten());
    message.whole = decoder.is_ended();
    Some((message, head.len() + used))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    /// Parts that requests, and what is nearly one, are made of.
    fn parts() -> impl Strategy<Value = Vec<u8>> {
        const PARTS: &[&str] = &[
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
            "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;e=f\r\nab\r\n0\r\nT: u\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\n",
            "Content-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Connection: close, X\r\n",
            " folded\r\n",
            "\r\n",
            "\n",
            "\r",
            "0\r\n\r\n",
            "5\r\nhello\r\n",
            "hello",
        ];
        prop::collection::vec(select(PARTS), 0..8).prop_map(|parts| parts.concat().into_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn bytes_mean_the_same_however_they_come(
            mut bytes in parts(),
            noise in prop::option::weighted(0.3, (any::<Index>(), any::<u8>())),
            cuts in prop::collection::vec(any::<Index>(), 0..12),
        ) {
            if let Some((at, byte)) = noise.filter(|_| !bytes.is_empty()) {
                *at.get_mut(&mut bytes) = byte;
            }
            let whole = requests([&bytes[..]]);
            prop_assert_eq!(&requests(bytes.chunks(1)), &whole);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let (mut pieces, mut begin) = (Vec::new(), 0);
            for cut in cuts.into_iter().chain([bytes.len()]) {
                pieces.push(&bytes[begin..cut]);
                begin = cut;
            }
            prop_assert_eq!(&requests(pieces), &whole);
            // What is passed on means the same to the next reader.
            for message in &whole.0 {
                let (again, refused) = requests([&message.head[..]]);
                prop_assert_eq!((again.len(), refused), (1, None), "{:?}", String::from_utf8_lossy(&message.head));
            }
        }
    }
}
