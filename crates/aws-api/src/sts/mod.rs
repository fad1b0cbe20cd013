//! The Security Token Service: who asks, and credentials for a while.

#[cfg(test)]
mod tests;

use ::iam::{AssumeRole, Policy, Principal, Session, Tags};

use crate::codec::Members;
use crate::error::{self, Error};
use crate::generated::sts as model;
use crate::service::{Caller, Target};

type Result<T> = std::result::Result<T, Error>;

/// The service.
#[derive(Debug, Clone)]
pub struct Sts {
    iam: ::iam::Iam,
}

crate::service! {
    Sts, speaks crate::generated::sts {
        AssumeRole => assume_role,
        GetCallerIdentity => get_caller_identity,
        GetSessionToken => get_session_token,
    }
    on nothing
}

/// The credentials of a session.
fn credentials(session: &Session) -> model::Credentials {
    model::Credentials {
        access_key_id: session.key.to_string(),
        expiration: session.expires,
        secret_access_key: session.secret.clone(),
        session_token: session.token.reveal().to_owned(),
    }
}

fn size(session: &Session) -> Option<i64> {
    i64::try_from(session.token.reveal().len()).ok()
}

fn seconds(duration: Option<i64>) -> Result<Option<u32>> {
    let fault = |_| Error::new(error::VALIDATION, "DurationSeconds is a number of seconds.");
    duration.map(|seconds| u32::try_from(seconds).map_err(fault)).transpose()
}

/// Refuses what nothing here could honour.
fn unsupported(given: bool, member: &str) -> Result<()> {
    if !given {
        return Ok(());
    }
    Err(Error::new(error::VALIDATION, format!("{member} is not supported here. Leave it out.")))
}

/// There are no second factors, so that no code of one is right.
fn no_second_factor(serial: Option<&String>, code: Option<&String>) -> Result<()> {
    if serial.is_none() && code.is_none() {
        return Ok(());
    }
    Err(Error::new(error::ACCESS_DENIED, "MultiFactorAuthentication failed with invalid MFA one time pass code. "))
}

impl Sts {
    /// Serves sessions of these users and roles.
    pub fn new(iam: ::iam::Iam) -> Self {
        Self { iam }
    }

    /// Who may assume a role, the role's own policy decides together with the caller's; the other two need no
    /// permission.
    fn nothing(&self, _: &Caller, _: &str, _: Members<'_>) -> Vec<Target> {
        Vec::new()
    }

    async fn get_caller_identity(
        &self,
        caller: &Caller,
        _: model::GetCallerIdentityRequest,
    ) -> Result<model::GetCallerIdentityResponse> {
        Ok(model::GetCallerIdentityResponse {
            account: caller.principal.account().map(ToString::to_string),
            arn: Some(caller.principal.arn()),
            user_id: Some(caller.principal.user_id()),
        })
    }

    async fn assume_role(&self, caller: &Caller, input: model::AssumeRoleRequest) -> Result<model::AssumeRoleResponse> {
        no_second_factor(input.serial_number.as_ref(), input.token_code.as_ref())?;
        unsupported(input.provided_contexts.is_some_and(|all| !all.is_empty()), "ProvidedContexts")?;
        unsupported(input.source_identity.is_some(), "SourceIdentity")?;
        unsupported(input.transitive_tag_keys.is_some_and(|all| !all.is_empty()), "TransitiveTagKeys")?;
        unsupported(input.minimum_session_token_size.is_some(), "MinimumSessionTokenSize")?;
        let invalid = |_| Error::new(error::VALIDATION, format!("{} is invalid", input.role_arn));
        let tags = input.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect();
        let arns = input.policy_arns.unwrap_or_default().into_iter().filter_map(|one| one.arn);
        let asked = AssumeRole {
            role: input.role_arn.parse().map_err(invalid)?,
            session: input.role_session_name.parse()?,
            duration: seconds(input.duration_seconds)?,
            policy: input.policy.map(|text| Policy::identity(&text)).transpose()?,
            policy_arns: arns.map(|arn| arn.parse()).collect::<std::result::Result<_, ::iam::Error>>()?,
            external_id: input.external_id,
            tags: Tags::new(tags)?,
            context: caller.context(),
        };
        let session = self.iam.assume_role(&caller.principal, asked, caller.now).await?;
        Ok(model::AssumeRoleResponse {
            assumed_role_user: Some(model::AssumedRoleUser {
                arn: session.principal.arn(),
                assumed_role_id: session.principal.user_id(),
            }),
            credentials: Some(credentials(&session)),
            packed_policy_size: None,
            session_token_size: size(&session),
            session_token_utilization: None,
            source_identity: None,
        })
    }

    async fn get_session_token(
        &self,
        caller: &Caller,
        input: model::GetSessionTokenRequest,
    ) -> Result<model::GetSessionTokenResponse> {
        no_second_factor(input.serial_number.as_ref(), input.token_code.as_ref())?;
        unsupported(input.minimum_session_token_size.is_some(), "MinimumSessionTokenSize")?;
        let session = match &caller.principal {
            Principal::Anonymous => {
                return Err(Error::new(error::MISSING_AUTHENTICATION_TOKEN, "Request is missing Authentication Token"));
            }
            known => self.iam.session_token(known, seconds(input.duration_seconds)?, caller.now).await?,
        };
        Ok(model::GetSessionTokenResponse {
            credentials: Some(credentials(&session)),
            session_token_size: size(&session),
            session_token_utilization: None,
        })
    }
}
