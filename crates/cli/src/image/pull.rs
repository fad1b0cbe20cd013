//! `pull`.

use clap::Args;
use oci::Reference;

use super::reference;
use crate::context::Context;
use crate::credentials::registry_auth;
use crate::error::Failure;
use crate::flags::Switch;
use crate::output;
use crate::progress::{self, To};

/// `pull [OPTIONS] NAME[:TAG|@DIGEST]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct PullArgs {
    /// Download all tagged images in the repository
    #[arg(short, long, switch())]
    all_tags: bool,
    /// Set platform if server is multi-platform capable
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    platform: Option<String>,
    /// Suppress verbose output
    #[arg(short, long, switch())]
    quiet: bool,
    /// The image
    #[arg(value_name = "NAME[:TAG|@DIGEST]")]
    name: String,
}

/// One image to pull.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pull<'a> {
    pub(crate) name: &'a str,
    pub(crate) platform: Option<&'a str>,
    pub(crate) quiet: bool,
    /// The output belongs to something else, such as a container.
    pub(crate) to_stderr: bool,
}

/// A name in its short form with its tag, for people.
pub(crate) fn familiar(name: &str) -> String {
    reference::parse(name).map_or_else(|_| name.to_owned(), |reference| reference.or_latest().familiar())
}

/// Pulls an image and shows how.
pub(crate) async fn pull(context: &Context, pull: &Pull<'_>) -> Result<(), Failure> {
    let reference = reference::parse(pull.name)?.or_latest();
    let tag = match (reference.digest(), reference.tag()) {
        (Some(digest), _) => digest.to_string(),
        (None, Some(tag)) => tag.to_string(),
        (None, None) => String::new(),
    };
    ask(context, &reference, &tag, pull).await
}

async fn ask(context: &Context, name: &Reference, tag: &str, pull: &Pull<'_>) -> Result<(), Failure> {
    let request = context.client.post("/images/create").query("fromImage", name.familiar_name());
    let request = request.query_some("tag", tag).query_some("platform", pull.platform.unwrap_or_default());
    let stream = registry_auth(request, name.domain(), false)?.stream().await?;
    let to = match (pull.quiet, pull.to_stderr) {
        (true, _) => To::Nowhere,
        (false, true) => To::Stderr,
        (false, false) => To::Stdout,
    };
    progress::show(stream, to).await.map(drop)
}

pub(super) async fn run(context: &Context, args: PullArgs) -> Result<(), Failure> {
    let reference = reference::parse(&args.name).map_err(|failure| Failure::new(failure.message))?;
    let bare = reference.tag().is_none() && reference.digest().is_none();
    if args.all_tags && !bare {
        return Err(Failure::new("tag can't be used with --all-tags/-a"));
    }
    let one = Pull { name: &args.name, platform: args.platform.as_deref(), quiet: args.quiet, to_stderr: false };
    if args.all_tags {
        ask(context, &reference, "", &one).await?;
        return output::line(&reference.to_string());
    }
    if bare && !args.quiet {
        output::line("Using default tag: latest")?;
    }
    pull(context, &one).await?;
    output::line(&reference.or_latest().to_string())
}
