//! Image references: `[domain/]path[:tag][@digest]`, normalised as Docker does.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Digest;

/// The registry meant when a reference names none.
const DEFAULT_DOMAIN: &str = "docker.io";
/// The folder of that registry's official images.
const OFFICIAL: &str = "library/";
/// Longest repository name, without the domain (distribution/reference: `NameTotalLengthMax`).
const NAME_MAX: usize = 255;
/// Longest tag (distribution/reference: `TagRegexp`).
const TAG_MAX: usize = 128;

/// An image reference in its normal form: the domain and the `library/` of official images are always there.
///
/// Source: the grammar at the head of distribution/reference's `reference.go`, and its `ParseNormalizedNamed`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

/// A tag: up to 128 characters of `[A-Za-z0-9_.-]`, the first not a dot or dash.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

/// Why a text is no image reference. The sentences are those Docker's clients know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseReferenceError {
    /// The text does not follow the grammar.
    #[error("invalid reference format")]
    Format,
    /// The only fault is an upper-case letter in the repository's name.
    #[error("invalid reference format: repository name ({0}) must be lowercase")]
    Uppercase(String),
    /// The repository's name is longer than 255 characters.
    #[error("invalid reference format: repository name must not be more than 255 characters")]
    TooLong,
    /// 64 hexadecimal digits would be taken for an image's id.
    #[error("invalid repository name ({0}), cannot specify 64-byte hexadecimal strings")]
    Identifier(String),
}

impl Tag {
    /// The tag meant when a reference has neither tag nor digest.
    pub fn latest() -> Self {
        Self("latest".into())
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = ParseReferenceError;
    fn from_str(text: &str) -> Result<Self, ParseReferenceError> {
        let mut bytes = text.bytes();
        let first = bytes.next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
        let rest = bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
        if first && rest && text.len() <= TAG_MAX {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseReferenceError::Format)
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Reference {
    /// The registry's host, with its port if one was named: `docker.io`, `localhost:5000`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository within the registry: `library/busybox`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The tag, if one was named.
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest, if one was named.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// This reference with the tag `latest` when it has neither tag nor digest.
    pub fn or_latest(mut self) -> Self {
        if self.tag.is_none() && self.digest.is_none() {
            self.tag = Some(Tag::latest());
        }
        self
    }

    /// The same repository with this tag and no digest.
    pub fn with_tag(&self, tag: Tag) -> Self {
        Self { tag: Some(tag), digest: None, ..self.clone() }
    }

    /// The same repository with this digest and no tag.
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }

    /// The repository alone.
    pub fn repository(&self) -> Self {
        Self { tag: None, digest: None, ..self.clone() }
    }

    /// The short form that people type and Docker's tables show: without `docker.io/` and `library/`.
    pub fn familiar(&self) -> String {
        self.written(self.familiar_name())
    }

    /// The short form of the repository: `busybox`, `localhost:5000/team/app`.
    pub fn familiar_name(&self) -> String {
        if self.domain != DEFAULT_DOMAIN {
            return format!("{}/{}", self.domain, self.path);
        }
        let short = match self.path.strip_prefix(OFFICIAL) {
            // `docker.io/library/library/x` must not read as `library/x`.
            Some(rest) if !rest.contains('/') => rest,
            _ => &self.path,
        };
        // Nor may a folder be taken for a registry, or a name for an image's id.
        if split_domain(short).1 != short || is_identifier(short) {
            return format!("{DEFAULT_DOMAIN}/{}", self.path);
        }
        short.to_owned()
    }

    fn written(&self, mut name: String) -> String {
        if let Some(tag) = &self.tag {
            name.push(':');
            name.push_str(tag.as_str());
        }
        if let Some(digest) = &self.digest {
            name.push('@');
            name.push_str(&digest.to_string());
        }
        name
    }
}

impl FromStr for Reference {
    type Err = ParseReferenceError;

    fn from_str(text: &str) -> Result<Self, ParseReferenceError> {
        if is_identifier(text) {
            return Err(ParseReferenceError::Identifier(text.into()));
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse().map_err(|_| ParseReferenceError::Format)?)),
            None => (text, None),
        };
        let (domain, remainder) = split_domain(rest);
        let (path, tag) = match remainder.rsplit_once(':') {
            Some((path, tag)) => (path, Some(tag.parse()?)),
            None => (remainder, None),
        };
        let path = match domain {
            DEFAULT_DOMAIN if !path.contains('/') => format!("{OFFICIAL}{path}"),
            _ => path.to_owned(),
        };
        if !is_domain(domain) {
            return Err(ParseReferenceError::Format);
        }
        if !path.split('/').all(is_path_component) {
            let lower = path.to_ascii_lowercase();
            let only_case = lower != path && lower.split('/').all(is_path_component);
            return Err(if only_case { ParseReferenceError::Uppercase(path) } else { ParseReferenceError::Format });
        }
        if path.len() > NAME_MAX {
            return Err(ParseReferenceError::TooLong);
        }
        Ok(Self { domain: domain.to_owned(), path, tag, digest })
    }
}

/// The first component is a domain if it looks like one; otherwise the whole belongs to the default registry.
fn split_domain(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (if first == "index.docker.io" { DEFAULT_DOMAIN } else { first }, rest)
        }
        _ => (DEFAULT_DOMAIN, text),
    }
}

/// What an image's id looks like.
fn is_identifier(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, "")) => (address, None),
            Some((address, port)) => match port.strip_prefix(':') {
                Some(port) => (address, Some(port)),
                None => return false,
            },
            None => return false,
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let host_is_fine = if text.starts_with('[') {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
    } else {
        host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
    };
    host_is_fine && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// `[a-z0-9]+` joined by one dot, one or two underscores, or any number of dashes.
fn is_path_component(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends = bytes.first().copied().is_some_and(alphanumeric) && bytes.last().copied().is_some_and(alphanumeric);
    ends && bytes
        .split(|&b| alphanumeric(b))
        .all(|separator| matches!(separator, b"" | b"." | b"_" | b"__") || separator.iter().all(|&b| b == b'-'))
}

impl TryFrom<String> for Reference {
    type Error = ParseReferenceError;
    fn try_from(text: String) -> Result<Self, ParseReferenceError> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> String {
        reference.to_string()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(format!("{}/{}", self.domain, self.path)))
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_and_the_familiar_form() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let id = format!("docker.io/library/{}", "0".repeat(64));
        for (typed, normal, familiar) in [
            ("busybox", "docker.io/library/busybox", "busybox"),
            ("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"),
            ("me/app", "docker.io/me/app", "me/app"),
            ("docker.io/busybox", "docker.io/library/busybox", "busybox"),
            ("index.docker.io/library/busybox", "docker.io/library/busybox", "busybox"),
            ("localhost/app:x", "localhost/app:x", "localhost/app:x"),
            ("127.0.0.1:5000/a/b__c:1", "127.0.0.1:5000/a/b__c:1", "127.0.0.1:5000/a/b__c:1"),
            ("[::1]:5000/a", "[::1]:5000/a", "[::1]:5000/a"),
            ("a.b/c---d", "a.b/c---d", "a.b/c---d"),
            ("docker.io/library/library/x", "docker.io/library/library/x", "library/library/x"),
            ("docker.io/a.b/c:1", "docker.io/a.b/c:1", "docker.io/a.b/c:1"),
            ("docker.io/localhost/c", "docker.io/localhost/c", "docker.io/localhost/c"),
            (&format!("docker.io/{}", "0".repeat(64)), &id, &id),
        ] {
            let reference: Reference = typed.parse().unwrap();
            assert_eq!(reference.to_string(), normal);
            assert_eq!(reference.familiar(), familiar);
            assert_eq!(normal.parse::<Reference>().unwrap(), reference);
            assert_eq!(familiar.parse::<Reference>().unwrap(), reference);
        }
        let both: Reference = format!("busybox:1@{digest}").parse().unwrap();
        assert_eq!(both.familiar(), format!("busybox:1@{digest}"));
    }

    #[test]
    fn what_is_refused() {
        use ParseReferenceError::*;
        for (typed, error) in [
            ("", Format),
            ("../x", Format),
            ("a//b", Format),
            ("a/../b", Format),
            (":x", Format),
            ("a:", Format),
            ("a:b:c", Format),
            ("a@sha256:12", Format),
            ("a b", Format),
            ("a___b", Format),
            ("a..b", Format),
            ("-a", Format),
            ("a\n", Format),
            ("Busybox", Uppercase("library/Busybox".into())),
            ("a.b:x/c", Format),
            (&"a".repeat(300), TooLong),
            (&format!("a:{}", "t".repeat(129)), Format),
            (&"0".repeat(64), Identifier("0".repeat(64))),
        ] {
            assert_eq!(typed.parse::<Reference>().unwrap_err(), error, "{typed}");
        }
    }
}
