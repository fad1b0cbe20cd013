//! An image as an archive of the OCI image layout, its layers compressed as they travel.
//!
//! Source: OCI image layout 1.1; BuildKit's exporter `oci`, which names the image in the index's annotations.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Write};

use oci::image::{Config, Descriptor, Manifest, Platform, media_type};
use oci::{Digest, Reference};
use tar::Builder;

use crate::archive::decompress;
use crate::assemble::{Layer, descriptor, manifest_of};
use crate::attest::{Attestation, Statements, index_of};
use crate::bundle::{LAYOUT, NAME, append, blob_path};
use crate::{Error, Images, LayersAs, Result, limits};

/// The annotation with an image's tag.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

impl Images {
    /// Writes an image as an archive of the OCI image layout, under these names: the manifest of each of its platforms,
    /// with what is said of it. One of which nothing is said goes without an index of its own. The same image gives the
    /// same bytes. Gives what the names stand for. Blocks.
    ///
    /// # Errors
    /// [`Error::Missing`] for content that is not here, [`Error::Io`] when the stream ends early or the disk is full.
    pub fn write_oci_archive(
        &self,
        manifests: &[(Digest, Vec<Attestation>)],
        names: &[Reference],
        layers: LayersAs,
        stream: impl Write,
    ) -> Result<Descriptor> {
        let mut out = Layout { archive: Builder::new(stream), written: BTreeSet::new() };
        let (mut described, mut statements) = (Vec::new(), Vec::new());
        for (manifest, said) in manifests {
            let image = self.write_image(manifest, layers, &mut out)?;
            if !said.is_empty() {
                let Statements { descriptor, manifest, blobs } = self.statements(&image, names, said)?;
                for (blob, bytes) in blobs {
                    out.blob(&blob, bytes.as_slice())?;
                }
                out.blob(&descriptor, manifest.as_slice())?;
                statements.push(descriptor);
            }
            described.push(image);
        }
        described.extend(statements);
        let top = match described.as_slice() {
            [only] => only.clone(),
            _ => {
                let bytes = index_of(described, BTreeMap::new())?;
                let index = descriptor(media_type::INDEX, crate::content::digest(&bytes), bytes.len() as u64);
                out.blob(&index, bytes.as_slice())?;
                index
            }
        };
        let mut named: Vec<Descriptor> =
            names.iter().map(|name| Descriptor { annotations: annotations(name), ..top.clone() }).collect();
        if named.is_empty() {
            named.push(top.clone());
        }
        let index = index_of(named, BTreeMap::new())?;
        append(&mut out.archive, "index.json", index.len() as u64, index.as_slice())?;
        append(&mut out.archive, "oci-layout", LAYOUT.len() as u64, LAYOUT)?;
        let ended = out.archive.into_inner().and_then(|mut stream| stream.flush());
        ended.map_err(|error| Error::io(std::path::Path::new("archive"), error)).map(|()| top)
    }

    /// Writes a manifest and all that it names; gives how an index names it.
    fn write_image(&self, manifest: &Digest, layers_as: LayersAs, out: &mut Layout<impl Write>) -> Result<Descriptor> {
        let parsed: Manifest = self.content().json(manifest)?;
        let config = self.content().bytes(&parsed.config.digest, limits::CONFIG_BYTES)?;
        let platform = platform_of(&config)?;
        let mut layers = Vec::new();
        for layer in self.layers_of(manifest)? {
            let (blob, bytes) = self.compressed(&layer, layers_as, || true)?;
            out.blob(&blob, bytes)?;
            layers.push(blob);
        }
        let config_blob = descriptor(media_type::CONFIG, parsed.config.digest, config.len() as u64);
        out.blob(&config_blob, config.as_slice())?;
        let bytes = manifest_of(config_blob, layers, parsed.annotations)?;
        let own = descriptor(media_type::MANIFEST, crate::content::digest(&bytes), bytes.len() as u64);
        out.blob(&own, bytes.as_slice())?;
        Ok(Descriptor { platform: Some(platform), ..own })
    }

    /// A layer as the blob that it leaves as, and the file with it.
    pub(crate) fn compressed(
        &self,
        layer: &Layer,
        layers: LayersAs,
        go_on: impl Fn() -> bool + Send,
    ) -> Result<(Descriptor, File)> {
        let LayersAs { compression, .. } = layers;
        if layers.keeps(&layer.blob) && self.content().has(&layer.blob.digest) {
            return Ok((layer.blob.clone(), self.content().open(&layer.blob.digest)?));
        }
        let failed = |error| Error::io(&self.0.root.join("tmp"), error);
        let stream = Stoppable { inner: self.open_layer(layer)?, go_on };
        // By its first bytes alone, an archive may look like something that is compressed.
        let plain = match layer.blob.media_type == media_type::LAYER {
            true => Box::new(stream),
            false => decompress(stream).map_err(failed)?,
        };
        let writer = compression.compress(plain, self.content().writer()?).map_err(failed)?;
        let blob = descriptor(compression.media_type(), writer.digest(), writer.size());
        self.0.layers.note_compressed(&layer.chain, compression, &blob)?;
        Ok((blob, writer.into_file()?))
    }
}

/// A layout on its way into an archive.
struct Layout<W: Write> {
    archive: Builder<W>,
    /// What is in it already.
    written: BTreeSet<Digest>,
}

impl<W: Write> Layout<W> {
    fn blob(&mut self, blob: &Descriptor, bytes: impl Read) -> Result<()> {
        match self.written.insert(blob.digest.clone()) {
            true => append(&mut self.archive, &blob_path(&blob.digest), blob.size, bytes),
            false => Ok(()),
        }
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

pub(crate) fn platform_of(config: &[u8]) -> Result<Platform> {
    let config: Config = serde_json::from_slice(config).map_err(|error| Error::malformed("configuration", error))?;
    Ok(config.platform())
}
