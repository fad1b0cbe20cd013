//! `save`.

use clap::Args;

use super::load::platform;
use crate::archive::Destination;
use crate::context::{Context, segment};
use crate::error::Failure;

/// `save [OPTIONS] IMAGE [IMAGE...]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct SaveArgs {
    /// Write to a file, instead of STDOUT
    #[arg(short, long, value_name = "FILE")]
    output: Option<String>,
    /// Save only the given platform
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    platform: Option<String>,
    /// The images
    #[arg(required = true, value_name = "IMAGE")]
    names: Vec<String>,
}

pub(super) async fn run(context: &Context, args: SaveArgs) -> Result<(), Failure> {
    let destination = Destination::new(args.output.as_deref(), "failed to save image")?;
    let mut request = match args.names.as_slice() {
        [name] => context.client.get(format!("/images/{}/get", segment(name))),
        names => names.iter().fold(context.client.get("/images/get"), |request, name| request.query("names", name)),
    };
    if let Some(wanted) = &args.platform {
        request = request.query("platform", platform(wanted)?);
    }
    destination.fill(request.send().await?).await
}
