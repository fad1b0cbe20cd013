//! `cargo xtask tidy`: rules of the tree that no compiler knows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;

/// The floors of the house (ARCHITECTURE.md): a crate may use crates of its own floor and of lower ones only, and on
/// one floor only what is written here.
const FLOORS: &[(&str, u8)] = &[
    ("words", 0),
    ("oci", 0),
    ("sys", 0),
    ("dockerfile", 0),
    ("grpc", 0),
    ("aws", 0),
    ("store", 1),
    ("filesync", 1),
    ("dns", 1),
    ("balancer", 1),
    ("bundle", 1),
    ("network", 1),
    ("image", 1),
    ("tree", 1),
    ("runtime", 1),
    ("shim", 1),
    ("supervisor", 1),
    ("engine", 2),
    ("build", 2),
    ("iam", 2),
    ("rds", 2),
    ("acm", 2),
    ("s3", 2),
    ("sqs", 2),
    ("cloudwatch-logs", 2),
    ("route53", 2),
    ("beanstalk", 2),
    ("fleet-local", 2),
    ("docker-api", 3),
    ("aws-api", 3),
    ("buildkit-api", 3),
    ("client", 3),
    ("build-client", 3),
    ("cli", 3),
    ("console", 3),
    ("sample", 1),
    ("oci-runtime", 3),
    ("dabba", 4),
    ("strangers", 4),
    ("xtask", 5),
];

/// Arrows within a floor.
const BESIDE: &[(&str, &str)] = &[
    ("words", ""),
    ("oci", "words"),
    ("sys", "words"),
    ("dockerfile", "oci"),
    ("dockerfile", "words"),
    ("aws", "words"),
    ("network", "dns"),
    ("shim", "runtime"),
    ("supervisor", "shim"),
    ("supervisor", "runtime"),
    ("build", "engine"),
    ("beanstalk", "s3"),
    ("fleet-local", "beanstalk"),
    ("fleet-local", "rds"),
    ("fleet-local", "s3"),
    ("fleet-local", "acm"),
    ("fleet-local", "sqs"),
    ("fleet-local", "cloudwatch-logs"),
    ("fleet-local", "route53"),
    ("fleet-local", "build"),
    ("fleet-local", "engine"),
    ("build-client", "client"),
    ("cli", "client"),
    ("cli", "build-client"),
    ("console", "aws-api"),
    ("console", "client"),
];

/// Crates that may hold unsafe code.
const UNSAFE: &[&str] = &["sys", "runtime", "shim", "dabba"];

/// Longest file of code, tests included: what is longer answers more than one question.
const LINES: usize = 900;

/// What `cargo xtask codegen` writes may be longer: nobody edits it.
const GENERATED: &str = "crates/aws-api/src/generated/";

pub(crate) fn run() -> Result<()> {
    let mut faults = Vec::new();
    let root = shell::root();
    for (name, dependencies) in manifests(&root)? {
        check_arrows(&name, &dependencies, &mut faults);
        check_unsafe(&root, &name, &mut faults);
    }
    for file in tracked(&root)? {
        check_file(&root, &file, &mut faults);
    }
    for fault in &faults {
        eprintln!("tidy: {fault}");
    }
    if !faults.is_empty() {
        bail!("{} faults in the tree", faults.len());
    }
    Ok(())
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor)
}

fn check_arrows(name: &str, dependencies: &[String], faults: &mut Vec<String>) {
    let Some(own) = floor(name) else {
        faults.push(format!("the crate {name} has no floor: give it one in xtask/src/tidy.rs and ARCHITECTURE.md"));
        return;
    };
    for other in dependencies {
        let Some(below) = floor(other) else { continue };
        let beside = BESIDE.contains(&(name, other.as_str()));
        if below > own || (below == own && !beside) {
            faults.push(format!("{name} uses {other}: arrows go downward (ARCHITECTURE.md)"));
        }
    }
}

fn check_unsafe(root: &Path, name: &str, faults: &mut Vec<String>) {
    let folder = if name == "xtask" { root.join("xtask") } else { root.join("crates").join(name) };
    let text = ["src/lib.rs", "src/main.rs"].into_iter().find_map(|file| fs::read_to_string(folder.join(file)).ok());
    let forbids = text.is_some_and(|text| text.contains("#![forbid(unsafe_code)]"));
    if !forbids && !UNSAFE.contains(&name) {
        faults.push(format!("the crate {name} does not forbid unsafe code"));
    }
}

/// Every crate with the dependencies that its manifest names.
fn manifests(root: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(root.join("crates"))?.flatten().map(|entry| entry.path()).collect();
    folders.push(root.join("xtask"));
    for folder in folders {
        let text = fs::read_to_string(folder.join("Cargo.toml"))?;
        let (mut section, mut name, mut dependencies) = ("", String::new(), Vec::new());
        for line in text.lines() {
            if line.starts_with('[') {
                section = line.trim();
            } else if section == "[package]" && line.starts_with("name = ") {
                name = line.split('"').nth(1).unwrap_or_default().to_owned();
            } else if section == "[dependencies]" {
                dependencies
                    .extend(line.split(['.', ' ', '=']).next().map(str::to_owned).filter(|one| !one.is_empty()));
            }
        }
        found.insert(name, dependencies);
    }
    Ok(found)
}

fn tracked(root: &Path) -> Result<Vec<String>> {
    let (succeeded, text) = shell::output(Command::new("git").args(["ls-files"]).current_dir(root))?;
    if !succeeded {
        bail!("git ls-files failed");
    }
    Ok(text.lines().map(str::to_owned).collect())
}

fn check_file(root: &Path, name: &str, faults: &mut Vec<String>) {
    // Seeds are what they are.
    if name.starts_with("fuzz/corpus/") {
        return;
    }
    let Ok(text) = fs::read_to_string(root.join(name)) else { return };
    if name.ends_with(".rs") {
        let count = text.lines().count();
        if count > LINES && !name.starts_with(GENERATED) {
            faults.push(format!("{name} has {count} lines, more than {LINES}: it answers more than one question"));
        }
        if !text.starts_with("//!") && !text.starts_with("#!") {
            faults.push(format!("{name} does not begin by saying what it is for (//!)"));
        }
    }
    if name.ends_with(".rs") || name.ends_with(".py") || name.ends_with(".md") {
        for (position, line) in text.lines().enumerate() {
            if line.ends_with([' ', '\t']) {
                faults.push(format!("{name}:{}: white space at the line's end", position + 1));
            }
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        faults.push(format!("{name} does not end with a line feed"));
    }
}
