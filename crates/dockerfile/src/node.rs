//! A logical line in its parts: the keyword, its flags, its arguments, as the keyword has them.

use crate::error::Wrong;
use crate::heredoc::Heredoc;
use crate::instruction::Pair;
use crate::quote::quote;
use crate::split;

/// A logical line.
#[derive(Debug)]
pub(crate) struct Node {
    /// As it was written.
    pub(crate) keyword: String,
    /// Flags with their two signs.
    pub(crate) flags: Vec<String>,
    /// What follows.
    pub(crate) arguments: Arguments,
    /// The whole line.
    pub(crate) source: String,
    pub(crate) heredocs: Vec<Heredoc>,
}

/// What follows keyword and flags.
#[derive(Debug)]
pub(crate) enum Arguments {
    /// A list in JSON.
    Json(Vec<String>),
    /// Words, or one text with all of it.
    Words(Vec<String>),
    /// Names with values.
    Pairs(Vec<Pair>),
    /// The type of a health check, and its command.
    Typed(String, Box<Arguments>),
    /// Another instruction.
    Node(Option<Box<Node>>),
    /// Of an unknown instruction.
    Unknown,
}

impl Node {
    /// Reads a logical line. `depth` is 1 within `ONBUILD`.
    pub(crate) fn parse(line: &str, escape: char, depth: usize) -> Result<Self, Wrong> {
        let (keyword, rest) = split::cut(line.trim());
        let (flags, rest) = split::flags(rest, escape);
        let rest = rest.trim();
        let arguments = match keyword.to_ascii_lowercase().as_str() {
            "add" | "copy" | "volume" => match split::json(rest)? {
                Some(list) => Arguments::Json(list),
                None => Arguments::Words(split::at_spaces(rest)),
            },
            "arg" => Arguments::Words(split::words(rest, escape)),
            "cmd" | "entrypoint" | "run" | "shell" => text_or_json(rest)?,
            "env" | "label" => Arguments::Pairs(pairs(&keyword.to_ascii_uppercase(), rest, escape)?),
            "expose" | "from" => Arguments::Words(split::at_spaces(rest)),
            "healthcheck" => {
                let (kind, command) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                Arguments::Typed(kind.to_owned(), Box::new(text_or_json(command.trim_start())?))
            }
            "maintainer" | "stopsignal" | "user" | "workdir" => Arguments::Words(one(rest)),
            "onbuild" if rest.is_empty() || depth > 0 => Arguments::Node(None),
            "onbuild" => Arguments::Node(Some(Box::new(Self::parse(rest, escape, depth + 1)?))),
            _ => Arguments::Unknown,
        };
        Ok(Self { keyword: keyword.to_owned(), flags, arguments, source: line.to_owned(), heredocs: Vec::new() })
    }

    /// Whether here-documents mean something in this instruction.
    pub(crate) fn may_have_heredocs(&self) -> bool {
        let node = match &self.arguments {
            Arguments::Node(Some(node)) => node,
            _ => self,
        };
        let takes = ["add", "copy", "run"].iter().any(|keyword| node.keyword.eq_ignore_ascii_case(keyword));
        takes && !matches!(node.arguments, Arguments::Json(_))
    }
}

fn one(rest: &str) -> Vec<String> {
    if rest.is_empty() { Vec::new() } else { vec![rest.to_owned()] }
}

fn text_or_json(rest: &str) -> Result<Arguments, Wrong> {
    Ok(split::json(rest)?.map_or_else(|| Arguments::Words(one(rest)), Arguments::Json))
}

/// `name=value …`, or the old form `name value` with all the rest as value.
fn pairs(keyword: &str, text: &str, escape: char) -> Result<Vec<Pair>, Wrong> {
    let words = split::words(text, escape);
    let Some(first) = words.first() else { return Ok(Vec::new()) };
    if !first.contains('=') {
        let (name, value) = split::cut(text);
        if value.is_empty() {
            return Err(Wrong::new(format!("{keyword} must have two arguments")));
        }
        return Ok(vec![Pair { name: name.to_owned(), value: value.to_owned(), legacy: true }]);
    }
    words
        .iter()
        .map(|word| match word.split_once('=') {
            Some((name, value)) => Ok(Pair { name: name.to_owned(), value: value.to_owned(), legacy: false }),
            None => {
                let why = format!("Syntax error - can't find = in {}. Must be of the form: name=value", quote(word));
                Err(Wrong::new(why).at(word))
            }
        })
        .collect()
}
