//! Managed policies: documents with versions that any number of users, groups and roles are allowed by.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::Iam;
use crate::error::{Error, Result};
use crate::limits;
use crate::names::{Path, PolicyArn, PolicyId, PolicyName};
use crate::policy::Policy;
use crate::roles::Description;
use crate::state::{Draft, room, taken};
use crate::tags::Tags;

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// What it is called.
    pub name: PolicyName,
    /// What it is attached by.
    pub arn: PolicyArn,
    /// What it is, for ever.
    pub id: PolicyId,
    /// Where it stands.
    pub path: Path,
    /// What it is for.
    pub description: Option<Description>,
    /// Since when.
    pub created: Timestamp,
    /// When its versions were last changed.
    pub updated: Timestamp,
    /// Its documents.
    pub versions: BTreeMap<VersionId, PolicyVersion>,
    /// The version that counts.
    pub default_version: VersionId,
    /// The number that no version had yet.
    pub(crate) next: VersionId,
    /// Its tags.
    pub tags: Tags,
}

/// One document of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// What it says.
    pub document: Policy,
    /// Since when.
    pub created: Timestamp,
}

/// The number of a version: `v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionId(u32);

impl VersionId {
    pub(crate) const FIRST: Self = Self(1);

    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl FromStr for VersionId {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let number = text.strip_prefix('v').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        number.and_then(|digits| digits.parse().ok()).map(Self).ok_or_else(|| {
            let shown: String = text.chars().take(80).collect();
            Error::Validation(format!(
                "1 validation error detected: Value '{shown}' at 'versionId' failed to satisfy constraint: Member must \
                 satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"
            ))
        })
    }
}

/// A policy to be made.
#[derive(Debug, Clone)]
pub struct NewPolicy {
    /// What it is to be called.
    pub name: PolicyName,
    /// Where it is to stand.
    pub path: Path,
    /// What it says.
    pub document: Policy,
    /// What it is for.
    pub description: Option<Description>,
    /// Its tags.
    pub tags: Tags,
}

impl ManagedPolicy {
    pub(crate) fn new(account: &str, id: PolicyId, new: NewPolicy, now: Timestamp) -> Self {
        let NewPolicy { name, path, document, description, tags } = new;
        Self {
            arn: PolicyArn::new(account, &path, &name),
            name,
            id,
            path,
            description,
            created: now,
            updated: now,
            versions: BTreeMap::from([(VersionId::FIRST, PolicyVersion { document, created: now })]),
            default_version: VersionId::FIRST,
            next: VersionId::FIRST.next(),
            tags,
        }
    }

    /// The document that counts.
    pub fn document(&self) -> Option<&Policy> {
        self.versions.get(&self.default_version).map(|version| &version.document)
    }

    /// One of its documents.
    ///
    /// # Errors
    /// [`Error::NoSuchEntity`].
    pub fn version(&self, id: VersionId) -> Result<&PolicyVersion> {
        let missing =
            || Error::NoSuchEntity(format!("Policy {} version {id} does not exist or is not attachable.", self.arn));
        self.versions.get(&id).ok_or_else(missing)
    }
}

impl Iam {
    /// Makes a managed policy.
    ///
    /// # Errors
    /// The name is taken, the document is too large, or too many policies.
    pub async fn create_policy(&self, new: NewPolicy, now: Timestamp) -> Result<Arc<ManagedPolicy>> {
        let id = PolicyId::random();
        let decide = move |draft: &mut Draft<'_>| {
            if taken(draft.policies.keys(), &new.name) {
                return Err(Error::EntityAlreadyExists(format!(
                    "A policy called {} already exists. Duplicate names are not allowed.",
                    new.name
                )));
            }
            room(draft.policies.len(), "PoliciesPerAccount", limits::MANAGED_POLICIES)?;
            check_size(&new.document)?;
            let account = draft.account.to_string();
            draft.put(ManagedPolicy::new(&account, id, new, now))
        };
        self.ledger().commit(decide).await
    }

    /// Deletes a managed policy that is attached to nobody and has one version.
    ///
    /// # Errors
    /// No such policy, it is AWS's, it is attached, or it has more versions.
    pub async fn delete_policy(&self, arn: PolicyArn) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let policy = own(draft, &arn)?;
            if !draft.attached_to(&arn).is_empty() || !draft.bounded_by(&arn).is_empty() {
                return Err(Error::DeleteConflict("Cannot delete a policy attached to entities.".to_owned()));
            }
            if policy.versions.len() > 1 {
                return Err(Error::DeleteConflict(
                    "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                     versions. The default version is deleted with the policy."
                        .to_owned(),
                ));
            }
            draft.remove::<ManagedPolicy>(&policy.name);
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Gives a managed policy one more document.
    ///
    /// # Errors
    /// No such policy, it is AWS's, the document is too large, or too many versions.
    pub async fn create_policy_version(
        &self,
        arn: PolicyArn,
        document: Policy,
        default: bool,
        now: Timestamp,
    ) -> Result<(VersionId, Arc<ManagedPolicy>)> {
        let decide = move |draft: &mut Draft<'_>| {
            let mut policy = own(draft, &arn)?;
            check_size(&document)?;
            if policy.versions.len() >= limits::POLICY_VERSIONS {
                return Err(Error::LimitExceeded(format!(
                    "A managed policy can have up to {} versions. Before you create a new version, you must delete an \
                     existing version.",
                    limits::POLICY_VERSIONS
                )));
            }
            let id = policy.next;
            policy.versions.insert(id, PolicyVersion { document, created: now });
            policy.next = id.next();
            policy.updated = now;
            if default {
                policy.default_version = id;
            }
            Ok((id, draft.put(policy)?))
        };
        self.ledger().commit(decide).await
    }

    /// Deletes a document that does not count.
    ///
    /// # Errors
    /// No such policy or version, it is AWS's, or it is the one that counts.
    pub async fn delete_policy_version(&self, arn: PolicyArn, version: VersionId, now: Timestamp) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let mut policy = own(draft, &arn)?;
            policy.version(version)?;
            if policy.default_version == version {
                return Err(Error::DeleteConflict("Cannot delete the default version of a policy.".to_owned()));
            }
            policy.versions.remove(&version);
            policy.updated = now;
            draft.put(policy)?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Chooses the document that counts.
    ///
    /// # Errors
    /// No such policy or version, or it is AWS's.
    pub async fn set_default_policy_version(&self, arn: PolicyArn, version: VersionId, now: Timestamp) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let mut policy = own(draft, &arn)?;
            policy.version(version)?;
            policy.default_version = version;
            policy.updated = now;
            draft.put(policy)?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }

    /// Replaces a policy's tags by what is made of them.
    ///
    /// # Errors
    /// No such policy, it is AWS's, or what making them fails with.
    pub async fn tag_policy(&self, arn: PolicyArn, make: impl FnOnce(&Tags) -> Result<Tags>) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let policy = own(draft, &arn)?;
            draft.put(ManagedPolicy { tags: make(&policy.tags)?, ..policy })?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }
}

/// A policy that may be changed.
fn own(draft: &Draft<'_>, arn: &PolicyArn) -> Result<ManagedPolicy> {
    let policy = draft.policy(arn)?;
    if arn.is_aws_managed() {
        return Err(Error::Unmodifiable(format!("The policy {arn} is AWS's and cannot be changed.")));
    }
    Ok(policy.as_ref().clone())
}

fn check_size(document: &Policy) -> Result<()> {
    if document.size() > limits::MANAGED_POLICY {
        return Err(Error::LimitExceeded(format!("Cannot exceed quota for PolicySize: {}", limits::MANAGED_POLICY)));
    }
    Ok(())
}
