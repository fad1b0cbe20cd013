//! From a snapshot to a layer without a copy, and from a layer to the same layer elsewhere.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use oci::Digest;
use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_OMIT, Uid, XattrFlags};
use rustix::io::Errno;
use words::Timestamp;

use crate::layer::{chain_of, packed};
use crate::{Error, Images, Result};

/// A layer that was made of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The digest of its plain archive.
    pub diff_id: Digest,
    /// Bytes of its files.
    pub size: u64,
}

impl Images {
    /// Makes what a snapshot holds a layer upon others, given by their diff ids, lowest first. Nothing is copied, and
    /// the snapshot is gone; nobody may have it mounted any more. With `clamp`, what has a later time gets that one.
    /// Blocks.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond the limits of a layer, [`Error::Io`]; the snapshot may be in any state then.
    pub fn seal(&self, key: &str, below: &[Digest], clamp: Option<Timestamp>) -> Result<Sealed> {
        let upper = self.upper(key);
        let settled = || settle(&upper, clamp).map_err(|error| Error::io(&upper, error));
        if clamp.is_some() {
            settled()?;
        }
        let packed = packed(&upper)?;
        // They are in no archive, so it says nothing of them.
        if packed.totals.sockets > 0 {
            settled()?;
        }
        let size = packed.totals.bytes;
        let diff_id = self.0.layers.adopt(&upper, packed, below)?;
        self.remove_snapshot(key)?;
        Ok(Sealed { diff_id, size })
    }

    /// Makes a layer that lies upon some layers here lie upon others as well, by hard links. Blocks.
    ///
    /// # Errors
    /// [`Error::Missing`] when it is not here, [`Error::Io`].
    pub fn graft(&self, diff_id: &Digest, from_below: &[Digest], to_below: &[Digest]) -> Result<()> {
        self.0.layers.graft(diff_id, &chain_of(from_below, diff_id), &chain_of(to_below, diff_id))
    }
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A directory that is being walked. Whoever makes directories can make them deeper than a stack is, so these are
/// kept on a list.
struct Level {
    folder: OwnedFd,
    /// As it was found.
    stat: Stat,
    names: std::vec::IntoIter<OsString>,
}

impl Level {
    fn open(parent: impl AsFd, name: impl rustix::path::Arg) -> rustix::io::Result<Self> {
        let folder = rustix::fs::openat(parent, name, FOLDER, Mode::empty())?;
        let stat = rustix::fs::fstat(&folder)?;
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&folder)? {
            let name = OsString::from_vec(entry?.file_name().to_bytes().to_vec());
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        Ok(Self { folder, stat, names: names.into_iter() })
    }
}

/// Makes a tree what its archive says of it: without sockets, which no archive holds, and with no time later than
/// `clamp`.
fn settle(root: &Path, clamp: Option<Timestamp>) -> std::io::Result<()> {
    let latest = clamp.map(timespec);
    let mut levels = vec![Level::open(CWD, root)?];
    while let Some(level) = levels.last_mut() {
        let Some(name) = level.names.next() else {
            let Some(level) = levels.pop() else { break };
            // Taking a socket away changed the time.
            set_time(&level.folder, None, earlier(modified(&level.stat), latest))?;
            continue;
        };
        let stat = rustix::fs::statat(&level.folder, &name, AtFlags::SYMLINK_NOFOLLOW)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => {
                let inner = Level::open(&level.folder, &name)?;
                levels.push(inner);
                continue;
            }
            FileType::Socket => {
                rustix::fs::unlinkat(&level.folder, &name, AtFlags::empty())?;
                continue;
            }
            _ => {}
        }
        let time = modified(&stat);
        if earlier(time, latest) != time {
            set_time(&level.folder, Some(&name), earlier(time, latest))?;
        }
    }
    Ok(())
}

fn timespec(moment: Timestamp) -> Timespec {
    let nanos = moment.nanos();
    let seconds = nanos.div_euclid(1_000_000_000);
    Timespec {
        tv_sec: i64::try_from(seconds).unwrap_or(i64::MAX),
        tv_nsec: i64::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or(0),
    }
}

fn modified(stat: &Stat) -> Timespec {
    Timespec { tv_sec: stat.st_mtime, tv_nsec: i64::try_from(stat.st_mtime_nsec).unwrap_or(0) }
}

fn earlier(time: Timespec, latest: Option<Timespec>) -> Timespec {
    match latest {
        Some(latest) if (latest.tv_sec, latest.tv_nsec) < (time.tv_sec, time.tv_nsec) => latest,
        _ => time,
    }
}

/// Sets the time of an entry, or of the directory itself.
fn set_time(folder: &OwnedFd, name: Option<&OsStr>, time: Timespec) -> rustix::io::Result<()> {
    let times = Timestamps { last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT }, last_modification: time };
    match name {
        Some(name) => rustix::fs::utimensat(folder, name, &times, AtFlags::SYMLINK_NOFOLLOW),
        None => rustix::fs::futimens(folder, &times),
    }
}

/// Makes a tree like another one: its directories anew, and everything else by further links to it.
pub(crate) fn link_tree(source: &Path, target: &Path) -> std::io::Result<()> {
    rustix::fs::mkdirat(CWD, target, Mode::from(0o700))?;
    let mut levels = vec![(Level::open(CWD, source)?, rustix::fs::openat(CWD, target, FOLDER, Mode::empty())?)];
    while let Some((level, made)) = levels.last_mut() {
        let Some(name) = level.names.next() else {
            let Some((level, made)) = levels.pop() else { break };
            copy_attributes(&level, &made)?;
            continue;
        };
        let stat = rustix::fs::statat(&level.folder, &name, AtFlags::SYMLINK_NOFOLLOW)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => {
                rustix::fs::mkdirat(&*made, &name, Mode::from(0o700))?;
                let inner =
                    (Level::open(&level.folder, &name)?, rustix::fs::openat(&*made, &name, FOLDER, Mode::empty())?);
                levels.push(inner);
            }
            // Overlayfs makes one file of all the whiteouts of a layer, and a file has at most 65,000 links.
            FileType::CharacterDevice if stat.st_rdev == 0 => {
                rustix::fs::mknodat(&*made, &name, FileType::CharacterDevice, Mode::empty(), 0)?;
                set_time(made, Some(&name), modified(&stat))?;
            }
            _ => rustix::fs::linkat(&level.folder, &name, &*made, &name, AtFlags::empty())?,
        }
    }
    Ok(())
}

/// Owner first: it takes set-user-id bits away; times last.
fn copy_attributes(level: &Level, made: &OwnedFd) -> std::io::Result<()> {
    let stat = &level.stat;
    rustix::fs::fchown(made, Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid)))?;
    rustix::fs::fchmod(made, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
    for (name, value) in sys::xattr::all(&level.folder)? {
        match rustix::fs::fsetxattr(made, name.as_os_str(), &value, XattrFlags::empty()) {
            Ok(()) | Err(Errno::OPNOTSUPP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(set_time(made, None, modified(stat))?)
}
