//! Tags of users, roles, instance profiles, policies and sessions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits;

/// Keys and their values. Two keys that differ in case only are one.
///
/// Source: "Tags for AWS Identity and Access Management resources" in the IAM User Guide.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// The tags of something new.
    ///
    /// # Errors
    /// A malformed key or value, a key twice, or too many.
    pub fn new(tags: Vec<(String, String)>) -> Result<Self> {
        let count = tags.len();
        let made = Self::default().with(tags)?;
        if made.0.len() < count {
            return Err(Error::InvalidInput(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.".to_owned(),
            ));
        }
        Ok(made)
    }

    /// These and others; a value that is there already is replaced.
    ///
    /// # Errors
    /// A malformed key or value, or too many.
    pub fn with(&self, tags: Vec<(String, String)>) -> Result<Self> {
        let mut all = self.clone();
        for (key, value) in tags {
            check(&key, "key", limits::TAG_KEY, 1)?;
            check(&value, "value", limits::TAG_VALUE, 0)?;
            if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
                return Err(Error::InvalidInput(
                    "Invalid tag key: keys that begin with aws: are AWS's own.".to_owned(),
                ));
            }
            all.0.retain(|other, _| other.to_lowercase() != key.to_lowercase());
            all.0.insert(key, value);
            if all.0.len() > limits::TAGS {
                return Err(Error::LimitExceeded(format!(
                    "The number of tags has reached the maximum limit: {}",
                    limits::TAGS
                )));
            }
        }
        Ok(all)
    }

    /// These without those of the keys.
    #[must_use]
    pub fn without(&self, keys: &[String]) -> Self {
        let mut all = self.clone();
        all.0.retain(|own, _| !keys.iter().any(|key| key.to_lowercase() == own.to_lowercase()));
        all
    }

    /// All, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn check(text: &str, member: &str, most: usize, least: usize) -> Result<()> {
    let length = text.chars().count();
    let formed = text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c));
    if (least..=most).contains(&length) && formed {
        return Ok(());
    }
    let shown: String = text.chars().take(80).collect();
    Err(Error::Validation(format!(
        "1 validation error detected: Value '{shown}' at 'tags.1.member.{member}' failed to satisfy constraint: Member \
         must have {least} to {most} characters, letters, digits, blanks and _.:/=+-@"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn keys_have_no_case() {
        let tags = Tags::new(vec![pair("Team", "a")]).unwrap().with(vec![pair("team", "b")]).unwrap();
        assert_eq!(tags.iter().collect::<Vec<_>>(), [("team", "b")]);
        assert!(tags.without(&["TEAM".to_owned()]).is_empty());
        assert_eq!(Tags::new(vec![pair("a", ""), pair("A", "")]).unwrap_err().code(), "InvalidInput");
    }

    #[test]
    fn tags_have_limits() {
        let many = (0..=limits::TAGS).map(|n| pair(&n.to_string(), "")).collect();
        assert_eq!(Tags::new(many).unwrap_err().code(), "LimitExceeded");
        for (key, value) in [("", "x"), ("a!", "x"), ("a", "x\n"), (&"k".repeat(129), ""), ("a", &"v".repeat(257))] {
            assert_eq!(Tags::new(vec![pair(key, value)]).unwrap_err().code(), "ValidationError", "{key} {value}");
        }
        assert_eq!(Tags::new(vec![pair("AWS:x", "")]).unwrap_err().code(), "InvalidInput");
    }
}
