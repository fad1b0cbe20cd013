//! The least HTTP/1.1 that measures an engine over its socket: connections that stay, answers in chunks, and streams
//! that end with the connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// Longer than any answer that is measured takes: what takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// One connection, with one request at a time.
pub(crate) struct Connection(BufReader<UnixStream>);

/// What an answer's head says.
struct Head {
    status: u16,
    length: Option<u64>,
    chunked: bool,
}

impl Connection {
    /// Connects to an engine's socket.
    pub(crate) fn open(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Asks without a body and gives the status with the answer's bytes.
    pub(crate) fn get(&mut self, path: &str) -> Result<(u16, Vec<u8>)> {
        self.exchange("GET", path, "", &[])
    }

    /// Sends a JSON question whose answer must be of status 2xx; the answer is null where it has no body.
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        let (status, text) = self.exchange(method, path, kind, body.as_bytes())?;
        if !(200..300).contains(&status) {
            bail!("{method} {path}: {status} {}", String::from_utf8_lossy(&text).trim());
        }
        if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&text)?) }
    }

    /// Sends a request and reads its whole answer.
    pub(crate) fn exchange(&mut self, method: &str, path: &str, fields: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
        self.send(method, path, fields, body)?;
        let head = self.head()?;
        let mut text = Vec::new();
        if head.chunked {
            self.chunks(&mut text)?;
        } else if let Some(length) = head.length {
            (&mut self.0).take(length).read_to_end(&mut text)?;
            ensure!(text.len() as u64 == length, "an answer ended early");
        } else if head.status != 204 && head.status != 304 {
            self.0.read_to_end(&mut text)?;
        }
        Ok((head.status, text))
    }

    /// Takes the connection over for a stream and reads it until its end.
    pub(crate) fn hijack(mut self, path: &str, body: &Value) -> Result<Vec<u8>> {
        let fields = "Content-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n";
        self.send("POST", path, fields, body.to_string().as_bytes())?;
        let head = self.head()?;
        ensure!(matches!(head.status, 101 | 200), "POST {path}: {}", head.status);
        let mut text = Vec::new();
        self.0.read_to_end(&mut text)?;
        Ok(text)
    }

    fn send(&mut self, method: &str, path: &str, fields: &str, body: &[u8]) -> Result<()> {
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: docker\r\n{fields}Content-Length: {length}\r\n\r\n");
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        Ok(self.0.get_mut().write_all(&request)?)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.0.read_line(&mut line)? > 0, "the engine ended the connection");
        line.truncate(line.trim_end().len());
        Ok(line)
    }

    fn head(&mut self) -> Result<Head> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
        let mut head =
            Head { status: status.with_context(|| format!("no HTTP: {first}"))?, length: None, chunked: false };
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { return Ok(head) };
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Some(value.trim().parse()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                head.chunked = value.trim().eq_ignore_ascii_case("chunked");
            }
        }
    }

    fn chunks(&mut self, text: &mut Vec<u8>) -> Result<()> {
        loop {
            let line = self.line()?;
            let size = u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
            let before = text.len() as u64;
            (&mut self.0).take(size).read_to_end(text)?;
            ensure!(text.len() as u64 - before == size, "an answer ended early");
            self.line()?;
            if size == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(answer: &'static str) -> Connection {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(answer.as_bytes()).unwrap();
        std::mem::forget(theirs);
        Connection(BufReader::new(ours))
    }

    #[test]
    fn answers_with_a_length_and_in_chunks_leave_the_connection_ready() {
        let mut connection = answered(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOKHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n\
             3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        );
        assert_eq!(connection.get("/_ping").unwrap(), (200, b"OK".to_vec()));
        assert_eq!(connection.ask("POST", "/x", None).unwrap(), serde_json::json!({"a": 1}));
        assert_eq!(connection.ask("DELETE", "/x", None).unwrap(), Value::Null);
    }

    #[test]
    fn a_refusal_is_an_error() {
        let mut connection = answered("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
        assert!(connection.ask("GET", "/x", None).unwrap_err().to_string().contains("404 none"));
    }
}
