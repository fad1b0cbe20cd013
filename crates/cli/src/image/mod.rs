//! Images.

mod history;
mod import;
mod list;
mod load;
mod prune;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod reference;
mod remove;
mod save;
mod tag;

pub use history::HistoryArgs;
pub use import::ImportArgs;
pub use list::ListArgs;
pub use load::LoadArgs;
pub use prune::PruneArgs;
pub use pull::PullArgs;
pub use push::PushArgs;
pub use remove::RemoveArgs;
pub use save::SaveArgs;
pub use tag::TagArgs;

pub(crate) use list::{HEADS, names, row};
pub(crate) use prune::prune;

use clap::Subcommand;

use crate::build;
use crate::context::Context;
use crate::error::Failure;
use crate::inspect::{self, InspectOneArgs};

/// `image …`.
#[derive(Debug, Clone, Subcommand)]
pub enum ImageCommand {
    /// Start a build
    Build(Box<crate::build::BuildArgs>),
    /// Show the history of an image
    History(HistoryArgs),
    /// Import the contents from a tarball to create a filesystem image
    Import(ImportArgs),
    /// Display detailed information on one or more images
    Inspect(InspectOneArgs),
    /// List images
    #[command(name = "ls", visible_alias = "list")]
    List(ListArgs),
    /// Load an image from a tar archive or STDIN
    Load(LoadArgs),
    /// Remove unused images
    Prune(PruneArgs),
    /// Download an image from a registry
    Pull(PullArgs),
    /// Upload an image to a registry
    Push(PushArgs),
    /// Remove one or more images
    #[command(visible_alias = "remove")]
    Rm(RemoveArgs),
    /// Save one or more images to a tar archive (streamed to STDOUT by default)
    Save(SaveArgs),
    /// Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE
    Tag(TagArgs),
}

/// Runs one.
pub(crate) async fn run(context: &Context, command: ImageCommand) -> Result<(), Failure> {
    match command {
        ImageCommand::Build(args) => build::run(context, *args).await,
        ImageCommand::History(args) => history::run(context, args).await,
        ImageCommand::Import(args) => import::run(context, args).await,
        ImageCommand::Inspect(args) => inspect::images(context, args).await,
        ImageCommand::List(args) => list::run(context, args).await,
        ImageCommand::Load(args) => load::run(context, args).await,
        ImageCommand::Prune(args) => prune::run(context, args).await,
        ImageCommand::Pull(args) => pull::run(context, args).await,
        ImageCommand::Push(args) => push::run(context, args).await,
        ImageCommand::Rm(args) => remove::run(context, args).await,
        ImageCommand::Save(args) => save::run(context, args).await,
        ImageCommand::Tag(args) => tag::run(context, args).await,
    }
}
