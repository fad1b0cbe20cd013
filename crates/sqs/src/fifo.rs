//! FIFO queues: messages of a group come one after the other, and what is sent twice within five minutes comes once.
//!
//! Source: "FIFO delivery logic", "Exactly-once processing" and "High throughput for FIFO queues" in the SQS developer
//! guide.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use words::Timestamp;

use crate::error::{Error, Result};
use crate::limits;
use crate::message::Letter;
use crate::name::{QueueId, Serial};
use crate::queue::Attributes;

/// What a FIFO queue has beside others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fifo {
    /// A message without a deduplication id has the digest of its body for one.
    pub content_based: bool,
    /// Among which messages an id counts.
    pub scope: Scope,
    /// What Amazon's limit of throughput is counted by. There is none here; it is told as it was given.
    pub throughput: Scope,
}

/// All messages of a queue, or those of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Of the queue.
    #[default]
    Queue,
    /// Of the group.
    Group,
}

/// Where a message of a FIFO queue stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) group: String,
    pub(crate) deduplication: String,
    /// What is the same of what was sent twice.
    pub(crate) key: String,
}

fn check_id(parameter: &str, text: &str) -> Result<()> {
    if (1..=limits::ORDER_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let shown: String = text.chars().take(limits::ORDER_ID).collect();
    let why = "It can only include alphanumeric and punctuation characters. 1 to 128 in length.";
    Err(Error::parameter(parameter, shown, why))
}

/// Where a message stands in its queue; nothing in a standard one.
pub(crate) fn order(letter: &Letter, queue: &QueueId, attributes: &Attributes) -> Result<Option<Order>> {
    let Some(fifo) = attributes.fifo else {
        if letter.group.is_some() || letter.deduplication.is_some() {
            let message = "MessageGroupId and MessageDeduplicationId are for FIFO queues; fair queues are not offered \
                           here. Leave them out.";
            return Err(Error::Unsupported(message.into()));
        }
        return Ok(None);
    };
    let group = letter.group.clone().ok_or(Error::Missing("MessageGroupId"))?;
    check_id("MessageGroupId", &group)?;
    if let Some(delay) = letter.delay {
        let why = "The request include parameter that is not valid for this queue type.";
        return Err(Error::parameter("DelaySeconds", delay.as_secs(), why));
    }
    let deduplication = match &letter.deduplication {
        Some(id) => {
            check_id("MessageDeduplicationId", id)?;
            id.clone()
        }
        None if fifo.content_based => words::hex(&Sha256::digest(letter.body.as_bytes())),
        None => {
            let why = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
                       explicitly.";
            return Err(Error::parameter("MessageDeduplicationId", "", why));
        }
    };
    let same = match fifo.scope {
        Scope::Queue => deduplication.clone(),
        Scope::Group => format!("{group}\0{deduplication}"),
    };
    let key = format!("{}/{}", queue.as_str(), words::hex(&Sha256::digest(same.as_bytes())));
    Ok(Some(Order { group, deduplication, key }))
}

/// A message that was sent: what is sent with the same id is not sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) key: String,
    pub(crate) at: Timestamp,
    pub(crate) id: String,
    /// The number of the message, as its key has it.
    pub(crate) serial: String,
}

impl store::Record for Seen {
    const TABLE: &'static str = "sqs-deduplications";
    fn key(&self) -> &str {
        &self.key
    }
}

impl Seen {
    /// What its sender was told.
    pub(crate) fn sequence(&self) -> Option<String> {
        Serial::of_key(&self.serial).map(sequence)
    }

    fn is_over(at: Timestamp, now: Timestamp) -> bool {
        now.since(at) >= limits::DEDUPLICATION
    }
}

/// The number of a message as Amazon tells it.
pub(crate) fn sequence(serial: Serial) -> String {
    format!("{:020}", serial.0)
}

/// What was sent within the last five minutes.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    seen: HashMap<String, Seen>,
    order: BTreeSet<(Timestamp, String)>,
}

impl Memory {
    pub(crate) fn get(&self, key: &str, now: Timestamp) -> Option<&Seen> {
        self.seen.get(key).filter(|seen| !Seen::is_over(seen.at, now))
    }

    pub(crate) fn put(&mut self, seen: Seen) {
        self.remove(&seen.key.clone());
        self.order.insert((seen.at, seen.key.clone()));
        self.seen.insert(seen.key.clone(), seen);
    }

    fn remove(&mut self, key: &str) {
        if let Some(old) = self.seen.remove(key) {
            self.order.remove(&(old.at, old.key));
        }
    }

    /// Forgets what counts no more, and gives its keys: some at a time.
    pub(crate) fn forget(&mut self, now: Timestamp) -> Vec<String> {
        let old = self.order.iter().take_while(|(at, _)| Seen::is_over(*at, now));
        let old: Vec<String> = old.map(|(_, key)| key.clone()).take(limits::CHUNK).collect();
        old.iter().for_each(|key| self.remove(key));
        old
    }

    /// Forgets all of a queue, and gives its keys.
    pub(crate) fn forget_queue(&mut self, queue: &QueueId) -> Vec<String> {
        let prefix = format!("{}/", queue.as_str());
        let gone: Vec<String> = self.seen.keys().filter(|key| key.starts_with(&prefix)).cloned().collect();
        gone.iter().for_each(|key| self.remove(key));
        gone
    }

    pub(crate) fn len(&self) -> usize {
        self.seen.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn letter(body: &str, group: &str, id: Option<&str>) -> Letter {
        Letter {
            body: body.into(),
            group: Some(group.into()),
            deduplication: id.map(str::to_owned),
            ..Letter::default()
        }
    }

    fn attributes(fifo: Fifo) -> Attributes {
        Attributes { fifo: Some(fifo), ..Attributes::default() }
    }

    #[test]
    fn what_is_the_same_depends_on_the_queue() {
        let queue = QueueId::random();
        let key = |letter: Letter, fifo: Fifo| order(&letter, &queue, &attributes(fifo)).unwrap().unwrap().key;
        let explicit = Fifo::default();
        assert_eq!(key(letter("a", "g", Some("1")), explicit), key(letter("b", "h", Some("1")), explicit));
        let grouped = Fifo { scope: Scope::Group, ..explicit };
        assert_ne!(key(letter("a", "g", Some("1")), grouped), key(letter("a", "h", Some("1")), grouped));
        let content = Fifo { content_based: true, ..explicit };
        assert_eq!(key(letter("a", "g", None), content), key(letter("a", "h", None), content));
        assert_ne!(key(letter("a", "g", None), content), key(letter("b", "g", None), content));
        assert_ne!(key(letter("a", "g", Some("1")), content), key(letter("a", "g", Some("2")), content));
    }

    #[test]
    fn what_has_no_order_is_refused() {
        let queue = QueueId::random();
        let fifo = attributes(Fifo::default());
        let why = |letter: Letter, attributes: &Attributes| order(&letter, &queue, attributes).unwrap_err().to_string();
        let plain = Letter { body: "a".into(), ..Letter::default() };
        assert_eq!(order(&plain, &queue, &Attributes::default()), Ok(None));
        assert!(why(plain, &fifo).contains("MessageGroupId"));
        assert!(why(letter("a", "g", None), &fifo).contains("ContentBasedDeduplication"));
        assert!(why(letter("a", "g h", Some("1")), &fifo).contains("1 to 128"));
        assert!(why(letter("a", "g", Some(&"x".repeat(129))), &fifo).contains("1 to 128"));
        let late = Letter { delay: Some(Duration::ZERO), ..letter("a", "g", Some("1")) };
        assert!(why(late, &fifo).contains("not valid for this queue type"));
        assert!(why(letter("a", "g", Some("1")), &Attributes::default()).contains("for FIFO queues"));
    }

    #[test]
    fn what_was_sent_is_forgotten_after_five_minutes() {
        let at = |seconds| Timestamp::from_nanos(0).unwrap().saturating_add(Duration::from_secs(seconds));
        let mut memory = Memory::default();
        let queue = QueueId::random();
        for (key, second) in [("x/1".to_owned(), 0), (format!("{}/2", queue.as_str()), 10)] {
            memory.put(Seen { key, at: at(second), id: "i".into(), serial: Serial(7).key() });
        }
        assert_eq!(memory.get("x/1", at(299)).unwrap().sequence().unwrap(), "00000000000000000007");
        assert!(memory.get("x/1", at(300)).is_none() && memory.len() == 2);
        assert_eq!(memory.forget(at(300)), ["x/1"]);
        assert_eq!((memory.forget_queue(&queue).len(), memory.len(), memory.order.len()), (1, 0, 0));
    }
}
