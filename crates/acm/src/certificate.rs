//! Certificates: how they come in, are renewed, tagged, and go.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws::{AccountId, Region};
use serde::{Deserialize, Serialize};
use words::{Secret, Timestamp};

use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::limits;
use crate::name::{CertificateArn, DomainName};

/// A change in the making.
pub(crate) type Draft<'a> = store::ledger::Draft<'a, State, Error>;

/// The one place that changes certificates.
pub(crate) type Ledger = store::ledger::Ledger<State, Error>;

/// All certificates.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) certificates: BTreeMap<CertificateArn, Arc<Certificate>>,
}

/// A certificate's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its ARN.
    pub arn: CertificateArn,
    /// Where it is from.
    pub origin: Origin,
    /// What it says of itself.
    pub facts: Facts,
    /// Itself and who signed it.
    pub text: Pem,
    /// When it was asked for or came in first.
    pub created: Timestamp,
    /// When this text of it was made or came in.
    pub updated: Timestamp,
    /// Its tags.
    pub tags: Tags,
}

store::noun!(State.certificates: Certificate, "acm-certificates", arn: CertificateArn, as_str);

/// Tags.
pub type Tags = BTreeMap<String, String>;

/// A certificate in PEM, with those above it and its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pem {
    /// Itself.
    pub certificate: String,
    /// Who signed it, and who signed that.
    pub chain: Option<String>,
    /// Its private key. It is shown to clients of listeners by what is signed with it, and to nobody otherwise.
    pub(crate) key: Secret,
}

/// Where a certificate is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Somebody brought it.
    Imported,
    /// The authority made it.
    Issued {
        /// For these names, the subject first.
        names: Vec<DomainName>,
        /// How the names were to be validated: `DNS`, `EMAIL`, `HTTP`. Nobody else is asked here.
        validation: Option<String>,
        /// By which a second request is known to be the first one.
        token: Option<String>,
    },
}

/// What to import.
#[derive(Debug, Clone)]
pub struct Import {
    /// In place of this one.
    pub replaces: Option<CertificateArn>,
    /// PEM.
    pub certificate: String,
    /// PEM.
    pub chain: Option<String>,
    /// PEM.
    pub key: Secret,
    /// Its tags.
    pub tags: Tags,
}

/// What to make.
#[derive(Debug, Clone)]
pub struct Request {
    /// For these names, the subject first.
    pub names: Vec<DomainName>,
    /// How the names are to be validated.
    pub validation: Option<String>,
    /// By which a second request is known to be the first one.
    pub token: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

impl Import {
    /// What the certificate says, when it is good and the key is its own.
    pub(crate) fn check(&self, now: Timestamp) -> Result<Facts> {
        let facts = Facts::read(&self.certificate, self.chain.as_deref())?;
        if !facts.is_valid(now) {
            return Err(Error::Invalid(
                "The certificate is not valid at this time: it has expired, or begins later.".into(),
            ));
        }
        let text = Pem { certificate: self.certificate.clone(), chain: self.chain.clone(), key: self.key.clone() };
        match text.shown(&facts.names) {
            Ok(_) => Ok(facts),
            Err(balancer::Error::Certificate { what, why }) => Err(Error::Invalid(format!("{what}: {why}."))),
            Err(other) => Err(Error::Invalid(other.to_string())),
        }
    }
}

impl Pem {
    /// For a listener, under these names.
    pub(crate) fn shown(&self, names: &[String]) -> std::result::Result<balancer::Certificate, balancer::Error> {
        let host = |name: &&str| name.strip_prefix("*.").unwrap_or(name).parse::<balancer::HostName>().is_ok();
        let names: Vec<&str> = names.iter().map(String::as_str).filter(host).collect();
        let mut chain = self.certificate.clone();
        chain.push('\n');
        chain.push_str(self.chain.as_deref().unwrap_or_default());
        balancer::Certificate::from_pem(&names, &chain, self.key.reveal())
    }
}

impl Certificate {
    /// Whether it is to be made anew.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.origin, Origin::Issued { .. }) && self.facts.not_after <= now.saturating_add(limits::RENEWAL)
    }
}

impl State {
    pub(crate) fn certificate(&self, arn: &CertificateArn) -> Result<&Arc<Certificate>> {
        self.certificates.get(arn).ok_or_else(|| Error::NoSuchCertificate(arn.to_string()))
    }

    fn check_room(&self, region: &Region) -> Result<()> {
        if self.certificates.keys().filter(|arn| arn.is_in(region)).count() >= limits::CERTIFICATES {
            let message = format!("There are {} certificates in {region} already.", limits::CERTIFICATES);
            return Err(Error::OverLimit(message));
        }
        Ok(())
    }
}

/// Refuses tags that none may be.
fn check_tags(tags: &Tags) -> Result<()> {
    for (key, value) in tags {
        let (long, wide) = (key.chars().count(), value.chars().count());
        if long == 0 || long > limits::TAG_KEY || wide > limits::TAG_VALUE {
            return Err(Error::InvalidTag(format!(
                "The tag '{}' is invalid: a key has 1 to 128 characters, a value up to 256.",
                key.chars().take(limits::TAG_KEY).collect::<String>()
            )));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Error::InvalidTag(format!(
                "The tag '{key}' is invalid: keys that begin with aws: are reserved."
            )));
        }
    }
    Ok(())
}

/// Takes in a certificate that was checked.
pub(crate) fn import(
    draft: &mut Draft<'_>,
    (region, account): (&Region, &AccountId),
    import: Import,
    facts: Facts,
    now: Timestamp,
) -> Result<Arc<Certificate>> {
    let Import { replaces, certificate, chain, key, tags } = import;
    let text = Pem { certificate, chain, key };
    if let Some(arn) = replaces {
        let old = draft.certificate(&arn)?;
        if old.origin != Origin::Imported {
            let message = format!("The certificate {arn} was not imported, and cannot be replaced by an import.");
            return Err(Error::Invalid(message));
        }
        if !tags.is_empty() {
            return Err(Error::Invalid("Tags cannot be applied when a certificate is imported again.".into()));
        }
        let anew = Certificate { facts, text, updated: now, ..Certificate::clone(old) };
        return draft.put(anew);
    }
    draft.check_room(region)?;
    check_tags(&tags)?;
    let arn = CertificateArn::random(region, account);
    if tags.len() > limits::TAGS {
        return Err(Error::TooManyTags(arn));
    }
    draft.put(Certificate { arn, origin: Origin::Imported, facts, text, created: now, updated: now, tags })
}

/// A request that is the same as one of late.
pub(crate) fn same_request(
    state: &State,
    region: &Region,
    request: &Request,
    now: Timestamp,
) -> Option<Arc<Certificate>> {
    let token = request.token.as_ref()?;
    let same = |certificate: &&Arc<Certificate>| {
        let Origin::Issued { names, token: known, .. } = &certificate.origin else { return false };
        let young = now.since(certificate.created) < limits::TOKEN;
        certificate.arn.is_in(region) && known.as_ref() == Some(token) && *names == request.names && young
    };
    state.certificates.values().find(same).cloned()
}

/// Refuses a request that cannot be, before anything is made.
pub(crate) fn check_request(request: &Request) -> Result<()> {
    let first = request.names.first().map_or(0, |name| name.as_str().len());
    if first == 0 || first > limits::FIRST_NAME {
        let message = format!("The domain name has {first} characters; the first one has 1 to {}.", limits::FIRST_NAME);
        return Err(Error::Invalid(message));
    }
    if request.names.len() > limits::NAMES {
        return Err(Error::OverLimit(format!("A certificate has at most {} names.", limits::NAMES)));
    }
    check_tags(&request.tags)
}

/// Records a certificate that was made.
pub(crate) fn issue(
    draft: &mut Draft<'_>,
    (region, account): (&Region, &AccountId),
    request: Request,
    (text, facts): (Pem, Facts),
    now: Timestamp,
) -> Result<Arc<Certificate>> {
    if let Some(same) = same_request(draft, region, &request, now) {
        return Ok(same);
    }
    draft.check_room(region)?;
    let arn = CertificateArn::random(region, account);
    let Request { names, validation, token, tags } = request;
    if tags.len() > limits::TAGS {
        return Err(Error::TooManyTags(arn));
    }
    let origin = Origin::Issued { names, validation, token };
    draft.put(Certificate { arn, origin, facts, text, created: now, updated: now, tags })
}

/// Puts a renewed certificate in the place of the one that it renews, unless that is another one by now.
pub(crate) fn renew(
    draft: &mut Draft<'_>,
    old: &Certificate,
    (text, facts): (Pem, Facts),
    now: Timestamp,
) -> Result<()> {
    match draft.certificates.get(&old.arn) {
        Some(there) if there.updated == old.updated => {
            let anew = Certificate { facts, text, updated: now, ..Certificate::clone(there) };
            draft.put(anew).map(drop)
        }
        _ => Ok(()),
    }
}

/// Removes a certificate.
pub(crate) fn delete(draft: &mut Draft<'_>, arn: &CertificateArn) -> Result<()> {
    draft.certificate(arn)?;
    draft.remove::<Certificate>(arn);
    Ok(())
}

/// Changes tags. Those to remove with a value go only where they have it.
pub(crate) fn tag(
    draft: &mut Draft<'_>,
    arn: &CertificateArn,
    add: Tags,
    remove: &[(String, Option<String>)],
) -> Result<()> {
    let old = Arc::clone(draft.certificate(arn)?);
    check_tags(&add)?;
    let mut tags = old.tags.clone();
    tags.retain(|key, value| !remove.iter().any(|(name, of)| name == key && of.as_ref().is_none_or(|of| of == value)));
    tags.extend(add);
    if tags.len() > limits::TAGS {
        return Err(Error::TooManyTags(arn.clone()));
    }
    draft.put(Certificate { tags, ..Certificate::clone(&old) }).map(drop)
}
