//! What is asked of a registry without an image coming or going: whether a login is good, and what a name stands for.

use http::{Method, StatusCode};
use oci::image::{Config, Index, Manifest, Platform};
use oci::{Digest, Reference};

use crate::pull::index;
use crate::registry::{Ask, Credentials, small};
use crate::{Error, Images, Result, limits};

/// What a name stands for in a registry.
#[derive(Debug, Clone)]
pub struct Described {
    /// Media type of the manifest or index.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its bytes.
    pub size: u64,
    /// What it has images for.
    pub platforms: Vec<Platform>,
}

impl Images {
    /// Whether a registry takes a login. `server` is a host, or an address as Docker's clients keep them.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when it does not, [`Error::Registry`] when it cannot be asked.
    pub async fn check_login(&self, server: &str, credentials: &Credentials) -> Result<()> {
        let client = &self.0.client;
        let endpoint = client.home_of(domain(server)).await?;
        let url = endpoint.url("");
        client.forget(&endpoint, "", Some(credentials));
        let answer = client.ask(&endpoint, "", &Ask::new(Method::GET, &url), Some(credentials)).await;
        match answer {
            Ok(answer) if answer.status() == StatusCode::OK => Ok(()),
            Ok(answer) if matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                let status = answer.status();
                Err(Error::LoginRefused(format!("login attempt to {url} failed with status: {status}")))
            }
            Ok(answer) => {
                Err(Error::Registry(format!("login attempt to {url} failed with status: {}", answer.status())))
            }
            Err(Error::Unauthorized(why)) => Err(Error::LoginRefused(format!("Get \"{url}\": unauthorized: {why}"))),
            Err(error) => Err(error),
        }
    }

    /// Asks a registry what a name stands for.
    ///
    /// # Errors
    /// [`Error::ManifestUnknown`], [`Error::Denied`], [`Error::Registry`], [`Error::Malformed`].
    pub async fn describe(&self, reference: &Reference, credentials: Option<&Credentials>) -> Result<Described> {
        let client = &self.0.client;
        let endpoint = client.home(reference).await?;
        let wanted = match (reference.digest(), reference.tag()) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.as_str().to_owned(),
            (None, None) => "latest".into(),
        };
        let (media_type, bytes) = client.manifest(&endpoint, reference, &wanted, credentials).await?;
        let digest = crate::content::digest(&bytes);
        if let Some(expected) = reference.digest().filter(|expected| **expected != digest) {
            let (what, expected) = (reference.familiar(), expected.clone());
            return Err(Error::DigestMismatch { what, expected, got: digest });
        }
        let platforms = match index(&media_type, &bytes)? {
            Some(Index { manifests, .. }) => manifests.into_iter().filter_map(|manifest| manifest.platform).collect(),
            None => {
                let manifest: Manifest =
                    serde_json::from_slice(&bytes).map_err(|error| Error::malformed("manifest", error))?;
                let blob = client.blob(&endpoint, reference, &manifest.config.digest, 0, credentials).await?;
                let bytes = small(blob, limits::CONFIG_BYTES).await?;
                let config: Config =
                    serde_json::from_slice(&bytes).map_err(|error| Error::malformed("configuration", error))?;
                vec![Platform { architecture: config.architecture, os: config.os, variant: config.variant }]
            }
        };
        Ok(Described { media_type, digest, size: bytes.len() as u64, platforms })
    }
}

/// The registry that a login's address means.
fn domain(server: &str) -> &str {
    let host = server.split_once("://").map_or(server, |(_, rest)| rest);
    match host.split('/').next().unwrap_or_default() {
        "" | "docker.io" | "index.docker.io" | "registry-1.docker.io" => "docker.io",
        host => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_logins() {
        for (server, host) in [
            ("https://index.docker.io/v1/", "docker.io"),
            ("", "docker.io"),
            ("https://one.example/v2/", "one.example"),
            ("two.example:5000", "two.example:5000"),
        ] {
            assert_eq!(domain(server), host);
        }
    }
}
