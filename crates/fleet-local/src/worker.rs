//! Workers: messages of a queue are posted to the copies that serve, as AWS's daemon on each instance does it.
//!
//! ```text
//!   cron.yaml ─► queue ─► POST to a copy ─► 200: deleted
//!                  ▲            └─► anything else, or nothing: back into the queue
//!                  └──────────────────┘      too often: into the queue of dead letters
//! ```
//! Two tasks an environment: one brings messages, one sends what `cron.yaml` says when it is due. There is one daemon, so
//! that nobody has to be elected to do the latter.
//!
//! Source: "Elastic Beanstalk worker environments" in the developer guide.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use beanstalk::EnvironmentId;
use beanstalk::fleet::{Failure, Wish};
use beanstalk::option::{self, Tier};
use beanstalk::worker::{Origin, Queues, origin};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use sqs::{Attribute, Changes, Letter, NewQueue, Queue, QueueName, Receive, Received, Redrive, Value};
use tokio::sync::watch as channel;
use words::Timestamp;

use crate::parcel::Periodic;
use crate::{CopyId, Local, copies, limits};

/// Who brings the messages of one environment, as long as it is known.
pub(crate) struct Worker {
    /// Something has changed that it goes by.
    changed: channel::Sender<()>,
    /// How many messages each copy works on.
    busy: Mutex<HashMap<CopyId, u64>>,
}

/// One message at work. When it goes, so does its place.
struct Place {
    worker: Arc<Worker>,
    copy: CopyId,
}

impl Worker {
    fn new() -> Arc<Self> {
        Arc::new(Self { changed: channel::Sender::new(()), busy: Mutex::default() })
    }

    /// Says that something has changed.
    pub(crate) fn look(&self) {
        self.changed.send_replace(());
    }

    /// How many messages a copy works on.
    pub(crate) fn outstanding(&self, copy: &CopyId) -> u64 {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).get(copy).copied().unwrap_or(0)
    }

    /// A place with the copy that has the most left; nothing when all have as many as they may.
    fn place(self: &Arc<Self>, copies: &BTreeMap<CopyId, SocketAddr>, most: u64) -> Option<(Place, SocketAddr)> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let load = |copy: &CopyId| busy.get(copy).copied().unwrap_or(0);
        let (copy, address) = copies.iter().min_by_key(|(copy, _)| load(copy))?;
        if load(copy) >= most {
            return None;
        }
        *busy.entry(copy.clone()).or_default() += 1;
        Some((Place { worker: Arc::clone(self), copy: copy.clone() }, *address))
    }

    /// How many places are left.
    fn free(&self, copies: &BTreeMap<CopyId, SocketAddr>, most: u64) -> u64 {
        copies.keys().map(|copy| most.saturating_sub(self.outstanding(copy))).sum()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut busy = self.worker.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = busy.get_mut(&self.copy) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                busy.remove(&self.copy);
            }
        }
        drop(busy);
        self.worker.look();
    }
}

/// What a worker goes by at one moment.
struct Shift {
    wish: Arc<Wish>,
    config: option::Worker,
    /// Those that serve, with where they answer.
    copies: BTreeMap<CopyId, SocketAddr>,
    cron: Vec<Periodic>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It was processed.
    Done,
    /// It was not.
    Failed,
    /// Nobody answered in time.
    Silent,
}

type Poster = Client<HttpConnector, Full<Bytes>>;

impl Local {
    /// Makes the queues of a worker that has its own, as its configuration says, and removes them from one that has been
    /// given another.
    pub(crate) async fn make_queues(&self, wish: &Wish) -> Result<(), Failure> {
        let config = &wish.configuration;
        let (Some(worker), Some(origin)) = (&config.worker, origin(&wish.environment, config)) else { return Ok(()) };
        let own = match origin {
            Origin::Own(own) => own,
            Origin::Given(url) => {
                self.given(wish, &url)?;
                return self.remove_queues(&wish.environment).await;
            }
        };
        let retention = Some(worker.retention.as_secs());
        let dead = Changes { retention: Some(*sqs::limits::RETENTION.end()), ..Changes::default() };
        let dead = self.made(wish, &own.dead_letters, dead).await?;
        let redrive = Redrive { target: dead.arn(self.0.sqs.account()), receives: worker.max_retries };
        let visibility = Some(worker.visibility_timeout.as_secs());
        let changes = Changes { visibility, retention, redrive: Some(Some(redrive)), ..Changes::default() };
        self.made(wish, &own.messages, changes).await.map(drop)
    }

    /// A queue with these attributes, made or changed.
    async fn made(&self, wish: &Wish, name: &str, attributes: Changes) -> Result<Arc<Queue>, Failure> {
        let failed = |error: sqs::Error| Failure::new("Making the queue", format!("{name}: {error}"));
        let (sqs, now) = (&self.0.sqs, Timestamp::now());
        let parsed: QueueName = name.parse().map_err(failed)?;
        let Ok(there) = sqs.queue(&wish.region, &parsed) else {
            let tags = BTreeMap::from([
                ("elasticbeanstalk:environment-id".to_owned(), wish.environment.to_string()),
                ("elasticbeanstalk:environment-name".to_owned(), wish.name.to_string()),
            ]);
            let new = NewQueue { region: wish.region.clone(), name: parsed, attributes, tags };
            return sqs.create_queue(new, now).await.map_err(failed);
        };
        if there.attributes.changed(attributes.clone()).map_err(failed)? != there.attributes {
            sqs.set_attributes(&there, attributes, now).await.map_err(failed)?;
        }
        Ok(there)
    }

    /// The queue of somebody's that an address means.
    fn given(&self, wish: &Wish, url: &str) -> Result<Arc<Queue>, Failure> {
        let failed = |why: String| Failure::new("Finding the queue of WorkerQueueURL", format!("{url}: {why}"));
        let mut parts = url.trim_end_matches('/').rsplit('/');
        let (name, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if account != self.0.sqs.account().as_str() {
            return Err(failed(format!("it must end with /{}/NAME", self.0.sqs.account())));
        }
        let name: QueueName = name.parse().map_err(|error: sqs::Error| failed(error.to_string()))?;
        self.0.sqs.queue(&wish.region, &name).map_err(|error| failed(error.to_string()))
    }

    /// Removes the queues that an environment has of its own.
    pub(crate) async fn remove_queues(&self, environment: &EnvironmentId) -> Result<(), Failure> {
        let Queues { messages, dead_letters } = Queues::of(environment);
        for name in [messages, dead_letters] {
            let failed = |error: sqs::Error| Failure::new("Removing the queue", format!("{name}: {error}"));
            let parsed: QueueName = name.parse().map_err(failed)?;
            for queue in self.0.sqs.everywhere(&parsed) {
                match self.0.sqs.delete_queue(&queue).await {
                    Ok(()) | Err(sqs::Error::NoSuchQueue) => {}
                    Err(error) => return Err(failed(error)),
                }
            }
        }
        Ok(())
    }

    /// Lets the messages of a worker be brought, from now on as long as it is known.
    pub(crate) fn set_to_work(&self, wish: &Wish) {
        if wish.tier != Tier::Worker {
            return;
        }
        let begins = self.known(&wish.environment, |known| {
            let begins = known.worker.is_none().then(Worker::new);
            known.worker.get_or_insert_with(|| begins.clone().unwrap_or_else(Worker::new));
            begins
        });
        if let Some(worker) = begins {
            tokio::spawn(self.clone().bring(wish.environment.clone(), Arc::clone(&worker)));
            tokio::spawn(self.clone().remind(wish.environment.clone(), worker));
        }
    }

    /// What a worker goes by now: `None` when it is not to work any more, `Some(None)` when there is nothing to do yet.
    fn shift(&self, environment: &EnvironmentId, worker: &Arc<Worker>) -> Option<Option<Shift>> {
        let (wish, well) = self.with(|all| {
            let known = all.get(environment)?;
            let same = known.worker.as_ref().is_some_and(|known| Arc::ptr_eq(known, worker));
            // One that does not listen yet, or does not any more, would only use up what a message may be tried.
            let well = known.checks.iter().filter(|(_, record)| record.passed > 0).map(|(copy, _)| copy.clone());
            same.then(|| (known.wish.clone(), well.collect::<HashSet<CopyId>>()))
        })?;
        let Some(wish) = wish else { return Some(None) };
        let Some(config) = wish.configuration.worker.clone() else { return Some(None) };
        let there = self.containers(environment);
        let mut copies = BTreeMap::new();
        let mut newest = None;
        for copy in wish.serving() {
            let key: CopyId = (copy.instance.clone(), copy.release);
            let Some(parcel) = copies::parcel_of(&wish, &key).filter(|_| well.contains(&key)) else { continue };
            if let Some(address) = there.get(&key).and_then(|containers| copies::serving(&parcel, containers)) {
                copies.insert(key, address);
                if newest.as_ref().is_none_or(|(release, _)| *release < copy.release) {
                    newest = Some((copy.release, parcel));
                }
            }
        }
        let cron = newest.map(|(_, parcel)| parcel.cron.clone()).unwrap_or_default();
        Some(Some(Shift { wish, config, copies, cron }))
    }

    fn queue_of(&self, wish: &Wish) -> Result<Arc<Queue>, Failure> {
        let missing = |why: String| Failure::new("Finding the queue", why);
        match origin(&wish.environment, &wish.configuration) {
            None => Err(missing("it is no worker".into())),
            Some(Origin::Given(url)) => self.given(wish, &url),
            Some(Origin::Own(own)) => {
                let name: QueueName = own.messages.parse().map_err(|error: sqs::Error| missing(error.to_string()))?;
                self.0.sqs.queue(&wish.region, &name).map_err(|error| missing(format!("{name}: {error}")))
            }
        }
    }

    /// Brings messages to those that serve.
    async fn bring(self, environment: EnvironmentId, worker: Arc<Worker>) {
        let mut changed = worker.changed.subscribe();
        let mut poster: Option<(Duration, Poster)> = None;
        loop {
            changed.mark_unchanged();
            let Some(shift) = self.shift(&environment, &worker) else { return };
            let able =
                shift.filter(|shift| !shift.copies.is_empty()).and_then(|shift| match self.queue_of(&shift.wish) {
                    Ok(queue) => Some((shift, queue)),
                    Err(failure) => {
                        tracing::debug!(%environment, %failure, "a worker has no queue");
                        None
                    }
                });
            let Some((shift, queue)) = able else {
                let _ = tokio::time::timeout(limits::IDLE_WORKER, changed.changed()).await;
                continue;
            };
            let most = u64::from(shift.config.connections);
            let free = worker.free(&shift.copies, most);
            if free == 0 {
                let _ = tokio::time::timeout(limits::WAIT, changed.changed()).await;
                continue;
            }
            let until = Timestamp::now().saturating_add(limits::WAIT);
            // Waiting receives nothing, so that it can be left at any time.
            let there = tokio::select! {
                there = self.0.sqs.wait(&queue, until) => there,
                _ = changed.changed() => continue,
            };
            let receive = Receive {
                most: usize::try_from(free).unwrap_or(1).min(sqs::limits::BATCH),
                // One that is not hidden at all would be brought again and again while it is worked on.
                visibility: Some(shift.config.visibility_timeout.max(Duration::from_secs(1))),
                wait: Some(Duration::ZERO),
            };
            let received = match there {
                Ok(true) => self.0.sqs.receive(&queue, receive).await,
                Ok(false) => continue,
                Err(error) => Err(error),
            };
            let received = match received {
                Ok(received) => received,
                Err(error) => {
                    tracing::warn!(%environment, queue = %queue.name, %error, "no messages can be received");
                    tokio::time::sleep(limits::IDLE_WORKER).await;
                    continue;
                }
            };
            let timeout = shift.config.connect_timeout;
            let known = poster.take().filter(|(known, _)| *known == timeout);
            let (_, client) = poster.insert(known.unwrap_or_else(|| (timeout, client(timeout))));
            for message in received {
                let Some((place, address)) = worker.place(&shift.copies, most) else {
                    // Somebody else took it meanwhile; the message comes back by itself.
                    break;
                };
                let (local, client, queue, config) =
                    (self.clone(), client.clone(), Arc::clone(&queue), shift.config.clone());
                tokio::spawn(async move {
                    local.process(&client, address, &queue, &config, message).await;
                    drop(place);
                });
            }
        }
    }

    /// Posts one message, and does with it what the answer says.
    async fn process(
        &self,
        client: &Poster,
        address: SocketAddr,
        queue: &Queue,
        config: &option::Worker,
        message: Received,
    ) {
        let receipt = message.receipt.clone();
        let id = message.id.clone();
        let outcome = post(client, address, queue, config, message).await;
        let now = Timestamp::now();
        let settled = match outcome {
            Outcome::Done => self.0.sqs.delete(queue, &receipt).await,
            Outcome::Failed => {
                self.0.sqs.change_visibility(queue, &receipt, config.error_visibility_timeout, now).await
            }
            Outcome::Silent => self.0.sqs.change_visibility(queue, &receipt, Duration::ZERO, now).await,
        };
        match settled {
            // It took longer than it was hidden, and somebody else has it, or the queue is gone.
            Ok(()) | Err(sqs::Error::NotInFlight | sqs::Error::NoSuchQueue) => {}
            Err(error) => tracing::warn!(queue = %queue.name, id, %error, "a message could not be settled"),
        }
    }

    /// Sends what `cron.yaml` says, when it is due.
    async fn remind(self, environment: EnvironmentId, worker: Arc<Worker>) {
        let mut changed = worker.changed.subscribe();
        let mut last = Timestamp::now();
        loop {
            changed.mark_unchanged();
            let Some(shift) = self.shift(&environment, &worker) else { return };
            let now = Timestamp::now();
            let cron = shift.as_ref().map(|shift| shift.cron.as_slice()).unwrap_or_default();
            let due = due(cron, last, now);
            let pause = next(cron, now).map_or(limits::CRON, |next| next.since(now).min(limits::CRON));
            last = last.max(now);
            if let Some(shift) = &shift {
                for (task, at) in due {
                    let letter = reminder(task, at, self.0.sqs.account().as_str());
                    let sent = match self.queue_of(&shift.wish) {
                        Ok(queue) => self.0.sqs.send(&queue, letter, now).await.map_err(|error| error.to_string()),
                        Err(failure) => Err(failure.to_string()),
                    };
                    if let Err(why) = sent {
                        tracing::warn!(%environment, task = task.name, why, "a task of cron.yaml is left out");
                    }
                }
            }
            // What has changed does not make it look at once: it changes with every message.
            tokio::time::sleep(pause.min(limits::CRON) + Duration::from_millis(1)).await;
        }
    }
}

/// The tasks that were due after one moment and until another, each once, with the last moment at which it was.
fn due(cron: &[Periodic], after: Timestamp, until: Timestamp) -> Vec<(&Periodic, Timestamp)> {
    let mut found = Vec::new();
    for task in cron {
        let mut at = following(task, after).filter(|at| *at <= until);
        while let Some(later) = at.and_then(|at| following(task, at)).filter(|later| *later <= until) {
            at = Some(later);
        }
        found.extend(at.map(|at| (task, at)));
    }
    found
}

/// When the next one is due.
fn next(cron: &[Periodic], now: Timestamp) -> Option<Timestamp> {
    cron.iter().filter_map(|task| following(task, now)).min()
}

fn following(task: &Periodic, after: Timestamp) -> Option<Timestamp> {
    // It was parsed before it came into the record.
    let schedule: bundle::cron::Schedule = task.schedule.parse().ok()?;
    let next = schedule.next_after(jiff::Timestamp::from_nanosecond(after.nanos()).ok()?)?;
    Timestamp::from_nanos(next.as_nanosecond())
}

/// Attributes by which a message is known as a task of `cron.yaml`.
const PATH: &str = "beanstalk.sqsd.path";
const NAME: &str = "beanstalk.sqsd.task_name";
const AT: &str = "beanstalk.sqsd.scheduled_time";

/// The message of a task that is due.
fn reminder(task: &Periodic, at: Timestamp, account: &str) -> Letter {
    let text = |value: &str| Attribute { kind: "String".into(), value: Value::Text(value.to_owned()) };
    let attributes = [(PATH, text(&task.path)), (NAME, text(&task.name)), (AT, text(&iso(at)))];
    Letter {
        body: "elasticbeanstalk scheduled job".into(),
        attributes: attributes.into_iter().map(|(name, one)| (name.to_owned(), one)).collect(),
        sender: account.to_owned(),
        ..Letter::default()
    }
}

/// `2026-01-02T03:04:05Z`
fn iso(moment: Timestamp) -> String {
    let whole = Timestamp::from_nanos(i128::from(moment.seconds()) * 1_000_000_000);
    whole.unwrap_or(moment).to_string()
}

fn client(connect_timeout: Duration) -> Poster {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(connect_timeout));
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(limits::KEPT_CONNECTION)
        .build(connector)
}

/// The headers of a message.
fn headers(queue: &Queue, config: &option::Worker, message: &Received) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |name: &str, text: &str| {
        // What no header may hold is left out: text with line breaks, say.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(text)) {
            headers.insert(name, value);
        }
    };
    put(HOST.as_str(), "localhost");
    put(USER_AGENT.as_str(), "aws-sqsd/1.1");
    put(CONTENT_TYPE.as_str(), &config.mime_type);
    put("x-aws-sqsd-msgid", &message.id);
    put("x-aws-sqsd-queue", queue.name.as_str());
    put("x-aws-sqsd-first-received-at", &iso(message.first_received));
    put("x-aws-sqsd-receive-count", &message.receives.to_string());
    put("x-aws-sqsd-sender-id", &message.sender);
    for (name, attribute) in &message.attributes {
        let Value::Text(text) = &attribute.value else { continue };
        match name.as_str() {
            NAME => put("x-aws-sqsd-taskname", text),
            AT => put("x-aws-sqsd-scheduled-at", text),
            PATH => put("x-aws-sqsd-path", text),
            other => put(&format!("x-aws-sqsd-attr-{other}"), text),
        }
    }
    headers
}

/// Where a message is posted to: a task says so itself.
fn path<'a>(config: &'a option::Worker, message: &'a Received) -> &'a str {
    match message.attributes.get(PATH).map(|attribute| &attribute.value) {
        Some(Value::Text(path)) if path.starts_with('/') => path,
        _ => &config.path,
    }
}

async fn post(
    client: &Poster,
    address: SocketAddr,
    queue: &Queue,
    config: &option::Worker,
    message: Received,
) -> Outcome {
    let headers = headers(queue, config, &message);
    let uri = format!("http://{address}{}", path(config, &message));
    let request = http::Request::post(uri).body(Full::new(Bytes::from(message.body)));
    let mut request = match request {
        Ok(request) => request,
        Err(error) => {
            tracing::debug!(%error, "a message has no path that can be posted to");
            return Outcome::Failed;
        }
    };
    *request.headers_mut() = headers;
    match tokio::time::timeout(config.inactivity_timeout, client.request(request)).await {
        Err(_) => Outcome::Silent,
        Ok(Err(error)) => {
            tracing::debug!(%error, %address, "a message could not be posted");
            Outcome::Failed
        }
        Ok(Ok(answer)) => {
            let outcome = if answer.status() == http::StatusCode::OK { Outcome::Done } else { Outcome::Failed };
            // So that the connection can be used again.
            let rest = Limited::new(answer.into_body(), limits::ANSWER).collect();
            let _ = tokio::time::timeout(limits::KEPT_CONNECTION, rest).await;
            outcome
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn task(name: &str, schedule: &str) -> Periodic {
        Periodic { name: name.into(), path: format!("/{name}"), schedule: schedule.into() }
    }

    fn config() -> option::Worker {
        option::Worker {
            queue_url: None,
            path: "/work".into(),
            mime_type: "application/json".into(),
            connections: 2,
            connect_timeout: Duration::from_secs(1),
            inactivity_timeout: Duration::from_millis(300),
            visibility_timeout: Duration::from_secs(300),
            error_visibility_timeout: Duration::from_secs(2),
            retention: Duration::from_secs(345_600),
            max_retries: 10,
        }
    }

    /// From one look to the next, and what is due between them.
    type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

    #[test]
    fn tasks_are_due_once_at_their_time() {
        let cron = [task("minutely", "* * * * *"), task("hourly", "0 * * * *"), task("daily", "30 4 * * *")];
        let cases: [Case; 5] = [
            ("2026-01-01T00:00:10Z", "2026-01-01T00:00:59Z", &[]),
            ("2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z", &[("minutely", "2026-01-01T00:01:00Z")]),
            // What was due at the last look is not due again.
            ("2026-01-01T00:01:00Z", "2026-01-01T00:01:30Z", &[]),
            (
                "2026-01-01T00:59:59.9Z",
                "2026-01-01T01:00:00.1Z",
                &[("minutely", "2026-01-01T01:00:00Z"), ("hourly", "2026-01-01T01:00:00Z")],
            ),
            // A machine that slept makes up for none but the last.
            (
                "2026-01-01T04:00:00Z",
                "2026-01-01T04:31:30Z",
                &[("minutely", "2026-01-01T04:31:00Z"), ("daily", "2026-01-01T04:30:00Z")],
            ),
        ];
        for (after, until, expected) in cases {
            let found = due(&cron, at(after), at(until));
            let found: Vec<(&str, Timestamp)> = found.iter().map(|(task, at)| (task.name.as_str(), *at)).collect();
            let expected: Vec<(&str, Timestamp)> = expected.iter().map(|(name, text)| (*name, at(text))).collect();
            assert_eq!(found, expected, "{after} {until}");
        }
        assert_eq!(next(&cron[1..], at("2026-01-01T00:00:00Z")), Some(at("2026-01-01T01:00:00Z")));
        assert!(due(&cron, at("2026-01-02T00:00:00Z"), at("2026-01-01T00:00:00Z")).is_empty());
    }

    #[test]
    fn the_copy_with_the_least_to_do_gets_the_next_one() {
        let worker = Worker::new();
        let copy = |instance: &str| (instance.parse().unwrap(), beanstalk::fleet::ReleaseId(1));
        let (one, other): (CopyId, CopyId) = (copy("i-00000000000000001"), copy("i-00000000000000002"));
        let address: SocketAddr = "127.0.0.1:1".parse().unwrap();
        let copies = BTreeMap::from([(one.clone(), address), (other.clone(), address)]);
        let held: Vec<_> = (0..4).map(|_| worker.place(&copies, 2).unwrap()).collect();
        assert_eq!((worker.outstanding(&one), worker.outstanding(&other)), (2, 2));
        assert!(worker.place(&copies, 2).is_none());
        drop(held);
        assert_eq!((worker.outstanding(&one), worker.free(&copies, 2)), (0, 4));
    }

    /// A queue with one message that was received.
    async fn received(letter: Letter) -> (Arc<Queue>, Received, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let store = store::Store::open(&directory.path().join("state")).unwrap();
        let sqs = sqs::Sqs::open(store, "123456789012".parse().unwrap()).unwrap();
        let (region, name) = ("us-east-1".parse().unwrap(), "jobs".parse().unwrap());
        let new = NewQueue { region, name, attributes: Changes::default(), tags: BTreeMap::new() };
        let queue = sqs.create_queue(new, Timestamp::now()).await.unwrap();
        sqs.send(&queue, letter, Timestamp::now()).await.unwrap();
        let receive = Receive { most: 1, visibility: None, wait: None };
        let message = sqs.receive(&queue, receive).await.unwrap().remove(0);
        (queue, message, directory)
    }

    #[tokio::test]
    async fn headers_are_those_of_awss_daemon() {
        let mut letter = reminder(&task("clean", "* * * * *"), at("2026-01-01T00:01:00Z"), "123456789012");
        let extra = |value: &str| Attribute { kind: "String".into(), value: Value::Text(value.into()) };
        letter.attributes.insert("Colour".into(), extra("red"));
        letter.attributes.insert("Broken".into(), extra("a\nX-Evil: 1"));
        let (queue, message, _directory) = received(letter).await;
        let config = config();
        assert_eq!(path(&config, &message), "/clean");
        let headers = headers(&queue, &config, &message);
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(text("user-agent"), Some("aws-sqsd/1.1"));
        assert_eq!(text("content-type"), Some("application/json"));
        assert_eq!(text("x-aws-sqsd-msgid"), Some(message.id.as_str()));
        assert_eq!(text("x-aws-sqsd-queue"), Some("jobs"));
        assert_eq!(text("x-aws-sqsd-receive-count"), Some("1"));
        assert_eq!(text("x-aws-sqsd-taskname"), Some("clean"));
        assert_eq!(text("x-aws-sqsd-scheduled-at"), Some("2026-01-01T00:01:00Z"));
        assert_eq!(text("x-aws-sqsd-sender-id"), Some("123456789012"));
        assert_eq!(text("x-aws-sqsd-attr-colour"), Some("red"));
        assert_eq!(text("x-aws-sqsd-attr-broken"), None);
        assert_eq!(text("x-evil"), None);
    }

    #[tokio::test]
    async fn answers_say_what_becomes_of_a_message() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let cases = [
            (Some("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), Outcome::Done),
            (Some("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"), Outcome::Failed),
            (Some("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"), Outcome::Failed),
            (Some("nonsense\r\n\r\n"), Outcome::Failed),
            (None, Outcome::Silent),
        ];
        for (answer, expected) in cases {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let server = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut seen = vec![0; 8192];
                let length = stream.read(&mut seen).await.unwrap();
                match answer {
                    Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
                    None => tokio::time::sleep(Duration::from_secs(5)).await,
                }
                String::from_utf8_lossy(&seen[..length]).into_owned()
            });
            let letter = Letter { body: "hello".into(), ..Letter::default() };
            let (queue, message, _directory) = received(letter).await;
            let config = config();
            let outcome = post(&client(config.connect_timeout), address, &queue, &config, message).await;
            assert_eq!(outcome, expected, "{answer:?}");
            if answer.is_some() {
                assert!(server.await.unwrap().starts_with("POST /work HTTP/1.1\r\n"));
            }
        }
        let (queue, message, _directory) = received(Letter { body: "x".into(), ..Letter::default() }).await;
        let nobody = "127.0.0.1:1".parse().unwrap();
        let outcome = post(&client(Duration::from_secs(1)), nobody, &queue, &config(), message).await;
        assert_eq!(outcome, Outcome::Failed);
    }
}
