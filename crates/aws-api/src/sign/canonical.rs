//! The texts that signatures are made of.
//!
//! Source: "Create a signed AWS API request" in the IAM User Guide; "Authenticating Requests" in the S3 API reference,
//! for what S3 does otherwise.

use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};
use sha2::{Digest, Sha256};

/// All but what RFC 3986 calls unreserved.
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same in a path.
pub(super) const RESERVED_PATH: &AsciiSet = &RESERVED.remove(b'/');

/// A request as far as signatures go.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The path as it was sent.
    pub path: &'a str,
    /// What followed the question mark.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
}

impl<'a> Request<'a> {
    /// The only header of this name; `None` when there is none or it is no text.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The parameters, decoded.
    pub fn parameters(&self) -> impl Iterator<Item = (String, String)> + use<'a> {
        self.query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(text))
        })
    }
}

/// Bytes that are not UTF-8 become U+FFFD: nothing that is signed or read here holds such.
pub(super) fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode(text.as_bytes()).decode_utf8_lossy().into_owned()
}

/// The canonical request.
pub(super) fn request(request: &Request<'_>, service: &str, signed: &[&str], payload: &str) -> Vec<u8> {
    let s3 = service == "s3";
    let mut text = Vec::new();
    for line in [request.method, &path(request.path, s3), &query(request)] {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    for name in signed {
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        for (position, value) in request.headers.get_all(*name).iter().enumerate() {
            if position > 0 {
                text.push(b',');
            }
            collapse(&mut text, value.as_bytes());
        }
        text.push(b'\n');
    }
    text.push(b'\n');
    text.extend_from_slice(signed.join(";").as_bytes());
    text.push(b'\n');
    text.extend_from_slice(payload.as_bytes());
    text
}

/// The path: S3 encodes each byte of a key once and leaves it otherwise as it is; all others take away dots and doubled
/// slashes and encode what was sent once more.
fn path(path: &str, s3: bool) -> String {
    if s3 {
        let bytes: Vec<u8> = percent_decode(path.as_bytes()).collect();
        return percent_encode(&bytes, RESERVED_PATH).to_string();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let directory = path.ends_with('/') && !parts.is_empty();
    let plain = format!("/{}{}", parts.join("/"), if directory { "/" } else { "" });
    percent_encode(plain.as_bytes(), RESERVED_PATH).to_string()
}

/// The parameters, encoded and sorted, without the signature itself.
fn query(request: &Request<'_>) -> String {
    let mut pairs: Vec<(String, String)> = request
        .query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| *name != "X-Amz-Signature")
        .map(|(name, text)| (reencoded(name), reencoded(text)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, text)| format!("{name}={text}")).collect();
    pairs.join("&")
}

/// One form for all the forms in which a text can be encoded.
fn reencoded(text: &str) -> String {
    let text = text.replace('+', "%20");
    let bytes: Vec<u8> = percent_decode(text.as_bytes()).collect();
    percent_encode(&bytes, RESERVED).to_string()
}

/// A header's value without spaces around it, and with one space for many within it.
fn collapse(into: &mut Vec<u8>, value: &[u8]) {
    let mut space = false;
    for byte in value.trim_ascii() {
        if matches!(byte, b' ' | b'\t') {
            space = true;
            continue;
        }
        if std::mem::take(&mut space) {
            into.push(b' ');
        }
        into.push(*byte);
    }
}

/// The SHA-256 of bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    words::hex(&Sha256::digest(bytes))
}

/// The bytes of 64 lower-case hexadecimal digits.
pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        let digit = |one: Option<&u8>| match one? {
            digit @ b'0'..=b'9' => Some(digit - b'0'),
            digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        *byte = digit(pair.first())? << 4 | digit(pair.get(1))?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_as_the_test_suite_has_them() {
        for (sent, wanted) in [
            ("/", "/"),
            ("", "/"),
            ("/example/..", "/"),
            ("/example1/example2/../..", "/"),
            ("/./", "/"),
            ("/./example", "/example"),
            ("//example//", "/example/"),
            ("/example space/", "/example%20space/"),
            ("/-._~0123456789abc", "/-._~0123456789abc"),
            ("/ሴ", "/%E1%88%B4"),
            ("/a%20b", "/a%2520b"),
        ] {
            assert_eq!(path(sent, false), wanted, "{sent}");
        }
        for (sent, wanted) in [
            ("/b/a%20b", "/b/a%20b"),
            ("/b//a/../c", "/b//a/../c"),
            ("/b/a+b", "/b/a%2Bb"),
            ("/b/%41%2f", "/b/A/"),
            ("/b/%ff", "/b/%FF"),
        ] {
            assert_eq!(path(sent, true), wanted, "{sent}");
        }
    }

    #[test]
    fn parameters_are_sorted_as_they_are_encoded() {
        let headers = HeaderMap::new();
        for (sent, wanted) in [
            ("Param2=value2&Param1=value1", "Param1=value1&Param2=value2"),
            ("Param1=b&Param1=a", "Param1=a&Param1=b"),
            ("uploads", "uploads="),
            ("a=1=2&%61=0", "a=0&a=1%3D2"),
            ("x=a+b&X-Amz-Signature=00", "x=a%20b"),
            ("ሴ=bar", "%E1%88%B4=bar"),
        ] {
            assert_eq!(query(&Request { method: "GET", path: "/", query: sent, headers: &headers }), wanted);
        }
    }
}
