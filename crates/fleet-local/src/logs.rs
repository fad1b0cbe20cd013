//! The logs of an instance: what its containers write to their standard streams, and the files that they write where
//! their source says.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use beanstalk::fleet::{Failure, LogFile, LogKind};
use beanstalk::{EnvironmentId, InstanceId};
use engine::Container;
use engine::container::logs::LogOptions;
use rustix::fs::{Mode, OFlags};
use sys::beneath;

use crate::copies::logs_prefix;
use crate::{Local, limits};

impl Local {
    pub(crate) async fn logs_of(
        &self,
        environment: &EnvironmentId,
        instance: &InstanceId,
        kind: LogKind,
    ) -> Result<Vec<LogFile>, Failure> {
        let mut files = Vec::new();
        for ((_, release), services) in self.containers(environment).into_iter().filter(|((of, _), _)| of == instance) {
            for (service, container) in services {
                let tail = match kind {
                    LogKind::Tail | LogKind::Analyze => Some(limits::TAIL),
                    LogKind::Bundle => None,
                };
                let data = self.output(&container, tail).await?;
                // Where Amazon's platform has the output of its containers.
                let path = format!("/var/log/eb-docker/containers/eb-current-app/eb-{release}-{service}-stdouterr.log");
                files.push(LogFile { path, data });
            }
        }
        if files.is_empty() {
            return Err(Failure::new("Taking the logs", "the instance has no containers"));
        }
        let tail = (kind != LogKind::Bundle).then_some(limits::TAIL);
        files.extend(self.written(environment, instance, tail).await?);
        files.extend(self.journal_files(environment, instance, tail).await);
        if kind == LogKind::Analyze {
            return Ok(vec![analysis(&files)]);
        }
        Ok(files)
    }

    async fn output(&self, container: &Arc<Container>, tail: Option<u64>) -> Result<Vec<u8>, Failure> {
        let options = LogOptions { stdout: true, stderr: true, tail, ..LogOptions::default() };
        let failed = |error: String| Failure::new("Taking the logs", error);
        let mut logs =
            self.engine().logs(container.id.as_str(), options).await.map_err(|error| failed(error.to_string()))?;
        let mut data = Vec::new();
        while let Some(entry) = logs.entries.recv().await {
            let entry = entry.map_err(|error| failed(error.to_string()))?;
            data.extend_from_slice(entry.log.as_bytes());
            if data.len() > limits::LOG {
                // The end of a log is what people look for.
                data.drain(..data.len() - limits::LOG);
            }
        }
        Ok(data)
    }

    /// The files that containers wrote to their directories for logs.
    async fn written(
        &self,
        environment: &EnvironmentId,
        instance: &InstanceId,
        tail: Option<u64>,
    ) -> Result<Vec<LogFile>, Failure> {
        let prefix = logs_prefix(environment, instance);
        let snapshot = self.engine().snapshot();
        let of = |name: &String| name.strip_prefix(&prefix).map(str::to_owned);
        let volumes = snapshot.volumes.iter().filter_map(|(name, volume)| Some((of(name)?, volume.mountpoint.clone())));
        let volumes: Vec<(String, PathBuf)> = volumes.collect();
        let reading = tokio::task::spawn_blocking(move || {
            let read = volumes.into_iter().flat_map(|(name, root)| {
                let files = files_of(&root, tail).unwrap_or_else(|error| {
                    tracing::warn!(volume = %root.display(), %error, "logs of an application cannot be read");
                    Vec::new()
                });
                let path = move |file: &str| format!("/var/log/eb-docker/containers/eb-current-app/{name}/{file}");
                files.into_iter().map(move |(file, data)| LogFile { path: path(&file), data })
            });
            read.collect()
        });
        reading.await.map_err(|error| Failure::new("Taking the logs", error.to_string()))
    }

    /// The last lines that a container wrote.
    pub(crate) async fn last_lines(&self, container: &Container) -> Vec<String> {
        let tail = u64::try_from(limits::LINES).ok();
        let options = LogOptions { stdout: true, stderr: true, tail, ..LogOptions::default() };
        let Ok(mut logs) = self.engine().logs(container.id.as_str(), options).await else { return Vec::new() };
        let mut lines = Vec::new();
        while let Some(Ok(entry)) = logs.entries.recv().await {
            lines.push(entry.log.trim_end().chars().take(limits::LINE).collect());
        }
        lines
    }
}

/// The files of a directory that an application writes to, with the end of each. Nothing but files counts, and no link
/// is followed: who writes there is not to be shown what is elsewhere.
fn files_of(root: &Path, tail: Option<u64>) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let directory =
        beneath::open(beneath::open_root(root)?, Path::new("/"), OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
    let mut names: Vec<String> = Vec::new();
    for entry in rustix::fs::Dir::read_from(&directory)?.take(limits::LOG_ENTRIES) {
        names.extend(entry?.file_name().to_str().ok().map(str::to_owned));
    }
    names.sort_unstable();
    let (mut files, mut left) = (Vec::new(), limits::LOG);
    for name in names {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let Ok(file) = rustix::fs::openat(&directory, name.as_str(), flags, Mode::empty()) else { continue };
        let mut file = File::from(file);
        let about = file.metadata()?;
        if !about.is_file() || left == 0 {
            continue;
        }
        // The end of a log is what people look for.
        let most = u64::try_from(left).unwrap_or(u64::MAX);
        file.seek(SeekFrom::Start(about.len().saturating_sub(most)))?;
        let mut data = Vec::new();
        file.take(most).read_to_end(&mut data)?;
        if let Some(lines) = tail {
            data.drain(..beginning(&data, lines));
        }
        left -= data.len();
        files.push((name, data));
    }
    Ok(files)
}

/// Where the last lines of a text begin.
fn beginning(data: &[u8], lines: u64) -> usize {
    let ended = data.strip_suffix(b"\n").unwrap_or(data);
    let ends = ended.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    let before = lines.checked_sub(1).and_then(|before| usize::try_from(before).ok());
    before.and_then(|before| ends.map(|(at, _)| at + 1).nth(before)).unwrap_or(0)
}

/// Lines that look like errors, counted: no more is made of them here than reading can make.
fn analysis(files: &[LogFile]) -> LogFile {
    let mut text = String::from("Lines that speak of errors, by log:\n");
    for file in files {
        let content = String::from_utf8_lossy(&file.data);
        let bad: Vec<&str> = content
            .lines()
            .filter(|line| {
                let line = line.to_ascii_lowercase();
                ["error", "fatal", "panic", "exception", "traceback"].iter().any(|word| line.contains(word))
            })
            .collect();
        text.push_str(&format!("\n{}: {} of {} lines\n", file.path, bad.len(), content.lines().count()));
        for line in bad.iter().rev().take(limits::LINES).rev() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    LogFile { path: "analysis.txt".into(), data: text.into_bytes() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_found() {
        let last = |text: &str, lines| text[beginning(text.as_bytes(), lines)..].to_owned();
        assert_eq!(last("a\nb\nc\n", 2), "b\nc\n");
        assert_eq!(last("a\nb\nc", 1), "c");
        assert_eq!(last("a\nb", 9), "a\nb");
        assert_eq!(last("", 1), "");
    }

    #[test]
    fn nothing_but_files_of_the_directory_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("logs");
        std::fs::create_dir_all(root.join("folder")).unwrap();
        std::fs::write(folder.path().join("secret"), "secret").unwrap();
        std::fs::write(root.join("access.log"), "one\ntwo\n").unwrap();
        std::os::unix::fs::symlink("../secret", root.join("link")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, root.join("pipe"), rustix::fs::FileType::Fifo, Mode::from(0o600), 0)
            .unwrap();
        assert_eq!(files_of(&root, Some(1)).unwrap(), [("access.log".to_owned(), b"two\n".to_vec())]);
        assert_eq!(files_of(&root, None).unwrap(), [("access.log".to_owned(), b"one\ntwo\n".to_vec())]);
    }
}
