//! What the client of a build offers through its session.

use std::collections::HashMap;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use build::{Answer, Client, Error, Local, Received};
use grpc::client::Channel;
use grpc::proto::filesync::{CredentialsRequest, CredentialsResponse};
use grpc::proto::secrets::{GetSecretRequest, GetSecretResponse};
use grpc::proto::ssh::{BytesMessage, CheckAgentRequest, CheckAgentResponse};
use grpc::{Code, MetadataValue, Request, Status, Streaming};
use image::{Credentials, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::{ContentStore, Session, Sessions, files, upload};
use crate::limits;

const CREDENTIALS: &str = "/moby.filesync.v1.Auth/Credentials";
const GET_SECRET: &str = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
const CHECK_AGENT: &str = "/moby.sshforward.v1.SSH/CheckAgent";
const FORWARD_AGENT: &str = "/moby.sshforward.v1.SSH/ForwardAgent";

/// The session of a build, as the builder sees it. A build may have none: it can ask for nothing then.
pub(crate) struct Offers {
    sessions: Arc<Sessions>,
    session: Option<Arc<Session>>,
    /// What was sent before the build began.
    received: Option<Received>,
    /// Directories that another session has: builds of one client that use the same one share it.
    elsewhere: Mutex<HashMap<String, String>>,
}

impl Offers {
    pub(crate) fn new(sessions: Arc<Sessions>, session: Option<Arc<Session>>, received: Option<Received>) -> Self {
        Self { sessions, session, received, elsewhere: Mutex::default() }
    }

    /// Directories, by name, come from these sessions.
    pub(crate) fn share(&self, elsewhere: HashMap<String, String>) {
        self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner).extend(elsewhere);
    }

    /// The session, if its client serves this method.
    fn serving(&self, method: &str) -> Option<&Channel> {
        self.session.as_ref().and_then(|session| session.channel(method))
    }
}

impl Client for Offers {
    fn local<'a>(&'a self, wanted: &'a Local, into: &'a Path, progress: &'a (dyn Fn(u64) + Sync)) -> Answer<'a, ()> {
        Box::pin(async move {
            let elsewhere = self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner).get(&wanted.name).cloned();
            let session = match elsewhere {
                Some(id) => Some(self.sessions.find(&id).await.map_err(|status| Error::client(status.message()))?),
                None => self.session.clone(),
            };
            let session = session.filter(|session| session.channel(files::DIFF_COPY).is_some());
            let session = session.ok_or_else(|| Error::client("no local sources enabled"))?;
            files::receive(&session, wanted, into, progress).await.map_err(Error::client)
        })
    }

    fn upload<'a>(&'a self, url: &'a str) -> Answer<'a, Box<dyn Read + Send>> {
        Box::pin(async move {
            let channel = self.serving(upload::PULL).ok_or_else(|| Error::client("the client uploads nothing"))?;
            let stream = upload::pull(channel, url).await;
            let stream = stream.map_err(|status| Error::client(format!("{url}: {}", status.message())))?;
            Ok(Box::new(stream) as Box<dyn Read + Send>)
        })
    }

    fn held(&self, name: &str) -> Option<PathBuf> {
        self.received.as_ref().filter(|_| name == "context").map(|received| received.path().to_owned())
    }

    fn shared_key(&self, name: &str) -> Option<String> {
        let key = self.session.as_ref().map(|session| session.shared_key.as_str()).filter(|key| !key.is_empty())?;
        Some(format!("{name}:{key}"))
    }

    fn secret<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let Some(channel) = self.serving(GET_SECRET) else { return Ok(None) };
            let request = GetSecretRequest { id: id.to_owned(), annotations: Default::default() };
            match channel.unary::<_, GetSecretResponse>(GET_SECRET, Request::new(request)).await {
                Ok(answer) if answer.data.len() > limits::SECRET_BYTES => Err(Error::invalid(format!(
                    "the secret {id} has {} bytes, more than {}",
                    answer.data.len(),
                    limits::SECRET_BYTES
                ))),
                Ok(answer) => Ok(Some(answer.data)),
                Err(status) if absent(&status) => Ok(None),
                Err(status) => Err(Error::client(format!("the secret {id}: {}", status.message()))),
            }
        })
    }

    fn ssh<'a>(&'a self, id: &'a str) -> Answer<'a, Option<OwnedFd>> {
        Box::pin(async move {
            let Some(channel) = self.serving(FORWARD_AGENT) else { return Ok(None) };
            let failed = |status: Status| Error::client(format!("the ssh agent {id}: {}", status.message()));
            if self.serving(CHECK_AGENT).is_some() {
                let request = Request::new(CheckAgentRequest { id: id.to_owned() });
                match channel.unary::<_, CheckAgentResponse>(CHECK_AGENT, request).await {
                    Ok(_) => {}
                    // buildx has no code for it, only a text.
                    Err(status) if absent(&status) || status.message().starts_with("unset ssh forward key") => {
                        return Ok(None);
                    }
                    Err(status) => return Err(failed(status)),
                }
            }
            let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(Error::client)?;
            ours.set_nonblocking(true).map_err(Error::client)?;
            let ours = UnixStream::from_std(ours).map_err(Error::client)?;
            let (sender, receiver) = mpsc::channel(4);
            let mut request = Request::new(ReceiverStream::new(receiver));
            if let Ok(id) = MetadataValue::try_from(id) {
                request.metadata_mut().insert("buildkit.ssh.id", id);
            }
            tokio::spawn(carry(channel.clone(), request, ours, sender));
            Ok(Some(theirs.into()))
        })
    }

    fn store<'a>(&'a self, id: &'a str) -> Answer<'a, Arc<dyn Store>> {
        Box::pin(async move {
            let session = self.session.as_ref().ok_or_else(|| Error::client("a content store needs a session"))?;
            let store = ContentStore::open(session, id).map_err(|status| Error::client(status.message()))?;
            Ok(Arc::new(store) as Arc<dyn Store>)
        })
    }

    fn credentials<'a>(&'a self, host: &'a str) -> Answer<'a, Option<Credentials>> {
        Box::pin(async move {
            let Some(channel) = self.serving(CREDENTIALS) else { return Ok(None) };
            // The default registry's name is not where it is, and clients know its login by where it is.
            let host = if host == "docker.io" { "registry-1.docker.io" } else { host };
            let request = Request::new(CredentialsRequest { host: host.to_owned() });
            match channel.unary::<_, CredentialsResponse>(CREDENTIALS, request).await {
                Ok(answer) if answer.secret.is_empty() => Ok(None),
                Ok(answer) => {
                    // Docker's word for a login by an identity token.
                    let username = if answer.username.is_empty() { "<token>".into() } else { answer.username };
                    Ok(Some(Credentials { username, password: words::Secret::new(answer.secret) }))
                }
                Err(status) if absent(&status) => Ok(None),
                Err(status) => Err(Error::client(format!("credentials for {host}: {}", status.message()))),
            }
        })
    }
}

fn absent(status: &Status) -> bool {
    matches!(status.code(), Code::NotFound | Code::Unimplemented)
}

/// One connection to the client's agent: ends when either side does. The agent says nothing before it is asked, and so
/// the call is answered only when something went out.
async fn carry(
    channel: Channel,
    request: Request<ReceiverStream<BytesMessage>>,
    ours: UnixStream,
    sender: mpsc::Sender<BytesMessage>,
) {
    let (mut read, mut write) = ours.into_split();
    let outward = async move {
        let mut buffer = vec![0; 32 << 10];
        while let Ok(count @ 1..) = read.read(&mut buffer).await {
            if sender.send(BytesMessage { data: buffer[..count].to_vec() }).await.is_err() {
                return;
            }
        }
    };
    let inward = async move {
        let mut incoming: Streaming<BytesMessage> = match channel.both(FORWARD_AGENT, request).await {
            Ok(incoming) => incoming,
            Err(status) => {
                tracing::debug!(message = status.message(), "an ssh agent is not forwarded");
                return;
            }
        };
        while let Some(Ok(message)) = incoming.next().await {
            if write.write_all(&message.data).await.is_err() {
                return;
            }
        }
    };
    // What the agent says last is still carried after the step has closed its side.
    tokio::pin!(outward, inward);
    tokio::select! {
        () = &mut inward => {}
        () = &mut outward => inward.await,
    }
}
