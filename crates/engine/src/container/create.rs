//! `create`: from a request to a record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use store::command::unbroken;
use words::{ContainerId, Timestamp};

use super::mounts::{self, Resolved};
use super::spec::{EndpointConfig, NetworkMode, PidMode, Spec};
use super::state::State;
use super::{Container, Endpoint, merge, validate};
use crate::Engine;
use crate::error::{Context, Error, Result};
use crate::ledger::Draft;
use crate::name;
use crate::volume::Volume;

/// What a client asks of a new container.
#[derive(Debug, Clone)]
pub struct CreateRequest {
    /// Its name; `None` for one that is made up.
    pub name: Option<String>,
    /// The image as the client names it.
    pub image: String,
    /// The platform asked for; `None` for this host's.
    pub platform: Option<String>,
    /// Everything else, without the image's defaults.
    pub spec: Spec,
}

/// What a create gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The new container.
    pub id: ContainerId,
    /// What was asked but means less than it seems.
    pub warnings: Vec<String>,
}

impl Engine {
    /// Makes a container.
    pub async fn create(&self, request: CreateRequest) -> Result<Created> {
        let engine = self.clone();
        unbroken(async move { engine.create_container(request).await }).await
    }

    async fn create_container(&self, request: CreateRequest) -> Result<Created> {
        let CreateRequest { name, image: wanted, platform, mut spec } = request;
        let image = self.image(&wanted).map_err(|error| missing_image(error, &wanted))?;
        validate::platform(platform.as_deref(), &image)?;
        if let Some(execution) = &image.config.config {
            merge::merge(&mut spec, execution)?;
        }
        let warnings = validate::spec(&mut spec, self.config(), &self.0.host)?;
        let (id, name) = (ContainerId::random(), name.as_deref().map(name::container_name).transpose()?);
        if let PidMode::Container(other) = &spec.host.pid {
            self.container(other)?;
        }
        let resolved = self.resolve_mounts(&spec).await?;
        let container = Container {
            created: Timestamp::now(),
            image: image.id.clone(),
            image_reference: wanted,
            state: State::Created { failure: None },
            restart_count: 0,
            mounts: Vec::new(),
            endpoints: BTreeMap::new(),
            published: BTreeMap::new(),
            dir: self.config().data_root.join("containers").join(id.as_str()),
            health: None,
            name: String::new(),
            id,
            spec,
        };
        let root = self.volume_root();
        let committed = self.ledger().commit(move |draft| decide_create(draft, container, name, resolved, &root));
        let (container, volumes) = committed.await?;
        if let Err(error) = self.furnish(&container, &volumes).await {
            self.take_back(&container, volumes).await;
            return Err(error);
        }
        self.tell_container("create", &container.id, &[]);
        Ok(Created { id: container.id.clone(), warnings })
    }

    /// The effects of a create: directories, the snapshot, the contents of new volumes.
    async fn furnish(&self, container: &Container, new: &[Arc<Volume>]) -> Result<()> {
        let dir = container.dir.clone();
        crate::blocking(move || {
            use std::os::unix::fs::DirBuilderExt;
            std::fs::DirBuilder::new().recursive(true).mode(0o710).create(dir)
        })
        .await
        .context(|| format!("making {}", container.dir.display()))?;
        let key = container.id.as_str().to_owned();
        self.with_images(move |images| images.prepare(&key)).await?;
        // A daemon that died may have left a record whose directory it had not made yet.
        let named = container.mounts.iter().filter_map(|mount| mount.name.as_deref());
        for volume in named.filter_map(|name| self.volume(name).ok()) {
            self.volume_directory(&volume).await?;
        }
        for volume in new {
            self.tell(crate::event::Kind::Volume, "create", &volume.name, [("driver", "local")]);
        }
        self.fill_volumes(container).await
    }

    /// A create that failed half-way leaves nothing behind.
    async fn take_back(&self, container: &Container, volumes: Vec<Arc<Volume>>) {
        let (id, names) = (container.id.clone(), volumes.clone());
        let removed = self.ledger().commit(move |draft| {
            draft.remove::<Container>(&id);
            names.iter().for_each(|volume| draft.remove::<Volume>(&volume.name));
            Ok(())
        });
        if let Err(error) = removed.await {
            tracing::error!(container = %container.id, %error, "taking back a failed create");
        }
        for volume in volumes {
            let _ = self.volume_gone(&volume).await;
        }
        self.clear_away(container).await;
    }
}

/// The client pulls when it reads exactly this, with the tag that it would pull.
fn missing_image(error: Error, wanted: &str) -> Error {
    match (error, wanted.parse::<::oci::Reference>()) {
        (Error::NoSuchImage(_), Ok(reference)) => Error::NoSuchImage(reference.or_latest().familiar()),
        (Error::NoSuchImage(_), Err(malformed)) if wanted.parse::<::oci::Digest>().is_err() => {
            Error::Invalid(malformed.to_string())
        }
        (other, _) => other,
    }
}

/// Decides upon a new container: its name is free, its image is still there, its volumes exist from now on.
fn decide_create(
    draft: &mut Draft<'_>,
    mut container: Container,
    name: Option<String>,
    resolved: Resolved,
    volume_root: &std::path::Path,
) -> Result<(Arc<Container>, Vec<Arc<Volume>>)> {
    if !draft.images.contains_key(&container.image) {
        return Err(Error::NoSuchImage(container.image_reference));
    }
    container.name = free_name(draft, name)?;
    let (points, new) = mounts::decide(draft, resolved, volume_root)?;
    container.mounts = points;
    container.endpoints = plan_endpoints(draft, &container.spec)?;
    Ok((draft.put(container)?, new))
}

fn free_name(draft: &Draft<'_>, name: Option<String>) -> Result<String> {
    let Some(name) = name else {
        let taken: BTreeSet<&str> = draft.containers.values().map(|container| container.name.as_str()).collect();
        let free = (0..100).map(name::generate).find(|name| !taken.contains(name.as_str()));
        return Ok(free.unwrap_or_else(|| ContainerId::random().short().to_owned()));
    };
    match draft.container_named(&name) {
        Some(other) => Err(Error::NameInUse { name, by: other.id.clone() }),
        None => Ok(name),
    }
}

/// The endpoints that a start will connect. A network that does not exist is an error of the start, as in Docker.
fn plan_endpoints(draft: &Draft<'_>, spec: &Spec) -> Result<BTreeMap<String, Endpoint>> {
    let asked = &spec.host.endpoints;
    let own = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let mut wanted: BTreeMap<String, EndpointConfig> = asked.clone();
    match &spec.host.network {
        NetworkMode::Host | NetworkMode::None | NetworkMode::Container(_) => return Ok(BTreeMap::new()),
        NetworkMode::Default | NetworkMode::Bridge => {
            let config = wanted.remove("default").unwrap_or_else(|| own("bridge"));
            wanted.insert("bridge".into(), config);
        }
        NetworkMode::Named(name) => {
            wanted.entry(name.clone()).or_default();
        }
    }
    let mut endpoints = BTreeMap::new();
    for (name, config) in wanted {
        if let Ok(network) = draft.network(&name) {
            if config.ipv4.is_some() && network.name == "bridge" {
                return Err(Error::Invalid(
                    "user specified IP address is supported on user defined networks only".into(),
                ));
            }
            endpoints.insert(network.name.clone(), Endpoint::planned(network.id.clone(), config));
        }
    }
    Ok(endpoints)
}
