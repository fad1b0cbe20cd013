//! Operations on objects.

use futures_util::TryStreamExt;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use s3::{
    CopyRequest, Deletion, ETags, GetRequest, Object, PutRequest, Range, Span, Stored, Tags, VersionId, Wanted,
    WriteConditions,
};

use super::error::{invalid_argument, malformed};
use super::headers::{self, put, text, value};
use super::xml::Element;
use super::{Answer, Ask, Frames, Service, arn, bare, document, empty, known};
use crate::access::Principal;
use crate::codec::xml::iso;
use crate::error::{Error, INVALID_REQUEST};

/// Queries of a signed read that say what headers its answer has, and those headers.
const OVERRIDES: [(&str, &str); 6] = [
    ("response-content-type", "content-type"),
    ("response-content-language", "content-language"),
    ("response-expires", "expires"),
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
];

/// What becomes of one of many deletions.
type Outcome = Result<s3::Deleted, Error>;

impl Service {
    pub(super) async fn get_object(&self, ask: &Ask) -> Answer {
        let request = read_request(ask)?;
        let opened = self.s3.get(ask.bucket()?, ask.key()?, &request).await;
        let opened = opened.map_err(|error| self.read_refused(ask, error))?;
        let mut response = self.described(ask, &opened.object, opened.span)?;
        let chunks = opened.reader.stream().map_ok(Frame::data).map_err(std::io::Error::other);
        *response.body_mut() = StreamBody::new(chunks).boxed_unsync();
        Ok(response)
    }

    pub(super) async fn head_object(&self, ask: &Ask) -> Answer {
        let request = read_request(ask)?;
        let found = self.s3.head(ask.bucket()?, ask.key()?, &request).await;
        let (object, span) = found.map_err(|error| self.read_refused(ask, error))?;
        self.described(ask, &object, span)
    }

    /// An answer about an object, without its bytes.
    fn described(&self, ask: &Ask, object: &Object, span: Span) -> Answer {
        let stored = bytes_of(object)?;
        let mut response = Response::new(empty());
        let headers = response.headers_mut();
        known(headers, stored.etag.as_str(), object.modified);
        headers::put_metadata(headers, object);
        put(headers, "accept-ranges", "bytes");
        put(headers, "content-length", &(span.end - span.start).to_string());
        self.put_version(headers, object);
        let asked = text(&ask.headers, "x-amz-checksum-mode").is_some_and(|mode| mode.eq_ignore_ascii_case("ENABLED"));
        if asked && (span.start, span.end) == (0, stored.size) {
            headers::put_checksum(headers, &stored.checksum);
        }
        if let Some(parts) = object.parts().filter(|_| ask.query.has("partNumber")) {
            put(headers, "x-amz-mp-parts-count", &parts.to_string());
        }
        for (query, header) in OVERRIDES {
            if let Some(value) = ask.query.get(query) {
                if ask.caller.principal == Principal::Anonymous {
                    let text = "Request specific response headers cannot be used for anonymous GET requests.";
                    return Err(Error::new(INVALID_REQUEST, text));
                }
                put(headers, header, value);
            }
        }
        if span.partial && span.end > span.start {
            let range = format!("bytes {}-{}/{}", span.start, span.end - 1, stored.size);
            put(headers, "content-range", &range);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        Ok(response)
    }

    /// What a refused read is told beside its code: what is known of what is not given.
    fn read_refused(&self, ask: &Ask, error: s3::Error) -> Error {
        let Some(bucket) = &ask.bucket else { return error.into() };
        let header = |error: Error, name: &'static str, text: String| error.with(name, text);
        match &error {
            s3::Error::Deleted { marker, .. } => {
                let marker = marker.to_string();
                let hidden = self.hide_missing(ask, bucket, error);
                if hidden.code.status == 403 {
                    return hidden;
                }
                let told = header(hidden, "header:x-amz-delete-marker", "true".into());
                header(told, "header:x-amz-version-id", marker)
            }
            s3::Error::IsDeleteMarker { marker, modified } => {
                let (marker, modified) = (marker.to_string(), headers::date(*modified));
                let told = header(error.into(), "header:x-amz-delete-marker", "true".into());
                let told = header(told, "header:allow", "DELETE".into());
                header(header(told, "header:last-modified", modified), "header:x-amz-version-id", marker)
            }
            s3::Error::NotModified { etag, modified } => {
                let (etag, modified) = (format!("\"{etag}\""), headers::date(*modified));
                header(header(error.into(), "header:etag", etag), "header:last-modified", modified)
            }
            _ => self.hide_missing(ask, bucket, error),
        }
    }

    pub(super) fn put_version(&self, headers: &mut HeaderMap, object: &Object) {
        if let Some(version) = self.s3.told_version(object) {
            put(headers, "x-amz-version-id", &version.to_string());
        }
    }

    pub(super) async fn put_object(&self, ask: &Ask, body: Frames) -> Answer {
        let (integrity, trailer) = headers::integrity_of_object(ask)?;
        let request = PutRequest {
            metadata: headers::metadata(&ask.headers)?,
            tags: headers::tags(&ask.headers)?,
            integrity,
            conditions: headers::write_conditions(&ask.headers)?,
        };
        let object = self.s3.put(ask.bucket()?, ask.key()?, request, body.expecting(trailer)).await?;
        let stored = bytes_of(&object)?;
        let mut response = bare(StatusCode::OK);
        put(response.headers_mut(), "etag", &format!("\"{}\"", stored.etag));
        headers::put_checksum(response.headers_mut(), &stored.checksum);
        self.put_version(response.headers_mut(), &object);
        Ok(response)
    }

    pub(super) async fn copy_object(&self, ask: &Ask) -> Answer {
        let source = headers::source(&ask.headers)?;
        self.allow_source(ask, &source)?;
        let (bucket, key) = (ask.bucket()?, ask.key()?);
        let replaces = |name: &'static str| match value(&ask.headers, name)?.as_deref() {
            None | Some("COPY") => Ok(false),
            Some("REPLACE") => Ok(true),
            Some(other) => Err(invalid_argument("Unknown directive", name, other)),
        };
        let metadata =
            if replaces("x-amz-metadata-directive")? { Some(headers::metadata(&ask.headers)?) } else { None };
        let tags = if replaces("x-amz-tagging-directive")? { Some(headers::tags(&ask.headers)?) } else { None };
        if tags.is_some() {
            self.allow_object(ask, "s3:PutObjectTagging")?;
        }
        if source.bucket == *bucket
            && source.key == *key
            && source.version.is_none()
            && metadata.is_none()
            && tags.is_none()
        {
            return Err(Error::new(
                INVALID_REQUEST,
                "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
            ));
        }
        let algorithm = headers::algorithm(&ask.headers)?;
        let conditions = headers::write_conditions(&ask.headers)?;
        let request = CopyRequest { metadata, tags, algorithm, conditions };
        let copied = self.s3.copy(&source, bucket, key, request).await;
        let (from, object) = copied.map_err(|error| self.hide_missing(ask, &source.bucket, error))?;
        let stored = bytes_of(&object)?;
        let mut response = document("CopyObjectResult", |document| {
            document.text("LastModified", &iso(object.modified)).text("ETag", &format!("\"{}\"", stored.etag));
            document.text(&format!("Checksum{}", stored.checksum.algorithm().as_str()), &stored.checksum.to_string());
            document.text("ChecksumType", stored.checksum.kind().as_str());
        });
        self.put_version(response.headers_mut(), &object);
        self.put_source_version(response.headers_mut(), &from);
        Ok(response)
    }

    /// Whether the caller may read what it wants to copy.
    pub(super) fn allow_source(&self, ask: &Ask, source: &s3::Source) -> Result<(), Error> {
        let version = source.version.as_ref().map(ToString::to_string);
        let action = if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
        let resource = arn(&source.bucket, source.key.as_str());
        self.allow(ask, action, Some(&source.bucket), &resource, version.as_deref())
    }

    pub(super) fn put_source_version(&self, headers: &mut HeaderMap, from: &Object) {
        if let Some(version) = self.s3.told_version(from) {
            put(headers, "x-amz-copy-source-version-id", &version.to_string());
        }
    }

    pub(super) async fn delete_object(&self, ask: &Ask) -> Answer {
        let conditions = WriteConditions {
            if_match: text(&ask.headers, "if-match").map(ETags::parse),
            ..WriteConditions::default()
        };
        let deletion = Deletion { key: ask.key()?.clone(), version: ask.version()?, conditions };
        let deleted = self.s3.delete(ask.bucket()?, deletion).await?;
        let mut response = bare(StatusCode::NO_CONTENT);
        if deleted.marker {
            put(response.headers_mut(), "x-amz-delete-marker", "true");
        }
        if let Some(version) = deleted.version {
            put(response.headers_mut(), "x-amz-version-id", &version.to_string());
        }
        Ok(response)
    }

    pub(super) async fn delete_objects(&self, ask: &Ask, body: Frames) -> Answer {
        let bucket = ask.bucket()?;
        let root = body.document(ask, "Delete").await?;
        let quiet = root.get("Quiet").is_some_and(|quiet| quiet.trim() == "true");
        let wanted: Vec<_> = root.all("Object").collect();
        if wanted.is_empty() || wanted.len() > s3::limits::DELETES {
            return Err(malformed());
        }
        self.s3.bucket(bucket)?;
        // Each with its outcome, in the order of the request; those that may be deleted are, in one commit.
        let mut outcomes: Vec<(String, Option<String>, Option<Outcome>)> = Vec::new();
        let mut deletions = Vec::new();
        for object in wanted {
            let (key, version) = (object.need("Key")?, object.get("VersionId").filter(|version| !version.is_empty()));
            let refused = match self.deletion(ask, object, key, version) {
                Ok(deletion) => {
                    deletions.push(deletion);
                    None
                }
                Err(error) => Some(Err(error)),
            };
            outcomes.push((key.to_owned(), version.map(str::to_owned), refused));
        }
        let mut done = if deletions.is_empty() {
            Vec::new().into_iter()
        } else {
            self.s3.delete_many(bucket, deletions).await?.into_iter()
        };
        for (.., outcome) in outcomes.iter_mut().filter(|(.., outcome)| outcome.is_none()) {
            *outcome = done.next().map(|deleted| deleted.map_err(Error::from));
        }
        Ok(document("DeleteResult", |document| {
            for (key, version, outcome) in &outcomes {
                match outcome {
                    Some(Ok(_)) if quiet => {}
                    Some(Ok(deleted)) => {
                        document.element("Deleted", |document| {
                            document.text("Key", key);
                            if let Some(version) = version {
                                document.text("VersionId", version);
                            }
                            if deleted.marker {
                                document.text("DeleteMarker", "true");
                                if let Some(marker) = &deleted.version {
                                    document.text("DeleteMarkerVersionId", &marker.to_string());
                                }
                            }
                        });
                    }
                    Some(Err(error)) => {
                        document.element("Error", |document| {
                            document.text("Key", key);
                            if let Some(version) = version {
                                document.text("VersionId", version);
                            }
                            document.text("Code", error.code.code).text("Message", &error.message);
                        });
                    }
                    None => {}
                }
            }
        }))
    }

    fn deletion(&self, ask: &Ask, object: &Element, key: &str, version: Option<&str>) -> Result<Deletion, Error> {
        let bucket = ask.bucket()?;
        let action = if version.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
        self.allow(ask, action, Some(bucket), &arn(bucket, key), version)?;
        let conditions =
            WriteConditions { if_match: object.get("ETag").map(ETags::parse), ..WriteConditions::default() };
        let version = version.map(str::parse::<VersionId>).transpose()?;
        Ok(Deletion { key: key.parse()?, version, conditions })
    }

    pub(super) async fn get_object_tagging(&self, ask: &Ask) -> Answer {
        let object = self.plain_head(ask).await?;
        let mut response = super::bucket::tagging(&bytes_of(&object)?.tags);
        self.put_version(response.headers_mut(), &object);
        Ok(response)
    }

    pub(super) async fn put_object_tagging(&self, ask: &Ask, body: Frames) -> Answer {
        let tags = Tags::of_object(super::bucket::tags(&body.document(ask, "Tagging").await?)?)?;
        self.change_tags(ask, tags, StatusCode::OK).await
    }

    pub(super) async fn delete_object_tagging(&self, ask: &Ask) -> Answer {
        self.change_tags(ask, Tags::default(), StatusCode::NO_CONTENT).await
    }

    async fn change_tags(&self, ask: &Ask, tags: Tags, status: StatusCode) -> Answer {
        let (bucket, key, version) = (ask.bucket()?, ask.key()?, ask.version()?);
        let changed = self.s3.set_object_tags(bucket, key, version.as_ref(), tags).await;
        let object = changed.map_err(|error| self.read_refused(ask, error))?;
        let mut response = bare(status);
        self.put_version(response.headers_mut(), &object);
        Ok(response)
    }

    /// The object that the request is about, whatever conditions its headers have.
    pub(super) async fn plain_head(&self, ask: &Ask) -> Result<std::sync::Arc<Object>, Error> {
        let request = GetRequest { version: ask.version()?, ..GetRequest::default() };
        let found = self.s3.head(ask.bucket()?, ask.key()?, &request).await;
        found.map(|(object, _)| object).map_err(|error| self.read_refused(ask, error))
    }

    pub(super) async fn get_object_attributes(&self, ask: &Ask) -> Answer {
        let object = self.plain_head(ask).await?;
        let stored = bytes_of(&object)?;
        let wanted: Vec<String> = ask
            .headers
            .get_all("x-amz-object-attributes")
            .iter()
            .flat_map(|value| {
                value.to_str().unwrap_or_default().split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>()
            })
            .collect();
        if wanted.is_empty() {
            return Err(invalid_argument("At least one attribute must be named", "x-amz-object-attributes", ""));
        }
        let has = |name: &str| wanted.iter().any(|wanted| wanted == name);
        let mut response = document("GetObjectAttributesResponse", |document| {
            if has("ETag") {
                document.text("ETag", stored.etag.as_str());
            }
            if has("Checksum") {
                document.element("Checksum", |document| {
                    let name = format!("Checksum{}", stored.checksum.algorithm().as_str());
                    document.text(&name, &stored.checksum.to_string());
                    document.text("ChecksumType", stored.checksum.kind().as_str());
                });
            }
            if let Some(parts) = object.parts().filter(|_| has("ObjectParts")) {
                document.element("ObjectParts", |document| {
                    document.text("PartsCount", &parts.to_string());
                });
            }
            if has("StorageClass") {
                document.text("StorageClass", "STANDARD");
            }
            if has("ObjectSize") {
                document.text("ObjectSize", &stored.size.to_string());
            }
        });
        put(response.headers_mut(), "last-modified", &headers::date(object.modified));
        self.put_version(response.headers_mut(), &object);
        Ok(response)
    }
}

pub(super) fn bytes_of(object: &Object) -> Result<&Stored, Error> {
    object.stored().ok_or_else(super::route::not_allowed)
}

fn read_request(ask: &Ask) -> Result<GetRequest, Error> {
    let range = text(&ask.headers, "range").and_then(Range::parse);
    let part = ask.query.get("partNumber").map(|number| {
        number.parse().ok().filter(|number| (1..=s3::limits::PARTS).contains(number)).ok_or_else(|| {
            invalid_argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", number)
        })
    });
    let wanted = match (part.transpose()?, range) {
        (Some(_), Some(_)) => {
            let text = "Cannot specify both Range header and partNumber query parameter";
            return Err(Error::new(INVALID_REQUEST, text));
        }
        (Some(number), None) => Wanted::Part(number),
        // A range of what the client has in part is of use only if it is that still.
        (None, Some(range)) if !ask.headers.contains_key("if-range") => Wanted::Range(range),
        _ => Wanted::Whole,
    };
    Ok(GetRequest { version: ask.version()?, conditions: headers::conditions(&ask.headers), wanted })
}
