//! `attach`.

use clap::Args;

use super::options::Streams;
use super::run::{attach, check_terminal, has_detached};
use super::wait::{self, Waiting};
use crate::context::{Context, named};
use crate::error::{CLIENT_FAILED, Failure};
use crate::flags::Switch;
use crate::keys::Keys;
use crate::session::{self, DETACHED, Session};

/// `attach [OPTIONS] CONTAINER`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct AttachArgs {
    /// Override the key sequence for detaching a container
    #[arg(long, value_name = "KEYS")]
    detach_keys: Option<String>,
    /// Do not attach STDIN
    #[arg(long, switch())]
    no_stdin: bool,
    /// Proxy all received signals to the process
    #[arg(long, switch_on())]
    sig_proxy: bool,
    /// The container
    #[arg(value_name = "CONTAINER")]
    name: String,
}

pub(super) async fn run(context: &Context, args: AttachArgs) -> Result<(), Failure> {
    named("container", &args.name)?;
    let container = context.container(&args.name).await?;
    let state = container.get("State").cloned().unwrap_or_default();
    for (refused, why) in [
        (!state.is("Running"), "You cannot attach to a stopped container, start it first"),
        (state.is("Paused"), "You cannot attach to a paused container, unpause it first"),
        (state.is("Restarting"), "You cannot attach to a restarting container, wait until it is running"),
    ] {
        if refused {
            return Err(Failure::new(why));
        }
    }
    let config = container.get("Config").cloned().unwrap_or_default();
    let (tty, id) = (config.is("Tty"), container.text_of("Id").to_owned());
    let streams = Streams { stdin: !args.no_stdin && config.is("OpenStdin"), stdout: true, stderr: true };
    if streams.stdin {
        check_terminal(tty)?;
    }
    let keys = args.detach_keys.as_deref().unwrap_or_default();
    let session = Session { tty, stdin: streams.stdin, keys: Keys::parse(keys)?, proxied: args.sig_proxy && !tty };
    let client = context.client.clone();
    // Asked before attaching: a container that is removed when it ends could not be asked afterwards.
    let waiting = Waiting::begin(&client, &id, "").await?;
    let _proxied = if args.sig_proxy && !tty { session::proxy_signals(&client, &id)? } else { Vec::new() };
    let hijacked = attach(context, &id, streams, keys).await?;
    let _size = if tty { Some(session::follow_size(client.clone(), format!("/containers/{id}"))?) } else { None };
    let end = session.run(hijacked).await.map_err(|failure| failure.with_code(CLIENT_FAILED))?;
    if tty && has_detached(context, &id, end).await {
        return Err(Failure::new(DETACHED));
    }
    wait::finish(waiting.code().await?)
}
