//! Directories and files that are made, and what is removed.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, Timespec, Timestamps, Uid};
use rustix::io::Errno;
use words::Timestamp;

use crate::find::{Place, find};
use crate::select::{Selection, clean};
use crate::{Error, Owner, Result};

/// How something is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Make {
    /// Its permission bits.
    pub mode: u32,
    /// Whom it belongs to; root when nobody is said.
    pub owner: Option<Owner>,
    /// Its time; now when none is said.
    pub time: Option<Timestamp>,
}

impl Make {
    /// Makes a directory unless it is there.
    pub(crate) fn directory(&self, parent: impl AsFd, name: &OsStr) -> io::Result<()> {
        let parent = parent.as_fd();
        match rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(0o700)) {
            Ok(()) => {}
            Err(Errno::EXIST) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let made = crate::find::folder(parent, name)?;
        self.finish(&made)
    }

    /// Gives what was made its owner, mode and time, in an order in which none takes another away.
    fn finish(&self, made: &OwnedFd) -> io::Result<()> {
        let owner = self.owner.unwrap_or(Owner { uid: 0, gid: 0 });
        rustix::fs::fchown(made, Some(Uid::from_raw(owner.uid)), Some(Gid::from_raw(owner.gid)))?;
        rustix::fs::fchmod(made, Mode::from_raw_mode(self.mode & 0o7777))?;
        if let Some(time) = self.time {
            rustix::fs::futimens(made, &times(time))?;
        }
        Ok(())
    }
}

/// One moment as both times of a file.
pub(crate) fn times(moment: Timestamp) -> Timestamps {
    let nanos = moment.nanos();
    let time = Timespec {
        tv_sec: i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or(i64::MAX),
        tv_nsec: i64::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or(0),
    };
    Timestamps { last_access: time, last_modification: time }
}

/// Makes a directory with those above it that are missing. Links are followed beneath the root; what exists stays as
/// it is.
///
/// # Errors
/// [`Error::NotDirectory`] when something else stands in the way, [`Error::Io`].
pub fn make_dirs(root: BorrowedFd<'_>, path: &Path, make: &Make) -> Result<()> {
    directory(root, path, make, Some(make)).map(drop)
}

/// Makes a directory in one that exists, unless it is there.
///
/// # Errors
/// As [`make_dirs`], and [`Error::NotFound`] when the directory above is missing.
pub fn make_dir(root: BorrowedFd<'_>, path: &Path, make: &Make) -> Result<()> {
    directory(root, path, make, None).map(drop)
}

/// Makes a directory and gives its place.
pub(crate) fn directory(root: BorrowedFd<'_>, path: &Path, make: &Make, above: Option<&Make>) -> Result<Place> {
    let path = clean(path);
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotADirectory => Error::NotDirectory { path: path.clone() },
        _ => Error::io(&path, error),
    };
    let mut place = find(root, &path, true, above).map_err(failed)?;
    if place.stat.is_none() {
        make.directory(&place.parent, &place.name).map_err(failed)?;
        place = Place::of(&place.parent, place.name).map_err(failed)?;
    }
    match place.kind() {
        Some(FileType::Directory) => Ok(place),
        _ => Err(Error::NotDirectory { path }),
    }
}

/// Writes a file in a directory that exists. One that is there is written anew and keeps its mode; a link to one is
/// followed beneath the root.
///
/// # Errors
/// [`Error::NotFound`] when the directory is missing, [`Error::Io`].
pub fn write_file(root: BorrowedFd<'_>, path: &Path, bytes: &[u8], make: &Make) -> Result<()> {
    let path = clean(path);
    let failed = |error: io::Error| Error::io(&path, error);
    let place = find(root, &path, true, None).map_err(failed)?;
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let (flags, mode) = match &place.stat {
        None => (flags | OFlags::CREATE | OFlags::EXCL, make.mode),
        Some(stat) if place.kind() == Some(FileType::RegularFile) => (flags, stat.st_mode),
        Some(_) if place.kind() == Some(FileType::Directory) => return Err(Error::IsDirectory { path }),
        Some(_) => return Err(failed(Errno::INVAL.into())),
    };
    let opened = rustix::fs::openat(&place.parent, &place.name, flags, Mode::from_raw_mode(0o600))
        .map_err(|error| failed(error.into()))?;
    // It could have been swapped for a device.
    let stat = rustix::fs::fstat(&opened).map_err(|error| failed(error.into()))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(failed(Errno::INVAL.into()));
    }
    let mut file = std::fs::File::from(opened);
    file.set_len(0).and_then(|()| file.write_all(bytes)).map_err(failed)?;
    Make { mode, ..*make }.finish(&file.into()).map_err(failed)
}

/// Removes a file, or a directory with everything in it. Links are removed, not followed. With `wildcards` the path is
/// a pattern ([`crate::pattern::matches`]), which may fit nothing.
///
/// # Errors
/// [`Error::NotFound`] when it is not there, unless that is allowed; [`Error::Io`], also for the root itself.
pub fn remove(root: BorrowedFd<'_>, path: &Path, wildcards: bool, allow_not_found: bool) -> Result<()> {
    let selection = Selection { wildcards, allow_none: true, ..Selection::new(root, path) };
    let places = match selection.places() {
        Err(Error::NotFound { .. }) if allow_not_found || wildcards => return Ok(()),
        places => places?,
    };
    for (path, place) in places {
        let failed = |error: io::Error| Error::io(&path, error);
        if place.name == "." {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "the root cannot be removed")));
        }
        let removed = match place.kind() {
            Some(FileType::Directory) => sys::remove::tree(&place.parent, &place.name),
            _ => rustix::fs::unlinkat(&place.parent, &place.name, AtFlags::empty()).map_err(io::Error::from),
        };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other.map_err(failed)?,
        }
    }
    Ok(())
}
