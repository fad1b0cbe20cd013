//! The builder and its cache.

use clap::{Args, Subcommand};

use crate::build::{self, BuildArgs};
use crate::context::Context;
use crate::error::Failure;
use crate::flags::{self, Switch};
use crate::json::Json;
use crate::listing::{self, Format, Listing, Row};
use crate::output;
use crate::units;

/// `builder …`.
#[derive(Debug, Clone, Subcommand)]
pub enum BuilderCommand {
    /// Start a build
    Build(Box<BuildArgs>),
    /// Show disk usage of the build cache
    Du(DuArgs),
    /// Remove build cache
    Prune(PruneArgs),
}

/// `builder du [OPTIONS]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct DuArgs {
    /// Format output: "table", "table TEMPLATE", "json" or a Go template
    #[arg(long, default_value = "", hide_default_value = true)]
    format: String,
}

/// `builder prune [OPTIONS]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct PruneArgs {
    /// Remove all unused build cache, not just dangling ones
    #[arg(short, long, switch())]
    all: bool,
    /// Provide filter values (e.g. "until=24h")
    #[arg(long, value_name = "NAME=VALUE")]
    filter: Vec<String>,
    /// Do not prompt for confirmation
    #[arg(short, long, switch())]
    force: bool,
    /// Amount of disk space to keep for cache
    #[arg(long, value_name = "BYTES", visible_alias = "reserved-space")]
    keep_storage: Option<String>,
}

const LISTING: Listing = Listing {
    heads: &[
        ("ID", "ID"),
        ("Reclaimable", "RECLAIMABLE"),
        ("Size", "SIZE"),
        ("LastUsedSince", "LAST ACCESSED"),
        ("Description", "DESCRIPTION"),
        ("Type", "TYPE"),
        ("UsageCount", "USAGE"),
    ],
    table: "{{.ID}}\t{{.Reclaimable}}\t{{.Size}}\t{{.LastUsedSince}}",
    quiet: "{{.ID}}",
    raw: "",
};

/// Runs one.
pub(crate) async fn run(context: &Context, command: BuilderCommand) -> Result<(), Failure> {
    match command {
        BuilderCommand::Build(args) => build::run(context, *args).await,
        BuilderCommand::Du(args) => usage(context, args).await,
        BuilderCommand::Prune(args) => {
            let what = if args.all { "all" } else { "all dangling" };
            let question = format!("WARNING! This will remove {what} build cache. Are you sure you want to continue?");
            if !args.force && !output::confirm(&question)? {
                return Err(Failure::new("builder prune has been cancelled"));
            }
            let keep = args.keep_storage.as_deref().map(units::parse_size).transpose()?.unwrap_or_default();
            let (text, space) = prune(context, &args.filter, args.all, keep).await?;
            if !text.is_empty() {
                output::line(&text)?;
            }
            output::line(&format!("Total reclaimed space: {}", units::size(space)))
        }
    }
}

/// Prunes the build cache down to so many bytes; what went, and how many bytes came back.
pub(crate) async fn prune(
    context: &Context,
    filter: &[String],
    all: bool,
    keep: i64,
) -> Result<(String, i64), Failure> {
    let mut request = context.client.post("/build/prune").flag("all", all);
    request = request.query_some("filters", flags::filters(filter)?);
    if keep > 0 {
        // Daemons before and after 1.48 have different names for it.
        request = request.query("keep-storage", keep.to_string()).query("reserved-space", keep.to_string());
    }
    let answer: Json = request.read().await?;
    let gone = answer.items_of("CachesDeleted");
    let mut text = String::new();
    if !gone.is_empty() {
        text.push_str("Deleted build cache objects:\n");
        gone.iter().for_each(|id| text.push_str(&format!("{}\n", id.text())));
    }
    Ok((text, answer.int_of("SpaceReclaimed").unwrap_or_default()))
}

async fn usage(context: &Context, args: DuArgs) -> Result<(), Failure> {
    let answer: Json = context.client.get("/system/df").query("type", "build-cache").read().await?;
    let mut records: Vec<&Json> = answer.items_of("BuildCache").iter().collect();
    let size = |record: &Json| record.int_of("Size").unwrap_or_default();
    records.sort_by(|one, other| size(one).cmp(&size(other)).then_with(|| one.text_of("ID").cmp(other.text_of("ID"))));
    let format = Format::new(&LISTING, &args.format, false)?;
    let is_table = format.is_table();
    listing::show(&LISTING, &format, &records.iter().map(|record| row(record, is_table)).collect::<Vec<_>>())?;
    if !is_table || !args.format.is_empty() {
        return Ok(());
    }
    let sum = |wanted: &dyn Fn(&Json) -> bool| -> i64 {
        records.iter().filter(|record| wanted(record)).map(|record| size(record)).sum()
    };
    let (total, shared) = (sum(&|_| true), sum(&|record| record.is("Shared")));
    let mut text = String::new();
    if shared > 0 {
        text = format!("Shared:\t\t{}\nPrivate:\t{}\n", units::size(shared), units::size(total - shared));
    }
    let reclaimable = units::size(sum(&|record| !record.is("InUse")));
    output::print(&format!("{text}Reclaimable:\t{reclaimable}\nTotal:\t\t{}\n", units::size(total)))
}

fn row(record: &Json, in_table: bool) -> Row {
    let since = match record.text_of("LastUsedAt").parse::<words::Timestamp>() {
        Ok(moment) => units::ago(moment.seconds()),
        Err(_) => String::new(),
    };
    // What an image holds too is no space that a prune brings back.
    let mark = if in_table && record.is("Shared") { "*" } else { "" };
    Row::new([
        ("ID", record.text_of("ID").to_owned()),
        ("Reclaimable", (!record.is("InUse")).to_string()),
        ("Size", format!("{}{mark}", units::size(record.int_of("Size").unwrap_or_default()))),
        ("LastUsedSince", since),
        ("Description", record.text_of("Description").to_owned()),
        ("Type", record.text_of("Type").to_owned()),
        ("UsageCount", record.int_of("UsageCount").unwrap_or_default().to_string()),
    ])
}
