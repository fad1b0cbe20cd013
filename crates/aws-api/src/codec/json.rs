//! JSON, as Amazon's JSON protocols write it: names as in the model, moments as seconds, bytes as base64.
//!
//! Source: "AWS JSON 1.0 protocol" and "1.1" in Smithy's documentation.

use base64::Engine;
use serde_json::{Map, Number, Value as Json};
use words::Timestamp;

use super::Value;
use super::query::{moment, number};
use super::shape::Shape;
use crate::error::{self, Error};

/// The value of a shape out of a document. An empty body is an empty structure.
///
/// # Errors
/// When the document is not JSON or not of the shape.
pub fn parse(shape: &'static Shape, document: &[u8]) -> Result<Value, Error> {
    let json = if document.is_empty() {
        Json::Object(Map::new())
    } else {
        serde_json::from_slice(document)
            .map_err(|error| Error::new(error::SERIALIZATION, format!("The body is no JSON: {error}")))?
    };
    read(shape, json)
}

/// The value of a shape out of JSON.
///
/// # Errors
/// When it is not of the shape.
pub fn read(shape: &'static Shape, json: Json) -> Result<Value, Error> {
    match (shape, json) {
        (Shape::Structure { members }, Json::Object(mut object)) => {
            let mut values = Vec::with_capacity(members.len());
            for member in *members {
                values.push(match object.remove(member.name) {
                    None | Some(Json::Null) => None,
                    Some(json) => Some(read(member.shape, json).map_err(|error| error.at(member.name))?),
                });
            }
            Ok(Value::Structure(values))
        }
        (Shape::List { member, .. }, Json::Array(values)) => {
            let values = values.into_iter().filter(|json| !json.is_null());
            values.map(|json| read(member, json)).collect::<Result<_, _>>().map(Value::List)
        }
        (Shape::Map { value, .. }, Json::Object(object)) => {
            let entries = object.into_iter().filter(|(_, json)| !json.is_null());
            entries.map(|(key, json)| Ok((key, read(value, json)?))).collect::<Result<_, _>>().map(Value::Map)
        }
        (Shape::Text { .. }, Json::String(text)) => Ok(Value::Text(text)),
        (Shape::Boolean, Json::Bool(truth)) => Ok(Value::Boolean(truth)),
        (Shape::Integer(..), Json::Number(number)) => {
            integer(&number).map(Value::Integer).ok_or_else(|| refused("a whole number"))
        }
        (Shape::Double, Json::Number(number)) => number.as_f64().map(Value::Double).ok_or_else(|| refused("a number")),
        (Shape::Double, Json::String(text)) => {
            number(&text).filter(|found| !found.is_finite()).map(Value::Double).ok_or_else(|| refused("a number"))
        }
        (Shape::Timestamp, Json::Number(number)) => {
            seconds(&number).map(Value::Timestamp).ok_or_else(|| refused("a moment in seconds since 1970"))
        }
        (Shape::Timestamp, Json::String(text)) => {
            moment(&text).map(Value::Timestamp).ok_or_else(|| refused("a moment"))
        }
        (Shape::Blob, Json::String(text)) => base64::engine::general_purpose::STANDARD
            .decode(text)
            .map(|bytes| Value::Blob(bytes.into()))
            .map_err(|_| refused("base64")),
        (shape, _) => Err(refused(match shape {
            Shape::Text { .. } => "a text",
            Shape::Integer(..) => "a whole number",
            Shape::Double => "a number",
            Shape::Boolean => "true or false",
            Shape::Timestamp => "a moment in seconds since 1970",
            Shape::Blob => "base64",
            Shape::List { .. } => "a list",
            Shape::Map { .. } | Shape::Structure { .. } => "an object",
        })),
    }
}

fn refused(wanted: &str) -> Error {
    Error::new(error::SERIALIZATION, format!("expected {wanted}"))
}

fn integer(number: &Number) -> Option<i64> {
    // 5.0 is as whole as 5; beyond 2^53 a double no longer says which whole number it is.
    let whole = |found: f64| (found.fract() == 0.0 && found.abs() < 9_007_199_254_740_992.0).then_some(found as i64);
    number.as_i64().or_else(|| number.as_f64().and_then(whole))
}

/// Seconds, with a fraction of which milliseconds count.
fn seconds(number: &Number) -> Option<Timestamp> {
    let nanos = match number.as_i64() {
        Some(whole) => i128::from(whole).checked_mul(1_000_000_000)?,
        // A conversion of floats saturates, and `from_nanos` refuses what is out of range.
        None => ((number.as_f64()? * 1000.0).round() as i128).checked_mul(1_000_000)?,
    };
    Timestamp::from_nanos(nanos)
}

/// JSON of a value.
pub fn write(shape: &'static Shape, value: &Value) -> Json {
    match (shape, value) {
        (Shape::Structure { members }, Value::Structure(values)) => {
            let named = members.iter().zip(values);
            let named = named
                .filter_map(|(member, value)| Some((member.name.to_owned(), write(member.shape, value.as_ref()?))));
            Json::Object(named.collect())
        }
        (Shape::List { member, .. }, Value::List(values)) => {
            Json::Array(values.iter().map(|value| write(member, value)).collect())
        }
        (Shape::Map { value: each, .. }, Value::Map(entries)) => {
            Json::Object(entries.iter().map(|(key, value)| (key.clone(), write(each, value))).collect())
        }
        (_, Value::Text(text)) => Json::String(text.clone()),
        (_, Value::Integer(number)) => Json::Number((*number).into()),
        (_, Value::Double(number)) => double(*number),
        (_, Value::Boolean(truth)) => Json::Bool(*truth),
        (_, Value::Timestamp(moment)) => double(epoch(*moment)),
        (_, Value::Blob(bytes)) => Json::String(base64::engine::general_purpose::STANDARD.encode(bytes)),
        (_, Value::List(_) | Value::Map(_) | Value::Structure(_)) => Json::Null,
    }
}

/// Seconds since 1970, to the millisecond.
pub(super) fn epoch(moment: Timestamp) -> f64 {
    moment.milliseconds() as f64 / 1000.0
}

fn double(found: f64) -> Json {
    match Number::from_f64(found) {
        Some(number) => Json::Number(number),
        None if found.is_nan() => Json::String("NaN".into()),
        None if found > 0.0 => Json::String("Infinity".into()),
        None => Json::String("-Infinity".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Shaped;
    use crate::generated::{logs, sqs};

    #[test]
    fn messages_with_attributes_go_both_ways() {
        let text = r#"{"QueueUrl":"http://q","MessageBody":"hé","MessageAttributes":{"a":{"DataType":"Binary","BinaryValue":"AAE="}},"Unknown":[1,{"x":null}],"DelaySeconds":null}"#;
        let value = parse(&sqs::SEND_MESSAGE_REQUEST, text.as_bytes()).unwrap();
        let message = sqs::SendMessageRequest::read(Some(value)).unwrap();
        assert_eq!(message.message_attributes.as_ref().unwrap()["a"].binary_value.as_deref(), Some(&[0u8, 1][..]));
        assert_eq!(message.delay_seconds, None);
        let json = write(&sqs::SEND_MESSAGE_REQUEST, &message.write().unwrap()).to_string();
        assert_eq!(
            json,
            r#"{"MessageAttributes":{"a":{"BinaryValue":"AAE=","DataType":"Binary"}},"MessageBody":"hé","QueueUrl":"http://q"}"#
        );
    }

    #[test]
    fn what_is_not_of_its_shape_is_refused_by_name() {
        for text in
            [r#"{"logGroupName":1}"#, r#"{"limit":1.5}"#, r#"{"limit":"1"}"#, r#"[]"#, r#"{"#, r#"{"logEvents":{}}"#]
        {
            let (get, put) = (&logs::GET_LOG_EVENTS_REQUEST, &logs::PUT_LOG_EVENTS_REQUEST);
            assert!(parse(get, text.as_bytes()).is_err() || parse(put, text.as_bytes()).is_err(), "{text}");
        }
        let error = parse(&logs::GET_LOG_EVENTS_REQUEST, br#"{"limit":"1"}"#).unwrap_err();
        assert_eq!(error.message, "limit: expected a whole number");
        assert!(parse(&logs::GET_LOG_EVENTS_REQUEST, b"").is_ok());
    }
}
