//! Reads of objects, and copies, which are reads that are put.

use std::sync::Arc;

use crate::S3;
use crate::checksum::{Algorithm, Claim, Integrity};
use crate::condition::{Conditions, Range};
use crate::error::{Error, Result};
use crate::file::Reader;
use crate::ledger::State;
use crate::limits;
use crate::multipart::Part;
use crate::name::{BucketName, Key, UploadId, VersionId};
use crate::object::{Metadata, Object, PutRequest, Stored};
use crate::tags::Tags;

/// What of an object is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    #[default]
    Whole,
    /// A range of its bytes.
    Range(Range),
    /// The part of this number.
    Part(u32),
}

/// What is to be read.
#[derive(Debug, Clone, Default)]
pub struct GetRequest {
    /// Which version; the newest if none is named.
    pub version: Option<VersionId>,
    /// Whether it is to be read at all.
    pub conditions: Conditions,
    /// What of it.
    pub wanted: Wanted,
}

/// The bytes that a read is about: from `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: u64,
    /// The one after the last.
    pub end: u64,
    /// It is not, or need not be, the whole object.
    pub partial: bool,
}

/// An object that is open for reading.
#[derive(Debug)]
pub struct Opened {
    /// Its record.
    pub object: Arc<Object>,
    /// What of it is read.
    pub span: Span,
    /// The bytes.
    pub reader: Reader,
}

/// Where a copy is taken from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The bucket.
    pub bucket: BucketName,
    /// The key.
    pub key: Key,
    /// Which version; the newest if none is named.
    pub version: Option<VersionId>,
    /// Whether it is to be copied.
    pub conditions: Conditions,
}

/// How a copy differs from its source.
#[derive(Debug, Clone, Default)]
pub struct CopyRequest {
    /// What is said of it, if not the same as of the source.
    pub metadata: Option<Metadata>,
    /// Its tags, if not those of the source.
    pub tags: Option<Tags>,
    /// Which checksum it has, if not one as the source has it.
    pub algorithm: Option<Algorithm>,
    /// What must be at the key that it goes to.
    pub conditions: crate::WriteConditions,
}

/// The object that a read is about, with its bytes.
pub(crate) fn find<'a>(
    state: &'a State,
    bucket: &BucketName,
    key: &Key,
    version: Option<&VersionId>,
) -> Result<(&'a Arc<Object>, &'a Stored)> {
    state.bucket(bucket)?;
    let object = match version {
        Some(id) => state.version(bucket, key, id).ok_or_else(|| Error::NoSuchVersion(key.clone(), id.clone()))?,
        None => state.newest(bucket, key).ok_or_else(|| Error::NoSuchKey(key.clone()))?,
    };
    match object.stored() {
        Some(stored) => Ok((object, stored)),
        None if version.is_some() => Err(Error::IsDeleteMarker { marker: object.version(), modified: object.modified }),
        None => Err(Error::Deleted { key: key.clone(), marker: object.version() }),
    }
}

fn span(stored: &Stored, wanted: Wanted) -> Result<Span> {
    match wanted {
        Wanted::Whole => Ok(Span { start: 0, end: stored.size, partial: false }),
        Wanted::Range(range) => range.of(stored.size).map(|(start, end)| Span { start, end, partial: true }),
        Wanted::Part(1) if !stored.in_parts => Ok(Span { start: 0, end: stored.size, partial: true }),
        Wanted::Part(number) => {
            let index = number.checked_sub(1).filter(|_| stored.in_parts).map(|index| index as usize);
            let part = index.and_then(|index| Some((index, stored.segments.get(index)?)));
            let (index, part) = part.ok_or(Error::InvalidPartNumber(number))?;
            let start = stored.segments.iter().take(index).map(|segment| segment.size).sum();
            Ok(Span { start, end: start + part.size, partial: true })
        }
    }
}

fn decide_read<'a>(
    state: &'a State,
    bucket: &BucketName,
    key: &Key,
    request: &GetRequest,
) -> Result<(&'a Arc<Object>, Span)> {
    let (object, stored) = find(state, bucket, key, request.version.as_ref())?;
    request.conditions.check(&stored.etag, object.modified)?;
    Ok((object, span(stored, request.wanted)?))
}

impl S3 {
    /// What is known of an object, and which of its bytes a read would be about.
    ///
    /// # Errors
    /// When it is not there, a condition does not hold, or it has none of the range.
    pub async fn head(&self, bucket: &BucketName, key: &Key, request: &GetRequest) -> Result<(Arc<Object>, Span)> {
        let state = self.ledger.snapshot();
        decide_read(&state, bucket, key, request).map(|(object, span)| (Arc::clone(object), span))
    }

    /// Opens an object for reading. What is read stays as it is now, whatever becomes of the object.
    ///
    /// # Errors
    /// As those of [`Self::head`].
    pub async fn get(&self, bucket: &BucketName, key: &Key, request: &GetRequest) -> Result<Opened> {
        loop {
            let (object, _) = self.head(bucket, key, request).await?;
            let lease = self.files.hold(object.serial.clone());
            // Whoever removes the record after this look sees the lease; a record that was removed before is not found.
            let (now, span) = self.head(bucket, key, request).await?;
            if now.serial == object.serial {
                let reader = Reader::new(lease, now.segments(), span.start, span.end);
                return Ok(Opened { object: now, span, reader });
            }
        }
    }

    /// Copies an object.
    ///
    /// # Errors
    /// When the source is not there or larger than one put may be, or a condition does not hold.
    pub async fn copy(
        &self,
        source: &Source,
        bucket: &BucketName,
        key: &Key,
        request: CopyRequest,
    ) -> Result<(Arc<Object>, Arc<Object>)> {
        let opened = self.open_source(source, None).await?;
        let stored = opened.object.stored().ok_or_else(|| Error::NoSuchKey(source.key.clone()))?;
        if stored.size > limits::PUT {
            return Err(Error::InvalidRequest(
                "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120"
                    .into(),
            ));
        }
        let algorithm = request.algorithm.unwrap_or(stored.checksum.algorithm());
        let put = PutRequest {
            metadata: request.metadata.unwrap_or_else(|| stored.metadata.clone()),
            tags: request.tags.unwrap_or_else(|| stored.tags.clone()),
            integrity: Integrity {
                checksum: Claim::Compute(algorithm),
                length: Some(stored.size),
                ..Integrity::default()
            },
            conditions: request.conditions,
        };
        let from = Arc::clone(&opened.object);
        let object = self.put(bucket, key, put, opened.reader.stream()).await?;
        Ok((from, object))
    }

    /// Copies an object, or a range of it, into a part of an upload.
    ///
    /// # Errors
    /// When the source or the upload is not there, or a condition does not hold.
    pub async fn copy_part(
        &self,
        source: &Source,
        range: Option<Range>,
        bucket: &BucketName,
        key: &Key,
        upload: &UploadId,
        number: u32,
    ) -> Result<(Arc<Object>, Arc<Part>)> {
        let opened = self.open_source(source, range).await?;
        let algorithm = self.upload(bucket, key, upload)?.algorithm;
        let integrity = Integrity {
            checksum: Claim::Compute(algorithm),
            length: Some(opened.reader.size()),
            ..Integrity::default()
        };
        let from = Arc::clone(&opened.object);
        let part = self.upload_part(bucket, key, upload, number, integrity, opened.reader.stream()).await?;
        Ok((from, part))
    }

    async fn open_source(&self, source: &Source, range: Option<Range>) -> Result<Opened> {
        let Source { bucket, key, version, conditions } = source;
        let request = GetRequest {
            version: version.clone(),
            wanted: range.map_or(Wanted::Whole, Wanted::Range),
            ..GetRequest::default()
        };
        let opened = self.get(bucket, key, &request).await?;
        if let Some(stored) = opened.object.stored() {
            conditions.check_source(&stored.etag, opened.object.modified)?;
        }
        Ok(opened)
    }
}
