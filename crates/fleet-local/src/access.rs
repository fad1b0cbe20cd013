//! Access logs: a line a request, in files that are packed with gzip and put into the bucket that an environment names,
//! under the names that Amazon gives them ("Access logs for your Application Load Balancer", Access log files).
//!
//! Lines are kept in memory until their file is put: what a daemon that is killed has not put is lost, as Amazon
//! delivers them on a best effort, too.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;

use aws::{AccountId, Region};
use balancer::{AccessEntry, GroupId, RouteId};
use beanstalk::EnvironmentId;
use beanstalk::balancing;
use beanstalk::fleet::{Failure, Wish};
use beanstalk::option::{AccessLog, Configuration};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::{mpsc, oneshot};
use words::Timestamp;

use crate::{Local, limits};

/// Who has the last lines of an environment's log put into the bucket, and waits for it.
pub(crate) struct Flush {
    environment: EnvironmentId,
    done: oneshot::Sender<()>,
}

/// A file in the making.
struct File {
    log: AccessLog,
    /// The environment as it was when the last line was written: it may end before its last requests do.
    wish: Arc<Wish>,
    packed: GzEncoder<Vec<u8>>,
}

impl File {
    fn new(log: AccessLog, wish: Arc<Wish>) -> Self {
        Self { log, wish, packed: GzEncoder::new(Vec::new(), Compression::default()) }
    }

    /// Adds a line; whether the file is long enough now.
    fn add(&mut self, entry: &AccessEntry) -> bool {
        // Writing into memory does not fail.
        let _ = writeln!(self.packed, "{entry}");
        self.packed.get_ref().len() >= limits::ACCESS_LOG
    }
}

/// The part of a key that all files of an account's balancers share.
fn folder(prefix: &str, account: &AccountId) -> String {
    match prefix.trim_matches('/') {
        "" => format!("AWSLogs/{account}"),
        prefix => format!("{prefix}/AWSLogs/{account}"),
    }
}

/// The key of a file that ends now.
fn key(
    log: &AccessLog,
    (account, region): (&AccountId, &Region),
    environment: &EnvironmentId,
    address: IpAddr,
    now: Timestamp,
    random: &str,
) -> String {
    let digits: String = now.to_string().chars().take(16).filter(char::is_ascii_digit).collect();
    let (date, time) = digits.split_at_checked(8).unwrap_or((&digits, ""));
    let (year, rest) = date.split_at_checked(4).unwrap_or((date, ""));
    let (month, day) = rest.split_at_checked(2).unwrap_or((rest, ""));
    let balancer = balancing::balancer_path(environment).replace('/', ".");
    let folder = folder(&log.prefix, account);
    format!(
        "{folder}/elasticloadbalancing/{region}/{year}/{month}/{day}/{account}_elasticloadbalancing_{region}_{balancer}_\
         {date}T{time}Z_{address}_{random}.log.gz"
    )
}

/// Gives what an entry names the names by which the services tell of it. Gives the environment, too.
fn named(
    entry: &mut AccessEntry,
    account: &AccountId,
    wish: impl Fn(&EnvironmentId) -> Option<Arc<Wish>>,
) -> Option<Arc<Wish>> {
    let mut route = entry.route.as_str().split('/');
    let (environment, port) = (route.next()?.parse::<EnvironmentId>().ok()?, route.next()?.parse::<u16>().ok()?);
    let wish = wish(&environment)?;
    if let Some(group) = &entry.group {
        // The environment, the release, and the process, whose name may have a slash.
        let process = group.as_str().splitn(3, '/').nth(2).unwrap_or_default();
        let arn = balancing::target_group_arn(account, &wish.region, &environment, process);
        entry.group = Some(GroupId::new(arn.to_string()));
    }
    entry.certificate = wish.configuration.routing.listeners.get(&port).and_then(|one| one.certificate.clone());
    entry.route = RouteId::new(balancing::balancer_path(&environment));
    Some(wish)
}

impl Local {
    fn wish(&self, environment: &EnvironmentId) -> Option<Arc<Wish>> {
        self.with(|all| all.get(environment).and_then(|known| known.wish.clone()))
    }

    /// Whether an environment's access log can be kept.
    pub(crate) fn check_access_log(&self, configuration: &Configuration) -> Result<(), Failure> {
        let Some(log) = &configuration.routing.access_log else { return Ok(()) };
        let bucket = log.bucket.parse().and_then(|name| self.0.s3.bucket(&name));
        bucket
            .map(drop)
            .map_err(|error| Failure::new("Setting up the access log", format!("the bucket {}: {error}", log.bucket)))
    }

    /// Puts the file that shows that the log can be written, as Amazon does, where it is not there.
    pub(crate) async fn begin_access_log(&self, wish: &Wish) -> Result<(), Failure> {
        let Some(log) = &wish.configuration.routing.access_log else { return Ok(()) };
        let key = format!("{}/ELBAccessLogTestFile", folder(&log.prefix, self.0.s3.account()));
        let failed =
            |error: s3::Error| Failure::new("Setting up the access log", format!("{}/{key}: {error}", log.bucket));
        let (bucket, name) = (log.bucket.parse().map_err(failed)?, key.parse().map_err(failed)?);
        if self.0.s3.head(&bucket, &name, &s3::GetRequest::default()).await.is_ok() {
            return Ok(());
        }
        let text = format!("The access log of {} is kept here.\n", balancing::balancer_name(&wish.environment));
        self.put(&log.bucket, &key, text.into_bytes()).await.map_err(failed)
    }

    async fn put(&self, bucket: &str, key: &str, data: Vec<u8>) -> Result<(), s3::Error> {
        let body = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(data))]);
        self.0.s3.put(&bucket.parse()?, &key.parse()?, s3::PutRequest::default(), body).await.map(drop)
    }

    /// Puts what there is of an environment's log into its bucket, and comes back when it is there.
    pub(crate) async fn flush_access_log(&self, environment: &EnvironmentId) {
        let (done, wait) = oneshot::channel();
        if self.0.flush.send(Flush { environment: environment.clone(), done }).await.is_ok() {
            let _ = wait.await;
        }
    }

    /// Keeps the logs of all environments, for ever.
    pub(crate) async fn keep_access_logs(self, mut flushes: mpsc::Receiver<Flush>) {
        let mut entries = self.0.balancer.access_log(limits::ACCESS_QUEUE);
        let mut files: BTreeMap<EnvironmentId, File> = BTreeMap::new();
        let mut ticks = tokio::time::interval(limits::ACCESS_INTERVAL);
        loop {
            tokio::select! {
                entry = entries.recv() => match entry {
                    Some(entry) => self.log(entry, &mut files),
                    None => return,
                },
                _ = ticks.tick() => {
                    for (environment, file) in std::mem::take(&mut files) {
                        tokio::spawn(self.clone().finish(environment, file));
                    }
                }
                Some(Flush { environment, done }) = flushes.recv() => {
                    // What was answered before is before it in the queue.
                    while let Ok(entry) = entries.try_recv() {
                        self.log(entry, &mut files);
                    }
                    let (local, file) = (self.clone(), files.remove(&environment));
                    tokio::spawn(async move {
                        if let Some(file) = file {
                            local.finish(environment, file).await;
                        }
                        let _ = done.send(());
                    });
                }
            }
        }
    }

    /// Adds a request to its environment's file.
    fn log(&self, mut entry: AccessEntry, files: &mut BTreeMap<EnvironmentId, File>) {
        let known = |environment: &EnvironmentId| {
            self.wish(environment).or_else(|| files.get(environment).map(|file| Arc::clone(&file.wish)))
        };
        let Some(wish) = named(&mut entry, self.0.s3.account(), known) else { return };
        let Some(log) = &wish.configuration.routing.access_log else { return };
        let environment = wish.environment.clone();
        let other = files.get(&environment).is_some_and(|file| file.log != *log);
        if other && let Some(file) = files.remove(&environment) {
            tokio::spawn(self.clone().finish(environment.clone(), file));
        }
        let new = || File::new(log.clone(), Arc::clone(&wish));
        let full = files.entry(environment.clone()).or_insert_with(new).add(&entry);
        if full && let Some(file) = files.remove(&environment) {
            tokio::spawn(self.clone().finish(environment, file));
        }
    }

    /// Puts a file into its bucket.
    async fn finish(self, environment: EnvironmentId, file: File) {
        let File { log, wish, packed } = file;
        let random = words::hex(&words::random_bytes::<4>());
        let account = self.0.s3.account();
        let key = key(&log, (account, &wish.region), &environment, self.0.config.address, Timestamp::now(), &random);
        let done = match packed.finish() {
            Ok(data) => self.put(&log.bucket, &key, data).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = done {
            tracing::warn!(%environment, bucket = log.bucket, error, "a piece of an access log is lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_as_amazon_names_them() {
        let log = |prefix: &str| AccessLog { bucket: "logs".into(), prefix: prefix.into() };
        let (account, region) = ("123456789012".parse().unwrap(), "us-east-1".parse().unwrap());
        let environment: EnvironmentId = "e-abcdefghij".parse().unwrap();
        let now = "2026-02-03T04:05:06.789Z".parse().unwrap();
        let key = |prefix: &str| {
            let (address, random) = ("127.0.0.1".parse().unwrap(), "0a1b2c3d");
            key(&log(prefix), (&account, &region), &environment, address, now, random)
        };
        assert_eq!(
            key(""),
            "AWSLogs/123456789012/elasticloadbalancing/us-east-1/2026/02/03/123456789012_elasticloadbalancing_us-east-1_\
             app.awseb-abcdefghij.000000abcdefghij_20260203T0405Z_127.0.0.1_0a1b2c3d.log.gz"
        );
        assert!(key("/my/logs/").starts_with("my/logs/AWSLogs/123456789012/"));
    }
}
