//! What is said of a result beside it: statements of in-toto, which leave with an image or with its files.
//! Source: in-toto attestation framework 0.1; BuildKit `docs/attestations/`.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{Images, Subject};
use rustix::fs::{FileType, Mode, OFlags};

use crate::local::Directory;
use crate::{Builder, Built, Error, Result, limits};

/// What is to be said of a result.
#[derive(Debug, Clone, Default)]
pub struct Attest {
    /// Where it comes from.
    pub provenance: Option<Provenance>,
    /// What it is made of: the image of the generator that looks through it.
    pub sbom: Option<Generator>,
}

/// How the provenance of a result is told.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// Everything: also the steps, the values of arguments, the Dockerfile, and which secrets were asked for.
    pub max: bool,
    /// The version of SLSA's predicate.
    pub version: SlsaVersion,
    /// Who builds, as an address; may be empty.
    pub builder: String,
    /// The client claims that the same build gives the same bytes.
    pub reproducible: bool,
    /// It belongs to images alone, and not to files. That is what clients ask for whose user asked for nothing.
    pub inline_only: bool,
    /// The frontend that was asked, by its name in the protocol.
    pub frontend: String,
    /// What it was asked for, by the names of the protocol.
    pub parameters: BTreeMap<String, String>,
    /// The path of the Dockerfile.
    pub entry_point: String,
    /// What the client says of the repository that its files come from.
    pub vcs: BTreeMap<String, String>,
}

/// A version of the predicate of SLSA.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SlsaVersion {
    /// <https://slsa.dev/provenance/v0.2>
    #[default]
    V02,
    /// <https://slsa.dev/provenance/v1>
    V1,
}

/// An image whose program lists what a file system holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generator {
    /// Its name.
    pub image: String,
    /// Parameters of its own, which it sees as `BUILDKIT_SCAN_NAME`.
    pub parameters: BTreeMap<String, String>,
}

/// Something that is said of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// What kind of thing is said.
    pub predicate_type: String,
    /// The name of the file that says so, beside the result's files.
    pub file: String,
    /// What is said, as JSON.
    pub predicate: Arc<[u8]>,
    /// It belongs to images alone.
    pub inline_only: bool,
}

/// Keeps what is said of an image. Blocks.
pub(crate) fn keep(images: &Images, built: &Built) -> Result<Vec<image::Attestation>> {
    let keep = |said: &Attestation| Ok(images.keep_attestation(&said.predicate_type, &said.predicate)?);
    built.attestations.iter().map(keep).collect()
}

/// A result's files with the statements about them, to be read while both live.
pub(crate) struct Attested {
    pub(crate) files: OwnedFd,
    /// What the statements are kept in.
    pub(crate) beside: Option<Directory>,
}

/// The files of a result, with the statements about them beside them. Blocks.
pub(crate) fn attested(builder: &Builder, built: &Built, prefix: &str) -> Result<Attested> {
    let images = builder.engine().images();
    let files = images.look(&built.layers)?;
    let said: Vec<&Attestation> = built.attestations.iter().filter(|said| !said.inline_only).collect();
    if said.is_empty() {
        return Ok(Attested { files, beside: None });
    }
    let subjects = subjects(&files)?;
    let beside = builder.0.locals.temporary_blocking()?;
    let writing = |path: &Path, error| Error::io(format!("writing {}", path.display()), error);
    // It lies over the result, and so do its rights.
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(beside.path(), open).map_err(|error| writing(beside.path(), error))?;
    for one in said {
        let name = format!("{prefix}{}", one.file);
        if name.contains('/') {
            return Err(Error::invalid(format!("{name:?} is no name of a file for an attestation")));
        }
        let path = beside.path().join(name);
        let bytes = image::statement(&one.predicate_type, &one.predicate, &subjects)?;
        std::fs::write(&path, bytes).map_err(|error| writing(&path, error))?;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, mode).map_err(|error| writing(&path, error))?;
        if let Some(epoch) = built.epoch {
            let when = rustix::fs::Timespec { tv_sec: epoch, tv_nsec: 0 };
            let times = rustix::fs::Timestamps { last_access: when, last_modification: when };
            let set = rustix::fs::utimensat(rustix::fs::CWD, &path, &times, rustix::fs::AtFlags::empty());
            set.map_err(|error| writing(&path, error.into()))?;
        }
    }
    let files = images.look_below(beside.path(), &built.layers)?;
    Ok(Attested { files, beside: Some(beside) })
}

/// The regular files below a root, each with the digest of its bytes. Blocks.
fn subjects(root: &OwnedFd) -> Result<Vec<Subject>> {
    let failed = |path: &Path, error: std::io::Error| Error::io(format!("reading {}", path.display()), error);
    let mut subjects = Vec::new();
    let mut folders = vec![PathBuf::from("/")];
    while let Some(folder) = folders.pop() {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let opened = sys::beneath::open(root, &folder, flags, Mode::empty()).map_err(|error| failed(&folder, error))?;
        for name in sys::beneath::entries(&opened).map_err(|error| failed(&folder, error))? {
            let path = folder.join(&name);
            let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
            let stat = rustix::fs::statat(&opened, &name, flags).map_err(|error| failed(&path, error.into()))?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => folders.push(path),
                FileType::RegularFile => {
                    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
                    let file = rustix::fs::openat(opened.as_fd(), &name, flags, Mode::empty());
                    let file = std::fs::File::from(file.map_err(|error| failed(&path, error.into()))?);
                    let digest = image::digest_of(file).map_err(|error| failed(&path, error))?;
                    subjects.push(Subject::new(path.to_string_lossy().trim_start_matches('/'), &digest));
                }
                _ => {}
            }
            if subjects.len() > limits::SUBJECTS {
                return Err(Error::invalid(format!(
                    "a result of more than {} files cannot be attested file by file: write an image instead, or leave \
                     attestations out (--provenance=false --sbom=false)",
                    limits::SUBJECTS
                )));
            }
        }
    }
    subjects.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(subjects)
}
