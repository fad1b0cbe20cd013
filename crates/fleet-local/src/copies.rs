//! Copies: containers are made, started, stopped and removed as a wish says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use beanstalk::fleet::{Copy, Duty, Failure, Released, Wish};
use beanstalk::option::Process;
use beanstalk::{EnvironmentId, InstanceId};
use engine::Container;
use engine::container::create::CreateRequest;
use engine::container::remove::RemoveOptions;
use engine::container::spec::{
    EndpointConfig, HealthCheck, Host, Mount, MountSource, NetworkMode, Program, Resources, RestartPolicy, Security,
    Spec, Ulimit,
};
use engine::container::state::{HealthStatus, State};
use engine::container::stop::{StopOptions, WaitCondition};

use crate::coupled::Attached;
use crate::parcel::{Depends, From, Parcel, Serves, Service};
use crate::setup::Log;
use crate::{CopyId, Local, labels, limits, network};

fn id(copy: &Copy) -> CopyId {
    (copy.instance.clone(), copy.release)
}

pub(crate) fn parcel(released: &Released) -> Result<Arc<Parcel>, Failure> {
    released.prepared.parcel.read().map_err(|error| Failure::new("Reading the release", error.to_string()))
}

impl Local {
    /// Starts what is to run and does not; each copy by itself, so that none waits for another.
    pub(crate) async fn make(&self, wish: &Arc<Wish>) -> Result<(), Failure> {
        let there = self.containers(&wish.environment);
        for copy in wish.copies.iter().filter(|copy| copy.duty <= Duty::Idle) {
            let key = id(copy);
            let found = there.get(&key);
            let rests = found.is_some_and(|all| all.values().all(|container| stopped_by_us(container)));
            // A daemon that died had made them, and not started them yet.
            let unstarted = found.is_some_and(|all| all.values().any(|container| unstarted(container)));
            // Or it had, and hooks are left to run.
            let owes = match found {
                Some(containers) => self.owes_postdeploy(wish, &key, containers).await,
                None => false,
            };
            // What is on its way out is made anew as soon as it is gone.
            let leaves = self.known(&wish.environment, |known| known.leaving.contains(&key));
            if found.is_some() && !rests && !unstarted && !owes && !leaves {
                continue;
            }
            let first = self.known(&wish.environment, |known| {
                known.checks.remove(&key);
                known.failed.remove(&key);
                known.starting.insert(key.clone())
            });
            if !first {
                continue;
            }
            let (local, wish) = (self.clone(), Arc::clone(wish));
            tokio::spawn(async move {
                while local.known(&wish.environment, |known| known.leaving.contains(&key)) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                let started = local.start(&wish, &key).await;
                let journal = local.journal_of(&wish.environment, &key.0);
                match &started {
                    Ok(()) => journal.info(Log::Engine, &format!("The deployment {} runs.", key.1)).await,
                    Err(failure) => journal.error(Log::Engine, &failure.to_string()).await,
                }
                local.known(&wish.environment, |known| {
                    known.starting.remove(&key);
                    if let Err(failure) = started {
                        known.failed.insert(key, failure);
                    }
                    known.happened.notify_one();
                });
                // It may have been let go meanwhile, when there was nothing yet that could have been stopped.
                let now = local.with(|all| all.get(&wish.environment).and_then(|known| known.wish.clone()));
                if let Some(now) = now.filter(|now| !Arc::ptr_eq(now, &wish))
                    && let Err(failure) = local.dismiss(&now).await
                {
                    tracing::warn!(environment = %now.environment, %failure, "a copy that was let go is still there");
                }
            });
        }
        Ok(())
    }

    /// Stops what is to rest, and removes what is not wished any more.
    pub(crate) async fn dismiss(&self, wish: &Arc<Wish>) -> Result<(), Failure> {
        let there = self.containers(&wish.environment);
        let mut stopping = Vec::new();
        for (key, containers) in there {
            let duty = wish.copies.iter().find(|copy| id(copy) == key).map(|copy| copy.duty);
            match duty {
                Some(Duty::Serve | Duty::Idle) => {}
                Some(Duty::Rest | Duty::Keep) => {
                    let running = containers.into_values().filter(|container| container.state.is_running());
                    stopping.extend(running.map(|container| container.id.to_string()));
                }
                None => {
                    if !self.known(&wish.environment, |known| known.leaving.insert(key.clone())) {
                        continue;
                    }
                    let (local, environment) = (self.clone(), wish.environment.clone());
                    // Nobody waits for a copy that has nothing more to do.
                    tokio::spawn(async move {
                        local.remove_copy(&environment, &key, containers, None).await;
                        // Nothing may be known of the environment any more.
                        local.with(|all| all.get_mut(&environment).map(|known| known.leaving.remove(&key)));
                    });
                }
            }
        }
        self.remove_left_networks(wish).await;
        let stop = |container: String| async move { self.engine().stop(&container, StopOptions::default()).await };
        for stopped in futures_util::future::join_all(stopping.into_iter().map(stop)).await {
            match stopped {
                Ok(()) | Err(engine::Error::NotModified | engine::Error::NoSuchContainer(_)) => {}
                Err(error) => return Err(Failure::new("Stopping a container", error.to_string())),
            }
        }
        Ok(())
    }

    /// Removes the containers of a copy and its network. `patience` is how long they may take; their own time if not
    /// given.
    async fn remove_copy(
        &self,
        environment: &EnvironmentId,
        copy: &CopyId,
        containers: BTreeMap<String, Arc<Container>>,
        patience: Option<Duration>,
    ) {
        let remove = |container: Arc<Container>| async move {
            let name = container.id.to_string();
            match patience {
                None => {
                    let _ = self.engine().stop(&name, StopOptions::default()).await;
                }
                Some(patience) => {
                    if let Ok(waiter) = self.engine().wait(&name, WaitCondition::NotRunning)
                        && self.engine().kill(&name, "SIGTERM").await.is_ok()
                    {
                        let _ = tokio::time::timeout(patience, waiter.wait()).await;
                    }
                }
            }
            self.bring_rest(environment, &name).await;
            let options = RemoveOptions { force: true, volumes: true };
            match self.engine().remove(&name, options).await {
                Ok(()) | Err(engine::Error::NoSuchContainer(_)) => {}
                Err(error) => tracing::warn!(container = %name, %error, "a container of an environment stays"),
            }
        };
        futures_util::future::join_all(containers.into_values().map(remove)).await;
        self.with(|all| {
            let Some(known) = all.get_mut(environment) else { return };
            known.checks.remove(copy);
            known.failed.remove(copy);
            known.happened.notify_one();
        });
        if let Err(failure) = self.remove_networks(environment, Some(copy)).await {
            tracing::debug!(%failure, "a network of a copy stays for now");
        }
    }

    /// Leaves nothing of an environment.
    pub(crate) async fn remove_all(&self, environment: EnvironmentId) -> Result<(), Failure> {
        self.known(&environment, |known| {
            known.worker.take().inspect(|worker| worker.look());
            known.wish = None;
        });
        self.route().await?;
        // A copy that is being started is there soon, and must not be forgotten.
        while self.known(&environment, |known| !known.starting.is_empty()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let there = self.containers(&environment);
        let removing = there.into_iter().map(|(copy, containers)| {
            let environment = &environment;
            async move { self.remove_copy(environment, &copy, containers, Some(limits::FAREWELL)).await }
        });
        futures_util::future::join_all(removing).await;
        self.remove_tasks(&environment).await;
        self.flush_access_log(&environment).await;
        self.remove_temporaries(self.temporaries(Some(&environment))).await;
        if let Some(left) = self.containers(&environment).into_values().flatten().next() {
            return Err(Failure::new("Removing the containers", format!("{} is still there", left.1.name)));
        }
        self.unfollow(&environment).await;
        self.remove_queues(&environment).await?;
        self.remove_database(&environment).await?;
        self.remove_networks(&environment, None).await?;
        self.remove_volumes(&environment).await?;
        self.remove_images(&environment, |_| true).await;
        let source = self.0.config.root.join(environment.as_str());
        match tokio::fs::remove_dir_all(&source).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::new("Removing the source", format!("{}: {error}", source.display())));
            }
            _ => {}
        }
        self.with(|all| all.remove(&environment)).inspect(|known| known.happened.notify_one());
        Ok(())
    }

    /// Removes the volumes of instances that are neither wished nor there.
    pub(crate) async fn forget_volumes(&self, wish: &Wish) {
        let there = self.containers(&wish.environment);
        let prefix = volume_prefix(&wish.environment);
        let is_nobodys = |name: &&String| {
            let instance = name.strip_prefix(&prefix).and_then(|rest| {
                let (end, _) = rest.match_indices('-').nth(1)?;
                rest.get(..end)?.parse::<InstanceId>().ok()
            });
            instance.is_some_and(|instance| {
                let wished = wish.copies.iter().any(|copy| copy.instance == instance);
                !wished && !there.keys().any(|(of, _)| *of == instance)
            })
        };
        let names: Vec<String> = self.engine().snapshot().volumes.keys().filter(is_nobodys).cloned().collect();
        for name in names {
            if let Err(error) = self.engine().remove_volume(&name, true).await {
                tracing::debug!(%name, %error, "a volume of an environment stays for now");
            }
        }
    }

    async fn remove_volumes(&self, environment: &EnvironmentId) -> Result<(), Failure> {
        let prefix = volume_prefix(environment);
        let names: Vec<String> =
            self.engine().snapshot().volumes.keys().filter(|name| name.starts_with(&prefix)).cloned().collect();
        for name in names {
            self.engine()
                .remove_volume(&name, true)
                .await
                .map_err(|error| Failure::new("Removing a volume", error.to_string()))?;
        }
        Ok(())
    }

    /// Starts the containers of a copy in their order.
    async fn start(&self, wish: &Wish, copy: &CopyId) -> Result<(), Failure> {
        let Some(released) = wish.releases.get(&copy.1) else {
            return Err(Failure::new("Starting the instance", format!("the deployment {} is not known", copy.1)));
        };
        let parcel = parcel(released)?;
        let network = self.network(&wish.environment, copy, &parcel).await?;
        let database = self.attached_of(&wish.environment, released)?;
        for service in &parcel.services {
            for (other, condition) in &service.depends_on {
                self.await_service(wish, copy, other, *condition).await?;
            }
            let step = format!("Starting {}", service.name);
            let failed = |error: engine::Error| Failure::new(step.clone(), error.to_string());
            let name = container_name(wish, copy, service, parcel.services.len());
            let there = self.containers(&wish.environment).remove(copy).and_then(|mut all| all.remove(&service.name));
            // One that a daemon had made that died before it was whole is made anew.
            let there = match there {
                Some(half) if unstarted(&half) => {
                    let options = RemoveOptions { force: true, volumes: true };
                    let _ = self.engine().remove(half.id.as_str(), options).await;
                    None
                }
                there => there,
            };
            let container = match there {
                Some(container) => container.id.to_string(),
                None => {
                    let spec = spec(wish, copy, released, &parcel, service, &network, database.as_ref());
                    let request =
                        CreateRequest { name: Some(name), image: service.image.clone(), platform: None, spec };
                    let made = self.engine().create(request).await.map_err(failed)?.id.to_string();
                    self.follow(&wish.environment).await;
                    made
                }
            };
            match self.engine().start(&container).await {
                Ok(()) | Err(engine::Error::NotModified) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        match &parcel.set_up {
            Some(set_up) => self.postdeploy(wish, copy, set_up).await,
            None => Ok(()),
        }
    }

    /// Waits until another service of a copy is as it has to be.
    async fn await_service(&self, wish: &Wish, copy: &CopyId, other: &str, condition: Depends) -> Result<(), Failure> {
        let fine = |container: &Container| match condition {
            Depends::Started => true,
            Depends::Completed => container.state.exit().is_some_and(|exit| exit.code == 0),
            Depends::Healthy => container.health.as_ref().is_some_and(|health| health.status == HealthStatus::Healthy),
        };
        let waiting = async {
            loop {
                let found = self.containers(&wish.environment).remove(copy).and_then(|mut all| all.remove(other));
                match found {
                    Some(container) if fine(&container) => return Ok(()),
                    Some(container) if condition == Depends::Completed && container.state.exit().is_some() => {
                        return Err(self.ended(&container, other).await);
                    }
                    _ => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        };
        let late = || {
            let seconds = limits::DEPENDENCY.as_secs();
            Failure::new(format!("Waiting for {other}"), format!("it is not as others need it after {seconds} seconds"))
        };
        tokio::time::timeout(limits::DEPENDENCY, waiting).await.unwrap_or_else(|_| Err(late()))
    }

    /// What a container that has ended by itself shows.
    pub(crate) async fn ended(&self, container: &Container, service: &str) -> Failure {
        let output = self.last_lines(container).await;
        let cause = match container.state.exit() {
            Some(exit) if exit.oom => "the container was killed because its memory was used up".to_owned(),
            Some(exit) if exit.error.is_empty() => format!("the container ended with code {}", exit.code),
            Some(exit) => format!("the container ended with code {}: {}", exit.code, exit.error),
            None => match &container.state {
                State::Created { failure: Some(failure) } => format!("the container could not be started: {failure:?}"),
                _ => "the container does not run".to_owned(),
            },
        };
        Failure { step: format!("Running {service}"), cause, output }
    }
}

/// It was stopped because it was to rest, and has not failed.
fn stopped_by_us(container: &Container) -> bool {
    matches!(&container.state, State::Exited(exit) if exit.requested)
}

/// It was made, and nobody has tried to start it.
fn unstarted(container: &Container) -> bool {
    matches!(&container.state, State::Created { failure: None })
}

fn container_name(wish: &Wish, copy: &CopyId, service: &Service, services: usize) -> String {
    let base = format!("{}-{}-{}", wish.name, copy.0, copy.1);
    if services > 1 { format!("{base}-{}", service.name) } else { base }
}

fn volume_prefix(environment: &EnvironmentId) -> String {
    format!("beanstalk-{}-", environment.suffix())
}

/// What a container of a copy is.
pub(crate) fn spec(
    wish: &Wish,
    copy: &CopyId,
    released: &Released,
    parcel: &Parcel,
    service: &Service,
    network: &str,
    database: Option<&Attached>,
) -> Spec {
    let mut variables = BTreeMap::new();
    if service.properties {
        variables.extend(released.configuration.properties.clone());
        variables.extend(database.iter().flat_map(|database| database.variables.clone()));
    }
    variables.extend(service.environment.clone());
    let mut labels = service.labels.clone();
    labels.extend([
        (labels::ENVIRONMENT.to_owned(), wish.environment.to_string()),
        (labels::NAME.to_owned(), wish.name.to_string()),
        (labels::INSTANCE.to_owned(), copy.0.to_string()),
        (labels::RELEASE.to_owned(), copy.1.to_string()),
        (labels::SERVICE.to_owned(), service.name.clone()),
    ]);
    let mut aliases = service.aliases.clone();
    if parcel.services.len() > 1 {
        aliases.push(service.name.clone());
    }
    // The way out is by the environment's own network, whatever others there are.
    let endpoint = EndpointConfig { aliases, gateway_priority: 1, ..EndpointConfig::default() };
    let mut endpoints = BTreeMap::from([(network.to_owned(), endpoint)]);
    endpoints.extend(database.map(|database| (database.network.clone(), EndpointConfig::default())));
    let limit = released.configuration.instance.limits;
    let memory = service.memory.or(limit.map(|limit| limit.memory));
    let nano_cpus = service.nano_cpus.or(limit.map(|limit| u64::from(limit.cpu_millis) * 1_000_000));
    let signed = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok()).unwrap_or(0);
    let source = parcel.source.as_deref();
    Spec {
        program: Program {
            entrypoint: service.entrypoint.clone(),
            cmd: service.command.clone(),
            env: variables.into_iter().map(|(name, value)| format!("{name}={value}")).collect(),
            working_dir: service.working_dir.clone(),
            user: service.user.clone(),
            stop_signal: service.stop_signal.clone(),
            stop_timeout: service.stop_grace.and_then(|grace| i64::try_from(grace.as_secs()).ok()),
            ..Program::default()
        },
        hostname: service.hostname.clone(),
        labels,
        health_check: service.probe.as_ref().map(|probe| HealthCheck {
            test: probe.test.clone(),
            interval: probe.interval,
            timeout: probe.timeout,
            start_period: probe.start_period,
            start_interval: probe.start_interval,
            retries: probe.retries,
        }),
        host: Host {
            mounts: service.mounts.iter().map(|m| mount(wish, copy, source, m)).collect(),
            network: if service.isolated { NetworkMode::None } else { NetworkMode::Named(network.to_owned()) },
            endpoints: if service.isolated { BTreeMap::new() } else { endpoints },
            restart: if service.restarts { RestartPolicy::UnlessStopped } else { RestartPolicy::No },
            cap_add: service.cap_add.clone(),
            cap_drop: service.cap_drop.clone(),
            security: Security { no_new_privileges: service.no_new_privileges, ..Security::default() },
            extra_hosts: service.hosts.iter().map(|(name, address)| format!("{name}:{address}")).collect(),
            readonly_rootfs: service.read_only,
            init: service.init,
            resources: Resources {
                memory: signed(memory),
                memory_reservation: signed(service.memory_reservation),
                nano_cpus: signed(nano_cpus.map(clamped)),
                cpu_shares: signed(service.cpu_shares),
                pids_limit: service.pids.and_then(|most| i64::try_from(most).ok()),
                ulimits: service
                    .ulimits
                    .iter()
                    .map(|(name, (soft, hard))| Ulimit { name: name.clone(), soft: *soft, hard: *hard })
                    .collect(),
                ..Resources::default()
            },
            ..Host::default()
        },
        ..Spec::default()
    }
}

/// A host with fewer processors than an instance has gives all that it has: the engine refuses more.
pub(crate) fn clamped(nano_cpus: u64) -> u64 {
    let there = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    nano_cpus.min(u64::try_from(there).unwrap_or(1) * 1_000_000_000)
}

/// What the volumes of an instance are called whose files are logs, before the name of each.
pub(crate) fn logs_prefix(environment: &EnvironmentId, instance: &InstanceId) -> String {
    format!("{}{instance}-logs-", volume_prefix(environment))
}

fn mount(wish: &Wish, copy: &CopyId, source: Option<&Path>, mount: &crate::parcel::Mount) -> Mount {
    let named = |name: String| MountSource::Volume {
        name: Some(name),
        no_copy: false,
        labels: [(labels::ENVIRONMENT.to_owned(), wish.environment.to_string())].into(),
        options: BTreeMap::new(),
        anonymous: false,
        subpath: String::new(),
    };
    let from = match &mount.from {
        From::Volume(name) => named(format!("{}{}-{name}", volume_prefix(&wish.environment), copy.0)),
        From::Logs(name) => named(format!("{}{name}", logs_prefix(&wish.environment, &copy.0))),
        From::Anonymous => MountSource::Volume {
            name: None,
            no_copy: false,
            labels: BTreeMap::new(),
            options: BTreeMap::new(),
            anonymous: true,
            subpath: String::new(),
        },
        From::Source(path) => MountSource::Bind {
            path: source.unwrap_or(Path::new("/nonexistent")).to_owned(),
            propagation: String::new(),
            non_recursive: false,
            create: false,
            // What mounts the directory above may have made a link of it meanwhile.
            part: path.into(),
        },
        From::Release(path) => {
            let (propagation, part) = (String::new(), PathBuf::new());
            MountSource::Bind { path: path.clone(), propagation, non_recursive: false, create: false, part }
        }
        From::Memory { size, mode } => MountSource::Tmpfs { size: *size, mode: *mode, options: Vec::new() },
    };
    Mount { target: mount.target.clone().into(), readonly: mount.read_only, source: from, strict: true }
}

/// The container that answers requests, with its address.
pub(crate) fn serving(parcel: &Parcel, containers: &BTreeMap<String, Arc<Container>>) -> Option<std::net::SocketAddr> {
    address(parcel.serves.as_ref()?, containers)
}

/// Where the containers of a copy answer for a process.
pub(crate) fn answering(
    parcel: &Parcel,
    containers: &BTreeMap<String, Arc<Container>>,
    process: &Process,
    main: u16,
) -> Option<std::net::SocketAddr> {
    let serves = parcel.serving(process.port, main)?;
    address(&serves, containers)
}

fn address(serves: &Serves, containers: &BTreeMap<String, Arc<Container>>) -> Option<std::net::SocketAddr> {
    let container = containers.get(&serves.service).filter(|container| container.state.is_running())?;
    network::any_address(container).map(|address| (address, serves.port).into())
}

/// What a release was prepared into.
pub(crate) fn parcel_of(wish: &Wish, copy: &CopyId) -> Option<Arc<Parcel>> {
    parcel(wish.releases.get(&copy.1)?).ok()
}
