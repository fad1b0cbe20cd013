//! `.ebextensions/*.config`: what an instance is told to do before and while the application is deployed, and option
//! settings. Source: developer guide, "Customizing software on Linux servers", "Option settings".
//!
//! A file with a key that is not known is skipped whole, with a warning in AWS's words; one that is no YAML or JSON is
//! an error, as it is there.

use std::collections::BTreeMap;

use base64::Engine as _;

use crate::error::{Fault, Notes, quoted};
use crate::node::{Entry, Fields, Node, Value};
use crate::{Position, Result, Variables, Warning, node};

type Read<T> = std::result::Result<T, Fault>;

/// What one file asks for, in the order in which it is done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extension {
    /// The file's name in the bundle.
    pub file: String,
    /// Packages: rpm and yum before the others.
    pub packages: Vec<Package>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Users.
    pub users: Vec<User>,
    /// Archives that are fetched and unpacked.
    pub sources: Vec<Source>,
    /// Files that are written.
    pub files: Vec<File>,
    /// Commands before the application is unpacked, by name.
    pub commands: Vec<Command>,
    /// System services.
    pub services: Vec<Service>,
    /// Commands in the unpacked application before it is deployed: those of the leader first, then by name.
    pub container_commands: Vec<Command>,
    /// Options of the environment.
    pub option_settings: Vec<OptionSetting>,
    /// CloudFormation's resources as they stand there. None is made.
    pub resources: Option<serde_json::Value>,
}

/// A package and the versions that are asked for; with none it is the newest, or any that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Who installs it: `yum`, `rpm`, `apt`, `rubygems`, `python`.
    pub manager: String,
    /// Its name; for rpm a name for the reader.
    pub name: String,
    /// Versions; for rpm the address it comes from.
    pub versions: Vec<String>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its number, if one is asked for.
    pub gid: Option<u32>,
}

/// A user, who cannot log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// The number, if one is asked for.
    pub uid: Option<u32>,
    /// Groups.
    pub groups: Vec<String>,
    /// The home directory.
    pub home: Option<String>,
}

/// An archive that is unpacked into a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The directory, made when it is missing.
    pub directory: String,
    /// Where the archive is.
    pub url: String,
}

/// A file, or a symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path.
    pub path: String,
    /// What is in it.
    pub content: Content,
    /// Permission bits.
    pub mode: u32,
    /// Whom it belongs to.
    pub owner: String,
    /// Which group it belongs to.
    pub group: String,
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// It stands here.
    Text(String),
    /// It stands here in base64.
    Bytes(Vec<u8>),
    /// It is fetched.
    Url(String),
    /// It is a symbolic link to this.
    Link(String),
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Its name, by which commands are ordered.
    pub name: String,
    /// What is run.
    pub command: CommandLine,
    /// Its environment, beside the environment's properties for those that have them.
    pub env: Variables,
    /// The directory that it starts in.
    pub cwd: Option<String>,
    /// A command that must succeed for this one to be run.
    pub test: Option<String>,
    /// Whether the deployment goes on when it fails.
    pub ignore_errors: bool,
    /// Whether one instance only runs it; then there is no test. Of container commands only.
    pub leader_only: bool,
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// A line for a shell.
    Shell(String),
    /// A program and its arguments.
    Program(Vec<String>),
}

/// A system service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Who runs it: `sysvinit`, `systemd`.
    pub manager: String,
    /// Its name.
    pub name: String,
    /// Whether it runs when all is done.
    pub ensure_running: Option<bool>,
    /// Whether it starts with the system.
    pub enabled: Option<bool>,
}

/// An option of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionSetting {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub option_name: String,
    /// Its value.
    pub value: String,
    /// The resource that it is about.
    pub resource_name: Option<String>,
    /// Where it stands.
    pub at: Position,
}

/// The namespace of settings that name none.
const PROPERTIES: &str = "aws:elasticbeanstalk:application:environment";

/// Keys of a file. The last ones are CloudFormation's, of which there is nothing here.
const KEYS: [&str; 14] = [
    "packages",
    "groups",
    "users",
    "sources",
    "files",
    "commands",
    "services",
    "container_commands",
    "option_settings",
    "Resources",
    "Outputs",
    "Mappings",
    "Conditions",
    "Parameters",
];
const CLOUD_FORMATION: usize = 9;

/// Reads a file. With a key that is not known, or one that asks for what cannot be, nothing of it counts.
///
/// # Errors
/// [`crate::Error::Invalid`] when it is no YAML or JSON, or no mapping.
pub fn parse(file: &str, bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<Option<Extension>> {
    let notes = &mut Notes::new(file, warnings);
    let is_json = bytes.trim_ascii_start().starts_with(b"{");
    let root = node::yaml(bytes).or_else(|fault| if is_json { node::json(bytes) } else { Err(fault) });
    let root = root.map_err(|fault| fault.of(file))?;
    let entries = root.map("a configuration file").map_err(|fault| fault.of(file))?;
    match extension(file, entries, notes) {
        Ok(found) => Ok(Some(found)),
        Err(fault) => {
            notes.warn(fault.at, format!("Error processing file (Skipping): {}", fault.why));
            Ok(None)
        }
    }
}

fn extension(file: &str, entries: &[Entry], notes: &mut Notes<'_>) -> Read<Extension> {
    if let Some(entry) = entries.iter().find(|entry| !KEYS.contains(&&*entry.key)) {
        let known = KEYS.join(", ");
        return Err(Fault::new(
            entry.at,
            format!("Contains invalid key: '{}'. Keys are {known}", crate::error::cut(&entry.key)),
        ));
    }
    let mut found = Extension { file: file.to_owned(), ..Extension::default() };
    for entry in entries.iter().filter(|entry| !entry.value.is_null()) {
        let value = &*entry.value;
        match &*entry.key {
            "packages" => found.packages = packages(value)?,
            "groups" => {
                found.groups = each(value, "groups", |name, fields| Ok(Group { name, gid: fields.number("gid")? }))?
            }
            "users" => found.users = each(value, "users", user)?,
            "sources" => {
                for entry in value.map("sources")? {
                    let url = entry.value.text("the address of a source")?.to_owned();
                    found.sources.push(Source { directory: absolute(entry)?, url });
                }
            }
            "files" => found.files = files(value, notes)?,
            "commands" => found.commands = commands(value, false, notes)?,
            "services" => found.services = services(value, notes)?,
            "container_commands" => found.container_commands = commands(value, true, notes)?,
            "option_settings" => found.option_settings = option_settings(value)?,
            "Resources" => found.resources = Some(as_json(value)),
            _ => {}
        }
    }
    for entry in entries {
        if KEYS.iter().skip(CLOUD_FORMATION).any(|key| **key == *entry.key) {
            notes.warn(entry.at, format!("{} is CloudFormation's and is not honoured", entry.key));
        }
    }
    Ok(found)
}

/// A mapping of names to mappings, each with no other keys than those that are read.
fn each<T>(node: &Node, what: &str, mut one: impl FnMut(String, &mut Fields<'_>) -> Read<T>) -> Read<Vec<T>> {
    let mut found = Vec::new();
    for entry in node.map(what)? {
        let mut fields = Fields::of(&entry.value, &format!("an entry of {what}"))?;
        found.push(one(entry.key.to_string(), &mut fields)?);
        if let Some(unknown) = fields.rest().next() {
            return Err(invalid(unknown, what));
        }
    }
    Ok(found)
}

fn invalid(entry: &Entry, what: &str) -> Fault {
    Fault::new(entry.at, format!("Contains invalid key: '{}' in {what}", crate::error::cut(&entry.key)))
}

fn absolute(entry: &Entry) -> Read<String> {
    let path = &*entry.key;
    if !path.starts_with('/') || path.split('/').any(|part| part == "..") || path.chars().any(char::is_control) {
        return Err(Fault::new(entry.at, format!("{} is no absolute path", quoted(path))));
    }
    Ok(path.to_owned())
}

fn packages(node: &Node) -> Read<Vec<Package>> {
    const MANAGERS: [&str; 6] = ["rpm", "yum", "apt", "rubygems", "python", "msi"];
    let mut found = Vec::new();
    for entry in node.map("packages")? {
        let manager = entry.key.to_string();
        if !MANAGERS.contains(&manager.as_str()) {
            return Err(invalid(entry, "packages"));
        }
        for package in entry.value.map("a package manager")? {
            let versions = match &package.value.value {
                Value::Scalar(scalar) if scalar.text.is_empty() => Vec::new(),
                _ => package.value.text_or_texts("the versions of a package")?,
            };
            found.push(Package { manager: manager.clone(), name: package.key.to_string(), versions });
        }
    }
    found.sort_by_key(|package| MANAGERS.iter().position(|manager| *manager == package.manager));
    Ok(found)
}

fn user(name: String, fields: &mut Fields<'_>) -> Read<User> {
    let groups = fields.take("groups").map_or(Ok(Vec::new()), |node| node.text_or_texts("groups"))?;
    Ok(User { name, uid: fields.number("uid")?, groups, home: fields.text("homeDir")? })
}

fn files(node: &Node, notes: &mut Notes<'_>) -> Read<Vec<File>> {
    const TYPE: u32 = 0o170_000;
    const LINK: u32 = 0o120_000;
    let mut found = Vec::new();
    for entry in node.map("files")? {
        let path = absolute(entry)?;
        let mut fields = Fields::of(&entry.value, "an entry of files")?;
        let mode = match fields.take("mode") {
            None => 0o644,
            Some(node) => {
                let text = node.text("mode")?;
                let digits = text.strip_prefix("0o").unwrap_or(text);
                u32::from_str_radix(digits, 8).map_err(|_| {
                    node.fault(format!("mode must be an octal number such as 000644, not {}", quoted(text)))
                })?
            }
        };
        let (content, source) = (fields.take("content"), fields.text("source")?);
        let encoding = fields.text("encoding")?;
        let owner = fields.text("owner")?.unwrap_or_else(|| "root".to_owned());
        let group = fields.text("group")?.unwrap_or_else(|| "root".to_owned());
        for known in ["authentication", "context"] {
            if let Some(node) = fields.take(known) {
                notes.warn(node.at, format!("{known} of a file is not honoured"));
            }
        }
        if let Some(unknown) = fields.rest().next() {
            return Err(invalid(unknown, "files"));
        }
        let content = match (content, source, encoding.as_deref()) {
            (Some(node), None, _) if mode & TYPE == LINK => {
                Content::Link(node.text("content")?.trim_end_matches('\n').to_owned())
            }
            (Some(node), None, None | Some("plain")) => Content::Text(text(node)?),
            (Some(node), None, Some("base64")) => {
                let text: String = node.text("content")?.split_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD.decode(text);
                Content::Bytes(bytes.map_err(|error| node.fault(format!("content is no base64: {error}")))?)
            }
            (None, Some(url), _) => Content::Url(url),
            (Some(_), None, Some(other)) => {
                return Err(Fault::new(entry.at, format!("encoding must be plain or base64, not {}", quoted(other))));
            }
            _ => return Err(Fault::new(entry.at, format!("the file {path} needs content or source, one of them"))),
        };
        found.push(File { path, content, mode: mode & 0o7777, owner, group });
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// A file's content: a text, or a document that is written as JSON.
fn text(node: &Node) -> Read<String> {
    match &node.value {
        Value::Scalar(scalar) => Ok(scalar.text.clone()),
        _ => Ok(as_json(node).to_string()),
    }
}

fn as_json(node: &Node) -> serde_json::Value {
    let value = untagged(node);
    match node.tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
        None => value,
        // The short form of CloudFormation's functions.
        Some(name @ ("Ref" | "Condition")) => serde_json::json!({ name: value }),
        Some(name) => serde_json::json!({ format!("Fn::{name}"): value }),
    }
}

fn untagged(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Scalar(_) if node.is_null() => serde_json::Value::Null,
        Value::Scalar(scalar) if scalar.plain => serde_json::from_str(&scalar.text)
            .ok()
            .filter(|value: &serde_json::Value| value.is_number() || value.is_boolean())
            .unwrap_or_else(|| scalar.text.clone().into()),
        Value::Scalar(scalar) => scalar.text.clone().into(),
        Value::List(items) => items.iter().map(|item| as_json(item)).collect(),
        Value::Map(entries) => {
            let pairs = entries.iter().map(|entry| (entry.key.to_string(), as_json(&entry.value)));
            serde_json::Value::Object(pairs.collect())
        }
    }
}

fn commands(node: &Node, in_container: bool, notes: &mut Notes<'_>) -> Read<Vec<Command>> {
    let what = if in_container { "container_commands" } else { "commands" };
    let mut found = each(node, what, |name, fields| {
        let line = fields.required("command", "a command")?;
        let command = match &line.value {
            Value::List(_) => CommandLine::Program(line.texts("command")?),
            _ => CommandLine::Shell(line.text("command")?.to_owned()),
        };
        let mut env = Variables::new();
        for entry in fields.take("env").map_or(Ok(&[][..]), |node| node.map("env"))? {
            env.insert(entry.key.to_string(), plain(&entry.value, "env")?);
        }
        let leader_only = in_container && fields.bool("leader_only")?.unwrap_or(false);
        let mut test = fields.text("test")?;
        if leader_only && test.take().is_some() {
            notes.warn(fields.at, "leader_only takes the place of test, which does not count");
        }
        if let Some(node) = fields.take("waitAfterCompletion") {
            notes.warn(node.at, "waitAfterCompletion is for Windows and is not honoured");
        }
        let ignore_errors = fields.bool("ignoreErrors")?.unwrap_or(false);
        Ok(Command { name, command, env, cwd: fields.text("cwd")?, test, ignore_errors, leader_only })
    })?;
    found.sort_by(|one, other| (!one.leader_only, &one.name).cmp(&(!other.leader_only, &other.name)));
    Ok(found)
}

fn services(node: &Node, notes: &mut Notes<'_>) -> Read<Vec<Service>> {
    let mut found = Vec::new();
    for manager in node.map("services")? {
        if !matches!(&*manager.key, "sysvinit" | "systemd" | "windows") {
            return Err(invalid(manager, "services"));
        }
        found.extend(each(&manager.value, "services", |name, fields| {
            let (ensure_running, enabled) = (fields.bool("ensureRunning")?, fields.bool("enabled")?);
            for key in ["files", "sources", "packages", "commands"] {
                if let Some(node) = fields.take(key) {
                    notes.warn(node.at, format!("{key} of a service, after which it is restarted, is not honoured"));
                }
            }
            Ok(Service { manager: manager.key.to_string(), name, ensure_running, enabled })
        })?);
    }
    Ok(found)
}

/// A value of an option or variable, whose booleans are those of YAML 1.1.
pub(crate) fn plain(node: &Node, what: &str) -> Read<String> {
    let text = node.text(what)?;
    Ok(match &node.value {
        Value::Scalar(scalar) if scalar.plain && !matches!(text, "y" | "n" | "Y" | "N") => match node.bool(what) {
            Ok(value) => value.to_string(),
            Err(_) if node.is_null() => String::new(),
            Err(_) => text.to_owned(),
        },
        _ => text.to_owned(),
    })
}

/// Both forms: a list of settings, or namespaces with names and values.
pub(crate) fn option_settings(node: &Node) -> Read<Vec<OptionSetting>> {
    let mut found = Vec::new();
    if let Value::Map(namespaces) = &node.value {
        for namespace in namespaces {
            for entry in namespace.value.map("a namespace of option_settings")? {
                found.push(OptionSetting {
                    namespace: namespace.key.to_string(),
                    option_name: entry.key.to_string(),
                    value: plain(&entry.value, "an option's value")?,
                    resource_name: None,
                    at: entry.at,
                });
            }
        }
        return Ok(found);
    }
    for item in node.list("option_settings")? {
        let mut fields = Fields::of(item, "an option setting")?;
        let option_name = fields.required("option_name", "an option setting")?.text("option_name")?.to_owned();
        let value = fields.take("value").map_or(Ok(String::new()), |node| plain(node, "an option's value"))?;
        let namespace = fields.text("namespace")?.unwrap_or_else(|| PROPERTIES.to_owned());
        let resource_name = fields.text("resource_name")?;
        if let Some(unknown) = fields.rest().next() {
            return Err(invalid(unknown, "option_settings"));
        }
        found.push(OptionSetting { namespace, option_name, value, resource_name, at: item.at });
    }
    Ok(found)
}

/// The settings of several files: those of the last file count, as files are read in the order of their names.
pub fn merged(extensions: &[Extension]) -> BTreeMap<(&str, &str, Option<&str>), &OptionSetting> {
    let all = extensions.iter().flat_map(|extension| &extension.option_settings);
    all.map(|one| ((one.namespace.as_str(), one.option_name.as_str(), one.resource_name.as_deref()), one)).collect()
}
