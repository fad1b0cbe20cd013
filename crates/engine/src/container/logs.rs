//! `logs`: the json-file log, read back.

pub use shim::log::Entry;
use shim::log::{Reader, Want};
use tokio::sync::mpsc;
use words::{ContainerId, Timestamp};

use super::state::State;
use crate::Engine;
use crate::error::{Context, Error, Result};

/// What of the log is wanted.
#[derive(Debug, Clone, Default)]
pub struct LogOptions {
    /// Go on as the program writes.
    pub follow: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
    /// Nothing older.
    pub since: Option<Timestamp>,
    /// Nothing newer.
    pub until: Option<Timestamp>,
    /// Only that many of the last lines.
    pub tail: Option<u64>,
}

/// A log being read.
pub struct Logs {
    /// The program has a terminal: its output is one raw stream.
    pub tty: bool,
    /// The entries, oldest first.
    pub entries: mpsc::Receiver<std::io::Result<Entry>>,
}

impl Engine {
    /// Reads a container's log. It is open when this returns: a container that is removed meanwhile is read to the end.
    ///
    /// # Errors
    /// [`Error::Invalid`] when no stream is wanted or the log cannot be read, [`Error::Io`].
    pub async fn logs(&self, name: &str, options: LogOptions) -> Result<Logs> {
        let container = self.container(name)?;
        if !options.stdout && !options.stderr {
            return Err(Error::Invalid("Bad parameters: you must choose at least one stream".into()));
        }
        if container.spec.host.log.driver == "none" {
            return Err(Error::Invalid("configured logging driver does not support reading".into()));
        }
        let want = Want {
            stdout: options.stdout,
            stderr: options.stderr,
            since: options.since,
            until: options.until,
            tail: options.tail,
        };
        let path = container.log_path();
        let reader = crate::blocking(move || Reader::open(&path, want)).await;
        let reader = reader.context(|| format!("opening the log of container {}", container.id))?;
        let (sender, entries) = mpsc::channel(BATCH);
        tokio::spawn(self.clone().read_log(container.id.clone(), reader, options, sender));
        Ok(Logs { tty: container.spec.program.tty, entries })
    }

    /// Sends what is in the log and what comes to it. Threads are borrowed for each batch only: there may be more
    /// followers than threads, and readers who are slow.
    async fn read_log(self, id: ContainerId, mut reader: Reader, options: LogOptions, sender: Sender) {
        loop {
            // Asked before reading: whatever was written until the end is read then.
            let goes_on = options.follow && self.may_write(&id);
            loop {
                let batch = match crate::blocking(move || next_batch(reader)).await {
                    Ok((back, batch)) => {
                        reader = back;
                        batch
                    }
                    Err(error) => {
                        let _ = sender.send(Err(error)).await;
                        return;
                    }
                };
                let more = batch.len() == BATCH;
                for entry in batch {
                    if sender.send(Ok(entry)).await.is_err() {
                        return;
                    }
                }
                if !more {
                    break;
                }
            }
            if !goes_on || options.until.is_some_and(|until| Timestamp::now() > until) {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(FOLLOW_PAUSE) => {}
                () = sender.closed() => return,
            }
        }
    }

    /// More may come to the log of this container.
    fn may_write(&self, id: &ContainerId) -> bool {
        self.snapshot().containers.get(id).is_some_and(|container| {
            matches!(container.state, State::Running { .. } | State::Starting { .. } | State::Restarting { .. })
        })
    }
}

fn next_batch(mut reader: Reader) -> std::io::Result<(Reader, Vec<Entry>)> {
    let mut batch = Vec::new();
    while batch.len() < BATCH
        && let Some(entry) = reader.next()?
    {
        batch.push(entry);
    }
    Ok((reader, batch))
}

type Sender = mpsc::Sender<std::io::Result<Entry>>;

/// Entries read at once, and as many more that wait for a slow client: each may have 16 KiB.
const BATCH: usize = 16;

/// Time between two looks at a log that is followed.
const FOLLOW_PAUSE: std::time::Duration = std::time::Duration::from_millis(40);

/// A size such as `10m`, in bytes.
pub(crate) fn size(text: &str) -> Result<u64> {
    let wrong = || Error::Invalid(format!("invalid size: '{text}'"));
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor: u64 = match lower[digits.len()..].trim_end_matches("ib").trim_end_matches('b') {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        "t" => 1 << 40,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.trim().parse().map_err(|_| wrong())?;
    number.checked_mul(factor).filter(|bytes| *bytes > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes() {
        for (text, bytes) in [("1", 1), ("10k", 10 << 10), ("10m", 10 << 20), ("1GB", 1 << 30), ("2KiB", 2048)] {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for wrong in ["", "x", "0", "-1", "1q", "99999999999t", "1.5m"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
