//! Events: what happened, told to whoever listens, and remembered for a while.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use tokio::sync::broadcast;
use words::Timestamp;

use crate::limits;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// To what kind of object.
    pub kind: Kind,
    /// What: `create`, `start`, `die`, `exec_create: /bin/sh`, …
    pub action: String,
    /// The object's id, or its name for volumes and pulled images.
    pub id: String,
    /// `name`, `image`, `exitCode`, labels, …
    pub attributes: BTreeMap<String, String>,
    /// When.
    pub time: Timestamp,
}

/// The kinds of objects that events are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A container.
    Container,
    /// An image.
    Image,
    /// A network.
    Network,
    /// A volume.
    Volume,
    /// The daemon.
    Daemon,
}

impl Kind {
    /// Docker's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Image => "image",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Daemon => "daemon",
        }
    }
}

/// Tells events to all listeners and remembers the last ones.
#[derive(Debug)]
pub(crate) struct Bus {
    past: Mutex<VecDeque<Event>>,
    live: broadcast::Sender<Event>,
}

impl Bus {
    pub(crate) fn new() -> Self {
        Self { past: Mutex::default(), live: broadcast::Sender::new(limits::EVENT_BACKLOG) }
    }

    pub(crate) fn tell(&self, event: Event) {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        if past.len() == limits::EVENTS_KEPT {
            past.pop_front();
        }
        past.push_back(event.clone());
        // Sent under the lock, so that a listener gets each event either as past or live, never twice or not at all.
        // An error only says that nobody listens.
        let _ = self.live.send(event);
    }

    /// What is remembered, oldest first, and everything from now on.
    pub(crate) fn listen(&self) -> (Vec<Event>, broadcast::Receiver<Event>) {
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        (past.iter().cloned().collect(), self.live.subscribe())
    }
}
