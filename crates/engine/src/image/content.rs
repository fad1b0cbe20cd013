//! Content comes in, and content that no image needs goes: never both at once, since what comes in belongs to no image
//! until its record is made, and counts upon what it found here.
//!
//! Nobody waits for what comes in. Who finds the way closed leaves word, and whoever opens it again collects.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use oci::Digest;
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use crate::Engine;
use crate::error::Result;

/// The way in and out.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    way: Arc<RwLock<()>>,
    /// Something belongs to no image since the last collection.
    due: AtomicBool,
}

/// Held while content comes in. What came is a leftover when this is dropped before all went well.
pub struct Incoming {
    engine: Engine,
    way: Option<OwnedRwLockReadGuard<()>>,
}

impl Incoming {
    /// All went well: it has its record.
    pub fn settled(mut self) {
        self.leave();
    }

    fn leave(&mut self) {
        let Some(way) = self.way.take() else { return };
        // Given back before the word is read: who comes later finds the way open.
        drop(way);
        if !self.engine.0.content.due.load(Ordering::SeqCst) {
            return;
        }
        let engine = self.engine.clone();
        tokio::spawn(async move {
            if let Err(error) = engine.collect().await {
                tracing::warn!(%error, "forgetting content that belongs to no image");
            }
        });
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if self.way.is_some() {
            self.engine.0.content.due.store(true, Ordering::SeqCst);
        }
        self.leave();
    }
}

impl Engine {
    /// Says that content comes in. Waits only for a collection that goes on already.
    pub async fn incoming(&self) -> Incoming {
        Incoming { engine: self.clone(), way: Some(Arc::clone(&self.0.content.way).read_owned().await) }
    }

    /// Forgets content that no image needs, at once or as soon as nothing comes in any more.
    pub(crate) async fn collect(&self) -> Result<()> {
        let Gate { way, due } = &self.0.content;
        // Said before the way is tried: whoever has it now looks after this when it is given back.
        due.store(true, Ordering::SeqCst);
        while due.load(Ordering::SeqCst) {
            let Ok(_way) = way.try_write() else { return Ok(()) };
            due.store(false, Ordering::SeqCst);
            let snapshot = self.snapshot();
            let manifests: Vec<Digest> = snapshot.images.values().map(|image| image.manifest.clone()).collect();
            let cached = snapshot.cached_layers();
            let said = snapshot.images.values().flat_map(|image| &image.attestations);
            let said = said.map(|attestation| attestation.predicate.clone()).collect();
            self.with_images(move |images| images.collect(&manifests, &cached, said)).await?;
        }
        Ok(())
    }
}
