//! The console: pages for a browser, made of the daemon's two public APIs.
//!
//! Whoever signs in gives an access key. What a page shows is asked of the AWS API with requests that this key has
//! signed, and of the Docker API; what a button does is one request of theirs, and the page tells the command line that
//! asks for the same. So nobody can do here what that key could not do with `aws`, and there is no state but sessions.
//!
//! What this crate does not know: the engine, environments, the disk. Pages need no script: what there is of one
//! refreshes parts of a page and copies commands.
#![forbid(unsafe_code)]

mod answer;
mod assets;
mod aws;
mod chart;
mod command;
mod docker;
mod error;
mod form;
mod guard;
mod limits;
mod page;
mod route;
mod server;
mod session;
mod upload;

use std::net::SocketAddr;

pub use client::Endpoint;
pub use guard::{Name, ParseNameError};
pub use server::Server;

/// Where a console finds what it shows, and how browsers find it.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the AWS API is.
    pub aws: SocketAddr,
    /// The region that requests are signed for.
    pub region: String,
    /// Where the Docker API is.
    pub docker: Endpoint,
    /// Names by which browsers reach this console through something that speaks TLS. On the host itself it is always
    /// `console.localhost`.
    pub names: Vec<Name>,
}
