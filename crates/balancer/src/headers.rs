//! What a proxy does to a head: which fields end with a connection, and which it adds (RFC 9110, section 7.6).

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use http::header::{self, Entry, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Version};

use crate::limits;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
pub(crate) const TRACE: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Whether a field, which is a list of words, has a word.
fn has_word(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    let values = headers.get_all(name);
    let mut words = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    words.any(|found| found.trim().eq_ignore_ascii_case(word))
}

/// The protocol that a head asks, or agrees, to switch to.
pub(crate) fn upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let upgrade = headers.get(header::UPGRADE)?;
    has_word(headers, header::CONNECTION, "upgrade").then(|| upgrade.clone())
}

/// Takes out what is meant for the next hop only.
pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let trailers = headers.contains_key(header::TE) && has_word(headers, header::TE, "trailers");
    if headers.contains_key(header::CONNECTION) {
        let values: Vec<HeaderValue> = headers.get_all(header::CONNECTION).iter().cloned().collect();
        let words = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        for name in words.filter_map(|word| HeaderName::from_bytes(word.trim().as_bytes()).ok()) {
            headers.remove(name);
        }
        headers.remove(header::CONNECTION);
    }
    for name in [KEEP_ALIVE, PROXY_CONNECTION, header::TE, header::TRANSFER_ENCODING, header::UPGRADE] {
        headers.remove(name);
    }
    if trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}

/// The host that a request is for, as it stands in it; none is the error.
pub(crate) fn host<B>(request: &Request<B>) -> Option<Cow<'_, str>> {
    if let Some(authority) = request.uri().authority() {
        return (!authority.as_str().contains('@')).then(|| Cow::Borrowed(authority.as_str()));
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => {
            let text = host.to_str().ok()?;
            let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]!$&'()*+;=%".contains(&byte);
            text.bytes().all(good).then_some(Cow::Borrowed(text))
        }
        (None, None) if request.version() == Version::HTTP_10 => Some(Cow::Borrowed("")),
        _ => None,
    }
}

/// What the balancer adds about a client.
pub(crate) struct Forwarded {
    pub(crate) address: HeaderValue,
    pub(crate) port: HeaderValue,
    pub(crate) proto: HeaderValue,
}

impl Forwarded {
    /// Appends the client's address to those that it names itself; port and scheme are the balancer's to say.
    pub(crate) fn add(&self, headers: &mut HeaderMap) {
        match headers.entry(FORWARDED_FOR) {
            Entry::Vacant(entry) => {
                entry.insert(self.address.clone());
            }
            Entry::Occupied(mut entry) => {
                let all: Vec<&[u8]> = entry.iter().chain([&self.address]).map(HeaderValue::as_bytes).collect();
                let joined = HeaderValue::from_bytes(&all.join(&b", "[..]));
                entry.insert(joined.unwrap_or_else(|_| self.address.clone()));
            }
        }
        headers.insert(FORWARDED_PORT, self.port.clone());
        headers.insert(FORWARDED_PROTO, self.proto.clone());
    }
}

/// Fields that may come in several lines in HTTP/2 but not in HTTP/1.1 (RFC 9113, section 8.2.3).
pub(crate) fn join_cookies(headers: &mut HeaderMap) {
    if headers.get_all(header::COOKIE).iter().nth(1).is_none() {
        return;
    }
    let all: Vec<&[u8]> = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if let Ok(joined) = HeaderValue::from_bytes(&all.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}

/// Numbers requests, as AWS's balancer does: `Root=1-SECONDS-96 BITS`. They need be different, not secret.
pub(crate) struct Traces {
    count: AtomicU64,
    keys: RandomState,
}

impl Traces {
    pub(crate) fn new() -> Self {
        Self { count: AtomicU64::new(0), keys: RandomState::new() }
    }

    /// Gives a request a number, or, if it has one (`Root`), the balancer's part of it (`Self`).
    pub(crate) fn add(&self, headers: &mut HeaderMap, now: u64) {
        let count = self.count.fetch_add(1, Relaxed);
        let (high, low) = (self.keys.hash_one(count), self.keys.hash_one((count, 1u8)) as u32);
        let known = headers.get(TRACE).and_then(|value| value.to_str().ok());
        let text = match known.filter(|known| known.contains("Root=") && known.len() <= limits::TRACE_BYTES) {
            Some(known) => {
                let kept = known.split(';').filter(|part| !part.trim_start().starts_with("Self="));
                let mut text = numbered("Self", now as u32, high, low);
                text.push(b';');
                text.extend_from_slice(kept.collect::<Vec<_>>().join(";").as_bytes());
                text
            }
            None => numbered("Root", now as u32, high, low),
        };
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(TRACE, value);
        }
    }
}

/// `NAME=1-SECONDS-HIGHLOW`, without the machinery of formats: it is done for each request.
fn numbered(name: &str, seconds: u32, high: u64, low: u32) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = Vec::with_capacity(48);
    let hex = |text: &mut Vec<u8>, value: u64, digits: u32| {
        text.extend((0..digits).rev().map(|digit| DIGITS[(value >> (4 * digit)) as usize & 15]));
    };
    text.extend_from_slice(name.as_bytes());
    text.extend_from_slice(b"=1-");
    hex(&mut text, u64::from(seconds), 8);
    text.push(b'-');
    hex(&mut text, high, 16);
    hex(&mut text, u64::from(low), 8);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn text(headers: &HeaderMap, name: &str) -> Option<String> {
        headers.get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn what_is_for_one_hop_goes_and_the_rest_stays() {
        let mut found = headers(&[
            ("connection", "close, X-Secret"),
            ("connection", "te"),
            ("x-secret", "1"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "x"),
            ("te", "gzip, trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("trailer", "x-sum"),
            ("x-kept", "1"),
        ]);
        remove_hop_by_hop(&mut found);
        assert_eq!(found, headers(&[("trailer", "x-sum"), ("x-kept", "1"), ("te", "trailers")]));
    }

    #[test]
    fn an_upgrade_needs_both_fields() {
        assert!(upgrade(&headers(&[("upgrade", "websocket")])).is_none());
        let both = headers(&[("upgrade", "websocket"), ("connection", "keep-alive, Upgrade")]);
        assert_eq!(upgrade(&both).unwrap(), "websocket");
    }

    #[test]
    fn a_client_is_appended_to_what_it_says_and_cannot_say_its_scheme() {
        let forwarded = Forwarded {
            address: HeaderValue::from_static("10.0.0.9"),
            port: HeaderValue::from_static("443"),
            proto: HeaderValue::from_static("https"),
        };
        for (said, expected) in
            [(&[][..], "10.0.0.9"), (&["1.1.1.1, 2.2.2.2", "3.3.3.3"], "1.1.1.1, 2.2.2.2, 3.3.3.3, 10.0.0.9")]
        {
            let mut found = headers(&[("x-forwarded-proto", "gopher"), ("x-forwarded-port", "1")]);
            for value in said {
                found.append(FORWARDED_FOR, value.parse().unwrap());
            }
            forwarded.add(&mut found);
            assert_eq!(text(&found, "x-forwarded-for").unwrap(), expected);
            assert_eq!(found.get_all("x-forwarded-for").iter().count(), 1);
            assert_eq!(text(&found, "x-forwarded-proto").unwrap(), "https");
            assert_eq!(text(&found, "x-forwarded-port").unwrap(), "443");
        }
    }

    #[test]
    fn a_host_is_one_and_the_authority_goes_before_the_field() {
        let request = |version, uri: &str, hosts: &[&str]| {
            let mut request = Request::builder().version(version).uri(uri).body(()).unwrap();
            for host in hosts {
                request.headers_mut().append(header::HOST, host.parse().unwrap());
            }
            host(&request).map(Cow::into_owned)
        };
        assert_eq!(request(Version::HTTP_11, "/", &["a:1"]).unwrap(), "a:1");
        assert_eq!(request(Version::HTTP_11, "http://b/", &["a"]).unwrap(), "b");
        assert_eq!(request(Version::HTTP_10, "/", &[]).unwrap(), "");
        for hosts in [&[][..], &["a", "b"], &["a", "a"], &["a,b"], &["a b"], &["a/b"], &["a@b"]] {
            assert_eq!(request(Version::HTTP_11, "/", hosts), None, "{hosts:?}");
        }
        assert_eq!(request(Version::HTTP_11, "http://u@b/", &[]), None);
    }

    #[test]
    fn requests_have_different_numbers_and_keep_their_root() {
        let traces = Traces::new();
        let mut one = HeaderMap::new();
        traces.add(&mut one, 0x6789_1233);
        let number = text(&one, "x-amzn-trace-id").unwrap();
        assert!(number.starts_with("Root=1-67891233-") && number.len() == "Root=1-67891233-".len() + 24, "{number}");
        let mut two = headers(&[("x-amzn-trace-id", "Self=1-0-0;Root=1-a-b;Sampled=1")]);
        traces.add(&mut two, 1);
        let number = text(&two, "x-amzn-trace-id").unwrap();
        assert!(number.starts_with("Self=1-00000001-") && number.ends_with(";Root=1-a-b;Sampled=1"), "{number}");
    }

    #[test]
    fn cookies_of_several_lines_become_one() {
        let mut found = headers(&[("cookie", "a=1"), ("cookie", "b=2")]);
        join_cookies(&mut found);
        assert_eq!(found, headers(&[("cookie", "a=1; b=2")]));
    }
}
