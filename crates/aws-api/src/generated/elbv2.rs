//! Elastic Load Balancing, version 2015-12-01: made by `cargo xtask codegen` from the model of botocore 1.44.8. Do not edit.
//!
//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, Version 2.0.
#![allow(unused_imports, clippy::large_enum_variant)]

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::shape::{self, Code, Member, Model, Protocol, Shape};
use crate::codec::{operations, structure};

structure! { #[derive(Default)] Action, ACTION;
    authenticate_cognito_config: Option<AuthenticateCognitoActionConfig> = Member::new("AuthenticateCognitoConfig", &AUTHENTICATE_COGNITO_ACTION_CONFIG);
    authenticate_oidc_config: Option<AuthenticateOidcActionConfig> = Member::new("AuthenticateOidcConfig", &AUTHENTICATE_OIDC_ACTION_CONFIG);
    fixed_response_config: Option<FixedResponseActionConfig> = Member::new("FixedResponseConfig", &FIXED_RESPONSE_ACTION_CONFIG);
    forward_config: Option<ForwardActionConfig> = Member::new("ForwardConfig", &FORWARD_ACTION_CONFIG);
    jwt_validation_config: Option<JwtValidationActionConfig> = Member::new("JwtValidationConfig", &JWT_VALIDATION_ACTION_CONFIG);
    order: Option<i64> = Member::new("Order", &shape::INTEGER);
    redirect_config: Option<RedirectActionConfig> = Member::new("RedirectConfig", &REDIRECT_ACTION_CONFIG);
    target_group_arn: Option<String> = Member::new("TargetGroupArn", &shape::TEXT);
    r#type: String = Member::new("Type", &shape::TEXT).required();
}

pub mod action_type_enum {
    pub const FORWARD: &str = "forward";
    pub const AUTHENTICATE_OIDC: &str = "authenticate-oidc";
    pub const AUTHENTICATE_COGNITO: &str = "authenticate-cognito";
    pub const REDIRECT: &str = "redirect";
    pub const FIXED_RESPONSE: &str = "fixed-response";
    pub const JWT_VALIDATION: &str = "jwt-validation";
}

static ACTIONS: Shape = Shape::List { member: &ACTION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] AdministrativeOverride, ADMINISTRATIVE_OVERRIDE;
    description: Option<String> = Member::new("Description", &shape::TEXT);
    reason: Option<String> = Member::new("Reason", &shape::TEXT);
    state: Option<String> = Member::new("State", &shape::TEXT);
}

pub mod advertise_trust_store_ca_names_enum {
    pub const ON: &str = "on";
    pub const OFF: &str = "off";
}

static ALPN_POLICY_NAME: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] AnomalyDetection, ANOMALY_DETECTION;
    mitigation_in_effect: Option<String> = Member::new("MitigationInEffect", &shape::TEXT);
    result: Option<String> = Member::new("Result", &shape::TEXT);
}

pub mod anomaly_result_enum {
    pub const ANOMALOUS: &str = "anomalous";
    pub const NORMAL: &str = "normal";
}

static AUTHENTICATE_COGNITO_ACTION_AUTHENTICATION_REQUEST_EXTRA_PARAMS: Shape =
    Shape::Map { value: &shape::TEXT, key_name: "key", value_name: "value", flattened: false };

pub mod authenticate_cognito_action_conditional_behavior_enum {
    pub const DENY: &str = "deny";
    pub const ALLOW: &str = "allow";
    pub const AUTHENTICATE: &str = "authenticate";
}

structure! { #[derive(Default)] AuthenticateCognitoActionConfig, AUTHENTICATE_COGNITO_ACTION_CONFIG;
    authentication_request_extra_params: Option<BTreeMap<String, String>> = Member::new("AuthenticationRequestExtraParams", &AUTHENTICATE_COGNITO_ACTION_AUTHENTICATION_REQUEST_EXTRA_PARAMS);
    on_unauthenticated_request: Option<String> = Member::new("OnUnauthenticatedRequest", &shape::TEXT);
    scope: Option<String> = Member::new("Scope", &shape::TEXT);
    session_cookie_name: Option<String> = Member::new("SessionCookieName", &shape::TEXT);
    session_timeout: Option<i64> = Member::new("SessionTimeout", &shape::LONG);
    user_pool_arn: String = Member::new("UserPoolArn", &shape::TEXT).required();
    user_pool_client_id: String = Member::new("UserPoolClientId", &shape::TEXT).required();
    user_pool_domain: String = Member::new("UserPoolDomain", &shape::TEXT).required();
}

static AUTHENTICATE_OIDC_ACTION_AUTHENTICATION_REQUEST_EXTRA_PARAMS: Shape =
    Shape::Map { value: &shape::TEXT, key_name: "key", value_name: "value", flattened: false };

pub mod authenticate_oidc_action_conditional_behavior_enum {
    pub const DENY: &str = "deny";
    pub const ALLOW: &str = "allow";
    pub const AUTHENTICATE: &str = "authenticate";
}

structure! { #[derive(Default)] AuthenticateOidcActionConfig, AUTHENTICATE_OIDC_ACTION_CONFIG;
    authentication_request_extra_params: Option<BTreeMap<String, String>> = Member::new("AuthenticationRequestExtraParams", &AUTHENTICATE_OIDC_ACTION_AUTHENTICATION_REQUEST_EXTRA_PARAMS);
    authorization_endpoint: String = Member::new("AuthorizationEndpoint", &shape::TEXT).required();
    client_id: String = Member::new("ClientId", &shape::TEXT).required();
    client_secret: Option<String> = Member::new("ClientSecret", &shape::TEXT);
    issuer: String = Member::new("Issuer", &shape::TEXT).required();
    on_unauthenticated_request: Option<String> = Member::new("OnUnauthenticatedRequest", &shape::TEXT);
    scope: Option<String> = Member::new("Scope", &shape::TEXT);
    session_cookie_name: Option<String> = Member::new("SessionCookieName", &shape::TEXT);
    session_timeout: Option<i64> = Member::new("SessionTimeout", &shape::LONG);
    token_endpoint: String = Member::new("TokenEndpoint", &shape::TEXT).required();
    use_existing_client_secret: Option<bool> = Member::new("UseExistingClientSecret", &shape::BOOLEAN);
    user_info_endpoint: String = Member::new("UserInfoEndpoint", &shape::TEXT).required();
}

structure! { #[derive(Default)] AvailabilityZone, AVAILABILITY_ZONE;
    load_balancer_addresses: Option<Vec<LoadBalancerAddress>> = Member::new("LoadBalancerAddresses", &LOAD_BALANCER_ADDRESSES);
    outpost_id: Option<String> = Member::new("OutpostId", &shape::TEXT);
    source_nat_ipv6_prefixes: Option<Vec<String>> = Member::new("SourceNatIpv6Prefixes", &SOURCE_NAT_IPV6_PREFIXES);
    subnet_id: Option<String> = Member::new("SubnetId", &shape::TEXT);
    zone_name: Option<String> = Member::new("ZoneName", &shape::TEXT);
}

static AVAILABILITY_ZONES: Shape =
    Shape::List { member: &AVAILABILITY_ZONE, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] Certificate, CERTIFICATE;
    certificate_arn: Option<String> = Member::new("CertificateArn", &shape::TEXT);
    is_default: Option<bool> = Member::new("IsDefault", &shape::BOOLEAN);
}

static CERTIFICATE_LIST: Shape = Shape::List { member: &CERTIFICATE, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] ClientCertificateIdentityFilter, CLIENT_CERTIFICATE_IDENTITY_FILTER;
    action: String = Member::new("Action", &shape::TEXT).required();
    field: String = Member::new("Field", &shape::TEXT).required();
    match_type: String = Member::new("MatchType", &shape::TEXT).required();
    value: String = Member::new("Value", &shape::TEXT).required();
}

pub mod client_certificate_identity_filter_action {
    pub const ACCEPT: &str = "accept";
}

pub mod client_certificate_identity_filter_field {
    pub const SUBJECT_CN: &str = "subject-cn";
    pub const SUBJECT_OU: &str = "subject-ou";
    pub const SAN_DNS: &str = "san-dns";
    pub const SAN_URI: &str = "san-uri";
}

pub mod client_certificate_identity_filter_match_type {
    pub const EXACT: &str = "exact";
    pub const PREFIX: &str = "prefix";
}

static CLIENT_CERTIFICATE_IDENTITY_FILTERS: Shape =
    Shape::List { member: &CLIENT_CERTIFICATE_IDENTITY_FILTER, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] DescribeListenerCertificatesInput, DESCRIBE_LISTENER_CERTIFICATES_INPUT;
    listener_arn: String = Member::new("ListenerArn", &shape::TEXT).required();
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    page_size: Option<i64> = Member::new("PageSize", &PAGE_SIZE);
}

structure! { #[derive(Default)] DescribeListenerCertificatesOutput, DESCRIBE_LISTENER_CERTIFICATES_OUTPUT;
    certificates: Option<Vec<Certificate>> = Member::new("Certificates", &CERTIFICATE_LIST);
    next_marker: Option<String> = Member::new("NextMarker", &shape::TEXT);
}

structure! { #[derive(Default)] DescribeListenersInput, DESCRIBE_LISTENERS_INPUT;
    listener_arns: Option<Vec<String>> = Member::new("ListenerArns", &LISTENER_ARNS);
    load_balancer_arn: Option<String> = Member::new("LoadBalancerArn", &shape::TEXT);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    page_size: Option<i64> = Member::new("PageSize", &PAGE_SIZE);
}

structure! { #[derive(Default)] DescribeListenersOutput, DESCRIBE_LISTENERS_OUTPUT;
    listeners: Option<Vec<Listener>> = Member::new("Listeners", &LISTENERS);
    next_marker: Option<String> = Member::new("NextMarker", &shape::TEXT);
}

structure! { #[derive(Default)] DescribeLoadBalancerAttributesInput, DESCRIBE_LOAD_BALANCER_ATTRIBUTES_INPUT;
    load_balancer_arn: String = Member::new("LoadBalancerArn", &shape::TEXT).required();
}

structure! { #[derive(Default)] DescribeLoadBalancerAttributesOutput, DESCRIBE_LOAD_BALANCER_ATTRIBUTES_OUTPUT;
    attributes: Option<Vec<LoadBalancerAttribute>> = Member::new("Attributes", &LOAD_BALANCER_ATTRIBUTES);
}

structure! { #[derive(Default)] DescribeLoadBalancersInput, DESCRIBE_LOAD_BALANCERS_INPUT;
    load_balancer_arns: Option<Vec<String>> = Member::new("LoadBalancerArns", &LOAD_BALANCER_ARNS);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    names: Option<Vec<String>> = Member::new("Names", &LOAD_BALANCER_NAMES);
    page_size: Option<i64> = Member::new("PageSize", &PAGE_SIZE);
}

structure! { #[derive(Default)] DescribeLoadBalancersOutput, DESCRIBE_LOAD_BALANCERS_OUTPUT;
    load_balancers: Option<Vec<LoadBalancer>> = Member::new("LoadBalancers", &LOAD_BALANCERS);
    next_marker: Option<String> = Member::new("NextMarker", &shape::TEXT);
}

structure! { #[derive(Default)] DescribeRulesInput, DESCRIBE_RULES_INPUT;
    listener_arn: Option<String> = Member::new("ListenerArn", &shape::TEXT);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    page_size: Option<i64> = Member::new("PageSize", &PAGE_SIZE);
    rule_arns: Option<Vec<String>> = Member::new("RuleArns", &RULE_ARNS);
}

structure! { #[derive(Default)] DescribeRulesOutput, DESCRIBE_RULES_OUTPUT;
    next_marker: Option<String> = Member::new("NextMarker", &shape::TEXT);
    rules: Option<Vec<Rule>> = Member::new("Rules", &RULES);
}

structure! { #[derive(Default)] DescribeTagsInput, DESCRIBE_TAGS_INPUT;
    resource_arns: Vec<String> = Member::new("ResourceArns", &RESOURCE_ARNS).required();
}

structure! { #[derive(Default)] DescribeTagsOutput, DESCRIBE_TAGS_OUTPUT;
    tag_descriptions: Option<Vec<TagDescription>> = Member::new("TagDescriptions", &TAG_DESCRIPTIONS);
}

structure! { #[derive(Default)] DescribeTargetGroupAttributesInput, DESCRIBE_TARGET_GROUP_ATTRIBUTES_INPUT;
    target_group_arn: String = Member::new("TargetGroupArn", &shape::TEXT).required();
}

structure! { #[derive(Default)] DescribeTargetGroupAttributesOutput, DESCRIBE_TARGET_GROUP_ATTRIBUTES_OUTPUT;
    attributes: Option<Vec<TargetGroupAttribute>> = Member::new("Attributes", &TARGET_GROUP_ATTRIBUTES);
}

structure! { #[derive(Default)] DescribeTargetGroupsInput, DESCRIBE_TARGET_GROUPS_INPUT;
    load_balancer_arn: Option<String> = Member::new("LoadBalancerArn", &shape::TEXT);
    marker: Option<String> = Member::new("Marker", &shape::TEXT);
    names: Option<Vec<String>> = Member::new("Names", &TARGET_GROUP_NAMES);
    page_size: Option<i64> = Member::new("PageSize", &PAGE_SIZE);
    target_group_arns: Option<Vec<String>> = Member::new("TargetGroupArns", &TARGET_GROUP_ARNS);
}

structure! { #[derive(Default)] DescribeTargetGroupsOutput, DESCRIBE_TARGET_GROUPS_OUTPUT;
    next_marker: Option<String> = Member::new("NextMarker", &shape::TEXT);
    target_groups: Option<Vec<TargetGroup>> = Member::new("TargetGroups", &TARGET_GROUPS);
}

structure! { #[derive(Default)] DescribeTargetHealthInput, DESCRIBE_TARGET_HEALTH_INPUT;
    include: Option<Vec<String>> = Member::new("Include", &LIST_OF_DESCRIBE_TARGET_HEALTH_INCLUDE_OPTIONS);
    target_group_arn: String = Member::new("TargetGroupArn", &shape::TEXT).required();
    targets: Option<Vec<TargetDescription>> = Member::new("Targets", &TARGET_DESCRIPTIONS);
}

static DESCRIBE_TARGET_HEALTH_INPUT_INCLUDE_ENUM: Shape =
    Shape::Text { length: None, pattern: None, values: &["AnomalyDetection", "All"] };

pub mod describe_target_health_input_include_enum {
    pub const ANOMALY_DETECTION: &str = "AnomalyDetection";
    pub const ALL: &str = "All";
}

structure! { #[derive(Default)] DescribeTargetHealthOutput, DESCRIBE_TARGET_HEALTH_OUTPUT;
    target_health_descriptions: Option<Vec<TargetHealthDescription>> = Member::new("TargetHealthDescriptions", &TARGET_HEALTH_DESCRIPTIONS);
}

pub mod enable_prefix_for_ipv6_source_nat_enum {
    pub const ON: &str = "on";
    pub const OFF: &str = "off";
}

structure! { #[derive(Default)] FixedResponseActionConfig, FIXED_RESPONSE_ACTION_CONFIG;
    content_type: Option<String> = Member::new("ContentType", &shape::TEXT);
    message_body: Option<String> = Member::new("MessageBody", &shape::TEXT);
    status_code: String = Member::new("StatusCode", &shape::TEXT).required();
}

structure! { #[derive(Default)] ForwardActionConfig, FORWARD_ACTION_CONFIG;
    target_group_stickiness_config: Option<TargetGroupStickinessConfig> = Member::new("TargetGroupStickinessConfig", &TARGET_GROUP_STICKINESS_CONFIG);
    target_groups: Option<Vec<TargetGroupTuple>> = Member::new("TargetGroups", &TARGET_GROUP_LIST);
}

structure! { #[derive(Default)] HostHeaderConditionConfig, HOST_HEADER_CONDITION_CONFIG;
    regex_values: Option<Vec<String>> = Member::new("RegexValues", &LIST_OF_STRING);
    values: Option<Vec<String>> = Member::new("Values", &LIST_OF_STRING);
}

structure! { #[derive(Default)] HostHeaderRewriteConfig, HOST_HEADER_REWRITE_CONFIG;
    rewrites: Option<Vec<RewriteConfig>> = Member::new("Rewrites", &REWRITE_CONFIG_LIST);
}

structure! { #[derive(Default)] HttpHeaderConditionConfig, HTTP_HEADER_CONDITION_CONFIG;
    http_header_name: Option<String> = Member::new("HttpHeaderName", &shape::TEXT);
    regex_values: Option<Vec<String>> = Member::new("RegexValues", &LIST_OF_STRING);
    values: Option<Vec<String>> = Member::new("Values", &LIST_OF_STRING);
}

structure! { #[derive(Default)] HttpRequestMethodConditionConfig, HTTP_REQUEST_METHOD_CONDITION_CONFIG;
    values: Option<Vec<String>> = Member::new("Values", &LIST_OF_STRING);
}

pub mod ip_address_type {
    pub const IPV4: &str = "ipv4";
    pub const DUALSTACK: &str = "dualstack";
    pub const DUALSTACK_WITHOUT_PUBLIC_IPV4: &str = "dualstack-without-public-ipv4";
}

structure! { #[derive(Default)] IpamPools, IPAM_POOLS;
    ipv4_ipam_pool_id: Option<String> = Member::new("Ipv4IpamPoolId", &shape::TEXT);
}

structure! { #[derive(Default)] JwtValidationActionAdditionalClaim, JWT_VALIDATION_ACTION_ADDITIONAL_CLAIM;
    format: String = Member::new("Format", &shape::TEXT).required();
    name: String = Member::new("Name", &shape::TEXT).required();
    values: Vec<String> = Member::new("Values", &JWT_VALIDATION_ACTION_ADDITIONAL_CLAIM_VALUES).required();
}

pub mod jwt_validation_action_additional_claim_format_enum {
    pub const SINGLE_STRING: &str = "single-string";
    pub const STRING_ARRAY: &str = "string-array";
    pub const SPACE_SEPARATED_VALUES: &str = "space-separated-values";
}

static JWT_VALIDATION_ACTION_ADDITIONAL_CLAIM_VALUES: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static JWT_VALIDATION_ACTION_ADDITIONAL_CLAIMS: Shape =
    Shape::List { member: &JWT_VALIDATION_ACTION_ADDITIONAL_CLAIM, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] JwtValidationActionConfig, JWT_VALIDATION_ACTION_CONFIG;
    additional_claims: Option<Vec<JwtValidationActionAdditionalClaim>> = Member::new("AdditionalClaims", &JWT_VALIDATION_ACTION_ADDITIONAL_CLAIMS);
    issuer: String = Member::new("Issuer", &shape::TEXT).required();
    jwks_endpoint: String = Member::new("JwksEndpoint", &shape::TEXT).required();
}

static LIST_OF_DESCRIBE_TARGET_HEALTH_INCLUDE_OPTIONS: Shape =
    Shape::List { member: &DESCRIBE_TARGET_HEALTH_INPUT_INCLUDE_ENUM, name: "member", flattened: false, length: None };

static LIST_OF_STRING: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] Listener, LISTENER;
    alpn_policy: Option<Vec<String>> = Member::new("AlpnPolicy", &ALPN_POLICY_NAME);
    certificates: Option<Vec<Certificate>> = Member::new("Certificates", &CERTIFICATE_LIST);
    default_actions: Option<Vec<Action>> = Member::new("DefaultActions", &ACTIONS);
    listener_arn: Option<String> = Member::new("ListenerArn", &shape::TEXT);
    load_balancer_arn: Option<String> = Member::new("LoadBalancerArn", &shape::TEXT);
    mutual_authentication: Option<MutualAuthenticationAttributes> = Member::new("MutualAuthentication", &MUTUAL_AUTHENTICATION_ATTRIBUTES);
    port: Option<i64> = Member::new("Port", &PORT);
    protocol: Option<String> = Member::new("Protocol", &shape::TEXT);
    ssl_policy: Option<String> = Member::new("SslPolicy", &shape::TEXT);
}

static LISTENER_ARNS: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static LISTENERS: Shape = Shape::List { member: &LISTENER, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] LoadBalancer, LOAD_BALANCER;
    availability_zones: Option<Vec<AvailabilityZone>> = Member::new("AvailabilityZones", &AVAILABILITY_ZONES);
    canonical_hosted_zone_id: Option<String> = Member::new("CanonicalHostedZoneId", &shape::TEXT);
    created_time: Option<Timestamp> = Member::new("CreatedTime", &shape::TIMESTAMP);
    customer_owned_ipv4_pool: Option<String> = Member::new("CustomerOwnedIpv4Pool", &shape::TEXT);
    dns_name: Option<String> = Member::new("DNSName", &shape::TEXT);
    enable_prefix_for_ipv6_source_nat: Option<String> = Member::new("EnablePrefixForIpv6SourceNat", &shape::TEXT);
    enforce_security_group_inbound_rules_on_private_link_traffic: Option<String> = Member::new("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", &shape::TEXT);
    ip_address_type: Option<String> = Member::new("IpAddressType", &shape::TEXT);
    ipam_pools: Option<IpamPools> = Member::new("IpamPools", &IPAM_POOLS);
    load_balancer_arn: Option<String> = Member::new("LoadBalancerArn", &shape::TEXT);
    load_balancer_name: Option<String> = Member::new("LoadBalancerName", &shape::TEXT);
    scheme: Option<String> = Member::new("Scheme", &shape::TEXT);
    security_groups: Option<Vec<String>> = Member::new("SecurityGroups", &SECURITY_GROUPS);
    state: Option<LoadBalancerState> = Member::new("State", &LOAD_BALANCER_STATE);
    r#type: Option<String> = Member::new("Type", &shape::TEXT);
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT);
}

structure! { #[derive(Default)] LoadBalancerAddress, LOAD_BALANCER_ADDRESS;
    allocation_id: Option<String> = Member::new("AllocationId", &shape::TEXT);
    i_pv6_address: Option<String> = Member::new("IPv6Address", &shape::TEXT);
    ip_address: Option<String> = Member::new("IpAddress", &shape::TEXT);
    private_i_pv4_address: Option<String> = Member::new("PrivateIPv4Address", &shape::TEXT);
}

static LOAD_BALANCER_ADDRESSES: Shape =
    Shape::List { member: &LOAD_BALANCER_ADDRESS, name: "member", flattened: false, length: None };

static LOAD_BALANCER_ARNS: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] LoadBalancerAttribute, LOAD_BALANCER_ATTRIBUTE;
    key: Option<String> = Member::new("Key", &shape::TEXT);
    value: Option<String> = Member::new("Value", &shape::TEXT);
}

static LOAD_BALANCER_ATTRIBUTES: Shape =
    Shape::List { member: &LOAD_BALANCER_ATTRIBUTE, name: "member", flattened: false, length: None };

static LOAD_BALANCER_NAMES: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

pub mod load_balancer_scheme_enum {
    pub const INTERNET_FACING: &str = "internet-facing";
    pub const INTERNAL: &str = "internal";
}

structure! { #[derive(Default)] LoadBalancerState, LOAD_BALANCER_STATE;
    code: Option<String> = Member::new("Code", &shape::TEXT);
    reason: Option<String> = Member::new("Reason", &shape::TEXT);
}

pub mod load_balancer_state_enum {
    pub const ACTIVE: &str = "active";
    pub const PROVISIONING: &str = "provisioning";
    pub const ACTIVE_IMPAIRED: &str = "active_impaired";
    pub const FAILED: &str = "failed";
}

pub mod load_balancer_type_enum {
    pub const APPLICATION: &str = "application";
    pub const NETWORK: &str = "network";
    pub const GATEWAY: &str = "gateway";
}

static LOAD_BALANCERS: Shape = Shape::List { member: &LOAD_BALANCER, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] Matcher, MATCHER;
    grpc_code: Option<String> = Member::new("GrpcCode", &shape::TEXT);
    http_code: Option<String> = Member::new("HttpCode", &shape::TEXT);
}

pub mod mitigation_in_effect_enum {
    pub const YES: &str = "yes";
    pub const NO: &str = "no";
}

structure! { #[derive(Default)] MutualAuthenticationAttributes, MUTUAL_AUTHENTICATION_ATTRIBUTES;
    advertise_trust_store_ca_names: Option<String> = Member::new("AdvertiseTrustStoreCaNames", &shape::TEXT);
    client_certificate_identity_filters: Option<Vec<ClientCertificateIdentityFilter>> = Member::new("ClientCertificateIdentityFilters", &CLIENT_CERTIFICATE_IDENTITY_FILTERS);
    ignore_client_certificate_expiry: Option<bool> = Member::new("IgnoreClientCertificateExpiry", &shape::BOOLEAN);
    mode: Option<String> = Member::new("Mode", &shape::TEXT);
    trust_store_arn: Option<String> = Member::new("TrustStoreArn", &shape::TEXT);
    trust_store_association_status: Option<String> = Member::new("TrustStoreAssociationStatus", &shape::TEXT);
}

static PAGE_SIZE: Shape = Shape::Integer(1, 400);

structure! { #[derive(Default)] PathPatternConditionConfig, PATH_PATTERN_CONDITION_CONFIG;
    regex_values: Option<Vec<String>> = Member::new("RegexValues", &LIST_OF_STRING);
    values: Option<Vec<String>> = Member::new("Values", &LIST_OF_STRING);
}

static PORT: Shape = Shape::Integer(1, 65535);

pub mod protocol_enum {
    pub const HTTP: &str = "HTTP";
    pub const HTTPS: &str = "HTTPS";
    pub const TCP: &str = "TCP";
    pub const TLS: &str = "TLS";
    pub const UDP: &str = "UDP";
    pub const TCP_UDP: &str = "TCP_UDP";
    pub const GENEVE: &str = "GENEVE";
    pub const QUIC: &str = "QUIC";
    pub const TCP_QUIC: &str = "TCP_QUIC";
}

structure! { #[derive(Default)] QueryStringConditionConfig, QUERY_STRING_CONDITION_CONFIG;
    values: Option<Vec<QueryStringKeyValuePair>> = Member::new("Values", &QUERY_STRING_KEY_VALUE_PAIR_LIST);
}

structure! { #[derive(Default)] QueryStringKeyValuePair, QUERY_STRING_KEY_VALUE_PAIR;
    key: Option<String> = Member::new("Key", &shape::TEXT);
    value: Option<String> = Member::new("Value", &shape::TEXT);
}

static QUERY_STRING_KEY_VALUE_PAIR_LIST: Shape =
    Shape::List { member: &QUERY_STRING_KEY_VALUE_PAIR, name: "member", flattened: false, length: None };

static QUIC_SERVER_ID: Shape = Shape::Text { length: Some((1, 256)), pattern: None, values: &[] };

structure! { #[derive(Default)] RedirectActionConfig, REDIRECT_ACTION_CONFIG;
    host: Option<String> = Member::new("Host", &shape::TEXT);
    path: Option<String> = Member::new("Path", &shape::TEXT);
    port: Option<String> = Member::new("Port", &shape::TEXT);
    protocol: Option<String> = Member::new("Protocol", &shape::TEXT);
    query: Option<String> = Member::new("Query", &shape::TEXT);
    status_code: String = Member::new("StatusCode", &shape::TEXT).required();
}

pub mod redirect_action_status_code_enum {
    pub const HTTP_301: &str = "HTTP_301";
    pub const HTTP_302: &str = "HTTP_302";
}

static RESOURCE_ARNS: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] RewriteConfig, REWRITE_CONFIG;
    regex: String = Member::new("Regex", &shape::TEXT).required();
    replace: String = Member::new("Replace", &shape::TEXT).required();
}

static REWRITE_CONFIG_LIST: Shape =
    Shape::List { member: &REWRITE_CONFIG, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] Rule, RULE;
    actions: Option<Vec<Action>> = Member::new("Actions", &ACTIONS);
    conditions: Option<Vec<RuleCondition>> = Member::new("Conditions", &RULE_CONDITION_LIST);
    is_default: Option<bool> = Member::new("IsDefault", &shape::BOOLEAN);
    priority: Option<String> = Member::new("Priority", &shape::TEXT);
    rule_arn: Option<String> = Member::new("RuleArn", &shape::TEXT);
    transforms: Option<Vec<RuleTransform>> = Member::new("Transforms", &RULE_TRANSFORM_LIST);
}

static RULE_ARNS: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] RuleCondition, RULE_CONDITION;
    field: Option<String> = Member::new("Field", &shape::TEXT);
    host_header_config: Option<HostHeaderConditionConfig> = Member::new("HostHeaderConfig", &HOST_HEADER_CONDITION_CONFIG);
    http_header_config: Option<HttpHeaderConditionConfig> = Member::new("HttpHeaderConfig", &HTTP_HEADER_CONDITION_CONFIG);
    http_request_method_config: Option<HttpRequestMethodConditionConfig> = Member::new("HttpRequestMethodConfig", &HTTP_REQUEST_METHOD_CONDITION_CONFIG);
    path_pattern_config: Option<PathPatternConditionConfig> = Member::new("PathPatternConfig", &PATH_PATTERN_CONDITION_CONFIG);
    query_string_config: Option<QueryStringConditionConfig> = Member::new("QueryStringConfig", &QUERY_STRING_CONDITION_CONFIG);
    regex_values: Option<Vec<String>> = Member::new("RegexValues", &LIST_OF_STRING);
    source_ip_config: Option<SourceIpConditionConfig> = Member::new("SourceIpConfig", &SOURCE_IP_CONDITION_CONFIG);
    values: Option<Vec<String>> = Member::new("Values", &LIST_OF_STRING);
}

static RULE_CONDITION_LIST: Shape =
    Shape::List { member: &RULE_CONDITION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] RuleTransform, RULE_TRANSFORM;
    host_header_rewrite_config: Option<HostHeaderRewriteConfig> = Member::new("HostHeaderRewriteConfig", &HOST_HEADER_REWRITE_CONFIG);
    r#type: String = Member::new("Type", &shape::TEXT).required();
    url_rewrite_config: Option<UrlRewriteConfig> = Member::new("UrlRewriteConfig", &URL_REWRITE_CONFIG);
}

static RULE_TRANSFORM_LIST: Shape =
    Shape::List { member: &RULE_TRANSFORM, name: "member", flattened: false, length: None };

static RULES: Shape = Shape::List { member: &RULE, name: "member", flattened: false, length: None };

static SECURITY_GROUPS: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

pub mod source_ip_address_type_enum {
    pub const IPV4: &str = "ipv4";
    pub const IPV6: &str = "ipv6";
}

structure! { #[derive(Default)] SourceIpConditionConfig, SOURCE_IP_CONDITION_CONFIG;
    ip_address_type: Option<String> = Member::new("IpAddressType", &shape::TEXT);
    values: Option<Vec<String>> = Member::new("Values", &LIST_OF_STRING);
}

static SOURCE_NAT_IPV6_PREFIXES: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] Tag, TAG;
    key: String = Member::new("Key", &shape::TEXT).required();
    value: Option<String> = Member::new("Value", &shape::TEXT);
}

structure! { #[derive(Default)] TagDescription, TAG_DESCRIPTION;
    resource_arn: Option<String> = Member::new("ResourceArn", &shape::TEXT);
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST);
}

static TAG_DESCRIPTIONS: Shape =
    Shape::List { member: &TAG_DESCRIPTION, name: "member", flattened: false, length: None };

static TAG_LIST: Shape = Shape::List { member: &TAG, name: "member", flattened: false, length: None };

pub mod target_administrative_override_reason_enum {
    pub const ADMINISTRATIVE_OVERRIDE_UNKNOWN: &str = "AdministrativeOverride.Unknown";
    pub const ADMINISTRATIVE_OVERRIDE_NO_OVERRIDE: &str = "AdministrativeOverride.NoOverride";
    pub const ADMINISTRATIVE_OVERRIDE_ZONAL_SHIFT_ACTIVE: &str = "AdministrativeOverride.ZonalShiftActive";
    pub const ADMINISTRATIVE_OVERRIDE_ZONAL_SHIFT_DELEGATED_TO_DNS: &str =
        "AdministrativeOverride.ZonalShiftDelegatedToDns";
}

pub mod target_administrative_override_state_enum {
    pub const UNKNOWN: &str = "unknown";
    pub const NO_OVERRIDE: &str = "no_override";
    pub const ZONAL_SHIFT_ACTIVE: &str = "zonal_shift_active";
    pub const ZONAL_SHIFT_DELEGATED_TO_DNS: &str = "zonal_shift_delegated_to_dns";
}

structure! { #[derive(Default)] TargetDescription, TARGET_DESCRIPTION;
    availability_zone: Option<String> = Member::new("AvailabilityZone", &shape::TEXT);
    id: String = Member::new("Id", &shape::TEXT).required();
    port: Option<i64> = Member::new("Port", &PORT);
    quic_server_id: Option<String> = Member::new("QuicServerId", &QUIC_SERVER_ID);
}

static TARGET_DESCRIPTIONS: Shape =
    Shape::List { member: &TARGET_DESCRIPTION, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] TargetGroup, TARGET_GROUP;
    health_check_enabled: Option<bool> = Member::new("HealthCheckEnabled", &shape::BOOLEAN);
    health_check_interval_seconds: Option<i64> = Member::new("HealthCheckIntervalSeconds", &shape::INTEGER);
    health_check_path: Option<String> = Member::new("HealthCheckPath", &shape::TEXT);
    health_check_port: Option<String> = Member::new("HealthCheckPort", &shape::TEXT);
    health_check_protocol: Option<String> = Member::new("HealthCheckProtocol", &shape::TEXT);
    health_check_timeout_seconds: Option<i64> = Member::new("HealthCheckTimeoutSeconds", &shape::INTEGER);
    healthy_threshold_count: Option<i64> = Member::new("HealthyThresholdCount", &shape::INTEGER);
    ip_address_type: Option<String> = Member::new("IpAddressType", &shape::TEXT);
    load_balancer_arns: Option<Vec<String>> = Member::new("LoadBalancerArns", &LOAD_BALANCER_ARNS);
    matcher: Option<Matcher> = Member::new("Matcher", &MATCHER);
    port: Option<i64> = Member::new("Port", &PORT);
    protocol: Option<String> = Member::new("Protocol", &shape::TEXT);
    protocol_version: Option<String> = Member::new("ProtocolVersion", &shape::TEXT);
    target_control_port: Option<i64> = Member::new("TargetControlPort", &shape::INTEGER);
    target_group_arn: Option<String> = Member::new("TargetGroupArn", &shape::TEXT);
    target_group_name: Option<String> = Member::new("TargetGroupName", &shape::TEXT);
    target_type: Option<String> = Member::new("TargetType", &shape::TEXT);
    unhealthy_threshold_count: Option<i64> = Member::new("UnhealthyThresholdCount", &shape::INTEGER);
    vpc_id: Option<String> = Member::new("VpcId", &shape::TEXT);
}

static TARGET_GROUP_ARNS: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] TargetGroupAttribute, TARGET_GROUP_ATTRIBUTE;
    key: Option<String> = Member::new("Key", &shape::TEXT);
    value: Option<String> = Member::new("Value", &shape::TEXT);
}

static TARGET_GROUP_ATTRIBUTES: Shape =
    Shape::List { member: &TARGET_GROUP_ATTRIBUTE, name: "member", flattened: false, length: None };

pub mod target_group_ip_address_type_enum {
    pub const IPV4: &str = "ipv4";
    pub const IPV6: &str = "ipv6";
}

static TARGET_GROUP_LIST: Shape =
    Shape::List { member: &TARGET_GROUP_TUPLE, name: "member", flattened: false, length: None };

static TARGET_GROUP_NAMES: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] TargetGroupStickinessConfig, TARGET_GROUP_STICKINESS_CONFIG;
    duration_seconds: Option<i64> = Member::new("DurationSeconds", &shape::INTEGER);
    enabled: Option<bool> = Member::new("Enabled", &shape::BOOLEAN);
}

structure! { #[derive(Default)] TargetGroupTuple, TARGET_GROUP_TUPLE;
    target_group_arn: Option<String> = Member::new("TargetGroupArn", &shape::TEXT);
    weight: Option<i64> = Member::new("Weight", &shape::INTEGER);
}

static TARGET_GROUPS: Shape = Shape::List { member: &TARGET_GROUP, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] TargetHealth, TARGET_HEALTH;
    description: Option<String> = Member::new("Description", &shape::TEXT);
    reason: Option<String> = Member::new("Reason", &shape::TEXT);
    state: Option<String> = Member::new("State", &shape::TEXT);
}

structure! { #[derive(Default)] TargetHealthDescription, TARGET_HEALTH_DESCRIPTION;
    administrative_override: Option<AdministrativeOverride> = Member::new("AdministrativeOverride", &ADMINISTRATIVE_OVERRIDE);
    anomaly_detection: Option<AnomalyDetection> = Member::new("AnomalyDetection", &ANOMALY_DETECTION);
    health_check_port: Option<String> = Member::new("HealthCheckPort", &shape::TEXT);
    target: Option<TargetDescription> = Member::new("Target", &TARGET_DESCRIPTION);
    target_health: Option<TargetHealth> = Member::new("TargetHealth", &TARGET_HEALTH);
}

static TARGET_HEALTH_DESCRIPTIONS: Shape =
    Shape::List { member: &TARGET_HEALTH_DESCRIPTION, name: "member", flattened: false, length: None };

pub mod target_health_reason_enum {
    pub const ELB_REGISTRATION_IN_PROGRESS: &str = "Elb.RegistrationInProgress";
    pub const ELB_INITIAL_HEALTH_CHECKING: &str = "Elb.InitialHealthChecking";
    pub const TARGET_RESPONSE_CODE_MISMATCH: &str = "Target.ResponseCodeMismatch";
    pub const TARGET_TIMEOUT: &str = "Target.Timeout";
    pub const TARGET_FAILED_HEALTH_CHECKS: &str = "Target.FailedHealthChecks";
    pub const TARGET_NOT_REGISTERED: &str = "Target.NotRegistered";
    pub const TARGET_NOT_IN_USE: &str = "Target.NotInUse";
    pub const TARGET_DEREGISTRATION_IN_PROGRESS: &str = "Target.DeregistrationInProgress";
    pub const TARGET_INVALID_STATE: &str = "Target.InvalidState";
    pub const TARGET_IP_UNUSABLE: &str = "Target.IpUnusable";
    pub const TARGET_HEALTH_CHECK_DISABLED: &str = "Target.HealthCheckDisabled";
    pub const ELB_INTERNAL_ERROR: &str = "Elb.InternalError";
}

pub mod target_health_state_enum {
    pub const INITIAL: &str = "initial";
    pub const HEALTHY: &str = "healthy";
    pub const UNHEALTHY: &str = "unhealthy";
    pub const UNHEALTHY_DRAINING: &str = "unhealthy.draining";
    pub const UNUSED: &str = "unused";
    pub const DRAINING: &str = "draining";
    pub const UNAVAILABLE: &str = "unavailable";
}

pub mod target_type_enum {
    pub const INSTANCE: &str = "instance";
    pub const IP: &str = "ip";
    pub const LAMBDA: &str = "lambda";
    pub const ALB: &str = "alb";
}

pub mod transform_type_enum {
    pub const HOST_HEADER_REWRITE: &str = "host-header-rewrite";
    pub const URL_REWRITE: &str = "url-rewrite";
}

pub mod trust_store_association_status_enum {
    pub const ACTIVE: &str = "active";
    pub const REMOVED: &str = "removed";
}

structure! { #[derive(Default)] UrlRewriteConfig, URL_REWRITE_CONFIG;
    rewrites: Option<Vec<RewriteConfig>> = Member::new("Rewrites", &REWRITE_CONFIG_LIST);
}

/// The errors that the operations name.
pub mod error {
    use super::Code;

    pub const HEALTH_UNAVAILABLE_EXCEPTION: Code =
        Code { code: "HealthUnavailable", shape: "HealthUnavailableException", status: 500 };
    pub const INVALID_TARGET_EXCEPTION: Code =
        Code { code: "InvalidTarget", shape: "InvalidTargetException", status: 400 };
    pub const LISTENER_NOT_FOUND_EXCEPTION: Code =
        Code { code: "ListenerNotFound", shape: "ListenerNotFoundException", status: 400 };
    pub const LOAD_BALANCER_NOT_FOUND_EXCEPTION: Code =
        Code { code: "LoadBalancerNotFound", shape: "LoadBalancerNotFoundException", status: 400 };
    pub const RULE_NOT_FOUND_EXCEPTION: Code =
        Code { code: "RuleNotFound", shape: "RuleNotFoundException", status: 400 };
    pub const TARGET_GROUP_NOT_FOUND_EXCEPTION: Code =
        Code { code: "TargetGroupNotFound", shape: "TargetGroupNotFoundException", status: 400 };
    pub const TRUST_STORE_NOT_FOUND_EXCEPTION: Code =
        Code { code: "TrustStoreNotFound", shape: "TrustStoreNotFoundException", status: 400 };
    pub const UNSUPPORTED_PROTOCOL_EXCEPTION: Code =
        Code { code: "UnsupportedProtocol", shape: "UnsupportedProtocolException", status: 400 };
}

operations! {
    DescribeListenerCertificates(super::DescribeListenerCertificatesInput, &DESCRIBE_LISTENER_CERTIFICATES_INPUT) -> (super::DescribeListenerCertificatesOutput, &DESCRIBE_LISTENER_CERTIFICATES_OUTPUT, Some("DescribeListenerCertificatesResult"));
    DescribeListeners(super::DescribeListenersInput, &DESCRIBE_LISTENERS_INPUT) -> (super::DescribeListenersOutput, &DESCRIBE_LISTENERS_OUTPUT, Some("DescribeListenersResult"));
    DescribeLoadBalancerAttributes(super::DescribeLoadBalancerAttributesInput, &DESCRIBE_LOAD_BALANCER_ATTRIBUTES_INPUT) -> (super::DescribeLoadBalancerAttributesOutput, &DESCRIBE_LOAD_BALANCER_ATTRIBUTES_OUTPUT, Some("DescribeLoadBalancerAttributesResult"));
    DescribeLoadBalancers(super::DescribeLoadBalancersInput, &DESCRIBE_LOAD_BALANCERS_INPUT) -> (super::DescribeLoadBalancersOutput, &DESCRIBE_LOAD_BALANCERS_OUTPUT, Some("DescribeLoadBalancersResult"));
    DescribeRules(super::DescribeRulesInput, &DESCRIBE_RULES_INPUT) -> (super::DescribeRulesOutput, &DESCRIBE_RULES_OUTPUT, Some("DescribeRulesResult"));
    DescribeTags(super::DescribeTagsInput, &DESCRIBE_TAGS_INPUT) -> (super::DescribeTagsOutput, &DESCRIBE_TAGS_OUTPUT, Some("DescribeTagsResult"));
    DescribeTargetGroupAttributes(super::DescribeTargetGroupAttributesInput, &DESCRIBE_TARGET_GROUP_ATTRIBUTES_INPUT) -> (super::DescribeTargetGroupAttributesOutput, &DESCRIBE_TARGET_GROUP_ATTRIBUTES_OUTPUT, Some("DescribeTargetGroupAttributesResult"));
    DescribeTargetGroups(super::DescribeTargetGroupsInput, &DESCRIBE_TARGET_GROUPS_INPUT) -> (super::DescribeTargetGroupsOutput, &DESCRIBE_TARGET_GROUPS_OUTPUT, Some("DescribeTargetGroupsResult"));
    DescribeTargetHealth(super::DescribeTargetHealthInput, &DESCRIBE_TARGET_HEALTH_INPUT) -> (super::DescribeTargetHealthOutput, &DESCRIBE_TARGET_HEALTH_OUTPUT, Some("DescribeTargetHealthResult"));
}

/// The service.
pub static MODEL: Model = Model {
    signing_name: "elasticloadbalancing",
    action_prefix: "elasticloadbalancing",
    version: "2015-12-01",
    protocol: Protocol::Query,
    namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    target: "",
    query_compatible: false,
    error_prefix: "",
    operations: OPERATIONS,
};
