//! Volumes: directories of ours that outlive containers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use store::command::unbroken;
use words::Timestamp;

use crate::Engine;
use crate::error::{Context, Error, Result};
use crate::event::Kind;
use crate::ledger::{Draft, Snapshot};
use crate::name;

/// A volume's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Its name; 64 hexadecimal digits if nobody named it.
    pub name: String,
    /// Where its files are.
    pub mountpoint: PathBuf,
    /// When it was made.
    pub created: Timestamp,
    /// Free-form labels.
    pub labels: BTreeMap<String, String>,
    /// Driver options.
    pub options: BTreeMap<String, String>,
    /// Nobody named it: `volume prune` takes it.
    pub anonymous: bool,
}

/// What a client asks of a new volume.
#[derive(Debug, Clone, Default)]
pub struct VolumeRequest {
    /// Its name; `None` for one that is made up.
    pub name: Option<String>,
    /// Only `local`, or empty for that.
    pub driver: String,
    /// Driver options.
    pub options: BTreeMap<String, String>,
    /// Free-form labels.
    pub labels: BTreeMap<String, String>,
}

/// What a prune gave back.
#[derive(Debug, Clone, Default)]
pub struct Pruned {
    /// The objects that are gone.
    pub removed: Vec<String>,
    /// Bytes given back.
    pub bytes: u64,
}

/// The containers that mount this volume.
fn users<'a>(snapshot: &'a Snapshot, name: &'a str) -> impl Iterator<Item = &'a Arc<crate::Container>> {
    snapshot
        .containers
        .values()
        .filter(move |container| container.mounts.iter().any(|mount| mount.name.as_deref() == Some(name)))
}

impl Engine {
    /// Makes a volume, or gives the one of this name.
    pub async fn create_volume(&self, request: VolumeRequest) -> Result<Arc<Volume>> {
        let engine = self.clone();
        unbroken(async move { engine.make_volume(request).await }).await
    }

    async fn make_volume(&self, request: VolumeRequest) -> Result<Arc<Volume>> {
        let root = self.volume_root();
        let wanted = request.clone();
        let (volume, new) = self.ledger().commit(move |draft| decide_create(draft, wanted, &root)).await?;
        // The directory is made after the record: a record without it is mended at the next use, a directory
        // without a record would be nobody's.
        self.volume_directory(&volume).await?;
        if new {
            self.tell(Kind::Volume, "create", &volume.name, [("driver", "local")]);
        }
        Ok(volume)
    }

    /// Makes the directory of a volume where it is missing.
    pub(crate) async fn volume_directory(&self, volume: &Volume) -> Result<()> {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        let path = volume.mountpoint.clone();
        let shown = path.clone();
        crate::blocking(move || {
            if path.is_dir() {
                return Ok(());
            }
            if let Some(parent) = path.parent() {
                // Only root may pass through to the volumes (CVE-2021-41091).
                std::fs::DirBuilder::new().recursive(true).mode(0o701).create(parent)?;
            }
            std::fs::create_dir(&path)?;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
        })
        .await
        .context(|| format!("making the volume's directory {}", shown.display()))
    }

    /// The volume of this name.
    pub fn volume(&self, name: &str) -> Result<Arc<Volume>> {
        self.snapshot().volumes.get(name).cloned().ok_or_else(|| Error::NoSuchVolume(name.into()))
    }

    /// Removes a volume that no container uses. With `force`, one that does not exist is no error.
    pub async fn remove_volume(&self, name: &str, force: bool) -> Result<()> {
        let (engine, name) = (self.clone(), name.to_owned());
        unbroken(async move {
            let wanted = name.clone();
            let removed = engine.ledger().commit(move |draft| decide_remove(draft, &wanted)).await;
            match removed {
                Ok(volume) => engine.volume_gone(&volume).await,
                Err(Error::NoSuchVolume(_)) if force => Ok(()),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// Deletes the files of a volume whose record is gone.
    pub(crate) async fn volume_gone(&self, volume: &Volume) -> Result<()> {
        let directory = volume.mountpoint.parent().unwrap_or(&volume.mountpoint).to_owned();
        let shown = directory.clone();
        let removed = crate::blocking(move || sys::remove::path(&directory)).await;
        if let Err(error) = removed
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(error).context(|| format!("removing {}", shown.display()));
        }
        self.tell(Kind::Volume, "destroy", &volume.name, [("driver", "local")]);
        Ok(())
    }

    /// Removes the volumes that no container uses and that `wanted` accepts.
    pub async fn prune_volumes(&self, wanted: impl Fn(&Volume) -> bool + Send) -> Result<Pruned> {
        let snapshot = self.snapshot();
        let unused: Vec<_> = snapshot
            .volumes
            .values()
            .filter(|volume| wanted(volume) && users(&snapshot, &volume.name).next().is_none())
            .cloned()
            .collect();
        let mut pruned = Pruned::default();
        for volume in unused {
            let bytes = self.volume_size(&volume).await;
            // One that came into use meanwhile stays.
            if self.remove_volume(&volume.name, false).await.is_ok() {
                pruned.removed.push(volume.name.clone());
                pruned.bytes += bytes;
            }
        }
        self.tell(Kind::Volume, "prune", "", [("reclaimed", pruned.bytes.to_string())]);
        Ok(pruned)
    }

    /// Bytes of a volume's files on the disk.
    pub async fn volume_size(&self, volume: &Volume) -> u64 {
        let path = volume.mountpoint.clone();
        crate::blocking(move || Ok(crate::disk::usage(&path))).await.unwrap_or(0)
    }

    /// How many containers use a volume.
    pub fn volume_users(&self, name: &str) -> usize {
        users(&self.snapshot(), name).count()
    }
}

/// Decides upon a new volume; the one of this name if it exists with the same driver and options.
pub(crate) fn decide_create(
    draft: &mut Draft<'_>,
    request: VolumeRequest,
    root: &std::path::Path,
) -> Result<(Arc<Volume>, bool)> {
    if !matches!(request.driver.as_str(), "" | "local") {
        return Err(Error::NotFound(format!(
            "error looking up volume plugin {0}: plugin \"{0}\" not found",
            request.driver
        )));
    }
    if let Some(option) = request.options.keys().next() {
        return Err(Error::NotImplemented(format!("the option {option:?} of the local volume driver")));
    }
    let anonymous = request.name.is_none();
    let name = request.name.unwrap_or_else(|| String::from(words::ContainerId::random()));
    if let Some(volume) = draft.volumes.get(&name) {
        return Ok((Arc::clone(volume), false));
    }
    if !name::is_restricted_name(&name) {
        return Err(Error::Invalid(format!(
            "create {name}: \"{name}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path"
        )));
    }
    let volume = draft.put(Volume {
        mountpoint: root.join(&name).join("_data"),
        name,
        created: Timestamp::now(),
        labels: request.labels,
        options: request.options,
        anonymous,
    })?;
    Ok((volume, true))
}

/// Decides upon the removal of a volume.
pub(crate) fn decide_remove(draft: &mut Draft<'_>, name: &str) -> Result<Arc<Volume>> {
    let volume = draft.volumes.get(name).cloned().ok_or_else(|| Error::NoSuchVolume(name.into()))?;
    let ids: Vec<_> = users(draft, name).map(|container| container.id.as_str().to_owned()).collect();
    if !ids.is_empty() {
        return Err(Error::Conflict(format!("remove {name}: volume is in use - [{}]", ids.join(", "))));
    }
    draft.remove::<Volume>(&volume.name);
    Ok(volume)
}
