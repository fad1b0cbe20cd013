//! Giving files further names. The kernel takes some microseconds for each and does two at a time, so where there are
//! many, a second thread has a part of them.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use rustix::fs::{AtFlags, Stat};
use rustix::io::Errno;

use crate::Cache;
use crate::copy::{Copy, Frame};

/// Files that get their names where they are found, before a thread is worth its start.
const FEW: usize = 64;

/// Files that are handed over at once: to wake a thread costs as much as some names.
const BATCH: usize = 64;

/// Directories that are handed over at once. Each is open, and so is the one that it is filled from.
const FOLDERS: usize = 8;

/// Batches that wait. When there are as many, the first thread does the next one.
const WAITING: usize = 2;

/// A directory that is being filled.
pub(crate) struct Folder {
    pub(crate) made: OwnedFd,
    /// What it is filled from, where files may be shared.
    pub(crate) from: Option<OwnedFd>,
    /// From where the walk began.
    pub(crate) path: PathBuf,
}

/// A file that is to be in both directories.
pub(crate) struct Link {
    pub(crate) folder: Arc<Folder>,
    pub(crate) name: OsString,
    pub(crate) stat: Stat,
}

/// What is left to the first thread, in this order.
pub(crate) enum Task {
    /// A file that cannot be shared.
    Copy(Link),
    /// A directory that all is in, but for such files.
    Finish(Frame),
}

/// Why, and at what.
pub(crate) type Failed = (PathBuf, io::Error);

type Result<T> = std::result::Result<T, Failed>;

/// The files of one walk. Whatever a method gives is to be done before the next one is called.
pub(crate) struct Sharing<'scope, 'a> {
    scope: &'scope Scope<'scope, 'a>,
    copy: &'a Copy<'a>,
    cache: &'a Cache,
    /// How many more get their names here before there is a second thread.
    few: usize,
    batch: Batch,
    helper: Option<Helper<'scope>>,
}

/// Files, and directories that nothing more goes into after these.
#[derive(Default)]
struct Batch {
    links: Vec<Link>,
    full: Vec<Frame>,
}

/// The second thread. Once there is something that it cannot do, it gives back that and all that comes after.
struct Helper<'scope> {
    batches: SyncSender<Batch>,
    gave_up: Arc<AtomicBool>,
    thread: ScopedJoinHandle<'scope, Result<Vec<Task>>>,
}

impl<'scope, 'a> Sharing<'scope, 'a> {
    pub(crate) fn new(scope: &'scope Scope<'scope, 'a>, copy: &'a Copy<'a>, cache: &'a Cache) -> Self {
        Self { scope, copy, cache, few: FEW, batch: Batch::default(), helper: None }
    }

    /// Takes a file.
    pub(crate) fn file(&mut self, link: Link) -> Result<Vec<Task>> {
        if self.few > 0 {
            self.few -= 1;
            return self.make([link].into());
        }
        self.batch.links.push(link);
        if self.batch.links.len() < BATCH { Ok(Vec::new()) } else { self.hand_over() }
    }

    /// Takes a directory that all has been taken of.
    pub(crate) fn full(&mut self, frame: Frame) -> Result<Vec<Task>> {
        if self.helper.is_none() && self.batch.links.is_empty() {
            return Ok([Task::Finish(frame)].into());
        }
        self.batch.full.push(frame);
        if self.batch.full.len() < FOLDERS { Ok(Vec::new()) } else { self.hand_over() }
    }

    /// Does what is left. Gives nothing that anybody else still works at.
    pub(crate) fn end(&mut self) -> Result<Vec<Task>> {
        let Batch { links, full } = std::mem::take(&mut self.batch);
        let here = self.make(links)?;
        let mut tasks = match self.helper.take() {
            Some(helper) => helper.end()?,
            None => Vec::new(),
        };
        tasks.extend(here);
        tasks.extend(full.into_iter().map(Task::Finish));
        Ok(tasks)
    }

    fn make(&mut self, links: Vec<Link>) -> Result<Vec<Task>> {
        let mut tasks = Vec::new();
        for link in links {
            if !link.make(self.cache)? {
                // Where one cannot be shared, most cannot: as with two mounts.
                self.few = usize::MAX;
                tasks.push(Task::Copy(link));
            }
        }
        Ok(tasks)
    }

    fn hand_over(&mut self) -> Result<Vec<Task>> {
        if self.helper.is_none() {
            self.helper = Helper::start(self.scope, self.copy, self.cache);
        }
        let Some(helper) = self.helper.as_ref().filter(|helper| !helper.gave_up.load(Ordering::Relaxed)) else {
            self.few = usize::MAX;
            return self.end();
        };
        match helper.batches.try_send(std::mem::take(&mut self.batch)) {
            Ok(()) => Ok(Vec::new()),
            Err(TrySendError::Full(Batch { links, full })) => {
                // The helper may have files of these directories still.
                self.batch.full = full;
                if self.batch.full.len() < FOLDERS {
                    return self.make(links);
                }
                let batch = Batch { links, full: std::mem::take(&mut self.batch.full) };
                match helper.batches.send(batch) {
                    Ok(()) => Ok(Vec::new()),
                    Err(_) => self.end(),
                }
            }
            // It has failed, and says why.
            Err(TrySendError::Disconnected(_)) => self.end(),
        }
    }
}

impl<'scope> Helper<'scope> {
    /// None where there can be no further thread.
    fn start<'a>(scope: &'scope Scope<'scope, 'a>, copy: &'a Copy<'a>, cache: &'a Cache) -> Option<Self> {
        let (batches, waiting) = sync_channel(WAITING);
        let gave_up = Arc::new(AtomicBool::new(false));
        let gives_up = Arc::clone(&gave_up);
        let thread = Builder::new().spawn_scoped(scope, move || help(copy, cache, waiting, &gives_up)).ok()?;
        Some(Self { batches, gave_up, thread })
    }

    fn end(self) -> Result<Vec<Task>> {
        drop(self.batches);
        match self.thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

fn help(copy: &Copy<'_>, cache: &Cache, batches: Receiver<Batch>, gave_up: &AtomicBool) -> Result<Vec<Task>> {
    let mut left = Vec::new();
    for Batch { links, full } in batches {
        for link in links {
            if !left.is_empty() || !link.make(cache)? {
                gave_up.store(true, Ordering::Relaxed);
                left.push(Task::Copy(link));
            }
        }
        for frame in full {
            if left.is_empty() {
                frame.finish(copy).map_err(|error| (frame.folder.path.clone(), error))?;
            } else {
                left.push(Task::Finish(frame));
            }
        }
    }
    Ok(left)
}

impl Link {
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path.join(&self.name)
    }

    /// Whether it was done; otherwise the file has to be copied.
    fn make(&self, cache: &Cache) -> Result<bool> {
        let Some(from) = &self.folder.from else { return Ok(false) };
        let (from, made) = (from.as_fd(), self.folder.made.as_fd());
        link(cache, (from, &self.name), &self.stat, (made, &self.name)).map_err(|error| (self.path(), error))
    }
}

/// Gives a file a further name, and says that what is remembered of it stays; false when it has to be copied.
pub(crate) fn link(
    cache: &Cache,
    (from, old): (BorrowedFd<'_>, &OsStr),
    stat: &Stat,
    (to, new): (BorrowedFd<'_>, &OsStr),
) -> io::Result<bool> {
    match rustix::fs::linkat(from, old, to, new, AtFlags::empty()) {
        Ok(()) => {}
        // Something is in the way; or two mounts, a file system without links, or as many as it allows.
        Err(Errno::EXIST | Errno::XDEV | Errno::PERM | Errno::OPNOTSUPP | Errno::MLINK) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    let now = rustix::fs::statat(to, new, AtFlags::SYMLINK_NOFOLLOW)?;
    if (now.st_dev, now.st_ino) != (stat.st_dev, stat.st_ino) {
        // It was swapped for something else, which is copied or refused as what it is.
        rustix::fs::unlinkat(to, new, AtFlags::empty())?;
        return Ok(false);
    }
    cache.renamed(stat, &now);
    Ok(true)
}
