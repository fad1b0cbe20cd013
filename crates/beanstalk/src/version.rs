//! Versions: what can be deployed. A version never changes.

use std::sync::Arc;

use aws::Region;
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::application::{self, Application, NewApplication, description};
use crate::error::{Error, Noun, Result};
use crate::event::{self, About, Told};
use crate::name::{ApplicationName, VersionLabel};
use crate::state::{Draft, Key, State, within};
use crate::tag::{self, Tags};
use crate::{Beanstalk, Call, limits};

/// A version's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// What it is found by.
    pub key: Key,
    /// Its region.
    pub region: Region,
    /// Its application.
    pub application: ApplicationName,
    /// Its label.
    pub label: VersionLabel,
    /// What its owner says of it.
    pub description: Option<String>,
    /// What it is made of.
    pub source: Source,
    /// Where its source's source is, as its owner says.
    pub build: Option<BuildInformation>,
    /// Has it been looked at?
    pub status: VersionStatus,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed.
    pub updated: Timestamp,
    /// Its tags.
    pub tags: Tags,
}

/// What a version is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// A bundle in a bucket.
    Bundle {
        /// The bucket.
        bucket: String,
        /// The object.
        key: String,
    },
    /// An image of a registry, without a bundle.
    Image {
        /// Its reference.
        uri: String,
    },
    /// The sample that the program carries.
    Sample,
}

/// Where a version's source is kept, as its owner says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildInformation {
    /// `Git` or `Zip`.
    pub kind: String,
    /// `CodeCommit` or `S3`.
    pub repository: String,
    /// Where in it.
    pub location: String,
}

/// Has a version been looked at?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VersionStatus {
    /// Nobody asked for it.
    Unprocessed,
    /// Somebody does.
    Processing,
    /// It can be deployed.
    Processed,
    /// It cannot.
    Failed,
}

impl VersionStatus {
    /// The word on the wire, which is in capitals.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unprocessed => "UNPROCESSED",
            Self::Processing => "PROCESSING",
            Self::Processed => "PROCESSED",
            Self::Failed => "FAILED",
        }
    }
}

/// What a new version is to be.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// Of which application.
    pub application: String,
    /// Its label.
    pub label: String,
    /// What its owner says of it.
    pub description: Option<String>,
    /// What it is made of; `None` for the sample.
    pub source: Option<Source>,
    /// Where its source's source is.
    pub build: Option<BuildInformation>,
    /// The application is made when it is missing.
    pub create_application: bool,
    /// It is looked at before it is deployed.
    pub process: bool,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl Version {
    pub(crate) fn about(&self) -> About {
        About {
            region: Some(self.region.clone()),
            application: Some(self.application.clone()),
            version: Some(self.label.clone()),
            ..About::default()
        }
    }
}

/// Does an environment have it, or may one that was terminated be restored with it?
pub(crate) fn is_used(state: &State, version: &Version) -> bool {
    state
        .living(&version.region)
        .any(|environment| environment.application == version.application && environment.uses(&version.label))
}

impl Beanstalk {
    /// Makes a version, and removes those that are too old for their application's rules.
    ///
    /// # Errors
    /// When there is one with this label, or its bundle is missing.
    pub async fn create_version(&self, call: &Call, new: NewVersion) -> Result<Arc<Version>> {
        if let Some(Source::Bundle { bucket, key }) = &new.source {
            self.find_bundle(bucket, key).await?;
        }
        let process = new.process;
        let call_ = call.clone();
        let version = self.ledger().commit(move |draft| decide_create(draft, &call_, new)).await?;
        if process {
            self.process_soon(call.clone(), Arc::clone(&version));
        }
        self.expire_versions(call, &version.application).await;
        Ok(version)
    }

    /// The versions of an application, or of all, newest first.
    pub fn versions(&self, region: &Region, application: Option<&str>, labels: &[String]) -> Vec<Arc<Version>> {
        let state = self.state();
        let wanted = |version: &Version| {
            version.region == *region
                && application.is_none_or(|name| version.application.as_str() == name)
                && (labels.is_empty() || labels.iter().any(|label| label == version.label.as_str()))
        };
        let mut found: Vec<Arc<Version>> = state.versions.values().filter(|v| wanted(v)).cloned().collect();
        found.sort_by_key(|version| std::cmp::Reverse(version.created));
        found
    }

    /// Changes a version's description.
    ///
    /// # Errors
    /// When there is none with this label.
    pub async fn update_version(
        &self,
        call: &Call,
        application: &str,
        label: &str,
        text: Option<String>,
    ) -> Result<Arc<Version>> {
        let text = description(text)?;
        let (call, application, label) = (call.clone(), application.to_owned(), label.to_owned());
        let committed = self.ledger().commit(move |draft| {
            let name = draft.application(&call.region, &application)?.name.clone();
            let mut version = Version::clone(draft.version(&call.region, &name, &label)?);
            version.description = text;
            version.updated = call.now;
            draft.put(version)
        });
        committed.await
    }

    /// Deletes a version, and its bundle if that is asked for.
    ///
    /// # Errors
    /// When an environment has it.
    pub async fn delete_version(&self, call: &Call, application: &str, label: &str, bundle: bool) -> Result<()> {
        let (call, application, label) = (call.clone(), application.to_owned(), label.to_owned());
        let committed = self.ledger().commit(move |draft| {
            let name = draft.application(&call.region, &application)?.name.clone();
            let version = Arc::clone(draft.version(&call.region, &name, &label)?);
            if is_used(draft, &version) {
                return Err(Error::parameter(format!(
                    "Unable to delete application version {label} because it is deployed to an environment."
                )));
            }
            draft.remove::<Version>(&version.key);
            let told = Told::info(format!("Deleted application version {label}."));
            event::tell(draft, call.now, &version.about(), Some(&call.request), told)?;
            Ok(version)
        });
        let version = committed.await?;
        if bundle {
            self.drop_bundle(&version).await?;
        }
        Ok(())
    }

    async fn drop_bundle(&self, version: &Version) -> Result<()> {
        let Source::Bundle { bucket, key } = &version.source else { return Ok(()) };
        let shared = self.state().versions.values().any(|other| other.source == version.source);
        if !shared {
            self.delete_object(bucket, key).await?;
        }
        Ok(())
    }

    async fn expire_versions(&self, call: &Call, application: &ApplicationName) {
        let (now, key) = (call.now, Key::application(&call.region, application));
        let committed = self.ledger().commit(move |draft| {
            let Some(application) = draft.applications.get(&key).cloned() else { return Ok(Vec::new()) };
            let versions: Vec<Arc<Version>> = within(&draft.versions, &key).cloned().collect();
            let old = application.lifecycle.expired(versions.iter(), |version| is_used(draft, version), now);
            old.iter().for_each(|(version, _)| draft.remove::<Version>(&version.key));
            Ok(old)
        });
        match committed.await {
            Ok(old) => {
                for (version, bundle) in old {
                    if bundle && let Err(error) = self.drop_bundle(&version).await {
                        tracing::warn!(version = %version.key, %error, "the bundle of an old version stays");
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "old versions stay"),
        }
    }

    /// Looks at a version in the background, and says what it found.
    pub(crate) fn process_soon(&self, call: Call, version: Arc<Version>) {
        let service = self.clone();
        tokio::spawn(async move {
            let found = service.look_at(&version).await;
            let (key, now) = (version.key.clone(), service.now());
            let committed = service.ledger().commit(move |draft| {
                let Some(version) = draft.versions.get(&key) else { return Ok(()) };
                let mut version = Version::clone(version);
                version.status = if found.is_ok() { VersionStatus::Processed } else { VersionStatus::Failed };
                version.updated = now;
                let (about, label) = (version.about(), version.label.clone());
                draft.put(version)?;
                let last = match found {
                    Ok(()) => format!("Finished processing application version '{label}'. PROCESSED."),
                    Err(why) => {
                        event::tell(draft, now, &about, Some(&call.request), Told::error(why.to_string()))?;
                        format!("Finished processing application version '{label}'. FAILED.")
                    }
                };
                event::tell(draft, now, &about, Some(&call.request), Told::info(last))
            });
            if let Err(error) = committed.await {
                tracing::error!(%error, "recording that a version was processed");
            }
        });
    }
}

fn decide_create(draft: &mut Draft<'_>, call: &Call, new: NewVersion) -> Result<Arc<Version>> {
    let application: Arc<Application> = match draft.application(&call.region, &new.application) {
        Ok(application) => Arc::clone(application),
        Err(_) if new.create_application => {
            let made = NewApplication { name: new.application.clone(), ..NewApplication::default() };
            application::decide_create(draft, call, made)?
        }
        Err(missing) => return Err(missing),
    };
    let label: VersionLabel = new.label.parse()?;
    let key = Key::version(&call.region, &application.name, &label);
    if draft.versions.contains_key(&key) {
        return Err(Error::parameter(format!("Application Version {label} already exists.")));
    }
    if draft.versions.len() >= limits::VERSIONS {
        let what = format!("There are {} application versions already, which is the limit.", limits::VERSIONS);
        return Err(Error::TooMany { noun: Noun::Version, what });
    }
    let version = draft.put(Version {
        key,
        region: call.region.clone(),
        application: application.name.clone(),
        label,
        description: description(new.description)?,
        source: new.source.unwrap_or(Source::Sample),
        build: new.build,
        status: if new.process { VersionStatus::Processing } else { VersionStatus::Unprocessed },
        created: call.now,
        updated: call.now,
        tags: tag::changed(&Tags::new(), &new.tags, &[])?,
    })?;
    let told = Told::info(format!("Created application version {}.", version.label));
    event::tell(draft, call.now, &version.about(), Some(&call.request), told)?;
    Ok(version)
}
