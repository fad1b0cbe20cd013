//! Requests whose end two readers could see at different places: refused, or made to have one end only.

use tokio::io::AsyncWriteExt;

use crate::backend::{Backend, get, odd, raw};
use crate::routings::{one, started};

#[tokio::test]
async fn ambiguous_requests_are_refused_with_what_follows_them() {
    let backend = Backend::start("a").await;
    let (_balancer, address) = started(one(&[backend.address])).await;
    const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    // Refused with 400 before any target is asked.
    for head in [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "GET / HTTP/1.1\r\nHost: x\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA\r: y\r\n\r\n",
        "GET / HTTP/1.1\r\n\tA: y\r\nHost: x\r\n\r\n",
        "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA\0b: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: y\0z\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\rA: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: u@x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET http://u@x/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1 x\r\nHost: x\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        "G\x01T / HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        let answer = raw(address, format!("{head}{SMUGGLED}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.0 400 "), "{head:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "{head:?}: {answer}");
    }
    assert_eq!(backend.requests(), 0);
}

#[tokio::test]
async fn a_body_that_is_no_chunks_reaches_nobody_as_a_request() {
    let backend = Backend::start("a").await;
    let (_balancer, address) = started(one(&[backend.address])).await;
    for body in [
        "5\r\nhelloGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
        "xyz\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5 \n\r\nhello\r\n0\r\n\r\n",
        "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n",
        "0\r\nA B: c\r\n\r\n",
    ] {
        let bytes = format!("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        let answer = raw(address, bytes).await;
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{body:?}: {answer}");
        assert!(!answer.ends_with("0\r\n\r\n") || !answer.starts_with("HTTP/1.1 200"), "{body:?}: {answer}");
    }
    assert!(backend.requests() <= 7);
    assert_eq!(get(address, "x", "/").await.text, "a");
}

/// What a target sends beyond its answer is never another client's.
#[tokio::test]
async fn an_answer_nobody_asked_for_goes_to_nobody() {
    let (target, _task) = odd(|mut stream| async move {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo";
        let mut bytes = [0; 4096];
        while let Ok(1..) = tokio::io::AsyncReadExt::read(&mut stream, &mut bytes).await {
            let _ = stream.write_all(answer).await;
        }
    })
    .await;
    let (_balancer, address) = started(one(&[target])).await;
    for _ in 0..10 {
        assert_eq!(get(address, "x", "/").await.text, "one");
    }
}

/// In HTTP/2 nothing can be said that would be two requests in HTTP/1.
#[tokio::test]
async fn fields_of_http2_cannot_end_a_head() {
    for value in ["a\r\nGET /smuggled HTTP/1.1", "a\nb", "a\0b"] {
        assert!(http::HeaderValue::from_str(value).is_err(), "{value:?}");
    }
    let backend = Backend::start("a").await;
    let (_balancer, address) = started(one(&[backend.address])).await;
    // A head by hand: HPACK without Huffman and tables, so that what no library sends can be sent.
    let literal = |name: &str, value: &str| {
        let mut field = vec![0, name.len() as u8];
        field.extend_from_slice(name.as_bytes());
        field.push(value.len() as u8);
        field.extend_from_slice(value.as_bytes());
        field
    };
    for (name, value) in [
        ("x", "a\r\nb: c"),
        ("x: y\r\nz", "1"),
        ("transfer-encoding", "chunked"),
        ("connection", "close"),
        ("content-length", "7"),
        ("Upper", "1"),
        (":path", "/other"),
    ] {
        let mut block = Vec::new();
        for (name, value) in
            [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "x"), (name, value)]
        {
            block.extend(literal(name, value));
        }
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
        bytes.extend_from_slice(&[0, 0, block.len() as u8, 1, 5, 0, 0, 0, 1]);
        bytes.extend(block);
        // GOAWAY, so that the connection ends.
        bytes.extend_from_slice(&[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        raw(address, bytes).await;
        assert_eq!(backend.requests(), 0, "{name}: {value}");
    }
}
