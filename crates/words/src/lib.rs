//! The words every other crate speaks: ids, the clock, secrets, signals.
//!
//! Nothing here has an opinion or does I/O, except for reading the clock and the kernel's random source.
#![forbid(unsafe_code)]

mod clock;
pub mod duration;
mod glob;
mod hex;
mod id;
mod secret;
pub mod signal;
mod text;

pub use clock::{ParseTimestampError, Timestamp};
pub use glob::glob;
pub use hex::{hex, random_uuid, uuid};
pub use id::{ContainerId, ExecId, NetworkId, ParseIdError, random_bytes};
pub use secret::Secret;
