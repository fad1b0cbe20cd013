//! The bounds of a model, held against what a client sent.
//!
//! Most services say all faults in one `ValidationError`; EC2, SQS and CloudWatch say the first by a code of its own.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use regex::Regex;

use super::Value;
use super::shape::{Model, Shape};
use crate::error::{self, Code, Error};
use crate::limits;

/// Checks an operation's input.
///
/// # Errors
/// When it lacks what must be there or is out of the model's bounds.
pub fn check(model: &Model, shape: &'static Shape, value: &Value) -> Result<(), Error> {
    let mut faults = Faults::default();
    faults.value(shape, value, &Path::Root);
    let Some(first) = faults.0.first() else { return Ok(()) };
    match manner(model) {
        Manner::All(code) => {
            let told: Vec<String> = faults.0.iter().map(Fault::told).collect();
            let noun = if told.len() == 1 { "error" } else { "errors" };
            Err(Error::new(code, format!("{} validation {noun} detected: {}", told.len(), told.join("; "))))
        }
        Manner::First if first.value.is_none() => {
            let message = format!("The request must contain the parameter {}", first.parameter);
            Err(Error::new(error::MISSING_PARAMETER, message))
        }
        Manner::First => {
            let Fault { parameter, value, constraint, .. } = first;
            let value = value.as_deref().unwrap_or_default();
            let message = format!("Value ({value}) for parameter {parameter} is invalid. {constraint}.");
            Err(Error::new(error::INVALID_PARAMETER_VALUE, message))
        }
    }
}

/// How a service tells faults.
enum Manner {
    /// All of them, by this code.
    All(Code),
    /// The first, as EC2 does.
    First,
}

fn manner(model: &Model) -> Manner {
    match model.signing_name {
        "ec2" | "sqs" | "monitoring" => Manner::First,
        "logs" => Manner::All(error::INVALID_PARAMETER),
        _ => Manner::All(error::VALIDATION),
    }
}

/// Where a value stands.
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static str),
    Number(&'a Path<'a>, usize),
    Key(&'a Path<'a>, &'a str),
}

impl Path<'_> {
    /// `tags.1.member.key`
    fn told(&self) -> String {
        let (above, part) = match self {
            Path::Root => return String::new(),
            Path::Member(above, name) => (above, uncapitalised(name)),
            Path::Number(above, number) => (above, format!("{number}.member")),
            Path::Key(above, key) => (above, format!("{}.member", short(key))),
        };
        let above = above.told();
        if above.is_empty() { part } else { format!("{above}.{part}") }
    }

    /// `Tag.1.Key`
    fn parameter(&self) -> String {
        let (above, part) = match self {
            Path::Root => return String::new(),
            Path::Member(above, name) => (above, (*name).to_owned()),
            Path::Number(above, number) => (above, number.to_string()),
            Path::Key(above, key) => (above, short(key)),
        };
        let above = above.parameter();
        if above.is_empty() { part } else { format!("{above}.{part}") }
    }
}

fn uncapitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

fn short(text: &str) -> String {
    text.chars().take(limits::SHOWN).collect()
}

struct Fault {
    path: String,
    parameter: String,
    /// None: it is not there.
    value: Option<String>,
    constraint: String,
}

impl Fault {
    fn told(&self) -> String {
        let Self { path, value, constraint, .. } = self;
        let value = value.as_ref().map_or("null".to_owned(), |value| format!("'{value}'"));
        format!("Value {value} at '{path}' failed to satisfy constraint: {constraint}")
    }
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, path: &Path<'_>, value: Option<String>, constraint: impl Into<String>) {
        if self.0.len() < limits::FAULTS {
            let (path, parameter) = (path.told(), path.parameter());
            self.0.push(Fault { path, parameter, value, constraint: constraint.into() });
        }
    }

    fn value(&mut self, shape: &'static Shape, value: &Value, path: &Path<'_>) {
        match (shape, value) {
            (Shape::Structure { members }, Value::Structure(values)) => {
                for (member, value) in members.iter().zip(values) {
                    let path = Path::Member(path, member.name);
                    match value {
                        Some(value) => self.value(member.shape, value, &path),
                        None if member.required => self.add(&path, None, "Member must not be null"),
                        None => {}
                    }
                }
            }
            (Shape::List { member, length, .. }, Value::List(values)) => {
                self.length(*length, values.len(), "[…]", path);
                for (number, value) in values.iter().enumerate() {
                    self.value(member, value, &Path::Number(path, number + 1));
                }
            }
            (Shape::Map { value: each, .. }, Value::Map(entries)) => {
                for (key, value) in entries {
                    self.value(each, value, &Path::Key(path, key));
                }
            }
            (Shape::Text { length, pattern, values }, Value::Text(text)) => {
                self.length(*length, text.chars().count(), text, path);
                if !values.is_empty() && !values.contains(&text.as_str()) {
                    let constraint = format!("Member must satisfy enum value set: [{}]", values.join(", "));
                    self.add(path, Some(short(text)), constraint);
                }
                if let Some(pattern) = pattern
                    && !matches(pattern, text)
                {
                    let constraint = format!("Member must satisfy regular expression pattern: {pattern}");
                    self.add(path, Some(short(text)), constraint);
                }
            }
            (Shape::Integer(low, high), Value::Integer(number)) => {
                let told = Some(number.to_string());
                if number < low {
                    self.add(path, told, format!("Member must have value greater than or equal to {low}"));
                } else if number > high {
                    self.add(path, told, format!("Member must have value less than or equal to {high}"));
                }
            }
            _ => {}
        }
    }

    fn length(&mut self, bounds: Option<(u64, u64)>, length: usize, shown: &str, path: &Path<'_>) {
        let Some((low, high)) = bounds else { return };
        let length = length as u64;
        if length < low {
            let constraint = format!("Member must have length greater than or equal to {low}");
            self.add(path, Some(short(shown)), constraint);
        } else if length > high {
            let constraint = format!("Member must have length less than or equal to {high}");
            self.add(path, Some(short(shown)), constraint);
        }
    }
}

/// Whether the whole text matches. A pattern that this engine cannot express binds nobody; a test knows each.
fn matches(pattern: &'static str, text: &str) -> bool {
    static KNOWN: LazyLock<Mutex<HashMap<&'static str, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let Ok(mut known) = KNOWN.lock() else { return true };
    let regex = known.entry(pattern).or_insert_with(|| compile(pattern)).clone();
    drop(known);
    regex.is_none_or(|regex| regex.is_match(text))
}

/// The models' patterns are Java's, in which `\w` and its like are ASCII.
fn compile(pattern: &str) -> Option<Regex> {
    // Java writes characters beyond 16 bits as pairs.
    let pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\x{10000}-\x{10FFFF}");
    let mut text = String::from(r"\A(?:");
    let (mut escaped, mut class) = (false, false);
    for letter in pattern.chars() {
        let ascii = match letter {
            'w' => "0-9A-Za-z_",
            'd' => "0-9",
            's' => r"\t\n\x0b\x0c\r ",
            _ => "",
        };
        match (escaped, letter) {
            (true, _) if !ascii.is_empty() && class => text.push_str(ascii),
            (true, _) if !ascii.is_empty() => text.extend(["[", ascii, "]"]),
            (true, 'S') if !class => text.push_str(r"[^\t\n\x0b\x0c\r ]"),
            (true, 'W') if !class => text.push_str("[^0-9A-Za-z_]"),
            (true, 'D') if !class => text.push_str("[^0-9]"),
            (true, _) => text.extend(['\\', letter]),
            // Rust's classes nest; Java's of the models don't.
            (false, '[') if class => text.push_str(r"\["),
            (false, '\\') => {}
            (false, _) => text.push(letter),
        }
        match (escaped, letter) {
            (false, '[') => class = true,
            (false, ']') => class = false,
            _ => {}
        }
        escaped = !escaped && letter == '\\';
    }
    text.push_str(r")\z");
    regex::RegexBuilder::new(&text).dot_matches_new_line(false).size_limit(limits::PATTERN).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::query::{Parameters, Reader};
    use crate::generated;

    fn checked(model: &'static Model, operation: &str, form: &str) -> Result<(), Error> {
        let shape = model.operation(operation).expect("the operation").input;
        let ec2 = model.signing_name == "ec2";
        let value = Reader { ec2 }.read(shape, &Parameters::parse(form.as_bytes()).unwrap()).unwrap();
        check(model, shape, &value)
    }

    #[test]
    fn faults_are_told_as_amazon_tells_them() {
        let (beanstalk, iam) = (&generated::elasticbeanstalk::MODEL, &generated::iam::MODEL);
        let long = "x".repeat(101);
        for (model, operation, form, message) in [
            (
                beanstalk,
                "CreateApplication",
                "ApplicationName=",
                "1 validation error detected: Value '' at 'applicationName' failed to satisfy constraint: Member must \
                 have length greater than or equal to 1"
                    .to_owned(),
            ),
            (
                beanstalk,
                "CreateApplication",
                "",
                "1 validation error detected: Value null at 'applicationName' failed to satisfy constraint: Member \
                 must not be null"
                    .to_owned(),
            ),
            (
                beanstalk,
                "CreateApplicationVersion",
                &format!("ApplicationName=a&VersionLabel={long}&Tags.member.1.Key="),
                format!(
                    "2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member \
                     must have length greater than or equal to 1; Value '{long}' at 'versionLabel' failed to satisfy \
                     constraint: Member must have length less than or equal to 100"
                ),
            ),
            (
                beanstalk,
                "RetrieveEnvironmentInfo",
                "InfoType=head",
                "1 validation error detected: Value 'head' at 'infoType' failed to satisfy constraint: Member must \
                 satisfy enum value set: [tail, bundle, analyze]"
                    .to_owned(),
            ),
            (
                beanstalk,
                "DescribeEvents",
                "MaxRecords=1001",
                "1 validation error detected: Value '1001' at 'maxRecords' failed to satisfy constraint: Member must \
                 have value less than or equal to 1000"
                    .to_owned(),
            ),
            (
                iam,
                "CreateUser",
                "UserName=a/b",
                "1 validation error detected: Value 'a/b' at 'userName' failed to satisfy constraint: Member must \
                 satisfy regular expression pattern: [\\w+=,.@-]+"
                    .to_owned(),
            ),
        ] {
            let error = checked(model, operation, form).unwrap_err();
            assert_eq!((error.code, error.message.as_ref()), (error::VALIDATION, message.as_str()));
        }
        let error = checked(&generated::ec2::MODEL, "DeleteKeyPair", "").is_ok();
        assert!(error, "neither of its names is required");
        let error = checked(&generated::ec2::MODEL, "CreateKeyPair", "").unwrap_err();
        assert_eq!(error.to_string(), "MissingParameter: The request must contain the parameter KeyName");
    }

    #[test]
    fn every_pattern_is_understood() {
        fn walk(shape: &'static Shape, unknown: &mut Vec<&'static str>) {
            match shape {
                Shape::Text { pattern: Some(pattern), .. } if compile(pattern).is_none() => unknown.push(pattern),
                Shape::List { member, .. } => walk(member, unknown),
                Shape::Map { value, .. } => walk(value, unknown),
                Shape::Structure { members } => members.iter().for_each(|member| walk(member.shape, unknown)),
                _ => {}
            }
        }
        let mut unknown = Vec::new();
        for operation in generated::MODELS.iter().flat_map(|model| model.operations) {
            walk(operation.input, &mut unknown);
        }
        unknown.dedup();
        // The engine has no look-ahead. They are names of certificates, which `acm` checks, and an account's alias, which
        // `iam` checks.
        let names = r"(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])";
        assert_eq!(unknown, [names, "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"]);
    }

    #[test]
    fn classes_are_ascii_and_the_whole_text_counts() {
        assert!(matches(r"[\w+=,.@-]+", "a.b@c"));
        assert!(!matches(r"[\w+=,.@-]+", "é"));
        assert!(!matches(r"[\w+=,.@-]+", "a\n"));
        assert!(matches(r"\d{12}", "123456789012"));
    }
}
