//! How much there may be of everything, and why.
//!
//! Source of AWS's numbers: "IAM and AWS STS quotas" in the IAM User Guide, the default quotas where they can be raised.

/// AWS's.
pub(crate) const USERS: usize = 5000;
/// AWS's.
pub(crate) const GROUPS: usize = 300;
/// AWS's.
pub(crate) const ROLES: usize = 1000;
/// AWS's.
pub(crate) const INSTANCE_PROFILES: usize = 1000;
/// AWS's, of the customer's own.
pub(crate) const MANAGED_POLICIES: usize = 1500;
/// AWS's.
pub(crate) const GROUPS_A_USER: usize = 10;
/// AWS's: two, so that one can be replaced by the other.
pub(crate) const ACCESS_KEYS_A_USER: usize = 2;
/// AWS's, for users, groups and roles alike.
pub(crate) const ATTACHED_POLICIES: usize = 10;
/// AWS's.
pub(crate) const POLICY_VERSIONS: usize = 5;
/// AWS's.
pub(crate) const TAGS: usize = 50;
/// AWS's, in characters.
pub(crate) const TAG_KEY: usize = 128;
/// AWS's, in characters.
pub(crate) const TAG_VALUE: usize = 256;

/// AWS's, in characters that are no white space, as are the other sizes of policies.
pub(crate) const MANAGED_POLICY: usize = 6144;
/// AWS's, all of a user's together.
pub(crate) const USER_POLICIES: usize = 2048;
/// AWS's, all of a role's together.
pub(crate) const ROLE_POLICIES: usize = 10_240;
/// AWS's, all of a group's together.
pub(crate) const GROUP_POLICIES: usize = 5120;
/// AWS's.
pub(crate) const TRUST_POLICY: usize = 2048;
/// AWS's; its other bound, on a packed form of policies and tags, is not ours.
pub(crate) const SESSION_POLICY: usize = 2048;
/// AWS's.
pub(crate) const SESSION_POLICY_ARNS: usize = 10;
/// AWS's longest document of any kind, in bytes, white space included: nothing longer is parsed.
pub(crate) const DOCUMENT: usize = 131_072;

/// AWS's, of a role and of the policies that are made.
pub(crate) const DESCRIPTION: usize = 1000;

/// Shortest session, in seconds: AWS's.
pub(crate) const SESSION_LEAST: u32 = 900;
/// Longest session of a role, in seconds: AWS's.
pub(crate) const ROLE_SESSION_MOST: u32 = 43_200;
/// How long a role's session lasts when nothing else is asked for, and how long one may at most that another role's
/// session began, in seconds: AWS's.
pub(crate) const ROLE_SESSION: u32 = 3600;
/// Longest session of a user, in seconds: AWS's.
pub(crate) const USER_SESSION_MOST: u32 = 129_600;
/// How long a user's session lasts when nothing else is asked for, in seconds: AWS's.
pub(crate) const USER_SESSION: u32 = 43_200;

/// Sessions that have not expired. Ours: each is a record of about 1 KiB, and AWS counts by rate instead.
pub(crate) const SESSIONS: usize = 10_000;

/// How often at most the last use of one access key is written down, in seconds. AWS's reports lag by as much.
pub(crate) const LAST_USED: u64 = 900;
