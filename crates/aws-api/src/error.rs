//! What goes wrong, as Amazon says it: every code and every status is chosen here, or by a service's model
//! (`generated::*::error`).
//!
//! Sources: "Common Errors" in the API references of Elastic Beanstalk, IAM and EC2; "Error Responses" in S3's.

use std::borrow::Cow;

use crate::access::Denied;
pub use crate::codec::shape::Code;

/// A request that is refused or has failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {message}", code.code)]
pub struct Error {
    /// Which kind.
    pub code: Code,
    /// What a person is told.
    pub message: Cow<'static, str>,
    /// Elements that S3 adds to the message, such as `BucketName`.
    pub details: Vec<(&'static str, String)>,
}

const fn code(code: &'static str, status: u16) -> Code {
    Code { code, shape: code, status }
}

/// A policy does not allow it.
pub const ACCESS_DENIED: Code = Code { code: "AccessDenied", shape: "AccessDeniedException", status: 403 };
/// EC2 says it so.
pub const UNAUTHORIZED_OPERATION: Code = code("UnauthorizedOperation", 403);
/// The scope or the form of S3's `Authorization` is wrong.
pub const AUTHORIZATION_HEADER_MALFORMED: Code = code("AuthorizationHeaderMalformed", 400);
/// The same of a presigned URL.
pub const AUTHORIZATION_QUERY_PARAMETERS: Code = code("AuthorizationQueryParametersError", 400);
/// The `Authorization` lacks a part.
pub const INCOMPLETE_SIGNATURE: Code =
    Code { code: "IncompleteSignature", shape: "IncompleteSignatureException", status: 403 };
/// The session is over.
pub const EXPIRED_TOKEN: Code = Code { code: "ExpiredToken", shape: "ExpiredTokenException", status: 403 };
/// The same, S3.
pub const EXPIRED_TOKEN_OBJECTS: Code = code("ExpiredToken", 400);
/// The service failed.
pub const INTERNAL_FAILURE: Code = code("InternalFailure", 500);
/// S3 says it so.
pub const INTERNAL_ERROR: Code = code("InternalError", 500);
/// No key of this id, S3.
pub const INVALID_ACCESS_KEY_ID: Code = code("InvalidAccessKeyId", 403);
/// No such operation.
pub const INVALID_ACTION: Code = Code { code: "InvalidAction", shape: "UnknownOperationException", status: 400 };
/// No key of this id.
pub const INVALID_CLIENT_TOKEN_ID: Code =
    Code { code: "InvalidClientTokenId", shape: "UnrecognizedClientException", status: 403 };
/// Parameters that exclude each other.
pub const INVALID_PARAMETER_COMBINATION: Code =
    Code { code: "InvalidParameterCombination", shape: "InvalidParameterCombinationException", status: 400 };
/// A parameter with a value that cannot be.
pub const INVALID_PARAMETER_VALUE: Code =
    Code { code: "InvalidParameterValue", shape: "InvalidParameterValueException", status: 400 };
/// As CloudWatch Logs says it.
pub const INVALID_PARAMETER: Code = code("InvalidParameterException", 400);
/// A request that cannot be, S3.
pub const INVALID_REQUEST: Code = code("InvalidRequest", 400);
/// A session's token that is not its own, S3.
pub const INVALID_TOKEN: Code = code("InvalidToken", 400);
/// A body that broke off, S3.
pub const INCOMPLETE_BODY: Code = code("IncompleteBody", 400);
/// A parameter that cannot be read.
pub const MALFORMED_INPUT: Code = Code { code: "MalformedInput", shape: "SerializationException", status: 400 };
/// Parameters that cannot be read.
pub const MALFORMED_QUERY_STRING: Code = code("MalformedQueryString", 400);
/// No `Action`.
pub const MISSING_ACTION: Code = code("MissingAction", 400);
/// Not signed.
pub const MISSING_AUTHENTICATION_TOKEN: Code =
    Code { code: "MissingAuthenticationToken", shape: "MissingAuthenticationTokenException", status: 403 };
/// A parameter that must be there.
pub const MISSING_PARAMETER: Code =
    Code { code: "MissingParameter", shape: "MissingRequiredParameterException", status: 400 };
/// A part of the service that is not there, S3.
pub const NOT_IMPLEMENTED: Code = code("NotImplemented", 501);
/// The signature is too old, or its URL's time is over.
pub const REQUEST_EXPIRED: Code = Code { code: "RequestExpired", shape: "RequestExpired", status: 400 };
/// The client's clock is off, S3.
pub const REQUEST_TIME_TOO_SKEWED: Code = code("RequestTimeTooSkewed", 403);
/// The client sent nothing for too long.
pub const REQUEST_TIMEOUT: Code = code("RequestTimeout", 400);
/// The body is too long.
pub const REQUEST_ENTITY_TOO_LARGE: Code = code("RequestEntityTooLarge", 413);
/// A document that cannot be read.
pub const SERIALIZATION: Code = Code { code: "MalformedInput", shape: "SerializationException", status: 400 };
/// It takes too long; to be asked again.
pub const SERVICE_UNAVAILABLE: Code =
    Code { code: "ServiceUnavailable", shape: "ServiceUnavailableException", status: 503 };
/// The signature is not that of the request.
pub const SIGNATURE_DOES_NOT_MATCH: Code =
    Code { code: "SignatureDoesNotMatch", shape: "InvalidSignatureException", status: 403 };
/// Too much is asked.
pub const THROTTLING: Code = Code { code: "Throttling", shape: "ThrottlingException", status: 400 };
/// Bounds of the model.
pub const VALIDATION: Code = Code { code: "ValidationError", shape: "ValidationException", status: 400 };
/// The body is not what its digest says, S3.
pub const CONTENT_SHA256_MISMATCH: Code = code("XAmzContentSHA256Mismatch", 400);

impl Error {
    /// An error of this kind.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// With an element that S3 adds.
    pub fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.details.push((name, text.into()));
        self
    }

    /// The service failed: the operator is told why, the client is not.
    pub fn internal(why: impl std::fmt::Display) -> Self {
        tracing::error!(%why, "a request failed");
        Self::new(INTERNAL_FAILURE, "The request processing has failed because of an unknown error.")
    }

    /// The same error of a member of what was read.
    pub(crate) fn at(mut self, member: &str) -> Self {
        let separator = if self.message.starts_with("expected") { ": " } else { "." };
        self.message = format!("{member}{separator}{}", self.message).into();
        self
    }

    /// Whether the one who asked is at fault.
    pub fn sender(&self) -> bool {
        self.code.status < 500
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::new(ACCESS_DENIED, denied.to_string())
    }
}
