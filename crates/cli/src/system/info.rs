//! `info`.

use clap::Args;

use crate::context::Context;
use crate::error::Failure;
use crate::json::Json;
use crate::output;
use crate::template::{Options, Template};
use crate::units;

/// `info [OPTIONS]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct InfoArgs {
    /// Format output: "json" or a Go template
    #[arg(short, long, default_value = "", hide_default_value = true)]
    format: String,
}

pub(super) async fn run(context: &Context, args: InfoArgs) -> Result<(), Failure> {
    let template = match args.format.as_str() {
        "" => None,
        "json" => Some(Template::parse("{{json .}}")?),
        text => Some(Template::parse(text)?),
    };
    let asked = context.client.get("/info").read::<Json>().await;
    if let Some(template) = template {
        let text = template.render(&asked?, Options { terminal: output::is_terminal(), ..Options::default() })?;
        return output::print(&format!("{text}\n"));
    }
    let own =
        format!("Client:\n Version:    {}\n Context:    default\n Debug Mode: false\n", env!("CARGO_PKG_VERSION"));
    output::line(&own)?;
    output::line("Server:")?;
    let info = asked?;
    output::print(&server(&info, output::is_terminal()))?;
    info.items_of("Warnings").iter().for_each(|warning| output::complain(warning.text()));
    Ok(())
}

fn server(info: &Json, terminal: bool) -> String {
    let mut lines: Vec<String> = Vec::new();
    let number = |name: &str| info.int_of(name).unwrap_or_default();
    let text = |name: &str| info.text_of(name);
    lines.push(format!(" Containers: {}", number("Containers")));
    lines.push(format!("  Running: {}", number("ContainersRunning")));
    lines.push(format!("  Paused: {}", number("ContainersPaused")));
    lines.push(format!("  Stopped: {}", number("ContainersStopped")));
    lines.push(format!(" Images: {}", number("Images")));
    let mut put = |head: &str, value: &str| {
        if !value.is_empty() {
            lines.push(format!(" {head}: {value}"));
        }
    };
    put("Server Version", text("ServerVersion"));
    put("Storage Driver", text("Driver"));
    for pair in info.items_of("DriverStatus") {
        if let [name, value] = pair.items() {
            put(&format!(" {}", name.text()), value.text());
        }
    }
    put("Logging Driver", text("LoggingDriver"));
    put("Cgroup Driver", text("CgroupDriver"));
    put("Cgroup Version", text("CgroupVersion"));
    lines.push(" Plugins:".into());
    for kind in ["Volume", "Network", "Log"] {
        let names = info.at(&["Plugins", kind]).map_or(&[][..], Json::items);
        let names: Vec<_> = names.iter().map(Json::text).collect();
        lines.push(format!("  {kind}: {}", names.join(" ")));
    }
    let mut put = |head: &str, value: &str| {
        if !value.is_empty() {
            lines.push(format!(" {head}: {value}"));
        }
    };
    put("Swarm", info.at(&["Swarm", "LocalNodeState"]).map_or("", Json::text));
    let mut runtimes: Vec<_> =
        info.get("Runtimes").map_or(&[][..], Json::members).iter().map(|(name, _)| name.as_str()).collect();
    runtimes.sort_unstable();
    put("Runtimes", &runtimes.join(" "));
    put("Default Runtime", text("DefaultRuntime"));
    put("Init Binary", text("InitBinary"));
    for (head, name) in
        [("containerd version", "ContainerdCommit"), ("runc version", "RuncCommit"), ("init version", "InitCommit")]
    {
        put(head, info.at(&[name, "ID"]).map_or("", Json::text));
    }
    let options = info.items_of("SecurityOptions");
    if !options.is_empty() {
        lines.push(" Security Options:".into());
        for option in options {
            let fields: Vec<_> = option.text().split(',').filter_map(|field| field.split_once('=')).collect();
            let name = fields.iter().find(|(key, _)| *key == "name").map_or(option.text(), |(_, value)| *value);
            lines.push(format!("  {name}"));
            let rest = fields.iter().filter(|(key, _)| *key != "name");
            lines.extend(rest.map(|(key, value)| {
                let key =
                    key.chars().take(1).flat_map(char::to_uppercase).chain(key.chars().skip(1)).collect::<String>();
                format!("   {key}: {value}")
            }));
        }
    }
    let mut put = |head: &str, value: &str| {
        if !value.is_empty() {
            lines.push(format!(" {head}: {value}"));
        }
    };
    put("Kernel Version", text("KernelVersion"));
    put("Operating System", text("OperatingSystem"));
    put("OSType", text("OSType"));
    put("Architecture", text("Architecture"));
    put("CPUs", &number("NCPU").to_string());
    put("Total Memory", &units::binary_size(number("MemTotal")));
    put("Name", text("Name"));
    put("ID", text("ID"));
    put("Docker Root Dir", text("DockerRootDir"));
    put("Debug Mode", &info.is("Debug").to_string());
    put("HTTP Proxy", text("HttpProxy"));
    put("HTTPS Proxy", text("HttpsProxy"));
    put("No Proxy", text("NoProxy"));
    put("Experimental", &info.is("ExperimentalBuild").to_string());
    lines.extend(registries(info));
    lines.push(format!(" Live Restore Enabled: {}", info.is("LiveRestoreEnabled")));
    let shown = lines.join("\n") + "\n\n";
    if terminal { units::printable(&shown) } else { shown }
}

fn registries(info: &Json) -> Vec<String> {
    let mut lines = Vec::new();
    let labels = info.items_of("Labels");
    if !labels.is_empty() {
        lines.push(" Labels:".into());
        lines.extend(labels.iter().map(|label| format!("  {}", label.text())));
    }
    let registry = info.get("RegistryConfig").cloned().unwrap_or_default();
    let mut insecure: Vec<String> = registry
        .get("IndexConfigs")
        .map_or(&[][..], Json::members)
        .iter()
        .filter(|(_, index)| matches!(index.get("Secure"), Some(Json::Bool(false))))
        .map(|(_, index)| index.text_of("Name").to_owned())
        .collect();
    insecure.extend(registry.items_of("InsecureRegistryCIDRs").iter().map(|one| one.text().to_owned()));
    for (head, names) in [
        ("Insecure Registries", insecure),
        ("Registry Mirrors", registry.items_of("Mirrors").iter().map(|one| one.text().to_owned()).collect()),
    ] {
        if !names.is_empty() {
            lines.push(format!(" {head}:"));
            lines.extend(names.iter().map(|name| format!("  {name}")));
        }
    }
    lines
}
