//! Patterns of paths: those of `.dockerignore`, of `--exclude`, and of what a client is asked to send.
//!
//! Source: <https://docs.docker.com/build/concepts/context/#dockerignore-files>; where it says nothing, what
//! `moby/patternmatcher` does: a pattern that matches a directory matches all that is in it, a later pattern with an
//! exclamation mark takes back what earlier ones say, and `**` stands for any number of directories.

use crate::TEXT_BYTES;
use crate::glob::{BadPattern, Glob};

/// Most patterns of one list, and most bytes of one of them: beyond what anybody writes, and every path is compared
/// with all of them.
const PATTERNS: usize = 20_000;
const PATTERN_BYTES: usize = 4096;

/// A list of patterns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns {
    patterns: Vec<Pattern>,
    exceptions: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    glob: Glob,
    /// Takes back what earlier patterns say.
    exception: bool,
}

/// What is no list of patterns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// An exclamation mark alone.
    #[error("illegal exclusion pattern: \"!\"")]
    Nothing,
    /// A pattern has brackets that do not close, or an escape character before nothing.
    #[error("syntax error in pattern: {0}")]
    Syntax(String),
    /// There is too much of it.
    #[error("more than {0}")]
    TooMuch(&'static str),
}

/// What a list says of a path: of a directory, what it says of all below follows from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matched {
    /// Which patterns match the path or a directory that it is in. Empty above the root.
    each: Vec<bool>,
    matched: bool,
}

impl Matched {
    /// The path is matched, exceptions considered.
    #[must_use]
    pub fn is_matched(&self) -> bool {
        self.matched
    }
}

impl Patterns {
    /// Reads a file such as `.dockerignore`: one pattern a line, comments where a number sign begins the line.
    ///
    /// # Errors
    /// [`PatternError`] for the first line that is none.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.len() > TEXT_BYTES {
            return Err(PatternError::TooMuch("1 MiB of patterns"));
        }
        Self::new(lines(text))
    }

    /// Reads patterns that stand alone, as those of `--exclude`.
    ///
    /// # Errors
    /// [`PatternError`] for the first that is none.
    pub fn new<I: IntoIterator<Item: AsRef<str>>>(patterns: I) -> Result<Self, PatternError> {
        let mut out = Self::default();
        for pattern in patterns {
            let pattern = pattern.as_ref().trim();
            if pattern.is_empty() {
                continue;
            }
            if out.patterns.len() == PATTERNS {
                return Err(PatternError::TooMuch("20,000 patterns"));
            }
            if pattern.len() > PATTERN_BYTES {
                return Err(PatternError::TooMuch("4096 bytes in a pattern"));
            }
            let cleaned = clean(pattern);
            let (pattern, exception) = match cleaned.strip_prefix('!') {
                Some("") => return Err(PatternError::Nothing),
                Some(rest) => (rest, true),
                None => (cleaned.as_str(), false),
            };
            let glob = Glob::parse(pattern).map_err(|BadPattern| PatternError::Syntax(pattern.to_owned()))?;
            out.patterns.push(Pattern { glob, exception });
            out.exceptions |= exception;
        }
        Ok(out)
    }

    /// There is no pattern.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Some patterns take back what others say.
    #[must_use]
    pub fn has_exceptions(&self) -> bool {
        self.exceptions
    }

    /// Whether a path, or a directory that it is in, is matched, and not taken back. The path is relative, with slashes.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.fold(Matched::default(), |parent, end| self.matches_in(&path[..end], &parent)).matched
    }

    /// As [`Patterns::matches`], for a path of which one knows what holds for the directory that it is in:
    /// [`Matched::default`] for what is in the root.
    #[must_use]
    pub fn matches_in(&self, path: &str, parent: &Matched) -> Matched {
        let mut out = Matched { each: vec![false; self.patterns.len()], matched: false };
        for (index, pattern) in self.patterns.iter().enumerate() {
            let inherited = parent.each.get(index).copied().unwrap_or_default();
            // What can change nothing is not looked at, and so does not hold for what is below either: BuildKit's rule.
            let found = inherited || (pattern.exception == out.matched && pattern.glob.matches(path));
            out.each[index] = found;
            if found {
                out.matched = !pattern.exception;
            }
        }
        out
    }

    /// Whether something in a directory that is matched may be taken back, so that one has to look.
    #[must_use]
    pub fn may_except_in(&self, directory: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.exception && pattern.glob.may_match_in(directory))
    }
}

/// The patterns of a file, as they are sent to who applies them.
pub fn lines(text: &str) -> impl Iterator<Item = String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (mark, pattern) = match line.trim().strip_prefix('!') {
            Some(pattern) => ("!", pattern.trim()),
            None => ("", line.trim()),
        };
        if pattern.is_empty() {
            return (!mark.is_empty()).then(|| mark.to_owned());
        }
        let cleaned = clean(pattern);
        let relative = cleaned.strip_prefix('/').filter(|rest| !rest.is_empty()).unwrap_or(&cleaned);
        Some(format!("{mark}{relative}"))
    })
}

/// The shortest path that names the same, as far as one can tell without looking: Go's `filepath.Clean`.
#[must_use]
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}
