//! What the client's side offers while a build runs.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use image::{Credentials, Store};

use crate::Result;

/// An answer that comes by and by.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A directory of the client's, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Local {
    /// How the client knows it: `context`, `dockerfile`, or the name of a further context.
    pub name: String,
    /// Only what matches one of these patterns; empty for all. The patterns are those of .dockerignore.
    pub include: Vec<String>,
    /// Nothing that matches these, in the order and with the exceptions of .dockerignore.
    pub exclude: Vec<String>,
    /// Only these paths and what links of theirs lead to; empty for all.
    pub follow: Vec<String>,
}

/// The client of one build.
pub trait Client: Send + Sync + 'static {
    /// Makes `into`, a directory of ours that may hold what an earlier build got, equal to a directory of the
    /// client's. Files are replaced and never written in place. Owners are root. `received` is told how many bytes
    /// have come so far.
    ///
    /// # Errors
    /// When the client has no such directory, goes away, or sends what must not be stored.
    fn local<'a>(&'a self, wanted: &'a Local, into: &'a Path, received: &'a (dyn Fn(u64) + Sync)) -> Answer<'a, ()>;

    /// What the client sends under an address that only it knows (`http://buildkit-session/…`), as a blocking stream.
    ///
    /// # Errors
    /// When the client sends nothing under this address.
    fn upload<'a>(&'a self, url: &'a str) -> Answer<'a, Box<dyn std::io::Read + Send>>;

    /// A directory of the client's that is here already, in whole, and stays as long as this value lives: nothing of it
    /// has to be received. What is to be left out of it is not in it.
    fn held(&self, name: &str) -> Option<PathBuf>;

    /// What names a directory of the client's beyond this build, so that the next one sends only what differs; `None`
    /// when there will be no next one.
    fn shared_key(&self, name: &str) -> Option<String>;

    /// A secret; `None` when the client has none of this id.
    fn secret<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Vec<u8>>>;

    /// A new connection to an ssh agent of the client's; `None` when it forwards none of this id.
    fn ssh<'a>(&'a self, id: &'a str) -> Answer<'a, Option<OwnedFd>>;

    /// A store of content by digest, by the name that the client has for it.
    ///
    /// # Errors
    /// When the client serves none.
    fn store<'a>(&'a self, id: &'a str) -> Answer<'a, Arc<dyn Store>>;

    /// Credentials for a registry; `None` for an anonymous visit.
    fn credentials<'a>(&'a self, host: &'a str) -> Answer<'a, Option<Credentials>>;
}
