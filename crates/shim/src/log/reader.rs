//! Reading: the last lines, a time span, and on as the program writes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use words::Timestamp;

use super::writer::numbered;
use super::{Entry, Stream};

/// Which entries are wanted.
#[derive(Debug, Clone, Default)]
pub struct Want {
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
    /// Nothing older.
    pub since: Option<Timestamp>,
    /// Nothing newer.
    pub until: Option<Timestamp>,
    /// Only that many of the last entries.
    pub tail: Option<u64>,
}

impl Want {
    fn takes(&self, entry: &Entry) -> bool {
        let stream = match entry.stream {
            Stream::Stdout => self.stdout,
            Stream::Stderr => self.stderr,
        };
        stream
            && self.since.is_none_or(|since| entry.time >= since)
            && self.until.is_none_or(|until| entry.time <= until)
    }
}

/// Longest line of the file that is read: an entry of 16 KiB in which every byte is escaped.
const LINE_MAX: u64 = 256 << 10;

/// Reads a log from its oldest file to its present end, and again from there. Blocks.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    want: Want,
    /// Files still to be read, oldest last.
    files: Vec<PathBuf>,
    current: Option<(BufReader<File>, u64)>,
    line: Vec<u8>,
    skip: u64,
}

impl Reader {
    /// Opens a log; one that is not there yet is empty.
    ///
    /// # Errors
    /// As openat(2) and read(2).
    pub fn open(path: &Path, want: Want) -> io::Result<Self> {
        let mut files = vec![path.to_owned()];
        for number in 1.. {
            let older = numbered(path, number);
            if !older.exists() {
                break;
            }
            files.push(older);
        }
        let mut reader = Self { path: path.to_owned(), want, files, current: None, line: Vec::new(), skip: 0 };
        if let Some(tail) = reader.want.tail {
            reader.skip_to_tail(tail)?;
        }
        reader.open_next()?;
        Ok(reader)
    }

    /// Counts the wanted entries first, so that no more than one is ever in memory.
    fn skip_to_tail(&mut self, tail: u64) -> io::Result<()> {
        let mut counter = Self {
            files: self.files.clone(),
            want: Want { tail: None, ..self.want.clone() },
            path: self.path.clone(),
            current: None,
            line: Vec::new(),
            skip: 0,
        };
        let mut count = 0u64;
        while counter.next()?.is_some() {
            count += 1;
        }
        self.skip = count.saturating_sub(tail);
        Ok(())
    }

    /// The next wanted entry; `None` at the present end, after which it may be asked again.
    ///
    /// # Errors
    /// As read(2).
    #[allow(clippy::should_implement_trait, reason = "an iterator that ends goes on for this one")]
    pub fn next(&mut self) -> io::Result<Option<Entry>> {
        loop {
            let Some(entry) = self.any()? else { return Ok(None) };
            if !self.want.takes(&entry) {
                continue;
            }
            if self.skip > 0 {
                self.skip -= 1;
                continue;
            }
            return Ok(Some(entry));
        }
    }

    fn any(&mut self) -> io::Result<Option<Entry>> {
        loop {
            if self.line.last() == Some(&b'\n') || self.line.len() as u64 >= LINE_MAX {
                let line = std::mem::take(&mut self.line);
                match serde_json::from_slice(&line) {
                    Ok(entry) => return Ok(Some(entry)),
                    // A torn or foreign line is passed over.
                    Err(_) => continue,
                }
            }
            if self.current.is_none() && !self.open_next()? {
                return Ok(None);
            }
            if self.read_more()? > 0 {
                continue;
            }
            // The end of a file: go on if it has a successor, or was replaced or cut.
            if !self.files.is_empty() {
                self.current = None;
                self.line.clear();
            } else if !self.moved_on()? {
                return Ok(None);
            }
        }
    }

    fn read_more(&mut self) -> io::Result<usize> {
        let Some((file, _)) = &mut self.current else { return Ok(0) };
        let room = LINE_MAX.saturating_sub(self.line.len() as u64);
        file.by_ref().take(room).read_until(b'\n', &mut self.line)
    }

    fn open_next(&mut self) -> io::Result<bool> {
        let Some(path) = self.files.pop() else { return Ok(false) };
        match File::open(&path) {
            Ok(file) => {
                let inode = file.metadata()?.ino();
                self.current = Some((BufReader::new(file), inode));
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if self.files.is_empty() {
                    // Not written yet; looked for again at the next call.
                    self.files.push(path);
                    return Ok(false);
                }
                self.open_next()
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the present file was rotated away or cut since; if so, the reader is at its successor.
    fn moved_on(&mut self) -> io::Result<bool> {
        let Some((file, inode)) = &mut self.current else { return Ok(false) };
        match std::fs::metadata(&self.path) {
            Ok(now) if now.ino() == *inode => {
                let position = file.stream_position()?;
                if now.len() < position {
                    file.seek(SeekFrom::Start(0))?;
                    return Ok(true);
                }
                Ok(false)
            }
            Ok(_) => {
                // Whatever was written between our last read and the rotation comes first.
                if self.read_more()? == 0 {
                    self.current = None;
                    self.files.push(self.path.clone());
                }
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Writer;
    use super::*;

    fn all(reader: &mut Reader) -> Vec<String> {
        std::iter::from_fn(|| reader.next().unwrap()).map(|entry| entry.log).collect()
    }

    fn both() -> Want {
        Want { stdout: true, stderr: true, ..Want::default() }
    }

    #[test]
    fn reads_through_rotation_while_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut reader = Reader::open(&path, both()).unwrap();
        assert!(reader.next().unwrap().is_none());
        let mut writer = Writer::new(path.clone(), Some(200), 3);
        let mut seen = Vec::new();
        for number in 0..50 {
            writer.take(Stream::Stdout, format!("{number}\n").as_bytes());
            seen.extend(all(&mut reader));
        }
        assert_eq!(seen, (0..50).map(|n| format!("{n}\n")).collect::<Vec<_>>());
    }

    #[test]
    fn a_log_that_is_open_is_read_to_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut writer = Writer::new(path.clone(), None, 1);
        let mut reader = Reader::open(&path, both()).unwrap();
        writer.take(Stream::Stdout, b"last words\n");
        std::fs::remove_dir_all(dir).unwrap();
        assert_eq!(all(&mut reader), ["last words\n"]);
    }

    #[test]
    fn tail_streams_and_torn_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut writer = Writer::new(path.clone(), Some(300), 5);
        for number in 0..10 {
            writer
                .take(if number % 2 == 0 { Stream::Stdout } else { Stream::Stderr }, format!("{number}\n").as_bytes());
        }
        use std::io::Write;
        File::options().append(true).open(&path).unwrap().write_all(b"{\"log\":\"to\n").unwrap();
        writer.take(Stream::Stdout, b"last\n");
        let read = |want| all(&mut Reader::open(&path, want).unwrap());
        assert_eq!(read(both()).len(), 11);
        assert_eq!(read(Want { tail: Some(2), ..both() }), ["9\n", "last\n"]);
        assert_eq!(read(Want { stderr: true, tail: Some(1), ..Want::default() }), ["9\n"]);
        assert_eq!(read(Want { tail: Some(0), ..both() }).len(), 0);
    }
}
