//! Databases on this machine: an instance is a container of its engine's image, on a volume and in a network of its own.
//!
//! ```text
//!   volume rds-ID ── container NAME-ID ── network rds-ID ── the containers of its environment
//!        │ cp
//!        ▼
//!   volume rds-snapshot-ID
//! ```
//! Its address is fixed in its network, which lasts as long as the instance: it is the same after every restart, for the
//! host and for the environment's containers alike. A snapshot is a copy of the volume, taken by a container of the same
//! image while the engine's processes are frozen: files as a machine that lost its power would have them, from which every
//! engine recovers.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::container::create::CreateRequest;
use engine::container::exec::ExecConfig;
use engine::container::logs::LogOptions;
use engine::container::remove::RemoveOptions;
use engine::container::spec::{
    EndpointConfig, Host as HostSpec, Mount, MountSource, NetworkMode, Program, Resources, RestartPolicy, Spec,
};
use engine::container::state::State;
use engine::container::stop::{StopOptions, WaitCondition};
use engine::{Container, Engine};
use ipnet::{IpNet, Ipv4Net};
use oci::Reference;
use rds::engine::{Images, PASSWORD_FILE, change_password, recipe};
use rds::host::{Doing, Failure, Host};
use rds::{Instance, ResourceId, Snapshot};
use tokio::sync::mpsc;
use tokio::time::Instant;
use words::Secret;

use crate::{labels, limits, network, probe};

/// The network of an instance.
pub(crate) fn network_name(id: &ResourceId) -> String {
    format!("rds-{}", id.as_str())
}

fn volume_name(id: &ResourceId) -> String {
    format!("rds-{}", id.as_str())
}

fn snapshot_volume(id: &ResourceId) -> String {
    format!("rds-snapshot-{}", id.as_str())
}

fn container_name(instance: &Instance) -> String {
    format!("{}-{}", instance.name, instance.id.as_str().get(..6).unwrap_or_default())
}

type Result<T> = std::result::Result<T, Failure>;

fn failed<E: std::fmt::Display>(step: &'static str) -> impl Fn(E) -> Failure {
    move |error| Failure(format!("{step} failed: {error}"))
}

/// Runs databases with the engine. Clones share it.
#[derive(Clone)]
pub struct Databases {
    engine: Engine,
    images: Images,
    /// The directory of the files that passwords are given by.
    secrets: PathBuf,
}

impl Databases {
    /// Runs them with this engine, from images of these names, and gives them their passwords by files in this
    /// directory, which is made.
    pub fn new(engine: Engine, images: Images, secrets: PathBuf) -> Self {
        Self { engine, images, secrets }
    }

    fn secret(&self, instance: &Instance) -> PathBuf {
        self.secrets.join(instance.id.as_str())
    }

    /// Puts the password that the server has, or is to have when it is made, where its container finds it. The images
    /// look for it at every start.
    async fn write_secret(&self, instance: &Instance) -> Result<()> {
        let (folder, path) = (self.secrets.clone(), self.secret(instance));
        let password = instance.server_password().clone();
        let written = crate::blocking(move || put_secret(&folder, &path, password.reveal())).await;
        written.map_err(failed("Writing the database's password"))
    }

    /// The container of an instance.
    fn container(&self, instance: &Instance) -> Option<Arc<Container>> {
        let state = self.engine.snapshot();
        let is = |container: &&Arc<Container>| {
            container.spec.labels.get(labels::DATABASE).map(String::as_str) == Some(instance.id.as_str())
        };
        state.containers.values().find(is).cloned()
    }

    /// The image of an instance, fetched where it is not here.
    async fn image(&self, instance: &Instance) -> Result<String> {
        let name = self.images.of(instance.engine, &instance.version);
        if self.engine.image(&name).is_ok() {
            return Ok(name);
        }
        let reference: Reference = name.parse().map_err(failed("Naming the image of the database"))?;
        let (told, mut progress) = mpsc::channel(16);
        let silent = async { while progress.recv().await.is_some() {} };
        let (pulled, ()) = tokio::join!(self.engine.pull(reference, None, None, told), silent);
        pulled.map_err(|error| Failure(format!("Pulling {name} failed: {error}")))?;
        Ok(name)
    }

    /// The network of an instance, with the instance's address in it.
    async fn network(&self, instance: &Instance) -> Result<Ipv4Addr> {
        let name = network_name(&instance.id);
        if self.engine.snapshot().network(&name).is_err() {
            let labels = BTreeMap::from([(labels::DATABASE.to_owned(), instance.id.as_str().to_owned())]);
            // Others get addresses of the upper half, so that nobody has this one's while it does not run.
            let upper = |net: Ipv4Net| net.subnets(net.prefix_len() + 1).ok()?.last();
            network::make(&self.engine, &name, network::SHARED, labels, upper)
                .await
                .map_err(|f| Failure(f.to_string()))?;
        }
        let there = self.engine.snapshot().network(&name).map_err(failed("Finding the database's network"))?;
        let subnet = there.pools.iter().find_map(|pool| match pool.subnet {
            IpNet::V4(net) => Some(net),
            IpNet::V6(_) => None,
        });
        // The first one is the bridge's.
        let address = subnet.and_then(|net| net.hosts().nth(1));
        address.ok_or_else(|| Failure(format!("the network {name} has no room for the database")))
    }

    async fn made(&self, instance: &Instance, address: Ipv4Addr) -> Result<String> {
        let image = self.image(instance).await?;
        let request = CreateRequest {
            name: Some(container_name(instance)),
            image,
            platform: None,
            spec: spec(instance, address, self.secret(instance)),
        };
        let made = self.engine.create(request).await.map_err(failed("Making the database's container"))?;
        Ok(made.id.to_string())
    }

    async fn make_run(&self, instance: &Instance) -> Result<Ipv4Addr> {
        let address = self.network(instance).await?;
        self.write_secret(instance).await?;
        let there = self.container(instance);
        let runs = there.as_ref().is_some_and(|container| container.state.is_running());
        let there = if instance.address.is_none() && !runs { self.begin_anew(instance, there).await? } else { there };
        let id = match there {
            Some(container) if is_as_wanted(&container, instance) => {
                if container.state.is_paused() {
                    // A daemon that made a snapshot has died.
                    self.thaw(&container).await?;
                }
                container.id.to_string()
            }
            Some(other) => {
                self.stop_container(&other).await?;
                self.remove_container(other.id.as_str()).await?;
                self.made(instance, address).await?
            }
            None => self.made(instance, address).await?,
        };
        match self.engine.start(&id).await {
            Ok(()) | Err(engine::Error::NotModified) => {}
            Err(error) => return Err(Failure(format!("Starting the database failed: {error}"))),
        }
        self.await_answer(instance, SocketAddr::from((address, instance.port))).await?;
        Ok(address)
    }

    /// What has never answered and does not run may have laid out half of what it needs: nothing of that is kept, but
    /// the files of a snapshot.
    async fn begin_anew(&self, instance: &Instance, there: Option<Arc<Container>>) -> Result<Option<Arc<Container>>> {
        if let Some(broken) = there {
            self.remove_container(broken.id.as_str()).await?;
        }
        if instance.made_from.is_none() {
            let volume = volume_name(&instance.id);
            self.engine.remove_volume(&volume, true).await.map_err(failed("Removing the database's volume"))?;
        }
        Ok(None)
    }

    async fn await_answer(&self, instance: &Instance, address: SocketAddr) -> Result<()> {
        let deadline = Instant::now() + limits::DATABASE_READY;
        loop {
            let asked = tokio::time::timeout(limits::DATABASE_ANSWER, probe::answers(instance, address)).await;
            if let Ok(Ok(true)) = asked {
                return Ok(());
            }
            let container =
                self.container(instance).ok_or_else(|| Failure("the database's container is gone".into()))?;
            let ends = match &container.state {
                State::Exited(_) => true,
                State::Restarting { attempt, .. } => *attempt >= limits::DATABASE_STARTS,
                State::Created { .. } | State::Starting { .. } | State::Running { .. } => false,
            };
            if ends || Instant::now() >= deadline {
                let why = self.ended(instance, &container).await;
                // It is not to start for ever; what it wrote stays to be looked at.
                let _ = self.stop_container(&container).await;
                return Err(why);
            }
            tokio::time::sleep(limits::DATABASE_ASKED).await;
        }
    }

    /// What a database that does not answer shows.
    async fn ended(&self, instance: &Instance, container: &Container) -> Failure {
        let cause = match container.state.exit() {
            Some(exit) if exit.oom => "the database was killed because its memory was used up".to_owned(),
            Some(exit) if exit.error.is_empty() => format!("the database ended with code {}", exit.code),
            Some(exit) => format!("the database ended with code {}: {}", exit.code, exit.error),
            None => format!("the database does not answer within {} seconds", limits::DATABASE_READY.as_secs()),
        };
        let tail = u64::try_from(limits::LINES).ok();
        let options = LogOptions { stdout: true, stderr: true, tail, ..LogOptions::default() };
        let mut text = cause;
        if let Ok(mut logs) = self.engine.logs(container.id.as_str(), options).await {
            text.push_str("\nLast lines of output:");
            while let Some(Ok(entry)) = logs.entries.recv().await {
                let line: String = entry.log.trim_end().chars().take(limits::LINE).collect();
                text.push_str(&format!("\n{line}"));
            }
        }
        Failure(without_passwords(instance, text))
    }

    async fn thaw(&self, container: &Container) -> Result<()> {
        match self.engine.unpause(container.id.as_str()).await {
            Ok(()) | Err(engine::Error::Conflict(_)) => Ok(()),
            Err(error) => Err(Failure(format!("Thawing the database failed: {error}"))),
        }
    }

    async fn stop_container(&self, container: &Container) -> Result<()> {
        if container.state.is_paused() {
            self.thaw(container).await?;
        }
        let options = StopOptions { timeout: Some(limits::DATABASE_STOP), ..StopOptions::default() };
        match self.engine.stop(container.id.as_str(), options).await {
            Ok(()) | Err(engine::Error::NotModified | engine::Error::NoSuchContainer(_)) => Ok(()),
            Err(error) => Err(Failure(format!("Stopping the database failed: {error}"))),
        }
    }

    async fn remove_container(&self, id: &str) -> Result<()> {
        match self.engine.remove(id, RemoveOptions { force: true, volumes: true }).await {
            Ok(()) | Err(engine::Error::NoSuchContainer(_)) => Ok(()),
            Err(error) => Err(Failure(format!("Removing a container failed: {error}"))),
        }
    }

    /// Runs a statement of ours in the container; whether it was taken.
    async fn change(
        &self,
        container: &Container,
        instance: &Instance,
        known: &Secret,
    ) -> Result<std::result::Result<(), String>> {
        let command = change_password(instance, known);
        let config = ExecConfig {
            cmd: command.arguments,
            env: command.variables.iter().map(|(name, value)| format!("{name}={}", value.reveal())).collect(),
            ..ExecConfig::default()
        };
        let mut output = Vec::new();
        let run = self.engine.run_exec(container.id.as_str(), config, |bytes| {
            let room = limits::LINE.saturating_sub(output.len());
            output.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        });
        let late = || Failure("Changing the password failed: the database takes too long".into());
        let code = tokio::time::timeout(limits::STATEMENT, run).await.map_err(|_| late())?;
        let code = code.map_err(failed("Changing the password"))?;
        let said = String::from_utf8_lossy(&output).trim().to_owned();
        Ok(if code == 0 { Ok(()) } else { Err(without_passwords(instance, said)) })
    }

    /// Copies one volume into another, which is made anew.
    async fn copy(
        &self,
        instance: &Instance,
        from: String,
        to: String,
        labels: BTreeMap<String, String>,
    ) -> Result<()> {
        let step = "Copying the database's files";
        self.remove_copiers(&to).await?;
        self.engine.remove_volume(&to, true).await.map_err(failed(step))?;
        let image = self.image(instance).await?;
        let volume = |name: &str, labels: BTreeMap<String, String>| MountSource::Volume {
            name: Some(name.to_owned()),
            no_copy: true,
            labels,
            options: BTreeMap::new(),
            anonymous: false,
            subpath: String::new(),
        };
        let mount = |target: &str, source: MountSource, readonly| Mount {
            target: target.into(),
            readonly,
            source,
            strict: true,
        };
        let spec = Spec {
            program: Program {
                entrypoint: Some(["cp", "-a", "/from/.", "/to/"].map(str::to_owned).to_vec()),
                cmd: Some(Vec::new()),
                working_dir: "/".into(),
                user: "0:0".into(),
                ..Program::default()
            },
            labels: [(labels::FILLS.to_owned(), to.clone())].into(),
            health_check: Some(crate::setup::never()),
            host: HostSpec {
                mounts: vec![
                    mount("/from", volume(&from, BTreeMap::new()), true),
                    mount("/to", volume(&to, labels), false),
                ],
                network: NetworkMode::None,
                ..HostSpec::default()
            },
            ..Spec::default()
        };
        let request = CreateRequest { name: None, image, platform: None, spec };
        let id = self.engine.create(request).await.map_err(failed(step))?.id.to_string();
        let copied = async {
            let waiter = self.engine.wait(&id, WaitCondition::NextExit).map_err(failed(step))?;
            self.engine.start(&id).await.map_err(failed(step))?;
            match waiter.wait().await {
                0 => Ok(()),
                code => Err(Failure(format!("{step} failed: cp ended with code {code}"))),
            }
        };
        let copied = copied.await;
        self.remove_container(&id).await?;
        copied
    }

    /// Removes the containers that fill a volume, which a daemon that died has left.
    async fn remove_copiers(&self, volume: &str) -> Result<()> {
        let state = self.engine.snapshot();
        let fills =
            |container: &&Arc<Container>| container.spec.labels.get(labels::FILLS).map(String::as_str) == Some(volume);
        for container in state.containers.values().filter(fills) {
            self.remove_container(container.id.as_str()).await?;
        }
        Ok(())
    }

    /// Copies the files of an instance as they are at one moment.
    async fn make_snapshot(&self, instance: &Instance, snapshot: &Snapshot) -> Result<()> {
        let container = self.container(instance);
        let running = container.filter(|container| container.state.is_running());
        if let Some(container) = running.as_ref().filter(|container| !container.state.is_paused()) {
            self.engine.pause(container.id.as_str()).await.map_err(failed("Freezing the database"))?;
        }
        let labels = BTreeMap::from([(labels::SNAPSHOT.to_owned(), snapshot.id.as_str().to_owned())]);
        let copied = self.copy(instance, volume_name(&instance.id), snapshot_volume(&snapshot.id), labels).await;
        if let Some(container) = running {
            self.thaw(&container).await?;
        }
        copied
    }

    async fn remove_all(&self, instance: &Instance) -> Result<()> {
        let volume = volume_name(&instance.id);
        self.remove_copiers(&volume).await?;
        if let Some(container) = self.container(instance) {
            if container.state.is_paused() {
                self.thaw(&container).await?;
            }
            // Nobody needs what it would write now.
            self.remove_container(container.id.as_str()).await?;
        }
        self.engine.remove_volume(&volume, true).await.map_err(failed("Removing the database's volume"))?;
        let name = network_name(&instance.id);
        if self.engine.snapshot().network(&name).is_ok() {
            self.engine.remove_network(&name).await.map_err(failed("Removing the database's network"))?;
        }
        match tokio::fs::remove_file(self.secret(instance)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure(format!("Removing the database's password failed: {error}")))
            }
            _ => Ok(()),
        }
    }
}

impl Host for Databases {
    fn fill(&self, instance: Arc<Instance>, snapshot: Arc<Snapshot>) -> Doing<'_, ()> {
        Box::pin(async move {
            let (from, to) = (snapshot_volume(&snapshot.id), volume_name(&instance.id));
            self.copy(&instance, from, to, of_instance(&instance)).await
        })
    }

    fn run(&self, instance: Arc<Instance>) -> Doing<'_, Ipv4Addr> {
        Box::pin(async move { self.make_run(&instance).await })
    }

    fn set_password(&self, instance: Arc<Instance>, known: Secret) -> Doing<'_, ()> {
        Box::pin(async move {
            let gone = || Failure("the database's container is gone".into());
            let container = self.container(&instance).ok_or_else(gone)?;
            if self.change(&container, &instance, &known).await?.is_ok() {
                return Ok(());
            }
            // It may have been changed by a daemon that died before it said so.
            let again = self.change(&container, &instance, &instance.password).await?;
            again.map_err(|said| Failure(format!("Changing the password failed: {said}")))
        })
    }

    fn stop(&self, instance: Arc<Instance>) -> Doing<'_, ()> {
        Box::pin(async move {
            match self.container(&instance) {
                Some(container) => self.stop_container(&container).await,
                None => Ok(()),
            }
        })
    }

    fn keep(&self, instance: Arc<Instance>, snapshot: Arc<Snapshot>) -> Doing<'_, ()> {
        Box::pin(async move { self.make_snapshot(&instance, &snapshot).await })
    }

    fn remove(&self, instance: Arc<Instance>) -> Doing<'_, ()> {
        Box::pin(async move { self.remove_all(&instance).await })
    }

    fn forget(&self, snapshot: Arc<Snapshot>) -> Doing<'_, ()> {
        Box::pin(async move {
            let volume = snapshot_volume(&snapshot.id);
            self.remove_copiers(&volume).await?;
            self.engine.remove_volume(&volume, true).await.map_err(failed("Removing the snapshot's volume"))
        })
    }
}

fn of_instance(instance: &Instance) -> BTreeMap<String, String> {
    BTreeMap::from([
        (labels::DATABASE.to_owned(), instance.id.as_str().to_owned()),
        (labels::DATABASE_NAME.to_owned(), instance.name.to_string()),
    ])
}

/// Writes a file that is read as it was or as it is to be. Nobody but root may look into its directory; in a container
/// it is seen by every user, since some images read it as the user that their server runs as.
fn put_secret(folder: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if std::fs::read(path).is_ok_and(|present| present == text.as_bytes()) {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    sys::file::replace_durably(path, text.as_bytes(), 0o444)
}

/// What a container of an instance is made by, beside what never changes. One of before passwords came by files has
/// another shape.
fn shape(instance: &Instance) -> String {
    format!("{} {PASSWORD_FILE}", instance.class.as_str())
}

fn is_as_wanted(container: &Container, instance: &Instance) -> bool {
    // One that a daemon had made that died before it was whole is made anew.
    let whole = !matches!(&container.state, State::Created { .. });
    whole && container.spec.labels.get(labels::SHAPE) == Some(&shape(instance))
}

fn without_passwords(instance: &Instance, mut text: String) -> String {
    for password in [Some(&instance.password), instance.former_password.as_ref()].into_iter().flatten() {
        text = text.replace(password.reveal(), "********");
    }
    text
}

/// What the container of an instance is.
fn spec(instance: &Instance, address: Ipv4Addr, secret: PathBuf) -> Spec {
    let recipe = recipe(instance);
    let network = network_name(&instance.id);
    let mut labels = of_instance(instance);
    labels.insert(labels::SHAPE.to_owned(), shape(instance));
    let volume = MountSource::Volume {
        name: Some(volume_name(&instance.id)),
        no_copy: false,
        labels: of_instance(instance),
        options: BTreeMap::new(),
        anonymous: false,
        subpath: String::new(),
    };
    let mount = |target: &str, readonly, source| Mount { target: target.into(), readonly, source, strict: true };
    let (propagation, part) = (String::new(), PathBuf::new());
    let password = MountSource::Bind { path: secret, propagation, non_recursive: false, create: false, part };
    let limits = instance.class.limits();
    let memory = limits.and_then(|limits| i64::try_from(limits.memory).ok()).unwrap_or(0);
    let nano_cpus = limits.map_or(0, |limits| crate::copies::clamped(u64::from(limits.cpu_millis) * 1_000_000));
    let endpoint =
        EndpointConfig { ipv4: Some(address), aliases: vec![instance.name.to_string()], ..EndpointConfig::default() };
    Spec {
        program: Program {
            cmd: (!recipe.arguments.is_empty()).then_some(recipe.arguments),
            env: recipe.variables.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            stop_timeout: Some(crate::limits::DATABASE_STOP),
            ..Program::default()
        },
        labels,
        host: HostSpec {
            mounts: vec![mount(recipe.data, false, volume), mount(PASSWORD_FILE, true, password)],
            network: NetworkMode::Named(network.clone()),
            endpoints: [(network, endpoint)].into(),
            restart: RestartPolicy::UnlessStopped,
            resources: Resources { memory, nano_cpus: i64::try_from(nano_cpus).unwrap_or(0), ..Resources::default() },
            ..HostSpec::default()
        },
        ..Spec::default()
    }
}
