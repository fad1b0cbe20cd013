//! The engine, by the Docker API.

use client::{Client, Frames, Request};
use serde_json::Value;

use crate::error::Error;
use crate::limits;

/// What can be done with a container or an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Start,
    Stop,
    Restart,
    Remove,
    RemoveImage,
}

impl Act {
    /// The act of this name on containers.
    pub(crate) fn of_container(name: &str) -> Option<Self> {
        Some(match name {
            "start" => Self::Start,
            "stop" => Self::Stop,
            "restart" => Self::Restart,
            "remove" => Self::Remove,
            _ => return None,
        })
    }

    /// What it is called.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Stop => "Stop",
            Self::Restart => "Restart",
            Self::Remove | Self::RemoveImage => "Remove",
        }
    }

    /// The line that does the same.
    pub(crate) fn line(self, name: &str) -> String {
        let words: &[&str] = match self {
            Self::Start => &["docker", "start"],
            Self::Stop => &["docker", "stop"],
            Self::Restart => &["docker", "restart"],
            Self::Remove => &["docker", "rm", "--force"],
            Self::RemoveImage => &["docker", "rmi"],
        };
        crate::command::line(words.iter().copied().chain([name]))
    }
}

/// Does it.
///
/// # Errors
/// When the engine refuses, or cannot be reached.
pub(crate) async fn act(client: &Client, act: Act, name: &str) -> Result<(), Error> {
    let name = Request::segment(name);
    let request = match act {
        Act::Start => client.post(format!("/containers/{name}/start")),
        Act::Stop => client.post(format!("/containers/{name}/stop")),
        Act::Restart => client.post(format!("/containers/{name}/restart")),
        Act::Remove => client.delete(format!("/containers/{name}")).query("force", "1"),
        Act::RemoveImage => client.delete(format!("/images/{name}")),
    };
    Ok(request.done().await?)
}

/// All containers, or all images.
///
/// # Errors
/// When the engine cannot be reached.
pub(crate) async fn list(client: &Client, what: &'static str) -> Result<Vec<Value>, Error> {
    Ok(client.get(format!("/{what}/json")).query("all", "1").read().await?)
}

/// What is known of one.
///
/// # Errors
/// When there is none, or the engine cannot be reached.
pub(crate) async fn inspect(client: &Client, what: &'static str, name: &str) -> Result<Value, Error> {
    Ok(client.get(format!("/{what}/{}/json", Request::segment(name))).read().await?)
}

/// The last lines that a container has written.
///
/// # Errors
/// When there is none, or the engine cannot be reached.
pub(crate) async fn logs(client: &Client, name: &str, terminal: bool) -> Result<String, Error> {
    let request = client.get(format!("/containers/{}/logs", Request::segment(name)));
    let request = request.flag("stdout", true).flag("stderr", true).query("tail", limits::LOG_LINES.to_string());
    let mut answer = request.send().await?;
    let (mut frames, mut tail) = (Frames::new(), Vec::new());
    while let Some(piece) = answer.piece().await? {
        if terminal {
            tail.extend_from_slice(&piece);
        } else {
            frames.push(&piece);
            while let Ok(Some(frame)) = frames.next_frame() {
                tail.extend_from_slice(&frame.data);
            }
        }
        if tail.len() > 2 * limits::LOG_BYTES {
            tail.drain(..tail.len() - limits::LOG_BYTES);
        }
    }
    let begin = tail.len().saturating_sub(limits::LOG_BYTES);
    Ok(String::from_utf8_lossy(&tail[begin..]).into_owned())
}
