//! The numbers, and why. Most are Amazon's ("Quotas and constraints for Amazon RDS" in the user guide,
//! "CreateDBInstance" in the API reference): a program that keeps to them there must be told the same here.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Instances of an account.
pub const INSTANCES: usize = 40;
/// Snapshots of an account.
pub const SNAPSHOTS: usize = 100;
/// Longest name of an instance.
pub const INSTANCE_NAME: usize = 63;
/// Longest name of a snapshot.
pub const SNAPSHOT_NAME: usize = 255;
/// Longest name of a database.
pub const DATABASE_NAME: usize = 63;
/// Longest name of a master user: MySQL's, the shorter one.
pub const USER: usize = 32;
/// Length of a password.
pub const PASSWORD: RangeInclusive<usize> = 8..=128;
/// Random bytes of a password that is made: as hexadecimal digits, within what every engine takes (41 characters).
pub const MADE_PASSWORD: usize = 16;
/// GiB of an instance.
pub const STORAGE: RangeInclusive<u32> = 5..=65_536;
/// Ports of an instance.
pub const PORTS: RangeInclusive<u16> = 1150..=65_535;
/// Tags of a resource.
pub const TAGS: usize = 50;
/// Longest key of a tag, in characters.
pub const TAG_KEY: usize = 128;
/// Longest value of a tag, in characters.
pub const TAG_VALUE: usize = 256;
/// How long what could not be done waits until it is tried again.
pub(crate) const PAUSE: Duration = Duration::from_secs(2);
