//! Who may do what: users, groups, roles, access keys, and the policies that every call is judged by.
//!
//! ```text
//!   access key ─► credential ─► Principal ─┐
//!                                          ├─► authorize ─► allowed, or Denied and why
//!   action, resource, context ─► Access ───┘
//! ```
//!
//! [`Iam`] keeps the nouns and decides; [`evaluate`] is the decision alone, over policies that are parsed once when
//! they are stored; the `impl Iam` blocks that change something stand beside their noun.
//!
//! What this crate does not know: HTTP, signatures, and what the actions that it is asked about do.
#![forbid(unsafe_code)]

mod authorize;
mod error;
mod evaluate;
mod grants;
mod groups;
mod limits;
mod managed;
mod names;
mod policies;
mod policy;
mod principal;
mod profiles;
mod roles;
mod sessions;
mod start;
mod state;
mod tags;
mod users;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws::AccountId;
use store::Store;
use words::{Secret, Timestamp};

pub use error::{Error, Result};
pub use evaluate::{Access, Denied, Layer, Reason};
pub use grants::{Grants, Identity};
pub use groups::Group;
pub use names::{
    AccessKeyId, Alias, GroupId, GroupName, Path, PolicyArn, PolicyId, PolicyName, ProfileId, ProfileName, RoleId,
    RoleName, SessionName, UserId, UserName,
};
pub use policies::{ManagedPolicy, NewPolicy, PolicyVersion, VersionId};
pub use policy::Policy;
pub use principal::Principal;
pub use profiles::InstanceProfile;
pub use roles::{Description, MaxSession, NewRole, Role};
pub use sessions::{AssumeRole, Session};
pub use state::State;
pub use tags::Tags;
pub use users::{AccessKey, LastUsed, NewUser, User};

use authorize::{Judges, allowed, known_context};
use state::Ledger;

/// Who may do what in one account. Clones share it.
#[derive(Debug, Clone)]
pub struct Iam(Arc<Ledger>);

/// What a signature is checked with, and whose it is.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The secret access key.
    pub secret: Secret,
    /// Who signs by it.
    pub principal: Principal,
    /// What must come with the signature, if the credentials are those of a session.
    pub session_token: Option<Secret>,
}

impl Iam {
    /// Reads what the store has of this account. At the very first start there is nothing: then the user `admin` is
    /// made, who may do everything, with an access key ([`Iam::first_key`]). Blocks.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn open(store: Store, account: AccountId) -> Result<Self> {
        let now = Timestamp::now();
        let ledger = Arc::new(Ledger::new(State::load(&store, account)?, store));
        start::first(&ledger, now)?;
        Ok(Self(ledger))
    }

    /// Everything as it is now.
    pub fn snapshot(&self) -> Arc<State> {
        self.0.snapshot()
    }

    /// AWS's managed policies.
    pub fn aws_policies() -> &'static [Arc<ManagedPolicy>] {
        managed::policies()
    }

    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.0
    }

    /// What signatures by this key are checked with; nothing if there is no such key, it is not active, or its session
    /// is over.
    pub fn credential(&self, access_key_id: &str) -> Option<Credential> {
        self.credential_at(access_key_id, Timestamp::now())
    }

    fn credential_at(&self, access_key_id: &str, now: Timestamp) -> Option<Credential> {
        let state = self.snapshot();
        if let Some(session) = state.sessions.get(access_key_id) {
            return (session.expires > now).then(|| Credential {
                secret: session.secret.clone(),
                principal: session.principal.clone(),
                session_token: Some(session.token.clone()),
            });
        }
        let key = state.keys.get(access_key_id).filter(|key| key.active)?;
        let user = state.users.values().find(|user| user.id == key.user)?;
        let principal = Principal::User {
            account: state.account.clone(),
            id: user.id.clone(),
            name: user.name.clone(),
            path: user.path.clone(),
            session: None,
        };
        Some(Credential { secret: key.secret.clone(), principal, session_token: None })
    }

    /// Whether this key was a session's that is over: AWS has a code of its own for it.
    pub fn has_expired(&self, access_key_id: &str, now: Timestamp) -> bool {
        self.snapshot().sessions.get(access_key_id).is_some_and(|session| session.expires <= now)
    }

    /// Whether somebody may do something.
    ///
    /// # Errors
    /// Why not.
    pub fn authorize(&self, who: &Principal, access: &Access<'_>) -> Result<(), Denied> {
        let state = self.snapshot();
        let context = known_context(&state, who, &access.context, Timestamp::now());
        let judges = Judges { resource: access.resource_policy, trust: None };
        allowed(&state, who, access.action, access.resource, &context, judges)
    }
}
