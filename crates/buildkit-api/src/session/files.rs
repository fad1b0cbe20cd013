//! Directories of the client's: `FileSync.DiffCopy`, the receiving side.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use build::Local;
use filesync::{Flow, Packet, Receiver, Reception};
use grpc::client::is_gone;
use grpc::{MetadataMap, MetadataValue, Request, Status, Streaming};
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;

use super::Session;
use super::descriptors::Handed;

/// The method.
pub(super) const DIFF_COPY: &str = "/moby.filesync.v1.FileSync/DiffCopy";

/// Packets that are handed to the disk's thread at once, and bytes of content in them.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 1 << 20;

/// Requests that the disk's thread may have outstanding fit, with the end: it never waits for the client.
const REPLIES: usize = filesync::limits::REQUESTS + 8;

/// How often it is told how far a file is that the kernel copies.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// Makes `into` equal to a directory of the client's, and tells how many bytes have come so far.
pub(super) async fn receive(
    session: &Session,
    wanted: &Local,
    into: &Path,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), String> {
    let root: OwnedFd = std::fs::File::open(into).map_err(|error| format!("{}: {error}", into.display()))?.into();
    let (replies, outgoing) = mpsc::channel::<Packet>(REPLIES);
    let mut request = Request::new(ReceiverStream::new(outgoing));
    *request.metadata_mut() = metadata(wanted);
    let (call, copied) = (session.descriptors.call(), Arc::new(AtomicU64::new(0)));
    request.metadata_mut().insert(filesync::CALL, call.into());
    let answered = session.channel.both(DIFF_COPY, request).await;
    let incoming: Streaming<Packet> = answered.map_err(|status| told(wanted, &status))?;
    let handed = Handed {
        descriptors: Arc::clone(&session.descriptors),
        call,
        copied: Arc::clone(&copied),
        replies: replies.clone(),
    };
    let (batches, to_disk) = mpsc::channel(2);
    let disk = tokio::task::spawn_blocking(move || write(root, handed, to_disk, &replies));
    let arrived = AtomicU64::new(0);
    let tell = || progress(arrived.load(Ordering::Relaxed) + copied.load(Ordering::Relaxed));
    let mut ended = pin!(async { tokio::join!(feed(incoming, batches, &arrived), disk) });
    let (fed, disk) = loop {
        let ended = tokio::time::timeout(TOLD_EVERY, &mut ended).await;
        tell();
        if let Ok(ended) = ended {
            break ended;
        }
    };
    match disk {
        Ok(Ok(Flow::Finished)) => Ok(()),
        Ok(Ok(Flow::Open)) => Err(match fed {
            Ok(()) => format!("the client ended the transfer of {:?} before its end", wanted.name),
            Err(status) => told(wanted, &status),
        }),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the transfer of {:?} was broken off", wanted.name)),
    }
}

/// What the client says when it has no such directory, or cannot read it.
fn told(wanted: &Local, status: &Status) -> String {
    if is_gone(status) {
        return format!("the client went away while {:?} was transferred", wanted.name);
    }
    status.message().to_owned()
}

/// Hands packets on in batches: to wake a thread costs more than to store an entry.
async fn feed(
    mut incoming: Streaming<Packet>,
    batches: mpsc::Sender<Vec<Packet>>,
    arrived: &AtomicU64,
) -> Result<(), Status> {
    loop {
        let (batch, end) = next_batch(&mut incoming).await;
        let bytes = batch.iter().map(|packet| grpc::proto::encoded_len(packet) as u64).sum::<u64>();
        arrived.fetch_add(bytes, Ordering::Relaxed);
        if !batch.is_empty() && batches.send(batch).await.is_err() {
            // The disk's thread has ended: it has finished, or failed and said so.
            return Ok(());
        }
        if let Some(ended) = end {
            return ended;
        }
    }
}

/// What has come so far, at least one packet, and how the stream has ended if it has.
async fn next_batch(incoming: &mut Streaming<Packet>) -> (Vec<Packet>, Option<Result<(), Status>>) {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    std::future::poll_fn(|context| {
        loop {
            match Pin::new(&mut *incoming).poll_next(context) {
                Poll::Ready(Some(Ok(packet))) => {
                    bytes += packet.data.len();
                    batch.push(packet);
                    if batch.len() >= BATCH || bytes >= BATCH_BYTES {
                        return Poll::Ready((std::mem::take(&mut batch), None));
                    }
                }
                Poll::Ready(Some(Err(status))) => {
                    return Poll::Ready((std::mem::take(&mut batch), Some(Err(status))));
                }
                Poll::Ready(None) => return Poll::Ready((std::mem::take(&mut batch), Some(Ok(())))),
                Poll::Pending if batch.is_empty() => return Poll::Pending,
                Poll::Pending => return Poll::Ready((std::mem::take(&mut batch), None)),
            }
        }
    })
    .await
}

/// The disk's side, which may block.
fn write(
    root: OwnedFd,
    handed: Handed,
    mut batches: mpsc::Receiver<Vec<Packet>>,
    replies: &mpsc::Sender<Packet>,
) -> filesync::Result<Flow> {
    let mut receiver = Receiver::new(root, Reception::Mirror)?.with(Box::new(handed));
    let mut answers = Vec::new();
    while let Some(batch) = batches.blocking_recv() {
        for packet in batch {
            match receiver.take(packet, &mut answers) {
                Ok(Flow::Open) => {}
                Ok(Flow::Finished) => return Ok(Flow::Finished),
                Err(error) => {
                    let _ = replies.blocking_send(error.packet());
                    return Err(error);
                }
            }
            for answer in answers.drain(..) {
                // A client that is gone is noticed by the next packet that does not come.
                let _ = replies.blocking_send(answer);
            }
        }
    }
    Ok(Flow::Open)
}

fn metadata(wanted: &Local) -> MetadataMap {
    let mut metadata = MetadataMap::new();
    put(&mut metadata, "dir-name", "dir-name-encoded", std::slice::from_ref(&wanted.name));
    put(&mut metadata, "include-patterns", "include-patterns-encoded", &wanted.include);
    put(&mut metadata, "exclude-patterns", "exclude-patterns-encoded", &wanted.exclude);
    put(&mut metadata, "followpaths", "followpaths-encoded", &wanted.follow);
    metadata
}

/// Values of one key. All are escaped when one of them could not be sent as it is, and a second key says so.
fn put(metadata: &mut MetadataMap, key: &'static str, escaped_key: &'static str, values: &[String]) {
    let plain = |value: &String| value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && value.trim() == value;
    let escape = !values.iter().all(plain);
    for value in values {
        let value = if escape { query_escape(value) } else { value.clone() };
        if let Ok(value) = MetadataValue::try_from(value) {
            metadata.append(key, value);
        }
    }
    if escape {
        metadata.insert(escaped_key, MetadataValue::from_static("1"));
    }
}

/// As Go's `url.QueryEscape`.
fn query_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            b' ' => escaped.push('+'),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_header_carries_are_escaped() {
        let wanted = Local {
            name: "context".into(),
            exclude: vec!["*.txt".into(), "!\u{e4} b/%".into()],
            follow: vec!["a b".into()],
            ..Local::default()
        };
        let metadata = metadata(&wanted);
        let values = |key: &str| metadata.get_all(key).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(values("dir-name"), ["context"]);
        assert_eq!(values("exclude-patterns"), ["%2A.txt", "%21%C3%A4+b%2F%25"]);
        assert_eq!(values("exclude-patterns-encoded"), ["1"]);
        assert_eq!(values("followpaths"), ["a b"]);
        assert!(values("followpaths-encoded").is_empty() && values("include-patterns").is_empty());
    }
}
