//! The steps of a build in the words of BuildKit's graphs (LLB), and the lines that they come from.
//! Source: BuildKit `solver/pb/ops.proto` as JSON.

use std::collections::HashMap;

use base64::Engine as _;
use oci::image::Platform;
use serde_json::{Value, json};

use super::{Done, without_password};
use crate::graph::{Action, CopyAction, MountWhat, Op, Run, RunMount, Sharing, Vertex, VertexId};
use crate::request::StepNetwork;

/// The steps, what is used before what uses it.
pub(super) fn steps(done: &Done<'_>) -> Value {
    let needed = done.graph.needed(&[done.end]);
    let places: HashMap<VertexId, usize> = needed.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    let step = |(place, id): (usize, &VertexId)| {
        let vertex = done.graph.get(*id);
        let mut inputs = vertex.op.inputs();
        let mut seen = std::collections::HashSet::new();
        inputs.retain(|input| seen.insert(*input));
        let number = |input: VertexId| inputs.iter().position(|known| *known == input).unwrap_or_default();
        let names: Vec<String> =
            inputs.iter().filter_map(|input| Some(format!("step{}:0", places.get(input)?))).collect();
        let mut step = json!({
            "id": format!("step{place}"),
            "op": { "Op": op(done, vertex, &number), "platform": platform(&Platform::host()) },
        });
        if !names.is_empty() {
            step["inputs"] = json!(names);
        }
        step
    };
    json!({ "llbDefinition": needed.iter().enumerate().map(step).collect::<Vec<_>>() })
}

/// The Dockerfile, and which of its lines each step comes from.
pub(super) fn source(done: &Done<'_>) -> Value {
    let mut locations = serde_json::Map::new();
    for (place, id) in done.graph.needed(&[done.end]).into_iter().enumerate() {
        if let Some(at) = &done.graph.get(id).at {
            let [start, end] = [at.span.start, at.span.end].map(|position| json!({ "line": position.line }));
            let range = json!({ "locations": [{ "ranges": [{ "start": start, "end": end }] }] });
            locations.insert(format!("step{place}"), range);
        }
    }
    let text = base64::engine::general_purpose::STANDARD.encode(&done.dockerfile.text);
    let file = json!({ "filename": done.dockerfile.name, "language": "Dockerfile", "data": text });
    json!({ "locations": locations, "infos": [file] })
}

fn platform(platform: &Platform) -> Value {
    let mut value = json!({ "Architecture": platform.architecture, "OS": platform.os });
    if let Some(variant) = &platform.variant {
        value["Variant"] = json!(variant);
    }
    value
}

fn op(done: &Done<'_>, vertex: &Vertex, number: &impl Fn(VertexId) -> usize) -> Value {
    let from = |identifier: String| json!({ "source": { "identifier": identifier } });
    match &vertex.op {
        Op::Scratch => json!({ "file": { "actions": [] } }),
        Op::Image(_, known) => match known {
            Some(image) if image.reference.digest().is_some() => from(format!("docker-image://{}", image.reference)),
            Some(image) => from(format!("docker-image://{}@{}", image.reference, image.digest)),
            None => from("docker-image://".into()),
        },
        Op::Local(local) => {
            let mut value = from(format!("local://{}", local.name));
            let lists = [
                ("local.includepattern", &local.include),
                ("local.excludepatterns", &local.exclude),
                ("local.followpaths", &local.follow),
            ];
            for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
                value["source"]["attrs"][name] = json!(json!(list).to_string());
            }
            value
        }
        Op::Directory(_) => match &done.context {
            Some(context) => from(without_password(&context.uri)),
            None => from("local://context".into()),
        },
        Op::Http(http) => {
            let mut value = from(without_password(&http.url));
            value["source"]["attrs"] = json!({ "http.filename": http.filename });
            if let Some(checksum) = &http.checksum {
                value["source"]["attrs"]["http.checksum"] = json!(checksum);
            }
            value
        }
        Op::Git(git) => {
            let mut value = from(format!("git://{}", super::git_uri(git)));
            value["source"]["attrs"] = json!({ "git.fullurl": without_password(&git.remote) });
            value
        }
        Op::Run(run) => json!({ "exec": exec(run, number) }),
        Op::Files(files) => {
            let action = |action: &Action| file(action, number(files.base), number);
            json!({ "file": { "actions": files.actions.iter().map(action).collect::<Vec<_>>() } })
        }
    }
}

fn exec(run: &Run, number: &impl Fn(VertexId) -> usize) -> Value {
    let mut meta = json!({ "args": run.args, "env": run.env, "cwd": run.cwd });
    if !run.user.is_empty() {
        meta["user"] = json!(run.user);
    }
    let mut mounts = vec![json!({ "input": number(run.base), "dest": "/", "output": 0 })];
    mounts.extend(run.mounts.iter().filter_map(|mount| self::mount(mount, number)));
    let mut exec = json!({ "meta": meta, "mounts": mounts });
    match run.network {
        StepNetwork::Bridge | StepNetwork::Named(_) => {}
        StepNetwork::Host => exec["network"] = json!(1),
        StepNetwork::None => exec["network"] = json!(2),
    }
    if run.insecure {
        exec["security"] = json!(1);
    }
    let variables: Vec<Value> = run.mounts.iter().filter_map(secret_variable).collect();
    if !variables.is_empty() {
        exec["secretenv"] = json!(variables);
    }
    exec
}

fn secret_variable(mount: &RunMount) -> Option<Value> {
    match &mount.what {
        MountWhat::SecretEnv { id, required, variable } => {
            Some(json!({ "ID": id, "name": variable, "optional": !required }))
        }
        _ => None,
    }
}

fn mount(RunMount { target, what }: &RunMount, number: &impl Fn(VertexId) -> usize) -> Option<Value> {
    Some(match what {
        MountWhat::Bind { from, source, writable } => {
            json!({ "input": number(*from), "selector": source, "dest": target, "output": -1, "readonly": !writable })
        }
        MountWhat::Cache { id, sharing, from, readonly, .. } => {
            let sharing = match sharing {
                Sharing::Shared => 0,
                Sharing::Private => 1,
                Sharing::Locked => 2,
            };
            let input = from.as_ref().map_or(json!(-1), |(from, _)| json!(number(*from)));
            json!({
                "input": input, "dest": target, "output": -1, "readonly": readonly, "mountType": 3,
                "cacheOpt": { "ID": id, "sharing": sharing },
            })
        }
        MountWhat::Tmpfs { size, .. } => {
            json!({ "input": -1, "dest": target, "output": -1, "mountType": 4, "TmpfsOpt": { "size": size } })
        }
        MountWhat::Secret { id, required, mode, uid, gid } => json!({
            "input": -1, "dest": target, "output": -1, "mountType": 1,
            "secretOpt": { "ID": id, "uid": uid, "gid": gid, "mode": mode, "optional": !required },
        }),
        MountWhat::Ssh { id, required, mode, uid, gid } => json!({
            "input": -1, "dest": target, "output": -1, "mountType": 2,
            "SSHOpt": { "ID": id, "uid": uid, "gid": gid, "mode": mode, "optional": !required },
        }),
        MountWhat::SecretEnv { .. } => return None,
    })
}

fn file(action: &Action, base: usize, number: &impl Fn(VertexId) -> usize) -> Value {
    let (secondary, action) = match action {
        Action::MakeDir { path, mode, owner } => {
            (json!(-1), json!({ "mkdir": { "path": path, "mode": mode, "makeParents": true, "owner": owner } }))
        }
        Action::WriteFile { path, data, mode, owner } => {
            let data = base64::engine::general_purpose::STANDARD.encode(data);
            (json!(-1), json!({ "mkfile": { "path": path, "mode": mode, "data": data, "owner": owner } }))
        }
        Action::Copy(copy) => {
            let CopyAction { from, source, target, owner, mode, exclude, parents, unpack } = &**copy;
            let copy = json!({
                "src": source, "dest": target, "owner": owner, "mode": mode, "excludePatterns": exclude,
                "parentPaths": parents, "attemptUnpackDockerCompatibility": unpack, "followSymlink": true,
                "dirCopyContents": true, "createDestPath": true, "allowWildcard": true,
            });
            (json!(number(*from)), json!({ "copy": copy }))
        }
    };
    json!({ "input": base, "secondaryInput": secondary, "output": 0, "Action": action })
}
