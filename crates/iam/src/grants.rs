//! What users, groups and roles have in common: policies, their own and attached ones.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Iam;
use crate::error::{Error, Result};
use crate::limits;
use crate::names::{GroupName, PolicyArn, PolicyName, RoleName, UserName};
use crate::policy::Policy;
use crate::state::{Draft, room};

/// Whom policies are attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A user.
    User(UserName),
    /// A group.
    Group(GroupName),
    /// A role.
    Role(RoleName),
}

impl Identity {
    fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
            Self::Role(_) => "role",
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::User(name) => name.as_str(),
            Self::Group(name) => name.as_str(),
            Self::Role(name) => name.as_str(),
        }
    }
}

/// The policies of one identity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Managed ones.
    pub attached: BTreeSet<PolicyArn>,
    /// Its own.
    pub inline: BTreeMap<PolicyName, Policy>,
}

impl Grants {
    /// Refuses that who has them is deleted while there are any.
    pub(crate) fn must_be_none(&self) -> Result<()> {
        if !self.attached.is_empty() {
            return Err(Error::DeleteConflict("Cannot delete entity, must detach all policies first.".to_owned()));
        }
        if !self.inline.is_empty() {
            return Err(Error::DeleteConflict("Cannot delete entity, must delete policies first.".to_owned()));
        }
        Ok(())
    }
}

impl Iam {
    /// Attaches a managed policy; once more is as good as once.
    ///
    /// # Errors
    /// No such identity or policy, or too many.
    pub async fn attach(&self, to: Identity, arn: PolicyArn) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let mut grants = draft.grants(&to)?.clone();
            if draft.document(&arn).is_none() {
                return Err(Error::NoSuchEntity(format!("Policy {arn} does not exist or is not attachable.")));
            }
            if grants.attached.insert(arn) {
                let quota = match &to {
                    Identity::User(_) => "PoliciesPerUser",
                    Identity::Group(_) => "PoliciesPerGroup",
                    Identity::Role(_) => "PoliciesPerRole",
                };
                room(grants.attached.len() - 1, quota, limits::ATTACHED_POLICIES)?;
                put(draft, &to, grants)?;
            }
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Takes a managed policy away.
    ///
    /// # Errors
    /// No such identity, or the policy is not attached to it.
    pub async fn detach(&self, from: Identity, arn: PolicyArn) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let mut grants = draft.grants(&from)?.clone();
            if !grants.attached.remove(&arn) {
                return Err(Error::NoSuchEntity(format!("Policy {arn} was not found.")));
            }
            put(draft, &from, grants)
        };
        self.ledger().commit(decide).await
    }

    /// Gives an identity a policy of its own, in place of the one of this name.
    ///
    /// # Errors
    /// No such identity, or its policies together are too large.
    pub async fn put_inline(&self, to: Identity, name: PolicyName, policy: Policy) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let mut grants = draft.grants(&to)?.clone();
            grants.inline.insert(name, policy);
            let most = match &to {
                Identity::User(_) => limits::USER_POLICIES,
                Identity::Group(_) => limits::GROUP_POLICIES,
                Identity::Role(_) => limits::ROLE_POLICIES,
            };
            if grants.inline.values().map(Policy::size).sum::<usize>() > most {
                let (kind, name) = (to.kind(), to.name());
                return Err(Error::LimitExceeded(format!(
                    "Maximum policy size of {most} bytes exceeded for {kind} {name}"
                )));
            }
            put(draft, &to, grants)
        };
        self.ledger().commit(decide).await
    }

    /// Deletes a policy of an identity's own.
    ///
    /// # Errors
    /// No such identity or policy.
    pub async fn delete_inline(&self, of: Identity, name: PolicyName) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let mut grants = draft.grants(&of)?.clone();
            if grants.inline.remove(&name).is_none() {
                return Err(no_inline(&of, &name));
            }
            put(draft, &of, grants)
        };
        self.ledger().commit(decide).await
    }

    /// A policy of an identity's own.
    ///
    /// # Errors
    /// No such identity or policy.
    pub fn inline(&self, of: &Identity, name: &PolicyName) -> Result<Policy> {
        let state = self.snapshot();
        state.grants(of)?.inline.get(name).cloned().ok_or_else(|| no_inline(of, name))
    }

    /// Sets or takes away the policy that bounds what a user or role may be allowed.
    ///
    /// # Errors
    /// No such identity or policy; a group has no boundary.
    pub async fn set_boundary(&self, of: Identity, boundary: Option<PolicyArn>) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            check_boundary(draft, boundary.as_ref())?;
            match &of {
                Identity::User(name) => {
                    let user = draft.user(name)?.as_ref().clone();
                    has_boundary(&of, user.boundary.as_ref(), boundary.as_ref())?;
                    draft.put(crate::User { boundary, ..user })?;
                }
                Identity::Role(name) => {
                    let role = draft.role(name)?.as_ref().clone();
                    has_boundary(&of, role.boundary.as_ref(), boundary.as_ref())?;
                    draft.put(crate::Role { boundary, ..role })?;
                }
                Identity::Group(name) => {
                    return Err(Error::InvalidInput(format!("The group {name} can have no permissions boundary.")));
                }
            }
            Ok(())
        };
        self.ledger().commit(decide).await
    }
}

fn no_inline(of: &Identity, name: &PolicyName) -> Error {
    Error::NoSuchEntity(format!("The {} policy with name {name} cannot be found.", of.kind()))
}

fn has_boundary(of: &Identity, old: Option<&PolicyArn>, new: Option<&PolicyArn>) -> Result<()> {
    if old.is_some() || new.is_some() {
        return Ok(());
    }
    Err(Error::NoSuchEntity(format!("The {} with name {} has no permissions boundary.", of.kind(), of.name())))
}

pub(crate) fn check_boundary(draft: &Draft<'_>, boundary: Option<&PolicyArn>) -> Result<()> {
    match boundary {
        Some(arn) if draft.document(arn).is_none() => {
            Err(Error::NoSuchEntity(format!("Scope ARN: {arn} does not exist or is not attachable.")))
        }
        _ => Ok(()),
    }
}

fn put(draft: &mut Draft<'_>, of: &Identity, grants: Grants) -> Result<()> {
    match of {
        Identity::User(name) => {
            let user = draft.user(name)?.as_ref().clone();
            draft.put(crate::User { grants, ..user })?;
        }
        Identity::Group(name) => {
            let group = draft.group(name)?.as_ref().clone();
            draft.put(crate::Group { grants, ..group })?;
        }
        Identity::Role(name) => {
            let role = draft.role(name)?.as_ref().clone();
            draft.put(crate::Role { grants, ..role })?;
        }
    }
    Ok(())
}
