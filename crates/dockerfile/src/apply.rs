//! What instructions do to an image's configuration.

use std::path::{Component, Path, PathBuf};

use oci::image::{Empty, Execution};

use crate::check::Checks;
use crate::expand::Lexer;
use crate::instruction::{Command, Instruction, Part};
use crate::lines;
use crate::ports;
use crate::read::{Read, read};
use crate::span::Span;
use crate::{Error, TEXT_BYTES};

/// Keywords of the instructions that change what an image says of itself.
const CHANGES: [&str; 11] = [
    "cmd",
    "entrypoint",
    "env",
    "expose",
    "healthcheck",
    "label",
    "onbuild",
    "stopsignal",
    "user",
    "volume",
    "workdir",
];

/// Applies the instructions of a text.
pub(crate) fn change(text: &str, execution: &mut Execution) -> Result<(), Error> {
    let error = |span: Span, why: String| Error { line: span.start.line.max(1), why };
    let lines = lines::read(text).map_err(|fault| error(fault.span, fault.wrong.to_string()))?;
    let mut changing = Changing::new(execution, lines.directives.escape);
    for line in &lines.nodes {
        let keyword = line.node.keyword.to_ascii_lowercase();
        let not = || format!("{keyword} is not a valid change command");
        let changed = match read(&line.node) {
            _ if !CHANGES.contains(&keyword.as_str()) => Err(not()),
            Ok(Read::Instruction(instruction)) => changing.apply(instruction).and_then(|known| known.ok_or_else(not)),
            Ok(Read::From(_)) => Err(not()),
            Err(wrong) => Err(wrong.to_string()),
        };
        changed.map_err(|why| error(line.span, why))?;
    }
    Ok(())
}

/// A configuration that is being changed.
struct Changing<'a> {
    execution: &'a mut Execution,
    lexer: Lexer,
    has_cmd: bool,
    /// Bytes that all values together have grown by.
    grown: usize,
}

impl<'a> Changing<'a> {
    fn new(execution: &'a mut Execution, escape: char) -> Self {
        Self { execution, lexer: Lexer::new(escape), has_cmd: false, grown: 0 }
    }

    /// Applies one, or says that it is none of those that change an image.
    fn apply(&mut self, instruction: Instruction) -> Result<Option<()>, String> {
        let before = self.execution.env.clone();
        let (lexer, grown) = (self.lexer, &mut self.grown);
        let mut grow = |bytes: usize| {
            *grown += bytes;
            if *grown > TEXT_BYTES { Err(format!("the changes are more than {TEXT_BYTES} bytes")) } else { Ok(()) }
        };
        let expansion = |text: &str| lexer.expand(text, &|name: &str| variable(&before, name));
        let expanded = match instruction {
            Instruction::Expose(texts) => {
                let mut all = Vec::new();
                for text in texts {
                    for word in expansion(&text)?.words {
                        let ports = ports::ports(&word, Span::default(), &mut Checks::default())?;
                        grow(ports.len() * "65535/tcp".len())?;
                        all.extend(ports);
                    }
                }
                Instruction::Expose(all)
            }
            // All of one instruction see the values from before it.
            other => other.expand(&mut |part| match part {
                Part::Word(text) | Part::Content(text) => {
                    let text = expansion(text)?.text;
                    grow(text.len()).map(|()| text)
                }
            })?,
        };
        apply(expanded, self.execution, &mut self.has_cmd)
    }
}

/// Does to an image's configuration what an instruction says whose variables have been replaced
/// ([`Instruction::expand`]) and whose ports are those that [`crate::ports`] gives; or nothing, if it is none of those
/// that change it. `has_cmd` is whether there was a `CMD` since the base image: an `ENTRYPOINT` leaves it alone then.
///
/// # Errors
/// What cannot be said of an image.
pub fn apply(instruction: Instruction, execution: &mut Execution, has_cmd: &mut bool) -> Result<Option<()>, String> {
    match instruction {
        Instruction::Cmd(command) => {
            execution.cmd = Some(arguments(command, execution.shell.as_deref()));
            execution.args_escaped = true;
            *has_cmd = true;
        }
        Instruction::Entrypoint(command) => {
            execution.entrypoint = Some(arguments(command, execution.shell.as_deref()));
            if !*has_cmd {
                execution.cmd = None;
            }
        }
        Instruction::Env(pairs) => pairs.iter().for_each(|pair| set(&mut execution.env, &pair.name, &pair.value)),
        Instruction::Label(pairs) => execution.labels.extend(pairs.into_iter().map(|pair| (pair.name, pair.value))),
        Instruction::Expose(ports) => execution.exposed_ports.extend(ports.into_iter().map(|port| (port, Empty {}))),
        Instruction::Volume(paths) => {
            for path in paths {
                let path = path.trim().to_owned();
                if path.is_empty() {
                    return Err("VOLUME specified can not be an empty string".into());
                }
                execution.volumes.insert(path, Empty {});
            }
        }
        Instruction::User(user) => execution.user = user,
        Instruction::Workdir(path) => {
            let below = if execution.working_dir.is_empty() { "/" } else { &execution.working_dir };
            execution.working_dir = normal(&Path::new(below).join(path)).display().to_string();
        }
        Instruction::Stopsignal(signal) => {
            if words::signal::parse(&signal).is_none() {
                return Err(format!("invalid signal: {signal}"));
            }
            execution.stop_signal = signal;
        }
        Instruction::Healthcheck(check) => execution.healthcheck = Some(check),
        Instruction::Onbuild(trigger) => execution.on_build.push(trigger),
        Instruction::Shell(shell) => execution.shell = Some(shell),
        Instruction::Add(_)
        | Instruction::Arg(_)
        | Instruction::Copy(_)
        | Instruction::Maintainer(_)
        | Instruction::Run(_) => return Ok(None),
    }
    Ok(Some(()))
}

fn arguments(command: Command, shell: Option<&[String]>) -> Vec<String> {
    match command {
        Command::Exec(list) => list,
        Command::Shell(text) => {
            let shell = shell.map_or_else(|| vec!["/bin/sh".into(), "-c".into()], <[String]>::to_vec);
            shell.into_iter().chain([text]).collect()
        }
    }
}

/// The value of a variable of the image.
fn variable(env: &[String], name: &str) -> Option<String> {
    env.iter().rev().find_map(|entry| entry.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

fn set(env: &mut Vec<String>, name: &str, value: &str) {
    let entry = format!("{name}={value}");
    let same = |other: &String| other.split_once('=').map_or(other.as_str(), |(other, _)| other) == name;
    match env.iter().position(same) {
        Some(position) => env[position] = entry,
        None => env.push(entry),
    }
}

/// A path without `.` and `..`, as far as one can tell without looking.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::Normal(name) => out.push(name),
            Component::ParentDir => {
                out.pop();
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn changed(text: &str) -> Execution {
        let mut execution = Execution { env: vec!["PATH=/bin".into()], ..Execution::default() };
        change(text, &mut execution).unwrap_or_else(|error| panic!("{text}: {error}"));
        execution
    }

    fn refused(text: &str) -> String {
        change(text, &mut Execution::default()).map(|()| panic!("{text} is taken")).unwrap_err().to_string()
    }

    #[test]
    fn each_instruction_has_its_field() {
        let found = changed(
            "cmd [\"a\", \"b\"]\nENV A=1 B=\"two words\"\nenv OLD the rest of it\nEXPOSE 80 53/udp 8000-8002\nLABEL x=y \"with space\"=z\n\
             USER web:web\nVOLUME /data [no json\nVOLUME [\"/a b\"]\nWORKDIR /srv\nWORKDIR app\nSTOPSIGNAL SIGQUIT\n\
             ONBUILD RUN make\nONBUILD  COPY . /src\n",
        );
        assert_eq!(found.cmd.as_deref().unwrap(), ["a", "b"]);
        assert_eq!(found.env, ["PATH=/bin", "A=1", "B=two words", "OLD=the rest of it"]);
        assert_eq!(
            found.exposed_ports.keys().collect::<Vec<_>>(),
            ["53/udp", "80/tcp", "8000/tcp", "8001/tcp", "8002/tcp"]
        );
        assert_eq!(found.labels.iter().map(|(k, v)| format!("{k}:{v}")).collect::<Vec<_>>(), ["with space:z", "x:y"]);
        assert_eq!(found.user, "web:web");
        assert_eq!(found.volumes.keys().collect::<Vec<_>>(), ["/a b", "/data", "[no", "json"]);
        assert_eq!((found.working_dir.as_str(), found.stop_signal.as_str()), ("/srv/app", "SIGQUIT"));
        assert_eq!(found.on_build, ["RUN make", "COPY . /src"]);
    }

    #[test]
    fn programs_in_both_forms() {
        assert_eq!(changed("CMD echo $HOME \"x\"").cmd.unwrap(), ["/bin/sh", "-c", "echo $HOME \"x\""]);
        assert_eq!(changed("ENTRYPOINT [\"/bin/app\"]").entrypoint.unwrap(), ["/bin/app"]);
        assert_eq!(changed("CMD [\"not\", json]").cmd.unwrap(), ["/bin/sh", "-c", "[\"not\", json]"]);
        assert_eq!(changed("CMD []").cmd.unwrap(), Vec::<String>::new());
        let mut shelled = Execution { shell: Some(vec!["/bin/ash".into(), "-ec".into()]), ..Execution::default() };
        change("CMD a b", &mut shelled).unwrap();
        assert_eq!(shelled.cmd.unwrap(), ["/bin/ash", "-ec", "a b"]);
        // An entry point alone does away with the arguments that were for another one.
        let old = Execution { cmd: Some(vec!["old".into()]), ..Execution::default() };
        let mut found = old.clone();
        change("ENTRYPOINT [\"new\"]", &mut found).unwrap();
        assert_eq!(found.cmd, None);
        let mut found = old;
        change("CMD [\"own\"]\nENTRYPOINT [\"new\"]", &mut found).unwrap();
        assert_eq!(found.cmd.unwrap(), ["own"]);
    }

    #[test]
    fn variables_are_those_of_the_image() {
        let found = changed(
            "ENV DIR=/srv A=$DIR\nENV B=${DIR}/b C='$DIR' D=\\$DIR\nWORKDIR $B\nLABEL at=\"${NONE:-here} $B\"\nUSER ${X:+no}${PATH:+yes}",
        );
        assert_eq!(found.env[1..], ["DIR=/srv", "A=", "B=/srv/b", "C=$DIR", "D=$DIR"]);
        assert_eq!((found.working_dir.as_str(), found.labels["at"].as_str()), ("/srv/b", "here /srv/b"));
        assert_eq!(found.user, "yes");
    }

    #[test]
    fn health_checks() {
        let check = changed("HEALTHCHECK --interval=5s --timeout=1m --start-period=100ms --start-interval=1s --retries=4 CMD curl -f x || exit 1").healthcheck.unwrap();
        assert_eq!(check.test, ["CMD-SHELL", "curl -f x || exit 1"]);
        assert_eq!((check.interval, check.timeout, check.retries), (5_000_000_000, 60_000_000_000, 4));
        assert_eq!((check.start_period, check.start_interval), (100_000_000, 1_000_000_000));
        assert_eq!(changed("HEALTHCHECK CMD [\"true\"]").healthcheck.unwrap().test, ["CMD", "true"]);
        assert_eq!(changed("HEALTHCHECK none").healthcheck.unwrap().test, ["NONE"]);
    }

    #[test]
    fn lines_are_joined_and_comments_passed_over() {
        let found = changed("# a comment\n\n  ENV A=1 \\\n# between\n\n   B=2\\\n  C=3\nLABEL x=#y\n");
        assert_eq!(found.env[1..], ["A=1", "B=2", "C=3"]);
        assert_eq!(found.labels["x"], "#y");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, word) in [
            ("RUN true", 1, "run is not a valid change command"),
            ("ENV A=1\nFROM x", 2, "from is not a valid change command"),
            ("\n\nFLY away", 3, "fly is not a valid change command"),
            ("ENV", 1, "ENV requires at least one argument"),
            ("ENV A", 1, "ENV must have two arguments"),
            ("ENV A=1 B", 1, "can't find = in \"B\""),
            ("ENV =1", 1, "names can not be blank"),
            ("LABEL", 1, "LABEL requires at least one argument"),
            ("EXPOSE 65536", 1, "invalid containerPort"),
            ("EXPOSE 80/xyz", 1, "invalid proto"),
            ("EXPOSE 9-8", 1, "invalid"),
            ("USER", 1, "USER requires exactly one argument"),
            ("WORKDIR", 1, "WORKDIR requires exactly one argument"),
            ("VOLUME", 1, "VOLUME requires at least one argument"),
            ("VOLUME [\"\"]", 1, "empty string"),
            ("STOPSIGNAL NOSUCH", 1, "invalid signal: NOSUCH"),
            ("HEALTHCHECK", 1, "HEALTHCHECK requires at least one argument"),
            ("HEALTHCHECK FLY", 1, "Unknown type \"FLY\" in HEALTHCHECK (try CMD)"),
            ("HEALTHCHECK NONE x", 1, "takes no arguments"),
            ("HEALTHCHECK CMD", 1, "Missing command after HEALTHCHECK CMD"),
            ("HEALTHCHECK --fly=1 CMD x", 1, "unknown flag: --fly"),
            ("HEALTHCHECK --interval=1 CMD x", 1, "missing unit"),
            ("HEALTHCHECK --interval=1us CMD x", 1, "cannot be less than 1ms"),
            ("HEALTHCHECK --retries=-1 CMD x", 1, "retries"),
            ("ONBUILD", 1, "ONBUILD requires at least one argument"),
            ("ONBUILD ONBUILD RUN x", 1, "Chaining ONBUILD"),
            ("ONBUILD FROM x", 1, "FROM isn't allowed as an ONBUILD trigger"),
            ("USER ${A", 1, "unsupported modifier"),
            ("USER ${A:?no user}", 1, "A: no user"),
            ("ENV --x=1 A=1", 1, "unknown flag: --x"),
        ] {
            let said = refused(text);
            assert!(said.contains(word) && said.contains(&format!("line {line}:")), "{text}: {said}");
        }
    }

    #[test]
    fn nothing_grows_without_end() {
        let doubling: String = (0..64).map(|_| "ENV A=$B$B\nENV B=x$A$A\n").collect();
        assert!(refused(&doubling).contains("more than"));
        let all = format!("EXPOSE {}", "1-65535 ".repeat(1000));
        assert!(refused(&all).contains("more than"));
        assert!(
            refused(&format!("ENV A={}\n{}", "y".repeat(60_000), "LABEL $A=1$A\nLABEL 2$A=$A\n".repeat(20)))
                .contains("more than")
        );
        assert!(refused(&"#".repeat(TEXT_BYTES + 1)).contains("more than"));
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(CMD|ENV|LABEL|USER|EXPOSE|HEALTHCHECK|VOLUME|WORKDIR|ONBUILD)[ -~\\n$\\\\\"'{}\\[\\]=:-]{0,60}") {
            let mut execution = Execution::default();
            let _ = change(&text, &mut execution);
        }

        #[test]
        fn quoted_values_come_back(value in "[a-z $'#=]{0,20}") {
            let quoted = value.replace('$', "\\$");
            let found = changed(&format!("ENV X=\"{quoted}\""));
            prop_assert_eq!(&found.env[1], &format!("X={value}"));
        }
    }
}
