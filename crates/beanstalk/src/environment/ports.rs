//! Where an environment answers: each of its listeners has a port of the environment's own.
//!
//! One machine has one port 443; a hundred environments that all listen there get a port each of those that the daemon
//! may give (`--eb-ports`), and keep it as long as they have the listener.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use words::Timestamp;

use super::Environment;
use crate::Beanstalk;
use crate::error::{Error, Noun, Result};
use crate::event::{self, Told};
use crate::fleet::Failure;
use crate::name::EnvironmentId;
use crate::option::Routing;
use crate::state::{Draft, State};

impl Environment {
    /// The port of its own behind each port that it listens to. The first one that it has stands for port 80.
    pub fn listens(&self, routing: &Routing) -> BTreeMap<u16, u16> {
        let main = routing.main().map(|main| (main, self.port));
        self.ports.iter().map(|(port, own)| (*port, *own)).chain(main).collect()
    }
}

/// A port that no environment has.
pub(crate) fn free(state: &State, range: RangeInclusive<u16>) -> Result<u16> {
    let living = state.environments.values().filter(|env| !env.life.is_terminated());
    let taken: BTreeSet<u16> = living.flat_map(|env| env.ports.values().copied().chain([env.port])).collect();
    let free = range.clone().find(|port| !taken.contains(port));
    free.ok_or_else(|| Error::TooMany {
        noun: Noun::Environment,
        what: format!("All ports from {} to {} are taken by environments.", range.start(), range.end()),
    })
}

/// The ports that an environment needs beside its first one.
fn further(routing: &Routing) -> BTreeSet<u16> {
    let main = routing.main();
    routing.listeners.keys().copied().filter(|port| Some(*port) != main).collect()
}

/// Gives further listeners ports, and takes back those of listeners that are not there any more.
fn allot(
    draft: &mut Draft<'_>,
    id: &EnvironmentId,
    wanted: &BTreeSet<u16>,
    (range, address): (&RangeInclusive<u16>, &str),
    now: Timestamp,
) -> Result<()> {
    let Some(environment) = draft.environments.get(id) else { return Ok(()) };
    let mut environment = Environment::clone(environment);
    environment.ports.retain(|port, _| wanted.contains(port));
    for port in wanted {
        if environment.ports.contains_key(port) {
            continue;
        }
        // The record is put each time, so that the next one sees what this one took.
        let own = free(draft, range.clone())?;
        environment.ports.insert(*port, own);
        let about = draft.put(environment.clone())?.about();
        let told = Told::info(format!("Listener {port} answers at {address}:{own}."));
        event::tell(draft, now, &about, None, told)?;
    }
    draft.put(environment).map(drop)
}

impl Beanstalk {
    /// Gives the listeners of an environment their ports, if they have not got them.
    pub(crate) async fn allot_ports(&self, id: &EnvironmentId) -> std::result::Result<(), Failure> {
        let state = self.state();
        let Some(environment) = state.environments.get(id).filter(|env| !env.life.is_terminating()) else {
            return Ok(());
        };
        let Some(wish) = self.wish(environment) else { return Ok(()) };
        let wanted = further(&wish.configuration.routing);
        if wanted.iter().eq(environment.ports.keys()) {
            return Ok(());
        }
        let (id, range, address) = (id.clone(), self.config().ports.clone(), self.fleet().address());
        let now = self.now();
        let committed = self.ledger().commit(move |draft| allot(draft, &id, &wanted, (&range, &address), now));
        committed.await.map_err(|error| Failure::new("Finding ports for the listeners", error.to_string()))
    }
}
