//! Composing environments: several versions, each with a manifest that says what its environment is.

use std::sync::Arc;

use bundle::manifest::Manifest;

use super::{Environment, NewEnvironment, Update};
use crate::error::{Error, Result};
use crate::option::{OptionKey, Setting, Tier};
use crate::state::Which;
use crate::version::Source;
use crate::{Beanstalk, Call, limits};

/// The namespace of properties.
const PROPERTIES: &str = "aws:elasticbeanstalk:application:environment";

impl Beanstalk {
    /// Makes or updates an environment for each version, as its `env.yaml` says.
    ///
    /// # Errors
    /// When a version is missing or its manifest is, or an environment cannot be made.
    pub async fn compose_environments(
        &self,
        call: &Call,
        application: &str,
        group: Option<String>,
        labels: Vec<String>,
    ) -> Result<Vec<Arc<Environment>>> {
        let state = self.state();
        let application = state.application(&call.region, application)?.name.clone();
        if labels.is_empty() || labels.len() > limits::COMPOSED {
            return Err(Error::parameter(format!("VersionLabels must name 1 to {} versions.", limits::COMPOSED)));
        }
        let mut manifests = Vec::new();
        for label in labels {
            let version = Arc::clone(state.version(&call.region, &application, &label)?);
            let manifest = self.manifest(&version.source).await?.ok_or_else(|| {
                Error::parameter(format!("The version {label} has no env.yaml, which says what its environment is."))
            })?;
            manifests.push((label, manifest));
        }
        let group = group.filter(|group| !group.is_empty());
        let named = |name: &bundle::manifest::Name| match &group {
            None if name.has_group => Err(Error::parameter(format!(
                "GroupName must be given: the manifest names the environment {}+.",
                name.stem
            ))),
            group => Ok(name.in_group(group.as_deref())),
        };
        let mut made = Vec::new();
        for (label, manifest) in manifests {
            let name =
                manifest.environment_name.as_ref().map(&named).transpose()?.ok_or_else(|| {
                    Error::parameter(format!("The env.yaml of version {label} has no EnvironmentName."))
                })?;
            let mut settings: Vec<Setting> = manifest
                .option_settings
                .iter()
                .map(|option| Setting {
                    key: OptionKey::new(&*option.namespace, &*option.option_name, option.resource_name.clone()),
                    value: option.value.clone(),
                })
                .collect();
            for (property, other) in &manifest.links {
                let other = named(other)?;
                let living = self.state();
                let linked = living.environment(&call.region, &Which::named(&other))?;
                let address = self.address(linked);
                settings.push(Setting::new(PROPERTIES, property, address));
            }
            let there = self.state().environment(&call.region, &Which::named(&name)).is_ok();
            made.push(if there {
                let update = Update {
                    which: Which::named(&name),
                    group: group.clone(),
                    version: Some(label),
                    settings,
                    ..Update::default()
                };
                self.update_environment(call, update).await?
            } else {
                let new = NewEnvironment {
                    application: application.to_string(),
                    name: Some(name),
                    group: group.clone(),
                    cname: manifest.cname.as_ref().map(&named).transpose()?,
                    tier: manifest
                        .tier
                        .as_ref()
                        .map(|tier| if tier.name == "Worker" { Tier::Worker } else { Tier::WebServer }),
                    version: Some(label),
                    solution_stack: manifest.solution_stack.clone().or_else(|| {
                        let newest = crate::platform::PlatformVersion::newest;
                        manifest.platform_arn.is_none().then(|| newest().solution_stack())
                    }),
                    platform: manifest.platform_arn.clone(),
                    settings,
                    tags: manifest.tags.clone().into_iter().collect(),
                    ..NewEnvironment::default()
                };
                self.create_environment(call, new).await?
            });
        }
        Ok(made)
    }

    async fn manifest(&self, source: &Source) -> Result<Option<Manifest>> {
        let Source::Bundle { bucket, key } = source else { return Ok(None) };
        let directory = tempfile::tempdir().map_err(|error| Error::Bucket(error.to_string()))?;
        let into = directory.path().join("source");
        let bundle = crate::source::open(self.s3(), bucket, key, bundle::Variables::new(), &into).await?;
        Ok(bundle.manifest)
    }
}
