//! Telling what happens: vertexes, what goes on within them, and their output up to a limit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use dockerfile::check::Warning;
use oci::Digest;
use words::Timestamp;

use crate::error::SourceFile;
use crate::event::{CheckWarning, Event, Log, Progress, Reporter, Status};
use crate::{Error, limits};

/// How often it is told how far something is.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Where a build's events go.
#[derive(Clone)]
pub(crate) struct Told(Reporter);

impl Told {
    pub(crate) fn new(reporter: Reporter) -> Self {
        Self(reporter)
    }

    /// A client that does not listen any more is told nothing.
    async fn send(&self, event: Event) {
        let _ = self.0.send(event).await;
    }

    pub(crate) async fn warn(&self, vertex: Digest, warning: Warning, source: Arc<SourceFile>) {
        self.send(Event::Warning(CheckWarning { vertex, warning, source })).await;
    }

    /// A vertex that is not part of a graph: something the frontend or the exporter does.
    pub(crate) fn internal(&self, name: impl Into<String>) -> Vertex {
        let name = name.into();
        // Twice the same in one build is twice a line.
        let digest = crate::graph::digest_of(&(&name, words::ExecId::random().as_str()));
        self.vertex(digest, name, Vec::new())
    }

    pub(crate) fn vertex(&self, digest: Digest, name: String, inputs: Vec<Digest>) -> Vertex {
        let progress = Progress { digest, inputs, name, started: None, completed: None, cached: false, error: None };
        Vertex { told: self.clone(), progress: Mutex::new(progress), log: Mutex::new(LogRation::default()) }
    }
}

/// One vertex, told about.
pub(crate) struct Vertex {
    told: Told,
    progress: Mutex<Progress>,
    log: Mutex<LogRation>,
}

impl Vertex {
    pub(crate) fn digest(&self) -> Digest {
        self.lock().digest.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn change(&self, change: impl FnOnce(&mut Progress)) {
        let now = {
            let mut progress = self.lock();
            change(&mut progress);
            progress.clone()
        };
        if now.name.is_empty() {
            return;
        }
        self.told.send(Event::Vertex(now)).await;
    }

    pub(crate) async fn started(&self) {
        self.change(|progress| progress.started = progress.started.or(Some(Timestamp::now()))).await;
    }

    /// It is done, or had been done before.
    pub(crate) async fn completed(&self, cached: bool) {
        self.change(|progress| {
            let now = Timestamp::now();
            progress.started = progress.started.or(Some(now));
            progress.completed = Some(now);
            progress.cached = cached;
        })
        .await;
    }

    pub(crate) async fn failed(&self, error: &Error) {
        self.change(|progress| {
            let now = Timestamp::now();
            progress.started = progress.started.or(Some(now));
            progress.completed = Some(now);
            progress.error = Some(error.to_string());
        })
        .await;
    }

    /// Runs what the vertex stands for and tells how it went.
    pub(crate) async fn of<T>(&self, work: impl Future<Output = crate::Result<T>>) -> crate::Result<T> {
        self.started().await;
        match work.await {
            Ok(value) => {
                self.completed(false).await;
                Ok(value)
            }
            Err(mut error) => {
                error.vertex.get_or_insert(self.digest());
                self.failed(&error).await;
                Err(error)
            }
        }
    }

    /// How far something within the vertex is, by what is done and what there is; 0 when nobody knows.
    pub(crate) async fn status(&self, id: String, (current, total): (u64, u64), began: Timestamp, ended: bool) {
        let (vertex, at) = (self.digest(), Timestamp::now());
        let completed = ended.then_some(at);
        let status = Status { vertex, id, current, total, at, started: Some(began), completed };
        self.told.send(Event::Status(status)).await;
    }

    /// Something within the vertex that has been done.
    pub(crate) async fn done(&self, what: impl Into<String>, began: Timestamp) {
        self.status(what.into(), (0, 0), began, true).await;
    }

    /// Runs something that counts bytes, and tells how far it is.
    pub(crate) async fn counted<T>(
        &self,
        what: &str,
        bytes: &AtomicU64,
        work: impl Future<Output = crate::Result<T>>,
    ) -> crate::Result<T> {
        let began = Timestamp::now();
        let tell = |ended| self.status(what.to_owned(), (bytes.load(Ordering::Relaxed), 0), began, ended);
        let telling = async {
            loop {
                tokio::time::sleep(TELL_EVERY).await;
                tell(false).await;
            }
        };
        let done = tokio::select! {
            done = work => done,
            () = telling => return Err(Error::invalid("telling how far it is has ended")),
        };
        tell(true).await;
        done
    }

    pub(crate) async fn log(&self, stream: u8, bytes: Vec<u8>) {
        let shown = self.log.lock().unwrap_or_else(PoisonError::into_inner).take(bytes);
        if let Some(bytes) = shown {
            self.told.send(Event::Log(Log { vertex: self.digest(), stream, bytes, at: Timestamp::now() })).await;
        }
    }
}

/// How much of a step's output is shown.
#[derive(Default)]
struct LogRation {
    began: Option<Instant>,
    shown: usize,
    clipped: bool,
}

impl LogRation {
    fn take(&mut self, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        let age = self.began.get_or_insert_with(Instant::now).elapsed().as_secs_f64();
        // The first second is free, so that a burst is seen whole.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number of bytes")]
        let by_time = if age < 1.0 { limits::LOG_BYTES } else { (age * limits::LOG_SPEED as f64) as usize };
        let (room, why) = if limits::LOG_BYTES - self.shown.min(limits::LOG_BYTES) < bytes.len() {
            (limits::LOG_BYTES - self.shown.min(limits::LOG_BYTES), format!("{} MiB", limits::LOG_BYTES >> 20))
        } else {
            (by_time.saturating_sub(self.shown), format!("{} KiB/s", limits::LOG_SPEED >> 10))
        };
        if bytes.len() <= room {
            self.clipped = false;
            self.shown += bytes.len();
            return Some(bytes);
        }
        if self.clipped {
            return None;
        }
        self.clipped = true;
        bytes.truncate(room);
        self.shown += room;
        bytes.extend_from_slice(format!("\n[output clipped, log limit {why} reached]\n").as_bytes());
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_shown_up_to_a_limit() {
        let mut ration = LogRation::default();
        assert_eq!(ration.take(b"a".to_vec()).unwrap(), b"a");
        let big = ration.take(vec![b'x'; limits::LOG_BYTES]).unwrap();
        assert!(String::from_utf8(big).unwrap().ends_with("x\n[output clipped, log limit 2 MiB reached]\n"));
        assert_eq!(ration.take(b"more".to_vec()), None);
    }
}
