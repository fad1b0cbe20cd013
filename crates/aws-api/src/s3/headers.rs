//! Headers of requests and of answers, in the words of the domain and back.

use std::time::{Duration, SystemTime};

use http::header::{HeaderName, IntoHeaderName};
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use s3::{
    Algorithm, Checksum, Claim, Conditions, ETags, Integrity, Md5Sum, Metadata, Object, Source, Tags, Trailer,
    WriteConditions,
};
use words::Timestamp;

use super::Ask;
use super::error::{code, invalid_argument};
use super::route::absent;
use crate::error::{Error, INVALID_REQUEST, NOT_IMPLEMENTED};

/// Begins the name of a detail of an error that is a header of its answer.
pub(super) const PREFIX: &str = "header:";

/// Headers of checksums, and what each is of.
const CHECKSUMS: [(&str, Algorithm); 5] = [
    ("x-amz-checksum-crc32", Algorithm::Crc32),
    ("x-amz-checksum-crc32c", Algorithm::Crc32c),
    ("x-amz-checksum-crc64nvme", Algorithm::Crc64Nvme),
    ("x-amz-checksum-sha1", Algorithm::Sha1),
    ("x-amz-checksum-sha256", Algorithm::Sha256),
];

/// Headers that ask for what is not there.
const ABSENT: &[&str] = &[
    "x-amz-bucket-object-lock-enabled",
    "x-amz-bypass-governance-retention",
    "x-amz-mfa",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-copy-source-server-side-encryption-customer-algorithm",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
];

/// Refuses what asks for a part of the service that is not there.
pub(super) fn refuse_absent(headers: &HeaderMap) -> Result<(), Error> {
    if let Some(name) = ABSENT.iter().find(|name| headers.contains_key(**name)) {
        return Err(absent(name));
    }
    if let Some(class) = value(headers, "x-amz-storage-class")?.filter(|class| class != "STANDARD") {
        return Err(absent(&format!("x-amz-storage-class: {class}")));
    }
    let enforced = |owner: &String| owner == "BucketOwnerEnforced";
    if let Some(owner) = value(headers, "x-amz-object-ownership")?.filter(|owner| !enforced(owner)) {
        return Err(absent(&format!("x-amz-object-ownership: {owner}")));
    }
    let private = |acl: &String| matches!(acl.as_str(), "private" | "bucket-owner-full-control");
    let grants = headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-"));
    if grants || value(headers, "x-amz-acl")?.is_some_and(|acl| !private(&acl)) {
        return Err(no_acl());
    }
    Ok(())
}

/// Who may read what is said by policies here, as by default at Amazon.
pub(super) fn no_acl() -> Error {
    Error::new(code("AccessControlListNotSupported", 400), "The bucket does not allow ACLs")
}

/// A header as text.
pub(super) fn value(headers: &HeaderMap, name: &str) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(_) => Err(invalid_argument(format!("The header {name} is no UTF-8"), name, "")),
    }
}

/// A header as text, if it is any.
pub(super) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok()).map(str::trim)
}

/// Puts a header. A text that a header cannot hold is left out.
pub(super) fn put(headers: &mut HeaderMap, name: impl IntoHeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
        headers.insert(name, value);
    }
}

/// A moment as headers write it.
pub(super) fn date(moment: Timestamp) -> String {
    let seconds = u64::try_from(moment.seconds()).unwrap_or(0);
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn moment(headers: &HeaderMap, name: &str) -> Option<Timestamp> {
    let time = httpdate::parse_http_date(text(headers, name)?).ok()?;
    let nanos = time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos();
    Timestamp::from_nanos(i128::try_from(nanos).ok()?)
}

/// What is said of an object.
pub(super) fn metadata(headers: &HeaderMap) -> Result<Metadata, Error> {
    let get = |name| value(headers, name);
    let encoding = get("content-encoding")?.map(|all| {
        let kept = all.split(',').map(str::trim).filter(|one| !one.eq_ignore_ascii_case("aws-chunked"));
        kept.collect::<Vec<_>>().join(",")
    });
    let mut metadata = Metadata {
        content_type: get("content-type")?,
        cache_control: get("cache-control")?,
        content_disposition: get("content-disposition")?,
        content_encoding: encoding.filter(|encoding| !encoding.is_empty()),
        content_language: get("content-language")?,
        expires: get("expires")?,
        ..Metadata::default()
    };
    for name in headers.keys() {
        if let Some(short) = name.as_str().strip_prefix("x-amz-meta-") {
            let values: Vec<_> =
                headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            metadata.user.insert(short.to_owned(), values.join(","));
        }
    }
    Ok(metadata)
}

/// Tags of the header `x-amz-tagging`.
pub(super) fn tags(headers: &HeaderMap) -> Result<Tags, Error> {
    let text = value(headers, "x-amz-tagging")?.unwrap_or_default();
    Ok(Tags::of_object(form_urlencoded::parse(text.as_bytes()).into_owned())?)
}

/// Which checksum is asked for.
pub(super) fn algorithm(headers: &HeaderMap) -> Result<Option<Algorithm>, Error> {
    Ok(value(headers, "x-amz-checksum-algorithm")?.map(|name| Algorithm::named(&name)).transpose()?)
}

/// A checksum that a header tells.
pub(super) fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>, Error> {
    let mut all = Vec::new();
    for (name, algorithm) in CHECKSUMS {
        if let Some(text) = value(headers, name)? {
            all.push(Checksum::parse(algorithm, &text)?);
        }
    }
    if all.len() > 1 {
        return Err(Error::new(
            INVALID_REQUEST,
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ));
    }
    Ok(all.pop())
}

/// The header of the trailer in which a checksum follows, and where it goes.
pub(super) type Follows = Option<(&'static str, Trailer)>;

/// What is said of the body, and the trailer in which more of it follows.
pub(super) fn integrity(ask: &Ask) -> Result<(Integrity, Follows), Error> {
    let headers = &ask.headers;
    let md5 = value(headers, "content-md5")?.map(|text| Md5Sum::from_base64(&text)).transpose()?;
    let asked = value(headers, "x-amz-sdk-checksum-algorithm")?.map(|name| Algorithm::named(&name)).transpose()?;
    let announced = value(headers, "x-amz-trailer")?;
    let follows = match &announced {
        Some(name) => {
            Some(CHECKSUMS.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).ok_or_else(|| {
                Error::new(INVALID_REQUEST, "The value specified in the x-amz-trailer header is not supported")
            })?)
        }
        None => None,
    };
    let (claim, trailer) = match (checksum(headers)?, follows, asked) {
        (Some(checksum), None, asked) if asked.is_none_or(|asked| asked == checksum.algorithm()) => {
            (Claim::Is(checksum), None)
        }
        (None, Some((name, algorithm)), asked) if asked.is_none_or(|asked| asked == algorithm) => {
            let trailer = Trailer::default();
            (Claim::Follows(algorithm, trailer.clone()), Some((name, trailer)))
        }
        (None, None, Some(_)) => {
            return Err(Error::new(
                INVALID_REQUEST,
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
            ));
        }
        (None, None, None) => (Claim::Nothing, None),
        _ => {
            return Err(Error::new(INVALID_REQUEST, "Value for x-amz-sdk-checksum-algorithm header is invalid."));
        }
    };
    Ok((Integrity { md5, checksum: claim, length: ask.length }, trailer))
}

/// The same of the body of an object, whose length must be told.
pub(super) fn integrity_of_object(ask: &Ask) -> Result<(Integrity, Follows), Error> {
    let (integrity, trailer) = integrity(ask)?;
    if integrity.length.is_none() {
        return Err(Error::new(code("MissingContentLength", 411), "You must provide the Content-Length HTTP header."));
    }
    Ok((integrity, trailer))
}

/// Conditions of a read.
pub(super) fn conditions(headers: &HeaderMap) -> Conditions {
    Conditions {
        if_match: text(headers, "if-match").map(ETags::parse),
        if_none_match: text(headers, "if-none-match").map(ETags::parse),
        if_modified_since: moment(headers, "if-modified-since"),
        if_unmodified_since: moment(headers, "if-unmodified-since"),
    }
}

/// Conditions of a write.
pub(super) fn write_conditions(headers: &HeaderMap) -> Result<WriteConditions, Error> {
    let if_absent = match text(headers, "if-none-match") {
        Some("*") => true,
        Some(_) => return Err(Error::new(NOT_IMPLEMENTED, "If-None-Match of a write can only be *")),
        None => false,
    };
    Ok(WriteConditions { if_match: text(headers, "if-match").map(ETags::parse), if_absent })
}

/// Where a copy is taken from.
pub(super) fn source(headers: &HeaderMap) -> Result<Source, Error> {
    let text_of = value(headers, "x-amz-copy-source")?.unwrap_or_default();
    let wrong = || invalid_argument("Invalid copy source object key", "x-amz-copy-source", &text_of);
    let (path, query) = text_of.split_once('?').map_or((text_of.as_str(), None), |(path, query)| (path, Some(query)));
    let version = match query {
        Some(query) => Some(query.strip_prefix("versionId=").ok_or_else(wrong)?.parse()?),
        None => None,
    };
    let path = percent_decode_str(path.strip_prefix('/').unwrap_or(path)).decode_utf8().map_err(|_| wrong())?;
    let (bucket, key) = path.split_once('/').ok_or_else(wrong)?;
    let conditions = Conditions {
        if_match: text(headers, "x-amz-copy-source-if-match").map(ETags::parse),
        if_none_match: text(headers, "x-amz-copy-source-if-none-match").map(ETags::parse),
        if_modified_since: moment(headers, "x-amz-copy-source-if-modified-since"),
        if_unmodified_since: moment(headers, "x-amz-copy-source-if-unmodified-since"),
    };
    Ok(Source { bucket: bucket.parse()?, key: key.parse()?, version, conditions })
}

/// The header of a checksum.
pub(super) fn checksum_name(algorithm: Algorithm) -> &'static str {
    CHECKSUMS.into_iter().find(|(_, known)| *known == algorithm).map_or("x-amz-checksum", |(name, _)| name)
}

/// Tells a checksum.
pub(super) fn put_checksum(headers: &mut HeaderMap, checksum: &Checksum) {
    put(headers, checksum_name(checksum.algorithm()), &checksum.to_string());
    put(headers, "x-amz-checksum-type", checksum.kind().as_str());
}

/// Tells what is said of an object.
pub(super) fn put_metadata(headers: &mut HeaderMap, object: &Object) {
    let Some(stored) = object.stored() else { return };
    let Metadata {
        content_type,
        cache_control,
        content_disposition,
        content_encoding,
        content_language,
        expires,
        user,
    } = &stored.metadata;
    put(headers, "content-type", content_type.as_deref().unwrap_or("binary/octet-stream"));
    for (name, value) in [
        ("cache-control", cache_control),
        ("content-disposition", content_disposition),
        ("content-encoding", content_encoding),
        ("content-language", content_language),
        ("expires", expires),
    ] {
        if let Some(value) = value {
            put(headers, name, value);
        }
    }
    for (name, value) in user {
        if let Ok(name) = HeaderName::try_from(format!("x-amz-meta-{name}")) {
            put(headers, name, value);
        }
    }
    if !stored.tags.is_empty() {
        put(headers, "x-amz-tagging-count", &stored.tags.iter().len().to_string());
    }
}
