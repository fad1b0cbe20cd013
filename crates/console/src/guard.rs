//! Which requests are looked at at all: by which name the console was reached, and from which page a form was sent.
//!
//! A page of another site can have a browser send requests here. It cannot choose the `Host` of a name of its own that
//! it lets resolve to this host (DNS rebinding), nor `Origin` and `Sec-Fetch-Site`, which browsers write by themselves.
//! Sources: Fetch, "Origin header"; W3C, Fetch Metadata Request Headers; RFC 6761, section 6.3 (localhost).
//!
//! Browsers send a cookie to every port of the host that set it. The applications of environments and published ports of
//! containers are at other ports of the same host: were the console at `127.0.0.1`, they would be sent its cookie. So
//! it has a name of its own, `console.localhost`, and sends browsers that come by another name of this host there.

use std::fmt;
use std::str::FromStr;

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Method};

use crate::error::Error;

/// What browsers of this host call the console. They resolve it by themselves.
pub(crate) const OWN: &str = "console.localhost";

/// A host name, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

words::text!(Name);

impl std::ops::Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

/// Something that is no host name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no host name: it must be such as console.example.com, without a port")]
pub struct ParseNameError(String);

impl FromStr for Name {
    type Err = ParseNameError;
    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if text.len() > 253 || !text.split('.').all(label) {
            return Err(ParseNameError(text.chars().take(80).collect()));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// How a browser reached us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reached {
    /// By our own name on this host, unencrypted; the text is the whole `Host`.
    Here(String),
    /// By a name of which we were told that something that speaks TLS stands before us.
    Behind(String),
    /// By another name of this host; the number is the port.
    Otherwise(Option<u16>),
}

impl Reached {
    /// Whether cookies go over TLS only.
    pub(crate) fn secure(&self) -> bool {
        matches!(self, Self::Behind(_))
    }

    /// The origin that pages from here have.
    fn origin(&self) -> Option<String> {
        match self {
            Self::Here(host) => Some(format!("http://{host}")),
            Self::Behind(host) => Some(format!("https://{host}")),
            Self::Otherwise(_) => None,
        }
    }
}

/// By which name a request came; nothing for one that is none of ours.
pub(crate) fn reached(headers: &HeaderMap, names: &[Name]) -> Option<Reached> {
    let mut all = headers.get_all(HOST).iter();
    let (Some(host), None) = (all.next(), all.next()) else { return None };
    let host = host.to_str().ok()?.to_ascii_lowercase();
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port.parse::<u16>().ok()?)),
        _ => (host.as_str(), None),
    };
    if name == OWN {
        return Some(Reached::Here(host));
    }
    if names.iter().any(|known| known.as_str() == name) {
        return Some(Reached::Behind(host));
    }
    matches!(name, "localhost" | "127.0.0.1" | "[::1]").then_some(Reached::Otherwise(port))
}

/// Whether a request that changes something may come from one of our own pages.
///
/// # Errors
/// When it comes from elsewhere, or does not say from where.
pub(crate) fn same_site(method: &Method, headers: &HeaderMap, reached: &Reached) -> Result<(), Error> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase());
    let elsewhere = || Err(Error::CrossSite("This form was sent by a page of another site."));
    let fetched = match text("sec-fetch-site").as_deref() {
        Some("same-origin") => true,
        Some(_) => return elsewhere(),
        None => false,
    };
    match text(ORIGIN.as_str()).as_deref() {
        Some(sent) if reached.origin().as_deref() == Some(sent) => Ok(()),
        // Our pages ask for no referrer to be told, and browsers then write `null` for our own origin, too.
        Some("null") | None if fetched && reached.origin().is_some() => Ok(()),
        Some("null") | None => Err(Error::CrossSite("A form must say by which page it is sent.")),
        Some(_) => elsewhere(),
    }
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(host) | Self::Behind(host) => f.write_str(host),
            Self::Otherwise(_) => f.write_str(OWN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_names_are_answered() {
        let names = ["Console.Example.com".parse().unwrap()];
        let by = |host: &str| reached(&headers(&[("host", host)]), &names);
        assert_eq!(by("console.localhost:4567"), Some(Reached::Here("console.localhost:4567".into())));
        assert_eq!(by("CONSOLE.example.com"), Some(Reached::Behind("console.example.com".into())));
        assert_eq!(by("127.0.0.1:4567"), Some(Reached::Otherwise(Some(4567))));
        assert_eq!(by("[::1]"), Some(Reached::Otherwise(None)));
        assert_eq!(by("[::1]:80"), Some(Reached::Otherwise(Some(80))));
        for other in ["", "evil.example", "console.localhost.evil.example", "10.0.0.1", "console.localhost:x", "x:1:2"]
        {
            assert_eq!(by(other), None, "{other}");
        }
        assert_eq!(reached(&HeaderMap::new(), &names), None);
        let mut twice = headers(&[("host", OWN)]);
        twice.append(HOST, "evil.example".parse().unwrap());
        assert_eq!(reached(&twice, &names), None);
    }

    #[test]
    fn forms_come_from_our_own_pages() {
        let here = Reached::Here("console.localhost:1".into());
        let behind = Reached::Behind("c.example".into());
        let may = |from: &Reached, all: &[(&'static str, &str)]| same_site(&Method::POST, &headers(all), from).is_ok();
        assert!(may(&here, &[("origin", "http://console.localhost:1"), ("sec-fetch-site", "same-origin")]));
        assert!(may(&here, &[("origin", "http://console.localhost:1")]));
        assert!(may(&behind, &[("origin", "https://c.example"), ("sec-fetch-site", "same-origin")]));
        assert!(may(&here, &[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(may(&here, &[("sec-fetch-site", "same-origin")]));
        for wrong in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "http://console.localhost:2")],
            &[("origin", "https://console.localhost:1")],
            &[("origin", "http://evil.example")],
            &[("origin", "null"), ("sec-fetch-site", "cross-site")],
            &[("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")],
            &[("origin", "http://console.localhost:1"), ("sec-fetch-site", "same-site")],
            &[("origin", "http://console.localhost:1"), ("sec-fetch-site", "cross-site")],
            &[("origin", "http://console.localhost:1"), ("sec-fetch-site", "none")],
        ] {
            assert!(!may(&here, wrong), "{wrong:?}");
        }
        assert!(!may(&Reached::Otherwise(None), &[("origin", "http://127.0.0.1")]));
        assert!(same_site(&Method::GET, &HeaderMap::new(), &here).is_ok());
    }

    #[test]
    fn names_are_read() {
        assert_eq!("A.b".parse::<Name>().unwrap().as_str(), "a.b");
        for wrong in ["", "a..b", "a:1", "a/b", "*.b"] {
            assert!(wrong.parse::<Name>().is_err(), "{wrong}");
        }
    }
}
