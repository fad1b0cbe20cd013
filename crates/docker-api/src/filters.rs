//! The `filters` parameter: `{"name":["x"]}`, or `{"name":{"x":true}}` as old clients send it.

use std::collections::BTreeMap;

use serde::Deserialize;

use words::Timestamp;

use crate::containers::moment;
use crate::error::Failure;

/// Parsed filters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters(BTreeMap<String, Vec<String>>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    List(Vec<String>),
    Map(BTreeMap<String, bool>),
}

impl Filters {
    /// Reads the parameter; only these names are known.
    ///
    /// # Errors
    /// 400 for what is no such object, or an unknown name.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, Failure> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let parsed: BTreeMap<String, Values> =
            serde_json::from_str(text).map_err(|error| Failure::bad_request(format!("invalid filter: {error}")))?;
        let filters: BTreeMap<String, Vec<String>> = parsed
            .into_iter()
            .map(|(name, values)| {
                let values = match values {
                    Values::List(list) => list,
                    Values::Map(map) => map.into_iter().filter(|(_, on)| *on).map(|(value, _)| value).collect(),
                };
                (name, values)
            })
            .collect();
        match filters.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(Failure::bad_request(format!("invalid filter '{unknown}'"))),
            None => Ok(Self(filters)),
        }
    }

    /// The values of a filter; empty when it is not there.
    pub fn values(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// No such filter, or one of its values is accepted.
    pub fn any(&self, name: &str, accepts: impl Fn(&str) -> bool) -> bool {
        match self.0.get(name) {
            None => true,
            Some(values) => values.is_empty() || values.iter().any(|value| accepts(value)),
        }
    }

    /// Every `label` is there and no `label!` is: `key` or `key=value`.
    pub fn labels(&self, labels: &BTreeMap<String, String>) -> bool {
        let has = |wanted: &String| match wanted.split_once('=') {
            Some((key, value)) => labels.get(key).is_some_and(|own| own == value),
            None => labels.contains_key(wanted),
        };
        self.values("label").iter().all(has) && !self.values("label!").iter().any(has)
    }

    /// The moment that `until` names: a time, or a duration before now.
    ///
    /// # Errors
    /// 400 for anything else.
    pub fn until(&self) -> Result<Option<Timestamp>, Failure> {
        self.values("until").first().map_or(Ok(None), |text| moment(text))
    }

    /// A filter that is true or false.
    ///
    /// # Errors
    /// 400 for anything else.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, Failure> {
        match self.values(name) {
            [] => Ok(None),
            [text] if matches!(text.as_str(), "true" | "1") => Ok(Some(true)),
            [text] if matches!(text.as_str(), "false" | "0") => Ok(Some(false)),
            _ => Err(Failure::bad_request(format!("invalid filter '{name}={:?}'", self.values(name)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_wanted_or_not() {
        let filters = |text: &str| Filters::parse(text, &["label", "label!"]).unwrap();
        let own = BTreeMap::from([("tier".to_owned(), "web".to_owned())]);
        for (text, wanted) in [
            (r#"{"label":["tier"]}"#, true),
            (r#"{"label":["tier=db"]}"#, false),
            (r#"{"label!":["tier"]}"#, false),
            (r#"{"label!":["tier=db","keep"]}"#, true),
            (r#"{"label":["tier"],"label!":["tier=web"]}"#, false),
        ] {
            assert_eq!(filters(text).labels(&own), wanted, "{text}");
        }
    }

    #[test]
    fn both_forms_are_read() {
        for text in [r#"{"label":["a=b"]}"#, r#"{"label":{"a=b":true,"c":false}}"#] {
            assert_eq!(Filters::parse(text, &["label"]).unwrap().values("label"), ["a=b"]);
        }
        for text in ["x", "[]", r#"{"label":3}"#, r#"{"nope":["a"]}"#] {
            assert!(Filters::parse(text, &["label"]).is_err(), "{text}");
        }
    }
}
