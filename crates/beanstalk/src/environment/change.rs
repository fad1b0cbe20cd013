//! What can be asked of an environment that is there.

use serde::{Deserialize, Serialize};

use crate::fleet::ReleaseId;
use crate::name::VersionLabel;
use crate::option::{OptionKey, Setting};
use crate::platform::PlatformVersion;
use crate::version::Source;

/// A change that was asked for and found to be possible.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// Another version, other settings, another platform version: any of them.
    Update {
        /// The version, with what it is made of.
        version: Option<(Option<VersionLabel>, Source)>,
        /// The platform version.
        platform: Option<PlatformVersion>,
        /// Settings of a saved configuration, in place of those of the one before.
        saved: Option<(crate::name::TemplateName, Vec<Setting>)>,
        /// Settings that are added.
        settings: Vec<Setting>,
        /// Settings that go.
        remove: Vec<OptionKey>,
    },
    /// All instances anew.
    Rebuild,
    /// New instances in place of the old ones, while these go on.
    Refresh,
    /// The same release once more.
    Restart,
    /// The version of a release that it had before, which is prepared already.
    Rollback(ReleaseId),
}
