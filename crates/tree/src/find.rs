//! From a root to a place beneath it, one descriptor after the other.
//!
//! Links are read and followed here and not by the kernel, so that a link to nothing can be made something, and so that
//! `..` goes back to the directory that we came from. Nothing is opened that is not an entry of a directory that was
//! opened before, so no path leads out, whatever is moved meanwhile.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::limits;
use crate::make::Make;

/// An entry of a directory, which may not be there yet.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) parent: OwnedFd,
    /// `.` for the root.
    pub(crate) name: OsString,
    /// What is there.
    pub(crate) stat: Option<Stat>,
}

impl Place {
    /// An entry of this directory.
    pub(crate) fn of(parent: impl AsFd, name: OsString) -> io::Result<Self> {
        let stat = look(parent.as_fd(), &name)?;
        Ok(Self { parent: parent.as_fd().try_clone_to_owned()?, name, stat })
    }

    pub(crate) fn kind(&self) -> Option<FileType> {
        self.stat.as_ref().map(|stat| FileType::from_raw_mode(stat.st_mode))
    }
}

/// What an entry is, links not followed; `None` when there is none.
pub(crate) fn look(parent: impl AsFd, name: &OsStr) -> io::Result<Option<Stat>> {
    match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Opens a directory that is an entry of another one, to read it.
pub(crate) fn folder(parent: impl AsFd, name: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(parent, name, flags, Mode::empty())?)
}

/// A part of a path that is still to be gone.
enum Step {
    Name(OsString),
    Up,
}

/// Finds the place of a path beneath a root. With `follow`, a link in the last place is followed as well. With `make`,
/// missing directories on the way are made.
pub(crate) fn find(root: BorrowedFd<'_>, path: &Path, follow: bool, make: Option<&Make>) -> io::Result<Place> {
    let mut way: Vec<OwnedFd> = vec![root.try_clone_to_owned()?];
    // The next step is the last one of the list.
    let mut steps = Vec::new();
    push(&mut steps, path);
    let mut links = 0;
    while let Some(step) = steps.pop() {
        let Some(at) = way.last() else { break };
        let name = match step {
            Step::Name(name) => name,
            Step::Up => {
                if way.len() > 1 {
                    way.pop();
                }
                continue;
            }
        };
        let stat = look(at, &name)?;
        let kind = stat.as_ref().map(|stat| FileType::from_raw_mode(stat.st_mode));
        let last = steps.is_empty();
        match kind {
            Some(FileType::Symlink) if follow || !last => {
                links += 1;
                if links > limits::LINKS {
                    return Err(Errno::LOOP.into());
                }
                let target = rustix::fs::readlinkat(at, &name, Vec::new())?.into_bytes();
                let target = Path::new(OsStr::from_bytes(&target));
                if target.is_absolute() {
                    way.truncate(1);
                }
                push(&mut steps, target);
            }
            _ if last => {
                let parent = way.pop().ok_or(Errno::NOENT)?;
                return Ok(Place { parent, name, stat });
            }
            Some(FileType::Directory) => way.push(open(at, &name)?),
            Some(_) => return Err(Errno::NOTDIR.into()),
            None => {
                let Some(make) = make else { return Err(Errno::NOENT.into()) };
                make.directory(at, &name)?;
                way.push(open(at, &name)?);
            }
        }
    }
    let parent = way.pop().ok_or(Errno::NOENT)?;
    let stat = look(&parent, OsStr::new("."))?;
    Ok(Place { parent, name: ".".into(), stat })
}

fn push(steps: &mut Vec<Step>, path: &Path) {
    steps.extend(path.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(Step::Name(name.to_owned())),
        Component::ParentDir => Some(Step::Up),
        _ => None,
    }));
}

fn open(parent: impl AsFd, name: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(parent, name, flags, Mode::empty())?)
}
