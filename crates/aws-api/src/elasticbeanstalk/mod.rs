//! Elastic Beanstalk: what its requests say in the words of `beanstalk`, and what that answers in the words of its model.

mod applications;
mod environments;
pub mod extension;
mod health;
mod platforms;
mod settings;
mod targets;
mod templates;

use ::beanstalk::option::{OptionKey, Setting, Tier};
use ::beanstalk::{Beanstalk, Call, Error as Fault, Noun, RequestId, Which};

use crate::access::OwnKey;
use crate::error::{self, Error};
use crate::generated::elasticbeanstalk as model;
use crate::parts::page;
use crate::service::Caller;

type Result<T> = std::result::Result<T, Error>;

/// The service.
#[derive(Clone)]
pub struct ElasticBeanstalk {
    service: Beanstalk,
    own: OwnKey,
}

impl ElasticBeanstalk {
    /// Serves these applications. The key signs the addresses of logs.
    pub fn new(service: Beanstalk, own: OwnKey) -> Self {
        Self { service, own }
    }
}

crate::service! {
    ElasticBeanstalk, speaks crate::generated::elasticbeanstalk {
        AbortEnvironmentUpdate => abort_environment_update,
        ApplyEnvironmentManagedAction => apply_environment_managed_action,
        AssociateEnvironmentOperationsRole => associate_environment_operations_role,
        CheckDNSAvailability => check_dns_availability,
        ComposeEnvironments => compose_environments,
        CreateApplication => create_application,
        CreateApplicationVersion => create_application_version,
        CreateConfigurationTemplate => create_configuration_template,
        CreateEnvironment => create_environment,
        CreatePlatformVersion => create_platform_version,
        CreateStorageLocation => create_storage_location,
        DeleteApplication => delete_application,
        DeleteApplicationVersion => delete_application_version,
        DeleteConfigurationTemplate => delete_configuration_template,
        DeleteEnvironmentConfiguration => delete_environment_configuration,
        DeletePlatformVersion => delete_platform_version,
        DescribeAccountAttributes => describe_account_attributes,
        DescribeApplicationVersions => describe_application_versions,
        DescribeApplications => describe_applications,
        DescribeConfigurationOptions => describe_configuration_options,
        DescribeConfigurationSettings => describe_configuration_settings,
        DescribeEnvironmentHealth => describe_environment_health,
        DescribeEnvironmentManagedActionHistory => describe_environment_managed_action_history,
        DescribeEnvironmentManagedActions => describe_environment_managed_actions,
        DescribeEnvironmentResources => describe_environment_resources,
        DescribeEnvironments => describe_environments,
        DescribeEvents => describe_events,
        DescribeInstancesHealth => describe_instances_health,
        DescribePlatformVersion => describe_platform_version,
        DisassociateEnvironmentOperationsRole => disassociate_environment_operations_role,
        ListAvailableSolutionStacks => list_available_solution_stacks,
        ListPlatformBranches => list_platform_branches,
        ListPlatformVersions => list_platform_versions,
        ListTagsForResource => list_tags_for_resource,
        RebuildEnvironment => rebuild_environment,
        RequestEnvironmentInfo => request_environment_info,
        RestartAppServer => restart_app_server,
        RetrieveEnvironmentInfo => retrieve_environment_info,
        SwapEnvironmentCNAMEs => swap_environment_cnames,
        TerminateEnvironment => terminate_environment,
        UpdateApplication => update_application,
        UpdateApplicationResourceLifecycle => update_application_resource_lifecycle,
        UpdateApplicationVersion => update_application_version,
        UpdateConfigurationTemplate => update_configuration_template,
        UpdateEnvironment => update_environment,
        UpdateTagsForResource => update_tags_for_resource,
        ValidateConfigurationSettings => validate_configuration_settings,
    }
    on targets_of
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        use model::error as known;
        let code = match &fault {
            Fault::Parameter(_) | Fault::Unsupported(_) | Fault::Group(_) => error::INVALID_PARAMETER_VALUE,
            Fault::Combination(_) => error::INVALID_PARAMETER_COMBINATION,
            Fault::Missing(_) => error::MISSING_PARAMETER,
            Fault::Configuration(_) => CONFIGURATION_VALIDATION,
            Fault::InProgress(_) => known::OPERATION_IN_PROGRESS_EXCEPTION,
            Fault::Request(_) | Fault::Task(_) => known::INVALID_REQUEST_EXCEPTION,
            Fault::Resource(_) => known::RESOURCE_NOT_FOUND_EXCEPTION,
            Fault::ResourceType(_) => known::RESOURCE_TYPE_NOT_SUPPORTED_EXCEPTION,
            Fault::Tags(_) => known::TOO_MANY_TAGS_EXCEPTION,
            Fault::ActionState(_) => known::MANAGED_ACTION_INVALID_STATE_EXCEPTION,
            Fault::BundleDeletion(_) => known::SOURCE_BUNDLE_DELETION_EXCEPTION,
            Fault::PlatformInUse(_) => known::PLATFORM_VERSION_STILL_REFERENCED_EXCEPTION,
            Fault::TooMany { noun, .. } => match noun {
                Noun::Application => known::TOO_MANY_APPLICATIONS_EXCEPTION,
                Noun::Version => known::TOO_MANY_APPLICATION_VERSIONS_EXCEPTION,
                Noun::Template => known::TOO_MANY_CONFIGURATION_TEMPLATES_EXCEPTION,
                Noun::Environment => known::TOO_MANY_ENVIRONMENTS_EXCEPTION,
                Noun::Platform => known::TOO_MANY_PLATFORMS_EXCEPTION,
            },
            Fault::Store(_) | Fault::Bucket(_) => return Self::internal(fault),
        };
        Self::new(code, fault.to_string())
    }
}

/// Option settings that are not to be.
const CONFIGURATION_VALIDATION: error::Code =
    error::Code { code: "ConfigurationValidationException", shape: "ConfigurationValidationException", status: 400 };

fn call(caller: &Caller) -> Call {
    Call { region: caller.region.clone(), request: RequestId(caller.request_id.clone()), now: caller.now }
}

fn which(id: Option<String>, name: Option<String>) -> Which {
    Which { id: id.filter(|id| !id.is_empty()), name: name.filter(|name| !name.is_empty()) }
}

fn tags(tags: Option<Vec<model::Tag>>) -> Vec<(String, String)> {
    let tags = tags.unwrap_or_default().into_iter();
    tags.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect()
}

fn options(settings: Option<Vec<model::ConfigurationOptionSetting>>) -> Result<Vec<Setting>> {
    let one = |setting: model::ConfigurationOptionSetting| {
        let (Some(namespace), Some(name)) = (setting.namespace, setting.option_name) else {
            return Err(Error::new(
                error::INVALID_PARAMETER_VALUE,
                "Each option setting must have a Namespace and an OptionName.",
            ));
        };
        let key = OptionKey::new(namespace, name, setting.resource_name);
        Ok(Setting { key, value: setting.value.unwrap_or_default() })
    };
    settings.unwrap_or_default().into_iter().map(one).collect()
}

fn keys(specifications: Option<Vec<model::OptionSpecification>>) -> Vec<OptionKey> {
    let specifications = specifications.unwrap_or_default().into_iter();
    specifications
        .map(|one| {
            OptionKey::new(one.namespace.unwrap_or_default(), one.option_name.unwrap_or_default(), one.resource_name)
        })
        .collect()
}

fn tier(tier: Option<&model::EnvironmentTier>) -> Result<Option<Tier>> {
    let Some(tier) = tier else { return Ok(None) };
    match (tier.name.as_deref(), tier.r#type.as_deref()) {
        (None, None) => Ok(None),
        (Some("WebServer") | None, Some("Standard") | None) => Ok(Some(Tier::WebServer)),
        (Some("Worker") | None, Some("SQS/HTTP") | None) => Ok(Some(Tier::Worker)),
        (name, kind) => Err(Error::new(
            error::INVALID_PARAMETER_VALUE,
            format!(
                "Invalid tier: Name '{}', Type '{}'. There are WebServer with Standard and Worker with SQS/HTTP.",
                name.unwrap_or_default(),
                kind.unwrap_or_default()
            ),
        )),
    }
}

fn tier_of(tier: Tier) -> model::EnvironmentTier {
    let (name, kind, version) = ::beanstalk::environment::tier_words(tier);
    model::EnvironmentTier { name: Some(name.into()), r#type: Some(kind.into()), version: Some(version.into()) }
}

fn invalid_token() -> Error {
    Error::new(error::INVALID_PARAMETER_VALUE, "The value for NextToken is not valid.")
}
