//! Managed actions: an environment goes to a newer version of its platform by itself, once a week, in a window.
//!
//! Source: "Managed platform updates" in the Elastic Beanstalk Developer Guide.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::environment::change::Change;
use crate::environment::decide::{self, Tale};
use crate::environment::{Environment, Life};
use crate::error::{Error, Result};
use crate::event::Told;
use crate::option::{Configuration, ManagedActions, UpdateLevel};
use crate::platform::PlatformVersion;
use crate::state::{State, Which};
use crate::{Beanstalk, Call};

/// How long the window is in which an action begins (AWS's).
const WINDOW: Duration = Duration::from_secs(2 * 3600);
/// Actions that are remembered.
const REMEMBERED: usize = 100;
const WEEK: i64 = 7 * 86400;

/// What an environment is going to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its id.
    pub id: String,
    /// What it is.
    pub description: String,
    /// `PlatformUpdate` or `InstanceRefresh`.
    pub kind: &'static str,
    /// `Scheduled`, `Pending` or `Running`.
    pub status: &'static str,
    /// When its window begins.
    pub window: Timestamp,
    /// The platform version that it is about.
    platform: Option<PlatformVersion>,
}

/// What an environment has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Its id.
    pub id: String,
    /// What it was.
    pub description: String,
    /// `PlatformUpdate` or `InstanceRefresh`.
    pub kind: String,
    /// When it began.
    pub executed: Timestamp,
    /// When it was over.
    pub finished: Option<Timestamp>,
    /// `Completed`, `Failed`, or `Unknown` as long as it runs.
    pub status: String,
    /// Why it failed.
    pub failure: Option<String>,
}

/// When the window that is open, or the next one, begins.
fn window(actions: &ManagedActions, now: Timestamp) -> Timestamp {
    // The first of January 1970 was a Thursday; days count from Monday.
    let offset =
        (i64::from(actions.day) + 4) % 7 * 86400 + i64::from(actions.hour) * 3600 + i64::from(actions.minute) * 60;
    let open = i64::try_from(WINDOW.as_secs()).unwrap_or(0);
    let mut start = (now.seconds() - offset).div_euclid(WEEK) * WEEK + offset;
    if now.seconds() >= start + open {
        start += WEEK;
    }
    Timestamp::from_nanos(i128::from(start) * 1_000_000_000).unwrap_or(now)
}

/// The newest version of the branch that the level takes: of the same minor version, or any of the same major one.
fn newer(from: PlatformVersion, level: UpdateLevel) -> Option<PlatformVersion> {
    let parts = |version: PlatformVersion| -> Vec<String> { version.version().split('.').map(str::to_owned).collect() };
    let same = match level {
        UpdateLevel::Patch => 2,
        UpdateLevel::Minor => 1,
    };
    let newest = PlatformVersion::all()
        .find(|version| version.branch() == from.branch() && parts(*version).get(..same) == parts(from).get(..same))?;
    (newest != from).then_some(newest)
}

/// What an environment is going to do.
pub(crate) fn scheduled(environment: &Environment, configuration: &Configuration, now: Timestamp) -> Vec<Action> {
    let Some(actions) = &configuration.managed_actions else { return Vec::new() };
    let window = window(actions, now);
    // Done within this window already: the next one is in a week.
    let done = |kind: &str| environment.managed.iter().any(|done| done.kind == kind && done.executed >= window);
    let mut found = Vec::new();
    if let Some(version) = newer(environment.platform(), actions.update_level) {
        found.push(Action {
            id: format!("platform-update-{}", version.version()),
            description: format!("Platform update to version {}", version.version()),
            kind: "PlatformUpdate",
            status: "Scheduled",
            window,
            platform: Some(version),
        });
    } else if actions.instance_refresh && !done("InstanceRefresh") {
        found.push(Action {
            id: format!("instance-refresh-{}", window.seconds()),
            description: "Replacement of the instances".into(),
            kind: "InstanceRefresh",
            status: "Scheduled",
            window,
            platform: None,
        });
    }
    found
}

/// Is its window open?
pub(crate) fn is_due(action: &Action, now: Timestamp) -> bool {
    now >= action.window && now < action.window.saturating_add(WINDOW)
}

/// Begins an action.
pub(crate) fn begin(
    environment: &mut Environment,
    action: &Action,
    request: &crate::RequestId,
    now: Timestamp,
) -> Tale {
    environment.managed.push(Done {
        id: action.id.clone(),
        description: action.description.clone(),
        kind: action.kind.to_owned(),
        executed: now,
        finished: None,
        status: "Unknown".into(),
        failure: None,
    });
    let surplus = environment.managed.len().saturating_sub(REMEMBERED);
    environment.managed.drain(..surplus);
    let change = match action.platform {
        Some(platform) => Change::Update {
            version: None,
            platform: Some(platform),
            saved: None,
            settings: Vec::new(),
            remove: Vec::new(),
        },
        None => Change::Refresh,
    };
    let mut tale = decide::begin(environment, change, request, now);
    tale.told.insert(0, Told::info(format!("Managed action begins: {}.", action.description)));
    tale
}

/// Says how the action that ran has ended.
pub(crate) fn finish(environment: &mut Environment, failure: Option<&str>, now: Timestamp) {
    if let Some(done) = environment.managed.last_mut().filter(|done| done.finished.is_none()) {
        done.finished = Some(now);
        done.status = if failure.is_some() { "Failed" } else { "Completed" }.to_owned();
        done.failure = failure.map(str::to_owned);
    }
}

impl Beanstalk {
    /// What an environment is going to do by itself.
    ///
    /// # Errors
    /// When the environment is not there.
    pub fn managed_actions(&self, call: &Call, which: &Which) -> Result<Vec<Action>> {
        let state = self.state();
        let environment = state.environment(&call.region, which)?;
        let configuration = environment.shown().map(|release| release.configuration(environment.tier)).transpose()?;
        let mut actions = configuration.map_or(Vec::new(), |c| scheduled(environment, &c, call.now));
        if let Some(done) = environment.managed.last().filter(|done| done.finished.is_none()) {
            for action in actions.iter_mut().filter(|action| action.id == done.id) {
                action.status = "Running";
            }
        }
        Ok(actions)
    }

    /// What an environment has done by itself, the newest first.
    ///
    /// # Errors
    /// When the environment is not there.
    pub fn managed_history(&self, call: &Call, which: &Which) -> Result<Vec<Done>> {
        let state = self.state();
        let environment = state.environment(&call.region, which)?;
        Ok(environment.managed.iter().rev().filter(|done| done.finished.is_some()).cloned().collect())
    }

    /// Does now what is going to be done.
    ///
    /// # Errors
    /// When there is no such action, or the environment is not ready.
    pub async fn apply_managed_action(&self, call: &Call, which: &Which, id: &str) -> Result<Action> {
        let environment = self.state().environment(&call.region, which)?.id.clone();
        let found = self.managed_actions(call, which)?.into_iter().find(|action| action.id == id);
        let action =
            found.ok_or_else(|| Error::parameter(format!("No managed action found for ActionId = '{id}'.")))?;
        let (call, begun) = (call.clone(), action.clone());
        let decide = move |_: &State, environment: &mut Environment| {
            if environment.life != Life::Ready {
                return Err(Error::ActionState(format!(
                    "Environment {} is not Ready: a managed action can't be applied now.",
                    environment.name
                )));
            }
            Ok(((), begin(environment, &begun, &call.request, call.now)))
        };
        self.change(&environment, decide).await?;
        self.wake(&environment);
        Ok(action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn windows_are_weekly() {
        let actions =
            ManagedActions { day: 1, hour: 9, minute: 0, update_level: UpdateLevel::Minor, instance_refresh: false };
        // 2026-11-24 is a Tuesday.
        for (now, start) in [
            ("2026-11-24T08:59:59Z", "2026-11-24T09:00:00Z"),
            ("2026-11-24T10:59:59Z", "2026-11-24T09:00:00Z"),
            ("2026-11-24T11:00:00Z", "2026-12-01T09:00:00Z"),
            ("2026-11-27T00:00:00Z", "2026-12-01T09:00:00Z"),
        ] {
            assert_eq!(window(&actions, at(now)), at(start), "{now}");
        }
    }

    #[test]
    fn levels_choose_what_is_newer() {
        let version = |text: &str| PlatformVersion::all().find(|version| version.version() == text).unwrap();
        assert_eq!(newer(version("4.7.1"), UpdateLevel::Patch), Some(version("4.7.2")));
        assert_eq!(newer(version("4.6.0"), UpdateLevel::Patch), None);
        assert_eq!(newer(version("4.6.0"), UpdateLevel::Minor), Some(version("4.7.2")));
        assert_eq!(newer(version("4.7.2"), UpdateLevel::Minor), None);
    }
}
