//! JSON as Go's `encoding/json` reads it, which is how dockerd reads what clients send (`json.Unmarshal` in its
//! documentation):
//!
//! - A key names a field of a structure in any case: `image` is `Image`. The keys of a map are data and stay as they
//!   are.
//! - Of two keys that name the same field the last one counts; two objects for one field are put together.
//! - `null` is what is there when nothing is said: an empty text, zero, an empty list.
//! - A list is no structure.
//!
//! [`Json`] is a document, and a deserializer that follows these rules; serde tells it apart what is a structure and
//! what is a map. So it is done here once, and the structures of the wire say nothing of it.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    DeserializeOwned, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Error, Number};

/// Reads one document.
///
/// # Errors
/// What is wrong with it, for the client.
pub(crate) fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    T::deserialize(serde_json::from_slice::<Json>(bytes)?)
}

/// A document; objects as they were written, with the order and the doubles of their keys.
#[derive(Debug, Clone)]
enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

/// The entries by the names that the structure has for them; those that it does not know are left out.
fn named(entries: Vec<(String, Json)>, fields: &'static [&'static str]) -> Vec<(&'static str, Json)> {
    let mut found: Vec<(&'static str, Json)> = Vec::new();
    for (key, value) in entries {
        let exact = fields.iter().find(|field| **field == key);
        let Some(field) = exact.or_else(|| fields.iter().find(|field| folded(field).eq(folded(&key)))) else {
            continue;
        };
        match (found.iter_mut().find(|(name, _)| name == field), value) {
            (None, value) => found.push((field, value)),
            (Some((_, Json::Object(before))), Json::Object(after)) => before.extend(after),
            (Some((_, before)), after) => *before = after,
        }
    }
    found
}

/// Go's `foldName`: without case, for which two letters beyond ASCII are letters of it, too.
fn folded(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().map(|letter| match letter {
        'ſ' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    })
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Json;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("any JSON")
            }
            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Number(value.into()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Number(value.into()))
            }
            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
                let number = Number::from_f64(value).ok_or_else(|| E::invalid_value(Unexpected::Float(value), &self));
                number.map(Json::Number)
            }
            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }
            fn visit_string<E>(self, value: String) -> Result<Json, E> {
                Ok(Json::Text(value))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(value) = access.next_element()? {
                    list.push(value);
                }
                Ok(Json::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = access.next_entry()? {
                    entries.push(entry);
                }
                Ok(Json::Object(entries))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl IntoDeserializer<'_, Error> for Json {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

/// What asks for a kind of value gets the empty one for `null`.
macro_rules! null_is {
    ($($method:ident => $empty:expr),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self {
                Json::Null => $empty.deserialize_any(visitor),
                other => other.deserialize_any(visitor),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Json {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Number(value) => value.deserialize_any(visitor),
            Self::Text(value) => visitor.visit_string(value),
            Self::List(list) => visitor.visit_seq(SeqDeserializer::new(list.into_iter())),
            Self::Object(entries) => visitor.visit_map(MapDeserializer::new(entries.into_iter())),
        }
    }

    null_is! {
        deserialize_bool => Json::Bool(false),
        deserialize_i8 => Json::Number(0.into()), deserialize_u8 => Json::Number(0.into()),
        deserialize_i16 => Json::Number(0.into()), deserialize_u16 => Json::Number(0.into()),
        deserialize_i32 => Json::Number(0.into()), deserialize_u32 => Json::Number(0.into()),
        deserialize_i64 => Json::Number(0.into()), deserialize_u64 => Json::Number(0.into()),
        deserialize_f32 => Json::Number(0.into()), deserialize_f64 => Json::Number(0.into()),
        deserialize_str => Json::Text(String::new()), deserialize_string => Json::Text(String::new()),
        deserialize_seq => Json::List(Vec::new()), deserialize_map => Json::Object(Vec::new()),
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => Self::List(vec![Self::Null; len]).deserialize_any(visitor),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_none(),
            other => visitor.visit_some(other),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let entries = match self {
            Self::Null => Vec::new(),
            Self::Object(entries) => named(entries, fields),
            other => {
                let kind = other.kind();
                return Err(Error::custom(format!("json: cannot unmarshal {kind} into Go value of type {name}")));
            }
        };
        visitor.visit_map(MapDeserializer::new(entries.into_iter()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Text(name) => visitor.visit_enum(name.into_deserializer()),
            other => Err(Error::custom(format!("json: cannot unmarshal {} into a word", other.kind()))),
        }
    }

    forward_to_deserialize_any! { i128 u128 char bytes byte_buf unit unit_struct tuple_struct identifier ignored_any }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Outer {
        name: String,
        count: i64,
        on: bool,
        size: (u16, u16),
        words: Vec<String>,
        labels: BTreeMap<String, String>,
        by_name: BTreeMap<String, Inner>,
        inner: Inner,
        list: Vec<Inner>,
        maybe: Option<Inner>,
        any: Option<Value>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Inner {
        #[serde(rename = "IPAddress")]
        address: String,
        task: i64,
        options: BTreeMap<String, String>,
    }

    fn read(text: &str) -> Outer {
        from_slice(text.as_bytes()).unwrap()
    }

    #[test]
    fn keys_of_structures_have_any_case_and_keys_of_maps_their_own() {
        let found = read(
            r#"{"name":"a","WORDS":["x"],"labels":{"Name":"1","name":"2"},"byname":{"Inner":{"ipaddress":"b","taſK":3}},
               "any":{"Name":{"nAme":1}},"unknown":[{}]}"#,
        );
        assert_eq!((found.name.as_str(), found.words.len()), ("a", 1));
        assert_eq!(found.labels, BTreeMap::from([("Name".into(), "1".into()), ("name".into(), "2".into())]));
        assert_eq!((found.by_name["Inner"].address.as_str(), found.by_name["Inner"].task), ("b", 3));
        assert_eq!(found.any, Some(json!({"Name": {"nAme": 1}})));
    }

    #[test]
    fn the_last_of_several_counts() {
        let found = read(
            r#"{"Name":"a","name":"b","Words":["x","y"],"words":["z"],"Labels":{"a":"1","b":"1"},"labels":{"b":"2"},
               "Inner":{"Task":1,"IPAddress":"c"},"inner":{"task":2}}"#,
        );
        assert_eq!((found.name.as_str(), found.words), ("b", vec!["z".to_owned()]));
        assert_eq!(found.labels, BTreeMap::from([("a".into(), "1".into()), ("b".into(), "2".into())]));
        assert_eq!((found.inner.address.as_str(), found.inner.task), ("c", 2));
    }

    #[test]
    fn null_says_nothing() {
        let nothing = r#"{"Name":null,"Count":null,"On":null,"Size":null,"Words":null,"Labels":null,"ByName":null,
            "Inner":null,"List":null,"Maybe":null,"Any":null}"#;
        assert_eq!(read(nothing), Outer::default());
        assert_eq!(read("null"), Outer::default());
        let found = read(r#"{"Words":[null],"Labels":{"a":null},"List":[null],"ByName":{"a":null}}"#);
        assert_eq!((found.words, found.labels["a"].as_str()), (vec![String::new()], ""));
        assert_eq!((found.list, found.by_name.len()), (vec![Inner::default()], 1));
    }

    #[test]
    fn other_kinds_are_told() {
        for (text, word) in [
            ("[]", "cannot unmarshal array into Go value of type Outer"),
            ("5", "cannot unmarshal number into Go value of type Outer"),
            (r#"{"Inner":["a"]}"#, "cannot unmarshal array into Go value of type Inner"),
            (r#"{"Name":5}"#, "expected a string"),
            (r#"{"Count":1.5}"#, "invalid type"),
            (r#"{"Count":99999999999999999999}"#, "invalid type"),
            (r#"{"Words":{}}"#, "expected a sequence"),
            ("{} x", "trailing characters"),
        ] {
            let said = from_slice::<Outer>(text.as_bytes()).unwrap_err().to_string();
            assert!(said.contains(word), "{text}: {said}");
        }
    }

    fn name() -> impl Strategy<Value = String> {
        prop_oneof!["[a-zA-Z]{1,6}", Just("Name".to_owned()), Just("task".to_owned()), Just("IPADDRESS".to_owned())]
    }

    fn inner() -> impl Strategy<Value = Inner> {
        (".{0,5}", any::<i64>(), proptest::collection::btree_map(name(), ".{0,5}", 0..4))
            .prop_map(|(address, task, options)| Inner { address, task, options })
    }

    /// A key as a careless client writes it.
    fn cased(key: &str, cases: u32) -> String {
        key.chars()
            .enumerate()
            .map(
                |(place, letter)| {
                    if cases >> (place % 32) & 1 == 0 {
                        letter.to_ascii_lowercase()
                    } else {
                        letter.to_ascii_uppercase()
                    }
                },
            )
            .collect()
    }

    fn written(inner: &Inner, cases: u32) -> Value {
        json!({ cased("IPAddress", cases): inner.address, cased("Task", cases): inner.task,
                cased("Options", cases): inner.options })
    }

    proptest! {
        #[test]
        fn any_case_reads_alike(
            cases in any::<u32>(),
            texts in (".{0,5}", proptest::collection::vec(".{0,5}", 0..3)),
            labels in proptest::collection::btree_map(name(), ".{0,5}", 0..4),
            by_name in proptest::collection::btree_map(name(), inner(), 0..3),
            one in inner(),
            maybe in proptest::option::of(inner()),
        ) {
            let (name, words) = texts;
            let document = json!({
                cased("Name", cases): name, cased("Words", cases): words, cased("Labels", cases): labels,
                cased("ByName", cases): by_name.iter()
                    .map(|(key, inner)| (key.clone(), written(inner, cases))).collect::<BTreeMap<_, _>>(),
                cased("Inner", cases): written(&one, cases), cased("List", cases): [written(&one, cases)],
                cased("Maybe", cases): maybe.as_ref().map(|inner| written(inner, cases)),
            });
            let found = read(&document.to_string());
            prop_assert_eq!((found.name, found.words, found.labels, found.by_name), (name, words, labels, by_name));
            prop_assert_eq!((&found.inner, &found.list[0], found.maybe), (&one, &one, maybe));
        }
    }
}
