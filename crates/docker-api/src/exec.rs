//! `/exec`.

use std::sync::Arc;

use engine::container::exec::{ExecConfig, ExecState};
use engine::container::spec::Streams;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::Parts;
use crate::body::{self, Answer};
use crate::error::Failure;
use crate::request::Request;
use crate::{route, stream};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Create {
    user: Option<String>,
    privileged: bool,
    tty: bool,
    console_size: Option<(u16, u16)>,
    attach_stdin: bool,
    attach_stdout: bool,
    attach_stderr: bool,
    detach_keys: Option<String>,
    env: Option<Vec<String>>,
    working_dir: Option<String>,
    cmd: Option<Vec<String>>,
}

pub(crate) async fn create(parts: &Arc<Parts>, request: Request, name: &str) -> Result<Answer, Failure> {
    let body: Create = request.json().await?;
    let id = parts.engine.exec_create(
        name,
        ExecConfig {
            user: body.user.unwrap_or_default(),
            env: body.env.unwrap_or_default(),
            cmd: body.cmd.unwrap_or_default(),
            working_dir: body.working_dir.unwrap_or_default(),
            tty: body.tty,
            privileged: body.privileged,
            attach: Streams { stdin: body.attach_stdin, stdout: body.attach_stdout, stderr: body.attach_stderr },
            detach_keys: body.detach_keys,
            console_size: body.console_size.unwrap_or_default(),
        },
    )?;
    Ok(body::json(StatusCode::CREATED, &json!({ "Id": id.as_str() })))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Start {
    detach: bool,
    tty: bool,
    console_size: Option<(u16, u16)>,
}

/// The most that an exec's start says.
const START_BYTES: usize = 64 << 10;

pub(crate) async fn start(parts: &Arc<Parts>, mut request: Request, id: &str) -> Result<Answer, Failure> {
    use http_body_util::{BodyExt, Limited};
    // The body is read to its end, and what follows on the connection is the client's input.
    let bytes = Limited::new(&mut request.body, START_BYTES).collect().await;
    let bytes = bytes.map_err(|error| Failure::bad_request(format!("reading the request: {error}")))?.to_bytes();
    let body: Start = if bytes.is_empty() { Start::default() } else { crate::request::decode(&bytes)? };
    let ticket = parts.engine.prepare_exec(id, body.tty, body.console_size.unwrap_or_default())?;
    if body.detach {
        ticket.start(None).await?;
        return route::done(StatusCode::OK);
    }
    let tty = ticket.tty();
    let kind = stream::content_type(request.version, tty);
    stream::hijack(request, kind, move |socket, pending| async move {
        let spare = socket.try_clone();
        if let Err(error) = ticket.start(Some((socket, pending))).await
            && let Ok(spare) = spare
        {
            // The head is out: Docker tells the error on the stream.
            let _ = tokio::task::spawn_blocking(move || tell(spare, &format!("{error}\r\n"), tty)).await;
        }
    })
}

/// Writes a message as standard error of an attached stream.
fn tell(socket: std::os::fd::OwnedFd, message: &str, tty: bool) -> std::io::Result<()> {
    use std::io::Write;
    let mut socket = std::os::unix::net::UnixStream::from(socket);
    socket.set_nonblocking(false)?;
    socket.set_write_timeout(Some(std::time::Duration::from_secs(5)))?;
    if !tty {
        let length = u32::try_from(message.len()).unwrap_or(0).to_be_bytes();
        socket.write_all(&[2, 0, 0, 0])?;
        socket.write_all(&length)?;
    }
    socket.write_all(message.as_bytes())
}

pub(crate) async fn resize(parts: &Arc<Parts>, request: &Request, id: &str) -> Result<Answer, Failure> {
    let (height, width) = crate::containers::size(request)?;
    parts.engine.exec_resize(id, height, width).await?;
    route::done(StatusCode::OK)
}

pub(crate) async fn inspect(parts: &Arc<Parts>, id: &str) -> Result<Answer, Failure> {
    let session = parts.engine.settled_exec(id).await?;
    let config = &session.config;
    let (running, pid, code) = match session.state {
        ExecState::Created | ExecState::Starting => (false, 0, None),
        ExecState::Running { pid } => (true, pid, None),
        ExecState::Exited { pid, code } => (false, pid, Some(code)),
    };
    let (entrypoint, arguments) =
        config.cmd.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    body::ok(&json!({
        "ID": session.id.as_str(),
        "Running": running,
        "ExitCode": code,
        "ProcessConfig": {
            "tty": config.tty,
            "entrypoint": entrypoint,
            "arguments": arguments,
            "privileged": config.privileged,
            "user": config.user,
        },
        "OpenStdin": config.attach.stdin,
        "OpenStderr": config.attach.stderr,
        "OpenStdout": config.attach.stdout,
        "CanRemove": false,
        "ContainerID": session.container.as_str(),
        "DetachKeys": "",
        "Pid": pid,
    }))
}
