//! Sessions: connections on which this daemon asks and the client answers, while the client's builds run.

mod content;
#[cfg(test)]
mod content_tests;
mod descriptors;
mod files;
mod hijack;
mod offers;
mod output;
#[cfg(test)]
mod tests;
mod upload;

use std::collections::{HashMap, HashSet};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use grpc::client::Channel;
use grpc::proto::health::{HealthCheckRequest, HealthCheckResponse};
use grpc::{Request, Status};
use http::HeaderMap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::limits;
use descriptors::Descriptors;

pub(crate) use content::ContentStore;
pub(crate) use hijack::tunnel;
pub(crate) use offers::Offers;
pub(crate) use output::{Stream, send_files};

/// Headers that a client opens a session with.
const ID: &str = "x-docker-expose-session-uuid";
const SHARED_KEY: &str = "x-docker-expose-session-sharedkey";
const METHOD: &str = "x-docker-expose-session-grpc-method";

/// Every session that is open.
#[derive(Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<String, Arc<Session>>>,
    /// Changes with each session that opens.
    opened: watch::Sender<()>,
}

/// One session.
pub(crate) struct Session {
    /// What names the client beyond this session; may be empty.
    pub(crate) shared_key: String,
    /// Methods that the client serves, in lower case: `/moby.filesync.v1.filesync/diffcopy`.
    methods: HashSet<String>,
    channel: Channel,
    descriptors: Arc<Descriptors>,
}

impl Session {
    /// The connection, if the client serves this method.
    pub(crate) fn channel(&self, method: &str) -> Option<&Channel> {
        self.methods.contains(&method.to_ascii_lowercase()).then_some(&self.channel)
    }
}

impl Sessions {
    /// Says why a session cannot be opened with these headers, before anything is answered.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), String> {
        let id = header(headers, ID);
        if id.is_empty() {
            return Err("a session needs an id".into());
        }
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.contains_key(id) {
            return Err(format!("session {id} already exists"));
        }
        if open.len() >= limits::SESSIONS {
            return Err(format!("{} sessions are open: no more are taken", limits::SESSIONS));
        }
        Ok(())
    }

    /// Holds a session until its connection ends.
    pub(crate) async fn hold<S>(&self, stream: S, headers: &HeaderMap) -> Result<(), String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (channel, connection) = Channel::open(stream).await.map_err(|error| error.to_string())?;
        let id = header(headers, ID).to_owned();
        let methods = headers.get_all(METHOD).iter().filter_map(|value| value.to_str().ok());
        let session = Arc::new(Session {
            shared_key: header(headers, SHARED_KEY).to_owned(),
            methods: methods.map(str::to_ascii_lowercase).collect(),
            channel: channel.clone(),
            descriptors: Arc::default(),
        });
        {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            if open.contains_key(&id) {
                return Err(format!("session {id} already exists"));
            }
            open.insert(id.clone(), session);
        }
        let _closing = Closing { sessions: self, id };
        self.opened.send_replace(());
        tokio::select! {
            ended = connection => ended.map_err(|error| error.to_string()),
            () = pulse(&channel) => Err("the client does not answer any more".into()),
        }
    }

    /// Says why no files can be handed over with these headers.
    pub(crate) fn check_descriptors(&self, headers: &HeaderMap) -> Result<(), String> {
        self.opened(headers).map(drop)
    }

    /// Takes a unix socket on which the client of a session hands files over.
    pub(crate) async fn descriptors(&self, headers: &HeaderMap, socket: OwnedFd) -> Result<(), String> {
        let session = self.opened(headers)?;
        session.descriptors.come_by(socket).await.map_err(|error| error.to_string())
    }

    fn opened(&self, headers: &HeaderMap) -> Result<Arc<Session>, String> {
        let id = header(headers, ID);
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(id).cloned().ok_or_else(|| format!("no active session for {id}"))
    }

    /// The session of this id, which may be about to open.
    pub(crate) async fn find(&self, id: &str) -> Result<Arc<Session>, Status> {
        let mut opened = self.opened.subscribe();
        let found = async {
            loop {
                opened.borrow_and_update();
                let found = self.open.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
                if let Some(session) = found {
                    return session;
                }
                if opened.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let patience = tokio::time::timeout(limits::PATIENCE, found);
        patience.await.map_err(|_| Status::not_found(format!("no active session for {id}")))
    }
}

/// Takes a session off the list when its connection has ended, however that came.
struct Closing<'a> {
    sessions: &'a Sessions,
    id: String,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.sessions.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// Ends when the client does not answer: its host may be gone without a word.
async fn pulse(channel: &Channel) {
    loop {
        tokio::time::sleep(limits::PULSE).await;
        let check = channel.unary::<_, HealthCheckResponse>(
            "/grpc.health.v1.Health/Check",
            Request::new(HealthCheckRequest::default()),
        );
        // A client that serves no health check has answered all the same.
        if tokio::time::timeout(limits::PULSE_PATIENCE, check).await.is_err() {
            return;
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
