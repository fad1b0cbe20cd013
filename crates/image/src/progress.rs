//! What a pull tells while it works. The steps are those that Docker's clients draw as one line a layer.

use oci::Digest;

/// What happens to one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The layer by the digest of its blob; Docker shows the first twelve digits.
    pub layer: Digest,
    /// What happens.
    pub step: Step,
}

/// A step of one layer's way. Sizes are bytes of the blob; a total of 0 means that it is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The image has this layer, and it is not here.
    PullingFsLayer,
    /// It waits for its turn.
    Waiting,
    /// Some of it is here.
    Downloading {
        /// Bytes that are here.
        current: u64,
        /// Bytes in all.
        total: u64,
    },
    /// All of it is here, and its digest is compared.
    VerifyingChecksum,
    /// Its blob is here.
    DownloadComplete,
    /// It is being unpacked.
    Extracting {
        /// Bytes that are unpacked.
        current: u64,
        /// Bytes in all.
        total: u64,
    },
    /// It can be used.
    PullComplete,
    /// It was here before.
    AlreadyExists,
}
