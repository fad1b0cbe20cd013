//! JSON that keeps what a policy's meaning hangs on: a member that is written twice is an error, not the last of the
//! two.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    /// A text, or a number or truth value as it is written in conditions.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

fn bare(text: impl ToString) -> Json {
    Json::Scalar { text: text.to_string(), quoted: false }
}

impl<'de> Visitor<'de> for Any {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(bare(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(bare(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(bare(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(bare(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Scalar { text: text.to_owned(), quoted: true })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut seen = std::collections::BTreeSet::new();
        let mut object = Vec::new();
        while let Some((key, value)) = entries.next_entry::<String, Json>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom("a member is there twice"));
            }
            object.push((key, value));
        }
        Ok(Json::Object(object))
    }
}
