//! What the balancer adds to a request: who asks, from where, and a number.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::head;
use crate::limits;

/// What the balancer adds about a client.
pub(crate) struct Forwarded {
    /// Goes behind those that the client names itself.
    pub(crate) address: Box<[u8]>,
    /// The end of that line, and those of port and scheme, which are the balancer's to say.
    pub(crate) rest: Box<[u8]>,
}

impl Forwarded {
    pub(crate) fn new(client: IpAddr, port: u16, scheme: &str) -> Self {
        let rest = format!("\r\nx-forwarded-port: {port}\r\nx-forwarded-proto: {scheme}\r\n");
        Self { address: client.to_string().into_bytes().into(), rest: rest.into_bytes().into() }
    }
}

/// Numbers requests, as AWS's balancer does: `Root=1-SECONDS-96 BITS`. They need be different, not secret.
pub(crate) struct Traces {
    count: AtomicU64,
    keys: RandomState,
}

impl Traces {
    pub(crate) fn new() -> Self {
        Self { count: AtomicU64::new(0), keys: RandomState::new() }
    }

    /// Writes a request's number, or, if it has one (`Root`), the balancer's part of it (`Self`); gives its length.
    pub(crate) fn write(&self, to: &mut Vec<u8>, known: Option<&[u8]>, now: u64) -> usize {
        let count = self.count.fetch_add(1, Relaxed);
        let (high, low) = (self.keys.hash_one(count), self.keys.hash_one((count, 1u8)) as u32);
        to.extend_from_slice(b"x-amzn-trace-id: ");
        let begin = to.len();
        let known = known.and_then(|known| std::str::from_utf8(known).ok());
        match known.filter(|known| known.contains("Root=") && known.len() <= limits::TRACE_BYTES) {
            Some(known) => {
                number(to, "Self", now as u32, high, low);
                for part in known.split(';').filter(|part| !part.trim_start().starts_with("Self=")) {
                    to.push(b';');
                    to.extend_from_slice(part.as_bytes());
                }
            }
            None => number(to, "Root", now as u32, high, low),
        }
        let length = to.len() - begin;
        to.extend_from_slice(b"\r\n");
        length
    }
}

/// `NAME=1-SECONDS-HIGHLOW`, without the machinery of formats: it is done for each request.
fn number(to: &mut Vec<u8>, name: &str, seconds: u32, high: u64, low: u32) {
    to.extend_from_slice(name.as_bytes());
    to.extend_from_slice(b"=1-");
    head::hex(to, u64::from(seconds), 8);
    to.push(b'-');
    head::hex(to, high, 16);
    head::hex(to, u64::from(low), 8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(traces: &Traces, known: Option<&str>, now: u64) -> String {
        let mut line = Vec::new();
        let length = traces.write(&mut line, known.map(str::as_bytes), now);
        let line = String::from_utf8(line).unwrap();
        let number = line.strip_prefix("x-amzn-trace-id: ").unwrap().strip_suffix("\r\n").unwrap();
        assert_eq!(number.len(), length);
        number.to_owned()
    }

    #[test]
    fn requests_have_different_numbers_and_keep_their_root() {
        let traces = Traces::new();
        let one = written(&traces, None, 0x6789_1233);
        assert!(one.starts_with("Root=1-67891233-") && one.len() == "Root=1-67891233-".len() + 24, "{one}");
        assert_ne!(one, written(&traces, None, 0x6789_1233));
        let two = written(&traces, Some("Self=1-0-0;Root=1-a-b;Sampled=1"), 1);
        assert!(two.starts_with("Self=1-00000001-") && two.ends_with(";Root=1-a-b;Sampled=1"), "{two}");
        let long = format!("Root=1-a-b;{}", "x".repeat(limits::TRACE_BYTES));
        assert!(written(&traces, Some(&long), 1).starts_with("Root=1-00000001-"));
    }
}
