//! `history`.

use clap::Args;

use crate::context::{Context, segment};
use crate::error::Failure;
use crate::flags::Switch;
use crate::json::Json;
use crate::listing::{self, Format, Listing, Row};
use crate::units;

/// `history [OPTIONS] IMAGE`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct HistoryArgs {
    /// Format output: "table", "table TEMPLATE", "json" or a Go template
    #[arg(long, default_value = "", hide_default_value = true)]
    format: String,
    /// Print sizes and dates in human readable format
    #[arg(short = 'H', long, switch_on())]
    human: bool,
    /// Don't truncate output
    #[arg(long, switch())]
    no_trunc: bool,
    /// Only show image IDs
    #[arg(short, long, switch())]
    quiet: bool,
    /// The image
    #[arg(value_name = "IMAGE")]
    name: String,
}

const LISTING: Listing = Listing {
    heads: &[
        ("ID", "IMAGE"),
        ("CreatedSince", "CREATED"),
        ("CreatedAt", "CREATED AT"),
        ("CreatedBy", "CREATED BY"),
        ("Size", "SIZE"),
        ("Comment", "COMMENT"),
    ],
    table: "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
    quiet: "{{.ID}}",
    raw: "",
};

const EXACT: Listing = Listing { table: "{{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}", ..LISTING };

pub(super) async fn run(context: &Context, args: HistoryArgs) -> Result<(), Failure> {
    let listing = if args.human { LISTING } else { EXACT };
    let format = Format::new(&listing, &args.format, args.quiet)?;
    let layers: Vec<Json> = context.client.get(format!("/images/{}/history", segment(&args.name))).read().await?;
    let rows: Vec<_> = layers.iter().map(|layer| row(layer, args.human, !args.no_trunc)).collect();
    listing::show(&listing, &format, &rows)
}

fn row(layer: &Json, human: bool, short: bool) -> Row {
    let (id, created) = (layer.text_of("Id"), layer.int_of("Created").unwrap_or_default());
    let size = layer.int_of("Size").unwrap_or_default();
    let by = layer.text_of("CreatedBy").replace('\t', " ");
    // A layer whose time nobody wrote down has Go's zero, which is long before there were images.
    let known = created > -62_135_596_800;
    Row::new([
        ("ID", if short { units::short_id(id) } else { id.to_owned() }),
        ("CreatedSince", if known { units::ago(created) } else { "N/A".into() }),
        ("CreatedAt", units::local_rfc3339(created)),
        ("CreatedBy", if short { units::ellipsis(&by, 45) } else { by }),
        ("Size", if human { units::short_size(size) } else { size.to_string() }),
        ("Comment", layer.text_of("Comment").to_owned()),
    ])
}
