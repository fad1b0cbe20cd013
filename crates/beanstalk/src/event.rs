//! Events: what has happened, as clients read it and wait for it.
//!
//! Clients wait for exact texts, by the id of the request that began it all, and ask for what came a millisecond after
//! the last one that they have seen. So each event has a millisecond of its own.

use std::fmt;

use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::error::Result;
use crate::limits;
use crate::name::{ApplicationName, EnvironmentName, RequestId, TemplateName, VersionLabel};
use crate::state::{Draft, State};

/// The millisecond of an event since 1970, in 15 digits: unique, and in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(String);

impl EventId {
    fn at(milliseconds: i64) -> Self {
        Self(format!("{milliseconds:015}"))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Milliseconds since 1970.
    pub fn milliseconds(&self) -> i64 {
        self.0.parse().unwrap_or_default()
    }
}

/// How much an event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Steps of steps.
    Trace,
    /// For those who look closely.
    Debug,
    /// What goes on.
    Info,
    /// What is not as it should be.
    Warn,
    /// What has failed.
    Error,
    /// What cannot go on.
    Fatal,
}

impl Severity {
    /// All, the mildest first.
    pub const ALL: [Self; 6] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What an event is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The region.
    pub region: Option<aws::Region>,
    /// The application.
    pub application: Option<ApplicationName>,
    /// The version.
    pub version: Option<VersionLabel>,
    /// The saved configuration.
    pub template: Option<TemplateName>,
    /// The environment.
    pub environment: Option<EnvironmentName>,
    /// The same environment by its id, since names are used again.
    pub environment_id: Option<crate::name::EnvironmentId>,
    /// The platform version.
    pub platform: Option<String>,
}

/// Something that has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its own millisecond.
    pub id: EventId,
    /// How much it matters.
    pub severity: Severity,
    /// What it is about.
    pub about: About,
    /// Which request it belongs to.
    pub request: Option<RequestId>,
    /// What has happened.
    pub message: String,
}

impl Event {
    /// When it happened.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.id.milliseconds()).unwrap_or_else(Timestamp::now)
    }
}

/// What is to be told.
#[derive(Debug, Clone)]
pub struct Told {
    /// How much it matters.
    pub severity: Severity,
    /// What has happened.
    pub message: String,
    /// Whose request it belongs to, if to another one's than the rest that is told with it.
    pub request: Option<RequestId>,
}

impl Told {
    /// What is told of the request that it is told with.
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self { severity, message: message.into(), request: None }
    }

    /// The same of another request.
    pub(crate) fn of(self, request: &RequestId) -> Self {
        Self { request: Some(request.clone()), ..self }
    }

    /// What goes on.
    pub fn info(message: impl Into<String>) -> Self {
        Self::new(Severity::Info, message)
    }

    /// What is not as it should be.
    pub fn warn(message: impl Into<String>) -> Self {
        Self::new(Severity::Warn, message)
    }

    /// What has failed.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }
}

/// Writes an event into the draft, in a millisecond after all that are there; the oldest go.
pub(crate) fn tell(
    draft: &mut Draft<'_>,
    now: Timestamp,
    about: &About,
    request: Option<&RequestId>,
    told: Told,
) -> Result<()> {
    let last = draft.events.last_key_value().map_or(0, |(id, _)| id.milliseconds());
    let id = EventId::at(now.milliseconds().max(last + 1));
    let (message, request) = (shortened(told.message), told.request.as_ref().or(request));
    draft.put(Event { id, severity: told.severity, about: about.clone(), request: request.cloned(), message })?;
    while draft.events.len() > limits::EVENTS {
        let Some(oldest) = draft.events.first_key_value().map(|(id, _)| id.clone()) else { break };
        draft.remove::<Event>(&oldest);
    }
    Ok(())
}

fn shortened(mut message: String) -> String {
    if message.len() > limits::EVENT_MESSAGE {
        let mut end = limits::EVENT_MESSAGE;
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        message.truncate(end);
        message.push('…');
    }
    message
}

/// Which events to list.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Of this application.
    pub application: Option<String>,
    /// About this version.
    pub version: Option<String>,
    /// About this saved configuration.
    pub template: Option<String>,
    /// Of the environment with this id.
    pub environment_id: Option<String>,
    /// Of environments of this name.
    pub environment: Option<String>,
    /// About this platform version.
    pub platform: Option<String>,
    /// Of this request.
    pub request: Option<String>,
    /// At least this severe.
    pub severity: Option<Severity>,
    /// Not before this moment.
    pub start: Option<Timestamp>,
    /// Before this moment.
    pub end: Option<Timestamp>,
    /// At most this many.
    pub limit: Option<usize>,
    /// Only those before this one: where the page before has ended.
    pub before: Option<String>,
}

impl State {
    /// Events of a region, newest first, and where the next page begins, if there is one.
    pub fn events(&self, region: &aws::Region, query: &Query) -> (Vec<Event>, Option<String>) {
        let limit = query.limit.unwrap_or(limits::PAGE).clamp(1, limits::PAGE);
        let start = query.start.map(Timestamp::milliseconds);
        let end = query.end.map(Timestamp::milliseconds);
        let same = |asked: &Option<String>, has: Option<&str>| asked.as_deref().is_none_or(|asked| has == Some(asked));
        let mut page = Vec::new();
        for (id, event) in self.events.iter().rev() {
            let at = id.milliseconds();
            if start.is_some_and(|start| at < start) {
                break;
            }
            let about = &event.about;
            let wanted = query.before.as_deref().is_none_or(|before| id.as_str() < before)
                && end.is_none_or(|end| at < end)
                && about.region.as_ref().is_none_or(|own| own == region)
                && same(&query.application, about.application.as_ref().map(AsRef::as_ref))
                && same(&query.version, about.version.as_ref().map(AsRef::as_ref))
                && same(&query.template, about.template.as_ref().map(AsRef::as_ref))
                && same(&query.environment_id, about.environment_id.as_ref().map(AsRef::as_ref))
                && same(&query.environment, about.environment.as_ref().map(AsRef::as_ref))
                && same(&query.platform, about.platform.as_deref())
                && same(&query.request, event.request.as_ref().map(|request| request.0.as_str()))
                && query.severity.is_none_or(|least| event.severity >= least);
            if !wanted {
                continue;
            }
            if page.len() == limit {
                return (page.clone(), page.last().map(|last: &Event| last.id.as_str().to_owned()));
            }
            page.push(Event::clone(event));
        }
        (page, None)
    }
}
