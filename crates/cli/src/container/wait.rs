//! How a container ends.

use client::{Answer, Client};
use serde::Deserialize;

use crate::context::segment;
use crate::error::{CLIENT_FAILED, Failure};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ended {
    status_code: i64,
    #[serde(default)]
    error: Option<Trouble>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trouble {
    #[serde(default)]
    message: String,
}

/// A question that the daemon has taken: no end that comes after this is missed.
pub(super) struct Waiting<'a>(Answer<'a>);

impl<'a> Waiting<'a> {
    /// Asks; the daemon has registered it when this returns.
    pub(super) async fn begin(client: &'a Client, id: &str, condition: &str) -> Result<Self, Failure> {
        let request = client.post(format!("/containers/{}/wait", segment(id)));
        Ok(Self(request.query_some("condition", condition).send().await?))
    }

    /// The exit code, once there is one.
    pub(super) async fn code(self) -> Result<u8, Failure> {
        let bytes = self.0.bytes().await?;
        let ended: Ended = serde_json::from_slice(&bytes)
            .map_err(|error| Failure::new(format!("Error waiting for container: {error}")).with_code(CLIENT_FAILED))?;
        match ended.error.filter(|trouble| !trouble.message.is_empty()) {
            Some(trouble) => {
                Err(Failure::new(format!("Error waiting for container: {}", trouble.message)).with_code(CLIENT_FAILED))
            }
            None => Ok(u8::try_from(ended.status_code & 0xff).unwrap_or(CLIENT_FAILED)),
        }
    }
}

/// The exit code as this program's own.
pub(super) fn finish(code: u8) -> Result<(), Failure> {
    if code == 0 { Ok(()) } else { Err(Failure::code(code)) }
}
