//! The lines that have come to a file since it was read last. The file may have been renamed meanwhile: `x` to `x.1`,
//! that to `x.2`, and so on.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::limits;

/// How far a file has been read: its inode, which a new name does not change, and a place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    inode: u64,
    offset: u64,
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.inode, self.offset)
    }
}

impl FromStr for Mark {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (inode, offset) = text.split_once(':').unwrap_or((text, ""));
        Ok(Self { inode: inode.parse()?, offset: offset.parse()? })
    }
}

/// What was read.
#[derive(Debug)]
pub(crate) struct Part {
    /// Whole lines, without their ends.
    pub(crate) lines: Vec<Vec<u8>>,
    /// How far the file has been read with these.
    pub(crate) mark: Option<Mark>,
    /// There may be more already.
    pub(crate) more: bool,
}

/// Reads the next lines after a mark; the oldest that are there, if it is not known or what it marks is gone. Blocks.
pub(crate) fn read_on(path: &Path, from: Option<Mark>) -> io::Result<Part> {
    let files = series(path)?;
    let known = |mark: &Mark| files.iter().position(|file| file.inode == mark.inode && file.length >= mark.offset);
    let start = from.and_then(|mark| known(&mark).map(|at| (at, mark.offset)));
    let Some(last) = files.len().checked_sub(1) else { return Ok(Part { lines: Vec::new(), mark: from, more: false }) };
    let (mut at, mut offset) = start.unwrap_or((last, 0));
    loop {
        let Some(Found { path, inode, .. }) = files.get(at) else {
            return Ok(Part { lines: Vec::new(), mark: from, more: false });
        };
        let file = match File::open(path) {
            Ok(file) if file.metadata()?.ino() == *inode => file,
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            // Renamed just now: looked for again.
            _ => return Ok(Part { lines: Vec::new(), mark: from, more: true }),
        };
        let mut bytes = vec![0; limits::PART];
        let length = fill(&file, &mut bytes, offset)?;
        bytes.truncate(length);
        let whole = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            // No line is as long: it is none.
            None if length == limits::PART => length,
            None => 0,
        };
        if whole > 0 || at == 0 {
            let mut lines: Vec<Vec<u8>> = bytes[..whole].split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            lines.pop();
            let mark = Some(Mark { inode: *inode, offset: offset + whole as u64 });
            return Ok(Part { lines, mark, more: whole > 0 && (at > 0 || length == limits::PART) });
        }
        // The end of an older one.
        (at, offset) = (at - 1, 0);
    }
}

fn fill(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

struct Found {
    path: PathBuf,
    inode: u64,
    length: u64,
}

/// The file and those that it was before, the newest first.
fn series(path: &Path) -> io::Result<Vec<Found>> {
    let mut files = Vec::new();
    for number in 0.. {
        let mut name = path.as_os_str().to_owned();
        if number > 0 {
            name.push(format!(".{number}"));
        }
        let path = PathBuf::from(name);
        match fs::metadata(&path) {
            Ok(found) => files.push(Found { path, inode: found.ino(), length: found.len() }),
            // The first may be missing for a moment, while the next one is begun.
            Err(error) if error.kind() == io::ErrorKind::NotFound && number == 0 => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn write(path: &Path, text: &str) {
        File::options().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn all(path: &Path, from: &mut Option<Mark>) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let part = read_on(path, *from).unwrap();
            seen.extend(part.lines.into_iter().map(|line| String::from_utf8(line).unwrap()));
            *from = part.mark;
            if !part.more {
                return seen;
            }
        }
    }

    #[test]
    fn lines_are_read_once_whatever_the_file_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let (path, older) = (folder.path().join("x"), folder.path().join("x.1"));
        let mut mark = None;
        assert_eq!(all(&path, &mut mark), [""; 0]);
        write(&path, "a\nb\nhalf");
        assert_eq!(all(&path, &mut mark), ["a", "b"]);
        assert_eq!(mark.unwrap().to_string().parse::<Mark>().unwrap(), mark.unwrap());
        write(&path, " whole\nc\n");
        fs::rename(&path, &older).unwrap();
        write(&path, "d\n");
        assert_eq!(all(&path, &mut mark), ["half whole", "c", "d"]);
        fs::rename(&path, &older).unwrap();
        assert_eq!(all(&path, &mut mark), [""; 0]);
        write(&path, "e\n\nf\n");
        assert_eq!(all(&path, &mut mark), ["e", "", "f"]);
        // What nobody knows any more begins anew.
        let mut other = Some("1:99999".parse().unwrap());
        assert_eq!(all(&path, &mut other), ["d", "e", "", "f"]);
    }

    #[test]
    fn what_is_no_line_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        write(&path, &"x".repeat(limits::PART + 10));
        write(&path, "\nnext\n");
        assert_eq!(all(&path, &mut None).last().unwrap(), "next");
    }
}
