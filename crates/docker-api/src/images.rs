//! `/images`.

use std::sync::Arc;

use engine::image::ImageRecord;
use engine::image::ops::Removed;
use http::StatusCode;
use http_body_util::BodyExt;
use image::{Credentials, Progress, Step};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use words::{Secret, Timestamp};

use crate::Parts;
use crate::body::{self, Answer, Sender};
use crate::containers::{reference, stream_from};
use crate::error::Failure;
use crate::filters::Filters;
use crate::request::{Request, from_base64, pass_over};

pub(crate) fn list(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    let known = &["before", "dangling", "label", "reference", "since", "until"];
    let filters = Filters::parse(request.param("filters"), known)?;
    let dangling = filters.boolean("dangling")?;
    let snapshot = parts.engine.snapshot();
    let edge = |name: &str| match filters.values(name).first() {
        Some(text) => Ok(Some(snapshot.image(text)?.created())),
        None => Ok::<_, Failure>(None),
    };
    let (before, since) = (edge("before")?, edge("since")?);
    let until = filters.until()?;
    let mut found: Vec<(&Arc<ImageRecord>, Vec<String>)> = Vec::new();
    for image in snapshot.images.values() {
        let created = image.created();
        let accepted = dangling.is_none_or(|wanted| image.tags.is_empty() == wanted)
            && before.is_none_or(|edge| created < edge)
            && until.is_none_or(|edge| created < edge)
            && since.is_none_or(|edge| created > edge)
            && filters.labels(&labels(image));
        let patterns = filters.values("reference");
        let mut names = image.familiar_names();
        if !patterns.is_empty() {
            names.retain(|name| patterns.iter().any(|pattern| reference_matches(name, pattern)));
        }
        if accepted && (patterns.is_empty() || !names.is_empty()) {
            found.push((image, names));
        }
    }
    found.sort_by_key(|(image, _)| std::cmp::Reverse(image.created()));
    let old = !request.at_least(1, 43);
    let entries: Vec<Value> = found
        .into_iter()
        .map(|(image, tags)| {
            let mut entry = entry(image, &snapshot, old);
            if !(old && tags.is_empty()) {
                entry["RepoTags"] = json!(tags);
            }
            entry
        })
        .collect();
    body::ok(&entries)
}

/// An image as lists show it. Clients before 1.43 want a missing name written out.
pub(crate) fn entry(image: &ImageRecord, snapshot: &engine::Snapshot, old: bool) -> Value {
    let mut tags = image.familiar_names();
    let mut digests: Vec<String> = image.digests.iter().map(oci::Reference::familiar).collect();
    if old && tags.is_empty() {
        tags.push("<none>:<none>".into());
    }
    if old && digests.is_empty() {
        digests.push("<none>@<none>".into());
    }
    let users = snapshot.containers.values().filter(|container| container.image == image.id).count();
    json!({
        "Id": image.id.to_string(),
        "ParentId": image.parent.as_ref().map_or_else(String::new, ToString::to_string),
        "RepoTags": tags,
        "RepoDigests": digests,
        "Created": image.created().seconds(),
        "Size": image.size,
        "VirtualSize": image.size,
        "SharedSize": -1,
        "Labels": labels(image),
        "Containers": users,
    })
}

fn labels(image: &ImageRecord) -> std::collections::BTreeMap<String, String> {
    image.config.config.as_ref().map(|execution| execution.labels.clone()).unwrap_or_default()
}

/// A pattern of `--filter reference=`: with `*` and `?`, for the name with or without its tag.
fn reference_matches(name: &str, pattern: &str) -> bool {
    let without_tag = name.rsplit_once(':').map_or(name, |(repository, _)| repository);
    glob(name.as_bytes(), pattern.as_bytes()) || glob(without_tag.as_bytes(), pattern.as_bytes())
}

/// Go's `path.Match` without character classes: `*` stops at a slash.
fn glob(text: &[u8], pattern: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            let reach = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
            (0..=reach).any(|taken| glob(&text[taken..], rest))
        }
        (Some((b'?', rest)), Some((byte, after))) => *byte != b'/' && glob(after, rest),
        (Some((wanted, rest)), Some((byte, after))) => wanted == byte && glob(after, rest),
        _ => false,
    }
}

/// A pull, or with `fromSrc` an import.
pub(crate) async fn create(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    if !request.param("fromSrc").is_empty() {
        return import(parts, request).await;
    }
    let wanted = reference(request.param("fromImage"), request.param("tag"))?.ok_or_else(|| {
        Failure::bad_request("invalid reference format: repository name must have at least one component")
    })?;
    let platform = Some(request.param("platform").to_owned()).filter(|platform| !platform.is_empty());
    let credentials = credentials(&request)?;
    let (answer, sender) = body::streamed("application/json");
    let engine = parts.engine.clone();
    let (told, progress) = mpsc::channel(64);
    // What fails before anything was told is an answer with a status; after that, a line of the stream.
    let shown = wanted.clone();
    let pull = tokio::spawn(async move { engine.pull(wanted, platform, credentials, told).await });
    let mut progress = progress;
    let first = progress.recv().await;
    if first.is_none() {
        let pulled = finished(pull).await?;
        tokio::spawn(async move {
            head(&sender, &shown).await;
            tail(&sender, &shown, &pulled).await;
        });
        return Ok(answer);
    }
    tokio::spawn(async move {
        let guard = AbortOnDrop(pull.abort_handle());
        head(&sender, &shown).await;
        let mut next = first;
        while let Some(step) = next {
            if !sender.line(&progress_line(&step)).await {
                return;
            }
            next = progress.recv().await;
        }
        match finished(pull).await {
            Ok(pulled) => tail(&sender, &shown, &pulled).await,
            Err(failure) => fail(&sender, &failure.message).await,
        }
        drop(guard);
    });
    Ok(answer)
}

/// A client that goes away gives up its pull.
pub(crate) struct AbortOnDrop(pub(crate) tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(crate) async fn finished<T>(work: tokio::task::JoinHandle<engine::Result<T>>) -> Result<T, Failure> {
    match work.await {
        Ok(done) => Ok(done?),
        Err(broken) => Err(Failure { status: StatusCode::INTERNAL_SERVER_ERROR, message: broken.to_string() }),
    }
}

async fn head(sender: &Sender, name: &oci::Reference) {
    let tag = match (name.tag(), name.digest()) {
        (_, Some(digest)) => digest.to_string(),
        (Some(tag), None) => tag.as_str().to_owned(),
        (None, None) => "latest".into(),
    };
    let path = if name.domain() == "docker.io" { name.path().to_owned() } else { name.repository().familiar() };
    sender.line(&json!({ "status": format!("Pulling from {path}"), "id": tag })).await;
}

async fn tail(sender: &Sender, name: &oci::Reference, pulled: &engine::image::ops::Pulled) {
    sender.line(&json!({ "status": format!("Digest: {}", pulled.digest) })).await;
    let name = name.familiar();
    let status = if pulled.new {
        format!("Status: Downloaded newer image for {name}")
    } else {
        format!("Status: Image is up to date for {name}")
    };
    sender.line(&json!({ "status": status })).await;
}

pub(crate) async fn fail(sender: &Sender, message: &str) {
    sender.line(&json!({ "errorDetail": { "message": message }, "error": message })).await;
}

fn progress_line(progress: &Progress) -> Value {
    let (word, numbers) = match progress.step {
        Step::PullingFsLayer => ("Pulling fs layer", None),
        Step::Waiting => ("Waiting", None),
        Step::Downloading { current, total } => ("Downloading", Some((current, total))),
        Step::VerifyingChecksum => ("Verifying Checksum", None),
        Step::DownloadComplete => ("Download complete", None),
        Step::Extracting { current, total } => ("Extracting", Some((current, total))),
        Step::PullComplete => ("Pull complete", None),
        Step::AlreadyExists => ("Already exists", None),
    };
    let id = &progress.layer.hex()[..12];
    match numbers {
        None => json!({ "status": word, "progressDetail": {}, "id": id }),
        Some((current, total)) => json!({
            "status": word,
            "progressDetail": { "current": current, "total": total },
            "id": id,
        }),
    }
}

pub(crate) fn credentials(request: &Request) -> Result<Option<Credentials>, Failure> {
    let Some(text) = request.headers.get("x-registry-auth") else { return Ok(None) };
    login(text.to_str().map_err(|_| Failure::bad_request("invalid X-Registry-Auth header: not text"))?)
}

/// `X-Registry-Auth`: base64 of JSON, in either alphabet.
pub(crate) fn login(text: &str) -> Result<Option<Credentials>, Failure> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Login {
        username: String,
        password: String,
        identitytoken: String,
        registrytoken: String,
    }
    let wrong = |why: &str| Failure::bad_request(format!("invalid X-Registry-Auth header: {why}"));
    let bytes = from_base64(text.trim()).map_err(|error| wrong(&error.to_string()))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let login: Login = crate::json::from_slice(&bytes).map_err(|error| wrong(&error.to_string()))?;
    if !login.identitytoken.is_empty() || !login.registrytoken.is_empty() {
        return Err(Failure::not_implemented("logging in to a registry with an identity token"));
    }
    if login.username.is_empty() {
        return Ok(None);
    }
    Ok(Some(Credentials { username: login.username, password: Secret::new(login.password) }))
}

/// A request's body for code that reads and blocks.
pub(crate) struct BlockingBody {
    chunks: mpsc::Receiver<std::io::Result<bytes::Bytes>>,
    rest: bytes::Bytes,
}

impl std::io::Read for BlockingBody {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.rest.is_empty() {
            match self.chunks.blocking_recv() {
                Some(chunk) => self.rest = chunk?,
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.rest.len());
        buffer[..count].copy_from_slice(&self.rest.split_to(count));
        Ok(count)
    }
}

/// Feeds a body to a reader on another thread, no faster than it reads. A body that breaks off is an error there. What a
/// reader leaves is passed over, so that whoever still sends reads why it is not wanted.
pub(crate) fn blocking_body(mut incoming: hyper::body::Incoming) -> BlockingBody {
    let (sender, chunks) = mpsc::channel(4);
    tokio::spawn(async move {
        while let Some(frame) = incoming.frame().await {
            let chunk = match frame {
                Ok(frame) => match frame.into_data() {
                    Ok(data) => Ok(data),
                    Err(_) => continue,
                },
                Err(error) => Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, error.to_string())),
            };
            if sender.send(chunk).await.is_err() {
                pass_over(incoming).await;
                return;
            }
        }
    });
    BlockingBody { chunks, rest: bytes::Bytes::new() }
}

async fn import(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    if request.param("fromSrc") != "-" {
        return Err(Failure::not_implemented("importing from a URL; fetch it and import the file"));
    }
    let name = reference(request.param("repo"), request.param("tag"))?;
    let message = request.param("message").to_owned();
    let comment = if message.is_empty() { "Imported from -".to_owned() } else { message };
    let changes = request.params("changes").join("\n");
    let body = blocking_body(request.body);
    let id = parts.engine.import(body, name, &changes, comment).await?;
    let (answer, sender) = body::streamed("application/json");
    tokio::spawn(async move { sender.line(&json!({ "status": id.to_string() })).await });
    Ok(answer)
}

pub(crate) async fn load(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    if !request.param("platform").is_empty() {
        return Err(Failure::not_implemented("load --platform"));
    }
    let body = blocking_body(request.body);
    let loaded = parts.engine.load(body).await?;
    let (answer, sender) = body::streamed("application/json");
    tokio::spawn(async move {
        for (id, names) in loaded {
            if names.is_empty() {
                sender.line(&json!({ "stream": format!("Loaded image ID: {id}\n") })).await;
            }
            for name in names {
                sender.line(&json!({ "stream": format!("Loaded image: {name}\n") })).await;
            }
        }
    });
    Ok(answer)
}

pub(crate) fn save(parts: &Arc<Parts>, names: &[String]) -> Result<Answer, Failure> {
    if names.is_empty() {
        return Err(Failure::bad_request("no image names were given"));
    }
    let write = parts.engine.save(names)?;
    Ok(stream_from("application/x-tar", write))
}

pub(crate) async fn prune(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    let filters = Filters::parse(request.param("filters"), &["dangling", "label", "label!", "until"])?;
    let all = filters.boolean("dangling")? == Some(false);
    let until = filters.until()?;
    let wanted =
        |image: &ImageRecord| filters.labels(&labels(image)) && until.is_none_or(|until| image.created() < until);
    let pruned = parts.engine.prune_images(all, wanted).await?;
    let deleted: Vec<Value> = pruned.removed.iter().map(|id| json!({ "Deleted": id })).collect();
    body::ok(&json!({ "ImagesDeleted": deleted, "SpaceReclaimed": pruned.bytes }))
}

pub(crate) fn inspect(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    let image = parts.engine.image(name)?;
    let config = &image.config;
    let execution = config.config.clone().unwrap_or_default();
    let mut value = json!({
        "Id": image.id.to_string(),
        "RepoTags": image.familiar_names(),
        "RepoDigests": image.digests.iter().map(oci::Reference::familiar).collect::<Vec<_>>(),
        "Parent": image.parent.as_ref().map_or_else(String::new, ToString::to_string),
        "Comment": config.comment.clone().unwrap_or_default(),
        "Created": config.created,
        "DockerVersion": config.docker_version.clone().unwrap_or_default(),
        "Author": config.author.clone().unwrap_or_default(),
        "Architecture": config.architecture,
        "Os": config.os,
        "Size": image.size,
        "GraphDriver": { "Name": "overlay2", "Data": Value::Null },
        "RootFS": { "Type": "layers", "Layers": config.rootfs.diff_ids.iter().map(ToString::to_string).collect::<Vec<_>>() },
        "Metadata": { "LastTagTime": image.tagged.to_string() },
        "Config": execution,
    });
    if let Some(variant) = &config.variant {
        value["Variant"] = json!(variant);
    }
    if !request.at_least(1, 44) {
        value["VirtualSize"] = json!(image.size);
    }
    body::ok(&value)
}

pub(crate) fn history(parts: &Arc<Parts>, name: &str) -> Result<Answer, Failure> {
    let image = parts.engine.image(name)?;
    let sizes = parts.engine.layer_sizes(&image);
    let mut sizes = sizes.into_iter();
    let mut entries: Vec<Value> = image
        .config
        .history
        .iter()
        .map(|step| {
            let size = if step.empty_layer { 0 } else { sizes.next().unwrap_or(0) };
            let created = step.created.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
            json!({
                "Id": "<missing>",
                "Created": created.map_or(0, Timestamp::seconds),
                "CreatedBy": step.created_by.clone().unwrap_or_default(),
                "Tags": Value::Null,
                "Size": size,
                "Comment": step.comment.clone().unwrap_or_default(),
            })
        })
        .collect();
    if let Some(last) = entries.last_mut() {
        last["Id"] = json!(image.id.to_string());
        let tags = image.familiar_names();
        last["Tags"] = json!((!tags.is_empty()).then_some(tags));
    }
    entries.reverse();
    body::ok(&entries)
}

pub(crate) async fn tag(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    let new = reference(request.param("repo"), request.param("tag"))?
        .ok_or_else(|| Failure::bad_request("invalid reference format: the new name is missing"))?;
    parts.engine.tag(name, new).await?;
    crate::route::done(StatusCode::CREATED)
}

pub(crate) async fn remove(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    let removed = parts.engine.remove_image(name, request.flag("force")).await?;
    let steps: Vec<Value> = removed
        .iter()
        .map(|step| match step {
            Removed::Untagged(name) => json!({ "Untagged": name }),
            Removed::Deleted(id) => json!({ "Deleted": id }),
        })
        .collect();
    body::ok(&steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_patterns() {
        for (name, pattern, fits) in [
            ("busybox:latest", "busybox", true),
            ("busybox:latest", "busy*", true),
            ("busybox:latest", "busybox:la?est", true),
            ("a/busybox:1", "busybox", false),
            ("a/busybox:1", "*/busybox", true),
            ("a/busybox:1", "*box", false),
        ] {
            assert_eq!(reference_matches(name, pattern), fits, "{name} {pattern}");
        }
    }
}
