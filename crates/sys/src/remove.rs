//! Removing a tree, however deep somebody made it.
//!
//! Whoever may make directories can nest them deeper than any path or stack is long. So this holds a fixed number of
//! descriptors: what lies deeper is first moved up to the tree's top.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

/// Levels that are open at once.
const OPEN: usize = 32;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Removes a directory with everything in it. Links are removed, not followed. Blocks.
///
/// # Errors
/// As unlinkat(2); `ENOTDIR` when it is something else than a directory.
pub fn tree(parent: impl AsFd, name: &OsStr) -> io::Result<()> {
    let parent = parent.as_fd();
    let top = rustix::fs::openat(parent, name, FOLDER, Mode::empty())?;
    let mut moved = 0;
    loop {
        let before = moved;
        empty(top.as_fd(), top.as_fd(), 1, &mut moved)?;
        if moved == before {
            return Ok(rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)?);
        }
    }
}

/// [`tree`], by path.
///
/// # Errors
/// As [`tree`]; `EINVAL` for a path without a last name.
pub fn path(path: &Path) -> io::Result<()> {
    let (parent, name) = crate::beneath::split(path)?;
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    tree(rustix::fs::openat(CWD, parent, flags, Mode::empty())?, name)
}

/// Empties a directory, except that what is too deep goes to the top; `moved` counts these.
fn empty(top: BorrowedFd<'_>, folder: BorrowedFd<'_>, depth: usize, moved: &mut u64) -> io::Result<()> {
    for (name, kind) in entries(folder)? {
        if kind != FileType::Directory {
            match rustix::fs::unlinkat(folder, &name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => continue,
                // A filesystem that does not tell kinds.
                Err(Errno::ISDIR) if kind == FileType::Unknown => {}
                Err(error) => return Err(error.into()),
            }
        }
        if depth >= OPEN {
            move_up(top, folder, &name, moved)?;
            continue;
        }
        let below = rustix::fs::openat(folder, &name, FOLDER, Mode::empty())?;
        empty(top, below.as_fd(), depth + 1, moved)?;
        drop(below);
        rustix::fs::unlinkat(folder, &name, AtFlags::REMOVEDIR)?;
    }
    Ok(())
}

fn entries(folder: BorrowedFd<'_>) -> io::Result<Vec<(OsString, FileType)>> {
    let mut found = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = OsString::from_vec(entry.file_name().to_bytes().to_vec());
        if name != "." && name != ".." {
            found.push((name, entry.file_type()));
        }
    }
    Ok(found)
}

fn move_up(top: BorrowedFd<'_>, folder: BorrowedFd<'_>, name: &OsStr, moved: &mut u64) -> io::Result<()> {
    loop {
        *moved += 1;
        match rustix::fs::renameat_with(folder, name, top, format!(".{moved}"), RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(()),
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deeper than a path is long and than descriptors are many.
    #[test]
    fn a_tree_of_any_depth_goes() {
        let root = std::env::temp_dir().join(format!("sys-remove-{}", std::process::id()));
        let tree = root.join("tree");
        std::fs::create_dir_all(&tree).unwrap();
        std::fs::write(root.join("beside"), "stays").unwrap();
        std::os::unix::fs::symlink(root.join("beside"), tree.join("link")).unwrap();
        std::fs::create_dir(tree.join(".1")).unwrap();
        let mut at = rustix::fs::openat(CWD, &tree, FOLDER, Mode::empty()).unwrap();
        for level in 0..3_000 {
            rustix::fs::mkdirat(&at, "d", Mode::from(0o700)).unwrap();
            if level % 1000 == 0 {
                rustix::fs::mkdirat(&at, "e", Mode::from(0o700)).unwrap();
            }
            at = rustix::fs::openat(&at, "d", FOLDER, Mode::empty()).unwrap();
        }
        path(&tree).unwrap();
        assert!(!tree.exists());
        assert_eq!(std::fs::read_to_string(root.join("beside")).unwrap(), "stays");
        assert!(path(&tree).is_err());
        path(&root).unwrap();
    }
}
