//! `logs`: the json-file log, read back.

use shim::log::{Entry, Reader, Want};
use tokio::sync::mpsc;
use words::{ContainerId, Timestamp};

use super::Container;
use super::state::State;
use crate::Engine;
use crate::error::{Error, Result};

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
    /// Reads a container's log.
    pub fn logs(&self, name: &str, options: LogOptions) -> Result<Logs> {
        let container = self.container(name)?;
        if !options.stdout && !options.stderr {
            return Err(Error::Invalid("Bad parameters: you must choose at least one stream".into()));
        }
        if container.spec.host.log.driver == "none" {
            return Err(Error::Invalid("configured logging driver does not support reading".into()));
        }
        let tty = container.spec.program.tty;
        let entries = self.read_log(&container, options);
        Ok(Logs { tty, entries })
    }

    fn read_log(&self, container: &Container, options: LogOptions) -> mpsc::Receiver<std::io::Result<Entry>> {
        let (sender, entries) = mpsc::channel(64);
        let want = Want {
            stdout: options.stdout,
            stderr: options.stderr,
            since: options.since,
            until: options.until,
            tail: options.tail,
        };
        let (engine, id, path) = (self.clone(), container.id.clone(), container.log_path());
        let runtime = tokio::runtime::Handle::current();
        // A thread of its own: it waits for the disk and for a reader who may be slow.
        tokio::task::spawn_blocking(move || {
            let read = || -> std::io::Result<()> {
                let mut reader = Reader::open(&path, want)?;
                loop {
                    // Asked before reading: whatever was written until the end is read then.
                    let goes_on = options.follow && engine.may_write(&id);
                    while let Some(entry) = reader.next()? {
                        if sender.blocking_send(Ok(entry)).is_err() {
                            return Ok(());
                        }
                    }
                    let over = options.until.is_some_and(|until| words::Timestamp::now() > until);
                    if !goes_on || over || sender.is_closed() {
                        return Ok(());
                    }
                    runtime.block_on(tokio::time::sleep(FOLLOW_PAUSE));
                }
            };
            if let Err(error) = read() {
                let _ = sender.blocking_send(Err(error));
            }
        });
        entries
    }

    /// More may come to the log of this container.
    fn may_write(&self, id: &ContainerId) -> bool {
        self.snapshot().containers.get(id).is_some_and(|container| {
            matches!(container.state, State::Running { .. } | State::Starting { .. } | State::Restarting { .. })
        })
    }
}

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
