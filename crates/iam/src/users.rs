//! Users and their access keys.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use words::{Secret, Timestamp};

use crate::Iam;
use crate::error::{Error, Result};
use crate::grants::{Grants, check_boundary};
use crate::limits;
use crate::names::{AccessKeyId, GroupName, Path, PolicyArn, UserId, UserName, random_secret};
use crate::state::{Draft, room, taken};
use crate::tags::Tags;

/// A person or a program that has credentials of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// What it is called.
    pub name: UserName,
    /// What it is, for ever.
    pub id: UserId,
    /// Where it stands.
    pub path: Path,
    /// Since when.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Tags,
    /// The groups that it is in.
    pub groups: BTreeSet<GroupName>,
    /// Its policies.
    pub grants: Grants,
    /// What it may be allowed at most.
    pub boundary: Option<PolicyArn>,
}

/// A pair of an id and a secret by which requests are signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// The public half.
    pub id: AccessKeyId,
    /// The other one, which signatures are checked with.
    pub secret: Secret,
    /// Whose it is.
    pub user: UserId,
    /// Whether requests signed by it count.
    pub active: bool,
    /// Since when.
    pub created: Timestamp,
    /// When it was used last, to within [`limits::LAST_USED`].
    pub last_used: Option<LastUsed>,
}

/// A use of an access key or a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastUsed {
    /// When.
    pub when: Timestamp,
    /// For which service.
    pub service: String,
    /// In which region.
    pub region: String,
}

/// A user to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What it is to be called.
    pub name: UserName,
    /// Where it is to stand.
    pub path: Path,
    /// Its tags.
    pub tags: Tags,
    /// What it may be allowed at most.
    pub boundary: Option<PolicyArn>,
}

impl User {
    pub(crate) fn new(new: NewUser, id: UserId, created: Timestamp) -> Self {
        let NewUser { name, path, tags, boundary } = new;
        Self { name, id, path, created, tags, groups: BTreeSet::new(), grants: Grants::default(), boundary }
    }
}

impl AccessKey {
    pub(crate) fn new(user: UserId, created: Timestamp) -> Self {
        Self { id: AccessKeyId::random(), secret: random_secret(), user, active: true, created, last_used: None }
    }
}

impl Iam {
    /// Makes a user.
    ///
    /// # Errors
    /// The name is taken, no such boundary, or too many users.
    pub async fn create_user(&self, new: NewUser, now: Timestamp) -> Result<Arc<User>> {
        let id = UserId::random();
        let decide = move |draft: &mut Draft<'_>| {
            is_free(draft, &new.name)?;
            room(draft.users.len(), "UsersPerAccount", limits::USERS)?;
            check_boundary(draft, new.boundary.as_ref())?;
            draft.put(User::new(new, id, now))
        };
        self.ledger().commit(decide).await
    }

    /// Renames or moves a user.
    ///
    /// # Errors
    /// No such user, or the name is taken.
    pub async fn update_user(&self, name: UserName, new: Option<UserName>, path: Option<Path>) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let mut user = draft.user(&name)?.as_ref().clone();
            if let Some(new) = new {
                if !new.as_str().eq_ignore_ascii_case(name.as_str()) {
                    is_free(draft, &new)?;
                }
                draft.remove::<User>(&name);
                user.name = new;
            }
            user.path = path.unwrap_or(user.path);
            draft.put(user)?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Deletes a user who has nothing any more.
    ///
    /// # Errors
    /// No such user, or it has keys, policies or groups.
    pub async fn delete_user(&self, name: UserName) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let user = Arc::clone(draft.user(&name)?);
            if draft.keys_of(&user).next().is_some() {
                return Err(Error::DeleteConflict("Cannot delete entity, must delete access keys first.".to_owned()));
            }
            if !user.groups.is_empty() {
                return Err(Error::DeleteConflict(
                    "Cannot delete entity, must remove users from group first.".to_owned(),
                ));
            }
            user.grants.must_be_none()?;
            draft.remove::<User>(&name);
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Replaces a user's tags by what is made of them.
    ///
    /// # Errors
    /// No such user, or what making them fails with.
    pub async fn tag_user(&self, name: UserName, make: impl FnOnce(&Tags) -> Result<Tags>) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let user = draft.user(&name)?.as_ref().clone();
            draft.put(User { tags: make(&user.tags)?, ..user })?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Makes an access key. This is the only time that its secret is given to anyone.
    ///
    /// # Errors
    /// No such user, or it has as many keys as it may have.
    pub async fn create_access_key(&self, user: UserName, now: Timestamp) -> Result<Arc<AccessKey>> {
        let decide = move |draft: &mut Draft<'_>| {
            let user = Arc::clone(draft.user(&user)?);
            room(draft.keys_of(&user).count(), "AccessKeysPerUser", limits::ACCESS_KEYS_A_USER)?;
            draft.put(AccessKey::new(user.id.clone(), now))
        };
        self.ledger().commit(decide).await
    }

    /// Lets an access key count, or not.
    ///
    /// # Errors
    /// The user has no such key.
    pub async fn update_access_key(&self, user: UserName, id: AccessKeyId, active: bool) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let key = key_of(draft, &user, &id)?;
            draft.put(AccessKey { active, ..key })?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Deletes an access key.
    ///
    /// # Errors
    /// The user has no such key.
    pub async fn delete_access_key(&self, user: UserName, id: AccessKeyId) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            key_of(draft, &user, &id)?;
            draft.remove::<AccessKey>(&id);
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Is the last use of an access key so long ago that another one is worth writing down?
    pub fn is_use_due(&self, id: &AccessKeyId, now: Timestamp) -> bool {
        self.snapshot().keys.get(id).is_some_and(|key| is_due(key, now))
    }

    /// Remembers that an access key was used. It is written down once in a while only, so that most calls cost nothing.
    ///
    /// # Errors
    /// The record failed.
    pub async fn key_used(&self, id: &AccessKeyId, service: &str, region: &str, now: Timestamp) -> Result<()> {
        if !self.is_use_due(id, now) {
            return Ok(());
        }
        let last = LastUsed { when: now, service: service.to_owned(), region: region.to_owned() };
        let decide = |draft: &mut Draft<'_>| {
            // Twice at once is once.
            if let Some(key) = draft.keys.get(id).filter(|key| is_due(key, now)).map(|key| key.as_ref().clone()) {
                draft.essential();
                draft.put(AccessKey { last_used: Some(last), ..key })?;
            }
            Ok(())
        };
        self.ledger().commit(decide).await
    }
}

fn is_due(key: &AccessKey, now: Timestamp) -> bool {
    key.last_used.as_ref().is_none_or(|last| now.since(last.when).as_secs() >= limits::LAST_USED)
}

fn is_free(draft: &Draft<'_>, name: &UserName) -> Result<()> {
    if taken(draft.users.keys(), name) {
        return Err(Error::EntityAlreadyExists(format!("User with name {name} already exists.")));
    }
    Ok(())
}

fn key_of(draft: &Draft<'_>, user: &UserName, id: &AccessKeyId) -> Result<AccessKey> {
    let user = draft.user(user)?;
    let key = draft.key(id)?;
    if key.user == user.id {
        return Ok(key.as_ref().clone());
    }
    Err(Error::NoSuchEntity(format!("The Access Key with id {id} cannot be found")))
}
