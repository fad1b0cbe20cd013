//! What containers and deployments write goes to CloudWatch Logs, where an environment wishes it.
//!
//! ```text
//!   logs of containers, journals ─► inotify ─► the lines after the mark ─► Logs::bring (lines and the next mark)
//! ```
//! The kernel says which directory has changed; nothing is done as long as none has. How far a file has been read is
//! written down together with its lines, in the stream that they go to, so that a daemon that dies loses none and
//! brings none twice. What a container wrote last is brought before it is removed.

mod tail;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws::Region;
use beanstalk::fleet::Wish;
use beanstalk::option::LogStream;
use beanstalk::{EnvironmentId, InstanceId};
use cloudwatch_logs::{Event, GroupName, Logs, NewGroup, StreamId, StreamName};
use engine::container::logs::Entry;
use rustix::fs::inotify;
use tokio::sync::Notify;
use words::Timestamp;

use crate::setup::Log;
use crate::{Local, limits};
use tail::Mark;

/// Where Amazon's platform has the output of its containers: what the group is named after.
const OUTPUT: &str = "var/log/eb-docker/containers/eb-current-app/stdouterr.log";
/// The group of an environment's health.
const HEALTH: &str = "environment-health.log";
/// The tag of a group that says whose it is.
const OWNER: &str = "elasticbeanstalk:environment-id";
/// The tag that says whether it goes with its environment.
const GOES: &str = "dabba:delete-on-terminate";

/// What a line of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// An entry of a container's log.
    Container,
    /// A line of a journal.
    Journal,
}

/// A file that is followed.
#[derive(Debug)]
struct Source {
    path: PathBuf,
    format: Format,
    /// What it is called in its stream's marks.
    name: String,
    region: Region,
    group: GroupName,
    stream: StreamName,
    /// Held by the one who reads it.
    reading: tokio::sync::Mutex<()>,
}

impl Source {
    fn is(&self, other: &Self) -> bool {
        (&self.path, &self.group, &self.stream) == (&other.path, &other.group, &other.stream)
    }
}

/// What is followed.
pub(crate) struct Follower {
    logs: Logs,
    /// Where the kernel tells of changes; without it files are looked at from time to time.
    inotify: Option<OwnedFd>,
    watched: Mutex<Watched>,
    /// Something is to be read.
    changed: Notify,
    /// Held by the one who says what is followed, so that no older wish comes after a newer one.
    setting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Watched {
    sources: HashMap<EnvironmentId, Vec<Arc<Source>>>,
    /// Directories by the numbers that the kernel gave them.
    directories: HashMap<i32, PathBuf>,
    /// Directories that have changed.
    dirty: HashSet<PathBuf>,
}

impl Follower {
    /// Follows nothing yet.
    pub(crate) fn new(logs: Logs) -> Self {
        let inotify = inotify::init(inotify::CreateFlags::CLOEXEC)
            .inspect_err(|error| tracing::warn!(%error, "logs are looked at from time to time: inotify is not there"))
            .ok();
        Self {
            logs,
            inotify,
            watched: Mutex::default(),
            changed: Notify::new(),
            setting: tokio::sync::Mutex::default(),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Watched) -> T) -> T {
        work(&mut self.watched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Follows these files of an environment, and no others.
    fn set(&self, environment: &EnvironmentId, sources: Vec<Source>) {
        let folders: BTreeSet<&Path> = sources.iter().filter_map(|source| source.path.parent()).collect();
        let mut fresh = Vec::new();
        for folder in folders {
            fresh.extend(self.watch(folder).map(|number| (number, folder.to_owned())));
        }
        self.with(|watched| {
            let before = watched.sources.remove(environment).unwrap_or_default();
            let now: Vec<Arc<Source>> = sources
                .into_iter()
                .map(|source| match before.iter().find(|known| known.is(&source)) {
                    Some(known) => Arc::clone(known),
                    None => {
                        // Whatever it has already is to be read.
                        watched.dirty.extend(source.path.parent().map(Path::to_owned));
                        Arc::new(source)
                    }
                })
                .collect();
            if !now.is_empty() {
                watched.sources.insert(environment.clone(), now);
            }
            watched.directories.extend(fresh);
            let used: HashSet<&Path> =
                watched.sources.values().flatten().filter_map(|source| source.path.parent()).collect();
            let unused: Vec<i32> = watched
                .directories
                .iter()
                .filter(|(_, folder)| !used.contains(folder.as_path()))
                .map(|(n, _)| *n)
                .collect();
            for number in unused {
                watched.directories.remove(&number);
                if let Some(inotify) = &self.inotify {
                    // One that is gone is not watched any more anyway.
                    let _ = inotify::remove_watch(inotify, number);
                }
            }
        });
        self.changed.notify_one();
    }

    /// Asks the kernel to tell of a directory's changes; asked again it gives the same number.
    fn watch(&self, folder: &Path) -> Option<i32> {
        let flags = inotify::WatchFlags::MODIFY | inotify::WatchFlags::CREATE | inotify::WatchFlags::MOVED_TO;
        let watched = inotify::add_watch(self.inotify.as_ref()?, folder, flags);
        watched
            .inspect_err(|error| tracing::warn!(folder = %folder.display(), %error, "a log is not followed for now"))
            .ok()
    }

    /// Notes which directories the kernel says have changed, for ever. Blocks: it has a thread of its own, which sleeps
    /// as long as nothing changes.
    fn hear(&self, inotify: &OwnedFd) {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(inotify, &mut buffer);
        loop {
            match reader.next() {
                Ok(event) => {
                    let flags = event.events();
                    self.with(|watched| {
                        if flags.contains(inotify::ReadFlags::QUEUE_OVERFLOW) {
                            watched.dirty.extend(watched.directories.values().cloned());
                        } else if flags.contains(inotify::ReadFlags::IGNORED) {
                            watched.directories.remove(&event.wd());
                        } else if let Some(folder) = watched.directories.get(&event.wd()) {
                            watched.dirty.insert(folder.clone());
                        }
                    });
                    self.changed.notify_one();
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => {
                    tracing::error!(%error, "changes of logs are not heard any more");
                    return;
                }
            }
        }
    }

    /// The files in the directories that have changed.
    fn take(&self) -> Vec<Arc<Source>> {
        self.with(|watched| {
            let dirty = std::mem::take(&mut watched.dirty);
            let is_dirty = |source: &&Arc<Source>| source.path.parent().is_some_and(|folder| dirty.contains(folder));
            watched.sources.values().flatten().filter(is_dirty).cloned().collect()
        })
    }

    /// Says that a file is to be read again.
    fn again(&self, source: &Source) {
        self.with(|watched| watched.dirty.extend(source.path.parent().map(Path::to_owned)));
    }

    /// Follows what is to be followed, for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        let follower = Arc::clone(&self);
        let thread = std::thread::Builder::new().name("logs".into()).stack_size(128 << 10);
        let heard = thread.spawn(move || follower.inotify.iter().for_each(|inotify| follower.hear(inotify)));
        if let Err(error) = &heard {
            tracing::warn!(%error, "logs are looked at from time to time: no thread can be had");
        }
        let hears = heard.is_ok() && self.inotify.is_some();
        let mut failing = false;
        loop {
            tokio::select! {
                () = self.changed.notified() => {}
                () = tokio::time::sleep(limits::LOOK), if failing || !hears => {
                    if !hears {
                        self.with(|watched| {
                            let folders = watched.sources.values().flatten().filter_map(|source| source.path.parent());
                            watched.dirty = folders.map(Path::to_owned).collect();
                        });
                    }
                }
            }
            // Lines that come together are brought together.
            tokio::time::sleep(limits::GATHER).await;
            failing = false;
            loop {
                let sources = self.take();
                if sources.is_empty() {
                    break;
                }
                let mut later = Vec::new();
                for source in sources {
                    match self.bring(&source, limits::PARTS).await {
                        Ok(true) => self.again(&source),
                        Ok(false) => {}
                        Err(error) => {
                            tracing::warn!(log = %source.path.display(), %error, "lines of a log wait to be brought");
                            later.push(source);
                        }
                    }
                }
                if !later.is_empty() {
                    later.iter().for_each(|source| self.again(source));
                    failing = true;
                    break;
                }
            }
        }
    }

    /// Brings what has come to a file, so many parts of it at most; says whether there is more.
    async fn bring(&self, source: &Source, parts: usize) -> Result<bool, String> {
        let _one = source.reading.lock().await;
        for _ in 0..parts {
            let stream = self.stream(source).await.map_err(|error| error.to_string())?;
            let from: Option<Mark> = self.logs.mark(stream, &source.name).and_then(|mark| mark.parse().ok());
            let path = source.path.clone();
            let read = crate::blocking(move || tail::read_on(&path, from)).await;
            let part = read.map_err(|error| error.to_string())?;
            if let Some(mark) = part.mark.filter(|mark| from != Some(*mark)) {
                let events = part.lines.iter().filter_map(|line| event(line, source.format)).collect();
                let (mark, now) = (mark.to_string(), Timestamp::now());
                let brought = self.logs.bring(stream, events, &source.name, &mark, now).await;
                brought.map_err(|error| error.to_string())?;
            }
            if !part.more {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The stream that a file goes to, made where it is not there.
    async fn stream(&self, source: &Source) -> cloudwatch_logs::Result<StreamId> {
        let find = || {
            let group = self.logs.group(&source.region, &source.group)?;
            Ok(self.logs.stream(&group, &source.stream)?.id)
        };
        match find() {
            Err(cloudwatch_logs::Error::NoSuchGroup | cloudwatch_logs::Error::NoSuchStream) => {}
            found => return found,
        }
        let (region, name) = (source.region.clone(), source.group.clone());
        self.make(region, name, source.stream.clone(), BTreeMap::new()).await?;
        find()
    }

    /// Makes a group and a stream where they are not there.
    async fn make(
        &self,
        region: Region,
        group: GroupName,
        stream: StreamName,
        tags: BTreeMap<String, String>,
    ) -> cloudwatch_logs::Result<()> {
        let now = Timestamp::now();
        let new = NewGroup { region: region.clone(), name: group.clone(), tags };
        match self.logs.create_group(new, now).await {
            Ok(_) | Err(cloudwatch_logs::Error::GroupExists) => {}
            Err(error) => return Err(error),
        }
        match self.logs.create_stream(&region, &group, stream, now).await {
            Ok(_) | Err(cloudwatch_logs::Error::StreamExists) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The event that a line is; nothing where it says nothing.
fn event(line: &[u8], format: Format) -> Option<Event> {
    let (moment, text) = match format {
        Format::Container => {
            let entry: Entry = serde_json::from_slice(line).ok()?;
            (entry.time, entry.log)
        }
        Format::Journal => {
            let text = String::from_utf8_lossy(line).into_owned();
            let moment = text.get(..limits::STAMP).map(|stamp| format!("{}Z", stamp.replace(' ', "T")));
            (moment.and_then(|moment| moment.parse().ok()).unwrap_or_else(Timestamp::now), text)
        }
    };
    let message = text.trim_end_matches(['\r', '\n']);
    let timestamp = moment.milliseconds().max(0);
    (!message.is_empty()).then(|| Event { timestamp, message: message.to_owned() })
}

fn group(wish: &Wish, path: &str) -> Option<GroupName> {
    format!("/aws/elasticbeanstalk/{}/{path}", wish.name).parse().ok()
}

impl Local {
    /// Follows the logs of an environment as it wishes now.
    pub(crate) async fn follow(&self, environment: &EnvironmentId) {
        let follower = &self.0.follower;
        let _one = follower.setting.lock().await;
        let Some(wish) = self.with(|all| all.get(environment)?.wish.clone()) else { return };
        let wish = wish.as_ref();
        let logs = wish.configuration.logs.clone();
        if let (Some(health), Some(group)) = (&logs.health, group(wish, HEALTH)) {
            self.keep_group(wish, &group, health).await;
        }
        let Some(instances) = &logs.instances else {
            return follower.set(&wish.environment, Vec::new());
        };
        let mut sources = Vec::new();
        let there = self.containers(&wish.environment);
        if let Some(group) = group(wish, OUTPUT) {
            self.keep_group(wish, &group, instances).await;
            for ((instance, _), services) in &there {
                for container in services.values() {
                    let (path, name) = (container.log_path(), container.id.to_string());
                    sources.extend(source(wish, &group, instance, path, Format::Container, name));
                }
            }
        }
        let instances_there: BTreeSet<&InstanceId> =
            there.keys().map(|(instance, _)| instance).chain(wish.copies.iter().map(|copy| &copy.instance)).collect();
        for log in [Log::Engine, Log::Hooks] {
            let Some(group) = group(wish, &format!("var/log/{}", log.name())) else { continue };
            self.keep_group(wish, &group, instances).await;
            for instance in &instances_there {
                let journals = [
                    ("environment", self.journal(&wish.environment)),
                    ("instance", self.journal_of(&wish.environment, instance)),
                ];
                for (name, journal) in journals {
                    // It is watched before anything is written to it.
                    let _ = tokio::fs::create_dir_all(journal.directory()).await;
                    let path = journal.directory().join(log.name());
                    sources.extend(source(wish, &group, instance, path, Format::Journal, name.to_owned()));
                }
            }
        }
        for source in &sources {
            if let Err(error) = follower.stream(source).await {
                tracing::warn!(group = %source.group, %error, "a log stream is not there for now");
            }
        }
        follower.set(&wish.environment, sources);
    }

    /// Makes a group be there with what its environment says of it.
    async fn keep_group(&self, wish: &Wish, name: &GroupName, stream: &LogStream) {
        let logs = &self.0.follower.logs;
        let tags: BTreeMap<String, String> = [
            ("elasticbeanstalk:environment-name".to_owned(), wish.name.to_string()),
            (OWNER.to_owned(), wish.environment.to_string()),
            (GOES.to_owned(), stream.delete_on_terminate.to_string()),
        ]
        .into();
        let keeping = async {
            let group = match logs.group(&wish.region, name) {
                Ok(group) => group,
                Err(_) => {
                    let new = NewGroup { region: wish.region.clone(), name: name.clone(), tags: tags.clone() };
                    logs.create_group(new, Timestamp::now()).await?
                }
            };
            if tags.iter().any(|(key, value)| group.tags.get(key) != Some(value)) {
                logs.tag(&wish.region, name, tags.clone(), Vec::new()).await?;
            }
            let days = Some(stream.retention_days);
            if group.retention != days { logs.retain(&wish.region, name, days).await } else { Ok(()) }
        };
        if let Err(error) = keeping.await {
            tracing::warn!(group = %name, %error, "a log group is not as its environment wishes");
        }
    }

    /// Brings all that a container has written, before it is removed.
    pub(crate) async fn bring_rest(&self, environment: &EnvironmentId, container: &str) {
        let follower = &self.0.follower;
        let source = follower
            .with(|watched| watched.sources.get(environment)?.iter().find(|source| source.name == container).cloned());
        if let Some(source) = source
            && let Err(error) = follower.bring(&source, limits::REST).await
        {
            tracing::warn!(%container, %error, "the last lines of a log are lost");
        }
    }

    /// Follows nothing of an environment any more, and removes the groups that go with it.
    pub(crate) async fn unfollow(&self, environment: &EnvironmentId) {
        let follower = &self.0.follower;
        let _one = follower.setting.lock().await;
        let sources = follower.with(|watched| watched.sources.get(environment).cloned().unwrap_or_default());
        for source in sources.iter().filter(|source| source.format == Format::Journal) {
            let _ = follower.bring(source, limits::REST).await;
        }
        follower.set(environment, Vec::new());
        for group in follower.logs.all_groups() {
            let tag = |key: &str| group.tags.get(key).map(String::as_str);
            if tag(OWNER) == Some(environment.as_str())
                && tag(GOES) == Some("true")
                && let Err(error) = follower.logs.delete_group(&group.region, &group.name).await
            {
                tracing::warn!(group = %group.name, %error, "a log group outlives its environment");
            }
        }
    }

    /// Writes a line about the health of an environment to its group, where it wishes it.
    pub(crate) async fn write_health(&self, environment: &EnvironmentId, line: String, now: Timestamp) {
        let Some(wish) = self.with(|all| all.get(environment)?.wish.clone()) else { return };
        let Some(group) = group(&wish, HEALTH).filter(|_| wish.configuration.logs.health.is_some()) else { return };
        let day = now.to_string();
        let Ok(stream) = format!("archive-health-{}", day.get(..10).unwrap_or_default()).parse::<StreamName>() else {
            return;
        };
        let follower = &self.0.follower;
        let writing = async {
            follower.make(wish.region.clone(), group.clone(), stream.clone(), BTreeMap::new()).await?;
            let timestamp = now.milliseconds();
            follower.logs.put(&wish.region, &group, &stream, vec![Event { timestamp, message: line }], now).await
        };
        if let Err(error) = writing.await {
            tracing::warn!(%group, %error, "a change of an environment's health is not in its log");
        }
    }
}

fn source(
    wish: &Wish,
    group: &GroupName,
    instance: &InstanceId,
    path: PathBuf,
    format: Format,
    name: String,
) -> Option<Source> {
    let stream = instance.as_str().parse().ok()?;
    let (region, group) = (wish.region.clone(), group.clone());
    Some(Source { path, format, name, region, group, stream, reading: tokio::sync::Mutex::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_events() {
        let line = br#"{"log":"hello\r\n","stream":"stdout","time":"1970-01-01T00:00:01.5Z"}"#;
        let found = event(line, Format::Container).unwrap();
        assert_eq!((found.timestamp, found.message.as_str()), (1500, "hello"));
        let found = event(b"1970-01-01 00:00:02.500000 [INFO] a", Format::Journal).unwrap();
        assert_eq!((found.timestamp, found.message.as_str()), (2500, "1970-01-01 00:00:02.500000 [INFO] a"));
        assert!(event(br#"{"log":"\n","stream":"stdout","time":"1970-01-01T00:00:01Z"}"#, Format::Container).is_none());
        assert!(event(b"torn", Format::Container).is_none());
    }
}
