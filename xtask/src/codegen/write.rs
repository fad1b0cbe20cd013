//! A model as the text of a Rust module.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use super::table::Service;

/// Values of an enumeration that are given names; larger ones (EC2's kinds of instances) are texts.
const NAMED: usize = 40;

type Object = Map<String, Value>;

struct Model<'a> {
    shapes: &'a Object,
    operations: BTreeMap<&'a str, &'a Object>,
    /// EC2 calls parameters and elements by other names than the model.
    ec2: bool,
    /// Shapes that a client sends: only those have bounds.
    sent: BTreeSet<&'a str>,
    used: BTreeSet<&'a str>,
}

/// The index of the modules.
pub(super) fn index(services: &[Service]) -> String {
    let mut text = String::from(
        "//! The shapes of Amazon's services, made by `cargo xtask codegen`. Do not edit.\n//!\n//! Names are those of \
         Amazon's API references, which say what they mean.\n#![allow(missing_docs)]\n\n",
    );
    let mut names: Vec<&str> = services.iter().map(|service| service.name).collect();
    names.sort_unstable();
    for name in &names {
        let _ = writeln!(text, "pub mod {name};");
    }
    let _ = writeln!(text, "\n/// Every model.\npub static MODELS: &[&crate::codec::shape::Model] = &[");
    for name in &names {
        let _ = writeln!(text, "    &{name}::MODEL,");
    }
    text.push_str("];\n\n#[cfg(test)]\npub(crate) static FORMS: &[&[crate::codec::Form]] = &[\n");
    for name in &names {
        let _ = writeln!(text, "    {name}::operation::FORMS,");
    }
    text.push_str("];\n");
    text
}

/// The module of one service.
pub(super) fn service(service: &Service, model: &Value, release: &str) -> Result<String> {
    let metadata = object(model, "metadata")?;
    let said = |name: &str| metadata.get(name).and_then(Value::as_str).unwrap_or_default();
    let model = Model::new(service, model)?;
    let mut text = format!(
        "//! {name}, version {version}: made by `cargo xtask codegen` from the model of botocore {release}. Do not \
         edit.\n//!\n//! The model is Copyright Amazon.com, Inc. or its affiliates, licensed under the Apache License, \
         Version 2.0.\n#![allow(unused_imports, clippy::large_enum_variant)]\n\nuse std::collections::BTreeMap;\n\nuse \
         bytes::Bytes;\nuse words::{{Secret, Timestamp}};\n\nuse crate::codec::shape::{{self, Code, Member, Model, Protocol, Shape}};\nuse \
         crate::codec::{{operations, structure}};\n",
        name = said("serviceFullName"),
        version = said("apiVersion"),
    );
    for name in &model.used {
        text.push_str(&model.shape(name)?);
    }
    text.push_str(&model.errors()?);
    text.push_str(&model.operations()?);
    let protocol = match service.protocol {
        "query" => "Protocol::Query".to_owned(),
        "ec2" => "Protocol::Ec2".to_owned(),
        "json" => format!("Protocol::Json {{ version: {:?} }}", said("jsonVersion")),
        other => bail!("no protocol {other}"),
    };
    let prefix = if metadata.contains_key("awsQueryCompatible") {
        format!("com.amazonaws.{}#", service.name)
    } else {
        String::new()
    };
    let _ = write!(
        text,
        "\n/// The service.\npub static MODEL: Model = Model {{\n    signing_name: {:?},\n    action_prefix: {:?},\n    \
         version: {:?},\n    protocol: {protocol},\n    namespace: {:?},\n    target: {:?},\n    query_compatible: \
         {},\n    error_prefix: {prefix:?},\n    operations: OPERATIONS,\n}};\n",
        service.signing_name,
        service.action_prefix,
        said("apiVersion"),
        said("xmlNamespace"),
        said("targetPrefix"),
        metadata.contains_key("awsQueryCompatible"),
    );
    Ok(text)
}

impl<'a> Model<'a> {
    fn new(service: &Service, model: &'a Value) -> Result<Self> {
        let (shapes, all) = (object(model, "shapes")?, object(model, "operations")?);
        let mut operations = BTreeMap::new();
        for (name, operation) in all {
            if service.operations.is_empty() || service.operations.contains(&name.as_str()) {
                operations.insert(name.as_str(), operation.as_object().context("an operation is an object")?);
            }
        }
        if let Some(missing) = service.operations.iter().find(|name| !operations.contains_key(*name)) {
            bail!("the model has no operation {missing}");
        }
        let mut this =
            Self { shapes, operations, ec2: service.protocol == "ec2", sent: BTreeSet::new(), used: BTreeSet::new() };
        let (mut sent, mut given) = (BTreeSet::new(), BTreeSet::new());
        for operation in this.operations.values() {
            for (key, into) in [("input", &mut sent), ("output", &mut given)] {
                if let Some(name) = operation.get(key).and_then(|one| one.get("shape")).and_then(Value::as_str) {
                    this.reach(name, into, &mut Vec::new())?;
                }
            }
        }
        this.used = sent.union(&given).copied().collect();
        this.sent = sent;
        Ok(this)
    }

    fn raw(&self, name: &str) -> Result<&'a Object> {
        self.shapes.get(name).and_then(Value::as_object).with_context(|| format!("the model has no shape {name}"))
    }

    fn kind(&self, name: &str) -> Result<&'a str> {
        self.raw(name)?.get("type").and_then(Value::as_str).with_context(|| format!("{name} has no type"))
    }

    /// The shapes that a shape is made of, with their own names.
    fn parts(&self, name: &str) -> Result<Vec<&'a str>> {
        let raw = self.raw(name)?;
        let mut parts = Vec::new();
        for key in ["member", "key", "value"] {
            parts.extend(raw.get(key).and_then(|one| one.get("shape")).and_then(Value::as_str));
        }
        for member in raw.get("members").and_then(Value::as_object).into_iter().flat_map(Map::values) {
            parts.extend(member.get("shape").and_then(Value::as_str));
        }
        Ok(parts)
    }

    fn reach(&self, name: &'a str, into: &mut BTreeSet<&'a str>, above: &mut Vec<&'a str>) -> Result<()> {
        if above.contains(&name) {
            bail!("{name} holds itself, which needs a box");
        }
        if !into.insert(name) {
            return Ok(());
        }
        above.push(name);
        for part in self.parts(name)? {
            self.reach(part, into, above)?;
        }
        above.pop();
        Ok(())
    }

    /// The static of a shape, as an expression.
    fn reference(&self, name: &str) -> Result<String> {
        let raw = self.raw(name)?;
        let plain = |text: &str| Ok(format!("&{text}"));
        match self.kind(name)? {
            "boolean" => plain("shape::BOOLEAN"),
            "double" | "float" => plain("shape::DOUBLE"),
            "timestamp" => plain("shape::TIMESTAMP"),
            "blob" => plain("shape::BLOB"),
            "integer" if !self.bounded(name, raw) => plain("shape::INTEGER"),
            "long" if !self.bounded(name, raw) => plain("shape::LONG"),
            "string" if !self.bounded(name, raw) => plain("shape::TEXT"),
            _ => Ok(format!("&{}", constant(name))),
        }
    }

    /// Whether a scalar has a static of its own.
    fn bounded(&self, name: &str, raw: &Object) -> bool {
        self.sent.contains(name) && ["min", "max", "pattern", "enum"].iter().any(|key| raw.contains_key(*key))
    }

    /// Whether anything has this shape but keys of maps, which are texts here.
    fn refers(&self, name: &str) -> bool {
        let shapes = self.used.iter().filter_map(|one| self.raw(one).ok());
        let is = |one: Option<&Value>| one.and_then(|one| one.get("shape")?.as_str()) == Some(name);
        shapes.into_iter().any(|raw| {
            let mut members = raw.get("members").and_then(Value::as_object).into_iter().flat_map(Map::values);
            is(raw.get("member")) || is(raw.get("value")) || members.any(|member| is(Some(member)))
        })
    }

    /// The type of a shape.
    fn kind_of(&self, name: &str) -> Result<String> {
        let raw = self.raw(name)?;
        let part = |key: &str| -> Result<String> {
            let name = raw.get(key).and_then(|one| one.get("shape")).and_then(Value::as_str);
            self.kind_of(name.with_context(|| format!("{name:?} has no {key}"))?)
        };
        Ok(match self.kind(name)? {
            "string" if raw.contains_key("sensitive") => "Secret".into(),
            "string" => "String".into(),
            "boolean" => "bool".into(),
            "integer" | "long" => "i64".into(),
            "double" | "float" => "f64".into(),
            "timestamp" => "Timestamp".into(),
            "blob" => "Bytes".into(),
            "list" => format!("Vec<{}>", part("member")?),
            "map" => format!("BTreeMap<String, {}>", part("value")?),
            "structure" => capitalised(name),
            other => bail!("{name} is of the unknown type {other}"),
        })
    }

    /// The text of one shape.
    fn shape(&self, name: &str) -> Result<String> {
        let raw = self.raw(name)?;
        let statics = constant(name);
        let part = |key: &str| raw.get(key).and_then(|one| one.get("shape")).and_then(Value::as_str).context("a part");
        let located = |key: &str| raw.get(key).and_then(|one| one.get("locationName")).and_then(Value::as_str);
        let flattened = raw.contains_key("flattened");
        Ok(match self.kind(name)? {
            "string" => self.text(name, raw),
            kind @ ("integer" | "long") if self.bounded(name, raw) => {
                let (low, high) = match kind {
                    "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
                    _ => (i64::MIN, i64::MAX),
                };
                let bound = |key: &str, otherwise| raw.get(key).and_then(Value::as_i64).unwrap_or(otherwise);
                format!("\nstatic {statics}: Shape = Shape::Integer({}, {});\n", bound("min", low), bound("max", high))
            }
            "list" => format!(
                "\nstatic {statics}: Shape = Shape::List {{ member: {}, name: {:?}, flattened: {flattened}, length: {} \
                 }};\n",
                self.reference(part("member")?)?,
                located("member").unwrap_or("member"),
                if self.sent.contains(name) { length(raw) } else { "None".into() },
            ),
            "map" => format!(
                "\nstatic {statics}: Shape = Shape::Map {{ value: {}, key_name: {:?}, value_name: {:?}, flattened: \
                 {flattened} }};\n",
                self.reference(part("value")?)?,
                located("key").unwrap_or("key"),
                located("value").unwrap_or("value"),
            ),
            "structure" => self.structure(name, raw)?,
            _ => String::new(),
        })
    }

    fn text(&self, name: &str, raw: &Object) -> String {
        let values: Vec<&str> =
            raw.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let mut text = String::new();
        if self.bounded(name, raw) && self.refers(name) {
            let pattern = raw.get("pattern").and_then(Value::as_str).map(|text| format!("{text:?}"));
            let _ = write!(
                text,
                "\nstatic {}: Shape = Shape::Text {{ length: {}, pattern: {}, values: &{values:?} }};\n",
                constant(name),
                // A value out of a list needs no length.
                if values.is_empty() { length(raw) } else { "None".into() },
                pattern.map_or("None".into(), |text| format!("Some({text})")),
            );
        }
        if !values.is_empty() && values.len() <= NAMED {
            let _ = write!(text, "\npub mod {} {{\n", snake(name));
            let mut names = BTreeSet::new();
            for value in values {
                let named = valued(value);
                if names.insert(named.clone()) {
                    let _ = writeln!(text, "    pub const {named}: &str = {value:?};");
                }
            }
            text.push_str("}\n");
        }
        text
    }

    /// Whether a type has a default: a moment has none, nor what must hold one.
    fn has_default(&self, name: &str) -> Result<bool> {
        let kind = self.kind(name)?;
        if kind != "structure" {
            return Ok(kind != "timestamp");
        }
        let raw = self.raw(name)?;
        for member in raw.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            let shape = raw.get("members").and_then(|all| all.get(member)?.get("shape")?.as_str());
            if !self.has_default(shape.context("a required member is one")?)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn structure(&self, name: &str, raw: &Object) -> Result<String> {
        let members = raw.get("members").and_then(Value::as_object).context("a structure has members")?;
        let required: Vec<&str> =
            raw.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let default = if self.has_default(name)? { "#[derive(Default)] " } else { "" };
        let mut text = format!("\nstructure! {{ {default}{}, {};\n", capitalised(name), constant(name));
        for (member, said) in members {
            let shape = said.get("shape").and_then(Value::as_str).context("a member has a shape")?;
            let required = required.contains(&member.as_str());
            let kind = self.kind_of(shape)?;
            let kind = if required { kind } else { format!("Option<{kind}>") };
            let located = said.get("locationName").and_then(Value::as_str);
            let element = located.unwrap_or(member);
            let parameter = match (said.get("queryName").and_then(Value::as_str), located) {
                (Some(name), _) => name.to_owned(),
                (None, Some(name)) if self.ec2 => capitalised(name),
                (None, Some(name)) => name.to_owned(),
                (None, None) => member.clone(),
            };
            let named = element != member.as_str() || parameter != member.as_str();
            let _ = writeln!(
                text,
                "    {}: {kind} = Member::new({member:?}, {}){}{};",
                field(member),
                self.reference(shape)?,
                if named { format!(".named({element:?}, {parameter:?})") } else { String::new() },
                if required { ".required()" } else { "" },
            );
        }
        text.push_str("}\n");
        Ok(text)
    }

    /// The codes of the errors that the operations name.
    fn errors(&self) -> Result<String> {
        let mut names = BTreeSet::new();
        for operation in self.operations.values() {
            let errors = operation.get("errors").and_then(Value::as_array).into_iter().flatten();
            names.extend(errors.filter_map(|one| one.get("shape")).filter_map(Value::as_str));
        }
        let mut text =
            String::from("\n/// The errors that the operations name.\npub mod error {\n    use super::Code;\n\n");
        for name in names {
            let raw = self.raw(name)?;
            let said = |key: &str| raw.get("error").and_then(|one| one.get(key));
            let code = said("code").and_then(Value::as_str).unwrap_or(name);
            let fault = raw.get("fault").and_then(Value::as_bool).unwrap_or(false);
            let status = said("httpStatusCode").and_then(Value::as_u64).unwrap_or(if fault { 500 } else { 400 });
            let _ = writeln!(
                text,
                "    pub const {}: Code = Code {{ code: {code:?}, shape: {name:?}, status: {status} }};",
                constant(name),
            );
        }
        text.push_str("}\n");
        Ok(text)
    }

    fn operations(&self) -> Result<String> {
        let mut text = String::from("\noperations! {\n");
        for (name, operation) in &self.operations {
            let shape = |key: &str| operation.get(key).and_then(|one| one.get("shape")).and_then(Value::as_str);
            let side = |key: &str| match shape(key) {
                Some(shape) => format!("super::{}, &{}", capitalised(shape), constant(shape)),
                None => "(), &shape::NOTHING".to_owned(),
            };
            let wrapper = operation.get("output").and_then(|one| one.get("resultWrapper")).and_then(Value::as_str);
            let wrapper = wrapper.map_or("None".into(), |name| format!("Some({name:?})"));
            let _ = writeln!(text, "    {name}({}) -> ({}, {wrapper});", side("input"), side("output"));
        }
        text.push_str("}\n");
        Ok(text)
    }
}

fn object<'a>(value: &'a Value, key: &str) -> Result<&'a Object> {
    value.get(key).and_then(Value::as_object).with_context(|| format!("the model has no {key}"))
}

fn length(raw: &Object) -> String {
    let bound = |key: &str| raw.get(key).and_then(Value::as_u64);
    match (bound("min"), bound("max")) {
        (None, None) => "None".into(),
        (low, high) => {
            let high = high.map_or("u64::MAX".into(), |high| high.to_string());
            format!("Some(({}, {high}))", low.unwrap_or(0))
        }
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// `CNAMEPrefix` → `cname_prefix`, `EC2KeyName` → `ec2_key_name`.
fn snake(name: &str) -> String {
    let name = name.replace("CNAMEs", "Cnames").replace("VPCs", "Vpcs").replace("IPs", "Ips").replace("IDs", "Ids");
    let letters: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (position, letter) in letters.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|at| letters.get(at)).copied().unwrap_or('_');
        let after = letters.get(position + 1).copied().unwrap_or('_');
        let begins = letter.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || before.is_ascii_uppercase() && after.is_ascii_lowercase());
        if begins && !text.is_empty() && !text.ends_with('_') {
            text.push('_');
        }
        if letter.is_ascii_alphanumeric() {
            text.push(letter.to_ascii_lowercase());
        } else if !text.ends_with('_') {
            text.push('_');
        }
    }
    text
}

fn constant(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// The name of a value of an enumeration.
fn valued(value: &str) -> String {
    let text = constant(value);
    if text.starts_with(|first: char| first.is_ascii_digit()) || text.is_empty() { format!("N{text}") } else { text }
}

/// A member's name as a field's.
fn field(name: &str) -> String {
    let text = snake(name);
    match text.as_str() {
        "type" | "default" | "enum" | "match" | "move" | "ref" | "static" | "use" | "where" | "loop" | "async"
        | "return" | "for" | "in" | "if" | "else" | "fn" | "impl" | "let" | "mod" | "pub" | "struct" | "trait"
        | "const" | "continue" | "break" | "dyn" | "extern" | "mut" | "unsafe" | "while" | "yield" | "box"
        | "final" | "abstract" => {
            format!("r#{text}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_those_of_rust() {
        for (name, wanted) in [
            ("CNAMEPrefix", "cname_prefix"),
            ("EndpointURL", "endpoint_url"),
            ("EC2InstanceId", "ec2_instance_id"),
            ("Status2xx", "status2xx"),
            ("P999", "p999"),
            ("IOWait", "io_wait"),
            ("tagListType", "tag_list_type"),
            ("VPCZoneIdentifier", "vpc_zone_identifier"),
            ("All", "all"),
        ] {
            assert_eq!(snake(name), wanted);
        }
        assert_eq!(field("Type"), "r#type");
        assert_eq!(valued("aws:x/2"), "AWS_X_2");
        assert_eq!(valued("1x"), "N1X");
    }
}
