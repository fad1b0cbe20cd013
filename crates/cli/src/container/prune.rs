//! `container prune`.

use clap::Args;

use crate::context::Context;
use crate::error::Failure;
use crate::flags::{self, Switch};
use crate::json::Json;
use crate::output;
use crate::units;

/// `prune` of containers and networks.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct PruneArgs {
    /// Provide filter values (e.g. "until=<timestamp>")
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) filter: Vec<String>,
    /// Do not prompt for confirmation
    #[arg(short, long, switch())]
    pub(crate) force: bool,
}

pub(super) async fn run(context: &Context, args: PruneArgs) -> Result<(), Failure> {
    const WARNING: &str = "WARNING! This will remove all stopped containers.\nAre you sure you want to continue?";
    if !args.force && !output::confirm(WARNING)? {
        return Err(Failure::new("container prune has been cancelled"));
    }
    let (text, space) = prune(context, &flags::filters(&args.filter)?).await?;
    if !text.is_empty() {
        output::line(&text)?;
    }
    output::line(&format!("Total reclaimed space: {}", units::size(space)))
}

/// Prunes; what went, and how many bytes came back.
pub(crate) async fn prune(context: &Context, filters: &str) -> Result<(String, i64), Failure> {
    let answer: Json = context.client.post("/containers/prune").query_some("filters", filters).read().await?;
    let mut text = String::new();
    let removed = answer.items_of("ContainersDeleted");
    if !removed.is_empty() {
        text.push_str("Deleted Containers:\n");
        removed.iter().for_each(|id| text.push_str(&format!("{}\n", id.text())));
    }
    Ok((text, answer.int_of("SpaceReclaimed").unwrap_or_default()))
}
