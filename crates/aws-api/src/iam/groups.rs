//! Groups.

use ::iam::{Group, GroupName, State, UserName};

use super::page::page;
use super::users::user;
use super::{Iam, maybe, model};
use crate::error::Error;
use crate::service::Caller;

type Result<T> = std::result::Result<T, Error>;

fn group(state: &State, group: &Group) -> model::Group {
    model::Group {
        arn: arn(state, group),
        create_date: group.created,
        group_id: group.id.to_string(),
        group_name: group.name.to_string(),
        path: group.path.to_string(),
    }
}

pub(super) fn arn(state: &State, group: &Group) -> String {
    format!("arn:aws:iam::{}:group{}{}", state.account, group.path, group.name)
}

impl Iam {
    pub(super) async fn create_group(
        &self,
        caller: &Caller,
        input: model::CreateGroupRequest,
    ) -> Result<model::CreateGroupResponse> {
        let path = maybe(input.path)?.unwrap_or_default();
        let made = self.iam.create_group(input.group_name.parse()?, path, caller.now).await?;
        Ok(model::CreateGroupResponse { group: group(&self.iam.snapshot(), &made) })
    }

    pub(super) async fn get_group(&self, _: &Caller, input: model::GetGroupRequest) -> Result<model::GetGroupResponse> {
        let state = self.iam.snapshot();
        let name: GroupName = input.group_name.parse()?;
        let found = state.group(&name)?;
        let all = state.members(&name).map(|one| (one.name.as_str(), user(&state, one, false)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::GetGroupResponse {
            group: group(&state, found),
            users: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }

    pub(super) async fn update_group(&self, _: &Caller, input: model::UpdateGroupRequest) -> Result<()> {
        let (new, path) = (maybe(input.new_group_name)?, maybe(input.new_path)?);
        Ok(self.iam.update_group(input.group_name.parse()?, new, path).await?)
    }

    pub(super) async fn delete_group(&self, _: &Caller, input: model::DeleteGroupRequest) -> Result<()> {
        Ok(self.iam.delete_group(input.group_name.parse()?).await?)
    }

    pub(super) async fn list_groups(
        &self,
        _: &Caller,
        input: model::ListGroupsRequest,
    ) -> Result<model::ListGroupsResponse> {
        let state = self.iam.snapshot();
        let prefix = input.path_prefix.unwrap_or_default();
        let all = state.groups.values().filter(|one| one.path.as_str().starts_with(&prefix));
        let all = all.map(|one| (one.name.as_str(), group(&state, one)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListGroupsResponse { groups: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }

    pub(super) async fn list_groups_for_user(
        &self,
        _: &Caller,
        input: model::ListGroupsForUserRequest,
    ) -> Result<model::ListGroupsForUserResponse> {
        let state = self.iam.snapshot();
        let name: UserName = input.user_name.parse()?;
        let all = state.user(&name)?.groups.iter().filter_map(|name| state.groups.get(name));
        let all = all.map(|one| (one.name.as_str(), group(&state, one)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListGroupsForUserResponse {
            groups: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }

    pub(super) async fn add_user_to_group(&self, _: &Caller, input: model::AddUserToGroupRequest) -> Result<()> {
        Ok(self.iam.add_to_group(input.user_name.parse()?, input.group_name.parse()?).await?)
    }

    pub(super) async fn remove_user_from_group(
        &self,
        _: &Caller,
        input: model::RemoveUserFromGroupRequest,
    ) -> Result<()> {
        Ok(self.iam.remove_from_group(input.user_name.parse()?, input.group_name.parse()?).await?)
    }
}
