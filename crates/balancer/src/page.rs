//! What the balancer answers itself.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};

use crate::proxy::Download;

/// A page with a sentence.
pub(crate) fn page(status: StatusCode, text: &str) -> Response<Download> {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let body = format!(
        "<!doctype html>\n<html><head><title>{title}</title></head>\n<body><h1>{title}</h1><p>{}</p></body></html>\n",
        escaped(text)
    );
    let mut response = Response::new(Download::Fixed(Some(Bytes::from(body))));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if status == StatusCode::BAD_REQUEST {
        // Where one request is wrong, what follows it may be none.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    headers.insert(header::SERVER, HeaderValue::from_static("dabba"));
    response
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
