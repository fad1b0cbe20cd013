//! Copies, digests and removals against this kernel. Needs root, since owners are changed and devices are made.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod copies;
mod hostile;
mod properties;
mod sharing;
mod speed;

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use tempfile::{TempDir, tempdir};
use tree::{Copied, Copy, Error, Selection};

/// A source and a target.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    source: OwnedFd,
    target: OwnedFd,
}

impl World {
    /// With these files in the source: a name, and its text; `NAME/` for a directory, `NAME -> TEXT` for a link.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempdir().unwrap();
        for root in ["source", "target"] {
            std::fs::create_dir(dir.path().join(root)).unwrap();
        }
        let source = sys::beneath::open_root(&dir.path().join("source")).unwrap();
        let target = sys::beneath::open_root(&dir.path().join("target")).unwrap();
        let world = Self { dir, source, target };
        world.fill("source", files);
        world
    }

    pub(crate) fn fill(&self, root: &str, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = self.dir.path().join(root).join(name.trim_end_matches(" ->").trim_start_matches('/'));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            if name.ends_with('/') {
                std::fs::create_dir_all(&path).unwrap();
            } else if name.ends_with(" ->") {
                std::os::unix::fs::symlink(text, &path).unwrap();
            } else {
                std::fs::write(&path, text).unwrap();
            }
        }
    }

    pub(crate) fn from(&self, name: &str) -> PathBuf {
        self.dir.path().join("source").join(name)
    }

    pub(crate) fn to(&self, name: &str) -> PathBuf {
        self.dir.path().join("target").join(name)
    }

    pub(crate) fn source(&self) -> std::os::fd::BorrowedFd<'_> {
        self.source.as_fd()
    }

    pub(crate) fn target(&self) -> std::os::fd::BorrowedFd<'_> {
        self.target.as_fd()
    }

    /// What COPY without flags asks for.
    pub(crate) fn order<'a>(&'a self, from: &'a str, to: &'a str) -> Copy<'a> {
        let what = Selection {
            follow_links: true,
            wildcards: true,
            contents: true,
            ..Selection::new(self.source(), Path::new(from))
        };
        Copy { make_path: true, ..Copy::new(what, self.target(), Path::new(to)) }
    }

    pub(crate) fn copy(&self, from: &str, to: &str) -> Result<Copied, Error> {
        tree::copy(&self.order(from, to))
    }

    /// Every path of the target, with the text of files and the targets of links.
    pub(crate) fn listing(&self) -> Vec<String> {
        listing(&self.to(""))
    }
}

pub(crate) fn listing(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let kind = path.symlink_metadata().unwrap().file_type();
            found.push(if kind.is_dir() {
                folders.push(path);
                name + "/"
            } else if kind.is_symlink() {
                format!("{name} -> {}", path.read_link().unwrap().display())
            } else if kind.is_file() {
                format!("{name} {}", String::from_utf8_lossy(&std::fs::read(&path).unwrap()))
            } else {
                name + " *"
            });
        }
    }
    found.sort();
    found
}

pub(crate) fn errno(error: &Error) -> String {
    error.to_string()
}
