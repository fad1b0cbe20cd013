//! Writing: lines as they come, rotation by size, and a disk that fails.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use words::Timestamp;

use super::{Entry, Stream};
use crate::limits;

/// Writes the log of one container.
///
/// A write that fails loses its lines and never stops the program; the next one is tried again.
#[derive(Debug)]
pub(crate) struct Writer {
    path: PathBuf,
    max_size: Option<u64>,
    max_files: u32,
    file: Option<File>,
    size: u64,
    /// The beginnings of lines that are not ended yet.
    partial: [Vec<u8>; 2],
}

impl Writer {
    /// A writer of this file, which is there from now on: whoever follows the log can hold it from the first moment.
    pub(crate) fn new(path: PathBuf, max_size: Option<u64>, max_files: u32) -> Self {
        let max_files = max_files.max(1);
        let mut writer = Self { path, max_size, max_files, file: None, size: 0, partial: Default::default() };
        let _ = writer.open();
        writer
    }

    fn open(&mut self) -> io::Result<&mut File> {
        match &mut self.file {
            Some(file) => Ok(file),
            none => {
                let file = File::options().append(true).create(true).mode(0o640).open(&self.path)?;
                self.size = file.metadata()?.len();
                Ok(none.insert(file))
            }
        }
    }

    /// Takes output and writes the lines that are whole.
    pub(crate) fn take(&mut self, stream: Stream, mut bytes: &[u8]) {
        let mut lines = Vec::new();
        let partial = &mut self.partial[usize::from(stream.number()) - 1];
        while !bytes.is_empty() {
            let room = limits::LINE_BYTES - partial.len();
            let end = bytes.iter().take(room).position(|byte| *byte == b'\n').map(|at| at + 1);
            let (piece, rest) = bytes.split_at(end.unwrap_or(room.min(bytes.len())));
            partial.extend_from_slice(piece);
            bytes = rest;
            if end.is_some() || partial.len() == limits::LINE_BYTES {
                push(&mut lines, stream, partial);
                partial.clear();
            }
        }
        if partial.is_empty() {
            *partial = Vec::new();
        }
        self.write(&lines);
    }

    /// Writes what has no line feed, at the end of the output.
    pub(crate) fn finish(&mut self) {
        let mut lines = Vec::new();
        for stream in [Stream::Stdout, Stream::Stderr] {
            let partial = std::mem::take(&mut self.partial[usize::from(stream.number()) - 1]);
            if !partial.is_empty() {
                push(&mut lines, stream, &partial);
            }
        }
        self.write(&lines);
    }

    fn write(&mut self, lines: &[u8]) {
        if !lines.is_empty() && self.try_write(lines).is_err() {
            self.file = None;
        }
    }

    fn try_write(&mut self, mut lines: &[u8]) -> io::Result<()> {
        while !lines.is_empty() {
            self.open()?;
            let fitting = self.fitting(lines);
            if fitting == 0 {
                self.rotate()?;
                continue;
            }
            self.open()?.write_all(&lines[..fitting])?;
            self.size += fitting as u64;
            lines = &lines[fitting..];
        }
        Ok(())
    }

    /// Bytes of the whole lines that the file still takes; an empty file takes one line of any length.
    fn fitting(&self, lines: &[u8]) -> usize {
        let Some(max) = self.max_size else { return lines.len() };
        let room = usize::try_from(max.saturating_sub(self.size)).unwrap_or(usize::MAX);
        if lines.len() <= room {
            return lines.len();
        }
        match lines[..room].iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None if self.size == 0 => lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |end| end + 1),
            None => 0,
        }
    }

    /// `x` becomes `x.1`, `x.1` becomes `x.2`, and the oldest goes.
    fn rotate(&mut self) -> io::Result<()> {
        self.file = None;
        self.size = 0;
        for number in (1..self.max_files).rev() {
            let from = if number == 1 { self.path.clone() } else { numbered(&self.path, number - 1) };
            match std::fs::rename(from, numbered(&self.path, number)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        if self.max_files == 1 {
            std::fs::remove_file(&self.path)?;
        }
        Ok(())
    }
}

use std::os::unix::fs::OpenOptionsExt;

/// `x.1`, `x.2`, …
pub(super) fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

fn push(lines: &mut Vec<u8>, stream: Stream, line: &[u8]) {
    let entry = Entry { log: String::from_utf8_lossy(line).into_owned(), stream, time: Timestamp::now() };
    if serde_json::to_writer(&mut *lines, &entry).is_ok() {
        lines.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(path: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap().log).collect()
    }

    #[test]
    fn lines_are_put_together_and_long_ones_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut writer = Writer::new(path.clone(), None, 1);
        writer.take(Stream::Stdout, b"a");
        writer.take(Stream::Stderr, b"e\n");
        writer.take(Stream::Stdout, b"b\nc\nd");
        writer.take(Stream::Stdout, &vec![b'x'; limits::LINE_BYTES]);
        writer.finish();
        let texts = texts(&path);
        assert_eq!(texts[..3], ["e\n", "ab\n", "c\n"]);
        assert_eq!(texts[3].len(), limits::LINE_BYTES);
        assert_eq!(texts[4], "x");
    }

    #[test]
    fn files_rotate() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut writer = Writer::new(path.clone(), Some(100), 3);
        for number in 0..6 {
            writer.take(Stream::Stdout, format!("line {number}\n").as_bytes());
        }
        assert_eq!(texts(&path), ["line 5\n"]);
        assert_eq!(texts(&numbered(&path, 1)), ["line 4\n"]);
        assert_eq!(texts(&numbered(&path, 2)), ["line 3\n"]);
        assert!(!numbered(&path, 3).exists());
    }

    #[test]
    fn many_lines_at_once_rotate_as_one_by_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut writer = Writer::new(path.clone(), Some(1000), 2);
        let all: Vec<String> = (0..500).map(|number| format!("line {number}\n")).collect();
        writer.take(Stream::Stdout, all.concat().as_bytes());
        let kept = [texts(&numbered(&path, 1)), texts(&path)].concat();
        assert_eq!(kept, all[all.len() - kept.len()..]);
        for file in [path.clone(), numbered(&path, 1)] {
            let length = std::fs::metadata(file).unwrap().len();
            assert!(length <= 1000, "{length}");
        }
        writer.take(Stream::Stdout, &[&[b'x'; 2000][..], b"\n"].concat());
        assert_eq!(texts(&path).len(), 1);
    }

    #[test]
    fn a_failed_write_is_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("missing/log");
        let mut writer = Writer::new(path.clone(), None, 1);
        writer.take(Stream::Stdout, b"lost\n");
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        writer.take(Stream::Stdout, b"kept\n");
        assert_eq!(texts(&path), ["kept\n"]);
    }
}
