//! From what a container wrote to a new image; and what it changed.

use std::collections::BTreeMap;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use oci::Digest;
use oci::image::{Config, History, Platform, media_type};
use words::Timestamp;

use crate::archive::{Whiteouts, pack};
use crate::assemble::descriptor;
use crate::content::Hashing;
use crate::{Error, Image, Images, Result};

/// What a new image says of itself.
#[derive(Debug, Clone, Default)]
pub struct NewImage {
    /// What its containers run.
    pub execution: oci::image::Execution,
    /// Who made it.
    pub author: String,
    /// Why.
    pub comment: String,
    /// The command that made the layer.
    pub created_by: String,
}

/// What a container did to a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub kind: ChangeKind,
    /// Absolute, in the container.
    pub path: PathBuf,
}

/// The numbers are those of Docker's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was there before.
    Modified = 0,
    /// It was not.
    Added = 1,
    /// It is no more.
    Deleted = 2,
}

impl Images {
    /// Makes an image of what a container wrote, upon the image it was made from. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`] when the tree cannot be read or the disk is full.
    pub fn commit(&self, key: &str, base: &Image, new: NewImage) -> Result<Image> {
        let upper = self.upper(key);
        let root = sys::beneath::open_root(&upper).map_err(|error| Error::io(&upper, error))?;
        let below = &base.config.rootfs.diff_ids;
        let failed = |error| Error::io(&upper, error);
        let (reader, writer) = std::io::pipe().map_err(failed)?;
        let diff_id = std::thread::scope(|scope| {
            let packing = scope.spawn(|| pack(&root, writer, Whiteouts::Convert).map(drop));
            let unpacked = self.0.layers.unpack_packed(below, reader);
            match packing.join() {
                // Who unpacks no more says why; that the pipe broke says nothing.
                Ok(Ok(())) | Ok(Err(_)) if unpacked.is_err() => unpacked,
                Ok(Ok(())) => unpacked,
                Ok(Err(error)) => Err(failed(error)),
                Err(_) => Err(Error::Broken("packing a layer".into())),
            }
        })?;
        self.finish(Some(base), diff_id, new)
    }

    /// Makes an image of one archive. Blocks.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is no archive.
    pub fn import(&self, archive: impl std::io::Read + Send, new: NewImage) -> Result<Image> {
        let plain = crate::archive::decompress(archive).map_err(|error| Error::malformed("archive", error))?;
        let mut plain = Hashing::new(plain);
        let writer =
            crate::Compression::default().compress(&mut plain, self.content().writer()?).map_err(
                |error| match error.kind() {
                    std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                        Error::io(&self.0.root, error)
                    }
                    _ => Error::malformed("archive", error),
                },
            )?;
        let diff_id = plain.digest();
        let size = writer.size();
        let blob = descriptor(media_type::LAYER_GZIP, self.content().keep(writer, None)?, size);
        self.0.layers.unpack(&diff_id, &diff_id, &blob, self.content().open(&blob.digest)?)?;
        self.finish(None, diff_id, new)
    }

    fn finish(&self, base: Option<&Image>, diff_id: Digest, new: NewImage) -> Result<Image> {
        let now = Timestamp::now().to_string();
        let mut config = base.map_or_else(|| Config::empty(Platform::host()), |base| Config::clone(&base.config));
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        config.rootfs.diff_ids.push(diff_id);
        config.history.push(History {
            created: Some(now.clone()),
            created_by: text(&new.created_by),
            author: text(&new.author),
            comment: text(&new.comment),
            empty_layer: false,
        });
        config.created = Some(now);
        config.author = text(&new.author);
        config.comment = text(&new.comment);
        config.config = Some(new.execution);
        let bytes = serde_json::to_vec(&config).map_err(|error| Error::malformed("configuration", error))?;
        self.assemble(&bytes, base.map(|base| &base.manifest), BTreeMap::new())
    }

    /// What a container changed, sorted by path. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn changes(&self, key: &str, config: &Config) -> Result<Vec<Change>> {
        let overlay = self.overlay(key, config);
        let mut changes = Vec::new();
        walk(&overlay.upper, &overlay.lower, &mut changes).map_err(|error| Error::io(&overlay.upper, error))?;
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }
}

fn walk(upper: &Path, lower: &[PathBuf], changes: &mut Vec<Change>) -> std::io::Result<()> {
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(upper.join(&folder))? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            let path = folder.join(entry.file_name());
            let before = lower
                .iter()
                .any(|layer| layer.join(&path).symlink_metadata().is_ok_and(|metadata| !is_whiteout(&metadata)));
            let kind = match (is_whiteout(&metadata), before) {
                (true, true) => ChangeKind::Deleted,
                (true, false) => continue,
                (false, true) => ChangeKind::Modified,
                (false, false) => ChangeKind::Added,
            };
            changes.push(Change { kind, path: Path::new("/").join(&path) });
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(())
}

fn is_whiteout(metadata: &std::fs::Metadata) -> bool {
    metadata.file_type().is_char_device() && metadata.rdev() == 0
}
