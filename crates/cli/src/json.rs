//! JSON whose objects keep their order, since people read it in the order the daemon wrote it.

use std::fmt::{self, Write};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Json {
    #[default]
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The member of that name: written exactly so, or else in other case, as the fields of Go's types are
    /// (`ID` for `Id`).
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        let Self::Object(members) = self else { return None };
        let exact = members.iter().find(|(key, _)| key == name);
        exact.or_else(|| members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))).map(|(_, value)| value)
    }

    /// The member at the end of a path.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Json> {
        path.iter().try_fold(self, |value, name| value.get(name))
    }

    /// A text; empty when it is something else.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// The text of a member; empty when there is none.
    pub(crate) fn text_of(&self, name: &str) -> &str {
        self.get(name).map_or("", Self::text)
    }

    /// The number of a member, when it is a whole one.
    pub(crate) fn int_of(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Self::Int(number) => i64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// Whether a member is `true`.
    pub(crate) fn is(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Self::Bool(true)))
    }

    /// The elements of a list; none when it is something else.
    pub(crate) fn items(&self) -> &[Json] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The elements of a member.
    pub(crate) fn items_of(&self, name: &str) -> &[Json] {
        self.get(name).map_or(&[], Self::items)
    }

    /// The members of an object; none when it is something else.
    pub(crate) fn members(&self) -> &[(String, Json)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The texts of a member that maps names to texts, sorted by name.
    pub(crate) fn pairs_of(&self, name: &str) -> Vec<(&str, &str)> {
        self.get(name).map_or_else(Vec::new, Self::pairs)
    }

    /// The texts of an object that maps names to texts, sorted by name.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        let mut pairs: Vec<_> = self.members().iter().map(|(key, value)| (key.as_str(), value.text())).collect();
        pairs.sort_unstable();
        pairs
    }

    /// An object of texts.
    pub(crate) fn object<K: Into<String>, V: Into<Json>>(members: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// JSON text without spaces. `html` escapes `<`, `>` and `&`, as Go does unless told otherwise.
    pub(crate) fn encode(&self, html: bool) -> String {
        let mut out = String::new();
        self.write(&mut out, html);
        out
    }

    fn write(&self, out: &mut String, html: bool) {
        let _ = match self {
            Self::Null => out.write_str("null"),
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(number) => write!(out, "{number}"),
            Self::Float(number) => write!(out, "{number}"),
            Self::Text(text) => {
                quote(out, text, html);
                Ok(())
            }
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out, html);
                }
                out.write_char(']')
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    quote(out, key, html);
                    out.push(':');
                    value.write(out, html);
                }
                out.write_char('}')
            }
        };
    }
}

fn quote(out: &mut String, text: &str, html: bool) {
    out.push('"');
    for character in text.chars() {
        let _ = match character {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            '<' | '>' | '&' if html => write!(out, "\\u{:04x}", u32::from(character)),
            '\u{2028}' | '\u{2029}' => write!(out, "\\u{:04x}", u32::from(character)),
            other if other.is_control() => write!(out, "\\u{:04x}", u32::from(other)),
            other => out.write_char(other),
        };
    }
    out.push('"');
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Json;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Int(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Int(value.into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Float(value))
            }
            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }
            fn visit_string<E>(self, value: String) -> Result<Json, E> {
                Ok(Json::Text(value))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = sequence.next_element()? {
                    items.push(item);
                }
                Ok(Json::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Json::Object(members))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Writes JSON text anew with line breaks and four spaces a level, every token as it was.
///
/// Characters that move a terminal's cursor are escaped; in JSON only strings can hold them.
pub(crate) fn indent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    let mut characters = text.chars().filter(|character| !character.is_ascii_control()).peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", depth));
    };
    while let Some(character) = characters.next() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            if character.is_control() {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            } else {
                out.push(character);
            }
            continue;
        }
        match character {
            ' ' => {}
            '"' => {
                in_string = true;
                out.push('"');
            }
            '{' | '[' => {
                out.push(character);
                while characters.next_if_eq(&' ').is_some() {}
                if let Some(close) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_stays() {
        let text = r#"{"z":1,"a":[true,null,-2.5,"x<\u001b"],"m":{}}"#;
        let json: Json = serde_json::from_str(text).unwrap();
        assert_eq!(json.encode(false), text);
        assert_eq!(json.encode(true), text.replace('<', "\\u003c"));
        assert_eq!(json.at(&["a"]).unwrap().items().len(), 4);
        assert_eq!(json.get("Z"), Some(&Json::Int(1)));
    }

    #[test]
    fn indented_like_go() {
        let text = "[{\"a\": 1,\n\"b\":{},\"c\":[ ],\"d\":[\"x, {y\\\"}\",2]}]";
        let wanted = "[\n    {\n        \"a\": 1,\n        \"b\": {},\n        \"c\": [],\n        \"d\": [\n            \
                      \"x, {y\\\"}\",\n            2\n        ]\n    }\n]";
        assert_eq!(indent(text), wanted);
        assert_eq!(indent("[\"\u{9b}31m\"]"), "[\n    \"\\u009b31m\"\n]");
    }
}
