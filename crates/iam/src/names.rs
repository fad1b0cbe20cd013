//! What things are called: names, paths, unique ids, access keys, names of policies.
//!
//! Source: "IAM identifiers" in the IAM User Guide, and the patterns of the API reference.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use words::Secret;

use crate::error::{Error, Result};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $member:literal, $least:literal, $most:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        words::text!($name);

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                named(text, $member, $least, $most).map(|()| Self(text.to_owned()))
            }
        }
    };
}

name!(
    /// What a user is called.
    UserName, "userName", 1, 64
);
name!(
    /// What a group is called.
    GroupName, "groupName", 1, 128
);
name!(
    /// What a role is called.
    RoleName, "roleName", 1, 64
);
name!(
    /// What an instance profile is called.
    ProfileName, "instanceProfileName", 1, 128
);
name!(
    /// What a policy is called, a managed one or one of a user, group or role.
    PolicyName, "policyName", 1, 128
);
name!(
    /// What whoever assumes a role calls the session.
    SessionName, "roleSessionName", 2, 64
);

fn named(text: &str, member: &str, least: usize, most: usize) -> Result<()> {
    let fault = |constraint: String| {
        let shown: String = text.chars().take(200).collect();
        Err(Error::Validation(format!(
            "1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: {constraint}"
        )))
    };
    if text.len() < least {
        return fault(format!("Member must have length greater than or equal to {least}"));
    }
    if text.chars().nth(most).is_some() {
        return fault(format!("Member must have length less than or equal to {most}"));
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b)) {
        return Err(Error::Validation(format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the \
             following: +=,.@_-"
        )));
    }
    Ok(())
}

/// Where in the account's tree of names something stands: `/` or `/division/team/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path(String);

words::text!(Path);

/// Longest path, in bytes: AWS's.
const PATH: usize = 512;

impl Default for Path {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl FromStr for Path {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let formed = text.starts_with('/')
            && text.ends_with('/')
            && text.len() <= PATH
            && text.bytes().all(|b| (0x21..=0x7e).contains(&b));
        if formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Validation(
                "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                 characters and/or / characters."
                    .to_owned(),
            ))
        }
    }
}

/// Digits of unique ids and access keys: those of base32, in which AWS writes them.
const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

macro_rules! unique {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $random:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        words::text!($name);

        impl $name {
            /// A new one from the kernel's random source.
            pub fn random() -> Self {
                let digits = words::random_bytes::<$random>().map(|byte| char::from(DIGITS[usize::from(byte % 32)]));
                Self(format!("{}{}", $prefix, String::from_iter(digits)))
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                let formed = text.strip_prefix($prefix).is_some_and(|rest| rest.len() == $random)
                    && text.bytes().all(|b| DIGITS.contains(&b));
                if formed { Ok(Self(text.to_owned())) } else { Err(malformed_id(text)) }
            }
        }
    };
}

unique!(
    /// A user, for ever: another one of the same name has another id.
    UserId, "AIDA", 17
);
unique!(
    /// A group, for ever.
    GroupId, "AGPA", 17
);
unique!(
    /// A role, for ever.
    RoleId, "AROA", 17
);
unique!(
    /// An instance profile, for ever.
    ProfileId, "AIPA", 17
);
unique!(
    /// A managed policy, for ever.
    PolicyId, "ANPA", 17
);

fn malformed_id(text: &str) -> Error {
    let shown: String = text.chars().take(80).collect();
    Error::Validation(format!("{shown:?} is not formed as an identifier of this kind is"))
}

/// The public half of a credential: `AKIA…` of a user, `ASIA…` of a session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccessKeyId(String);

words::text!(AccessKeyId);

impl AccessKeyId {
    /// A new one for a user.
    pub fn random() -> Self {
        Self::with("AKIA")
    }

    /// A new one for a session.
    pub fn random_temporary() -> Self {
        Self::with("ASIA")
    }

    fn with(prefix: &str) -> Self {
        let digits = words::random_bytes::<16>().map(|byte| char::from(DIGITS[usize::from(byte % 32)]));
        Self(format!("{prefix}{}", String::from_iter(digits)))
    }
}

impl FromStr for AccessKeyId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        // AWS's pattern is wider than what is made here, so that asking for another's key is no malformed question.
        let formed = (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Validation(
                "The specified value for accessKeyId is invalid. It must contain only alphanumeric characters, and \
                 16 to 128 of them."
                    .to_owned(),
            ))
        }
    }
}

/// A new secret access key: 40 characters, 240 random bits.
pub(crate) fn random_secret() -> Secret {
    Secret::new(STANDARD.encode(words::random_bytes::<30>()))
}

/// A new session token. It says nothing; AWS's are long because theirs say everything.
pub(crate) fn random_token() -> Secret {
    Secret::new(STANDARD.encode(words::random_bytes::<96>()))
}

/// The name of a managed policy as a resource: `arn:aws:iam::ACCOUNT:policy/PATH/NAME`, with `aws` as the account of
/// AWS's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PolicyArn(String);

words::text!(PolicyArn);

impl FromStr for PolicyArn {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let formed = text.parse::<aws::Arn>().is_ok_and(|arn| {
            arn.service == "iam" && arn.region.is_empty() && arn.resource.starts_with("policy/") && text.len() <= 2048
        });
        if formed {
            Ok(Self(text.to_owned()))
        } else {
            let shown: String = text.chars().take(200).collect();
            Err(Error::InvalidInput(format!("ARN {shown} is not valid.")))
        }
    }
}

impl PolicyArn {
    /// Whether AWS made it, and not a customer.
    pub fn is_aws_managed(&self) -> bool {
        self.0.starts_with("arn:aws:iam::aws:")
    }

    pub(crate) fn new(account: &str, path: &Path, name: &PolicyName) -> Self {
        Self(format!("arn:aws:iam::{account}:policy{path}{name}"))
    }
}

/// Another name for the account, for people. Source: the pattern of `CreateAccountAlias`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Alias(String);

words::text!(Alias);

impl FromStr for Alias {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let formed = (3..=63).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--");
        if formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Validation(
                "The specified value for accountAlias is invalid. It must contain only 3 to 63 lower-case letters, \
                 digits and single hyphens, and begin and end with none."
                    .to_owned(),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_form() {
        assert!("a.b+c=d,e@f_g-h".parse::<UserName>().is_ok());
        for text in ["", "a b", "a/b", "ä", &"a".repeat(65)] {
            assert_eq!(text.parse::<UserName>().unwrap_err().code(), "ValidationError", "{text}");
        }
        assert!("a".repeat(128).parse::<GroupName>().is_ok());
        assert!("a".parse::<SessionName>().is_err());
    }

    #[test]
    fn paths_begin_and_end_with_a_slash() {
        for text in ["/", "/a/", "/a/b/"] {
            assert!(text.parse::<Path>().is_ok(), "{text}");
        }
        for text in ["", "a", "/a", "a/", "/a b/", &format!("/{}/", "a".repeat(511))] {
            assert!(text.parse::<Path>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_made_is_formed_as_aws_forms_it() {
        let key = AccessKeyId::random();
        assert!(key.as_str().starts_with("AKIA") && key.as_str().len() == 20, "{key}");
        assert!(AccessKeyId::random_temporary().as_str().starts_with("ASIA"));
        assert_eq!(random_secret().reveal().len(), 40);
        assert_eq!(UserId::random().as_str().len(), 21);
        let id = RoleId::random();
        assert_eq!(id.as_str().parse::<RoleId>().unwrap(), id);
        assert_ne!(id, RoleId::random());
        assert!(id.as_str().parse::<UserId>().is_err());
    }

    #[test]
    fn aliases_and_policies_have_a_form() {
        for (text, good) in
            [("abc", true), ("a-b-c", true), ("ab", false), ("a--b", false), ("-abc", false), ("Abc", false)]
        {
            assert_eq!(text.parse::<Alias>().is_ok(), good, "{text}");
        }
        assert!("arn:aws:iam::aws:policy/service-role/X".parse::<PolicyArn>().unwrap().is_aws_managed());
        for text in ["", "X", "arn:aws:iam::123456789012:role/X", "arn:aws:s3:::policy/x"] {
            assert_eq!(text.parse::<PolicyArn>().unwrap_err().code(), "InvalidInput", "{text}");
        }
    }
}
