//! Filters of descriptions: all of them must fit, and of one's values one.

use super::model;
use crate::error::{self, Error};

/// Do all filters fit? `values` tells what a filter of a name is about; nothing where there is no such filter.
pub(super) fn all_fit(filters: &[model::Filter], values: impl Fn(&str) -> Option<Vec<String>>) -> Result<bool, Error> {
    for filter in filters {
        let name = filter.name.as_deref().unwrap_or_default();
        let Some(has) = values(name) else {
            return Err(Error::new(error::INVALID_PARAMETER_VALUE, format!("The filter '{name}' is invalid")));
        };
        let patterns = filter.values.as_deref().unwrap_or_default();
        if !has.iter().any(|value| patterns.iter().any(|pattern| fits(pattern, value))) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What filters by tags are about.
pub(super) fn tag_values(tags: &[model::Tag], name: &str) -> Option<Vec<String>> {
    match name {
        "tag-key" => Some(tags.iter().filter_map(|tag| tag.key.clone()).collect()),
        "tag-value" => Some(tags.iter().filter_map(|tag| tag.value.clone()).collect()),
        other => {
            let key = other.strip_prefix("tag:")?;
            let own = tags.iter().filter(|tag| tag.key.as_deref() == Some(key));
            Some(own.filter_map(|tag| tag.value.clone()).collect())
        }
    }
}

/// Does a value fit a pattern, in which `*` stands for anything and `?` for one character?
fn fits(pattern: &str, value: &str) -> bool {
    let (pattern, value): (Vec<char>, Vec<char>) = (pattern.chars().collect(), value.chars().collect());
    words::glob(&pattern, &value, |one, other| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, value, expected) in [
            ("web", "web", true),
            ("web", "webs", false),
            ("web*", "web", true),
            ("*b*", "abc", true),
            ("w?b", "web", true),
            ("w?b", "wb", false),
            ("*a*b", "xaxxb", true),
            ("*a*b", "xaxxbc", false),
            ("", "", true),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(fits(pattern, value), expected, "{pattern} {value}");
        }
    }

    #[test]
    fn all_filters_and_any_value() {
        let filter = |name: &str, values: &[&str]| model::Filter {
            name: Some(name.into()),
            values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
        };
        let tags = [model::Tag { key: Some("team".into()), value: Some("blue".into()) }];
        let values = |name: &str| tag_values(&tags, name);
        for (filters, expected) in [
            (vec![], Some(true)),
            (vec![filter("tag:team", &["red", "blue"])], Some(true)),
            (vec![filter("tag:team", &["blue"]), filter("tag-key", &["other"])], Some(false)),
            (vec![filter("tag:none", &["*"])], Some(false)),
            (vec![filter("colour", &["blue"])], None),
        ] {
            assert_eq!(all_fit(&filters, values).ok(), expected, "{filters:?}");
        }
    }
}
