//! DNS messages, as far as a server needs them that answers for a few names and passes everything else on.
//!
//! Source: RFC 1035, sections 4.1 and 4.2; RFC 3596 for AAAA.
#![forbid(unsafe_code)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The one question of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The name without its last dot, in lower case.
    pub name: String,
    /// What is asked of it.
    pub kind: Kind,
    /// Where the question ends in the message.
    end: usize,
}

/// What is asked of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its IPv4 addresses.
    A,
    /// Its IPv6 addresses.
    Aaaa,
    /// The name of an address.
    Ptr,
    /// Anything else.
    Other,
}

/// How an answer without records ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The name exists.
    NoError = 0,
    /// The server cannot tell.
    ServerFailure = 2,
    /// The name does not exist.
    NoSuchName = 3,
}

const HEADER: usize = 12;
const CLASS_IN: u16 = 1;
/// Longest name, RFC 1035 section 2.3.4.
const NAME_MAX: usize = 255;
/// Seconds that an answer of ours may be kept: Docker's number.
const TTL: u32 = 600;

/// Reads a query with one question; `None` for everything else.
pub fn question(message: &[u8]) -> Option<Question> {
    let flags = word(message, 2)?;
    let is_query = flags & 0x8000 == 0 && flags & 0x7800 == 0;
    if !is_query || word(message, 4)? != 1 {
        return None;
    }
    let mut name = String::new();
    let mut at = HEADER;
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        // A question needs no compression, and a loop of it would never end.
        if length > 63 {
            return None;
        }
        let label = message.get(at..at + length)?;
        if !name.is_empty() {
            name.push('.');
        }
        name.extend(label.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
        if name.len() > NAME_MAX {
            return None;
        }
        at += length;
    }
    let kind = match (word(message, at)?, word(message, at + 2)?) {
        (1, CLASS_IN) => Kind::A,
        (28, CLASS_IN) => Kind::Aaaa,
        (12, CLASS_IN) => Kind::Ptr,
        _ => Kind::Other,
    };
    Some(Question { name, kind, end: at + 4 })
}

fn word(message: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(message.get(at..at + 2)?.try_into().ok()?))
}

/// The head of an answer to this query: its id, its question, our flags.
fn head(query: &[u8], question: &Question, code: Code, answers: usize) -> Vec<u8> {
    let mut message = query.get(..question.end).unwrap_or_default().to_vec();
    let recursion_desired = message[2] & 1;
    // An answer, recursion available.
    message[2] = 0x80 | recursion_desired;
    message[3] = 0x80 | code as u8;
    let count = u16::try_from(answers).unwrap_or(u16::MAX).to_be_bytes();
    message[6..8].copy_from_slice(&count);
    message[8..HEADER].fill(0);
    message
}

/// An answer without records.
pub fn without(query: &[u8], question: &Question, code: Code) -> Vec<u8> {
    head(query, question, code, 0)
}

/// An answer with addresses; those of the other family are left out.
pub fn addresses(query: &[u8], question: &Question, addresses: &[IpAddr]) -> Vec<u8> {
    let fitting: Vec<Vec<u8>> = addresses
        .iter()
        .filter_map(|address| match (address, question.kind) {
            (IpAddr::V4(address), Kind::A) => Some(address.octets().to_vec()),
            (IpAddr::V6(address), Kind::Aaaa) => Some(address.octets().to_vec()),
            _ => None,
        })
        .collect();
    let kind = if question.kind == Kind::Aaaa { 28 } else { 1 };
    let mut message = head(query, question, Code::NoError, fitting.len());
    fitting.iter().for_each(|data| record(&mut message, kind, data));
    message
}

/// An answer with a name.
pub fn pointer(query: &[u8], question: &Question, name: &str) -> Vec<u8> {
    let mut data = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty() && label.len() < 64) {
        data.push(u8::try_from(label.len()).unwrap_or(0));
        data.extend_from_slice(label.as_bytes());
    }
    data.push(0);
    let mut message = head(query, question, Code::NoError, 1);
    record(&mut message, 12, &data);
    message
}

fn record(message: &mut Vec<u8>, kind: u16, data: &[u8]) {
    // A pointer to the question's name.
    message.extend_from_slice(&[0xc0, 12]);
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&CLASS_IN.to_be_bytes());
    message.extend_from_slice(&TTL.to_be_bytes());
    message.extend_from_slice(&u16::try_from(data.len()).unwrap_or(0).to_be_bytes());
    message.extend_from_slice(data);
}

/// The address that a name below `in-addr.arpa` or `ip6.arpa` stands for.
pub fn reverse(name: &str) -> Option<IpAddr> {
    if let Some(rest) = name.strip_suffix(".in-addr.arpa") {
        let mut octets = [0; 4];
        let mut labels = rest.split('.');
        for octet in octets.iter_mut().rev() {
            *octet = labels.next()?.parse().ok()?;
        }
        return labels.next().is_none().then_some(IpAddr::V4(Ipv4Addr::from(octets)));
    }
    let rest = name.strip_suffix(".ip6.arpa")?;
    let digits: Vec<u8> = rest.split('.').map(|digit| u8::from_str_radix(digit, 16).ok()).collect::<Option<_>>()?;
    let digits: [u8; 32] = digits.try_into().ok()?;
    let mut octets = [0; 16];
    for (index, octet) in octets.iter_mut().enumerate() {
        *octet = digits[31 - 2 * index] << 4 | digits[30 - 2 * index];
    }
    Some(IpAddr::V6(Ipv6Addr::from(octets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(name: &str, kind: u16) -> Vec<u8> {
        let mut message = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            message.push(label.len() as u8);
            message.extend_from_slice(label.as_bytes());
        }
        message.push(0);
        message.extend_from_slice(&kind.to_be_bytes());
        message.extend_from_slice(&1u16.to_be_bytes());
        message
    }

    #[test]
    fn asks_and_answers() {
        let query = query("DB.lan", 1);
        let asked = question(&query).unwrap();
        assert_eq!((asked.name.as_str(), asked.kind), ("db.lan", Kind::A));
        let answer = addresses(&query, &asked, &["10.0.0.2".parse().unwrap(), "::1".parse().unwrap()]);
        assert_eq!(answer[..4], [0xab, 0xcd, 0x81, 0x80]);
        assert_eq!(answer[6..8], [0, 1]);
        assert!(answer.ends_with(&[0, 4, 10, 0, 0, 2]));
        assert!(question(&answer).is_none(), "an answer is no query");
        assert_eq!(without(&query, &asked, Code::NoSuchName)[3], 0x83);
    }

    #[test]
    fn reverse_names() {
        assert_eq!(reverse("4.3.2.10.in-addr.arpa"), "10.2.3.4".parse().ok());
        assert_eq!(reverse(&format!("{}ip6.arpa", "1.".to_owned() + &"0.".repeat(31))), "::1".parse().ok());
        assert_eq!(reverse("x.in-addr.arpa"), None);
    }

    proptest::proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            if let Some(asked) = question(&bytes) {
                let _ = addresses(&bytes, &asked, &[]);
                let _ = reverse(&asked.name);
            }
        }
    }
}
