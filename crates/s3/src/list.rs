//! Lists: keys in order, those that share what lies before a delimiter told as one.
//!
//! One rule covers every list: the keys below the prefix, each of which has the delimiter after the prefix replaced by
//! what it has up to there, without repetition and in order; of these, those that are greater than where the last page
//! ended. So the text of a page's last entry is where the next begins.
//!
//! Source: "Organizing objects using prefixes" in the Amazon S3 user guide, and `ListObjectsV2` in its reference.

use std::sync::Arc;

use crate::S3;
use crate::error::Result;
use crate::ledger::State;
use crate::limits;
use crate::multipart::Upload;
use crate::name::{BucketName, Key, UploadId, VersionId};
use crate::object::Object;

/// What is to be listed.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// Only keys that begin with this.
    pub prefix: String,
    /// Keys that have this after the prefix are told as one. Empty for none.
    pub delimiter: String,
    /// Only what is greater than this.
    pub after: String,
    /// At most so many, and at most [`limits::PAGE`].
    pub max: usize,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry<T> {
    /// One of those that are listed.
    Item(T),
    /// What several begin with: a common prefix.
    Prefix(String),
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// In order.
    pub entries: Vec<Entry<T>>,
    /// There are more after the last.
    pub truncated: bool,
}

/// Where a list of versions goes on: after this version of the key `after`, or after all of that key.
pub type VersionMarker = Option<VersionId>;
/// Where a list of uploads goes on: after this upload to the key `after`, or after all to that key.
pub type UploadMarker = Option<UploadId>;

type Keyed<'a, T> = Box<dyn Iterator<Item = (&'a Key, T)> + 'a>;

impl S3 {
    /// Objects, by key: the newest version of each that is no delete marker.
    ///
    /// # Errors
    /// When the bucket is not there.
    pub async fn list(&self, bucket: &BucketName, list: &List) -> Result<Page<Arc<Object>>> {
        let state = self.ledger.snapshot();
        state.bucket(bucket)?;
        Ok(objects(&state, bucket, list))
    }

    /// Versions and delete markers, by key and the newest first, and whether each is the newest of its key.
    ///
    /// # Errors
    /// When the bucket is not there.
    pub async fn list_versions(
        &self,
        bucket: &BucketName,
        list: &List,
        marker: VersionMarker,
    ) -> Result<Page<(Arc<Object>, bool)>> {
        let state = self.ledger.snapshot();
        state.bucket(bucket)?;
        let seek = |key| -> Keyed<'_, &Arc<Object>> {
            Box::new(state.versions_from(bucket, key).map(|object| (&object.key, object)))
        };
        let first = match (&marker, list.after.parse::<Key>()) {
            (Some(marker), Ok(key)) => {
                let serial = match marker {
                    VersionId::Serial(serial) => Some(serial.clone()),
                    // A null version that is gone meanwhile was somewhere among the others: all are told once more.
                    VersionId::Null => state.version(bucket, &key, marker).map(|object| object.serial.clone()),
                };
                let told = move |object: &Object| {
                    object.key == key && serial.as_ref().is_some_and(|serial| object.serial >= *serial)
                };
                let from = seek(Key::bound(&list.after));
                Box::new(from.skip_while(move |(_, object)| told(object))) as Keyed<'_, _>
            }
            _ => seek(list.after_key()),
        };
        let page = page(list, first, seek);
        Ok(page.map(|object| {
            let newest = state.newest(bucket, &object.key).is_some_and(|newest| newest.serial == object.serial);
            (Arc::clone(object), newest)
        }))
    }

    /// Uploads that are under way, by key and the oldest first.
    ///
    /// # Errors
    /// When the bucket is not there.
    pub async fn list_uploads(
        &self,
        bucket: &BucketName,
        list: &List,
        marker: UploadMarker,
    ) -> Result<Page<Arc<Upload>>> {
        let state = self.ledger.snapshot();
        state.bucket(bucket)?;
        let seek = |key| -> Keyed<'_, &Arc<Upload>> {
            Box::new(state.uploads_from(bucket, key).map(|upload| (&upload.key, upload)))
        };
        let first = match marker.filter(|_| !list.after.is_empty()) {
            Some(marker) => {
                let told = move |upload: &Upload| upload.key.as_str() == list.after && upload.id <= marker;
                Box::new(seek(Key::bound(&list.after)).skip_while(move |(_, upload)| told(upload))) as Keyed<'_, _>
            }
            None => seek(list.after_key()),
        };
        Ok(page(list, first, seek).map(Arc::clone))
    }
}

impl List {
    /// Where keys begin that are greater than `after`.
    fn after_key(&self) -> Key {
        if self.after.is_empty() { Key::bound("") } else { Key::bound(&format!("{}\0", self.after)) }
    }

    /// What this key is told as, if not as itself.
    fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        if self.delimiter.is_empty() {
            return None;
        }
        let at = key.get(self.prefix.len()..)?.find(&self.delimiter)?;
        key.get(..self.prefix.len() + at + self.delimiter.len())
    }
}

impl<T> Page<T> {
    fn map<U>(self, mut change: impl FnMut(T) -> U) -> Page<U> {
        let entry = |entry| match entry {
            Entry::Item(item) => Entry::Item(change(item)),
            Entry::Prefix(prefix) => Entry::Prefix(prefix),
        };
        Page { entries: self.entries.into_iter().map(entry).collect(), truncated: self.truncated }
    }
}

fn objects(state: &State, bucket: &BucketName, list: &List) -> Page<Arc<Object>> {
    let seek = |key| current_from(state, bucket, key);
    page(list, seek(list.after_key()), seek).map(Arc::clone)
}

/// The newest version of each key from this one on, unless it is a delete marker.
fn current_from<'a>(state: &'a State, bucket: &'a BucketName, key: Key) -> Keyed<'a, &'a Arc<Object>> {
    let mut last: Option<&Key> = None;
    let newest = state.versions_from(bucket, key).filter(move |object| last.replace(&object.key) != Some(&object.key));
    Box::new(newest.filter(|object| object.stored().is_some()).map(|object| (&object.key, object)))
}

/// A page of what `first` gives, in order of keys; `seek` gives the same from another key on, so that what is told as
/// one is passed over in one step.
fn page<'a, T>(list: &List, first: Keyed<'a, T>, seek: impl Fn(Key) -> Keyed<'a, T>) -> Page<T> {
    let max = list.max.min(limits::PAGE);
    let mut page = Page { entries: Vec::new(), truncated: false };
    if max == 0 {
        return page;
    }
    let mut items = if list.after < list.prefix { seek(Key::bound(&list.prefix)) } else { first };
    while let Some((key, item)) = items.next() {
        if !key.as_str().starts_with(&list.prefix) {
            break;
        }
        let prefix = list.common_prefix(key.as_str());
        let told = prefix.is_some_and(|prefix| prefix <= list.after.as_str());
        if !told {
            if page.entries.len() == max {
                page.truncated = true;
                break;
            }
            page.entries.push(prefix.map_or(Entry::Item(item), |prefix| Entry::Prefix(prefix.to_owned())));
        }
        if let Some(prefix) = prefix {
            match beyond(prefix) {
                Some(next) => items = seek(Key::bound(&next)),
                None => break,
            }
        }
    }
    page
}

/// The least text that is greater than all that begin with this one.
fn beyond(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // A range of characters leaves out those that are none.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use words::Timestamp;

    use super::*;
    use crate::checksum::{Algorithm, Checksum, Md5Sum};
    use crate::name::{Serial, Stamp};
    use crate::object::{Content, Metadata, Stored};
    use crate::tags::Tags;

    #[test]
    fn beyond_a_prefix_is_the_next_text() {
        assert_eq!(beyond("a/").as_deref(), Some("a0"));
        assert_eq!(beyond("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(beyond("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(beyond("\u{10FFFF}"), None);
    }

    fn bucket(name: &str) -> BucketName {
        name.parse().unwrap()
    }

    fn add(state: &mut State, at: &str, key: &str, random: u64, stored: bool) {
        let modified = Timestamp::from_nanos(i128::from(random)).unwrap();
        let stored = stored.then(|| {
            Box::new(Stored {
                size: 0,
                etag: Md5Sum::of(b"").into(),
                checksum: Checksum::parse(Algorithm::Crc32, "AAAAAA==").unwrap(),
                metadata: Metadata::default(),
                tags: Tags::default(),
                in_parts: false,
                segments: Vec::new(),
            })
        });
        let object = Arc::new(Object {
            bucket: bucket(at),
            key: key.parse().unwrap(),
            serial: Serial::next(Stamp { now: modified, random }, None),
            null: false,
            modified,
            content: stored.map_or(Content::DeleteMarker, Content::Stored),
        });
        state.objects.insert(store::ledger::Noun::id(object.as_ref()), object);
    }

    /// What a list is to give, by its rule and nothing else.
    fn model(keys: &BTreeSet<String>, list: &List) -> Vec<String> {
        let List { prefix, delimiter, after, .. } = list;
        let told = |key: &String| match key[prefix.len()..].find(delimiter) {
            Some(at) if !delimiter.is_empty() => key[..prefix.len() + at + delimiter.len()].to_owned(),
            _ => key.clone(),
        };
        let told: BTreeSet<_> = keys.iter().filter(|key| key.starts_with(prefix)).map(told).collect();
        told.into_iter().filter(|text| text > after).collect()
    }

    proptest! {
        #[test]
        fn pages_give_what_the_rule_says(
            keys in prop::collection::btree_set("[ab/ä\u{10FFFF}]{1,5}", 0..30),
            gone in prop::collection::btree_set("[ab/ä\u{10FFFF}]{1,5}", 0..10),
            asked in prop::collection::vec(
                ("[ab/ä]{0,2}", prop::sample::select(vec!["", "/", "b", "//", "a/", "\u{10FFFF}"]), "[ab/ä]{0,4}", 1..5usize),
                10,
            ),
        ) {
            let mut state = State::default();
            for (n, key) in (0..).zip(&keys) {
                add(&mut state, "the-bucket", key, n, true);
                add(&mut state, "the-bucket", key, 1000 + n, true);
                add(&mut state, "the-buckes", key, 2000 + n, true);
                add(&mut state, "the-buckeu", key, 3000 + n, true);
            }
            for (n, key) in (0..).zip(&gone) {
                add(&mut state, "the-bucket", key, 4000 + n, false);
            }
            let left: BTreeSet<_> = keys.difference(&gone).cloned().collect();
            for (prefix, delimiter, after, max) in asked {
                let mut list = List { prefix, delimiter: delimiter.into(), after, max };
                let expected = model(&left, &list);
                let mut told: Vec<String> = Vec::new();
                loop {
                    let page = objects(&state, &bucket("the-bucket"), &list);
                    prop_assert!(page.entries.len() <= max);
                    told.extend(page.entries.iter().map(|entry| match entry {
                        Entry::Item(object) => object.key.to_string(),
                        Entry::Prefix(prefix) => prefix.clone(),
                    }));
                    if !page.truncated {
                        break;
                    }
                    list.after = told.last().unwrap().clone();
                }
                prop_assert_eq!(told, expected);
            }
        }
    }
}
