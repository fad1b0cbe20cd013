//! COPY and ADD, once source and target are known.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::Scope;

use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, ResolveFlags, Stat, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;
use words::Timestamp;

use crate::data::Data;
use crate::find::{Place, find, folder, look};
use crate::make::{self, Make, times};
use crate::select::{Selection, clean};
use crate::share::{Failed, Folder, Link, Sharing, Task, link};
use crate::walk::{Entry, Visitor, walk};
use crate::{Cache, Error, ModeChange, Owner, Result};

/// One copy.
#[derive(Clone, Copy)]
pub struct Copy<'a> {
    /// What is copied.
    pub what: Selection<'a>,
    /// The root of the target.
    pub target: BorrowedFd<'a>,
    /// Where, from there; links are followed as in a chroot. What goes into a directory keeps its name, and a slash at
    /// the end says that it is one.
    pub to: &'a Path,
    /// Directories above the target are made when they are missing: for `owner` or root, with mode 0755, or that of
    /// `mode` if it says one exactly.
    pub make_path: bool,
    /// Whom everything that is copied belongs to; to whom it belonged when nobody is said.
    pub owner: Option<Owner>,
    /// What happens to the modes of files and directories.
    pub mode: Option<&'a ModeChange>,
    /// The time of everything; what it had when none is said.
    pub time: Option<Timestamp>,
    /// What stands in the way goes, also a directory for a file and the other way round.
    pub replace: bool,
    /// Files that stay what they are become further names of the source's, where both trees are on one mount; what is
    /// remembered of them stays. Whoever asks for this never writes a file of either tree in place.
    pub share: Option<&'a Cache>,
}

impl<'a> Copy<'a> {
    /// A copy that changes neither owner, mode nor time, into a directory that is there.
    pub fn new(what: Selection<'a>, target: BorrowedFd<'a>, to: &'a Path) -> Self {
        Self { what, target, to, make_path: false, owner: None, mode: None, time: None, replace: false, share: None }
    }
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// Things of all kinds.
    pub entries: u64,
    /// Bytes of files.
    pub bytes: u64,
}

/// Copies. Hard links within one match of the selection stay links, `security.capability` and the `user.` attributes
/// are kept, sockets are passed over.
///
/// # Errors
/// [`Error::NotFound`] for what is to be copied, [`Error::NotDirectory`] and [`Error::IsDirectory`] for what is in the
/// way, [`Error::Stopped`], [`Error::Io`]. What was copied until then stays.
pub fn copy(copy: &Copy<'_>) -> Result<Copied> {
    let places = copy.what.places()?;
    std::thread::scope(|scope| {
        let mut copier = Copier::new(scope, copy);
        for (path, place) in places {
            let top = target(copy, &path, &place)?;
            copier.links.clear();
            copier.ground = None;
            copier.path = clean(copy.to);
            copier.top = Some((Arc::new(Folder { made: top.parent, from: None, path: PathBuf::new() }), top.name));
            walk(&copy.what, &path, &place, &mut copier)?;
            copier.end()?;
        }
        Ok(copier.done)
    })
}

/// The place that one match of the selection goes to.
fn target(copy: &Copy<'_>, path: &Path, source: &Place) -> Result<Place> {
    let mode = copy.mode.and_then(ModeChange::as_exactly).unwrap_or(0o755) & 0o777;
    let above = Make { mode, owner: copy.owner, time: copy.time };
    let to = clean(copy.to);
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotADirectory => Error::NotDirectory { path: to.clone() },
        _ => Error::io(&to, error),
    };
    let text = copy.to.as_os_str().as_bytes();
    let is_folder = text.is_empty() || text.ends_with(b"/") || text.ends_with(b"/.") || text == b".";
    if is_folder && copy.make_path {
        make::directory(copy.target, &to, &above, Some(&above))?;
    }
    let mut place = find(copy.target, &to, true, copy.make_path.then_some(&above)).map_err(failed)?;
    let from_folder = source.kind() == Some(FileType::Directory);
    let into = match place.kind() {
        None => false,
        Some(kind) if from_folder => {
            if kind != FileType::Directory && !copy.what.contents {
                return Err(Error::NotDirectory { path: to });
            }
            !copy.what.contents
        }
        Some(kind) => kind == FileType::Directory,
    };
    if let (true, Some(name)) = (into, path.file_name()) {
        let opened = folder(&place.parent, &place.name).map_err(failed)?;
        place = Place::of(&opened, name.to_owned()).map_err(failed)?;
    } else if place.stat.is_none() && from_folder && copy.what.contents {
        above.directory(&place.parent, &place.name).map_err(failed)?;
        place = Place::of(&place.parent, place.name).map_err(failed)?;
    }
    Ok(place)
}

struct Copier<'scope, 'a> {
    copy: &'a Copy<'a>,
    /// The directory that what the walk begins with goes into, and its name there.
    top: Option<(Arc<Folder>, OsString)>,
    /// How errors name that.
    path: PathBuf,
    /// The directories of the target that are being filled.
    frames: Vec<Frame>,
    /// The first of them in this walk.
    ground: Option<Arc<Folder>>,
    sharing: Option<Sharing<'scope, 'a>>,
    /// Where files that have several names went first, from the top.
    links: HashMap<(u64, u64), PathBuf>,
    data: Data,
    done: Copied,
}

/// A directory of the target.
pub(crate) struct Frame {
    pub(crate) folder: Arc<Folder>,
    /// The directory that it is made from, and what it takes of that in the end.
    like: Stat,
    takes: Takes,
}

/// What a directory takes of the one that it is made from. One that was there already keeps what it is, but not all.
enum Takes {
    /// It is new, or lies in what is copied and is meant itself.
    All,
    /// It was there, and only leads to what is meant.
    Mode,
    /// It was there, and the contents of the other one went into it.
    Time,
}

impl Copy<'_> {
    fn owner(&self, stat: &Stat) -> (Option<Uid>, Option<Gid>) {
        let owner = self.owner.unwrap_or(Owner { uid: stat.st_uid, gid: stat.st_gid });
        (Some(Uid::from_raw(owner.uid)), Some(Gid::from_raw(owner.gid)))
    }

    fn mode(&self, stat: &Stat) -> Mode {
        let directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        let mode = stat.st_mode & 0o7777;
        Mode::from_raw_mode(self.mode.map_or(mode, |change| change.apply(mode, directory)))
    }

    fn times(&self, stat: &Stat) -> Timestamps {
        let time = |seconds, nanos| Timespec { tv_sec: seconds, tv_nsec: i64::try_from(nanos).unwrap_or(0) };
        self.time.map_or(
            Timestamps {
                last_access: time(stat.st_atime, stat.st_atime_nsec),
                last_modification: time(stat.st_mtime, stat.st_mtime_nsec),
            },
            times,
        )
    }

    /// Owner first: it takes set-user-id bits and capabilities away.
    fn finish(&self, made: &OwnedFd, stat: &Stat, xattrs: &[(OsString, Vec<u8>)]) -> io::Result<()> {
        let (uid, gid) = self.owner(stat);
        rustix::fs::fchown(made, uid, gid)?;
        set_xattrs(made, xattrs)?;
        rustix::fs::fchmod(made, self.mode(stat))?;
        Ok(rustix::fs::futimens(made, &self.times(stat))?)
    }

    /// Whether a file is to be what it is.
    fn keeps(&self, stat: &Stat) -> bool {
        let same = Owner { uid: stat.st_uid, gid: stat.st_gid };
        self.owner.is_none_or(|owner| owner == same)
            && self.mode(stat).as_raw_mode() == stat.st_mode & 0o7777
            && self.time.is_none()
    }
}

impl Frame {
    /// Gives the directory what it takes of the other one, when all is in it.
    pub(crate) fn finish(&self, copy: &Copy<'_>) -> io::Result<()> {
        let (made, like) = (&self.folder.made, &self.like);
        match self.takes {
            Takes::All => copy.finish(made, like, &[]),
            Takes::Mode => Ok(rustix::fs::fchmod(made, Mode::from_raw_mode(like.st_mode & 0o7777))?),
            Takes::Time => Ok(rustix::fs::futimens(made, &copy.times(like))?),
        }
    }
}

impl<'scope, 'a> Copier<'scope, 'a> {
    fn new(scope: &'scope Scope<'scope, 'a>, copy: &'a Copy<'a>) -> Self {
        Self {
            copy,
            top: None,
            path: PathBuf::new(),
            frames: Vec::new(),
            ground: None,
            sharing: copy.share.map(|cache| Sharing::new(scope, copy, cache)),
            links: HashMap::new(),
            data: Data::new(),
            done: Copied::default(),
        }
    }

    fn failed(&self, entry: &Entry<'_>) -> impl Fn(io::Error) -> Error + use<> {
        let path = self.path.join(entry.path);
        move |error| match error.kind() {
            io::ErrorKind::Interrupted => Error::Stopped,
            _ => Error::Io { path: path.clone(), source: error },
        }
    }

    /// The directory that an entry goes into, and its name there.
    fn place(&self, entry: &Entry<'_>) -> Result<(Arc<Folder>, OsString)> {
        match (self.frames.last(), &self.top) {
            (Some(frame), _) => Ok((Arc::clone(&frame.folder), entry.name.to_owned())),
            (None, Some((parent, name))) => Ok((Arc::clone(parent), name.clone())),
            (None, None) => Err(Error::NotFound { path: self.path.clone() }),
        }
    }

    fn file(&mut self, entry: &Entry<'_>, parent: &OwnedFd, name: &OsStr) -> io::Result<()> {
        let inode = (entry.stat.st_dev, entry.stat.st_ino);
        if entry.stat.st_nlink > 1 {
            if let Some(first) = self.links.get(&inode)
                && self.link(first, parent, name)?
            {
                return Ok(());
            }
            self.links.insert(inode, entry.path.to_owned());
        }
        let Some((from, stat)) = open_file(entry)? else { return Ok(()) };
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let to = rustix::fs::openat(parent, name, flags, Mode::from_raw_mode(0o600))?;
        self.done.bytes += self.data.copy(&from, &to, &stat, self.copy.what.stop)?;
        self.copy.finish(&to, &stat, &kept_xattrs(&from)?)
    }

    /// Gives a file that was copied already a further name; false when it has as many as the file system allows.
    fn link(&self, first: &Path, parent: &OwnedFd, name: &OsStr) -> io::Result<bool> {
        let Some(ground) = &self.ground else { return Ok(false) };
        let (above, first) = sys::beneath::split(first)?;
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        let above = rustix::fs::openat2(&ground.made, above, flags, Mode::empty(), resolve)?;
        match rustix::fs::linkat(&above, first, parent, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::MLINK) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts a copy where it belongs, and takes away what is there.
    fn fresh(&mut self, entry: &Entry<'_>, parent: &OwnedFd, name: &OsStr) -> Result<()> {
        let failed = self.failed(entry);
        match look(parent, name).map_err(&failed)? {
            None => {}
            Some(there) if FileType::from_raw_mode(there.st_mode) == FileType::Directory => {
                if !self.copy.replace {
                    return Err(Error::IsDirectory { path: self.path.join(entry.path) });
                }
                sys::remove::tree(parent, name).map_err(&failed)?;
            }
            Some(_) => {
                rustix::fs::unlinkat(parent, name, AtFlags::empty()).map_err(|error| failed(error.into()))?;
            }
        }
        match entry.kind() {
            FileType::RegularFile => self.file(entry, parent, name),
            FileType::Socket => Ok(()),
            _ => self.node(entry, parent, name),
        }
        .map_err(failed)
    }

    /// Does what came of sharing.
    fn follow(&mut self, tasks: std::result::Result<Vec<Task>, Failed>) -> Result<()> {
        let tasks = tasks.map_err(|(path, source)| Error::Io { path: self.path.join(path), source })?;
        for task in tasks {
            match task {
                Task::Finish(frame) => self.finish(&frame)?,
                Task::Copy(link) => {
                    let Some(from) = &link.folder.from else { continue };
                    let (path, parent) = (link.path(), from.as_fd());
                    let entry = Entry { parent, name: &link.name, stat: &link.stat, path: &path };
                    self.fresh(&entry, &link.folder.made, &link.name)?;
                }
            }
        }
        Ok(())
    }

    fn finish(&self, frame: &Frame) -> Result<()> {
        frame.finish(self.copy).map_err(|error| Error::io(&self.path, error))
    }

    /// The end of one walk.
    fn end(&mut self) -> Result<()> {
        match self.sharing.as_mut().map(Sharing::end) {
            Some(tasks) => self.follow(tasks),
            None => Ok(()),
        }
    }

    /// What has no contents of its own.
    fn node(&self, entry: &Entry<'_>, parent: &OwnedFd, name: &OsStr) -> io::Result<()> {
        let kind = entry.kind();
        if kind == FileType::Symlink {
            let target = rustix::fs::readlinkat(entry.parent, entry.name, Vec::new())?;
            rustix::fs::symlinkat(target, parent, name)?;
        } else {
            rustix::fs::mknodat(parent, name, kind, Mode::from_raw_mode(0o600), entry.stat.st_rdev)?;
        }
        let (uid, gid) = self.copy.owner(entry.stat);
        rustix::fs::chownat(parent, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
        if kind != FileType::Symlink {
            // What was made just now is no link, and nobody else writes here.
            rustix::fs::chmodat(parent, name, self.copy.mode(entry.stat), AtFlags::empty())?;
        }
        Ok(rustix::fs::utimensat(parent, name, &self.copy.times(entry.stat), AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

impl Visitor for Copier<'_, '_> {
    fn enter(&mut self, entry: &Entry<'_>, source: &OwnedFd, whole: bool) -> Result<()> {
        let failed = self.failed(entry);
        let (folder_above, name) = self.place(entry)?;
        let parent = &folder_above.made;
        let mut there = look(parent, &name).map_err(&failed)?;
        if there.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) != FileType::Directory) {
            if !self.copy.replace {
                return Err(Error::NotDirectory { path: self.path.join(entry.path) });
            }
            rustix::fs::unlinkat(parent, &name, AtFlags::empty()).map_err(|error| failed(error.into()))?;
            there = None;
        }
        if there.is_none() {
            rustix::fs::mkdirat(parent, &name, Mode::from_raw_mode(0o700)).map_err(|error| failed(error.into()))?;
            self.done.entries += 1;
        }
        let made = folder(parent, &name).map_err(&failed)?;
        let takes = match (there.is_none(), whole, self.frames.is_empty()) {
            (true, ..) | (_, true, false) => Takes::All,
            (_, false, _) => Takes::Mode,
            (_, true, true) => Takes::Time,
        };
        if let Takes::All = takes {
            set_xattrs(&made, &kept_xattrs(source).map_err(&failed)?).map_err(&failed)?;
        }
        let from = self.copy.share.map(|_| source.try_clone()).transpose().map_err(&failed)?;
        let folder = Arc::new(Folder { made, from, path: entry.path.to_owned() });
        self.ground.get_or_insert_with(|| Arc::clone(&folder));
        self.frames.push(Frame { folder, like: *entry.stat, takes });
        Ok(())
    }

    fn leave(&mut self) -> Result<()> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        match &mut self.sharing {
            Some(sharing) => {
                let tasks = sharing.full(frame);
                self.follow(tasks)
            }
            None => self.finish(&frame),
        }
    }

    fn other(&mut self, entry: &Entry<'_>) -> Result<()> {
        let (folder, name) = self.place(entry)?;
        self.done.entries += 1;
        // Most often nothing is in the way, and the attempt tells.
        if entry.kind() == FileType::RegularFile && self.copy.keeps(entry.stat) {
            match (&mut self.sharing, self.copy.share) {
                (Some(sharing), _) if folder.from.is_some() => {
                    let tasks = sharing.file(Link { folder, name, stat: *entry.stat });
                    return self.follow(tasks);
                }
                (_, Some(cache)) => {
                    let to = (folder.made.as_fd(), name.as_os_str());
                    let shared = link(cache, (entry.parent, entry.name), entry.stat, to);
                    if shared.map_err(self.failed(entry))? {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        self.fresh(entry, &folder.made, &name)
    }
}

/// Opens a regular file; `None` when it was swapped for something else, which could block whoever reads it.
pub(crate) fn open_file(entry: &Entry<'_>) -> io::Result<Option<(OwnedFd, Stat)>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(entry.parent, entry.name, flags, Mode::empty())?;
    let stat = rustix::fs::fstat(&file)?;
    Ok((FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile).then_some((file, stat)))
}

fn set_xattrs(made: &OwnedFd, xattrs: &[(OsString, Vec<u8>)]) -> io::Result<()> {
    for (name, value) in xattrs {
        match rustix::fs::fsetxattr(made, name.as_os_str(), value, XattrFlags::empty()) {
            // The file system of the target may have none of the user's.
            Ok(()) | Err(Errno::OPNOTSUPP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The attributes that a copy takes along: file capabilities and the user's own.
pub(crate) fn kept_xattrs(file: impl AsFd) -> io::Result<Vec<(OsString, Vec<u8>)>> {
    let mut all = sys::xattr::all(file)?;
    all.retain(|(name, _)| name == "security.capability" || name.as_bytes().starts_with(b"user."));
    Ok(all)
}
