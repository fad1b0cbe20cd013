//! The one thread that writes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;

use redb::{Database, TableDefinition};
use tokio::sync::oneshot;

use crate::{Change, Error, open_database};

/// Most batches put into one transaction: enough to absorb any burst, few enough that nobody waits for long.
const GROUP_MAX: usize = 256;

/// The database, and how to have it again: after a failed write redb refuses further ones until the file is reopened,
/// and a disk that was full has room again some day.
#[derive(Debug)]
pub(crate) struct Reopening {
    path: PathBuf,
    database: Mutex<Option<Arc<Database>>>,
}

impl Reopening {
    pub(crate) fn new(path: PathBuf, database: Database) -> Self {
        Self { path, database: Mutex::new(Some(Arc::new(database))) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The database, reopened if the last write failed.
    pub(crate) fn get(&self) -> Result<Arc<Database>, Error> {
        let mut slot = self.slot();
        match &*slot {
            Some(database) => Ok(Arc::clone(database)),
            None => {
                let database = Arc::new(open_database(&self.path)?);
                *slot = Some(Arc::clone(&database));
                Ok(database)
            }
        }
    }

    fn close(&self) {
        self.slot().take();
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Database>>> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Answer = oneshot::Sender<Result<(), Error>>;

#[derive(Debug)]
struct Request {
    changes: Vec<Change>,
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
    pub(crate) fn push(&self, changes: Vec<Change>) -> Result<oneshot::Receiver<Result<(), Error>>, Error> {
        let (answer, receiver) = oneshot::channel();
        let sender = self.0.sender.as_ref().ok_or(Error::Closed)?;
        sender.send(Request { changes, answer }).map_err(|_| Error::Closed)?;
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
        let outcome = write(database, &group);
        if let Err(error) = &outcome {
            tracing::error!(%error, "commit failed");
            database.close();
        }
        for request in group {
            // Nobody waits any more where the command was cancelled; the commit stands all the same.
            let _ = request.answer.send(outcome.clone());
        }
    }
}

fn write(database: &Reopening, group: &[Request]) -> Result<(), Error> {
    let disk = |error: &dyn std::fmt::Display| Error::Disk { path: database.path().to_owned(), why: error.to_string() };
    let database = database.get()?;
    let transaction = database.begin_write().map_err(|e| disk(&e))?;
    for change in group.iter().flat_map(|request| &request.changes) {
        let definition = TableDefinition::<&str, &[u8]>::new(change.table);
        let mut table = transaction.open_table(definition).map_err(|e| disk(&e))?;
        match &change.value {
            Some(value) => table.insert(change.key.as_str(), value.as_slice()).map_err(|e| disk(&e))?.map(drop),
            None => table.remove(change.key.as_str()).map_err(|e| disk(&e))?.map(drop),
        };
    }
    transaction.commit().map_err(|e| disk(&e))
}
