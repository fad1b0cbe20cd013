//! Amazon CloudWatch, version 2010-08-01: made by `cargo xtask codegen` from the model of botocore 1.44.8. Do not edit.
//!
//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, Version 2.0.
#![allow(unused_imports, clippy::large_enum_variant)]

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use crate::codec::shape::{self, Code, Member, Model, Protocol, Shape};
use crate::codec::{operations, structure};

static ACCOUNT_ID: Shape = Shape::Text { length: Some((1, 255)), pattern: None, values: &[] };

structure! { #[derive(Default)] ActionConfiguration, ACTION_CONFIGURATION;
    alarm_tags_propagation: Option<AlarmTagsPropagation> = Member::new("AlarmTagsPropagation", &ALARM_TAGS_PROPAGATION);
}

static ACTION_PREFIX: Shape = Shape::Text { length: Some((1, 1024)), pattern: None, values: &[] };

pub mod actions_suppressed_by {
    pub const WAIT_PERIOD: &str = "WaitPeriod";
    pub const EXTENSION_PERIOD: &str = "ExtensionPeriod";
    pub const ALARM: &str = "Alarm";
}

static ALARM_NAME: Shape = Shape::Text { length: Some((1, 255)), pattern: None, values: &[] };

static ALARM_NAME_PREFIX: Shape = Shape::Text { length: Some((1, 255)), pattern: None, values: &[] };

static ALARM_NAMES: Shape =
    Shape::List { member: &ALARM_NAME, name: "member", flattened: false, length: Some((0, 100)) };

structure! { #[derive(Default)] AlarmPromQLCriteria, ALARM_PROM_QL_CRITERIA;
    pending_period: Option<i64> = Member::new("PendingPeriod", &shape::INTEGER);
    query: String = Member::new("Query", &shape::TEXT).required();
    recovery_period: Option<i64> = Member::new("RecoveryPeriod", &shape::INTEGER);
}

structure! { #[derive(Default)] AlarmTagsPropagation, ALARM_TAGS_PROPAGATION;
    enabled: bool = Member::new("Enabled", &shape::BOOLEAN).required();
    excluded_tag_keys: Option<Vec<String>> = Member::new("ExcludedTagKeys", &ALARM_TAGS_PROPAGATION_TAG_KEYS);
    included_tag_keys: Option<Vec<String>> = Member::new("IncludedTagKeys", &ALARM_TAGS_PROPAGATION_TAG_KEYS);
}

static ALARM_TAGS_PROPAGATION_TAG_KEYS: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static ALARM_TYPE: Shape =
    Shape::Text { length: None, pattern: None, values: &["CompositeAlarm", "MetricAlarm", "LogAlarm"] };

pub mod alarm_type {
    pub const COMPOSITE_ALARM: &str = "CompositeAlarm";
    pub const METRIC_ALARM: &str = "MetricAlarm";
    pub const LOG_ALARM: &str = "LogAlarm";
}

static ALARM_TYPES: Shape = Shape::List { member: &ALARM_TYPE, name: "member", flattened: false, length: None };

pub mod comparison_operator {
    pub const GREATER_THAN_OR_EQUAL_TO_THRESHOLD: &str = "GreaterThanOrEqualToThreshold";
    pub const GREATER_THAN_THRESHOLD: &str = "GreaterThanThreshold";
    pub const LESS_THAN_THRESHOLD: &str = "LessThanThreshold";
    pub const LESS_THAN_OR_EQUAL_TO_THRESHOLD: &str = "LessThanOrEqualToThreshold";
    pub const LESS_THAN_LOWER_OR_GREATER_THAN_UPPER_THRESHOLD: &str = "LessThanLowerOrGreaterThanUpperThreshold";
    pub const LESS_THAN_LOWER_THRESHOLD: &str = "LessThanLowerThreshold";
    pub const GREATER_THAN_UPPER_THRESHOLD: &str = "GreaterThanUpperThreshold";
}

structure! { #[derive(Default)] CompositeAlarm, COMPOSITE_ALARM;
    action_configuration: Option<ActionConfiguration> = Member::new("ActionConfiguration", &ACTION_CONFIGURATION);
    actions_enabled: Option<bool> = Member::new("ActionsEnabled", &shape::BOOLEAN);
    actions_suppressed_by: Option<String> = Member::new("ActionsSuppressedBy", &shape::TEXT);
    actions_suppressed_reason: Option<String> = Member::new("ActionsSuppressedReason", &shape::TEXT);
    actions_suppressor: Option<String> = Member::new("ActionsSuppressor", &shape::TEXT);
    actions_suppressor_extension_period: Option<i64> = Member::new("ActionsSuppressorExtensionPeriod", &shape::INTEGER);
    actions_suppressor_wait_period: Option<i64> = Member::new("ActionsSuppressorWaitPeriod", &shape::INTEGER);
    alarm_actions: Option<Vec<String>> = Member::new("AlarmActions", &RESOURCE_LIST);
    alarm_arn: Option<String> = Member::new("AlarmArn", &shape::TEXT);
    alarm_configuration_updated_timestamp: Option<Timestamp> = Member::new("AlarmConfigurationUpdatedTimestamp", &shape::TIMESTAMP);
    alarm_description: Option<String> = Member::new("AlarmDescription", &shape::TEXT);
    alarm_name: Option<String> = Member::new("AlarmName", &ALARM_NAME);
    alarm_rule: Option<String> = Member::new("AlarmRule", &shape::TEXT);
    insufficient_data_actions: Option<Vec<String>> = Member::new("InsufficientDataActions", &RESOURCE_LIST);
    ok_actions: Option<Vec<String>> = Member::new("OKActions", &RESOURCE_LIST);
    state_reason: Option<String> = Member::new("StateReason", &shape::TEXT);
    state_reason_data: Option<String> = Member::new("StateReasonData", &shape::TEXT);
    state_transitioned_timestamp: Option<Timestamp> = Member::new("StateTransitionedTimestamp", &shape::TIMESTAMP);
    state_updated_timestamp: Option<Timestamp> = Member::new("StateUpdatedTimestamp", &shape::TIMESTAMP);
    state_value: Option<String> = Member::new("StateValue", &STATE_VALUE);
}

static COMPOSITE_ALARMS: Shape =
    Shape::List { member: &COMPOSITE_ALARM, name: "member", flattened: false, length: None };

static COUNTS: Shape = Shape::List { member: &shape::DOUBLE, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] Datapoint, DATAPOINT;
    average: Option<f64> = Member::new("Average", &shape::DOUBLE);
    extended_statistics: Option<BTreeMap<String, f64>> = Member::new("ExtendedStatistics", &DATAPOINT_VALUE_MAP);
    maximum: Option<f64> = Member::new("Maximum", &shape::DOUBLE);
    minimum: Option<f64> = Member::new("Minimum", &shape::DOUBLE);
    sample_count: Option<f64> = Member::new("SampleCount", &shape::DOUBLE);
    sum: Option<f64> = Member::new("Sum", &shape::DOUBLE);
    timestamp: Option<Timestamp> = Member::new("Timestamp", &shape::TIMESTAMP);
    unit: Option<String> = Member::new("Unit", &STANDARD_UNIT);
}

static DATAPOINT_VALUE_MAP: Shape =
    Shape::Map { value: &shape::DOUBLE, key_name: "key", value_name: "value", flattened: false };

static DATAPOINT_VALUES: Shape = Shape::List { member: &shape::DOUBLE, name: "member", flattened: false, length: None };

static DATAPOINTS: Shape = Shape::List { member: &DATAPOINT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] DescribeAlarmsInput, DESCRIBE_ALARMS_INPUT;
    action_prefix: Option<String> = Member::new("ActionPrefix", &ACTION_PREFIX);
    alarm_name_prefix: Option<String> = Member::new("AlarmNamePrefix", &ALARM_NAME_PREFIX);
    alarm_names: Option<Vec<String>> = Member::new("AlarmNames", &ALARM_NAMES);
    alarm_types: Option<Vec<String>> = Member::new("AlarmTypes", &ALARM_TYPES);
    children_of_alarm_name: Option<String> = Member::new("ChildrenOfAlarmName", &ALARM_NAME);
    max_records: Option<i64> = Member::new("MaxRecords", &MAX_RECORDS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    parents_of_alarm_name: Option<String> = Member::new("ParentsOfAlarmName", &ALARM_NAME);
    state_value: Option<String> = Member::new("StateValue", &STATE_VALUE);
}

structure! { #[derive(Default)] DescribeAlarmsOutput, DESCRIBE_ALARMS_OUTPUT;
    composite_alarms: Option<Vec<CompositeAlarm>> = Member::new("CompositeAlarms", &COMPOSITE_ALARMS);
    log_alarms: Option<Vec<LogAlarm>> = Member::new("LogAlarms", &LOG_ALARMS);
    metric_alarms: Option<Vec<MetricAlarm>> = Member::new("MetricAlarms", &METRIC_ALARMS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
}

structure! { #[derive(Default)] Dimension, DIMENSION;
    name: String = Member::new("Name", &DIMENSION_NAME).required();
    value: String = Member::new("Value", &DIMENSION_VALUE).required();
}

structure! { #[derive(Default)] DimensionFilter, DIMENSION_FILTER;
    name: String = Member::new("Name", &DIMENSION_NAME).required();
    value: Option<String> = Member::new("Value", &DIMENSION_VALUE);
}

static DIMENSION_FILTERS: Shape =
    Shape::List { member: &DIMENSION_FILTER, name: "member", flattened: false, length: Some((0, 10)) };

static DIMENSION_NAME: Shape = Shape::Text { length: Some((1, 255)), pattern: None, values: &[] };

static DIMENSION_VALUE: Shape = Shape::Text { length: Some((1, 1024)), pattern: None, values: &[] };

static DIMENSIONS: Shape = Shape::List { member: &DIMENSION, name: "member", flattened: false, length: Some((0, 30)) };

structure! { #[derive(Default)] Entity, ENTITY;
    attributes: Option<BTreeMap<String, String>> = Member::new("Attributes", &ENTITY_ATTRIBUTES_MAP);
    key_attributes: Option<BTreeMap<String, String>> = Member::new("KeyAttributes", &ENTITY_KEY_ATTRIBUTES_MAP);
}

static ENTITY_ATTRIBUTES_MAP: Shape =
    Shape::Map { value: &ENTITY_ATTRIBUTES_MAP_VALUE_STRING, key_name: "key", value_name: "value", flattened: false };

static ENTITY_ATTRIBUTES_MAP_VALUE_STRING: Shape = Shape::Text { length: Some((1, 2048)), pattern: None, values: &[] };

static ENTITY_KEY_ATTRIBUTES_MAP: Shape = Shape::Map {
    value: &ENTITY_KEY_ATTRIBUTES_MAP_VALUE_STRING,
    key_name: "key",
    value_name: "value",
    flattened: false,
};

static ENTITY_KEY_ATTRIBUTES_MAP_VALUE_STRING: Shape =
    Shape::Text { length: Some((1, 2048)), pattern: None, values: &[] };

structure! { #[derive(Default)] EntityMetricData, ENTITY_METRIC_DATA;
    entity: Option<Entity> = Member::new("Entity", &ENTITY);
    metric_data: Option<Vec<MetricDatum>> = Member::new("MetricData", &METRIC_DATA);
}

static ENTITY_METRIC_DATA_LIST: Shape =
    Shape::List { member: &ENTITY_METRIC_DATA, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] EvaluationCriteria, EVALUATION_CRITERIA;
    prom_ql_criteria: Option<AlarmPromQLCriteria> = Member::new("PromQLCriteria", &ALARM_PROM_QL_CRITERIA);
}

pub mod evaluation_state {
    pub const PARTIAL_DATA: &str = "PARTIAL_DATA";
    pub const EVALUATION_FAILURE: &str = "EVALUATION_FAILURE";
    pub const EVALUATION_ERROR: &str = "EVALUATION_ERROR";
}

structure! { #[derive(Default)] EvaluationWindow, EVALUATION_WINDOW;
    sliding_window: Option<SlidingWindow> = Member::new("SlidingWindow", &SLIDING_WINDOW);
    wall_clock_window: Option<WallClockWindow> = Member::new("WallClockWindow", &WALL_CLOCK_WINDOW);
}

static EXTENDED_STATISTICS: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: Some((1, 10)) };

structure! { GetMetricDataInput, GET_METRIC_DATA_INPUT;
    end_time: Timestamp = Member::new("EndTime", &shape::TIMESTAMP).required();
    label_options: Option<LabelOptions> = Member::new("LabelOptions", &LABEL_OPTIONS);
    max_datapoints: Option<i64> = Member::new("MaxDatapoints", &shape::INTEGER);
    metric_data_queries: Vec<MetricDataQuery> = Member::new("MetricDataQueries", &METRIC_DATA_QUERIES).required();
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    scan_by: Option<String> = Member::new("ScanBy", &SCAN_BY);
    start_time: Timestamp = Member::new("StartTime", &shape::TIMESTAMP).required();
}

structure! { #[derive(Default)] GetMetricDataOutput, GET_METRIC_DATA_OUTPUT;
    messages: Option<Vec<MessageData>> = Member::new("Messages", &METRIC_DATA_RESULT_MESSAGES);
    metric_data_results: Option<Vec<MetricDataResult>> = Member::new("MetricDataResults", &METRIC_DATA_RESULTS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
}

structure! { GetMetricStatisticsInput, GET_METRIC_STATISTICS_INPUT;
    dimensions: Option<Vec<Dimension>> = Member::new("Dimensions", &DIMENSIONS);
    end_time: Timestamp = Member::new("EndTime", &shape::TIMESTAMP).required();
    extended_statistics: Option<Vec<String>> = Member::new("ExtendedStatistics", &EXTENDED_STATISTICS);
    metric_name: String = Member::new("MetricName", &METRIC_NAME).required();
    namespace: String = Member::new("Namespace", &NAMESPACE).required();
    period: i64 = Member::new("Period", &PERIOD).required();
    start_time: Timestamp = Member::new("StartTime", &shape::TIMESTAMP).required();
    statistics: Option<Vec<String>> = Member::new("Statistics", &STATISTICS);
    unit: Option<String> = Member::new("Unit", &STANDARD_UNIT);
}

structure! { #[derive(Default)] GetMetricStatisticsOutput, GET_METRIC_STATISTICS_OUTPUT;
    datapoints: Option<Vec<Datapoint>> = Member::new("Datapoints", &DATAPOINTS);
    label: Option<String> = Member::new("Label", &shape::TEXT);
}

structure! { #[derive(Default)] LabelOptions, LABEL_OPTIONS;
    timezone: Option<String> = Member::new("Timezone", &shape::TEXT);
}

structure! { #[derive(Default)] ListMetricsInput, LIST_METRICS_INPUT;
    dimensions: Option<Vec<DimensionFilter>> = Member::new("Dimensions", &DIMENSION_FILTERS);
    include_linked_accounts: Option<bool> = Member::new("IncludeLinkedAccounts", &shape::BOOLEAN);
    metric_name: Option<String> = Member::new("MetricName", &METRIC_NAME);
    namespace: Option<String> = Member::new("Namespace", &NAMESPACE);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    owning_account: Option<String> = Member::new("OwningAccount", &ACCOUNT_ID);
    recently_active: Option<String> = Member::new("RecentlyActive", &RECENTLY_ACTIVE);
}

structure! { #[derive(Default)] ListMetricsOutput, LIST_METRICS_OUTPUT;
    metrics: Option<Vec<Metric>> = Member::new("Metrics", &METRICS);
    next_token: Option<String> = Member::new("NextToken", &shape::TEXT);
    owning_accounts: Option<Vec<String>> = Member::new("OwningAccounts", &OWNING_ACCOUNTS);
}

structure! { #[derive(Default)] LogAlarm, LOG_ALARM;
    action_configuration: Option<ActionConfiguration> = Member::new("ActionConfiguration", &ACTION_CONFIGURATION);
    action_log_line_count: Option<i64> = Member::new("ActionLogLineCount", &shape::INTEGER);
    action_log_line_role_arn: Option<String> = Member::new("ActionLogLineRoleArn", &shape::TEXT);
    actions_enabled: Option<bool> = Member::new("ActionsEnabled", &shape::BOOLEAN);
    alarm_actions: Option<Vec<String>> = Member::new("AlarmActions", &RESOURCE_LIST);
    alarm_arn: Option<String> = Member::new("AlarmArn", &shape::TEXT);
    alarm_configuration_updated_timestamp: Option<Timestamp> = Member::new("AlarmConfigurationUpdatedTimestamp", &shape::TIMESTAMP);
    alarm_description: Option<String> = Member::new("AlarmDescription", &shape::TEXT);
    alarm_name: Option<String> = Member::new("AlarmName", &ALARM_NAME);
    comparison_operator: Option<String> = Member::new("ComparisonOperator", &shape::TEXT);
    evaluation_state: Option<String> = Member::new("EvaluationState", &shape::TEXT);
    insufficient_data_actions: Option<Vec<String>> = Member::new("InsufficientDataActions", &RESOURCE_LIST);
    ok_actions: Option<Vec<String>> = Member::new("OKActions", &RESOURCE_LIST);
    query_results_to_alarm: Option<i64> = Member::new("QueryResultsToAlarm", &shape::INTEGER);
    query_results_to_evaluate: Option<i64> = Member::new("QueryResultsToEvaluate", &shape::INTEGER);
    scheduled_query_configuration: Option<ScheduledQueryConfiguration> = Member::new("ScheduledQueryConfiguration", &SCHEDULED_QUERY_CONFIGURATION);
    state_reason: Option<String> = Member::new("StateReason", &shape::TEXT);
    state_reason_data: Option<String> = Member::new("StateReasonData", &shape::TEXT);
    state_transitioned_timestamp: Option<Timestamp> = Member::new("StateTransitionedTimestamp", &shape::TIMESTAMP);
    state_updated_timestamp: Option<Timestamp> = Member::new("StateUpdatedTimestamp", &shape::TIMESTAMP);
    state_value: Option<String> = Member::new("StateValue", &STATE_VALUE);
    threshold: Option<f64> = Member::new("Threshold", &shape::DOUBLE);
    treat_missing_data: Option<String> = Member::new("TreatMissingData", &shape::TEXT);
    warm_up_configuration: Option<WarmUpConfiguration> = Member::new("WarmUpConfiguration", &WARM_UP_CONFIGURATION);
}

static LOG_ALARMS: Shape = Shape::List { member: &LOG_ALARM, name: "member", flattened: false, length: None };

static LOG_GROUP_IDENTIFIERS: Shape =
    Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static MAX_RECORDS: Shape = Shape::Integer(1, 100);

structure! { #[derive(Default)] MessageData, MESSAGE_DATA;
    code: Option<String> = Member::new("Code", &shape::TEXT);
    value: Option<String> = Member::new("Value", &shape::TEXT);
}

structure! { #[derive(Default)] Metric, METRIC;
    dimensions: Option<Vec<Dimension>> = Member::new("Dimensions", &DIMENSIONS);
    metric_name: Option<String> = Member::new("MetricName", &METRIC_NAME);
    namespace: Option<String> = Member::new("Namespace", &NAMESPACE);
}

structure! { #[derive(Default)] MetricAlarm, METRIC_ALARM;
    action_configuration: Option<ActionConfiguration> = Member::new("ActionConfiguration", &ACTION_CONFIGURATION);
    actions_enabled: Option<bool> = Member::new("ActionsEnabled", &shape::BOOLEAN);
    alarm_actions: Option<Vec<String>> = Member::new("AlarmActions", &RESOURCE_LIST);
    alarm_arn: Option<String> = Member::new("AlarmArn", &shape::TEXT);
    alarm_configuration_updated_timestamp: Option<Timestamp> = Member::new("AlarmConfigurationUpdatedTimestamp", &shape::TIMESTAMP);
    alarm_description: Option<String> = Member::new("AlarmDescription", &shape::TEXT);
    alarm_name: Option<String> = Member::new("AlarmName", &ALARM_NAME);
    comparison_operator: Option<String> = Member::new("ComparisonOperator", &shape::TEXT);
    datapoints_to_alarm: Option<i64> = Member::new("DatapointsToAlarm", &shape::INTEGER);
    dimensions: Option<Vec<Dimension>> = Member::new("Dimensions", &DIMENSIONS);
    evaluate_low_sample_count_percentile: Option<String> = Member::new("EvaluateLowSampleCountPercentile", &shape::TEXT);
    evaluation_criteria: Option<EvaluationCriteria> = Member::new("EvaluationCriteria", &EVALUATION_CRITERIA);
    evaluation_interval: Option<i64> = Member::new("EvaluationInterval", &shape::INTEGER);
    evaluation_periods: Option<i64> = Member::new("EvaluationPeriods", &shape::INTEGER);
    evaluation_state: Option<String> = Member::new("EvaluationState", &shape::TEXT);
    evaluation_window: Option<EvaluationWindow> = Member::new("EvaluationWindow", &EVALUATION_WINDOW);
    extended_statistic: Option<String> = Member::new("ExtendedStatistic", &shape::TEXT);
    insufficient_data_actions: Option<Vec<String>> = Member::new("InsufficientDataActions", &RESOURCE_LIST);
    metric_name: Option<String> = Member::new("MetricName", &METRIC_NAME);
    metrics: Option<Vec<MetricDataQuery>> = Member::new("Metrics", &METRIC_DATA_QUERIES);
    namespace: Option<String> = Member::new("Namespace", &NAMESPACE);
    ok_actions: Option<Vec<String>> = Member::new("OKActions", &RESOURCE_LIST);
    period: Option<i64> = Member::new("Period", &PERIOD);
    state_reason: Option<String> = Member::new("StateReason", &shape::TEXT);
    state_reason_data: Option<String> = Member::new("StateReasonData", &shape::TEXT);
    state_transitioned_timestamp: Option<Timestamp> = Member::new("StateTransitionedTimestamp", &shape::TIMESTAMP);
    state_updated_timestamp: Option<Timestamp> = Member::new("StateUpdatedTimestamp", &shape::TIMESTAMP);
    state_value: Option<String> = Member::new("StateValue", &STATE_VALUE);
    statistic: Option<String> = Member::new("Statistic", &STATISTIC);
    threshold: Option<f64> = Member::new("Threshold", &shape::DOUBLE);
    threshold_metric_id: Option<String> = Member::new("ThresholdMetricId", &METRIC_ID);
    treat_missing_data: Option<String> = Member::new("TreatMissingData", &shape::TEXT);
    unit: Option<String> = Member::new("Unit", &STANDARD_UNIT);
    warm_up_configuration: Option<WarmUpConfiguration> = Member::new("WarmUpConfiguration", &WARM_UP_CONFIGURATION);
}

static METRIC_ALARMS: Shape = Shape::List { member: &METRIC_ALARM, name: "member", flattened: false, length: None };

static METRIC_DATA: Shape = Shape::List { member: &METRIC_DATUM, name: "member", flattened: false, length: None };

static METRIC_DATA_QUERIES: Shape =
    Shape::List { member: &METRIC_DATA_QUERY, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] MetricDataQuery, METRIC_DATA_QUERY;
    account_id: Option<String> = Member::new("AccountId", &ACCOUNT_ID);
    expression: Option<String> = Member::new("Expression", &METRIC_EXPRESSION);
    id: String = Member::new("Id", &METRIC_ID).required();
    label: Option<String> = Member::new("Label", &shape::TEXT);
    metric_stat: Option<MetricStat> = Member::new("MetricStat", &METRIC_STAT);
    period: Option<i64> = Member::new("Period", &PERIOD);
    return_data: Option<bool> = Member::new("ReturnData", &shape::BOOLEAN);
}

structure! { #[derive(Default)] MetricDataResult, METRIC_DATA_RESULT;
    id: Option<String> = Member::new("Id", &METRIC_ID);
    label: Option<String> = Member::new("Label", &shape::TEXT);
    messages: Option<Vec<MessageData>> = Member::new("Messages", &METRIC_DATA_RESULT_MESSAGES);
    status_code: Option<String> = Member::new("StatusCode", &shape::TEXT);
    timestamps: Option<Vec<Timestamp>> = Member::new("Timestamps", &TIMESTAMPS);
    values: Option<Vec<f64>> = Member::new("Values", &DATAPOINT_VALUES);
}

static METRIC_DATA_RESULT_MESSAGES: Shape =
    Shape::List { member: &MESSAGE_DATA, name: "member", flattened: false, length: None };

static METRIC_DATA_RESULTS: Shape =
    Shape::List { member: &METRIC_DATA_RESULT, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] MetricDatum, METRIC_DATUM;
    counts: Option<Vec<f64>> = Member::new("Counts", &COUNTS);
    dimensions: Option<Vec<Dimension>> = Member::new("Dimensions", &DIMENSIONS);
    metric_name: String = Member::new("MetricName", &METRIC_NAME).required();
    statistic_values: Option<StatisticSet> = Member::new("StatisticValues", &STATISTIC_SET);
    storage_resolution: Option<i64> = Member::new("StorageResolution", &STORAGE_RESOLUTION);
    timestamp: Option<Timestamp> = Member::new("Timestamp", &shape::TIMESTAMP);
    unit: Option<String> = Member::new("Unit", &STANDARD_UNIT);
    value: Option<f64> = Member::new("Value", &shape::DOUBLE);
    values: Option<Vec<f64>> = Member::new("Values", &VALUES);
}

static METRIC_EXPRESSION: Shape = Shape::Text { length: Some((1, 2048)), pattern: None, values: &[] };

static METRIC_ID: Shape = Shape::Text { length: Some((1, 255)), pattern: None, values: &[] };

static METRIC_NAME: Shape = Shape::Text { length: Some((1, 255)), pattern: None, values: &[] };

structure! { #[derive(Default)] MetricStat, METRIC_STAT;
    metric: Metric = Member::new("Metric", &METRIC).required();
    period: i64 = Member::new("Period", &PERIOD).required();
    stat: String = Member::new("Stat", &shape::TEXT).required();
    unit: Option<String> = Member::new("Unit", &STANDARD_UNIT);
}

static METRICS: Shape = Shape::List { member: &METRIC, name: "member", flattened: false, length: None };

static NAMESPACE: Shape = Shape::Text { length: Some((1, 255)), pattern: Some("[^:].*"), values: &[] };

static OWNING_ACCOUNTS: Shape = Shape::List { member: &ACCOUNT_ID, name: "member", flattened: false, length: None };

static PERIOD: Shape = Shape::Integer(1, 2147483647);

structure! { #[derive(Default)] PutMetricDataInput, PUT_METRIC_DATA_INPUT;
    entity_metric_data: Option<Vec<EntityMetricData>> = Member::new("EntityMetricData", &ENTITY_METRIC_DATA_LIST);
    metric_data: Option<Vec<MetricDatum>> = Member::new("MetricData", &METRIC_DATA);
    namespace: String = Member::new("Namespace", &NAMESPACE).required();
    strict_entity_validation: Option<bool> = Member::new("StrictEntityValidation", &shape::BOOLEAN);
}

static RECENTLY_ACTIVE: Shape = Shape::Text { length: None, pattern: None, values: &["PT3H"] };

pub mod recently_active {
    pub const PT3_H: &str = "PT3H";
}

static RESOURCE_LIST: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

static SCAN_BY: Shape =
    Shape::Text { length: None, pattern: None, values: &["TimestampDescending", "TimestampAscending"] };

pub mod scan_by {
    pub const TIMESTAMP_DESCENDING: &str = "TimestampDescending";
    pub const TIMESTAMP_ASCENDING: &str = "TimestampAscending";
}

structure! { #[derive(Default)] ScheduleConfiguration, SCHEDULE_CONFIGURATION;
    end_time_offset: Option<i64> = Member::new("EndTimeOffset", &shape::LONG);
    schedule_expression: String = Member::new("ScheduleExpression", &shape::TEXT).required();
    start_time_offset: i64 = Member::new("StartTimeOffset", &shape::LONG).required();
}

structure! { #[derive(Default)] ScheduledQueryConfiguration, SCHEDULED_QUERY_CONFIGURATION;
    aggregation_expression: String = Member::new("AggregationExpression", &shape::TEXT).required();
    log_group_identifiers: Option<Vec<String>> = Member::new("LogGroupIdentifiers", &LOG_GROUP_IDENTIFIERS);
    query_arn: Option<String> = Member::new("QueryARN", &shape::TEXT);
    query_string: String = Member::new("QueryString", &shape::TEXT).required();
    schedule_configuration: ScheduleConfiguration = Member::new("ScheduleConfiguration", &SCHEDULE_CONFIGURATION).required();
    scheduled_query_role_arn: String = Member::new("ScheduledQueryRoleARN", &shape::TEXT).required();
    tags: Option<Vec<Tag>> = Member::new("Tags", &TAG_LIST);
}

structure! { #[derive(Default)] SlidingWindow, SLIDING_WINDOW;
}

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

static STATE_VALUE: Shape = Shape::Text { length: None, pattern: None, values: &["OK", "ALARM", "INSUFFICIENT_DATA"] };

pub mod state_value {
    pub const OK: &str = "OK";
    pub const ALARM: &str = "ALARM";
    pub const INSUFFICIENT_DATA: &str = "INSUFFICIENT_DATA";
}

static STATISTIC: Shape =
    Shape::Text { length: None, pattern: None, values: &["SampleCount", "Average", "Sum", "Minimum", "Maximum"] };

pub mod statistic {
    pub const SAMPLE_COUNT: &str = "SampleCount";
    pub const AVERAGE: &str = "Average";
    pub const SUM: &str = "Sum";
    pub const MINIMUM: &str = "Minimum";
    pub const MAXIMUM: &str = "Maximum";
}

structure! { #[derive(Default)] StatisticSet, STATISTIC_SET;
    maximum: f64 = Member::new("Maximum", &shape::DOUBLE).required();
    minimum: f64 = Member::new("Minimum", &shape::DOUBLE).required();
    sample_count: f64 = Member::new("SampleCount", &shape::DOUBLE).required();
    sum: f64 = Member::new("Sum", &shape::DOUBLE).required();
}

static STATISTICS: Shape = Shape::List { member: &STATISTIC, name: "member", flattened: false, length: Some((1, 5)) };

pub mod status_code {
    pub const COMPLETE: &str = "Complete";
    pub const INTERNAL_ERROR: &str = "InternalError";
    pub const PARTIAL_DATA: &str = "PartialData";
    pub const FORBIDDEN: &str = "Forbidden";
}

static STORAGE_RESOLUTION: Shape = Shape::Integer(1, 2147483647);

structure! { #[derive(Default)] Tag, TAG;
    key: String = Member::new("Key", &shape::TEXT).required();
    value: String = Member::new("Value", &shape::TEXT).required();
}

static TAG_LIST: Shape = Shape::List { member: &TAG, name: "member", flattened: false, length: None };

static TIMESTAMPS: Shape = Shape::List { member: &shape::TIMESTAMP, name: "member", flattened: false, length: None };

static VALUES: Shape = Shape::List { member: &shape::DOUBLE, name: "member", flattened: false, length: None };

structure! { #[derive(Default)] WallClockWindow, WALL_CLOCK_WINDOW;
    timezone: Option<String> = Member::new("Timezone", &shape::TEXT);
}

structure! { #[derive(Default)] WarmUpConfiguration, WARM_UP_CONFIGURATION;
    only_start_evaluating_after_warm_up_period_ends: Option<bool> = Member::new("OnlyStartEvaluatingAfterWarmUpPeriodEnds", &shape::BOOLEAN);
    warm_up_period_duration_in_minutes: i64 = Member::new("WarmUpPeriodDurationInMinutes", &shape::INTEGER).required();
}

/// The errors that the operations name.
pub mod error {
    use super::Code;

    pub const INTERNAL_SERVICE_FAULT: Code =
        Code { code: "InternalServiceError", shape: "InternalServiceFault", status: 500 };
    pub const INVALID_NEXT_TOKEN: Code = Code { code: "InvalidNextToken", shape: "InvalidNextToken", status: 400 };
    pub const INVALID_PARAMETER_COMBINATION_EXCEPTION: Code =
        Code { code: "InvalidParameterCombination", shape: "InvalidParameterCombinationException", status: 400 };
    pub const INVALID_PARAMETER_VALUE_EXCEPTION: Code =
        Code { code: "InvalidParameterValue", shape: "InvalidParameterValueException", status: 400 };
    pub const MISSING_REQUIRED_PARAMETER_EXCEPTION: Code =
        Code { code: "MissingParameter", shape: "MissingRequiredParameterException", status: 400 };
}

operations! {
    DescribeAlarms(super::DescribeAlarmsInput, &DESCRIBE_ALARMS_INPUT) -> (super::DescribeAlarmsOutput, &DESCRIBE_ALARMS_OUTPUT, Some("DescribeAlarmsResult"));
    GetMetricData(super::GetMetricDataInput, &GET_METRIC_DATA_INPUT) -> (super::GetMetricDataOutput, &GET_METRIC_DATA_OUTPUT, Some("GetMetricDataResult"));
    GetMetricStatistics(super::GetMetricStatisticsInput, &GET_METRIC_STATISTICS_INPUT) -> (super::GetMetricStatisticsOutput, &GET_METRIC_STATISTICS_OUTPUT, Some("GetMetricStatisticsResult"));
    ListMetrics(super::ListMetricsInput, &LIST_METRICS_INPUT) -> (super::ListMetricsOutput, &LIST_METRICS_OUTPUT, Some("ListMetricsResult"));
    PutMetricData(super::PutMetricDataInput, &PUT_METRIC_DATA_INPUT) -> ((), &shape::NOTHING, None);
}

/// The service.
pub static MODEL: Model = Model {
    signing_name: "monitoring",
    action_prefix: "cloudwatch",
    version: "2010-08-01",
    protocol: Protocol::Query,
    namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
    target: "GraniteServiceVersion20100801",
    query_compatible: true,
    error_prefix: "com.amazonaws.cloudwatch#",
    operations: OPERATIONS,
};
