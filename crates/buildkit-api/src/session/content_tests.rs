//! A content store over a pipe in memory, with a client that serves what containerd serves.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use build::Client;
use bytes::Bytes;
use grpc::proto::content::{
    AbortRequest, Empty, Info, InfoRequest, InfoResponse, ReadContentRequest, ReadContentResponse, WriteAction,
    WriteContentRequest, WriteContentResponse,
};
use grpc::server::{self, Answer, Call, Messages};
use grpc::{Request, Status, Streaming};
use http::HeaderMap;
use image::Blob;
use oci::Digest;
use oci::image::Descriptor;
use sha2::Digest as _;
use tokio_stream::StreamExt;

use super::content::{ABORT, INFO, READ, STORE, WRITE};
use super::*;

#[derive(Default)]
struct Theirs {
    stored: Mutex<HashMap<String, Vec<u8>>>,
    given_up: Mutex<Vec<String>>,
}

fn digest(bytes: &[u8]) -> Digest {
    Digest::sha256(sha2::Sha256::digest(bytes).into())
}

fn descriptor(bytes: &[u8]) -> Descriptor {
    let text = format!(r#"{{"mediaType":"x","digest":"{}","size":{}}}"#, digest(bytes), bytes.len());
    serde_json::from_str(&text).unwrap()
}

fn blob(bytes: &[u8], described: Descriptor) -> Blob {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Blob { descriptor: described, file: Arc::new(file), sent: Arc::default() }
}

async fn serve(call: Call, theirs: Arc<Theirs>) -> Answer {
    let known = call.headers().get(STORE).is_some_and(|name| name == "local:known");
    if !known {
        return server::refusal(&Status::not_found("unknown store"));
    }
    match call.uri().path() {
        INFO => {
            server::unary(call, |request: Request<InfoRequest>| async move {
                let digest = request.into_inner().digest;
                let size = theirs.stored.lock().unwrap().get(&digest).map(Vec::len);
                let size = size.ok_or_else(|| Status::not_found("not found"))?;
                Ok(InfoResponse { info: Some(Info { digest, size: i64::try_from(size).unwrap() }) })
            })
            .await
        }
        READ => {
            server::streamed(call, |request: Request<ReadContentRequest>| async move {
                let ReadContentRequest { digest, offset, .. } = request.into_inner();
                let bytes = theirs.stored.lock().unwrap().get(&digest).cloned();
                let bytes = bytes.ok_or_else(|| Status::not_found("not found"))?;
                let offset = usize::try_from(offset).unwrap();
                let pieces: Vec<_> = bytes[offset..]
                    .chunks(1000)
                    .map(|piece| Ok(ReadContentResponse { offset: 0, data: piece.to_vec() }))
                    .collect();
                Ok(Messages::new(tokio_stream::iter(pieces)))
            })
            .await
        }
        WRITE => {
            server::both(call, |request: Request<Streaming<WriteContentRequest>>| async move {
                let mut whole = Vec::new();
                let answers = request.into_inner().map(move |message| {
                    let message = message?;
                    if theirs.stored.lock().unwrap().contains_key(&message.expected) {
                        return Err(Status::already_exists("it is there"));
                    }
                    if message.total == 13 {
                        return Err(Status::resource_exhausted("no space left on device"));
                    }
                    assert_eq!(usize::try_from(message.offset).unwrap(), whole.len());
                    whole.extend_from_slice(&message.data);
                    if message.action == i32::from(WriteAction::Commit) {
                        assert_eq!(usize::try_from(message.total).unwrap(), whole.len());
                        theirs.stored.lock().unwrap().insert(message.expected, std::mem::take(&mut whole));
                    }
                    Ok(WriteContentResponse { action: message.action, ..WriteContentResponse::default() })
                });
                Ok(Messages::new(answers))
            })
            .await
        }
        ABORT => {
            server::unary(call, |request: Request<AbortRequest>| async move {
                theirs.given_up.lock().unwrap().push(request.into_inner().r#ref);
                Ok(Empty {})
            })
            .await
        }
        _ => server::unknown(&call),
    }
}

/// What a client offers that serves these methods.
async fn open(methods: &[&str]) -> (Offers, Arc<Theirs>) {
    let (sessions, theirs) = (Arc::new(Sessions::default()), Arc::new(Theirs::default()));
    let (near, far) = tokio::io::duplex(64 << 10);
    let served = Arc::clone(&theirs);
    tokio::spawn(server::serve(far, move |call| serve(call, Arc::clone(&served))));
    let mut headers = HeaderMap::new();
    headers.insert(ID, "one".parse().unwrap());
    for method in methods {
        headers.append(METHOD, method.parse().unwrap());
    }
    let held = Arc::clone(&sessions);
    tokio::spawn(async move {
        let _ = held.hold(near, &headers).await;
    });
    let session = sessions.find("one").await.unwrap();
    (Offers::new(sessions, Some(session), None), theirs)
}

#[tokio::test]
async fn content_goes_to_the_client_and_comes_back() {
    let (offers, theirs) = open(&[INFO, READ, WRITE, ABORT]).await;
    let store = offers.store("local:known").await.unwrap();
    // More than one message, and nothing at all.
    for bytes in [vec![7_u8; (5 << 20) / 2], Vec::new()] {
        let described = descriptor(&bytes);
        assert!(!store.has(&described.digest).await.unwrap());
        let one = blob(&bytes, described.clone());
        store.write(&one).await.unwrap();
        assert_eq!(one.sent.load(std::sync::atomic::Ordering::SeqCst), described.size);
        assert!(store.has(&described.digest).await.unwrap());
        // That it is there already is as good.
        store.write(&one).await.unwrap();
        let back = image::small(&*store, &described.digest, 3 << 20).await.unwrap();
        assert_eq!(back, bytes);
    }
    assert!(image::small(&*store, &digest(&vec![7; (5 << 20) / 2]), 1 << 20).await.is_err(), "it is too large");
    let manifest = Bytes::from_static(b"{}");
    store.put_manifest(&descriptor(&manifest), &manifest).await.unwrap();
    assert_eq!(store.manifest(&digest(&manifest)).await.unwrap().1, manifest);
    assert_eq!(theirs.given_up.lock().unwrap().len(), 2, "what was there already");
}

#[tokio::test]
async fn what_a_client_says_is_not_believed() {
    let (offers, theirs) = open(&[INFO, READ, WRITE, ABORT]).await;
    let store = offers.store("local:known").await.unwrap();
    theirs.stored.lock().unwrap().insert(digest(b"good").to_string(), b"evil".to_vec());
    let error = store.manifest(&digest(b"good")).await.unwrap_err().to_string();
    assert!(error.contains("expected digest"), "{error}");
    let error = store.manifest(&digest(b"none")).await.unwrap_err().to_string();
    assert!(error.contains("not found"), "{error}");
    let other = offers.store("local:other").await.unwrap();
    let error = other.manifest(&digest(b"good")).await.unwrap_err().to_string();
    assert!(error.contains("unknown store"), "{error}");
    let (nothing, _) = open(&[]).await;
    let error = nothing.store("local:known").await.err().unwrap().to_string();
    assert_eq!(error, "the client serves no content store");
}

#[tokio::test]
async fn what_cannot_be_written_is_given_up() {
    let (offers, theirs) = open(&[INFO, READ, WRITE, ABORT]).await;
    let store = offers.store("local:known").await.unwrap();
    let error = store.write(&blob(&[0; 13], descriptor(&[0; 13]))).await.unwrap_err().to_string();
    assert!(error.contains("no space left on device"), "{error}");
    // A file that is shorter than it should be.
    assert!(store.write(&blob(b"short", descriptor(b"longer"))).await.is_err());
    let told = async {
        while theirs.given_up.lock().unwrap().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), told).await.unwrap();
    assert!(theirs.stored.lock().unwrap().is_empty());
}
