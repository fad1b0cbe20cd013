//! AWS Security Token Service, version 2011-06-15: made by `cargo xtask codegen` from the model of botocore 1.44.8. Do not edit.
//!
//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, Version 2.0.
#![allow(unused_imports, clippy::large_enum_variant)]

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::shape::{self, Code, Member, Model, Protocol, Shape};
use crate::codec::{operations, structure};

structure! { #[derive(Default)] AssumeRoleRequest, ASSUME_ROLE_REQUEST;
    duration_seconds: Option<i64> = Member::new("DurationSeconds", &ROLE_DURATION_SECONDS_TYPE);
    external_id: Option<String> = Member::new("ExternalId", &EXTERNAL_ID_TYPE);
    minimum_session_token_size: Option<i64> = Member::new("MinimumSessionTokenSize", &MINIMUM_SESSION_TOKEN_SIZE_TYPE);
    policy: Option<String> = Member::new("Policy", &UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE);
    policy_arns: Option<Vec<PolicyDescriptorType>> = Member::new("PolicyArns", &POLICY_DESCRIPTOR_LIST_TYPE);
    provided_contexts: Option<Vec<ProvidedContext>> = Member::new("ProvidedContexts", &PROVIDED_CONTEXTS_LIST_TYPE);
    role_arn: String = Member::new("RoleArn", &ARN_TYPE).required();
    role_session_name: String = Member::new("RoleSessionName", &ROLE_SESSION_NAME_TYPE).required();
    serial_number: Option<String> = Member::new("SerialNumber", &SERIAL_NUMBER_TYPE);
    source_identity: Option<String> = Member::new("SourceIdentity", &SOURCE_IDENTITY_TYPE);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST_TYPE);
    token_code: Option<String> = Member::new("TokenCode", &TOKEN_CODE_TYPE);
    transitive_tag_keys: Option<Vec<String>> = Member::new("TransitiveTagKeys", &TAG_KEY_LIST_TYPE);
}

structure! { #[derive(Default)] AssumeRoleResponse, ASSUME_ROLE_RESPONSE;
    assumed_role_user: Option<AssumedRoleUser> = Member::new("AssumedRoleUser", &ASSUMED_ROLE_USER);
    credentials: Option<Credentials> = Member::new("Credentials", &CREDENTIALS);
    packed_policy_size: Option<i64> = Member::new("PackedPolicySize", &shape::INTEGER);
    session_token_size: Option<i64> = Member::new("SessionTokenSize", &shape::INTEGER);
    session_token_utilization: Option<i64> = Member::new("SessionTokenUtilization", &shape::INTEGER);
    source_identity: Option<String> = Member::new("SourceIdentity", &SOURCE_IDENTITY_TYPE);
}

structure! { #[derive(Default)] AssumedRoleUser, ASSUMED_ROLE_USER;
    arn: String = Member::new("Arn", &ARN_TYPE).required();
    assumed_role_id: String = Member::new("AssumedRoleId", &shape::TEXT).required();
}

structure! { Credentials, CREDENTIALS;
    access_key_id: String = Member::new("AccessKeyId", &shape::TEXT).required();
    expiration: Timestamp = Member::new("Expiration", &shape::TIMESTAMP).required();
    secret_access_key: Secret = Member::new("SecretAccessKey", &shape::TEXT).required();
    session_token: String = Member::new("SessionToken", &shape::TEXT).required();
}

structure! { #[derive(Default)] GetCallerIdentityRequest, GET_CALLER_IDENTITY_REQUEST;
}

structure! { #[derive(Default)] GetCallerIdentityResponse, GET_CALLER_IDENTITY_RESPONSE;
    account: Option<String> = Member::new("Account", &shape::TEXT);
    arn: Option<String> = Member::new("Arn", &ARN_TYPE);
    user_id: Option<String> = Member::new("UserId", &shape::TEXT);
}

structure! { #[derive(Default)] GetSessionTokenRequest, GET_SESSION_TOKEN_REQUEST;
    duration_seconds: Option<i64> = Member::new("DurationSeconds", &DURATION_SECONDS_TYPE);
    minimum_session_token_size: Option<i64> = Member::new("MinimumSessionTokenSize", &MINIMUM_SESSION_TOKEN_SIZE_TYPE);
    serial_number: Option<String> = Member::new("SerialNumber", &SERIAL_NUMBER_TYPE);
    token_code: Option<String> = Member::new("TokenCode", &TOKEN_CODE_TYPE);
}

structure! { #[derive(Default)] GetSessionTokenResponse, GET_SESSION_TOKEN_RESPONSE;
    credentials: Option<Credentials> = Member::new("Credentials", &CREDENTIALS);
    session_token_size: Option<i64> = Member::new("SessionTokenSize", &shape::INTEGER);
    session_token_utilization: Option<i64> = Member::new("SessionTokenUtilization", &shape::INTEGER);
}

structure! { #[derive(Default)] PolicyDescriptorType, POLICY_DESCRIPTOR_TYPE;
    arn: Option<String> = Member::new("arn", &ARN_TYPE);
}

structure! { #[derive(Default)] ProvidedContext, PROVIDED_CONTEXT;
    context_assertion: Option<String> = Member::new("ContextAssertion", &CONTEXT_ASSERTION_TYPE);
    provider_arn: Option<String> = Member::new("ProviderArn", &ARN_TYPE);
}

static PROVIDED_CONTEXTS_LIST_TYPE: Shape =
    Shape::List { member: &PROVIDED_CONTEXT, name: "member", flattened: false, length: Some((1, 5)) };

structure! { #[derive(Default)] Tag, TAG;
    key: String = Member::new("Key", &TAG_KEY_TYPE).required();
    value: String = Member::new("Value", &TAG_VALUE_TYPE).required();
}

static ARN_TYPE: Shape = Shape::Text {
    length: Some((20, 2048)),
    pattern: Some("[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+"),
    values: &[],
};

static CONTEXT_ASSERTION_TYPE: Shape = Shape::Text { length: Some((4, 3072)), pattern: None, values: &[] };

static DURATION_SECONDS_TYPE: Shape = Shape::Integer(900, 129600);

static EXTERNAL_ID_TYPE: Shape =
    Shape::Text { length: Some((2, 1224)), pattern: Some("[\\w+=,.@:\\/-]*"), values: &[] };

static MINIMUM_SESSION_TOKEN_SIZE_TYPE: Shape = Shape::Integer(0, 4096);

static POLICY_DESCRIPTOR_LIST_TYPE: Shape =
    Shape::List { member: &POLICY_DESCRIPTOR_TYPE, name: "member", flattened: false, length: None };

static ROLE_DURATION_SECONDS_TYPE: Shape = Shape::Integer(900, 43200);

static ROLE_SESSION_NAME_TYPE: Shape =
    Shape::Text { length: Some((2, 64)), pattern: Some("[\\w+=,.@-]*"), values: &[] };

static SERIAL_NUMBER_TYPE: Shape = Shape::Text { length: Some((9, 256)), pattern: Some("[\\w+=/:,.@-]*"), values: &[] };

static SOURCE_IDENTITY_TYPE: Shape = Shape::Text { length: Some((2, 256)), pattern: Some("[\\w+=,.@-]*"), values: &[] };

static TAG_KEY_LIST_TYPE: Shape =
    Shape::List { member: &TAG_KEY_TYPE, name: "member", flattened: false, length: Some((0, 50)) };

static TAG_KEY_TYPE: Shape =
    Shape::Text { length: Some((1, 128)), pattern: Some("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"), values: &[] };

static TAG_LIST_TYPE: Shape = Shape::List { member: &TAG, name: "member", flattened: false, length: Some((0, 50)) };

static TAG_VALUE_TYPE: Shape =
    Shape::Text { length: Some((0, 256)), pattern: Some("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"), values: &[] };

static TOKEN_CODE_TYPE: Shape = Shape::Text { length: Some((6, 6)), pattern: Some("[\\d]*"), values: &[] };

static UNRESTRICTED_SESSION_POLICY_DOCUMENT_TYPE: Shape =
    Shape::Text { length: Some((1, u64::MAX)), pattern: Some("[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"), values: &[] };

/// The errors that the operations name.
pub mod error {
    use super::Code;

    pub const EXPIRED_TOKEN_EXCEPTION: Code =
        Code { code: "ExpiredTokenException", shape: "ExpiredTokenException", status: 400 };
    pub const INVALID_CONTEXT_ASSERTION_EXCEPTION: Code =
        Code { code: "InvalidContextAssertion", shape: "InvalidContextAssertionException", status: 400 };
    pub const MALFORMED_POLICY_DOCUMENT_EXCEPTION: Code =
        Code { code: "MalformedPolicyDocument", shape: "MalformedPolicyDocumentException", status: 400 };
    pub const PACKED_POLICY_TOO_LARGE_EXCEPTION: Code =
        Code { code: "PackedPolicyTooLarge", shape: "PackedPolicyTooLargeException", status: 400 };
    pub const REGION_DISABLED_EXCEPTION: Code =
        Code { code: "RegionDisabledException", shape: "RegionDisabledException", status: 403 };
}

operations! {
    AssumeRole(super::AssumeRoleRequest, &ASSUME_ROLE_REQUEST) -> (super::AssumeRoleResponse, &ASSUME_ROLE_RESPONSE, Some("AssumeRoleResult"));
    GetCallerIdentity(super::GetCallerIdentityRequest, &GET_CALLER_IDENTITY_REQUEST) -> (super::GetCallerIdentityResponse, &GET_CALLER_IDENTITY_RESPONSE, Some("GetCallerIdentityResult"));
    GetSessionToken(super::GetSessionTokenRequest, &GET_SESSION_TOKEN_REQUEST) -> (super::GetSessionTokenResponse, &GET_SESSION_TOKEN_RESPONSE, Some("GetSessionTokenResult"));
}

/// The service.
pub static MODEL: Model = Model {
    signing_name: "sts",
    action_prefix: "sts",
    version: "2011-06-15",
    protocol: Protocol::Query,
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    target: "",
    query_compatible: false,
    error_prefix: "",
    operations: OPERATIONS,
};
