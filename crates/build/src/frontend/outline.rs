//! What a build takes from whoever starts it: arguments, secrets and ssh agents (`--call=outline`).
//!
//! Each stage notes what it takes while it is evaluated; the outline of a target is that of all the stages that it is made
//! of, each name once, as it stands in the stage that is nearest to the target.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use dockerfile::check::Checks;
use dockerfile::{Instruction, Located, Span};

use super::base::Images;
use super::scope::Global;
use super::{Evaluator, Loaded, platforms, title};
use crate::error::SourceFile;
use crate::{Request, Result};

/// What can be given to a build of a target.
#[derive(Debug, Clone)]
pub struct Outline {
    /// The target's name; empty when it has none.
    pub target: String,
    /// What the comment above it says.
    pub description: String,
    /// Arguments, by their lines.
    pub args: Vec<Parameter>,
    /// Secrets, by the lines where they are mounted.
    pub secrets: Vec<Access>,
    /// Agents for ssh, by the lines where they are mounted.
    pub ssh: Vec<Access>,
    /// The Dockerfile.
    pub source: Arc<SourceFile>,
}

/// An argument of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The value that it has in this build; empty when it has none.
    pub value: String,
    /// What the comment above it says.
    pub description: String,
    /// Its lines.
    pub span: Span,
}

/// Something of the client's that a step asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// What the client knows it by.
    pub name: String,
    /// The step fails without it.
    pub required: bool,
    /// The step's lines.
    pub span: Span,
}

/// What a stage takes.
#[derive(Debug, Default)]
pub(super) struct Takes {
    /// The stage that it begins with.
    pub(super) base: Option<usize>,
    /// Stages whose files it uses, in order.
    pub(super) from: Vec<usize>,
    /// Arguments that it declares or that its `FROM` names.
    pub(super) used: BTreeSet<String>,
    /// Those that it declares itself: where, and what the comment says.
    declared: BTreeMap<String, (Span, String)>,
    pub(super) secrets: Accesses,
    pub(super) ssh: Accesses,
}

/// By name; the first that is noted is the one that is told.
#[derive(Debug, Default)]
pub(super) struct Accesses(BTreeMap<String, Access>);

impl Accesses {
    pub(super) fn note(&mut self, name: &str, required: bool, span: Span) {
        self.0.entry(name.to_owned()).or_insert_with(|| Access { name: name.to_owned(), required, span });
    }

    fn note_all(&mut self, others: &Self) {
        others.0.values().for_each(|access| self.note(&access.name, access.required, access.span));
    }
}

impl Takes {
    /// An argument is declared here. One that inherits its value is the one before the first `FROM`.
    pub(super) fn argument(&mut self, name: &str, located: &Located<Instruction>, inherits: bool) {
        self.used.insert(name.to_owned());
        if !inherits {
            let description = located.description(name).unwrap_or_default().to_owned();
            self.declared.insert(name.to_owned(), (located.span, description));
        }
    }
}

/// An argument before the first `FROM`.
struct Outer {
    parameter: Parameter,
    /// Those that its default value names.
    names: BTreeSet<String>,
}

/// What can be given to the target that a request asks for, and what the checks have found on the way.
pub(super) async fn of(images: &dyn Images, request: &Request, loaded: &Loaded) -> Result<(Outline, Checks)> {
    let mut evaluator = Evaluator::new(images, request, loaded, false)?;
    let platform = platforms(request).swap_remove(0);
    evaluator.begin_platform(&platform)?;
    evaluator.stage(evaluator.target, &platform).await?;
    let outer = outer(&evaluator, &evaluator.global(&platform)?)?;
    let mut args: BTreeMap<String, Parameter> = BTreeMap::new();
    let (mut secrets, mut ssh) = (Accesses::default(), Accesses::default());
    for number in made_of(&evaluator.takes, evaluator.target) {
        let Some(takes) = evaluator.takes.get(&number) else { continue };
        let state = evaluator.states.get(&(number, platform.to_string()));
        let value_of = |name: &str| {
            let mut values = state.iter().flat_map(|state| state.args.iter().rev());
            values.find(|(known, _)| known == name).and_then(|(_, value)| value.clone())
        };
        for name in with_named(&outer, &takes.used) {
            if args.contains_key(name) {
                continue;
            }
            let parameter = match takes.declared.get(name) {
                Some((span, description)) => Some(Parameter {
                    name: name.to_owned(),
                    value: value_of(name).unwrap_or_default(),
                    description: description.clone(),
                    span: *span,
                }),
                None => outer.get(name).map(|outer| outer.parameter.clone()),
            };
            args.extend(parameter.map(|parameter| (name.to_owned(), parameter)));
        }
        secrets.note_all(&takes.secrets);
        ssh.note_all(&takes.ssh);
    }
    let (target, description) = title(&loaded.dockerfile.stages[evaluator.target]);
    let outline = Outline {
        target,
        description,
        args: by_line(args, |parameter| parameter.span),
        secrets: by_line(secrets.0, |access| access.span),
        ssh: by_line(ssh.0, |access| access.span),
        source: Arc::clone(&loaded.source),
    };
    Ok((outline, evaluator.checks))
}

fn by_line<T>(all: BTreeMap<String, T>, span: impl Fn(&T) -> Span) -> Vec<T> {
    let mut all: Vec<T> = all.into_values().collect();
    all.sort_by_key(|one| span(one).start);
    all
}

/// The stages that a stage is made of: itself, what it begins with, what it copies from or mounts; each once, those first
/// that are nearer.
fn made_of(takes: &HashMap<usize, Takes>, target: usize) -> Vec<usize> {
    let (mut order, mut seen, mut next) = (Vec::new(), BTreeSet::new(), vec![target]);
    while let Some(number) = next.pop() {
        if !seen.insert(number) {
            continue;
        }
        order.push(number);
        if let Some(takes) = takes.get(&number) {
            next.extend(takes.from.iter().rev().chain(&takes.base));
        }
    }
    order
}

/// The arguments before the first `FROM`, with the values that they have.
fn outer(evaluator: &Evaluator<'_>, global: &Global) -> Result<BTreeMap<String, Outer>> {
    let mut found = BTreeMap::new();
    for located in &evaluator.dockerfile.args {
        for argument in &located.value {
            let names = match &argument.default {
                Some(default) if !evaluator.request.args.contains_key(&argument.name) => {
                    evaluator.lexer.expand(default, global).map_err(crate::Error::invalid)?.used
                }
                _ => BTreeSet::new(),
            };
            let parameter = Parameter {
                name: argument.name.clone(),
                value: global.args.get(&argument.name).unwrap_or_default().to_owned(),
                description: located.description(&argument.name).unwrap_or_default().to_owned(),
                span: located.span,
            };
            found.insert(argument.name.clone(), Outer { parameter, names });
        }
    }
    Ok(found)
}

/// Names, with those that their values name.
fn with_named<'a>(outer: &'a BTreeMap<String, Outer>, names: &'a BTreeSet<String>) -> BTreeSet<&'a str> {
    let (mut found, mut next) = (BTreeSet::new(), names.iter().map(String::as_str).collect::<Vec<_>>());
    while let Some(name) = next.pop() {
        if found.insert(name)
            && let Some(outer) = outer.get(name)
        {
            next.extend(outer.names.iter().map(String::as_str));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::plans::{StandIns, loaded};
    use super::*;

    const TEXT: &str = "\
# VARIANT which kind
ARG VARIANT=box
ARG TAG=${VARIANT}-1
ARG UNUSED=1
FROM a:${TAG} AS base
ARG TAG
# A a letter
ARG A=1 C=3
ARG TARGETPLATFORM
RUN --mount=type=ssh true
FROM a AS tools
ARG B=${A:-none}
ARG NOVALUE
RUN --mount=type=secret,id=tok,required=true --mount=type=secret,id=other,env=OTHER true
FROM a AS unneeded
ARG NOT=needed
# last is what is shipped
FROM base AS last
ARG A=2
COPY --from=tools /x /x
RUN --mount=type=ssh,id=k,required --mount=type=secret,id=tok true
";

    fn outline(target: &str, args: &[(&str, &str)]) -> Outline {
        let loaded = loaded(TEXT.as_bytes().to_vec()).unwrap();
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request { target: target.into(), args, ..Request::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(of(&StandIns, &request, &loaded)).unwrap().0
    }

    fn args(outline: &Outline) -> Vec<(&str, &str, usize)> {
        outline.args.iter().map(|arg| (arg.name.as_str(), arg.value.as_str(), arg.span.start.line)).collect()
    }

    fn accesses(all: &[Access]) -> Vec<(&str, bool, usize)> {
        all.iter().map(|access| (access.name.as_str(), access.required, access.span.start.line)).collect()
    }

    #[test]
    fn a_target_takes_what_the_stages_take_that_it_is_made_of() {
        let found = outline("", &[]);
        assert_eq!((found.target.as_str(), found.description.as_str()), ("last", "is what is shipped"));
        // What is inherited is told where it has its value; what the platform gives is not asked of anybody.
        let expected =
            [("VARIANT", "box", 2), ("TAG", "box-1", 3), ("C", "3", 8), ("B", "none", 12), ("NOVALUE", "", 13)];
        assert_eq!(args(&found), [&expected[..], &[("A", "2", 19)]].concat());
        assert_eq!((&*found.args[0].description, &*found.args[5].description), ("which kind", ""));
        // The one that is nearest to the target counts.
        assert_eq!(accesses(&found.secrets), [("other", false, 14), ("tok", false, 21)]);
        assert_eq!(accesses(&found.ssh), [("default", false, 10), ("k", true, 21)]);
    }

    #[test]
    fn a_target_takes_nothing_of_stages_that_it_does_not_need() {
        let found = outline("tools", &[("NOVALUE", "x"), ("TAG", "given")]);
        assert_eq!(args(&found), [("B", "none", 12), ("NOVALUE", "x", 13)]);
        assert_eq!(accesses(&found.secrets), [("other", false, 14), ("tok", true, 14)]);
        assert!(found.ssh.is_empty());
        // What a value names that is replaced by another one is of no use.
        let found = outline("base", &[("TAG", "given")]);
        assert_eq!(args(&found), [("TAG", "given", 6), ("A", "1", 8), ("C", "3", 8)]);
        assert_eq!(found.args[1].description, "a letter");
    }
}
