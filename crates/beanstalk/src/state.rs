//! Everything that the service knows, at one moment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws::Region;
use serde::{Deserialize, Serialize};
use store::Store;
use store::ledger::Noun;

use crate::application::Application;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::event::{Event, EventId};
use crate::key_pair::KeyPair;
use crate::name::{ApplicationName, EnvironmentId, EnvironmentName, RequestId, TemplateName, VersionLabel};
use crate::security_group::SecurityGroup;
use crate::template::Template;
use crate::version::Version;

/// A change in the making.
pub(crate) type Draft<'a> = store::ledger::Draft<'a, State, Error>;

/// The one place that changes the state.
pub(crate) type Ledger = store::ledger::Ledger<State, Error>;

/// Applications, versions, saved configurations, environments, events: immutable, shared with whoever reads.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// All applications.
    pub applications: BTreeMap<Key, Arc<Application>>,
    /// All versions.
    pub versions: BTreeMap<Key, Arc<Version>>,
    /// All saved configurations.
    pub templates: BTreeMap<Key, Arc<Template>>,
    /// All environments, terminated ones too as long as they can be restored.
    pub environments: BTreeMap<EnvironmentId, Arc<Environment>>,
    /// All key pairs.
    pub key_pairs: BTreeMap<Key, Arc<KeyPair>>,
    /// Security groups that users have made or changed.
    pub security_groups: BTreeMap<Key, Arc<SecurityGroup>>,
    /// What has happened, oldest first.
    pub events: BTreeMap<EventId, Arc<Event>>,
}

/// What an application, or something of one, is found by: `region/application` or `region/application/name`, of which
/// none has a slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// Of an application.
    pub fn application(region: &Region, name: &ApplicationName) -> Self {
        Self(format!("{region}/{name}"))
    }

    /// Of a version.
    pub fn version(region: &Region, application: &ApplicationName, label: &VersionLabel) -> Self {
        Self(format!("{region}/{application}/{label}"))
    }

    /// Of a saved configuration.
    pub fn template(region: &Region, application: &ApplicationName, name: &TemplateName) -> Self {
        Self(format!("{region}/{application}/{name}"))
    }

    /// Of a key pair.
    pub fn key_pair(region: &Region, name: &str) -> Self {
        Self(format!("{region}/{name}"))
    }

    /// Of a security group.
    pub fn security_group(region: &Region, id: &str) -> Self {
        Self(format!("{region}/{id}"))
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is it of this application, and not the application itself?
    fn is_within(&self, application: &Key) -> bool {
        self.0.strip_prefix(&application.0).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Those of an application among all of a kind.
pub(crate) fn within<'a, T>(all: &'a BTreeMap<Key, Arc<T>>, application: &'a Key) -> impl Iterator<Item = &'a Arc<T>> {
    // A name has no slash, so that nothing but its own is behind one.
    let from = Key(format!("{application}/"));
    all.range(from..).take_while(|(key, _)| key.is_within(application)).map(|(_, value)| value)
}

store::noun!(State.applications: Application, "beanstalk-applications", key: Key, as_str);
store::noun!(State.versions: Version, "beanstalk-versions", key: Key, as_str);
store::noun!(State.templates: Template, "beanstalk-templates", key: Key, as_str);
store::noun!(State.environments: Environment, "beanstalk-environments", id: EnvironmentId, as_str);
store::noun!(State.key_pairs: KeyPair, "beanstalk-key-pairs", key: Key, as_str);
store::noun!(State.security_groups: SecurityGroup, "beanstalk-security-groups", key: Key, as_str);
store::noun!(State.events: Event, "beanstalk-events", id: EventId, as_str);

/// Reads the whole record. Blocks.
pub(crate) fn open(store: Store) -> Result<Ledger> {
    let state = State {
        applications: Application::load(&store)?,
        versions: Version::load(&store)?,
        templates: Template::load(&store)?,
        environments: Environment::load(&store)?,
        key_pairs: KeyPair::load(&store)?,
        security_groups: SecurityGroup::load(&store)?,
        events: Event::load(&store)?,
    };
    Ok(Ledger::new(state, store))
}

impl State {
    /// The application of this name.
    ///
    /// # Errors
    /// When there is none, in the words that `eb` makes one upon.
    pub fn application(&self, region: &Region, name: &str) -> Result<&Arc<Application>> {
        let missing = || Error::parameter(format!("No Application named '{name}' found."));
        let parsed: ApplicationName = name.parse().map_err(|_| missing())?;
        self.applications.get(&Key::application(region, &parsed)).ok_or_else(missing)
    }

    /// The version with this label.
    ///
    /// # Errors
    /// When there is none.
    pub fn version(&self, region: &Region, application: &ApplicationName, label: &str) -> Result<&Arc<Version>> {
        let missing = || Error::parameter(format!("No Application Version named '{label}' found."));
        let parsed: VersionLabel = label.parse().map_err(|_| missing())?;
        self.versions.get(&Key::version(region, application, &parsed)).ok_or_else(missing)
    }

    /// The saved configuration of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn template(&self, region: &Region, application: &ApplicationName, name: &str) -> Result<&Arc<Template>> {
        let missing = || Error::parameter(format!("No Configuration Template named '{application}/{name}' found."));
        let parsed: TemplateName = name.parse().map_err(|_| missing())?;
        self.templates.get(&Key::template(region, application, &parsed)).ok_or_else(missing)
    }

    /// The environment that an id or a name means: the living one of that name.
    ///
    /// # Errors
    /// When there is none, or neither was given.
    pub fn environment(&self, region: &Region, which: &Which) -> Result<&Arc<Environment>> {
        match (&which.id, &which.name) {
            (Some(id), _) => self
                .environments
                .values()
                .find(|environment| environment.id.as_str() == id && environment.region == *region)
                .ok_or_else(|| Error::parameter(format!("No Environment found for EnvironmentId = '{id}'."))),
            (None, Some(name)) => self
                .living(region)
                .find(|environment| environment.name.as_str() == name)
                .ok_or_else(|| Error::parameter(format!("No Environment found for EnvironmentName = '{name}'."))),
            (None, None) => Err(Error::Missing("Either EnvironmentName or EnvironmentId must be given.".into())),
        }
    }

    /// The environments of a region that are not terminated.
    pub fn living(&self, region: &Region) -> impl Iterator<Item = &Arc<Environment>> {
        self.environments.values().filter(move |env| env.region == *region && !env.life.is_terminated())
    }

    /// The environments whose CNAMEs this request swaps, as long as the balancer has not followed.
    pub(crate) fn swapping(&self, request: &RequestId) -> Vec<Environment> {
        let swapped = |environment: &&Arc<Environment>| {
            environment.swapping.as_ref().is_some_and(|swapping| swapping.request == *request)
        };
        self.environments.values().filter(swapped).map(|environment| Environment::clone(environment)).collect()
    }

    /// The living environment of this name.
    pub fn named(&self, region: &Region, name: &EnvironmentName) -> Option<&Arc<Environment>> {
        self.living(region).find(|environment| environment.name == *name)
    }
}

/// An environment as a caller names it; the id counts when both are given.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Its id.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

impl Which {
    /// By its name.
    pub fn named(name: &str) -> Self {
        Self { id: None, name: Some(name.to_owned()) }
    }

    /// By its id.
    pub fn identified(id: &EnvironmentId) -> Self {
        Self { id: Some(id.to_string()), name: None }
    }
}
