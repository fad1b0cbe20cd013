//! Digests of files' contents, remembered as long as nothing about the files has changed.

use std::collections::HashMap;
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};

use rustix::fs::Stat;
use rustix::time::{ClockId, clock_gettime};

/// Remembers what the contents of files hash to, for a bounded number of files. A file is known again by its number,
/// size and times, of which nobody can set back the one of its last change.
#[derive(Debug)]
pub struct Cache {
    most: usize,
    files: Mutex<Generations>,
}

/// The younger half of what is remembered, and the older one, which goes when the younger is full.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<File, Known>,
    old: HashMap<File, Known>,
}

/// A file system and a number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct File(u64, u64);

#[derive(Debug, Clone, Copy)]
struct Known {
    state: State,
    digest: [u8; 32],
}

/// Size, modification and change of a file, in nanoseconds: these last until the year 2262, and begin anew then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State(i64, i64, i64);

/// Two changes within this time may carry the same moment: the longest tick of a kernel, twice.
const TICK_NANOS: i64 = 20_000_000;

impl Cache {
    /// Remembers at most this many files, at about 100 bytes each.
    pub fn new(files: usize) -> Self {
        Self { most: files, files: Mutex::default() }
    }

    /// Forgets all.
    pub fn clear(&self) {
        *self.files.lock().unwrap_or_else(PoisonError::into_inner) = Generations::default();
    }

    pub(crate) fn get(&self, stat: &Stat) -> Option<[u8; 32]> {
        let file = File(stat.st_dev, stat.st_ino);
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match files.young.get(&file) {
            Some(known) => *known,
            None => {
                let known = files.old.remove(&file)?;
                self.put(&mut files, file, known);
                known
            }
        };
        (known.state == state(stat)).then_some(known.digest)
    }

    /// Remembers what a file hashed to that looked like `before` when that began, and is still open.
    pub(crate) fn learn(&self, before: &Stat, began: i64, file: impl AsFd, digest: [u8; 32]) {
        let state = state(before);
        // What has changed just now may change again without showing it.
        if state.2.saturating_add(TICK_NANOS) > began
            || !rustix::fs::fstat(file).is_ok_and(|now| self::state(&now) == state)
        {
            return;
        }
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        self.put(&mut files, File(before.st_dev, before.st_ino), Known { state, digest });
    }

    /// What is known of a file that looked like `before` holds on: it has got a further name, and nothing else of it
    /// has changed.
    pub(crate) fn renamed(&self, before: &Stat, now: &Stat) {
        let (file, old, new) = (File(before.st_dev, before.st_ino), state(before), state(now));
        if (old.0, old.1) != (new.0, new.1) {
            return;
        }
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = files.young.get_mut(&file)
            && known.state == old
        {
            known.state = new;
        }
    }

    fn put(&self, files: &mut Generations, file: File, known: Known) {
        if files.young.len() >= self.most / 2 {
            files.old = std::mem::take(&mut files.young);
        }
        if self.most > 1 {
            files.young.insert(file, known);
        }
    }
}

fn state(stat: &Stat) -> State {
    let nanos = |seconds, nanos| nanoseconds(seconds, i64::try_from(nanos).unwrap_or(0));
    State(stat.st_size, nanos(stat.st_mtime, stat.st_mtime_nsec), nanos(stat.st_ctime, stat.st_ctime_nsec))
}

fn nanoseconds(seconds: i64, more: i64) -> i64 {
    seconds.wrapping_mul(1_000_000_000).wrapping_add(more)
}

/// Nanoseconds since the epoch by the clock that times of files come from.
pub(crate) fn now() -> i64 {
    let now = clock_gettime(ClockId::RealtimeCoarse);
    nanoseconds(now.tv_sec, now.tv_nsec)
}
