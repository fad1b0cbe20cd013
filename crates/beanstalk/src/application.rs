//! Applications: what versions, saved configurations and environments belong to.

use std::sync::Arc;

use aws::Region;
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::environment::{Environment, decide};
use crate::error::{Error, Noun, Result};
use crate::event::{self, About, Told};
use crate::name::{ApplicationName, RequestId};
use crate::state::{Draft, Key, State, within};
use crate::tag::{self, Tags};
use crate::template::Template;
use crate::version::Version;
use crate::{Beanstalk, Call, limits};

/// An application's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// What it is found by.
    pub key: Key,
    /// Its region.
    pub region: Region,
    /// Its name.
    pub name: ApplicationName,
    /// What its owner says of it.
    pub description: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed.
    pub updated: Timestamp,
    /// Which versions go by themselves.
    pub lifecycle: Lifecycle,
    /// Its tags.
    pub tags: Tags,
    /// It goes as soon as its last environment has gone: whose request that was.
    pub deleting: Option<RequestId>,
}

/// Which versions of an application go by themselves when another is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// The role that is named for it; no role is needed here.
    pub service_role: Option<String>,
    /// At most so many versions.
    pub max_count: Rule,
    /// Versions at most so many days old.
    pub max_age: Rule,
}

/// One rule of a [`Lifecycle`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Is it followed?
    pub enabled: bool,
    /// The number: versions, or days.
    pub number: Option<u32>,
    /// Their bundles go, too.
    pub delete_source: bool,
}

/// What a version is made old by where a rule names no number (AWS's).
const COUNT: u32 = 200;
const DAYS: u32 = 180;

impl Lifecycle {
    /// Refuses rules that contradict each other.
    ///
    /// # Errors
    /// When both rules are to be followed, or a number is out of range.
    pub fn check(&self) -> Result<()> {
        if self.max_count.enabled && self.max_age.enabled {
            return Err(Error::parameter("MaxCountRule and MaxAgeRule can't both be enabled."));
        }
        for (rule, name, most) in [(&self.max_count, "MaxCount", 1000), (&self.max_age, "MaxAgeInDays", 36500)] {
            if rule.number.is_some_and(|number| !(1..=most).contains(&number)) {
                return Err(Error::parameter(format!("{name} must be between 1 and {most}.")));
            }
        }
        Ok(())
    }

    /// The versions that go, and whether with their bundles. `versions` are the application's, `used` says which an
    /// environment has.
    pub(crate) fn expired<'a>(
        &self,
        versions: impl Iterator<Item = &'a Arc<Version>>,
        used: impl Fn(&Version) -> bool,
        now: Timestamp,
    ) -> Vec<(Arc<Version>, bool)> {
        let mut versions: Vec<Arc<Version>> = versions.cloned().collect();
        versions.sort_by_key(|version| std::cmp::Reverse(version.created));
        let rule = if self.max_count.enabled { &self.max_count } else { &self.max_age };
        let old: Vec<Arc<Version>> = if self.max_count.enabled {
            let count = usize::try_from(rule.number.unwrap_or(COUNT)).unwrap_or(usize::MAX);
            versions.split_off(versions.len().min(count))
        } else if self.max_age.enabled {
            let age = std::time::Duration::from_secs(u64::from(rule.number.unwrap_or(DAYS)) * 86400);
            versions.into_iter().filter(|version| now.since(version.created) > age).collect()
        } else {
            Vec::new()
        };
        // AWS deletes a hundred at a time.
        old.into_iter().filter(|version| !used(version)).take(100).map(|v| (v, rule.delete_source)).collect()
    }
}

/// What a new application is to be.
#[derive(Debug, Clone, Default)]
pub struct NewApplication {
    /// Its name.
    pub name: String,
    /// What its owner says of it.
    pub description: Option<String>,
    /// Which versions go by themselves.
    pub lifecycle: Option<Lifecycle>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl Application {
    pub(crate) fn about(&self) -> About {
        About { region: Some(self.region.clone()), application: Some(self.name.clone()), ..About::default() }
    }
}

pub(crate) fn description(text: Option<String>) -> Result<Option<String>> {
    match text {
        Some(text) if text.chars().count() > limits::DESCRIPTION => {
            Err(Error::parameter(format!("Description must be at most {} characters long.", limits::DESCRIPTION)))
        }
        text => Ok(text.filter(|text| !text.is_empty())),
    }
}

impl Beanstalk {
    /// Makes an application.
    ///
    /// # Errors
    /// When there is one of this name, or a member is malformed.
    pub async fn create_application(&self, call: &Call, new: NewApplication) -> Result<Arc<Application>> {
        let call = call.clone();
        self.ledger().commit(move |draft| decide_create(draft, &call, new)).await
    }

    /// The applications of these names, or all.
    pub fn applications(&self, region: &Region, names: &[String]) -> Vec<Arc<Application>> {
        let state = self.state();
        let wanted = |application: &Application| {
            application.region == *region && (names.is_empty() || names.iter().any(|n| n == application.name.as_str()))
        };
        state.applications.values().filter(|application| wanted(application)).cloned().collect()
    }

    /// Changes an application's description.
    ///
    /// # Errors
    /// When there is none of this name.
    pub async fn update_application(&self, call: &Call, name: &str, text: Option<String>) -> Result<Arc<Application>> {
        let (call, name, text) = (call.clone(), name.to_owned(), description(text)?);
        let committed = self.ledger().commit(move |draft| {
            let mut application = Application::clone(draft.application(&call.region, &name)?);
            application.description = text;
            application.updated = call.now;
            draft.put(application)
        });
        committed.await
    }

    /// Says which versions of an application go by themselves.
    ///
    /// # Errors
    /// When the rules contradict each other.
    pub async fn update_lifecycle(&self, call: &Call, name: &str, lifecycle: Lifecycle) -> Result<Arc<Application>> {
        lifecycle.check()?;
        let (call, name) = (call.clone(), name.to_owned());
        let committed = self.ledger().commit(move |draft| {
            let mut application = Application::clone(draft.application(&call.region, &name)?);
            application.lifecycle = lifecycle;
            application.updated = call.now;
            draft.put(application)
        });
        committed.await
    }

    /// Deletes an application with its versions and saved configurations, when asked for after terminating its
    /// environments.
    ///
    /// # Errors
    /// When it has environments that nobody said to terminate.
    pub async fn delete_application(&self, call: &Call, name: &str, force: bool) -> Result<()> {
        let (call_, name_) = (call.clone(), name.to_owned());
        let living = self.ledger().commit(move |draft| decide_delete(draft, &call_, &name_, force)).await?;
        living.iter().for_each(|environment| self.wake(environment));
        self.finish_deletions(call.now).await;
        Ok(())
    }

    /// Removes the applications that were only waiting for their environments to go.
    pub(crate) async fn finish_deletions(&self, now: Timestamp) {
        if self.state().applications.values().all(|application| application.deleting.is_none()) {
            return;
        }
        if let Err(error) = self.ledger().commit(move |draft| decide_deletions(draft, now)).await {
            tracing::error!(%error, "deleting an application");
        }
    }
}

pub(crate) fn decide_create(draft: &mut Draft<'_>, call: &Call, new: NewApplication) -> Result<Arc<Application>> {
    let name: ApplicationName = new.name.parse()?;
    let key = Key::application(&call.region, &name);
    if draft.applications.contains_key(&key) {
        return Err(Error::parameter(format!("Application {name} already exists.")));
    }
    if draft.applications.len() >= limits::APPLICATIONS {
        let what = format!("There are {} applications already, which is the limit.", limits::APPLICATIONS);
        return Err(Error::TooMany { noun: Noun::Application, what });
    }
    let lifecycle = new.lifecycle.unwrap_or_default();
    lifecycle.check()?;
    let application = draft.put(Application {
        key,
        region: call.region.clone(),
        name,
        description: description(new.description)?,
        created: call.now,
        updated: call.now,
        lifecycle,
        tags: tag::changed(&Tags::new(), &new.tags, &[])?,
        deleting: None,
    })?;
    let told = Told::info(format!("Created new Application: {}", application.name));
    event::tell(draft, call.now, &application.about(), Some(&call.request), told)?;
    Ok(application)
}

/// Marks it, and lets the environments go that have to go first. Gives them.
fn decide_delete(
    draft: &mut Draft<'_>,
    call: &Call,
    name: &str,
    force: bool,
) -> Result<Vec<crate::name::EnvironmentId>> {
    let mut application = Application::clone(draft.application(&call.region, name)?);
    let living: Vec<_> = draft
        .living(&call.region)
        .filter(|environment| environment.application == application.name)
        .map(|environment| (environment.id.clone(), environment.life.is_terminating()))
        .collect();
    if !force && let Some((_, _)) = living.iter().find(|(_, going)| !going) {
        return Err(Error::parameter(format!(
            "Unable to delete application {name} because it has running environments. Terminate them first, or set \
             TerminateEnvByForce."
        )));
    }
    application.deleting = Some(call.request.clone());
    let about = application.about();
    draft.put(application)?;
    event::tell(draft, call.now, &about, Some(&call.request), Told::info("deleteApplication is starting."))?;
    let living: Vec<_> = living.into_iter().filter(|(_, going)| !going).map(|(id, _)| id).collect();
    for id in &living {
        let Some(mut environment) = draft.environments.get(id).map(|environment| Environment::clone(environment))
        else {
            continue;
        };
        // Its events are not this request's: clients would take its end for the end of all.
        let tale = decide::terminate(&mut environment, &RequestId::random(), call.now);
        let about = draft.put(environment)?.about();
        tale.tell(draft, call.now, &about)?;
    }
    Ok(living)
}

/// Removes what waits for nothing more.
fn decide_deletions(draft: &mut Draft<'_>, now: Timestamp) -> Result<()> {
    let ready: Vec<Arc<Application>> = draft
        .applications
        .values()
        .filter(|application| application.deleting.is_some() && !has_living(draft, application))
        .cloned()
        .collect();
    for application in ready {
        let versions: Vec<Key> = within(&draft.versions, &application.key).map(|version| version.key.clone()).collect();
        let templates: Vec<Key> = within(&draft.templates, &application.key).map(|t| t.key.clone()).collect();
        versions.iter().for_each(|key| draft.remove::<Version>(key));
        templates.iter().for_each(|key| draft.remove::<Template>(key));
        draft.remove::<Application>(&application.key);
        let told = Told::info("The application has been deleted successfully.");
        event::tell(draft, now, &application.about(), application.deleting.as_ref(), told)?;
    }
    Ok(())
}

fn has_living(state: &State, application: &Application) -> bool {
    state.living(&application.region).any(|environment| environment.application == application.name)
}
