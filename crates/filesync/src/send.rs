//! Sending trees of ours: every entry, in order, and then the content of what is asked for.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};

use crate::receive::{folder, names, nanoseconds};
use crate::{Entry, Error, Flow, Kind, Packet, PacketType, Result, limits, packet};

/// Where packets go; may wait.
type Emit<'a> = &'a mut dyn FnMut(Packet) -> Result<()>;

/// The sending side of one transfer: first [`Sender::name`], then [`Sender::take`] for whatever comes in. A receiver
/// that begins to ask while entries are named is answered when all are.
#[derive(Debug)]
pub struct Sender {
    /// The trees, in the order of their names.
    trees: Vec<(String, OwnedFd)>,
    /// Where the content of an entry is: the tree, and the path in it.
    files: HashMap<u32, (usize, String)>,
    /// Files with several names, by device and inode.
    linked: HashMap<(u64, u64), String>,
    entries: u32,
}

impl Sender {
    /// Will send this directory, without an entry for itself.
    pub fn new(root: OwnedFd) -> Self {
        Self::several(vec![(String::new(), root)])
    }

    /// Will send several directories, each as a directory of this name.
    pub fn several(mut trees: Vec<(String, OwnedFd)>) -> Self {
        trees.sort_by(|one, other| one.0.cmp(&other.0));
        Self { trees, files: HashMap::new(), linked: HashMap::new(), entries: 0 }
    }

    /// Names all entries.
    ///
    /// # Errors
    /// When one cannot be read or cannot be sent; and those of `emit`.
    pub fn name(&mut self, emit: Emit<'_>) -> Result<()> {
        for tree in 0..self.trees.len() {
            self.tree(tree, emit)?;
        }
        emit(packet(PacketType::PacketStat))
    }

    /// Takes one packet of the receiver's.
    ///
    /// # Errors
    /// When the receiver has given up or does not keep to the protocol; and those of `emit`.
    pub fn take(&mut self, incoming: Packet, emit: Emit<'_>) -> Result<Flow> {
        match PacketType::try_from(incoming.r#type) {
            Ok(PacketType::PacketReq) => self.content(incoming.id, emit).map(|()| Flow::Open),
            Ok(PacketType::PacketFin) => emit(packet(PacketType::PacketFin)).map(|()| Flow::Finished),
            Ok(PacketType::PacketErr) => Err(Error::Other(String::from_utf8_lossy(&incoming.data).into_owned())),
            _ => Err(Error::Protocol(format!("a receiver sends a packet of the type {}", incoming.r#type))),
        }
    }

    fn tree(&mut self, tree: usize, emit: Emit<'_>) -> Result<()> {
        let Some((prefix, root)) = self.trees.get(tree) else { return Ok(()) };
        let (prefix, root) = (prefix.clone(), root.try_clone().map_err(Error::std(prefix))?);
        let joined =
            |folder: &str, name: &str| if folder.is_empty() { name.into() } else { format!("{folder}/{name}") };
        let mut at = folder(&root, "")?;
        if !prefix.is_empty() {
            let stat = rustix::fs::fstat(&at).map_err(Error::io(&prefix))?;
            let modified = nanoseconds(&stat).unwrap_or_default();
            let mode = stat.st_mode & 0o7777;
            let entry =
                Entry { path: prefix.clone(), kind: Kind::Directory, mode, modified, attributes: HashMap::new() };
            self.emit(entry, emit)?;
        }
        let mut levels: Vec<(String, std::vec::IntoIter<OsString>)> =
            vec![(String::new(), names(&at, "")?.into_iter())];
        while let Some((path, rest)) = levels.last_mut() {
            let Some(name) = rest.next() else {
                levels.pop();
                if let Some((above, _)) = levels.last() {
                    at = folder(&root, above)?;
                }
                continue;
            };
            let shown = joined(path, &name.to_string_lossy());
            let Some(name) = name.to_str() else {
                return Err(Error::refused(&shown, "a name that is no UTF-8, which the protocol cannot carry"));
            };
            if let Some((entry, content)) = self.entry(&at, name, joined(&prefix, &shown))? {
                let directory = entry.kind == Kind::Directory;
                if content {
                    self.files.insert(self.entries, (tree, shown.clone()));
                }
                self.emit(entry, emit)?;
                if directory {
                    at = folder(&root, &shown)?;
                    levels.push((shown.clone(), names(&at, &shown)?.into_iter()));
                }
            }
        }
        Ok(())
    }

    /// What an entry says of itself, and whether it has content; `None` for what is not sent.
    fn entry(&mut self, at: &OwnedFd, name: &str, path: String) -> Result<Option<(Entry, bool)>> {
        let stat = rustix::fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW).map_err(Error::io(&path))?;
        let mut content = false;
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Kind::Directory,
            FileType::RegularFile => {
                let known = (stat.st_nlink > 1).then(|| self.linked.get(&(stat.st_dev, stat.st_ino))).flatten();
                match known {
                    Some(first) => Kind::HardLink(first.clone()),
                    None => {
                        content = true;
                        if stat.st_nlink > 1 {
                            self.linked.insert((stat.st_dev, stat.st_ino), path.clone());
                        }
                        Kind::File(u64::try_from(stat.st_size).unwrap_or_default())
                    }
                }
            }
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(at, name, Vec::new()).map_err(Error::io(&path))?;
                let target = target.into_string();
                Kind::SymbolicLink(target.map_err(|_| Error::refused(&path, "a link to a path that is no UTF-8"))?)
            }
            FileType::Fifo => Kind::Fifo,
            // Nobody listens on a socket of an image.
            FileType::Socket => return Ok(None),
            _ => return Err(Error::refused(&path, "a device")),
        };
        let attributes = match kind {
            Kind::Directory | Kind::File(_) => attributes(at, name, &path)?,
            _ => HashMap::new(),
        };
        let modified = nanoseconds(&stat).unwrap_or_default();
        Ok(Some((Entry { path, kind, mode: stat.st_mode & 0o7777, modified, attributes }, content)))
    }

    fn emit(&mut self, entry: Entry, emit: Emit<'_>) -> Result<()> {
        self.entries += 1;
        if self.entries > limits::ENTRIES {
            return Err(Error::refused(&entry.path, format!("more than {} files", limits::ENTRIES)));
        }
        emit(Packet { stat: Some(entry.stat()), ..packet(PacketType::PacketStat) })
    }

    fn content(&mut self, number: u32, emit: Emit<'_>) -> Result<()> {
        let Some((tree, path)) = self.files.remove(&number) else {
            return Err(Error::Protocol(format!("entry {number} is asked for, which has no content")));
        };
        let Some((_, root)) = self.trees.get(tree) else { return Ok(()) };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = sys::beneath::open(root, Path::new(&path), flags, Mode::empty()).map_err(Error::std(&path))?;
        let mut file = File::from(file);
        loop {
            let mut data = vec![0; limits::DATA_BYTES];
            let count = file.read(&mut data).map_err(Error::std(&path))?;
            data.truncate(count);
            emit(Packet { id: number, data, ..packet(PacketType::PacketData) })?;
            if count == 0 {
                return Ok(());
            }
        }
    }
}

fn attributes(at: &OwnedFd, name: &str, path: &str) -> Result<HashMap<String, Vec<u8>>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(at, OsStr::new(name), flags, Mode::empty()).map_err(Error::io(path))?;
    let found = sys::xattr::all(file).map_err(Error::std(path))?;
    let wanted = found.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    Ok(wanted.filter(|(name, _)| crate::entry::travels(name)).collect())
}
