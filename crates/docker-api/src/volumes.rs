//! `/volumes`.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::volume::{Volume, VolumeRequest};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Parts;
use crate::body::{self, Answer};
use crate::error::Failure;
use crate::filters::Filters;
use crate::request::Request;

pub(crate) fn shown(volume: &Volume) -> Value {
    json!({
        "CreatedAt": volume.created.to_string(),
        "Driver": "local",
        "Labels": (!volume.labels.is_empty()).then_some(&volume.labels),
        "Mountpoint": volume.mountpoint,
        "Name": volume.name,
        "Options": (!volume.options.is_empty()).then_some(&volume.options),
        "Scope": "local",
    })
}

pub(crate) fn list(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    let filters = Filters::parse(request.param("filters"), &["dangling", "driver", "label", "name"])?;
    let dangling = filters.boolean("dangling")?;
    let snapshot = parts.engine.snapshot();
    let found: Vec<Value> = snapshot
        .volumes
        .values()
        .filter(|volume| {
            dangling.is_none_or(|wanted| (parts.engine.volume_users(&volume.name) == 0) == wanted)
                && filters.any("driver", |driver| driver == "local")
                && filters.any("name", |part| volume.name.contains(part))
                && filters.labels(&volume.labels)
        })
        .map(|volume| shown(volume))
        .collect();
    body::ok(&json!({ "Volumes": found, "Warnings": Value::Null }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Create {
    name: Option<String>,
    driver: Option<String>,
    driver_opts: Option<BTreeMap<String, String>>,
    labels: Option<BTreeMap<String, String>>,
    cluster_volume_spec: Option<Value>,
}

pub(crate) async fn create(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    let body: Create = request.json().await?;
    if body.cluster_volume_spec.is_some_and(|spec| !spec.is_null()) {
        return Err(Failure::not_implemented("a cluster volume"));
    }
    let wanted = VolumeRequest {
        name: body.name.filter(|name| !name.is_empty()),
        driver: body.driver.unwrap_or_default(),
        options: body.driver_opts.unwrap_or_default(),
        labels: body.labels.unwrap_or_default(),
    };
    let volume = parts.engine.create_volume(wanted).await?;
    Ok(body::json(StatusCode::CREATED, &shown(&volume)))
}

pub(crate) async fn prune(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    let filters = Filters::parse(request.param("filters"), &["all", "label", "label!"])?;
    // Since 1.42 volumes with a name are spared unless all are asked for.
    let all = filters.boolean("all")?.unwrap_or(false) || !request.at_least(1, 42);
    let wanted = |volume: &Volume| (all || volume.anonymous) && filters.labels(&volume.labels);
    let pruned = parts.engine.prune_volumes(wanted).await?;
    body::ok(&json!({ "VolumesDeleted": pruned.removed, "SpaceReclaimed": pruned.bytes }))
}

pub(crate) fn inspect(parts: &Arc<Parts>, name: &str) -> Result<Answer, Failure> {
    body::ok(&shown(&*parts.engine.volume(name)?))
}

pub(crate) async fn remove(parts: &Arc<Parts>, request: &Request, name: &str) -> Result<Answer, Failure> {
    parts.engine.remove_volume(name, request.flag("force")).await?;
    crate::route::done(StatusCode::NO_CONTENT)
}
