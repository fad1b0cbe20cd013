//! A form with a file in it, which is passed on while it comes.
//!
//! The store wants to know how long an object is before it begins. Of a file in a form nothing says so; but the form's
//! own length is told, our form has the file as its last field, and what follows that is known. Source: RFC 7578; RFC
//! 2046, section 5.1.1.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::error::Error;
use crate::form::Form;
use crate::limits;

/// A form whose small fields have been read, and whose file comes.
pub(crate) struct Upload {
    /// The fields before the file.
    pub(crate) form: Form,
    /// What the browser calls the file.
    pub(crate) name: String,
    /// How long it is.
    pub(crate) length: u64,
    body: Incoming,
    buffer: BytesMut,
    end: Vec<u8>,
}

/// A body that is fed while it is sent.
pub(crate) struct Fed(mpsc::Receiver<Bytes>);

impl Body for Fed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}

fn wrong(text: &str) -> Error {
    Error::Form(format!("The upload cannot be read: {text}."))
}

/// The boundary that a form's `Content-Type` names.
fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let (kind, parameters) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let (_, value) = parameters
        .split(';')
        .filter_map(|one| one.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    let value = value.trim_matches('"');
    let formed = (1..=70).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    formed.then(|| value.to_owned())
}

/// The head of a part: the field's name, and the file's where it is one.
fn part(head: &[u8]) -> Result<(String, Option<String>), Error> {
    let text = String::from_utf8_lossy(head);
    let line = text
        .split("\r\n")
        .find(|line| line.get(..20).is_some_and(|name| name.eq_ignore_ascii_case("content-disposition:")))
        .ok_or_else(|| wrong("a part has no Content-Disposition"))?;
    // Browsers write a quotation mark in a name as %22, so that a name ends at the first.
    let value = |name: &str| {
        let begin = line.find(&format!("; {name}=\""))? + name.len() + 4;
        line.get(begin..)?.split('"').next().map(|text| text.replace("%22", "\"").replace("%0D", "").replace("%0A", ""))
    };
    Ok((value("name").ok_or_else(|| wrong("a part has no name"))?, value("filename")))
}

/// Where something is in something else.
fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|window| window == what)
}

impl Upload {
    /// Reads a form until its file begins.
    ///
    /// # Errors
    /// When it is none of ours, or too long.
    pub(crate) async fn begin(headers: &HeaderMap, body: Incoming) -> Result<Self, Error> {
        let boundary = boundary(headers).ok_or_else(|| wrong("it is no form with a file"))?;
        let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let length = length.ok_or_else(|| wrong("its length is not told"))?;
        if length > limits::BUNDLE_BYTES + limits::FORM_BYTES as u64 {
            let most = limits::BUNDLE_BYTES >> 20;
            return Err(Error::TooLong(format!("A source bundle has at most {most} MiB.")));
        }
        // The first boundary has no line end before it; all others have.
        let mut reader =
            Reader { body, buffer: BytesMut::from(&b"\r\n"[..]), taken: 0, delimiter: format!("\r\n--{boundary}") };
        let mut fields = Vec::new();
        if !reader.until_delimiter().await?.is_empty() {
            return Err(wrong("something stands before its first part"));
        }
        loop {
            if fields.len() >= limits::FORM_FIELDS {
                return Err(Error::TooLong(format!("A form has at most {} fields.", limits::FORM_FIELDS)));
            }
            let (name, file) = reader.head().await?;
            match file {
                None => {
                    let value = reader.until_delimiter().await?;
                    fields.push((name, String::from_utf8_lossy(&value).into_owned()));
                }
                Some(file) => {
                    let end = format!("{}--\r\n", reader.delimiter).into_bytes();
                    // Two bytes of what was taken are the line end that was put before.
                    let before = reader.taken.saturating_sub(2) + end.len() as u64;
                    let length = length.checked_sub(before).ok_or_else(|| wrong("it is shorter than it says"))?;
                    let Reader { body, buffer, .. } = reader;
                    return Ok(Self { form: Form::of(fields), name: file, length, body, buffer, end });
                }
            }
        }
    }

    /// The file as a body, and what feeds it: both have to be waited for at the same time.
    pub(crate) fn stream(self) -> (Fed, impl Future<Output = Result<(), Error>> + Send) {
        let (sender, receiver) = mpsc::channel(limits::UPLOAD_PIECES);
        let Self { mut body, mut buffer, length, end, .. } = self;
        let feed = async move {
            let mut left = length;
            loop {
                let piece = buffer.split_to(buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX))).freeze();
                left -= piece.len() as u64;
                // Whoever takes it has given up: that is told by its answer.
                if !piece.is_empty() && sender.send(piece).await.is_err() {
                    return Ok(());
                }
                if left == 0 && buffer.len() >= end.len() {
                    break;
                }
                match next(&mut body).await? {
                    Some(data) => buffer.extend_from_slice(&data),
                    None => break,
                }
            }
            if left > 0 || buffer[..] != end[..] {
                return Err(wrong("the file is not its last part"));
            }
            Ok(())
        };
        (Fed(receiver), feed)
    }
}

async fn next(body: &mut Incoming) -> Result<Option<Bytes>, Error> {
    match timeout(limits::UPLOAD_PATIENCE, body.frame()).await {
        Err(_) => Err(wrong("nothing more comes")),
        Ok(None) => Ok(None),
        Ok(Some(Ok(frame))) => Ok(Some(frame.into_data().unwrap_or_default())),
        Ok(Some(Err(error))) => Err(wrong(&error.to_string())),
    }
}

struct Reader {
    body: Incoming,
    buffer: BytesMut,
    /// Bytes that were given out.
    taken: u64,
    delimiter: String,
}

impl Reader {
    /// The bytes before something, which is passed over.
    async fn until(&mut self, what: &[u8]) -> Result<BytesMut, Error> {
        loop {
            if let Some(at) = find(&self.buffer, what) {
                let before = self.buffer.split_to(at);
                let _ = self.buffer.split_to(what.len());
                self.taken += (at + what.len()) as u64;
                return Ok(before);
            }
            if self.buffer.len() > limits::PART_BYTES {
                return Err(Error::TooLong("A field of the form is too long.".into()));
            }
            match next(&mut self.body).await? {
                Some(data) => self.buffer.extend_from_slice(&data),
                None => return Err(wrong("it ends early")),
            }
        }
    }

    async fn until_delimiter(&mut self) -> Result<BytesMut, Error> {
        let delimiter = self.delimiter.clone();
        self.until(delimiter.as_bytes()).await
    }

    /// The head of the next part.
    async fn head(&mut self) -> Result<(String, Option<String>), Error> {
        let head = self.until(b"\r\n\r\n").await?;
        if !head.starts_with(b"\r\n") {
            return Err(wrong("no file was chosen"));
        }
        part(&head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_read() {
        let of = |kind: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
            boundary(&headers)
        };
        assert_eq!(of("multipart/form-data; boundary=----x1").as_deref(), Some("----x1"));
        assert_eq!(of("Multipart/Form-Data; charset=u; Boundary=\"a b\"").as_deref(), Some("a b"));
        for wrong in ["multipart/form-data", "text/plain; boundary=x", "multipart/form-data; boundary="] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn heads_of_parts_are_read() {
        let head = |text: &str| part(text.as_bytes()).ok();
        assert_eq!(head("\r\nContent-Disposition: form-data; name=\"label\""), Some(("label".to_owned(), None)));
        assert_eq!(
            head("\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a %22b%22.zip\"\r\nContent-Type: x"),
            Some(("file".to_owned(), Some("a \"b\".zip".to_owned())))
        );
        assert_eq!(head("\r\nContent-Type: x"), None);
        assert_eq!(head("\r\nContent-Disposition: form-data"), None);
    }
}
