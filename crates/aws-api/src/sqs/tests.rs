//! What the wire makes of calls.

use std::collections::BTreeMap;

use ::sqs::{NewQueue, Sqs as Queues};

use super::*;
use crate::codec::Value;
use crate::service::Service;

fn caller(service: &Sqs) -> Caller {
    let account = service.sqs.account().clone();
    Caller {
        principal: crate::access::Principal::Root { account: account.clone() },
        account,
        region: "us-east-1".parse().unwrap(),
        request_id: "r".into(),
        now: words::Timestamp::now(),
        source: None,
        secure: false,
        host: "127.0.0.1:4566".into(),
        user_agent: String::new(),
    }
}

fn service() -> (Sqs, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let store = store::Store::open(&directory.path().join("state")).unwrap();
    (Sqs::new(Queues::open(store, "123456789012".parse().unwrap()).unwrap()), directory)
}

async fn call(service: &Sqs, operation: &'static str, input: &str) -> Result<serde_json::Value> {
    let known = service.model().operation(operation).unwrap();
    let input = crate::codec::json::parse(known.input, input.as_bytes())?;
    crate::codec::validate::check(service.model(), known.input, &input)?;
    let output: Value = service.call(operation, &caller(service), input).await?;
    Ok(crate::codec::json::write(known.output, &output))
}

const URL: &str = "http://127.0.0.1:4566/123456789012/jobs";

#[test]
fn addresses_are_read_whatever_their_host() {
    let cases = [
        (URL, Some(("123456789012", "jobs"))),
        ("https://sqs.us-east-1.amazonaws.com/123456789012/jobs/", Some(("123456789012", "jobs"))),
        ("jobs", None),
        ("", None),
    ];
    for (text, parsed) in cases {
        assert_eq!(parse_url(text), parsed, "{text}");
    }
}

#[tokio::test]
async fn every_operation_is_there() {
    let (service, _directory) = service();
    for operation in service.model().operations {
        assert!(service.offers(operation.name), "{}", operation.name);
    }
}

#[tokio::test]
async fn batches_tell_of_each_entry() {
    let (service, _directory) = service();
    let made = call(&service, "CreateQueue", r#"{"QueueName":"jobs"}"#).await.unwrap();
    assert_eq!(made["QueueUrl"], URL);
    let sent = format!(
        r#"{{"QueueUrl":"{URL}","Entries":[{{"Id":"a","MessageBody":"x"}},{{"Id":"b","MessageBody":""}},
        {{"Id":"c","MessageBody":"y","MessageGroupId":"g"}}]}}"#
    );
    let sent = call(&service, "SendMessageBatch", &sent).await.unwrap();
    assert_eq!(sent["Successful"][0]["Id"], "a");
    assert_eq!(sent["Successful"][0]["MD5OfMessageBody"], "9dd4e461268c8034f5c8564e155c67a6");
    let failed: Vec<_> = sent["Failed"].as_array().unwrap().iter().map(|one| one["Code"].as_str().unwrap()).collect();
    assert_eq!(failed, ["InvalidParameterValue", "AWS.SimpleQueueService.UnsupportedOperation"]);
    let entries: Vec<String> = (0..11).map(|n| format!(r#"{{"Id":"{n}","MessageBody":"x"}}"#)).collect();
    let cases = [
        ("".to_owned(), "AWS.SimpleQueueService.EmptyBatchRequest"),
        (entries.join(","), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        ([entries[0].as_str(), &entries[0]].join(","), "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        (r#"{"Id":"a b","MessageBody":"x"}"#.to_owned(), "AWS.SimpleQueueService.InvalidBatchEntryId"),
        (
            format!(r#"{{"Id":"a","MessageBody":"{0}"}},{{"Id":"b","MessageBody":"{0}"}}"#, "x".repeat(600_000)),
            "AWS.SimpleQueueService.BatchRequestTooLong",
        ),
    ];
    for (entries, code) in cases {
        let input = format!(r#"{{"QueueUrl":"{URL}","Entries":[{entries}]}}"#);
        assert_eq!(call(&service, "SendMessageBatch", &input).await.unwrap_err().code.code, code);
    }
}

#[tokio::test]
async fn receivers_get_what_they_ask_for() {
    let (service, _directory) = service();
    call(&service, "CreateQueue", r#"{"QueueName":"jobs"}"#).await.unwrap();
    let message = format!(
        r#"{{"QueueUrl":"{URL}","MessageBody":"x","MessageAttributes":{{
        "a.b":{{"DataType":"String","StringValue":"1"}},"c":{{"DataType":"Binary","BinaryValue":"AAE="}}}}}}"#
    );
    call(&service, "SendMessage", &message).await.unwrap();
    let cases = [("[]", 0), (r#"["All"]"#, 2), (r#"[".*"]"#, 2), (r#"["a.*"]"#, 1), (r#"["c"]"#, 1), (r#"["d"]"#, 0)];
    for (names, count) in cases {
        let input = format!(
            r#"{{"QueueUrl":"{URL}","VisibilityTimeout":0,"MessageAttributeNames":{names},"AttributeNames":["SentTimestamp"]}}"#
        );
        let received = call(&service, "ReceiveMessage", &input).await.unwrap();
        let message = &received["Messages"][0];
        assert_eq!(message["MessageAttributes"].as_object().map_or(0, serde_json::Map::len), count, "{names}");
        assert_eq!(message["MD5OfMessageAttributes"].is_string(), count > 0);
        assert_eq!(message["Attributes"].as_object().unwrap().len(), 1);
    }
    let bad = [
        (r#""MaxNumberOfMessages":11"#, "InvalidParameterValue"),
        (r#""WaitTimeSeconds":21"#, "InvalidParameterValue"),
        (r#""VisibilityTimeout":43201"#, "InvalidParameterValue"),
        (r#""AttributeNames":["Colour"]"#, "InvalidAttributeName"),
        (r#""ReceiveRequestAttemptId":"x""#, "AWS.SimpleQueueService.UnsupportedOperation"),
    ];
    for (member, code) in bad {
        let input = format!(r#"{{"QueueUrl":"{URL}",{member}}}"#);
        assert_eq!(call(&service, "ReceiveMessage", &input).await.unwrap_err().code.code, code, "{member}");
    }
    let wrong = format!(r#"{{"QueueUrl":"{URL}","ReceiptHandle":"x"}}"#);
    assert_eq!(call(&service, "DeleteMessage", &wrong).await.unwrap_err().code.code, "ReceiptHandleIsInvalid");
    let other = r#"{"QueueUrl":"http://h/999999999999/jobs","MessageBody":"x"}"#;
    let missing = call(&service, "SendMessage", other).await.unwrap_err();
    assert_eq!(missing.code.code, "AWS.SimpleQueueService.NonExistentQueue");
}

#[tokio::test]
async fn pages_of_queues_end() {
    let (service, _directory) = service();
    for number in 0..5 {
        let new = NewQueue {
            region: "us-east-1".parse().unwrap(),
            name: format!("q{number}").parse().unwrap(),
            attributes: ::sqs::Changes::default(),
            tags: BTreeMap::new(),
        };
        service.sqs.create_queue(new, words::Timestamp::now()).await.unwrap();
    }
    let (mut token, mut found, mut pages) = (String::new(), 0, 0);
    loop {
        let input = format!(r#"{{"MaxResults":2{token}}}"#);
        let page = call(&service, "ListQueues", &input).await.unwrap();
        (found, pages) = (found + page["QueueUrls"].as_array().unwrap().len(), pages + 1);
        let Some(next) = page["NextToken"].as_str() else { break };
        token = format!(r#","NextToken":"{next}""#);
    }
    assert_eq!((found, pages), (5, 3));
    assert_eq!(call(&service, "ListQueues", "{}").await.unwrap()["QueueUrls"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn permissions_are_statements_of_the_policy() {
    let (service, _directory) = service();
    call(&service, "CreateQueue", r#"{"QueueName":"jobs"}"#).await.unwrap();
    let add = |label: &str, action: &str| {
        format!(r#"{{"QueueUrl":"{URL}","Label":"{label}","AWSAccountIds":["210987654321"],"Actions":["{action}"]}}"#)
    };
    call(&service, "AddPermission", &add("send", "SendMessage")).await.unwrap();
    call(&service, "AddPermission", &add("all", "*")).await.unwrap();
    for (label, action) in [("send", "SendMessage"), ("x", "DeleteQueue"), ("a b", "*")] {
        let error = call(&service, "AddPermission", &add(label, action)).await.unwrap_err();
        assert_eq!(error.code.code, "InvalidParameterValue", "{label} {action}");
    }
    let asked = format!(r#"{{"QueueUrl":"{URL}","AttributeNames":["Policy"]}}"#);
    let told = call(&service, "GetQueueAttributes", &asked).await.unwrap();
    let policy: serde_json::Value = serde_json::from_str(told["Attributes"]["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(policy["Statement"][0]["Action"][0], "SQS:SendMessage");
    ::iam::Policy::resource(&policy.to_string()).unwrap();
    for label in ["send", "all"] {
        let remove = format!(r#"{{"QueueUrl":"{URL}","Label":"{label}"}}"#);
        call(&service, "RemovePermission", &remove).await.unwrap();
        assert!(call(&service, "RemovePermission", &remove).await.is_err());
    }
    assert_eq!(call(&service, "GetQueueAttributes", &asked).await.unwrap(), serde_json::json!({}));
}
