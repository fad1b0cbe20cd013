//! What a client asks of the Dockerfile frontend: options by name become a [`Request`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use build::{Context, DockerfileAt, Import, NoCache, Product, Request, StepNetwork};
use engine::container::spec::Ulimit;
use grpc::Status;
use image::{Compression, LayersAs};
use oci::image::Platform;

use crate::{attest, caches, errors};

/// An option that makes no sense, or that this version does not carry out.
type Result<T> = std::result::Result<T, Status>;

/// What is asked.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The build.
    pub(crate) request: Request,
    /// Instead of a build, this is wanted (`frontend.lint`).
    pub(crate) call: Option<String>,
    /// The result is to name its platform even if it is one.
    pub(crate) multi_platform: bool,
    /// Directories that come from another session than the build's: the session's id by the directory's name.
    pub(crate) sessions: HashMap<String, String>,
}

/// Rights that a build was given (`--allow`).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rights {
    pub(crate) host_network: bool,
    pub(crate) insecure: bool,
}

impl Rights {
    /// Reads `--allow`.
    pub(crate) fn read(entitlements: &[String]) -> Result<Self> {
        let mut rights = Self::default();
        for one in entitlements {
            match one.as_str() {
                "network.host" => rights.host_network = true,
                "security.insecure" => rights.insecure = true,
                other => return Err(Status::invalid_argument(format!("unknown entitlement {other:?}"))),
            }
        }
        Ok(rights)
    }
}

/// Options whose value is told to nobody: they say what the client can do, or how it likes things shown.
const OF_THE_CLIENT: &[&str] = &["frontend.caps", "cmdline", "source"];

/// Reads the options of a frontend. `inputs` are results of other builds of the client's, by name.
pub(crate) fn read(
    frontend: &str,
    options: &HashMap<String, String>,
    inputs: &HashMap<String, Arc<Product>>,
    rights: Rights,
) -> Result<Asked> {
    let mut asked = Asked::default();
    let request = &mut asked.request;
    request.allow_host_network = rights.host_network;
    request.allow_insecure = rights.insecure;
    // In one order, so that of two mistakes the same one is named each time.
    let options: BTreeMap<&str, &str> = options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for (&name, &value) in &options {
        let request = &mut asked.request;
        match name {
            "target" => request.target = value.to_owned(),
            "platform" => request.platforms = platforms(value)?,
            "no-cache" => request.no_cache = no_cache(value),
            "image-resolve-mode" => request.pull = pull(value)?,
            "add-hosts" => request.hosts = hosts(value)?,
            "force-network-mode" => request.network = network(value)?,
            "shm-size" => request.shm_size = number("shm-size", value)?,
            "ulimit" => request.ulimits = ulimits(value)?,
            "cgroup-parent" => request.cgroup_parent = value.to_owned(),
            "hostname" => request.hostname = value.to_owned(),
            "multi-platform" => asked.multi_platform = boolean("multi-platform", value)?,
            // `dabba build --debug-shell`.
            "dabba.keep-failed" => {
                let name = value.parse().map_err(|error| Status::invalid_argument(format!("{value}: {error}")))?;
                request.keep_failed = Some(name);
            }
            "requestid" => asked.call = Some(value.to_owned()),
            "cache-imports" => caches::add(&mut request.imports, cache_imports(value)?)?,
            "cache-from" => {
                let names = value.split(',').filter(|one| !one.is_empty());
                let found: Result<Vec<Import>> = names.map(|name| caches::named(name).map(Import::Reference)).collect();
                caches::add(&mut request.imports, found?)?;
            }
            "context" | "contextkey" | "dockerfilekey" | "filename" => {}
            _ if OF_THE_CLIENT.contains(&name) || name.starts_with("input-metadata:") => {}
            // From which commit it is built: for the provenance.
            _ if name.starts_with("vcs:") => {}
            _ => prefixed(&mut asked, inputs, name, value)?,
        }
    }
    let request = &mut asked.request;
    if let Some(name) = request.args.get("BUILDKIT_SANDBOX_HOSTNAME").filter(|name| !name.is_empty()) {
        request.hostname.clone_from(name);
    }
    if let Some(value) = request.args.get("BUILDKIT_MULTI_PLATFORM").filter(|value| !value.is_empty()) {
        asked.multi_platform = boolean("multi-platform", value)?;
    }
    places(&options, inputs, request)?;
    if let Some(provenance) = &mut request.attest.provenance {
        attest::tell(frontend, &options, provenance);
    }
    Ok(asked)
}

fn prefixed(asked: &mut Asked, inputs: &HashMap<String, Arc<Product>>, name: &str, value: &str) -> Result<()> {
    let request = &mut asked.request;
    match name.split_once(':') {
        Some(("build-arg", name)) => {
            request.args.insert(name.to_owned(), value.to_owned());
        }
        Some(("label", name)) => {
            request.labels.insert(name.to_owned(), value.to_owned());
        }
        Some(("context", name)) => {
            request.named.insert(name.to_owned(), named(name, value, inputs)?);
        }
        Some(("local-sessionid", name)) => {
            asked.sessions.insert(name.to_owned(), value.to_owned());
        }
        Some(("attest", kind)) => attest::read(kind, value, &mut request.attest)?,
        _ => return Err(not_implemented(&format!("the frontend's option {name:?}"))),
    }
    Ok(())
}

/// Where the context is and where the Dockerfile.
fn places(options: &BTreeMap<&str, &str>, inputs: &HashMap<String, Arc<Product>>, request: &mut Request) -> Result<()> {
    let key = options.get("contextkey").copied().unwrap_or("context");
    let context = options.get(key).copied().unwrap_or_default();
    let path = options.get("filename").copied().unwrap_or("Dockerfile").to_owned();
    let folder = options.get("dockerfilekey").copied();
    request.context = match remote(context) {
        Some(context) => context,
        None if !context.is_empty() => named("context", context, inputs)?,
        None => match inputs.get("context") {
            Some(product) => Context::Product(Arc::clone(product)),
            None => Context::Local(key.to_owned()),
        },
    };
    let is_local = matches!(request.context, Context::Local(_));
    request.dockerfile = match folder {
        Some(name) => DockerfileAt::Local { name: name.to_owned(), path },
        None if is_local => DockerfileAt::Local { name: "dockerfile".into(), path },
        None => DockerfileAt::Context { path },
    };
    Ok(())
}

/// A context somewhere in the network; `None` for what is none.
fn remote(value: &str) -> Option<Context> {
    if build::is_git(value) {
        return Some(Context::Git(value.to_owned()));
    }
    let web = value.starts_with("http://") || value.starts_with("https://");
    web.then(|| Context::Http(value.to_owned()))
}

/// A context by a kind and a place: `docker-image://alpine`, `local:sources`, `input:base`, a URL.
fn named(name: &str, value: &str, inputs: &HashMap<String, Arc<Product>>) -> Result<Context> {
    if let Some(context) = remote(value) {
        return Ok(context);
    }
    let unknown = || Status::invalid_argument(format!("invalid context specifier {value} for {name}"));
    let (kind, place) = value.split_once(':').ok_or_else(unknown)?;
    match kind {
        "docker-image" => match place.trim_start_matches("//") {
            "scratch" => Ok(Context::Empty),
            image => Ok(Context::Image(image.to_owned())),
        },
        "local" => Ok(Context::Local(place.trim_start_matches("//").to_owned())),
        "input" => match inputs.get(place) {
            Some(product) => Ok(Context::Product(Arc::clone(product))),
            None => Err(Status::invalid_argument(format!("invalid input {place:?} for {name}: no such input"))),
        },
        "oci-layout" => layout(place.trim_start_matches("//")).ok_or_else(unknown),
        _ => Err(Status::invalid_argument(format!("unsupported context source {kind} for {name}"))),
    }
}

/// `STORE:TAG@DIGEST`, of which the tag says what the digest says better, and may be missing.
fn layout(place: &str) -> Option<Context> {
    let (name, digest) = place.rsplit_once('@')?;
    let store = name.split(':').next().filter(|store| !store.is_empty())?.to_owned();
    Some(Context::Layout { store, digest: digest.parse().ok()? })
}

fn platforms(value: &str) -> Result<Vec<Platform>> {
    let parts = value.split(',').filter(|one| !one.is_empty());
    parts.map(|one| build::parse_platform(one).map_err(|error| errors::status(&error))).collect()
}

fn no_cache(value: &str) -> NoCache {
    let stages: BTreeSet<String> = value.split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect();
    if stages.is_empty() { NoCache::All } else { NoCache::Stages(stages) }
}

/// The options that say what layers leave as.
pub(crate) const LAYERS: &[&str] = &["compression", "compression-level", "force-compression"];

/// What layers leave as, by an exporter's options or a cache's.
pub(crate) fn layers(options: &HashMap<String, String>) -> Result<LayersAs> {
    let option = |name: &str| options.get(name).filter(|value| !value.is_empty());
    let level = option("compression-level").map(|text| {
        let wrong = |_| Status::invalid_argument(format!("invalid compression-level {text:?}: it is a number"));
        text.parse::<u32>().map_err(wrong)
    });
    let level = level.transpose()?;
    let name = option("compression").map_or("gzip", String::as_str);
    if !matches!(name, "uncompressed" | "gzip" | "zstd") {
        return Err(not_implemented(&format!("the option \"compression={name}\"")));
    }
    let compression = Compression::new(name, level).ok_or_else(|| {
        let level = level.unwrap_or_default();
        Status::invalid_argument(format!("compression={name} has no level {level}: gzip has 0 to 9, zstd 0 to 22"))
    })?;
    let force = option("force-compression").map_or(Ok(false), |text| boolean("force-compression", text))?;
    Ok(LayersAs { compression, force })
}

/// Whether registries are asked for images that are here.
pub(crate) fn pull(value: &str) -> Result<bool> {
    match value {
        "" | "default" | "local" => Ok(false),
        "pull" => Ok(true),
        other => Err(Status::invalid_argument(format!("invalid image-resolve-mode: {other}"))),
    }
}

fn hosts(value: &str) -> Result<Vec<(String, String)>> {
    let one = |field: &String| {
        let invalid = || Status::invalid_argument(format!("failed to parse additional hosts: invalid pair {field}"));
        let (host, address) = field.split_once('=').ok_or_else(invalid)?;
        if address != "host-gateway" && address.parse::<IpAddr>().is_err() {
            return Err(invalid());
        }
        Ok((host.to_ascii_lowercase(), address.to_owned()))
    };
    fields(value).iter().map(one).collect()
}

fn network(value: &str) -> Result<StepNetwork> {
    match value {
        "" | "sandbox" => Ok(StepNetwork::Bridge),
        "host" => Ok(StepNetwork::Host),
        "none" => Ok(StepNetwork::None),
        other => Err(Status::invalid_argument(format!("invalid netmode {other}"))),
    }
}

fn ulimits(value: &str) -> Result<Vec<Ulimit>> {
    let one = |field: &String| {
        let invalid = || Status::invalid_argument(format!("failed to parse ulimit: {field:?} is no NAME=SOFT[:HARD]"));
        let (name, limits) = field.split_once('=').ok_or_else(invalid)?;
        let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
        let limit = |text: &str| text.parse::<i64>().ok().filter(|limit| *limit >= -1).ok_or_else(invalid);
        Ok(Ulimit { name: name.to_owned(), soft: limit(soft)?, hard: limit(hard)? })
    };
    fields(value).iter().map(one).collect()
}

/// The fields of one line of CSV.
pub(crate) fn fields(line: &str) -> Vec<String> {
    let (mut found, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => found.push(std::mem::take(&mut field)),
            _ => field.push(letter),
        }
    }
    if !field.is_empty() || !found.is_empty() {
        found.push(field);
    }
    found
}

/// The caches in a JSON list of them.
fn cache_imports(value: &str) -> Result<Vec<Import>> {
    #[derive(serde::Deserialize)]
    struct Entry {
        #[serde(rename = "Type")]
        kind: String,
        #[serde(rename = "Attrs", default)]
        attributes: HashMap<String, String>,
    }
    let entries: Option<Vec<Entry>> = serde_json::from_str(value)
        .map_err(|error| Status::invalid_argument(format!("failed to unmarshal cache-imports: {error}")))?;
    let entries = entries.unwrap_or_default().into_iter();
    entries.map(|entry| caches::import(&entry.kind, &entry.attributes)).collect()
}

fn number(name: &str, value: &str) -> Result<u64> {
    if value.is_empty() {
        return Ok(0);
    }
    value.parse().map_err(|_| Status::invalid_argument(format!("failed to parse {name}: {value:?} is no number")))
}

/// As Go reads it.
pub(crate) fn boolean(name: &str, value: &str) -> Result<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(Status::invalid_argument(format!("invalid boolean value for {name}: {value}"))),
    }
}

pub(crate) fn not_implemented(what: &str) -> Status {
    Status::unimplemented(format!("{what} is not implemented by this version of dabba"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(options: &[(&str, &str)]) -> Result<Asked> {
        let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let inputs = HashMap::from([("base".to_owned(), Arc::new(Product::default()))]);
        read("dockerfile.v0", &options, &inputs, Rights::default())
    }

    #[test]
    fn what_buildx_sends_is_understood() {
        let asked = asked(&[
            ("filename", "a/Dockerfile"),
            ("target", "final"),
            ("platform", "linux/x86_64,linux/arm64/v8"),
            ("build-arg:A", "1"),
            ("build-arg:BUILDKIT_SANDBOX_HOSTNAME", "box"),
            ("label:x.y", "z"),
            ("no-cache", ""),
            ("add-hosts", "Some=10.0.0.1,six=::1"),
            ("force-network-mode", "host"),
            ("shm-size", "1048576"),
            ("ulimit", "nofile=1024:2048,core=0"),
            ("image-resolve-mode", "pull"),
            ("context:base", "input:base"),
            ("input-metadata:base", "{}"),
            ("context:alpine", "docker-image://alpine:3"),
            ("context:src", "local:src"),
            ("context:repo", "https://example.com/x.git#main"),
            ("context:none", "docker-image://scratch"),
            ("context:layout", &format!("oci-layout://abc:latest@{}", oci::Digest::sha256([7; 32]))),
            ("local-sessionid:context", "other"),
            ("vcs:revision", "abc"),
            ("frontend.caps", "moby.buildkit.frontend.subrequests+forward"),
            ("requestid", "frontend.lint"),
            ("cache-imports", r#"[{"Type":"registry","Attrs":{"ref":"a/b"}}]"#),
        ])
        .unwrap();
        let request = asked.request;
        assert_eq!(request.dockerfile, DockerfileAt::Local { name: "dockerfile".into(), path: "a/Dockerfile".into() });
        assert!(matches!(&request.context, Context::Local(name) if name == "context"));
        let platforms: Vec<_> = request.platforms.iter().map(|one| (one.architecture.as_str(), &one.variant)).collect();
        assert_eq!(platforms, [("amd64", &None), ("arm64", &None)]);
        assert_eq!(request.args["A"], "1");
        assert_eq!((request.hostname.as_str(), request.labels["x.y"].as_str()), ("box", "z"));
        assert_eq!((request.no_cache, request.network, request.pull), (NoCache::All, StepNetwork::Host, true));
        assert_eq!(request.hosts[0], ("some".into(), "10.0.0.1".into()));
        assert_eq!((request.ulimits[0].soft, request.ulimits[0].hard, request.ulimits[1].hard), (1024, 2048, 0));
        assert!(matches!(request.named["base"], Context::Product(_)));
        assert!(matches!(&request.named["alpine"], Context::Image(name) if name == "alpine:3"));
        assert!(matches!(&request.named["src"], Context::Local(name) if name == "src"));
        assert!(matches!(&request.named["repo"], Context::Git(url) if url.ends_with("#main")));
        assert!(matches!(request.named["none"], Context::Empty));
        assert!(matches!(&request.named["layout"], Context::Layout { store, .. } if store == "abc"));
        assert_eq!(request.imports, [Import::Reference("docker.io/a/b:latest".parse().unwrap())]);
        assert_eq!(asked.sessions["context"], "other");
        assert_eq!(asked.call.as_deref(), Some("frontend.lint"));
    }

    #[test]
    fn contexts_elsewhere() {
        let context = |value: &str| asked(&[("context", value)]).map(|asked| asked.request);
        let git = context("https://github.com/a/b.git#main:sub").unwrap();
        assert!(matches!(git.context, Context::Git(_)));
        assert_eq!(git.dockerfile, DockerfileAt::Context { path: "Dockerfile".into() });
        assert!(matches!(context("http://h/x.tar.gz").unwrap().context, Context::Http(_)));
        assert!(matches!(context("input:base").unwrap().context, Context::Product(_)));
        let local = asked(&[("context", "https://h/x.git"), ("dockerfilekey", "dockerfile")]).unwrap().request;
        assert!(matches!(local.dockerfile, DockerfileAt::Local { .. }));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let cases = [
            ("platform", "linux/", "failed to parse platform"),
            ("add-hosts", "a", "additional hosts"),
            ("add-hosts", "a=b", "additional hosts"),
            ("force-network-mode", "bridge", "invalid netmode"),
            ("ulimit", "nofile", "failed to parse ulimit"),
            ("shm-size", "big", "no number"),
            ("image-resolve-mode", "x", "invalid image-resolve-mode"),
            ("context:a", "nonsense", "invalid context specifier"),
            ("context:a", "ftp:x", "unsupported context source"),
            ("context:a", "input:none", "no such input"),
            ("context:a", "oci-layout://x", "invalid context specifier"),
            ("context:a", "oci-layout://x@sha256:1", "invalid context specifier"),
            ("cache-imports", r#"[{"Type":"s3"}]"#, "importing a cache of the kind \"s3\""),
            ("attest:vex", "", "unknown attestation type"),
            ("contextsubdir", "x", "option \"contextsubdir\" is not implemented"),
            ("cache-imports", "{", "cache-imports"),
        ];
        for (name, value, why) in cases {
            let status = asked(&[(name, value)]).unwrap_err();
            assert!(status.message().contains(why), "{name}={value}: {}", status.message());
        }
        assert!(Rights::read(&["network.host".into(), "device".into()]).is_err());
    }

    #[test]
    fn a_line_of_csv() {
        assert_eq!(fields(r#"a=1,"b=2,3","c""d""#), ["a=1", "b=2,3", "c\"d"]);
        assert!(fields("").is_empty());
    }
}
