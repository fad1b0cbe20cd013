//! Signatures that are made here: of URLs that are good for a while, to whoever has them, and of our own requests.
//!
//! Source: "Authenticating Requests: Using Query Parameters" in the S3 API reference; "Create a signed AWS API request"
//! in the IAM User Guide.

use http::HeaderMap;
use http::header::{CONTENT_TYPE, HOST};
use percent_encoding::percent_encode;
use words::{Secret, Timestamp, hex};

use super::canonical::{self, RESERVED, RESERVED_PATH, sha256};
use super::{ALGORITHM, Scope, mac, signing_key};
use crate::error::Error;

/// What a URL gives.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    /// `http` or `https`, and where this server is, as the client reaches it: `http://127.0.0.1:4566`.
    pub endpoint: &'a str,
    /// The region of the signature.
    pub region: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    /// The object.
    pub key: &'a str,
}

/// A URL that gets an object, for so many seconds.
///
/// # Errors
/// When the endpoint's host is none.
pub fn get(object: Object<'_>, id: &str, secret: &Secret, seconds: u64, now: Timestamp) -> Result<String, Error> {
    let moment = compact(now);
    let date = &moment[..8];
    let scope = Scope { date: date.to_owned(), region: object.region.to_owned(), service: "s3".into() };
    let credential = format!("{id}/{date}/{}/s3/aws4_request", object.region);
    let encode = |text: &str| percent_encode(text.as_bytes(), RESERVED).to_string();
    let query = format!(
        "X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={}&X-Amz-Date={moment}&X-Amz-Expires={seconds}\
         &X-Amz-SignedHeaders=host",
        encode(&credential)
    );
    let path = percent_encode(format!("/{}/{}", object.bucket, object.key).as_bytes(), RESERVED_PATH).to_string();
    let host = object.endpoint.split_once("://").map_or(object.endpoint, |(_, host)| host);
    let mut headers = HeaderMap::new();
    headers.insert(HOST, host.parse().map_err(Error::internal)?);
    let request = canonical::Request { method: "GET", path: &path, query: &query, headers: &headers };
    let canonical = canonical::request(&request, "s3", &["host"], "UNSIGNED-PAYLOAD");
    let lines = format!("{moment}\n{}/{}/{}/aws4_request", scope.date, scope.region, scope.service);
    let text = format!("{ALGORITHM}\n{lines}\n{}", sha256(&canonical));
    let signature = hex(&mac(&signing_key(secret, &scope), text.as_bytes()));
    Ok(format!("{}{path}?{query}&X-Amz-Signature={signature}", object.endpoint))
}

/// The kind of body that requests of the query protocol have.
pub const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// `X-Amz-Date` and `Authorization` of a request of the query protocol: a form that is posted to `/` of this host.
///
/// # Errors
/// When the host is none.
pub fn post(
    host: &str,
    service: &str,
    region: &str,
    form: &str,
    (id, secret): (&str, &Secret),
    now: Timestamp,
) -> Result<(String, String), Error> {
    let moment = compact(now);
    let scope = Scope { date: moment[..8].to_owned(), region: region.to_owned(), service: service.to_owned() };
    let mut headers = HeaderMap::new();
    headers.insert(HOST, host.parse().map_err(Error::internal)?);
    headers.insert(CONTENT_TYPE, FORM.parse().map_err(Error::internal)?);
    headers.insert("x-amz-date", moment.parse().map_err(Error::internal)?);
    let request = canonical::Request { method: "POST", path: "/", query: "", headers: &headers };
    let signed = ["content-type", "host", "x-amz-date"];
    let canonical = canonical::request(&request, service, &signed, &sha256(form.as_bytes()));
    let lines = format!("{}/{region}/{service}/aws4_request", scope.date);
    let text = format!("{ALGORITHM}\n{moment}\n{lines}\n{}", sha256(&canonical));
    let signature = hex(&mac(&signing_key(secret, &scope), text.as_bytes()));
    let authorization =
        format!("{ALGORITHM} Credential={id}/{lines}, SignedHeaders={}, Signature={signature}", signed.join(";"));
    Ok((moment, authorization))
}

/// `20150830T123600Z`.
fn compact(now: Timestamp) -> String {
    let text = crate::codec::xml::iso(now);
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == 'T').collect();
    format!("{}Z", digits.get(..15).unwrap_or_default())
}
