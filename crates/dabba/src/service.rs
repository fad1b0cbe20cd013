//! `dabba service`: the daemon as a service of this host, by systemd or by an init script.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Subcommand;

/// What to do with the service.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Set the service up, to be started with the host.
    Install {
        /// Directory that stands for the root of the file system, for making packages.
        #[arg(long, default_value = "/", value_name = "DIR")]
        root: PathBuf,
    },
    /// Tell what the service manager says of it.
    Status,
    /// Start it.
    Start,
    /// Stop it. Containers go on.
    Stop,
}

const SERVICE_UNIT: &str = include_str!("service/dabba.service");
const SOCKET_UNIT: &str = include_str!("service/dabba.socket");
const INIT_SCRIPT: &str = include_str!("service/dabba.init");

const UNITS: &str = "etc/systemd/system";
const SCRIPT: &str = "etc/init.d/dabba";

pub(crate) fn run(action: &Action) -> Result<()> {
    match action {
        Action::Install { root } => install(root),
        Action::Status => manage("status"),
        Action::Start => manage("start"),
        Action::Stop => manage("stop"),
    }
}

/// systemd is what runs this host (sd_booted(3)).
fn has_systemd() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

fn install(root: &Path) -> Result<()> {
    let program = std::env::current_exe().context("finding this program's file")?;
    let program = program.display().to_string();
    let here = root == Path::new("/");
    if has_systemd() {
        for (name, text) in [("dabba.service", SERVICE_UNIT), ("dabba.socket", SOCKET_UNIT)] {
            write(&root.join(UNITS).join(name), &text.replace("@PROGRAM@", &program), 0o644)?;
        }
        if here {
            ensure_group("docker");
            call("systemctl", &["daemon-reload"])?;
            call("systemctl", &["enable", "dabba.socket", "dabba.service"])?;
        }
        println!("The units dabba.service and dabba.socket are installed. Start them with: dabba service start");
        return Ok(());
    }
    write(&root.join(SCRIPT), &INIT_SCRIPT.replace("@PROGRAM@", &program), 0o755)?;
    if here && Path::new("/usr/sbin/update-rc.d").exists() {
        call("update-rc.d", &["dabba", "defaults"])?;
    }
    println!("The init script /{SCRIPT} is installed. Start the service with: dabba service start");
    Ok(())
}

/// The socket unit names the group, and systemd refuses a unit whose group is missing.
fn ensure_group(name: &str) {
    let made = Command::new("groupadd").args(["--system", "--force", name]).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("dabba: the group {name} could not be made; make it before the service is started");
    }
}

fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    std::fs::write(path, text)
        .and_then(|()| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)))
        .with_context(|| format!("writing {} (root may)", path.display()))
}

fn manage(verb: &str) -> Result<()> {
    if has_systemd() {
        return call("systemctl", &[verb, "dabba.service"]);
    }
    let script = Path::new("/").join(SCRIPT);
    if !script.exists() {
        bail!("the service is not installed: run `dabba service install` as root first");
    }
    call(&script.to_string_lossy(), &[verb])
}

fn call(program: &str, arguments: &[&str]) -> Result<()> {
    let status = Command::new(program).args(arguments).status().with_context(|| format!("running {program}"))?;
    match status.code() {
        Some(0) => Ok(()),
        // What systemctl and init scripts answer for a service that is stopped (LSB).
        Some(3) if arguments.first() == Some(&"status") => std::process::exit(3),
        _ => bail!("{program} {} ended with {status}", arguments.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_script_name_the_program() {
        for text in [SERVICE_UNIT, INIT_SCRIPT] {
            assert!(text.contains("@PROGRAM@"));
        }
        let root = tempfile::tempdir().unwrap();
        install(root.path()).unwrap();
        let script = root.path().join(SCRIPT);
        let unit = root.path().join(UNITS).join("dabba.service");
        let text = std::fs::read_to_string(if has_systemd() { unit } else { script }).unwrap();
        assert!(text.contains(" daemon") && !text.contains("@PROGRAM@"));
    }
}
