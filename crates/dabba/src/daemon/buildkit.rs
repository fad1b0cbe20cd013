//! Connections of BuildKit's protocol, from the server that accepts them to the crate that speaks it.

use std::os::fd::OwnedFd;

use build::{Builder, Received};
use buildkit_api::BuildKit;
use docker_api::{Identity, Upgraded};
use http::HeaderMap;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

/// Serves each connection in a task of its own.
pub(super) struct Connections(BuildKit);

impl Connections {
    pub(super) fn new(builder: Builder, identity: &Identity) -> Self {
        Self(BuildKit::new(builder, &identity.id, &identity.version))
    }
}

impl docker_api::BuildKit for Connections {
    fn grpc(&self, connection: Upgraded) {
        let buildkit = self.0.clone();
        tokio::spawn(async move { buildkit.grpc(connection).await });
    }

    fn check_session(&self, headers: &HeaderMap) -> Result<(), String> {
        self.0.check_session(headers)
    }

    fn session(&self, headers: HeaderMap, connection: Upgraded) {
        let buildkit = self.0.clone();
        tokio::spawn(async move { buildkit.session(connection, &headers).await });
    }

    fn check_descriptors(&self, headers: &HeaderMap) -> Result<(), String> {
        self.0.check_descriptors(headers)
    }

    fn descriptors(&self, headers: HeaderMap, socket: OwnedFd) {
        let buildkit = self.0.clone();
        tokio::spawn(async move { buildkit.descriptors(&headers, socket).await });
    }

    fn build(&self, asked: docker_api::Asked) -> mpsc::Receiver<Value> {
        use docker_api::Files;
        let docker_api::Asked { id, session, request, dockerfile, files, outputs } = asked;
        let files = match files {
            Files::Session => buildkit_api::Files::Session,
            Files::Archive(received) => buildkit_api::Files::Archive(received),
            Files::Upload => buildkit_api::Files::Upload,
        };
        let outputs = outputs.into_iter().map(|(kind, options)| (kind, options.into_iter().collect())).collect();
        self.0.build(buildkit_api::Asked { id, session, request, dockerfile, files, outputs })
    }

    fn upload(&self, id: &str) -> oneshot::Sender<Received> {
        self.0.upload(id)
    }

    fn cancel(&self, id: &str) {
        self.0.cancel(id);
    }
}
