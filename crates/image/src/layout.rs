//! An image as an archive of the OCI image layout, its layers compressed as they travel.
//!
//! Source: OCI image layout 1.1; BuildKit's exporter `oci`, which names the image in the index's annotations.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Write};

use oci::image::{Config, Descriptor, Index, Manifest, Platform, media_type};
use oci::{Digest, Reference};
use tar::Builder;

use crate::archive::compress;
use crate::assemble::{Layer, descriptor, manifest_of};
use crate::bundle::{LAYOUT, NAME, append, blob_path};
use crate::{Error, Images, Result, limits};

/// The annotation with an image's tag.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

impl Images {
    /// Writes an image as an archive of the OCI image layout, under these names. Layers that are compressed stay as
    /// they are, and others are compressed with gzip. The same image gives the same bytes. Blocks.
    ///
    /// # Errors
    /// [`Error::Missing`] for content that is not here, [`Error::Io`] when the stream ends early or the disk is full.
    pub fn write_oci_archive(&self, manifest: &Digest, names: &[Reference], stream: impl Write) -> Result<()> {
        let parsed: Manifest = self.content().json(manifest)?;
        let config = self.content().bytes(&parsed.config.digest, limits::CONFIG_BYTES)?;
        let platform = platform_of(&config)?;
        let mut out = Builder::new(stream);
        let (mut layers, mut written) = (Vec::new(), BTreeSet::new());
        for layer in self.layers_of(manifest)? {
            let (blob, bytes) = self.compressed(&layer, || true)?;
            if written.insert(blob.digest.clone()) {
                append(&mut out, &blob_path(&blob.digest), blob.size, bytes)?;
            }
            layers.push(blob);
        }
        let config_blob = descriptor(media_type::CONFIG, parsed.config.digest, config.len() as u64);
        append(&mut out, &blob_path(&config_blob.digest), config_blob.size, config.as_slice())?;
        let bytes = manifest_of(config_blob, layers, parsed.annotations)?;
        let digest = crate::content::digest(&bytes);
        append(&mut out, &blob_path(&digest), bytes.len() as u64, bytes.as_slice())?;
        let named = |annotations| Descriptor {
            annotations,
            platform: Some(platform.clone()),
            ..descriptor(media_type::MANIFEST, digest.clone(), bytes.len() as u64)
        };
        let mut manifests: Vec<Descriptor> = names.iter().map(|name| named(annotations(name))).collect();
        if manifests.is_empty() {
            manifests.push(named(BTreeMap::new()));
        }
        let media_type = Some(media_type::INDEX.into());
        let index = Index { schema_version: 2, media_type, manifests, annotations: BTreeMap::new() };
        let index = serde_json::to_vec(&index).map_err(|error| Error::malformed("index", error))?;
        append(&mut out, "index.json", index.len() as u64, index.as_slice())?;
        append(&mut out, "oci-layout", LAYOUT.len() as u64, LAYOUT)?;
        let ended = out.into_inner().and_then(|mut stream| stream.flush());
        ended.map_err(|error| Error::io(std::path::Path::new("archive"), error))
    }

    /// A layer as a compressed blob, and the file with it.
    pub(crate) fn compressed(&self, layer: &Layer, go_on: impl Fn() -> bool) -> Result<(Descriptor, File)> {
        if layer.blob.media_type != media_type::LAYER {
            return Ok((layer.blob.clone(), self.content().open(&layer.blob.digest)?));
        }
        let failed = |error| Error::io(&self.0.root.join("tmp"), error);
        let plain = Stoppable { inner: self.open_layer(layer)?, go_on };
        let writer = compress(plain, self.content().writer()?).map_err(failed)?;
        let blob = descriptor(media_type::LAYER_GZIP, writer.digest(), writer.size());
        self.0.layers.note_compressed(&layer.chain, &blob)?;
        Ok((blob, writer.into_file()?))
    }
}

/// A stream that ends with an error when nobody wants it any more.
struct Stoppable<R, F> {
    inner: R,
    go_on: F,
}

impl<R: Read, F: Fn() -> bool> Read for Stoppable<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match (self.go_on)() {
            true => self.inner.read(buffer),
            false => Err(std::io::Error::other("given up")),
        }
    }
}

fn annotations(name: &Reference) -> BTreeMap<String, String> {
    let mut annotations = BTreeMap::from([(NAME.to_owned(), name.to_string())]);
    if let Some(tag) = name.tag() {
        annotations.insert(REF_NAME.to_owned(), tag.as_str().to_owned());
    }
    annotations
}

fn platform_of(config: &[u8]) -> Result<Platform> {
    let config: Config = serde_json::from_slice(config).map_err(|error| Error::malformed("configuration", error))?;
    Ok(Platform { architecture: config.architecture, os: config.os, variant: config.variant })
}
