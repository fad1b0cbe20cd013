//! `attach`: a client's connection is handed to the container's shim, now or at the next start.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use shim::protocol;
use supervisor::Attach;
use tokio::sync::oneshot;

use super::Container;
use super::spec::Streams;
use super::state::State;
use crate::Engine;
use crate::error::{Error, Result};

/// What a client wants to be attached to.
#[derive(Debug, Clone, Default)]
pub struct AttachOptions {
    /// Stay attached; without it only the past is shown.
    pub stream: bool,
    /// Show the past first.
    pub logs: bool,
    /// Which streams.
    pub streams: Streams,
    /// What to type to go away, such as `ctrl-p,ctrl-q`; `None` for the default.
    pub detach_keys: Option<String>,
}

/// A promise of an attach: every check is done, the client's connection is still to come.
pub struct AttachTicket {
    engine: Engine,
    container: Arc<Container>,
    options: protocol::Attach,
    /// The next start waits for this one.
    promise: Option<oneshot::Sender<Attach>>,
}

/// Docker's keys: Ctrl-P, Ctrl-Q.
const DETACH_KEYS: [u8; 2] = [16, 17];

/// Reads `ctrl-p,ctrl-q` and the like.
pub(crate) fn detach_keys(text: Option<&str>) -> Result<Vec<u8>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(DETACH_KEYS.to_vec()) };
    text.split(',')
        .map(|key| match (key.as_bytes(), key.strip_prefix("ctrl-").map(str::as_bytes)) {
            ([single], _) => Some(*single),
            (_, Some([letter @ b'a'..=b'z'])) => Some(letter - b'a' + 1),
            (_, Some([b'@'])) => Some(0),
            (_, Some([symbol @ b'['..=b'_'])) => Some(symbol - b'[' + 27),
            _ => None,
        })
        .collect::<Option<_>>()
        .ok_or_else(|| Error::Invalid(format!("Invalid detach keys ({text}) provided")))
}

impl Engine {
    /// Checks that a client may be attached, and promises it.
    pub fn prepare_attach(&self, name: &str, options: AttachOptions) -> Result<AttachTicket> {
        let container = self.container(name)?;
        let tty = container.spec.program.tty;
        if container.state.is_paused() {
            return Err(Error::Conflict(format!(
                "container {} is paused, unpause the container before attach",
                container.id
            )));
        }
        if let State::Restarting { .. } = container.state {
            return Err(Error::Conflict(format!(
                "container {} is restarting, wait until the container is running",
                container.id
            )));
        }
        let keys = detach_keys(options.detach_keys.as_deref())?;
        let live = self.live(&container.id);
        let promise = (!container.state.is_running() && options.stream).then(|| live.promise_attach());
        let Streams { stdin, stdout, stderr } = options.streams;
        let options = protocol::Attach {
            stdin: stdin && container.spec.program.open_stdin,
            stdout,
            stderr,
            framed: !tty,
            detach_keys: if tty { keys } else { Vec::new() },
            pending: Vec::new(),
        };
        Ok(AttachTicket { engine: self.clone(), container, options, promise })
    }
}

impl AttachTicket {
    /// The container has a terminal: its output is not framed.
    pub fn tty(&self) -> bool {
        self.container.spec.program.tty
    }

    /// Hands the client's connection over. What was read from it already goes first.
    ///
    /// # Errors
    /// [`Error::Supervisor`] when the container has ended meanwhile; the connection is closed then.
    pub async fn hand_over(self, socket: OwnedFd, pending: Vec<u8>) -> Result<()> {
        let attach = Attach { socket, options: protocol::Attach { pending, ..self.options } };
        let attach = match self.promise {
            Some(promise) => match promise.send(attach) {
                Ok(()) => return Ok(()),
                Err(attach) => attach,
            },
            None => attach,
        };
        let Some(task) = self.engine.live(&self.container.id).task() else { return Ok(()) };
        task.attach(attach).await?;
        self.engine.tell_of("attach", &self.container, &[]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read() {
        assert_eq!(detach_keys(None).unwrap(), [16, 17]);
        assert_eq!(detach_keys(Some("ctrl-x,q")).unwrap(), [24, b'q']);
        assert_eq!(detach_keys(Some("ctrl-@,ctrl-[")).unwrap(), [0, 27]);
        assert!(detach_keys(Some("ctrl-")).is_err());
        assert!(detach_keys(Some("shift-a")).is_err());
    }
}
