//! Amazon CloudWatch Logs, version 2014-03-28: made by `cargo xtask codegen` from the model of botocore 1.44.8. Do not edit.
//!
//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, Version 2.0.
#![allow(unused_imports, clippy::large_enum_variant)]

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::shape::{self, Code, Member, Model, Protocol, Shape};
use crate::codec::{operations, structure};

static ACCOUNT_ID: Shape = Shape::Text { length: Some((12, 12)), pattern: Some("^\\d{12}$"), values: &[] };

static ACCOUNT_IDS: Shape =
    Shape::List { member: &ACCOUNT_ID, name: "member", flattened: false, length: Some((0, 20)) };

structure! { #[derive(Default)] CreateLogGroupRequest, CREATE_LOG_GROUP_REQUEST;
    deletion_protection_enabled: Option<bool> = Member::new("deletionProtectionEnabled", &shape::BOOLEAN);
    kms_key_id: Option<String> = Member::new("kmsKeyId", &KMS_KEY_ID);
    log_group_class: Option<String> = Member::new("logGroupClass", &LOG_GROUP_CLASS);
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
    tags: Option<BTreeMap<String, String>> = Member::new("tags", &TAGS);
}

structure! { #[derive(Default)] CreateLogStreamRequest, CREATE_LOG_STREAM_REQUEST;
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
    log_stream_name: String = Member::new("logStreamName", &LOG_STREAM_NAME).required();
}

pub mod data_protection_status {
    pub const ACTIVATED: &str = "ACTIVATED";
    pub const DELETED: &str = "DELETED";
    pub const ARCHIVED: &str = "ARCHIVED";
    pub const DISABLED: &str = "DISABLED";
}

structure! { #[derive(Default)] DeleteLogGroupRequest, DELETE_LOG_GROUP_REQUEST;
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
}

structure! { #[derive(Default)] DeleteLogStreamRequest, DELETE_LOG_STREAM_REQUEST;
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
    log_stream_name: String = Member::new("logStreamName", &LOG_STREAM_NAME).required();
}

structure! { #[derive(Default)] DeleteRetentionPolicyRequest, DELETE_RETENTION_POLICY_REQUEST;
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
}

static DESCRIBE_LIMIT: Shape = Shape::Integer(1, 50);

static DESCRIBE_LOG_GROUPS_LOG_GROUP_IDENTIFIERS: Shape =
    Shape::List { member: &LOG_GROUP_IDENTIFIER, name: "member", flattened: false, length: Some((1, 50)) };

structure! { #[derive(Default)] DescribeLogGroupsRequest, DESCRIBE_LOG_GROUPS_REQUEST;
    account_identifiers: Option<Vec<String>> = Member::new("accountIdentifiers", &ACCOUNT_IDS);
    include_linked_accounts: Option<bool> = Member::new("includeLinkedAccounts", &shape::BOOLEAN);
    limit: Option<i64> = Member::new("limit", &DESCRIBE_LIMIT);
    log_group_class: Option<String> = Member::new("logGroupClass", &LOG_GROUP_CLASS);
    log_group_identifiers: Option<Vec<String>> = Member::new("logGroupIdentifiers", &DESCRIBE_LOG_GROUPS_LOG_GROUP_IDENTIFIERS);
    log_group_name_pattern: Option<String> = Member::new("logGroupNamePattern", &LOG_GROUP_NAME_PATTERN);
    log_group_name_prefix: Option<String> = Member::new("logGroupNamePrefix", &LOG_GROUP_NAME);
    next_token: Option<String> = Member::new("nextToken", &NEXT_TOKEN);
}

structure! { #[derive(Default)] DescribeLogGroupsResponse, DESCRIBE_LOG_GROUPS_RESPONSE;
    log_groups: Option<Vec<LogGroup>> = Member::new("logGroups", &LOG_GROUPS);
    next_token: Option<String> = Member::new("nextToken", &NEXT_TOKEN);
}

structure! { #[derive(Default)] DescribeLogStreamsRequest, DESCRIBE_LOG_STREAMS_REQUEST;
    descending: Option<bool> = Member::new("descending", &shape::BOOLEAN);
    limit: Option<i64> = Member::new("limit", &DESCRIBE_LIMIT);
    log_group_identifier: Option<String> = Member::new("logGroupIdentifier", &LOG_GROUP_IDENTIFIER);
    log_group_name: Option<String> = Member::new("logGroupName", &LOG_GROUP_NAME);
    log_stream_name_prefix: Option<String> = Member::new("logStreamNamePrefix", &LOG_STREAM_NAME);
    next_token: Option<String> = Member::new("nextToken", &NEXT_TOKEN);
    order_by: Option<String> = Member::new("orderBy", &ORDER_BY);
}

structure! { #[derive(Default)] DescribeLogStreamsResponse, DESCRIBE_LOG_STREAMS_RESPONSE;
    log_streams: Option<Vec<LogStream>> = Member::new("logStreams", &LOG_STREAMS);
    next_token: Option<String> = Member::new("nextToken", &NEXT_TOKEN);
}

structure! { #[derive(Default)] Entity, ENTITY;
    attributes: Option<BTreeMap<String, String>> = Member::new("attributes", &ENTITY_ATTRIBUTES);
    key_attributes: Option<BTreeMap<String, String>> = Member::new("keyAttributes", &ENTITY_KEY_ATTRIBUTES);
}

static ENTITY_ATTRIBUTES: Shape =
    Shape::Map { value: &ENTITY_ATTRIBUTES_VALUE, key_name: "key", value_name: "value", flattened: false };

static ENTITY_ATTRIBUTES_VALUE: Shape = Shape::Text { length: Some((1, 512)), pattern: None, values: &[] };

static ENTITY_KEY_ATTRIBUTES: Shape =
    Shape::Map { value: &ENTITY_KEY_ATTRIBUTES_VALUE, key_name: "key", value_name: "value", flattened: false };

static ENTITY_KEY_ATTRIBUTES_VALUE: Shape = Shape::Text { length: Some((1, 512)), pattern: None, values: &[] };

pub mod entity_rejection_error_type {
    pub const INVALID_ENTITY: &str = "InvalidEntity";
    pub const INVALID_TYPE_VALUE: &str = "InvalidTypeValue";
    pub const INVALID_KEY_ATTRIBUTES: &str = "InvalidKeyAttributes";
    pub const INVALID_ATTRIBUTES: &str = "InvalidAttributes";
    pub const ENTITY_SIZE_TOO_LARGE: &str = "EntitySizeTooLarge";
    pub const UNSUPPORTED_LOG_GROUP_TYPE: &str = "UnsupportedLogGroupType";
    pub const MISSING_REQUIRED_FIELDS: &str = "MissingRequiredFields";
}

static EVENT_MESSAGE: Shape = Shape::Text { length: Some((1, u64::MAX)), pattern: None, values: &[] };

static EVENTS_LIMIT: Shape = Shape::Integer(1, 10000);

structure! { #[derive(Default)] FilterLogEventsRequest, FILTER_LOG_EVENTS_REQUEST;
    end_time: Option<i64> = Member::new("endTime", &TIMESTAMP);
    filter_pattern: Option<String> = Member::new("filterPattern", &FILTER_PATTERN);
    interleaved: Option<bool> = Member::new("interleaved", &shape::BOOLEAN);
    limit: Option<i64> = Member::new("limit", &EVENTS_LIMIT);
    log_group_identifier: Option<String> = Member::new("logGroupIdentifier", &LOG_GROUP_IDENTIFIER);
    log_group_name: Option<String> = Member::new("logGroupName", &LOG_GROUP_NAME);
    log_stream_name_prefix: Option<String> = Member::new("logStreamNamePrefix", &LOG_STREAM_NAME);
    log_stream_names: Option<Vec<String>> = Member::new("logStreamNames", &INPUT_LOG_STREAM_NAMES);
    next_token: Option<String> = Member::new("nextToken", &NEXT_TOKEN);
    start_from_head: Option<bool> = Member::new("startFromHead", &shape::BOOLEAN);
    start_time: Option<i64> = Member::new("startTime", &TIMESTAMP);
    unmask: Option<bool> = Member::new("unmask", &shape::BOOLEAN);
}

structure! { #[derive(Default)] FilterLogEventsResponse, FILTER_LOG_EVENTS_RESPONSE;
    events: Option<Vec<FilteredLogEvent>> = Member::new("events", &FILTERED_LOG_EVENTS);
    next_token: Option<String> = Member::new("nextToken", &NEXT_TOKEN);
    searched_log_streams: Option<Vec<SearchedLogStream>> = Member::new("searchedLogStreams", &SEARCHED_LOG_STREAMS);
}

static FILTER_PATTERN: Shape = Shape::Text { length: Some((0, 1024)), pattern: None, values: &[] };

structure! { #[derive(Default)] FilteredLogEvent, FILTERED_LOG_EVENT;
    event_id: Option<String> = Member::new("eventId", &shape::TEXT);
    ingestion_time: Option<i64> = Member::new("ingestionTime", &TIMESTAMP);
    log_stream_name: Option<String> = Member::new("logStreamName", &LOG_STREAM_NAME);
    message: Option<String> = Member::new("message", &EVENT_MESSAGE);
    timestamp: Option<i64> = Member::new("timestamp", &TIMESTAMP);
}

static FILTERED_LOG_EVENTS: Shape =
    Shape::List { member: &FILTERED_LOG_EVENT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] GetLogEventsRequest, GET_LOG_EVENTS_REQUEST;
    end_time: Option<i64> = Member::new("endTime", &TIMESTAMP);
    limit: Option<i64> = Member::new("limit", &EVENTS_LIMIT);
    log_group_identifier: Option<String> = Member::new("logGroupIdentifier", &LOG_GROUP_IDENTIFIER);
    log_group_name: Option<String> = Member::new("logGroupName", &LOG_GROUP_NAME);
    log_stream_name: String = Member::new("logStreamName", &LOG_STREAM_NAME).required();
    next_token: Option<String> = Member::new("nextToken", &NEXT_TOKEN);
    start_from_head: Option<bool> = Member::new("startFromHead", &shape::BOOLEAN);
    start_time: Option<i64> = Member::new("startTime", &TIMESTAMP);
    unmask: Option<bool> = Member::new("unmask", &shape::BOOLEAN);
}

structure! { #[derive(Default)] GetLogEventsResponse, GET_LOG_EVENTS_RESPONSE;
    events: Option<Vec<OutputLogEvent>> = Member::new("events", &OUTPUT_LOG_EVENTS);
    next_backward_token: Option<String> = Member::new("nextBackwardToken", &NEXT_TOKEN);
    next_forward_token: Option<String> = Member::new("nextForwardToken", &NEXT_TOKEN);
}

static INHERITED_PROPERTIES: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

pub mod inherited_property {
    pub const ACCOUNT_DATA_PROTECTION: &str = "ACCOUNT_DATA_PROTECTION";
}

structure! { #[derive(Default)] InputLogEvent, INPUT_LOG_EVENT;
    message: String = Member::new("message", &EVENT_MESSAGE).required();
    timestamp: i64 = Member::new("timestamp", &TIMESTAMP).required();
}

static INPUT_LOG_EVENTS: Shape =
    Shape::List { member: &INPUT_LOG_EVENT, name: "member", flattened: false, length: Some((1, 10000)) };

static INPUT_LOG_STREAM_NAMES: Shape =
    Shape::List { member: &LOG_STREAM_NAME, name: "member", flattened: false, length: Some((1, 100)) };

static KMS_KEY_ID: Shape = Shape::Text { length: Some((0, 256)), pattern: None, values: &[] };

structure! { #[derive(Default)] LogGroup, LOG_GROUP;
    arn: Option<String> = Member::new("arn", &shape::TEXT);
    bearer_token_authentication_enabled: Option<bool> = Member::new("bearerTokenAuthenticationEnabled", &shape::BOOLEAN);
    creation_time: Option<i64> = Member::new("creationTime", &TIMESTAMP);
    data_protection_status: Option<String> = Member::new("dataProtectionStatus", &shape::TEXT);
    deletion_protection_enabled: Option<bool> = Member::new("deletionProtectionEnabled", &shape::BOOLEAN);
    inherited_properties: Option<Vec<String>> = Member::new("inheritedProperties", &INHERITED_PROPERTIES);
    kms_key_id: Option<String> = Member::new("kmsKeyId", &KMS_KEY_ID);
    log_group_arn: Option<String> = Member::new("logGroupArn", &shape::TEXT);
    log_group_class: Option<String> = Member::new("logGroupClass", &LOG_GROUP_CLASS);
    log_group_name: Option<String> = Member::new("logGroupName", &LOG_GROUP_NAME);
    metric_filter_count: Option<i64> = Member::new("metricFilterCount", &shape::INTEGER);
    retention_in_days: Option<i64> = Member::new("retentionInDays", &shape::INTEGER);
    retention_policy_name: Option<String> = Member::new("retentionPolicyName", &shape::TEXT);
    stored_bytes: Option<i64> = Member::new("storedBytes", &shape::LONG);
}

static LOG_GROUP_CLASS: Shape =
    Shape::Text { length: None, pattern: None, values: &["STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"] };

pub mod log_group_class {
    pub const STANDARD: &str = "STANDARD";
    pub const INFREQUENT_ACCESS: &str = "INFREQUENT_ACCESS";
    pub const DELIVERY: &str = "DELIVERY";
    pub const ESSENTIALS: &str = "ESSENTIALS";
}

static LOG_GROUP_IDENTIFIER: Shape =
    Shape::Text { length: Some((1, 2048)), pattern: Some("[\\w#+=/:,.@-]*"), values: &[] };

static LOG_GROUP_NAME: Shape =
    Shape::Text { length: Some((1, 512)), pattern: Some("[\\.\\-_/#A-Za-z0-9]+"), values: &[] };

static LOG_GROUP_NAME_PATTERN: Shape =
    Shape::Text { length: Some((0, 512)), pattern: Some("[\\.\\-_/#A-Za-z0-9]*"), values: &[] };

static LOG_GROUPS: Shape = Shape::List { member: &LOG_GROUP, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] LogStream, LOG_STREAM;
    arn: Option<String> = Member::new("arn", &shape::TEXT);
    creation_time: Option<i64> = Member::new("creationTime", &TIMESTAMP);
    first_event_timestamp: Option<i64> = Member::new("firstEventTimestamp", &TIMESTAMP);
    last_event_timestamp: Option<i64> = Member::new("lastEventTimestamp", &TIMESTAMP);
    last_ingestion_time: Option<i64> = Member::new("lastIngestionTime", &TIMESTAMP);
    log_stream_name: Option<String> = Member::new("logStreamName", &LOG_STREAM_NAME);
    stored_bytes: Option<i64> = Member::new("storedBytes", &shape::LONG);
    upload_sequence_token: Option<String> = Member::new("uploadSequenceToken", &SEQUENCE_TOKEN);
}

static LOG_STREAM_NAME: Shape = Shape::Text { length: Some((1, 512)), pattern: Some("[^:*]*"), values: &[] };

static LOG_STREAMS: Shape = Shape::List { member: &LOG_STREAM, name: "member", flattened: false, length: None };

static NEXT_TOKEN: Shape = Shape::Text { length: Some((1, u64::MAX)), pattern: None, values: &[] };

static ORDER_BY: Shape = Shape::Text { length: None, pattern: None, values: &["LogStreamName", "LastEventTime"] };

pub mod order_by {
    pub const LOG_STREAM_NAME: &str = "LogStreamName";
    pub const LAST_EVENT_TIME: &str = "LastEventTime";
}

structure! { #[derive(Default)] OutputLogEvent, OUTPUT_LOG_EVENT;
    ingestion_time: Option<i64> = Member::new("ingestionTime", &TIMESTAMP);
    message: Option<String> = Member::new("message", &EVENT_MESSAGE);
    timestamp: Option<i64> = Member::new("timestamp", &TIMESTAMP);
}

static OUTPUT_LOG_EVENTS: Shape =
    Shape::List { member: &OUTPUT_LOG_EVENT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] PutLogEventsRequest, PUT_LOG_EVENTS_REQUEST;
    entity: Option<Entity> = Member::new("entity", &ENTITY);
    log_events: Vec<InputLogEvent> = Member::new("logEvents", &INPUT_LOG_EVENTS).required();
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
    log_stream_name: String = Member::new("logStreamName", &LOG_STREAM_NAME).required();
    sequence_token: Option<String> = Member::new("sequenceToken", &SEQUENCE_TOKEN);
}

structure! { #[derive(Default)] PutLogEventsResponse, PUT_LOG_EVENTS_RESPONSE;
    next_sequence_token: Option<String> = Member::new("nextSequenceToken", &SEQUENCE_TOKEN);
    rejected_entity_info: Option<RejectedEntityInfo> = Member::new("rejectedEntityInfo", &REJECTED_ENTITY_INFO);
    rejected_log_events_info: Option<RejectedLogEventsInfo> = Member::new("rejectedLogEventsInfo", &REJECTED_LOG_EVENTS_INFO);
}

structure! { #[derive(Default)] PutRetentionPolicyRequest, PUT_RETENTION_POLICY_REQUEST;
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
    retention_in_days: i64 = Member::new("retentionInDays", &shape::INTEGER).required();
}

structure! { #[derive(Default)] RejectedEntityInfo, REJECTED_ENTITY_INFO;
    error_type: String = Member::new("errorType", &shape::TEXT).required();
}

structure! { #[derive(Default)] RejectedLogEventsInfo, REJECTED_LOG_EVENTS_INFO;
    expired_log_event_end_index: Option<i64> = Member::new("expiredLogEventEndIndex", &shape::INTEGER);
    too_new_log_event_start_index: Option<i64> = Member::new("tooNewLogEventStartIndex", &shape::INTEGER);
    too_old_log_event_end_index: Option<i64> = Member::new("tooOldLogEventEndIndex", &shape::INTEGER);
}

structure! { #[derive(Default)] SearchedLogStream, SEARCHED_LOG_STREAM;
    log_stream_name: Option<String> = Member::new("logStreamName", &LOG_STREAM_NAME);
    searched_completely: Option<bool> = Member::new("searchedCompletely", &shape::BOOLEAN);
}

static SEARCHED_LOG_STREAMS: Shape =
    Shape::List { member: &SEARCHED_LOG_STREAM, name: "member", flattened: false, length: None };

static SEQUENCE_TOKEN: Shape = Shape::Text { length: Some((1, u64::MAX)), pattern: None, values: &[] };

static TAG_VALUE: Shape =
    Shape::Text { length: Some((0, 256)), pattern: Some("^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$"), values: &[] };

static TAGS: Shape = Shape::Map { value: &TAG_VALUE, key_name: "key", value_name: "value", flattened: false };

static TIMESTAMP: Shape = Shape::Integer(0, 9223372036854775807);

/// The errors that the operations name.
pub mod error {
    use super::Code;

    pub const DATA_ALREADY_ACCEPTED_EXCEPTION: Code =
        Code { code: "DataAlreadyAcceptedException", shape: "DataAlreadyAcceptedException", status: 400 };
    pub const INVALID_PARAMETER_EXCEPTION: Code =
        Code { code: "InvalidParameterException", shape: "InvalidParameterException", status: 400 };
    pub const INVALID_SEQUENCE_TOKEN_EXCEPTION: Code =
        Code { code: "InvalidSequenceTokenException", shape: "InvalidSequenceTokenException", status: 400 };
    pub const LIMIT_EXCEEDED_EXCEPTION: Code =
        Code { code: "LimitExceededException", shape: "LimitExceededException", status: 400 };
    pub const OPERATION_ABORTED_EXCEPTION: Code =
        Code { code: "OperationAbortedException", shape: "OperationAbortedException", status: 400 };
    pub const RESOURCE_ALREADY_EXISTS_EXCEPTION: Code =
        Code { code: "ResourceAlreadyExistsException", shape: "ResourceAlreadyExistsException", status: 400 };
    pub const RESOURCE_NOT_FOUND_EXCEPTION: Code =
        Code { code: "ResourceNotFoundException", shape: "ResourceNotFoundException", status: 400 };
    pub const SERVICE_UNAVAILABLE_EXCEPTION: Code =
        Code { code: "ServiceUnavailableException", shape: "ServiceUnavailableException", status: 500 };
    pub const UNRECOGNIZED_CLIENT_EXCEPTION: Code =
        Code { code: "UnrecognizedClientException", shape: "UnrecognizedClientException", status: 400 };
    pub const VALIDATION_EXCEPTION: Code =
        Code { code: "ValidationException", shape: "ValidationException", status: 400 };
}

operations! {
    CreateLogGroup(super::CreateLogGroupRequest, &CREATE_LOG_GROUP_REQUEST) -> ((), &shape::NOTHING, None);
    CreateLogStream(super::CreateLogStreamRequest, &CREATE_LOG_STREAM_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteLogGroup(super::DeleteLogGroupRequest, &DELETE_LOG_GROUP_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteLogStream(super::DeleteLogStreamRequest, &DELETE_LOG_STREAM_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteRetentionPolicy(super::DeleteRetentionPolicyRequest, &DELETE_RETENTION_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    DescribeLogGroups(super::DescribeLogGroupsRequest, &DESCRIBE_LOG_GROUPS_REQUEST) -> (super::DescribeLogGroupsResponse, &DESCRIBE_LOG_GROUPS_RESPONSE, None);
    DescribeLogStreams(super::DescribeLogStreamsRequest, &DESCRIBE_LOG_STREAMS_REQUEST) -> (super::DescribeLogStreamsResponse, &DESCRIBE_LOG_STREAMS_RESPONSE, None);
    FilterLogEvents(super::FilterLogEventsRequest, &FILTER_LOG_EVENTS_REQUEST) -> (super::FilterLogEventsResponse, &FILTER_LOG_EVENTS_RESPONSE, None);
    GetLogEvents(super::GetLogEventsRequest, &GET_LOG_EVENTS_REQUEST) -> (super::GetLogEventsResponse, &GET_LOG_EVENTS_RESPONSE, None);
    PutLogEvents(super::PutLogEventsRequest, &PUT_LOG_EVENTS_REQUEST) -> (super::PutLogEventsResponse, &PUT_LOG_EVENTS_RESPONSE, None);
    PutRetentionPolicy(super::PutRetentionPolicyRequest, &PUT_RETENTION_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
}

/// The service.
pub static MODEL: Model = Model {
    signing_name: "logs",
    action_prefix: "logs",
    version: "2014-03-28",
    protocol: Protocol::Json { version: "1.1" },
    namespace: "",
    target: "Logs_20140328",
    query_compatible: false,
    error_prefix: "",
    operations: OPERATIONS,
};
