//! Builds that run, and the records of those that have.
//!
//! A build is known by the name that its client gave it. What it tells is kept from its beginning, so that whoever
//! begins to listen late hears all of it; of output that is longer than the limit, the oldest part is forgotten.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use build::{Event, Product, Reporter};
use bytes::Bytes;
use grpc::Status;
use grpc::proto::control::{BuildHistoryRecord, StatusResponse, Vertex};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::blobs::Blobs;
use crate::bridge::Bridge;
use crate::{events, limits};

/// Builds by name.
#[derive(Default)]
pub(crate) struct Builds {
    inner: Mutex<Inner>,
    /// Changes when a build begins or its record does.
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct Inner {
    running: HashMap<String, Arc<Running>>,
    /// Those that have ended, oldest first.
    ended: VecDeque<Arc<Running>>,
    /// Those that leave no record and have ended just now: who asks for what they tell may come late.
    unrecorded: VecDeque<Arc<Running>>,
}

/// One build.
pub(crate) struct Running {
    /// Its name.
    pub(crate) id: String,
    told: Mutex<Told>,
    /// Changes with everything that is told.
    more: watch::Sender<()>,
    /// Changes when it is to be given up.
    cancel: watch::Sender<bool>,
    /// Where the client's own frontend calls, if it has one, until the build has ended.
    bridge: Mutex<Option<Arc<Bridge>>>,
    record: Mutex<Record>,
}

/// What is left of a build.
struct Record {
    told: BuildHistoryRecord,
    blobs: Blobs,
}

#[derive(Default)]
struct Told {
    kept: VecDeque<StatusResponse>,
    bytes: usize,
    /// How many were forgotten.
    forgotten: u64,
    ended: bool,
}

/// How many vertexes a build has had, as its record counts them.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) total: i32,
    pub(crate) completed: i32,
    pub(crate) cached: i32,
    pub(crate) warnings: i32,
}

impl Builds {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a build under its record's name. What it tells is kept; `bridge` is asked for where the client's own
    /// frontend is to call, before anybody can find the build.
    pub(crate) fn begin(
        self: &Arc<Self>,
        record: BuildHistoryRecord,
        internal: bool,
        bridge: impl FnOnce(Reporter) -> Option<Arc<Bridge>>,
    ) -> Result<Begun, Status> {
        let id = record.r#ref.clone();
        let running = Arc::new(Running {
            id: id.clone(),
            told: Mutex::default(),
            more: watch::Sender::new(()),
            cancel: watch::Sender::new(false),
            bridge: Mutex::default(),
            record: Mutex::new(Record { told: record, blobs: Blobs::default() }),
        });
        let (reporter, stop, telling) = running.reporter();
        *running.bridge() = bridge(reporter);
        {
            let mut inner = self.lock();
            if inner.running.contains_key(&id) {
                return Err(Status::already_exists(format!("build ID {id} exists")));
            }
            // A name that is used again means the new build.
            inner.ended.retain(|one| one.id != id);
            inner.unrecorded.retain(|one| one.id != id);
            inner.running.insert(id, Arc::clone(&running));
        }
        self.changed.send_replace(());
        Ok(Begun { builds: Arc::clone(self), running, internal, completed: false, stop: Some(stop), telling })
    }

    /// A build that runs or has run, or is about to run.
    pub(crate) async fn find(&self, id: &str) -> Result<Arc<Running>, Status> {
        self.wait(id, |inner| {
            let ended = || inner.ended.iter().chain(&inner.unrecorded).find(|one| one.id == id);
            inner.running.get(id).or_else(ended).cloned()
        })
        .await
    }

    /// Where the frontend of a client calls, whose build runs or is about to.
    pub(crate) async fn gateway(&self, id: &str) -> Result<Arc<Bridge>, Status> {
        self.wait(id, |inner| inner.running.get(id).and_then(|running| running.bridge().clone())).await
    }

    async fn wait<T>(&self, id: &str, look: impl Fn(&Inner) -> Option<T>) -> Result<T, Status> {
        let mut changed = self.changed.subscribe();
        let found = async {
            loop {
                changed.borrow_and_update();
                let found = look(&self.lock());
                if let Some(found) = found {
                    return found;
                }
                if changed.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let patience = tokio::time::timeout(limits::PATIENCE, found);
        patience.await.map_err(|_| Status::not_found(format!("no such job {id}")))
    }

    /// Records: of builds that run, and unless only these are wanted, of those that have ended.
    pub(crate) fn records(&self, only_active: bool) -> Vec<(bool, BuildHistoryRecord)> {
        let inner = self.lock();
        let ended = inner.ended.iter().filter(|_| !only_active).map(|one| (true, one.record().told.clone()));
        ended.chain(inner.running.values().map(|one| (false, one.record().told.clone()))).collect()
    }

    /// What a record refers to by this digest.
    pub(crate) fn blob(&self, digest: &str) -> Option<Bytes> {
        let inner = self.lock();
        inner.ended.iter().chain(inner.running.values()).find_map(|one| one.record().blobs.get(digest))
    }

    /// Hears when a record comes or changes.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Forgets the record of a build that has ended.
    pub(crate) fn forget(&self, id: &str) -> bool {
        let mut inner = self.lock();
        let before = inner.ended.len();
        inner.ended.retain(|one| one.id != id);
        let forgotten = inner.ended.len() != before;
        drop(inner);
        self.changed.send_replace(());
        forgotten
    }

    /// Gives up a build, if it runs.
    pub(crate) fn cancel(&self, id: &str) {
        if let Some(running) = self.lock().running.get(id) {
            running.cancel.send_replace(true);
        }
    }

    /// Keeps the record of a build from being forgotten for newer ones, or lets it go.
    pub(crate) fn pin(&self, id: &str, pinned: bool) -> bool {
        let inner = self.lock();
        let Some(found) = inner.ended.iter().find(|one| one.id == id) else { return false };
        found.record().told.pinned = pinned;
        true
    }
}

/// A build that has begun. When this is dropped it has ended, whether it was completed or not.
pub(crate) struct Begun {
    builds: Arc<Builds>,
    pub(crate) running: Arc<Running>,
    /// It leaves no record.
    internal: bool,
    completed: bool,
    /// Says that nothing more will be told.
    stop: Option<oneshot::Sender<()>>,
    /// Ends then, when everything is kept that was told.
    telling: JoinHandle<()>,
}

impl Begun {
    /// Writes down how it went, when all that was told is kept. Without this, it was broken off.
    pub(crate) async fn complete(mut self, result: &Result<HashMap<String, String>, Status>) {
        self.completed = true;
        self.stop.take();
        let _ = (&mut self.telling).await;
        let Record { told, blobs } = &mut *self.running.record();
        match result {
            Ok(response) => told.exporter_response.clone_from(response),
            Err(status) => blobs.error(status, told),
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.running.bridge().take();
        self.running.end(!self.completed);
        let mut inner = self.builds.lock();
        inner.running.remove(&self.running.id);
        if self.internal {
            inner.unrecorded.push_back(Arc::clone(&self.running));
            while inner.unrecorded.len() > limits::UNRECORDED {
                inner.unrecorded.pop_front();
            }
        } else {
            inner.ended.push_back(Arc::clone(&self.running));
            while inner.ended.len() > limits::RECORDS {
                let oldest = inner.ended.iter().position(|one| !one.record().told.pinned).unwrap_or_default();
                inner.ended.remove(oldest);
            }
        }
        drop(inner);
        self.builds.changed.send_replace(());
    }
}

impl Running {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when it is to be given up.
    pub(crate) fn cancelled(&self) -> impl Future<Output = ()> + use<> {
        let mut cancel = self.cancel.subscribe();
        async move {
            if cancel.wait_for(|cancelled| *cancelled).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn bridge(&self) -> MutexGuard<'_, Option<Arc<Bridge>>> {
        self.bridge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A reporter whose events are kept here, the end of that (dropped or sent), and the task that keeps them.
    fn reporter(self: &Arc<Self>) -> (Reporter, oneshot::Sender<()>, JoinHandle<()>) {
        let (reporter, mut events) = mpsc::channel::<Event>(256);
        let (stop, mut stopped) = oneshot::channel();
        let running = Arc::clone(self);
        let telling = tokio::spawn(async move {
            loop {
                tokio::select! {
                    event = events.recv() => match event {
                        Some(event) => running.tell(events::response(event)),
                        None => return,
                    },
                    _ = &mut stopped => break,
                }
            }
            while let Ok(event) = events.try_recv() {
                running.tell(events::response(event));
            }
        });
        (reporter, stop, telling)
    }

    /// Keeps something for all listeners.
    pub(crate) fn tell(&self, response: StatusResponse) {
        let mut told = self.told();
        if told.ended {
            return;
        }
        told.bytes += events::weight(&response);
        told.kept.push_back(response);
        while told.bytes > limits::TOLD_BYTES {
            let Some(oldest) = told.kept.pop_front() else { break };
            told.bytes -= events::weight(&oldest);
            told.forgotten += 1;
        }
        drop(told);
        self.more.send_replace(());
    }

    /// Nothing more will be told. Without an outcome, it was broken off.
    fn end(&self, broken_off: bool) {
        {
            let counts = self.counts();
            let Record { told, blobs } = &mut *self.record();
            if broken_off {
                blobs.error(&Status::cancelled("context canceled"), told);
            }
            told.completed_at = Some(events::moment(words::Timestamp::now()));
            told.num_total_steps = counts.total;
            told.num_completed_steps = counts.completed;
            told.num_cached_steps = counts.cached;
            told.num_warnings = counts.warnings;
        }
        let cancelled = self.unfinished();
        if !cancelled.is_empty() {
            self.tell(StatusResponse { vertexes: cancelled, ..StatusResponse::default() });
        }
        self.told().ended = true;
        self.more.send_replace(());
    }

    /// What had begun and will not end, as it is told then.
    fn unfinished(&self) -> Vec<Vertex> {
        let told = self.told();
        // The last word on each.
        let mut last = HashMap::new();
        for vertex in told.kept.iter().flat_map(|response| &response.vertexes) {
            last.insert(vertex.digest.as_str(), vertex);
        }
        let open = last.into_values().filter(|vertex| vertex.started.is_some() && vertex.completed.is_none());
        let now = events::moment(words::Timestamp::now());
        let error = String::from("context canceled");
        open.map(|vertex| Vertex { completed: Some(now), error: error.clone(), ..vertex.clone() }).collect()
    }

    fn counts(&self) -> Counts {
        let told = self.told();
        let mut vertexes = HashMap::new();
        let mut counts = Counts::default();
        for response in &told.kept {
            counts.warnings += i32::try_from(response.warnings.len()).unwrap_or(i32::MAX);
            for vertex in &response.vertexes {
                vertexes.insert(vertex.digest.as_str(), vertex);
            }
        }
        for vertex in vertexes.values() {
            counts.total += 1;
            counts.completed += i32::from(vertex.completed.is_some());
            counts.cached += i32::from(vertex.cached);
        }
        counts
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has become of it: its record will say what is said of that.
    pub(crate) fn made(&self, product: &Product) {
        let Record { told, blobs } = &mut *self.record();
        blobs.results(product, told);
    }

    /// All that is told, from the beginning, to its end.
    pub(crate) fn listen(self: Arc<Self>) -> mpsc::Receiver<Result<StatusResponse, Status>> {
        let (sender, receiver) = mpsc::channel(16);
        tokio::spawn(async move {
            let mut more = self.more.subscribe();
            let mut next = 0;
            loop {
                more.borrow_and_update();
                let (batch, ended) = self.since(&mut next);
                for response in batch {
                    if sender.send(Ok(response)).await.is_err() {
                        return;
                    }
                }
                if ended {
                    return;
                }
                tokio::select! {
                    changed = more.changed() => if changed.is_err() { return },
                    () = sender.closed() => return,
                }
            }
        });
        receiver
    }

    /// What was told from this number on, merged into few messages, and whether nothing will follow.
    fn since(&self, next: &mut u64) -> (Vec<StatusResponse>, bool) {
        let told = self.told();
        let skip = usize::try_from(next.saturating_sub(told.forgotten)).unwrap_or(usize::MAX);
        let mut batch: Vec<StatusResponse> = Vec::new();
        for response in told.kept.iter().skip(skip) {
            match batch.last_mut() {
                Some(last) if last.logs.len() < 64 && last.vertexes.len() < 64 && last.statuses.len() < 64 => {
                    last.vertexes.extend(response.vertexes.iter().cloned());
                    last.statuses.extend(response.statuses.iter().cloned());
                    last.logs.extend(response.logs.iter().cloned());
                    last.warnings.extend(response.warnings.iter().cloned());
                }
                _ => batch.push(response.clone()),
            }
        }
        *next = told.forgotten + told.kept.len() as u64;
        (batch, told.ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grpc::proto::control::VertexLog;

    fn record(id: &str) -> BuildHistoryRecord {
        BuildHistoryRecord { r#ref: id.into(), ..BuildHistoryRecord::default() }
    }

    fn vertex(name: &str) -> StatusResponse {
        let vertex = Vertex { digest: name.into(), name: name.into(), ..Vertex::default() };
        StatusResponse { vertexes: vec![vertex], ..StatusResponse::default() }
    }

    async fn hear(mut receiver: mpsc::Receiver<Result<StatusResponse, Status>>) -> Vec<String> {
        let mut names = Vec::new();
        while let Some(response) = receiver.recv().await {
            names.extend(response.unwrap().vertexes.into_iter().map(|vertex| vertex.name));
        }
        names
    }

    #[tokio::test]
    async fn whoever_comes_late_hears_all() {
        let builds = Arc::new(Builds::default());
        let waiting = {
            let builds = Arc::clone(&builds);
            tokio::spawn(async move { builds.find("a").await.map(|one| one.id.clone()) })
        };
        tokio::task::yield_now().await;
        let begun = builds.begin(record("a"), false, |_| None).unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), "a");
        assert!(builds.begin(record("a"), false, |_| None).is_err());
        begun.running.tell(vertex("1"));
        let early = tokio::spawn(hear(Arc::clone(&begun.running).listen()));
        tokio::task::yield_now().await;
        begun.running.tell(vertex("2"));
        begun.complete(&Ok(HashMap::new())).await;
        assert_eq!(early.await.unwrap(), ["1", "2"]);
        let late = builds.find("a").await.unwrap();
        assert_eq!(hear(late.listen()).await, ["1", "2"]);
        let records = builds.records(false);
        assert_eq!((records.len(), records[0].0, records[0].1.num_total_steps), (1, true, 2));
        assert!(builds.records(true).is_empty());
        assert!(builds.forget("a") && !builds.forget("a"));
    }

    #[tokio::test]
    async fn steps_of_a_build_that_is_given_up_have_an_end() {
        let builds = Arc::new(Builds::default());
        let begun = builds.begin(record("a"), false, |_| None).unwrap();
        let now = Some(events::moment(words::Timestamp::now()));
        for (name, started, completed) in
            [("waits", None, None), ("runs", now, None), ("ran", now, None), ("ran", now, now)]
        {
            let mut told = vertex(name);
            (told.vertexes[0].started, told.vertexes[0].completed) = (started, completed);
            begun.running.tell(told);
        }
        let running = Arc::clone(&begun.running);
        drop(begun);
        let told = running.told();
        let last = &told.kept.back().unwrap().vertexes;
        assert_eq!((last.len(), last[0].name.as_str(), last[0].error.as_str()), (1, "runs", "context canceled"));
        assert!(last[0].completed.is_some());
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded() {
        let builds = Arc::new(Builds::default());
        let begun = builds.begin(record("a"), true, |_| None).unwrap();
        let line = VertexLog { msg: vec![b'x'; 1 << 20], ..VertexLog::default() };
        for _ in 0..20 {
            begun.running.tell(StatusResponse { logs: vec![line.clone()], ..StatusResponse::default() });
        }
        assert!(begun.running.told().bytes <= limits::TOLD_BYTES);
        drop(begun);
        assert!(builds.records(false).is_empty(), "an internal build leaves no record");
        for number in 0..limits::RECORDS + 3 {
            drop(builds.begin(record(&number.to_string()), false, |_| None).unwrap());
            builds.pin("0", true);
        }
        let left = builds.records(false);
        assert_eq!(left.len(), limits::RECORDS);
        assert_eq!(left[0].1.r#ref, "0", "what is pinned stays");
        assert!(left[0].1.error.as_ref().is_some_and(|error| error.message == "context canceled"));
    }
}
