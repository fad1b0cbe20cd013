//! Amazon Relational Database Service, version 2014-10-31: made by `cargo xtask codegen` from the model of botocore 1.44.8. Do not edit.
//!
//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, Version 2.0.
#![allow(unused_imports, clippy::large_enum_variant)]

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::shape::{self, Code, Member, Model, Protocol, Shape};
use crate::codec::{operations, structure};

pub mod activity_stream_mode {
    pub const SYNC: &str = "sync";
    pub const ASYNC: &str = "async";
}

static ACTIVITY_STREAM_MODE_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

pub mod activity_stream_policy_status {
    pub const LOCKED: &str = "locked";
    pub const UNLOCKED: &str = "unlocked";
    pub const LOCKING_POLICY: &str = "locking-policy";
    pub const UNLOCKING_POLICY: &str = "unlocking-policy";
}

pub mod activity_stream_status {
    pub const STOPPED: &str = "stopped";
    pub const STARTING: &str = "starting";
    pub const STARTED: &str = "started";
    pub const STOPPING: &str = "stopping";
}

structure! { #[derive(Default)] AddTagsToResourceMessage, ADD_TAGS_TO_RESOURCE_MESSAGE;
    resource_name: String = Member::new("ResourceName", &shape::TEXT).required();
    tags: Vec<Tag> = Member::new("Tags", &TAG_LIST).required();
}

structure! { #[derive(Default)] AdditionalStorageVolume, ADDITIONAL_STORAGE_VOLUME;
    allocated_storage: Option<i64> = Member::new("AllocatedStorage", &shape::INTEGER);
    iops: Option<i64> = Member::new("IOPS", &shape::INTEGER);
    max_allocated_storage: Option<i64> = Member::new("MaxAllocatedStorage", &shape::INTEGER);
    storage_throughput: Option<i64> = Member::new("StorageThroughput", &shape::INTEGER);
    storage_type: Option<String> = Member::new("StorageType", &shape::TEXT);
    volume_name: String = Member::new("VolumeName", &shape::TEXT).required();
}

structure! { #[derive(Default)] AdditionalStorageVolumeOutput, ADDITIONAL_STORAGE_VOLUME_OUTPUT;
    allocated_storage: Option<i64> = Member::new("AllocatedStorage", &shape::INTEGER);
    iops: Option<i64> = Member::new("IOPS", &shape::INTEGER);
    max_allocated_storage: Option<i64> = Member::new("MaxAllocatedStorage", &shape::INTEGER);
    storage_operation_percent_progress: Option<i64> = Member::new("StorageOperationPercentProgress", &shape::INTEGER);
    storage_operation_status: Option<String> = Member::new("StorageOperationStatus", &shape::TEXT);
    storage_throughput: Option<i64> = Member::new("StorageThroughput", &shape::INTEGER);
    storage_type: Option<String> = Member::new("StorageType", &shape::TEXT);
    storage_volume_status: Option<String> = Member::new("StorageVolumeStatus", &shape::TEXT);
    volume_name: Option<String> = Member::new("VolumeName", &shape::TEXT);
}

static ADDITIONAL_STORAGE_VOLUMES_LIST: Shape =
    Shape::List { member: &ADDITIONAL_STORAGE_VOLUME, name: "member", flattened: false, length: None };

static ADDITIONAL_STORAGE_VOLUMES_OUTPUT_LIST: Shape =
    Shape::List { member: &ADDITIONAL_STORAGE_VOLUME_OUTPUT, name: "member", flattened: false, length: None };

static AUTOMATION_MODE: Shape = Shape::Text { length: None, pattern: None, values: &["full", "all-paused"] };

pub mod automation_mode {
    pub const FULL: &str = "full";
    pub const ALL_PAUSED: &str = "all-paused";
}

structure! { #[derive(Default)] AvailabilityZone, AVAILABILITY_ZONE;
    name: Option<String> = Member::new("Name", &shape::TEXT);
}

static AVAILABILITY_ZONE_LIST: Shape =
    Shape::List { member: &AVAILABILITY_ZONE, name: "AvailabilityZone", flattened: false, length: None };

structure! { #[derive(Default)] AvailableAdditionalStorageVolumesOption, AVAILABLE_ADDITIONAL_STORAGE_VOLUMES_OPTION;
    max_iops: Option<i64> = Member::new("MaxIops", &shape::INTEGER);
    max_iops_per_gib: Option<f64> = Member::new("MaxIopsPerGib", &shape::DOUBLE);
    max_storage_size: Option<i64> = Member::new("MaxStorageSize", &shape::INTEGER);
    max_storage_throughput: Option<i64> = Member::new("MaxStorageThroughput", &shape::INTEGER);
    min_iops: Option<i64> = Member::new("MinIops", &shape::INTEGER);
    min_iops_per_gib: Option<f64> = Member::new("MinIopsPerGib", &shape::DOUBLE);
    min_storage_size: Option<i64> = Member::new("MinStorageSize", &shape::INTEGER);
    min_storage_throughput: Option<i64> = Member::new("MinStorageThroughput", &shape::INTEGER);
    storage_type: Option<String> = Member::new("StorageType", &shape::TEXT);
    supports_iops: Option<bool> = Member::new("SupportsIops", &shape::BOOLEAN);
    supports_storage_autoscaling: Option<bool> = Member::new("SupportsStorageAutoscaling", &shape::BOOLEAN);
    supports_storage_throughput: Option<bool> = Member::new("SupportsStorageThroughput", &shape::BOOLEAN);
}

static AVAILABLE_ADDITIONAL_STORAGE_VOLUMES_OPTION_LIST: Shape = Shape::List {
    member: &AVAILABLE_ADDITIONAL_STORAGE_VOLUMES_OPTION,
    name: "AvailableAdditionalStorageVolumesOption",
    flattened: false,
    length: None,
};

structure! { #[derive(Default)] AvailableProcessorFeature, AVAILABLE_PROCESSOR_FEATURE;
    allowed_values: Option<String> = Member::new("AllowedValues", &shape::TEXT);
    default_value: Option<String> = Member::new("DefaultValue", &shape::TEXT);
    name: Option<String> = Member::new("Name", &shape::TEXT);
}

static AVAILABLE_PROCESSOR_FEATURE_LIST: Shape = Shape::List {
    member: &AVAILABLE_PROCESSOR_FEATURE,
    name: "AvailableProcessorFeature",
    flattened: false,
    length: None,
};

static AWS_BACKUP_RECOVERY_POINT_ARN: Shape = Shape::Text {
    length: Some((43, 350)),
    pattern: Some("arn:aws[a-z-]*:backup:[-a-z0-9]+:[0-9]{12}:[-a-z]+:([a-z0-9\\-]+:)?[a-z][a-z0-9\\-]{0,255}"),
    values: &[],
};

static CA_CERTIFICATE_IDENTIFIERS_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] CertificateDetails, CERTIFICATE_DETAILS;
    ca_identifier: Option<String> = Member::new("CAIdentifier", &shape::TEXT);
    valid_till: Option<Timestamp> = Member::new("ValidTill", &shape::TIMESTAMP);
}

structure! { #[derive(Default)] CharacterSet, CHARACTER_SET;
    character_set_description: Option<String> = Member::new("CharacterSetDescription", &shape::TEXT);
    character_set_name: Option<String> = Member::new("CharacterSetName", &shape::TEXT);
}

structure! { #[derive(Default)] CloudwatchLogsExportConfiguration, CLOUDWATCH_LOGS_EXPORT_CONFIGURATION;
    disable_log_types: Option<Vec<String>> = Member::new("DisableLogTypes", &LOG_TYPE_LIST);
    enable_log_types: Option<Vec<String>> = Member::new("EnableLogTypes", &LOG_TYPE_LIST);
}

structure! { #[derive(Default)] CreateDBInstanceMessage, CREATE_DB_INSTANCE_MESSAGE;
    additional_storage_volumes: Option<Vec<AdditionalStorageVolume>> = Member::new("AdditionalStorageVolumes", &ADDITIONAL_STORAGE_VOLUMES_LIST);
    allocated_storage: Option<i64> = Member::new("AllocatedStorage", &shape::INTEGER);
    auto_minor_version_upgrade: Option<bool> = Member::new("AutoMinorVersionUpgrade", &shape::BOOLEAN);
    availability_zone: Option<String> = Member::new("AvailabilityZone", &shape::TEXT);
    backup_retention_period: Option<i64> = Member::new("BackupRetentionPeriod", &shape::INTEGER);
    backup_target: Option<String> = Member::new("BackupTarget", &shape::TEXT);
    ca_certificate_identifier: Option<String> = Member::new("CACertificateIdentifier", &shape::TEXT);
    character_set_name: Option<String> = Member::new("CharacterSetName", &shape::TEXT);
    copy_tags_to_snapshot: Option<bool> = Member::new("CopyTagsToSnapshot", &shape::BOOLEAN);
    custom_iam_instance_profile: Option<String> = Member::new("CustomIamInstanceProfile", &shape::TEXT);
    db_capacity_reservation_identifier: Option<String> = Member::new("DBCapacityReservationIdentifier", &DB_CAPACITY_RESERVATION_IDENTIFIER);
    db_cluster_identifier: Option<String> = Member::new("DBClusterIdentifier", &shape::TEXT);
    db_instance_class: String = Member::new("DBInstanceClass", &shape::TEXT).required();
    db_instance_identifier: String = Member::new("DBInstanceIdentifier", &shape::TEXT).required();
    db_name: Option<String> = Member::new("DBName", &shape::TEXT);
    db_parameter_group_name: Option<String> = Member::new("DBParameterGroupName", &shape::TEXT);
    db_security_groups: Option<Vec<String>> = Member::new("DBSecurityGroups", &DB_SECURITY_GROUP_NAME_LIST);
    db_subnet_group_name: Option<String> = Member::new("DBSubnetGroupName", &shape::TEXT);
    db_system_id: Option<String> = Member::new("DBSystemId", &shape::TEXT);
    database_insights_mode: Option<String> = Member::new("DatabaseInsightsMode", &DATABASE_INSIGHTS_MODE);
    dedicated_log_volume: Option<bool> = Member::new("DedicatedLogVolume", &shape::BOOLEAN);
    deletion_protection: Option<bool> = Member::new("DeletionProtection", &shape::BOOLEAN);
    domain: Option<String> = Member::new("Domain", &shape::TEXT);
    domain_auth_secret_arn: Option<String> = Member::new("DomainAuthSecretArn", &shape::TEXT);
    domain_dns_ips: Option<Vec<String>> = Member::new("DomainDnsIps", &STRING_LIST);
    domain_fqdn: Option<String> = Member::new("DomainFqdn", &shape::TEXT);
    domain_iam_role_name: Option<String> = Member::new("DomainIAMRoleName", &shape::TEXT);
    domain_ou: Option<String> = Member::new("DomainOu", &shape::TEXT);
    enable_cloudwatch_logs_exports: Option<Vec<String>> = Member::new("EnableCloudwatchLogsExports", &LOG_TYPE_LIST);
    enable_customer_owned_ip: Option<bool> = Member::new("EnableCustomerOwnedIp", &shape::BOOLEAN);
    enable_iam_database_authentication: Option<bool> = Member::new("EnableIAMDatabaseAuthentication", &shape::BOOLEAN);
    enable_performance_insights: Option<bool> = Member::new("EnablePerformanceInsights", &shape::BOOLEAN);
    engine: String = Member::new("Engine", &shape::TEXT).required();
    engine_lifecycle_support: Option<String> = Member::new("EngineLifecycleSupport", &shape::TEXT);
    engine_version: Option<String> = Member::new("EngineVersion", &shape::TEXT);
    iops: Option<i64> = Member::new("Iops", &shape::INTEGER);
    kms_key_id: Option<String> = Member::new("KmsKeyId", &shape::TEXT);
    license_model: Option<String> = Member::new("LicenseModel", &shape::TEXT);
    manage_master_user_password: Option<bool> = Member::new("ManageMasterUserPassword", &shape::BOOLEAN);
    master_user_authentication_type: Option<String> = Member::new("MasterUserAuthenticationType", &MASTER_USER_AUTHENTICATION_TYPE);
    master_user_password: Option<Secret> = Member::new("MasterUserPassword", &shape::TEXT);
    master_user_secret_kms_key_id: Option<String> = Member::new("MasterUserSecretKmsKeyId", &shape::TEXT);
    master_username: Option<String> = Member::new("MasterUsername", &shape::TEXT);
    max_allocated_storage: Option<i64> = Member::new("MaxAllocatedStorage", &shape::INTEGER);
    monitoring_interval: Option<i64> = Member::new("MonitoringInterval", &shape::INTEGER);
    monitoring_role_arn: Option<String> = Member::new("MonitoringRoleArn", &shape::TEXT);
    multi_az: Option<bool> = Member::new("MultiAZ", &shape::BOOLEAN);
    multi_tenant: Option<bool> = Member::new("MultiTenant", &shape::BOOLEAN);
    nchar_character_set_name: Option<String> = Member::new("NcharCharacterSetName", &shape::TEXT);
    network_type: Option<String> = Member::new("NetworkType", &shape::TEXT);
    option_group_name: Option<String> = Member::new("OptionGroupName", &shape::TEXT);
    performance_insights_kms_key_id: Option<String> = Member::new("PerformanceInsightsKMSKeyId", &shape::TEXT);
    performance_insights_retention_period: Option<i64> = Member::new("PerformanceInsightsRetentionPeriod", &shape::INTEGER);
    port: Option<i64> = Member::new("Port", &shape::INTEGER);
    preferred_backup_window: Option<String> = Member::new("PreferredBackupWindow", &shape::TEXT);
    preferred_maintenance_window: Option<String> = Member::new("PreferredMaintenanceWindow", &shape::TEXT);
    processor_features: Option<Vec<ProcessorFeature>> = Member::new("ProcessorFeatures", &PROCESSOR_FEATURE_LIST);
    promotion_tier: Option<i64> = Member::new("PromotionTier", &shape::INTEGER);
    publicly_accessible: Option<bool> = Member::new("PubliclyAccessible", &shape::BOOLEAN);
    storage_encrypted: Option<bool> = Member::new("StorageEncrypted", &shape::BOOLEAN);
    storage_throughput: Option<i64> = Member::new("StorageThroughput", &shape::INTEGER);
    storage_type: Option<String> = Member::new("StorageType", &shape::TEXT);
    tag_specifications: Option<Vec<TagSpecification>> = Member::new("TagSpecifications", &TAG_SPECIFICATION_LIST);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST);
    tde_credential_arn: Option<String> = Member::new("TdeCredentialArn", &shape::TEXT);
    tde_credential_password: Option<Secret> = Member::new("TdeCredentialPassword", &shape::TEXT);
    timezone: Option<String> = Member::new("Timezone", &shape::TEXT);
    vpc_security_group_ids: Option<Vec<String>> = Member::new("VpcSecurityGroupIds", &VPC_SECURITY_GROUP_ID_LIST);
}

structure! { #[derive(Default)] CreateDBInstanceResult, CREATE_DB_INSTANCE_RESULT;
    db_instance: Option<DBInstance> = Member::new("DBInstance", &DB_INSTANCE);
}

structure! { #[derive(Default)] CreateDBSnapshotMessage, CREATE_DB_SNAPSHOT_MESSAGE;
    db_instance_identifier: String = Member::new("DBInstanceIdentifier", &shape::TEXT).required();
    db_snapshot_identifier: String = Member::new("DBSnapshotIdentifier", &shape::TEXT).required();
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST);
}

structure! { #[derive(Default)] CreateDBSnapshotResult, CREATE_DB_SNAPSHOT_RESULT;
    db_snapshot: Option<DBSnapshot> = Member::new("DBSnapshot", &DB_SNAPSHOT);
}

structure! { #[derive(Default)] CustomDBEngineVersionAMI, CUSTOM_DB_ENGINE_VERSION_AMI;
    image_id: Option<String> = Member::new("ImageId", &shape::TEXT);
    status: Option<String> = Member::new("Status", &shape::TEXT);
}

static DB_CAPACITY_RESERVATION_IDENTIFIER: Shape =
    Shape::Text { length: Some((1, 63)), pattern: Some("[a-z](?:-?[a-z0-9]+){0,15}"), values: &[] };

structure! { #[derive(Default)] DBEngineVersion, DB_ENGINE_VERSION;
    create_time: Option<Timestamp> = Member::new("CreateTime", &shape::TIMESTAMP);
    custom_db_engine_version_manifest: Option<String> = Member::new("CustomDBEngineVersionManifest", &shape::TEXT);
    db_engine_description: Option<String> = Member::new("DBEngineDescription", &shape::TEXT);
    db_engine_media_type: Option<String> = Member::new("DBEngineMediaType", &shape::TEXT);
    db_engine_version_arn: Option<String> = Member::new("DBEngineVersionArn", &shape::TEXT);
    db_engine_version_description: Option<String> = Member::new("DBEngineVersionDescription", &shape::TEXT);
    db_parameter_group_family: Option<String> = Member::new("DBParameterGroupFamily", &shape::TEXT);
    database_installation_files: Option<Vec<String>> = Member::new("DatabaseInstallationFiles", &STRING_LIST);
    database_installation_files_s3_bucket_name: Option<String> = Member::new("DatabaseInstallationFilesS3BucketName", &shape::TEXT);
    database_installation_files_s3_prefix: Option<String> = Member::new("DatabaseInstallationFilesS3Prefix", &shape::TEXT);
    default_character_set: Option<CharacterSet> = Member::new("DefaultCharacterSet", &CHARACTER_SET);
    engine: Option<String> = Member::new("Engine", &shape::TEXT);
    engine_version: Option<String> = Member::new("EngineVersion", &shape::TEXT);
    exportable_log_types: Option<Vec<String>> = Member::new("ExportableLogTypes", &LOG_TYPE_LIST);
    failure_reason: Option<String> = Member::new("FailureReason", &shape::TEXT);
    image: Option<CustomDBEngineVersionAMI> = Member::new("Image", &CUSTOM_DB_ENGINE_VERSION_AMI);
    kms_key_id: Option<String> = Member::new("KMSKeyId", &shape::TEXT);
    major_engine_version: Option<String> = Member::new("MajorEngineVersion", &shape::TEXT);
    serverless_v2_features_support: Option<ServerlessV2FeaturesSupport> = Member::new("ServerlessV2FeaturesSupport", &SERVERLESS_V2_FEATURES_SUPPORT);
    status: Option<String> = Member::new("Status", &shape::TEXT);
    supported_ca_certificate_identifiers: Option<Vec<String>> = Member::new("SupportedCACertificateIdentifiers", &CA_CERTIFICATE_IDENTIFIERS_LIST);
    supported_character_sets: Option<Vec<CharacterSet>> = Member::new("SupportedCharacterSets", &SUPPORTED_CHARACTER_SETS_LIST);
    supported_engine_modes: Option<Vec<String>> = Member::new("SupportedEngineModes", &ENGINE_MODE_LIST);
    supported_feature_names: Option<Vec<String>> = Member::new("SupportedFeatureNames", &FEATURE_NAME_LIST);
    supported_nchar_character_sets: Option<Vec<CharacterSet>> = Member::new("SupportedNcharCharacterSets", &SUPPORTED_CHARACTER_SETS_LIST);
    supported_timezones: Option<Vec<Timezone>> = Member::new("SupportedTimezones", &SUPPORTED_TIMEZONES_LIST);
    supports_babelfish: Option<bool> = Member::new("SupportsBabelfish", &shape::BOOLEAN);
    supports_certificate_rotation_without_restart: Option<bool> = Member::new("SupportsCertificateRotationWithoutRestart", &shape::BOOLEAN);
    supports_global_databases: Option<bool> = Member::new("SupportsGlobalDatabases", &shape::BOOLEAN);
    supports_integrations: Option<bool> = Member::new("SupportsIntegrations", &shape::BOOLEAN);
    supports_limitless_database: Option<bool> = Member::new("SupportsLimitlessDatabase", &shape::BOOLEAN);
    supports_local_write_forwarding: Option<bool> = Member::new("SupportsLocalWriteForwarding", &shape::BOOLEAN);
    supports_log_exports_to_cloudwatch_logs: Option<bool> = Member::new("SupportsLogExportsToCloudwatchLogs", &shape::BOOLEAN);
    supports_parallel_query: Option<bool> = Member::new("SupportsParallelQuery", &shape::BOOLEAN);
    supports_read_replica: Option<bool> = Member::new("SupportsReadReplica", &shape::BOOLEAN);
    tag_list: Option<Vec<Tag>> = Member::new("TagList", &TAG_LIST);
    valid_upgrade_target: Option<Vec<UpgradeTarget>> = Member::new("ValidUpgradeTarget", &VALID_UPGRADE_TARGET_LIST);
}

static DB_ENGINE_VERSION_LIST: Shape =
    Shape::List { member: &DB_ENGINE_VERSION, name: "DBEngineVersion", flattened: false, length: None };

structure! { #[derive(Default)] DBEngineVersionMessage, DB_ENGINE_VERSION_MESSAGE;
    db_engine_versions: Option<Vec<DBEngineVersion>> = Member::new("DBEngineVersions", &DB_ENGINE_VERSION_LIST);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] DBInstance, DB_INSTANCE;
    activity_stream_engine_native_audit_fields_included: Option<bool> = Member::new("ActivityStreamEngineNativeAuditFieldsIncluded", &shape::BOOLEAN);
    activity_stream_kinesis_stream_name: Option<String> = Member::new("ActivityStreamKinesisStreamName", &shape::TEXT);
    activity_stream_kms_key_id: Option<String> = Member::new("ActivityStreamKmsKeyId", &shape::TEXT);
    activity_stream_mode: Option<String> = Member::new("ActivityStreamMode", &shape::TEXT);
    activity_stream_policy_status: Option<String> = Member::new("ActivityStreamPolicyStatus", &shape::TEXT);
    activity_stream_status: Option<String> = Member::new("ActivityStreamStatus", &shape::TEXT);
    additional_storage_volumes: Option<Vec<AdditionalStorageVolumeOutput>> = Member::new("AdditionalStorageVolumes", &ADDITIONAL_STORAGE_VOLUMES_OUTPUT_LIST);
    allocated_storage: Option<i64> = Member::new("AllocatedStorage", &shape::INTEGER);
    associated_roles: Option<Vec<DBInstanceRole>> = Member::new("AssociatedRoles", &DB_INSTANCE_ROLES);
    auto_minor_version_upgrade: Option<bool> = Member::new("AutoMinorVersionUpgrade", &shape::BOOLEAN);
    automatic_restart_time: Option<Timestamp> = Member::new("AutomaticRestartTime", &shape::TIMESTAMP);
    automation_mode: Option<String> = Member::new("AutomationMode", &AUTOMATION_MODE);
    availability_zone: Option<String> = Member::new("AvailabilityZone", &shape::TEXT);
    aws_backup_recovery_point_arn: Option<String> = Member::new("AwsBackupRecoveryPointArn", &shape::TEXT);
    backup_retention_period: Option<i64> = Member::new("BackupRetentionPeriod", &shape::INTEGER);
    backup_target: Option<String> = Member::new("BackupTarget", &shape::TEXT);
    ca_certificate_identifier: Option<String> = Member::new("CACertificateIdentifier", &shape::TEXT);
    certificate_details: Option<CertificateDetails> = Member::new("CertificateDetails", &CERTIFICATE_DETAILS);
    character_set_name: Option<String> = Member::new("CharacterSetName", &shape::TEXT);
    copy_tags_to_snapshot: Option<bool> = Member::new("CopyTagsToSnapshot", &shape::BOOLEAN);
    custom_iam_instance_profile: Option<String> = Member::new("CustomIamInstanceProfile", &shape::TEXT);
    customer_owned_ip_enabled: Option<bool> = Member::new("CustomerOwnedIpEnabled", &shape::BOOLEAN);
    db_capacity_reservation_identifier: Option<String> = Member::new("DBCapacityReservationIdentifier", &DB_CAPACITY_RESERVATION_IDENTIFIER);
    db_cluster_identifier: Option<String> = Member::new("DBClusterIdentifier", &shape::TEXT);
    db_instance_arn: Option<String> = Member::new("DBInstanceArn", &shape::TEXT);
    db_instance_automated_backups_replications: Option<Vec<DBInstanceAutomatedBackupsReplication>> = Member::new("DBInstanceAutomatedBackupsReplications", &DB_INSTANCE_AUTOMATED_BACKUPS_REPLICATION_LIST);
    db_instance_class: Option<String> = Member::new("DBInstanceClass", &shape::TEXT);
    db_instance_identifier: Option<String> = Member::new("DBInstanceIdentifier", &shape::TEXT);
    db_instance_status: Option<String> = Member::new("DBInstanceStatus", &shape::TEXT);
    db_name: Option<String> = Member::new("DBName", &shape::TEXT);
    db_parameter_groups: Option<Vec<DBParameterGroupStatus>> = Member::new("DBParameterGroups", &DB_PARAMETER_GROUP_STATUS_LIST);
    db_security_groups: Option<Vec<DBSecurityGroupMembership>> = Member::new("DBSecurityGroups", &DB_SECURITY_GROUP_MEMBERSHIP_LIST);
    db_subnet_group: Option<DBSubnetGroup> = Member::new("DBSubnetGroup", &DB_SUBNET_GROUP);
    db_system_id: Option<String> = Member::new("DBSystemId", &shape::TEXT);
    database_insights_mode: Option<String> = Member::new("DatabaseInsightsMode", &DATABASE_INSIGHTS_MODE);
    db_instance_port: Option<i64> = Member::new("DbInstancePort", &shape::INTEGER);
    dbi_resource_id: Option<String> = Member::new("DbiResourceId", &shape::TEXT);
    dedicated_log_volume: Option<bool> = Member::new("DedicatedLogVolume", &shape::BOOLEAN);
    deletion_protection: Option<bool> = Member::new("DeletionProtection", &shape::BOOLEAN);
    domain_memberships: Option<Vec<DomainMembership>> = Member::new("DomainMemberships", &DOMAIN_MEMBERSHIP_LIST);
    enabled_cloudwatch_logs_exports: Option<Vec<String>> = Member::new("EnabledCloudwatchLogsExports", &LOG_TYPE_LIST);
    endpoint: Option<Endpoint> = Member::new("Endpoint", &ENDPOINT);
    engine: Option<String> = Member::new("Engine", &shape::TEXT);
    engine_lifecycle_support: Option<String> = Member::new("EngineLifecycleSupport", &shape::TEXT);
    engine_version: Option<String> = Member::new("EngineVersion", &shape::TEXT);
    enhanced_monitoring_resource_arn: Option<String> = Member::new("EnhancedMonitoringResourceArn", &shape::TEXT);
    iam_database_authentication_enabled: Option<bool> = Member::new("IAMDatabaseAuthenticationEnabled", &shape::BOOLEAN);
    instance_create_time: Option<Timestamp> = Member::new("InstanceCreateTime", &shape::TIMESTAMP);
    iops: Option<i64> = Member::new("Iops", &shape::INTEGER);
    is_storage_config_upgrade_available: Option<bool> = Member::new("IsStorageConfigUpgradeAvailable", &shape::BOOLEAN);
    kms_key_id: Option<String> = Member::new("KmsKeyId", &shape::TEXT);
    latest_restorable_time: Option<Timestamp> = Member::new("LatestRestorableTime", &shape::TIMESTAMP);
    license_model: Option<String> = Member::new("LicenseModel", &shape::TEXT);
    listener_endpoint: Option<Endpoint> = Member::new("ListenerEndpoint", &ENDPOINT);
    master_user_secret: Option<MasterUserSecret> = Member::new("MasterUserSecret", &MASTER_USER_SECRET);
    master_username: Option<String> = Member::new("MasterUsername", &shape::TEXT);
    max_allocated_storage: Option<i64> = Member::new("MaxAllocatedStorage", &shape::INTEGER);
    monitoring_interval: Option<i64> = Member::new("MonitoringInterval", &shape::INTEGER);
    monitoring_role_arn: Option<String> = Member::new("MonitoringRoleArn", &shape::TEXT);
    multi_az: Option<bool> = Member::new("MultiAZ", &shape::BOOLEAN);
    multi_tenant: Option<bool> = Member::new("MultiTenant", &shape::BOOLEAN);
    nchar_character_set_name: Option<String> = Member::new("NcharCharacterSetName", &shape::TEXT);
    network_type: Option<String> = Member::new("NetworkType", &shape::TEXT);
    option_group_memberships: Option<Vec<OptionGroupMembership>> = Member::new("OptionGroupMemberships", &OPTION_GROUP_MEMBERSHIP_LIST);
    pending_modified_values: Option<PendingModifiedValues> = Member::new("PendingModifiedValues", &PENDING_MODIFIED_VALUES);
    percent_progress: Option<String> = Member::new("PercentProgress", &shape::TEXT);
    performance_insights_enabled: Option<bool> = Member::new("PerformanceInsightsEnabled", &shape::BOOLEAN);
    performance_insights_kms_key_id: Option<String> = Member::new("PerformanceInsightsKMSKeyId", &shape::TEXT);
    performance_insights_retention_period: Option<i64> = Member::new("PerformanceInsightsRetentionPeriod", &shape::INTEGER);
    preferred_backup_window: Option<String> = Member::new("PreferredBackupWindow", &shape::TEXT);
    preferred_maintenance_window: Option<String> = Member::new("PreferredMaintenanceWindow", &shape::TEXT);
    primary_endpoint: Option<PrimaryEndpoint> = Member::new("PrimaryEndpoint", &PRIMARY_ENDPOINT);
    processor_features: Option<Vec<ProcessorFeature>> = Member::new("ProcessorFeatures", &PROCESSOR_FEATURE_LIST);
    promotion_tier: Option<i64> = Member::new("PromotionTier", &shape::INTEGER);
    publicly_accessible: Option<bool> = Member::new("PubliclyAccessible", &shape::BOOLEAN);
    read_replica_db_cluster_identifiers: Option<Vec<String>> = Member::new("ReadReplicaDBClusterIdentifiers", &READ_REPLICA_DB_CLUSTER_IDENTIFIER_LIST);
    read_replica_db_instance_identifiers: Option<Vec<String>> = Member::new("ReadReplicaDBInstanceIdentifiers", &READ_REPLICA_DB_INSTANCE_IDENTIFIER_LIST);
    read_replica_source_db_cluster_identifier: Option<String> = Member::new("ReadReplicaSourceDBClusterIdentifier", &shape::TEXT);
    read_replica_source_db_instance_identifier: Option<String> = Member::new("ReadReplicaSourceDBInstanceIdentifier", &shape::TEXT);
    replica_mode: Option<String> = Member::new("ReplicaMode", &REPLICA_MODE);
    resume_full_automation_mode_time: Option<Timestamp> = Member::new("ResumeFullAutomationModeTime", &shape::TIMESTAMP);
    secondary_availability_zone: Option<String> = Member::new("SecondaryAvailabilityZone", &shape::TEXT);
    status_infos: Option<Vec<DBInstanceStatusInfo>> = Member::new("StatusInfos", &DB_INSTANCE_STATUS_INFO_LIST);
    storage_encrypted: Option<bool> = Member::new("StorageEncrypted", &shape::BOOLEAN);
    storage_encryption_type: Option<String> = Member::new("StorageEncryptionType", &shape::TEXT);
    storage_operation_percent_progress: Option<i64> = Member::new("StorageOperationPercentProgress", &shape::INTEGER);
    storage_operation_status: Option<String> = Member::new("StorageOperationStatus", &shape::TEXT);
    storage_throughput: Option<i64> = Member::new("StorageThroughput", &shape::INTEGER);
    storage_type: Option<String> = Member::new("StorageType", &shape::TEXT);
    storage_volume_status: Option<String> = Member::new("StorageVolumeStatus", &shape::TEXT);
    tag_list: Option<Vec<Tag>> = Member::new("TagList", &TAG_LIST);
    tde_credential_arn: Option<String> = Member::new("TdeCredentialArn", &shape::TEXT);
    timezone: Option<String> = Member::new("Timezone", &shape::TEXT);
    upgrade_rollout_order: Option<String> = Member::new("UpgradeRolloutOrder", &shape::TEXT);
    vpc_networking_enabled: Option<bool> = Member::new("VPCNetworkingEnabled", &shape::BOOLEAN);
    vpc_security_groups: Option<Vec<VpcSecurityGroupMembership>> = Member::new("VpcSecurityGroups", &VPC_SECURITY_GROUP_MEMBERSHIP_LIST);
}

structure! { #[derive(Default)] DBInstanceAutomatedBackupsReplication, DB_INSTANCE_AUTOMATED_BACKUPS_REPLICATION;
    db_instance_automated_backups_arn: Option<String> = Member::new("DBInstanceAutomatedBackupsArn", &shape::TEXT);
}

static DB_INSTANCE_AUTOMATED_BACKUPS_REPLICATION_LIST: Shape = Shape::List {
    member: &DB_INSTANCE_AUTOMATED_BACKUPS_REPLICATION,
    name: "DBInstanceAutomatedBackupsReplication",
    flattened: false,
    length: None,
};

static DB_INSTANCE_LIST: Shape =
    Shape::List { member: &DB_INSTANCE, name: "DBInstance", flattened: false, length: None };

structure! { #[derive(Default)] DBInstanceMessage, DB_INSTANCE_MESSAGE;
    db_instances: Option<Vec<DBInstance>> = Member::new("DBInstances", &DB_INSTANCE_LIST);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] DBInstanceRole, DB_INSTANCE_ROLE;
    feature_name: Option<String> = Member::new("FeatureName", &shape::TEXT);
    role_arn: Option<String> = Member::new("RoleArn", &shape::TEXT);
    status: Option<String> = Member::new("Status", &shape::TEXT);
}

static DB_INSTANCE_ROLES: Shape =
    Shape::List { member: &DB_INSTANCE_ROLE, name: "DBInstanceRole", flattened: false, length: None };

structure! { #[derive(Default)] DBInstanceStatusInfo, DB_INSTANCE_STATUS_INFO;
    message: Option<String> = Member::new("Message", &shape::TEXT);
    normal: Option<bool> = Member::new("Normal", &shape::BOOLEAN);
    status: Option<String> = Member::new("Status", &shape::TEXT);
    status_type: Option<String> = Member::new("StatusType", &shape::TEXT);
}

static DB_INSTANCE_STATUS_INFO_LIST: Shape =
    Shape::List { member: &DB_INSTANCE_STATUS_INFO, name: "DBInstanceStatusInfo", flattened: false, length: None };

structure! { #[derive(Default)] DBParameterGroupStatus, DB_PARAMETER_GROUP_STATUS;
    db_parameter_group_name: Option<String> = Member::new("DBParameterGroupName", &shape::TEXT);
    parameter_apply_status: Option<String> = Member::new("ParameterApplyStatus", &shape::TEXT);
}

static DB_PARAMETER_GROUP_STATUS_LIST: Shape =
    Shape::List { member: &DB_PARAMETER_GROUP_STATUS, name: "DBParameterGroup", flattened: false, length: None };

structure! { #[derive(Default)] DBSecurityGroupMembership, DB_SECURITY_GROUP_MEMBERSHIP;
    db_security_group_name: Option<String> = Member::new("DBSecurityGroupName", &shape::TEXT);
    status: Option<String> = Member::new("Status", &shape::TEXT);
}

static DB_SECURITY_GROUP_MEMBERSHIP_LIST: Shape =
    Shape::List { member: &DB_SECURITY_GROUP_MEMBERSHIP, name: "DBSecurityGroup", flattened: false, length: None };

static DB_SECURITY_GROUP_NAME_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "DBSecurityGroupName", flattened: false, length: None };

structure! { #[derive(Default)] DBSnapshot, DB_SNAPSHOT;
    additional_storage_volumes: Option<Vec<AdditionalStorageVolume>> = Member::new("AdditionalStorageVolumes", &ADDITIONAL_STORAGE_VOLUMES_LIST);
    allocated_storage: Option<i64> = Member::new("AllocatedStorage", &shape::INTEGER);
    availability_zone: Option<String> = Member::new("AvailabilityZone", &shape::TEXT);
    backup_retention_period: Option<i64> = Member::new("BackupRetentionPeriod", &shape::INTEGER);
    db_instance_identifier: Option<String> = Member::new("DBInstanceIdentifier", &shape::TEXT);
    db_snapshot_arn: Option<String> = Member::new("DBSnapshotArn", &shape::TEXT);
    db_snapshot_identifier: Option<String> = Member::new("DBSnapshotIdentifier", &shape::TEXT);
    db_system_id: Option<String> = Member::new("DBSystemId", &shape::TEXT);
    dbi_resource_id: Option<String> = Member::new("DbiResourceId", &shape::TEXT);
    dedicated_log_volume: Option<bool> = Member::new("DedicatedLogVolume", &shape::BOOLEAN);
    encrypted: Option<bool> = Member::new("Encrypted", &shape::BOOLEAN);
    engine: Option<String> = Member::new("Engine", &shape::TEXT);
    engine_version: Option<String> = Member::new("EngineVersion", &shape::TEXT);
    full_snapshot_size_in_bytes: Option<i64> = Member::new("FullSnapshotSizeInBytes", &shape::LONG);
    iam_database_authentication_enabled: Option<bool> = Member::new("IAMDatabaseAuthenticationEnabled", &shape::BOOLEAN);
    instance_create_time: Option<Timestamp> = Member::new("InstanceCreateTime", &shape::TIMESTAMP);
    iops: Option<i64> = Member::new("Iops", &shape::INTEGER);
    kms_key_id: Option<String> = Member::new("KmsKeyId", &shape::TEXT);
    license_model: Option<String> = Member::new("LicenseModel", &shape::TEXT);
    master_username: Option<String> = Member::new("MasterUsername", &shape::TEXT);
    multi_tenant: Option<bool> = Member::new("MultiTenant", &shape::BOOLEAN);
    option_group_name: Option<String> = Member::new("OptionGroupName", &shape::TEXT);
    original_snapshot_create_time: Option<Timestamp> = Member::new("OriginalSnapshotCreateTime", &shape::TIMESTAMP);
    percent_progress: Option<i64> = Member::new("PercentProgress", &shape::INTEGER);
    port: Option<i64> = Member::new("Port", &shape::INTEGER);
    preferred_backup_window: Option<String> = Member::new("PreferredBackupWindow", &shape::TEXT);
    processor_features: Option<Vec<ProcessorFeature>> = Member::new("ProcessorFeatures", &PROCESSOR_FEATURE_LIST);
    snapshot_availability_zone: Option<String> = Member::new("SnapshotAvailabilityZone", &shape::TEXT);
    snapshot_create_time: Option<Timestamp> = Member::new("SnapshotCreateTime", &shape::TIMESTAMP);
    snapshot_database_time: Option<Timestamp> = Member::new("SnapshotDatabaseTime", &shape::TIMESTAMP);
    snapshot_target: Option<String> = Member::new("SnapshotTarget", &shape::TEXT);
    snapshot_type: Option<String> = Member::new("SnapshotType", &shape::TEXT);
    source_db_snapshot_identifier: Option<String> = Member::new("SourceDBSnapshotIdentifier", &shape::TEXT);
    source_region: Option<String> = Member::new("SourceRegion", &shape::TEXT);
    status: Option<String> = Member::new("Status", &shape::TEXT);
    storage_encryption_type: Option<String> = Member::new("StorageEncryptionType", &shape::TEXT);
    storage_throughput: Option<i64> = Member::new("StorageThroughput", &shape::INTEGER);
    storage_type: Option<String> = Member::new("StorageType", &shape::TEXT);
    tag_list: Option<Vec<Tag>> = Member::new("TagList", &TAG_LIST);
    tde_credential_arn: Option<String> = Member::new("TdeCredentialArn", &shape::TEXT);
    timezone: Option<String> = Member::new("Timezone", &shape::TEXT);
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT);
}

static DB_SNAPSHOT_LIST: Shape =
    Shape::List { member: &DB_SNAPSHOT, name: "DBSnapshot", flattened: false, length: None };

structure! { #[derive(Default)] DBSnapshotMessage, DB_SNAPSHOT_MESSAGE;
    db_snapshots: Option<Vec<DBSnapshot>> = Member::new("DBSnapshots", &DB_SNAPSHOT_LIST);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] DBSubnetGroup, DB_SUBNET_GROUP;
    db_subnet_group_arn: Option<String> = Member::new("DBSubnetGroupArn", &shape::TEXT);
    db_subnet_group_description: Option<String> = Member::new("DBSubnetGroupDescription", &shape::TEXT);
    db_subnet_group_name: Option<String> = Member::new("DBSubnetGroupName", &shape::TEXT);
    subnet_group_status: Option<String> = Member::new("SubnetGroupStatus", &shape::TEXT);
    subnets: Option<Vec<Subnet>> = Member::new("Subnets", &SUBNET_LIST);
    supported_network_types: Option<Vec<String>> = Member::new("SupportedNetworkTypes", &STRING_LIST);
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT);
}

static DATABASE_INSIGHTS_MODE: Shape = Shape::Text { length: None, pattern: None, values: &["standard", "advanced"] };

pub mod database_insights_mode {
    pub const STANDARD: &str = "standard";
    pub const ADVANCED: &str = "advanced";
}

structure! { #[derive(Default)] DeleteDBInstanceMessage, DELETE_DB_INSTANCE_MESSAGE;
    db_instance_identifier: String = Member::new("DBInstanceIdentifier", &shape::TEXT).required();
    delete_automated_backups: Option<bool> = Member::new("DeleteAutomatedBackups", &shape::BOOLEAN);
    final_db_snapshot_identifier: Option<String> = Member::new("FinalDBSnapshotIdentifier", &shape::TEXT);
    skip_final_snapshot: Option<bool> = Member::new("SkipFinalSnapshot", &shape::BOOLEAN);
}

structure! { #[derive(Default)] DeleteDBInstanceResult, DELETE_DB_INSTANCE_RESULT;
    db_instance: Option<DBInstance> = Member::new("DBInstance", &DB_INSTANCE);
}

structure! { #[derive(Default)] DeleteDBSnapshotMessage, DELETE_DB_SNAPSHOT_MESSAGE;
    db_snapshot_identifier: String = Member::new("DBSnapshotIdentifier", &shape::TEXT).required();
}

structure! { #[derive(Default)] DeleteDBSnapshotResult, DELETE_DB_SNAPSHOT_RESULT;
    db_snapshot: Option<DBSnapshot> = Member::new("DBSnapshot", &DB_SNAPSHOT);
}

structure! { #[derive(Default)] DescribeDBEngineVersionsMessage, DESCRIBE_DB_ENGINE_VERSIONS_MESSAGE;
    db_parameter_group_family: Option<String> = Member::new("DBParameterGroupFamily", &shape::TEXT);
    default_only: Option<bool> = Member::new("DefaultOnly", &shape::BOOLEAN);
    engine: Option<String> = Member::new("Engine", &shape::TEXT);
    engine_version: Option<String> = Member::new("EngineVersion", &shape::TEXT);
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST);
    include_all: Option<bool> = Member::new("IncludeAll", &shape::BOOLEAN);
    list_supported_character_sets: Option<bool> = Member::new("ListSupportedCharacterSets", &shape::BOOLEAN);
    list_supported_timezones: Option<bool> = Member::new("ListSupportedTimezones", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    max_records: Option<i64> = Member::new("MaxRecords", &shape::INTEGER);
}

structure! { #[derive(Default)] DescribeDBInstancesMessage, DESCRIBE_DB_INSTANCES_MESSAGE;
    db_instance_identifier: Option<String> = Member::new("DBInstanceIdentifier", &shape::TEXT);
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    max_records: Option<i64> = Member::new("MaxRecords", &shape::INTEGER);
}

structure! { #[derive(Default)] DescribeDBSnapshotsMessage, DESCRIBE_DB_SNAPSHOTS_MESSAGE;
    db_instance_identifier: Option<String> = Member::new("DBInstanceIdentifier", &shape::TEXT);
    db_snapshot_identifier: Option<String> = Member::new("DBSnapshotIdentifier", &shape::TEXT);
    dbi_resource_id: Option<String> = Member::new("DbiResourceId", &shape::TEXT);
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST);
    include_public: Option<bool> = Member::new("IncludePublic", &shape::BOOLEAN);
    include_shared: Option<bool> = Member::new("IncludeShared", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    max_records: Option<i64> = Member::new("MaxRecords", &shape::INTEGER);
    snapshot_type: Option<String> = Member::new("SnapshotType", &shape::TEXT);
}

structure! { #[derive(Default)] DescribeOrderableDBInstanceOptionsMessage, DESCRIBE_ORDERABLE_DB_INSTANCE_OPTIONS_MESSAGE;
    availability_zone_group: Option<String> = Member::new("AvailabilityZoneGroup", &shape::TEXT);
    db_instance_class: Option<String> = Member::new("DBInstanceClass", &shape::TEXT);
    engine: String = Member::new("Engine", &shape::TEXT).required();
    engine_version: Option<String> = Member::new("EngineVersion", &shape::TEXT);
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST);
    license_model: Option<String> = Member::new("LicenseModel", &shape::TEXT);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    max_records: Option<i64> = Member::new("MaxRecords", &shape::INTEGER);
    vpc: Option<bool> = Member::new("Vpc", &shape::BOOLEAN);
}

structure! { #[derive(Default)] DomainMembership, DOMAIN_MEMBERSHIP;
    auth_secret_arn: Option<String> = Member::new("AuthSecretArn", &shape::TEXT);
    dns_ips: Option<Vec<String>> = Member::new("DnsIps", &STRING_LIST);
    domain: Option<String> = Member::new("Domain", &shape::TEXT);
    fqdn: Option<String> = Member::new("FQDN", &shape::TEXT);
    iam_role_name: Option<String> = Member::new("IAMRoleName", &shape::TEXT);
    ou: Option<String> = Member::new("OU", &shape::TEXT);
    status: Option<String> = Member::new("Status", &shape::TEXT);
}

static DOMAIN_MEMBERSHIP_LIST: Shape =
    Shape::List { member: &DOMAIN_MEMBERSHIP, name: "DomainMembership", flattened: false, length: None };

structure! { #[derive(Default)] Endpoint, ENDPOINT;
    address: Option<String> = Member::new("Address", &shape::TEXT);
    hosted_zone_id: Option<String> = Member::new("HostedZoneId", &shape::TEXT);
    port: Option<i64> = Member::new("Port", &shape::INTEGER);
}

static ENGINE_MODE_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static FEATURE_NAME_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] Filter, FILTER;
    name: String = Member::new("Name", &shape::TEXT).required();
    values: Vec<String> = Member::new("Values", &FILTER_VALUE_LIST).required();
}

static FILTER_LIST: Shape = Shape::List { member: &FILTER, name: "Filter", flattened: false, length: None };

static FILTER_VALUE_LIST: Shape = Shape::List { member: &shape::TEXT, name: "Value", flattened: false, length: None };

static KEY_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ListTagsForResourceMessage, LIST_TAGS_FOR_RESOURCE_MESSAGE;
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST);
    resource_name: String = Member::new("ResourceName", &shape::TEXT).required();
}

static LOG_TYPE_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static MASTER_USER_AUTHENTICATION_TYPE: Shape =
    Shape::Text { length: None, pattern: None, values: &["password", "iam-db-auth"] };

pub mod master_user_authentication_type {
    pub const PASSWORD: &str = "password";
    pub const IAM_DB_AUTH: &str = "iam-db-auth";
}

structure! { #[derive(Default)] MasterUserSecret, MASTER_USER_SECRET;
    kms_key_id: Option<String> = Member::new("KmsKeyId", &shape::TEXT);
    secret_arn: Option<String> = Member::new("SecretArn", &shape::TEXT);
    secret_status: Option<String> = Member::new("SecretStatus", &shape::TEXT);
}

structure! { #[derive(Default)] ModifyAdditionalStorageVolume, MODIFY_ADDITIONAL_STORAGE_VOLUME;
    allocated_storage: Option<i64> = Member::new("AllocatedStorage", &shape::INTEGER);
    iops: Option<i64> = Member::new("IOPS", &shape::INTEGER);
    max_allocated_storage: Option<i64> = Member::new("MaxAllocatedStorage", &shape::INTEGER);
    set_for_delete: Option<bool> = Member::new("SetForDelete", &shape::BOOLEAN);
    storage_throughput: Option<i64> = Member::new("StorageThroughput", &shape::INTEGER);
    storage_type: Option<String> = Member::new("StorageType", &shape::TEXT);
    volume_name: String = Member::new("VolumeName", &shape::TEXT).required();
}

static MODIFY_ADDITIONAL_STORAGE_VOLUMES_LIST: Shape =
    Shape::List { member: &MODIFY_ADDITIONAL_STORAGE_VOLUME, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ModifyDBInstanceMessage, MODIFY_DB_INSTANCE_MESSAGE;
    additional_storage_volumes: Option<Vec<ModifyAdditionalStorageVolume>> = Member::new("AdditionalStorageVolumes", &MODIFY_ADDITIONAL_STORAGE_VOLUMES_LIST);
    allocated_storage: Option<i64> = Member::new("AllocatedStorage", &shape::INTEGER);
    allow_major_version_upgrade: Option<bool> = Member::new("AllowMajorVersionUpgrade", &shape::BOOLEAN);
    apply_immediately: Option<bool> = Member::new("ApplyImmediately", &shape::BOOLEAN);
    auto_minor_version_upgrade: Option<bool> = Member::new("AutoMinorVersionUpgrade", &shape::BOOLEAN);
    automation_mode: Option<String> = Member::new("AutomationMode", &AUTOMATION_MODE);
    aws_backup_recovery_point_arn: Option<String> = Member::new("AwsBackupRecoveryPointArn", &AWS_BACKUP_RECOVERY_POINT_ARN);
    backup_retention_period: Option<i64> = Member::new("BackupRetentionPeriod", &shape::INTEGER);
    ca_certificate_identifier: Option<String> = Member::new("CACertificateIdentifier", &shape::TEXT);
    certificate_rotation_restart: Option<bool> = Member::new("CertificateRotationRestart", &shape::BOOLEAN);
    cloudwatch_logs_export_configuration: Option<CloudwatchLogsExportConfiguration> = Member::new("CloudwatchLogsExportConfiguration", &CLOUDWATCH_LOGS_EXPORT_CONFIGURATION);
    copy_tags_to_snapshot: Option<bool> = Member::new("CopyTagsToSnapshot", &shape::BOOLEAN);
    db_capacity_reservation_identifier: Option<String> = Member::new("DBCapacityReservationIdentifier", &DB_CAPACITY_RESERVATION_IDENTIFIER);
    db_instance_class: Option<String> = Member::new("DBInstanceClass", &shape::TEXT);
    db_instance_identifier: String = Member::new("DBInstanceIdentifier", &shape::TEXT).required();
    db_parameter_group_name: Option<String> = Member::new("DBParameterGroupName", &shape::TEXT);
    db_port_number: Option<i64> = Member::new("DBPortNumber", &shape::INTEGER);
    db_security_groups: Option<Vec<String>> = Member::new("DBSecurityGroups", &DB_SECURITY_GROUP_NAME_LIST);
    db_subnet_group_name: Option<String> = Member::new("DBSubnetGroupName", &shape::TEXT);
    database_insights_mode: Option<String> = Member::new("DatabaseInsightsMode", &DATABASE_INSIGHTS_MODE);
    dedicated_log_volume: Option<bool> = Member::new("DedicatedLogVolume", &shape::BOOLEAN);
    deletion_protection: Option<bool> = Member::new("DeletionProtection", &shape::BOOLEAN);
    disable_domain: Option<bool> = Member::new("DisableDomain", &shape::BOOLEAN);
    domain: Option<String> = Member::new("Domain", &shape::TEXT);
    domain_auth_secret_arn: Option<String> = Member::new("DomainAuthSecretArn", &shape::TEXT);
    domain_dns_ips: Option<Vec<String>> = Member::new("DomainDnsIps", &STRING_LIST);
    domain_fqdn: Option<String> = Member::new("DomainFqdn", &shape::TEXT);
    domain_iam_role_name: Option<String> = Member::new("DomainIAMRoleName", &shape::TEXT);
    domain_ou: Option<String> = Member::new("DomainOu", &shape::TEXT);
    enable_customer_owned_ip: Option<bool> = Member::new("EnableCustomerOwnedIp", &shape::BOOLEAN);
    enable_iam_database_authentication: Option<bool> = Member::new("EnableIAMDatabaseAuthentication", &shape::BOOLEAN);
    enable_performance_insights: Option<bool> = Member::new("EnablePerformanceInsights", &shape::BOOLEAN);
    engine: Option<String> = Member::new("Engine", &shape::TEXT);
    engine_lifecycle_support: Option<String> = Member::new("EngineLifecycleSupport", &shape::TEXT);
    engine_version: Option<String> = Member::new("EngineVersion", &shape::TEXT);
    iops: Option<i64> = Member::new("Iops", &shape::INTEGER);
    license_model: Option<String> = Member::new("LicenseModel", &shape::TEXT);
    manage_master_user_password: Option<bool> = Member::new("ManageMasterUserPassword", &shape::BOOLEAN);
    master_user_authentication_type: Option<String> = Member::new("MasterUserAuthenticationType", &MASTER_USER_AUTHENTICATION_TYPE);
    master_user_password: Option<Secret> = Member::new("MasterUserPassword", &shape::TEXT);
    master_user_secret_kms_key_id: Option<String> = Member::new("MasterUserSecretKmsKeyId", &shape::TEXT);
    max_allocated_storage: Option<i64> = Member::new("MaxAllocatedStorage", &shape::INTEGER);
    monitoring_interval: Option<i64> = Member::new("MonitoringInterval", &shape::INTEGER);
    monitoring_role_arn: Option<String> = Member::new("MonitoringRoleArn", &shape::TEXT);
    multi_az: Option<bool> = Member::new("MultiAZ", &shape::BOOLEAN);
    multi_tenant: Option<bool> = Member::new("MultiTenant", &shape::BOOLEAN);
    network_type: Option<String> = Member::new("NetworkType", &shape::TEXT);
    new_db_instance_identifier: Option<String> = Member::new("NewDBInstanceIdentifier", &shape::TEXT);
    option_group_name: Option<String> = Member::new("OptionGroupName", &shape::TEXT);
    performance_insights_kms_key_id: Option<String> = Member::new("PerformanceInsightsKMSKeyId", &shape::TEXT);
    performance_insights_retention_period: Option<i64> = Member::new("PerformanceInsightsRetentionPeriod", &shape::INTEGER);
    preferred_backup_window: Option<String> = Member::new("PreferredBackupWindow", &shape::TEXT);
    preferred_maintenance_window: Option<String> = Member::new("PreferredMaintenanceWindow", &shape::TEXT);
    processor_features: Option<Vec<ProcessorFeature>> = Member::new("ProcessorFeatures", &PROCESSOR_FEATURE_LIST);
    promotion_tier: Option<i64> = Member::new("PromotionTier", &shape::INTEGER);
    publicly_accessible: Option<bool> = Member::new("PubliclyAccessible", &shape::BOOLEAN);
    replica_mode: Option<String> = Member::new("ReplicaMode", &REPLICA_MODE);
    resume_full_automation_mode_minutes: Option<i64> = Member::new("ResumeFullAutomationModeMinutes", &shape::INTEGER);
    rotate_master_user_password: Option<bool> = Member::new("RotateMasterUserPassword", &shape::BOOLEAN);
    storage_throughput: Option<i64> = Member::new("StorageThroughput", &shape::INTEGER);
    storage_type: Option<String> = Member::new("StorageType", &shape::TEXT);
    tag_specifications: Option<Vec<TagSpecification>> = Member::new("TagSpecifications", &TAG_SPECIFICATION_LIST);
    tde_credential_arn: Option<String> = Member::new("TdeCredentialArn", &shape::TEXT);
    tde_credential_password: Option<Secret> = Member::new("TdeCredentialPassword", &shape::TEXT);
    use_default_processor_features: Option<bool> = Member::new("UseDefaultProcessorFeatures", &shape::BOOLEAN);
    vpc_security_group_ids: Option<Vec<String>> = Member::new("VpcSecurityGroupIds", &VPC_SECURITY_GROUP_ID_LIST);
}

structure! { #[derive(Default)] ModifyDBInstanceResult, MODIFY_DB_INSTANCE_RESULT;
    db_instance: Option<DBInstance> = Member::new("DBInstance", &DB_INSTANCE);
}

structure! { #[derive(Default)] OptionGroupMembership, OPTION_GROUP_MEMBERSHIP;
    option_group_name: Option<String> = Member::new("OptionGroupName", &shape::TEXT);
    status: Option<String> = Member::new("Status", &shape::TEXT);
}

static OPTION_GROUP_MEMBERSHIP_LIST: Shape =
    Shape::List { member: &OPTION_GROUP_MEMBERSHIP, name: "OptionGroupMembership", flattened: false, length: None };

structure! { #[derive(Default)] OrderableDBInstanceOption, ORDERABLE_DB_INSTANCE_OPTION;
    availability_zone_group: Option<String> = Member::new("AvailabilityZoneGroup", &shape::TEXT);
    availability_zones: Option<Vec<AvailabilityZone>> = Member::new("AvailabilityZones", &AVAILABILITY_ZONE_LIST);
    available_additional_storage_volumes_options: Option<Vec<AvailableAdditionalStorageVolumesOption>> = Member::new("AvailableAdditionalStorageVolumesOptions", &AVAILABLE_ADDITIONAL_STORAGE_VOLUMES_OPTION_LIST);
    available_processor_features: Option<Vec<AvailableProcessorFeature>> = Member::new("AvailableProcessorFeatures", &AVAILABLE_PROCESSOR_FEATURE_LIST);
    db_instance_class: Option<String> = Member::new("DBInstanceClass", &shape::TEXT);
    engine: Option<String> = Member::new("Engine", &shape::TEXT);
    engine_version: Option<String> = Member::new("EngineVersion", &shape::TEXT);
    license_model: Option<String> = Member::new("LicenseModel", &shape::TEXT);
    max_iops_per_db_instance: Option<i64> = Member::new("MaxIopsPerDbInstance", &shape::INTEGER);
    max_iops_per_gib: Option<f64> = Member::new("MaxIopsPerGib", &shape::DOUBLE);
    max_storage_size: Option<i64> = Member::new("MaxStorageSize", &shape::INTEGER);
    max_storage_throughput_per_db_instance: Option<i64> = Member::new("MaxStorageThroughputPerDbInstance", &shape::INTEGER);
    max_storage_throughput_per_iops: Option<f64> = Member::new("MaxStorageThroughputPerIops", &shape::DOUBLE);
    min_iops_per_db_instance: Option<i64> = Member::new("MinIopsPerDbInstance", &shape::INTEGER);
    min_iops_per_gib: Option<f64> = Member::new("MinIopsPerGib", &shape::DOUBLE);
    min_storage_size: Option<i64> = Member::new("MinStorageSize", &shape::INTEGER);
    min_storage_throughput_per_db_instance: Option<i64> = Member::new("MinStorageThroughputPerDbInstance", &shape::INTEGER);
    min_storage_throughput_per_iops: Option<f64> = Member::new("MinStorageThroughputPerIops", &shape::DOUBLE);
    multi_az_capable: Option<bool> = Member::new("MultiAZCapable", &shape::BOOLEAN);
    outpost_capable: Option<bool> = Member::new("OutpostCapable", &shape::BOOLEAN);
    read_replica_capable: Option<bool> = Member::new("ReadReplicaCapable", &shape::BOOLEAN);
    storage_type: Option<String> = Member::new("StorageType", &shape::TEXT);
    supported_activity_stream_modes: Option<Vec<String>> = Member::new("SupportedActivityStreamModes", &ACTIVITY_STREAM_MODE_LIST);
    supported_engine_modes: Option<Vec<String>> = Member::new("SupportedEngineModes", &ENGINE_MODE_LIST);
    supported_network_types: Option<Vec<String>> = Member::new("SupportedNetworkTypes", &STRING_LIST);
    supports_additional_storage_volumes: Option<bool> = Member::new("SupportsAdditionalStorageVolumes", &shape::BOOLEAN);
    supports_clusters: Option<bool> = Member::new("SupportsClusters", &shape::BOOLEAN);
    supports_dedicated_log_volume: Option<bool> = Member::new("SupportsDedicatedLogVolume", &shape::BOOLEAN);
    supports_enhanced_monitoring: Option<bool> = Member::new("SupportsEnhancedMonitoring", &shape::BOOLEAN);
    supports_global_databases: Option<bool> = Member::new("SupportsGlobalDatabases", &shape::BOOLEAN);
    supports_http_endpoint: Option<bool> = Member::new("SupportsHttpEndpoint", &shape::BOOLEAN);
    supports_iam_database_authentication: Option<bool> = Member::new("SupportsIAMDatabaseAuthentication", &shape::BOOLEAN);
    supports_iops: Option<bool> = Member::new("SupportsIops", &shape::BOOLEAN);
    supports_kerberos_authentication: Option<bool> = Member::new("SupportsKerberosAuthentication", &shape::BOOLEAN);
    supports_performance_insights: Option<bool> = Member::new("SupportsPerformanceInsights", &shape::BOOLEAN);
    supports_storage_autoscaling: Option<bool> = Member::new("SupportsStorageAutoscaling", &shape::BOOLEAN);
    supports_storage_encryption: Option<bool> = Member::new("SupportsStorageEncryption", &shape::BOOLEAN);
    supports_storage_throughput: Option<bool> = Member::new("SupportsStorageThroughput", &shape::BOOLEAN);
    vpc: Option<bool> = Member::new("Vpc", &shape::BOOLEAN);
}

static ORDERABLE_DB_INSTANCE_OPTIONS_LIST: Shape = Shape::List {
    member: &ORDERABLE_DB_INSTANCE_OPTION,
    name: "OrderableDBInstanceOption",
    flattened: false,
    length: None,
};

structure! { #[derive(Default)] OrderableDBInstanceOptionsMessage, ORDERABLE_DB_INSTANCE_OPTIONS_MESSAGE;
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    orderable_db_instance_options: Option<Vec<OrderableDBInstanceOption>> = Member::new("OrderableDBInstanceOptions", &ORDERABLE_DB_INSTANCE_OPTIONS_LIST);
}

structure! { #[derive(Default)] Outpost, OUTPOST;
    arn: Option<String> = Member::new("Arn", &shape::TEXT);
}

structure! { #[derive(Default)] PendingCloudwatchLogsExports, PENDING_CLOUDWATCH_LOGS_EXPORTS;
    log_types_to_disable: Option<Vec<String>> = Member::new("LogTypesToDisable", &LOG_TYPE_LIST);
    log_types_to_enable: Option<Vec<String>> = Member::new("LogTypesToEnable", &LOG_TYPE_LIST);
}

structure! { #[derive(Default)] PendingModifiedValues, PENDING_MODIFIED_VALUES;
    additional_storage_volumes: Option<Vec<AdditionalStorageVolume>> = Member::new("AdditionalStorageVolumes", &ADDITIONAL_STORAGE_VOLUMES_LIST);
    allocated_storage: Option<i64> = Member::new("AllocatedStorage", &shape::INTEGER);
    automation_mode: Option<String> = Member::new("AutomationMode", &AUTOMATION_MODE);
    backup_retention_period: Option<i64> = Member::new("BackupRetentionPeriod", &shape::INTEGER);
    ca_certificate_identifier: Option<String> = Member::new("CACertificateIdentifier", &shape::TEXT);
    db_capacity_reservation_identifier: Option<String> = Member::new("DBCapacityReservationIdentifier", &DB_CAPACITY_RESERVATION_IDENTIFIER);
    db_instance_class: Option<String> = Member::new("DBInstanceClass", &shape::TEXT);
    db_instance_identifier: Option<String> = Member::new("DBInstanceIdentifier", &shape::TEXT);
    db_subnet_group_name: Option<String> = Member::new("DBSubnetGroupName", &shape::TEXT);
    dedicated_log_volume: Option<bool> = Member::new("DedicatedLogVolume", &shape::BOOLEAN);
    engine: Option<String> = Member::new("Engine", &shape::TEXT);
    engine_version: Option<String> = Member::new("EngineVersion", &shape::TEXT);
    iam_database_authentication_enabled: Option<bool> = Member::new("IAMDatabaseAuthenticationEnabled", &shape::BOOLEAN);
    iops: Option<i64> = Member::new("Iops", &shape::INTEGER);
    license_model: Option<String> = Member::new("LicenseModel", &shape::TEXT);
    master_user_password: Option<Secret> = Member::new("MasterUserPassword", &shape::TEXT);
    multi_az: Option<bool> = Member::new("MultiAZ", &shape::BOOLEAN);
    multi_tenant: Option<bool> = Member::new("MultiTenant", &shape::BOOLEAN);
    pending_cloudwatch_logs_exports: Option<PendingCloudwatchLogsExports> = Member::new("PendingCloudwatchLogsExports", &PENDING_CLOUDWATCH_LOGS_EXPORTS);
    port: Option<i64> = Member::new("Port", &shape::INTEGER);
    processor_features: Option<Vec<ProcessorFeature>> = Member::new("ProcessorFeatures", &PROCESSOR_FEATURE_LIST);
    resume_full_automation_mode_time: Option<Timestamp> = Member::new("ResumeFullAutomationModeTime", &shape::TIMESTAMP);
    storage_throughput: Option<i64> = Member::new("StorageThroughput", &shape::INTEGER);
    storage_type: Option<String> = Member::new("StorageType", &shape::TEXT);
}

structure! { #[derive(Default)] PrimaryEndpoint, PRIMARY_ENDPOINT;
    address: Option<String> = Member::new("Address", &shape::TEXT);
    hosted_zone_id: Option<String> = Member::new("HostedZoneId", &shape::TEXT);
}

structure! { #[derive(Default)] ProcessorFeature, PROCESSOR_FEATURE;
    name: Option<String> = Member::new("Name", &shape::TEXT);
    value: Option<String> = Member::new("Value", &shape::TEXT);
}

static PROCESSOR_FEATURE_LIST: Shape =
    Shape::List { member: &PROCESSOR_FEATURE, name: "ProcessorFeature", flattened: false, length: None };

static READ_REPLICA_DB_CLUSTER_IDENTIFIER_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "ReadReplicaDBClusterIdentifier", flattened: false, length: None };

static READ_REPLICA_DB_INSTANCE_IDENTIFIER_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "ReadReplicaDBInstanceIdentifier", flattened: false, length: None };

structure! { #[derive(Default)] RebootDBInstanceMessage, REBOOT_DB_INSTANCE_MESSAGE;
    db_instance_identifier: String = Member::new("DBInstanceIdentifier", &shape::TEXT).required();
    force_failover: Option<bool> = Member::new("ForceFailover", &shape::BOOLEAN);
}

structure! { #[derive(Default)] RebootDBInstanceResult, REBOOT_DB_INSTANCE_RESULT;
    db_instance: Option<DBInstance> = Member::new("DBInstance", &DB_INSTANCE);
}

structure! { #[derive(Default)] RemoveTagsFromResourceMessage, REMOVE_TAGS_FROM_RESOURCE_MESSAGE;
    resource_name: String = Member::new("ResourceName", &shape::TEXT).required();
    tag_keys: Vec<String> = Member::new("TagKeys", &KEY_LIST).required();
}

static REPLICA_MODE: Shape = Shape::Text { length: None, pattern: None, values: &["open-read-only", "mounted"] };

pub mod replica_mode {
    pub const OPEN_READ_ONLY: &str = "open-read-only";
    pub const MOUNTED: &str = "mounted";
}

structure! { #[derive(Default)] RestoreDBInstanceFromDBSnapshotMessage, RESTORE_DB_INSTANCE_FROM_DB_SNAPSHOT_MESSAGE;
    additional_storage_volumes: Option<Vec<AdditionalStorageVolume>> = Member::new("AdditionalStorageVolumes", &ADDITIONAL_STORAGE_VOLUMES_LIST);
    allocated_storage: Option<i64> = Member::new("AllocatedStorage", &shape::INTEGER);
    auto_minor_version_upgrade: Option<bool> = Member::new("AutoMinorVersionUpgrade", &shape::BOOLEAN);
    availability_zone: Option<String> = Member::new("AvailabilityZone", &shape::TEXT);
    backup_retention_period: Option<i64> = Member::new("BackupRetentionPeriod", &shape::INTEGER);
    backup_target: Option<String> = Member::new("BackupTarget", &shape::TEXT);
    ca_certificate_identifier: Option<String> = Member::new("CACertificateIdentifier", &shape::TEXT);
    copy_tags_to_snapshot: Option<bool> = Member::new("CopyTagsToSnapshot", &shape::BOOLEAN);
    custom_iam_instance_profile: Option<String> = Member::new("CustomIamInstanceProfile", &shape::TEXT);
    db_capacity_reservation_identifier: Option<String> = Member::new("DBCapacityReservationIdentifier", &DB_CAPACITY_RESERVATION_IDENTIFIER);
    db_cluster_snapshot_identifier: Option<String> = Member::new("DBClusterSnapshotIdentifier", &shape::TEXT);
    db_instance_class: Option<String> = Member::new("DBInstanceClass", &shape::TEXT);
    db_instance_identifier: String = Member::new("DBInstanceIdentifier", &shape::TEXT).required();
    db_name: Option<String> = Member::new("DBName", &shape::TEXT);
    db_parameter_group_name: Option<String> = Member::new("DBParameterGroupName", &shape::TEXT);
    db_snapshot_identifier: Option<String> = Member::new("DBSnapshotIdentifier", &shape::TEXT);
    db_subnet_group_name: Option<String> = Member::new("DBSubnetGroupName", &shape::TEXT);
    dedicated_log_volume: Option<bool> = Member::new("DedicatedLogVolume", &shape::BOOLEAN);
    deletion_protection: Option<bool> = Member::new("DeletionProtection", &shape::BOOLEAN);
    domain: Option<String> = Member::new("Domain", &shape::TEXT);
    domain_auth_secret_arn: Option<String> = Member::new("DomainAuthSecretArn", &shape::TEXT);
    domain_dns_ips: Option<Vec<String>> = Member::new("DomainDnsIps", &STRING_LIST);
    domain_fqdn: Option<String> = Member::new("DomainFqdn", &shape::TEXT);
    domain_iam_role_name: Option<String> = Member::new("DomainIAMRoleName", &shape::TEXT);
    domain_ou: Option<String> = Member::new("DomainOu", &shape::TEXT);
    enable_cloudwatch_logs_exports: Option<Vec<String>> = Member::new("EnableCloudwatchLogsExports", &LOG_TYPE_LIST);
    enable_customer_owned_ip: Option<bool> = Member::new("EnableCustomerOwnedIp", &shape::BOOLEAN);
    enable_iam_database_authentication: Option<bool> = Member::new("EnableIAMDatabaseAuthentication", &shape::BOOLEAN);
    engine: Option<String> = Member::new("Engine", &shape::TEXT);
    engine_lifecycle_support: Option<String> = Member::new("EngineLifecycleSupport", &shape::TEXT);
    iops: Option<i64> = Member::new("Iops", &shape::INTEGER);
    license_model: Option<String> = Member::new("LicenseModel", &shape::TEXT);
    manage_master_user_password: Option<bool> = Member::new("ManageMasterUserPassword", &shape::BOOLEAN);
    master_user_secret_kms_key_id: Option<String> = Member::new("MasterUserSecretKmsKeyId", &shape::TEXT);
    multi_az: Option<bool> = Member::new("MultiAZ", &shape::BOOLEAN);
    network_type: Option<String> = Member::new("NetworkType", &shape::TEXT);
    option_group_name: Option<String> = Member::new("OptionGroupName", &shape::TEXT);
    port: Option<i64> = Member::new("Port", &shape::INTEGER);
    preferred_backup_window: Option<String> = Member::new("PreferredBackupWindow", &shape::TEXT);
    processor_features: Option<Vec<ProcessorFeature>> = Member::new("ProcessorFeatures", &PROCESSOR_FEATURE_LIST);
    publicly_accessible: Option<bool> = Member::new("PubliclyAccessible", &shape::BOOLEAN);
    storage_throughput: Option<i64> = Member::new("StorageThroughput", &shape::INTEGER);
    storage_type: Option<String> = Member::new("StorageType", &shape::TEXT);
    tag_specifications: Option<Vec<TagSpecification>> = Member::new("TagSpecifications", &TAG_SPECIFICATION_LIST);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST);
    tde_credential_arn: Option<String> = Member::new("TdeCredentialArn", &shape::TEXT);
    tde_credential_password: Option<Secret> = Member::new("TdeCredentialPassword", &shape::TEXT);
    use_default_processor_features: Option<bool> = Member::new("UseDefaultProcessorFeatures", &shape::BOOLEAN);
    vpc_security_group_ids: Option<Vec<String>> = Member::new("VpcSecurityGroupIds", &VPC_SECURITY_GROUP_ID_LIST);
}

structure! { #[derive(Default)] RestoreDBInstanceFromDBSnapshotResult, RESTORE_DB_INSTANCE_FROM_DB_SNAPSHOT_RESULT;
    db_instance: Option<DBInstance> = Member::new("DBInstance", &DB_INSTANCE);
}

structure! { #[derive(Default)] ServerlessV2FeaturesSupport, SERVERLESS_V2_FEATURES_SUPPORT;
    max_capacity: Option<f64> = Member::new("MaxCapacity", &shape::DOUBLE);
    min_capacity: Option<f64> = Member::new("MinCapacity", &shape::DOUBLE);
}

structure! { #[derive(Default)] StartDBInstanceMessage, START_DB_INSTANCE_MESSAGE;
    db_capacity_reservation_identifier: Option<String> = Member::new("DBCapacityReservationIdentifier", &DB_CAPACITY_RESERVATION_IDENTIFIER);
    db_instance_identifier: String = Member::new("DBInstanceIdentifier", &shape::TEXT).required();
}

structure! { #[derive(Default)] StartDBInstanceResult, START_DB_INSTANCE_RESULT;
    db_instance: Option<DBInstance> = Member::new("DBInstance", &DB_INSTANCE);
}

structure! { #[derive(Default)] StopDBInstanceMessage, STOP_DB_INSTANCE_MESSAGE;
    db_instance_identifier: String = Member::new("DBInstanceIdentifier", &shape::TEXT).required();
    db_snapshot_identifier: Option<String> = Member::new("DBSnapshotIdentifier", &shape::TEXT);
    detach_from_db_capacity_reservation: Option<bool> = Member::new("DetachFromDBCapacityReservation", &shape::BOOLEAN);
}

structure! { #[derive(Default)] StopDBInstanceResult, STOP_DB_INSTANCE_RESULT;
    db_instance: Option<DBInstance> = Member::new("DBInstance", &DB_INSTANCE);
}

pub mod storage_encryption_type {
    pub const NONE: &str = "none";
    pub const SSE_KMS: &str = "sse-kms";
    pub const SSE_RDS: &str = "sse-rds";
}

static STRING_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] Subnet, SUBNET;
    subnet_availability_zone: Option<AvailabilityZone> = Member::new("SubnetAvailabilityZone", &AVAILABILITY_ZONE);
    subnet_identifier: Option<String> = Member::new("SubnetIdentifier", &shape::TEXT);
    subnet_outpost: Option<Outpost> = Member::new("SubnetOutpost", &OUTPOST);
    subnet_status: Option<String> = Member::new("SubnetStatus", &shape::TEXT);
}

static SUBNET_LIST: Shape = Shape::List { member: &SUBNET, name: "Subnet", flattened: false, length: None };

static SUPPORTED_CHARACTER_SETS_LIST: Shape =
    Shape::List { member: &CHARACTER_SET, name: "CharacterSet", flattened: false, length: None };

static SUPPORTED_TIMEZONES_LIST: Shape =
    Shape::List { member: &TIMEZONE, name: "Timezone", flattened: false, length: None };

structure! { #[derive(Default)] Tag, TAG;
    key: Option<String> = Member::new("Key", &shape::TEXT);
    value: Option<String> = Member::new("Value", &shape::TEXT);
}

static TAG_LIST: Shape = Shape::List { member: &TAG, name: "Tag", flattened: false, length: None };

structure! { #[derive(Default)] TagListMessage, TAG_LIST_MESSAGE;
    tag_list: Option<Vec<Tag>> = Member::new("TagList", &TAG_LIST);
}

structure! { #[derive(Default)] TagSpecification, TAG_SPECIFICATION;
    resource_type: Option<String> = Member::new("ResourceType", &shape::TEXT);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST);
}

static TAG_SPECIFICATION_LIST: Shape =
    Shape::List { member: &TAG_SPECIFICATION, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] Timezone, TIMEZONE;
    timezone_name: Option<String> = Member::new("TimezoneName", &shape::TEXT);
}

pub mod upgrade_rollout_order {
    pub const FIRST: &str = "first";
    pub const SECOND: &str = "second";
    pub const LAST: &str = "last";
}

structure! { #[derive(Default)] UpgradeTarget, UPGRADE_TARGET;
    auto_upgrade: Option<bool> = Member::new("AutoUpgrade", &shape::BOOLEAN);
    description: Option<String> = Member::new("Description", &shape::TEXT);
    engine: Option<String> = Member::new("Engine", &shape::TEXT);
    engine_version: Option<String> = Member::new("EngineVersion", &shape::TEXT);
    is_major_version_upgrade: Option<bool> = Member::new("IsMajorVersionUpgrade", &shape::BOOLEAN);
    supported_engine_modes: Option<Vec<String>> = Member::new("SupportedEngineModes", &ENGINE_MODE_LIST);
    supports_babelfish: Option<bool> = Member::new("SupportsBabelfish", &shape::BOOLEAN);
    supports_global_databases: Option<bool> = Member::new("SupportsGlobalDatabases", &shape::BOOLEAN);
    supports_integrations: Option<bool> = Member::new("SupportsIntegrations", &shape::BOOLEAN);
    supports_limitless_database: Option<bool> = Member::new("SupportsLimitlessDatabase", &shape::BOOLEAN);
    supports_local_write_forwarding: Option<bool> = Member::new("SupportsLocalWriteForwarding", &shape::BOOLEAN);
    supports_parallel_query: Option<bool> = Member::new("SupportsParallelQuery", &shape::BOOLEAN);
}

static VALID_UPGRADE_TARGET_LIST: Shape =
    Shape::List { member: &UPGRADE_TARGET, name: "UpgradeTarget", flattened: false, length: None };

static VPC_SECURITY_GROUP_ID_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "VpcSecurityGroupId", flattened: false, length: None };

structure! { #[derive(Default)] VpcSecurityGroupMembership, VPC_SECURITY_GROUP_MEMBERSHIP;
    status: Option<String> = Member::new("Status", &shape::TEXT);
    vpc_security_group_id: Option<String> = Member::new("VpcSecurityGroupId", &shape::TEXT);
}

static VPC_SECURITY_GROUP_MEMBERSHIP_LIST: Shape = Shape::List {
    member: &VPC_SECURITY_GROUP_MEMBERSHIP,
    name: "VpcSecurityGroupMembership",
    flattened: false,
    length: None,
};

/// The errors that the operations name.
pub mod error {
    use super::Code;

    pub const AUTHORIZATION_NOT_FOUND_FAULT: Code =
        Code { code: "AuthorizationNotFound", shape: "AuthorizationNotFoundFault", status: 404 };
    pub const BACKUP_POLICY_NOT_FOUND_FAULT: Code =
        Code { code: "BackupPolicyNotFoundFault", shape: "BackupPolicyNotFoundFault", status: 404 };
    pub const BLUE_GREEN_DEPLOYMENT_NOT_FOUND_FAULT: Code =
        Code { code: "BlueGreenDeploymentNotFoundFault", shape: "BlueGreenDeploymentNotFoundFault", status: 404 };
    pub const CERTIFICATE_NOT_FOUND_FAULT: Code =
        Code { code: "CertificateNotFound", shape: "CertificateNotFoundFault", status: 404 };
    pub const DB_CAPACITY_RESERVATION_NOT_FOUND_FAULT: Code =
        Code { code: "DBCapacityReservationNotFound", shape: "DBCapacityReservationNotFoundFault", status: 404 };
    pub const DB_CLUSTER_NOT_FOUND_FAULT: Code =
        Code { code: "DBClusterNotFoundFault", shape: "DBClusterNotFoundFault", status: 404 };
    pub const DB_CLUSTER_SNAPSHOT_NOT_FOUND_FAULT: Code =
        Code { code: "DBClusterSnapshotNotFoundFault", shape: "DBClusterSnapshotNotFoundFault", status: 404 };
    pub const DB_INSTANCE_ALREADY_EXISTS_FAULT: Code =
        Code { code: "DBInstanceAlreadyExists", shape: "DBInstanceAlreadyExistsFault", status: 400 };
    pub const DB_INSTANCE_AUTOMATED_BACKUP_QUOTA_EXCEEDED_FAULT: Code = Code {
        code: "DBInstanceAutomatedBackupQuotaExceeded",
        shape: "DBInstanceAutomatedBackupQuotaExceededFault",
        status: 400,
    };
    pub const DB_INSTANCE_NOT_FOUND_FAULT: Code =
        Code { code: "DBInstanceNotFound", shape: "DBInstanceNotFoundFault", status: 404 };
    pub const DB_PARAMETER_GROUP_NOT_FOUND_FAULT: Code =
        Code { code: "DBParameterGroupNotFound", shape: "DBParameterGroupNotFoundFault", status: 404 };
    pub const DB_PROXY_ENDPOINT_NOT_FOUND_FAULT: Code =
        Code { code: "DBProxyEndpointNotFoundFault", shape: "DBProxyEndpointNotFoundFault", status: 404 };
    pub const DB_PROXY_NOT_FOUND_FAULT: Code =
        Code { code: "DBProxyNotFoundFault", shape: "DBProxyNotFoundFault", status: 404 };
    pub const DB_PROXY_TARGET_GROUP_NOT_FOUND_FAULT: Code =
        Code { code: "DBProxyTargetGroupNotFoundFault", shape: "DBProxyTargetGroupNotFoundFault", status: 404 };
    pub const DB_SECURITY_GROUP_NOT_FOUND_FAULT: Code =
        Code { code: "DBSecurityGroupNotFound", shape: "DBSecurityGroupNotFoundFault", status: 404 };
    pub const DB_SHARD_GROUP_NOT_FOUND_FAULT: Code =
        Code { code: "DBShardGroupNotFound", shape: "DBShardGroupNotFoundFault", status: 404 };
    pub const DB_SNAPSHOT_ALREADY_EXISTS_FAULT: Code =
        Code { code: "DBSnapshotAlreadyExists", shape: "DBSnapshotAlreadyExistsFault", status: 400 };
    pub const DB_SNAPSHOT_NOT_FOUND_FAULT: Code =
        Code { code: "DBSnapshotNotFound", shape: "DBSnapshotNotFoundFault", status: 404 };
    pub const DB_SNAPSHOT_TENANT_DATABASE_NOT_FOUND_FAULT: Code = Code {
        code: "DBSnapshotTenantDatabaseNotFoundFault",
        shape: "DBSnapshotTenantDatabaseNotFoundFault",
        status: 404,
    };
    pub const DB_SUBNET_GROUP_DOES_NOT_COVER_ENOUGH_A_ZS: Code =
        Code { code: "DBSubnetGroupDoesNotCoverEnoughAZs", shape: "DBSubnetGroupDoesNotCoverEnoughAZs", status: 400 };
    pub const DB_SUBNET_GROUP_NOT_FOUND_FAULT: Code =
        Code { code: "DBSubnetGroupNotFoundFault", shape: "DBSubnetGroupNotFoundFault", status: 404 };
    pub const DB_UPGRADE_DEPENDENCY_FAILURE_FAULT: Code =
        Code { code: "DBUpgradeDependencyFailure", shape: "DBUpgradeDependencyFailureFault", status: 400 };
    pub const DOMAIN_NOT_FOUND_FAULT: Code =
        Code { code: "DomainNotFoundFault", shape: "DomainNotFoundFault", status: 404 };
    pub const INSTANCE_QUOTA_EXCEEDED_FAULT: Code =
        Code { code: "InstanceQuotaExceeded", shape: "InstanceQuotaExceededFault", status: 400 };
    pub const INSUFFICIENT_DB_INSTANCE_CAPACITY_FAULT: Code =
        Code { code: "InsufficientDBInstanceCapacity", shape: "InsufficientDBInstanceCapacityFault", status: 400 };
    pub const INTEGRATION_NOT_FOUND_FAULT: Code =
        Code { code: "IntegrationNotFoundFault", shape: "IntegrationNotFoundFault", status: 404 };
    pub const INVALID_DB_CAPACITY_RESERVATION_STATE_FAULT: Code = Code {
        code: "InvalidDBCapacityReservationState",
        shape: "InvalidDBCapacityReservationStateFault",
        status: 400,
    };
    pub const INVALID_DB_CLUSTER_ENDPOINT_STATE_FAULT: Code =
        Code { code: "InvalidDBClusterEndpointStateFault", shape: "InvalidDBClusterEndpointStateFault", status: 400 };
    pub const INVALID_DB_CLUSTER_STATE_FAULT: Code =
        Code { code: "InvalidDBClusterStateFault", shape: "InvalidDBClusterStateFault", status: 400 };
    pub const INVALID_DB_INSTANCE_STATE_FAULT: Code =
        Code { code: "InvalidDBInstanceState", shape: "InvalidDBInstanceStateFault", status: 400 };
    pub const INVALID_DB_SECURITY_GROUP_STATE_FAULT: Code =
        Code { code: "InvalidDBSecurityGroupState", shape: "InvalidDBSecurityGroupStateFault", status: 400 };
    pub const INVALID_DB_SNAPSHOT_STATE_FAULT: Code =
        Code { code: "InvalidDBSnapshotState", shape: "InvalidDBSnapshotStateFault", status: 400 };
    pub const INVALID_RESTORE_FAULT: Code =
        Code { code: "InvalidRestoreFault", shape: "InvalidRestoreFault", status: 400 };
    pub const INVALID_SUBNET: Code = Code { code: "InvalidSubnet", shape: "InvalidSubnet", status: 400 };
    pub const INVALID_VPC_NETWORK_STATE_FAULT: Code =
        Code { code: "InvalidVPCNetworkStateFault", shape: "InvalidVPCNetworkStateFault", status: 400 };
    pub const KMS_KEY_NOT_ACCESSIBLE_FAULT: Code =
        Code { code: "KMSKeyNotAccessibleFault", shape: "KMSKeyNotAccessibleFault", status: 400 };
    pub const NETWORK_TYPE_NOT_SUPPORTED: Code =
        Code { code: "NetworkTypeNotSupported", shape: "NetworkTypeNotSupported", status: 400 };
    pub const OPTION_GROUP_NOT_FOUND_FAULT: Code =
        Code { code: "OptionGroupNotFoundFault", shape: "OptionGroupNotFoundFault", status: 404 };
    pub const PROVISIONED_IOPS_NOT_AVAILABLE_IN_AZ_FAULT: Code = Code {
        code: "ProvisionedIopsNotAvailableInAZFault",
        shape: "ProvisionedIopsNotAvailableInAZFault",
        status: 400,
    };
    pub const SNAPSHOT_QUOTA_EXCEEDED_FAULT: Code =
        Code { code: "SnapshotQuotaExceeded", shape: "SnapshotQuotaExceededFault", status: 400 };
    pub const STORAGE_QUOTA_EXCEEDED_FAULT: Code =
        Code { code: "StorageQuotaExceeded", shape: "StorageQuotaExceededFault", status: 400 };
    pub const STORAGE_TYPE_NOT_SUPPORTED_FAULT: Code =
        Code { code: "StorageTypeNotSupported", shape: "StorageTypeNotSupportedFault", status: 400 };
    pub const TENANT_DATABASE_NOT_FOUND_FAULT: Code =
        Code { code: "TenantDatabaseNotFound", shape: "TenantDatabaseNotFoundFault", status: 404 };
    pub const TENANT_DATABASE_QUOTA_EXCEEDED_FAULT: Code =
        Code { code: "TenantDatabaseQuotaExceeded", shape: "TenantDatabaseQuotaExceededFault", status: 400 };
    pub const VPC_ENCRYPTION_CONTROL_VIOLATION_EXCEPTION: Code = Code {
        code: "VpcEncryptionControlViolationException",
        shape: "VpcEncryptionControlViolationException",
        status: 400,
    };
}

operations! {
    AddTagsToResource(super::AddTagsToResourceMessage, &ADD_TAGS_TO_RESOURCE_MESSAGE) -> ((), &shape::NOTHING, None);
    CreateDBInstance(super::CreateDBInstanceMessage, &CREATE_DB_INSTANCE_MESSAGE) -> (super::CreateDBInstanceResult, &CREATE_DB_INSTANCE_RESULT, Some("CreateDBInstanceResult"));
    CreateDBSnapshot(super::CreateDBSnapshotMessage, &CREATE_DB_SNAPSHOT_MESSAGE) -> (super::CreateDBSnapshotResult, &CREATE_DB_SNAPSHOT_RESULT, Some("CreateDBSnapshotResult"));
    DeleteDBInstance(super::DeleteDBInstanceMessage, &DELETE_DB_INSTANCE_MESSAGE) -> (super::DeleteDBInstanceResult, &DELETE_DB_INSTANCE_RESULT, Some("DeleteDBInstanceResult"));
    DeleteDBSnapshot(super::DeleteDBSnapshotMessage, &DELETE_DB_SNAPSHOT_MESSAGE) -> (super::DeleteDBSnapshotResult, &DELETE_DB_SNAPSHOT_RESULT, Some("DeleteDBSnapshotResult"));
    DescribeDBEngineVersions(super::DescribeDBEngineVersionsMessage, &DESCRIBE_DB_ENGINE_VERSIONS_MESSAGE) -> (super::DBEngineVersionMessage, &DB_ENGINE_VERSION_MESSAGE, Some("DescribeDBEngineVersionsResult"));
    DescribeDBInstances(super::DescribeDBInstancesMessage, &DESCRIBE_DB_INSTANCES_MESSAGE) -> (super::DBInstanceMessage, &DB_INSTANCE_MESSAGE, Some("DescribeDBInstancesResult"));
    DescribeDBSnapshots(super::DescribeDBSnapshotsMessage, &DESCRIBE_DB_SNAPSHOTS_MESSAGE) -> (super::DBSnapshotMessage, &DB_SNAPSHOT_MESSAGE, Some("DescribeDBSnapshotsResult"));
    DescribeOrderableDBInstanceOptions(super::DescribeOrderableDBInstanceOptionsMessage, &DESCRIBE_ORDERABLE_DB_INSTANCE_OPTIONS_MESSAGE) -> (super::OrderableDBInstanceOptionsMessage, &ORDERABLE_DB_INSTANCE_OPTIONS_MESSAGE, Some("DescribeOrderableDBInstanceOptionsResult"));
    ListTagsForResource(super::ListTagsForResourceMessage, &LIST_TAGS_FOR_RESOURCE_MESSAGE) -> (super::TagListMessage, &TAG_LIST_MESSAGE, Some("ListTagsForResourceResult"));
    ModifyDBInstance(super::ModifyDBInstanceMessage, &MODIFY_DB_INSTANCE_MESSAGE) -> (super::ModifyDBInstanceResult, &MODIFY_DB_INSTANCE_RESULT, Some("ModifyDBInstanceResult"));
    RebootDBInstance(super::RebootDBInstanceMessage, &REBOOT_DB_INSTANCE_MESSAGE) -> (super::RebootDBInstanceResult, &REBOOT_DB_INSTANCE_RESULT, Some("RebootDBInstanceResult"));
    RemoveTagsFromResource(super::RemoveTagsFromResourceMessage, &REMOVE_TAGS_FROM_RESOURCE_MESSAGE) -> ((), &shape::NOTHING, None);
    RestoreDBInstanceFromDBSnapshot(super::RestoreDBInstanceFromDBSnapshotMessage, &RESTORE_DB_INSTANCE_FROM_DB_SNAPSHOT_MESSAGE) -> (super::RestoreDBInstanceFromDBSnapshotResult, &RESTORE_DB_INSTANCE_FROM_DB_SNAPSHOT_RESULT, Some("RestoreDBInstanceFromDBSnapshotResult"));
    StartDBInstance(super::StartDBInstanceMessage, &START_DB_INSTANCE_MESSAGE) -> (super::StartDBInstanceResult, &START_DB_INSTANCE_RESULT, Some("StartDBInstanceResult"));
    StopDBInstance(super::StopDBInstanceMessage, &STOP_DB_INSTANCE_MESSAGE) -> (super::StopDBInstanceResult, &STOP_DB_INSTANCE_RESULT, Some("StopDBInstanceResult"));
}

/// The service.
pub static MODEL: Model = Model {
    signing_name: "rds",
    action_prefix: "rds",
    version: "2014-10-31",
    protocol: Protocol::Query,
    namespace: "http://rds.amazonaws.com/doc/2014-10-31/",
    target: "",
    query_compatible: false,
    error_prefix: "",
    operations: OPERATIONS,
};
