//! Signatures: who a request says it is from, and whether it is.
//!
//! A [`Claim`] is what a request says; [`Claim::check`] holds it against the key that it names, and is a function of the
//! request, the digest of its body, the time and that key. `body` verifies bodies whose digest comes with them.

pub mod body;
pub mod canonical;
pub mod made;
mod v2;

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use words::{Secret, Timestamp};

use crate::access::{Credential, Principal};
use crate::error::{self, Code, Error};
use crate::limits;
pub use canonical::{Request, sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a signature is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// `20150830`.
    pub date: String,
    /// `us-east-1`.
    pub region: String,
    /// `elasticbeanstalk`.
    pub service: String,
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { date, region, service } = self;
        write!(f, "{date}/{region}/{service}/aws4_request")
    }
}

/// What a request says of who it is from.
#[derive(Debug, Clone)]
pub struct Claim {
    key: String,
    token: Option<String>,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    V4 {
        scope: Scope,
        /// As it was sent: `20150830T123600Z`.
        date: String,
        moment: Timestamp,
        signed: Vec<String>,
        signature: [u8; 32],
        /// Seconds that a URL lasts; none for a header.
        lasts: Option<u64>,
    },
    V2 {
        expires: i64,
        signature: Vec<u8>,
    },
}

/// A claim that holds.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Who it is.
    pub principal: Principal,
    /// What signs the chunks of the body, when it comes in such.
    pub(crate) chain: Option<Chain>,
}

/// What the next signature of a body's chunk is made with.
#[derive(Clone)]
pub(crate) struct Chain {
    key: [u8; 32],
    /// Date and scope, as lines of what is signed.
    lines: String,
    previous: String,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chain(…)")
    }
}

impl Chain {
    /// Whether this is the signature of what follows, which then is what the next follows.
    pub(crate) fn verify(&mut self, algorithm: &str, parts: &[&str], signature: &str) -> bool {
        let text = format!("{algorithm}\n{}\n{}\n{}", self.lines, self.previous, parts.join("\n"));
        let Some(bytes) = canonical::unhex(signature) else { return false };
        if !same(&self.key, text.as_bytes(), &bytes) {
            return false;
        }
        signature.clone_into(&mut self.previous);
        true
    }
}

impl Claim {
    /// Reads the claim of a request; none when it makes none.
    ///
    /// # Errors
    /// When it makes one that cannot be read.
    pub fn read(request: &Request<'_>) -> Result<Option<Self>, Error> {
        let presigned = presented(request)?;
        if request.headers.contains_key(http::header::AUTHORIZATION) {
            if presigned.is_some() || request.headers.get_all(http::header::AUTHORIZATION).iter().count() > 1 {
                let message = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature \
                               query string parameter or the Authorization header should be specified";
                return Err(Error::new(error::INVALID_REQUEST, message));
            }
            return Self::header(request).map(Some);
        }
        match presigned {
            Some(Presented::V4) => Self::query(request).map(Some),
            Some(Presented::V2) => v2::read(request).map(Some),
            None => Ok(None),
        }
    }

    /// The id of the key that it names.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The service that it is for.
    pub fn service(&self) -> &str {
        match &self.form {
            Form::V4 { scope, .. } => &scope.service,
            // Only S3 ever took it for URLs.
            Form::V2 { .. } => "s3",
        }
    }

    /// The region that it is for.
    pub fn region(&self) -> Option<&str> {
        match &self.form {
            Form::V4 { scope, .. } => Some(&scope.region),
            Form::V2 { .. } => None,
        }
    }

    fn header(request: &Request<'_>) -> Result<Self, Error> {
        let incomplete = |message: String| Error::new(error::INCOMPLETE_SIGNATURE, message);
        let text = request.header("authorization").ok_or_else(|| incomplete("Authorization is no text".into()))?;
        let Some((ALGORITHM, rest)) = text.split_once([' ', '\t']) else {
            let message =
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
            return Err(Error::new(error::INVALID_REQUEST, message));
        };
        let (mut credential, mut signed, mut signature) = (None, None, None);
        for part in rest.split(',') {
            let Some((name, text)) = part.trim().split_once('=') else {
                return Err(incomplete(format!(
                    "'{}' not a valid key=value pair in Authorization header",
                    short(part)
                )));
            };
            let into = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed,
                "Signature" => &mut signature,
                _ => continue,
            };
            if into.replace(text).is_some() {
                return Err(incomplete(format!("Authorization header has more than one '{name}'")));
            }
        }
        let (Some(credential), Some(signed), Some(signature)) = (credential, signed, signature) else {
            let missing = [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed)];
            let missing = missing.iter().filter(|(_, text)| text.is_none());
            let told: Vec<String> =
                missing.map(|(name, _)| format!("Authorization header requires '{name}' parameter.")).collect();
            return Err(incomplete(told.join(" ")));
        };
        let (key, scope) = scoped(credential, false)?;
        let (date, moment) = dated(request, &scope.service)?;
        let token = request.header("x-amz-security-token").map(str::to_owned);
        Self::v4(key, scope, token, date, moment, signed, signature, None)
    }

    fn query(request: &Request<'_>) -> Result<Self, Error> {
        let bad = |message: String| Error::new(error::AUTHORIZATION_QUERY_PARAMETERS, message);
        let mut found: [Option<String>; 6] = Default::default();
        const NAMES: [&str; 6] = [
            "X-Amz-Credential",
            "X-Amz-SignedHeaders",
            "X-Amz-Signature",
            "X-Amz-Date",
            "X-Amz-Expires",
            "X-Amz-Security-Token",
        ];
        for (name, text) in request.parameters() {
            if name == "X-Amz-Algorithm" && text != ALGORITHM {
                return Err(bad(format!("X-Amz-Algorithm only supports \"{ALGORITHM}\"")));
            }
            let slot = NAMES.iter().position(|known| *known == name).and_then(|at| found.get_mut(at));
            if slot.is_some_and(|slot| slot.replace(text).is_some()) {
                return Err(bad(format!("The query parameter {name} is there more than once")));
            }
        }
        let [Some(credential), Some(signed), Some(signature), Some(date), expires, token] = found else {
            let message = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
                           X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
            return Err(bad(message.into()));
        };
        let (key, scope) = scoped(&credential, true)?;
        let moment = moment(&date)
            .ok_or_else(|| bad("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"".into()))?;
        let lasts = match expires.as_deref() {
            Some(text) => match text.parse() {
                Ok(seconds @ 1..=limits::PRESIGNED) => seconds,
                Ok(0) => return Err(bad("X-Amz-Expires must be positive".into())),
                Ok(_) => {
                    return Err(bad("X-Amz-Expires must be less than a week (in seconds); that is, the given \
                                    X-Amz-Expires must be less than 604800 seconds"
                        .into()));
                }
                Err(_) => return Err(bad("X-Amz-Expires should be a number".into())),
            },
            None if scope.service == "s3" => return Err(bad("X-Amz-Expires is missing".into())),
            None => limits::SKEW.as_secs(),
        };
        Self::v4(key, scope, token, date, moment, &signed, &signature, Some(lasts))
    }

    #[allow(clippy::too_many_arguments)] // The parts of a claim, as the two places where it can stand give them.
    fn v4(
        key: String,
        scope: Scope,
        token: Option<String>,
        date: String,
        moment: Timestamp,
        signed: &str,
        signature: &str,
        lasts: Option<u64>,
    ) -> Result<Self, Error> {
        let s3 = scope.service == "s3";
        let day = date.get(..8).unwrap_or_default();
        if day != scope.date {
            let message = format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != \
                 '{day}', from '{date}'.",
                scope.date
            );
            let code = if s3 { malformed(lasts.is_some()) } else { error::SIGNATURE_DOES_NOT_MATCH };
            return Err(Error::new(code, message));
        }
        let signed: Vec<String> = signed.split(';').map(str::to_owned).collect();
        let formed = signed.len() <= limits::SIGNED_HEADERS
            && signed.iter().all(|name| {
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
            })
            && signed.is_sorted_by(|one, other| one < other);
        let refused = |message: &'static str| {
            Err(Error::new(if s3 { malformed(lasts.is_some()) } else { error::INCOMPLETE_SIGNATURE }, message))
        };
        if !formed {
            return refused("SignedHeaders must be the names of headers in lower case, sorted, each once");
        }
        if !signed.iter().any(|name| name == "host") {
            let message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
            return if s3 { refused(message) } else { Err(Error::new(error::SIGNATURE_DOES_NOT_MATCH, message)) };
        }
        let Some(signature) = canonical::unhex(signature) else {
            return Err(mismatch(s3));
        };
        Ok(Self { key, token, form: Form::V4 { scope, date, moment, signed, signature, lasts } })
    }

    /// What the signature says of a body that is an object's: S3's own way, by a header or a parameter.
    ///
    /// # Errors
    /// When it says nothing that is known.
    pub fn payload(&self, request: &Request<'_>) -> Result<body::Payload, Error> {
        let said = match request.header("x-amz-content-sha256") {
            Some(text) => Some(text.to_owned()),
            None => request.parameters().find(|(name, _)| name == "X-Amz-Content-Sha256").map(|(_, text)| text),
        };
        match (&self.form, said) {
            (Form::V4 { lasts: None, .. }, None) => {
                let message = "Missing required header for this request: x-amz-content-sha256";
                Err(Error::new(error::INVALID_REQUEST, message))
            }
            (_, None) => Ok(body::Payload::Unsigned),
            (_, Some(text)) => body::Payload::read(&text),
        }
    }

    /// Holds the claim against the key that it names.
    ///
    /// `payload` is the SHA-256 of the body in hexadecimal digits, or, for S3, what [`Claim::payload`] says.
    ///
    /// # Errors
    /// When it does not hold.
    pub fn check(
        &self,
        request: &Request<'_>,
        payload: &str,
        bucket: Option<&str>,
        now: Timestamp,
        credential: Option<Credential>,
    ) -> Result<Verified, Error> {
        let s3 = self.service() == "s3";
        let Some(Credential { secret, principal, session_token }) = credential else {
            return Err(self.unknown(s3));
        };
        let token = (self.token.as_deref(), session_token.as_ref().map(Secret::reveal));
        let genuine = match token {
            (None, None) => true,
            (Some(sent), Some(known)) => same_text(sent, known),
            _ => false,
        };
        if !genuine {
            return Err(match s3 {
                true => Error::new(error::INVALID_TOKEN, "The provided token is malformed or otherwise invalid."),
                false => self.unknown(false),
            });
        }
        let Form::V4 { scope, date, moment, signed, signature, lasts } = &self.form else {
            v2::check(self, request, bucket, now, &secret)?;
            return Ok(Verified { principal, chain: None });
        };
        timely(scope, date, *moment, *lasts, now)?;
        if let Some(name) = unsigned(request, signed) {
            let message = "There were headers present in the request which were not signed";
            return Err(match s3 {
                true => Error::new(error::ACCESS_DENIED, message).with("HeadersNotSigned", name),
                false => Error::new(error::SIGNATURE_DOES_NOT_MATCH, format!("{message}: {name}")),
            });
        }
        let names: Vec<&str> = signed.iter().map(String::as_str).collect();
        if names.iter().any(|name| !request.headers.contains_key(*name)) {
            return Err(mismatch(s3));
        }
        let lines = format!("{date}\n{scope}");
        let text = to_sign(request, &scope.service, &lines, &names, payload);
        let key = signing_key(&secret, scope);
        if !same(&key, text.as_bytes(), signature) {
            return Err(mismatch(s3));
        }
        let chain = Chain { key, lines, previous: words::hex(signature) };
        Ok(Verified { principal, chain: Some(chain) })
    }

    fn unknown(&self, s3: bool) -> Error {
        if s3 {
            let message = "The AWS Access Key Id you provided does not exist in our records.";
            return Error::new(error::INVALID_ACCESS_KEY_ID, message).with("AWSAccessKeyId", short(&self.key));
        }
        Error::new(error::INVALID_CLIENT_TOKEN_ID, "The security token included in the request is invalid.")
    }
}

/// What is signed.
fn to_sign(request: &Request<'_>, service: &str, lines: &str, signed: &[&str], payload: &str) -> String {
    let canonical = canonical::request(request, service, signed, payload);
    format!("{ALGORITHM}\n{lines}\n{}", sha256(&canonical))
}

/// The header of a request, as its client makes it.
#[allow(clippy::too_many_arguments)]
pub(crate) fn authorization(
    request: &Request<'_>,
    service: &str,
    region: &str,
    signed: &[&str],
    payload: &str,
    date: &str,
    key: &str,
    secret: &Secret,
) -> String {
    let scope = Scope { date: date[..8].to_owned(), region: region.to_owned(), service: service.to_owned() };
    let text = to_sign(request, service, &format!("{date}\n{scope}"), signed, payload);
    let signature = words::hex(&mac(&signing_key(secret, &scope), text.as_bytes()));
    let signed = signed.join(";");
    format!("{ALGORITHM} Credential={key}/{scope}, SignedHeaders={signed}, Signature={signature}")
}

enum Presented {
    V4,
    V2,
}

fn presented(request: &Request<'_>) -> Result<Option<Presented>, Error> {
    let (mut v4, mut v2) = (false, false);
    for (name, _) in request.parameters() {
        v4 |= name == "X-Amz-Algorithm" || name == "X-Amz-Signature";
        v2 |= name == "AWSAccessKeyId" || name == "Signature";
    }
    match (v4, v2) {
        (true, true) => Err(Error::new(error::INVALID_REQUEST, "Only one auth mechanism allowed")),
        (true, false) => Ok(Some(Presented::V4)),
        (false, true) => Ok(Some(Presented::V2)),
        (false, false) => Ok(None),
    }
}

/// The code of a claim whose scope cannot be, by where the claim stands.
fn malformed(presigned: bool) -> Code {
    if presigned { error::AUTHORIZATION_QUERY_PARAMETERS } else { error::AUTHORIZATION_HEADER_MALFORMED }
}

/// `AKID/20150830/us-east-1/service/aws4_request`
fn scoped(credential: &str, presigned: bool) -> Result<(String, Scope), Error> {
    let parts: Vec<&str> = credential.split('/').collect();
    let [key, date, region, service, "aws4_request"] = parts[..] else {
        let s3 = parts.contains(&"s3");
        let message = "Credential must have exactly 5 slash-delimited elements, e.g. \
                       keyid/date/region/service/aws4_request";
        let code = if s3 || presigned { malformed(presigned) } else { error::INCOMPLETE_SIGNATURE };
        return Err(Error::new(code, format!("{message}, got '{}'", short(credential))));
    };
    let scope = Scope { date: date.into(), region: region.into(), service: service.into() };
    Ok((key.into(), scope))
}

/// The date of a request with a header: `X-Amz-Date`, or else `Date`.
fn dated(request: &Request<'_>, service: &str) -> Result<(String, Timestamp), Error> {
    let refused = || {
        if service == "s3" {
            let message = "AWS authentication requires a valid Date or x-amz-date header";
            return Error::new(error::ACCESS_DENIED, message);
        }
        let message = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
        Error::new(error::INCOMPLETE_SIGNATURE, message)
    };
    if request.headers.contains_key("x-amz-date") {
        let date = request.header("x-amz-date").ok_or_else(refused)?;
        return Ok((date.to_owned(), moment(date).ok_or_else(refused)?));
    }
    let date = request.header("date").ok_or_else(refused)?;
    if let Some(moment) = moment(date) {
        return Ok((date.to_owned(), moment));
    }
    let time = httpdate::parse_http_date(date).map_err(|_| refused())?;
    let seconds = time.duration_since(std::time::UNIX_EPOCH).map_err(|_| refused())?.as_secs();
    let moment = Timestamp::from_nanos(i128::from(seconds) * 1_000_000_000).ok_or_else(refused)?;
    Ok((compact(moment), moment))
}

/// `20150830T123600Z`
fn moment(text: &str) -> Option<Timestamp> {
    let digits =
        |range: std::ops::Range<usize>| text.get(range).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let (date, time) = (digits(0..8)?, digits(9..15)?);
    if text.len() != 16 || text.get(8..9) != Some("T") || text.get(15..) != Some("Z") {
        return None;
    }
    let part = |text: &'_ str, range: std::ops::Range<usize>| text.get(range).map(str::to_owned);
    let spelt = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(date, 0..4)?,
        part(date, 4..6)?,
        part(date, 6..8)?,
        part(time, 0..2)?,
        part(time, 2..4)?,
        part(time, 4..6)?
    );
    spelt.parse().ok()
}

/// A moment as signatures write it.
pub(crate) fn compact(moment: Timestamp) -> String {
    match Timestamp::from_nanos(i128::from(moment.seconds()) * 1_000_000_000) {
        Some(whole) => whole.to_string().replace(['-', ':'], ""),
        None => moment.to_string(),
    }
}

/// Whether it is made near enough to now, or is a URL that still lasts.
fn timely(scope: &Scope, date: &str, moment: Timestamp, lasts: Option<u64>, now: Timestamp) -> Result<(), Error> {
    let early = moment.since(now);
    let late = now.since(moment);
    let life = lasts.map_or(limits::SKEW, Duration::from_secs);
    let ahead = if scope.service == "s3" { limits::SKEW } else { limits::AHEAD };
    if early <= ahead && late <= life {
        return Ok(());
    }
    let told = |moment: Timestamp| compact(moment);
    let (service, early) = (scope.service.as_str(), early > ahead);
    Err(match (service, lasts) {
        ("s3", Some(seconds)) => {
            let message = if early { "Request is not valid yet" } else { "Request has expired" };
            let ended = moment.saturating_add(Duration::from_secs(seconds));
            Error::new(error::ACCESS_DENIED, message)
                .with("X-Amz-Expires", seconds.to_string())
                .with("Expires", crate::codec::xml::iso(ended))
                .with("ServerTime", crate::codec::xml::iso(now))
        }
        ("s3", None) => {
            let message = "The difference between the request time and the current time is too large.";
            Error::new(error::REQUEST_TIME_TOO_SKEWED, message)
                .with("RequestTime", date)
                .with("ServerTime", crate::codec::xml::iso(now))
                .with("MaxAllowedSkewMilliseconds", limits::SKEW.as_millis().to_string())
        }
        ("ec2", _) => Error::new(error::REQUEST_EXPIRED, "Request has expired."),
        _ if early => {
            let (edge, now) = (told(now.saturating_add(limits::AHEAD)), told(now));
            let minutes = limits::AHEAD.as_secs() / 60;
            let message =
                format!("Signature not yet current: {date} is still later than {edge} ({now} + {minutes} min.)");
            Error::new(error::SIGNATURE_DOES_NOT_MATCH, message)
        }
        _ => {
            let edge = Timestamp::from_nanos(now.nanos() - life.as_nanos() as i128).map(told).unwrap_or_default();
            let (minutes, now) = (life.as_secs() / 60, told(now));
            let message = format!("Signature expired: {date} is now earlier than {edge} ({now} - {minutes} min.)");
            Error::new(error::SIGNATURE_DOES_NOT_MATCH, message)
        }
    })
}

/// A header of Amazon's that the signature does not cover: somebody may have put it there.
fn unsigned<'a>(request: &Request<'a>, signed: &[String]) -> Option<&'a str> {
    let mut names = request.headers.keys().map(http::HeaderName::as_str);
    names.find(|name| name.starts_with("x-amz-") && !signed.iter().any(|one| one == name))
}

fn mismatch(s3: bool) -> Error {
    let message = if s3 {
        "The request signature we calculated does not match the signature you provided. Check your key and signing method."
    } else {
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key \
         and signing method. Consult the service documentation for details."
    };
    Error::new(error::SIGNATURE_DOES_NOT_MATCH, message)
}

fn signing_key(secret: &Secret, scope: &Scope) -> [u8; 32] {
    let first = format!("AWS4{}", secret.reveal());
    let mut key = mac(first.as_bytes(), scope.date.as_bytes());
    for part in [&scope.region, &scope.service, "aws4_request"] {
        key = mac(&key, part.as_bytes());
    }
    key
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 32] {
    hasher(key, text).finalize().into_bytes().into()
}

/// Whether this is the signature of the text, in a time that does not say how much of it is.
fn same(key: &[u8], text: &[u8], signature: &[u8]) -> bool {
    hasher(key, text).verify_slice(signature).is_ok()
}

/// Whether two secrets are the same, likewise: their digests by a key of one of them are.
fn same_text(sent: &str, known: &str) -> bool {
    same(known.as_bytes(), sent.as_bytes(), &mac(known.as_bytes(), known.as_bytes()))
}

fn hasher(key: &[u8], text: &[u8]) -> Hmac<Sha256> {
    // A key of any length is one: what is longer than a block is hashed first.
    let mut hasher = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(hasher) => hasher,
        Err(_) => Hmac::<Sha256>::new(&Default::default()),
    };
    hasher.update(text);
    hasher
}

fn short(text: &str) -> String {
    text.chars().take(limits::SHOWN).collect()
}

#[cfg(test)]
mod tests;
