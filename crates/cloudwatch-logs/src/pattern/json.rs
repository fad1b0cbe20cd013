//! Selectors of events that are JSON: `{ $.a = "x" && $.list[0].n > 3 }`.

use regex::Regex;
use serde_json::Value;

use super::{Cursor, invalid};
use crate::error::Result;
use crate::limits;

/// What is asked of an event.
#[derive(Debug, Clone)]
pub(super) enum Selector {
    Or(Vec<Selector>),
    And(Vec<Selector>),
    Test { path: Vec<Step>, test: Test },
}

/// From a value to one in it.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Member(String),
    Item(usize),
    Any,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    IsNull,
    Is(bool),
    Missing,
    /// Equal to a text, in which a star stands for anything; or not.
    Text(bool, Vec<u32>),
    Regex(bool, Regex),
    Number(Comparison, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// A question mark, which is nothing but one in these patterns: no character has this number.
const QUESTION: u32 = 0x11_0000;

impl Selector {
    /// Reads `{ … }`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut cursor = Cursor { rest: text };
        cursor.eat("{");
        let selector = either(&mut cursor, 0)?;
        if !cursor.eat("}") || !cursor.rest.trim().is_empty() {
            return Err(invalid(format!("it does not end with a brace, or goes on after it: {:?}", cursor.rest)));
        }
        Ok(selector)
    }

    /// Whether an event is JSON of which this is so.
    pub(super) fn matches(&self, message: &str) -> bool {
        serde_json::from_str(message).is_ok_and(|value: Value| self.is_so(&value))
    }

    fn is_so(&self, value: &Value) -> bool {
        match self {
            Self::Or(all) => all.iter().any(|one| one.is_so(value)),
            Self::And(all) => all.iter().all(|one| one.is_so(value)),
            Self::Test { path, test: Test::Missing } => !any(value, path, &|_| true),
            Self::Test { path, test } => any(value, path, &|found| test.is_so(found)),
        }
    }
}

/// Whether a path leads to a value of which something is so.
fn any(value: &Value, path: &[Step], is_so: &dyn Fn(&Value) -> bool) -> bool {
    let Some((step, rest)) = path.split_first() else { return is_so(value) };
    match (step, value) {
        (Step::Member(name), Value::Object(members)) => members.get(name).is_some_and(|value| any(value, rest, is_so)),
        (Step::Item(number), Value::Array(items)) => items.get(*number).is_some_and(|value| any(value, rest, is_so)),
        (Step::Any, Value::Array(items)) => items.iter().any(|value| any(value, rest, is_so)),
        (Step::Any, Value::Object(members)) => members.values().any(|value| any(value, rest, is_so)),
        _ => false,
    }
}

impl Test {
    fn is_so(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::IsNull, value) => value.is_null(),
            (Self::Is(truth), Value::Bool(found)) => truth == found,
            (Self::Text(equal, pattern), Value::String(text)) => {
                let text: Vec<u32> = text.chars().map(u32::from).collect();
                let same = |wanted, item| wanted == item || (wanted == QUESTION && item == u32::from(b'?'));
                words::glob(pattern, &text, same) == *equal
            }
            (Self::Regex(equal, regex), Value::String(text)) => regex.is_match(text) == *equal,
            (Self::Number(comparison, wanted), Value::Number(found)) => {
                found.as_f64().is_some_and(|found| comparison.is_so(found, *wanted))
            }
            // A number is not a text, whatever the text says.
            (Self::Text(false, _) | Self::Regex(false, _), value) => !value.is_null(),
            (Self::Number(Comparison::Unequal, _), value) => !value.is_null(),
            _ => false,
        }
    }
}

impl Comparison {
    fn is_so(self, found: f64, wanted: f64) -> bool {
        match self {
            Self::Equal => found == wanted,
            Self::Unequal => found != wanted,
            Self::Less => found < wanted,
            Self::AtMost => found <= wanted,
            Self::More => found > wanted,
            Self::AtLeast => found >= wanted,
        }
    }
}

fn either(cursor: &mut Cursor<'_>, depth: usize) -> Result<Selector> {
    if depth > limits::DEPTH {
        return Err(invalid(format!("its brackets nest more than {} deep", limits::DEPTH)));
    }
    let mut all = vec![both(cursor, depth)?];
    while cursor.eat("||") {
        all.push(both(cursor, depth)?);
    }
    Ok(if all.len() == 1 { all.remove(0) } else { Selector::Or(all) })
}

fn both(cursor: &mut Cursor<'_>, depth: usize) -> Result<Selector> {
    let mut all = vec![single(cursor, depth)?];
    while cursor.eat("&&") {
        all.push(single(cursor, depth)?);
    }
    Ok(if all.len() == 1 { all.remove(0) } else { Selector::And(all) })
}

fn single(cursor: &mut Cursor<'_>, depth: usize) -> Result<Selector> {
    cursor.skip_space();
    let selector = if cursor.eat("(") {
        let inner = either(cursor, depth + 1)?;
        if !cursor.eat(")") {
            return Err(invalid("a bracket is not closed"));
        }
        inner
    } else {
        let path = path(cursor)?;
        cursor.skip_space();
        Selector::Test { path, test: test(cursor)? }
    };
    cursor.skip_space();
    Ok(selector)
}

/// `$.a.b[0][*]["c d"]`
fn path(cursor: &mut Cursor<'_>) -> Result<Vec<Step>> {
    if !cursor.eat("$") {
        let found: String = cursor.rest.chars().take(20).collect();
        return Err(invalid(format!("a selector begins with $, not with {found:?}")));
    }
    let mut steps = Vec::new();
    loop {
        if cursor.eat(".*") {
            steps.push(Step::Any);
        } else if cursor.eat(".") {
            let name = cursor.take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '@'));
            if name.is_empty() {
                return Err(invalid("a selector has a dot without a name"));
            }
            steps.push(Step::Member(name.to_owned()));
        } else if cursor.eat("[") {
            let step = if cursor.eat("*") {
                Step::Any
            } else if cursor.eat("\"") {
                Step::Member(cursor.quoted()?)
            } else {
                let number = cursor.take_while(|letter| letter.is_ascii_digit()).parse();
                Step::Item(
                    number.map_err(|_| invalid("between [ and ] there is a number, a star or a name in quotes"))?,
                )
            };
            steps.push(step);
            if !cursor.eat("]") {
                return Err(invalid("a [ of a selector is not closed"));
            }
        } else {
            return Ok(steps);
        }
    }
}

fn test(cursor: &mut Cursor<'_>) -> Result<Test> {
    let comparison = [
        ("!=", Comparison::Unequal),
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("=", Comparison::Equal),
        ("<", Comparison::Less),
        (">", Comparison::More),
    ];
    if let Some((_, comparison)) = comparison.into_iter().find(|(sign, _)| cursor.eat(sign)) {
        cursor.skip_space();
        return compared(cursor, comparison);
    }
    let mut word = || {
        cursor.skip_space();
        cursor.take_while(|letter| letter.is_ascii_alphabetic())
    };
    match (word(), word()) {
        ("IS", "NULL") => Ok(Test::IsNull),
        ("IS", "TRUE") => Ok(Test::Is(true)),
        ("IS", "FALSE") => Ok(Test::Is(false)),
        ("NOT", "EXISTS") => Ok(Test::Missing),
        _ => Err(invalid("after a selector there is =, !=, <, <=, >, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS")),
    }
}

fn compared(cursor: &mut Cursor<'_>, comparison: Comparison) -> Result<Test> {
    let equality = match comparison {
        Comparison::Equal => Some(true),
        Comparison::Unequal => Some(false),
        _ => None,
    };
    let ordered = || invalid("<, <=, > and >= compare with a number");
    if cursor.eat("%") {
        return Ok(Test::Regex(equality.ok_or_else(ordered)?, cursor.regex()?));
    }
    let text = if cursor.eat("\"") {
        cursor.quoted()?
    } else {
        let word = cursor.take_while(|letter| !letter.is_whitespace() && !matches!(letter, ')' | '}' | '&' | '|'));
        if word.is_empty() {
            return Err(invalid("a comparison has nothing on its right side"));
        }
        match word.parse::<f64>() {
            Ok(number) if number.is_finite() => return Ok(Test::Number(comparison, number)),
            _ => word.to_owned(),
        }
    };
    let literal = |letter| if letter == '?' { QUESTION } else { u32::from(letter) };
    Ok(Test::Text(equality.ok_or_else(ordered)?, text.chars().map(literal).collect()))
}
