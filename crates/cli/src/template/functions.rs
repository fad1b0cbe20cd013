//! The functions of templates: Go's own, and those that Docker adds.

use std::cmp::Ordering;

use super::{Options, TemplateError};
use crate::json::Json;

const NAMES: &[&str] = &[
    "and", "or", "not", "len", "index", "slice", "print", "printf", "println", "eq", "ne", "lt", "le", "gt", "ge",
    "json", "split", "join", "title", "lower", "upper", "pad", "truncate",
];

/// Functions that give their argument back when a table's head is rendered.
const PLAIN_IN_HEADER: &[&str] = &["json", "title", "lower", "upper", "truncate", "split", "join", "pad"];

pub(super) fn exists(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Go's name of a value's type.
pub(super) fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "nil",
        Json::Bool(_) => "bool",
        Json::Int(_) => "int",
        Json::Float(_) => "float64",
        Json::Text(_) => "string",
        Json::List(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    }
}

/// Whether a condition holds: zero, nothing and the empty are false.
pub(super) fn is_true(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Int(number) => *number != 0,
        Json::Float(number) => *number != 0.0,
        Json::Text(text) => !text.is_empty(),
        Json::List(items) => !items.is_empty(),
        Json::Object(members) => !members.is_empty(),
    }
}

/// A value as Go's `%v` prints it.
pub(super) fn display(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".into(),
        Json::Bool(value) => value.to_string(),
        Json::Int(number) => number.to_string(),
        Json::Float(number) => number.to_string(),
        Json::Text(text) => text.clone(),
        Json::List(items) => format!("[{}]", items.iter().map(display).collect::<Vec<_>>().join(" ")),
        Json::Object(members) => {
            let mut shown: Vec<_> = members.iter().map(|(key, value)| format!("{key}:{}", display(value))).collect();
            shown.sort_unstable();
            format!("map[{}]", shown.join(" "))
        }
    }
}

fn wrong(name: &str, reason: impl std::fmt::Display) -> TemplateError {
    TemplateError::new(format!(":1: executing \"\" at <{name}>: error calling {name}: {reason}"))
}

/// `and`, `or` and `not`: the value that decides.
pub(super) fn logic(name: &str, values: Vec<Json>) -> Result<Json, TemplateError> {
    let too_few = || wrong(name, "wrong number of args: want at least 1 got 0");
    if name == "not" {
        return match values.as_slice() {
            [value] => Ok(Json::Bool(!is_true(value))),
            _ => Err(wrong(name, format!("wrong number of args: want 1 got {}", values.len()))),
        };
    }
    let decides = |value: &Json| is_true(value) == (name == "or");
    let last = values.last().cloned().ok_or_else(too_few)?;
    Ok(values.into_iter().find(decides).unwrap_or(last))
}

pub(super) fn call(name: &str, arguments: &[Json], options: Options<'_>) -> Result<Json, TemplateError> {
    if options.header && PLAIN_IN_HEADER.contains(&name) {
        let text = arguments.iter().find(|argument| matches!(argument, Json::Text(_)));
        return Ok(text.cloned().unwrap_or_default());
    }
    match (name, arguments) {
        ("json", [value]) => Ok(Json::Text(value.encode(options.html && matches!(value, Json::Object(_))))),
        ("len", [value]) => length(value),
        ("index", [value, keys @ ..]) => keys.iter().try_fold(value.clone(), |value, key| index(&value, key)),
        ("slice", [value, bounds @ ..]) => slice(value, bounds),
        ("print", values) => Ok(Json::Text(print(values))),
        ("println", values) => Ok(Json::Text(values.iter().map(display).collect::<Vec<_>>().join(" ") + "\n")),
        ("printf", [Json::Text(format), values @ ..]) => Ok(Json::Text(printf(format, values))),
        ("eq", [value, others @ ..]) if !others.is_empty() => {
            Ok(Json::Bool(others.iter().any(|other| compare(value, other) == Some(Ordering::Equal))))
        }
        ("ne", [one, other]) => Ok(Json::Bool(compare(one, other) != Some(Ordering::Equal))),
        ("lt" | "le" | "gt" | "ge", [one, other]) => {
            let order = compare(one, other).ok_or_else(|| wrong(name, "incompatible types for comparison"))?;
            Ok(Json::Bool(match name {
                "lt" => order.is_lt(),
                "le" => order.is_le(),
                "gt" => order.is_gt(),
                _ => order.is_ge(),
            }))
        }
        ("split", [Json::Text(text), Json::Text(separator)]) => {
            Ok(Json::List(text.split(separator.as_str()).map(Json::from).collect()))
        }
        ("join", [Json::List(items), Json::Text(separator)]) => {
            Ok(Json::Text(items.iter().map(display).collect::<Vec<_>>().join(separator)))
        }
        ("join", [Json::Null, Json::Text(_)]) => Ok(Json::Text(String::new())),
        ("lower", [Json::Text(text)]) => Ok(Json::Text(text.to_lowercase())),
        ("upper", [Json::Text(text)]) => Ok(Json::Text(text.to_uppercase())),
        ("title", [Json::Text(text)]) => Ok(Json::Text(title(text))),
        ("pad", [Json::Text(text), Json::Int(before), Json::Int(after)]) => {
            let spaces = |count: &i128| " ".repeat(usize::try_from(*count).unwrap_or(0).min(1000));
            let text = if text.is_empty() { String::new() } else { spaces(before) + text + &spaces(after) };
            Ok(Json::Text(text))
        }
        ("truncate", [Json::Text(text), Json::Int(most)]) => {
            Ok(Json::Text(text.chars().take(usize::try_from(*most).unwrap_or(0)).collect()))
        }
        _ => {
            let kinds: Vec<_> = arguments.iter().map(kind).collect();
            Err(wrong(name, format!("it doesn't take arguments of type ({})", kinds.join(", "))))
        }
    }
}

fn length(value: &Json) -> Result<Json, TemplateError> {
    let length = match value {
        Json::Text(text) => text.len(),
        Json::List(items) => items.len(),
        Json::Object(members) => members.len(),
        other => return Err(wrong("len", format!("len of type {}", kind(other)))),
    };
    Ok(Json::Int(i128::try_from(length).unwrap_or(i128::MAX)))
}

fn index(value: &Json, key: &Json) -> Result<Json, TemplateError> {
    match (value, key) {
        (Json::Object(members), Json::Text(name)) => {
            Ok(members.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default())
        }
        (Json::List(items), Json::Int(at)) => usize::try_from(*at)
            .ok()
            .and_then(|at| items.get(at).cloned())
            .ok_or_else(|| wrong("index", format!("index out of range: {at}"))),
        (Json::Null, _) => Err(wrong("index", "index of untyped nil")),
        (other, key) => Err(wrong("index", format!("can't index item of type {} with {}", kind(other), kind(key)))),
    }
}

fn slice(value: &Json, bounds: &[Json]) -> Result<Json, TemplateError> {
    let length = match value {
        Json::Text(text) => text.len(),
        Json::List(items) => items.len(),
        other => return Err(wrong("slice", format!("can't slice item of type {}", kind(other)))),
    };
    let bound = |at: usize, default: usize| match bounds.get(at) {
        None => Ok(default),
        Some(Json::Int(number)) => usize::try_from(*number)
            .ok()
            .filter(|bound| *bound <= length)
            .ok_or_else(|| wrong("slice", format!("index out of range: {number}"))),
        Some(other) => Err(wrong("slice", format!("cannot index slice/array with type {}", kind(other)))),
    };
    let (first, end) = (bound(0, 0)?, bound(1, length)?);
    let range = first..end.max(first);
    Ok(match value {
        Json::Text(text) => Json::Text(String::from_utf8_lossy(&text.as_bytes()[range]).into_owned()),
        other => Json::List(other.items()[range].to_vec()),
    })
}

/// Spaces go between operands when neither is a text.
fn print(values: &[Json]) -> String {
    let mut out = String::new();
    for (index, value) in values.iter().enumerate() {
        let is_text = |value: &Json| matches!(value, Json::Text(_));
        if index > 0 && !is_text(value) && !is_text(&values[index - 1]) {
            out.push(' ');
        }
        out.push_str(&display(value));
    }
    out
}

fn compare(one: &Json, other: &Json) -> Option<Ordering> {
    #[expect(clippy::cast_precision_loss, reason = "a comparison with a fraction is inexact anyway")]
    let float = |value: &Json| match value {
        Json::Int(number) => Some(*number as f64),
        Json::Float(number) => Some(*number),
        _ => None,
    };
    match (one, other) {
        (Json::Int(one), Json::Int(other)) => Some(one.cmp(other)),
        (Json::Text(one), Json::Text(other)) => Some(one.cmp(other)),
        (one, other) if one == other => Some(Ordering::Equal),
        (one, other) => float(one)?.partial_cmp(&float(other)?),
    }
}

fn title(text: &str) -> String {
    let mut first = true;
    text.chars()
        .flat_map(|character| {
            let starts = std::mem::replace(&mut first, character.is_whitespace());
            if starts { character.to_uppercase().collect::<Vec<_>>() } else { vec![character] }
        })
        .collect()
}

/// Go's `fmt.Sprintf` with the verbs that make sense for JSON.
fn printf(format: &str, values: &[Json]) -> String {
    let mut out = String::new();
    let mut values = values.iter();
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        let (mut left, mut zero) = (false, false);
        while let Some(flag) = characters.next_if(|next| matches!(next, '-' | '0' | '+' | ' ' | '#')) {
            left |= flag == '-';
            zero |= flag == '0';
        }
        let mut number = || {
            let mut text = String::new();
            while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                text.push(digit);
            }
            text.parse::<usize>().ok().map(|number| number.min(1000))
        };
        let width = number().unwrap_or(0);
        let precision = if characters.next_if_eq(&'.').is_some() {
            let mut text = String::new();
            while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                text.push(digit);
            }
            Some(text.parse::<usize>().unwrap_or(0).min(1000))
        } else {
            None
        };
        let Some(verb) = characters.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = values.next() else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let text = verb_text(verb, value, precision);
        let missing = width.saturating_sub(text.chars().count());
        match (left, zero && matches!(value, Json::Int(_) | Json::Float(_))) {
            (true, _) => out.push_str(&(text + &" ".repeat(missing))),
            (false, true) => out.push_str(&("0".repeat(missing) + &text)),
            (false, false) => out.push_str(&(" ".repeat(missing) + &text)),
        }
    }
    let extra: Vec<_> = values.map(|value| format!("{}={}", kind(value), display(value))).collect();
    if !extra.is_empty() {
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    out
}

fn verb_text(verb: char, value: &Json, precision: Option<usize>) -> String {
    match (verb, value) {
        ('s' | 'v', value) => {
            let text = display(value);
            precision.map_or(text.clone(), |most| text.chars().take(most).collect())
        }
        ('q', Json::Text(text)) => format!("{text:?}"),
        ('d', Json::Int(number)) => number.to_string(),
        ('x', Json::Int(number)) => format!("{number:x}"),
        ('x', Json::Text(text)) => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ('o', Json::Int(number)) => format!("{number:o}"),
        ('t', Json::Bool(value)) => value.to_string(),
        ('f' | 'g', Json::Float(number)) => format!("{number:.*}", precision.unwrap_or(6)),
        (verb, value) => format!("%!{verb}({}={})", kind(value), display(value)),
    }
}
