//! Sending, receiving, deleting: each is decided upon in memory, written down, and then answered.
//!
//! What is sent can be received only after it was written. What is received is hidden at once, and given to its receiver
//! after that was written; should it fail, the message is as it was.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use store::Batch;
use tokio::sync::Notify;
use words::Timestamp;

use crate::error::{Error, Result};
use crate::fifo::{self, Memory, Seen};
use crate::limits;
use crate::message::{self, Content, Delivery, Letter, Received, Sent};
use crate::name::{QueueId, Receipt, Serial};
use crate::queue::Queue;
use crate::shelf::{Counts, Entry, Shelf, Taken};
use crate::{Sqs, unbroken};

/// The messages of all queues.
#[derive(Debug, Default)]
pub(crate) struct Post {
    pub(crate) shelves: HashMap<QueueId, Shelf>,
    /// What all messages count as.
    pub(crate) bytes: usize,
    /// The number of the next message.
    pub(crate) next: u64,
    /// What was sent to FIFO queues of late.
    pub(crate) memory: Memory,
}

impl Post {
    fn shelf(&mut self, queue: &Queue) -> Result<&mut Shelf> {
        self.shelves.get_mut(&queue.id).ok_or(Error::NoSuchQueue)
    }

    /// Keeps room for a message, and gives it its number.
    fn reserve(&mut self, cost: usize) -> Result<Serial> {
        let remembered = self.memory.len().saturating_mul(limits::OVERHEAD);
        if self.bytes.saturating_add(remembered).saturating_add(cost) > limits::MEMORY {
            let most = limits::MEMORY >> 20;
            let message = format!("The messages of all queues have {most} MiB, which is the most: receive some first.");
            return Err(Error::OverLimit(message));
        }
        self.bytes += cost;
        let serial = Serial(self.next);
        self.next += 1;
        Ok(serial)
    }

    fn release(&mut self, content: &Content) {
        self.bytes = self.bytes.saturating_sub(content.cost());
    }
}

/// How messages are to be received.
#[derive(Debug, Clone, Copy)]
pub struct Receive {
    /// How many at most.
    pub most: usize,
    /// How long they are hidden; as the queue says otherwise.
    pub visibility: Option<Duration>,
    /// How long to wait for one; as the queue says otherwise.
    pub wait: Option<Duration>,
}

/// What is written of a message.
type Change = fn(&mut Batch, &Entry) -> std::result::Result<(), store::Error>;

/// All of a new message.
fn whole(batch: &mut Batch, entry: &Entry) -> std::result::Result<(), store::Error> {
    batch.put(&*entry.content)?.put(&entry.delivery).map(drop)
}

/// Where a message is now.
fn place(batch: &mut Batch, entry: &Entry) -> std::result::Result<(), store::Error> {
    batch.put(&entry.delivery)?.essential();
    Ok(())
}

/// Nothing is left of a message.
fn nothing(batch: &mut Batch, entry: &Entry) -> std::result::Result<(), store::Error> {
    batch.delete::<Content>(&entry.delivery.key).delete::<Delivery>(&entry.delivery.key);
    Ok(())
}

impl Sqs {
    /// Sends a message: when this answers, it lasts.
    ///
    /// # Errors
    /// When it is not as it should be, the queue is gone, there is no room, or the disk fails.
    pub async fn send(&self, queue: &Queue, letter: Letter, now: Timestamp) -> Result<Sent> {
        message::check(&letter, queue.attributes.longest)?;
        let order = fifo::order(&letter, &queue.id, &queue.attributes)?;
        let delay = letter.delay.unwrap_or(queue.attributes.delay);
        let Letter { body, attributes, trace, sender, .. } = letter;
        let mut content = Content {
            key: String::new(),
            id: words::random_uuid(),
            body,
            attributes,
            trace,
            sender,
            sent: now,
            group: order.as_ref().map(|order| order.group.clone()),
            deduplication: order.as_ref().map(|order| order.deduplication.clone()),
        };
        let mut sent = Sent {
            id: content.id.clone(),
            body_md5: message::text_md5(&content.body),
            attributes_md5: message::attributes_md5(content.attributes.iter().map(|(name, one)| (name.as_str(), one))),
            trace_md5: content.trace.as_ref().map(|trace| {
                let value = message::Value::Text(trace.clone());
                let attribute = message::Attribute { kind: "String".into(), value };
                message::attributes_md5([("AWSTraceHeader", &attribute)]).unwrap_or_default()
            }),
            sequence: None,
        };
        if let Some(order) = order {
            let (sqs, queue) = (self.clone(), queue.clone());
            let turn = self.try_post(|post| Ok(Arc::clone(&post.shelf(&queue)?.turn)))?.lock_owned().await;
            let sending = unbroken(async move {
                let _turn = turn;
                sqs.send_in_order(&queue, content, order.key, delay, now).await
            });
            let seen = sending.await?;
            (sent.id, sent.sequence) = (seen.id.clone(), seen.sequence());
            return Ok(sent);
        }
        let serial = self.try_post(|post| {
            post.shelf(queue)?;
            post.reserve(content.cost())
        })?;
        content.key = serial.key();
        let delivery = Delivery::new(serial, queue.id.clone(), now.saturating_add(delay));
        let (sqs, entry) = (self.clone(), Entry { content: Arc::new(content), delivery });
        unbroken(async move {
            if let Err(error) = sqs.write(&[&entry], whole).await {
                sqs.post(|post| post.release(&entry.content));
                return Err(error);
            }
            sqs.place_all(vec![entry], now).await
        })
        .await?;
        Ok(sent)
    }

    /// Sends a message of a FIFO queue, unless the same was sent of late, and says which one it is.
    async fn send_in_order(
        &self,
        queue: &Queue,
        mut content: Content,
        key: String,
        delay: Duration,
        now: Timestamp,
    ) -> Result<Seen> {
        let (known, old) = self.post(|post| (post.memory.get(&key, now).cloned(), post.memory.forget(now)));
        let mut batch = Batch::new();
        for key in &old {
            batch.delete::<Seen>(key);
        }
        if let Some(seen) = known {
            // Should it fail, it is forgotten at the next start.
            drop(self.store().commit(batch));
            return Ok(seen);
        }
        let serial = self.try_post(|post| {
            post.shelf(queue)?;
            post.reserve(content.cost())
        })?;
        content.key = serial.key();
        let seen = Seen { key, at: now, id: content.id.clone(), serial: serial.key() };
        let delivery = Delivery::new(serial, queue.id.clone(), now.saturating_add(delay));
        let entry = Entry { content: Arc::new(content), delivery };
        let written = async {
            whole(&mut batch, &entry)?;
            batch.put(&seen)?;
            Ok::<_, Error>(self.store().commit(batch).await?)
        };
        if let Err(error) = written.await {
            self.post(|post| post.release(&entry.content));
            return Err(error);
        }
        self.post(|post| post.memory.put(seen.clone()));
        self.place_all(vec![entry], now).await?;
        Ok(seen)
    }

    /// Puts messages that were written to where they belong. Their queues may be gone by now.
    async fn place_all(&self, entries: Vec<Entry>, now: Timestamp) -> Result<()> {
        let stray = self.post(|post| {
            let mut stray = Vec::new();
            for entry in entries {
                let serial = Serial::of_key(&entry.delivery.key);
                match (post.shelves.get_mut(&entry.delivery.queue), serial) {
                    (Some(shelf), Some(serial)) => shelf.place(serial, entry, now),
                    _ => {
                        post.release(&entry.content);
                        stray.push(entry);
                    }
                }
            }
            stray
        });
        self.erase(&stray).await
    }

    /// Removes the records of messages that are nowhere any more.
    pub(crate) async fn erase(&self, entries: &[Entry]) -> Result<()> {
        for chunk in entries.chunks(limits::CHUNK) {
            self.write(&chunk.iter().collect::<Vec<_>>(), nothing).await?;
        }
        Ok(())
    }

    /// Writes something of each of these down, all in one batch, which is queued before the future is polled.
    fn write(&self, entries: &[&Entry], change: Change) -> impl Future<Output = Result<()>> + Send + use<> {
        let mut batch = Batch::new();
        let changed = entries.iter().try_for_each(|entry| change(&mut batch, entry));
        let committed = changed.map(|()| self.store().commit(batch));
        async move { Ok(committed?.await?) }
    }

    /// Receives messages, and waits for one if there is none.
    ///
    /// # Errors
    /// When the queue is gone, too many are in flight, or the disk fails.
    pub async fn receive(&self, queue: &Queue, receive: Receive) -> Result<Vec<Received>> {
        let wait = receive.wait.unwrap_or(queue.attributes.wait);
        let until = Timestamp::now().saturating_add(wait);
        loop {
            let (sqs, here) = (self.clone(), queue.clone());
            let received = unbroken(async move { sqs.take(&here, receive, Timestamp::now()).await }).await?;
            if !received.is_empty() || !self.wait(queue, until).await? {
                return Ok(received);
            }
        }
    }

    /// Waits until a message can be received, and says whether one can be: nothing is received. It may be dropped at any
    /// time.
    ///
    /// # Errors
    /// When the queue is gone.
    pub async fn wait(&self, queue: &Queue, until: Timestamp) -> Result<bool> {
        loop {
            let arrived: Arc<Notify> = self.try_post(|post| Ok(Arc::clone(&post.shelf(queue)?.arrived)))?;
            let mut arrival = std::pin::pin!(arrived.notified());
            // Told of all from now on, before it is looked whether one is there.
            arrival.as_mut().enable();
            let now = Timestamp::now();
            let (any, next) = self.try_post(|post| {
                let shelf = post.shelf(queue)?;
                Ok((shelf.any(now), shelf.next()))
            })?;
            if any {
                return Ok(true);
            }
            if now >= until {
                return Ok(false);
            }
            let pause = next.map_or(until, |next| next.min(until)).since(now);
            tokio::select! {
                () = arrival => {}
                // A little more, so that it is not too early by the clock's grain.
                () = tokio::time::sleep(pause + Duration::from_millis(1)) => {}
            }
        }
    }

    async fn take(&self, queue: &Queue, receive: Receive, now: Timestamp) -> Result<Vec<Received>> {
        // As it is now: its attributes may have changed while somebody waited.
        let state = self.state();
        let queue = state.queue(&queue.key)?;
        self.expire(queue, now).await?;
        let visibility = receive.visibility.unwrap_or(queue.attributes.visibility);
        let redrive = queue.attributes.redrive.as_ref();
        let target =
            redrive.and_then(|redrive| Some((state.of_arn(&redrive.target, self.account())?, redrive.receives)));
        let receives = target.map(|(_, receives)| receives);
        let taken = self.try_post(|post| post.shelf(queue)?.take(receive.most, visibility, receives, now))?;
        let Taken { received, before, dead } = taken;
        if before.is_empty() {
            return Ok(Vec::new());
        }
        let source = queue.arn(self.account());
        let dead: Vec<Entry> = target
            .map(|(target, _)| {
                let moved = |entry: Entry| Entry {
                    delivery: entry.delivery.moved(target.id.clone(), Some(source.clone()), now),
                    ..entry
                };
                dead.into_iter().map(moved).collect()
            })
            .unwrap_or_default();
        if let Err(error) = self.write(&received.iter().chain(&dead).collect::<Vec<_>>(), place).await {
            self.place_all(before, now).await?;
            return Err(error);
        }
        self.place_all(dead, now).await?;
        Ok(received.iter().filter_map(Entry::received).collect())
    }

    /// Deletes a message. An older receipt of one that was received again deletes nothing.
    ///
    /// # Errors
    /// When the queue is gone or the disk fails.
    pub async fn delete(&self, queue: &Queue, receipt: &Receipt) -> Result<()> {
        let removed = self.try_post(|post| {
            let shelf = post.shelf(queue)?;
            let held = shelf.held(receipt).is_some();
            Ok(if held { shelf.remove(receipt.serial()) } else { None })
        })?;
        let Some(removed) = removed else { return Ok(()) };
        let sqs = self.clone();
        unbroken(async move {
            match sqs.erase(std::slice::from_ref(&removed)).await {
                Ok(()) => {
                    sqs.post(|post| post.release(&removed.content));
                    Ok(())
                }
                Err(error) => {
                    sqs.place_all(vec![removed], Timestamp::now()).await?;
                    Err(error)
                }
            }
        })
        .await
    }

    /// Hides a message that is in flight for as long from now on; zero shows it.
    ///
    /// # Errors
    /// When it is not in flight, it would be hidden for too long, the queue is gone or the disk fails.
    pub async fn change_visibility(
        &self,
        queue: &Queue,
        receipt: &Receipt,
        visibility: Duration,
        now: Timestamp,
    ) -> Result<()> {
        if !limits::VISIBILITY.contains(&visibility.as_secs()) {
            let why = "VisibilityTimeout must be an integer between 0 and 43200";
            return Err(Error::parameter("VisibilityTimeout", visibility.as_secs(), why));
        }
        let (old, entry) = self.try_post(|post| post.shelf(queue)?.hide(receipt, visibility, now))?;
        let sqs = self.clone();
        unbroken(async move {
            if let Err(error) = sqs.write(&[&entry], place).await {
                sqs.place_all(vec![old], now).await?;
                return Err(error);
            }
            Ok(())
        })
        .await
    }

    /// Deletes all messages of a queue.
    ///
    /// # Errors
    /// When the queue is gone or the disk fails.
    pub async fn purge(&self, queue: &Queue) -> Result<()> {
        let all = self.try_post(|post| Ok(post.shelf(queue)?.serials()))?;
        self.discard(queue, all).await
    }

    /// Removes what is too old from a queue.
    pub(crate) async fn expire(&self, queue: &Queue, now: Timestamp) -> Result<()> {
        let nanos = i128::try_from(queue.attributes.retention.as_nanos()).unwrap_or(i128::MAX);
        let Some(than) = Timestamp::from_nanos(now.nanos().saturating_sub(nanos)) else { return Ok(()) };
        loop {
            let old = self.try_post(|post| Ok(post.shelf(queue)?.older(than)))?;
            if old.is_empty() {
                return Ok(());
            }
            self.discard(queue, old).await?;
        }
    }

    async fn discard(&self, queue: &Queue, serials: Vec<Serial>) -> Result<()> {
        let removed = self.try_post(|post| {
            let shelf = post.shelf(queue)?;
            let removed: Vec<Entry> = serials.into_iter().filter_map(|serial| shelf.remove(serial)).collect();
            removed.iter().for_each(|entry| post.release(&entry.content));
            Ok(removed)
        })?;
        let sqs = self.clone();
        // What could not be removed from the disk is there again after the next start: it was to go, and will.
        unbroken(async move { sqs.erase(&removed).await }).await
    }

    /// How many messages a queue has.
    ///
    /// # Errors
    /// When the queue is gone or the disk fails.
    pub async fn counts(&self, queue: &Queue, now: Timestamp) -> Result<Counts> {
        self.expire(queue, now).await?;
        self.try_post(|post| Ok(post.shelf(queue)?.counts(now)))
    }

    /// Moves messages that can be received to another queue, and says how many. `to` says where each belongs, if
    /// anywhere.
    pub(crate) async fn shift(
        &self,
        from: &Queue,
        most: usize,
        to: impl Fn(&Delivery) -> Option<QueueId> + Send,
        now: Timestamp,
    ) -> Result<usize> {
        let (before, moved) = self.try_post(|post| {
            let shelf = post.shelf(from)?;
            let (mut before, mut moved) = (Vec::new(), Vec::new());
            for entry in shelf.first_ready(most, now) {
                let Some(target) = to(&entry.delivery) else { continue };
                if let Some(serial) = Serial::of_key(&entry.delivery.key) {
                    shelf.remove(serial);
                }
                moved.push(Entry { delivery: entry.delivery.moved(target, None, now), ..entry.clone() });
                before.push(entry);
            }
            Ok((before, moved))
        })?;
        let sqs = self.clone();
        let written = self.write(&moved.iter().collect::<Vec<_>>(), place);
        unbroken(async move {
            if let Err(error) = written.await {
                sqs.place_all(before, now).await?;
                return Err(error);
            }
            let count = moved.len();
            sqs.place_all(moved, now).await?;
            Ok(count)
        })
        .await
    }
}
