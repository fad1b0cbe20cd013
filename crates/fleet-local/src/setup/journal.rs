//! What was done for an environment and what it wrote, in files that are shown as the logs of its instances.
//!
//! What is done once for all is in the environment's files, what is done on an instance in that instance's. Each line
//! begins with its time, in a form that sorts, so that both are shown as one.

use std::path::{Path, PathBuf};

use beanstalk::fleet::{LogFile, Wish};
use beanstalk::{EnvironmentId, InstanceId};
use tokio::io::AsyncWriteExt;
use words::Timestamp;

use crate::{Local, limits};

/// A file of the journal, under AWS's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    /// What is done, and how it went.
    Engine,
    /// What hooks write.
    Hooks,
    /// What commands and package managers write.
    Commands,
}

impl Log {
    const ALL: [Self; 3] = [Self::Engine, Self::Hooks, Self::Commands];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Engine => "eb-engine.log",
            Self::Hooks => "eb-hooks.log",
            Self::Commands => "cfn-init-cmd.log",
        }
    }
}

/// Where lines are written: of an environment, or of an instance.
#[derive(Debug, Clone)]
pub(crate) struct Journal(PathBuf);

impl Local {
    /// Of all instances.
    pub(crate) fn journal(&self, environment: &EnvironmentId) -> Journal {
        Journal(self.0.config.root.join(environment.as_str()).join("log"))
    }

    /// Of one instance.
    pub(crate) fn journal_of(&self, environment: &EnvironmentId, instance: &InstanceId) -> Journal {
        Journal(self.journal(environment).0.join(instance.as_str()))
    }

    /// The files of an instance: its own and those of all. `tail` is the number of lines.
    pub(crate) async fn journal_files(
        &self,
        environment: &EnvironmentId,
        instance: &InstanceId,
        tail: Option<u64>,
    ) -> Vec<LogFile> {
        let mut files = Vec::new();
        for log in Log::ALL {
            let mut text = self.journal(environment).read(log).await;
            text.extend(self.journal_of(environment, instance).read(log).await);
            if !text.is_empty() {
                files.push(LogFile { path: format!("/var/log/{}", log.name()), data: merged(&text, tail) });
            }
        }
        files
    }
}

impl Local {
    /// Removes the journals of instances that are neither wished nor there.
    pub(crate) async fn forget_journals(&self, wish: &Wish) {
        let there = self.containers(&wish.environment);
        let folder = self.journal(&wish.environment).0;
        let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return };
        while let Ok(Some(entry)) = entries.next_entry().await {
            let Ok(instance) = entry.file_name().to_string_lossy().parse::<InstanceId>() else { continue };
            let wished = wish.copies.iter().any(|copy| copy.instance == instance);
            if !wished && !there.keys().any(|(of, _)| *of == instance) {
                let _ = tokio::fs::remove_dir_all(entry.path()).await;
            }
        }
    }
}

/// Lines of several files as one, by their time; lines of the same time stay as they were.
fn merged(text: &[u8], tail: Option<u64>) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_by_key(|line| line.get(..limits::STAMP).unwrap_or(line));
    let skipped = tail.map_or(0, |tail| lines.len().saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX)));
    lines[skipped..].iter().flat_map(|line| [line.as_bytes(), b"\n"]).flatten().copied().collect()
}

fn stamp(now: Timestamp) -> String {
    // RFC 3339 in UTC, with as many digits as there are.
    let text = now.to_string();
    let (whole, fraction) = text.trim_end_matches('Z').split_once('.').unwrap_or((text.trim_end_matches('Z'), ""));
    format!("{}.{fraction:0<6.6}", whole.replace('T', " "))
}

/// A text as lines with their time.
fn lines(now: Timestamp, level: &str, text: &str) -> String {
    let stamp = stamp(now);
    text.lines().map(|line| format!("{stamp} [{level}] {line}\n")).collect()
}

impl Journal {
    /// Where it is.
    pub(crate) fn directory(&self) -> &Path {
        &self.0
    }

    /// Adds what is going on.
    pub(crate) async fn info(&self, log: Log, text: &str) {
        self.write(log, "INFO", text).await;
    }

    /// Adds what has failed.
    pub(crate) async fn error(&self, log: Log, text: &str) {
        self.write(log, "ERROR", text).await;
    }

    async fn write(&self, log: Log, level: &str, text: &str) {
        // That a line cannot be written is no reason for a deployment to fail.
        if let Err(error) = self.append(log, &lines(Timestamp::now(), level, text)).await {
            tracing::warn!(log = log.name(), %error, "a line of a log is lost");
        }
    }

    async fn append(&self, log: Log, text: &str) -> std::io::Result<()> {
        tokio::fs::create_dir_all(&self.0).await?;
        let path = self.0.join(log.name());
        let mut file = tokio::fs::File::options().create(true).append(true).open(&path).await?;
        if file.metadata().await?.len() > limits::JOURNAL {
            tokio::fs::rename(&path, self.before(log)).await?;
            file = tokio::fs::File::options().create(true).append(true).open(&path).await?;
        }
        file.write_all(text.as_bytes()).await?;
        file.flush().await
    }

    /// The file before the one that is written.
    fn before(&self, log: Log) -> PathBuf {
        self.0.join(format!("{}.1", log.name()))
    }

    async fn read(&self, log: Log) -> Vec<u8> {
        let mut text = tokio::fs::read(self.before(log)).await.unwrap_or_default();
        text.extend(tokio::fs::read(self.0.join(log.name())).await.unwrap_or_default());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_with_a_time_that_sorts() {
        let at = |nanos| lines(Timestamp::from_nanos(nanos).unwrap(), "INFO", "a\nb");
        assert_eq!(at(0), "1970-01-01 00:00:00.000000 [INFO] a\n1970-01-01 00:00:00.000000 [INFO] b\n");
        assert_eq!(at(1_234_567_890), "1970-01-01 00:00:01.234567 [INFO] a\n1970-01-01 00:00:01.234567 [INFO] b\n");
        let both = at(2_000_000_000) + &at(1_500_000_000);
        assert_eq!(merged(both.as_bytes(), None), (at(1_500_000_000) + &at(2_000_000_000)).into_bytes());
        assert_eq!(merged(both.as_bytes(), Some(1)), b"1970-01-01 00:00:02.000000 [INFO] b\n");
        assert_eq!(merged("ä\n".as_bytes(), None), "ä\n".as_bytes());
    }
}
