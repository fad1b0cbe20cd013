//! What is known of the files of a stream while the daemon runs, and which of them go when there is no more room.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::group::State;
use crate::limits;
use crate::name::{GroupId, StreamId};
use crate::segment::{self, Marks, Summary};

/// A file of events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    /// Counts up in its stream; its name.
    pub(crate) number: u32,
    /// How much of it is written and on the disk.
    pub(crate) size: u64,
    pub(crate) summary: Summary,
    /// Nothing more comes to it.
    pub(crate) sealed: bool,
}

/// The files of a stream, the oldest first.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) group: GroupId,
    pub(crate) segments: Vec<Segment>,
    pub(crate) marks: Marks,
    /// Held by the one who writes.
    pub(crate) pen: Arc<tokio::sync::Mutex<()>>,
    /// The number of the next file: numbers are not used again.
    pub(crate) next: u32,
}

impl Shelf {
    pub(crate) fn new(group: GroupId) -> Self {
        Self { group, segments: Vec::new(), marks: Marks::default(), pen: Arc::default(), next: 0 }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.size).sum()
    }

    /// What all its files hold.
    pub(crate) fn summary(&self) -> Option<Summary> {
        let filled = self.segments.iter().map(|segment| segment.summary).filter(|summary| summary.events > 0);
        filled.reduce(|all, one| Summary {
            first: all.first.min(one.first),
            last: all.last.max(one.last),
            events: all.events + one.events,
            ingested: all.ingested.max(one.ingested),
        })
    }
}

/// The files of all streams.
#[derive(Debug, Default)]
pub(crate) struct Shelves(pub(crate) HashMap<StreamId, Shelf>);

/// Where a stream's files are.
pub(crate) fn folder(root: &Path, stream: StreamId) -> PathBuf {
    root.join(stream.to_string())
}

/// Where a file is.
pub(crate) fn file(root: &Path, stream: StreamId, number: u32) -> PathBuf {
    folder(root, stream).join(format!("{number:08x}"))
}

impl Shelves {
    /// Finds what is on the disk, and removes what belongs to no stream. Blocks.
    pub(crate) fn open(root: &Path, state: &State) -> Result<Self> {
        fs::create_dir_all(root).map_err(Error::file(root))?;
        let streams = state.streams.values();
        let mut all: HashMap<StreamId, Shelf> = streams.map(|stream| (stream.id, Shelf::new(stream.group))).collect();
        for entry in fs::read_dir(root).map_err(Error::file(root))? {
            let entry = entry.map_err(Error::file(root))?;
            let id = StreamId::try_from(entry.file_name().to_string_lossy().into_owned()).ok();
            match id.and_then(|id| all.get_mut(&id)) {
                Some(shelf) => fill(&entry.path(), shelf)?,
                // Its stream is gone, or was never written down.
                None => fs::remove_dir_all(entry.path()).map_err(Error::file(&entry.path()))?,
            }
        }
        Ok(Self(all))
    }

    /// The files to remove so that no group has more than it may, and all together have not: those whose last event is
    /// the oldest.
    pub(crate) fn surplus(&self, group: GroupId) -> Vec<(StreamId, u32)> {
        let of_group = self.candidates(|shelf| shelf.group == group);
        let mut going = surplus(of_group, limits::GROUP_BYTES);
        let all = self.candidates(|_| true);
        let rest = all.into_iter().filter(|(_, stream, number, _)| !going.contains(&(*stream, *number)));
        going.extend(surplus(rest.collect(), limits::ALL_BYTES));
        going
    }

    fn candidates(&self, of: impl Fn(&Shelf) -> bool) -> Vec<Candidate> {
        let shelves = self.0.iter().filter(|(_, shelf)| of(shelf));
        let one = |(stream, shelf): (&StreamId, &Shelf)| {
            let stream = *stream;
            let each = move |one: &Segment| (one.summary.last, stream, one.number, one.size);
            shelf.segments.iter().map(each).collect::<Vec<_>>()
        };
        shelves.flat_map(one).collect()
    }

    /// Bytes of a group, and of all.
    pub(crate) fn bytes(&self, group: Option<GroupId>) -> u64 {
        self.0.values().filter(|shelf| group.is_none_or(|group| shelf.group == group)).map(Shelf::bytes).sum()
    }
}

/// The last moment of a file, its stream, its number and its size.
type Candidate = (i64, StreamId, u32, u64);

fn surplus(mut candidates: Vec<Candidate>, most: u64) -> Vec<(StreamId, u32)> {
    let mut bytes: u64 = candidates.iter().map(|(.., size)| size).sum();
    if bytes <= most {
        return Vec::new();
    }
    candidates.sort_unstable();
    let mut going = Vec::new();
    for (_, stream, number, size) in candidates {
        if bytes <= most {
            break;
        }
        bytes -= size;
        going.push((stream, number));
    }
    going
}

/// Finds the files of a stream.
fn fill(folder: &Path, shelf: &mut Shelf) -> Result<()> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let entry = entry.map_err(Error::file(folder))?;
        numbers.extend(u32::from_str_radix(&entry.file_name().to_string_lossy(), 16));
    }
    numbers.sort_unstable();
    for number in &numbers {
        let path = folder.join(format!("{number:08x}"));
        let newest = Some(number) == numbers.last();
        let found = segment::look(&path, newest).map_err(Error::file(&path))?;
        let segment::Found { size, summary, sealed, marks } = found;
        // Only the newest may be written on.
        shelf.segments.push(Segment { number: *number, size, summary, sealed: sealed || !newest });
        shelf.marks = marks;
        shelf.next = number.saturating_add(1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_when_there_is_no_more_room() {
        let (a, b) = (StreamId(1), StreamId(2));
        let candidates = vec![(30, a, 1, 10), (10, a, 0, 10), (20, b, 0, 10)];
        assert_eq!(surplus(candidates.clone(), 30), []);
        assert_eq!(surplus(candidates.clone(), 29), [(a, 0)]);
        assert_eq!(surplus(candidates.clone(), 15), [(a, 0), (b, 0)]);
        assert_eq!(surplus(candidates, 0), [(a, 0), (b, 0), (a, 1)]);
    }
}
