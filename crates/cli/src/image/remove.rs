//! `rmi`.

use clap::Args;

use crate::context::{Context, segment};
use crate::error::Failure;
use crate::flags::Switch;
use crate::json::Json;
use crate::output;

/// `rmi [OPTIONS] IMAGE [IMAGE...]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct RemoveArgs {
    /// Force removal of the image
    #[arg(short, long, switch())]
    force: bool,
    /// Do not delete untagged parents
    #[arg(long, switch())]
    no_prune: bool,
    /// The images
    #[arg(required = true, value_name = "IMAGE")]
    names: Vec<String>,
}

pub(super) async fn run(context: &Context, args: RemoveArgs) -> Result<(), Failure> {
    let mut messages = Vec::new();
    let mut fatal = false;
    for name in &args.names {
        let request = context.client.delete(format!("/images/{}", segment(name)));
        let request = request.flag("force", args.force).query_some("noprune", if args.no_prune { "1" } else { "" });
        match request.read::<Vec<Json>>().await {
            Ok(removed) => {
                for one in &removed {
                    match (one.text_of("Deleted"), one.text_of("Untagged")) {
                        ("", untagged) => output::line(&format!("Untagged: {untagged}"))?,
                        (deleted, _) => output::line(&format!("Deleted: {deleted}"))?,
                    }
                }
            }
            Err(error) => {
                // Who forces a removal wants it gone, and it is.
                fatal |= !error.is_not_found();
                messages.push(error.to_string());
            }
        }
    }
    if messages.is_empty() {
        return Ok(());
    }
    let message = messages.join("\n");
    if args.force && !fatal {
        output::complain(&message);
        return Ok(());
    }
    Err(Failure::new(message))
}
