//! Who asks, and whether they may: what this crate needs of `iam`.

use aws::AccountId;
use words::{Secret, Timestamp};

pub use ::iam::{Access, Credential, Denied, Principal};

/// Keys and policies.
pub trait Authority: Send + Sync + 'static {
    /// What belongs to this access key, if it is there and active.
    fn credential(&self, access_key_id: &str) -> Option<Credential>;

    /// Whether this is the key of a session that is over.
    fn has_expired(&self, access_key_id: &str, now: Timestamp) -> bool;

    /// Somebody has used this access key, for this service in this region.
    fn used(&self, access_key_id: &str, service: &str, region: &str, now: Timestamp);

    /// Whether the principal may.
    ///
    /// # Errors
    /// When not.
    fn authorize(&self, principal: &Principal, access: &Access<'_>) -> Result<(), Denied>;
}

impl Authority for ::iam::Iam {
    fn credential(&self, access_key_id: &str) -> Option<Credential> {
        self.credential(access_key_id)
    }

    fn has_expired(&self, access_key_id: &str, now: Timestamp) -> bool {
        self.has_expired(access_key_id, now)
    }

    fn used(&self, access_key_id: &str, service: &str, region: &str, now: Timestamp) {
        let Ok(id) = access_key_id.parse() else { return };
        if !self.is_use_due(&id, now) {
            return;
        }
        let (iam, service, region) = (self.clone(), service.to_owned(), region.to_owned());
        // Nobody's answer waits for it.
        tokio::spawn(async move {
            if let Err(error) = iam.key_used(&id, &service, &region, now).await {
                tracing::warn!(key = %id, %error, "the use of an access key is not written down");
            }
        });
    }

    fn authorize(&self, principal: &Principal, access: &Access<'_>) -> Result<(), Denied> {
        self.authorize(principal, access)
    }
}

/// A key of the server's own, for URLs that it gives out: it is known only as long as the daemon runs, and only here.
#[derive(Debug, Clone)]
pub struct OwnKey {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
}

impl OwnKey {
    /// A new one.
    pub fn random() -> Self {
        let id = format!("ASIA{}", words::hex(&words::random_bytes::<8>()).to_uppercase());
        Self { id, secret: Secret::new(words::hex(&words::random_bytes::<20>())) }
    }
}

/// The keys and policies of `iam`, and the server's own key, which stands for the account.
pub struct WithOwn {
    /// The others.
    pub iam: ::iam::Iam,
    /// The account.
    pub account: AccountId,
    /// Its own.
    pub own: OwnKey,
}

impl Authority for WithOwn {
    fn credential(&self, access_key_id: &str) -> Option<Credential> {
        if access_key_id == self.own.id {
            let principal = Principal::Root { account: self.account.clone() };
            return Some(Credential { secret: self.own.secret.clone(), principal, session_token: None });
        }
        self.iam.credential(access_key_id)
    }

    fn has_expired(&self, access_key_id: &str, now: Timestamp) -> bool {
        self.iam.has_expired(access_key_id, now)
    }

    fn used(&self, access_key_id: &str, service: &str, region: &str, now: Timestamp) {
        self.iam.used(access_key_id, service, region, now);
    }

    fn authorize(&self, principal: &Principal, access: &Access<'_>) -> Result<(), Denied> {
        self.iam.authorize(principal, access)
    }
}
