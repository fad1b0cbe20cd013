//! Lists of objects, of versions and of uploads.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3::{Entry, List, Object, Page};

use super::error::invalid_argument;
use super::object::bytes_of;
use super::{Answer, Ask, Service, document};
use crate::codec::xml::{Document, iso};
use crate::error::Error;

/// What stays as it is in a text that is encoded for a URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// How texts of keys are told.
#[derive(Clone, Copy)]
struct Encoding(bool);

impl Encoding {
    fn of(ask: &Ask) -> Result<Self, Error> {
        match ask.query.get("encoding-type") {
            None | Some("") => Ok(Self(false)),
            Some("url") => Ok(Self(true)),
            Some(other) => {
                Err(invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", other))
            }
        }
    }

    fn shown(self, text: &str) -> Cow<'_, str> {
        if self.0 { utf8_percent_encode(text, ENCODED).into() } else { text.into() }
    }

    fn tell(self, document: &mut Document) {
        if self.0 {
            document.text("EncodingType", "url");
        }
    }
}

/// A number of the query, not above `most`, which it also is when it is not told.
pub(super) fn number(ask: &Ask, name: &'static str, most: usize) -> Result<usize, Error> {
    match ask.query.get(name).filter(|text| !text.is_empty()) {
        None => Ok(most),
        Some(text) => match text.parse::<i64>().ok().map(usize::try_from) {
            Some(Ok(number)) if i32::try_from(number).is_ok() => Ok(number.min(most)),
            _ => Err(invalid_argument(format!("Provided {name} not an integer or within integer range"), name, text)),
        },
    }
}

fn asked(ask: &Ask, after: &str, max: usize) -> List {
    let get = |name| ask.query.get(name).unwrap_or_default().to_owned();
    List { prefix: get("prefix"), delimiter: get("delimiter"), after: after.to_owned(), max }
}

/// What every list tells of what was asked for.
fn head(document: &mut Document, list: &List, encoding: Encoding) {
    document.text("Prefix", &encoding.shown(&list.prefix));
    if !list.delimiter.is_empty() {
        document.text("Delimiter", &encoding.shown(&list.delimiter));
    }
    encoding.tell(document);
}

fn prefixes<T>(document: &mut Document, page: &Page<T>, encoding: Encoding) {
    for entry in &page.entries {
        if let Entry::Prefix(prefix) = entry {
            document.element("CommonPrefixes", |document| {
                document.text("Prefix", &encoding.shown(prefix));
            });
        }
    }
}

fn items<T>(page: &Page<T>) -> impl Iterator<Item = &T> {
    page.entries.iter().filter_map(|entry| match entry {
        Entry::Item(item) => Some(item),
        Entry::Prefix(_) => None,
    })
}

impl Service {
    pub(super) async fn list_objects(&self, ask: &Ask) -> Answer {
        let encoding = Encoding::of(ask)?;
        let marker = ask.query.get("marker").unwrap_or_default();
        let max = number(ask, "max-keys", s3::limits::PAGE)?;
        let list = asked(ask, marker, max);
        let (bucket, page) = (ask.bucket()?, self.s3.list(ask.bucket()?, &list).await?);
        Ok(document("ListBucketResult", |document| {
            document.text("Name", bucket.as_str());
            head(document, &list, encoding);
            document.text("Marker", &encoding.shown(marker));
            document.text("MaxKeys", &max.to_string()).text("IsTruncated", &page.truncated.to_string());
            if let Some(last) = page.entries.last().filter(|_| page.truncated && !list.delimiter.is_empty()) {
                document.text("NextMarker", &encoding.shown(text_of(last)));
            }
            items(&page).for_each(|object| self.contents(document, object, encoding, true));
            prefixes(document, &page, encoding);
        }))
    }

    pub(super) async fn list_objects_v2(&self, ask: &Ask) -> Answer {
        let encoding = Encoding::of(ask)?;
        let start = ask.query.get("start-after").unwrap_or_default();
        let token = ask.query.get("continuation-token");
        let after = match token {
            Some(token) => from_token(token).ok_or_else(|| {
                invalid_argument("The continuation token provided is incorrect", "continuation-token", token)
            })?,
            None => start.to_owned(),
        };
        let max = number(ask, "max-keys", s3::limits::PAGE)?;
        let owner = ask.query.get("fetch-owner") == Some("true");
        let list = asked(ask, &after, max);
        let (bucket, page) = (ask.bucket()?, self.s3.list(ask.bucket()?, &list).await?);
        Ok(document("ListBucketResult", |document| {
            document.text("Name", bucket.as_str());
            head(document, &list, encoding);
            if !start.is_empty() {
                document.text("StartAfter", &encoding.shown(start));
            }
            if let Some(token) = token {
                document.text("ContinuationToken", token);
            }
            if let Some(last) = page.entries.last().filter(|_| page.truncated) {
                document.text("NextContinuationToken", &URL_SAFE_NO_PAD.encode(text_of(last)));
            }
            document.text("KeyCount", &page.entries.len().to_string()).text("MaxKeys", &max.to_string());
            document.text("IsTruncated", &page.truncated.to_string());
            items(&page).for_each(|object| self.contents(document, object, encoding, owner));
            prefixes(document, &page, encoding);
        }))
    }

    fn contents(&self, document: &mut Document, object: &Object, encoding: Encoding, owner: bool) {
        document.element("Contents", |document| {
            document.text("Key", &encoding.shown(object.key.as_str())).text("LastModified", &iso(object.modified));
            bytes(document, object);
            if owner {
                self.owner(document, "Owner");
            }
        });
    }

    pub(super) async fn list_object_versions(&self, ask: &Ask) -> Answer {
        let encoding = Encoding::of(ask)?;
        let marker = ask.query.get("key-marker").unwrap_or_default();
        let version = ask.query.get("version-id-marker").filter(|version| !version.is_empty());
        if version.is_some() && marker.is_empty() {
            let text = "A version-id marker cannot be specified without a key marker.";
            return Err(invalid_argument(text, "version-id-marker", version.unwrap_or_default()));
        }
        let max = number(ask, "max-keys", s3::limits::PAGE)?;
        let list = asked(ask, marker, max);
        let bucket = ask.bucket()?;
        let page = self.s3.list_versions(bucket, &list, version.map(str::parse).transpose()?).await?;
        Ok(document("ListVersionsResult", |document| {
            document.text("Name", bucket.as_str());
            head(document, &list, encoding);
            document.text("KeyMarker", &encoding.shown(marker)).text("VersionIdMarker", version.unwrap_or_default());
            document.text("MaxKeys", &max.to_string()).text("IsTruncated", &page.truncated.to_string());
            match page.entries.last().filter(|_| page.truncated) {
                Some(Entry::Item((object, _))) => {
                    document.text("NextKeyMarker", &encoding.shown(object.key.as_str()));
                    document.text("NextVersionIdMarker", &object.version().to_string());
                }
                Some(Entry::Prefix(prefix)) => drop(document.text("NextKeyMarker", &encoding.shown(prefix))),
                None => {}
            }
            for (object, newest) in items(&page) {
                let name = if object.stored().is_some() { "Version" } else { "DeleteMarker" };
                document.element(name, |document| {
                    document.text("Key", &encoding.shown(object.key.as_str()));
                    document.text("VersionId", &object.version().to_string()).text("IsLatest", &newest.to_string());
                    document.text("LastModified", &iso(object.modified));
                    bytes(document, object);
                    self.owner(document, "Owner");
                });
            }
            prefixes(document, &page, encoding);
        }))
    }

    pub(super) async fn list_multipart_uploads(&self, ask: &Ask) -> Answer {
        let encoding = Encoding::of(ask)?;
        let marker = ask.query.get("key-marker").unwrap_or_default();
        let upload = ask.query.get("upload-id-marker").filter(|upload| !upload.is_empty() && !marker.is_empty());
        let max = number(ask, "max-uploads", s3::limits::PAGE)?;
        let list = asked(ask, marker, max);
        let bucket = ask.bucket()?;
        let page = self.s3.list_uploads(bucket, &list, upload.map(str::parse).transpose()?).await?;
        Ok(document("ListMultipartUploadsResult", |document| {
            document.text("Bucket", bucket.as_str());
            head(document, &list, encoding);
            document.text("KeyMarker", &encoding.shown(marker)).text("UploadIdMarker", upload.unwrap_or_default());
            document.text("MaxUploads", &max.to_string()).text("IsTruncated", &page.truncated.to_string());
            match page.entries.last().filter(|_| page.truncated) {
                Some(Entry::Item(upload)) => {
                    document.text("NextKeyMarker", &encoding.shown(upload.key.as_str()));
                    document.text("NextUploadIdMarker", upload.id.as_str());
                }
                Some(Entry::Prefix(prefix)) => drop(document.text("NextKeyMarker", &encoding.shown(prefix))),
                None => {}
            }
            for upload in items(&page) {
                document.element("Upload", |document| {
                    document.text("Key", &encoding.shown(upload.key.as_str())).text("UploadId", upload.id.as_str());
                    self.owner(document, "Initiator");
                    self.owner(document, "Owner");
                    document.text("StorageClass", "STANDARD").text("Initiated", &iso(upload.initiated));
                    if upload.asked {
                        document.text("ChecksumAlgorithm", upload.algorithm.as_str());
                        document.text("ChecksumType", upload.kind.as_str());
                    }
                });
            }
            prefixes(document, &page, encoding);
        }))
    }
}

/// What a list tells of bytes, if there are any.
fn bytes(document: &mut Document, object: &Object) {
    let Ok(stored) = bytes_of(object) else { return };
    document.text("ETag", &format!("\"{}\"", stored.etag));
    document.text("ChecksumAlgorithm", stored.checksum.algorithm().as_str());
    document.text("ChecksumType", stored.checksum.kind().as_str());
    document.text("Size", &stored.size.to_string()).text("StorageClass", "STANDARD");
}

/// Where the next page begins: after this.
fn text_of(entry: &Entry<std::sync::Arc<Object>>) -> &str {
    match entry {
        Entry::Item(object) => object.key.as_str(),
        Entry::Prefix(prefix) => prefix,
    }
}

fn from_token(token: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok().filter(|text| !text.is_empty())
}
