//! AWS Identity and Access Management, version 2010-05-08: made by `cargo xtask codegen` from the model of botocore 1.44.8. Do not edit.
//!
//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, Version 2.0.
#![allow(unused_imports, clippy::large_enum_variant)]

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::shape::{self, Code, Member, Model, Protocol, Shape};
use crate::codec::{operations, structure};

structure! { #[derive(Default)] AccessKey, ACCESS_KEY;
    access_key_id: String = Member::new("AccessKeyId", &ACCESS_KEY_ID_TYPE).required();
    create_date: Option<Timestamp> = Member::new("CreateDate", &shape::TIMESTAMP);
    secret_access_key: Secret = Member::new("SecretAccessKey", &shape::TEXT).required();
    status: String = Member::new("Status", &STATUS_TYPE).required();
    user_name: String = Member::new("UserName", &USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] AccessKeyLastUsed, ACCESS_KEY_LAST_USED;
    last_used_date: Option<Timestamp> = Member::new("LastUsedDate", &shape::TIMESTAMP);
    region: String = Member::new("Region", &shape::TEXT).required();
    service_name: String = Member::new("ServiceName", &shape::TEXT).required();
}

structure! { #[derive(Default)] AccessKeyMetadata, ACCESS_KEY_METADATA;
    access_key_id: Option<String> = Member::new("AccessKeyId", &ACCESS_KEY_ID_TYPE);
    create_date: Option<Timestamp> = Member::new("CreateDate", &shape::TIMESTAMP);
    status: Option<String> = Member::new("Status", &STATUS_TYPE);
    user_name: Option<String> = Member::new("UserName", &USER_NAME_TYPE);
}

structure! { #[derive(Default)] AddRoleToInstanceProfileRequest, ADD_ROLE_TO_INSTANCE_PROFILE_REQUEST;
    instance_profile_name: String = Member::new("InstanceProfileName", &INSTANCE_PROFILE_NAME_TYPE).required();
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] AddUserToGroupRequest, ADD_USER_TO_GROUP_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] AttachGroupPolicyRequest, ATTACH_GROUP_POLICY_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
}

structure! { #[derive(Default)] AttachRolePolicyRequest, ATTACH_ROLE_POLICY_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] AttachUserPolicyRequest, ATTACH_USER_POLICY_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
    user_name: String = Member::new("UserName", &USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] AttachedPermissionsBoundary, ATTACHED_PERMISSIONS_BOUNDARY;
    permissions_boundary_arn: Option<String> = Member::new("PermissionsBoundaryArn", &ARN_TYPE);
    permissions_boundary_type: Option<String> = Member::new("PermissionsBoundaryType", &shape::TEXT);
}

structure! { #[derive(Default)] AttachedPolicy, ATTACHED_POLICY;
    policy_arn: Option<String> = Member::new("PolicyArn", &ARN_TYPE);
    policy_name: Option<String> = Member::new("PolicyName", &POLICY_NAME_TYPE);
}

structure! { #[derive(Default)] CreateAccessKeyRequest, CREATE_ACCESS_KEY_REQUEST;
    user_name: Option<String> = Member::new("UserName", &EXISTING_USER_NAME_TYPE);
}

structure! { #[derive(Default)] CreateAccessKeyResponse, CREATE_ACCESS_KEY_RESPONSE;
    access_key: AccessKey = Member::new("AccessKey", &ACCESS_KEY).required();
}

structure! { #[derive(Default)] CreateAccountAliasRequest, CREATE_ACCOUNT_ALIAS_REQUEST;
    account_alias: String = Member::new("AccountAlias", &ACCOUNT_ALIAS_TYPE).required();
}

structure! { #[derive(Default)] CreateGroupRequest, CREATE_GROUP_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    path: Option<String> = Member::new("Path", &PATH_TYPE);
}

structure! { CreateGroupResponse, CREATE_GROUP_RESPONSE;
    group: Group = Member::new("Group", &GROUP).required();
}

structure! { #[derive(Default)] CreateInstanceProfileRequest, CREATE_INSTANCE_PROFILE_REQUEST;
    instance_profile_name: String = Member::new("InstanceProfileName", &INSTANCE_PROFILE_NAME_TYPE).required();
    path: Option<String> = Member::new("Path", &PATH_TYPE);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST_TYPE);
}

structure! { CreateInstanceProfileResponse, CREATE_INSTANCE_PROFILE_RESPONSE;
    instance_profile: InstanceProfile = Member::new("InstanceProfile", &INSTANCE_PROFILE).required();
}

structure! { #[derive(Default)] CreatePolicyRequest, CREATE_POLICY_REQUEST;
    description: Option<String> = Member::new("Description", &POLICY_DESCRIPTION_TYPE);
    path: Option<String> = Member::new("Path", &POLICY_PATH_TYPE);
    policy_document: String = Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE).required();
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST_TYPE);
}

structure! { #[derive(Default)] CreatePolicyResponse, CREATE_POLICY_RESPONSE;
    policy: Option<Policy> = Member::new("Policy", &POLICY);
}

structure! { #[derive(Default)] CreatePolicyVersionRequest, CREATE_POLICY_VERSION_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
    policy_document: String = Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE).required();
    set_as_default: Option<bool> = Member::new("SetAsDefault", &shape::BOOLEAN);
}

structure! { #[derive(Default)] CreatePolicyVersionResponse, CREATE_POLICY_VERSION_RESPONSE;
    policy_version: Option<PolicyVersion> = Member::new("PolicyVersion", &POLICY_VERSION);
}

structure! { #[derive(Default)] CreateRoleRequest, CREATE_ROLE_REQUEST;
    assume_role_policy_document: String = Member::new("AssumeRolePolicyDocument", &POLICY_DOCUMENT_TYPE).required();
    description: Option<String> = Member::new("Description", &ROLE_DESCRIPTION_TYPE);
    max_session_duration: Option<i64> = Member::new("MaxSessionDuration", &ROLE_MAX_SESSION_DURATION_TYPE);
    max_signin_session_duration: Option<i64> = Member::new("MaxSigninSessionDuration", &MAX_SIGNIN_SESSION_DURATION_TYPE);
    path: Option<String> = Member::new("Path", &PATH_TYPE);
    permissions_boundary: Option<String> = Member::new("PermissionsBoundary", &ARN_TYPE);
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST_TYPE);
}

structure! { CreateRoleResponse, CREATE_ROLE_RESPONSE;
    role: Role = Member::new("Role", &ROLE).required();
}

structure! { #[derive(Default)] CreateServiceLinkedRoleRequest, CREATE_SERVICE_LINKED_ROLE_REQUEST;
    aws_service_name: String = Member::new("AWSServiceName", &GROUP_NAME_TYPE).required();
    custom_suffix: Option<String> = Member::new("CustomSuffix", &CUSTOM_SUFFIX_TYPE);
    description: Option<String> = Member::new("Description", &ROLE_DESCRIPTION_TYPE);
}

structure! { #[derive(Default)] CreateServiceLinkedRoleResponse, CREATE_SERVICE_LINKED_ROLE_RESPONSE;
    role: Option<Role> = Member::new("Role", &ROLE);
}

structure! { #[derive(Default)] CreateUserRequest, CREATE_USER_REQUEST;
    path: Option<String> = Member::new("Path", &PATH_TYPE);
    permissions_boundary: Option<String> = Member::new("PermissionsBoundary", &ARN_TYPE);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST_TYPE);
    user_name: String = Member::new("UserName", &USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] CreateUserResponse, CREATE_USER_RESPONSE;
    user: Option<User> = Member::new("User", &USER);
}

structure! { #[derive(Default)] DeleteAccessKeyRequest, DELETE_ACCESS_KEY_REQUEST;
    access_key_id: String = Member::new("AccessKeyId", &ACCESS_KEY_ID_TYPE).required();
    user_name: Option<String> = Member::new("UserName", &EXISTING_USER_NAME_TYPE);
}

structure! { #[derive(Default)] DeleteAccountAliasRequest, DELETE_ACCOUNT_ALIAS_REQUEST;
    account_alias: String = Member::new("AccountAlias", &ACCOUNT_ALIAS_TYPE).required();
}

structure! { #[derive(Default)] DeleteGroupPolicyRequest, DELETE_GROUP_POLICY_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
}

structure! { #[derive(Default)] DeleteGroupRequest, DELETE_GROUP_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
}

structure! { #[derive(Default)] DeleteInstanceProfileRequest, DELETE_INSTANCE_PROFILE_REQUEST;
    instance_profile_name: String = Member::new("InstanceProfileName", &INSTANCE_PROFILE_NAME_TYPE).required();
}

structure! { #[derive(Default)] DeletePolicyRequest, DELETE_POLICY_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
}

structure! { #[derive(Default)] DeletePolicyVersionRequest, DELETE_POLICY_VERSION_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
    version_id: String = Member::new("VersionId", &POLICY_VERSION_ID_TYPE).required();
}

structure! { #[derive(Default)] DeleteRolePermissionsBoundaryRequest, DELETE_ROLE_PERMISSIONS_BOUNDARY_REQUEST;
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] DeleteRolePolicyRequest, DELETE_ROLE_POLICY_REQUEST;
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] DeleteRoleRequest, DELETE_ROLE_REQUEST;
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] DeleteUserPermissionsBoundaryRequest, DELETE_USER_PERMISSIONS_BOUNDARY_REQUEST;
    user_name: String = Member::new("UserName", &USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] DeleteUserPolicyRequest, DELETE_USER_POLICY_REQUEST;
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] DeleteUserRequest, DELETE_USER_REQUEST;
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] DetachGroupPolicyRequest, DETACH_GROUP_POLICY_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
}

structure! { #[derive(Default)] DetachRolePolicyRequest, DETACH_ROLE_POLICY_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] DetachUserPolicyRequest, DETACH_USER_POLICY_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
    user_name: String = Member::new("UserName", &USER_NAME_TYPE).required();
}

static ENTITY_TYPE: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"],
};

pub mod entity_type {
    pub const USER: &str = "User";
    pub const ROLE: &str = "Role";
    pub const GROUP: &str = "Group";
    pub const LOCAL_MANAGED_POLICY: &str = "LocalManagedPolicy";
    pub const AWS_MANAGED_POLICY: &str = "AWSManagedPolicy";
}

structure! { #[derive(Default)] GetAccessKeyLastUsedRequest, GET_ACCESS_KEY_LAST_USED_REQUEST;
    access_key_id: String = Member::new("AccessKeyId", &ACCESS_KEY_ID_TYPE).required();
}

structure! { #[derive(Default)] GetAccessKeyLastUsedResponse, GET_ACCESS_KEY_LAST_USED_RESPONSE;
    access_key_last_used: Option<AccessKeyLastUsed> = Member::new("AccessKeyLastUsed", &ACCESS_KEY_LAST_USED);
    user_name: Option<String> = Member::new("UserName", &EXISTING_USER_NAME_TYPE);
}

structure! { #[derive(Default)] GetAccountSummaryResponse, GET_ACCOUNT_SUMMARY_RESPONSE;
    summary_map: Option<BTreeMap<String, i64>> = Member::new("SummaryMap", &SUMMARY_MAP_TYPE);
}

structure! { #[derive(Default)] GetGroupPolicyRequest, GET_GROUP_POLICY_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
}

structure! { #[derive(Default)] GetGroupPolicyResponse, GET_GROUP_POLICY_RESPONSE;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    policy_document: String = Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE).required();
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
}

structure! { #[derive(Default)] GetGroupRequest, GET_GROUP_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
}

structure! { GetGroupResponse, GET_GROUP_RESPONSE;
    group: Group = Member::new("Group", &GROUP).required();
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    users: Vec<User> = Member::new("Users", &USER_LIST_TYPE).required();
}

structure! { #[derive(Default)] GetInstanceProfileRequest, GET_INSTANCE_PROFILE_REQUEST;
    instance_profile_name: String = Member::new("InstanceProfileName", &INSTANCE_PROFILE_NAME_TYPE).required();
}

structure! { GetInstanceProfileResponse, GET_INSTANCE_PROFILE_RESPONSE;
    instance_profile: InstanceProfile = Member::new("InstanceProfile", &INSTANCE_PROFILE).required();
}

structure! { #[derive(Default)] GetPolicyRequest, GET_POLICY_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
}

structure! { #[derive(Default)] GetPolicyResponse, GET_POLICY_RESPONSE;
    policy: Option<Policy> = Member::new("Policy", &POLICY);
}

structure! { #[derive(Default)] GetPolicyVersionRequest, GET_POLICY_VERSION_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
    version_id: String = Member::new("VersionId", &POLICY_VERSION_ID_TYPE).required();
}

structure! { #[derive(Default)] GetPolicyVersionResponse, GET_POLICY_VERSION_RESPONSE;
    policy_version: Option<PolicyVersion> = Member::new("PolicyVersion", &POLICY_VERSION);
}

structure! { #[derive(Default)] GetRolePolicyRequest, GET_ROLE_POLICY_REQUEST;
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] GetRolePolicyResponse, GET_ROLE_POLICY_RESPONSE;
    policy_document: String = Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE).required();
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] GetRoleRequest, GET_ROLE_REQUEST;
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { GetRoleResponse, GET_ROLE_RESPONSE;
    role: Role = Member::new("Role", &ROLE).required();
}

structure! { #[derive(Default)] GetUserPolicyRequest, GET_USER_POLICY_REQUEST;
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] GetUserPolicyResponse, GET_USER_POLICY_RESPONSE;
    policy_document: String = Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE).required();
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] GetUserRequest, GET_USER_REQUEST;
    user_name: Option<String> = Member::new("UserName", &EXISTING_USER_NAME_TYPE);
}

structure! { GetUserResponse, GET_USER_RESPONSE;
    user: User = Member::new("User", &USER).required();
}

structure! { Group, GROUP;
    arn: String = Member::new("Arn", &ARN_TYPE).required();
    create_date: Timestamp = Member::new("CreateDate", &shape::TIMESTAMP).required();
    group_id: String = Member::new("GroupId", &shape::TEXT).required();
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    path: String = Member::new("Path", &PATH_TYPE).required();
}

structure! { InstanceProfile, INSTANCE_PROFILE;
    arn: String = Member::new("Arn", &ARN_TYPE).required();
    create_date: Timestamp = Member::new("CreateDate", &shape::TIMESTAMP).required();
    instance_profile_id: String = Member::new("InstanceProfileId", &shape::TEXT).required();
    instance_profile_name: String = Member::new("InstanceProfileName", &INSTANCE_PROFILE_NAME_TYPE).required();
    path: String = Member::new("Path", &PATH_TYPE).required();
    roles: Vec<Role> = Member::new("Roles", &ROLE_LIST_TYPE).required();
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST_TYPE);
}

structure! { #[derive(Default)] ListAccessKeysRequest, LIST_ACCESS_KEYS_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    user_name: Option<String> = Member::new("UserName", &EXISTING_USER_NAME_TYPE);
}

structure! { #[derive(Default)] ListAccessKeysResponse, LIST_ACCESS_KEYS_RESPONSE;
    access_key_metadata: Vec<AccessKeyMetadata> = Member::new("AccessKeyMetadata", &ACCESS_KEY_METADATA_LIST_TYPE).required();
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] ListAccountAliasesRequest, LIST_ACCOUNT_ALIASES_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
}

structure! { #[derive(Default)] ListAccountAliasesResponse, LIST_ACCOUNT_ALIASES_RESPONSE;
    account_aliases: Vec<String> = Member::new("AccountAliases", &ACCOUNT_ALIAS_LIST_TYPE).required();
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] ListAttachedGroupPoliciesRequest, LIST_ATTACHED_GROUP_POLICIES_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    path_prefix: Option<String> = Member::new("PathPrefix", &POLICY_PATH_TYPE);
}

structure! { #[derive(Default)] ListAttachedGroupPoliciesResponse, LIST_ATTACHED_GROUP_POLICIES_RESPONSE;
    attached_policies: Option<Vec<AttachedPolicy>> = Member::new("AttachedPolicies", &ATTACHED_POLICIES_LIST_TYPE);
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] ListAttachedRolePoliciesRequest, LIST_ATTACHED_ROLE_POLICIES_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    path_prefix: Option<String> = Member::new("PathPrefix", &POLICY_PATH_TYPE);
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] ListAttachedRolePoliciesResponse, LIST_ATTACHED_ROLE_POLICIES_RESPONSE;
    attached_policies: Option<Vec<AttachedPolicy>> = Member::new("AttachedPolicies", &ATTACHED_POLICIES_LIST_TYPE);
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] ListAttachedUserPoliciesRequest, LIST_ATTACHED_USER_POLICIES_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    path_prefix: Option<String> = Member::new("PathPrefix", &POLICY_PATH_TYPE);
    user_name: String = Member::new("UserName", &USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] ListAttachedUserPoliciesResponse, LIST_ATTACHED_USER_POLICIES_RESPONSE;
    attached_policies: Option<Vec<AttachedPolicy>> = Member::new("AttachedPolicies", &ATTACHED_POLICIES_LIST_TYPE);
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] ListEntitiesForPolicyRequest, LIST_ENTITIES_FOR_POLICY_REQUEST;
    entity_filter: Option<String> = Member::new("EntityFilter", &ENTITY_TYPE);
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    path_prefix: Option<String> = Member::new("PathPrefix", &PATH_TYPE);
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
    policy_usage_filter: Option<String> = Member::new("PolicyUsageFilter", &POLICY_USAGE_TYPE);
}

structure! { #[derive(Default)] ListEntitiesForPolicyResponse, LIST_ENTITIES_FOR_POLICY_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    policy_groups: Option<Vec<PolicyGroup>> = Member::new("PolicyGroups", &POLICY_GROUP_LIST_TYPE);
    policy_roles: Option<Vec<PolicyRole>> = Member::new("PolicyRoles", &POLICY_ROLE_LIST_TYPE);
    policy_users: Option<Vec<PolicyUser>> = Member::new("PolicyUsers", &POLICY_USER_LIST_TYPE);
}

structure! { #[derive(Default)] ListGroupPoliciesRequest, LIST_GROUP_POLICIES_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
}

structure! { #[derive(Default)] ListGroupPoliciesResponse, LIST_GROUP_POLICIES_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    policy_names: Vec<String> = Member::new("PolicyNames", &POLICY_NAME_LIST_TYPE).required();
}

structure! { #[derive(Default)] ListGroupsForUserRequest, LIST_GROUPS_FOR_USER_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] ListGroupsForUserResponse, LIST_GROUPS_FOR_USER_RESPONSE;
    groups: Vec<Group> = Member::new("Groups", &GROUP_LIST_TYPE).required();
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] ListGroupsRequest, LIST_GROUPS_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    path_prefix: Option<String> = Member::new("PathPrefix", &PATH_PREFIX_TYPE);
}

structure! { #[derive(Default)] ListGroupsResponse, LIST_GROUPS_RESPONSE;
    groups: Vec<Group> = Member::new("Groups", &GROUP_LIST_TYPE).required();
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] ListInstanceProfileTagsRequest, LIST_INSTANCE_PROFILE_TAGS_REQUEST;
    instance_profile_name: String = Member::new("InstanceProfileName", &INSTANCE_PROFILE_NAME_TYPE).required();
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
}

structure! { #[derive(Default)] ListInstanceProfileTagsResponse, LIST_INSTANCE_PROFILE_TAGS_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    tags: Vec<Tag> = Member::new("Tags", &TAG_LIST_TYPE).required();
}

structure! { #[derive(Default)] ListInstanceProfilesForRoleRequest, LIST_INSTANCE_PROFILES_FOR_ROLE_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] ListInstanceProfilesForRoleResponse, LIST_INSTANCE_PROFILES_FOR_ROLE_RESPONSE;
    instance_profiles: Vec<InstanceProfile> = Member::new("InstanceProfiles", &INSTANCE_PROFILE_LIST_TYPE).required();
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] ListInstanceProfilesRequest, LIST_INSTANCE_PROFILES_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    path_prefix: Option<String> = Member::new("PathPrefix", &PATH_PREFIX_TYPE);
}

structure! { #[derive(Default)] ListInstanceProfilesResponse, LIST_INSTANCE_PROFILES_RESPONSE;
    instance_profiles: Vec<InstanceProfile> = Member::new("InstanceProfiles", &INSTANCE_PROFILE_LIST_TYPE).required();
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
}

structure! { #[derive(Default)] ListPoliciesRequest, LIST_POLICIES_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    only_attached: Option<bool> = Member::new("OnlyAttached", &shape::BOOLEAN);
    path_prefix: Option<String> = Member::new("PathPrefix", &POLICY_PATH_TYPE);
    policy_usage_filter: Option<String> = Member::new("PolicyUsageFilter", &POLICY_USAGE_TYPE);
    scope: Option<String> = Member::new("Scope", &POLICY_SCOPE_TYPE);
}

structure! { #[derive(Default)] ListPoliciesResponse, LIST_POLICIES_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    policies: Option<Vec<Policy>> = Member::new("Policies", &POLICY_LIST_TYPE);
}

structure! { #[derive(Default)] ListPolicyTagsRequest, LIST_POLICY_TAGS_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
}

structure! { #[derive(Default)] ListPolicyTagsResponse, LIST_POLICY_TAGS_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    tags: Vec<Tag> = Member::new("Tags", &TAG_LIST_TYPE).required();
}

structure! { #[derive(Default)] ListPolicyVersionsRequest, LIST_POLICY_VERSIONS_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
}

structure! { #[derive(Default)] ListPolicyVersionsResponse, LIST_POLICY_VERSIONS_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    versions: Option<Vec<PolicyVersion>> = Member::new("Versions", &POLICY_DOCUMENT_VERSION_LIST_TYPE);
}

structure! { #[derive(Default)] ListRolePoliciesRequest, LIST_ROLE_POLICIES_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] ListRolePoliciesResponse, LIST_ROLE_POLICIES_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    policy_names: Vec<String> = Member::new("PolicyNames", &POLICY_NAME_LIST_TYPE).required();
}

structure! { #[derive(Default)] ListRoleTagsRequest, LIST_ROLE_TAGS_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] ListRoleTagsResponse, LIST_ROLE_TAGS_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    tags: Vec<Tag> = Member::new("Tags", &TAG_LIST_TYPE).required();
}

structure! { #[derive(Default)] ListRolesRequest, LIST_ROLES_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    path_prefix: Option<String> = Member::new("PathPrefix", &PATH_PREFIX_TYPE);
}

structure! { #[derive(Default)] ListRolesResponse, LIST_ROLES_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    roles: Vec<Role> = Member::new("Roles", &ROLE_LIST_TYPE).required();
}

structure! { #[derive(Default)] ListUserPoliciesRequest, LIST_USER_POLICIES_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] ListUserPoliciesResponse, LIST_USER_POLICIES_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    policy_names: Vec<String> = Member::new("PolicyNames", &POLICY_NAME_LIST_TYPE).required();
}

structure! { #[derive(Default)] ListUserTagsRequest, LIST_USER_TAGS_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] ListUserTagsResponse, LIST_USER_TAGS_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    tags: Vec<Tag> = Member::new("Tags", &TAG_LIST_TYPE).required();
}

structure! { #[derive(Default)] ListUsersRequest, LIST_USERS_REQUEST;
    marker: Option<String> = Member::new("Marker", &MARKER_TYPE);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS_TYPE);
    path_prefix: Option<String> = Member::new("PathPrefix", &PATH_PREFIX_TYPE);
}

structure! { #[derive(Default)] ListUsersResponse, LIST_USERS_RESPONSE;
    is_truncated: Option<bool> = Member::new("IsTruncated", &shape::BOOLEAN);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    users: Vec<User> = Member::new("Users", &USER_LIST_TYPE).required();
}

pub mod permissions_boundary_attachment_type {
    pub const PERMISSIONS_BOUNDARY_POLICY: &str = "PermissionsBoundaryPolicy";
}

structure! { #[derive(Default)] Policy, POLICY;
    arn: Option<String> = Member::new("Arn", &ARN_TYPE);
    attachment_count: Option<i64> = Member::new("AttachmentCount", &shape::INTEGER);
    create_date: Option<Timestamp> = Member::new("CreateDate", &shape::TIMESTAMP);
    default_version_id: Option<String> = Member::new("DefaultVersionId", &POLICY_VERSION_ID_TYPE);
    description: Option<String> = Member::new("Description", &POLICY_DESCRIPTION_TYPE);
    is_attachable: Option<bool> = Member::new("IsAttachable", &shape::BOOLEAN);
    path: Option<String> = Member::new("Path", &POLICY_PATH_TYPE);
    permissions_boundary_usage_count: Option<i64> = Member::new("PermissionsBoundaryUsageCount", &shape::INTEGER);
    policy_id: Option<String> = Member::new("PolicyId", &shape::TEXT);
    policy_name: Option<String> = Member::new("PolicyName", &POLICY_NAME_TYPE);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST_TYPE);
    update_date: Option<Timestamp> = Member::new("UpdateDate", &shape::TIMESTAMP);
}

structure! { #[derive(Default)] PolicyGroup, POLICY_GROUP;
    group_id: Option<String> = Member::new("GroupId", &shape::TEXT);
    group_name: Option<String> = Member::new("GroupName", &GROUP_NAME_TYPE);
}

static POLICY_GROUP_LIST_TYPE: Shape =
    Shape::List { member: &POLICY_GROUP, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] PolicyRole, POLICY_ROLE;
    role_id: Option<String> = Member::new("RoleId", &shape::TEXT);
    role_name: Option<String> = Member::new("RoleName", &ROLE_NAME_TYPE);
}

static POLICY_ROLE_LIST_TYPE: Shape =
    Shape::List { member: &POLICY_ROLE, name: "member", flattened: false, length: None };

static POLICY_USAGE_TYPE: Shape =
    Shape::Text { length: None, pattern: None, values: &["PermissionsPolicy", "PermissionsBoundary"] };

pub mod policy_usage_type {
    pub const PERMISSIONS_POLICY: &str = "PermissionsPolicy";
    pub const PERMISSIONS_BOUNDARY: &str = "PermissionsBoundary";
}

structure! { #[derive(Default)] PolicyUser, POLICY_USER;
    user_id: Option<String> = Member::new("UserId", &shape::TEXT);
    user_name: Option<String> = Member::new("UserName", &USER_NAME_TYPE);
}

static POLICY_USER_LIST_TYPE: Shape =
    Shape::List { member: &POLICY_USER, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] PolicyVersion, POLICY_VERSION;
    create_date: Option<Timestamp> = Member::new("CreateDate", &shape::TIMESTAMP);
    document: Option<String> = Member::new("Document", &POLICY_DOCUMENT_TYPE);
    is_default_version: Option<bool> = Member::new("IsDefaultVersion", &shape::BOOLEAN);
    version_id: Option<String> = Member::new("VersionId", &POLICY_VERSION_ID_TYPE);
}

structure! { #[derive(Default)] PutGroupPolicyRequest, PUT_GROUP_POLICY_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    policy_document: String = Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE).required();
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
}

structure! { #[derive(Default)] PutRolePermissionsBoundaryRequest, PUT_ROLE_PERMISSIONS_BOUNDARY_REQUEST;
    permissions_boundary: String = Member::new("PermissionsBoundary", &ARN_TYPE).required();
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] PutRolePolicyRequest, PUT_ROLE_POLICY_REQUEST;
    policy_document: String = Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE).required();
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] PutUserPermissionsBoundaryRequest, PUT_USER_PERMISSIONS_BOUNDARY_REQUEST;
    permissions_boundary: String = Member::new("PermissionsBoundary", &ARN_TYPE).required();
    user_name: String = Member::new("UserName", &USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] PutUserPolicyRequest, PUT_USER_POLICY_REQUEST;
    policy_document: String = Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE).required();
    policy_name: String = Member::new("PolicyName", &POLICY_NAME_TYPE).required();
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] RemoveRoleFromInstanceProfileRequest, REMOVE_ROLE_FROM_INSTANCE_PROFILE_REQUEST;
    instance_profile_name: String = Member::new("InstanceProfileName", &INSTANCE_PROFILE_NAME_TYPE).required();
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] RemoveUserFromGroupRequest, REMOVE_USER_FROM_GROUP_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { Role, ROLE;
    arn: String = Member::new("Arn", &ARN_TYPE).required();
    assume_role_policy_document: Option<String> = Member::new("AssumeRolePolicyDocument", &POLICY_DOCUMENT_TYPE);
    create_date: Timestamp = Member::new("CreateDate", &shape::TIMESTAMP).required();
    description: Option<String> = Member::new("Description", &ROLE_DESCRIPTION_TYPE);
    max_session_duration: Option<i64> = Member::new("MaxSessionDuration", &ROLE_MAX_SESSION_DURATION_TYPE);
    max_signin_session_duration: Option<i64> = Member::new("MaxSigninSessionDuration", &MAX_SIGNIN_SESSION_DURATION_TYPE);
    path: String = Member::new("Path", &PATH_TYPE).required();
    permissions_boundary: Option<AttachedPermissionsBoundary> = Member::new("PermissionsBoundary", &ATTACHED_PERMISSIONS_BOUNDARY);
    role_id: String = Member::new("RoleId", &shape::TEXT).required();
    role_last_used: Option<RoleLastUsed> = Member::new("RoleLastUsed", &ROLE_LAST_USED);
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
    source_role_template: Option<SourceRoleTemplate> = Member::new("SourceRoleTemplate", &SOURCE_ROLE_TEMPLATE);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST_TYPE);
}

structure! { #[derive(Default)] RoleLastUsed, ROLE_LAST_USED;
    last_used_date: Option<Timestamp> = Member::new("LastUsedDate", &shape::TIMESTAMP);
    region: Option<String> = Member::new("Region", &shape::TEXT);
}

structure! { #[derive(Default)] SetDefaultPolicyVersionRequest, SET_DEFAULT_POLICY_VERSION_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
    version_id: String = Member::new("VersionId", &POLICY_VERSION_ID_TYPE).required();
}

structure! { #[derive(Default)] SourceRoleTemplate, SOURCE_ROLE_TEMPLATE;
    template_arn: String = Member::new("TemplateArn", &ARN_TYPE).required();
    template_minor_version: i64 = Member::new("TemplateMinorVersion", &shape::INTEGER).required();
}

structure! { #[derive(Default)] Tag, TAG;
    key: String = Member::new("Key", &TAG_KEY_TYPE).required();
    value: String = Member::new("Value", &TAG_VALUE_TYPE).required();
}

structure! { #[derive(Default)] TagInstanceProfileRequest, TAG_INSTANCE_PROFILE_REQUEST;
    instance_profile_name: String = Member::new("InstanceProfileName", &INSTANCE_PROFILE_NAME_TYPE).required();
    tags: Vec<Tag> = Member::new("Tags", &TAG_LIST_TYPE).required();
}

structure! { #[derive(Default)] TagPolicyRequest, TAG_POLICY_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
    tags: Vec<Tag> = Member::new("Tags", &TAG_LIST_TYPE).required();
}

structure! { #[derive(Default)] TagRoleRequest, TAG_ROLE_REQUEST;
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
    tags: Vec<Tag> = Member::new("Tags", &TAG_LIST_TYPE).required();
}

structure! { #[derive(Default)] TagUserRequest, TAG_USER_REQUEST;
    tags: Vec<Tag> = Member::new("Tags", &TAG_LIST_TYPE).required();
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] UntagInstanceProfileRequest, UNTAG_INSTANCE_PROFILE_REQUEST;
    instance_profile_name: String = Member::new("InstanceProfileName", &INSTANCE_PROFILE_NAME_TYPE).required();
    tag_keys: Vec<String> = Member::new("TagKeys", &TAG_KEY_LIST_TYPE).required();
}

structure! { #[derive(Default)] UntagPolicyRequest, UNTAG_POLICY_REQUEST;
    policy_arn: String = Member::new("PolicyArn", &ARN_TYPE).required();
    tag_keys: Vec<String> = Member::new("TagKeys", &TAG_KEY_LIST_TYPE).required();
}

structure! { #[derive(Default)] UntagRoleRequest, UNTAG_ROLE_REQUEST;
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
    tag_keys: Vec<String> = Member::new("TagKeys", &TAG_KEY_LIST_TYPE).required();
}

structure! { #[derive(Default)] UntagUserRequest, UNTAG_USER_REQUEST;
    tag_keys: Vec<String> = Member::new("TagKeys", &TAG_KEY_LIST_TYPE).required();
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { #[derive(Default)] UpdateAccessKeyRequest, UPDATE_ACCESS_KEY_REQUEST;
    access_key_id: String = Member::new("AccessKeyId", &ACCESS_KEY_ID_TYPE).required();
    status: String = Member::new("Status", &STATUS_TYPE).required();
    user_name: Option<String> = Member::new("UserName", &EXISTING_USER_NAME_TYPE);
}

structure! { #[derive(Default)] UpdateAssumeRolePolicyRequest, UPDATE_ASSUME_ROLE_POLICY_REQUEST;
    policy_document: String = Member::new("PolicyDocument", &POLICY_DOCUMENT_TYPE).required();
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] UpdateGroupRequest, UPDATE_GROUP_REQUEST;
    group_name: String = Member::new("GroupName", &GROUP_NAME_TYPE).required();
    new_group_name: Option<String> = Member::new("NewGroupName", &GROUP_NAME_TYPE);
    new_path: Option<String> = Member::new("NewPath", &PATH_TYPE);
}

structure! { #[derive(Default)] UpdateRoleDescriptionRequest, UPDATE_ROLE_DESCRIPTION_REQUEST;
    description: String = Member::new("Description", &ROLE_DESCRIPTION_TYPE).required();
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] UpdateRoleDescriptionResponse, UPDATE_ROLE_DESCRIPTION_RESPONSE;
    role: Option<Role> = Member::new("Role", &ROLE);
}

structure! { #[derive(Default)] UpdateRoleRequest, UPDATE_ROLE_REQUEST;
    description: Option<String> = Member::new("Description", &ROLE_DESCRIPTION_TYPE);
    max_session_duration: Option<i64> = Member::new("MaxSessionDuration", &ROLE_MAX_SESSION_DURATION_TYPE);
    max_signin_session_duration: Option<i64> = Member::new("MaxSigninSessionDuration", &MAX_SIGNIN_SESSION_DURATION_TYPE);
    reset_max_signin_session_duration: Option<bool> = Member::new("ResetMaxSigninSessionDuration", &shape::BOOLEAN);
    role_name: String = Member::new("RoleName", &ROLE_NAME_TYPE).required();
}

structure! { #[derive(Default)] UpdateRoleResponse, UPDATE_ROLE_RESPONSE;
}

structure! { #[derive(Default)] UpdateUserRequest, UPDATE_USER_REQUEST;
    new_path: Option<String> = Member::new("NewPath", &PATH_TYPE);
    new_user_name: Option<String> = Member::new("NewUserName", &USER_NAME_TYPE);
    user_name: String = Member::new("UserName", &EXISTING_USER_NAME_TYPE).required();
}

structure! { User, USER;
    arn: String = Member::new("Arn", &ARN_TYPE).required();
    create_date: Timestamp = Member::new("CreateDate", &shape::TIMESTAMP).required();
    password_last_used: Option<Timestamp> = Member::new("PasswordLastUsed", &shape::TIMESTAMP);
    path: String = Member::new("Path", &PATH_TYPE).required();
    permissions_boundary: Option<AttachedPermissionsBoundary> = Member::new("PermissionsBoundary", &ATTACHED_PERMISSIONS_BOUNDARY);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST_TYPE);
    user_id: String = Member::new("UserId", &shape::TEXT).required();
    user_name: String = Member::new("UserName", &USER_NAME_TYPE).required();
}

static ACCESS_KEY_ID_TYPE: Shape = Shape::Text { length: Some((16, 128)), pattern: Some("[\\w]+"), values: &[] };

static ACCESS_KEY_METADATA_LIST_TYPE: Shape =
    Shape::List { member: &ACCESS_KEY_METADATA, name: "member", flattened: false, length: None };

static ACCOUNT_ALIAS_LIST_TYPE: Shape =
    Shape::List { member: &ACCOUNT_ALIAS_TYPE, name: "member", flattened: false, length: None };

static ACCOUNT_ALIAS_TYPE: Shape =
    Shape::Text { length: Some((3, 63)), pattern: Some("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"), values: &[] };

static ARN_TYPE: Shape = Shape::Text { length: Some((20, 2048)), pattern: None, values: &[] };

static ATTACHED_POLICIES_LIST_TYPE: Shape =
    Shape::List { member: &ATTACHED_POLICY, name: "member", flattened: false, length: None };

static CUSTOM_SUFFIX_TYPE: Shape = Shape::Text { length: Some((1, 64)), pattern: Some("[\\w+=,.@-]+"), values: &[] };

static EXISTING_USER_NAME_TYPE: Shape =
    Shape::Text { length: Some((1, 128)), pattern: Some("[\\w+=,.@-]+"), values: &[] };

static GROUP_LIST_TYPE: Shape = Shape::List { member: &GROUP, name: "member", flattened: false, length: None };

static GROUP_NAME_TYPE: Shape = Shape::Text { length: Some((1, 128)), pattern: Some("[\\w+=,.@-]+"), values: &[] };

static INSTANCE_PROFILE_LIST_TYPE: Shape =
    Shape::List { member: &INSTANCE_PROFILE, name: "member", flattened: false, length: None };

static INSTANCE_PROFILE_NAME_TYPE: Shape =
    Shape::Text { length: Some((1, 128)), pattern: Some("[\\w+=,.@-]+"), values: &[] };

static MARKER_TYPE: Shape = Shape::Text { length: Some((1, 320)), pattern: Some("[\\u0020-\\u00FF]+"), values: &[] };

static MAX_ITEMS_TYPE: Shape = Shape::Integer(1, 1000);

static MAX_SIGNIN_SESSION_DURATION_TYPE: Shape = Shape::Integer(3600, 7776000);

static PATH_PREFIX_TYPE: Shape =
    Shape::Text { length: Some((1, 512)), pattern: Some("\\u002F[\\u0021-\\u007F]*"), values: &[] };

static PATH_TYPE: Shape =
    Shape::Text { length: Some((1, 512)), pattern: Some("(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)"), values: &[] };

static POLICY_DESCRIPTION_TYPE: Shape = Shape::Text { length: Some((0, 1000)), pattern: None, values: &[] };

static POLICY_DOCUMENT_TYPE: Shape =
    Shape::Text { length: Some((1, 131072)), pattern: Some("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"), values: &[] };

static POLICY_DOCUMENT_VERSION_LIST_TYPE: Shape =
    Shape::List { member: &POLICY_VERSION, name: "member", flattened: false, length: None };

static POLICY_LIST_TYPE: Shape = Shape::List { member: &POLICY, name: "member", flattened: false, length: None };

static POLICY_NAME_LIST_TYPE: Shape =
    Shape::List { member: &POLICY_NAME_TYPE, name: "member", flattened: false, length: None };

static POLICY_NAME_TYPE: Shape = Shape::Text { length: Some((1, 128)), pattern: Some("[\\w+=,.@-]+"), values: &[] };

static POLICY_PATH_TYPE: Shape =
    Shape::Text { length: Some((1, 512)), pattern: Some("((/[A-Za-z0-9\\.,\\+@=_-]+)*)/"), values: &[] };

static POLICY_SCOPE_TYPE: Shape = Shape::Text { length: None, pattern: None, values: &["All", "AWS", "Local"] };

pub mod policy_scope_type {
    pub const ALL: &str = "All";
    pub const AWS: &str = "AWS";
    pub const LOCAL: &str = "Local";
}

static POLICY_VERSION_ID_TYPE: Shape =
    Shape::Text { length: None, pattern: Some("v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"), values: &[] };

static ROLE_DESCRIPTION_TYPE: Shape = Shape::Text {
    length: Some((0, 1000)),
    pattern: Some("[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"),
    values: &[],
};

static ROLE_LIST_TYPE: Shape = Shape::List { member: &ROLE, name: "member", flattened: false, length: None };

static ROLE_MAX_SESSION_DURATION_TYPE: Shape = Shape::Integer(3600, 43200);

static ROLE_NAME_TYPE: Shape = Shape::Text { length: Some((1, 64)), pattern: Some("[\\w+=,.@-]+"), values: &[] };

static STATUS_TYPE: Shape = Shape::Text { length: None, pattern: None, values: &["Active", "Inactive", "Expired"] };

pub mod status_type {
    pub const ACTIVE: &str = "Active";
    pub const INACTIVE: &str = "Inactive";
    pub const EXPIRED: &str = "Expired";
}

pub mod summary_key_type {
    pub const USERS: &str = "Users";
    pub const USERS_QUOTA: &str = "UsersQuota";
    pub const GROUPS: &str = "Groups";
    pub const GROUPS_QUOTA: &str = "GroupsQuota";
    pub const SERVER_CERTIFICATES: &str = "ServerCertificates";
    pub const SERVER_CERTIFICATES_QUOTA: &str = "ServerCertificatesQuota";
    pub const USER_POLICY_SIZE_QUOTA: &str = "UserPolicySizeQuota";
    pub const GROUP_POLICY_SIZE_QUOTA: &str = "GroupPolicySizeQuota";
    pub const GROUPS_PER_USER_QUOTA: &str = "GroupsPerUserQuota";
    pub const SIGNING_CERTIFICATES_PER_USER_QUOTA: &str = "SigningCertificatesPerUserQuota";
    pub const ACCESS_KEYS_PER_USER_QUOTA: &str = "AccessKeysPerUserQuota";
    pub const MFA_DEVICES: &str = "MFADevices";
    pub const MFA_DEVICES_IN_USE: &str = "MFADevicesInUse";
    pub const ACCOUNT_MFA_ENABLED: &str = "AccountMFAEnabled";
    pub const ACCOUNT_ACCESS_KEYS_PRESENT: &str = "AccountAccessKeysPresent";
    pub const ACCOUNT_PASSWORD_PRESENT: &str = "AccountPasswordPresent";
    pub const ACCOUNT_SIGNING_CERTIFICATES_PRESENT: &str = "AccountSigningCertificatesPresent";
    pub const ATTACHED_POLICIES_PER_GROUP_QUOTA: &str = "AttachedPoliciesPerGroupQuota";
    pub const ATTACHED_POLICIES_PER_ROLE_QUOTA: &str = "AttachedPoliciesPerRoleQuota";
    pub const ATTACHED_POLICIES_PER_USER_QUOTA: &str = "AttachedPoliciesPerUserQuota";
    pub const POLICIES: &str = "Policies";
    pub const POLICIES_QUOTA: &str = "PoliciesQuota";
    pub const POLICY_SIZE_QUOTA: &str = "PolicySizeQuota";
    pub const POLICY_VERSIONS_IN_USE: &str = "PolicyVersionsInUse";
    pub const POLICY_VERSIONS_IN_USE_QUOTA: &str = "PolicyVersionsInUseQuota";
    pub const VERSIONS_PER_POLICY_QUOTA: &str = "VersionsPerPolicyQuota";
    pub const GLOBAL_ENDPOINT_TOKEN_VERSION: &str = "GlobalEndpointTokenVersion";
    pub const ASSUME_ROLE_POLICY_SIZE_QUOTA: &str = "AssumeRolePolicySizeQuota";
    pub const INSTANCE_PROFILES: &str = "InstanceProfiles";
    pub const INSTANCE_PROFILES_QUOTA: &str = "InstanceProfilesQuota";
    pub const PROVIDERS: &str = "Providers";
    pub const ROLE_POLICY_SIZE_QUOTA: &str = "RolePolicySizeQuota";
    pub const ROLES: &str = "Roles";
    pub const ROLES_QUOTA: &str = "RolesQuota";
}

static SUMMARY_MAP_TYPE: Shape =
    Shape::Map { value: &shape::INTEGER, key_name: "key", value_name: "value", flattened: false };

static TAG_KEY_LIST_TYPE: Shape =
    Shape::List { member: &TAG_KEY_TYPE, name: "member", flattened: false, length: Some((0, 50)) };

static TAG_KEY_TYPE: Shape =
    Shape::Text { length: Some((1, 128)), pattern: Some("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"), values: &[] };

static TAG_LIST_TYPE: Shape = Shape::List { member: &TAG, name: "member", flattened: false, length: Some((0, 50)) };

static TAG_VALUE_TYPE: Shape =
    Shape::Text { length: Some((0, 256)), pattern: Some("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"), values: &[] };

static USER_LIST_TYPE: Shape = Shape::List { member: &USER, name: "member", flattened: false, length: None };

static USER_NAME_TYPE: Shape = Shape::Text { length: Some((1, 64)), pattern: Some("[\\w+=,.@-]+"), values: &[] };

/// The errors that the operations name.
pub mod error {
    use super::Code;

    pub const CONCURRENT_MODIFICATION_EXCEPTION: Code =
        Code { code: "ConcurrentModification", shape: "ConcurrentModificationException", status: 409 };
    pub const DELETE_CONFLICT_EXCEPTION: Code =
        Code { code: "DeleteConflict", shape: "DeleteConflictException", status: 409 };
    pub const ENTITY_ALREADY_EXISTS_EXCEPTION: Code =
        Code { code: "EntityAlreadyExists", shape: "EntityAlreadyExistsException", status: 409 };
    pub const ENTITY_TEMPORARILY_UNMODIFIABLE_EXCEPTION: Code =
        Code { code: "EntityTemporarilyUnmodifiable", shape: "EntityTemporarilyUnmodifiableException", status: 409 };
    pub const INVALID_INPUT_EXCEPTION: Code =
        Code { code: "InvalidInput", shape: "InvalidInputException", status: 400 };
    pub const LIMIT_EXCEEDED_EXCEPTION: Code =
        Code { code: "LimitExceeded", shape: "LimitExceededException", status: 409 };
    pub const MALFORMED_POLICY_DOCUMENT_EXCEPTION: Code =
        Code { code: "MalformedPolicyDocument", shape: "MalformedPolicyDocumentException", status: 400 };
    pub const NO_SUCH_ENTITY_EXCEPTION: Code =
        Code { code: "NoSuchEntity", shape: "NoSuchEntityException", status: 404 };
    pub const POLICY_NOT_ATTACHABLE_EXCEPTION: Code =
        Code { code: "PolicyNotAttachable", shape: "PolicyNotAttachableException", status: 400 };
    pub const SERVICE_FAILURE_EXCEPTION: Code =
        Code { code: "ServiceFailure", shape: "ServiceFailureException", status: 500 };
    pub const UNMODIFIABLE_ENTITY_EXCEPTION: Code =
        Code { code: "UnmodifiableEntity", shape: "UnmodifiableEntityException", status: 400 };
}

operations! {
    AddRoleToInstanceProfile(super::AddRoleToInstanceProfileRequest, &ADD_ROLE_TO_INSTANCE_PROFILE_REQUEST) -> ((), &shape::NOTHING, None);
    AddUserToGroup(super::AddUserToGroupRequest, &ADD_USER_TO_GROUP_REQUEST) -> ((), &shape::NOTHING, None);
    AttachGroupPolicy(super::AttachGroupPolicyRequest, &ATTACH_GROUP_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    AttachRolePolicy(super::AttachRolePolicyRequest, &ATTACH_ROLE_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    AttachUserPolicy(super::AttachUserPolicyRequest, &ATTACH_USER_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    CreateAccessKey(super::CreateAccessKeyRequest, &CREATE_ACCESS_KEY_REQUEST) -> (super::CreateAccessKeyResponse, &CREATE_ACCESS_KEY_RESPONSE, Some("CreateAccessKeyResult"));
    CreateAccountAlias(super::CreateAccountAliasRequest, &CREATE_ACCOUNT_ALIAS_REQUEST) -> ((), &shape::NOTHING, None);
    CreateGroup(super::CreateGroupRequest, &CREATE_GROUP_REQUEST) -> (super::CreateGroupResponse, &CREATE_GROUP_RESPONSE, Some("CreateGroupResult"));
    CreateInstanceProfile(super::CreateInstanceProfileRequest, &CREATE_INSTANCE_PROFILE_REQUEST) -> (super::CreateInstanceProfileResponse, &CREATE_INSTANCE_PROFILE_RESPONSE, Some("CreateInstanceProfileResult"));
    CreatePolicy(super::CreatePolicyRequest, &CREATE_POLICY_REQUEST) -> (super::CreatePolicyResponse, &CREATE_POLICY_RESPONSE, Some("CreatePolicyResult"));
    CreatePolicyVersion(super::CreatePolicyVersionRequest, &CREATE_POLICY_VERSION_REQUEST) -> (super::CreatePolicyVersionResponse, &CREATE_POLICY_VERSION_RESPONSE, Some("CreatePolicyVersionResult"));
    CreateRole(super::CreateRoleRequest, &CREATE_ROLE_REQUEST) -> (super::CreateRoleResponse, &CREATE_ROLE_RESPONSE, Some("CreateRoleResult"));
    CreateServiceLinkedRole(super::CreateServiceLinkedRoleRequest, &CREATE_SERVICE_LINKED_ROLE_REQUEST) -> (super::CreateServiceLinkedRoleResponse, &CREATE_SERVICE_LINKED_ROLE_RESPONSE, Some("CreateServiceLinkedRoleResult"));
    CreateUser(super::CreateUserRequest, &CREATE_USER_REQUEST) -> (super::CreateUserResponse, &CREATE_USER_RESPONSE, Some("CreateUserResult"));
    DeleteAccessKey(super::DeleteAccessKeyRequest, &DELETE_ACCESS_KEY_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteAccountAlias(super::DeleteAccountAliasRequest, &DELETE_ACCOUNT_ALIAS_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteGroup(super::DeleteGroupRequest, &DELETE_GROUP_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteGroupPolicy(super::DeleteGroupPolicyRequest, &DELETE_GROUP_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteInstanceProfile(super::DeleteInstanceProfileRequest, &DELETE_INSTANCE_PROFILE_REQUEST) -> ((), &shape::NOTHING, None);
    DeletePolicy(super::DeletePolicyRequest, &DELETE_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    DeletePolicyVersion(super::DeletePolicyVersionRequest, &DELETE_POLICY_VERSION_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteRole(super::DeleteRoleRequest, &DELETE_ROLE_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteRolePermissionsBoundary(super::DeleteRolePermissionsBoundaryRequest, &DELETE_ROLE_PERMISSIONS_BOUNDARY_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteRolePolicy(super::DeleteRolePolicyRequest, &DELETE_ROLE_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteUser(super::DeleteUserRequest, &DELETE_USER_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteUserPermissionsBoundary(super::DeleteUserPermissionsBoundaryRequest, &DELETE_USER_PERMISSIONS_BOUNDARY_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteUserPolicy(super::DeleteUserPolicyRequest, &DELETE_USER_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    DetachGroupPolicy(super::DetachGroupPolicyRequest, &DETACH_GROUP_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    DetachRolePolicy(super::DetachRolePolicyRequest, &DETACH_ROLE_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    DetachUserPolicy(super::DetachUserPolicyRequest, &DETACH_USER_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    GetAccessKeyLastUsed(super::GetAccessKeyLastUsedRequest, &GET_ACCESS_KEY_LAST_USED_REQUEST) -> (super::GetAccessKeyLastUsedResponse, &GET_ACCESS_KEY_LAST_USED_RESPONSE, Some("GetAccessKeyLastUsedResult"));
    GetAccountSummary((), &shape::NOTHING) -> (super::GetAccountSummaryResponse, &GET_ACCOUNT_SUMMARY_RESPONSE, Some("GetAccountSummaryResult"));
    GetGroup(super::GetGroupRequest, &GET_GROUP_REQUEST) -> (super::GetGroupResponse, &GET_GROUP_RESPONSE, Some("GetGroupResult"));
    GetGroupPolicy(super::GetGroupPolicyRequest, &GET_GROUP_POLICY_REQUEST) -> (super::GetGroupPolicyResponse, &GET_GROUP_POLICY_RESPONSE, Some("GetGroupPolicyResult"));
    GetInstanceProfile(super::GetInstanceProfileRequest, &GET_INSTANCE_PROFILE_REQUEST) -> (super::GetInstanceProfileResponse, &GET_INSTANCE_PROFILE_RESPONSE, Some("GetInstanceProfileResult"));
    GetPolicy(super::GetPolicyRequest, &GET_POLICY_REQUEST) -> (super::GetPolicyResponse, &GET_POLICY_RESPONSE, Some("GetPolicyResult"));
    GetPolicyVersion(super::GetPolicyVersionRequest, &GET_POLICY_VERSION_REQUEST) -> (super::GetPolicyVersionResponse, &GET_POLICY_VERSION_RESPONSE, Some("GetPolicyVersionResult"));
    GetRole(super::GetRoleRequest, &GET_ROLE_REQUEST) -> (super::GetRoleResponse, &GET_ROLE_RESPONSE, Some("GetRoleResult"));
    GetRolePolicy(super::GetRolePolicyRequest, &GET_ROLE_POLICY_REQUEST) -> (super::GetRolePolicyResponse, &GET_ROLE_POLICY_RESPONSE, Some("GetRolePolicyResult"));
    GetUser(super::GetUserRequest, &GET_USER_REQUEST) -> (super::GetUserResponse, &GET_USER_RESPONSE, Some("GetUserResult"));
    GetUserPolicy(super::GetUserPolicyRequest, &GET_USER_POLICY_REQUEST) -> (super::GetUserPolicyResponse, &GET_USER_POLICY_RESPONSE, Some("GetUserPolicyResult"));
    ListAccessKeys(super::ListAccessKeysRequest, &LIST_ACCESS_KEYS_REQUEST) -> (super::ListAccessKeysResponse, &LIST_ACCESS_KEYS_RESPONSE, Some("ListAccessKeysResult"));
    ListAccountAliases(super::ListAccountAliasesRequest, &LIST_ACCOUNT_ALIASES_REQUEST) -> (super::ListAccountAliasesResponse, &LIST_ACCOUNT_ALIASES_RESPONSE, Some("ListAccountAliasesResult"));
    ListAttachedGroupPolicies(super::ListAttachedGroupPoliciesRequest, &LIST_ATTACHED_GROUP_POLICIES_REQUEST) -> (super::ListAttachedGroupPoliciesResponse, &LIST_ATTACHED_GROUP_POLICIES_RESPONSE, Some("ListAttachedGroupPoliciesResult"));
    ListAttachedRolePolicies(super::ListAttachedRolePoliciesRequest, &LIST_ATTACHED_ROLE_POLICIES_REQUEST) -> (super::ListAttachedRolePoliciesResponse, &LIST_ATTACHED_ROLE_POLICIES_RESPONSE, Some("ListAttachedRolePoliciesResult"));
    ListAttachedUserPolicies(super::ListAttachedUserPoliciesRequest, &LIST_ATTACHED_USER_POLICIES_REQUEST) -> (super::ListAttachedUserPoliciesResponse, &LIST_ATTACHED_USER_POLICIES_RESPONSE, Some("ListAttachedUserPoliciesResult"));
    ListEntitiesForPolicy(super::ListEntitiesForPolicyRequest, &LIST_ENTITIES_FOR_POLICY_REQUEST) -> (super::ListEntitiesForPolicyResponse, &LIST_ENTITIES_FOR_POLICY_RESPONSE, Some("ListEntitiesForPolicyResult"));
    ListGroupPolicies(super::ListGroupPoliciesRequest, &LIST_GROUP_POLICIES_REQUEST) -> (super::ListGroupPoliciesResponse, &LIST_GROUP_POLICIES_RESPONSE, Some("ListGroupPoliciesResult"));
    ListGroups(super::ListGroupsRequest, &LIST_GROUPS_REQUEST) -> (super::ListGroupsResponse, &LIST_GROUPS_RESPONSE, Some("ListGroupsResult"));
    ListGroupsForUser(super::ListGroupsForUserRequest, &LIST_GROUPS_FOR_USER_REQUEST) -> (super::ListGroupsForUserResponse, &LIST_GROUPS_FOR_USER_RESPONSE, Some("ListGroupsForUserResult"));
    ListInstanceProfileTags(super::ListInstanceProfileTagsRequest, &LIST_INSTANCE_PROFILE_TAGS_REQUEST) -> (super::ListInstanceProfileTagsResponse, &LIST_INSTANCE_PROFILE_TAGS_RESPONSE, Some("ListInstanceProfileTagsResult"));
    ListInstanceProfiles(super::ListInstanceProfilesRequest, &LIST_INSTANCE_PROFILES_REQUEST) -> (super::ListInstanceProfilesResponse, &LIST_INSTANCE_PROFILES_RESPONSE, Some("ListInstanceProfilesResult"));
    ListInstanceProfilesForRole(super::ListInstanceProfilesForRoleRequest, &LIST_INSTANCE_PROFILES_FOR_ROLE_REQUEST) -> (super::ListInstanceProfilesForRoleResponse, &LIST_INSTANCE_PROFILES_FOR_ROLE_RESPONSE, Some("ListInstanceProfilesForRoleResult"));
    ListPolicies(super::ListPoliciesRequest, &LIST_POLICIES_REQUEST) -> (super::ListPoliciesResponse, &LIST_POLICIES_RESPONSE, Some("ListPoliciesResult"));
    ListPolicyTags(super::ListPolicyTagsRequest, &LIST_POLICY_TAGS_REQUEST) -> (super::ListPolicyTagsResponse, &LIST_POLICY_TAGS_RESPONSE, Some("ListPolicyTagsResult"));
    ListPolicyVersions(super::ListPolicyVersionsRequest, &LIST_POLICY_VERSIONS_REQUEST) -> (super::ListPolicyVersionsResponse, &LIST_POLICY_VERSIONS_RESPONSE, Some("ListPolicyVersionsResult"));
    ListRolePolicies(super::ListRolePoliciesRequest, &LIST_ROLE_POLICIES_REQUEST) -> (super::ListRolePoliciesResponse, &LIST_ROLE_POLICIES_RESPONSE, Some("ListRolePoliciesResult"));
    ListRoleTags(super::ListRoleTagsRequest, &LIST_ROLE_TAGS_REQUEST) -> (super::ListRoleTagsResponse, &LIST_ROLE_TAGS_RESPONSE, Some("ListRoleTagsResult"));
    ListRoles(super::ListRolesRequest, &LIST_ROLES_REQUEST) -> (super::ListRolesResponse, &LIST_ROLES_RESPONSE, Some("ListRolesResult"));
    ListUserPolicies(super::ListUserPoliciesRequest, &LIST_USER_POLICIES_REQUEST) -> (super::ListUserPoliciesResponse, &LIST_USER_POLICIES_RESPONSE, Some("ListUserPoliciesResult"));
    ListUserTags(super::ListUserTagsRequest, &LIST_USER_TAGS_REQUEST) -> (super::ListUserTagsResponse, &LIST_USER_TAGS_RESPONSE, Some("ListUserTagsResult"));
    ListUsers(super::ListUsersRequest, &LIST_USERS_REQUEST) -> (super::ListUsersResponse, &LIST_USERS_RESPONSE, Some("ListUsersResult"));
    PutGroupPolicy(super::PutGroupPolicyRequest, &PUT_GROUP_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    PutRolePermissionsBoundary(super::PutRolePermissionsBoundaryRequest, &PUT_ROLE_PERMISSIONS_BOUNDARY_REQUEST) -> ((), &shape::NOTHING, None);
    PutRolePolicy(super::PutRolePolicyRequest, &PUT_ROLE_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    PutUserPermissionsBoundary(super::PutUserPermissionsBoundaryRequest, &PUT_USER_PERMISSIONS_BOUNDARY_REQUEST) -> ((), &shape::NOTHING, None);
    PutUserPolicy(super::PutUserPolicyRequest, &PUT_USER_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    RemoveRoleFromInstanceProfile(super::RemoveRoleFromInstanceProfileRequest, &REMOVE_ROLE_FROM_INSTANCE_PROFILE_REQUEST) -> ((), &shape::NOTHING, None);
    RemoveUserFromGroup(super::RemoveUserFromGroupRequest, &REMOVE_USER_FROM_GROUP_REQUEST) -> ((), &shape::NOTHING, None);
    SetDefaultPolicyVersion(super::SetDefaultPolicyVersionRequest, &SET_DEFAULT_POLICY_VERSION_REQUEST) -> ((), &shape::NOTHING, None);
    TagInstanceProfile(super::TagInstanceProfileRequest, &TAG_INSTANCE_PROFILE_REQUEST) -> ((), &shape::NOTHING, None);
    TagPolicy(super::TagPolicyRequest, &TAG_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    TagRole(super::TagRoleRequest, &TAG_ROLE_REQUEST) -> ((), &shape::NOTHING, None);
    TagUser(super::TagUserRequest, &TAG_USER_REQUEST) -> ((), &shape::NOTHING, None);
    UntagInstanceProfile(super::UntagInstanceProfileRequest, &UNTAG_INSTANCE_PROFILE_REQUEST) -> ((), &shape::NOTHING, None);
    UntagPolicy(super::UntagPolicyRequest, &UNTAG_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    UntagRole(super::UntagRoleRequest, &UNTAG_ROLE_REQUEST) -> ((), &shape::NOTHING, None);
    UntagUser(super::UntagUserRequest, &UNTAG_USER_REQUEST) -> ((), &shape::NOTHING, None);
    UpdateAccessKey(super::UpdateAccessKeyRequest, &UPDATE_ACCESS_KEY_REQUEST) -> ((), &shape::NOTHING, None);
    UpdateAssumeRolePolicy(super::UpdateAssumeRolePolicyRequest, &UPDATE_ASSUME_ROLE_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    UpdateGroup(super::UpdateGroupRequest, &UPDATE_GROUP_REQUEST) -> ((), &shape::NOTHING, None);
    UpdateRole(super::UpdateRoleRequest, &UPDATE_ROLE_REQUEST) -> (super::UpdateRoleResponse, &UPDATE_ROLE_RESPONSE, Some("UpdateRoleResult"));
    UpdateRoleDescription(super::UpdateRoleDescriptionRequest, &UPDATE_ROLE_DESCRIPTION_REQUEST) -> (super::UpdateRoleDescriptionResponse, &UPDATE_ROLE_DESCRIPTION_RESPONSE, Some("UpdateRoleDescriptionResult"));
    UpdateUser(super::UpdateUserRequest, &UPDATE_USER_REQUEST) -> ((), &shape::NOTHING, None);
}

/// The service.
pub static MODEL: Model = Model {
    signing_name: "iam",
    action_prefix: "iam",
    version: "2010-05-08",
    protocol: Protocol::Query,
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    target: "",
    query_compatible: false,
    error_prefix: "",
    operations: OPERATIONS,
};
