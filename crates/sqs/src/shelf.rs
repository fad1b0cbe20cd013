//! The messages of one queue, in memory: which can be received, which are kept back, which are in flight.
//!
//! Everything here is a decision: no clock, no disk. What is decided is written down by `post`, and taken back by
//! [`Shelf::place`] when that fails.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use words::Timestamp;

use crate::error::{Error, Result};
use crate::fifo;
use crate::limits;
use crate::message::{Content, Delivery, Received};
use crate::name::{Receipt, Serial};

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) content: Arc<Content>,
    pub(crate) delivery: Delivery,
}

impl Entry {
    /// As its receiver gets it. Nothing, unless it was received.
    pub(crate) fn received(&self) -> Option<Received> {
        let (content, delivery) = (&self.content, &self.delivery);
        Some(Received {
            id: content.id.clone(),
            receipt: delivery.receipt.clone()?,
            body: content.body.clone(),
            attributes: content.attributes.clone(),
            trace: content.trace.clone(),
            sender: content.sender.clone(),
            sent: content.sent,
            receives: delivery.receives,
            first_received: delivery.first_received?,
            source: delivery.source.clone(),
            group: content.group.clone(),
            deduplication: content.deduplication.clone(),
            sequence: content.group.as_ref().and(Serial::of_key(&delivery.key)).map(fifo::sequence),
        })
    }
}

/// How many messages there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// That can be received.
    pub visible: usize,
    /// That were received and are hidden.
    pub in_flight: usize,
    /// That are kept back.
    pub delayed: usize,
}

/// What a call of receive takes.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// As they are now.
    pub(crate) received: Vec<Entry>,
    /// As they were before, received and dead ones.
    pub(crate) before: Vec<Entry>,
    /// Which were received too often; they are no longer here.
    pub(crate) dead: Vec<Entry>,
}

/// The messages of one queue.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    entries: BTreeMap<Serial, Entry>,
    ready: BTreeSet<Serial>,
    delayed: BTreeSet<(Timestamp, Serial)>,
    hidden: BTreeSet<(Timestamp, Serial)>,
    /// Groups of which messages are in flight, and how many: no others of them are given out.
    busy: HashMap<String, usize>,
    /// Told for each message that may be received now.
    pub(crate) arrived: Arc<Notify>,
    /// Held while a message of a FIFO queue is sent, so that none overtakes another.
    pub(crate) turn: Arc<tokio::sync::Mutex<()>>,
}

impl Shelf {
    /// Puts a message where its delivery says, in place of what is known of it.
    pub(crate) fn place(&mut self, serial: Serial, entry: Entry, now: Timestamp) {
        self.remove(serial);
        let at = (entry.delivery.visible, serial);
        if at.0 <= now {
            self.ready.insert(serial);
            self.arrived.notify_one();
        } else if entry.delivery.receipt.is_some() {
            self.hidden.insert(at);
            if let Some(group) = &entry.content.group {
                *self.busy.entry(group.clone()).or_default() += 1;
            }
        } else {
            self.delayed.insert(at);
            // Who waits does not know yet until when.
            self.arrived.notify_one();
        }
        self.entries.insert(serial, entry);
    }

    /// Takes a message away.
    pub(crate) fn remove(&mut self, serial: Serial) -> Option<Entry> {
        let entry = self.entries.remove(&serial)?;
        let at = (entry.delivery.visible, serial);
        self.ready.remove(&serial);
        self.delayed.remove(&at);
        if self.hidden.remove(&at) {
            self.unhidden(&entry);
        }
        Some(entry)
    }

    /// A message is in flight no more: the next of its group may be received.
    fn unhidden(&mut self, entry: &Entry) {
        let Some(group) = &entry.content.group else { return };
        match self.busy.get_mut(group) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                self.busy.remove(group);
                self.arrived.notify_one();
            }
        }
    }

    /// May it be given out, as far as its group is concerned?
    fn is_next(&self, serial: Serial) -> bool {
        let group = self.entries.get(&serial).and_then(|entry| entry.content.group.as_ref());
        group.is_none_or(|group| !self.busy.contains_key(group))
    }

    /// Whose time has come can be received.
    fn promote(&mut self, now: Timestamp) {
        while let Some((_, serial)) = self.delayed.first().filter(|(at, _)| *at <= now).copied() {
            self.delayed.pop_first();
            self.ready.insert(serial);
        }
        while let Some((_, serial)) = self.hidden.first().filter(|(at, _)| *at <= now).copied() {
            self.hidden.pop_first();
            self.ready.insert(serial);
            if let Some(entry) = self.entries.get(&serial).cloned() {
                self.unhidden(&entry);
            }
        }
    }

    /// When a message can be received that cannot be now.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let first = |waiting: &BTreeSet<(Timestamp, Serial)>| waiting.first().map(|(at, _)| *at);
        [first(&self.delayed), first(&self.hidden)].into_iter().flatten().min()
    }

    /// Can any be received?
    pub(crate) fn any(&mut self, now: Timestamp) -> bool {
        self.promote(now);
        self.ready.iter().any(|serial| self.is_next(*serial))
    }

    pub(crate) fn counts(&mut self, now: Timestamp) -> Counts {
        self.promote(now);
        Counts { visible: self.ready.len(), in_flight: self.hidden.len(), delayed: self.delayed.len() }
    }

    /// Takes as many as can be received, up to `most`. Those that were received `receives` times already are dead.
    pub(crate) fn take(
        &mut self,
        most: usize,
        visibility: Duration,
        receives: Option<u32>,
        now: Timestamp,
    ) -> Result<Taken> {
        self.promote(now);
        let mut taken = Taken::default();
        if !self.ready.is_empty() && self.hidden.len() >= limits::IN_FLIGHT {
            let message = format!("{} messages of the queue are in flight: delete some first.", limits::IN_FLIGHT);
            return Err(Error::OverLimit(message));
        }
        // Chosen before any is put back: one that stays visible is not taken twice.
        let next = self.ready.iter().filter(|serial| self.is_next(**serial));
        let candidates: Vec<Serial> = next.take(most.saturating_add(limits::CHUNK)).copied().collect();
        for serial in candidates {
            if taken.received.len() >= most {
                break;
            }
            let Some(old) = self.remove(serial) else { continue };
            taken.before.push(old.clone());
            if receives.is_some_and(|most| old.delivery.receives >= most) {
                taken.dead.push(old);
                continue;
            }
            let mut entry = old;
            let delivery = &mut entry.delivery;
            delivery.visible = now.saturating_add(visibility);
            delivery.receives = delivery.receives.saturating_add(1);
            delivery.first_received.get_or_insert(now);
            delivery.last_received = Some(now);
            delivery.receipt = Some(Receipt::random(serial));
            self.place(serial, entry.clone(), now);
            taken.received.push(entry);
        }
        Ok(taken)
    }

    /// The message that this is the last receipt of.
    pub(crate) fn held(&self, receipt: &Receipt) -> Option<&Entry> {
        self.entries.get(&receipt.serial()).filter(|entry| entry.delivery.receipt.as_ref() == Some(receipt))
    }

    /// Hides a message that is in flight from now on for as long, or shows it.
    pub(crate) fn hide(&mut self, receipt: &Receipt, visibility: Duration, now: Timestamp) -> Result<(Entry, Entry)> {
        self.promote(now);
        let serial = receipt.serial();
        let held = self.held(receipt).filter(|entry| entry.delivery.visible > now);
        let old = held.cloned().ok_or(Error::NotInFlight)?;
        let visible = now.saturating_add(visibility);
        let most = Duration::from_secs(*limits::VISIBILITY.end());
        if old.delivery.last_received.is_some_and(|received| visible.since(received) > most) {
            let why = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
            return Err(Error::parameter("VisibilityTimeout", visibility.as_secs(), why));
        }
        let mut entry = old.clone();
        entry.delivery.visible = visible;
        self.place(serial, entry.clone(), now);
        Ok((old, entry))
    }

    /// Messages that were sent before this moment, the oldest first.
    pub(crate) fn older(&self, than: Timestamp) -> Vec<Serial> {
        let old = self.entries.iter().take_while(|(_, entry)| entry.content.sent < than);
        old.map(|(serial, _)| *serial).take(limits::CHUNK).collect()
    }

    /// Some of those that can be received, the oldest first.
    pub(crate) fn first_ready(&mut self, most: usize, now: Timestamp) -> Vec<Entry> {
        self.promote(now);
        self.ready.iter().take(most).filter_map(|serial| self.entries.get(serial).cloned()).collect()
    }

    /// All of them.
    pub(crate) fn serials(&self) -> Vec<Serial> {
        self.entries.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::name::QueueId;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_nanos(0).unwrap().saturating_add(Duration::from_secs(seconds))
    }

    fn entry(number: u64, sent: u64, visible: u64) -> (Serial, Entry) {
        let serial = Serial(number);
        let content = Content {
            key: serial.key(),
            id: number.to_string(),
            body: format!("body {number}"),
            attributes: BTreeMap::new(),
            trace: None,
            sender: "me".into(),
            sent: at(sent),
            group: None,
            deduplication: None,
        };
        let delivery = Delivery::new(serial, QueueId::random(), at(visible));
        (serial, Entry { content: Arc::new(content), delivery })
    }

    fn shelf(entries: impl IntoIterator<Item = (Serial, Entry)>) -> Shelf {
        let mut shelf = Shelf::default();
        entries.into_iter().for_each(|(serial, entry)| shelf.place(serial, entry, at(0)));
        shelf
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn ids(taken: &[Entry]) -> Vec<&str> {
        taken.iter().map(|entry| entry.content.id.as_str()).collect()
    }

    #[test]
    fn messages_come_in_order_and_are_hidden_meanwhile() {
        let mut shelf = shelf((1..=3).map(|n| entry(n, 0, 0)));
        let taken = shelf.take(2, seconds(30), None, at(1)).unwrap();
        assert_eq!(ids(&taken.received), ["1", "2"]);
        assert_eq!(shelf.counts(at(1)), Counts { visible: 1, in_flight: 2, delayed: 0 });
        assert_eq!(ids(&shelf.take(9, seconds(30), None, at(2)).unwrap().received), ["3"]);
        assert!(shelf.take(9, seconds(30), None, at(30)).unwrap().received.is_empty());
        let again = shelf.take(9, seconds(30), None, at(31)).unwrap().received;
        assert_eq!(ids(&again), ["1", "2"]);
        assert_eq!((again[0].delivery.receives, again[0].delivery.first_received), (2, Some(at(1))));
        assert_ne!(again[0].delivery.receipt, taken.received[0].delivery.receipt);
        assert!(shelf.held(taken.received[0].delivery.receipt.as_ref().unwrap()).is_none());
    }

    #[test]
    fn one_that_stays_visible_is_taken_once_a_call() {
        let mut shelf = shelf([entry(1, 0, 0)]);
        assert_eq!(shelf.take(10, Duration::ZERO, None, at(1)).unwrap().received.len(), 1);
        assert_eq!(shelf.counts(at(1)).visible, 1);
    }

    #[test]
    fn a_group_comes_in_order_while_others_go_on() {
        let of = |number: u64, group: &str| {
            let (serial, old) = entry(number, 0, 0);
            let content = Content { group: Some(group.into()), ..Content::clone(&old.content) };
            (serial, Entry { content: Arc::new(content), ..old })
        };
        let mut shelf = shelf([of(1, "a"), of(2, "a"), of(3, "b"), of(4, "a"), of(5, "b")]);
        // Several of a group may come in one answer, in their order.
        let first = shelf.take(2, seconds(30), None, at(0)).unwrap().received;
        assert_eq!(ids(&first), ["1", "2"]);
        assert_eq!(ids(&shelf.take(1, seconds(30), None, at(0)).unwrap().received), ["3"]);
        assert!(!shelf.any(at(1)) && shelf.counts(at(1)).visible == 2);
        // One of two that are in flight is deleted: the group waits for the other.
        shelf.remove(Serial(1));
        assert!(!shelf.any(at(1)));
        shelf.hide(first[1].delivery.receipt.as_ref().unwrap(), Duration::ZERO, at(2)).unwrap();
        assert_eq!(ids(&shelf.take(9, seconds(60), None, at(2)).unwrap().received), ["2", "4"]);
        // What was not deleted in time comes before what is behind it.
        assert_eq!(ids(&shelf.take(9, seconds(60), None, at(30)).unwrap().received), ["3", "5"]);
        assert_eq!(shelf.busy.len(), 2);
        for number in 2..=5 {
            shelf.remove(Serial(number));
        }
        assert!(shelf.busy.is_empty());
    }

    #[test]
    fn delayed_ones_wait() {
        let mut shelf = shelf([entry(1, 0, 10), entry(2, 0, 5)]);
        assert_eq!(shelf.counts(at(0)), Counts { visible: 0, in_flight: 0, delayed: 2 });
        assert_eq!(shelf.next(), Some(at(5)));
        assert!(!shelf.any(at(4)));
        assert_eq!(ids(&shelf.take(9, seconds(1), None, at(5)).unwrap().received), ["2"]);
    }

    #[test]
    fn those_received_too_often_are_dead() {
        let mut shelf = shelf([entry(1, 0, 0), entry(2, 0, 0)]);
        for round in 0..2 {
            assert_eq!(shelf.take(1, Duration::ZERO, Some(2), at(round)).unwrap().received.len(), 1);
        }
        let taken = shelf.take(1, Duration::ZERO, Some(2), at(9)).unwrap();
        assert_eq!((ids(&taken.dead), ids(&taken.received)), (vec!["1"], vec!["2"]));
        assert_eq!(shelf.serials(), [Serial(2)]);
    }

    #[test]
    fn only_the_last_receipt_of_a_message_in_flight_hides_it() {
        let mut shelf = shelf([entry(1, 0, 0)]);
        let first = shelf.take(1, seconds(10), None, at(0)).unwrap().received[0].delivery.receipt.clone().unwrap();
        shelf.hide(&first, seconds(40), at(5)).unwrap();
        assert!(!shelf.any(at(44)));
        assert_eq!(shelf.hide(&first, seconds(1), at(45)).unwrap_err(), Error::NotInFlight);
        let second = shelf.take(1, seconds(10), None, at(45)).unwrap().received[0].delivery.receipt.clone().unwrap();
        assert_eq!(shelf.hide(&first, seconds(1), at(46)).unwrap_err(), Error::NotInFlight);
        assert!(matches!(shelf.hide(&second, seconds(43_200), at(46)), Err(Error::InvalidParameter { .. })));
        shelf.hide(&second, Duration::ZERO, at(46)).unwrap();
        assert!(shelf.any(at(46)));
    }

    #[test]
    fn the_oldest_are_found() {
        let shelf = shelf([entry(1, 1, 0), entry(2, 2, 0), entry(3, 3, 0)]);
        assert_eq!(shelf.older(at(3)), [Serial(1), Serial(2)]);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Send(u64),
        Take(usize, u64),
        Delete(usize),
        Hide(usize, u64),
        Pass(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..20u64).prop_map(Step::Send),
            (1..5usize, 0..20u64).prop_map(|(most, hidden)| Step::Take(most, hidden)),
            (0..9usize).prop_map(Step::Delete),
            (0..9usize, 0..20u64).prop_map(|(which, hidden)| Step::Hide(which, hidden)),
            (1..15u64).prop_map(Step::Pass),
        ];
        proptest::collection::vec(step, 0..60)
    }

    proptest! {
        /// Nothing is lost, nothing is there twice, and nothing in flight is given out.
        #[test]
        fn every_message_is_in_one_place(steps in steps()) {
            let (mut shelf, mut now, mut sent, mut deleted) = (Shelf::default(), 0u64, 0u64, 0usize);
            let mut held: Vec<(Receipt, u64)> = Vec::new();
            for step in steps {
                match step {
                    Step::Send(delay) => {
                        sent += 1;
                        let (serial, entry) = entry(sent, now, now + delay);
                        shelf.place(serial, entry, at(now));
                    }
                    Step::Take(most, hidden) => {
                        for entry in shelf.take(most, seconds(hidden), None, at(now)).unwrap().received {
                            let receipt = entry.delivery.receipt.unwrap();
                            for (other, until) in &held {
                                prop_assert!(other.serial() != receipt.serial() || *until <= now);
                            }
                            held.retain(|(other, _)| other.serial() != receipt.serial());
                            held.push((receipt, now + hidden));
                        }
                    }
                    Step::Delete(which) if which < held.len() => {
                        let (receipt, _) = held.remove(which);
                        prop_assert!(shelf.held(&receipt).is_some());
                        prop_assert!(shelf.remove(receipt.serial()).is_some());
                        deleted += 1;
                    }
                    Step::Hide(which, hidden) if which < held.len() => {
                        let (receipt, until) = &mut held[which];
                        prop_assert_eq!(shelf.hide(receipt, seconds(hidden), at(now)).is_ok(), *until > now);
                        if *until > now {
                            *until = now + hidden;
                        }
                    }
                    Step::Pass(seconds) => now += seconds,
                    Step::Delete(_) | Step::Hide(..) => {}
                }
                let counts = shelf.counts(at(now));
                let all = usize::try_from(sent).unwrap() - deleted;
                prop_assert_eq!(counts.visible + counts.in_flight + counts.delayed, all);
                prop_assert_eq!(shelf.serials().len(), all);
                prop_assert_eq!(counts.in_flight, held.iter().filter(|(_, until)| *until > now).count());
            }
        }
    }
}
