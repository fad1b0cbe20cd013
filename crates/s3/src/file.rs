//! Bytes of objects on the disk: a file a body, named by a serial, in one of 256 directories.
//!
//! A file is made before the record that names it and removed after that record is gone. One that is made and gets no
//! record is removed by its [`Staged`], and by [`Files::sweep`] if the daemon ended before that. What is read while its
//! record goes stays until the last reader is done ([`Lease`]).

use std::collections::HashMap;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::checksum::{Algorithm, Checksum, Digests, ETag, Integrity};
use crate::error::{Error, Result};
use crate::limits;
use crate::name::Serial;

/// One file of an object's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Segment {
    pub(crate) file: Serial,
    pub(crate) size: u64,
}

/// The directory of all files.
#[derive(Debug)]
pub(crate) struct Files {
    root: PathBuf,
    /// Objects that are being read, by their serial.
    held: Mutex<HashMap<Serial, Held>>,
}

#[derive(Debug, Default)]
struct Held {
    readers: usize,
    /// The files of an object whose record is gone.
    doomed: Vec<Segment>,
}

impl Files {
    /// Makes the directories. Blocks.
    pub(crate) fn open(root: PathBuf) -> Result<Self> {
        let make = |path: &Path| {
            fs::create_dir_all(path).map_err(Error::io(format!("the directory {} could not be made", path.display())))
        };
        make(&root)?;
        for shard in 0..=u8::MAX {
            make(&root.join(format!("{shard:02x}")))?;
        }
        sync(&root)?;
        Ok(Self { root, held: Mutex::default() })
    }

    fn path(&self, id: &Serial) -> PathBuf {
        // The last digits are random, the first are not.
        let shard = id.as_str().get(30..).unwrap_or_default();
        self.root.join(shard).join(id.as_str())
    }

    /// Removes every file but these. Blocks; meant for the start of the daemon.
    pub(crate) fn sweep(&self, known: &HashSet<Serial>) -> Result<usize> {
        let mut swept = 0;
        for shard in 0..=u8::MAX {
            let shard = format!("{shard:02x}");
            let folder = self.root.join(&shard);
            let failed = |error| Error::io(format!("the directory {} could not be read", folder.display()))(error);
            for entry in fs::read_dir(&folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let id = entry.file_name().to_string_lossy().parse::<Serial>();
                if id.is_ok_and(|id| known.contains(&id) && id.as_str().ends_with(&shard)) {
                    continue;
                }
                remove(&entry.path());
                swept += 1;
            }
        }
        Ok(swept)
    }

    /// Says that the object of this serial is being read.
    pub(crate) fn hold(self: &Arc<Self>, serial: Serial) -> Lease {
        self.held().entry(serial.clone()).or_default().readers += 1;
        Lease { files: Arc::clone(self), serial }
    }

    /// Removes the files of an object whose record is gone, once nobody reads it.
    pub(crate) fn discard(self: &Arc<Self>, serial: &Serial, segments: &[Segment]) {
        if segments.is_empty() {
            return;
        }
        match self.held().get_mut(serial) {
            Some(held) => held.doomed.extend_from_slice(segments),
            None => self.remove(segments.to_vec()),
        }
    }

    fn remove(self: &Arc<Self>, segments: Vec<Segment>) {
        let files = Arc::clone(self);
        let work = move || segments.iter().for_each(|segment| remove(&files.path(&segment.file)));
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(work)),
            Err(_) => work(),
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Serial, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!("{} could not be removed: {error}", path.display()),
    }
}

fn sync(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(Error::io(format!("the directory {} could not be synced", folder.display())))
}

/// Keeps the files of an object while it is read.
#[derive(Debug)]
pub(crate) struct Lease {
    files: Arc<Files>,
    serial: Serial,
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut all = self.files.held();
        let Some(held) = all.get_mut(&self.serial) else { return };
        held.readers -= 1;
        if held.readers == 0 {
            let doomed = all.remove(&self.serial).map(|held| held.doomed).unwrap_or_default();
            drop(all);
            if !doomed.is_empty() {
                self.files.remove(doomed);
            }
        }
    }
}

/// A file that no record names yet. It goes with this value unless it is kept.
#[derive(Debug)]
pub(crate) struct Staged {
    files: Arc<Files>,
    /// `None` before it is made and once it is kept.
    segment: Option<Segment>,
}

impl Staged {
    /// The files, for a record.
    pub(crate) fn segments(&self) -> Vec<Segment> {
        self.segment.clone().into_iter().collect()
    }

    /// A record names it now.
    pub(crate) fn keep(mut self) {
        self.segment = None;
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(segment) = self.segment.take() {
            self.files.remove(vec![segment]);
        }
    }
}

/// A body that is on the disk, and what it is known by.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) staged: Staged,
    pub(crate) size: u64,
    pub(crate) etag: ETag,
    pub(crate) checksum: Checksum,
}

/// Where a body goes. It moves to a thread that may block for each block of it, so that a slow sender holds no thread.
struct Sink {
    file: Option<File>,
    staged: Staged,
    digests: Digests,
    size: u64,
}

impl Sink {
    fn write(mut self, chunks: Vec<Bytes>) -> Result<Self> {
        let failed = |error| Error::io("a body could not be written")(error);
        let file = match &mut self.file {
            Some(file) => file,
            slot => {
                let id = Serial::new();
                let path = self.staged.files.path(&id);
                self.staged.segment = Some(Segment { file: id, size: 0 });
                slot.insert(File::create_new(path).map_err(failed)?)
            }
        };
        for chunk in chunks {
            self.digests.update(&chunk);
            self.size += chunk.len() as u64;
            file.write_all(&chunk).map_err(failed)?;
        }
        Ok(self)
    }

    /// Checks what its sender says of the body, then makes it last.
    fn finish(self, said: &Integrity) -> Result<Received> {
        let Self { file, mut staged, digests, size } = self;
        let (etag, checksum) = digests.verify(said)?;
        if let (Some(file), Some(segment)) = (file, &mut staged.segment) {
            segment.size = size;
            file.sync_all().map_err(Error::io("a body could not be synced"))?;
            if let Some(folder) = staged.files.path(&segment.file).parent() {
                sync(folder)?;
            }
        }
        Ok(Received { staged, size, etag, checksum })
    }
}

/// Writes a body into a file while it is digested, and checks what its sender says of it. What fails leaves no file.
/// The checksum that is kept is one of `algorithm`.
pub(crate) async fn receive<S, E>(
    files: &Arc<Files>,
    body: S,
    said: &Integrity,
    algorithm: Algorithm,
    max: u64,
) -> Result<Received>
where
    S: Stream<Item = std::result::Result<Bytes, E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if said.length.is_some_and(|length| length > max) {
        return Err(Error::EntityTooLarge { max });
    }
    let mut body = pin!(body);
    let mut sink = Writing::Idle(Box::new(Sink {
        file: None,
        staged: Staged { files: Arc::clone(files), segment: None },
        digests: Digests::new(algorithm, &said.checksum),
        size: 0,
    }));
    let (mut chunks, mut waiting, mut size) = (Vec::new(), 0, 0u64);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| Error::Body(error.into().into()))?;
        size = size.saturating_add(chunk.len() as u64);
        if size > max {
            return Err(Error::EntityTooLarge { max });
        }
        if said.length.is_some_and(|length| size > length) {
            return Err(Error::IncompleteBody);
        }
        waiting += chunk.len();
        chunks.push(chunk);
        if waiting >= limits::BLOCK {
            let block = std::mem::take(&mut chunks);
            waiting = 0;
            sink = sink.then(move |sink| sink.write(block)).await?;
        }
    }
    if said.length.is_some_and(|length| size != length) {
        return Err(Error::IncompleteBody);
    }
    let said = said.clone();
    match sink.then(move |sink| sink.write(chunks)?.finish(&said)).await? {
        Writing::Busy(job) => joined(job).await,
        Writing::Idle(received) => Ok(*received),
    }
}

/// A value that is worked upon elsewhere, while the next block comes in.
enum Writing<T> {
    Idle(Box<T>),
    Busy(JoinHandle<Result<T>>),
}

impl<T: Send + 'static> Writing<T> {
    /// Begins the next piece of work once the last one is done.
    async fn then<U: Send + 'static>(self, work: impl FnOnce(T) -> Result<U> + Send + 'static) -> Result<Writing<U>> {
        let value = match self {
            Self::Idle(value) => *value,
            Self::Busy(job) => joined(job).await?,
        };
        Ok(Writing::Busy(tokio::task::spawn_blocking(move || work(value))))
    }
}

async fn joined<T>(job: JoinHandle<Result<T>>) -> Result<T> {
    match job.await {
        Ok(outcome) => outcome,
        Err(broken) => Err(Error::io("work on a file broke off")(io::Error::other(broken.to_string()))),
    }
}

/// The bytes of an object, or of a range of it. They stay as they were when it was opened, whatever becomes of the
/// object. [`Read`] and [`Seek`] block; positions count from the range's begin.
#[derive(Debug)]
pub struct Reader {
    lease: Lease,
    segments: Arc<[Segment]>,
    /// Where each segment ends in the object.
    ends: Arc<[u64]>,
    start: u64,
    end: u64,
    position: u64,
    open: Option<(usize, File)>,
}

impl Reader {
    /// The bytes of the object from `start` to before `end`.
    pub(crate) fn new(lease: Lease, segments: &[Segment], start: u64, end: u64) -> Self {
        let ends = segments.iter().scan(0, |end, segment| {
            *end += segment.size;
            Some(*end)
        });
        Self { lease, ends: ends.collect(), segments: segments.into(), start, end, position: start, open: None }
    }

    /// How many bytes there are in all.
    pub fn size(&self) -> u64 {
        self.end - self.start
    }

    /// The bytes from the present position on, in pieces, read on threads that may block.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
        futures_util::stream::unfold(Some(self), |reader| async move {
            let reader = reader?;
            if reader.position >= reader.end {
                return None;
            }
            match joined(tokio::task::spawn_blocking(move || reader.block())).await {
                Ok((bytes, reader)) => Some((Ok(bytes), Some(reader))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    fn block(mut self) -> Result<(Bytes, Self)> {
        let size = usize::try_from(self.end - self.position).unwrap_or(usize::MAX).min(limits::BLOCK);
        let mut block = BytesMut::zeroed(size);
        self.read_exact(&mut block).map_err(Error::io("an object could not be read"))?;
        Ok((block.freeze(), self))
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let index = self.ends.partition_point(|end| *end <= self.position);
        let (Some(segment), Some(end)) = (self.segments.get(index), self.ends.get(index)) else { return Ok(0) };
        let left = self.end.min(*end).saturating_sub(self.position);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let file = match &self.open {
            Some((open, file)) if *open == index => file,
            _ => &self.open.insert((index, File::open(self.lease.files.path(&segment.file))?)).1,
        };
        let count = file.read_at(&mut buffer[..wanted], self.position - (end - segment.size))?;
        if count == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a file of an object is shorter than its record says",
            ));
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(offset) => self.start.checked_add(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.end.checked_add_signed(offset),
        };
        match position.filter(|position| *position >= self.start) {
            Some(position) => {
                self.position = position;
                Ok(position - self.start)
            }
            None => Err(io::Error::new(io::ErrorKind::InvalidInput, "a seek to before the begin")),
        }
    }
}
