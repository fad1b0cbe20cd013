//! A request, with what handlers need of it.

use std::collections::HashMap;

use base64::Engine as _;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use crate::error::Failure;
use crate::{json, limits};

/// A parsed request.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) version: (u32, u32),
    pub(crate) query: HashMap<String, Vec<String>>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Incoming,
    /// Takes the connection over, if the client asked for it.
    pub(crate) upgrade: Option<hyper::upgrade::OnUpgrade>,
}

impl Request {
    /// The first value of a query parameter; empty when it is missing.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.query.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    pub(crate) fn params(&self, name: &str) -> Vec<String> {
        self.query.get(name).cloned().unwrap_or_default()
    }

    /// Docker's idea of a boolean: everything but these is true.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.flag_or(name, false)
    }

    pub(crate) fn flag_or(&self, name: &str, default: bool) -> bool {
        match self.query.get(name).and_then(|values| values.first()) {
            None => default,
            Some(value) => !matches!(value.to_ascii_lowercase().trim(), "" | "0" | "no" | "false" | "none"),
        }
    }

    /// A number; `None` when it is missing.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Failure> {
        match self.param(name) {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| Failure::bad_request(format!("strconv.Atoi: parsing {text:?}: invalid syntax"))),
        }
    }

    pub(crate) fn at_least(&self, major: u32, minor: u32) -> bool {
        self.version >= (major, minor)
    }

    /// The whole body, if it is not too long and does not take too long.
    pub(crate) async fn bytes(self) -> Result<Bytes, Failure> {
        let collected =
            tokio::time::timeout(limits::BODY_PATIENCE, Limited::new(self.body, limits::BODY_BYTES).collect());
        match collected.await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(Failure {
                status: http::StatusCode::PAYLOAD_TOO_LARGE,
                message: "http: request body too large".into(),
            }),
            Ok(Err(error)) => Err(Failure::bad_request(format!("reading the request: {error}"))),
            Err(_) => Err(Failure {
                status: http::StatusCode::REQUEST_TIMEOUT,
                message: "the request's body did not come in time".into(),
            }),
        }
    }

    /// A JSON body that must be there.
    pub(crate) async fn json<T: DeserializeOwned>(self) -> Result<T, Failure> {
        let kind = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let bytes = self.bytes().await?;
        check_type(&kind, bytes.is_empty())?;
        decode(&bytes)
    }

    /// A JSON body that may be missing.
    pub(crate) async fn json_or_default<T: DeserializeOwned + Default>(self) -> Result<T, Failure> {
        let kind = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let bytes = self.bytes().await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(T::default());
        }
        check_type(&kind, false)?;
        decode(&bytes)
    }
}

/// A header's value in base64 of either alphabet, with or without the signs at its end.
pub(crate) fn from_base64(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    let plain = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(plain)
}

/// Reads what is left of a body that nobody wants, up to a limit and for a while: a client that still writes when the
/// connection closes does not read the answer.
pub(crate) async fn pass_over(body: Incoming) {
    let _ = tokio::time::timeout(limits::REFUSED_PATIENCE, async {
        let mut body = Limited::new(body, limits::REFUSED_BYTES);
        while let Some(Ok(_)) = body.frame().await {}
    })
    .await;
}

/// moby's `httputils.CheckForJSON`.
fn check_type(kind: &str, empty: bool) -> Result<(), Failure> {
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => Ok(()),
        "" if empty => Ok(()),
        "" => Err(Failure::bad_request("unsupported Content-Type header (): must be 'application/json'")),
        other => {
            Err(Failure::bad_request(format!("unsupported Content-Type header ({other}): must be 'application/json'")))
        }
    }
}

/// Parses JSON as dockerd would.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::bad_request("invalid JSON: got EOF while reading request body"));
    }
    json::from_slice(bytes).map_err(|error| Failure::bad_request(format!("invalid JSON: {error}")))
}

/// Splits a query string.
pub(crate) fn query(text: &str) -> HashMap<String, Vec<String>> {
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        found.entry(unescape(key, true)).or_default().push(unescape(value, true));
    }
    found
}

/// Takes percent-encoding off.
pub(crate) fn unescape(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' if plus_is_space => bytes.push(b' '),
            b'%' => match after
                .get(..2)
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            {
                Some(value) => {
                    bytes.push(value);
                    rest = &after[2..];
                }
                None => bytes.push(byte),
            },
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_split() {
        let found = query("a=1&b=x%20y+z&a=2&c&=&%zz=%4");
        assert_eq!(found["a"], ["1", "2"]);
        assert_eq!(found["b"], ["x y z"]);
        assert_eq!(found["c"], [""]);
        assert_eq!(found["%zz"], ["%4"]);
    }
}
