//! `/build`: the classic way to build, one archive in and one stream of messages out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use ::build::{
    Archive, Context, DockerfileAt, Event, ImageOutput, Import, NoCache, Output, PruneRequest, Received, StepLimits,
    StepNetwork,
};
use engine::container::spec::Ulimit;
use image::Credentials;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;

use crate::body::{self, Answer, Sender};
use crate::containers::reference;
use crate::error::Failure;
use crate::filters::Filters;
use crate::images::blocking_body;
use crate::request::{Request, from_base64, pass_over};
use crate::{Parts, buildkit};

/// Builds.
pub(crate) async fn build(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    match request.param("version") {
        "" | "1" => {}
        "2" => return buildkit::build(parts, request).await,
        other => return Err(Failure::bad_request(format!("invalid builder version {other:?}: 1 and 2 are known"))),
    }
    let (names, mut asked, logins) = match parameters(&request) {
        Ok(parameters) => parameters,
        Err(failure) => {
            pass_over(request.body).await;
            return Err(failure);
        }
    };
    let quiet = request.flag("q");
    let remote = request.param("remote").to_owned();
    let path = request.param("dockerfile");
    let path = if path.is_empty() { "Dockerfile".to_owned() } else { path.to_owned() };
    let builder = parts.builder.clone();
    let body = blocking_body(request.body);
    let received = match remote.as_str() {
        "" => {
            asked.context = Context::Local(Archive::CONTEXT.into());
            asked.dockerfile = DockerfileAt::Context { path: path.clone() };
            Some(blocking(move || receive(&builder, body, &path)).await?)
        }
        "client-session" => return Err(Failure::not_implemented("a context by way of a session")),
        url => {
            drop(body);
            asked.context = if ::build::is_git(url) { Context::Git(url.into()) } else { Context::Http(url.into()) };
            asked.dockerfile = DockerfileAt::Context { path };
            None
        }
    };
    if let Some((_, text)) = &received {
        // It was read before what .dockerignore leaves out was left out.
        asked.dockerfile = DockerfileAt::Text(text.clone());
    }
    let client = Arc::new(Archive { received: received.map(|(received, _)| received), logins });
    let (answer, sender) = body::streamed("application/json");
    let builder = parts.builder.clone();
    tokio::spawn(async move {
        let (reporter, events) = mpsc::channel(64);
        let told = tell(events, sender.clone(), quiet);
        let work = async {
            let job = builder.job(client, reporter);
            let product = job.build(&asked).await?;
            let output = Output::Image(ImageOutput { names: names.clone(), ..ImageOutput::default() });
            Ok((job.export(&product, output).await?, product.unused_args))
        };
        let whole = async { tokio::join!(work, told).0 };
        tokio::select! {
            done = whole => finish(&sender, done, &names, quiet).await,
            // A client that goes away gives up its build.
            () = sender.closed() => {}
            () = breathe(&sender) => {}
        }
    });
    Ok(answer)
}

type Parameters = (Vec<oci::Reference>, ::build::Request, HashMap<String, Credentials>);

fn parameters(request: &Request) -> Result<Parameters, Failure> {
    if request.flag("outputs") {
        return Err(Failure::not_implemented("outputs of the classic builder"));
    }
    let mut asked = asked(request)?;
    // The classic builder looks at images that are here, and at no registry.
    asked.imports = cache_from(request)?.into_iter().map(Import::Image).collect();
    Ok((names(request)?, asked, logins(request)?))
}

/// Gives room back.
pub(crate) async fn prune(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    let filters = Filters::parse(request.param("filters"), &["until", "id", "type"])?;
    let mut wanted = PruneRequest { all: request.flag("all"), ..PruneRequest::default() };
    for name in ["reserved-space", "keep-storage"] {
        if let Some(bytes) =
            request.number(name)?.and_then(|bytes| u64::try_from(bytes).ok()).filter(|bytes| *bytes > 0)
        {
            wanted.keep_bytes = Some(bytes);
        }
    }
    if let Some(until) = filters.until()? {
        wanted.keep_duration = Some(words::Timestamp::now().since(until));
    }
    for id in filters.values("id") {
        let id = if id.starts_with("sha256:") { id.clone() } else { format!("sha256:{id}") };
        wanted.ids.insert(id.parse().map_err(|_| Failure::bad_request(format!("invalid cache id {id}")))?);
    }
    wanted.kinds = filters.values("type").iter().cloned().collect();
    let gone = parts.builder.prune(&wanted).await.map_err(Failure::from)?;
    let ids: Vec<&str> = gone.iter().map(|usage| usage.record.key.hex()).collect();
    let bytes: u64 = gone.iter().filter(|usage| !usage.shared).map(|usage| usage.record.size).sum();
    body::ok(&json!({ "CachesDeleted": ids, "SpaceReclaimed": bytes }))
}

/// What the cache holds, as `GET /system/df` shows it.
pub(crate) fn usage(parts: &Parts) -> Vec<serde_json::Value> {
    let shown = |usage: &::build::Usage| {
        let record = &usage.record;
        json!({
            "ID": record.key.hex(),
            "Type": ::build::kind(record),
            "Description": record.description,
            "InUse": usage.in_use,
            "Shared": usage.shared,
            "Size": record.size,
            "CreatedAt": record.created.to_string(),
            "LastUsedAt": record.used.to_string(),
            "UsageCount": record.uses,
        })
    };
    parts.builder.usage().iter().map(shown).collect()
}

/// Bytes that may follow the end of an archive: the largest block that tar(1) writes by its own accord, many times over.
const PADDING_BYTES: u64 = 16 << 20;

/// Unpacks what the client sends, reads the Dockerfile, and leaves out what .dockerignore says. Blocks.
fn receive(
    builder: &::build::Builder,
    mut body: impl std::io::Read + Send,
    path: &str,
) -> ::build::Result<(Received, Vec<u8>)> {
    let received = builder.receive(&mut body)?;
    // What fills the last block of an archive. Only a connection that was read to the end of its request is seen to
    // be closed by its client.
    let _ = std::io::copy(&mut std::io::Read::take(body, PADDING_BYTES), &mut std::io::sink());
    let text = received.read(path)?;
    // dockerd has read it before its answer begins, too.
    ::build::check_text(&text)?;
    received.leave_out_ignored()?;
    Ok((received, text))
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> ::build::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(broken) => Err(std::io::Error::other(broken).into()),
    }
}

/// `X-Registry-Config`: base64 of a JSON object of logins by registry.
fn logins(request: &Request) -> Result<HashMap<String, Credentials>, Failure> {
    #[derive(Deserialize)]
    struct Login {
        #[serde(default)]
        username: String,
        #[serde(default)]
        password: String,
    }
    let Some(header) = request.headers.get("x-registry-config") else { return Ok(HashMap::new()) };
    let wrong = || Failure::bad_request("invalid X-Registry-Config header");
    let bytes = from_base64(header.to_str().map_err(|_| wrong())?).map_err(|_| wrong())?;
    let found: HashMap<String, Login> = crate::json::from_slice(&bytes).map_err(|_| wrong())?;
    let named = found.into_iter().filter(|(_, login)| !login.username.is_empty());
    Ok(named
        .map(|(host, Login { username, password })| {
            (host, Credentials { username, password: words::Secret::new(password) })
        })
        .collect())
}

pub(crate) fn names(request: &Request) -> Result<Vec<oci::Reference>, Failure> {
    let mut names = Vec::new();
    for text in request.params("t").iter().filter(|text| !text.is_empty()) {
        names.extend(reference(text, "")?);
    }
    Ok(names)
}

/// Images whose caches are to be looked into.
pub(crate) fn cache_from(request: &Request) -> Result<Vec<oci::Reference>, Failure> {
    let names = value::<Option<Vec<String>>>(request, "cachefrom")?.unwrap_or_default();
    if names.len() > ::build::limits::IMPORTS {
        let most = ::build::limits::IMPORTS;
        return Err(Failure::bad_request(format!("more than {most} images to take caches from")));
    }
    let mut found = Vec::new();
    for name in names {
        found.extend(reference(&name, "")?);
    }
    Ok(found)
}

/// A JSON value of a query parameter.
pub(crate) fn value<T: serde::de::DeserializeOwned + Default>(request: &Request, name: &str) -> Result<T, Failure> {
    match request.param(name) {
        "" => Ok(T::default()),
        text => crate::json::from_slice(text.as_bytes())
            .map_err(|error| Failure::bad_request(format!("error reading {name}: {error}"))),
    }
}

pub(crate) fn asked(request: &Request) -> Result<::build::Request, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Limit {
        name: String,
        #[serde(default)]
        soft: i64,
        #[serde(default)]
        hard: i64,
    }
    if request.flag("squash") {
        return Err(Failure::not_implemented("build --squash"));
    }
    if !value::<Vec<String>>(request, "securityopt")?.is_empty() {
        return Err(Failure::not_implemented("build --security-opt"));
    }
    let args: BTreeMap<String, Option<String>> = value(request, "buildargs")?;
    let ulimits: Vec<Limit> = value(request, "ulimits")?;
    let platforms = match request.param("platform") {
        "" => Vec::new(),
        text => vec![::build::parse_platform(text)?],
    };
    let network = match request.param("networkmode") {
        "" | "default" | "bridge" => StepNetwork::Bridge,
        "host" => StepNetwork::Host,
        "none" => StepNetwork::None,
        name => StepNetwork::Named(name.into()),
    };
    let hosts = request.params("extrahosts").into_iter().flat_map(|text| {
        // One parameter, several of them, or a JSON list: clients differ.
        serde_json::from_str::<Vec<String>>(&text).unwrap_or_else(|_| vec![text])
    });
    let number = |name: &str| request.number(name).map(Option::unwrap_or_default);
    Ok(::build::Request {
        target: request.param("target").into(),
        // A name without a value takes none.
        args: args.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        labels: value(request, "labels")?,
        platforms,
        no_cache: if request.flag("nocache") { NoCache::All } else { NoCache::Never },
        pull: request.flag("pull"),
        allow_host_network: network == StepNetwork::Host,
        network,
        hosts: hosts.map(|text| host(&text)).collect::<Result<_, _>>()?,
        shm_size: u64::try_from(number("shmsize")?).unwrap_or(0),
        ulimits: ulimits.into_iter().map(|Limit { name, soft, hard }| Ulimit { name, soft, hard }).collect(),
        cgroup_parent: request.param("cgroupparent").into(),
        limits: StepLimits {
            memory: number("memory")?,
            memory_swap: number("memswap")?,
            cpu_shares: number("cpushares")?,
            cpu_quota: number("cpuquota")?,
            cpu_period: number("cpuperiod")?,
            cpuset_cpus: request.param("cpusetcpus").into(),
            cpuset_mems: request.param("cpusetmems").into(),
        },
        ..::build::Request::default()
    })
}

fn host(text: &str) -> Result<(String, String), Failure> {
    let found = text.split_once([':', '=']).filter(|(name, _)| !name.is_empty());
    let (name, address) = found.ok_or_else(|| Failure::bad_request(format!("bad format for add-host: {text:?}")))?;
    Ok((name.into(), address.into()))
}

/// Ends when the client has gone. That a client will send no more does not say that it has, so it is sent something: a
/// space, which is nothing between two messages.
async fn breathe(sender: &Sender) {
    loop {
        tokio::time::sleep(BREATH).await;
        if !sender.send(" ").await {
            return;
        }
    }
}

/// How long a client may be gone before that is seen.
const BREATH: std::time::Duration = std::time::Duration::from_secs(1);

/// Turns events into the classic builder's messages.
async fn tell(mut events: mpsc::Receiver<Event>, sender: Sender, quiet: bool) {
    let mut begun = BTreeSet::new();
    while let Some(event) = events.recv().await {
        if quiet {
            continue;
        }
        match event {
            Event::Vertex(vertex) => {
                let Some((place, text)) = vertex.name.strip_prefix('[').and_then(|rest| rest.split_once("] ")) else {
                    continue;
                };
                // What is not an instruction has a word there, and no number.
                let Some(number) = place.rsplit(' ').next().filter(|number| number.contains('/')) else { continue };
                if vertex.started.is_some() && begun.insert(vertex.digest.clone()) {
                    stream(&sender, &format!("Step {number} : {text}\n")).await;
                }
                if vertex.completed.is_some() && vertex.error.is_none() {
                    // An image that a stage begins with is there, and not out of the cache.
                    let cached = vertex.cached && !text.starts_with("FROM ");
                    let word = if cached { "Using cache\n ---> " } else { "" };
                    stream(&sender, &format!(" ---> {word}{}\n", &vertex.digest.hex()[..12])).await;
                }
            }
            Event::Log(log) => stream(&sender, &String::from_utf8_lossy(&log.bytes)).await,
            Event::Warning(warning) => {
                stream(&sender, &format!("[Warning] {}\n", warning.warning.detail)).await;
            }
            Event::Status(_) => {}
        }
    }
}

async fn stream(sender: &Sender, text: &str) {
    sender.line(&json!({ "stream": text })).await;
}

async fn finish(
    sender: &Sender,
    done: ::build::Result<(::build::Exported, Vec<String>)>,
    names: &[oci::Reference],
    quiet: bool,
) {
    match done {
        Ok((exported, unused)) => {
            let id = exported.id.map_or_else(String::new, |id| id.to_string());
            sender.line(&json!({ "aux": { "ID": id } })).await;
            if quiet {
                return stream(sender, &format!("{id}\n")).await;
            }
            if !unused.is_empty() {
                let text = format!("[Warning] One or more build-args [{}] were not consumed\n", unused.join(" "));
                stream(sender, &text).await;
            }
            let short: String = id.trim_start_matches("sha256:").chars().take(12).collect();
            stream(sender, &format!("Successfully built {short}\n")).await;
            for name in names {
                stream(sender, &format!("Successfully tagged {}\n", name.familiar())).await;
            }
        }
        Err(error) => {
            let message = match &*error.why {
                ::build::Why::Exit { command, code } => {
                    format!("The command '{command}' returned a non-zero code: {code}")
                }
                _ => error.to_string(),
            };
            let code = match &*error.why {
                ::build::Why::Exit { code, .. } => *code,
                _ => 0,
            };
            let mut detail = json!({ "message": message });
            if code != 0 {
                detail["code"] = json!(code);
            }
            sender.line(&json!({ "errorDetail": detail, "error": message })).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read() {
        assert_eq!(host("a:1.2.3.4").unwrap(), ("a".into(), "1.2.3.4".into()));
        assert_eq!(host("a=::1").unwrap(), ("a".into(), "::1".into()));
        assert!(host("a").is_err());
        assert!(host(":1").is_err());
    }
}
