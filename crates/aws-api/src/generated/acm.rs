//! AWS Certificate Manager, version 2015-12-08: made by `cargo xtask codegen` from the model of botocore 1.44.8. Do not edit.
//!
//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, Version 2.0.
#![allow(unused_imports, clippy::large_enum_variant)]

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::shape::{self, Code, Member, Model, Protocol, Shape};
use crate::codec::{operations, structure};

structure! { #[derive(Default)] AddTagsToCertificateRequest, ADD_TAGS_TO_CERTIFICATE_REQUEST;
    certificate_arn: String = Member::new("CertificateArn", &ARN).required();
    tags: Vec<Tag> = Member::new("Tags", &TAG_LIST).required();
}

static ARN: Shape = Shape::Text {
    length: Some((20, 2048)),
    pattern: Some("arn:[\\w+=/,.@-]+:acm:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*"),
    values: &[],
};

structure! { #[derive(Default)] CertificateDetail, CERTIFICATE_DETAIL;
    acme_account_id: Option<String> = Member::new("AcmeAccountId", &shape::TEXT);
    acme_endpoint_arn: Option<String> = Member::new("AcmeEndpointArn", &ARN);
    certificate_arn: Option<String> = Member::new("CertificateArn", &ARN);
    certificate_authority_arn: Option<String> = Member::new("CertificateAuthorityArn", &ARN);
    certificate_key_pair_origin: Option<String> = Member::new("CertificateKeyPairOrigin", &CERTIFICATE_KEY_PAIR_ORIGIN);
    certificate_usage: Option<String> = Member::new("CertificateUsage", &CERTIFICATE_USAGE);
    created_at: Option<Timestamp> = Member::new("CreatedAt", &shape::TIMESTAMP);
    domain_name: Option<String> = Member::new("DomainName", &DOMAIN_NAME_STRING);
    domain_validation_options: Option<Vec<DomainValidation>> = Member::new("DomainValidationOptions", &DOMAIN_VALIDATION_LIST);
    extended_key_usages: Option<Vec<ExtendedKeyUsage>> = Member::new("ExtendedKeyUsages", &EXTENDED_KEY_USAGE_LIST);
    failure_reason: Option<String> = Member::new("FailureReason", &shape::TEXT);
    imported_at: Option<Timestamp> = Member::new("ImportedAt", &shape::TIMESTAMP);
    in_use_by: Option<Vec<String>> = Member::new("InUseBy", &IN_USE_LIST);
    issued_at: Option<Timestamp> = Member::new("IssuedAt", &shape::TIMESTAMP);
    issuer: Option<String> = Member::new("Issuer", &shape::TEXT);
    key_algorithm: Option<String> = Member::new("KeyAlgorithm", &KEY_ALGORITHM);
    key_usages: Option<Vec<KeyUsage>> = Member::new("KeyUsages", &KEY_USAGE_LIST);
    managed_by: Option<String> = Member::new("ManagedBy", &CERTIFICATE_MANAGED_BY);
    not_after: Option<Timestamp> = Member::new("NotAfter", &shape::TIMESTAMP);
    not_before: Option<Timestamp> = Member::new("NotBefore", &shape::TIMESTAMP);
    options: Option<CertificateOptions> = Member::new("Options", &CERTIFICATE_OPTIONS);
    renewal_eligibility: Option<String> = Member::new("RenewalEligibility", &shape::TEXT);
    renewal_summary: Option<RenewalSummary> = Member::new("RenewalSummary", &RENEWAL_SUMMARY);
    revocation_reason: Option<String> = Member::new("RevocationReason", &shape::TEXT);
    revoked_at: Option<Timestamp> = Member::new("RevokedAt", &shape::TIMESTAMP);
    root_hierarchy_type: Option<String> = Member::new("RootHierarchyType", &ROOT_HIERARCHY_TYPE);
    serial: Option<String> = Member::new("Serial", &shape::TEXT);
    signature_algorithm: Option<String> = Member::new("SignatureAlgorithm", &shape::TEXT);
    status: Option<String> = Member::new("Status", &CERTIFICATE_STATUS);
    subject: Option<String> = Member::new("Subject", &shape::TEXT);
    subject_alternative_names: Option<Vec<String>> = Member::new("SubjectAlternativeNames", &DOMAIN_LIST);
    r#type: Option<String> = Member::new("Type", &shape::TEXT);
    update_summary: Option<UpdateSummary> = Member::new("UpdateSummary", &UPDATE_SUMMARY);
}

static CERTIFICATE_EXPORT: Shape = Shape::Text { length: None, pattern: None, values: &["ENABLED", "DISABLED"] };

pub mod certificate_export {
    pub const ENABLED: &str = "ENABLED";
    pub const DISABLED: &str = "DISABLED";
}

static CERTIFICATE_KEY_PAIR_ORIGIN: Shape =
    Shape::Text { length: None, pattern: None, values: &["AWS_MANAGED", "ACME", "CUSTOMER_PROVIDED"] };

pub mod certificate_key_pair_origin {
    pub const AWS_MANAGED: &str = "AWS_MANAGED";
    pub const ACME: &str = "ACME";
    pub const CUSTOMER_PROVIDED: &str = "CUSTOMER_PROVIDED";
}

static CERTIFICATE_KEY_PAIR_ORIGINS: Shape =
    Shape::List { member: &CERTIFICATE_KEY_PAIR_ORIGIN, name: "member", flattened: false, length: Some((1, 3)) };

static CERTIFICATE_MANAGED_BY: Shape = Shape::Text { length: None, pattern: None, values: &["CLOUDFRONT"] };

pub mod certificate_managed_by {
    pub const CLOUDFRONT: &str = "CLOUDFRONT";
}

structure! { #[derive(Default)] CertificateOptions, CERTIFICATE_OPTIONS;
    certificate_transparency_logging_preference: Option<String> = Member::new("CertificateTransparencyLoggingPreference", &CERTIFICATE_TRANSPARENCY_LOGGING_PREFERENCE);
    export: Option<String> = Member::new("Export", &CERTIFICATE_EXPORT);
    validation_method: Option<String> = Member::new("ValidationMethod", &VALIDATION_METHOD);
}

static CERTIFICATE_STATUS: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &["PENDING_VALIDATION", "ISSUED", "INACTIVE", "EXPIRED", "VALIDATION_TIMED_OUT", "REVOKED", "FAILED"],
};

pub mod certificate_status {
    pub const PENDING_VALIDATION: &str = "PENDING_VALIDATION";
    pub const ISSUED: &str = "ISSUED";
    pub const INACTIVE: &str = "INACTIVE";
    pub const EXPIRED: &str = "EXPIRED";
    pub const VALIDATION_TIMED_OUT: &str = "VALIDATION_TIMED_OUT";
    pub const REVOKED: &str = "REVOKED";
    pub const FAILED: &str = "FAILED";
}

static CERTIFICATE_STATUSES: Shape =
    Shape::List { member: &CERTIFICATE_STATUS, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] CertificateSummary, CERTIFICATE_SUMMARY;
    certificate_arn: Option<String> = Member::new("CertificateArn", &ARN);
    certificate_key_pair_origin: Option<String> = Member::new("CertificateKeyPairOrigin", &CERTIFICATE_KEY_PAIR_ORIGIN);
    certificate_usage: Option<String> = Member::new("CertificateUsage", &CERTIFICATE_USAGE);
    created_at: Option<Timestamp> = Member::new("CreatedAt", &shape::TIMESTAMP);
    domain_name: Option<String> = Member::new("DomainName", &DOMAIN_NAME_STRING);
    export_option: Option<String> = Member::new("ExportOption", &CERTIFICATE_EXPORT);
    exported: Option<bool> = Member::new("Exported", &shape::BOOLEAN);
    extended_key_usages: Option<Vec<String>> = Member::new("ExtendedKeyUsages", &EXTENDED_KEY_USAGE_NAMES);
    has_additional_subject_alternative_names: Option<bool> = Member::new("HasAdditionalSubjectAlternativeNames", &shape::BOOLEAN);
    imported_at: Option<Timestamp> = Member::new("ImportedAt", &shape::TIMESTAMP);
    in_use: Option<bool> = Member::new("InUse", &shape::BOOLEAN);
    issued_at: Option<Timestamp> = Member::new("IssuedAt", &shape::TIMESTAMP);
    key_algorithm: Option<String> = Member::new("KeyAlgorithm", &KEY_ALGORITHM);
    key_usages: Option<Vec<String>> = Member::new("KeyUsages", &KEY_USAGE_NAMES);
    managed_by: Option<String> = Member::new("ManagedBy", &CERTIFICATE_MANAGED_BY);
    not_after: Option<Timestamp> = Member::new("NotAfter", &shape::TIMESTAMP);
    not_before: Option<Timestamp> = Member::new("NotBefore", &shape::TIMESTAMP);
    renewal_eligibility: Option<String> = Member::new("RenewalEligibility", &shape::TEXT);
    revoked_at: Option<Timestamp> = Member::new("RevokedAt", &shape::TIMESTAMP);
    root_hierarchy_type: Option<String> = Member::new("RootHierarchyType", &ROOT_HIERARCHY_TYPE);
    status: Option<String> = Member::new("Status", &CERTIFICATE_STATUS);
    subject_alternative_name_summaries: Option<Vec<String>> = Member::new("SubjectAlternativeNameSummaries", &DOMAIN_LIST);
    r#type: Option<String> = Member::new("Type", &shape::TEXT);
}

static CERTIFICATE_SUMMARY_LIST: Shape =
    Shape::List { member: &CERTIFICATE_SUMMARY, name: "member", flattened: false, length: None };

static CERTIFICATE_TRANSPARENCY_LOGGING_PREFERENCE: Shape =
    Shape::Text { length: None, pattern: None, values: &["ENABLED", "DISABLED"] };

pub mod certificate_transparency_logging_preference {
    pub const ENABLED: &str = "ENABLED";
    pub const DISABLED: &str = "DISABLED";
}

pub mod certificate_type {
    pub const IMPORTED: &str = "IMPORTED";
    pub const AMAZON_ISSUED: &str = "AMAZON_ISSUED";
    pub const PRIVATE: &str = "PRIVATE";
}

static CERTIFICATE_USAGE: Shape =
    Shape::Text { length: None, pattern: None, values: &["CLIENT_AND_SERVER_AUTH", "CLIENT_AUTH_ONLY"] };

pub mod certificate_usage {
    pub const CLIENT_AND_SERVER_AUTH: &str = "CLIENT_AND_SERVER_AUTH";
    pub const CLIENT_AUTH_ONLY: &str = "CLIENT_AUTH_ONLY";
}

structure! { #[derive(Default)] DeleteCertificateRequest, DELETE_CERTIFICATE_REQUEST;
    certificate_arn: String = Member::new("CertificateArn", &ARN).required();
}

structure! { #[derive(Default)] DescribeCertificateRequest, DESCRIBE_CERTIFICATE_REQUEST;
    certificate_arn: String = Member::new("CertificateArn", &ARN).required();
}

structure! { #[derive(Default)] DescribeCertificateResponse, DESCRIBE_CERTIFICATE_RESPONSE;
    certificate: Option<CertificateDetail> = Member::new("Certificate", &CERTIFICATE_DETAIL);
}

static DOMAIN_LIST: Shape =
    Shape::List { member: &DOMAIN_NAME_STRING, name: "member", flattened: false, length: Some((1, 100)) };

static DOMAIN_NAME_STRING: Shape = Shape::Text {
    length: Some((1, 253)),
    pattern: Some("(\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])"),
    values: &[],
};

pub mod domain_status {
    pub const PENDING_VALIDATION: &str = "PENDING_VALIDATION";
    pub const SUCCESS: &str = "SUCCESS";
    pub const FAILED: &str = "FAILED";
}

structure! { #[derive(Default)] DomainValidation, DOMAIN_VALIDATION;
    domain_name: String = Member::new("DomainName", &DOMAIN_NAME_STRING).required();
    http_redirect: Option<HttpRedirect> = Member::new("HttpRedirect", &HTTP_REDIRECT);
    resource_record: Option<ResourceRecord> = Member::new("ResourceRecord", &RESOURCE_RECORD);
    validation_domain: Option<String> = Member::new("ValidationDomain", &DOMAIN_NAME_STRING);
    validation_emails: Option<Vec<String>> = Member::new("ValidationEmails", &VALIDATION_EMAIL_LIST);
    validation_method: Option<String> = Member::new("ValidationMethod", &VALIDATION_METHOD);
    validation_status: Option<String> = Member::new("ValidationStatus", &shape::TEXT);
}

static DOMAIN_VALIDATION_LIST: Shape =
    Shape::List { member: &DOMAIN_VALIDATION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] DomainValidationMethodUpdateSummary, DOMAIN_VALIDATION_METHOD_UPDATE_SUMMARY;
    from: Option<String> = Member::new("From", &VALIDATION_METHOD);
    to: Option<String> = Member::new("To", &VALIDATION_METHOD);
}

structure! { #[derive(Default)] DomainValidationOption, DOMAIN_VALIDATION_OPTION;
    domain_name: String = Member::new("DomainName", &DOMAIN_NAME_STRING).required();
    validation_domain: String = Member::new("ValidationDomain", &DOMAIN_NAME_STRING).required();
}

static DOMAIN_VALIDATION_OPTION_LIST: Shape =
    Shape::List { member: &DOMAIN_VALIDATION_OPTION, name: "member", flattened: false, length: Some((1, 100)) };

structure! { #[derive(Default)] ExportCertificateRequest, EXPORT_CERTIFICATE_REQUEST;
    certificate_arn: String = Member::new("CertificateArn", &ARN).required();
    passphrase: Bytes = Member::new("Passphrase", &shape::BLOB).required();
}

structure! { #[derive(Default)] ExportCertificateResponse, EXPORT_CERTIFICATE_RESPONSE;
    certificate: Option<String> = Member::new("Certificate", &shape::TEXT);
    certificate_chain: Option<String> = Member::new("CertificateChain", &shape::TEXT);
    private_key: Option<Secret> = Member::new("PrivateKey", &shape::TEXT);
}

structure! { #[derive(Default)] ExtendedKeyUsage, EXTENDED_KEY_USAGE;
    name: Option<String> = Member::new("Name", &EXTENDED_KEY_USAGE_NAME);
    oid: Option<String> = Member::new("OID", &shape::TEXT);
}

static EXTENDED_KEY_USAGE_FILTER_LIST: Shape =
    Shape::List { member: &EXTENDED_KEY_USAGE_NAME, name: "member", flattened: false, length: None };

static EXTENDED_KEY_USAGE_LIST: Shape =
    Shape::List { member: &EXTENDED_KEY_USAGE, name: "member", flattened: false, length: None };

static EXTENDED_KEY_USAGE_NAME: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &[
        "TLS_WEB_SERVER_AUTHENTICATION",
        "TLS_WEB_CLIENT_AUTHENTICATION",
        "CODE_SIGNING",
        "EMAIL_PROTECTION",
        "TIME_STAMPING",
        "OCSP_SIGNING",
        "IPSEC_END_SYSTEM",
        "IPSEC_TUNNEL",
        "IPSEC_USER",
        "ANY",
        "NONE",
        "CUSTOM",
    ],
};

pub mod extended_key_usage_name {
    pub const TLS_WEB_SERVER_AUTHENTICATION: &str = "TLS_WEB_SERVER_AUTHENTICATION";
    pub const TLS_WEB_CLIENT_AUTHENTICATION: &str = "TLS_WEB_CLIENT_AUTHENTICATION";
    pub const CODE_SIGNING: &str = "CODE_SIGNING";
    pub const EMAIL_PROTECTION: &str = "EMAIL_PROTECTION";
    pub const TIME_STAMPING: &str = "TIME_STAMPING";
    pub const OCSP_SIGNING: &str = "OCSP_SIGNING";
    pub const IPSEC_END_SYSTEM: &str = "IPSEC_END_SYSTEM";
    pub const IPSEC_TUNNEL: &str = "IPSEC_TUNNEL";
    pub const IPSEC_USER: &str = "IPSEC_USER";
    pub const ANY: &str = "ANY";
    pub const NONE: &str = "NONE";
    pub const CUSTOM: &str = "CUSTOM";
}

static EXTENDED_KEY_USAGE_NAMES: Shape =
    Shape::List { member: &EXTENDED_KEY_USAGE_NAME, name: "member", flattened: false, length: None };

pub mod failure_reason {
    pub const NO_AVAILABLE_CONTACTS: &str = "NO_AVAILABLE_CONTACTS";
    pub const ADDITIONAL_VERIFICATION_REQUIRED: &str = "ADDITIONAL_VERIFICATION_REQUIRED";
    pub const DOMAIN_NOT_ALLOWED: &str = "DOMAIN_NOT_ALLOWED";
    pub const INVALID_PUBLIC_DOMAIN: &str = "INVALID_PUBLIC_DOMAIN";
    pub const DOMAIN_VALIDATION_DENIED: &str = "DOMAIN_VALIDATION_DENIED";
    pub const CAA_ERROR: &str = "CAA_ERROR";
    pub const PCA_LIMIT_EXCEEDED: &str = "PCA_LIMIT_EXCEEDED";
    pub const PCA_INVALID_ARN: &str = "PCA_INVALID_ARN";
    pub const PCA_INVALID_STATE: &str = "PCA_INVALID_STATE";
    pub const PCA_REQUEST_FAILED: &str = "PCA_REQUEST_FAILED";
    pub const PCA_NAME_CONSTRAINTS_VALIDATION: &str = "PCA_NAME_CONSTRAINTS_VALIDATION";
    pub const PCA_RESOURCE_NOT_FOUND: &str = "PCA_RESOURCE_NOT_FOUND";
    pub const PCA_INVALID_ARGS: &str = "PCA_INVALID_ARGS";
    pub const PCA_INVALID_DURATION: &str = "PCA_INVALID_DURATION";
    pub const PCA_ACCESS_DENIED: &str = "PCA_ACCESS_DENIED";
    pub const SLR_NOT_FOUND: &str = "SLR_NOT_FOUND";
    pub const OTHER: &str = "OTHER";
}

structure! { #[derive(Default)] Filters, FILTERS;
    export_option: Option<String> = Member::new("exportOption", &CERTIFICATE_EXPORT);
    extended_key_usage: Option<Vec<String>> = Member::new("extendedKeyUsage", &EXTENDED_KEY_USAGE_FILTER_LIST);
    key_types: Option<Vec<String>> = Member::new("keyTypes", &KEY_ALGORITHM_LIST);
    key_usage: Option<Vec<String>> = Member::new("keyUsage", &KEY_USAGE_FILTER_LIST);
    managed_by: Option<String> = Member::new("managedBy", &CERTIFICATE_MANAGED_BY);
}

structure! { #[derive(Default)] GetCertificateRequest, GET_CERTIFICATE_REQUEST;
    certificate_arn: String = Member::new("CertificateArn", &ARN).required();
}

structure! { #[derive(Default)] GetCertificateResponse, GET_CERTIFICATE_RESPONSE;
    certificate: Option<String> = Member::new("Certificate", &shape::TEXT);
    certificate_chain: Option<String> = Member::new("CertificateChain", &shape::TEXT);
}

structure! { #[derive(Default)] HttpRedirect, HTTP_REDIRECT;
    redirect_from: Option<String> = Member::new("RedirectFrom", &shape::TEXT);
    redirect_to: Option<String> = Member::new("RedirectTo", &shape::TEXT);
}

static IDEMPOTENCY_TOKEN: Shape = Shape::Text { length: Some((1, 32)), pattern: Some("\\w+"), values: &[] };

structure! { #[derive(Default)] ImportCertificateRequest, IMPORT_CERTIFICATE_REQUEST;
    certificate: Bytes = Member::new("Certificate", &shape::BLOB).required();
    certificate_arn: Option<String> = Member::new("CertificateArn", &ARN);
    certificate_chain: Option<Bytes> = Member::new("CertificateChain", &shape::BLOB);
    private_key: Bytes = Member::new("PrivateKey", &shape::BLOB).required();
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST);
}

structure! { #[derive(Default)] ImportCertificateResponse, IMPORT_CERTIFICATE_RESPONSE;
    certificate_arn: Option<String> = Member::new("CertificateArn", &ARN);
}

static IN_USE_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static KEY_ALGORITHM: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"],
};

pub mod key_algorithm {
    pub const RSA_1024: &str = "RSA_1024";
    pub const RSA_2048: &str = "RSA_2048";
    pub const RSA_3072: &str = "RSA_3072";
    pub const RSA_4096: &str = "RSA_4096";
    pub const EC_PRIME256V1: &str = "EC_prime256v1";
    pub const EC_SECP384R1: &str = "EC_secp384r1";
    pub const EC_SECP521R1: &str = "EC_secp521r1";
}

static KEY_ALGORITHM_LIST: Shape =
    Shape::List { member: &KEY_ALGORITHM, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] KeyUsage, KEY_USAGE;
    name: Option<String> = Member::new("Name", &KEY_USAGE_NAME);
}

static KEY_USAGE_FILTER_LIST: Shape =
    Shape::List { member: &KEY_USAGE_NAME, name: "member", flattened: false, length: None };

static KEY_USAGE_LIST: Shape = Shape::List { member: &KEY_USAGE, name: "member", flattened: false, length: None };

static KEY_USAGE_NAME: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &[
        "DIGITAL_SIGNATURE",
        "NON_REPUDIATION",
        "KEY_ENCIPHERMENT",
        "DATA_ENCIPHERMENT",
        "KEY_AGREEMENT",
        "CERTIFICATE_SIGNING",
        "CRL_SIGNING",
        "ENCIPHER_ONLY",
        "DECIPHER_ONLY",
        "ANY",
        "CUSTOM",
    ],
};

pub mod key_usage_name {
    pub const DIGITAL_SIGNATURE: &str = "DIGITAL_SIGNATURE";
    pub const NON_REPUDIATION: &str = "NON_REPUDIATION";
    pub const KEY_ENCIPHERMENT: &str = "KEY_ENCIPHERMENT";
    pub const DATA_ENCIPHERMENT: &str = "DATA_ENCIPHERMENT";
    pub const KEY_AGREEMENT: &str = "KEY_AGREEMENT";
    pub const CERTIFICATE_SIGNING: &str = "CERTIFICATE_SIGNING";
    pub const CRL_SIGNING: &str = "CRL_SIGNING";
    pub const ENCIPHER_ONLY: &str = "ENCIPHER_ONLY";
    pub const DECIPHER_ONLY: &str = "DECIPHER_ONLY";
    pub const ANY: &str = "ANY";
    pub const CUSTOM: &str = "CUSTOM";
}

static KEY_USAGE_NAMES: Shape = Shape::List { member: &KEY_USAGE_NAME, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ListCertificatesRequest, LIST_CERTIFICATES_REQUEST;
    certificate_key_pair_origins: Option<Vec<String>> = Member::new("CertificateKeyPairOrigins", &CERTIFICATE_KEY_PAIR_ORIGINS);
    certificate_statuses: Option<Vec<String>> = Member::new("CertificateStatuses", &CERTIFICATE_STATUSES);
    includes: Option<Filters> = Member::new("Includes", &FILTERS);
    max_items: Option<i64> = Member::new("MaxItems", &MAX_ITEMS);
    next_token: Option<String> = Member::new("NextToken", &NEXT_TOKEN);
    root_hierarchy_types: Option<Vec<String>> = Member::new("RootHierarchyTypes", &ROOT_HIERARCHY_TYPES);
    sort_by: Option<String> = Member::new("SortBy", &SORT_BY);
    sort_order: Option<String> = Member::new("SortOrder", &SORT_ORDER);
}

structure! { #[derive(Default)] ListCertificatesResponse, LIST_CERTIFICATES_RESPONSE;
    certificate_summary_list: Option<Vec<CertificateSummary>> = Member::new("CertificateSummaryList", &CERTIFICATE_SUMMARY_LIST);
    next_token: Option<String> = Member::new("NextToken", &NEXT_TOKEN);
}

structure! { #[derive(Default)] ListTagsForCertificateRequest, LIST_TAGS_FOR_CERTIFICATE_REQUEST;
    certificate_arn: String = Member::new("CertificateArn", &ARN).required();
}

structure! { #[derive(Default)] ListTagsForCertificateResponse, LIST_TAGS_FOR_CERTIFICATE_RESPONSE;
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST);
}

static MAX_ITEMS: Shape = Shape::Integer(1, 1000);

static NEXT_TOKEN: Shape =
    Shape::Text { length: Some((1, 10000)), pattern: Some("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]*"), values: &[] };

static PCA_ARN: Shape = Shape::Text {
    length: Some((20, 2048)),
    pattern: Some("arn:[\\w+=/,.@-]+:acm-pca:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*"),
    values: &[],
};

pub mod record_type {
    pub const CNAME: &str = "CNAME";
}

structure! { #[derive(Default)] RemoveTagsFromCertificateRequest, REMOVE_TAGS_FROM_CERTIFICATE_REQUEST;
    certificate_arn: String = Member::new("CertificateArn", &ARN).required();
    tags: Vec<Tag> = Member::new("Tags", &TAG_LIST).required();
}

pub mod renewal_eligibility {
    pub const ELIGIBLE: &str = "ELIGIBLE";
    pub const INELIGIBLE: &str = "INELIGIBLE";
}

pub mod renewal_status {
    pub const PENDING_AUTO_RENEWAL: &str = "PENDING_AUTO_RENEWAL";
    pub const PENDING_VALIDATION: &str = "PENDING_VALIDATION";
    pub const SUCCESS: &str = "SUCCESS";
    pub const FAILED: &str = "FAILED";
}

structure! { RenewalSummary, RENEWAL_SUMMARY;
    domain_validation_options: Vec<DomainValidation> = Member::new("DomainValidationOptions", &DOMAIN_VALIDATION_LIST).required();
    renewal_status: String = Member::new("RenewalStatus", &shape::TEXT).required();
    renewal_status_reason: Option<String> = Member::new("RenewalStatusReason", &shape::TEXT);
    updated_at: Timestamp = Member::new("UpdatedAt", &shape::TIMESTAMP).required();
}

structure! { #[derive(Default)] RequestCertificateRequest, REQUEST_CERTIFICATE_REQUEST;
    certificate_authority_arn: Option<String> = Member::new("CertificateAuthorityArn", &PCA_ARN);
    certificate_usage: Option<String> = Member::new("CertificateUsage", &CERTIFICATE_USAGE);
    domain_name: String = Member::new("DomainName", &DOMAIN_NAME_STRING).required();
    domain_validation_options: Option<Vec<DomainValidationOption>> = Member::new("DomainValidationOptions", &DOMAIN_VALIDATION_OPTION_LIST);
    idempotency_token: Option<String> = Member::new("IdempotencyToken", &IDEMPOTENCY_TOKEN);
    key_algorithm: Option<String> = Member::new("KeyAlgorithm", &KEY_ALGORITHM);
    managed_by: Option<String> = Member::new("ManagedBy", &CERTIFICATE_MANAGED_BY);
    options: Option<CertificateOptions> = Member::new("Options", &CERTIFICATE_OPTIONS);
    root_hierarchy_type: Option<String> = Member::new("RootHierarchyType", &ROOT_HIERARCHY_TYPE);
    subject_alternative_names: Option<Vec<String>> = Member::new("SubjectAlternativeNames", &DOMAIN_LIST);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST);
    validation_method: Option<String> = Member::new("ValidationMethod", &VALIDATION_METHOD);
}

structure! { #[derive(Default)] RequestCertificateResponse, REQUEST_CERTIFICATE_RESPONSE;
    certificate_arn: Option<String> = Member::new("CertificateArn", &ARN);
}

structure! { #[derive(Default)] ResourceRecord, RESOURCE_RECORD;
    name: String = Member::new("Name", &shape::TEXT).required();
    r#type: String = Member::new("Type", &shape::TEXT).required();
    value: String = Member::new("Value", &shape::TEXT).required();
}

pub mod revocation_reason {
    pub const UNSPECIFIED: &str = "UNSPECIFIED";
    pub const KEY_COMPROMISE: &str = "KEY_COMPROMISE";
    pub const CA_COMPROMISE: &str = "CA_COMPROMISE";
    pub const AFFILIATION_CHANGED: &str = "AFFILIATION_CHANGED";
    pub const SUPERCEDED: &str = "SUPERCEDED";
    pub const SUPERSEDED: &str = "SUPERSEDED";
    pub const CESSATION_OF_OPERATION: &str = "CESSATION_OF_OPERATION";
    pub const CERTIFICATE_HOLD: &str = "CERTIFICATE_HOLD";
    pub const REMOVE_FROM_CRL: &str = "REMOVE_FROM_CRL";
    pub const PRIVILEGE_WITHDRAWN: &str = "PRIVILEGE_WITHDRAWN";
    pub const A_A_COMPROMISE: &str = "A_A_COMPROMISE";
}

static ROOT_HIERARCHY_TYPE: Shape =
    Shape::Text { length: None, pattern: None, values: &["N2_AMAZON_MANAGED", "N2_SFG2_AMAZON_MANAGED"] };

pub mod root_hierarchy_type {
    pub const N2_AMAZON_MANAGED: &str = "N2_AMAZON_MANAGED";
    pub const N2_SFG2_AMAZON_MANAGED: &str = "N2_SFG2_AMAZON_MANAGED";
}

static ROOT_HIERARCHY_TYPES: Shape =
    Shape::List { member: &ROOT_HIERARCHY_TYPE, name: "member", flattened: false, length: Some((1, 5)) };

static SORT_BY: Shape = Shape::Text { length: None, pattern: None, values: &["CREATED_AT"] };

pub mod sort_by {
    pub const CREATED_AT: &str = "CREATED_AT";
}

static SORT_ORDER: Shape = Shape::Text { length: None, pattern: None, values: &["ASCENDING", "DESCENDING"] };

pub mod sort_order {
    pub const ASCENDING: &str = "ASCENDING";
    pub const DESCENDING: &str = "DESCENDING";
}

structure! { #[derive(Default)] Tag, TAG;
    key: String = Member::new("Key", &TAG_KEY).required();
    value: Option<String> = Member::new("Value", &TAG_VALUE);
}

static TAG_KEY: Shape =
    Shape::Text { length: Some((1, 128)), pattern: Some("([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)"), values: &[] };

static TAG_LIST: Shape = Shape::List { member: &TAG, name: "member", flattened: false, length: Some((1, 50)) };

static TAG_VALUE: Shape =
    Shape::Text { length: Some((0, 256)), pattern: Some("([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)"), values: &[] };

pub mod update_status {
    pub const PENDING_DOMAIN_VALIDATION: &str = "PENDING_DOMAIN_VALIDATION";
    pub const SUCCESS: &str = "SUCCESS";
    pub const FAILED: &str = "FAILED";
}

structure! { #[derive(Default)] UpdateSummary, UPDATE_SUMMARY;
    domain_validation_method_update_summary: Option<DomainValidationMethodUpdateSummary> = Member::new("DomainValidationMethodUpdateSummary", &DOMAIN_VALIDATION_METHOD_UPDATE_SUMMARY);
    requested_at: Option<Timestamp> = Member::new("RequestedAt", &shape::TIMESTAMP);
    status: Option<String> = Member::new("Status", &shape::TEXT);
    r#type: Option<String> = Member::new("Type", &shape::TEXT);
    updated_at: Option<Timestamp> = Member::new("UpdatedAt", &shape::TIMESTAMP);
}

pub mod update_type {
    pub const DOMAIN_VALIDATION_METHOD: &str = "DOMAIN_VALIDATION_METHOD";
}

static VALIDATION_EMAIL_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static VALIDATION_METHOD: Shape = Shape::Text { length: None, pattern: None, values: &["EMAIL", "DNS", "HTTP"] };

pub mod validation_method {
    pub const EMAIL: &str = "EMAIL";
    pub const DNS: &str = "DNS";
    pub const HTTP: &str = "HTTP";
}

/// The errors that the operations name.
pub mod error {
    use super::Code;

    pub const ACCESS_DENIED_EXCEPTION: Code =
        Code { code: "AccessDeniedException", shape: "AccessDeniedException", status: 400 };
    pub const CONFLICT_EXCEPTION: Code = Code { code: "ConflictException", shape: "ConflictException", status: 400 };
    pub const INVALID_ARGS_EXCEPTION: Code =
        Code { code: "InvalidArgsException", shape: "InvalidArgsException", status: 400 };
    pub const INVALID_ARN_EXCEPTION: Code =
        Code { code: "InvalidArnException", shape: "InvalidArnException", status: 400 };
    pub const INVALID_DOMAIN_VALIDATION_OPTIONS_EXCEPTION: Code = Code {
        code: "InvalidDomainValidationOptionsException",
        shape: "InvalidDomainValidationOptionsException",
        status: 400,
    };
    pub const INVALID_PARAMETER_EXCEPTION: Code =
        Code { code: "InvalidParameterException", shape: "InvalidParameterException", status: 400 };
    pub const INVALID_TAG_EXCEPTION: Code =
        Code { code: "InvalidTagException", shape: "InvalidTagException", status: 400 };
    pub const LIMIT_EXCEEDED_EXCEPTION: Code =
        Code { code: "LimitExceededException", shape: "LimitExceededException", status: 400 };
    pub const REQUEST_IN_PROGRESS_EXCEPTION: Code =
        Code { code: "RequestInProgressException", shape: "RequestInProgressException", status: 400 };
    pub const RESOURCE_IN_USE_EXCEPTION: Code =
        Code { code: "ResourceInUseException", shape: "ResourceInUseException", status: 400 };
    pub const RESOURCE_NOT_FOUND_EXCEPTION: Code =
        Code { code: "ResourceNotFoundException", shape: "ResourceNotFoundException", status: 400 };
    pub const TAG_POLICY_EXCEPTION: Code =
        Code { code: "TagPolicyException", shape: "TagPolicyException", status: 400 };
    pub const THROTTLING_EXCEPTION: Code =
        Code { code: "ThrottlingException", shape: "ThrottlingException", status: 400 };
    pub const TOO_MANY_TAGS_EXCEPTION: Code =
        Code { code: "TooManyTagsException", shape: "TooManyTagsException", status: 400 };
    pub const VALIDATION_EXCEPTION: Code =
        Code { code: "ValidationException", shape: "ValidationException", status: 400 };
}

operations! {
    AddTagsToCertificate(super::AddTagsToCertificateRequest, &ADD_TAGS_TO_CERTIFICATE_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteCertificate(super::DeleteCertificateRequest, &DELETE_CERTIFICATE_REQUEST) -> ((), &shape::NOTHING, None);
    DescribeCertificate(super::DescribeCertificateRequest, &DESCRIBE_CERTIFICATE_REQUEST) -> (super::DescribeCertificateResponse, &DESCRIBE_CERTIFICATE_RESPONSE, None);
    ExportCertificate(super::ExportCertificateRequest, &EXPORT_CERTIFICATE_REQUEST) -> (super::ExportCertificateResponse, &EXPORT_CERTIFICATE_RESPONSE, None);
    GetCertificate(super::GetCertificateRequest, &GET_CERTIFICATE_REQUEST) -> (super::GetCertificateResponse, &GET_CERTIFICATE_RESPONSE, None);
    ImportCertificate(super::ImportCertificateRequest, &IMPORT_CERTIFICATE_REQUEST) -> (super::ImportCertificateResponse, &IMPORT_CERTIFICATE_RESPONSE, None);
    ListCertificates(super::ListCertificatesRequest, &LIST_CERTIFICATES_REQUEST) -> (super::ListCertificatesResponse, &LIST_CERTIFICATES_RESPONSE, None);
    ListTagsForCertificate(super::ListTagsForCertificateRequest, &LIST_TAGS_FOR_CERTIFICATE_REQUEST) -> (super::ListTagsForCertificateResponse, &LIST_TAGS_FOR_CERTIFICATE_RESPONSE, None);
    RemoveTagsFromCertificate(super::RemoveTagsFromCertificateRequest, &REMOVE_TAGS_FROM_CERTIFICATE_REQUEST) -> ((), &shape::NOTHING, None);
    RequestCertificate(super::RequestCertificateRequest, &REQUEST_CERTIFICATE_REQUEST) -> (super::RequestCertificateResponse, &REQUEST_CERTIFICATE_RESPONSE, None);
}

/// The service.
pub static MODEL: Model = Model {
    signing_name: "acm",
    action_prefix: "acm",
    version: "2015-12-08",
    protocol: Protocol::Json { version: "1.1" },
    namespace: "",
    target: "CertificateManager",
    query_compatible: false,
    error_prefix: "",
    operations: OPERATIONS,
};
