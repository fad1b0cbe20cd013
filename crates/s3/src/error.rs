//! What can go wrong, told so that the one who asked knows what to do.

use std::sync::Arc;

use words::Timestamp;

use crate::name::{BucketName, Key, UploadId, VersionId};

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Every failure of a call. The texts of those that Amazon has are Amazon's; which code and status each becomes is the
/// wire's.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No bucket of that name.
    #[error("The specified bucket does not exist")]
    NoSuchBucket(BucketName),
    /// No object at that key.
    #[error("The specified key does not exist.")]
    NoSuchKey(Key),
    /// The key has no such version.
    #[error("The specified version does not exist.")]
    NoSuchVersion(Key, VersionId),
    /// No such multipart upload, or no longer.
    #[error(
        "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )]
    NoSuchUpload(UploadId),
    /// A bucket without tags was asked for them.
    #[error("The TagSet does not exist")]
    NoSuchTagSet(BucketName),
    /// A bucket without a policy was asked for it.
    #[error("The bucket policy does not exist")]
    NoSuchBucketPolicy(BucketName),
    /// The current version is a delete marker.
    #[error("The specified key does not exist.")]
    Deleted {
        /// The key.
        key: Key,
        /// The marker's version.
        marker: VersionId,
    },
    /// The version that was asked for by its id is a delete marker, which cannot be read.
    #[error("The specified method is not allowed against this resource.")]
    IsDeleteMarker {
        /// The marker's version.
        marker: VersionId,
        /// When it was made.
        modified: Timestamp,
    },
    /// The bucket is there already.
    #[error("Your previous request to create the named bucket succeeded and you already own it.")]
    BucketAlreadyOwnedByYou(BucketName),
    /// The bucket still has objects or versions of objects.
    #[error("The bucket you tried to delete is not empty. You must delete all versions in the bucket.")]
    BucketNotEmpty(BucketName),
    /// One bucket more than there may be.
    #[error("You have attempted to create more buckets than allowed")]
    TooManyBuckets,
    /// One multipart upload more than a bucket may have.
    #[error("The bucket has {0} multipart uploads under way: complete or abort some")]
    TooManyUploads(usize),
    /// A name that no bucket may have.
    #[error("The specified bucket is not valid.")]
    InvalidBucketName(String),
    /// A key that is too long.
    #[error("Your key is too long")]
    KeyTooLong {
        /// Its bytes.
        size: usize,
    },
    /// User-defined metadata that is too long.
    #[error("Your metadata headers exceed the maximum allowed metadata size")]
    MetadataTooLarge {
        /// Its bytes.
        size: usize,
        /// How many there may be.
        max: usize,
    },
    /// Tags that are too many, too long or named twice.
    #[error("{0}")]
    InvalidTag(String),
    /// A policy that is too long.
    #[error("Normalized policy document exceeds the maximum allowed size of {max} bytes: it has {size}")]
    PolicyTooLarge {
        /// Its bytes.
        size: usize,
        /// How many there may be.
        max: usize,
    },
    /// A part that was not uploaded, or is another one by now.
    #[error(
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
    )]
    InvalidPart(u32),
    /// Parts that are not listed in ascending order.
    #[error("The list of parts was not in ascending order. The parts list must be specified in order by part number.")]
    InvalidPartOrder,
    /// An object has no part of this number.
    #[error("The requested partnumber is not satisfiable")]
    InvalidPartNumber(u32),
    /// A part, not the last, that is too small.
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    EntityTooSmall {
        /// Its bytes.
        size: u64,
        /// Its number.
        part: u32,
    },
    /// A body or an object that is too large.
    #[error("Your proposed upload exceeds the maximum allowed size")]
    EntityTooLarge {
        /// How many bytes there may be.
        max: u64,
    },
    /// A body of another length than announced.
    #[error("You did not provide the number of bytes specified by the Content-Length HTTP header")]
    IncompleteBody,
    /// A body that is not what its sender says: which digest tells.
    #[error("The {0} you specified did not match {what}.", what = if *.0 == "Content-MD5" { "what we received" } else { "the calculated checksum" })]
    BadDigest(&'static str),
    /// A digest that is none.
    #[error("{0}")]
    InvalidDigest(String),
    /// A range beyond the object's end.
    #[error("The requested range is not satisfiable")]
    InvalidRange {
        /// The object's bytes.
        size: u64,
    },
    /// A condition that does not hold: its header.
    #[error("At least one of the pre-conditions you specified did not hold")]
    PreconditionFailed(&'static str),
    /// The reader has what it asks for.
    #[error("Not modified")]
    NotModified {
        /// What the object is known by.
        etag: String,
        /// When it was made.
        modified: Timestamp,
    },
    /// An argument that makes no sense: what is wrong with it.
    #[error("{0}")]
    InvalidArgument(String),
    /// A request that does not fit what it is about.
    #[error("{0}")]
    InvalidRequest(String),
    /// The body broke off, for a reason of its sender or of what it came through.
    #[error("the body broke off: {0}")]
    Body(Arc<dyn std::error::Error + Send + Sync>),
    /// A file could not be made, written or read.
    #[error("{what}: {source}")]
    Io {
        /// What was being done to which file.
        what: String,
        /// What the system says.
        source: Arc<std::io::Error>,
    },
    /// The record could not be read or written.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// A failure of a file.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source: Arc::new(source) }
    }
}
