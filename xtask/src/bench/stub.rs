//! A stub of an engine: answers every request of a stock client at once, so that what is measured is the client.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;

use anyhow::{Context, Result};

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Serves a socket for as long as this process lives.
pub(crate) fn serve(socket: &Path) -> Result<()> {
    let listener = UnixListener::bind(socket).with_context(|| format!("listening at {}", socket.display()))?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let _ = connection(stream);
            });
        }
    });
    Ok(())
}

fn connection(stream: UnixStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut first, mut length) = (String::new(), 0);
        if stream.read_line(&mut first)? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        std::io::copy(&mut (&mut stream).take(length), &mut std::io::sink())?;
        let mut words = first.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (answer, last) = answer(method, path.split('?').next().unwrap_or_default());
        stream.get_mut().write_all(answer.as_bytes())?;
        if last {
            return Ok(());
        }
    }
}

/// The answer to a request, and whether the connection ends with it.
fn answer(method: &str, path: &str) -> (String, bool) {
    // Without the version that a path begins with.
    let path = match path.strip_prefix("/v1.") {
        Some(rest) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => path,
    };
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let json = |status: &str, body: String| {
        format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let done = || "HTTP/1.1 204 No Content\r\n\r\n".to_owned();
    let stream = "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n\
                  Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    match (method, parts.as_slice()) {
        ("POST", ["containers", _, "attach"] | ["exec", _, "start"]) => (stream.to_owned(), true),
        (_, ["_ping"]) => {
            let head = "HTTP/1.1 200 OK\r\nApi-Version: 1.44\r\nOstype: linux\r\nContent-Type: text/plain\r\n";
            let body = if method == "HEAD" { "" } else { "OK" };
            (format!("{head}Content-Length: 2\r\n\r\n{body}"), false)
        }
        ("POST", ["containers", "create"]) => (json("201 Created", format!(r#"{{"Id":"{ID}","Warnings":[]}}"#)), false),
        ("POST", ["containers", _, "wait"]) => (json("200 OK", r#"{"StatusCode":0}"#.into()), false),
        ("POST", ["containers", _, "exec"]) => (json("201 Created", format!(r#"{{"Id":"{ID}"}}"#)), false),
        ("GET", ["exec", _, "json"]) => {
            (json("200 OK", format!(r#"{{"ID":"{ID}","Running":false,"ExitCode":0}}"#)), false)
        }
        ("GET", ["containers", "json"]) => (json("200 OK", "[]".into()), false),
        ("GET", ["containers", _, "json"]) => {
            let body = format!(r#"{{"Id":"{ID}","State":{{"Running":true}},"Config":{{"Tty":false}}}}"#);
            (json("200 OK", body), false)
        }
        ("POST" | "DELETE", _) => (done(), false),
        _ => (json("404 Not Found", r#"{"message":"the stub knows no such thing"}"#.into()), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart_with_and_without_a_version() {
        assert!(answer("POST", "/v1.44/containers/create").0.contains("201"));
        assert!(answer("POST", "/containers/x/attach").1);
        assert!(answer("DELETE", "/v1.44/containers/x").0.contains("204"));
        assert!(answer("HEAD", "/_ping").0.ends_with("\r\n\r\n"));
        assert!(answer("GET", "/v1.44/nothing").0.contains("404"));
    }
}
