//! Layers that the disk may not have in whole yet.
//!
//! A layer that came in a blob can be made again of it. One that was made here cannot, and a host that loses its power
//! may leave it in the store with holes in it. To wait for the disk takes longer than most steps of a build, so nobody
//! does: a layer that was made here has a mark, `fresh`, with the boot that it was made in, until the disk has it, which
//! is seen to as soon as an image is made of it. A mark of another boot is told when the store is opened: what the disk
//! has of that layer is compared with its digest then, and what is torn is forgotten, so that it is made again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use oci::Digest;

use crate::{Error, Result};

/// The file with the mark; its text is the boot and the layer's diff id.
pub(crate) const MARK: &str = "fresh";

/// The layers that have a mark.
#[derive(Debug)]
pub(crate) struct Fresh {
    folder: PathBuf,
    boot: String,
    chains: Mutex<BTreeSet<String>>,
}

impl Fresh {
    pub(crate) fn new(folder: &Path) -> Self {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self { folder: folder.to_owned(), boot: boot.trim().to_owned(), chains: Mutex::default() }
    }

    /// The text of the mark of a layer that is made now.
    pub(crate) fn mark(&self, diff_id: &Digest) -> String {
        format!("{} {diff_id}", self.boot)
    }

    /// A layer with a mark is here.
    pub(crate) fn add(&self, chain: &Digest) {
        self.chains.lock().unwrap_or_else(PoisonError::into_inner).insert(chain.hex().to_owned());
    }

    /// Whether one of these has a mark.
    pub(crate) fn any(&self, chains: &[Digest]) -> bool {
        let marked = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
        chains.iter().any(|chain| marked.contains(chain.hex()))
    }

    /// Waits until the disk has all layers, and takes their marks away.
    pub(crate) fn settle(&self) -> Result<()> {
        let marked = std::mem::take(&mut *self.chains.lock().unwrap_or_else(PoisonError::into_inner));
        let synced = std::fs::File::open(&self.folder).and_then(|folder| Ok(rustix::fs::syncfs(folder)?));
        if let Err(error) = synced {
            self.chains.lock().unwrap_or_else(PoisonError::into_inner).extend(marked);
            return Err(Error::io(&self.folder, error));
        }
        for chain in marked {
            // One that stays is compared some day, and no harm is done.
            let _ = std::fs::remove_file(self.folder.join(chain).join(MARK));
        }
        Ok(())
    }

    /// Looks at the marks that are here when the store is opened. `digest` gives what a layer's directory says; a layer
    /// that is not what it was is removed by `remove`.
    pub(crate) fn compare(&self, digest: impl Fn(&Path) -> Result<Digest>, remove: impl Fn(&Path)) {
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let layer = entry.path();
            let Ok(text) = std::fs::read_to_string(layer.join(MARK)) else { continue };
            let told = text.split_once(' ').map(|(boot, diff_id)| (boot, diff_id.to_owned()));
            match told {
                Some((boot, _)) if boot == self.boot => {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    self.chains.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
                }
                Some((_, diff_id)) if digest(&layer.join("diff")).is_ok_and(|got| got.to_string() == diff_id) => {
                    let _ = std::fs::remove_file(layer.join(MARK));
                }
                _ => {
                    tracing::warn!(layer = %layer.display(), "a layer is not on the disk in whole; it is forgotten");
                    remove(&layer);
                }
            }
        }
    }
}
