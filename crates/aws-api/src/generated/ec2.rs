//! Amazon Elastic Compute Cloud, version 2016-11-15: made by `cargo xtask codegen` from the model of botocore 1.44.8. Do not edit.
//!
//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, Version 2.0.
#![allow(unused_imports, clippy::large_enum_variant)]

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::shape::{self, Code, Member, Model, Protocol, Shape};
use crate::codec::{operations, structure};

pub mod amd_sev_snp_specification {
    pub const ENABLED: &str = "enabled";
    pub const DISABLED: &str = "disabled";
}

pub mod architecture_values {
    pub const I386: &str = "i386";
    pub const X86_64: &str = "x86_64";
    pub const ARM64: &str = "arm64";
    pub const X86_64_MAC: &str = "x86_64_mac";
    pub const ARM64_MAC: &str = "arm64_mac";
}

pub mod attachment_status {
    pub const ATTACHING: &str = "attaching";
    pub const ATTACHED: &str = "attached";
    pub const DETACHING: &str = "detaching";
    pub const DETACHED: &str = "detached";
}

structure! { #[derive(Default)] AuthorizeSecurityGroupEgressRequest, AUTHORIZE_SECURITY_GROUP_EGRESS_REQUEST;
    cidr_ip: Option<String> = Member::new("CidrIp", &shape::TEXT).named("cidrIp", "CidrIp");
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    from_port: Option<i64> = Member::new("FromPort", &shape::INTEGER).named("fromPort", "FromPort");
    group_id: String = Member::new("GroupId", &shape::TEXT).named("groupId", "GroupId").required();
    ip_permissions: Option<Vec<IpPermission>> = Member::new("IpPermissions", &IP_PERMISSION_LIST).named("ipPermissions", "IpPermissions");
    ip_protocol: Option<String> = Member::new("IpProtocol", &shape::TEXT).named("ipProtocol", "IpProtocol");
    source_security_group_name: Option<String> = Member::new("SourceSecurityGroupName", &shape::TEXT).named("sourceSecurityGroupName", "SourceSecurityGroupName");
    source_security_group_owner_id: Option<String> = Member::new("SourceSecurityGroupOwnerId", &shape::TEXT).named("sourceSecurityGroupOwnerId", "SourceSecurityGroupOwnerId");
    tag_specifications: Option<Vec<TagSpecification>> = Member::new("TagSpecifications", &TAG_SPECIFICATION_LIST).named("TagSpecification", "TagSpecification");
    to_port: Option<i64> = Member::new("ToPort", &shape::INTEGER).named("toPort", "ToPort");
}

structure! { #[derive(Default)] AuthorizeSecurityGroupEgressResult, AUTHORIZE_SECURITY_GROUP_EGRESS_RESULT;
    r#return: Option<bool> = Member::new("Return", &shape::BOOLEAN).named("return", "Return");
    security_group_rules: Option<Vec<SecurityGroupRule>> = Member::new("SecurityGroupRules", &SECURITY_GROUP_RULE_LIST).named("securityGroupRuleSet", "SecurityGroupRuleSet");
}

structure! { #[derive(Default)] AuthorizeSecurityGroupIngressRequest, AUTHORIZE_SECURITY_GROUP_INGRESS_REQUEST;
    cidr_ip: Option<String> = Member::new("CidrIp", &shape::TEXT);
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    from_port: Option<i64> = Member::new("FromPort", &shape::INTEGER);
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT);
    group_name: Option<String> = Member::new("GroupName", &shape::TEXT);
    ip_permissions: Option<Vec<IpPermission>> = Member::new("IpPermissions", &IP_PERMISSION_LIST);
    ip_protocol: Option<String> = Member::new("IpProtocol", &shape::TEXT);
    source_security_group_name: Option<String> = Member::new("SourceSecurityGroupName", &shape::TEXT);
    source_security_group_owner_id: Option<String> = Member::new("SourceSecurityGroupOwnerId", &shape::TEXT);
    tag_specifications: Option<Vec<TagSpecification>> = Member::new("TagSpecifications", &TAG_SPECIFICATION_LIST).named("TagSpecification", "TagSpecification");
    to_port: Option<i64> = Member::new("ToPort", &shape::INTEGER);
}

structure! { #[derive(Default)] AuthorizeSecurityGroupIngressResult, AUTHORIZE_SECURITY_GROUP_INGRESS_RESULT;
    r#return: Option<bool> = Member::new("Return", &shape::BOOLEAN).named("return", "Return");
    security_group_rules: Option<Vec<SecurityGroupRule>> = Member::new("SecurityGroupRules", &SECURITY_GROUP_RULE_LIST).named("securityGroupRuleSet", "SecurityGroupRuleSet");
}

structure! { #[derive(Default)] AvailabilityZone, AVAILABILITY_ZONE;
    geography: Option<Vec<AvailabilityZoneGeography>> = Member::new("Geography", &AVAILABILITY_ZONE_GEOGRAPHY_LIST).named("geographySet", "GeographySet");
    group_long_name: Option<String> = Member::new("GroupLongName", &shape::TEXT).named("groupLongName", "GroupLongName");
    group_name: Option<String> = Member::new("GroupName", &shape::TEXT).named("groupName", "GroupName");
    messages: Option<Vec<AvailabilityZoneMessage>> = Member::new("Messages", &AVAILABILITY_ZONE_MESSAGE_LIST).named("messageSet", "MessageSet");
    network_border_group: Option<String> = Member::new("NetworkBorderGroup", &shape::TEXT).named("networkBorderGroup", "NetworkBorderGroup");
    opt_in_status: Option<String> = Member::new("OptInStatus", &shape::TEXT).named("optInStatus", "OptInStatus");
    parent_zone_id: Option<String> = Member::new("ParentZoneId", &shape::TEXT).named("parentZoneId", "ParentZoneId");
    parent_zone_name: Option<String> = Member::new("ParentZoneName", &shape::TEXT).named("parentZoneName", "ParentZoneName");
    region_name: Option<String> = Member::new("RegionName", &shape::TEXT).named("regionName", "RegionName");
    state: Option<String> = Member::new("State", &shape::TEXT).named("zoneState", "ZoneState");
    sub_geography: Option<Vec<AvailabilityZoneSubGeography>> = Member::new("SubGeography", &AVAILABILITY_ZONE_SUB_GEOGRAPHY_LIST).named("subGeographySet", "SubGeographySet");
    zone_id: Option<String> = Member::new("ZoneId", &shape::TEXT).named("zoneId", "ZoneId");
    zone_name: Option<String> = Member::new("ZoneName", &shape::TEXT).named("zoneName", "ZoneName");
    zone_type: Option<String> = Member::new("ZoneType", &shape::TEXT).named("zoneType", "ZoneType");
}

structure! { #[derive(Default)] AvailabilityZoneGeography, AVAILABILITY_ZONE_GEOGRAPHY;
    name: Option<String> = Member::new("Name", &shape::TEXT).named("name", "Name");
}

static AVAILABILITY_ZONE_GEOGRAPHY_LIST: Shape =
    Shape::List { member: &AVAILABILITY_ZONE_GEOGRAPHY, name: "item", flattened: false, length: None };

static AVAILABILITY_ZONE_LIST: Shape =
    Shape::List { member: &AVAILABILITY_ZONE, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] AvailabilityZoneMessage, AVAILABILITY_ZONE_MESSAGE;
    message: Option<String> = Member::new("Message", &shape::TEXT).named("message", "Message");
}

static AVAILABILITY_ZONE_MESSAGE_LIST: Shape =
    Shape::List { member: &AVAILABILITY_ZONE_MESSAGE, name: "item", flattened: false, length: None };

pub mod availability_zone_opt_in_status {
    pub const OPT_IN_NOT_REQUIRED: &str = "opt-in-not-required";
    pub const OPTED_IN: &str = "opted-in";
    pub const NOT_OPTED_IN: &str = "not-opted-in";
}

pub mod availability_zone_state {
    pub const AVAILABLE: &str = "available";
    pub const INFORMATION: &str = "information";
    pub const IMPAIRED: &str = "impaired";
    pub const UNAVAILABLE: &str = "unavailable";
    pub const CONSTRAINED: &str = "constrained";
}

structure! { #[derive(Default)] AvailabilityZoneSubGeography, AVAILABILITY_ZONE_SUB_GEOGRAPHY;
    name: Option<String> = Member::new("Name", &shape::TEXT).named("name", "Name");
}

static AVAILABILITY_ZONE_SUB_GEOGRAPHY_LIST: Shape =
    Shape::List { member: &AVAILABILITY_ZONE_SUB_GEOGRAPHY, name: "item", flattened: false, length: None };

pub mod block_public_access_mode {
    pub const OFF: &str = "off";
    pub const BLOCK_BIDIRECTIONAL: &str = "block-bidirectional";
    pub const BLOCK_INGRESS: &str = "block-ingress";
}

structure! { #[derive(Default)] BlockPublicAccessStates, BLOCK_PUBLIC_ACCESS_STATES;
    internet_gateway_block_mode: Option<String> = Member::new("InternetGatewayBlockMode", &shape::TEXT).named("internetGatewayBlockMode", "InternetGatewayBlockMode");
}

pub mod boot_mode_values {
    pub const LEGACY_BIOS: &str = "legacy-bios";
    pub const UEFI: &str = "uefi";
    pub const UEFI_PREFERRED: &str = "uefi-preferred";
}

pub mod capacity_reservation_preference {
    pub const CAPACITY_RESERVATIONS_ONLY: &str = "capacity-reservations-only";
    pub const OPEN: &str = "open";
    pub const NONE: &str = "none";
}

structure! { #[derive(Default)] CapacityReservationSpecificationResponse, CAPACITY_RESERVATION_SPECIFICATION_RESPONSE;
    capacity_reservation_preference: Option<String> = Member::new("CapacityReservationPreference", &shape::TEXT).named("capacityReservationPreference", "CapacityReservationPreference");
    capacity_reservation_target: Option<CapacityReservationTargetResponse> = Member::new("CapacityReservationTarget", &CAPACITY_RESERVATION_TARGET_RESPONSE).named("capacityReservationTarget", "CapacityReservationTarget");
}

structure! { #[derive(Default)] CapacityReservationTargetResponse, CAPACITY_RESERVATION_TARGET_RESPONSE;
    capacity_reservation_id: Option<String> = Member::new("CapacityReservationId", &shape::TEXT).named("capacityReservationId", "CapacityReservationId");
    capacity_reservation_resource_group_arn: Option<String> = Member::new("CapacityReservationResourceGroupArn", &shape::TEXT).named("capacityReservationResourceGroupArn", "CapacityReservationResourceGroupArn");
}

structure! { #[derive(Default)] ConnectionTrackingSpecificationResponse, CONNECTION_TRACKING_SPECIFICATION_RESPONSE;
    tcp_established_timeout: Option<i64> = Member::new("TcpEstablishedTimeout", &shape::INTEGER).named("tcpEstablishedTimeout", "TcpEstablishedTimeout");
    udp_stream_timeout: Option<i64> = Member::new("UdpStreamTimeout", &shape::INTEGER).named("udpStreamTimeout", "UdpStreamTimeout");
    udp_timeout: Option<i64> = Member::new("UdpTimeout", &shape::INTEGER).named("udpTimeout", "UdpTimeout");
}

structure! { #[derive(Default)] CpuOptions, CPU_OPTIONS;
    amd_sev_snp: Option<String> = Member::new("AmdSevSnp", &shape::TEXT).named("amdSevSnp", "AmdSevSnp");
    core_count: Option<i64> = Member::new("CoreCount", &shape::INTEGER).named("coreCount", "CoreCount");
    nested_virtualization: Option<String> = Member::new("NestedVirtualization", &shape::TEXT).named("nestedVirtualization", "NestedVirtualization");
    threads_per_core: Option<i64> = Member::new("ThreadsPerCore", &shape::INTEGER).named("threadsPerCore", "ThreadsPerCore");
}

structure! { #[derive(Default)] CreateKeyPairRequest, CREATE_KEY_PAIR_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    key_format: Option<String> = Member::new("KeyFormat", &KEY_FORMAT);
    key_name: String = Member::new("KeyName", &shape::TEXT).required();
    key_type: Option<String> = Member::new("KeyType", &KEY_TYPE);
    tag_specifications: Option<Vec<TagSpecification>> = Member::new("TagSpecifications", &TAG_SPECIFICATION_LIST).named("TagSpecification", "TagSpecification");
}

structure! { #[derive(Default)] CreateSecurityGroupRequest, CREATE_SECURITY_GROUP_REQUEST;
    description: String = Member::new("Description", &shape::TEXT).named("GroupDescription", "GroupDescription").required();
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    group_name: String = Member::new("GroupName", &shape::TEXT).required();
    tag_specifications: Option<Vec<TagSpecification>> = Member::new("TagSpecifications", &TAG_SPECIFICATION_LIST).named("TagSpecification", "TagSpecification");
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT);
}

structure! { #[derive(Default)] CreateSecurityGroupResult, CREATE_SECURITY_GROUP_RESULT;
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT).named("groupId", "GroupId");
    security_group_arn: Option<String> = Member::new("SecurityGroupArn", &shape::TEXT).named("securityGroupArn", "SecurityGroupArn");
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST).named("tagSet", "TagSet");
}

structure! { #[derive(Default)] DeleteKeyPairRequest, DELETE_KEY_PAIR_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    key_name: Option<String> = Member::new("KeyName", &shape::TEXT);
    key_pair_id: Option<String> = Member::new("KeyPairId", &shape::TEXT);
}

structure! { #[derive(Default)] DeleteKeyPairResult, DELETE_KEY_PAIR_RESULT;
    key_pair_id: Option<String> = Member::new("KeyPairId", &shape::TEXT).named("keyPairId", "KeyPairId");
    r#return: Option<bool> = Member::new("Return", &shape::BOOLEAN).named("return", "Return");
}

structure! { #[derive(Default)] DeleteSecurityGroupRequest, DELETE_SECURITY_GROUP_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT);
    group_name: Option<String> = Member::new("GroupName", &shape::TEXT);
}

structure! { #[derive(Default)] DeleteSecurityGroupResult, DELETE_SECURITY_GROUP_RESULT;
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT).named("groupId", "GroupId");
    r#return: Option<bool> = Member::new("Return", &shape::BOOLEAN).named("return", "Return");
}

structure! { #[derive(Default)] DescribeAvailabilityZonesRequest, DESCRIBE_AVAILABILITY_ZONES_REQUEST;
    all_availability_zones: Option<bool> = Member::new("AllAvailabilityZones", &shape::BOOLEAN);
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST).named("Filter", "Filter");
    zone_ids: Option<Vec<String>> = Member::new("ZoneIds", &ZONE_ID_STRING_LIST).named("ZoneId", "ZoneId");
    zone_names: Option<Vec<String>> = Member::new("ZoneNames", &ZONE_NAME_STRING_LIST).named("ZoneName", "ZoneName");
}

structure! { #[derive(Default)] DescribeAvailabilityZonesResult, DESCRIBE_AVAILABILITY_ZONES_RESULT;
    availability_zones: Option<Vec<AvailabilityZone>> = Member::new("AvailabilityZones", &AVAILABILITY_ZONE_LIST).named("availabilityZoneInfo", "AvailabilityZoneInfo");
}

structure! { #[derive(Default)] DescribeInstancesRequest, DESCRIBE_INSTANCES_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST).named("Filter", "Filter");
    include_managed_resources: Option<bool> = Member::new("IncludeManagedResources", &shape::BOOLEAN);
    instance_ids: Option<Vec<String>> = Member::new("InstanceIds", &INSTANCE_ID_STRING_LIST).named("InstanceId", "InstanceId");
    max_results: Option<i64> = Member::new("MaxResults", &shape::INTEGER).named("maxResults", "MaxResults");
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT).named("nextToken", "NextToken");
}

structure! { #[derive(Default)] DescribeInstancesResult, DESCRIBE_INSTANCES_RESULT;
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT).named("nextToken", "NextToken");
    reservations: Option<Vec<Reservation>> = Member::new("Reservations", &RESERVATION_LIST).named("reservationSet", "ReservationSet");
}

structure! { #[derive(Default)] DescribeKeyPairsRequest, DESCRIBE_KEY_PAIRS_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST).named("Filter", "Filter");
    include_public_key: Option<bool> = Member::new("IncludePublicKey", &shape::BOOLEAN);
    key_names: Option<Vec<String>> = Member::new("KeyNames", &KEY_NAME_STRING_LIST).named("KeyName", "KeyName");
    key_pair_ids: Option<Vec<String>> = Member::new("KeyPairIds", &KEY_PAIR_ID_STRING_LIST).named("KeyPairId", "KeyPairId");
}

structure! { #[derive(Default)] DescribeKeyPairsResult, DESCRIBE_KEY_PAIRS_RESULT;
    key_pairs: Option<Vec<KeyPairInfo>> = Member::new("KeyPairs", &KEY_PAIR_LIST).named("keySet", "KeySet");
}

structure! { #[derive(Default)] DescribeRegionsRequest, DESCRIBE_REGIONS_REQUEST;
    all_regions: Option<bool> = Member::new("AllRegions", &shape::BOOLEAN);
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST).named("Filter", "Filter");
    region_names: Option<Vec<String>> = Member::new("RegionNames", &REGION_NAME_STRING_LIST).named("RegionName", "RegionName");
}

structure! { #[derive(Default)] DescribeRegionsResult, DESCRIBE_REGIONS_RESULT;
    regions: Option<Vec<Region>> = Member::new("Regions", &REGION_LIST).named("regionInfo", "RegionInfo");
}

static DESCRIBE_SECURITY_GROUP_RULES_MAX_RESULTS: Shape = Shape::Integer(5, 1000);

structure! { #[derive(Default)] DescribeSecurityGroupRulesRequest, DESCRIBE_SECURITY_GROUP_RULES_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN);
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST).named("Filter", "Filter");
    max_results: Option<i64> = Member::new("MaxResults", &DESCRIBE_SECURITY_GROUP_RULES_MAX_RESULTS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    security_group_rule_ids: Option<Vec<String>> = Member::new("SecurityGroupRuleIds", &SECURITY_GROUP_RULE_ID_LIST).named("SecurityGroupRuleId", "SecurityGroupRuleId");
}

structure! { #[derive(Default)] DescribeSecurityGroupRulesResult, DESCRIBE_SECURITY_GROUP_RULES_RESULT;
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT).named("nextToken", "NextToken");
    security_group_rules: Option<Vec<SecurityGroupRule>> = Member::new("SecurityGroupRules", &SECURITY_GROUP_RULE_LIST).named("securityGroupRuleSet", "SecurityGroupRuleSet");
}

static DESCRIBE_SECURITY_GROUPS_MAX_RESULTS: Shape = Shape::Integer(5, 1000);

structure! { #[derive(Default)] DescribeSecurityGroupsRequest, DESCRIBE_SECURITY_GROUPS_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST).named("Filter", "Filter");
    group_ids: Option<Vec<String>> = Member::new("GroupIds", &GROUP_ID_STRING_LIST).named("GroupId", "GroupId");
    group_names: Option<Vec<String>> = Member::new("GroupNames", &GROUP_NAME_STRING_LIST).named("GroupName", "GroupName");
    max_results: Option<i64> = Member::new("MaxResults", &DESCRIBE_SECURITY_GROUPS_MAX_RESULTS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
}

structure! { #[derive(Default)] DescribeSecurityGroupsResult, DESCRIBE_SECURITY_GROUPS_RESULT;
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT).named("nextToken", "NextToken");
    security_groups: Option<Vec<SecurityGroup>> = Member::new("SecurityGroups", &SECURITY_GROUP_LIST).named("securityGroupInfo", "SecurityGroupInfo");
}

static DESCRIBE_SUBNETS_MAX_RESULTS: Shape = Shape::Integer(5, 1000);

structure! { #[derive(Default)] DescribeSubnetsRequest, DESCRIBE_SUBNETS_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST).named("Filter", "Filter");
    max_results: Option<i64> = Member::new("MaxResults", &DESCRIBE_SUBNETS_MAX_RESULTS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    subnet_ids: Option<Vec<String>> = Member::new("SubnetIds", &SUBNET_ID_STRING_LIST).named("SubnetId", "SubnetId");
}

structure! { #[derive(Default)] DescribeSubnetsResult, DESCRIBE_SUBNETS_RESULT;
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT).named("nextToken", "NextToken");
    subnets: Option<Vec<Subnet>> = Member::new("Subnets", &SUBNET_LIST).named("subnetSet", "SubnetSet");
}

static DESCRIBE_VPCS_MAX_RESULTS: Shape = Shape::Integer(5, 1000);

structure! { #[derive(Default)] DescribeVpcsRequest, DESCRIBE_VPCS_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    filters: Option<Vec<Filter>> = Member::new("Filters", &FILTER_LIST).named("Filter", "Filter");
    max_results: Option<i64> = Member::new("MaxResults", &DESCRIBE_VPCS_MAX_RESULTS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    vpc_ids: Option<Vec<String>> = Member::new("VpcIds", &VPC_ID_STRING_LIST).named("VpcId", "VpcId");
}

structure! { #[derive(Default)] DescribeVpcsResult, DESCRIBE_VPCS_RESULT;
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT).named("nextToken", "NextToken");
    vpcs: Option<Vec<Vpc>> = Member::new("Vpcs", &VPC_LIST).named("vpcSet", "VpcSet");
}

pub mod device_type {
    pub const EBS: &str = "ebs";
    pub const INSTANCE_STORE: &str = "instance-store";
}

structure! { #[derive(Default)] EbsInstanceBlockDevice, EBS_INSTANCE_BLOCK_DEVICE;
    associated_resource: Option<String> = Member::new("AssociatedResource", &shape::TEXT).named("associatedResource", "AssociatedResource");
    attach_time: Option<Timestamp> = Member::new("AttachTime", &shape::TIMESTAMP).named("attachTime", "AttachTime");
    delete_on_termination: Option<bool> = Member::new("DeleteOnTermination", &shape::BOOLEAN).named("deleteOnTermination", "DeleteOnTermination");
    ebs_card_index: Option<i64> = Member::new("EbsCardIndex", &shape::INTEGER).named("ebsCardIndex", "EbsCardIndex");
    operator: Option<OperatorResponse> = Member::new("Operator", &OPERATOR_RESPONSE).named("operator", "Operator");
    status: Option<String> = Member::new("Status", &shape::TEXT).named("status", "Status");
    volume_id: Option<String> = Member::new("VolumeId", &shape::TEXT).named("volumeId", "VolumeId");
    volume_owner_id: Option<String> = Member::new("VolumeOwnerId", &shape::TEXT).named("volumeOwnerId", "VolumeOwnerId");
}

structure! { #[derive(Default)] ElasticGpuAssociation, ELASTIC_GPU_ASSOCIATION;
    elastic_gpu_association_id: Option<String> = Member::new("ElasticGpuAssociationId", &shape::TEXT).named("elasticGpuAssociationId", "ElasticGpuAssociationId");
    elastic_gpu_association_state: Option<String> = Member::new("ElasticGpuAssociationState", &shape::TEXT).named("elasticGpuAssociationState", "ElasticGpuAssociationState");
    elastic_gpu_association_time: Option<String> = Member::new("ElasticGpuAssociationTime", &shape::TEXT).named("elasticGpuAssociationTime", "ElasticGpuAssociationTime");
    elastic_gpu_id: Option<String> = Member::new("ElasticGpuId", &shape::TEXT).named("elasticGpuId", "ElasticGpuId");
}

static ELASTIC_GPU_ASSOCIATION_LIST: Shape =
    Shape::List { member: &ELASTIC_GPU_ASSOCIATION, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] ElasticInferenceAcceleratorAssociation, ELASTIC_INFERENCE_ACCELERATOR_ASSOCIATION;
    elastic_inference_accelerator_arn: Option<String> = Member::new("ElasticInferenceAcceleratorArn", &shape::TEXT).named("elasticInferenceAcceleratorArn", "ElasticInferenceAcceleratorArn");
    elastic_inference_accelerator_association_id: Option<String> = Member::new("ElasticInferenceAcceleratorAssociationId", &shape::TEXT).named("elasticInferenceAcceleratorAssociationId", "ElasticInferenceAcceleratorAssociationId");
    elastic_inference_accelerator_association_state: Option<String> = Member::new("ElasticInferenceAcceleratorAssociationState", &shape::TEXT).named("elasticInferenceAcceleratorAssociationState", "ElasticInferenceAcceleratorAssociationState");
    elastic_inference_accelerator_association_time: Option<Timestamp> = Member::new("ElasticInferenceAcceleratorAssociationTime", &shape::TIMESTAMP).named("elasticInferenceAcceleratorAssociationTime", "ElasticInferenceAcceleratorAssociationTime");
}

static ELASTIC_INFERENCE_ACCELERATOR_ASSOCIATION_LIST: Shape =
    Shape::List { member: &ELASTIC_INFERENCE_ACCELERATOR_ASSOCIATION, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] EnclaveOptions, ENCLAVE_OPTIONS;
    enabled: Option<bool> = Member::new("Enabled", &shape::BOOLEAN).named("enabled", "Enabled");
}

structure! { #[derive(Default)] Filter, FILTER;
    name: Option<String> = Member::new("Name", &shape::TEXT);
    values: Option<Vec<String>> = Member::new("Values", &VALUE_STRING_LIST).named("Value", "Value");
}

static FILTER_LIST: Shape = Shape::List { member: &FILTER, name: "Filter", flattened: false, length: None };

pub mod firewall_mode {
    pub const MONITOR: &str = "monitor";
    pub const ENFORCE: &str = "enforce";
}

pub mod firewall_onboarding_status {
    pub const PENDING: &str = "pending";
    pub const ACTIVE: &str = "active";
    pub const DISABLING: &str = "disabling";
}

static GROUP_ID_STRING_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "groupId", flattened: false, length: None };

structure! { #[derive(Default)] GroupIdentifier, GROUP_IDENTIFIER;
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT).named("groupId", "GroupId");
    group_name: Option<String> = Member::new("GroupName", &shape::TEXT).named("groupName", "GroupName");
}

static GROUP_IDENTIFIER_LIST: Shape =
    Shape::List { member: &GROUP_IDENTIFIER, name: "item", flattened: false, length: None };

static GROUP_NAME_STRING_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "GroupName", flattened: false, length: None };

structure! { #[derive(Default)] HibernationOptions, HIBERNATION_OPTIONS;
    configured: Option<bool> = Member::new("Configured", &shape::BOOLEAN).named("configured", "Configured");
}

pub mod hostname_type {
    pub const IP_NAME: &str = "ip-name";
    pub const RESOURCE_NAME: &str = "resource-name";
}

pub mod http_tokens_state {
    pub const OPTIONAL: &str = "optional";
    pub const REQUIRED: &str = "required";
}

pub mod hypervisor_type {
    pub const OVM: &str = "ovm";
    pub const XEN: &str = "xen";
}

structure! { #[derive(Default)] IamInstanceProfile, IAM_INSTANCE_PROFILE;
    arn: Option<String> = Member::new("Arn", &shape::TEXT).named("arn", "Arn");
    id: Option<String> = Member::new("Id", &shape::TEXT).named("id", "Id");
}

structure! { #[derive(Default)] ImportKeyPairRequest, IMPORT_KEY_PAIR_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    key_name: String = Member::new("KeyName", &shape::TEXT).named("keyName", "KeyName").required();
    public_key_material: Bytes = Member::new("PublicKeyMaterial", &shape::BLOB).named("publicKeyMaterial", "PublicKeyMaterial").required();
    tag_specifications: Option<Vec<TagSpecification>> = Member::new("TagSpecifications", &TAG_SPECIFICATION_LIST).named("TagSpecification", "TagSpecification");
}

structure! { #[derive(Default)] ImportKeyPairResult, IMPORT_KEY_PAIR_RESULT;
    key_fingerprint: Option<String> = Member::new("KeyFingerprint", &shape::TEXT).named("keyFingerprint", "KeyFingerprint");
    key_name: Option<String> = Member::new("KeyName", &shape::TEXT).named("keyName", "KeyName");
    key_pair_id: Option<String> = Member::new("KeyPairId", &shape::TEXT).named("keyPairId", "KeyPairId");
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST).named("tagSet", "TagSet");
}

structure! { #[derive(Default)] Instance, INSTANCE;
    ami_launch_index: Option<i64> = Member::new("AmiLaunchIndex", &shape::INTEGER).named("amiLaunchIndex", "AmiLaunchIndex");
    architecture: Option<String> = Member::new("Architecture", &shape::TEXT).named("architecture", "Architecture");
    block_device_mappings: Option<Vec<InstanceBlockDeviceMapping>> = Member::new("BlockDeviceMappings", &INSTANCE_BLOCK_DEVICE_MAPPING_LIST).named("blockDeviceMapping", "BlockDeviceMapping");
    boot_mode: Option<String> = Member::new("BootMode", &shape::TEXT).named("bootMode", "BootMode");
    capacity_block_id: Option<String> = Member::new("CapacityBlockId", &shape::TEXT).named("capacityBlockId", "CapacityBlockId");
    capacity_reservation_id: Option<String> = Member::new("CapacityReservationId", &shape::TEXT).named("capacityReservationId", "CapacityReservationId");
    capacity_reservation_specification: Option<CapacityReservationSpecificationResponse> = Member::new("CapacityReservationSpecification", &CAPACITY_RESERVATION_SPECIFICATION_RESPONSE).named("capacityReservationSpecification", "CapacityReservationSpecification");
    client_token: Option<String> = Member::new("ClientToken", &shape::TEXT).named("clientToken", "ClientToken");
    cpu_options: Option<CpuOptions> = Member::new("CpuOptions", &CPU_OPTIONS).named("cpuOptions", "CpuOptions");
    current_instance_boot_mode: Option<String> = Member::new("CurrentInstanceBootMode", &shape::TEXT).named("currentInstanceBootMode", "CurrentInstanceBootMode");
    ebs_optimized: Option<bool> = Member::new("EbsOptimized", &shape::BOOLEAN).named("ebsOptimized", "EbsOptimized");
    elastic_gpu_associations: Option<Vec<ElasticGpuAssociation>> = Member::new("ElasticGpuAssociations", &ELASTIC_GPU_ASSOCIATION_LIST).named("elasticGpuAssociationSet", "ElasticGpuAssociationSet");
    elastic_inference_accelerator_associations: Option<Vec<ElasticInferenceAcceleratorAssociation>> = Member::new("ElasticInferenceAcceleratorAssociations", &ELASTIC_INFERENCE_ACCELERATOR_ASSOCIATION_LIST).named("elasticInferenceAcceleratorAssociationSet", "ElasticInferenceAcceleratorAssociationSet");
    ena_support: Option<bool> = Member::new("EnaSupport", &shape::BOOLEAN).named("enaSupport", "EnaSupport");
    enclave_options: Option<EnclaveOptions> = Member::new("EnclaveOptions", &ENCLAVE_OPTIONS).named("enclaveOptions", "EnclaveOptions");
    hibernation_options: Option<HibernationOptions> = Member::new("HibernationOptions", &HIBERNATION_OPTIONS).named("hibernationOptions", "HibernationOptions");
    hypervisor: Option<String> = Member::new("Hypervisor", &shape::TEXT).named("hypervisor", "Hypervisor");
    iam_instance_profile: Option<IamInstanceProfile> = Member::new("IamInstanceProfile", &IAM_INSTANCE_PROFILE).named("iamInstanceProfile", "IamInstanceProfile");
    image_id: Option<String> = Member::new("ImageId", &shape::TEXT).named("imageId", "ImageId");
    instance_id: Option<String> = Member::new("InstanceId", &shape::TEXT).named("instanceId", "InstanceId");
    instance_lifecycle: Option<String> = Member::new("InstanceLifecycle", &shape::TEXT).named("instanceLifecycle", "InstanceLifecycle");
    instance_type: Option<String> = Member::new("InstanceType", &shape::TEXT).named("instanceType", "InstanceType");
    ipv6_address: Option<String> = Member::new("Ipv6Address", &shape::TEXT).named("ipv6Address", "Ipv6Address");
    kernel_id: Option<String> = Member::new("KernelId", &shape::TEXT).named("kernelId", "KernelId");
    key_name: Option<String> = Member::new("KeyName", &shape::TEXT).named("keyName", "KeyName");
    launch_time: Option<Timestamp> = Member::new("LaunchTime", &shape::TIMESTAMP).named("launchTime", "LaunchTime");
    licenses: Option<Vec<LicenseConfiguration>> = Member::new("Licenses", &LICENSE_LIST).named("licenseSet", "LicenseSet");
    maintenance_options: Option<InstanceMaintenanceOptions> = Member::new("MaintenanceOptions", &INSTANCE_MAINTENANCE_OPTIONS).named("maintenanceOptions", "MaintenanceOptions");
    metadata_options: Option<InstanceMetadataOptionsResponse> = Member::new("MetadataOptions", &INSTANCE_METADATA_OPTIONS_RESPONSE).named("metadataOptions", "MetadataOptions");
    monitoring: Option<Monitoring> = Member::new("Monitoring", &MONITORING).named("monitoring", "Monitoring");
    network_interfaces: Option<Vec<InstanceNetworkInterface>> = Member::new("NetworkInterfaces", &INSTANCE_NETWORK_INTERFACE_LIST).named("networkInterfaceSet", "NetworkInterfaceSet");
    network_performance_options: Option<InstanceNetworkPerformanceOptions> = Member::new("NetworkPerformanceOptions", &INSTANCE_NETWORK_PERFORMANCE_OPTIONS).named("networkPerformanceOptions", "NetworkPerformanceOptions");
    operator: Option<OperatorResponse> = Member::new("Operator", &OPERATOR_RESPONSE).named("operator", "Operator");
    outpost_arn: Option<String> = Member::new("OutpostArn", &shape::TEXT).named("outpostArn", "OutpostArn");
    placement: Option<Placement> = Member::new("Placement", &PLACEMENT).named("placement", "Placement");
    platform: Option<String> = Member::new("Platform", &shape::TEXT).named("platform", "Platform");
    platform_details: Option<String> = Member::new("PlatformDetails", &shape::TEXT).named("platformDetails", "PlatformDetails");
    private_dns_name: Option<String> = Member::new("PrivateDnsName", &shape::TEXT).named("privateDnsName", "PrivateDnsName");
    private_dns_name_options: Option<PrivateDnsNameOptionsResponse> = Member::new("PrivateDnsNameOptions", &PRIVATE_DNS_NAME_OPTIONS_RESPONSE).named("privateDnsNameOptions", "PrivateDnsNameOptions");
    private_ip_address: Option<String> = Member::new("PrivateIpAddress", &shape::TEXT).named("privateIpAddress", "PrivateIpAddress");
    product_codes: Option<Vec<ProductCode>> = Member::new("ProductCodes", &PRODUCT_CODE_LIST).named("productCodes", "ProductCodes");
    public_dns_name: Option<String> = Member::new("PublicDnsName", &shape::TEXT).named("dnsName", "DnsName");
    public_ip_address: Option<String> = Member::new("PublicIpAddress", &shape::TEXT).named("ipAddress", "IpAddress");
    ramdisk_id: Option<String> = Member::new("RamdiskId", &shape::TEXT).named("ramdiskId", "RamdiskId");
    root_device_name: Option<String> = Member::new("RootDeviceName", &shape::TEXT).named("rootDeviceName", "RootDeviceName");
    root_device_type: Option<String> = Member::new("RootDeviceType", &shape::TEXT).named("rootDeviceType", "RootDeviceType");
    secondary_interfaces: Option<Vec<InstanceSecondaryInterface>> = Member::new("SecondaryInterfaces", &INSTANCE_SECONDARY_INTERFACE_LIST).named("secondaryInterfaceSet", "SecondaryInterfaceSet");
    security_groups: Option<Vec<GroupIdentifier>> = Member::new("SecurityGroups", &GROUP_IDENTIFIER_LIST).named("groupSet", "GroupSet");
    source_dest_check: Option<bool> = Member::new("SourceDestCheck", &shape::BOOLEAN).named("sourceDestCheck", "SourceDestCheck");
    spot_instance_request_id: Option<String> = Member::new("SpotInstanceRequestId", &shape::TEXT).named("spotInstanceRequestId", "SpotInstanceRequestId");
    sriov_net_support: Option<String> = Member::new("SriovNetSupport", &shape::TEXT).named("sriovNetSupport", "SriovNetSupport");
    state: Option<InstanceState> = Member::new("State", &INSTANCE_STATE).named("instanceState", "InstanceState");
    state_reason: Option<StateReason> = Member::new("StateReason", &STATE_REASON).named("stateReason", "StateReason");
    state_transition_reason: Option<String> = Member::new("StateTransitionReason", &shape::TEXT).named("reason", "Reason");
    subnet_id: Option<String> = Member::new("SubnetId", &shape::TEXT).named("subnetId", "SubnetId");
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST).named("tagSet", "TagSet");
    tpm_support: Option<String> = Member::new("TpmSupport", &shape::TEXT).named("tpmSupport", "TpmSupport");
    usage_operation: Option<String> = Member::new("UsageOperation", &shape::TEXT).named("usageOperation", "UsageOperation");
    usage_operation_update_time: Option<Timestamp> = Member::new("UsageOperationUpdateTime", &shape::TIMESTAMP).named("usageOperationUpdateTime", "UsageOperationUpdateTime");
    virtualization_type: Option<String> = Member::new("VirtualizationType", &shape::TEXT).named("virtualizationType", "VirtualizationType");
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT).named("vpcId", "VpcId");
}

structure! { #[derive(Default)] InstanceAttachmentEnaSrdSpecification, INSTANCE_ATTACHMENT_ENA_SRD_SPECIFICATION;
    ena_srd_enabled: Option<bool> = Member::new("EnaSrdEnabled", &shape::BOOLEAN).named("enaSrdEnabled", "EnaSrdEnabled");
    ena_srd_udp_specification: Option<InstanceAttachmentEnaSrdUdpSpecification> = Member::new("EnaSrdUdpSpecification", &INSTANCE_ATTACHMENT_ENA_SRD_UDP_SPECIFICATION).named("enaSrdUdpSpecification", "EnaSrdUdpSpecification");
}

structure! { #[derive(Default)] InstanceAttachmentEnaSrdUdpSpecification, INSTANCE_ATTACHMENT_ENA_SRD_UDP_SPECIFICATION;
    ena_srd_udp_enabled: Option<bool> = Member::new("EnaSrdUdpEnabled", &shape::BOOLEAN).named("enaSrdUdpEnabled", "EnaSrdUdpEnabled");
}

pub mod instance_auto_recovery_state {
    pub const DISABLED: &str = "disabled";
    pub const DEFAULT: &str = "default";
}

pub mod instance_bandwidth_weighting {
    pub const DEFAULT: &str = "default";
    pub const VPC_1: &str = "vpc-1";
    pub const EBS_1: &str = "ebs-1";
}

structure! { #[derive(Default)] InstanceBlockDeviceMapping, INSTANCE_BLOCK_DEVICE_MAPPING;
    device_name: Option<String> = Member::new("DeviceName", &shape::TEXT).named("deviceName", "DeviceName");
    ebs: Option<EbsInstanceBlockDevice> = Member::new("Ebs", &EBS_INSTANCE_BLOCK_DEVICE).named("ebs", "Ebs");
}

static INSTANCE_BLOCK_DEVICE_MAPPING_LIST: Shape =
    Shape::List { member: &INSTANCE_BLOCK_DEVICE_MAPPING, name: "item", flattened: false, length: None };

pub mod instance_boot_mode_values {
    pub const LEGACY_BIOS: &str = "legacy-bios";
    pub const UEFI: &str = "uefi";
}

static INSTANCE_ID_STRING_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "InstanceId", flattened: false, length: None };

structure! { #[derive(Default)] InstanceIpv4Prefix, INSTANCE_IPV4_PREFIX;
    ipv4_prefix: Option<String> = Member::new("Ipv4Prefix", &shape::TEXT).named("ipv4Prefix", "Ipv4Prefix");
}

static INSTANCE_IPV4_PREFIX_LIST: Shape =
    Shape::List { member: &INSTANCE_IPV4_PREFIX, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] InstanceIpv6Address, INSTANCE_IPV6_ADDRESS;
    ipv6_address: Option<String> = Member::new("Ipv6Address", &shape::TEXT).named("ipv6Address", "Ipv6Address");
    is_primary_ipv6: Option<bool> = Member::new("IsPrimaryIpv6", &shape::BOOLEAN).named("isPrimaryIpv6", "IsPrimaryIpv6");
}

static INSTANCE_IPV6_ADDRESS_LIST: Shape =
    Shape::List { member: &INSTANCE_IPV6_ADDRESS, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] InstanceIpv6Prefix, INSTANCE_IPV6_PREFIX;
    ipv6_prefix: Option<String> = Member::new("Ipv6Prefix", &shape::TEXT).named("ipv6Prefix", "Ipv6Prefix");
}

static INSTANCE_IPV6_PREFIX_LIST: Shape =
    Shape::List { member: &INSTANCE_IPV6_PREFIX, name: "item", flattened: false, length: None };

pub mod instance_lifecycle_type {
    pub const SPOT: &str = "spot";
    pub const SCHEDULED: &str = "scheduled";
    pub const CAPACITY_BLOCK: &str = "capacity-block";
    pub const INTERRUPTIBLE_CAPACITY_RESERVATION: &str = "interruptible-capacity-reservation";
}

static INSTANCE_LIST: Shape = Shape::List { member: &INSTANCE, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] InstanceMaintenanceOptions, INSTANCE_MAINTENANCE_OPTIONS;
    auto_recovery: Option<String> = Member::new("AutoRecovery", &shape::TEXT).named("autoRecovery", "AutoRecovery");
    reboot_migration: Option<String> = Member::new("RebootMigration", &shape::TEXT).named("rebootMigration", "RebootMigration");
}

pub mod instance_metadata_endpoint_state {
    pub const DISABLED: &str = "disabled";
    pub const ENABLED: &str = "enabled";
}

structure! { #[derive(Default)] InstanceMetadataOptionsResponse, INSTANCE_METADATA_OPTIONS_RESPONSE;
    http_endpoint: Option<String> = Member::new("HttpEndpoint", &shape::TEXT).named("httpEndpoint", "HttpEndpoint");
    http_protocol_ipv6: Option<String> = Member::new("HttpProtocolIpv6", &shape::TEXT).named("httpProtocolIpv6", "HttpProtocolIpv6");
    http_put_response_hop_limit: Option<i64> = Member::new("HttpPutResponseHopLimit", &shape::INTEGER).named("httpPutResponseHopLimit", "HttpPutResponseHopLimit");
    http_tokens: Option<String> = Member::new("HttpTokens", &shape::TEXT).named("httpTokens", "HttpTokens");
    instance_metadata_tags: Option<String> = Member::new("InstanceMetadataTags", &shape::TEXT).named("instanceMetadataTags", "InstanceMetadataTags");
    state: Option<String> = Member::new("State", &shape::TEXT).named("state", "State");
}

pub mod instance_metadata_options_state {
    pub const PENDING: &str = "pending";
    pub const APPLIED: &str = "applied";
}

pub mod instance_metadata_protocol_state {
    pub const DISABLED: &str = "disabled";
    pub const ENABLED: &str = "enabled";
}

pub mod instance_metadata_tags_state {
    pub const DISABLED: &str = "disabled";
    pub const ENABLED: &str = "enabled";
}

structure! { #[derive(Default)] InstanceNetworkInterface, INSTANCE_NETWORK_INTERFACE;
    association: Option<InstanceNetworkInterfaceAssociation> = Member::new("Association", &INSTANCE_NETWORK_INTERFACE_ASSOCIATION).named("association", "Association");
    attachment: Option<InstanceNetworkInterfaceAttachment> = Member::new("Attachment", &INSTANCE_NETWORK_INTERFACE_ATTACHMENT).named("attachment", "Attachment");
    connection_tracking_configuration: Option<ConnectionTrackingSpecificationResponse> = Member::new("ConnectionTrackingConfiguration", &CONNECTION_TRACKING_SPECIFICATION_RESPONSE).named("connectionTrackingConfiguration", "ConnectionTrackingConfiguration");
    description: Option<String> = Member::new("Description", &shape::TEXT).named("description", "Description");
    groups: Option<Vec<GroupIdentifier>> = Member::new("Groups", &GROUP_IDENTIFIER_LIST).named("groupSet", "GroupSet");
    interface_type: Option<String> = Member::new("InterfaceType", &shape::TEXT).named("interfaceType", "InterfaceType");
    ipv4_prefixes: Option<Vec<InstanceIpv4Prefix>> = Member::new("Ipv4Prefixes", &INSTANCE_IPV4_PREFIX_LIST).named("ipv4PrefixSet", "Ipv4PrefixSet");
    ipv6_addresses: Option<Vec<InstanceIpv6Address>> = Member::new("Ipv6Addresses", &INSTANCE_IPV6_ADDRESS_LIST).named("ipv6AddressesSet", "Ipv6AddressesSet");
    ipv6_prefixes: Option<Vec<InstanceIpv6Prefix>> = Member::new("Ipv6Prefixes", &INSTANCE_IPV6_PREFIX_LIST).named("ipv6PrefixSet", "Ipv6PrefixSet");
    mac_address: Option<String> = Member::new("MacAddress", &shape::TEXT).named("macAddress", "MacAddress");
    network_interface_id: Option<String> = Member::new("NetworkInterfaceId", &shape::TEXT).named("networkInterfaceId", "NetworkInterfaceId");
    operator: Option<OperatorResponse> = Member::new("Operator", &OPERATOR_RESPONSE).named("operator", "Operator");
    owner_id: Option<String> = Member::new("OwnerId", &shape::TEXT).named("ownerId", "OwnerId");
    private_dns_name: Option<String> = Member::new("PrivateDnsName", &shape::TEXT).named("privateDnsName", "PrivateDnsName");
    private_ip_address: Option<String> = Member::new("PrivateIpAddress", &shape::TEXT).named("privateIpAddress", "PrivateIpAddress");
    private_ip_addresses: Option<Vec<InstancePrivateIpAddress>> = Member::new("PrivateIpAddresses", &INSTANCE_PRIVATE_IP_ADDRESS_LIST).named("privateIpAddressesSet", "PrivateIpAddressesSet");
    source_dest_check: Option<bool> = Member::new("SourceDestCheck", &shape::BOOLEAN).named("sourceDestCheck", "SourceDestCheck");
    status: Option<String> = Member::new("Status", &shape::TEXT).named("status", "Status");
    subnet_id: Option<String> = Member::new("SubnetId", &shape::TEXT).named("subnetId", "SubnetId");
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT).named("vpcId", "VpcId");
}

structure! { #[derive(Default)] InstanceNetworkInterfaceAssociation, INSTANCE_NETWORK_INTERFACE_ASSOCIATION;
    carrier_ip: Option<String> = Member::new("CarrierIp", &shape::TEXT).named("carrierIp", "CarrierIp");
    customer_owned_ip: Option<String> = Member::new("CustomerOwnedIp", &shape::TEXT).named("customerOwnedIp", "CustomerOwnedIp");
    ip_owner_id: Option<String> = Member::new("IpOwnerId", &shape::TEXT).named("ipOwnerId", "IpOwnerId");
    public_dns_name: Option<String> = Member::new("PublicDnsName", &shape::TEXT).named("publicDnsName", "PublicDnsName");
    public_ip: Option<String> = Member::new("PublicIp", &shape::TEXT).named("publicIp", "PublicIp");
}

structure! { #[derive(Default)] InstanceNetworkInterfaceAttachment, INSTANCE_NETWORK_INTERFACE_ATTACHMENT;
    attach_time: Option<Timestamp> = Member::new("AttachTime", &shape::TIMESTAMP).named("attachTime", "AttachTime");
    attachment_id: Option<String> = Member::new("AttachmentId", &shape::TEXT).named("attachmentId", "AttachmentId");
    delete_on_termination: Option<bool> = Member::new("DeleteOnTermination", &shape::BOOLEAN).named("deleteOnTermination", "DeleteOnTermination");
    device_index: Option<i64> = Member::new("DeviceIndex", &shape::INTEGER).named("deviceIndex", "DeviceIndex");
    ena_queue_count: Option<i64> = Member::new("EnaQueueCount", &shape::INTEGER).named("enaQueueCount", "EnaQueueCount");
    ena_srd_specification: Option<InstanceAttachmentEnaSrdSpecification> = Member::new("EnaSrdSpecification", &INSTANCE_ATTACHMENT_ENA_SRD_SPECIFICATION).named("enaSrdSpecification", "EnaSrdSpecification");
    network_card_index: Option<i64> = Member::new("NetworkCardIndex", &shape::INTEGER).named("networkCardIndex", "NetworkCardIndex");
    status: Option<String> = Member::new("Status", &shape::TEXT).named("status", "Status");
}

static INSTANCE_NETWORK_INTERFACE_LIST: Shape =
    Shape::List { member: &INSTANCE_NETWORK_INTERFACE, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] InstanceNetworkPerformanceOptions, INSTANCE_NETWORK_PERFORMANCE_OPTIONS;
    bandwidth_weighting: Option<String> = Member::new("BandwidthWeighting", &shape::TEXT).named("bandwidthWeighting", "BandwidthWeighting");
}

structure! { #[derive(Default)] InstancePrivateIpAddress, INSTANCE_PRIVATE_IP_ADDRESS;
    association: Option<InstanceNetworkInterfaceAssociation> = Member::new("Association", &INSTANCE_NETWORK_INTERFACE_ASSOCIATION).named("association", "Association");
    primary: Option<bool> = Member::new("Primary", &shape::BOOLEAN).named("primary", "Primary");
    private_dns_name: Option<String> = Member::new("PrivateDnsName", &shape::TEXT).named("privateDnsName", "PrivateDnsName");
    private_ip_address: Option<String> = Member::new("PrivateIpAddress", &shape::TEXT).named("privateIpAddress", "PrivateIpAddress");
}

static INSTANCE_PRIVATE_IP_ADDRESS_LIST: Shape =
    Shape::List { member: &INSTANCE_PRIVATE_IP_ADDRESS, name: "item", flattened: false, length: None };

pub mod instance_reboot_migration_state {
    pub const DISABLED: &str = "disabled";
    pub const DEFAULT: &str = "default";
}

structure! { #[derive(Default)] InstanceSecondaryInterface, INSTANCE_SECONDARY_INTERFACE;
    attachment: Option<InstanceSecondaryInterfaceAttachment> = Member::new("Attachment", &INSTANCE_SECONDARY_INTERFACE_ATTACHMENT).named("attachment", "Attachment");
    interface_type: Option<String> = Member::new("InterfaceType", &shape::TEXT).named("interfaceType", "InterfaceType");
    mac_address: Option<String> = Member::new("MacAddress", &shape::TEXT).named("macAddress", "MacAddress");
    owner_id: Option<String> = Member::new("OwnerId", &shape::TEXT).named("ownerId", "OwnerId");
    private_ip_addresses: Option<Vec<InstanceSecondaryInterfacePrivateIpAddress>> = Member::new("PrivateIpAddresses", &INSTANCE_SECONDARY_INTERFACE_PRIVATE_IP_ADDRESS_LIST).named("privateIpAddressSet", "PrivateIpAddressSet");
    secondary_interface_id: Option<String> = Member::new("SecondaryInterfaceId", &shape::TEXT).named("secondaryInterfaceId", "SecondaryInterfaceId");
    secondary_network_id: Option<String> = Member::new("SecondaryNetworkId", &shape::TEXT).named("secondaryNetworkId", "SecondaryNetworkId");
    secondary_subnet_id: Option<String> = Member::new("SecondarySubnetId", &shape::TEXT).named("secondarySubnetId", "SecondarySubnetId");
    source_dest_check: Option<bool> = Member::new("SourceDestCheck", &shape::BOOLEAN).named("sourceDestCheck", "SourceDestCheck");
    status: Option<String> = Member::new("Status", &shape::TEXT).named("status", "Status");
}

structure! { #[derive(Default)] InstanceSecondaryInterfaceAttachment, INSTANCE_SECONDARY_INTERFACE_ATTACHMENT;
    attach_time: Option<Timestamp> = Member::new("AttachTime", &shape::TIMESTAMP).named("attachTime", "AttachTime");
    attachment_id: Option<String> = Member::new("AttachmentId", &shape::TEXT).named("attachmentId", "AttachmentId");
    delete_on_termination: Option<bool> = Member::new("DeleteOnTermination", &shape::BOOLEAN).named("deleteOnTermination", "DeleteOnTermination");
    device_index: Option<i64> = Member::new("DeviceIndex", &shape::INTEGER).named("deviceIndex", "DeviceIndex");
    network_card_index: Option<i64> = Member::new("NetworkCardIndex", &shape::INTEGER).named("networkCardIndex", "NetworkCardIndex");
    status: Option<String> = Member::new("Status", &shape::TEXT).named("status", "Status");
}

static INSTANCE_SECONDARY_INTERFACE_LIST: Shape =
    Shape::List { member: &INSTANCE_SECONDARY_INTERFACE, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] InstanceSecondaryInterfacePrivateIpAddress, INSTANCE_SECONDARY_INTERFACE_PRIVATE_IP_ADDRESS;
    private_ip_address: Option<String> = Member::new("PrivateIpAddress", &shape::TEXT).named("privateIpAddress", "PrivateIpAddress");
}

static INSTANCE_SECONDARY_INTERFACE_PRIVATE_IP_ADDRESS_LIST: Shape = Shape::List {
    member: &INSTANCE_SECONDARY_INTERFACE_PRIVATE_IP_ADDRESS,
    name: "item",
    flattened: false,
    length: None,
};

structure! { #[derive(Default)] InstanceState, INSTANCE_STATE;
    code: Option<i64> = Member::new("Code", &shape::INTEGER).named("code", "Code");
    name: Option<String> = Member::new("Name", &shape::TEXT).named("name", "Name");
}

structure! { #[derive(Default)] InstanceStateChange, INSTANCE_STATE_CHANGE;
    current_state: Option<InstanceState> = Member::new("CurrentState", &INSTANCE_STATE).named("currentState", "CurrentState");
    instance_id: Option<String> = Member::new("InstanceId", &shape::TEXT).named("instanceId", "InstanceId");
    previous_state: Option<InstanceState> = Member::new("PreviousState", &INSTANCE_STATE).named("previousState", "PreviousState");
}

static INSTANCE_STATE_CHANGE_LIST: Shape =
    Shape::List { member: &INSTANCE_STATE_CHANGE, name: "item", flattened: false, length: None };

pub mod instance_state_name {
    pub const PENDING: &str = "pending";
    pub const RUNNING: &str = "running";
    pub const SHUTTING_DOWN: &str = "shutting-down";
    pub const TERMINATED: &str = "terminated";
    pub const STOPPING: &str = "stopping";
    pub const STOPPED: &str = "stopped";
}

structure! { #[derive(Default)] IpPermission, IP_PERMISSION;
    from_port: Option<i64> = Member::new("FromPort", &shape::INTEGER).named("fromPort", "FromPort");
    ip_protocol: Option<String> = Member::new("IpProtocol", &shape::TEXT).named("ipProtocol", "IpProtocol");
    ip_ranges: Option<Vec<IpRange>> = Member::new("IpRanges", &IP_RANGE_LIST).named("ipRanges", "IpRanges");
    ipv6_ranges: Option<Vec<Ipv6Range>> = Member::new("Ipv6Ranges", &IPV6_RANGE_LIST).named("ipv6Ranges", "Ipv6Ranges");
    prefix_list_ids: Option<Vec<PrefixListId>> = Member::new("PrefixListIds", &PREFIX_LIST_ID_LIST).named("prefixListIds", "PrefixListIds");
    to_port: Option<i64> = Member::new("ToPort", &shape::INTEGER).named("toPort", "ToPort");
    user_id_group_pairs: Option<Vec<UserIdGroupPair>> = Member::new("UserIdGroupPairs", &USER_ID_GROUP_PAIR_LIST).named("groups", "Groups");
}

static IP_PERMISSION_LIST: Shape = Shape::List { member: &IP_PERMISSION, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] IpRange, IP_RANGE;
    cidr_ip: Option<String> = Member::new("CidrIp", &shape::TEXT).named("cidrIp", "CidrIp");
    description: Option<String> = Member::new("Description", &shape::TEXT).named("description", "Description");
}

static IP_RANGE_LIST: Shape = Shape::List { member: &IP_RANGE, name: "item", flattened: false, length: None };

pub mod ip_source {
    pub const AMAZON: &str = "amazon";
    pub const BYOIP: &str = "byoip";
    pub const NONE: &str = "none";
}

pub mod ipv6_address_attribute {
    pub const PUBLIC: &str = "public";
    pub const PRIVATE: &str = "private";
}

structure! { #[derive(Default)] Ipv6Range, IPV6_RANGE;
    cidr_ipv6: Option<String> = Member::new("CidrIpv6", &shape::TEXT).named("cidrIpv6", "CidrIpv6");
    description: Option<String> = Member::new("Description", &shape::TEXT).named("description", "Description");
}

static IPV6_RANGE_LIST: Shape = Shape::List { member: &IPV6_RANGE, name: "item", flattened: false, length: None };

static KEY_FORMAT: Shape = Shape::Text { length: None, pattern: None, values: &["pem", "ppk"] };

pub mod key_format {
    pub const PEM: &str = "pem";
    pub const PPK: &str = "ppk";
}

static KEY_NAME_STRING_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "KeyName", flattened: false, length: None };

structure! { #[derive(Default)] KeyPair, KEY_PAIR;
    key_fingerprint: Option<String> = Member::new("KeyFingerprint", &shape::TEXT).named("keyFingerprint", "KeyFingerprint");
    key_material: Option<Secret> = Member::new("KeyMaterial", &shape::TEXT).named("keyMaterial", "KeyMaterial");
    key_name: Option<String> = Member::new("KeyName", &shape::TEXT).named("keyName", "KeyName");
    key_pair_id: Option<String> = Member::new("KeyPairId", &shape::TEXT).named("keyPairId", "KeyPairId");
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST).named("tagSet", "TagSet");
}

static KEY_PAIR_ID_STRING_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "KeyPairId", flattened: false, length: None };

structure! { #[derive(Default)] KeyPairInfo, KEY_PAIR_INFO;
    create_time: Option<Timestamp> = Member::new("CreateTime", &shape::TIMESTAMP).named("createTime", "CreateTime");
    key_fingerprint: Option<String> = Member::new("KeyFingerprint", &shape::TEXT).named("keyFingerprint", "KeyFingerprint");
    key_name: Option<String> = Member::new("KeyName", &shape::TEXT).named("keyName", "KeyName");
    key_pair_id: Option<String> = Member::new("KeyPairId", &shape::TEXT).named("keyPairId", "KeyPairId");
    key_type: Option<String> = Member::new("KeyType", &KEY_TYPE).named("keyType", "KeyType");
    public_key: Option<String> = Member::new("PublicKey", &shape::TEXT).named("publicKey", "PublicKey");
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST).named("tagSet", "TagSet");
}

static KEY_PAIR_LIST: Shape = Shape::List { member: &KEY_PAIR_INFO, name: "item", flattened: false, length: None };

static KEY_TYPE: Shape = Shape::Text { length: None, pattern: None, values: &["rsa", "ed25519"] };

pub mod key_type {
    pub const RSA: &str = "rsa";
    pub const ED25519: &str = "ed25519";
}

structure! { #[derive(Default)] LicenseConfiguration, LICENSE_CONFIGURATION;
    license_configuration_arn: Option<String> = Member::new("LicenseConfigurationArn", &shape::TEXT).named("licenseConfigurationArn", "LicenseConfigurationArn");
}

static LICENSE_LIST: Shape =
    Shape::List { member: &LICENSE_CONFIGURATION, name: "item", flattened: false, length: None };

static METRIC_CATEGORY_ID_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] ModifySecurityGroupRulesRequest, MODIFY_SECURITY_GROUP_RULES_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN);
    group_id: String = Member::new("GroupId", &shape::TEXT).required();
    security_group_rules: Vec<SecurityGroupRuleUpdate> = Member::new("SecurityGroupRules", &SECURITY_GROUP_RULE_UPDATE_LIST).named("SecurityGroupRule", "SecurityGroupRule").required();
}

structure! { #[derive(Default)] ModifySecurityGroupRulesResult, MODIFY_SECURITY_GROUP_RULES_RESULT;
    r#return: Option<bool> = Member::new("Return", &shape::BOOLEAN).named("return", "Return");
}

structure! { #[derive(Default)] Monitoring, MONITORING;
    metric_category_ids: Option<Vec<String>> = Member::new("MetricCategoryIds", &METRIC_CATEGORY_ID_LIST).named("metricCategoryIdSet", "MetricCategoryIdSet");
    state: Option<String> = Member::new("State", &shape::TEXT).named("state", "State");
}

pub mod monitoring_state {
    pub const DISABLED: &str = "disabled";
    pub const DISABLING: &str = "disabling";
    pub const ENABLED: &str = "enabled";
    pub const PENDING: &str = "pending";
}

pub mod nested_virtualization_specification {
    pub const ENABLED: &str = "enabled";
    pub const DISABLED: &str = "disabled";
}

structure! { #[derive(Default)] NetworkFirewallAssociation, NETWORK_FIREWALL_ASSOCIATION;
    firewall_arn: Option<String> = Member::new("FirewallArn", &shape::TEXT).named("firewallArn", "FirewallArn");
    firewall_mode: Option<String> = Member::new("FirewallMode", &shape::TEXT).named("firewallMode", "FirewallMode");
    firewall_onboarding_status: Option<String> = Member::new("FirewallOnboardingStatus", &shape::TEXT).named("firewallOnboardingStatus", "FirewallOnboardingStatus");
}

static NETWORK_FIREWALL_ASSOCIATION_SET: Shape =
    Shape::List { member: &NETWORK_FIREWALL_ASSOCIATION, name: "item", flattened: false, length: None };

pub mod network_firewall_connectivity_type {
    pub const FLEXIBLE: &str = "flexible";
    pub const OUTBOUND_ONLY: &str = "outbound-only";
    pub const BIDIRECTIONAL: &str = "bidirectional";
    pub const EXCLUDE: &str = "exclude";
    pub const AZ_UNSUPPORTED: &str = "az-unsupported";
}

pub mod network_interface_status {
    pub const AVAILABLE: &str = "available";
    pub const ASSOCIATED: &str = "associated";
    pub const ATTACHING: &str = "attaching";
    pub const IN_USE: &str = "in-use";
    pub const DETACHING: &str = "detaching";
}

structure! { #[derive(Default)] OperatorResponse, OPERATOR_RESPONSE;
    hidden_by_default: Option<bool> = Member::new("HiddenByDefault", &shape::BOOLEAN).named("hiddenByDefault", "HiddenByDefault");
    managed: Option<bool> = Member::new("Managed", &shape::BOOLEAN).named("managed", "Managed");
    principal: Option<String> = Member::new("Principal", &shape::TEXT).named("principal", "Principal");
}

structure! { #[derive(Default)] Placement, PLACEMENT;
    affinity: Option<String> = Member::new("Affinity", &shape::TEXT).named("affinity", "Affinity");
    availability_zone: Option<String> = Member::new("AvailabilityZone", &shape::TEXT).named("availabilityZone", "AvailabilityZone");
    availability_zone_id: Option<String> = Member::new("AvailabilityZoneId", &shape::TEXT).named("availabilityZoneId", "AvailabilityZoneId");
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT).named("groupId", "GroupId");
    group_name: Option<String> = Member::new("GroupName", &shape::TEXT).named("groupName", "GroupName");
    host_id: Option<String> = Member::new("HostId", &shape::TEXT).named("hostId", "HostId");
    host_resource_group_arn: Option<String> = Member::new("HostResourceGroupArn", &shape::TEXT).named("hostResourceGroupArn", "HostResourceGroupArn");
    partition_number: Option<i64> = Member::new("PartitionNumber", &shape::INTEGER).named("partitionNumber", "PartitionNumber");
    spread_domain: Option<String> = Member::new("SpreadDomain", &shape::TEXT).named("spreadDomain", "SpreadDomain");
    tenancy: Option<String> = Member::new("Tenancy", &shape::TEXT).named("tenancy", "Tenancy");
}

pub mod platform_values {
    pub const WINDOWS: &str = "Windows";
}

structure! { #[derive(Default)] PrefixListId, PREFIX_LIST_ID;
    description: Option<String> = Member::new("Description", &shape::TEXT).named("description", "Description");
    prefix_list_id: Option<String> = Member::new("PrefixListId", &shape::TEXT).named("prefixListId", "PrefixListId");
}

static PREFIX_LIST_ID_LIST: Shape =
    Shape::List { member: &PREFIX_LIST_ID, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] PrivateDnsNameOptionsOnLaunch, PRIVATE_DNS_NAME_OPTIONS_ON_LAUNCH;
    enable_resource_name_dns_aaaa_record: Option<bool> = Member::new("EnableResourceNameDnsAAAARecord", &shape::BOOLEAN).named("enableResourceNameDnsAAAARecord", "EnableResourceNameDnsAAAARecord");
    enable_resource_name_dns_a_record: Option<bool> = Member::new("EnableResourceNameDnsARecord", &shape::BOOLEAN).named("enableResourceNameDnsARecord", "EnableResourceNameDnsARecord");
    hostname_type: Option<String> = Member::new("HostnameType", &shape::TEXT).named("hostnameType", "HostnameType");
}

structure! { #[derive(Default)] PrivateDnsNameOptionsResponse, PRIVATE_DNS_NAME_OPTIONS_RESPONSE;
    enable_resource_name_dns_aaaa_record: Option<bool> = Member::new("EnableResourceNameDnsAAAARecord", &shape::BOOLEAN).named("enableResourceNameDnsAAAARecord", "EnableResourceNameDnsAAAARecord");
    enable_resource_name_dns_a_record: Option<bool> = Member::new("EnableResourceNameDnsARecord", &shape::BOOLEAN).named("enableResourceNameDnsARecord", "EnableResourceNameDnsARecord");
    hostname_type: Option<String> = Member::new("HostnameType", &shape::TEXT).named("hostnameType", "HostnameType");
}

structure! { #[derive(Default)] ProductCode, PRODUCT_CODE;
    product_code_id: Option<String> = Member::new("ProductCodeId", &shape::TEXT).named("productCode", "ProductCode");
    product_code_type: Option<String> = Member::new("ProductCodeType", &shape::TEXT).named("type", "Type");
}

static PRODUCT_CODE_LIST: Shape = Shape::List { member: &PRODUCT_CODE, name: "item", flattened: false, length: None };

pub mod product_code_values {
    pub const DEVPAY: &str = "devpay";
    pub const MARKETPLACE: &str = "marketplace";
}

structure! { #[derive(Default)] RebootInstancesRequest, REBOOT_INSTANCES_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    instance_ids: Vec<String> = Member::new("InstanceIds", &INSTANCE_ID_STRING_LIST).named("InstanceId", "InstanceId").required();
}

structure! { #[derive(Default)] ReferencedSecurityGroup, REFERENCED_SECURITY_GROUP;
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT).named("groupId", "GroupId");
    peering_status: Option<String> = Member::new("PeeringStatus", &shape::TEXT).named("peeringStatus", "PeeringStatus");
    user_id: Option<String> = Member::new("UserId", &shape::TEXT).named("userId", "UserId");
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT).named("vpcId", "VpcId");
    vpc_peering_connection_id: Option<String> = Member::new("VpcPeeringConnectionId", &shape::TEXT).named("vpcPeeringConnectionId", "VpcPeeringConnectionId");
}

structure! { #[derive(Default)] Region, REGION;
    endpoint: Option<String> = Member::new("Endpoint", &shape::TEXT).named("regionEndpoint", "RegionEndpoint");
    geography: Option<Vec<RegionGeography>> = Member::new("Geography", &REGION_GEOGRAPHY_LIST).named("geographySet", "GeographySet");
    opt_in_status: Option<String> = Member::new("OptInStatus", &shape::TEXT).named("optInStatus", "OptInStatus");
    region_name: Option<String> = Member::new("RegionName", &shape::TEXT).named("regionName", "RegionName");
}

structure! { #[derive(Default)] RegionGeography, REGION_GEOGRAPHY;
    name: Option<String> = Member::new("Name", &shape::TEXT).named("name", "Name");
}

static REGION_GEOGRAPHY_LIST: Shape =
    Shape::List { member: &REGION_GEOGRAPHY, name: "item", flattened: false, length: None };

static REGION_LIST: Shape = Shape::List { member: &REGION, name: "item", flattened: false, length: None };

static REGION_NAME_STRING_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "RegionName", flattened: false, length: None };

structure! { #[derive(Default)] Reservation, RESERVATION;
    groups: Option<Vec<GroupIdentifier>> = Member::new("Groups", &GROUP_IDENTIFIER_LIST).named("groupSet", "GroupSet");
    instances: Option<Vec<Instance>> = Member::new("Instances", &INSTANCE_LIST).named("instancesSet", "InstancesSet");
    owner_id: Option<String> = Member::new("OwnerId", &shape::TEXT).named("ownerId", "OwnerId");
    requester_id: Option<String> = Member::new("RequesterId", &shape::TEXT).named("requesterId", "RequesterId");
    reservation_id: Option<String> = Member::new("ReservationId", &shape::TEXT).named("reservationId", "ReservationId");
}

static RESERVATION_LIST: Shape = Shape::List { member: &RESERVATION, name: "item", flattened: false, length: None };

static RESOURCE_TYPE: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &[
        "capacity-reservation",
        "client-vpn-endpoint",
        "customer-gateway",
        "carrier-gateway",
        "coip-pool",
        "declarative-policies-report",
        "dedicated-host",
        "dhcp-options",
        "egress-only-internet-gateway",
        "elastic-ip",
        "elastic-gpu",
        "export-image-task",
        "export-instance-task",
        "fca-policy",
        "fleet",
        "fpga-image",
        "host-reservation",
        "image",
        "image-usage-report",
        "import-image-task",
        "import-snapshot-task",
        "instance",
        "instance-event-window",
        "internet-gateway",
        "ipam",
        "ipam-pool",
        "ipam-scope",
        "ipv4pool-ec2",
        "ipv6pool-ec2",
        "key-pair",
        "launch-template",
        "local-gateway",
        "local-gateway-route-table",
        "local-gateway-virtual-interface",
        "local-gateway-virtual-interface-group",
        "local-gateway-route-table-vpc-association",
        "local-gateway-route-table-virtual-interface-group-association",
        "natgateway",
        "network-acl",
        "network-interface",
        "network-insights-analysis",
        "network-insights-path",
        "network-insights-access-scope",
        "network-insights-access-scope-analysis",
        "outpost-lag",
        "placement-group",
        "prefix-list",
        "replace-root-volume-task",
        "reserved-instances",
        "route-table",
        "security-group",
        "security-group-rule",
        "service-link-virtual-interface",
        "snapshot",
        "spot-fleet-request",
        "spot-instances-request",
        "subnet",
        "subnet-cidr-reservation",
        "traffic-mirror-filter",
        "traffic-mirror-session",
        "traffic-mirror-target",
        "transit-gateway",
        "transit-gateway-attachment",
        "transit-gateway-connect-peer",
        "transit-gateway-multicast-domain",
        "transit-gateway-policy-table",
        "transit-gateway-metering-policy",
        "transit-gateway-route-table",
        "transit-gateway-route-table-announcement",
        "volume",
        "vpc",
        "vpc-endpoint",
        "vpc-endpoint-connection",
        "vpc-endpoint-service",
        "vpc-endpoint-service-permission",
        "vpc-peering-connection",
        "vpn-connection",
        "vpn-gateway",
        "vpc-flow-log",
        "capacity-reservation-fleet",
        "traffic-mirror-filter-rule",
        "vpc-endpoint-connection-device-type",
        "verified-access-instance",
        "verified-access-group",
        "verified-access-endpoint",
        "verified-access-policy",
        "verified-access-trust-provider",
        "vpn-connection-device-type",
        "vpc-block-public-access-exclusion",
        "vpc-encryption-control",
        "route-server",
        "route-server-endpoint",
        "route-server-peer",
        "ipam-resource-discovery",
        "ipam-resource-discovery-association",
        "instance-connect-endpoint",
        "verified-access-endpoint-target",
        "ipam-external-resource-verification-token",
        "capacity-block",
        "mac-modification-task",
        "ipam-prefix-list-resolver",
        "ipam-policy",
        "ipam-prefix-list-resolver-target",
        "ipam-internet-registry-association",
        "secondary-interface",
        "secondary-network",
        "secondary-subnet",
        "capacity-manager-data-export",
        "vpn-concentrator",
        "ipam-pool-allocation",
        "capacity-reservation-cancellation-quote",
        "application-status-check",
        "capacity-reservation-modification-quote",
        "metric-category",
    ],
};

structure! { #[derive(Default)] RevokeSecurityGroupEgressRequest, REVOKE_SECURITY_GROUP_EGRESS_REQUEST;
    cidr_ip: Option<String> = Member::new("CidrIp", &shape::TEXT).named("cidrIp", "CidrIp");
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    from_port: Option<i64> = Member::new("FromPort", &shape::INTEGER).named("fromPort", "FromPort");
    group_id: String = Member::new("GroupId", &shape::TEXT).named("groupId", "GroupId").required();
    ip_permissions: Option<Vec<IpPermission>> = Member::new("IpPermissions", &IP_PERMISSION_LIST).named("ipPermissions", "IpPermissions");
    ip_protocol: Option<String> = Member::new("IpProtocol", &shape::TEXT).named("ipProtocol", "IpProtocol");
    security_group_rule_ids: Option<Vec<String>> = Member::new("SecurityGroupRuleIds", &SECURITY_GROUP_RULE_ID_LIST).named("SecurityGroupRuleId", "SecurityGroupRuleId");
    source_security_group_name: Option<String> = Member::new("SourceSecurityGroupName", &shape::TEXT).named("sourceSecurityGroupName", "SourceSecurityGroupName");
    source_security_group_owner_id: Option<String> = Member::new("SourceSecurityGroupOwnerId", &shape::TEXT).named("sourceSecurityGroupOwnerId", "SourceSecurityGroupOwnerId");
    to_port: Option<i64> = Member::new("ToPort", &shape::INTEGER).named("toPort", "ToPort");
}

structure! { #[derive(Default)] RevokeSecurityGroupEgressResult, REVOKE_SECURITY_GROUP_EGRESS_RESULT;
    r#return: Option<bool> = Member::new("Return", &shape::BOOLEAN).named("return", "Return");
    revoked_security_group_rules: Option<Vec<RevokedSecurityGroupRule>> = Member::new("RevokedSecurityGroupRules", &REVOKED_SECURITY_GROUP_RULE_LIST).named("revokedSecurityGroupRuleSet", "RevokedSecurityGroupRuleSet");
    unknown_ip_permissions: Option<Vec<IpPermission>> = Member::new("UnknownIpPermissions", &IP_PERMISSION_LIST).named("unknownIpPermissionSet", "UnknownIpPermissionSet");
}

structure! { #[derive(Default)] RevokeSecurityGroupIngressRequest, REVOKE_SECURITY_GROUP_INGRESS_REQUEST;
    cidr_ip: Option<String> = Member::new("CidrIp", &shape::TEXT);
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    from_port: Option<i64> = Member::new("FromPort", &shape::INTEGER);
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT);
    group_name: Option<String> = Member::new("GroupName", &shape::TEXT);
    ip_permissions: Option<Vec<IpPermission>> = Member::new("IpPermissions", &IP_PERMISSION_LIST);
    ip_protocol: Option<String> = Member::new("IpProtocol", &shape::TEXT);
    security_group_rule_ids: Option<Vec<String>> = Member::new("SecurityGroupRuleIds", &SECURITY_GROUP_RULE_ID_LIST).named("SecurityGroupRuleId", "SecurityGroupRuleId");
    source_security_group_name: Option<String> = Member::new("SourceSecurityGroupName", &shape::TEXT);
    source_security_group_owner_id: Option<String> = Member::new("SourceSecurityGroupOwnerId", &shape::TEXT);
    to_port: Option<i64> = Member::new("ToPort", &shape::INTEGER);
}

structure! { #[derive(Default)] RevokeSecurityGroupIngressResult, REVOKE_SECURITY_GROUP_INGRESS_RESULT;
    r#return: Option<bool> = Member::new("Return", &shape::BOOLEAN).named("return", "Return");
    revoked_security_group_rules: Option<Vec<RevokedSecurityGroupRule>> = Member::new("RevokedSecurityGroupRules", &REVOKED_SECURITY_GROUP_RULE_LIST).named("revokedSecurityGroupRuleSet", "RevokedSecurityGroupRuleSet");
    unknown_ip_permissions: Option<Vec<IpPermission>> = Member::new("UnknownIpPermissions", &IP_PERMISSION_LIST).named("unknownIpPermissionSet", "UnknownIpPermissionSet");
}

structure! { #[derive(Default)] RevokedSecurityGroupRule, REVOKED_SECURITY_GROUP_RULE;
    cidr_ipv4: Option<String> = Member::new("CidrIpv4", &shape::TEXT).named("cidrIpv4", "CidrIpv4");
    cidr_ipv6: Option<String> = Member::new("CidrIpv6", &shape::TEXT).named("cidrIpv6", "CidrIpv6");
    description: Option<String> = Member::new("Description", &shape::TEXT).named("description", "Description");
    from_port: Option<i64> = Member::new("FromPort", &shape::INTEGER).named("fromPort", "FromPort");
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT).named("groupId", "GroupId");
    ip_protocol: Option<String> = Member::new("IpProtocol", &shape::TEXT).named("ipProtocol", "IpProtocol");
    is_egress: Option<bool> = Member::new("IsEgress", &shape::BOOLEAN).named("isEgress", "IsEgress");
    prefix_list_id: Option<String> = Member::new("PrefixListId", &shape::TEXT).named("prefixListId", "PrefixListId");
    referenced_group_id: Option<String> = Member::new("ReferencedGroupId", &shape::TEXT).named("referencedGroupId", "ReferencedGroupId");
    security_group_rule_id: Option<String> = Member::new("SecurityGroupRuleId", &shape::TEXT).named("securityGroupRuleId", "SecurityGroupRuleId");
    to_port: Option<i64> = Member::new("ToPort", &shape::INTEGER).named("toPort", "ToPort");
}

static REVOKED_SECURITY_GROUP_RULE_LIST: Shape =
    Shape::List { member: &REVOKED_SECURITY_GROUP_RULE, name: "item", flattened: false, length: None };

pub mod secondary_interface_status {
    pub const AVAILABLE: &str = "available";
    pub const IN_USE: &str = "in-use";
}

pub mod secondary_interface_type {
    pub const SECONDARY: &str = "secondary";
}

structure! { #[derive(Default)] SecurityGroup, SECURITY_GROUP;
    description: Option<String> = Member::new("Description", &shape::TEXT).named("groupDescription", "GroupDescription");
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT).named("groupId", "GroupId");
    group_name: Option<String> = Member::new("GroupName", &shape::TEXT).named("groupName", "GroupName");
    ip_permissions: Option<Vec<IpPermission>> = Member::new("IpPermissions", &IP_PERMISSION_LIST).named("ipPermissions", "IpPermissions");
    ip_permissions_egress: Option<Vec<IpPermission>> = Member::new("IpPermissionsEgress", &IP_PERMISSION_LIST).named("ipPermissionsEgress", "IpPermissionsEgress");
    owner_id: Option<String> = Member::new("OwnerId", &shape::TEXT).named("ownerId", "OwnerId");
    security_group_arn: Option<String> = Member::new("SecurityGroupArn", &shape::TEXT).named("securityGroupArn", "SecurityGroupArn");
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST).named("tagSet", "TagSet");
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT).named("vpcId", "VpcId");
}

static SECURITY_GROUP_LIST: Shape =
    Shape::List { member: &SECURITY_GROUP, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] SecurityGroupRule, SECURITY_GROUP_RULE;
    cidr_ipv4: Option<String> = Member::new("CidrIpv4", &shape::TEXT).named("cidrIpv4", "CidrIpv4");
    cidr_ipv6: Option<String> = Member::new("CidrIpv6", &shape::TEXT).named("cidrIpv6", "CidrIpv6");
    description: Option<String> = Member::new("Description", &shape::TEXT).named("description", "Description");
    from_port: Option<i64> = Member::new("FromPort", &shape::INTEGER).named("fromPort", "FromPort");
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT).named("groupId", "GroupId");
    group_owner_id: Option<String> = Member::new("GroupOwnerId", &shape::TEXT).named("groupOwnerId", "GroupOwnerId");
    ip_protocol: Option<String> = Member::new("IpProtocol", &shape::TEXT).named("ipProtocol", "IpProtocol");
    is_egress: Option<bool> = Member::new("IsEgress", &shape::BOOLEAN).named("isEgress", "IsEgress");
    prefix_list_id: Option<String> = Member::new("PrefixListId", &shape::TEXT).named("prefixListId", "PrefixListId");
    referenced_group_info: Option<ReferencedSecurityGroup> = Member::new("ReferencedGroupInfo", &REFERENCED_SECURITY_GROUP).named("referencedGroupInfo", "ReferencedGroupInfo");
    security_group_rule_arn: Option<String> = Member::new("SecurityGroupRuleArn", &shape::TEXT).named("securityGroupRuleArn", "SecurityGroupRuleArn");
    security_group_rule_id: Option<String> = Member::new("SecurityGroupRuleId", &shape::TEXT).named("securityGroupRuleId", "SecurityGroupRuleId");
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST).named("tagSet", "TagSet");
    to_port: Option<i64> = Member::new("ToPort", &shape::INTEGER).named("toPort", "ToPort");
}

structure! { #[derive(Default)] SecurityGroupRuleDescription, SECURITY_GROUP_RULE_DESCRIPTION;
    description: Option<String> = Member::new("Description", &shape::TEXT);
    security_group_rule_id: Option<String> = Member::new("SecurityGroupRuleId", &shape::TEXT);
}

static SECURITY_GROUP_RULE_DESCRIPTION_LIST: Shape =
    Shape::List { member: &SECURITY_GROUP_RULE_DESCRIPTION, name: "item", flattened: false, length: None };

static SECURITY_GROUP_RULE_ID_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "item", flattened: false, length: None };

static SECURITY_GROUP_RULE_LIST: Shape =
    Shape::List { member: &SECURITY_GROUP_RULE, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] SecurityGroupRuleRequest, SECURITY_GROUP_RULE_REQUEST;
    cidr_ipv4: Option<String> = Member::new("CidrIpv4", &shape::TEXT);
    cidr_ipv6: Option<String> = Member::new("CidrIpv6", &shape::TEXT);
    description: Option<String> = Member::new("Description", &shape::TEXT);
    from_port: Option<i64> = Member::new("FromPort", &shape::INTEGER);
    ip_protocol: Option<String> = Member::new("IpProtocol", &shape::TEXT);
    prefix_list_id: Option<String> = Member::new("PrefixListId", &shape::TEXT);
    referenced_group_id: Option<String> = Member::new("ReferencedGroupId", &shape::TEXT);
    to_port: Option<i64> = Member::new("ToPort", &shape::INTEGER);
}

structure! { #[derive(Default)] SecurityGroupRuleUpdate, SECURITY_GROUP_RULE_UPDATE;
    security_group_rule: Option<SecurityGroupRuleRequest> = Member::new("SecurityGroupRule", &SECURITY_GROUP_RULE_REQUEST);
    security_group_rule_id: String = Member::new("SecurityGroupRuleId", &shape::TEXT).required();
}

static SECURITY_GROUP_RULE_UPDATE_LIST: Shape =
    Shape::List { member: &SECURITY_GROUP_RULE_UPDATE, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] StateReason, STATE_REASON;
    code: Option<String> = Member::new("Code", &shape::TEXT).named("code", "Code");
    message: Option<String> = Member::new("Message", &shape::TEXT).named("message", "Message");
}

structure! { #[derive(Default)] Subnet, SUBNET;
    assign_ipv6_address_on_creation: Option<bool> = Member::new("AssignIpv6AddressOnCreation", &shape::BOOLEAN).named("assignIpv6AddressOnCreation", "AssignIpv6AddressOnCreation");
    availability_zone: Option<String> = Member::new("AvailabilityZone", &shape::TEXT).named("availabilityZone", "AvailabilityZone");
    availability_zone_id: Option<String> = Member::new("AvailabilityZoneId", &shape::TEXT).named("availabilityZoneId", "AvailabilityZoneId");
    available_ip_address_count: Option<i64> = Member::new("AvailableIpAddressCount", &shape::INTEGER).named("availableIpAddressCount", "AvailableIpAddressCount");
    block_public_access_states: Option<BlockPublicAccessStates> = Member::new("BlockPublicAccessStates", &BLOCK_PUBLIC_ACCESS_STATES).named("blockPublicAccessStates", "BlockPublicAccessStates");
    cidr_block: Option<String> = Member::new("CidrBlock", &shape::TEXT).named("cidrBlock", "CidrBlock");
    customer_owned_ipv4_pool: Option<String> = Member::new("CustomerOwnedIpv4Pool", &shape::TEXT).named("customerOwnedIpv4Pool", "CustomerOwnedIpv4Pool");
    default_for_az: Option<bool> = Member::new("DefaultForAz", &shape::BOOLEAN).named("defaultForAz", "DefaultForAz");
    enable_dns64: Option<bool> = Member::new("EnableDns64", &shape::BOOLEAN).named("enableDns64", "EnableDns64");
    enable_lni_at_device_index: Option<i64> = Member::new("EnableLniAtDeviceIndex", &shape::INTEGER).named("enableLniAtDeviceIndex", "EnableLniAtDeviceIndex");
    ipv6_cidr_block_association_set: Option<Vec<SubnetIpv6CidrBlockAssociation>> = Member::new("Ipv6CidrBlockAssociationSet", &SUBNET_IPV6_CIDR_BLOCK_ASSOCIATION_SET).named("ipv6CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet");
    ipv6_native: Option<bool> = Member::new("Ipv6Native", &shape::BOOLEAN).named("ipv6Native", "Ipv6Native");
    map_customer_owned_ip_on_launch: Option<bool> = Member::new("MapCustomerOwnedIpOnLaunch", &shape::BOOLEAN).named("mapCustomerOwnedIpOnLaunch", "MapCustomerOwnedIpOnLaunch");
    map_public_ip_on_launch: Option<bool> = Member::new("MapPublicIpOnLaunch", &shape::BOOLEAN).named("mapPublicIpOnLaunch", "MapPublicIpOnLaunch");
    network_firewall_connectivity_type: Option<String> = Member::new("NetworkFirewallConnectivityType", &shape::TEXT).named("networkFirewallConnectivityType", "NetworkFirewallConnectivityType");
    outpost_arn: Option<String> = Member::new("OutpostArn", &shape::TEXT).named("outpostArn", "OutpostArn");
    owner_id: Option<String> = Member::new("OwnerId", &shape::TEXT).named("ownerId", "OwnerId");
    private_dns_name_options_on_launch: Option<PrivateDnsNameOptionsOnLaunch> = Member::new("PrivateDnsNameOptionsOnLaunch", &PRIVATE_DNS_NAME_OPTIONS_ON_LAUNCH).named("privateDnsNameOptionsOnLaunch", "PrivateDnsNameOptionsOnLaunch");
    state: Option<String> = Member::new("State", &shape::TEXT).named("state", "State");
    subnet_arn: Option<String> = Member::new("SubnetArn", &shape::TEXT).named("subnetArn", "SubnetArn");
    subnet_id: Option<String> = Member::new("SubnetId", &shape::TEXT).named("subnetId", "SubnetId");
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST).named("tagSet", "TagSet");
    r#type: Option<String> = Member::new("Type", &shape::TEXT).named("type", "Type");
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT).named("vpcId", "VpcId");
}

structure! { #[derive(Default)] SubnetCidrBlockState, SUBNET_CIDR_BLOCK_STATE;
    state: Option<String> = Member::new("State", &shape::TEXT).named("state", "State");
    status_message: Option<String> = Member::new("StatusMessage", &shape::TEXT).named("statusMessage", "StatusMessage");
}

pub mod subnet_cidr_block_state_code {
    pub const ASSOCIATING: &str = "associating";
    pub const ASSOCIATED: &str = "associated";
    pub const DISASSOCIATING: &str = "disassociating";
    pub const DISASSOCIATED: &str = "disassociated";
    pub const FAILING: &str = "failing";
    pub const FAILED: &str = "failed";
}

static SUBNET_ID_STRING_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "SubnetId", flattened: false, length: None };

structure! { #[derive(Default)] SubnetIpv6CidrBlockAssociation, SUBNET_IPV6_CIDR_BLOCK_ASSOCIATION;
    association_id: Option<String> = Member::new("AssociationId", &shape::TEXT).named("associationId", "AssociationId");
    ip_source: Option<String> = Member::new("IpSource", &shape::TEXT).named("ipSource", "IpSource");
    ipv6_address_attribute: Option<String> = Member::new("Ipv6AddressAttribute", &shape::TEXT).named("ipv6AddressAttribute", "Ipv6AddressAttribute");
    ipv6_cidr_block: Option<String> = Member::new("Ipv6CidrBlock", &shape::TEXT).named("ipv6CidrBlock", "Ipv6CidrBlock");
    ipv6_cidr_block_state: Option<SubnetCidrBlockState> = Member::new("Ipv6CidrBlockState", &SUBNET_CIDR_BLOCK_STATE).named("ipv6CidrBlockState", "Ipv6CidrBlockState");
}

static SUBNET_IPV6_CIDR_BLOCK_ASSOCIATION_SET: Shape =
    Shape::List { member: &SUBNET_IPV6_CIDR_BLOCK_ASSOCIATION, name: "item", flattened: false, length: None };

static SUBNET_LIST: Shape = Shape::List { member: &SUBNET, name: "item", flattened: false, length: None };

pub mod subnet_state {
    pub const PENDING: &str = "pending";
    pub const AVAILABLE: &str = "available";
    pub const UNAVAILABLE: &str = "unavailable";
    pub const FAILED: &str = "failed";
    pub const FAILED_INSUFFICIENT_CAPACITY: &str = "failed-insufficient-capacity";
}

structure! { #[derive(Default)] Tag, TAG;
    key: Option<String> = Member::new("Key", &shape::TEXT).named("key", "Key");
    value: Option<String> = Member::new("Value", &shape::TEXT).named("value", "Value");
}

static TAG_LIST: Shape = Shape::List { member: &TAG, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] TagSpecification, TAG_SPECIFICATION;
    resource_type: Option<String> = Member::new("ResourceType", &RESOURCE_TYPE).named("resourceType", "ResourceType");
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST).named("Tag", "Tag");
}

static TAG_SPECIFICATION_LIST: Shape =
    Shape::List { member: &TAG_SPECIFICATION, name: "item", flattened: false, length: None };

pub mod tenancy {
    pub const DEFAULT: &str = "default";
    pub const DEDICATED: &str = "dedicated";
    pub const HOST: &str = "host";
}

structure! { #[derive(Default)] TerminateInstancesRequest, TERMINATE_INSTANCES_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN).named("dryRun", "DryRun");
    force: Option<bool> = Member::new("Force", &shape::BOOLEAN);
    instance_ids: Vec<String> = Member::new("InstanceIds", &INSTANCE_ID_STRING_LIST).named("InstanceId", "InstanceId").required();
    skip_os_shutdown: Option<bool> = Member::new("SkipOsShutdown", &shape::BOOLEAN);
}

structure! { #[derive(Default)] TerminateInstancesResult, TERMINATE_INSTANCES_RESULT;
    terminating_instances: Option<Vec<InstanceStateChange>> = Member::new("TerminatingInstances", &INSTANCE_STATE_CHANGE_LIST).named("instancesSet", "InstancesSet");
}

structure! { #[derive(Default)] UpdateSecurityGroupRuleDescriptionsEgressRequest, UPDATE_SECURITY_GROUP_RULE_DESCRIPTIONS_EGRESS_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN);
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT);
    group_name: Option<String> = Member::new("GroupName", &shape::TEXT);
    ip_permissions: Option<Vec<IpPermission>> = Member::new("IpPermissions", &IP_PERMISSION_LIST);
    security_group_rule_descriptions: Option<Vec<SecurityGroupRuleDescription>> = Member::new("SecurityGroupRuleDescriptions", &SECURITY_GROUP_RULE_DESCRIPTION_LIST).named("SecurityGroupRuleDescription", "SecurityGroupRuleDescription");
}

structure! { #[derive(Default)] UpdateSecurityGroupRuleDescriptionsEgressResult, UPDATE_SECURITY_GROUP_RULE_DESCRIPTIONS_EGRESS_RESULT;
    r#return: Option<bool> = Member::new("Return", &shape::BOOLEAN).named("return", "Return");
}

structure! { #[derive(Default)] UpdateSecurityGroupRuleDescriptionsIngressRequest, UPDATE_SECURITY_GROUP_RULE_DESCRIPTIONS_INGRESS_REQUEST;
    dry_run: Option<bool> = Member::new("DryRun", &shape::BOOLEAN);
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT);
    group_name: Option<String> = Member::new("GroupName", &shape::TEXT);
    ip_permissions: Option<Vec<IpPermission>> = Member::new("IpPermissions", &IP_PERMISSION_LIST);
    security_group_rule_descriptions: Option<Vec<SecurityGroupRuleDescription>> = Member::new("SecurityGroupRuleDescriptions", &SECURITY_GROUP_RULE_DESCRIPTION_LIST).named("SecurityGroupRuleDescription", "SecurityGroupRuleDescription");
}

structure! { #[derive(Default)] UpdateSecurityGroupRuleDescriptionsIngressResult, UPDATE_SECURITY_GROUP_RULE_DESCRIPTIONS_INGRESS_RESULT;
    r#return: Option<bool> = Member::new("Return", &shape::BOOLEAN).named("return", "Return");
}

structure! { #[derive(Default)] UserIdGroupPair, USER_ID_GROUP_PAIR;
    description: Option<String> = Member::new("Description", &shape::TEXT).named("description", "Description");
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT).named("groupId", "GroupId");
    group_name: Option<String> = Member::new("GroupName", &shape::TEXT).named("groupName", "GroupName");
    peering_status: Option<String> = Member::new("PeeringStatus", &shape::TEXT).named("peeringStatus", "PeeringStatus");
    user_id: Option<String> = Member::new("UserId", &shape::TEXT).named("userId", "UserId");
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT).named("vpcId", "VpcId");
    vpc_peering_connection_id: Option<String> = Member::new("VpcPeeringConnectionId", &shape::TEXT).named("vpcPeeringConnectionId", "VpcPeeringConnectionId");
}

static USER_ID_GROUP_PAIR_LIST: Shape =
    Shape::List { member: &USER_ID_GROUP_PAIR, name: "item", flattened: false, length: None };

static VALUE_STRING_LIST: Shape = Shape::List { member: &shape::TEXT, name: "item", flattened: false, length: None };

pub mod virtualization_type {
    pub const HVM: &str = "hvm";
    pub const PARAVIRTUAL: &str = "paravirtual";
}

structure! { #[derive(Default)] Vpc, VPC;
    block_public_access_states: Option<BlockPublicAccessStates> = Member::new("BlockPublicAccessStates", &BLOCK_PUBLIC_ACCESS_STATES).named("blockPublicAccessStates", "BlockPublicAccessStates");
    cidr_block: Option<String> = Member::new("CidrBlock", &shape::TEXT).named("cidrBlock", "CidrBlock");
    cidr_block_association_set: Option<Vec<VpcCidrBlockAssociation>> = Member::new("CidrBlockAssociationSet", &VPC_CIDR_BLOCK_ASSOCIATION_SET).named("cidrBlockAssociationSet", "CidrBlockAssociationSet");
    dhcp_options_id: Option<String> = Member::new("DhcpOptionsId", &shape::TEXT).named("dhcpOptionsId", "DhcpOptionsId");
    encryption_control: Option<VpcEncryptionControl> = Member::new("EncryptionControl", &VPC_ENCRYPTION_CONTROL).named("encryptionControl", "EncryptionControl");
    instance_tenancy: Option<String> = Member::new("InstanceTenancy", &shape::TEXT).named("instanceTenancy", "InstanceTenancy");
    ipv6_cidr_block_association_set: Option<Vec<VpcIpv6CidrBlockAssociation>> = Member::new("Ipv6CidrBlockAssociationSet", &VPC_IPV6_CIDR_BLOCK_ASSOCIATION_SET).named("ipv6CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet");
    is_default: Option<bool> = Member::new("IsDefault", &shape::BOOLEAN).named("isDefault", "IsDefault");
    network_firewall_associations: Option<Vec<NetworkFirewallAssociation>> = Member::new("NetworkFirewallAssociations", &NETWORK_FIREWALL_ASSOCIATION_SET).named("networkFirewallAssociationSet", "NetworkFirewallAssociationSet");
    owner_id: Option<String> = Member::new("OwnerId", &shape::TEXT).named("ownerId", "OwnerId");
    state: Option<String> = Member::new("State", &shape::TEXT).named("state", "State");
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST).named("tagSet", "TagSet");
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT).named("vpcId", "VpcId");
}

structure! { #[derive(Default)] VpcCidrBlockAssociation, VPC_CIDR_BLOCK_ASSOCIATION;
    association_id: Option<String> = Member::new("AssociationId", &shape::TEXT).named("associationId", "AssociationId");
    cidr_block: Option<String> = Member::new("CidrBlock", &shape::TEXT).named("cidrBlock", "CidrBlock");
    cidr_block_state: Option<VpcCidrBlockState> = Member::new("CidrBlockState", &VPC_CIDR_BLOCK_STATE).named("cidrBlockState", "CidrBlockState");
}

static VPC_CIDR_BLOCK_ASSOCIATION_SET: Shape =
    Shape::List { member: &VPC_CIDR_BLOCK_ASSOCIATION, name: "item", flattened: false, length: None };

structure! { #[derive(Default)] VpcCidrBlockState, VPC_CIDR_BLOCK_STATE;
    state: Option<String> = Member::new("State", &shape::TEXT).named("state", "State");
    status_message: Option<String> = Member::new("StatusMessage", &shape::TEXT).named("statusMessage", "StatusMessage");
}

pub mod vpc_cidr_block_state_code {
    pub const ASSOCIATING: &str = "associating";
    pub const ASSOCIATED: &str = "associated";
    pub const DISASSOCIATING: &str = "disassociating";
    pub const DISASSOCIATED: &str = "disassociated";
    pub const FAILING: &str = "failing";
    pub const FAILED: &str = "failed";
}

structure! { #[derive(Default)] VpcEncryptionControl, VPC_ENCRYPTION_CONTROL;
    mode: Option<String> = Member::new("Mode", &shape::TEXT).named("mode", "Mode");
    resource_exclusions: Option<VpcEncryptionControlExclusions> = Member::new("ResourceExclusions", &VPC_ENCRYPTION_CONTROL_EXCLUSIONS).named("resourceExclusions", "ResourceExclusions");
    state: Option<String> = Member::new("State", &shape::TEXT).named("state", "State");
    state_message: Option<String> = Member::new("StateMessage", &shape::TEXT).named("stateMessage", "StateMessage");
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST).named("tagSet", "TagSet");
    vpc_encryption_control_id: Option<String> = Member::new("VpcEncryptionControlId", &shape::TEXT).named("vpcEncryptionControlId", "VpcEncryptionControlId");
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT).named("vpcId", "VpcId");
}

structure! { #[derive(Default)] VpcEncryptionControlExclusion, VPC_ENCRYPTION_CONTROL_EXCLUSION;
    state: Option<String> = Member::new("State", &shape::TEXT).named("state", "State");
    state_message: Option<String> = Member::new("StateMessage", &shape::TEXT).named("stateMessage", "StateMessage");
}

pub mod vpc_encryption_control_exclusion_state {
    pub const ENABLING: &str = "enabling";
    pub const ENABLED: &str = "enabled";
    pub const DISABLING: &str = "disabling";
    pub const DISABLED: &str = "disabled";
}

structure! { #[derive(Default)] VpcEncryptionControlExclusions, VPC_ENCRYPTION_CONTROL_EXCLUSIONS;
    api_gateway_v2: Option<VpcEncryptionControlExclusion> = Member::new("ApiGatewayV2", &VPC_ENCRYPTION_CONTROL_EXCLUSION).named("apiGatewayV2", "ApiGatewayV2");
    egress_only_internet_gateway: Option<VpcEncryptionControlExclusion> = Member::new("EgressOnlyInternetGateway", &VPC_ENCRYPTION_CONTROL_EXCLUSION).named("egressOnlyInternetGateway", "EgressOnlyInternetGateway");
    elastic_file_system: Option<VpcEncryptionControlExclusion> = Member::new("ElasticFileSystem", &VPC_ENCRYPTION_CONTROL_EXCLUSION).named("elasticFileSystem", "ElasticFileSystem");
    global_accelerator: Option<VpcEncryptionControlExclusion> = Member::new("GlobalAccelerator", &VPC_ENCRYPTION_CONTROL_EXCLUSION).named("globalAccelerator", "GlobalAccelerator");
    internet_gateway: Option<VpcEncryptionControlExclusion> = Member::new("InternetGateway", &VPC_ENCRYPTION_CONTROL_EXCLUSION).named("internetGateway", "InternetGateway");
    lambda: Option<VpcEncryptionControlExclusion> = Member::new("Lambda", &VPC_ENCRYPTION_CONTROL_EXCLUSION).named("lambda", "Lambda");
    nat_gateway: Option<VpcEncryptionControlExclusion> = Member::new("NatGateway", &VPC_ENCRYPTION_CONTROL_EXCLUSION).named("natGateway", "NatGateway");
    virtual_private_gateway: Option<VpcEncryptionControlExclusion> = Member::new("VirtualPrivateGateway", &VPC_ENCRYPTION_CONTROL_EXCLUSION).named("virtualPrivateGateway", "VirtualPrivateGateway");
    vpc_lattice: Option<VpcEncryptionControlExclusion> = Member::new("VpcLattice", &VPC_ENCRYPTION_CONTROL_EXCLUSION).named("vpcLattice", "VpcLattice");
    vpc_peering: Option<VpcEncryptionControlExclusion> = Member::new("VpcPeering", &VPC_ENCRYPTION_CONTROL_EXCLUSION).named("vpcPeering", "VpcPeering");
}

pub mod vpc_encryption_control_mode {
    pub const MONITOR: &str = "monitor";
    pub const ENFORCE: &str = "enforce";
}

pub mod vpc_encryption_control_state {
    pub const ENFORCE_IN_PROGRESS: &str = "enforce-in-progress";
    pub const MONITOR_IN_PROGRESS: &str = "monitor-in-progress";
    pub const ENFORCE_FAILED: &str = "enforce-failed";
    pub const MONITOR_FAILED: &str = "monitor-failed";
    pub const DELETING: &str = "deleting";
    pub const DELETED: &str = "deleted";
    pub const AVAILABLE: &str = "available";
    pub const CREATING: &str = "creating";
    pub const DELETE_FAILED: &str = "delete-failed";
}

static VPC_ID_STRING_LIST: Shape = Shape::List { member: &shape::TEXT, name: "VpcId", flattened: false, length: None };

structure! { #[derive(Default)] VpcIpv6CidrBlockAssociation, VPC_IPV6_CIDR_BLOCK_ASSOCIATION;
    association_id: Option<String> = Member::new("AssociationId", &shape::TEXT).named("associationId", "AssociationId");
    ip_source: Option<String> = Member::new("IpSource", &shape::TEXT).named("ipSource", "IpSource");
    ipv6_address_attribute: Option<String> = Member::new("Ipv6AddressAttribute", &shape::TEXT).named("ipv6AddressAttribute", "Ipv6AddressAttribute");
    ipv6_cidr_block: Option<String> = Member::new("Ipv6CidrBlock", &shape::TEXT).named("ipv6CidrBlock", "Ipv6CidrBlock");
    ipv6_cidr_block_state: Option<VpcCidrBlockState> = Member::new("Ipv6CidrBlockState", &VPC_CIDR_BLOCK_STATE).named("ipv6CidrBlockState", "Ipv6CidrBlockState");
    ipv6_pool: Option<String> = Member::new("Ipv6Pool", &shape::TEXT).named("ipv6Pool", "Ipv6Pool");
    network_border_group: Option<String> = Member::new("NetworkBorderGroup", &shape::TEXT).named("networkBorderGroup", "NetworkBorderGroup");
}

static VPC_IPV6_CIDR_BLOCK_ASSOCIATION_SET: Shape =
    Shape::List { member: &VPC_IPV6_CIDR_BLOCK_ASSOCIATION, name: "item", flattened: false, length: None };

static VPC_LIST: Shape = Shape::List { member: &VPC, name: "item", flattened: false, length: None };

pub mod vpc_state {
    pub const PENDING: &str = "pending";
    pub const AVAILABLE: &str = "available";
    pub const DELETING: &str = "deleting";
}

static ZONE_ID_STRING_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "ZoneId", flattened: false, length: None };

static ZONE_NAME_STRING_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "ZoneName", flattened: false, length: None };

/// The errors that the operations name.
pub mod error {
    use super::Code;
}

operations! {
    AuthorizeSecurityGroupEgress(super::AuthorizeSecurityGroupEgressRequest, &AUTHORIZE_SECURITY_GROUP_EGRESS_REQUEST) -> (super::AuthorizeSecurityGroupEgressResult, &AUTHORIZE_SECURITY_GROUP_EGRESS_RESULT, None);
    AuthorizeSecurityGroupIngress(super::AuthorizeSecurityGroupIngressRequest, &AUTHORIZE_SECURITY_GROUP_INGRESS_REQUEST) -> (super::AuthorizeSecurityGroupIngressResult, &AUTHORIZE_SECURITY_GROUP_INGRESS_RESULT, None);
    CreateKeyPair(super::CreateKeyPairRequest, &CREATE_KEY_PAIR_REQUEST) -> (super::KeyPair, &KEY_PAIR, None);
    CreateSecurityGroup(super::CreateSecurityGroupRequest, &CREATE_SECURITY_GROUP_REQUEST) -> (super::CreateSecurityGroupResult, &CREATE_SECURITY_GROUP_RESULT, None);
    DeleteKeyPair(super::DeleteKeyPairRequest, &DELETE_KEY_PAIR_REQUEST) -> (super::DeleteKeyPairResult, &DELETE_KEY_PAIR_RESULT, None);
    DeleteSecurityGroup(super::DeleteSecurityGroupRequest, &DELETE_SECURITY_GROUP_REQUEST) -> (super::DeleteSecurityGroupResult, &DELETE_SECURITY_GROUP_RESULT, None);
    DescribeAvailabilityZones(super::DescribeAvailabilityZonesRequest, &DESCRIBE_AVAILABILITY_ZONES_REQUEST) -> (super::DescribeAvailabilityZonesResult, &DESCRIBE_AVAILABILITY_ZONES_RESULT, None);
    DescribeInstances(super::DescribeInstancesRequest, &DESCRIBE_INSTANCES_REQUEST) -> (super::DescribeInstancesResult, &DESCRIBE_INSTANCES_RESULT, None);
    DescribeKeyPairs(super::DescribeKeyPairsRequest, &DESCRIBE_KEY_PAIRS_REQUEST) -> (super::DescribeKeyPairsResult, &DESCRIBE_KEY_PAIRS_RESULT, None);
    DescribeRegions(super::DescribeRegionsRequest, &DESCRIBE_REGIONS_REQUEST) -> (super::DescribeRegionsResult, &DESCRIBE_REGIONS_RESULT, None);
    DescribeSecurityGroupRules(super::DescribeSecurityGroupRulesRequest, &DESCRIBE_SECURITY_GROUP_RULES_REQUEST) -> (super::DescribeSecurityGroupRulesResult, &DESCRIBE_SECURITY_GROUP_RULES_RESULT, None);
    DescribeSecurityGroups(super::DescribeSecurityGroupsRequest, &DESCRIBE_SECURITY_GROUPS_REQUEST) -> (super::DescribeSecurityGroupsResult, &DESCRIBE_SECURITY_GROUPS_RESULT, None);
    DescribeSubnets(super::DescribeSubnetsRequest, &DESCRIBE_SUBNETS_REQUEST) -> (super::DescribeSubnetsResult, &DESCRIBE_SUBNETS_RESULT, None);
    DescribeVpcs(super::DescribeVpcsRequest, &DESCRIBE_VPCS_REQUEST) -> (super::DescribeVpcsResult, &DESCRIBE_VPCS_RESULT, None);
    ImportKeyPair(super::ImportKeyPairRequest, &IMPORT_KEY_PAIR_REQUEST) -> (super::ImportKeyPairResult, &IMPORT_KEY_PAIR_RESULT, None);
    ModifySecurityGroupRules(super::ModifySecurityGroupRulesRequest, &MODIFY_SECURITY_GROUP_RULES_REQUEST) -> (super::ModifySecurityGroupRulesResult, &MODIFY_SECURITY_GROUP_RULES_RESULT, None);
    RebootInstances(super::RebootInstancesRequest, &REBOOT_INSTANCES_REQUEST) -> ((), &shape::NOTHING, None);
    RevokeSecurityGroupEgress(super::RevokeSecurityGroupEgressRequest, &REVOKE_SECURITY_GROUP_EGRESS_REQUEST) -> (super::RevokeSecurityGroupEgressResult, &REVOKE_SECURITY_GROUP_EGRESS_RESULT, None);
    RevokeSecurityGroupIngress(super::RevokeSecurityGroupIngressRequest, &REVOKE_SECURITY_GROUP_INGRESS_REQUEST) -> (super::RevokeSecurityGroupIngressResult, &REVOKE_SECURITY_GROUP_INGRESS_RESULT, None);
    TerminateInstances(super::TerminateInstancesRequest, &TERMINATE_INSTANCES_REQUEST) -> (super::TerminateInstancesResult, &TERMINATE_INSTANCES_RESULT, None);
    UpdateSecurityGroupRuleDescriptionsEgress(super::UpdateSecurityGroupRuleDescriptionsEgressRequest, &UPDATE_SECURITY_GROUP_RULE_DESCRIPTIONS_EGRESS_REQUEST) -> (super::UpdateSecurityGroupRuleDescriptionsEgressResult, &UPDATE_SECURITY_GROUP_RULE_DESCRIPTIONS_EGRESS_RESULT, None);
    UpdateSecurityGroupRuleDescriptionsIngress(super::UpdateSecurityGroupRuleDescriptionsIngressRequest, &UPDATE_SECURITY_GROUP_RULE_DESCRIPTIONS_INGRESS_REQUEST) -> (super::UpdateSecurityGroupRuleDescriptionsIngressResult, &UPDATE_SECURITY_GROUP_RULE_DESCRIPTIONS_INGRESS_RESULT, None);
}

/// The service.
pub static MODEL: Model = Model {
    signing_name: "ec2",
    action_prefix: "ec2",
    version: "2016-11-15",
    protocol: Protocol::Ec2,
    namespace: "http://ec2.amazonaws.com/doc/2016-11-15",
    target: "",
    query_compatible: false,
    error_prefix: "",
    operations: OPERATIONS,
};
