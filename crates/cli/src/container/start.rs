//! `start`.

use clap::Args;

use super::options::Streams;
use super::run::{attach, check_terminal, has_detached, start_code};
use super::wait::{self, Waiting};
use crate::context::{Context, named, segment};
use crate::error::{CLIENT_FAILED, Failure};
use crate::flags::Switch;
use crate::keys::Keys;
use crate::output;
use crate::session::{self, Session};

/// `start [OPTIONS] CONTAINER [CONTAINER...]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct StartArgs {
    /// Attach STDOUT/STDERR and forward signals
    #[arg(short, long, switch())]
    attach: bool,
    /// Override the key sequence for detaching a container
    #[arg(long, value_name = "KEYS")]
    detach_keys: Option<String>,
    /// Attach container's STDIN
    #[arg(short, long, switch())]
    interactive: bool,
    /// Proxy received signals to the process
    #[arg(long, switch_on())]
    sig_proxy: bool,
    /// The containers
    #[arg(required = true, value_name = "CONTAINER")]
    names: Vec<String>,
    /// It was made to be run once: what fails has the exit codes of `run`.
    #[arg(skip)]
    once: bool,
}

impl StartArgs {
    /// Starts a container that was made for one command.
    pub(crate) fn task(container: &str, interactive: bool) -> Self {
        let names = vec![container.to_owned()];
        Self { attach: true, detach_keys: None, interactive, sig_proxy: true, names, once: true }
    }
}

pub(super) async fn run(context: &Context, args: StartArgs) -> Result<(), Failure> {
    if args.attach || args.interactive {
        let [name] = args.names.as_slice() else {
            return Err(Failure::new("you cannot start and attach multiple containers at once"));
        };
        let code = |failure: Failure| match failure.code {
            1 if args.once => failure.with_code(CLIENT_FAILED),
            _ => failure,
        };
        return start_attached(context, name, &args).await.map_err(code);
    }
    let mut messages = Vec::new();
    let mut failed = Vec::new();
    for name in &args.names {
        let started = async {
            named("container", name)?;
            Ok::<_, Failure>(context.client.post(format!("/containers/{}/start", segment(name))).done().await?)
        };
        match started.await {
            Ok(()) => output::line(name)?,
            Err(failure) => {
                messages.push(failure.message);
                failed.push(name.as_str());
            }
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("{}\nError: failed to start containers: {}", messages.join("\n"), failed.join(", "))))
}

async fn start_attached(context: &Context, name: &str, args: &StartArgs) -> Result<(), Failure> {
    let container = context.container(name).await?;
    let id = container.text_of("Id").to_owned();
    let config = container.get("Config").cloned().unwrap_or_default();
    let tty = config.is("Tty");
    let streams = Streams { stdin: args.interactive && config.is("OpenStdin"), stdout: true, stderr: true };
    if streams.stdin {
        check_terminal(tty)?;
    }
    let keys = args.detach_keys.as_deref().unwrap_or_default();
    let session = Session { tty, stdin: streams.stdin, keys: Keys::parse(keys)?, proxied: args.sig_proxy };
    let client = context.client.clone();
    let _proxied = if args.sig_proxy { session::proxy_signals(&client, &id)? } else { Vec::new() };
    let hijacked = attach(context, &id, streams, keys).await?;
    let removed = container.at(&["HostConfig"]).is_some_and(|host| host.is("AutoRemove"));
    let waiting = Waiting::begin(&client, &id, if removed { "removed" } else { "next-exit" }).await?;
    if let Err(error) = client.post(format!("/containers/{id}/start")).done().await {
        let code = if args.once { start_code(&error.to_string()) } else { 1 };
        return Err(Failure::from(error).with_code(code));
    }
    let _size = if tty { Some(session::follow_size(client.clone(), format!("/containers/{id}"))?) } else { None };
    let end = session.run(hijacked).await.map_err(|failure| failure.with_code(CLIENT_FAILED))?;
    if tty && has_detached(context, &id, end).await {
        return Ok(());
    }
    wait::finish(waiting.code().await?)
}
