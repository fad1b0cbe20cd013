//! What the history says of an instruction: BuildKit's words, which tools read.

use dockerfile::{Command, Instruction, Transfer};
use oci::image::{Execution, History};

use super::scope::Env;

/// An entry of the history, whose time is not known yet.
pub(crate) fn entry(created_by: String, empty_layer: bool) -> History {
    History {
        created: None,
        created_by: Some(created_by),
        author: None,
        comment: Some("buildkit.dockerfile.v0".into()),
        empty_layer,
    }
}

/// An instruction that changes what the image says of itself; `execution` has it applied.
pub(crate) fn metadata(instruction: &Instruction, execution: &Execution) -> String {
    let keyword = instruction.keyword();
    let pairs = |pairs: &[dockerfile::Pair]| {
        let words: Vec<String> = pairs.iter().map(|pair| format!("{}={}", pair.name, pair.value)).collect();
        words.join(" ")
    };
    let rest = match instruction {
        Instruction::Env(list) | Instruction::Label(list) => pairs(list),
        Instruction::Cmd(command) => program(command, execution.cmd.as_deref()),
        Instruction::Entrypoint(command) => program(command, execution.entrypoint.as_deref()),
        Instruction::Expose(list) | Instruction::Volume(list) | Instruction::Shell(list) => {
            format!("[{}]", list.join(" "))
        }
        Instruction::User(text) | Instruction::Stopsignal(text) => text.clone(),
        Instruction::Healthcheck(check) => {
            let time = |nanos: i64| go_duration(nanos);
            format!(
                "&{{{} {:?} {:?} {:?} {:?} '\\x{:02x}'}}",
                quoted(&check.test),
                time(check.interval),
                time(check.timeout),
                time(check.start_period),
                time(check.start_interval),
                check.retries
            )
        }
        _ => String::new(),
    };
    format!("{keyword} {rest}")
}

fn program(command: &Command, applied: Option<&[String]>) -> String {
    match (command, applied) {
        (_, Some(applied)) => quoted(applied),
        (Command::Exec(list), None) => quoted(list),
        (Command::Shell(text), None) => quoted(std::slice::from_ref(text)),
    }
}

/// As Go's `%q` writes a list.
fn quoted(list: &[String]) -> String {
    let words: Vec<String> = list.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", words.join(" "))
}

/// As Go writes a duration: `1m30s`, `500ms`.
fn go_duration(nanos: i64) -> String {
    let seconds = nanos / 1_000_000_000;
    let rest = nanos % 1_000_000_000;
    if seconds == 0 && rest == 0 {
        return "0s".into();
    }
    if seconds == 0 {
        return match rest {
            rest if rest % 1_000_000 == 0 => format!("{}ms", rest / 1_000_000),
            rest if rest % 1_000 == 0 => format!("{}µs", rest / 1_000),
            rest => format!("{rest}ns"),
        };
    }
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if rest == 0 { String::new() } else { format!(".{rest:09}").trim_end_matches('0').to_owned() };
    match (hours, minutes) {
        (0, 0) => format!("{seconds}{fraction}s"),
        (0, minutes) => format!("{minutes}m{seconds}{fraction}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}{fraction}s"),
    }
}

/// A command with the arguments that it depends on: `|1 A=b /bin/sh -c make`.
pub(crate) fn with_arguments(args: &[(String, Option<String>)], env: &Env, command: &[String]) -> String {
    let mut said: Vec<(&str, String)> = Vec::new();
    for (name, value) in args {
        let value = env.get(name).map(str::to_owned).or_else(|| value.clone()).unwrap_or_default();
        match said.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => said.push((name, value)),
        }
    }
    let mut words = Vec::new();
    if !said.is_empty() {
        words.push(format!("|{}", said.len()));
        words.extend(said.into_iter().map(|(name, value)| format!("{name}={value}")));
    }
    words.extend(command.iter().cloned());
    words.join(" ")
}

/// `COPY` or `ADD`.
pub(crate) fn transferred(keyword: &str, transfer: &Transfer) -> String {
    let mut words = vec![keyword.to_owned()];
    words.extend(transfer.chown.as_ref().map(|owner| format!("--chown={owner}")));
    words.extend(transfer.chmod.as_ref().map(|mode| format!("--chmod={mode}")));
    words.extend(transfer.sources.iter().cloned());
    words.extend(transfer.files.iter().map(|file| format!("<<{}", file.name)));
    words.push(transfer.destination.clone());
    words.push("# buildkit".into());
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go_writes_them() {
        for (nanos, text) in [
            (0, "0s"),
            (30_000_000_000, "30s"),
            (90_500_000_000, "1m30.5s"),
            (250_000_000, "250ms"),
            (3_600_000_000_000, "1h0m0s"),
        ] {
            assert_eq!(go_duration(nanos), text);
        }
    }

    #[test]
    fn arguments_are_part_of_a_command() {
        let env = Env::of(&["A=own".into()]);
        let args = [("A".to_owned(), Some("1".to_owned())), ("B".into(), None)];
        let command = ["/bin/sh".to_owned(), "-c".into(), "make".into()];
        assert_eq!(with_arguments(&args, &env, &command), "|2 A=own B= /bin/sh -c make");
        assert_eq!(with_arguments(&[], &env, &command), "/bin/sh -c make");
    }
}
