//! `exec`.

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::run::check_terminal;
use super::wait;
use crate::context::{Context, named, segment};
use crate::error::{CLIENT_FAILED, Failure};
use crate::flags::Switch;
use crate::json::Json;
use crate::keys::Keys;
use crate::parse::env;
use crate::session::{self, DETACHED, End, Session};
use crate::terminal;

/// `exec [OPTIONS] CONTAINER COMMAND [ARG...]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct ExecArgs {
    /// Detached mode: run command in the background
    #[arg(short, long, switch())]
    detach: bool,
    /// Override the key sequence for detaching a container
    #[arg(long, value_name = "KEYS")]
    detach_keys: Option<String>,
    /// Set environment variables
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// Read in a file of environment variables
    #[arg(long, value_name = "FILE")]
    env_file: Vec<String>,
    /// Keep STDIN open even if not attached
    #[arg(short, long, switch())]
    interactive: bool,
    /// Give extended privileges to the command
    #[arg(long, switch())]
    privileged: bool,
    /// Allocate a pseudo-TTY
    #[arg(short, long, switch())]
    tty: bool,
    /// Username or UID (format: "<name|uid>[:<group|gid>]")
    #[arg(short, long, value_name = "USER")]
    user: Option<String>,
    /// Working directory inside the container
    #[arg(short, long, value_name = "PATH")]
    workdir: Option<String>,
    /// The container, and the command that runs in it
    #[arg(required = true, num_args = 2.., trailing_var_arg = true, value_names = ["CONTAINER", "COMMAND"])]
    command: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    id: String,
}

pub(super) async fn run(context: &Context, args: ExecArgs) -> Result<(), Failure> {
    let Some((name, command)) = args.command.split_first() else { return Err(Failure::new("no container is named")) };
    named("container", name)?;
    let stdin = args.interactive && !args.detach;
    let here = |name: &str| std::env::var(name).ok();
    let mut body = json!({
        "User": args.user.as_deref().unwrap_or_default(),
        "Privileged": args.privileged,
        "Tty": args.tty,
        "AttachStdin": stdin,
        "AttachStdout": !args.detach,
        "AttachStderr": !args.detach,
        "Detach": args.detach,
        "DetachKeys": args.detach_keys.as_deref().unwrap_or_default(),
        "Env": env::variables(&args.env_file, &args.env, here)?,
        "WorkingDir": args.workdir.as_deref().unwrap_or_default(),
        "Cmd": command,
    });
    let keys = Keys::parse(args.detach_keys.as_deref().unwrap_or_default())?;
    let size = if args.tty && !args.detach { terminal::size() } else { None };
    if let Some((lines, columns)) = size {
        body["ConsoleSize"] = json!([lines, columns]);
    }
    if stdin {
        // Told before anything is made; the daemon's word on the container comes first all the same, as Docker's does.
        context.container(name).await?;
        check_terminal(args.tty)?;
    }
    let client = context.client.clone();
    let created: Created = client.post(format!("/containers/{}/exec", segment(name))).json(&body)?.read().await?;
    let path = format!("/exec/{}", segment(&created.id));
    let mut start = json!({ "Detach": args.detach, "Tty": args.tty });
    if args.detach {
        return Ok(client.post(format!("{path}/start")).json(&start)?.done().await?);
    }
    if let Some((lines, columns)) = size {
        start["ConsoleSize"] = json!([lines, columns]);
    }
    let hijacked = client.post(format!("{path}/start")).json(&start)?.hijack().await?;
    let _size = if args.tty { Some(session::follow_size(client.clone(), path.clone())?) } else { None };
    let session = Session { tty: args.tty, stdin, keys, proxied: false };
    // There is no way to signal a process that exec started: a signal ends this program and leaves the process.
    let end = session.run(hijacked).await?;
    let ended: Json = client.get(format!("{path}/json")).read().await?;
    if ended.is("Running") && end == End::Detached {
        return Err(Failure::new(DETACHED));
    }
    let code = ended.int_of("ExitCode").unwrap_or_else(|| i64::from(CLIENT_FAILED));
    wait::finish(u8::try_from(code & 0xff).unwrap_or(CLIENT_FAILED))
}
