//! `system df`.

use clap::Args;

use crate::container::row as container_row;
use crate::context::Context;
use crate::error::Failure;
use crate::flags::Switch;
use crate::image::{names as image_names, row as image_row};
use crate::json::Json;
use crate::listing::{self, Format, Listing, Row};
use crate::output;
use crate::units;
use crate::volume;

/// `system df [OPTIONS]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct DiskArgs {
    /// Format output: "table", "table TEMPLATE", "json" or a Go template
    #[arg(long, default_value = "", hide_default_value = true)]
    format: String,
    /// Show detailed information on space usage
    #[arg(short, long, switch())]
    verbose: bool,
}

const SUMMARY: Listing = Listing {
    heads: &[
        ("Type", "TYPE"),
        ("TotalCount", "TOTAL"),
        ("Active", "ACTIVE"),
        ("Size", "SIZE"),
        ("Reclaimable", "RECLAIMABLE"),
    ],
    table: "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
    quiet: "{{.Type}}",
    raw: "",
};

const IMAGES: Listing = Listing {
    heads: crate::image::HEADS,
    table: "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t\
            {{.Containers}}",
    quiet: "{{.ID}}",
    raw: "",
};

const CONTAINERS: Listing = Listing {
    heads: crate::container::HEADS,
    table: "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
    quiet: "{{.ID}}",
    raw: "",
};

const BUILD_CACHE: Listing = Listing {
    heads: &[
        ("ID", "CACHE ID"),
        ("CacheType", "CACHE TYPE"),
        ("Size", "SIZE"),
        ("CreatedSince", "CREATED"),
        ("LastUsedSince", "LAST USED"),
        ("UsageCount", "USAGE"),
        ("Shared", "SHARED"),
    ],
    table: "{{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}",
    quiet: "{{.ID}}",
    raw: "",
};

const VOLUMES: Listing = Listing { table: "{{.Name}}\t{{.Links}}\t{{.Size}}", ..volume::LISTING };

pub(super) async fn run(context: &Context, args: DiskArgs) -> Result<(), Failure> {
    let usage: Json = context.client.get("/system/df").read().await?;
    if !args.verbose {
        let format = Format::new(&SUMMARY, &args.format, false)?;
        return listing::show(
            &SUMMARY,
            &format,
            &[images(&usage), containers(&usage), volumes(&usage), build_cache(&usage)],
        );
    }
    if !args.format.is_empty() {
        return Err(Failure::new("--format cannot be used with --verbose"));
    }
    let part = |name: &str, listing: &Listing, rows: Vec<Row>| -> Result<(), Failure> {
        output::line(&format!("{name} space usage:\n"))?;
        listing::show(listing, &Format::new(listing, "", false)?, &rows)?;
        output::line("")
    };
    let image = |image: &Json| image_names(image, false).into_iter().map(|name| image_row(image, name, true)).collect();
    let rows: Vec<Vec<Row>> = usage.items_of("Images").iter().map(image).collect();
    part("Images", &IMAGES, rows.into_iter().flatten().collect())?;
    let rows = usage.items_of("Containers").iter().map(|container| {
        let own = units::short_size(container.int_of("SizeRw").unwrap_or_default());
        container_row(container, true).with("Size", own)
    });
    part("Containers", &CONTAINERS, rows.collect())?;
    part("Local Volumes", &VOLUMES, usage.items_of("Volumes").iter().map(volume::row).collect())?;
    let cache = usage.items_of("BuildCache");
    let size = cache.iter().map(|record| record.int_of("Size").unwrap_or_default()).sum();
    output::line(&format!("Build cache usage: {}\n", units::size(size)))?;
    listing::show(
        &BUILD_CACHE,
        &Format::new(&BUILD_CACHE, "", false)?,
        &cache.iter().map(build_record).collect::<Vec<_>>(),
    )
}

fn build_record(record: &Json) -> Row {
    let since = |name: &str| match record.text_of(name).parse::<words::Timestamp>() {
        Ok(moment) => units::ago(moment.seconds()),
        Err(_) => String::new(),
    };
    Row::new([
        ("ID", units::short_id(record.text_of("ID"))),
        ("CacheType", record.text_of("Type").to_owned()),
        ("Size", units::size(record.int_of("Size").unwrap_or_default())),
        ("CreatedSince", since("CreatedAt")),
        ("LastUsedSince", since("LastUsedAt")),
        ("UsageCount", record.int_of("UsageCount").unwrap_or_default().to_string()),
        ("Shared", record.is("Shared").to_string()),
    ])
}

fn build_cache(usage: &Json) -> Row {
    let records = usage.items_of("BuildCache");
    let size = |record: &Json| record.int_of("Size").unwrap_or_default();
    let active = records.iter().filter(|record| record.is("InUse")).count();
    let own = records.iter().filter(|record| !record.is("Shared"));
    let idle = own.clone().filter(|record| !record.is("InUse")).map(size).sum();
    let (total, idle): (i64, i64) = (own.map(size).sum(), idle);
    let shares = summary("Build Cache", records.len(), active, 0, idle);
    shares.with("Size", units::size(total))
}

fn summary(kind: &str, total: usize, active: usize, size: i64, reclaimable: i64) -> Row {
    let share = match size {
        1.. => format!(" ({}%)", i128::from(reclaimable) * 100 / i128::from(size)),
        _ => String::new(),
    };
    Row::new([
        ("Type", kind.to_owned()),
        ("TotalCount", total.to_string()),
        ("Active", active.to_string()),
        ("Size", units::size(size)),
        ("Reclaimable", format!("{}{share}", units::size(reclaimable))),
    ])
}

fn images(usage: &Json) -> Row {
    let images = usage.items_of("Images");
    let number = |image: &Json, name: &str| image.int_of(name).unwrap_or_default();
    let used = images.iter().filter(|image| number(image, "Containers") > 0);
    let own = used.clone().filter(|image| number(image, "SharedSize") >= 0);
    let own: i64 = own.map(|image| number(image, "Size") - number(image, "SharedSize")).sum();
    let size = usage.int_of("LayersSize").unwrap_or_default();
    summary("Images", images.len(), used.count(), size, (size - own).max(0))
}

fn containers(usage: &Json) -> Row {
    let containers = usage.items_of("Containers");
    let active = |container: &&Json| matches!(container.text_of("State"), "running" | "paused" | "restarting");
    let size = |container: &Json| container.int_of("SizeRw").unwrap_or_default();
    let idle = containers.iter().filter(|container| !active(container)).map(size).sum();
    let all = containers.iter().map(size).sum();
    summary("Containers", containers.len(), containers.iter().filter(active).count(), all, idle)
}

fn volumes(usage: &Json) -> Row {
    let volumes = usage.items_of("Volumes");
    let number =
        |volume: &Json, name: &str| volume.at(&["UsageData"]).and_then(|usage| usage.int_of(name)).unwrap_or(-1);
    let size = |volume: &Json| number(volume, "Size").max(0);
    let idle = volumes.iter().filter(|volume| number(volume, "RefCount") == 0).map(size).sum();
    let active = volumes.iter().filter(|volume| number(volume, "RefCount") > 0).count();
    summary("Local Volumes", volumes.len(), active, volumes.iter().map(size).sum(), idle)
}
