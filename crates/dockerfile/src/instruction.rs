//! One instruction: its keyword, its flags, its arguments.

use oci::image::Healthcheck;

use crate::split;

/// An instruction that changes what an image says of itself. Texts still have their variables and quotes, where those
/// mean something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instruction {
    /// `CMD`.
    Cmd(Command),
    /// `ENTRYPOINT`.
    Entrypoint(Command),
    /// `ENV`.
    Env(Vec<(String, String)>),
    /// `EXPOSE`.
    Expose(Vec<String>),
    /// `HEALTHCHECK`.
    Healthcheck(Healthcheck),
    /// `LABEL`.
    Label(Vec<(String, String)>),
    /// `ONBUILD`: the trigger as it was written.
    Onbuild(String),
    /// `STOPSIGNAL`.
    Stopsignal(String),
    /// `USER`.
    User(String),
    /// `VOLUME`.
    Volume(Vec<String>),
    /// `WORKDIR`.
    Workdir(String),
}

/// A program in one of its two forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A text for the image's shell.
    Shell(String),
    /// The program and its arguments.
    Exec(Vec<String>),
}

impl Command {
    fn parse(keyword: &str, text: &str) -> Result<Self, String> {
        match split::json(text) {
            Some(list) => Ok(Self::Exec(list)),
            None if text.trim().is_empty() => Err(format!("{keyword} requires at least one argument")),
            None => Ok(Self::Shell(text.trim().to_owned())),
        }
    }
}

impl Instruction {
    /// Reads a logical line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str) -> Result<Self, String> {
        let line = line.trim();
        let (keyword, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let keyword = keyword.to_ascii_uppercase();
        let (flags, rest) = flags(rest);
        if let Some((name, _)) = flags.first().filter(|_| keyword != "HEALTHCHECK") {
            return Err(format!("unknown flag: --{name}"));
        }
        let one = || match rest {
            "" => Err(format!("{keyword} requires exactly one argument")),
            rest => Ok(rest.to_owned()),
        };
        let list = |list: Vec<String>| match list.is_empty() {
            true => Err(format!("{keyword} requires at least one argument")),
            false => Ok(list),
        };
        Ok(match keyword.as_str() {
            "CMD" => Self::Cmd(Command::parse(&keyword, rest)?),
            "ENTRYPOINT" => Self::Entrypoint(Command::parse(&keyword, rest)?),
            "ENV" => Self::Env(named(split::pairs(&keyword, rest)?, &keyword)?),
            "LABEL" => Self::Label(named(split::pairs(&keyword, rest)?, &keyword)?),
            "EXPOSE" => Self::Expose(list(rest.split_whitespace().map(str::to_owned).collect())?),
            "VOLUME" => Self::Volume(list(
                split::json(rest).unwrap_or_else(|| rest.split_whitespace().map(str::to_owned).collect()),
            )?),
            "USER" => Self::User(one()?),
            "WORKDIR" => Self::Workdir(one()?),
            "STOPSIGNAL" => Self::Stopsignal(one()?),
            "HEALTHCHECK" => Self::Healthcheck(healthcheck(&flags, rest)?),
            "ONBUILD" => Self::Onbuild(trigger(rest)?),
            other => return Err(format!("{} is not a valid change command", other.to_ascii_lowercase())),
        })
    }
}

fn named(pairs: Vec<(String, String)>, keyword: &str) -> Result<Vec<(String, String)>, String> {
    match pairs.iter().any(|(name, _)| name.is_empty()) {
        true => Err(format!("{keyword} names can not be blank")),
        false => Ok(pairs),
    }
}

/// `--name=value` before the arguments.
fn flags(mut rest: &str) -> (Vec<(&str, &str)>, &str) {
    let mut flags = Vec::new();
    loop {
        rest = rest.trim();
        let Some(flag) = rest.strip_prefix("--") else { return (flags, rest) };
        let (flag, after) = flag.split_once(char::is_whitespace).unwrap_or((flag, ""));
        if flag.is_empty() {
            return (flags, after.trim());
        }
        flags.push(flag.split_once('=').unwrap_or((flag, "")));
        rest = after;
    }
}

fn trigger(rest: &str) -> Result<String, String> {
    let keyword = rest.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    match keyword.as_str() {
        "" => Err("ONBUILD requires at least one argument".into()),
        "ONBUILD" => Err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".into()),
        "FROM" | "MAINTAINER" => Err(format!("{keyword} isn't allowed as an ONBUILD trigger")),
        _ => Ok(rest.to_owned()),
    }
}

fn healthcheck(flags: &[(&str, &str)], rest: &str) -> Result<Healthcheck, String> {
    let (kind, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let mut check = Healthcheck::default();
    match kind.to_ascii_uppercase().as_str() {
        "" => return Err("HEALTHCHECK requires at least one argument".into()),
        "NONE" if !rest.trim().is_empty() || !flags.is_empty() => {
            return Err("HEALTHCHECK NONE takes no arguments".into());
        }
        "NONE" => {
            check.test = vec!["NONE".into()];
            return Ok(check);
        }
        "CMD" => {}
        _ => return Err(format!("unknown type {kind:?} in HEALTHCHECK (try CMD)")),
    }
    check.test = match split::json(rest) {
        Some(list) if !list.is_empty() => ["CMD".to_owned()].into_iter().chain(list).collect(),
        None if !rest.trim().is_empty() => vec!["CMD-SHELL".into(), rest.trim().to_owned()],
        _ => return Err("Missing command after HEALTHCHECK CMD".into()),
    };
    for (name, value) in flags {
        let duration = || match words::duration::parse(value)? {
            0 => Ok(0),
            1_000_000.. => words::duration::parse(value),
            _ => Err(format!("Interval \"{name}\" cannot be less than 1ms")),
        };
        match *name {
            "interval" => check.interval = duration()?,
            "timeout" => check.timeout = duration()?,
            "start-period" => check.start_period = duration()?,
            "start-interval" => check.start_interval = duration()?,
            "retries" => {
                let retries: u32 =
                    value.parse().map_err(|_| format!("--retries must be a number from 0 on, not {value:?}"))?;
                check.retries = i64::from(retries);
            }
            other => return Err(format!("unknown flag: --{other}")),
        }
    }
    Ok(check)
}
