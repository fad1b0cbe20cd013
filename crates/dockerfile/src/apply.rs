//! What instructions do to an image's configuration.

use std::path::{Component, Path, PathBuf};

use oci::image::{Empty, Execution};

use crate::TEXT_BYTES;
use crate::expand::expand;
use crate::instruction::{Command, Instruction};

/// A configuration that is being changed.
pub(crate) struct Changing<'a> {
    execution: &'a mut Execution,
    /// `CMD` was among the changes: `ENTRYPOINT` leaves it alone.
    has_cmd: bool,
    /// Bytes that all values together have grown by.
    grown: std::cell::Cell<usize>,
}

impl<'a> Changing<'a> {
    pub(crate) fn new(execution: &'a mut Execution) -> Self {
        Self { execution, has_cmd: false, grown: std::cell::Cell::new(0) }
    }

    pub(crate) fn apply(&mut self, instruction: Instruction) -> Result<(), String> {
        let before = self.execution.env.clone();
        let grown = &self.grown;
        let grow = |bytes: usize| {
            grown.set(grown.get() + bytes);
            if grown.get() > TEXT_BYTES { Err(format!("the changes are more than {TEXT_BYTES} bytes")) } else { Ok(()) }
        };
        let expanded = |text: &str| {
            let text = expand(text, &|name| variable(&before, name))?;
            grow(text.len()).map(|()| text)
        };
        let execution = &mut *self.execution;
        match instruction {
            Instruction::Cmd(command) => {
                execution.cmd = Some(arguments(command, execution.shell.as_deref()));
                self.has_cmd = true;
            }
            Instruction::Entrypoint(command) => {
                execution.entrypoint = Some(arguments(command, execution.shell.as_deref()));
                if !self.has_cmd {
                    execution.cmd = None;
                }
            }
            // All of one instruction see the values from before it.
            Instruction::Env(pairs) => {
                for (name, value) in pairs {
                    set(&mut execution.env, &expanded(&name)?, &expanded(&value)?);
                }
            }
            Instruction::Label(pairs) => {
                for (name, value) in pairs {
                    execution.labels.insert(expanded(&name)?, expanded(&value)?);
                }
            }
            Instruction::Expose(ports) => {
                for port in ports {
                    for word in expanded(&port)?.split_whitespace() {
                        let ports = self::ports(word)?;
                        grow(ports.len() * "65535/tcp".len())?;
                        execution.exposed_ports.extend(ports.into_iter().map(|port| (port, Empty {})));
                    }
                }
            }
            Instruction::Volume(paths) => {
                for path in paths {
                    let path = expanded(&path)?.trim().to_owned();
                    if path.is_empty() {
                        return Err("VOLUME specified can not be an empty string".into());
                    }
                    execution.volumes.insert(path, Empty {});
                }
            }
            Instruction::User(user) => execution.user = expanded(&user)?,
            Instruction::Workdir(path) => {
                let below = if execution.working_dir.is_empty() { "/" } else { &execution.working_dir };
                execution.working_dir = normal(&Path::new(below).join(expanded(&path)?)).display().to_string();
            }
            Instruction::Stopsignal(signal) => {
                let signal = expanded(&signal)?;
                if words::signal::parse(&signal).is_none() {
                    return Err(format!("invalid signal: {signal}"));
                }
                execution.stop_signal = signal;
            }
            Instruction::Healthcheck(check) => execution.healthcheck = Some(check),
            Instruction::Onbuild(trigger) => execution.on_build.push(trigger),
        }
        Ok(())
    }
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

/// The ports of `80`, `53/udp` or `8000-8010`. A host's part before a colon is for nothing here.
fn ports(text: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("invalid containerPort: {text}");
    let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.to_ascii_lowercase();
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("invalid proto: {protocol}"));
    }
    let numbers = numbers.rsplit(':').next().unwrap_or_default();
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let number = |text: &str| text.parse::<u16>().ok().filter(|number| *number > 0).ok_or_else(wrong);
    let (first, last) = (number(first)?, number(last)?);
    if first > last {
        return Err(wrong());
    }
    Ok((first..=last).map(|number| format!("{number}/{protocol}")).collect())
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
