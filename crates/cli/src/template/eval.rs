//! The tree and a value into text.

use super::functions::{self, display, is_true};
use super::parse::{Base, Node, Operand, Pipeline};
use super::{Options, TemplateError};
use crate::json::Json;
use crate::units::printable;

/// Most work of one rendering: values looked at, with the bytes of their texts. A whole `inspect` has some thousands;
/// this takes a second or less. The depth is bounded by that of the tree, since nothing calls itself.
const WORK_MAX: usize = 16 << 20;

/// A value, or the field that was missing. Conditions take what is missing as false; nothing else does.
#[derive(Debug, Clone)]
enum Value {
    Some(Json),
    Missing(String),
}

struct Scope<'a> {
    options: Options<'a>,
    variables: Vec<(String, Json)>,
    out: String,
    /// What is left of [`WORK_MAX`].
    work: usize,
}

pub(super) fn render(nodes: &[Node], dot: &Json, options: Options<'_>) -> Result<String, TemplateError> {
    let variables = vec![(String::new(), dot.clone())];
    let mut scope = Scope { options, variables, out: String::new(), work: WORK_MAX };
    scope.nodes(nodes, dot)?;
    Ok(scope.out)
}

impl Value {
    fn required(self) -> Result<Json, TemplateError> {
        match self {
            Self::Some(value) => Ok(value),
            Self::Missing(field) => {
                Err(TemplateError::new(format!(":1: executing \"\" at <.{field}>: map has no entry for key {field:?}")))
            }
        }
    }

    fn is_true(&self) -> bool {
        matches!(self, Self::Some(value) if is_true(value))
    }

    fn or_null(self) -> Json {
        match self {
            Self::Some(value) => value,
            Self::Missing(_) => Json::Null,
        }
    }
}

/// What it takes to copy or to print a value.
fn weight(value: &Json) -> usize {
    let within = match value {
        Json::Text(text) => text.len(),
        Json::List(items) => items.iter().map(weight).sum(),
        Json::Object(members) => members.iter().map(|(key, value)| key.len() + weight(value)).sum(),
        _ => 0,
    };
    1 + within
}

impl Scope<'_> {
    fn spend(&mut self, work: usize) -> Result<(), TemplateError> {
        self.work = self.work.checked_sub(work).ok_or_else(|| {
            TemplateError::new(":1: executing \"\": the format takes too many steps; let it range over less")
        })?;
        Ok(())
    }

    /// Counts what was made.
    fn counted(&mut self, value: Value) -> Result<Value, TemplateError> {
        if let Value::Some(json) = &value {
            self.spend(weight(json))?;
        }
        Ok(value)
    }

    fn nodes(&mut self, nodes: &[Node], dot: &Json) -> Result<(), TemplateError> {
        for node in nodes {
            self.node(node, dot)?;
        }
        Ok(())
    }

    fn node(&mut self, node: &Node, dot: &Json) -> Result<(), TemplateError> {
        let known = self.variables.len();
        self.spend(1)?;
        match node {
            Node::Text(text) => {
                self.spend(text.len())?;
                self.out.push_str(text);
            }
            Node::Action(pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                if pipeline.variables.is_empty() {
                    let text = display(&value.required()?);
                    self.out.push_str(&if self.options.terminal { printable(&text) } else { text });
                }
                // A variable that an action declares lives until its block ends.
                return Ok(());
            }
            Node::If(pipeline, then, otherwise) => {
                let chosen = if self.pipeline(pipeline, dot)?.is_true() { then } else { otherwise };
                self.nodes(chosen, dot)?;
            }
            Node::With(pipeline, then, otherwise) => {
                let value = self.pipeline(pipeline, dot)?;
                if value.is_true() {
                    self.nodes(then, &value.or_null())?;
                } else {
                    self.nodes(otherwise, dot)?;
                }
            }
            Node::Range(pipeline, each, otherwise) => self.range(pipeline, each, otherwise, dot)?,
        }
        self.variables.truncate(known);
        Ok(())
    }

    fn range(
        &mut self,
        pipeline: &Pipeline,
        each: &[Node],
        otherwise: &[Node],
        dot: &Json,
    ) -> Result<(), TemplateError> {
        let unnamed = Pipeline { variables: Vec::new(), assigns: false, commands: pipeline.commands.clone() };
        let pairs: Vec<(Json, Json)> = match self.pipeline(&unnamed, dot)?.or_null() {
            Json::List(items) => items.into_iter().enumerate().map(|(index, item)| (index_of(index), item)).collect(),
            Json::Object(mut members) => {
                members.sort_by(|one, other| one.0.cmp(&other.0));
                members.into_iter().map(|(key, value)| (Json::Text(key), value)).collect()
            }
            Json::Int(count) => {
                (0..count.clamp(0, 10_000)).map(|number| (Json::Int(number), Json::Int(number))).collect()
            }
            Json::Null => Vec::new(),
            other => {
                return Err(TemplateError::new(format!(
                    ":1: executing \"\": range can't iterate over {}",
                    display(&other)
                )));
            }
        };
        if pairs.is_empty() {
            return self.nodes(otherwise, dot);
        }
        for (key, value) in pairs {
            self.spend(1)?;
            let known = self.variables.len();
            match pipeline.variables.as_slice() {
                [one] => self.variables.push((one.clone(), value.clone())),
                [one, two] => {
                    self.variables.push((one.clone(), key));
                    self.variables.push((two.clone(), value.clone()));
                }
                _ => {}
            }
            self.nodes(each, &value)?;
            self.variables.truncate(known);
        }
        Ok(())
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Json) -> Result<Value, TemplateError> {
        let mut value: Option<Value> = None;
        for command in &pipeline.commands {
            value = Some(self.command(command, dot, value)?);
        }
        let value = value.unwrap_or(Value::Some(Json::Null));
        if let Some(name) = pipeline.variables.first() {
            let json = value.clone().or_null();
            if pipeline.assigns {
                let known = self.variables.iter_mut().rev().find(|(known, _)| known == name);
                let known = known.ok_or_else(|| TemplateError::new(format!(":1: undefined variable \"${name}\"")))?;
                known.1 = json;
            } else {
                self.variables.push((name.clone(), json));
            }
        }
        Ok(value)
    }

    fn command(&mut self, command: &[Operand], dot: &Json, piped: Option<Value>) -> Result<Value, TemplateError> {
        let Some((first, rest)) = command.split_first() else { return Ok(Value::Some(Json::Null)) };
        if let Base::Function(name) = &first.base {
            let value = self.call(name, rest, dot, piped)?;
            return self.counted(follow(&value, &first.fields)?);
        }
        if rest.is_empty() && piped.is_none() {
            return self.operand(first, dot);
        }
        // The one method that rows have.
        if matches!(&first.base, Base::Dot | Base::Variable(_))
            && first.fields.last().is_some_and(|name| name == "Label")
        {
            let mut arguments = self.arguments(rest, dot)?;
            if let Some(value) = piped {
                arguments.push(value.required()?);
            }
            if let [Json::Text(name)] = arguments.as_slice() {
                return Ok(Value::Some(Json::Text(self.label(name))));
            }
        }
        let name = first.fields.last().map_or("operand", String::as_str);
        Err(TemplateError::new(format!(":1: executing \"\": {name} has arguments but cannot be invoked as function")))
    }

    fn label(&self, name: &str) -> String {
        if self.options.header {
            return name.rsplit('.').next().unwrap_or(name).replace(['-', '_'], " ");
        }
        let labels = self.options.labels.map_or(&[][..], Json::members);
        labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.text().to_owned()).unwrap_or_default()
    }

    fn arguments(&mut self, operands: &[Operand], dot: &Json) -> Result<Vec<Json>, TemplateError> {
        operands.iter().map(|operand| self.operand(operand, dot).and_then(Value::required)).collect()
    }

    fn call(&mut self, name: &str, rest: &[Operand], dot: &Json, piped: Option<Value>) -> Result<Json, TemplateError> {
        // These decide as they go, and what is missing is false.
        if let "and" | "or" | "not" = name {
            let mut values = rest.iter().map(|operand| self.operand(operand, dot)).collect::<Result<Vec<_>, _>>()?;
            values.extend(piped);
            return functions::logic(name, values.into_iter().map(Value::or_null).collect());
        }
        let mut arguments = self.arguments(rest, dot)?;
        if let Some(value) = piped {
            arguments.push(value.required()?);
        }
        if let ("join", [items, Json::Text(separator)]) = (name, arguments.as_slice()) {
            self.spend(items.items().len().saturating_mul(separator.len()))?;
        }
        functions::call(name, &arguments, self.options)
    }

    fn operand(&mut self, operand: &Operand, dot: &Json) -> Result<Value, TemplateError> {
        let value = match &operand.base {
            Base::Dot => follow(dot, &operand.fields),
            Base::Literal(value) => follow(value, &operand.fields),
            Base::Variable(name) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                let (_, value) =
                    known.ok_or_else(|| TemplateError::new(format!(":1: undefined variable \"${name}\"")))?;
                follow(value, &operand.fields)
            }
            Base::Function(name) => {
                let value = self.call(name, &[], dot, None)?;
                follow(&value, &operand.fields)
            }
            Base::Nested(pipeline) => {
                let known = self.variables.len();
                let value = self.pipeline(pipeline, dot)?;
                self.variables.truncate(known);
                match (value, operand.fields.is_empty()) {
                    (value, true) => Ok(value),
                    (Value::Some(value), false) => follow(&value, &operand.fields),
                    (missing, false) => Ok(missing),
                }
            }
        };
        self.counted(value?)
    }
}

fn index_of(index: usize) -> Json {
    Json::Int(i128::try_from(index).unwrap_or(i128::MAX))
}

fn follow(value: &Json, fields: &[String]) -> Result<Value, TemplateError> {
    let mut value = value;
    for field in fields {
        match value {
            Json::Object(_) => match value.get(field) {
                Some(member) => value = member,
                None => return Ok(Value::Missing(field.clone())),
            },
            Json::Null => return Ok(Value::Missing(field.clone())),
            other => {
                let kind = functions::kind(other);
                return Err(TemplateError::new(format!(
                    ":1: executing \"\" at <.{field}>: can't evaluate field {field} in type {kind}"
                )));
            }
        }
    }
    Ok(Value::Some(value.clone()))
}
