//! What is done with images: `pull`, `push`, `tag`, `rmi`, `load`, `save`, `import`, `prune`.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;

use ::image::{Attestation, Credentials, Described, Image, LayersAs, Loaded, NewImage, Progress, Pushed, Pushing};
use oci::{Digest, Reference};
use store::command::unbroken;
use tokio::sync::mpsc;
use words::Timestamp;

use super::ImageRecord;
use crate::error::{Error, Result};
use crate::event::Kind;
use crate::ledger::Draft;
use crate::volume::Pruned;
use crate::{Engine, Snapshot};

/// What a removal did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// This name is gone.
    Untagged(String),
    /// This image is gone.
    Deleted(String),
}

/// What a pull found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The digest that the name stands for.
    pub digest: Digest,
    /// It was not here before.
    pub new: bool,
}

impl Engine {
    /// Gives an image its names, making its record when it is new.
    ///
    /// # Errors
    /// When the disk refuses the record.
    pub async fn add_image(
        &self,
        image: Image,
        parent: Option<Digest>,
        tags: Vec<Reference>,
        digests: Vec<Reference>,
    ) -> Result<Digest> {
        let (id, named) = (image.id.clone(), tags.clone());
        let names = self.0.image_names.lock().await;
        self.ledger().commit(move |draft| decide_add(draft, image, parent, tags, digests)).await?;
        drop(names);
        self.tell_tags(&id, named);
        Ok(id)
    }

    /// The same for an image that was built, with what its build says of it, in place of what an earlier one said.
    ///
    /// # Errors
    /// When the disk refuses the record.
    pub async fn add_built(&self, image: Image, tags: Vec<Reference>, said: Vec<Attestation>) -> Result<Digest> {
        let (id, named) = (image.id.clone(), tags.clone());
        let names = self.0.image_names.lock().await;
        self.ledger().commit(move |draft| decide_built(draft, image, tags, said)).await?;
        drop(names);
        self.tell_tags(&id, named);
        Ok(id)
    }

    fn tell_tags(&self, id: &Digest, named: Vec<Reference>) {
        for tag in named {
            self.tell(Kind::Image, "tag", &id.to_string(), [("name", tag.familiar())]);
        }
    }

    /// Fetches an image.
    pub async fn pull(
        &self,
        reference: Reference,
        platform: Option<String>,
        credentials: Option<Credentials>,
        told: mpsc::Sender<Progress>,
    ) -> Result<Pulled> {
        let reference = reference.or_latest();
        let incoming = self.incoming().await;
        let (image, digest) = self.images().pull(&reference, platform.as_deref(), credentials, told).await?;
        let new = self
            .snapshot()
            .images
            .get(&image.id)
            .is_none_or(|known| reference.tag().is_some() && !known.tags.contains(&reference));
        let tags = if reference.digest().is_none() { vec![reference.clone()] } else { Vec::new() };
        let by_digest = reference.repository().with_digest(digest.clone());
        self.add_image(image, None, tags, vec![by_digest]).await?;
        incoming.settled();
        self.tell(Kind::Image, "pull", &reference.familiar(), [("name", reference.familiar_name())]);
        Ok(Pulled { digest, new })
    }

    /// The names that a push of this name pushes: itself, or all tags of a repository.
    ///
    /// # Errors
    /// In Docker's words when there is no image of that name, and for a name with a digest.
    pub fn names_to_push(&self, name: &Reference) -> Result<Vec<Reference>> {
        let snapshot = self.snapshot();
        let named = |image: &Arc<ImageRecord>| {
            let mut names = image.tags.iter().chain(&image.digests);
            names.any(|known| known.repository() == name.repository())
        };
        if !snapshot.images.values().any(named) {
            return Err(Error::NotFound(format!(
                "An image does not exist locally with the tag: {}",
                name.familiar_name()
            )));
        }
        if name.digest().is_some() {
            return Err(Error::Invalid("cannot push a digest reference".into()));
        }
        let tags = self.tags_of(&name.repository());
        match name.tag() {
            Some(_) if tags.contains(name) => Ok(vec![name.clone()]),
            Some(_) => Err(Error::NotFound(format!("tag does not exist: {}", name.familiar()))),
            None if tags.is_empty() => Err(Error::NotFound(format!("no tags to push for {}", name.familiar_name()))),
            None => Ok(tags),
        }
    }

    /// Sends the image of a name with a tag to its registry.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no image has the name, and what the registry says.
    pub async fn push(
        &self,
        name: &Reference,
        layers: LayersAs,
        credentials: Option<Credentials>,
        told: mpsc::Sender<Pushing>,
    ) -> Result<Pushed> {
        // What is being pushed stays, even if it loses its name meanwhile.
        let reading = self.incoming().await;
        let snapshot = self.snapshot();
        let found = snapshot.images.values().find(|image| image.tags.contains(name)).cloned();
        let missing = || Error::NotFound(format!("tag does not exist: {}", name.familiar()));
        let image = found.ok_or_else(missing)?;
        let sources = sources(&snapshot, name);
        let pushed = self
            .images()
            .push(name, &[(image.manifest.clone(), image.attestations.clone())], sources, layers, credentials, told)
            .await;
        reading.settled();
        let pushed = pushed?;
        let by_digest = name.repository().with_digest(pushed.digest.clone());
        let id = image.id.clone();
        let _names = self.0.image_names.lock().await;
        self.ledger().commit(move |draft| decide_pushed(draft, &id, by_digest)).await?;
        self.tell(Kind::Image, "push", &name.familiar(), [("name", name.familiar_name())]);
        Ok(pushed)
    }

    /// Sends manifests that belong to no image of the engine's to a registry: one a platform, each with what is said of
    /// it. They must not be collected meanwhile.
    ///
    /// # Errors
    /// As for a push.
    pub async fn push_platforms(
        &self,
        name: &Reference,
        manifests: &[(Digest, Vec<Attestation>)],
        layers: LayersAs,
        credentials: Option<Credentials>,
        told: mpsc::Sender<Pushing>,
    ) -> Result<Pushed> {
        let sources = sources(&self.snapshot(), name);
        Ok(self.images().push(name, manifests, sources, layers, credentials, told).await?)
    }

    /// Whether a registry takes a login.
    ///
    /// # Errors
    /// What the registry says.
    pub async fn check_login(&self, server: &str, credentials: &Credentials) -> Result<()> {
        Ok(self.images().check_login(server, credentials).await?)
    }

    /// Asks a name's registry what it stands for.
    ///
    /// # Errors
    /// What the registry says.
    pub async fn describe_in_registry(&self, name: &Reference, credentials: Option<&Credentials>) -> Result<Described> {
        Ok(self.images().describe(name, credentials).await?)
    }

    /// Gives an image a further name.
    pub async fn tag(&self, source: &str, name: Reference) -> Result<()> {
        let image = self.image(source)?;
        let name = name.or_latest();
        if name.digest().is_some() {
            return Err(Error::Invalid("refusing to create a tag with a digest reference".into()));
        }
        let (id, tag) = (image.id.clone(), name.clone());
        let _names = self.0.image_names.lock().await;
        self.ledger().commit(move |draft| decide_tag(draft, &id, tag)).await?;
        self.tell(Kind::Image, "tag", &image.id.to_string(), [("name", name.familiar())]);
        Ok(())
    }

    /// Takes a name away, and the image with its last one.
    pub async fn remove_image(&self, text: &str, force: bool) -> Result<Vec<Removed>> {
        let (engine, text) = (self.clone(), text.to_owned());
        unbroken(async move {
            let wanted = text.clone();
            let names = engine.0.image_names.lock().await;
            let removed = engine.ledger().commit(move |draft| decide_remove(draft, &wanted, force)).await?;
            drop(names);
            if removed.iter().any(|step| matches!(step, Removed::Deleted(_))) {
                engine.collect().await?;
            }
            for step in &removed {
                let (action, name) = match step {
                    Removed::Untagged(name) => ("untag", name),
                    Removed::Deleted(id) => ("delete", id),
                };
                engine.tell(Kind::Image, action, name, [("name", name.clone())]);
            }
            Ok(removed)
        })
        .await
    }

    /// Removes the images that no container uses: those without a name, or with `all` every one.
    pub async fn prune_images(&self, all: bool, wanted: impl Fn(&ImageRecord) -> bool + Send) -> Result<Pruned> {
        let snapshot = self.snapshot();
        let used: BTreeSet<&Digest> = snapshot.containers.values().map(|container| &container.image).collect();
        let mut pruned = Pruned::default();
        for image in snapshot.images.values() {
            if used.contains(&image.id) || (!all && !image.tags.is_empty()) || !wanted(image) {
                continue;
            }
            for step in self.remove_image(image.id.hex(), true).await.unwrap_or_default() {
                if let Removed::Deleted(id) = &step {
                    pruned.bytes += image.size;
                    pruned.removed.push(id.clone());
                }
            }
        }
        Ok(pruned)
    }

    /// Reads an archive of images from a blocking stream.
    pub async fn load(&self, stream: impl std::io::Read + Send + 'static) -> Result<Vec<(Digest, Vec<String>)>> {
        let incoming = self.incoming().await;
        let loaded = self.with_images(move |images| images.load(stream)).await?;
        let mut found = Vec::new();
        for Loaded { image, names } in loaded {
            let shown = names.iter().map(Reference::familiar).collect();
            let id = self.add_image(image, None, names, Vec::new()).await?;
            self.tell(Kind::Image, "load", &id.to_string(), [("name", id.to_string())]);
            found.push((id, shown));
        }
        incoming.settled();
        Ok(found)
    }

    /// Makes an image of one archive, read from a blocking stream.
    pub async fn import(
        &self,
        stream: impl std::io::Read + Send + 'static,
        reference: Option<Reference>,
        changes: &str,
        comment: String,
    ) -> Result<Digest> {
        let mut execution = oci::image::Execution::default();
        crate::container::image::change(changes, &mut execution)?;
        let incoming = self.incoming().await;
        let new = NewImage { execution, comment, ..NewImage::default() };
        let image = self.with_images(move |images| images.import(stream, new)).await?;
        let id =
            self.add_image(image, None, reference.map(Reference::or_latest).into_iter().collect(), Vec::new()).await?;
        incoming.settled();
        self.tell(Kind::Image, "import", &id.to_string(), [("name", id.to_string())]);
        Ok(id)
    }

    /// Writes an archive of images to a blocking stream.
    pub fn save(
        &self,
        names: &[String],
    ) -> Result<impl FnOnce(&mut dyn Write) -> std::io::Result<()> + Send + 'static> {
        let mut wanted: Vec<(Digest, Vec<Reference>)> = Vec::new();
        for name in names {
            let image = self.image(name)?;
            let by_id = image.id.hex().starts_with(name.trim_start_matches("sha256:"));
            let tags: Vec<Reference> = match name.parse::<Reference>() {
                Ok(reference) if !by_id && reference.tag().is_none() && reference.digest().is_none() => {
                    // A repository without a tag stands for all of its tags.
                    self.tags_of(&reference)
                }
                Ok(reference) if !by_id => vec![reference],
                _ => Vec::new(),
            };
            if by_id || tags.is_empty() {
                wanted.push((image.manifest.clone(), Vec::new()));
            }
            for tag in tags.into_iter().filter(|tag| tag.tag().is_some()) {
                let image = self.image(&tag.to_string())?;
                match wanted.iter_mut().find(|(manifest, _)| *manifest == image.manifest) {
                    Some((_, names)) => names.push(tag),
                    None => wanted.push((image.manifest.clone(), vec![tag])),
                }
            }
        }
        let images = self.images().clone();
        Ok(move |stream: &mut dyn Write| images.save(&wanted, stream).map_err(std::io::Error::other))
    }

    /// Bytes of each layer of an image, lowest first.
    pub fn layer_sizes(&self, image: &ImageRecord) -> Vec<u64> {
        self.images().layer_sizes(&image.config)
    }

    /// Bytes of all layers, each counted once.
    pub fn layers_size(&self) -> u64 {
        let snapshot = self.snapshot();
        let mut seen = std::collections::BTreeMap::new();
        for image in snapshot.images.values() {
            let mut below: Vec<&Digest> = Vec::new();
            for (diff_id, size) in image.config.rootfs.diff_ids.iter().zip(self.layer_sizes(image)) {
                below.push(diff_id);
                seen.insert(below.clone(), size);
            }
        }
        seen.values().sum()
    }

    fn tags_of(&self, repository: &Reference) -> Vec<Reference> {
        let snapshot = self.snapshot();
        let tags = snapshot.images.values().flat_map(|image| &image.tags);
        tags.filter(|tag| tag.repository() == *repository).cloned().collect()
    }
}

fn decide_add(
    draft: &mut Draft<'_>,
    image: Image,
    parent: Option<Digest>,
    tags: Vec<Reference>,
    digests: Vec<Reference>,
) -> Result<()> {
    let known = draft.images.get(&image.id).map(|known| ImageRecord::clone(known));
    let mut record = known.unwrap_or(ImageRecord {
        id: image.id,
        manifest: image.manifest.clone(),
        tags: BTreeSet::new(),
        digests: BTreeSet::new(),
        size: image.size,
        parent,
        tagged: Timestamp::now(),
        config: image.config,
        attestations: Vec::new(),
    });
    record.manifest = image.manifest;
    record.digests.extend(digests);
    let id = record.id.clone();
    draft.put(record)?;
    tags.into_iter().try_for_each(|tag| decide_tag(draft, &id, tag))
}

/// Other repositories of a name's registry, and what they have that is here.
fn sources(snapshot: &Snapshot, name: &Reference) -> Vec<(Reference, Digest)> {
    let elsewhere = |known: &&Reference| known.domain() == name.domain() && known.path() != name.path();
    let sources = snapshot.images.values().flat_map(|image| {
        let repositories: BTreeSet<Reference> =
            image.digests.iter().filter(elsewhere).map(Reference::repository).collect();
        repositories.into_iter().map(|repository| (repository, image.manifest.clone()))
    });
    sources.collect()
}

fn decide_built(draft: &mut Draft<'_>, image: Image, tags: Vec<Reference>, said: Vec<Attestation>) -> Result<()> {
    let id = image.id.clone();
    decide_add(draft, image, None, tags, Vec::new())?;
    let mut record = ImageRecord::clone(&*draft.image(id.hex())?);
    if record.attestations != said {
        record.attestations = said;
        draft.put(record)?;
    }
    Ok(())
}

/// An image that is gone meanwhile needs no further name.
fn decide_pushed(draft: &mut Draft<'_>, id: &Digest, name: Reference) -> Result<()> {
    let Some(image) = draft.images.get(id) else { return Ok(()) };
    let mut image = ImageRecord::clone(image);
    if image.digests.insert(name) {
        draft.put(image)?;
    }
    Ok(())
}

/// A name belongs to one image: whoever had it loses it.
fn decide_tag(draft: &mut Draft<'_>, id: &Digest, tag: Reference) -> Result<()> {
    let before: Vec<Arc<ImageRecord>> =
        draft.images.values().filter(|image| image.id != *id && image.tags.contains(&tag)).cloned().collect();
    for image in before {
        let mut image = ImageRecord::clone(&image);
        image.tags.remove(&tag);
        draft.put(image)?;
    }
    let mut image = ImageRecord::clone(&*draft.image(id.hex())?);
    image.tagged = Timestamp::now();
    image.tags.insert(tag);
    draft.put(image).map(drop)
}

/// Decides upon the removal of a name or an image, by Docker's rules: a name among several only goes away; the last
/// one, or an id, takes the image with it unless a container depends on it.
fn decide_remove(draft: &mut Draft<'_>, text: &str, force: bool) -> Result<Vec<Removed>> {
    draft.essential();
    let image = draft.image(text)?;
    let short = image.short().to_owned();
    let by_id = image.id.hex().starts_with(text.trim_start_matches("sha256:")) || text == image.id.to_string();
    let named: Option<Reference> = if by_id { None } else { text.parse::<Reference>().ok().map(Reference::or_latest) };
    let users: Vec<_> = draft.containers.values().filter(|container| container.image == image.id).cloned().collect();
    let running = users.iter().find(|container| container.state.is_running());
    let conflict = |container: &crate::Container, what: &str, how: &str| {
        Err(Error::Conflict(format!(
            "conflict: unable to {what} {} ({how}) - {}container {}",
            if by_id { &short } else { text },
            if container.state.is_running() {
                "image is being used by running "
            } else {
                "image is being used by stopped "
            },
            container.id.short()
        )))
    };
    let mut removed = Vec::new();
    let mut record = ImageRecord::clone(&image);
    if let Some(name) = &named {
        let several = record.tags.len() + usize::from(name.digest().is_some()) > 1;
        if several {
            record.tags.remove(name);
            record.digests.remove(name);
            removed.push(Removed::Untagged(name.familiar()));
            draft.put(record)?;
            return Ok(removed);
        }
        if !force && let Some(container) = users.first() {
            return Err(Error::Conflict(format!(
                "conflict: unable to remove repository reference \"{text}\" (must force) - container {} is using its referenced image {short}",
                container.id.short()
            )));
        }
    } else if record.tags.len() > 1 && !force {
        return Err(Error::Conflict(format!(
            "conflict: unable to delete {short} (must be forced) - image is referenced in multiple repositories"
        )));
    }
    if let Some(container) = running
        && (by_id || !force)
    {
        return conflict(container, "delete", "cannot be forced");
    }
    if let Some(container) = users.first()
        && !force
    {
        return conflict(container, "delete", "must be forced");
    }
    removed.extend(record.tags.iter().chain(&record.digests).map(|name| Removed::Untagged(name.familiar())));
    if users.is_empty() {
        draft.remove::<ImageRecord>(&record.id);
        removed.push(Removed::Deleted(record.id.to_string()));
    } else {
        // Forced: the name goes, the image stays for its containers.
        record.tags.clear();
        record.digests.clear();
        draft.put(record)?;
    }
    Ok(removed)
}
