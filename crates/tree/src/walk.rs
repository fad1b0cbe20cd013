//! The one walk over what a selection means, for copies and digests alike, so that a digest is of what a copy takes.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FileType, Stat};

use crate::find::{Place, folder, look};
use crate::select::{Selection, Verdict};
use crate::{Error, Result, limits};

/// Something on the way.
pub(crate) struct Entry<'a> {
    pub(crate) parent: BorrowedFd<'a>,
    pub(crate) name: &'a OsStr,
    pub(crate) stat: &'a Stat,
    /// From where the walk began; empty for what it began with.
    pub(crate) path: &'a Path,
}

impl Entry<'_> {
    pub(crate) fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.stat.st_mode)
    }
}

/// Who is told what is on the way.
pub(crate) trait Visitor {
    /// A directory, before what is in it. `whole` when it is taken for itself.
    fn enter(&mut self, entry: &Entry<'_>, folder: &OwnedFd, whole: bool) -> Result<()>;
    /// The end of the directory that was entered last.
    fn leave(&mut self) -> Result<()>;
    /// Something else than a directory or socket.
    fn other(&mut self, entry: &Entry<'_>) -> Result<()>;
}

/// A directory on the way. Whoever makes directories can make them deeper than a stack is, so these are on a list.
struct Level {
    folder: OwnedFd,
    name: OsString,
    stat: Stat,
    path: PathBuf,
    names: std::vec::IntoIter<OsString>,
    /// The visitor knows of it.
    entered: bool,
}

/// Walks over what is at a place, names in order. `shown` is how errors name the place.
pub(crate) fn walk(selection: &Selection<'_>, shown: &Path, place: &Place, visitor: &mut impl Visitor) -> Result<()> {
    let Some(stat) = place.stat else { return Err(Error::NotFound { path: shown.to_owned() }) };
    let top = Entry { parent: place.parent.as_fd(), name: &place.name, stat: &stat, path: Path::new("") };
    if top.kind() != FileType::Directory {
        return visitor.other(&top);
    }
    let opened = folder(top.parent, top.name).map_err(|error| Error::io(shown, error))?;
    visitor.enter(&top, &opened, true)?;
    let level = |folder: OwnedFd, name, stat, path: PathBuf, entered| -> Result<Level> {
        let names = sys::beneath::entries(&folder).map_err(|error| Error::io(&shown.join(&path), error))?;
        Ok(Level { folder, name, stat, path, names: names.into_iter(), entered })
    };
    let mut levels = vec![level(opened, place.name.clone(), stat, PathBuf::new(), true)?];
    while let Some(last) = levels.last_mut() {
        check(selection.stop)?;
        let Some(name) = last.names.next() else {
            if levels.pop().is_some_and(|level| level.entered) {
                visitor.leave()?;
            }
            continue;
        };
        let path = last.path.join(&name);
        if path.as_os_str().len() > limits::PATH_BYTES {
            return Err(Error::TooDeep { path: shown.join(path.iter().take(3).collect::<PathBuf>()) });
        }
        let failed = |error| Error::io(&shown.join(&path), error);
        // What went away while we looked is not there.
        let Some(stat) = look(&last.folder, &name).map_err(failed)? else { continue };
        let kind = FileType::from_raw_mode(stat.st_mode);
        let directory = kind == FileType::Directory;
        let verdict = selection.filter.map_or(Verdict::Take, |filter| filter(&path, directory));
        // A socket means nothing without the process behind it.
        if verdict == Verdict::Leave || (verdict == Verdict::Within && !directory) || kind == FileType::Socket {
            continue;
        }
        let take = verdict == Verdict::Take;
        if take {
            enter_all(&mut levels, visitor)?;
        }
        let Some(last) = levels.last() else { break };
        let entry = Entry { parent: last.folder.as_fd(), name: &name, stat: &stat, path: &path };
        if !directory {
            visitor.other(&entry)?;
            continue;
        }
        let opened = folder(entry.parent, &name).map_err(failed)?;
        if take {
            visitor.enter(&entry, &opened, true)?;
        }
        levels.push(level(opened, name, stat, path, take)?);
    }
    Ok(())
}

/// Tells of the directories that were only passed through so far.
fn enter_all(levels: &mut [Level], visitor: &mut impl Visitor) -> Result<()> {
    let Some(first) = levels.iter().position(|level| !level.entered) else { return Ok(()) };
    for position in first..levels.len() {
        let (above, below) = levels.split_at_mut(position);
        let (Some(parent), Some(level)) = (above.last(), below.first_mut()) else { break };
        let entry = Entry { parent: parent.folder.as_fd(), name: &level.name, stat: &level.stat, path: &level.path };
        visitor.enter(&entry, &level.folder, false)?;
        level.entered = true;
    }
    Ok(())
}

/// Fails when nobody wants the result any more.
pub(crate) fn check(stop: Option<&AtomicBool>) -> Result<()> {
    if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) { Err(Error::Stopped) } else { Ok(()) }
}
