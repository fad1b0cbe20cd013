//! Tells the program the commit that it is built from.

use std::process::Command;

fn main() {
    let answer = Command::new("git").args(["rev-parse", "--short=7", "HEAD"]).output();
    let commit = answer.ok().filter(|answer| answer.status.success());
    let text = commit.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned()).unwrap_or_default();
    println!("cargo::rustc-env=DABBA_COMMIT={text}");
    println!("cargo::rerun-if-changed=../../.git/logs/HEAD");
}
