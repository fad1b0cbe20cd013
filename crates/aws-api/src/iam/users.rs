//! Users, their access keys, and the account.

use std::collections::BTreeMap;

use ::iam::{Identity, NewUser, State, User, UserName};

use super::page::page;
use super::{Iam, boundary, described, maybe, model, pairs, tag, tags, user_or_self};
use crate::error::{self, Error};
use crate::service::Caller;

type Result<T> = std::result::Result<T, Error>;

/// A user, with or without what lists leave out.
pub(super) fn user(state: &State, user: &User, whole: bool) -> model::User {
    model::User {
        arn: arn(state, user),
        create_date: user.created,
        password_last_used: None,
        path: user.path.to_string(),
        permissions_boundary: boundary(user.boundary.as_ref().filter(|_| whole)),
        tags: described(&user.tags).filter(|_| whole),
        user_id: user.id.to_string(),
        user_name: user.name.to_string(),
    }
}

pub(super) fn arn(state: &State, user: &User) -> String {
    format!("arn:aws:iam::{}:user{}{}", state.account, user.path, user.name)
}

fn status(active: bool) -> String {
    if active { "Active" } else { "Inactive" }.to_owned()
}

impl Iam {
    pub(super) async fn create_user(
        &self,
        caller: &Caller,
        input: model::CreateUserRequest,
    ) -> Result<model::CreateUserResponse> {
        let new = NewUser {
            name: input.user_name.parse()?,
            path: maybe(input.path)?.unwrap_or_default(),
            tags: tags(input.tags)?,
            boundary: maybe(input.permissions_boundary)?,
        };
        let made = self.iam.create_user(new, caller.now).await?;
        Ok(model::CreateUserResponse { user: Some(user(&self.iam.snapshot(), &made, true)) })
    }

    pub(super) async fn get_user(
        &self,
        caller: &Caller,
        input: model::GetUserRequest,
    ) -> Result<model::GetUserResponse> {
        let name = user_or_self(caller, input.user_name)?;
        let state = self.iam.snapshot();
        Ok(model::GetUserResponse { user: user(&state, state.user(&name)?, true) })
    }

    pub(super) async fn update_user(&self, _: &Caller, input: model::UpdateUserRequest) -> Result<()> {
        let (new, path) = (maybe(input.new_user_name)?, maybe(input.new_path)?);
        Ok(self.iam.update_user(input.user_name.parse()?, new, path).await?)
    }

    pub(super) async fn delete_user(&self, _: &Caller, input: model::DeleteUserRequest) -> Result<()> {
        Ok(self.iam.delete_user(input.user_name.parse()?).await?)
    }

    pub(super) async fn list_users(
        &self,
        _: &Caller,
        input: model::ListUsersRequest,
    ) -> Result<model::ListUsersResponse> {
        let state = self.iam.snapshot();
        let prefix = input.path_prefix.unwrap_or_default();
        let all = state.users.values().filter(|one| one.path.as_str().starts_with(&prefix));
        let all = all.map(|one| (one.name.as_str(), user(&state, one, false)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListUsersResponse { users: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }

    pub(super) async fn tag_user(&self, _: &Caller, input: model::TagUserRequest) -> Result<()> {
        let new = pairs(input.tags);
        Ok(self.iam.tag_user(input.user_name.parse()?, move |old| old.with(new)).await?)
    }

    pub(super) async fn untag_user(&self, _: &Caller, input: model::UntagUserRequest) -> Result<()> {
        let keys = input.tag_keys;
        Ok(self.iam.tag_user(input.user_name.parse()?, move |old| Ok(old.without(&keys))).await?)
    }

    pub(super) async fn list_user_tags(
        &self,
        _: &Caller,
        input: model::ListUserTagsRequest,
    ) -> Result<model::ListUserTagsResponse> {
        let state = self.iam.snapshot();
        let name: UserName = input.user_name.parse()?;
        let all = state.user(&name)?.tags.iter().map(|(key, value)| (key, tag(key, value)));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListUserTagsResponse { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }

    pub(super) async fn put_user_permissions_boundary(
        &self,
        _: &Caller,
        input: model::PutUserPermissionsBoundaryRequest,
    ) -> Result<()> {
        let of = Identity::User(input.user_name.parse()?);
        Ok(self.iam.set_boundary(of, Some(input.permissions_boundary.parse()?)).await?)
    }

    pub(super) async fn delete_user_permissions_boundary(
        &self,
        _: &Caller,
        input: model::DeleteUserPermissionsBoundaryRequest,
    ) -> Result<()> {
        Ok(self.iam.set_boundary(Identity::User(input.user_name.parse()?), None).await?)
    }

    pub(super) async fn create_access_key(
        &self,
        caller: &Caller,
        input: model::CreateAccessKeyRequest,
    ) -> Result<model::CreateAccessKeyResponse> {
        let name = user_or_self(caller, input.user_name)?;
        let key = self.iam.create_access_key(name.clone(), caller.now).await?;
        let access_key = model::AccessKey {
            access_key_id: key.id.to_string(),
            create_date: Some(key.created),
            secret_access_key: key.secret.clone(),
            status: status(key.active),
            user_name: name.to_string(),
        };
        Ok(model::CreateAccessKeyResponse { access_key })
    }

    pub(super) async fn update_access_key(&self, caller: &Caller, input: model::UpdateAccessKeyRequest) -> Result<()> {
        let name = user_or_self(caller, input.user_name)?;
        let active = match input.status.as_str() {
            "Active" => true,
            "Inactive" => false,
            other => {
                return Err(Error::new(
                    error::VALIDATION,
                    format!("An access key is set to Active or Inactive, not to {other}."),
                ));
            }
        };
        Ok(self.iam.update_access_key(name, input.access_key_id.parse()?, active).await?)
    }

    pub(super) async fn delete_access_key(&self, caller: &Caller, input: model::DeleteAccessKeyRequest) -> Result<()> {
        let name = user_or_self(caller, input.user_name)?;
        Ok(self.iam.delete_access_key(name, input.access_key_id.parse()?).await?)
    }

    pub(super) async fn list_access_keys(
        &self,
        caller: &Caller,
        input: model::ListAccessKeysRequest,
    ) -> Result<model::ListAccessKeysResponse> {
        let name = user_or_self(caller, input.user_name)?;
        let state = self.iam.snapshot();
        let all = state.keys_of(state.user(&name)?).map(|key| {
            let metadata = model::AccessKeyMetadata {
                access_key_id: Some(key.id.to_string()),
                create_date: Some(key.created),
                status: Some(status(key.active)),
                user_name: Some(name.to_string()),
            };
            (key.id.as_str(), metadata)
        });
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListAccessKeysResponse {
            access_key_metadata: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }

    pub(super) async fn get_access_key_last_used(
        &self,
        _: &Caller,
        input: model::GetAccessKeyLastUsedRequest,
    ) -> Result<model::GetAccessKeyLastUsedResponse> {
        let state = self.iam.snapshot();
        let key = state.key(&input.access_key_id.parse()?)?;
        let whose = state.users.values().find(|user| user.id == key.user);
        let last = key.last_used.as_ref();
        // AWS writes so of a key that was never used.
        let known = |text: Option<&String>| text.cloned().unwrap_or_else(|| "N/A".to_owned());
        Ok(model::GetAccessKeyLastUsedResponse {
            access_key_last_used: Some(model::AccessKeyLastUsed {
                last_used_date: last.map(|last| last.when),
                region: known(last.map(|last| &last.region)),
                service_name: known(last.map(|last| &last.service)),
            }),
            user_name: whose.map(|user| user.name.to_string()),
        })
    }

    pub(super) async fn create_account_alias(&self, _: &Caller, input: model::CreateAccountAliasRequest) -> Result<()> {
        Ok(self.iam.set_alias(input.account_alias.parse()?).await?)
    }

    pub(super) async fn delete_account_alias(&self, _: &Caller, input: model::DeleteAccountAliasRequest) -> Result<()> {
        Ok(self.iam.delete_alias(input.account_alias.parse()?).await?)
    }

    pub(super) async fn list_account_aliases(
        &self,
        _: &Caller,
        input: model::ListAccountAliasesRequest,
    ) -> Result<model::ListAccountAliasesResponse> {
        let state = self.iam.snapshot();
        let all = state.alias().into_iter().map(|alias| (alias.as_str(), alias.to_string()));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        Ok(model::ListAccountAliasesResponse {
            account_aliases: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }

    pub(super) async fn get_account_summary(&self, _: &Caller, (): ()) -> Result<model::GetAccountSummaryResponse> {
        let summary = self.iam.snapshot().summary();
        let summary: BTreeMap<String, i64> = summary
            .into_iter()
            .map(|(name, count)| (name.to_owned(), i64::try_from(count).unwrap_or(i64::MAX)))
            .collect();
        Ok(model::GetAccountSummaryResponse { summary_map: Some(summary) })
    }
}
