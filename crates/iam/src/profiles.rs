//! Instance profiles: what an instance carries to have a role.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::Iam;
use crate::error::{Error, Result};
use crate::limits;
use crate::names::{Path, ProfileId, ProfileName, RoleName};
use crate::state::{Draft, room, taken};
use crate::tags::Tags;

/// An instance profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// What it is called.
    pub name: ProfileName,
    /// What it is, for ever.
    pub id: ProfileId,
    /// Where it stands.
    pub path: Path,
    /// Since when.
    pub created: Timestamp,
    /// The role that it gives. AWS never takes more than one.
    pub role: Option<RoleName>,
    /// Its tags.
    pub tags: Tags,
}

impl Iam {
    /// Makes an instance profile.
    ///
    /// # Errors
    /// The name is taken, or too many.
    pub async fn create_profile(
        &self,
        name: ProfileName,
        path: Path,
        tags: Tags,
        now: Timestamp,
    ) -> Result<Arc<InstanceProfile>> {
        let id = ProfileId::random();
        let decide = move |draft: &mut Draft<'_>| {
            if taken(draft.profiles.keys(), &name) {
                return Err(Error::EntityAlreadyExists(format!("Instance Profile {name} already exists.")));
            }
            room(draft.profiles.len(), "InstanceProfilesPerAccount", limits::INSTANCE_PROFILES)?;
            draft.put(InstanceProfile { name, id, path, created: now, role: None, tags })
        };
        self.ledger().commit(decide).await
    }

    /// Deletes an instance profile that has no role any more.
    ///
    /// # Errors
    /// No such profile, or it has a role.
    pub async fn delete_profile(&self, name: ProfileName) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            if draft.profile(&name)?.role.is_some() {
                return Err(Error::DeleteConflict(
                    "Cannot delete entity, must remove roles from instance profile first.".to_owned(),
                ));
            }
            draft.remove::<InstanceProfile>(&name);
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Puts a role into an instance profile that has none.
    ///
    /// # Errors
    /// No such profile or role, or it has one.
    pub async fn add_role_to_profile(&self, name: ProfileName, role: RoleName) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let profile = draft.profile(&name)?.as_ref().clone();
            draft.role(&role)?;
            room(usize::from(profile.role.is_some()), "InstanceSessionsPerInstanceProfile", 1)?;
            draft.put(InstanceProfile { role: Some(role), ..profile })?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Takes the role out of an instance profile.
    ///
    /// # Errors
    /// No such profile or role, or it has another one.
    pub async fn remove_role_from_profile(&self, name: ProfileName, role: RoleName) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let profile = draft.profile(&name)?.as_ref().clone();
            if profile.role.as_ref() != Some(&role) {
                return Err(Error::NoSuchEntity(format!("The role with name {role} cannot be found.")));
            }
            draft.put(InstanceProfile { role: None, ..profile })?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Replaces a profile's tags by what is made of them.
    ///
    /// # Errors
    /// No such profile, or what making them fails with.
    pub async fn tag_profile(&self, name: ProfileName, make: impl FnOnce(&Tags) -> Result<Tags>) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let profile = draft.profile(&name)?.as_ref().clone();
            draft.put(InstanceProfile { tags: make(&profile.tags)?, ..profile })?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }
}
