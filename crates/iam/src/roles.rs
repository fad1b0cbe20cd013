//! Roles: permissions that others take on for a while.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::Iam;
use crate::error::{Error, Result};
use crate::grants::{Grants, check_boundary};
use crate::limits;
use crate::managed;
use crate::names::{Path, PolicyArn, RoleId, RoleName};
use crate::policy::{Policy, Who};
use crate::state::{Draft, room, taken};
use crate::tags::Tags;
use crate::users::LastUsed;

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// What it is called.
    pub name: RoleName,
    /// What it is, for ever.
    pub id: RoleId,
    /// Where it stands.
    pub path: Path,
    /// Since when.
    pub created: Timestamp,
    /// Who may assume it.
    pub trust: Policy,
    /// What people say it is for.
    pub description: Option<Description>,
    /// Longest session, in seconds.
    pub max_session: MaxSession,
    /// Its tags.
    pub tags: Tags,
    /// Its policies.
    pub grants: Grants,
    /// What it may be allowed at most.
    pub boundary: Option<PolicyArn>,
    /// When it was assumed last.
    pub last_used: Option<LastUsed>,
}

/// What a role or a policy is for, in the words of whoever made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Description(String);

impl Description {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Description {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        if text.chars().nth(limits::DESCRIPTION).is_some() {
            return Err(Error::Validation(format!(
                "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have \
                 length less than or equal to {}",
                limits::DESCRIPTION
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Description {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Description> for String {
    fn from(description: Description) -> String {
        description.0
    }
}

/// How long sessions of a role last at most, in seconds: 3600 to 43200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct MaxSession(u32);

impl Default for MaxSession {
    fn default() -> Self {
        Self(limits::ROLE_SESSION)
    }
}

impl TryFrom<u32> for MaxSession {
    type Error = Error;
    fn try_from(seconds: u32) -> Result<Self> {
        if (limits::ROLE_SESSION..=limits::ROLE_SESSION_MOST).contains(&seconds) {
            return Ok(Self(seconds));
        }
        Err(Error::Validation(format!(
            "1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy constraint: \
             Member must have value between {} and {}",
            limits::ROLE_SESSION,
            limits::ROLE_SESSION_MOST
        )))
    }
}

impl From<MaxSession> for u32 {
    fn from(most: MaxSession) -> u32 {
        most.0
    }
}

/// A role to be made.
#[derive(Debug, Clone)]
pub struct NewRole {
    /// What it is to be called.
    pub name: RoleName,
    /// Where it is to stand.
    pub path: Path,
    /// Who may assume it.
    pub trust: Policy,
    /// What it is for.
    pub description: Option<Description>,
    /// Longest session.
    pub max_session: MaxSession,
    /// Its tags.
    pub tags: Tags,
    /// What it may be allowed at most.
    pub boundary: Option<PolicyArn>,
}

impl Role {
    /// Its name as a resource.
    pub fn arn(&self, account: &aws::AccountId) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }
}

impl Iam {
    /// Makes a role.
    ///
    /// # Errors
    /// The name is taken, the trust policy is too large or trusts somebody who is not there, no such boundary, or too
    /// many roles.
    pub async fn create_role(&self, new: NewRole, now: Timestamp) -> Result<Arc<Role>> {
        let id = RoleId::random();
        let decide = move |draft: &mut Draft<'_>| {
            if taken(draft.roles.keys(), &new.name) {
                return Err(Error::EntityAlreadyExists(format!("Role with name {} already exists.", new.name)));
            }
            room(draft.roles.len(), "RolesPerAccount", limits::ROLES)?;
            check_trust(draft, &new.trust)?;
            check_boundary(draft, new.boundary.as_ref())?;
            let NewRole { name, path, trust, description, max_session, tags, boundary } = new;
            draft.put(Role {
                name,
                id,
                path,
                created: now,
                trust,
                description,
                max_session,
                tags,
                grants: Grants::default(),
                boundary,
                last_used: None,
            })
        };
        self.ledger().commit(decide).await
    }

    /// Changes what a role says of itself; `None` leaves it.
    ///
    /// # Errors
    /// No such role.
    pub async fn update_role(
        &self,
        name: RoleName,
        description: Option<Description>,
        max_session: Option<MaxSession>,
    ) -> Result<Arc<Role>> {
        let decide = move |draft: &mut Draft<'_>| {
            let mut role = draft.role(&name)?.as_ref().clone();
            role.description = description.or(role.description);
            role.max_session = max_session.unwrap_or(role.max_session);
            draft.put(role)
        };
        self.ledger().commit(decide).await
    }

    /// Changes who may assume a role.
    ///
    /// # Errors
    /// No such role, or the policy is too large or trusts somebody who is not there.
    pub async fn update_trust(&self, name: RoleName, trust: Policy) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let role = draft.role(&name)?.as_ref().clone();
            check_trust(draft, &trust)?;
            draft.put(Role { trust, ..role })?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Deletes a role that has nothing any more. Its sessions can do nothing from then on.
    ///
    /// # Errors
    /// No such role, or it has policies or is in an instance profile.
    pub async fn delete_role(&self, name: RoleName) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let role = Arc::clone(draft.role(&name)?);
            if draft.profiles.values().any(|profile| profile.role.as_ref() == Some(&name)) {
                return Err(Error::DeleteConflict(
                    "Cannot delete entity, must remove roles from instance profile first.".to_owned(),
                ));
            }
            role.grants.must_be_none()?;
            draft.remove::<Role>(&name);
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Replaces a role's tags by what is made of them.
    ///
    /// # Errors
    /// No such role, or what making them fails with.
    pub async fn tag_role(&self, name: RoleName, make: impl FnOnce(&Tags) -> Result<Tags>) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let role = draft.role(&name)?.as_ref().clone();
            draft.put(Role { tags: make(&role.tags)?, ..role })?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }
}

/// Services that have a role of their own here: who they are, and what AWS calls the role.
const LINKED: [(&str, &str); 5] = [
    ("elasticbeanstalk.amazonaws.com", "AWSServiceRoleForElasticBeanstalk"),
    ("maintenance.elasticbeanstalk.amazonaws.com", "AWSServiceRoleForElasticBeanstalkMaintenance"),
    ("managedupdates.elasticbeanstalk.amazonaws.com", "AWSServiceRoleForElasticBeanstalkManagedUpdates"),
    ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling"),
    ("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"),
];

impl Iam {
    /// Makes the role that a service acts by, as the service needs it.
    ///
    /// # Errors
    /// No such service, or its role is there.
    pub async fn create_service_linked_role(
        &self,
        service: &str,
        description: Option<Description>,
        now: Timestamp,
    ) -> Result<Arc<Role>> {
        let Some((service, name)) = LINKED.iter().find(|(known, _)| *known == service) else {
            let shown: String = service.chars().take(80).collect();
            return Err(Error::InvalidInput(format!("Service {shown} has no service-linked role here.")));
        };
        let trust = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]
        });
        let (name, id): (RoleName, RoleId) = (name.parse()?, RoleId::random());
        let (path, trust): (Path, Policy) =
            (format!("/aws-service-role/{service}/").parse()?, Policy::trust(&trust.to_string())?);
        let decide = move |draft: &mut Draft<'_>| {
            if taken(draft.roles.keys(), &name) {
                return Err(Error::InvalidInput(format!(
                    "Service role name {name} has been taken in this account, please try a different suffix."
                )));
            }
            room(draft.roles.len(), "RolesPerAccount", limits::ROLES)?;
            let mut grants = Grants::default();
            grants.attached.extend(managed::arn(managed::SERVICE));
            draft.put(Role {
                name,
                id,
                path,
                created: now,
                trust,
                description,
                max_session: MaxSession::default(),
                tags: Tags::default(),
                grants,
                boundary: None,
                last_used: None,
            })
        };
        self.ledger().commit(decide).await
    }
}

/// That a trust policy is not too large, and that whom of this account it trusts is there: a name that is nobody's
/// would be whoever takes it next.
fn check_trust(draft: &Draft<'_>, trust: &Policy) -> Result<()> {
    if trust.size() > limits::TRUST_POLICY {
        return Err(Error::LimitExceeded(format!("Cannot exceed quota for ACLSizePerRole: {}", limits::TRUST_POLICY)));
    }
    let account = &draft.account;
    for who in trust.statements().iter().filter_map(|one| one.principals.as_ref()).flat_map(|listed| &listed.items) {
        let Who::Arn(text) = who else { continue };
        let known = match text.parse::<aws::Arn>() {
            Ok(arn) if arn.account == account.as_str() && arn.service == "iam" => {
                let name = arn.resource.rsplit('/').next().unwrap_or_default();
                let user = draft.users.get(name).map(|user| format!("user{}{name}", user.path));
                let role = draft.roles.get(name).map(|role| format!("role{}{name}", role.path));
                [user, role].contains(&Some(arn.resource))
            }
            _ => true,
        };
        if !known {
            return Err(Error::MalformedPolicyDocument(format!("Invalid principal in policy: \"AWS\":\"{text}\"")));
        }
    }
    Ok(())
}
