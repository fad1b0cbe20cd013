//! Variables, quotes and escapes, as a Dockerfile has them: a part of what a shell does.
//!
//! Source: the Dockerfile reference, "Environment replacement"; where it says nothing, what BuildKit's lexer does.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

use crate::TEXT_BYTES;
use crate::pattern::Pattern;
use crate::quote::quote;

/// How deep substitutions may be nested: beyond what anybody writes.
const DEPTH: usize = 32;

const MISSING: &str = "syntax error: missing '}'";

/// What a message names where the text has ended.
const NOTHING: char = '\u{fffd}';

/// Where values of variables come from.
pub trait Variables {
    /// The value of a variable, if it is set.
    fn get(&self, name: &str) -> Option<String>;
}

impl<F: Fn(&str) -> Option<String>> Variables for F {
    fn get(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// No variable is set.
#[derive(Debug, Clone, Copy)]
pub struct Unset;

impl Variables for Unset {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

/// How a text is expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexer {
    /// The character that takes the meaning of the next one away: a backslash, or what `# escape=` says.
    pub escape: char,
    /// Quotes count, but stay in the text.
    pub keep_quotes: bool,
    /// The escape character counts, but stays in the text.
    pub keep_escapes: bool,
    /// Quotes are characters as any other: for the contents of here-documents.
    pub ignore_quotes: bool,
    /// Variables that are not set stay as they are written.
    pub keep_unset: bool,
}

/// What became of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The text as one word.
    pub text: String,
    /// The text as words: parted at white space that is in no quotes, after variables were replaced.
    pub words: Vec<String>,
    /// Variables that occur and are set.
    pub used: BTreeSet<String>,
    /// Variables that occur and are not set.
    pub unmatched: BTreeSet<String>,
}

impl Lexer {
    /// What most texts of a Dockerfile go through.
    #[must_use]
    pub fn new(escape: char) -> Self {
        Self { escape, keep_quotes: false, keep_escapes: false, ignore_quotes: false, keep_unset: false }
    }

    /// What the contents of a here-document go through: variables only. Its escape character is always a backslash.
    #[must_use]
    pub fn content() -> Self {
        Self { ignore_quotes: true, ..Self::new('\\') }
    }

    /// What a `RUN` goes through to be shown: only variables that are set are replaced, and quotes stay. Other
    /// instructions are shown as [`Lexer::new`] makes them, and as they are written if it cannot.
    #[must_use]
    pub fn display(escape: char) -> Self {
        Self { keep_quotes: true, keep_unset: true, ..Self::new(escape) }
    }

    /// Replaces `$name` and `${name…}` by what the variables say, and takes quotes and escape characters away.
    ///
    /// # Errors
    /// What of the text is no word of a Dockerfile, in BuildKit's words, or that too much comes of it.
    pub fn expand(&self, text: &str, variables: &dyn Variables) -> Result<Expansion, String> {
        let mut state = State {
            lexer: *self,
            keep_escapes: self.keep_escapes,
            variables,
            rest: text.chars().peekable(),
            made: 0,
            names: Expansion::default(),
        };
        let (word, words) = state
            .until(None, self.keep_escapes, 0)
            .map_err(|(Stop::Why(why) | Stop::Limit(why))| format!("failed to process {}: {why}", quote(text)))?;
        Ok(Expansion { text: word, words, ..state.names })
    }
}

/// Why a text cannot be read on.
enum Stop {
    /// It is no text of the language. Within a substitution that does not end either, only that is said.
    Why(String),
    /// It takes too much.
    Limit(String),
}

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Self::Why(why)
    }
}

/// The words of a text, as they come.
#[derive(Default)]
struct Words {
    word: String,
    words: Vec<String>,
}

impl Words {
    /// A character that parts words if it is white space.
    fn push(&mut self, c: char) {
        if !c.is_whitespace() {
            self.word.push(c);
        } else if !self.word.is_empty() {
            self.words.push(std::mem::take(&mut self.word));
        }
    }

    fn done(mut self) -> Vec<String> {
        if !self.word.is_empty() {
            self.words.push(self.word);
        }
        self.words
    }
}

struct State<'a> {
    lexer: Lexer,
    keep_escapes: bool,
    variables: &'a dyn Variables,
    rest: Peekable<Chars<'a>>,
    /// Bytes that came of variables, in all places together: variables that hold each other's values double with every
    /// line, and patterns replace what was replaced.
    made: usize,
    names: Expansion,
}

impl State<'_> {
    /// Up to this character, which is taken, or to the end.
    fn until(&mut self, end: Option<char>, keep_escapes: bool, depth: usize) -> Result<(String, Vec<String>), Stop> {
        let before = std::mem::replace(&mut self.keep_escapes, keep_escapes);
        let result = self.text(end, depth);
        self.keep_escapes = before;
        result
    }

    fn text(&mut self, end: Option<char>, depth: usize) -> Result<(String, Vec<String>), Stop> {
        let (mut out, mut words) = (String::new(), Words::default());
        while let Some(&c) = self.rest.peek() {
            match c {
                c if Some(c) == end => {
                    self.rest.next();
                    return Ok((out, words.done()));
                }
                '\'' | '"' if !self.lexer.ignore_quotes => {
                    let part = if c == '\'' { self.single()? } else { self.double(depth)? };
                    out.push_str(&part);
                    words.word.push_str(&part);
                }
                '$' => {
                    let part = self.dollar(depth)?;
                    out.push_str(&part);
                    part.chars().for_each(|c| words.push(c));
                }
                '<' => {
                    // The name of a here-document may stand behind white space.
                    self.rest.next();
                    let mut part = String::from("<");
                    if self.rest.next_if_eq(&'<').is_some() {
                        part.push('<');
                        while let Some(space) = self.rest.next_if(|c| matches!(c, '\t' | '\r' | ' ')) {
                            part.push(space);
                        }
                    }
                    out.push_str(&part);
                    words.word.push_str(&part);
                }
                c if c == self.lexer.escape => {
                    self.rest.next();
                    if self.keep_escapes {
                        out.push(c);
                        words.word.push(c);
                    }
                    // At the very end it is nothing.
                    let Some(c) = self.rest.next() else { break };
                    out.push(c);
                    words.word.push(c);
                }
                c => {
                    self.rest.next();
                    out.push(c);
                    words.push(c);
                }
            }
        }
        match end {
            None => Ok((out, words.done())),
            Some(end) => Err(unended(&end.to_string())),
        }
    }

    fn single(&mut self) -> Result<String, Stop> {
        let mut out = String::new();
        let quote = self.rest.next();
        out.extend(quote.filter(|_| self.lexer.keep_quotes));
        loop {
            match self.rest.next() {
                Some('\'') => {
                    out.extend(quote.filter(|_| self.lexer.keep_quotes));
                    return Ok(out);
                }
                Some(c) => out.push(c),
                None => return Err(unended("single-quote")),
            }
        }
    }

    fn double(&mut self, depth: usize) -> Result<String, Stop> {
        let mut out = String::new();
        let quote = self.rest.next();
        out.extend(quote.filter(|_| self.lexer.keep_quotes));
        loop {
            let Some(&c) = self.rest.peek() else { return Err(unended("double-quote")) };
            if c == '$' {
                out.push_str(&self.dollar(depth)?);
                continue;
            }
            self.rest.next();
            if c == '"' {
                out.extend(quote.filter(|_| self.lexer.keep_quotes));
                return Ok(out);
            }
            if c != self.lexer.escape {
                out.push(c);
                continue;
            }
            if self.keep_escapes {
                out.push(c);
            }
            // Before anything else it is a character as any other.
            match self.rest.next_if(|next| matches!(next, '"' | '$') || *next == c) {
                Some(next) => out.push(next),
                None if self.rest.peek().is_some() => out.push(c),
                None => {}
            }
        }
    }

    /// What follows a dollar sign.
    fn dollar(&mut self, depth: usize) -> Result<String, Stop> {
        self.rest.next();
        if self.rest.next_if_eq(&'{').is_some() {
            let made = self.braces(depth)?;
            return self.count(made);
        }
        let name = self.name();
        if name.is_empty() {
            return Ok("$".into());
        }
        let made = match self.lookup(&name) {
            Some(value) => value,
            None if self.lexer.keep_unset => format!("${name}"),
            None => String::new(),
        };
        self.count(made)
    }

    /// Nothing grows without end.
    fn count(&mut self, made: String) -> Result<String, Stop> {
        self.made = self.made.saturating_add(made.len());
        if self.made > TEXT_BYTES {
            return Err(Stop::Limit(format!("variables make a text of more than {TEXT_BYTES} bytes")));
        }
        Ok(made)
    }

    /// What follows `${`.
    fn braces(&mut self, depth: usize) -> Result<String, Stop> {
        if depth == DEPTH {
            return Err(Stop::Limit(format!("substitutions are nested more than {DEPTH} deep")));
        }
        match self.rest.peek() {
            None => return Err(Stop::Why(MISSING.into())),
            Some('{' | '}' | ':') => return Err(Stop::Why("syntax error: bad substitution".into())),
            Some(_) => {}
        }
        let name = self.name();
        let mut operator = self.rest.next().unwrap_or(NOTHING);
        let mut sign = operator.to_string();
        // With a colon, a value that is empty is as none.
        let or_empty = operator == ':';
        if or_empty {
            operator = self.rest.next().unwrap_or(NOTHING);
            sign.push(operator);
        }
        match operator {
            '}' if !or_empty => Ok(match self.lookup(&name) {
                Some(value) => value,
                None if self.lexer.keep_unset => format!("${{{name}}}"),
                None => String::new(),
            }),
            '/' if !or_empty => self.replace(&name, depth),
            '#' | '%' if or_empty => Err(unsupported(&sign)),
            '+' | '-' | '?' | '#' | '%' => self.modify(&name, operator, &sign, depth),
            _ if or_empty => self.modify(&name, operator, &sign, depth),
            _ => Err(unsupported(&sign)),
        }
    }

    /// `${name:-word}` and its kind.
    fn modify(&mut self, name: &str, operator: char, sign: &str, depth: usize) -> Result<String, Stop> {
        let word = self.part('}', MISSING, matches!(operator, '#' | '%'), depth)?;
        let value = self.lookup(name);
        if value.is_none() && self.lexer.keep_unset {
            return Ok(format!("${{{name}{sign}{word}}}"));
        }
        if !matches!(operator, '+' | '-' | '?' | '#' | '%') {
            return Err(unsupported(sign));
        }
        let or_empty = sign.starts_with(':');
        let set = value.is_some();
        let present = value.clone().filter(|value| !or_empty || !value.is_empty());
        Ok(match (operator, present) {
            ('-', present) => present.unwrap_or(word),
            ('+', present) => present.map(|_| word).unwrap_or_default(),
            ('?', Some(value)) => value,
            ('?', None) => {
                let why = if set { "is not allowed to be empty" } else { "is not allowed to be unset" };
                return Err(Stop::Why(format!("{name}: {}", if word.is_empty() { why } else { &word })));
            }
            (operator, _) => {
                let value = value.unwrap_or_default();
                // Written twice, as much as possible is taken away.
                let (pattern, greedy) = match word.strip_prefix(operator) {
                    Some(rest) => (rest, true),
                    None => (word.as_str(), false),
                };
                let pattern = compile(pattern, &value)?;
                if operator == '#' {
                    pattern.without_prefix(&value, greedy)
                } else {
                    pattern.without_suffix(&value, greedy)
                }
            }
        })
    }

    /// `${name/pattern/text}` and `${name//pattern/text}`.
    fn replace(&mut self, name: &str, depth: usize) -> Result<String, Stop> {
        let all = self.rest.next_if_eq(&'/').is_some();
        let pattern = self.part('/', "syntax error: missing '/' in ${}", true, depth)?;
        let replacement = self.part('}', MISSING, true, depth)?;
        let Some(value) = self.lookup(name) else {
            return Ok(match self.lexer.keep_unset {
                true => format!("${{{name}/{pattern}/{replacement}}}"),
                false => compile(&pattern, "")?.replaced("", &replacement, all, TEXT_BYTES)?,
            });
        };
        Ok(compile(&pattern, &value)?.replaced(&value, &replacement, all, TEXT_BYTES)?)
    }

    /// The text up to a character that must come. If the text ends before, that is what is wrong.
    fn part(&mut self, end: char, missing: &str, keep_escapes: bool, depth: usize) -> Result<String, Stop> {
        match self.until(Some(end), keep_escapes, depth + 1) {
            Ok((text, _)) => Ok(text),
            Err(Stop::Why(_)) if self.rest.peek().is_none() => Err(Stop::Why(missing.into())),
            Err(other) => Err(other),
        }
    }

    fn lookup(&mut self, name: &str) -> Option<String> {
        let value = self.variables.get(name);
        let names = if value.is_some() { &mut self.names.used } else { &mut self.names.unmatched };
        if !names.contains(name) {
            names.insert(name.to_owned());
        }
        value
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        // A sign is a name of its own, and so are digits.
        if let Some(c) = self.rest.next_if(|c| "@*#?-$!".contains(*c)) {
            name.push(c);
            return name;
        }
        let digits = self.rest.peek().is_some_and(|c| is_digit(*c));
        while let Some(c) =
            self.rest.next_if(|c| if digits { is_digit(*c) } else { c.is_alphabetic() || is_digit(*c) || *c == '_' })
        {
            name.push(c);
        }
        name
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn unended(what: &str) -> Stop {
    Stop::Why(format!("unexpected end of statement while looking for matching {what}"))
}

fn unsupported(sign: &str) -> Stop {
    Stop::Why(format!("unsupported modifier ({sign}) in substitution"))
}

fn compile(pattern: &str, value: &str) -> Result<Pattern, Stop> {
    Pattern::parse(pattern, value.len())
        .map_err(|why| Stop::Why(format!("invalid pattern ({pattern}) in substitution: {why}")))
}
