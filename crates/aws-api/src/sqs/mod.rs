//! The Simple Queue Service: what its requests say in the words of `sqs`, and what `sqs` answers in the words of its
//! model.

mod attributes;
mod messages;
mod permissions;
mod queues;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ::sqs::{Error as Fault, Queue, QueueName};

use crate::codec::Members;
use crate::error::{self, Error};
use crate::generated::sqs as model;
use crate::generated::sqs::error as code;
use crate::service::{Caller, Target};

type Result<T> = std::result::Result<T, Error>;

/// The service.
#[derive(Debug, Clone)]
pub struct Sqs {
    sqs: ::sqs::Sqs,
}

crate::service! {
    Sqs, speaks crate::generated::sqs {
        AddPermission => add_permission,
        CancelMessageMoveTask => cancel_message_move_task,
        ChangeMessageVisibility => change_message_visibility,
        ChangeMessageVisibilityBatch => change_message_visibility_batch,
        CreateQueue => create_queue,
        DeleteMessage => delete_message,
        DeleteMessageBatch => delete_message_batch,
        DeleteQueue => delete_queue,
        GetQueueAttributes => get_queue_attributes,
        GetQueueUrl => get_queue_url,
        ListDeadLetterSourceQueues => list_dead_letter_source_queues,
        ListMessageMoveTasks => list_message_move_tasks,
        ListQueueTags => list_queue_tags,
        ListQueues => list_queues,
        PurgeQueue => purge_queue,
        ReceiveMessage => receive_message,
        RemovePermission => remove_permission,
        SendMessage => send_message,
        SendMessageBatch => send_message_batch,
        SetQueueAttributes => set_queue_attributes,
        StartMessageMoveTask => start_message_move_task,
        TagQueue => tag_queue,
        UntagQueue => untag_queue,
    }
    on queue_of
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let code = match &fault {
            Fault::NoSuchQueue => code::QUEUE_DOES_NOT_EXIST,
            Fault::QueueExists { .. } => code::QUEUE_NAME_EXISTS,
            Fault::InvalidName | Fault::FifoName | Fault::InvalidParameter { .. } | Fault::TooLong(_) => {
                error::INVALID_PARAMETER_VALUE
            }
            Fault::Missing(_) => error::MISSING_PARAMETER,
            Fault::Unsupported(_) => code::UNSUPPORTED_OPERATION,
            Fault::InvalidAttribute(..) => code::INVALID_ATTRIBUTE_VALUE,
            Fault::InvalidContents => code::INVALID_MESSAGE_CONTENTS,
            Fault::InvalidReceipt => code::RECEIPT_HANDLE_IS_INVALID,
            Fault::NotInFlight => code::MESSAGE_NOT_INFLIGHT,
            Fault::OverLimit(_) => code::OVER_LIMIT,
            Fault::NoSuchTask(_) => code::RESOURCE_NOT_FOUND_EXCEPTION,
            Fault::Store(why) => return Self::internal(why),
        };
        Self::new(code, fault.to_string())
    }
}

/// The address of a queue, as this client sees it.
pub(crate) fn url(caller: &Caller, queue: &str) -> String {
    format!("{}/{}/{queue}", caller.endpoint(), caller.account)
}

/// Account and name out of a queue's address, whatever host it names.
fn parse_url(url: &str) -> Option<(&str, &str)> {
    let mut parts = url.trim_end_matches('/').rsplit('/');
    let (name, account) = (parts.next()?, parts.next()?);
    (!name.is_empty()).then_some((account, name))
}

fn parameter(name: &str, value: impl std::fmt::Display, why: &str) -> Error {
    let message = format!("Value {value} for parameter {name} is invalid. Reason: {why}");
    Error::new(error::INVALID_PARAMETER_VALUE, message)
}

/// A number that is not below zero.
fn number(name: &str, given: Option<i64>) -> Result<Option<u64>> {
    let fault = |given: i64| parameter(name, given, "It must not be below 0.");
    given.map(|given| u64::try_from(given).map_err(|_| fault(given))).transpose()
}

/// Operations that policies know under another's name.
const LIKE: [(&str, &str); 3] = [
    ("ChangeMessageVisibilityBatch", "ChangeMessageVisibility"),
    ("DeleteMessageBatch", "DeleteMessage"),
    ("SendMessageBatch", "SendMessage"),
];

impl Sqs {
    /// Serves these queues.
    pub fn new(sqs: ::sqs::Sqs) -> Self {
        Self { sqs }
    }

    /// The queue that an address means.
    fn queue(&self, caller: &Caller, url: &str) -> Result<Arc<Queue>> {
        let (account, name) = parse_url(url).ok_or(Fault::NoSuchQueue)?;
        if account != caller.account.as_str() {
            return Err(Fault::NoSuchQueue.into());
        }
        let name: QueueName = name.parse().map_err(|_| Fault::NoSuchQueue)?;
        Ok(self.sqs.queue(&caller.region, &name)?)
    }

    /// What operations are on.
    ///
    /// Source: "Actions, resources, and condition keys for Amazon SQS" in the Service Authorization Reference.
    fn queue_of(&self, caller: &Caller, operation: &str, input: Members<'_>) -> Vec<Target> {
        let url = input.text("QueueUrl").and_then(parse_url).map(|(_, name)| name);
        let moved = || Some(self.sqs.move_source(input.text("TaskHandle")?)?.to_string());
        let arn = input.text("SourceArn").map(str::to_owned).or_else(moved);
        let named = url.or_else(|| input.text("QueueName"));
        let resource = named.map(|name| caller.arn("sqs", name).to_string()).or(arn);
        let mut target = Target::new(resource.unwrap_or_else(|| caller.arn("sqs", "*").to_string()));
        let name = named.and_then(|name| name.parse::<QueueName>().ok());
        if let Some(queue) = name.and_then(|name| self.sqs.queue(&caller.region, &name).ok()) {
            target = target.tagged(&queue.tags);
            target.policy = queue.attributes.policy.clone();
        }
        target.action = LIKE.iter().find(|(batch, _)| *batch == operation).map(|(_, single)| *single);
        // Who moves messages sends them to where they go.
        let mut destination = input.text("DestinationArn").map(Target::new);
        if let Some(destination) = &mut destination {
            destination.action = Some("SendMessage");
        }
        [target].into_iter().chain(destination).collect()
    }
}
