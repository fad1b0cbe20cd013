//! Everything that this crate keeps, at one moment, and where the store has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws::AccountId;
use serde::{Deserialize, Serialize};
use store::Store;
use store::ledger::Noun;

use crate::error::{Error, Result};
use crate::grants::{Grants, Identity};
use crate::groups::Group;
use crate::limits;
use crate::managed;
use crate::names::{AccessKeyId, Alias, GroupName, PolicyArn, PolicyName, ProfileName, RoleName, UserId, UserName};
use crate::policies::ManagedPolicy;
use crate::policy::Policy;
use crate::profiles::InstanceProfile;
use crate::roles::Role;
use crate::sessions::Session;
use crate::users::{AccessKey, User};

/// A change in the making.
pub(crate) type Draft<'a> = store::ledger::Draft<'a, State, Error>;

/// The one place that changes the state.
pub(crate) type Ledger = store::ledger::Ledger<State, Error>;

/// The account itself. That there is a record of it says that the first start has been.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) alias: Option<Alias>,
    /// The administrator's first key, until somebody was told of it.
    #[serde(default)]
    pub(crate) untold: Option<AccessKeyId>,
}

/// Everything that this crate knows, at one moment. All names are told apart by their case too when they are looked
/// up, and none is given that differs from another by its case only.
#[derive(Debug, Clone)]
pub struct State {
    /// Whose all this is.
    pub account: AccountId,
    /// All users.
    pub users: BTreeMap<UserName, Arc<User>>,
    /// All access keys of users.
    pub keys: BTreeMap<AccessKeyId, Arc<AccessKey>>,
    /// All groups.
    pub groups: BTreeMap<GroupName, Arc<Group>>,
    /// All roles.
    pub roles: BTreeMap<RoleName, Arc<Role>>,
    /// All instance profiles.
    pub profiles: BTreeMap<ProfileName, Arc<InstanceProfile>>,
    /// The customer's own managed policies. Those of AWS: [`State::policy`].
    pub policies: BTreeMap<PolicyName, Arc<ManagedPolicy>>,
    pub(crate) sessions: BTreeMap<AccessKeyId, Arc<Session>>,
    pub(crate) accounts: BTreeMap<AccountId, Arc<Account>>,
}

store::noun!(State.users: User, "iam-users", name: UserName, as_str);
store::noun!(State.keys: AccessKey, "iam-access-keys", id: AccessKeyId, as_str);
store::noun!(State.groups: Group, "iam-groups", name: GroupName, as_str);
store::noun!(State.roles: Role, "iam-roles", name: RoleName, as_str);
store::noun!(State.profiles: InstanceProfile, "iam-instance-profiles", name: ProfileName, as_str);
store::noun!(State.policies: ManagedPolicy, "iam-policies", name: PolicyName, as_str);
store::noun!(State.sessions: Session, "iam-sessions", key: AccessKeyId, as_str);
store::noun!(State.accounts: Account, "iam-accounts", id: AccountId, as_str);

impl State {
    /// Reads the whole record. Blocks.
    pub(crate) fn load(store: &Store, account: AccountId) -> Result<Self> {
        Ok(Self {
            account,
            users: User::load(store)?,
            keys: AccessKey::load(store)?,
            groups: Group::load(store)?,
            roles: Role::load(store)?,
            profiles: InstanceProfile::load(store)?,
            policies: ManagedPolicy::load(store)?,
            sessions: Session::load(store)?,
            accounts: Account::load(store)?,
        })
    }

    /// The user of this name.
    ///
    /// # Errors
    /// [`Error::NoSuchEntity`].
    pub fn user(&self, name: &UserName) -> Result<&Arc<User>> {
        let missing = || Error::NoSuchEntity(format!("The user with name {name} cannot be found."));
        self.users.get(name).ok_or_else(missing)
    }

    pub(crate) fn user_of(&self, id: &UserId, name: &UserName) -> Option<&Arc<User>> {
        // A user that was renamed since is found by its id.
        let named = self.users.get(name).filter(|user| user.id == *id);
        named.or_else(|| self.users.values().find(|user| user.id == *id))
    }

    /// The access key of this id.
    ///
    /// # Errors
    /// [`Error::NoSuchEntity`].
    pub fn key(&self, id: &AccessKeyId) -> Result<&Arc<AccessKey>> {
        let missing = || Error::NoSuchEntity(format!("The Access Key with id {id} cannot be found"));
        self.keys.get(id).ok_or_else(missing)
    }

    /// The access keys of one user.
    pub fn keys_of<'a>(&'a self, user: &'a User) -> impl Iterator<Item = &'a Arc<AccessKey>> {
        self.keys.values().filter(|key| key.user == user.id)
    }

    /// The group of this name.
    ///
    /// # Errors
    /// [`Error::NoSuchEntity`].
    pub fn group(&self, name: &GroupName) -> Result<&Arc<Group>> {
        let missing = || Error::NoSuchEntity(format!("The group with name {name} cannot be found."));
        self.groups.get(name).ok_or_else(missing)
    }

    /// The users in a group.
    pub fn members<'a>(&'a self, group: &'a GroupName) -> impl Iterator<Item = &'a Arc<User>> {
        self.users.values().filter(move |user| user.groups.contains(group))
    }

    /// The role of this name.
    ///
    /// # Errors
    /// [`Error::NoSuchEntity`].
    pub fn role(&self, name: &RoleName) -> Result<&Arc<Role>> {
        let missing = || Error::NoSuchEntity(format!("The role with name {name} cannot be found."));
        self.roles.get(name).ok_or_else(missing)
    }

    /// The instance profile of this name.
    ///
    /// # Errors
    /// [`Error::NoSuchEntity`].
    pub fn profile(&self, name: &ProfileName) -> Result<&Arc<InstanceProfile>> {
        let missing = || Error::NoSuchEntity(format!("Instance Profile {name} cannot be found."));
        self.profiles.get(name).ok_or_else(missing)
    }

    /// The managed policy of this ARN, the customer's or AWS's.
    ///
    /// # Errors
    /// [`Error::NoSuchEntity`].
    pub fn policy(&self, arn: &PolicyArn) -> Result<&Arc<ManagedPolicy>> {
        self.find_policy(arn).ok_or_else(|| Error::NoSuchEntity(format!("Policy {arn} was not found.")))
    }

    /// The document that a managed policy now has.
    pub(crate) fn document(&self, arn: &PolicyArn) -> Option<&Policy> {
        self.find_policy(arn).and_then(|policy| policy.document())
    }

    fn find_policy(&self, arn: &PolicyArn) -> Option<&Arc<ManagedPolicy>> {
        if arn.is_aws_managed() {
            return managed::policies().iter().find(|policy| policy.arn == *arn);
        }
        let (_, name) = arn.as_str().rsplit_once('/')?;
        self.policies.get(name).filter(|policy| policy.arn == *arn)
    }

    /// The other name of the account, if it has one.
    pub fn alias(&self) -> Option<&Alias> {
        self.own_account().and_then(|account| account.alias.as_ref())
    }

    /// The account's record; none before the first start.
    pub(crate) fn own_account(&self) -> Option<&Arc<Account>> {
        self.accounts.get(&self.account)
    }

    /// How many there are of everything, and how many there may be, as `GetAccountSummary` names it.
    pub fn summary(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("Users", self.users.len()),
            ("UsersQuota", limits::USERS),
            ("Groups", self.groups.len()),
            ("GroupsQuota", limits::GROUPS),
            ("Roles", self.roles.len()),
            ("RolesQuota", limits::ROLES),
            ("InstanceProfiles", self.profiles.len()),
            ("InstanceProfilesQuota", limits::INSTANCE_PROFILES),
            ("Policies", self.policies.len()),
            ("PoliciesQuota", limits::MANAGED_POLICIES),
            ("PolicyVersionsInUse", self.policies.values().map(|policy| policy.versions.len()).sum()),
            ("VersionsPerPolicyQuota", limits::POLICY_VERSIONS),
            ("PolicySizeQuota", limits::MANAGED_POLICY),
            ("UserPolicySizeQuota", limits::USER_POLICIES),
            ("GroupPolicySizeQuota", limits::GROUP_POLICIES),
            ("RolePolicySizeQuota", limits::ROLE_POLICIES),
            ("AssumeRolePolicySizeQuota", limits::TRUST_POLICY),
            ("GroupsPerUserQuota", limits::GROUPS_A_USER),
            ("AccessKeysPerUserQuota", limits::ACCESS_KEYS_A_USER),
            ("AttachedPoliciesPerUserQuota", limits::ATTACHED_POLICIES),
            ("AttachedPoliciesPerGroupQuota", limits::ATTACHED_POLICIES),
            ("AttachedPoliciesPerRoleQuota", limits::ATTACHED_POLICIES),
            // Nobody signs in as the account, and there are no second factors.
            ("AccountAccessKeysPresent", 0),
            ("AccountMFAEnabled", 0),
            ("MFADevices", 0),
        ]
    }

    /// What a user, group or role is allowed.
    ///
    /// # Errors
    /// [`Error::NoSuchEntity`].
    pub fn grants(&self, of: &Identity) -> Result<&Grants> {
        Ok(match of {
            Identity::User(name) => &self.user(name)?.grants,
            Identity::Group(name) => &self.group(name)?.grants,
            Identity::Role(name) => &self.role(name)?.grants,
        })
    }

    /// Whom a managed policy is attached to.
    pub fn attached_to(&self, arn: &PolicyArn) -> Vec<Identity> {
        let users = self.users.values().filter(|user| user.grants.attached.contains(arn));
        let groups = self.groups.values().filter(|group| group.grants.attached.contains(arn));
        let roles = self.roles.values().filter(|role| role.grants.attached.contains(arn));
        users
            .map(|user| Identity::User(user.name.clone()))
            .chain(groups.map(|group| Identity::Group(group.name.clone())))
            .chain(roles.map(|role| Identity::Role(role.name.clone())))
            .collect()
    }

    /// Whom a managed policy bounds.
    pub fn bounded_by(&self, arn: &PolicyArn) -> Vec<Identity> {
        let users = self.users.values().filter(|user| user.boundary.as_ref() == Some(arn));
        let roles = self.roles.values().filter(|role| role.boundary.as_ref() == Some(arn));
        users
            .map(|user| Identity::User(user.name.clone()))
            .chain(roles.map(|role| Identity::Role(role.name.clone())))
            .collect()
    }
}

/// Whether one of these names is this one but for its case.
pub(crate) fn taken<'a, N: AsRef<str> + 'a>(mut names: impl Iterator<Item = &'a N>, name: &N) -> bool {
    names.any(|other| other.as_ref().eq_ignore_ascii_case(name.as_ref()))
}

/// Refuses to make one more than there may be.
pub(crate) fn room(count: usize, quota: &str, most: usize) -> Result<()> {
    if count < most {
        return Ok(());
    }
    Err(Error::LimitExceeded(format!("Cannot exceed quota for {quota}: {most}")))
}
