//! Which events an answer has: those of the files in their order of time, a page at a time.
//!
//! Files of a stream overlap in time where batches came late, and those of several streams do anyway. So a file is read
//! whole, the best events so far are kept, and it ends where no other file can have a better one.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::limits;
use crate::name::StreamId;
use crate::pattern::Pattern;
use crate::segment::{self, Summary};

/// A place between two events: before the one that is there, if one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    timestamp: i64,
    stream: u64,
    segment: u32,
    offset: u32,
    index: u32,
}

impl Position {
    /// Before all events of this moment.
    pub(crate) fn at(timestamp: i64) -> Self {
        Self { timestamp, stream: 0, segment: 0, offset: 0, index: 0 }
    }

    /// After the event that is here.
    fn next(self) -> Self {
        // No batch has as many events, so this is before the next batch.
        Self { index: self.index.saturating_add(1), ..self }
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { timestamp, stream, segment, offset, index } = self;
        write!(f, "{timestamp:016x}{stream:016x}{segment:08x}{offset:08x}{index:08x}")
    }
}

/// Which way is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The oldest first.
    Forward,
    /// The newest first.
    Backward,
}

/// Where the next page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Which way it goes.
    pub direction: Direction,
    /// From where.
    pub position: Position,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let way = match self.direction {
            Direction::Forward => 'f',
            Direction::Backward => 'b',
        };
        write!(f, "{way}/{}", self.position)
    }
}

impl FromStr for Token {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::invalid("The specified nextToken is invalid.");
        let (way, digits) = text.split_once('/').ok_or_else(wrong)?;
        let direction = match way {
            "f" => Direction::Forward,
            "b" => Direction::Backward,
            _ => return Err(wrong()),
        };
        if digits.len() != 56 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let number = |at: std::ops::Range<usize>| digits.get(at).and_then(|part| u64::from_str_radix(part, 16).ok());
        let small = |at| number(at).and_then(|number| u32::try_from(number).ok());
        let position = || {
            Some(Position {
                timestamp: i64::try_from(number(0..16)?).ok()?,
                stream: number(16..32)?,
                segment: small(32..40)?,
                offset: small(40..48)?,
                index: small(48..56)?,
            })
        };
        Ok(Self { direction, position: position().ok_or_else(wrong)? })
    }
}

/// What is looked for.
#[derive(Debug)]
pub struct Query {
    /// Where it goes on.
    pub token: Option<Token>,
    /// Which way, where no token says it.
    pub direction: Direction,
    /// The first moment, in milliseconds.
    pub start: i64,
    /// The moment after the last one.
    pub end: i64,
    /// How many events at most.
    pub limit: usize,
    /// Which events.
    pub pattern: Pattern,
}

/// An event that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is: nothing else is there.
    pub position: Position,
    /// In which stream.
    pub stream: StreamId,
    /// When it happened, in milliseconds.
    pub timestamp: i64,
    /// When it came, in milliseconds.
    pub ingested: i64,
    /// What.
    pub message: String,
}

/// What an answer has.
#[derive(Debug)]
pub struct Page {
    /// The events, in the order of time.
    pub events: Vec<Entry>,
    /// Which way was read.
    pub direction: Direction,
    /// The place before the first of them.
    pub before: Position,
    /// The place after the last of them, and after what was looked through.
    pub after: Position,
    /// There may be more, the same way.
    pub more: bool,
}

/// A file to be read.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) stream: StreamId,
    pub(crate) number: u32,
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    pub(crate) summary: Summary,
}

/// The best events so far.
struct Window {
    direction: Direction,
    limit: usize,
    kept: BTreeMap<Position, Entry>,
    bytes: usize,
    /// An event here or beyond it has no room any more.
    ceiling: Option<Position>,
}

impl Window {
    fn is_beyond(&self, position: Position) -> bool {
        self.ceiling.is_some_and(|ceiling| match self.direction {
            Direction::Forward => position >= ceiling,
            Direction::Backward => position <= ceiling,
        })
    }

    fn offer(&mut self, entry: Entry) {
        if self.is_beyond(entry.position) {
            return;
        }
        self.bytes += cost(&entry);
        self.kept.insert(entry.position, entry);
        while self.kept.len() > self.limit || (self.bytes > limits::PAGE_BYTES && self.kept.len() > 1) {
            let worst = match self.direction {
                Direction::Forward => self.kept.pop_last(),
                Direction::Backward => self.kept.pop_first(),
            };
            if let Some((position, entry)) = worst {
                self.bytes -= cost(&entry);
                self.ceiling = Some(position);
            }
        }
    }

    /// Whether no event of a file has room any more.
    fn ends_before(&self, source: &Source) -> bool {
        self.ceiling.is_some_and(|ceiling| match self.direction {
            Direction::Forward => source.summary.first > ceiling.timestamp,
            Direction::Backward => source.summary.last < ceiling.timestamp,
        })
    }
}

fn cost(entry: &Entry) -> usize {
    entry.message.len() + limits::OVERHEAD
}

/// Reads a page. A file that is gone by now had events that are gone. Blocks.
pub(crate) fn page(mut sources: Vec<Source>, query: &Query) -> Result<Page> {
    let direction = query.token.map_or(query.direction, |token| token.direction);
    let (mut low, mut high) = (Position::at(query.start), Position::at(query.end));
    match query.token {
        Some(token) if direction == Direction::Forward => low = low.max(token.position),
        Some(token) => high = high.min(token.position),
        None => {}
    }
    sources.retain(|one| one.summary.last >= low.timestamp && one.summary.first <= high.timestamp);
    match direction {
        Direction::Forward => sources.sort_by_key(|source| source.summary.first),
        Direction::Backward => sources.sort_by_key(|source| std::cmp::Reverse(source.summary.last)),
    }
    let mut window = Window { direction, limit: query.limit.max(1), kept: BTreeMap::new(), bytes: 0, ceiling: None };
    let mut scanned = 0;
    // Where the files begin that are left for the next answer.
    let mut left = None;
    for source in sources {
        if window.ends_before(&source) {
            break;
        }
        if scanned >= limits::SCAN {
            let moment = match direction {
                Direction::Forward => source.summary.first,
                Direction::Backward => source.summary.last.saturating_add(1),
            };
            // What is complete must be more than it was.
            let goes_on = match direction {
                Direction::Forward => moment > low.timestamp,
                Direction::Backward => Position::at(moment) < high,
            };
            if goes_on {
                left = Some(Position::at(moment));
                break;
            }
        }
        scanned += source.size;
        let take = |offset: u64, batch: segment::Batch| {
            for (index, (timestamp, message)) in batch.events.into_iter().enumerate() {
                let position = Position {
                    timestamp,
                    stream: source.stream.0,
                    segment: source.number,
                    offset: u32::try_from(offset).unwrap_or(u32::MAX),
                    index: u32::try_from(index).unwrap_or(u32::MAX),
                };
                if position >= low && position < high && !window.is_beyond(position) && query.pattern.matches(&message)
                {
                    let (stream, ingested) = (source.stream, batch.ingested);
                    window.offer(Entry { position, stream, timestamp, ingested, message });
                }
            }
        };
        match segment::read(&source.path, source.size, take) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::file(&source.path)(error)),
            _ => {}
        }
    }
    let complete = |position: &Position| match (direction, left) {
        (_, None) => true,
        (Direction::Forward, Some(left)) => *position < left,
        (Direction::Backward, Some(left)) => *position >= left,
    };
    let cut = window.kept.keys().any(|position| !complete(position));
    let more = left.is_some() || window.ceiling.is_some() || cut;
    let events: Vec<Entry> = window.kept.into_values().filter(|entry| complete(&entry.position)).collect();
    // When all was looked through that is there, it goes on behind the last event: later ones may be older than `end`.
    let (before, after) = match (direction, events.first().zip(events.last())) {
        (Direction::Forward, Some((first, last))) => (first.position, left.unwrap_or(last.position.next())),
        (Direction::Forward, None) => (left.unwrap_or(low), left.unwrap_or(low)),
        (Direction::Backward, Some((first, last))) => (left.unwrap_or(first.position), last.position.next()),
        // From the end of what never ends, the next way on is from its beginning.
        (Direction::Backward, None) if query.token.is_none() && left.is_none() => (low, low),
        (Direction::Backward, None) => (left.unwrap_or(high), left.unwrap_or(high)),
    };
    Ok(Page { events, direction, before, after, more })
}
