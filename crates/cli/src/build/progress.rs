//! Showing how a build goes, on standard error.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use build_client::{Update, Warning};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::live::Live;
use super::plain::Plain;
use super::trace::Trace;
use crate::error::Failure;
use crate::terminal;
use crate::units::printable;

/// The picture is drawn anew when nothing has come for so long,
const TICK: Duration = Duration::from_millis(150);
/// and not sooner after the one before.
const REST: Duration = Duration::from_millis(100);
/// Lines and columns of a terminal that doesn't tell.
const SIZE: (usize, usize) = (10, 80);
/// What builds, in BuildKit's client's words for the daemon's own builder.
const HEADLINE: &str = "building with \"default\" instance using docker driver";
const CORNER: &str = "docker:default";

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Lines.
    Plain,
    /// A picture that is written over.
    Live,
    /// Not at all.
    Quiet,
    /// Every update as a line of JSON.
    Raw,
}

impl Mode {
    /// What `--progress` says.
    pub(super) fn parse(text: &str, quiet: bool) -> Result<Self, Failure> {
        let terminal = io::stderr().is_terminal();
        if quiet || text == "quiet" {
            return match text {
                "auto" | "quiet" | "none" => Ok(Self::Quiet),
                other => Err(Failure::new(format!("progress={other} and quiet cannot be used together"))),
            };
        }
        let variable = std::env::var("BUILDKIT_PROGRESS").ok().filter(|value| !value.is_empty());
        let text = variable.as_deref().filter(|_| text == "auto").unwrap_or(text);
        match text {
            "none" | "quiet" => Ok(Self::Quiet),
            "auto" | "" if terminal => Ok(Self::Live),
            "auto" | "" | "plain" => Ok(Self::Plain),
            "tty" if terminal => Ok(Self::Live),
            "tty" => Err(Failure::new("failed to get console: provided file is not a console")),
            "rawjson" => Ok(Self::Raw),
            other => Err(Failure::new(format!("invalid progress mode {other}"))),
        }
    }
}

/// Shows updates until there are no more, and gives the warnings that were among them. A thread of its own writes, so
/// that a reader who is slow holds up nothing else for long.
pub(super) fn show(mode: Mode, mut updates: mpsc::Receiver<Update>) -> JoinHandle<Vec<Warning>> {
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut shower = Shower::new(mode);
        let mut warnings: Vec<Warning> = Vec::new();
        loop {
            match handle.block_on(timeout(TICK, updates.recv())) {
                Ok(Some(update)) => {
                    for warning in &update.warnings {
                        if !warnings.iter().any(|known| same(known, warning)) {
                            warnings.push(warning.clone());
                        }
                    }
                    shower.update(update);
                }
                Ok(None) => break,
                Err(_) => shower.refresh(),
            }
        }
        shower.finish();
        if matches!(mode, Mode::Plain | Mode::Live) {
            write(list(&warnings).as_bytes());
        }
        warnings
    })
}

/// Whether two warnings are one that two steps tell.
fn same(one: &Warning, other: &Warning) -> bool {
    let place = |warning: &Warning| Warning { vertex: String::new(), ..warning.clone() };
    place(one) == place(other)
}

/// Text of the daemon's as it is written to standard error.
pub(super) fn clean(text: &str) -> String {
    if io::stderr().is_terminal() { printable(text) } else { text.to_owned() }
}

/// Writes to standard error. When nobody reads that, there is nobody to tell.
fn write(bytes: &[u8]) {
    let mut out = io::stderr().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// The warnings, one a line.
fn list(warnings: &[Warning]) -> String {
    let count = match warnings.len() {
        0 => return String::new(),
        1 => "1 warning found".to_owned(),
        count => format!("{count} warnings found"),
    };
    let mut text = format!("\n \x1b[33m{count} (use --check to expand):\n\x1b[0m");
    if !is_coloured() {
        text = format!("\n {count} (use --check to expand):\n");
    }
    for warning in warnings {
        text.push_str(&format!(" - {}\n", clean(&String::from_utf8_lossy(&warning.short))));
    }
    text
}

fn is_coloured() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[derive(Debug)]
struct Shower {
    trace: Trace,
    kind: Kind,
    last: Option<Instant>,
}

#[derive(Debug)]
enum Kind {
    Plain(Plain),
    Live(Live),
    Raw,
    Quiet,
}

impl Shower {
    fn new(mode: Mode) -> Self {
        let kind = match mode {
            Mode::Plain => Kind::Plain(Plain::new(HEADLINE.into(), clean)),
            Mode::Live => Kind::Live(Live::new(CORNER.into(), is_coloured())),
            Mode::Raw => Kind::Raw,
            Mode::Quiet => Kind::Quiet,
        };
        let columns = matches!(kind, Kind::Live(_)).then(|| size().1);
        Self { trace: Trace::new(columns), kind, last: None }
    }

    fn update(&mut self, update: Update) {
        match &self.kind {
            Kind::Raw => return write(raw(&update).as_bytes()),
            Kind::Quiet => return,
            Kind::Live(_) => self.trace.resize(size().1),
            Kind::Plain(_) => {}
        }
        self.trace.update(update);
        if self.last.is_none_or(|last| last.elapsed() >= REST) {
            self.last = Some(Instant::now());
            self.refresh();
        }
    }

    fn refresh(&mut self) {
        self.show(false);
    }

    fn finish(&mut self) {
        self.show(true);
        if matches!(self.kind, Kind::Plain(_) | Kind::Live(_)) {
            write(&self.trace.failures(clean));
        }
    }

    fn show(&mut self, last: bool) {
        match &mut self.kind {
            Kind::Plain(plain) => {
                let mut out = Vec::new();
                plain.print(&mut self.trace, &mut out);
                if !out.is_empty() {
                    write(&out);
                }
            }
            Kind::Live(live) => write(live.draw(&mut self.trace, size(), last).as_bytes()),
            Kind::Raw | Kind::Quiet => {}
        }
    }
}

fn size() -> (usize, usize) {
    terminal::error_size().map_or(SIZE, |(lines, columns)| (lines.into(), columns.into()))
}

/// An update as Go's `encoding/json` writes it.
fn raw(update: &Update) -> String {
    let text = serde_json::to_string(update).unwrap_or_default();
    let mut escaped = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => escaped.push(other),
        }
    }
    escaped.push('\n');
    escaped
}
