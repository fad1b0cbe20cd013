//! What becomes of an environment: pure functions over its record, what is seen of it, and the time.

use std::sync::Arc;
use std::time::Duration;

use words::Timestamp;

use super::change::Change;
use super::{Environment, Kind, Life, Operation, Progress, Release, Settings, Stage, Tending};
use crate::error::{Error, Result};
use crate::event::{self, About, Told};
use crate::fleet::{Copy, CopyState, Duty, Failure, Observation, Prepared, ReleaseId, Seen};
use crate::name::{InstanceId, RequestId};
use crate::option::{Configuration, Tier};
use crate::plan::{self, Deployment, Policy, Share, Step, Until};
use crate::state::Draft;

/// What is to be told of a change, on whose request.
pub(crate) struct Tale {
    pub(crate) request: Option<RequestId>,
    pub(crate) told: Vec<Told>,
}

impl Tale {
    /// Nothing was done.
    pub(crate) fn none() -> Self {
        Self::unasked(Vec::new())
    }

    /// What is done without anybody's request.
    pub(crate) fn unasked(told: Vec<Told>) -> Self {
        Self { request: None, told }
    }

    fn of(request: &RequestId) -> Self {
        Self { request: Some(request.clone()), told: Vec::new() }
    }

    fn say(&mut self, told: Told) {
        self.told.push(told);
    }

    /// Adds it to what has happened.
    pub(crate) fn tell(self, draft: &mut Draft<'_>, now: Timestamp, about: &About) -> Result<()> {
        self.told.into_iter().try_for_each(|told| event::tell(draft, now, about, self.request.as_ref(), told))
    }
}

type Id = (InstanceId, ReleaseId);

/// What is seen of a step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// Not yet; look again at this moment at the latest.
    Wait(Timestamp),
    /// It is done.
    Done,
    /// It cannot be done any more.
    Failed {
        /// Why.
        cause: String,
        /// The copy to blame.
        copy: Option<Id>,
    },
}

/// How long copies that drain may take beyond the time that the balancer gives them.
const DRAINING: Duration = Duration::from_secs(30);

/// How long a look at an environment is waited for. It comes by itself and wakes whoever waits; this is for one that
/// does not come.
const LOOK: Duration = Duration::from_secs(10);

/// Is a step done? The fleet has done its part of it, with which it had fulfilled so many wishes.
pub(crate) fn judge(
    environment: &Environment,
    progress: &Progress,
    configuration: &Configuration,
    (seen, fulfilled): (&Observation, u64),
    now: Timestamp,
) -> Verdict {
    let Some(step) = progress.steps.get(progress.at) else { return Verdict::Done };
    match &step.until {
        Until::Applied => Verdict::Done,
        // What was seen before says nothing of what has been done since: copies that had nothing to do then may have got
        // a request just before they were to get none.
        _ if seen.generation < fulfilled => Verdict::Wait(now.saturating_add(LOOK)),
        Until::Healthy(copies) => {
            let deadline = progress.since.saturating_add(configuration.command_timeout());
            let mut waiting = None;
            for copy in copies {
                match readiness(seen.copies.get(copy), configuration) {
                    Readiness::Ready => {}
                    Readiness::Waiting(why) => {
                        waiting.get_or_insert((copy, why));
                    }
                    // It counts, though another one before it is only not ready.
                    Readiness::Failed(why) => {
                        let cause = format!("[Instance: {}] {why}", copy.0);
                        return Verdict::Failed { cause, copy: Some(copy.clone()) };
                    }
                }
            }
            match waiting {
                None => Verdict::Done,
                Some((copy, why)) if now >= deadline => Verdict::Failed {
                    cause: format!(
                        "[Instance: {}] did not become healthy within {} seconds (the option Timeout of \
                         aws:elasticbeanstalk:command): {why}",
                        copy.0,
                        configuration.command_timeout().as_secs()
                    ),
                    copy: Some(copy.clone()),
                },
                Some(_) => Verdict::Wait(deadline),
            }
        }
        Until::Drained(copies) => {
            let patience = configuration.draining().saturating_add(DRAINING);
            let deadline = progress.since.saturating_add(patience);
            let busy = copies.iter().any(|copy| {
                seen.copies
                    .get(copy)
                    .is_some_and(|seen| seen.outstanding > 0 && matches!(seen.state, CopyState::Running { .. }))
            });
            if !busy || now >= deadline { Verdict::Done } else { Verdict::Wait(deadline) }
        }
        Until::Held { seconds, copies } => {
            let end = progress.since.saturating_add(Duration::from_secs(*seconds));
            if let Some(verdict) = copies.iter().find_map(|copy| worse(seen.copies.get(copy), copy, configuration)) {
                return verdict;
            }
            if let Some(cause) = crate::health::failing_traffic(environment, copies, seen) {
                return Verdict::Failed { cause, copy: copies.first().cloned() };
            }
            if now >= end { Verdict::Done } else { Verdict::Wait(end) }
        }
    }
}

enum Readiness {
    Ready,
    Waiting(String),
    Failed(String),
}

fn readiness(seen: Option<&Seen>, configuration: &Configuration) -> Readiness {
    let Some(seen) = seen else { return Readiness::Waiting("it has not started yet".into()) };
    match &seen.state {
        CopyState::Failed(failure) => Readiness::Failed(failure.to_string()),
        CopyState::Starting | CopyState::Stopped => Readiness::Waiting("it has not started yet".into()),
        CopyState::Running { .. } if configuration.ignores_health() => Readiness::Ready,
        CopyState::Running { .. } if seen.passed >= configuration.healthy_checks() => Readiness::Ready,
        CopyState::Running { .. } => {
            Readiness::Waiting(seen.failing.clone().unwrap_or_else(|| "its health is still being checked".into()))
        }
    }
}

/// A copy that was healthy and is so no more.
fn worse(seen: Option<&Seen>, copy: &Id, configuration: &Configuration) -> Option<Verdict> {
    let cause = match seen.map(|seen| (&seen.state, seen)) {
        None => "it is gone".to_owned(),
        Some((CopyState::Failed(failure), _)) => failure.to_string(),
        Some((_, seen)) if seen.failed >= configuration.unhealthy_checks() && !configuration.ignores_health() => {
            seen.failing.clone().unwrap_or_default()
        }
        Some(_) => return None,
    };
    Some(Verdict::Failed { cause: format!("[Instance: {}] {cause}", copy.0), copy: Some(copy.clone()) })
}

/// The release that an environment can go back to. What is being deployed is aborted, and not gone back from.
pub(crate) fn fallback(environment: &Environment) -> Result<&Release> {
    let refused = |why: &str| {
        Error::parameter(format!("The environment {} cannot go back to the version before: {why}", environment.name))
    };
    if environment.life != Life::Ready || !environment.queue.is_empty() {
        return Err(refused("it is being changed. Abort that, or wait until it is Ready."));
    }
    environment.fallback().ok_or_else(|| refused("no other version has run in it."))
}

/// Begins a change of an environment that is ready.
pub(crate) fn begin(environment: &mut Environment, change: Change, request: &RequestId, now: Timestamp) -> Tale {
    let mut tale = Tale::of(request);
    let Some(base) = environment.shown().cloned() else { return tale };
    environment.deployments += 1;
    let id = ReleaseId(environment.deployments);
    let mut release = base.anew(id, now);
    let kind = match change {
        Change::Update { version, platform, saved, settings, remove } => {
            let deploys = version.is_some() || platform.is_some();
            if let Some((label, source)) = version {
                (release.version, release.source) = (label, source);
            }
            release.platform = platform.unwrap_or(release.platform);
            release.set_settings(changed(base.settings(), saved, &settings, &remove));
            tale.say(Told::info("Environment update is starting."));
            if deploys { Kind::Deploy } else { Kind::Configure }
        }
        Change::Rebuild => {
            tale.say(Told::info("rebuildEnvironment is starting."));
            Kind::Rebuild
        }
        Change::Refresh => {
            tale.say(Told::info("Environment update is starting."));
            Kind::Refresh
        }
        Change::Restart => {
            tale.say(Told::info("restartAppServer is starting."));
            Kind::Restart
        }
        Change::Rollback(earlier) => {
            if let Some(earlier) = environment.releases.get(&earlier) {
                (release.version, release.source) = (earlier.version.clone(), earlier.source.clone());
                release.set_prepared(earlier.prepared().cloned());
                release.images = earlier.images.or(Some(earlier.id));
            }
            tale.say(Told::info("Environment update is starting."));
            Kind::Deploy
        }
    };
    if kind == Kind::Configure {
        let name = &environment.name;
        tale.say(Told::info(format!("Updating environment {name}'s configuration settings.")));
    }
    environment.releases.insert(id, release);
    environment.tending = None;
    environment.updated = now;
    environment.life = Life::Updating(Operation {
        kind,
        request: request.clone(),
        started: now,
        release: id,
        stage: Stage::Preparing,
        before: environment.copies.clone(),
        desired: environment.desired,
    });
    tale
}

/// Settings after a change.
pub(crate) fn changed(
    base: &Settings,
    saved: Option<(crate::name::TemplateName, Vec<crate::option::Setting>)>,
    add: &[crate::option::Setting],
    remove: &[crate::option::OptionKey],
) -> Settings {
    let mut settings = base.clone();
    if saved.is_some() {
        settings.saved = saved;
    }
    settings
        .direct
        .retain(|setting| !remove.contains(&setting.key) && !add.iter().any(|added| added.key == setting.key));
    if let Some((_, saved)) = &mut settings.saved {
        saved.retain(|setting| !remove.contains(&setting.key));
    }
    // Of one that is named twice the last one counts.
    for setting in add {
        settings.direct.retain(|other| other.key != setting.key);
        settings.direct.push(setting.clone());
    }
    settings
}

/// The release is prepared: what the settings of its source change is known only now, and so is the plan.
pub(crate) fn prepared(
    environment: &mut Environment,
    prepared: Prepared,
    now: Timestamp,
    fresh: &mut dyn FnMut() -> InstanceId,
) -> Result<Tale> {
    let Some(operation) = environment.life.operation().cloned() else {
        return Ok(Tale::none());
    };
    let mut tale = Tale::of(&operation.request);
    let exclusive = prepared.exclusive;
    let Some(release) = environment.releases.get_mut(&operation.release) else { return Ok(tale) };
    release.set_prepared(Some(Arc::new(prepared)));
    let configuration = release.configuration(environment.tier)?;
    let before = environment.current.and_then(|id| environment.releases.get(&id));
    let before = before.map(|release| release.configuration(environment.tier)).transpose()?;
    let size = match (&before, operation.kind) {
        (Some(_), Kind::Launch) | (None, _) => configuration.least(),
        (Some(_), _) => environment.desired.clamp(configuration.least(), configuration.most()),
    };
    environment.desired = size;
    let release = operation.release;
    let copies = &environment.copies;
    let steps = match operation.kind {
        Kind::Rebuild => {
            let all: Vec<Id> = copies.iter().map(|copy| (copy.instance.clone(), copy.release)).collect();
            let gone = Step { put: Vec::new(), drop: all, share: Some(Share::Even), until: Until::Applied, say: None };
            let policy = Policy::AllAtOnce;
            let mut steps = vec![gone];
            steps.extend(plan::deploy(Deployment { copies: &[], release, policy, exclusive, size, fresh }));
            steps
        }
        Kind::Launch | Kind::Deploy | Kind::Configure | Kind::Restart | Kind::Refresh => {
            let policy = policy(operation.kind, &configuration, before.as_deref(), copies);
            plan::deploy(Deployment { copies, release, policy, exclusive, size, fresh })
        }
    };
    if matches!(operation.kind, Kind::Deploy) {
        tale.say(Told::info("Deploying new version to instance(s)."));
    }
    start(environment, steps, now, &mut tale);
    Ok(tale)
}

/// Refuses settings of the source that cannot be.
pub(crate) fn check_prepared(environment: &Environment, release: ReleaseId, prepared: &Prepared) -> Result<()> {
    let Some(release) = environment.releases.get(&release) else { return Ok(()) };
    let prepared = Some(Arc::new(prepared.clone()));
    super::settings::check(&release.with_prepared(prepared).resolved(environment.tier))
}

/// The release is the one that there was, with settings that touch no instance: it needs no new copies.
pub(crate) fn settle_in_place(
    environment: &mut Environment,
    now: Timestamp,
    fresh: &mut dyn FnMut() -> InstanceId,
) -> Result<Tale> {
    let Some(operation) = environment.life.operation().cloned() else {
        return Ok(Tale::none());
    };
    let mut tale = Tale::of(&operation.request);
    let (Some(current), Some(new)) = (environment.current, environment.releases.remove(&operation.release)) else {
        return Ok(tale);
    };
    environment.deployments -= 1;
    let tier = environment.tier;
    let Some(release) = environment.releases.get_mut(&current) else { return Ok(tale) };
    release.set_settings(new.settings().clone());
    let configuration = release.configuration(tier)?;
    let size = environment.desired.clamp(configuration.least(), configuration.most());
    environment.desired = size;
    if let Some(operation) = environment.life.operation_mut() {
        operation.release = current;
    }
    let serving = environment.serving().count();
    let mut steps = vec![Step { put: Vec::new(), drop: Vec::new(), share: None, until: Until::Applied, say: None }];
    if serving != size {
        steps.extend(plan::resize(&environment.copies, current, size, fresh));
    }
    start(environment, steps, now, &mut tale);
    Ok(tale)
}

fn policy(kind: Kind, new: &Configuration, old: Option<&Configuration>, copies: &[Copy]) -> Policy {
    let instances = copies.iter().filter(|copy| copy.duty == Duty::Serve).count();
    match kind {
        Kind::Deploy => new.deployment_policy(instances),
        Kind::Configure => old.unwrap_or(new).update_policy(),
        Kind::Refresh => Policy::Immutable,
        Kind::Launch | Kind::Rebuild | Kind::Restart => Policy::AllAtOnce,
    }
}

/// Puts the first step to work.
fn start(environment: &mut Environment, steps: Vec<Step>, now: Timestamp, tale: &mut Tale) {
    let progress = Progress { steps, at: 0, since: now };
    enter(environment, &progress, now, tale);
    if let Some(operation) = environment.life.operation_mut() {
        operation.stage = Stage::Running(progress);
    }
}

/// The copies as the step at work wants them.
fn enter(environment: &mut Environment, progress: &Progress, now: Timestamp, tale: &mut Tale) {
    let Some(step) = progress.steps.get(progress.at) else { return };
    environment.copies = plan::after(&environment.copies, step);
    match step.share {
        Some(Share::Even) => environment.split = None,
        Some(Share::Split(split)) => environment.split = Some(split),
        None => {}
    }
    environment.instances.retain(|instance, _| environment.copies.iter().any(|copy| copy.instance == *instance));
    for copy in &environment.copies {
        environment.instances.entry(copy.instance.clone()).or_insert(now);
    }
    tale.told.extend(step.told());
}

/// The step at work is done: on to the next, or to the end.
pub(crate) fn advance(environment: &mut Environment, now: Timestamp) -> Tale {
    if let Some(tending) = environment.tending.clone() {
        return advance_tending(environment, tending, now);
    }
    let Some(operation) = environment.life.operation().cloned() else {
        return Tale::none();
    };
    let mut tale = Tale::of(&operation.request);
    let mut stage = operation.stage.clone();
    let progress = match &mut stage {
        Stage::Preparing => return tale,
        Stage::Running(progress) | Stage::Returning { progress, .. } => progress,
    };
    progress.at += 1;
    progress.since = now;
    if progress.at < progress.steps.len() {
        let progress = progress.clone();
        enter(environment, &progress, now, &mut tale);
        if let Some(operation) = environment.life.operation_mut() {
            operation.stage = stage;
        }
        return tale;
    }
    match stage {
        Stage::Returning { aborted, .. } => fail(environment, &operation, aborted, now, &mut tale),
        Stage::Preparing | Stage::Running(_) => succeed(environment, &operation, now, &mut tale),
    }
    tale
}

fn advance_tending(environment: &mut Environment, mut tending: Tending, now: Timestamp) -> Tale {
    let mut tale = Tale::none();
    tending.progress.at += 1;
    tending.progress.since = now;
    if tending.progress.at < tending.progress.steps.len() {
        let progress = tending.progress.clone();
        enter(environment, &progress, now, &mut tale);
        environment.tending = Some(tending);
    } else {
        environment.tending = None;
    }
    tale
}

fn succeed(environment: &mut Environment, operation: &Operation, now: Timestamp, tale: &mut Tale) {
    if let Some(release) = environment.releases.get_mut(&operation.release) {
        release.completed.get_or_insert(now);
    }
    if environment.current != Some(operation.release) {
        let of = |id: Option<ReleaseId>| id.and_then(|id| environment.releases.get(&id));
        let differs = of(environment.current)
            .zip(of(Some(operation.release)))
            .is_some_and(|(before, now)| !before.is_same_version(now));
        if differs {
            environment.fallback = environment.current;
        }
        environment.previous = environment.current;
        environment.current = Some(operation.release);
    }
    forget_releases(environment);
    crate::managed::finish(environment, None, now);
    environment.life = Life::Ready;
    environment.updated = now;
    let name = &environment.name;
    match operation.kind {
        Kind::Launch | Kind::Rebuild => {
            if environment.tier == Tier::WebServer {
                tale.say(Told::info(format!("Application available at {}.", crate::environment::view::ADDRESS)));
            }
            tale.say(Told::info(format!("Successfully launched environment: {name}")));
        }
        Kind::Deploy => {
            tale.say(Told::info("New application version was deployed to running EC2 instances."));
            tale.say(Told::info("Environment update completed successfully."));
        }
        Kind::Configure => {
            tale.say(Told::info("Successfully deployed new configuration to environment."));
            tale.say(Told::info("Environment update completed successfully."));
        }
        Kind::Restart => tale.say(Told::info("restartAppServer completed successfully.")),
        Kind::Refresh => tale.say(Told::info("Environment update completed successfully.")),
    }
}

/// An environment goes, whatever is being done to it.
pub(crate) fn terminate(environment: &mut Environment, request: &RequestId, now: Timestamp) -> Tale {
    if environment.life.is_terminating() {
        return Tale::none();
    }
    let mut tale = Tale::of(request);
    tale.say(Told::info("terminateEnvironment is starting."));
    tale.told.extend(give_up_waiting(environment, "the environment is terminated", |_| true));
    environment.updated = now;
    environment.life = Life::Terminating { request: request.clone(), started: now };
    tale
}

/// Changes that wait are given up: says so to whoever asked for them.
pub(crate) fn give_up_waiting(environment: &mut Environment, why: &str, which: impl Fn(&Change) -> bool) -> Vec<Told> {
    let told = |queued: super::Queued| {
        Told::warn(format!("The change that was waiting was given up: {why}.")).of(&queued.request)
    };
    environment.queue.extract_if(.., |queued| which(&queued.change)).map(told).collect()
}

/// The release could not be prepared, a step has failed, or somebody wants it back as it was.
pub(crate) fn turn_back(
    environment: &mut Environment,
    cause: &str,
    failed: Option<&Id>,
    aborted: bool,
    now: Timestamp,
) -> Tale {
    let Some(operation) = environment.life.operation().cloned() else {
        return Tale::none();
    };
    let mut tale = Tale::of(&operation.request);
    let told = if aborted { Told::warn(cause) } else { Told::error(cause) };
    tale.say(told);
    let exclusive = environment
        .releases
        .get(&operation.release)
        .and_then(Release::prepared)
        .is_some_and(|prepared| prepared.exclusive);
    let keep = failed.filter(|_| !aborted);
    let served = operation.before.iter().any(|copy| copy.duty == Duty::Serve);
    let steps = if operation.stage == Stage::Preparing {
        Vec::new()
    } else if served || aborted {
        if served {
            tale.say(Told::info("Going back to the version that was running before."));
        }
        plan::back(&environment.copies, &operation.before, keep, exclusive)
    } else {
        // There is nothing to go back to where nothing was: what there is stays as it is, to be looked at.
        stop_all(&environment.copies)
    };
    let progress = Progress { steps, at: 0, since: now };
    if !operation.before.is_empty() {
        environment.desired = operation.desired;
    }
    if progress.steps.is_empty() {
        fail(environment, &operation, aborted, now, &mut tale);
        return tale;
    }
    enter(environment, &progress, now, &mut tale);
    if let Some(operation) = environment.life.operation_mut() {
        operation.stage = Stage::Returning { progress, cause: cause.to_owned(), aborted };
    }
    tale
}

/// All copies stay, stopped, for somebody to look at.
fn stop_all(copies: &[Copy]) -> Vec<Step> {
    let put = copies.iter().map(|copy| Copy { duty: Duty::Keep, ..copy.clone() }).collect();
    vec![Step { put, drop: Vec::new(), share: Some(Share::Even), until: Until::Applied, say: None }]
}

fn fail(environment: &mut Environment, operation: &Operation, aborted: bool, now: Timestamp, tale: &mut Tale) {
    let first = environment.current.is_none();
    if !first && environment.current != Some(operation.release) {
        environment.releases.remove(&operation.release);
    }
    forget_releases(environment);
    crate::managed::finish(environment, Some("The environment was reverted to what it was before."), now);
    environment.life = Life::Ready;
    environment.updated = now;
    match operation.kind {
        Kind::Launch => {
            tale.say(Told::error("Failed to launch environment."));
            tale.say(Told::error(
                "Create environment operation is complete, but with errors. For more information, see \
                 troubleshooting documentation.",
            ));
        }
        _ if aborted => {
            tale.say(Told::info("The environment was reverted to the previous configuration setting."));
        }
        Kind::Deploy | Kind::Rebuild | Kind::Restart | Kind::Refresh => {
            tale.say(Told::error("Failed to deploy application."));
        }
        Kind::Configure => tale.say(Told::error("Failed to deploy configuration.")),
    }
}

/// Only the release that runs, the one before it, that of the version before, and those that copies are of stay known.
fn forget_releases(environment: &mut Environment) {
    let shown = environment.shown().map(|release| release.id);
    let known = [environment.current, environment.previous, environment.fallback, shown];
    let copies: Vec<ReleaseId> = environment.copies.iter().map(|copy| copy.release).collect();
    environment.releases.retain(|id, _| known.contains(&Some(*id)) || copies.contains(id));
}

/// Is one that serves not there, though nothing was said of its end? Somebody may have removed it.
pub(crate) fn misses(environment: &Environment, seen: &Observation) -> bool {
    environment.serving().any(|copy| seen.of(copy).is_none_or(|seen| seen.state == CopyState::Starting))
}

/// What a ready environment does by itself: instances that are lost are replaced, and as many run as it is to have.
pub(crate) fn tend(
    environment: &Environment,
    configuration: &Configuration,
    seen: &Observation,
    fresh: &mut dyn FnMut() -> InstanceId,
) -> Option<(Vec<Step>, String)> {
    let current = environment.current?;
    let serving: Vec<Copy> = environment.serving().cloned().collect();
    let lost: Vec<(Copy, String)> = serving
        .iter()
        .filter_map(|copy| {
            let seen = seen.of(copy)?;
            let why = match &seen.state {
                CopyState::Failed(Failure { cause, .. }) => cause.clone(),
                CopyState::Running { .. } if seen.failed >= configuration.unhealthy_checks() => {
                    seen.failing.clone().unwrap_or_else(|| "its health checks fail".into())
                }
                _ => return None,
            };
            Some((copy.clone(), why))
        })
        .collect();
    if let Some((first, why)) = lost.first() {
        let copies: Vec<Copy> = lost.iter().map(|(copy, _)| copy.clone()).collect();
        let others = if lost.len() > 1 { format!(" (and {} more)", lost.len() - 1) } else { String::new() };
        let why = format!("Instance [{}] is replaced{others}: {why}", first.instance);
        return Some((plan::replace(&copies, current, fresh), why));
    }
    // What was begun with them has given way to something else.
    let left: Vec<Copy> =
        environment.copies.iter().filter(|copy| matches!(copy.duty, Duty::Idle | Duty::Rest)).cloned().collect();
    if let Some(first) = left.first() {
        let why = format!("Instance [{}] is removed: what was begun with it was given up.", first.instance);
        return Some((plan::clear(&left), why));
    }
    let size = environment.desired.clamp(configuration.least(), configuration.most());
    (serving.len() != size).then(|| {
        let steps = plan::resize(&environment.copies, current, size, fresh);
        (steps, format!("The environment goes from {} to {size} instances.", serving.len()))
    })
}

/// Begins what an environment does by itself.
pub(crate) fn begin_tending(environment: &mut Environment, steps: Vec<Step>, why: String, now: Timestamp) -> Tale {
    let mut tale = Tale::unasked(vec![Told::warn(why.clone())]);
    let progress = Progress { steps, at: 0, since: now };
    enter(environment, &progress, now, &mut tale);
    environment.tending = Some(Tending { progress, why });
    tale
}

/// What an environment does by itself has not worked: it is tried again later, and what is left of it goes then.
pub(crate) fn give_up_tending(environment: &mut Environment, cause: &str, now: Timestamp) -> Tale {
    environment.tending = None;
    environment.updated = now;
    Tale::unasked(vec![Told::error(cause)])
}
