//! Attributes of queues: texts on the wire, types behind it.
//!
//! Source: "CreateQueue", "SetQueueAttributes" and "GetQueueAttributes" in the SQS API reference.

use std::collections::BTreeMap;

use ::sqs::{Changes, Counts, Queue, Redrive, RedriveAllow, Scope};
use aws::{AccountId, Arn};
use serde_json::{Value as Json, json};

use super::{Result, code};
use crate::error::Error;
use crate::generated::sqs::queue_attribute_name as name;

fn invalid(attribute: &str, why: impl std::fmt::Display) -> Error {
    let message = format!("Invalid value for the parameter {attribute}. Reason: {why}");
    Error::new(code::INVALID_ATTRIBUTE_VALUE, message)
}

fn number(attribute: &str, text: &str) -> Result<u64> {
    text.trim().parse().map_err(|_| invalid(attribute, "It must be a whole number."))
}

fn truth(attribute: &str, text: &str) -> Result<bool> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(invalid(attribute, "It is true or false.")),
    }
}

/// The words for all messages of a queue, and for those of a group.
type Scopes = [&'static str; 2];
const SCOPES: Scopes = ["queue", "messageGroup"];
const THROUGHPUTS: Scopes = ["perQueue", "perMessageGroupId"];

fn scope(attribute: &str, text: &str, [queue, group]: Scopes) -> Result<Scope> {
    match text {
        _ if text == queue => Ok(Scope::Queue),
        _ if text == group => Ok(Scope::Group),
        _ => Err(invalid(attribute, format!("It is {queue} or {group}."))),
    }
}

fn word(scope: Scope, [queue, group]: Scopes) -> String {
    match scope {
        Scope::Queue => queue.into(),
        Scope::Group => group.into(),
    }
}

/// Attributes as a call gives them.
pub(super) fn parse(attributes: BTreeMap<String, String>) -> Result<Changes> {
    let mut changes = Changes::default();
    for (attribute, text) in attributes {
        match attribute.as_str() {
            name::DELAY_SECONDS => changes.delay = Some(number(&attribute, &text)?),
            name::MAXIMUM_MESSAGE_SIZE => changes.longest = Some(number(&attribute, &text)?),
            name::MESSAGE_RETENTION_PERIOD => changes.retention = Some(number(&attribute, &text)?),
            name::RECEIVE_MESSAGE_WAIT_TIME_SECONDS => changes.wait = Some(number(&attribute, &text)?),
            name::VISIBILITY_TIMEOUT => changes.visibility = Some(number(&attribute, &text)?),
            name::REDRIVE_POLICY => changes.redrive = Some(redrive(&text)?),
            name::REDRIVE_ALLOW_POLICY => changes.redrive_allow = Some(redrive_allow(&text)?),
            name::POLICY => changes.policy = Some(policy(text)?),
            name::SQS_MANAGED_SSE_ENABLED if text == "false" => {}
            name::KMS_MASTER_KEY_ID if text.is_empty() => {}
            name::SQS_MANAGED_SSE_ENABLED | name::KMS_MASTER_KEY_ID | name::KMS_DATA_KEY_REUSE_PERIOD_SECONDS => {
                let message =
                    format!("{attribute}: messages are not encrypted here. Encrypt the disk, and leave it out.");
                return Err(Error::new(code::UNSUPPORTED_OPERATION, message));
            }
            name::FIFO_QUEUE => changes.fifo = Some(truth(&attribute, &text)?),
            name::CONTENT_BASED_DEDUPLICATION => changes.content_based = Some(truth(&attribute, &text)?),
            name::DEDUPLICATION_SCOPE => changes.scope = Some(scope(&attribute, &text, SCOPES)?),
            name::FIFO_THROUGHPUT_LIMIT => changes.throughput = Some(scope(&attribute, &text, THROUGHPUTS)?),
            other => {
                let other: String = other.chars().take(crate::limits::SHOWN).collect();
                return Err(Error::new(code::INVALID_ATTRIBUTE_NAME, format!("Unknown Attribute {other}.")));
            }
        }
    }
    Ok(changes)
}

/// A policy, which has to be one; an empty text takes it away.
fn policy(text: String) -> Result<Option<String>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    ::iam::Policy::resource(&text).map_err(|error| invalid(name::POLICY, error))?;
    Ok(Some(text))
}

fn object(attribute: &str, text: &str) -> Result<serde_json::Map<String, Json>> {
    serde_json::from_str(text).map_err(|error| invalid(attribute, format!("It is no JSON object: {error}.")))
}

fn redrive(text: &str) -> Result<Option<Redrive>> {
    let wrong = |why: &str| invalid(name::REDRIVE_POLICY, why);
    if text.trim().is_empty() {
        return Ok(None);
    }
    let object = object(name::REDRIVE_POLICY, text)?;
    let target = object.get("deadLetterTargetArn").and_then(Json::as_str);
    let target: Option<Arn> = target.and_then(|arn| arn.parse().ok());
    // Clients write it as a number or as a text.
    let receives = match object.get("maxReceiveCount") {
        Some(Json::String(text)) => text.parse().ok(),
        Some(Json::Number(number)) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        _ => None,
    };
    if object.len() != 2 {
        return Err(wrong("It has deadLetterTargetArn and maxReceiveCount, and nothing else."));
    }
    Ok(Some(Redrive {
        target: target.ok_or_else(|| wrong("deadLetterTargetArn must be the ARN of a queue."))?,
        receives: receives.ok_or_else(|| wrong("maxReceiveCount must be a number from 1 to 1000."))?,
    }))
}

fn redrive_allow(text: &str) -> Result<RedriveAllow> {
    let wrong = |why: &str| invalid(name::REDRIVE_ALLOW_POLICY, why);
    if text.trim().is_empty() {
        return Ok(RedriveAllow::All);
    }
    let object = object(name::REDRIVE_ALLOW_POLICY, text)?;
    let queues = match object.get("sourceQueueArns") {
        None => None,
        Some(Json::Array(arns)) => {
            let arns = arns.iter().map(|arn| arn.as_str().and_then(|arn| arn.parse::<Arn>().ok()));
            let arns: Option<Vec<Arn>> = arns.collect();
            Some(arns.ok_or_else(|| wrong("sourceQueueArns must be a list of ARNs."))?)
        }
        Some(_) => return Err(wrong("sourceQueueArns must be a list of ARNs.")),
    };
    match (object.get("redrivePermission").and_then(Json::as_str), queues) {
        (Some("allowAll"), None) => Ok(RedriveAllow::All),
        (Some("denyAll"), None) => Ok(RedriveAllow::None),
        (Some("byQueue"), Some(queues)) => Ok(RedriveAllow::Queues(queues)),
        _ => Err(wrong("redrivePermission is allowAll, denyAll, or byQueue with sourceQueueArns.")),
    }
}

/// The attributes of a queue that are asked for.
pub(super) fn told(queue: &Queue, counts: Counts, account: &AccountId, asked: &[String]) -> BTreeMap<String, String> {
    let attributes = &queue.attributes;
    let redrive = attributes.redrive.as_ref().map(|redrive| {
        json!({ "deadLetterTargetArn": redrive.target.to_string(), "maxReceiveCount": redrive.receives }).to_string()
    });
    let allow = match &attributes.redrive_allow {
        RedriveAllow::All => None,
        RedriveAllow::None => Some(json!({ "redrivePermission": "denyAll" }).to_string()),
        RedriveAllow::Queues(queues) => {
            let arns: Vec<String> = queues.iter().map(ToString::to_string).collect();
            Some(json!({ "redrivePermission": "byQueue", "sourceQueueArns": arns }).to_string())
        }
    };
    let all = [
        (name::APPROXIMATE_NUMBER_OF_MESSAGES, Some(counts.visible.to_string())),
        (name::APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED, Some(counts.delayed.to_string())),
        (name::APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE, Some(counts.in_flight.to_string())),
        (name::CONTENT_BASED_DEDUPLICATION, attributes.fifo.map(|fifo| fifo.content_based.to_string())),
        (name::CREATED_TIMESTAMP, Some(queue.created.seconds().to_string())),
        (name::DELAY_SECONDS, Some(attributes.delay.as_secs().to_string())),
        (name::DEDUPLICATION_SCOPE, attributes.fifo.map(|fifo| word(fifo.scope, SCOPES))),
        (name::FIFO_QUEUE, attributes.fifo.map(|_| "true".to_owned())),
        (name::FIFO_THROUGHPUT_LIMIT, attributes.fifo.map(|fifo| word(fifo.throughput, THROUGHPUTS))),
        (name::LAST_MODIFIED_TIMESTAMP, Some(queue.modified.seconds().to_string())),
        (name::MAXIMUM_MESSAGE_SIZE, Some(attributes.longest.to_string())),
        (name::MESSAGE_RETENTION_PERIOD, Some(attributes.retention.as_secs().to_string())),
        (name::POLICY, attributes.policy.clone()),
        (name::QUEUE_ARN, Some(queue.arn(account).to_string())),
        (name::RECEIVE_MESSAGE_WAIT_TIME_SECONDS, Some(attributes.wait.as_secs().to_string())),
        (name::REDRIVE_ALLOW_POLICY, allow),
        (name::REDRIVE_POLICY, redrive),
        (name::SQS_MANAGED_SSE_ENABLED, Some("false".to_owned())),
        (name::VISIBILITY_TIMEOUT, Some(attributes.visibility.as_secs().to_string())),
    ];
    let wanted = |attribute: &str| asked.iter().any(|asked| asked == name::ALL || asked == attribute);
    let known = all.into_iter().filter(|(attribute, _)| wanted(attribute));
    known.filter_map(|(attribute, text)| Some((attribute.to_owned(), text?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(attribute: &str, text: &str) -> Result<Changes> {
        parse([(attribute.to_owned(), text.to_owned())].into())
    }

    #[test]
    fn texts_become_attributes() {
        let arn = "arn:aws:sqs:us-east-1:123456789012:dead";
        for text in [
            format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"5"}}"#),
            format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":5}}"#),
        ] {
            let redrive = one(name::REDRIVE_POLICY, &text).unwrap().redrive.unwrap().unwrap();
            assert_eq!((redrive.target.to_string().as_str(), redrive.receives), (arn, 5));
        }
        assert_eq!(one(name::REDRIVE_POLICY, "").unwrap().redrive, Some(None));
        let allowed = one(name::REDRIVE_ALLOW_POLICY, r#"{"redrivePermission":"denyAll"}"#).unwrap();
        assert_eq!(allowed.redrive_allow, Some(RedriveAllow::None));
        assert_eq!(one(name::VISIBILITY_TIMEOUT, "60").unwrap().visibility, Some(60));
        assert_eq!(one(name::SQS_MANAGED_SSE_ENABLED, "false").unwrap(), Changes::default());
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let cases = [
            (name::VISIBILITY_TIMEOUT, "x", "InvalidAttributeValue"),
            (name::VISIBILITY_TIMEOUT, "-1", "InvalidAttributeValue"),
            (name::REDRIVE_POLICY, "[]", "InvalidAttributeValue"),
            (name::REDRIVE_POLICY, r#"{"deadLetterTargetArn":"x","maxReceiveCount":5}"#, "InvalidAttributeValue"),
            (name::REDRIVE_POLICY, r#"{"maxReceiveCount":5}"#, "InvalidAttributeValue"),
            (name::REDRIVE_ALLOW_POLICY, r#"{"redrivePermission":"byQueue"}"#, "InvalidAttributeValue"),
            (name::REDRIVE_ALLOW_POLICY, r#"{"redrivePermission":"some"}"#, "InvalidAttributeValue"),
            (name::POLICY, "{}", "InvalidAttributeValue"),
            (name::FIFO_QUEUE, "yes", "InvalidAttributeValue"),
            (name::DEDUPLICATION_SCOPE, "all", "InvalidAttributeValue"),
            (name::KMS_MASTER_KEY_ID, "alias/aws/sqs", "AWS.SimpleQueueService.UnsupportedOperation"),
            (name::QUEUE_ARN, "x", "InvalidAttributeName"),
            ("Colour", "red", "InvalidAttributeName"),
        ];
        for (attribute, text, code) in cases {
            assert_eq!(one(attribute, text).unwrap_err().code.code, code, "{attribute}={text}");
        }
    }
}
