//! Amazon's words: regions, accounts, resource names, instance types.
//!
//! Parsers without I/O and without an opinion on what the resources are.
#![forbid(unsafe_code)]

pub mod instance_type;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// No region.
    #[error("a region is lower-case letters, digits and hyphens, such as us-east-1, not {0:?}")]
    Region(String),
    /// No account.
    #[error("an account is 12 digits, not {0:?}")]
    Account(String),
    /// No resource name.
    #[error("an ARN is arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, not {0:?}")]
    Arn(String),
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

/// A region's code: `us-east-1`. Any that is formed like one is a region here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

words::text!(Region);

/// Longest code of a region, in bytes: more than any that there is, and short enough for a label of a host name.
const REGION: usize = 32;

impl FromStr for Region {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bytes = text.as_bytes();
        let formed = bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
            && bytes.first().is_some_and(u8::is_ascii_lowercase)
            && bytes.last().is_some_and(|b| *b != b'-')
            && bytes.len() <= REGION;
        if formed { Ok(Self(text.to_owned())) } else { Err(ParseError::Region(shown(text))) }
    }
}

/// An account: 12 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

words::text!(AccountId);

impl FromStr for AccountId {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let digits = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if digits { Ok(Self(text.to_owned())) } else { Err(ParseError::Account(shown(text))) }
    }
}

/// The name of a resource.
///
/// Source: "Amazon Resource Names (ARNs)" in the AWS General Reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn {
    /// `aws`.
    pub partition: String,
    /// `elasticbeanstalk`.
    pub service: String,
    /// Empty for what belongs to no region.
    pub region: String,
    /// Empty for what belongs to no account.
    pub account: String,
    /// The rest; colons and slashes are the service's.
    pub resource: String,
}

impl Arn {
    /// A resource of this account in this region.
    pub fn new(service: &str, region: &Region, account: &AccountId, resource: impl Into<String>) -> Self {
        let (region, account) = (region.to_string(), account.to_string());
        Self { partition: "aws".into(), service: service.into(), region, account, resource: resource.into() }
    }

    /// A resource of this account that belongs to no region.
    pub fn global(service: &str, account: &AccountId, resource: impl Into<String>) -> Self {
        let (region, account) = (String::new(), account.to_string());
        Self { partition: "aws".into(), service: service.into(), region, account, resource: resource.into() }
    }
}

impl FromStr for Arn {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts[..] {
            ["arn", partition, service, region, account, resource]
                if !partition.is_empty() && !service.is_empty() && !resource.is_empty() =>
            {
                Ok(Self {
                    partition: partition.into(),
                    service: service.into(),
                    region: region.into(),
                    account: account.into(),
                    resource: resource.into(),
                })
            }
            _ => Err(ParseError::Arn(shown(text))),
        }
    }
}

impl TryFrom<String> for Arn {
    type Error = ParseError;
    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> String {
        arn.to_string()
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn regions_and_accounts_have_a_form() {
        for text in ["us-east-1", "eu-west-1", "local"] {
            assert_eq!(text.parse::<Region>().unwrap().as_str(), text);
        }
        for text in ["", "US-EAST-1", "-a", "a-", "a.b", "a/b", &"a".repeat(33)] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
        assert!("123456789012".parse::<AccountId>().is_ok());
        assert!("12345678901".parse::<AccountId>().is_err());
        assert!("12345678901x".parse::<AccountId>().is_err());
    }

    #[test]
    fn a_resource_keeps_its_colons() {
        let text = "arn:aws:elasticbeanstalk:us-east-1::platform/Docker running on 64bit Amazon Linux 2023/4.7.2";
        let arn: Arn = text.parse().unwrap();
        assert_eq!((arn.account.as_str(), arn.region.as_str()), ("", "us-east-1"));
        assert_eq!(arn.to_string(), text);
        assert!("arn:aws:s3".parse::<Arn>().is_err());
        assert!("arn:aws:s3:::".parse::<Arn>().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            if let Ok(arn) = text.parse::<Arn>() {
                prop_assert_eq!(arn.to_string(), text);
            }
        }
    }
}
