//! Identity and Access Management: what its requests say in the words of `iam`, and what `iam` answers in the words of
//! its model.

mod groups;
mod page;
mod policies;
mod profiles;
mod roles;
mod targets;
#[cfg(test)]
pub(crate) mod tests;
mod users;

use ::iam::{Error as Fault, PolicyArn, Principal, Tags, UserName};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{self, Error};
use crate::generated::iam as model;
use crate::service::Caller;

/// The service.
#[derive(Debug, Clone)]
pub struct Iam {
    iam: ::iam::Iam,
}

impl Iam {
    /// Serves these users and policies.
    pub fn new(iam: ::iam::Iam) -> Self {
        Self { iam }
    }
}

crate::service! {
    Iam, speaks crate::generated::iam {
        AddRoleToInstanceProfile => add_role_to_instance_profile,
        AddUserToGroup => add_user_to_group,
        AttachGroupPolicy => attach_group_policy,
        AttachRolePolicy => attach_role_policy,
        AttachUserPolicy => attach_user_policy,
        CreateAccessKey => create_access_key,
        CreateAccountAlias => create_account_alias,
        CreateGroup => create_group,
        CreateInstanceProfile => create_instance_profile,
        CreatePolicy => create_policy,
        CreatePolicyVersion => create_policy_version,
        CreateRole => create_role,
        CreateServiceLinkedRole => create_service_linked_role,
        CreateUser => create_user,
        DeleteAccessKey => delete_access_key,
        DeleteAccountAlias => delete_account_alias,
        DeleteGroup => delete_group,
        DeleteGroupPolicy => delete_group_policy,
        DeleteInstanceProfile => delete_instance_profile,
        DeletePolicy => delete_policy,
        DeletePolicyVersion => delete_policy_version,
        DeleteRole => delete_role,
        DeleteRolePermissionsBoundary => delete_role_permissions_boundary,
        DeleteRolePolicy => delete_role_policy,
        DeleteUser => delete_user,
        DeleteUserPermissionsBoundary => delete_user_permissions_boundary,
        DeleteUserPolicy => delete_user_policy,
        DetachGroupPolicy => detach_group_policy,
        DetachRolePolicy => detach_role_policy,
        DetachUserPolicy => detach_user_policy,
        GetAccessKeyLastUsed => get_access_key_last_used,
        GetAccountSummary => get_account_summary,
        GetGroup => get_group,
        GetGroupPolicy => get_group_policy,
        GetInstanceProfile => get_instance_profile,
        GetPolicy => get_policy,
        GetPolicyVersion => get_policy_version,
        GetRole => get_role,
        GetRolePolicy => get_role_policy,
        GetUser => get_user,
        GetUserPolicy => get_user_policy,
        ListAccessKeys => list_access_keys,
        ListAccountAliases => list_account_aliases,
        ListAttachedGroupPolicies => list_attached_group_policies,
        ListAttachedRolePolicies => list_attached_role_policies,
        ListAttachedUserPolicies => list_attached_user_policies,
        ListEntitiesForPolicy => list_entities_for_policy,
        ListGroupPolicies => list_group_policies,
        ListGroups => list_groups,
        ListGroupsForUser => list_groups_for_user,
        ListInstanceProfileTags => list_instance_profile_tags,
        ListInstanceProfiles => list_instance_profiles,
        ListInstanceProfilesForRole => list_instance_profiles_for_role,
        ListPolicies => list_policies,
        ListPolicyTags => list_policy_tags,
        ListPolicyVersions => list_policy_versions,
        ListRolePolicies => list_role_policies,
        ListRoleTags => list_role_tags,
        ListRoles => list_roles,
        ListUserPolicies => list_user_policies,
        ListUserTags => list_user_tags,
        ListUsers => list_users,
        PutGroupPolicy => put_group_policy,
        PutRolePermissionsBoundary => put_role_permissions_boundary,
        PutRolePolicy => put_role_policy,
        PutUserPermissionsBoundary => put_user_permissions_boundary,
        PutUserPolicy => put_user_policy,
        RemoveRoleFromInstanceProfile => remove_role_from_instance_profile,
        RemoveUserFromGroup => remove_user_from_group,
        SetDefaultPolicyVersion => set_default_policy_version,
        TagInstanceProfile => tag_instance_profile,
        TagPolicy => tag_policy,
        TagRole => tag_role,
        TagUser => tag_user,
        UntagInstanceProfile => untag_instance_profile,
        UntagPolicy => untag_policy,
        UntagRole => untag_role,
        UntagUser => untag_user,
        UpdateAccessKey => update_access_key,
        UpdateAssumeRolePolicy => update_assume_role_policy,
        UpdateGroup => update_group,
        UpdateRole => update_role,
        UpdateRoleDescription => update_role_description,
        UpdateUser => update_user,
    }
    on targets_of
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        use crate::generated::iam::error::{
            DELETE_CONFLICT_EXCEPTION, ENTITY_ALREADY_EXISTS_EXCEPTION, INVALID_INPUT_EXCEPTION,
            LIMIT_EXCEEDED_EXCEPTION, MALFORMED_POLICY_DOCUMENT_EXCEPTION, NO_SUCH_ENTITY_EXCEPTION,
        };
        let code = match &fault {
            Fault::NoSuchEntity(_) => NO_SUCH_ENTITY_EXCEPTION,
            Fault::EntityAlreadyExists(_) => ENTITY_ALREADY_EXISTS_EXCEPTION,
            Fault::DeleteConflict(_) => DELETE_CONFLICT_EXCEPTION,
            Fault::LimitExceeded(_) => LIMIT_EXCEEDED_EXCEPTION,
            Fault::MalformedPolicyDocument(_) => MALFORMED_POLICY_DOCUMENT_EXCEPTION,
            Fault::InvalidInput(_) => INVALID_INPUT_EXCEPTION,
            Fault::Validation(_) => error::VALIDATION,
            Fault::Denied(_) | Fault::Forbidden(_) | Fault::Unmodifiable(_) => error::ACCESS_DENIED,
            Fault::Throttled => error::THROTTLING,
            Fault::Store(why) => return Self::internal(why),
        };
        Self::new(code, fault.to_string())
    }
}

/// What stays as it is in a document: RFC 3986's unreserved characters.
const DOCUMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A policy as IAM gives it: percent-encoded.
fn encoded(policy: &::iam::Policy) -> String {
    utf8_percent_encode(policy.text(), DOCUMENT).to_string()
}

/// An optional member, parsed.
fn maybe<T: std::str::FromStr<Err = Fault>>(text: Option<String>) -> Result<Option<T>, Error> {
    Ok(text.map(|text| text.parse()).transpose()?)
}

/// The tags of something new.
fn tags(tags: Option<Vec<model::Tag>>) -> Result<Tags, Error> {
    Ok(Tags::new(pairs(tags.unwrap_or_default()))?)
}

fn pairs(tags: Vec<model::Tag>) -> Vec<(String, String)> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// Tags as a description has them: none at all where there is none.
fn described(tags: &Tags) -> Option<Vec<model::Tag>> {
    (!tags.is_empty()).then(|| tags.iter().map(|(key, value)| tag(key, value)).collect())
}

fn tag(key: &str, value: &str) -> model::Tag {
    model::Tag { key: key.to_owned(), value: value.to_owned() }
}

fn boundary(arn: Option<&PolicyArn>) -> Option<model::AttachedPermissionsBoundary> {
    arn.map(|arn| model::AttachedPermissionsBoundary {
        permissions_boundary_arn: Some(arn.to_string()),
        permissions_boundary_type: Some("Policy".to_owned()),
    })
}

/// The user that an operation is on: the one that is named, or the one who asks.
fn user_or_self(caller: &Caller, name: Option<String>) -> Result<UserName, Error> {
    match (name, &caller.principal) {
        (Some(name), _) => Ok(name.parse()?),
        (None, Principal::User { name, .. }) => Ok(name.clone()),
        (None, _) => Err(Error::new(error::VALIDATION, "Must specify userName when calling with non-User credentials")),
    }
}

/// Refuses a member that nothing here could honour.
fn unsupported<T>(member: Option<T>, name: &str) -> Result<(), Error> {
    match member {
        None => Ok(()),
        Some(_) => Err(Error::new(
            model::error::INVALID_INPUT_EXCEPTION,
            format!("{name} is not supported here: there is no console sign-in by roles. Leave it out."),
        )),
    }
}
