//! `system prune`.

use clap::Args;

use crate::builder;
use crate::container;
use crate::context::Context;
use crate::error::Failure;
use crate::flags::{self, Switch};
use crate::image;
use crate::network;
use crate::output;
use crate::units;
use crate::volume;

/// `system prune [OPTIONS]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct PruneArgs {
    /// Remove all unused images not just dangling ones
    #[arg(short, long, switch())]
    all: bool,
    /// Provide filter values (e.g. "label=<key>=<value>")
    #[arg(long, value_name = "NAME=VALUE")]
    filter: Vec<String>,
    /// Do not prompt for confirmation
    #[arg(short, long, switch())]
    force: bool,
    /// Prune anonymous volumes
    #[arg(long, switch())]
    volumes: bool,
}

pub(super) async fn run(context: &Context, args: PruneArgs) -> Result<(), Failure> {
    if args.volumes && args.filter.iter().any(|filter| filter.trim_start().starts_with("until")) {
        return Err(Failure::new("ERROR: The \"until\" filter is not supported with \"--volumes\""));
    }
    let mut warning =
        "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one \
                       container\n"
            .to_owned();
    if args.volumes {
        warning.push_str("  - all anonymous volumes not used by at least one container\n");
    }
    warning.push_str(match args.all {
        true => "  - all images without at least one container associated to them\n",
        false => "  - all dangling images\n",
    });
    warning.push_str(if args.all { "  - all build cache\n" } else { "  - unused build cache\n" });
    if !args.filter.is_empty() {
        warning.push_str("\n  Items to be pruned will be filtered with:\n");
        args.filter.iter().for_each(|filter| warning.push_str(&format!("  - {filter}\n")));
    }
    if !args.force && !output::confirm(&format!("{warning}\nAre you sure you want to continue?"))? {
        return Err(Failure::new("system prune has been cancelled"));
    }
    let filters = flags::filters(&args.filter)?;
    let mut reclaimed = 0;
    let mut tell = |(text, space): (String, i64)| {
        reclaimed += space;
        if text.is_empty() { Ok(()) } else { output::line(&text) }
    };
    tell(container::prune(context, &filters).await?)?;
    tell((network::prune(context, &filters).await?, 0))?;
    if args.volumes {
        tell(volume::prune(context, &args.filter, false).await?)?;
    }
    tell(image::prune(context, &args.filter, args.all).await?)?;
    tell(builder::prune(context, &args.filter, args.all, 0).await?)?;
    output::line(&format!("Total reclaimed space: {}", units::size(reclaimed)))
}
