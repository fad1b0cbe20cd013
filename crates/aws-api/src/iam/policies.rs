//! Policies: managed ones, attached ones, and those of one user, group or role.

use std::collections::BTreeMap;

use ::iam::{
    GroupName, Identity, ManagedPolicy, NewPolicy, Policy, PolicyArn, PolicyName, RoleName, State, UserName, VersionId,
};

use super::page::{Page, page};
use super::{Iam, described, encoded, maybe, model, pairs, tag, tags};
use crate::error::Error;
use crate::service::Caller;

type Result<T> = std::result::Result<T, Error>;

/// How often managed policies are attached, and how often they bound somebody.
#[derive(Debug, Default)]
struct Uses(BTreeMap<PolicyArn, (i64, i64)>);

impl Uses {
    fn count(state: &State) -> Self {
        let mut uses = Self::default();
        let users = state.users.values().map(|user| (&user.grants, user.boundary.as_ref()));
        let groups = state.groups.values().map(|group| (&group.grants, None));
        let roles = state.roles.values().map(|role| (&role.grants, role.boundary.as_ref()));
        for (grants, boundary) in users.chain(groups).chain(roles) {
            for arn in &grants.attached {
                uses.0.entry(arn.clone()).or_default().0 += 1;
            }
            if let Some(arn) = boundary {
                uses.0.entry(arn.clone()).or_default().1 += 1;
            }
        }
        uses
    }

    fn of(&self, arn: &PolicyArn) -> (i64, i64) {
        self.0.get(arn).copied().unwrap_or_default()
    }
}

fn policy(uses: &Uses, policy: &ManagedPolicy, whole: bool) -> model::Policy {
    let (attached, bounding) = uses.of(&policy.arn);
    model::Policy {
        arn: Some(policy.arn.to_string()),
        attachment_count: Some(attached),
        create_date: Some(policy.created),
        default_version_id: Some(policy.default_version.to_string()),
        description: policy.description.as_ref().filter(|_| whole).map(|text| text.as_str().to_owned()),
        is_attachable: Some(true),
        path: Some(policy.path.to_string()),
        permissions_boundary_usage_count: Some(bounding),
        policy_id: Some(policy.id.to_string()),
        policy_name: Some(policy.name.to_string()),
        tags: described(&policy.tags).filter(|_| whole),
        update_date: Some(policy.updated),
    }
}

fn version(policy: &ManagedPolicy, id: VersionId, whole: bool) -> Result<model::PolicyVersion> {
    let found = policy.version(id)?;
    Ok(model::PolicyVersion {
        create_date: Some(found.created),
        document: whole.then(|| encoded(&found.document)),
        is_default_version: Some(policy.default_version == id),
        version_id: Some(id.to_string()),
    })
}

impl Iam {
    pub(super) async fn create_policy(
        &self,
        caller: &Caller,
        input: model::CreatePolicyRequest,
    ) -> Result<model::CreatePolicyResponse> {
        let new = NewPolicy {
            name: input.policy_name.parse()?,
            path: maybe(input.path)?.unwrap_or_default(),
            document: Policy::identity(&input.policy_document)?,
            description: maybe(input.description)?,
            tags: tags(input.tags)?,
        };
        let made = self.iam.create_policy(new, caller.now).await?;
        Ok(model::CreatePolicyResponse { policy: Some(policy(&Uses::default(), &made, true)) })
    }

    pub(super) async fn get_policy(
        &self,
        _: &Caller,
        input: model::GetPolicyRequest,
    ) -> Result<model::GetPolicyResponse> {
        let state = self.iam.snapshot();
        let found = state.policy(&input.policy_arn.parse()?)?;
        Ok(model::GetPolicyResponse { policy: Some(policy(&Uses::count(&state), found, true)) })
    }

    pub(super) async fn delete_policy(&self, _: &Caller, input: model::DeletePolicyRequest) -> Result<()> {
        Ok(self.iam.delete_policy(input.policy_arn.parse()?).await?)
    }

    pub(super) async fn list_policies(
        &self,
        _: &Caller,
        input: model::ListPoliciesRequest,
    ) -> Result<model::ListPoliciesResponse> {
        let state = self.iam.snapshot();
        let uses = Uses::count(&state);
        let (aws, local) = match input.scope.as_deref() {
            Some("AWS") => (true, false),
            Some("Local") => (false, true),
            _ => (true, true),
        };
        let prefix = input.path_prefix.unwrap_or_default();
        let mut all: Vec<_> = ::iam::Iam::aws_policies().iter().filter(|_| aws).collect();
        all.extend(state.policies.values().filter(|_| local));
        all.retain(|one| {
            let (attached, bounding) = uses.of(&one.arn);
            let used = match input.policy_usage_filter.as_deref() {
                Some("PermissionsPolicy") => attached > 0,
                Some("PermissionsBoundary") => bounding > 0,
                _ => input.only_attached != Some(true) || attached > 0,
            };
            used && one.path.as_str().starts_with(&prefix)
        });
        all.sort_by(|one, other| one.arn.cmp(&other.arn));
        let all = all.into_iter().map(|one| (one.arn.as_str(), policy(&uses, one, false)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListPoliciesResponse {
            policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }

    pub(super) async fn create_policy_version(
        &self,
        caller: &Caller,
        input: model::CreatePolicyVersionRequest,
    ) -> Result<model::CreatePolicyVersionResponse> {
        let (arn, document) = (input.policy_arn.parse()?, Policy::identity(&input.policy_document)?);
        let default = input.set_as_default.unwrap_or(false);
        let (id, changed) = self.iam.create_policy_version(arn, document, default, caller.now).await?;
        Ok(model::CreatePolicyVersionResponse { policy_version: Some(version(&changed, id, false)?) })
    }

    pub(super) async fn get_policy_version(
        &self,
        _: &Caller,
        input: model::GetPolicyVersionRequest,
    ) -> Result<model::GetPolicyVersionResponse> {
        let state = self.iam.snapshot();
        let found = state.policy(&input.policy_arn.parse()?)?;
        Ok(model::GetPolicyVersionResponse { policy_version: Some(version(found, input.version_id.parse()?, true)?) })
    }

    pub(super) async fn list_policy_versions(
        &self,
        _: &Caller,
        input: model::ListPolicyVersionsRequest,
    ) -> Result<model::ListPolicyVersionsResponse> {
        let state = self.iam.snapshot();
        let found = state.policy(&input.policy_arn.parse()?)?;
        let mut all = Vec::new();
        // The newest first, as AWS has them; keys of pages rise.
        for (at, id) in found.versions.keys().rev().enumerate() {
            all.push((format!("{at:02}"), version(found, *id, false)?));
        }
        let all = all.iter().map(|(key, one)| (key.as_str(), one.clone()));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListPolicyVersionsResponse {
            versions: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }

    pub(super) async fn delete_policy_version(
        &self,
        caller: &Caller,
        input: model::DeletePolicyVersionRequest,
    ) -> Result<()> {
        let (arn, version) = (input.policy_arn.parse()?, input.version_id.parse()?);
        Ok(self.iam.delete_policy_version(arn, version, caller.now).await?)
    }

    pub(super) async fn set_default_policy_version(
        &self,
        caller: &Caller,
        input: model::SetDefaultPolicyVersionRequest,
    ) -> Result<()> {
        let (arn, version) = (input.policy_arn.parse()?, input.version_id.parse()?);
        Ok(self.iam.set_default_policy_version(arn, version, caller.now).await?)
    }

    pub(super) async fn tag_policy(&self, _: &Caller, input: model::TagPolicyRequest) -> Result<()> {
        let new = pairs(input.tags);
        Ok(self.iam.tag_policy(input.policy_arn.parse()?, move |old| old.with(new)).await?)
    }

    pub(super) async fn untag_policy(&self, _: &Caller, input: model::UntagPolicyRequest) -> Result<()> {
        let keys = input.tag_keys;
        Ok(self.iam.tag_policy(input.policy_arn.parse()?, move |old| Ok(old.without(&keys))).await?)
    }

    pub(super) async fn list_policy_tags(
        &self,
        _: &Caller,
        input: model::ListPolicyTagsRequest,
    ) -> Result<model::ListPolicyTagsResponse> {
        let state = self.iam.snapshot();
        let found = state.policy(&input.policy_arn.parse()?)?;
        let all = found.tags.iter().map(|(key, value)| (key, tag(key, value)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListPolicyTagsResponse { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }

    pub(super) async fn list_entities_for_policy(
        &self,
        _: &Caller,
        input: model::ListEntitiesForPolicyRequest,
    ) -> Result<model::ListEntitiesForPolicyResponse> {
        let state = self.iam.snapshot();
        let arn: PolicyArn = input.policy_arn.parse()?;
        state.policy(&arn)?;
        let usage = input.policy_usage_filter.as_deref();
        let mut all = Vec::new();
        if usage != Some("PermissionsBoundary") {
            all.extend(state.attached_to(&arn));
        }
        if usage != Some("PermissionsPolicy") {
            all.extend(state.bounded_by(&arn));
        }
        let prefix = input.path_prefix.unwrap_or_default();
        let kind = input.entity_filter.as_deref();
        let mut found = BTreeMap::new();
        for one in all {
            let (key, path, filter) = match &one {
                Identity::Group(name) => (format!("group/{name}"), &state.group(name)?.path, "Group"),
                Identity::Role(name) => (format!("role/{name}"), &state.role(name)?.path, "Role"),
                Identity::User(name) => (format!("user/{name}"), &state.user(name)?.path, "User"),
            };
            if path.as_str().starts_with(&prefix) && kind.is_none_or(|kind| kind == filter) {
                found.insert(key, one);
            }
        }
        let page = page(found.iter().map(|(key, one)| (key.as_str(), one)), input.marker.as_deref(), input.max_items)?;
        let (mut groups, mut roles, mut users) = (Vec::new(), Vec::new(), Vec::new());
        for one in page.items {
            match one {
                Identity::Group(name) => groups.push(model::PolicyGroup {
                    group_id: Some(state.group(name)?.id.to_string()),
                    group_name: Some(name.to_string()),
                }),
                Identity::Role(name) => roles.push(model::PolicyRole {
                    role_id: Some(state.role(name)?.id.to_string()),
                    role_name: Some(name.to_string()),
                }),
                Identity::User(name) => users.push(model::PolicyUser {
                    user_id: Some(state.user(name)?.id.to_string()),
                    user_name: Some(name.to_string()),
                }),
            }
        }
        Ok(model::ListEntitiesForPolicyResponse {
            policy_groups: Some(groups),
            policy_roles: Some(roles),
            policy_users: Some(users),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }

    fn attached(
        &self,
        of: &Identity,
        prefix: Option<String>,
        marker: Option<&str>,
        most: Option<i64>,
    ) -> Result<Page<model::AttachedPolicy>> {
        let state = self.iam.snapshot();
        let prefix = prefix.unwrap_or_default();
        let all = state.grants(of)?.attached.iter().filter_map(|arn| state.policy(arn).ok());
        let all = all.filter(|policy| policy.path.as_str().starts_with(&prefix)).map(|policy| {
            let attached = model::AttachedPolicy {
                policy_arn: Some(policy.arn.to_string()),
                policy_name: Some(policy.name.to_string()),
            };
            (policy.arn.as_str(), attached)
        });
        page(all, marker, most)
    }

    fn inline_names(&self, of: &Identity, marker: Option<&str>, most: Option<i64>) -> Result<Page<String>> {
        let state = self.iam.snapshot();
        page(state.grants(of)?.inline.keys().map(|name| (name.as_str(), name.to_string())), marker, most)
    }
}

/// The seven operations that users, groups and roles each have of their own: policies that are attached, and inline
/// ones.
macro_rules! of_identity {
    (
        $kind:ident, $name_type:ty, $name:ident,
        $attach:ident($attach_in:ident), $detach:ident($detach_in:ident),
        $attached:ident($attached_in:ident -> $attached_out:ident),
        $put:ident($put_in:ident), $delete:ident($delete_in:ident),
        $get:ident($get_in:ident -> $get_out:ident), $list:ident($list_in:ident -> $list_out:ident)
    ) => {
        impl Iam {
            pub(super) async fn $attach(&self, _: &Caller, input: model::$attach_in) -> Result<()> {
                let to = Identity::$kind(input.$name.parse()?);
                Ok(self.iam.attach(to, input.policy_arn.parse()?).await?)
            }

            pub(super) async fn $detach(&self, _: &Caller, input: model::$detach_in) -> Result<()> {
                let from = Identity::$kind(input.$name.parse()?);
                Ok(self.iam.detach(from, input.policy_arn.parse()?).await?)
            }

            pub(super) async fn $attached(
                &self,
                _: &Caller,
                input: model::$attached_in,
            ) -> Result<model::$attached_out> {
                let of = Identity::$kind(input.$name.parse()?);
                let page = self.attached(&of, input.path_prefix, input.marker.as_deref(), input.max_items)?;
                Ok(model::$attached_out {
                    attached_policies: Some(page.items),
                    is_truncated: page.is_truncated,
                    marker: page.marker,
                })
            }

            pub(super) async fn $put(&self, _: &Caller, input: model::$put_in) -> Result<()> {
                let (to, name) = (Identity::$kind(input.$name.parse()?), input.policy_name.parse()?);
                Ok(self.iam.put_inline(to, name, Policy::identity(&input.policy_document)?).await?)
            }

            pub(super) async fn $delete(&self, _: &Caller, input: model::$delete_in) -> Result<()> {
                let of = Identity::$kind(input.$name.parse()?);
                Ok(self.iam.delete_inline(of, input.policy_name.parse()?).await?)
            }

            pub(super) async fn $get(&self, _: &Caller, input: model::$get_in) -> Result<model::$get_out> {
                let (name, policy): ($name_type, PolicyName) = (input.$name.parse()?, input.policy_name.parse()?);
                let document = self.iam.inline(&Identity::$kind(name.clone()), &policy)?;
                Ok(model::$get_out {
                    $name: name.to_string(),
                    policy_document: encoded(&document),
                    policy_name: policy.to_string(),
                })
            }

            pub(super) async fn $list(&self, _: &Caller, input: model::$list_in) -> Result<model::$list_out> {
                let of = Identity::$kind(input.$name.parse()?);
                let page = self.inline_names(&of, input.marker.as_deref(), input.max_items)?;
                Ok(model::$list_out { policy_names: page.items, is_truncated: page.is_truncated, marker: page.marker })
            }
        }
    };
}

of_identity!(
    User, UserName, user_name,
    attach_user_policy(AttachUserPolicyRequest), detach_user_policy(DetachUserPolicyRequest),
    list_attached_user_policies(ListAttachedUserPoliciesRequest -> ListAttachedUserPoliciesResponse),
    put_user_policy(PutUserPolicyRequest), delete_user_policy(DeleteUserPolicyRequest),
    get_user_policy(GetUserPolicyRequest -> GetUserPolicyResponse),
    list_user_policies(ListUserPoliciesRequest -> ListUserPoliciesResponse)
);

of_identity!(
    Group, GroupName, group_name,
    attach_group_policy(AttachGroupPolicyRequest), detach_group_policy(DetachGroupPolicyRequest),
    list_attached_group_policies(ListAttachedGroupPoliciesRequest -> ListAttachedGroupPoliciesResponse),
    put_group_policy(PutGroupPolicyRequest), delete_group_policy(DeleteGroupPolicyRequest),
    get_group_policy(GetGroupPolicyRequest -> GetGroupPolicyResponse),
    list_group_policies(ListGroupPoliciesRequest -> ListGroupPoliciesResponse)
);

of_identity!(
    Role, RoleName, role_name,
    attach_role_policy(AttachRolePolicyRequest), detach_role_policy(DetachRolePolicyRequest),
    list_attached_role_policies(ListAttachedRolePoliciesRequest -> ListAttachedRolePoliciesResponse),
    put_role_policy(PutRolePolicyRequest), delete_role_policy(DeleteRolePolicyRequest),
    get_role_policy(GetRolePolicyRequest -> GetRolePolicyResponse),
    list_role_policies(ListRolePoliciesRequest -> ListRolePoliciesResponse)
);
