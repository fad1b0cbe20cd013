//! TLS for clients: whose certificate is shown, and certificates of an authority of one's own.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{
    ClientHello, ProducesTickets, ResolvesServerCert, ServerConfig, ServerSessionMemoryCache, StoresServerSessions,
};
use rustls::sign::CertifiedKey;

use crate::error::Error;
use crate::limits;
use crate::routing::{HostName, Named};

const DAY: Duration = Duration::from_secs(86_400);
/// How long a certificate is good that is made when a client asks for its host.
const LIFE: Duration = Duration::from_secs(90 * 86_400);

/// What an HTTPS listener speaks (RFC 7301, section 3).
pub(crate) const HTTP: &[&[u8]] = &[b"h2", b"http/1.1"];

/// What a listener of TLS shows.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// By the name that a client asks for; the first one serves names that none is for.
    pub certificates: Vec<Certificate>,
    /// Makes certificates for the listener's hosts that none of those is for.
    pub authority: Option<Arc<Authority>>,
}

/// A chain and its key, and the names that they are for.
#[derive(Clone)]
pub struct Certificate {
    names: Vec<String>,
    key: Arc<CertifiedKey>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("names", &self.names).finish_non_exhaustive()
    }
}

fn wrong(what: &str, why: impl fmt::Display) -> Error {
    Error::Certificate { what: what.to_owned(), why: why.to_string() }
}

impl Certificate {
    /// From PEM; a name is exact, or `*.` and the rest for one label before it.
    pub fn from_pem(names: &[&str], chain: &str, key: &str) -> Result<Self, Error> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| wrong("the chain of certificates is no PEM", error))?;
        if chain.is_empty() {
            return Err(wrong("the chain of certificates", "it has no certificate in PEM"));
        }
        let key =
            PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| wrong("the private key is no PEM", error))?;
        let key = certified(chain, key)?;
        let mut kept = Vec::new();
        for name in names {
            let bare = name.strip_prefix("*.").unwrap_or(name).parse::<HostName>()?;
            kept.push(if name.starts_with("*.") { format!("*.{}", bare.as_str()) } else { bare.as_str().to_owned() });
        }
        Ok(Self { names: kept, key: Arc::new(key) })
    }
}

fn certified(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<CertifiedKey, Error> {
    let key = ring::sign::any_supported_type(&key).map_err(|error| wrong("the private key", error))?;
    let key = CertifiedKey::new(chain, key);
    match key.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(key),
        Err(_) => Err(wrong("the private key", "it is not the key of the first certificate")),
    }
}

/// A certificate authority of this machine's own. Made once and kept by its owner; who trusts its certificate trusts
/// every environment's.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
    issued: Mutex<HashMap<Box<str>, Issued>>,
}

/// A certificate, and when it was made.
type Issued = (Arc<CertifiedKey>, Instant);

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl Authority {
    /// A new one of a name that people will see.
    pub fn generate(name: &str) -> Result<Self, Error> {
        Self::make(name, KeyPair::generate().map_err(|error| wrong("an authority's key", error))?)
    }

    /// One whose key was kept: with the same name it is the same one to whoever trusts it.
    pub fn from_key(name: &str, key: &str) -> Result<Self, Error> {
        Self::make(name, KeyPair::from_pem(key).map_err(|error| wrong("the authority's key", error))?)
    }

    fn make(name: &str, key: KeyPair) -> Result<Self, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        // Fixed, so that the certificate is made of the name and the key alone.
        params.not_before = rcgen::date_time_ymd(2024, 1, 1);
        params.not_after = rcgen::date_time_ymd(2054, 1, 1);
        let certificate = params.self_signed(&key).map_err(|error| wrong("an authority's certificate", error))?.pem();
        Ok(Self { issuer: Issuer::new(params, key), certificate, issued: Mutex::new(HashMap::new()) })
    }

    /// Its certificate in PEM, for those who are to trust it.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Its key in PEM, to be kept where nobody else reads.
    pub fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A certificate for a host, made if there is none that is young.
    fn issue(&self, host: &str) -> Result<Arc<CertifiedKey>, Error> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((key, since)) = issued.get(host)
            && since.elapsed() < LIFE / 2
        {
            return Ok(key.clone());
        }
        if issued.len() >= limits::CERTIFICATES {
            issued.clear();
        }
        let now = SystemTime::now();
        let (certificate, key) = self.sign(DistinguishedName::new(), &[host.to_owned()], now - DAY, now + LIFE)?;
        let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = Arc::new(certified(vec![certificate.der().clone()], der)?);
        issued.insert(host.into(), (key.clone(), Instant::now()));
        Ok(key)
    }

    /// A certificate for these names, the first of which is its subject, and its new key: both in PEM.
    pub fn certify(&self, names: &[String], from: SystemTime, until: SystemTime) -> Result<(String, String), Error> {
        let mut subject = DistinguishedName::new();
        if let Some(name) = names.first().filter(|name| name.len() <= limits::COMMON_NAME) {
            subject.push(DnType::CommonName, name.as_str());
        }
        let (certificate, key) = self.sign(subject, names, from, until)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }

    fn sign(
        &self,
        subject: DistinguishedName,
        names: &[String],
        from: SystemTime,
        until: SystemTime,
    ) -> Result<(rcgen::Certificate, KeyPair), Error> {
        let wrong = |error| wrong("a certificate of the authority", error);
        let key = KeyPair::generate().map_err(wrong)?;
        let mut params = CertificateParams::new(names).map_err(wrong)?;
        params.distinguished_name = subject;
        params.not_before = from.into();
        params.not_after = until.into();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer).map_err(wrong)?;
        Ok((certificate, key))
    }
}

/// What all listeners have together, over every routing, so that sessions can be taken up again.
pub(crate) struct Sessions {
    tickets: Option<Arc<dyn ProducesTickets>>,
    store: Arc<dyn StoresServerSessions>,
}

impl Sessions {
    pub(crate) fn new() -> Self {
        Self { tickets: ring::Ticketer::new().ok(), store: ServerSessionMemoryCache::new(1024) }
    }

    /// How a listener speaks TLS.
    pub(crate) fn config(
        &self,
        tls: &Tls,
        (hosts, any): (Named<()>, bool),
        address: IpAddr,
        protocols: &[&[u8]],
    ) -> Result<Arc<ServerConfig>, Error> {
        let resolver = Resolver::new(tls, hosts, any, address);
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong("TLS", error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        config.session_storage = self.store.clone();
        if let Some(tickets) = &self.tickets {
            config.ticketer = tickets.clone();
        }
        Ok(Arc::new(config))
    }
}

/// Finds the certificate by the name that a client asks for (RFC 6066, section 3).
struct Resolver {
    names: HashMap<String, Arc<CertifiedKey>>,
    first: Option<Arc<CertifiedKey>>,
    authority: Option<Arc<Authority>>,
    hosts: Named<()>,
    /// Whether the listener has a route for hosts that it does not name.
    any: bool,
    /// What a client has asked for that names no host.
    address: String,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

impl Resolver {
    fn new(tls: &Tls, hosts: Named<()>, any: bool, address: IpAddr) -> Self {
        let mut names = HashMap::new();
        for certificate in &tls.certificates {
            for name in &certificate.names {
                names.entry(name.clone()).or_insert_with(|| certificate.key.clone());
            }
        }
        let first = tls.certificates.first().map(|certificate| certificate.key.clone());
        let address = match address {
            IpAddr::V4(all) if all.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
            IpAddr::V6(all) if all.is_unspecified() => Ipv6Addr::LOCALHOST.to_string(),
            one => one.to_string(),
        };
        Self { names, first, authority: tls.authority.clone(), hosts, any, address }
    }

    fn find(&self, asked: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let name = asked.and_then(|asked| asked.parse::<HostName>().ok());
        if let Some(name) = name {
            let text = name.as_str();
            let wild = text.split_once('.').map(|(_, rest)| format!("*.{rest}"));
            if let Some(key) = self.names.get(text).or_else(|| self.names.get(&wild?)) {
                return Some(key.clone());
            }
            if self.hosts.get(text).is_some() || self.any && self.first.is_none() {
                return self.issued(text).or_else(|| self.first.clone());
            }
        }
        self.first.clone().or_else(|| self.issued(&self.address))
    }

    fn issued(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let made = self.authority.as_ref()?.issue(name);
        made.inspect_err(|error| tracing::warn!(%error, "no certificate")).ok()
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.find(hello.server_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::{Hosts, RouteId};

    fn pair(authority: &Authority, host: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([host.to_owned()]).unwrap();
        (params.signed_by(&key, &authority.issuer).unwrap().pem(), key.serialize_pem())
    }

    #[test]
    fn the_name_chooses_the_certificate() {
        let authority = Arc::new(Authority::generate("test").unwrap());
        let (chain, key) = pair(&authority, "a.example.com");
        let exact = Certificate::from_pem(&["A.example.com"], &chain, &key).unwrap();
        let (chain, key) = pair(&authority, "*.example.com");
        let wild = Certificate::from_pem(&["*.example.com"], &chain, &key).unwrap();
        let tls = Tls { certificates: vec![exact.clone(), wild.clone()], authority: Some(authority) };
        let route = |text: &str| (text.parse().unwrap(), RouteId::new("route"));
        let hosts = Hosts {
            names: [route("b.test"), route("x.example.com")].into(),
            below: [route("c.test")].into(),
            default: None,
        };
        let resolver = Resolver::new(&tls, hosts.named(|_| Some(())), false, Ipv4Addr::LOCALHOST.into());
        let found = |name: Option<&str>| resolver.find(name).unwrap();
        for (name, expected) in [
            (Some("a.EXAMPLE.com"), &exact),
            (Some("x.example.com"), &wild),
            (Some("x.y.example.com"), &exact),
            (Some("unknown.test"), &exact),
            (Some("c.test"), &exact),
            (None, &exact),
        ] {
            assert!(Arc::ptr_eq(&found(name), &expected.key), "{name:?}");
        }
        let made = found(Some("b.test"));
        assert!(!Arc::ptr_eq(&made, &exact.key) && Arc::ptr_eq(&made, &found(Some("B.test"))));
        assert!(!Arc::ptr_eq(&found(Some("any.c.test")), &exact.key));
    }

    #[test]
    fn an_authority_is_the_same_one_from_its_key() {
        let one = Authority::generate("dabba").unwrap();
        let two = Authority::from_key("dabba", &one.key()).unwrap();
        let subject = |authority: &Authority| authority.issuer.key().public_key_raw().to_vec();
        assert_eq!(subject(&one), subject(&two));
        two.issue("a.test").unwrap();
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let authority = Authority::generate("test").unwrap();
        let (chain, key) = pair(&authority, "a.test");
        let (_, other) = pair(&authority, "a.test");
        for (chain, key) in [("", key.as_str()), (&chain, ""), (&chain, &other), ("nonsense", "nonsense")] {
            let error = Certificate::from_pem(&["a.test"], chain, key).unwrap_err();
            assert!(matches!(error, Error::Certificate { .. }), "{error}");
        }
        assert!(Certificate::from_pem(&["a b"], &chain, &key).is_err());
    }
}
