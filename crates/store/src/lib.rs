//! The record: typed tables in one file, committed in groups.
//!
//! A [`Batch`] of puts and deletes becomes durable as a whole or not at all. One thread writes: it takes all batches
//! that are waiting, commits them in one transaction with one `fdatasync`, and answers each. So a hundred commands at
//! once pay for a few commits, and a lone command waits for one (0.2 ms on an ordinary disk).
//!
//! The file is redb's (a copy-on-write B-tree that survives a crash at any instant); the values are JSON, so that a
//! newer version can read an older one's records field by field.
//!
//! On a full disk what makes something new is refused, and what must be recorded all the same (removals, exits: see
//! [`Batch::essential`]) is written into blocks that the file holds for it.
//!
//! [`ledger`] keeps the state of a domain in memory beside it.
//!
//! What this crate does not know: what a container is. The nouns are its callers'.
#![forbid(unsafe_code)]

pub mod command;
pub mod ledger;
mod medium;
mod reserve;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Database, ReadableTable, TableDefinition};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use medium::{Medium, Writing};

/// What is kept in a table of its own: one JSON value a key.
pub trait Record: Serialize + DeserializeOwned {
    /// The table's name; never changed once released.
    const TABLE: &'static str;

    /// The key, unique within the table.
    fn key(&self) -> &str;
}

/// What can go wrong with the record.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Another process holds the file open.
    #[error("{0} is in use by another daemon; give this one another --data-root")]
    InUse(PathBuf),
    /// The file was written by a newer version.
    #[error("{path} was written in format {found}, and this version reads up to {known}: start a newer dabba")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that we read.
        known: u32,
    },
    /// A value that is not what its table holds.
    #[error("the record {key} in table {table} cannot be read: {why}")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The key.
        key: String,
        /// What the parser says.
        why: String,
    },
    /// A value that could not be written as JSON.
    #[error("the record {key} for table {table} cannot be written: {why}")]
    Unwritable {
        /// The table.
        table: &'static str,
        /// The key.
        key: String,
        /// What the serializer says.
        why: String,
    },
    /// The disk failed or is full.
    #[error("the state could not be saved in {path}: {why}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The writing thread has ended.
    #[error("the store is closed")]
    Closed,
    /// A command has panicked ([`command`]).
    #[error("a command broke off; this is a fault of dabba, please report it: {0}")]
    Broken(String),
}

/// Changes that become durable together.
#[derive(Debug, Default)]
pub struct Batch {
    changes: Vec<Change>,
    essential: bool,
}

#[derive(Debug)]
struct Change {
    table: &'static str,
    key: String,
    /// `None` deletes.
    value: Option<Vec<u8>>,
}

impl Batch {
    /// No changes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a record in place of the one with the same key.
    pub fn put<R: Record>(&mut self, record: &R) -> Result<&mut Self, Error> {
        let key = record.key().to_owned();
        let value = serde_json::to_vec(record).map_err(|error| Error::Unwritable {
            table: R::TABLE,
            key: key.clone(),
            why: error.to_string(),
        })?;
        self.changes.push(Change { table: R::TABLE, key, value: Some(value) });
        Ok(self)
    }

    /// Deletes the record with this key, if there is one.
    pub fn delete<R: Record>(&mut self, key: &str) -> &mut Self {
        self.changes.push(Change { table: R::TABLE, key: key.to_owned(), value: None });
        self
    }

    /// Says that this gives room back, or records what has happened already: it may use the reserve on a full disk.
    /// It must put no record that was not there before. A batch that only deletes needs not say so.
    pub fn essential(&mut self) -> &mut Self {
        self.essential = true;
        self
    }

    /// What is changed, in order: the table, the key, and the new value; none where the record is deleted.
    pub fn changes(&self) -> impl Iterator<Item = (&'static str, &str, Option<&[u8]>)> {
        self.changes.iter().map(|change| (change.table, change.key.as_str(), change.value.as_deref()))
    }

    fn may_use_reserve(&self) -> bool {
        self.essential || self.changes.iter().all(|change| change.value.is_none())
    }
}

/// The open file. Clones share it; it is closed when the last one goes.
#[derive(Debug, Clone)]
pub struct Store(Arc<dyn Medium>);

/// The format that this version writes.
const FORMAT: u32 = 1;
const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
#[derive(Serialize, Deserialize)]
struct Meta {
    format: u32,
}

impl Store {
    /// Opens the file, making it when it is missing.
    ///
    /// # Errors
    /// [`Error::InUse`] when another process has it open, [`Error::TooNew`] when a newer version wrote it.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_on(path, reserve::Disk::Real)
    }

    fn open_on(path: &Path, disk: reserve::Disk) -> Result<Self, Error> {
        let open = writer::open(path, &disk)?;
        check_format(&open.database, path)?;
        let database = Arc::new(writer::Reopening::new(path.to_owned(), disk, open));
        let queue = writer::start(Arc::clone(&database))?;
        Ok(Self::on(medium::Open { database, queue }))
    }

    /// A record on something else than a file of its own.
    pub fn on(medium: impl Medium) -> Self {
        Self(Arc::new(medium))
    }

    /// All records of a table, by key. Blocks; meant for the start of the daemon.
    pub fn load<R: Record>(&self) -> Result<Vec<R>, Error> {
        let parse = |(key, value): (String, Vec<u8>)| {
            serde_json::from_slice(&value).map_err(|error| Error::Unreadable {
                table: R::TABLE,
                key,
                why: error.to_string(),
            })
        };
        self.0.read(R::TABLE)?.into_iter().map(parse).collect()
    }

    /// Queues the batch at once, in the order of the calls, and gives a future that is ready when it is durable.
    pub fn commit(&self, batch: Batch) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        self.0.write(batch)
    }
}

fn check_format(database: &Database, path: &Path) -> Result<(), Error> {
    let disk = |error: &dyn std::fmt::Display| Error::Disk { path: path.to_owned(), why: error.to_string() };
    let transaction = database.begin_write().map_err(|e| disk(&e))?;
    {
        let mut table = transaction.open_table(META).map_err(|e| disk(&e))?;
        let found = table.get("meta").map_err(|e| disk(&e))?.map(|value| value.value().to_vec());
        match found {
            Some(bytes) => {
                let meta: Meta = serde_json::from_slice(&bytes).map_err(|error| Error::Unreadable {
                    table: "meta",
                    key: "meta".into(),
                    why: error.to_string(),
                })?;
                if meta.format > FORMAT {
                    return Err(Error::TooNew { path: path.to_owned(), found: meta.format, known: FORMAT });
                }
                return Ok(());
            }
            None => {
                let bytes = serde_json::to_vec(&Meta { format: FORMAT }).map_err(|e| disk(&e))?;
                table.insert("meta", bytes.as_slice()).map_err(|e| disk(&e))?;
            }
        }
    }
    transaction.commit().map_err(|e| disk(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Lunch {
        name: String,
        boxes: u32,
    }

    impl Record for Lunch {
        const TABLE: &'static str = "lunch";
        fn key(&self) -> &str {
            &self.name
        }
    }

    fn lunch(name: &str, boxes: u32) -> Lunch {
        Lunch { name: name.into(), boxes }
    }

    #[tokio::test]
    async fn what_was_committed_is_there_after_reopening() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        {
            let store = Store::open(&path).unwrap();
            let mut batch = Batch::new();
            batch.put(&lunch("a", 1)).unwrap().put(&lunch("b", 2)).unwrap();
            store.commit(batch).await.unwrap();
            let mut batch = Batch::new();
            batch.delete::<Lunch>("a").put(&lunch("b", 3)).unwrap();
            store.commit(batch).await.unwrap();
        }
        let store = Store::open(&path).unwrap();
        assert_eq!(store.load::<Lunch>().unwrap(), [lunch("b", 3)]);
    }

    #[tokio::test]
    async fn commits_keep_the_order_of_the_calls() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("state")).unwrap();
        let waiting: Vec<_> = (0..200)
            .map(|n| {
                let mut batch = Batch::new();
                batch.put(&lunch("a", n)).unwrap();
                store.commit(batch)
            })
            .collect();
        for commit in waiting {
            commit.await.unwrap();
        }
        assert_eq!(store.load::<Lunch>().unwrap(), [lunch("a", 199)]);
    }

    #[tokio::test]
    async fn a_batch_that_changes_nothing_comes_after_those_before_and_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let store = Store::open(&path).unwrap();
        let mut batch = Batch::new();
        batch.put(&lunch("a", 1)).unwrap();
        let (before, nothing) = (store.commit(batch), store.commit(Batch::new()));
        nothing.await.unwrap();
        assert_eq!(store.load::<Lunch>().unwrap(), [lunch("a", 1)]);
        before.await.unwrap();
        let written = || std::fs::read(&path).unwrap();
        let file = written();
        store.commit(Batch::new()).await.unwrap();
        assert!(file == written());
    }

    #[test]
    fn a_second_daemon_is_refused_in_words() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let _first = Store::open(&path).unwrap();
        assert!(matches!(Store::open(&path), Err(Error::InUse(_))));
    }

    #[test]
    fn what_a_process_left_that_died_while_it_made_the_file_is_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        let (path, new) = (dir.path().join("state"), dir.path().join("state.new"));
        // So redb leaves it: of its full length, and without its magic number.
        std::fs::write(&new, vec![0; 64 << 10]).unwrap();
        drop(Store::open(&path).unwrap());
        assert!(path.exists() && !new.exists());
        drop(Store::open(&path).unwrap());
        // While another makes it, it is in use.
        std::fs::remove_file(&path).unwrap();
        let other = std::fs::File::create(&new).unwrap();
        other.lock().unwrap();
        assert!(matches!(Store::open(&path), Err(Error::InUse(_))));
        assert!(!path.exists());
    }

    #[test]
    fn nobody_else_reads_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        for _ in 0..2 {
            drop(Store::open(&path).unwrap());
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
    }

    #[test]
    fn a_newer_format_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        drop(Store::open(&path).unwrap());
        let database = Database::create(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(META).unwrap().insert("meta", br#"{"format":99}"#.as_slice()).unwrap();
        transaction.commit().unwrap();
        drop(database);
        assert!(matches!(Store::open(&path), Err(Error::TooNew { found: 99, .. })));
    }
}
