//! Containers.

mod attach;
mod body;
mod commit;
mod create;
mod exec;
mod export;
mod lifecycle;
mod list;
mod logs;
mod options;
mod prune;
mod run;
mod start;
mod wait;

pub use attach::AttachArgs;
pub use commit::CommitArgs;
pub use create::CreateArgs;
pub use exec::ExecArgs;
pub use export::{DiffArgs, ExportArgs};
pub use lifecycle::{KillArgs, NamesArgs, RemoveArgs, RenameArgs, StopArgs, WaitArgs};
pub use list::{ListArgs, PortArgs};
pub use logs::LogsArgs;
pub use options::CreateOptions;
pub use prune::PruneArgs;
pub use run::RunArgs;
pub use start::StartArgs;

pub(crate) use list::{HEADS, row};
pub(crate) use prune::prune;
pub(crate) use run::shell;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Failure;
use crate::inspect::{self, InspectOneArgs};

/// `container …`.
#[derive(Debug, Clone, Subcommand)]
pub enum ContainerCommand {
    /// Attach local standard input, output, and error streams to a running container
    Attach(AttachArgs),
    /// Create a new image from a container's changes
    Commit(CommitArgs),
    /// Create a new container
    #[command(disable_help_flag = true)]
    Create(CreateArgs),
    /// Inspect changes to files or directories on a container's filesystem
    Diff(DiffArgs),
    /// Execute a command in a running container
    Exec(ExecArgs),
    /// Export a container's filesystem as a tar archive
    Export(ExportArgs),
    /// Display detailed information on one or more containers
    Inspect(InspectOneArgs),
    /// Kill one or more running containers
    Kill(KillArgs),
    /// Fetch the logs of a container
    Logs(LogsArgs),
    /// List containers
    #[command(name = "ls", visible_aliases = ["ps", "list"])]
    List(ListArgs),
    /// Pause all processes within one or more containers
    Pause(NamesArgs),
    /// List port mappings or a specific mapping for the container
    Port(PortArgs),
    /// Remove all stopped containers
    Prune(PruneArgs),
    /// Rename a container
    Rename(RenameArgs),
    /// Restart one or more containers
    Restart(StopArgs),
    /// Remove one or more containers
    #[command(visible_alias = "remove")]
    Rm(RemoveArgs),
    /// Create and run a new container from an image
    #[command(disable_help_flag = true)]
    Run(RunArgs),
    /// Start one or more stopped containers
    Start(StartArgs),
    /// Stop one or more running containers
    Stop(StopArgs),
    /// Unpause all processes within one or more containers
    Unpause(NamesArgs),
    /// Block until one or more containers stop, then print their exit codes
    Wait(WaitArgs),
}

/// Runs one.
pub(crate) async fn run(context: &Context, command: ContainerCommand) -> Result<(), Failure> {
    match command {
        ContainerCommand::Attach(args) => attach::run(context, args).await,
        ContainerCommand::Commit(args) => commit::run(context, args).await,
        ContainerCommand::Create(args) => create::run(context, args).await,
        ContainerCommand::Diff(args) => export::diff(context, args).await,
        ContainerCommand::Exec(args) => exec::run(context, args).await,
        ContainerCommand::Export(args) => export::run(context, args).await,
        ContainerCommand::Inspect(args) => inspect::containers(context, args).await,
        ContainerCommand::Kill(args) => lifecycle::kill(context, args).await,
        ContainerCommand::Logs(args) => logs::run(context, args).await,
        ContainerCommand::List(args) => list::run(context, args).await,
        ContainerCommand::Pause(args) => lifecycle::pause(context, args, "pause").await,
        ContainerCommand::Port(args) => list::port(context, args).await,
        ContainerCommand::Prune(args) => prune::run(context, args).await,
        ContainerCommand::Rename(args) => lifecycle::rename(context, args).await,
        ContainerCommand::Restart(args) => lifecycle::stop(context, args, "restart").await,
        ContainerCommand::Rm(args) => lifecycle::remove(context, args).await,
        ContainerCommand::Run(args) => run::run(context, args).await,
        ContainerCommand::Start(args) => start::run(context, args).await,
        ContainerCommand::Stop(args) => lifecycle::stop(context, args, "stop").await,
        ContainerCommand::Unpause(args) => lifecycle::pause(context, args, "unpause").await,
        ContainerCommand::Wait(args) => lifecycle::wait(context, args).await,
    }
}
