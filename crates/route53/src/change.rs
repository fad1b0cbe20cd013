//! Changes of a zone's records: all of a request's or none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::error::{Error, Result};
use crate::name::{ChangeId, Name};
use crate::record::{Content, Kind, RecordSet, Value};
use crate::zone::Zone;
use crate::{Draft, limits};

/// What is done with a record set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is made, and must not be there.
    Create,
    /// It goes, and must be there as it is told.
    Delete,
    /// It is made, or takes the place of the one that is there.
    Upsert,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is done.
    pub action: Action,
    /// With which record set.
    pub set: RecordSet,
}

/// A request whose changes are done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// Its id.
    pub id: ChangeId,
    /// When it was sent.
    pub at: Timestamp,
    /// What was said of it.
    pub comment: Option<String>,
}

/// Writes down that a request was done; the oldest are forgotten.
pub(crate) fn submit(draft: &mut Draft<'_>, comment: Option<String>, now: Timestamp) -> Result<Submitted> {
    while draft.changes.len() >= limits::KEPT_CHANGES {
        let Some(oldest) = draft.changes.first_key_value().map(|(id, _)| id.clone()) else { break };
        draft.remove::<Submitted>(&oldest);
    }
    let submitted = Submitted { id: ChangeId::at(now), at: now, comment };
    draft.put(submitted.clone())?;
    Ok(submitted)
}

/// The zone after the changes; why not, of each that cannot be.
pub(crate) fn apply(zone: &Zone, changes: &[Change], suffix: &Name) -> Result<Zone> {
    if changes.is_empty() || changes.len() > limits::CHANGES {
        return Err(Error::Input(format!("A batch has 1 to {} changes", limits::CHANGES)));
    }
    let mut after = zone.clone();
    let refused: Vec<String> = changes.iter().filter_map(|change| one(&mut after, change, suffix).err()).collect();
    if !refused.is_empty() {
        return Err(Error::Batch(refused));
    }
    if after.count() > limits::RECORD_SETS {
        let most = limits::RECORD_SETS;
        return Err(Error::Batch(vec![format!("A hosted zone has at most {most} record sets")]));
    }
    Ok(after)
}

fn one(zone: &mut Zone, Change { action, set }: &Change, suffix: &Name) -> std::result::Result<(), String> {
    let what = format!("resource record set [name='{}', type='{}']", set.name.told(), set.kind.word());
    if !set.name.is_within(&zone.name) {
        return Err(format!("RRSet with DNS name {} is not permitted in zone {}", set.name.told(), zone.name.told()));
    }
    if zone.is_own(set) || matches!(set.kind, Kind::Ns | Kind::Soa) {
        return Err(format!("Tried to change {what}, which is the name server's own"));
    }
    let key = set.name.reversed();
    let there = zone.names.get(&key).and_then(|kinds| kinds.get(&set.kind));
    match (action, there) {
        (Action::Create, Some(_)) => return Err(format!("Tried to create {what} but it already exists")),
        (Action::Delete, None) => return Err(format!("Tried to delete {what} but it was not found")),
        (Action::Delete, Some(there)) if !same(there, set) => {
            return Err(format!("Tried to delete {what} but the values provided do not match the current values"));
        }
        (Action::Delete, Some(_)) => {
            if let Some(kinds) = zone.names.get_mut(&key) {
                kinds.remove(&set.kind);
                if kinds.is_empty() {
                    zone.names.remove(&key);
                }
            }
            return Ok(());
        }
        (Action::Create | Action::Upsert, _) => {}
    }
    check(zone, set, zone.names.get(&key), suffix)?;
    zone.names.entry(key).or_default().insert(set.kind, set.clone());
    Ok(())
}

/// Are two sets the same, in whichever order their values are?
fn same(one: &RecordSet, other: &RecordSet) -> bool {
    match (&one.content, &other.content) {
        (Content::Values { ttl, values }, Content::Values { ttl: other_ttl, values: others }) => {
            ttl == other_ttl && values.len() == others.len() && values.iter().all(|value| others.contains(value))
        }
        (one, other) => one == other,
    }
}

/// Refuses what no zone may have.
fn check(
    zone: &Zone,
    set: &RecordSet,
    beside: Option<&BTreeMap<Kind, RecordSet>>,
    suffix: &Name,
) -> std::result::Result<(), String> {
    let (name, kind) = (set.name.told(), set.kind.word());
    if set.kind == Kind::Cname && set.name == zone.name {
        return Err(format!("RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {name}"));
    }
    let mut others = beside.into_iter().flatten().map(|(kind, _)| *kind).filter(|other| *other != set.kind);
    if others.any(|other| (other == Kind::Cname) != (set.kind == Kind::Cname)) {
        return Err(format!(
            "RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records with the \
             same DNS name in zone {}",
            zone.name.told()
        ));
    }
    match &set.content {
        Content::Alias(_) if !matches!(set.kind, Kind::A | Kind::Aaaa) => {
            Err(format!("An alias of the type {kind} is not served here; A and AAAA are"))
        }
        Content::Alias(alias) if alias.target.is_within(suffix) || alias.target.is_within(&zone.name) => Ok(()),
        Content::Alias(alias) => Err(format!(
            "Tried to create an alias that targets {}, which is neither the name of an environment, below {}, nor in \
             the zone {}",
            alias.target.told(),
            suffix.told(),
            zone.name.told()
        )),
        Content::Values { values, .. } => {
            let doubled = values.iter().enumerate().any(|(at, value)| values.iter().take(at).any(|one| one == value));
            let several = set.kind == Kind::Cname && values.len() != 1;
            let fits = values.iter().all(|value| kind_of(value) == set.kind);
            if values.is_empty() || values.len() > limits::VALUES || doubled || several || !fits {
                return Err(format!("The values of {name} {kind} are none, too many, or twice the same"));
            }
            Ok(())
        }
    }
}

fn kind_of(value: &Value) -> Kind {
    match value {
        Value::A(_) => Kind::A,
        Value::Aaaa(_) => Kind::Aaaa,
        Value::Cname(_) => Kind::Cname,
        Value::Ns(_) => Kind::Ns,
        Value::Soa(..) => Kind::Soa,
        Value::Txt(_) => Kind::Txt,
    }
}
