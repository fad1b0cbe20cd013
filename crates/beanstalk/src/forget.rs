//! What is too old goes: terminated environments with their events, and logs that were asked for.
//!
//! Nothing of it is timed by a task of its own, which a restart would forget: at each look the records' and the objects'
//! own age decides.

use std::time::Duration;

use words::Timestamp;

use crate::environment::{Environment, Life};
use crate::error::Result;
use crate::event::Event;
use crate::name::EnvironmentId;
use crate::state::{Draft, State};
use crate::{Beanstalk, limits};

/// The environments that were terminated too long ago to be restored.
fn forgettable(state: &State, now: Timestamp) -> Vec<EnvironmentId> {
    let is_old = |environment: &Environment| match environment.life {
        Life::Terminated { at } => now.since(at).as_secs() >= limits::TERMINATED_KEPT,
        _ => false,
    };
    state.environments.values().filter(|environment| is_old(environment)).map(|old| old.id.clone()).collect()
}

/// Forgets them, with what has happened to them.
fn forget(draft: &mut Draft<'_>, now: Timestamp) -> Result<()> {
    let old = forgettable(draft, now);
    let of_old = |event: &Event| event.about.environment_id.as_ref().is_some_and(|id| old.contains(id));
    let events: Vec<_> = draft.events.values().filter(|event| of_old(event)).map(|event| event.id.clone()).collect();
    for id in &events {
        draft.remove::<Event>(id);
    }
    for id in &old {
        draft.remove::<Environment>(id);
    }
    draft.essential();
    Ok(())
}

impl Beanstalk {
    /// Does what is left of what has ended, and then looks for what is too old, for ever.
    pub(crate) async fn sweep(self) {
        self.finish_deletions(self.now()).await;
        let state = self.state();
        let owners = state.security_groups.values().filter_map(|group| group.environment.as_ref());
        let gone = |id: &&EnvironmentId| state.environments.get(*id).is_none_or(|one| one.life.is_terminated());
        // A daemon that died may have left them.
        for id in owners.filter(gone).collect::<std::collections::BTreeSet<_>>() {
            self.forget_groups(id).await;
        }
        loop {
            let now = self.now();
            if !forgettable(&self.state(), now).is_empty()
                && let Err(error) = self.ledger().commit(move |draft| forget(draft, now)).await
            {
                tracing::error!(%error, "terminated environments could not be forgotten");
            }
            self.forget_logs(now).await;
            tokio::time::sleep(Duration::from_secs(limits::SWEEP)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::{example, now};
    use crate::event::{self, Told};
    use crate::state;

    #[tokio::test]
    async fn six_weeks_after_its_end_an_environment_and_its_events_are_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let store = store::Store::open(&directory.path().join("record")).unwrap();
        let ledger = std::sync::Arc::new(state::open(store).unwrap());
        let other = Environment { id: "e-zzzzzzzz12".parse().unwrap(), ..example() };
        let gone = Environment { life: Life::Terminated { at: now() }, ..example() };
        let id = gone.id.clone();
        let put = move |draft: &mut Draft<'_>| {
            for environment in [gone, other] {
                event::tell(draft, now(), &environment.about(), None, Told::info("It is there."))?;
                draft.put(environment)?;
            }
            Ok::<_, crate::Error>(())
        };
        ledger.commit(put).await.unwrap();
        let after = |seconds: u64| now().saturating_add(Duration::from_secs(seconds));
        let late = after(limits::TERMINATED_KEPT);
        assert_eq!(forgettable(&ledger.snapshot(), after(limits::TERMINATED_KEPT - 1)), []);
        assert_eq!(forgettable(&ledger.snapshot(), late), [id]);
        ledger.commit(move |draft| forget(draft, late)).await.unwrap();
        let state = ledger.snapshot();
        assert_eq!(state.environments.keys().map(EnvironmentId::as_str).collect::<Vec<_>>(), ["e-zzzzzzzz12"]);
        let left: Vec<_> = state.events.values().filter_map(|event| event.about.environment_id.clone()).collect();
        assert_eq!(left, ["e-zzzzzzzz12".parse().unwrap()]);
    }
}
