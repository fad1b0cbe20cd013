//! Progress as the daemon tells it: lines, and on a terminal a line a layer that is written over.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};

use client::JsonStream;
use serde::Deserialize;

use crate::error::Failure;
use crate::json::Json;
use crate::terminal;
use crate::units::{printable, size};

/// One message of progress.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Message {
    stream: String,
    status: String,
    id: String,
    progress: String,
    progress_detail: Option<Detail>,
    error: String,
    error_detail: Option<ErrorDetail>,
    aux: Option<Json>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Detail {
    current: i64,
    total: i64,
    units: String,
    hidecounts: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ErrorDetail {
    message: String,
}

/// Where progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    Stdout,
    Stderr,
    /// Only failures matter.
    Nowhere,
}

/// Shows the messages of a stream until its end.
pub(crate) async fn show(mut stream: JsonStream<'_>, to: To) -> Result<Vec<Json>, Failure> {
    let (terminal, mut out): (bool, Box<dyn Write + Send>) = match to {
        To::Stdout => (io::stdout().is_terminal(), Box::new(io::stdout())),
        To::Stderr => (io::stderr().is_terminal(), Box::new(io::stderr())),
        To::Nowhere => (false, Box::new(io::sink())),
    };
    let mut screen = Screen { terminal, columns: columns(), lines: HashMap::new() };
    let mut extras = Vec::new();
    while let Some(message) = stream.next::<Message>().await? {
        let failed = match &message.error_detail {
            Some(detail) if !detail.message.is_empty() => detail.message.clone(),
            _ => message.error.clone(),
        };
        if !failed.is_empty() {
            return Err(Failure::new(failed));
        }
        if let Some(extra) = message.aux {
            extras.push(extra);
            continue;
        }
        out.write_all(screen.shown(&message).as_bytes())?;
        out.flush()?;
    }
    Ok(extras)
}

fn columns() -> usize {
    terminal::size().map_or(200, |(_, columns)| usize::from(columns))
}

struct Screen {
    terminal: bool,
    columns: usize,
    /// Which line belongs to which id, counted from where the row of lines begins.
    lines: HashMap<String, usize>,
}

impl Screen {
    /// What to write for a message. Source: Docker's `jsonmessage.DisplayJSONMessagesStream`.
    fn shown(&mut self, message: &Message) -> String {
        let mut text = String::new();
        let mut up = 0;
        if !message.id.is_empty() && (message.progress_detail.is_some() || !message.progress.is_empty()) {
            let next = self.lines.len();
            let line = *self.lines.entry(message.id.clone()).or_insert_with(|| {
                if self.terminal {
                    text.push('\n');
                }
                next
            });
            up = self.lines.len() - line;
            if self.terminal {
                text.push_str(&format!("\x1b[{up}A"));
            }
        } else {
            // The rows above can no longer be counted.
            self.lines.clear();
        }
        let bar = message.progress_detail.as_ref().map(|detail| bar(detail, self.columns));
        let mut end = "";
        if self.terminal && message.stream.is_empty() && bar.is_some() {
            text.push_str("\x1b[2K\r");
            end = "\r";
        } else if bar.as_ref().is_some_and(|bar| !bar.is_empty()) {
            // Without a terminal only the steps are told, not the bytes.
            return text;
        }
        let clean = |words: &str| if self.terminal { printable(words) } else { words.to_owned() };
        if !message.id.is_empty() {
            text.push_str(&format!("{}: ", clean(&message.id)));
        }
        let status = clean(&message.status);
        match bar {
            Some(bar) if self.terminal => text.push_str(&format!("{status} {bar}{end}")),
            _ if !message.progress.is_empty() => text.push_str(&format!("{status} {}{end}", clean(&message.progress))),
            _ if !message.stream.is_empty() => text.push_str(&format!("{}{end}", clean(&message.stream))),
            _ => text.push_str(&format!("{status}{end}\n")),
        }
        if self.terminal && up > 0 {
            text.push_str(&format!("\x1b[{up}B"));
        }
        text
    }
}

/// `[====>    ]  1.2MB/3.4MB`; empty when nothing is counted.
fn bar(detail: &Detail, columns: usize) -> String {
    let Detail { current, total, ref units, hidecounts } = *detail;
    if current <= 0 && total <= 0 {
        return String::new();
    }
    let bytes = units.is_empty();
    if total <= 0 {
        return if bytes { format!("{:>8}", size(current)) } else { format!("{current} {units}") };
    }
    let done = usize::try_from((i128::from(current) * 50 / i128::from(total)).clamp(0, 50)).unwrap_or(0);
    let mut text = String::new();
    if columns > 110 {
        text = format!("[{}>{}] ", "=".repeat(done), " ".repeat(50 - done));
    }
    text + &match (hidecounts, bytes) {
        (true, _) => String::new(),
        (false, true) if current > total => format!("{:>8}", size(current)),
        (false, true) => format!("{:>8}/{}", size(current), size(total)),
        (false, false) if current > total => format!("{current} {units}"),
        (false, false) => format!("{current}/{total} {units}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(terminal: bool) -> String {
        let mut screen = Screen { terminal, columns: 120, lines: HashMap::new() };
        [
            r#"{"status":"Pulling from library/x","id":"latest"}"#,
            r#"{"status":"Pulling fs layer","progressDetail":{},"id":"aa"}"#,
            r#"{"status":"Pulling fs layer","progressDetail":{},"id":"bb"}"#,
            r#"{"status":"Downloading","progressDetail":{"current":500,"total":1000},"id":"aa"}"#,
            r#"{"status":"Pull complete","progressDetail":{},"id":"aa"}"#,
            r#"{"status":"Status: done"}"#,
        ]
        .iter()
        .map(|text| screen.shown(&serde_json::from_str(text).unwrap()))
        .collect()
    }

    #[test]
    fn steps_are_lines_without_a_terminal() {
        let wanted = "latest: Pulling from library/x\naa: Pulling fs layer\nbb: Pulling fs layer\naa: Pull complete\nStatus: done\n";
        assert_eq!(shown(false), wanted);
    }

    #[test]
    fn lines_are_written_over_on_a_terminal() {
        let bar = format!("[{}>{}]     500B/1kB", "=".repeat(25), " ".repeat(25));
        let wanted = format!(
            "latest: Pulling from library/x\n\
             \n\x1b[1A\x1b[2K\raa: Pulling fs layer \r\x1b[1B\
             \n\x1b[1A\x1b[2K\rbb: Pulling fs layer \r\x1b[1B\
             \x1b[2A\x1b[2K\raa: Downloading {bar}\r\x1b[2B\
             \x1b[2A\x1b[2K\raa: Pull complete \r\x1b[2B\
             Status: done\n"
        );
        assert_eq!(shown(true), wanted);
    }
}
