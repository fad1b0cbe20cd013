//! What is said to containers in one word: `stop`, `restart`, `kill`, `pause`, `unpause`, `rename`, `wait`, `rm`.

use clap::Args;

use super::wait::Waiting;
use crate::context::{Context, named, segment};
use crate::error::{Failure, Failures};
use crate::flags::Switch;
use crate::output;

/// Names of containers.
#[derive(Debug, Clone, Args)]
pub struct NamesArgs {
    /// The containers
    #[arg(required = true, value_name = "CONTAINER")]
    names: Vec<String>,
}

/// `stop` and `restart`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct StopArgs {
    /// Signal to send to the container
    #[arg(short, long, value_name = "SIGNAL")]
    signal: Option<String>,
    /// Seconds to wait before killing the container
    #[arg(short, long, visible_alias = "time", value_name = "SECONDS", allow_negative_numbers = true)]
    timeout: Option<i64>,
    /// The containers
    #[arg(required = true, value_name = "CONTAINER")]
    names: Vec<String>,
}

/// `kill`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct KillArgs {
    /// Signal to send to the container
    #[arg(short, long, value_name = "SIGNAL")]
    signal: Option<String>,
    /// The containers
    #[arg(required = true, value_name = "CONTAINER")]
    names: Vec<String>,
}

/// `rename`.
#[derive(Debug, Clone, Args)]
pub struct RenameArgs {
    /// The container
    #[arg(value_name = "CONTAINER")]
    old: String,
    /// Its new name
    #[arg(value_name = "NEW_NAME")]
    new: String,
}

/// `wait`.
#[derive(Debug, Clone, Args)]
pub struct WaitArgs {
    /// The containers
    #[arg(required = true, value_name = "CONTAINER")]
    names: Vec<String>,
}

/// `rm`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct RemoveArgs {
    /// Force the removal of a running container (uses SIGKILL)
    #[arg(short, long, switch())]
    force: bool,
    /// Remove the specified link
    #[arg(short, long, switch())]
    link: bool,
    /// Remove anonymous volumes associated with the container
    #[arg(short, long, switch())]
    volumes: bool,
    /// The containers
    #[arg(required = true, value_name = "CONTAINER")]
    names: Vec<String>,
}

/// Does something to each name, one after another, and prints those for which it worked.
async fn each<F>(names: &[String], mut one: impl FnMut(String) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), client::Error>>,
{
    let mut failures = Failures::default();
    for name in names {
        if let Err(failure) = named("container", name) {
            failures.push(failure);
            continue;
        }
        match one(format!("/containers/{}", segment(name))).await {
            Ok(()) => output::line(name)?,
            Err(error) => failures.push(error),
        }
    }
    failures.into_result()
}

pub(super) async fn stop(context: &Context, args: StopArgs, word: &str) -> Result<(), Failure> {
    let signal = args.signal.as_deref().unwrap_or_default();
    let timeout = args.timeout.map(|seconds| seconds.to_string()).unwrap_or_default();
    // Each may take until its time is over: all are told at once, and answered in the order given.
    let mut asked = Vec::new();
    for name in &args.names {
        named("container", name)?;
        let (client, path) = (context.client.clone(), format!("/containers/{}/{word}", segment(name)));
        let (signal, timeout) = (signal.to_owned(), timeout.clone());
        asked.push(tokio::spawn(async move {
            client.post(path).query_some("signal", signal).query_some("t", timeout).done().await
        }));
    }
    let mut failures = Failures::default();
    for (name, asked) in args.names.iter().zip(asked) {
        match asked.await {
            Ok(Ok(())) => output::line(name)?,
            Ok(Err(error)) => failures.push(error),
            Err(error) => failures.push(error.to_string()),
        }
    }
    failures.into_result()
}

pub(super) async fn kill(context: &Context, args: KillArgs) -> Result<(), Failure> {
    let signal = args.signal.as_deref().unwrap_or_default();
    each(&args.names, |path| context.client.post(format!("{path}/kill")).query_some("signal", signal).done()).await
}

pub(super) async fn pause(context: &Context, args: NamesArgs, word: &str) -> Result<(), Failure> {
    each(&args.names, |path| context.client.post(format!("{path}/{word}")).done()).await
}

pub(super) async fn remove(context: &Context, args: RemoveArgs) -> Result<(), Failure> {
    let one = |path: String| {
        let request = context.client.delete(path).flag("force", args.force);
        request.flag("link", args.link).flag("v", args.volumes).done()
    };
    match each(&args.names, one).await {
        // Who forces a removal wants it gone, and it is.
        Err(failure) if args.force => {
            let other = failure.message.lines().filter(|line| !line.contains("No such container"));
            let other: Vec<_> = other.map(str::to_owned).collect();
            let gone: Vec<_> = failure.message.lines().filter(|line| line.contains("No such container")).collect();
            for line in gone {
                output::complain(line);
            }
            if other.is_empty() { Ok(()) } else { Err(Failure::new(other.join("\n"))) }
        }
        result => result,
    }
}

pub(super) async fn rename(context: &Context, args: RenameArgs) -> Result<(), Failure> {
    let (old, new) = (args.old.trim(), args.new.trim());
    if old.is_empty() || new.is_empty() {
        return Err(Failure::new("Error: Neither old nor new names may be empty"));
    }
    let renamed = context.client.post(format!("/containers/{}/rename", segment(old))).query("name", new).done().await;
    renamed.map_err(|error| Failure::new(format!("{error}\nError: failed to rename container named {old}")))
}

pub(super) async fn wait(context: &Context, args: WaitArgs) -> Result<(), Failure> {
    let mut failures = Failures::default();
    for name in &args.names {
        let code = async {
            named("container", name)?;
            Waiting::begin(&context.client, name, "").await?.code().await
        };
        match code.await {
            Ok(code) => output::line(&code.to_string())?,
            Err(failure) => failures.push(failure),
        }
    }
    failures.into_result()
}
