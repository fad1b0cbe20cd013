//! Sessions: credentials for a while (STS).
//!
//! Source: "AssumeRole" and "GetSessionToken" in the AWS STS API reference.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use words::{Secret, Timestamp};

use crate::Iam;
use crate::authorize::{Judges, allowed, known_context};
use crate::error::{Error, Result};
use crate::evaluate::{Layer, Reason};
use crate::limits;
use crate::names::{AccessKeyId, PolicyArn, RoleName, SessionName, random_secret, random_token};
use crate::policy::Policy;
use crate::principal::Principal;
use crate::roles::Role;
use crate::state::{Draft, State};
use crate::tags::Tags;
use crate::users::LastUsed;

/// Credentials for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The public half: `ASIA…`.
    pub key: AccessKeyId,
    /// The other half.
    pub secret: Secret,
    /// What must come with every request.
    pub token: Secret,
    /// Whose they are.
    pub principal: Principal,
    /// When they end.
    pub expires: Timestamp,
}

/// A role to be assumed.
#[derive(Debug, Clone)]
pub struct AssumeRole {
    /// The ARN of the role.
    pub role: aws::Arn,
    /// What the session is to be called.
    pub session: SessionName,
    /// How long it is to last, in seconds.
    pub duration: Option<u32>,
    /// What it may do at most.
    pub policy: Option<Policy>,
    /// More of that, by name.
    pub policy_arns: Vec<PolicyArn>,
    /// What an outsider must know.
    pub external_id: Option<String>,
    /// Tags of the session.
    pub tags: Tags,
    /// What else is known of the request, as in [`crate::Access::context`].
    pub context: BTreeMap<String, Vec<String>>,
}

impl Session {
    fn new(principal: Principal, seconds: u32, now: Timestamp) -> Self {
        Self {
            key: AccessKeyId::random_temporary(),
            secret: random_secret(),
            token: random_token(),
            principal,
            expires: now.saturating_add(Duration::from_secs(seconds.into())),
        }
    }
}

impl Iam {
    /// Begins a session of a role: its trust policy must let the caller, and so must the caller's own policies unless
    /// the trust policy names the caller.
    ///
    /// # Errors
    /// Nobody may, or not so long or with such policies.
    pub async fn assume_role(&self, caller: &Principal, asked: AssumeRole, now: Timestamp) -> Result<Arc<Session>> {
        let decide = |draft: &mut Draft<'_>| {
            let session = assume(draft, caller, asked, now)?;
            if let Principal::AssumedRole { name, .. } = &session.principal {
                let role = draft.role(name)?.as_ref().clone();
                let last = LastUsed { when: now, service: "sts".to_owned(), region: String::new() };
                draft.put(Role { last_used: Some(last), ..role })?;
            }
            begin(draft, session, now)
        };
        self.ledger().commit(decide).await
    }

    /// Begins a session of a user, who may in it what the user may, but for IAM.
    ///
    /// # Errors
    /// The caller is no user by its own key, or not so long.
    pub async fn session_token(
        &self,
        caller: &Principal,
        duration: Option<u32>,
        now: Timestamp,
    ) -> Result<Arc<Session>> {
        let decide = |draft: &mut Draft<'_>| {
            let seconds =
                within(duration.unwrap_or(limits::USER_SESSION), limits::SESSION_LEAST, limits::USER_SESSION_MOST)?;
            let Principal::User { session: None, .. } = caller else {
                return Err(Error::Forbidden("Cannot call GetSessionToken with session credentials".to_owned()));
            };
            let mut principal = caller.clone();
            if let Principal::User { session, .. } = &mut principal {
                *session = Some(now);
            }
            begin(draft, Session::new(principal, seconds, now), now)
        };
        self.ledger().commit(decide).await
    }
}

/// Keeps a session, and forgets those that are over.
fn begin(draft: &mut Draft<'_>, session: Session, now: Timestamp) -> Result<Arc<Session>> {
    let over: Vec<AccessKeyId> =
        draft.sessions.values().filter(|old| old.expires <= now).map(|old| old.key.clone()).collect();
    for key in over {
        draft.remove::<Session>(&key);
    }
    if draft.sessions.len() >= limits::SESSIONS {
        return Err(Error::Throttled);
    }
    draft.put(session)
}

/// Decides upon a session of a role.
fn assume(state: &State, caller: &Principal, asked: AssumeRole, now: Timestamp) -> Result<Session> {
    let AssumeRole { role: arn, session, duration, policy, policy_arns, external_id, tags, context } = asked;
    if matches!(caller, Principal::Root { .. }) {
        return Err(Error::Forbidden("Roles may not be assumed by root accounts.".to_owned()));
    }
    let arn = arn.to_string();
    // A role that is not there and one that does not trust the caller look alike.
    let unknown = || {
        Error::Forbidden(format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            caller.arn()
        ))
    };
    let role = find(state, &arn).ok_or_else(unknown)?;
    let mut known = known_context(state, caller, &context, now);
    known.set("sts:RoleSessionName", [session.as_str()]);
    if let Some(id) = &external_id {
        known.set("sts:ExternalId", [id.as_str()]);
    }
    known.set("aws:TagKeys", tags.iter().map(|(key, _)| key));
    for (key, value) in tags.iter() {
        known.set(&format!("aws:RequestTag/{key}"), [value]);
    }
    for (key, value) in role.tags.iter() {
        known.set(&format!("aws:ResourceTag/{key}"), [value]);
        known.set(&format!("iam:ResourceTag/{key}"), [value]);
    }
    let mut actions = vec!["sts:AssumeRole"];
    if !tags.is_empty() {
        actions.push("sts:TagSession");
    }
    for action in actions {
        match allowed(state, caller, action, &arn, &known, Judges { resource: None, trust: Some(&role.trust) }) {
            Err(denied) if denied.reason == Reason::Missing(Layer::Trust) => return Err(unknown()),
            decided => decided?,
        }
    }
    let seconds = within(duration.unwrap_or(limits::ROLE_SESSION), limits::SESSION_LEAST, limits::ROLE_SESSION_MOST)?;
    if seconds > role.max_session.into() {
        return Err(Error::Validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.".to_owned(),
        ));
    }
    if matches!(caller, Principal::AssumedRole { .. }) && seconds > limits::ROLE_SESSION {
        return Err(Error::Validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
                .to_owned(),
        ));
    }
    let principal = Principal::AssumedRole {
        account: state.account.clone(),
        id: role.id.clone(),
        name: role.name.clone(),
        path: role.path.clone(),
        session,
        began: now,
        policies: session_policies(state, policy, &policy_arns)?,
        tags,
    };
    Ok(Session::new(principal, seconds, now))
}

fn session_policies(state: &State, policy: Option<Policy>, arns: &[PolicyArn]) -> Result<Vec<Policy>> {
    if policy.as_ref().is_some_and(|policy| policy.size() > limits::SESSION_POLICY) {
        return Err(Error::Validation(format!(
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less \
             than or equal to {}",
            limits::SESSION_POLICY
        )));
    }
    if arns.len() > limits::SESSION_POLICY_ARNS {
        return Err(Error::Validation(format!(
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length \
             less than or equal to {}",
            limits::SESSION_POLICY_ARNS
        )));
    }
    let mut all: Vec<Policy> = policy.into_iter().collect();
    for arn in arns {
        let document = state.document(arn);
        all.push(document.cloned().ok_or_else(|| Error::NoSuchEntity(format!("Policy {arn} was not found.")))?);
    }
    Ok(all)
}

fn find<'a>(state: &'a State, arn: &str) -> Option<&'a Arc<Role>> {
    let name: RoleName = arn.rsplit('/').next()?.parse().ok()?;
    state.roles.get(&name).filter(|role| role.arn(&state.account) == arn)
}

fn within(seconds: u32, least: u32, most: u32) -> Result<u32> {
    if (least..=most).contains(&seconds) {
        return Ok(seconds);
    }
    let bound = if seconds < least {
        format!("greater than or equal to {least}")
    } else {
        format!("less than or equal to {most}")
    };
    Err(Error::Validation(format!(
        "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must \
         have value {bound}"
    )))
}
