//! Instance profiles.

use std::collections::BTreeMap;

use ::iam::{Access, InstanceProfile, ProfileName, RoleName, State};

use super::page::page;
use super::roles::role;
use super::{Iam, described, maybe, model, pairs, tag, tags};
use crate::error::Error;
use crate::service::Caller;

type Result<T> = std::result::Result<T, Error>;

fn profile(state: &State, profile: &InstanceProfile, whole: bool) -> model::InstanceProfile {
    let roles = profile.role.iter().filter_map(|name| state.roles.get(name));
    model::InstanceProfile {
        arn: arn(state, profile),
        create_date: profile.created,
        instance_profile_id: profile.id.to_string(),
        instance_profile_name: profile.name.to_string(),
        path: profile.path.to_string(),
        roles: roles.map(|one| role(state, one, false)).collect(),
        tags: described(&profile.tags).filter(|_| whole),
    }
}

pub(super) fn arn(state: &State, profile: &InstanceProfile) -> String {
    format!("arn:aws:iam::{}:instance-profile{}{}", state.account, profile.path, profile.name)
}

impl Iam {
    pub(super) async fn create_instance_profile(
        &self,
        caller: &Caller,
        input: model::CreateInstanceProfileRequest,
    ) -> Result<model::CreateInstanceProfileResponse> {
        let (name, path) = (input.instance_profile_name.parse()?, maybe(input.path)?.unwrap_or_default());
        let made = self.iam.create_profile(name, path, tags(input.tags)?, caller.now).await?;
        let instance_profile = profile(&self.iam.snapshot(), &made, true);
        Ok(model::CreateInstanceProfileResponse { instance_profile })
    }

    pub(super) async fn get_instance_profile(
        &self,
        _: &Caller,
        input: model::GetInstanceProfileRequest,
    ) -> Result<model::GetInstanceProfileResponse> {
        let state = self.iam.snapshot();
        let name: ProfileName = input.instance_profile_name.parse()?;
        Ok(model::GetInstanceProfileResponse { instance_profile: profile(&state, state.profile(&name)?, true) })
    }

    pub(super) async fn delete_instance_profile(
        &self,
        _: &Caller,
        input: model::DeleteInstanceProfileRequest,
    ) -> Result<()> {
        Ok(self.iam.delete_profile(input.instance_profile_name.parse()?).await?)
    }

    pub(super) async fn list_instance_profiles(
        &self,
        _: &Caller,
        input: model::ListInstanceProfilesRequest,
    ) -> Result<model::ListInstanceProfilesResponse> {
        let state = self.iam.snapshot();
        let prefix = input.path_prefix.unwrap_or_default();
        let all = state.profiles.values().filter(|one| one.path.as_str().starts_with(&prefix));
        let all = all.map(|one| (one.name.as_str(), profile(&state, one, false)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListInstanceProfilesResponse {
            instance_profiles: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }

    pub(super) async fn list_instance_profiles_for_role(
        &self,
        _: &Caller,
        input: model::ListInstanceProfilesForRoleRequest,
    ) -> Result<model::ListInstanceProfilesForRoleResponse> {
        let state = self.iam.snapshot();
        let name: RoleName = input.role_name.parse()?;
        state.role(&name)?;
        let all = state.profiles.values().filter(|one| one.role.as_ref() == Some(&name));
        let all = all.map(|one| (one.name.as_str(), profile(&state, one, false)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListInstanceProfilesForRoleResponse {
            instance_profiles: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }

    /// Who puts a role into a profile passes it to instances, and must be allowed that, too: otherwise whoever may do
    /// the one could have any role.
    pub(super) async fn add_role_to_instance_profile(
        &self,
        caller: &Caller,
        input: model::AddRoleToInstanceProfileRequest,
    ) -> Result<()> {
        let name: RoleName = input.role_name.parse()?;
        let state = self.iam.snapshot();
        let resource = state.role(&name)?.arn(&state.account);
        let mut context = caller.context();
        context.extend(BTreeMap::from([("iam:PassedToService".to_owned(), vec!["ec2.amazonaws.com".to_owned()])]));
        let access = Access { action: "iam:PassRole", resource: &resource, context, resource_policy: None };
        self.iam.authorize(&caller.principal, &access)?;
        Ok(self.iam.add_role_to_profile(input.instance_profile_name.parse()?, name).await?)
    }

    pub(super) async fn remove_role_from_instance_profile(
        &self,
        _: &Caller,
        input: model::RemoveRoleFromInstanceProfileRequest,
    ) -> Result<()> {
        let (name, role) = (input.instance_profile_name.parse()?, input.role_name.parse()?);
        Ok(self.iam.remove_role_from_profile(name, role).await?)
    }

    pub(super) async fn tag_instance_profile(&self, _: &Caller, input: model::TagInstanceProfileRequest) -> Result<()> {
        let new = pairs(input.tags);
        Ok(self.iam.tag_profile(input.instance_profile_name.parse()?, move |old| old.with(new)).await?)
    }

    pub(super) async fn untag_instance_profile(
        &self,
        _: &Caller,
        input: model::UntagInstanceProfileRequest,
    ) -> Result<()> {
        let keys = input.tag_keys;
        Ok(self.iam.tag_profile(input.instance_profile_name.parse()?, move |old| Ok(old.without(&keys))).await?)
    }

    pub(super) async fn list_instance_profile_tags(
        &self,
        _: &Caller,
        input: model::ListInstanceProfileTagsRequest,
    ) -> Result<model::ListInstanceProfileTagsResponse> {
        let state = self.iam.snapshot();
        let name: ProfileName = input.instance_profile_name.parse()?;
        let all = state.profile(&name)?.tags.iter().map(|(key, value)| (key, tag(key, value)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListInstanceProfileTagsResponse {
            tags: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
