//! Identifiers: 64 lower-case hexadecimal digits, one type a noun so that they cannot be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is 64 lower-case hexadecimal digits, not {0:?}")]
pub struct ParseIdError(String);

/// How many characters Docker shows of an id where a short form is enough.
const SHORT: usize = 12;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        crate::text!($name);

        impl $name {
            /// A new id from the kernel's random source.
            pub fn random() -> Self {
                Self(crate::hex(&random_bytes::<32>()))
            }

            /// The first 12 digits, as Docker's tables show them.
            pub fn short(&self) -> &str {
                &self.0[..SHORT]
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse(text).map(Self)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }
    };
}

id!(
    /// Names one container for as long as its record exists.
    ContainerId
);
id!(
    /// Names one process started by `exec` in a running container.
    ExecId
);
id!(
    /// Names one network.
    NetworkId
);

fn parse(text: &str) -> Result<String, ParseIdError> {
    let digits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if digits { Ok(text.to_owned()) } else { Err(ParseIdError(text.chars().take(80).collect())) }
}

/// Bytes from the kernel's random source.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0u8; N];
    // The kernel's source cannot fail once it is seeded, which it is long before this program runs; should it
    // fail all the same, an id that repeats would be worse than an end.
    if let Err(error) = getrandom::fill(&mut bytes) {
        eprintln!("the kernel gave no random bytes: {error}");
        std::process::abort();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_id_parses_back() {
        let id = ContainerId::random();
        assert_eq!(id.as_str().parse::<ContainerId>().unwrap(), id);
        assert_eq!(id.short().len(), 12);
        assert_ne!(id, ContainerId::random());
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "abc", &"A".repeat(64), &"g".repeat(64), &"a".repeat(65), &format!("../{}", "a".repeat(61))] {
            assert!(text.parse::<ContainerId>().is_err(), "{text}");
        }
    }
}
