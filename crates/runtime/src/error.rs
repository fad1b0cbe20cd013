//! What can go wrong with a process. The errors cross the shim's socket, so they are data.

use serde::{Deserialize, Serialize};

/// Why a process could not be planned, started or joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// There is no such program; exit code 127.
    #[error("exec: {program:?}: {why}")]
    NotFound {
        /// The program as it was named.
        program: String,
        /// `executable file not found in $PATH` or `stat …: no such file or directory`.
        why: String,
    },
    /// The program cannot be executed; exit code 126.
    #[error("exec: {program:?}: {why}")]
    NotExecutable {
        /// The program as it was named.
        program: String,
        /// `permission denied`, `is a directory`, `exec format error`, …
        why: String,
    },
    /// The working directory cannot be entered.
    #[error("chdir to cwd ({path:?}) set in config.json failed: {why}")]
    WorkingDirectory {
        /// The directory.
        path: String,
        /// The system's word.
        why: String,
    },
    /// A mount failed.
    #[error("error mounting {source_name:?} to rootfs at {target:?}: {why}")]
    Mount {
        /// What was to be mounted.
        source_name: String,
        /// Where.
        target: String,
        /// The system's word.
        why: String,
    },
    /// A user or group that does not exist or is no number in range.
    #[error("{0}")]
    User(String),
    /// A setting of the specification that makes no sense or is not supported.
    #[error("{0}")]
    Unsupported(String),
    /// A cgroup could not be made or limited.
    #[error("cgroup {path}: {why}")]
    Cgroup {
        /// The file or directory.
        path: String,
        /// The system's word.
        why: String,
    },
    /// A hook failed.
    #[error("error running hook {path:?}: {why}")]
    Hook {
        /// The program.
        path: String,
        /// How it ended, and what it said.
        why: String,
    },
    /// Another runtime failed.
    #[error("{why}")]
    Foreign {
        /// Its file.
        program: String,
        /// What it said.
        why: String,
    },
    /// Any other step.
    #[error("{step}: {why}")]
    Step {
        /// What was being done.
        step: String,
        /// The system's word.
        why: String,
    },
    /// The container's process has ended.
    #[error("the container's process has ended")]
    Gone,
}

impl Error {
    /// With no text longer than that many bytes, and the mark of three points.
    pub(crate) fn shortened(mut self, bytes: usize) -> Self {
        let cut = |text: &mut String| {
            if text.len() > bytes {
                text.truncate(text.floor_char_boundary(bytes));
                text.push('…');
            }
        };
        match &mut self {
            Self::NotFound { program: first, why: second }
            | Self::NotExecutable { program: first, why: second }
            | Self::WorkingDirectory { path: first, why: second }
            | Self::Cgroup { path: first, why: second }
            | Self::Hook { path: first, why: second }
            | Self::Foreign { program: first, why: second }
            | Self::Step { step: first, why: second } => [first, second].into_iter().for_each(cut),
            Self::Mount { source_name, target, why } => [source_name, target, why].into_iter().for_each(cut),
            Self::User(text) | Self::Unsupported(text) => cut(text),
            Self::Gone => {}
        }
        self
    }

    /// The exit code that Docker's clients give for it, where it has one of its own.
    pub fn exit_code(&self) -> Option<i32> {
        match self {
            Self::NotFound { .. } => Some(127),
            Self::NotExecutable { .. } => Some(126),
            Self::WorkingDirectory { .. } => Some(126),
            // Docker tells by the words, too.
            Self::Foreign { why, .. } if why.contains("not found") || why.contains("no such file") => Some(127),
            Self::Foreign { why, .. }
                if ["permission denied", "is a directory", "exec format error"]
                    .iter()
                    .any(|word| why.contains(word)) =>
            {
                Some(126)
            }
            _ => None,
        }
    }
}

/// Adds what was being done to a system error.
pub(crate) trait Step<T> {
    fn step(self, what: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T, E: Into<std::io::Error>> Step<T> for Result<T, E> {
    fn step(self, what: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|error| Error::Step { step: what(), why: plain(&error.into()) })
    }
}

/// The system's word without Rust's `(os error 2)`, in lower case as Go prints it.
pub(crate) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
