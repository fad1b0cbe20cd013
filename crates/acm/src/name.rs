//! Names: of certificates, and those that they are for.

use std::str::FromStr;

use aws::{AccountId, Arn, Region};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits;

/// The ARN of a certificate: `arn:aws:acm:REGION:ACCOUNT:certificate/UUID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CertificateArn(String);

words::text!(CertificateArn);

impl FromStr for CertificateArn {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Error::InvalidArn(text.chars().take(200).collect());
        let arn: Arn = text.parse().map_err(|_| invalid())?;
        let id = arn.resource.strip_prefix("certificate/").filter(|id| !id.is_empty() && !id.contains('/'));
        if arn.service != "acm" || id.is_none() {
            return Err(invalid());
        }
        Ok(Self(text.to_owned()))
    }
}

impl CertificateArn {
    /// A new one.
    pub(crate) fn random(region: &Region, account: &AccountId) -> Self {
        let id = words::uuid(&words::random_bytes::<16>());
        Self(Arn::new("acm", region, account, format!("certificate/{id}")).to_string())
    }

    /// Whether it is of this region.
    pub fn is_in(&self, region: &Region) -> bool {
        self.0.split(':').nth(3) == Some(region.as_str())
    }

    /// What is behind `certificate/`.
    pub fn id(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

/// A name that a certificate can be for: a domain, or `*.` and one, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainName(String);

words::text!(DomainName);

impl FromStr for DomainName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bare = text.strip_prefix("*.").unwrap_or(text);
        let label = |label: &str| {
            let edges = [label.chars().next(), label.chars().last()];
            label.len() <= 63
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && edges.into_iter().all(|edge| edge.is_some_and(|edge| edge != '-'))
        };
        if text.len() > limits::NAME || !bare.contains('.') || !bare.split('.').all(label) {
            let shown: String = text.chars().take(80).collect();
            return Err(Error::Invalid(format!(
                "'{shown}' is no name that a certificate can be for: it must be a domain such as www.example.com or \
                 *.example.com"
            )));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_domains() {
        for (text, name) in [
            ("www.Example.com", "www.example.com"),
            ("*.example.com", "*.example.com"),
            ("env.us-east-1.elasticbeanstalk.localhost", "env.us-east-1.elasticbeanstalk.localhost"),
        ] {
            assert_eq!(text.parse::<DomainName>().unwrap().as_str(), name);
        }
        for text in ["", "localhost", "a..b", "-a.b", "a-.b", "a.*.b", "*", "*.b", "a b.c", "a.b.", "ä.de", "1.2/3"] {
            assert!(text.parse::<DomainName>().is_err(), "{text}");
        }
    }

    #[test]
    fn arns_are_those_of_certificates() {
        let (region, account) = ("eu-west-1".parse().unwrap(), "123456789012".parse().unwrap());
        let arn = CertificateArn::random(&region, &account);
        assert_eq!(arn.as_str().parse::<CertificateArn>().unwrap(), arn);
        assert!(arn.is_in(&region) && !arn.is_in(&"eu-west-2".parse().unwrap()));
        assert_eq!(arn.id().len(), 36);
        for text in ["", "arn:aws:acm:a:1:x/y", "arn:aws:iam::1:certificate/y", "arn:aws:acm:a:1:certificate/a/b"] {
            assert!(text.parse::<CertificateArn>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[*a-c.-]{0,20}|\\PC{0,40}") {
            if let Ok(name) = text.parse::<DomainName>() {
                prop_assert_eq!(name.as_str().parse::<DomainName>().unwrap(), name);
            }
            let _ = text.parse::<CertificateArn>();
        }
    }
}
