//! Signature version 2 of S3's URLs, which `aws s3 presign` still makes.
//!
//! Source: "Signing and authenticating REST requests (AWS signature version 2)" in the S3 User Guide.

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use words::{Secret, Timestamp};

use super::canonical::decoded;
use super::{Claim, Form, Request, mismatch};
use crate::error::{self, Error};

/// Parameters that name what a request is on, and so are signed.
const SUBRESOURCES: &[&str] = &[
    "accelerate",
    "acl",
    "cors",
    "defaultObjectAcl",
    "delete",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// The claim of a URL.
pub(super) fn read(request: &Request<'_>) -> Result<Claim, Error> {
    let (mut key, mut signature, mut expires, mut token) = (None, None, None, None);
    for (name, text) in request.parameters() {
        let into = match name.as_str() {
            "AWSAccessKeyId" => &mut key,
            "Signature" => &mut signature,
            "Expires" => &mut expires,
            "x-amz-security-token" => &mut token,
            _ => continue,
        };
        if into.replace(text).is_some() {
            return Err(Error::new(
                error::ACCESS_DENIED,
                format!("The query parameter {name} is there more than once"),
            ));
        }
    }
    let (Some(key), Some(signature), Some(expires)) = (key, signature, expires) else {
        let message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters";
        return Err(Error::new(error::ACCESS_DENIED, message));
    };
    let invalid = || Error::new(error::ACCESS_DENIED, "Invalid date (should be seconds since epoch)");
    let expires = expires.parse().map_err(|_| invalid())?;
    // A plus sign that was not encoded has become a space.
    let signature = base64::engine::general_purpose::STANDARD.decode(signature.replace(' ', "+"));
    let signature = signature.map_err(|_| mismatch(true))?;
    Ok(Claim { key, token, form: Form::V2 { expires, signature } })
}

/// Whether the signature is that of the request and its time is not over.
pub(super) fn check(
    claim: &Claim,
    request: &Request<'_>,
    bucket: Option<&str>,
    now: Timestamp,
    secret: &Secret,
) -> Result<(), Error> {
    let Form::V2 { expires, signature } = &claim.form else { return Err(mismatch(true)) };
    if now.seconds() > *expires {
        let ended = Timestamp::from_nanos(i128::from(*expires) * 1_000_000_000).map(crate::codec::xml::iso);
        return Err(Error::new(error::ACCESS_DENIED, "Request has expired")
            .with("Expires", ended.unwrap_or_default())
            .with("ServerTime", crate::codec::xml::iso(now)));
    }
    let text = signed(claim, request, *expires, bucket);
    let Ok(mut hasher) = Hmac::<Sha1>::new_from_slice(secret.reveal().as_bytes()) else { return Err(mismatch(true)) };
    hasher.update(text.as_bytes());
    hasher.verify_slice(signature).map_err(|_| mismatch(true))
}

fn signed(claim: &Claim, request: &Request<'_>, expires: i64, bucket: Option<&str>) -> String {
    let header = |name: &str| request.header(name).unwrap_or_default().trim();
    let mut text = format!("{}\n{}\n{}\n{expires}\n", request.method, header("content-md5"), header("content-type"));
    let mut headers: Vec<(String, String)> = Vec::new();
    for name in request.headers.keys().filter(|name| name.as_str().starts_with("x-amz-")) {
        let values: Vec<&str> =
            request.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).map(str::trim).collect();
        headers.push((name.as_str().to_owned(), values.join(",")));
    }
    if let Some(token) = &claim.token
        && !request.headers.contains_key("x-amz-security-token")
    {
        headers.push(("x-amz-security-token".into(), token.clone()));
    }
    headers.sort();
    for (name, value) in headers {
        text.push_str(&format!("{name}:{value}\n"));
    }
    if let Some(bucket) = bucket {
        text.push('/');
        text.push_str(bucket);
    }
    text.push_str(request.path);
    let mut parameters: Vec<(String, String, bool)> = Vec::new();
    for pair in request.query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if SUBRESOURCES.contains(&name) {
            parameters.push((name.to_owned(), decoded(value), pair.contains('=')));
        }
    }
    parameters.sort();
    for (position, (name, value, said)) in parameters.iter().enumerate() {
        text.push(if position == 0 { '?' } else { '&' });
        text.push_str(name);
        if *said {
            text.push('=');
            text.push_str(value);
        }
    }
    text
}
