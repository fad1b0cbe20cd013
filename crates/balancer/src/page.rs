//! What the balancer answers itself.

use http::StatusCode;

use crate::body::Wire;
use crate::head;

/// Writes a page with a sentence. `connection` is what the client is told of its connection, if anything; the answer to
/// a HEAD has no body.
pub(crate) fn page(to: &mut Wire, status: u16, text: &str, http11: bool, connection: Option<&str>, to_head: bool) {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let title = format!("{status} {reason}");
    let body = format!(
        "<!doctype html>\n<html><head><title>{title}</title></head>\n<body><h1>{title}</h1><p>{}</p></body></html>\n",
        escaped(text)
    );
    let bytes = to.begin();
    head::status_line(bytes, http11, status, reason);
    head::line(bytes, "content-type", b"text/html; charset=utf-8");
    bytes.extend_from_slice(b"content-length: ");
    head::decimal(bytes, body.len() as u64);
    bytes.extend_from_slice(b"\r\nserver: dabba\r\n");
    crate::clock::write_date(bytes, crate::clock::unix_seconds());
    if let Some(connection) = connection {
        head::line(bytes, "connection", connection.as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    if !to_head {
        to.push(body.as_bytes());
    }
    to.end();
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
