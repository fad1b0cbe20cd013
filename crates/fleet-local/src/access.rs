//! Access logs: a line a request, in files that are packed with gzip and put into the bucket that an environment names,
//! under the names that Amazon gives them ("Access logs for your Application Load Balancer", Access log files).
//!
//! Lines are kept in memory for the fifth of a second, so that many are written at a time, and then on the disk until
//! their file is put ([`crate::spool`]): what a daemon that is killed has not put, the next one puts. No request waits
//! for its line.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::Arc;

use aws::{AccountId, Region};
use balancer::{AccessEntry, GroupId, RouteId};
use beanstalk::EnvironmentId;
use beanstalk::balancing;
use beanstalk::fleet::{Failure, Wish};
use beanstalk::option::{AccessLog, Configuration};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use words::Timestamp;

use crate::spool::{Heading, Spool, Whole};
use crate::{Local, blocking, limits};

/// What who keeps the logs is asked for, by somebody who waits for it.
pub(crate) enum Flush {
    /// That an environment's last lines are in the bucket.
    Bucket(EnvironmentId, oneshot::Sender<()>),
    /// That all lines are on the disk.
    Disk(oneshot::Sender<()>),
}

/// A file in the making.
struct File {
    log: AccessLog,
    /// The environment as it was when the last line was written: it may end before its last requests do.
    wish: Arc<Wish>,
    /// What tells it from others.
    random: String,
    /// Lines that are not on the disk yet.
    lines: String,
    /// Bytes of all its lines.
    size: usize,
}

/// Lines to be written to a file.
struct Piece {
    environment: EnvironmentId,
    random: String,
    heading: Heading,
    lines: String,
}

impl File {
    fn new(log: AccessLog, wish: Arc<Wish>) -> Self {
        let random = words::hex(&words::random_bytes::<4>());
        Self { log, wish, random, lines: String::new(), size: 0 }
    }

    /// Adds a line. Gives its bytes.
    fn add(&mut self, entry: &AccessEntry) -> usize {
        let before = self.lines.len();
        // Writing into memory does not fail.
        let _ = writeln!(self.lines, "{entry}");
        let added = self.lines.len() - before;
        self.size += added;
        added
    }

    /// The lines that are not on the disk yet.
    fn take(&mut self) -> Piece {
        Piece {
            environment: self.wish.environment.clone(),
            random: self.random.clone(),
            heading: Heading::new(&self.log, &self.wish.region),
            lines: std::mem::take(&mut self.lines),
        }
    }
}

impl Piece {
    /// Blocks.
    fn write(&self, spool: &Spool) {
        if self.lines.is_empty() {
            return;
        }
        if let Err(error) = spool.append(&self.environment, &self.random, &self.heading, &self.lines) {
            tracing::warn!(environment = %self.environment, %error, "lines of an access log are lost");
        }
    }
}

/// The files in the making, and since when one has lines that are not on the disk.
#[derive(Default)]
struct Files {
    all: BTreeMap<EnvironmentId, File>,
    since: Option<Instant>,
    /// Bytes of all lines that are not on the disk.
    pending: usize,
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
        self.flush(|done| Flush::Bucket(environment.clone(), done)).await;
    }

    /// Comes back when all lines are on the disk, from where the next daemon puts them into their buckets.
    pub(crate) async fn save_access_logs(&self) {
        self.flush(Flush::Disk).await;
    }

    async fn flush(&self, wanted: impl FnOnce(oneshot::Sender<()>) -> Flush) {
        let (done, wait) = oneshot::channel();
        if self.0.flush.send(wanted(done)).await.is_ok() {
            let _ = wait.await;
        }
    }

    /// Keeps the logs of all environments, for ever.
    pub(crate) async fn keep_access_logs(self, mut flushes: mpsc::Receiver<Flush>) {
        let mut entries = self.0.balancer.access_log(limits::ACCESS_QUEUE);
        let mut files = Files::default();
        let mut ticks = tokio::time::interval(limits::ACCESS_INTERVAL);
        let spool = self.spool();
        if let Err(error) = blocking(move || spool.end_all(Timestamp::now())).await {
            tracing::warn!(%error, "access logs of before cannot be read");
        }
        loop {
            let write = files.since.map(|since| since + limits::ACCESS_WRITE);
            tokio::select! {
                entry = entries.recv() => match entry {
                    Some(entry) => self.log(entry, &mut files),
                    None => return,
                },
                () = tokio::time::sleep_until(write.unwrap_or_else(Instant::now)), if write.is_some() => {
                    self.write(&mut files).await;
                }
                _ = ticks.tick() => {
                    let ended = std::mem::take(&mut files).all.into_values().collect();
                    // Also what could not be put before.
                    tokio::spawn(self.clone().finish(ended, None));
                }
                Some(flush) = flushes.recv() => {
                    // What was answered before is before it in the queue.
                    while let Ok(entry) = entries.try_recv() {
                        self.log(entry, &mut files);
                    }
                    match flush {
                        Flush::Bucket(environment, done) => {
                            let (local, ended) = (self.clone(), files.all.remove(&environment).into_iter().collect());
                            tokio::spawn(async move {
                                local.finish(ended, Some(environment)).await;
                                let _ = done.send(());
                            });
                        }
                        Flush::Disk(done) => {
                            self.write(&mut files).await;
                            let _ = done.send(());
                        }
                    }
                }
            }
            if files.pending >= limits::ACCESS_BUFFER {
                self.write(&mut files).await;
            }
        }
    }

    fn spool(&self) -> Spool {
        Spool::new(&self.0.config.access_logs)
    }

    /// Writes what is in memory only.
    async fn write(&self, files: &mut Files) {
        let pieces: Vec<Piece> = files.all.values_mut().filter(|file| !file.lines.is_empty()).map(File::take).collect();
        (files.since, files.pending) = (None, 0);
        let spool = self.spool();
        let written = blocking(move || {
            pieces.iter().for_each(|piece| piece.write(&spool));
            Ok(())
        });
        if let Err(error) = written.await {
            tracing::warn!(%error, "lines of access logs are lost");
        }
    }

    /// Adds a request to its environment's file.
    fn log(&self, mut entry: AccessEntry, files: &mut Files) {
        let known = |environment: &EnvironmentId| {
            self.wish(environment).or_else(|| files.all.get(environment).map(|file| Arc::clone(&file.wish)))
        };
        let Some(wish) = named(&mut entry, self.0.s3.account(), known) else { return };
        let Some(log) = &wish.configuration.routing.access_log else { return };
        let environment = wish.environment.clone();
        let other = files.all.get(&environment).is_some_and(|file| file.log != *log);
        if other && let Some(file) = files.all.remove(&environment) {
            tokio::spawn(self.clone().finish(vec![file], Some(environment.clone())));
        }
        let new = || File::new(log.clone(), Arc::clone(&wish));
        let file = files.all.entry(environment.clone()).or_insert_with(new);
        files.pending += file.add(&entry);
        files.since.get_or_insert_with(Instant::now);
        if file.size >= limits::ACCESS_LOG
            && let Some(file) = files.all.remove(&environment)
        {
            tokio::spawn(self.clone().finish(vec![file], Some(environment)));
        }
    }

    /// Ends files, and puts all into their buckets that are whole: those of one environment, or of all.
    async fn finish(self, ended: Vec<File>, of: Option<EnvironmentId>) {
        let (spool, now) = (self.spool(), Timestamp::now());
        let pieces: Vec<Piece> = ended.into_iter().map(|mut file| file.take()).collect();
        let ending = spool.clone();
        let ended = blocking(move || {
            pieces.iter().for_each(|piece| piece.write(&ending));
            pieces.iter().try_for_each(|piece| ending.end(&piece.environment, &piece.random, now).map(drop))
        });
        let ended = ended.await;
        // One after the other, so that none is put twice at the same time.
        let _one = self.0.access_logs.lock().await;
        let listing = spool.clone();
        let whole = match ended {
            Ok(()) => blocking(move || listing.whole()).await,
            Err(error) => Err(error),
        };
        let whole = match whole {
            Ok(whole) => whole,
            Err(error) => return tracing::warn!(%error, "access logs cannot be put into their buckets"),
        };
        for file in whole.into_iter().filter(|file| of.as_ref().is_none_or(|of| file.environment == *of)) {
            if let Err(error) = self.deliver(&spool, &file).await {
                tracing::warn!(environment = %file.environment, %error, "a piece of an access log stays for now");
            }
        }
    }

    /// Puts a file into its bucket, and removes it. What its bucket has gone for is lost.
    async fn deliver(&self, spool: &Spool, file: &Whole) -> std::io::Result<()> {
        let (reading, this) = (spool.clone(), file.clone());
        if let Some((heading, packed)) = blocking(move || reading.packed(&this)).await? {
            let log = heading.log();
            let account = self.0.s3.account();
            let (address, ended) = (self.0.config.address, file.ended);
            let key = key(&log, (account, &heading.region), &file.environment, address, ended, &file.random);
            match self.put(&log.bucket, &key, packed).await {
                Ok(()) => {}
                Err(error @ s3::Error::NoSuchBucket(_)) => {
                    tracing::warn!(environment = %file.environment, %error, "a piece of an access log is lost");
                }
                Err(error) => {
                    let (spool, environment) = (spool.clone(), file.environment.clone());
                    let lost = blocking(move || spool.trim(&environment)).await?;
                    return Err(std::io::Error::other(format!("{}/{key}: {error} ({lost} are lost)", log.bucket)));
                }
            }
        }
        let (spool, file) = (spool.clone(), file.clone());
        blocking(move || spool.remove(&file)).await
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
