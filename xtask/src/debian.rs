//! Debian packages: installed where the host's own suite has them, unpacked beside it where only a newer one does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

/// Installs what is missing of these packages. No service is started by it.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !shell::exists("apt-get") {
        bail!("install {} by your system's own means: this is no Debian", missing.join(", "));
    }
    println!("==> installing {}", missing.join(" "));
    let _policy = NoServices::begin()?;
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "Dpkg::Use-Pty=0"]);
        apt
    };
    shell::run(apt().arg("update"))?;
    shell::run(apt().args(["install", "-y", "--no-install-recommends"]).args(&missing))
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["-W", "-f", "${db:Status-Status}", package]).stderr(std::process::Stdio::null());
    query.output().is_ok_and(|answer| answer.stdout == b"installed")
}

/// While this lives, packages that are installed start no services (invoke-rc.d(8), policy-rc.d).
struct NoServices(Option<PathBuf>);

impl NoServices {
    fn begin() -> Result<Self> {
        let path = PathBuf::from("/usr/sbin/policy-rc.d");
        if path.exists() {
            return Ok(Self(None));
        }
        fs::write(&path, "#!/bin/sh\nexit 101\n").context("writing policy-rc.d; are you root?")?;
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        Ok(Self(Some(path)))
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            let _ = fs::remove_file(path);
        }
    }
}

/// Fetches packages of Debian unstable and unpacks them into a directory, which is given back. They run with the libc
/// that is among them, by its own loader: see [`command`].
pub(crate) fn unstable(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let base = shell::target().join("debian");
    let root = base.join(name);
    let done = root.join(".complete");
    if done.exists() {
        return Ok(root);
    }
    println!("==> fetching {} of Debian unstable", packages.join(" "));
    let apt = || newest(&base, "deb");
    shell::run(apt()?.arg("update"))?;
    let before = debs(&base)?;
    shell::run(apt()?.arg("download").args(packages))?;
    fs::create_dir_all(&root)?;
    for deb in debs(&base)?.into_iter().filter(|deb| !before.contains(deb) || wanted(deb, packages)) {
        shell::run(Command::new("dpkg").arg("-x").arg(deb).arg(&root))?;
    }
    fs::write(done, "")?;
    Ok(root)
}

/// What dockerd of Debian unstable needs beside what the host has.
const ENGINE: &[&str] = &["docker.io", "containerd", "runc", "libc6", "libseccomp2", "libsystemd0"];

/// Debian unstable's dockerd, as a script that starts it. It runs in a mount namespace of its own, in which what was
/// unpacked, its libc included, lies over the host's /usr: it executes itself and others by their paths, which the loader
/// of [`command`] would not survive.
pub(crate) fn engine() -> Result<PathBuf> {
    let root = unstable("docker.io", ENGINE)?;
    let over =
        "mount -t overlay overlay -o \"lowerdir=$0:/usr\" /usr && PATH=$PATH:/usr/sbin:/sbin exec dockerd \"$@\"";
    let usr = root.join("usr");
    let line = format!("exec unshare --mount --propagation private sh -c '{over}' {} \"$@\"", usr.display());
    script(&root.join("dockerd"), &line)
}

/// Writes a script of one line.
pub(crate) fn script(path: &Path, line: &str) -> Result<PathBuf> {
    fs::write(path, format!("#!/bin/sh\n{line}\n")).with_context(|| format!("writing {}", path.display()))?;
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(path.to_owned())
}

/// Fetches what a package of Debian unstable is made of and unpacks it into a directory, which is given back.
pub(crate) fn sources(package: &str) -> Result<PathBuf> {
    let base = shell::target().join("debian-sources");
    let root = base.join(package);
    let done = root.join(".complete");
    if done.exists() {
        return Ok(root);
    }
    println!("==> fetching the sources of {package} of Debian unstable");
    shell::run(newest(&base, "deb-src")?.arg("update"))?;
    shell::run(newest(&base, "deb-src")?.args(["source", "--download-only", package]))?;
    fs::create_dir_all(&root)?;
    // Beside the archives there may be their signatures.
    let archive = |path: &PathBuf| {
        let name = path.to_string_lossy();
        name.contains(".orig") && name.contains(".tar.") && !name.ends_with(".asc")
    };
    for tar in debs(&base)?.into_iter().filter(archive) {
        shell::run(Command::new("tar").arg("-C").arg(&root).arg("-xf").arg(tar))?;
    }
    fs::write(done, "")?;
    Ok(root)
}

/// An apt-get that knows nothing but Debian unstable, and keeps all that it has below a directory of its own. It
/// downloads to `debs` there.
fn newest(base: &Path, kind: &str) -> Result<Command> {
    for folder in ["lists/partial", "cache/archives/partial", "debs"] {
        fs::create_dir_all(base.join(folder))?;
    }
    let sources = base.join("sources.list");
    fs::write(&sources, format!("{kind} [trusted=yes] {} unstable main\n", mirror()))?;
    let mut apt = Command::new("apt-get");
    apt.arg("-qq").current_dir(base.join("debs"));
    for option in [
        format!("Dir::Etc::SourceList={}", sources.display()),
        "Dir::Etc::SourceParts=/dev/null".into(),
        format!("Dir::State::lists={}", base.join("lists").display()),
        "Dir::State::status=/dev/null".into(),
        format!("Dir::Cache={}", base.join("cache").display()),
        "APT::Sandbox::User=root".into(),
    ] {
        apt.arg("-o").arg(option);
    }
    Ok(apt)
}

fn wanted(deb: &Path, packages: &[&str]) -> bool {
    let name = deb.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    packages.iter().any(|package| name.starts_with(&format!("{package}_")))
}

fn debs(base: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(base.join("debs"))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

/// The mirror that this host itself uses.
fn mirror() -> String {
    let texts = ["/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"].map(fs::read_to_string);
    let found = texts.into_iter().flatten().find_map(|text| {
        let words = text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        words.filter(|word| word.starts_with("http") && !word.contains("security")).map(str::to_owned).next()
    });
    found.unwrap_or_else(|| "http://deb.debian.org/debian".into())
}

/// A command that runs a program of an unpacked package with the libc beside it.
pub(crate) fn command(root: &Path, program: &str) -> Command {
    let libraries = root.join("usr/lib/x86_64-linux-gnu");
    let mut command = Command::new(libraries.join("ld-linux-x86-64.so.2"));
    command.arg("--library-path").arg(&libraries).arg(root.join(program.trim_start_matches('/')));
    command
}
