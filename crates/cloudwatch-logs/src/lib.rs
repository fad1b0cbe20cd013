//! Logs, as Amazon's CloudWatch Logs keeps them: groups of streams of events.
//!
//! An event that was put is on the disk before the one who put it is told so. Events are in files, a stream's in a
//! directory of its own; in memory is only what is in which file. There is a bound to what all files take together, and
//! the oldest events go when it is reached.
//!
//! | to understand | see |
//! |---|---|
//! | names | `name.rs` |
//! | groups and streams | `group.rs` |
//! | which events are taken | `batch.rs` |
//! | the files | `segment.rs` |
//! | which file goes when there is no more room | `shelf.rs` |
//! | which events an answer has | `read.rs` |
//! | filter patterns | `pattern.rs` |
//!
//! Who brings events out of files of its own (a *source*) says with each batch how far it has read: that is written
//! down with the events, so that after a crash nothing is lost and nothing is there twice ([`Logs::bring`]).
//!
//! What this crate does not know: HTTP, JSON of any API, who asks and what they may.
#![forbid(unsafe_code)]

mod batch;
mod error;
mod group;
pub mod limits;
mod name;
mod pattern;
mod read;
mod segment;
mod shelf;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use aws::{AccountId, Region};
use store::Store;
use store::command::{blocking, unbroken};
use store::ledger::Noun;
use tokio::sync::Semaphore;
use words::Timestamp;

pub use batch::{Event, Rejected};
pub use error::{Error, Result};
pub use group::{Group, NewGroup, Stream};
pub use name::{GroupId, GroupKey, GroupName, StreamId, StreamName};
pub use pattern::Pattern;
pub use read::{Direction, Entry, Page, Position, Query, Token};

use group::{Draft, Ledger, State};
use segment::{Batch, Summary};
use shelf::{Segment, Shelf, Shelves};

/// The logs of an account. Clones share them.
#[derive(Debug, Clone)]
pub struct Logs(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    account: AccountId,
    root: PathBuf,
    ledger: Arc<Ledger>,
    shelves: Mutex<Shelves>,
    scans: Semaphore,
}

/// What is known of a stream's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The moment of the first, in milliseconds.
    pub first: i64,
    /// The moment of the last.
    pub last: i64,
    /// When the last one came.
    pub ingested: i64,
}

impl Logs {
    /// Reads the record, and looks at the files in this directory. Blocks.
    ///
    /// # Errors
    /// When the record cannot be read or a file cannot.
    pub fn open(store: Store, root: PathBuf, account: AccountId) -> Result<Self> {
        let state = State { groups: Group::load(&store)?, streams: Stream::load(&store)? };
        let shelves = Mutex::new(Shelves::open(&root, &state)?);
        let ledger = Arc::new(Ledger::new(state, store));
        Ok(Self(Arc::new(Parts { account, root, ledger, shelves, scans: Semaphore::new(limits::SCANS) })))
    }

    /// Removes what is too old, from time to time, for ever.
    pub async fn sweep(self) {
        loop {
            self.expire(Timestamp::now()).await;
            tokio::time::sleep(limits::SWEEP).await;
        }
    }

    /// Whose logs they are.
    pub fn account(&self) -> &AccountId {
        &self.0.account
    }

    fn state(&self) -> Arc<State> {
        self.0.ledger.snapshot()
    }

    fn shelves<T>(&self, work: impl FnOnce(&mut Shelves) -> T) -> T {
        work(&mut self.0.shelves.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn commit<T: Send + 'static>(
        &self,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.ledger.commit(decide).await
    }

    /// Makes a group.
    ///
    /// # Errors
    /// When one of that name is there, or there are too many.
    pub async fn create_group(&self, new: NewGroup, now: Timestamp) -> Result<Arc<Group>> {
        self.commit(move |draft| group::create(draft, new, now)).await
    }

    /// Makes a stream.
    ///
    /// # Errors
    /// When one of that name is there, the group is not, or there are too many.
    pub async fn create_stream(
        &self,
        region: &Region,
        group: &GroupName,
        name: StreamName,
        now: Timestamp,
    ) -> Result<Arc<Stream>> {
        let (logs, region, group) = (self.clone(), region.clone(), group.clone());
        unbroken(async move {
            let deciding = logs.commit(move |draft| group::create_stream(draft, &region, &group, name, now));
            let stream = deciding.await?;
            logs.shelves(|shelves| drop(shelves.0.insert(stream.id, Shelf::new(stream.group))));
            Ok(stream)
        })
        .await
    }

    /// Deletes a group with all that is in it.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn delete_group(&self, region: &Region, name: &GroupName) -> Result<()> {
        let (logs, region, name) = (self.clone(), region.clone(), name.clone());
        unbroken(async move {
            let streams = logs.commit(move |draft| group::delete(draft, &region, &name)).await?;
            logs.erase(streams).await;
            Ok(())
        })
        .await
    }

    /// Deletes a stream with its events.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn delete_stream(&self, region: &Region, group: &GroupName, name: &StreamName) -> Result<()> {
        let (logs, region, group, name) = (self.clone(), region.clone(), group.clone(), name.clone());
        unbroken(async move {
            let stream = logs.commit(move |draft| group::delete_stream(draft, &region, &group, &name)).await?;
            logs.erase(vec![stream]).await;
            Ok(())
        })
        .await
    }

    /// Removes the files of streams whose records are gone. What stays is swept at the next start.
    async fn erase(&self, streams: Vec<StreamId>) {
        let folders: Vec<PathBuf> = streams.iter().map(|stream| shelf::folder(&self.0.root, *stream)).collect();
        let pens: Vec<_> =
            self.shelves(|shelves| streams.iter().filter_map(|id| Some(shelves.0.remove(id)?.pen)).collect());
        for pen in pens {
            // Whoever writes has written; nobody writes after that, since the stream is not there.
            let _written = pen.lock().await;
        }
        let _: Result<()> = blocking(move || {
            for folder in folders {
                match std::fs::remove_dir_all(&folder) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        tracing::warn!(folder = %folder.display(), %error, "events of a stream stay for now");
                    }
                    _ => {}
                }
            }
            Ok(())
        })
        .await;
    }

    /// Says how many days a group keeps its events; for ever if nothing.
    ///
    /// # Errors
    /// When it is not there, or it is not a number that may be.
    pub async fn retain(&self, region: &Region, name: &GroupName, days: Option<u32>) -> Result<()> {
        let (region, name) = (region.clone(), name.clone());
        self.commit(move |draft| group::retain(draft, &region, &name, days)).await
    }

    /// Changes the tags of a group.
    ///
    /// # Errors
    /// When it is not there, or a tag cannot be.
    pub async fn tag(
        &self,
        region: &Region,
        name: &GroupName,
        add: BTreeMap<String, String>,
        remove: Vec<String>,
    ) -> Result<()> {
        let (region, name) = (region.clone(), name.clone());
        self.commit(move |draft| group::tag(draft, &region, &name, add, &remove)).await
    }

    /// The group of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn group(&self, region: &Region, name: &GroupName) -> Result<Arc<Group>> {
        self.state().group(region, name).cloned()
    }

    /// The groups of a region whose names begin so, by name.
    pub fn groups(&self, region: &Region, prefix: &str) -> Vec<Arc<Group>> {
        self.state().of_region(region, prefix).cloned().collect()
    }

    /// The groups of all regions.
    pub fn all_groups(&self) -> Vec<Arc<Group>> {
        self.state().groups.values().cloned().collect()
    }

    /// The stream of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn stream(&self, group: &Group, name: &StreamName) -> Result<Arc<Stream>> {
        self.state().stream(group, name).cloned()
    }

    /// The streams of a group whose names begin so, by name.
    pub fn streams(&self, group: &Group, prefix: &str) -> Vec<Arc<Stream>> {
        self.state().of_group(group.id, prefix).cloned().collect()
    }

    /// What is known of a stream's events; nothing if there are none.
    pub fn extent(&self, stream: StreamId) -> Option<Extent> {
        let summary = self.shelves(|shelves| shelves.0.get(&stream)?.summary())?;
        Some(Extent { first: summary.first, last: summary.last, ingested: summary.ingested })
    }

    /// Bytes of the files of a group.
    pub fn stored_bytes(&self, group: &Group) -> u64 {
        self.shelves(|shelves| shelves.bytes(Some(group.id)))
    }

    /// Puts a batch into a stream: when this answers, what is kept of it lasts.
    ///
    /// # Errors
    /// When the batch cannot be, the stream is not there, or the disk fails.
    pub async fn put(
        &self,
        region: &Region,
        group: &GroupName,
        stream: &StreamName,
        mut events: Vec<Event>,
        now: Timestamp,
    ) -> Result<Rejected> {
        let state = self.state();
        let group = state.group(region, group)?;
        let stream = state.stream(group, stream)?.id;
        let (kept, rejected) = batch::judge(&events, group.keeps_since(now), now)?;
        events.truncate(kept.end);
        events.drain(..kept.start);
        if !events.is_empty() {
            self.write(stream, events, None, now).await?;
        }
        Ok(rejected)
    }

    /// Puts events that a source has read, with how far it has. They are in any order and of any age, but no more than
    /// [`limits::BATCH_EVENTS`]; no events at all say that nothing of what was read is worth keeping.
    ///
    /// # Errors
    /// When the stream is not there, or the disk fails.
    pub async fn bring(
        &self,
        stream: StreamId,
        mut events: Vec<Event>,
        source: &str,
        mark: &str,
        now: Timestamp,
    ) -> Result<()> {
        events.sort_by_key(|event| event.timestamp);
        self.write(stream, events, Some((source.to_owned(), mark.to_owned())), now).await
    }

    /// How far a source has been read into a stream.
    pub fn mark(&self, stream: StreamId, source: &str) -> Option<String> {
        self.shelves(|shelves| shelves.0.get(&stream)?.marks.get(source).map(str::to_owned))
    }

    async fn write(
        &self,
        stream: StreamId,
        events: Vec<Event>,
        mark: Option<(String, String)>,
        now: Timestamp,
    ) -> Result<()> {
        let events = events.into_iter().map(|event| (event.timestamp, event.message)).collect();
        let batch = Batch { ingested: group::millis(now), mark, events };
        let logs = self.clone();
        unbroken(async move { logs.write_on(stream, batch).await }).await
    }

    /// Writes at the end of a stream's newest file, or begins another.
    async fn write_on(&self, stream: StreamId, batch: Batch) -> Result<()> {
        let (line, batch) = segment::batch_line(batch).map_err(|error| Error::Store(error.to_string()))?;
        let pen = self.shelf(stream, |shelf| Arc::clone(&shelf.pen))?;
        let writing = pen.lock().await;
        let newest = self.shelf(stream, |shelf| shelf.segments.last().copied())?;
        let fits = newest.is_some_and(|one| !one.sealed && one.size + line.len() as u64 <= limits::SEGMENT);
        let newest = match newest.filter(|_| fits) {
            Some(newest) => newest,
            None => self.begin(stream, newest).await?,
        };
        let (size, path) = (newest.size, shelf::file(&self.0.root, stream, newest.number));
        let length = line.len() as u64;
        blocking(move || segment::append(&path, size, &line).map_err(Error::file(&path))).await?;
        let group = self.shelf(stream, |shelf| {
            if let Some(last) = shelf.segments.last_mut() {
                last.size = size + length;
                last.summary.add(&batch);
            }
            if let Some((source, mark)) = &batch.mark {
                shelf.marks.put(source, mark);
            }
            shelf.group
        })?;
        drop(writing);
        self.make_room(group).await;
        Ok(())
    }

    /// Ends the newest file of a stream and begins another. Its pen is held.
    async fn begin(&self, stream: StreamId, newest: Option<Segment>) -> Result<Segment> {
        if let Some(last) = newest.filter(|last| !last.sealed) {
            let path = shelf::file(&self.0.root, stream, last.number);
            let line = segment::seal_line(last.summary).map_err(Error::file(&path))?;
            let size = last.size + line.len() as u64;
            blocking(move || segment::append(&path, last.size, &line).map_err(Error::file(&path))).await?;
            self.shelf(stream, |shelf| {
                if let Some(last) = shelf.segments.last_mut() {
                    (last.size, last.sealed) = (size, true);
                }
            })?;
        }
        let (number, marks) = self.shelf(stream, |shelf| (shelf.next, shelf.marks.clone()))?;
        let path = shelf::file(&self.0.root, stream, number);
        let line = segment::marks_line(&marks).map_err(Error::file(&path))?;
        let size = line.len() as u64;
        blocking(move || segment::append(&path, 0, &line).map_err(Error::file(&path))).await?;
        let fresh = Segment { number, size, summary: Summary::NOTHING, sealed: false };
        self.shelf(stream, |shelf| {
            shelf.segments.push(fresh);
            shelf.next = number.saturating_add(1);
        })?;
        Ok(fresh)
    }

    fn shelf<T>(&self, stream: StreamId, work: impl FnOnce(&mut Shelf) -> T) -> Result<T> {
        self.shelves(|shelves| shelves.0.get_mut(&stream).map(work)).ok_or(Error::NoSuchStream)
    }

    /// Removes the oldest files while there are more than may be.
    async fn make_room(&self, group: GroupId) {
        let full = self.shelves(|shelves| {
            shelves.bytes(Some(group)) > limits::GROUP_BYTES || shelves.bytes(None) > limits::ALL_BYTES
        });
        if full {
            let going = self.shelves(|shelves| shelves.surplus(group));
            self.discard(going).await;
        }
    }

    /// Removes what is older than its group keeps.
    async fn expire(&self, now: Timestamp) {
        let state = self.state();
        let since: BTreeMap<GroupId, i64> =
            state.groups.values().map(|group| (group.id, group.keeps_since(now))).collect();
        let going = self.shelves(|shelves| {
            let of = |(stream, shelf): (&StreamId, &Shelf)| {
                let (stream, since) = (*stream, since.get(&shelf.group).copied().unwrap_or(0));
                let old = shelf.segments.iter().filter(move |one| one.summary.events > 0 && one.summary.last < since);
                old.map(|one| (stream, one.number)).collect::<Vec<_>>()
            };
            shelves.0.iter().flat_map(of).collect()
        });
        self.discard(going).await;
    }

    /// Removes files. The newest of a stream is kept as long as it says how far its sources have been read, but for its
    /// events: another one is begun then.
    async fn discard(&self, files: Vec<(StreamId, u32)>) {
        for (stream, number) in files {
            if let Err(error) = self.discard_one(stream, number).await
                && error != Error::NoSuchStream
            {
                tracing::warn!(%stream, %error, "events that are to go stay for now");
            }
        }
    }

    async fn discard_one(&self, stream: StreamId, number: u32) -> Result<()> {
        let pen = self.shelf(stream, |shelf| Arc::clone(&shelf.pen))?;
        let _writing = pen.lock().await;
        let newest = self.shelf(stream, |shelf| {
            shelf.segments.last().copied().filter(|last| last.number == number && !shelf.marks.is_empty())
        })?;
        if let Some(newest) = newest {
            self.begin(stream, Some(newest)).await?;
        }
        self.shelf(stream, |shelf| shelf.segments.retain(|one| one.number != number))?;
        let path = shelf::file(&self.0.root, stream, number);
        blocking(move || match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(&path)(error)),
            _ => Ok(()),
        })
        .await
    }

    /// Finds events of some streams of a group.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn find(&self, group: &Group, streams: &[StreamId], mut query: Query, now: Timestamp) -> Result<Page> {
        query.start = query.start.max(group.keeps_since(now));
        let root = &self.0.root;
        let sources = self.shelves(|shelves| {
            let mut sources = Vec::new();
            for stream in streams {
                let segments = shelves.0.get(stream).map(|shelf| shelf.segments.as_slice()).unwrap_or_default();
                sources.extend(segments.iter().filter(|one| one.summary.events > 0).map(|one| read::Source {
                    stream: *stream,
                    number: one.number,
                    path: shelf::file(root, *stream, one.number),
                    size: one.size,
                    summary: one.summary,
                }));
            }
            sources
        });
        let _turn = self.0.scans.acquire().await.map_err(|error| Error::Store(error.to_string()))?;
        blocking(move || read::page(sources, &query)).await
    }
}
