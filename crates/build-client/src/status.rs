//! What a daemon tells of a build while it runs.
//!
//! The types are BuildKit's own, and so is their JSON: it is what `--progress rawjson` prints (its Go types
//! `client.SolveStatus` and below).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grpc::proto::{Timestamp as Stamp, control, pb};
use serde::{Serialize, Serializer};
use words::Timestamp;

/// What has changed since the update before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Update {
    /// Steps that are new or have changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vertexes: Vec<Vertex>,
    /// What goes on within steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<Status>,
    /// Output of steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<Log>,
    /// What build checks have found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// A step, as far as it has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Vertex {
    /// Which: the digest of its definition.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// The steps that it needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
    /// What people read: `[stage 2/3] RUN make`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed: Option<Timestamp>,
    /// It had been done before.
    #[serde(skip_serializing_if = "is_false")]
    pub cached: bool,
    /// Why it failed; empty when it did not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// The group that is shown in place of this step.
    #[serde(rename = "progressGroup", skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
}

/// Steps that are shown as one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Which.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What people read.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The group is shown only when a step of it that is not weak has begun.
    #[serde(skip_serializing_if = "is_false")]
    pub weak: bool,
}

/// Something within a step: a layer that is fetched, a context that is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// What: unique within the step, and what people read.
    pub id: String,
    /// Of which step.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vertex: String,
    /// Unused by BuildKit.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How many bytes there are; 0 when nobody knows.
    #[serde(skip_serializing_if = "is_zero")]
    pub total: i64,
    /// How many bytes are done.
    pub current: i64,
    /// When this was so.
    pub timestamp: Timestamp,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed: Option<Timestamp>,
}

/// Output of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Log {
    /// Of which step.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vertex: String,
    /// 1 for standard output, 2 for standard error.
    #[serde(skip_serializing_if = "is_zero")]
    pub stream: i64,
    /// What it wrote; any bytes.
    #[serde(serialize_with = "encoded")]
    pub data: Vec<u8>,
    /// When.
    pub timestamp: Timestamp,
}

/// What a build check has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The step that it belongs to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vertex: String,
    /// How grave; 1 is the gravest.
    #[serde(skip_serializing_if = "is_zero")]
    pub level: i64,
    /// One line.
    #[serde(serialize_with = "encoded", skip_serializing_if = "Vec::is_empty")]
    pub short: Vec<u8>,
    /// More lines.
    #[serde(serialize_with = "all_encoded", skip_serializing_if = "Vec::is_empty")]
    pub detail: Vec<Vec<u8>>,
    /// Where it is explained.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The file that it is about.
    #[serde(rename = "sourceInfo", skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceInfo>,
    /// The lines that it is about.
    #[serde(rename = "range", skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
}

/// A file that a build was read from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct SourceInfo {
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub filename: String,
    /// Its content.
    #[serde(serialize_with = "encoded", deserialize_with = "decoded", skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<u8>,
    /// Its language: `Dockerfile`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
}

/// From a position to another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Range {
    /// The first.
    pub start: Position,
    /// The last; before the first when there is only that.
    pub end: Position,
}

/// A position in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Position {
    /// The line, from 1.
    #[serde(skip_serializing_if = "is_zero_32")]
    pub line: i32,
    /// The column, from 0.
    #[serde(skip_serializing_if = "is_zero_32")]
    pub character: i32,
}

fn is_false(value: &bool) -> bool {
    !*value
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

fn is_zero_32(value: &i32) -> bool {
    *value == 0
}

fn encoded<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn all_encoded<S: Serializer>(lines: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(lines.iter().map(|line| STANDARD.encode(line)))
}

fn decoded<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text: String = serde::Deserialize::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}

fn moment(stamp: &Stamp) -> Option<Timestamp> {
    Timestamp::from_nanos(i128::from(stamp.seconds) * 1_000_000_000 + i128::from(stamp.nanos))
}

/// A moment that has to be there; a daemon that leaves it out means the epoch, as protobuf has it.
fn needed(stamp: Option<&Stamp>) -> Timestamp {
    stamp.and_then(moment).or_else(|| Timestamp::from_nanos(0)).unwrap_or_else(Timestamp::now)
}

impl From<control::StatusResponse> for Update {
    fn from(told: control::StatusResponse) -> Self {
        Self {
            vertexes: told.vertexes.into_iter().map(Vertex::from).collect(),
            statuses: told.statuses.into_iter().map(Status::from).collect(),
            logs: told.logs.into_iter().map(Log::from).collect(),
            warnings: told.warnings.into_iter().map(Warning::from).collect(),
        }
    }
}

impl From<control::Vertex> for Vertex {
    fn from(told: control::Vertex) -> Self {
        Self {
            digest: told.digest,
            inputs: told.inputs,
            name: told.name,
            started: told.started.as_ref().and_then(moment),
            completed: told.completed.as_ref().and_then(moment),
            cached: told.cached,
            error: told.error,
            group: told.progress_group.map(|group| Group { id: group.id, name: group.name, weak: group.weak }),
        }
    }
}

impl From<control::VertexStatus> for Status {
    fn from(told: control::VertexStatus) -> Self {
        Self {
            id: told.id,
            vertex: told.vertex,
            name: told.name,
            total: told.total,
            current: told.current,
            timestamp: needed(told.timestamp.as_ref()),
            started: told.started.as_ref().and_then(moment),
            completed: told.completed.as_ref().and_then(moment),
        }
    }
}

impl From<control::VertexLog> for Log {
    fn from(told: control::VertexLog) -> Self {
        let timestamp = needed(told.timestamp.as_ref());
        Self { vertex: told.vertex, stream: told.stream, data: told.msg, timestamp }
    }
}

impl From<control::VertexWarning> for Warning {
    fn from(told: control::VertexWarning) -> Self {
        Self {
            vertex: told.vertex,
            level: told.level,
            short: told.short,
            detail: told.detail,
            url: told.url,
            source: told.info.map(SourceInfo::from),
            ranges: told.ranges.iter().map(Range::from).collect(),
        }
    }
}

impl From<pb::SourceInfo> for SourceInfo {
    fn from(told: pb::SourceInfo) -> Self {
        Self { filename: told.filename, data: told.data, language: told.language }
    }
}

impl From<&pb::Range> for Range {
    fn from(told: &pb::Range) -> Self {
        let position = |position: Option<&pb::Position>| {
            position.map_or_else(Position::default, |position| Position {
                line: position.line,
                character: position.character,
            })
        };
        Self { start: position(told.start.as_ref()), end: position(told.end.as_ref()) }
    }
}
