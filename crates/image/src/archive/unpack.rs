//! Unpacking a layer for overlayfs.
//!
//! Everything is done relative to a descriptor of the target, through openat2 with `RESOLVE_IN_ROOT`: neither a name
//! nor a link of the archive leads out. Source: OCI image specification 1.1, layer.md; the kernel's
//! filesystems/overlayfs.rst for whiteouts.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, ResolveFlags, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;
use tar::{Entry, EntryType};

use super::ration::Ration;
use crate::{Error, Result, limits};

const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";
const AUFS: &[u8] = b".wh..wh.";

/// What an archive is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// A layer: `.wh.` entries become what overlayfs understands.
    Layer,
    /// Files as they are.
    Files,
    /// What a client builds from: everything belongs to root, and devices are refused.
    Context,
}

/// Unpacks an archive into a directory. Gives the bytes of the files. Blocks.
///
/// # Errors
/// [`Error::Unpack`] with the entry that is hostile or broken, [`Error::TooLarge`] beyond the limits.
pub fn unpack(stream: impl Read, target: &Path, contents: Contents) -> Result<u64> {
    let root = sys::beneath::open_root(target).map_err(|error| Error::io(target, error))?;
    let ration = Ration::new();
    let mut archive = tar::Archive::new(ration.reader(stream));
    let mut unpacker = Unpacker { root, contents, bytes: 0, folders: Vec::new(), parent: None };
    let entries = archive.entries().map_err(|error| Error::malformed("layer archive", error))?;
    for (count, entry) in entries.enumerate() {
        let mut entry = entry.map_err(|error| Error::malformed("layer archive", error))?;
        if count as u64 >= limits::ENTRIES {
            return Err(Error::TooLarge(format!("a layer has more than {} entries", limits::ENTRIES)));
        }
        ration.allow(&entry);
        let name = entry.path_bytes().into_owned();
        unpacker.entry(&mut entry, &name).map_err(|problem| match problem {
            Problem::Whole(error) => error,
            Problem::Entry(why) => {
                Error::Unpack { path: String::from_utf8_lossy(&name).chars().take(300).collect(), why }
            }
        })?;
    }
    unpacker.set_folder_times();
    Ok(unpacker.bytes)
}

enum Problem {
    Entry(String),
    Whole(Error),
}

impl From<Errno> for Problem {
    fn from(error: Errno) -> Self {
        std::io::Error::from(error).into()
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::Entry(error.to_string())
    }
}

fn wrong<T>(why: &str) -> std::result::Result<T, Problem> {
    Err(Problem::Entry(why.into()))
}

struct Unpacker {
    root: OwnedFd,
    contents: Contents,
    bytes: u64,
    /// Directories get their times last, since making things in them changes these.
    folders: Vec<(PathBuf, Timespec)>,
    /// The directory of the last entry: most entries are neighbours.
    parent: Option<(PathBuf, OwnedFd)>,
}

/// An archive's name as a path below the root: no `..`, no NUL, not too long.
fn clean(name: &[u8]) -> std::result::Result<PathBuf, Problem> {
    if name.len() > limits::PATH_BYTES {
        return wrong("the name is too long");
    }
    if name.contains(&0) {
        return wrong("the name has a NUL byte");
    }
    let mut path = PathBuf::new();
    for part in Path::new(OsStr::from_bytes(name)).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir | Component::RootDir => {}
            Component::ParentDir | Component::Prefix(_) => return wrong("the name leads out of the layer"),
        }
    }
    Ok(path)
}

impl Unpacker {
    fn entry(&mut self, entry: &mut Entry<'_, impl Read>, name: &[u8]) -> std::result::Result<(), Problem> {
        let path = clean(name)?;
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader) {
            return Ok(());
        }
        let Some(file_name) = path.file_name().map(OsStr::to_owned) else {
            return self.root_entry(entry);
        };
        self.open_parent(&path)?;
        if self.contents == Contents::Layer && file_name.as_bytes().starts_with(WHITEOUT) {
            return self.whiteout(&file_name);
        }
        let xattrs = xattrs(entry)?;
        let Some((_, parent)) = &self.parent else { return wrong("no parent directory") };
        clear_way(parent, &file_name, kind)?;
        match kind {
            EntryType::Directory => {
                match rustix::fs::mkdirat(parent, &file_name, Mode::from(0o700)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error.into()),
                }
                self.folders.push((path.clone(), modified(entry)));
            }
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                self.bytes += write_file(parent, &file_name, entry, self.bytes)?;
            }
            EntryType::Symlink => {
                let Some(target) = entry.link_name_bytes() else { return wrong("a link without a target") };
                if target.is_empty() || target.contains(&0) {
                    return wrong("a link to nothing");
                }
                rustix::fs::symlinkat(&*target, parent, &file_name)?;
            }
            EntryType::Link => return hard_link(&self.root, parent, &file_name, entry),
            EntryType::Char | EntryType::Block if self.contents == Contents::Context => {
                return wrong("a device cannot be part of what is built from");
            }
            EntryType::Char | EntryType::Block | EntryType::Fifo => make_node(parent, &file_name, entry, kind)?,
            other => return Err(Problem::Entry(format!("unknown kind of entry {:?}", other.as_byte()))),
        }
        set_metadata(parent, &file_name, entry, kind, self.contents)?;
        set_xattrs(parent, &file_name, kind, &xattrs)?;
        set_times(parent, &file_name, modified(entry));
        Ok(())
    }

    /// `./`: the root's own mode and owner.
    fn root_entry(&mut self, entry: &Entry<'_, impl Read>) -> std::result::Result<(), Problem> {
        if entry.header().entry_type() == EntryType::Directory {
            let root = sys::beneath::open_dir(&self.root, Path::new("/"))?;
            let (uid, gid) = owner_of(entry, self.contents)?;
            rustix::fs::chownat(&root, "", Some(uid), Some(gid), AtFlags::EMPTY_PATH)?;
            let readable =
                sys::beneath::open(&self.root, Path::new("/"), OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
            rustix::fs::fchmod(&readable, mode(entry)?)?;
        }
        Ok(())
    }

    fn open_parent(&mut self, path: &Path) -> std::result::Result<(), Problem> {
        let folder = path.parent().unwrap_or(Path::new(""));
        // A link that has come since could have taken the place of the directory that is open.
        if self.parent.as_ref().is_some_and(|(known, _)| known == folder) {
            return Ok(());
        }
        let at = if folder.as_os_str().is_empty() { Path::new("/") } else { folder };
        let opened = sys::beneath::make_dirs(&self.root, &Path::new("/").join(at), Mode::from(0o755))?;
        self.parent = Some((folder.to_owned(), opened));
        Ok(())
    }

    fn whiteout(&mut self, name: &OsStr) -> std::result::Result<(), Problem> {
        let Some((_, parent)) = &self.parent else { return wrong("no parent directory") };
        let name = name.as_bytes();
        if name == OPAQUE {
            let folder =
                rustix::fs::openat(parent, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
            return Ok(rustix::fs::fsetxattr(&folder, "trusted.overlay.opaque", b"y", XattrFlags::empty())?);
        }
        if name.starts_with(AUFS) {
            // What aufs kept for itself means nothing.
            return Ok(());
        }
        let hidden = OsStr::from_bytes(&name[WHITEOUT.len()..]);
        if hidden.is_empty() || hidden == "." || hidden == ".." {
            return wrong("a whiteout of no name");
        }
        match rustix::fs::mknodat(parent, hidden, FileType::CharacterDevice, Mode::empty(), 0) {
            // The layer has something of that name itself, which counts.
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn set_folder_times(&self) {
        for (path, time) in self.folders.iter().rev() {
            if let Some(name) = path.file_name() {
                let folder = Path::new("/").join(path.parent().unwrap_or(Path::new("")));
                if let Ok(parent) = sys::beneath::open_dir(&self.root, &folder) {
                    set_times(&parent, name, *time);
                }
            }
        }
    }
}

/// Takes away what stands in the way: a later entry of the same name wins, but a directory stays for a directory.
fn clear_way(parent: &OwnedFd, name: &OsStr, kind: EntryType) -> std::result::Result<(), Problem> {
    let found = match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => FileType::from_raw_mode(stat.st_mode),
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    match (found, kind) {
        (FileType::Directory, EntryType::Directory) => Ok(()),
        (FileType::Directory, _) => Ok(sys::remove::tree(parent, name)?),
        _ => Ok(rustix::fs::unlinkat(parent, name, AtFlags::empty())?),
    }
}

fn write_file(
    parent: &OwnedFd,
    name: &OsStr,
    entry: &mut Entry<'_, impl Read>,
    so_far: u64,
) -> std::result::Result<u64, Problem> {
    let room = match entry.header().entry_type() {
        EntryType::GNUSparse => limits::SPARSE_BYTES,
        _ => limits::LAYER_BYTES,
    };
    let expected = entry.size();
    if expected > room.saturating_sub(so_far) {
        return Err(Problem::Whole(Error::TooLarge(format!("a layer is larger than {room} bytes"))));
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(parent, name, flags, Mode::from(0o600))?;
    let copied = std::io::copy(entry, &mut std::fs::File::from(file))?;
    if copied < expected {
        return wrong("unexpected EOF");
    }
    Ok(copied)
}

/// A second name for a file of the layer. A link is not followed; the target is found beneath the root.
fn hard_link(
    root: &OwnedFd,
    parent: &OwnedFd,
    name: &OsStr,
    entry: &Entry<'_, impl Read>,
) -> std::result::Result<(), Problem> {
    let Some(target) = entry.link_name_bytes() else { return wrong("a link without a target") };
    let target = clean(&target)?;
    let Some(target_name) = target.file_name() else { return wrong("a link to the root") };
    let folder = Path::new("/").join(target.parent().unwrap_or(Path::new("")));
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let folder =
        rustix::fs::openat2(root, &folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty(), resolve)?;
    rustix::fs::linkat(&folder, target_name, parent, name, AtFlags::empty())?;
    Ok(())
}

fn make_node(
    parent: &OwnedFd,
    name: &OsStr,
    entry: &Entry<'_, impl Read>,
    kind: EntryType,
) -> std::result::Result<(), Problem> {
    let header = entry.header();
    let number = || -> std::result::Result<u64, Problem> {
        let part = |value: std::io::Result<Option<u32>>| value.ok().flatten().unwrap_or(0);
        let (major, minor) = (part(header.device_major()), part(header.device_minor()));
        if major > 0xfff || minor > 0xf_ffff {
            return wrong("a device number out of range");
        }
        Ok(rustix::fs::makedev(major, minor))
    };
    let (kind, number) = match kind {
        EntryType::Char => (FileType::CharacterDevice, number()?),
        EntryType::Block => (FileType::BlockDevice, number()?),
        _ => (FileType::Fifo, 0),
    };
    Ok(rustix::fs::mknodat(parent, name, kind, Mode::from(0o600), number)?)
}

fn owner_of(entry: &Entry<'_, impl Read>, contents: Contents) -> std::result::Result<(Uid, Gid), Problem> {
    match contents {
        Contents::Context => Ok((Uid::ROOT, Gid::ROOT)),
        Contents::Layer | Contents::Files => owner(entry),
    }
}

fn owner(entry: &Entry<'_, impl Read>) -> std::result::Result<(Uid, Gid), Problem> {
    let header = entry.header();
    let id = |value: std::io::Result<u64>, field: &[u8]| -> std::result::Result<u32, Problem> {
        match value.map(u32::try_from) {
            Ok(Ok(id)) if id != u32::MAX => Ok(id),
            // A field that was left empty means root to every tar.
            Err(_) if field.iter().all(|byte| matches!(byte, 0 | b' ')) => Ok(0),
            _ => wrong("an owner out of range"),
        }
    };
    let old = header.as_old();
    Ok((Uid::from_raw(id(header.uid(), &old.uid)?), Gid::from_raw(id(header.gid(), &old.gid)?)))
}

fn mode(entry: &Entry<'_, impl Read>) -> std::result::Result<Mode, Problem> {
    match entry.header().mode() {
        Ok(mode) => Ok(Mode::from_raw_mode(mode & 0o7777)),
        Err(_) => wrong("an unreadable mode"),
    }
}

/// Owner first: it takes set-user-id bits away.
fn set_metadata(
    parent: &OwnedFd,
    name: &OsStr,
    entry: &Entry<'_, impl Read>,
    kind: EntryType,
    contents: Contents,
) -> std::result::Result<(), Problem> {
    let (uid, gid) = owner_of(entry, contents)?;
    rustix::fs::chownat(parent, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?;
    if kind == EntryType::Symlink {
        return Ok(());
    }
    // What was made just now is no link, and nobody else writes here.
    Ok(rustix::fs::chmodat(parent, name, mode(entry)?, AtFlags::empty())?)
}

/// Extended attributes that a layer may set: file capabilities and the user's own. Others, overlayfs's above all,
/// would let an archive speak to the kernel.
fn xattrs(entry: &mut Entry<'_, impl Read>) -> std::result::Result<HashMap<String, Vec<u8>>, Problem> {
    let mut found = HashMap::new();
    let Some(extensions) = entry.pax_extensions()? else { return Ok(found) };
    for extension in extensions {
        let extension = extension?;
        let Ok(key) = extension.key() else { continue };
        if let Some(name) = key.strip_prefix("SCHILY.xattr.")
            && (name == "security.capability" || name.starts_with("user."))
        {
            found.insert(name.to_owned(), extension.value_bytes().to_vec());
        }
    }
    Ok(found)
}

fn set_xattrs(
    parent: &OwnedFd,
    name: &OsStr,
    kind: EntryType,
    xattrs: &HashMap<String, Vec<u8>>,
) -> std::result::Result<(), Problem> {
    if xattrs.is_empty() || !matches!(kind, EntryType::Regular | EntryType::Directory | EntryType::Continuous) {
        return Ok(());
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    for (name, value) in xattrs {
        match rustix::fs::fsetxattr(&file, name.as_str(), value, XattrFlags::empty()) {
            // The file system of the store may have none of the user's.
            Ok(()) | Err(Errno::OPNOTSUPP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn modified(entry: &Entry<'_, impl Read>) -> Timespec {
    let seconds = entry.header().mtime().unwrap_or(0);
    Timespec { tv_sec: i64::try_from(seconds).unwrap_or(i64::MAX), tv_nsec: 0 }
}

/// A time that the file system cannot keep is no reason to refuse a layer.
fn set_times(parent: impl AsFd, name: &OsStr, time: Timespec) {
    let times = Timestamps { last_access: time, last_modification: time };
    let _ = rustix::fs::utimensat(parent, name, &times, AtFlags::SYMLINK_NOFOLLOW);
}
