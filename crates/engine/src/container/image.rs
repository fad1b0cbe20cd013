//! A container's files: `commit`, `export`, `diff`.

use std::io::Write;

use ::image::{Change, NewImage};
use ::oci::{Digest, Reference};
use store::command::unbroken;

use super::merge;
use crate::Engine;
use crate::error::{Context, Error, Result};

/// What a commit makes.
#[derive(Debug, Clone, Default)]
pub struct CommitRequest {
    /// The container.
    pub container: String,
    /// The new image's name.
    pub reference: Option<Reference>,
    /// Why.
    pub comment: String,
    /// By whom.
    pub author: String,
    /// Freeze the container meanwhile.
    pub pause: bool,
    /// What the new image's containers run; what is not said there is as the container's own.
    pub execution: ::oci::image::Execution,
    /// Instructions of a Dockerfile upon that, one a line.
    pub changes: String,
    /// The new image says what the container's image says, and nothing of what was asked or the container was told: its
    /// files only are taken.
    pub files_only: bool,
}

impl Engine {
    /// Makes an image of a container.
    pub async fn commit(&self, request: CommitRequest) -> Result<Digest> {
        let engine = self.clone();
        unbroken(async move { engine.commit_container(request).await }).await
    }

    async fn commit_container(&self, request: CommitRequest) -> Result<Digest> {
        let container = self.container(&request.container)?;
        // Before anything is frozen.
        let execution = if request.files_only {
            self.image(container.image.hex())?.config.config.clone().unwrap_or_default()
        } else {
            execution_of(&container, request.execution, &request.changes)?
        };
        let live = self.live(&container.id);
        let _command = live.command.lock().await;
        let container = self.container(container.id.as_str())?;
        let base = self.image(container.image.hex())?;
        let freeze = request.pause && container.state.is_running() && !container.state.is_paused();
        if freeze {
            self.set_paused(&container, true).await?;
        }
        let created_by = container.argv().join(" ");
        let new = NewImage { execution, author: request.author, comment: request.comment, created_by };
        let (key, manifest) = (container.id.as_str().to_owned(), base.manifest.clone());
        let incoming = self.incoming().await;
        let made = self.with_images(move |images| images.commit(&key, &images.image(&manifest)?, new)).await;
        if freeze {
            let container = self.container(container.id.as_str())?;
            self.set_paused(&container, false).await?;
        }
        let made = made?;
        let id =
            self.add_image(made, Some(base.id.clone()), request.reference.into_iter().collect(), Vec::new()).await?;
        incoming.settled();
        self.tell_of("commit", &container, &[("comment", id.to_string())]);
        Ok(id)
    }

    /// What a container changed in its files.
    pub async fn changes(&self, name: &str) -> Result<Vec<Change>> {
        let container = self.container(name)?;
        let config = std::sync::Arc::clone(&self.image(container.image.hex())?.config);
        self.with_images(move |images| images.changes(container.id.as_str(), &config)).await
    }

    /// Bytes that a container wrote, and bytes of its whole file system with its image.
    pub async fn container_size(&self, container: &super::Container) -> Result<(u64, u64)> {
        let key = container.id.as_str().to_owned();
        let own = self.with_images(move |images| images.usage(&key)).await?;
        let image = self.snapshot().images.get(&container.image).map_or(0, |image| image.size);
        Ok((own, own + image))
    }

    /// The directory with what a container wrote.
    pub fn upper_of(&self, container: &super::Container) -> std::path::PathBuf {
        self.images().upper(container.id.as_str())
    }

    /// Writes a container's whole file system as an archive. The stream may be slow: it has a thread of its own.
    ///
    /// # Errors
    /// [`Error::NoSuchContainer`], and what opening its root gives.
    pub async fn export(
        &self,
        name: &str,
    ) -> Result<impl FnOnce(&mut dyn Write) -> std::io::Result<()> + Send + use<> + 'static> {
        let container = self.container(name)?;
        let config = std::sync::Arc::clone(&self.image(container.image.hex())?.config);
        let (key, running) = (container.id.as_str().to_owned(), container.state.pid());
        let root = match running {
            // A running container's overlay is in use: the kernel's own view of it, without what is mounted over it.
            Some(pid) => {
                let path = std::path::PathBuf::from(format!("/proc/{pid}/ns/mnt"));
                let opened = crate::blocking(move || sys::mount::clone_root_of(&path)).await;
                opened.context(|| format!("opening the root of container {}", container.id))?
            }
            None => self.with_images(move |images| images.view(&key, &config)).await?,
        };
        self.tell_of("export", &container, &[]);
        Ok(move |stream: &mut dyn Write| {
            ::image::archive::pack(&root, stream, ::image::archive::Whiteouts::Keep).map(drop)
        })
    }
}

/// What an image of a container says: what was asked, with the changes, over what the container was told (moby
/// `daemon/commit.go`, `merge`).
fn execution_of(
    container: &super::Container,
    asked: ::oci::image::Execution,
    changes: &str,
) -> Result<::oci::image::Execution> {
    let own = told(container);
    // Changes are applied to what was asked, and to the container's own if nothing was.
    let mut new = if asked == ::oci::image::Execution::default() { own.clone() } else { asked };
    change(changes, &mut new)?;
    merge::command((&mut new.entrypoint, &mut new.cmd), (&own.entrypoint, &own.cmd));
    merge::environment(&mut new.env, &own.env);
    for (port, empty) in own.exposed_ports {
        new.exposed_ports.entry(port).or_insert(empty);
    }
    for (path, empty) in own.volumes {
        new.volumes.entry(path).or_insert(empty);
    }
    for (label, value) in own.labels {
        new.labels.entry(label).or_insert(value);
    }
    for (field, own) in
        [(&mut new.user, own.user), (&mut new.working_dir, own.working_dir), (&mut new.stop_signal, own.stop_signal)]
    {
        if field.is_empty() {
            *field = own;
        }
    }
    new.shell = new.shell.or(own.shell);
    new.healthcheck = new.healthcheck.or(own.healthcheck);
    Ok(new)
}

/// Applies instructions of a Dockerfile.
pub(crate) fn change(changes: &str, execution: &mut ::oci::image::Execution) -> Result<()> {
    dockerfile::change(changes, execution).map_err(|error| Error::Invalid(error.to_string()))
}

/// What an image says, of what a container was told.
fn told(container: &super::Container) -> ::oci::image::Execution {
    let spec = &container.spec;
    let empty = ::oci::image::Empty {};
    ::oci::image::Execution {
        user: spec.program.user.clone(),
        exposed_ports: spec.exposed.iter().map(|port| (port.to_string(), empty)).collect(),
        env: spec.program.env.clone(),
        entrypoint: spec.program.entrypoint.clone(),
        cmd: spec.program.cmd.clone(),
        volumes: spec.declared_volumes.iter().map(|path| (path.display().to_string(), empty)).collect(),
        working_dir: spec.program.working_dir.clone(),
        labels: spec.labels.clone(),
        stop_signal: spec.program.stop_signal.clone(),
        shell: spec.shell.clone(),
        on_build: spec.on_build.clone(),
        healthcheck: spec.health_check.clone().map(Into::into),
        args_escaped: false,
    }
}
