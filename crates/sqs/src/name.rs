//! Names of queues, of messages, and receipts.

use std::fmt;
use std::str::FromStr;

use aws::Region;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits;

/// The name of a queue: unique in its region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QueueName(String);

words::text!(QueueName);

impl FromStr for QueueName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let stem = text.strip_suffix(FIFO).unwrap_or(text);
        let letters = stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !letters || stem.is_empty() || text.len() > limits::NAME {
            return Err(Error::InvalidName);
        }
        Ok(Self(text.to_owned()))
    }
}

/// What the names of FIFO queues end with.
const FIFO: &str = ".fifo";

impl QueueName {
    /// Is it a FIFO queue's?
    pub fn is_fifo(&self) -> bool {
        self.0.ends_with(FIFO)
    }
}

/// Where a queue is found: `region/name`, of which neither has a slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QueueKey(String);

impl QueueKey {
    /// Of this queue.
    pub fn new(region: &Region, name: &QueueName) -> Self {
        Self(format!("{region}/{name}"))
    }

    /// What comes before all queues of a region whose names begin so.
    pub(crate) fn prefix(region: &Region, prefix: &str) -> Self {
        Self(format!("{region}/{prefix}"))
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a queue is, while it is there: another one of the same name is not the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QueueId(String);

impl QueueId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn random() -> Self {
        Self(words::hex(&words::random_bytes::<8>()))
    }
}

/// The number of a message: counts up over all queues, and so gives their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Serial(pub(crate) u64);

impl Serial {
    /// The key of its records.
    pub(crate) fn key(self) -> String {
        format!("{:016x}", self.0)
    }

    pub(crate) fn of_key(key: &str) -> Option<Self> {
        u64::from_str_radix(key, 16).ok().map(Self)
    }
}

/// What a receiver shows to delete a message: 128 random bits that nobody can guess, behind the number by which the
/// message is found.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Receipt(String);

/// Digits of the number, and of the whole.
const NUMBER: usize = 16;
const WHOLE: usize = NUMBER + 32;

impl Receipt {
    pub(crate) fn random(serial: Serial) -> Self {
        Self(format!("{}{}", serial.key(), words::hex(&words::random_bytes::<16>())))
    }

    pub(crate) fn serial(&self) -> Serial {
        self.0.get(..NUMBER).and_then(Serial::of_key).unwrap_or(Serial(u64::MAX))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Not the text: who has it can delete the message.
impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt")
    }
}

impl FromStr for Receipt {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let digits = text.len() == WHOLE && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits { Ok(Self(text.to_owned())) } else { Err(Error::InvalidReceipt) }
    }
}

impl TryFrom<String> for Receipt {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Receipt> for String {
    fn from(receipt: Receipt) -> String {
        receipt.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_amazons() {
        for good in ["a", "jobs", "awseb-e-abc-stack-AWSEBWorkerQueue-X", "_", &"a".repeat(80)] {
            assert_eq!(good.parse::<QueueName>().unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a/b", "a.b", "é", &"a".repeat(81)] {
            assert_eq!(bad.parse::<QueueName>(), Err(Error::InvalidName), "{bad}");
        }
        assert!("jobs.fifo".parse::<QueueName>().unwrap().is_fifo());
        assert!(".fifo".parse::<QueueName>().is_err() && "a.fifo.fifo".parse::<QueueName>().is_err());
    }

    #[test]
    fn a_receipt_finds_its_message() {
        let receipt = Receipt::random(Serial(77));
        assert_eq!(receipt.serial(), Serial(77));
        assert_eq!(receipt.as_str().parse::<Receipt>().unwrap(), receipt);
        assert_ne!(Receipt::random(Serial(77)), receipt);
    }

    proptest! {
        #[test]
        fn any_text_is_a_receipt_or_is_refused(text in "[0-9a-f]{47,49}|\\PC{0,60}") {
            match text.parse::<Receipt>() {
                Ok(receipt) => prop_assert!(receipt.serial() <= Serial(u64::MAX)),
                Err(error) => prop_assert_eq!(error, Error::InvalidReceipt),
            }
        }
    }
}
