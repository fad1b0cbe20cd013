//! What is mounted into a service: volumes, files of the bundle, memory.

use super::values::{absolute, bytes, inside, name};
use super::{LOG_DIRECTORY, rest};
use crate::error::{Fault, Notes, quoted};
use crate::node::{Fields, Node, Value};

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// What is mounted.
    pub source: Source,
    /// Where in the container.
    pub target: String,
    /// Whether it may only be read.
    pub read_only: bool,
}

/// What is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A volume without a name, which goes with the container.
    Anonymous,
    /// A volume of the file.
    Volume(String),
    /// A file or directory of the bundle, by its path; the bundle itself is empty.
    Bundle(String),
    /// A directory whose files are taken as logs, by its path below `EB_LOG_BASE_DIR`.
    Logs(String),
    /// Memory.
    Memory {
        /// Most bytes.
        size: Option<u64>,
        /// Permission bits.
        mode: Option<u32>,
    },
}

/// Why paths of the host are none.
const OUTSIDE: &str = "only files of the bundle (./…), named volumes and ${EB_LOG_BASE_DIR}/… can be mounted, not paths \
                       of the host";

fn bind(text: &str) -> Option<Source> {
    let below = text.strip_prefix(LOG_DIRECTORY).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    match below {
        Some(below) => inside(&format!(".{below}")).map(Source::Logs),
        None => inside(text).map(Source::Bundle),
    }
}

pub(super) fn mounts(node: &Node, notes: &mut Notes<'_>) -> Result<Vec<Mount>, Fault> {
    node.list("volumes")?
        .iter()
        .map(|item| match &item.value {
            Value::Map(_) => long(item, notes),
            _ => short(item, notes),
        })
        .collect()
}

/// `[SOURCE:]TARGET[:OPTIONS]`
fn short(node: &Node, notes: &mut Notes<'_>) -> Result<Mount, Fault> {
    let text = node.text("a volume")?;
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, options) = match parts[..] {
        [target] => (None, target, ""),
        [source, target] => (Some(source), target, ""),
        [source, target, options] => (Some(source), target, options),
        _ => return Err(node.fault(format!("{} is no volume: it is SOURCE:TARGET[:ro]", quoted(text)))),
    };
    let source = match source {
        None => Source::Anonymous,
        Some(path) if path.starts_with(['.', '/', '~']) => {
            bind(path).ok_or_else(|| node.fault(format!("{} is refused: {OUTSIDE}", quoted(path))))?
        }
        Some(volume) => Source::Volume(name(volume, node.at, "a volume")?),
    };
    let mut read_only = false;
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option {
            "ro" => read_only = true,
            "rw" => read_only = false,
            // How other systems share files, and labels of another security module.
            "z" | "Z" | "cached" | "delegated" | "consistent" => {}
            other => notes.warn(node.at, format!("the option {} of a volume is not honoured", quoted(other))),
        }
    }
    Ok(Mount { source, target: absolute(target, node.at, "a volume's target")?, read_only })
}

fn long(node: &Node, notes: &mut Notes<'_>) -> Result<Mount, Fault> {
    const WHAT: &str = "a volume";
    let mut fields = Fields::of(node, WHAT)?;
    let kind = fields.text("type")?.unwrap_or_else(|| "volume".to_owned());
    let source = fields.take("source");
    let target = fields.required("target", WHAT)?;
    let target = absolute(target.text("target")?, target.at, "a volume's target")?;
    let read_only = fields.bool("read_only")?.unwrap_or(false);
    let source = match (kind.as_str(), source) {
        ("bind", Some(source)) => {
            let text = source.text("source")?;
            bind(text).ok_or_else(|| source.fault(format!("{} is refused: {OUTSIDE}", quoted(text))))?
        }
        ("bind", None) => return Err(node.fault("a volume of type bind has no source")),
        ("volume", Some(source)) => Source::Volume(name(source.text("source")?, source.at, WHAT)?),
        ("volume", None) => Source::Anonymous,
        ("tmpfs", _) => memory(fields.take("tmpfs"), notes)?,
        (other, _) => {
            return Err(node.fault(format!("a volume's type is volume, bind or tmpfs, not {}", quoted(other))));
        }
    };
    rest(&fields, WHAT, &["bind", "volume", "tmpfs", "consistency"], notes)?;
    Ok(Mount { source, target, read_only })
}

fn memory(node: Option<&Node>, notes: &mut Notes<'_>) -> Result<Source, Fault> {
    let Some(node) = node else { return Ok(Source::Memory { size: None, mode: None }) };
    let mut fields = Fields::of(node, "tmpfs")?;
    let size = fields.take("size").map(|size| bytes(size, "size")).transpose()?;
    let mode = fields.take("mode").map(octal).transpose()?;
    rest(&fields, "tmpfs", &[], notes)?;
    Ok(Source::Memory { size, mode })
}

fn octal(node: &Node) -> Result<u32, Fault> {
    let text = node.text("mode")?;
    u32::from_str_radix(text.trim_start_matches("0o"), 8)
        .ok()
        .filter(|mode| *mode <= 0o1777)
        .ok_or_else(|| node.fault(format!("mode must be an octal number such as 1777, not {}", quoted(text))))
}

/// `tmpfs`: `PATH[:OPTIONS]`, one or several.
pub(super) fn tmpfs(node: &Node, notes: &mut Notes<'_>) -> Result<Vec<Mount>, Fault> {
    let mut found = Vec::new();
    for text in node.text_or_texts("tmpfs")? {
        let (target, options) = text.split_once(':').unwrap_or((&text, ""));
        let (mut size, mut mode, mut read_only) = (None, None, false);
        for option in options.split(',').filter(|option| !option.is_empty()) {
            let value = |text: &str| Node::scalar(node.at, text.to_owned(), true, None);
            match option.split_once('=') {
                Some(("size", text)) => size = Some(bytes(&value(text), "size")?),
                Some(("mode", text)) => mode = Some(octal(&value(text))?),
                None if option == "ro" => read_only = true,
                None if matches!(option, "rw" | "nosuid" | "nodev" | "noexec") => {}
                _ => notes.warn(node.at, format!("the option {} of tmpfs is not honoured", quoted(option))),
            }
        }
        let target = absolute(target, node.at, "tmpfs")?;
        found.push(Mount { source: Source::Memory { size, mode }, target, read_only });
    }
    Ok(found)
}
