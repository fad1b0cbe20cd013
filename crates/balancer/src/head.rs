//! Heads of HTTP/1.1 as bytes: read strictly, and written anew.
//!
//! What a target gets is never the client's bytes but what was understood of them, so that both see one request with
//! one end (RFC 9112, sections 2.2, 5.1, 6.3 and 11.2). Heads of HTTP/2 are written in this form too, and then go the
//! same way.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use httparse::Header;

use crate::body::Framing;
use crate::forwarded::Forwarded;
use crate::limits;

/// Room for a head's fields, which need not be cleared first.
pub(crate) type Slots<'b> = [MaybeUninit<Header<'b>>; limits::HEADERS];

pub(crate) const fn slots<'b>() -> Slots<'b> {
    [const { MaybeUninit::uninit() }; limits::HEADERS]
}

/// Looks for the end of a head while it comes; each byte is looked at once.
#[derive(Default)]
pub(crate) struct Lines {
    begin: usize,
    seen: usize,
    /// Whether a line ended without a carriage return.
    pub(crate) bare: bool,
}

impl Lines {
    /// Where the head ends that these bytes begin with; they must begin with those of the time before.
    pub(crate) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        while let Some(at) = memchr::memchr(b'\n', bytes.get(self.seen..)?) {
            let at = self.seen + at;
            let line = bytes.get(self.begin..at)?;
            let text = line.strip_suffix(b"\r");
            self.bare |= text.is_none();
            (self.begin, self.seen) = (at + 1, at + 1);
            if text.unwrap_or(line).is_empty() {
                return Some(at + 1);
            }
        }
        self.seen = bytes.len();
        None
    }
}

/// Why a request is not taken: the status, and what to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) u16, pub(crate) &'static str);

impl Refusal {
    pub(crate) const TOO_LARGE: Self = Self(431, "The request's head is too large.");
    pub(crate) const BARE: Self = Self(400, "A line of the request's head ends without a carriage return.");
    const HOST: Self = Self(400, "The request must name one host.");
}

/// The fields that mean something to a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Connection,
    ContentLength,
    Cookie,
    Date,
    Expect,
    ForwardedFor,
    /// What the balancer says itself: port and scheme.
    Forwarded,
    Host,
    /// Meant for the next hop only, without a meaning here.
    Hop,
    Te,
    Trace,
    TransferEncoding,
    Upgrade,
    UserAgent,
    Other,
}

impl Name {
    pub(crate) fn of(name: &str) -> Self {
        let known: &[(&str, Self)] = match name.len() {
            2 => &[("te", Self::Te)],
            4 => &[("host", Self::Host), ("date", Self::Date)],
            6 => &[("cookie", Self::Cookie), ("expect", Self::Expect)],
            7 => &[("upgrade", Self::Upgrade)],
            10 => &[("connection", Self::Connection), ("user-agent", Self::UserAgent), ("keep-alive", Self::Hop)],
            14 => &[("content-length", Self::ContentLength)],
            15 => &[("x-forwarded-for", Self::ForwardedFor), ("x-amzn-trace-id", Self::Trace)],
            16 => &[("x-forwarded-port", Self::Forwarded), ("proxy-connection", Self::Hop)],
            17 => &[("x-forwarded-proto", Self::Forwarded), ("transfer-encoding", Self::TransferEncoding)],
            _ => &[],
        };
        known.iter().find(|(text, _)| name.eq_ignore_ascii_case(text)).map_or(Self::Other, |(_, name)| *name)
    }

    /// Whether a field of the trailers would say something about the message that is settled by its head.
    fn is_for_heads(self) -> bool {
        !matches!(self, Self::Date | Self::UserAgent | Self::Other)
    }
}

/// The words of a list (RFC 9110, section 5.6.1).
fn words(value: &[u8]) -> impl Iterator<Item = &str> {
    let text = std::str::from_utf8(value).unwrap_or_default();
    text.split(',').map(|word| word.trim_matches([' ', '\t'])).filter(|word| !word.is_empty())
}

/// What the fields of a head say of the message and the connection.
#[derive(Default)]
struct Survey<'b> {
    hosts: u32,
    host: &'b [u8],
    lengths: u32,
    length: Option<u64>,
    codings: u32,
    chunked: bool,
    close: bool,
    keep_alive: bool,
    wants_upgrade: bool,
    upgrade: Option<&'b [u8]>,
    trailers: bool,
    expects: bool,
    dated: bool,
    /// Fields that the connection's field names besides.
    listed: [&'b str; limits::LISTED],
    listed_count: usize,
}

impl<'b> Survey<'b> {
    fn of(fields: &[Header<'b>]) -> Result<Self, &'static str> {
        let mut found = Self::default();
        for field in fields {
            match Name::of(field.name) {
                Name::Host => {
                    found.hosts += 1;
                    found.host = field.value;
                }
                Name::ContentLength => {
                    let length = length(field.value).ok_or("The content's length is no number.")?;
                    if found.length.is_some_and(|known| known != length) {
                        return Err("The content has several lengths.");
                    }
                    found.lengths += 1;
                    found.length = Some(length);
                }
                Name::TransferEncoding => {
                    found.codings += 1;
                    found.chunked = field.value.eq_ignore_ascii_case(b"chunked");
                }
                Name::Connection => {
                    for word in words(field.value) {
                        found.connection(word)?;
                    }
                }
                Name::Upgrade if found.upgrade.is_none() => found.upgrade = Some(field.value),
                Name::Te => found.trailers |= words(field.value).any(|word| word.eq_ignore_ascii_case("trailers")),
                Name::Expect => found.expects |= field.value.eq_ignore_ascii_case(b"100-continue"),
                Name::Date => found.dated = true,
                _ => {}
            }
        }
        // Who could switch to HTTP/2 in a tunnel would pass by every rule.
        found.upgrade = found.upgrade.filter(|value| {
            found.wants_upgrade && !words(value).any(|word| word.eq_ignore_ascii_case("h2c")) && !value.is_empty()
        });
        if found.codings > 1 || found.codings == 1 && !found.chunked {
            return Err("The transfer coding is not known.");
        }
        Ok(found)
    }

    fn connection(&mut self, word: &'b str) -> Result<(), &'static str> {
        if word.eq_ignore_ascii_case("close") {
            self.close = true;
        } else if word.eq_ignore_ascii_case("keep-alive") {
            self.keep_alive = true;
        } else if word.eq_ignore_ascii_case("upgrade") {
            self.wants_upgrade = true;
        } else {
            let slot = self.listed.get_mut(self.listed_count).ok_or("The connection's field names too many others.")?;
            *slot = word;
            self.listed_count += 1;
        }
        Ok(())
    }

    /// Whether a field goes on to the next hop as it is, as far as that has nothing to do with its meaning.
    fn passes(&self, name: &str) -> bool {
        !self.listed.iter().take(self.listed_count).any(|word| word.eq_ignore_ascii_case(name))
    }

    fn keeps(&self, http11: bool) -> bool {
        !self.close && (http11 || self.keep_alive)
    }
}

/// Digits and nothing else (RFC 9110, section 8.6).
fn length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 19 {
        return None;
    }
    value.iter().try_fold(0u64, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

fn is_host(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:[]!$&'()*+;=%".contains(byte))
}

/// The head of a request.
pub(crate) struct Request<'h, 'b> {
    pub(crate) method: &'b str,
    /// Path and query, or `*`.
    pub(crate) path: Cow<'b, str>,
    /// The host as it stands in it; empty where HTTP/1.0 names none.
    pub(crate) host: &'b str,
    pub(crate) http11: bool,
    pub(crate) body: Framing,
    fields: &'h [Header<'b>],
    survey: Survey<'b>,
}

impl<'h, 'b> Request<'h, 'b> {
    /// Reads a whole head, up to and with its empty line.
    pub(crate) fn parse(head: &'b [u8], slots: &'h mut Slots<'b>) -> Result<Self, Refusal> {
        const NO_REQUEST: Refusal = Refusal(400, "This is no request of HTTP.");
        let mut parsed = httparse::Request::new(&mut []);
        match parsed.parse_with_uninit_headers(head, slots) {
            Ok(httparse::Status::Complete(end)) if end == head.len() => {}
            Err(httparse::Error::TooManyHeaders) => return Err(Refusal::TOO_LARGE),
            _ => return Err(NO_REQUEST),
        }
        let (Some(method), Some(target), Some(version)) = (parsed.method, parsed.path, parsed.version) else {
            return Err(NO_REQUEST);
        };
        let fields: &'h [Header<'b>] = parsed.headers;
        let survey = Survey::of(fields).map_err(|why| Refusal(400, why))?;
        if matches!(method, "CONNECT" | "TRACE") {
            return Err(Refusal(405, "The load balancer does not take this method."));
        }
        let http11 = version == 1;
        let (authority, path) = split(method, target).ok_or(Refusal(400, "The request's target is malformed."))?;
        let named = std::str::from_utf8(survey.host).ok().filter(|host| is_host(host.as_bytes()));
        let host = match (survey.hosts, named) {
            (0, _) if authority.is_some() || !http11 => authority.unwrap_or_default(),
            (1, Some(host)) => authority.unwrap_or(host),
            _ => return Err(Refusal::HOST),
        };
        if !is_host(host.as_bytes()) || authority.is_some_and(str::is_empty) {
            return Err(Refusal::HOST);
        }
        let body = match (survey.chunked, survey.lengths) {
            (true, 0) if http11 => Framing::Chunked,
            (true, 0) => return Err(Refusal(400, "This version of HTTP has no transfer codings.")),
            (true, _) => return Err(Refusal(400, "The content has a length and a transfer coding.")),
            (false, 0) => Framing::Empty,
            (false, 1) => Framing::of_length(survey.length.unwrap_or(0)),
            (false, _) => return Err(Refusal(400, "The content has several lengths.")),
        };
        Ok(Self { method, path, host, http11, body, fields, survey })
    }

    /// The path without the query.
    pub(crate) fn bare_path(&self) -> &str {
        self.path.split_once('?').map_or(&*self.path, |(path, _)| path)
    }

    /// Whether sending it twice does what sending it once does (RFC 9110, section 9.2.2).
    pub(crate) fn is_idempotent(&self) -> bool {
        matches!(self.method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE")
    }

    pub(crate) fn keeps(&self) -> bool {
        self.survey.keeps(self.http11)
    }

    /// What the client wants to switch to.
    pub(crate) fn upgrade(&self) -> Option<&'b [u8]> {
        self.survey.upgrade.filter(|_| self.http11)
    }

    /// Whether the client waits to be told to send its body.
    pub(crate) fn expects(&self) -> bool {
        self.survey.expects && self.http11
    }

    /// The values of a field.
    pub(crate) fn values(&self, name: Name) -> impl Iterator<Item = &'b [u8]> {
        self.fields.iter().filter(move |field| Name::of(field.name) == name).map(|field| field.value)
    }

    /// Writes what the target gets; `add` writes the balancer's own fields.
    pub(crate) fn write(&self, to: &mut Vec<u8>, client: &Forwarded, add: impl FnOnce(&mut Vec<u8>)) {
        for part in [self.method, " ", &self.path, " HTTP/1.1\r\nhost: ", self.host, "\r\n"] {
            to.extend_from_slice(part.as_bytes());
        }
        let mut forwarded = false;
        for field in self.fields {
            match Name::of(field.name) {
                Name::Cookie | Name::Date | Name::UserAgent | Name::Other if self.survey.passes(field.name) => {
                    line(to, field.name, field.value);
                }
                Name::ForwardedFor => forwarded |= self.survey.passes(field.name),
                _ => {}
            }
        }
        write_framing(to, self.body, self.survey.length);
        if self.survey.trailers {
            to.extend_from_slice(b"te: trailers\r\n");
        }
        if let Some(protocol) = self.upgrade() {
            write_upgrade(to, protocol);
        }
        to.extend_from_slice(b"x-forwarded-for: ");
        if forwarded {
            for value in self.values(Name::ForwardedFor) {
                to.extend_from_slice(value);
                to.extend_from_slice(b", ");
            }
        }
        to.extend_from_slice(&client.address);
        to.extend_from_slice(&client.rest);
        add(to);
        to.extend_from_slice(b"\r\n");
    }
}

/// Authority and path of a target (RFC 9112, section 3.2).
fn split<'b>(method: &str, target: &'b str) -> Option<(Option<&'b str>, Cow<'b, str>)> {
    // A fragment is no part of a target.
    if target.contains('#') {
        return None;
    }
    if target.starts_with('/') || target == "*" && method == "OPTIONS" {
        return Some((None, target.into()));
    }
    let (scheme, rest) = target.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let path = if path.starts_with('/') { path.into() } else { format!("/{path}").into() };
    Some((Some(authority), path))
}

/// The head of an answer.
pub(crate) struct Answer<'h, 'b> {
    pub(crate) code: u16,
    reason: &'b str,
    /// How its body ends, whatever was asked.
    body: Framing,
    /// Whether the connection can take another request, as far as the head says.
    pub(crate) keeps: bool,
    fields: &'h [Header<'b>],
    survey: Survey<'b>,
}

impl<'h, 'b> Answer<'h, 'b> {
    /// Reads a whole head, up to and with its empty line.
    pub(crate) fn parse(head: &'b [u8], slots: &'h mut Slots<'b>) -> Result<Self, &'static str> {
        const NO_ANSWER: &str = "no head of an answer";
        let mut parsed = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        match config.parse_response_with_uninit_headers(&mut parsed, head, slots) {
            Ok(httparse::Status::Complete(end)) if end == head.len() => {}
            _ => return Err(NO_ANSWER),
        }
        let (Some(code @ 100..), Some(version)) = (parsed.code, parsed.version) else { return Err(NO_ANSWER) };
        let (reason, fields): (&'b str, &'h [Header<'b>]) = (parsed.reason.unwrap_or_default(), parsed.headers);
        let survey = Survey::of(fields)?;
        let http11 = version == 1;
        let both = survey.chunked && survey.lengths > 0;
        let body = match survey.length {
            _ if survey.chunked => Framing::Chunked,
            Some(length) => Framing::of_length(length),
            None => Framing::Close,
        };
        // With two lengths, or a coding that the version does not have, the end may be elsewhere.
        let keeps = survey.keeps(http11) && !both && (http11 || !survey.chunked) && survey.lengths <= 1;
        Ok(Self { code, reason, body, keeps, fields, survey })
    }

    /// How its body ends (RFC 9112, section 6.3).
    pub(crate) fn framing(&self, to_head: bool) -> Framing {
        match self.code {
            100..=199 | 204 | 304 => Framing::Empty,
            _ if to_head => Framing::Empty,
            _ => self.body,
        }
    }

    /// Writes what the client gets; `add` writes the balancer's own fields. `http11` is what the client speaks, and
    /// `chunked` whether the body is written in chunks; `now` are seconds of Unix time.
    pub(crate) fn write(
        &self,
        to: &mut Vec<u8>,
        http11: bool,
        chunked: bool,
        now: u64,
        add: impl FnOnce(&mut Vec<u8>),
    ) {
        status_line(to, http11, self.code, self.reason);
        for field in self.fields {
            match Name::of(field.name) {
                Name::Connection | Name::ContentLength | Name::Hop | Name::Te => {}
                Name::TransferEncoding | Name::Upgrade => {}
                _ if self.survey.passes(field.name) => line(to, field.name, field.value),
                _ => {}
            }
        }
        if self.code == 101 {
            write_upgrade(to, self.survey.upgrade.unwrap_or_default());
        } else if chunked {
            write_framing(to, Framing::Chunked, None);
        } else if !self.survey.chunked && !matches!(self.code, 100..=199 | 204) {
            write_framing(to, Framing::Empty, self.survey.length);
        }
        if !self.survey.dated {
            crate::clock::write_date(to, now);
        }
        add(to);
        to.extend_from_slice(b"\r\n");
    }

    /// Whether it agrees to switch to another protocol.
    pub(crate) fn switches(&self) -> bool {
        self.code == 101 && self.survey.upgrade.is_some()
    }
}

pub(crate) fn status_line(to: &mut Vec<u8>, http11: bool, code: u16, reason: &str) {
    to.extend_from_slice(if http11 { b"HTTP/1.1 " } else { b"HTTP/1.0 " });
    decimal(to, u64::from(code));
    to.push(b' ');
    to.extend_from_slice(reason.as_bytes());
    to.extend_from_slice(b"\r\n");
}

pub(crate) fn line(to: &mut Vec<u8>, name: &str, value: &[u8]) {
    to.extend_from_slice(name.as_bytes());
    to.extend_from_slice(b": ");
    to.extend_from_slice(value);
    to.extend_from_slice(b"\r\n");
}

pub(crate) fn write_framing(to: &mut Vec<u8>, body: Framing, length: Option<u64>) {
    if body == Framing::Chunked {
        to.extend_from_slice(b"transfer-encoding: chunked\r\n");
    } else if let Some(length) = length {
        to.extend_from_slice(b"content-length: ");
        decimal(to, length);
        to.extend_from_slice(b"\r\n");
    }
}

fn write_upgrade(to: &mut Vec<u8>, protocol: &[u8]) {
    to.extend_from_slice(b"connection: upgrade\r\n");
    line(to, "upgrade", protocol);
}

/// A number, without the machinery of formats: it is done for each message.
fn decimal(to: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut count = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        count += 1;
        if number == 0 {
            break;
        }
    }
    to.extend_from_slice(digits.get(20 - count..).unwrap_or_default());
}

/// A number's last hexadecimal digits.
pub(crate) fn hex(to: &mut Vec<u8>, number: u64, digits: u32) {
    let digit = |at| b"0123456789abcdef".get((number >> (4 * at) & 15) as usize).copied().unwrap_or_default();
    to.extend((0..digits).rev().map(digit));
}

/// The fields of trailers that may pass, as lines; none if they are malformed.
pub(crate) fn trailers(lines: &[u8]) -> Option<Vec<u8>> {
    let mut slots = [httparse::EMPTY_HEADER; limits::TRAILERS];
    let mut passed = Vec::new();
    match httparse::parse_headers(lines, &mut slots) {
        Ok(httparse::Status::Complete((end, fields))) if end == lines.len() => {
            for field in fields.iter().filter(|field| !Name::of(field.name).is_for_heads()) {
                line(&mut passed, field.name, field.value);
            }
            Some(passed)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a target gets, or the status of the refusal.
    fn written(head: &str) -> Result<String, u16> {
        let mut slots = slots();
        let request = Request::parse(head.as_bytes(), &mut slots).map_err(|Refusal(status, _)| status)?;
        let client = Forwarded { address: b"10.0.0.9"[..].into(), rest: b"\r\nx-forwarded-port: 443\r\n"[..].into() };
        let mut to = Vec::new();
        request.write(&mut to, &client, |_| {});
        Ok(String::from_utf8(to).unwrap())
    }

    const TAIL: &str = "x-forwarded-for: 10.0.0.9\r\nx-forwarded-port: 443\r\n\r\n";

    #[test]
    fn what_is_for_one_hop_goes_and_the_rest_stays() {
        let head = "GET /a?b HTTP/1.1\r\nHost: x:1\r\nConnection: close, X-Secret\r\nConnection: te\r\nX-Secret: 1\r\n\
                    Keep-Alive: timeout=5\r\nProxy-Connection: x\r\nTE: gzip, trailers\r\nUpgrade: h2c\r\n\
                    Trailer: x-sum\r\nX-Forwarded-Proto: gopher\r\nX-Kept:  a b \r\n\r\n";
        let expected = "GET /a?b HTTP/1.1\r\nhost: x:1\r\nTrailer: x-sum\r\nX-Kept: a b\r\nte: trailers\r\n";
        assert_eq!(written(head).unwrap(), format!("{expected}{TAIL}"));
    }

    #[test]
    fn a_client_is_appended_to_what_it_says() {
        let head = "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nX-FORWARDED-FOR: 3.3.3.3\r\n\r\n";
        assert!(written(head).unwrap().contains("x-forwarded-for: 1.1.1.1, 2.2.2.2, 3.3.3.3, 10.0.0.9\r\n"));
    }

    #[test]
    fn an_upgrade_needs_both_fields_and_never_leads_to_http2() {
        let ask = |fields: &str| written(&format!("GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n")).unwrap();
        let both = ask("Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n");
        assert!(both.contains("connection: upgrade\r\nupgrade: websocket\r\n"), "{both}");
        for fields in [
            "Upgrade: websocket\r\n",
            "Connection: upgrade\r\n",
            "Connection: upgrade\r\nUpgrade: h2c\r\n",
            "Connection: upgrade\r\nUpgrade: websocket, H2C\r\n",
        ] {
            assert!(!ask(fields).to_lowercase().contains("upgrade"), "{fields}");
        }
    }

    #[test]
    fn targets_and_hosts() {
        for (head, expected) in [
            ("GET / HTTP/1.1\r\nHost: a:1\r\n", Ok("GET / HTTP/1.1\r\nhost: a:1\r\n")),
            ("GET http://b/c HTTP/1.1\r\nHost: a\r\n", Ok("GET /c HTTP/1.1\r\nhost: b\r\n")),
            ("GET HTTP://b?c HTTP/1.1\r\nHost: a\r\n", Ok("GET /?c HTTP/1.1\r\nhost: b\r\n")),
            ("GET http://b HTTP/1.1\r\n", Ok("GET / HTTP/1.1\r\nhost: b\r\n")),
            ("OPTIONS * HTTP/1.1\r\nHost: a\r\n", Ok("OPTIONS * HTTP/1.1\r\nhost: a\r\n")),
            ("GET / HTTP/1.0\r\n", Ok("GET / HTTP/1.1\r\nhost: \r\n")),
            ("GET /ä HTTP/1.1\r\nHost: a\r\n", Ok("GET /ä HTTP/1.1\r\nhost: a\r\n")),
            ("GET / HTTP/1.1\r\n", Err(400)),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n", Err(400)),
            ("GET http://b/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n", Err(400)),
            ("GET / HTTP/1.1\r\nHost: a,b\r\n", Err(400)),
            ("GET / HTTP/1.1\r\nHost: a/b\r\n", Err(400)),
            ("GET / HTTP/1.1\r\nHost: a@b\r\n", Err(400)),
            ("GET http://u@b/ HTTP/1.1\r\nHost: a\r\n", Err(400)),
            ("GET http:///x HTTP/1.1\r\nHost: a\r\n", Err(400)),
            ("GET ftp://b/ HTTP/1.1\r\nHost: a\r\n", Err(400)),
            ("GET * HTTP/1.1\r\nHost: a\r\n", Err(400)),
            ("GET a HTTP/1.1\r\nHost: a\r\n", Err(400)),
            ("GET /a#b HTTP/1.1\r\nHost: a\r\n", Err(400)),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n", Err(405)),
            ("TRACE / HTTP/1.1\r\nHost: a\r\n", Err(405)),
            ("GET / HTTP/2.0\r\nHost: a\r\n", Err(400)),
        ] {
            let expected = expected.map(|head| format!("{head}{TAIL}"));
            assert_eq!(written(&format!("{head}\r\n")), expected, "{head}");
        }
    }

    #[test]
    fn a_body_has_one_end_or_the_request_is_refused() {
        let framing = |fields: &str| {
            let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            Request::parse(head.as_bytes(), &mut slots()).map(|request| request.body).map_err(|refusal| refusal.0)
        };
        for (fields, expected) in [
            ("", Ok(Framing::Empty)),
            ("Content-Length: 0\r\n", Ok(Framing::Empty)),
            ("content-length: \t17 \r\n", Ok(Framing::Length(17))),
            ("Transfer-Encoding: Chunked\r\n", Ok(Framing::Chunked)),
            ("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", Err(400)),
            ("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", Err(400)),
            ("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", Err(400)),
            ("Content-Length: 4\r\nContent-Length: 4\r\n", Err(400)),
            ("Content-Length: 4\r\nContent-Length: 5\r\n", Err(400)),
            ("Content-Length: 4, 4\r\n", Err(400)),
            ("Content-Length: \r\n", Err(400)),
            ("Content-Length: +4\r\n", Err(400)),
            ("Content-Length: 4 4\r\n", Err(400)),
            ("Content-Length: 18446744073709551616\r\n", Err(400)),
            ("Transfer-Encoding: gzip, chunked\r\n", Err(400)),
            ("Transfer-Encoding: chunked, chunked\r\n", Err(400)),
            ("Transfer-Encoding: chunked;q=1\r\n", Err(400)),
            ("Transfer-Encoding: \r\n", Err(400)),
            ("Transfer-Encoding: identity\r\n", Err(400)),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Err(400)),
            ("Transfer-Encoding: \u{b}chunked\r\n", Err(400)),
        ] {
            assert_eq!(framing(fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn a_connection_names_no_more_fields_than_can_be_looked_through() {
        let head = |count| format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: {}\r\n\r\n", "x, ".repeat(count));
        assert!(written(&head(limits::LISTED)).is_ok());
        assert_eq!(written(&head(limits::LISTED + 1)), Err(400));
        let many = |count| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "A: b\r\n".repeat(count));
        assert!(written(&many(limits::HEADERS - 1)).is_ok());
        assert_eq!(written(&many(limits::HEADERS)), Err(431));
    }

    #[test]
    fn an_answer_ends_where_its_head_says() {
        let parsed = |head: &str, to_head| {
            let head = format!("HTTP/1.{head}\r\n\r\n");
            Answer::parse(head.as_bytes(), &mut slots()).map(|answer| (answer.framing(to_head), answer.keeps))
        };
        for (head, expected) in [
            ("1 200 OK\r\nContent-Length: 3", (Framing::Length(3), true)),
            ("1 200\r\nContent-Length: 3\r\nContent-Length: 3", (Framing::Length(3), false)),
            ("0 200 OK\r\nContent-Length: 3", (Framing::Length(3), false)),
            ("0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive", (Framing::Length(3), true)),
            ("1 200 OK\r\nContent-Length: 3\r\nConnection: Close", (Framing::Length(3), false)),
            ("1 200 OK\r\nTransfer-Encoding: chunked", (Framing::Chunked, true)),
            ("1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3", (Framing::Chunked, false)),
            ("1 200 OK", (Framing::Close, true)),
            ("1 204 No Content\r\nContent-Length: 3", (Framing::Empty, true)),
            ("1 304 Not Modified\r\nContent-Length: 3", (Framing::Empty, true)),
        ] {
            assert_eq!(parsed(head, false).unwrap(), expected, "{head}");
            assert_eq!(parsed(head, true).unwrap().0, Framing::Empty, "{head}");
        }
        for head in [
            "1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4",
            "1 200 OK\r\nContent-Length: x",
            "1 200 OK\r\nTransfer-Encoding: gzip",
            "1 200 OK\r\nA : b",
            "1 200 OK\r\nA: b\r\n c",
            "1 099 OK",
            "1 20 OK",
            "2 200 OK",
        ] {
            assert!(parsed(head, false).is_err(), "{head}");
        }
    }

    #[test]
    fn an_answer_is_written_for_who_asked() {
        let write = |head: &str, http11, chunked| {
            let mut to = Vec::new();
            let mut slots = slots();
            let answer = Answer::parse(head.as_bytes(), &mut slots).unwrap();
            answer.write(&mut to, http11, chunked, 0, |to| line(to, "x", b"y"));
            String::from_utf8(to).unwrap()
        };
        let head = "HTTP/1.0 200 Fine\r\nServer: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\
                    Connection: b\r\nB: c\r\nKeep-Alive: 1\r\n\r\n";
        let date = "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
        assert_eq!(
            write(head, true, true),
            format!("HTTP/1.1 200 Fine\r\nServer: a\r\ntransfer-encoding: chunked\r\n{date}x: y\r\n\r\n")
        );
        assert_eq!(write(head, false, false), format!("HTTP/1.0 200 Fine\r\nServer: a\r\n{date}x: y\r\n\r\n"));
        let head = "HTTP/1.1 404 \r\nDate: now\r\nContent-Length: 007\r\n\r\n";
        assert_eq!(write(head, true, false), "HTTP/1.1 404 \r\nDate: now\r\ncontent-length: 7\r\nx: y\r\n\r\n");
        let head = "HTTP/1.1 101 Go\r\nDate: now\r\nUpgrade: ws\r\nConnection: Upgrade\r\n\r\n";
        assert_eq!(
            write(head, true, false),
            "HTTP/1.1 101 Go\r\nDate: now\r\nconnection: upgrade\r\nupgrade: ws\r\nx: y\r\n\r\n"
        );
    }

    #[test]
    fn trailers_say_nothing_that_heads_say() {
        let lines = b"X-Sum: 7\r\nContent-Length: 3\r\nHost: x\r\nX-Forwarded-For: y\r\n\r\n";
        assert_eq!(trailers(lines).unwrap(), b"X-Sum: 7\r\n");
        for lines in ["A B: c\r\n\r\n", " a: b\r\n\r\n", "a: b\0\r\n\r\n", "a\r\n\r\n"] {
            assert_eq!(trailers(lines.as_bytes()), None, "{lines:?}");
        }
    }

    #[test]
    fn the_end_of_a_head_is_found_once_and_bare_ends_are_told() {
        let end = |text: &str| {
            let mut lines = Lines::default();
            (lines.end(text.as_bytes()), lines.bare)
        };
        assert_eq!(end("a\r\nb\r\n\r\nc"), (Some(8), false));
        assert_eq!(end("a\r\nb\r\n\r"), (None, false));
        assert_eq!(end("a\n\nb"), (Some(3), true));
        assert_eq!(end("a\r\nb\n\r\n"), (Some(7), true));
    }

    proptest! {
        #[test]
        fn a_head_has_one_end_however_it_comes(text in "[a\r\n]{0,30}", cuts in prop::collection::vec(1usize..6, 0..30)) {
            let whole = Lines::default().end(text.as_bytes());
            let (mut lines, mut at, mut found) = (Lines::default(), 0, None);
            for cut in cuts.into_iter().chain([text.len()]) {
                at = (at + cut).min(text.len());
                found = found.or_else(|| lines.end(&text.as_bytes()[..at]));
            }
            prop_assert_eq!(found, whole);
        }

        #[test]
        fn numbers_are_written_as_they_are(number: u64) {
            let (mut digits, mut hexes) = (Vec::new(), Vec::new());
            decimal(&mut digits, number);
            hex(&mut hexes, number, 16);
            prop_assert_eq!(String::from_utf8(digits).unwrap(), number.to_string());
            prop_assert_eq!(String::from_utf8(hexes).unwrap(), format!("{number:016x}"));
        }
    }
}
