//! What is wrong with a text.

use std::fmt;

use crate::span::{Position, Span};

/// A text is no Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, in BuildKit's words and without the hint.
    pub message: String,
    /// The instruction with the mistake.
    pub span: Span,
    /// The line and the character of the mistake itself, both from 1, as far as it can be told apart.
    pub position: Position,
    /// What may have been meant.
    pub hint: Option<String>,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " (did you mean {hint}?)"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SyntaxError {}

/// What is wrong with one instruction, before anybody knows where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong.
    pub message: String,
    /// What may have been meant.
    pub hint: Option<String>,
    /// The word that is wrong, as it was written.
    pub(crate) word: Option<String>,
}

impl Wrong {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, word: None }
    }

    /// With the word that the message is about.
    pub(crate) fn at(mut self, word: &str) -> Self {
        self.word = Some(word.to_owned());
        self
    }

    /// With the nearest of what is known.
    pub(crate) fn suggest<'a>(mut self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.hint = nearest(word, known).map(str::to_owned);
        self
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " (did you mean {hint}?)"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Wrong {}

impl From<String> for Wrong {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

/// Most differences between what was written and what is proposed instead.
const DISTANCE: usize = 2;

/// Longest word that another is sought for: the comparison takes the product of both lengths.
const WORD: usize = 256;

/// Most words that it is compared with.
const KNOWN: usize = 1000;

/// The nearest of the known words, if it is near: the first of those at the least distance.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > WORD {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for known in known.into_iter().take(KNOWN).filter(|known| known.len().abs_diff(word.len()) <= DISTANCE * 4) {
        let distance = strsim::levenshtein(word, known);
        if distance == 0 {
            // What is known itself is wrong for another reason.
            return None;
        }
        if distance <= DISTANCE && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, known));
        }
    }
    best.map(|(_, known)| known)
}
