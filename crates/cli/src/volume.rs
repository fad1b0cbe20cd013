//! Volumes.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::context::{Context, named, segment};
use crate::error::{Failure, Failures};
use crate::flags::{self, Switch};
use crate::inspect::{self, InspectOneArgs};
use crate::json::Json;
use crate::listing::{self, Format, Listing, Row};
use crate::output;
use crate::parse::env;
use crate::units;

/// `volume …`.
#[derive(Debug, Clone, Subcommand)]
pub enum VolumeCommand {
    /// Create a volume
    Create(CreateArgs),
    /// Display detailed information on one or more volumes
    Inspect(InspectOneArgs),
    /// List volumes
    #[command(name = "ls", visible_alias = "list")]
    List(ListArgs),
    /// Remove unused local volumes
    Prune(PruneArgs),
    /// Remove one or more volumes
    #[command(visible_alias = "remove")]
    Rm(RemoveArgs),
}

/// `volume create`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct CreateArgs {
    /// Specify volume driver name
    #[arg(short, long, default_value = "local")]
    driver: String,
    /// Set metadata for a volume
    #[arg(long, value_name = "KEY[=VALUE]")]
    label: Vec<String>,
    /// Specify volume name
    #[arg(long, hide = true)]
    name: Option<String>,
    /// Set driver specific options
    #[arg(short, long, value_name = "KEY=VALUE")]
    opt: Vec<String>,
    /// Its name; one is made up when it is left out
    #[arg(value_name = "VOLUME", conflicts_with = "name")]
    volume: Option<String>,
}

/// `volume ls`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct ListArgs {
    /// Provide filter values (e.g. "dangling=true")
    #[arg(short, long, value_name = "NAME=VALUE")]
    filter: Vec<String>,
    /// Format output: "table", "table TEMPLATE", "json" or a Go template
    #[arg(long, default_value = "", hide_default_value = true)]
    format: String,
    /// Only display volume names
    #[arg(short, long, switch())]
    quiet: bool,
}

/// `volume prune`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct PruneArgs {
    /// Remove all unused volumes, not just anonymous ones
    #[arg(short, long, switch())]
    all: bool,
    /// Provide filter values (e.g. "label=<label>")
    #[arg(long, value_name = "NAME=VALUE")]
    filter: Vec<String>,
    /// Do not prompt for confirmation
    #[arg(short, long, switch())]
    force: bool,
}

/// `volume rm`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct RemoveArgs {
    /// Force the removal of one or more volumes
    #[arg(short, long, switch())]
    force: bool,
    /// The volumes
    #[arg(required = true, value_name = "VOLUME")]
    names: Vec<String>,
}

pub(crate) const LISTING: Listing = Listing {
    heads: &[
        ("Name", "VOLUME NAME"),
        ("Driver", "DRIVER"),
        ("Scope", "SCOPE"),
        ("Mountpoint", "MOUNTPOINT"),
        ("Labels", "LABELS"),
        ("Links", "LINKS"),
        ("Size", "SIZE"),
        ("Availability", "AVAILABILITY"),
        ("Group", "GROUP"),
        ("Status", "STATUS"),
    ],
    table: "{{.Driver}}\t{{.Name}}",
    quiet: "{{.Name}}",
    raw: "name: {{.Name}}\ndriver: {{.Driver}}\n",
};

/// Runs one.
pub(crate) async fn run(context: &Context, command: VolumeCommand) -> Result<(), Failure> {
    match command {
        VolumeCommand::Create(args) => create(context, args).await,
        VolumeCommand::Inspect(args) => inspect::volumes(context, args).await,
        VolumeCommand::List(args) => list(context, args).await,
        VolumeCommand::Prune(args) => {
            let what = if args.all { "all local volumes" } else { "anonymous local volumes" };
            let warning = format!(
                "WARNING! This will remove {what} not used by at least one container.\nAre you sure you want to continue?"
            );
            if !args.force && !output::confirm(&warning)? {
                return Err(Failure::new("volume prune has been cancelled"));
            }
            let (text, space) = prune(context, &args.filter, args.all).await?;
            if !text.is_empty() {
                output::line(&text)?;
            }
            output::line(&format!("Total reclaimed space: {}", units::size(space)))
        }
        VolumeCommand::Rm(args) => remove(context, args).await,
    }
}

/// Prunes; what went, and how many bytes came back.
pub(crate) async fn prune(context: &Context, filter: &[String], all: bool) -> Result<(String, i64), Failure> {
    let mut filter = filter.to_vec();
    // Before 1.42 the daemon took volumes with names too, and knew no such filter.
    if all && context.client.version().await? >= (1, 42) {
        filter.push("all=1".into());
    }
    let request = context.client.post("/volumes/prune").query_some("filters", flags::filters(&filter)?);
    let answer: Json = request.read().await?;
    let mut text = String::new();
    let removed = answer.items_of("VolumesDeleted");
    if !removed.is_empty() {
        text.push_str("Deleted Volumes:\n");
        removed.iter().for_each(|name| text.push_str(&format!("{}\n", name.text())));
    }
    Ok((text, answer.int_of("SpaceReclaimed").unwrap_or_default()))
}

async fn create(context: &Context, args: CreateArgs) -> Result<(), Failure> {
    let body = json!({
        "Name": args.volume.or(args.name).unwrap_or_default(),
        "Driver": args.driver,
        "DriverOpts": env::pairs(&args.opt),
        "Labels": env::labels(&[], &args.label)?,
    });
    let created: Json = context.client.post("/volumes/create").json(&body)?.read().await?;
    output::line(created.text_of("Name"))
}

async fn list(context: &Context, args: ListArgs) -> Result<(), Failure> {
    let format = Format::new(&LISTING, &args.format, args.quiet)?;
    let request = context.client.get("/volumes").query_some("filters", flags::filters(&args.filter)?);
    let answer: Json = request.read().await?;
    let mut volumes: Vec<&Json> = answer.items_of("Volumes").iter().collect();
    volumes.sort_by(|one, other| listing::natural(one.text_of("Name"), other.text_of("Name")));
    let rows: Vec<_> = volumes.into_iter().map(row).collect();
    listing::show(&LISTING, &format, &rows)
}

/// A volume as a row.
pub(crate) fn row(volume: &Json) -> Row {
    let usage = volume.get("UsageData").filter(|usage| **usage != Json::Null);
    let count = |name: &str| usage.and_then(|usage| usage.int_of(name));
    let unknown = || "N/A".to_owned();
    Row::new([
        ("Name", volume.text_of("Name").to_owned()),
        ("Driver", volume.text_of("Driver").to_owned()),
        ("Scope", volume.text_of("Scope").to_owned()),
        ("Mountpoint", volume.text_of("Mountpoint").to_owned()),
        ("Labels", listing::labels(volume)),
        ("Links", count("RefCount").map_or_else(unknown, |links| links.to_string())),
        ("Size", count("Size").map_or_else(unknown, units::size)),
        ("Availability", unknown()),
        ("Group", unknown()),
        ("Status", unknown()),
    ])
    .labels(volume.get("Labels"))
}

async fn remove(context: &Context, args: RemoveArgs) -> Result<(), Failure> {
    let mut failures = Failures::default();
    for name in &args.names {
        let removed = async {
            named("volume", name)?;
            let request = context.client.delete(format!("/volumes/{}", segment(name))).flag("force", args.force);
            Ok::<_, Failure>(request.done().await?)
        };
        match removed.await {
            Ok(()) => output::line(name)?,
            Err(failure) => failures.push(failure),
        }
    }
    failures.into_result()
}
