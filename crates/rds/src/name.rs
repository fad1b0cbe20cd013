//! Names: of instances, snapshots, databases and users.

use std::str::FromStr;

use aws::Region;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits;

/// Letters, digits and single hyphens, a letter first and no hyphen last; kept in lower case.
fn identifier(text: &str, what: &str, most: usize) -> Result<String> {
    let formed = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !text.ends_with('-')
        && !text.contains("--")
        && text.len() <= most;
    if formed {
        return Ok(text.to_ascii_lowercase());
    }
    Err(Error::parameter(format!(
        "The parameter {what} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII \
         letters, digits, and hyphens; must not end with a hyphen or contain two consecutive hyphens; and have at most \
         {most} characters."
    )))
}

/// The name of an instance: unique in its region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstanceName(String);

words::text!(InstanceName);

impl FromStr for InstanceName {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        identifier(text, "DBInstanceIdentifier", limits::INSTANCE_NAME).map(Self)
    }
}

/// The name of a snapshot: unique in its region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnapshotName(String);

words::text!(SnapshotName);

impl FromStr for SnapshotName {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        identifier(text, "DBSnapshotIdentifier", limits::SNAPSHOT_NAME).map(Self)
    }
}

/// Where something is found: `region/name`, of which neither has a slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// Of what has this name.
    pub fn new(region: &Region, name: &str) -> Self {
        Self(format!("{region}/{name}"))
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What an instance or a snapshot is, while it is there: another one of the same name is not the same. What is made on
/// the host for it is called by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceId(String);

impl ResourceId {
    pub(crate) fn random() -> Self {
        Self(words::hex(&words::random_bytes::<8>()))
    }

    /// 16 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a database in an instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DatabaseName(String);

words::text!(DatabaseName);

fn word(text: &str, most: usize) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.len() <= most
}

impl FromStr for DatabaseName {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        if word(text, limits::DATABASE_NAME) {
            return Ok(Self(text.to_owned()));
        }
        let most = limits::DATABASE_NAME;
        Err(Error::parameter(format!(
            "DBName must begin with a letter and contain only alphanumeric characters and underscores, at most {most}."
        )))
    }
}

/// The name of a master user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

words::text!(UserName);

impl FromStr for UserName {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        if word(text, limits::USER) {
            return Ok(Self(text.to_owned()));
        }
        let most = limits::USER;
        Err(Error::parameter(format!(
            "MasterUsername must begin with a letter and contain only alphanumeric characters and underscores, at most \
             {most}."
        )))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_amazons() {
        assert_eq!("Orders-DB".parse::<InstanceName>().unwrap().as_str(), "orders-db");
        for bad in ["", "1a", "a-", "a--b", "a_b", "a/b", "é", &"a".repeat(64)] {
            assert!(matches!(bad.parse::<InstanceName>(), Err(Error::Parameter(_))), "{bad}");
        }
        assert!("a".repeat(255).parse::<SnapshotName>().is_ok());
        for bad in ["", "1a", "a-b", "a\"b", "a;b"] {
            assert!(bad.parse::<DatabaseName>().is_err() && bad.parse::<UserName>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_a_name_is_one_again(text in "[a-zA-Z0-9-]{0,70}|\\PC{0,20}") {
            if let Ok(name) = text.parse::<InstanceName>() {
                prop_assert_eq!(name.as_str().parse::<InstanceName>().unwrap(), name);
            }
        }
    }
}
