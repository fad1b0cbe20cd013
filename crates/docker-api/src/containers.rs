//! `/containers`, and `/commit`.

use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use engine::container::attach::AttachOptions;
use engine::container::create::CreateRequest;
use engine::container::image::CommitRequest;
use engine::container::logs::LogOptions;
use engine::container::remove::RemoveOptions;
use engine::container::spec::Streams;
use engine::container::state::State;
use engine::container::stop::{StopOptions, WaitCondition};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use words::Timestamp;

use crate::Parts;
use crate::body::{self, Answer};
use crate::create;
use crate::error::Failure;
use crate::filters::Filters;
use crate::request::Request;
use crate::{inspect as view, limits, route, stream};

pub(crate) async fn create(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    let name = Some(request.param("name").to_owned()).filter(|name| !name.is_empty());
    let platform = Some(request.param("platform").to_owned()).filter(|platform| !platform.is_empty());
    let (image, spec) = create::spec(request.json().await?)?;
    let created = parts.engine.create(CreateRequest { name, image, platform, spec }).await?;
    Ok(body::json(StatusCode::CREATED, &json!({ "Id": created.id.as_str(), "Warnings": created.warnings })))
}

/// Filters of the list.
const LIST_FILTERS: &[&str] = &[
    "ancestor",
    "before",
    "exited",
    "expose",
    "health",
    "id",
    "is-task",
    "isolation",
    "label",
    "name",
    "network",
    "publish",
    "since",
    "status",
    "volume",
];

pub(crate) async fn list(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    let filters = Filters::parse(request.param("filters"), LIST_FILTERS)?;
    if let Some(word) = filters.values("status").iter().find(|word| !State::is_word(word)) {
        return Err(Failure::bad_request(format!("invalid filter 'status={word}'")));
    }
    let limit = request.number("limit")?.filter(|limit| *limit > 0).and_then(|limit| usize::try_from(limit).ok());
    let all = request.flag("all")
        || limit.is_some()
        || !filters.values("status").is_empty()
        || !filters.values("exited").is_empty();
    let snapshot = parts.engine.snapshot();
    let edge = |name: &str| match filters.values(name).first() {
        Some(text) => Ok(Some(snapshot.container(text)?.created)),
        None => Ok::<_, Failure>(None),
    };
    let (before, since) = (edge("before")?, edge("since")?);
    let mut found: Vec<_> = snapshot
        .containers
        .values()
        .filter(|one| all || one.state.is_running() || one.state.word() == "restarting")
        .filter(|one| before.is_none_or(|edge| one.created < edge) && since.is_none_or(|edge| one.created > edge))
        .filter(|one| view::matches(one, &snapshot, &filters))
        .collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.created));
    found.truncate(limit.unwrap_or(usize::MAX));
    let mut entries = Vec::with_capacity(found.len());
    for one in found {
        let mut entry = view::summary(one, &snapshot);
        if request.flag("size") {
            let (own, all) = parts.engine.container_size(one).await?;
            entry["SizeRw"] = json!(own);
            entry["SizeRootFs"] = json!(all);
        }
        entries.push(entry);
    }
    body::ok(&entries)
}

pub(crate) async fn inspect(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    let container = parts.engine.container(name)?;
    let execs = parts.engine.execs_of(&container.id);
    let mut value = view::whole(&container, &parts.engine, &execs);
    if request.flag("size") {
        let (own, all) = parts.engine.container_size(&container).await?;
        value["SizeRw"] = json!(own);
        value["SizeRootFs"] = json!(all);
    }
    body::ok(&value)
}

pub(crate) async fn start(parts: &Arc<Parts>, request: Request, name: &str) -> Result<Answer, Failure> {
    if !request.param("checkpoint").is_empty() {
        return Err(Failure::not_implemented("starting from a checkpoint"));
    }
    let (name, engine) = (name.to_owned(), parts.engine.clone());
    let bytes = request.bytes().await?;
    // Before 1.24 a host configuration could come here.
    if bytes.len() > 2 && !bytes.starts_with(b"{}") && !bytes.starts_with(b"null") {
        return Err(Failure::bad_request(
            "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24",
        ));
    }
    engine.start(&name).await?;
    route::done(StatusCode::NO_CONTENT)
}

fn stop_options(request: &Request) -> Result<StopOptions, Failure> {
    let signal = Some(request.param("signal").to_owned()).filter(|signal| !signal.is_empty());
    Ok(StopOptions { signal, timeout: request.number("t")? })
}

pub(crate) async fn stop(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    parts.engine.stop(name, stop_options(request)?).await?;
    route::done(StatusCode::NO_CONTENT)
}

pub(crate) async fn restart(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    parts.engine.restart(name, stop_options(request)?).await?;
    route::done(StatusCode::NO_CONTENT)
}

pub(crate) async fn kill(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    parts.engine.kill(name, request.param("signal")).await?;
    route::done(StatusCode::NO_CONTENT)
}

pub(crate) async fn pause(parts: &Arc<Parts>, name: &str) -> Result<Answer, Failure> {
    parts.engine.pause(name).await?;
    route::done(StatusCode::NO_CONTENT)
}

pub(crate) async fn unpause(parts: &Arc<Parts>, name: &str) -> Result<Answer, Failure> {
    parts.engine.unpause(name).await?;
    route::done(StatusCode::NO_CONTENT)
}

pub(crate) async fn rename(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    if request.param("name").is_empty() {
        return Err(Failure::bad_request("Neither old nor new names may be empty"));
    }
    parts.engine.rename(name, request.param("name")).await?;
    route::done(StatusCode::NO_CONTENT)
}

/// `h` and `w` of a resize.
pub(crate) fn size(request: &Request) -> Result<(u16, u16), Failure> {
    let number = |name: &str| {
        let text = request.param(name);
        text.parse::<u16>().map_err(|_| Failure::bad_request(format!("invalid resize {name} {text:?}: invalid syntax")))
    };
    Ok((number("h")?, number("w")?))
}

pub(crate) async fn resize(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    let (height, width) = size(request)?;
    parts.engine.resize(name, height, width).await?;
    route::done(StatusCode::OK)
}

pub(crate) async fn remove(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    if request.flag("link") {
        return Err(Failure::not_implemented("removing a link"));
    }
    let options = RemoveOptions { force: request.flag("force"), volumes: request.flag("v") };
    parts.engine.remove(name, options).await?;
    route::done(StatusCode::NO_CONTENT)
}

/// The head of the answer goes out at once, so that the client knows it is waiting; the body follows at the end.
pub(crate) fn wait(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    let condition = match request.param("condition") {
        "" | "not-running" => WaitCondition::NotRunning,
        "next-exit" => WaitCondition::NextExit,
        "removed" => WaitCondition::Removed,
        other => return Err(Failure::bad_request(format!("invalid condition: {other:?}"))),
    };
    let waiter = parts.engine.wait(name, condition)?;
    let (answer, sender) = body::streamed("application/json");
    tokio::spawn(async move {
        let code = tokio::select! {
            code = waiter.wait() => code,
            () = sender.closed() => return,
        };
        sender.line(&json!({ "StatusCode": code })).await;
    });
    Ok(answer)
}

pub(crate) async fn attach(parts: &Arc<Parts>, request: Request, name: &str) -> Result<Answer, Failure> {
    let streams =
        Streams { stdin: request.flag("stdin"), stdout: request.flag("stdout"), stderr: request.flag("stderr") };
    let keys = request.param("detachKeys");
    let (show_logs, follow) = (request.flag("logs"), request.flag("stream"));
    let options = AttachOptions {
        stream: follow,
        logs: show_logs,
        streams,
        detach_keys: (!keys.is_empty()).then(|| keys.to_owned()),
    };
    let ticket = parts.engine.prepare_attach(name, options)?;
    let tty = ticket.tty();
    let past = if show_logs && (streams.stdout || streams.stderr) {
        let options = LogOptions { stdout: streams.stdout, stderr: streams.stderr, ..LogOptions::default() };
        Some(parts.engine.logs(name, options).await?)
    } else {
        None
    };
    let kind = stream::content_type(request.version, tty);
    stream::hijack(request, kind, move |socket, pending| async move {
        if let Some(mut past) = past {
            let Ok(copy) = socket.try_clone() else { return };
            let shown = tokio::task::spawn_blocking(move || {
                use std::io::Write;
                let mut copy = std::os::unix::net::UnixStream::from(copy);
                copy.set_nonblocking(false)?;
                copy.set_write_timeout(Some(limits::PAST_PATIENCE))?;
                let mut bytes = BytesMut::new();
                while let Some(Ok(entry)) = past.entries.blocking_recv() {
                    frame(&mut bytes, entry.stream.number(), entry.log.as_bytes(), tty);
                    copy.write_all(&bytes.split())?;
                }
                std::io::Result::Ok(())
            });
            // A client that does not take the past is not there for what comes.
            if !shown.await.is_ok_and(|written| written.is_ok()) {
                return;
            }
        }
        if follow && let Err(error) = ticket.hand_over(socket, pending).await {
            tracing::debug!(%error, "attaching a client");
        }
    })
}

/// Puts bytes into a frame with Docker's 8-byte header, unless the stream is a terminal's.
fn frame(out: &mut BytesMut, stream: u8, bytes: &[u8], tty: bool) {
    if !tty {
        out.put_slice(&[stream, 0, 0, 0]);
        out.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    }
    out.put_slice(bytes);
}

/// A moment as the API takes it: seconds with a fraction, or RFC 3339.
pub(crate) fn moment(text: &str) -> Result<Option<Timestamp>, Failure> {
    if matches!(text, "" | "0") {
        return Ok(None);
    }
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let numeric = seconds.parse::<i64>().ok().and_then(|seconds| {
        let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
        let nanos: i128 = digits.parse().ok()?;
        Timestamp::from_nanos(i128::from(seconds) * 1_000_000_000 + nanos)
    });
    let ago = || {
        let ago = std::time::Duration::from_nanos(u64::try_from(words::duration::parse(text).ok()?).ok()?);
        Timestamp::from_nanos(Timestamp::now().nanos() - i128::try_from(ago.as_nanos()).ok()?)
    };
    match numeric.or_else(|| text.parse().ok()).or_else(ago) {
        Some(moment) => Ok(Some(moment)),
        None => Err(Failure::bad_request(format!("invalid value for a time: {text:?}"))),
    }
}

pub(crate) async fn logs(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    let tail = match request.param("tail") {
        "" | "all" => None,
        text => text.parse::<u64>().ok(),
    };
    let options = LogOptions {
        follow: request.flag("follow"),
        stdout: request.flag("stdout"),
        stderr: request.flag("stderr"),
        since: moment(request.param("since"))?,
        until: moment(request.param("until"))?,
        tail,
    };
    let timestamps = request.flag("timestamps");
    let mut logs = parts.engine.logs(name, options).await?;
    let tty = logs.tty;
    let (answer, sender) = body::streamed(stream::content_type(request.version, tty));
    tokio::spawn(async move {
        while let Some(entry) = logs.entries.recv().await {
            let Ok(entry) = entry else { break };
            let mut bytes = BytesMut::new();
            let text = if timestamps { format!("{} {}", padded(entry.time), entry.log) } else { entry.log };
            frame(&mut bytes, entry.stream.number(), text.as_bytes(), tty);
            if !sender.send(bytes.freeze()).await {
                break;
            }
        }
    });
    Ok(answer)
}

/// RFC 3339 with all nine digits, as `logs --timestamps` shows it.
fn padded(time: Timestamp) -> String {
    let text = time.to_string();
    let body = text.trim_end_matches('Z');
    let (seconds, fraction) = body.split_once('.').unwrap_or((body, ""));
    format!("{seconds}.{fraction:0<9}Z")
}

pub(crate) async fn changes(parts: &Arc<Parts>, name: &str) -> Result<Answer, Failure> {
    let changes = parts.engine.changes(name).await?;
    let list: Vec<_> = changes.iter().map(|change| json!({ "Path": change.path, "Kind": change.kind as u8 })).collect();
    body::ok(&list)
}

/// Writes what blocks into a streamed body.
pub(crate) struct BodyWriter(pub(crate) body::Sender);

impl std::io::Write for BodyWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.blocking_send(bytes)?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs a writer on a thread of its own and streams what it writes.
pub(crate) fn stream_from(
    kind: &'static str,
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()> + Send + 'static,
) -> Answer {
    let (answer, sender) = body::streamed(kind);
    tokio::task::spawn_blocking(move || {
        let mut out = std::io::BufWriter::with_capacity(64 << 10, BodyWriter(sender.clone()));
        if let Err(error) = write(&mut out).and_then(|()| std::io::Write::flush(&mut out)) {
            tracing::debug!(%error, "a streamed archive broke off");
            sender.blocking_fail(error);
        }
    });
    answer
}

pub(crate) async fn export(parts: &Arc<Parts>, name: &str) -> Result<Answer, Failure> {
    let write = parts.engine.export(name).await?;
    Ok(stream_from("application/octet-stream", write))
}

pub(crate) async fn prune(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    let filters = Filters::parse(request.param("filters"), &["label", "label!", "until"])?;
    let until = filters.until()?;
    let pruned = parts
        .engine
        .prune_containers(|one| filters.labels(&one.spec.labels) && until.is_none_or(|until| one.created < until))
        .await?;
    body::ok(&json!({ "ContainersDeleted": pruned.removed, "SpaceReclaimed": pruned.bytes }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct CommitBody(Option<oci::image::Execution>);

pub(crate) async fn commit(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    let reference = reference(request.param("repo"), request.param("tag"))?;
    let wanted = CommitRequest {
        container: request.param("container").to_owned(),
        reference,
        comment: request.param("comment").to_owned(),
        author: request.param("author").to_owned(),
        pause: request.flag_or("pause", true),
        changes: request.params("changes").join("\n"),
        execution: oci::image::Execution::default(),
        files_only: false,
    };
    let CommitBody(execution) = request.json_or_default().await?;
    let id = parts.engine.commit(CommitRequest { execution: execution.unwrap_or_default(), ..wanted }).await?;
    Ok(body::json(StatusCode::CREATED, &json!({ "Id": id.to_string() })))
}

/// A name from `repo` and `tag`.
pub(crate) fn reference(repository: &str, tag: &str) -> Result<Option<oci::Reference>, Failure> {
    if repository.is_empty() {
        return Ok(None);
    }
    let parsed: oci::Reference =
        repository.parse().map_err(|error: oci::ParseReferenceError| Failure::bad_request(error.to_string()))?;
    if tag.is_empty() {
        return Ok(Some(parsed.or_latest()));
    }
    if let Ok(digest) = tag.parse() {
        return Ok(Some(parsed.with_digest(digest)));
    }
    let tag = tag.parse().map_err(|_| Failure::bad_request("invalid tag format"))?;
    Ok(Some(parsed.with_tag(tag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        let text = |text: &str| moment(text).unwrap().map(|moment| moment.to_string());
        assert_eq!(text(""), None);
        assert_eq!(text("1.5").as_deref(), Some("1970-01-01T00:00:01.5Z"));
        assert_eq!(text("1700000000").as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(text("2026-01-02T03:04:05Z").as_deref(), Some("2026-01-02T03:04:05Z"));
        let ago = moment("1h30m").unwrap().unwrap();
        assert_eq!(Timestamp::now().since(ago).as_secs(), 5400);
        assert!(moment("soon").is_err());
        assert_eq!(padded("2026-01-02T03:04:05.5Z".parse().unwrap()), "2026-01-02T03:04:05.500000000Z");
    }
}
