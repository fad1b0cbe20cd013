//! What pull and push tell while they work. The steps are those that Docker's clients draw as one line a layer.

use oci::Digest;
use tokio::sync::mpsc;

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
    /// Pull: the image has this layer, and it is not here.
    PullingFsLayer,
    /// Pull and push: it waits for its turn.
    Waiting,
    /// Pull: some of it is here.
    Downloading {
        /// Bytes that are here.
        current: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Pull: the connection broke; it is tried again after this many seconds.
    Retrying {
        /// How long from now.
        seconds: u64,
    },
    /// Pull: all of it is here, and its digest is compared.
    VerifyingChecksum,
    /// Pull: its blob is here.
    DownloadComplete,
    /// Pull: it is being unpacked.
    Extracting {
        /// Bytes that are unpacked.
        current: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Pull: it can be used.
    PullComplete,
    /// Pull: it was here before.
    AlreadyExists,
    /// Push: it is one of the image's layers.
    Preparing,
    /// Push: some of it is there.
    Pushing {
        /// Bytes that are sent.
        current: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Push: it is there.
    Pushed,
    /// Push: the registry had it in this repository.
    LayerExists,
    /// Push: the registry had it in the named repository.
    MountedFrom(String),
}

/// Where progress is told. Nobody has to listen.
#[derive(Debug, Clone)]
pub(crate) struct Teller(pub(crate) mpsc::Sender<Progress>);

impl Teller {
    /// Tells what must not be missed; waits for a slow listener.
    pub(crate) async fn tell(&self, layer: &Digest, step: Step) {
        let _ = self.0.send(Progress { layer: layer.clone(), step }).await;
    }

    /// Tells what the next word will make good; a slow listener misses it.
    pub(crate) fn hint(&self, layer: &Digest, step: Step) {
        let _ = self.0.try_send(Progress { layer: layer.clone(), step });
    }
}
