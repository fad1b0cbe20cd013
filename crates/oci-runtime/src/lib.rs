//! `dabba runtime`: the OCI runtime's command line, as runc has it, over the crate `runtime`.
//!
//! ```text
//!            create                start                 its program ends
//!   nothing ───────► created ────────────► running ─────────────────────► stopped
//!                       └── kill ──────────────┴── kill ──────────────────►  │ delete
//!   nothing ◄────────────────────────────────────────────────────────────────┘
//! ```
//! Nobody stays between the commands: what they know of a container is its directory below `--root`, and what the
//! kernel says of its process.
//!
//! Source: opencontainers/runtime-spec 1.2, `runtime.md`; opencontainers/runtime-tools, `docs/command-line-interface.md`;
//! runc's man pages.
#![forbid(unsafe_code)]

mod bundle;
mod create;
mod error;
mod exec;
mod features;
mod flags;
mod life;
mod log;
mod record;
mod stdio;

use std::process::ExitCode;

pub use error::Error;
pub use flags::Flags;

use flags::Action;

/// Does what the command line asks. The caller has one thread only.
pub fn run(flags: Flags) -> ExitCode {
    let log = log::Log::new(flags.log, flags.log_format);
    let done = if flags.systemd_cgroup {
        Err(Error::Unsupported("--systemd-cgroup: cgroups are made as directories, not as units of systemd".into()))
    } else {
        act(flags.action, &record::Store::new(flags.root), &log)
    };
    done.unwrap_or_else(|error| {
        log.error(&error);
        ExitCode::FAILURE
    })
}

fn act(action: Action, store: &record::Store, log: &log::Log) -> Result<ExitCode, Error> {
    match action {
        Action::Create(flags) => create::create(store, &flags)?,
        Action::Start { id } => life::start(store, &id, log)?,
        Action::State { id } => println!("{}", serde_json::to_string_pretty(&store.open(&id)?.state())?),
        Action::Kill { all, id, signal } => life::kill(store, &id, &signal, all)?,
        Action::Delete { force, id } => life::delete(store, &id, force, log)?,
        Action::List { format, quiet } => print!("{}", life::list(store, format, quiet)?),
        Action::Pause { id } => life::freeze(store, &id, true)?,
        Action::Resume { id } => life::freeze(store, &id, false)?,
        Action::Exec(flags) => return exec::exec(store, &flags),
        Action::Features => println!("{}", serde_json::to_string_pretty(&features::features())?),
    }
    Ok(ExitCode::SUCCESS)
}
