//! Queues of messages, as Amazon's Simple Queue Service has them: standard ones.
//!
//! A message that was sent is on the disk before its sender is told so; one that is received is hidden from others for a
//! while, and comes back unless it is deleted; one that comes back too often goes to another queue, where somebody may
//! look at it.
//!
//! | to understand | see |
//! |---|---|
//! | names, receipts | `name.rs` |
//! | queues and their attributes | `queue.rs` |
//! | what a message may say, and its digests | `message.rs` |
//! | which message is given out next | `shelf.rs` |
//! | sending, receiving, deleting | `post.rs` |
//! | moving dead letters back | `moves.rs` |
//!
//! All messages are in memory too, bounded by [`limits::MEMORY`] over all queues. FIFO queues are refused.
//!
//! What this crate does not know: HTTP, JSON, who asks and what they may.
#![forbid(unsafe_code)]

mod error;
mod fifo;
pub mod limits;
mod message;
mod moves;
mod name;
mod post;
mod queue;
mod shelf;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aws::{AccountId, Arn, Region};
use store::Store;
use store::command::unbroken;
use store::ledger::Noun;
use words::Timestamp;

pub use error::{Error, Result};
pub use fifo::{Fifo, Scope};
pub use message::{
    Attribute, Attributes as MessageAttributes, Letter, Received, Sent, Value, attributes_md5, size, text_md5,
};
pub use moves::{Move, Status};
pub use name::{QueueId, QueueKey, QueueName, Receipt};
pub use post::Receive;
pub use queue::{Attributes, Changes, NewQueue, Queue, Redrive, RedriveAllow};
pub use shelf::Counts;

use message::{Content, Delivery};
use moves::Moves;
use name::Serial;
use post::Post;
use queue::{Draft, Ledger, State};
use shelf::Entry;

/// The queues of an account. Clones share them.
#[derive(Debug, Clone)]
pub struct Sqs(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    account: AccountId,
    store: Store,
    ledger: Arc<Ledger>,
    post: Mutex<Post>,
    moves: Mutex<Moves>,
}

impl Sqs {
    /// Reads the record. Blocks.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn open(store: Store, account: AccountId) -> Result<Self> {
        let queues = Queue::load(&store)?;
        let mut post = Post::default();
        post.shelves.extend(queues.values().map(|queue| (queue.id.clone(), shelf::Shelf::default())));
        let contents = store.load::<Content>()?;
        let mut contents: HashMap<String, Content> = contents.into_iter().map(|one| (one.key.clone(), one)).collect();
        let mut strays = store::Batch::new();
        let now = Timestamp::now();
        for seen in store.load::<fifo::Seen>()? {
            post.memory.put(seen);
        }
        for key in post.memory.forget(now) {
            strays.delete::<fifo::Seen>(&key);
        }
        for delivery in store.load::<Delivery>()? {
            let serial = Serial::of_key(&delivery.key);
            post.next = post.next.max(serial.map_or(0, |serial| serial.0.saturating_add(1)));
            let shelf = post.shelves.get_mut(&delivery.queue);
            let (Some(serial), Some(shelf), Some(content)) = (serial, shelf, contents.remove(&delivery.key)) else {
                strays.delete::<Delivery>(&delivery.key).delete::<Content>(&delivery.key);
                continue;
            };
            post.bytes += content.cost();
            shelf.place(serial, Entry { content: Arc::new(content), delivery }, now);
        }
        for key in contents.into_keys() {
            strays.delete::<Content>(&key);
        }
        // Messages of queues that were deleted. Nobody waits for them to go.
        drop(store.commit(strays));
        let ledger = Arc::new(Ledger::new(State { queues }, store.clone()));
        let (post, moves) = (Mutex::new(post), Mutex::default());
        Ok(Self(Arc::new(Parts { account, store, ledger, post, moves })))
    }

    /// Removes what is too old, from time to time, for ever.
    pub async fn sweep(self) {
        loop {
            tokio::time::sleep(limits::SWEEP).await;
            let old = self.post(|post| post.memory.forget(Timestamp::now()));
            if !old.is_empty() {
                let mut batch = store::Batch::new();
                for key in &old {
                    batch.delete::<fifo::Seen>(key);
                }
                // Should it fail, they are forgotten at the next start.
                drop(self.store().commit(batch));
            }
            for queue in self.state().queues.values() {
                if let Err(error) = self.expire(queue, Timestamp::now()).await
                    && error != Error::NoSuchQueue
                {
                    tracing::warn!(queue = %queue.name, %error, "messages that are too old stay for now");
                }
            }
        }
    }

    /// Whose queues they are.
    pub fn account(&self) -> &AccountId {
        &self.0.account
    }

    fn store(&self) -> &Store {
        &self.0.store
    }

    fn state(&self) -> Arc<State> {
        self.0.ledger.snapshot()
    }

    fn post<T>(&self, work: impl FnOnce(&mut Post) -> T) -> T {
        work(&mut self.0.post.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same with what may be refused.
    fn try_post<T>(&self, work: impl FnOnce(&mut Post) -> Result<T>) -> Result<T> {
        self.post(work)
    }

    fn moves<T>(&self, work: impl FnOnce(&mut Moves) -> T) -> T {
        work(&mut self.0.moves.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Commits a decision upon queues.
    async fn commit<T: Send + 'static>(
        &self,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.ledger.commit(decide).await
    }

    /// Makes a queue. If it is there as it is asked for, that is as good.
    ///
    /// # Errors
    /// When another one of that name is there, or an attribute cannot be.
    pub async fn create_queue(&self, new: NewQueue, now: Timestamp) -> Result<Arc<Queue>> {
        let sqs = self.clone();
        unbroken(async move {
            let account = sqs.account().clone();
            let queue = sqs.commit(move |draft| queue::create(draft, &account, new, now)).await?;
            sqs.post(|post| post.shelves.entry(queue.id.clone()).or_default().arrived.notify_one());
            Ok(queue)
        })
        .await
    }

    /// The queue of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn queue(&self, region: &Region, name: &QueueName) -> Result<Arc<Queue>> {
        self.state().queue(&QueueKey::new(region, name)).cloned()
    }

    /// The queues of a region whose names begin so, by name.
    pub fn queues(&self, region: &Region, prefix: &str) -> Vec<Arc<Queue>> {
        self.state().of_region(region, prefix).cloned().collect()
    }

    /// The queues of this name, in all regions.
    pub fn everywhere(&self, name: &QueueName) -> Vec<Arc<Queue>> {
        self.state().queues.values().filter(|queue| queue.name == *name).cloned().collect()
    }

    /// The queues whose dead letters go to this one, by name.
    pub fn sources(&self, target: &Queue) -> Vec<Arc<Queue>> {
        let arn: Arn = target.arn(self.account());
        let state = self.state();
        let to = |queue: &&Arc<Queue>| queue.attributes.redrive.as_ref().is_some_and(|redrive| redrive.target == arn);
        state.of_region(&target.region, "").filter(to).cloned().collect()
    }

    /// Changes the attributes of a queue.
    ///
    /// # Errors
    /// When it is not there, or an attribute cannot be.
    pub async fn set_attributes(&self, queue: &Queue, changes: Changes, now: Timestamp) -> Result<()> {
        let (account, key) = (self.account().clone(), queue.key.clone());
        self.commit(move |draft| queue::set(draft, &account, &key, changes, now)).await
    }

    /// Changes the tags of a queue.
    ///
    /// # Errors
    /// When it is not there, or there are too many.
    pub async fn tag(&self, queue: &Queue, add: BTreeMap<String, String>, remove: Vec<String>) -> Result<()> {
        let key = queue.key.clone();
        self.commit(move |draft| queue::tag(draft, &key, add, &remove)).await
    }

    /// Deletes a queue with its messages.
    ///
    /// # Errors
    /// When it is not there, or the disk fails.
    pub async fn delete_queue(&self, queue: &Queue) -> Result<()> {
        let (sqs, key) = (self.clone(), queue.key.clone());
        unbroken(async move {
            let deciding = sqs.commit(move |draft| {
                let id = draft.queue(&key)?.id.clone();
                draft.remove::<Queue>(&key);
                Ok(id)
            });
            let id = deciding.await?;
            sqs.moves(|moves| moves.remove(&id));
            let left = sqs.post(|post| {
                let mut shelf = post.shelves.remove(&id)?;
                let left: Vec<Entry> = shelf.serials().into_iter().filter_map(|serial| shelf.remove(serial)).collect();
                post.bytes = post.bytes.saturating_sub(left.iter().map(|entry| entry.content.cost()).sum());
                // Who waits there waits for nothing.
                shelf.arrived.notify_waiters();
                Some(left)
            });
            let mut forgotten = store::Batch::new();
            for key in sqs.post(|post| post.memory.forget_queue(&id)) {
                forgotten.delete::<fifo::Seen>(&key);
            }
            // What stays on the disk because this fails is swept at the next start.
            drop(sqs.store().commit(forgotten));
            sqs.erase(&left.unwrap_or_default()).await
        })
        .await
    }
}

#[cfg(test)]
mod tests;
