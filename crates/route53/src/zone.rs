//! Hosted zones.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::error::{Error, Result};
use crate::name::{Name, ZoneId};
use crate::record::{Content, Kind, RecordSet, Value};
use crate::{Draft, limits};

/// What a new zone is to be.
#[derive(Debug, Clone)]
pub struct NewZone {
    /// Its name.
    pub name: Name,
    /// What tells this request from another one for the same name.
    pub reference: String,
    /// What its owner says of it.
    pub comment: Option<String>,
}

/// A zone's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its id.
    pub id: ZoneId,
    /// Its name.
    pub name: Name,
    /// The reference of the request that made it.
    pub reference: String,
    /// What its owner says of it.
    pub comment: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Its records: by the labels of the name from the last to the first, and by kind.
    pub(crate) names: BTreeMap<String, BTreeMap<Kind, RecordSet>>,
}

impl Zone {
    /// All record sets in the order in which Route 53 tells them.
    pub fn sets(&self) -> impl Iterator<Item = &RecordSet> {
        self.names.values().flat_map(BTreeMap::values)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.names.values().map(BTreeMap::len).sum()
    }

    /// Is this one of the two sets that every zone has?
    pub(crate) fn is_own(&self, set: &RecordSet) -> bool {
        set.name == self.name && matches!(set.kind, Kind::Ns | Kind::Soa)
    }
}

pub(crate) fn create(draft: &mut Draft<'_>, new: NewZone, server: Name, now: Timestamp) -> Result<Arc<Zone>> {
    if draft.zones.values().any(|zone| zone.reference == new.reference) {
        return Err(Error::ZoneExists);
    }
    if draft.zones.len() >= limits::ZONES {
        return Err(Error::TooManyZones(limits::ZONES));
    }
    let NewZone { name, reference, comment } = new;
    let mailbox = server.clone();
    let own = [
        (Kind::Ns, 172_800, Value::Ns(server.clone())),
        (Kind::Soa, 900, Value::Soa(server, mailbox, limits::NEGATIVE)),
    ];
    let own = own.map(|(kind, ttl, value)| {
        (kind, RecordSet { name: name.clone(), kind, content: Content::Values { ttl, values: vec![value] } })
    });
    let names = [(name.reversed(), own.into())].into();
    draft.put(Zone { id: ZoneId::random(), name, reference, comment, created: now, names })
}

pub(crate) fn delete(draft: &mut Draft<'_>, id: &ZoneId) -> Result<()> {
    let zone = draft.zone(id)?;
    if zone.sets().any(|set| !zone.is_own(set)) {
        return Err(Error::NotEmpty);
    }
    draft.essential();
    draft.remove::<Zone>(id);
    Ok(())
}
