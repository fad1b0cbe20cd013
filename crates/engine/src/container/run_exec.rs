//! A further process that is run to its end by the daemon itself, not by a client: health probes, and what is done in
//! a container for its owner.

use std::os::fd::OwnedFd;

use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use words::{ContainerId, ExecId};

use super::exec::{ExecConfig, ExecState};
use super::spec::Streams;
use crate::Engine;
use crate::error::{Error, Result};

impl Engine {
    /// Runs a process in a container and gives its exit code. What it writes goes to `take` as it comes, both streams
    /// in one. When the future is dropped the process is killed. Nobody can ask for its session afterwards.
    ///
    /// # Errors
    /// [`Error::Start`] when the program cannot be run; [`Error::Conflict`] when the container does not run, or the
    /// process closes its output and goes on.
    pub async fn run_exec(
        &self,
        container: &str,
        config: ExecConfig,
        mut take: impl FnMut(&[u8]) + Send,
    ) -> Result<i32> {
        let attach = Streams { stdin: false, stdout: true, stderr: true };
        let id = self.exec_create(container, ExecConfig { attach, ..config })?;
        let container = self.exec(id.as_str())?.container;
        // However this ends, the process and its session do, too.
        let _session = Session { engine: self, container: &container, id: &id };
        let io = |source| Error::Io { what: "the output of a process".into(), source };
        let (near, far) = std::os::unix::net::UnixStream::pair().map_err(io)?;
        near.set_nonblocking(true).map_err(io)?;
        let mut near = UnixStream::from_std(near).map_err(io)?;
        let ticket = self.prepare_exec(id.as_str(), false, (0, 0))?.unframed();
        ticket.start(Some((OwnedFd::from(far), Vec::new()))).await?;
        let mut chunk = [0; 4096];
        loop {
            match near.read(&mut chunk).await.map_err(io)? {
                0 => break,
                count => take(&chunk[..count]),
            }
        }
        match self.settled_exec(id.as_str()).await?.state {
            ExecState::Exited { code, .. } => Ok(code),
            _ => Err(Error::Conflict("the process closed its output and goes on".into())),
        }
    }
}

/// A session: with it, its process ends.
struct Session<'a> {
    engine: &'a Engine,
    container: &'a ContainerId,
    id: &'a ExecId,
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Ok(ExecState::Running { .. } | ExecState::Starting) = self.engine.exec(self.id.as_str()).map(|e| e.state)
            && let Some(task) = self.engine.live(self.container).task()
        {
            let id = self.id.clone();
            tokio::spawn(async move { task.signal(Some(id), words::signal::KILL).await });
        }
        self.engine.forget_exec(self.id);
    }
}
