//! Attestations: what is said of an image, as statements of in-toto in a manifest of their own, which stands beside the
//! image's in an index.
//!
//! A statement names the digest of the manifest that it is about, and a manifest made here is known only when its
//! layers leave compressed. So what is kept is the predicate, and the statement is made on the way out.
//!
//! Source: in-toto attestation framework 0.1; BuildKit `docs/attestations/attestation-storage.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use oci::image::{Descriptor, Index, PREDICATE_TYPE, Platform, media_type};
use oci::{Digest, Reference};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::assemble::{descriptor, manifest_of};
use crate::content::digest;
use crate::{Error, Images, Result, limits};

/// What a statement says, and nothing of what it says it about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// What kind of thing is said: an address such as `https://slsa.dev/provenance/v0.2`.
    pub predicate_type: String,
    /// What is said, a JSON text in the store.
    pub predicate: Digest,
}

/// Something that a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Its name: a path, or a package URL.
    pub name: String,
    /// Its digests, in hexadecimal digits, by algorithm.
    pub digest: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Statement<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    #[serde(rename = "predicateType")]
    predicate_type: &'a str,
    subject: &'a [Subject],
    predicate: &'a RawValue,
}

const STATEMENT: &str = "https://in-toto.io/Statement/v0.1";
/// Annotations of a manifest of statements in its index.
const TYPE: &str = "vnd.docker.reference.type";
const ABOUT: &str = "vnd.docker.reference.digest";
const ATTESTATIONS: &str = "attestation-manifest";

/// The manifest of statements about one image, and what it names.
pub(crate) struct Statements {
    /// It in an index.
    pub(crate) descriptor: Descriptor,
    /// Its bytes.
    pub(crate) manifest: Vec<u8>,
    /// The statements and the configuration.
    pub(crate) blobs: Vec<(Descriptor, Vec<u8>)>,
}

impl Subject {
    /// Something with this name and digest.
    pub fn new(name: impl Into<String>, digest: &Digest) -> Self {
        Self { name: name.into(), digest: BTreeMap::from([("sha256".to_owned(), digest.hex().to_owned())]) }
    }
}

/// A statement as JSON text: that this, of this type, holds for these subjects.
///
/// # Errors
/// [`Error::Malformed`] when the predicate is no JSON.
pub fn statement(predicate_type: &str, predicate: &[u8], subject: &[Subject]) -> Result<Vec<u8>> {
    let malformed = |error| Error::malformed("predicate of an attestation", error);
    let predicate: &RawValue = serde_json::from_slice(predicate).map_err(malformed)?;
    let statement = Statement { kind: STATEMENT, predicate_type, subject, predicate };
    serde_json::to_vec_pretty(&statement).map_err(malformed)
}

/// The package URL of an image: `pkg:docker/alpine@3.17?platform=linux%2Famd64`.
/// Source: purl-spec, type `docker`.
pub fn package_url(reference: &Reference, platform: &Platform) -> String {
    let reference = reference.clone().or_latest();
    let mut url = format!("pkg:docker/{}", reference.familiar_name());
    let mut qualifiers = String::new();
    match (reference.tag(), reference.digest()) {
        (Some(tag), about) => {
            let _ = write!(url, "@{}", tag.as_str());
            if let Some(digest) = about {
                let _ = write!(qualifiers, "digest={}&", digest.to_string().replace(':', "%3A"));
            }
        }
        (None, Some(digest)) => drop(write!(url, "@{digest}")),
        (None, None) => {}
    }
    format!("{url}?{qualifiers}platform={}", platform.to_string().replace('/', "%2F"))
}

/// Whether an index has this as statements about an image, and not as an image.
pub(crate) fn is_about_another(descriptor: &Descriptor) -> bool {
    descriptor.annotations.contains_key(TYPE)
}

/// The bytes of an index.
pub(crate) fn index_of(manifests: Vec<Descriptor>, annotations: BTreeMap<String, String>) -> Result<Vec<u8>> {
    let index = Index { schema_version: 2, media_type: Some(media_type::INDEX.into()), manifests, annotations };
    serde_json::to_vec(&index).map_err(|error| Error::malformed("index", error))
}

impl Images {
    /// Keeps what is said. It stays as long as an image's record names it. Blocks.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Io`].
    pub fn keep_attestation(&self, predicate_type: &str, predicate: &[u8]) -> Result<Attestation> {
        if predicate.len() as u64 > limits::PREDICATE_BYTES {
            return Err(Error::TooLarge(format!(
                "an attestation of {} bytes; at most {} are kept",
                predicate.len(),
                limits::PREDICATE_BYTES
            )));
        }
        Ok(Attestation { predicate_type: predicate_type.to_owned(), predicate: self.content().put(predicate)? })
    }

    /// The statements about the image that an index names so, under these names. Blocks.
    pub(crate) fn statements(
        &self,
        image: &Descriptor,
        names: &[Reference],
        said: &[Attestation],
    ) -> Result<Statements> {
        let platform = image.platform.clone().unwrap_or_else(Platform::host);
        let name = |name| Subject::new(package_url(name, &platform), &image.digest);
        let mut subjects: Vec<Subject> = names.iter().map(name).collect();
        if subjects.is_empty() {
            subjects.push(Subject::new("_", &image.digest));
        }
        let (mut layers, mut blobs) = (Vec::new(), Vec::new());
        for Attestation { predicate_type, predicate } in said {
            let predicate = self.content().bytes(predicate, limits::PREDICATE_BYTES)?;
            let bytes = statement(predicate_type, &predicate, &subjects)?;
            let mut blob = descriptor(media_type::IN_TOTO, digest(&bytes), bytes.len() as u64);
            blob.annotations.insert(PREDICATE_TYPE.to_owned(), predicate_type.clone());
            layers.push(blob.clone());
            blobs.push((blob, bytes));
        }
        let diff_ids: Vec<&Digest> = layers.iter().map(|layer| &layer.digest).collect();
        let config = serde_json::json!({
            "architecture": "unknown",
            "os": "unknown",
            "config": {},
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let config = config.to_string().into_bytes();
        let config_blob = descriptor(media_type::CONFIG, digest(&config), config.len() as u64);
        blobs.push((config_blob.clone(), config));
        let manifest = manifest_of(config_blob, layers, BTreeMap::new())?;
        let mut own = descriptor(media_type::MANIFEST, digest(&manifest), manifest.len() as u64);
        own.annotations.insert(TYPE.to_owned(), ATTESTATIONS.to_owned());
        own.annotations.insert(ABOUT.to_owned(), image.digest.to_string());
        own.platform = Some(Platform { architecture: "unknown".into(), os: "unknown".into(), variant: None });
        Ok(Statements { descriptor: own, manifest, blobs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_of_images() {
        let platform = Platform { architecture: "arm".into(), os: "linux".into(), variant: Some("v7".into()) };
        let url = |name: &str| package_url(&name.parse().unwrap(), &platform);
        assert_eq!(url("alpine:3.17"), "pkg:docker/alpine@3.17?platform=linux%2Farm%2Fv7");
        assert_eq!(url("reg.io:5000/a/b"), "pkg:docker/reg.io:5000/a/b@latest?platform=linux%2Farm%2Fv7");
        let digest = Digest::sha256([0; 32]);
        assert_eq!(url(&format!("a/b@{digest}")), format!("pkg:docker/a/b@{digest}?platform=linux%2Farm%2Fv7"));
        assert!(url(&format!("a:1@{digest}")).starts_with("pkg:docker/a@1?digest=sha256%3A0000"));
    }

    #[test]
    fn a_statement_has_its_predicate_as_it_was_written() {
        let subjects = [Subject::new("x", &Digest::sha256([0; 32]))];
        let bytes = statement("https://spdx.dev/Document", br#"{"b": 1.10, "a": 2}"#, &subjects).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(r#""predicate": {"b": 1.10, "a": 2}"#), "{text}");
        assert!(text.starts_with("{\n  \"_type\": \"https://in-toto.io/Statement/v0.1\""), "{text}");
        assert!(statement("x", b"{", &subjects).is_err());
    }
}
