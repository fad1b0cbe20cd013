//! XML, as far as it is written: elements and text.

use std::fmt::Write;

use base64::Engine;
use words::Timestamp;

use super::Value;
use super::shape::Shape;

/// A document that grows.
#[derive(Debug)]
pub struct Document(String);

impl Default for Document {
    fn default() -> Self {
        Self::new()
    }
}

impl Document {
    /// An empty one: the declaration.
    pub fn new() -> Self {
        Self(String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
    }

    /// An element with what `inside` writes.
    pub fn element(&mut self, name: &str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        let _ = write!(self.0, "<{name}>");
        inside(self);
        let _ = write!(self.0, "</{name}>");
        self
    }

    /// An element that tells its namespace.
    pub fn root(&mut self, name: &str, namespace: &str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        if namespace.is_empty() {
            return self.element(name, inside);
        }
        let _ = write!(self.0, "<{name} xmlns=\"");
        escape(&mut self.0, namespace);
        self.0.push_str("\">");
        inside(self);
        let _ = write!(self.0, "</{name}>");
        self
    }

    /// An element that tells its namespace, with a text.
    pub fn root_text(&mut self, name: &str, namespace: &str, text: &str) -> &mut Self {
        self.root(name, namespace, |document| escape(&mut document.0, text))
    }

    /// An element with a text.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.element(name, |document| escape(&mut document.0, text))
    }

    /// The text of the document.
    pub fn finish(self) -> String {
        self.0
    }

    /// The members of a structure, each an element.
    pub fn members(&mut self, shape: &'static Shape, value: &Value) {
        let (Shape::Structure { members }, Value::Structure(values)) = (shape, value) else { return };
        for (member, value) in members.iter().zip(values) {
            if let Some(value) = value {
                self.value(member.element, member.shape, value);
            }
        }
    }

    fn value(&mut self, name: &str, shape: &'static Shape, value: &Value) {
        match (shape, value) {
            (Shape::Structure { .. }, _) => {
                self.element(name, |document| document.members(shape, value));
            }
            (Shape::List { member, flattened: true, .. }, Value::List(values)) => {
                for one in values {
                    self.value(name, member, one);
                }
            }
            (Shape::List { member, name: each, .. }, Value::List(values)) => {
                self.element(name, |document| {
                    for one in values {
                        document.value(each, member, one);
                    }
                });
            }
            (Shape::Map { value: each, key_name, value_name, flattened }, Value::Map(entries)) => {
                let write = |document: &mut Self, name: &str| {
                    for (key, one) in entries {
                        document.element(name, |document| {
                            document.text(key_name, key);
                            document.value(value_name, each, one);
                        });
                    }
                };
                if *flattened {
                    write(self, name);
                } else {
                    self.element(name, |document| write(document, "entry"));
                }
            }
            (_, scalar) => {
                self.text(name, &shown(scalar));
            }
        }
    }
}

/// A scalar as a text.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Double(number) if number.is_infinite() => {
            if *number > 0.0 {
                "Infinity".into()
            } else {
                "-Infinity".into()
            }
        }
        Value::Double(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Timestamp(moment) => iso(*moment),
        Value::Blob(bytes) => base64::engine::general_purpose::STANDARD.encode(bytes),
        Value::List(_) | Value::Map(_) | Value::Structure(_) => String::new(),
    }
}

/// A moment in ISO 8601 with milliseconds, as Amazon writes it.
pub fn iso(moment: Timestamp) -> String {
    let nanos = moment.nanos().div_euclid(1_000_000) * 1_000_000;
    match jiff::Timestamp::from_nanosecond(nanos) {
        Ok(moment) => format!("{moment:.3}"),
        Err(_) => moment.to_string(),
    }
}

/// Text of XML 1.0. A character that it cannot hold becomes U+FFFD; a carriage return is kept by its number.
fn escape(into: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\r' => into.push_str("&#xD;"),
            '\t' | '\n' => into.push(letter),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => into.push('\u{fffd}'),
            _ => into.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Shaped;
    use crate::generated::{ec2, elasticbeanstalk};

    #[test]
    fn lists_have_an_element_a_member() {
        let mut document = Document::new();
        let environments = elasticbeanstalk::EnvironmentDescriptionsMessage {
            environments: Some(vec![elasticbeanstalk::EnvironmentDescription {
                environment_name: Some("a<b>&\u{1}\r".into()),
                date_created: Timestamp::from_nanos(1_500_999_999),
                abortable_operation_in_progress: Some(false),
                environment_links: Some(Vec::new()),
                ..Default::default()
            }]),
            ..Default::default()
        };
        document.members(&elasticbeanstalk::ENVIRONMENT_DESCRIPTIONS_MESSAGE, &environments.write().unwrap());
        assert_eq!(
            document.finish().lines().nth(1).unwrap(),
            "<Environments><member><AbortableOperationInProgress>false</AbortableOperationInProgress>\
             <DateCreated>1970-01-01T00:00:01.500Z</DateCreated><EnvironmentLinks></EnvironmentLinks>\
             <EnvironmentName>a&lt;b&gt;&amp;\u{fffd}&#xD;</EnvironmentName></member></Environments>"
        );
    }

    #[test]
    fn ec2_calls_its_elements_otherwise() {
        let mut document = Document::new();
        let instances = ec2::DescribeInstancesResult {
            reservations: Some(vec![ec2::Reservation {
                instances: Some(vec![ec2::Instance { image_id: Some("ami-1".into()), ..Default::default() }]),
                ..Default::default()
            }]),
            ..Default::default()
        };
        document.members(&ec2::DESCRIBE_INSTANCES_RESULT, &instances.write().unwrap());
        assert_eq!(
            document.finish().lines().nth(1).unwrap(),
            "<reservationSet><item><instancesSet><item><imageId>ami-1</imageId></item></instancesSet></item>\
             </reservationSet>"
        );
    }
}
