//! `/grpc` and `/session`: connections that leave HTTP/1.1 for BuildKit's protocol. And `/build?version=2`, by which
//! clients without buildx (docker 18.09 to 20.10, bollard) build with a session.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use ::build::{Context, DockerfileAt, Received};
use http::header::{CONNECTION, HeaderValue, UPGRADE};
use http::{HeaderMap, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::body::{self, Answer};
use crate::error::Failure;
use crate::images::blocking_body;
use crate::request::Request;
use crate::{Parts, build};

/// A connection after its upgrade.
pub type Upgraded = TokioIo<hyper::upgrade::Upgraded>;

/// The protocol that both are upgraded to: HTTP/2 without TLS.
const H2C: &str = "h2c";
/// A unix socket with descriptors.
const DESCRIPTORS: &str = "descriptors";

/// Who serves these connections. Each is handed over once and belongs to the one who takes it; no method waits.
pub trait BuildKit: Send + Sync + 'static {
    /// Takes a connection on which the client calls.
    fn grpc(&self, connection: Upgraded);

    /// Says why these headers open no session.
    ///
    /// # Errors
    /// With the reason, as the client's user reads it.
    fn check_session(&self, headers: &HeaderMap) -> Result<(), String>;

    /// Takes a connection on which the daemon calls.
    fn session(&self, headers: HeaderMap, connection: Upgraded);

    /// Says why with these headers no files can be handed over.
    ///
    /// # Errors
    /// With the reason.
    fn check_descriptors(&self, headers: &HeaderMap) -> Result<(), String>;

    /// Takes a unix socket on which the client of a session hands files over.
    fn descriptors(&self, headers: HeaderMap, socket: OwnedFd);

    /// Builds, and tells what happens in lines of JSON, the last of which says how it ended. Who drops the receiver
    /// gives the build up.
    fn build(&self, asked: Asked) -> mpsc::Receiver<Value>;

    /// An archive is about to come for the build of this id: where to give it.
    fn upload(&self, id: &str) -> oneshot::Sender<Received>;

    /// Gives up the build of this id, if it runs.
    fn cancel(&self, id: &str);
}

/// An exporter by its name, with its options.
pub type Exporter = (String, BTreeMap<String, String>);

/// A build with a session.
pub struct Asked {
    /// What the client calls it; may be empty.
    pub id: String,
    /// The session, on which the daemon asks; may be empty.
    pub session: String,
    /// What is to be built. Context and Dockerfile are the session's unless they are named, or there is an archive.
    pub request: ::build::Request,
    /// The path of the Dockerfile.
    pub dockerfile: String,
    /// What there is to build from.
    pub files: Files,
    /// Where the result goes.
    pub outputs: Vec<Exporter>,
}

/// What a build with a session begins with.
pub enum Files {
    /// Directories of the session, or what the request says.
    Session,
    /// An archive.
    Archive(Received),
    /// An archive that comes in a request of its own ([`BuildKit::upload`]).
    Upload,
}

/// How clients name the request that brings an archive, and say that one comes.
const UPLOAD: &str = "upload-request";

/// `POST /build?version=2`.
pub(crate) async fn build(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    if let Some(id) = request.param("buildid").strip_prefix(UPLOAD).and_then(|rest| rest.strip_prefix(':')) {
        let place = parts.buildkit.upload(id);
        let (builder, body) = (parts.builder.clone(), blocking_body(request.body));
        let received = build::blocking(move || builder.receive(body)).await?;
        // A build that has ended meanwhile needs none.
        let _ = place.send(received);
        return Ok(body::empty(StatusCode::OK));
    }
    let dockerfile = match request.param("dockerfile") {
        "" => "Dockerfile".to_owned(),
        path => path.to_owned(),
    };
    let mut asked = Asked {
        id: request.param("buildid").to_owned(),
        session: request.param("session").to_owned(),
        request: build::asked(&request)?,
        dockerfile,
        files: Files::Session,
        outputs: outputs(&request)?,
    };
    asked.request.imports = build::cache_from(&request)?.into_iter().map(::build::Import::Reference).collect();
    match request.param("remote") {
        "client-session" => {
            let path = asked.dockerfile.clone();
            asked.request.context = Context::Local("context".into());
            asked.request.dockerfile = DockerfileAt::Local { name: "dockerfile".into(), path };
        }
        UPLOAD => asked.files = Files::Upload,
        "" => {
            let (builder, body) = (parts.builder.clone(), blocking_body(request.body));
            asked.files = Files::Archive(build::blocking(move || builder.receive(body)).await?);
        }
        url => {
            let git = ::build::is_git(url);
            asked.request.context = if git { Context::Git(url.into()) } else { Context::Http(url.into()) };
            asked.request.dockerfile = DockerfileAt::Context { path: asked.dockerfile.clone() };
        }
    }
    let mut lines = parts.buildkit.build(asked);
    let (answer, sender) = body::streamed("application/json");
    tokio::spawn(async move {
        loop {
            tokio::select! {
                line = lines.recv() => match line {
                    Some(line) => if !sender.line(&line).await { return },
                    None => return,
                },
                () = sender.closed() => return,
            }
        }
    });
    Ok(answer)
}

/// `POST /build/cancel`.
pub(crate) fn cancel(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    match request.param("id") {
        "" => Err(Failure::bad_request("build ID not provided")),
        id => {
            parts.buildkit.cancel(id);
            Ok(body::empty(StatusCode::OK))
        }
    }
}

/// Where the result goes; the engine's images unless something else is said.
fn outputs(request: &Request) -> Result<Vec<Exporter>, Failure> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Output {
        r#type: String,
        attrs: Option<BTreeMap<String, String>>,
    }
    let names: Vec<String> = build::names(request)?.iter().map(ToString::to_string).collect();
    let name = || BTreeMap::from([("name".to_owned(), names.join(","))]);
    let asked: Vec<Output> = build::value(request, "outputs")?;
    if asked.is_empty() {
        return Ok(vec![("moby".into(), name())]);
    }
    let wanted = asked.into_iter().filter(|output| output.r#type != "cacheonly");
    let output = |output: Output| {
        let mut options = output.attrs.unwrap_or_default();
        if output.r#type == "image" && !options.contains_key("name") {
            options.extend(name());
        }
        (output.r#type, options)
    };
    Ok(wanted.map(output).collect())
}

pub(crate) fn grpc(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    let buildkit = Arc::clone(&parts.buildkit);
    hand_over(request, H2C, move |_, connection| buildkit.grpc(TokioIo::new(connection)))
}

pub(crate) fn session(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    let buildkit = Arc::clone(&parts.buildkit);
    buildkit.check_session(&request.headers).map_err(Failure::bad_request)?;
    hand_over(request, H2C, move |headers, connection| buildkit.session(headers, TokioIo::new(connection)))
}

/// `POST /session/descriptors`: dabba's own, of a client on this machine.
pub(crate) fn descriptors(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    let buildkit = Arc::clone(&parts.buildkit);
    buildkit.check_descriptors(&request.headers).map_err(Failure::bad_request)?;
    hand_over(request, DESCRIPTORS, move |headers, connection| {
        match crate::raw_socket(connection) {
            // Descriptors that came with bytes that were read already are gone.
            Ok((socket, pending)) if pending.is_empty() => buildkit.descriptors(headers, socket),
            Ok(_) => tracing::debug!("files were handed over before they could be taken"),
            Err(error) => tracing::debug!(%error, "an upgrade came to nothing"),
        }
    })
}

/// Answers 101, and gives the connection away when that is written.
fn hand_over(
    request: Request,
    wanted: &'static str,
    take: impl FnOnce(HeaderMap, hyper::upgrade::Upgraded) + Send + 'static,
) -> Result<Answer, Failure> {
    let protocol = request.headers.get(UPGRADE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if protocol.is_empty() {
        return Err(Failure::bad_request("no upgrade proto in request"));
    }
    if !protocol.eq_ignore_ascii_case(wanted) {
        return Err(Failure::bad_request(format!("protocol {protocol} not supported")));
    }
    let Some(upgrade) = request.upgrade else { return Err(Failure::bad_request("no upgrade proto in request")) };
    let headers = request.headers;
    tokio::spawn(async move {
        match upgrade.await {
            Ok(connection) => take(headers, connection),
            Err(error) => tracing::debug!(%error, "an upgrade came to nothing"),
        }
    });
    let mut answer = Response::new(body::bytes(""));
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    answer.headers_mut().insert(UPGRADE, HeaderValue::from_static(wanted));
    Ok(answer)
}
