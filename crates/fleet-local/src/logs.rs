//! The logs of an instance: what its containers write to their standard streams, and the files that they write where
//! their source says.

use std::sync::Arc;

use beanstalk::fleet::{Failure, LogFile, LogKind};
use beanstalk::{EnvironmentId, InstanceId};
use engine::Container;
use engine::container::logs::LogOptions;

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
