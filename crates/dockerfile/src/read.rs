//! A logical line becomes an instruction.

use std::collections::BTreeMap;

use oci::image::Healthcheck;

use crate::TEXT_BYTES;
use crate::error::Wrong;
use crate::flags::{Flags, Kind};
use crate::heredoc::{self, Heredoc};
use crate::instruction::{Add, Argument, Command, Copy, From, Instruction, Pair, Transfer, inline};
use crate::node::{Arguments, Node};
use crate::quote::quote;
use crate::run::{self, Run};

/// Every keyword of the language.
const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Either kind of instruction.
pub(crate) enum Read {
    /// `FROM`.
    From(From),
    /// Any other.
    Instruction(Instruction),
}

/// Reads a logical line.
pub(crate) fn read(node: &Node) -> Result<Read, Wrong> {
    let upper = node.keyword.to_ascii_uppercase();
    let Some(keyword) = KEYWORDS.into_iter().find(|keyword| *keyword == upper) else { return Err(unknown(node)) };
    let Node { flags, arguments, heredocs, .. } = node;
    let instruction = match (keyword, arguments) {
        ("FROM", Arguments::Words(words)) => return from(flags, words).map(Read::From),
        ("ADD", Arguments::Words(words) | Arguments::Json(words)) => Instruction::Add(add(flags, words, heredocs)?),
        ("COPY", Arguments::Words(words) | Arguments::Json(words)) => Instruction::Copy(copy(flags, words, heredocs)?),
        // The flags of these are passed over, as BuildKit does.
        ("ARG", Arguments::Words(words)) => Instruction::Arg(arguments_of(words)?),
        ("STOPSIGNAL", Arguments::Words(words)) => Instruction::Stopsignal(exactly_one(keyword, words)?),
        ("RUN", arguments) => {
            Instruction::Run(Run { heredocs: heredocs.clone(), ..run::read(flags, command(arguments))? })
        }
        ("HEALTHCHECK", Arguments::Typed(kind, command)) => {
            Instruction::Healthcheck(healthcheck(flags, kind, command)?)
        }
        ("MAINTAINER", Arguments::Words(words)) => {
            let words = exactly_one(keyword, words)?;
            Flags::none(flags)?;
            Instruction::Maintainer(words)
        }
        ("ONBUILD", Arguments::Node(trigger)) => Instruction::Onbuild(onbuild(node, trigger.as_deref())?),
        ("USER", Arguments::Words(words)) => {
            let words = exactly_one(keyword, words)?;
            Flags::none(flags)?;
            Instruction::User(words)
        }
        ("WORKDIR", Arguments::Words(words)) => {
            let words = exactly_one(keyword, words)?;
            Flags::none(flags)?;
            Instruction::Workdir(words)
        }
        ("EXPOSE", Arguments::Words(words)) => {
            let mut ports = at_least_one(keyword, words)?;
            Flags::none(flags)?;
            ports.sort();
            Instruction::Expose(ports)
        }
        ("VOLUME", Arguments::Words(words) | Arguments::Json(words)) => {
            let paths = at_least_one(keyword, words)?;
            Flags::none(flags)?;
            let trimmed = |path: &String| match path.trim() {
                "" => Err(Wrong::new("VOLUME specified can not be an empty string")),
                path => Ok(path.to_owned()),
            };
            Instruction::Volume(paths.iter().map(trimmed).collect::<Result<_, _>>()?)
        }
        (_, arguments) => {
            Flags::none(flags)?;
            match (keyword, arguments) {
                ("CMD", arguments) => Instruction::Cmd(command(arguments)),
                ("ENTRYPOINT", arguments) => Instruction::Entrypoint(command(arguments)),
                ("ENV", Arguments::Pairs(pairs)) => Instruction::Env(named(keyword, pairs)?),
                ("LABEL", Arguments::Pairs(pairs)) => Instruction::Label(named(keyword, pairs)?),
                ("SHELL", Arguments::Json(list)) => Instruction::Shell(at_least_one(keyword, list)?),
                ("SHELL", Arguments::Words(words)) => {
                    at_least_one(keyword, words)?;
                    return Err(Wrong::new("SHELL requires the arguments to be in JSON form"));
                }
                // Each keyword has arguments of one kind.
                _ => return Err(unknown(node)),
            }
        }
    };
    Ok(Read::Instruction(instruction))
}

fn unknown(node: &Node) -> Wrong {
    let keyword = &node.keyword;
    let mut wrong = Wrong::new(format!("unknown instruction: {keyword}")).at(keyword);
    wrong = wrong.suggest(&keyword.to_ascii_uppercase(), KEYWORDS);
    // What is proposed is cased as what was written.
    if *keyword != keyword.to_ascii_uppercase() {
        wrong.hint = wrong.hint.map(|hint| hint.to_ascii_lowercase());
    }
    wrong
}

fn exactly_one(keyword: &str, words: &[String]) -> Result<String, Wrong> {
    match words {
        [one] => Ok(one.clone()),
        _ => Err(Wrong::new(format!("{keyword} requires exactly one argument"))),
    }
}

fn at_least_one(keyword: &str, words: &[String]) -> Result<Vec<String>, Wrong> {
    match words.is_empty() {
        true => Err(Wrong::new(format!("{keyword} requires at least one argument"))),
        false => Ok(words.to_vec()),
    }
}

fn command(arguments: &Arguments) -> Command {
    match arguments {
        Arguments::Json(list) => Command::Exec(list.clone()),
        Arguments::Words(words) => Command::Shell(words.join(" ")),
        _ => Command::Shell(String::new()),
    }
}

fn named(keyword: &str, pairs: &[Pair]) -> Result<Vec<Pair>, Wrong> {
    if pairs.is_empty() {
        return Err(Wrong::new(format!("{keyword} requires at least one argument")));
    }
    match pairs.iter().any(|pair| pair.name.is_empty()) {
        true => Err(Wrong::new(format!("{keyword} names can not be blank"))),
        false => Ok(pairs.to_vec()),
    }
}

fn arguments_of(words: &[String]) -> Result<Vec<Argument>, Wrong> {
    let argument = |word: &String| {
        let (name, default) = match word.split_once('=') {
            Some(("", _)) => return Err(Wrong::new("ARG names can not be blank").at(word)),
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        Ok(Argument { name: name.to_owned(), default })
    };
    at_least_one("ARG", words)?.iter().map(argument).collect()
}

fn from(flags: &[String], words: &[String]) -> Result<From, Wrong> {
    let (image, name) = match words {
        [image] => (image, None),
        [image, keyword, name] if keyword.eq_ignore_ascii_case("as") => {
            let lower = name.to_lowercase();
            let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
            if !lower.starts_with(|c: char| c.is_ascii_lowercase()) || !lower.chars().all(rest) {
                let why = format!(
                    "invalid name for build stage: {}, name can't start with a number or contain symbols",
                    quote(name)
                );
                return Err(Wrong::new(why).at(name));
            }
            (image, Some(lower))
        }
        _ => return Err(Wrong::new("FROM requires either one or three arguments")),
    };
    let flags = Flags::parse(flags, &[("platform", Kind::Text)])?;
    Ok(From { image: image.clone(), platform: flags.text("platform"), name })
}

/// The flags of `ADD` and `COPY` alike.
const TRANSFER: [(&str, Kind); 4] =
    [("chown", Kind::Text), ("chmod", Kind::Text), ("link", Kind::Switch), ("exclude", Kind::Texts)];

fn add(flags: &[String], words: &[String], heredocs: &[Heredoc]) -> Result<Add, Wrong> {
    let own = [("keep-git-dir", Kind::Switch), ("checksum", Kind::Text), ("unpack", Kind::Switch)];
    two("ADD", words)?;
    let flags = Flags::parse(flags, &[&TRANSFER[..], &own[..]].concat())?;
    let transfer = transfer("ADD", &flags, words, heredocs)?;
    let (keep_git_dir, unpack) = (flags.switch("keep-git-dir"), flags.switch("unpack"));
    Ok(Add { transfer, checksum: flags.text("checksum"), keep_git_dir, unpack })
}

fn copy(flags: &[String], words: &[String], heredocs: &[Heredoc]) -> Result<Copy, Wrong> {
    let own = [("from", Kind::Text), ("parents", Kind::Switch)];
    two("COPY", words)?;
    let flags = Flags::parse(flags, &[&TRANSFER[..], &own[..]].concat())?;
    let transfer = transfer("COPY", &flags, words, heredocs)?;
    Ok(Copy { transfer, from: flags.text("from"), parents: flags.switch("parents").unwrap_or_default() })
}

fn two(keyword: &str, words: &[String]) -> Result<(), Wrong> {
    match words.len() {
        0 | 1 => Err(Wrong::new(format!(
            "{keyword} requires at least two arguments, but only one was provided. Destination could not be determined"
        ))),
        _ => Ok(()),
    }
}

fn transfer(keyword: &str, flags: &Flags, words: &[String], heredocs: &[Heredoc]) -> Result<Transfer, Wrong> {
    let heredoc = |word: &str| heredoc::parse(word).ok().flatten();
    let mut out = Transfer {
        chown: flags.text("chown"),
        chmod: flags.text("chmod"),
        link: flags.switch("link").unwrap_or_default(),
        exclude: flags.texts("exclude").map(str::to_owned).collect(),
        ..Transfer::default()
    };
    let Some((destination, sources)) = words.split_last() else { return Ok(out) };
    if heredoc(destination).is_some() {
        return Err(Wrong::new(format!("{keyword} cannot accept a heredoc as a destination")).at(destination));
    }
    out.destination.clone_from(destination);
    // The last one of a name has it.
    let known: BTreeMap<&str, &Heredoc> = heredocs.iter().map(|heredoc| (heredoc.name.as_str(), heredoc)).collect();
    let mut bytes = 0;
    for source in sources {
        match heredoc(source) {
            Some(begun) => {
                let file = inline(known.get(begun.name.as_str()).unwrap_or(&&begun), &begun);
                // One may be named any number of times.
                bytes += file.content.len();
                if bytes > TEXT_BYTES {
                    return Err(Wrong::new(format!("here-documents make files of more than {TEXT_BYTES} bytes")));
                }
                out.files.push(file);
            }
            None => out.sources.push(source.clone()),
        }
    }
    Ok(out)
}

fn onbuild(node: &Node, trigger: Option<&Node>) -> Result<String, Wrong> {
    let Some(trigger) = trigger else { return Err(Wrong::new("ONBUILD requires at least one argument")) };
    Flags::none(&node.flags)?;
    // White space behind it is a part of it.
    let rest = node.source.trim_start()[node.keyword.len()..].trim_start();
    match trigger.keyword.to_ascii_uppercase().as_str() {
        "ONBUILD" => Err(Wrong::new("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")),
        keyword @ ("FROM" | "MAINTAINER") => {
            Err(Wrong::new(format!("{keyword} isn't allowed as an ONBUILD trigger")).at(&trigger.keyword))
        }
        _ => {
            let bodies = node.heredocs.iter().map(|heredoc| format!("\n{}{}", heredoc.content, heredoc.name));
            Ok(std::iter::once(rest.to_owned()).chain(bodies).collect())
        }
    }
}

fn healthcheck(flags: &[String], kind: &str, arguments: &Arguments) -> Result<Healthcheck, Wrong> {
    let kind = kind.to_ascii_uppercase();
    let given = match command(arguments) {
        Command::Exec(list) => list.is_empty(),
        Command::Shell(text) => text.is_empty(),
    };
    let mut check = Healthcheck::default();
    match kind.as_str() {
        "" => return Err(Wrong::new("HEALTHCHECK requires at least one argument")),
        "NONE" if !given => return Err(Wrong::new("HEALTHCHECK NONE takes no arguments")),
        "NONE" => {
            check.test = vec!["NONE".into()];
            return Ok(check);
        }
        _ => {}
    }
    let durations = ["interval", "timeout", "start-period", "start-interval"];
    let known: Vec<_> = durations.iter().chain(&["retries"]).map(|name| (*name, Kind::Text)).collect();
    let flags = Flags::parse(flags, &known)?;
    if kind != "CMD" {
        return Err(Wrong::new(format!("Unknown type {} in HEALTHCHECK (try CMD)", quote(&kind))).at(&kind));
    }
    check.test = match command(arguments) {
        _ if given => return Err(Wrong::new("Missing command after HEALTHCHECK CMD")),
        Command::Exec(list) => ["CMD".to_owned()].into_iter().chain(list).collect(),
        Command::Shell(text) => vec!["CMD-SHELL".into(), text],
    };
    let duration = |name: &str| match flags.text(name) {
        None => Ok(0),
        Some(value) => match words::duration::parse(&value).map_err(|why| Wrong::new(why).at(&value))? {
            nanoseconds @ (0 | 1_000_000..) => Ok(nanoseconds),
            _ => Err(Wrong::new(format!("Interval {} cannot be less than 1ms", quote(name))).at(&value)),
        },
    };
    check.interval = duration("interval")?;
    check.timeout = duration("timeout")?;
    check.start_period = duration("start-period")?;
    check.start_interval = duration("start-interval")?;
    if let Some(value) = flags.text("retries") {
        let retries: i32 = value.parse().map_err(|_| {
            Wrong::new(format!("strconv.ParseInt: parsing {}: invalid syntax", quote(&value))).at(&value)
        })?;
        if retries < 0 {
            return Err(Wrong::new(format!("--retries cannot be negative ({retries})")).at(&value));
        }
        check.retries = i64::from(retries);
    }
    Ok(check)
}
