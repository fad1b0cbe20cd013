//! Builds that were asked for at `POST /build?version=2`: the request is there in whole, everything else is as with
//! BuildKit's own protocol. What happens is told in lines of JSON, which carry its messages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use build::{Context, DockerfileAt, Received, Request};
use grpc::Status;
use grpc::proto::control::{BuildHistoryRecord, Exporter, StatusResponse};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};

use crate::bridge::Frontend;
use crate::outputs::Wanted;
use crate::session::Offers;
use crate::{Parts, attrs, errors, events, limits, task};

/// A build with a session.
pub struct Asked {
    /// What the client calls it; may be empty.
    pub id: String,
    /// The session; may be empty.
    pub session: String,
    /// What is to be built.
    pub request: Request,
    /// The path of the Dockerfile in an archive.
    pub dockerfile: String,
    /// What there is to build from.
    pub files: Files,
    /// Exporters by name, with their options.
    pub outputs: Vec<(String, HashMap<String, String>)>,
}

/// What a build with a session begins with.
pub enum Files {
    /// Directories of the session, or what the request says.
    Session,
    /// An archive.
    Archive(Received),
    /// An archive that comes by itself.
    Upload,
}

/// Archives that come by themselves, by the build that they belong to.
#[derive(Default)]
pub(crate) struct Uploads {
    coming: Mutex<HashMap<String, oneshot::Receiver<Received>>>,
    changed: watch::Sender<()>,
}

impl Uploads {
    /// One is about to come. Nobody may want it: what was said before is forgotten when too many wait.
    pub(crate) fn begin(&self, id: &str) -> oneshot::Sender<Received> {
        let (sender, receiver) = oneshot::channel();
        let mut coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
        if coming.len() >= limits::UPLOADS {
            coming.clear();
        }
        coming.insert(id.to_owned(), receiver);
        drop(coming);
        self.changed.send_replace(());
        sender
    }

    async fn take(&self, id: &str) -> Result<Received, Status> {
        let mut changed = self.changed.subscribe();
        let gone = || Status::unavailable("the client has sent no archive to build from");
        let begun = async {
            while !self.is_coming(id) {
                if changed.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::time::timeout(limits::PATIENCE, begun).await.map_err(|_| gone())?;
        let coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        // It takes as long as it takes.
        coming.ok_or_else(gone)?.await.map_err(|_| gone())
    }

    fn is_coming(&self, id: &str) -> bool {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }
}

/// Builds, and tells.
pub(crate) fn build(parts: Arc<Parts>, asked: Asked) -> mpsc::Receiver<Value> {
    let (lines, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        let built = run(&parts, asked, &lines);
        let line = tokio::select! {
            built = built => match built {
                Ok(id) => json!({ "id": "moby.image.id", "aux": { "ID": id } }),
                Err(status) => {
                    let message = status.message();
                    json!({ "errorDetail": { "message": message }, "error": message })
                }
            },
            () = lines.closed() => return,
        };
        let _ = lines.send(line).await;
    });
    receiver
}

/// Gives the image's id; empty when the result went elsewhere.
async fn run(parts: &Arc<Parts>, asked: Asked, lines: &mpsc::Sender<Value>) -> Result<String, Status> {
    let exporters: Vec<Exporter> =
        asked.outputs.into_iter().map(|(kind, attrs)| Exporter { r#type: kind, attrs }).collect();
    let wanted = exporters.iter().enumerate().map(|(number, one)| Wanted::read(number, one));
    let wanted: Vec<Wanted> = wanted.collect::<Result<_, _>>()?;
    let session = match asked.session.as_str() {
        "" => None,
        id => Some(parts.sessions.find(id).await?),
    };
    let mut request = asked.request;
    // Docker's word for a cache that the image carries; buildx says it with the outputs.
    let inline =
        request.args.get("BUILDKIT_INLINE_CACHE").is_some_and(|text| attrs::boolean("", text).unwrap_or(false));
    let received = match asked.files {
        Files::Session => None,
        Files::Archive(received) => Some(received),
        Files::Upload => Some(parts.uploads.take(&asked.id).await?),
    };
    let received = match received {
        None => None,
        Some(received) => {
            let path = asked.dockerfile.clone();
            let read = task::blocking(move || {
                // It is read before what .dockerignore leaves out is left out.
                let text = received.read(&path)?;
                received.leave_out_ignored()?;
                Ok((received, text))
            });
            let (received, text) = read.await?.map_err(|error: build::Error| errors::status(&error))?;
            request.context = Context::Local("context".into());
            request.dockerfile = DockerfileAt::Text(text);
            Some(received)
        }
    };
    let offers = Arc::new(Offers::new(Arc::clone(&parts.sessions), session.clone(), received));
    let id = if asked.id.is_empty() { crate::results::fresh_digest()?.hex().to_owned() } else { asked.id };
    let record = BuildHistoryRecord {
        r#ref: id,
        frontend: "dockerfile.v0".into(),
        exporters,
        created_at: Some(events::moment(words::Timestamp::now())),
        ..BuildHistoryRecord::default()
    };
    let mut frontend = None;
    let begun = parts.builds.begin(record, false, |reporter| {
        let client: Arc<dyn build::Client> = Arc::clone(&offers) as Arc<dyn build::Client>;
        let job = Arc::new(parts.builder.job(client, reporter));
        frontend = Some(Frontend { job, offers });
        None
    })?;
    let Some(frontend) = frontend else { return Err(Status::internal("a build without a frontend")) };
    let told = Arc::clone(&begun.running).listen();
    let cancelled = begun.running.cancelled();
    let work = async {
        let built = async {
            let product = frontend.build(request).await?;
            let mut told = HashMap::new();
            for one in wanted {
                one.carrying(inline).export(&frontend.job, &product, session.as_ref(), &mut told).await?;
            }
            begun.running.made(&product);
            Ok(told)
        };
        let done: Result<HashMap<String, String>, Status> = tokio::select! {
            built = built => built,
            () = cancelled => Err(Status::cancelled("context canceled")),
        };
        begun.complete(&done).await;
        done
    };
    let (done, ()) = tokio::join!(work, trace(told, lines));
    Ok(done?.remove("containerimage.config.digest").unwrap_or_default())
}

/// Passes on what the build tells.
async fn trace(mut told: mpsc::Receiver<Result<StatusResponse, Status>>, lines: &mpsc::Sender<Value>) {
    while let Some(Ok(response)) = told.recv().await {
        let line = json!({ "id": "moby.buildkit.trace", "aux": STANDARD.encode(grpc::proto::encode(&response)) });
        if lines.send(line).await.is_err() {
            return;
        }
    }
}
