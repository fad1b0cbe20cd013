//! Groups and their streams: the records, and the decisions upon them.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws::{AccountId, Arn, Region};
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::error::{Error, Result};
use crate::limits;
use crate::name::{GroupId, GroupKey, GroupName, StreamId, StreamKey, StreamName};

/// A change in the making.
pub(crate) type Draft<'a> = store::ledger::Draft<'a, State, Error>;

/// The one place that changes groups and streams. Events have a place of their own (`shelf`).
pub(crate) type Ledger = store::ledger::Ledger<State, Error>;

/// All groups and streams.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) groups: BTreeMap<GroupKey, Arc<Group>>,
    pub(crate) streams: BTreeMap<StreamKey, Arc<Stream>>,
}

/// A group's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Where it is found.
    pub key: GroupKey,
    /// What it is.
    pub id: GroupId,
    /// Its region.
    pub region: Region,
    /// Its name.
    pub name: GroupName,
    /// When it was made.
    pub created: Timestamp,
    /// How many days its events are kept; for ever if nothing.
    pub retention: Option<u32>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

store::noun!(State.groups: Group, "logs-groups", key: GroupKey, as_str);

/// A stream's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// Where it is found.
    pub key: StreamKey,
    /// What it is.
    pub id: StreamId,
    /// The group that it is of.
    pub group: GroupId,
    /// Its name.
    pub name: StreamName,
    /// When it was made.
    pub created: Timestamp,
}

store::noun!(State.streams: Stream, "logs-streams", key: StreamKey, as_str);

impl Group {
    /// Its ARN, without the `:*` that some of Amazon's answers add.
    pub fn arn(&self, account: &AccountId) -> Arn {
        Arn::new("logs", &self.region, account, format!("log-group:{}", self.name))
    }

    /// The first moment, in milliseconds, of which events are still kept.
    pub(crate) fn keeps_since(&self, now: Timestamp) -> i64 {
        self.retention.map_or(0, |days| millis(now).saturating_sub(i64::from(days) * 86_400_000).max(0))
    }
}

/// Milliseconds since 1970.
pub(crate) fn millis(moment: Timestamp) -> i64 {
    i64::try_from(moment.nanos() / 1_000_000).unwrap_or(i64::MAX).max(0)
}

impl State {
    pub(crate) fn group(&self, region: &Region, name: &GroupName) -> Result<&Arc<Group>> {
        self.groups.get(&GroupKey::new(region, name)).ok_or(Error::NoSuchGroup)
    }

    pub(crate) fn stream(&self, group: &Group, name: &StreamName) -> Result<&Arc<Stream>> {
        self.streams.get(&StreamKey::new(group.id, name)).ok_or(Error::NoSuchStream)
    }

    /// Groups of a region whose names begin so, by name.
    pub(crate) fn of_region(&self, region: &Region, prefix: &str) -> impl Iterator<Item = &Arc<Group>> {
        let first = GroupKey::prefix(region, prefix);
        let all = self.groups.range(first.clone()..).map(|(_, group)| group);
        all.take_while(move |group| group.key.as_str().starts_with(first.as_str()))
    }

    /// Streams of a group whose names begin so, by name.
    pub(crate) fn of_group(&self, group: GroupId, prefix: &str) -> impl Iterator<Item = &Arc<Stream>> {
        let first = StreamKey::prefix(group, prefix);
        let all = self.streams.range(first.clone()..).map(|(_, stream)| stream);
        all.take_while(move |stream| stream.key.as_str().starts_with(first.as_str()))
    }
}

/// A group that is to be made.
#[derive(Debug, Clone)]
pub struct NewGroup {
    /// In which region.
    pub region: Region,
    /// Under which name.
    pub name: GroupName,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// Makes a group.
pub(crate) fn create(draft: &mut Draft<'_>, new: NewGroup, now: Timestamp) -> Result<Arc<Group>> {
    let NewGroup { region, name, tags } = new;
    if name.as_str().starts_with("aws/") {
        return Err(Error::invalid("Log groups starting with AWS/ are reserved for AWS."));
    }
    let key = GroupKey::new(&region, &name);
    if draft.groups.contains_key(&key) {
        return Err(Error::GroupExists);
    }
    if draft.groups.len() >= limits::GROUPS {
        return Err(Error::OverLimit(format!("There are {} log groups already: delete some first.", limits::GROUPS)));
    }
    check_tags(&tags)?;
    draft.put(Group { key, id: GroupId::random(), region, name, created: now, retention: None, tags })
}

/// Makes a stream.
pub(crate) fn create_stream(
    draft: &mut Draft<'_>,
    region: &Region,
    group: &GroupName,
    name: StreamName,
    now: Timestamp,
) -> Result<Arc<Stream>> {
    let group = draft.group(region, group)?.id;
    let key = StreamKey::new(group, &name);
    if draft.streams.contains_key(&key) {
        return Err(Error::StreamExists);
    }
    if draft.streams.len() >= limits::STREAMS {
        return Err(Error::OverLimit(format!("There are {} log streams already: delete some first.", limits::STREAMS)));
    }
    draft.put(Stream { key, id: StreamId::random(), group, name, created: now })
}

/// Deletes a group with its streams, and says which these were.
pub(crate) fn delete(draft: &mut Draft<'_>, region: &Region, name: &GroupName) -> Result<Vec<StreamId>> {
    let group = Arc::clone(draft.group(region, name)?);
    let streams: Vec<Arc<Stream>> = draft.of_group(group.id, "").cloned().collect();
    for stream in &streams {
        draft.remove::<Stream>(&stream.key);
    }
    draft.remove::<Group>(&group.key);
    Ok(streams.iter().map(|stream| stream.id).collect())
}

/// Deletes a stream, and says which it was.
pub(crate) fn delete_stream(
    draft: &mut Draft<'_>,
    region: &Region,
    group: &GroupName,
    name: &StreamName,
) -> Result<StreamId> {
    let group = Arc::clone(draft.group(region, group)?);
    let stream = Arc::clone(draft.stream(&group, name)?);
    draft.remove::<Stream>(&stream.key);
    Ok(stream.id)
}

/// Says how many days a group keeps its events.
pub(crate) fn retain(draft: &mut Draft<'_>, region: &Region, name: &GroupName, days: Option<u32>) -> Result<()> {
    if let Some(days) = days
        && !limits::RETENTION.contains(&days)
    {
        let known: Vec<String> = limits::RETENTION.iter().map(u32::to_string).collect();
        let message = format!("Value {days} for retentionInDays is none of {}.", known.join(", "));
        return Err(Error::invalid(message));
    }
    let group = Group::clone(draft.group(region, name)?);
    if group.retention != days {
        draft.put(Group { retention: days, ..group })?;
    }
    Ok(())
}

/// Changes the tags of a group.
pub(crate) fn tag(
    draft: &mut Draft<'_>,
    region: &Region,
    name: &GroupName,
    add: BTreeMap<String, String>,
    remove: &[String],
) -> Result<()> {
    let group = Group::clone(draft.group(region, name)?);
    let mut tags = group.tags.clone();
    tags.retain(|key, _| !remove.contains(key));
    tags.extend(add);
    check_tags(&tags)?;
    draft.put(Group { tags, ..group }).map(drop)
}

fn check_tags(tags: &BTreeMap<String, String>) -> Result<()> {
    if tags.len() > limits::TAGS {
        return Err(Error::invalid(format!("A log group has at most {} tags.", limits::TAGS)));
    }
    for (key, value) in tags {
        let (letters, signs) = (key.chars().count(), value.chars().count());
        if !(1..=limits::TAG_KEY).contains(&letters) || signs > limits::TAG_VALUE {
            let most = (limits::TAG_KEY, limits::TAG_VALUE);
            return Err(Error::invalid(format!(
                "A tag has a key of 1 to {} and a value of at most {} characters.",
                most.0, most.1
            )));
        }
        if key.starts_with("aws:") {
            return Err(Error::invalid("Tag keys that begin with aws: are Amazon's own."));
        }
    }
    Ok(())
}
