//! `import`.

use clap::Args;
use client::Body;

use super::reference::name_and_tag;
use crate::archive;
use crate::context::Context;
use crate::error::Failure;
use crate::progress::{self, To};

/// `import [OPTIONS] file|URL|- [REPOSITORY[:TAG]]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct ImportArgs {
    /// Apply Dockerfile instruction to the created image
    #[arg(short, long, value_name = "INSTRUCTION")]
    change: Vec<String>,
    /// Set commit message for imported image
    #[arg(short, long)]
    message: Option<String>,
    /// Set platform if server is multi-platform capable
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    platform: Option<String>,
    /// The archive
    #[arg(value_name = "FILE|URL|-")]
    source: String,
    /// The new image's name
    #[arg(value_name = "REPOSITORY[:TAG]")]
    reference: Option<String>,
}

pub(super) async fn run(context: &Context, args: ImportArgs) -> Result<(), Failure> {
    let (name, tag) = match args.reference.as_deref().filter(|name| !name.is_empty()) {
        Some(reference) => name_and_tag(reference)?,
        None => Default::default(),
    };
    // The daemon fetches what is behind a URL; everything else is sent to it.
    let is_url = args.source.starts_with("http://") || args.source.starts_with("https://");
    let (from, body) = match args.source.as_str() {
        "-" => ("-", archive::source(None)?),
        url if is_url => (url, Body::empty()),
        file => ("-", archive::source(Some(file))?),
    };
    let mut request = context.client.post("/images/create").query("fromSrc", from).query_some("repo", name);
    request = request.query_some("tag", tag).query_some("message", args.message.as_deref().unwrap_or_default());
    request = request.query_some("platform", args.platform.as_deref().unwrap_or_default());
    for change in &args.change {
        request = request.query("changes", change);
    }
    let stream = request.body("application/x-tar", body).stream().await?;
    progress::show(stream, To::Stdout).await.map(drop)
}
