//! The small process that owns one container.
//!
//! ```text
//!   daemon ──(forked before its threads exist)──► zygote ──fork, one a container──► shim ──► the container
//!     └───────────────── a socket each, over which descriptors travel ────────────────┘
//! ```
//! The shim is forked and never executed, so all shims share the daemon's pages. It is single-threaded: one loop over
//! poll(2) moves the program's output to the log and to attached clients, and clients' input to the program. It lives
//! on when the daemon dies; a new daemon finds it by the socket in its task directory.
//!
//! What this crate does not know: the record, images, networks, tokio.

mod client;
pub mod keys;
mod limits;
pub mod log;
mod process;
pub mod protocol;
mod shim;
mod zygote;

pub use zygote::{Zygote, execute as execute_zygote, serve as serve_zygote, start as start_zygote};
