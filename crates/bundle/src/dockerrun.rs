//! `Dockerrun.aws.json` in its three versions: one container of an image, an ECS task, or only the login of a Compose
//! file. Source: developer guide, "Docker configuration", "ECS managed Docker configuration".

use std::collections::BTreeMap;

use crate::compose::Ulimit;
use crate::error::{Fault, Notes, quoted};
use crate::node::{Fields, Node, Value};
use crate::{Error, Result, Variables, Warning, limits, node, shell};

/// What the file asks for, by its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dockerrun {
    /// Version 1: one container.
    Single(Single),
    /// Version 2: a task of several containers, for the ECS platform.
    Ecs(Task),
    /// Version 3: beside a Compose file.
    Compose {
        /// Where the login for the registry is.
        authentication: Option<Authentication>,
    },
}

/// An object with the login for a registry, as `~/.docker/config.json` or `.dockercfg` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// The bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

/// Version 1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Single {
    /// The image to run, unless the bundle has a Dockerfile.
    pub image: Option<Image>,
    /// Ports of the container. Traffic goes to the first.
    pub ports: Vec<Port>,
    /// Directories of the instance in the container.
    pub volumes: Vec<Volume>,
    /// The directory in the container whose files are its logs.
    pub logging: Option<String>,
    /// What runs instead of the image's entry point.
    pub entrypoint: Vec<String>,
    /// What runs instead of the image's command.
    pub command: Vec<String>,
    /// The login for the image's registry.
    pub authentication: Option<Authentication>,
}

/// An image of version 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its reference.
    pub name: oci::Reference,
    /// Whether it is pulled at each deployment.
    pub update: bool,
}

/// A port of version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// In the container.
    pub container: u16,
    /// On the instance.
    pub host: u16,
}

/// A volume of version 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// A path on the *instance*, never on this host.
    pub host_directory: String,
    /// Where the container sees it.
    pub container_directory: String,
}

/// Version 2: the part of an ECS task definition that Elastic Beanstalk takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Task {
    /// The containers, as they stand in the file.
    pub containers: Vec<Container>,
    /// Volumes by name, with their paths on the *instance*, if they have any. To these come `awseb-logs-CONTAINER`, one
    /// a container.
    pub volumes: BTreeMap<String, Option<String>>,
    /// The login for the images' registry.
    pub authentication: Option<Authentication>,
}

/// A container of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name, by which others reach it.
    pub name: String,
    /// Its image.
    pub image: oci::Reference,
    /// Whether the task ends when it does.
    pub essential: bool,
    /// Most memory, in bytes.
    pub memory: Option<u64>,
    /// Memory that is kept for it, in bytes.
    pub memory_reservation: Option<u64>,
    /// Its share of the processor, of which 1024 are one.
    pub cpu: Option<u64>,
    /// Ports.
    pub ports: Vec<PortMapping>,
    /// Environment variables.
    pub environment: Variables,
    /// Containers that it reaches, by alias.
    pub links: BTreeMap<String, String>,
    /// Volumes in it.
    pub mounts: Vec<MountPoint>,
    /// Containers whose volumes it sees, and whether it may only read them.
    pub volumes_from: BTreeMap<String, bool>,
    /// Instead of the image's command.
    pub command: Vec<String>,
    /// Instead of the image's entry point.
    pub entry_point: Vec<String>,
    /// The directory that it starts in.
    pub working_directory: Option<String>,
    /// The user that it runs as.
    pub user: Option<String>,
    /// Its host name.
    pub hostname: Option<String>,
    /// Lines of its hosts file: names with addresses.
    pub extra_hosts: BTreeMap<String, std::net::IpAddr>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Limits of resources.
    pub ulimits: BTreeMap<String, Ulimit>,
    /// Whether its root is read-only.
    pub read_only: bool,
}

/// A port of a container of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortMapping {
    /// In the container.
    pub container: u16,
    /// On the instance; any, when none is said.
    pub host: Option<u16>,
    /// UDP instead of TCP.
    pub is_udp: bool,
}

/// A volume in a container of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountPoint {
    /// The volume's name.
    pub volume: String,
    /// Where the container sees it.
    pub path: String,
    /// Whether it may only read it.
    pub read_only: bool,
}

/// Reads a file of any version.
///
/// # Errors
/// [`Error::UnsupportedDockerrunVersion`], [`Error::Invalid`] with the place of what is wrong.
pub fn parse(file: &str, bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<Dockerrun> {
    let at_fault = |fault: Fault| fault.of(file);
    let root = node::json(bytes).map_err(at_fault)?;
    let mut fields = Fields::of(&root, file).map_err(at_fault)?;
    let version = fields.required("AWSEBDockerrunVersion", file).map_err(at_fault)?;
    let notes = &mut Notes::new(file, warnings);
    match version.text("AWSEBDockerrunVersion").map_err(at_fault)? {
        "1" => single(fields, notes).map(Dockerrun::Single),
        "2" => task(fields, notes).map(Dockerrun::Ecs),
        "3" => {
            let authentication = authentication(&mut fields, notes);
            authentication.map(|authentication| {
                unknown(&fields, "of version 3", notes);
                Dockerrun::Compose { authentication }
            })
        }
        other => {
            let (at, version) = (version.at, crate::error::cut(other));
            return Err(Error::UnsupportedDockerrunVersion { file: file.to_owned(), at, version });
        }
    }
    .map_err(at_fault)
}

fn unknown(fields: &Fields<'_>, of: &str, notes: &mut Notes<'_>) {
    for entry in fields.rest() {
        notes.warn(entry.at, format!("{} is not known {of} and is ignored", quoted(&entry.key)));
    }
}

/// Version 1 writes its names with capitals, the others do not; the section itself is written both ways.
fn authentication(
    fields: &mut Fields<'_>,
    notes: &mut Notes<'_>,
) -> std::result::Result<Option<Authentication>, Fault> {
    let Some(node) = fields.take("Authentication").or_else(|| fields.take("authentication")) else { return Ok(None) };
    let mut fields = Fields::of(node, "Authentication")?;
    let mut either = |capital: &str, small: &str| match fields.take(capital).or_else(|| fields.take(small)) {
        Some(value) => value.text(capital).map(str::to_owned),
        None => Err(node.fault(format!("Authentication has no {capital}"))),
    };
    let (bucket, key) = (either("Bucket", "bucket")?, either("Key", "key")?);
    unknown(&fields, "in Authentication", notes);
    Ok(Some(Authentication { bucket, key }))
}

fn reference(node: &Node) -> std::result::Result<oci::Reference, Fault> {
    let text = node.text("the image's name")?;
    text.trim().parse().map_err(|error| node.fault(format!("{} is no image: {error}", quoted(text))))
}

fn port(node: &Node, what: &str) -> std::result::Result<u16, Fault> {
    match node.number::<u16>(what) {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(node.fault(format!("{what} must be a port from 1 to 65535, not {}", quoted(node.text(what)?)))),
    }
}

/// A command line, or its words as a list.
fn words(node: &Node, what: &str) -> std::result::Result<Vec<String>, Fault> {
    match &node.value {
        Value::Scalar(scalar) => {
            shell::split(&scalar.text).ok_or_else(|| node.fault(format!("a quote of {what} is not closed")))
        }
        _ => node.texts(what),
    }
}

fn single(mut fields: Fields<'_>, notes: &mut Notes<'_>) -> std::result::Result<Single, Fault> {
    let mut found = Single { authentication: authentication(&mut fields, notes)?, ..Single::default() };
    if let Some(node) = fields.take("Image") {
        let mut image = Fields::of(node, "Image")?;
        let name = reference(image.required("Name", "Image")?)?;
        let update = image.bool("Update")?.unwrap_or(true);
        unknown(&image, "in Image", notes);
        found.image = Some(Image { name, update });
    }
    if let Some(node) = fields.take("Ports") {
        for item in node.list("Ports")? {
            let mut fields = Fields::of(item, "an entry of Ports")?;
            let container = port(fields.required("ContainerPort", "an entry of Ports")?, "ContainerPort")?;
            let host = fields.take("HostPort").map(|node| port(node, "HostPort")).transpose()?.unwrap_or(container);
            unknown(&fields, "in Ports", notes);
            found.ports.push(Port { container, host });
        }
        if let Some(second) = node.list("Ports")?.get(1) {
            notes.warn(second.at, "traffic goes to the first port only");
        }
    }
    for item in fields.take("Volumes").map_or(Ok(&[][..]), |node| node.list("Volumes"))? {
        let mut fields = Fields::of(item, "an entry of Volumes")?;
        let mut text = |key: &str| fields.required(key, "an entry of Volumes")?.text(key).map(str::to_owned);
        found
            .volumes
            .push(Volume { host_directory: text("HostDirectory")?, container_directory: text("ContainerDirectory")? });
        unknown(&fields, "in Volumes", notes);
    }
    found.logging = fields.text("Logging")?;
    if let Some(node) = fields.take("Entrypoint") {
        found.entrypoint = words(node, "Entrypoint")?;
    }
    if let Some(node) = fields.take("Command") {
        found.command = words(node, "Command")?;
    }
    unknown(&fields, "of version 1", notes);
    if found.image.is_some() && found.ports.is_empty() {
        return Err(Fault::new(
            fields.at,
            "Image needs Ports with a ContainerPort: the port on which the image listens",
        ));
    }
    Ok(found)
}

fn task(mut fields: Fields<'_>, notes: &mut Notes<'_>) -> std::result::Result<Task, Fault> {
    let mut found = Task { authentication: authentication(&mut fields, notes)?, ..Task::default() };
    for item in fields.take("volumes").map_or(Ok(&[][..]), |node| node.list("volumes"))? {
        let mut fields = Fields::of(item, "an entry of volumes")?;
        let name = fields.required("name", "an entry of volumes")?;
        let mut path = None;
        if let Some(host) = fields.take("host") {
            let mut host = Fields::of(host, "host")?;
            path = host.text("sourcePath")?;
            unknown(&host, "in host", notes);
        }
        unknown(&fields, "in volumes", notes);
        if found.volumes.insert(name.text("name")?.to_owned(), path).is_some() {
            return Err(name.fault(format!("the volume {} is here twice", quoted(name.text("name")?))));
        }
    }
    let definitions = fields.required("containerDefinitions", "a Dockerrun.aws.json of version 2")?;
    let items = definitions.list("containerDefinitions")?;
    if items.is_empty() || items.len() > limits::SERVICES {
        return Err(definitions.fault(format!("containerDefinitions must have 1 to {} containers", limits::SERVICES)));
    }
    for item in items {
        let container = container(item, notes)?;
        if found.containers.iter().any(|before| before.name == container.name) {
            return Err(item.fault(format!("the container {} is here twice", quoted(&container.name))));
        }
        for mount in &container.mounts {
            let is_log = mount.volume.strip_prefix("awseb-logs-").is_some();
            if !is_log && !found.volumes.contains_key(&mount.volume) {
                return Err(
                    item.fault(format!("mountPoints names the volume {}, which volumes lacks", quoted(&mount.volume)))
                );
            }
        }
        found.containers.push(container);
    }
    for (container, item) in found.containers.iter().zip(items) {
        for other in container.links.values().chain(container.volumes_from.keys()) {
            if !found.containers.iter().any(|known| known.name == *other) {
                return Err(item.fault(format!(
                    "{} names the container {}, which is not here",
                    container.name,
                    quoted(other)
                )));
            }
        }
    }
    if !found.containers.iter().any(|container| container.essential) {
        return Err(definitions.fault("at least one container must be essential"));
    }
    for entry in fields.rest() {
        match &*entry.key {
            "family" | "networkMode" => notes.warn(entry.at, format!("{} is not honoured", entry.key)),
            _ => notes.warn(entry.at, format!("{} is not known of version 2 and is ignored", quoted(&entry.key))),
        }
    }
    Ok(found)
}

/// Keys of a container that ECS knows and that are not honoured here.
const NOT_HONOURED: [&str; 19] = [
    "credentialSpecs",
    "dependsOn",
    "disableNetworking",
    "dnsSearchDomains",
    "dnsServers",
    "dockerSecurityOptions",
    "environmentFiles",
    "firelensConfiguration",
    "healthCheck",
    "interactive",
    "logConfiguration",
    "pseudoTerminal",
    "repositoryCredentials",
    "resourceRequirements",
    "restartPolicy",
    "secrets",
    "startTimeout",
    "stopTimeout",
    "systemControls",
];

fn container(item: &Node, notes: &mut Notes<'_>) -> std::result::Result<Container, Fault> {
    const WHAT: &str = "a container";
    const MIB: u64 = 1 << 20;
    let mut fields = Fields::of(item, WHAT)?;
    let name = fields.required("name", WHAT)?;
    let plain = |next: char| next.is_ascii_alphanumeric() || matches!(next, '-' | '_');
    if !name.text("name")?.chars().all(plain) || name.text("name")?.is_empty() {
        return Err(name.fault("a container's name is letters, digits, - and _"));
    }
    if let Some(node) = fields.take("privileged").filter(|node| !matches!(node.bool("privileged"), Ok(false))) {
        return Err(node.fault("privileged is refused: an application must not get out of its container"));
    }
    if let Some(node) = fields.take("linuxParameters") {
        for entry in node.map("linuxParameters")? {
            if matches!(&*entry.key, "devices" | "capabilities") {
                return Err(Fault::new(
                    entry.at,
                    format!("{} is refused: an application must not get out of its container", entry.key),
                ));
            }
            notes.warn(entry.at, format!("{} of linuxParameters is not honoured", quoted(&entry.key)));
        }
    }
    let mut found = Container {
        name: name.text("name")?.to_owned(),
        image: reference(fields.required("image", WHAT)?)?,
        essential: fields.bool("essential")?.unwrap_or(true),
        memory: fields.number::<u32>("memory")?.map(|mib| u64::from(mib) * MIB),
        memory_reservation: fields.number::<u32>("memoryReservation")?.map(|mib| u64::from(mib) * MIB),
        cpu: fields.number("cpu")?,
        ports: Vec::new(),
        environment: Variables::new(),
        links: BTreeMap::new(),
        mounts: Vec::new(),
        volumes_from: BTreeMap::new(),
        command: fields.texts("command")?,
        entry_point: fields.texts("entryPoint")?,
        working_directory: fields.text("workingDirectory")?,
        user: fields.text("user")?,
        hostname: fields.text("hostname")?,
        extra_hosts: BTreeMap::new(),
        labels: BTreeMap::new(),
        ulimits: BTreeMap::new(),
        read_only: fields.bool("readonlyRootFilesystem")?.unwrap_or(false),
    };
    if found.memory.is_none() && found.memory_reservation.is_none() {
        return Err(item.fault(format!("the container {} needs memory or memoryReservation, in MiB", found.name)));
    }
    for link in fields.texts("links")? {
        let (container, alias) = link.split_once(':').unwrap_or((&link, &link));
        found.links.insert(alias.to_owned(), container.to_owned());
    }
    for entry in fields.take("dockerLabels").map_or(Ok(&[][..]), |node| node.map("dockerLabels"))? {
        found.labels.insert(entry.key.to_string(), entry.value.text("a label")?.to_owned());
    }
    lists(&mut fields, &mut found, notes)?;
    for entry in fields.rest() {
        let known = NOT_HONOURED.contains(&&*entry.key);
        let why = if known { "is not honoured" } else { "is not known in a container and is ignored" };
        notes.warn(entry.at, format!("{} {why}", quoted(&entry.key)));
    }
    Ok(found)
}

/// The lists of mappings of a container.
fn lists(fields: &mut Fields<'_>, found: &mut Container, notes: &mut Notes<'_>) -> std::result::Result<(), Fault> {
    let mut each = |key: &str, one: &mut dyn FnMut(&Node, &mut Fields<'_>) -> std::result::Result<(), Fault>| {
        for item in fields.take(key).map_or(Ok(&[][..]), |node| node.list(key))? {
            let mut inner = Fields::of(item, &format!("an entry of {key}"))?;
            one(item, &mut inner)?;
            unknown(&inner, &format!("in {key}"), notes);
        }
        Ok(())
    };
    let text = |fields: &mut Fields<'_>, key: &str| -> std::result::Result<String, Fault> {
        fields.required(key, "an entry")?.text(key).map(str::to_owned)
    };
    each("portMappings", &mut |_, fields| {
        let container = port(fields.required("containerPort", "an entry of portMappings")?, "containerPort")?;
        let host = match fields.take("hostPort") {
            Some(node) if node.text("hostPort")? != "0" => Some(port(node, "hostPort")?),
            _ => None,
        };
        let is_udp = match fields.take("protocol") {
            None => false,
            Some(node) => match node.text("protocol")? {
                "tcp" => false,
                "udp" => true,
                other => return Err(node.fault(format!("protocol must be tcp or udp, not {}", quoted(other)))),
            },
        };
        found.ports.push(PortMapping { container, host, is_udp });
        Ok(())
    })?;
    each("environment", &mut |_, fields| {
        let value = fields.text("value")?.unwrap_or_default();
        found.environment.insert(text(fields, "name")?, value);
        Ok(())
    })?;
    each("mountPoints", &mut |_, fields| {
        let read_only = fields.bool("readOnly")?.unwrap_or(false);
        found.mounts.push(MountPoint {
            volume: text(fields, "sourceVolume")?,
            path: text(fields, "containerPath")?,
            read_only,
        });
        Ok(())
    })?;
    each("volumesFrom", &mut |_, fields| {
        let read_only = fields.bool("readOnly")?.unwrap_or(false);
        found.volumes_from.insert(text(fields, "sourceContainer")?, read_only);
        Ok(())
    })?;
    each("extraHosts", &mut |item, fields| {
        let address = text(fields, "ipAddress")?;
        let address = address.parse().map_err(|_| item.fault(format!("{} is no address", quoted(&address))))?;
        found.extra_hosts.insert(text(fields, "hostname")?, address);
        Ok(())
    })?;
    each("ulimits", &mut |_, fields| {
        let soft = fields.required("softLimit", "a ulimit")?.number("softLimit")?;
        let hard = fields.required("hardLimit", "a ulimit")?.number("hardLimit")?;
        found.ulimits.insert(text(fields, "name")?, Ulimit { soft, hard });
        Ok(())
    })
}
