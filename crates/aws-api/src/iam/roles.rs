//! Roles.

use ::iam::{Identity, MaxSession, NewRole, Policy, Role, RoleName, State};

use super::page::page;
use super::{Iam, boundary, described, encoded, maybe, model, pairs, tag, tags, unsupported};
use crate::error::{self, Error};
use crate::service::Caller;

type Result<T> = std::result::Result<T, Error>;

/// A role, with or without what lists leave out.
pub(super) fn role(state: &State, role: &Role, whole: bool) -> model::Role {
    model::Role {
        arn: role.arn(&state.account),
        assume_role_policy_document: Some(encoded(&role.trust)),
        create_date: role.created,
        description: role.description.as_ref().map(|text| text.as_str().to_owned()),
        max_session_duration: Some(u32::from(role.max_session).into()),
        max_signin_session_duration: None,
        path: role.path.to_string(),
        permissions_boundary: boundary(role.boundary.as_ref().filter(|_| whole)),
        role_id: role.id.to_string(),
        role_last_used: whole.then(|| model::RoleLastUsed {
            last_used_date: role.last_used.as_ref().map(|last| last.when),
            region: role.last_used.as_ref().map(|last| last.region.clone()),
        }),
        role_name: role.name.to_string(),
        source_role_template: None,
        tags: described(&role.tags).filter(|_| whole),
    }
}

fn max_session(seconds: Option<i64>) -> Result<Option<MaxSession>> {
    let Some(seconds) = seconds else { return Ok(None) };
    let seconds = u32::try_from(seconds)
        .map_err(|_| Error::new(error::VALIDATION, format!("MaxSessionDuration cannot be {seconds} seconds.")))?;
    Ok(Some(MaxSession::try_from(seconds)?))
}

impl Iam {
    pub(super) async fn create_role(
        &self,
        caller: &Caller,
        input: model::CreateRoleRequest,
    ) -> Result<model::CreateRoleResponse> {
        unsupported(input.max_signin_session_duration, "MaxSigninSessionDuration")?;
        let new = NewRole {
            name: input.role_name.parse()?,
            path: maybe(input.path)?.unwrap_or_default(),
            trust: Policy::trust(&input.assume_role_policy_document)?,
            description: maybe(input.description)?,
            max_session: max_session(input.max_session_duration)?.unwrap_or_default(),
            tags: tags(input.tags)?,
            boundary: maybe(input.permissions_boundary)?,
        };
        let made = self.iam.create_role(new, caller.now).await?;
        let mut role = role(&self.iam.snapshot(), &made, true);
        role.role_last_used = None;
        Ok(model::CreateRoleResponse { role })
    }

    pub(super) async fn create_service_linked_role(
        &self,
        caller: &Caller,
        input: model::CreateServiceLinkedRoleRequest,
    ) -> Result<model::CreateServiceLinkedRoleResponse> {
        if input.custom_suffix.is_some() {
            return Err(Error::new(
                model::error::INVALID_INPUT_EXCEPTION,
                format!("Custom suffix is not allowed for {}", input.aws_service_name),
            ));
        }
        let description = maybe(input.description)?;
        let made = self.iam.create_service_linked_role(&input.aws_service_name, description, caller.now).await?;
        Ok(model::CreateServiceLinkedRoleResponse { role: Some(role(&self.iam.snapshot(), &made, false)) })
    }

    pub(super) async fn get_role(&self, _: &Caller, input: model::GetRoleRequest) -> Result<model::GetRoleResponse> {
        let state = self.iam.snapshot();
        let name: RoleName = input.role_name.parse()?;
        Ok(model::GetRoleResponse { role: role(&state, state.role(&name)?, true) })
    }

    pub(super) async fn update_role(
        &self,
        _: &Caller,
        input: model::UpdateRoleRequest,
    ) -> Result<model::UpdateRoleResponse> {
        unsupported(input.max_signin_session_duration, "MaxSigninSessionDuration")?;
        unsupported(input.reset_max_signin_session_duration, "ResetMaxSigninSessionDuration")?;
        let (description, most) = (maybe(input.description)?, max_session(input.max_session_duration)?);
        self.iam.update_role(input.role_name.parse()?, description, most).await?;
        Ok(model::UpdateRoleResponse {})
    }

    pub(super) async fn update_role_description(
        &self,
        _: &Caller,
        input: model::UpdateRoleDescriptionRequest,
    ) -> Result<model::UpdateRoleDescriptionResponse> {
        let description = Some(input.description.parse()?);
        let changed = self.iam.update_role(input.role_name.parse()?, description, None).await?;
        Ok(model::UpdateRoleDescriptionResponse { role: Some(role(&self.iam.snapshot(), &changed, true)) })
    }

    pub(super) async fn update_assume_role_policy(
        &self,
        _: &Caller,
        input: model::UpdateAssumeRolePolicyRequest,
    ) -> Result<()> {
        Ok(self.iam.update_trust(input.role_name.parse()?, Policy::trust(&input.policy_document)?).await?)
    }

    pub(super) async fn delete_role(&self, _: &Caller, input: model::DeleteRoleRequest) -> Result<()> {
        Ok(self.iam.delete_role(input.role_name.parse()?).await?)
    }

    pub(super) async fn list_roles(
        &self,
        _: &Caller,
        input: model::ListRolesRequest,
    ) -> Result<model::ListRolesResponse> {
        let state = self.iam.snapshot();
        let prefix = input.path_prefix.unwrap_or_default();
        let all = state.roles.values().filter(|one| one.path.as_str().starts_with(&prefix));
        let all = all.map(|one| (one.name.as_str(), role(&state, one, false)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListRolesResponse { roles: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }

    pub(super) async fn tag_role(&self, _: &Caller, input: model::TagRoleRequest) -> Result<()> {
        let new = pairs(input.tags);
        Ok(self.iam.tag_role(input.role_name.parse()?, move |old| old.with(new)).await?)
    }

    pub(super) async fn untag_role(&self, _: &Caller, input: model::UntagRoleRequest) -> Result<()> {
        let keys = input.tag_keys;
        Ok(self.iam.tag_role(input.role_name.parse()?, move |old| Ok(old.without(&keys))).await?)
    }

    pub(super) async fn list_role_tags(
        &self,
        _: &Caller,
        input: model::ListRoleTagsRequest,
    ) -> Result<model::ListRoleTagsResponse> {
        let state = self.iam.snapshot();
        let name: RoleName = input.role_name.parse()?;
        let all = state.role(&name)?.tags.iter().map(|(key, value)| (key, tag(key, value)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListRoleTagsResponse { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }

    pub(super) async fn put_role_permissions_boundary(
        &self,
        _: &Caller,
        input: model::PutRolePermissionsBoundaryRequest,
    ) -> Result<()> {
        let of = Identity::Role(input.role_name.parse()?);
        Ok(self.iam.set_boundary(of, Some(input.permissions_boundary.parse()?)).await?)
    }

    pub(super) async fn delete_role_permissions_boundary(
        &self,
        _: &Caller,
        input: model::DeleteRolePermissionsBoundaryRequest,
    ) -> Result<()> {
        Ok(self.iam.set_boundary(Identity::Role(input.role_name.parse()?), None).await?)
    }
}
