//! Tags of applications, versions, saved configurations and environments.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::limits;

/// Tags: keys and values.
pub type Tags = BTreeMap<String, String>;

/// Tags after a change.
///
/// # Errors
/// When a key or value is too long, or there would be too many.
pub fn changed(tags: &Tags, add: &[(String, String)], remove: &[String]) -> Result<Tags> {
    let mut changed = tags.clone();
    for key in remove {
        changed.remove(key);
    }
    for (key, value) in add {
        let (key_length, value_length) = (key.chars().count(), value.chars().count());
        if !(1..=limits::TAG_KEY).contains(&key_length) {
            return Err(Error::parameter(format!(
                "Tag key must be 1 to {} characters long, not {key_length}.",
                limits::TAG_KEY
            )));
        }
        if value_length > limits::TAG_VALUE {
            return Err(Error::parameter(format!(
                "Tag value of '{key}' must be at most {} characters long, not {value_length}.",
                limits::TAG_VALUE
            )));
        }
        if key.to_ascii_lowercase().starts_with("aws:") || key.starts_with("elasticbeanstalk:") {
            return Err(Error::parameter(format!("Tag key '{key}' is reserved.")));
        }
        changed.insert(key.clone(), value.clone());
    }
    if changed.len() > limits::TAGS {
        return Err(Error::Tags(format!("A resource can have at most {} tags.", limits::TAGS)));
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_change_within_their_limits() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let tags = changed(&Tags::new(), &[pair("a", "1"), pair("b", "2")], &[]).unwrap();
        let tags = changed(&tags, &[pair("b", "3")], &["a".into()]).unwrap();
        assert_eq!(tags, Tags::from([pair("b", "3")]));
        assert!(changed(&tags, &[pair("", "x")], &[]).is_err());
        assert!(changed(&tags, &[pair("aws:x", "x")], &[]).is_err());
        assert!(changed(&tags, &[pair("k", &"x".repeat(257))], &[]).is_err());
        let many: Vec<_> = (0..51).map(|at| pair(&at.to_string(), "")).collect();
        assert!(matches!(changed(&Tags::new(), &many, &[]), Err(Error::Tags(_))));
    }
}
