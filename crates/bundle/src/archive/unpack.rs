//! Unpacking a source bundle into a directory.
//!
//! All that can be refused by looking is refused before the first file is made. Then every step goes beneath the target
//! (openat2), files are new ones, and symbolic links come last.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::directory::{self, Entry, Kind};
use super::names::{self, Tree};
use crate::{Error, Result, limits};

/// What was uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A zip archive.
    Archive,
    /// One file alone, which AWS takes for a bundle, too; under this name it is in the directory now.
    File(&'static str),
}

/// What was unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpacked {
    /// What it came in.
    pub form: Form,
    /// Files and symbolic links.
    pub files: u64,
    /// Bytes of the files.
    pub bytes: u64,
}

/// Unpacks a source bundle into an empty directory, open in any way. What was made before an error is left behind:
/// whoever made the directory removes it. Blocks.
///
/// # Errors
/// [`Error::Archive`] and [`Error::Entry`] for what is broken or hostile, [`Error::Io`] otherwise.
pub fn unpack(archive: &File, into: BorrowedFd<'_>) -> Result<Unpacked> {
    let length = archive.metadata().map_err(|error| Error::io("source bundle", error))?.len();
    if length > limits::ARCHIVE_BYTES {
        return Err(Error::archive(format!("has {length} bytes; at most {} are taken", limits::ARCHIVE_BYTES)));
    }
    let mut head = [0; 4];
    let is_zip = std::os::unix::fs::FileExt::read_exact_at(archive, &mut head, 0).is_ok() && head.starts_with(b"PK");
    if !is_zip {
        return single(archive, length, into);
    }
    let plan = plan(archive, length)?;
    let mut unpacked = Unpacked { form: Form::Archive, files: 0, bytes: 0 };
    for planned in &plan {
        let failed = |error| Error::entry(&planned.entry.name, format!("cannot be unpacked: {error}"));
        match &planned.target {
            Some(_) => {}
            None if planned.entry.kind == Kind::Directory => {
                let mode = Mode::from_raw_mode(planned.entry.mode);
                let made = sys::beneath::make_dirs(into, &planned.path, mode).map_err(failed)?;
                rustix::fs::chmodat(&made, ".", mode, rustix::fs::AtFlags::empty())
                    .map_err(|error| failed(error.into()))?;
            }
            None => {
                let content = directory::content(archive, &planned.entry);
                unpacked.bytes += write_file(into, &planned.path, planned.entry.mode, content).map_err(|error| {
                    match error.kind() {
                        std::io::ErrorKind::InvalidData => Error::entry(&planned.entry.name, error.to_string()),
                        _ => failed(error),
                    }
                })?;
                unpacked.files += 1;
            }
        }
    }
    for planned in &plan {
        let Some(target) = &planned.target else { continue };
        let failed = |error| Error::entry(&planned.entry.name, format!("cannot be unpacked: {error}"));
        let (folder, name) = sys::beneath::split(&planned.path).map_err(failed)?;
        let folder = sys::beneath::make_dirs(into, folder, FOLDER).map_err(failed)?;
        rustix::fs::symlinkat(target.as_str(), &folder, name).map_err(|error| failed(error.into()))?;
        unpacked.files += 1;
    }
    Ok(unpacked)
}

/// Of folders that the archive only implies.
const FOLDER: Mode = Mode::from_raw_mode(0o755);

/// An entry, and where it goes.
struct Planned {
    entry: Entry,
    path: PathBuf,
    /// Where it leads, if it is a symbolic link.
    target: Option<String>,
}

/// Reads the archive's directory and decides whether all of it can be unpacked.
fn plan(archive: &File, length: u64) -> Result<Vec<Planned>> {
    let entries = directory::read(archive, length)?;
    if entries.is_empty() {
        return Err(Error::archive("is empty: put the application's files into it"));
    }
    let total = entries.iter().fold(0_u64, |total, entry| total.saturating_add(entry.size));
    if total > limits::UNPACKED_BYTES {
        return Err(Error::archive(format!("unpacks to {total} bytes; at most {} are taken", limits::UNPACKED_BYTES)));
    }
    if total > limits::RATIO_FREE && total / limits::RATIO > length {
        return Err(Error::archive(format!(
            "unpacks to {total} bytes, more than {} times its own size: it looks like a zip bomb",
            limits::RATIO
        )));
    }
    let (mut tree, mut plan, mut links) = (Tree::new(), Vec::with_capacity(entries.len()), Vec::new());
    for entry in entries {
        let wrong = |why: String| Error::entry(&entry.name, why);
        let parts = names::path(&entry.name).map_err(wrong)?;
        let at = tree.add(&parts, entry.kind).map_err(wrong)?;
        let path: PathBuf = parts.iter().collect();
        let mut target = None;
        if entry.kind == Kind::Link {
            if links.len() >= limits::LINKS {
                return Err(wrong(format!("is one too many: an archive may have {} symbolic links", limits::LINKS)));
            }
            let read = read_target(archive, &entry).map_err(|why| wrong(format!("is a symbolic link that {why}")))?;
            tree.set_target(at, &read);
            links.push((at, entry.name.clone()));
            target = Some(read);
        }
        if !parts.is_empty() {
            plan.push(Planned { path, target, entry });
        }
    }
    for (at, name) in links {
        tree.stays(at).map_err(|why| Error::entry(&name, why))?;
    }
    Ok(plan)
}

fn read_target(archive: &File, link: &Entry) -> std::result::Result<String, String> {
    if link.size > limits::LINK_BYTES {
        return Err(format!("leads to a path of more than {} bytes", limits::LINK_BYTES));
    }
    let mut bytes = Vec::new();
    directory::content(archive, link).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    match String::from_utf8(bytes) {
        Ok(target) if !target.chars().any(char::is_control) && !target.contains('\\') => Ok(target),
        _ => Err("leads to a path with characters that no path here has".into()),
    }
}

/// Writes a new file beneath the target; gives its length.
fn write_file(into: BorrowedFd<'_>, path: &Path, mode: u32, mut content: impl Read) -> std::io::Result<u64> {
    let (folder, name) = sys::beneath::split(path)?;
    let folder = sys::beneath::make_dirs(into, folder, FOLDER)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::openat(&folder, name, flags, Mode::from_raw_mode(0o600))?);
    let (mut buffer, mut bytes) = (vec![0; limits::CHUNK], 0);
    loop {
        let count = content.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        file.write_all(buffer.get(..count).unwrap_or_default())?;
        bytes += count as u64;
    }
    rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))?;
    Ok(bytes)
}

/// A bundle that is one file.
fn single(archive: &File, length: u64, into: BorrowedFd<'_>) -> Result<Unpacked> {
    let neither = |why: &str| {
        Error::archive(format!(
            "is neither a zip archive nor one of the files that AWS takes alone ({}): {why}",
            crate::KNOWN
        ))
    };
    if length > limits::CONFIG_BYTES {
        return Err(neither("it is too large for a single file"));
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    std::os::unix::fs::FileExt::read_exact_at(archive, &mut bytes, 0)
        .map_err(|error| Error::io("source bundle", error))?;
    let name = classify(&bytes).map_err(|why| neither(&why))?;
    let bytes = write_file(into, Path::new(name), 0o644, bytes.as_slice()).map_err(|error| Error::io(name, error))?;
    Ok(Unpacked { form: Form::File(name), files: 1, bytes })
}

/// Which file a text is that came without a name.
fn classify(bytes: &[u8]) -> std::result::Result<&'static str, String> {
    if std::str::from_utf8(bytes).is_err() || bytes.contains(&0) {
        return Err("it is no text".into());
    }
    let is_compose = || {
        let node = crate::node::yaml(bytes).ok()?;
        node.map("").ok()?.iter().any(|entry| &*entry.key == "services").then_some(())
    };
    match bytes.trim_ascii_start() {
        [] => Err("it is empty".into()),
        [b'{', ..] => Ok(crate::DOCKERRUN),
        _ if is_compose().is_some() => Ok(crate::COMPOSE[0]),
        _ => match dockerfile::Dockerfile::parse(bytes) {
            Ok(_) => Ok(crate::DOCKERFILE),
            Err(error) => Err(format!("read as a Dockerfile, line {}: {error}", error.span.start.line)),
        },
    }
}
