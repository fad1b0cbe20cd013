//! Auto Scaling, version 2011-01-01: made by `cargo xtask codegen` from the model of botocore 1.44.8. Do not edit.
//!
//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, Version 2.0.
#![allow(unused_imports, clippy::large_enum_variant)]

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::shape::{self, Code, Member, Model, Protocol, Shape};
use crate::codec::{operations, structure};

structure! { #[derive(Default)] AcceleratorCountRequest, ACCELERATOR_COUNT_REQUEST;
    max: Option<i64> = Member::new("Max", &NULLABLE_POSITIVE_INTEGER);
    min: Option<i64> = Member::new("Min", &NULLABLE_POSITIVE_INTEGER);
}

static ACCELERATOR_MANUFACTURER: Shape =
    Shape::Text { length: None, pattern: None, values: &["nvidia", "amd", "amazon-web-services", "xilinx"] };

pub mod accelerator_manufacturer {
    pub const NVIDIA: &str = "nvidia";
    pub const AMD: &str = "amd";
    pub const AMAZON_WEB_SERVICES: &str = "amazon-web-services";
    pub const XILINX: &str = "xilinx";
}

static ACCELERATOR_MANUFACTURERS: Shape =
    Shape::List { member: &ACCELERATOR_MANUFACTURER, name: "member", flattened: false, length: None };

static ACCELERATOR_NAME: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &["a100", "v100", "k80", "t4", "m60", "radeon-pro-v520", "vu9p"],
};

pub mod accelerator_name {
    pub const A100: &str = "a100";
    pub const V100: &str = "v100";
    pub const K80: &str = "k80";
    pub const T4: &str = "t4";
    pub const M60: &str = "m60";
    pub const RADEON_PRO_V520: &str = "radeon-pro-v520";
    pub const VU9P: &str = "vu9p";
}

static ACCELERATOR_NAMES: Shape =
    Shape::List { member: &ACCELERATOR_NAME, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] AcceleratorTotalMemoryMiBRequest, ACCELERATOR_TOTAL_MEMORY_MI_B_REQUEST;
    max: Option<i64> = Member::new("Max", &NULLABLE_POSITIVE_INTEGER);
    min: Option<i64> = Member::new("Min", &NULLABLE_POSITIVE_INTEGER);
}

static ACCELERATOR_TYPE: Shape = Shape::Text { length: None, pattern: None, values: &["gpu", "fpga", "inference"] };

pub mod accelerator_type {
    pub const GPU: &str = "gpu";
    pub const FPGA: &str = "fpga";
    pub const INFERENCE: &str = "inference";
}

static ACCELERATOR_TYPES: Shape =
    Shape::List { member: &ACCELERATOR_TYPE, name: "member", flattened: false, length: None };

static ACTIVITIES: Shape = Shape::List { member: &ACTIVITY, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ActivitiesType, ACTIVITIES_TYPE;
    activities: Vec<Activity> = Member::new("Activities", &ACTIVITIES).required();
    next_token: Option<String> = Member::new("NextToken", &XML_STRING);
}

structure! { Activity, ACTIVITY;
    activity_id: String = Member::new("ActivityId", &XML_STRING).required();
    auto_scaling_group_arn: Option<String> = Member::new("AutoScalingGroupARN", &RESOURCE_NAME);
    auto_scaling_group_name: String = Member::new("AutoScalingGroupName", &XML_STRING_MAX_LEN255).required();
    auto_scaling_group_state: Option<String> = Member::new("AutoScalingGroupState", &shape::TEXT);
    cause: String = Member::new("Cause", &shape::TEXT).required();
    description: Option<String> = Member::new("Description", &XML_STRING);
    details: Option<String> = Member::new("Details", &XML_STRING);
    end_time: Option<Timestamp> = Member::new("EndTime", &shape::TIMESTAMP);
    progress: Option<i64> = Member::new("Progress", &shape::INTEGER);
    start_time: Timestamp = Member::new("StartTime", &shape::TIMESTAMP).required();
    status_code: String = Member::new("StatusCode", &shape::TEXT).required();
    status_message: Option<String> = Member::new("StatusMessage", &XML_STRING_MAX_LEN255);
}

static ACTIVITY_IDS: Shape = Shape::List { member: &XML_STRING, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ActivityType, ACTIVITY_TYPE;
    activities: Option<Vec<Activity>> = Member::new("Activities", &ACTIVITIES);
    activity: Option<Activity> = Member::new("Activity", &ACTIVITY);
}

structure! { #[derive(Default)] Alarm, ALARM;
    alarm_arn: Option<String> = Member::new("AlarmARN", &RESOURCE_NAME);
    alarm_name: Option<String> = Member::new("AlarmName", &XML_STRING_MAX_LEN255);
}

static ALARMS: Shape = Shape::List { member: &ALARM, name: "member", flattened: false, length: None };

static ALLOWED_INSTANCE_TYPE: Shape =
    Shape::Text { length: Some((1, 30)), pattern: Some("[a-zA-Z0-9\\.\\*\\-]+"), values: &[] };

static ALLOWED_INSTANCE_TYPES: Shape =
    Shape::List { member: &ALLOWED_INSTANCE_TYPE, name: "member", flattened: false, length: Some((0, 400)) };

static ASCII_STRING_MAX_LEN255: Shape =
    Shape::Text { length: Some((1, 255)), pattern: Some("[A-Za-z0-9\\-_\\/]+"), values: &[] };

structure! { AutoScalingGroup, AUTO_SCALING_GROUP;
    auto_scaling_group_arn: Option<String> = Member::new("AutoScalingGroupARN", &RESOURCE_NAME);
    auto_scaling_group_name: String = Member::new("AutoScalingGroupName", &XML_STRING_MAX_LEN255).required();
    availability_zone_distribution: Option<AvailabilityZoneDistribution> = Member::new("AvailabilityZoneDistribution", &AVAILABILITY_ZONE_DISTRIBUTION);
    availability_zone_ids: Option<Vec<String>> = Member::new("AvailabilityZoneIds", &AVAILABILITY_ZONE_IDS);
    availability_zone_impairment_policy: Option<AvailabilityZoneImpairmentPolicy> = Member::new("AvailabilityZoneImpairmentPolicy", &AVAILABILITY_ZONE_IMPAIRMENT_POLICY);
    availability_zones: Vec<String> = Member::new("AvailabilityZones", &AVAILABILITY_ZONES).required();
    capacity_rebalance: Option<bool> = Member::new("CapacityRebalance", &shape::BOOLEAN);
    capacity_reservation_specification: Option<CapacityReservationSpecification> = Member::new("CapacityReservationSpecification", &CAPACITY_RESERVATION_SPECIFICATION);
    context: Option<String> = Member::new("Context", &shape::TEXT);
    created_time: Timestamp = Member::new("CreatedTime", &shape::TIMESTAMP).required();
    default_cooldown: i64 = Member::new("DefaultCooldown", &shape::INTEGER).required();
    default_instance_warmup: Option<i64> = Member::new("DefaultInstanceWarmup", &shape::INTEGER);
    deletion_protection: Option<String> = Member::new("DeletionProtection", &DELETION_PROTECTION);
    desired_capacity: i64 = Member::new("DesiredCapacity", &shape::INTEGER).required();
    desired_capacity_type: Option<String> = Member::new("DesiredCapacityType", &XML_STRING_MAX_LEN255);
    enabled_metrics: Option<Vec<EnabledMetric>> = Member::new("EnabledMetrics", &ENABLED_METRICS);
    health_check_grace_period: Option<i64> = Member::new("HealthCheckGracePeriod", &shape::INTEGER);
    health_check_type: String = Member::new("HealthCheckType", &XML_STRING_MAX_LEN32).required();
    instance_lifecycle_policy: Option<InstanceLifecyclePolicy> = Member::new("InstanceLifecyclePolicy", &INSTANCE_LIFECYCLE_POLICY);
    instance_maintenance_policy: Option<InstanceMaintenancePolicy> = Member::new("InstanceMaintenancePolicy", &INSTANCE_MAINTENANCE_POLICY);
    instances: Option<Vec<Instance>> = Member::new("Instances", &INSTANCES);
    launch_configuration_name: Option<String> = Member::new("LaunchConfigurationName", &XML_STRING_MAX_LEN255);
    launch_template: Option<LaunchTemplateSpecification> = Member::new("LaunchTemplate", &LAUNCH_TEMPLATE_SPECIFICATION);
    load_balancer_names: Option<Vec<String>> = Member::new("LoadBalancerNames", &LOAD_BALANCER_NAMES);
    max_instance_lifetime: Option<i64> = Member::new("MaxInstanceLifetime", &shape::INTEGER);
    max_size: i64 = Member::new("MaxSize", &shape::INTEGER).required();
    min_size: i64 = Member::new("MinSize", &shape::INTEGER).required();
    mixed_instances_policy: Option<MixedInstancesPolicy> = Member::new("MixedInstancesPolicy", &MIXED_INSTANCES_POLICY);
    new_instances_protected_from_scale_in: Option<bool> = Member::new("NewInstancesProtectedFromScaleIn", &shape::BOOLEAN);
    operator: Option<Operator> = Member::new("Operator", &OPERATOR);
    placement_group: Option<String> = Member::new("PlacementGroup", &XML_STRING_MAX_LEN255);
    predicted_capacity: Option<i64> = Member::new("PredictedCapacity", &shape::INTEGER);
    service_linked_role_arn: Option<String> = Member::new("ServiceLinkedRoleARN", &RESOURCE_NAME);
    status: Option<String> = Member::new("Status", &XML_STRING_MAX_LEN255);
    suspended_processes: Option<Vec<SuspendedProcess>> = Member::new("SuspendedProcesses", &SUSPENDED_PROCESSES);
    tags: Option<Vec<TagDescription>> = Member::new("Tags", &TAG_DESCRIPTION_LIST);
    target_group_ar_ns: Option<Vec<String>> = Member::new("TargetGroupARNs", &TARGET_GROUP_AR_NS);
    termination_policies: Option<Vec<String>> = Member::new("TerminationPolicies", &TERMINATION_POLICIES);
    traffic_sources: Option<Vec<TrafficSourceIdentifier>> = Member::new("TrafficSources", &TRAFFIC_SOURCES);
    vpc_zone_identifier: Option<String> = Member::new("VPCZoneIdentifier", &XML_STRING_MAX_LEN5000);
    warm_pool_configuration: Option<WarmPoolConfiguration> = Member::new("WarmPoolConfiguration", &WARM_POOL_CONFIGURATION);
    warm_pool_size: Option<i64> = Member::new("WarmPoolSize", &shape::INTEGER);
}

static AUTO_SCALING_GROUP_NAMES: Shape =
    Shape::List { member: &XML_STRING_MAX_LEN255, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] AutoScalingGroupNamesType, AUTO_SCALING_GROUP_NAMES_TYPE;
    auto_scaling_group_names: Option<Vec<String>> = Member::new("AutoScalingGroupNames", &AUTO_SCALING_GROUP_NAMES);
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTERS);
    include_instances: Option<bool> = Member::new("IncludeInstances", &shape::BOOLEAN);
    include_managed_resources: Option<bool> = Member::new("IncludeManagedResources", &shape::BOOLEAN);
    max_records: Option<i64> = Member::new("MaxRecords", &shape::INTEGER);
    next_token: Option<String> = Member::new("NextToken", &XML_STRING);
}

static AUTO_SCALING_GROUPS: Shape =
    Shape::List { member: &AUTO_SCALING_GROUP, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] AutoScalingGroupsType, AUTO_SCALING_GROUPS_TYPE;
    auto_scaling_groups: Vec<AutoScalingGroup> = Member::new("AutoScalingGroups", &AUTO_SCALING_GROUPS).required();
    next_token: Option<String> = Member::new("NextToken", &XML_STRING);
}

structure! { #[derive(Default)] AutoScalingInstanceDetails, AUTO_SCALING_INSTANCE_DETAILS;
    auto_scaling_group_name: String = Member::new("AutoScalingGroupName", &XML_STRING_MAX_LEN255).required();
    availability_zone: String = Member::new("AvailabilityZone", &XML_STRING_MAX_LEN255).required();
    availability_zone_id: Option<String> = Member::new("AvailabilityZoneId", &XML_STRING_MAX_LEN255);
    health_status: String = Member::new("HealthStatus", &XML_STRING_MAX_LEN32).required();
    image_id: Option<String> = Member::new("ImageId", &XML_STRING_MAX_LEN255);
    instance_id: String = Member::new("InstanceId", &XML_STRING_MAX_LEN19).required();
    instance_type: Option<String> = Member::new("InstanceType", &XML_STRING_MAX_LEN255);
    launch_configuration_name: Option<String> = Member::new("LaunchConfigurationName", &XML_STRING_MAX_LEN255);
    launch_template: Option<LaunchTemplateSpecification> = Member::new("LaunchTemplate", &LAUNCH_TEMPLATE_SPECIFICATION);
    lifecycle_state: String = Member::new("LifecycleState", &XML_STRING_MAX_LEN32).required();
    protected_from_scale_in: bool = Member::new("ProtectedFromScaleIn", &shape::BOOLEAN).required();
    weighted_capacity: Option<String> = Member::new("WeightedCapacity", &XML_STRING_MAX_LEN32);
}

static AUTO_SCALING_INSTANCES: Shape =
    Shape::List { member: &AUTO_SCALING_INSTANCE_DETAILS, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] AutoScalingInstancesType, AUTO_SCALING_INSTANCES_TYPE;
    auto_scaling_instances: Option<Vec<AutoScalingInstanceDetails>> = Member::new("AutoScalingInstances", &AUTO_SCALING_INSTANCES);
    next_token: Option<String> = Member::new("NextToken", &XML_STRING);
}

structure! { #[derive(Default)] AvailabilityZoneDistribution, AVAILABILITY_ZONE_DISTRIBUTION;
    capacity_distribution_strategy: Option<String> = Member::new("CapacityDistributionStrategy", &CAPACITY_DISTRIBUTION_STRATEGY);
}

static AVAILABILITY_ZONE_IDS: Shape =
    Shape::List { member: &XML_STRING_MAX_LEN255, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] AvailabilityZoneImpairmentPolicy, AVAILABILITY_ZONE_IMPAIRMENT_POLICY;
    impaired_zone_health_check_behavior: Option<String> = Member::new("ImpairedZoneHealthCheckBehavior", &IMPAIRED_ZONE_HEALTH_CHECK_BEHAVIOR);
    zonal_shift_enabled: Option<bool> = Member::new("ZonalShiftEnabled", &shape::BOOLEAN);
}

static AVAILABILITY_ZONES: Shape =
    Shape::List { member: &XML_STRING_MAX_LEN255, name: "member", flattened: false, length: None };

static BARE_METAL: Shape = Shape::Text { length: None, pattern: None, values: &["included", "excluded", "required"] };

pub mod bare_metal {
    pub const INCLUDED: &str = "included";
    pub const EXCLUDED: &str = "excluded";
    pub const REQUIRED: &str = "required";
}

structure! { #[derive(Default)] BaselineEbsBandwidthMbpsRequest, BASELINE_EBS_BANDWIDTH_MBPS_REQUEST;
    max: Option<i64> = Member::new("Max", &NULLABLE_POSITIVE_INTEGER);
    min: Option<i64> = Member::new("Min", &NULLABLE_POSITIVE_INTEGER);
}

structure! { #[derive(Default)] BaselinePerformanceFactorsRequest, BASELINE_PERFORMANCE_FACTORS_REQUEST;
    cpu: Option<CpuPerformanceFactorRequest> = Member::new("Cpu", &CPU_PERFORMANCE_FACTOR_REQUEST);
}

static BURSTABLE_PERFORMANCE: Shape =
    Shape::Text { length: None, pattern: None, values: &["included", "excluded", "required"] };

pub mod burstable_performance {
    pub const INCLUDED: &str = "included";
    pub const EXCLUDED: &str = "excluded";
    pub const REQUIRED: &str = "required";
}

static CAPACITY_DISTRIBUTION_STRATEGY: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &["balanced-only", "balanced-best-effort", "reservations-then-balanced"],
};

pub mod capacity_distribution_strategy {
    pub const BALANCED_ONLY: &str = "balanced-only";
    pub const BALANCED_BEST_EFFORT: &str = "balanced-best-effort";
    pub const RESERVATIONS_THEN_BALANCED: &str = "reservations-then-balanced";
}

static CAPACITY_RESERVATION_IDS: Shape =
    Shape::List { member: &ASCII_STRING_MAX_LEN255, name: "member", flattened: false, length: None };

static CAPACITY_RESERVATION_PREFERENCE: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &["capacity-reservations-only", "capacity-reservations-first", "none", "default"],
};

pub mod capacity_reservation_preference {
    pub const CAPACITY_RESERVATIONS_ONLY: &str = "capacity-reservations-only";
    pub const CAPACITY_RESERVATIONS_FIRST: &str = "capacity-reservations-first";
    pub const NONE: &str = "none";
    pub const DEFAULT: &str = "default";
}

static CAPACITY_RESERVATION_RESOURCE_GROUP_ARNS: Shape =
    Shape::List { member: &RESOURCE_NAME, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] CapacityReservationSpecification, CAPACITY_RESERVATION_SPECIFICATION;
    capacity_reservation_preference: Option<String> = Member::new("CapacityReservationPreference", &CAPACITY_RESERVATION_PREFERENCE);
    capacity_reservation_target: Option<CapacityReservationTarget> = Member::new("CapacityReservationTarget", &CAPACITY_RESERVATION_TARGET);
}

structure! { #[derive(Default)] CapacityReservationTarget, CAPACITY_RESERVATION_TARGET;
    capacity_reservation_ids: Option<Vec<String>> = Member::new("CapacityReservationIds", &CAPACITY_RESERVATION_IDS);
    capacity_reservation_resource_group_arns: Option<Vec<String>> = Member::new("CapacityReservationResourceGroupArns", &CAPACITY_RESERVATION_RESOURCE_GROUP_ARNS);
}

static CPU_MANUFACTURER: Shape =
    Shape::Text { length: None, pattern: None, values: &["intel", "amd", "amazon-web-services", "apple"] };

pub mod cpu_manufacturer {
    pub const INTEL: &str = "intel";
    pub const AMD: &str = "amd";
    pub const AMAZON_WEB_SERVICES: &str = "amazon-web-services";
    pub const APPLE: &str = "apple";
}

static CPU_MANUFACTURERS: Shape =
    Shape::List { member: &CPU_MANUFACTURER, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] CpuPerformanceFactorRequest, CPU_PERFORMANCE_FACTOR_REQUEST;
    references: Option<Vec<PerformanceFactorReferenceRequest>> = Member::new("References", &PERFORMANCE_FACTOR_REFERENCE_SET_REQUEST).named("Reference", "Reference");
}

structure! { #[derive(Default)] CustomizedMetricSpecification, CUSTOMIZED_METRIC_SPECIFICATION;
    dimensions: Option<Vec<MetricDimension>> = Member::new("Dimensions", &METRIC_DIMENSIONS);
    metric_name: Option<String> = Member::new("MetricName", &shape::TEXT);
    metrics: Option<Vec<TargetTrackingMetricDataQuery>> = Member::new("Metrics", &TARGET_TRACKING_METRIC_DATA_QUERIES);
    namespace: Option<String> = Member::new("Namespace", &shape::TEXT);
    period: Option<i64> = Member::new("Period", &shape::INTEGER);
    statistic: Option<String> = Member::new("Statistic", &shape::TEXT);
    unit: Option<String> = Member::new("Unit", &shape::TEXT);
}

static DELETION_PROTECTION: Shape =
    Shape::Text { length: None, pattern: None, values: &["none", "prevent-force-deletion", "prevent-all-deletion"] };

pub mod deletion_protection {
    pub const NONE: &str = "none";
    pub const PREVENT_FORCE_DELETION: &str = "prevent-force-deletion";
    pub const PREVENT_ALL_DELETION: &str = "prevent-all-deletion";
}

structure! { #[derive(Default)] DescribeAutoScalingInstancesType, DESCRIBE_AUTO_SCALING_INSTANCES_TYPE;
    include_managed_resources: Option<bool> = Member::new("IncludeManagedResources", &shape::BOOLEAN);
    instance_ids: Option<Vec<String>> = Member::new("InstanceIds", &INSTANCE_IDS);
    max_records: Option<i64> = Member::new("MaxRecords", &shape::INTEGER);
    next_token: Option<String> = Member::new("NextToken", &XML_STRING);
}

structure! { #[derive(Default)] DescribePoliciesType, DESCRIBE_POLICIES_TYPE;
    auto_scaling_group_name: Option<String> = Member::new("AutoScalingGroupName", &XML_STRING_MAX_LEN255);
    include_managed_resources: Option<bool> = Member::new("IncludeManagedResources", &shape::BOOLEAN);
    max_records: Option<i64> = Member::new("MaxRecords", &shape::INTEGER);
    next_token: Option<String> = Member::new("NextToken", &XML_STRING);
    policy_names: Option<Vec<String>> = Member::new("PolicyNames", &POLICY_NAMES);
    policy_types: Option<Vec<String>> = Member::new("PolicyTypes", &POLICY_TYPES);
}

structure! { #[derive(Default)] DescribeScalingActivitiesType, DESCRIBE_SCALING_ACTIVITIES_TYPE;
    activity_ids: Option<Vec<String>> = Member::new("ActivityIds", &ACTIVITY_IDS);
    auto_scaling_group_name: Option<String> = Member::new("AutoScalingGroupName", &XML_STRING_MAX_LEN255);
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTERS);
    include_deleted_groups: Option<bool> = Member::new("IncludeDeletedGroups", &shape::BOOLEAN);
    include_managed_resources: Option<bool> = Member::new("IncludeManagedResources", &shape::BOOLEAN);
    max_records: Option<i64> = Member::new("MaxRecords", &shape::INTEGER);
    next_token: Option<String> = Member::new("NextToken", &XML_STRING);
}

structure! { #[derive(Default)] DistributionSegment, DISTRIBUTION_SEGMENT;
    target_capacity_types: Option<Vec<String>> = Member::new("TargetCapacityTypes", &TARGET_CAPACITY_TYPES);
}

static DISTRIBUTION_SEGMENTS: Shape =
    Shape::List { member: &DISTRIBUTION_SEGMENT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] EnabledMetric, ENABLED_METRIC;
    granularity: Option<String> = Member::new("Granularity", &XML_STRING_MAX_LEN255);
    metric: Option<String> = Member::new("Metric", &XML_STRING_MAX_LEN255);
}

static ENABLED_METRICS: Shape = Shape::List { member: &ENABLED_METRIC, name: "member", flattened: false, length: None };

static EXCLUDED_INSTANCE: Shape =
    Shape::Text { length: Some((1, 30)), pattern: Some("[a-zA-Z0-9\\.\\*\\-]+"), values: &[] };

static EXCLUDED_INSTANCE_TYPES: Shape =
    Shape::List { member: &EXCLUDED_INSTANCE, name: "member", flattened: false, length: Some((0, 400)) };

structure! { #[derive(Default)] Filter, FILTER;
    name: Option<String> = Member::new("Name", &XML_STRING);
    values: Option<Vec<String>> = Member::new("Values", &VALUES);
}

static FILTERS: Shape = Shape::List { member: &FILTER, name: "member", flattened: false, length: None };

static IMAGE_ID: Shape = Shape::Text { length: Some((5, 21)), pattern: Some("^ami-[a-z0-9]{1,17}$"), values: &[] };

static IMPAIRED_ZONE_HEALTH_CHECK_BEHAVIOR: Shape =
    Shape::Text { length: None, pattern: None, values: &["ReplaceUnhealthy", "IgnoreUnhealthy"] };

pub mod impaired_zone_health_check_behavior {
    pub const REPLACE_UNHEALTHY: &str = "ReplaceUnhealthy";
    pub const IGNORE_UNHEALTHY: &str = "IgnoreUnhealthy";
}

structure! { #[derive(Default)] Instance, INSTANCE;
    availability_zone: String = Member::new("AvailabilityZone", &XML_STRING_MAX_LEN255).required();
    availability_zone_id: Option<String> = Member::new("AvailabilityZoneId", &XML_STRING_MAX_LEN255);
    health_status: String = Member::new("HealthStatus", &XML_STRING_MAX_LEN32).required();
    image_id: Option<String> = Member::new("ImageId", &XML_STRING_MAX_LEN255);
    instance_id: String = Member::new("InstanceId", &XML_STRING_MAX_LEN19).required();
    instance_type: Option<String> = Member::new("InstanceType", &XML_STRING_MAX_LEN255);
    launch_configuration_name: Option<String> = Member::new("LaunchConfigurationName", &XML_STRING_MAX_LEN255);
    launch_template: Option<LaunchTemplateSpecification> = Member::new("LaunchTemplate", &LAUNCH_TEMPLATE_SPECIFICATION);
    lifecycle_state: String = Member::new("LifecycleState", &shape::TEXT).required();
    protected_from_scale_in: bool = Member::new("ProtectedFromScaleIn", &shape::BOOLEAN).required();
    weighted_capacity: Option<String> = Member::new("WeightedCapacity", &XML_STRING_MAX_LEN32);
}

static INSTANCE_GENERATION: Shape = Shape::Text { length: None, pattern: None, values: &["current", "previous"] };

pub mod instance_generation {
    pub const CURRENT: &str = "current";
    pub const PREVIOUS: &str = "previous";
}

static INSTANCE_GENERATIONS: Shape =
    Shape::List { member: &INSTANCE_GENERATION, name: "member", flattened: false, length: None };

static INSTANCE_IDS: Shape =
    Shape::List { member: &XML_STRING_MAX_LEN19, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] InstanceLifecyclePolicy, INSTANCE_LIFECYCLE_POLICY;
    retention_triggers: Option<RetentionTriggers> = Member::new("RetentionTriggers", &RETENTION_TRIGGERS);
}

structure! { #[derive(Default)] InstanceMaintenancePolicy, INSTANCE_MAINTENANCE_POLICY;
    max_healthy_percentage: Option<i64> = Member::new("MaxHealthyPercentage", &INT_PERCENT100_TO200_RESETTABLE);
    min_healthy_percentage: Option<i64> = Member::new("MinHealthyPercentage", &INT_PERCENT_RESETTABLE);
}

structure! { #[derive(Default)] InstanceRequirements, INSTANCE_REQUIREMENTS;
    accelerator_count: Option<AcceleratorCountRequest> = Member::new("AcceleratorCount", &ACCELERATOR_COUNT_REQUEST);
    accelerator_manufacturers: Option<Vec<String>> = Member::new("AcceleratorManufacturers", &ACCELERATOR_MANUFACTURERS);
    accelerator_names: Option<Vec<String>> = Member::new("AcceleratorNames", &ACCELERATOR_NAMES);
    accelerator_total_memory_mi_b: Option<AcceleratorTotalMemoryMiBRequest> = Member::new("AcceleratorTotalMemoryMiB", &ACCELERATOR_TOTAL_MEMORY_MI_B_REQUEST);
    accelerator_types: Option<Vec<String>> = Member::new("AcceleratorTypes", &ACCELERATOR_TYPES);
    allowed_instance_types: Option<Vec<String>> = Member::new("AllowedInstanceTypes", &ALLOWED_INSTANCE_TYPES);
    bare_metal: Option<String> = Member::new("BareMetal", &BARE_METAL);
    baseline_ebs_bandwidth_mbps: Option<BaselineEbsBandwidthMbpsRequest> = Member::new("BaselineEbsBandwidthMbps", &BASELINE_EBS_BANDWIDTH_MBPS_REQUEST);
    baseline_performance_factors: Option<BaselinePerformanceFactorsRequest> = Member::new("BaselinePerformanceFactors", &BASELINE_PERFORMANCE_FACTORS_REQUEST);
    burstable_performance: Option<String> = Member::new("BurstablePerformance", &BURSTABLE_PERFORMANCE);
    cpu_manufacturers: Option<Vec<String>> = Member::new("CpuManufacturers", &CPU_MANUFACTURERS);
    excluded_instance_types: Option<Vec<String>> = Member::new("ExcludedInstanceTypes", &EXCLUDED_INSTANCE_TYPES);
    instance_generations: Option<Vec<String>> = Member::new("InstanceGenerations", &INSTANCE_GENERATIONS);
    local_storage: Option<String> = Member::new("LocalStorage", &LOCAL_STORAGE);
    local_storage_types: Option<Vec<String>> = Member::new("LocalStorageTypes", &LOCAL_STORAGE_TYPES);
    max_spot_price_as_percentage_of_optimal_on_demand_price: Option<i64> = Member::new("MaxSpotPriceAsPercentageOfOptimalOnDemandPrice", &NULLABLE_POSITIVE_INTEGER);
    memory_gi_b_per_v_cpu: Option<MemoryGiBPerVCpuRequest> = Member::new("MemoryGiBPerVCpu", &MEMORY_GI_B_PER_V_CPU_REQUEST);
    memory_mi_b: MemoryMiBRequest = Member::new("MemoryMiB", &MEMORY_MI_B_REQUEST).required();
    network_bandwidth_gbps: Option<NetworkBandwidthGbpsRequest> = Member::new("NetworkBandwidthGbps", &NETWORK_BANDWIDTH_GBPS_REQUEST);
    network_interface_count: Option<NetworkInterfaceCountRequest> = Member::new("NetworkInterfaceCount", &NETWORK_INTERFACE_COUNT_REQUEST);
    on_demand_max_price_percentage_over_lowest_price: Option<i64> = Member::new("OnDemandMaxPricePercentageOverLowestPrice", &NULLABLE_POSITIVE_INTEGER);
    require_hibernate_support: Option<bool> = Member::new("RequireHibernateSupport", &shape::BOOLEAN);
    spot_max_price_percentage_over_lowest_price: Option<i64> = Member::new("SpotMaxPricePercentageOverLowestPrice", &NULLABLE_POSITIVE_INTEGER);
    total_local_storage_gb: Option<TotalLocalStorageGBRequest> = Member::new("TotalLocalStorageGB", &TOTAL_LOCAL_STORAGE_GB_REQUEST);
    v_cpu_count: VCpuCountRequest = Member::new("VCpuCount", &V_CPU_COUNT_REQUEST).required();
}

structure! { #[derive(Default)] InstanceReusePolicy, INSTANCE_REUSE_POLICY;
    reuse_on_scale_in: Option<bool> = Member::new("ReuseOnScaleIn", &shape::BOOLEAN);
}

static INSTANCES: Shape = Shape::List { member: &INSTANCE, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] InstancesDistribution, INSTANCES_DISTRIBUTION;
    distribution_segments: Option<Vec<DistributionSegment>> = Member::new("DistributionSegments", &DISTRIBUTION_SEGMENTS);
    on_demand_allocation_strategy: Option<String> = Member::new("OnDemandAllocationStrategy", &XML_STRING);
    on_demand_base_capacity: Option<i64> = Member::new("OnDemandBaseCapacity", &shape::INTEGER);
    on_demand_percentage_above_base_capacity: Option<i64> = Member::new("OnDemandPercentageAboveBaseCapacity", &shape::INTEGER);
    spot_allocation_strategy: Option<String> = Member::new("SpotAllocationStrategy", &XML_STRING);
    spot_instance_pools: Option<i64> = Member::new("SpotInstancePools", &shape::INTEGER);
    spot_max_price: Option<String> = Member::new("SpotMaxPrice", &MIXED_INSTANCE_SPOT_PRICE);
}

static INT_PERCENT100_TO200_RESETTABLE: Shape = Shape::Integer(-1, 200);

static INT_PERCENT_RESETTABLE: Shape = Shape::Integer(-1, 100);

structure! { #[derive(Default)] LaunchTemplate, LAUNCH_TEMPLATE;
    launch_template_specification: Option<LaunchTemplateSpecification> = Member::new("LaunchTemplateSpecification", &LAUNCH_TEMPLATE_SPECIFICATION);
    overrides: Option<Vec<LaunchTemplateOverrides>> = Member::new("Overrides", &OVERRIDES);
}

static LAUNCH_TEMPLATE_NAME: Shape =
    Shape::Text { length: Some((3, 128)), pattern: Some("[a-zA-Z0-9\\(\\)\\.\\-/_]+"), values: &[] };

structure! { #[derive(Default)] LaunchTemplateOverrides, LAUNCH_TEMPLATE_OVERRIDES;
    image_id: Option<String> = Member::new("ImageId", &IMAGE_ID);
    instance_requirements: Option<InstanceRequirements> = Member::new("InstanceRequirements", &INSTANCE_REQUIREMENTS);
    instance_type: Option<String> = Member::new("InstanceType", &XML_STRING_MAX_LEN255);
    launch_template_specification: Option<LaunchTemplateSpecification> = Member::new("LaunchTemplateSpecification", &LAUNCH_TEMPLATE_SPECIFICATION);
    weighted_capacity: Option<String> = Member::new("WeightedCapacity", &XML_STRING_MAX_LEN32);
}

structure! { #[derive(Default)] LaunchTemplateSpecification, LAUNCH_TEMPLATE_SPECIFICATION;
    launch_template_id: Option<String> = Member::new("LaunchTemplateId", &XML_STRING_MAX_LEN255);
    launch_template_name: Option<String> = Member::new("LaunchTemplateName", &LAUNCH_TEMPLATE_NAME);
    version: Option<String> = Member::new("Version", &XML_STRING_MAX_LEN255);
}

pub mod lifecycle_state {
    pub const PENDING: &str = "Pending";
    pub const PENDING_WAIT: &str = "Pending:Wait";
    pub const PENDING_PROCEED: &str = "Pending:Proceed";
    pub const QUARANTINED: &str = "Quarantined";
    pub const IN_SERVICE: &str = "InService";
    pub const TERMINATING: &str = "Terminating";
    pub const TERMINATING_WAIT: &str = "Terminating:Wait";
    pub const TERMINATING_PROCEED: &str = "Terminating:Proceed";
    pub const TERMINATING_RETAINED: &str = "Terminating:Retained";
    pub const TERMINATED: &str = "Terminated";
    pub const DETACHING: &str = "Detaching";
    pub const DETACHED: &str = "Detached";
    pub const ENTERING_STANDBY: &str = "EnteringStandby";
    pub const STANDBY: &str = "Standby";
    pub const REPLACING_ROOT_VOLUME: &str = "ReplacingRootVolume";
    pub const REPLACING_ROOT_VOLUME_WAIT: &str = "ReplacingRootVolume:Wait";
    pub const REPLACING_ROOT_VOLUME_PROCEED: &str = "ReplacingRootVolume:Proceed";
    pub const ROOT_VOLUME_REPLACED: &str = "RootVolumeReplaced";
    pub const WARMED_PENDING: &str = "Warmed:Pending";
    pub const WARMED_PENDING_WAIT: &str = "Warmed:Pending:Wait";
    pub const WARMED_PENDING_PROCEED: &str = "Warmed:Pending:Proceed";
    pub const WARMED_PENDING_RETAINED: &str = "Warmed:Pending:Retained";
    pub const WARMED_TERMINATING: &str = "Warmed:Terminating";
    pub const WARMED_TERMINATING_WAIT: &str = "Warmed:Terminating:Wait";
    pub const WARMED_TERMINATING_PROCEED: &str = "Warmed:Terminating:Proceed";
    pub const WARMED_TERMINATING_RETAINED: &str = "Warmed:Terminating:Retained";
    pub const WARMED_TERMINATED: &str = "Warmed:Terminated";
    pub const WARMED_STOPPED: &str = "Warmed:Stopped";
    pub const WARMED_RUNNING: &str = "Warmed:Running";
    pub const WARMED_HIBERNATED: &str = "Warmed:Hibernated";
}

static LOAD_BALANCER_NAMES: Shape =
    Shape::List { member: &XML_STRING_MAX_LEN255, name: "member", flattened: false, length: None };

static LOCAL_STORAGE: Shape =
    Shape::Text { length: None, pattern: None, values: &["included", "excluded", "required"] };

pub mod local_storage {
    pub const INCLUDED: &str = "included";
    pub const EXCLUDED: &str = "excluded";
    pub const REQUIRED: &str = "required";
}

static LOCAL_STORAGE_TYPE: Shape = Shape::Text { length: None, pattern: None, values: &["hdd", "ssd"] };

pub mod local_storage_type {
    pub const HDD: &str = "hdd";
    pub const SSD: &str = "ssd";
}

static LOCAL_STORAGE_TYPES: Shape =
    Shape::List { member: &LOCAL_STORAGE_TYPE, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] MemoryGiBPerVCpuRequest, MEMORY_GI_B_PER_V_CPU_REQUEST;
    max: Option<f64> = Member::new("Max", &shape::DOUBLE);
    min: Option<f64> = Member::new("Min", &shape::DOUBLE);
}

structure! { #[derive(Default)] MemoryMiBRequest, MEMORY_MI_B_REQUEST;
    max: Option<i64> = Member::new("Max", &NULLABLE_POSITIVE_INTEGER);
    min: i64 = Member::new("Min", &NULLABLE_POSITIVE_INTEGER).required();
}

structure! { #[derive(Default)] Metric, METRIC;
    dimensions: Option<Vec<MetricDimension>> = Member::new("Dimensions", &METRIC_DIMENSIONS);
    metric_name: String = Member::new("MetricName", &shape::TEXT).required();
    namespace: String = Member::new("Namespace", &shape::TEXT).required();
}

static METRIC_DATA_QUERIES: Shape =
    Shape::List { member: &METRIC_DATA_QUERY, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] MetricDataQuery, METRIC_DATA_QUERY;
    expression: Option<String> = Member::new("Expression", &shape::TEXT);
    id: String = Member::new("Id", &XML_STRING_MAX_LEN255).required();
    label: Option<String> = Member::new("Label", &shape::TEXT);
    metric_stat: Option<MetricStat> = Member::new("MetricStat", &METRIC_STAT);
    return_data: Option<bool> = Member::new("ReturnData", &shape::BOOLEAN);
}

structure! { #[derive(Default)] MetricDimension, METRIC_DIMENSION;
    name: String = Member::new("Name", &shape::TEXT).required();
    value: String = Member::new("Value", &shape::TEXT).required();
}

static METRIC_DIMENSIONS: Shape =
    Shape::List { member: &METRIC_DIMENSION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] MetricStat, METRIC_STAT;
    metric: Metric = Member::new("Metric", &METRIC).required();
    stat: String = Member::new("Stat", &shape::TEXT).required();
    unit: Option<String> = Member::new("Unit", &shape::TEXT);
}

pub mod metric_statistic {
    pub const AVERAGE: &str = "Average";
    pub const MINIMUM: &str = "Minimum";
    pub const MAXIMUM: &str = "Maximum";
    pub const SAMPLE_COUNT: &str = "SampleCount";
    pub const SUM: &str = "Sum";
}

pub mod metric_type {
    pub const ASG_AVERAGE_CPU_UTILIZATION: &str = "ASGAverageCPUUtilization";
    pub const ASG_AVERAGE_CPU_UTILIZATION_HIGH_RESOLUTION: &str = "ASGAverageCPUUtilizationHighResolution";
    pub const ASG_AVERAGE_NETWORK_IN: &str = "ASGAverageNetworkIn";
    pub const ASG_AVERAGE_NETWORK_OUT: &str = "ASGAverageNetworkOut";
    pub const ALB_REQUEST_COUNT_PER_TARGET: &str = "ALBRequestCountPerTarget";
}

static MIXED_INSTANCE_SPOT_PRICE: Shape = Shape::Text { length: Some((0, 255)), pattern: None, values: &[] };

structure! { #[derive(Default)] MixedInstancesPolicy, MIXED_INSTANCES_POLICY;
    instances_distribution: Option<InstancesDistribution> = Member::new("InstancesDistribution", &INSTANCES_DISTRIBUTION);
    launch_template: Option<LaunchTemplate> = Member::new("LaunchTemplate", &LAUNCH_TEMPLATE);
}

structure! { #[derive(Default)] NetworkBandwidthGbpsRequest, NETWORK_BANDWIDTH_GBPS_REQUEST;
    max: Option<f64> = Member::new("Max", &shape::DOUBLE);
    min: Option<f64> = Member::new("Min", &shape::DOUBLE);
}

structure! { #[derive(Default)] NetworkInterfaceCountRequest, NETWORK_INTERFACE_COUNT_REQUEST;
    max: Option<i64> = Member::new("Max", &NULLABLE_POSITIVE_INTEGER);
    min: Option<i64> = Member::new("Min", &NULLABLE_POSITIVE_INTEGER);
}

static NULLABLE_POSITIVE_INTEGER: Shape = Shape::Integer(0, 2147483647);

structure! { #[derive(Default)] Operator, OPERATOR;
    principal: String = Member::new("Principal", &shape::TEXT).required();
}

static OVERRIDES: Shape =
    Shape::List { member: &LAUNCH_TEMPLATE_OVERRIDES, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] PerformanceFactorReferenceRequest, PERFORMANCE_FACTOR_REFERENCE_REQUEST;
    instance_family: Option<String> = Member::new("InstanceFamily", &shape::TEXT);
}

static PERFORMANCE_FACTOR_REFERENCE_SET_REQUEST: Shape =
    Shape::List { member: &PERFORMANCE_FACTOR_REFERENCE_REQUEST, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] PoliciesType, POLICIES_TYPE;
    next_token: Option<String> = Member::new("NextToken", &XML_STRING);
    scaling_policies: Option<Vec<ScalingPolicy>> = Member::new("ScalingPolicies", &SCALING_POLICIES);
}

static POLICY_NAMES: Shape = Shape::List { member: &RESOURCE_NAME, name: "member", flattened: false, length: None };

static POLICY_TYPES: Shape =
    Shape::List { member: &XML_STRING_MAX_LEN64, name: "member", flattened: false, length: None };

pub mod predefined_load_metric_type {
    pub const ASG_TOTAL_CPU_UTILIZATION: &str = "ASGTotalCPUUtilization";
    pub const ASG_TOTAL_NETWORK_IN: &str = "ASGTotalNetworkIn";
    pub const ASG_TOTAL_NETWORK_OUT: &str = "ASGTotalNetworkOut";
    pub const ALB_TARGET_GROUP_REQUEST_COUNT: &str = "ALBTargetGroupRequestCount";
}

pub mod predefined_metric_pair_type {
    pub const ASGCPU_UTILIZATION: &str = "ASGCPUUtilization";
    pub const ASG_NETWORK_IN: &str = "ASGNetworkIn";
    pub const ASG_NETWORK_OUT: &str = "ASGNetworkOut";
    pub const ALB_REQUEST_COUNT: &str = "ALBRequestCount";
}

structure! { #[derive(Default)] PredefinedMetricSpecification, PREDEFINED_METRIC_SPECIFICATION;
    predefined_metric_type: String = Member::new("PredefinedMetricType", &shape::TEXT).required();
    resource_label: Option<String> = Member::new("ResourceLabel", &shape::TEXT);
}

pub mod predefined_scaling_metric_type {
    pub const ASG_AVERAGE_CPU_UTILIZATION: &str = "ASGAverageCPUUtilization";
    pub const ASG_AVERAGE_NETWORK_IN: &str = "ASGAverageNetworkIn";
    pub const ASG_AVERAGE_NETWORK_OUT: &str = "ASGAverageNetworkOut";
    pub const ALB_REQUEST_COUNT_PER_TARGET: &str = "ALBRequestCountPerTarget";
}

structure! { #[derive(Default)] PredictiveScalingConfiguration, PREDICTIVE_SCALING_CONFIGURATION;
    max_capacity_breach_behavior: Option<String> = Member::new("MaxCapacityBreachBehavior", &shape::TEXT);
    max_capacity_buffer: Option<i64> = Member::new("MaxCapacityBuffer", &shape::INTEGER);
    metric_specifications: Vec<PredictiveScalingMetricSpecification> = Member::new("MetricSpecifications", &PREDICTIVE_SCALING_METRIC_SPECIFICATIONS).required();
    mode: Option<String> = Member::new("Mode", &shape::TEXT);
    scheduling_buffer_time: Option<i64> = Member::new("SchedulingBufferTime", &shape::INTEGER);
}

structure! { #[derive(Default)] PredictiveScalingCustomizedCapacityMetric, PREDICTIVE_SCALING_CUSTOMIZED_CAPACITY_METRIC;
    metric_data_queries: Vec<MetricDataQuery> = Member::new("MetricDataQueries", &METRIC_DATA_QUERIES).required();
}

structure! { #[derive(Default)] PredictiveScalingCustomizedLoadMetric, PREDICTIVE_SCALING_CUSTOMIZED_LOAD_METRIC;
    metric_data_queries: Vec<MetricDataQuery> = Member::new("MetricDataQueries", &METRIC_DATA_QUERIES).required();
}

structure! { #[derive(Default)] PredictiveScalingCustomizedScalingMetric, PREDICTIVE_SCALING_CUSTOMIZED_SCALING_METRIC;
    metric_data_queries: Vec<MetricDataQuery> = Member::new("MetricDataQueries", &METRIC_DATA_QUERIES).required();
}

pub mod predictive_scaling_max_capacity_breach_behavior {
    pub const HONOR_MAX_CAPACITY: &str = "HonorMaxCapacity";
    pub const INCREASE_MAX_CAPACITY: &str = "IncreaseMaxCapacity";
}

structure! { #[derive(Default)] PredictiveScalingMetricSpecification, PREDICTIVE_SCALING_METRIC_SPECIFICATION;
    customized_capacity_metric_specification: Option<PredictiveScalingCustomizedCapacityMetric> = Member::new("CustomizedCapacityMetricSpecification", &PREDICTIVE_SCALING_CUSTOMIZED_CAPACITY_METRIC);
    customized_load_metric_specification: Option<PredictiveScalingCustomizedLoadMetric> = Member::new("CustomizedLoadMetricSpecification", &PREDICTIVE_SCALING_CUSTOMIZED_LOAD_METRIC);
    customized_scaling_metric_specification: Option<PredictiveScalingCustomizedScalingMetric> = Member::new("CustomizedScalingMetricSpecification", &PREDICTIVE_SCALING_CUSTOMIZED_SCALING_METRIC);
    predefined_load_metric_specification: Option<PredictiveScalingPredefinedLoadMetric> = Member::new("PredefinedLoadMetricSpecification", &PREDICTIVE_SCALING_PREDEFINED_LOAD_METRIC);
    predefined_metric_pair_specification: Option<PredictiveScalingPredefinedMetricPair> = Member::new("PredefinedMetricPairSpecification", &PREDICTIVE_SCALING_PREDEFINED_METRIC_PAIR);
    predefined_scaling_metric_specification: Option<PredictiveScalingPredefinedScalingMetric> = Member::new("PredefinedScalingMetricSpecification", &PREDICTIVE_SCALING_PREDEFINED_SCALING_METRIC);
    target_value: f64 = Member::new("TargetValue", &shape::DOUBLE).required();
}

static PREDICTIVE_SCALING_METRIC_SPECIFICATIONS: Shape =
    Shape::List { member: &PREDICTIVE_SCALING_METRIC_SPECIFICATION, name: "member", flattened: false, length: None };

pub mod predictive_scaling_mode {
    pub const FORECAST_AND_SCALE: &str = "ForecastAndScale";
    pub const FORECAST_ONLY: &str = "ForecastOnly";
}

structure! { #[derive(Default)] PredictiveScalingPredefinedLoadMetric, PREDICTIVE_SCALING_PREDEFINED_LOAD_METRIC;
    predefined_metric_type: String = Member::new("PredefinedMetricType", &shape::TEXT).required();
    resource_label: Option<String> = Member::new("ResourceLabel", &shape::TEXT);
}

structure! { #[derive(Default)] PredictiveScalingPredefinedMetricPair, PREDICTIVE_SCALING_PREDEFINED_METRIC_PAIR;
    predefined_metric_type: String = Member::new("PredefinedMetricType", &shape::TEXT).required();
    resource_label: Option<String> = Member::new("ResourceLabel", &shape::TEXT);
}

structure! { #[derive(Default)] PredictiveScalingPredefinedScalingMetric, PREDICTIVE_SCALING_PREDEFINED_SCALING_METRIC;
    predefined_metric_type: String = Member::new("PredefinedMetricType", &shape::TEXT).required();
    resource_label: Option<String> = Member::new("ResourceLabel", &shape::TEXT);
}

static RESOURCE_NAME: Shape = Shape::Text {
    length: Some((1, 1600)),
    pattern: Some("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*"),
    values: &[],
};

static RETENTION_ACTION: Shape = Shape::Text { length: None, pattern: None, values: &["retain", "terminate"] };

pub mod retention_action {
    pub const RETAIN: &str = "retain";
    pub const TERMINATE: &str = "terminate";
}

structure! { #[derive(Default)] RetentionTriggers, RETENTION_TRIGGERS;
    terminate_hook_abandon: Option<String> = Member::new("TerminateHookAbandon", &RETENTION_ACTION);
}

pub mod scaling_activity_status_code {
    pub const PENDING_SPOT_BID_PLACEMENT: &str = "PendingSpotBidPlacement";
    pub const WAITING_FOR_SPOT_INSTANCE_REQUEST_ID: &str = "WaitingForSpotInstanceRequestId";
    pub const WAITING_FOR_SPOT_INSTANCE_ID: &str = "WaitingForSpotInstanceId";
    pub const WAITING_FOR_INSTANCE_ID: &str = "WaitingForInstanceId";
    pub const PRE_IN_SERVICE: &str = "PreInService";
    pub const IN_PROGRESS: &str = "InProgress";
    pub const WAITING_FOR_ELB_CONNECTION_DRAINING: &str = "WaitingForELBConnectionDraining";
    pub const MID_LIFECYCLE_ACTION: &str = "MidLifecycleAction";
    pub const WAITING_FOR_INSTANCE_WARMUP: &str = "WaitingForInstanceWarmup";
    pub const SUCCESSFUL: &str = "Successful";
    pub const FAILED: &str = "Failed";
    pub const CANCELLED: &str = "Cancelled";
    pub const WAITING_FOR_CONNECTION_DRAINING: &str = "WaitingForConnectionDraining";
    pub const WAITING_FOR_IN_PLACE_UPDATE_TO_START: &str = "WaitingForInPlaceUpdateToStart";
    pub const WAITING_FOR_IN_PLACE_UPDATE_TO_FINALIZE: &str = "WaitingForInPlaceUpdateToFinalize";
    pub const IN_PLACE_UPDATE_IN_PROGRESS: &str = "InPlaceUpdateInProgress";
}

static SCALING_POLICIES: Shape =
    Shape::List { member: &SCALING_POLICY, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ScalingPolicy, SCALING_POLICY;
    adjustment_type: Option<String> = Member::new("AdjustmentType", &XML_STRING_MAX_LEN255);
    alarms: Option<Vec<Alarm>> = Member::new("Alarms", &ALARMS);
    auto_scaling_group_name: Option<String> = Member::new("AutoScalingGroupName", &XML_STRING_MAX_LEN255);
    cooldown: Option<i64> = Member::new("Cooldown", &shape::INTEGER);
    enabled: Option<bool> = Member::new("Enabled", &shape::BOOLEAN);
    estimated_instance_warmup: Option<i64> = Member::new("EstimatedInstanceWarmup", &shape::INTEGER);
    metric_aggregation_type: Option<String> = Member::new("MetricAggregationType", &XML_STRING_MAX_LEN32);
    min_adjustment_magnitude: Option<i64> = Member::new("MinAdjustmentMagnitude", &shape::INTEGER);
    min_adjustment_step: Option<i64> = Member::new("MinAdjustmentStep", &shape::INTEGER);
    policy_arn: Option<String> = Member::new("PolicyARN", &RESOURCE_NAME);
    policy_name: Option<String> = Member::new("PolicyName", &XML_STRING_MAX_LEN255);
    policy_type: Option<String> = Member::new("PolicyType", &XML_STRING_MAX_LEN64);
    predictive_scaling_configuration: Option<PredictiveScalingConfiguration> = Member::new("PredictiveScalingConfiguration", &PREDICTIVE_SCALING_CONFIGURATION);
    scaling_adjustment: Option<i64> = Member::new("ScalingAdjustment", &shape::INTEGER);
    step_adjustments: Option<Vec<StepAdjustment>> = Member::new("StepAdjustments", &STEP_ADJUSTMENTS);
    target_tracking_configuration: Option<TargetTrackingConfiguration> = Member::new("TargetTrackingConfiguration", &TARGET_TRACKING_CONFIGURATION);
}

structure! { #[derive(Default)] SetDesiredCapacityType, SET_DESIRED_CAPACITY_TYPE;
    auto_scaling_group_name: String = Member::new("AutoScalingGroupName", &XML_STRING_MAX_LEN255).required();
    desired_capacity: i64 = Member::new("DesiredCapacity", &shape::INTEGER).required();
    honor_cooldown: Option<bool> = Member::new("HonorCooldown", &shape::BOOLEAN);
}

structure! { #[derive(Default)] StepAdjustment, STEP_ADJUSTMENT;
    metric_interval_lower_bound: Option<f64> = Member::new("MetricIntervalLowerBound", &shape::DOUBLE);
    metric_interval_upper_bound: Option<f64> = Member::new("MetricIntervalUpperBound", &shape::DOUBLE);
    scaling_adjustment: i64 = Member::new("ScalingAdjustment", &shape::INTEGER).required();
}

static STEP_ADJUSTMENTS: Shape =
    Shape::List { member: &STEP_ADJUSTMENT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] SuspendedProcess, SUSPENDED_PROCESS;
    process_name: Option<String> = Member::new("ProcessName", &XML_STRING_MAX_LEN255);
    suspension_reason: Option<String> = Member::new("SuspensionReason", &XML_STRING_MAX_LEN255);
}

static SUSPENDED_PROCESSES: Shape =
    Shape::List { member: &SUSPENDED_PROCESS, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] TagDescription, TAG_DESCRIPTION;
    key: Option<String> = Member::new("Key", &shape::TEXT);
    propagate_at_launch: Option<bool> = Member::new("PropagateAtLaunch", &shape::BOOLEAN);
    resource_id: Option<String> = Member::new("ResourceId", &XML_STRING);
    resource_type: Option<String> = Member::new("ResourceType", &XML_STRING);
    value: Option<String> = Member::new("Value", &shape::TEXT);
}

static TAG_DESCRIPTION_LIST: Shape =
    Shape::List { member: &TAG_DESCRIPTION, name: "member", flattened: false, length: None };

static TARGET_CAPACITY_TYPE: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &["on-demand-capacity-reservation", "capacity-block", "interruptible-capacity-reservation", "on-demand"],
};

pub mod target_capacity_type {
    pub const ON_DEMAND_CAPACITY_RESERVATION: &str = "on-demand-capacity-reservation";
    pub const CAPACITY_BLOCK: &str = "capacity-block";
    pub const INTERRUPTIBLE_CAPACITY_RESERVATION: &str = "interruptible-capacity-reservation";
    pub const ON_DEMAND: &str = "on-demand";
}

static TARGET_CAPACITY_TYPES: Shape =
    Shape::List { member: &TARGET_CAPACITY_TYPE, name: "member", flattened: false, length: None };

static TARGET_GROUP_AR_NS: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] TargetTrackingConfiguration, TARGET_TRACKING_CONFIGURATION;
    customized_metric_specification: Option<CustomizedMetricSpecification> = Member::new("CustomizedMetricSpecification", &CUSTOMIZED_METRIC_SPECIFICATION);
    disable_scale_in: Option<bool> = Member::new("DisableScaleIn", &shape::BOOLEAN);
    predefined_metric_specification: Option<PredefinedMetricSpecification> = Member::new("PredefinedMetricSpecification", &PREDEFINED_METRIC_SPECIFICATION);
    target_value: f64 = Member::new("TargetValue", &shape::DOUBLE).required();
}

static TARGET_TRACKING_METRIC_DATA_QUERIES: Shape =
    Shape::List { member: &TARGET_TRACKING_METRIC_DATA_QUERY, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] TargetTrackingMetricDataQuery, TARGET_TRACKING_METRIC_DATA_QUERY;
    expression: Option<String> = Member::new("Expression", &shape::TEXT);
    id: String = Member::new("Id", &XML_STRING_MAX_LEN64).required();
    label: Option<String> = Member::new("Label", &shape::TEXT);
    metric_stat: Option<TargetTrackingMetricStat> = Member::new("MetricStat", &TARGET_TRACKING_METRIC_STAT);
    period: Option<i64> = Member::new("Period", &shape::INTEGER);
    return_data: Option<bool> = Member::new("ReturnData", &shape::BOOLEAN);
}

structure! { #[derive(Default)] TargetTrackingMetricStat, TARGET_TRACKING_METRIC_STAT;
    metric: Metric = Member::new("Metric", &METRIC).required();
    period: Option<i64> = Member::new("Period", &shape::INTEGER);
    stat: String = Member::new("Stat", &shape::TEXT).required();
    unit: Option<String> = Member::new("Unit", &shape::TEXT);
}

structure! { #[derive(Default)] TerminateInstanceInAutoScalingGroupType, TERMINATE_INSTANCE_IN_AUTO_SCALING_GROUP_TYPE;
    auto_scaling_group_name: Option<String> = Member::new("AutoScalingGroupName", &XML_STRING_MAX_LEN255);
    instance_id: Option<String> = Member::new("InstanceId", &XML_STRING_MAX_LEN19);
    instance_ids: Option<Vec<String>> = Member::new("InstanceIds", &TERMINATION_INSTANCE_IDS);
    should_decrement_desired_capacity: bool = Member::new("ShouldDecrementDesiredCapacity", &shape::BOOLEAN).required();
}

static TERMINATION_INSTANCE_IDS: Shape =
    Shape::List { member: &XML_STRING_MAX_LEN19, name: "member", flattened: false, length: Some((1, 100)) };

static TERMINATION_POLICIES: Shape =
    Shape::List { member: &XML_STRING_MAX_LEN1600, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] TotalLocalStorageGBRequest, TOTAL_LOCAL_STORAGE_GB_REQUEST;
    max: Option<f64> = Member::new("Max", &shape::DOUBLE);
    min: Option<f64> = Member::new("Min", &shape::DOUBLE);
}

structure! { #[derive(Default)] TrafficSourceIdentifier, TRAFFIC_SOURCE_IDENTIFIER;
    identifier: String = Member::new("Identifier", &shape::TEXT).required();
    r#type: Option<String> = Member::new("Type", &shape::TEXT);
}

static TRAFFIC_SOURCES: Shape =
    Shape::List { member: &TRAFFIC_SOURCE_IDENTIFIER, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] UpdateAutoScalingGroupType, UPDATE_AUTO_SCALING_GROUP_TYPE;
    auto_scaling_group_name: String = Member::new("AutoScalingGroupName", &XML_STRING_MAX_LEN255).required();
    availability_zone_distribution: Option<AvailabilityZoneDistribution> = Member::new("AvailabilityZoneDistribution", &AVAILABILITY_ZONE_DISTRIBUTION);
    availability_zone_ids: Option<Vec<String>> = Member::new("AvailabilityZoneIds", &AVAILABILITY_ZONE_IDS);
    availability_zone_impairment_policy: Option<AvailabilityZoneImpairmentPolicy> = Member::new("AvailabilityZoneImpairmentPolicy", &AVAILABILITY_ZONE_IMPAIRMENT_POLICY);
    availability_zones: Option<Vec<String>> = Member::new("AvailabilityZones", &AVAILABILITY_ZONES);
    capacity_rebalance: Option<bool> = Member::new("CapacityRebalance", &shape::BOOLEAN);
    capacity_reservation_specification: Option<CapacityReservationSpecification> = Member::new("CapacityReservationSpecification", &CAPACITY_RESERVATION_SPECIFICATION);
    context: Option<String> = Member::new("Context", &shape::TEXT);
    default_cooldown: Option<i64> = Member::new("DefaultCooldown", &shape::INTEGER);
    default_instance_warmup: Option<i64> = Member::new("DefaultInstanceWarmup", &shape::INTEGER);
    deletion_protection: Option<String> = Member::new("DeletionProtection", &DELETION_PROTECTION);
    desired_capacity: Option<i64> = Member::new("DesiredCapacity", &shape::INTEGER);
    desired_capacity_type: Option<String> = Member::new("DesiredCapacityType", &XML_STRING_MAX_LEN255);
    health_check_grace_period: Option<i64> = Member::new("HealthCheckGracePeriod", &shape::INTEGER);
    health_check_type: Option<String> = Member::new("HealthCheckType", &XML_STRING_MAX_LEN32);
    instance_lifecycle_policy: Option<InstanceLifecyclePolicy> = Member::new("InstanceLifecyclePolicy", &INSTANCE_LIFECYCLE_POLICY);
    instance_maintenance_policy: Option<InstanceMaintenancePolicy> = Member::new("InstanceMaintenancePolicy", &INSTANCE_MAINTENANCE_POLICY);
    launch_configuration_name: Option<String> = Member::new("LaunchConfigurationName", &XML_STRING_MAX_LEN255);
    launch_template: Option<LaunchTemplateSpecification> = Member::new("LaunchTemplate", &LAUNCH_TEMPLATE_SPECIFICATION);
    max_instance_lifetime: Option<i64> = Member::new("MaxInstanceLifetime", &shape::INTEGER);
    max_size: Option<i64> = Member::new("MaxSize", &shape::INTEGER);
    min_size: Option<i64> = Member::new("MinSize", &shape::INTEGER);
    mixed_instances_policy: Option<MixedInstancesPolicy> = Member::new("MixedInstancesPolicy", &MIXED_INSTANCES_POLICY);
    new_instances_protected_from_scale_in: Option<bool> = Member::new("NewInstancesProtectedFromScaleIn", &shape::BOOLEAN);
    placement_group: Option<String> = Member::new("PlacementGroup", &UPDATE_PLACEMENT_GROUP_PARAM);
    service_linked_role_arn: Option<String> = Member::new("ServiceLinkedRoleARN", &RESOURCE_NAME);
    skip_zonal_shift_validation: Option<bool> = Member::new("SkipZonalShiftValidation", &shape::BOOLEAN);
    termination_policies: Option<Vec<String>> = Member::new("TerminationPolicies", &TERMINATION_POLICIES);
    vpc_zone_identifier: Option<String> = Member::new("VPCZoneIdentifier", &XML_STRING_MAX_LEN5000);
}

static UPDATE_PLACEMENT_GROUP_PARAM: Shape = Shape::Text {
    length: Some((0, 255)),
    pattern: Some("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*"),
    values: &[],
};

structure! { #[derive(Default)] VCpuCountRequest, V_CPU_COUNT_REQUEST;
    max: Option<i64> = Member::new("Max", &NULLABLE_POSITIVE_INTEGER);
    min: i64 = Member::new("Min", &NULLABLE_POSITIVE_INTEGER).required();
}

static VALUES: Shape = Shape::List { member: &XML_STRING, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] WarmPoolConfiguration, WARM_POOL_CONFIGURATION;
    instance_reuse_policy: Option<InstanceReusePolicy> = Member::new("InstanceReusePolicy", &INSTANCE_REUSE_POLICY);
    max_group_prepared_capacity: Option<i64> = Member::new("MaxGroupPreparedCapacity", &shape::INTEGER);
    min_size: Option<i64> = Member::new("MinSize", &shape::INTEGER);
    pool_state: Option<String> = Member::new("PoolState", &shape::TEXT);
    status: Option<String> = Member::new("Status", &shape::TEXT);
}

pub mod warm_pool_state {
    pub const STOPPED: &str = "Stopped";
    pub const RUNNING: &str = "Running";
    pub const HIBERNATED: &str = "Hibernated";
}

pub mod warm_pool_status {
    pub const PENDING_DELETE: &str = "PendingDelete";
}

static XML_STRING: Shape = Shape::Text {
    length: None,
    pattern: Some("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*"),
    values: &[],
};

static XML_STRING_MAX_LEN1600: Shape = Shape::Text {
    length: Some((1, 1600)),
    pattern: Some("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*"),
    values: &[],
};

static XML_STRING_MAX_LEN19: Shape = Shape::Text {
    length: Some((1, 19)),
    pattern: Some("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*"),
    values: &[],
};

static XML_STRING_MAX_LEN255: Shape = Shape::Text {
    length: Some((1, 255)),
    pattern: Some("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*"),
    values: &[],
};

static XML_STRING_MAX_LEN32: Shape = Shape::Text {
    length: Some((1, 32)),
    pattern: Some("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*"),
    values: &[],
};

static XML_STRING_MAX_LEN5000: Shape = Shape::Text {
    length: Some((1, 5000)),
    pattern: Some("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*"),
    values: &[],
};

static XML_STRING_MAX_LEN64: Shape = Shape::Text {
    length: Some((1, 64)),
    pattern: Some("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*"),
    values: &[],
};

/// The errors that the operations name.
pub mod error {
    use super::Code;

    pub const INVALID_NEXT_TOKEN: Code = Code { code: "InvalidNextToken", shape: "InvalidNextToken", status: 400 };
    pub const RESOURCE_CONTENTION_FAULT: Code =
        Code { code: "ResourceContention", shape: "ResourceContentionFault", status: 500 };
    pub const SCALING_ACTIVITY_IN_PROGRESS_FAULT: Code =
        Code { code: "ScalingActivityInProgress", shape: "ScalingActivityInProgressFault", status: 400 };
    pub const SERVICE_LINKED_ROLE_FAILURE: Code =
        Code { code: "ServiceLinkedRoleFailure", shape: "ServiceLinkedRoleFailure", status: 500 };
}

operations! {
    DescribeAutoScalingGroups(super::AutoScalingGroupNamesType, &AUTO_SCALING_GROUP_NAMES_TYPE) -> (super::AutoScalingGroupsType, &AUTO_SCALING_GROUPS_TYPE, Some("DescribeAutoScalingGroupsResult"));
    DescribeAutoScalingInstances(super::DescribeAutoScalingInstancesType, &DESCRIBE_AUTO_SCALING_INSTANCES_TYPE) -> (super::AutoScalingInstancesType, &AUTO_SCALING_INSTANCES_TYPE, Some("DescribeAutoScalingInstancesResult"));
    DescribePolicies(super::DescribePoliciesType, &DESCRIBE_POLICIES_TYPE) -> (super::PoliciesType, &POLICIES_TYPE, Some("DescribePoliciesResult"));
    DescribeScalingActivities(super::DescribeScalingActivitiesType, &DESCRIBE_SCALING_ACTIVITIES_TYPE) -> (super::ActivitiesType, &ACTIVITIES_TYPE, Some("DescribeScalingActivitiesResult"));
    SetDesiredCapacity(super::SetDesiredCapacityType, &SET_DESIRED_CAPACITY_TYPE) -> ((), &shape::NOTHING, None);
    TerminateInstanceInAutoScalingGroup(super::TerminateInstanceInAutoScalingGroupType, &TERMINATE_INSTANCE_IN_AUTO_SCALING_GROUP_TYPE) -> (super::ActivityType, &ACTIVITY_TYPE, Some("TerminateInstanceInAutoScalingGroupResult"));
    UpdateAutoScalingGroup(super::UpdateAutoScalingGroupType, &UPDATE_AUTO_SCALING_GROUP_TYPE) -> ((), &shape::NOTHING, None);
}

/// The service.
pub static MODEL: Model = Model {
    signing_name: "autoscaling",
    action_prefix: "autoscaling",
    version: "2011-01-01",
    protocol: Protocol::Query,
    namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/",
    target: "",
    query_compatible: false,
    error_prefix: "",
    operations: OPERATIONS,
};
