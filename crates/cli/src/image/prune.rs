//! `image prune`.

use clap::Args;

use crate::context::Context;
use crate::error::Failure;
use crate::flags::{self, Switch};
use crate::json::Json;
use crate::output;
use crate::units;

/// `image prune [OPTIONS]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct PruneArgs {
    /// Remove all unused images, not just dangling ones
    #[arg(short, long, switch())]
    all: bool,
    /// Provide filter values (e.g. "until=<timestamp>")
    #[arg(long, value_name = "NAME=VALUE")]
    filter: Vec<String>,
    /// Do not prompt for confirmation
    #[arg(short, long, switch())]
    force: bool,
}

pub(super) async fn run(context: &Context, args: PruneArgs) -> Result<(), Failure> {
    let warning = match args.all {
        true => "WARNING! This will remove all images without at least one container associated to them.",
        false => "WARNING! This will remove all dangling images.",
    };
    if !args.force && !output::confirm(&format!("{warning}\nAre you sure you want to continue?"))? {
        return Err(Failure::new("image prune has been cancelled"));
    }
    let (text, space) = prune(context, &args.filter, args.all).await?;
    if !text.is_empty() {
        output::line(&text)?;
    }
    output::line(&format!("Total reclaimed space: {}", units::size(space)))
}

/// Prunes; what went, and how many bytes came back.
pub(crate) async fn prune(context: &Context, filter: &[String], all: bool) -> Result<(String, i64), Failure> {
    let mut filter = filter.to_vec();
    filter.push(format!("dangling={}", !all));
    let answer: Json = context.client.post("/images/prune").query("filters", flags::filters(&filter)?).read().await?;
    let mut text = String::new();
    let removed = answer.items_of("ImagesDeleted");
    if !removed.is_empty() {
        text.push_str("Deleted Images:\n");
        for one in removed {
            match (one.text_of("Deleted"), one.text_of("Untagged")) {
                ("", untagged) => text.push_str(&format!("untagged: {untagged}\n")),
                (deleted, _) => text.push_str(&format!("deleted: {deleted}\n")),
            }
        }
    }
    Ok((text, answer.int_of("SpaceReclaimed").unwrap_or_default()))
}
