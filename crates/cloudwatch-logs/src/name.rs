//! Names of groups and streams, and where they are found.

use std::fmt;
use std::str::FromStr;

use aws::Region;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits;

/// The name of a group: unique in its region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GroupName(String);

words::text!(GroupName);

impl FromStr for GroupName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'#');
        if text.is_empty() || text.len() > limits::NAME || !text.bytes().all(letter) {
            return Err(Error::invalid(
                "A log group's name has 1 to 512 characters: letters, digits, '_', '-', '/', '.' and '#'",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// The name of a stream: unique in its group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamName(String);

words::text!(StreamName);

impl FromStr for StreamName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let letter = |letter: char| !matches!(letter, ':' | '*') && !letter.is_control();
        if text.is_empty() || text.chars().count() > limits::NAME || !text.chars().all(letter) {
            return Err(Error::invalid("A log stream's name has 1 to 512 characters, of which none is ':' or '*'"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Where a group is found: `region/name`. A region has no slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupKey(String);

impl GroupKey {
    /// Of this group.
    pub fn new(region: &Region, name: &GroupName) -> Self {
        Self::prefix(region, name.as_str())
    }

    /// What comes before all groups of a region whose names begin so.
    pub(crate) fn prefix(region: &Region, prefix: &str) -> Self {
        Self(format!("{region}/{prefix}"))
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A number that nothing else has, as sixteen digits.
macro_rules! number {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub(crate) u64);

        impl $name {
            pub(crate) fn random() -> Self {
                Self(u64::from_be_bytes(words::random_bytes()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = std::num::ParseIntError;
            fn try_from(text: String) -> std::result::Result<Self, Self::Error> {
                u64::from_str_radix(&text, 16).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> String {
                number.to_string()
            }
        }
    };
}

number! {
    /// What a group is, while it is there: another one of the same name is not the same.
    GroupId
}

number! {
    /// What a stream is, while it is there; the name of the directory of its events.
    StreamId
}

/// Where a stream is found: `group/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamKey(String);

impl StreamKey {
    /// Of this stream.
    pub(crate) fn new(group: GroupId, name: &StreamName) -> Self {
        Self::prefix(group, name.as_str())
    }

    /// What comes before all streams of a group whose names begin so.
    pub(crate) fn prefix(group: GroupId, prefix: &str) -> Self {
        Self(format!("{group}/{prefix}"))
    }

    /// The whole text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
