//! The patterns of `${name#pattern}` and its kind: `*`, `?`, and what is meant as it stands.
//!
//! A pattern is read as BuildKit's translation of it to a regular expression, whose wildcards stop at a line's end.
//! Finding takes no more than the product of both lengths, which is bounded.

/// Most comparisons that one substitution may take.
const WORK: usize = 1 << 23;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// This character.
    One(char),
    /// Any character of a line.
    Any,
    /// Any number of characters of a line.
    Many,
}

/// A pattern.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    tokens: Vec<Token>,
}

impl Pattern {
    /// Reads a pattern that will be sought in a text of so many bytes.
    pub(crate) fn parse(text: &str, length: usize) -> Result<Self, String> {
        if text.len().saturating_mul(length) > WORK {
            return Err("it would take too long".into());
        }
        let mut tokens = Vec::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '*' if tokens.last() == Some(&Token::Many) => {}
                '*' => tokens.push(Token::Many),
                '?' => tokens.push(Token::Any),
                // What would end the substitution is escaped for that alone.
                '\\' if matches!(rest.peek(), Some('}' | '/')) => {}
                '\\' => match rest.next() {
                    Some(c @ ('*' | '?' | '\\')) => tokens.push(Token::One(c)),
                    Some(c) => return Err(format!("invalid escape '\\{c}'")),
                    None => return Err("invalid escape '\\\u{fffd}'".into()),
                },
                c => tokens.push(Token::One(c)),
            }
        }
        Ok(Self { tokens })
    }

    /// The text without the shortest or longest part at its beginning that matches.
    pub(crate) fn without_prefix(&self, text: &str, longest: bool) -> String {
        let text: Vec<char> = text.chars().collect();
        let end = Search::new(&self.tokens, &text).at(0, longest).unwrap_or(0);
        text[end..].iter().collect()
    }

    /// The text without the shortest or longest part at its end that matches.
    pub(crate) fn without_suffix(&self, text: &str, longest: bool) -> String {
        let text: Vec<char> = text.chars().rev().collect();
        let tokens: Vec<Token> = self.tokens.iter().rev().copied().collect();
        let end = Search::new(&tokens, &text).at(0, longest).unwrap_or(0);
        text[end..].iter().rev().collect()
    }

    /// The text with the first part that matches, or all of them, replaced: each as long as possible.
    ///
    /// # Errors
    /// More than `most` bytes come of it.
    pub(crate) fn replaced(&self, text: &str, with: &str, all: bool, most: usize) -> Result<String, String> {
        let text: Vec<char> = text.chars().collect();
        let with = if all { references_removed(with) } else { with.to_owned() };
        let mut search = Search::new(&self.tokens, &text);
        let mut out = String::new();
        let mut at = 0;
        // No empty match directly behind another match.
        let mut behind = None;
        while at <= text.len() {
            match search.at(at, true).filter(|end| *end > at || behind != Some(at)) {
                Some(end) => {
                    out.push_str(&with);
                    if out.len() > most {
                        return Err(format!("variables make a text of more than {most} bytes"));
                    }
                    behind = Some(end);
                    if end == at {
                        out.extend(text.get(at));
                        at += 1;
                    } else {
                        at = end;
                    }
                    if !all {
                        break;
                    }
                }
                None => {
                    out.extend(text.get(at));
                    at += 1;
                }
            }
        }
        out.extend(text.get(at..).unwrap_or_default());
        Ok(out)
    }
}

/// A replacement for all matches refers to groups by `$1`, `$name` or `${name}`, which there are none of.
fn references_removed(text: &str) -> String {
    let word = |c: &char| c.is_alphanumeric() || *c == '_';
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let (open, name) = match rest.strip_prefix('{') {
            Some(name) => (true, name),
            None => (false, rest),
        };
        let length: usize = name.chars().take_while(word).map(char::len_utf8).sum();
        match (length, open, name[length..].strip_prefix('}')) {
            (0, ..) | (_, true, None) => out.push('$'),
            (_, true, Some(after)) => rest = after,
            (_, false, _) => rest = &name[length..],
        }
    }
    out + rest
}

/// A pattern that is sought at rising places of one text.
struct Search<'a> {
    /// What stands between the stars: the first part at the beginning, the last one at the end.
    parts: Vec<&'a [Token]>,
    text: &'a [char],
    /// From these places on, up to the end of their line, what comes behind the first star is not found.
    without: Option<(usize, usize)>,
}

impl<'a> Search<'a> {
    fn new(tokens: &'a [Token], text: &'a [char]) -> Self {
        Self { parts: tokens.split(|token| *token == Token::Many).collect(), text, without: None }
    }

    /// The end of the shortest or longest match that begins here.
    fn at(&mut self, start: usize, longest: bool) -> Option<usize> {
        let (first, rest) = self.parts.split_first()?;
        if !self.fits(first, start) {
            return None;
        }
        let from = start + first.len();
        let Some((last, between)) = rest.split_last() else { return Some(from) };
        if self.without.is_some_and(|(first, last)| (first..=last).contains(&from)) {
            return None;
        }
        let found = self.behind(from, between, last, longest);
        if found.is_none() {
            self.without = Some((from, self.line_end(from)));
        }
        found
    }

    /// The end of a match whose first part ends here.
    fn behind(&self, from: usize, between: &[&[Token]], last: &[Token], longest: bool) -> Option<usize> {
        let mut at = from;
        for part in between {
            at = self.next(part, at)? + part.len();
        }
        if !longest {
            return Some(self.next(last, at)? + last.len());
        }
        (at..=self.line_end(at)).rev().find(|start| self.fits(last, *start)).map(|start| start + last.len())
    }

    /// The first place on the rest of this line, or at its end, where a part begins.
    fn next(&self, part: &[Token], from: usize) -> Option<usize> {
        (from..=self.line_end(from)).find(|start| self.fits(part, *start))
    }

    /// The place of the line's end, at which a wildcard stops.
    fn line_end(&self, from: usize) -> usize {
        self.text[from..].iter().position(|c| *c == '\n').map_or(self.text.len(), |length| from + length)
    }

    fn fits(&self, part: &[Token], start: usize) -> bool {
        let Some(text) = self.text.get(start..start + part.len()) else { return false };
        part.iter().zip(text).all(|(token, c)| match token {
            Token::One(one) => one == c,
            Token::Any | Token::Many => *c != '\n',
        })
    }
}
