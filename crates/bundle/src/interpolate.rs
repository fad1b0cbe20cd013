//! Variables in texts, as Compose has them: `$A`, `${A}`, `${A:-b}`, `${A-b}`, `${A:?why}`, `${A?why}`, `${A:+b}`,
//! `${A+b}`, and `$$` for a dollar. Defaults may have variables in them. Source: Compose specification, 12.

use std::sync::Arc;

use crate::error::{Fault, Notes, Position, quoted};
use crate::node::{Entry, Node, Scalar, Value};
use crate::{Variables, limits};

/// What one document's variables may become in all.
pub(crate) struct Interpolation<'a> {
    known: &'a dyn Fn(&str) -> Option<String>,
    left: usize,
    /// Variables that nobody has set; each becomes nothing.
    pub(crate) unset: Vec<String>,
}

impl<'a> Interpolation<'a> {
    pub(crate) fn new(known: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { known, left: limits::INTERPOLATED_BYTES, unset: Vec::new() }
    }

    /// A text with its variables replaced, or why not.
    pub(crate) fn text(&mut self, text: &str) -> Result<String, String> {
        if !text.contains('$') {
            return Ok(text.to_owned());
        }
        self.replaced(text, 0)
    }

    fn replaced(&mut self, text: &str, depth: usize) -> Result<String, String> {
        if depth > limits::INTERPOLATION_NESTING {
            return Err(format!("more than {} variables lie in each other", limits::INTERPOLATION_NESTING));
        }
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
                continue;
            }
            let (value, after) = match after.strip_prefix('{') {
                Some(inner) => {
                    let end =
                        close(inner).ok_or_else(|| format!("{} is not closed by }}", quoted(&format!("${after}"))))?;
                    let (inner, after) =
                        (inner.get(..end).unwrap_or_default(), inner.get(end + 1..).unwrap_or_default());
                    (self.braced(inner, depth)?, after)
                }
                None => {
                    let end = name_length(after);
                    if end == 0 {
                        return Err(format!("{} is no variable; write $$ for a dollar", quoted(&format!("${after}"))));
                    }
                    let (name, after) = after.split_at(end);
                    (self.value(name), after)
                }
            };
            self.left = self
                .left
                .checked_sub(value.len())
                .ok_or_else(|| format!("its variables become more than {} bytes", limits::INTERPOLATED_BYTES))?;
            out.push_str(&value);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn value(&mut self, name: &str) -> String {
        (self.known)(name).unwrap_or_else(|| {
            if self.unset.len() < limits::WARNINGS && !self.unset.iter().any(|unset| unset == name) {
                self.unset.push(name.to_owned());
            }
            String::new()
        })
    }

    fn braced(&mut self, inner: &str, depth: usize) -> Result<String, String> {
        let end = name_length(inner);
        let (name, operator) = inner.split_at(end);
        if end == 0 {
            return Err(format!("{} is no variable", quoted(&format!("${{{inner}}}"))));
        }
        if operator.is_empty() {
            return Ok(self.value(name));
        }
        let (unless_empty, operator) = match operator.strip_prefix(':') {
            Some(operator) => (true, operator),
            None => (false, operator),
        };
        let value = (self.known)(name).filter(|value| !unless_empty || !value.is_empty());
        let mut chars = operator.chars();
        let (kind, word) = (chars.next(), chars.as_str());
        match (kind, value) {
            (Some('-' | '?'), Some(value)) => Ok(value),
            (Some('-'), None) | (Some('+'), Some(_)) => self.replaced(word, depth + 1),
            (Some('+'), None) => Ok(String::new()),
            (Some('?'), None) => {
                let word = self.replaced(word, depth + 1)?;
                let why = if word.is_empty() { "it is not set".to_owned() } else { word };
                Err(format!("the required variable {name} is missing a value: {why}"))
            }
            _ => Err(format!(
                "{} is no variable: after the name comes :-, :?, :+ or }}",
                quoted(&format!("${{{inner}}}"))
            )),
        }
    }
}

/// Where the brace closes that is open here.
fn close(text: &str) -> Option<usize> {
    let (mut depth, mut before) = (0_usize, ' ');
    for (at, next) in text.char_indices() {
        match next {
            '{' if before == '$' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        before = next;
    }
    None
}

/// How long the name is that a text begins with.
fn name_length(text: &str) -> usize {
    let word = |next: char| next.is_ascii_alphanumeric() || next == '_';
    match text.chars().next() {
        Some(first) if word(first) && !first.is_ascii_digit() => text.find(|next| !word(next)).unwrap_or(text.len()),
        _ => 0,
    }
}

/// A Compose file with the variables of its values replaced; keys stay as they are.
pub(crate) fn document(node: &Arc<Node>, known: &Variables, notes: &mut Notes<'_>) -> Result<Arc<Node>, Fault> {
    let lookup = |name: &str| known.get(name).cloned();
    let mut interpolation = Interpolation::new(&lookup);
    let Value::Map(entries) = &node.value else { return replace(node, &mut interpolation, notes) };
    let one = |entry: &Entry| {
        // Extensions are nobody's until they are merged somewhere; then they have been merged already.
        let value = match entry.key.starts_with("x-") {
            true => entry.value.clone(),
            false => replace(&entry.value, &mut interpolation, notes)?,
        };
        Ok(Entry { key: entry.key.clone(), at: entry.at, value })
    };
    let entries = entries.iter().map(one).collect::<Result<_, Fault>>()?;
    Ok(Arc::new(node.with(Value::Map(entries))))
}

/// As deep as the document is, which is bounded.
fn replace(node: &Arc<Node>, by: &mut Interpolation<'_>, notes: &mut Notes<'_>) -> Result<Arc<Node>, Fault> {
    let value = match &node.value {
        Value::Scalar(scalar) if !scalar.text.contains('$') => return Ok(node.clone()),
        Value::Scalar(scalar) => {
            let text = by.text(&scalar.text).map_err(|why| node.fault(why))?;
            unset(by, node.at, notes);
            Value::Scalar(Scalar { text, plain: scalar.plain })
        }
        Value::List(items) => Value::List(items.iter().map(|item| replace(item, by, notes)).collect::<Result<_, _>>()?),
        Value::Map(entries) => {
            let one = |entry: &Entry| {
                Ok(Entry { key: entry.key.clone(), at: entry.at, value: replace(&entry.value, by, notes)? })
            };
            Value::Map(entries.iter().map(one).collect::<Result<_, Fault>>()?)
        }
    };
    Ok(Arc::new(node.with(value)))
}

/// Names what is not set, where it is asked for, in Compose's words.
fn unset(by: &mut Interpolation<'_>, at: Position, notes: &mut Notes<'_>) {
    for name in by.unset.drain(..) {
        notes.warn(at, format!("The \"{name}\" variable is not set. Defaulting to a blank string."));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(name: &str) -> Option<String> {
        match name {
            "A" => Some("a".into()),
            "EMPTY" => Some(String::new()),
            "LONG" => Some("x".repeat(1 << 20)),
            _ => None,
        }
    }

    #[test]
    fn variables_become_their_values() {
        for (text, want) in [
            ("plain", Ok("plain")),
            ("$A-${A}$$A", Ok("a-a$A")),
            ("${NO:-b} ${NO-b} ${EMPTY:-b} ${EMPTY-b}", Ok("b b b ")),
            ("${A:+yes}${NO:+yes}${EMPTY+yes}${EMPTY:+yes}", Ok("yesyes")),
            ("${NO:-${A}/${NO:-c}}", Ok("a/c")),
            ("${NO:-a:b?c}", Ok("a:b?c")),
            ("[$NO]", Ok("[]")),
            ("${A:?no}", Ok("a")),
            ("${NO:?say it}", Err("the required variable NO is missing a value: say it")),
            ("${EMPTY:?}", Err("the required variable EMPTY is missing a value: it is not set")),
            ("${A", Err("\"${A\" is not closed by }")),
            ("$1", Err("\"$1\" is no variable; write $$ for a dollar")),
            ("${A!}", Err("\"${A!}\" is no variable: after the name comes :-, :?, :+ or }")),
            ("$LONG$LONG$LONG$LONG$LONG$LONG$LONG$LONG$LONG", Err("its variables become more than 8388608 bytes")),
        ] {
            let found = Interpolation::new(&known).text(text);
            assert_eq!(found.as_deref().map_err(String::as_str), want, "{text}");
        }
        assert!(Interpolation::new(&known).text(&"${N:-".repeat(30)).is_err());
        let mut interpolation = Interpolation::new(&known);
        assert_eq!(interpolation.text("$NO$NO$OTHER").as_deref(), Ok(""));
        assert_eq!(interpolation.unset, ["NO", "OTHER"]);
    }

    proptest! {
        #[test]
        fn any_text_ends(text in "[$\\{\\}A:?+ é-]{0,60}") {
            let _ = Interpolation::new(&known).text(&text);
        }
    }
}
