//! Records: what a name of a zone stands for.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits;
use crate::name::{Name, ZoneId};

/// The kinds of records that are served, in the order in which a name's are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Another name.
    Cname,
    /// The zone's servers.
    Ns,
    /// The zone's head.
    Soa,
    /// Texts.
    Txt,
}

impl Kind {
    const ALL: [(Self, &'static str); 6] = [
        (Self::A, "A"),
        (Self::Aaaa, "AAAA"),
        (Self::Cname, "CNAME"),
        (Self::Ns, "NS"),
        (Self::Soa, "SOA"),
        (Self::Txt, "TXT"),
    ];

    /// The word of DNS.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}

impl FromStr for Kind {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.iter().find(|(_, word)| *word == text).map(|(kind, _)| *kind).ok_or_else(|| {
            let shown: String = text.chars().take(20).collect();
            Error::Input(format!("Records of the type {shown} are not served here; A, AAAA, CNAME and TXT are"))
        })
    }
}

/// One value of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// An address.
    A(Ipv4Addr),
    /// An address.
    Aaaa(Ipv6Addr),
    /// Another name.
    Cname(Name),
    /// A server.
    Ns(Name),
    /// Server, mailbox, and seconds for which it may be kept in mind that something is not there.
    Soa(Name, Name, u32),
    /// Strings of a text.
    Txt(Vec<String>),
}

impl Value {
    /// Reads a value as a zone's file has it.
    ///
    /// # Errors
    /// When it is none of this kind.
    pub fn parse(kind: Kind, text: &str) -> std::result::Result<Self, String> {
        let wrong = |what: &str| format!("Value is not {what}: {:?}", text.chars().take(80).collect::<String>());
        match kind {
            Kind::A => text.parse().map(Self::A).map_err(|_| wrong("a valid IPv4 address")),
            Kind::Aaaa => text.parse().map(Self::Aaaa).map_err(|_| wrong("a valid IPv6 address")),
            Kind::Cname => text.parse().map(Self::Cname).map_err(|_| wrong("a valid domain name")),
            Kind::Txt => {
                strings(text).map(Self::Txt).ok_or_else(|| wrong("strings in quotes of at most 255 bytes each"))
            }
            Kind::Ns | Kind::Soa => Err("The NS and SOA records of a zone are its name server's".into()),
        }
    }
}

/// `"one" "two"`: an inner quotation mark or backslash has a backslash before it.
fn strings(text: &str) -> Option<Vec<String>> {
    let (mut found, mut rest) = (Vec::new(), text.trim());
    while !rest.is_empty() {
        let mut string = String::new();
        let mut letters = rest.strip_prefix('"')?.char_indices();
        let end = loop {
            match letters.next()? {
                (at, '"') => break at,
                (_, '\\') => string.push(letters.next()?.1),
                (_, letter) => string.push(letter),
            }
        };
        if string.len() > 255 {
            return None;
        }
        found.push(string);
        rest = rest.get(end + 2..)?.trim_start();
    }
    let length: usize = found.iter().map(String::len).sum();
    (!found.is_empty() && length <= limits::TEXT).then_some(found)
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(address) => address.fmt(f),
            Self::Aaaa(address) => address.fmt(f),
            Self::Cname(name) | Self::Ns(name) => write!(f, "{name}."),
            Self::Soa(server, mailbox, negative) => write!(f, "{server}. {mailbox}. 1 7200 900 1209600 {negative}"),
            Self::Txt(strings) => {
                let quoted = |text: &String| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
                f.write_str(&strings.iter().map(quoted).collect::<Vec<_>>().join(" "))
            }
        }
    }
}

/// A name that has the addresses of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The zone of the other, as it was given.
    pub zone: ZoneId,
    /// The other: an environment's host name, or a name of the same zone.
    pub target: Name,
    /// Whether the other's health counts, as it was given: there is one machine to lead to.
    pub evaluates_health: bool,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Values.
    Values {
        /// Seconds for which they may be kept.
        ttl: u32,
        /// All of them.
        values: Vec<Value>,
    },
    /// The addresses of another name.
    Alias(Alias),
}

/// All records of a kind that a name has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSet {
    /// The name.
    pub name: Name,
    /// The kind.
    pub kind: Kind,
    /// What it stands for.
    pub content: Content,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_of_their_kind() {
        for (kind, text, told) in [
            (Kind::A, "10.0.0.1", "10.0.0.1"),
            (Kind::Aaaa, "::1", "::1"),
            (Kind::Cname, "Web.Example.com", "web.example.com."),
            (Kind::Txt, r#""a b" "say \"hi\"""#, r#""a b" "say \"hi\"""#),
        ] {
            assert_eq!(Value::parse(kind, text).unwrap().to_string(), told);
        }
        let long = format!("\"{}\"", "x".repeat(256));
        for (kind, text) in
            [(Kind::A, "10.0.0.300"), (Kind::A, "::1"), (Kind::Cname, "a b"), (Kind::Txt, "bare"), (Kind::Txt, &long)]
        {
            assert!(Value::parse(kind, text).is_err(), "{text}");
        }
        assert!("MX".parse::<Kind>().unwrap_err().to_string().contains("not served here"));
    }

    proptest! {
        #[test]
        fn texts_are_read_as_they_are_told(strings in proptest::collection::vec("\\PC{0,40}", 1..4)) {
            let value = Value::Txt(strings);
            prop_assert_eq!(Value::parse(Kind::Txt, &value.to_string()).unwrap(), value);
        }

        #[test]
        fn nothing_that_is_sent_panics(text in "[\"\\\\a é]{0,12}") {
            let _ = Value::parse(Kind::Txt, &text);
        }
    }
}
