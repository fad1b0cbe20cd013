//! The daemon as a whole.

mod disk;
mod events;
mod info;
mod prune;
mod version;

pub use disk::DiskArgs;
pub use events::EventsArgs;
pub use info::InfoArgs;
pub use prune::PruneArgs;
pub use version::VersionArgs;

pub(crate) use version::run as version;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Failure;

/// `system …`.
#[derive(Debug, Clone, Subcommand)]
pub enum SystemCommand {
    /// Show disk usage
    Df(DiskArgs),
    /// Get real time events from the server
    Events(EventsArgs),
    /// Display system-wide information
    Info(InfoArgs),
    /// Remove unused data
    Prune(PruneArgs),
}

/// Runs one.
pub(crate) async fn run(context: &Context, command: SystemCommand) -> Result<(), Failure> {
    match command {
        SystemCommand::Df(args) => disk::run(context, args).await,
        SystemCommand::Events(args) => events::run(context, args).await,
        SystemCommand::Info(args) => info::run(context, args).await,
        SystemCommand::Prune(args) => prune::run(context, args).await,
    }
}
