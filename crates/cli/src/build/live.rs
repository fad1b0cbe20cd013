//! Progress that is written over: what is shown on a terminal.
//!
//! The picture is BuildKit's (`progressui/display.go`): a head, a line a step and a line for what goes on within it,
//! and the last lines of what steps write that run.

use std::fmt::Write;

use super::bytes;
use super::screen::LINES_MIN;
use super::trace::{Step, Trace};
use crate::units::printable;

/// A timer shows nothing for less than this, in seconds.
const SOON: f64 = 0.05;
/// Fewest columns that a line needs.
const COLUMNS_MIN: usize = 12;

/// How a line is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colour {
    Done,
    Canceled,
    Failed,
}

impl Colour {
    fn sequence(self) -> &'static str {
        match self {
            Self::Done => "\x1b[34m",
            Self::Canceled => "\x1b[33m",
            Self::Failed => "\x1b[31m",
        }
    }
}

/// Draws progress on a terminal.
#[derive(Debug)]
pub(super) struct Live {
    /// Right end of the head.
    corner: String,
    coloured: bool,
    /// Lines below the head that were drawn last.
    drawn: usize,
    begun: bool,
}

/// A line of the picture.
#[derive(Debug, Clone)]
struct Line {
    name: String,
    status: Option<String>,
    /// Nothing is shown before it has begun.
    seconds: Option<f64>,
    done: bool,
    colour: Colour,
    /// Whose output is shown below.
    step: Option<usize>,
    screen: bool,
}

impl Live {
    /// Nothing is drawn yet.
    pub(super) fn new(corner: String, coloured: bool) -> Self {
        Self { corner, coloured, drawn: 0, begun: false }
    }

    /// Draws the picture over the one before, on a terminal of so many lines and columns. `all`: for the last time,
    /// and wholly, however long it is.
    pub(super) fn draw(&mut self, trace: &mut Trace, (height, width): (usize, usize), all: bool) -> String {
        let lines = arrange(trace, lines(trace), height, all);
        let mut out = "\x1b[1A".repeat(self.drawn + 1);
        if !self.begun {
            out.push_str("\x1b[1B");
            self.begun = true;
        }
        out.push_str("\x1b[0G\x1b[?25l");
        let (ended, total) = trace.count();
        let end = if ended > 0 && ended == total && all { "FINISHED" } else { "" };
        let now = trace.now();
        let seconds = trace.started.map_or(0.0, |started| now.since(started).as_secs_f64());
        let head = format!("[+] Building {seconds:.1}s ({ended}/{total}) {end}");
        let head = aligned(&head, &self.corner, width.saturating_sub(1));
        out.push_str(cut(&head, width));
        out.push('\n');
        let mut drawn = 0;
        for line in lines {
            drawn += self.line(trace, &line, width, &mut out);
        }
        // What was drawn below is wiped.
        if let Some(below) = self.drawn.checked_sub(drawn).filter(|below| *below > 0) {
            for _ in 0..below {
                let _ = writeln!(out, "{:width$}", "");
            }
            let _ = write!(out, "\x1b[{below}A\x1b[0G");
        }
        self.drawn = drawn;
        out.push_str("\x1b[?25h");
        out
    }

    /// Draws a line and what is below it; how many lines that are.
    fn line(&self, trace: &mut Trace, line: &Line, width: usize, out: &mut String) -> usize {
        let Some(seconds) = line.seconds else { return 0 };
        let timer = format!(" {:3.1}s\n", if seconds < SOON { 0.0 } else { seconds });
        let prefix = " => ";
        let Some(mut left) = width.checked_sub(prefix.len() + timer.len() + 1) else { return 0 };
        let status = line.status.as_ref().filter(|status| left + status.len() > 20);
        if let Some(status) = status {
            left = left.saturating_sub(status.len() + 1);
        }
        if left < COLUMNS_MIN {
            return 0;
        }
        let mut text = format!("{prefix}{}", cut(&line.name, left));
        if let Some(status) = status {
            let _ = write!(text, " {status}");
        }
        let text = aligned(&text, &timer, width);
        match line.done && self.coloured {
            true => {
                let _ = write!(out, "{}{text}\x1b[0m", line.colour.sequence());
            }
            false => out.push_str(&text),
        }
        let mut drawn = 1;
        if let Some(step) = line.step.filter(|_| line.screen).map(|index| &mut trace.steps[index])
            && let Some(screen) = &mut step.screen
        {
            screen.fit(width);
            for words in screen.lines() {
                let _ = write!(out, "\x1b[2m => => # {words}\n\x1b[0m");
                drawn += 1;
            }
            step.screen_shown += 1;
        }
        drawn
    }
}

/// A name in one line, with nothing in it that moves the cursor.
fn in_one_line(text: &str) -> String {
    printable(&text.replace('\t', " ")).replace('\n', "\\n")
}

/// All lines, in the order in which the steps began.
fn lines(trace: &Trace) -> Vec<Line> {
    let now = trace.now();
    let mut lines = Vec::new();
    for &index in &trace.begun {
        let step = &trace.steps[index];
        lines.push(step_line(index, step, now));
        for status in &step.statuses {
            let seconds = status.started.map(|started| status.completed.unwrap_or(now).since(started).as_secs_f64());
            lines.push(Line {
                name: format!("=> {}", in_one_line(&status.id)),
                status: bytes::amount(status.current, status.total),
                seconds,
                done: status.completed.is_some(),
                colour: Colour::Done,
                step: None,
                screen: false,
            });
        }
        for warning in &step.warnings {
            lines.push(Line {
                name: in_one_line(&format!("WARN: {}", String::from_utf8_lossy(&warning.short))),
                status: None,
                seconds: Some(
                    step.merged.last().map_or(0.0, |last| last.stop.unwrap_or(now).since(last.start).as_secs_f64()),
                ),
                done: false,
                colour: Colour::Canceled,
                step: None,
                screen: false,
            });
        }
    }
    lines
}

fn step_line(index: usize, step: &Step, now: words::Timestamp) -> Line {
    let (mark, colour) = match () {
        () if step.error.is_empty() => ("", Colour::Done),
        () if step.is_canceled() => ("CANCELED ", Colour::Canceled),
        () => ("ERROR ", Colour::Failed),
    };
    let cached = if step.cached { "CACHED " } else { "" };
    Line {
        name: format!("{cached}{mark}{}", in_one_line(&step.name)),
        status: None,
        seconds: step.is_started().then(|| step.seconds(now)),
        done: step.is_idle(),
        colour,
        step: Some(index),
        screen: false,
    }
}

/// Chooses whose output is shown and which lines have room.
fn arrange(trace: &Trace, mut lines: Vec<Line>, height: usize, all: bool) -> Vec<Line> {
    let talk = |line: &Line| {
        line.step.map_or(0, |index| {
            let step = &trace.steps[index];
            // Who was shown before is shown again.
            if step.screen_bytes == 0 { 0 } else { step.screen_bytes + step.screen_shown * 50 }
        })
    };
    let mut talking: Vec<usize> = (0..lines.len()).filter(|at| !lines[*at].done && talk(&lines[*at]) > 0).collect();
    talking.sort_by_key(|at| std::cmp::Reverse(talk(&lines[*at])));
    let open = lines.iter().filter(|line| !line.done).count();
    let room = LINES_MIN + 3;
    let mut free = height.saturating_sub(2).saturating_sub(open);
    let mut hidden = 0;
    for at in talking {
        if free <= room {
            break;
        }
        lines[at].screen = true;
        let screen = lines[at].step.and_then(|index| trace.steps[index].screen.as_ref());
        hidden += screen.map_or(0, |screen| screen.lines().count());
        free -= room;
    }
    if all { lines } else { fitted(lines, height.saturating_sub(2).saturating_sub(hidden)) }
}

/// The last lines; those above that are not done take the places of some that are.
fn fitted(lines: Vec<Line>, limit: usize) -> Vec<Line> {
    let Some(above) = lines.len().checked_sub(limit).filter(|above| *above > 0) else { return lines };
    let mut lines = lines;
    let shown = lines.split_off(above);
    let open: Vec<Line> = lines.into_iter().filter(|line| !line.done).collect();
    if open.is_empty() {
        return shown;
    }
    // Done ones give way, the uppermost first.
    let mut wanted = open.len();
    let kept: Vec<Line> = shown
        .into_iter()
        .filter(|line| {
            let gives_way = line.done && wanted > 0;
            wanted = wanted.saturating_sub(1);
            !gives_way
        })
        .collect();
    let places = limit.saturating_sub(kept.len()).min(open.len());
    open[open.len() - places..].iter().cloned().chain(kept).collect()
}

/// Text at the left and at the right end of a line of so many columns.
fn aligned(left: &str, right: &str, width: usize) -> String {
    let room = width.saturating_sub(right.len() + 1);
    format!("{left:<room$} {right}")
}

/// No more than so many bytes of a text, in whole characters.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}
