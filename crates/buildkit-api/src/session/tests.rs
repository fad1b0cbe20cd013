//! Sessions over a pipe in memory, with a client that serves what buildx serves.

use std::sync::Arc;
use std::time::Duration;

use build::{Client, Local};
use filesync::{Flow, Packet, PacketType, Sender, Stat};
use grpc::proto::control::BytesMessage;
use grpc::proto::secrets::{GetSecretRequest, GetSecretResponse};
use grpc::server::{self, Answer, Call, Messages};
use grpc::{Request, Status, Streaming};
use http::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::*;

const METHODS: &[&str] =
    &[files::DIFF_COPY, "/moby.buildkit.secrets.v1.Secrets/GetSecret", "/moby.sshforward.v1.SSH/ForwardAgent"];

fn headers(id: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ID, id.parse().unwrap());
    headers.insert(SHARED_KEY, "key".parse().unwrap());
    for method in METHODS {
        headers.append(METHOD, method.parse().unwrap());
    }
    headers
}

/// A session whose client serves this directory; what it is asked for is told.
fn open(
    id: &'static str,
    folder: std::path::PathBuf,
) -> (Arc<Sessions>, mpsc::UnboundedReceiver<String>, tokio::task::JoinHandle<()>) {
    let sessions = Arc::new(Sessions::default());
    let (near, far) = tokio::io::duplex(64 << 10);
    let (told, asked) = mpsc::unbounded_channel();
    tokio::spawn(server::serve(far, move |call| serve(call, folder.clone(), told.clone())));
    let held = Arc::clone(&sessions);
    let task = tokio::spawn(async move {
        let _ = held.hold(near, &headers(id)).await;
    });
    (sessions, asked, task)
}

async fn serve(call: Call, folder: std::path::PathBuf, told: mpsc::UnboundedSender<String>) -> Answer {
    match call.uri().path() {
        files::DIFF_COPY => server::both(call, move |request| async move { send(request, folder, told) }).await,
        "/moby.buildkit.secrets.v1.Secrets/GetSecret" => {
            server::unary(call, |request: Request<GetSecretRequest>| async move {
                match request.into_inner().id.as_str() {
                    "known" => Ok(GetSecretResponse { data: b"word".to_vec() }),
                    "long" => Ok(GetSecretResponse { data: vec![0; limits::SECRET_BYTES + 1] }),
                    "broken" => Err(Status::internal("no such file")),
                    _ => Err(Status::not_found("secret not found")),
                }
            })
            .await
        }
        "/moby.sshforward.v1.SSH/ForwardAgent" => {
            server::both(call, |request: Request<Streaming<BytesMessage>>| async move {
                // Like an agent, it says nothing before it is asked.
                let shout = request
                    .into_inner()
                    .map(|message| message.map(|message| BytesMessage { data: message.data.to_ascii_uppercase() }));
                Ok(Messages::new(shout))
            })
            .await
        }
        _ => server::unknown(&call),
    }
}

fn send(
    request: Request<Streaming<Packet>>,
    folder: std::path::PathBuf,
    told: mpsc::UnboundedSender<String>,
) -> Result<Messages<Packet>, Status> {
    let name = request.metadata().get("dir-name").and_then(|name| name.to_str().ok()).unwrap_or_default().to_owned();
    if name == "none" {
        return Err(Status::not_found("no access allowed to dir \"none\""));
    }
    let mut incoming = request.into_inner();
    let (packets, outgoing) = mpsc::channel(16);
    tokio::spawn(async move {
        if name == "hostile" {
            let stat = Stat { path: "../outside".into(), ..Stat::default() };
            let packet = Packet { r#type: PacketType::PacketStat.into(), stat: Some(stat), ..Packet::default() };
            let _ = packets.send(Ok(packet)).await;
        } else {
            let root = std::fs::File::open(folder).unwrap().into();
            let (mut sender, mut out) = (Sender::new(root), Vec::new());
            let mut keep = |packet| {
                out.push(packet);
                Ok(())
            };
            sender.name(&mut keep).unwrap();
            for packet in out.drain(..) {
                let _ = packets.send(Ok(packet)).await;
            }
            while let Some(Ok(packet)) = incoming.next().await {
                let _ = told.send(format!("{:?}", PacketType::try_from(packet.r#type).unwrap()));
                let mut out = Vec::new();
                let mut keep = |packet| {
                    out.push(packet);
                    Ok(())
                };
                let flow = sender.take(packet, &mut keep).unwrap();
                for packet in out {
                    let _ = packets.send(Ok(packet)).await;
                }
                if flow == Flow::Finished {
                    return;
                }
            }
        }
        while let Some(Ok(packet)) = incoming.next().await {
            let _ = told.send(String::from_utf8_lossy(&packet.data).into_owned());
        }
    });
    Ok(Messages::new(ReceiverStream::new(outgoing)))
}

async fn offers(sessions: &Arc<Sessions>, id: &str) -> Offers {
    Offers::new(Arc::clone(sessions), Some(sessions.find(id).await.unwrap()), None)
}

fn local(name: &str) -> Local {
    Local { name: name.into(), ..Local::default() }
}

#[tokio::test]
async fn directories_come_and_then_only_what_differs() {
    let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(theirs.path().join("a"), "content").unwrap();
    std::fs::create_dir(theirs.path().join("b")).unwrap();
    let (sessions, mut asked, _task) = open("one", theirs.path().into());
    let offers = offers(&sessions, "one").await;
    assert_eq!(offers.shared_key("context").as_deref(), Some("context:key"));
    for expected in [&["PacketReq", "PacketFin"][..], &["PacketFin"]] {
        let bytes = std::sync::atomic::AtomicU64::new(0);
        let progress = |now| bytes.store(now, std::sync::atomic::Ordering::SeqCst);
        offers.local(&local("context"), ours.path(), &progress).await.unwrap();
        assert!(bytes.into_inner() > 0);
        for packet in expected {
            assert_eq!(asked.recv().await.unwrap(), *packet);
        }
    }
    assert_eq!(std::fs::read(ours.path().join("a")).unwrap(), b"content");
    assert!(ours.path().join("b").is_dir());
}

#[tokio::test]
async fn what_a_client_must_not_send_is_told_to_both_sides() {
    let around = tempfile::tempdir().unwrap();
    let ours = around.path().join("ours");
    std::fs::create_dir(&ours).unwrap();
    let (sessions, mut asked, _task) = open("one", around.path().into());
    let offers = offers(&sessions, "one").await;
    let error = offers.local(&local("hostile"), &ours, &|_| ()).await.unwrap_err().to_string();
    assert!(error.contains("refused to receive \"../outside\""), "{error}");
    assert!(asked.recv().await.unwrap().contains("../outside"));
    let error = offers.local(&local("none"), &ours, &|_| ()).await.unwrap_err().to_string();
    assert_eq!(error, "no access allowed to dir \"none\"");
    assert_eq!(std::fs::read_dir(around.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn secrets_and_agents_are_the_clients() {
    let (sessions, _asked, _task) = open("one", "/".into());
    let offers = offers(&sessions, "one").await;
    assert_eq!(offers.secret("known").await.unwrap().as_deref(), Some(&b"word"[..]));
    assert_eq!(offers.secret("unknown").await.unwrap(), None);
    assert!(offers.secret("broken").await.unwrap_err().to_string().contains("no such file"));
    assert!(offers.secret("long").await.is_err());
    // It serves no such method, and is not asked.
    assert!(offers.credentials("docker.io").await.unwrap().is_none());
    let socket = std::os::unix::net::UnixStream::from(offers.ssh("default").await.unwrap().unwrap());
    socket.set_nonblocking(true).unwrap();
    let mut socket = tokio::net::UnixStream::from_std(socket).unwrap();
    socket.write_all(b"who are you").await.unwrap();
    let mut answer = [0; 11];
    socket.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"WHO ARE YOU");
}

#[tokio::test]
async fn a_session_is_waited_for_and_goes_with_its_connection() {
    let sessions = Arc::new(Sessions::default());
    let waiting = {
        let sessions = Arc::clone(&sessions);
        tokio::spawn(async move { sessions.find("late").await.is_ok() })
    };
    tokio::task::yield_now().await;
    let (near, far) = tokio::io::duplex(1024);
    let serving = tokio::spawn(server::serve(far, |call: Call| async move { server::unknown(&call) }));
    let held = Arc::clone(&sessions);
    let holding = tokio::spawn(async move {
        let _ = held.hold(near, &headers("late")).await;
    });
    assert!(waiting.await.unwrap());
    assert!(sessions.check(&headers("late")).unwrap_err().contains("already exists"));
    serving.abort();
    tokio::time::timeout(Duration::from_secs(5), holding).await.unwrap().unwrap();
    assert!(sessions.check(&headers("late")).is_ok());
    assert!(sessions.check(&HeaderMap::new()).is_err());
}

#[tokio::test]
async fn a_client_that_goes_away_ends_what_it_was_asked() {
    let ours = tempfile::tempdir().unwrap();
    let (sessions, _asked, task) = open("one", "/".into());
    let offers = offers(&sessions, "one").await;
    task.abort();
    let error = offers.local(&local("context"), ours.path(), &|_| ()).await.unwrap_err().to_string();
    assert!(error.contains("went away"), "{error}");
}
