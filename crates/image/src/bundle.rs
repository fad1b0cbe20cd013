//! Archives of images: what `save` writes and `load` reads.
//!
//! Written is an OCI image layout with Docker's `manifest.json` beside it, which Docker does since 25.0, so that every
//! client reads it. Read are both forms.
//! Source: OCI image layout 1.1; moby `image/tarexport`.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Component, Path, PathBuf};

use oci::image::{Config, Descriptor, Index, Manifest, media_type};
use oci::{Digest, Reference};
use serde::{Deserialize, Serialize};
use tar::{Builder, Header};

use crate::archive::Compression;
use crate::archive::ration::Ration;
use crate::assemble::descriptor;
use crate::attest::is_about_another;
use crate::content::temporary;
use crate::layer::chain_ids;
use crate::{Error, Image, Images, Result, archive, limits, pull};

/// An image that was loaded, with the names that it came with.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The image.
    pub image: Image,
    /// Its names.
    pub names: Vec<Reference>,
}

/// An entry of Docker's `manifest.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

/// The annotation that names an image in an index.
pub(crate) const NAME: &str = "io.containerd.image.name";

/// The file that says that an archive is an image layout.
pub(crate) const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

impl Images {
    /// Reads an archive. Blocks.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is no archive of images.
    pub fn load(&self, stream: impl Read + Send) -> Result<Vec<Loaded>> {
        let staging = temporary(&self.0.root.join("tmp"));
        crate::make_private(&staging)?;
        let loaded = archive::decompress(stream)
            .map_err(|error| Error::malformed("archive", error))
            .and_then(|plain| extract(plain, &staging))
            .and_then(|files| self.load_from(&files));
        crate::remove(&staging);
        loaded
    }

    fn load_from(&self, files: &Files) -> Result<Vec<Loaded>> {
        if let Some(bytes) = files.small("manifest.json")? {
            let entries: Vec<Entry> =
                serde_json::from_slice(&bytes).map_err(|error| Error::malformed("manifest.json", error))?;
            return entries.into_iter().map(|entry| self.load_entry(files, entry)).collect();
        }
        if let Some(bytes) = files.small("index.json")? {
            let index: Index = serde_json::from_slice(&bytes).map_err(|error| Error::malformed("index.json", error))?;
            return self.load_index(files, &index);
        }
        Err(Error::Malformed("the archive has neither manifest.json nor index.json: it holds no images".into()))
    }

    fn load_entry(&self, files: &Files, entry: Entry) -> Result<Loaded> {
        let missing = |name: &str| Error::Malformed(format!("the archive lacks {name}"));
        let bytes = files.small(&entry.config)?.ok_or_else(|| missing(&entry.config))?;
        let config: Config = serde_json::from_slice(&bytes).map_err(|error| Error::malformed(&entry.config, error))?;
        if config.rootfs.diff_ids.len() != entry.layers.len() {
            return Err(Error::Malformed(format!(
                "invalid manifest, layers length mismatch: expected {}, got {}",
                entry.layers.len(),
                config.rootfs.diff_ids.len()
            )));
        }
        let chains = chain_ids(&config.rootfs.diff_ids);
        let mut layers = Vec::new();
        for ((name, diff_id), chain) in entry.layers.iter().zip(&config.rootfs.diff_ids).zip(&chains) {
            let file = files.open(name)?.ok_or_else(|| missing(name))?;
            let mut writer = self.content().writer()?;
            let (kind, mut bytes) = as_layer(&file).map_err(|error| Error::io(Path::new(name), error))?;
            std::io::copy(&mut bytes, &mut writer).map_err(|error| Error::io(Path::new(name), error))?;
            let size = writer.size();
            let digest = self.content().keep(writer, None)?;
            let blob = descriptor(kind, digest, size);
            self.0.layers.unpack(chain, diff_id, &blob, self.content().open(&blob.digest)?)?;
            layers.push(blob);
        }
        let manifest = self.put_manifest(&bytes, layers, BTreeMap::new())?;
        let names = entry.repo_tags.unwrap_or_default();
        let names = names.iter().map(|name| parse_name(name)).collect::<Result<_>>()?;
        Ok(Loaded { image: self.image(&manifest)?, names })
    }

    fn load_index(&self, files: &Files, index: &Index) -> Result<Vec<Loaded>> {
        let mut loaded = Vec::new();
        for descriptor in index.manifests.iter().filter(|descriptor| !is_about_another(descriptor)) {
            let mut digest = descriptor.digest.clone();
            let mut bytes = files.blob(&digest)?;
            // An image of several platforms, or of which something is said.
            if let Some(inner) = pull::index(&descriptor.media_type, &bytes)? {
                digest = pull::choose(&inner, None)?.digest.clone();
                bytes = files.blob(&digest)?;
            }
            let manifest: Manifest =
                serde_json::from_slice(&bytes).map_err(|error| Error::malformed(&digest, error))?;
            let entry = Entry {
                config: blob_path(&manifest.config.digest),
                repo_tags: descriptor.annotations.get(NAME).map(|name| vec![name.clone()]),
                layers: manifest.layers.iter().map(|layer| blob_path(&layer.digest)).collect(),
            };
            loaded.push(self.load_entry(files, entry)?);
        }
        Ok(loaded)
    }

    /// Writes an archive of these images with these names. Blocks.
    ///
    /// # Errors
    /// [`Error::Missing`] for content that is not here, [`Error::Io`] when the stream ends early.
    pub fn save(&self, images: &[(Digest, Vec<Reference>)], stream: impl Write) -> Result<()> {
        let mut out = Builder::new(stream);
        let mut written = std::collections::BTreeSet::new();
        let (mut entries, mut descriptors) = (Vec::new(), Vec::new());
        for (digest, names) in images {
            let bytes = self.content().bytes(digest, limits::MANIFEST_BYTES)?;
            let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| Error::malformed(digest, error))?;
            for layer in self.layers_of(digest)? {
                if written.insert(layer.blob.digest.clone()) {
                    append(&mut out, &blob_path(&layer.blob.digest), layer.blob.size, self.open_layer(&layer)?)?;
                }
            }
            for blob in [&manifest.config.digest, digest] {
                if written.insert(blob.clone()) {
                    let size = self.content().size(blob)?;
                    append(&mut out, &blob_path(blob), size, self.content().open(blob)?)?;
                }
            }
            entries.push(Entry {
                config: blob_path(&manifest.config.digest),
                repo_tags: Some(names.iter().map(Reference::familiar).collect::<Vec<_>>())
                    .filter(|names| !names.is_empty()),
                layers: manifest.layers.iter().map(|layer| blob_path(&layer.digest)).collect(),
            });
            let descriptor = |annotations| Descriptor {
                media_type: manifest.media_type.clone().unwrap_or_else(|| media_type::MANIFEST.into()),
                digest: digest.clone(),
                size: bytes.len() as u64,
                urls: Vec::new(),
                annotations,
                platform: None,
            };
            if names.is_empty() {
                descriptors.push(descriptor(BTreeMap::new()));
            }
            for name in names {
                descriptors.push(descriptor(BTreeMap::from([(NAME.to_owned(), name.to_string())])));
            }
        }
        let index = Index {
            schema_version: 2,
            media_type: Some(media_type::INDEX.into()),
            manifests: descriptors,
            annotations: BTreeMap::new(),
        };
        let json = |value: serde_json::Result<Vec<u8>>| value.map_err(|error| Error::malformed("archive", error));
        for (name, bytes) in [
            ("index.json", json(serde_json::to_vec(&index))?),
            ("manifest.json", json(serde_json::to_vec(&entries))?),
            ("oci-layout", LAYOUT.to_vec()),
        ] {
            append(&mut out, name, bytes.len() as u64, bytes.as_slice())?;
        }
        out.into_inner().and_then(|mut stream| stream.flush()).map_err(|error| Error::io(Path::new("archive"), error))
    }
}

/// Where a blob is in an archive.
pub(crate) fn blob_path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

pub(crate) fn append(out: &mut Builder<impl Write>, name: &str, size: u64, bytes: impl Read) -> Result<()> {
    let mut header = Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(size);
    header.set_mtime(0);
    out.append_data(&mut header, name, bytes).map_err(|error| Error::io(Path::new(name), error))
}

fn parse_name(name: &str) -> Result<Reference> {
    let parsed: std::result::Result<Reference, _> = name.parse();
    parsed.map(Reference::or_latest).map_err(|error| Error::malformed(name, error))
}

/// The media type of a layer, and its bytes as they are kept: compressed as they are if that has a media type.
fn as_layer(file: &File) -> std::io::Result<(&'static str, Box<dyn Read + Send + '_>)> {
    let mut head = [0; Compression::HEAD];
    let count = file.read_at(&mut head, 0)?;
    Ok(match Compression::of(&head[..count]) {
        Compression::Gzip => (media_type::LAYER_GZIP, Box::new(file)),
        Compression::Zstd => (media_type::LAYER_ZSTD, Box::new(file)),
        Compression::None => (media_type::LAYER, Box::new(file)),
        Compression::Bzip2 | Compression::Xz => (media_type::LAYER, archive::decompress(file)?),
    })
}

/// The regular files of an archive, by their names in it. On the disk they have numbers, so that no name of the
/// archive is ever a path of ours (CVE-2014-9358).
struct Files {
    by_name: HashMap<PathBuf, PathBuf>,
}

/// Most files in an archive of images.
const FILES: usize = 20_000;

fn extract(stream: impl Read, folder: &Path) -> Result<Files> {
    let mut by_name = HashMap::new();
    let mut links = Vec::new();
    let ration = Ration::new();
    let mut tar = tar::Archive::new(ration.reader(stream));
    for entry in tar.entries().map_err(|error| Error::malformed("archive", error))? {
        let mut entry = entry.map_err(|error| Error::malformed("archive", error))?;
        ration.allow(&entry);
        let name = plain(&entry.path().map_err(|error| Error::malformed("archive", error))?);
        if by_name.len() + links.len() >= FILES {
            return Err(Error::TooLarge(format!("the archive has more than {FILES} files")));
        }
        match entry.header().entry_type() {
            kind if kind.is_file() => {
                let path = folder.join(by_name.len().to_string());
                let fail = |error| Error::io(&path, error);
                let mut file = File::options().write(true).create_new(true).open(&path).map_err(fail)?;
                let copied = std::io::copy(&mut (&mut entry).take(limits::LAYER_BYTES), &mut file).map_err(fail)?;
                if copied < entry.size() {
                    return Err(Error::Malformed("unexpected EOF".into()));
                }
                by_name.insert(name, path);
            }
            // Old archives name a layer they share by a link to its first place.
            kind if kind.is_symlink() || kind.is_hard_link() => {
                if let Ok(Some(target)) = entry.link_name() {
                    let base = if kind.is_symlink() {
                        name.parent().unwrap_or(Path::new("")).join(target)
                    } else {
                        target.into_owned()
                    };
                    links.push((name, plain(&base)));
                }
            }
            _ => {}
        }
    }
    for (name, target) in links {
        if let Some(path) = by_name.get(&target).cloned() {
            by_name.insert(name, path);
        }
    }
    Ok(Files { by_name })
}

/// A name without `.`, `..` and the root, which only serves to find a file of the same archive.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => plain.push(part),
            Component::ParentDir => {
                plain.pop();
            }
            _ => {}
        }
    }
    plain
}

impl Files {
    fn open(&self, name: &str) -> Result<Option<File>> {
        match self.by_name.get(&plain(Path::new(name))) {
            Some(path) => File::open(path).map(Some).map_err(|error| Error::io(path, error)),
            None => Ok(None),
        }
    }

    fn blob(&self, digest: &Digest) -> Result<Vec<u8>> {
        self.small(&blob_path(digest))?.ok_or_else(|| Error::Malformed(format!("the archive lacks {digest}")))
    }

    fn small(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(file) = self.open(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(limits::CONFIG_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Error::io(Path::new(name), error))?;
        if bytes.len() as u64 > limits::CONFIG_BYTES {
            return Err(Error::TooLarge(format!("{name} is longer than {} bytes", limits::CONFIG_BYTES)));
        }
        Ok(Some(bytes))
    }
}
