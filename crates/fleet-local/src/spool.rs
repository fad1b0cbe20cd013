//! Lines of access logs on the disk, until they are in their buckets: a daemon that is killed goes on with them.
//!
//! ```text
//!   ENVIRONMENT.RANDOM            is written to
//!   ENVIRONMENT.RANDOM.TIME       is whole since that time, and is to be put into its bucket
//! ```
//! Its first line says where a file goes, and its name under which key. So one that is put twice, since a daemon has died
//! before it removed it, is there once.
//!
//! Everything here blocks.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Result, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aws::Region;
use beanstalk::EnvironmentId;
use beanstalk::option::AccessLog;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::limits;

/// Where the lines of a file go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heading {
    bucket: String,
    prefix: String,
    pub(crate) region: Region,
}

impl Heading {
    pub(crate) fn new(log: &AccessLog, region: &Region) -> Self {
        Self { bucket: log.bucket.clone(), prefix: log.prefix.clone(), region: region.clone() }
    }

    pub(crate) fn log(&self) -> AccessLog {
        AccessLog { bucket: self.bucket.clone(), prefix: self.prefix.clone() }
    }
}

/// A file that is whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Whole {
    /// Since when.
    pub(crate) ended: Timestamp,
    pub(crate) environment: EnvironmentId,
    /// What tells it from others of that time.
    pub(crate) random: String,
}

impl Whole {
    fn name(&self) -> String {
        format!("{}.{}.{}", self.environment, self.random, self.ended.nanos())
    }

    fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split('.');
        let (environment, random, ended) = (parts.next()?, parts.next()?, parts.next()?);
        let ended = Timestamp::from_nanos(ended.parse().ok()?)?;
        Some(Self { ended, environment: environment.parse().ok()?, random: random.to_owned() })
    }
}

/// The directory of the files. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Spool(PathBuf);

impl Spool {
    pub(crate) fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }

    fn path(&self, environment: &EnvironmentId, random: &str) -> PathBuf {
        self.0.join(format!("{environment}.{random}"))
    }

    /// Adds lines to a file, which is made if it is not there.
    pub(crate) fn append(
        &self,
        environment: &EnvironmentId,
        random: &str,
        heading: &Heading,
        lines: &str,
    ) -> Result<()> {
        let path = self.path(environment, random);
        let open = |new: bool| File::options().append(true).create_new(new).mode(0o600).open(&path);
        let mut file = match open(false) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
                let mut file = open(true)?;
                writeln!(file, "{}", serde_json::to_string(heading)?)?;
                file
            }
            opened => opened?,
        };
        file.write_all(lines.as_bytes())
    }

    /// Says that a file is whole; nothing, when it was never written to.
    pub(crate) fn end(&self, environment: &EnvironmentId, random: &str, now: Timestamp) -> Result<Option<Whole>> {
        let whole = Whole { ended: now, environment: environment.clone(), random: random.to_owned() };
        match std::fs::rename(self.path(environment, random), self.0.join(whole.name())) {
            Ok(()) => Ok(Some(whole)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn names(&self) -> Result<Vec<String>> {
        match std::fs::read_dir(&self.0) {
            Ok(entries) => Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Says that all files are whole that a daemon before has written to.
    pub(crate) fn end_all(&self, now: Timestamp) -> Result<()> {
        for name in self.names()? {
            if let Some((environment, random)) = name.split_once('.')
                && !random.contains('.')
                && let Ok(environment) = environment.parse()
            {
                self.end(&environment, random, now)?;
            }
        }
        Ok(())
    }

    /// The files that are whole, the oldest first.
    pub(crate) fn whole(&self) -> Result<Vec<Whole>> {
        let mut whole: Vec<Whole> = self.names()?.iter().filter_map(|name| Whole::parse(name)).collect();
        whole.sort();
        Ok(whole)
    }

    /// What a file says of where it goes, and its lines, packed. Nothing where it has gone or has no whole line.
    pub(crate) fn packed(&self, file: &Whole) -> Result<Option<(Heading, Vec<u8>)>> {
        let opened = match File::open(self.0.join(file.name())) {
            Ok(opened) => opened,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut reader = BufReader::new(opened);
        let mut heading = String::new();
        reader.by_ref().take(64 << 10).read_line(&mut heading)?;
        let Ok(heading) = serde_json::from_str(&heading) else { return Ok(None) };
        let (mut packed, mut line, mut lines) = (GzEncoder::new(Vec::new(), Compression::default()), Vec::new(), 0);
        // The last one may be half a line, of a daemon that died while it wrote.
        while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            packed.write_all(&line)?;
            line.clear();
            lines += 1;
        }
        if lines == 0 { Ok(None) } else { Ok(Some((heading, packed.finish()?))) }
    }

    pub(crate) fn remove(&self, file: &Whole) -> Result<()> {
        match std::fs::remove_file(self.0.join(file.name())) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes the oldest files of an environment that are more than may wait. Says how many.
    pub(crate) fn trim(&self, environment: &EnvironmentId) -> Result<usize> {
        let (mut kept, mut removed) = (0, 0);
        for file in self.whole()?.iter().rev().filter(|file| file.environment == *environment) {
            let size = std::fs::metadata(self.0.join(file.name())).map(|known| known.len());
            kept += size.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(0) } else { Err(error) })?;
            if kept > limits::ACCESS_SPOOL {
                self.remove(file)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(packed: &[u8]) -> String {
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn lines_outlive_who_wrote_them() {
        let folder = tempfile::tempdir().unwrap();
        let environment: EnvironmentId = "e-abcdefghij".parse().unwrap();
        let log = AccessLog { bucket: "logs".into(), prefix: "shop".into() };
        let heading = Heading::new(&log, &"us-east-1".parse().unwrap());
        let now: Timestamp = "2026-11-28T07:00:00.000000001Z".parse().unwrap();
        let spool = Spool::new(&folder.path().join("access-logs"));
        assert_eq!((spool.whole().unwrap(), spool.end(&environment, "00", now).unwrap()), (Vec::new(), None));
        spool.append(&environment, "00", &heading, "one\ntwo\n").unwrap();
        spool.append(&environment, "00", &heading, "three\nhal").unwrap();
        assert!(spool.whole().unwrap().is_empty());
        // The next daemon.
        let spool = Spool::new(&folder.path().join("access-logs"));
        spool.end_all(now).unwrap();
        let later = now.saturating_add(std::time::Duration::from_secs(1));
        spool.end_all(later).unwrap();
        let [file] = &spool.whole().unwrap()[..] else { panic!("one file") };
        assert_eq!((&file.environment, &file.random[..], file.ended), (&environment, "00", now));
        let (told, packed) = spool.packed(file).unwrap().unwrap();
        assert_eq!((told.log(), unpacked(&packed)), (log, "one\ntwo\nthree\n".to_owned()));
        spool.remove(file).unwrap();
        spool.remove(file).unwrap();
        assert_eq!((spool.packed(file).unwrap(), spool.whole().unwrap()), (None, Vec::new()));
    }

    #[test]
    fn what_cannot_be_put_is_bounded_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path());
        let environment: EnvironmentId = "e-abcdefghij".parse().unwrap();
        for second in 0..4 {
            let name = Whole {
                ended: Timestamp::from_nanos(second * 1_000_000_000).unwrap(),
                environment: environment.clone(),
                random: "00".into(),
            };
            let file = File::create(folder.path().join(name.name())).unwrap();
            file.set_len(limits::ACCESS_SPOOL / 2).unwrap();
        }
        assert_eq!(spool.trim(&environment).unwrap(), 2);
        let left: Vec<String> = spool.whole().unwrap().iter().map(|file| file.ended.to_string()).collect();
        assert_eq!(left, ["1970-01-01T00:00:02Z", "1970-01-01T00:00:03Z"]);
        assert_eq!(spool.trim(&environment).unwrap(), 0);
    }
}
