//! `run`: create, attach, wait, start; in this order, so that no byte and no end is missed.

use clap::{Args, FromArgMatches};
use client::Hijacked;

use super::create::{self, with_help};
use super::options::{CreateOptions, Streams};
use super::wait::{self, Waiting};
use crate::context::{Context, segment};
use crate::error::{CLIENT_FAILED, Failure};
use crate::flags::Switch;
use crate::keys::Keys;
use crate::output;
use crate::session::{self, End, Session};
use crate::terminal;

/// `run [OPTIONS] IMAGE [COMMAND] [ARG...]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct RunArgs {
    /// Run container in background and print container ID
    #[arg(short, long, switch())]
    detach: bool,
    /// Override the key sequence for detaching a container
    #[arg(long, value_name = "KEYS")]
    detach_keys: Option<String>,
    /// Proxy received signals to the process
    #[arg(long, switch_on())]
    sig_proxy: bool,
    #[command(flatten)]
    options: CreateOptions,
}

pub(super) async fn run(context: &Context, args: RunArgs) -> Result<(), Failure> {
    let options = &args.options;
    let mut streams = options.streams();
    if args.detach {
        if !options.attach.is_empty() {
            return Err(Failure::new("conflicting options: cannot specify both --attach and --detach"));
        }
        streams = Streams::default();
    } else if streams.stdin {
        check_terminal(options.tty)?;
    }
    let keys =
        Keys::parse(args.detach_keys.as_deref().unwrap_or_default()).map_err(|why| with_help("run")(why.into()))?;
    let once = options.interactive && streams.stdin;
    let id = create::create(context, options, streams, once).await.map_err(with_help("run"))?;
    let client = context.client.clone();
    // A container that was just created cannot get signals, but this program can: they count from here on.
    let _proxied = if args.sig_proxy && !args.detach { session::proxy_signals(&client, &id)? } else { Vec::new() };
    let attached = if streams.any() {
        let detach_keys = args.detach_keys.as_deref().unwrap_or_default();
        Some(attach(context, &id, streams, detach_keys).await.map_err(with_help("run"))?)
    } else {
        None
    };
    let condition = if options.rm { "removed" } else { "next-exit" };
    let waiting = match &attached {
        Some(_) => Some(Waiting::begin(&client, &id, condition).await.map_err(with_help("run"))?),
        None => None,
    };
    if let Err(error) = client.post(format!("/containers/{id}/start")).done().await {
        let code = start_code(&error.to_string());
        return Err(with_help("run")(error.into()).with_code(code));
    }
    let (Some(hijacked), Some(waiting)) = (attached, waiting) else {
        return output::line(&id);
    };
    if !streams.stdout && !streams.stderr {
        output::line(&id)?;
    }
    let _size =
        if options.tty { Some(session::follow_size(client.clone(), format!("/containers/{id}"))?) } else { None };
    let session = Session { tty: options.tty, stdin: streams.stdin, keys, proxied: args.sig_proxy };
    let end = session.run(hijacked).await.map_err(|failure| failure.with_code(CLIENT_FAILED))?;
    if options.tty && has_detached(context, &id, end).await {
        return Ok(());
    }
    wait::finish(waiting.code().await?)
}

/// Runs a shell in an image, with a terminal where there is one; the container goes with it.
pub(crate) async fn shell(context: &Context, image: &str) -> Result<(), Failure> {
    let mut words = vec!["run", "--rm", "--interactive"];
    words.extend(terminal::input_is_terminal().then_some("--tty"));
    words.extend(["--entrypoint", "/bin/sh", image]);
    let typed = RunArgs::augment_args(clap::Command::new("run").disable_help_flag(true)).try_get_matches_from(words);
    let args = typed.and_then(|typed| RunArgs::from_arg_matches(&typed));
    run(context, args.map_err(|error| Failure::new(error.to_string()))?).await
}

/// A terminal for the container needs one here, if keys are to be sent.
pub(super) fn check_terminal(tty: bool) -> Result<(), Failure> {
    if tty && !terminal::input_is_terminal() {
        return Err(Failure::new("the input device is not a TTY"));
    }
    Ok(())
}

/// Takes over a connection to a container's streams.
pub(super) async fn attach(context: &Context, id: &str, streams: Streams, keys: &str) -> Result<Hijacked, Failure> {
    let request = context.client.post(format!("/containers/{}/attach", segment(id))).flag("stream", true);
    let request = request.flag("stdin", streams.stdin).flag("stdout", streams.stdout).flag("stderr", streams.stderr);
    Ok(request.query_some("detachKeys", keys).hijack().await?)
}

/// Whether the keys that detach were what ended a session: the container still runs.
pub(super) async fn has_detached(context: &Context, id: &str, end: End) -> bool {
    if end != End::Detached {
        return false;
    }
    let found = context.container(id).await;
    found.is_ok_and(|container| container.get("State").is_some_and(|state| state.is("Running")))
}

/// 127 and 126 as a shell has them, when it was the program that could not be started.
pub(super) fn start_code(message: &str) -> u8 {
    let has = |part: &str| message.contains(part);
    if has("executable file not found")
        || has("no such file or directory")
        || has("system cannot find the file specified")
    {
        127
    } else if has("permission denied") || has("is a directory") {
        126
    } else {
        CLIENT_FAILED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_a_start_that_failed() {
        for (message, code) in [
            ("exec: \"x\": executable file not found in $PATH", 127),
            ("exec: \"/etc\": is a directory", 126),
            ("exec: \"/x\": permission denied", 126),
            ("driver failed programming external connectivity", 125),
        ] {
            assert_eq!(start_code(message), code);
        }
    }
}
