//! `export` and `diff`.

use clap::Args;

use crate::archive::Destination;
use crate::context::{Context, named, segment};
use crate::error::Failure;
use crate::json::Json;
use crate::output;

/// `export [OPTIONS] CONTAINER`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct ExportArgs {
    /// Write to a file, instead of STDOUT
    #[arg(short, long, value_name = "FILE")]
    output: Option<String>,
    /// The container
    #[arg(value_name = "CONTAINER")]
    name: String,
}

/// `diff CONTAINER`.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// The container
    #[arg(value_name = "CONTAINER")]
    name: String,
}

pub(super) async fn run(context: &Context, args: ExportArgs) -> Result<(), Failure> {
    named("container", &args.name)?;
    let destination = Destination::new(args.output.as_deref(), "failed to export container")?;
    let answer = context.client.get(format!("/containers/{}/export", segment(&args.name))).send().await?;
    destination.fill(answer).await
}

pub(super) async fn diff(context: &Context, args: DiffArgs) -> Result<(), Failure> {
    named("container", &args.name)?;
    let changes: Json = context.client.get(format!("/containers/{}/changes", segment(&args.name))).read().await?;
    let line = |change: &Json| {
        let kind = match change.int_of("Kind") {
            Some(0) => "C",
            Some(1) => "A",
            _ => "D",
        };
        output::line(&format!("{kind} {}", change.text_of("Path")))
    };
    changes.items().iter().try_for_each(line)
}
