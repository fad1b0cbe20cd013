//! Connections of BuildKit's protocol, from the server that accepts them to the crate that speaks it.

use build::Builder;
use buildkit_api::BuildKit;
use docker_api::{Identity, Upgraded};
use http::HeaderMap;

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
}
