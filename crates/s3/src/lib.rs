//! Buckets and objects: a record of each version of an object in the store, its bytes in files of their own.
//!
//! A body is written into a file while it is digested, and made to last; then one commit makes the object; then what it
//! replaced goes. So a reader sees the old object or the new one, whole, and a daemon that dies between any two lines
//! leaves at most files that no record names, which [`S3::open`] sweeps.
//!
//! | to understand | see |
//! |---|---|
//! | names, keys, versions | `name.rs` |
//! | what is known, and in which order | `ledger.rs` |
//! | bytes on the disk | `file.rs` |
//! | puts, reads, deletes, copies | `object.rs`, `read.rs` |
//! | uploads of parts | `multipart.rs` |
//! | lists | `list.rs` |
//!
//! What this crate does not know: HTTP, XML, signatures, who asks and what they may.
#![forbid(unsafe_code)]

mod bucket;
mod checksum;
mod condition;
mod error;
mod file;
mod ledger;
pub mod limits;
mod list;
mod multipart;
mod name;
mod object;
mod read;
mod tags;

use std::path::PathBuf;
use std::sync::Arc;

use aws::AccountId;
use store::Store;
use store::command::unbroken;

pub use bucket::{Bucket, Versioning};
pub use checksum::{Algorithm, Checksum, Claim, ETag, Integrity, Kind, Md5Sum, Trailer};
pub use condition::{Conditions, ETags, Range, WriteConditions};
pub use error::{Error, Result};
pub use file::Reader;
pub use list::{Entry, List, Page, UploadMarker, VersionMarker};
pub use multipart::{CompletedPart, Completion, Part, PartPage, Upload, UploadRequest};
pub use name::{BucketName, Key, Serial, UploadId, VersionId};
pub use object::{Content, Deleted, Deletion, Metadata, Object, PutRequest, Stored};
pub use read::{CopyRequest, GetRequest, Opened, Source, Span, Wanted};
pub use tags::Tags;

use ledger::{Draft, Ledger};

/// The buckets of an account. Clones share them.
#[derive(Debug, Clone)]
pub struct S3 {
    ledger: Arc<Ledger>,
    files: Arc<file::Files>,
    account: AccountId,
}

impl S3 {
    /// Reads the record and removes every file below `root` that it does not name. Blocks.
    ///
    /// # Errors
    /// When the record or the directory cannot be read.
    pub fn open(store: Store, root: PathBuf, account: AccountId) -> Result<Self> {
        let (ledger, known) = ledger::open(store)?;
        let files = file::Files::open(root)?;
        let swept = files.sweep(&known)?;
        if swept > 0 {
            tracing::info!("{swept} files of objects that were never finished, or were deleted, are removed");
        }
        Ok(Self { ledger: Arc::new(ledger), files: Arc::new(files), account })
    }

    /// Whose buckets they are.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Commits a decision that leaves nothing to do after it.
    async fn commit<T, D>(&self, decide: D) -> Result<T>
    where
        T: Send + 'static,
        D: FnOnce(&mut Draft<'_>) -> Result<T> + Send + 'static,
    {
        let ledger = Arc::clone(&self.ledger);
        unbroken(async move { ledger.commit(decide).await }).await
    }
}
