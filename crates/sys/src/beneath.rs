//! Paths beneath a root: openat2(2) with `RESOLVE_IN_ROOT`, so that no link and no `..` leads out (Linux 5.6).

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags};

/// Links are followed, but within the root; links into /proc/PID/fd and the like are not.
const IN_ROOT: ResolveFlags = ResolveFlags::IN_ROOT.union(ResolveFlags::NO_MAGICLINKS);

/// Opens a path as the process would see it if `root` were its root directory.
///
/// # Errors
/// As openat2(2); `ELOOP` for a magic link.
pub fn open(root: impl AsFd, path: &Path, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
    loop {
        match rustix::fs::openat2(root.as_fd(), path, flags | OFlags::CLOEXEC, mode, IN_ROOT) {
            Ok(fd) => return Ok(fd),
            // The kernel could not tell whether a rename happened on the way.
            Err(rustix::io::Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Opens a directory to name things in it.
///
/// # Errors
/// As [`open`].
pub fn open_dir(root: impl AsFd, path: &Path) -> io::Result<OwnedFd> {
    open(root, path, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())
}

/// Opens something without reading it, links followed.
///
/// # Errors
/// As [`open`].
pub fn open_path(root: impl AsFd, path: &Path) -> io::Result<OwnedFd> {
    open(root, path, OFlags::PATH, Mode::empty())
}

/// Opens a host's directory as a root.
///
/// # Errors
/// As openat(2).
pub fn open_root(path: &Path) -> io::Result<OwnedFd> {
    Ok(rustix::fs::openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
}

/// The parts of a path with names; `.`, `..` at the root and the root itself are left out.
fn names(path: &Path) -> impl Iterator<Item = &OsStr> {
    path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        _ => None,
    })
}

/// Makes the directories of a path where they are missing, each beneath the root, and opens the last one.
///
/// # Errors
/// `ENOTDIR` when something else stands in the way; `EINVAL` for `..`.
pub fn make_dirs(root: impl AsFd, path: &Path, mode: Mode) -> io::Result<OwnedFd> {
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // What exists may be reached through links; what is made is made one directory at a time in the one before.
    if let Ok(found) = open_dir(root.as_fd(), path) {
        return Ok(found);
    }
    let mut so_far = PathBuf::from("/");
    let mut at = open_dir(root.as_fd(), &so_far)?;
    for name in names(path) {
        so_far.push(name);
        at = match open_dir(root.as_fd(), &so_far) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match rustix::fs::mkdirat(&at, name, mode) {
                    Ok(()) | Err(rustix::io::Errno::EXIST) => {}
                    Err(error) => return Err(error.into()),
                }
                open_dir(root.as_fd(), &so_far)?
            }
            Err(error) => return Err(error),
        };
    }
    Ok(at)
}

/// Opens an existing file, or makes an empty one with the directories above it.
///
/// # Errors
/// As [`make_dirs`] and openat(2).
pub fn make_file(root: impl AsFd, path: &Path) -> io::Result<OwnedFd> {
    if let Ok(found) = open_path(root.as_fd(), path) {
        return Ok(found);
    }
    let (parent, name) = split(path)?;
    let parent = make_dirs(root.as_fd(), parent, Mode::from(0o755))?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    match rustix::fs::openat(&parent, name, flags, Mode::from(0o644)) {
        Ok(_) | Err(rustix::io::Errno::EXIST) => open_path(root, path),
        Err(error) => Err(error.into()),
    }
}

/// The directory and the last name of a path.
///
/// # Errors
/// `EINVAL` when it has no last name.
pub fn split(path: &Path) -> io::Result<(&Path, &OsStr)> {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok((parent, name)),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Reads a whole small regular file beneath a root. A FIFO or device there is no file to read (CVE-2024-9676), and
/// one longer than `at_most` bytes is refused.
///
/// # Errors
/// As openat2(2); `EINVAL` for what is not a regular file, `EFBIG` for too long a one.
pub fn read(root: impl AsFd, path: &Path, at_most: u64) -> io::Result<Vec<u8>> {
    use std::io::Read;
    let fd = open(root, path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty())?;
    let stat = rustix::fs::fstat(&fd)?;
    if rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::RegularFile {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    std::fs::File::from(fd).take(at_most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > at_most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// The names in a directory that is open for reading, in order.
///
/// # Errors
/// What getdents64(2) gives.
pub fn entries(folder: impl AsFd) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in rustix::fs::Dir::read_from(folder)? {
        let name = entry?.file_name().to_bytes().to_vec();
        if name != b"." && name != b".." {
            names.push(OsString::from_vec(name));
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// What kind of thing a descriptor is.
///
/// # Errors
/// As fstat(2).
pub fn kind(fd: BorrowedFd<'_>) -> io::Result<rustix::fs::FileType> {
    Ok(rustix::fs::FileType::from_raw_mode(rustix::fs::statat(fd, "", AtFlags::EMPTY_PATH)?.st_mode))
}
