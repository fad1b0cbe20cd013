//! Option settings: what can be set, what is set, and what is wrong with what is to be set.

use ::beanstalk::environment::{Environment, Release};
use ::beanstalk::option::{self, Filter, Origin, Resolved, Setting, Tier};
use ::beanstalk::platform::PlatformVersion;

use super::{ElasticBeanstalk, Result, call, keys, model, options, tier, tier_of, which};
use crate::error::{self, Error};
use crate::service::Caller;

/// All options of an environment, as the API has them.
pub(super) fn told(resolved: &Resolved) -> Vec<model::ConfigurationOptionSetting> {
    let one = |listed: option::Listed<'_>| model::ConfigurationOptionSetting {
        namespace: Some(listed.key.namespace().to_owned()),
        option_name: Some(listed.key.name().to_owned()),
        resource_name: listed.resource.map(str::to_owned),
        value: listed.value.map(str::to_owned),
    };
    resolved.listed().map(one).collect()
}

impl ElasticBeanstalk {
    fn described_settings(
        &self,
        environment: &Environment,
        release: &Release,
        status: &str,
    ) -> model::ConfigurationSettingsDescription {
        model::ConfigurationSettingsDescription {
            application_name: Some(environment.application.to_string()),
            date_created: Some(environment.created),
            date_updated: Some(environment.updated),
            deployment_status: Some(status.to_owned()),
            description: environment.description.clone(),
            environment_name: Some(environment.name.to_string()),
            option_settings: Some(told(&release.resolved(environment.tier))),
            platform_arn: Some(release.platform.arn(&environment.region).to_string()),
            solution_stack_name: Some(release.platform.solution_stack()),
            template_name: None,
            tier: Some(tier_of(environment.tier)),
        }
    }

    pub(super) async fn describe_configuration_settings(
        &self,
        caller: &Caller,
        input: model::DescribeConfigurationSettingsMessage,
    ) -> Result<model::ConfigurationSettingsDescriptions> {
        let state = self.service.state();
        let application = state.application(&caller.region, &input.application_name)?.name.clone();
        let settings = match (input.environment_name, input.template_name) {
            (Some(_), Some(_)) => {
                return Err(Error::new(
                    error::INVALID_PARAMETER_COMBINATION,
                    "Only one of EnvironmentName and TemplateName can be given.",
                ));
            }
            (Some(name), None) => {
                let environment = state.environment(&caller.region, &which(None, Some(name)))?;
                if environment.application != application {
                    return Err(Error::new(
                        error::INVALID_PARAMETER_VALUE,
                        format!("No Environment found for EnvironmentName = '{}'.", environment.name),
                    ));
                }
                let current = environment.current.and_then(|id| environment.releases.get(&id));
                let operation = environment.life.operation();
                let pending = operation.and_then(|operation| environment.releases.get(&operation.release));
                let mut all = Vec::new();
                if let Some(current) = current {
                    all.push(self.described_settings(environment, current, "deployed"));
                }
                if let Some(pending) = pending.filter(|pending| Some(pending.id) != environment.current) {
                    all.push(self.described_settings(environment, pending, "pending"));
                }
                if all.is_empty()
                    && let Some(failed) = environment.releases.values().next_back()
                {
                    all.push(self.described_settings(environment, failed, "failed"));
                }
                all
            }
            (None, Some(name)) => {
                let (template, saved) = self.service.saved(&caller.region, application.as_str(), &name).await?;
                vec![self.described_template(&template, &saved)]
            }
            (None, None) => {
                return Err(Error::new(
                    error::MISSING_PARAMETER,
                    "Either EnvironmentName or TemplateName must be given.",
                ));
            }
        };
        Ok(model::ConfigurationSettingsDescriptions { configuration_settings: Some(settings) })
    }

    pub(super) async fn describe_configuration_options(
        &self,
        caller: &Caller,
        input: model::DescribeConfigurationOptionsMessage,
    ) -> Result<model::ConfigurationOptionsDescription> {
        let state = self.service.state();
        let given = options(input.option_settings)?;
        let mut wanted = tier(input.tier.as_ref())?;
        let mut platform = match (&input.platform_arn, &input.solution_stack_name) {
            (Some(arn), _) => Some(PlatformVersion::of_arn(arn)?),
            (None, Some(stack)) => Some(PlatformVersion::of_stack(stack)?),
            (None, None) => None,
        };
        let mut base: Vec<(Setting, Origin)> = Vec::new();
        if let Some(name) = input.environment_name {
            let environment = state.environment(&caller.region, &which(None, Some(name)))?;
            wanted = Some(environment.tier);
            platform = platform.or(Some(environment.platform()));
            if let Some(release) = environment.shown() {
                base.extend(release.resolved(environment.tier).given());
            }
        } else if let (Some(application), Some(name)) = (&input.application_name, &input.template_name) {
            let (_, saved) = self.service.saved(&caller.region, application, name).await?;
            wanted = Some(saved.tier);
            platform = platform.or(Some(saved.platform));
            base.extend(saved.settings.into_iter().map(|setting| (setting, Origin::SavedConfiguration(name.clone()))));
        } else if let Some(application) = &input.application_name {
            state.application(&caller.region, application)?;
        }
        base.extend(given.into_iter().map(|setting| (setting, Origin::Request)));
        let wanted = wanted.unwrap_or(Tier::WebServer);
        let platform = platform.unwrap_or_else(PlatformVersion::newest);
        let filters = input.options.unwrap_or_default().into_iter();
        let filters: Vec<Filter> =
            filters.map(|option| Filter { namespace: option.namespace, name: option.option_name }).collect();
        let described = option::describe(&option::resolve(wanted, base), &filters);
        let told = described.into_iter().map(|option| model::ConfigurationOptionDescription {
            change_severity: Some(option.severity.as_str().to_owned()),
            default_value: option.default,
            description: None,
            max_length: option.max_length.map(Into::into),
            max_value: option.max,
            min_value: option.min,
            name: Some(option.name),
            namespace: Some(option.namespace),
            regex: option.regex.map(|(pattern, label)| model::OptionRestrictionRegex {
                label: Some(label.to_owned()),
                pattern: Some(pattern.to_owned()),
            }),
            user_defined: Some(option.user_defined),
            value_options: (!option.options.is_empty()).then_some(option.options),
            value_type: Some(option.value_type.as_str().to_owned()),
        });
        Ok(model::ConfigurationOptionsDescription {
            options: Some(told.collect()),
            platform_arn: Some(platform.arn(&caller.region).to_string()),
            solution_stack_name: Some(platform.solution_stack()),
            tier: Some(tier_of(wanted)),
        })
    }

    pub(super) async fn validate_configuration_settings(
        &self,
        caller: &Caller,
        input: model::ValidateConfigurationSettingsMessage,
    ) -> Result<model::ConfigurationSettingsValidationMessages> {
        let state = self.service.state();
        let application = state.application(&caller.region, &input.application_name)?.name.clone();
        let mut given = options(input.option_settings)?;
        let mut wanted = tier(input.tier.as_ref())?;
        let mut base: Vec<(Setting, Origin)> = Vec::new();
        if let Some(name) = input.environment_name {
            let environment = state.environment(&caller.region, &which(None, Some(name)))?;
            wanted = Some(environment.tier);
            if let Some(release) = environment.shown() {
                base.extend(release.resolved(environment.tier).given());
            }
        }
        if let Some(name) = &input.template_name {
            let (_, saved) = self.service.saved(&caller.region, application.as_str(), name).await?;
            wanted = wanted.or(Some(saved.tier));
            if given.is_empty() {
                // Only the saved configuration is to be looked at.
                given = saved.settings;
            } else {
                let origin = || Origin::SavedConfiguration(name.clone());
                base.extend(saved.settings.into_iter().map(|setting| (setting, origin())));
            }
        }
        let remove = keys(input.options_to_remove);
        base.retain(|(setting, _)| !remove.contains(&setting.key));
        base.extend(given.iter().cloned().map(|setting| (setting, Origin::Request)));
        let resolved = option::resolve(wanted.unwrap_or(Tier::WebServer), base);
        let messages = option::validate(&given, &resolved).into_iter().map(|message| model::ValidationMessage {
            message: Some(message.message),
            namespace: Some(message.namespace),
            option_name: Some(message.name),
            severity: Some(message.severity.as_str().to_owned()),
        });
        Ok(model::ConfigurationSettingsValidationMessages { messages: Some(messages.collect()) })
    }

    pub(super) async fn delete_environment_configuration(
        &self,
        caller: &Caller,
        input: model::DeleteEnvironmentConfigurationMessage,
    ) -> Result<()> {
        Ok(self.service.delete_draft(&call(caller), &input.application_name, &input.environment_name).await?)
    }
}
