//! What a client sends as one archive to build from.

use std::io::Read;
use std::path::Path;

use dockerfile::ignore::{Matched, Patterns};
use image::archive::{Contents, decompress, unpack};

use crate::local::Directory;
use crate::{Builder, Error, Result, limits};

/// Files to build from, as long as this lives.
pub struct Received(Directory);

impl Received {
    pub(crate) fn into_directory(self) -> Directory {
        self.0
    }

    /// Where they are.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Builder {
    /// Unpacks an archive to build from, from a blocking stream, and leaves out what its .dockerignore says. Blocks.
    ///
    /// # Errors
    /// When it is no archive, or one with something in it that nobody should build from.
    pub fn receive(&self, stream: impl Read + Send) -> Result<Received> {
        let directory = self.0.locals.temporary_blocking()?;
        let plain = decompress(stream).map_err(|error| Error::io("reading the context", error))?;
        unpack(plain, directory.path(), Contents::Context)?;
        Ok(Received(directory))
    }

    /// One file to build from, and nothing else. Blocks.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn receive_file(&self, name: &str, bytes: &[u8]) -> Result<Received> {
        let directory = self.0.locals.temporary_blocking()?;
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).map_err(|error| Error::io(format!("writing {}", path.display()), error))?;
        Ok(Received(directory))
    }
}

impl Received {
    /// A small file of it. Blocks.
    ///
    /// # Errors
    /// [`crate::Why::NotFound`] when it is not there.
    pub fn read(&self, path: &str) -> Result<Vec<u8>> {
        let failed = |error| Error::io(format!("reading {path}"), error);
        let root = sys::beneath::open_root(self.path()).map_err(failed)?;
        let path = crate::frontend::text::clean(path);
        match sys::beneath::read(&root, Path::new(&path), limits::DOCKERFILE_BYTES) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let path = path.trim_start_matches('/');
                Err(crate::Why::NotFound(format!("Cannot locate specified Dockerfile: {path}")).into())
            }
            read => read.map_err(failed),
        }
    }

    /// Removes what .dockerignore leaves out; the Dockerfile and .dockerignore are read before. Blocks.
    ///
    /// # Errors
    /// When .dockerignore is none, or a file cannot be removed.
    pub fn leave_out_ignored(&self) -> Result<()> {
        let failed = |error| Error::io("leaving out what .dockerignore says", error);
        let root = sys::beneath::open_root(self.path()).map_err(failed)?;
        let text = match sys::beneath::read(&root, Path::new("/.dockerignore"), limits::DOCKERFILE_BYTES) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        let patterns = Patterns::parse(&text);
        let patterns = patterns.map_err(|error| Error::invalid(format!("error parsing .dockerignore: {error}")))?;
        if patterns.is_empty() {
            return Ok(());
        }
        leave_out(self.path(), "", &patterns, &Matched::default()).map_err(failed)
    }
}

/// The directory is ours alone, and links in it are not followed.
fn leave_out(folder: &Path, name: &str, patterns: &Patterns, above: &Matched) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let own = entry.file_name().to_string_lossy().into_owned();
        let name = if name.is_empty() { own } else { format!("{name}/{own}") };
        let matched = patterns.matches_in(&name, above);
        let directory = entry.file_type()?.is_dir();
        match (matched.is_matched(), directory) {
            (true, true) if patterns.may_except_in(&name) => leave_out(&entry.path(), &name, patterns, &matched)?,
            (true, true) => sys::remove::path(&entry.path())?,
            (true, false) => std::fs::remove_file(entry.path())?,
            (false, true) => leave_out(&entry.path(), &name, patterns, &matched)?,
            (false, false) => {}
        }
    }
    Ok(())
}
