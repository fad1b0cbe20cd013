//! Conditions of requests, and ranges: what of an object is asked for, if at all.
//!
//! Sources: RFC 9110, sections 13 and 14; "Conditional requests" in the Amazon S3 user guide.

use words::Timestamp;

use crate::checksum::ETag;
use crate::error::{Error, Result};

/// What an `If-Match` or `If-None-Match` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ETags {
    /// `*`: any.
    Any,
    /// Any of these, without quotes.
    OneOf(Vec<String>),
}

impl ETags {
    /// Reads a header's value. Weak tags are compared as strong ones, since no tag here is weak.
    pub fn parse(text: &str) -> Self {
        if text.trim() == "*" {
            return Self::Any;
        }
        let tag = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
        Self::OneOf(text.split(',').map(tag).filter(|tag| !tag.is_empty()).collect())
    }

    fn holds(&self, etag: &ETag) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(tags) => tags.iter().any(|tag| tag == etag.as_str()),
        }
    }
}

/// Conditions of a read.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// `If-Match`.
    pub if_match: Option<ETags>,
    /// `If-None-Match`.
    pub if_none_match: Option<ETags>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<Timestamp>,
    /// `If-Unmodified-Since`.
    pub if_unmodified_since: Option<Timestamp>,
}

impl Conditions {
    /// Whether an object that is known by this tag and was made then is to be read. Times of headers have seconds only.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] and [`Error::NotModified`].
    pub(crate) fn check(&self, etag: &ETag, modified: Timestamp) -> Result<()> {
        match (&self.if_match, self.if_unmodified_since) {
            (Some(tags), _) if !tags.holds(etag) => return Err(Error::PreconditionFailed("If-Match")),
            (None, Some(then)) if modified.seconds() > then.seconds() => {
                return Err(Error::PreconditionFailed("If-Unmodified-Since"));
            }
            _ => {}
        }
        let known = match (&self.if_none_match, self.if_modified_since) {
            (Some(tags), _) => tags.holds(etag),
            (None, Some(then)) => modified.seconds() <= then.seconds(),
            (None, None) => false,
        };
        if known { Err(Error::NotModified { etag: etag.to_string(), modified }) } else { Ok(()) }
    }

    /// The same of the source of a copy, for which nothing is unmodified: it fails.
    pub(crate) fn check_source(&self, etag: &ETag, modified: Timestamp) -> Result<()> {
        self.check(etag, modified).map_err(|error| match (error, &self.if_none_match) {
            (Error::NotModified { .. }, Some(_)) => Error::PreconditionFailed("x-amz-copy-source-If-None-Match"),
            (Error::NotModified { .. }, None) => Error::PreconditionFailed("x-amz-copy-source-If-Modified-Since"),
            (other, _) => other,
        })
    }
}

/// Conditions of a write: what must be at the key.
#[derive(Debug, Clone, Default)]
pub struct WriteConditions {
    /// `If-Match`: an object that is known by this.
    pub if_match: Option<ETags>,
    /// `If-None-Match: *`: none.
    pub if_absent: bool,
}

impl WriteConditions {
    /// Whether what is at the key may be replaced; `Ok(false)` when there would have to be an object and is none.
    pub(crate) fn check(&self, current: Option<&ETag>) -> Result<bool> {
        if self.if_absent && current.is_some() {
            return Err(Error::PreconditionFailed("If-None-Match"));
        }
        match (&self.if_match, current) {
            (Some(_), None) => Ok(false),
            (Some(tags), Some(etag)) if !tags.holds(etag) => Err(Error::PreconditionFailed("If-Match")),
            _ => Ok(true),
        }
    }
}

/// What of an object is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// From this byte to that one, which belongs to it, or to the end.
    From(u64, Option<u64>),
    /// So many bytes at the end.
    Last(u64),
}

impl Range {
    /// Reads the value of a `Range` header. What is no range of bytes, or more than one, is as if it were not there:
    /// then the whole object is the answer.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok())?;
        match (first.trim(), last.trim()) {
            ("", last) => Some(Self::Last(number(last)?)),
            (first, "") => Some(Self::From(number(first)?, None)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }

    /// The first byte, and the one after the last, of an object of this size.
    ///
    /// # Errors
    /// When the object has none of it.
    pub fn of(self, size: u64) -> Result<(u64, u64)> {
        let (start, end) = match self {
            Self::From(first, last) => (first, last.map_or(size, |last| last.saturating_add(1).min(size))),
            Self::Last(count) => (size.saturating_sub(count), size),
        };
        if start < end { Ok((start, end)) } else { Err(Error::InvalidRange { size }) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::checksum::Md5Sum;

    #[test]
    fn conditions_hold_in_the_order_of_the_rfc() {
        let etag = ETag::from(Md5Sum::of(b""));
        let modified = Timestamp::from_nanos(10_500_000_000).unwrap();
        let at = |seconds: i128| Timestamp::from_nanos(seconds * 1_000_000_000);
        let tags = |text: &str| Some(ETags::parse(text));
        let same = format!("\"{etag}\"");
        let none = Conditions::default;
        let failed = |conditions: Conditions| match conditions.check(&etag, modified) {
            Ok(()) => "",
            Err(Error::PreconditionFailed(which)) => which,
            Err(Error::NotModified { .. }) => "304",
            Err(_) => "?",
        };
        for (conditions, outcome) in [
            (none(), ""),
            (Conditions { if_match: tags(&same), ..none() }, ""),
            (Conditions { if_match: tags("*"), ..none() }, ""),
            (Conditions { if_match: tags("\"x\", \"y\""), ..none() }, "If-Match"),
            (Conditions { if_match: tags(&same), if_unmodified_since: at(1), ..none() }, ""),
            (Conditions { if_unmodified_since: at(1), ..none() }, "If-Unmodified-Since"),
            (Conditions { if_unmodified_since: at(10), ..none() }, ""),
            (Conditions { if_none_match: tags(&same), ..none() }, "304"),
            (Conditions { if_none_match: tags("x"), if_modified_since: at(11), ..none() }, ""),
            (Conditions { if_modified_since: at(10), ..none() }, "304"),
            (Conditions { if_modified_since: at(9), ..none() }, ""),
            (Conditions { if_match: tags("x"), if_none_match: tags(&same), ..none() }, "If-Match"),
        ] {
            assert_eq!(failed(conditions.clone()), outcome, "{conditions:?}");
        }
    }

    #[test]
    fn ranges_are_read_and_applied() {
        for (text, size, span) in [
            ("bytes=0-0", 10, Some((0, 1))),
            ("bytes=2-5", 10, Some((2, 6))),
            ("bytes=5-", 10, Some((5, 10))),
            ("bytes=-3", 10, Some((7, 10))),
            ("bytes=-30", 10, Some((0, 10))),
            ("bytes=5-99", 10, Some((5, 10))),
            ("bytes=10-", 10, None),
            ("bytes=-0", 10, None),
            ("bytes=0-", 0, None),
        ] {
            assert_eq!(Range::parse(text).unwrap().of(size).ok(), span, "{text}");
        }
        for text in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=1-2,4-5", "items=0-1", "bytes=+1-2", "bytes=a-"]
        {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_range_never_leaves_its_object(text in "bytes=[0-9]{0,21}-[0-9]{0,21}", size in any::<u64>()) {
            if let Some(Ok((start, end))) = Range::parse(&text).map(|range| range.of(size)) {
                prop_assert!(start < end && end <= size);
            }
        }
    }
}
