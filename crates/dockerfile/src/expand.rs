//! Variables and quotes, as a Dockerfile has them: a part of what a shell does.

use std::iter::Peekable;
use std::str::Chars;

use crate::TEXT_BYTES;

/// How deep substitutions may be nested: beyond what anybody writes.
const DEPTH: usize = 32;

/// Replaces `$name` and `${name…}` by what `lookup` gives, and takes quotes and backslashes away.
///
/// # Errors
/// What of the text is no word of a Dockerfile.
pub(crate) fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    Expansion { lookup, rest: text.chars().peekable() }.until(None, 0)
}

/// Variables that hold each other's values double with every line.
fn check_length(out: &str) -> Result<(), String> {
    if out.len() <= TEXT_BYTES { Ok(()) } else { Err(format!("variables make a text of more than {TEXT_BYTES} bytes")) }
}

struct Expansion<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    rest: Peekable<Chars<'a>>,
}

impl Expansion<'_> {
    /// Up to this character, which is taken, or to the end.
    fn until(&mut self, end: Option<char>, depth: usize) -> Result<String, String> {
        let mut out = String::new();
        loop {
            check_length(&out)?;
            let Some(c) = self.rest.next() else {
                return if end.is_none() { Ok(out) } else { Err("syntax error: missing '}'".into()) };
            };
            match c {
                c if Some(c) == end => return Ok(out),
                '\'' => self.single(&mut out)?,
                '"' => self.double(&mut out, depth)?,
                '$' => out.push_str(&self.dollar(depth)?),
                // At the very end it is itself.
                '\\' => out.push(self.rest.next().unwrap_or('\\')),
                c => out.push(c),
            }
        }
    }

    fn single(&mut self, out: &mut String) -> Result<(), String> {
        loop {
            match self.rest.next() {
                Some('\'') => return Ok(()),
                Some(c) => out.push(c),
                None => return Err("unexpected end of statement while looking for matching single-quote".into()),
            }
        }
    }

    fn double(&mut self, out: &mut String, depth: usize) -> Result<(), String> {
        loop {
            check_length(out)?;
            match self.rest.next() {
                Some('"') => return Ok(()),
                Some('$') => out.push_str(&self.dollar(depth)?),
                Some('\\') => match self.rest.next() {
                    Some(c @ ('"' | '$' | '\\')) => out.push(c),
                    Some(c) => out.extend(['\\', c]),
                    None => return Err("unexpected end of statement while looking for matching double-quote".into()),
                },
                Some(c) => out.push(c),
                None => return Err("unexpected end of statement while looking for matching double-quote".into()),
            }
        }
    }

    /// What follows a dollar sign.
    fn dollar(&mut self, depth: usize) -> Result<String, String> {
        if self.rest.peek() != Some(&'{') {
            let name = self.name();
            return Ok(if name.is_empty() { "$".into() } else { (self.lookup)(&name).unwrap_or_default() });
        }
        self.rest.next();
        if depth == DEPTH {
            return Err(format!("substitutions are nested more than {DEPTH} deep"));
        }
        let name = self.name();
        if name.is_empty() {
            return Err("syntax error: bad substitution".into());
        }
        let value = (self.lookup)(&name);
        // With a colon, a value that is empty is as none.
        let (present, operator) = match self.rest.next() {
            Some('}') => return Ok(value.unwrap_or_default()),
            Some(':') => (value.clone().filter(|value| !value.is_empty()), self.rest.next()),
            other => (value.clone(), other),
        };
        let Some(operator) = operator else { return Err("syntax error: missing '}'".into()) };
        let word = self.until(Some('}'), depth + 1)?;
        match (operator, present) {
            ('-', present) => Ok(present.unwrap_or(word)),
            ('+', present) => Ok(present.map(|_| word).unwrap_or_default()),
            ('?', Some(value)) => Ok(value),
            ('?', None) if word.is_empty() => Err(format!("{name}: is not allowed to be unset")),
            ('?', None) => Err(format!("{name}: {word}")),
            (other, _) => Err(format!("unsupported modifier ({other}) in substitution")),
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        // A digit or a sign is a name of one character.
        if let Some(c) = self.rest.next_if(|c| c.is_ascii_digit() || "@*#?-!".contains(*c)) {
            name.push(c);
            return name;
        }
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
        }
        name
    }
}
