//! Build checks: what is allowed and yet not wanted.
//!
//! A rule is data ([`rules`]) and a function that says what it found. Functions that need to know what only a build
//! knows (values of variables, the base image, `.dockerignore`) take that as arguments, and a [`Checks`] that keeps what
//! was found, as far as it is wanted.

pub mod rules;
mod text;

use crate::directives::directive;
use crate::quote::quote;
use crate::run::boolean;
use crate::span::Span;

pub use rules::Rule;
pub(crate) use text::of_text;

/// Most warnings that are kept: nobody reads more.
const WARNINGS: usize = 1000;

/// What a check has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The rule.
    pub rule: &'static Rule,
    /// What is the matter here.
    pub detail: String,
    /// Where.
    pub span: Span,
    /// A comment above the instruction asks for it: `# check=experimental=…`.
    pub asked: bool,
}

/// Which checks are wanted: `# check=skip=A,B;error=true;experimental=C`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// Not these.
    pub skip: Selection,
    /// Of the experimental ones, these.
    pub experimental: Selection,
    /// A build fails if there are warnings.
    pub error: bool,
}

/// Rules by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// Those named.
    Named(Vec<String>),
}

impl Default for Selection {
    fn default() -> Self {
        Self::Named(Vec::new())
    }
}

impl Selection {
    fn parse(text: &str) -> Self {
        match text.trim() {
            "all" => Self::All,
            names => Self::Named(names.split(',').map(|name| name.trim().to_owned()).collect()),
        }
    }

    fn has(&self, rule: &Rule) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|name| name == rule.name),
        }
    }
}

impl Check {
    /// Reads the value of the directive, or of the build argument `BUILDKIT_DOCKERFILE_CHECK`, which stands for it.
    ///
    /// # Errors
    /// What is no option, in BuildKit's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut check = Self::default();
        if text.trim().is_empty() {
            return Ok(check);
        }
        for option in text.trim().splitn(3, ';') {
            let (key, value) =
                option.split_once('=').ok_or_else(|| format!("invalid check option {}", quote(option)))?;
            match key.trim() {
                "skip" => check.skip = Selection::parse(value),
                "experimental" => check.experimental = Selection::parse(value),
                "error" => {
                    let value = value.trim();
                    check.error = boolean(value).ok_or_else(|| {
                        let why = format!("strconv.ParseBool: parsing {}: invalid syntax", quote(value));
                        format!("failed to parse check option {}: {why}", quote(option))
                    })?;
                }
                key => return Err(format!("invalid check option {}", quote(key))),
            }
        }
        Ok(check)
    }

    /// What a comment above an instruction says of that one: the first that is a directive, if it can be read.
    pub(crate) fn of_comments(comments: &[String]) -> Option<Self> {
        let value = comments.iter().filter_map(|comment| directive(comment)).find(|(name, _)| *name == "check")?.1;
        Self::parse(value.split(' ').next().unwrap_or_default()).ok()
    }

    /// Whether what this rule finds is wanted.
    #[must_use]
    pub fn wants(&self, rule: &Rule) -> bool {
        match rule.experimental {
            true => self.experimental.has(rule),
            false => !self.skip.has(rule),
        }
    }
}

/// Whether an instruction's own comment asks for what a rule has found; `None` if it does not want it.
fn asked(beside: Option<&Check>, rule: &Rule) -> Option<bool> {
    match beside {
        Some(check) if rule.experimental => Some(check.wants(rule)),
        Some(check) if !check.wants(rule) => None,
        _ => Some(false),
    }
}

/// What checks have found so far, of those that are wanted.
#[derive(Debug, Clone, Default)]
pub struct Checks {
    check: Check,
    /// Of the instruction that is being checked.
    beside: Option<Check>,
    warnings: Vec<Warning>,
}

impl Checks {
    /// Nothing so far.
    #[must_use]
    pub fn new(check: Check) -> Self {
        Self { check, beside: None, warnings: Vec::new() }
    }

    /// Warnings to come are of an instruction with these comments above it. One of them may say `check=`: what it
    /// skips is skipped too, and what is experimental and asked for is wanted too.
    pub fn beside(&mut self, comments: &[String]) {
        self.beside = Check::of_comments(comments);
    }

    /// Keeps a warning, if it is wanted.
    pub fn add(&mut self, rule: &'static Rule, span: Span, detail: String) {
        if let Some(asked) = asked(self.beside.as_ref(), rule) {
            self.push(Warning { rule, detail, span, asked });
        }
    }

    /// Keeps a warning, if it is wanted.
    pub fn push(&mut self, warning: Warning) {
        if self.warnings.len() < WARNINGS && (warning.asked || self.check.wants(warning.rule)) {
            self.warnings.push(warning);
        }
    }

    /// There are so many warnings that no more are kept, and none need be sought.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.warnings.len() >= WARNINGS
    }

    /// What was found.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Why the build fails, if it is to fail on warnings.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        if !self.check.error || self.warnings.is_empty() {
            return None;
        }
        let mut names: Vec<&str> = Vec::new();
        for warning in &self.warnings {
            if !names.contains(&warning.rule.name) {
                names.push(warning.rule.name);
            }
        }
        Some(format!("lint violation found for rules: {}", names.join(", ")))
    }
}
