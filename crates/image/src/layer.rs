//! Unpacked layers, by chain id.
//!
//! ```text
//!   layers/CHAIN/diff   the layer, as overlayfs takes it
//!   layers/CHAIN/size   bytes of its files
//!   layers/CHAIN/tar    bytes of its plain archive, when packing `diff` gives the archive of its diff id
//!   layers/CHAIN/fresh  a mark: see `fresh.rs`
//!   layers/CHAIN/blob   the descriptor of the blob that it came in, when it came in one
//!   layers/CHAIN/gzip   the descriptor of its archive, compressed, which is not kept, when it has left as that; and
//!                       `gzip-9`, `zstd-3`, …: see `compression.rs`
//! ```

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use oci::Digest;
use oci::image::{Descriptor, media_type};
use sha2::{Digest as _, Sha256};

use crate::archive::{Totals, Whiteouts, pack_at_most};
use crate::assemble::descriptor;
use crate::compression::Compression;
use crate::content::{Hashing, Tally, temporary};
use crate::fresh::{self, Fresh};
use crate::{Error, Result, archive, limits};

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

/// The name of a layer upon others.
pub(crate) fn chain_of(below: &[Digest], diff_id: &Digest) -> Digest {
    let layers: Vec<Digest> = below.iter().chain([diff_id]).cloned().collect();
    chain_ids(&layers).pop().unwrap_or_else(|| diff_id.clone())
}

/// A directory as an archive that nobody has written.
pub(crate) struct Packed {
    /// Bytes of the archive.
    tar: u64,
    diff_id: Digest,
    pub(crate) totals: Totals,
}

/// Packs a directory, for what its archive would be. Blocks.
pub(crate) fn packed(diff: &Path) -> Result<Packed> {
    let most = Totals { entries: limits::ENTRIES, bytes: limits::LAYER_BYTES, sockets: u64::MAX };
    let root = sys::beneath::open_root(diff).map_err(|error| Error::io(diff, error))?;
    let packed = pack_at_most(&root, Tally::default(), Whiteouts::Convert, most);
    let (tally, totals) = packed.map_err(|error| match error.kind() {
        std::io::ErrorKind::FileTooLarge => Error::TooLarge(format!(
            "a layer has more than {} entries or {} bytes",
            limits::ENTRIES,
            limits::LAYER_BYTES
        )),
        _ => Error::io(diff, error),
    })?;
    let (tar, diff_id) = tally.finish();
    Ok(Packed { tar, diff_id, totals })
}

/// Counts what is read through it.
struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

/// A layer that is being made; gone if it is not placed.
struct Staging(PathBuf);

impl Staging {
    fn new(tmp: &Path) -> Result<Self> {
        let staging = temporary(tmp);
        crate::make_private(&staging)?;
        Ok(Self(staging))
    }

    /// Unpacks an archive and notes the size of its files. Gives the archive's digest.
    fn unpack(&self, stream: impl Read) -> Result<Digest> {
        let diff = self.0.join("diff");
        // The root of the lowest layer is the root directory of containers: everybody may enter it.
        std::fs::create_dir(&diff).map_err(|error| Error::io(&diff, error))?;
        let mut stream = Hashing::new(stream);
        let bytes = archive::unpack(&mut stream, &diff, archive::Contents::Layer)?;
        // What follows the end mark belongs to the digest.
        std::io::copy(&mut stream, &mut std::io::sink()).map_err(|error| Error::malformed("layer", error))?;
        self.write("size", &bytes.to_string())?;
        Ok(stream.digest())
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.0.join(name);
        std::fs::write(&path, text).map_err(|error| Error::io(&path, error))
    }

    fn has(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }

    fn place(&self, place: &Path) -> Result<()> {
        std::fs::rename(&self.0, place).map_err(|error| Error::io(place, error))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        crate::remove(&self.0);
    }
}

/// The layers below `layers`.
#[derive(Debug)]
pub(crate) struct Layers {
    folder: PathBuf,
    tmp: PathBuf,
    trash: PathBuf,
    /// One unpacking a layer, however many pulls want it.
    busy: Mutex<HashMap<Digest, Arc<Mutex<()>>>>,
    pub(crate) fresh: Fresh,
}

impl Layers {
    pub(crate) fn new(root: &Path) -> Self {
        let folder = root.join("layers");
        let fresh = Fresh::new(&folder);
        let layers = Self { folder, tmp: root.join("tmp"), trash: root.join("trash"), busy: Mutex::default(), fresh };
        let digest = |diff: &Path| packed(diff).map(|packed| packed.diff_id);
        layers.fresh.compare(digest, |layer| layers.discard(layer));
        layers
    }

    /// Places a layer that was made here.
    fn place(&self, staging: &Staging, chain: &Digest, diff_id: &Digest) -> Result<()> {
        staging.write(fresh::MARK, &self.fresh.mark(diff_id))?;
        staging.place(&self.folder.join(chain.hex()))?;
        self.fresh.add(chain);
        Ok(())
    }

    /// Removes a layer's directory: out of sight at once.
    fn discard(&self, layer: &Path) {
        let trash = temporary(&self.trash);
        if std::fs::rename(layer, &trash).is_ok() {
            crate::remove(&trash);
        }
    }

    pub(crate) fn diff(&self, chain: &Digest) -> PathBuf {
        self.folder.join(chain.hex()).join("diff")
    }

    pub(crate) fn has(&self, chain: &Digest) -> bool {
        self.diff(chain).is_dir()
    }

    /// Works upon one layer while nobody else does.
    fn alone<T>(&self, chain: &Digest, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let turn = {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(busy.entry(chain.clone()).or_default())
        };
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = work();
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(chain);
        outcome
    }

    /// Unpacks a blob as this layer unless it is here. Its archive must have the diff id. Blocks.
    pub(crate) fn unpack(
        &self,
        chain: &Digest,
        diff_id: &Digest,
        blob: &Descriptor,
        stream: impl Read + Send,
    ) -> Result<()> {
        self.alone(chain, || {
            if !self.has(chain) {
                let staging = Staging::new(&self.tmp)?;
                let plain = archive::decompress(stream).map_err(|error| Error::malformed("layer", error))?;
                let got = staging.unpack(plain)?;
                if got != *diff_id {
                    return Err(Error::DigestMismatch { what: "layer".into(), expected: diff_id.clone(), got });
                }
                staging.place(&self.folder.join(chain.hex()))?;
            }
            let blob = serde_json::to_string(blob).map_err(|error| Error::malformed("descriptor", error))?;
            self.note(chain, "blob", &blob)
        })
    }

    /// Makes a layer of a plain archive that [`pack`] wrote. Gives its diff id. Blocks.
    pub(crate) fn unpack_packed(&self, below: &[Digest], stream: impl Read) -> Result<Digest> {
        let staging = Staging::new(&self.tmp)?;
        let mut counted = Counted { inner: stream, bytes: 0 };
        let diff_id = staging.unpack(&mut counted)?;
        let tar = counted.bytes;
        let chain = chain_of(below, &diff_id);
        self.alone(&chain, || {
            if self.has(&chain) {
                return self.note(&chain, "tar", &tar.to_string());
            }
            staging.write("tar", &tar.to_string())?;
            self.place(&staging, &chain, &diff_id)
        })?;
        Ok(diff_id)
    }

    /// Makes a layer of a directory as overlayfs wrote it, by a rename. The directory stays when the layer is here
    /// already. Gives its diff id. Blocks.
    pub(crate) fn adopt(&self, upper: &Path, packed: Packed, below: &[Digest]) -> Result<Digest> {
        let Packed { tar, diff_id, totals } = packed;
        let chain = chain_of(below, &diff_id);
        self.alone(&chain, || {
            if self.has(&chain) {
                return self.note(&chain, "tar", &tar.to_string());
            }
            let staging = Staging::new(&self.tmp)?;
            let diff = staging.0.join("diff");
            std::fs::rename(upper, &diff).map_err(|error| Error::io(&diff, error))?;
            staging.write("size", &totals.bytes.to_string())?;
            staging.write("tar", &tar.to_string())?;
            self.place(&staging, &chain, &diff_id)
        })?;
        Ok(diff_id)
    }

    /// The layer of one chain as the layer of another, by hard links. Blocks.
    pub(crate) fn graft(&self, diff_id: &Digest, from: &Digest, to: &Digest) -> Result<()> {
        let source = self.folder.join(from.hex());
        if !self.has(from) {
            return Err(Error::Missing(from.clone()));
        }
        self.alone(to, || {
            if self.has(to) {
                return Ok(());
            }
            let staging = Staging::new(&self.tmp)?;
            let diff = source.join("diff");
            crate::seal::link_tree(&diff, &staging.0.join("diff")).map_err(|error| Error::io(&diff, error))?;
            for name in ["size", "tar", "blob", "gzip"] {
                match std::fs::read_to_string(source.join(name)) {
                    Ok(text) => staging.write(name, &text)?,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Err(Error::io(&source.join(name), error)),
                }
            }
            // Of what came in a blob no archive can be made that has its digest.
            match staging.has("tar") {
                true => self.place(&staging, to, diff_id),
                false => staging.place(&self.folder.join(to.hex())),
            }
        })
    }

    /// Writes something down about a layer.
    fn note(&self, chain: &Digest, name: &str, text: &str) -> Result<()> {
        let place = self.folder.join(chain.hex()).join(name);
        if std::fs::read_to_string(&place).is_ok_and(|known| known == text) {
            return Ok(());
        }
        let new = temporary(&self.tmp);
        let written = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &place));
        written.map_err(|error| {
            crate::remove(&new);
            Error::io(&place, error)
        })
    }

    /// What the manifest of an image says of a layer that is here: the blob that it came in, or else its plain
    /// archive, which is made when it is read.
    pub(crate) fn descriptor(&self, chain: &Digest, diff_id: &Digest) -> Result<Descriptor> {
        if let Some(blob) = self.blob(chain) {
            return Ok(blob);
        }
        let Some(size) = self.tar_size(chain) else { return Err(Error::Missing(diff_id.clone())) };
        Ok(descriptor(media_type::LAYER, diff_id.clone(), size))
    }

    /// The blob that a layer came in.
    pub(crate) fn blob(&self, chain: &Digest) -> Option<Descriptor> {
        self.noted(chain, "blob")
    }

    /// What a layer's archive is when it is compressed, as far as that is known.
    pub(crate) fn compressed(&self, chain: &Digest, compression: Compression) -> Option<Descriptor> {
        self.noted(chain, &compression.note())
    }

    /// Writes down what a layer's archive is when it is compressed: it is the same each time.
    pub(crate) fn note_compressed(&self, chain: &Digest, compression: Compression, blob: &Descriptor) -> Result<()> {
        let text = serde_json::to_string(blob).map_err(|error| Error::malformed("descriptor", error))?;
        self.note(chain, &compression.note(), &text)
    }

    fn noted(&self, chain: &Digest, name: &str) -> Option<Descriptor> {
        let text = std::fs::read_to_string(self.folder.join(chain.hex()).join(name)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Bytes of a layer's plain archive, when packing its directory gives it.
    pub(crate) fn tar_size(&self, chain: &Digest) -> Option<u64> {
        std::fs::read_to_string(self.folder.join(chain.hex()).join("tar")).ok()?.parse().ok()
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
                self.discard(&entry.path());
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
