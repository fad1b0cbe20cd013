//! One question to the daemon.

use std::fmt::Write;

use http::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, UPGRADE, USER_AGENT};
use http::{Method, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Answer, Body, Client, Error, Hijacked, JsonStream, Socket, limits};

/// One question to the daemon, built step by step.
#[derive(Debug)]
pub struct Request<'a> {
    client: &'a Client,
    versioned: bool,
    method: Method,
    path: String,
    query: String,
    headers: Vec<(HeaderName, String)>,
    body: Body,
}

impl<'a> Request<'a> {
    pub(crate) fn new(client: &'a Client, method: Method, path: impl Into<String>) -> Self {
        let (path, query, headers) = (path.into(), String::new(), Vec::new());
        Self { client, versioned: true, method, path, query, headers, body: Body::empty() }
    }

    pub(crate) fn unversioned(client: &'a Client, method: Method, path: &str) -> Self {
        Self { versioned: false, ..Self::new(client, method, path) }
    }

    /// Adds `name=value` to the query.
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        let _ = write!(self.query, "{name}={}", escape(value.as_ref(), b"-_.~"));
        self
    }

    /// Adds `name=1` to the query when the flag is set.
    pub fn flag(self, name: &str, set: bool) -> Self {
        if set { self.query(name, "1") } else { self }
    }

    /// Adds `name=value` to the query when the value isn't empty.
    pub fn query_some(self, name: &str, value: impl AsRef<str>) -> Self {
        if value.as_ref().is_empty() { self } else { self.query(name, value) }
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends a value as JSON.
    ///
    /// # Errors
    /// When the value has no JSON form.
    pub fn json(self, value: &impl Serialize) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(value)
            .map_err(|error| Error::Answer { what: self.path.clone(), reason: error.to_string() })?;
        Ok(Self { body: Body::full(bytes), ..self.header(CONTENT_TYPE, "application/json") })
    }

    /// Sends a body of another type.
    pub fn body(self, kind: &str, body: Body) -> Self {
        Self { body, ..self.header(CONTENT_TYPE, kind) }
    }

    async fn into_http(self) -> Result<(&'a Client, String, http::Request<Body>), Error> {
        let client = self.client;
        let what = format!("{} {}", self.method, self.path);
        let mut target = String::new();
        if self.versioned {
            let (major, minor) = client.version().await?;
            let _ = write!(target, "/v{major}.{minor}");
        }
        target.push_str(&self.path);
        if !self.query.is_empty() {
            let _ = write!(target, "?{}", self.query);
        }
        let mut request = http::Request::builder().method(self.method).uri(target);
        // Docker's own clients send this name too when they speak over a unix socket.
        request = request.header(HOST, "api.moby.localhost");
        request = request.header(USER_AGENT, concat!("dabba/", env!("CARGO_PKG_VERSION"), " (linux)"));
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        Ok((client, what, request.body(self.body)?))
    }

    /// Sends it and gives the answer's head; the body is still to be read.
    ///
    /// # Errors
    /// When the daemon cannot be reached or refuses.
    pub async fn send(self) -> Result<Answer<'a>, Error> {
        // The version is asked for inside this future, and that question is a request itself.
        let (client, what, request) = Box::pin(self.into_http()).await?;
        let mut sender = client.sender().await?;
        let response = sender.send_request(request).await?;
        let answer = Answer::new(client, sender, what, response);
        if answer.status().is_client_error() || answer.status().is_server_error() {
            return Err(answer.into_error().await);
        }
        Ok(answer)
    }

    /// Sends it and reads the answer as JSON.
    ///
    /// # Errors
    /// When the daemon cannot be reached or refuses, or the answer is something else.
    pub async fn read<T: DeserializeOwned>(self) -> Result<T, Error> {
        let answer = self.send().await?;
        let what = answer.what().to_owned();
        let bytes = answer.bytes().await?;
        serde_json::from_slice(&bytes).map_err(|error| Error::Answer { what, reason: error.to_string() })
    }

    /// Sends it; what is answered besides success doesn't matter.
    ///
    /// # Errors
    /// When the daemon cannot be reached or refuses.
    pub async fn done(self) -> Result<(), Error> {
        self.send().await?.bytes().await.map(drop)
    }

    /// Sends it and reads a stream of JSON values.
    ///
    /// # Errors
    /// When the daemon cannot be reached or refuses.
    pub async fn stream(self) -> Result<JsonStream<'a>, Error> {
        self.send().await.map(JsonStream::new)
    }

    /// Sends it and takes over the connection: what follows are the raw bytes of a process.
    ///
    /// # Errors
    /// When the daemon cannot be reached, refuses, or doesn't hand the connection over.
    pub async fn hijack(self) -> Result<Hijacked, Error> {
        self.upgrade("tcp").await
    }

    /// Sends it and takes over the connection for another protocol.
    ///
    /// # Errors
    /// As those of [`Request::hijack`].
    pub async fn upgrade(self, protocol: &'static str) -> Result<Hijacked, Error> {
        let (client, what, mut request) = Box::pin(self.into_http()).await?;
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        request.headers_mut().insert(UPGRADE, HeaderValue::from_static(protocol));
        let mut sender = client.sender().await?;
        let response = sender.send_request(request).await?;
        if response.status().is_client_error() || response.status().is_server_error() {
            return Err(Answer::new(client, sender, what, response).into_error().await);
        }
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let reason = format!("unable to upgrade to {protocol}, received {}", response.status().as_u16());
            return Err(Error::Answer { what, reason });
        }
        let upgraded = hyper::upgrade::on(response).await?;
        match upgraded.downcast::<TokioIo<Socket>>() {
            Ok(parts) => Ok(Hijacked { socket: parts.io.into_inner(), pending: parts.read_buf }),
            Err(_) => Err(Error::Answer { what, reason: "the connection is of another kind".into() }),
        }
    }

    /// A name for use inside a path: slashes stay, everything else that isn't plain is escaped.
    pub fn segment(name: &str) -> String {
        escape(name, b"-_.~/:@")
    }
}

/// Escapes what a URL cannot carry; letters, digits and `plain` stay.
fn escape(text: &str, plain: &[u8]) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

/// The words of a refusal: `{"message": …}`, or the text itself.
pub(crate) fn refusal(status: StatusCode, what: &str, body: &[u8]) -> Error {
    #[derive(serde::Deserialize)]
    struct Refusal {
        message: String,
    }
    let body = &body[..body.len().min(limits::ERROR_BYTES_MAX)];
    let message = match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) => refusal.message,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let message = match message.trim() {
        "" => format!("{what} was answered with {status} and no reason"),
        text => text.to_owned(),
    };
    Error::Status { status, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_escaped() {
        assert_eq!(Request::segment("host:5000/a b/c@x?"), "host:5000/a%20b/c@x%3F");
        let client = Client::new(crate::Endpoint::default());
        let request = client.get("/x").query("a", "{\"b\":1}").flag("f", true).flag("g", false).query_some("h", "");
        assert_eq!(request.query, "a=%7B%22b%22%3A1%7D&f=1");
    }

    #[test]
    fn refusals_have_words() {
        let words = |body: &str| refusal(StatusCode::CONFLICT, "GET /x", body.as_bytes()).message();
        assert_eq!(words(r#"{"message":"no\n"}"#), "no");
        assert_eq!(words("page not found\n"), "page not found");
        assert_eq!(words(""), "GET /x was answered with 409 Conflict and no reason");
    }
}
