//! What every command has at hand.

use std::sync::Arc;

use client::{Client, Request};

use crate::error::Failure;
use crate::json::Json;

/// What every command has at hand.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) client: Arc<Client>,
}

impl Context {
    /// `inspect` of a container.
    pub(crate) async fn container(&self, name: &str) -> Result<Json, Failure> {
        Ok(self.client.get(format!("/containers/{}/json", segment(name))).read().await?)
    }
}

/// A name as part of a path. An empty one would make another request of it.
pub(crate) fn segment(name: &str) -> String {
    // A dot or two would be taken out of the path on the way.
    match name {
        "." => "%2E".into(),
        ".." => "%2E%2E".into(),
        name => Request::segment(name),
    }
}

/// Refuses names that name nothing.
pub(crate) fn named(kind: &str, name: &str) -> Result<(), Failure> {
    if name.trim_matches('/').is_empty() {
        return Err(Failure::new(format!("invalid {kind} name or ID: value is empty")));
    }
    Ok(())
}
