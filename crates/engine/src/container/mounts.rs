//! What is mounted where: from binds, volumes, tmpfs, image volumes and other containers' mounts to one list.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::spec::{Mount, MountSource, Spec};
use super::{Container, MountKind, MountPoint};
use crate::Engine;
use crate::error::{Error, Result};
use crate::ledger::Draft;
use crate::volume::{self, Volume, VolumeRequest};

/// Mounts by their target, in the order in which later ones take the place of earlier ones.
pub(crate) struct Resolved(Vec<Planned>);

/// A mount, with its volume still to be made or found.
enum Planned {
    Ready(MountPoint),
    Volume { point: MountPoint, request: VolumeRequest },
}

impl Planned {
    fn target(&self) -> &Path {
        match self {
            Self::Ready(point) | Self::Volume { point, .. } => &point.target,
        }
    }
}

impl Engine {
    /// Puts everything that is to be mounted in one list; the record of the volumes is made with the container's.
    pub(crate) async fn resolve_mounts(&self, spec: &Spec) -> Result<Resolved> {
        let mut planned: BTreeMap<PathBuf, Planned> = BTreeMap::new();
        for from in &spec.host.volumes_from {
            for point in self.mounts_of(from)? {
                planned.insert(point.target.clone(), Planned::Ready(point));
            }
        }
        let mut own: BTreeMap<PathBuf, ()> = BTreeMap::new();
        for mount in &spec.host.mounts {
            if own.insert(mount.target.clone(), ()).is_some() {
                return Err(Error::Invalid(format!("Duplicate mount point: {}", mount.target.display())));
            }
            check_source(mount).await?;
            planned.insert(mount.target.clone(), plan(mount, &spec.host.volume_driver));
        }
        for target in &spec.declared_volumes {
            let target = clean(target)?;
            planned.entry(target.clone()).or_insert_with(|| {
                plan(
                    &Mount {
                        target,
                        readonly: false,
                        strict: false,
                        source: MountSource::Volume {
                            name: None,
                            no_copy: false,
                            labels: BTreeMap::new(),
                            options: BTreeMap::new(),
                            anonymous: true,
                            subpath: String::new(),
                        },
                    },
                    &spec.host.volume_driver,
                )
            });
        }
        let mut list: Vec<Planned> = planned.into_values().collect();
        // What lies deeper is mounted later, or it would be hidden.
        list.sort_by_key(|planned| planned.target().components().count());
        Ok(Resolved(list))
    }

    /// The mounts of another container, as `--volumes-from id[:ro]` takes them.
    fn mounts_of(&self, text: &str) -> Result<Vec<MountPoint>> {
        let (name, mode) = text.split_once(':').unwrap_or((text, "rw"));
        if !matches!(mode, "ro" | "rw" | "z" | "Z") {
            return Err(Error::Invalid(format!("invalid mode: {mode}")));
        }
        let container = self.container(name)?;
        Ok(container
            .mounts
            .iter()
            .filter(|point| point.kind != MountKind::Tmpfs)
            .map(|point| MountPoint { rw: point.rw && mode != "ro", anonymous: false, ..point.clone() })
            .collect())
    }

    /// Gives empty new volumes what the image has at their place, as Docker does unless told `nocopy`.
    pub(crate) async fn fill_volumes(&self, container: &Container) -> Result<()> {
        let no_copy = |target: &Path| {
            container.spec.host.mounts.iter().any(|mount| {
                mount.target == target && matches!(mount.source, MountSource::Volume { no_copy: true, .. })
            })
        };
        for point in &container.mounts {
            if point.kind == MountKind::Volume && !no_copy(&point.target) {
                self.fill_volume(container, point).await?;
            }
        }
        Ok(())
    }

    async fn fill_volume(&self, container: &Container, point: &MountPoint) -> Result<()> {
        let source = point.source.clone();
        let empty = crate::blocking(move || Ok(std::fs::read_dir(source)?.next().is_none())).await;
        if !empty.unwrap_or(false) {
            return Ok(());
        }
        let config = Arc::clone(&self.image(container.image.hex())?.config);
        let (key, target, source) = (container.id.as_str().to_owned(), point.target.clone(), point.source.clone());
        self.with_images(move |images| images.copy_up(&key, &config, &target, &source)).await
    }
}

/// A bind in the `Mounts` form must exist; in the old form its source is made at the start.
async fn check_source(mount: &Mount) -> Result<()> {
    let MountSource::Bind { path, create, .. } = &mount.source else { return Ok(()) };
    if *create || !mount.strict {
        return Ok(());
    }
    if tokio::fs::try_exists(path).await.unwrap_or(false) {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "invalid mount config for type \"bind\": bind source path does not exist: {}",
        path.display()
    )))
}

/// Image volumes come from strangers: absolute, without `..`, not the root.
fn clean(path: &Path) -> Result<PathBuf> {
    let fine = path.is_absolute()
        && path != Path::new("/")
        && path.components().all(|part| !matches!(part, std::path::Component::ParentDir));
    if fine {
        Ok(path.components().collect())
    } else {
        Err(Error::Invalid(format!("invalid volume specification: '{}'", path.display())))
    }
}

fn plan(mount: &Mount, driver: &str) -> Planned {
    let point = |kind, source: PathBuf, propagation: String, options: Vec<String>| MountPoint {
        kind,
        name: None,
        source,
        target: mount.target.clone(),
        mode: String::new(),
        rw: !mount.readonly,
        propagation,
        options,
        non_recursive: false,
        anonymous: false,
        part: PathBuf::new(),
    };
    match &mount.source {
        MountSource::Bind { path, propagation, non_recursive, part, .. } => {
            let propagation = if propagation.is_empty() { "rprivate".into() } else { propagation.clone() };
            let mut bind = point(MountKind::Bind, path.clone(), propagation, Vec::new());
            bind.non_recursive = *non_recursive;
            bind.part.clone_from(part);
            Planned::Ready(bind)
        }
        MountSource::Volume { name, labels, options, anonymous, .. } => {
            let mut volume = point(MountKind::Volume, PathBuf::new(), String::new(), Vec::new());
            volume.mode = "z".into();
            volume.anonymous = *anonymous || name.is_none();
            Planned::Volume {
                point: volume,
                request: VolumeRequest {
                    name: name.clone(),
                    driver: driver.to_owned(),
                    options: options.clone(),
                    labels: labels.clone(),
                },
            }
        }
        MountSource::Tmpfs { size, mode, options } => {
            let mut texts = vec!["nosuid".to_owned(), "nodev".into(), "noexec".into()];
            for option in options {
                // `exec` takes `noexec` back, and so on.
                texts.retain(|text| text.strip_prefix("no") != Some(option));
                if !texts.contains(option) {
                    texts.push(option.clone());
                }
            }
            texts.extend(size.map(|bytes| format!("size={bytes}")));
            texts.extend(mode.map(|mode| format!("mode={mode:o}")));
            Planned::Ready(point(MountKind::Tmpfs, PathBuf::new(), String::new(), texts))
        }
    }
}

/// Finds or makes the volumes, in the same commit as the container that mounts them. Gives the new ones apart.
pub(crate) fn decide(
    draft: &mut Draft<'_>,
    resolved: Resolved,
    root: &Path,
) -> Result<(Vec<MountPoint>, Vec<Arc<Volume>>)> {
    let mut points = Vec::new();
    let mut made = Vec::new();
    for planned in resolved.0 {
        points.push(match planned {
            Planned::Ready(point) => {
                if let Some(name) = &point.name
                    && !draft.volumes.contains_key(name)
                {
                    return Err(Error::NoSuchVolume(name.clone()));
                }
                point
            }
            Planned::Volume { mut point, request } => {
                let (volume, new) = volume::decide_create(draft, request, root)?;
                point.name = Some(volume.name.clone());
                point.source.clone_from(&volume.mountpoint);
                if new {
                    made.push(volume);
                }
                point
            }
        });
    }
    Ok((points, made))
}
