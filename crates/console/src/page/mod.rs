//! Pages: what is asked for one, and its template.

pub(crate) mod action;
pub(crate) mod application;
pub(crate) mod configuration;
pub(crate) mod engine;
pub(crate) mod environment;
pub(crate) mod instances;
pub(crate) mod logs;
pub(crate) mod monitoring;
pub(crate) mod sign_in;

use std::sync::Arc;

use askama::Template;
use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::answer::{self, Answer};
use crate::assets;
use crate::error::Error;
use crate::session::Session;

/// What stands around every page.
pub(crate) struct Frame {
    title: String,
    /// Which entry of the navigation it belongs to.
    section: &'static str,
    session: Option<Arc<Session>>,
}

impl Frame {
    pub(crate) fn new(title: impl Into<String>, section: &'static str, session: Option<Arc<Session>>) -> Self {
        Self { title: title.into(), section, session }
    }

    fn style(&self) -> &'static str {
        assets::STYLE
    }

    fn script(&self) -> &'static str {
        assets::SCRIPT
    }

    fn icon(&self) -> &'static str {
        assets::ICON
    }

    fn name(&self) -> &str {
        self.session.as_ref().map_or("", |session| session.name())
    }

    fn token(&self) -> &str {
        self.session.as_ref().map_or("", |session| &session.token)
    }

    /// Entries of the navigation: whether it is this one, where, and what it is called.
    fn sections(&self) -> Vec<(bool, &'static str, &'static str)> {
        let Some(session) = &self.session else { return Vec::new() };
        let all = [
            ("/applications", "Applications", true),
            ("/environments", "Environments", true),
            ("/containers", "Containers", session.engine),
            ("/images", "Images", session.engine),
        ];
        let shown = all.into_iter().filter(|(_, _, shown)| *shown);
        shown.map(|(path, name, _)| (name == self.section, path, name)).collect()
    }
}

/// A page as an answer.
pub(crate) fn show(template: &impl Template) -> Result<Answer, Error> {
    Ok(answer::page(StatusCode::OK, template.render()?))
}

/// What the page of an error says.
#[derive(Template)]
#[template(path = "error.html")]
struct Failed {
    frame: Frame,
    code: String,
    message: String,
}

/// The page of an error.
pub(crate) fn failed(session: Option<Arc<Session>>, error: &Error) -> Answer {
    let page =
        Failed { frame: Frame::new(error.code(), "", session), code: error.code().into(), message: error.message() };
    let html = page.render().unwrap_or_else(|_| "The page of an error cannot be written.".into());
    answer::page(error.status(), html)
}

/// All but what needs no escape in a segment of a path or in a query.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name inside a path or a query.
pub(crate) fn escaped(name: &str) -> String {
    // A browser takes these as steps within a path, escaped or not.
    match name {
        "." | ".." => "%00".into(),
        name => utf8_percent_encode(name, RESERVED).to_string(),
    }
}

/// A moment of the API's, for people: `2026-11-28 02:17:38`, in UTC.
pub(crate) fn moment(text: &str) -> String {
    match (text.get(..10), text.get(11..19)) {
        (Some(day), Some(time)) => format!("{day} {time}"),
        _ => text.to_owned(),
    }
}

/// Bytes, for people.
pub(crate) fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let number = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", number / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", number / 1e6),
        _ => format!("{:.2} GB", number / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_in_paths() {
        assert_eq!(escaped("a b/ä?#"), "a%20b%2F%C3%A4%3F%23");
        assert_eq!(escaped(".."), "%00");
    }

    #[test]
    fn moments_and_sizes_are_for_people() {
        assert_eq!(moment("2026-11-28T02:17:38.123Z"), "2026-11-28 02:17:38");
        assert_eq!(moment("ä"), "ä");
        assert_eq!(
            (size(999).as_str(), size(1_500).as_str(), size(2_340_000_000).as_str()),
            ("999 B", "1.5 kB", "2.34 GB")
        );
    }

    #[test]
    fn what_strangers_name_is_escaped() {
        let answer = Failed {
            frame: Frame::new("<b>", "", None),
            code: "\"><script>".into(),
            message: "<img src=x onerror=alert(1)>".into(),
        };
        let html = answer.render().unwrap();
        assert!(!html.contains("<b>") && !html.contains("<script>") && !html.contains("<img"), "{html}");
    }
}
