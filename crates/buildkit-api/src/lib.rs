//! BuildKit's protocol: `docker buildx` and `bollard` build with this daemon as they do with BuildKit.
//!
//! ```text
//!   POST /grpc     ── the client calls ──►  Control    builds, what they tell, records, workers
//!                                           LLBBridge  the gateway, for frontends of the client's own
//!                                           Content    what records refer to
//!   POST /session  ◄─ the daemon calls ──   the client's directories, secrets, agents, logins, outputs
//!   POST /build?version=2                   as Control.Solve, told in lines of JSON
//! ```
//! Both are HTTP/2 on upgraded connections. Calls become a [`build::Request`] and a [`build::Client`], and events of
//! the build become what the protocol has for them. Every method is found in [`BuildKit::call`].
//!
//! What this crate does not know: HTTP/1.1, Dockerfiles, how anything is built.
#![forbid(unsafe_code)]

mod attest;
mod attrs;
mod blobs;
mod bridge;
mod builds;
mod caches;
mod capabilities;
mod classic;
mod control;
mod errors;
mod events;
pub mod limits;
mod outputs;
mod results;
mod session;
mod subrequests;
mod task;
mod usage;
mod workers;

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use bridge::Bridge;
use build::{Builder, Received};
pub use classic::{Asked, Files};
use grpc::proto::control::{
    BuildHistoryRequest, InfoRequest, InfoResponse, ListWorkersRequest, ListWorkersResponse, SolveRequest,
    StatusRequest, UpdateBuildHistoryRequest, UpdateBuildHistoryResponse,
};
use grpc::proto::gateway::{
    EvaluateRequest, EvaluateResponse, InputsRequest, InputsResponse, PingRequest, ReadDirRequest, ReadFileRequest,
    ReturnRequest, ReturnResponse, StatFileRequest, WarnRequest, WarnResponse,
};
use grpc::proto::health::{HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus};
use grpc::proto::{content, control as messages, gateway};
use grpc::server::{self, Answer, Call, Messages};
use grpc::{Request, Status, Streaming};
use http::HeaderMap;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

/// Under this name a gateway call says which build it belongs to.
const BUILD_ID: &str = "buildkit-controlapi-buildid";

/// BuildKit's protocol for one builder. Copies share everything.
#[derive(Clone)]
pub struct BuildKit(Arc<Parts>);

pub(crate) struct Parts {
    builder: Builder,
    sessions: Arc<session::Sessions>,
    builds: Arc<builds::Builds>,
    results: Arc<results::Results>,
    uploads: classic::Uploads,
    worker: workers::Worker,
}

impl BuildKit {
    /// Serves this builder. `id` names the daemon over its restarts, `version` is its own.
    pub fn new(builder: Builder, id: &str, version: &str) -> Self {
        let worker = workers::Worker::new(id, version, builder.kept());
        Self(Arc::new(Parts {
            builder,
            sessions: Arc::default(),
            builds: Arc::default(),
            results: Arc::default(),
            uploads: classic::Uploads::default(),
            worker,
        }))
    }

    /// Serves calls on an upgraded connection of `POST /grpc` until it ends.
    pub async fn grpc<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let own = self.clone();
        let served = server::serve(stream, move |call| {
            let own = own.clone();
            async move { own.call(call).await }
        });
        if let Err(error) = served.await {
            tracing::debug!(%error, "a connection of the build protocol ended");
        }
    }

    /// Says why these headers of `POST /session` open no session.
    ///
    /// # Errors
    /// With the reason, as the client's user reads it.
    pub fn check_session(&self, headers: &HeaderMap) -> Result<(), String> {
        self.0.sessions.check(headers)
    }

    /// Holds a session on an upgraded connection of `POST /session` until it ends.
    pub async fn session<S>(&self, stream: S, headers: &HeaderMap)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        if let Err(error) = self.0.sessions.hold(stream, headers).await {
            tracing::debug!(%error, "a session ended");
        }
    }

    /// Says why with these headers of `POST /session/descriptors` no files can be handed over.
    ///
    /// # Errors
    /// With the reason.
    pub fn check_descriptors(&self, headers: &HeaderMap) -> Result<(), String> {
        self.0.sessions.check_descriptors(headers)
    }

    /// Takes a unix socket on which the client of a session hands files over open: that of an upgraded connection of
    /// `POST /session/descriptors`.
    pub async fn descriptors(&self, headers: &HeaderMap, socket: OwnedFd) {
        if let Err(error) = self.0.sessions.descriptors(headers, socket).await {
            tracing::debug!(%error, "no files can be handed over");
        }
    }

    /// Builds what was asked for at `POST /build?version=2`, and tells what happens in lines of JSON.
    pub fn build(&self, asked: Asked) -> mpsc::Receiver<Value> {
        classic::build(Arc::clone(&self.0), asked)
    }

    /// An archive is about to come for the build of this id: where to give it.
    pub fn upload(&self, id: &str) -> oneshot::Sender<Received> {
        self.0.uploads.begin(id)
    }

    /// Gives up the build of this id, if it runs and was begun by [`BuildKit::build`].
    pub fn cancel(&self, id: &str) {
        self.0.builds.cancel(id);
    }

    async fn call(&self, call: Call) -> Answer {
        let path = call.uri().path().to_owned();
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["", "moby.buildkit.v1.Control", method] => self.control(method, call).await,
            ["", "moby.buildkit.v1.frontend.LLBBridge", method] => self.gateway(method, call).await,
            ["", "containerd.services.content.v1.Content", method] => self.content(method, call).await,
            ["", "grpc.health.v1.Health", "Check"] => {
                server::unary(call, |_: Request<HealthCheckRequest>| async {
                    Ok(HealthCheckResponse { status: ServingStatus::Serving.into() })
                })
                .await
            }
            _ => server::unknown(&call),
        }
    }

    async fn control(&self, method: &str, call: Call) -> Answer {
        let parts = Arc::clone(&self.0);
        match method {
            "Solve" => {
                server::unary(call, move |request: Request<SolveRequest>| async move {
                    control::solve(&parts, request.into_inner()).await
                })
                .await
            }
            "Status" => {
                server::streamed(call, move |request: Request<StatusRequest>| async move {
                    let running = parts.builds.find(&request.into_inner().r#ref).await?;
                    Ok(Messages::new(ReceiverStream::new(running.listen())))
                })
                .await
            }
            "Session" => {
                let sessions = Arc::clone(&parts.sessions);
                server::both(call, move |request: Request<Streaming<messages::BytesMessage>>| async move {
                    session::tunnel(&sessions, request)
                })
                .await
            }
            "ListWorkers" => {
                server::unary(call, move |_: Request<ListWorkersRequest>| async move {
                    Ok(ListWorkersResponse { record: vec![parts.worker.record()] })
                })
                .await
            }
            "Info" => {
                server::unary(call, move |_: Request<InfoRequest>| async move {
                    Ok(InfoResponse { buildkit_version: Some(parts.worker.version()) })
                })
                .await
            }
            "DiskUsage" => {
                server::unary(call, move |request: Request<messages::DiskUsageRequest>| async move {
                    usage::list(&parts, &request.into_inner())
                })
                .await
            }
            "Prune" => {
                server::streamed(call, move |request: Request<messages::PruneRequest>| async move {
                    usage::prune(&parts, request.into_inner()).await
                })
                .await
            }
            "ListenBuildHistory" => {
                server::streamed(call, move |request: Request<BuildHistoryRequest>| async move {
                    control::listen(&parts, request.into_inner())
                })
                .await
            }
            "UpdateBuildHistory" => {
                server::unary(call, move |request: Request<UpdateBuildHistoryRequest>| async move {
                    control::update(&parts, &request.into_inner()).map(|()| UpdateBuildHistoryResponse {})
                })
                .await
            }
            _ => server::unknown(&call),
        }
    }

    async fn content(&self, method: &str, call: Call) -> Answer {
        let parts = Arc::clone(&self.0);
        match method {
            "Info" => {
                server::unary(call, move |request: Request<content::InfoRequest>| async move {
                    blobs::info(&parts, &request.into_inner())
                })
                .await
            }
            "Read" => {
                server::streamed(call, move |request: Request<content::ReadContentRequest>| async move {
                    blobs::read(&parts, &request.into_inner())
                })
                .await
            }
            _ => server::unknown(&call),
        }
    }

    async fn gateway(&self, method: &str, call: Call) -> Answer {
        let id = call.headers().get(BUILD_ID).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let parts = Arc::clone(&self.0);
        match method {
            "Ping" => {
                server::unary(call, move |_: Request<PingRequest>| async move {
                    bridge_of(&parts, &id).await?;
                    Ok(Bridge::ping(vec![parts.worker.record()]))
                })
                .await
            }
            "Solve" => {
                server::unary(call, move |request: Request<gateway::SolveRequest>| async move {
                    bridge_of(&parts, &id).await?.solve(request.into_inner()).await
                })
                .await
            }
            "ResolveImageConfig" => {
                server::unary(call, move |request: Request<gateway::ResolveImageConfigRequest>| async move {
                    bridge_of(&parts, &id).await?.image_config(request.into_inner()).await
                })
                .await
            }
            "ResolveSourceMeta" => {
                server::unary(call, move |request: Request<gateway::ResolveSourceMetaRequest>| async move {
                    bridge_of(&parts, &id).await?.source_meta(request.into_inner()).await
                })
                .await
            }
            "Return" => {
                server::unary(call, move |request: Request<ReturnRequest>| async move {
                    bridge_of(&parts, &id).await?.take(request.into_inner()).map(|()| ReturnResponse {})
                })
                .await
            }
            "Inputs" => {
                server::unary(call, move |_: Request<InputsRequest>| async move {
                    let definitions: HashMap<_, _> = bridge_of(&parts, &id).await?.inputs();
                    Ok(InputsResponse { definitions })
                })
                .await
            }
            "Evaluate" => {
                server::unary(call, move |request: Request<EvaluateRequest>| async move {
                    let bridge = bridge_of(&parts, &id).await?;
                    bridge.evaluate(&request.into_inner().r#ref).map(|()| EvaluateResponse {})
                })
                .await
            }
            "ReadFile" => {
                server::unary(call, move |request: Request<ReadFileRequest>| async move {
                    bridge_of(&parts, &id).await?.read_file(request.into_inner()).await
                })
                .await
            }
            "ReadDir" => {
                server::unary(call, move |request: Request<ReadDirRequest>| async move {
                    bridge_of(&parts, &id).await?.read_dir(request.into_inner()).await
                })
                .await
            }
            "StatFile" => {
                server::unary(call, move |request: Request<StatFileRequest>| async move {
                    bridge_of(&parts, &id).await?.stat_file(request.into_inner()).await
                })
                .await
            }
            "Warn" => {
                server::unary(call, move |request: Request<WarnRequest>| async move {
                    parts.builds.find(&id).await?.tell(Bridge::warning(request.into_inner()));
                    Ok(WarnResponse {})
                })
                .await
            }
            _ => server::unknown(&call),
        }
    }
}

async fn bridge_of(parts: &Parts, id: &str) -> Result<Arc<Bridge>, Status> {
    if id.is_empty() {
        return Err(Status::invalid_argument("no buildid found in context"));
    }
    parts.builds.gateway(id).await
}
