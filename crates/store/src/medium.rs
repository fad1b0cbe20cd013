//! What a record is written on: a file, or what a simulation has instead of one.

use std::pin::Pin;
use std::sync::Arc;

use redb::{ReadableDatabase, ReadableTable, TableDefinition, TableError};

use crate::{Batch, Error, writer};

/// Is ready when a batch is durable, or was refused.
pub type Writing = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// Has tables of values by key, and makes batches durable, each as a whole or not at all.
pub trait Medium: std::fmt::Debug + Send + Sync + 'static {
    /// The values of a table, by key. Blocks.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read(&self, table: &'static str) -> Result<Vec<(String, Vec<u8>)>, Error>;

    /// Queues a batch at once: batches become durable in the order of the calls.
    fn write(&self, batch: Batch) -> Writing;
}

/// The open file, and the way to the thread that writes it.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) database: Arc<writer::Reopening>,
    pub(crate) queue: writer::Queue,
}

impl Medium for Open {
    fn read(&self, table: &'static str) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let path = self.database.path();
        let disk = |error: &dyn std::fmt::Display| Error::Disk { path: path.to_owned(), why: error.to_string() };
        let open = self.database.get()?;
        let transaction = open.database.begin_read().map_err(|e| disk(&e))?;
        let table = match transaction.open_table(TableDefinition::<&str, &[u8]>::new(table)) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(disk(&error)),
        };
        let entries = table.iter().map_err(|e| disk(&e))?;
        let pair = |entry: Result<(redb::AccessGuard<'_, &str>, redb::AccessGuard<'_, &[u8]>), redb::StorageError>| {
            let (key, value) = entry.map_err(|e| disk(&e))?;
            Ok((key.value().to_owned(), value.value().to_vec()))
        };
        entries.map(pair).collect()
    }

    fn write(&self, batch: Batch) -> Writing {
        let answer = self.queue.push(batch);
        Box::pin(async move { answer?.await.map_err(|_| Error::Closed)? })
    }
}
