//! The client: connections, kept for the next request, and the version both sides speak.

use std::sync::Mutex;

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::OnceCell;

use crate::{Body, Endpoint, Error, Method, Request, Socket, limits};

/// A client of one daemon.
#[derive(Debug)]
pub struct Client {
    endpoint: Endpoint,
    version: OnceCell<(u32, u32)>,
    idle: Mutex<Vec<SendRequest<Body>>>,
}

impl Client {
    /// A client of the daemon there. Nothing is connected until something is asked.
    pub fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, version: OnceCell::new(), idle: Mutex::new(Vec::new()) }
    }

    /// A client that speaks one version of the API and doesn't ask the daemon for its own.
    pub fn with_version(endpoint: Endpoint, version: (u32, u32)) -> Self {
        Self { endpoint, version: OnceCell::new_with(Some(version)), idle: Mutex::new(Vec::new()) }
    }

    /// Where the daemon listens.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The version of the API that is spoken: the daemon's newest, but none newer than this client knows.
    ///
    /// # Errors
    /// When the daemon cannot be reached.
    pub async fn version(&self) -> Result<(u32, u32), Error> {
        self.version.get_or_try_init(|| self.negotiate()).await.copied()
    }

    /// The newest version of the API that this client knows.
    pub fn newest_version() -> (u32, u32) {
        limits::API_VERSION
    }

    async fn negotiate(&self) -> Result<(u32, u32), Error> {
        let answer = Request::unversioned(self, Method::HEAD, "/_ping").send().await?;
        let told = answer.header("api-version").and_then(|text| {
            let (major, minor) = text.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        });
        answer.bytes().await?;
        // Daemons that don't tell their version are older than 1.25.
        Ok(told.unwrap_or((1, 24)).min(limits::API_VERSION))
    }

    /// A request for `path`, which begins with a slash and holds no query.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request<'_> {
        Request::new(self, method, path)
    }

    /// `GET`.
    pub fn get(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::GET, path)
    }

    /// `POST`.
    pub fn post(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::POST, path)
    }

    /// `DELETE`.
    pub fn delete(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::DELETE, path)
    }

    async fn connect(&self) -> Result<Socket, Error> {
        let connected = match &self.endpoint {
            Endpoint::Unix(path) => UnixStream::connect(path).await.map(Socket::Unix),
            Endpoint::Tcp { host, port } => {
                TcpStream::connect((host.as_str(), *port)).await.map(|socket| {
                    // Keystrokes go out one by one; a failure costs only speed.
                    let _ = socket.set_nodelay(true);
                    Socket::Tcp(socket)
                })
            }
        };
        connected.map_err(|source| Error::connect(&self.endpoint, source))
    }

    /// A connection that may be asked something: one that was kept, or a new one.
    pub(crate) async fn sender(&self) -> Result<SendRequest<Body>, Error> {
        while let Some(mut sender) = self.pop() {
            if sender.ready().await.is_ok() {
                return Ok(sender);
            }
        }
        let (sender, connection) = http1::handshake(TokioIo::new(self.connect().await?)).await?;
        tokio::spawn(async move {
            // Its failure is told to whoever waits for an answer.
            let _ = connection.with_upgrades().await;
        });
        Ok(sender)
    }

    fn pop(&self) -> Option<SendRequest<Body>> {
        self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop()
    }

    /// Keeps a connection whose last answer was read wholly.
    pub(crate) fn keep(&self, sender: SendRequest<Body>) {
        let mut idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if idle.len() < limits::IDLE_MAX && !sender.is_closed() {
            idle.push(sender);
        }
    }
}
