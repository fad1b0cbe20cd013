//! Errors of the domain in the words of the wire: which code and which status each becomes.
//!
//! Source: "List of error codes" in the Amazon S3 API reference.

use s3::Error as Domain;

use crate::error::{Code, Error, INTERNAL_ERROR};

pub(super) const fn code(code: &'static str, status: u16) -> Code {
    Code { code, shape: code, status }
}

/// A document that is not what it must be.
pub(super) fn malformed() -> Error {
    Error::new(
        code("MalformedXML", 400),
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

pub(super) fn invalid_argument(message: impl Into<String>, name: &str, value: &str) -> Error {
    Error::new(code("InvalidArgument", 400), message.into())
        .with("ArgumentName", name)
        .with("ArgumentValue", value.chars().take(256).collect::<String>())
}

impl From<Domain> for Error {
    fn from(error: Domain) -> Self {
        let text = error.to_string();
        let new = |name: &'static str, status| Self::new(code(name, status), text.clone());
        match error {
            Domain::NoSuchBucket(bucket) => new("NoSuchBucket", 404).with("BucketName", bucket),
            Domain::NoSuchKey(key) | Domain::Deleted { key, .. } => new("NoSuchKey", 404).with("Key", key),
            Domain::NoSuchVersion(key, version) => {
                new("NoSuchVersion", 404).with("Key", key).with("VersionId", version.to_string())
            }
            Domain::NoSuchUpload(upload) => new("NoSuchUpload", 404).with("UploadId", upload.to_string()),
            Domain::NoSuchTagSet(bucket) => new("NoSuchTagSet", 404).with("BucketName", bucket),
            Domain::NoSuchBucketPolicy(bucket) => new("NoSuchBucketPolicy", 404).with("BucketName", bucket),
            Domain::IsDeleteMarker { .. } => new("MethodNotAllowed", 405),
            Domain::BucketAlreadyOwnedByYou(bucket) => new("BucketAlreadyOwnedByYou", 409).with("BucketName", bucket),
            Domain::BucketNotEmpty(bucket) => new("BucketNotEmpty", 409).with("BucketName", bucket),
            Domain::TooManyBuckets => new("TooManyBuckets", 400),
            Domain::TooManyUploads(_) => new("SlowDown", 503),
            Domain::InvalidBucketName(name) => new("InvalidBucketName", 400).with("BucketName", name),
            Domain::KeyTooLong { size } => new("KeyTooLongError", 400)
                .with("Size", size.to_string())
                .with("MaxSizeAllowed", s3::limits::KEY.to_string()),
            Domain::MetadataTooLarge { size, max } => {
                new("MetadataTooLarge", 400).with("Size", size.to_string()).with("MaxSizeAllowed", max.to_string())
            }
            Domain::InvalidTag(_) => new("InvalidTag", 400),
            Domain::PolicyTooLarge { .. } => new("PolicyTooLarge", 400),
            Domain::InvalidPart(number) => new("InvalidPart", 400).with("PartNumber", number.to_string()),
            Domain::InvalidPartOrder => new("InvalidPartOrder", 400),
            Domain::InvalidPartNumber(number) => {
                new("InvalidPartNumber", 416).with("PartNumberRequested", number.to_string())
            }
            Domain::EntityTooSmall { size, part } => new("EntityTooSmall", 400)
                .with("ProposedSize", size.to_string())
                .with("MinSizeAllowed", s3::limits::PART_MIN.to_string())
                .with("PartNumber", part.to_string()),
            Domain::EntityTooLarge { max } => new("EntityTooLarge", 400).with("MaxSizeAllowed", max.to_string()),
            Domain::IncompleteBody => new("IncompleteBody", 400),
            Domain::BadDigest(_) => new("BadDigest", 400),
            Domain::InvalidDigest(_) => new("InvalidDigest", 400),
            Domain::InvalidRange { size } => new("InvalidRange", 416).with("ActualObjectSize", size.to_string()),
            Domain::PreconditionFailed(condition) => new("PreconditionFailed", 412).with("Condition", condition),
            Domain::NotModified { .. } => new("NotModified", 304),
            Domain::InvalidArgument(_) => new("InvalidArgument", 400),
            Domain::InvalidRequest(_) => new("InvalidRequest", 400),
            // What the body came through says why itself: a signature that is wrong, a client that is gone.
            Domain::Body(why) => why.downcast_ref::<Self>().cloned().unwrap_or_else(|| new("IncompleteBody", 400)),
            Domain::Io { .. } | Domain::Store(_) => {
                tracing::error!(why = %text, "a request failed");
                Self::new(INTERNAL_ERROR, "We encountered an internal error. Please try again.")
            }
        }
    }
}
