//! `ps`, and `port`.

use clap::Args;

use crate::context::{Context, named};
use crate::error::Failure;
use crate::flags::{self, Switch};
use crate::json::Json;
use crate::listing::{self, Format, Listing, Row};
use crate::output;
use crate::units;

/// `ps [OPTIONS]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct ListArgs {
    /// Show all containers (default shows just running)
    #[arg(short, long, switch())]
    all: bool,
    /// Filter output based on conditions provided
    #[arg(short, long, value_name = "NAME=VALUE")]
    filter: Vec<String>,
    /// Format output: "table", "table TEMPLATE", "json" or a Go template
    #[arg(long, default_value = "", hide_default_value = true)]
    format: String,
    /// Show n last created containers (includes all states)
    #[arg(short = 'n', long, default_value = "-1", value_name = "NUMBER", allow_negative_numbers = true)]
    last: i64,
    /// Show the latest created container (includes all states)
    #[arg(short, long, switch())]
    latest: bool,
    /// Don't truncate output
    #[arg(long, switch())]
    no_trunc: bool,
    /// Only display container IDs
    #[arg(short, long, switch())]
    quiet: bool,
    /// Display total file sizes
    #[arg(short, long, switch())]
    size: bool,
}

pub(crate) const HEADS: &[(&str, &str)] = &[
    ("ID", "CONTAINER ID"),
    ("Names", "NAMES"),
    ("Image", "IMAGE"),
    ("Command", "COMMAND"),
    ("CreatedAt", "CREATED AT"),
    ("RunningFor", "CREATED"),
    ("Ports", "PORTS"),
    ("State", "STATE"),
    ("Status", "STATUS"),
    ("Size", "SIZE"),
    ("Labels", "LABELS"),
    ("Mounts", "MOUNTS"),
    ("LocalVolumes", "LOCAL VOLUMES"),
    ("Networks", "NETWORKS"),
    ("Platform", "PLATFORM"),
];

const LISTING: Listing = Listing {
    heads: HEADS,
    table: "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}",
    quiet: "{{.ID}}",
    raw: "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\n\
          state: {{.State}}\nstatus: {{.Status}}\nnames: {{.Names}}\nlabels: {{.Labels}}\nports: {{.Ports}}\n",
};

const WITH_SIZE: Listing = Listing {
    table: "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}\t{{.Size}}",
    raw: "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\n\
          state: {{.State}}\nstatus: {{.Status}}\nnames: {{.Names}}\nlabels: {{.Labels}}\nports: {{.Ports}}\n\
          size: {{.Size}}\n",
    ..LISTING
};

pub(super) async fn run(context: &Context, args: ListArgs) -> Result<(), Failure> {
    let listing = if args.size { WITH_SIZE } else { LISTING };
    let format = Format::new(&listing, &args.format, args.quiet)?;
    let last = if args.latest { 1 } else { args.last };
    let limit = if last > 0 { last.to_string() } else { String::new() };
    // Sizes are counted for this request alone; nobody else should pay for them.
    let size = args.size || (!args.quiet && !args.format.is_empty() && format.mentions("Size"));
    let request = context.client.get("/containers/json").flag("all", args.all).flag("size", size);
    let request = request.query_some("limit", limit).query_some("filters", flags::filters(&args.filter)?);
    let containers: Vec<Json> = request.read().await?;
    let rows: Vec<_> = containers.iter().map(|container| row(container, !args.no_trunc)).collect();
    listing::show(&listing, &format, &rows)
}

/// A container as a row.
pub(crate) fn row(container: &Json, short: bool) -> Row {
    let command = container.text_of("Command");
    let command = if short { units::ellipsis(command, 20) } else { command.to_owned() };
    let created = container.int_of("Created").unwrap_or_default();
    let id = container.text_of("Id");
    let mounts = container.items_of("Mounts");
    let volumes = mounts.iter().filter(|mount| mount.text_of("Driver") == "local").count();
    let networks = container.at(&["NetworkSettings", "Networks"]).map_or(&[][..], Json::members);
    let mut networks: Vec<_> = networks.iter().map(|(name, _)| name.as_str()).collect();
    networks.sort_unstable();
    let platform = container.at(&["ImageManifestDescriptor", "platform"]).cloned().unwrap_or_default();
    let fields = [
        ("ID", if short { units::short_id(id) } else { id.to_owned() }),
        ("Names", names(container, short)),
        ("Image", image(container, short)),
        ("Command", quoted(&command)),
        ("CreatedAt", units::local(created)),
        ("RunningFor", units::ago(created)),
        ("Ports", ports(container.items_of("Ports"))),
        ("State", container.text_of("State").to_owned()),
        ("Status", container.text_of("Status").to_owned()),
        ("Size", size(container)),
        ("Labels", listing::labels(container)),
        ("Mounts", mounts.iter().map(|mount| mount_name(mount, short)).collect::<Vec<_>>().join(",")),
        ("LocalVolumes", volumes.to_string()),
        ("Networks", networks.join(",")),
    ];
    let fields = fields.map(|(name, value)| (name, Json::from(value)));
    Row::new(fields.into_iter().chain([("Platform", platform)])).labels(container.get("Labels"))
}

/// The names, without the slash that the API puts before them; names given by links hold one more.
fn names(container: &Json, short: bool) -> String {
    let names = container.items_of("Names").iter().map(|name| name.text().strip_prefix('/').unwrap_or(name.text()));
    names.filter(|name| !short || !name.contains('/')).collect::<Vec<_>>().join(",")
}

fn image(container: &Json, short: bool) -> String {
    let image = container.text_of("Image");
    if image.is_empty() {
        return "<no image>".into();
    }
    if !short {
        return image.to_owned();
    }
    let id = units::short_id(container.text_of("ImageID"));
    if !id.is_empty() && (image.starts_with("sha256:") || image.len() >= id.len()) && units::short_id(image) == id {
        return id;
    }
    match image.parse::<oci::Reference>() {
        Ok(reference) => match reference.tag() {
            Some(tag) => reference.repository().with_tag(tag.clone()).familiar(),
            None => reference.familiar_name(),
        },
        Err(_) => image.to_owned(),
    }
}

fn mount_name(mount: &Json, short: bool) -> String {
    let name = match mount.text_of("Name") {
        "" => mount.text_of("Source"),
        name => name,
    };
    if short { units::ellipsis(name, 15) } else { name.to_owned() }
}

fn size(container: &Json) -> String {
    let own = units::short_size(container.int_of("SizeRw").unwrap_or_default());
    match container.int_of("SizeRootFs").unwrap_or_default() {
        0 => own,
        all => format!("{own} (virtual {})", units::short_size(all)),
    }
}

/// A text in quotes, as Go's `strconv.Quote` writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            other if other.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(other))),
            other if other.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Ports as lists show them: `0.0.0.0:8080->80/tcp, 443/tcp`; neighbours become ranges.
pub(crate) fn ports(ports: &[Json]) -> String {
    fn run((address, protocol): (&str, &str), first: i64, last: i64) -> String {
        let range = if last == first { first.to_string() } else { format!("{first}-{last}") };
        match address {
            "" => format!("{range}/{protocol}"),
            address => format!("{}:{range}->{range}/{protocol}", bracketed(address)),
        }
    }
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    struct Port<'a> {
        private: i64,
        address: &'a str,
        public: i64,
        protocol: &'a str,
    }
    let mut all: Vec<_> = ports
        .iter()
        .map(|port| Port {
            private: port.int_of("PrivatePort").unwrap_or_default(),
            address: port.text_of("IP"),
            public: port.int_of("PublicPort").unwrap_or_default(),
            protocol: port.text_of("Type"),
        })
        .collect();
    all.sort_unstable();
    // One run of neighbouring ports is open for each address and protocol; what ends a run is shown first.
    let mut open: Vec<((&str, &str), i64, i64)> = Vec::new();
    let (mut shown, mut mapped) = (Vec::new(), Vec::new());
    for port in all {
        if !port.address.is_empty() && port.public != port.private {
            mapped.push(format!("{}:{}->{}/{}", bracketed(port.address), port.public, port.private, port.protocol));
            continue;
        }
        let key = (port.address, port.protocol);
        match open.iter_mut().find(|(known, _, _)| *known == key) {
            None => open.push((key, port.private, port.private)),
            Some((_, _, last)) if *last + 1 == port.private => *last = port.private,
            Some((_, first, last)) => {
                shown.push(run(key, *first, *last));
                (*first, *last) = (port.private, port.private);
            }
        }
    }
    let rest = open.into_iter().map(|(key, first, last)| run(key, first, last));
    shown.into_iter().chain(rest).chain(mapped).collect::<Vec<_>>().join(", ")
}

fn bracketed(address: &str) -> String {
    if address.contains(':') { format!("[{address}]") } else { address.to_owned() }
}

/// `port CONTAINER [PRIVATE_PORT[/PROTO]]`.
#[derive(Debug, Clone, Args)]
pub struct PortArgs {
    /// The container
    #[arg(value_name = "CONTAINER")]
    name: String,
    /// One of its ports
    #[arg(value_name = "PORT[/PROTOCOL]")]
    port: Option<String>,
}

pub(super) async fn port(context: &Context, args: PortArgs) -> Result<(), Failure> {
    named("container", &args.name)?;
    let container = context.container(&args.name).await?;
    let ports = container.at(&["NetworkSettings", "Ports"]).map_or(&[][..], Json::members);
    let address = |binding: &Json| format!("{}:{}", bracketed(binding.text_of("HostIp")), binding.text_of("HostPort"));
    if let Some(wanted) = &args.port {
        let wanted = if wanted.contains('/') { wanted.clone() } else { format!("{wanted}/tcp") };
        let bindings = ports.iter().find(|(port, _)| *port == wanted).map_or(&[][..], |(_, bindings)| bindings.items());
        if bindings.is_empty() {
            let wanted = args.port.as_deref().unwrap_or_default();
            return Err(Failure::new(format!("Error: No public port '{wanted}' published for {}", args.name)));
        }
        return bindings.iter().try_for_each(|binding| output::line(&address(binding)));
    }
    let mut lines: Vec<_> = ports
        .iter()
        .flat_map(|(port, bindings)| bindings.items().iter().map(move |binding| (port, binding)))
        .map(|(port, binding)| {
            let number = port.split('/').next().and_then(|number| number.parse::<u16>().ok());
            (number, format!("{port} -> {}", address(binding)))
        })
        .collect();
    lines.sort();
    lines.iter().try_for_each(|(_, line)| output::line(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn ports_are_shown() {
        for (text, wanted) in [
            ("[]", ""),
            (r#"[{"PrivatePort":80,"Type":"tcp"}]"#, "80/tcp"),
            (r#"[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}]"#, "0.0.0.0:8080->80/tcp"),
            (r#"[{"IP":"::","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}]"#, "[::]:8080->80/tcp"),
            (
                r#"[{"PrivatePort":81,"Type":"tcp"},{"PrivatePort":80,"Type":"tcp"},{"PrivatePort":80,"Type":"udp"}]"#,
                "80-81/tcp, 80/udp",
            ),
            (
                r#"[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":80,"Type":"tcp"},
                    {"IP":"0.0.0.0","PrivatePort":81,"PublicPort":81,"Type":"tcp"}]"#,
                "0.0.0.0:80-81->80-81/tcp",
            ),
        ] {
            assert_eq!(ports(json(text).items()), wanted);
        }
    }

    #[test]
    fn images_are_named_shortly() {
        for (text, wanted) in [
            (r#"{"Image":""}"#, "<no image>"),
            (r#"{"Image":"busybox:1.2"}"#, "busybox:1.2"),
            (r#"{"Image":"docker.io/library/busybox"}"#, "busybox"),
            (r#"{"Image":"sha256:0123456789abcdef","ImageID":"sha256:0123456789abcdef"}"#, "0123456789ab"),
        ] {
            assert_eq!(image(&json(text), true), wanted);
        }
    }

    #[test]
    fn commands_are_quoted() {
        assert_eq!(quoted("sh -c \"a\tb\"\u{1b}"), "\"sh -c \\\"a\\tb\\\"\\x1b\"");
    }
}
