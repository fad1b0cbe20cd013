//! Names: of domains, of zones, of changes.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A domain name in lower case, without the last dot. Its first label may be `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

words::text!(Name);

impl FromStr for Name {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Name(text.chars().take(80).collect());
        let name = text.strip_suffix('.').unwrap_or(text).replace("\\052", "*").to_ascii_lowercase();
        let plain = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        let formed = name.split('.').enumerate().all(|(at, label)| plain(label) || at == 0 && label == "*");
        if formed && name.len() <= 253 { Ok(Self(name)) } else { Err(wrong()) }
    }
}

impl Name {
    /// As Route 53 tells it: with a last dot, and the asterisk in octal.
    pub fn told(&self) -> String {
        format!("{}.", self.0.replace('*', "\\052"))
    }

    /// Is it this one, or below it?
    pub fn is_within(&self, zone: &Name) -> bool {
        is_within(&self.0, &zone.0)
    }

    /// The labels from the last to the first, by which zones are sorted: `com.example.www`.
    pub fn reversed(&self) -> String {
        reversed(&self.0)
    }
}

/// Is a name this one, or below it?
pub(crate) fn is_within(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The labels of a name from the last to the first.
pub(crate) fn reversed(name: &str) -> String {
    name.rsplit('.').collect::<Vec<_>>().join(".")
}

/// The id of a zone: `Z` and up to 31 letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneId(String);

words::text!(ZoneId);

/// The id of a change: the milliseconds of its moment, so that ids are in the order of time, and something random.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChangeId(String);

words::text!(ChangeId);

fn formed(text: &str, first: char) -> bool {
    text.starts_with(first)
        && text.len() <= 32
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

impl FromStr for ZoneId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix("/hostedzone/").unwrap_or(text);
        let shown =
            || Error::Input(format!("{:?} is no id of a hosted zone", text.chars().take(80).collect::<String>()));
        if formed(text, 'Z') { Ok(Self(text.to_owned())) } else { Err(shown()) }
    }
}

impl FromStr for ChangeId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix("/change/").unwrap_or(text);
        let shown = || Error::Input(format!("{:?} is no id of a change", text.chars().take(80).collect::<String>()));
        if formed(text, 'C') { Ok(Self(text.to_owned())) } else { Err(shown()) }
    }
}

impl ZoneId {
    /// A new one.
    pub fn random() -> Self {
        Self(format!("Z{}", words::hex(&words::random_bytes::<10>()).to_uppercase()))
    }
}

impl ChangeId {
    /// A new one of this moment.
    pub fn at(now: words::Timestamp) -> Self {
        let random = words::hex(&words::random_bytes::<5>()).to_uppercase();
        Self(format!("C{:014X}{random}", now.milliseconds()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_as_route_53_tells_them() {
        for (text, told) in [("Example.COM", "example.com."), ("\\052.a.test.", "\\052.a.test."), ("*.a", "\\052.a.")] {
            assert_eq!(text.parse::<Name>().unwrap().told(), told);
        }
        for text in ["", ".", "a..b", "a.*.b", "a b", &"x".repeat(64), &"a.".repeat(128)] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
        let name = |text: &str| text.parse::<Name>().unwrap();
        assert!(name("a.b.test").is_within(&name("b.test")) && name("b.test").is_within(&name("b.test")));
        assert!(!name("ab.test").is_within(&name("b.test")));
    }

    #[test]
    fn ids_are_of_their_kind() {
        let now = "2026-11-24T10:30:20Z".parse().unwrap();
        let (zone, change) = (ZoneId::random(), ChangeId::at(now));
        assert_eq!(format!("/hostedzone/{zone}").parse(), Ok(zone.clone()));
        assert_eq!(format!("/change/{change}").parse(), Ok(change.clone()));
        assert!(change.as_str().parse::<ZoneId>().is_err() && "Z/../x".parse::<ZoneId>().is_err());
        assert!(change < ChangeId::at(now.saturating_add(std::time::Duration::from_secs(1))));
    }
}
