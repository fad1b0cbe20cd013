//! What queues do, with a store on a disk.

use std::time::Duration;

use tempfile::TempDir;

use super::*;

struct Bed {
    sqs: Sqs,
    directory: TempDir,
}

fn region() -> Region {
    "eu-central-1".parse().unwrap()
}

fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

fn bed() -> Bed {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("state")).unwrap();
    Bed { sqs: Sqs::open(store, account()).unwrap(), directory }
}

impl Bed {
    async fn queue(&self, name: &str, attributes: Changes) -> Arc<Queue> {
        let new = NewQueue { region: region(), name: name.parse().unwrap(), attributes, tags: BTreeMap::new() };
        self.sqs.create_queue(new, Timestamp::now()).await.unwrap()
    }

    async fn send(&self, queue: &Queue, body: &str) -> Sent {
        let letter = Letter { body: body.into(), sender: "me".into(), ..Letter::default() };
        self.sqs.send(queue, letter, Timestamp::now()).await.unwrap()
    }

    async fn receive(&self, queue: &Queue, hidden: u64) -> Vec<Received> {
        let receive = Receive { most: 10, visibility: Some(Duration::from_secs(hidden)), wait: Some(Duration::ZERO) };
        self.sqs.receive(queue, receive).await.unwrap()
    }

    async fn again(self) -> Bed {
        let Bed { sqs, directory } = self;
        drop(sqs);
        let path = directory.path().join("state");
        for _ in 0..200 {
            match Store::open(&path) {
                Ok(store) => return Bed { sqs: Sqs::open(store, account()).unwrap(), directory },
                Err(store::Error::InUse(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
                Err(error) => panic!("{error}"),
            }
        }
        panic!("the store stays open");
    }
}

fn bodies(received: &[Received]) -> Vec<&str> {
    received.iter().map(|one| one.body.as_str()).collect()
}

#[tokio::test]
async fn what_was_sent_outlives_the_daemon() {
    let bed = bed();
    let queue = bed.queue("jobs", Changes::default()).await;
    let sent = bed.send(&queue, "one").await;
    assert_eq!(sent.body_md5, text_md5("one"));
    bed.send(&queue, "two").await;
    bed.send(&queue, "three").await;
    let first = bed.receive(&queue, 600).await;
    assert_eq!(bodies(&first), ["one", "two", "three"]);
    assert_eq!((first[0].id.as_str(), first[0].receives), (sent.id.as_str(), 1));
    bed.sqs.delete(&queue, &first[0].receipt).await.unwrap();
    bed.sqs.change_visibility(&queue, &first[1].receipt, Duration::ZERO, Timestamp::now()).await.unwrap();
    let bytes = bed.sqs.post(|post| post.bytes);

    let bed = bed.again().await;
    assert_eq!(bed.sqs.post(|post| post.bytes), bytes);
    let queue = bed.sqs.queue(&region(), &"jobs".parse().unwrap()).unwrap();
    let now = Timestamp::now();
    let counts = bed.sqs.counts(&queue, now).await.unwrap();
    assert_eq!(counts, Counts { visible: 1, in_flight: 1, delayed: 0 });
    // What was received before can be deleted with its receipt.
    bed.sqs.delete(&queue, &first[2].receipt).await.unwrap();
    let second = bed.receive(&queue, 600).await;
    assert_eq!((bodies(&second), second[0].receives), (vec!["two"], 2));
    bed.sqs.delete(&queue, &first[1].receipt).await.unwrap();
    assert_eq!(bed.sqs.counts(&queue, now).await.unwrap().in_flight, 1, "an old receipt deletes nothing");
    bed.sqs.delete(&queue, &second[0].receipt).await.unwrap();
    assert_eq!(bed.sqs.counts(&queue, now).await.unwrap(), Counts::default());
    assert_eq!(bed.sqs.post(|post| post.bytes), 0);
    assert!(bed.sqs.store().load::<Content>().unwrap().is_empty());
    assert!(bed.sqs.store().load::<Delivery>().unwrap().is_empty());
}

#[tokio::test]
async fn who_waits_is_told() {
    let bed = bed();
    let queue = bed.queue("jobs", Changes { wait: Some(20), ..Changes::default() }).await;
    let (sqs, waiting) = (bed.sqs.clone(), queue.clone());
    let receive = Receive { most: 1, visibility: None, wait: None };
    let waiter = tokio::spawn(async move { sqs.receive(&waiting, receive).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let began = std::time::Instant::now();
    bed.send(&queue, "now").await;
    assert_eq!(bodies(&waiter.await.unwrap().unwrap()), ["now"]);
    assert!(began.elapsed() < Duration::from_secs(5));

    let letter = Letter { body: "later".into(), delay: Some(Duration::from_secs(1)), ..Letter::default() };
    bed.sqs.send(&queue, letter, Timestamp::now()).await.unwrap();
    assert!(bed.receive(&queue, 1).await.is_empty());
    assert_eq!(bodies(&bed.sqs.receive(&queue, receive).await.unwrap()), ["later"]);

    let (sqs, waiting) = (bed.sqs.clone(), queue.clone());
    let waiter = tokio::spawn(async move { sqs.receive(&waiting, receive).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    bed.sqs.delete_queue(&queue).await.unwrap();
    assert_eq!(waiter.await.unwrap().unwrap_err(), Error::NoSuchQueue);
}

#[tokio::test]
async fn dead_letters_go_elsewhere_and_back() {
    let bed = bed();
    let dead = bed.queue("dead", Changes::default()).await;
    let redrive = Redrive { target: dead.arn(&account()), receives: 2 };
    let queue = bed.queue("jobs", Changes { redrive: Some(Some(redrive)), ..Changes::default() }).await;
    assert_eq!(bed.sqs.sources(&dead), std::slice::from_ref(&queue));
    bed.send(&queue, "poison").await;
    for _ in 0..2 {
        assert_eq!(bed.receive(&queue, 0).await.len(), 1);
    }
    assert!(bed.receive(&queue, 0).await.is_empty());
    let bed = bed.again().await;
    let found = bed.receive(&dead, 0).await;
    assert_eq!((bodies(&found), found[0].source.clone()), (vec!["poison"], Some(queue.arn(&account()))));
    let now = Timestamp::now();
    let handle = bed.sqs.start_move(&dead.arn(&account()), None, None, now).await.unwrap();
    for _ in 0..200 {
        if bed.sqs.list_moves(&dead.arn(&account())).unwrap()[0].status != Status::Running {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let task = bed.sqs.list_moves(&dead.arn(&account())).unwrap().remove(0);
    assert_eq!((task.handle, task.status, task.moved, task.total), (handle.clone(), Status::Completed, 1, 1));
    assert!(bed.sqs.cancel_move(&handle).is_err());
    assert_eq!(bodies(&bed.receive(&queue, 0).await), ["poison"]);
    assert!(bed.sqs.start_move(&queue.arn(&account()), None, None, now).await.is_err(), "nobody's dead letters");
}

#[tokio::test]
async fn a_queue_is_what_was_asked_for_or_is_refused() {
    let bed = bed();
    let queue = bed.queue("jobs", Changes { visibility: Some(60), ..Changes::default() }).await;
    let make = |attributes: Changes| {
        let new = NewQueue { region: region(), name: "jobs".parse().unwrap(), attributes, tags: BTreeMap::new() };
        bed.sqs.create_queue(new, Timestamp::now())
    };
    assert_eq!(make(Changes::default()).await.unwrap().id, queue.id);
    assert_eq!(make(Changes { visibility: Some(60), ..Changes::default() }).await.unwrap().id, queue.id);
    let error = make(Changes { visibility: Some(61), ..Changes::default() }).await.unwrap_err();
    assert!(matches!(error, Error::QueueExists { attribute: "VisibilityTimeout", .. }), "{error}");
    let target = |name: &str, region: &str| Redrive {
        target: Arn::new("sqs", &region.parse().unwrap(), &account(), name),
        receives: 3,
    };
    let cases = [
        Changes { visibility: Some(43_201), ..Changes::default() },
        Changes { retention: Some(59), ..Changes::default() },
        Changes { delay: Some(901), ..Changes::default() },
        Changes { wait: Some(21), ..Changes::default() },
        Changes { longest: Some((1 << 20) + 1), ..Changes::default() },
        Changes { redrive: Some(Some(target("nobody", "eu-central-1"))), ..Changes::default() },
        Changes { redrive: Some(Some(target("jobs", "us-east-1"))), ..Changes::default() },
        Changes { redrive_allow: Some(RedriveAllow::Queues(Vec::new())), ..Changes::default() },
    ];
    for changes in cases {
        let error = bed.sqs.set_attributes(&queue, changes.clone(), Timestamp::now()).await.unwrap_err();
        assert!(matches!(error, Error::InvalidAttribute(..)), "{changes:?}: {error}");
    }
    let closed = Changes { redrive_allow: Some(RedriveAllow::None), ..Changes::default() };
    bed.queue("closed", closed).await;
    let refused = Changes { redrive: Some(Some(target("closed", "eu-central-1"))), ..Changes::default() };
    assert!(bed.sqs.set_attributes(&queue, refused, Timestamp::now()).await.is_err());
    assert_eq!(bed.sqs.queues(&region(), "jo").len(), 1);
    assert!(bed.sqs.queues(&"us-east-1".parse().unwrap(), "").is_empty());
}

#[tokio::test]
async fn what_is_too_old_goes() {
    let bed = bed();
    let queue = bed.queue("jobs", Changes { retention: Some(60), ..Changes::default() }).await;
    let letter = Letter { body: "old".into(), ..Letter::default() };
    let long_ago = Timestamp::from_nanos(Timestamp::now().nanos() - 61_000_000_000).unwrap();
    bed.sqs.send(&queue, letter, long_ago).await.unwrap();
    bed.send(&queue, "new").await;
    assert_eq!(bodies(&bed.receive(&queue, 0).await), ["new"]);
    bed.sqs.purge(&queue).await.unwrap();
    assert!(bed.receive(&queue, 0).await.is_empty());
    assert!(bed.sqs.store().load::<Content>().unwrap().is_empty());
}

#[tokio::test]
async fn memory_is_bounded() {
    let bed = bed();
    let queue = bed.queue("jobs", Changes::default()).await;
    bed.sqs.post(|post| post.bytes = limits::MEMORY - limits::OVERHEAD - 4);
    bed.send(&queue, "four").await;
    let letter = Letter { body: "x".into(), ..Letter::default() };
    assert!(matches!(bed.sqs.send(&queue, letter, Timestamp::now()).await, Err(Error::OverLimit(_))));
}

#[tokio::test]
async fn messages_of_a_deleted_queue_do_not_come_back() {
    let bed = bed();
    let queue = bed.queue("jobs", Changes::default()).await;
    bed.send(&queue, "lost").await;
    bed.sqs.delete_queue(&queue).await.unwrap();
    assert!(bed.sqs.store().load::<Content>().unwrap().is_empty());
    let letter = Letter { body: "x".into(), ..Letter::default() };
    assert_eq!(bed.sqs.send(&queue, letter, Timestamp::now()).await.unwrap_err(), Error::NoSuchQueue);
    let queue = bed.queue("jobs", Changes::default()).await;
    assert!(bed.receive(&queue, 0).await.is_empty());
}

#[tokio::test]
async fn tags_are_added_and_removed() {
    let bed = bed();
    let queue = bed.queue("jobs", Changes::default()).await;
    let tags = |all: &[(&str, &str)]| all.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    bed.sqs.tag(&queue, tags(&[("a", "1"), ("b", "2")]), Vec::new()).await.unwrap();
    bed.sqs.tag(&queue, BTreeMap::new(), vec!["a".into(), "c".into()]).await.unwrap();
    assert_eq!(bed.sqs.queue(&region(), &queue.name).unwrap().tags, tags(&[("b", "2")]));
    assert!(bed.sqs.tag(&queue, tags(&[("aws:x", "1")]), Vec::new()).await.is_err());
    assert!(bed.sqs.tag(&queue, tags(&[("", "1")]), Vec::new()).await.is_err());
}

#[tokio::test]
async fn what_is_sent_twice_comes_once_and_in_its_order_also_after_a_restart() {
    let bed = bed();
    let dead = bed.queue("dead", Changes::default()).await;
    let fifo = || Changes { fifo: Some(true), content_based: Some(true), ..Changes::default() };
    let queue = bed.queue("jobs.fifo", fifo()).await;
    let send = async |bed: &Bed, queue: &Queue, body: &str, group: &str| {
        let letter = Letter { body: body.into(), group: Some(group.into()), ..Letter::default() };
        bed.sqs.send(queue, letter, Timestamp::now()).await.unwrap()
    };
    let sends = ["1", "2", "3", "4"].map(|body| send(&bed, &queue, body, "g"));
    let sent: Vec<Sent> = futures_of(sends).await;
    assert!(sent.is_sorted_by(|one, other| one.sequence < other.sequence) && sent[0].sequence.is_some());
    let again = send(&bed, &queue, "2", "other").await;
    assert_eq!((&again.id, &again.sequence), (&sent[1].id, &sent[1].sequence));
    let first = bed.receive(&queue, 600).await;
    assert_eq!(bodies(&first), ["1", "2", "3", "4"]);
    assert_eq!((first[0].group.as_deref(), &first[0].sequence), (Some("g"), &sent[0].sequence));
    bed.sqs.delete(&queue, &first[0].receipt).await.unwrap();

    let bed = bed.again().await;
    let queue = bed.sqs.queue(&region(), &queue.name).unwrap();
    // It is gone, and still it is known that it was sent.
    assert_eq!(send(&bed, &queue, "1", "g").await.id, sent[0].id);
    send(&bed, &queue, "5", "g").await;
    assert!(bed.receive(&queue, 600).await.is_empty(), "its group is in flight");
    assert_eq!(
        bodies(&{
            send(&bed, &queue, "6", "h").await;
            bed.receive(&queue, 600).await
        }),
        ["6"]
    );
    let late = Timestamp::now().saturating_add(limits::DEDUPLICATION);
    let letter = Letter { body: "1".into(), group: Some("x".into()), ..Letter::default() };
    assert_ne!(bed.sqs.send(&queue, letter, late).await.unwrap().id, sent[0].id);
    // Dead letters of a FIFO queue stand in order, too.
    let redrive =
        Changes { redrive: Some(Some(Redrive { target: dead.arn(&account()), receives: 1 })), ..Changes::default() };
    let refused = bed.sqs.set_attributes(&queue, redrive, Timestamp::now()).await.unwrap_err().to_string();
    assert!(refused.contains("same type of queue"), "{refused}");
    bed.sqs.delete_queue(&queue).await.unwrap();
    assert_eq!(bed.sqs.post(|post| post.memory.len()), 0);
}

#[tokio::test]
async fn a_name_says_whether_a_queue_is_fifo() {
    let bed = bed();
    for (name, fifo) in [("jobs", Some(true)), ("jobs.fifo", None), ("jobs.fifo", Some(false))] {
        let attributes = Changes { fifo, ..Changes::default() };
        let new = NewQueue { region: region(), name: name.parse().unwrap(), attributes, tags: BTreeMap::new() };
        assert_eq!(bed.sqs.create_queue(new, Timestamp::now()).await.unwrap_err(), Error::FifoName, "{name}");
    }
    let queue = bed.queue("jobs", Changes::default()).await;
    let ordered = Changes { content_based: Some(true), ..Changes::default() };
    assert!(bed.sqs.set_attributes(&queue, ordered, Timestamp::now()).await.is_err());
}

/// All of them at once, each begun in its turn.
async fn futures_of<F: Future>(futures: [F; 4]) -> Vec<F::Output> {
    let [a, b, c, d] = futures;
    let (a, b, c, d) = tokio::join!(biased; a, b, c, d);
    vec![a, b, c, d]
}
