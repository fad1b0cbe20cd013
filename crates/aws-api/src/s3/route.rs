//! Which operation a request is, on which bucket and key.
//!
//! Sources: "Virtual hosting of buckets" in the Amazon S3 user guide, and the request syntax of each operation in its
//! API reference.

use std::net::IpAddr;

use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use s3::{BucketName, Key};

use super::error::code;
use crate::error::{Error, NOT_IMPLEMENTED};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    ListBuckets,
    CreateBucket,
    HeadBucket,
    DeleteBucket,
    GetBucketLocation,
    GetBucketVersioning,
    PutBucketVersioning,
    GetBucketTagging,
    PutBucketTagging,
    DeleteBucketTagging,
    GetBucketPolicy,
    PutBucketPolicy,
    DeleteBucketPolicy,
    GetBucketAcl,
    PutBucketAcl,
    ListObjects,
    ListObjectsV2,
    ListObjectVersions,
    ListMultipartUploads,
    DeleteObjects,
    GetObject,
    HeadObject,
    GetObjectAttributes,
    PutObject,
    CopyObject,
    DeleteObject,
    GetObjectTagging,
    PutObjectTagging,
    DeleteObjectTagging,
    GetObjectAcl,
    PutObjectAcl,
    CreateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    ListParts,
    CompleteMultipartUpload,
    AbortMultipartUpload,
}

/// A query, in the order in which it was written.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// Parts of the service that are not there, by the name that a query asks for them with.
const ABSENT: &[&str] = &[
    "abac",
    "accelerate",
    "analytics",
    "cors",
    "delete-marker-replication",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "logging",
    "metadataConfiguration",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "torrent",
    "website",
];

/// A bucket's and an object's name out of a request's path and host. The path comes first: a host names a bucket only if
/// the path's begin names none that is there (`exists`). An address of numbers never does.
pub(super) fn locate(
    method: &Method,
    host: &str,
    path: &str,
    exists: impl Fn(&str) -> bool,
) -> Result<(Option<BucketName>, Option<Key>), Error> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let decoded = percent_decode_str(path).decode_utf8();
    let path = decoded.map_err(|_| Error::new(code("InvalidURI", 400), "Couldn't parse the specified URI."))?;
    let (first, rest) = path.split_once('/').unwrap_or((&path, ""));
    let by_host = if exists(first) { None } else { bucket_of_host(host, &exists) };
    // What is asked for without a path is about a bucket, unless it is the list of all.
    let new = || (path.is_empty() && method != Method::GET).then(|| labels(host).next()).flatten();
    let (bucket, key) = match by_host.or_else(new) {
        Some(bucket) => (bucket, path.as_ref()),
        None => (first, rest),
    };
    if bucket.is_empty() {
        return Ok((None, None));
    }
    let bucket = bucket.parse::<BucketName>()?;
    let key = if key.is_empty() { None } else { Some(key.parse::<Key>()?) };
    Ok((Some(bucket), key))
}

/// What a host's name could have before the name of the endpoint, the longest last.
fn labels(host: &str) -> impl Iterator<Item = &str> {
    let name = if host.starts_with('[') { "" } else { host.split_once(':').map_or(host, |(name, _)| name) };
    let name = if name.parse::<IpAddr>().is_ok() { "" } else { name };
    name.match_indices('.').filter_map(|(at, _)| name.get(..at))
}

/// The bucket that is there and that a host names.
pub(super) fn bucket_of_host(host: &str, exists: impl Fn(&str) -> bool) -> Option<&str> {
    labels(host).filter(|label| exists(label)).last()
}

/// The operation.
pub(super) fn operation(
    method: &Method,
    bucket: bool,
    key: bool,
    query: &Query,
    headers: &HeaderMap,
) -> Result<Operation, Error> {
    use Operation::*;
    if let Some(name) = ABSENT.iter().find(|name| query.has(name)) {
        return Err(absent(&format!("?{name}")));
    }
    let copies = headers.contains_key("x-amz-copy-source");
    let has = |name| query.has(name);
    let found = match (method.as_str(), bucket, key) {
        ("GET", false, _) => ListBuckets,
        ("HEAD", true, false) => HeadBucket,
        ("GET", true, false) if has("location") => GetBucketLocation,
        ("GET", true, false) if has("versioning") => GetBucketVersioning,
        ("GET", true, false) if has("tagging") => GetBucketTagging,
        ("GET", true, false) if has("policy") => GetBucketPolicy,
        ("GET", true, false) if has("acl") => GetBucketAcl,
        ("GET", true, false) if has("versions") => ListObjectVersions,
        ("GET", true, false) if has("uploads") => ListMultipartUploads,
        ("GET", true, false) if query.get("list-type") == Some("2") => ListObjectsV2,
        ("GET", true, false) => ListObjects,
        ("PUT", true, false) if has("versioning") => PutBucketVersioning,
        ("PUT", true, false) if has("tagging") => PutBucketTagging,
        ("PUT", true, false) if has("policy") => PutBucketPolicy,
        ("PUT", true, false) if has("acl") => PutBucketAcl,
        ("PUT", true, false) => CreateBucket,
        ("DELETE", true, false) if has("tagging") => DeleteBucketTagging,
        ("DELETE", true, false) if has("policy") => DeleteBucketPolicy,
        ("DELETE", true, false) => DeleteBucket,
        ("POST", true, false) if has("delete") => DeleteObjects,
        ("POST", true, false) => return Err(absent("the upload by a form of a browser")),
        ("HEAD", true, true) => HeadObject,
        ("GET", true, true) if has("tagging") => GetObjectTagging,
        ("GET", true, true) if has("acl") => GetObjectAcl,
        ("GET", true, true) if has("attributes") => GetObjectAttributes,
        ("GET", true, true) if has("uploadId") => ListParts,
        ("GET", true, true) => GetObject,
        ("PUT", true, true) if has("tagging") => PutObjectTagging,
        ("PUT", true, true) if has("acl") => PutObjectAcl,
        ("PUT", true, true) if has("partNumber") || has("uploadId") => {
            if copies {
                UploadPartCopy
            } else {
                UploadPart
            }
        }
        ("PUT", true, true) if copies => CopyObject,
        ("PUT", true, true) => PutObject,
        ("POST", true, true) if has("uploads") => CreateMultipartUpload,
        ("POST", true, true) if has("uploadId") => CompleteMultipartUpload,
        ("DELETE", true, true) if has("tagging") => DeleteObjectTagging,
        ("DELETE", true, true) if has("uploadId") => AbortMultipartUpload,
        ("DELETE", true, true) => DeleteObject,
        ("OPTIONS", ..) => return Err(absent("cross-origin resource sharing")),
        _ => return Err(not_allowed()),
    };
    Ok(found)
}

pub(super) fn absent(what: &str) -> Error {
    Error::new(
        NOT_IMPLEMENTED,
        format!("A header or query you provided implies functionality that is not implemented: {what}"),
    )
}

pub(super) fn not_allowed() -> Error {
    let text = "The specified method is not allowed against this resource.";
    Error::new(code("MethodNotAllowed", 405), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_in_the_path_or_in_the_host() {
        let exists = |name: &str| matches!(name, "one" | "two.three");
        for (method, host, path, bucket, key) in [
            ("GET", "127.0.0.1:4566", "/", "", ""),
            ("GET", "127.0.0.1:4566", "/one", "one", ""),
            ("GET", "127.0.0.1:4566", "/one/", "one", ""),
            ("GET", "127.0.0.1", "/one/a/b%2Fc%20d", "one", "a/b/c d"),
            ("GET", "127.0.0.1", "/one//a", "one", "/a"),
            ("GET", "one.s3.local:4566", "/a/b", "one", "a/b"),
            ("GET", "one.s3.local", "/", "one", ""),
            ("GET", "two.three.s3.local", "/k", "two.three", "k"),
            ("GET", "s3.local", "/new/k", "new", "k"),
            ("GET", "one.s3.local", "/two.three/k", "two.three", "k"),
            ("PUT", "new.s3.local", "/", "new", ""),
            ("GET", "new.s3.local", "/", "", ""),
            ("PUT", "[::1]:4566", "/new", "new", ""),
        ] {
            let found = locate(&method.parse().unwrap(), host, path, exists).unwrap();
            let found = (found.0.map(String::from).unwrap_or_default(), found.1.map(String::from).unwrap_or_default());
            assert_eq!(found, (bucket.to_owned(), key.to_owned()), "{method} {host} {path}");
        }
        for path in ["/%ff/a", "/Not_A_Bucket/a", &format!("/one/{}", "a".repeat(1025))] {
            assert!(locate(&Method::GET, "127.0.0.1", path, exists).is_err(), "{path}");
        }
    }

    #[test]
    fn operations_are_told_apart() {
        let find = |method: &str, path: &str, query: &str| {
            let key = path.matches('/').count() > 1;
            operation(&method.parse().unwrap(), path.len() > 1, key, &Query::parse(query), &HeaderMap::new())
        };
        for (method, path, query, expected) in [
            ("GET", "/", "", Operation::ListBuckets),
            ("GET", "/b", "list-type=2&prefix=a", Operation::ListObjectsV2),
            ("GET", "/b", "prefix=a", Operation::ListObjects),
            ("GET", "/b", "versions", Operation::ListObjectVersions),
            ("POST", "/b", "delete", Operation::DeleteObjects),
            ("PUT", "/b/k", "partNumber=1&uploadId=x", Operation::UploadPart),
            ("GET", "/b/k", "response-content-type=a&X-Amz-Signature=b", Operation::GetObject),
        ] {
            assert_eq!(find(method, path, query).unwrap(), expected, "{method} {path}?{query}");
        }
        for (method, path, query, refused) in [
            ("PUT", "/b", "lifecycle", "NotImplemented"),
            ("GET", "/b", "website", "NotImplemented"),
            ("POST", "/b/k", "select&select-type=2", "NotImplemented"),
            ("POST", "/b", "", "NotImplemented"),
            ("PATCH", "/b/k", "", "MethodNotAllowed"),
            ("PUT", "/", "", "MethodNotAllowed"),
        ] {
            assert_eq!(find(method, path, query).unwrap_err().code.code, refused, "{method} {path}?{query}");
        }
    }
}
