//! `dabba`: the program. What it does is told by its first argument; the rooms behind it are other crates.
//!
//! `dabba daemon` is the container engine. Everything else is a client of a running daemon, except `dabba service`,
//! which sets it up on a host, and `dabba runtime`, which is an OCI runtime and needs no daemon.

mod aws;
mod daemon;
mod eb;
mod quickstart;
mod service;
mod status;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A container engine that speaks the Docker Engine API.
#[derive(Debug, Parser)]
#[command(name = "dabba", version = VERSION, about, max_term_width = 120)]
struct Arguments {
    /// Daemon to speak to: unix://PATH or tcp://ADDRESS:PORT.
    #[arg(short = 'H', long, value_name = "HOST")]
    host: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the container engine.
    Daemon(Box<daemon::Flags>),
    /// Tell whether the daemon runs.
    Status,
    /// Set the daemon up as a service of this host.
    #[command(subcommand)]
    Service(service::Action),
    /// Be an OCI runtime, with the command line of runc.
    Runtime(Box<oci_runtime::Flags>),
    /// Start a daemon if none runs, and a first container and a web application on it.
    Quickstart(quickstart::Flags),
    /// Amazon's services of a running daemon.
    #[command(subcommand)]
    Aws(aws::Action),
    /// What Elastic Beanstalk's command line has no command for: tasks, rollbacks, where options come from.
    Eb(eb::Flags),
    /// Fork shims for the daemon whose socket is the standard input.
    #[command(name = daemon::ZYGOTE, hide = true)]
    Zygote,
    #[command(flatten)]
    Docker(Box<cli::Command>),
}

/// This program's version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the daemon is found unless told otherwise.
pub(crate) const DEFAULT_SOCKET: &str = "/run/dabba/dabba.sock";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let host = arguments.host.as_deref();
    let outcome = match arguments.command {
        Command::Daemon(flags) => daemon::run(*flags, host).map(|()| ExitCode::SUCCESS),
        Command::Status => status::run(host),
        Command::Service(action) => service::run(&action).map(|()| ExitCode::SUCCESS),
        Command::Runtime(flags) => Ok(oci_runtime::run(*flags)),
        Command::Quickstart(flags) => quickstart::run(&flags, host).map(|()| ExitCode::SUCCESS),
        Command::Aws(action) => aws::run(&action).map(|()| ExitCode::SUCCESS),
        Command::Eb(flags) => eb::run(&flags, host),
        Command::Zygote => daemon::be_zygote(),
        Command::Docker(command) => status::block_on(async { Ok(cli::run(*command, host).await) }),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("dabba: {error:#}");
        ExitCode::FAILURE
    })
}
