//! What is known of a build: its steps, what goes on within them and what they wrote, from what the daemon tells.
//!
//! Which step is counted, when it is shown and how long it took follows BuildKit's `progressui`, so that both clients
//! say the same of one build.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Instant;

use build_client::{Log, Status, Update, Vertex, Warning};
use words::Timestamp;

use super::screen::Screen;

/// Lines of a step's output that are shown again when it fails, without a terminal.
const LAST_LINES: usize = 10;
/// Most bytes of a step's output that are kept to be shown again on a terminal. A daemon clips it long before.
const KEPT_BYTES: usize = 4 << 20;
/// How errors end that are no failures but the end of a build that was given up.
const CANCELED: &str = "context canceled";

/// A time in which a step was worked on; without an end it still is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) start: Timestamp,
    pub(super) stop: Option<Timestamp>,
}

impl Interval {
    /// Seconds of it until `now`, which is a moment of the daemon's clock.
    fn seconds(self, now: Timestamp) -> f64 {
        self.stop.unwrap_or(now).since(self.start).as_secs_f64()
    }
}

/// A step.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) error: String,
    pub(super) cached: bool,
    /// Its number, once it was shown without a terminal.
    pub(super) number: usize,
    intervals: BTreeMap<i128, Interval>,
    /// Those intervals, without overlaps.
    pub(super) merged: Vec<Interval>,
    /// What goes on within it, in the order in which it began.
    pub(super) statuses: Vec<Status>,
    /// Statuses that are known and have not begun.
    waiting: Vec<Status>,
    /// The statuses that have changed since they were shown.
    pub(super) changed: BTreeSet<String>,
    pub(super) warnings: Vec<Warning>,
    pub(super) warned: usize,
    /// Lines of output that are to be shown, each with its time before it.
    pub(super) lines: Vec<Vec<u8>>,
    /// The last of them has not ended.
    pub(super) open_line: bool,
    /// How much of the first of them was shown already.
    pub(super) shown_bytes: usize,
    /// Lines for the case that it fails.
    pub(super) kept: VecDeque<Vec<u8>>,
    kept_bytes: usize,
    /// When it was last given the floor, and how much it had to say since.
    pub(super) silent_since: Option<Instant>,
    pub(super) spoken: usize,
    /// What its output shows on a terminal.
    pub(super) screen: Option<Screen>,
    pub(super) screen_bytes: usize,
    pub(super) screen_shown: usize,
    /// What was last told of it.
    told: Option<Vertex>,
    /// It is a group, of these steps.
    members: Option<BTreeMap<String, Vertex>>,
    /// It is a group that need not be seen yet.
    pub(super) hidden: bool,
}

impl Step {
    pub(super) fn is_started(&self) -> bool {
        !self.merged.is_empty()
    }

    pub(super) fn completed(&self) -> Option<Timestamp> {
        self.merged.last().and_then(|interval| interval.stop)
    }

    pub(super) fn is_canceled(&self) -> bool {
        self.error.ends_with(CANCELED)
    }

    /// Whether it is no longer worked on, by each of its times for itself.
    pub(super) fn is_idle(&self) -> bool {
        self.intervals.values().all(|interval| interval.stop.is_some())
    }

    /// How long it was worked on, in seconds.
    pub(super) fn seconds(&self, now: Timestamp) -> f64 {
        self.merged.iter().map(|interval| interval.seconds(now)).sum()
    }

    fn speak(&mut self) {
        if self.spoken == 0 {
            self.silent_since = Some(Instant::now());
        }
        self.spoken += 1;
    }

    fn add_interval(&mut self, vertex: &Vertex) {
        if let Some(start) = vertex.started {
            self.intervals.insert(start.nanos(), Interval { start, stop: vertex.completed });
            self.merged = merged(self.intervals.values().copied());
        }
    }

    /// Keeps a line for the case that the step fails.
    fn keep(&mut self, line: &[u8], most: usize) {
        self.kept_bytes += line.len();
        self.kept.push_back(line.to_vec());
        while self.kept.len() > most || self.kept_bytes > KEPT_BYTES {
            let Some(gone) = self.kept.pop_front() else { break };
            self.kept_bytes -= gone.len();
        }
    }

    /// The group as its steps make it. Whether it has changed, and whether it was seen for the first time.
    fn regroup(&mut self) -> (bool, bool) {
        let Some(members) = self.members.take() else { return (false, false) };
        let (mut changed, was_hidden) = (false, self.hidden);
        let (mut cached, mut error) = (true, self.error.clone());
        for member in members.values() {
            if let Some(start) = member.started {
                let interval = Interval { start, stop: member.completed };
                changed |= self.intervals.insert(start.nanos(), interval) != Some(interval);
                if member.group.as_ref().is_none_or(|group| !group.weak) {
                    self.hidden = false;
                }
            }
            cached &= member.cached;
            if error.is_empty() {
                error.clone_from(&member.error);
            } else {
                self.hidden = false;
            }
        }
        changed |= cached != self.cached || error != self.error;
        (self.cached, self.error) = (cached, error);
        self.merged = merged(self.intervals.values().copied());
        self.members = Some(members);
        let revealed = was_hidden && !self.hidden;
        (changed || revealed, revealed)
    }
}

/// Intervals in their order, those that overlap as one.
fn merged(sorted: impl Iterator<Item = Interval>) -> Vec<Interval> {
    let mut merged: Vec<Interval> = Vec::new();
    for next in sorted {
        match merged.last_mut() {
            Some(Interval { stop: None, .. }) => break,
            Some(last) if last.stop.is_some_and(|stop| stop >= next.start) => {
                last.stop = next.stop.map(|stop| last.stop.map_or(stop, |last| last.max(stop)));
            }
            _ => merged.push(next),
        }
    }
    merged
}

/// Everything that is known of a build.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) steps: Vec<Step>,
    /// Where a digest's step is; the digest of a step in a group leads to the group.
    by_digest: HashMap<String, usize>,
    /// Where a group is, by its id.
    groups: HashMap<String, usize>,
    /// The steps that have begun, in that order.
    pub(super) begun: Vec<usize>,
    /// The steps of which something new is to be shown, in the order in which it came.
    pub(super) news: Vec<usize>,
    /// When the build began, by the daemon's clock.
    pub(super) started: Option<Timestamp>,
    /// How far the clock here is ahead of the daemon's, in nanoseconds.
    ahead: Option<i128>,
    /// Output is shown on a terminal of so many columns.
    columns: Option<usize>,
}

impl Trace {
    /// Nothing is known yet. With `columns`, steps have a screen of so many less some.
    pub(super) fn new(columns: Option<usize>) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Now, by the daemon's clock.
    pub(super) fn now(&self) -> Timestamp {
        let here = Timestamp::now();
        Timestamp::from_nanos(here.nanos() - self.ahead.unwrap_or(0)).unwrap_or(here)
    }

    /// The terminal has so many columns now.
    pub(super) fn resize(&mut self, columns: usize) {
        self.columns = self.columns.map(|_| columns);
    }

    fn step(&mut self, digest: &str) -> usize {
        if let Some(index) = self.by_digest.get(digest) {
            return *index;
        }
        let screen = self.columns.map(Screen::below);
        self.steps.push(Step { screen, ..Step::default() });
        self.by_digest.insert(digest.to_owned(), self.steps.len() - 1);
        self.steps.len() - 1
    }

    fn has_news(&mut self, index: usize) {
        if !self.news.contains(&index) {
            self.news.push(index);
        }
    }

    /// Takes in what has changed.
    pub(super) fn update(&mut self, update: Update) {
        let mut groups = Vec::new();
        for vertex in update.vertexes {
            self.started = self.started.or(vertex.started);
            if let Some(started) = vertex.started {
                self.ahead.get_or_insert_with(|| Timestamp::now().nanos() - started.nanos());
            }
            match vertex.group.clone() {
                Some(group) => {
                    let index = self.group(&group.id, &group.name, vertex);
                    if !groups.contains(&index) {
                        groups.push(index);
                    }
                }
                None => self.vertex(vertex),
            }
        }
        for index in groups {
            let (changed, revealed) = self.steps[index].regroup();
            if self.steps[index].hidden {
                continue;
            }
            if revealed {
                self.begun.push(index);
            }
            if changed {
                self.steps[index].speak();
                self.has_news(index);
            }
        }
        update.statuses.into_iter().for_each(|status| self.status(status));
        for warning in update.warnings {
            if let Some(&index) = self.by_digest.get(&warning.vertex) {
                self.steps[index].warnings.push(warning);
                self.steps[index].speak();
            }
        }
        update.logs.into_iter().for_each(|log| self.log(&log));
    }

    fn group(&mut self, id: &str, name: &str, vertex: Vertex) -> usize {
        let index = match self.groups.get(id) {
            Some(index) => *index,
            None => {
                let index = self.step(id);
                let step = &mut self.steps[index];
                name.clone_into(&mut step.name);
                (step.hidden, step.members) = (true, Some(BTreeMap::new()));
                self.groups.insert(id.to_owned(), index);
                index
            }
        };
        self.by_digest.insert(vertex.digest.clone(), index);
        if let Some(members) = &mut self.steps[index].members {
            members.insert(vertex.digest.clone(), vertex);
        }
        index
    }

    fn vertex(&mut self, vertex: Vertex) {
        let index = self.step(&vertex.digest);
        let step = &mut self.steps[index];
        let began_before = step.is_started();
        if vertex.started.is_some() {
            let changed = step.told.as_ref().is_none_or(|told| {
                vertex.name != told.name
                    || vertex.started != told.started
                    || (vertex.completed != told.completed && vertex.completed.is_some())
                    || vertex.cached != told.cached
                    || vertex.error != told.error
            });
            if changed {
                step.speak();
            }
            step.told = Some(vertex.clone());
            if changed {
                self.has_news(index);
            }
            if !began_before {
                self.begun.push(index);
            }
        }
        let step = &mut self.steps[index];
        // That a step is known is told again sometimes, after it has begun.
        if !began_before || vertex.started.is_some() {
            step.name.clone_from(&vertex.name);
            step.error.clone_from(&vertex.error);
            step.cached = vertex.cached;
        }
        step.add_interval(&vertex);
    }

    fn status(&mut self, status: Status) {
        let Some(&index) = self.by_digest.get(&status.vertex) else { return };
        let step = &mut self.steps[index];
        step.changed.insert(status.id.clone());
        if let Some(known) = step.statuses.iter_mut().find(|known| known.id == status.id) {
            *known = status;
        } else {
            step.waiting.retain(|known| known.id != status.id);
            let begun = status.started.is_some();
            if begun { &mut step.statuses } else { &mut step.waiting }.push(status);
        }
        step.speak();
        self.has_news(index);
    }

    fn log(&mut self, log: &Log) {
        let Some(&index) = self.by_digest.get(&log.vertex).filter(|_| !log.data.is_empty()) else { return };
        let step = &mut self.steps[index];
        let live = step.screen.is_some();
        if let (Some(screen), Some(columns)) = (&mut step.screen, self.columns) {
            screen.fit(columns);
            step.screen_bytes += log.data.len();
            screen.write(&log.data);
        }
        let seconds = step.merged.last().map_or(0.0, |interval| log.timestamp.since(interval.start).as_secs_f64());
        let mut pieces = log.data.split(|byte| *byte == b'\n').peekable();
        let mut continued = step.open_line;
        while let Some(piece) = pieces.next() {
            let ended = pieces.peek().is_some();
            if !ended && piece.is_empty() {
                step.open_line = false;
                break;
            }
            match step.lines.last_mut() {
                Some(line) if continued => line.extend_from_slice(piece),
                _ => {
                    let mut line = format!("{seconds:.0$} ", precision(seconds)).into_bytes();
                    line.extend_from_slice(piece);
                    step.lines.push(line);
                }
            }
            (continued, step.open_line) = (false, !ended);
        }
        if live {
            let open = if step.open_line { step.lines.pop() } else { None };
            for line in std::mem::take(&mut step.lines) {
                step.keep(&line, usize::MAX);
            }
            step.lines.extend(open);
        }
        step.speak();
        self.has_news(index);
    }

    /// Takes a step's lines out to show them; those that have ended are kept for the case that it fails.
    pub(super) fn take_lines(&mut self, index: usize) -> Vec<Vec<u8>> {
        let step = &mut self.steps[index];
        let lines = std::mem::take(&mut step.lines);
        let ended = lines.len() - usize::from(step.open_line && !lines.is_empty());
        for line in &lines[..ended] {
            step.keep(line, LAST_LINES);
        }
        if let Some(open) = lines.get(ended) {
            step.lines.push(open.clone());
        }
        lines
    }

    /// The output of the steps that failed, as it is shown at the end.
    pub(super) fn failures(&self, clean: impl Fn(&str) -> String) -> Vec<u8> {
        let mut text = Vec::new();
        for step in self.begun.iter().map(|index| &self.steps[*index]) {
            if step.error.is_empty() || step.is_canceled() {
                continue;
            }
            text.extend_from_slice(format!("------\n > {}:\n", clean(&step.name)).as_bytes());
            // A line that was never ended comes last.
            for line in step.kept.iter().chain(&step.lines) {
                text.extend_from_slice(line);
                text.push(b'\n');
            }
            text.extend_from_slice(b"------\n");
        }
        text
    }

    /// How many steps have ended, and how many there are.
    pub(super) fn count(&self) -> (usize, usize) {
        let seen = self.steps.iter().filter(|step| !step.hidden);
        (seen.clone().filter(|step| step.completed().is_some()).count(), seen.count())
    }
}

/// Digits behind the point of a line's time.
fn precision(seconds: f64) -> usize {
    match seconds {
        0.0..10.0 => 3,
        10.0..100.0 => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i128) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000).unwrap()
    }

    #[test]
    fn intervals_that_overlap_are_one() {
        let interval = |start, stop: Option<i128>| Interval { start: at(start), stop: stop.map(at) };
        for (given, wanted) in [
            (vec![interval(1, Some(2)), interval(3, Some(4))], vec![interval(1, Some(2)), interval(3, Some(4))]),
            (vec![interval(1, Some(3)), interval(2, Some(4))], vec![interval(1, Some(4))]),
            (vec![interval(1, Some(9)), interval(2, Some(4))], vec![interval(1, Some(9))]),
            (vec![interval(1, Some(3)), interval(2, None), interval(5, Some(6))], vec![interval(1, None)]),
            (vec![interval(1, None), interval(2, Some(4))], vec![interval(1, None)]),
        ] {
            assert_eq!(merged(given.into_iter()), wanted);
        }
    }

    #[test]
    fn lines_are_joined() {
        let mut trace = Trace::new(None);
        let vertex = Vertex { digest: "a".into(), started: Some(at(1)), ..Vertex::default() };
        trace.update(Update { vertexes: vec![vertex], ..Update::default() });
        let log = |data: &[u8]| Log { vertex: "a".into(), stream: 1, data: data.to_vec(), timestamp: at(2) };
        trace.update(Update { logs: vec![log(b"a\nb"), log(b"c"), log(b"d\n"), log(b"\n")], ..Update::default() });
        assert_eq!(trace.take_lines(0), [&b"1.000 a"[..], b"1.000 bcd", b"1.000 "]);
        trace.update(Update { logs: vec![log(b"x")], ..Update::default() });
        assert_eq!(trace.take_lines(0), [&b"1.000 x"[..]]);
        assert_eq!(trace.steps[0].lines, [&b"1.000 x"[..]]);
        assert!(trace.steps[0].open_line);
    }
}
