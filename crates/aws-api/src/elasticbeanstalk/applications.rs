//! Applications, versions, events, tags.

use ::beanstalk::application::{Lifecycle, NewApplication, Rule};
use ::beanstalk::event::{Query, Severity};
use ::beanstalk::version::{BuildInformation, NewVersion, Source};
use ::beanstalk::{Application, Version, resource};

use super::{ElasticBeanstalk, Result, call, model, page, tags};
use crate::error::{self, Error};
use crate::service::Caller;

fn number(value: Option<i64>) -> Result<Option<u32>> {
    let fault = |_| Error::new(error::INVALID_PARAMETER_VALUE, "A lifecycle rule's number must be positive.");
    value.map(|value| u32::try_from(value).map_err(fault)).transpose()
}

fn lifecycle(config: model::ApplicationResourceLifecycleConfig, before: Lifecycle) -> Result<Lifecycle> {
    let rules = config.version_lifecycle_config;
    let (count, age) = rules.map(|rules| (rules.max_count_rule, rules.max_age_rule)).unwrap_or_default();
    Ok(Lifecycle {
        service_role: config.service_role.or(before.service_role),
        max_count: match count {
            Some(rule) => Rule {
                enabled: rule.enabled,
                number: number(rule.max_count)?,
                delete_source: rule.delete_source_from_s3.unwrap_or(false),
            },
            None => before.max_count,
        },
        max_age: match age {
            Some(rule) => Rule {
                enabled: rule.enabled,
                number: number(rule.max_age_in_days)?,
                delete_source: rule.delete_source_from_s3.unwrap_or(false),
            },
            None => before.max_age,
        },
    })
}

fn lifecycle_of(lifecycle: &Lifecycle) -> model::ApplicationResourceLifecycleConfig {
    model::ApplicationResourceLifecycleConfig {
        service_role: lifecycle.service_role.clone(),
        version_lifecycle_config: Some(model::ApplicationVersionLifecycleConfig {
            max_age_rule: Some(model::MaxAgeRule {
                enabled: lifecycle.max_age.enabled,
                max_age_in_days: Some(lifecycle.max_age.number.unwrap_or(180).into()),
                delete_source_from_s3: Some(lifecycle.max_age.delete_source),
            }),
            max_count_rule: Some(model::MaxCountRule {
                enabled: lifecycle.max_count.enabled,
                max_count: Some(lifecycle.max_count.number.unwrap_or(200).into()),
                delete_source_from_s3: Some(lifecycle.max_count.delete_source),
            }),
        }),
    }
}

impl ElasticBeanstalk {
    fn told(&self, application: &Application) -> model::ApplicationDescription {
        let state = self.service.state();
        let versions = self.service.versions(&application.region, Some(application.name.as_str()), &[]);
        let templates = state
            .templates
            .values()
            .filter(|template| template.region == application.region && template.application == application.name);
        let account = &self.service.config().account;
        model::ApplicationDescription {
            application_arn: Some(
                resource::application_arn(&application.region, account, &application.name).to_string(),
            ),
            application_name: Some(application.name.to_string()),
            configuration_templates: Some(templates.map(|template| template.name.to_string()).collect()),
            date_created: Some(application.created),
            date_updated: Some(application.updated),
            description: application.description.clone(),
            resource_lifecycle_config: Some(lifecycle_of(&application.lifecycle)),
            versions: Some(versions.iter().map(|version| version.label.to_string()).collect()),
        }
    }

    fn told_version(&self, version: &Version) -> model::ApplicationVersionDescription {
        let (bundle, image) = match &version.source {
            Source::Bundle { bucket, key } => {
                (Some(model::S3Location { s3_bucket: Some(bucket.clone()), s3_key: Some(key.clone()) }), None)
            }
            Source::Image { uri } => (None, Some(model::ImageSource { uri: Some(uri.clone()) })),
            Source::Sample => (None, None),
        };
        model::ApplicationVersionDescription {
            application_name: Some(version.application.to_string()),
            application_version_arn: Some(resource::version_arn(&self.service.config().account, version).to_string()),
            build_arn: None,
            date_created: Some(version.created),
            date_updated: Some(version.updated),
            description: version.description.clone(),
            image_build_configuration: None,
            image_source: image,
            process: None,
            source_build_information: version.build.as_ref().map(|build| model::SourceBuildInformation {
                source_type: build.kind.clone(),
                source_repository: build.repository.clone(),
                source_location: build.location.clone(),
            }),
            source_bundle: bundle,
            status: Some(version.status.word().to_owned()),
            version_label: Some(version.label.to_string()),
        }
    }

    pub(super) async fn create_application(
        &self,
        caller: &Caller,
        input: model::CreateApplicationMessage,
    ) -> Result<model::ApplicationDescriptionMessage> {
        let config = input.resource_lifecycle_config;
        let new = NewApplication {
            name: input.application_name,
            description: input.description,
            lifecycle: config.map(|config| lifecycle(config, Lifecycle::default())).transpose()?,
            tags: tags(input.tags),
        };
        let application = self.service.create_application(&call(caller), new).await?;
        Ok(model::ApplicationDescriptionMessage { application: Some(self.told(&application)) })
    }

    pub(super) async fn describe_applications(
        &self,
        caller: &Caller,
        input: model::DescribeApplicationsMessage,
    ) -> Result<model::ApplicationDescriptionsMessage> {
        let found = self.service.applications(&caller.region, &input.application_names.unwrap_or_default());
        let applications = found.iter().map(|application| self.told(application)).collect();
        Ok(model::ApplicationDescriptionsMessage { applications: Some(applications) })
    }

    pub(super) async fn update_application(
        &self,
        caller: &Caller,
        input: model::UpdateApplicationMessage,
    ) -> Result<model::ApplicationDescriptionMessage> {
        let (call, name) = (call(caller), input.application_name);
        let updated = self.service.update_application(&call, &name, input.description).await?;
        Ok(model::ApplicationDescriptionMessage { application: Some(self.told(&updated)) })
    }

    pub(super) async fn update_application_resource_lifecycle(
        &self,
        caller: &Caller,
        input: model::UpdateApplicationResourceLifecycleMessage,
    ) -> Result<model::ApplicationResourceLifecycleDescriptionMessage> {
        let name = input.application_name;
        let before = self.service.state().application(&caller.region, &name)?.lifecycle.clone();
        let rules = lifecycle(input.resource_lifecycle_config, before)?;
        let application = self.service.update_lifecycle(&call(caller), &name, rules).await?;
        Ok(model::ApplicationResourceLifecycleDescriptionMessage {
            application_name: Some(name),
            resource_lifecycle_config: Some(lifecycle_of(&application.lifecycle)),
        })
    }

    pub(super) async fn delete_application(
        &self,
        caller: &Caller,
        input: model::DeleteApplicationMessage,
    ) -> Result<()> {
        let force = input.terminate_env_by_force.unwrap_or(false);
        Ok(self.service.delete_application(&call(caller), &input.application_name, force).await?)
    }

    pub(super) async fn create_application_version(
        &self,
        caller: &Caller,
        input: model::CreateApplicationVersionMessage,
    ) -> Result<model::ApplicationVersionDescriptionMessage> {
        let combination = |why: &'static str| Error::new(error::INVALID_PARAMETER_COMBINATION, why);
        if input.build_configuration.is_some() {
            return Err(Error::new(
                error::INVALID_PARAMETER_VALUE,
                "BuildConfiguration needs AWS CodeBuild, which is not here. Leave it out: a Dockerfile in the bundle is \
                 built when it is deployed.",
            ));
        }
        let image = match input.image_configuration {
            None => None,
            Some(model::ImageConfiguration { source: Some(_), build: Some(_) }) => {
                return Err(combination("ImageConfiguration must have exactly one of Source and Build."));
            }
            Some(model::ImageConfiguration { source: None, build: None }) => {
                return Err(combination("ImageConfiguration must have one of Source and Build."));
            }
            Some(model::ImageConfiguration { source: Some(source), .. }) => Some(source.uri.unwrap_or_default()),
            Some(model::ImageConfiguration { build: Some(build), .. }) => {
                if build.r#type.as_deref().is_some_and(|kind| kind != "docker") {
                    return Err(Error::new(
                        error::INVALID_PARAMETER_VALUE,
                        "ImageConfiguration.Build of type buildpack is not done here: use a Dockerfile and type docker.",
                    ));
                }
                if build
                    .dockerfile_location
                    .as_deref()
                    .is_some_and(|path| path != "Dockerfile" && path != "./Dockerfile")
                {
                    return Err(Error::new(
                        error::INVALID_PARAMETER_VALUE,
                        "ImageConfiguration.Build.DockerfileLocation must be Dockerfile, at the top of the bundle.",
                    ));
                }
                if input.source_bundle.is_none() {
                    return Err(combination("ImageConfiguration.Build needs a SourceBundle."));
                }
                None
            }
        };
        let bundle = match input.source_bundle {
            None => None,
            Some(model::S3Location { s3_bucket: Some(bucket), s3_key: Some(key) }) => {
                Some(Source::Bundle { bucket, key })
            }
            Some(_) => return Err(combination("SourceBundle must have both S3Bucket and S3Key.")),
        };
        let build = input.source_build_information.map(|build| BuildInformation {
            kind: build.source_type,
            repository: build.source_repository,
            location: build.source_location,
        });
        // A zip in a bucket is a bundle by another name.
        let located = build.as_ref().filter(|build| build.repository == "S3").map(|build| {
            let (bucket, key) = build.location.split_once('/').unwrap_or((&build.location, ""));
            Source::Bundle { bucket: bucket.to_owned(), key: key.to_owned() }
        });
        if build.as_ref().is_some_and(|build| build.repository == "CodeCommit") {
            return Err(Error::new(
                error::INVALID_PARAMETER_VALUE,
                "SourceBuildInformation of CodeCommit needs AWS CodeCommit, which is not here: upload a bundle.",
            ));
        }
        let source = match (bundle.or(located), image) {
            (Some(_), Some(_)) => {
                return Err(combination("SourceBundle and ImageConfiguration.Source can't both be given."));
            }
            (Some(bundle), None) => Some(bundle),
            (None, Some(uri)) => {
                if uri.parse::<oci::Reference>().is_err() {
                    return Err(Error::new(
                        error::INVALID_PARAMETER_VALUE,
                        format!("'{uri}' is not an image's reference, such as registry/name:tag."),
                    ));
                }
                Some(Source::Image { uri })
            }
            (None, None) => None,
        };
        let new = NewVersion {
            application: input.application_name,
            label: input.version_label,
            description: input.description,
            source,
            build,
            create_application: input.auto_create_application.unwrap_or(false),
            process: input.process.unwrap_or(false),
            tags: tags(input.tags),
        };
        let version = self.service.create_version(&call(caller), new).await?;
        Ok(model::ApplicationVersionDescriptionMessage { application_version: Some(self.told_version(&version)) })
    }

    pub(super) async fn describe_application_versions(
        &self,
        caller: &Caller,
        input: model::DescribeApplicationVersionsMessage,
    ) -> Result<model::ApplicationVersionDescriptionsMessage> {
        let labels = input.version_labels.unwrap_or_default();
        let found = self.service.versions(&caller.region, input.application_name.as_deref(), &labels);
        let token = input.next_token.as_deref();
        let (found, next_token) = page(found, input.max_records, token, |version| version.key.to_string())?;
        let versions = found.iter().map(|version| self.told_version(version)).collect();
        Ok(model::ApplicationVersionDescriptionsMessage { application_versions: Some(versions), next_token })
    }

    pub(super) async fn update_application_version(
        &self,
        caller: &Caller,
        input: model::UpdateApplicationVersionMessage,
    ) -> Result<model::ApplicationVersionDescriptionMessage> {
        let (application, label) = (&input.application_name, &input.version_label);
        let version = self.service.update_version(&call(caller), application, label, input.description).await?;
        Ok(model::ApplicationVersionDescriptionMessage { application_version: Some(self.told_version(&version)) })
    }

    pub(super) async fn delete_application_version(
        &self,
        caller: &Caller,
        input: model::DeleteApplicationVersionMessage,
    ) -> Result<()> {
        let bundle = input.delete_source_bundle.unwrap_or(false);
        let (application, label) = (&input.application_name, &input.version_label);
        Ok(self.service.delete_version(&call(caller), application, label, bundle).await?)
    }

    pub(super) async fn create_storage_location(
        &self,
        caller: &Caller,
        (): (),
    ) -> Result<model::CreateStorageLocationResultMessage> {
        let bucket = self.service.create_storage_location(&caller.region).await?;
        Ok(model::CreateStorageLocationResultMessage { s3_bucket: Some(bucket) })
    }

    pub(super) async fn describe_events(
        &self,
        caller: &Caller,
        input: model::DescribeEventsMessage,
    ) -> Result<model::EventDescriptionsMessage> {
        let severity = match input.severity {
            None => None,
            Some(word) => Severity::ALL.into_iter().find(|severity| severity.word() == word),
        };
        let query = Query {
            application: input.application_name,
            version: input.version_label,
            template: input.template_name,
            environment_id: input.environment_id,
            environment: input.environment_name,
            platform: input.platform_arn,
            request: input.request_id,
            severity,
            start: input.start_time,
            end: input.end_time,
            limit: input.max_records.and_then(|most| usize::try_from(most).ok()),
            before: input.next_token,
        };
        if query.before.as_deref().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(super::invalid_token());
        }
        let (events, next_token) = self.service.state().events(&caller.region, &query);
        let told = |event: ::beanstalk::Event| model::EventDescription {
            event_date: Some(event.time()),
            application_name: event.about.application.map(Into::into),
            environment_name: event.about.environment.map(Into::into),
            message: Some(event.message),
            platform_arn: event.about.platform,
            request_id: event.request.map(|request| request.0),
            severity: Some(event.severity.word().to_owned()),
            template_name: event.about.template.map(Into::into),
            version_label: event.about.version.map(Into::into),
        };
        Ok(model::EventDescriptionsMessage { events: Some(events.into_iter().map(told).collect()), next_token })
    }

    pub(super) async fn list_tags_for_resource(
        &self,
        caller: &Caller,
        input: model::ListTagsForResourceMessage,
    ) -> Result<model::ResourceTagsDescriptionMessage> {
        let tags = self.service.tags(&call(caller), &input.resource_arn)?;
        let tags = tags.into_iter().map(|(key, value)| model::Tag { key: Some(key), value: Some(value) });
        Ok(model::ResourceTagsDescriptionMessage {
            resource_arn: Some(input.resource_arn),
            resource_tags: Some(tags.collect()),
        })
    }

    pub(super) async fn update_tags_for_resource(
        &self,
        caller: &Caller,
        input: model::UpdateTagsForResourceMessage,
    ) -> Result<()> {
        let (add, remove) = (tags(input.tags_to_add), input.tags_to_remove.unwrap_or_default());
        Ok(self.service.update_tags(&call(caller), &input.resource_arn, add, remove).await?)
    }

    pub(super) async fn describe_account_attributes(
        &self,
        _: &Caller,
        (): (),
    ) -> Result<model::DescribeAccountAttributesResult> {
        use ::beanstalk::limits;
        let quota = |most: usize| Some(model::ResourceQuota { maximum: i64::try_from(most).ok() });
        Ok(model::DescribeAccountAttributesResult {
            resource_quotas: Some(model::ResourceQuotas {
                application_quota: quota(limits::APPLICATIONS),
                application_version_quota: quota(limits::VERSIONS),
                configuration_template_quota: quota(limits::TEMPLATES),
                custom_platform_quota: quota(limits::PLATFORMS),
                environment_quota: quota(limits::ENVIRONMENTS),
            }),
        })
    }
}
