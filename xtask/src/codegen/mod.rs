//! `cargo xtask codegen`: the shapes of Amazon's services, as Rust, out of botocore's models.
//!
//! The models are JSON in the Python package botocore (Apache-2.0). `overlay.json` is merged over them: what `eb` sends
//! and its own model knows, and what the models leave out. What is written is checked in; a build needs no model.

mod table;
mod write;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell;

/// The release whose models the checked-in files are made of.
const BOTOCORE: &str = "1.44.8";

/// What is said over the models.
const OVERLAY: &str = include_str!("overlay.json");

pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let folder = match arguments {
        [] => download()?,
        [folder] => PathBuf::from(folder),
        _ => bail!("usage: cargo xtask codegen [FOLDER OF BOTOCORE'S data]"),
    };
    let overlay: Value = serde_json::from_str(OVERLAY).context("reading overlay.json")?;
    let target = shell::root().join("crates/aws-api/src/generated");
    fs::create_dir_all(&target)?;
    for service in table::SERVICES {
        let mut model = model(&folder.join(service.name)).with_context(|| format!("the model of {}", service.name))?;
        merge(&mut model, overlay.get(service.name));
        let text = write::service(service, &model, BOTOCORE).with_context(|| format!("writing {}", service.name))?;
        fs::write(target.join(format!("{}.rs", service.name)), text)?;
    }
    fs::write(target.join("mod.rs"), write::index(table::SERVICES))?;
    // It formats the modules that the index names, too.
    shell::run(Command::new("rustfmt").args(["--edition", "2024"]).arg(target.join("mod.rs")))
}

/// The package's folder `data`, fetched by pip.
fn download() -> Result<PathBuf> {
    let folder = shell::target().join("codegen");
    let data = folder.join("botocore/data");
    if data.is_dir() {
        return Ok(data);
    }
    fs::create_dir_all(&folder)?;
    let package = format!("botocore=={BOTOCORE}");
    let mut pip = Command::new("python3");
    shell::run(
        pip.args(["-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", &package]).current_dir(&folder),
    )?;
    let wheel = format!("botocore-{BOTOCORE}-py3-none-any.whl");
    shell::run(Command::new("python3").args(["-m", "zipfile", "-e", &wheel, "."]).current_dir(&folder))?;
    Ok(data)
}

/// The newest version of a service's model.
fn model(folder: &Path) -> Result<Value> {
    let versions: BTreeSet<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    let newest = versions.last().context("no version of it is there")?;
    let (succeeded, text) = shell::output(Command::new("gzip").arg("-dc").arg(newest.join("service-2.json.gz")))?;
    if !succeeded {
        bail!("gzip could not read it");
    }
    Ok(serde_json::from_str(&text)?)
}

/// Objects are merged; all else is replaced.
fn merge(below: &mut Value, over: Option<&Value>) {
    match (below, over) {
        (Value::Object(below), Some(Value::Object(over))) => {
            for (key, value) in over {
                merge(below.entry(key.clone()).or_insert(Value::Null), Some(value));
            }
        }
        (below, Some(over)) => *below = over.clone(),
        (_, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_overlay_adds_members_and_replaces_lists() {
        let mut below = json!({"a": {"members": {"X": 1}, "required": ["X", "Y"]}});
        merge(&mut below, Some(&json!({"a": {"members": {"Z": 2}, "required": ["X"]}, "b": {}})));
        assert_eq!(below, json!({"a": {"members": {"X": 1, "Z": 2}, "required": ["X"]}, "b": {}}));
    }
}
