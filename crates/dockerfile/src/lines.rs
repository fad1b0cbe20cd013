//! Physical lines to logical ones: comments, continued lines, here-documents, directives.

use crate::check::Check;
use crate::directives::{self, Directives};
use crate::error::{SyntaxError, Wrong};
use crate::heredoc::{self, Heredoc};
use crate::node::Node;
use crate::span::{Position, Span};
use crate::{LINE_BYTES, TEXT_BYTES};

/// A text in logical lines.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) directives: Directives,
    pub(crate) nodes: Vec<Line>,
    /// The number of physical lines.
    pub(crate) count: usize,
}

/// A logical line, and what hangs on it.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) node: Node,
    pub(crate) span: Span,
    pub(crate) comments: Vec<String>,
    /// The line behind which the continued lines end, if there is an empty one among them.
    pub(crate) empty_continuation: Option<usize>,
}

/// The physical lines, each with its end, and the number of the last one that was taken.
struct Reader<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<&'a str>, Fault> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let length = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        if self.rest[..length].trim_end_matches('\n').len() > LINE_BYTES {
            let why = format!("dockerfile line greater than max allowed size of {LINE_BYTES}");
            return Err(Fault { wrong: Wrong::new(why), span: Span::lines(self.number, self.number) });
        }
        let (line, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.number += 1;
        Ok(Some(line))
    }
}

/// What is wrong, and in which lines.
pub(crate) struct Fault {
    pub(crate) wrong: Wrong,
    pub(crate) span: Span,
}

impl Fault {
    /// The error of a text, with the place of the word that is wrong.
    pub(crate) fn into_error(self, text: &str, prefix: bool) -> SyntaxError {
        let Wrong { message, hint, word } = self.wrong;
        let first = self.span.start.line;
        let message = if prefix { format!("dockerfile parse error on line {first}: {message}") } else { message };
        let lines = || text.lines().enumerate().skip(first.saturating_sub(1)).take(self.span.end.line + 1 - first);
        let column = |line: &str, bytes: usize| line[..bytes].chars().count() + 1;
        let of_word = word
            .filter(|word| !word.is_empty())
            .and_then(|word| lines().find_map(|(at, line)| Some((at + 1, column(line, line.find(word.as_str())?)))));
        let (line, column) = of_word.unwrap_or_else(|| {
            let line = lines().next().map_or("", |(_, line)| line);
            (first, column(line, line.len() - line.trim_start().len()))
        });
        SyntaxError { message, span: self.span, position: Position { line, column }, hint }
    }
}

/// Reads the lines of a text.
pub(crate) fn read(text: &str) -> Result<Lines, Fault> {
    let whole = |wrong| Fault { wrong, span: Span::default() };
    if text.len() > TEXT_BYTES {
        return Err(whole(Wrong::new(format!("more than {TEXT_BYTES} bytes"))));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = Lines { directives: Directives::default(), nodes: Vec::new(), count: 0 };
    // What cannot be understood of the checks is said before anything else.
    if let Some(check) = directives::find(text, "check") {
        let first = check.split(' ').next().unwrap_or_default();
        let check = Check::parse(first).map_err(|why| whole(format!("failed to parse check options: {why}").into()))?;
        out.directives.check = Some(check);
    }
    out.directives.syntax = directives::syntax(text);
    let mut reader = Reader { rest: text, number: 0 };
    let mut parser = directives::Parser::new("#");
    let mut comments: Vec<String> = Vec::new();
    while let Some(line) = reader.next()? {
        let before = reader.number - 1;
        // The comment is what follows the first byte, which is the number sign unless the line is indented.
        if is_comment(line) {
            let comment = line.get(1..).unwrap_or_default().trim();
            if comment.is_empty() {
                comments.clear();
            } else {
                comments.push(comment.to_owned());
            }
        }
        let line = without_end(line).trim_start();
        let directive = parser.line(line).map_err(|wrong| Fault { wrong, span: Span::lines(before, before) })?;
        if let Some((name, value)) = directive {
            comments.pop();
            if name == "escape" {
                out.directives.escape =
                    directives::escape(&value).map_err(|wrong| Fault { wrong, span: Span::lines(before, before) })?;
            }
        }
        let first = reader.number;
        let escape = out.directives.escape;
        let mut line = if is_comment(line) { "" } else { line };
        let mut logical = String::new();
        let mut empty = false;
        loop {
            let (body, goes_on) = continued(line, escape);
            logical.push_str(body);
            if !goes_on {
                break;
            }
            // Comments and empty lines between continued ones are nothing.
            line = loop {
                let Some(next) = reader.next()? else { break "" };
                if is_comment(next) {
                    continue;
                }
                if next.trim_start().is_empty() {
                    empty = true;
                    continue;
                }
                break without_end(next);
            };
        }
        if logical.is_empty() && first == reader.number {
            continue;
        }
        let empty_continuation = empty.then_some(reader.number);
        let at = |reader: &Reader<'_>| Span::lines(first, reader.number);
        let mut node = Node::parse(&logical, escape, 0).map_err(|wrong| Fault { wrong, span: at(&reader) })?;
        if node.may_have_heredocs() {
            let found = heredoc::find(&logical).map_err(|why| Fault { wrong: why.into(), span: at(&reader) })?;
            for mut heredoc in found {
                take(&mut heredoc, &mut reader)?
                    .then_some(())
                    .ok_or_else(|| Fault { wrong: Wrong::new("unterminated heredoc"), span: at(&reader) })?;
                node.heredocs.push(heredoc);
            }
        }
        let span = at(&reader);
        out.nodes.push(Line { node, span, comments: std::mem::take(&mut comments), empty_continuation });
    }
    out.count = reader.number;
    Ok(out)
}

/// The contents of a here-document, up to its terminator. Whether there is one.
fn take(heredoc: &mut Heredoc, reader: &mut Reader<'_>) -> Result<bool, Fault> {
    while let Some(line) = reader.next()? {
        let end = without_end(line);
        if heredoc.name == if heredoc.chomp { end.trim_start_matches('\t') } else { end } {
            return Ok(true);
        }
        heredoc.content.push_str(line);
    }
    Ok(false)
}

fn without_end(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// A line without the escape character at its end, and whether there is one. One that is escaped itself is none.
fn continued(line: &str, escape: char) -> (&str, bool) {
    let trimmed = line.trim_end_matches([' ', '\t']);
    match trimmed.strip_suffix(escape) {
        Some(body) if !body.ends_with(escape) => (body, true),
        _ => (line, false),
    }
}
