//! What comes from outside of every record: the time, and names that nothing has yet.
//!
//! A simulation brings its own, so that all that it does comes from one seed.

use words::Timestamp;

use crate::name::{EnvironmentId, InstanceId};

/// Where the service has the time from, and new names.
pub trait World: std::fmt::Debug + Send + Sync + 'static {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// An id for a new environment.
    fn environment(&self) -> EnvironmentId;

    /// An id for a new instance.
    fn instance(&self) -> InstanceId;
}

/// The wall clock, and the kernel's random source.
#[derive(Debug, Clone, Copy)]
pub struct Real;

impl World for Real {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn environment(&self) -> EnvironmentId {
        EnvironmentId::random()
    }

    fn instance(&self) -> InstanceId {
        InstanceId::random()
    }
}
