//! The Docker Engine API, 1.24 to 1.50: one protocol translated, nothing decided.
//!
//! [`Server::serve`] accepts connections; [`route`] finds the handler by method and path; the handlers live by
//! resource (`containers`, `exec`, `images`, `networks`, `volumes`, `system`); [`error`] alone turns an engine's error
//! into a status. Attached streams leave HTTP behind: the client's socket is handed to the container's shim. So do the
//! connections of BuildKit's protocol, which somebody else serves ([`BuildKit`]).
//!
//! What this crate does not know: the kernel, the disk.
#![forbid(unsafe_code)]
#![recursion_limit = "256"]

mod body;
mod build;
mod buildkit;
pub mod check;
mod containers;
mod create;
pub mod error;
mod exec;
mod filters;
mod images;
mod inspect;
mod json;
pub mod limits;
mod networks;
mod registry;
mod request;
mod route;
mod stream;
mod system;
mod units;
mod volumes;

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use engine::Engine;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;

pub use buildkit::{Asked, BuildKit, Exporter, Files, Upgraded};
pub use create::decode as decode_create;
pub use filters::Filters;

/// The newest version of the API that is spoken.
pub const API_VERSION: (u32, u32) = (1, 50);
/// The oldest.
pub const API_MINIMUM: (u32, u32) = (1, 24);

/// What the daemon says of itself.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Its version.
    pub version: String,
    /// The commit it was built from; empty if unknown.
    pub commit: String,
    /// An id that stays over restarts.
    pub id: String,
}

/// A socket to accept connections from.
#[derive(Debug)]
pub enum Listener {
    /// A unix socket.
    Unix(std::os::unix::net::UnixListener),
    /// A TCP socket.
    Tcp(std::net::TcpListener),
}

/// The server.
#[derive(Clone)]
pub struct Server(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) engine: Engine,
    pub(crate) builder: ::build::Builder,
    pub(crate) buildkit: Arc<dyn BuildKit>,
    pub(crate) identity: Identity,
    connections: Arc<Semaphore>,
}

impl Server {
    /// A server for this engine. What asks for BuildKit's protocol is handed to `buildkit`.
    pub fn new(engine: Engine, builder: ::build::Builder, identity: Identity, buildkit: Arc<dyn BuildKit>) -> Self {
        let connections = Arc::new(Semaphore::new(limits::CONNECTIONS));
        Self(Arc::new(Parts { engine, builder, buildkit, identity, connections }))
    }

    /// Serves one socket until the future is dropped.
    ///
    /// # Errors
    /// When the socket cannot be used at all.
    pub async fn serve(self, listener: Listener) -> std::io::Result<()> {
        match listener {
            Listener::Unix(listener) => {
                listener.set_nonblocking(true)?;
                let listener = UnixListener::from_std(listener)?;
                loop {
                    let turn = self.turn().await;
                    match listener.accept().await {
                        Ok((stream, _)) => self.connection(TokioIo::new(stream), turn, false),
                        Err(error) => pause(&error).await,
                    }
                }
            }
            Listener::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                let listener = TcpListener::from_std(listener)?;
                loop {
                    let turn = self.turn().await;
                    match listener.accept().await {
                        Ok((stream, _)) => {
                            let _ = stream.set_nodelay(true);
                            self.connection(TokioIo::new(stream), turn, true);
                        }
                        Err(error) => pause(&error).await,
                    }
                }
            }
        }
    }

    async fn turn(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        Arc::clone(&self.0.connections).acquire_owned().await.ok()
    }

    fn connection<I>(&self, io: I, turn: Option<tokio::sync::OwnedSemaphorePermit>, tcp: bool)
    where
        I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    {
        let parts = Arc::clone(&self.0);
        tokio::spawn(async move {
            let _turn = turn;
            let service = service_fn(move |request| route::serve(Arc::clone(&parts), request, tcp));
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits::HEADER_PATIENCE)
                .max_buf_size(limits::HEADER_BYTES)
                .half_close(true)
                .serve_connection(io, service)
                .with_upgrades()
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
}

/// Out of descriptors, most likely: wait for some to be given back rather than spin.
async fn pause(error: &std::io::Error) {
    tracing::warn!(%error, "accepting a connection");
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// The socket below an upgraded connection, and what was read from it already.
pub(crate) fn raw_socket(upgraded: hyper::upgrade::Upgraded) -> std::io::Result<(OwnedFd, Vec<u8>)> {
    let upgraded = match upgraded.downcast::<TokioIo<tokio::net::UnixStream>>() {
        Ok(parts) => {
            let socket = parts.io.into_inner().into_std()?;
            return Ok((socket.into(), parts.read_buf.to_vec()));
        }
        Err(upgraded) => upgraded,
    };
    match upgraded.downcast::<TokioIo<tokio::net::TcpStream>>() {
        Ok(parts) => Ok((parts.io.into_inner().into_std()?.into(), parts.read_buf.to_vec())),
        Err(_) => Err(std::io::Error::other("a connection of an unknown kind")),
    }
}
