//! The session: what the daemon may ask of this side while a build runs.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use client::{Client, Stream};
use grpc::proto::filesync::{CredentialsRequest, CredentialsResponse};
use grpc::proto::health::health_check_response::ServingStatus;
use grpc::proto::health::{HealthCheckRequest, HealthCheckResponse};
use grpc::proto::secrets::{GetSecretRequest, GetSecretResponse};
use grpc::proto::ssh::{CheckAgentRequest, CheckAgentResponse};
use grpc::proto::upload::BytesMessage;
use grpc::server::{self, Answer, Call, Messages};
use grpc::{Request, Status, Streaming};
use http::header::HeaderName;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use words::{Secret, Timestamp};

use crate::hand::Hand;
use crate::send::{self, Local};
use crate::{Error, Layout, Sink, Update, Vertex, agent, content, metadata, receive};

/// Longest secret: BuildKit's `MaxSecretSize`.
const SECRET_BYTES: u64 = 500 << 10;
/// Bytes of an archive in one message.
const CHUNK_BYTES: usize = 256 << 10;
/// Messages of an archive between the reader and the connection.
const CHUNKS: usize = 4;

/// Name and password, or token, of a registry.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// Who; empty with a token.
    pub username: String,
    /// The password or the token; empty where there are no credentials.
    pub secret: Secret,
}

/// Where the value of a secret is.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// In this file, which is read when the value is asked for.
    File(PathBuf),
    /// Here.
    Value(Secret),
}

/// An archive that is sent when it is asked for, once.
#[derive(Clone)]
pub struct Upload(Arc<Mutex<Option<Box<dyn Read + Send>>>>);

impl Upload {
    /// An archive that a reader gives.
    pub fn new(reader: impl Read + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(reader)))))
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upload")
    }
}

/// How a build knows the store that an image goes to as files.
pub const EXPORT: &str = "export";

/// Finds the credentials of a registry by its host. It may block.
pub type FindCredentials = dyn Fn(&str) -> Result<Credentials, String> + Send + Sync;

/// What the daemon may ask for while a build runs.
#[derive(Clone)]
pub struct Offers {
    /// What the daemon may know this side's directories by from one build to the next: with the same key it needs only
    /// what has changed. Empty: with no other build.
    pub shared_key: String,
    /// Files by the name that the build knows them by: `context`, `dockerfile`.
    pub locals: BTreeMap<String, Local>,
    /// Secrets by id.
    pub secrets: BTreeMap<String, SecretSource>,
    /// Sockets of ssh agents by id.
    pub agents: BTreeMap<String, PathBuf>,
    /// Archives by name; the build knows them as `http://buildkit-session/NAME`.
    pub uploads: BTreeMap<String, Upload>,
    /// Where the build's outputs go, by their place in the list of outputs.
    pub sinks: BTreeMap<usize, Sink>,
    /// Directories with content by digest, by the names that the build knows them by: `local:PATH` for the cache there,
    /// `oci:NAME` for a context, and [`EXPORT`] for an image that leaves as files.
    pub stores: BTreeMap<String, Layout>,
    /// Finds credentials of registries.
    pub credentials: Arc<FindCredentials>,
}

impl fmt::Debug for Offers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shared_key, locals, secrets, agents, uploads, sinks, stores, credentials: _ } = self;
        f.debug_struct("Offers")
            .field("shared_key", shared_key)
            .field("locals", locals)
            .field("secrets", secrets)
            .field("agents", agents)
            .field("uploads", uploads)
            .field("sinks", sinks)
            .field("stores", stores)
            .finish_non_exhaustive()
    }
}

impl Default for Offers {
    fn default() -> Self {
        Self {
            shared_key: String::new(),
            locals: BTreeMap::new(),
            secrets: BTreeMap::new(),
            agents: BTreeMap::new(),
            uploads: BTreeMap::new(),
            sinks: BTreeMap::new(),
            stores: BTreeMap::new(),
            credentials: Arc::new(|_| Ok(Credentials::default())),
        }
    }
}

/// The header that names a session.
pub(crate) const ID: HeaderName = HeaderName::from_static("x-docker-expose-session-uuid");

const HEALTH: &str = "/grpc.health.v1.Health/Check";
const FILES: &str = "/moby.filesync.v1.FileSync/DiffCopy";
const OUTPUT: &str = "/moby.filesync.v1.FileSend/DiffCopy";
const CREDENTIALS: &str = "/moby.filesync.v1.Auth/Credentials";
const SECRET: &str = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
const AGENT_CHECK: &str = "/moby.sshforward.v1.SSH/CheckAgent";
const AGENT: &str = "/moby.sshforward.v1.SSH/ForwardAgent";
const UPLOAD: &str = "/moby.upload.v1.Upload/Pull";

/// What is always served; content is where there is some. A token is never fetched on this side, so the daemon asks for
/// credentials instead: its question for a token's authority is answered as one for an unknown method.
const METHODS: &[&str] = &[HEALTH, FILES, OUTPUT, CREDENTIALS, SECRET, AGENT_CHECK, AGENT, UPLOAD];

/// A session that a daemon knows.
#[derive(Debug)]
pub(crate) struct Session {
    stream: Stream,
    shared: Shared,
}

#[derive(Debug, Clone)]
struct Shared {
    offers: Arc<Offers>,
    hand: Hand,
    updates: mpsc::Sender<Update>,
    /// Hosts whose credentials were given already; people are told once.
    told: Arc<Mutex<Vec<String>>>,
}

impl Session {
    /// Makes a session known to the daemon.
    ///
    /// # Errors
    /// When the daemon cannot be reached or knows no sessions.
    pub(crate) async fn open(
        client: &Client,
        id: &str,
        offers: Offers,
        updates: mpsc::Sender<Update>,
    ) -> Result<Self, Error> {
        let mut request = client
            .post("/session")
            .header(ID, id)
            .header(HeaderName::from_static("x-docker-expose-session-name"), "")
            .header(HeaderName::from_static("x-docker-expose-session-sharedkey"), offers.shared_key.as_str());
        let content = if offers.stores.is_empty() { &[] } else { content::METHODS };
        for method in METHODS.iter().chain(content) {
            request = request.header(HeaderName::from_static("x-docker-expose-session-grpc-method"), *method);
        }
        let stream = request.upgrade("h2c").await?.into_stream();
        let hand = Hand::new(Client::with_version(client.endpoint().clone(), client.version().await?), id);
        Ok(Self { stream, shared: Shared { offers: Arc::new(offers), hand, updates, told: Arc::default() } })
    }

    /// Serves until the daemon ends the connection.
    pub(crate) async fn serve(self) {
        let shared = self.shared;
        // When it breaks, so does the build, which says why.
        let _ = server::serve(self.stream, move |call| answer(shared.clone(), call)).await;
    }
}

async fn answer(shared: Shared, call: Call) -> Answer {
    let offers = shared.offers.clone();
    match call.uri().path() {
        HEALTH => {
            server::unary(call, |_: Request<HealthCheckRequest>| async {
                Ok(HealthCheckResponse { status: ServingStatus::Serving.into() })
            })
            .await
        }
        FILES => {
            server::both(call, |request| async move {
                let name = metadata::first(request.metadata(), "dir-name").unwrap_or_default();
                let local = offers.locals.get(name).cloned();
                let local = local.ok_or_else(|| Status::not_found(format!("no access allowed to dir {name:?}")))?;
                send::send(local, &shared.hand, request).await
            })
            .await
        }
        OUTPUT => output(&offers, call).await,
        CREDENTIALS => {
            server::unary(call, |request: Request<CredentialsRequest>| credentials(shared, request.into_inner())).await
        }
        SECRET => {
            server::unary(call, |request: Request<GetSecretRequest>| async move {
                let id = request.into_inner().id;
                let source = offers.secrets.get(&id).cloned();
                // BuildKit's words: whether the secret was needed is decided there.
                let source = source.ok_or_else(|| Status::not_found("not found"))?;
                let reading = tokio::task::spawn_blocking(move || secret(&source));
                let data = reading.await.map_err(|error| Status::internal(error.to_string()))?;
                Ok(GetSecretResponse { data: data.map_err(|error| Status::unknown(format!("secret {id}: {error}")))? })
            })
            .await
        }
        AGENT_CHECK => {
            server::unary(call, |request: Request<CheckAgentRequest>| async move {
                let id = agent_id(&request.get_ref().id);
                match offers.agents.contains_key(&id) {
                    true => Ok(CheckAgentResponse {}),
                    false => Err(Status::unknown(format!("unset ssh forward key {id}"))),
                }
            })
            .await
        }
        AGENT => {
            server::both(call, |request| async move {
                let id = agent_id(metadata::first(request.metadata(), "buildkit.ssh.id").unwrap_or_default());
                let socket = offers.agents.get(&id).cloned();
                let socket = socket.ok_or_else(|| Status::unknown(format!("unset ssh forward key {id}")))?;
                agent::forward(&socket, request.into_inner()).await
            })
            .await
        }
        UPLOAD => server::both(call, |request| async move { upload(&offers, &request) }).await,
        path if content::METHODS.contains(&path) => {
            let store = call.headers().get(content::STORE).and_then(|name| name.to_str().ok());
            let store = store.and_then(|name| offers.stores.get(name)).cloned();
            content::answer(store, call).await
        }
        _ => server::unknown(&call),
    }
}

fn agent_id(id: &str) -> String {
    if id.is_empty() { "default".into() } else { id.to_owned() }
}

async fn output(offers: &Offers, call: Call) -> Answer {
    let number = call.headers().get("buildkit-attachable-exporter-id").and_then(|value| value.to_str().ok());
    let number = number.and_then(|text| text.parse().ok()).unwrap_or(0);
    match offers.sinks.get(&number).cloned() {
        Some(Sink::Directory(path)) => server::both(call, |request| receive::directory(path, request)).await,
        Some(Sink::File(file)) => server::both(call, |request| receive::file(file, request)).await,
        None => server::refusal(&Status::unknown(format!("exporter {number} not found"))),
    }
}

fn secret(source: &SecretSource) -> Result<Vec<u8>, String> {
    let value = match source {
        SecretSource::Value(value) => value.reveal().as_bytes().to_vec(),
        SecretSource::File(path) => {
            let file = std::fs::File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let mut value = Vec::new();
            file.take(SECRET_BYTES + 1)
                .read_to_end(&mut value)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            value
        }
    };
    match u64::try_from(value.len()) {
        Ok(0..=SECRET_BYTES) => Ok(value),
        _ => Err("it is longer than 500 KiB".into()),
    }
}

async fn credentials(shared: Shared, request: CredentialsRequest) -> Result<CredentialsResponse, Status> {
    let (host, find) = (request.host.clone(), shared.offers.credentials.clone());
    let found = tokio::task::spawn_blocking(move || find(&host)).await;
    let found = found.map_err(|error| Status::internal(error.to_string()))?;
    let given = !matches!(&found, Ok(credentials) if credentials.secret.reveal().is_empty());
    let new = {
        let mut told = shared.told.lock().unwrap_or_else(PoisonError::into_inner);
        let new = given && !told.contains(&request.host);
        told.push(request.host.clone());
        new
    };
    if new {
        shared.tell(format!("[auth] sharing credentials for {}", request.host), found.as_ref().err()).await;
    }
    match found {
        Ok(Credentials { username, secret }) => {
            Ok(CredentialsResponse { username, secret: secret.reveal().to_owned() })
        }
        Err(error) => Err(Status::unknown(error)),
    }
}

impl Shared {
    /// Shows a step that was done on this side.
    async fn tell(&self, name: String, error: Option<&String>) {
        let Ok(id) = crate::name() else { return };
        let now = Some(Timestamp::now());
        let begun = Vertex { digest: format!("client:{id}"), name, started: now, ..Vertex::default() };
        let ended = Vertex { completed: now, error: error.cloned().unwrap_or_default(), ..begun.clone() };
        for vertex in [begun, ended] {
            let _ = self.updates.send(Update { vertexes: vec![vertex], ..Update::default() }).await;
        }
    }
}

fn upload(offers: &Offers, request: &Request<Streaming<BytesMessage>>) -> Result<Messages<BytesMessage>, Status> {
    let path = metadata::first(request.metadata(), "urlpath").unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let taken = offers.uploads.get(name).and_then(|upload| {
        let mut reader = upload.0.lock().unwrap_or_else(PoisonError::into_inner);
        reader.take()
    });
    let mut reader = taken.ok_or_else(|| Status::unknown(format!("no http response from session for {name}")))?;
    let (out, messages) = mpsc::channel(CHUNKS);
    // A read of a terminal or a pipe cannot be ended: a thread of its own does not hold up the program's end.
    std::thread::spawn(move || {
        loop {
            let mut data = vec![0; CHUNK_BYTES];
            let message = match reader.read(&mut data) {
                Ok(0) => return,
                Ok(count) => {
                    data.truncate(count);
                    Ok(BytesMessage { data })
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => Err(Status::unknown(format!("reading the context: {error}"))),
            };
            if out.blocking_send(message).is_err() {
                return;
            }
        }
    });
    Ok(Messages::new(ReceiverStream::new(messages)))
}
