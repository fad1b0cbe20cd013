//! Names of buckets, keys of objects, and what tells versions and uploads apart.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::error::{Error, Result};
use crate::limits;

/// A bucket's name.
///
/// Source: "General purpose bucket naming rules" in the Amazon S3 user guide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BucketName(Arc<str>);

words::text!(BucketName);

const RESERVED_PREFIXES: &[&str] = &["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_SUFFIXES: &[&str] = &["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

impl FromStr for BucketName {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let bytes = text.as_bytes();
        let formed = (limits::BUCKET_NAME_MIN..=limits::BUCKET_NAME_MAX).contains(&bytes.len())
            && bytes.iter().all(|b| plain(b) || matches!(b, b'.' | b'-'))
            && bytes.first().is_some_and(plain)
            && bytes.last().is_some_and(plain)
            && !text.contains("..")
            && text.parse::<Ipv4Addr>().is_err()
            && !RESERVED_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            && !RESERVED_SUFFIXES.iter().any(|suffix| text.ends_with(suffix));
        if formed { Ok(Self(text.into())) } else { Err(Error::InvalidBucketName(text.chars().take(80).collect())) }
    }
}

/// An object's key: 1 to 1024 bytes of UTF-8, any that there are. It is never part of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key(Arc<str>);

words::text!(Key);

impl Key {
    /// Where a walk over keys begins that are this or greater. Not a key.
    pub(crate) fn bound(text: &str) -> Self {
        Self(text.into())
    }
}

impl FromStr for Key {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text.len() {
            0 => Err(Error::InvalidArgument("A key has at least one character".into())),
            size if size > limits::KEY => Err(Error::KeyTooLong { size }),
            _ => Ok(Self(text.into())),
        }
    }
}

/// What tells one record of its kind from all others, and the younger from the older: 16 hexadecimal digits of
/// nanoseconds since 1970, and 16 random ones. Files that hold bytes are named by one, too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Serial(Arc<str>);

words::text!(Serial);

/// Digits of each half.
const HALF: usize = 16;

impl Serial {
    /// The serial of what is made now and must come after `last`, even if the clock was set back.
    pub(crate) fn next(stamp: Stamp, last: Option<&Self>) -> Self {
        let now = u64::try_from(stamp.now.nanos()).unwrap_or(0);
        let nanos = last.map_or(now, |last| now.max(last.nanos().saturating_add(1)));
        Self(format!("{nanos:016x}{:016x}", stamp.random).into())
    }

    /// One of what is made now.
    pub(crate) fn new() -> Self {
        Self::next(Stamp::now(), None)
    }

    /// None comes after this one.
    pub(crate) fn last() -> Self {
        Self("f".repeat(2 * HALF).into())
    }

    fn nanos(&self) -> u64 {
        self.0.get(..HALF).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0)
    }
}

impl FromStr for Serial {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let formed = text.len() == 2 * HALF && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if formed { Ok(Self(text.into())) } else { Err(Error::InvalidArgument("Invalid version id specified".into())) }
    }
}

/// The moment of a decision, and bits that nobody can guess: what a decision cannot find out by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    pub(crate) now: Timestamp,
    pub(crate) random: u64,
}

impl Stamp {
    pub(crate) fn now() -> Self {
        Self { now: Timestamp::now(), random: u64::from_ne_bytes(words::random_bytes()) }
    }

    /// For the one that is made after `n` others in the same decision.
    pub(crate) fn nth(self, n: usize) -> Self {
        Self { random: self.random.wrapping_add(n as u64), ..self }
    }
}

/// A version of an object, as clients name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VersionId {
    /// The one that was made while its bucket was not versioned.
    Null,
    /// One that was made while it was.
    Serial(Serial),
}

impl FromStr for VersionId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        if text == "null" { Ok(Self::Null) } else { text.parse().map(Self::Serial) }
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Serial(serial) => serial.fmt(f),
        }
    }
}

/// A multipart upload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UploadId(pub(crate) Serial);

impl UploadId {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for UploadId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        text.parse().map(Self).map_err(|_| Error::InvalidArgument("Invalid upload id specified".into()))
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_named_by_the_rules() {
        for name in ["abc", "a.b", "my-bucket.2", "elasticbeanstalk-us-east-1-000000000000", &"a".repeat(63)] {
            assert!(name.parse::<BucketName>().is_ok(), "{name}");
        }
        for name in [
            "",
            "ab",
            &"a".repeat(64),
            "Abc",
            "a_b",
            "-abc",
            "abc-",
            ".abc",
            "abc.",
            "a..b",
            "192.168.5.4",
            "xn--abc",
            "sthree-x",
            "abc-s3alias",
            "abc--ol-s3",
            "abc--x-s3",
            "abc.mrap",
            "a/b",
            "äbc",
            "abc\n",
        ] {
            assert!(name.parse::<BucketName>().is_err(), "{name}");
        }
    }

    #[test]
    fn keys_are_counted_in_bytes() {
        assert!("ä".repeat(512).parse::<Key>().is_ok());
        assert!(matches!("ä".repeat(513).parse::<Key>(), Err(Error::KeyTooLong { size: 1026 })));
        assert!("".parse::<Key>().is_err());
        assert!("../../etc/passwd".parse::<Key>().is_ok());
    }

    #[test]
    fn the_younger_serial_is_greater_even_if_the_clock_goes_back() {
        let at = |nanos, random| Stamp { now: Timestamp::from_nanos(nanos).unwrap(), random };
        let first = Serial::next(at(1_000, u64::MAX), None);
        let second = Serial::next(at(10, 0), Some(&first));
        assert!(first < second);
        assert!(second < Serial::last());
        assert_eq!(first.as_str().parse::<Serial>().unwrap(), first);
        assert!("null".parse::<VersionId>().is_ok());
        assert!("nil".parse::<VersionId>().is_err());
    }
}
