//! What must hold: of every record that is written, and of what is left when all has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use beanstalk::environment::{Kind, Life, Stage};
use beanstalk::fleet::{Copy, Duty, ReleaseId};
use beanstalk::{Environment, EnvironmentId, Event};
use words::Timestamp;

use crate::fleet::Manner;
use crate::machine::{Inner, Place, State};

const ENVIRONMENTS: &str = "beanstalk-environments";
const EVENTS: &str = "beanstalk-events";

/// What is known of the record as it was decided, and what was wrong.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) environments: BTreeMap<String, Environment>,
    events: BTreeMap<String, Event>,
    /// Requests that were answered, and what they were.
    answered: BTreeMap<String, String>,
    broken: Vec<String>,
}

impl Rules {
    pub(crate) fn broken(&mut self, now: Timestamp, what: impl Into<String>) {
        self.broken.push(format!("{now} {}", what.into()));
    }

    pub(crate) fn all_broken(&self) -> &[String] {
        &self.broken
    }

    /// A call was answered: what it asked for lasts.
    pub(crate) fn answered(&mut self, request: &str, what: String) {
        self.answered.insert(request.to_owned(), what);
    }

    /// A batch was decided upon. Gives what is worth a line.
    pub(crate) fn written<'a>(
        &mut self,
        changes: impl Iterator<Item = (&'static str, &'a str, Option<&'a [u8]>)>,
        now: Timestamp,
    ) -> Vec<String> {
        let mut lines = Vec::new();
        for (table, key, value) in changes {
            match (table, value) {
                (ENVIRONMENTS, Some(value)) => {
                    let environment: Environment = serde_json::from_slice(value).unwrap();
                    lines.push(summary(&environment));
                    let before = self.environments.get(key);
                    let wrong = wrong(before, &environment);
                    wrong.into_iter().for_each(|what| self.broken(now, format!("{}: {what}", environment.name)));
                    self.environments.insert(key.to_owned(), environment);
                }
                (ENVIRONMENTS, None) => drop(self.environments.remove(key)),
                (EVENTS, Some(value)) => {
                    let event: Event = serde_json::from_slice(value).unwrap();
                    let name = event.about.environment.as_ref().map_or("", |name| name.as_str());
                    let request = event.request.as_ref().map_or("", |request| request.0.as_str());
                    lines.push(format!("  [{name} {request}] {}", event.message));
                    self.events.insert(key.to_owned(), event);
                }
                _ => {}
            }
        }
        // A swap changes two at once.
        let mut names = BTreeMap::new();
        let living = self.environments.values().filter(|environment| !environment.life.is_terminated());
        let twice: Vec<String> = living
            .filter_map(|environment| names.insert(environment.cname.clone()?, environment.name.clone()))
            .map(|name| format!("the CNAME of {name} is another's, too"))
            .collect();
        twice.into_iter().for_each(|what| self.broken(now, what));
        lines
    }

    /// The record is what was durable.
    pub(crate) fn reopened(&mut self, tables: &BTreeMap<&'static str, BTreeMap<String, Vec<u8>>>) {
        let none = BTreeMap::new();
        let of = |name| tables.get(name).unwrap_or(&none).iter();
        let parsed = |(key, value): (&String, &Vec<u8>)| (key.clone(), serde_json::from_slice(value).unwrap());
        self.environments = of(ENVIRONMENTS).map(parsed).collect();
        self.events = of(EVENTS).map(|(key, value)| (key.clone(), serde_json::from_slice(value).unwrap())).collect();
        let requests: BTreeSet<&str> =
            self.events.values().filter_map(|event| Some(event.request.as_ref()?.0.as_str())).collect();
        let lost: Vec<String> = self
            .answered
            .iter()
            .filter(|(request, _)| !requests.contains(request.as_str()))
            .map(|(request, what)| format!("{request} ({what}) was answered and is lost"))
            .collect();
        self.broken.extend(lost);
    }

    /// Is this release on its way to the instances?
    pub(crate) fn deploys(&self, id: &EnvironmentId, release: ReleaseId) -> bool {
        let operation = self.environments.get(id.as_str()).and_then(|environment| environment.life.operation());
        operation.is_some_and(|operation| operation.release == release && matches!(operation.stage, Stage::Running(_)))
    }

    /// Does what is done to this environment take nothing away that is needed?
    pub(crate) fn loses_nothing(&self, id: &EnvironmentId) -> bool {
        self.environments.get(id.as_str()).is_some_and(|environment| {
            let exclusive =
                |release: &beanstalk::environment::Release| Manner::of(&release.source) == Manner::Exclusive;
            let rebuilt = environment.life.operation().is_some_and(|operation| operation.kind == Kind::Rebuild);
            !rebuilt && !environment.life.is_terminating() && !environment.releases.values().any(exclusive)
        })
    }

    /// The environments with their requests, in which nothing is left to be done; otherwise why not.
    pub(crate) fn unrest(&self) -> Option<String> {
        self.environments.values().find_map(|environment| {
            let name = &environment.name;
            let current = environment.current.and_then(|id| environment.releases.get(&id));
            let weak = current.is_some_and(|release| Manner::of(&release.source) == Manner::Weak);
            match &environment.life {
                Life::Terminated { .. } => None,
                Life::Ready if !environment.queue.is_empty() => Some(format!("{name} has changes that wait")),
                Life::Ready if weak || current.is_none() => None,
                Life::Ready if environment.tending.is_some() => Some(format!("{name} is tending")),
                Life::Ready => {
                    let (serving, size) = (environment.serving().count(), size(environment));
                    (serving != size).then(|| format!("{name} has {serving} of {size} instances"))
                }
                life => Some(format!("{name} is {}", life.word())),
            }
        })
    }
}

fn size(environment: &Environment) -> usize {
    let current = environment.current.and_then(|id| environment.releases.get(&id)).unwrap();
    let configuration = current.configuration(environment.tier).unwrap();
    let capacity = &configuration.capacity;
    environment.desired.clamp(capacity.min as usize, capacity.max as usize)
}

fn summary(environment: &Environment) -> String {
    let stage = environment.life.operation().map(|operation| {
        let at = |progress: &beanstalk::environment::Progress| format!("{}/{}", progress.at, progress.steps.len());
        let stage = match &operation.stage {
            Stage::Preparing => "preparing".to_owned(),
            Stage::Running(progress) => format!("running {}", at(progress)),
            Stage::Returning { progress, .. } => format!("returning {}", at(progress)),
        };
        format!(" {:?} {stage}", operation.kind)
    });
    let copies: Vec<String> = environment
        .copies
        .iter()
        .map(|copy| {
            format!(
                "{}:{}:{:?}",
                copy.instance.as_str().trim_start_matches("i-0").trim_start_matches('0'),
                copy.release,
                copy.duty
            )
        })
        .collect();
    let (name, life) = (&environment.name, environment.life.word());
    let tending = if environment.tending.is_some() { " tending" } else { "" };
    let (desired, queue) = (environment.desired, environment.queue.len());
    format!(
        "{name}: {life}{}{tending} current {:?} desired {desired} queue {queue} {}",
        stage.unwrap_or_default(),
        environment.current.map(|id| id.0),
        copies.join(" ")
    )
}

fn serving(copies: &[Copy]) -> usize {
    copies.iter().filter(|copy| copy.duty == Duty::Serve).count()
}

/// What is wrong with a record, after the one before.
fn wrong(before: Option<&Environment>, now: &Environment) -> Vec<String> {
    let mut wrong = Vec::new();
    match before.map(|before| &before.life) {
        Some(Life::Terminated { .. }) if !matches!(&now.life, Life::Launching(_) | Life::Terminated { .. }) => {
            wrong.push("it was terminated and lives".into());
        }
        Some(Life::Terminating { .. }) if !now.life.is_terminating() => {
            wrong.push("it was to be terminated and lives on".into());
        }
        _ => {}
    }
    for copy in now.copies.iter().filter(|copy| copy.duty == Duty::Serve) {
        match now.releases.get(&copy.release) {
            Some(release) if Manner::of(&release.source).is_hopeless() => {
                wrong.push(format!("{} serves, of which none is ever well", copy.release));
            }
            Some(_) => {}
            None => wrong.push(format!("{} serves, and is not known", copy.release)),
        }
    }
    let Life::Updating(operation) = &now.life else { return wrong };
    let exclusive = [Some(operation.release), now.current]
        .into_iter()
        .flatten()
        .any(|id| now.releases.get(&id).is_some_and(|release| Manner::of(&release.source) == Manner::Exclusive));
    let least = serving(&operation.before).min(now.desired);
    if !exclusive && operation.kind != Kind::Rebuild && serving(&now.copies) < least {
        wrong.push(format!("{} serve, and {least} are promised", serving(&now.copies)));
    }
    wrong
}

/// What is wrong with all that is left, when nothing more is to be done.
pub(crate) fn at_rest(inner: &Inner) -> Vec<String> {
    let mut wrong = Vec::new();
    let rules = &inner.rules;
    for environment in rules.environments.values() {
        wrong.extend(of_one(inner, environment).into_iter().map(|what| format!("{}: {what}", environment.name)));
    }
    let living = |id: &EnvironmentId| {
        rules.environments.get(id.as_str()).is_some_and(|environment| !environment.life.is_terminated())
    };
    let places = inner.containers.keys().filter(|(id, ..)| !living(id));
    wrong.extend(places.map(|place| format!("{place:?} is nobody's container")));
    wrong.extend(inner.networks.iter().filter(|id| !living(id)).map(|id| format!("{id} has a network still")));
    wrong.extend(inner.images.iter().filter(|(id, _)| !living(id)).map(|(id, _)| format!("{id} has images still")));
    wrong.extend(stories(rules));
    wrong
}

fn of_one(inner: &Inner, environment: &Environment) -> Vec<String> {
    let mut wrong = Vec::new();
    if environment.life.is_terminated() {
        if !environment.copies.is_empty() {
            wrong.push("it is terminated and has copies".into());
        }
        return wrong;
    }
    let current = environment.current.and_then(|id| environment.releases.get(&id));
    if current.is_some_and(|release| Manner::of(&release.source) == Manner::Weak) {
        return wrong;
    }
    let wished: BTreeSet<Place> =
        environment.copies.iter().map(|copy| (environment.id.clone(), copy.instance.clone(), copy.release)).collect();
    for place in inner.containers.keys().filter(|place| place.0 == environment.id && !wished.contains(place)) {
        wrong.push(format!("{place:?} is left"));
    }
    for copy in &environment.copies {
        let place = (environment.id.clone(), copy.instance.clone(), copy.release);
        let runs = inner.containers.get(&place).is_some_and(|container| container.is_well(inner.now()));
        match copy.duty {
            Duty::Serve if Some(copy.release) != environment.current => {
                wrong.push(format!("{copy:?} serves, and {:?} is current", environment.current));
            }
            Duty::Serve if !runs => wrong.push(format!("{copy:?} is not well")),
            Duty::Serve => {}
            Duty::Keep
                if !matches!(
                    inner.containers.get(&place).map(|c| c.state(inner.now())),
                    Some(State::Running { .. })
                ) => {}
            _ => wrong.push(format!("{copy:?} is left over")),
        }
    }
    let known: BTreeSet<_> =
        environment.releases.values().flat_map(|one| [Some(one.id), one.images]).flatten().collect();
    // Where nothing was ever prepared there is no wish yet, and what was begun goes with the first one.
    let prepared = environment.releases.values().any(|release| release.prepared().is_some());
    let left = |id: &EnvironmentId, release| prepared && *id == environment.id && !known.contains(release);
    let images = inner.images.iter().filter(|(id, release)| left(id, release));
    wrong.extend(images.map(|(_, release)| format!("the images of {release} are left")));
    wrong
}

/// Does a change begin with this text?
fn begins(message: &str) -> bool {
    const BEGINNINGS: [&str; 6] = [
        "createEnvironment is starting.",
        "Environment update is starting.",
        "rebuildEnvironment is starting.",
        "restartAppServer is starting.",
        "terminateEnvironment is starting.",
        "swapEnvironmentCNAMEs is starting.",
    ];
    BEGINNINGS.contains(&message)
}

/// Is a change over with this text?
fn ends(message: &str) -> bool {
    const ENDS: [&str; 9] = [
        "Successfully launched environment: ",
        "Create environment operation is complete, but with errors.",
        "Environment update completed successfully.",
        "restartAppServer completed successfully.",
        "The environment was reverted to the previous configuration setting.",
        "Failed to deploy application.",
        "Failed to deploy configuration.",
        "terminateEnvironment completed successfully.",
        "Completed swapping CNAMEs for environments ",
    ];
    ENDS.iter().any(|end| message.starts_with(end))
}

const WAITS: &str = "The change waits until the environment is ready.";
const GIVEN_UP: &str = "The change that was waiting was given up";

/// Every change that began has an end that is told once, as has every one that waited.
fn stories(rules: &Rules) -> Vec<String> {
    // What was told of each request, and the last event that did.
    let mut by: BTreeMap<(&str, &str), (Vec<&str>, &str)> = BTreeMap::new();
    let mut ended = BTreeMap::new();
    for event in rules.events.values() {
        let Some(id) = event.about.environment_id.as_ref().map(|id| id.as_str()) else { continue };
        if event.message == "terminateEnvironment completed successfully." {
            ended.insert(id, event.id.as_str());
        }
        let Some(request) = &event.request else { continue };
        let (messages, last) = by.entry((id, &request.0)).or_default();
        messages.push(&event.message);
        *last = event.id.as_str();
    }
    let mut wrong = Vec::new();
    for ((id, request), (messages, last)) in by {
        let begun = messages.iter().filter(|message| begins(message)).count();
        let over = messages.iter().filter(|message| ends(message)).count();
        let waited = messages.contains(&WAITS);
        let given_up = messages.iter().any(|message| message.starts_with(GIVEN_UP));
        // Terminating goes before everything, and says so of all.
        let cut_off = ended.get(id).is_some_and(|end| *end >= last);
        if begun > 1 || over > 1 || over > begun {
            wrong.push(format!("{request} of {id} began {begun} times and ended {over} times: {messages:?}"));
        }
        if begun > over && !cut_off {
            wrong.push(format!("{request} of {id} has no end: {messages:?}"));
        }
        if waited && begun == 0 && !given_up && !cut_off {
            wrong.push(format!("{request} of {id} waited, and nothing was told of it: {messages:?}"));
        }
    }
    wrong
}
