//! The distribution protocol's reading side: manifests and blobs, with whatever login a registry asks for.
//!
//! Source: OCI distribution specification 1.1; Docker registry token authentication.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, LOCATION, RANGE, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Error as LegacyError;
use oci::{Digest, Reference};
use serde::Deserialize;
use words::Secret;

use crate::trust::{self, Http};
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
    /// Tokens by host and scope.
    tokens: Mutex<HashMap<(String, String), String>>,
}

/// The default registry is not where its name says.
const DEFAULT_HOST: &str = "registry-1.docker.io";
/// Time for a connection and the head of an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Tokens kept; more would be a stranger's doing.
const TOKENS: usize = 256;

/// Time for an insecure registry to show whether it speaks TLS.
const PROBE: Duration = Duration::from_secs(5);

/// A host to ask, and how.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    host: String,
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
        let domain = reference.domain();
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

    /// Whether a host answers over TLS, whatever its certificate.
    async fn speaks_tls(&self, host: &str) -> Result<bool> {
        let request = Request::builder().uri(format!("https://{host}/v2/")).body(Empty::new());
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

    /// Sends a request, logging in if the registry wants it.
    pub(crate) async fn get(
        &self,
        endpoint: &Endpoint,
        reference: &Reference,
        path: &str,
        accept: &[&str],
        from: u64,
        credentials: Option<&Credentials>,
    ) -> Result<Response<Incoming>> {
        let scope = format!("repository:{}:pull", reference.path());
        let key = (endpoint.host.clone(), scope.clone());
        let known = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let scheme = if endpoint.transport == Transport::Plain { "http" } else { "https" };
        let url = format!("{scheme}://{}/v2/{}/{path}", endpoint.host, reference.path());
        let response = self.request(endpoint, &url, accept, from, known.as_deref()).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let challenge = response.headers().get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
        let Some(authorization) = self.log_in(challenge.unwrap_or_default(), &scope, endpoint, credentials).await?
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
        self.request(endpoint, &url, accept, from, Some(&authorization)).await
    }

    /// Follows redirects. The login goes to the host it was made for and to no other (CVE-2020-15157).
    /// Nor is any other host asked without a certificate that the system trusts.
    async fn request(
        &self,
        endpoint: &Endpoint,
        url: &str,
        accept: &[&str],
        from: u64,
        authorization: Option<&str>,
    ) -> Result<Response<Incoming>> {
        let mut uri: Uri = url.parse().map_err(|error| Error::Registry(format!("{url}: {error}")))?;
        let home = uri.authority().cloned();
        for _ in 0..=limits::REDIRECTS {
            let mut request = Request::builder().method(Method::GET).uri(&uri);
            for kind in accept {
                request = request.header(ACCEPT, *kind);
            }
            if from > 0 {
                request = request.header(RANGE, format!("bytes={from}-"));
            }
            if let Some(text) = authorization.filter(|_| uri.authority() == home.as_ref()) {
                request = request.header(AUTHORIZATION, text);
            }
            let request = request.body(Empty::new()).map_err(|error| Error::Registry(error.to_string()))?;
            let own = uri.host() == host_name(&endpoint.host).as_deref();
            let trusted = !own || endpoint.transport == Transport::Tls;
            let http = if trusted { self.http().await? } else { self.insecure().await? };
            let answer = tokio::time::timeout(PATIENCE, ask(http, &request)).await;
            let response = answer
                .map_err(|_| Error::Registry(format!("Get {uri:?}: no answer within {} seconds", PATIENCE.as_secs())))?
                .map_err(|error| Error::Registry(format!("Get \"{uri}\": {}", cause(&error))))?;
            if !response.status().is_redirection() {
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
        let response = self.request(&endpoint, url, &[], 0, None).await?;
        match response.status() {
            StatusCode::OK => Ok(response),
            status => Err(Error::Registry(format!("failed to load {url}: the server answers {status}"))),
        }
    }

    /// What to send as `Authorization`; `None` when the challenge is one that we cannot answer.
    async fn log_in(
        &self,
        challenge: &str,
        scope: &str,
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
        let mut url = format!("{realm}?scope={}", encode(parameters.get("scope").map_or(scope, String::as_str)));
        if let Some(service) = parameters.get("service") {
            url.push_str(&format!("&service={}", encode(service)));
        }
        let response = self.request(endpoint, &url, &[], 0, basic.as_deref()).await?;
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
async fn small(response: Response<Incoming>, at_most: u64) -> Result<Bytes> {
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

/// Asks; once more for each connection that was kept and that the registry has closed meanwhile, as Go's client does.
async fn ask(http: &Http, request: &Request<Empty<Bytes>>) -> std::result::Result<Response<Incoming>, LegacyError> {
    for _ in 0..limits::DOWNLOADS {
        match http.request(request.clone()).await {
            Err(error) if was_closed(&error) => {}
            other => return other,
        }
    }
    http.request(request.clone()).await
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
    #[derive(Deserialize)]
    struct Token {
        #[serde(alias = "access_token")]
        token: String,
    }
    let token: Token =
        serde_json::from_slice(answer).map_err(|error| Error::malformed("the registry's token", error))?;
    Ok(token.token)
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
