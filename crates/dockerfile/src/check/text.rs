//! Checks that need nothing but the text, in the order in which BuildKit reports them.

use std::collections::BTreeSet;

use crate::check::{Check, Rule, Warning, asked, rules};
use crate::directives::directive;
use crate::instruction::Stage;
use crate::lines::Line;
use crate::node::Arguments;
use crate::quote::quote;
use crate::span::{Located, Span};

/// Names that mean something else than a stage.
const RESERVED: [&str; 2] = ["context", "scratch"];

/// Checks a text.
pub(crate) fn of_text(lines: &[Line], stages: &[Stage]) -> Vec<Warning> {
    let mut out = Found::default();
    for line in lines {
        if let Some(at) = line.empty_continuation {
            out.beside = Check::of_comments(&line.comments);
            out.add(&rules::NO_EMPTY_CONTINUATION, Span::lines(at, at), "Empty continuation line".into());
        }
    }
    for line in lines {
        out.beside = Check::of_comments(&line.comments);
        out.instruction(line);
    }
    out.stage_names(stages);
    out.casing(stages);
    out.warnings
}

#[derive(Default)]
struct Found {
    warnings: Vec<Warning>,
    /// What the comments above the instruction say.
    beside: Option<Check>,
}

impl Found {
    fn add(&mut self, rule: &'static Rule, span: Span, detail: String) {
        if let Some(asked) = asked(self.beside.as_ref(), rule) {
            self.warnings.push(Warning { rule, detail, span, asked });
        }
    }

    fn instruction(&mut self, line: &Line) {
        let node = &line.node;
        match (node.keyword.to_ascii_lowercase().as_str(), &node.arguments) {
            ("maintainer", _) => {
                let detail = "Maintainer instruction is deprecated in favor of using label";
                self.add(&rules::MAINTAINER_DEPRECATED, line.span, detail.into());
            }
            ("from", Arguments::Words(words)) => {
                let [_, keyword, name] = words.as_slice() else { return };
                if *name != name.to_lowercase() {
                    let detail = format!("Stage name '{name}' should be lowercase");
                    self.add(&rules::STAGE_NAME_CASING, line.span, detail);
                }
                let from = &node.keyword;
                let fits = match (*from == from.to_lowercase(), *from == from.to_uppercase()) {
                    (true, _) => *keyword == keyword.to_lowercase(),
                    (_, true) => *keyword == keyword.to_uppercase(),
                    // Mixed already is what another rule is about.
                    _ => true,
                };
                if !fits {
                    let detail = format!("'{keyword}' and '{from}' keywords' casing do not match");
                    self.add(&rules::FROM_AS_CASING, line.span, detail);
                }
                self.description("FROM", &[&name.to_lowercase()], line);
            }
            ("arg", Arguments::Words(words)) => {
                let names: Vec<&str> =
                    words.iter().map(|word| word.split_once('=').map_or(word.as_str(), |(name, _)| name)).collect();
                self.description("ARG", &names, line);
            }
            _ => {}
        }
    }

    /// The comment directly above a definition describes it.
    fn description(&mut self, keyword: &str, names: &[&str], line: &Line) {
        let comment = line.comments.iter().rfind(|comment| directive(comment).is_none());
        let (Some(comment), Some(first)) = (comment, names.first()) else { return };
        let word = comment.split(' ').next().unwrap_or_default();
        if names.contains(&word) {
            return;
        }
        let name = if names.len() > 1 { "<arg_key>" } else { first };
        let detail = format!("Comment for {keyword} should follow the format: `# {name} <description>`");
        self.add(&rules::INVALID_DEFINITION_DESCRIPTION, line.span, detail);
    }

    fn stage_names(&mut self, stages: &[Stage]) {
        let mut seen = BTreeSet::new();
        for stage in stages {
            let Some(name) = stage.from.value.name.as_deref() else { continue };
            self.beside = Check::of_comments(&stage.from.comments);
            if RESERVED.contains(&name) {
                let detail = format!("Stage name should not use the same name as reserved stage {}", quote(name));
                self.add(&rules::RESERVED_STAGE_NAME, stage.from.span, detail);
            }
            if !seen.insert(name) {
                let detail = format!("Duplicate stage name {}, stage names should be unique", quote(name));
                self.add(&rules::DUPLICATE_STAGE_NAME, stage.from.span, detail);
            }
        }
    }

    fn casing(&mut self, stages: &[Stage]) {
        fn one<T>(at: &Located<T>) -> (&str, Span, &[String]) {
            (&at.keyword, at.span, &at.comments)
        }
        fn keywords(stage: &Stage) -> impl Iterator<Item = (&str, Span, &[String])> {
            std::iter::once(one(&stage.from)).chain(stage.instructions.iter().map(one))
        }
        let all = || stages.iter().flat_map(keywords);
        let lower = all().filter(|(keyword, ..)| *keyword == keyword.to_lowercase()).count();
        let upper = all().filter(|(keyword, ..)| *keyword == keyword.to_uppercase()).count();
        let (wanted, name) = if lower > upper {
            (str::to_lowercase as fn(&str) -> String, "lowercase")
        } else {
            (str::to_uppercase as _, "uppercase")
        };
        for (keyword, span, comments) in all() {
            if keyword != wanted(keyword) {
                self.beside = Check::of_comments(comments);
                let detail = format!("Command '{keyword}' should match the case of the command majority ({name})");
                self.add(&rules::CONSISTENT_INSTRUCTION_CASING, span, detail);
            }
        }
    }
}
