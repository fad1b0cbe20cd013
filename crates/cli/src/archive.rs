//! Archives that go to a file or a pipe, or come from one.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use client::{Answer, Body};
use tokio::sync::mpsc;

use crate::error::Failure;
use crate::output;
use crate::parse::env::words_of;

/// Chunks between the daemon and the disk.
const CHUNKS: usize = 16;
/// Bytes of one read of a file.
const READ_BYTES: usize = 256 << 10;

/// Where an archive goes. A file appears under its name only when it is whole.
#[derive(Debug)]
pub(crate) enum Destination {
    Stdout,
    File(PathBuf),
}

impl Destination {
    /// `-o FILE`, or standard output, which must not be a terminal then.
    pub(crate) fn new(file: Option<&str>, context: &str) -> Result<Self, Failure> {
        match file.filter(|file| !file.is_empty()) {
            None if output::is_terminal() => {
                Err(Failure::new("cowardly refusing to save to a terminal. Use the -o flag or redirect"))
            }
            None => Ok(Self::Stdout),
            Some(file) => {
                let path = PathBuf::from(file);
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                if path.is_dir() || !folder.is_dir() {
                    let why = if path.is_dir() { "it is a directory" } else { "no such directory" };
                    return Err(Failure::new(format!("{context}: invalid output path {file:?}: {why}")));
                }
                Ok(Self::File(path))
            }
        }
    }

    /// Writes an answer's body there.
    pub(crate) async fn fill(self, mut answer: Answer<'_>) -> Result<(), Failure> {
        let (sender, mut receiver) = mpsc::channel::<Bytes>(CHUNKS);
        let (told, whole) = std::sync::mpsc::channel::<()>();
        let writing = tokio::task::spawn_blocking(move || -> io::Result<()> {
            match self {
                Self::Stdout => {
                    let mut out = io::stdout().lock();
                    while let Some(bytes) = receiver.blocking_recv() {
                        out.write_all(&bytes)?;
                    }
                    out.flush()
                }
                Self::File(path) => {
                    // A device or a pipe is written to as it is.
                    if path.exists() && !path.is_file() {
                        let mut out = File::options().write(true).open(&path)?;
                        while let Some(bytes) = receiver.blocking_recv() {
                            out.write_all(&bytes)?;
                        }
                        return Ok(());
                    }
                    let beside = beside(&path);
                    let mut out = File::options().write(true).create_new(true).open(&beside)?;
                    let mut written = || {
                        while let Some(bytes) = receiver.blocking_recv() {
                            out.write_all(&bytes)?;
                        }
                        if whole.recv().is_err() {
                            return Err(io::Error::other("the daemon broke off"));
                        }
                        std::fs::rename(&beside, &path)
                    };
                    written().inspect_err(|_| {
                        let _ = std::fs::remove_file(&beside);
                    })
                }
            }
        });
        let copied = async {
            while let Some(piece) = answer.piece().await? {
                if sender.send(piece).await.is_err() {
                    // The writer has failed and says why.
                    break;
                }
            }
            Ok::<_, Failure>(())
        }
        .await;
        if copied.is_ok() {
            let _ = told.send(());
        }
        drop((told, sender));
        let written = writing.await.map_err(|error| Failure::new(error.to_string()))?;
        copied?;
        Ok(written?)
    }
}

/// A name in the same directory that nobody uses.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

/// A body that is read from a file, or from standard input when there is none.
pub(crate) fn source(file: Option<&str>) -> Result<Body, Failure> {
    let mut input: Box<dyn Read + Send> = match file {
        None => Box::new(io::stdin()),
        Some(path) => {
            let open = |path| {
                let file = File::open(path)?;
                if file.metadata()?.is_dir() { Err(io::Error::from(io::ErrorKind::IsADirectory)) } else { Ok(file) }
            };
            Box::new(open(path).map_err(|error| Failure::new(format!("open {path}: {}", words_of(&error))))?)
        }
    };
    let (feed, body) = Body::fed();
    std::thread::spawn(move || {
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match input.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => {
                    if !feed.send_blocking(Bytes::copy_from_slice(&buffer[..count])) {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    // The daemon sees an archive that ends too early, and refuses it.
                    output::complain(&format!("reading the archive: {error}"));
                    return;
                }
            }
        }
    });
    Ok(body)
}
