//! Queues: their attributes and tags, and who puts dead letters where.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use aws::{AccountId, Arn, Region};
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::error::{Error, Result};
use crate::fifo::{Fifo, Scope};
use crate::limits;
use crate::name::{QueueId, QueueKey, QueueName};

/// A change in the making.
pub(crate) type Draft<'a> = store::ledger::Draft<'a, State, Error>;

/// The one place that changes queues. Messages have a place of their own (`shelf`): a ledger copies its maps when
/// somebody reads while it changes, which is right for a few queues and wrong for a hundred thousand messages.
pub(crate) type Ledger = store::ledger::Ledger<State, Error>;

/// All queues.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) queues: BTreeMap<QueueKey, Arc<Queue>>,
}

/// A queue's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// Where it is found.
    pub key: QueueKey,
    /// What it is.
    pub id: QueueId,
    /// Its region.
    pub region: Region,
    /// Its name.
    pub name: QueueName,
    /// When it was made.
    pub created: Timestamp,
    /// When its attributes were changed.
    pub modified: Timestamp,
    /// Its attributes.
    pub attributes: Attributes,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

store::noun!(State.queues: Queue, "sqs-queues", key: QueueKey, as_str);

impl Queue {
    /// Its ARN.
    pub fn arn(&self, account: &AccountId) -> Arn {
        Arn::new("sqs", &self.region, account, self.name.as_str())
    }
}

/// How a queue is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// How long new messages are kept back.
    pub delay: Duration,
    /// Bytes of the longest message.
    pub longest: u64,
    /// How long messages are kept.
    pub retention: Duration,
    /// How long receivers wait.
    pub wait: Duration,
    /// How long a received message is hidden.
    pub visibility: Duration,
    /// Where dead letters go.
    pub redrive: Option<Redrive>,
    /// Whose dead letters it takes.
    pub redrive_allow: RedriveAllow,
    /// Who may do what with it, beside what their own policies say: the text of a policy.
    pub policy: Option<String>,
    /// What a FIFO queue has beside others.
    #[serde(default)]
    pub fifo: Option<Fifo>,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            longest: *limits::MESSAGE.end(),
            retention: Duration::from_secs(345_600),
            wait: Duration::ZERO,
            visibility: Duration::from_secs(30),
            redrive: None,
            redrive_allow: RedriveAllow::All,
            policy: None,
            fifo: None,
        }
    }
}

/// Where dead letters go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    /// The queue.
    pub target: Arn,
    /// How often a message is received before.
    pub receives: u32,
}

/// Whose dead letters a queue takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RedriveAllow {
    /// Everybody's.
    All,
    /// Nobody's.
    None,
    /// Those of these queues.
    Queues(Vec<Arn>),
}

/// Attributes that a call gives. Of those that can be taken away, `Some(None)` does so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Seconds.
    pub delay: Option<u64>,
    /// Bytes.
    pub longest: Option<u64>,
    /// Seconds.
    pub retention: Option<u64>,
    /// Seconds.
    pub wait: Option<u64>,
    /// Seconds.
    pub visibility: Option<u64>,
    /// Where dead letters go.
    pub redrive: Option<Option<Redrive>>,
    /// Whose dead letters it takes.
    pub redrive_allow: Option<RedriveAllow>,
    /// Who may do what.
    pub policy: Option<Option<String>>,
    /// It is a FIFO queue.
    pub fifo: Option<bool>,
    /// See [`Fifo::content_based`].
    pub content_based: Option<bool>,
    /// See [`Fifo::scope`].
    pub scope: Option<Scope>,
    /// See [`Fifo::throughput`].
    pub throughput: Option<Scope>,
}

/// The same FIFO queue with these changes.
fn ordered(old: Option<Fifo>, changes: &Changes) -> Result<Option<Fifo>> {
    if changes.fifo.is_some_and(|wished| wished != old.is_some()) {
        return Err(Error::InvalidAttribute("FifoQueue", "What a queue is cannot be changed.".into()));
    }
    let Some(old) = old else {
        let given = [
            ("ContentBasedDeduplication", changes.content_based.is_some()),
            ("DeduplicationScope", changes.scope.is_some()),
            ("FifoThroughputLimit", changes.throughput.is_some()),
        ];
        return match given.into_iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(Error::InvalidAttribute(name, "It is for FIFO queues.".into())),
            None => Ok(None),
        };
    };
    let new = Fifo {
        content_based: changes.content_based.unwrap_or(old.content_based),
        scope: changes.scope.unwrap_or(old.scope),
        throughput: changes.throughput.unwrap_or(old.throughput),
    };
    if new.throughput == Scope::Group && new.scope == Scope::Queue {
        let why = "perMessageGroupId needs messageGroup as DeduplicationScope.";
        return Err(Error::InvalidAttribute("FifoThroughputLimit", why.into()));
    }
    Ok(Some(new))
}

fn within(name: &'static str, value: u64, range: &RangeInclusive<u64>) -> Result<u64> {
    if range.contains(&value) {
        return Ok(value);
    }
    let why = format!("{value} is not between {} and {}.", range.start(), range.end());
    Err(Error::InvalidAttribute(name, why))
}

impl Attributes {
    /// The same with these changes.
    ///
    /// # Errors
    /// When one is out of its range.
    pub fn changed(&self, changes: Changes) -> Result<Self> {
        let fifo = ordered(self.fifo, &changes)?;
        let Changes { delay, longest, retention, wait, visibility, redrive, redrive_allow, policy, .. } = changes;
        let seconds = |name, given: Option<u64>, old: Duration, range: &RangeInclusive<u64>| match given {
            Some(value) => within(name, value, range).map(Duration::from_secs),
            None => Ok(old),
        };
        if let Some(Some(redrive)) = &redrive {
            within("RedrivePolicy", u64::from(redrive.receives), &limits::RECEIVES)?;
        }
        if let Some(RedriveAllow::Queues(queues)) = &redrive_allow
            && !(1..=limits::SOURCES).contains(&queues.len())
        {
            let why = format!("sourceQueueArns has 1 to {} queues.", limits::SOURCES);
            return Err(Error::InvalidAttribute("RedriveAllowPolicy", why));
        }
        if let Some(Some(policy)) = &policy
            && policy.len() > limits::POLICY
        {
            let why = format!("It has more than {} bytes.", limits::POLICY);
            return Err(Error::InvalidAttribute("Policy", why));
        }
        Ok(Self {
            delay: seconds("DelaySeconds", delay, self.delay, &limits::DELAY)?,
            longest: match longest {
                Some(bytes) => within("MaximumMessageSize", bytes, &limits::MESSAGE)?,
                None => self.longest,
            },
            retention: seconds("MessageRetentionPeriod", retention, self.retention, &limits::RETENTION)?,
            wait: seconds("ReceiveMessageWaitTimeSeconds", wait, self.wait, &limits::WAIT)?,
            visibility: seconds("VisibilityTimeout", visibility, self.visibility, &limits::VISIBILITY)?,
            redrive: redrive.unwrap_or_else(|| self.redrive.clone()),
            redrive_allow: redrive_allow.unwrap_or_else(|| self.redrive_allow.clone()),
            policy: policy.unwrap_or_else(|| self.policy.clone()),
            fifo,
        })
    }

    /// The first attribute that is given and is another than here.
    fn conflict(&self, changes: &Changes) -> Result<Option<&'static str>> {
        let wished = self.changed(changes.clone())?;
        let pairs = [
            ("DelaySeconds", self.delay == wished.delay),
            ("MaximumMessageSize", self.longest == wished.longest),
            ("MessageRetentionPeriod", self.retention == wished.retention),
            ("ReceiveMessageWaitTimeSeconds", self.wait == wished.wait),
            ("VisibilityTimeout", self.visibility == wished.visibility),
            ("RedrivePolicy", self.redrive == wished.redrive),
            ("RedriveAllowPolicy", self.redrive_allow == wished.redrive_allow),
            ("Policy", self.policy == wished.policy),
            ("ContentBasedDeduplication", self.fifo == wished.fifo),
        ];
        Ok(pairs.into_iter().find(|(_, same)| !same).map(|(name, _)| name))
    }
}

impl State {
    pub(crate) fn queue(&self, key: &QueueKey) -> Result<&Arc<Queue>> {
        self.queues.get(key).ok_or(Error::NoSuchQueue)
    }

    /// The queue that an ARN means, if it is one of this account.
    pub(crate) fn of_arn(&self, arn: &Arn, account: &AccountId) -> Option<&Arc<Queue>> {
        if arn.service != "sqs" || arn.account != account.as_str() {
            return None;
        }
        let (region, name) = (arn.region.parse().ok()?, arn.resource.parse().ok()?);
        self.queues.get(&QueueKey::new(&region, &name))
    }

    /// Queues of a region whose names begin so, by name.
    pub(crate) fn of_region(&self, region: &Region, prefix: &str) -> impl Iterator<Item = &Arc<Queue>> {
        let first = QueueKey::prefix(region, prefix);
        self.queues
            .range(first.clone()..)
            .map(|(_, queue)| queue)
            .take_while(move |queue| queue.key.as_str().starts_with(first.as_str()))
    }
}

/// Checks that dead letters of a queue may go where it says.
fn check_redrive(state: &State, account: &AccountId, source: &Arn, attributes: &Attributes) -> Result<()> {
    let Some(redrive) = &attributes.redrive else { return Ok(()) };
    let wrong = |why: String| Err(Error::InvalidAttribute("RedrivePolicy", why));
    if redrive.target.region != source.region {
        return wrong("The dead letter queue must be in the same region.".into());
    }
    let Some(target) = state.of_arn(&redrive.target, account) else {
        return wrong(format!("Dead letter target does not exist: {}.", redrive.target));
    };
    if target.attributes.fifo.is_some() != attributes.fifo.is_some() {
        return wrong("Dead-letter queue must be same type of queue as the source.".into());
    }
    let allowed = match &target.attributes.redrive_allow {
        RedriveAllow::All => true,
        RedriveAllow::None => false,
        RedriveAllow::Queues(queues) => queues.contains(source),
    };
    if allowed { Ok(()) } else { wrong(format!("The queue {} does not take its dead letters.", target.name)) }
}

fn check_tags(tags: &BTreeMap<String, String>) -> Result<()> {
    if tags.len() > limits::TAGS {
        return Err(Error::parameter("Tags", tags.len(), format!("A queue has at most {} tags.", limits::TAGS)));
    }
    for (key, value) in tags {
        let (long, wide) = (key.chars().count(), value.chars().count());
        if long == 0 || long > limits::TAG_KEY || wide > limits::TAG_VALUE {
            return Err(Error::parameter("Tags", key, "A tag's key has 1 to 128 characters, its value up to 256."));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Error::parameter("Tags", key, "Keys that begin with aws: are reserved."));
        }
    }
    Ok(())
}

/// What a new queue is to be.
#[derive(Debug, Clone)]
pub struct NewQueue {
    /// In which region.
    pub region: Region,
    /// Under which name.
    pub name: QueueName,
    /// Attributes other than the usual ones.
    pub attributes: Changes,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// Makes a queue, or finds that it is there as it is asked for.
pub(crate) fn create(draft: &mut Draft<'_>, account: &AccountId, new: NewQueue, now: Timestamp) -> Result<Arc<Queue>> {
    let NewQueue { region, name, attributes, tags } = new;
    let key = QueueKey::new(&region, &name);
    if name.is_fifo() != (attributes.fifo == Some(true)) {
        return Err(Error::FifoName);
    }
    if let Some(there) = draft.queues.get(&key) {
        return match there.attributes.conflict(&attributes)? {
            None => Ok(Arc::clone(there)),
            Some(attribute) => Err(Error::QueueExists { name, attribute }),
        };
    }
    if draft.queues.len() >= limits::QUEUES {
        return Err(Error::OverLimit(format!("There are {} queues already.", limits::QUEUES)));
    }
    check_tags(&tags)?;
    let base = Attributes { fifo: name.is_fifo().then(Fifo::default), ..Attributes::default() };
    let attributes = base.changed(attributes)?;
    check_redrive(draft, account, &Arn::new("sqs", &region, account, name.as_str()), &attributes)?;
    draft.put(Queue { key, id: QueueId::random(), region, name, created: now, modified: now, attributes, tags })
}

/// Changes attributes.
pub(crate) fn set(
    draft: &mut Draft<'_>,
    account: &AccountId,
    key: &QueueKey,
    changes: Changes,
    now: Timestamp,
) -> Result<()> {
    let old = Arc::clone(draft.queue(key)?);
    let redirected = changes.redrive.is_some();
    let attributes = old.attributes.changed(changes)?;
    if redirected {
        check_redrive(draft, account, &old.arn(account), &attributes)?;
    }
    draft.put(Queue { attributes, modified: now, ..Queue::clone(&old) }).map(drop)
}

/// Changes tags.
pub(crate) fn tag(
    draft: &mut Draft<'_>,
    key: &QueueKey,
    add: BTreeMap<String, String>,
    remove: &[String],
) -> Result<()> {
    let old = Arc::clone(draft.queue(key)?);
    let mut tags = old.tags.clone();
    tags.retain(|name, _| !remove.contains(name));
    tags.extend(add);
    check_tags(&tags)?;
    draft.put(Queue { tags, ..Queue::clone(&old) }).map(drop)
}
