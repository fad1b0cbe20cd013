//! What the balancer answers itself.

use http::StatusCode;

use crate::body::{Framing, Wire};
use crate::head;

/// A field of a head that may not be there: name and value.
pub(crate) type Field<'a> = Option<(&'a str, &'a str)>;

/// Writes a page with a sentence, and more fields. The answer to a HEAD has no body.
pub(crate) fn page(to: &mut Wire, status: u16, text: &str, http11: bool, fields: &[Field<'_>], to_head: bool) {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let title = format!("{status} {reason}");
    let body = format!(
        "<!doctype html>\n<html><head><title>{title}</title></head>\n<body><h1>{title}</h1><p>{}</p></body></html>\n",
        escaped(text)
    );
    let bytes = to.begin();
    head::status_line(bytes, http11, status, reason);
    head::line(bytes, "content-type", b"text/html; charset=utf-8");
    head::write_framing(bytes, Framing::Empty, Some(body.len() as u64));
    head::line(bytes, "server", b"dabba");
    crate::clock::write_date(bytes, crate::clock::unix_seconds());
    for (name, value) in fields.iter().flatten() {
        head::line(bytes, name, value.as_bytes());
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
