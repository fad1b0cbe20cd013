//! Uploads of parts: each part is a file of its own from its begin, and the object that they become is those files in
//! the order of their numbers. Nothing is copied when an upload is completed.
//!
//! Source: "Uploading and copying objects using multipart upload" in the Amazon S3 user guide.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use store::ledger::Noun;
use words::Timestamp;

use crate::S3;
use crate::checksum::{self, Algorithm, Checksum, Claim, ETag, Integrity, Kind};
use crate::condition::WriteConditions;
use crate::error::{Error, Result};
use crate::file::{self, Segment};
use crate::ledger::Draft;
use crate::limits;
use crate::name::{BucketName, Key, Serial, Stamp, UploadId};
use crate::object::{self, Metadata, Object, Stored};
use crate::tags::Tags;

/// An upload's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// What it is named by.
    pub id: UploadId,
    /// Where the object will be.
    pub bucket: BucketName,
    /// Its key.
    pub key: Key,
    /// When the upload began.
    pub initiated: Timestamp,
    /// What is said of the object.
    pub metadata: Metadata,
    /// Its tags.
    pub tags: Tags,
    /// How the checksums of the parts are computed.
    pub algorithm: Algorithm,
    /// What the checksum of the object is of.
    pub kind: Kind,
    /// Its sender asked for this checksum: it is told.
    pub asked: bool,
}

impl store::Record for Upload {
    const TABLE: &'static str = "s3-uploads";
    fn key(&self) -> &str {
        self.id.as_str()
    }
}

/// A part's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub(crate) upload: UploadId,
    /// From 1 to [`limits::PARTS`].
    pub number: u32,
    /// How many bytes it has.
    pub size: u64,
    /// What they are known by.
    pub etag: ETag,
    /// Their checksum.
    pub checksum: Checksum,
    /// When it came.
    pub modified: Timestamp,
    pub(crate) segments: Vec<Segment>,
    record: String,
}

impl store::Record for Part {
    const TABLE: &'static str = "s3-parts";
    fn key(&self) -> &str {
        &self.record
    }
}

/// What an upload is to become.
#[derive(Debug, Clone, Default)]
pub struct UploadRequest {
    /// What is said of the object.
    pub metadata: Metadata,
    /// Its tags.
    pub tags: Tags,
    /// How its checksum is computed.
    pub algorithm: Option<Algorithm>,
    /// What it is of.
    pub kind: Option<Kind>,
}

/// A part as who completes an upload names it.
#[derive(Debug, Clone)]
pub struct CompletedPart {
    /// Its number.
    pub number: u32,
    /// What it is known by, without quotes.
    pub etag: String,
    /// Its checksum, if that is told.
    pub checksum: Option<Checksum>,
}

/// How an upload is completed.
#[derive(Debug, Clone, Default)]
pub struct Completion {
    /// The parts, in ascending order of their numbers.
    pub parts: Vec<CompletedPart>,
    /// The checksum of the object, if that is told.
    pub checksum: Option<Checksum>,
    /// What the checksum is of, if that is told.
    pub kind: Option<Kind>,
    /// The object's bytes, if that is told.
    pub size: Option<u64>,
    /// What must be at the key.
    pub conditions: WriteConditions,
}

/// Some parts of an upload.
#[derive(Debug, Clone)]
pub struct PartPage {
    /// The upload.
    pub upload: Arc<Upload>,
    /// In the order of their numbers.
    pub parts: Vec<Arc<Part>>,
    /// There are more after the last.
    pub truncated: bool,
}

impl S3 {
    /// Begins an upload.
    ///
    /// # Errors
    /// When the bucket is not there, or the object could not be as it is to be.
    pub async fn create_upload(&self, bucket: &BucketName, key: &Key, request: UploadRequest) -> Result<Arc<Upload>> {
        let UploadRequest { metadata, tags, algorithm, kind } = request;
        metadata.check()?;
        if algorithm.is_none() && kind.is_some() {
            return Err(Error::InvalidRequest(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.".into(),
            ));
        }
        let asked = algorithm.is_some();
        let algorithm = algorithm.unwrap_or(Algorithm::Crc64Nvme);
        let kind = kind.unwrap_or_else(|| algorithm.kind());
        checksum::check_kind(algorithm, kind)?;
        let stamp = Stamp::now();
        let (id, initiated) = (UploadId(Serial::next(stamp, None)), stamp.now);
        let (bucket, key) = (bucket.clone(), key.clone());
        let upload = Upload { id, bucket, key, initiated, metadata, tags, algorithm, kind, asked };
        self.commit(move |draft| {
            draft.bucket(&upload.bucket)?;
            if draft.uploads_from(&upload.bucket, Key::bound("")).count() >= limits::UPLOADS {
                return Err(Error::TooManyUploads(limits::UPLOADS));
            }
            draft.put(upload)
        })
        .await
    }

    /// Puts a part in place of the one with its number, if there is one.
    ///
    /// # Errors
    /// When there is no such upload, or the body breaks off or is not what is said of it.
    pub async fn upload_part<S, E>(
        &self,
        bucket: &BucketName,
        key: &Key,
        upload: &UploadId,
        number: u32,
        integrity: Integrity,
        body: S,
    ) -> Result<Arc<Part>>
    where
        S: Stream<Item = std::result::Result<Bytes, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if !(1..=limits::PARTS).contains(&number) {
            return Err(Error::InvalidArgument(format!(
                "Part number must be an integer between 1 and {}, inclusive",
                limits::PARTS
            )));
        }
        let known = self.upload(bucket, key, upload)?;
        // A sender that asked for no checksum at the begin may give any with a part.
        let foreign = Some(integrity.checksum.algorithm())
            .filter(|other| known.asked && *other != known.algorithm && !matches!(integrity.checksum, Claim::Nothing));
        if let Some(other) = foreign {
            return Err(Error::InvalidRequest(format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                known.algorithm.as_str().to_ascii_lowercase(),
                other.as_str().to_ascii_lowercase()
            )));
        }
        let file::Received { staged, size, etag, checksum } =
            file::receive(&self.files, body, &integrity, known.algorithm, limits::PUT).await?;
        let part = Part {
            upload: upload.clone(),
            number,
            size,
            etag,
            checksum,
            modified: Timestamp::now(),
            segments: staged.segments(),
            record: format!("{upload}-{number:05}"),
        };
        let (s3, bucket, key) = (self.clone(), bucket.clone(), key.clone());
        crate::unbroken(async move {
            let decide = move |draft: &mut Draft<'_>| {
                draft.upload(&bucket, &key, &part.upload)?;
                let replaced = draft.parts.get(&part.id()).cloned();
                Ok((draft.put(part)?, replaced))
            };
            let (part, replaced) = s3.ledger.commit(decide).await?;
            staged.keep();
            if let Some(replaced) = replaced {
                s3.files.discard(&replaced.upload.0, &replaced.segments);
            }
            Ok(part)
        })
        .await
    }

    /// Makes the object of these parts of the upload, which is over then. Other parts of it are removed.
    ///
    /// # Errors
    /// When there is no such upload, a part is not as it is said to be, or a condition does not hold.
    pub async fn complete_upload(
        &self,
        bucket: &BucketName,
        key: &Key,
        upload: &UploadId,
        completion: Completion,
    ) -> Result<Arc<Object>> {
        let (s3, stamp) = (self.clone(), Stamp::now());
        let (bucket, key, upload) = (bucket.clone(), key.clone(), upload.clone());
        crate::unbroken(async move {
            let decide =
                move |draft: &mut Draft<'_>| decide_complete(draft, &bucket, &key, &upload, &completion, stamp);
            let Completed { object, replaced, unused } = s3.ledger.commit(decide).await?;
            unused.iter().for_each(|part| s3.files.discard(&part.upload.0, &part.segments));
            s3.discard(replaced.as_deref());
            Ok(object)
        })
        .await
    }

    /// Ends an upload without an object.
    ///
    /// # Errors
    /// When there is no such upload.
    pub async fn abort_upload(&self, bucket: &BucketName, key: &Key, upload: &UploadId) -> Result<()> {
        let (s3, bucket, key, id) = (self.clone(), bucket.clone(), key.clone(), upload.clone());
        crate::unbroken(async move {
            let decide = move |draft: &mut Draft<'_>| {
                let upload = Arc::clone(draft.upload(&bucket, &key, &id)?);
                Ok(forget(draft, &upload))
            };
            let parts = s3.ledger.commit(decide).await?;
            parts.iter().for_each(|part| s3.files.discard(&part.upload.0, &part.segments));
            Ok(())
        })
        .await
    }

    /// The upload of this id to this key.
    ///
    /// # Errors
    /// When there is none.
    pub fn upload(&self, bucket: &BucketName, key: &Key, upload: &UploadId) -> Result<Arc<Upload>> {
        self.ledger.snapshot().upload(bucket, key, upload).cloned()
    }

    /// The parts of an upload whose numbers are greater than `after`, at most `max`.
    ///
    /// # Errors
    /// When there is no such upload.
    pub fn list_parts(
        &self,
        bucket: &BucketName,
        key: &Key,
        upload: &UploadId,
        after: u32,
        max: usize,
    ) -> Result<PartPage> {
        let state = self.ledger.snapshot();
        let upload = Arc::clone(state.upload(bucket, key, upload)?);
        let mut left = state.parts_from(&upload.id, after.saturating_add(1));
        let parts: Vec<_> = left.by_ref().take(max.min(limits::PAGE)).cloned().collect();
        let truncated = !parts.is_empty() && left.next().is_some();
        drop(left);
        Ok(PartPage { upload, parts, truncated })
    }
}

/// Removes an upload and its parts from the record. Their files are its caller's.
pub(crate) fn forget(draft: &mut Draft<'_>, upload: &Upload) -> Vec<Arc<Part>> {
    let parts: Vec<_> = draft.parts_from(&upload.id, 0).cloned().collect();
    parts.iter().for_each(|part| draft.remove::<Part>(&part.id()));
    draft.remove::<Upload>(&upload.id());
    parts
}

struct Completed {
    object: Arc<Object>,
    replaced: Option<Arc<Object>>,
    unused: Vec<Arc<Part>>,
}

fn decide_complete(
    draft: &mut Draft<'_>,
    bucket: &BucketName,
    key: &Key,
    id: &UploadId,
    completion: &Completion,
    stamp: Stamp,
) -> Result<Completed> {
    let upload = Arc::clone(draft.upload(bucket, key, id)?);
    let stored = assemble(&upload, &draft.parts_from(id, 0).cloned().collect::<Vec<_>>(), completion)?;
    let used: HashSet<Serial> = stored.segments.iter().map(|segment| segment.file.clone()).collect();
    let (object, replaced) = object::decide_put(draft, bucket, key, stored, &completion.conditions, stamp)?;
    let mut unused = forget(draft, &upload);
    unused.retain(|part| !part.segments.iter().any(|segment| used.contains(&segment.file)));
    Ok(Completed { object, replaced, unused })
}

/// The object that these of the parts make.
fn assemble(upload: &Upload, parts: &[Arc<Part>], completion: &Completion) -> Result<Stored> {
    let (Some(last), listed) = (completion.parts.last(), &completion.parts) else {
        return Err(Error::InvalidRequest("You must specify at least one part".into()));
    };
    if listed.windows(2).any(|pair| matches!(pair, [a, b] if a.number >= b.number)) {
        return Err(Error::InvalidPartOrder);
    }
    if completion.kind.is_some_and(|kind| kind != upload.kind) {
        return Err(Error::InvalidRequest(format!(
            "The upload was created using the {} checksum mode. The complete request must use the same checksum mode.",
            upload.kind.as_str()
        )));
    }
    let mut chosen = Vec::with_capacity(listed.len());
    for wanted in listed {
        let found = parts.binary_search_by_key(&wanted.number, |part| part.number).ok().and_then(|at| parts.get(at));
        let part = found.filter(|part| part.etag.as_str() == wanted.etag).ok_or(Error::InvalidPart(wanted.number))?;
        if wanted.checksum.as_ref().is_some_and(|said| *said != part.checksum) {
            return Err(Error::InvalidPart(wanted.number));
        }
        if part.size < limits::PART_MIN && part.number != last.number {
            return Err(Error::EntityTooSmall { size: part.size, part: part.number });
        }
        chosen.push(part);
    }
    let size = chosen.iter().map(|part| part.size).fold(0, u64::saturating_add);
    if size > limits::OBJECT {
        return Err(Error::EntityTooLarge { max: limits::OBJECT });
    }
    if completion.size.is_some_and(|said| said != size) {
        return Err(Error::InvalidRequest(
            "The provided 'x-amz-mp-object-size' header value does not match what was computed.".into(),
        ));
    }
    let sums: Vec<_> = chosen.iter().map(|part| (&part.checksum, part.size)).collect();
    let checksum = Checksum::of_parts(upload.algorithm, upload.kind, &sums)?;
    if completion.checksum.as_ref().is_some_and(|said| *said != checksum) {
        return Err(Error::BadDigest(upload.algorithm.as_str()));
    }
    Ok(Stored {
        size,
        etag: ETag::of_parts(chosen.iter().map(|part| &part.etag)),
        checksum,
        metadata: upload.metadata.clone(),
        tags: upload.tags.clone(),
        in_parts: true,
        segments: chosen.iter().flat_map(|part| part.segments.iter().cloned()).collect(),
    })
}
