//! Where something stands in the text.

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The line, from 1; 0 stands for the text as a whole.
    pub line: usize,
    /// The character in the line. BuildKit locates instructions by whole lines, with 0 here; the place of a mistake
    /// ([`crate::SyntaxError::position`]) counts from 1.
    pub column: usize,
}

/// A part of the text: whole lines, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Where it begins.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
}

impl Span {
    /// The lines from `first` to `last`, both included.
    #[must_use]
    pub fn lines(first: usize, last: usize) -> Self {
        let at = |line| Position { line, column: 0 };
        Self { start: at(first), end: at(last.max(first)) }
    }
}

/// Something of the language with the place where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// What stands there.
    pub value: T,
    /// The lines from the keyword to the last one, with here-documents.
    pub span: Span,
    /// The instruction as it was written, without white space at its ends, with continued lines joined and without the
    /// contents of here-documents: what a build shows of it.
    pub source: String,
    /// The keyword as it was written.
    pub keyword: String,
    /// The comments directly above, one a line, without the number sign. An empty comment or line separates.
    pub comments: Vec<String>,
}

impl<T> Located<T> {
    /// The same place with another value.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Located<U> {
        let Self { value, span, source, keyword, comments } = self;
        Located { value: with(value), span, source, keyword, comments }
    }

    /// What the comments above say about a name that is defined here: `# NAME description`.
    #[must_use]
    pub fn description(&self, name: &str) -> Option<&str> {
        if name.is_empty() {
            return None;
        }
        self.comments.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
    }
}
