//! A client of BuildKit's protocol: starts a build at a daemon, and serves what the build asks for meanwhile.
//!
//! Two connections of the daemon's socket are upgraded. On one (`/grpc`) this side asks: `Control.Solve` starts the
//! build, `Control.Status` tells how it goes. On the other (`/session`) the daemon asks: for files of local directories
//! ([`Local`]), secrets, an ssh agent, credentials of registries, an archive to build from, content by digest
//! ([`Layout`]); and it gives out what the build made ([`Sink`]).
//!
//! Like `client`, this reads neither the environment nor a terminal: what is offered is told by [`Offers`].

#![forbid(unsafe_code)]

mod agent;
mod content;
mod error;
mod filter;
mod follow;
mod hand;
mod layout;
mod metadata;
mod random;
mod receive;
mod send;
mod session;
mod solve;
mod status;
mod walk;

pub use error::{Code, Error, Refusal, Source};
pub use layout::{Layout, Name};
pub use random::name;
pub use receive::{Sink, create};
pub use send::Local;
pub use session::{Credentials, EXPORT, FindCredentials, Offers, SecretSource, Upload};
pub use solve::{Build, Call, Cancel, Entry, Filed, Filing, Outcome, Worker, workers};
pub use status::{Group, Log, Position, Range, SourceInfo, Status, Update, Vertex, Warning};
