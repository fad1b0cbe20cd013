//! `cargo xtask bench-environments`: environments of Elastic Beanstalk, timed from the call to the state waited for.
//!
//! There is no peer to measure beside: Amazon takes minutes, and nothing else serves these clients. The clients are
//! those of the tests, so a program of their Python environment measures.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::{debian, shell, test};

/// Measures; see `USAGE`.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let rounds = match words {
        [] => "5",
        ["--rounds", rounds] if rounds.parse::<u32>().is_ok_and(|rounds| rounds > 0) => rounds,
        _ => bail!("bench-environments takes --rounds N and nothing else"),
    };
    debian::install(test::PACKAGES)?;
    if std::env::var_os("DABBA_BIN").is_none() {
        shell::run(shell::cargo().args(["build", "--release"]))?;
    }
    let folder = shell::root().join("tests/e2e");
    let mut python = Command::new(test::environment(&folder)?);
    python.args(["bench_environments.py", "--rounds", rounds]).current_dir(&folder).stdin(Stdio::null());
    if std::env::var_os("DABBA_BIN").is_none() {
        python.env("DABBA_BIN", shell::target().join("release/dabba"));
    }
    shell::run(python.env("E2E_CACHE", shell::target().join("e2e")).env("PYTHONDONTWRITEBYTECODE", "1"))
}
