//! What the daemon says.

use bytes::{Bytes, BytesMut};
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use serde::de::DeserializeOwned;

use crate::{Body, Client, Error, limits, request};

/// An answer whose body is still to be read.
#[derive(Debug)]
pub struct Answer<'a> {
    client: &'a Client,
    sender: SendRequest<Body>,
    what: String,
    response: Response<Incoming>,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(
        client: &'a Client,
        sender: SendRequest<Body>,
        what: String,
        response: Response<Incoming>,
    ) -> Self {
        Self { client, sender, what, response }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// One header, when it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The question, for messages.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        while let Some(frame) = self.response.body_mut().frame().await {
            if let Ok(data) = frame?.into_data()
                && !data.is_empty()
            {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// The whole body.
    ///
    /// # Errors
    /// When the connection breaks or the body is too long to be an answer.
    pub async fn bytes(self) -> Result<Bytes, Error> {
        self.bytes_up_to(limits::ANSWER_BYTES_MAX).await
    }

    async fn bytes_up_to(mut self, most: usize) -> Result<Bytes, Error> {
        let mut all = BytesMut::new();
        while let Some(piece) = self.piece().await? {
            if all.len() + piece.len() > most {
                return Err(Error::Answer { what: self.what, reason: format!("it is longer than {most} bytes") });
            }
            all.extend_from_slice(&piece);
        }
        self.client.keep(self.sender);
        Ok(all.freeze())
    }

    /// Reads a refusal.
    pub(crate) async fn into_error(self) -> Error {
        let (status, what) = (self.status(), self.what.clone());
        match self.bytes_up_to(limits::ERROR_BYTES_MAX).await {
            Ok(body) => request::refusal(status, &what, &body),
            Err(error) => error,
        }
    }
}

/// A stream of JSON values, one after another.
#[derive(Debug)]
pub struct JsonStream<'a> {
    answer: Answer<'a>,
    buffer: BytesMut,
}

impl<'a> JsonStream<'a> {
    pub(crate) fn new(answer: Answer<'a>) -> Self {
        Self { answer, buffer: BytesMut::new() }
    }

    /// The next value; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks or sends something else.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Error> {
        loop {
            let mut values = serde_json::Deserializer::from_slice(&self.buffer).into_iter::<T>();
            match values.next() {
                Some(Ok(value)) => {
                    let used = values.byte_offset();
                    let _ = self.buffer.split_to(used);
                    return Ok(Some(value));
                }
                Some(Err(error)) if !error.is_eof() => return Err(self.senseless(error.to_string())),
                _ => {}
            }
            if self.buffer.len() > limits::VALUE_BYTES_MAX {
                return Err(self.senseless(format!("a value is longer than {} bytes", limits::VALUE_BYTES_MAX)));
            }
            match self.answer.piece().await? {
                Some(piece) => self.buffer.extend_from_slice(&piece),
                None if self.buffer.iter().all(u8::is_ascii_whitespace) => return Ok(None),
                None => return Err(self.senseless("it ends within a value".into())),
            }
        }
    }

    fn senseless(&self, reason: String) -> Error {
        Error::Answer { what: self.answer.what().to_owned(), reason }
    }
}
