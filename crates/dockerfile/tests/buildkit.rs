//! What BuildKit says of a Dockerfile, and what we say: the same words at the same lines.
//!
//! `buildkit.txt` holds Dockerfiles and what `docker buildx build --call check` of 28.5.2 (BuildKit 0.25) answered to
//! them. What a build would know is known here for `FROM scratch` alone: values of variables, and no base image.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dockerfile::check::rules::{self, Once};
use dockerfile::{
    Checks, Command, Dockerfile, Expansion, Instruction, Lexer, Mount, Part, Span, Stage, ports, predefined,
};

/// Variables in the order in which they were set.
type Variables = BTreeMap<String, String>;

struct Wrong {
    span: Span,
    message: String,
}

fn main_platform() -> Variables {
    let mut all: Variables = predefined::PLATFORM.iter().map(|name| ((*name).to_owned(), String::new())).collect();
    for (name, value) in [
        ("BUILDPLATFORM", "linux/amd64"),
        ("BUILDOS", "linux"),
        ("BUILDARCH", "amd64"),
        ("TARGETPLATFORM", "linux/amd64"),
        ("TARGETOS", "linux"),
        ("TARGETARCH", "amd64"),
        ("TARGETSTAGE", "default"),
    ] {
        all.insert(name.to_owned(), value.to_owned());
    }
    all
}

fn expand(lexer: Lexer, text: &str, variables: &Variables) -> Result<Expansion, String> {
    lexer.expand(text, &|name: &str| variables.get(name).cloned())
}

/// Evaluates a Dockerfile as far as it can be told without images.
fn evaluate(text: &str) -> (Vec<(Span, String)>, Option<Wrong>) {
    let file = match Dockerfile::parse(text.as_bytes()) {
        Ok(file) => file,
        Err(error) => return (Vec::new(), Some(Wrong { span: error.span, message: error.to_string() })),
    };
    let mut checks = Checks::new(file.check());
    file.warnings.iter().cloned().for_each(|warning| checks.push(warning));
    let wrong = stages(&file, &mut checks).err();
    let wrong = wrong.or_else(|| checks.error().map(|message| Wrong { span: Span::default(), message }));
    let said =
        checks.warnings().iter().map(|warning| (warning.span, format!("{}: {}", warning.rule.name, warning.detail)));
    (said.collect(), wrong)
}

fn stages(file: &Dockerfile, checks: &mut Checks) -> Result<(), Wrong> {
    let lexer = Lexer::new(file.directives.escape);
    let mut globals = main_platform();
    for at in &file.args {
        for argument in &at.value {
            let Some(default) = &argument.default else { continue };
            let value = expand(lexer, default, &globals).map_err(|message| Wrong { span: at.span, message })?;
            globals.insert(argument.name.clone(), value.text);
        }
    }
    for stage in &file.stages {
        let from = &stage.from;
        if let Ok(image) = expand(lexer, &from.value.image, &globals) {
            rules::default_image(&from.value.image, &image.text, from.span, checks);
        }
    }
    let declared: Vec<String> = globals
        .keys()
        .cloned()
        .chain(file.args.iter().flat_map(|at| at.value.iter().map(|argument| argument.name.clone())))
        .collect();
    for stage in &file.stages {
        let (span, from) = (stage.from.span, &stage.from.value);
        let wrong = |message: String| Wrong { span, message };
        let declared = || declared.iter().map(String::as_str);
        let image = expand(lexer, &from.image, &globals).map_err(wrong)?;
        rules::undefined_arguments(&image.unmatched, declared(), span, checks);
        if image.text.is_empty() {
            return Err(wrong(format!("base name ({}) should not be blank", from.image)));
        }
        if let Some(platform) = &from.platform {
            let found = expand(lexer, platform, &globals).map_err(wrong)?;
            rules::undefined_arguments(&found.unmatched, declared(), span, checks);
            rules::redundant_platform(platform, &found, &globals["TARGETPLATFORM"], span, checks);
            rules::constant_platform(from.name.as_deref(), &found, span, checks);
            if found.text.is_empty() {
                return Err(wrong(format!("empty platform value from expression {platform}")));
            }
        }
    }
    file.stages.iter().try_for_each(|stage| instructions(stage, lexer, &globals, checks))
}

/// What a stage has set so far.
struct Scope {
    variables: Variables,
    /// Declared, with a value or without.
    arguments: Vec<String>,
}

impl Scope {
    fn word(&self, lexer: Lexer, text: &str, span: Span, checks: &mut Checks) -> Result<Expansion, String> {
        let found = expand(lexer, text, &self.variables)?;
        let declared = |name: &str| self.arguments.iter().any(|argument| argument == name);
        let set = self.variables.keys().map(String::as_str);
        rules::undefined_variables(&found.unmatched, declared, set, span, checks);
        Ok(found)
    }
}

fn instructions(stage: &Stage, lexer: Lexer, globals: &Variables, checks: &mut Checks) -> Result<(), Wrong> {
    let mut scope = Scope { variables: [("PATH".to_owned(), "/bin".to_owned())].into(), arguments: Vec::new() };
    let (mut cmd, mut entrypoint, mut health) = (Once::default(), Once::default(), Once::default());
    let (mut workdir, mut has_shell) = (false, false);
    for at in &stage.instructions {
        let (span, keyword) = (at.span, at.keyword.as_str());
        let wrong = |message: String| Wrong { span, message };
        let expanded = at.value.expand(&mut |part| {
            let found = match part {
                Part::Word(text) => scope.word(lexer, text, span, checks),
                Part::Content(text) => scope.word(Lexer::content(), text, span, checks),
            };
            found.map(|found| found.text)
        });
        match expanded.map_err(wrong)? {
            Instruction::Env(pairs) => {
                for pair in &pairs {
                    rules::legacy_format(keyword, std::slice::from_ref(pair), span, checks);
                    rules::secret_name("ENV", &pair.name, span, checks);
                    scope.variables.insert(pair.name.clone(), pair.value.clone());
                }
            }
            Instruction::Label(pairs) => rules::legacy_format(keyword, &pairs, span, checks),
            Instruction::Arg(list) => {
                for argument in list {
                    rules::secret_name("ARG", &argument.name, span, checks);
                    let value = match &argument.default {
                        Some(default) => Some(scope.word(lexer, default, span, checks).map_err(wrong)?.text),
                        None => globals.get(&argument.name).cloned(),
                    };
                    scope.variables.extend(value.map(|value| (argument.name.clone(), value)));
                    scope.arguments.push(argument.name);
                }
            }
            Instruction::Run(run) => {
                for mount in &run.mounts {
                    let mut value = |text: &str| scope.word(lexer, text, span, checks).map(|found| found.text);
                    Mount::parse(mount, &mut value).map_err(|error| wrong(error.to_string()))?;
                }
            }
            Instruction::Cmd(command) => program(keyword, &command, has_shell, span, &mut cmd, checks),
            Instruction::Entrypoint(command) => program(keyword, &command, has_shell, span, &mut entrypoint, checks),
            Instruction::Healthcheck(_) => health.here(keyword, span, checks),
            Instruction::Shell(_) => has_shell = true,
            Instruction::Workdir(path) => {
                let first = !std::mem::replace(&mut workdir, true);
                first.then(|| rules::relative_workdir(&path, span, checks));
            }
            Instruction::Expose(list) => {
                let mut all = Vec::new();
                for text in &list {
                    all.extend(expand(lexer, text, &scope.variables).map_err(wrong)?.words);
                }
                for port in all {
                    ports(&port, span, checks).map_err(wrong)?;
                }
            }
            Instruction::Stopsignal(signal) if words::signal::parse(&signal).is_none() => {
                return Err(wrong(format!("invalid signal: {signal}")));
            }
            _ => {}
        }
    }
    Ok(())
}

fn program(keyword: &str, command: &Command, has_shell: bool, span: Span, once: &mut Once, checks: &mut Checks) {
    once.here(keyword, span, checks);
    rules::shell_form(keyword, command, has_shell, span, checks);
}

/// The file's entries: a Dockerfile, and what was answered.
fn entries(text: &str) -> Vec<(&str, &str)> {
    let body = text.split_once("\n====\n").unwrap().1;
    body.split("\n====\n").map(|entry| entry.split_once("\n----\n").unwrap_or((entry, ""))).collect()
}

#[test]
fn the_same_words_at_the_same_lines() {
    let mut different = String::new();
    for (text, answer) in entries(include_str!("buildkit.txt")) {
        let (mut said, wrong) = evaluate(&format!("{text}\n"));
        // BuildKit's warnings of one line have no order of their own.
        said.sort();
        // Warnings beside an error may be fewer here: they come of what was read before it.
        let ours = match wrong {
            Some(Wrong { span, message }) => format!("{}-{} {message}", span.start.line, span.end.line),
            None => {
                let lines = said.iter().map(|(span, said)| format!("{}-{} {said}", span.start.line, span.end.line));
                lines.collect::<Vec<_>>().join("\n")
            }
        };
        let answer = answer.trim_end();
        if ours != answer {
            write!(different, "{text}\n---- BuildKit:\n{answer}\n---- we:\n{ours}\n====\n").unwrap();
        }
    }
    assert!(different.is_empty(), "{different}");
}
