//! `inspect`, of one kind of thing or of whatever has the name.

use clap::Args;

use crate::context::{Context, segment};
use crate::error::Failure;
use crate::flags::Switch;
use crate::json::{self, Json};
use crate::output;
use crate::template::{Options, Template};

/// `inspect [OPTIONS] NAME|ID [NAME|ID...]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct InspectArgs {
    /// Format output: "json" or a Go template
    #[arg(short, long, default_value = "", hide_default_value = true)]
    format: String,
    /// Display total file sizes if the type is container
    #[arg(short, long, switch())]
    size: bool,
    /// Only inspect objects of the given type: container, image, network or volume
    #[arg(long = "type", default_value = "", hide_default_value = true)]
    kind: String,
    /// The things
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

/// `container inspect`, `image inspect`, …
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct InspectOneArgs {
    /// Format output: "json" or a Go template
    #[arg(short, long, default_value = "", hide_default_value = true)]
    format: String,
    /// Display total file sizes
    #[arg(short, long, switch())]
    size: bool,
    /// Verbose output for diagnostics
    #[arg(short, long, switch())]
    verbose: bool,
    /// The things
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

/// A kind of thing: its word, and where the API keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Container,
    Image,
    Network,
    Volume,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Container, Self::Image, Self::Network, Self::Volume];

    fn word(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Image => "image",
            Self::Network => "network",
            Self::Volume => "volume",
        }
    }

    fn path(self, name: &str) -> String {
        let name = segment(name);
        match self {
            Self::Container => format!("/containers/{name}/json"),
            Self::Image => format!("/images/{name}/json"),
            Self::Network => format!("/networks/{name}"),
            Self::Volume => format!("/volumes/{name}"),
        }
    }
}

async fn fetch(context: &Context, kind: Kind, name: &str, size: bool) -> Result<String, client::Error> {
    let request = context.client.get(kind.path(name)).flag("size", size && kind == Kind::Container);
    let bytes = request.send().await?.bytes().await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The thing of that name, of the first kind that has one.
async fn find(context: &Context, kinds: &[Kind], name: &str, size: bool) -> Result<String, Failure> {
    if name.is_empty() {
        return Err(Failure::new("invalid name or ID: value is empty"));
    }
    for kind in kinds {
        match fetch(context, *kind, name, size).await {
            Err(error) if error.is_not_found() && kinds.len() > 1 => {}
            Err(error) => return Err(error.into()),
            Ok(text) => return Ok(text),
        }
    }
    Err(Failure::new(format!("Error: No such object: {name}")))
}

async fn show(context: &Context, kinds: &[Kind], names: &[String], format: &str, size: bool) -> Result<(), Failure> {
    let template = if matches!(format, "" | "json") { None } else { Some(Template::parse(format)?) };
    let (mut found, mut text, mut messages) = (Vec::new(), String::new(), Vec::new());
    for name in names {
        match find(context, kinds, name, size).await {
            Err(failure) => messages.push(failure.message),
            Ok(raw) => match &template {
                None => found.push(raw.trim().to_owned()),
                Some(template) => {
                    let value: Json = serde_json::from_str(&raw).map_err(|error| Failure::new(error.to_string()))?;
                    let options = Options { terminal: output::is_terminal(), ..Options::default() };
                    match template.render(&value, options) {
                        Ok(line) => text.push_str(&format!("{line}\n")),
                        Err(error) => {
                            // The line of a thing is there, and empty.
                            text.push('\n');
                            messages.push(error.to_string());
                        }
                    }
                }
            },
        }
    }
    if template.is_none() {
        let list = format!("[{}]", found.join(","));
        text = if format == "json" { list } else { json::indent(&list) };
        text.push('\n');
    }
    output::print(&text)?;
    if messages.is_empty() { Ok(()) } else { Err(Failure::new(messages.join("\n"))) }
}

/// `inspect`.
pub(crate) async fn run(context: &Context, args: InspectArgs) -> Result<(), Failure> {
    let kinds: Vec<Kind> =
        Kind::ALL.into_iter().filter(|kind| args.kind.is_empty() || kind.word() == args.kind).collect();
    if kinds.is_empty() {
        let kind = &args.kind;
        return Err(Failure::new(format!(
            "{kind:?} is not a valid value for --type: it is container, image, network or volume"
        )));
    }
    show(context, &kinds, &args.names, &args.format, args.size).await
}

pub(crate) async fn containers(context: &Context, args: InspectOneArgs) -> Result<(), Failure> {
    one(context, Kind::Container, args).await
}

pub(crate) async fn images(context: &Context, args: InspectOneArgs) -> Result<(), Failure> {
    one(context, Kind::Image, args).await
}

pub(crate) async fn networks(context: &Context, args: InspectOneArgs) -> Result<(), Failure> {
    one(context, Kind::Network, args).await
}

pub(crate) async fn volumes(context: &Context, args: InspectOneArgs) -> Result<(), Failure> {
    one(context, Kind::Volume, args).await
}

async fn one(context: &Context, kind: Kind, args: InspectOneArgs) -> Result<(), Failure> {
    for (given, flag, of) in [(args.size, "--size", Kind::Container), (args.verbose, "--verbose", Kind::Network)] {
        if given && kind != of {
            return Err(Failure::new(format!("unknown flag: {flag} is for a {}", of.word())));
        }
    }
    show(context, &[kind], &args.names, &args.format, args.size).await
}
