//! YAML and JSON documents as values that know where they stand.
//!
//! Every key of a bundle's files that is not honoured is named with its line, and words stay as they were written
//! (`1.10` is a version, not a number), so values are kept as their texts. YAML is read by the crate `granit-parser`,
//! event by event; anchors, aliases and merge keys (YAML 1.1, "Merge Key Language-Independent Type") are resolved here.
//! JSON is a part of YAML; [`json`] refuses what is not.
//!
//! An alias shares what it names. What a document would be with its aliases written out is counted, and bounded.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use crate::error::{Fault, Position, quoted};
use crate::limits;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) value: Value,
    /// A tag that is none of YAML's own, such as `!GetAtt`.
    pub(crate) tag: Option<String>,
    /// Bytes that it takes with its aliases written out.
    weight: usize,
    /// How many values lie in each other here.
    depth: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Arc<Node>>),
    Map(Vec<Entry>),
}

/// A word as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// Not quoted: it may mean a number, a boolean or nothing.
    pub(crate) plain: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Arc<str>,
    pub(crate) at: Position,
    pub(crate) value: Arc<Node>,
}

/// What each value takes beside its text.
const OVERHEAD: usize = 64;

impl Node {
    pub(crate) fn scalar(at: Position, text: String, plain: bool, tag: Option<String>) -> Self {
        let weight = OVERHEAD + text.len();
        Self { at, value: Value::Scalar(Scalar { text, plain }), tag, weight, depth: 1 }
    }

    /// The same with another value of the same shape.
    pub(crate) fn with(&self, value: Value) -> Self {
        Self { value, tag: self.tag.clone(), ..*self }
    }

    /// Whether nothing is written here, or `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(Scalar { text, plain: true })
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What kind of value it is, for a message.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            _ if self.is_null() => "nothing",
            Value::Scalar(_) => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    pub(crate) fn fault(&self, why: impl Into<String>) -> Fault {
        Fault::new(self.at, why)
    }

    /// Its text, whatever that would mean.
    pub(crate) fn text(&self, what: &str) -> Result<&str, Fault> {
        match &self.value {
            Value::Scalar(scalar) => Ok(&scalar.text),
            _ => Err(self.fault(format!("{what} must be a single value, not {}", self.kind()))),
        }
    }

    /// A boolean as YAML 1.1 has it, also in quotes.
    pub(crate) fn bool(&self, what: &str) -> Result<bool, Fault> {
        let text = self.text(what)?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Ok(true),
            "false" | "no" | "off" | "n" => Ok(false),
            _ => Err(self.fault(format!("{what} must be true or false, not {}", quoted(text)))),
        }
    }

    /// A whole number, also in quotes.
    pub(crate) fn number<T: std::str::FromStr>(&self, what: &str) -> Result<T, Fault> {
        let text = self.text(what)?;
        text.parse().map_err(|_| self.fault(format!("{what} must be a whole number, not {}", quoted(text))))
    }

    pub(crate) fn list(&self, what: &str) -> Result<&[Arc<Node>], Fault> {
        match &self.value {
            Value::List(items) => Ok(items),
            _ if self.is_null() => Ok(&[]),
            _ => Err(self.fault(format!("{what} must be a list, not {}", self.kind()))),
        }
    }

    pub(crate) fn map(&self, what: &str) -> Result<&[Entry], Fault> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            _ if self.is_null() => Ok(&[]),
            _ => Err(self.fault(format!("{what} must be a mapping of names to values, not {}", self.kind()))),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&self, what: &str) -> Result<Vec<String>, Fault> {
        self.list(what)?.iter().map(|item| item.text(what).map(str::to_owned)).collect()
    }

    /// A list of texts, or one alone.
    pub(crate) fn text_or_texts(&self, what: &str) -> Result<Vec<String>, Fault> {
        match &self.value {
            Value::Scalar(scalar) if !self.is_null() => Ok(vec![scalar.text.clone()]),
            _ => self.texts(what),
        }
    }
}

/// A mapping of which keys are taken one by one; what is left is not known.
#[derive(Debug)]
pub(crate) struct Fields<'n> {
    entries: &'n [Entry],
    taken: Vec<bool>,
    /// Where the mapping stands.
    pub(crate) at: Position,
}

impl<'n> Fields<'n> {
    pub(crate) fn of(node: &'n Node, what: &str) -> Result<Self, Fault> {
        let entries = node.map(what)?;
        Ok(Self { entries, taken: vec![false; entries.len()], at: node.at })
    }

    /// The value of a key. Nothing written is as if the key were not there.
    pub(crate) fn take(&mut self, key: &str) -> Option<&'n Node> {
        let at = self.entries.iter().position(|entry| &*entry.key == key)?;
        *self.taken.get_mut(at)? = true;
        self.entries.get(at).map(|entry| &*entry.value).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, Fault> {
        self.take(key).map(|value| value.text(key).map(str::to_owned)).transpose()
    }

    pub(crate) fn bool(&mut self, key: &str) -> Result<Option<bool>, Fault> {
        self.take(key).map(|value| value.bool(key)).transpose()
    }

    pub(crate) fn number<T: std::str::FromStr>(&mut self, key: &str) -> Result<Option<T>, Fault> {
        self.take(key).map(|value| value.number(key)).transpose()
    }

    pub(crate) fn texts(&mut self, key: &str) -> Result<Vec<String>, Fault> {
        self.take(key).map_or(Ok(Vec::new()), |value| value.texts(key))
    }

    /// The value of a key that must be there.
    pub(crate) fn required(&mut self, key: &str, of: &str) -> Result<&'n Node, Fault> {
        let at = self.at;
        self.take(key).ok_or_else(|| Fault::new(at, format!("{of} has no {key}")))
    }

    /// What nobody has taken.
    pub(crate) fn rest(&self) -> impl Iterator<Item = &'n Entry> {
        self.entries.iter().zip(&self.taken).filter(|(_, taken)| !**taken).map(|(entry, _)| entry)
    }
}

/// Reads a YAML document. An empty one is null.
pub(crate) fn yaml(bytes: &[u8]) -> Result<Arc<Node>, Fault> {
    let text = utf8(bytes)?;
    let options = granit_parser::options! { flow_nesting_limit: limits::NESTING, block_nesting_limit: limits::NESTING };
    let mut builder = Builder::default();
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| Fault::new(position(*error.marker()), syntax(&error.info())))?;
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
        }
        if documents > 1 {
            return Err(Fault::new(position(span.start), "a second document begins here; only one is read"));
        }
        builder.event(event, position(span.start))?;
    }
    Ok(builder
        .root
        .unwrap_or_else(|| Arc::new(Node::scalar(Position { line: 1, column: 1 }, String::new(), true, None))))
}

/// Reads a JSON document.
pub(crate) fn json(bytes: &[u8]) -> Result<Arc<Node>, Fault> {
    serde_json::from_str::<serde::de::IgnoredAny>(utf8(bytes)?).map_err(|error| {
        let at = Position { line: error.line().max(1), column: error.column().max(1) };
        let said = error.to_string();
        let why = said.split_once(" at line ").map_or(said.as_str(), |(why, _)| why);
        Fault::new(at, format!("this is no JSON: {why}"))
    })?;
    yaml(bytes)
}

fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        Fault::new(Position { line, column: 1 }, "this line is no UTF-8 text")
    })
}

fn position(marker: Marker) -> Position {
    Position { line: marker.line().max(1), column: marker.col() + 1 }
}

/// The parser's reason, and the usual cause.
fn syntax(info: &str) -> String {
    format!("this is no YAML: {info}; look at the indentation (no tabs) and at quotes")
}

/// A collection whose end has not come.
struct Open {
    at: Position,
    anchor: usize,
    tag: Option<String>,
    weight: usize,
    depth: usize,
    content: Content,
}

enum Content {
    List(Vec<Arc<Node>>),
    Map {
        entries: Vec<Entry>,
        names: HashSet<Arc<str>>,
        key: Option<(Arc<str>, Position, bool)>,
        merges: Vec<Arc<Node>>,
    },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Arc<Node>>,
    merged: usize,
    root: Option<Arc<Node>>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, at: Position) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let own = tag.as_deref().filter(|tag| tag.is_yaml_core_schema());
                let is_text = own.is_some_and(|tag| tag.suffix() == "str");
                let plain = style == ScalarStyle::Plain && !is_text;
                let node = Node::scalar(at, text.into_owned(), plain, foreign(tag.as_deref()));
                self.add(Arc::new(node), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(at, anchor, foreign(tag.as_deref()), Content::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                let content =
                    Content::Map { entries: Vec::new(), names: HashSet::new(), key: None, merges: Vec::new() };
                self.begin(at, anchor, foreign(tag.as_deref()), content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => self.add(node, 0),
                None => Err(Fault::new(at, "an alias stands within what it names")),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, at: Position, anchor: usize, tag: Option<String>, content: Content) -> Result<(), Fault> {
        if self.open.len() >= limits::NESTING {
            return Err(Fault::new(at, format!("more than {} values lie in each other", limits::NESTING)));
        }
        self.open.push(Open { at, anchor, tag, weight: OVERHEAD, depth: 1, content });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        let value = match open.content {
            Content::List(items) => Value::List(items),
            Content::Map { mut entries, mut names, merges, .. } => {
                for node in merges {
                    self.merge(&node, &mut entries, &mut names, &mut open.weight)?;
                    open.depth = open.depth.max(node.depth);
                }
                Value::Map(entries)
            }
        };
        let node = Node { at: open.at, value, tag: open.tag, weight: open.weight, depth: open.depth };
        self.add(Arc::new(node), open.anchor)
    }

    /// Brings in the keys of a mapping that are not there.
    fn merge(
        &mut self,
        from: &Node,
        entries: &mut Vec<Entry>,
        names: &mut HashSet<Arc<str>>,
        weight: &mut usize,
    ) -> Result<(), Fault> {
        let Value::Map(more) = &from.value else {
            return Err(from.fault(format!("<< merges mappings, not {}", from.kind())));
        };
        self.merged += more.len();
        if self.merged > limits::MERGED {
            return Err(from.fault(format!("merge keys (<<) bring in more than {} keys", limits::MERGED)));
        }
        for entry in more {
            if names.insert(entry.key.clone()) {
                *weight = weight.saturating_add(entry.value.weight + entry.key.len());
                entries.push(entry.clone());
            }
        }
        Ok(())
    }

    /// Puts a value where it belongs: into the innermost collection that is open.
    fn add(&mut self, node: Arc<Node>, anchor: usize) -> Result<(), Fault> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        if node.weight > limits::DOCUMENT_BYTES {
            return Err(node.fault("the document is too large with its aliases written out"));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.depth = open.depth.max(node.depth + 1);
        if open.depth > limits::NESTING {
            return Err(node.fault(format!("more than {} values lie in each other", limits::NESTING)));
        }
        open.weight = open.weight.saturating_add(node.weight);
        if open.weight > limits::DOCUMENT_BYTES {
            return Err(node.fault("the document is too large with its aliases written out"));
        }
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, names, key, merges } => match key.take() {
                None => {
                    let Value::Scalar(scalar) = &node.value else {
                        return Err(node.fault(format!("a key must be a single value, not {}", node.kind())));
                    };
                    *key = Some((scalar.text.as_str().into(), node.at, scalar.plain));
                }
                Some((name, _, true)) if &*name == "<<" => match &node.value {
                    Value::List(items) => merges.extend(items.iter().cloned()),
                    _ => merges.push(node),
                },
                Some((name, at, _)) => {
                    if !names.insert(name.clone()) {
                        return Err(Fault::new(at, format!("the key {} is here twice", quoted(&name))));
                    }
                    entries.push(Entry { key: name, at, value: node });
                }
            },
        }
        Ok(())
    }
}

/// A tag that means something to somebody else only.
fn foreign(tag: Option<&Tag>) -> Option<String> {
    tag.filter(|tag| !tag.is_yaml_core_schema()).map(Tag::original)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(node: &Node) -> String {
        match &node.value {
            Value::Scalar(Scalar { text, plain: true }) => text.clone(),
            Value::Scalar(Scalar { text, plain: false }) => format!("{text:?}"),
            Value::List(items) => {
                format!("[{}]", items.iter().map(|item| shown(item)).collect::<Vec<_>>().join(", "))
            }
            Value::Map(entries) => {
                let one = |entry: &Entry| format!("{}: {}", entry.key, shown(&entry.value));
                format!("{{{}}}", entries.iter().map(one).collect::<Vec<_>>().join(", "))
            }
        }
    }

    #[test]
    fn documents_are_values() {
        for (text, want) in [
            ("", ""),
            ("a: 1.10\nb: 'yes'\nc: [x, {y: z}]\n", "{a: 1.10, b: \"yes\", c: [x, {y: z}]}"),
            ("b: &b {x: 1, y: 2}\na:\n  <<: *b\n  y: 3\n", "{b: {x: 1, y: 2}, a: {y: 3, x: 1}}"),
            ("b: &b {x: 1}\nc: &c {x: 2, z: 3}\na:\n  <<: [*b, *c]\n", "{b: {x: 1}, c: {x: 2, z: 3}, a: {x: 1, z: 3}}"),
            ("a: |\n  x\n  y\n", "{a: \"x\\ny\\n\"}"),
            ("a: !!str 5\n", "{a: \"5\"}"),
            ("{\n\t\"a\": [\n\t\t\"\\ud83d\\ude00\", true, null\n\t]\n}\n", "{a: [\"😀\", true, null]}"),
        ] {
            assert_eq!(yaml(text.as_bytes()).map(|node| shown(&node)), Ok(want.to_owned()), "{text}");
        }
    }

    #[test]
    fn faults_have_a_place() {
        for (text, line, why) in [
            ("a: 1\na: 2\n", 2, "twice"),
            ("a: [1\nb: 2\n", 2, "no YAML"),
            ("a: 1\n---\nb: 2\n", 2, "second document"),
            ("a: &x [*x]\n", 1, "within what it names"),
            ("? [1]\n: 2\n", 1, "a key must be"),
            ("a:\n  <<: 3\n", 2, "merges mappings"),
            ("a: *nobody\n", 1, "no YAML"),
        ] {
            let fault = yaml(text.as_bytes()).unwrap_err();
            assert!(fault.at.line == line && fault.why.contains(why), "{text}: {fault:?}");
        }
        let fault = json(b"{\n  \"a\": 1,\n  b: 2}").unwrap_err();
        assert_eq!((fault.at.line, fault.why.as_str()), (3, "this is no JSON: key must be a string"));
        assert_eq!(yaml(b"a: b\nc: \xff").unwrap_err().at.line, 2);
    }

    #[test]
    fn aliases_cannot_grow_without_bound() {
        let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for level in 1..12 {
            let before = format!("*a{}", level - 1);
            laughs += &format!("a{level}: &a{level} [{}]\n", vec![before; 10].join(", "));
        }
        assert!(yaml(laughs.as_bytes()).unwrap_err().why.contains("too large"));
        let keys: String = (0..2000).map(|key| format!("  k{key}: 1\n")).collect();
        let merges = format!("b: &b\n{keys}a:\n  <<: [{}]\n", vec!["*b"; 100].join(", "));
        assert!(yaml(merges.as_bytes()).unwrap_err().why.contains("merge keys"));
        assert!(yaml("[".repeat(5000).as_bytes()).is_err());
        let mut deep = "a0: &a0 [x]\n".to_owned();
        for level in 1..200 {
            deep += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
        }
        assert!(yaml(deep.as_bytes()).unwrap_err().why.contains("in each other"));
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = (yaml(&bytes), json(&bytes));
        }

        #[test]
        fn any_text_of_yaml_marks_ends(text in "[-?:,\\[\\]{}#&*!|>'\"%@` a1<\n\t]{0,80}") {
            let _ = yaml(text.as_bytes());
        }
    }
}
