//! What can be asked for of environments: from a request to a record that its task goes on with.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws::Region;
use words::Timestamp;

use super::change::Change;
use super::decide::{self, Tale};
use super::settings::check;
use super::{Environment, Kind, Life, LogEntry, Operation, Queued, Release, Stage, Swapping, ports};
use crate::application::description;
use crate::error::{Error, Noun, Result};
use crate::event::{self, Told};
use crate::fleet::{Failure, LogKind, ReleaseId};
use crate::name::{CnamePrefix, EnvironmentId, EnvironmentName, InstanceId, RequestId, TemplateName, VersionLabel};
use crate::option::{OptionKey, Setting, Tier};
use crate::platform::PlatformVersion;
use crate::state::{Draft, State, Which};
use crate::tag::{self, Tags};
use crate::version::Source;
use crate::{Beanstalk, Call, limits};

/// What a new environment is to be.
#[derive(Debug, Clone, Default)]
pub struct NewEnvironment {
    /// Of which application.
    pub application: String,
    /// Its name; made of the application's with the group's if it is not given.
    pub name: Option<String>,
    /// The group of those that are composed together.
    pub group: Option<String>,
    /// The environments that it links to, by the properties that lead there.
    pub links: BTreeMap<String, EnvironmentName>,
    /// What its owner says of it.
    pub description: Option<String>,
    /// The first part of its CNAME.
    pub cname: Option<String>,
    /// Web or worker.
    pub tier: Option<Tier>,
    /// The label of its version; the sample if it is not given.
    pub version: Option<String>,
    /// A saved configuration.
    pub template: Option<String>,
    /// The platform version by its solution stack.
    pub solution_stack: Option<String>,
    /// The platform version by its ARN.
    pub platform: Option<String>,
    /// Settings.
    pub settings: Vec<Setting>,
    /// Settings of the saved configuration that are left out.
    pub remove: Vec<OptionKey>,
    /// The role that is named for operations.
    pub operations_role: Option<String>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// An environment that it is a copy of, by its name.
    pub copy_of: Option<String>,
    /// The text of a saved configuration.
    pub contents: Option<String>,
}

/// What is to become of an environment.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// Which.
    pub which: Which,
    /// What its owner says of it.
    pub description: Option<String>,
    /// The group.
    pub group: Option<String>,
    /// The environments that it links to, in place of those before.
    pub links: Option<BTreeMap<String, EnvironmentName>>,
    /// Web or worker; it cannot be changed.
    pub tier: Option<Tier>,
    /// The label of another version.
    pub version: Option<String>,
    /// A saved configuration.
    pub template: Option<String>,
    /// The platform version by its solution stack.
    pub solution_stack: Option<String>,
    /// The platform version by its ARN.
    pub platform: Option<String>,
    /// Settings that are added.
    pub settings: Vec<Setting>,
    /// Settings that go.
    pub remove: Vec<OptionKey>,
    /// The text of a saved configuration.
    pub contents: Option<String>,
}

type SavedSettings = Option<(TemplateName, Vec<Setting>)>;

/// The name that settings have whose text was sent along.
const SENT: &str = "sent";

impl Beanstalk {
    /// Makes an environment. What it takes until it is ready is done after the answer.
    ///
    /// # Errors
    /// When a name is taken or malformed, something that is named is missing, or a setting is none.
    pub async fn create_environment(&self, call: &Call, new: NewEnvironment) -> Result<Arc<Environment>> {
        let state = self.state();
        let application = state.application(&call.region, &new.application)?.name.clone();
        let base =
            self.settings_of(&call.region, application.as_str(), new.template.as_deref(), new.contents.as_deref());
        let (saved, saved_platform, saved_tier) = base.await?;
        let copied = match &new.copy_of {
            Some(name) => Some(Arc::clone(state.environment(&call.region, &Which::named(name))?)),
            None => None,
        };
        let model = copied.as_ref().and_then(|environment| environment.shown().cloned());
        let platform = crate::template::platform(new.platform.as_deref(), new.solution_stack.as_deref())?
            .or(saved_platform)
            .or(model.as_ref().map(|release| release.platform))
            .ok_or_else(|| Error::parameter("Unable to determine base for template pack (no solution stack)"))?;
        let tier = new.tier.or(saved_tier).or(copied.as_ref().map(|env| env.tier)).unwrap_or(Tier::WebServer);
        let base = model.as_ref().map(|release| release.settings().clone()).unwrap_or_default();
        let mut settings = decide::changed(&base, saved, &new.settings, &new.remove);
        if self.config().tls && tier == Tier::WebServer {
            settings.encrypted_unless_said();
        }
        let what = match (&new.version, &model) {
            (Some(label), _) => source_of(&state, &call.region, &application, label)?,
            (None, Some(release)) => (release.version.clone(), release.source.clone()),
            (None, None) => (None, Source::Sample),
        };
        let release = Release::new(ReleaseId(1), what, platform, settings, call.now);
        check(&release.resolved(tier))?;
        let tags = tag::changed(&Tags::new(), &new.tags, &[])?;
        let (call_, ports) = (call.clone(), self.config().ports.clone());
        let (bucket, id) = (self.storage_bucket(&call.region), self.world().environment());
        let committed = self.ledger().commit(move |draft| {
            let name = name_of(&new, &application)?;
            let port = ports::free(draft, ports)?;
            decide_create(draft, &call_, new, Made { id, name, tier, port, release, tags, bucket })
        });
        let environment = committed.await?;
        self.create_storage_location(&call.region).await?;
        self.drive(environment.id.clone());
        Ok(environment)
    }

    /// The settings of a saved configuration by its name or its text, with its platform version and its tier.
    async fn settings_of(
        &self,
        region: &Region,
        application: &str,
        name: Option<&str>,
        contents: Option<&str>,
    ) -> Result<(SavedSettings, Option<PlatformVersion>, Option<Tier>)> {
        let saved = match (name, contents) {
            (Some(name), _) => {
                let (template, saved) = self.saved(region, application, name).await?;
                Some((template.name.clone(), saved))
            }
            (None, Some(text)) => Some((SENT.parse()?, crate::source::saved(text, "SourceContents")?)),
            (None, None) => None,
        };
        Ok(match saved {
            Some((name, saved)) => (Some((name, saved.settings)), Some(saved.platform), Some(saved.tier)),
            None => (None, None, None),
        })
    }

    /// Changes an environment. A change that comes while another is done waits for it, unless the environment is set
    /// to refuse that.
    ///
    /// # Errors
    /// When something that is named is missing, a setting is none, or the environment is not there.
    pub async fn update_environment(&self, call: &Call, update: Update) -> Result<Arc<Environment>> {
        let state = self.state();
        let environment = Arc::clone(state.environment(&call.region, &update.which)?);
        if update.tier.is_some_and(|tier| tier != environment.tier) {
            return Err(Error::parameter("You can't change the tier of an environment."));
        }
        let application = environment.application.clone();
        let saved = self
            .settings_of(&call.region, application.as_str(), update.template.as_deref(), update.contents.as_deref())
            .await?;
        let platform =
            crate::template::platform(update.platform.as_deref(), update.solution_stack.as_deref())?.or(saved.1);
        let platform = platform.filter(|platform| *platform != environment.platform());
        let version = match &update.version {
            Some(label) => Some(source_of(&state, &call.region, &application, label)?),
            None => None,
        };
        if let Some(release) = environment.shown() {
            let settings = decide::changed(release.settings(), saved.0.clone(), &update.settings, &update.remove);
            check(&release.with_settings(settings).resolved(environment.tier))?;
        }
        let nothing = version.is_none()
            && platform.is_none()
            && saved.0.is_none()
            && update.settings.is_empty()
            && update.remove.is_empty();
        let change = (!nothing).then_some(Change::Update {
            version,
            platform,
            saved: saved.0,
            settings: update.settings,
            remove: update.remove,
        });
        let (text, group, links) = (description(update.description)?, update.group, update.links);
        self.ask(call, &environment.id, move |environment, call| {
            if text.is_some() {
                environment.description = text;
            }
            if group.is_some() {
                environment.group = group;
            }
            if let Some(links) = links {
                environment.links = links;
            }
            match change {
                Some(change) => Ok(Asked::Change(change)),
                None => {
                    environment.updated = call.now;
                    Ok(Asked::Done(vec![
                        Told::info("Environment update is starting."),
                        Told::info("Environment update completed successfully."),
                    ]))
                }
            }
        })
        .await
    }

    /// Makes all instances of an environment anew; one that was terminated is there again.
    ///
    /// # Errors
    /// When it is not there, or its name or CNAME is taken meanwhile.
    pub async fn rebuild_environment(&self, call: &Call, which: &Which) -> Result<()> {
        let environment = Arc::clone(self.state().environment(&call.region, which)?);
        if !environment.life.is_terminated() {
            return self.ask(call, &environment.id, |_, _| Ok(Asked::Change(Change::Rebuild))).await.map(drop);
        }
        let (call_, ports) = (call.clone(), self.config().ports.clone());
        let id = environment.id.clone();
        let bucket = self.storage_bucket(&call.region);
        self.ledger().commit(move |draft| decide_restore(draft, &call_, &id, ports, &bucket)).await?;
        self.drive(environment.id.clone());
        Ok(())
    }

    /// Starts the application of an environment once more on all instances.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn restart_app_server(&self, call: &Call, which: &Which) -> Result<()> {
        let id = self.state().environment(&call.region, which)?.id.clone();
        self.ask(call, &id, |_, _| Ok(Asked::Change(Change::Restart))).await.map(drop)
    }

    /// Goes back to the version before, which is prepared already; the settings stay as they are.
    ///
    /// # Errors
    /// When it is not there, is being changed, or there is no version before.
    pub async fn rollback_environment(&self, call: &Call, which: &Which) -> Result<Arc<Environment>> {
        let state = self.state();
        let id = state.environment(&call.region, which)?.id.clone();
        self.ask(call, &id, move |environment, call| {
            let earlier = decide::fallback(environment)?;
            if let Some(label) = &earlier.version {
                // What an environment runs can be deployed anew, which needs its version.
                state.version(&call.region, &environment.application, label.as_str())?;
            }
            Ok(Asked::Change(Change::Rollback(earlier.id)))
        })
        .await
    }

    /// Ends what is done to an environment, and brings it back to what was before.
    ///
    /// # Errors
    /// When nothing is done to it that could be ended.
    pub async fn abort_update(&self, call: &Call, which: &Which) -> Result<()> {
        let id = self.state().environment(&call.region, which)?.id.clone();
        let now = call.now;
        let request = call.request.clone();
        let decide = move |_: &State, environment: &mut Environment| {
            let abortable = environment.life.is_abortable();
            let given_up = decide::give_up_waiting(environment, "the update was aborted", |_| true);
            if !abortable && given_up.is_empty() {
                return Err(Error::parameter(format!(
                    "Environment named {} is in an invalid state for this operation. Must be pending deployment.",
                    environment.name
                )));
            }
            let mut tale = if abortable {
                let what = if matches!(environment.life, Life::Launching(_)) { "launch" } else { "update" };
                let cause = format!("The environment {what} was aborted.");
                decide::turn_back(environment, &cause, None, true, now)
            } else {
                Tale::none()
            };
            tale.told.insert(0, Told::info("abortEnvironmentUpdate is starting.").of(&request));
            tale.told.extend(given_up);
            Ok(((), tale))
        };
        self.change(&id, decide).await?;
        self.wake(&id);
        Ok(())
    }

    /// Ends an environment. It goes before everything that waits.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn terminate_environment(&self, call: &Call, which: &Which) -> Result<Arc<Environment>> {
        let state = self.state();
        let environment = Arc::clone(state.environment(&call.region, which)?);
        if environment.life.is_terminated() {
            return Err(Error::parameter(format!(
                "No Environment found for EnvironmentName = '{}'.",
                environment.name
            )));
        }
        self.terminate_for(call, environment.id.clone()).await?;
        let state = self.state();
        Ok(state.environments.get(&environment.id).cloned().unwrap_or(environment))
    }

    pub(crate) async fn terminate_for(&self, call: &Call, id: EnvironmentId) -> Result<()> {
        let (request, started) = (call.request.clone(), call.now);
        let decide =
            move |_: &State, environment: &mut Environment| Ok(((), decide::terminate(environment, &request, started)));
        self.change(&id, decide).await?;
        self.wake(&id);
        Ok(())
    }

    /// Exchanges the CNAMEs of two environments. Every request finds one of them at any moment.
    ///
    /// # Errors
    /// When one is missing, or not ready.
    pub async fn swap_cnames(&self, call: &Call, source: &Which, destination: &Which) -> Result<()> {
        let state = self.state();
        let first = state.environment(&call.region, source)?.id.clone();
        let second = state.environment(&call.region, destination)?.id.clone();
        let (call_, ids) = (call.clone(), [first.clone(), second.clone()]);
        self.ledger().commit(move |draft| decide_swap(draft, &call_, &first, &second)).await?;
        if let Err(failure) = self.finish_swap(&call.request, &ids).await {
            tracing::error!(%failure, "the balancer does not follow a swap of CNAMEs yet");
            // They go on trying.
            ids.iter().for_each(|id| self.wake(id));
        }
        Ok(())
    }

    /// Leads requests to where a swap of CNAMEs wants them, and says so.
    pub(crate) async fn finish_swap(
        &self,
        request: &RequestId,
        ids: &[EnvironmentId],
    ) -> std::result::Result<(), Failure> {
        self.apply(ids).await?;
        let (request, now) = (request.clone(), self.now());
        let committed = self.ledger().commit(move |draft| decide_swapped(draft, &request, now));
        committed.await.map_err(|error| Failure::new("Recording the swap", error.to_string()))
    }

    /// Takes the logs of an environment's instances into the bucket; done after the answer.
    ///
    /// # Errors
    /// When the environment is not there.
    pub async fn request_logs(&self, call: &Call, which: &Which, kind: LogKind) -> Result<()> {
        let environment = Arc::clone(self.state().environment(&call.region, which)?);
        let told = Told::info("requestEnvironmentInfo is starting.");
        let request = call.request.clone();
        let tale = Tale { request: Some(request.clone()), told: vec![told] };
        self.change(&environment.id, |_, _| Ok(((), tale))).await?;
        let service = self.clone();
        tokio::spawn(async move { service.take_logs(&environment, kind, request).await });
        Ok(())
    }

    async fn take_logs(&self, environment: &Environment, kind: LogKind, request: crate::RequestId) {
        let mut entries = Vec::new();
        let mut told = Vec::new();
        let instances: Vec<InstanceId> = environment.per_instance().into_keys().cloned().collect();
        for instance in instances {
            let files = self.fleet().logs(environment.id.clone(), instance.clone(), kind).await;
            let kept = match files {
                Ok(files) => {
                    let count = files.len();
                    let kept = self.keep_logs(environment, &instance, kind, files).await;
                    kept.map(|entry| (entry, count)).map_err(|error| error.to_string())
                }
                Err(failure) => Err(failure.to_string()),
            };
            match kept {
                Ok((entry, count)) => {
                    let verb = if kind == LogKind::Tail { "tailing" } else { "bundling" };
                    told.push(Told::info(format!(
                        "[Instance: {instance}] Successfully finished {verb} {count} log(s)"
                    )));
                    entries.push(entry);
                }
                Err(why) => told.push(Told::error(format!("[Instance: {instance}] {why}"))),
            }
        }
        // Clients go on at the first text of success: what has failed is told before.
        told.sort_by_key(|told| std::cmp::Reverse(told.severity));
        told.push(match (entries.is_empty(), kind) {
            (true, _) => Told::error("Failed to pull logs for environment instances. There is none that has any."),
            (false, LogKind::Analyze) => Told::info("AI analysis request has completed."),
            (false, _) => Told::info("Pulled logs for environment instances."),
        });
        let decide = move |_: &State, environment: &mut Environment| {
            environment.logs.insert(kind, entries);
            Ok(((), Tale { request: Some(request), told }))
        };
        if let Err(error) = self.change(&environment.id, decide).await {
            tracing::error!(environment = %environment.id, %error, "logs are lost");
        }
    }

    /// The logs that were taken last, as long as they are kept.
    ///
    /// # Errors
    /// When the environment is not there.
    pub fn taken_logs(&self, call: &Call, which: &Which, kind: LogKind) -> Result<Vec<LogEntry>> {
        let state = self.state();
        let taken = state.environment(&call.region, which)?.logs.get(&kind).into_iter().flatten();
        Ok(taken.filter(|entry| !crate::bucket::is_old(entry.at, call.now)).cloned().collect())
    }

    /// Names or unnames the role for operations.
    ///
    /// # Errors
    /// When the environment is not there.
    pub async fn set_operations_role(&self, call: &Call, name: &str, role: Option<String>) -> Result<()> {
        let id = self.state().environment(&call.region, &Which::named(name))?.id.clone();
        let now = call.now;
        let decide = move |_: &State, environment: &mut Environment| {
            environment.operations_role = role;
            environment.updated = now;
            Ok(((), Tale::none()))
        };
        self.change(&id, decide).await
    }

    /// Is a CNAME free? With the host name that it would be.
    ///
    /// # Errors
    /// When the prefix is malformed.
    pub fn check_cname(&self, region: &Region, prefix: &str) -> Result<(bool, String)> {
        let prefix: CnamePrefix = prefix.parse()?;
        let prefix = prefix.as_str().to_lowercase();
        Ok((is_free(&self.state(), region, &prefix), self.with_port(&self.host_of(region, &prefix))))
    }

    /// Takes back changes of the settings that wait.
    ///
    /// # Errors
    /// When the environment is not there.
    pub async fn delete_draft(&self, call: &Call, application: &str, name: &str) -> Result<()> {
        let state = self.state();
        state.application(&call.region, application)?;
        let id = state.environment(&call.region, &Which::named(name))?.id.clone();
        let request = call.request.clone();
        let decide = move |_: &State, environment: &mut Environment| {
            let configures = |change: &Change| matches!(change, Change::Update { version: None, platform: None, .. });
            let mut told = decide::give_up_waiting(environment, "it was deleted", configures);
            if !told.is_empty() {
                let gone = told.len();
                told.insert(0, Told::info(format!("Deleted {gone} configuration changes that were waiting.")));
            }
            Ok(((), Tale { request: Some(request), told }))
        };
        self.change(&id, decide).await
    }

    /// Asks something of an environment: it is done at once, or begins, or waits.
    pub(super) async fn ask<D>(&self, call: &Call, id: &EnvironmentId, asked: D) -> Result<Arc<Environment>>
    where
        D: FnOnce(&mut Environment, &Call) -> Result<Asked>,
    {
        let call = call.clone();
        let decide = move |_: &State, environment: &mut Environment| {
            if environment.life.is_terminating() {
                return Err(invalid_state(environment));
            }
            let busy = environment.life != Life::Ready || !environment.queue.is_empty();
            let refuses = environment.shown().is_some_and(|release| {
                release.configuration(environment.tier).is_ok_and(|configuration| configuration.refuses_while_busy())
            });
            if busy && refuses {
                return Err(invalid_state(environment));
            }
            let tale = match asked(environment, &call)? {
                Asked::Done(told) => Tale { request: Some(call.request.clone()), told },
                Asked::Change(change) if busy => {
                    if environment.queue.len() >= limits::QUEUED {
                        return Err(Error::parameter(format!(
                            "{} changes of environment {} are waiting already: wait for them, or abort them.",
                            limits::QUEUED,
                            environment.name
                        )));
                    }
                    environment.queue.push(Queued { request: call.request.clone(), change });
                    let told = Told::info("The change waits until the environment is ready.");
                    Tale { request: Some(call.request.clone()), told: vec![told] }
                }
                Asked::Change(change) => decide::begin(environment, change, &call.request, call.now),
            };
            Ok((environment.clone(), tale))
        };
        let environment = self.change(id, decide).await?;
        self.wake(id);
        Ok(Arc::new(environment))
    }
}

/// What becomes of what is asked.
pub(super) enum Asked {
    /// It is done.
    Done(Vec<Told>),
    /// It is a change.
    Change(Change),
}

pub(super) fn invalid_state(environment: &Environment) -> Error {
    // The sentence that eb knows.
    Error::parameter(format!(
        "Environment named {} is in an invalid state for this operation. Must be Ready.",
        environment.name
    ))
}

fn source_of(
    state: &State,
    region: &Region,
    application: &crate::ApplicationName,
    label: &str,
) -> Result<(Option<VersionLabel>, Source)> {
    let version = state.version(region, application, label)?;
    Ok((Some(version.label.clone()), version.source.clone()))
}

fn name_of(new: &NewEnvironment, application: &crate::ApplicationName) -> Result<EnvironmentName> {
    match (&new.name, &new.group) {
        (Some(name), _) => name.parse(),
        // A manifest may name it `front+`, and the group is what follows.
        (None, Some(group)) => format!("{application}-{group}").parse(),
        (None, None) => Err(Error::Missing("EnvironmentName or GroupName must be given.".into())),
    }
}

struct Made {
    id: EnvironmentId,
    name: EnvironmentName,
    tier: Tier,
    port: u16,
    release: Release,
    tags: Tags,
    bucket: String,
}

fn decide_create(draft: &mut Draft<'_>, call: &Call, new: NewEnvironment, made: Made) -> Result<Arc<Environment>> {
    let application = draft.application(&call.region, &new.application)?;
    refuse_while_deleted(application)?;
    let application = application.name.clone();
    let Made { id, name, tier, port, release, tags, bucket } = made;
    if draft.named(&call.region, &name).is_some() {
        return Err(Error::parameter(format!("Environment {name} already exists.")));
    }
    let living = draft.environments.values().filter(|environment| !environment.life.is_terminated()).count();
    if living >= limits::ENVIRONMENTS {
        let what = format!("There are {} environments already, which is the limit.", limits::ENVIRONMENTS);
        return Err(Error::TooMany { noun: Noun::Environment, what });
    }
    let cname = match (tier, new.cname) {
        (Tier::Worker, _) => None,
        (Tier::WebServer, Some(prefix)) => {
            let prefix: CnamePrefix = prefix.parse()?;
            let prefix = prefix.as_str().to_lowercase();
            if !is_free(draft, &call.region, &prefix) {
                return Err(Error::parameter(format!("DNS name ({prefix}) is not available.")));
            }
            Some(prefix)
        }
        (Tier::WebServer, None) => Some(CnamePrefix::made_up(&name)),
    };
    let operation = Operation {
        kind: Kind::Launch,
        request: call.request.clone(),
        started: call.now,
        release: release.id,
        stage: Stage::Preparing,
        before: Vec::new(),
        desired: 0,
    };
    let environment = draft.put(Environment {
        id,
        region: call.region.clone(),
        application,
        name,
        description: description(new.description)?,
        group: new.group,
        links: new.links,
        cname,
        tier,
        tags,
        operations_role: new.operations_role,
        port,
        ports: BTreeMap::new(),
        created: call.now,
        updated: call.now,
        life: Life::Launching(operation),
        deployments: release.id.0,
        releases: [(release.id, release)].into(),
        current: None,
        previous: None,
        fallback: None,
        desired: 0,
        copies: Vec::new(),
        split: None,
        tending: None,
        queue: Vec::new(),
        logs: BTreeMap::new(),
        instances: BTreeMap::new(),
        scaled: None,
        swapping: None,
        managed: Vec::new(),
    })?;
    for told in starting(&bucket) {
        event::tell(draft, call.now, &environment.about(), Some(&call.request), told)?;
    }
    Ok(environment)
}

fn refuse_while_deleted(application: &crate::Application) -> Result<()> {
    match application.deleting {
        Some(_) => Err(Error::InProgress(format!("Application {} is being deleted.", application.name))),
        None => Ok(()),
    }
}

fn starting(bucket: &str) -> [Told; 2] {
    [
        Told::info("createEnvironment is starting."),
        Told::info(format!("Using {bucket} as Amazon S3 storage bucket for environment data.")),
    ]
}

/// Is no living environment of the region found under this prefix?
pub(crate) fn is_free(state: &State, region: &Region, prefix: &str) -> bool {
    !state.living(region).any(|environment| environment.cname.as_deref() == Some(prefix))
}

fn decide_restore(
    draft: &mut Draft<'_>,
    call: &Call,
    id: &EnvironmentId,
    ports: std::ops::RangeInclusive<u16>,
    bucket: &str,
) -> Result<()> {
    let mut environment = Environment::clone(draft.environment(&call.region, &Which::identified(id))?);
    if draft.named(&call.region, &environment.name).is_some() {
        return Err(Error::parameter(format!("Environment {} already exists.", environment.name)));
    }
    refuse_while_deleted(draft.application(&call.region, environment.application.as_str())?)?;
    let taken = environment.cname.as_ref().is_some_and(|prefix| !is_free(draft, &call.region, prefix));
    if taken {
        return Err(Error::parameter(format!(
            "DNS name ({}) is not available.",
            environment.cname.as_deref().unwrap_or_default()
        )));
    }
    let Some(base) = environment.shown().cloned() else {
        return Err(Error::parameter(format!("Environment {} has nothing that could be restored.", environment.name)));
    };
    environment.deployments += 1;
    let release = ReleaseId(environment.deployments);
    let anew = base.anew(release, call.now);
    environment.releases = [(release, anew)].into();
    (environment.current, environment.previous, environment.fallback) = (None, None, None);
    environment.ports.clear();
    environment.port = ports::free(draft, ports)?;
    environment.updated = call.now;
    environment.life = Life::Launching(Operation {
        kind: Kind::Launch,
        request: call.request.clone(),
        started: call.now,
        release,
        stage: Stage::Preparing,
        before: Vec::new(),
        desired: 0,
    });
    let environment = draft.put(environment)?;
    for told in starting(bucket) {
        event::tell(draft, call.now, &environment.about(), Some(&call.request), told)?;
    }
    Ok(())
}

fn decide_swap(draft: &mut Draft<'_>, call: &Call, first: &EnvironmentId, second: &EnvironmentId) -> Result<()> {
    let mut one = Environment::clone(draft.environment(&call.region, &Which::identified(first))?);
    let mut other = Environment::clone(draft.environment(&call.region, &Which::identified(second))?);
    if one.id == other.id {
        return Err(Error::parameter("An environment can't swap CNAMEs with itself."));
    }
    for environment in [&one, &other] {
        if environment.life != Life::Ready || environment.swapping.is_some() {
            return Err(invalid_state(environment));
        }
        if environment.tier == Tier::Worker {
            return Err(Error::parameter(format!("Environment {} is a worker and has no CNAME.", environment.name)));
        }
    }
    std::mem::swap(&mut one.cname, &mut other.cname);
    (one.updated, other.updated) = (call.now, call.now);
    let names = [one.name.clone(), other.name.clone()];
    for environment in [&mut one, &mut other] {
        environment.swapping = Some(Swapping { request: call.request.clone(), names: names.clone() });
    }
    for environment in [one, other] {
        let environment = draft.put(environment)?;
        let told = Told::info("swapEnvironmentCNAMEs is starting.");
        event::tell(draft, call.now, &environment.about(), Some(&call.request), told)?;
    }
    Ok(())
}

/// The balancer has followed a swap.
fn decide_swapped(draft: &mut Draft<'_>, request: &RequestId, now: Timestamp) -> Result<()> {
    for mut environment in draft.swapping(request) {
        let Some(Swapping { names: [one, other], .. }) = environment.swapping.take() else { continue };
        let about = draft.put(environment)?.about();
        let told = Told::info(format!("Completed swapping CNAMEs for environments '{one}' and '{other}'."));
        event::tell(draft, now, &about, Some(request), told)?;
    }
    Ok(())
}
