//! `version`.

use clap::Args;
use client::Client;

use crate::context::Context;
use crate::error::Failure;
use crate::json::Json;
use crate::output;
use crate::table;
use crate::template::{Options, Template};
use crate::units;

/// `version [OPTIONS]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct VersionArgs {
    /// Format output: "json" or a Go template
    #[arg(short, long, default_value = "", hide_default_value = true)]
    format: String,
}

fn written((major, minor): (u32, u32)) -> String {
    format!("{major}.{minor}")
}

/// Shows what both sides are. Without a daemon this side is shown all the same.
pub(crate) async fn run(context: &Context, args: VersionArgs) -> Result<(), Failure> {
    let template = match args.format.as_str() {
        "" => None,
        "json" => Some(Template::parse("{{json .}}")?),
        text => Some(Template::parse(text)?),
    };
    let newest = written(Client::newest_version());
    let spoken = context.client.version().await;
    let api = spoken.as_ref().map_or_else(|_| newest.clone(), |version| written(*version));
    let server = match spoken {
        Ok(_) => context.client.get("/version").read::<Json>().await,
        Err(error) => Err(error),
    };
    let client = Json::object([
        ("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("ApiVersion", api),
        ("DefaultAPIVersion", newest),
        ("Os", std::env::consts::OS.to_owned()),
        ("Arch", architecture().to_owned()),
        ("Context", "default".to_owned()),
    ]);
    let (server, failure) = match server {
        Ok(server) => (server, None),
        Err(error) => (Json::Null, Some(Failure::from(error))),
    };
    match template {
        None => output::line(text(&client, &server).trim_end_matches('\n'))?,
        Some(template) => {
            let both = Json::Object(vec![("Client".into(), client), ("Server".into(), server)]);
            let options = Options { terminal: output::is_terminal(), ..Options::default() };
            match template.render(&both, options) {
                Ok(text) => output::print(&format!("{text}\n"))?,
                // What was asked about the daemon is missing because the daemon is.
                Err(error) => return Err(failure.unwrap_or_else(|| error.into())),
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

/// This machine's architecture as Go names it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn text(client: &Json, server: &Json) -> String {
    let mut lines = vec!["Client:".to_owned()];
    let (api, newest) = (client.text_of("ApiVersion"), client.text_of("DefaultAPIVersion"));
    let downgraded = if api == newest { String::new() } else { format!(" (downgraded from {newest})") };
    lines.push(format!(" Version:\t{}", client.text_of("Version")));
    lines.push(format!(" API version:\t{api}{downgraded}"));
    lines.push(format!(" OS/Arch:\t{}/{}", client.text_of("Os"), client.text_of("Arch")));
    lines.push(format!(" Context:\t{}", client.text_of("Context")));
    if *server != Json::Null {
        lines.push(String::new());
        match server.at(&["Platform", "Name"]).map_or("", Json::text) {
            "" => lines.push("Server:".into()),
            name => lines.push(format!("Server: {name}")),
        }
        server.items_of("Components").iter().for_each(|component| lines.extend(component_lines(component)));
    }
    table::align_with(&lines.join("\n"), 20, 1)
}

fn component_lines(component: &Json) -> Vec<String> {
    let name = component.text_of("Name");
    let mut lines = vec![format!(" {name}:"), format!("  Version:\t{}", component.text_of("Version"))];
    let details = component.get("Details").cloned().unwrap_or_default();
    let detail = |name: &str| details.text_of(name).to_owned();
    if name != "Engine" {
        lines.extend(details.pairs().iter().map(|(key, value)| format!("  {key}:\t{value}")));
        return lines;
    }
    lines.push(format!("  API version:\t{} (minimum version {})", detail("ApiVersion"), detail("MinAPIVersion")));
    for (head, value) in [
        ("Go version", detail("GoVersion")),
        ("Git commit", detail("GitCommit")),
        ("Built", units::ctime(&detail("BuildTime"))),
        ("OS/Arch", format!("{}/{}", detail("Os"), detail("Arch"))),
        ("Experimental", detail("Experimental")),
    ] {
        // What the engine isn't made of, it doesn't tell.
        if !value.is_empty() {
            lines.push(format!("  {head}:\t{value}"));
        }
    }
    lines
}
