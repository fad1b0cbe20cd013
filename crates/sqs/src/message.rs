//! Messages: what they say, and what of them is checked by those who send and receive them.
//!
//! Source: "SendMessage", "Message attributes" and "Calculating the MD5 message digest for message attributes" in the SQS
//! developer guide.

use std::collections::BTreeMap;
use std::time::Duration;

use aws::Arn;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::error::{Error, Result};
use crate::limits;
use crate::name::{QueueId, Receipt, Serial};

/// An attribute's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Text; numbers too.
    Text(String),
    /// Bytes.
    Binary(#[serde(with = "base64_text")] Vec<u8>),
}

/// Bytes in a record.
mod base64_text {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl Value {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

/// An attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, with a label of its sender's behind a dot.
    pub kind: String,
    /// What it says.
    pub value: Value,
}

/// The attributes of a message, by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// A message to be sent.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    /// What it says.
    pub body: String,
    /// Its attributes.
    pub attributes: Attributes,
    /// The header of a trace, which goes with it.
    pub trace: Option<String>,
    /// How long it is kept back; as its queue says otherwise.
    pub delay: Option<Duration>,
    /// Who sends it.
    pub sender: String,
    /// The group in which it stands, in a FIFO queue.
    pub group: Option<String>,
    /// What tells it from others in a FIFO queue.
    pub deduplication: Option<String>,
}

/// What a sender is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message's id.
    pub id: String,
    /// MD5 of its body.
    pub body_md5: String,
    /// MD5 of its attributes, if it has any.
    pub attributes_md5: Option<String>,
    /// MD5 of the header of its trace, if it has one.
    pub trace_md5: Option<String>,
    /// Its number in a FIFO queue.
    pub sequence: Option<String>,
}

/// What a message says: written once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) key: String,
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) attributes: Attributes,
    pub(crate) trace: Option<String>,
    pub(crate) sender: String,
    pub(crate) sent: Timestamp,
    #[serde(default)]
    pub(crate) group: Option<String>,
    #[serde(default)]
    pub(crate) deduplication: Option<String>,
}

impl store::Record for Content {
    const TABLE: &'static str = "sqs-messages";
    fn key(&self) -> &str {
        &self.key
    }
}

impl Content {
    /// The bytes of memory that it counts as.
    pub(crate) fn cost(&self) -> usize {
        let order = [&self.group, &self.deduplication].into_iter().flatten().map(String::len).sum::<usize>();
        size(&self.body, &self.attributes, self.trace.as_deref()) + order + limits::OVERHEAD
    }
}

/// Where a message is: written whenever it is received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) key: String,
    pub(crate) queue: QueueId,
    /// The queue in which it became a dead letter.
    pub(crate) source: Option<Arn>,
    /// When it can be received.
    pub(crate) visible: Timestamp,
    /// How often it was received.
    pub(crate) receives: u32,
    pub(crate) first_received: Option<Timestamp>,
    pub(crate) last_received: Option<Timestamp>,
    /// Who received it last has this.
    pub(crate) receipt: Option<Receipt>,
}

impl store::Record for Delivery {
    const TABLE: &'static str = "sqs-deliveries";
    fn key(&self) -> &str {
        &self.key
    }
}

impl Delivery {
    /// The first one of a message.
    pub(crate) fn new(serial: Serial, queue: QueueId, visible: Timestamp) -> Self {
        Self {
            key: serial.key(),
            queue,
            source: None,
            visible,
            receives: 0,
            first_received: None,
            last_received: None,
            receipt: None,
        }
    }

    /// In another queue, where it begins anew.
    pub(crate) fn moved(&self, queue: QueueId, source: Option<Arn>, now: Timestamp) -> Self {
        Self {
            key: self.key.clone(),
            queue,
            source,
            visible: now,
            receives: 0,
            first_received: None,
            last_received: None,
            receipt: None,
        }
    }
}

/// A message as a receiver gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its id.
    pub id: String,
    /// What deletes it.
    pub receipt: Receipt,
    /// What it says.
    pub body: String,
    /// Its attributes.
    pub attributes: Attributes,
    /// The header of its trace.
    pub trace: Option<String>,
    /// Who sent it.
    pub sender: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was received first.
    pub first_received: Timestamp,
    /// The queue in which it became a dead letter.
    pub source: Option<Arn>,
    /// The group in which it stands.
    pub group: Option<String>,
    /// What tells it from others.
    pub deduplication: Option<String>,
    /// Its number, in a FIFO queue.
    pub sequence: Option<String>,
}

/// What counts of a message against the limits: its body, and its attributes with their names and types.
pub fn size(body: &str, attributes: &Attributes, trace: Option<&str>) -> usize {
    let attributes = attributes.iter();
    let attributes = attributes.map(|(name, one)| name.len() + one.kind.len() + one.value.bytes().len());
    body.len() + attributes.sum::<usize>() + trace.map_or(0, str::len)
}

/// Checks what a message says.
pub(crate) fn check(letter: &Letter, longest: u64) -> Result<()> {
    let Letter { body, attributes, trace, .. } = letter;
    if body.is_empty() {
        return Err(Error::parameter("MessageBody", "", "The message must contain at least one character."));
    }
    if !legible(body) {
        return Err(Error::InvalidContents);
    }
    if attributes.len() > limits::ATTRIBUTES {
        let why = format!("Number of message attributes exceeds the allowed maximum [{}].", limits::ATTRIBUTES);
        return Err(Error::parameter("MessageAttributes", attributes.len(), why));
    }
    for (name, attribute) in attributes {
        check_attribute(name, attribute)?;
    }
    if size(body, attributes, trace.as_deref()) as u64 > longest {
        return Err(Error::TooLong(longest));
    }
    if let Some(delay) = letter.delay
        && !limits::DELAY.contains(&delay.as_secs())
    {
        return Err(Error::parameter("DelaySeconds", delay.as_secs(), "DelaySeconds must be >= 0 and <= 900."));
    }
    Ok(())
}

/// XML's characters.
fn legible(text: &str) -> bool {
    text.chars()
        .all(|one| matches!(one, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
}

fn check_attribute(name: &str, attribute: &Attribute) -> Result<()> {
    let wrong = |why: &str| Err(Error::parameter("MessageAttributes", name, why));
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    if name.is_empty() || name.len() > limits::ATTRIBUTE_NAME || !letters {
        return wrong("A name has 1 to 256 letters, digits, hyphens, underscores and periods.");
    }
    if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return wrong("A name neither begins nor ends with a period, and has no two in a row.");
    }
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        return wrong("Names that begin with AWS. or Amazon. are reserved.");
    }
    if attribute.kind.len() > limits::ATTRIBUTE_NAME {
        return wrong("A type has at most 256 characters.");
    }
    let base = attribute.kind.split('.').next().unwrap_or_default();
    match (base, &attribute.value) {
        ("String", Value::Text(text)) if text.is_empty() => wrong("A value must not be empty."),
        ("String", Value::Text(text)) if legible(text) => Ok(()),
        ("String", Value::Text(_)) => Err(Error::InvalidContents),
        ("Number", Value::Text(text)) if is_number(text) => Ok(()),
        ("Number", Value::Text(_)) => wrong("Can't cast the value of the attribute to a number."),
        ("Binary", Value::Binary(bytes)) if bytes.is_empty() => wrong("A value must not be empty."),
        ("Binary", Value::Binary(_)) => Ok(()),
        ("String" | "Number" | "Binary", _) => wrong("The value has another type than the attribute's DataType."),
        _ => wrong("A type begins with String, Number or Binary."),
    }
}

/// A decimal number of at most 38 digits, as its text is kept.
fn is_number(text: &str) -> bool {
    text.len() <= 64
        && text.bytes().filter(u8::is_ascii_digit).count() <= 42
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// MD5 of a text, in hexadecimal.
pub fn text_md5(text: &str) -> String {
    words::hex(&Md5::digest(text.as_bytes()))
}

/// MD5 of attributes, as clients compute it: each with the length before its name, type and value, in the order of the
/// names. Nothing, when there are none.
pub fn attributes_md5<'a>(attributes: impl IntoIterator<Item = (&'a str, &'a Attribute)>) -> Option<String> {
    let mut sorted: Vec<_> = attributes.into_iter().collect();
    if sorted.is_empty() {
        return None;
    }
    sorted.sort_by_key(|(name, _)| *name);
    let mut digest = Md5::new();
    for (name, Attribute { kind, value }) in sorted {
        for part in [name.as_bytes(), kind.as_bytes()] {
            digest.update(length(part));
            digest.update(part);
        }
        digest.update([if matches!(value, Value::Text(_)) { 1 } else { 2 }]);
        digest.update(length(value.bytes()));
        digest.update(value.bytes());
    }
    Some(words::hex(&digest.finalize()))
}

/// A length fits: all parts of a message together have at most a mebibyte.
fn length(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(kind: &str, value: &str) -> Attribute {
        Attribute { kind: kind.into(), value: Value::Text(value.into()) }
    }

    fn letter(body: &str, attributes: &[(&str, Attribute)]) -> Letter {
        let attributes = attributes.iter().map(|(name, one)| ((*name).to_owned(), one.clone())).collect();
        Letter { body: body.into(), attributes, ..Letter::default() }
    }

    #[test]
    fn digests_are_those_of_clients() {
        assert_eq!(text_md5("This is a test message"), "fafb00f5732ab283681e124bf8747ed1");
        let attributes = [("one", text("String", "two"))];
        let told = attributes_md5(attributes.iter().map(|(name, one)| (*name, one)));
        // Computed with Python's hashlib by the rule of the guide.
        assert_eq!(told.as_deref(), Some("a674219b52260a830375280d730fe749"));
        assert_eq!(attributes_md5([]), None);
    }

    #[test]
    fn what_no_message_may_say_is_refused() {
        let many: Vec<(String, Attribute)> = (0..11).map(|n| (format!("a{n}"), text("String", "x"))).collect();
        let many: Vec<(&str, Attribute)> = many.iter().map(|(name, one)| (name.as_str(), one.clone())).collect();
        let binary = Attribute { kind: "Binary.png".into(), value: Value::Binary(vec![0, 255]) };
        let cases: &[(Letter, bool)] = &[
            (letter("x", &[]), true),
            (letter("", &[]), false),
            (letter("a\u{b}", &[]), false),
            (letter("a\tb\r\n\u{1f600}", &[]), true),
            (letter(&"x".repeat(2048), &[]), true),
            (letter(&"x".repeat(2049), &[]), false),
            (letter(&"x".repeat(2047), &[("a", text("String", "b"))]), false),
            (letter("x", &many), false),
            (letter("x", &many[..10]), true),
            (letter("x", &[("a", text("String", ""))]), false),
            (letter("x", &[("a", text("Number.int", "-12.5e3"))]), true),
            (letter("x", &[("a", text("Number", "twelve"))]), false),
            (letter("x", &[("a", text("Number", "inf"))]), false),
            (letter("x", &[("a", text("Binary", "x"))]), false),
            (letter("x", &[("a", text("Time", "x"))]), false),
            (letter("x", &[("a.b-c_d", binary)]), true),
            (letter("x", &[("AWS.a", text("String", "x"))]), false),
            (letter("x", &[("a..b", text("String", "x"))]), false),
            (letter("x", &[(".a", text("String", "x"))]), false),
            (letter("x", &[("a b", text("String", "x"))]), false),
            (Letter { delay: Some(Duration::from_secs(901)), ..letter("x", &[]) }, false),
            (Letter { delay: Some(Duration::from_secs(900)), ..letter("x", &[]) }, true),
        ];
        for (letter, good) in cases {
            assert_eq!(check(letter, 2048).is_ok(), *good, "{:.60?}", letter);
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_what_was_sent(body in "\\PC{1,40}", bytes in proptest::collection::vec(any::<u8>(), 1..40)) {
            let attributes = [("b".to_owned(), Attribute { kind: "Binary".into(), value: Value::Binary(bytes) })];
            let content = Content {
                key: Serial(1).key(),
                id: "x".into(),
                body,
                attributes: attributes.into(),
                trace: None,
                sender: "me".into(),
                sent: Timestamp::from_nanos(5).unwrap(),
                group: None,
                deduplication: None,
            };
            let directory = tempfile::tempdir().unwrap();
            let store = store::Store::open(&directory.path().join("state")).unwrap();
            let mut batch = store::Batch::new();
            batch.put(&content).unwrap();
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(store.commit(batch)).unwrap();
            prop_assert_eq!(store.load::<Content>().unwrap(), [content]);
        }
    }
}
