//! `load`.

use clap::Args;

use crate::archive;
use crate::context::Context;
use crate::error::Failure;
use crate::flags::Switch;
use crate::progress::{self, To};
use crate::terminal;

/// `load [OPTIONS]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct LoadArgs {
    /// Read from tar archive file, instead of STDIN
    #[arg(short, long, value_name = "FILE")]
    input: Option<String>,
    /// Load only the given platform
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    platform: Option<String>,
    /// Suppress the load output
    #[arg(short, long, switch())]
    quiet: bool,
}

pub(super) async fn run(context: &Context, args: LoadArgs) -> Result<(), Failure> {
    let file = args.input.as_deref().filter(|file| !file.is_empty());
    if file.is_none() && terminal::input_is_terminal() {
        return Err(Failure::new("requested load from stdin, but stdin is empty"));
    }
    let body = archive::source(file)?;
    let request = context.client.post("/images/load").flag("quiet", args.quiet);
    let request =
        request.query_some("platform", args.platform.as_deref().map(platform).transpose()?.unwrap_or_default());
    let stream = request.body("application/x-tar", body).stream().await?;
    progress::show(stream, To::Stdout).await.map(drop)
}

/// `linux/arm64` as the API takes platforms of archives.
pub(super) fn platform(text: &str) -> Result<String, Failure> {
    let mut parts = text.split('/');
    let (Some(os), Some(architecture), variant, None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(Failure::new(format!("{text:?} is no platform such as linux/amd64")));
    };
    let mut platform = serde_json::json!({ "os": os, "architecture": architecture });
    if let Some(variant) = variant {
        platform["variant"] = variant.into();
    }
    Ok(platform.to_string())
}
