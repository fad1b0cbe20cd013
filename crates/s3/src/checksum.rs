//! Digests of bodies: MD5, which makes the entity tag, and one of the checksums that clients send and ask for.
//!
//! Source: "Checking object integrity in Amazon S3" in the user guide.

use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use md5::Digest;
use serde::{Deserialize, Serialize};
use words::hex;

use crate::error::{Error, Result};

/// How a checksum is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// CRC-32 as zip and Ethernet have it.
    Crc32,
    /// CRC-32 of Castagnoli.
    Crc32c,
    /// CRC-64 of NVM Express: what an object gets whose sender asks for none.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Algorithm {
    /// All that there are.
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// As Amazon writes it in XML.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The one of this name, in any case.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(name)).ok_or_else(|| {
            Error::InvalidRequest(
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
                    .into(),
            )
        })
    }

    /// The kind that an upload of parts has with it unless another is asked for.
    pub fn kind(self) -> Kind {
        if self == Self::Crc64Nvme { Kind::FullObject } else { Kind::Composite }
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }

    fn size(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// What the checksum of an object of parts is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Of all its bytes.
    FullObject,
    /// Of the checksums of its parts.
    Composite,
}

impl Kind {
    /// As Amazon writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }
}

/// A checksum. Printed as its value in base64, with `-N` when it is one of N parts' checksums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    algorithm: Algorithm,
    #[serde(with = "in_base64")]
    value: Vec<u8>,
    /// Of how many parts' checksums it is one.
    parts: Option<u32>,
}

impl Checksum {
    /// The checksum that a client gives.
    ///
    /// # Errors
    /// When the value is not of this algorithm's length in base64.
    pub fn parse(algorithm: Algorithm, text: &str) -> Result<Self> {
        let (digits, parts) = match text.split_once('-') {
            Some((digits, parts)) => (digits, parts.parse().ok().map(Some)),
            None => (text, Some(None)),
        };
        let value = STANDARD.decode(digits).ok().filter(|value| value.len() == algorithm.size());
        match (value, parts) {
            (Some(value), Some(parts)) => Ok(Self { algorithm, value, parts }),
            _ => Err(Error::InvalidRequest(format!(
                "Value for x-amz-checksum-{} header is invalid.",
                algorithm.as_str().to_ascii_lowercase()
            ))),
        }
    }

    /// How it was computed.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What it is of.
    pub fn kind(&self) -> Kind {
        if self.parts.is_some() { Kind::Composite } else { Kind::FullObject }
    }

    /// That of an object of these parts, of which each has its checksum of the same algorithm and its length.
    pub(crate) fn of_parts(algorithm: Algorithm, kind: Kind, parts: &[(&Self, u64)]) -> Result<Self> {
        let foreign = || Error::InvalidRequest("The parts have checksums of different algorithms".into());
        if parts.iter().any(|(checksum, _)| checksum.algorithm != algorithm) {
            return Err(foreign());
        }
        match kind {
            Kind::Composite => {
                let mut hasher = Hasher::new(algorithm);
                parts.iter().for_each(|(checksum, _)| hasher.update(&checksum.value));
                let parts = u32::try_from(parts.len()).map_err(|_| foreign())?;
                Ok(Self { algorithm, value: hasher.finish(), parts: Some(parts) })
            }
            Kind::FullObject => {
                let crc = algorithm.crc().ok_or_else(|| no_such_kind(algorithm, kind))?;
                let number = |value: &[u8]| value.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
                let value = parts.iter().fold(None, |before, (checksum, size)| {
                    let this = number(&checksum.value);
                    Some(before.map_or(this, |before| crc_fast::checksum_combine(crc, before, this, *size)))
                });
                Ok(Self { algorithm, value: in_bytes(algorithm, value.unwrap_or(0)), parts: None })
            }
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(&self.value))?;
        self.parts.map_or(Ok(()), |parts| write!(f, "-{parts}"))
    }
}

/// Says whether an upload of parts can have this kind of checksum.
///
/// # Errors
/// When it cannot: digests of parts do not add up, and CRC-64 always does.
pub(crate) fn check_kind(algorithm: Algorithm, kind: Kind) -> Result<()> {
    let possible = match algorithm {
        Algorithm::Crc32 | Algorithm::Crc32c => true,
        Algorithm::Crc64Nvme => kind == Kind::FullObject,
        Algorithm::Sha1 | Algorithm::Sha256 => kind == Kind::Composite,
    };
    if possible { Ok(()) } else { Err(no_such_kind(algorithm, kind)) }
}

fn no_such_kind(algorithm: Algorithm, kind: Kind) -> Error {
    let (algorithm, kind) = (algorithm.as_str().to_ascii_lowercase(), kind.as_str());
    Error::InvalidRequest(format!("The {kind} checksum type cannot be used with the {algorithm} checksum algorithm."))
}

mod in_base64 {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(value: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(value))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A checksum that comes after the body: who reads the body's end fills it in before it tells that the body is over.
#[derive(Debug, Clone, Default)]
pub struct Trailer(Arc<OnceLock<String>>);

impl Trailer {
    /// Fills it in; the first value stays.
    pub fn set(&self, value: String) {
        let _ = self.0.set(value);
    }
}

/// What a sender says of the checksum of its body.
#[derive(Debug, Clone, Default)]
pub enum Claim {
    /// Nothing.
    #[default]
    Nothing,
    /// That it wants one computed.
    Compute(Algorithm),
    /// That it is this one.
    Is(Checksum),
    /// That it follows the body.
    Follows(Algorithm, Trailer),
}

impl Claim {
    /// Which one it is about; CRC-64 when it is about none.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Nothing => Algorithm::Crc64Nvme,
            Self::Compute(algorithm) | Self::Follows(algorithm, _) => *algorithm,
            Self::Is(checksum) => checksum.algorithm,
        }
    }

    fn check(&self, computed: &Checksum) -> Result<()> {
        let said = match self {
            Self::Nothing | Self::Compute(_) => return Ok(()),
            Self::Is(said) => said.clone(),
            Self::Follows(algorithm, trailer) => {
                let missing = || Error::InvalidRequest("The checksum that was to follow the body is missing".into());
                Checksum::parse(*algorithm, trailer.0.get().ok_or_else(missing)?)?
            }
        };
        if said == *computed { Ok(()) } else { Err(Error::BadDigest(computed.algorithm.as_str())) }
    }
}

/// What a sender says of its body.
#[derive(Debug, Clone, Default)]
pub struct Integrity {
    /// `Content-MD5`.
    pub md5: Option<Md5Sum>,
    /// Its checksum.
    pub checksum: Claim,
    /// How many bytes it has.
    pub length: Option<u64>,
}

impl Integrity {
    /// Whether a body in one piece is what is said of it.
    ///
    /// # Errors
    /// When it is not.
    pub fn verify(&self, body: &[u8]) -> Result<()> {
        if self.length.is_some_and(|length| length != body.len() as u64) {
            return Err(Error::IncompleteBody);
        }
        let mut digests = Digests::new(self.checksum.algorithm(), &self.checksum);
        digests.update(body);
        digests.verify(self).map(drop)
    }
}

/// An MD5 digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Md5Sum([u8; 16]);

impl Md5Sum {
    /// As `Content-MD5` has it.
    ///
    /// # Errors
    /// When it is not 16 bytes in base64.
    pub fn from_base64(text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| Error::InvalidDigest("The Content-MD5 you specified was invalid.".into()))
    }

    /// That of a body in one piece.
    pub fn of(body: &[u8]) -> Self {
        Self(md5::Md5::digest(body).into())
    }
}

/// What an object's content is known by: its MD5 in hexadecimal, or that of its parts' MD5s and `-N`. Without quotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ETag(String);

impl ETag {
    /// As it is written, without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn of_parts<'a>(parts: impl ExactSizeIterator<Item = &'a Self>) -> Self {
        let count = parts.len();
        let mut all = md5::Md5::new();
        for part in parts {
            all.update(part.bytes());
        }
        Self(format!("{}-{count}", hex(&all.finalize())))
    }

    fn bytes(&self) -> Vec<u8> {
        let digit = |b: &u8| (*b as char).to_digit(16).unwrap_or(0) as u8;
        self.0.as_bytes().chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, b| byte << 4 | digit(b))).collect()
    }
}

impl From<Md5Sum> for ETag {
    fn from(sum: Md5Sum) -> Self {
        Self(hex(&sum.0))
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn in_bytes(algorithm: Algorithm, crc: u64) -> Vec<u8> {
    crc.to_be_bytes()[8 - algorithm.size()..].to_vec()
}

#[derive(Debug)]
enum Hasher {
    Crc(Algorithm, crc_fast::Digest),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl Hasher {
    fn new(algorithm: Algorithm) -> Self {
        match (algorithm, algorithm.crc()) {
            (_, Some(crc)) => Self::Crc(algorithm, crc_fast::Digest::new(crc)),
            (Algorithm::Sha1, None) => Self::Sha1(sha1::Sha1::new()),
            (_, None) => Self::Sha256(sha2::Sha256::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(_, digest) => digest.update(bytes),
            Self::Sha1(digest) => digest.update(bytes),
            Self::Sha256(digest) => digest.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Crc(algorithm, digest) => in_bytes(algorithm, digest.finalize()),
            Self::Sha1(digest) => digest.finalize().to_vec(),
            Self::Sha256(digest) => digest.finalize().to_vec(),
        }
    }
}

/// The digests of a body, while it passes.
pub(crate) struct Digests {
    md5: md5::Md5,
    /// The checksum that is kept.
    kept: (Algorithm, Hasher),
    /// The one that is only compared with what its sender says.
    compared: Option<(Algorithm, Hasher)>,
}

impl Digests {
    pub(crate) fn new(kept: Algorithm, claim: &Claim) -> Self {
        let compared = Some(claim.algorithm()).filter(|other| *other != kept && !matches!(claim, Claim::Nothing));
        let hasher = |algorithm| (algorithm, Hasher::new(algorithm));
        Self { md5: md5::Md5::new(), kept: hasher(kept), compared: compared.map(hasher) }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.kept.1.update(bytes);
        if let Some((_, hasher)) = &mut self.compared {
            hasher.update(bytes);
        }
    }

    /// What came out, if it is what the sender said.
    pub(crate) fn verify(self, said: &Integrity) -> Result<(ETag, Checksum)> {
        let md5 = Md5Sum(self.md5.finalize().into());
        if said.md5.is_some_and(|said| said != md5) {
            return Err(Error::BadDigest("Content-MD5"));
        }
        let finish = |(algorithm, hasher): (_, Hasher)| Checksum { algorithm, value: hasher.finish(), parts: None };
        let kept = finish(self.kept);
        said.checksum.check(self.compared.map(finish).as_ref().unwrap_or(&kept))?;
        Ok((md5.into(), kept))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(algorithm: Algorithm, bytes: &[u8]) -> Checksum {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        Checksum { algorithm, value: hasher.finish(), parts: None }
    }

    /// The check values of the catalogue of CRC algorithms, and of the standards of the digests, for "123456789".
    #[test]
    fn the_known_values_come_out() {
        for (algorithm, value) in [
            (Algorithm::Crc32, "y/Q5Jg=="),
            (Algorithm::Crc32c, "4waSgw=="),
            (Algorithm::Crc64Nvme, "rosUhgp5mIg="),
            (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (Algorithm::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ] {
            assert_eq!(whole(algorithm, b"123456789").to_string(), value, "{algorithm:?}");
            assert_eq!(Checksum::parse(algorithm, value).unwrap(), whole(algorithm, b"123456789"));
        }
        assert_eq!(ETag::from(Md5Sum::of(b"123456789")).as_str(), "25f9e794323b453885f5181f1b624d0b");
    }

    #[test]
    fn an_upload_of_one_part_has_a_tag_of_its_own() {
        let part = ETag::from(Md5Sum::of(b"hello"));
        assert_eq!(part.as_str(), "5d41402abc4b2a76b9719d911017c592");
        let mut md5 = md5::Md5::new();
        md5.update([0x5d, 0x41, 0x40, 0x2a, 0xbc, 0x4b, 0x2a, 0x76, 0xb9, 0x71, 0x9d, 0x91, 0x10, 0x17, 0xc5, 0x92]);
        assert_eq!(ETag::of_parts([&part].into_iter()).as_str(), format!("{}-1", hex(&md5.finalize())));
    }

    #[test]
    fn another_body_than_said_is_refused() {
        let digests = || {
            let mut digests = Digests::new(Algorithm::Sha1, &Claim::Compute(Algorithm::Crc32));
            digests.update(b"123456789");
            digests
        };
        let is = |claim| Integrity { checksum: claim, ..Integrity::default() };
        let right = Checksum::parse(Algorithm::Crc32, "y/Q5Jg==").unwrap();
        let wrong = Checksum::parse(Algorithm::Crc32, "y/Q5Jw==").unwrap();
        assert!(digests().verify(&is(Claim::Is(right))).is_ok());
        assert!(matches!(digests().verify(&is(Claim::Is(wrong))), Err(Error::BadDigest("CRC32"))));
        let trailer = Trailer::default();
        let follows = is(Claim::Follows(Algorithm::Crc32, trailer.clone()));
        assert!(matches!(digests().verify(&follows), Err(Error::InvalidRequest(_))));
        trailer.set("y/Q5Jg==".into());
        assert!(digests().verify(&follows).is_ok());
        let md5 = Integrity { md5: Some(Md5Sum::of(b"12345678")), ..Integrity::default() };
        assert!(matches!(digests().verify(&md5), Err(Error::BadDigest("Content-MD5"))));
    }

    proptest! {
        #[test]
        fn the_checksum_of_all_is_that_of_the_parts(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..6)) {
            for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
                let sums: Vec<_> = parts.iter().map(|part| (whole(algorithm, part), part.len() as u64)).collect();
                let sums: Vec<_> = sums.iter().map(|(sum, size)| (sum, *size)).collect();
                let all = Checksum::of_parts(algorithm, Kind::FullObject, &sums).unwrap();
                prop_assert_eq!(all, whole(algorithm, &parts.concat()));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}") {
            for algorithm in Algorithm::ALL {
                if let Ok(checksum) = Checksum::parse(algorithm, &text) {
                    prop_assert_eq!(checksum.value.len(), algorithm.size());
                }
            }
        }
    }
}
