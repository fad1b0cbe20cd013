//! Permissions that a queue gives to accounts by a label: statements of its policy.

use serde_json::{Value as Json, json};

use ::sqs::{Changes, Queue};

use super::{Result, Sqs, model, parameter};
use crate::service::Caller;

/// What can be given, beside `*`.
///
/// Source: "AddPermission" in the SQS API reference.
const ACTIONS: [&str; 7] = [
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "ReceiveMessage",
    "SendMessage",
];

/// The statements of a queue's policy, and what else it says.
fn document(queue: &Queue, arn: &str) -> (serde_json::Map<String, Json>, Vec<Json>) {
    let text = queue.attributes.policy.as_deref();
    let parsed = text.and_then(|text| serde_json::from_str(text).ok());
    let mut document: serde_json::Map<String, Json> = parsed.unwrap_or_default();
    document.entry("Version").or_insert_with(|| "2012-10-17".into());
    document.entry("Id").or_insert_with(|| format!("{arn}/SQSDefaultPolicy").into());
    let statements = match document.remove("Statement") {
        Some(Json::Array(statements)) => statements,
        Some(one) => vec![one],
        None => Vec::new(),
    };
    (document, statements)
}

fn labelled(statement: &Json, label: &str) -> bool {
    statement.get("Sid").and_then(Json::as_str) == Some(label)
}

impl Sqs {
    pub(super) async fn add_permission(&self, caller: &Caller, input: model::AddPermissionRequest) -> Result<()> {
        let queue = self.queue(caller, &input.queue_url)?;
        let arn = queue.arn(&caller.account).to_string();
        let (mut document, mut statements) = document(&queue, &arn);
        let label = input.label;
        let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if label.is_empty() || label.len() > 80 || !letters {
            return Err(parameter("Label", label, "It has 1 to 80 letters, digits, hyphens and underscores."));
        }
        if statements.iter().any(|statement| labelled(statement, &label)) {
            return Err(parameter("Label", label, "Already exists."));
        }
        if input.actions.is_empty() || input.aws_account_ids.is_empty() {
            return Err(parameter("AWSAccountIds", "[]", "There must be an account and an action."));
        }
        let mut actions = Vec::new();
        for action in &input.actions {
            if action != "*" && !ACTIONS.contains(&action.as_str()) {
                return Err(parameter("ActionName", action, "Only the queue owner is allowed to invoke this action."));
            }
            actions.push(format!("SQS:{action}"));
        }
        let mut accounts = Vec::new();
        for account in &input.aws_account_ids {
            let parsed: std::result::Result<aws::AccountId, _> = account.parse();
            let account = parsed.map_err(|_| parameter("PrincipalId", account, "Unable to verify."))?;
            accounts.push(format!("arn:aws:iam::{account}:root"));
        }
        statements.push(json!({
            "Sid": label, "Effect": "Allow", "Principal": { "AWS": accounts }, "Action": actions, "Resource": arn,
        }));
        document.insert("Statement".into(), statements.into());
        self.put_policy(caller, &queue, Some(Json::Object(document).to_string())).await
    }

    pub(super) async fn remove_permission(&self, caller: &Caller, input: model::RemovePermissionRequest) -> Result<()> {
        let queue = self.queue(caller, &input.queue_url)?;
        let (mut document, mut statements) = document(&queue, &queue.arn(&caller.account).to_string());
        let before = statements.len();
        statements.retain(|statement| !labelled(statement, &input.label));
        if statements.len() == before {
            return Err(parameter("Label", input.label, "can't find label on existing policy."));
        }
        let empty = statements.is_empty();
        document.insert("Statement".into(), statements.into());
        self.put_policy(caller, &queue, (!empty).then(|| Json::Object(document).to_string())).await
    }

    async fn put_policy(&self, caller: &Caller, queue: &Queue, policy: Option<String>) -> Result<()> {
        let changes = Changes { policy: Some(policy), ..Changes::default() };
        Ok(self.sqs.set_attributes(queue, changes, caller.now).await?)
    }
}
