//! The one thread that writes.

use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;

use redb::{Database, TableDefinition};
use tokio::sync::oneshot;

use crate::reserve::{Disk, Reserve};
use crate::{Batch, Error};

/// Most batches put into one transaction: enough to absorb any burst, few enough that nobody waits for long.
const GROUP_MAX: usize = 256;
/// Most batches put into one transaction of a full disk. Each copies the pages from the root to its record, about ten
/// of 4 KiB, and pages are free again two transactions later: this keeps well below the smallest reserve.
const GROUP_OF_RESERVE_MAX: usize = 16;
/// Redb's page cache in bytes. The whole state of a thousand containers is a few megabytes and is kept in memory by
/// the engine anyway; the cache only helps the commits.
const CACHE_BYTES: usize = 1 << 20;

/// The open file.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) database: Database,
    reserve: Arc<Reserve>,
}

/// Opens the file, making it when it is missing.
pub(crate) fn open(path: &Path, disk: &Disk) -> Result<Open, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::Disk { path: path.to_owned(), why: error.to_string() };
    let place = place(path)?;
    let (backend, reserve) = Reserve::open(&place, disk).map_err(|error| failed(&error))?;
    let database = Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(backend);
    let database = database.map_err(|error| match error {
        redb::DatabaseError::DatabaseAlreadyOpen => Error::InUse(path.to_owned()),
        other => failed(&other),
    })?;
    if place != path {
        sys::file::rename_durably(&place, path).map_err(|error| failed(&error))?;
    }
    Ok(Open { database, reserve })
}

/// Where the file is, or else where it is to be made. Redb refuses a file over whose making a process has died, so it is
/// made beside its place, from nothing, and gets its name when it is whole.
fn place(path: &Path) -> Result<PathBuf, Error> {
    let failed = |error: std::io::Error| Error::Disk { path: path.to_owned(), why: error.to_string() };
    let is_there = || path.try_exists().map_err(failed);
    if is_there()? {
        return Ok(path.to_owned());
    }
    let new = path.with_added_extension("new");
    let left = File::options().write(true).create(true).truncate(false).mode(0o600).open(&new).map_err(failed)?;
    match left.try_lock() {
        Err(TryLockError::WouldBlock) => return Err(Error::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) if error.kind() != std::io::ErrorKind::Unsupported => {
            return Err(failed(error));
        }
        _ => {}
    }
    // Somebody may have finished it until this had the lock, and then it is the file itself.
    if is_there()? {
        return Ok(path.to_owned());
    }
    left.set_len(0).map_err(failed)?;
    Ok(new)
}

/// The database, and how to have it again: after a failed write redb refuses further ones until the file is reopened,
/// and a disk that was full has room again some day.
#[derive(Debug)]
pub(crate) struct Reopening {
    path: PathBuf,
    disk: Disk,
    open: Mutex<Option<Arc<Open>>>,
}

impl Reopening {
    pub(crate) fn new(path: PathBuf, disk: Disk, open: Open) -> Self {
        Self { path, disk, open: Mutex::new(Some(Arc::new(open))) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The database, reopened if the last write failed.
    pub(crate) fn get(&self) -> Result<Arc<Open>, Error> {
        let mut slot = self.slot();
        match &*slot {
            Some(open) => Ok(Arc::clone(open)),
            None => {
                let open = Arc::new(open(&self.path, &self.disk)?);
                *slot = Some(Arc::clone(&open));
                Ok(open)
            }
        }
    }

    fn close(&self) {
        self.slot().take();
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Answer = oneshot::Sender<Result<(), Error>>;

#[derive(Debug)]
struct Request {
    batch: Batch,
    answer: Answer,
}

/// The way to the writing thread.
#[derive(Debug, Clone)]
pub(crate) struct Queue(Arc<Thread>);

#[derive(Debug)]
struct Thread {
    /// `None` only while it is dropped.
    sender: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Thread {
    /// Waits until everything queued is written and the file is closed, so that it can be opened again at once.
    fn drop(&mut self) {
        self.sender.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Queue {
    pub(crate) fn push(&self, batch: Batch) -> Result<oneshot::Receiver<Result<(), Error>>, Error> {
        let (answer, receiver) = oneshot::channel();
        let sender = self.0.sender.as_ref().ok_or(Error::Closed)?;
        sender.send(Request { batch, answer }).map_err(|_| Error::Closed)?;
        Ok(receiver)
    }
}

/// Starts the thread; it ends when the last [`Queue`] is gone.
pub(crate) fn start(database: Arc<Reopening>) -> Result<Queue, Error> {
    let (sender, receiver) = mpsc::channel();
    let path = database.path().to_owned();
    let thread = std::thread::Builder::new()
        .name("store".into())
        .stack_size(256 << 10)
        .spawn(move || run(&database, &receiver))
        .map_err(|error| Error::Disk { path, why: error.to_string() })?;
    Ok(Queue(Arc::new(Thread { sender: Some(sender), thread: Some(thread) })))
}

fn run(database: &Reopening, receiver: &mpsc::Receiver<Request>) {
    while let Ok(first) = receiver.recv() {
        let mut group = vec![first];
        group.extend(receiver.try_iter().take(GROUP_MAX - 1));
        let Err(error) = write(database, &group, false) else {
            answer(group, &Ok(()));
            continue;
        };
        // The disk is full, or worse. Nothing new is taken; what must be recorded may use the reserve.
        let (mut essential, new) = group.into_iter().partition::<Vec<_>, _>(|request| request.batch.may_use_reserve());
        answer(new, &Err(error));
        while !essential.is_empty() {
            let rest = essential.split_off(essential.len().min(GROUP_OF_RESERVE_MAX));
            let outcome = write(database, &essential, true);
            answer(std::mem::replace(&mut essential, rest), &outcome);
        }
    }
}

fn answer(group: Vec<Request>, outcome: &Result<(), Error>) {
    for request in group {
        // Nobody waits any more where the command was cancelled; the commit stands all the same.
        let _ = request.answer.send(outcome.clone());
    }
}

/// Commits the group as a whole, with the reserve or with what is free beside it.
fn write(database: &Reopening, group: &[Request], with_reserve: bool) -> Result<(), Error> {
    // A decision that changed nothing waits for those before it, and for no transaction of its own.
    if group.iter().all(|request| request.batch.changes.is_empty()) {
        return Ok(());
    }
    let open = database.get()?;
    let disk = |error: &dyn std::fmt::Display| Error::Disk { path: database.path().to_owned(), why: error.to_string() };
    let allowed = open.reserve.allow(with_reserve).map_err(|e| disk(&e));
    let outcome = allowed.and_then(|()| {
        let written = transact(&open.database, group).map_err(|error| disk(&error));
        drop(open);
        if written.is_err() {
            database.close();
        }
        written
    });
    outcome.inspect_err(|error| tracing::error!(%error, with_reserve, "commit failed"))
}

fn transact(database: &Database, group: &[Request]) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    for change in group.iter().flat_map(|request| &request.batch.changes) {
        let definition = TableDefinition::<&str, &[u8]>::new(change.table);
        let mut table = transaction.open_table(definition)?;
        match &change.value {
            Some(value) => table.insert(change.key.as_str(), value.as_slice())?.map(drop),
            None => table.remove(change.key.as_str())?.map(drop),
        };
    }
    Ok(transaction.commit()?)
}
