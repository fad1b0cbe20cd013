//! Finding and executing the program.

use std::ffi::{CString, OsStr};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, FileType, Mode, OFlags};

use crate::Error;
use crate::error::plain;
use crate::plan::ProcessPlan;

/// Enters the working directory, by a walk that follows no magic link: `/proc/self/fd/7` would lead out of the
/// container (CVE-2024-21626). The first process of a container gets a missing one made, as Docker does.
pub(super) fn enter_directory(process: &ProcessPlan, make: bool) -> Result<(), Error> {
    let fail =
        |error: std::io::Error| Error::WorkingDirectory { path: process.cwd.display().to_string(), why: plain(&error) };
    let root = sys::beneath::open_root(Path::new("/")).map_err(fail)?;
    let flags = OFlags::PATH | OFlags::DIRECTORY;
    let directory = match sys::beneath::open(&root, &process.cwd, flags, Mode::empty()) {
        Err(error) if error.kind() == ErrorKind::NotFound && make => {
            sys::beneath::make_dirs(&root, &process.cwd, Mode::from(0o755)).map_err(fail)?
        }
        other => other.map_err(fail)?,
    };
    rustix::process::fchdir(&directory).map_err(|error| fail(error.into()))
}

/// The file to execute: as named if the name has a slash, otherwise the first in PATH that can be executed.
pub(super) fn find(process: &ProcessPlan) -> Result<PathBuf, Error> {
    let name = process.args.first().map(String::as_str).unwrap_or_default();
    if name.contains('/') {
        return check(Path::new(name)).map(|()| PathBuf::from(name)).map_err(|error| failure(name, name, &error));
    }
    let path = process.env.iter().rev().find_map(|entry| entry.strip_prefix("PATH=")).unwrap_or("");
    let mut denied = None;
    for folder in path.split(':') {
        let candidate = Path::new(if folder.is_empty() { "." } else { folder }).join(name);
        match check(&candidate) {
            Ok(()) if !name.is_empty() => return Ok(candidate),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => denied = Some(error),
            _ => {}
        }
    }
    match denied {
        Some(error) => Err(failure(name, name, &error)),
        None => Err(Error::NotFound { program: name.into(), why: "executable file not found in $PATH".into() }),
    }
}

fn check(path: &Path) -> std::io::Result<()> {
    let stat = rustix::fs::stat(path)?;
    if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
        return Err(ErrorKind::IsADirectory.into());
    }
    Ok(rustix::fs::accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS)?)
}

/// Executes; whatever comes back is why it could not.
pub(super) fn execute(process: &ProcessPlan, path: &Path) -> Error {
    let text = |bytes: &[u8]| CString::new(bytes).unwrap_or_default();
    let arguments: Vec<CString> = process.args.iter().map(|arg| text(arg.as_bytes())).collect();
    let environment: Vec<CString> = process.env.iter().map(|entry| text(entry.as_bytes())).collect();
    let error = sys::process::execute(&text(OsStr::as_bytes(path.as_os_str())), &arguments, &environment);
    let name = process.args.first().map(String::as_str).unwrap_or_default();
    failure(name, &path.display().to_string(), &error)
}

fn failure(program: &str, path: &str, error: &std::io::Error) -> Error {
    let program = program.to_owned();
    match error.raw_os_error() {
        Some(libc::ENOENT) => Error::NotFound { program, why: format!("stat {path}: no such file or directory") },
        Some(libc::ENOEXEC) => Error::NotExecutable { program, why: "exec format error".into() },
        _ => Error::NotExecutable { program, why: plain(error) },
    }
}
