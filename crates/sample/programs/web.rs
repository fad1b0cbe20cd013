//! The sample web application: answers every request with a small page, on port 8080 or the one in PORT.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// The most that a request's head may have.
const HEAD: u64 = 16 << 10;

fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").ok().and_then(|text| text.parse().ok()).unwrap_or(8080);
    let listener = TcpListener::bind(("0.0.0.0", port))?;
    println!("listening on port {port}");
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || {
            if let Err(error) = answer(&stream) {
                eprintln!("a request broke off: {error}");
            }
        });
    }
    Ok(())
}

fn answer(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream.take(HEAD)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    println!("{request}");
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let body = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>It works</title>\n\
         <style>body{{font:18px system-ui;margin:10vh auto;max-width:36em;padding:0 1em}}code{{background:#8883;padding:.1em .3em}}</style>\n\
         <h1>It works</h1>\n<p>This page comes from container <code>{}</code>, process {} of its own world.</p>\n",
        host.trim(),
        std::process::id()
    );
    let mut out = stream;
    write!(
        out,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
