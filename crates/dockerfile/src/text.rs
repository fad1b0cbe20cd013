//! A whole Dockerfile.

use crate::check::{self, Check, Warning};
use crate::directives::Directives;
use crate::error::{SyntaxError, Wrong};
use crate::instruction::{Argument, Instruction, Stage};
use crate::lines::{self, Fault, Line};
use crate::read::{Read, read};
use crate::span::{Located, Span};

/// A Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dockerfile {
    /// What the comments at the beginning say.
    pub directives: Directives,
    /// The `ARG`s before the first `FROM`.
    pub args: Vec<Located<Vec<Argument>>>,
    /// The stages, of which there is at least one.
    pub stages: Vec<Stage>,
    /// What checks of the text alone have found, wanted or not: [`Dockerfile::check`] says which are.
    pub warnings: Vec<Warning>,
}

impl Dockerfile {
    /// Reads a Dockerfile. What is not UTF-8 in it becomes replacement characters.
    ///
    /// # Errors
    /// [`SyntaxError`] for what is no Dockerfile.
    pub fn parse(text: &[u8]) -> Result<Self, SyntaxError> {
        let text = String::from_utf8_lossy(text);
        if text.is_empty() {
            let wrong = Wrong::new("the Dockerfile cannot be empty");
            return Err(Fault { wrong, span: Span::default() }.into_error(&text, false));
        }
        let lines = lines::read(&text).map_err(|fault| fault.into_error(&text, false))?;
        if lines.nodes.is_empty() {
            let wrong = Wrong::new("file with no instructions");
            return Err(Fault { wrong, span: Span::lines(lines.count, lines.count) }.into_error(&text, false));
        }
        let mut out = Self { directives: lines.directives, args: Vec::new(), stages: Vec::new(), warnings: Vec::new() };
        for line in &lines.nodes {
            let read = read(&line.node).map_err(|wrong| Fault { wrong, span: line.span }.into_error(&text, true))?;
            match (read, out.stages.last_mut()) {
                (Read::From(from), _) => out.stages.push(Stage { from: located(line, from), instructions: Vec::new() }),
                (Read::Instruction(Instruction::Arg(arguments)), None) => out.args.push(located(line, arguments)),
                (Read::Instruction(instruction), Some(stage)) => stage.instructions.push(located(line, instruction)),
                (Read::Instruction(_), None) => {
                    let wrong = Wrong::new("no build stage in current context");
                    return Err(Fault { wrong, span: line.span }.into_error(&text, false));
                }
            }
        }
        if out.stages.is_empty() {
            let wrong = Wrong::new("dockerfile contains no stages to build");
            return Err(Fault { wrong, span: Span::default() }.into_error(&text, false));
        }
        out.warnings = check::of_text(&lines.nodes, &out.stages);
        Ok(out)
    }

    /// Which checks are wanted, unless the build says otherwise.
    #[must_use]
    pub fn check(&self) -> Check {
        self.directives.check.clone().unwrap_or_default()
    }
}

impl Instruction {
    /// Reads a trigger of `ONBUILD`: one instruction that is in no file.
    ///
    /// # Errors
    /// [`SyntaxError`], with lines of the trigger's own text.
    pub fn parse_trigger(text: &str) -> Result<Located<Self>, SyntaxError> {
        let lines = lines::read(text).map_err(|fault| fault.into_error(text, false))?;
        let wrong = |message: &str, span| Fault { wrong: Wrong::new(message), span }.into_error(text, false);
        let [line] = lines.nodes.as_slice() else {
            return Err(wrong("onbuild trigger should be a single expression", Span::default()));
        };
        match read(&line.node) {
            Ok(Read::Instruction(instruction)) => Ok(located(line, instruction)),
            Ok(Read::From(_)) => Err(wrong("FROM isn't allowed as an ONBUILD trigger", line.span)),
            Err(wrong) => Err(Fault { wrong, span: line.span }.into_error(text, false)),
        }
    }
}

pub(crate) fn located<T>(line: &Line, value: T) -> Located<T> {
    let Line { node, span, comments, .. } = line;
    Located {
        value,
        span: *span,
        source: node.source.trim().to_owned(),
        keyword: node.keyword.clone(),
        comments: comments.clone(),
    }
}
