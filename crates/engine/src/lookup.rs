//! From what people type to the object that they mean.
//!
//! Docker's order: the whole id, then the name, then the prefix of one id.

use std::sync::Arc;

use oci::{Digest, Reference};
use words::{ContainerId, NetworkId};

use crate::Engine;
use crate::container::Container;
use crate::error::{Error, Result};
use crate::image::ImageRecord;
use crate::ledger::{Key, Snapshot};
use crate::network::Network;

/// The one entry whose id starts with this text.
fn by_prefix<'a, Id, T>(
    all: &'a std::collections::BTreeMap<Id, Arc<T>>,
    prefix: &str,
) -> std::result::Result<&'a Arc<T>, Option<Error>>
where
    Id: Key,
{
    let hex = !prefix.is_empty() && prefix.len() <= 64 && prefix.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex {
        return Err(None);
    }
    let mut found = all.iter().filter(|(id, _)| id.key().starts_with(prefix));
    match (found.next(), found.next()) {
        (Some((_, one)), None) => Ok(one),
        (Some(_), Some(_)) => Err(Some(Error::Ambiguous(prefix.into()))),
        (None, _) => Err(None),
    }
}

impl Snapshot {
    /// The container of this id, name or id prefix.
    pub fn container(&self, text: &str) -> Result<Arc<Container>> {
        if let Some(container) = text.parse::<ContainerId>().ok().and_then(|id| self.containers.get(&id)) {
            return Ok(Arc::clone(container));
        }
        let name = text.strip_prefix('/').unwrap_or(text);
        if let Some(container) = self.container_named(name) {
            return Ok(Arc::clone(container));
        }
        let missing = || Error::NoSuchContainer(text.chars().take(300).collect());
        by_prefix(&self.containers, text).cloned().map_err(|error| error.unwrap_or_else(missing))
    }

    /// The container, or the step of a build, of this id.
    pub(crate) fn party(&self, id: &ContainerId) -> Option<&Arc<Container>> {
        self.containers.get(id).or_else(|| self.steps.get(id))
    }

    /// The container of exactly this name.
    pub fn container_named(&self, name: &str) -> Option<&Arc<Container>> {
        self.containers.values().find(|container| container.name == name)
    }

    /// The network of this id, name or id prefix.
    pub fn network(&self, text: &str) -> Result<Arc<Network>> {
        if let Some(network) = text.parse::<NetworkId>().ok().and_then(|id| self.networks.get(&id)) {
            return Ok(Arc::clone(network));
        }
        if let Some(network) = self.networks.values().find(|network| network.name == text) {
            return Ok(Arc::clone(network));
        }
        let missing = || Error::NoSuchNetwork(text.chars().take(300).collect());
        by_prefix(&self.networks, text).cloned().map_err(|error| error.unwrap_or_else(missing))
    }

    /// The image of this name, digest, id or id prefix.
    pub fn image(&self, text: &str) -> Result<Arc<ImageRecord>> {
        let missing = || Error::NoSuchImage(text.chars().take(300).collect());
        if let Some(image) = digest(text).and_then(|id| self.images.get(&id)) {
            return Ok(Arc::clone(image));
        }
        if let Ok(reference) = text.parse::<Reference>()
            && let Some(image) = self.image_named(&reference)
        {
            return Ok(Arc::clone(image));
        }
        let prefix = text.strip_prefix("sha256:").unwrap_or(text);
        by_prefix(&self.images, prefix).cloned().map_err(|error| error.unwrap_or_else(missing))
    }

    /// The image of exactly this reference; without tag and digest, `latest` is meant.
    pub fn image_named(&self, reference: &Reference) -> Option<&Arc<ImageRecord>> {
        let wanted = reference.clone().or_latest();
        match wanted.digest() {
            Some(digest) => {
                let by_digest = wanted.repository().with_digest(digest.clone());
                self.images.values().find(|image| image.digests.contains(&by_digest))
            }
            None => self.images.values().find(|image| image.tags.contains(&wanted)),
        }
    }
}

/// A whole image id, with or without its algorithm.
fn digest(text: &str) -> Option<Digest> {
    text.parse().ok().or_else(|| format!("sha256:{text}").parse().ok())
}

impl Engine {
    /// The container of this id, name or id prefix.
    pub fn container(&self, text: &str) -> Result<Arc<Container>> {
        self.snapshot().container(text)
    }

    /// The network of this id, name or id prefix.
    pub fn network(&self, text: &str) -> Result<Arc<Network>> {
        self.snapshot().network(text)
    }

    /// The image of this name, digest, id or id prefix.
    pub fn image(&self, text: &str) -> Result<Arc<ImageRecord>> {
        self.snapshot().image(text)
    }
}
