//! Messages: sent, received, hidden, deleted, each alone and in batches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ::sqs::{Attribute, Letter, MessageAttributes, Queue, Receipt, Receive, Received, Value};
use bytes::Bytes;
use words::Timestamp;

use super::{Result, Sqs, code, model, number, parameter};
use crate::error::Error;
use crate::generated::sqs::message_system_attribute_name as system;
use crate::service::Caller;

type Attributes = BTreeMap<String, model::MessageAttributeValue>;
type SystemAttributes = BTreeMap<String, model::MessageSystemAttributeValue>;

fn unsupported(message: &'static str) -> Error {
    Error::new(code::UNSUPPORTED_OPERATION, message)
}

/// What a receiver may ask for by the older member `AttributeNames`; the model has the attributes of queues there.
const SYSTEM: [&str; 10] = [
    system::ALL,
    system::SENDER_ID,
    system::SENT_TIMESTAMP,
    system::APPROXIMATE_RECEIVE_COUNT,
    system::APPROXIMATE_FIRST_RECEIVE_TIMESTAMP,
    system::SEQUENCE_NUMBER,
    system::MESSAGE_DEDUPLICATION_ID,
    system::MESSAGE_GROUP_ID,
    system::AWS_TRACE_HEADER,
    system::DEAD_LETTER_QUEUE_SOURCE_ARN,
];

fn attribute(name: &str, given: model::MessageAttributeValue) -> Result<Attribute> {
    let lists = given.string_list_values.is_some_and(|list| !list.is_empty())
        || given.binary_list_values.is_some_and(|list| !list.is_empty());
    if lists {
        return Err(unsupported("Message attribute list values in SendMessage operation are not supported."));
    }
    let value = match (given.string_value, given.binary_value) {
        (Some(text), None) => Value::Text(text),
        (None, Some(bytes)) => Value::Binary(bytes.to_vec()),
        _ => return Err(parameter("MessageAttributes", name, "It must have a StringValue or a BinaryValue.")),
    };
    Ok(Attribute { kind: given.data_type, value })
}

fn attributes(given: Option<Attributes>) -> Result<MessageAttributes> {
    let given = given.unwrap_or_default().into_iter();
    given.map(|(name, one)| Ok((name.clone(), attribute(&name, one)?))).collect()
}

fn trace(given: Option<SystemAttributes>) -> Result<Option<String>> {
    let mut found = None;
    for (name, one) in given.unwrap_or_default() {
        if name != system::AWS_TRACE_HEADER || one.data_type != "String" {
            return Err(parameter("MessageSystemAttributes", name, "There is AWSTraceHeader, a String, alone."));
        }
        found = one.string_value;
    }
    Ok(found)
}

fn told(attribute: &Attribute) -> model::MessageAttributeValue {
    let (string_value, binary_value) = match &attribute.value {
        Value::Text(text) => (Some(text.clone()), None),
        Value::Binary(bytes) => (None, Some(Bytes::from(bytes.clone()))),
    };
    let data_type = attribute.kind.clone();
    model::MessageAttributeValue {
        binary_list_values: None,
        binary_value,
        data_type,
        string_list_values: None,
        string_value,
    }
}

/// Is an attribute asked for? Names may end with `.*`.
fn wanted(name: &str, asked: &[String]) -> bool {
    asked.iter().any(|asked| match asked.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => asked == "All" || asked == name,
    })
}

fn millis(moment: Timestamp) -> String {
    moment.milliseconds().to_string()
}

/// A message as the one who receives it asked for it.
fn message(received: Received, attributes: &[String], systems: &[String]) -> model::Message {
    let known = [
        (system::SENDER_ID, Some(received.sender)),
        (system::SENT_TIMESTAMP, Some(millis(received.sent))),
        (system::APPROXIMATE_RECEIVE_COUNT, Some(received.receives.to_string())),
        (system::APPROXIMATE_FIRST_RECEIVE_TIMESTAMP, Some(millis(received.first_received))),
        (system::SEQUENCE_NUMBER, received.sequence),
        (system::MESSAGE_DEDUPLICATION_ID, received.deduplication),
        (system::MESSAGE_GROUP_ID, received.group),
        (system::AWS_TRACE_HEADER, received.trace),
        (system::DEAD_LETTER_QUEUE_SOURCE_ARN, received.source.map(|arn| arn.to_string())),
    ];
    let known = known.into_iter().filter(|(name, _)| systems.iter().any(|one| one == system::ALL || one == name));
    let known: BTreeMap<String, String> = known.filter_map(|(name, text)| Some((name.to_owned(), text?))).collect();
    let shown = || received.attributes.iter().filter(|(name, _)| wanted(name, attributes));
    let md5_of_message_attributes = ::sqs::attributes_md5(shown().map(|(name, one)| (name.as_str(), one)));
    let shown: Attributes = shown().map(|(name, one)| (name.clone(), told(one))).collect();
    model::Message {
        attributes: (!known.is_empty()).then_some(known),
        md5_of_body: Some(::sqs::text_md5(&received.body)),
        body: Some(received.body),
        md5_of_message_attributes,
        message_attributes: (!shown.is_empty()).then_some(shown),
        message_id: Some(received.id),
        receipt_handle: Some(received.receipt.as_str().to_owned()),
    }
}

/// Checks a batch as a whole.
fn check_batch<'a>(ids: impl ExactSizeIterator<Item = &'a String>) -> Result<()> {
    let (count, mut seen) = (ids.len(), BTreeSet::new());
    if count == 0 {
        return Err(Error::new(code::EMPTY_BATCH_REQUEST, "There should be at least one entry in the request."));
    }
    if count > ::sqs::limits::BATCH {
        let message = format!("Maximum number of entries per request are 10. You have sent {count}.");
        return Err(Error::new(code::TOO_MANY_ENTRIES_IN_BATCH_REQUEST, message));
    }
    for id in ids {
        let letters = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if id.is_empty() || id.len() > 80 || !letters {
            return Err(Error::new(
                code::INVALID_BATCH_ENTRY_ID,
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 \
                 letters long.",
            ));
        }
        if !seen.insert(id) {
            return Err(Error::new(code::BATCH_ENTRY_IDS_NOT_DISTINCT, format!("Id {id} repeated.")));
        }
    }
    Ok(())
}

/// What became of the entries of a batch: what succeeded, and what failed.
fn divided<T>(outcomes: Vec<(String, Result<T>)>) -> (Vec<(String, T)>, Vec<model::BatchResultErrorEntry>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (id, outcome) in outcomes {
        match outcome {
            Ok(value) => good.push((id, value)),
            Err(error) => bad.push(model::BatchResultErrorEntry {
                code: error.code.code.to_owned(),
                id,
                sender_fault: error.sender(),
                message: Some(error.message.into_owned()),
            }),
        }
    }
    (good, bad)
}

/// What a message is made of, in a call of its own or in a batch.
struct Given {
    body: String,
    attributes: Option<Attributes>,
    systems: Option<SystemAttributes>,
    delay: Option<i64>,
    group: Option<String>,
    deduplication: Option<String>,
}

fn letter(given: Given, caller: &Caller) -> Result<Letter> {
    Ok(Letter {
        body: given.body,
        attributes: attributes(given.attributes)?,
        trace: trace(given.systems)?,
        delay: number("DelaySeconds", given.delay)?.map(Duration::from_secs),
        sender: caller.principal.user_id(),
        group: given.group,
        deduplication: given.deduplication,
    })
}

impl Sqs {
    pub(super) async fn send_message(
        &self,
        caller: &Caller,
        input: model::SendMessageRequest,
    ) -> Result<model::SendMessageResult> {
        let queue = self.queue(caller, &input.queue_url)?;
        let given = Given {
            body: input.message_body,
            attributes: input.message_attributes,
            systems: input.message_system_attributes,
            delay: input.delay_seconds,
            group: input.message_group_id,
            deduplication: input.message_deduplication_id,
        };
        let sent = self.sqs.send(&queue, letter(given, caller)?, caller.now).await?;
        Ok(model::SendMessageResult {
            md5_of_message_attributes: sent.attributes_md5,
            md5_of_message_body: Some(sent.body_md5),
            md5_of_message_system_attributes: sent.trace_md5,
            message_id: Some(sent.id),
            sequence_number: sent.sequence,
        })
    }

    pub(super) async fn send_message_batch(
        &self,
        caller: &Caller,
        input: model::SendMessageBatchRequest,
    ) -> Result<model::SendMessageBatchResult> {
        let queue = self.queue(caller, &input.queue_url)?;
        check_batch(input.entries.iter().map(|entry| &entry.id))?;
        let letters: Vec<(String, Result<Letter>)> = input
            .entries
            .into_iter()
            .map(|entry| {
                let given = Given {
                    body: entry.message_body,
                    attributes: entry.message_attributes,
                    systems: entry.message_system_attributes,
                    delay: entry.delay_seconds,
                    group: entry.message_group_id,
                    deduplication: entry.message_deduplication_id,
                };
                (entry.id, letter(given, caller))
            })
            .collect();
        let sizes = letters.iter().flat_map(|(_, letter)| letter);
        let size: usize =
            sizes.map(|letter| ::sqs::size(&letter.body, &letter.attributes, letter.trace.as_deref())).sum();
        if size as u64 > *::sqs::limits::MESSAGE.end() {
            let most = ::sqs::limits::MESSAGE.end();
            let message = format!("Batch requests cannot be longer than {most} bytes. You have sent {size} bytes.");
            return Err(Error::new(code::BATCH_REQUEST_TOO_LONG, message));
        }
        let sending = letters.into_iter().map(|(id, letter)| {
            let queue = Arc::clone(&queue);
            async move {
                let sent = async { Ok(self.sqs.send(&queue, letter?, caller.now).await?) };
                (id, sent.await)
            }
        });
        let (good, failed) = divided(futures_util::future::join_all(sending).await);
        let successful = good.into_iter().map(|(id, sent)| model::SendMessageBatchResultEntry {
            id,
            md5_of_message_attributes: sent.attributes_md5,
            md5_of_message_body: sent.body_md5,
            md5_of_message_system_attributes: sent.trace_md5,
            message_id: sent.id,
            sequence_number: sent.sequence,
        });
        Ok(model::SendMessageBatchResult { failed, successful: successful.collect() })
    }

    pub(super) async fn receive_message(
        &self,
        caller: &Caller,
        input: model::ReceiveMessageRequest,
    ) -> Result<model::ReceiveMessageResult> {
        let queue = self.queue(caller, &input.queue_url)?;
        if input.receive_request_attempt_id.is_some() {
            return Err(unsupported(
                "ReceiveRequestAttemptId is not offered here: what an answer has lost is visible again after its \
                 VisibilityTimeout. Leave it out.",
            ));
        }
        let most = number("MaxNumberOfMessages", input.max_number_of_messages)?.unwrap_or(1);
        if !(1..=::sqs::limits::BATCH as u64).contains(&most) {
            return Err(parameter("MaxNumberOfMessages", most, "Must be between 1 and 10, if provided."));
        }
        let wait = number("WaitTimeSeconds", input.wait_time_seconds)?;
        if let Some(wait) = wait.filter(|wait| !::sqs::limits::WAIT.contains(wait)) {
            return Err(parameter("WaitTimeSeconds", wait, "Must be >= 0 and <= 20, if provided."));
        }
        let visibility = number("VisibilityTimeout", input.visibility_timeout)?;
        if let Some(visibility) = visibility.filter(|seconds| !::sqs::limits::VISIBILITY.contains(seconds)) {
            return Err(parameter("VisibilityTimeout", visibility, "Must be >= 0 and <= 43200, if provided."));
        }
        let receive = Receive {
            most: usize::try_from(most).unwrap_or(1),
            visibility: visibility.map(Duration::from_secs),
            wait: wait.map(Duration::from_secs),
        };
        // The older name for the same.
        let mut systems = input.attribute_names.unwrap_or_default();
        if let Some(unknown) = systems.iter().find(|name| !SYSTEM.contains(&name.as_str())) {
            return Err(Error::new(code::INVALID_ATTRIBUTE_NAME, format!("Unknown Attribute {unknown:.100}.")));
        }
        systems.extend(input.message_system_attribute_names.unwrap_or_default());
        let received = self.sqs.receive(&queue, receive).await?;
        let names = input.message_attribute_names.unwrap_or_default();
        let messages: Vec<_> = received.into_iter().map(|one| message(one, &names, &systems)).collect();
        Ok(model::ReceiveMessageResult { messages: (!messages.is_empty()).then_some(messages) })
    }

    async fn delete(&self, queue: &Queue, receipt: &str) -> Result<()> {
        let receipt: Receipt = receipt.parse()?;
        Ok(self.sqs.delete(queue, &receipt).await?)
    }

    pub(super) async fn delete_message(&self, caller: &Caller, input: model::DeleteMessageRequest) -> Result<()> {
        self.delete(&*self.queue(caller, &input.queue_url)?, &input.receipt_handle).await
    }

    pub(super) async fn delete_message_batch(
        &self,
        caller: &Caller,
        input: model::DeleteMessageBatchRequest,
    ) -> Result<model::DeleteMessageBatchResult> {
        let queue = self.queue(caller, &input.queue_url)?;
        check_batch(input.entries.iter().map(|entry| &entry.id))?;
        let deleting = input.entries.into_iter().map(|entry| {
            let queue = Arc::clone(&queue);
            async move { (entry.id, self.delete(&queue, &entry.receipt_handle).await) }
        });
        let (good, failed) = divided(futures_util::future::join_all(deleting).await);
        let successful = good.into_iter().map(|(id, ())| model::DeleteMessageBatchResultEntry { id });
        Ok(model::DeleteMessageBatchResult { failed, successful: successful.collect() })
    }

    async fn hide(&self, caller: &Caller, queue: &Queue, receipt: &str, seconds: Option<i64>) -> Result<()> {
        let receipt: Receipt = receipt.parse()?;
        let seconds = number("VisibilityTimeout", seconds)?;
        let visibility = seconds.map_or(queue.attributes.visibility, Duration::from_secs);
        Ok(self.sqs.change_visibility(queue, &receipt, visibility, caller.now).await?)
    }

    pub(super) async fn change_message_visibility(
        &self,
        caller: &Caller,
        input: model::ChangeMessageVisibilityRequest,
    ) -> Result<()> {
        let queue = self.queue(caller, &input.queue_url)?;
        self.hide(caller, &queue, &input.receipt_handle, Some(input.visibility_timeout)).await
    }

    pub(super) async fn change_message_visibility_batch(
        &self,
        caller: &Caller,
        input: model::ChangeMessageVisibilityBatchRequest,
    ) -> Result<model::ChangeMessageVisibilityBatchResult> {
        let queue = self.queue(caller, &input.queue_url)?;
        check_batch(input.entries.iter().map(|entry| &entry.id))?;
        let hiding = input.entries.into_iter().map(|entry| {
            let queue = Arc::clone(&queue);
            async move {
                let hidden = self.hide(caller, &queue, &entry.receipt_handle, entry.visibility_timeout).await;
                (entry.id, hidden)
            }
        });
        let (good, failed) = divided(futures_util::future::join_all(hiding).await);
        let successful = good.into_iter().map(|(id, ())| model::ChangeMessageVisibilityBatchResultEntry { id });
        Ok(model::ChangeMessageVisibilityBatchResult { failed, successful: successful.collect() })
    }
}
