//! What a build tells, as the wire has it.

use build::{Event, Log, Progress, Status};
use grpc::proto::Timestamp;
use grpc::proto::control::{StatusResponse, Vertex, VertexLog, VertexStatus, VertexWarning};

use crate::errors;

/// One event.
pub(crate) fn response(event: Event) -> StatusResponse {
    let mut response = StatusResponse::default();
    match event {
        Event::Vertex(progress) => response.vertexes.push(vertex(progress)),
        Event::Status(told) => response.statuses.push(status(told)),
        Event::Log(told) => response.logs.push(log(told)),
        Event::Warning(found) => {
            let (info, range) = errors::source_info(&found.source, found.warning.span);
            response.warnings.push(VertexWarning {
                vertex: found.vertex.to_string(),
                level: 1,
                short: short(&found.warning).into_bytes(),
                detail: vec![found.warning.rule.description.as_bytes().to_vec()],
                url: found.warning.rule.url.to_owned(),
                info: Some(info),
                ranges: vec![range],
            });
        }
    }
    response
}

/// A warning in one line.
fn short(warning: &dockerfile::Warning) -> String {
    match warning.span.start.line {
        0 => format!("{}: {}", warning.rule.name, warning.detail),
        line => format!("{}: {} (line {line})", warning.rule.name, warning.detail),
    }
}

/// About how many bytes it takes to keep it.
pub(crate) fn weight(response: &StatusResponse) -> usize {
    grpc::proto::encoded_len(response) + 256
}

/// A moment.
pub(crate) fn moment(at: words::Timestamp) -> Timestamp {
    let nanos = at.nanos();
    Timestamp {
        seconds: i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or_default(),
        nanos: i32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or_default(),
    }
}

fn vertex(progress: Progress) -> Vertex {
    Vertex {
        digest: progress.digest.to_string(),
        inputs: progress.inputs.iter().map(ToString::to_string).collect(),
        name: progress.name,
        cached: progress.cached,
        started: progress.started.map(moment),
        completed: progress.completed.map(moment),
        error: progress.error.unwrap_or_default(),
        progress_group: None,
    }
}

fn status(told: Status) -> VertexStatus {
    VertexStatus {
        vertex: told.vertex.to_string(),
        name: told.id.clone(),
        id: told.id,
        current: i64::try_from(told.current).unwrap_or(i64::MAX),
        total: i64::try_from(told.total).unwrap_or(i64::MAX),
        timestamp: Some(moment(told.at)),
        started: told.started.map(moment),
        completed: told.completed.map(moment),
    }
}

fn log(told: Log) -> VertexLog {
    VertexLog {
        vertex: told.vertex.to_string(),
        timestamp: Some(moment(told.at)),
        stream: i64::from(told.stream),
        msg: told.bytes,
    }
}
