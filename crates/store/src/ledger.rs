//! The state of a domain: in memory to be read, in the store to last.
//!
//! Readers take a snapshot, an immutable value, and hold no lock. A change is made in a [`Draft`]: it is applied to
//! memory and queued for the store in one step, and [`Ledger::commit`] answers when it is durable. If the disk refuses
//! it, the change is taken back; whoever changes an object holds a lock of its own on it until then, so that nothing
//! else can have built upon it.
//!
//! The state `S` is a plain structure of maps, of its domain's making; what can be kept in one of them is a [`Noun`].

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use crate::{Batch, Error, Record, Store};

/// A record that a ledger of the state `S` keeps.
pub trait Noun<S>: Record + Clone + Send + Sync + 'static {
    /// What it is found by.
    type Id: Ord + Clone + Send + Sync + 'static;

    /// What this one is found by.
    fn id(&self) -> Self::Id;

    /// What [`Record::key`] gives for the record that has this id.
    fn key_of(id: &Self::Id) -> &str;

    /// Where the state has those of its kind.
    fn all(state: &mut S) -> &mut BTreeMap<Self::Id, Arc<Self>>;

    /// All that the store has. Blocks.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn load(store: &Store) -> Result<BTreeMap<Self::Id, Arc<Self>>, Error> {
        Ok(store.load::<Self>()?.into_iter().map(|record| (record.id(), Arc::new(record))).collect())
    }
}

/// Makes a structure a [`Record`] and a [`Noun`] that is found by one of its fields:
/// `noun!(STATE.MAP: STRUCTURE, TABLE, FIELD: ID, TEXT)`, where `TEXT` is the method of `ID` that gives the key.
#[macro_export]
macro_rules! noun {
    ($state:ident.$all:ident: $noun:ty, $table:literal, $field:ident: $id:ty, $text:ident) => {
        impl $crate::Record for $noun {
            const TABLE: &'static str = $table;
            fn key(&self) -> &str {
                self.$field.$text()
            }
        }

        impl $crate::ledger::Noun<$state> for $noun {
            type Id = $id;
            fn id(&self) -> $id {
                self.$field.clone()
            }
            fn key_of(id: &$id) -> &str {
                id.$text()
            }
            fn all(state: &mut $state) -> &mut ::std::collections::BTreeMap<$id, ::std::sync::Arc<Self>> {
                &mut state.$all
            }
        }
    };
}

type Undo<S> = Box<dyn FnOnce(&mut S) + Send>;

/// A change in the making, which fails with `E`.
pub struct Draft<'a, S, E> {
    state: &'a mut S,
    batch: Batch,
    undo: Vec<Undo<S>>,
    fails: PhantomData<fn() -> E>,
}

impl<S: 'static, E: From<Error>> Draft<'_, S, E> {
    /// Puts a record in place of the one with the same id.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn put<N: Noun<S>>(&mut self, record: N) -> Result<Arc<N>, E> {
        self.batch.put(&record)?;
        let record = Arc::new(record);
        let id = record.id();
        let before = N::all(self.state).insert(id.clone(), Arc::clone(&record));
        self.remember(id, before);
        Ok(record)
    }

    /// Removes the record with this id.
    pub fn remove<N: Noun<S>>(&mut self, id: &N::Id) {
        let before = N::all(self.state).remove(id);
        self.batch.delete::<N>(N::key_of(id));
        self.remember(id.clone(), before);
    }

    /// Says that this change records what has happened, or gives back: it is written on a full disk, too
    /// ([`Batch::essential`]). It makes nothing new.
    pub fn essential(&mut self) {
        self.batch.essential();
    }

    fn remember<N: Noun<S>>(&mut self, id: N::Id, before: Option<Arc<N>>) {
        self.undo.push(Box::new(move |state| {
            let all = N::all(state);
            match before {
                Some(before) => all.insert(id, before),
                None => all.remove(&id),
            };
        }));
    }
}

impl<S, E> std::ops::Deref for Draft<'_, S, E> {
    type Target = S;
    fn deref(&self) -> &S {
        self.state
    }
}

/// The one place that changes a state. Its decisions fail with `E`.
#[derive(Debug)]
pub struct Ledger<S, E> {
    current: RwLock<Arc<S>>,
    changed: watch::Sender<()>,
    store: Store,
    fails: PhantomData<fn() -> E>,
}

impl<S, E> Ledger<S, E>
where
    S: Clone + Send + Sync + 'static,
    E: From<Error> + Send + 'static,
{
    /// A ledger of the state that was read from this store.
    pub fn new(state: S, store: Store) -> Self {
        Self { current: RwLock::new(Arc::new(state)), changed: watch::Sender::new(()), store, fails: PhantomData }
    }

    /// The state now.
    pub fn snapshot(&self) -> Arc<S> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells of each change that was committed: it is durable by then, or was taken back.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Decides upon the present state and commits what was decided. The decision sees the state that it changes:
    /// nobody else changes it meanwhile. If the decision is an error, nothing has changed.
    ///
    /// The change is queued when this function is called, before the future is first polled.
    ///
    /// # Errors
    /// The decision's, or the store's.
    pub fn commit<T, D>(self: &Arc<Self>, decide: D) -> impl Future<Output = Result<T, E>> + Send + use<T, D, S, E>
    where
        T: Send + 'static,
        D: FnOnce(&mut Draft<'_, S, E>) -> Result<T, E>,
    {
        let decided = self.apply(decide);
        let ledger = Arc::clone(self);
        async move {
            let (value, durable, undo) = decided?;
            let outcome = durable.await;
            if outcome.is_err() {
                ledger.with(|state| undo.into_iter().rev().for_each(|step| step(state)));
            }
            ledger.changed.send_replace(());
            outcome?;
            Ok(value)
        }
    }

    #[allow(clippy::type_complexity, reason = "used once, right above")]
    fn apply<T, D>(
        &self,
        decide: D,
    ) -> Result<(T, impl Future<Output = Result<(), Error>> + Send + use<T, D, S, E>, Vec<Undo<S>>), E>
    where
        D: FnOnce(&mut Draft<'_, S, E>) -> Result<T, E>,
    {
        self.with(|state| {
            let mut draft = Draft { state, batch: Batch::new(), undo: Vec::new(), fails: PhantomData };
            match decide(&mut draft) {
                Ok(value) => {
                    let Draft { batch, undo, .. } = draft;
                    // Queued under the lock, so that the store sees changes in the order in which they were decided.
                    Ok((value, self.store.commit(batch), undo))
                }
                Err(error) => {
                    let Draft { state, undo, .. } = draft;
                    undo.into_iter().rev().for_each(|step| step(state));
                    Err(error)
                }
            }
        })
    }

    /// Changes what is known only while the daemon runs: nothing is written.
    pub fn with<T>(&self, change: impl FnOnce(&mut S) -> T) -> T {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut current))
    }
}
