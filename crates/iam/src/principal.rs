//! Who asks.

use aws::AccountId;
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::names::{Path, RoleId, RoleName, SessionName, UserId, UserName};
use crate::policy::Policy;
use crate::tags::Tags;

/// Who asks, as the signature of the request has proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Principal {
    /// Nobody: the request is not signed.
    Anonymous,
    /// The account itself, to which nothing is denied. No access key is for it; the daemon's own work is done so.
    Root {
        /// The account.
        account: AccountId,
    },
    /// One of the services, such as `ec2.amazonaws.com`, which assumes roles for whom it serves.
    Service {
        /// The name by which trust policies know it.
        name: String,
    },
    /// A user.
    User {
        /// Whose user.
        account: AccountId,
        /// Which one, for ever.
        id: UserId,
        /// The name when the key was looked up.
        name: UserName,
        /// The path likewise.
        path: Path,
        /// When the session began, if it is by the credentials of one (`GetSessionToken`).
        session: Option<Timestamp>,
    },
    /// A session of a role.
    AssumedRole {
        /// Whose role.
        account: AccountId,
        /// Which one, for ever.
        id: RoleId,
        /// Its name when the session began.
        name: RoleName,
        /// Its path likewise.
        path: Path,
        /// What the session is called.
        session: SessionName,
        /// When it began.
        began: Timestamp,
        /// What the session may at most; empty: all that the role may.
        policies: Vec<Policy>,
        /// Tags of the session.
        tags: Tags,
    },
}

impl Principal {
    /// The account, of everybody who has one.
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Anonymous | Self::Service { .. } => None,
            Self::Root { account } | Self::User { account, .. } | Self::AssumedRole { account, .. } => Some(account),
        }
    }

    /// The name as a resource, as `GetCallerIdentity` tells it; `anonymous` for nobody.
    pub fn arn(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Service { name } => name.clone(),
            Self::Root { account } => format!("arn:aws:iam::{account}:root"),
            Self::User { account, name, path, .. } => format!("arn:aws:iam::{account}:user{path}{name}"),
            Self::AssumedRole { account, name, session, .. } => {
                format!("arn:aws:sts::{account}:assumed-role/{name}/{session}")
            }
        }
    }

    /// The unique id: `AIDA…`, `AROA…:SESSION`, or the account's for its root.
    pub fn user_id(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Service { name } => name.clone(),
            Self::Root { account } => account.to_string(),
            Self::User { id, .. } => id.to_string(),
            Self::AssumedRole { id, session, .. } => format!("{id}:{session}"),
        }
    }

    /// What `aws:PrincipalArn` has: of a session, its role.
    pub(crate) fn principal_arn(&self) -> Option<String> {
        match self {
            Self::Anonymous | Self::Service { .. } => None,
            Self::AssumedRole { account, name, path, .. } => Some(format!("arn:aws:iam::{account}:role{path}{name}")),
            other => Some(other.arn()),
        }
    }
}
