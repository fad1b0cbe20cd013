//! Objects and their versions: what is recorded of them, puts and deletes.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::S3;
use crate::bucket::Versioning;
use crate::checksum::{Checksum, ETag, Integrity};
use crate::condition::WriteConditions;
use crate::error::{Error, Result};
use crate::file::{self, Segment};
use crate::ledger::{Draft, State};
use crate::limits;
use crate::name::{BucketName, Key, Serial, Stamp, VersionId};
use crate::tags::Tags;

/// What its sender says of an object, and is told again with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// `Content-Type`; `binary/octet-stream` is told when none was given.
    pub content_type: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Expires`, as it was written.
    pub expires: Option<String>,
    /// User-defined: names without `x-amz-meta-`, in lower case.
    pub user: BTreeMap<String, String>,
}

impl Metadata {
    pub(crate) fn check(&self) -> Result<()> {
        let user: usize = self.user.iter().map(|(name, value)| name.len() + value.len()).sum();
        let Self {
            content_type, cache_control, content_disposition, content_encoding, content_language, expires, ..
        } = self;
        let system = [content_type, cache_control, content_disposition, content_encoding, content_language, expires];
        let system: usize = system.into_iter().flatten().map(String::len).sum();
        for (size, max) in [(user, limits::USER_METADATA), (system, limits::SYSTEM_METADATA)] {
            if size > max {
                return Err(Error::MetadataTooLarge { size, max });
            }
        }
        Ok(())
    }
}

/// What a version of an object is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// The word that the object is deleted.
    DeleteMarker,
    /// Bytes.
    Stored(Box<Stored>),
}

/// What is known of an object's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// How many there are.
    pub size: u64,
    /// What they are known by.
    pub etag: ETag,
    /// Their checksum.
    pub checksum: Checksum,
    /// What their sender says of them.
    pub metadata: Metadata,
    /// The object's tags.
    pub tags: Tags,
    /// It was uploaded in parts: a segment is one.
    pub in_parts: bool,
    pub(crate) segments: Vec<Segment>,
}

/// A version of an object: its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its bucket.
    pub bucket: BucketName,
    /// Its key.
    pub key: Key,
    pub(crate) serial: Serial,
    /// It was made while its bucket kept no versions.
    pub(crate) null: bool,
    /// When it was made.
    pub modified: Timestamp,
    /// What it is.
    pub content: Content,
}

impl store::Record for Object {
    const TABLE: &'static str = "s3-objects";
    fn key(&self) -> &str {
        self.serial.as_str()
    }
}

impl Object {
    /// What clients name this version by.
    pub fn version(&self) -> VersionId {
        if self.null { VersionId::Null } else { VersionId::Serial(self.serial.clone()) }
    }

    /// Its bytes, unless it is a delete marker.
    pub fn stored(&self) -> Option<&Stored> {
        match &self.content {
            Content::DeleteMarker => None,
            Content::Stored(stored) => Some(stored),
        }
    }

    /// How many parts it was uploaded in, if it was.
    pub fn parts(&self) -> Option<usize> {
        self.stored().filter(|stored| stored.in_parts).map(|stored| stored.segments.len())
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        self.stored().map_or(&[], |stored| &stored.segments)
    }

    fn etag(&self) -> Option<&ETag> {
        self.stored().map(|stored| &stored.etag)
    }
}

/// What is to be put.
#[derive(Debug, Clone, Default)]
pub struct PutRequest {
    /// What is said of the object.
    pub metadata: Metadata,
    /// Its tags.
    pub tags: Tags,
    /// What is said of the body.
    pub integrity: Integrity,
    /// What must be at the key.
    pub conditions: WriteConditions,
}

/// What is to be deleted.
#[derive(Debug, Clone)]
pub struct Deletion {
    /// The object's key.
    pub key: Key,
    /// A version of it that is to be gone for ever; otherwise the object is deleted as its bucket does it.
    pub version: Option<VersionId>,
    /// What must be there.
    pub conditions: WriteConditions,
}

/// What a deletion did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The version that is gone, or the delete marker that was made.
    pub version: Option<VersionId>,
    /// A delete marker was made, or is gone.
    pub marker: bool,
}

impl S3 {
    /// Puts an object. The version that it is, if its bucket keeps versions or did, is [`Self::told_version`].
    ///
    /// # Errors
    /// When the bucket is not there, a condition does not hold, or the body breaks off or is not what is said of it.
    pub async fn put<S, E>(&self, bucket: &BucketName, key: &Key, request: PutRequest, body: S) -> Result<Arc<Object>>
    where
        S: Stream<Item = std::result::Result<Bytes, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        request.metadata.check()?;
        self.check_write(bucket, key, &request.conditions)?;
        let algorithm = request.integrity.checksum.algorithm();
        let received = file::receive(&self.files, body, &request.integrity, algorithm, limits::PUT).await?;
        let file::Received { staged, size, etag, checksum } = received;
        let PutRequest { metadata, tags, conditions, .. } = request;
        let segments = staged.segments();
        let stored = Stored { size, etag, checksum, metadata, tags, in_parts: false, segments };
        let (bucket, key, stamp) = (bucket.clone(), key.clone(), Stamp::now());
        let s3 = self.clone();
        crate::unbroken(async move {
            let decide = move |draft: &mut Draft<'_>| decide_put(draft, &bucket, &key, stored, &conditions, stamp);
            let (object, replaced) = s3.ledger.commit(decide).await?;
            staged.keep();
            s3.discard(replaced.as_deref());
            Ok(object)
        })
        .await
    }

    /// Whether a put would be refused now, before its body has come.
    pub(crate) fn check_write(&self, bucket: &BucketName, key: &Key, conditions: &WriteConditions) -> Result<()> {
        let state = self.ledger.snapshot();
        state.bucket(bucket)?;
        check_current(&state, bucket, key, conditions)
    }

    /// Deletes an object, or one version of it for ever. What is not there is deleted already.
    ///
    /// # Errors
    /// When the bucket is not there or a condition does not hold.
    pub async fn delete(&self, bucket: &BucketName, deletion: Deletion) -> Result<Deleted> {
        match self.delete_many(bucket, vec![deletion]).await?.pop() {
            Some(outcome) => outcome,
            None => Err(Error::InvalidRequest("nothing was to be deleted".into())),
        }
    }

    /// Deletes many in one commit: each, in their order, or says why not.
    ///
    /// # Errors
    /// When the bucket is not there, or they are more than [`limits::DELETES`].
    pub async fn delete_many(&self, bucket: &BucketName, deletions: Vec<Deletion>) -> Result<Vec<Result<Deleted>>> {
        if deletions.len() > limits::DELETES {
            return Err(Error::InvalidRequest(format!("at most {} keys are deleted in one call", limits::DELETES)));
        }
        let (s3, bucket, stamp) = (self.clone(), bucket.clone(), Stamp::now());
        crate::unbroken(async move {
            let decide = move |draft: &mut Draft<'_>| {
                draft.bucket(&bucket)?;
                let mut gone = Vec::new();
                let mut outcomes = Vec::new();
                for (n, deletion) in deletions.iter().enumerate() {
                    outcomes.push(decide_delete(draft, &bucket, deletion, stamp.nth(n), &mut gone));
                }
                Ok((outcomes, gone))
            };
            let (outcomes, gone) = s3.ledger.commit(decide).await?;
            gone.iter().for_each(|object| s3.discard(Some(object)));
            Ok(outcomes)
        })
        .await
    }

    /// Gives an object, or this version of it, these tags instead of its own.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn set_object_tags(
        &self,
        bucket: &BucketName,
        key: &Key,
        version: Option<&VersionId>,
        tags: Tags,
    ) -> Result<Arc<Object>> {
        let (bucket, key, version) = (bucket.clone(), key.clone(), version.cloned());
        self.commit(move |draft| {
            let mut object = Object::clone(crate::read::find(draft, &bucket, &key, version.as_ref())?.0);
            if let Content::Stored(stored) = &mut object.content {
                stored.tags = tags;
            }
            draft.put(object)
        })
        .await
    }

    /// The version of an object as its bucket tells it: none if the bucket never kept versions.
    pub fn told_version(&self, object: &Object) -> Option<VersionId> {
        let versioned = self.bucket(&object.bucket).is_ok_and(|bucket| bucket.versioning != Versioning::Off);
        (versioned || !object.null).then(|| object.version())
    }

    pub(crate) fn discard(&self, object: Option<&Object>) {
        if let Some(object) = object {
            self.files.discard(&object.serial, object.segments());
        }
    }
}

fn check_current(state: &State, bucket: &BucketName, key: &Key, conditions: &WriteConditions) -> Result<()> {
    let current = state.newest(bucket, key).and_then(|object| object.etag());
    if conditions.check(current)? { Ok(()) } else { Err(Error::NoSuchKey(key.clone())) }
}

/// Makes a version of an object, and gives with it the one that it replaced.
pub(crate) fn decide_put(
    draft: &mut Draft<'_>,
    bucket: &BucketName,
    key: &Key,
    stored: Stored,
    conditions: &WriteConditions,
    stamp: Stamp,
) -> Result<(Arc<Object>, Option<Arc<Object>>)> {
    let null = draft.bucket(bucket)?.versioning != Versioning::Enabled;
    check_current(draft, bucket, key, conditions)?;
    add(draft, bucket, key, Content::Stored(Box::new(stored)), null, stamp)
}

fn add(
    draft: &mut Draft<'_>,
    bucket: &BucketName,
    key: &Key,
    content: Content,
    null: bool,
    stamp: Stamp,
) -> Result<(Arc<Object>, Option<Arc<Object>>)> {
    let newest = draft.newest(bucket, key).map(|object| object.serial.clone());
    let replaced = if null { draft.version(bucket, key, &VersionId::Null).cloned() } else { None };
    if let Some(object) = &replaced {
        draft.remove::<Object>(&store::ledger::Noun::id(object.as_ref()));
    }
    let serial = Serial::next(stamp, newest.as_ref());
    let (bucket, key) = (bucket.clone(), key.clone());
    let object = draft.put(Object { bucket, key, serial, null, modified: stamp.now, content })?;
    Ok((object, replaced))
}

fn decide_delete(
    draft: &mut Draft<'_>,
    bucket: &BucketName,
    deletion: &Deletion,
    stamp: Stamp,
    gone: &mut Vec<Arc<Object>>,
) -> Result<Deleted> {
    let Deletion { key, version, conditions } = deletion;
    let target = match version {
        Some(version) => draft.version(bucket, key, version),
        None => draft.newest(bucket, key),
    };
    if !conditions.check(target.and_then(|object| object.etag()))? {
        return Err(Error::NoSuchKey(key.clone()));
    }
    if let Some(version) = version {
        let found = target.cloned();
        if let Some(object) = &found {
            draft.remove::<Object>(&store::ledger::Noun::id(object.as_ref()));
            gone.push(Arc::clone(object));
        }
        let marker = found.is_some_and(|object| object.stored().is_none());
        return Ok(Deleted { version: Some(version.clone()), marker });
    }
    let versioning = draft.bucket(bucket)?.versioning;
    if versioning == Versioning::Off {
        if let Some(object) = draft.version(bucket, key, &VersionId::Null).cloned() {
            draft.remove::<Object>(&store::ledger::Noun::id(object.as_ref()));
            gone.push(object);
        }
        return Ok(Deleted { version: None, marker: false });
    }
    let null = versioning == Versioning::Suspended;
    let (marker, replaced) = add(draft, bucket, key, Content::DeleteMarker, null, stamp)?;
    gone.extend(replaced);
    Ok(Deleted { version: Some(marker.version()), marker: true })
}
