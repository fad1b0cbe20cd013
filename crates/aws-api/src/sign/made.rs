//! Signatures that are made here: of URLs that are good for a while, to whoever has them, and of our own requests.
//!
//! Source: "Authenticating Requests: Using Query Parameters" in the S3 API reference; "Create a signed AWS API request"
//! in the IAM User Guide.

use http::HeaderMap;
use http::header::HOST;
use percent_encoding::percent_encode;
use words::{Secret, Timestamp, hex};

use super::canonical::{self, RESERVED, RESERVED_PATH, sha256};
use super::{ALGORITHM, Scope, authorization, compact, mac, signing_key, to_sign};
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
    url("GET", object, id, secret, seconds, now)
}

/// A URL that takes an object, for so many seconds.
///
/// # Errors
/// When the endpoint's host is none.
pub fn put(object: Object<'_>, id: &str, secret: &Secret, seconds: u64, now: Timestamp) -> Result<String, Error> {
    url("PUT", object, id, secret, seconds, now)
}

fn url(
    method: &str,
    object: Object<'_>,
    id: &str,
    secret: &Secret,
    seconds: u64,
    now: Timestamp,
) -> Result<String, Error> {
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
    let request = canonical::Request { method, path: &path, query: &query, headers: &headers };
    let text = to_sign(&request, "s3", &format!("{moment}\n{scope}"), &["host"], "UNSIGNED-PAYLOAD");
    let signature = hex(&mac(&signing_key(secret, &scope), text.as_bytes()));
    Ok(format!("{}{path}?{query}&X-Amz-Signature={signature}", object.endpoint))
}

/// The kind of body that requests of the query protocol have.
pub const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// Whose signature it is.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The id of the access key.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
    /// The token of its session, if it is one's.
    pub token: Option<Secret>,
}

/// The headers of a request of the query protocol, a form that is posted to `/` of this host.
///
/// # Errors
/// When the host is none.
pub fn post(
    host: &str,
    service: &str,
    region: &str,
    form: &str,
    signer: &Signer,
    now: Timestamp,
) -> Result<Vec<(&'static str, String)>, Error> {
    let moment = compact(now);
    let mut sent = vec![("content-type", FORM.to_owned()), ("host", host.to_owned()), ("x-amz-date", moment.clone())];
    sent.extend(signer.token.as_ref().map(|token| ("x-amz-security-token", token.reveal().to_owned())));
    let mut headers = HeaderMap::new();
    for (name, value) in &sent {
        headers.insert(*name, value.parse().map_err(Error::internal)?);
    }
    let names: Vec<&str> = sent.iter().map(|(name, _)| *name).collect();
    let request = canonical::Request { method: "POST", path: "/", query: "", headers: &headers };
    let payload = sha256(form.as_bytes());
    let signed = authorization(&request, service, region, &names, &payload, &moment, &signer.id, &signer.secret);
    sent.push(("authorization", signed));
    Ok(sent)
}
