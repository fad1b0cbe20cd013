//! What is asked of registries: `/images/NAME/push`, `/auth`, `/distribution`.

use std::sync::Arc;

use engine::Engine;
use image::{Credentials, LayersAs, PushStep, Pushed, Pushing};
use oci::Reference;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use words::Secret;

use crate::Parts;
use crate::body::{self, Answer, Sender};
use crate::error::Failure;
use crate::images::{AbortOnDrop, credentials, fail, finished};
use crate::request::{Request, pass_over};

/// A push. Whatever fails is told in the stream, as dockerd does: its first line is there by then.
pub(crate) async fn push(parts: &Arc<Parts>, request: Request, name: &str) -> Result<Answer, Failure> {
    let asked = to_push(&request, name);
    // Docker's client sends a login of old in it.
    pass_over(request.body).await;
    let (name, credentials) = asked?;
    let (answer, sender) = body::streamed("application/json");
    let engine = parts.engine.clone();
    tokio::spawn(async move {
        let repository = format!("{}/{}", name.domain(), name.path());
        sender.line(&json!({ "status": format!("The push refers to repository [{repository}]") })).await;
        if let Err(failure) = push_all(&engine, &name, credentials, &sender).await {
            fail(&sender, &failure.message).await;
        }
    });
    Ok(answer)
}

fn to_push(request: &Request, name: &str) -> Result<(Reference, Option<Credentials>), Failure> {
    let parsed: Result<Reference, oci::ParseReferenceError> = name.parse();
    let name = parsed.map_err(|error| Failure::bad_request(error.to_string()))?;
    let name = match request.param("tag") {
        "" => name,
        tag => name.with_tag(tag.parse().map_err(|_| Failure::bad_request("invalid tag format"))?),
    };
    if !request.param("platform").is_empty() {
        return Err(Failure::not_implemented("push --platform"));
    }
    Ok((name, credentials(request)?))
}

async fn push_all(
    engine: &Engine,
    name: &Reference,
    credentials: Option<Credentials>,
    sender: &Sender,
) -> Result<(), Failure> {
    for tag in engine.names_to_push(name)? {
        let (told, mut steps) = mpsc::channel(64);
        let (engine, pushed, login) = (engine.clone(), tag.clone(), credentials.clone());
        let push = tokio::spawn(async move { engine.push(&pushed, LayersAs::default(), login, told).await });
        let _given_up = AbortOnDrop(push.abort_handle());
        loop {
            let step = tokio::select! {
                step = steps.recv() => step,
                () = sender.closed() => return Ok(()),
            };
            let Some(step) = step else { break };
            if !sender.line(&line(&step)).await {
                return Ok(());
            }
        }
        let Pushed { digest, size, .. } = finished(push).await?;
        let tag = tag.tag().map_or("", oci::Tag::as_str);
        sender.line(&json!({ "status": format!("{tag}: digest: {digest} size: {size}") })).await;
        let result = json!({ "Tag": tag, "Digest": digest.to_string(), "Size": size });
        sender.line(&json!({ "progressDetail": {}, "aux": result })).await;
    }
    Ok(())
}

fn line(pushing: &Pushing) -> Value {
    let word = match &pushing.step {
        PushStep::Preparing => "Preparing".to_owned(),
        PushStep::Waiting => "Waiting".to_owned(),
        PushStep::Pushing { .. } => "Pushing".to_owned(),
        PushStep::Retrying(1) => "Retrying in 1 second".to_owned(),
        PushStep::Retrying(seconds) => format!("Retrying in {seconds} seconds"),
        PushStep::Pushed => "Pushed".to_owned(),
        PushStep::MountedFrom(repository) => format!("Mounted from {repository}"),
        PushStep::AlreadyExists => "Layer already exists".to_owned(),
    };
    let detail = match pushing.step {
        PushStep::Pushing { current, total } => json!({ "current": current, "total": total }),
        _ => json!({}),
    };
    json!({ "status": word, "progressDetail": detail, "id": &pushing.layer.hex()[..12] })
}

/// `POST /auth`: whether a login is good. It is kept by the client, and by nobody here.
pub(crate) async fn log_in(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Login {
        username: String,
        password: String,
        identitytoken: String,
        serveraddress: String,
    }
    let login: Login = request.json().await?;
    if !login.identitytoken.is_empty() {
        return Err(Failure::not_implemented("logging in to a registry with an identity token"));
    }
    let credentials = Credentials { username: login.username, password: Secret::new(login.password) };
    parts.engine.check_login(&login.serveraddress, &credentials).await?;
    body::ok(&json!({ "IdentityToken": "", "Status": "Login Succeeded" }))
}

/// `GET /distribution/NAME/json`: what a name stands for in its registry.
pub(crate) async fn describe(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    let parsed: Result<Reference, oci::ParseReferenceError> = name.parse();
    let name = parsed.map_err(|error| Failure::bad_request(error.to_string()))?.or_latest();
    let credentials = credentials(request)?;
    let found = parts.engine.describe_in_registry(&name, credentials.as_ref()).await?;
    let platforms: Vec<Value> = found
        .platforms
        .iter()
        .map(|platform| {
            let mut value = json!({ "architecture": platform.architecture, "os": platform.os });
            if let Some(variant) = &platform.variant {
                value["variant"] = json!(variant);
            }
            value
        })
        .collect();
    let descriptor = json!({ "mediaType": found.media_type, "digest": found.digest.to_string(), "size": found.size });
    body::ok(&json!({ "Descriptor": descriptor, "Platforms": platforms }))
}
