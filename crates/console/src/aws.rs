//! The AWS API, asked as any client asks it: by requests that the key of a session has signed.

use std::convert::Infallible;
use std::net::SocketAddr;

use aws_api::s3::xml::Element;
use aws_api::sign::made::{self, Signer};
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HOST};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use words::Timestamp;

use crate::command::Operation;
use crate::error::Error;
use crate::limits;

/// Where the AWS API is.
#[derive(Debug, Clone)]
pub(crate) struct Aws {
    address: SocketAddr,
    region: String,
}

/// What an operation gives: its result's members.
#[derive(Debug, Default)]
pub(crate) struct Output(Element);

impl std::ops::Deref for Output {
    type Target = Element;
    fn deref(&self) -> &Element {
        &self.0
    }
}

impl From<Output> for Element {
    fn from(output: Output) -> Self {
        output.0
    }
}

/// Members of an element, by the names that the API gives them.
pub(crate) trait Members {
    /// The text of a member; empty where there is none.
    fn at(&self, name: &str) -> &str;
    /// The elements of a list.
    fn list<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element>;
    /// The texts of a list.
    fn texts(&self, name: &str) -> Vec<String>;
}

impl Members for Element {
    fn at(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    fn list<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.child(name).into_iter().flat_map(|list| list.all("member"))
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).map(|element| element.text.clone()).collect()
    }
}

impl Aws {
    pub(crate) fn new(address: SocketAddr, region: String) -> Self {
        // What listens everywhere listens on loopback, too.
        let mut address = address;
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        Self { address, region }
    }

    /// Asks for an operation.
    ///
    /// # Errors
    /// When it is refused, or there is no answer.
    pub(crate) async fn ask(&self, key: &Signer, operation: &Operation) -> Result<Output, Error> {
        let (what, service) = (operation.name(), operation.service().signing_name());
        let (host, form) = (self.address.to_string(), operation.form());
        let signed = made::post(&host, service, &self.region, &form, key, Timestamp::now());
        let request = signed.ok().and_then(|headers| {
            let begun = headers.into_iter().fold(Request::post("/"), |begun, (name, value)| begun.header(name, value));
            begun.body(Full::new(Bytes::from(form))).ok()
        });
        // The id of a key is what somebody typed: it may be what no header can hold.
        let request = request.ok_or_else(|| Error::Refused {
            status: StatusCode::FORBIDDEN,
            code: "InvalidClientTokenId".into(),
            message: "The security token included in the request is invalid.".into(),
        })?;
        let answer = self.send(what, request).await?;
        let status = answer.status();
        let body = read(what, answer, limits::ANSWER_BYTES).await?;
        if !status.is_success() {
            return Err(refusal(status, what, &body));
        }
        let mut root = Element::parse(&body, &format!("{what}Response")).map_err(|error| unanswered(what, &error))?;
        // Some results have a name of their own, others are beside the metadata.
        let result = root.children.iter().position(|child| child.name == format!("{what}Result"));
        Ok(Output(match result {
            Some(at) => root.children.swap_remove(at),
            None => root,
        }))
    }

    /// Puts an object of so many bytes into a bucket.
    ///
    /// # Errors
    /// When it is refused, or there is no answer, or the body ends early.
    pub(crate) async fn put<B>(&self, key: &Signer, place: (&str, &str), length: u64, body: B) -> Result<(), Error>
    where
        B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
    {
        const WHAT: &str = "PutObject";
        let (bucket, name) = place;
        let endpoint = format!("http://{}", self.address);
        let object = made::Object { endpoint: &endpoint, region: &self.region, bucket, key: name };
        let url = made::put(object, &key.id, &key.secret, limits::UPLOAD_URL, Timestamp::now());
        let url = url.map_err(|error| unanswered(WHAT, &error))?;
        let request = Request::put(url.trim_start_matches(&endpoint))
            .header(HOST, self.address.to_string())
            .header(CONTENT_LENGTH, length)
            .body(body)
            .map_err(|error| unanswered(WHAT, &error))?;
        let answer = self.connected(WHAT, request).await?;
        let status = answer.status();
        let body = read(WHAT, answer, limits::ANSWER_BYTES).await?;
        if status.is_success() { Ok(()) } else { Err(refusal(status, WHAT, &body)) }
    }

    /// The end of the object that a URL of this service gives.
    ///
    /// # Errors
    /// When it is another's, or refused, or there is no answer.
    pub(crate) async fn fetch(&self, url: &str) -> Result<String, Error> {
        const WHAT: &str = "GetObject";
        let path = url.strip_prefix(&format!("http://{}", self.address)).filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| unanswered(WHAT, &"the object is elsewhere"))?;
        let request = Request::builder().method(Method::GET).uri(path).header(HOST, self.address.to_string());
        let request = request.body(Full::new(Bytes::new())).map_err(|error| unanswered(WHAT, &error))?;
        let mut answer = self.send(WHAT, request).await?;
        if !answer.status().is_success() {
            let status = answer.status();
            return Err(refusal(status, WHAT, &read(WHAT, answer, limits::ANSWER_BYTES).await?));
        }
        let mut tail = BytesMut::new();
        while let Some(frame) = timeout(limits::PATIENCE, answer.body_mut().frame()).await.unwrap_or_default() {
            let data = frame.map_err(|error| unanswered(WHAT, &error))?.into_data().unwrap_or_default();
            tail.extend_from_slice(&data);
            if tail.len() > 2 * limits::LOG_BYTES {
                let _ = tail.split_to(tail.len() - limits::LOG_BYTES);
            }
        }
        let begin = tail.len().saturating_sub(limits::LOG_BYTES);
        Ok(String::from_utf8_lossy(&tail[begin..]).into_owned())
    }

    async fn send<B>(&self, what: &str, request: Request<B>) -> Result<Response<Incoming>, Error>
    where
        B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
    {
        match timeout(limits::PATIENCE, self.connected(what, request)).await {
            Ok(answer) => answer,
            Err(_) => Err(unanswered(what, &"it takes too long")),
        }
    }

    /// Sends a request by a connection of its own: the daemon is at the other end of loopback.
    async fn connected<B>(&self, what: &str, request: Request<B>) -> Result<Response<Incoming>, Error>
    where
        B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
    {
        let stream = TcpStream::connect(self.address).await.map_err(|error| unanswered(what, &error))?;
        let _ = stream.set_nodelay(true);
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|error| unanswered(what, &error))?;
        tokio::spawn(async move {
            // Its failure is told to whoever waits for the answer.
            let _ = connection.await;
        });
        sender.send_request(request).await.map_err(|error| unanswered(what, &error))
    }
}

fn unanswered(what: &str, reason: &dyn std::fmt::Display) -> Error {
    Error::Unanswered { what: what.to_owned(), reason: reason.to_string() }
}

/// The words of a refusal: of the query protocol's, or of S3's.
fn refusal(status: StatusCode, what: &str, body: &[u8]) -> Error {
    let told = Element::parse(body, "ErrorResponse").ok().and_then(|mut root| {
        let at = root.children.iter().position(|child| child.name == "Error")?;
        Some(root.children.swap_remove(at))
    });
    match told.or_else(|| Element::parse(body, "Error").ok()) {
        Some(error) => {
            Error::Refused { status, code: error.at("Code").to_owned(), message: error.at("Message").to_owned() }
        }
        None => unanswered(what, &format!("it is refused with {status} and no reason")),
    }
}

async fn read(what: &str, mut answer: Response<Incoming>, most: usize) -> Result<Bytes, Error> {
    let mut all = BytesMut::new();
    loop {
        let frame = timeout(limits::PATIENCE, answer.body_mut().frame()).await;
        let Some(frame) = frame.map_err(|_| unanswered(what, &"its answer does not end"))? else { break };
        let data = frame.map_err(|error| unanswered(what, &error))?.into_data().unwrap_or_default();
        if all.len() + data.len() > most {
            return Err(unanswered(what, &format!("its answer is longer than {most} bytes")));
        }
        all.extend_from_slice(&data);
    }
    Ok(all.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_a_code_and_words() {
        let query = b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>a &lt; b</Message></Error></ErrorResponse>";
        let error = refusal(StatusCode::FORBIDDEN, "X", query);
        assert_eq!((error.code(), error.message().as_str()), ("AccessDenied", "a < b"));
        let s3 = b"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>";
        assert_eq!(refusal(StatusCode::NOT_FOUND, "X", s3).code(), "NoSuchKey");
        assert!(refusal(StatusCode::BAD_GATEWAY, "X", b"<html>").to_string().contains("502"));
    }

    #[test]
    fn an_address_that_is_everywhere_is_asked_on_loopback() {
        let aws = Aws::new(([0, 0, 0, 0], 4566).into(), "us-east-1".into());
        assert_eq!(aws.address.to_string(), "127.0.0.1:4566");
    }
}
