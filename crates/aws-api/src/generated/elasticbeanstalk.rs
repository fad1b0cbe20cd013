//! AWS Elastic Beanstalk, version 2010-12-01: made by `cargo xtask codegen` from the model of botocore 1.44.8. Do not edit.
//!
//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, Version 2.0.
#![allow(unused_imports, clippy::large_enum_variant)]

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::shape::{self, Code, Member, Model, Protocol, Shape};
use crate::codec::{operations, structure};

structure! { #[derive(Default)] AbortEnvironmentUpdateMessage, ABORT_ENVIRONMENT_UPDATE_MESSAGE;
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
}

pub mod action_history_status {
    pub const COMPLETED: &str = "Completed";
    pub const FAILED: &str = "Failed";
    pub const UNKNOWN: &str = "Unknown";
}

static ACTION_STATUS: Shape =
    Shape::Text { length: None, pattern: None, values: &["Scheduled", "Pending", "Running", "Unknown"] };

pub mod action_status {
    pub const SCHEDULED: &str = "Scheduled";
    pub const PENDING: &str = "Pending";
    pub const RUNNING: &str = "Running";
    pub const UNKNOWN: &str = "Unknown";
}

pub mod action_type {
    pub const INSTANCE_REFRESH: &str = "InstanceRefresh";
    pub const PLATFORM_UPDATE: &str = "PlatformUpdate";
    pub const UNKNOWN: &str = "Unknown";
}

pub mod ami_architecture {
    pub const X86_64: &str = "x86_64";
    pub const ARM64: &str = "arm64";
}

structure! { #[derive(Default)] ApplicationDescription, APPLICATION_DESCRIPTION;
    application_arn: Option<String> = Member::new("ApplicationArn", &shape::TEXT);
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    configuration_templates: Option<Vec<String>> = Member::new("ConfigurationTemplates", &CONFIGURATION_TEMPLATE_NAMES_LIST);
    date_created: Option<Timestamp> = Member::new("DateCreated", &shape::TIMESTAMP);
    date_updated: Option<Timestamp> = Member::new("DateUpdated", &shape::TIMESTAMP);
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    resource_lifecycle_config: Option<ApplicationResourceLifecycleConfig> = Member::new("ResourceLifecycleConfig", &APPLICATION_RESOURCE_LIFECYCLE_CONFIG);
    versions: Option<Vec<String>> = Member::new("Versions", &VERSION_LABELS_LIST);
}

static APPLICATION_DESCRIPTION_LIST: Shape =
    Shape::List { member: &APPLICATION_DESCRIPTION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ApplicationDescriptionMessage, APPLICATION_DESCRIPTION_MESSAGE;
    application: Option<ApplicationDescription> = Member::new("Application", &APPLICATION_DESCRIPTION);
}

structure! { #[derive(Default)] ApplicationDescriptionsMessage, APPLICATION_DESCRIPTIONS_MESSAGE;
    applications: Option<Vec<ApplicationDescription>> = Member::new("Applications", &APPLICATION_DESCRIPTION_LIST);
}

structure! { #[derive(Default)] ApplicationMetrics, APPLICATION_METRICS;
    duration: Option<i64> = Member::new("Duration", &shape::INTEGER);
    latency: Option<Latency> = Member::new("Latency", &LATENCY);
    request_count: Option<i64> = Member::new("RequestCount", &shape::INTEGER);
    status_codes: Option<StatusCodes> = Member::new("StatusCodes", &STATUS_CODES);
}

static APPLICATION_NAME: Shape = Shape::Text { length: Some((1, 100)), pattern: None, values: &[] };

static APPLICATION_NAMES_LIST: Shape =
    Shape::List { member: &APPLICATION_NAME, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ApplicationResourceLifecycleConfig, APPLICATION_RESOURCE_LIFECYCLE_CONFIG;
    service_role: Option<String> = Member::new("ServiceRole", &shape::TEXT);
    version_lifecycle_config: Option<ApplicationVersionLifecycleConfig> = Member::new("VersionLifecycleConfig", &APPLICATION_VERSION_LIFECYCLE_CONFIG);
}

structure! { #[derive(Default)] ApplicationResourceLifecycleDescriptionMessage, APPLICATION_RESOURCE_LIFECYCLE_DESCRIPTION_MESSAGE;
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    resource_lifecycle_config: Option<ApplicationResourceLifecycleConfig> = Member::new("ResourceLifecycleConfig", &APPLICATION_RESOURCE_LIFECYCLE_CONFIG);
}

structure! { #[derive(Default)] ApplicationVersionDescription, APPLICATION_VERSION_DESCRIPTION;
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    application_version_arn: Option<String> = Member::new("ApplicationVersionArn", &shape::TEXT);
    build_arn: Option<String> = Member::new("BuildArn", &shape::TEXT);
    date_created: Option<Timestamp> = Member::new("DateCreated", &shape::TIMESTAMP);
    date_updated: Option<Timestamp> = Member::new("DateUpdated", &shape::TIMESTAMP);
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    image_build_configuration: Option<ImageBuildConfiguration> = Member::new("ImageBuildConfiguration", &IMAGE_BUILD_CONFIGURATION);
    image_source: Option<ImageSource> = Member::new("ImageSource", &IMAGE_SOURCE);
    process: Option<bool> = Member::new("Process", &shape::BOOLEAN);
    source_build_information: Option<SourceBuildInformation> = Member::new("SourceBuildInformation", &SOURCE_BUILD_INFORMATION);
    source_bundle: Option<S3Location> = Member::new("SourceBundle", &S3_LOCATION);
    status: Option<String> = Member::new("Status", &shape::TEXT);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

static APPLICATION_VERSION_DESCRIPTION_LIST: Shape =
    Shape::List { member: &APPLICATION_VERSION_DESCRIPTION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ApplicationVersionDescriptionMessage, APPLICATION_VERSION_DESCRIPTION_MESSAGE;
    application_version: Option<ApplicationVersionDescription> = Member::new("ApplicationVersion", &APPLICATION_VERSION_DESCRIPTION);
}

structure! { #[derive(Default)] ApplicationVersionDescriptionsMessage, APPLICATION_VERSION_DESCRIPTIONS_MESSAGE;
    application_versions: Option<Vec<ApplicationVersionDescription>> = Member::new("ApplicationVersions", &APPLICATION_VERSION_DESCRIPTION_LIST);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
}

structure! { #[derive(Default)] ApplicationVersionLifecycleConfig, APPLICATION_VERSION_LIFECYCLE_CONFIG;
    max_age_rule: Option<MaxAgeRule> = Member::new("MaxAgeRule", &MAX_AGE_RULE);
    max_count_rule: Option<MaxCountRule> = Member::new("MaxCountRule", &MAX_COUNT_RULE);
}

pub mod application_version_status {
    pub const PROCESSED: &str = "Processed";
    pub const UNPROCESSED: &str = "Unprocessed";
    pub const FAILED: &str = "Failed";
    pub const PROCESSING: &str = "Processing";
    pub const BUILDING: &str = "Building";
}

structure! { #[derive(Default)] ApplyEnvironmentManagedActionRequest, APPLY_ENVIRONMENT_MANAGED_ACTION_REQUEST;
    action_id: String = Member::new("ActionId", &shape::TEXT).required();
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &shape::TEXT);
}

structure! { #[derive(Default)] ApplyEnvironmentManagedActionResult, APPLY_ENVIRONMENT_MANAGED_ACTION_RESULT;
    action_description: Option<String> = Member::new("ActionDescription", &shape::TEXT);
    action_id: Option<String> = Member::new("ActionId", &shape::TEXT);
    action_type: Option<String> = Member::new("ActionType", &shape::TEXT);
    status: Option<String> = Member::new("Status", &shape::TEXT);
}

static ARCHITECTURE_TYPE: Shape = Shape::Text { length: None, pattern: None, values: &["amd64", "arm64"] };

pub mod architecture_type {
    pub const AMD64: &str = "amd64";
    pub const ARM64: &str = "arm64";
}

structure! { #[derive(Default)] AssociateEnvironmentOperationsRoleMessage, ASSOCIATE_ENVIRONMENT_OPERATIONS_ROLE_MESSAGE;
    environment_name: String = Member::new("EnvironmentName", &ENVIRONMENT_NAME).required();
    operations_role: String = Member::new("OperationsRole", &OPERATIONS_ROLE).required();
}

structure! { #[derive(Default)] AutoScalingGroup, AUTO_SCALING_GROUP;
    name: Option<String> = Member::new("Name", &shape::TEXT);
}

static AUTO_SCALING_GROUP_LIST: Shape =
    Shape::List { member: &AUTO_SCALING_GROUP, name: "member", flattened: false, length: None };

static AVAILABLE_SOLUTION_STACK_DETAILS_LIST: Shape =
    Shape::List { member: &SOLUTION_STACK_DESCRIPTION, name: "member", flattened: false, length: None };

static AVAILABLE_SOLUTION_STACK_NAMES_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] BuildConfiguration, BUILD_CONFIGURATION;
    artifact_name: Option<String> = Member::new("ArtifactName", &shape::TEXT);
    code_build_service_role: String = Member::new("CodeBuildServiceRole", &NON_EMPTY_STRING).required();
    compute_type: Option<String> = Member::new("ComputeType", &COMPUTE_TYPE);
    image: String = Member::new("Image", &NON_EMPTY_STRING).required();
    timeout_in_minutes: Option<i64> = Member::new("TimeoutInMinutes", &shape::INTEGER);
}

structure! { #[derive(Default)] Builder, BUILDER;
    arn: Option<String> = Member::new("ARN", &shape::TEXT);
}

structure! { #[derive(Default)] CPUUtilization, CPU_UTILIZATION;
    io_wait: Option<f64> = Member::new("IOWait", &shape::DOUBLE);
    irq: Option<f64> = Member::new("IRQ", &shape::DOUBLE);
    idle: Option<f64> = Member::new("Idle", &shape::DOUBLE);
    nice: Option<f64> = Member::new("Nice", &shape::DOUBLE);
    privileged: Option<f64> = Member::new("Privileged", &shape::DOUBLE);
    soft_irq: Option<f64> = Member::new("SoftIRQ", &shape::DOUBLE);
    system: Option<f64> = Member::new("System", &shape::DOUBLE);
    user: Option<f64> = Member::new("User", &shape::DOUBLE);
}

static CAUSES: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] CheckDNSAvailabilityMessage, CHECK_DNS_AVAILABILITY_MESSAGE;
    cname_prefix: String = Member::new("CNAMEPrefix", &DNS_CNAME_PREFIX).required();
}

structure! { #[derive(Default)] CheckDNSAvailabilityResultMessage, CHECK_DNS_AVAILABILITY_RESULT_MESSAGE;
    available: Option<bool> = Member::new("Available", &shape::BOOLEAN);
    fully_qualified_cname: Option<String> = Member::new("FullyQualifiedCNAME", &shape::TEXT);
}

structure! { #[derive(Default)] Cluster, CLUSTER;
    cluster_arn: Option<String> = Member::new("ClusterArn", &shape::TEXT);
}

structure! { #[derive(Default)] ComposeEnvironmentsMessage, COMPOSE_ENVIRONMENTS_MESSAGE;
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    group_name: Option<String> = Member::new("GroupName", &GROUP_NAME);
    version_labels: Option<Vec<String>> = Member::new("VersionLabels", &VERSION_LABELS);
}

static COMPUTE_TYPE: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &["BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"],
};

pub mod compute_type {
    pub const BUILD_GENERAL1_SMALL: &str = "BUILD_GENERAL1_SMALL";
    pub const BUILD_GENERAL1_MEDIUM: &str = "BUILD_GENERAL1_MEDIUM";
    pub const BUILD_GENERAL1_LARGE: &str = "BUILD_GENERAL1_LARGE";
}

pub mod configuration_deployment_status {
    pub const DEPLOYED: &str = "deployed";
    pub const PENDING: &str = "pending";
    pub const FAILED: &str = "failed";
}

structure! { #[derive(Default)] ConfigurationOptionDescription, CONFIGURATION_OPTION_DESCRIPTION;
    change_severity: Option<String> = Member::new("ChangeSeverity", &shape::TEXT);
    default_value: Option<String> = Member::new("DefaultValue", &shape::TEXT);
    description: Option<String> = Member::new("Description", &shape::TEXT);
    max_length: Option<i64> = Member::new("MaxLength", &shape::INTEGER);
    max_value: Option<i64> = Member::new("MaxValue", &shape::INTEGER);
    min_value: Option<i64> = Member::new("MinValue", &shape::INTEGER);
    name: Option<String> = Member::new("Name", &shape::TEXT);
    namespace: Option<String> = Member::new("Namespace", &shape::TEXT);
    regex: Option<OptionRestrictionRegex> = Member::new("Regex", &OPTION_RESTRICTION_REGEX);
    user_defined: Option<bool> = Member::new("UserDefined", &shape::BOOLEAN);
    value_options: Option<Vec<String>> = Member::new("ValueOptions", &CONFIGURATION_OPTION_POSSIBLE_VALUES);
    value_type: Option<String> = Member::new("ValueType", &shape::TEXT);
}

static CONFIGURATION_OPTION_DESCRIPTIONS_LIST: Shape =
    Shape::List { member: &CONFIGURATION_OPTION_DESCRIPTION, name: "member", flattened: false, length: None };

static CONFIGURATION_OPTION_POSSIBLE_VALUES: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ConfigurationOptionSetting, CONFIGURATION_OPTION_SETTING;
    namespace: Option<String> = Member::new("Namespace", &shape::TEXT);
    option_name: Option<String> = Member::new("OptionName", &shape::TEXT);
    resource_name: Option<String> = Member::new("ResourceName", &RESOURCE_NAME);
    value: Option<String> = Member::new("Value", &shape::TEXT);
}

static CONFIGURATION_OPTION_SETTINGS_LIST: Shape =
    Shape::List { member: &CONFIGURATION_OPTION_SETTING, name: "member", flattened: false, length: None };

pub mod configuration_option_value_type {
    pub const SCALAR: &str = "Scalar";
    pub const LIST: &str = "List";
}

structure! { #[derive(Default)] ConfigurationOptionsDescription, CONFIGURATION_OPTIONS_DESCRIPTION;
    options: Option<Vec<ConfigurationOptionDescription>> = Member::new("Options", &CONFIGURATION_OPTION_DESCRIPTIONS_LIST);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    tier: Option<EnvironmentTier> = Member::new("Tier", &ENVIRONMENT_TIER);
}

structure! { #[derive(Default)] ConfigurationSettingsDescription, CONFIGURATION_SETTINGS_DESCRIPTION;
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    date_created: Option<Timestamp> = Member::new("DateCreated", &shape::TIMESTAMP);
    date_updated: Option<Timestamp> = Member::new("DateUpdated", &shape::TIMESTAMP);
    deployment_status: Option<String> = Member::new("DeploymentStatus", &shape::TEXT);
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    option_settings: Option<Vec<ConfigurationOptionSetting>> = Member::new("OptionSettings", &CONFIGURATION_OPTION_SETTINGS_LIST);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    template_name: Option<String> = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME);
    tier: Option<EnvironmentTier> = Member::new("Tier", &ENVIRONMENT_TIER);
}

static CONFIGURATION_SETTINGS_DESCRIPTION_LIST: Shape =
    Shape::List { member: &CONFIGURATION_SETTINGS_DESCRIPTION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ConfigurationSettingsDescriptions, CONFIGURATION_SETTINGS_DESCRIPTIONS;
    configuration_settings: Option<Vec<ConfigurationSettingsDescription>> = Member::new("ConfigurationSettings", &CONFIGURATION_SETTINGS_DESCRIPTION_LIST);
}

structure! { #[derive(Default)] ConfigurationSettingsValidationMessages, CONFIGURATION_SETTINGS_VALIDATION_MESSAGES;
    messages: Option<Vec<ValidationMessage>> = Member::new("Messages", &VALIDATION_MESSAGES_LIST);
}

static CONFIGURATION_TEMPLATE_NAME: Shape = Shape::Text { length: Some((1, 100)), pattern: None, values: &[] };

static CONFIGURATION_TEMPLATE_NAMES_LIST: Shape =
    Shape::List { member: &CONFIGURATION_TEMPLATE_NAME, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] CreateApplicationMessage, CREATE_APPLICATION_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    resource_lifecycle_config: Option<ApplicationResourceLifecycleConfig> = Member::new("ResourceLifecycleConfig", &APPLICATION_RESOURCE_LIFECYCLE_CONFIG);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAGS);
}

structure! { #[derive(Default)] CreateApplicationVersionMessage, CREATE_APPLICATION_VERSION_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    auto_create_application: Option<bool> = Member::new("AutoCreateApplication", &shape::BOOLEAN);
    build_configuration: Option<BuildConfiguration> = Member::new("BuildConfiguration", &BUILD_CONFIGURATION);
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    image_configuration: Option<ImageConfiguration> = Member::new("ImageConfiguration", &IMAGE_CONFIGURATION);
    process: Option<bool> = Member::new("Process", &shape::BOOLEAN);
    source_build_information: Option<SourceBuildInformation> = Member::new("SourceBuildInformation", &SOURCE_BUILD_INFORMATION);
    source_bundle: Option<S3Location> = Member::new("SourceBundle", &S3_LOCATION);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAGS);
    version_label: String = Member::new("VersionLabel", &VERSION_LABEL).required();
}

structure! { #[derive(Default)] CreateConfigurationTemplateMessage, CREATE_CONFIGURATION_TEMPLATE_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    option_settings: Option<Vec<ConfigurationOptionSetting>> = Member::new("OptionSettings", &CONFIGURATION_OPTION_SETTINGS_LIST);
    options_to_remove: Option<Vec<OptionSpecification>> = Member::new("OptionsToRemove", &OPTIONS_SPECIFIER_LIST);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    source_configuration: Option<SourceConfiguration> = Member::new("SourceConfiguration", &SOURCE_CONFIGURATION);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAGS);
    template_name: String = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME).required();
    template_specification: Option<EnvironmentTemplateSpecification> = Member::new("TemplateSpecification", &ENVIRONMENT_TEMPLATE_SPECIFICATION);
    tier: Option<EnvironmentTier> = Member::new("Tier", &ENVIRONMENT_TIER);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

structure! { #[derive(Default)] CreateEnvironmentMessage, CREATE_ENVIRONMENT_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    cname_prefix: Option<String> = Member::new("CNAMEPrefix", &DNS_CNAME_PREFIX);
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    group_name: Option<String> = Member::new("GroupName", &GROUP_NAME);
    operations_role: Option<String> = Member::new("OperationsRole", &OPERATIONS_ROLE);
    option_settings: Option<Vec<ConfigurationOptionSetting>> = Member::new("OptionSettings", &CONFIGURATION_OPTION_SETTINGS_LIST);
    options_to_remove: Option<Vec<OptionSpecification>> = Member::new("OptionsToRemove", &OPTIONS_SPECIFIER_LIST);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAGS);
    template_name: Option<String> = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME);
    template_specification: Option<EnvironmentTemplateSpecification> = Member::new("TemplateSpecification", &ENVIRONMENT_TEMPLATE_SPECIFICATION);
    tier: Option<EnvironmentTier> = Member::new("Tier", &ENVIRONMENT_TIER);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

structure! { #[derive(Default)] CreatePlatformVersionRequest, CREATE_PLATFORM_VERSION_REQUEST;
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    option_settings: Option<Vec<ConfigurationOptionSetting>> = Member::new("OptionSettings", &CONFIGURATION_OPTION_SETTINGS_LIST);
    platform_definition_bundle: S3Location = Member::new("PlatformDefinitionBundle", &S3_LOCATION).required();
    platform_name: String = Member::new("PlatformName", &shape::TEXT).required();
    platform_version: String = Member::new("PlatformVersion", &shape::TEXT).required();
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAGS);
}

structure! { #[derive(Default)] CreatePlatformVersionResult, CREATE_PLATFORM_VERSION_RESULT;
    builder: Option<Builder> = Member::new("Builder", &BUILDER);
    platform_summary: Option<PlatformSummary> = Member::new("PlatformSummary", &PLATFORM_SUMMARY);
}

structure! { #[derive(Default)] CreateStorageLocationResultMessage, CREATE_STORAGE_LOCATION_RESULT_MESSAGE;
    s3_bucket: Option<String> = Member::new("S3Bucket", &S3_BUCKET);
}

structure! { #[derive(Default)] CustomAmi, CUSTOM_AMI;
    image_id: Option<String> = Member::new("ImageId", &shape::TEXT);
    virtualization_type: Option<String> = Member::new("VirtualizationType", &shape::TEXT);
}

static CUSTOM_AMI_LIST: Shape = Shape::List { member: &CUSTOM_AMI, name: "member", flattened: false, length: None };

static DNS_CNAME_PREFIX: Shape = Shape::Text { length: Some((4, 63)), pattern: None, values: &[] };

structure! { #[derive(Default)] DefaultAmi, DEFAULT_AMI;
    architecture: Option<String> = Member::new("Architecture", &shape::TEXT);
    image_id: Option<String> = Member::new("ImageId", &shape::TEXT);
}

static DEFAULT_AMI_LIST: Shape = Shape::List { member: &DEFAULT_AMI, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] DeleteApplicationMessage, DELETE_APPLICATION_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    terminate_env_by_force: Option<bool> = Member::new("TerminateEnvByForce", &shape::BOOLEAN);
}

structure! { #[derive(Default)] DeleteApplicationVersionMessage, DELETE_APPLICATION_VERSION_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    delete_source_bundle: Option<bool> = Member::new("DeleteSourceBundle", &shape::BOOLEAN);
    version_label: String = Member::new("VersionLabel", &VERSION_LABEL).required();
}

structure! { #[derive(Default)] DeleteConfigurationTemplateMessage, DELETE_CONFIGURATION_TEMPLATE_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    template_name: String = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME).required();
}

structure! { #[derive(Default)] DeleteEnvironmentConfigurationMessage, DELETE_ENVIRONMENT_CONFIGURATION_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    environment_name: String = Member::new("EnvironmentName", &ENVIRONMENT_NAME).required();
}

structure! { #[derive(Default)] DeletePlatformVersionRequest, DELETE_PLATFORM_VERSION_REQUEST;
    delete_resources: Option<bool> = Member::new("DeleteResources", &shape::BOOLEAN);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
}

structure! { #[derive(Default)] DeletePlatformVersionResult, DELETE_PLATFORM_VERSION_RESULT;
    platform_summary: Option<PlatformSummary> = Member::new("PlatformSummary", &PLATFORM_SUMMARY);
}

structure! { #[derive(Default)] Deployment, DEPLOYMENT;
    deployment_id: Option<i64> = Member::new("DeploymentId", &shape::LONG);
    deployment_time: Option<Timestamp> = Member::new("DeploymentTime", &shape::TIMESTAMP);
    status: Option<String> = Member::new("Status", &shape::TEXT);
    version_label: Option<String> = Member::new("VersionLabel", &shape::TEXT);
}

structure! { #[derive(Default)] DescribeAccountAttributesResult, DESCRIBE_ACCOUNT_ATTRIBUTES_RESULT;
    resource_quotas: Option<ResourceQuotas> = Member::new("ResourceQuotas", &RESOURCE_QUOTAS);
}

structure! { #[derive(Default)] DescribeApplicationVersionsMessage, DESCRIBE_APPLICATION_VERSIONS_MESSAGE;
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    max_records: Option<i64> = Member::new("MaxRecords", &MAX_RECORDS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    version_labels: Option<Vec<String>> = Member::new("VersionLabels", &VERSION_LABELS_LIST);
}

structure! { #[derive(Default)] DescribeApplicationsMessage, DESCRIBE_APPLICATIONS_MESSAGE;
    application_names: Option<Vec<String>> = Member::new("ApplicationNames", &APPLICATION_NAMES_LIST);
}

structure! { #[derive(Default)] DescribeConfigurationOptionsMessage, DESCRIBE_CONFIGURATION_OPTIONS_MESSAGE;
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    option_settings: Option<Vec<ConfigurationOptionSetting>> = Member::new("OptionSettings", &CONFIGURATION_OPTION_SETTINGS_LIST);
    options: Option<Vec<OptionSpecification>> = Member::new("Options", &OPTIONS_SPECIFIER_LIST);
    options_to_remove: Option<Vec<OptionSpecification>> = Member::new("OptionsToRemove", &OPTIONS_SPECIFIER_LIST);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    template_name: Option<String> = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME);
    template_specification: Option<EnvironmentTemplateSpecification> = Member::new("TemplateSpecification", &ENVIRONMENT_TEMPLATE_SPECIFICATION);
    tier: Option<EnvironmentTier> = Member::new("Tier", &ENVIRONMENT_TIER);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

structure! { #[derive(Default)] DescribeConfigurationSettingsMessage, DESCRIBE_CONFIGURATION_SETTINGS_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    option_settings: Option<Vec<ConfigurationOptionSetting>> = Member::new("OptionSettings", &CONFIGURATION_OPTION_SETTINGS_LIST);
    options: Option<Vec<OptionSpecification>> = Member::new("Options", &OPTIONS_SPECIFIER_LIST);
    options_to_remove: Option<Vec<OptionSpecification>> = Member::new("OptionsToRemove", &OPTIONS_SPECIFIER_LIST);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    template_name: Option<String> = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME);
    template_specification: Option<EnvironmentTemplateSpecification> = Member::new("TemplateSpecification", &ENVIRONMENT_TEMPLATE_SPECIFICATION);
    tier: Option<EnvironmentTier> = Member::new("Tier", &ENVIRONMENT_TIER);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

structure! { #[derive(Default)] DescribeEnvironmentHealthRequest, DESCRIBE_ENVIRONMENT_HEALTH_REQUEST;
    attribute_names: Option<Vec<String>> = Member::new("AttributeNames", &ENVIRONMENT_HEALTH_ATTRIBUTES);
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
}

structure! { #[derive(Default)] DescribeEnvironmentHealthResult, DESCRIBE_ENVIRONMENT_HEALTH_RESULT;
    application_metrics: Option<ApplicationMetrics> = Member::new("ApplicationMetrics", &APPLICATION_METRICS);
    causes: Option<Vec<String>> = Member::new("Causes", &CAUSES);
    color: Option<String> = Member::new("Color", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    health_status: Option<String> = Member::new("HealthStatus", &shape::TEXT);
    instances_health: Option<InstanceHealthSummary> = Member::new("InstancesHealth", &INSTANCE_HEALTH_SUMMARY);
    refreshed_at: Option<Timestamp> = Member::new("RefreshedAt", &shape::TIMESTAMP);
    status: Option<String> = Member::new("Status", &shape::TEXT);
}

structure! { #[derive(Default)] DescribeEnvironmentManagedActionHistoryRequest, DESCRIBE_ENVIRONMENT_MANAGED_ACTION_HISTORY_REQUEST;
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    max_items: Option<i64> = Member::new("MaxItems", &MANAGED_ACTION_HISTORY_MAX_ITEMS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
}

structure! { #[derive(Default)] DescribeEnvironmentManagedActionHistoryResult, DESCRIBE_ENVIRONMENT_MANAGED_ACTION_HISTORY_RESULT;
    managed_action_history_items: Option<Vec<ManagedActionHistoryItem>> = Member::new("ManagedActionHistoryItems", &MANAGED_ACTION_HISTORY_ITEMS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
}

structure! { #[derive(Default)] DescribeEnvironmentManagedActionsRequest, DESCRIBE_ENVIRONMENT_MANAGED_ACTIONS_REQUEST;
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &shape::TEXT);
    status: Option<String> = Member::new("Status", &ACTION_STATUS);
}

structure! { #[derive(Default)] DescribeEnvironmentManagedActionsResult, DESCRIBE_ENVIRONMENT_MANAGED_ACTIONS_RESULT;
    managed_actions: Option<Vec<ManagedAction>> = Member::new("ManagedActions", &MANAGED_ACTIONS);
}

structure! { #[derive(Default)] DescribeEnvironmentResourcesMessage, DESCRIBE_ENVIRONMENT_RESOURCES_MESSAGE;
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
}

structure! { #[derive(Default)] DescribeEnvironmentsMessage, DESCRIBE_ENVIRONMENTS_MESSAGE;
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    environment_ids: Option<Vec<String>> = Member::new("EnvironmentIds", &ENVIRONMENT_ID_LIST);
    environment_names: Option<Vec<String>> = Member::new("EnvironmentNames", &ENVIRONMENT_NAMES_LIST);
    include_deleted: Option<bool> = Member::new("IncludeDeleted", &shape::BOOLEAN);
    included_deleted_back_to: Option<Timestamp> = Member::new("IncludedDeletedBackTo", &shape::TIMESTAMP);
    max_records: Option<i64> = Member::new("MaxRecords", &MAX_RECORDS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

structure! { #[derive(Default)] DescribeEventsMessage, DESCRIBE_EVENTS_MESSAGE;
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    end_time: Option<Timestamp> = Member::new("EndTime", &shape::TIMESTAMP);
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    max_records: Option<i64> = Member::new("MaxRecords", &MAX_RECORDS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    request_id: Option<String> = Member::new("RequestId", &shape::TEXT);
    severity: Option<String> = Member::new("Severity", &EVENT_SEVERITY);
    start_time: Option<Timestamp> = Member::new("StartTime", &shape::TIMESTAMP);
    template_name: Option<String> = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

structure! { #[derive(Default)] DescribeInstancesHealthRequest, DESCRIBE_INSTANCES_HEALTH_REQUEST;
    attribute_names: Option<Vec<String>> = Member::new("AttributeNames", &INSTANCES_HEALTH_ATTRIBUTES);
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    next_token: Option<String> = Member::new("NextToken", &NEXT_TOKEN);
}

structure! { #[derive(Default)] DescribeInstancesHealthResult, DESCRIBE_INSTANCES_HEALTH_RESULT;
    instance_health_list: Option<Vec<SingleInstanceHealth>> = Member::new("InstanceHealthList", &INSTANCE_HEALTH_LIST);
    next_token: Option<String> = Member::new("NextToken", &NEXT_TOKEN);
    refreshed_at: Option<Timestamp> = Member::new("RefreshedAt", &shape::TIMESTAMP);
}

structure! { #[derive(Default)] DescribePlatformVersionRequest, DESCRIBE_PLATFORM_VERSION_REQUEST;
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
}

structure! { #[derive(Default)] DescribePlatformVersionResult, DESCRIBE_PLATFORM_VERSION_RESULT;
    platform_description: Option<PlatformDescription> = Member::new("PlatformDescription", &PLATFORM_DESCRIPTION);
}

static DESCRIPTION: Shape = Shape::Text { length: Some((0, 200)), pattern: None, values: &[] };

structure! { #[derive(Default)] DisassociateEnvironmentOperationsRoleMessage, DISASSOCIATE_ENVIRONMENT_OPERATIONS_ROLE_MESSAGE;
    environment_name: String = Member::new("EnvironmentName", &ENVIRONMENT_NAME).required();
}

structure! { #[derive(Default)] EnvironmentDescription, ENVIRONMENT_DESCRIPTION;
    abortable_operation_in_progress: Option<bool> = Member::new("AbortableOperationInProgress", &shape::BOOLEAN);
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    cname: Option<String> = Member::new("CNAME", &shape::TEXT);
    date_created: Option<Timestamp> = Member::new("DateCreated", &shape::TIMESTAMP);
    date_updated: Option<Timestamp> = Member::new("DateUpdated", &shape::TIMESTAMP);
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    endpoint_url: Option<String> = Member::new("EndpointURL", &shape::TEXT);
    environment_arn: Option<String> = Member::new("EnvironmentArn", &shape::TEXT);
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_links: Option<Vec<EnvironmentLink>> = Member::new("EnvironmentLinks", &ENVIRONMENT_LINKS);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    health: Option<String> = Member::new("Health", &shape::TEXT);
    health_status: Option<String> = Member::new("HealthStatus", &shape::TEXT);
    operations_role: Option<String> = Member::new("OperationsRole", &OPERATIONS_ROLE);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    resources: Option<EnvironmentResourcesDescription> = Member::new("Resources", &ENVIRONMENT_RESOURCES_DESCRIPTION);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    status: Option<String> = Member::new("Status", &shape::TEXT);
    template_name: Option<String> = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME);
    tier: Option<EnvironmentTier> = Member::new("Tier", &ENVIRONMENT_TIER);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

static ENVIRONMENT_DESCRIPTIONS_LIST: Shape =
    Shape::List { member: &ENVIRONMENT_DESCRIPTION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] EnvironmentDescriptionsMessage, ENVIRONMENT_DESCRIPTIONS_MESSAGE;
    environments: Option<Vec<EnvironmentDescription>> = Member::new("Environments", &ENVIRONMENT_DESCRIPTIONS_LIST);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
}

pub mod environment_health {
    pub const GREEN: &str = "Green";
    pub const YELLOW: &str = "Yellow";
    pub const RED: &str = "Red";
    pub const GREY: &str = "Grey";
}

static ENVIRONMENT_HEALTH_ATTRIBUTE: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &[
        "Status",
        "Color",
        "Causes",
        "ApplicationMetrics",
        "InstancesHealth",
        "All",
        "HealthStatus",
        "RefreshedAt",
    ],
};

pub mod environment_health_attribute {
    pub const STATUS: &str = "Status";
    pub const COLOR: &str = "Color";
    pub const CAUSES: &str = "Causes";
    pub const APPLICATION_METRICS: &str = "ApplicationMetrics";
    pub const INSTANCES_HEALTH: &str = "InstancesHealth";
    pub const ALL: &str = "All";
    pub const HEALTH_STATUS: &str = "HealthStatus";
    pub const REFRESHED_AT: &str = "RefreshedAt";
}

static ENVIRONMENT_HEALTH_ATTRIBUTES: Shape =
    Shape::List { member: &ENVIRONMENT_HEALTH_ATTRIBUTE, name: "member", flattened: false, length: None };

pub mod environment_health_status {
    pub const NO_DATA: &str = "NoData";
    pub const UNKNOWN: &str = "Unknown";
    pub const PENDING: &str = "Pending";
    pub const OK: &str = "Ok";
    pub const INFO: &str = "Info";
    pub const WARNING: &str = "Warning";
    pub const DEGRADED: &str = "Degraded";
    pub const SEVERE: &str = "Severe";
    pub const SUSPENDED: &str = "Suspended";
}

static ENVIRONMENT_ID_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] EnvironmentInfoDescription, ENVIRONMENT_INFO_DESCRIPTION;
    ec2_instance_id: Option<String> = Member::new("Ec2InstanceId", &shape::TEXT);
    info_type: Option<String> = Member::new("InfoType", &ENVIRONMENT_INFO_TYPE);
    message: Option<String> = Member::new("Message", &shape::TEXT);
    sample_timestamp: Option<Timestamp> = Member::new("SampleTimestamp", &shape::TIMESTAMP);
}

static ENVIRONMENT_INFO_DESCRIPTION_LIST: Shape =
    Shape::List { member: &ENVIRONMENT_INFO_DESCRIPTION, name: "member", flattened: false, length: None };

static ENVIRONMENT_INFO_TYPE: Shape =
    Shape::Text { length: None, pattern: None, values: &["tail", "bundle", "analyze"] };

pub mod environment_info_type {
    pub const TAIL: &str = "tail";
    pub const BUNDLE: &str = "bundle";
    pub const ANALYZE: &str = "analyze";
}

structure! { #[derive(Default)] EnvironmentLink, ENVIRONMENT_LINK;
    environment_name: Option<String> = Member::new("EnvironmentName", &shape::TEXT);
    link_name: Option<String> = Member::new("LinkName", &shape::TEXT);
}

static ENVIRONMENT_LINKS: Shape =
    Shape::List { member: &ENVIRONMENT_LINK, name: "member", flattened: false, length: None };

static ENVIRONMENT_NAME: Shape = Shape::Text { length: Some((4, 40)), pattern: None, values: &[] };

static ENVIRONMENT_NAMES_LIST: Shape =
    Shape::List { member: &ENVIRONMENT_NAME, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] EnvironmentResourceDescription, ENVIRONMENT_RESOURCE_DESCRIPTION;
    auto_scaling_groups: Option<Vec<AutoScalingGroup>> = Member::new("AutoScalingGroups", &AUTO_SCALING_GROUP_LIST);
    cluster: Option<Cluster> = Member::new("Cluster", &CLUSTER);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    instances: Option<Vec<Instance>> = Member::new("Instances", &INSTANCE_LIST);
    launch_configurations: Option<Vec<LaunchConfiguration>> = Member::new("LaunchConfigurations", &LAUNCH_CONFIGURATION_LIST);
    launch_templates: Option<Vec<LaunchTemplate>> = Member::new("LaunchTemplates", &LAUNCH_TEMPLATE_LIST);
    load_balancers: Option<Vec<LoadBalancer>> = Member::new("LoadBalancers", &LOAD_BALANCER_LIST);
    queues: Option<Vec<Queue>> = Member::new("Queues", &QUEUE_LIST);
    triggers: Option<Vec<Trigger>> = Member::new("Triggers", &TRIGGER_LIST);
}

structure! { #[derive(Default)] EnvironmentResourceDescriptionsMessage, ENVIRONMENT_RESOURCE_DESCRIPTIONS_MESSAGE;
    environment_resources: Option<EnvironmentResourceDescription> = Member::new("EnvironmentResources", &ENVIRONMENT_RESOURCE_DESCRIPTION);
}

structure! { #[derive(Default)] EnvironmentResourcesDescription, ENVIRONMENT_RESOURCES_DESCRIPTION;
    load_balancer: Option<LoadBalancerDescription> = Member::new("LoadBalancer", &LOAD_BALANCER_DESCRIPTION);
}

pub mod environment_status {
    pub const ABORTING: &str = "Aborting";
    pub const LAUNCHING: &str = "Launching";
    pub const UPDATING: &str = "Updating";
    pub const LINKING_FROM: &str = "LinkingFrom";
    pub const LINKING_TO: &str = "LinkingTo";
    pub const READY: &str = "Ready";
    pub const TERMINATING: &str = "Terminating";
    pub const TERMINATED: &str = "Terminated";
}

structure! { #[derive(Default)] EnvironmentTemplateSpecification, ENVIRONMENT_TEMPLATE_SPECIFICATION;
    parameters: Option<Vec<TemplateParameter>> = Member::new("Parameters", &TEMPLATE_PARAMETER_LIST);
    template_snippets: Option<Vec<TemplateSnippet>> = Member::new("TemplateSnippets", &TEMPLATE_SNIPPET_LIST);
    template_source: Option<TemplateSource> = Member::new("TemplateSource", &TEMPLATE_SOURCE);
}

structure! { #[derive(Default)] EnvironmentTier, ENVIRONMENT_TIER;
    name: Option<String> = Member::new("Name", &shape::TEXT);
    r#type: Option<String> = Member::new("Type", &shape::TEXT);
    version: Option<String> = Member::new("Version", &shape::TEXT);
}

structure! { #[derive(Default)] EventDescription, EVENT_DESCRIPTION;
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    event_date: Option<Timestamp> = Member::new("EventDate", &shape::TIMESTAMP);
    message: Option<String> = Member::new("Message", &shape::TEXT);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    request_id: Option<String> = Member::new("RequestId", &shape::TEXT);
    severity: Option<String> = Member::new("Severity", &EVENT_SEVERITY);
    template_name: Option<String> = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

static EVENT_DESCRIPTION_LIST: Shape =
    Shape::List { member: &EVENT_DESCRIPTION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] EventDescriptionsMessage, EVENT_DESCRIPTIONS_MESSAGE;
    events: Option<Vec<EventDescription>> = Member::new("Events", &EVENT_DESCRIPTION_LIST);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
}

static EVENT_SEVERITY: Shape =
    Shape::Text { length: None, pattern: None, values: &["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] };

pub mod event_severity {
    pub const TRACE: &str = "TRACE";
    pub const DEBUG: &str = "DEBUG";
    pub const INFO: &str = "INFO";
    pub const WARN: &str = "WARN";
    pub const ERROR: &str = "ERROR";
    pub const FATAL: &str = "FATAL";
}

pub mod failure_type {
    pub const UPDATE_CANCELLED: &str = "UpdateCancelled";
    pub const CANCELLATION_FAILED: &str = "CancellationFailed";
    pub const ROLLBACK_FAILED: &str = "RollbackFailed";
    pub const ROLLBACK_SUCCESSFUL: &str = "RollbackSuccessful";
    pub const INTERNAL_FAILURE: &str = "InternalFailure";
    pub const INVALID_ENVIRONMENT_STATE: &str = "InvalidEnvironmentState";
    pub const PERMISSIONS_ERROR: &str = "PermissionsError";
}

static GROUP_NAME: Shape = Shape::Text { length: Some((1, 19)), pattern: None, values: &[] };

structure! { #[derive(Default)] ImageBuildConfiguration, IMAGE_BUILD_CONFIGURATION;
    architecture: Option<String> = Member::new("Architecture", &ARCHITECTURE_TYPE);
    buildpack: Option<String> = Member::new("Buildpack", &shape::TEXT);
    code_build_service_role: Option<String> = Member::new("CodeBuildServiceRole", &NON_EMPTY_STRING);
    compute_type: Option<String> = Member::new("ComputeType", &COMPUTE_TYPE);
    dockerfile_location: Option<String> = Member::new("DockerfileLocation", &shape::TEXT);
    timeout_in_minutes: Option<i64> = Member::new("TimeoutInMinutes", &shape::INTEGER);
    r#type: Option<String> = Member::new("Type", &IMAGE_BUILD_TYPE);
}

static IMAGE_BUILD_TYPE: Shape = Shape::Text { length: None, pattern: None, values: &["docker", "buildpack"] };

pub mod image_build_type {
    pub const DOCKER: &str = "docker";
    pub const BUILDPACK: &str = "buildpack";
}

structure! { #[derive(Default)] ImageConfiguration, IMAGE_CONFIGURATION;
    build: Option<ImageBuildConfiguration> = Member::new("Build", &IMAGE_BUILD_CONFIGURATION);
    source: Option<ImageSource> = Member::new("Source", &IMAGE_SOURCE);
}

structure! { #[derive(Default)] ImageSource, IMAGE_SOURCE;
    uri: Option<String> = Member::new("Uri", &shape::TEXT);
}

structure! { #[derive(Default)] Instance, INSTANCE;
    id: Option<String> = Member::new("Id", &shape::TEXT);
}

static INSTANCE_HEALTH_LIST: Shape =
    Shape::List { member: &SINGLE_INSTANCE_HEALTH, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] InstanceHealthSummary, INSTANCE_HEALTH_SUMMARY;
    degraded: Option<i64> = Member::new("Degraded", &shape::INTEGER);
    info: Option<i64> = Member::new("Info", &shape::INTEGER);
    no_data: Option<i64> = Member::new("NoData", &shape::INTEGER);
    ok: Option<i64> = Member::new("Ok", &shape::INTEGER);
    pending: Option<i64> = Member::new("Pending", &shape::INTEGER);
    severe: Option<i64> = Member::new("Severe", &shape::INTEGER);
    unknown: Option<i64> = Member::new("Unknown", &shape::INTEGER);
    warning: Option<i64> = Member::new("Warning", &shape::INTEGER);
}

static INSTANCE_LIST: Shape = Shape::List { member: &INSTANCE, name: "member", flattened: false, length: None };

static INSTANCES_HEALTH_ATTRIBUTE: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &[
        "HealthStatus",
        "Color",
        "Causes",
        "ApplicationMetrics",
        "RefreshedAt",
        "LaunchedAt",
        "System",
        "Deployment",
        "AvailabilityZone",
        "InstanceType",
        "All",
    ],
};

pub mod instances_health_attribute {
    pub const HEALTH_STATUS: &str = "HealthStatus";
    pub const COLOR: &str = "Color";
    pub const CAUSES: &str = "Causes";
    pub const APPLICATION_METRICS: &str = "ApplicationMetrics";
    pub const REFRESHED_AT: &str = "RefreshedAt";
    pub const LAUNCHED_AT: &str = "LaunchedAt";
    pub const SYSTEM: &str = "System";
    pub const DEPLOYMENT: &str = "Deployment";
    pub const AVAILABILITY_ZONE: &str = "AvailabilityZone";
    pub const INSTANCE_TYPE: &str = "InstanceType";
    pub const ALL: &str = "All";
}

static INSTANCES_HEALTH_ATTRIBUTES: Shape =
    Shape::List { member: &INSTANCES_HEALTH_ATTRIBUTE, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] Latency, LATENCY;
    p10: Option<f64> = Member::new("P10", &shape::DOUBLE);
    p50: Option<f64> = Member::new("P50", &shape::DOUBLE);
    p75: Option<f64> = Member::new("P75", &shape::DOUBLE);
    p85: Option<f64> = Member::new("P85", &shape::DOUBLE);
    p90: Option<f64> = Member::new("P90", &shape::DOUBLE);
    p95: Option<f64> = Member::new("P95", &shape::DOUBLE);
    p99: Option<f64> = Member::new("P99", &shape::DOUBLE);
    p999: Option<f64> = Member::new("P999", &shape::DOUBLE);
}

structure! { #[derive(Default)] LaunchConfiguration, LAUNCH_CONFIGURATION;
    name: Option<String> = Member::new("Name", &shape::TEXT);
}

static LAUNCH_CONFIGURATION_LIST: Shape =
    Shape::List { member: &LAUNCH_CONFIGURATION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] LaunchTemplate, LAUNCH_TEMPLATE;
    id: Option<String> = Member::new("Id", &shape::TEXT);
}

static LAUNCH_TEMPLATE_LIST: Shape =
    Shape::List { member: &LAUNCH_TEMPLATE, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ListAvailableSolutionStacksResultMessage, LIST_AVAILABLE_SOLUTION_STACKS_RESULT_MESSAGE;
    solution_stack_details: Option<Vec<SolutionStackDescription>> = Member::new("SolutionStackDetails", &AVAILABLE_SOLUTION_STACK_DETAILS_LIST);
    solution_stacks: Option<Vec<String>> = Member::new("SolutionStacks", &AVAILABLE_SOLUTION_STACK_NAMES_LIST);
}

structure! { #[derive(Default)] ListPlatformBranchesRequest, LIST_PLATFORM_BRANCHES_REQUEST;
    filters: Option<Vec<SearchFilter>> = Member::new("Filters", &SEARCH_FILTERS);
    max_records: Option<i64> = Member::new("MaxRecords", &PLATFORM_BRANCH_MAX_RECORDS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
}

structure! { #[derive(Default)] ListPlatformBranchesResult, LIST_PLATFORM_BRANCHES_RESULT;
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    platform_branch_summary_list: Option<Vec<PlatformBranchSummary>> = Member::new("PlatformBranchSummaryList", &PLATFORM_BRANCH_SUMMARY_LIST);
}

structure! { #[derive(Default)] ListPlatformVersionsRequest, LIST_PLATFORM_VERSIONS_REQUEST;
    filters: Option<Vec<PlatformFilter>> = Member::new("Filters", &PLATFORM_FILTERS);
    max_records: Option<i64> = Member::new("MaxRecords", &PLATFORM_MAX_RECORDS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
}

structure! { #[derive(Default)] ListPlatformVersionsResult, LIST_PLATFORM_VERSIONS_RESULT;
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    platform_summary_list: Option<Vec<PlatformSummary>> = Member::new("PlatformSummaryList", &PLATFORM_SUMMARY_LIST);
}

structure! { #[derive(Default)] ListTagsForResourceMessage, LIST_TAGS_FOR_RESOURCE_MESSAGE;
    resource_arn: String = Member::new("ResourceArn", &shape::TEXT).required();
}

structure! { #[derive(Default)] Listener, LISTENER;
    port: Option<i64> = Member::new("Port", &shape::INTEGER);
    protocol: Option<String> = Member::new("Protocol", &shape::TEXT);
}

static LOAD_AVERAGE: Shape = Shape::List { member: &shape::DOUBLE, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] LoadBalancer, LOAD_BALANCER;
    name: Option<String> = Member::new("Name", &shape::TEXT);
}

structure! { #[derive(Default)] LoadBalancerDescription, LOAD_BALANCER_DESCRIPTION;
    domain: Option<String> = Member::new("Domain", &shape::TEXT);
    listeners: Option<Vec<Listener>> = Member::new("Listeners", &LOAD_BALANCER_LISTENERS_DESCRIPTION);
    load_balancer_name: Option<String> = Member::new("LoadBalancerName", &shape::TEXT);
}

static LOAD_BALANCER_LIST: Shape =
    Shape::List { member: &LOAD_BALANCER, name: "member", flattened: false, length: None };

static LOAD_BALANCER_LISTENERS_DESCRIPTION: Shape =
    Shape::List { member: &LISTENER, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ManagedAction, MANAGED_ACTION;
    action_description: Option<String> = Member::new("ActionDescription", &shape::TEXT);
    action_id: Option<String> = Member::new("ActionId", &shape::TEXT);
    action_type: Option<String> = Member::new("ActionType", &shape::TEXT);
    status: Option<String> = Member::new("Status", &ACTION_STATUS);
    window_start_time: Option<Timestamp> = Member::new("WindowStartTime", &shape::TIMESTAMP);
}

structure! { #[derive(Default)] ManagedActionHistoryItem, MANAGED_ACTION_HISTORY_ITEM;
    action_description: Option<String> = Member::new("ActionDescription", &shape::TEXT);
    action_id: Option<String> = Member::new("ActionId", &shape::TEXT);
    action_type: Option<String> = Member::new("ActionType", &shape::TEXT);
    executed_time: Option<Timestamp> = Member::new("ExecutedTime", &shape::TIMESTAMP);
    failure_description: Option<String> = Member::new("FailureDescription", &shape::TEXT);
    failure_type: Option<String> = Member::new("FailureType", &shape::TEXT);
    finished_time: Option<Timestamp> = Member::new("FinishedTime", &shape::TIMESTAMP);
    status: Option<String> = Member::new("Status", &shape::TEXT);
}

static MANAGED_ACTION_HISTORY_ITEMS: Shape =
    Shape::List { member: &MANAGED_ACTION_HISTORY_ITEM, name: "member", flattened: false, length: None };

static MANAGED_ACTION_HISTORY_MAX_ITEMS: Shape = Shape::Integer(1, 100);

static MANAGED_ACTIONS: Shape = Shape::List { member: &MANAGED_ACTION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] MaxAgeRule, MAX_AGE_RULE;
    delete_source_from_s3: Option<bool> = Member::new("DeleteSourceFromS3", &shape::BOOLEAN);
    enabled: bool = Member::new("Enabled", &shape::BOOLEAN).required();
    max_age_in_days: Option<i64> = Member::new("MaxAgeInDays", &shape::INTEGER);
}

structure! { #[derive(Default)] MaxCountRule, MAX_COUNT_RULE;
    delete_source_from_s3: Option<bool> = Member::new("DeleteSourceFromS3", &shape::BOOLEAN);
    enabled: bool = Member::new("Enabled", &shape::BOOLEAN).required();
    max_count: Option<i64> = Member::new("MaxCount", &shape::INTEGER);
}

static MAX_RECORDS: Shape = Shape::Integer(1, 1000);

static NEXT_TOKEN: Shape = Shape::Text { length: Some((1, 100)), pattern: None, values: &[] };

static NON_EMPTY_STRING: Shape = Shape::Text { length: None, pattern: Some(".*\\S.*"), values: &[] };

static OPERATIONS_ROLE: Shape = Shape::Text { length: Some((1, 256)), pattern: None, values: &[] };

structure! { #[derive(Default)] OptionRestrictionRegex, OPTION_RESTRICTION_REGEX;
    label: Option<String> = Member::new("Label", &shape::TEXT);
    pattern: Option<String> = Member::new("Pattern", &shape::TEXT);
}

structure! { #[derive(Default)] OptionSpecification, OPTION_SPECIFICATION;
    namespace: Option<String> = Member::new("Namespace", &shape::TEXT);
    option_name: Option<String> = Member::new("OptionName", &shape::TEXT);
    resource_name: Option<String> = Member::new("ResourceName", &RESOURCE_NAME);
}

static OPTIONS_SPECIFIER_LIST: Shape =
    Shape::List { member: &OPTION_SPECIFICATION, name: "member", flattened: false, length: None };

static PLATFORM_BRANCH_MAX_RECORDS: Shape = Shape::Integer(1, 2147483647);

structure! { #[derive(Default)] PlatformBranchSummary, PLATFORM_BRANCH_SUMMARY;
    branch_name: Option<String> = Member::new("BranchName", &shape::TEXT);
    branch_order: Option<i64> = Member::new("BranchOrder", &shape::INTEGER);
    lifecycle_state: Option<String> = Member::new("LifecycleState", &shape::TEXT);
    platform_name: Option<String> = Member::new("PlatformName", &shape::TEXT);
    supported_tier_list: Option<Vec<String>> = Member::new("SupportedTierList", &SUPPORTED_TIER_LIST);
}

static PLATFORM_BRANCH_SUMMARY_LIST: Shape =
    Shape::List { member: &PLATFORM_BRANCH_SUMMARY, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] PlatformDescription, PLATFORM_DESCRIPTION;
    custom_ami_list: Option<Vec<CustomAmi>> = Member::new("CustomAmiList", &CUSTOM_AMI_LIST);
    date_created: Option<Timestamp> = Member::new("DateCreated", &shape::TIMESTAMP);
    date_updated: Option<Timestamp> = Member::new("DateUpdated", &shape::TIMESTAMP);
    default_ami_list: Option<Vec<DefaultAmi>> = Member::new("DefaultAmiList", &DEFAULT_AMI_LIST);
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    frameworks: Option<Vec<PlatformFramework>> = Member::new("Frameworks", &PLATFORM_FRAMEWORKS);
    maintainer: Option<String> = Member::new("Maintainer", &shape::TEXT);
    operating_system_name: Option<String> = Member::new("OperatingSystemName", &shape::TEXT);
    operating_system_version: Option<String> = Member::new("OperatingSystemVersion", &shape::TEXT);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    platform_branch_lifecycle_state: Option<String> = Member::new("PlatformBranchLifecycleState", &shape::TEXT);
    platform_branch_name: Option<String> = Member::new("PlatformBranchName", &shape::TEXT);
    platform_category: Option<String> = Member::new("PlatformCategory", &shape::TEXT);
    platform_lifecycle_state: Option<String> = Member::new("PlatformLifecycleState", &shape::TEXT);
    platform_name: Option<String> = Member::new("PlatformName", &shape::TEXT);
    platform_owner: Option<String> = Member::new("PlatformOwner", &shape::TEXT);
    platform_status: Option<String> = Member::new("PlatformStatus", &shape::TEXT);
    platform_version: Option<String> = Member::new("PlatformVersion", &shape::TEXT);
    programming_languages: Option<Vec<PlatformProgrammingLanguage>> = Member::new("ProgrammingLanguages", &PLATFORM_PROGRAMMING_LANGUAGES);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    supported_addon_list: Option<Vec<String>> = Member::new("SupportedAddonList", &SUPPORTED_ADDON_LIST);
    supported_tier_list: Option<Vec<String>> = Member::new("SupportedTierList", &SUPPORTED_TIER_LIST);
}

structure! { #[derive(Default)] PlatformFilter, PLATFORM_FILTER;
    operator: Option<String> = Member::new("Operator", &shape::TEXT);
    r#type: Option<String> = Member::new("Type", &shape::TEXT);
    values: Option<Vec<String>> = Member::new("Values", &PLATFORM_FILTER_VALUE_LIST);
}

static PLATFORM_FILTER_VALUE_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static PLATFORM_FILTERS: Shape =
    Shape::List { member: &PLATFORM_FILTER, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] PlatformFramework, PLATFORM_FRAMEWORK;
    name: Option<String> = Member::new("Name", &shape::TEXT);
    version: Option<String> = Member::new("Version", &shape::TEXT);
}

static PLATFORM_FRAMEWORKS: Shape =
    Shape::List { member: &PLATFORM_FRAMEWORK, name: "member", flattened: false, length: None };

static PLATFORM_MAX_RECORDS: Shape = Shape::Integer(1, 2147483647);

structure! { #[derive(Default)] PlatformProgrammingLanguage, PLATFORM_PROGRAMMING_LANGUAGE;
    name: Option<String> = Member::new("Name", &shape::TEXT);
    version: Option<String> = Member::new("Version", &shape::TEXT);
}

static PLATFORM_PROGRAMMING_LANGUAGES: Shape =
    Shape::List { member: &PLATFORM_PROGRAMMING_LANGUAGE, name: "member", flattened: false, length: None };

pub mod platform_status {
    pub const CREATING: &str = "Creating";
    pub const FAILED: &str = "Failed";
    pub const READY: &str = "Ready";
    pub const DELETING: &str = "Deleting";
    pub const DELETED: &str = "Deleted";
}

structure! { #[derive(Default)] PlatformSummary, PLATFORM_SUMMARY;
    operating_system_name: Option<String> = Member::new("OperatingSystemName", &shape::TEXT);
    operating_system_version: Option<String> = Member::new("OperatingSystemVersion", &shape::TEXT);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    platform_branch_lifecycle_state: Option<String> = Member::new("PlatformBranchLifecycleState", &shape::TEXT);
    platform_branch_name: Option<String> = Member::new("PlatformBranchName", &shape::TEXT);
    platform_category: Option<String> = Member::new("PlatformCategory", &shape::TEXT);
    platform_lifecycle_state: Option<String> = Member::new("PlatformLifecycleState", &shape::TEXT);
    platform_owner: Option<String> = Member::new("PlatformOwner", &shape::TEXT);
    platform_status: Option<String> = Member::new("PlatformStatus", &shape::TEXT);
    platform_version: Option<String> = Member::new("PlatformVersion", &shape::TEXT);
    supported_addon_list: Option<Vec<String>> = Member::new("SupportedAddonList", &SUPPORTED_ADDON_LIST);
    supported_tier_list: Option<Vec<String>> = Member::new("SupportedTierList", &SUPPORTED_TIER_LIST);
}

static PLATFORM_SUMMARY_LIST: Shape =
    Shape::List { member: &PLATFORM_SUMMARY, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] Queue, QUEUE;
    name: Option<String> = Member::new("Name", &shape::TEXT);
    url: Option<String> = Member::new("URL", &shape::TEXT);
}

static QUEUE_LIST: Shape = Shape::List { member: &QUEUE, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] RebuildEnvironmentMessage, REBUILD_ENVIRONMENT_MESSAGE;
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
}

structure! { #[derive(Default)] RequestEnvironmentInfoMessage, REQUEST_ENVIRONMENT_INFO_MESSAGE;
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    info_type: String = Member::new("InfoType", &ENVIRONMENT_INFO_TYPE).required();
}

static RESOURCE_NAME: Shape = Shape::Text { length: Some((1, 256)), pattern: None, values: &[] };

structure! { #[derive(Default)] ResourceQuota, RESOURCE_QUOTA;
    maximum: Option<i64> = Member::new("Maximum", &shape::INTEGER);
}

structure! { #[derive(Default)] ResourceQuotas, RESOURCE_QUOTAS;
    application_quota: Option<ResourceQuota> = Member::new("ApplicationQuota", &RESOURCE_QUOTA);
    application_version_quota: Option<ResourceQuota> = Member::new("ApplicationVersionQuota", &RESOURCE_QUOTA);
    configuration_template_quota: Option<ResourceQuota> = Member::new("ConfigurationTemplateQuota", &RESOURCE_QUOTA);
    custom_platform_quota: Option<ResourceQuota> = Member::new("CustomPlatformQuota", &RESOURCE_QUOTA);
    environment_quota: Option<ResourceQuota> = Member::new("EnvironmentQuota", &RESOURCE_QUOTA);
}

structure! { #[derive(Default)] ResourceTagsDescriptionMessage, RESOURCE_TAGS_DESCRIPTION_MESSAGE;
    resource_arn: Option<String> = Member::new("ResourceArn", &shape::TEXT);
    resource_tags: Option<Vec<Tag>> = Member::new("ResourceTags", &TAG_LIST);
}

structure! { #[derive(Default)] RestartAppServerMessage, RESTART_APP_SERVER_MESSAGE;
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
}

structure! { #[derive(Default)] RetrieveEnvironmentInfoMessage, RETRIEVE_ENVIRONMENT_INFO_MESSAGE;
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    info_type: String = Member::new("InfoType", &ENVIRONMENT_INFO_TYPE).required();
}

structure! { #[derive(Default)] RetrieveEnvironmentInfoResultMessage, RETRIEVE_ENVIRONMENT_INFO_RESULT_MESSAGE;
    environment_info: Option<Vec<EnvironmentInfoDescription>> = Member::new("EnvironmentInfo", &ENVIRONMENT_INFO_DESCRIPTION_LIST);
}

static S3_BUCKET: Shape = Shape::Text { length: Some((0, 255)), pattern: None, values: &[] };

static S3_KEY: Shape = Shape::Text { length: Some((0, 1024)), pattern: None, values: &[] };

structure! { #[derive(Default)] S3Location, S3_LOCATION;
    s3_bucket: Option<String> = Member::new("S3Bucket", &S3_BUCKET);
    s3_key: Option<String> = Member::new("S3Key", &S3_KEY);
}

structure! { #[derive(Default)] SearchFilter, SEARCH_FILTER;
    attribute: Option<String> = Member::new("Attribute", &shape::TEXT);
    operator: Option<String> = Member::new("Operator", &shape::TEXT);
    values: Option<Vec<String>> = Member::new("Values", &SEARCH_FILTER_VALUES);
}

static SEARCH_FILTER_VALUES: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static SEARCH_FILTERS: Shape = Shape::List { member: &SEARCH_FILTER, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] SingleInstanceHealth, SINGLE_INSTANCE_HEALTH;
    application_metrics: Option<ApplicationMetrics> = Member::new("ApplicationMetrics", &APPLICATION_METRICS);
    availability_zone: Option<String> = Member::new("AvailabilityZone", &shape::TEXT);
    causes: Option<Vec<String>> = Member::new("Causes", &CAUSES);
    color: Option<String> = Member::new("Color", &shape::TEXT);
    deployment: Option<Deployment> = Member::new("Deployment", &DEPLOYMENT);
    health_status: Option<String> = Member::new("HealthStatus", &shape::TEXT);
    instance_id: Option<String> = Member::new("InstanceId", &shape::TEXT);
    instance_type: Option<String> = Member::new("InstanceType", &shape::TEXT);
    launched_at: Option<Timestamp> = Member::new("LaunchedAt", &shape::TIMESTAMP);
    system: Option<SystemStatus> = Member::new("System", &SYSTEM_STATUS);
}

structure! { #[derive(Default)] SolutionStackDescription, SOLUTION_STACK_DESCRIPTION;
    permitted_file_types: Option<Vec<String>> = Member::new("PermittedFileTypes", &SOLUTION_STACK_FILE_TYPE_LIST);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
}

static SOLUTION_STACK_FILE_TYPE_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] SourceBuildInformation, SOURCE_BUILD_INFORMATION;
    source_location: String = Member::new("SourceLocation", &SOURCE_LOCATION).required();
    source_repository: String = Member::new("SourceRepository", &SOURCE_REPOSITORY).required();
    source_type: String = Member::new("SourceType", &SOURCE_TYPE).required();
}

structure! { #[derive(Default)] SourceConfiguration, SOURCE_CONFIGURATION;
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    template_name: Option<String> = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME);
}

static SOURCE_LOCATION: Shape = Shape::Text { length: Some((3, 255)), pattern: Some(".+/.+"), values: &[] };

static SOURCE_REPOSITORY: Shape = Shape::Text { length: None, pattern: None, values: &["CodeCommit", "S3"] };

pub mod source_repository {
    pub const CODE_COMMIT: &str = "CodeCommit";
    pub const S3: &str = "S3";
}

static SOURCE_TYPE: Shape = Shape::Text { length: None, pattern: None, values: &["Git", "Zip"] };

pub mod source_type {
    pub const GIT: &str = "Git";
    pub const ZIP: &str = "Zip";
}

structure! { #[derive(Default)] StatusCodes, STATUS_CODES;
    status2xx: Option<i64> = Member::new("Status2xx", &shape::INTEGER);
    status3xx: Option<i64> = Member::new("Status3xx", &shape::INTEGER);
    status4xx: Option<i64> = Member::new("Status4xx", &shape::INTEGER);
    status5xx: Option<i64> = Member::new("Status5xx", &shape::INTEGER);
}

static SUPPORTED_ADDON_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static SUPPORTED_TIER_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] SwapEnvironmentCNAMEsMessage, SWAP_ENVIRONMENT_CNAMES_MESSAGE;
    destination_environment_id: Option<String> = Member::new("DestinationEnvironmentId", &shape::TEXT);
    destination_environment_name: Option<String> = Member::new("DestinationEnvironmentName", &ENVIRONMENT_NAME);
    source_environment_id: Option<String> = Member::new("SourceEnvironmentId", &shape::TEXT);
    source_environment_name: Option<String> = Member::new("SourceEnvironmentName", &ENVIRONMENT_NAME);
}

structure! { #[derive(Default)] SystemStatus, SYSTEM_STATUS;
    cpu_utilization: Option<CPUUtilization> = Member::new("CPUUtilization", &CPU_UTILIZATION);
    load_average: Option<Vec<f64>> = Member::new("LoadAverage", &LOAD_AVERAGE);
}

structure! { #[derive(Default)] Tag, TAG;
    key: Option<String> = Member::new("Key", &TAG_KEY);
    value: Option<String> = Member::new("Value", &TAG_VALUE);
}

static TAG_KEY: Shape = Shape::Text { length: Some((1, 128)), pattern: None, values: &[] };

static TAG_KEY_LIST: Shape = Shape::List { member: &TAG_KEY, name: "member", flattened: false, length: None };

static TAG_LIST: Shape = Shape::List { member: &TAG, name: "member", flattened: false, length: None };

static TAG_VALUE: Shape = Shape::Text { length: Some((1, 256)), pattern: None, values: &[] };

static TAGS: Shape = Shape::List { member: &TAG, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] TemplateParameter, TEMPLATE_PARAMETER;
    parameter: Option<String> = Member::new("Parameter", &shape::TEXT);
    value: Option<String> = Member::new("Value", &shape::TEXT);
}

static TEMPLATE_PARAMETER_LIST: Shape =
    Shape::List { member: &TEMPLATE_PARAMETER, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] TemplateSnippet, TEMPLATE_SNIPPET;
    order: Option<i64> = Member::new("Order", &shape::LONG);
    snippet_contents: Option<String> = Member::new("SnippetContents", &shape::TEXT);
    snippet_name: Option<String> = Member::new("SnippetName", &shape::TEXT);
    source_url: Option<String> = Member::new("SourceUrl", &shape::TEXT);
}

static TEMPLATE_SNIPPET_LIST: Shape =
    Shape::List { member: &TEMPLATE_SNIPPET, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] TemplateSource, TEMPLATE_SOURCE;
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    source_contents: Option<String> = Member::new("SourceContents", &shape::TEXT);
}

structure! { #[derive(Default)] TerminateEnvironmentMessage, TERMINATE_ENVIRONMENT_MESSAGE;
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    force_terminate: Option<bool> = Member::new("ForceTerminate", &shape::BOOLEAN);
    terminate_resources: Option<bool> = Member::new("TerminateResources", &shape::BOOLEAN);
}

structure! { #[derive(Default)] Trigger, TRIGGER;
    name: Option<String> = Member::new("Name", &shape::TEXT);
}

static TRIGGER_LIST: Shape = Shape::List { member: &TRIGGER, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] UpdateApplicationMessage, UPDATE_APPLICATION_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    description: Option<String> = Member::new("Description", &DESCRIPTION);
}

structure! { #[derive(Default)] UpdateApplicationResourceLifecycleMessage, UPDATE_APPLICATION_RESOURCE_LIFECYCLE_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    resource_lifecycle_config: ApplicationResourceLifecycleConfig = Member::new("ResourceLifecycleConfig", &APPLICATION_RESOURCE_LIFECYCLE_CONFIG).required();
}

structure! { #[derive(Default)] UpdateApplicationVersionMessage, UPDATE_APPLICATION_VERSION_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    version_label: String = Member::new("VersionLabel", &VERSION_LABEL).required();
}

structure! { #[derive(Default)] UpdateConfigurationTemplateMessage, UPDATE_CONFIGURATION_TEMPLATE_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    option_settings: Option<Vec<ConfigurationOptionSetting>> = Member::new("OptionSettings", &CONFIGURATION_OPTION_SETTINGS_LIST);
    options_to_remove: Option<Vec<OptionSpecification>> = Member::new("OptionsToRemove", &OPTIONS_SPECIFIER_LIST);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    source_configuration: Option<SourceConfiguration> = Member::new("SourceConfiguration", &SOURCE_CONFIGURATION);
    template_name: String = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME).required();
    template_specification: Option<EnvironmentTemplateSpecification> = Member::new("TemplateSpecification", &ENVIRONMENT_TEMPLATE_SPECIFICATION);
    tier: Option<EnvironmentTier> = Member::new("Tier", &ENVIRONMENT_TIER);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

structure! { #[derive(Default)] UpdateEnvironmentMessage, UPDATE_ENVIRONMENT_MESSAGE;
    application_name: Option<String> = Member::new("ApplicationName", &APPLICATION_NAME);
    description: Option<String> = Member::new("Description", &DESCRIPTION);
    environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    group_name: Option<String> = Member::new("GroupName", &GROUP_NAME);
    option_settings: Option<Vec<ConfigurationOptionSetting>> = Member::new("OptionSettings", &CONFIGURATION_OPTION_SETTINGS_LIST);
    options_to_remove: Option<Vec<OptionSpecification>> = Member::new("OptionsToRemove", &OPTIONS_SPECIFIER_LIST);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    template_name: Option<String> = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME);
    template_specification: Option<EnvironmentTemplateSpecification> = Member::new("TemplateSpecification", &ENVIRONMENT_TEMPLATE_SPECIFICATION);
    tier: Option<EnvironmentTier> = Member::new("Tier", &ENVIRONMENT_TIER);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

structure! { #[derive(Default)] UpdateTagsForResourceMessage, UPDATE_TAGS_FOR_RESOURCE_MESSAGE;
    resource_arn: String = Member::new("ResourceArn", &shape::TEXT).required();
    tags_to_add: Option<Vec<Tag>> = Member::new("TagsToAdd", &TAG_LIST);
    tags_to_remove: Option<Vec<String>> = Member::new("TagsToRemove", &TAG_KEY_LIST);
}

structure! { #[derive(Default)] ValidateConfigurationSettingsMessage, VALIDATE_CONFIGURATION_SETTINGS_MESSAGE;
    application_name: String = Member::new("ApplicationName", &APPLICATION_NAME).required();
    environment_name: Option<String> = Member::new("EnvironmentName", &ENVIRONMENT_NAME);
    option_settings: Option<Vec<ConfigurationOptionSetting>> = Member::new("OptionSettings", &CONFIGURATION_OPTION_SETTINGS_LIST);
    options: Option<Vec<OptionSpecification>> = Member::new("Options", &OPTIONS_SPECIFIER_LIST);
    options_to_remove: Option<Vec<OptionSpecification>> = Member::new("OptionsToRemove", &OPTIONS_SPECIFIER_LIST);
    platform_arn: Option<String> = Member::new("PlatformArn", &shape::TEXT);
    solution_stack_name: Option<String> = Member::new("SolutionStackName", &shape::TEXT);
    template_name: Option<String> = Member::new("TemplateName", &CONFIGURATION_TEMPLATE_NAME);
    template_specification: Option<EnvironmentTemplateSpecification> = Member::new("TemplateSpecification", &ENVIRONMENT_TEMPLATE_SPECIFICATION);
    tier: Option<EnvironmentTier> = Member::new("Tier", &ENVIRONMENT_TIER);
    version_label: Option<String> = Member::new("VersionLabel", &VERSION_LABEL);
}

structure! { #[derive(Default)] ValidationMessage, VALIDATION_MESSAGE;
    message: Option<String> = Member::new("Message", &shape::TEXT);
    namespace: Option<String> = Member::new("Namespace", &shape::TEXT);
    option_name: Option<String> = Member::new("OptionName", &shape::TEXT);
    severity: Option<String> = Member::new("Severity", &shape::TEXT);
}

static VALIDATION_MESSAGES_LIST: Shape =
    Shape::List { member: &VALIDATION_MESSAGE, name: "member", flattened: false, length: None };

pub mod validation_severity {
    pub const ERROR: &str = "error";
    pub const WARNING: &str = "warning";
}

static VERSION_LABEL: Shape = Shape::Text { length: Some((1, 100)), pattern: None, values: &[] };

static VERSION_LABELS: Shape = Shape::List { member: &VERSION_LABEL, name: "member", flattened: false, length: None };

static VERSION_LABELS_LIST: Shape =
    Shape::List { member: &VERSION_LABEL, name: "member", flattened: false, length: None };

/// The errors that the operations name.
pub mod error {
    use super::Code;

    pub const CODE_BUILD_NOT_IN_SERVICE_REGION_EXCEPTION: Code = Code {
        code: "CodeBuildNotInServiceRegionException",
        shape: "CodeBuildNotInServiceRegionException",
        status: 400,
    };
    pub const ELASTIC_BEANSTALK_SERVICE_EXCEPTION: Code =
        Code { code: "ElasticBeanstalkServiceException", shape: "ElasticBeanstalkServiceException", status: 400 };
    pub const INSUFFICIENT_PRIVILEGES_EXCEPTION: Code =
        Code { code: "InsufficientPrivilegesException", shape: "InsufficientPrivilegesException", status: 403 };
    pub const INVALID_REQUEST_EXCEPTION: Code =
        Code { code: "InvalidRequestException", shape: "InvalidRequestException", status: 400 };
    pub const MANAGED_ACTION_INVALID_STATE_EXCEPTION: Code =
        Code { code: "ManagedActionInvalidStateException", shape: "ManagedActionInvalidStateException", status: 400 };
    pub const OPERATION_IN_PROGRESS_EXCEPTION: Code =
        Code { code: "OperationInProgressFailure", shape: "OperationInProgressException", status: 400 };
    pub const PLATFORM_VERSION_STILL_REFERENCED_EXCEPTION: Code = Code {
        code: "PlatformVersionStillReferencedException",
        shape: "PlatformVersionStillReferencedException",
        status: 400,
    };
    pub const RESOURCE_NOT_FOUND_EXCEPTION: Code =
        Code { code: "ResourceNotFoundException", shape: "ResourceNotFoundException", status: 400 };
    pub const RESOURCE_TYPE_NOT_SUPPORTED_EXCEPTION: Code =
        Code { code: "ResourceTypeNotSupportedException", shape: "ResourceTypeNotSupportedException", status: 400 };
    pub const S3_LOCATION_NOT_IN_SERVICE_REGION_EXCEPTION: Code = Code {
        code: "S3LocationNotInServiceRegionException",
        shape: "S3LocationNotInServiceRegionException",
        status: 400,
    };
    pub const S3_SUBSCRIPTION_REQUIRED_EXCEPTION: Code =
        Code { code: "S3SubscriptionRequiredException", shape: "S3SubscriptionRequiredException", status: 400 };
    pub const SOURCE_BUNDLE_DELETION_EXCEPTION: Code =
        Code { code: "SourceBundleDeletionFailure", shape: "SourceBundleDeletionException", status: 400 };
    pub const TOO_MANY_APPLICATION_VERSIONS_EXCEPTION: Code =
        Code { code: "TooManyApplicationVersionsException", shape: "TooManyApplicationVersionsException", status: 400 };
    pub const TOO_MANY_APPLICATIONS_EXCEPTION: Code =
        Code { code: "TooManyApplicationsException", shape: "TooManyApplicationsException", status: 400 };
    pub const TOO_MANY_BUCKETS_EXCEPTION: Code =
        Code { code: "TooManyBucketsException", shape: "TooManyBucketsException", status: 400 };
    pub const TOO_MANY_CONFIGURATION_TEMPLATES_EXCEPTION: Code = Code {
        code: "TooManyConfigurationTemplatesException",
        shape: "TooManyConfigurationTemplatesException",
        status: 400,
    };
    pub const TOO_MANY_ENVIRONMENTS_EXCEPTION: Code =
        Code { code: "TooManyEnvironmentsException", shape: "TooManyEnvironmentsException", status: 400 };
    pub const TOO_MANY_PLATFORMS_EXCEPTION: Code =
        Code { code: "TooManyPlatformsException", shape: "TooManyPlatformsException", status: 400 };
    pub const TOO_MANY_TAGS_EXCEPTION: Code =
        Code { code: "TooManyTagsException", shape: "TooManyTagsException", status: 400 };
}

operations! {
    AbortEnvironmentUpdate(super::AbortEnvironmentUpdateMessage, &ABORT_ENVIRONMENT_UPDATE_MESSAGE) -> ((), &shape::NOTHING, None);
    ApplyEnvironmentManagedAction(super::ApplyEnvironmentManagedActionRequest, &APPLY_ENVIRONMENT_MANAGED_ACTION_REQUEST) -> (super::ApplyEnvironmentManagedActionResult, &APPLY_ENVIRONMENT_MANAGED_ACTION_RESULT, Some("ApplyEnvironmentManagedActionResult"));
    AssociateEnvironmentOperationsRole(super::AssociateEnvironmentOperationsRoleMessage, &ASSOCIATE_ENVIRONMENT_OPERATIONS_ROLE_MESSAGE) -> ((), &shape::NOTHING, None);
    CheckDNSAvailability(super::CheckDNSAvailabilityMessage, &CHECK_DNS_AVAILABILITY_MESSAGE) -> (super::CheckDNSAvailabilityResultMessage, &CHECK_DNS_AVAILABILITY_RESULT_MESSAGE, Some("CheckDNSAvailabilityResult"));
    ComposeEnvironments(super::ComposeEnvironmentsMessage, &COMPOSE_ENVIRONMENTS_MESSAGE) -> (super::EnvironmentDescriptionsMessage, &ENVIRONMENT_DESCRIPTIONS_MESSAGE, Some("ComposeEnvironmentsResult"));
    CreateApplication(super::CreateApplicationMessage, &CREATE_APPLICATION_MESSAGE) -> (super::ApplicationDescriptionMessage, &APPLICATION_DESCRIPTION_MESSAGE, Some("CreateApplicationResult"));
    CreateApplicationVersion(super::CreateApplicationVersionMessage, &CREATE_APPLICATION_VERSION_MESSAGE) -> (super::ApplicationVersionDescriptionMessage, &APPLICATION_VERSION_DESCRIPTION_MESSAGE, Some("CreateApplicationVersionResult"));
    CreateConfigurationTemplate(super::CreateConfigurationTemplateMessage, &CREATE_CONFIGURATION_TEMPLATE_MESSAGE) -> (super::ConfigurationSettingsDescription, &CONFIGURATION_SETTINGS_DESCRIPTION, Some("CreateConfigurationTemplateResult"));
    CreateEnvironment(super::CreateEnvironmentMessage, &CREATE_ENVIRONMENT_MESSAGE) -> (super::EnvironmentDescription, &ENVIRONMENT_DESCRIPTION, Some("CreateEnvironmentResult"));
    CreatePlatformVersion(super::CreatePlatformVersionRequest, &CREATE_PLATFORM_VERSION_REQUEST) -> (super::CreatePlatformVersionResult, &CREATE_PLATFORM_VERSION_RESULT, Some("CreatePlatformVersionResult"));
    CreateStorageLocation((), &shape::NOTHING) -> (super::CreateStorageLocationResultMessage, &CREATE_STORAGE_LOCATION_RESULT_MESSAGE, Some("CreateStorageLocationResult"));
    DeleteApplication(super::DeleteApplicationMessage, &DELETE_APPLICATION_MESSAGE) -> ((), &shape::NOTHING, None);
    DeleteApplicationVersion(super::DeleteApplicationVersionMessage, &DELETE_APPLICATION_VERSION_MESSAGE) -> ((), &shape::NOTHING, None);
    DeleteConfigurationTemplate(super::DeleteConfigurationTemplateMessage, &DELETE_CONFIGURATION_TEMPLATE_MESSAGE) -> ((), &shape::NOTHING, None);
    DeleteEnvironmentConfiguration(super::DeleteEnvironmentConfigurationMessage, &DELETE_ENVIRONMENT_CONFIGURATION_MESSAGE) -> ((), &shape::NOTHING, None);
    DeletePlatformVersion(super::DeletePlatformVersionRequest, &DELETE_PLATFORM_VERSION_REQUEST) -> (super::DeletePlatformVersionResult, &DELETE_PLATFORM_VERSION_RESULT, Some("DeletePlatformVersionResult"));
    DescribeAccountAttributes((), &shape::NOTHING) -> (super::DescribeAccountAttributesResult, &DESCRIBE_ACCOUNT_ATTRIBUTES_RESULT, Some("DescribeAccountAttributesResult"));
    DescribeApplicationVersions(super::DescribeApplicationVersionsMessage, &DESCRIBE_APPLICATION_VERSIONS_MESSAGE) -> (super::ApplicationVersionDescriptionsMessage, &APPLICATION_VERSION_DESCRIPTIONS_MESSAGE, Some("DescribeApplicationVersionsResult"));
    DescribeApplications(super::DescribeApplicationsMessage, &DESCRIBE_APPLICATIONS_MESSAGE) -> (super::ApplicationDescriptionsMessage, &APPLICATION_DESCRIPTIONS_MESSAGE, Some("DescribeApplicationsResult"));
    DescribeConfigurationOptions(super::DescribeConfigurationOptionsMessage, &DESCRIBE_CONFIGURATION_OPTIONS_MESSAGE) -> (super::ConfigurationOptionsDescription, &CONFIGURATION_OPTIONS_DESCRIPTION, Some("DescribeConfigurationOptionsResult"));
    DescribeConfigurationSettings(super::DescribeConfigurationSettingsMessage, &DESCRIBE_CONFIGURATION_SETTINGS_MESSAGE) -> (super::ConfigurationSettingsDescriptions, &CONFIGURATION_SETTINGS_DESCRIPTIONS, Some("DescribeConfigurationSettingsResult"));
    DescribeEnvironmentHealth(super::DescribeEnvironmentHealthRequest, &DESCRIBE_ENVIRONMENT_HEALTH_REQUEST) -> (super::DescribeEnvironmentHealthResult, &DESCRIBE_ENVIRONMENT_HEALTH_RESULT, Some("DescribeEnvironmentHealthResult"));
    DescribeEnvironmentManagedActionHistory(super::DescribeEnvironmentManagedActionHistoryRequest, &DESCRIBE_ENVIRONMENT_MANAGED_ACTION_HISTORY_REQUEST) -> (super::DescribeEnvironmentManagedActionHistoryResult, &DESCRIBE_ENVIRONMENT_MANAGED_ACTION_HISTORY_RESULT, Some("DescribeEnvironmentManagedActionHistoryResult"));
    DescribeEnvironmentManagedActions(super::DescribeEnvironmentManagedActionsRequest, &DESCRIBE_ENVIRONMENT_MANAGED_ACTIONS_REQUEST) -> (super::DescribeEnvironmentManagedActionsResult, &DESCRIBE_ENVIRONMENT_MANAGED_ACTIONS_RESULT, Some("DescribeEnvironmentManagedActionsResult"));
    DescribeEnvironmentResources(super::DescribeEnvironmentResourcesMessage, &DESCRIBE_ENVIRONMENT_RESOURCES_MESSAGE) -> (super::EnvironmentResourceDescriptionsMessage, &ENVIRONMENT_RESOURCE_DESCRIPTIONS_MESSAGE, Some("DescribeEnvironmentResourcesResult"));
    DescribeEnvironments(super::DescribeEnvironmentsMessage, &DESCRIBE_ENVIRONMENTS_MESSAGE) -> (super::EnvironmentDescriptionsMessage, &ENVIRONMENT_DESCRIPTIONS_MESSAGE, Some("DescribeEnvironmentsResult"));
    DescribeEvents(super::DescribeEventsMessage, &DESCRIBE_EVENTS_MESSAGE) -> (super::EventDescriptionsMessage, &EVENT_DESCRIPTIONS_MESSAGE, Some("DescribeEventsResult"));
    DescribeInstancesHealth(super::DescribeInstancesHealthRequest, &DESCRIBE_INSTANCES_HEALTH_REQUEST) -> (super::DescribeInstancesHealthResult, &DESCRIBE_INSTANCES_HEALTH_RESULT, Some("DescribeInstancesHealthResult"));
    DescribePlatformVersion(super::DescribePlatformVersionRequest, &DESCRIBE_PLATFORM_VERSION_REQUEST) -> (super::DescribePlatformVersionResult, &DESCRIBE_PLATFORM_VERSION_RESULT, Some("DescribePlatformVersionResult"));
    DisassociateEnvironmentOperationsRole(super::DisassociateEnvironmentOperationsRoleMessage, &DISASSOCIATE_ENVIRONMENT_OPERATIONS_ROLE_MESSAGE) -> ((), &shape::NOTHING, None);
    ListAvailableSolutionStacks((), &shape::NOTHING) -> (super::ListAvailableSolutionStacksResultMessage, &LIST_AVAILABLE_SOLUTION_STACKS_RESULT_MESSAGE, Some("ListAvailableSolutionStacksResult"));
    ListPlatformBranches(super::ListPlatformBranchesRequest, &LIST_PLATFORM_BRANCHES_REQUEST) -> (super::ListPlatformBranchesResult, &LIST_PLATFORM_BRANCHES_RESULT, Some("ListPlatformBranchesResult"));
    ListPlatformVersions(super::ListPlatformVersionsRequest, &LIST_PLATFORM_VERSIONS_REQUEST) -> (super::ListPlatformVersionsResult, &LIST_PLATFORM_VERSIONS_RESULT, Some("ListPlatformVersionsResult"));
    ListTagsForResource(super::ListTagsForResourceMessage, &LIST_TAGS_FOR_RESOURCE_MESSAGE) -> (super::ResourceTagsDescriptionMessage, &RESOURCE_TAGS_DESCRIPTION_MESSAGE, Some("ListTagsForResourceResult"));
    RebuildEnvironment(super::RebuildEnvironmentMessage, &REBUILD_ENVIRONMENT_MESSAGE) -> ((), &shape::NOTHING, None);
    RequestEnvironmentInfo(super::RequestEnvironmentInfoMessage, &REQUEST_ENVIRONMENT_INFO_MESSAGE) -> ((), &shape::NOTHING, None);
    RestartAppServer(super::RestartAppServerMessage, &RESTART_APP_SERVER_MESSAGE) -> ((), &shape::NOTHING, None);
    RetrieveEnvironmentInfo(super::RetrieveEnvironmentInfoMessage, &RETRIEVE_ENVIRONMENT_INFO_MESSAGE) -> (super::RetrieveEnvironmentInfoResultMessage, &RETRIEVE_ENVIRONMENT_INFO_RESULT_MESSAGE, Some("RetrieveEnvironmentInfoResult"));
    SwapEnvironmentCNAMEs(super::SwapEnvironmentCNAMEsMessage, &SWAP_ENVIRONMENT_CNAMES_MESSAGE) -> ((), &shape::NOTHING, None);
    TerminateEnvironment(super::TerminateEnvironmentMessage, &TERMINATE_ENVIRONMENT_MESSAGE) -> (super::EnvironmentDescription, &ENVIRONMENT_DESCRIPTION, Some("TerminateEnvironmentResult"));
    UpdateApplication(super::UpdateApplicationMessage, &UPDATE_APPLICATION_MESSAGE) -> (super::ApplicationDescriptionMessage, &APPLICATION_DESCRIPTION_MESSAGE, Some("UpdateApplicationResult"));
    UpdateApplicationResourceLifecycle(super::UpdateApplicationResourceLifecycleMessage, &UPDATE_APPLICATION_RESOURCE_LIFECYCLE_MESSAGE) -> (super::ApplicationResourceLifecycleDescriptionMessage, &APPLICATION_RESOURCE_LIFECYCLE_DESCRIPTION_MESSAGE, Some("UpdateApplicationResourceLifecycleResult"));
    UpdateApplicationVersion(super::UpdateApplicationVersionMessage, &UPDATE_APPLICATION_VERSION_MESSAGE) -> (super::ApplicationVersionDescriptionMessage, &APPLICATION_VERSION_DESCRIPTION_MESSAGE, Some("UpdateApplicationVersionResult"));
    UpdateConfigurationTemplate(super::UpdateConfigurationTemplateMessage, &UPDATE_CONFIGURATION_TEMPLATE_MESSAGE) -> (super::ConfigurationSettingsDescription, &CONFIGURATION_SETTINGS_DESCRIPTION, Some("UpdateConfigurationTemplateResult"));
    UpdateEnvironment(super::UpdateEnvironmentMessage, &UPDATE_ENVIRONMENT_MESSAGE) -> (super::EnvironmentDescription, &ENVIRONMENT_DESCRIPTION, Some("UpdateEnvironmentResult"));
    UpdateTagsForResource(super::UpdateTagsForResourceMessage, &UPDATE_TAGS_FOR_RESOURCE_MESSAGE) -> ((), &shape::NOTHING, None);
    ValidateConfigurationSettings(super::ValidateConfigurationSettingsMessage, &VALIDATE_CONFIGURATION_SETTINGS_MESSAGE) -> (super::ConfigurationSettingsValidationMessages, &CONFIGURATION_SETTINGS_VALIDATION_MESSAGES, Some("ValidateConfigurationSettingsResult"));
}

/// The service.
pub static MODEL: Model = Model {
    signing_name: "elasticbeanstalk",
    action_prefix: "elasticbeanstalk",
    version: "2010-12-01",
    protocol: Protocol::Query,
    namespace: "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/",
    target: "",
    query_compatible: false,
    error_prefix: "",
    operations: OPERATIONS,
};
