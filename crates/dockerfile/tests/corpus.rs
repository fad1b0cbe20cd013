//! Dockerfiles of every kind: our own of `corpus.txt`, and all below the folder that `DOCKERFILES` names (`cargo xtask
//! test` fetches the hundreds of Debian's sources of buildah). Each is read or refused with its place, and a parser of
//! somebody else's finds the same instructions in it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::path::Path;

use dockerfile::{Dockerfile, Instruction, Located, Position, Span, SyntaxError};

/// Of a folder of others, files that hold no Dockerfile by their names.
const OTHERS: [&str; 5] = ["dockerignore", ".go", ".gz", ".in", ".md"];

fn own() -> Vec<(String, String)> {
    let text = include_str!("corpus.txt");
    let entries = text.split("\n==== ").skip(1);
    entries
        .map(|entry| entry.split_once('\n').unwrap())
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}

fn of_others() -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders: Vec<_> = std::env::var_os("DOCKERFILES").into_iter().map(std::path::PathBuf::from).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap()) {
            let (kind, path) = (entry.file_type().unwrap(), entry.path());
            let name = entry.file_name().to_string_lossy().to_lowercase();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file()
                && (name.contains("dockerfile") || name.contains("containerfile"))
                && !OTHERS.iter().any(|other| name.ends_with(other))
            {
                found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The instructions of a file in their order.
fn all(file: &Dockerfile) -> Vec<(String, Span)> {
    fn one<T>(at: &Located<T>) -> (String, Span) {
        (at.keyword.to_ascii_uppercase(), at.span)
    }
    let stages = file.stages.iter().flat_map(|stage| {
        std::iter::once(one(&stage.from)).chain(stage.instructions.iter().map(one)).collect::<Vec<_>>()
    });
    file.args.iter().map(one).chain(stages).collect()
}

/// What holds for every text, read or refused.
fn check(name: &str, text: &[u8]) -> Result<Dockerfile, SyntaxError> {
    let lossy = String::from_utf8_lossy(text);
    let lines = lossy.lines().count();
    let read = Dockerfile::parse(text);
    match &read {
        Ok(file) => {
            let mut before = 0;
            for (keyword, Span { start, end }) in all(file) {
                assert!(before < start.line && start.line <= end.line && end.line <= lines, "{name}: {keyword}");
                before = end.line;
            }
            for warning in &file.warnings {
                assert!(warning.span.end.line <= lines, "{name}");
            }
            for at in file.stages.iter().flat_map(|stage| &stage.instructions) {
                assert!(!at.source.is_empty() && at.source.starts_with(&at.keyword), "{name}");
                // A trigger is an instruction.
                if let Instruction::Onbuild(trigger) = &at.value {
                    assert!(!matches!(
                        Instruction::parse_trigger(trigger),
                        Ok(Located { value: Instruction::Onbuild(_), .. })
                    ));
                }
            }
        }
        Err(SyntaxError { message, span, position: Position { line, column }, .. }) => {
            assert!(!message.is_empty() && span.end.line <= lines, "{name}: {message}");
            let width = lossy.lines().nth(line.saturating_sub(1)).map_or(0, |line| line.chars().count());
            assert!(*column >= 1 && *column <= width + 1, "{name}: {message}: {line}:{column}");
        }
    }
    read
}

#[test]
fn our_own_are_read() {
    let own = own();
    assert!(own.len() > 70);
    for (name, text) in own {
        let file = check(&name, text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        same_for_another(&name, &text, &file);
        // Line ends of another system, and no last one.
        let other = text.trim_end().replace('\n', "\r\n");
        assert_eq!(all(&check(&name, other.as_bytes()).unwrap()), all(&file), "{name}");
    }
}

#[test]
fn those_of_others_are_read_or_refused_with_their_place() {
    let (mut read, mut refused) = (0, Vec::new());
    for (name, text) in of_others() {
        match check(&name, &text) {
            Ok(file) => {
                read += 1;
                same_for_another(&name, &String::from_utf8_lossy(&text), &file);
            }
            Err(error) => {
                let short =
                    Path::new(&name).iter().rev().take(2).map(|part| part.to_string_lossy()).collect::<Vec<_>>();
                let Position { line, column } = error.position;
                refused.push(format!("{}/{}:{line}:{column}: {error}", short[1], short[0]));
            }
        }
    }
    println!("{read} read, {} refused:\n{}", refused.len(), refused.join("\n"));
    if read + refused.len() > 0 {
        assert!(read >= 200 && refused.len() * 10 < read, "{read} read, refused:\n{}", refused.join("\n"));
    }
}

/// The same instructions at the same lines, as far as the other parser reads the text at all.
fn same_for_another(name: &str, text: &str, file: &Dockerfile) {
    let Ok(other) = parse_dockerfile::parse(text) else { return };
    macro_rules! keyword {
        ($at:expr, $($variant:ident $field:ident),*) => {
            match $at {
                $(parse_dockerfile::Instruction::$variant(at) => at.$field.span.clone(),)*
                _ => panic!("{name}: an instruction that is not known"),
            }
        };
    }
    let theirs: Vec<(String, usize)> = other
        .instructions
        .iter()
        .map(|at| {
            let span = keyword!(
                at, Add add, Arg arg, Cmd cmd, Copy copy, Entrypoint entrypoint, Env env, Expose expose, From from,
                Healthcheck healthcheck, Label label, Maintainer maintainer, Onbuild onbuild, Run run, Shell shell,
                Stopsignal stopsignal, User user, Volume volume, Workdir workdir
            );
            (text[span.clone()].to_ascii_uppercase(), text[..span.start].matches('\n').count() + 1)
        })
        .collect();
    let ours: Vec<(String, usize)> = all(file).into_iter().map(|(keyword, span)| (keyword, span.start.line)).collect();
    assert_eq!(ours, theirs, "{name}");
}
