//! The comments at the beginning that say how to read the rest: `# syntax=`, `# escape=`, `# check=`.

use crate::check::Check;
use crate::error::Wrong;

/// The names of directives. Any other comment ends them.
const NAMES: [&str; 3] = ["check", "escape", "syntax"];

/// What the directives say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directives {
    /// The frontend to read the text with, and its parameters.
    pub syntax: Option<String>,
    /// The escape character: a backslash if nothing is said.
    pub escape: char,
    /// Which build checks are wanted.
    pub check: Option<Check>,
}

impl Default for Directives {
    fn default() -> Self {
        Self { syntax: None, escape: '\\', check: None }
    }
}

/// The escape character that a directive names.
pub(crate) fn escape(value: &str) -> Result<char, Wrong> {
    match value {
        "\\" => Ok('\\'),
        "`" => Ok('`'),
        other => Err(Wrong::new(format!("invalid escape token '{other}' does not match ` or \\")).at(other)),
    }
}

/// Reads directives line by line, until there is none.
pub(crate) struct Parser {
    comment: &'static str,
    seen: Vec<&'static str>,
    done: bool,
}

impl Parser {
    /// With what begins a comment.
    pub(crate) fn new(comment: &'static str) -> Self {
        Self { comment, seen: Vec::new(), done: false }
    }

    /// The name and the value, if the line is a directive.
    pub(crate) fn line(&mut self, line: &str) -> Result<Option<(&'static str, String)>, Wrong> {
        if self.done {
            return Ok(None);
        }
        let Some((name, value)) = self.split(line) else {
            self.done = true;
            return Ok(None);
        };
        if self.seen.contains(&name) {
            return Err(Wrong::new(format!("only one {name} parser directive can be used")));
        }
        self.seen.push(name);
        Ok(Some((name, value)))
    }

    fn split(&self, line: &str) -> Option<(&'static str, String)> {
        directive(line.strip_prefix(self.comment)?.trim_start())
    }
}

/// `name = value`, if the name is that of a directive.
pub(crate) fn directive(text: &str) -> Option<(&'static str, String)> {
    let space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}');
    let (name, value) = text.split_once('=')?;
    let (name, value) = (name.trim_end_matches(space), value.trim_matches(space));
    let name = NAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name))?;
    (!value.is_empty()).then(|| (name, value.to_owned()))
}

/// The value of one directive, wherever it is among them.
pub(crate) fn find(text: &str, name: &str) -> Option<String> {
    find_with(text, name, "#")
}

fn find_with(text: &str, name: &str, comment: &'static str) -> Option<String> {
    let text = if text.starts_with("#!") { text.split_once('\n')?.1 } else { text };
    let mut parser = Parser::new(comment);
    for line in text.lines() {
        match parser.line(line) {
            Ok(Some((found, value))) if found == name => return Some(value),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return None,
        }
    }
    None
}

/// The frontend that a text of any language names: in comments of either kind, or in JSON.
#[must_use]
pub fn syntax(text: &str) -> Option<String> {
    let json = || {
        let value: serde_json::Value = serde_json::from_str(text.trim_start().strip_prefix('{').map(|_| text)?).ok()?;
        value.get("syntax")?.as_str().map(str::to_owned)
    };
    find_with(text, "syntax", "#").or_else(|| find_with(text, "syntax", "//")).or_else(json)
}
