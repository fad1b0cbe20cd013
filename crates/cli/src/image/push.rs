//! `push`.

use clap::Args;
use oci::Reference;

use super::reference;
use crate::context::{Context, segment};
use crate::credentials::registry_auth;
use crate::error::Failure;
use crate::flags::Switch;
use crate::output;
use crate::progress::{self, To};

/// `push [OPTIONS] NAME[:TAG]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct PushArgs {
    /// Push all tags of an image to the repository
    #[arg(short, long, switch())]
    all_tags: bool,
    /// Suppress verbose output
    #[arg(short, long, switch())]
    quiet: bool,
    /// The image
    #[arg(value_name = "NAME[:TAG]")]
    name: String,
}

pub(super) async fn run(context: &Context, args: PushArgs) -> Result<(), Failure> {
    let reference = reference::parse(&args.name).map_err(|failure| Failure::new(failure.message))?;
    let bare = reference.tag().is_none() && reference.digest().is_none();
    if args.all_tags && !bare {
        return Err(Failure::new("tag can't be used with --all-tags/-a"));
    }
    if reference.digest().is_some() {
        return Err(Failure::new("cannot push a digest reference"));
    }
    let reference = match args.all_tags {
        true => reference,
        false => reference.or_latest(),
    };
    if bare && !args.all_tags && !args.quiet {
        output::line("Using default tag: latest")?;
    }
    push(context, &reference, if args.quiet { To::Nowhere } else { To::Stdout }).await?;
    match args.quiet {
        true => output::line(&reference.to_string()),
        false => Ok(()),
    }
}

/// Pushes the image of this name, or all of them where it has no tag, and shows how.
pub(crate) async fn push(context: &Context, reference: &Reference, to: To) -> Result<(), Failure> {
    let tag = reference.tag().map_or("", |tag| tag.as_str());
    let path = format!("/images/{}/push", segment(&reference.familiar_name()));
    let request = registry_auth(context.client.post(path).query("tag", tag), reference.domain(), true)?;
    progress::show(request.stream().await?, to).await.map(drop)
}
