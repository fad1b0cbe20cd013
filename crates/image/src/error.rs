//! What can go wrong with images, in the sentences that Docker's users know where there is one.

use std::path::{Path, PathBuf};

use oci::Digest;

/// Why an operation upon images failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registry has no such manifest.
    #[error("manifest for {0} not found: manifest unknown: manifest unknown")]
    ManifestUnknown(String),
    /// The registry refuses, which it also does when the repository does not exist.
    #[error(
        "pull access denied for {0}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
    )]
    Denied(String),
    /// The credentials are wrong.
    #[error("unauthorized: {0}")]
    Unauthorized(String),
    /// A login that was to be tried is not good.
    #[error("{0}")]
    LoginRefused(String),
    /// The registry refuses what was sent to it, in its own words.
    #[error("{0}")]
    Refused(String),
    /// The registry cannot be reached or answers nonsense.
    #[error("{0}")]
    Registry(String),
    /// The registry's certificate is not one that this host trusts, or it speaks no TLS.
    #[error("Get \"https://{host}/v2/\": {why}; list the host under insecure-registries if that is meant")]
    Tls {
        /// The registry.
        host: String,
        /// What is wrong.
        why: String,
    },
    /// An index has no manifest for this host.
    #[error("no matching manifest for {0} in the manifest list entries")]
    NoPlatform(String),
    /// An image that is for another platform than the one asked for.
    #[error(
        "image with reference {reference} was found but its platform ({actual}) does not match the specified platform ({wanted})"
    )]
    OtherPlatform {
        /// The image's name.
        reference: String,
        /// The platform asked for.
        wanted: String,
        /// The platform it is for.
        actual: String,
    },
    /// Content that does not have the digest it should have.
    #[error("{what}: expected digest {expected}, got {got}")]
    DigestMismatch {
        /// What was being read.
        what: String,
        /// What it should have been.
        expected: Digest,
        /// What it was.
        got: Digest,
    },
    /// Content that is needed and not here.
    #[error("content {0} is missing; pull the image again")]
    Missing(Digest),
    /// A manifest, configuration or archive that is not well-formed.
    #[error("{0}")]
    Malformed(String),
    /// Something that is well-formed and that this program does not read.
    #[error("{0}")]
    Unsupported(String),
    /// A layer with an entry that cannot be unpacked.
    #[error("failed to register layer: {path:?}: {why}")]
    Unpack {
        /// The entry.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The disk is full.
    #[error("{path}: no space left on device")]
    NoSpace {
        /// What was being written.
        path: PathBuf,
    },
    /// A file of ours could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// Something is beyond our limits.
    #[error("{0}")]
    TooLarge(String),
    /// A key that cannot name a snapshot.
    #[error("{0:?} cannot name a snapshot: letters, digits, '-' and '_' only")]
    Key(String),
    /// A fault of ours.
    #[error("an image operation broke off; this is a fault of dabba, please report it: {0}")]
    Broken(String),
}

impl Error {
    pub(crate) fn io(path: &Path, source: impl Into<std::io::Error>) -> Self {
        let source = source.into();
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::NoSpace { path: path.to_owned() }
            }
            _ => Self::Io { path: path.to_owned(), source },
        }
    }

    pub(crate) fn malformed(what: impl std::fmt::Display, why: impl std::fmt::Display) -> Self {
        Self::Malformed(format!("{what}: {why}"))
    }
}
