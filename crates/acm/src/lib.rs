//! Certificates for listeners, as Amazon's Certificate Manager has them: some are brought, others are asked for, and
//! those an authority of this machine's own makes at once.
//!
//! | to understand | see |
//! |---|---|
//! | names | `name.rs` |
//! | what a certificate says of itself | `facts.rs` |
//! | what is kept, and what changes it | `certificate.rs` |
//!
//! A private key is in the record, which nobody but root can read, and leaves this crate only for the balancer.
//!
//! What this crate does not know: HTTP, JSON, who asks and what they may, who uses a certificate.
#![forbid(unsafe_code)]

mod certificate;
mod error;
mod facts;
pub mod limits;
mod name;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws::{AccountId, Region};
use balancer::Authority;
use store::Store;
use store::command::blocking;
use store::ledger::Noun;
use tokio::sync::watch;
use words::{Secret, Timestamp};

pub use certificate::{Certificate, Import, Origin, Pem, Request, Tags};
pub use error::{Error, Result};
pub use facts::Facts;
pub use name::{CertificateArn, DomainName};

use certificate::{Ledger, State};

/// The certificates of an account. Clones share them.
#[derive(Debug, Clone)]
pub struct Acm(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    account: AccountId,
    authority: Arc<Authority>,
    ledger: Arc<Ledger>,
}

impl Acm {
    /// Reads the record. Blocks.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn open(store: Store, account: AccountId, authority: Arc<Authority>) -> Result<Self> {
        let state = State { certificates: Certificate::load(&store)? };
        let ledger = Arc::new(Ledger::new(state, store));
        Ok(Self(Arc::new(Parts { account, authority, ledger })))
    }

    /// Makes those anew that end soon, for ever.
    pub async fn keep_renewed(self) {
        loop {
            let now = Timestamp::now();
            let due: Vec<_> =
                self.state().certificates.values().filter(|certificate| certificate.is_due(now)).cloned().collect();
            for certificate in due {
                if let Err(error) = self.renew(&certificate, now).await {
                    tracing::warn!(certificate = %certificate.arn, %error, "a certificate is not renewed for now");
                }
            }
            tokio::time::sleep(limits::LOOK).await;
        }
    }

    /// Who makes certificates here.
    pub fn authority(&self) -> &Arc<Authority> {
        &self.0.authority
    }

    /// Tells whenever a listener may have to show another certificate.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.ledger.changes()
    }

    fn state(&self) -> Arc<State> {
        self.0.ledger.snapshot()
    }

    /// Takes in a certificate, or another one in its place.
    ///
    /// # Errors
    /// When it is none, or the key is another's, or what it is to replace was not imported.
    pub async fn import(&self, region: &Region, import: Import, now: Timestamp) -> Result<Arc<Certificate>> {
        let import = blocking(move || import.check(now).map(|facts| (import, facts))).await?;
        let (region, account) = (region.clone(), self.0.account.clone());
        let (import, facts) = import;
        self.0.ledger.commit(move |draft| certificate::import(draft, (&region, &account), import, facts, now)).await
    }

    /// Makes a certificate.
    ///
    /// # Errors
    /// When one cannot be made for these names.
    pub async fn request(&self, region: &Region, request: Request, now: Timestamp) -> Result<Arc<Certificate>> {
        certificate::check_request(&request)?;
        if let Some(same) = certificate::same_request(&self.state(), region, &request, now) {
            return Ok(same);
        }
        let made = self.make(&request.names, now).await?;
        let (region, account) = (region.clone(), self.0.account.clone());
        self.0.ledger.commit(move |draft| certificate::issue(draft, (&region, &account), request, made, now)).await
    }

    async fn renew(&self, old: &Arc<Certificate>, now: Timestamp) -> Result<()> {
        let Origin::Issued { names, .. } = &old.origin else { return Ok(()) };
        let made = self.make(names, now).await?;
        let old = Arc::clone(old);
        self.0.ledger.commit(move |draft| certificate::renew(draft, &old, made, now)).await
    }

    async fn make(&self, names: &[DomainName], now: Timestamp) -> Result<(Pem, Facts)> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let authority = Arc::clone(&self.0.authority);
        blocking(move || {
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.seconds()).unwrap_or(0));
            let made = authority.certify(&names, at - limits::BACK, at + limits::LIFE);
            let (certificate, key) = made.map_err(|error| Error::Invalid(error.to_string()))?;
            let chain = authority.certificate().to_owned();
            let facts = Facts::read(&certificate, Some(&chain))?;
            Ok((Pem { certificate, chain: Some(chain), key: Secret::new(key) }, facts))
        })
        .await
    }

    /// The certificate of this ARN.
    ///
    /// # Errors
    /// When there is none in the region.
    pub fn certificate(&self, region: &Region, arn: &CertificateArn) -> Result<Arc<Certificate>> {
        let found = self.state().certificate(arn).cloned()?;
        if arn.is_in(region) { Ok(found) } else { Err(Error::NoSuchCertificate(arn.to_string())) }
    }

    /// The certificates of a region, the oldest first.
    pub fn certificates(&self, region: &Region) -> Vec<Arc<Certificate>> {
        let state = self.state();
        let mut found: Vec<_> = state.certificates.values().filter(|one| one.arn.is_in(region)).cloned().collect();
        found.sort_by(|one, other| (one.created, &one.arn).cmp(&(other.created, &other.arn)));
        found
    }

    /// What a listener shows that was given this ARN.
    ///
    /// # Errors
    /// When it is no ARN of a certificate, or of none that is there.
    pub fn shown(&self, arn: &str) -> Result<balancer::Certificate> {
        let arn: CertificateArn = arn.parse()?;
        let found = self.state().certificate(&arn).cloned()?;
        found.text.shown(&found.facts.names).map_err(|error| Error::Invalid(error.to_string()))
    }

    /// Removes a certificate. That nobody uses it is for the caller to know.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn delete(&self, arn: &CertificateArn) -> Result<()> {
        let arn = arn.clone();
        self.0.ledger.commit(move |draft| certificate::delete(draft, &arn)).await
    }

    /// Changes the tags of a certificate. Those to remove with a value go only where they have it.
    ///
    /// # Errors
    /// When it is not there, or a tag cannot be.
    pub async fn tag(&self, arn: &CertificateArn, add: Tags, remove: Vec<(String, Option<String>)>) -> Result<()> {
        let arn = arn.clone();
        self.0.ledger.commit(move |draft| certificate::tag(draft, &arn, add, &remove)).await
    }
}

#[cfg(test)]
mod tests;
