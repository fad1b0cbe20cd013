//! What a certificate says of itself (RFC 5280), read once when it comes in.

use serde::{Deserialize, Serialize};
use words::Timestamp;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Name;

use crate::error::{Error, Result};
use crate::limits;

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// `CN=www.example.com`.
    pub subject: String,
    /// Who signed it: the same form, or its organization where it names one.
    pub issuer: String,
    /// The names of hosts that it is for, that of its subject first.
    pub names: Vec<String>,
    /// Pairs of hexadecimal digits with colons between them.
    pub serial: String,
    /// From when it is good.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// `RSA-2048`, `EC-prime256v1`.
    pub key_algorithm: String,
    /// `SHA256WITHRSA`.
    pub signature_algorithm: String,
    /// What its key may be used for, as the API calls it.
    pub key_usages: Vec<String>,
    /// The same of purposes: their names and object identifiers.
    pub purposes: Vec<(String, String)>,
}

/// The certificates of a text in PEM. Nothing but certificates may be in it.
fn blocks(field: &'static str, text: &str) -> Result<Vec<Vec<u8>>> {
    let invalid = || Error::Invalid(format!("The {field} field contains what is no certificate in PEM format."));
    let mut found = Vec::new();
    for block in x509_parser::pem::Pem::iter_from_buffer(text.as_bytes()) {
        let block = block.map_err(|_| invalid())?;
        if block.label != "CERTIFICATE" {
            return Err(invalid());
        }
        if found.len() > limits::CHAIN {
            return Err(Error::Invalid(format!("The {field} field has more than {} certificates.", limits::CHAIN)));
        }
        found.push(block.contents);
    }
    if found.is_empty() { Err(invalid()) } else { Ok(found) }
}

fn parse<'a>(field: &'static str, der: &'a [u8]) -> Result<X509Certificate<'a>> {
    let parsed = X509Certificate::from_der(der).ok().filter(|(rest, _)| rest.is_empty());
    let invalid = || Error::Invalid(format!("The {field} field contains what is no X.509 certificate."));
    parsed.map(|(_, certificate)| certificate).ok_or_else(invalid)
}

impl Facts {
    /// Of a certificate in PEM; whoever is in the chain must have signed the one before.
    pub(crate) fn read(certificate: &str, chain: Option<&str>) -> Result<Self> {
        let own = blocks("certificate", certificate)?;
        let [own] = &own[..] else {
            return Err(Error::Invalid(
                "The certificate field contains more than one certificate. You can specify only one certificate in this \
                 field."
                    .into(),
            ));
        };
        let leaf = parse("certificate", own)?;
        let above = chain.map(|chain| blocks("certificate chain", chain)).transpose()?.unwrap_or_default();
        let above = above.iter().map(|der| parse("certificate chain", der)).collect::<Result<Vec<_>>>()?;
        for (below, signer) in std::iter::once(&leaf).chain(&above).zip(&above) {
            let signed = below.issuer().as_raw() == signer.subject().as_raw()
                && below.verify_signature(Some(signer.public_key())).is_ok();
            if !signed {
                return Err(Error::Invalid("Could not validate the certificate with the certificate chain.".into()));
            }
        }
        Self::of(&leaf)
    }

    fn of(certificate: &X509Certificate<'_>) -> Result<Self> {
        let moment = |time: x509_parser::time::ASN1Time| {
            let nanos = i128::from(time.timestamp()) * 1_000_000_000;
            Timestamp::from_nanos(nanos).ok_or_else(|| Error::Invalid("The certificate's validity is no time.".into()))
        };
        let (mut names, mut key_usages, mut purposes) = (Vec::new(), Vec::new(), Vec::new());
        names.extend(common_name(certificate.subject()));
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(all) => {
                    names.extend(all.general_names.iter().filter_map(|name| match name {
                        GeneralName::DNSName(name) => Some((*name).to_ascii_lowercase()),
                        _ => None,
                    }));
                }
                ParsedExtension::KeyUsage(usage) => {
                    let all = [
                        (usage.digital_signature(), "DIGITAL_SIGNATURE"),
                        (usage.non_repudiation(), "NON_REPUDIATION"),
                        (usage.key_encipherment(), "KEY_ENCIPHERMENT"),
                        (usage.data_encipherment(), "DATA_ENCIPHERMENT"),
                        (usage.key_agreement(), "KEY_AGREEMENT"),
                        (usage.key_cert_sign(), "CERTIFICATE_SIGNING"),
                        (usage.crl_sign(), "CRL_SIGNING"),
                        (usage.encipher_only(), "ENCIPHER_ONLY"),
                        (usage.decipher_only(), "DECIPHER_ONLY"),
                    ];
                    key_usages.extend(all.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.to_owned()));
                }
                ParsedExtension::ExtendedKeyUsage(usage) => {
                    let all = [
                        (usage.any, "ANY", "2.5.29.37.0"),
                        (usage.server_auth, "TLS_WEB_SERVER_AUTHENTICATION", "1.3.6.1.5.5.7.3.1"),
                        (usage.client_auth, "TLS_WEB_CLIENT_AUTHENTICATION", "1.3.6.1.5.5.7.3.2"),
                        (usage.code_signing, "CODE_SIGNING", "1.3.6.1.5.5.7.3.3"),
                        (usage.email_protection, "EMAIL_PROTECTION", "1.3.6.1.5.5.7.3.4"),
                        (usage.time_stamping, "TIME_STAMPING", "1.3.6.1.5.5.7.3.8"),
                        (usage.ocsp_signing, "OCSP_SIGNING", "1.3.6.1.5.5.7.3.9"),
                    ];
                    let named = all.into_iter().filter(|(is, ..)| *is);
                    purposes.extend(named.map(|(_, name, oid)| (name.to_owned(), oid.to_owned())));
                    purposes.extend(usage.other.iter().map(|oid| ("CUSTOM".to_owned(), oid.to_id_string())));
                }
                _ => {}
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names.truncate(limits::NAMES);
        let issuer = certificate.issuer();
        let organization = issuer.iter_organization().next().and_then(|name| name.as_str().ok());
        Ok(Self {
            subject: certificate.subject().to_string(),
            issuer: organization
                .map(str::to_owned)
                .or_else(|| common_name(issuer))
                .unwrap_or_else(|| issuer.to_string()),
            names,
            serial: certificate.raw_serial_as_string(),
            not_before: moment(certificate.validity().not_before)?,
            not_after: moment(certificate.validity().not_after)?,
            key_algorithm: key_algorithm(certificate)?,
            signature_algorithm: signature_algorithm(certificate),
            key_usages,
            purposes,
        })
    }

    /// Whether it is good at this moment.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

fn common_name(name: &X509Name<'_>) -> Option<String> {
    name.iter_common_name().next().and_then(|name| name.as_str().ok()).map(str::to_ascii_lowercase)
}

/// The algorithm of the key, of those that Amazon takes for a load balancer, in the words of its answers.
fn key_algorithm(certificate: &X509Certificate<'_>) -> Result<String> {
    let unknown = || Error::Invalid("The key algorithm of the certificate is none of RSA and elliptic curves.".into());
    let key = certificate.public_key().parsed().map_err(|_| unknown())?;
    match key {
        // The number's first byte may be a zero, which says that it is not negative.
        PublicKey::RSA(rsa) => Ok(format!("RSA-{}", (rsa.modulus.iter().skip_while(|byte| **byte == 0).count()) * 8)),
        PublicKey::EC(_) => {
            let curve = certificate.public_key().algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
            match curve.map(|curve| curve.to_id_string()).as_deref() {
                Some("1.2.840.10045.3.1.7") => Ok("EC-prime256v1".into()),
                Some("1.3.132.0.34") => Ok("EC-secp384r1".into()),
                Some("1.3.132.0.35") => Ok("EC-secp521r1".into()),
                _ => Err(unknown()),
            }
        }
        _ => Err(unknown()),
    }
}

fn signature_algorithm(certificate: &X509Certificate<'_>) -> String {
    let oid = certificate.signature_algorithm.algorithm.to_id_string();
    let known = match oid.as_str() {
        "1.2.840.113549.1.1.5" => "SHA1WITHRSA",
        "1.2.840.113549.1.1.11" => "SHA256WITHRSA",
        "1.2.840.113549.1.1.12" => "SHA384WITHRSA",
        "1.2.840.113549.1.1.13" => "SHA512WITHRSA",
        "1.2.840.10045.4.3.2" => "SHA256WITHECDSA",
        "1.2.840.10045.4.3.3" => "SHA384WITHECDSA",
        "1.2.840.10045.4.3.4" => "SHA512WITHECDSA",
        _ => return oid,
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn der() -> Vec<u8> {
        let authority = balancer::Authority::generate("test").unwrap();
        let (from, until) = (std::time::SystemTime::UNIX_EPOCH, std::time::SystemTime::now());
        let (certificate, _) = authority.certify(&["a.test".into(), "*.b.test".into()], from, until).unwrap();
        blocks("certificate", &certificate).unwrap().remove(0)
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(-----BEGIN CERTIFICATE-----\n)?[A-Za-z0-9+/=\n]{0,200}(-----END CERTIFICATE-----)?") {
            let _ = Facts::read(&text, Some(&text));
        }

        #[test]
        fn any_damage_is_borne(damage in proptest::collection::vec((0usize..600, any::<u8>()), 1..5), keep in 0usize..600) {
            thread_local! { static GOOD: Vec<u8> = der(); }
            let mut bytes = GOOD.with(Clone::clone);
            for (at, byte) in damage {
                if let Some(slot) = bytes.get_mut(at) {
                    *slot = byte;
                }
            }
            let short = bytes.get(..keep).unwrap_or(&bytes);
            for bytes in [&bytes[..], short] {
                let _ = parse("certificate", bytes).and_then(|certificate| Facts::of(&certificate));
            }
        }
    }
}
