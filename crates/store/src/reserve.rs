//! Blocks of the disk that the file holds, so that a full disk does not keep what must be recorded from it.
//!
//! Redb writes changed pages to other places of its file and lets the file grow (to twice its size) when it has no free
//! page. So two things hold here at any time:
//!
//! - All of the file has blocks: where it grows they are taken at once, by fallocate(2), instead of when a page is
//!   first written. A commit that finds its pages within the file cannot fail for want of room.
//! - Beyond its end the file holds as many blocks again, which nobody else can take and redb does not know of: the
//!   reserve. A growth takes new blocks behind it, and where there are none, only what is essential may grow into it.
//!   As long as some of it is used, nothing but the essential is written.
//!
//! There is no second file and nothing to be remembered: after a crash at any line the blocks are the file's still, and
//! opening it takes what is missing. Where a file system knows no such blocks, there is no reserve, and where it writes
//! to new places always (btrfs, ZFS), what it holds back itself must do.

use std::fs::{File, Permissions};
use std::io;
use std::ops::Bound;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};
use rustix::fs::FallocateFlags;
use rustix::io::Errno;

/// Least bytes of the reserve. A young file has 100 KiB; a record that is changed needs room for itself, rounded up to a
/// power of two, and redb grows by twice that: this does for records up to 1 MiB, and then twice.
const RESERVE_MIN: u64 = 4 << 20;

/// Where blocks come from.
#[derive(Debug, Clone)]
pub(crate) enum Disk {
    Real,
    #[cfg(test)]
    Fake(Arc<tests::Fake>),
}

impl Disk {
    /// Gives the file blocks up to `end`, whatever its length is.
    fn allocate(&self, file: &File, end: u64) -> io::Result<()> {
        match self {
            Self::Real => match rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, 0, end) {
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
                other => other.map_err(io::Error::from),
            },
            #[cfg(test)]
            Self::Fake(fake) => fake.allocate(end),
        }
    }
}

/// What the writer and the open file share.
#[derive(Debug)]
pub(crate) struct Reserve {
    file: File,
    disk: Disk,
    /// Whether the file may grow into the reserve.
    allowed: AtomicBool,
    /// Whether none of the reserve is used.
    whole: AtomicBool,
}

impl Reserve {
    /// Opens the file, making it when it is missing. Opening may use the reserve: redb puts in order what a write that
    /// failed has left.
    pub(crate) fn open(path: &Path, disk: &Disk) -> io::Result<(Backed, Arc<Self>)> {
        // Secrets are in it. An older daemon made it for all to read who may enter its directory.
        let file = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        let (allowed, whole) = (AtomicBool::new(true), AtomicBool::new(false));
        let reserve = Arc::new(Self { file: file.try_clone()?, disk: disk.clone(), allowed, whole });
        // Not yet locked, which is no matter: blocks are taken and none is given back.
        let _ = reserve.fill(reserve.file.metadata()?.len());
        let inner = FileBackend::new(file).map_err(io::Error::other)?;
        Ok((Backed { inner, reserve: Arc::clone(&reserve) }, reserve))
    }

    /// Says whether what is written next may use the reserve; what may not needs it whole.
    pub(crate) fn allow(&self, allowed: bool) -> io::Result<()> {
        self.allowed.store(allowed, Ordering::Relaxed);
        if allowed || self.whole.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.fill(self.file.metadata()?.len())
    }

    /// Takes blocks for a file of this length and for its reserve.
    fn fill(&self, len: u64) -> io::Result<()> {
        let filled = self.disk.allocate(&self.file, len + len.max(RESERVE_MIN));
        self.whole.store(filled.is_ok(), Ordering::Relaxed);
        filled
    }

    /// Takes blocks for a file that grows to this length.
    fn grow(&self, len: u64) -> io::Result<()> {
        match self.fill(len) {
            Err(_) if self.allowed.load(Ordering::Relaxed) => self.disk.allocate(&self.file, len),
            other => other,
        }
    }
}

/// The file as redb sees it.
#[derive(Debug)]
pub(crate) struct Backed {
    inner: FileBackend,
    reserve: Arc<Reserve>,
}

impl StorageBackend for Backed {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.inner.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if len > self.inner.len()? {
            self.reserve.grow(len)?;
            return self.inner.set_len(len);
        }
        // The kernel takes all blocks beyond the new end, those of the reserve with them.
        self.inner.set_len(len)?;
        #[cfg(test)]
        if let Disk::Fake(fake) = &self.reserve.disk {
            fake.truncate(len);
        }
        let _ = self.reserve.fill(len);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.inner.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        #[cfg(test)]
        if let Disk::Fake(fake) = &self.reserve.disk {
            fake.check(offset + data.len() as u64)?;
        }
        self.inner.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.inner.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.query_lock_range(start, end)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::MetadataExt;
    use std::sync::Mutex;

    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::{Batch, Error, Record, Store};

    /// A disk that has as many blocks as a test says.
    #[derive(Debug, Default)]
    pub(crate) struct Fake(Mutex<Blocks>);

    #[derive(Debug, Default)]
    struct Blocks {
        free: u64,
        held: u64,
    }

    impl Fake {
        fn set_free(&self, bytes: u64) {
            self.0.lock().unwrap().free = bytes;
        }

        pub(super) fn allocate(&self, end: u64) -> io::Result<()> {
            let mut blocks = self.0.lock().unwrap();
            let wanted = end.saturating_sub(blocks.held);
            blocks.free = blocks.free.checked_sub(wanted).ok_or(io::ErrorKind::StorageFull)?;
            blocks.held += wanted;
            Ok(())
        }

        pub(super) fn truncate(&self, len: u64) {
            let mut blocks = self.0.lock().unwrap();
            let given = blocks.held.saturating_sub(len);
            blocks.free += given;
            blocks.held -= given;
        }

        pub(super) fn check(&self, end: u64) -> io::Result<()> {
            if end > self.0.lock().unwrap().held { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Thing {
        name: String,
        text: String,
    }

    impl Record for Thing {
        const TABLE: &'static str = "things";
        fn key(&self) -> &str {
            &self.name
        }
    }

    fn put(name: &str, size: usize) -> Batch {
        let mut batch = Batch::new();
        batch.put(&Thing { name: name.into(), text: "x".repeat(size) }).unwrap();
        batch
    }

    fn changed(name: &str, size: usize) -> Batch {
        let mut batch = put(name, size);
        batch.essential();
        batch
    }

    fn delete(name: &str) -> Batch {
        let mut batch = Batch::new();
        batch.delete::<Thing>(name);
        batch
    }

    #[tokio::test]
    async fn on_a_full_disk_everything_can_be_changed_and_removed_and_nothing_made() {
        let dir = tempfile::tempdir().unwrap();
        let (path, fake) = (dir.path().join("state"), Arc::new(Fake::default()));
        fake.set_free(20 << 20);
        let store = Store::open_on(&path, Disk::Fake(Arc::clone(&fake))).unwrap();
        let mut made = 0;
        loop {
            fake.set_free(if made < 500 { 20 << 20 } else { 0 });
            match store.commit(put(&made.to_string(), 3000)).await {
                Ok(()) => made += 1,
                Err(error) => {
                    assert!(matches!(error, Error::Disk { .. }));
                    break;
                }
            }
        }
        assert!(made >= 500);
        // All at once, as when a power supply takes all containers of a host down.
        let exits: Vec<_> = (0..made).map(|number| store.commit(changed(&number.to_string(), 3200))).collect();
        for exit in exits {
            exit.await.unwrap();
        }
        assert!(store.commit(put("new", 10)).await.is_err(), "the reserve was used, and this is not essential");
        assert!(store.commit(put("0", 10)).await.is_err());
        for number in 0..made {
            store.commit(delete(&number.to_string())).await.unwrap();
        }
        fake.set_free(20 << 20);
        store.commit(put("new", 10)).await.unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.load::<Thing>().unwrap().len(), 1);
    }

    #[test]
    fn the_blocks_are_taken_from_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let store = Store::open(&path).unwrap();
        let file = path.metadata().unwrap();
        assert!(file.blocks() * 512 >= file.len() + RESERVE_MIN, "{} of {}", file.blocks() * 512, file.len());
        drop(store);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Free(u64),
        Put(u8, usize),
        Change(u8, usize),
        Delete(u8),
        Reopen,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            1 => prop_oneof![Just(0), 0u64..12 << 20].prop_map(Step::Free),
            5 => (0u8..40, 0usize..60_000).prop_map(|(key, size)| Step::Put(key, size)),
            3 => (0u8..40, 0usize..60_000).prop_map(|(key, size)| Step::Change(key, size)),
            3 => (0u8..40).prop_map(Step::Delete),
            1 => Just(Step::Reopen),
        ];
        proptest::collection::vec(step, 1..80)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn whatever_the_disk_does_the_record_is_what_was_acknowledged(steps in steps()) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let dir = tempfile::tempdir().unwrap();
            let (path, fake) = (dir.path().join("state"), Arc::new(Fake::default()));
            fake.set_free(64 << 20);
            let open = || Store::open_on(&path, Disk::Fake(Arc::clone(&fake))).unwrap();
            let (mut store, mut known) = (Some(open()), BTreeMap::new());
            for step in steps {
                let current = store.take().unwrap();
                match step {
                    Step::Free(bytes) => fake.set_free(bytes),
                    Step::Put(key, size) => {
                        if runtime.block_on(current.commit(put(&key.to_string(), size))).is_ok() {
                            known.insert(key.to_string(), size);
                        }
                    }
                    // What is essential changes a record a little, and is never refused.
                    Step::Change(key, size) => if let Some(before) = known.get_mut(&key.to_string()) {
                        let size = size.min(*before + 500);
                        runtime.block_on(current.commit(changed(&key.to_string(), size))).unwrap();
                        *before = size;
                    }
                    Step::Delete(key) => {
                        runtime.block_on(current.commit(delete(&key.to_string()))).unwrap();
                        known.remove(&key.to_string());
                    }
                    Step::Reopen => {
                        drop(current);
                        store = Some(open());
                        continue;
                    }
                }
                store = Some(current);
            }
            drop(store.take());
            let found: BTreeMap<_, _> = open().load::<Thing>().unwrap().into_iter()
                .map(|thing| (thing.name, thing.text.len())).collect();
            prop_assert_eq!(found, known);
        }
    }
}
