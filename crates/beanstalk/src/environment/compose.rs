//! Composing environments: several versions, each with a manifest that says what its environment is.

use std::collections::BTreeMap;
use std::sync::Arc;

use bundle::manifest::Manifest;

use super::{Environment, NewEnvironment, Update};
use crate::error::{Error, Result};
use crate::option::{OptionKey, Setting, Tier};
use crate::state::Which;
use crate::version::Source;
use crate::worker::Origin;
use crate::{Beanstalk, Call, limits};

/// The namespace of properties.
const PROPERTIES: &str = "aws:elasticbeanstalk:application:environment";

/// A version with the environment that it is for.
struct Module {
    label: String,
    name: String,
    /// Properties with the environments that they lead to.
    links: Vec<(String, String)>,
    manifest: Manifest,
}

/// Modules after those that they link to, as far as these are not there yet.
fn ordered(mut modules: Vec<Module>, is_there: impl Fn(&str) -> Result<()>) -> Result<Vec<Module>> {
    let mut sorted: Vec<Module> = Vec::with_capacity(modules.len());
    while !modules.is_empty() {
        let waits_for = |module: &Module| {
            let to_come = |name: &&String| modules.iter().any(|other| other.name == **name) && is_there(name).is_err();
            module.links.iter().map(|(_, name)| name).find(to_come).cloned()
        };
        let Some(at) = modules.iter().position(|module| waits_for(module).is_none()) else {
            let names: Vec<&str> = modules.iter().map(|module| module.name.as_str()).collect();
            return Err(Error::parameter(format!(
                "The environments {} link to each other, and none of them is there yet.",
                names.join(", ")
            )));
        };
        let module = modules.remove(at);
        for (_, name) in &module.links {
            if !sorted.iter().any(|before| before.name == *name) {
                is_there(name)?;
            }
        }
        sorted.push(module);
    }
    Ok(sorted)
}

impl Beanstalk {
    /// Makes or updates an environment for each version, as its `env.yaml` says; what others link to comes first. A link
    /// is a property of its name: the other's host name, or the address of its queue where it is a worker.
    ///
    /// # Errors
    /// When a version is missing or its manifest is, what a link leads to is not there and not made, or an environment
    /// cannot be made.
    pub async fn compose_environments(
        &self,
        call: &Call,
        application: &str,
        group: Option<String>,
        labels: Vec<String>,
        queue_url: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<Vec<Arc<Environment>>> {
        let state = self.state();
        let application = state.application(&call.region, application)?.name.clone();
        if labels.is_empty() || labels.len() > limits::COMPOSED {
            return Err(Error::parameter(format!("VersionLabels must name 1 to {} versions.", limits::COMPOSED)));
        }
        let group = group.filter(|group| !group.is_empty());
        let named = |name: &bundle::manifest::Name| match &group {
            None if name.has_group => Err(Error::parameter(format!(
                "GroupName must be given: the manifest names the environment {}+.",
                name.stem
            ))),
            group => Ok(name.in_group(group.as_deref())),
        };
        let mut modules = Vec::new();
        for label in labels {
            let version = Arc::clone(state.version(&call.region, &application, &label)?);
            let manifest = self.manifest(&version.source).await?.ok_or_else(|| {
                Error::parameter(format!("The version {label} has no env.yaml, which says what its environment is."))
            })?;
            let name = manifest.environment_name.as_ref().map(named).transpose()?;
            let name = name
                .ok_or_else(|| Error::parameter(format!("The env.yaml of version {label} has no EnvironmentName.")))?;
            let linked = manifest.links.iter().map(|(property, other)| Ok((property.clone(), named(other)?)));
            let links = linked.collect::<Result<_>>()?;
            modules.push(Module { label, name, links, manifest });
        }
        let is_there = |name: &str| state.environment(&call.region, &Which::named(name)).map(drop);
        let mut made = Vec::new();
        for Module { label, name, links, manifest } in ordered(modules, is_there)? {
            let mut settings: Vec<Setting> = manifest
                .option_settings
                .iter()
                .map(|option| Setting {
                    key: OptionKey::new(&*option.namespace, &*option.option_name, option.resource_name.clone()),
                    value: option.value.clone(),
                })
                .collect();
            let mut linked_to = BTreeMap::new();
            for (property, other) in links {
                let living = self.state();
                let linked = living.environment(&call.region, &Which::named(&other))?;
                let address = match linked.queues() {
                    None => self.address(linked),
                    Some(Origin::Own(own)) => queue_url(&own.messages),
                    Some(Origin::Given(url)) => url,
                };
                settings.push(Setting::new(PROPERTIES, &property, address));
                linked_to.insert(property, linked.name.clone());
            }
            let there = self.state().environment(&call.region, &Which::named(&name)).is_ok();
            made.push(if there {
                let update = Update {
                    which: Which::named(&name),
                    group: group.clone(),
                    links: Some(linked_to),
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
                    links: linked_to,
                    cname: manifest.cname.as_ref().map(named).transpose()?,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_to_comes_first() {
        let module = |name: &str, links: &[&str]| Module {
            label: name.into(),
            name: name.into(),
            links: links.iter().map(|link| ("LINK".into(), (*link).into())).collect(),
            manifest: Manifest::default(),
        };
        let is_there = |name: &str| match name {
            "there" | "both" => Ok(()),
            name => Err(Error::parameter(format!("no {name}"))),
        };
        let order = |modules| {
            let sorted = ordered(modules, is_there).map_err(|error| error.to_string())?;
            Ok::<_, String>(sorted.into_iter().map(|module| module.name).collect::<Vec<_>>().join(" "))
        };
        let three = vec![module("front", &["middle", "there"]), module("middle", &["back"]), module("back", &[])];
        assert_eq!(order(three).unwrap(), "back middle front");
        assert_eq!(order(vec![module("both", &["x"]), module("x", &["both"])]).unwrap(), "x both");
        assert_eq!(order(vec![module("a", &["gone"])]).unwrap_err(), "no gone");
        let circle = order(vec![module("a", &["b"]), module("b", &["a"])]).unwrap_err();
        assert!(circle.contains("a, b link to each other"), "{circle}");
    }
}
