//! What is known of a request beside its action and resource: the keys that conditions and variables name.

use std::collections::BTreeMap;

/// Values by key. Source: "IAM JSON policy elements: Condition" (names of keys have no case).
#[derive(Debug, Clone, Default)]
pub(crate) struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    pub(crate) fn new(values: &BTreeMap<String, Vec<String>>) -> Self {
        Self(values.iter().map(|(key, values)| (key.to_lowercase(), values.clone())).collect())
    }

    /// Puts these values in place of any that the key has.
    pub(crate) fn set<V: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = V>) {
        self.0.insert(key.to_lowercase(), values.into_iter().map(Into::into).collect());
    }

    /// Puts these values where the key has none.
    pub(crate) fn set_default(&mut self, key: &str, value: impl FnOnce() -> String) {
        self.0.entry(key.to_lowercase()).or_insert_with(|| vec![value()]);
    }

    /// Takes away all that begins so: what nobody but the caller of this may say.
    pub(crate) fn forget(&mut self, prefix: &str) {
        let prefix = prefix.to_lowercase();
        self.0.retain(|key, _| !key.starts_with(&prefix));
    }

    /// The values of a key in lower case; none and an empty list are the same.
    pub(crate) fn values(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// The value of a key in lower case that has just one.
    pub(crate) fn single(&self, key: &str) -> Option<&str> {
        match self.values(key) {
            [value] => Some(value),
            _ => None,
        }
    }
}
