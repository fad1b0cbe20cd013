//! Operations on uploads of parts.

use http::StatusCode;
use s3::{Algorithm, Checksum, CompletedPart, Completion, ETags, Kind, Range, UploadId, UploadRequest};

use super::bucket::place;
use super::error::{invalid_argument, malformed};
use super::headers::{self, put, text, value};
use super::list::number;
use super::object::bytes_of;
use super::xml::Element;
use super::{Answer, Ask, Frames, Service, bare, document};
use crate::codec::xml::{Document, iso};
use crate::error::Error;

impl Service {
    pub(super) async fn create_multipart_upload(&self, ask: &Ask) -> Answer {
        let request = UploadRequest {
            metadata: headers::metadata(&ask.headers)?,
            tags: headers::tags(&ask.headers)?,
            algorithm: headers::algorithm(&ask.headers)?,
            kind: kind(ask)?,
        };
        let upload = self.s3.create_upload(ask.bucket()?, ask.key()?, request).await?;
        let mut response = document("InitiateMultipartUploadResult", |document| {
            place(document, &upload.bucket, Some(&upload.key));
            document.text("UploadId", upload.id.as_str());
        });
        if upload.asked {
            put(response.headers_mut(), "x-amz-checksum-algorithm", upload.algorithm.as_str());
            put(response.headers_mut(), "x-amz-checksum-type", upload.kind.as_str());
        }
        Ok(response)
    }

    pub(super) async fn upload_part(&self, ask: &Ask, body: Frames) -> Answer {
        let (integrity, trailer) = headers::integrity_of_object(ask)?;
        let (number, upload) = (part_number(ask)?, upload_id(ask)?);
        let body = body.expecting(trailer);
        let part = self.s3.upload_part(ask.bucket()?, ask.key()?, &upload, number, integrity, body).await?;
        let mut response = bare(StatusCode::OK);
        put(response.headers_mut(), "etag", &format!("\"{}\"", part.etag));
        let name = headers::checksum_name(part.checksum.algorithm());
        put(response.headers_mut(), name, &part.checksum.to_string());
        Ok(response)
    }

    pub(super) async fn upload_part_copy(&self, ask: &Ask) -> Answer {
        let source = headers::source(&ask.headers)?;
        self.allow_source(ask, &source)?;
        let range = match value(&ask.headers, "x-amz-copy-source-range")? {
            None => None,
            Some(text) => match Range::parse(&text) {
                Some(range @ Range::From(_, Some(_))) => Some(range),
                _ => {
                    let why = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy";
                    return Err(invalid_argument(why, "x-amz-copy-source-range", &text));
                }
            },
        };
        let (number, upload) = (part_number(ask)?, upload_id(ask)?);
        let copied = self.s3.copy_part(&source, range, ask.bucket()?, ask.key()?, &upload, number).await;
        let (from, part) = copied.map_err(|error| self.hide_missing(ask, &source.bucket, error))?;
        let mut response = document("CopyPartResult", |document| {
            document.text("LastModified", &iso(part.modified)).text("ETag", &format!("\"{}\"", part.etag));
            tell(document, &part.checksum);
        });
        self.put_source_version(response.headers_mut(), &from);
        Ok(response)
    }

    pub(super) fn list_parts(&self, ask: &Ask) -> Answer {
        let max = number(ask, "max-parts", s3::limits::PAGE)?;
        let after = match ask.query.get("part-number-marker") {
            Some(_) => u32::try_from(number(ask, "part-number-marker", s3::limits::PARTS as usize)?).unwrap_or(0),
            None => 0,
        };
        let page = self.s3.list_parts(ask.bucket()?, ask.key()?, &upload_id(ask)?, after, max)?;
        let upload = &page.upload;
        Ok(document("ListPartsResult", |document| {
            place(document, &upload.bucket, Some(&upload.key));
            document.text("UploadId", upload.id.as_str());
            self.owner(document, "Initiator");
            self.owner(document, "Owner");
            document.text("StorageClass", "STANDARD").text("PartNumberMarker", &after.to_string());
            if let Some(last) = page.parts.last() {
                document.text("NextPartNumberMarker", &last.number.to_string());
            }
            document.text("MaxParts", &max.to_string()).text("IsTruncated", &page.truncated.to_string());
            if upload.asked {
                document.text("ChecksumAlgorithm", upload.algorithm.as_str());
                document.text("ChecksumType", upload.kind.as_str());
            }
            for part in &page.parts {
                document.element("Part", |document| {
                    document.text("PartNumber", &part.number.to_string()).text("LastModified", &iso(part.modified));
                    document.text("ETag", &format!("\"{}\"", part.etag)).text("Size", &part.size.to_string());
                    tell(document, &part.checksum);
                });
            }
        }))
    }

    pub(super) async fn complete_multipart_upload(&self, ask: &Ask, body: Frames) -> Answer {
        let (checksum, size) = (headers::checksum(&ask.headers)?, text(&ask.headers, "x-amz-mp-object-size"));
        let size =
            size.map(|size| size.parse().map_err(|_| invalid_argument("Not a number", "x-amz-mp-object-size", size)));
        // The checksum of the head is the object's, not the document's.
        let document_of = body.all(super::xml::DOCUMENT, &s3::Integrity::default()).await?;
        let root = Element::parse(&document_of, "CompleteMultipartUpload")?;
        let parts: Vec<_> = root.all("Part").collect();
        if parts.is_empty() || parts.len() > s3::limits::PARTS as usize {
            return Err(malformed());
        }
        let completion = Completion {
            parts: parts.into_iter().map(completed).collect::<Result<_, Error>>()?,
            checksum,
            kind: kind(ask)?,
            size: size.transpose()?,
            conditions: headers::write_conditions(&ask.headers)?,
        };
        let object = self.s3.complete_upload(ask.bucket()?, ask.key()?, &upload_id(ask)?, completion).await?;
        let stored = bytes_of(&object)?;
        let mut response = document("CompleteMultipartUploadResult", |document| {
            let path = percent_encoding::utf8_percent_encode(object.key.as_str(), percent_encoding::NON_ALPHANUMERIC);
            document.text("Location", &format!("{}/{}/{path}", ask.caller.endpoint(), object.bucket));
            place(document, &object.bucket, Some(&object.key));
            document.text("ETag", &format!("\"{}\"", stored.etag));
            tell(document, &stored.checksum);
            document.text("ChecksumType", stored.checksum.kind().as_str());
        });
        self.put_version(response.headers_mut(), &object);
        Ok(response)
    }

    pub(super) async fn abort_multipart_upload(&self, ask: &Ask) -> Answer {
        self.s3.abort_upload(ask.bucket()?, ask.key()?, &upload_id(ask)?).await?;
        Ok(bare(StatusCode::NO_CONTENT))
    }
}

fn tell(document: &mut Document, checksum: &Checksum) {
    document.text(&format!("Checksum{}", checksum.algorithm().as_str()), &checksum.to_string());
}

fn completed(part: &Element) -> Result<CompletedPart, Error> {
    let number = part.need("PartNumber")?.trim().parse().map_err(|_| malformed())?;
    let etag = match ETags::parse(part.need("ETag")?) {
        ETags::OneOf(mut tags) => tags.pop().unwrap_or_default(),
        ETags::Any => "*".into(),
    };
    let mut checksum = None;
    for algorithm in Algorithm::ALL {
        if let Some(text) = part.get(&format!("Checksum{}", algorithm.as_str())) {
            checksum = Some(Checksum::parse(algorithm, text.trim())?);
        }
    }
    Ok(CompletedPart { number, etag, checksum })
}

fn kind(ask: &Ask) -> Result<Option<Kind>, Error> {
    match value(&ask.headers, "x-amz-checksum-type")?.as_deref() {
        None => Ok(None),
        Some("FULL_OBJECT") => Ok(Some(Kind::FullObject)),
        Some("COMPOSITE") => Ok(Some(Kind::Composite)),
        Some(other) => {
            Err(invalid_argument("Value for x-amz-checksum-type header is invalid.", "x-amz-checksum-type", other))
        }
    }
}

fn part_number(ask: &Ask) -> Result<u32, Error> {
    let text = ask.query.get("partNumber").unwrap_or_default();
    text.parse().map_err(|_| {
        invalid_argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text)
    })
}

/// The upload of the request. What cannot be one is none that there is.
fn upload_id(ask: &Ask) -> Result<UploadId, Error> {
    let text = ask.query.get("uploadId").unwrap_or_default();
    text.parse().map_err(|_| {
        let what = "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
        Error::new(super::code("NoSuchUpload", 404), what).with("UploadId", text.chars().take(128).collect::<String>())
    })
}
