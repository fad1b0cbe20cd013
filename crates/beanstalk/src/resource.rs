//! Resources by their ARN, and their tags.

use std::sync::Arc;

use aws::{AccountId, Arn, Region};

use crate::application::Application;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::event::{self, About, Told};
use crate::name::{ApplicationName, EnvironmentName, TemplateName, VersionLabel};
use crate::state::{Draft, Key, State};
use crate::tag::{self, Tags};
use crate::template::Template;
use crate::version::Version;
use crate::{Beanstalk, Call};

/// What has tags.
enum Resource {
    Application(Arc<Application>),
    Version(Arc<Version>),
    Template(Arc<Template>),
    Environment(Arc<Environment>),
}

/// The ARN of an application.
pub fn application_arn(region: &Region, account: &AccountId, name: &ApplicationName) -> Arn {
    Arn::new("elasticbeanstalk", region, account, format!("application/{name}"))
}

/// The ARN of a version.
pub fn version_arn(account: &AccountId, version: &Version) -> Arn {
    let resource = format!("applicationversion/{}/{}", version.application, version.label);
    Arn::new("elasticbeanstalk", &version.region, account, resource)
}

/// The ARN of a saved configuration.
pub fn template_arn(account: &AccountId, template: &Template) -> Arn {
    let resource = format!("configurationtemplate/{}/{}", template.application, template.name);
    Arn::new("elasticbeanstalk", &template.region, account, resource)
}

fn find(state: &State, call: &Call, account: &AccountId, text: &str) -> Result<Resource> {
    let missing = || Error::Resource(text.to_owned());
    let arn: Arn = text.parse().map_err(|_| missing())?;
    if arn.service != "elasticbeanstalk" || arn.region != call.region.as_str() {
        return Err(missing());
    }
    let parts: Vec<&str> = arn.resource.splitn(3, '/').collect();
    if arn.account != account.as_str() {
        return match parts[..] {
            ["platform" | "solutionstack", ..] => Err(Error::ResourceType(text.to_owned())),
            _ => Err(missing()),
        };
    }
    let region = &call.region;
    match parts[..] {
        ["application", name] => {
            let name: ApplicationName = name.parse().map_err(|_| missing())?;
            let found = state.applications.get(&Key::application(region, &name));
            found.cloned().map(Resource::Application).ok_or_else(missing)
        }
        ["applicationversion", application, label] => {
            let application: ApplicationName = application.parse().map_err(|_| missing())?;
            let label: VersionLabel = label.parse().map_err(|_| missing())?;
            let found = state.versions.get(&Key::version(region, &application, &label));
            found.cloned().map(Resource::Version).ok_or_else(missing)
        }
        ["configurationtemplate", application, name] => {
            let application: ApplicationName = application.parse().map_err(|_| missing())?;
            let name: TemplateName = name.parse().map_err(|_| missing())?;
            let found = state.templates.get(&Key::template(region, &application, &name));
            found.cloned().map(Resource::Template).ok_or_else(missing)
        }
        ["environment", application, name] => {
            let name: EnvironmentName = name.parse().map_err(|_| missing())?;
            let found = state.named(region, &name).filter(|env| env.application.as_str() == application);
            found.cloned().map(Resource::Environment).ok_or_else(missing)
        }
        _ => Err(Error::ResourceType(text.to_owned())),
    }
}

impl Resource {
    fn tags(&self) -> &Tags {
        match self {
            Self::Application(application) => &application.tags,
            Self::Version(version) => &version.tags,
            Self::Template(template) => &template.tags,
            Self::Environment(environment) => &environment.tags,
        }
    }

    fn about(&self) -> About {
        match self {
            Self::Application(application) => application.about(),
            Self::Version(version) => version.about(),
            Self::Template(template) => template.about(),
            Self::Environment(environment) => environment.about(),
        }
    }

    /// `Environment`, `Application`, …: the beginning of the sentences that clients wait for.
    fn word(&self) -> &'static str {
        match self {
            Self::Application(_) => "Application",
            Self::Version(_) => "Application version",
            Self::Template(_) => "Configuration template",
            Self::Environment(_) => "Environment",
        }
    }

    fn put(self, draft: &mut Draft<'_>, tags: Tags) -> Result<()> {
        match self {
            Self::Application(old) => draft.put(Application { tags, ..Application::clone(&old) }).map(drop),
            Self::Version(old) => draft.put(Version { tags, ..Version::clone(&old) }).map(drop),
            Self::Template(old) => draft.put(Template { tags, ..Template::clone(&old) }).map(drop),
            Self::Environment(old) => draft.put(Environment { tags, ..Environment::clone(&old) }).map(drop),
        }
    }
}

impl Beanstalk {
    /// The tags of a resource.
    ///
    /// # Errors
    /// When nothing has this ARN, or what has it has no tags.
    pub fn tags(&self, call: &Call, arn: &str) -> Result<Tags> {
        Ok(find(&self.state(), call, &self.config().account, arn)?.tags().clone())
    }

    /// Changes the tags of a resource.
    ///
    /// # Errors
    /// When nothing has this ARN, or a tag is malformed.
    pub async fn update_tags(
        &self,
        call: &Call,
        arn: &str,
        add: Vec<(String, String)>,
        remove: Vec<String>,
    ) -> Result<()> {
        let (call, arn, account) = (call.clone(), arn.to_owned(), self.config().account.clone());
        let committed = self.ledger().commit(move |draft| {
            let resource = find(draft, &call, &account, &arn)?;
            let tags = tag::changed(resource.tags(), &add, &remove)?;
            let (about, word) = (resource.about(), resource.word());
            resource.put(draft, tags)?;
            for verb in ["is starting", "completed successfully"] {
                let told = Told::info(format!("{word} tag update {verb}."));
                event::tell(draft, call.now, &about, Some(&call.request), told)?;
            }
            Ok(())
        });
        committed.await
    }
}
