//! The distribution protocol: how registries are asked, with whatever login they want, and its reading side. The
//! writing side is in `upload.rs`.
//!
//! Source: OCI distribution specification 1.1; Docker registry token authentication.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, HeaderName, LOCATION, RANGE, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Error as LegacyError;
use oci::{Digest, Reference};
use serde::Deserialize;
use sha2::Digest as _;
use words::Secret;

use crate::trust::{self, Body, Http};
use crate::{Error, Result, limits};

/// Which registries are treated otherwise.
#[derive(Debug, Clone, Default)]
pub struct RegistryOptions {
    /// Hosts, or networks such as `10.0.0.0/8`, whose certificate nobody need vouch for, or which have none.
    pub insecure: Vec<String>,
    /// Mirrors of the default registry, asked before it.
    pub mirrors: Vec<String>,
}

/// A login.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user's name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// Speaks to registries.
pub(crate) struct Client {
    /// Made at the first request: the system's certificates are many files, and most daemons start to run what they
    /// have.
    http: tokio::sync::OnceCell<Http>,
    /// For insecure registries.
    insecure: tokio::sync::OnceCell<Http>,
    options: RegistryOptions,
    tokens: Mutex<HashMap<TokenKey, String>>,
}

/// What a token is for: a host, scopes, and the digest of the login that it was given for, so that nobody gets in by
/// the login of another.
type TokenKey = (String, String, [u8; 32]);

/// What is asked of a host.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Option<Sending<'a>>,
}

/// A body, which is made anew for each host that a redirect leads to.
pub(crate) struct Sending<'a> {
    pub(crate) make: &'a (dyn Fn() -> Body + Send + Sync),
    /// Bytes that have left: as long as there come more, the answer is waited for.
    pub(crate) sent: &'a AtomicU64,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(method: Method, url: &'a str) -> Self {
        Self { method, url, headers: Vec::new(), body: None }
    }

    fn request(&self, uri: &Uri, authorization: Option<&str>) -> Result<Request<Body>> {
        let mut request = Request::builder().method(self.method.clone()).uri(uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(text) = authorization {
            request = request.header(AUTHORIZATION, text);
        }
        if self.body.is_none() && matches!(self.method, Method::POST | Method::PUT | Method::PATCH) {
            // Some will have the length of nothing, too.
            request = request.header(CONTENT_LENGTH, 0);
        }
        let body = self.body.as_ref().map_or_else(trust::empty, |sending| (sending.make)());
        request.body(body).map_err(|error| Error::Registry(error.to_string()))
    }

    /// Whether to go where a redirect leads to: a body goes along only where the method stays.
    fn follows(&self, status: StatusCode) -> bool {
        let same = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        same || (status.is_redirection() && matches!(self.method, Method::GET | Method::HEAD))
    }
}

/// The default registry is not where its name says.
const DEFAULT_HOST: &str = "registry-1.docker.io";
/// Time for a connection and the head of an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time for a registry to take more of a body, or to answer when it has all of it: it may have to copy it.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(300);
/// Tokens kept; more would be a stranger's doing.
const TOKENS: usize = 256;

/// Time for an insecure registry to show whether it speaks TLS.
const PROBE: Duration = Duration::from_secs(5);

/// A host to ask, and how.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    transport: Transport,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    /// TLS, with a certificate that the system trusts.
    Tls,
    /// TLS, with any certificate.
    AnyTls,
    /// No TLS.
    Plain,
}

impl Endpoint {
    /// The address of something below `/v2/`.
    pub(crate) fn url(&self, path: &str) -> String {
        let scheme = if self.transport == Transport::Plain { "http" } else { "https" };
        format!("{scheme}://{}/v2/{path}", self.host)
    }

    /// Whether an address is at this host, asked the same way: some write the port that is meant anyway.
    fn is(&self, uri: &Uri) -> bool {
        let (scheme, usual) = if self.transport == Transport::Plain { ("http", 80) } else { ("https", 443) };
        let place = |authority: &http::uri::Authority| {
            (authority.host().to_ascii_lowercase(), authority.port_u16().unwrap_or(usual))
        };
        let own = self.host.parse().ok().map(|authority| place(&authority));
        uri.scheme_str() == Some(scheme) && own.is_some() && own == uri.authority().map(place)
    }
}

impl Client {
    pub(crate) fn new(options: RegistryOptions) -> Self {
        Self {
            http: tokio::sync::OnceCell::new(),
            insecure: tokio::sync::OnceCell::new(),
            options,
            tokens: Mutex::default(),
        }
    }

    async fn http(&self) -> Result<&Http> {
        self.http.get_or_try_init(|| crate::blocking(trust::system)).await
    }

    async fn insecure(&self) -> Result<&Http> {
        self.insecure.get_or_try_init(async || trust::anyone()).await
    }

    /// Where to ask for this reference, in order. An insecure registry is tried with TLS first, as Docker does.
    pub(crate) async fn endpoints(&self, reference: &Reference) -> Result<Vec<Endpoint>> {
        self.endpoints_of(reference.domain()).await
    }

    async fn endpoints_of(&self, domain: &str) -> Result<Vec<Endpoint>> {
        if domain != "docker.io" {
            let transport = match self.is_insecure(domain) {
                false => Transport::Tls,
                true if self.speaks_tls(domain).await? => Transport::AnyTls,
                true => Transport::Plain,
            };
            return Ok(vec![Endpoint { host: domain.to_owned(), transport }]);
        }
        let mut endpoints: Vec<Endpoint> = self.options.mirrors.iter().map(|mirror| self.mirror(mirror)).collect();
        endpoints.push(Endpoint { host: DEFAULT_HOST.into(), transport: Transport::Tls });
        Ok(endpoints)
    }

    /// Where a reference is written to: never to a mirror.
    pub(crate) async fn home(&self, reference: &Reference) -> Result<Endpoint> {
        self.home_of(reference.domain()).await
    }

    /// The registry itself.
    pub(crate) async fn home_of(&self, domain: &str) -> Result<Endpoint> {
        let last = self.endpoints_of(domain).await?.pop();
        last.ok_or_else(|| Error::Registry(format!("no registry to ask at {domain}")))
    }

    /// Forgets a token, so that the registry is asked anew.
    pub(crate) fn forget(&self, endpoint: &Endpoint, scopes: &str, credentials: Option<&Credentials>) {
        let key = (endpoint.host.clone(), scopes.to_owned(), fingerprint(credentials));
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    /// Whether a host answers over TLS, whatever its certificate.
    async fn speaks_tls(&self, host: &str) -> Result<bool> {
        let request = Request::builder().uri(format!("https://{host}/v2/")).body(trust::empty());
        let request = request.map_err(|error| Error::Registry(format!("{host}: {error}")))?;
        let answer = tokio::time::timeout(PROBE, self.insecure().await?.request(request)).await;
        Ok(matches!(answer, Ok(Ok(_))))
    }

    fn mirror(&self, text: &str) -> Endpoint {
        let host = text.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
        let transport = match (text.starts_with("http://"), self.is_insecure(host)) {
            (true, _) => Transport::Plain,
            (false, true) => Transport::AnyTls,
            (false, false) => Transport::Tls,
        };
        Endpoint { host: host.to_owned(), transport }
    }

    fn is_insecure(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        };
        let name = name.trim_start_matches('[').trim_end_matches(']');
        // Docker trusts loopback.
        let address = name.parse::<std::net::IpAddr>().ok();
        let loopback = name == "localhost" || address.is_some_and(|address| address.is_loopback());
        let within = |entry: &String| {
            let network = entry.parse::<ipnet::IpNet>().ok();
            network.zip(address).is_some_and(|(network, address)| network.contains(&address))
        };
        loopback || self.options.insecure.iter().any(|entry| entry == host || entry == name || within(entry))
    }

    /// Reads something of a repository.
    pub(crate) async fn get(
        &self,
        endpoint: &Endpoint,
        reference: &Reference,
        path: &str,
        accept: &[&str],
        from: u64,
        credentials: Option<&Credentials>,
    ) -> Result<Response<Incoming>> {
        let url = endpoint.url(&format!("{}/{path}", reference.path()));
        let mut ask = Ask::new(Method::GET, &url);
        ask.headers.extend(accept.iter().map(|kind| (ACCEPT, (*kind).to_owned())));
        if from > 0 {
            ask.headers.push((RANGE, format!("bytes={from}-")));
        }
        self.ask(endpoint, &format!("repository:{}:pull", reference.path()), &ask, credentials).await
    }

    /// Sends a request, logging in for these scopes if the registry wants it. Another host than the registry's learns of
    /// no login.
    pub(crate) async fn ask(
        &self,
        endpoint: &Endpoint,
        scopes: &str,
        ask: &Ask<'_>,
        credentials: Option<&Credentials>,
    ) -> Result<Response<Incoming>> {
        let uri: Uri = ask.url.parse().map_err(|error| Error::Registry(format!("{}: {error}", ask.url)))?;
        if !endpoint.is(&uri) {
            return self.request(endpoint, ask, None).await;
        }
        let key = (endpoint.host.clone(), scopes.to_owned(), fingerprint(credentials));
        let known = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let response = self.request(endpoint, ask, known.as_deref()).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let challenge = response.headers().get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
        let Some(authorization) = self.log_in(challenge.unwrap_or_default(), scopes, endpoint, credentials).await?
        else {
            return Ok(response);
        };
        {
            let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            if tokens.len() >= TOKENS {
                tokens.clear();
            }
            tokens.insert(key, authorization.clone());
        }
        self.request(endpoint, ask, Some(&authorization)).await
    }

    /// Follows redirects. The login goes to the host it was made for and to no other (CVE-2020-15157).
    /// Nor is any other host asked without a certificate that the system trusts.
    async fn request(
        &self,
        endpoint: &Endpoint,
        ask: &Ask<'_>,
        authorization: Option<&str>,
    ) -> Result<Response<Incoming>> {
        let Ask { method, url, .. } = ask;
        let mut uri: Uri = url.parse().map_err(|error| Error::Registry(format!("{url}: {error}")))?;
        let home = uri.authority().cloned();
        let patience = if ask.body.is_some() { UPLOAD_PATIENCE } else { PATIENCE };
        for _ in 0..=limits::REDIRECTS {
            let authorization = authorization.filter(|_| uri.authority() == home.as_ref());
            let own = uri.host() == host_name(&endpoint.host).as_deref();
            let trusted = !own || endpoint.transport == Transport::Tls;
            let http = if trusted { self.http().await? } else { self.insecure().await? };
            let answer = patient(patience, ask.body.as_ref(), send(http, ask, &uri, authorization)).await;
            let response = answer.ok_or_else(|| {
                let seconds = patience.as_secs();
                Error::Registry(format!("{} \"{uri}\": no answer within {seconds} seconds", word(method)))
            })??;
            if !ask.follows(response.status()) {
                return Ok(response);
            }
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let Some(location) = location else { return Ok(response) };
            uri = resolve(&uri, location)?;
        }
        Err(Error::Registry(format!("{url}: too many redirects")))
    }

    /// A file of a web server. Only certificates that the system trusts count.
    pub(crate) async fn file(&self, url: &str) -> Result<Response<Incoming>> {
        let uri: Uri = url.parse().map_err(|error| Error::Registry(format!("{url}: {error}")))?;
        let Some(authority) = uri.authority() else { return Err(Error::Registry(format!("{url}: no host is named"))) };
        let endpoint = Endpoint { host: authority.to_string(), transport: Transport::Tls };
        let response = self.request(&endpoint, &Ask::new(Method::GET, url), None).await?;
        match response.status() {
            StatusCode::OK => Ok(response),
            status => Err(Error::Registry(format!("failed to load {url}: the server answers {status}"))),
        }
    }

    /// What to send as `Authorization`; `None` when the challenge is one that we cannot answer.
    async fn log_in(
        &self,
        challenge: &str,
        scopes: &str,
        endpoint: &Endpoint,
        credentials: Option<&Credentials>,
    ) -> Result<Option<String>> {
        let basic = credentials.map(|login| {
            let text = format!("{}:{}", login.username, login.password.reveal());
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
        });
        let (kind, parameters) = self::challenge(challenge);
        if kind.eq_ignore_ascii_case("basic") {
            return Ok(basic);
        }
        if !kind.eq_ignore_ascii_case("bearer") {
            return Ok(None);
        }
        let Some(realm) = parameters.get("realm") else { return Ok(None) };
        if endpoint.transport != Transport::Plain && !realm.starts_with("https://") {
            return Err(Error::Registry(format!("{} wants the login sent in the clear to {realm}", endpoint.host)));
        }
        let mut url = realm.clone();
        let mut add = |key: &str, value: &str| {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{key}={}", encode(value)));
        };
        for scope in joined(scopes, parameters.get("scope").map_or("", String::as_str)) {
            add("scope", scope);
        }
        if let Some(service) = parameters.get("service") {
            add("service", service);
        }
        let response = self.request(endpoint, &Ask::new(Method::GET, &url), basic.as_deref()).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            return Err(Error::Unauthorized("incorrect username or password".into()));
        }
        let bytes = small(response, limits::CONFIG_BYTES).await?;
        Ok(Some(format!("Bearer {}", token(&bytes)?)))
    }

    /// A manifest's bytes with the type that the registry gives it.
    pub(crate) async fn manifest(
        &self,
        endpoint: &Endpoint,
        reference: &Reference,
        wanted: &str,
        credentials: Option<&Credentials>,
    ) -> Result<(String, Bytes)> {
        use oci::image::media_type as media;
        let accept = [media::DOCKER_MANIFEST, media::DOCKER_LIST, media::MANIFEST, media::INDEX];
        let response = self.get(endpoint, reference, &format!("manifests/{wanted}"), &accept, 0, credentials).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(Error::ManifestUnknown(reference.familiar())),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(Error::Denied(reference.familiar_name())),
            status => return Err(Error::Registry(format!("{} answers {status} for a manifest", endpoint.host))),
        }
        let kind = response.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
        Ok((kind, small(response, limits::MANIFEST_BYTES).await?))
    }

    /// A blob's stream from an offset on.
    pub(crate) async fn blob(
        &self,
        endpoint: &Endpoint,
        reference: &Reference,
        digest: &Digest,
        from: u64,
        credentials: Option<&Credentials>,
    ) -> Result<Response<Incoming>> {
        let response = self.get(endpoint, reference, &format!("blobs/{digest}"), &[], from, credentials).await?;
        match response.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(response),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Error::Denied(reference.familiar_name())),
            StatusCode::NOT_FOUND => Err(Error::Registry(format!("blob {digest} not found: blob unknown to registry"))),
            status => Err(Error::Registry(format!("{} answers {status} for blob {digest}", endpoint.host))),
        }
    }
}

/// A host without its port.
fn host_name(authority: &str) -> Option<String> {
    Some(authority.parse::<http::uri::Authority>().ok()?.host().to_owned())
}

/// A body that must be small.
pub(crate) async fn small(response: Response<Incoming>, at_most: u64) -> Result<Bytes> {
    let limit = usize::try_from(at_most).unwrap_or(usize::MAX);
    let collected = tokio::time::timeout(PATIENCE, Limited::new(response.into_body(), limit).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) => Err(Error::Registry(format!("reading the registry's answer: {error}"))),
        Err(_) => Err(Error::Registry("the registry's answer does not end".into())),
    }
}

/// The innermost error says what happened.
fn cause(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(inner) = error.source() {
        error = inner;
    }
    error.to_string()
}

/// Asks; once more for each connection that was kept and that the registry has closed meanwhile, as Go's client does. A
/// body that has begun to leave is its sender's business.
async fn send(http: &Http, ask: &Ask<'_>, uri: &Uri, authorization: Option<&str>) -> Result<Response<Incoming>> {
    let mut tries = if ask.body.is_some() { 0 } else { limits::DOWNLOADS };
    loop {
        match http.request(ask.request(uri, authorization)?).await {
            Ok(response) => return Ok(response),
            Err(error) if tries > 0 && was_closed(&error) => tries -= 1,
            Err(error) => {
                return Err(Error::Registry(format!("{} \"{uri}\": {}", word(&ask.method), cause(&error))));
            }
        }
    }
}

/// A method as Go writes it in errors: `Get`.
fn word(method: &Method) -> String {
    let (first, rest) = method.as_str().split_at(1);
    format!("{first}{}", rest.to_ascii_lowercase())
}

/// Waits for so long, and on while a body leaves.
async fn patient<T>(time: Duration, body: Option<&Sending<'_>>, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let sent = || body.map_or(0, |body| body.sent.load(Ordering::Relaxed));
    loop {
        let before = sent();
        match tokio::time::timeout(time, &mut work).await {
            Ok(done) => return Some(done),
            Err(_) if sent() != before => {}
            Err(_) => return None,
        }
    }
}

/// Tells logins apart without keeping them.
fn fingerprint(credentials: Option<&Credentials>) -> [u8; 32] {
    let text = credentials.map(|login| format!("{}\0{}", login.username, login.password.reveal()));
    sha2::Sha256::digest(text.unwrap_or_default()).into()
}

/// Our scopes, and those of a challenge that are for something else.
fn joined<'a>(ours: &'a str, theirs: &'a str) -> Vec<&'a str> {
    let subject = |scope: &'a str| scope.rsplit_once(':').map_or(scope, |(subject, _)| subject);
    let mut scopes: Vec<&str> = ours.split_whitespace().collect();
    let others = theirs.split_whitespace().filter(|other| !scopes.iter().any(|scope| subject(scope) == subject(other)));
    let others: Vec<&str> = others.collect();
    scopes.extend(others);
    scopes
}

/// Whether the connection ended before an answer began.
fn was_closed(error: &LegacyError) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionReset};
    let mut inner = std::error::Error::source(error);
    while let Some(error) = inner {
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message)
            || error
                .downcast_ref::<std::io::Error>()
                .is_some_and(|error| matches!(error.kind(), ConnectionReset | BrokenPipe))
        {
            return true;
        }
        inner = error.source();
    }
    false
}

/// Where a redirect leads to.
///
/// # Errors
/// [`Error::Registry`] for what is no address, or leaves TLS.
pub fn resolve(base: &Uri, location: &str) -> Result<Uri> {
    let wrong = || Error::Registry(format!("a redirect to {location:?}"));
    if location.starts_with('/') {
        let mut parts = base.clone().into_parts();
        parts.path_and_query = Some(location.parse().map_err(|_| wrong())?);
        return Uri::from_parts(parts).map_err(|_| wrong());
    }
    let uri: Uri = location.parse().map_err(|_| wrong())?;
    match (base.scheme_str(), uri.scheme_str()) {
        (_, Some("https")) | (Some("http"), Some("http")) => Ok(uri),
        _ => Err(wrong()),
    }
}

/// The kind of a `WWW-Authenticate` challenge and its `key="value"` pairs.
pub fn challenge(text: &str) -> (&str, HashMap<String, String>) {
    let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
    (kind, parameters(rest))
}

/// The token in a token server's answer.
///
/// # Errors
/// [`Error::Malformed`] when it is none.
pub fn token(answer: &[u8]) -> Result<String> {
    // Docker Hub says both, and others one of them.
    #[derive(Deserialize)]
    struct Token {
        token: Option<String>,
        access_token: Option<String>,
    }
    let said: Token =
        serde_json::from_slice(answer).map_err(|error| Error::malformed("the registry's token", error))?;
    said.token.or(said.access_token).ok_or_else(|| Error::malformed("the registry's token", "there is none"))
}

fn parameters(text: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.trim_matches([' ', ',']).to_ascii_lowercase();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        found.insert(key, value.to_owned());
        rest = after;
    }
    found
}

/// Percent-encoding for a query's value.
fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b':') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let found = parameters(r#"realm="https://auth/token",service="reg, istry",scope="repository:a:pull,push""#);
        assert_eq!(found["realm"], "https://auth/token");
        assert_eq!(found["service"], "reg, istry");
        assert_eq!(found["scope"], "repository:a:pull,push");
        for garbage in ["", "=", "a=\"", "a=b,c", "\"\"=\"\"="] {
            parameters(garbage);
        }
    }

    #[test]
    fn the_registrys_own_addresses_are_known() {
        let at = |host: &str, transport| Endpoint { host: host.into(), transport };
        let uri = |text: &str| text.parse::<Uri>().unwrap();
        let tls = at("r.test", Transport::Tls);
        assert!(tls.is(&uri("https://r.test/x")) && tls.is(&uri("https://R.test:443/x")));
        assert!(!tls.is(&uri("https://r.test:5000/x")) && !tls.is(&uri("http://r.test:443/x")));
        assert!(!tls.is(&uri("https://r.test.evil/x")) && !tls.is(&uri("https://x@evil/")));
        let plain = at("127.0.0.1:5000", Transport::Plain);
        assert!(plain.is(&uri("http://127.0.0.1:5000/x")) && !plain.is(&uri("http://127.0.0.1/x")));
    }

    #[test]
    fn scopes_of_a_challenge_are_asked_for_once() {
        let ours = "repository:a:pull,push repository:b:pull";
        assert_eq!(joined(ours, "repository:a:pull"), ["repository:a:pull,push", "repository:b:pull"]);
        assert_eq!(joined("repository:a:pull", "x:y:z"), ["repository:a:pull", "x:y:z"]);
        assert_eq!(joined("", ""), [""; 0]);
    }

    #[test]
    fn tokens_are_read() {
        assert_eq!(token(br#"{"token":"a","access_token":"b","expires_in":300}"#).unwrap(), "a");
        assert_eq!(token(br#"{"access_token":"b"}"#).unwrap(), "b");
        assert!(token(b"{}").is_err());
    }

    #[test]
    fn insecure_registries_are_named_or_in_a_network() {
        let insecure = vec!["kitchen.test".to_owned(), "10.1.0.0/16".to_owned(), "10.9.0.1:5000".to_owned()];
        let client = Client::new(RegistryOptions { insecure, mirrors: Vec::new() });
        for host in ["kitchen.test:5000", "10.1.2.3", "10.1.2.3:5000", "10.9.0.1:5000", "localhost:1", "[::1]:5000"] {
            assert!(client.is_insecure(host), "{host}");
        }
        for host in ["other.test", "10.2.0.1:5000", "10.9.0.1:5001"] {
            assert!(!client.is_insecure(host), "{host}");
        }
    }

    #[test]
    fn redirects_do_not_leave_tls() {
        let secure: Uri = "https://a/v2/x".parse().unwrap();
        assert_eq!(resolve(&secure, "/y?z").unwrap(), "https://a/y?z");
        assert!(resolve(&secure, "http://b/").is_err());
        assert!(resolve(&secure, "file:///etc/passwd").is_err());
    }
}
