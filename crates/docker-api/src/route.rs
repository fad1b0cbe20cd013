//! From method and path to a handler.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderValue, SERVER};
use http::{Method, StatusCode};
use hyper::body::Incoming;

use crate::body::{self, Answer, Body};
use crate::error::Failure;
use crate::request::{self, Request};
use crate::{
    API_MINIMUM, API_VERSION, Parts, build, buildkit, containers, exec, images, networks, registry, system, volumes,
};

/// Serves a request. Whatever goes wrong becomes an answer.
pub(crate) async fn serve(
    parts: Arc<Parts>,
    incoming: http::Request<Incoming>,
    tcp: bool,
) -> Result<http::Response<Body>, std::convert::Infallible> {
    let answered = answer(&parts, incoming, tcp).await;
    let mut answer = answered.unwrap_or_else(|failure| {
        tracing::debug!(status = %failure.status, message = %failure.message, "request refused");
        body::failure(&failure)
    });
    let headers = answer.headers_mut();
    let text = |text: String| HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("dabba"));
    headers.insert("api-version", text(format!("{}.{}", API_VERSION.0, API_VERSION.1)));
    headers.insert("docker-experimental", HeaderValue::from_static("false"));
    headers.insert("ostype", HeaderValue::from_static("linux"));
    headers.insert(SERVER, text(format!("Dabba/{} (linux)", parts.identity.version)));
    Ok(answer)
}

async fn answer(parts: &Arc<Parts>, mut incoming: http::Request<Incoming>, tcp: bool) -> Result<Answer, Failure> {
    if tcp {
        refuse_browsers(&incoming)?;
    }
    let wants_upgrade = incoming.headers().contains_key(http::header::UPGRADE);
    let upgrade = wants_upgrade.then(|| hyper::upgrade::on(&mut incoming));
    let (head, body) = incoming.into_parts();
    let path = head.uri.path().to_owned();
    let (version, segments) = split(&path)?;
    let request = Request {
        method: head.method,
        version,
        query: request::query(head.uri.query().unwrap_or_default()),
        headers: head.headers,
        body,
        upgrade,
    };
    dispatch(parts, request, &segments).await
}

/// The version of the API that a path names, and its segments.
pub(crate) fn split(path: &str) -> Result<((u32, u32), Vec<String>), Failure> {
    let (version, rest) = version(path)?;
    let segments = rest.split('/').filter(|part| !part.is_empty()).map(|part| request::unescape(part, false));
    Ok((version, segments.collect()))
}

/// A page in a browser must not speak to a daemon on the network: it sends where it comes from.
fn refuse_browsers(request: &http::Request<Incoming>) -> Result<(), Failure> {
    if request.headers().contains_key(http::header::ORIGIN) {
        let message = "requests from web pages are refused".into();
        return Err(Failure { status: StatusCode::FORBIDDEN, message });
    }
    Ok(())
}

/// Takes `/v1.43` off a path and checks it.
fn version(path: &str) -> Result<((u32, u32), &str), Failure> {
    let parsed = path.strip_prefix("/v").and_then(|rest| {
        let (version, rest) = rest.split_once('/')?;
        let (major, minor) = version.split_once('.')?;
        Some(((major.parse().ok()?, minor.parse().ok()?), rest))
    });
    let Some((version, rest)) = parsed else { return Ok((API_VERSION, path)) };
    let text = |(major, minor): (u32, u32)| format!("{major}.{minor}");
    if version > API_VERSION {
        return Err(Failure::bad_request(format!(
            "client version {} is too new. Maximum supported API version is {}",
            text(version),
            text(API_VERSION)
        )));
    }
    if version < API_MINIMUM {
        return Err(Failure::bad_request(format!(
            "client version {} is too old. Minimum supported API version is {}, please upgrade your client to a newer version",
            text(version),
            text(API_MINIMUM)
        )));
    }
    Ok((version, rest))
}

async fn dispatch(parts: &Arc<Parts>, request: Request, segments: &[String]) -> Result<Answer, Failure> {
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let method = request.method.clone();
    let (get, post, delete) = (method == Method::GET, method == Method::POST, method == Method::DELETE);
    let head = method == Method::HEAD;
    match path.as_slice() {
        ["_ping"] if get || head => system::ping(head),
        ["version"] if get => system::version(parts),
        ["info"] if get => system::info(parts),
        ["events"] if get => system::events(parts, &request),
        ["grpc"] if post => buildkit::grpc(parts, request),
        ["session"] if post => buildkit::session(parts, request),
        ["session", "descriptors"] if post => buildkit::descriptors(parts, request),
        ["system", "df"] if get => system::disk_usage(parts, &request).await,

        ["containers", "json"] if get => containers::list(parts, &request).await,
        ["containers", "create"] if post => containers::create(parts, request).await,
        ["containers", "prune"] if post => containers::prune(parts, &request).await,
        ["containers", name] if delete => containers::remove(parts, &request, name).await,
        ["containers", name, "json"] if get => containers::inspect(parts, &request, name).await,
        ["containers", name, "start"] if post => containers::start(parts, request, name).await,
        ["containers", name, "stop"] if post => containers::stop(parts, &request, name).await,
        ["containers", name, "restart"] if post => containers::restart(parts, &request, name).await,
        ["containers", name, "kill"] if post => containers::kill(parts, &request, name).await,
        ["containers", name, "pause"] if post => containers::pause(parts, name).await,
        ["containers", name, "unpause"] if post => containers::unpause(parts, name).await,
        ["containers", name, "rename"] if post => containers::rename(parts, &request, name).await,
        ["containers", name, "resize"] if post => containers::resize(parts, &request, name).await,
        ["containers", name, "wait"] if post => containers::wait(parts, &request, name),
        ["containers", name, "attach"] if post => containers::attach(parts, request, name).await,
        ["containers", name, "logs"] if get => containers::logs(parts, &request, name).await,
        ["containers", name, "changes"] if get => containers::changes(parts, name).await,
        ["containers", name, "export"] if get => containers::export(parts, name).await,
        ["containers", name, "exec"] if post => exec::create(parts, request, name).await,
        ["commit"] if post => containers::commit(parts, request).await,

        ["exec", id, "start"] if post => exec::start(parts, request, id).await,
        ["exec", id, "resize"] if post => exec::resize(parts, &request, id).await,
        ["exec", id, "json"] if get => exec::inspect(parts, id).await,

        ["images", "json"] if get => images::list(parts, &request),
        ["images", "create"] if post => images::create(parts, request).await,
        ["images", "load"] if post => images::load(parts, request).await,
        ["images", "get"] if get => images::save(parts, &request.params("names")),
        ["images", "prune"] if post => images::prune(parts, &request).await,
        ["images", name @ .., "json"] if get && !name.is_empty() => images::inspect(parts, &request, &name.join("/")),
        ["images", name @ .., "history"] if get && !name.is_empty() => images::history(parts, &name.join("/")),
        ["images", name @ .., "tag"] if post && !name.is_empty() => images::tag(parts, &request, &name.join("/")).await,
        ["images", name @ .., "push"] if post && !name.is_empty() => {
            registry::push(parts, request, &name.join("/")).await
        }
        ["auth"] if post => registry::log_in(parts, request).await,
        ["distribution", name @ .., "json"] if get && !name.is_empty() => {
            registry::describe(parts, &request, &name.join("/")).await
        }
        ["images", name @ .., "get"] if get && !name.is_empty() => images::save(parts, &[name.join("/")]),
        ["images", name @ ..] if delete && !name.is_empty() => images::remove(parts, &request, &name.join("/")).await,

        ["networks"] if get => networks::list(parts, &request),
        ["networks", "create"] if post => networks::create(parts, request).await,
        ["networks", "prune"] if post => networks::prune(parts, &request).await,
        ["networks", name] if get => networks::inspect(parts, name),
        ["networks", name] if delete => networks::remove(parts, name).await,
        ["networks", name, "connect"] if post => networks::connect(parts, request, name).await,
        ["networks", name, "disconnect"] if post => networks::disconnect(parts, request, name).await,

        ["volumes"] if get => volumes::list(parts, &request),
        ["volumes", "create"] if post => volumes::create(parts, request).await,
        ["volumes", "prune"] if post => volumes::prune(parts, &request).await,
        ["build"] if post => build::build(parts, request).await,
        ["build", "cancel"] if post => buildkit::cancel(parts, &request),
        ["build", "prune"] if post => build::prune(parts, &request).await,
        ["volumes", name] if get => volumes::inspect(parts, name),
        ["volumes", name] if delete => volumes::remove(parts, &request, name).await,
        other => {
            request::pass_over(request.body).await;
            Err(missing(&method, other))
        }
    }
}

/// Routes of the API that this version does not serve, by their first segment and last.
fn missing(method: &Method, path: &[&str]) -> Failure {
    let known = matches!(
        path,
        ["containers", _, "top" | "stats" | "update" | "archive" | "checkpoints" | "attach", ..]
            | ["images", "search"]
            | ["volumes", _]
            | ["swarm" | "nodes" | "services" | "tasks" | "secrets" | "configs" | "plugins", ..]
    );
    if known {
        return Failure::not_implemented(format!("{method} /{}", path.join("/")));
    }
    Failure { status: StatusCode::NOT_FOUND, message: "page not found".into() }
}

/// An answer that consists of its status.
pub(crate) fn done(status: StatusCode) -> Result<Answer, Failure> {
    let mut answer = http::Response::new(body::bytes(Bytes::new()));
    *answer.status_mut() = status;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_checked() {
        assert_eq!(version("/v1.43/info").unwrap(), ((1, 43), "info"));
        assert_eq!(version("/info").unwrap(), (API_VERSION, "/info"));
        assert!(version("/v1.99/info").unwrap_err().message.contains("too new"));
        assert!(version("/v1.12/info").unwrap_err().message.contains("too old"));
        assert_eq!(version("/volumes").unwrap().1, "/volumes");
    }
}
