//! Starting a build and following it to its end.

use std::collections::{BTreeMap, HashMap};
use std::pin::pin;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client::{Client, Hijacked};
use grpc::client::Channel;
use grpc::proto::{control, gateway};
use grpc::{Code, Request, Status};
use oci::image::Descriptor;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::session::Session;
use crate::{Error, Layout, Name, Offers, Refusal, Update};

/// How long what a build still has to say is listened to after it has ended, as BuildKit's client does.
const LAST_WORDS: Duration = Duration::from_secs(3);

const SOLVE: &str = "/moby.buildkit.v1.Control/Solve";
const STATUS: &str = "/moby.buildkit.v1.Control/Status";
const WORKERS: &str = "/moby.buildkit.v1.Control/ListWorkers";
const BRIDGE_PING: &str = "/moby.buildkit.v1.frontend.LLBBridge/Ping";
const BRIDGE_SOLVE: &str = "/moby.buildkit.v1.frontend.LLBBridge/Solve";
const BRIDGE_RETURN: &str = "/moby.buildkit.v1.frontend.LLBBridge/Return";

/// An output or a cache: what it is, and its parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// `moby`, `local`, `registry`, `inline`, ….
    pub kind: String,
    /// Its parameters.
    pub attrs: BTreeMap<String, String>,
}

/// A directory whose index is to name what the build stores in it.
#[derive(Debug, Clone)]
pub struct Filed {
    /// The directory.
    pub layout: Layout,
    /// What is stored, and how it is named.
    pub what: Filing,
}

/// What a build stores in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filing {
    /// Its cache, under this tag.
    Cache(String),
    /// The image, under its own names; without any, it is `latest`.
    Image,
}

/// What of the frontend is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// It builds.
    Build,
    /// It answers a question about the build: `frontend.lint`, `frontend.outline`, `frontend.targets`.
    Question(String),
}

/// A build.
#[derive(Debug, Clone)]
pub struct Build {
    /// What the frontend is: `dockerfile.v0`, or `gateway.v0` for one that is an image.
    pub frontend: String,
    /// Its parameters: `filename`, `target`, `build-arg:NAME`, ….
    pub attrs: BTreeMap<String, String>,
    /// What is called.
    pub call: Call,
    /// What comes of the build.
    pub outputs: Vec<Entry>,
    /// Caches to read.
    pub cache_from: Vec<Entry>,
    /// Caches to write.
    pub cache_to: Vec<Entry>,
    /// Directories in which what is stored gets its names when the build is done.
    pub filed: Vec<Filed>,
    /// What the build is allowed beyond the usual: `network.host`.
    pub entitlements: Vec<String>,
    /// What the daemon may ask for meanwhile.
    pub offers: Offers,
}

/// What came of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What the outputs tell: `containerimage.digest` and so on; and the answer to a question: `result.json`.
    pub response: BTreeMap<String, String>,
}

/// A future that ends when the build is to be cancelled.
pub trait Cancel: Future<Output = ()> + Send {}

impl<T: Future<Output = ()> + Send> Cancel for T {}

/// A builder of the daemon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worker {
    /// What it says of itself.
    pub labels: BTreeMap<String, String>,
}

/// A task that ends when this is dropped.
#[derive(Debug)]
struct Background<T>(JoinHandle<T>);

impl<T> Drop for Background<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A channel to the daemon, and the task that carries it.
async fn channel(client: &Client) -> Result<(Channel, Background<()>), Error> {
    let upgraded = client.post("/grpc").upgrade("h2c").await;
    let upgraded: Hijacked = upgraded.map_err(|error| match error.status().map(|status| status.as_u16()) {
        Some(404 | 501) => Error::NoBuilder(error.message()),
        _ => Error::Client(error),
    })?;
    let opened = Channel::open(upgraded.into_stream()).await;
    let (channel, connection) = opened.map_err(|error| Error::Broken(error.to_string()))?;
    let carrying = tokio::spawn(async move {
        // Whoever waits for an answer is told.
        let _ = connection.await;
    });
    Ok((channel, Background(carrying)))
}

/// The builders of a daemon.
///
/// # Errors
/// When the daemon cannot be reached or has none.
pub async fn workers(client: &Client) -> Result<Vec<Worker>, Error> {
    let (channel, _carrying) = channel(client).await?;
    let asked = Request::new(control::ListWorkersRequest::default());
    let answer: control::ListWorkersResponse = channel.unary(WORKERS, asked).await?;
    Ok(answer.record.into_iter().map(|record| Worker { labels: record.labels.into_iter().collect() }).collect())
}

impl Build {
    /// Builds, and gives what is told meanwhile to `updates`; a listener that is slow slows the build. When `cancel`
    /// ends, the build is given up, and what it says of that is still told.
    ///
    /// # Errors
    /// When the daemon cannot be reached, the build fails, or it was cancelled.
    pub async fn run(
        self,
        client: &Client,
        updates: mpsc::Sender<Update>,
        cancel: impl Cancel,
    ) -> Result<Outcome, Error> {
        let (id, session) = (crate::name()?, crate::name()?);
        let (channel, _carrying) = channel(client).await?;
        let serving = Session::open(client, &session, self.offers.clone(), updates.clone()).await?;
        let _serving = Background(tokio::spawn(serving.serve()));
        let mut following = Background(tokio::spawn(follow(channel.clone(), id.clone(), updates)));
        let solved = {
            let mut solving = pin!(self.solve(&channel, id, session));
            tokio::select! {
                solved = &mut solving => solved,
                () = cancel => Err(cancelled()),
            }
        };
        // The connection may have ended because the daemon did; then there is nothing more to hear.
        match timeout(LAST_WORDS, &mut following.0).await {
            Ok(Ok(Err(error))) if solved.is_ok() => return Err(error),
            _ => {}
        }
        solved
    }

    async fn solve(self, channel: &Channel, id: String, session: String) -> Result<Outcome, Error> {
        let request = self.request(&id, session);
        let solving = channel.unary::<_, control::SolveResponse>(SOLVE, Request::new(request));
        match &self.call {
            Call::Build => {
                let answer = solving.await?;
                let response: BTreeMap<_, _> = answer.exporter_response.into_iter().collect();
                for filed in self.filed {
                    let told = response.clone();
                    let naming = tokio::task::spawn_blocking(move || filed.name(&told));
                    naming.await.map_err(|error| Error::Local(error.to_string()))??;
                }
                Ok(Outcome { response })
            }
            Call::Question(question) => {
                let (solved, answered) = tokio::join!(solving, self.ask(channel, &id, question));
                // The build fails with the frontend's own words.
                let metadata = match (solved, answered) {
                    (Ok(_), answered) => answered?,
                    (Err(solved), _) => return Err(solved.into()),
                };
                let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
                Ok(Outcome { response: metadata.into_iter().map(|(key, value)| (key, text(value))).collect() })
            }
        }
    }

    fn request(&self, id: &str, session: String) -> control::SolveRequest {
        let attrs = |attrs: &BTreeMap<String, String>| -> HashMap<_, _> { attrs.clone().into_iter().collect() };
        let caches = |entries: &[Entry]| {
            let entry =
                |entry: &Entry| control::CacheOptionsEntry { r#type: entry.kind.clone(), attrs: attrs(&entry.attrs) };
            entries.iter().map(entry).collect()
        };
        let mut request = control::SolveRequest {
            r#ref: id.to_owned(),
            session,
            frontend_attrs: attrs(&self.attrs),
            entitlements: self.entitlements.clone(),
            internal: self.call != Call::Build,
            ..control::SolveRequest::default()
        };
        request.cache = Some(control::CacheOptions {
            exports: caches(&self.cache_to),
            imports: caches(&self.cache_from),
            ..control::CacheOptions::default()
        });
        if !self.cache_from.is_empty() {
            // BuildKit's frontend reads which caches it may use here, and nowhere else.
            let entry = |entry: &Entry| json!({ "Type": entry.kind, "Attrs": entry.attrs });
            let imports: Vec<_> = self.cache_from.iter().map(entry).collect();
            request.frontend_attrs.insert("cache-imports".into(), json!(imports).to_string());
        }
        // A question is asked by a frontend of its own, on this side of the connection.
        if self.call == Call::Build {
            request.frontend.clone_from(&self.frontend);
        }
        // Older daemons know one output only.
        if let Some(first) = self.outputs.first() {
            request.exporter_deprecated.clone_from(&first.kind);
            request.exporter_attrs_deprecated = attrs(&first.attrs);
        }
        let exporter = |entry: &Entry| control::Exporter { r#type: entry.kind.clone(), attrs: attrs(&entry.attrs) };
        request.exporters = self.outputs.iter().map(exporter).collect();
        request
    }

    /// Asks the frontend, and gives its answer back to the build, which ends then.
    async fn ask(&self, channel: &Channel, id: &str, question: &str) -> Result<HashMap<String, Vec<u8>>, Status> {
        let mut options: HashMap<String, String> = self.attrs.clone().into_iter().collect();
        let caps = "moby.buildkit.frontend.subrequests+forward";
        let told = options.entry("frontend.caps".to_owned()).or_default();
        *told = if told.is_empty() { caps.to_owned() } else { format!("{told},{caps}") };
        options.insert("requestid".to_owned(), format!("frontend.{question}"));
        let ask = gateway::SolveRequest {
            frontend: self.frontend.clone(),
            frontend_opt: options,
            allow_result_return: true,
            allow_result_array_ref: true,
            ..gateway::SolveRequest::default()
        };
        let ping = about(id, gateway::PingRequest::default())?;
        channel.unary::<_, gateway::PongResponse>(BRIDGE_PING, ping).await?;
        let answered = channel.unary::<_, gateway::SolveResponse>(BRIDGE_SOLVE, about(id, ask)?).await;
        let end = match &answered {
            Ok(answer) => gateway::ReturnRequest { result: answer.result.clone(), error: None },
            Err(status) => gateway::ReturnRequest { result: None, error: Some(status_message(status)) },
        };
        channel.unary::<_, gateway::ReturnResponse>(BRIDGE_RETURN, about(id, end)?).await?;
        Ok(answered?.result.unwrap_or_default().metadata)
    }
}

impl Filed {
    /// Names what the daemon says that it has stored. That a cache was not exported may be no failure.
    fn name(&self, told: &BTreeMap<String, String>) -> Result<(), Error> {
        let wrong =
            |why: String| Error::Local(format!("what the daemon says that it has stored cannot be read: {why}"));
        let parse = |text: &[u8]| serde_json::from_slice::<Descriptor>(text).map_err(|error| wrong(error.to_string()));
        match &self.what {
            Filing::Cache(tag) => match told.get("cache.manifest") {
                Some(text) => self.layout.name(&parse(text.as_bytes())?, &[Name::Tag(tag.clone())]),
                None => Ok(()),
            },
            Filing::Image => {
                let Some(text) = told.get("containerimage.descriptor") else { return Ok(()) };
                let text = STANDARD.decode(text).map_err(|error| wrong(error.to_string()))?;
                let names = told.get("image.name").map(String::as_str).unwrap_or_default();
                let names = names.split(',').filter(|name| !name.is_empty()).map(|name| {
                    name.parse().map(Name::Image).map_err(|error: oci::ParseReferenceError| wrong(error.to_string()))
                });
                let mut names = names.collect::<Result<Vec<_>, _>>()?;
                if names.is_empty() {
                    names.push(Name::Tag("latest".into()));
                }
                self.layout.name(&parse(&text)?, &names)
            }
        }
    }
}

/// The status that is sent back, with what explains it.
fn status_message(status: &Status) -> grpc::proto::rpc::Status {
    crate::error::decoded(status).unwrap_or_else(|| grpc::proto::rpc::Status {
        code: status.code().into(),
        message: status.message().to_owned(),
        details: Vec::new(),
    })
}

/// A call that belongs to a build.
fn about<T>(id: &str, message: T) -> Result<Request<T>, Status> {
    let mut request = Request::new(message);
    let value = id.parse().map_err(|_| Status::internal("the build's name is no metadata"))?;
    request.metadata_mut().insert("buildkit-controlapi-buildid", value);
    Ok(request)
}

fn cancelled() -> Error {
    let message = "Canceled: context canceled".to_owned();
    Error::Refused(Box::new(Refusal { code: Code::Cancelled, message, sources: Vec::new() }))
}

async fn follow(channel: Channel, id: String, updates: mpsc::Sender<Update>) -> Result<(), Error> {
    let asked = Request::new(control::StatusRequest { r#ref: id });
    let mut told = channel.streamed::<_, control::StatusResponse>(STATUS, asked).await?;
    while let Some(update) = told.message().await? {
        if updates.send(update.into()).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_daemon_says_it_has_stored_is_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let mut writer = layout.writer().unwrap();
        writer.write(b"{}").unwrap();
        let digest = writer.digest();
        writer.commit(None).unwrap();
        let filed = |what| Filed { layout: layout.clone(), what };
        let cache = filed(Filing::Cache("t".into()));
        let told = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let described = format!(r#"{{"mediaType":"m","digest":"{digest}","size":2}}"#);
        // Nothing was exported, which may be no failure.
        cache.name(&BTreeMap::new()).unwrap();
        let other = described.replace(digest.hex(), &"00".repeat(32));
        for text in ["", "[]", r#"{"digest":"sha256:../x","mediaType":"","size":1}"#, &other] {
            assert!(cache.name(&told("cache.manifest", text)).is_err(), "{text}");
        }
        assert!(!folder.path().join("index.json").exists());
        cache.name(&told("cache.manifest", &described)).unwrap();
        assert_eq!(layout.find("t").unwrap().as_ref(), Some(&digest));

        let image = filed(Filing::Image);
        let mut response = told("containerimage.descriptor", &STANDARD.encode(&described));
        image.name(&response).unwrap();
        assert_eq!(layout.find("latest").unwrap().as_ref(), Some(&digest));
        response.insert("image.name".into(), "docker.io/library/a:1,docker.io/b/c:2".into());
        image.name(&response).unwrap();
        for name in ["docker.io/library/a:1", "docker.io/b/c:2", "1", "2"] {
            assert_eq!(layout.find(name).unwrap().as_ref(), Some(&digest), "{name}");
        }
        response.insert("image.name".into(), "NO NAME".into());
        assert!(image.name(&response).is_err());
        assert!(image.name(&told("containerimage.descriptor", &described)).is_err());
    }
}
