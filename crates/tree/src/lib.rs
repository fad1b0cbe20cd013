//! Trees of files: what COPY, ADD and the file operations of a build do once source and target are known, and content
//! digests of what they take.
//!
//! ```text
//!   Selection (root, path, filter) ─► walk ─┬─► copy    into another root
//!                                           └─► digest  of names, kinds, modes, owners, targets, contents
//! ```
//! Both roots are strangers' trees. Every step goes from one descriptor to the next beneath the root ([`find`]), links
//! are resolved as in a chroot, and what is opened is opened without following anything. Behaviour is that of BuildKit
//! (`tonistiigi/fsutil`, `copy`; `moby/buildkit`, `solver/llbsolver/file`).
//!
//! What this crate does not know: images, builds, patterns of .dockerignore. Everything here blocks.
#![forbid(unsafe_code)]

mod cache;
mod copy;
mod data;
mod digest;
mod find;
pub mod limits;
mod make;
mod mode;
pub mod pattern;
mod select;
mod share;
mod walk;

use std::path::{Path, PathBuf};

pub use cache::Cache;
pub use copy::{Copied, Copy, copy};
pub use digest::digest;
pub use make::{Make, make_dir, make_dirs, remove, write_file};
pub use mode::{ModeChange, ParseModeError};
pub use select::{Filter, Selection, Verdict};

/// What an operation gives.
pub type Result<T> = std::result::Result<T, Error>;

/// Whom a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// Why files could not be copied, made, removed or digested. Paths are as seen from the root.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file, or nothing that a pattern fits.
    #[error("{path:?}: not found")]
    NotFound {
        /// What was looked for.
        path: PathBuf,
    },
    /// A directory is to go where something else is.
    #[error("cannot copy to non-directory: {path}")]
    NotDirectory {
        /// Where.
        path: PathBuf,
    },
    /// Something else is to go where a directory is.
    #[error("cannot replace to directory {path} with file")]
    IsDirectory {
        /// Where.
        path: PathBuf,
    },
    /// Directories lie deeper in each other than any path is long.
    #[error("{path}: directories lie too deep in each other")]
    TooDeep {
        /// The beginning of the path.
        path: PathBuf,
    },
    /// Whoever asked wants it no more.
    #[error("cancelled")]
    Stopped,
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn io(path: &Path, source: impl Into<std::io::Error>) -> Self {
        let (path, source) = (path.to_owned(), source.into());
        match source.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound { path },
            _ => Self::Io { path, source },
        }
    }
}
