//! `build`: what was typed becomes a request to the daemon's builder, and what it tells is shown.

mod answer;
mod bytes;
mod inputs;
mod live;
mod options;
mod plain;
mod progress;
mod request;
mod screen;
mod source;
mod spec;
mod stores;
#[cfg(test)]
mod tests;
mod trace;

pub use options::BuildArgs;

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use build_client::{Code, Error, Outcome, Refusal, Update, Warning};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::context::{Context, segment};
use crate::credentials::DockerConfig;
use crate::error::Failure;
use crate::image::push;
use crate::output;
use crate::progress::To;
use progress::{Mode, clean};
use request::{Fault, Request};

/// Updates between the connection and what shows them.
const UPDATES: usize = 64;

/// Builds.
pub(crate) async fn run(context: &Context, args: BuildArgs) -> Result<(), Failure> {
    let kept = args.debug_shell.then(|| format!("dabba-debug:{}", words::ExecId::random().as_str()));
    let built = build(context, &args, kept.as_deref()).await.map_err(|failure| match failure.message.as_str() {
        "" => failure,
        words if words.contains("ERROR: ") => failure,
        words => Failure { message: format!("ERROR: {words}"), code: failure.code },
    });
    match (built, kept) {
        (Err(failure), Some(kept)) => Err(debug(context, failure, &kept).await),
        (built, _) => built,
    }
}

/// Tells of a failure, and opens a shell in what the step has left.
async fn debug(context: &Context, failure: Failure, kept: &str) -> Failure {
    let path = format!("/images/{}", segment(kept));
    if context.client.get(format!("{path}/json")).done().await.is_err() {
        let hint = "no step was kept to be looked at: none had begun, or the daemon is not dabba's";
        return Failure { message: format!("{}\n--debug-shell: {hint}", failure.message), ..failure };
    }
    output::complain(&failure.message);
    output::complain("--debug-shell: these are the files that the step has left; exit ends the shell");
    let ended = crate::container::shell(context, kept).await;
    let removed = context.client.delete(path).flag("force", true).done().await;
    if let Err(error) = ended {
        output::complain(&error.message);
    }
    if let Err(error) = removed {
        output::complain(&format!("removing {kept}: {error}"));
    }
    Failure { message: String::new(), ..failure }
}

async fn build(context: &Context, args: &BuildArgs, kept: Option<&str>) -> Result<(), Failure> {
    if !args.rm {
        return Err(Failure::new("--rm=false is not supported: a build leaves no intermediate containers"));
    }
    if args.builder.as_deref().is_some_and(|name| !matches!(name, "" | "default")) {
        let name = args.builder.as_deref().unwrap_or_default();
        return Err(Failure::new(format!("no builder {name:?} found: a daemon has one builder, \"default\"")));
    }
    let mode = Mode::parse(&args.progress, args.quiet)?;
    // A file of an earlier build says nothing of this one.
    if let Some(path) = args.iidfile.as_deref() {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::new(format!("removing image ID file: {path}: {error}")));
            }
            _ => {}
        }
    }
    let workers = build_client::workers(&context.client).await.map_err(|error| failed(&error))?;
    let config = DockerConfig::load()?;
    let args_owned = args.clone();
    let judged = tokio::task::spawn_blocking(move || request::request(&args_owned, &workers, config)).await;
    let request = judged.map_err(|error| Failure::new(error.to_string()))?.map_err(|fault| match fault {
        Fault::Flag(words) => Failure::new(words),
        Fault::Build(words) => Failure::new(format!("failed to build: {words}")),
    })?;
    let Request { mut build, question, shown, push } = request;
    if let Some(kept) = kept {
        build.attrs.insert("dabba.keep-failed".into(), kept.to_owned());
    }
    let (told, updates) = mpsc::channel::<Update>(UPDATES);
    let showing = progress::show(mode, updates);
    let built = build.run(&context.client, told, interrupted()?).await;
    let warnings = showing.await.map_err(|error| Failure::new(error.to_string()))?;
    let outcome = built.map_err(|error| failed(&error))?;
    let is_build = question.name.is_empty();
    let to = if matches!(mode, Mode::Plain | Mode::Live) { To::Stderr } else { To::Nowhere };
    for name in push.iter().filter(|_| is_build) {
        push::push(context, name, to).await.map_err(|failure| Failure {
            message: format!("failed to build: failed to push {name}: {}", failure.message),
            ..failure
        })?;
    }
    if is_build {
        finish(args, mode, &outcome)?;
    }
    if let Some(path) = &args.metadata_file {
        let warnings = if is_build { warnings } else { Vec::new() };
        write_metadata(path, &outcome.response, &warnings)?;
    }
    if !is_build {
        return answer::show(&question, &outcome.response, &shown);
    }
    match outcome.response.get("frontend.result.inlinemessage") {
        Some(message) => output::line(&format!("\n{message}")),
        None => Ok(()),
    }
}

/// Ends when this program is told to end.
fn interrupted() -> Result<impl Future<Output = ()> + Send, Failure> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        // Who says it again does not want to wait for the daemon's last words.
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            std::process::exit(130);
        });
    })
}

/// How a build's failure is told, and the exit code for it, which are buildx's.
fn failed(error: &Error) -> Failure {
    match error {
        Error::Refused(refusal) => refused(refusal),
        other => Failure::new(format!("failed to build: {other}")),
    }
}

fn refused(refusal: &Refusal) -> Failure {
    let mut text = String::new();
    for source in &refusal.sources {
        if let Some(info) = &source.info {
            text.push_str(&source::excerpt(info, &source.ranges, clean));
        }
    }
    text.push_str(&format!("ERROR: failed to build: failed to solve: {}", refusal.message));
    let code = match refusal.code {
        Code::Internal => 100,
        Code::ResourceExhausted => 102,
        Code::Cancelled => 130,
        _ => 1,
    };
    Failure { message: text, code }
}

/// The digest of the image's configuration, which is what is shown as its id; or that of the image where there is none.
fn image_id(response: &BTreeMap<String, String>) -> &str {
    let digest = response.get("containerimage.config.digest").or_else(|| response.get("containerimage.digest"));
    digest.map(String::as_str).unwrap_or_default()
}

fn finish(args: &BuildArgs, mode: Mode, outcome: &Outcome) -> Result<(), Failure> {
    let id = image_id(&outcome.response);
    // What is no image has no id, and may be on standard output itself.
    if mode == Mode::Quiet && (args.quiet || args.progress == "quiet") && !id.is_empty() {
        output::line(id)?;
    }
    if let Some(path) = &args.iidfile {
        std::fs::write(path, id).map_err(|error| Failure::new(format!("writing image ID file: {path}: {error}")))?;
    }
    Ok(())
}

/// What the outputs tell, as one JSON object: what holds JSON, in base64 or as it is, becomes a part of it.
fn write_metadata(path: &str, response: &BTreeMap<String, String>, warnings: &[Warning]) -> Result<(), Failure> {
    let mut object = serde_json::Map::new();
    for (key, value) in response {
        let decoded = if key == "result.json" { Some(value.clone().into_bytes()) } else { STANDARD.decode(value).ok() };
        let parsed = decoded.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        let told = parsed.filter(|parsed| match parsed {
            Value::Object(object) => !object.is_empty(),
            Value::Array(items) => !items.is_empty() && items.iter().all(Value::is_object),
            _ => false,
        });
        object.insert(key.clone(), told.unwrap_or_else(|| json!(value)));
    }
    let wanted =
        std::env::var("BUILDX_METADATA_WARNINGS").is_ok_and(|value| crate::flags::parse_bool(&value) == Ok(true));
    if wanted && !warnings.is_empty() {
        object.insert("buildx.build.warnings".into(), json!(warnings));
    }
    let text = serde_json::to_string_pretty(&object).map_err(|error| Failure::new(error.to_string()))?;
    let failed = |error: std::io::Error| Failure::new(format!("writing metadata file: {path}: {error}"));
    // A reader sees the whole of it or nothing.
    let beside =
        Path::new(path).with_file_name(format!(".tmp-{}", build_client::name().map_err(|e| self::failed(&e))?));
    std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path)).map_err(failed)
}
