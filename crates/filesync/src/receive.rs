//! Receiving a tree into a directory of ours, of which only what differs is asked for.
//!
//! The sender names entries in the order of a walk, so one walk of our own beside it finds what is new, what differs
//! and what is gone. Files come in under a name of their own and are renamed: what else has a link to the old file
//! keeps it as it was. Times of directories are set last, since every new file changes them.

use std::collections::{HashMap, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat as FileStat, Timespec, Timestamps};
use rustix::io::Errno;

use crate::entry::{place, travels};
use crate::{Entry, Error, Handed, Kind, Packet, PacketType, Result, limits, packet};

/// What the owner of a directory needs to fill it.
const OWNER: u32 = 0o700;

/// What happens to what the sender does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reception {
    /// It is removed: the directory becomes equal to the sender's.
    Mirror,
    /// It stays. Every file is asked for: one of the same size and time may be another one all the same, as where builds
    /// set all times to one.
    Merge,
}

/// Whether there is more to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Packets are expected.
    Open,
    /// The transfer is complete.
    Finished,
}

/// The receiving side of one transfer.
#[derive(Debug)]
pub struct Receiver {
    root: OwnedFd,
    handed: Option<Box<dyn Handed>>,
    reception: Reception,
    /// The directories from the root to where the walk is; the root is the first.
    levels: Vec<Level>,
    /// The last of them, open.
    at: OwnedFd,
    entries: u32,
    stage: Stage,
    /// Files to be asked for.
    waiting: VecDeque<Wanted>,
    /// Files that were asked for, by the number of their entry.
    asked: HashMap<u32, Wanted>,
    /// Hard links to be made when all files are there, with what they lead to.
    links: Vec<(Entry, String)>,
    /// Directories whose time is to be set.
    times: Vec<(String, i64)>,
    /// Directories that their owner may not write to, once all is in them.
    modes: Vec<(String, Mode)>,
    backlog: usize,
    /// The directory that a file came into last.
    parent: Option<(String, OwnedFd)>,
    received: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Entries come.
    Naming,
    /// All are named; contents come.
    Filling,
    /// Everything is here and the sender was told.
    Done,
}

#[derive(Debug)]
struct Level {
    path: String,
    /// The name that came last: the next one is greater.
    last: String,
    /// What is here of this directory and was not named yet, in its order.
    here: std::iter::Peekable<std::vec::IntoIter<OsString>>,
    /// When it was changed at the sender's. The root is not named, and keeps its own time.
    modified: Option<i64>,
    /// Our time of it is, or will be, another one.
    touched: bool,
}

/// A file that the sender has to send.
#[derive(Debug)]
struct Wanted {
    number: u32,
    entry: Entry,
    /// The new file, once its content comes.
    new: Option<New>,
}

/// A file under a name that nobody knows, which is removed unless it gets its right one.
#[derive(Debug)]
struct New {
    folder: OwnedFd,
    name: String,
    file: File,
    placed: bool,
}

impl Drop for New {
    fn drop(&mut self) {
        if !self.placed {
            let _ = rustix::fs::unlinkat(&self.folder, self.name.as_str(), AtFlags::empty());
        }
    }
}

impl Receiver {
    /// Begins to receive into a directory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn new(root: OwnedFd, reception: Reception) -> Result<Self> {
        let at = open_dir(&root, OsStr::new(".")).map_err(Error::io(""))?;
        let here = if reception == Reception::Mirror { names(&at, "")? } else { Vec::new() };
        let top = Level {
            path: String::new(),
            last: String::new(),
            here: here.into_iter().peekable(),
            modified: None,
            touched: false,
        };
        Ok(Self {
            root,
            handed: None,
            reception,
            levels: vec![top],
            at,
            entries: 0,
            stage: Stage::Naming,
            waiting: VecDeque::new(),
            asked: HashMap::new(),
            links: Vec::new(),
            times: Vec::new(),
            modes: Vec::new(),
            backlog: 0,
            parent: None,
            received: 0,
        })
    }

    /// The sender may hand files over here.
    #[must_use]
    pub fn with(self, handed: Box<dyn Handed>) -> Self {
        Self { handed: Some(handed), ..self }
    }

    /// Bytes of content that have come so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Takes one packet; what is to be sent in return is added to `replies`.
    ///
    /// # Errors
    /// [`Error`]; the transfer is over then, and the sender is to be told ([`Error::packet`]).
    pub fn take(&mut self, packet: Packet, replies: &mut Vec<Packet>) -> Result<Flow> {
        match PacketType::try_from(packet.r#type) {
            Ok(PacketType::PacketStat) => self.named(packet)?,
            Ok(PacketType::PacketData) => self.content(packet.id, &packet.data, packet.stat.is_some())?,
            Ok(PacketType::PacketErr) => {
                return Err(Error::Other(String::from_utf8_lossy(&packet.data).into_owned()));
            }
            Ok(PacketType::PacketFin) if self.stage == Stage::Done => return Ok(Flow::Finished),
            Ok(PacketType::PacketFin) => return Err(Error::Protocol("it ended before everything was sent".into())),
            Ok(PacketType::PacketReq) => return Err(Error::Protocol("a sender asks for content".into())),
            Err(_) => return Err(Error::Protocol(format!("a packet of the unknown type {}", packet.r#type))),
        }
        self.ask(replies);
        if self.stage == Stage::Filling && self.asked.is_empty() {
            self.finish()?;
            replies.push(crate::packet(PacketType::PacketFin));
        }
        Ok(Flow::Open)
    }

    fn named(&mut self, packet: Packet) -> Result<()> {
        if self.stage != Stage::Naming {
            return Err(Error::Protocol("an entry after the last one".into()));
        }
        let Some(stat) = packet.stat else {
            while !self.levels.is_empty() {
                self.leave()?;
            }
            self.stage = Stage::Filling;
            return Ok(());
        };
        let entry = Entry::read(stat)?;
        let number = self.entries;
        self.entries += 1;
        if self.entries > limits::ENTRIES {
            return Err(Error::refused(&entry.path, format!("more than {} files", limits::ENTRIES)));
        }
        self.walk_to(&entry)?;
        self.entry(number, entry)
    }

    /// Goes to the directory of an entry, and removes what lies before the entry.
    fn walk_to(&mut self, entry: &Entry) -> Result<()> {
        let (folder, name) = entry.place();
        while self.levels.last().is_some_and(|level| level.path != folder) {
            if self.levels.len() == 1 {
                return Err(Error::refused(&entry.path, "its directory was not sent before it, or is no directory"));
            }
            self.leave()?;
        }
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        if !level.last.is_empty() && level.last.as_str() >= name {
            return Err(Error::refused(&entry.path, format!("out of order, after {:?}", level.last)));
        }
        name.clone_into(&mut level.last);
        while let Some(gone) = level.here.next_if(|here| here.as_bytes() < name.as_bytes()) {
            level.touched = true;
            remove(&self.at, &gone).map_err(Error::std(&joined(&level.path, &gone)))?;
        }
        level.here.next_if(|here| here.as_bytes() == name.as_bytes());
        Ok(())
    }

    /// Compares an entry with what is here, and does what can be done at once.
    fn entry(&mut self, number: u32, entry: Entry) -> Result<()> {
        let (_, name) = entry.place();
        let here = match rustix::fs::statat(&self.at, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Some(stat),
            Err(Errno::NOENT) => None,
            Err(error) => return Err(Error::io(&entry.path)(error)),
        };
        if here.as_ref().is_some_and(|here| self.same(&entry, here)) {
            return if entry.kind == Kind::Directory { self.enter(entry, false) } else { Ok(()) };
        }
        let directory = here.as_ref().map(|here| kind(here) == FileType::Directory);
        let fails = |error: std::io::Error| Error::std(&entry.path)(error);
        match (&entry.kind, directory) {
            (Kind::Directory, Some(true)) => {}
            (Kind::Directory, Some(false)) | (_, Some(true)) => {
                self.touch();
                remove(&self.at, OsStr::new(name)).map_err(fails)?;
            }
            _ => {}
        }
        match &entry.kind {
            Kind::Directory => self.directory(entry, directory == Some(true)),
            Kind::File(_) => {
                self.touch();
                self.remember(entry.path.len() + attribute_bytes(&entry))?;
                self.waiting.push_back(Wanted { number, entry, new: None });
                Ok(())
            }
            Kind::HardLink(target) => {
                let target = target.clone();
                self.touch();
                self.remember(entry.path.len() + target.len() + attribute_bytes(&entry))?;
                self.links.push((entry, target));
                Ok(())
            }
            Kind::SymbolicLink(target) => {
                self.touch();
                let made = |name: &str| rustix::fs::symlinkat(target.as_str(), &self.at, name);
                self.special(&entry, made)
            }
            Kind::Fifo => {
                self.touch();
                let made = |name: &str| {
                    rustix::fs::mknodat(&self.at, name, FileType::Fifo, Mode::from_raw_mode(entry.mode), 0)?;
                    rustix::fs::chmodat(&self.at, name, Mode::from_raw_mode(entry.mode), AtFlags::empty())
                };
                self.special(&entry, made)
            }
        }
    }

    /// Whether what is here is the entry already. Owners are root's on both sides. A file whose attributes alone
    /// differ is the same, as it is for BuildKit.
    fn same(&self, entry: &Entry, here: &FileStat) -> bool {
        let mode = here.st_mode & 0o7777 == entry.mode;
        let time = nanoseconds(here) == Some(entry.modified);
        match (&entry.kind, kind(here)) {
            (Kind::Directory, FileType::Directory) => {
                mode && entry.mode & OWNER == OWNER && entry.attributes.is_empty()
            }
            (Kind::File(size), FileType::RegularFile) => {
                self.reception == Reception::Mirror
                    && mode
                    && time
                    && u64::try_from(here.st_size).is_ok_and(|here| here == *size)
            }
            (Kind::SymbolicLink(target), FileType::Symlink) => {
                time && rustix::fs::readlinkat(&self.at, entry.place().1, Vec::new())
                    .is_ok_and(|here| here.as_bytes() == target.as_bytes())
            }
            (Kind::Fifo, FileType::Fifo) => mode && time,
            _ => false,
        }
    }

    /// Makes a directory, or gives one that is here its permissions.
    fn directory(&mut self, entry: Entry, here: bool) -> Result<()> {
        let (_, name) = entry.place();
        let mode = Mode::from_raw_mode(entry.mode);
        if !here {
            self.touch();
            rustix::fs::mkdirat(&self.at, name, Mode::RWXU).map_err(Error::io(&entry.path))?;
        }
        let folder = open_dir(&self.at, OsStr::new(name)).map_err(Error::io(&entry.path))?;
        set_attributes(&folder, &entry)?;
        // Whoever receives has to make what is in it, and need not be root.
        let open = mode | Mode::RWXU;
        rustix::fs::fchmod(&folder, open).map_err(Error::io(&entry.path))?;
        if open != mode {
            self.remember(entry.path.len())?;
            self.modes.push((entry.path.clone(), mode));
        }
        self.enter(entry, !here)
    }

    fn enter(&mut self, entry: Entry, new: bool) -> Result<()> {
        let (_, name) = entry.place();
        let folder = open_dir(&self.at, OsStr::new(name)).map_err(Error::io(&entry.path))?;
        let here = if new || self.reception == Reception::Merge { Vec::new() } else { names(&folder, &entry.path)? };
        let stat = rustix::fs::fstat(&folder).map_err(Error::io(&entry.path))?;
        self.levels.push(Level {
            last: String::new(),
            here: here.into_iter().peekable(),
            touched: new || nanoseconds(&stat) != Some(entry.modified),
            modified: Some(entry.modified),
            path: entry.path,
        });
        self.at = folder;
        Ok(())
    }

    /// Goes up. What is left of the directory was not named, and is removed.
    fn leave(&mut self) -> Result<()> {
        let Some(mut level) = self.levels.pop() else { return Ok(()) };
        for gone in level.here.by_ref() {
            level.touched = true;
            remove(&self.at, &gone).map_err(Error::std(&joined(&level.path, &gone)))?;
        }
        if let (true, Some(modified)) = (level.touched, level.modified) {
            self.remember(level.path.len())?;
            self.times.push((level.path, modified));
        }
        if let Some(above) = self.levels.last() {
            self.at = folder(&self.root, &above.path)?;
        }
        Ok(())
    }

    fn touch(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.touched = true;
        }
    }

    fn remember(&mut self, bytes: usize) -> Result<()> {
        // What a record takes beside its text.
        self.backlog += bytes + 128;
        if self.backlog > limits::BACKLOG_BYTES {
            return Err(Error::Protocol(format!(
                "more than {} MB of names of files that are new",
                limits::BACKLOG_BYTES >> 20
            )));
        }
        Ok(())
    }

    /// Makes what has no content under another name, and renames it.
    fn special(&self, entry: &Entry, make: impl FnOnce(&str) -> rustix::io::Result<()>) -> Result<()> {
        let (_, name) = entry.place();
        let fresh = fresh_name()?;
        let made = make(&fresh).and_then(|()| {
            rustix::fs::utimensat(&self.at, fresh.as_str(), &times(entry.modified), AtFlags::SYMLINK_NOFOLLOW)?;
            rustix::fs::renameat(&self.at, fresh.as_str(), &self.at, name)
        });
        made.map_err(|error| {
            let _ = rustix::fs::unlinkat(&self.at, fresh.as_str(), AtFlags::empty());
            Error::io(&entry.path)(error)
        })
    }

    /// Asks for as many files as may be under way.
    fn ask(&mut self, replies: &mut Vec<Packet>) {
        while self.asked.len() < limits::REQUESTS {
            let Some(wanted) = self.waiting.pop_front() else { return };
            replies.push(Packet { id: wanted.number, ..packet(PacketType::PacketReq) });
            self.asked.insert(wanted.number, wanted);
        }
    }

    /// Takes content of a file, or its end, or the word that it was handed over.
    fn content(&mut self, number: u32, data: &[u8], handed_over: bool) -> Result<()> {
        let Some(wanted) = self.asked.get_mut(&number) else {
            return Err(Error::Protocol(format!("content of entry {number}, which was not asked for")));
        };
        let path = wanted.entry.path.as_str();
        if wanted.new.is_none() {
            let folder = match &self.parent {
                Some((known, folder)) if known == place(path).0 => folder.try_clone().map_err(Error::std(path))?,
                _ => {
                    let opened = folder(&self.root, place(path).0)?;
                    let copy = opened.try_clone().map_err(Error::std(path))?;
                    self.parent = Some((place(path).0.to_owned(), opened));
                    copy
                }
            };
            wanted.new = Some(New::make(folder, path)?);
        }
        let Some(new) = wanted.new.as_mut() else { return Ok(()) };
        if !data.is_empty() {
            self.received += data.len() as u64;
            return new.file.write_all(data).map_err(Error::std(path));
        }
        if handed_over {
            let lacking = || Error::Protocol(format!("{path:?} was not handed over, as was said"));
            let handed = self.handed.as_mut().ok_or_else(lacking)?;
            let file = handed.take(number).map_err(Error::std(path))?.ok_or_else(lacking)?;
            self.received += new.copy(file.into(), path, handed.as_mut())?;
        }
        new.place(&wanted.entry)?;
        if let Some(done) = self.asked.remove(&number) {
            self.backlog = self.backlog.saturating_sub(done.entry.path.len() + attribute_bytes(&done.entry) + 128);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.stage = Stage::Done;
        for (entry, target) in std::mem::take(&mut self.links) {
            self.link(&entry, &target)?;
        }
        // A directory comes after all that is in it: that is the order in which they were left.
        for (path, modified) in std::mem::take(&mut self.times) {
            let folder = folder(&self.root, &path)?;
            rustix::fs::futimens(&folder, &times(modified)).map_err(Error::io(&path))?;
        }
        // The innermost first: one that may not be searched hides what is in it.
        for (path, mode) in std::mem::take(&mut self.modes).into_iter().rev() {
            rustix::fs::fchmod(&folder(&self.root, &path)?, mode).map_err(Error::io(&path))?;
        }
        Ok(())
    }

    fn link(&self, entry: &Entry, target: &str) -> Result<()> {
        let unknown = || Error::refused(&entry.path, format!("a link to {target:?}, which is no file of this tree"));
        let source = folder(&self.root, place(target).0).map_err(|_| unknown())?;
        let stat = |folder: &OwnedFd, name: &str| rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
        let file = stat(&source, place(target).1).map_err(|_| unknown())?;
        if kind(&file) != FileType::RegularFile {
            return Err(unknown());
        }
        let (path, name) = entry.place();
        let folder = folder(&self.root, path)?;
        if stat(&folder, name).is_ok_and(|here| (here.st_dev, here.st_ino) == (file.st_dev, file.st_ino)) {
            return Ok(());
        }
        let fresh = fresh_name()?;
        rustix::fs::linkat(&source, place(target).1, &folder, fresh.as_str(), AtFlags::empty())
            .map_err(Error::io(&entry.path))?;
        rustix::fs::renameat(&folder, fresh.as_str(), &folder, name).map_err(|error| {
            let _ = rustix::fs::unlinkat(&folder, fresh.as_str(), AtFlags::empty());
            Error::io(&entry.path)(error)
        })
    }
}

impl New {
    fn make(folder: OwnedFd, path: &str) -> Result<Self> {
        let name = fresh_name()?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&folder, name.as_str(), flags, Mode::RUSR | Mode::WUSR);
        let file = File::from(file.map_err(Error::io(path))?);
        Ok(Self { folder, name, file, placed: false })
    }

    /// Copies the whole of a file that was handed over. Gives its length.
    fn copy(&mut self, from: File, path: &str, handed: &mut dyn Handed) -> Result<u64> {
        let fails = |error| Error::std(path)(error);
        // Anything else may make its reader wait for ever.
        if !from.metadata().map_err(fails)?.is_file() {
            return Err(Error::refused(path, "what was handed over is no regular file"));
        }
        let mut total = 0;
        loop {
            // By copy_file_range(2) where the file systems can.
            let count = std::io::copy(&mut (&from).take(limits::COPY_BYTES), &mut self.file).map_err(fails)?;
            if count == 0 {
                return Ok(total);
            }
            total += count;
            if !handed.copied(count) {
                return Err(Error::Other(format!("the transfer was given up while {path:?} was copied")));
            }
        }
    }

    /// The content is whole: the file gets its permissions, its time and its name.
    fn place(&mut self, entry: &Entry) -> Result<()> {
        let fails = Error::io(&entry.path);
        set_attributes(&self.file, entry)?;
        rustix::fs::fchmod(&self.file, Mode::from_raw_mode(entry.mode))
            .and_then(|()| rustix::fs::futimens(&self.file, &times(entry.modified)))
            .and_then(|()| rustix::fs::renameat(&self.folder, self.name.as_str(), &self.folder, entry.place().1))
            .map_err(fails)?;
        self.placed = true;
        Ok(())
    }
}

/// Opens a directory of the tree.
pub(crate) fn folder(root: &OwnedFd, path: &str) -> Result<OwnedFd> {
    let path = if path.is_empty() { "." } else { path };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
    sys::beneath::open(root, Path::new(path), flags, Mode::empty()).map_err(Error::std(path))
}

/// Opens a directory in another one.
fn open_dir(above: &OwnedFd, name: &OsStr) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(above, name, flags, Mode::empty())
}

/// Removes whatever has this name.
fn remove(folder: &OwnedFd, name: &OsStr) -> std::io::Result<()> {
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        Err(Errno::ISDIR) => sys::remove::tree(folder, name),
        done => Ok(done?),
    }
}

/// What is in a directory, in the order of the protocol: bytewise.
pub(crate) fn names(folder: &OwnedFd, path: &str) -> Result<Vec<OsString>> {
    let mut found = Vec::new();
    for entry in rustix::fs::Dir::read_from(folder).map_err(Error::io(path))? {
        let entry = entry.map_err(Error::io(path))?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            found.push(OsStr::from_bytes(name).to_owned());
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn set_attributes(file: impl AsFd, entry: &Entry) -> Result<()> {
    for (name, value) in &entry.attributes {
        if travels(name) {
            match rustix::fs::fsetxattr(&file, name.as_str(), value, rustix::fs::XattrFlags::empty()) {
                Ok(()) | Err(Errno::OPNOTSUPP) => {}
                Err(error) => return Err(Error::io(&entry.path)(error)),
            }
        }
    }
    Ok(())
}

fn attribute_bytes(entry: &Entry) -> usize {
    entry.attributes.iter().map(|(name, value)| name.len() + value.len() + 64).sum()
}

fn kind(stat: &FileStat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

pub(crate) fn nanoseconds(stat: &FileStat) -> Option<i64> {
    stat.st_mtime.checked_mul(1_000_000_000)?.checked_add(i64::try_from(stat.st_mtime_nsec).ok()?)
}

fn times(nanoseconds: i64) -> Timestamps {
    let moment =
        Timespec { tv_sec: nanoseconds.div_euclid(1_000_000_000), tv_nsec: nanoseconds.rem_euclid(1_000_000_000) };
    Timestamps { last_access: moment, last_modification: moment }
}

/// A name that no entry has, but by a chance that is none.
fn fresh_name() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Error::std("")(std::io::Error::other(error.to_string())))?;
    Ok(bytes.iter().fold(String::from(".new-"), |name, byte| name + &format!("{byte:02x}")))
}

fn joined(folder: &str, name: &OsStr) -> String {
    let name = name.to_string_lossy();
    if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") }
}
