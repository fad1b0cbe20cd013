//! A client that asks for nothing and is asked for nothing: it has sent one archive.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{Credentials, Store};

use crate::{Answer, Client, Error, Local, Received};

/// A client that has sent all there is: one archive, and logins.
#[derive(Default)]
pub struct Archive {
    /// What was in the archive, if there was one.
    pub received: Option<Received>,
    /// Logins by registry.
    pub logins: HashMap<String, Credentials>,
}

impl Archive {
    /// How the directory is called that the archive makes.
    pub const CONTEXT: &str = "context";
}

impl Client for Archive {
    fn local<'a>(&'a self, wanted: &'a Local, _: &'a Path, _: &'a (dyn Fn(u64) + Sync)) -> Answer<'a, ()> {
        Box::pin(async { Err(Error::invalid(format!("the client has sent no {}", wanted.name))) })
    }

    fn upload<'a>(&'a self, url: &'a str) -> Answer<'a, Box<dyn std::io::Read + Send>> {
        Box::pin(async move { Err(Error::invalid(format!("the client sends nothing under {url}"))) })
    }

    fn held(&self, name: &str) -> Option<PathBuf> {
        self.received.as_ref().filter(|_| name == Self::CONTEXT).map(|received| received.path().to_owned())
    }

    fn shared_key(&self, _: &str) -> Option<String> {
        None
    }

    fn secret<'a>(&'a self, _: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async { Ok(None) })
    }

    fn ssh<'a>(&'a self, _: &'a str) -> Answer<'a, Option<std::os::fd::OwnedFd>> {
        Box::pin(async { Ok(None) })
    }

    fn store<'a>(&'a self, id: &'a str) -> Answer<'a, Arc<dyn Store>> {
        Box::pin(async move { Err(Error::invalid(format!("the client has no content store {id}"))) })
    }

    fn credentials<'a>(&'a self, host: &'a str) -> Answer<'a, Option<Credentials>> {
        let host = if host == "docker.io" { "https://index.docker.io/v1/" } else { host };
        Box::pin(async move { Ok(self.logins.get(host).cloned()) })
    }
}
