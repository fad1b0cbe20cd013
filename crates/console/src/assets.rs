//! What pages are shown with: one style sheet, one script, one picture, carried in the program.

use bytes::Bytes;
use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http_body_util::Full;

use crate::answer::Answer;

/// Where they are. The version is in the path, so that browsers keep them until there is another.
pub(crate) const STYLE: &str = concat!("/assets/", env!("CARGO_PKG_VERSION"), "/console.css");
/// The script.
pub(crate) const SCRIPT: &str = concat!("/assets/", env!("CARGO_PKG_VERSION"), "/console.js");
/// The picture.
pub(crate) const ICON: &str = concat!("/assets/", env!("CARGO_PKG_VERSION"), "/icon.svg");

/// The file of this path.
pub(crate) fn find(path: &str) -> Option<Answer> {
    let (kind, text) = match path {
        STYLE => ("text/css; charset=utf-8", include_str!("../assets/console.css")),
        SCRIPT => ("text/javascript; charset=utf-8", include_str!("../assets/console.js")),
        ICON | "/favicon.ico" => ("image/svg+xml", include_str!("../assets/icon.svg")),
        _ => return None,
    };
    let mut answer = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Some(answer)
}
