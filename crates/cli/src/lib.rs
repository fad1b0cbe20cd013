//! The command line: Docker's commands, flags and words, spoken to any daemon that serves its API.
//!
//! [`Command`] is what was typed, and [`run`] does it. Each command has a file of its own, named after it, below the
//! noun it is about (`container/run.rs`, `image/pull.rs`); what they share are lists (`listing.rs`, `table.rs`),
//! templates (`template/`), the small languages inside of flags (`parse/`) and a person's session at a process
//! (`session.rs`).

#![forbid(unsafe_code)]

mod archive;
pub mod build;
pub mod builder;
pub mod check;
pub mod container;
mod context;
mod credentials;
mod error;
mod flags;
pub mod image;
mod inspect;
mod json;
mod keys;
mod listing;
pub mod login;
pub mod network;
mod output;
mod parse;
mod progress;
mod session;
pub mod system;
mod table;
mod template;
mod terminal;
mod units;
pub mod volume;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use client::{Client, Endpoint};

use builder::BuilderCommand;
use container::ContainerCommand;
use context::Context;
use error::Failure;
use image::ImageCommand;
pub use inspect::{InspectArgs, InspectOneArgs};
use network::NetworkCommand;
use system::SystemCommand;
pub use table::align;
use volume::VolumeCommand;

/// What can be typed behind the program's name.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Attach local standard input, output, and error streams to a running container
    Attach(container::AttachArgs),
    /// Start a build
    Build(Box<build::BuildArgs>),
    /// Manage builds
    #[command(subcommand)]
    Builder(BuilderCommand),
    /// Create a new image from a container's changes
    Commit(container::CommitArgs),
    /// Manage containers
    #[command(subcommand)]
    Container(ContainerCommand),
    /// Create a new container
    #[command(disable_help_flag = true)]
    Create(container::CreateArgs),
    /// Inspect changes to files or directories on a container's filesystem
    Diff(container::DiffArgs),
    /// Get real time events from the server
    Events(system::EventsArgs),
    /// Execute a command in a running container
    Exec(container::ExecArgs),
    /// Export a container's filesystem as a tar archive
    Export(container::ExportArgs),
    /// Show the history of an image
    History(image::HistoryArgs),
    /// Manage images
    #[command(subcommand)]
    Image(ImageCommand),
    /// List images
    Images(image::ListArgs),
    /// Import the contents from a tarball to create a filesystem image
    Import(image::ImportArgs),
    /// Display system-wide information
    Info(system::InfoArgs),
    /// Return low-level information on Docker objects
    Inspect(InspectArgs),
    /// Kill one or more running containers
    Kill(container::KillArgs),
    /// Load an image from a tar archive or STDIN
    Load(image::LoadArgs),
    /// Authenticate to a registry
    Login(login::LoginArgs),
    /// Log out from a registry
    Logout(login::LogoutArgs),
    /// Fetch the logs of a container
    Logs(container::LogsArgs),
    /// Manage networks
    #[command(subcommand)]
    Network(NetworkCommand),
    /// Pause all processes within one or more containers
    Pause(container::NamesArgs),
    /// List port mappings or a specific mapping for the container
    Port(container::PortArgs),
    /// List containers
    Ps(container::ListArgs),
    /// Download an image from a registry
    Pull(image::PullArgs),
    /// Upload an image to a registry
    Push(image::PushArgs),
    /// Rename a container
    Rename(container::RenameArgs),
    /// Restart one or more containers
    Restart(container::StopArgs),
    /// Remove one or more containers
    Rm(container::RemoveArgs),
    /// Remove one or more images
    Rmi(image::RemoveArgs),
    /// Create and run a new container from an image
    #[command(disable_help_flag = true)]
    Run(container::RunArgs),
    /// Save one or more images to a tar archive (streamed to STDOUT by default)
    Save(image::SaveArgs),
    /// Start one or more stopped containers
    Start(container::StartArgs),
    /// Stop one or more running containers
    Stop(container::StopArgs),
    /// Manage the daemon as a whole
    #[command(subcommand)]
    System(SystemCommand),
    /// Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE
    Tag(image::TagArgs),
    /// Unpause all processes within one or more containers
    Unpause(container::NamesArgs),
    /// Show the version information
    Version(system::VersionArgs),
    /// Manage volumes
    #[command(subcommand)]
    Volume(VolumeCommand),
    /// Block until one or more containers stop, then print their exit codes
    Wait(container::WaitArgs),
}

/// Does what was typed, on a tokio runtime, and gives the program's exit code.
///
/// `host` is what `-H` said. Without it `DABBA_HOST` counts, then `DOCKER_HOST`, then the daemon's default socket.
/// The code is the container's own where one was run, 125 where this program or the daemon failed to run it, 126 or
/// 127 where its program could not be started, and 1 for every other failure. What reads standard input is a thread
/// that nobody can end: the caller returns from `main` without waiting for it.
pub async fn run(command: Command, host: Option<&str>) -> ExitCode {
    let needs_container = matches!(&command, Command::Run(_) | Command::Create(_))
        || matches!(&command, Command::Container(ContainerCommand::Run(_) | ContainerCommand::Create(_)));
    let command = Long::from(command);
    let done = match endpoint(host) {
        Ok(endpoint) => {
            let context = Context { client: Arc::new(connection(endpoint)) };
            Box::pin(dispatch(&context, command)).await
        }
        Err(failure) if needs_container => Err(failure.with_code(error::CLIENT_FAILED)),
        Err(failure) => Err(failure),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message.is_empty() {
                output::complain(&failure.message);
            }
            ExitCode::from(failure.code)
        }
    }
}

/// Starts a container that was made for one command, attached to it as `run` is, and gives its exit code as `run` does.
pub async fn start_task(container: &str, interactive: bool, host: Option<&str>) -> ExitCode {
    run(Command::Start(container::StartArgs::task(container, interactive)), host).await
}

fn endpoint(host: Option<&str>) -> Result<Endpoint, Failure> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let told = host.map(str::to_owned).or_else(|| variable("DABBA_HOST")).or_else(|| variable("DOCKER_HOST"));
    let endpoint = told.map_or(Ok(Endpoint::default()), |text| text.parse())?;
    // Sending in the clear what was meant to be sent encrypted would be worse than not sending it.
    if matches!(endpoint, Endpoint::Tcp { .. }) && variable("DOCKER_TLS_VERIFY").is_some() {
        return Err(Failure::new(
            "DOCKER_TLS_VERIFY is set, but this client speaks no TLS: reach the daemon through its socket, or unset it",
        ));
    }
    Ok(endpoint)
}

/// A client of that daemon, of the version that `DOCKER_API_VERSION` pins or both sides know.
fn connection(endpoint: Endpoint) -> Client {
    let pinned = std::env::var("DOCKER_API_VERSION").ok().and_then(|text| {
        let (major, minor) = text.trim_start_matches('v').split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    match pinned {
        Some(version) => Client::with_version(endpoint, version),
        None => Client::new(endpoint),
    }
}

/// A command under its long name: `ps` is `container ls`.
enum Long {
    Builder(BuilderCommand),
    Container(Box<ContainerCommand>),
    Image(ImageCommand),
    Network(NetworkCommand),
    System(SystemCommand),
    Volume(VolumeCommand),
    Inspect(InspectArgs),
    Login(login::LoginArgs),
    Logout(login::LogoutArgs),
    Version(system::VersionArgs),
}

impl From<Command> for Long {
    fn from(command: Command) -> Self {
        match command {
            Command::Container(command) => Self::Container(Box::new(command)),
            Command::Image(command) => Self::Image(command),
            Command::Network(command) => Self::Network(command),
            Command::System(command) => Self::System(command),
            Command::Volume(command) => Self::Volume(command),
            Command::Builder(command) => Self::Builder(command),
            Command::Build(args) => Self::Image(ImageCommand::Build(args)),
            Command::Attach(args) => Self::Container(Box::new(ContainerCommand::Attach(args))),
            Command::Commit(args) => Self::Container(Box::new(ContainerCommand::Commit(args))),
            Command::Create(args) => Self::Container(Box::new(ContainerCommand::Create(args))),
            Command::Diff(args) => Self::Container(Box::new(ContainerCommand::Diff(args))),
            Command::Exec(args) => Self::Container(Box::new(ContainerCommand::Exec(args))),
            Command::Export(args) => Self::Container(Box::new(ContainerCommand::Export(args))),
            Command::Kill(args) => Self::Container(Box::new(ContainerCommand::Kill(args))),
            Command::Logs(args) => Self::Container(Box::new(ContainerCommand::Logs(args))),
            Command::Pause(args) => Self::Container(Box::new(ContainerCommand::Pause(args))),
            Command::Port(args) => Self::Container(Box::new(ContainerCommand::Port(args))),
            Command::Ps(args) => Self::Container(Box::new(ContainerCommand::List(args))),
            Command::Rename(args) => Self::Container(Box::new(ContainerCommand::Rename(args))),
            Command::Restart(args) => Self::Container(Box::new(ContainerCommand::Restart(args))),
            Command::Rm(args) => Self::Container(Box::new(ContainerCommand::Rm(args))),
            Command::Run(args) => Self::Container(Box::new(ContainerCommand::Run(args))),
            Command::Start(args) => Self::Container(Box::new(ContainerCommand::Start(args))),
            Command::Stop(args) => Self::Container(Box::new(ContainerCommand::Stop(args))),
            Command::Unpause(args) => Self::Container(Box::new(ContainerCommand::Unpause(args))),
            Command::Wait(args) => Self::Container(Box::new(ContainerCommand::Wait(args))),
            Command::History(args) => Self::Image(ImageCommand::History(args)),
            Command::Images(args) => Self::Image(ImageCommand::List(args)),
            Command::Import(args) => Self::Image(ImageCommand::Import(args)),
            Command::Load(args) => Self::Image(ImageCommand::Load(args)),
            Command::Pull(args) => Self::Image(ImageCommand::Pull(args)),
            Command::Push(args) => Self::Image(ImageCommand::Push(args)),
            Command::Rmi(args) => Self::Image(ImageCommand::Rm(args)),
            Command::Save(args) => Self::Image(ImageCommand::Save(args)),
            Command::Tag(args) => Self::Image(ImageCommand::Tag(args)),
            Command::Events(args) => Self::System(SystemCommand::Events(args)),
            Command::Info(args) => Self::System(SystemCommand::Info(args)),
            Command::Inspect(args) => Self::Inspect(args),
            Command::Login(args) => Self::Login(args),
            Command::Logout(args) => Self::Logout(args),
            Command::Version(args) => Self::Version(args),
        }
    }
}

async fn dispatch(context: &Context, command: Long) -> Result<(), Failure> {
    match command {
        Long::Container(command) => container::run(context, *command).await,
        Long::Builder(command) => builder::run(context, command).await,
        Long::Image(command) => image::run(context, command).await,
        Long::Network(command) => network::run(context, command).await,
        Long::System(command) => system::run(context, command).await,
        Long::Volume(command) => volume::run(context, command).await,
        Long::Inspect(args) => inspect::run(context, args).await,
        Long::Login(args) => login::log_in(context, args).await,
        Long::Logout(args) => login::log_out(args).await,
        Long::Version(args) => system::version(context, args).await,
    }
}
