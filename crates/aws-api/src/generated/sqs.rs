//! Amazon Simple Queue Service, version 2012-11-05: made by `cargo xtask codegen` from the model of botocore 1.44.8. Do not edit.
//!
//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, Version 2.0.
#![allow(unused_imports, clippy::large_enum_variant)]

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::shape::{self, Code, Member, Model, Protocol, Shape};
use crate::codec::{operations, structure};

static AWS_ACCOUNT_ID_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: true, length: None };

static ACTION_NAME_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: true, length: None };

structure! { #[derive(Default)] AddPermissionRequest, ADD_PERMISSION_REQUEST;
    aws_account_ids: Vec<String> = Member::new("AWSAccountIds", &AWS_ACCOUNT_ID_LIST).required();
    actions: Vec<String> = Member::new("Actions", &ACTION_NAME_LIST).required();
    label: String = Member::new("Label", &shape::TEXT).required();
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

static ATTRIBUTE_NAME_LIST: Shape =
    Shape::List { member: &QUEUE_ATTRIBUTE_NAME, name: "member", flattened: true, length: None };

structure! { #[derive(Default)] BatchResultErrorEntry, BATCH_RESULT_ERROR_ENTRY;
    code: String = Member::new("Code", &shape::TEXT).required();
    id: String = Member::new("Id", &shape::TEXT).required();
    message: Option<String> = Member::new("Message", &shape::TEXT);
    sender_fault: bool = Member::new("SenderFault", &shape::BOOLEAN).required();
}

static BATCH_RESULT_ERROR_ENTRY_LIST: Shape =
    Shape::List { member: &BATCH_RESULT_ERROR_ENTRY, name: "member", flattened: true, length: None };

static BINARY_LIST: Shape = Shape::List { member: &shape::BLOB, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] CancelMessageMoveTaskRequest, CANCEL_MESSAGE_MOVE_TASK_REQUEST;
    task_handle: String = Member::new("TaskHandle", &shape::TEXT).required();
}

structure! { #[derive(Default)] CancelMessageMoveTaskResult, CANCEL_MESSAGE_MOVE_TASK_RESULT;
    approximate_number_of_messages_moved: Option<i64> = Member::new("ApproximateNumberOfMessagesMoved", &shape::LONG);
}

structure! { #[derive(Default)] ChangeMessageVisibilityBatchRequest, CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST;
    entries: Vec<ChangeMessageVisibilityBatchRequestEntry> = Member::new("Entries", &CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_ENTRY_LIST).required();
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

structure! { #[derive(Default)] ChangeMessageVisibilityBatchRequestEntry, CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_ENTRY;
    id: String = Member::new("Id", &shape::TEXT).required();
    receipt_handle: String = Member::new("ReceiptHandle", &shape::TEXT).required();
    visibility_timeout: Option<i64> = Member::new("VisibilityTimeout", &shape::INTEGER);
}

static CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_ENTRY_LIST: Shape = Shape::List {
    member: &CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST_ENTRY,
    name: "member",
    flattened: true,
    length: None,
};

structure! { #[derive(Default)] ChangeMessageVisibilityBatchResult, CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT;
    failed: Vec<BatchResultErrorEntry> = Member::new("Failed", &BATCH_RESULT_ERROR_ENTRY_LIST).required();
    successful: Vec<ChangeMessageVisibilityBatchResultEntry> = Member::new("Successful", &CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_ENTRY_LIST).required();
}

structure! { #[derive(Default)] ChangeMessageVisibilityBatchResultEntry, CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_ENTRY;
    id: String = Member::new("Id", &shape::TEXT).required();
}

static CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_ENTRY_LIST: Shape = Shape::List {
    member: &CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT_ENTRY,
    name: "member",
    flattened: true,
    length: None,
};

structure! { #[derive(Default)] ChangeMessageVisibilityRequest, CHANGE_MESSAGE_VISIBILITY_REQUEST;
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
    receipt_handle: String = Member::new("ReceiptHandle", &shape::TEXT).required();
    visibility_timeout: i64 = Member::new("VisibilityTimeout", &shape::INTEGER).required();
}

structure! { #[derive(Default)] CreateQueueRequest, CREATE_QUEUE_REQUEST;
    attributes: Option<BTreeMap<String, String>> = Member::new("Attributes", &QUEUE_ATTRIBUTE_MAP);
    queue_name: String = Member::new("QueueName", &shape::TEXT).required();
    tags: Option<BTreeMap<String, String>> = Member::new("tags", &TAG_MAP);
}

structure! { #[derive(Default)] CreateQueueResult, CREATE_QUEUE_RESULT;
    queue_url: Option<String> = Member::new("QueueUrl", &shape::TEXT);
}

structure! { #[derive(Default)] DeleteMessageBatchRequest, DELETE_MESSAGE_BATCH_REQUEST;
    entries: Vec<DeleteMessageBatchRequestEntry> = Member::new("Entries", &DELETE_MESSAGE_BATCH_REQUEST_ENTRY_LIST).required();
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

structure! { #[derive(Default)] DeleteMessageBatchRequestEntry, DELETE_MESSAGE_BATCH_REQUEST_ENTRY;
    id: String = Member::new("Id", &shape::TEXT).required();
    receipt_handle: String = Member::new("ReceiptHandle", &shape::TEXT).required();
}

static DELETE_MESSAGE_BATCH_REQUEST_ENTRY_LIST: Shape =
    Shape::List { member: &DELETE_MESSAGE_BATCH_REQUEST_ENTRY, name: "member", flattened: true, length: None };

structure! { #[derive(Default)] DeleteMessageBatchResult, DELETE_MESSAGE_BATCH_RESULT;
    failed: Vec<BatchResultErrorEntry> = Member::new("Failed", &BATCH_RESULT_ERROR_ENTRY_LIST).required();
    successful: Vec<DeleteMessageBatchResultEntry> = Member::new("Successful", &DELETE_MESSAGE_BATCH_RESULT_ENTRY_LIST).required();
}

structure! { #[derive(Default)] DeleteMessageBatchResultEntry, DELETE_MESSAGE_BATCH_RESULT_ENTRY;
    id: String = Member::new("Id", &shape::TEXT).required();
}

static DELETE_MESSAGE_BATCH_RESULT_ENTRY_LIST: Shape =
    Shape::List { member: &DELETE_MESSAGE_BATCH_RESULT_ENTRY, name: "member", flattened: true, length: None };

structure! { #[derive(Default)] DeleteMessageRequest, DELETE_MESSAGE_REQUEST;
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
    receipt_handle: String = Member::new("ReceiptHandle", &shape::TEXT).required();
}

structure! { #[derive(Default)] DeleteQueueRequest, DELETE_QUEUE_REQUEST;
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

structure! { #[derive(Default)] GetQueueAttributesRequest, GET_QUEUE_ATTRIBUTES_REQUEST;
    attribute_names: Option<Vec<String>> = Member::new("AttributeNames", &ATTRIBUTE_NAME_LIST);
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

structure! { #[derive(Default)] GetQueueAttributesResult, GET_QUEUE_ATTRIBUTES_RESULT;
    attributes: Option<BTreeMap<String, String>> = Member::new("Attributes", &QUEUE_ATTRIBUTE_MAP);
}

structure! { #[derive(Default)] GetQueueUrlRequest, GET_QUEUE_URL_REQUEST;
    queue_name: String = Member::new("QueueName", &shape::TEXT).required();
    queue_owner_aws_account_id: Option<String> = Member::new("QueueOwnerAWSAccountId", &shape::TEXT);
}

structure! { #[derive(Default)] GetQueueUrlResult, GET_QUEUE_URL_RESULT;
    queue_url: Option<String> = Member::new("QueueUrl", &shape::TEXT);
}

structure! { #[derive(Default)] ListDeadLetterSourceQueuesRequest, LIST_DEAD_LETTER_SOURCE_QUEUES_REQUEST;
    max_results: Option<i64> = Member::new("MaxResults", &shape::INTEGER);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

structure! { #[derive(Default)] ListDeadLetterSourceQueuesResult, LIST_DEAD_LETTER_SOURCE_QUEUES_RESULT;
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    queue_urls: Vec<String> = Member::new("queueUrls", &QUEUE_URL_LIST).required();
}

structure! { #[derive(Default)] ListMessageMoveTasksRequest, LIST_MESSAGE_MOVE_TASKS_REQUEST;
    max_results: Option<i64> = Member::new("MaxResults", &shape::INTEGER);
    source_arn: String = Member::new("SourceArn", &shape::TEXT).required();
}

structure! { #[derive(Default)] ListMessageMoveTasksResult, LIST_MESSAGE_MOVE_TASKS_RESULT;
    results: Option<Vec<ListMessageMoveTasksResultEntry>> = Member::new("Results", &LIST_MESSAGE_MOVE_TASKS_RESULT_ENTRY_LIST);
}

structure! { #[derive(Default)] ListMessageMoveTasksResultEntry, LIST_MESSAGE_MOVE_TASKS_RESULT_ENTRY;
    approximate_number_of_messages_moved: Option<i64> = Member::new("ApproximateNumberOfMessagesMoved", &shape::LONG);
    approximate_number_of_messages_to_move: Option<i64> = Member::new("ApproximateNumberOfMessagesToMove", &shape::LONG);
    destination_arn: Option<String> = Member::new("DestinationArn", &shape::TEXT);
    failure_reason: Option<String> = Member::new("FailureReason", &shape::TEXT);
    max_number_of_messages_per_second: Option<i64> = Member::new("MaxNumberOfMessagesPerSecond", &shape::INTEGER);
    source_arn: Option<String> = Member::new("SourceArn", &shape::TEXT);
    started_timestamp: Option<i64> = Member::new("StartedTimestamp", &shape::LONG);
    status: Option<String> = Member::new("Status", &shape::TEXT);
    task_handle: Option<String> = Member::new("TaskHandle", &shape::TEXT);
}

static LIST_MESSAGE_MOVE_TASKS_RESULT_ENTRY_LIST: Shape =
    Shape::List { member: &LIST_MESSAGE_MOVE_TASKS_RESULT_ENTRY, name: "member", flattened: true, length: None };

structure! { #[derive(Default)] ListQueueTagsRequest, LIST_QUEUE_TAGS_REQUEST;
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

structure! { #[derive(Default)] ListQueueTagsResult, LIST_QUEUE_TAGS_RESULT;
    tags: Option<BTreeMap<String, String>> = Member::new("Tags", &TAG_MAP);
}

structure! { #[derive(Default)] ListQueuesRequest, LIST_QUEUES_REQUEST;
    max_results: Option<i64> = Member::new("MaxResults", &shape::INTEGER);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    queue_name_prefix: Option<String> = Member::new("QueueNamePrefix", &shape::TEXT);
}

structure! { #[derive(Default)] ListQueuesResult, LIST_QUEUES_RESULT;
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    queue_urls: Option<Vec<String>> = Member::new("QueueUrls", &QUEUE_URL_LIST);
}

structure! { #[derive(Default)] Message, MESSAGE;
    attributes: Option<BTreeMap<String, String>> = Member::new("Attributes", &MESSAGE_SYSTEM_ATTRIBUTE_MAP);
    body: Option<String> = Member::new("Body", &shape::TEXT);
    md5_of_body: Option<String> = Member::new("MD5OfBody", &shape::TEXT);
    md5_of_message_attributes: Option<String> = Member::new("MD5OfMessageAttributes", &shape::TEXT);
    message_attributes: Option<BTreeMap<String, MessageAttributeValue>> = Member::new("MessageAttributes", &MESSAGE_BODY_ATTRIBUTE_MAP);
    message_id: Option<String> = Member::new("MessageId", &shape::TEXT);
    receipt_handle: Option<String> = Member::new("ReceiptHandle", &shape::TEXT);
}

static MESSAGE_ATTRIBUTE_NAME_LIST: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: true, length: None };

structure! { #[derive(Default)] MessageAttributeValue, MESSAGE_ATTRIBUTE_VALUE;
    binary_list_values: Option<Vec<Bytes>> = Member::new("BinaryListValues", &BINARY_LIST);
    binary_value: Option<Bytes> = Member::new("BinaryValue", &shape::BLOB);
    data_type: String = Member::new("DataType", &shape::TEXT).required();
    string_list_values: Option<Vec<String>> = Member::new("StringListValues", &STRING_LIST);
    string_value: Option<String> = Member::new("StringValue", &shape::TEXT);
}

static MESSAGE_BODY_ATTRIBUTE_MAP: Shape =
    Shape::Map { value: &MESSAGE_ATTRIBUTE_VALUE, key_name: "key", value_name: "value", flattened: true };

static MESSAGE_BODY_SYSTEM_ATTRIBUTE_MAP: Shape =
    Shape::Map { value: &MESSAGE_SYSTEM_ATTRIBUTE_VALUE, key_name: "key", value_name: "value", flattened: true };

static MESSAGE_LIST: Shape = Shape::List { member: &MESSAGE, name: "member", flattened: true, length: None };

static MESSAGE_SYSTEM_ATTRIBUTE_LIST: Shape =
    Shape::List { member: &MESSAGE_SYSTEM_ATTRIBUTE_NAME, name: "member", flattened: true, length: None };

static MESSAGE_SYSTEM_ATTRIBUTE_MAP: Shape =
    Shape::Map { value: &shape::TEXT, key_name: "key", value_name: "value", flattened: true };

static MESSAGE_SYSTEM_ATTRIBUTE_NAME: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &[
        "All",
        "SenderId",
        "SentTimestamp",
        "ApproximateReceiveCount",
        "ApproximateFirstReceiveTimestamp",
        "SequenceNumber",
        "MessageDeduplicationId",
        "MessageGroupId",
        "AWSTraceHeader",
        "DeadLetterQueueSourceArn",
    ],
};

pub mod message_system_attribute_name {
    pub const ALL: &str = "All";
    pub const SENDER_ID: &str = "SenderId";
    pub const SENT_TIMESTAMP: &str = "SentTimestamp";
    pub const APPROXIMATE_RECEIVE_COUNT: &str = "ApproximateReceiveCount";
    pub const APPROXIMATE_FIRST_RECEIVE_TIMESTAMP: &str = "ApproximateFirstReceiveTimestamp";
    pub const SEQUENCE_NUMBER: &str = "SequenceNumber";
    pub const MESSAGE_DEDUPLICATION_ID: &str = "MessageDeduplicationId";
    pub const MESSAGE_GROUP_ID: &str = "MessageGroupId";
    pub const AWS_TRACE_HEADER: &str = "AWSTraceHeader";
    pub const DEAD_LETTER_QUEUE_SOURCE_ARN: &str = "DeadLetterQueueSourceArn";
}

pub mod message_system_attribute_name_for_sends {
    pub const AWS_TRACE_HEADER: &str = "AWSTraceHeader";
}

structure! { #[derive(Default)] MessageSystemAttributeValue, MESSAGE_SYSTEM_ATTRIBUTE_VALUE;
    binary_list_values: Option<Vec<Bytes>> = Member::new("BinaryListValues", &BINARY_LIST);
    binary_value: Option<Bytes> = Member::new("BinaryValue", &shape::BLOB);
    data_type: String = Member::new("DataType", &shape::TEXT).required();
    string_list_values: Option<Vec<String>> = Member::new("StringListValues", &STRING_LIST);
    string_value: Option<String> = Member::new("StringValue", &shape::TEXT);
}

structure! { #[derive(Default)] PurgeQueueRequest, PURGE_QUEUE_REQUEST;
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

static QUEUE_ATTRIBUTE_MAP: Shape =
    Shape::Map { value: &shape::TEXT, key_name: "key", value_name: "value", flattened: true };

static QUEUE_ATTRIBUTE_NAME: Shape = Shape::Text {
    length: None,
    pattern: None,
    values: &[
        "All",
        "Policy",
        "VisibilityTimeout",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "CreatedTimestamp",
        "LastModifiedTimestamp",
        "QueueArn",
        "ApproximateNumberOfMessagesDelayed",
        "DelaySeconds",
        "ReceiveMessageWaitTimeSeconds",
        "RedrivePolicy",
        "FifoQueue",
        "ContentBasedDeduplication",
        "KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds",
        "DeduplicationScope",
        "FifoThroughputLimit",
        "RedriveAllowPolicy",
        "SqsManagedSseEnabled",
    ],
};

pub mod queue_attribute_name {
    pub const ALL: &str = "All";
    pub const POLICY: &str = "Policy";
    pub const VISIBILITY_TIMEOUT: &str = "VisibilityTimeout";
    pub const MAXIMUM_MESSAGE_SIZE: &str = "MaximumMessageSize";
    pub const MESSAGE_RETENTION_PERIOD: &str = "MessageRetentionPeriod";
    pub const APPROXIMATE_NUMBER_OF_MESSAGES: &str = "ApproximateNumberOfMessages";
    pub const APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE: &str = "ApproximateNumberOfMessagesNotVisible";
    pub const CREATED_TIMESTAMP: &str = "CreatedTimestamp";
    pub const LAST_MODIFIED_TIMESTAMP: &str = "LastModifiedTimestamp";
    pub const QUEUE_ARN: &str = "QueueArn";
    pub const APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED: &str = "ApproximateNumberOfMessagesDelayed";
    pub const DELAY_SECONDS: &str = "DelaySeconds";
    pub const RECEIVE_MESSAGE_WAIT_TIME_SECONDS: &str = "ReceiveMessageWaitTimeSeconds";
    pub const REDRIVE_POLICY: &str = "RedrivePolicy";
    pub const FIFO_QUEUE: &str = "FifoQueue";
    pub const CONTENT_BASED_DEDUPLICATION: &str = "ContentBasedDeduplication";
    pub const KMS_MASTER_KEY_ID: &str = "KmsMasterKeyId";
    pub const KMS_DATA_KEY_REUSE_PERIOD_SECONDS: &str = "KmsDataKeyReusePeriodSeconds";
    pub const DEDUPLICATION_SCOPE: &str = "DeduplicationScope";
    pub const FIFO_THROUGHPUT_LIMIT: &str = "FifoThroughputLimit";
    pub const REDRIVE_ALLOW_POLICY: &str = "RedriveAllowPolicy";
    pub const SQS_MANAGED_SSE_ENABLED: &str = "SqsManagedSseEnabled";
}

static QUEUE_URL_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: true, length: None };

structure! { #[derive(Default)] ReceiveMessageRequest, RECEIVE_MESSAGE_REQUEST;
    attribute_names: Option<Vec<String>> = Member::new("AttributeNames", &MESSAGE_ATTRIBUTE_NAME_LIST);
    max_number_of_messages: Option<i64> = Member::new("MaxNumberOfMessages", &shape::INTEGER);
    message_attribute_names: Option<Vec<String>> = Member::new("MessageAttributeNames", &MESSAGE_ATTRIBUTE_NAME_LIST);
    message_system_attribute_names: Option<Vec<String>> = Member::new("MessageSystemAttributeNames", &MESSAGE_SYSTEM_ATTRIBUTE_LIST);
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
    receive_request_attempt_id: Option<String> = Member::new("ReceiveRequestAttemptId", &shape::TEXT);
    visibility_timeout: Option<i64> = Member::new("VisibilityTimeout", &shape::INTEGER);
    wait_time_seconds: Option<i64> = Member::new("WaitTimeSeconds", &shape::INTEGER);
}

structure! { #[derive(Default)] ReceiveMessageResult, RECEIVE_MESSAGE_RESULT;
    messages: Option<Vec<Message>> = Member::new("Messages", &MESSAGE_LIST);
}

structure! { #[derive(Default)] RemovePermissionRequest, REMOVE_PERMISSION_REQUEST;
    label: String = Member::new("Label", &shape::TEXT).required();
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

structure! { #[derive(Default)] SendMessageBatchRequest, SEND_MESSAGE_BATCH_REQUEST;
    entries: Vec<SendMessageBatchRequestEntry> = Member::new("Entries", &SEND_MESSAGE_BATCH_REQUEST_ENTRY_LIST).required();
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

structure! { #[derive(Default)] SendMessageBatchRequestEntry, SEND_MESSAGE_BATCH_REQUEST_ENTRY;
    delay_seconds: Option<i64> = Member::new("DelaySeconds", &shape::INTEGER);
    id: String = Member::new("Id", &shape::TEXT).required();
    message_attributes: Option<BTreeMap<String, MessageAttributeValue>> = Member::new("MessageAttributes", &MESSAGE_BODY_ATTRIBUTE_MAP);
    message_body: String = Member::new("MessageBody", &shape::TEXT).required();
    message_deduplication_id: Option<String> = Member::new("MessageDeduplicationId", &shape::TEXT);
    message_group_id: Option<String> = Member::new("MessageGroupId", &shape::TEXT);
    message_system_attributes: Option<BTreeMap<String, MessageSystemAttributeValue>> = Member::new("MessageSystemAttributes", &MESSAGE_BODY_SYSTEM_ATTRIBUTE_MAP);
}

static SEND_MESSAGE_BATCH_REQUEST_ENTRY_LIST: Shape =
    Shape::List { member: &SEND_MESSAGE_BATCH_REQUEST_ENTRY, name: "member", flattened: true, length: None };

structure! { #[derive(Default)] SendMessageBatchResult, SEND_MESSAGE_BATCH_RESULT;
    failed: Vec<BatchResultErrorEntry> = Member::new("Failed", &BATCH_RESULT_ERROR_ENTRY_LIST).required();
    successful: Vec<SendMessageBatchResultEntry> = Member::new("Successful", &SEND_MESSAGE_BATCH_RESULT_ENTRY_LIST).required();
}

structure! { #[derive(Default)] SendMessageBatchResultEntry, SEND_MESSAGE_BATCH_RESULT_ENTRY;
    id: String = Member::new("Id", &shape::TEXT).required();
    md5_of_message_attributes: Option<String> = Member::new("MD5OfMessageAttributes", &shape::TEXT);
    md5_of_message_body: String = Member::new("MD5OfMessageBody", &shape::TEXT).required();
    md5_of_message_system_attributes: Option<String> = Member::new("MD5OfMessageSystemAttributes", &shape::TEXT);
    message_id: String = Member::new("MessageId", &shape::TEXT).required();
    sequence_number: Option<String> = Member::new("SequenceNumber", &shape::TEXT);
}

static SEND_MESSAGE_BATCH_RESULT_ENTRY_LIST: Shape =
    Shape::List { member: &SEND_MESSAGE_BATCH_RESULT_ENTRY, name: "member", flattened: true, length: None };

structure! { #[derive(Default)] SendMessageRequest, SEND_MESSAGE_REQUEST;
    delay_seconds: Option<i64> = Member::new("DelaySeconds", &shape::INTEGER);
    message_attributes: Option<BTreeMap<String, MessageAttributeValue>> = Member::new("MessageAttributes", &MESSAGE_BODY_ATTRIBUTE_MAP);
    message_body: String = Member::new("MessageBody", &shape::TEXT).required();
    message_deduplication_id: Option<String> = Member::new("MessageDeduplicationId", &shape::TEXT);
    message_group_id: Option<String> = Member::new("MessageGroupId", &shape::TEXT);
    message_system_attributes: Option<BTreeMap<String, MessageSystemAttributeValue>> = Member::new("MessageSystemAttributes", &MESSAGE_BODY_SYSTEM_ATTRIBUTE_MAP);
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

structure! { #[derive(Default)] SendMessageResult, SEND_MESSAGE_RESULT;
    md5_of_message_attributes: Option<String> = Member::new("MD5OfMessageAttributes", &shape::TEXT);
    md5_of_message_body: Option<String> = Member::new("MD5OfMessageBody", &shape::TEXT);
    md5_of_message_system_attributes: Option<String> = Member::new("MD5OfMessageSystemAttributes", &shape::TEXT);
    message_id: Option<String> = Member::new("MessageId", &shape::TEXT);
    sequence_number: Option<String> = Member::new("SequenceNumber", &shape::TEXT);
}

structure! { #[derive(Default)] SetQueueAttributesRequest, SET_QUEUE_ATTRIBUTES_REQUEST;
    attributes: BTreeMap<String, String> = Member::new("Attributes", &QUEUE_ATTRIBUTE_MAP).required();
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
}

structure! { #[derive(Default)] StartMessageMoveTaskRequest, START_MESSAGE_MOVE_TASK_REQUEST;
    destination_arn: Option<String> = Member::new("DestinationArn", &shape::TEXT);
    max_number_of_messages_per_second: Option<i64> = Member::new("MaxNumberOfMessagesPerSecond", &shape::INTEGER);
    source_arn: String = Member::new("SourceArn", &shape::TEXT).required();
}

structure! { #[derive(Default)] StartMessageMoveTaskResult, START_MESSAGE_MOVE_TASK_RESULT;
    task_handle: Option<String> = Member::new("TaskHandle", &shape::TEXT);
}

static STRING_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static TAG_KEY_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: true, length: None };

static TAG_MAP: Shape = Shape::Map { value: &shape::TEXT, key_name: "key", value_name: "value", flattened: true };

structure! { #[derive(Default)] TagQueueRequest, TAG_QUEUE_REQUEST;
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
    tags: BTreeMap<String, String> = Member::new("Tags", &TAG_MAP).required();
}

structure! { #[derive(Default)] UntagQueueRequest, UNTAG_QUEUE_REQUEST;
    queue_url: String = Member::new("QueueUrl", &shape::TEXT).required();
    tag_keys: Vec<String> = Member::new("TagKeys", &TAG_KEY_LIST).required();
}

/// The errors that the operations name.
pub mod error {
    use super::Code;

    pub const BATCH_ENTRY_IDS_NOT_DISTINCT: Code = Code {
        code: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        shape: "BatchEntryIdsNotDistinct",
        status: 400,
    };
    pub const BATCH_REQUEST_TOO_LONG: Code =
        Code { code: "AWS.SimpleQueueService.BatchRequestTooLong", shape: "BatchRequestTooLong", status: 400 };
    pub const EMPTY_BATCH_REQUEST: Code =
        Code { code: "AWS.SimpleQueueService.EmptyBatchRequest", shape: "EmptyBatchRequest", status: 400 };
    pub const INVALID_ADDRESS: Code = Code { code: "InvalidAddress", shape: "InvalidAddress", status: 400 };
    pub const INVALID_ATTRIBUTE_NAME: Code =
        Code { code: "InvalidAttributeName", shape: "InvalidAttributeName", status: 400 };
    pub const INVALID_ATTRIBUTE_VALUE: Code =
        Code { code: "InvalidAttributeValue", shape: "InvalidAttributeValue", status: 400 };
    pub const INVALID_BATCH_ENTRY_ID: Code =
        Code { code: "AWS.SimpleQueueService.InvalidBatchEntryId", shape: "InvalidBatchEntryId", status: 400 };
    pub const INVALID_ID_FORMAT: Code = Code { code: "InvalidIdFormat", shape: "InvalidIdFormat", status: 400 };
    pub const INVALID_MESSAGE_CONTENTS: Code =
        Code { code: "InvalidMessageContents", shape: "InvalidMessageContents", status: 400 };
    pub const INVALID_SECURITY: Code = Code { code: "InvalidSecurity", shape: "InvalidSecurity", status: 400 };
    pub const KMS_ACCESS_DENIED: Code = Code { code: "KmsAccessDenied", shape: "KmsAccessDenied", status: 400 };
    pub const KMS_DISABLED: Code = Code { code: "KmsDisabled", shape: "KmsDisabled", status: 400 };
    pub const KMS_INVALID_KEY_USAGE: Code =
        Code { code: "KmsInvalidKeyUsage", shape: "KmsInvalidKeyUsage", status: 400 };
    pub const KMS_INVALID_STATE: Code = Code { code: "KmsInvalidState", shape: "KmsInvalidState", status: 400 };
    pub const KMS_NOT_FOUND: Code = Code { code: "KmsNotFound", shape: "KmsNotFound", status: 400 };
    pub const KMS_OPT_IN_REQUIRED: Code = Code { code: "KmsOptInRequired", shape: "KmsOptInRequired", status: 400 };
    pub const KMS_THROTTLED: Code = Code { code: "KmsThrottled", shape: "KmsThrottled", status: 400 };
    pub const MESSAGE_NOT_INFLIGHT: Code =
        Code { code: "AWS.SimpleQueueService.MessageNotInflight", shape: "MessageNotInflight", status: 400 };
    pub const OVER_LIMIT: Code = Code { code: "OverLimit", shape: "OverLimit", status: 403 };
    pub const PURGE_QUEUE_IN_PROGRESS: Code =
        Code { code: "AWS.SimpleQueueService.PurgeQueueInProgress", shape: "PurgeQueueInProgress", status: 403 };
    pub const QUEUE_DELETED_RECENTLY: Code =
        Code { code: "AWS.SimpleQueueService.QueueDeletedRecently", shape: "QueueDeletedRecently", status: 400 };
    pub const QUEUE_DOES_NOT_EXIST: Code =
        Code { code: "AWS.SimpleQueueService.NonExistentQueue", shape: "QueueDoesNotExist", status: 400 };
    pub const QUEUE_NAME_EXISTS: Code = Code { code: "QueueAlreadyExists", shape: "QueueNameExists", status: 400 };
    pub const RECEIPT_HANDLE_IS_INVALID: Code =
        Code { code: "ReceiptHandleIsInvalid", shape: "ReceiptHandleIsInvalid", status: 400 };
    pub const REQUEST_THROTTLED: Code = Code { code: "RequestThrottled", shape: "RequestThrottled", status: 403 };
    pub const RESOURCE_NOT_FOUND_EXCEPTION: Code =
        Code { code: "ResourceNotFoundException", shape: "ResourceNotFoundException", status: 404 };
    pub const TOO_MANY_ENTRIES_IN_BATCH_REQUEST: Code = Code {
        code: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        shape: "TooManyEntriesInBatchRequest",
        status: 400,
    };
    pub const UNSUPPORTED_OPERATION: Code =
        Code { code: "AWS.SimpleQueueService.UnsupportedOperation", shape: "UnsupportedOperation", status: 400 };
}

operations! {
    AddPermission(super::AddPermissionRequest, &ADD_PERMISSION_REQUEST) -> ((), &shape::NOTHING, None);
    CancelMessageMoveTask(super::CancelMessageMoveTaskRequest, &CANCEL_MESSAGE_MOVE_TASK_REQUEST) -> (super::CancelMessageMoveTaskResult, &CANCEL_MESSAGE_MOVE_TASK_RESULT, None);
    ChangeMessageVisibility(super::ChangeMessageVisibilityRequest, &CHANGE_MESSAGE_VISIBILITY_REQUEST) -> ((), &shape::NOTHING, None);
    ChangeMessageVisibilityBatch(super::ChangeMessageVisibilityBatchRequest, &CHANGE_MESSAGE_VISIBILITY_BATCH_REQUEST) -> (super::ChangeMessageVisibilityBatchResult, &CHANGE_MESSAGE_VISIBILITY_BATCH_RESULT, None);
    CreateQueue(super::CreateQueueRequest, &CREATE_QUEUE_REQUEST) -> (super::CreateQueueResult, &CREATE_QUEUE_RESULT, None);
    DeleteMessage(super::DeleteMessageRequest, &DELETE_MESSAGE_REQUEST) -> ((), &shape::NOTHING, None);
    DeleteMessageBatch(super::DeleteMessageBatchRequest, &DELETE_MESSAGE_BATCH_REQUEST) -> (super::DeleteMessageBatchResult, &DELETE_MESSAGE_BATCH_RESULT, None);
    DeleteQueue(super::DeleteQueueRequest, &DELETE_QUEUE_REQUEST) -> ((), &shape::NOTHING, None);
    GetQueueAttributes(super::GetQueueAttributesRequest, &GET_QUEUE_ATTRIBUTES_REQUEST) -> (super::GetQueueAttributesResult, &GET_QUEUE_ATTRIBUTES_RESULT, None);
    GetQueueUrl(super::GetQueueUrlRequest, &GET_QUEUE_URL_REQUEST) -> (super::GetQueueUrlResult, &GET_QUEUE_URL_RESULT, None);
    ListDeadLetterSourceQueues(super::ListDeadLetterSourceQueuesRequest, &LIST_DEAD_LETTER_SOURCE_QUEUES_REQUEST) -> (super::ListDeadLetterSourceQueuesResult, &LIST_DEAD_LETTER_SOURCE_QUEUES_RESULT, None);
    ListMessageMoveTasks(super::ListMessageMoveTasksRequest, &LIST_MESSAGE_MOVE_TASKS_REQUEST) -> (super::ListMessageMoveTasksResult, &LIST_MESSAGE_MOVE_TASKS_RESULT, None);
    ListQueueTags(super::ListQueueTagsRequest, &LIST_QUEUE_TAGS_REQUEST) -> (super::ListQueueTagsResult, &LIST_QUEUE_TAGS_RESULT, None);
    ListQueues(super::ListQueuesRequest, &LIST_QUEUES_REQUEST) -> (super::ListQueuesResult, &LIST_QUEUES_RESULT, None);
    PurgeQueue(super::PurgeQueueRequest, &PURGE_QUEUE_REQUEST) -> ((), &shape::NOTHING, None);
    ReceiveMessage(super::ReceiveMessageRequest, &RECEIVE_MESSAGE_REQUEST) -> (super::ReceiveMessageResult, &RECEIVE_MESSAGE_RESULT, None);
    RemovePermission(super::RemovePermissionRequest, &REMOVE_PERMISSION_REQUEST) -> ((), &shape::NOTHING, None);
    SendMessage(super::SendMessageRequest, &SEND_MESSAGE_REQUEST) -> (super::SendMessageResult, &SEND_MESSAGE_RESULT, None);
    SendMessageBatch(super::SendMessageBatchRequest, &SEND_MESSAGE_BATCH_REQUEST) -> (super::SendMessageBatchResult, &SEND_MESSAGE_BATCH_RESULT, None);
    SetQueueAttributes(super::SetQueueAttributesRequest, &SET_QUEUE_ATTRIBUTES_REQUEST) -> ((), &shape::NOTHING, None);
    StartMessageMoveTask(super::StartMessageMoveTaskRequest, &START_MESSAGE_MOVE_TASK_REQUEST) -> (super::StartMessageMoveTaskResult, &START_MESSAGE_MOVE_TASK_RESULT, None);
    TagQueue(super::TagQueueRequest, &TAG_QUEUE_REQUEST) -> ((), &shape::NOTHING, None);
    UntagQueue(super::UntagQueueRequest, &UNTAG_QUEUE_REQUEST) -> ((), &shape::NOTHING, None);
}

/// The service.
pub static MODEL: Model = Model {
    signing_name: "sqs",
    action_prefix: "sqs",
    version: "2012-11-05",
    protocol: Protocol::Json { version: "1.0" },
    namespace: "",
    target: "AmazonSQS",
    query_compatible: true,
    error_prefix: "com.amazonaws.sqs#",
    operations: OPERATIONS,
};
