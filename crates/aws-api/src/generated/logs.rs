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

static AMAZON_RESOURCE_NAME: Shape =
    Shape::Text { length: Some((1, 1011)), pattern: Some("[\\w+=/:,.@-]*"), values: &[] };

structure! { #[derive(Default)] CreateExportTaskRequest, CREATE_EXPORT_TASK_REQUEST;
    destination: String = Member::new("destination", &EXPORT_DESTINATION_BUCKET).required();
    destination_prefix: Option<String> = Member::new("destinationPrefix", &shape::TEXT);
    from: i64 = Member::new("from", &TIMESTAMP).required();
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
    log_stream_name_prefix: Option<String> = Member::new("logStreamNamePrefix", &LOG_STREAM_NAME);
    task_name: Option<String> = Member::new("taskName", &EXPORT_TASK_NAME);
    to: i64 = Member::new("to", &TIMESTAMP).required();
}

structure! { #[derive(Default)] CreateExportTaskResponse, CREATE_EXPORT_TASK_RESPONSE;
    task_id: Option<String> = Member::new("taskId", &shape::TEXT);
}

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

static DESTINATION_ARN: Shape = Shape::Text { length: Some((1, u64::MAX)), pattern: None, values: &[] };

static DIMENSIONS: Shape =
    Shape::Map { value: &DIMENSIONS_VALUE, key_name: "key", value_name: "value", flattened: false };

static DIMENSIONS_VALUE: Shape = Shape::Text { length: Some((0, 255)), pattern: None, values: &[] };

static DISTRIBUTION: Shape = Shape::Text { length: None, pattern: None, values: &["Random", "ByLogStream"] };

pub mod distribution {
    pub const RANDOM: &str = "Random";
    pub const BY_LOG_STREAM: &str = "ByLogStream";
}

static EMIT_SYSTEM_FIELDS: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

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

static EVENTS_LIMIT_START_QUERY: Shape = Shape::Integer(1, 100000);

static EXPORT_DESTINATION_BUCKET: Shape = Shape::Text { length: Some((1, 512)), pattern: None, values: &[] };

static EXPORT_TASK_NAME: Shape = Shape::Text { length: Some((1, 512)), pattern: None, values: &[] };

static FIELD_SELECTION_CRITERIA: Shape = Shape::Text { length: Some((0, 2000)), pattern: None, values: &[] };

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

static FILTER_NAME: Shape = Shape::Text { length: Some((1, 512)), pattern: Some("[^:*]*"), values: &[] };

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

structure! { #[derive(Default)] ListTagsForResourceRequest, LIST_TAGS_FOR_RESOURCE_REQUEST;
    resource_arn: String = Member::new("resourceArn", &AMAZON_RESOURCE_NAME).required();
}

structure! { #[derive(Default)] ListTagsForResourceResponse, LIST_TAGS_FOR_RESOURCE_RESPONSE;
    tags: Option<BTreeMap<String, String>> = Member::new("tags", &TAGS);
}

structure! { #[derive(Default)] ListTagsLogGroupRequest, LIST_TAGS_LOG_GROUP_REQUEST;
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
}

structure! { #[derive(Default)] ListTagsLogGroupResponse, LIST_TAGS_LOG_GROUP_RESPONSE;
    tags: Option<BTreeMap<String, String>> = Member::new("tags", &TAGS);
}

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

static LOG_GROUP_IDENTIFIERS: Shape =
    Shape::List { member: &LOG_GROUP_IDENTIFIER, name: "member", flattened: false, length: None };

static LOG_GROUP_NAME: Shape =
    Shape::Text { length: Some((1, 512)), pattern: Some("[\\.\\-_/#A-Za-z0-9]+"), values: &[] };

static LOG_GROUP_NAME_PATTERN: Shape =
    Shape::Text { length: Some((0, 512)), pattern: Some("[\\.\\-_/#A-Za-z0-9]*"), values: &[] };

static LOG_GROUP_NAMES: Shape = Shape::List { member: &LOG_GROUP_NAME, name: "member", flattened: false, length: None };

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

static METRIC_NAME: Shape = Shape::Text { length: Some((0, 255)), pattern: Some("[^:*$]*"), values: &[] };

static METRIC_NAMESPACE: Shape = Shape::Text { length: Some((0, 255)), pattern: Some("[^:*$]*"), values: &[] };

structure! { #[derive(Default)] MetricTransformation, METRIC_TRANSFORMATION;
    default_value: Option<f64> = Member::new("defaultValue", &shape::DOUBLE);
    dimensions: Option<BTreeMap<String, String>> = Member::new("dimensions", &DIMENSIONS);
    metric_name: String = Member::new("metricName", &METRIC_NAME).required();
    metric_namespace: String = Member::new("metricNamespace", &METRIC_NAMESPACE).required();
    metric_value: String = Member::new("metricValue", &METRIC_VALUE).required();
    unit: Option<String> = Member::new("unit", &STANDARD_UNIT);
}

static METRIC_TRANSFORMATIONS: Shape =
    Shape::List { member: &METRIC_TRANSFORMATION, name: "member", flattened: false, length: Some((1, 1)) };

static METRIC_VALUE: Shape = Shape::Text { length: Some((0, 100)), pattern: None, values: &[] };

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

structure! { #[derive(Default)] PutMetricFilterRequest, PUT_METRIC_FILTER_REQUEST;
    apply_on_transformed_logs: Option<bool> = Member::new("applyOnTransformedLogs", &shape::BOOLEAN);
    emit_system_field_dimensions: Option<Vec<String>> = Member::new("emitSystemFieldDimensions", &EMIT_SYSTEM_FIELDS);
    field_selection_criteria: Option<String> = Member::new("fieldSelectionCriteria", &FIELD_SELECTION_CRITERIA);
    filter_name: String = Member::new("filterName", &FILTER_NAME).required();
    filter_pattern: String = Member::new("filterPattern", &FILTER_PATTERN).required();
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
    metric_transformations: Vec<MetricTransformation> = Member::new("metricTransformations", &METRIC_TRANSFORMATIONS).required();
}

structure! { #[derive(Default)] PutRetentionPolicyRequest, PUT_RETENTION_POLICY_REQUEST;
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
    retention_in_days: i64 = Member::new("retentionInDays", &shape::INTEGER).required();
}

structure! { #[derive(Default)] PutSubscriptionFilterRequest, PUT_SUBSCRIPTION_FILTER_REQUEST;
    apply_on_transformed_logs: Option<bool> = Member::new("applyOnTransformedLogs", &shape::BOOLEAN);
    destination_arn: String = Member::new("destinationArn", &DESTINATION_ARN).required();
    distribution: Option<String> = Member::new("distribution", &DISTRIBUTION);
    emit_system_fields: Option<Vec<String>> = Member::new("emitSystemFields", &EMIT_SYSTEM_FIELDS);
    field_selection_criteria: Option<String> = Member::new("fieldSelectionCriteria", &FIELD_SELECTION_CRITERIA);
    filter_name: String = Member::new("filterName", &FILTER_NAME).required();
    filter_pattern: String = Member::new("filterPattern", &FILTER_PATTERN).required();
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
    role_arn: Option<String> = Member::new("roleArn", &ROLE_ARN);
}

static QUERY_LANGUAGE: Shape = Shape::Text { length: None, pattern: None, values: &["CWLI", "SQL", "PPL"] };

pub mod query_language {
    pub const CWLI: &str = "CWLI";
    pub const SQL: &str = "SQL";
    pub const PPL: &str = "PPL";
}

static QUERY_STRING: Shape = Shape::Text { length: Some((0, 10000)), pattern: None, values: &[] };

structure! { #[derive(Default)] RejectedEntityInfo, REJECTED_ENTITY_INFO;
    error_type: String = Member::new("errorType", &shape::TEXT).required();
}

structure! { #[derive(Default)] RejectedLogEventsInfo, REJECTED_LOG_EVENTS_INFO;
    expired_log_event_end_index: Option<i64> = Member::new("expiredLogEventEndIndex", &shape::INTEGER);
    too_new_log_event_start_index: Option<i64> = Member::new("tooNewLogEventStartIndex", &shape::INTEGER);
    too_old_log_event_end_index: Option<i64> = Member::new("tooOldLogEventEndIndex", &shape::INTEGER);
}

static ROLE_ARN: Shape = Shape::Text { length: Some((1, u64::MAX)), pattern: None, values: &[] };

structure! { #[derive(Default)] SearchedLogStream, SEARCHED_LOG_STREAM;
    log_stream_name: Option<String> = Member::new("logStreamName", &LOG_STREAM_NAME);
    searched_completely: Option<bool> = Member::new("searchedCompletely", &shape::BOOLEAN);
}

static SEARCHED_LOG_STREAMS: Shape =
    Shape::List { member: &SEARCHED_LOG_STREAM, name: "member", flattened: false, length: None };

static SEQUENCE_TOKEN: Shape = Shape::Text { length: Some((1, u64::MAX)), pattern: None, values: &[] };

static STANDARD_UNIT: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &[
        "Seconds",
        "Microseconds",
        "Milliseconds",
        "Bytes",
        "Kilobytes",
        "Megabytes",
        "Gigabytes",
        "Terabytes",
        "Bits",
        "Kilobits",
        "Megabits",
        "Gigabits",
        "Terabits",
        "Percent",
        "Count",
        "Bytes/Second",
        "Kilobytes/Second",
        "Megabytes/Second",
        "Gigabytes/Second",
        "Terabytes/Second",
        "Bits/Second",
        "Kilobits/Second",
        "Megabits/Second",
        "Gigabits/Second",
        "Terabits/Second",
        "Count/Second",
        "None",
    ],
};

pub mod standard_unit {
    pub const SECONDS: &str = "Seconds";
    pub const MICROSECONDS: &str = "Microseconds";
    pub const MILLISECONDS: &str = "Milliseconds";
    pub const BYTES: &str = "Bytes";
    pub const KILOBYTES: &str = "Kilobytes";
    pub const MEGABYTES: &str = "Megabytes";
    pub const GIGABYTES: &str = "Gigabytes";
    pub const TERABYTES: &str = "Terabytes";
    pub const BITS: &str = "Bits";
    pub const KILOBITS: &str = "Kilobits";
    pub const MEGABITS: &str = "Megabits";
    pub const GIGABITS: &str = "Gigabits";
    pub const TERABITS: &str = "Terabits";
    pub const PERCENT: &str = "Percent";
    pub const COUNT: &str = "Count";
    pub const BYTES_SECOND: &str = "Bytes/Second";
    pub const KILOBYTES_SECOND: &str = "Kilobytes/Second";
    pub const MEGABYTES_SECOND: &str = "Megabytes/Second";
    pub const GIGABYTES_SECOND: &str = "Gigabytes/Second";
    pub const TERABYTES_SECOND: &str = "Terabytes/Second";
    pub const BITS_SECOND: &str = "Bits/Second";
    pub const KILOBITS_SECOND: &str = "Kilobits/Second";
    pub const MEGABITS_SECOND: &str = "Megabits/Second";
    pub const GIGABITS_SECOND: &str = "Gigabits/Second";
    pub const TERABITS_SECOND: &str = "Terabits/Second";
    pub const COUNT_SECOND: &str = "Count/Second";
    pub const NONE: &str = "None";
}

structure! { #[derive(Default)] StartQueryRequest, START_QUERY_REQUEST;
    end_time: i64 = Member::new("endTime", &TIMESTAMP).required();
    limit: Option<i64> = Member::new("limit", &EVENTS_LIMIT_START_QUERY);
    log_group_identifiers: Option<Vec<String>> = Member::new("logGroupIdentifiers", &LOG_GROUP_IDENTIFIERS);
    log_group_name: Option<String> = Member::new("logGroupName", &LOG_GROUP_NAME);
    log_group_names: Option<Vec<String>> = Member::new("logGroupNames", &LOG_GROUP_NAMES);
    query_language: Option<String> = Member::new("queryLanguage", &QUERY_LANGUAGE);
    query_string: String = Member::new("queryString", &QUERY_STRING).required();
    start_time: i64 = Member::new("startTime", &TIMESTAMP).required();
}

structure! { #[derive(Default)] StartQueryResponse, START_QUERY_RESPONSE;
    query_id: Option<String> = Member::new("queryId", &shape::TEXT);
}

static TAG_KEY: Shape =
    Shape::Text { length: Some((1, 128)), pattern: Some("^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$"), values: &[] };

static TAG_KEY_LIST: Shape = Shape::List { member: &TAG_KEY, name: "member", flattened: false, length: Some((0, 50)) };

static TAG_LIST: Shape =
    Shape::List { member: &TAG_KEY, name: "member", flattened: false, length: Some((1, u64::MAX)) };

structure! { #[derive(Default)] TagLogGroupRequest, TAG_LOG_GROUP_REQUEST;
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
    tags: BTreeMap<String, String> = Member::new("tags", &TAGS).required();
}

structure! { #[derive(Default)] TagResourceRequest, TAG_RESOURCE_REQUEST;
    resource_arn: String = Member::new("resourceArn", &AMAZON_RESOURCE_NAME).required();
    tags: BTreeMap<String, String> = Member::new("tags", &TAGS).required();
}

static TAG_VALUE: Shape =
    Shape::Text { length: Some((0, 256)), pattern: Some("^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$"), values: &[] };

static TAGS: Shape = Shape::Map { value: &TAG_VALUE, key_name: "key", value_name: "value", flattened: false };

static TIMESTAMP: Shape = Shape::Integer(0, 9223372036854775807);

structure! { #[derive(Default)] UntagLogGroupRequest, UNTAG_LOG_GROUP_REQUEST;
    log_group_name: String = Member::new("logGroupName", &LOG_GROUP_NAME).required();
    tags: Vec<String> = Member::new("tags", &TAG_LIST).required();
}

structure! { #[derive(Default)] UntagResourceRequest, UNTAG_RESOURCE_REQUEST;
    resource_arn: String = Member::new("resourceArn", &AMAZON_RESOURCE_NAME).required();
    tag_keys: Vec<String> = Member::new("tagKeys", &TAG_KEY_LIST).required();
}

/// The errors that the operations name.
pub mod error {
    use super::Code;

    pub const DATA_ALREADY_ACCEPTED_EXCEPTION: Code =
        Code { code: "DataAlreadyAcceptedException", shape: "DataAlreadyAcceptedException", status: 400 };
    pub const INVALID_OPERATION_EXCEPTION: Code =
        Code { code: "InvalidOperationException", shape: "InvalidOperationException", status: 400 };
    pub const INVALID_PARAMETER_EXCEPTION: Code =
        Code { code: "InvalidParameterException", shape: "InvalidParameterException", status: 400 };
    pub const INVALID_SEQUENCE_TOKEN_EXCEPTION: Code =
        Code { code: "InvalidSequenceTokenException", shape: "InvalidSequenceTokenException", status: 400 };
    pub const LIMIT_EXCEEDED_EXCEPTION: Code =
        Code { code: "LimitExceededException", shape: "LimitExceededException", status: 400 };
    pub const MALFORMED_QUERY_EXCEPTION: Code =
        Code { code: "MalformedQueryException", shape: "MalformedQueryException", status: 400 };
    pub const OPERATION_ABORTED_EXCEPTION: Code =
        Code { code: "OperationAbortedException", shape: "OperationAbortedException", status: 400 };
    pub const RESOURCE_ALREADY_EXISTS_EXCEPTION: Code =
        Code { code: "ResourceAlreadyExistsException", shape: "ResourceAlreadyExistsException", status: 400 };
    pub const RESOURCE_NOT_FOUND_EXCEPTION: Code =
        Code { code: "ResourceNotFoundException", shape: "ResourceNotFoundException", status: 400 };
    pub const SERVICE_UNAVAILABLE_EXCEPTION: Code =
        Code { code: "ServiceUnavailableException", shape: "ServiceUnavailableException", status: 500 };
    pub const TOO_MANY_TAGS_EXCEPTION: Code =
        Code { code: "TooManyTagsException", shape: "TooManyTagsException", status: 400 };
    pub const UNRECOGNIZED_CLIENT_EXCEPTION: Code =
        Code { code: "UnrecognizedClientException", shape: "UnrecognizedClientException", status: 400 };
    pub const VALIDATION_EXCEPTION: Code =
        Code { code: "ValidationException", shape: "ValidationException", status: 400 };
}

operations! {
    CreateExportTask(super::CreateExportTaskRequest, &CREATE_EXPORT_TASK_REQUEST) -> (super::CreateExportTaskResponse, &CREATE_EXPORT_TASK_RESPONSE, None);
    CreateLogGroup(super::CreateLogGroupRequest, &CREATE_LOG_GROUP_REQUEST) -> ((), &shape::NOTHING, None);
    CreateLogStream(super::CreateLogStreamRequest, &CREATE_LOG_STREAM_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteLogGroup(super::DeleteLogGroupRequest, &DELETE_LOG_GROUP_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteLogStream(super::DeleteLogStreamRequest, &DELETE_LOG_STREAM_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteRetentionPolicy(super::DeleteRetentionPolicyRequest, &DELETE_RETENTION_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    DescribeLogGroups(super::DescribeLogGroupsRequest, &DESCRIBE_LOG_GROUPS_REQUEST) -> (super::DescribeLogGroupsResponse, &DESCRIBE_LOG_GROUPS_RESPONSE, None);
    DescribeLogStreams(super::DescribeLogStreamsRequest, &DESCRIBE_LOG_STREAMS_REQUEST) -> (super::DescribeLogStreamsResponse, &DESCRIBE_LOG_STREAMS_RESPONSE, None);
    FilterLogEvents(super::FilterLogEventsRequest, &FILTER_LOG_EVENTS_REQUEST) -> (super::FilterLogEventsResponse, &FILTER_LOG_EVENTS_RESPONSE, None);
    GetLogEvents(super::GetLogEventsRequest, &GET_LOG_EVENTS_REQUEST) -> (super::GetLogEventsResponse, &GET_LOG_EVENTS_RESPONSE, None);
    ListTagsForResource(super::ListTagsForResourceRequest, &LIST_TAGS_FOR_RESOURCE_REQUEST) -> (super::ListTagsForResourceResponse, &LIST_TAGS_FOR_RESOURCE_RESPONSE, None);
    ListTagsLogGroup(super::ListTagsLogGroupRequest, &LIST_TAGS_LOG_GROUP_REQUEST) -> (super::ListTagsLogGroupResponse, &LIST_TAGS_LOG_GROUP_RESPONSE, None);
    PutLogEvents(super::PutLogEventsRequest, &PUT_LOG_EVENTS_REQUEST) -> (super::PutLogEventsResponse, &PUT_LOG_EVENTS_RESPONSE, None);
    PutMetricFilter(super::PutMetricFilterRequest, &PUT_METRIC_FILTER_REQUEST) -> ((), &shape::NOTHING, None);
    PutRetentionPolicy(super::PutRetentionPolicyRequest, &PUT_RETENTION_POLICY_REQUEST) -> ((), &shape::NOTHING, None);
    PutSubscriptionFilter(super::PutSubscriptionFilterRequest, &PUT_SUBSCRIPTION_FILTER_REQUEST) -> ((), &shape::NOTHING, None);
    StartQuery(super::StartQueryRequest, &START_QUERY_REQUEST) -> (super::StartQueryResponse, &START_QUERY_RESPONSE, None);
    TagLogGroup(super::TagLogGroupRequest, &TAG_LOG_GROUP_REQUEST) -> ((), &shape::NOTHING, None);
    TagResource(super::TagResourceRequest, &TAG_RESOURCE_REQUEST) -> ((), &shape::NOTHING, None);
    UntagLogGroup(super::UntagLogGroupRequest, &UNTAG_LOG_GROUP_REQUEST) -> ((), &shape::NOTHING, None);
    UntagResource(super::UntagResourceRequest, &UNTAG_RESOURCE_REQUEST) -> ((), &shape::NOTHING, None);
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
