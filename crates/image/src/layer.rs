//! Unpacked layers, by chain id.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use oci::Digest;
use sha2::{Digest as _, Sha256};

use crate::content::{Hashing, temporary};
use crate::{Error, Result, archive};

/// The names of layers as they lie upon each other: OCI image specification, config.md, "Layer ChainID".
pub(crate) fn chain_ids(diff_ids: &[Digest]) -> Vec<Digest> {
    let mut chains: Vec<Digest> = Vec::with_capacity(diff_ids.len());
    for diff in diff_ids {
        chains.push(match chains.last() {
            None => diff.clone(),
            Some(below) => Digest::sha256(Sha256::digest(format!("{below} {diff}")).into()),
        });
    }
    chains
}

/// The layers below `layers`.
#[derive(Debug)]
pub(crate) struct Layers {
    folder: PathBuf,
    tmp: PathBuf,
    trash: PathBuf,
    /// One unpacking a layer, however many pulls want it.
    busy: Mutex<HashMap<Digest, Arc<Mutex<()>>>>,
}

impl Layers {
    pub(crate) fn new(root: &Path) -> Self {
        Self { folder: root.join("layers"), tmp: root.join("tmp"), trash: root.join("trash"), busy: Mutex::default() }
    }

    pub(crate) fn diff(&self, chain: &Digest) -> PathBuf {
        self.folder.join(chain.hex()).join("diff")
    }

    pub(crate) fn has(&self, chain: &Digest) -> bool {
        self.diff(chain).is_dir()
    }

    /// Unpacks an archive as this layer unless it is here. The archive must have the diff id. Blocks.
    pub(crate) fn unpack(&self, chain: &Digest, diff_id: &Digest, stream: impl Read + Send) -> Result<()> {
        let turn = {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(busy.entry(chain.clone()).or_default())
        };
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = if self.has(chain) { Ok(()) } else { self.unpack_new(chain, diff_id, stream) };
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(chain);
        outcome
    }

    fn unpack_new(&self, chain: &Digest, diff_id: &Digest, stream: impl Read + Send) -> Result<()> {
        let staging = temporary(&self.tmp);
        let diff = staging.join("diff");
        crate::make_private(&staging)?;
        // The root of the lowest layer is the root directory of containers: everybody may enter it.
        std::fs::create_dir(&diff).map_err(|error| Error::io(&diff, error))?;
        let mut stream = Hashing::new(archive::decompress(stream).map_err(|error| Error::malformed("layer", error))?);
        let unpacked = archive::unpack(&mut stream, &diff, true).and_then(|bytes| {
            // What follows the end mark belongs to the digest.
            std::io::copy(&mut stream, &mut std::io::sink()).map_err(|error| Error::malformed("layer", error))?;
            let got = stream.digest();
            if got != *diff_id {
                return Err(Error::DigestMismatch { what: "layer".into(), expected: diff_id.clone(), got });
            }
            let size = staging.join("size");
            std::fs::write(&size, bytes.to_string()).map_err(|error| Error::io(&size, error))?;
            let place = self.folder.join(chain.hex());
            std::fs::rename(&staging, &place).map_err(|error| Error::io(&place, error))
        });
        if unpacked.is_err() {
            crate::remove(&staging);
        }
        unpacked
    }

    /// Bytes of the files of a layer; 0 if it is not here.
    pub(crate) fn size_of(&self, chain: &Digest) -> u64 {
        let text = std::fs::read_to_string(self.folder.join(chain.hex()).join("size"));
        text.ok().and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// Removes every other layer; gives the bytes given back.
    pub(crate) fn keep_only(&self, wanted: &BTreeSet<Digest>) -> (u64, usize) {
        let names: BTreeSet<&str> = wanted.iter().map(Digest::hex).collect();
        let (mut bytes, mut count) = (0, 0);
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if !entry.file_name().to_str().is_some_and(|name| names.contains(name)) {
                let size = std::fs::read_to_string(entry.path().join("size"));
                count += 1;
                bytes += size.ok().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
                let trash = temporary(&self.trash);
                if std::fs::rename(entry.path(), &trash).is_ok() {
                    crate::remove(&trash);
                }
            }
        }
        (bytes, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_of_the_specification() {
        let diff = |byte: u8| Digest::sha256([byte; 32]);
        let chains = chain_ids(&[diff(1), diff(2)]);
        assert_eq!(chains[0], diff(1));
        assert_eq!(chains[1], Digest::sha256(Sha256::digest(format!("{} {}", diff(1), diff(2))).into()));
    }
}
