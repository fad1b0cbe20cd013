//! Who makes instances: what this crate needs of the machine.
//!
//! Each method makes the world be as its argument says, and finds that it is when it is asked once more: whoever dies
//! meanwhile asks again.

use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;

use words::Secret;

use crate::instance::{Instance, Snapshot};

/// A future of a host's.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Why something could not be done. It has no password in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

/// Runs instances.
pub trait Host: Send + Sync + 'static {
    /// Fills the volume of an instance that has never run, from a snapshot.
    fn fill(&self, instance: Arc<Instance>, snapshot: Arc<Snapshot>) -> Doing<'_, ()>;

    /// Makes an instance run with the class that it has, and waits until it answers.
    fn run(&self, instance: Arc<Instance>) -> Doing<'_, Ipv4Addr>;

    /// Gives the master user of an instance that runs its password; the server has the one that is given, or that one.
    fn set_password(&self, instance: Arc<Instance>, known: Secret) -> Doing<'_, ()>;

    /// Makes an instance not run. Its data stay.
    fn stop(&self, instance: Arc<Instance>) -> Doing<'_, ()>;

    /// Keeps the data of an instance, as they are at one moment, as a snapshot.
    fn keep(&self, instance: Arc<Instance>, snapshot: Arc<Snapshot>) -> Doing<'_, ()>;

    /// Leaves nothing of an instance.
    fn remove(&self, instance: Arc<Instance>) -> Doing<'_, ()>;

    /// Leaves nothing of a snapshot.
    fn forget(&self, snapshot: Arc<Snapshot>) -> Doing<'_, ()>;
}
