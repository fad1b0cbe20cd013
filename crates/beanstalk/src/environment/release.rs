//! A release: what is deployed, with the settings that it is deployed with.
//!
//! What these mean is asked for far more often than they change: by every look at an environment and every answer that
//! tells of it. So a release keeps it beside them, from when it is first asked for. They can be changed by methods of
//! this file only, which forget it.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use words::Timestamp;

use super::Settings;
use crate::error::Result;
use crate::fleet::{Prepared, ReleaseId};
use crate::name::VersionLabel;
use crate::option::{self, Configuration, Invalid, Resolved, Tier};
use crate::platform::PlatformVersion;
use crate::version::Source;

/// What is deployed, with the settings that it is deployed with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// The number of the deployment.
    pub id: ReleaseId,
    /// The label of its version.
    pub version: Option<VersionLabel>,
    /// What it is made of.
    pub source: Source,
    /// The platform version.
    pub platform: PlatformVersion,
    settings: Settings,
    prepared: Option<Arc<Prepared>>,
    /// The release that was prepared into this, if it was not this one: its images are called after that.
    #[serde(default)]
    pub images: Option<ReleaseId>,
    /// When its deployment began.
    pub created: Timestamp,
    /// When it was on all instances.
    pub completed: Option<Timestamp>,
    #[serde(skip)]
    meaning: Meaning,
}

/// What the settings of a release mean in a tier. It follows from them, so that it makes no two releases differ.
#[derive(Debug, Clone, Default)]
struct Meaning(OnceLock<(Tier, Arc<Configuration>)>);

impl PartialEq for Meaning {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Release {
    /// One that is to be prepared.
    pub(crate) fn new(
        id: ReleaseId,
        (version, source): (Option<VersionLabel>, Source),
        platform: PlatformVersion,
        settings: Settings,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            version,
            source,
            platform,
            settings,
            prepared: None,
            images: None,
            created: now,
            completed: None,
            meaning: Meaning::default(),
        }
    }

    /// The same, to be deployed once more.
    pub(crate) fn anew(&self, id: ReleaseId, now: Timestamp) -> Self {
        let what = (self.version.clone(), self.source.clone());
        Self::new(id, what, self.platform, self.settings.clone(), now)
    }

    /// The settings that were asked for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it was prepared into.
    pub fn prepared(&self) -> Option<&Arc<Prepared>> {
        self.prepared.as_ref()
    }

    /// Asks for other settings.
    pub(crate) fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
        self.meaning = Meaning::default();
    }

    /// Says what it was prepared into, which may bring settings.
    pub(crate) fn set_prepared(&mut self, prepared: Option<Arc<Prepared>>) {
        self.prepared = prepared;
        self.meaning = Meaning::default();
    }

    /// The same with other settings.
    pub(crate) fn with_settings(&self, settings: Settings) -> Self {
        let mut changed = self.clone();
        changed.set_settings(settings);
        changed
    }

    /// The same, prepared into this.
    pub(crate) fn with_prepared(&self, prepared: Option<Arc<Prepared>>) -> Self {
        let mut changed = self.clone();
        changed.set_prepared(prepared);
        changed
    }

    /// Is another the same version, of the same source?
    pub(crate) fn is_same_version(&self, other: &Self) -> bool {
        (&self.version, &self.source) == (&other.version, &other.source)
    }

    /// All settings with where they come from.
    pub fn resolved(&self, tier: Tier) -> Resolved {
        let sources = self.prepared.iter().flat_map(|prepared| prepared.settings.iter().cloned());
        option::resolve(tier, sources.chain(self.settings.given()))
    }

    /// What they mean.
    ///
    /// # Errors
    /// When one means nothing, which was found before it came into a record.
    pub fn configuration(&self, tier: Tier) -> Result<Arc<Configuration>> {
        if let Some((_, known)) = self.meaning.0.get().filter(|(of, _)| *of == tier) {
            return Ok(Arc::clone(known));
        }
        let configuration = Arc::new(parse(&self.resolved(tier))?);
        // Where another thread was faster, both have found the same.
        let _ = self.meaning.0.set((tier, Arc::clone(&configuration)));
        Ok(configuration)
    }
}

impl Settings {
    pub(crate) fn configuration(&self, tier: Tier) -> Result<Configuration> {
        parse(&option::resolve(tier, self.given()))
    }
}

fn parse(resolved: &Resolved) -> Result<Configuration> {
    Configuration::parse(resolved).map_err(|message| Invalid(vec![message]).into())
}

#[cfg(test)]
mod tests {
    use super::super::tests::example;
    use super::*;
    use crate::option::{Origin, Setting};

    fn colour(release: &Release) -> Option<String> {
        let configuration = release.configuration(Tier::WebServer).unwrap();
        configuration.properties.get("COLOUR").cloned()
    }

    #[test]
    fn what_settings_mean_is_found_once_and_anew_when_they_change() {
        let set = |value: &str| Setting::new("aws:elasticbeanstalk:application:environment", "COLOUR", value);
        let mut release = example().shown().unwrap().clone();
        assert_eq!(colour(&release), None);
        let known = release.configuration(Tier::WebServer).unwrap();
        assert!(Arc::ptr_eq(&known, &release.clone().configuration(Tier::WebServer).unwrap()));
        assert_eq!(release.configuration(Tier::Worker).unwrap().tier, Tier::Worker);
        let red = release.with_settings(Settings { direct: vec![set("red")], saved: None });
        assert_eq!((colour(&red).as_deref(), colour(&release)), (Some("red"), None));
        let file = Origin::Ebextensions { file: "a.config".into(), line: 1 };
        let parcel = crate::fleet::Parcel::new(&"v2").unwrap();
        let prepared = Prepared { settings: vec![(set("blue"), file)], exclusive: false, parcel };
        release.set_prepared(Some(Arc::new(prepared)));
        assert_eq!(colour(&release).as_deref(), Some("blue"));
        release.set_settings(red.settings().clone());
        assert_eq!(colour(&release).as_deref(), Some("red"));
    }
}
