//! `RUN`: its command, and the flags that say what it runs with.

use crate::error::Wrong;
use crate::flags::{Flags, Kind};
use crate::heredoc::{self, Heredoc};
use crate::ignore::clean;
use crate::instruction::Command;
use crate::quote::quote;
use crate::split;

/// `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What is run. It has no variables of the build: the shell has them in its environment.
    pub command: Command,
    /// The here-documents of a command in shell form: [`Run::script`] puts both together.
    pub heredocs: Vec<Heredoc>,
    /// `--mount`, as they are written: [`Mount::parse`] reads them.
    pub mounts: Vec<String>,
    /// `--network`.
    pub network: Network,
    /// `--security`.
    pub security: Security,
    /// `--device`.
    pub devices: Vec<Device>,
}

/// What a command and its here-documents come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// A program and its arguments.
    Exec(Vec<String>),
    /// A text for the shell.
    Shell(String),
    /// A file that is a program, for it names its interpreter. It is run by its path.
    File {
        /// The file's name.
        name: String,
        /// What is in it.
        content: String,
    },
}

impl Run {
    /// What is to be run.
    #[must_use]
    pub fn script(&self) -> Script {
        let text = match &self.command {
            Command::Exec(list) => return Script::Exec(list.clone()),
            Command::Shell(text) => text,
        };
        let Some(first) = self.heredocs.first() else { return Script::Shell(text.clone()) };
        // Nothing but a here-document is a script of its own. Its descriptor and the quotes of its name mean nothing.
        if heredoc::parse(text).ok().flatten().is_some() {
            let content = first.text();
            return match content.starts_with("#!") {
                true => Script::File { name: first.name.clone(), content },
                false => Script::Shell(content),
            };
        }
        let bodies = self.heredocs.iter().map(|heredoc| format!("\n{}{}", heredoc.content, heredoc.name));
        Script::Shell(std::iter::once(text.clone()).chain(bodies).collect())
    }

    /// The first line of a script that is nothing but a here-document: a build shows it in parentheses.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let (Command::Shell(text), Some(first)) = (&self.command, self.heredocs.first()) else { return None };
        heredoc::parse(text).ok().flatten()?;
        let mut lines = first.content.trim().lines();
        let line = lines.next().unwrap_or_default();
        Some(if lines.next().is_some() { format!("{line}...") } else { line.to_owned() })
    }
}

/// Which network a command has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Network {
    /// That of the build.
    #[default]
    Default,
    /// None but loopback.
    None,
    /// The host's.
    Host,
}

/// What a command may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// What a container may.
    #[default]
    Sandbox,
    /// What a privileged container may.
    Insecure,
}

/// A device that a command asks for, by its CDI name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// The name, such as `vendor.com/class=name`.
    pub name: String,
    /// The build fails without it.
    pub required: bool,
}

impl Device {
    /// Reads the value of `--device`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let fields = split::fields(text).map_err(|why| Wrong::new(format!("failed to parse csv devices: {why}")))?;
        let mut device = Self::default();
        for field in fields {
            let (key, value) = field.split_once('=').map_or((field.as_str(), None), |(key, value)| (key, Some(value)));
            let key = key.to_lowercase();
            match (key.as_str(), value) {
                ("required", None) => device.required = true,
                ("required", Some(value)) => {
                    let wrong = || Wrong::new(format!("invalid value for required: {value}")).at(&field);
                    device.required = boolean(value).ok_or_else(wrong)?;
                }
                ("name", Some(value)) => {
                    if !device.name.is_empty() {
                        return Err(Wrong::new(format!("device name already set to {}", device.name)).at(&field));
                    }
                    value.clone_into(&mut device.name);
                }
                _ if device.name.is_empty() => device.name.clone_from(&field),
                (_, None) => {
                    return Err(Wrong::new(format!("invalid field '{field}' must be a key=value pair")).at(&field));
                }
                (key, Some(_)) => {
                    let wrong = Wrong::new(format!("unexpected key '{key}' in '{field}'")).at(&field);
                    return Err(wrong.suggest(key, ["name", "required"]));
                }
            }
        }
        Ok(device)
    }
}

/// How steps share a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// Any number at once.
    #[default]
    Shared,
    /// Each of those at once has its own.
    Private,
    /// One after the other.
    Locked,
}

/// A mount of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mount {
    /// Files of the context, a stage or an image.
    Bind {
        /// The stage or image; the context if there is none.
        from: Option<String>,
        /// The path there; empty for the root.
        source: String,
        /// The path in the container, absolute or below the working directory.
        target: String,
        /// May be written to; what is written is lost.
        writable: bool,
    },
    /// A directory that is kept between builds.
    Cache {
        /// What tells it from others: its target if nothing is said.
        id: String,
        /// The path in the container.
        target: String,
        /// How steps share it.
        sharing: Sharing,
        /// The stage or image it begins with; an empty directory if there is none.
        from: Option<String>,
        /// The path there.
        source: String,
        /// Permissions of a new one, 0755 if nothing is said.
        mode: Option<u32>,
        /// Owner of a new one, 0 if nothing is said.
        uid: Option<u32>,
        /// Group of a new one, 0 if nothing is said.
        gid: Option<u32>,
        /// May not be written to.
        readonly: bool,
    },
    /// A file system in memory.
    Tmpfs {
        /// The path in the container.
        target: String,
        /// Most bytes in it.
        size: Option<u64>,
        /// May not be written to.
        readonly: bool,
    },
    /// A secret of the client, as a file, a variable, or both.
    Secret {
        /// The name of the secret.
        id: String,
        /// The path of the file; `/run/secrets/ID` if neither that nor a variable is said.
        target: Option<String>,
        /// The name of the variable.
        env: Option<String>,
        /// The build fails without it.
        required: bool,
        /// Permissions of the file, 0400 if nothing is said.
        mode: Option<u32>,
        /// Owner of the file, 0 if nothing is said.
        uid: Option<u32>,
        /// Group of the file, 0 if nothing is said.
        gid: Option<u32>,
    },
    /// The socket of an SSH agent of the client.
    Ssh {
        /// The name of the agent: `default` if nothing is said.
        id: String,
        /// The path of the socket; one of the builder's choice if nothing is said.
        target: Option<String>,
        /// The build fails without it.
        required: bool,
        /// Permissions of the socket, 0600 if nothing is said.
        mode: Option<u32>,
        /// Owner of the socket, 0 if nothing is said.
        uid: Option<u32>,
        /// Group of the socket, 0 if nothing is said.
        gid: Option<u32>,
    },
}

/// What a mount is asked to be, before it is known whether that goes together.
#[derive(Default)]
struct Wanted {
    kind: MountKind,
    from: String,
    source: String,
    target: String,
    /// Of an explicit flag.
    readonly: Option<bool>,
    id: String,
    sharing: Option<Sharing>,
    required: bool,
    size: Option<u64>,
    mode: Option<u32>,
    uid: Option<u32>,
    gid: Option<u32>,
    env: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum MountKind {
    #[default]
    Bind,
    Cache,
    Tmpfs,
    Secret,
    Ssh,
}

const KINDS: [(&str, MountKind); 5] = [
    ("bind", MountKind::Bind),
    ("cache", MountKind::Cache),
    ("secret", MountKind::Secret),
    ("ssh", MountKind::Ssh),
    ("tmpfs", MountKind::Tmpfs),
];

const SHARING: [(&str, Sharing); 3] =
    [("locked", Sharing::Locked), ("private", Sharing::Private), ("shared", Sharing::Shared)];

const KEYS: [&str; 19] = [
    "type",
    "from",
    "source",
    "target",
    "readonly",
    "id",
    "sharing",
    "required",
    "size",
    "mode",
    "uid",
    "gid",
    "src",
    "dst",
    "destination",
    "ro",
    "rw",
    "readwrite",
    "env",
];

impl MountKind {
    fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("bind", |(name, _)| name)
    }
}

impl Mount {
    /// Reads the value of `--mount`. `expand` is given the value of every field and replaces its variables.
    ///
    /// # Errors
    /// What is wrong with it, or what `expand` says.
    pub fn parse(text: &str, expand: &mut dyn FnMut(&str) -> Result<String, String>) -> Result<Self, Wrong> {
        let mut wanted = Wanted::default();
        for field in fields(text)? {
            match field.split_once('=') {
                Some((key, value)) => wanted.set(&key.to_lowercase(), &expand(value)?, &field)?,
                None => wanted.switch(&field)?,
            }
        }
        wanted.mount()
    }

    /// What can be told of a mount before its variables are known.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(text: &str) -> Result<(), Wrong> {
        for field in fields(text)? {
            let Some((key, value)) = field.split_once('=') else { continue };
            let key = key.to_lowercase();
            let variable = value.find('$').is_some_and(|at| at + 1 < value.len());
            if key == "from" && variable {
                let why = format!("'{key}' doesn't support variable expansion, define alias stage instead");
                return Err(Wrong::new(why).at(value));
            }
        }
        Ok(())
    }

    /// The stage, named context or image that a mount takes files from: known without variables, so that the stages'
    /// order can be.
    #[must_use]
    pub fn from_of(text: &str) -> Option<String> {
        let fields = fields(text).ok()?;
        let from = |field: &String| {
            let (key, value) = field.split_once('=')?;
            (key.eq_ignore_ascii_case("from") && !value.is_empty()).then(|| value.to_owned())
        };
        fields.iter().rev().find_map(from)
    }
}

fn fields(text: &str) -> Result<Vec<String>, Wrong> {
    split::fields(text).map_err(|why| Wrong::new(format!("failed to parse csv mounts: {why}")))
}

impl Wanted {
    /// A field without a value.
    fn switch(&mut self, field: &str) -> Result<(), Wrong> {
        match field.to_lowercase().as_str() {
            "readonly" | "ro" => self.readonly = Some(true),
            "readwrite" | "rw" => self.readonly = Some(false),
            "required" => self.require(true, "required")?,
            _ => return Err(Wrong::new(format!("invalid field '{field}' must be a key=value pair")).at(field)),
        }
        Ok(())
    }

    fn require(&mut self, required: bool, key: &str) -> Result<(), Wrong> {
        if !matches!(self.kind, MountKind::Secret | MountKind::Ssh) {
            return Err(self.unexpected(key));
        }
        self.required = required;
        Ok(())
    }

    fn unexpected(&self, key: &str) -> Wrong {
        Wrong::new(format!("unexpected key '{key}' for mount type '{}'", self.kind.name())).at(key)
    }

    fn set(&mut self, key: &str, value: &str, field: &str) -> Result<(), Wrong> {
        let invalid = || Wrong::new(format!("invalid value for {key}: {value}")).at(field);
        let number = |radix| {
            let wrong = || Wrong::new(format!("invalid value {value} for {key}")).at(field);
            let digits = value.chars().all(|c| c.is_digit(radix));
            if digits { u32::from_str_radix(value, radix).map_err(|_| wrong()) } else { Err(wrong()) }
        };
        match key {
            "type" => {
                let lower = value.to_lowercase();
                let found = KINDS.iter().find(|(name, _)| *name == lower);
                let Some((_, kind)) = found else {
                    let wrong = Wrong::new(format!("unsupported mount type {}", quote(value))).at(field);
                    return Err(wrong.suggest(value, KINDS.map(|(name, _)| name)));
                };
                self.kind = *kind;
            }
            "from" => value.clone_into(&mut self.from),
            "source" | "src" => value.clone_into(&mut self.source),
            "target" | "dst" | "destination" => value.clone_into(&mut self.target),
            "readonly" | "ro" => self.readonly = Some(boolean(value).ok_or_else(invalid)?),
            "readwrite" | "rw" => self.readonly = Some(!boolean(value).ok_or_else(invalid)?),
            "required" => {
                if !matches!(self.kind, MountKind::Secret | MountKind::Ssh) {
                    return Err(self.unexpected(key));
                }
                self.require(boolean(value).ok_or_else(invalid)?, key)?;
            }
            "size" => {
                if self.kind != MountKind::Tmpfs {
                    return Err(self.unexpected(key));
                }
                self.size = Some(bytes(value).ok_or_else(invalid)?);
            }
            "id" => value.clone_into(&mut self.id),
            "sharing" => {
                let lower = value.to_lowercase();
                let found = SHARING.iter().find(|(name, _)| *name == lower);
                let Some((_, sharing)) = found else {
                    let wrong = Wrong::new(format!("unsupported sharing value {}", quote(value))).at(field);
                    return Err(wrong.suggest(value, SHARING.map(|(name, _)| name)));
                };
                self.sharing = Some(*sharing);
            }
            "mode" => self.mode = Some(number(8)?),
            "uid" => self.uid = Some(number(10)?),
            "gid" => self.gid = Some(number(10)?),
            "env" => self.env = Some(value.to_owned()),
            _ => {
                let wrong = Wrong::new(format!("unexpected key '{key}' in '{field}'")).at(field);
                return Err(wrong.suggest(key, KEYS));
            }
        }
        Ok(())
    }

    /// The mount, if all of it goes together.
    fn mount(self) -> Result<Mount, Wrong> {
        let name = self.kind.name();
        if matches!(self.kind, MountKind::Bind | MountKind::Tmpfs) {
            for (what, given) in [("mode", self.mode), ("uid", self.uid), ("gid", self.gid)] {
                if given.is_some() {
                    return Err(Wrong::new(format!("{what} not allowed for {} type mounts", quote(name))));
                }
            }
        }
        if self.kind == MountKind::Secret {
            let why = if !self.from.is_empty() {
                "secret mount should not have a from"
            } else if self.sharing.is_some() {
                "secret mount should not define sharing"
            } else if self.source.is_empty() && self.target.is_empty() && self.id.is_empty() {
                "invalid secret mount. one of source, target required"
            } else if !self.source.is_empty() && !self.id.is_empty() {
                "both source and id can't be set"
            } else {
                ""
            };
            if !why.is_empty() {
                return Err(Wrong::new(why));
            }
        }
        if self.sharing.is_some() && self.kind != MountKind::Cache {
            return Err(Wrong::new(format!("invalid cache sharing set for {name} mount")));
        }
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let Self { from, source, target, readonly, id, sharing, required, size, mode, uid, gid, env, .. } = self;
        Ok(match self.kind {
            MountKind::Bind => Mount::Bind { from: some(from), source, target, writable: readonly == Some(false) },
            MountKind::Cache => Mount::Cache {
                id: if id.is_empty() { clean(&target) } else { id },
                target,
                sharing: sharing.unwrap_or_default(),
                from: some(from),
                source,
                mode,
                uid,
                gid,
                readonly: readonly.unwrap_or_default(),
            },
            MountKind::Tmpfs => Mount::Tmpfs { target, size, readonly: readonly.unwrap_or_default() },
            MountKind::Secret => {
                let id = if source.is_empty() { id } else { source };
                let id = if id.is_empty() { base(&target).to_owned() } else { id };
                let default = env.is_none().then(|| format!("/run/secrets/{}", base(&id)));
                Mount::Secret { target: some(target).or(default), id, env, required, mode, uid, gid }
            }
            MountKind::Ssh => {
                if !source.is_empty() {
                    return Err(Wrong::new("ssh does not support source"));
                }
                let id = if id.is_empty() { "default".to_owned() } else { id };
                Mount::Ssh { id, target: some(target), required, mode, uid, gid }
            }
        })
    }
}

/// The last part of a path.
fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("/")
}

/// What Go's `strconv.ParseBool` takes.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A number of bytes with a binary suffix: `64m`, `1.5GiB`.
fn bytes(text: &str) -> Option<u64> {
    let end = text.rfind(|c: char| c.is_ascii_digit() || c == '.')? + 1;
    let (number, suffix) = text.split_at(end);
    let (number, suffix) = (number.trim_end(), suffix.trim_start().to_ascii_lowercase());
    let power = match suffix.as_str() {
        "" | "b" => 0,
        other => {
            let (first, rest) = other.split_at_checked(1)?;
            if !matches!(rest, "" | "b" | "ib") {
                return None;
            }
            "kmgtp".find(first)? + 1
        }
    };
    let number: f64 = number.parse().ok().filter(|number| *number >= 0.0)?;
    let bytes = number * 1024f64.powi(i32::try_from(power).ok()?);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    (bytes < 9e18).then_some(bytes as u64)
}

/// Reads the flags of `RUN`.
pub(crate) fn read(flags: &[String], command: Command) -> Result<Run, Wrong> {
    let known = [("mount", Kind::Texts), ("network", Kind::Text), ("security", Kind::Text), ("device", Kind::Texts)];
    let flags = Flags::parse(flags, &known)?;
    let mounts: Vec<String> = flags.texts("mount").map(str::to_owned).collect();
    mounts.iter().try_for_each(|mount| Mount::check(mount))?;
    let network = match flags.texts("network").next() {
        None | Some("default") => Network::Default,
        Some("none") => Network::None,
        Some("host") => Network::Host,
        Some(other) => {
            return Err(Wrong::new(format!("invalid network mode {}", quote(other))).at(other));
        }
    };
    let security = match flags.texts("security").next() {
        None | Some("sandbox") => Security::Sandbox,
        Some("insecure") => Security::Insecure,
        Some(other) => return Err(Wrong::new(format!("security {} is not valid", quote(other))).at(other)),
    };
    let devices = flags.texts("device").map(Device::parse).collect::<Result<_, _>>()?;
    Ok(Run { command, heredocs: Vec::new(), mounts, network, security, devices })
}
