//! The Certificate Manager: what its requests say in the words of `acm`, and what `acm` answers in the words of its
//! model.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ::acm::{Certificate, CertificateArn, DomainName, Error as Fault, Import, Origin, Request, Tags};
use ::beanstalk::Beanstalk;
use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::Members;
use crate::error::Error;
use crate::generated::acm as model;
use crate::generated::acm::error as code;
use crate::parts::{self, page};
use crate::service::{Caller, Target};

type Result<T> = std::result::Result<T, Error>;

/// The service.
#[derive(Clone)]
pub struct CertificateManager {
    acm: ::acm::Acm,
    users: Beanstalk,
}

crate::service! {
    CertificateManager, speaks crate::generated::acm {
        AddTagsToCertificate => add_tags_to_certificate,
        DeleteCertificate => delete_certificate,
        DescribeCertificate => describe_certificate,
        ExportCertificate => export_certificate,
        GetCertificate => get_certificate,
        ImportCertificate => import_certificate,
        ListCertificates => list_certificates,
        ListTagsForCertificate => list_tags_for_certificate,
        RemoveTagsFromCertificate => remove_tags_from_certificate,
        RequestCertificate => request_certificate,
    }
    on certificate_of
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let code = match &fault {
            Fault::NoSuchCertificate(_) => code::RESOURCE_NOT_FOUND_EXCEPTION,
            Fault::Invalid(_) => code::VALIDATION_EXCEPTION,
            Fault::InvalidArn(_) => code::INVALID_ARN_EXCEPTION,
            Fault::InvalidTag(_) => code::INVALID_TAG_EXCEPTION,
            Fault::TooManyTags(_) => code::TOO_MANY_TAGS_EXCEPTION,
            Fault::OverLimit(_) => code::LIMIT_EXCEEDED_EXCEPTION,
            Fault::Store(why) => return Self::internal(why),
        };
        Self::new(code, fault.to_string())
    }
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(code::VALIDATION_EXCEPTION, message)
}

/// The text of a field in PEM.
fn pem(name: &str, bytes: &Bytes) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| invalid(format!("The {name} field is no text in PEM format.")))
}

fn tags(given: Option<Vec<model::Tag>>) -> Tags {
    given.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect()
}

/// The load balancers that show each certificate, by its ARN.
type Users = BTreeMap<String, BTreeSet<String>>;

impl CertificateManager {
    /// Serves these certificates; the environments are those who use them.
    pub fn new(acm: ::acm::Acm, users: Beanstalk) -> Self {
        Self { acm, users }
    }

    /// What operations are on.
    ///
    /// Source: "Actions, resources, and condition keys for AWS Certificate Manager" in the Service Authorization
    /// Reference.
    fn certificate_of(&self, caller: &Caller, operation: &str, input: Members<'_>) -> Vec<Target> {
        let Some(arn) = input.text("CertificateArn") else {
            return match operation {
                "ImportCertificate" => vec![Target::new(caller.arn("acm", "certificate/*").to_string())],
                _ => vec![Target::new("*")],
            };
        };
        let mut target = Target::new(arn);
        let parsed = arn.parse::<CertificateArn>().ok();
        if let Some(found) = parsed.and_then(|arn| self.acm.certificate(&caller.region, &arn).ok()) {
            target = target.tagged(&found.tags);
        }
        vec![target]
    }

    fn find(&self, caller: &Caller, arn: &str) -> Result<Arc<Certificate>> {
        Ok(self.acm.certificate(&caller.region, &arn.parse()?)?)
    }

    /// Who uses certificates, or will when what is being deployed is there.
    fn users(&self, caller: &Caller) -> Users {
        let mut users = Users::new();
        for environment in parts::living(&self.users, &caller.region) {
            let balancer = parts::balancer_arn(&caller.account, &environment);
            for release in environment.releases.values() {
                let Ok(configuration) = release.configuration(environment.tier) else { continue };
                for arn in configuration.routing.listeners.values().filter_map(|listener| listener.certificate.clone())
                {
                    users.entry(arn).or_default().insert(balancer.clone());
                }
            }
        }
        users
    }

    async fn import_certificate(
        &self,
        caller: &Caller,
        input: model::ImportCertificateRequest,
    ) -> Result<model::ImportCertificateResponse> {
        let replaces = input.certificate_arn.map(|arn| self.find(caller, &arn)).transpose()?;
        let import = Import {
            replaces: replaces.map(|certificate| certificate.arn.clone()),
            certificate: pem("certificate", &input.certificate)?,
            chain: input.certificate_chain.map(|chain| pem("certificate chain", &chain)).transpose()?,
            key: Secret::new(pem("private key", &input.private_key)?),
            tags: tags(input.tags),
        };
        let imported = self.acm.import(&caller.region, import, caller.now).await?;
        Ok(model::ImportCertificateResponse { certificate_arn: Some(imported.arn.to_string()) })
    }

    async fn request_certificate(
        &self,
        caller: &Caller,
        input: model::RequestCertificateRequest,
    ) -> Result<model::RequestCertificateResponse> {
        let options = input.options.unwrap_or_default();
        let exports = options.export.as_deref() == Some(model::certificate_export::ENABLED);
        let refused = [
            (input.certificate_authority_arn.is_some(), "CertificateAuthorityArn"),
            (input.certificate_usage.is_some(), "CertificateUsage"),
            (input.managed_by.is_some(), "ManagedBy"),
            (input.root_hierarchy_type.is_some(), "RootHierarchyType"),
            (exports, "Options.Export"),
        ];
        if let Some((_, name)) = refused.into_iter().find(|(given, _)| *given) {
            let message =
                "is not offered here: certificates are made by this machine's own authority, and keys stay here.";
            return Err(invalid(format!("{name} {message}")));
        }
        if let Some(other) = input.key_algorithm.filter(|algorithm| algorithm != model::key_algorithm::EC_PRIME256V1) {
            return Err(invalid(format!(
                "KeyAlgorithm {other} is not offered here: leave it out, or ask for EC_prime256v1, or import a certificate."
            )));
        }
        // Whom to ask whether a name is the caller's (DomainValidationOptions) means nothing: nobody is asked.
        let mut names: Vec<DomainName> = vec![input.domain_name.parse()?];
        for name in input.subject_alternative_names.unwrap_or_default() {
            let name = name.parse()?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let request = Request {
            names,
            validation: input.validation_method,
            token: input.idempotency_token,
            tags: tags(input.tags),
        };
        let made = self.acm.request(&caller.region, request, caller.now).await?;
        Ok(model::RequestCertificateResponse { certificate_arn: Some(made.arn.to_string()) })
    }

    async fn describe_certificate(
        &self,
        caller: &Caller,
        input: model::DescribeCertificateRequest,
    ) -> Result<model::DescribeCertificateResponse> {
        let found = self.find(caller, &input.certificate_arn)?;
        let users = self.users(caller).remove(found.arn.as_str()).unwrap_or_default();
        let detail = described(&found, users.into_iter().collect(), caller.now);
        Ok(model::DescribeCertificateResponse { certificate: Some(detail) })
    }

    async fn get_certificate(
        &self,
        caller: &Caller,
        input: model::GetCertificateRequest,
    ) -> Result<model::GetCertificateResponse> {
        let found = self.find(caller, &input.certificate_arn)?;
        Ok(model::GetCertificateResponse {
            certificate: Some(found.text.certificate.clone()),
            certificate_chain: found.text.chain.clone(),
        })
    }

    async fn export_certificate(
        &self,
        caller: &Caller,
        input: model::ExportCertificateRequest,
    ) -> Result<model::ExportCertificateResponse> {
        let found = self.find(caller, &input.certificate_arn)?;
        Err(invalid(format!("The certificate {} cannot be exported: its private key stays here.", found.arn)))
    }

    async fn list_certificates(
        &self,
        caller: &Caller,
        input: model::ListCertificatesRequest,
    ) -> Result<model::ListCertificatesResponse> {
        let statuses = input.certificate_statuses.unwrap_or_default();
        let origins = input.certificate_key_pair_origins.unwrap_or_default();
        let includes = input.includes.unwrap_or_default();
        let wanted = |certificate: &Arc<Certificate>| {
            let facts = &certificate.facts;
            let one_of = |wanted: &Option<Vec<String>>, is: &dyn Fn(&str) -> bool| {
                wanted.as_ref().is_none_or(|wanted| wanted.is_empty() || wanted.iter().any(|one| is(one)))
            };
            let among = |wanted: &[String], word: &str| wanted.is_empty() || wanted.iter().any(|one| one == word);
            among(&statuses, status(certificate, caller.now))
                && among(&origins, pair_origin(certificate))
                && input.root_hierarchy_types.as_ref().is_none_or(Vec::is_empty)
                && includes.managed_by.is_none()
                && includes.export_option.as_deref() != Some(model::certificate_export::ENABLED)
                && one_of(&includes.key_types, &|one| one == facts.key_algorithm.replace('-', "_"))
                && one_of(&includes.key_usage, &|one| facts.key_usages.iter().any(|usage| usage == one))
                && one_of(&includes.extended_key_usage, &|one| facts.purposes.iter().any(|(name, _)| name == one))
        };
        let mut found: Vec<_> = self.acm.certificates(&caller.region).into_iter().filter(wanted).collect();
        if input.sort_order.as_deref() == Some(model::sort_order::DESCENDING) {
            found.reverse();
        }
        let key = |one: &Arc<Certificate>| one.arn.to_string();
        let (found, next_token) = page(found, input.max_items, input.next_token.as_deref(), key)?;
        let users = self.users(caller);
        let told = found.iter().map(|one| summary(one, users.contains_key(one.arn.as_str()), caller.now)).collect();
        Ok(model::ListCertificatesResponse { certificate_summary_list: Some(told), next_token })
    }

    async fn delete_certificate(&self, caller: &Caller, input: model::DeleteCertificateRequest) -> Result<()> {
        let found = self.find(caller, &input.certificate_arn)?;
        if let Some(users) = self.users(caller).get(found.arn.as_str()) {
            let users: Vec<&str> = users.iter().map(String::as_str).collect();
            let message = format!("Certificate {} is in use by {}.", found.arn, users.join(", "));
            return Err(Error::new(code::RESOURCE_IN_USE_EXCEPTION, message));
        }
        Ok(self.acm.delete(&found.arn).await?)
    }

    async fn add_tags_to_certificate(&self, caller: &Caller, input: model::AddTagsToCertificateRequest) -> Result<()> {
        let found = self.find(caller, &input.certificate_arn)?;
        Ok(self.acm.tag(&found.arn, tags(Some(input.tags)), Vec::new()).await?)
    }

    async fn remove_tags_from_certificate(
        &self,
        caller: &Caller,
        input: model::RemoveTagsFromCertificateRequest,
    ) -> Result<()> {
        let found = self.find(caller, &input.certificate_arn)?;
        let remove = input.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        Ok(self.acm.tag(&found.arn, Tags::new(), remove).await?)
    }

    async fn list_tags_for_certificate(
        &self,
        caller: &Caller,
        input: model::ListTagsForCertificateRequest,
    ) -> Result<model::ListTagsForCertificateResponse> {
        let found = self.find(caller, &input.certificate_arn)?;
        let told = found.tags.iter().map(|(key, value)| model::Tag { key: key.clone(), value: Some(value.clone()) });
        Ok(model::ListTagsForCertificateResponse { tags: Some(told.collect()) })
    }
}

fn status(certificate: &Certificate, now: Timestamp) -> &'static str {
    if certificate.facts.is_valid(now) { model::certificate_status::ISSUED } else { model::certificate_status::EXPIRED }
}

fn pair_origin(certificate: &Certificate) -> &'static str {
    match certificate.origin {
        Origin::Imported => model::certificate_key_pair_origin::CUSTOMER_PROVIDED,
        Origin::Issued { .. } => model::certificate_key_pair_origin::AWS_MANAGED,
    }
}

/// The first name, which stands for the certificate, and all of them.
fn names(certificate: &Certificate) -> (Option<String>, Vec<String>) {
    (certificate.facts.names.first().cloned(), certificate.facts.names.clone())
}

/// When it was made, and when it came in: one of the two.
fn moments(certificate: &Certificate) -> (Option<Timestamp>, Option<Timestamp>) {
    match certificate.origin {
        Origin::Imported => (None, Some(certificate.updated)),
        Origin::Issued { .. } => (Some(certificate.updated), None),
    }
}

/// `IMPORTED` or `AMAZON_ISSUED`, and whether it is renewed without anybody's doing.
fn kind(certificate: &Certificate) -> (&'static str, &'static str) {
    match certificate.origin {
        Origin::Imported => ("IMPORTED", "INELIGIBLE"),
        Origin::Issued { .. } => ("AMAZON_ISSUED", "ELIGIBLE"),
    }
}

/// What became of a name's validation. The record that would prove it is the same at each request, as Amazon's is.
fn validation(name: &DomainName, method: Option<&str>) -> model::DomainValidation {
    let digest = |of: &str| parts::uuid(&["acm", of, name.as_str()]).replace('-', "");
    let bare = name.as_str().trim_start_matches("*.");
    let by_record = method.is_none_or(|method| method == model::validation_method::DNS);
    model::DomainValidation {
        domain_name: name.to_string(),
        resource_record: by_record.then(|| model::ResourceRecord {
            name: format!("_{}.{bare}.", digest("name")),
            r#type: "CNAME".into(),
            value: format!("_{}.acm-validations.aws.", digest("value")),
        }),
        validation_domain: Some(bare.to_owned()),
        validation_method: Some(method.unwrap_or(model::validation_method::DNS).to_owned()),
        validation_status: Some("SUCCESS".into()),
        ..Default::default()
    }
}

fn described(certificate: &Certificate, users: Vec<String>, now: Timestamp) -> model::CertificateDetail {
    let facts = &certificate.facts;
    let ((domain_name, all), (issued_at, imported_at)) = (names(certificate), moments(certificate));
    let (kind, renewal) = kind(certificate);
    let usage =
        |(name, oid): &(String, String)| model::ExtendedKeyUsage { name: Some(name.clone()), oid: Some(oid.clone()) };
    model::CertificateDetail {
        certificate_arn: Some(certificate.arn.to_string()),
        certificate_key_pair_origin: Some(pair_origin(certificate).to_owned()),
        created_at: Some(certificate.created),
        domain_name,
        domain_validation_options: match &certificate.origin {
            Origin::Imported => None,
            Origin::Issued { names, validation: method, .. } => {
                Some(names.iter().map(|name| validation(name, method.as_deref())).collect())
            }
        },
        extended_key_usages: Some(facts.purposes.iter().map(usage).collect()),
        imported_at,
        in_use_by: Some(users),
        issued_at,
        issuer: Some(facts.issuer.clone()),
        key_algorithm: Some(facts.key_algorithm.clone()),
        key_usages: Some(facts.key_usages.iter().map(|name| model::KeyUsage { name: Some(name.clone()) }).collect()),
        not_after: Some(facts.not_after),
        not_before: Some(facts.not_before),
        // No log of the world's certificates knows those of this machine, whatever was wished.
        options: Some(model::CertificateOptions {
            certificate_transparency_logging_preference: Some("DISABLED".into()),
            export: Some(model::certificate_export::DISABLED.into()),
            ..Default::default()
        }),
        renewal_eligibility: Some(renewal.into()),
        serial: Some(facts.serial.clone()),
        signature_algorithm: Some(facts.signature_algorithm.clone()),
        status: Some(status(certificate, now).into()),
        subject: Some(facts.subject.clone()),
        subject_alternative_names: Some(all),
        r#type: Some(kind.into()),
        ..Default::default()
    }
}

fn summary(certificate: &Certificate, used: bool, now: Timestamp) -> model::CertificateSummary {
    let facts = &certificate.facts;
    let ((domain_name, all), (issued_at, imported_at)) = (names(certificate), moments(certificate));
    let (kind, renewal) = kind(certificate);
    model::CertificateSummary {
        certificate_arn: Some(certificate.arn.to_string()),
        certificate_key_pair_origin: Some(pair_origin(certificate).to_owned()),
        created_at: Some(certificate.created),
        domain_name,
        export_option: Some(model::certificate_export::DISABLED.into()),
        exported: Some(false),
        extended_key_usages: Some(facts.purposes.iter().map(|(name, _)| name.clone()).collect()),
        has_additional_subject_alternative_names: Some(false),
        imported_at,
        in_use: Some(used),
        issued_at,
        key_algorithm: Some(facts.key_algorithm.clone()),
        key_usages: Some(facts.key_usages.clone()),
        not_after: Some(facts.not_after),
        not_before: Some(facts.not_before),
        renewal_eligibility: Some(renewal.into()),
        status: Some(status(certificate, now).into()),
        subject_alternative_name_summaries: Some(all),
        r#type: Some(kind.into()),
        ..Default::default()
    }
}
