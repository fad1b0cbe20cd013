//! DNS messages, as far as a server needs them that answers for a few names and passes everything else on, and one that
//! answers for zones of its own ([`Reply`]).
//!
//! Source: RFC 1035, sections 3.3, 4.1 and 4.2; RFC 3596 for AAAA; RFC 2308 for what is not there.
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
    /// The name that it is another of.
    Cname,
    /// Its texts.
    Txt,
    /// Where a zone begins.
    Soa,
    /// A zone's servers.
    Ns,
    /// Whatever there is.
    Any,
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
    /// The server does not answer for the name.
    Refused = 5,
}

/// What a record says of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// An address.
    A(Ipv4Addr),
    /// An address.
    Aaaa(Ipv6Addr),
    /// It is another name of this one.
    Cname(String),
    /// Strings of a text, each of at most 255 bytes.
    Txt(Vec<Vec<u8>>),
    /// A server of the zone.
    Ns(String),
    /// The head of a zone.
    Soa {
        /// Its first server.
        server: String,
        /// Who minds it, as a name.
        mailbox: String,
        /// Its version.
        serial: u32,
        /// Seconds for which it may be kept in mind that something is not there.
        negative: u32,
    },
}

impl Data {
    /// Which question this answers.
    pub fn kind(&self) -> Kind {
        match self {
            Self::A(_) => Kind::A,
            Self::Aaaa(_) => Kind::Aaaa,
            Self::Cname(_) => Kind::Cname,
            Self::Txt(_) => Kind::Txt,
            Self::Ns(_) => Kind::Ns,
            Self::Soa { .. } => Kind::Soa,
        }
    }

    fn number(&self) -> u16 {
        match self {
            Self::A(_) => 1,
            Self::Ns(_) => 2,
            Self::Cname(_) => 5,
            Self::Soa { .. } => 6,
            Self::Txt(_) => 16,
            Self::Aaaa(_) => 28,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::A(address) => address.octets().to_vec(),
            Self::Aaaa(address) => address.octets().to_vec(),
            Self::Cname(name) | Self::Ns(name) => labels(name),
            Self::Txt(strings) => {
                let string = |text: &Vec<u8>| {
                    let text = text.get(..255).unwrap_or(text);
                    let mut bytes = vec![u8::try_from(text.len()).unwrap_or(0)];
                    bytes.extend_from_slice(text);
                    bytes
                };
                strings.iter().flat_map(string).collect()
            }
            Self::Soa { server, mailbox, serial, negative } => {
                let mut bytes = [labels(server), labels(mailbox)].concat();
                // Nobody transfers the zone, so that its copies need no times of their own.
                for number in [*serial, 7200, 900, 1_209_600, *negative] {
                    bytes.extend_from_slice(&number.to_be_bytes());
                }
                bytes
            }
        }
    }
}

/// A record: a name, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The name without its last dot.
    pub name: String,
    /// Seconds for which it may be kept.
    pub ttl: u32,
    /// What is said of it.
    pub data: Data,
}

/// An answer of a server that has zones of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// How it ends.
    pub code: Code,
    /// The records that were asked for.
    pub answers: Vec<Record>,
    /// The head of the zone, where there are none.
    pub authority: Option<Record>,
}

impl Reply {
    /// The name is in none of our zones.
    pub fn refused() -> Self {
        Self { code: Code::Refused, answers: Vec::new(), authority: None }
    }

    /// The message, of at most so many bytes: what does not fit is left out, and the message says so.
    pub fn message(&self, query: &[u8], question: &Question, most: usize) -> Vec<u8> {
        let refused = self.code == Code::Refused;
        let build = |answers: &[Record], truncated: bool| {
            let mut message = head(query, question, self.code, answers.len());
            // Ours is the last word, and nobody is asked for more.
            message[2] |= if refused { 0 } else { 0x04 } | if truncated { 0x02 } else { 0 };
            message[3] &= 0x7f;
            let authority = self.authority.iter().filter(|_| !truncated);
            message[9] = u8::from(self.authority.is_some() && !truncated);
            for record in answers.iter().chain(authority) {
                if record.name == question.name {
                    message.extend_from_slice(&[0xc0, 12]);
                } else {
                    message.extend(labels(&record.name));
                }
                let data = record.data.bytes();
                message.extend_from_slice(&record.data.number().to_be_bytes());
                message.extend_from_slice(&CLASS_IN.to_be_bytes());
                message.extend_from_slice(&record.ttl.to_be_bytes());
                message.extend_from_slice(&u16::try_from(data.len()).unwrap_or(0).to_be_bytes());
                message.extend_from_slice(&data);
            }
            message
        };
        let whole = build(&self.answers, false);
        if whole.len() <= most { whole } else { build(&[], true) }
    }
}

/// A name as it stands in a message.
fn labels(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty() && label.len() < 64) {
        bytes.push(u8::try_from(label.len()).unwrap_or(0));
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
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
        (2, CLASS_IN) => Kind::Ns,
        (5, CLASS_IN) => Kind::Cname,
        (6, CLASS_IN) => Kind::Soa,
        (16, CLASS_IN) => Kind::Txt,
        (255, CLASS_IN) => Kind::Any,
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
    let mut message = head(query, question, Code::NoError, 1);
    record(&mut message, 12, &labels(name));
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
    fn replies_say_whose_they_are_and_fit() {
        let query = query("Shop.test", 1);
        let asked = question(&query).unwrap();
        let record = |name: &str, data: Data| Record { name: name.into(), ttl: 60, data };
        let soa = Data::Soa { server: "ns.test".into(), mailbox: "root.test".into(), serial: 1, negative: 5 };
        let found = Reply {
            code: Code::NoError,
            answers: vec![
                record("shop.test", Data::Cname("web.test".into())),
                record("web.test", Data::A([10, 0, 0, 2].into())),
            ],
            authority: None,
        };
        let message = found.message(&query, &asked, 512);
        // An answer, authoritative, recursion wanted and not to be had; one question, two answers.
        assert_eq!(message[2..12], [0x85, 0, 0, 1, 0, 2, 0, 0, 0, 0]);
        assert_eq!(message[asked.end..asked.end + 12], [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 10]);
        assert!(message.ends_with(b"\x03web\x04test\0\0\x01\0\x01\0\0\0\x3c\0\x04\x0a\0\0\x02"));
        let short = found.message(&query, &asked, message.len() - 1);
        assert_eq!((short[2], short[6..8].to_vec(), short.len()), (0x87, vec![0, 0], asked.end));
        let none = Reply { code: Code::NoSuchName, answers: Vec::new(), authority: Some(record("test", soa)) };
        let message = none.message(&query, &asked, 512);
        assert_eq!((message[3], message[8..10].to_vec()), (3, vec![0, 1]));
        assert!(message.ends_with(&[0, 0, 0, 5]));
        assert_eq!(Reply::refused().message(&query, &asked, 512)[2..4], [0x81, 5]);
        // A text of more than 255 bytes is in several strings, and none of them can be longer.
        let long = record("shop.test", Data::Txt(vec![vec![b'x'; 300]]));
        assert_eq!(long.data.bytes().len(), 256);
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
                let _ = Reply::refused().message(&bytes, &asked, 512);
                let _ = reverse(&asked.name);
            }
        }
    }
}
