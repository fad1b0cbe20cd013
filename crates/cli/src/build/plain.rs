//! Progress as lines, each with the number of its step: what is shown without a terminal.
//!
//! Steps run at the same time, and lines of one step are shown together. Who has the floor, and for how long, is
//! BuildKit's rule (`progressui/printer.go`).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use build_client::Status;
use words::Timestamp;

use super::bytes;
use super::trace::Trace;

/// A step that talks a lot keeps the floor at least for so long.
const FLOOR: Duration = Duration::from_secs(5);
/// A step that has waited for so long gets the floor.
const PATIENCE: Duration = Duration::from_secs(10);
/// A status is shown again after so long,
const STATUS_EVERY: Duration = Duration::from_secs(5);
/// or when it has come so far, in parts of the whole.
const STATUS_STEP: f64 = 0.05;

/// What was shown last of a status.
#[derive(Debug, Clone, Copy)]
struct Shown {
    current: i64,
    at: Timestamp,
}

/// Writes progress as lines.
#[derive(Debug)]
pub(super) struct Plain {
    /// The step that has the floor.
    current: Option<usize>,
    shown: HashMap<String, Shown>,
    numbers: usize,
    begun: bool,
    headline: String,
    /// Makes text of the daemon's harmless.
    clean: fn(&str) -> String,
}

impl Plain {
    /// Nothing is written yet. `headline` is the first line.
    pub(super) fn new(headline: String, clean: fn(&str) -> String) -> Self {
        Self { current: None, shown: HashMap::new(), numbers: 0, begun: false, headline, clean }
    }

    /// What is to be written now.
    pub(super) fn print(&mut self, trace: &mut Trace, out: &mut Vec<u8>) {
        let news: Vec<usize> = trace.news.iter().copied().filter(|index| !trace.steps[*index].hidden).collect();
        let (mut ended, open): (Vec<usize>, Vec<usize>) =
            news.into_iter().partition(|index| trace.steps[*index].completed().is_some());
        let current = self.current;
        let current_ended = current.is_some_and(|current| ended.contains(&current));
        if let Some(current) = current.filter(|_| current_ended) {
            self.step(trace, current, out);
        }
        ended.sort_by_key(|index| trace.steps[*index].completed());
        for index in ended.into_iter().filter(|index| Some(*index) != current) {
            self.step(trace, index, out);
        }
        if open.is_empty() {
            let is_open = |index: usize, trace: &Trace| {
                let step = &trace.steps[index];
                step.is_started() && step.completed().is_none() && !step.hidden
            };
            if current.is_some_and(|current| is_open(current, trace)) {
                return;
            }
            // Any that is worked on gets the floor.
            if let Some(index) = (0..trace.steps.len()).find(|index| is_open(*index, trace)) {
                self.step(trace, index, out);
            }
            return;
        }
        if let Some(current) = current.filter(|current| open.contains(current)) {
            self.step(trace, current, out);
        }
        self.pass_on(trace, open, current.filter(|_| !current_ended), out);
    }

    /// Gives the floor to another step when it is time.
    fn pass_on(&mut self, trace: &mut Trace, mut open: Vec<usize>, current: Option<usize>, out: &mut Vec<u8>) {
        if let Some(current) = current.filter(|current| !open.contains(current)) {
            open.push(current);
        }
        let now = Instant::now();
        let mut waiting = Vec::new();
        for index in open {
            let step = &trace.steps[index];
            // A status may come before its step has begun.
            let Some(since) = step.silent_since else { continue };
            let silent = now.duration_since(since);
            #[expect(clippy::cast_precision_loss, reason = "only which is larger matters")]
            let speed = step.spoken as f64 / silent.as_secs_f64().max(1e-9);
            waiting.push((index, silent, speed, silent > PATIENCE && Some(index) != current));
        }
        let total: f64 = waiting.iter().map(|(_, _, speed, _)| speed).sum();
        let next = waiting.iter().max_by(|one, other| one.3.cmp(&other.3).then(one.2.total_cmp(&other.2)));
        let Some(&(next, ..)) = next else { return };
        let Some(current) = current else { return self.step(trace, next, out) };
        if let Some((index, ..)) = waiting.iter().find(|(_, _, _, impatient)| *impatient) {
            return self.step(trace, *index, out);
        }
        let Some((_, held, speed, _)) = waiting.iter().find(|(index, ..)| *index == current) else { return };
        // The less of all talk is a step's own, the sooner it gives up the floor.
        if FLOOR.as_secs_f64() / (1.0 - speed / total) < held.as_secs_f64() {
            self.step(trace, next, out);
        }
    }

    /// Writes what is new of a step.
    fn step(&mut self, trace: &mut Trace, index: usize, out: &mut Vec<u8>) {
        if trace.steps[index].number == 0 {
            self.numbers += 1;
            trace.steps[index].number = self.numbers;
        }
        if self.current != Some(index) {
            self.turn_to(trace, index, out);
        }
        let still_open = self.statuses(trace, index, out);
        let step = &mut trace.steps[index];
        let number = step.number;
        let mut line = |words: &str| out.extend_from_slice(format!("#{number} {words}\n").as_bytes());
        for warning in &step.warnings[step.warned..] {
            line(&format!("WARN: {}", (self.clean)(&String::from_utf8_lossy(&warning.short))));
        }
        step.warned = step.warnings.len();
        self.lines(trace, index, out);
        self.current = Some(index);
        let now = trace.now();
        let step = &mut trace.steps[index];
        if step.completed().is_some() && !still_open {
            self.current = None;
            step.spoken = 0;
            if step.open_line {
                out.push(b'\n');
            }
            let end = match () {
                () if step.is_canceled() => "CANCELED".to_owned(),
                () if !step.error.is_empty() => format!("ERROR: {}", (self.clean)(&step.error)),
                () if step.cached => "CACHED".to_owned(),
                () => format!("DONE {:.1}s", step.seconds(now)),
            };
            out.extend_from_slice(format!("#{number} {end}\n").as_bytes());
        }
        trace.news.retain(|other| *other != index);
    }

    /// Gives the floor to a step.
    fn turn_to(&mut self, trace: &mut Trace, index: usize, out: &mut Vec<u8>) {
        if let Some(before) = self.current.map(|before| &mut trace.steps[before]) {
            if before.open_line {
                out.push(b'\n');
            }
            (before.shown_bytes, before.spoken) = (0, 0);
            out.extend_from_slice(format!("#{} ...\n", before.number).as_bytes());
        }
        if self.begun {
            out.push(b'\n');
        } else {
            out.extend_from_slice(format!("#0 {}\n\n", self.headline).as_bytes());
            self.begun = true;
        }
        let step = &trace.steps[index];
        out.extend_from_slice(format!("#{} {}\n", step.number, (self.clean)(&step.name)).as_bytes());
    }

    /// Writes the statuses that have come far enough; whether one of them is not done.
    fn statuses(&mut self, trace: &mut Trace, index: usize, out: &mut Vec<u8>) -> bool {
        let step = &mut trace.steps[index];
        let mut still_open = false;
        for status in step.statuses.iter().filter(|status| step.changed.contains(&status.id)) {
            if self.shown.get(&status.id).is_some_and(|shown| !is_due(status, *shown)) {
                continue;
            }
            self.shown.insert(status.id.clone(), Shown { current: status.current, at: status.timestamp });
            let mut words = (self.clean)(&status.id);
            if let Some(amount) = bytes::amount(status.current, status.total) {
                words = format!("{words} {amount}");
            }
            let end = status.completed.unwrap_or(status.timestamp);
            let took = status.started.map_or(0.0, |started| end.since(started).as_secs_f64());
            if took > 0.01 {
                words = format!("{words} {took:.1}s");
            }
            match status.completed {
                Some(_) => words.push_str(" done"),
                None => still_open = true,
            }
            out.extend_from_slice(format!("#{} {words}\n", step.number).as_bytes());
        }
        step.changed.clear();
        still_open
    }

    fn lines(&mut self, trace: &mut Trace, index: usize, out: &mut Vec<u8>) {
        let lines = trace.take_lines(index);
        let step = &mut trace.steps[index];
        let (count, open) = (lines.len(), step.open_line);
        for (place, line) in lines.iter().enumerate() {
            let shown = if place == 0 { step.shown_bytes } else { 0 };
            if shown == 0 {
                out.extend_from_slice(format!("#{} ", step.number).as_bytes());
            }
            out.extend_from_slice(line.get(shown..).unwrap_or_default());
            if place + 1 != count || !open {
                out.push(b'\n');
            }
        }
        if count > 0 {
            step.shown_bytes = if open { lines.last().map_or(0, Vec::len) } else { 0 };
        }
    }
}

/// Whether a status has come so far, or it is so long ago, that it is shown again.
fn is_due(status: &Status, shown: Shown) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "only a rough part matters")]
    let part = match status.total {
        1.. => status.current.saturating_sub(shown.current) as f64 / status.total as f64,
        _ => 0.0,
    };
    status.completed.is_some() || part >= STATUS_STEP || status.timestamp.since(shown.at) >= STATUS_EVERY
}
