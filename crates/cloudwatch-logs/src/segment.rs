//! Files of events: lines of JSON, a line a batch, so that a batch is there as a whole or not at all. Everything here
//! blocks.
//!
//! ```text
//! {"marks":[["container", "17:4096"]]}              what its sources had brought before this file was begun
//! {"events":{"ingested":…,"events":[[TIME,"text"],…]}}
//! …
//! {"sealed":{"first":…,"last":…,…}}                 nothing more comes: what the file holds
//! ```
//! A line without an end, or that is no JSON, was being written when the daemon died: the file ends before it.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::limits;

/// A line of a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Marks(Marks),
    Events(Batch),
    Sealed(Summary),
}

/// How far each source has been read, by its name; the one that was told last is the last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Marks(Vec<(String, String)>);

impl Marks {
    pub(crate) fn get(&self, source: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == source).map(|(_, mark)| mark.as_str())
    }

    pub(crate) fn put(&mut self, source: &str, mark: &str) {
        self.0.retain(|(name, _)| name != source);
        self.0.push((source.to_owned(), mark.to_owned()));
        if self.0.len() > limits::MARKS {
            self.0.remove(0);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Events that came together.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Batch {
    /// When, in milliseconds.
    pub(crate) ingested: i64,
    /// The source, and how far it has been read with these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mark: Option<(String, String)>,
    /// Moments in milliseconds and texts, in their order.
    pub(crate) events: Vec<(i64, String)>,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// The first moment of an event.
    pub(crate) first: i64,
    /// The last.
    pub(crate) last: i64,
    /// How many events.
    pub(crate) events: u64,
    /// When the last one came.
    pub(crate) ingested: i64,
}

impl Summary {
    /// Of a file without events.
    pub(crate) const NOTHING: Self = Self { first: i64::MAX, last: i64::MIN, events: 0, ingested: 0 };

    pub(crate) fn add(&mut self, batch: &Batch) {
        for (moment, _) in &batch.events {
            self.first = self.first.min(*moment);
            self.last = self.last.max(*moment);
        }
        self.events += batch.events.len() as u64;
        self.ingested = self.ingested.max(batch.ingested);
    }
}

fn line(line: &Line) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The line of a batch.
pub(crate) fn batch_line(batch: Batch) -> io::Result<(Vec<u8>, Batch)> {
    let whole = Line::Events(batch);
    let bytes = line(&whole)?;
    match whole {
        Line::Events(batch) => Ok((bytes, batch)),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// The line that ends a file.
pub(crate) fn seal_line(summary: Summary) -> io::Result<Vec<u8>> {
    line(&Line::Sealed(summary))
}

/// The line that begins a file, where there is anything to remember.
pub(crate) fn marks_line(marks: &Marks) -> io::Result<Vec<u8>> {
    if marks.is_empty() { Ok(Vec::new()) } else { line(&Line::Marks(marks.clone())) }
}

/// Writes a line at the end of what is known to be whole, and waits until it is on the disk. What a write before left
/// that failed is cut off.
pub(crate) fn append(path: &Path, at: u64, bytes: &[u8]) -> io::Result<()> {
    let fresh = at == 0;
    if fresh && let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = File::options().write(true).create(fresh).truncate(false).open(path)?;
    file.set_len(at)?;
    file.write_all_at(bytes, at)?;
    file.sync_data()?;
    if fresh && let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
        folder.parent().map_or(Ok(()), |root| File::open(root)?.sync_all())?;
    }
    Ok(())
}

/// What was found in a file.
#[derive(Debug)]
pub(crate) struct Found {
    /// How long it is, without a line that is not whole.
    pub(crate) size: u64,
    pub(crate) summary: Summary,
    pub(crate) sealed: bool,
    /// How far its sources have been read, if it was looked through: only the newest file of a stream is.
    pub(crate) marks: Marks,
}

/// Looks at a file: at its end, if it is one that nothing more comes to and its marks are of no interest.
pub(crate) fn look(path: &Path, newest: bool) -> io::Result<Found> {
    if !newest && let Some(found) = look_at_end(path)? {
        return Ok(found);
    }
    let mut found = Found { size: 0, summary: Summary::NOTHING, sealed: false, marks: Marks::default() };
    found.size = each(path, u64::MAX, |_, line| match line {
        Line::Marks(marks) => found.marks = marks,
        Line::Events(batch) => {
            found.summary.add(&batch);
            if let Some((source, mark)) = &batch.mark {
                found.marks.put(source, mark);
            }
        }
        Line::Sealed(_) => found.sealed = true,
    })?;
    Ok(found)
}

fn look_at_end(path: &Path) -> io::Result<Option<Found>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    // A line that ends a file has numbers only.
    file.seek(SeekFrom::Start(size.saturating_sub(512)))?;
    let mut end = Vec::new();
    file.take(512).read_to_end(&mut end)?;
    let Some(end) = end.strip_suffix(b"\n") else { return Ok(None) };
    let last = end.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(match serde_json::from_slice(last) {
        Ok(Line::Sealed(summary)) => Some(Found { size, summary, sealed: true, marks: Marks::default() }),
        _ => None,
    })
}

/// Reads the batches of a file with the places where they begin, up to this length.
pub(crate) fn read(path: &Path, size: u64, mut take: impl FnMut(u64, Batch)) -> io::Result<()> {
    each(path, size, |at, line| {
        if let Line::Events(batch) = line {
            take(at, batch);
        }
    })?;
    Ok(())
}

/// Reads lines with the places where they begin; gives how much of the file is whole.
fn each(path: &Path, size: u64, mut take: impl FnMut(u64, Line)) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(64 << 10, File::open(path)?.take(size));
    let (mut at, mut bytes) = (0, Vec::new());
    loop {
        bytes.clear();
        let length = reader.by_ref().take(limits::LINE).read_until(b'\n', &mut bytes)? as u64;
        if bytes.last() != Some(&b'\n') {
            return Ok(at);
        }
        let Ok(line) = serde_json::from_slice(&bytes) else { return Ok(at) };
        take(at, line);
        at += length;
    }
}
