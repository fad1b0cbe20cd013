//! What a bundle asks for beside its containers: `.ebextensions` and the hooks of `.platform`.
//!
//! On AWS they are done on the instance, around the container. Here an instance is its containers, so they are done in
//! a container of the release's image, as root, and what comes of it is the image that all instances start from:
//!
//! ```text
//!   image ─► set-up container: packages, groups, users, sources, files, commands   (a file of .ebextensions at a time)
//!                              prebuild hooks, container_commands, predeploy hooks ─► commit ─► the release's image
//!   instance ─► its containers start ─► postdeploy hooks in the one that serves
//! ```
//! The unpacked source is at `/var/app/staging`, writable; postdeploy hooks have it at `/var/app/current`, not writable,
//! since all instances share it; where the image has a directory of that name, at `/opt/elasticbeanstalk/source`.
//! All is done once a deployment, so `leader_only` is true for every command. The image is built before the commands,
//! and not after them: they are done in it. What hooks start ends with the set-up, but for postdeploy hooks.
//!
//! Of several containers (Compose, ECS) it is the one that serves whose image is set up, and in which postdeploy hooks
//! are run. Where none serves, what is asked for is said in warnings and not done.
//!
//! Where only the configuration changes, the image that the deployment has set up is the base of the new one, `.ebextensions`
//! are done in it again as on an instance of AWS's, and confighooks take the place of hooks. So what the hooks of the
//! deployment did to files is still there.
//!
//! The set-up container is found by its label: when the daemon dies meanwhile the next one removes it, and begins anew.

mod journal;
mod plan;
mod run;
mod script;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use beanstalk::EnvironmentId;
use beanstalk::event::{Severity, Told};
use beanstalk::fleet::{Failure, Order, Wish};
use bundle::Bundle;
use bundle::extensions::Content;
use engine::Container;
use engine::container::create::CreateRequest;
use engine::container::image::CommitRequest;
use engine::container::remove::RemoveOptions;
use engine::container::spec::{EndpointConfig, HealthCheck, Host, Mount, MountSource, Program, Resources, Spec};
use engine::container::stop::WaitCondition;
use oci::Reference;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::parcel::{self, From, Parcel};
use crate::{CopyId, Local, labels, limits};
pub(crate) use journal::Log;
use plan::{Plan, STAGING, Stages, Step};
use run::Place;

/// Where the source of what runs is.
pub(crate) const CURRENT: &str = "/var/app/current";
/// What AWS's platform has beside the application: scripts for hooks.
const PLATFORM: &str = "/opt/elasticbeanstalk";
/// The same source, where an image has [`CURRENT`] of its own.
const SOURCE: &str = "/opt/elasticbeanstalk/source";
/// Our program in that directory.
const HAND: &str = "/opt/elasticbeanstalk/lib/hand";

/// What has been set up for a release, as its parcel keeps it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SetUp {
    /// The service whose image it is.
    service: String,
    /// The image as the deployment of the version has set it up: changes of the configuration begin with it.
    deployed: Option<String>,
    /// Hooks to run in that service's containers when they have started, by their paths in them.
    postdeploy: Vec<String>,
    /// Where these start.
    directory: String,
}

impl SetUp {
    /// Whether something is to be done on each instance.
    pub(crate) fn has_postdeploy(&self) -> bool {
        !self.postdeploy.is_empty()
    }
}

fn failed<E: std::fmt::Display>(step: &'static str) -> impl Fn(E) -> Failure {
    move |error| Failure::new(step, error.to_string())
}

/// The name of an image that was set up. No service's has this form.
fn image_name(order: &Order, kind: &str) -> Result<Reference, Failure> {
    let text = format!("{}:{}-_{kind}", crate::prepare::repository(&order.environment), order.release);
    text.parse().map_err(failed("Naming the image"))
}

/// A set-up container, which does not outlive the set-up.
struct Temporary {
    local: Local,
    id: String,
}

impl Temporary {
    async fn remove(mut self) {
        let id = std::mem::take(&mut self.id);
        self.local.remove_temporary(&id).await;
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.id.is_empty() {
            let (local, id) = (self.local.clone(), std::mem::take(&mut self.id));
            tokio::spawn(async move { local.remove_temporary(&id).await });
        }
    }
}

impl Local {
    /// Does what a bundle asks for before an instance is there, and notes in the parcel what is left to do then.
    pub(crate) async fn set_up(
        &self,
        order: &Order,
        bundle: &Bundle,
        parcel: &mut Parcel,
        source: &Path,
        tell: &mpsc::Sender<Told>,
    ) -> Result<(), Failure> {
        let before = order.configures.as_ref().map(|prepared| parcel::set_up_of(prepared));
        let deployed = before.iter().flatten().find_map(|set_up| set_up.deployed.clone());
        let deployed = deployed.filter(|name| self.engine().image(name).is_ok());
        // Without the image that the deployment has set up, its hooks have to be run, too.
        let stages = Stages { hooks: deployed.is_none(), confighooks: order.configures.is_some() };
        let plan = plan::plan(bundle, stages);
        for unmet in &plan.unmet {
            let _ = tell.send(Told::warn(unmet.clone())).await;
        }
        if plan.is_empty() && deployed.is_none() {
            return Ok(());
        }
        let serving = parcel.serves.as_ref().map(|serves| serves.service.clone());
        let only = (parcel.services.len() == 1).then(|| parcel.services[0].name.clone());
        let Some(name) = serving.or(only) else {
            for what in plan.steps.iter().map(Step::title).chain(plan.postdeploy.iter().map(|hook| hook.path.clone())) {
                let _ = tell.send(Told::warn(format!("{what} is not honoured: no container of it serves"))).await;
            }
            return Ok(());
        };
        let Some(service) = parcel.services.iter_mut().find(|service| service.name == name) else { return Ok(()) };
        let mut done = SetUp { service: name, directory: CURRENT.into(), ..SetUp::default() };
        if let Some(deployed) = deployed {
            let name = image_name(order, "deployed")?;
            self.engine().tag(&deployed, name.clone()).await.map_err(failed("Naming the image"))?;
            service.image = name.familiar();
            done.deployed = Some(name.familiar());
        }
        let platform = platform_of(source);
        let set_up = self.in_container(order, &plan, &service.image, source, tell, &mut done);
        if let Some(image) = set_up.await? {
            if !stages.confighooks {
                done.deployed = Some(image.clone());
            }
            service.image = image;
        }
        if !plan.postdeploy.is_empty() {
            let mount = |from: &Path, target: &str| parcel::Mount {
                from: From::Release(from.to_owned()),
                target: target.to_owned(),
                read_only: true,
            };
            service.mounts.extend([mount(&platform, PLATFORM), mount(source, &done.directory)]);
        }
        parcel.set_up = Some(done);
        Ok(())
    }

    /// Does the steps in a container of the image, and gives the name of the image that came of it, if there were any.
    async fn in_container(
        &self,
        order: &Order,
        plan: &Plan,
        image: &str,
        source: &Path,
        tell: &mpsc::Sender<Told>,
        done: &mut SetUp,
    ) -> Result<Option<String>, Failure> {
        let patience = order.configuration.deployment.timeout;
        let deadline = Instant::now() + patience;
        let platform = platform_of(source);
        let journal = self.journal(&order.environment);
        journal.info(Log::Engine, &format!("Setting up deployment {} of {}", order.release, order.name)).await;
        let late = || {
            Failure::new(
                "Fetching what the bundle names",
                format!("it takes longer than {} seconds", patience.as_secs()),
            )
        };
        let parts = self.lay_out(order, plan, &platform);
        tokio::time::timeout_at(deadline, parts).await.unwrap_or_else(|_| Err(late()))?;
        let network = self.attached(&order.environment).ok().map(|database| database.network);
        let container = self.temporary(order, image, source, &platform, network).await?;
        let place = Place {
            local: self,
            container: container.id.clone(),
            properties: &order.configuration.properties,
            journal,
            deadline,
            patience,
            tell: Some(tell),
        };
        let did = self.in_place(order, plan, &place, &platform, done).await;
        let made = match did {
            Ok(()) if plan.steps.is_empty() => Ok(None),
            Ok(()) => {
                let kind = if order.configures.is_some() { "configured" } else { "deployed" };
                self.taken(order, &container.id, image_name(order, kind)?).await.map(Some)
            }
            Err(failure) => {
                place.journal.error(Log::Engine, &failure.to_string()).await;
                Err(failure)
            }
        };
        container.remove().await;
        let _ = tokio::fs::remove_dir_all(platform.join(PARTS)).await;
        made
    }

    async fn in_place(
        &self,
        order: &Order,
        plan: &Plan,
        place: &Place<'_>,
        platform: &Path,
        done: &mut SetUp,
    ) -> Result<(), Failure> {
        let steps = place.steps().await?;
        if place.has(CURRENT).await? {
            done.directory = SOURCE.into();
        }
        write_script(order, &done.directory, platform).await?;
        for (at, step) in plan.steps.iter().enumerate() {
            steps.perform(step, &format!("{PLATFORM}/{PARTS}/{at}")).await?;
        }
        for hook in &plan.postdeploy {
            if !hook.is_executable {
                place.make_executable(&format!("{STAGING}/{}", hook.path)).await?;
            }
            done.postdeploy.push(format!("{}/{}", done.directory, hook.path));
        }
        Ok(())
    }

    /// Puts everything that the steps need of the host in one directory.
    async fn lay_out(&self, order: &Order, plan: &Plan, platform: &Path) -> Result<(), Failure> {
        let step = "Laying out the platform's files";
        let made = platform.to_owned();
        let lay_out = move || -> std::io::Result<()> {
            match std::fs::remove_dir_all(&made) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            for folder in ["bin", "lib", "source", PARTS] {
                std::fs::create_dir_all(made.join(folder))?;
            }
            let hand = made.join("lib/hand");
            std::fs::write(&hand, sample::HAND)?;
            std::fs::set_permissions(&hand, executable())
        };
        crate::blocking(lay_out).await.map_err(failed(step))?;
        write_script(order, CURRENT, platform).await?;
        for (at, step) in plan.steps.iter().enumerate() {
            let part = platform.join(PARTS).join(at.to_string());
            let why = |cause: String| Failure::new(step.doing(), cause);
            match step {
                Step::File { written, .. } => match &written.content {
                    Content::Text(text) => {
                        tokio::fs::write(&part, text).await.map_err(|error| why(error.to_string()))?
                    }
                    Content::Bytes(bytes) => {
                        tokio::fs::write(&part, bytes).await.map_err(|error| why(error.to_string()))?;
                    }
                    Content::Url(url) => self.fetch(url, &part).await.map_err(why)?,
                    Content::Link(_) => {}
                },
                Step::Source { source, .. } => {
                    let archive = part.with_extension("archive");
                    self.fetch(&source.url, &archive).await.map_err(why)?;
                    let unpacked = tokio::task::spawn_blocking(move || unpack(&archive, &part));
                    unpacked.await.map_err(|error| why(error.to_string()))?.map_err(why)?;
                }
                Step::Packages { .. }
                | Step::Group { .. }
                | Step::User { .. }
                | Step::Command { .. }
                | Step::Hook(_) => {}
            }
        }
        Ok(())
    }

    /// Fetches a file: from our own S3 where the address is of an object that is there.
    async fn fetch(&self, url: &str, into: &Path) -> Result<(), String> {
        if let Some((bucket, key)) = plan::object(url) {
            let here = bucket.parse::<s3::BucketName>().is_ok_and(|name| self.0.s3.bucket(&name).is_ok());
            if here {
                return beanstalk::fetch(&self.0.s3, &bucket, &key, into).await.map_err(|error| error.to_string());
            }
            if url.starts_with("s3:") {
                return Err(format!("there is no bucket {bucket}"));
            }
        }
        let fetched = self.engine().images().download(url, into, None, 0o644).await;
        fetched.map(drop).map_err(|error| error.to_string())
    }

    /// A container of an image in which nothing runs.
    async fn temporary(
        &self,
        order: &Order,
        image: &str,
        source: &Path,
        platform: &Path,
        database: Option<String>,
    ) -> Result<Temporary, Failure> {
        let failed = failed("Starting the set-up");
        let bind = |path: &Path, target: &str, readonly: bool| Mount {
            target: target.into(),
            readonly,
            source: MountSource::Bind {
                path: path.to_owned(),
                propagation: String::new(),
                non_recursive: false,
                create: false,
                part: PathBuf::new(),
            },
            strict: true,
        };
        // Commands of the source may be what lays out the application's tables.
        let mut endpoints = BTreeMap::new();
        if let Some(database) = database {
            endpoints.insert("bridge".to_owned(), EndpointConfig { gateway_priority: 1, ..EndpointConfig::default() });
            endpoints.insert(database, EndpointConfig::default());
        }
        let spec = Spec {
            program: Program {
                entrypoint: Some(vec![HAND.into(), "idle".into()]),
                working_dir: "/".into(),
                user: "0:0".into(),
                ..Program::default()
            },
            labels: [
                (labels::ENVIRONMENT.to_owned(), order.environment.to_string()),
                (labels::NAME.to_owned(), order.name.to_string()),
                (labels::SET_UP.to_owned(), order.release.to_string()),
            ]
            .into(),
            health_check: Some(never()),
            host: Host {
                mounts: vec![bind(source, STAGING, false), bind(platform, PLATFORM, true)],
                endpoints,
                resources: Resources { pids_limit: Some(limits::PROCESSES), ..Resources::default() },
                ..Host::default()
            },
            ..Spec::default()
        };
        let request = CreateRequest { name: None, image: image.to_owned(), platform: None, spec };
        let id = self.engine().create(request).await.map_err(&failed)?.id.to_string();
        let container = Temporary { local: self.clone(), id };
        self.engine().start(&container.id).await.map_err(&failed)?;
        Ok(container)
    }

    /// Ends a set-up container and makes an image of its files, which otherwise says what the one before it said.
    async fn taken(&self, order: &Order, container: &str, name: Reference) -> Result<String, Failure> {
        let failed = failed("Recording the set-up");
        let waiter = self.engine().wait(container, WaitCondition::NotRunning).map_err(&failed)?;
        self.engine().kill(container, "SIGKILL").await.map_err(&failed)?;
        waiter.wait().await;
        let request = CommitRequest {
            container: container.to_owned(),
            reference: Some(name.clone()),
            comment: format!("set up for deployment {} of {}", order.release, order.name),
            files_only: true,
            ..CommitRequest::default()
        };
        self.engine().commit(request).await.map_err(&failed)?;
        Ok(name.familiar())
    }

    async fn remove_temporary(&self, id: &str) {
        match self.engine().remove(id, RemoveOptions { force: true, volumes: true }).await {
            Ok(()) | Err(engine::Error::NoSuchContainer(_)) => {}
            Err(error) => tracing::warn!(container = %id, %error, "a set-up container stays"),
        }
    }

    /// The set-up containers that are there: of an environment, or all that a daemon before this one has left.
    pub(crate) fn temporaries(&self, environment: Option<&EnvironmentId>) -> Vec<String> {
        let state = self.engine().snapshot();
        let ours = state.containers.values().filter(|container| {
            let labels = &container.spec.labels;
            labels.contains_key(labels::SET_UP)
                && environment.is_none_or(|environment| labels::is_of(labels, environment))
        });
        ours.map(|container| container.id.to_string()).collect()
    }

    /// Removes set-up containers.
    pub(crate) async fn remove_temporaries(&self, containers: Vec<String>) {
        for container in containers {
            self.remove_temporary(&container).await;
        }
    }

    /// Whether hooks are left to run in containers that run: the daemon may have died in between.
    pub(crate) async fn owes_postdeploy(
        &self,
        wish: &Wish,
        copy: &CopyId,
        containers: &BTreeMap<String, Arc<Container>>,
    ) -> bool {
        let Some(parcel) = crate::copies::parcel_of(wish, copy) else { return false };
        let Some(set_up) = &parcel.set_up else { return false };
        let Some(container) = containers.get(&set_up.service).filter(|container| container.state.is_running()) else {
            return false;
        };
        let has_failed = self.known(&wish.environment, |known| known.failed.contains_key(copy));
        set_up.has_postdeploy() && !has_failed && !self.is_marked(wish, copy, container.id.as_str()).await
    }

    fn mark(&self, wish: &Wish, copy: &CopyId) -> PathBuf {
        let journal = self.journal_of(&wish.environment, &copy.0);
        journal.directory().join(format!("{}.postdeploy", copy.1))
    }

    async fn is_marked(&self, wish: &Wish, copy: &CopyId, container: &str) -> bool {
        tokio::fs::read_to_string(self.mark(wish, copy)).await.is_ok_and(|text| text == container)
    }

    /// Runs the postdeploy hooks of a copy in its container, once in the container's life.
    pub(crate) async fn postdeploy(&self, wish: &Wish, copy: &CopyId, set_up: &SetUp) -> Result<(), Failure> {
        let there = self.containers(&wish.environment).remove(copy).and_then(|mut all| all.remove(&set_up.service));
        let (Some(container), Some(released)) = (there, wish.releases.get(&copy.1)) else { return Ok(()) };
        let id = container.id.to_string();
        if !set_up.has_postdeploy() || self.is_marked(wish, copy, &id).await {
            return Ok(());
        }
        let patience = released.configuration.deployment.timeout;
        let place = Place {
            local: self,
            container: id.clone(),
            properties: &released.configuration.properties,
            journal: self.journal_of(&wish.environment, &copy.0),
            deadline: Instant::now() + patience,
            patience,
            tell: None,
        };
        for hook in &set_up.postdeploy {
            if let Err(failure) = place.hook(hook, &set_up.directory).await {
                place.journal.error(Log::Engine, &failure.to_string()).await;
                return Err(failure);
            }
        }
        let mark = self.mark(wish, copy);
        let marked = async {
            tokio::fs::create_dir_all(place.journal.directory()).await?;
            tokio::fs::write(&mark, &id).await
        };
        marked.await.map_err(failed("Recording the hooks"))
    }
}

/// No probe, whatever the image says.
pub(crate) fn never() -> HealthCheck {
    let zero = std::time::Duration::ZERO;
    HealthCheck {
        test: vec!["NONE".into()],
        interval: zero,
        timeout: zero,
        start_period: zero,
        start_interval: zero,
        retries: 0,
    }
}

/// Where the parts of steps are, in the platform's directory.
const PARTS: &str = "parts";

/// What the platform's directory of a release is called behind the release's number.
pub(crate) const PLATFORM_OF: &str = ".platform";

/// The platform's directory of a release, beside its source.
fn platform_of(source: &Path) -> PathBuf {
    let mut name = source.as_os_str().to_owned();
    name.push(PLATFORM_OF);
    name.into()
}

fn executable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o755)
}

async fn write_script(order: &Order, current: &str, platform: &Path) -> Result<(), Failure> {
    let failed = failed("Writing get-config");
    let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let answers = script::Answers {
        properties: order.configuration.properties.clone(),
        container: pairs(&[
            ("environment_name", order.name.as_ref()),
            ("app_staging_dir", STAGING),
            ("app_deploy_dir", current),
        ]),
        platform: pairs(&[("AppStagingDir", STAGING), ("AppDeployDir", current), ("AppUser", "root")]),
    };
    let path = platform.join("bin/get-config");
    tokio::fs::write(&path, script::get_config(&answers)).await.map_err(&failed)?;
    tokio::fs::set_permissions(&path, executable()).await.map_err(&failed)
}

/// Unpacks an archive into a new directory, and removes it. Blocks.
fn unpack(archive: &Path, into: &Path) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    std::fs::create_dir(into).map_err(text)?;
    let mut file = std::fs::File::open(archive).map_err(text)?;
    let mut head = [0; 2];
    let is_zip = std::os::unix::fs::FileExt::read_exact_at(&file, &mut head, 0).is_ok() && &head == b"PK";
    if is_zip {
        let folder = std::fs::File::open(into).map_err(text)?;
        bundle::unpack(&file, std::os::fd::AsFd::as_fd(&folder)).map_err(|error| error.to_string())?;
    } else {
        let plain = image::archive::decompress(&mut file).map_err(text)?;
        // Without devices, and all of it root's.
        let contents = image::archive::Contents::Context;
        image::archive::unpack(plain, into, contents).map_err(|error| error.to_string())?;
    }
    std::fs::remove_file(archive).map_err(text)
}

/// Tells of a small thing that is done.
async fn tell_of(tell: Option<&mpsc::Sender<Told>>, severity: Severity, message: String) {
    if let Some(tell) = tell {
        let _ = tell.send(Told::new(severity, message)).await;
    }
}
