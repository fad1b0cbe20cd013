//! Saved configurations.

use ::beanstalk::Template;
use ::beanstalk::option::{self, Origin};
use ::beanstalk::template::{NewTemplate, Saved};

use super::settings::told;
use super::{ElasticBeanstalk, Result, call, keys, model, options, tags, tier_of, which};
use crate::service::Caller;

impl ElasticBeanstalk {
    /// What is told of a saved configuration.
    pub(super) fn described_template(
        &self,
        template: &Template,
        saved: &Saved,
    ) -> model::ConfigurationSettingsDescription {
        let given = saved.settings.iter().cloned().map(|setting| (setting, Origin::Request));
        let resolved = option::resolve(saved.tier, given);
        model::ConfigurationSettingsDescription {
            application_name: Some(template.application.to_string()),
            date_created: Some(template.created),
            date_updated: Some(template.updated),
            deployment_status: None,
            description: saved.description.clone(),
            environment_name: None,
            option_settings: Some(told(&resolved)),
            platform_arn: Some(saved.platform.arn(&template.region).to_string()),
            solution_stack_name: Some(saved.platform.solution_stack()),
            template_name: Some(template.name.to_string()),
            tier: Some(tier_of(saved.tier)),
        }
    }

    pub(super) async fn create_configuration_template(
        &self,
        caller: &Caller,
        input: model::CreateConfigurationTemplateMessage,
    ) -> Result<model::ConfigurationSettingsDescription> {
        let specified = input.template_specification.and_then(|specification| specification.template_source);
        let by_name = specified.as_ref().and_then(|source| source.environment_name.clone());
        let environment = which(input.environment_id, by_name);
        let source =
            input.source_configuration.and_then(|source| Some((source.application_name?, source.template_name?)));
        let new = NewTemplate {
            application: input.application_name,
            name: input.template_name,
            description: input.description,
            solution_stack: input.solution_stack_name,
            platform: input.platform_arn,
            source,
            environment: (environment.id.is_some() || environment.name.is_some()).then_some(environment),
            settings: options(input.option_settings)?,
            remove: keys(input.options_to_remove),
            tags: tags(input.tags),
        };
        let (template, saved) = self.service.create_template(&call(caller), new).await?;
        Ok(self.described_template(&template, &saved))
    }

    pub(super) async fn update_configuration_template(
        &self,
        caller: &Caller,
        input: model::UpdateConfigurationTemplateMessage,
    ) -> Result<model::ConfigurationSettingsDescription> {
        let (application, name) = (&input.application_name, &input.template_name);
        let (settings, remove) = (options(input.option_settings)?, keys(input.options_to_remove));
        let call = call(caller);
        let updated = self.service.update_template(&call, application, name, input.description, settings, remove);
        let (template, saved) = updated.await?;
        Ok(self.described_template(&template, &saved))
    }

    pub(super) async fn delete_configuration_template(
        &self,
        caller: &Caller,
        input: model::DeleteConfigurationTemplateMessage,
    ) -> Result<()> {
        Ok(self.service.delete_template(&call(caller), &input.application_name, &input.template_name).await?)
    }
}
