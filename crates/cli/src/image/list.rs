//! `images`.

use clap::Args;
use oci::Reference;

use crate::context::Context;
use crate::error::Failure;
use crate::flags::{self, Switch};
use crate::json::Json;
use crate::listing::{self, Format, Listing, Row};
use crate::units;

/// `images [OPTIONS] [REPOSITORY[:TAG]]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct ListArgs {
    /// Show all images (default hides intermediate images)
    #[arg(short, long, switch())]
    all: bool,
    /// Show digests
    #[arg(long, switch())]
    digests: bool,
    /// Filter output based on conditions provided
    #[arg(short, long, value_name = "NAME=VALUE")]
    filter: Vec<String>,
    /// Format output: "table", "table TEMPLATE", "json" or a Go template
    #[arg(long, default_value = "", hide_default_value = true)]
    format: String,
    /// Don't truncate output
    #[arg(long, switch())]
    no_trunc: bool,
    /// Only show image IDs
    #[arg(short, long, switch())]
    quiet: bool,
    /// Only images of this name
    #[arg(value_name = "REPOSITORY[:TAG]")]
    name: Option<String>,
}

pub(crate) const HEADS: &[(&str, &str)] = &[
    ("ID", "IMAGE ID"),
    ("Repository", "REPOSITORY"),
    ("Tag", "TAG"),
    ("Digest", "DIGEST"),
    ("CreatedSince", "CREATED"),
    ("CreatedAt", "CREATED AT"),
    ("Size", "SIZE"),
    ("Containers", "CONTAINERS"),
    ("VirtualSize", "SIZE"),
    ("SharedSize", "SHARED SIZE"),
    ("UniqueSize", "UNIQUE SIZE"),
];

const LISTING: Listing = Listing {
    heads: HEADS,
    table: "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}",
    quiet: "{{.ID}}",
    raw: "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\n\
          virtual_size: {{.Size}}\n",
};

const WITH_DIGESTS: Listing = Listing {
    table: "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t\
            {{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}",
    raw: "repository: {{.Repository}}\ntag: {{.Tag}}\ndigest: {{.Digest}}\nimage_id: {{.ID}}\n\
          created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n",
    ..LISTING
};

pub(super) async fn run(context: &Context, args: ListArgs) -> Result<(), Failure> {
    let listing = if args.digests { WITH_DIGESTS } else { LISTING };
    let format = Format::new(&listing, &args.format, args.quiet)?;
    let mut filter = args.filter.clone();
    filter.extend(args.name.iter().map(|name| format!("reference={name}")));
    let digests = !args.quiet && (args.digests || (!format.is_table() && format.mentions("Digest")));
    let request = context.client.get("/images/json").flag("all", args.all).flag("digests", digests);
    let images: Vec<Json> = request.query_some("filters", flags::filters(&filter)?).read().await?;
    // An image by its id is one line, by its names as many as it has; digests add theirs.
    let rows: Vec<_> = images.iter().flat_map(|image| rows(image, digests, !args.no_trunc, args.quiet)).collect();
    listing::show(&listing, &format, &rows)
}

/// The name, tag and digest of each line that an image takes.
pub(crate) fn names(image: &Json, digests: bool) -> Vec<(String, String, String)> {
    let none = || "<none>".to_owned();
    let mut by_repository: Vec<(String, Vec<String>, Vec<String>)> = Vec::new();
    let references = image.items_of("RepoTags").iter().chain(image.items_of("RepoDigests"));
    for name in references.map(Json::text).filter(|name| !name.starts_with("<none>")) {
        let Ok(reference) = name.parse::<Reference>() else { continue };
        let familiar = reference.familiar_name();
        let at = match by_repository.iter().position(|(known, _, _)| *known == familiar) {
            Some(at) => at,
            None => {
                by_repository.push((familiar, Vec::new(), Vec::new()));
                by_repository.len() - 1
            }
        };
        let (_, tags, digests) = &mut by_repository[at];
        match (reference.digest(), reference.tag()) {
            (Some(digest), _) => digests.push(digest.to_string()),
            (None, Some(tag)) => tags.push(tag.to_string()),
            (None, None) => {}
        }
    }
    let mut lines = Vec::new();
    for (name, tags, known) in by_repository {
        if !digests {
            let tags = if tags.is_empty() { vec![none()] } else { tags };
            lines.extend(tags.into_iter().map(|tag| (name.clone(), tag, none())));
            continue;
        }
        let tags = if tags.is_empty() { vec![none()] } else { tags };
        let known = if known.is_empty() { vec![none()] } else { known };
        for tag in &tags {
            lines.extend(known.iter().map(|digest| (name.clone(), tag.clone(), digest.clone())));
        }
    }
    if lines.is_empty() {
        lines.push((none(), none(), none()));
    }
    lines
}

fn rows(image: &Json, digests: bool, short: bool, quiet: bool) -> Vec<Row> {
    let mut names = names(image, digests);
    if quiet {
        // The same id twice says nothing.
        names.truncate(1);
    }
    names.into_iter().map(|name| row(image, name, short)).collect()
}

/// An image under one of its names as a row.
pub(crate) fn row(image: &Json, (repository, tag, digest): (String, String, String), short: bool) -> Row {
    let id = image.text_of("Id");
    let created = image.int_of("Created").unwrap_or_default();
    let size = image.int_of("Size").unwrap_or_default();
    let (shared, containers) = (image.int_of("SharedSize").unwrap_or(-1), image.int_of("Containers").unwrap_or(-1));
    let known = |value: i64, text: String| if value < 0 { "N/A".to_owned() } else { text };
    Row::new([
        ("ID", if short { units::short_id(id) } else { id.to_owned() }),
        ("Repository", repository),
        ("Tag", tag),
        ("Digest", digest),
        ("CreatedSince", if created > 0 { units::ago(created) } else { String::new() }),
        ("CreatedAt", units::local(created)),
        ("Size", units::short_size(size)),
        ("VirtualSize", units::size(image.int_of("VirtualSize").filter(|size| *size > 0).unwrap_or(size))),
        ("SharedSize", known(shared, units::size(shared))),
        ("UniqueSize", known(shared, units::size(size.saturating_sub(shared)))),
        ("Containers", known(containers, containers.to_string())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_a_line() {
        let image: Json = serde_json::from_str(
            r#"{"RepoTags":["busybox:1","busybox:latest","host:5000/x:y"],
                "RepoDigests":["busybox@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]}"#,
        )
        .unwrap();
        let shown = |digests| {
            let lines = names(&image, digests).into_iter();
            lines.map(|(name, tag, digest)| format!("{name}|{tag}|{:.9}", digest)).collect::<Vec<_>>()
        };
        assert_eq!(shown(false), ["busybox|1|<none>", "busybox|latest|<none>", "host:5000/x|y|<none>"]);
        assert_eq!(shown(true), ["busybox|1|sha256:aa", "busybox|latest|sha256:aa", "host:5000/x|y|<none>"]);
        let nameless: Json = serde_json::from_str(r#"{"RepoTags":["<none>:<none>"],"RepoDigests":null}"#).unwrap();
        assert_eq!(names(&nameless, false).len(), 1);
    }
}
