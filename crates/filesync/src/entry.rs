//! What an entry of a tree says of itself on the wire, checked.

use std::collections::HashMap;

use rustix::fs::{FileType, RawMode};

use crate::{Error, Result, Stat, limits};

/// Bits of Go's `os.FileMode`, which is what travels.
const GO_DIR: u32 = 1 << 31;
const GO_SYMLINK: u32 = 1 << 27;
const GO_DEVICE: u32 = 1 << 26;
const GO_FIFO: u32 = 1 << 25;
const GO_SOCKET: u32 = 1 << 24;
const GO_SETUID: u32 = 1 << 23;
const GO_SETGID: u32 = 1 << 22;
const GO_CHARACTER: u32 = 1 << 21;
const GO_STICKY: u32 = 1 << 20;
const GO_IRREGULAR: u32 = 1 << 19;
const GO_TYPE: u32 = GO_DIR | GO_SYMLINK | GO_DEVICE | GO_FIFO | GO_SOCKET | GO_CHARACTER | GO_IRREGULAR;

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path from the tree's root: clean, relative, `/` between names.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Permissions, with the bits for set-user-id, set-group-id and sticky as stat(2) has them.
    pub mode: RawMode,
    /// When it was changed, in nanoseconds since 1970.
    pub modified: i64,
    /// Extended attributes.
    pub attributes: HashMap<String, Vec<u8>>,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file, with its size in bytes.
    File(u64),
    /// A further name of a file that was sent before.
    HardLink(String),
    /// A symbolic link, with what it says.
    SymbolicLink(String),
    /// A named pipe.
    Fifo,
}

impl Entry {
    /// Checks what was sent.
    ///
    /// # Errors
    /// [`Error::Refused`] for a path that is not clean or leads out, and for kinds that are not stored.
    pub fn read(stat: Stat) -> Result<Self> {
        let refused = |why: &str| Err(Error::refused(&stat.path, why));
        if let Err(why) = check_path(&stat.path) {
            return refused(why);
        }
        let kind = match stat.mode & GO_TYPE {
            GO_DIR => Kind::Directory,
            GO_SYMLINK => {
                if stat.linkname.is_empty() || stat.linkname.len() > limits::PATH_BYTES || stat.linkname.contains('\0')
                {
                    return refused("a symbolic link that leads to no path");
                }
                Kind::SymbolicLink(stat.linkname)
            }
            GO_FIFO => Kind::Fifo,
            0 if !stat.linkname.is_empty() => {
                if let Err(why) = check_path(&stat.linkname) {
                    let why = format!("a link to {:?}: {why}", stat.linkname);
                    return Err(Error::refused(&stat.path, why));
                }
                Kind::HardLink(stat.linkname)
            }
            0 => match u64::try_from(stat.size) {
                Ok(size) => Kind::File(size),
                Err(_) => return refused("a file of a negative size"),
            },
            mode if mode & GO_DEVICE != 0 => return refused("a device"),
            GO_SOCKET => return refused("a socket"),
            _ => return refused("neither file, directory nor link"),
        };
        if stat.xattrs.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > limits::ATTRIBUTE_BYTES {
            return refused("too many extended attributes");
        }
        Ok(Self {
            path: stat.path,
            kind,
            mode: permissions(stat.mode),
            modified: stat.mod_time,
            attributes: stat.xattrs,
        })
    }

    /// As it is sent.
    pub fn stat(self) -> Stat {
        let (kind, size, linkname) = match self.kind {
            Kind::Directory => (GO_DIR, 0, String::new()),
            Kind::File(size) => (0, size, String::new()),
            Kind::HardLink(target) => (0, 0, target),
            Kind::SymbolicLink(target) => (GO_SYMLINK, target.len() as u64, target),
            Kind::Fifo => (GO_FIFO, 0, String::new()),
        };
        Stat {
            path: self.path,
            mode: kind | go_permissions(self.mode),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            mod_time: self.modified,
            linkname,
            xattrs: self.attributes,
            ..Stat::default()
        }
    }

    /// The directory that it is in (empty for the root) and its name there.
    pub fn place(&self) -> (&str, &str) {
        place(&self.path)
    }
}

/// Go's mode of a file as stat(2) gives it, the type included.
pub fn go_mode(mode: RawMode) -> u32 {
    let kind = match FileType::from_raw_mode(mode) {
        FileType::Directory => GO_DIR,
        FileType::Symlink => GO_SYMLINK,
        FileType::BlockDevice => GO_DEVICE,
        FileType::CharacterDevice => GO_DEVICE | GO_CHARACTER,
        FileType::Fifo => GO_FIFO,
        FileType::Socket => GO_SOCKET,
        FileType::RegularFile => 0,
        FileType::Unknown => GO_IRREGULAR,
    };
    kind | go_permissions(mode)
}

/// Whether content belongs to a file of this mode (Go's), so that it can be asked for.
pub fn has_content(mode: u32) -> bool {
    mode & GO_TYPE == 0
}

fn permissions(go: u32) -> RawMode {
    let bit = |from: u32, to: RawMode| if go & from == 0 { 0 } else { to };
    (go & 0o777) | bit(GO_SETUID, 0o4000) | bit(GO_SETGID, 0o2000) | bit(GO_STICKY, 0o1000)
}

fn go_permissions(mode: RawMode) -> u32 {
    let bit = |from: RawMode, to: u32| if mode & from == 0 { 0 } else { to };
    (mode & 0o777) | bit(0o4000, GO_SETUID) | bit(0o2000, GO_SETGID) | bit(0o1000, GO_STICKY)
}

pub(crate) fn place(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Attributes that a program may have for its own, or that give a program capabilities. All others belong to the
/// system that they come from.
pub(crate) fn travels(attribute: &str) -> bool {
    attribute == "security.capability" || attribute.starts_with("user.")
}

fn check_path(path: &str) -> std::result::Result<(), &'static str> {
    if path.len() > limits::PATH_BYTES {
        return Err("a path that is too long");
    }
    if path.contains('\0') {
        return Err("a path with a zero byte");
    }
    for name in path.split('/') {
        match name {
            "" => return Err("a path that is empty, absolute or not clean"),
            "." | ".." => return Err("a path that is not clean or leads out of the tree"),
            name if name.len() > limits::NAME_BYTES => return Err("a name that is too long"),
            _ => {}
        }
    }
    Ok(())
}
