//! From what was typed to what the daemon is asked for.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use build_client::{Build, Call, Entry, Filed, Offers, Sink, Worker};

use super::inputs;
use super::options::BuildArgs;
use super::spec::{self, Output, Question};
use super::stores;
use crate::credentials::DockerConfig;
use crate::flags::parse_bool;
use crate::parse::limit;
use crate::units::parse_size;

/// A builder with this label keeps images as they come from a registry. It can push and build for several platforms.
const IMAGE_STORE: &str = "org.mobyproject.buildkit.worker.snapshotter";
/// The host's own address, as containers see it.
const GATEWAY: &str = "org.mobyproject.buildkit.worker.moby.host-gateway-ip";

/// What was typed, judged.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) build: Build,
    pub(super) question: Question,
    /// The Dockerfile's path, for people.
    pub(super) shown: String,
    /// Names by which the image is pushed when it is built.
    pub(super) push: Vec<oci::Reference>,
}

/// What of a request may fail before anything is built. It is said differently: see [`Fault`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A flag.
    Flag(String),
    /// What is to be built.
    Build(String),
}

impl From<String> for Fault {
    fn from(words: String) -> Self {
        Self::Build(words)
    }
}

/// buildx's variable that says that nothing is to be said of results unless it is asked for.
const NO_ATTESTATIONS: &str = "BUILDX_NO_DEFAULT_ATTESTATIONS";

fn flag(words: impl Into<String>) -> Fault {
    Fault::Flag(words.into())
}

/// Judges what was typed. Files of outputs are made.
pub(super) fn request(args: &BuildArgs, workers: &[Worker], config: DockerConfig) -> Result<Request, Fault> {
    let mut question = spec::question(if args.check { "check" } else { &args.call }).map_err(flag)?;
    if args.check {
        question.ignore_status |= spec::question(&args.call).is_ok_and(|called| called.ignore_status);
    }
    let label = |name: &str| workers.iter().find_map(|worker| worker.labels.get(name)).map(String::as_str);
    let build_args = build_args(args).map_err(flag)?;
    let labels = spec::pairs(&args.label, false).map_err(flag)?;
    let attestations = spec::attestations(&args.attest, args.provenance.as_deref(), args.sbom.as_deref());
    let attestations = attestations.map_err(flag)?;
    let given: Result<Vec<Output>, String> =
        args.output.iter().filter(|text| !text.is_empty()).map(|text| spec::output(text)).collect();
    let given = given.map_err(flag)?;
    let only_files = |output: &Output| matches!(output.kind.as_str(), "local" | "tar");
    if args.iidfile.is_some() && given.iter().any(only_files) {
        return Err(flag("local and tar exporters are incompatible with image ID file"));
    }
    let cache_from = spec::caches(&args.cache_from).map_err(flag)?;
    let mut cache_to = spec::caches(&args.cache_to).map_err(flag)?;
    if build_args.get("BUILDKIT_INLINE_CACHE").is_some_and(|value| parse_bool(value) == Ok(true)) {
        cache_to.push(Entry { kind: "inline".into(), ..Entry::default() });
    }
    let mut offers = Offers::default();
    for text in args.secret.iter().filter(|text| !text.is_empty()) {
        let (id, source) = spec::secret(text)?;
        offers.secrets.insert(id, source);
    }
    agents(args, &mut offers)?;
    if args.no_cache && !args.no_cache_filter.is_empty() {
        return Err(Fault::Build("--no-cache and --no-cache-filter cannot currently be used together".into()));
    }
    let inputs = inputs::prepare(args, &mut offers)?;
    let mut attrs = inputs.attrs;
    plain_attrs(args, &mut attrs)?;
    match args.add_host.is_empty() {
        true => {}
        false => drop(attrs.insert("add-hosts".into(), spec::hosts(&args.add_host, label(GATEWAY))?)),
    }
    let has_store = label(IMAGE_STORE).is_some();
    platforms(args, has_store, &mut attrs)?;
    let unwanted = std::env::var(NO_ATTESTATIONS).is_ok_and(|value| crate::flags::parse_bool(&value) == Ok(true));
    if has_store && !unwanted && !attestations.contains_key("provenance") {
        // As buildx does: the least, and with images alone.
        attrs.insert("attest:provenance".into(), "mode=min,inline-only=true".into());
    }
    for (kind, parameters) in &attestations {
        if let Some(parameters) = parameters {
            refuse_without(has_store, "Attestation", "attestations")?;
            attrs.insert(format!("attest:{kind}"), parameters.clone());
        }
    }
    if !inputs.capabilities.is_empty() {
        let mut capabilities = inputs.capabilities;
        capabilities.sort_unstable();
        attrs.insert("frontend.caps".into(), capabilities.join(","));
    }
    let frontend = frontend(&build_args, &mut attrs);
    attrs.extend(labels.into_iter().map(|(key, value)| (format!("label:{key}"), value)));
    attrs.extend(proxies(&config, &build_args));
    attrs.extend(build_args.into_iter().map(|(key, value)| (format!("build-arg:{key}"), value)));
    let entitlements = entitlements(args)?;
    let cache_from = stores::imports(cache_from, &mut offers)?;
    // Whoever reads and writes the same directory may write it.
    let mut filed = stores::exports(&cache_to, &mut offers)?;
    let (outputs, push) = outputs(args, given, has_store, &question, &mut offers, &mut filed)?;
    offers.credentials = Arc::new(move |host| config.credentials(host));
    let call = if question.name.is_empty() { Call::Build } else { Call::Question(question.name.clone()) };
    let build = Build { frontend, attrs, call, outputs, cache_from, cache_to, filed, entitlements, offers };
    Ok(Request { build, question, shown: inputs.shown, push })
}

fn build_args(args: &BuildArgs) -> Result<BTreeMap<String, String>, String> {
    if std::env::var_os("EXPERIMENTAL_BUILDKIT_SOURCE_POLICY").is_some_and(|value| !value.is_empty()) {
        return Err(
            "EXPERIMENTAL_BUILDKIT_SOURCE_POLICY is set, but this client sends no source policy: unset it".into()
        );
    }
    let mut found = spec::pairs(&args.build_arg, true)?;
    if let Some(value) = std::env::var("SOURCE_DATE_EPOCH").ok().filter(|value| !value.is_empty()) {
        found.entry("SOURCE_DATE_EPOCH".into()).or_insert(value);
    }
    Ok(found)
}

fn agents(args: &BuildArgs, offers: &mut Offers) -> Result<(), Fault> {
    let mut given: Vec<&str> = args.ssh.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    if given.is_empty() && inputs::is_git_ssh(&args.context) {
        given.push("default");
    }
    for text in given {
        let (id, socket) = spec::agent(text)?;
        if offers.agents.insert(id.clone(), socket).is_some() {
            return Err(Fault::Build(format!("duplicate agent ID {id:?}")));
        }
    }
    Ok(())
}

/// Parameters that are said as they are typed.
fn plain_attrs(args: &BuildArgs, attrs: &mut BTreeMap<String, String>) -> Result<(), Fault> {
    let mut set = |name: &str, value: &str| attrs.insert(name.to_owned(), value.to_owned());
    if let Some(parent) = args.cgroup_parent.as_deref().filter(|parent| !parent.is_empty()) {
        set("cgroup-parent", parent);
    }
    // A daemon's own builder takes images that are here already, unless told otherwise.
    set("image-resolve-mode", if args.pull { "pull" } else { "local" });
    if let Some(target) = args.target.as_deref().filter(|target| !target.is_empty()) {
        set("target", target);
    }
    if !args.no_cache_filter.is_empty() {
        set("no-cache", &args.no_cache_filter.join(","));
    }
    if args.no_cache {
        set("no-cache", "");
    }
    match args.network.as_str() {
        mode @ ("host" | "none") => drop(set("force-network-mode", mode)),
        "" | "default" => {}
        other => {
            return Err(Fault::Build(format!(
                "network mode {other:?} not supported by buildkit - it is default, none or host"
            )));
        }
    }
    if let Some(size) = &args.shm_size {
        let size = parse_size(size).map_err(flag)?;
        if size > 0 {
            set("shm-size", &size.to_string());
        }
    }
    let mut limits = Vec::new();
    for text in &args.ulimit {
        let limit = limit::ulimit(text).map_err(flag)?;
        let (name, soft, hard) = (&limit["Name"], &limit["Soft"], &limit["Hard"]);
        limits.push(format!("{}={soft}:{hard}", name.as_str().unwrap_or_default()));
    }
    if !limits.is_empty() {
        set("ulimit", &limits.join(","));
    }
    Ok(())
}

fn platforms(args: &BuildArgs, has_store: bool, attrs: &mut BTreeMap<String, String>) -> Result<(), Fault> {
    let mut found: Vec<String> = Vec::new();
    for text in args.platform.iter().flat_map(|text| text.split(',')).filter(|text| !text.trim().is_empty()) {
        let platform = spec::platform(text)?;
        if !found.contains(&platform) {
            found.push(platform);
        }
    }
    if found.len() > 1 {
        refuse_without(has_store, "Multi-platform build", "build-multi-platform")?;
    }
    if !found.is_empty() {
        attrs.insert("platform".into(), found.join(","));
    }
    Ok(())
}

fn refuse_without(has_store: bool, what: &str, page: &str) -> Result<(), Fault> {
    if has_store {
        return Ok(());
    }
    Err(Fault::Build(format!(
        "{what} is not supported for the docker driver.\nSwitch to a different driver, or turn on the containerd image \
         store, and try again.\nLearn more at https://docs.docker.com/go/{page}/"
    )))
}

/// What the build is allowed beyond the usual.
fn entitlements(args: &BuildArgs) -> Result<Vec<String>, Fault> {
    let mut found: Vec<String> = args.allow.iter().filter(|text| !text.is_empty()).cloned().collect();
    for text in &found {
        let name = text.split('=').next().unwrap_or_default();
        if !matches!(name, "network.host" | "security.insecure" | "device") {
            return Err(Fault::Build(format!("unknown entitlement {text}")));
        }
    }
    if args.network == "host" {
        found.push("network.host".into());
    }
    Ok(found)
}

/// Which frontend reads the Dockerfile: the daemon's own, or an image that the build argument names.
fn frontend(build_args: &BTreeMap<String, String>, attrs: &mut BTreeMap<String, String>) -> String {
    if build_args.get("BUILDKIT_MULTI_PLATFORM").is_some_and(|value| parse_bool(value) == Ok(true)) {
        attrs.insert("multi-platform".into(), "true".into());
    }
    let Some(syntax) = build_args.get("BUILDKIT_SYNTAX") else { return "dockerfile.v0".into() };
    let source = syntax.split_whitespace().next().unwrap_or_default();
    attrs.insert("source".into(), source.to_owned());
    attrs.insert("cmdline".into(), syntax.clone());
    "gateway.v0".into()
}

fn proxies(config: &DockerConfig, build_args: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let proxies = config.proxies().into_iter().filter(|(name, _)| !build_args.contains_key(*name));
    proxies.map(|(name, value)| (format!("build-arg:{name}"), value)).collect()
}

/// What comes of the build; where it goes is offered to the daemon.
fn outputs(
    args: &BuildArgs,
    mut given: Vec<Output>,
    has_store: bool,
    question: &Question,
    offers: &mut Offers,
    filed: &mut Vec<Filed>,
) -> Result<(Vec<Entry>, Vec<oci::Reference>), Fault> {
    for output in &mut given {
        if output.kind == "registry" {
            "image".clone_into(&mut output.kind);
            output.attrs.insert("push".into(), "true".into());
        }
    }
    if args.push {
        let images: Vec<&mut Output> = given.iter_mut().filter(|output| output.kind == "image").collect();
        let none = images.is_empty();
        images.into_iter().for_each(|output| drop(output.attrs.insert("push".into(), "true".into())));
        if none {
            let attrs = BTreeMap::from([("push".to_owned(), "true".to_owned())]);
            given.push(Output { kind: "image".into(), attrs, ..Output::default() });
        }
    }
    let loads = |output: &Output| output.kind == "docker" && output.destination.is_empty();
    if args.load && !given.iter().any(loads) {
        given.push(Output { kind: "docker".into(), ..Output::default() });
    }
    if given.is_empty() && question.name.is_empty() && !no_default_load() {
        given.push(Output { kind: "image".into(), ..Output::default() });
    }
    let annotations = spec::annotations(&args.annotation)?;
    let names = names(args)?;
    let mut entries = Vec::new();
    let (mut to_stdout, mut push) = (false, Vec::new());
    for mut output in given.into_iter().filter(|output| output.kind != "cacheonly") {
        output.attrs.extend(annotations.clone());
        if matches!(output.kind.as_str(), "image" | "oci" | "docker") && !names.is_empty() {
            output.attrs.insert("name".into(), names.join(","));
        }
        if output.kind == "image" {
            push.extend(pushed(&mut output, has_store)?);
        }
        if let Some(sink) = sink(&output, &mut to_stdout)? {
            offers.sinks.insert(entries.len(), sink);
        }
        filed.extend(stores::output(&output, offers)?);
        // The daemon's own images.
        if output.kind == "image" || loads(&output) {
            "moby".clone_into(&mut output.kind);
        }
        entries.push(Entry { kind: output.kind, attrs: output.attrs });
    }
    Ok((entries, push))
}

/// The names by which an image is to be pushed when it is built, where the builder does not do that by itself.
fn pushed(output: &mut Output, has_store: bool) -> Result<Vec<oci::Reference>, Fault> {
    let said = |name: &str| output.attrs.get(name).is_some_and(|value| parse_bool(value) == Ok(true));
    if !said("push") {
        return Ok(Vec::new());
    }
    let names = output.attrs.get("name").cloned().unwrap_or_default();
    if names.is_empty() {
        return Err(Fault::Build("tag is needed when pushing to registry".into()));
    }
    if has_store {
        return Ok(Vec::new());
    }
    if said("push-by-digest") {
        return Err(Fault::Build("push-by-digest is not supported by this daemon's builder".into()));
    }
    output.attrs.remove("push");
    let parse = |name: &str| match name.parse::<oci::Reference>() {
        Ok(name) => Ok(name.or_latest()),
        Err(error) => Err(Fault::Build(format!("invalid tag {name:?}: {error}"))),
    };
    names.split(',').map(parse).collect()
}

fn no_default_load() -> bool {
    std::env::var("BUILDX_NO_DEFAULT_LOAD").is_ok_and(|value| parse_bool(&value) == Ok(true))
}

fn names(args: &BuildArgs) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for tag in &args.tag {
        tag.parse::<oci::Reference>().map_err(|error| Fault::Build(format!("invalid tag {tag:?}: {error}")))?;
        names.push(tag.clone());
    }
    Ok(names)
}

/// Where an output goes; nowhere on this side when it stays with the daemon.
fn sink(output: &Output, to_stdout: &mut bool) -> Result<Option<Sink>, Fault> {
    let kind = output.kind.as_str();
    let destination = output.destination.as_str();
    let path = Path::new(destination);
    let (as_file, as_directory) = match kind {
        "local" => (false, true),
        "tar" => (true, false),
        "oci" if stores::is_layout(output) => (false, true),
        "docker" if output.attrs.get("tar").is_some_and(|value| parse_bool(value) == Ok(false)) => {
            return Err(Fault::Build(
                "the output type=docker,tar=false is not supported: this client takes an archive only; leave tar=false \
                 out and unpack it, or take type=oci"
                    .into(),
            ));
        }
        "oci" => (true, false),
        "docker" => (!destination.is_empty(), false),
        _ => (false, false),
    };
    if as_directory {
        return match destination {
            "" => Err(Fault::Build(format!("dest is required for {kind} exporter"))),
            "-" => Err(Fault::Build(format!("dest cannot be stdout for {kind} exporter"))),
            _ if path.exists() && !path.is_dir() => {
                Err(Fault::Build(format!("destination directory {destination} is a file")))
            }
            _ if kind == "local" => Ok(Some(Sink::Directory(path.to_owned()))),
            // It is no stream that goes there.
            _ => Ok(None),
        };
    }
    if !as_file {
        return Ok(None);
    }
    if matches!(destination, "" | "-") {
        if std::mem::replace(to_stdout, true) {
            return Err(Fault::Build("multiple outputs configured to write to stdout".into()));
        }
        if std::io::stdout().is_terminal() {
            let words = format!("dest file is required for {kind} exporter. refusing to write to console");
            return Err(Fault::Build(words));
        }
        let stdout = std::os::fd::AsFd::as_fd(&std::io::stdout()).try_clone_to_owned();
        let stdout = stdout.map_err(|error| Fault::Build(format!("standard output: {error}")))?;
        return Ok(Some(Sink::file(stdout.into())));
    }
    if path.is_dir() {
        return Err(Fault::Build(format!("destination file {destination} is a directory")));
    }
    let file = build_client::create(path).map_err(|error| {
        Fault::Build(format!("failed to open open {destination}: {}", crate::parse::env::words_of(&error)))
    })?;
    Ok(Some(Sink::file(file)))
}
