//! The command line.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Flags of `dabba runtime`.
#[derive(Debug, Args)]
pub struct Flags {
    /// Directory for what is known of containers.
    #[arg(long, value_name = "DIR", default_value = "/run/dabba/runtime")]
    pub(crate) root: PathBuf,
    /// File to write errors to, besides standard error.
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// How errors are written to the file.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
    /// Refused: cgroups are made as directories.
    #[arg(long)]
    pub(crate) systemd_cgroup: bool,
    /// Accepted, and without effect.
    #[arg(long)]
    debug: bool,
    #[command(subcommand)]
    pub(crate) action: Action,
}

/// The form of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Table,
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Make a container of a bundle, up to its program.
    Create(CreateFlags),
    /// Let the program of a container that was made begin.
    Start {
        /// The container.
        id: String,
    },
    /// Print a container's state.
    State {
        /// The container.
        id: String,
    },
    /// Send a signal to a container's first process.
    Kill {
        /// Send it to all processes.
        #[arg(short, long)]
        all: bool,
        /// The container.
        id: String,
        /// Name or number.
        #[arg(default_value = "SIGTERM")]
        signal: String,
    },
    /// Remove what is left of a container that has ended.
    Delete {
        /// Kill it first if it runs; be content if it does not exist.
        #[arg(short, long)]
        force: bool,
        /// The container.
        id: String,
    },
    /// List containers.
    List {
        /// As a table or as JSON.
        #[arg(short, long, default_value = "table")]
        format: ListFormat,
        /// Names only.
        #[arg(short, long)]
        quiet: bool,
    },
    /// Stop all processes of a container where they are.
    Pause {
        /// The container.
        id: String,
    },
    /// Let them go on.
    Resume {
        /// The container.
        id: String,
    },
    /// Run a further process in a container that runs.
    Exec(ExecFlags),
    /// Print what this runtime can do.
    Features,
}

/// Flags of `create`.
#[derive(Debug, Args)]
pub(crate) struct CreateFlags {
    /// Directory with config.json.
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub(crate) bundle: PathBuf,
    #[command(flatten)]
    pub(crate) process: ProcessFlags,
    /// Refused: the root is changed by pivot_root(2).
    #[arg(long)]
    pub(crate) no_pivot: bool,
    /// Hand that many descriptors from 3 on to the program.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub(crate) preserve_fds: u32,
    /// The new container.
    pub(crate) id: String,
}

/// Flags of whatever makes a process.
#[derive(Debug, Args)]
pub(crate) struct ProcessFlags {
    /// Unix socket to send the terminal's master to.
    #[arg(long, value_name = "SOCKET")]
    pub(crate) console_socket: Option<PathBuf>,
    /// File to write the process's number to.
    #[arg(long, value_name = "FILE")]
    pub(crate) pid_file: Option<PathBuf>,
}

/// Flags of `exec`.
#[derive(Debug, Args)]
pub(crate) struct ExecFlags {
    #[command(flatten)]
    pub(crate) files: ProcessFlags,
    /// File with the process, as config.json has it.
    #[arg(short, long, value_name = "FILE", conflicts_with = "args")]
    pub(crate) process: Option<PathBuf>,
    /// Do not wait for its end.
    #[arg(short, long)]
    pub(crate) detach: bool,
    /// Give it a terminal.
    #[arg(short, long)]
    pub(crate) tty: bool,
    /// Where it starts.
    #[arg(long, value_name = "DIR")]
    pub(crate) cwd: Option<PathBuf>,
    /// A variable: NAME=VALUE. May be repeated.
    #[arg(short, long, value_name = "VARIABLE")]
    pub(crate) env: Vec<String>,
    /// The container.
    pub(crate) id: String,
    /// Program and arguments, without `--process`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required_unless_present = "process")]
    pub(crate) args: Vec<String>,
}
