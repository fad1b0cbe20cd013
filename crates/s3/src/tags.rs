//! Tags of buckets and objects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits;

/// Tags whose number and lengths were checked.
///
/// Source: "Tagging your objects" in the Amazon S3 user guide.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// Tags of a bucket.
    ///
    /// # Errors
    /// When they are too many, too long or named twice.
    pub fn of_bucket(tags: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        Self::checked(tags, limits::BUCKET_TAGS, "Bucket tag count cannot be greater than 50")
    }

    /// Tags of an object.
    ///
    /// # Errors
    /// When they are too many, too long or named twice.
    pub fn of_object(tags: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        Self::checked(tags, limits::OBJECT_TAGS, "Object tags cannot be greater than 10")
    }

    fn checked(tags: impl IntoIterator<Item = (String, String)>, max: usize, too_many: &str) -> Result<Self> {
        let mut all = BTreeMap::new();
        for (key, value) in tags {
            if key.is_empty() || key.chars().count() > limits::TAG_KEY {
                return Err(Error::InvalidTag("The TagKey you have provided is invalid".into()));
            }
            if value.chars().count() > limits::TAG_VALUE {
                return Err(Error::InvalidTag("The TagValue you have provided is invalid".into()));
            }
            if key.starts_with("aws:") {
                return Err(Error::InvalidTag("System tags cannot be added/updated by requester".into()));
            }
            if all.insert(key, value).is_some() {
                return Err(Error::InvalidTag("Cannot provide multiple Tags with the same key".into()));
            }
            if all.len() > max {
                return Err(Error::InvalidTag(too_many.into()));
            }
        }
        Ok(Self(all))
    }

    /// Each with its value, by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[(&str, &str)]) -> Result<Tags> {
        Tags::of_object(tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn tags_have_bounds() {
        assert!(tags(&[("a", ""), ("b", "2")]).is_ok());
        assert!(tags(&[("", "1")]).is_err());
        assert!(tags(&[("a", "1"), ("a", "2")]).is_err());
        assert!(tags(&[("aws:a", "1")]).is_err());
        assert!(tags(&[(&"ä".repeat(128), &"ä".repeat(256))]).is_ok());
        assert!(tags(&[(&"a".repeat(129), "")]).is_err());
        assert!(tags(&[("a", &"a".repeat(257))]).is_err());
        let many = |n: usize| (0..n).map(|n| (n.to_string(), String::new()));
        assert!(Tags::of_object(many(10)).is_ok() && Tags::of_object(many(11)).is_err());
        assert!(Tags::of_bucket(many(50)).is_ok() && Tags::of_bucket(many(51)).is_err());
    }
}
