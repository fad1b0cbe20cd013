//! Names and ids, one type each, parsed once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        words::text!($name);

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                let check: fn(&str) -> Result<()> = $check;
                check(text).map(|()| Self(text.to_owned()))
            }
        }
    };
}

name!(
    /// An application's name: 1 to 100 characters, no slash.
    ApplicationName,
    |text| plain("ApplicationName", text)
);
name!(
    /// A version's label: 1 to 100 characters, no slash.
    VersionLabel,
    |text| plain("VersionLabel", text)
);
name!(
    /// A saved configuration's name: 1 to 100 characters, no slash.
    TemplateName,
    |text| plain("TemplateName", text)
);
name!(
    /// An environment's name: 4 to 40 letters, digits and hyphens, no hyphen at either end.
    EnvironmentName,
    environment_name
);
name!(
    /// The part of a CNAME that its user chooses: 4 to 63 letters, digits and hyphens, no hyphen at either end.
    CnamePrefix,
    cname_prefix
);
name!(
    /// An environment's id: `e-` and ten letters or digits.
    EnvironmentId,
    |text| tagged(text, "e-", 10)
);
name!(
    /// An instance's id: `i-` and 17 hexadecimal digits.
    InstanceId,
    |text| tagged(text, "i-", 17)
);

/// Which call of the API something belongs to: clients ask for the events of their request by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub String);

impl RequestId {
    /// A new one: a random UUID.
    pub fn random() -> Self {
        Self(words::random_uuid())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl EnvironmentId {
    /// A new one.
    pub fn random() -> Self {
        Self(format!("e-{}", random_digits::<10>(36)))
    }

    /// What the names of an environment's parts are told apart by: its id without the hyphen's left side.
    pub fn suffix(&self) -> &str {
        &self.0[2..]
    }
}

impl InstanceId {
    /// A new one.
    pub fn random() -> Self {
        Self(format!("i-{}", random_digits::<17>(16)))
    }
}

impl CnamePrefix {
    /// One that nobody has chosen, of an environment that was made without.
    pub fn made_up(environment: &EnvironmentName) -> String {
        format!("{}.eba-{}", environment.as_str().to_lowercase(), random_digits::<8>(36))
    }
}

/// That many random digits to the base.
fn random_digits<const N: usize>(base: u8) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    words::random_bytes::<N>().iter().map(|byte| char::from(DIGITS[usize::from(byte % base) % DIGITS.len()])).collect()
}

fn plain(member: &'static str, text: &str) -> Result<()> {
    let length = text.chars().count();
    if !(1..=limits::NAME).contains(&length) {
        return Err(Error::parameter(format!("{member} must be 1 to {} characters long, not {length}.", limits::NAME)));
    }
    if text.contains('/') {
        return Err(Error::parameter(format!("{member} must not contain a slash: '{text}'.")));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::parameter(format!("{member} must not contain control characters.")));
    }
    Ok(())
}

fn label(member: &str, text: &str, longest: usize) -> Result<()> {
    let formed =
        text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !text.starts_with('-') && !text.ends_with('-');
    if !(4..=longest).contains(&text.len()) || !formed {
        return Err(Error::parameter(format!(
            "Value {} at '{member}' failed to satisfy constraint: Member must be from 4 to {longest} characters in \
             length, and can contain only letters, digits, and hyphens (-). It can't start or end with a hyphen.",
            text.chars().take(80).collect::<String>()
        )));
    }
    Ok(())
}

fn environment_name(text: &str) -> Result<()> {
    label("EnvironmentName", text, 40)
}

fn cname_prefix(text: &str) -> Result<()> {
    label("CNAMEPrefix", text, 63)
}

fn tagged(text: &str, tag: &str, digits: usize) -> Result<()> {
    let rest = text.strip_prefix(tag).unwrap_or_default();
    let formed = rest.len() == digits && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if formed {
        Ok(())
    } else {
        Err(Error::parameter(format!("'{}' is not an id.", text.chars().take(80).collect::<String>())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_parse_back() {
        let id = EnvironmentId::random();
        assert_eq!(id.as_str().parse::<EnvironmentId>().unwrap(), id);
        let id = InstanceId::random();
        assert_eq!(id.as_str().parse::<InstanceId>().unwrap(), id);
        assert_eq!(RequestId::random().0.len(), 36);
        assert!("e-ABCDEFGHIJ".parse::<EnvironmentId>().is_err());
        assert!("i-../../../../../..".parse::<InstanceId>().is_err());
    }

    #[test]
    fn names_have_rules() {
        for (text, fine) in [("env1", true), ("e", false), ("-env", false), ("env-", false), ("en v1", false)] {
            assert_eq!(text.parse::<EnvironmentName>().is_ok(), fine, "{text}");
        }
        assert!("a".repeat(41).parse::<EnvironmentName>().is_err());
        for (text, fine) in [("my app", true), ("", false), ("a/b", false), ("a\n", false), ("é", true)] {
            assert_eq!(text.parse::<ApplicationName>().is_ok(), fine, "{text}");
        }
        assert!("a".repeat(101).parse::<VersionLabel>().is_err());
    }
}
