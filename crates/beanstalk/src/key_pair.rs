//! Key pairs: public keys that are known by a name.
//!
//! Nobody logs in to a container by SSH, so that nothing but these records comes of them. The private half of a pair
//! that is made here is told once and not kept.
//!
//! Sources: "Amazon EC2 key pairs and Amazon EC2 instances" in the EC2 User Guide (names, fingerprints); RFC 4253,
//! section 6.6, and RFC 8709 (public keys).

use std::sync::Arc;

use aws::Region;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Digest;
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::error::{Error, Result};
use crate::state::{Draft, Key};
use crate::tag::{self, Tags};
use crate::{Beanstalk, Call, limits};

/// A key pair's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPair {
    /// What it is found by.
    pub key: Key,
    /// Its region.
    pub region: Region,
    /// `key-` and 17 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The public key.
    pub public: PublicKey,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Tags,
}

/// What kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyKind {
    /// RSA.
    Rsa,
    /// Ed25519.
    Ed25519,
}

impl KeyKind {
    /// EC2's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// What kind.
    pub kind: KeyKind,
    /// As a line of `authorized_keys`, without a comment.
    pub line: String,
    /// What it is recognized by.
    pub fingerprint: String,
}

impl PublicKey {
    /// Reads a line such as `ssh-ed25519 AAAA… comment`.
    ///
    /// # Errors
    /// When it is no such key, or of another kind.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::parameter("Key is not in valid OpenSSH public key format");
        let mut words = text.split_ascii_whitespace();
        let (name, encoded) = (words.next().ok_or_else(wrong)?, words.next().ok_or_else(wrong)?);
        let kind = match name {
            "ssh-rsa" => KeyKind::Rsa,
            "ssh-ed25519" => KeyKind::Ed25519,
            _ => return Err(wrong()),
        };
        let blob = STANDARD.decode(encoded).map_err(|_| wrong())?;
        let fields = fields(&blob).ok_or_else(wrong)?;
        let fingerprint = match (kind, &fields[..]) {
            (KeyKind::Rsa, [inner, exponent, modulus]) if *inner == name.as_bytes() => {
                let bytes = md5::Md5::digest(subject_public_key_info(modulus, exponent));
                bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
            }
            (KeyKind::Ed25519, [inner, point]) if *inner == name.as_bytes() && point.len() == 32 => {
                STANDARD.encode(sha2::Sha256::digest(&blob))
            }
            _ => return Err(wrong()),
        };
        Ok(Self { kind, line: format!("{name} {encoded}"), fingerprint })
    }

    /// The key of 32 bytes of Ed25519.
    fn ed25519(point: &[u8]) -> Result<Self> {
        let mut blob = Vec::new();
        put(&mut blob, b"ssh-ed25519");
        put(&mut blob, point);
        Self::parse(&format!("ssh-ed25519 {}", STANDARD.encode(blob)))
    }
}

/// The strings that a key is made of, each with its length before it.
fn fields(mut blob: &[u8]) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    while !blob.is_empty() {
        let (length, rest) = blob.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        found.push(rest.get(..length)?);
        blob = &rest[length..];
    }
    Some(found)
}

fn put(into: &mut Vec<u8>, bytes: &[u8]) {
    into.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    into.extend(bytes);
}

/// A key of RSA in DER (RFC 5280, section 4.1; RFC 8017, appendix A.1.1): what its fingerprint is made of.
fn subject_public_key_info(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    // rsaEncryption, without parameters.
    const ALGORITHM: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let numbers = [der(2, modulus), der(2, exponent)].concat();
    let bits = [vec![0], der(0x30, &numbers)].concat();
    der(0x30, &[ALGORITHM.to_vec(), der(3, &bits)].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut encoded = vec![tag];
    match significant[..] {
        [] => encoded.push(0),
        [one] if one < 0x80 => encoded.push(one),
        _ => {
            encoded.push(0x80 | u8::try_from(significant.len()).unwrap_or(0x7f));
            encoded.extend(&significant);
        }
    }
    encoded.extend(content);
    encoded
}

fn named(name: &str) -> Result<()> {
    let length = name.chars().count();
    if !(1..=limits::KEY_PAIR_NAME).contains(&length) || !name.is_ascii() || name.chars().any(char::is_control) {
        return Err(Error::parameter(format!(
            "KeyName must be 1 to {} printable ASCII characters, not '{name}'.",
            limits::KEY_PAIR_NAME
        )));
    }
    Ok(())
}

impl Beanstalk {
    /// Keeps a public key under a name.
    ///
    /// # Errors
    /// When the name is taken or malformed.
    pub async fn import_key_pair(
        &self,
        call: &Call,
        name: &str,
        public: PublicKey,
        tags: &[(String, String)],
    ) -> Result<Arc<KeyPair>> {
        named(name)?;
        let tags = tag::changed(&Tags::new(), tags, &[])?;
        let pair = KeyPair {
            key: Key::key_pair(&call.region, name),
            region: call.region.clone(),
            id: format!("key-{}", &crate::InstanceId::random().as_str()[2..]),
            name: name.to_owned(),
            public,
            created: call.now,
            tags,
        };
        self.ledger().commit(move |draft| decide_import(draft, pair)).await
    }

    /// Makes a pair, keeps its public half under a name, and tells the private one: in the form of OpenSSH.
    ///
    /// # Errors
    /// When the name is taken or malformed.
    pub async fn create_key_pair(
        &self,
        call: &Call,
        name: &str,
        tags: &[(String, String)],
    ) -> Result<(Arc<KeyPair>, words::Secret)> {
        use ring::signature::KeyPair as _;
        let seed = words::random_bytes::<32>();
        let made = ring::signature::Ed25519KeyPair::from_seed_unchecked(&seed);
        let made = made.map_err(|_| Error::Store("no key could be made".into()))?;
        let public = PublicKey::ed25519(made.public_key().as_ref())?;
        let private = open_ssh(&seed, made.public_key().as_ref(), u32::from_be_bytes(words::random_bytes::<4>()), name);
        Ok((self.import_key_pair(call, name, public, tags).await?, private))
    }

    /// Forgets a key pair, by its name or its id. Nothing happens where there is none; then nothing is given back.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn delete_key_pair(
        &self,
        call: &Call,
        name: Option<&str>,
        id: Option<&str>,
    ) -> Result<Option<Arc<KeyPair>>> {
        let (region, name, id) = (call.region.clone(), name.map(str::to_owned), id.map(str::to_owned));
        self.ledger()
            .commit(move |draft| {
                let is = |pair: &KeyPair| {
                    pair.region == region && (name.as_ref() == Some(&pair.name) || id.as_ref() == Some(&pair.id))
                };
                let found = draft.key_pairs.values().find(|pair| is(pair)).cloned();
                if let Some(pair) = &found {
                    draft.remove::<KeyPair>(&pair.key);
                }
                Ok(found)
            })
            .await
    }
}

fn decide_import(draft: &mut Draft<'_>, pair: KeyPair) -> Result<Arc<KeyPair>> {
    if draft.key_pairs.contains_key(&pair.key) {
        return Err(Error::Combination(format!("The keypair '{}' already exists.", pair.name)));
    }
    if draft.key_pairs.len() >= limits::KEY_PAIRS {
        return Err(Error::parameter(format!(
            "There are {} key pairs already, which is the limit.",
            limits::KEY_PAIRS
        )));
    }
    draft.put(pair)
}

/// A private key as `ssh` reads it, without a passphrase. Source: OpenSSH's PROTOCOL.key.
fn open_ssh(seed: &[u8], public: &[u8], check: u32, comment: &str) -> words::Secret {
    let mut blob = Vec::new();
    put(&mut blob, b"ssh-ed25519");
    put(&mut blob, public);
    let mut inner = [check.to_be_bytes(), check.to_be_bytes()].concat();
    inner.extend(&blob);
    put(&mut inner, &[seed, public].concat());
    put(&mut inner, comment.as_bytes());
    let mut padding = 1;
    while inner.len() % 8 != 0 {
        inner.push(padding);
        padding += 1;
    }
    let mut all = b"openssh-key-v1\0".to_vec();
    put(&mut all, b"none");
    put(&mut all, b"none");
    put(&mut all, b"");
    all.extend(1u32.to_be_bytes());
    put(&mut all, &blob);
    put(&mut all, &inner);
    let encoded = STANDARD.encode(all);
    let mut text = String::from("-----BEGIN OPENSSH PRIVATE KEY-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, others) = rest.split_at(rest.len().min(70));
        text.push_str(line);
        text.push('\n');
        rest = others;
    }
    text.push_str("-----END OPENSSH PRIVATE KEY-----\n");
    words::Secret::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `ssh-keygen`; fingerprints by `ssh-keygen -l` and by the MD5 of what `ssh-keygen -e -m PKCS8` says.
    const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDWnET5j4h7USzj0m3x1u02jk+clSePOwuIC9rQM7NXIIaE9SCqWW8fIUdJH9gyeMtL7lVnJIefL1r8qqtgGxmyehd0kQeSMb79rg0sSUrPoKA/iHFufWKcwsVK3L0FGCUZOVYJqwrKHZv8FWY6bWhrmi9o3zSA5XK6B7xiGIhX7w== someone";
    const RSA_FINGERPRINT: &str = "c9:9e:f8:45:c8:b7:ad:98:92:e9:32:d9:c6:18:94:59";
    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFcSpruHTItPlh+tCJRoM0iero5iukJnMP1CFFllSMXo someone";
    const ED25519_FINGERPRINT: &str = "HtUP0mIwfj0OKhzCSoswtTNcfM7Zn5GFqX5fKSTQdE4";

    #[test]
    fn keys_are_read() {
        let rsa = PublicKey::parse(RSA).unwrap();
        assert_eq!((rsa.kind, rsa.fingerprint.as_str()), (KeyKind::Rsa, RSA_FINGERPRINT));
        let ed25519 = PublicKey::parse(ED25519).unwrap();
        assert_eq!(ed25519.kind, KeyKind::Ed25519);
        assert_eq!(ed25519.fingerprint.trim_end_matches('='), ED25519_FINGERPRINT);
        assert_eq!(ed25519.line.split(' ').count(), 2, "no comment is kept");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "",
            "ssh-rsa",
            "ssh-rsa ????",
            "ssh-dss AAAAB3NzaC1kc3M=",
            "ssh-rsa AAAA",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
        ] {
            assert!(PublicKey::parse(text).is_err(), "{text}");
        }
        let swapped = ED25519.replacen("ssh-ed25519", "ssh-rsa", 1);
        assert!(PublicKey::parse(&swapped).is_err());
    }

    #[test]
    fn lengths_in_der() {
        assert_eq!(der(4, &[]), [4, 0]);
        assert_eq!(der(4, &[7; 127])[..2], [4, 127]);
        assert_eq!(der(4, &[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(der(4, &[7; 300])[..4], [4, 0x82, 1, 44]);
    }
}
