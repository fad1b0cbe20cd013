//! Groups: policies that several users have in common.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::Iam;
use crate::error::{Error, Result};
use crate::grants::Grants;
use crate::limits;
use crate::names::{GroupId, GroupName, Path, UserName};
use crate::state::{Draft, room, taken};
use crate::users::User;

/// A group. Who is in it, its users say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What it is called.
    pub name: GroupName,
    /// What it is, for ever.
    pub id: GroupId,
    /// Where it stands.
    pub path: Path,
    /// Since when.
    pub created: Timestamp,
    /// Its policies.
    pub grants: Grants,
}

impl Iam {
    /// Makes a group.
    ///
    /// # Errors
    /// The name is taken, or too many groups.
    pub async fn create_group(&self, name: GroupName, path: Path, now: Timestamp) -> Result<Arc<Group>> {
        let id = GroupId::random();
        let decide = move |draft: &mut Draft<'_>| {
            is_free(draft, &name)?;
            room(draft.groups.len(), "GroupsPerAccount", limits::GROUPS)?;
            draft.put(Group { name, id, path, created: now, grants: Grants::default() })
        };
        self.ledger().commit(decide).await
    }

    /// Renames or moves a group.
    ///
    /// # Errors
    /// No such group, or the name is taken.
    pub async fn update_group(&self, name: GroupName, new: Option<GroupName>, path: Option<Path>) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let mut group = draft.group(&name)?.as_ref().clone();
            if let Some(new) = new {
                if !new.as_str().eq_ignore_ascii_case(name.as_str()) {
                    is_free(draft, &new)?;
                }
                let members: Vec<User> = draft.members(&name).map(|user| user.as_ref().clone()).collect();
                for mut user in members {
                    user.groups.remove(&name);
                    user.groups.insert(new.clone());
                    draft.put(user)?;
                }
                draft.remove::<Group>(&name);
                group.name = new;
            }
            group.path = path.unwrap_or(group.path);
            draft.put(group)?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Deletes a group that has nothing any more.
    ///
    /// # Errors
    /// No such group, or it has users or policies.
    pub async fn delete_group(&self, name: GroupName) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let group = Arc::clone(draft.group(&name)?);
            if draft.members(&name).next().is_some() {
                return Err(Error::DeleteConflict(
                    "Cannot delete entity, must remove users from group first.".to_owned(),
                ));
            }
            group.grants.must_be_none()?;
            draft.remove::<Group>(&name);
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Puts a user into a group; once more is as good as once.
    ///
    /// # Errors
    /// No such user or group, or the user is in too many.
    pub async fn add_to_group(&self, user: UserName, group: GroupName) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            draft.group(&group)?;
            let mut user = draft.user(&user)?.as_ref().clone();
            if user.groups.insert(group) {
                room(user.groups.len() - 1, "GroupsPerUser", limits::GROUPS_A_USER)?;
                draft.put(user)?;
            }
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Takes a user out of a group.
    ///
    /// # Errors
    /// No such user or group, or the user is not in it.
    pub async fn remove_from_group(&self, user: UserName, group: GroupName) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            draft.group(&group)?;
            let mut user = draft.user(&user)?.as_ref().clone();
            if !user.groups.remove(&group) {
                return Err(Error::NoSuchEntity(format!("User {} not in group {group}", user.name)));
            }
            draft.put(user)?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }
}

fn is_free(draft: &Draft<'_>, name: &GroupName) -> Result<()> {
    if taken(draft.groups.keys(), name) {
        return Err(Error::EntityAlreadyExists(format!("Group with name {name} already exists.")));
    }
    Ok(())
}
