//! S3: REST with XML, over the crate `s3`.
//!
//! A request is located (`route`: which bucket, key and operation), allowed (a policy of who asks, or the bucket's, must
//! say so), and done by the function of its operation. What is not there is refused by name.
//!
//! Source: the Amazon S3 API reference, operation by operation.

mod bucket;
mod error;
mod headers;
mod list;
mod multipart;
mod object;
mod route;
pub mod xml;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http::header::{CONTENT_TYPE, ETAG, LAST_MODIFIED};
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Body as _;
use iam::Policy;
use s3::{BucketName, Integrity, Key, S3, VersionId};

use crate::access::{Access, Authority, Principal};
use crate::answer::{Body, objects_error, whole};
use crate::codec::xml::Document;
use crate::error::Error;
use crate::service::{Caller, Objects, ObjectsAnswer, ObjectsRequest};
use crate::sign::body::Verified;
use error::code;
use headers::{date, value};
use route::{Operation, Query};

/// The namespace of every document.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The body of a request.
type Incoming = Verified<hyper::body::Incoming>;

type Answer = Result<Response<Body>, Error>;

/// The service.
#[derive(Clone)]
pub struct Service {
    s3: S3,
    authority: Arc<dyn Authority>,
}

/// A request that is located.
struct Ask {
    headers: HeaderMap,
    query: Query,
    bucket: Option<BucketName>,
    key: Option<Key>,
    /// How long the body says it is.
    length: Option<u64>,
    caller: Caller,
}

impl Ask {
    fn bucket(&self) -> Result<&BucketName, Error> {
        self.bucket.as_ref().ok_or_else(route::not_allowed)
    }

    fn key(&self) -> Result<&Key, Error> {
        self.key.as_ref().ok_or_else(route::not_allowed)
    }

    fn version(&self) -> Result<Option<VersionId>, Error> {
        Ok(self.query.get("versionId").map(str::parse).transpose()?)
    }

    /// The bucket, or the object, as policies name it.
    fn resource(&self) -> String {
        match (&self.bucket, &self.key) {
            (Some(bucket), Some(key)) => arn(bucket, key.as_str()),
            (Some(bucket), None) => format!("arn:aws:s3:::{bucket}"),
            _ => "*".into(),
        }
    }
}

fn arn(bucket: &BucketName, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}

impl Service {
    /// The service of these buckets, to whom this authority allows it.
    pub fn new(s3: S3, authority: Arc<dyn Authority>) -> Self {
        Self { s3, authority }
    }

    async fn answer(&self, request: ObjectsRequest) -> Response<Body> {
        let ObjectsRequest { head, body, length, caller } = request;
        let (request_id, path) = (caller.request_id.clone(), head.uri.path().to_owned());
        let silent = head.method == Method::HEAD;
        let answer = self.carry_out(head, body, length, caller).await;
        answer.unwrap_or_else(|error| {
            tracing::debug!(path, %error, request_id, "refused");
            refusal(&error, &path, &request_id, silent)
        })
    }

    fn has_bucket(&self, name: &str) -> bool {
        name.parse().is_ok_and(|name| self.s3.bucket(&name).is_ok())
    }

    async fn carry_out(
        &self,
        parts: http::request::Parts,
        body: Incoming,
        length: Option<u64>,
        caller: Caller,
    ) -> Answer {
        let exists = |name: &str| self.has_bucket(name);
        let (bucket, key) = route::locate(&parts.method, &caller.host, parts.uri.path(), exists)?;
        let query = Query::parse(parts.uri.query().unwrap_or(""));
        let operation = route::operation(&parts.method, bucket.is_some(), key.is_some(), &query, &parts.headers)?;
        let ask = Ask { headers: parts.headers, query, bucket, key, length, caller };
        headers::refuse_absent(&ask.headers)?;
        self.check_owner(&ask)?;
        self.allow_operation(operation, &ask)?;
        let body = Frames::new(body);
        match operation {
            Operation::ListBuckets => self.list_buckets(&ask),
            Operation::CreateBucket => self.create_bucket(&ask, body).await,
            Operation::HeadBucket => self.head_bucket(&ask),
            Operation::DeleteBucket => self.delete_bucket(&ask).await,
            Operation::GetBucketLocation => self.get_bucket_location(&ask),
            Operation::GetBucketVersioning => self.get_bucket_versioning(&ask),
            Operation::PutBucketVersioning => self.put_bucket_versioning(&ask, body).await,
            Operation::GetBucketTagging => self.get_bucket_tagging(&ask),
            Operation::PutBucketTagging => self.put_bucket_tagging(&ask, body).await,
            Operation::DeleteBucketTagging => self.delete_bucket_tagging(&ask).await,
            Operation::GetBucketPolicy => self.get_bucket_policy(&ask),
            Operation::PutBucketPolicy => self.put_bucket_policy(&ask, body).await,
            Operation::DeleteBucketPolicy => self.delete_bucket_policy(&ask).await,
            Operation::GetBucketAcl | Operation::GetObjectAcl => self.get_acl(&ask).await,
            Operation::PutBucketAcl | Operation::PutObjectAcl => self.put_acl(&ask, body).await,
            Operation::ListObjects => self.list_objects(&ask).await,
            Operation::ListObjectsV2 => self.list_objects_v2(&ask).await,
            Operation::ListObjectVersions => self.list_object_versions(&ask).await,
            Operation::ListMultipartUploads => self.list_multipart_uploads(&ask).await,
            Operation::DeleteObjects => self.delete_objects(&ask, body).await,
            Operation::GetObject => self.get_object(&ask).await,
            Operation::HeadObject => self.head_object(&ask).await,
            Operation::GetObjectAttributes => self.get_object_attributes(&ask).await,
            Operation::PutObject => self.put_object(&ask, body).await,
            Operation::CopyObject => self.copy_object(&ask).await,
            Operation::DeleteObject => self.delete_object(&ask).await,
            Operation::GetObjectTagging => self.get_object_tagging(&ask).await,
            Operation::PutObjectTagging => self.put_object_tagging(&ask, body).await,
            Operation::DeleteObjectTagging => self.delete_object_tagging(&ask).await,
            Operation::CreateMultipartUpload => self.create_multipart_upload(&ask).await,
            Operation::UploadPart => self.upload_part(&ask, body).await,
            Operation::UploadPartCopy => self.upload_part_copy(&ask).await,
            Operation::ListParts => self.list_parts(&ask),
            Operation::CompleteMultipartUpload => self.complete_multipart_upload(&ask, body).await,
            Operation::AbortMultipartUpload => self.abort_multipart_upload(&ask).await,
        }
    }

    /// Whether the bucket is whose the client thinks it is.
    fn check_owner(&self, ask: &Ask) -> Result<(), Error> {
        for name in ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"] {
            if value(&ask.headers, name)?.is_some_and(|owner| owner != self.s3.account().as_str()) {
                return Err(Error::new(crate::error::ACCESS_DENIED, "Access Denied"));
            }
        }
        Ok(())
    }

    /// Whether the caller may do what is asked for, as far as the head of the request tells it.
    fn allow_operation(&self, operation: Operation, ask: &Ask) -> Result<(), Error> {
        let versioned = ask.query.has("versionId");
        let by_version = |plain, of_version| if versioned { of_version } else { plain };
        let action = match operation {
            Operation::ListBuckets => "s3:ListAllMyBuckets",
            Operation::CreateBucket => "s3:CreateBucket",
            Operation::HeadBucket | Operation::ListObjects | Operation::ListObjectsV2 => "s3:ListBucket",
            Operation::DeleteBucket => "s3:DeleteBucket",
            Operation::GetBucketLocation => "s3:GetBucketLocation",
            Operation::GetBucketVersioning => "s3:GetBucketVersioning",
            Operation::PutBucketVersioning => "s3:PutBucketVersioning",
            Operation::GetBucketTagging => "s3:GetBucketTagging",
            Operation::PutBucketTagging | Operation::DeleteBucketTagging => "s3:PutBucketTagging",
            Operation::GetBucketPolicy => "s3:GetBucketPolicy",
            Operation::PutBucketPolicy => "s3:PutBucketPolicy",
            Operation::DeleteBucketPolicy => "s3:DeleteBucketPolicy",
            Operation::GetBucketAcl => "s3:GetBucketAcl",
            Operation::PutBucketAcl => "s3:PutBucketAcl",
            Operation::ListObjectVersions => "s3:ListBucketVersions",
            Operation::ListMultipartUploads => "s3:ListBucketMultipartUploads",
            Operation::GetObject | Operation::HeadObject => by_version("s3:GetObject", "s3:GetObjectVersion"),
            Operation::GetObjectAttributes => {
                self.allow_object(ask, by_version("s3:GetObject", "s3:GetObjectVersion"))?;
                by_version("s3:GetObjectAttributes", "s3:GetObjectVersionAttributes")
            }
            Operation::PutObject | Operation::CreateMultipartUpload => {
                if ask.headers.contains_key("x-amz-tagging") {
                    self.allow_object(ask, "s3:PutObjectTagging")?;
                }
                "s3:PutObject"
            }
            Operation::CopyObject
            | Operation::UploadPart
            | Operation::UploadPartCopy
            | Operation::CompleteMultipartUpload => "s3:PutObject",
            Operation::DeleteObject => by_version("s3:DeleteObject", "s3:DeleteObjectVersion"),
            Operation::GetObjectTagging => by_version("s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
            Operation::PutObjectTagging => by_version("s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
            Operation::DeleteObjectTagging => by_version("s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
            Operation::GetObjectAcl => by_version("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
            Operation::PutObjectAcl => by_version("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
            Operation::ListParts => "s3:ListMultipartUploadParts",
            Operation::AbortMultipartUpload => "s3:AbortMultipartUpload",
            // Its body names the objects.
            Operation::DeleteObjects => return Ok(()),
        };
        self.allow_object(ask, action)
    }

    /// Whether the caller may do this to what the request is about.
    fn allow_object(&self, ask: &Ask, action: &str) -> Result<(), Error> {
        self.allow(ask, action, ask.bucket.as_ref(), &ask.resource(), ask.query.get("versionId"))
    }

    /// Whether the caller may do this: by its own policies or the bucket's. Nobody in particular is not told why not.
    fn allow(
        &self,
        ask: &Ask,
        action: &str,
        bucket: Option<&BucketName>,
        resource: &str,
        version: Option<&str>,
    ) -> Result<(), Error> {
        let policy = bucket.and_then(|bucket| self.s3.bucket(bucket).ok()).and_then(|bucket| bucket.policy.clone());
        // What was stored was read before. Were it not a policy now, nobody could say what it denies.
        let policy = policy.map(|text| Policy::resource(&text)).transpose().map_err(Error::internal)?;
        let mut context = self.context(ask);
        if let Some(version) = version {
            context.insert("s3:VersionId".into(), vec![version.to_owned()]);
        }
        let access = Access { action, resource, context, resource_policy: policy.as_ref() };
        self.authority.authorize(&ask.caller.principal, &access).map_err(|denied| match ask.caller.principal {
            Principal::Anonymous => Error::new(crate::error::ACCESS_DENIED, "Access Denied"),
            _ => denied.into(),
        })
    }

    /// What policies may ask of a request.
    ///
    /// Source: "Actions, resources, and condition keys for Amazon S3" in the Service Authorization Reference.
    fn context(&self, ask: &Ask) -> BTreeMap<String, Vec<String>> {
        let mut context = ask.caller.context();
        for name in ["prefix", "delimiter", "max-keys"] {
            if let Some(value) = ask.query.get(name) {
                context.insert(format!("s3:{name}"), vec![value.to_owned()]);
            }
        }
        for name in ["x-amz-acl", "x-amz-copy-source", "x-amz-metadata-directive", "x-amz-content-sha256"] {
            if let Some(value) = ask.headers.get(name).and_then(|value| value.to_str().ok()) {
                context.insert(format!("s3:{name}"), vec![value.to_owned()]);
            }
        }
        if let Some(referer) = ask.headers.get("referer").and_then(|value| value.to_str().ok()) {
            context.insert("aws:Referer".into(), vec![referer.to_owned()]);
        }
        let how = if ask.query.has("X-Amz-Signature") || ask.query.has("Signature") {
            "REST-QUERY-STRING"
        } else {
            "REST-HEADER"
        };
        if ask.caller.principal != Principal::Anonymous {
            context.insert("s3:authType".into(), vec![how.to_owned()]);
        }
        context
    }

    /// What a read that failed is told. Who may not list a bucket is not told what is missing from it.
    fn hide_missing(&self, ask: &Ask, bucket: &BucketName, error: s3::Error) -> Error {
        let missing = matches!(error, s3::Error::NoSuchKey(_) | s3::Error::Deleted { .. });
        let may_list = || self.allow(ask, "s3:ListBucket", Some(bucket), &format!("arn:aws:s3:::{bucket}"), None);
        if missing && let Err(denied) = may_list() {
            return denied;
        }
        error.into()
    }
}

impl Objects for Service {
    fn bucket_of_host(&self, host: &str) -> Option<String> {
        route::bucket_of_host(host, |name| self.has_bucket(name)).map(str::to_owned)
    }

    fn call(&self, request: ObjectsRequest) -> ObjectsAnswer<'_> {
        Box::pin(async move { Ok(self.answer(request).await) })
    }
}

/// The body of a request as chunks; its trailers fill the checksum in that was to follow.
struct Frames {
    body: Incoming,
    trailer: headers::Follows,
}

impl Frames {
    fn new(body: Incoming) -> Self {
        Self { body, trailer: None }
    }

    /// With the header of the trailer in which a checksum follows.
    fn expecting(mut self, trailer: headers::Follows) -> Self {
        self.trailer = trailer;
        self
    }

    /// All of it, if it is no more than this.
    async fn all(mut self, max: usize, said: &Integrity) -> Result<Bytes, Error> {
        let mut all = BytesMut::new();
        while let Some(chunk) = self.next().await {
            let chunk = chunk?;
            if all.len() + chunk.len() > max {
                return Err(Error::new(code("MaxMessageLengthExceeded", 400), "Your request was too big."));
            }
            all.extend_from_slice(&chunk);
        }
        said.verify(&all)?;
        Ok(all.freeze())
    }

    /// A document with this root.
    async fn document(mut self, ask: &Ask, root: &str) -> Result<xml::Element, Error> {
        let (said, trailer) = headers::integrity(ask)?;
        self = self.expecting(trailer);
        let document = self.all(xml::DOCUMENT, &said).await?;
        xml::Element::parse(&document, root)
    }
}

impl Stream for Frames {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => return Poll::Ready(Some(Ok(data))),
                    Err(frame) => {
                        let trailers = frame.into_trailers().unwrap_or_default();
                        if let Some((name, trailer)) = &self.trailer
                            && let Some(value) = trailers.get(*name).and_then(|value| value.to_str().ok())
                        {
                            trailer.set(value.trim().to_owned());
                        }
                    }
                },
            }
        }
    }
}

fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// An answer without a body.
fn bare(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    response
}

/// An answer that is a document.
fn document(root: &str, inside: impl FnOnce(&mut Document)) -> Response<Body> {
    let mut document = Document::new();
    document.root(root, NAMESPACE, inside);
    of_xml(StatusCode::OK, document.finish())
}

fn of_xml(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(whole(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/xml"));
    response
}

/// What a request is told that is refused.
fn refusal(error: &Error, resource: &str, request_id: &str, head: bool) -> Response<Body> {
    let status = StatusCode::from_u16(error.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = if head || status == StatusCode::NOT_MODIFIED {
        bare(status)
    } else {
        let mut told = error.clone();
        told.details.retain(|(name, _)| !name.starts_with(headers::PREFIX));
        of_xml(status, objects_error(&told, resource, request_id))
    };
    for (name, text) in &error.details {
        if let (Some(name), Ok(text)) = (name.strip_prefix(headers::PREFIX), text.parse()) {
            response.headers_mut().insert(http::header::HeaderName::from_static(name), text);
        }
    }
    if let Some(size) = error.details.iter().find(|(name, _)| *name == "ActualObjectSize") {
        headers::put(response.headers_mut(), "content-range", &format!("bytes */{}", size.1));
    }
    response
}

/// What an object is known by, and since when.
fn known(headers: &mut HeaderMap, etag: &str, modified: words::Timestamp) {
    headers::put(headers, ETAG, &format!("\"{etag}\""));
    headers::put(headers, LAST_MODIFIED, &date(modified));
}
