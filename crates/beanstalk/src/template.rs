//! Saved configurations: settings under a name. Their text is an object in the bucket, which clients read and write
//! themselves; the record says that there is one.

use std::sync::Arc;

use aws::Region;
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::application::description;
use crate::environment::Settings;
use crate::environment::decide;
use crate::environment::settings::check_settings;
use crate::error::{Error, Noun, Result};
use crate::event::{self, About, Told};
use crate::name::{ApplicationName, TemplateName};
use crate::option::{OptionKey, Setting, Tier};
use crate::platform::PlatformVersion;
use crate::state::{Draft, Key, Which};
use crate::tag::{self, Tags};
use crate::{Beanstalk, Call, limits};

/// A saved configuration's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// What it is found by.
    pub key: Key,
    /// Its region.
    pub region: Region,
    /// Its application.
    pub application: ApplicationName,
    /// Its name.
    pub name: TemplateName,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed.
    pub updated: Timestamp,
    /// Its tags.
    pub tags: Tags,
}

/// What a saved configuration says.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// What its owner says of it.
    pub description: Option<String>,
    /// The platform version.
    pub platform: PlatformVersion,
    /// Web or worker.
    pub tier: Tier,
    /// The settings.
    pub settings: Vec<Setting>,
}

/// What a new saved configuration is made of: the first of these that is given, and then settings over it.
#[derive(Debug, Clone, Default)]
pub struct NewTemplate {
    /// Of which application.
    pub application: String,
    /// Its name.
    pub name: String,
    /// What its owner says of it.
    pub description: Option<String>,
    /// The platform version by its solution stack.
    pub solution_stack: Option<String>,
    /// The platform version by its ARN.
    pub platform: Option<String>,
    /// Another saved configuration: application and name.
    pub source: Option<(String, String)>,
    /// An environment.
    pub environment: Option<Which>,
    /// Settings over what the source has.
    pub settings: Vec<Setting>,
    /// Settings of the source that are left out.
    pub remove: Vec<OptionKey>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl Template {
    pub(crate) fn about(&self) -> About {
        About {
            region: Some(self.region.clone()),
            application: Some(self.application.clone()),
            template: Some(self.name.clone()),
            ..About::default()
        }
    }
}

impl Beanstalk {
    /// Saves a configuration under a name.
    ///
    /// # Errors
    /// When there is one of this name, its source is missing, or a setting is none.
    pub async fn create_template(&self, call: &Call, new: NewTemplate) -> Result<(Arc<Template>, Saved)> {
        let state = self.state();
        let application = state.application(&call.region, &new.application)?;
        let name: TemplateName = new.name.parse()?;
        if state.templates.contains_key(&Key::template(&call.region, &application.name, &name)) {
            return Err(Error::parameter(format!("Configuration Template {name} already exists.")));
        }
        let platform = platform(new.platform.as_deref(), new.solution_stack.as_deref())?;
        let base = match (&new.environment, &new.source) {
            (Some(which), _) => {
                let environment = state.environment(&call.region, which)?;
                let release = environment.shown();
                let given: Vec<Setting> = release
                    .map(|release| release.resolved(environment.tier).given().map(|(setting, _)| setting).collect())
                    .unwrap_or_default();
                let platform = environment.platform();
                Saved { description: None, platform, tier: environment.tier, settings: given }
            }
            (None, Some((other, template))) => self.saved(&call.region, other, template).await?.1,
            (None, None) => Saved {
                description: None,
                platform: platform.ok_or_else(|| {
                    Error::parameter("Unable to determine base for template pack (no solution stack)")
                })?,
                tier: Tier::WebServer,
                settings: Vec::new(),
            },
        };
        let settings =
            decide::changed(&Settings { direct: base.settings, saved: None }, None, &new.settings, &new.remove);
        let saved = Saved {
            description: description(new.description)?,
            platform: platform.unwrap_or(base.platform),
            tier: base.tier,
            settings: settings.direct,
        };
        check_settings(saved.tier, &saved.settings)?;
        let tags = tag::changed(&Tags::new(), &new.tags, &[])?;
        self.write_template(call, &application.name.clone(), &name, &saved).await?;
        let template = self.adopt_template(call, &application.name, &name, tags).await?;
        Ok((template, saved))
    }

    /// The record of an object that is there, made if it is missing.
    pub(crate) async fn adopt_template(
        &self,
        call: &Call,
        application: &ApplicationName,
        name: &TemplateName,
        tags: Tags,
    ) -> Result<Arc<Template>> {
        let (call, application, name) = (call.clone(), application.clone(), name.clone());
        self.ledger().commit(move |draft| decide_adopt(draft, &call, application, name, tags)).await
    }

    /// A saved configuration with what its object says.
    ///
    /// # Errors
    /// When there is none of this name, or its text is none.
    pub async fn saved(&self, region: &Region, application: &str, name: &str) -> Result<(Arc<Template>, Saved)> {
        let state = self.state();
        let application = state.application(region, application)?.name.clone();
        let missing = || Error::parameter(format!("No Configuration Template named '{application}/{name}' found."));
        let parsed: TemplateName = name.parse().map_err(|_| missing())?;
        let text = self.read_template(region, &application, &parsed).await?.ok_or_else(missing)?;
        let saved = crate::source::saved(&text, &format!("{application}/{name}"))?;
        let call = Call { region: region.clone(), request: crate::RequestId::random(), now: self.now() };
        let template = match state.template(region, &application, name) {
            Ok(template) => Arc::clone(template),
            // A client has put the object there itself.
            Err(_) => self.adopt_template(&call, &application, &parsed, Tags::new()).await?,
        };
        Ok((template, saved))
    }

    /// Changes the settings of a saved configuration.
    ///
    /// # Errors
    /// When there is none of this name, or a setting is none.
    pub async fn update_template(
        &self,
        call: &Call,
        application: &str,
        name: &str,
        text: Option<String>,
        settings: Vec<Setting>,
        remove: Vec<OptionKey>,
    ) -> Result<(Arc<Template>, Saved)> {
        let (template, mut saved) = self.saved(&call.region, application, name).await?;
        let base = Settings { direct: saved.settings, saved: None };
        saved.settings = decide::changed(&base, None, &settings, &remove).direct;
        if text.is_some() {
            saved.description = description(text)?;
        }
        check_settings(saved.tier, &saved.settings)?;
        self.write_template(call, &template.application, &template.name, &saved).await?;
        let (key, now) = (template.key.clone(), call.now);
        let committed = self.ledger().commit(move |draft| {
            let mut template =
                draft.templates.get(&key).map_or_else(|| Template::clone(&template), |t| Template::clone(t));
            template.updated = now;
            draft.put(template)
        });
        Ok((committed.await?, saved))
    }

    /// Deletes a saved configuration.
    ///
    /// # Errors
    /// When there is none of this name.
    pub async fn delete_template(&self, call: &Call, application: &str, name: &str) -> Result<()> {
        let (template, _) = self.saved(&call.region, application, name).await?;
        let call_ = call.clone();
        let (key, about) = (template.key.clone(), template.about());
        let committed = self.ledger().commit(move |draft| {
            draft.remove::<Template>(&key);
            let told = Told::info(format!("Deleted configuration template {}.", template.name));
            event::tell(draft, call_.now, &about, Some(&call_.request), told)?;
            Ok(template)
        });
        let template = committed.await?;
        self.drop_template(&template).await
    }
}

/// The platform version that a caller names, if it names one.
pub(crate) fn platform(arn: Option<&str>, stack: Option<&str>) -> Result<Option<PlatformVersion>> {
    match (arn.filter(|arn| !arn.is_empty()), stack.filter(|stack| !stack.is_empty())) {
        (Some(_), Some(_)) => Err(Error::Combination("SolutionStackName and PlatformArn can't both be given.".into())),
        (Some(arn), None) => PlatformVersion::of_arn(arn).map(Some),
        (None, Some(stack)) => PlatformVersion::of_stack(stack).map(Some),
        (None, None) => Ok(None),
    }
}

fn decide_adopt(
    draft: &mut Draft<'_>,
    call: &Call,
    application: ApplicationName,
    name: TemplateName,
    tags: Tags,
) -> Result<Arc<Template>> {
    let key = Key::template(&call.region, &application, &name);
    if let Some(template) = draft.templates.get(&key) {
        return Ok(Arc::clone(template));
    }
    if draft.templates.len() >= limits::TEMPLATES {
        let what = format!("There are {} configuration templates already, which is the limit.", limits::TEMPLATES);
        return Err(Error::TooMany { noun: Noun::Template, what });
    }
    let (region, created) = (call.region.clone(), call.now);
    let template = draft.put(Template { key, region, application, name, created, updated: created, tags })?;
    let told = Told::info(format!("Created configuration template {}.", template.name));
    event::tell(draft, call.now, &template.about(), Some(&call.request), told)?;
    Ok(template)
}
