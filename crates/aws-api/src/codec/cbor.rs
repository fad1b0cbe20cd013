//! CBOR, as Smithy's RPC v2 protocol writes it: what `boto3` and `aws` speak to CloudWatch.
//!
//! An item is read as the JSON that says the same, so that one reader knows the shapes. Sources: RFC 8949; "Smithy RPC
//! v2 CBOR" in Smithy's documentation.

use base64::Engine;
use serde_json::{Map, Number, Value as Json};

use super::Value;
use super::shape::Shape;
use crate::error::{self, Error};
use crate::limits;

/// The value of a shape out of an item. An empty body is an empty structure.
///
/// # Errors
/// When the item is not well-formed or not of the shape.
pub fn parse(shape: &'static Shape, item: &[u8]) -> Result<Value, Error> {
    if item.is_empty() {
        return super::json::read(shape, Json::Object(Map::new()));
    }
    let mut reader = Reader { rest: item };
    let json = reader.item(0).filter(|_| reader.rest.is_empty());
    let json = json.ok_or_else(|| Error::new(error::SERIALIZATION, "The body is no CBOR item that is understood"))?;
    super::json::read(shape, json)
}

struct Reader<'a> {
    rest: &'a [u8],
}

/// What ends an item of indefinite length.
const BREAK: u8 = 0xff;

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn ended(&mut self) -> bool {
        let ended = self.rest.first() == Some(&BREAK);
        if ended {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        ended
    }

    /// The number in an item's head; `None` inside when its length is indefinite.
    fn argument(&mut self, info: u8) -> Option<Option<u64>> {
        let bytes = match info {
            0..=23 => return Some(Some(u64::from(info))),
            24 => self.take(1)?,
            25 => self.take(2)?,
            26 => self.take(4)?,
            27 => self.take(8)?,
            31 => return Some(None),
            _ => return None,
        };
        Some(Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))))
    }

    fn item(&mut self, depth: usize) -> Option<Json> {
        if depth > limits::ITEM_DEPTH {
            return None;
        }
        let head = self.byte()?;
        let (major, info) = (head >> 5, head & 31);
        if major == 7 {
            return self.simple(info);
        }
        let argument = self.argument(info)?;
        match major {
            0 => Some(Json::Number(argument?.into())),
            1 => Some(Json::Number((-1 - i64::try_from(argument?).ok()?).into())),
            2 => self.string(2, argument).map(|bytes| base64::engine::general_purpose::STANDARD.encode(bytes).into()),
            3 => String::from_utf8(self.string(3, argument)?).ok().map(Json::String),
            4 => {
                let mut values = Vec::new();
                while self.goes_on(argument, values.len()) {
                    values.push(self.item(depth + 1)?);
                }
                Some(Json::Array(values))
            }
            5 => {
                let (mut object, mut count) = (Map::new(), 0);
                while self.goes_on(argument, count) {
                    let Json::String(key) = self.item(depth + 1)? else { return None };
                    object.insert(key, self.item(depth + 1)?);
                    count += 1;
                }
                Some(Json::Object(object))
            }
            // A moment in seconds, whole or not, is as in JSON; other tags have no meaning here.
            _ => self.item(depth + 1),
        }
    }

    fn goes_on(&mut self, length: Option<u64>, count: usize) -> bool {
        match length {
            Some(length) => (count as u64) < length,
            None => !self.ended(),
        }
    }

    fn string(&mut self, major: u8, length: Option<u64>) -> Option<Vec<u8>> {
        if let Some(length) = length {
            return self.take(usize::try_from(length).ok()?).map(<[u8]>::to_vec);
        }
        let mut text = Vec::new();
        while !self.ended() {
            let head = self.byte()?;
            if head >> 5 != major {
                return None;
            }
            let length = self.argument(head & 31)??;
            text.extend_from_slice(self.take(usize::try_from(length).ok()?)?);
        }
        Some(text)
    }

    fn simple(&mut self, info: u8) -> Option<Json> {
        match info {
            20 => Some(Json::Bool(false)),
            21 => Some(Json::Bool(true)),
            22 | 23 => Some(Json::Null),
            25 => Some(float(half(u16::from_be_bytes(self.take(2)?.try_into().ok()?)))),
            26 => Some(float(f64::from(f32::from_be_bytes(self.take(4)?.try_into().ok()?)))),
            27 => Some(float(f64::from_be_bytes(self.take(8)?.try_into().ok()?))),
            _ => None,
        }
    }
}

fn float(found: f64) -> Json {
    match Number::from_f64(found) {
        Some(number) => Json::Number(number),
        None if found.is_nan() => "NaN".into(),
        None if found > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// A half-precision number (RFC 8949, appendix D).
fn half(bits: u16) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}

/// An item of a value.
pub fn write(shape: &'static Shape, value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    append(&mut bytes, shape, value);
    bytes
}

/// An item that says what went wrong: two texts by name.
pub fn error(kind: &str, message: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    head(&mut bytes, 5, 2);
    for one in ["__type", kind, "message", message] {
        text(&mut bytes, one);
    }
    bytes
}

fn append(bytes: &mut Vec<u8>, shape: &'static Shape, value: &Value) {
    match (shape, value) {
        (Shape::Structure { members }, Value::Structure(values)) => {
            head(bytes, 5, values.iter().flatten().count() as u64);
            for (member, value) in members.iter().zip(values) {
                if let Some(value) = value {
                    text(bytes, member.name);
                    append(bytes, member.shape, value);
                }
            }
        }
        (Shape::List { member, .. }, Value::List(values)) => {
            head(bytes, 4, values.len() as u64);
            for value in values {
                append(bytes, member, value);
            }
        }
        (Shape::Map { value: each, .. }, Value::Map(entries)) => {
            head(bytes, 5, entries.len() as u64);
            for (key, value) in entries {
                text(bytes, key);
                append(bytes, each, value);
            }
        }
        (_, Value::Text(found)) => text(bytes, found),
        (_, Value::Integer(number)) => match u64::try_from(*number) {
            Ok(number) => head(bytes, 0, number),
            Err(_) => head(bytes, 1, number.unsigned_abs() - 1),
        },
        (_, Value::Double(number)) => double(bytes, *number),
        (_, Value::Boolean(truth)) => bytes.push(if *truth { 0xf5 } else { 0xf4 }),
        (_, Value::Timestamp(moment)) => {
            bytes.push(0xc1);
            double(bytes, super::json::epoch(*moment));
        }
        (_, Value::Blob(found)) => {
            head(bytes, 2, found.len() as u64);
            bytes.extend_from_slice(found);
        }
        (_, Value::List(_) | Value::Map(_) | Value::Structure(_)) => bytes.push(0xf6),
    }
}

fn double(bytes: &mut Vec<u8>, number: f64) {
    bytes.push(0xfb);
    bytes.extend_from_slice(&number.to_be_bytes());
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    head(bytes, 3, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

/// The shortest head with this number.
fn head(bytes: &mut Vec<u8>, major: u8, number: u64) {
    let major = major << 5;
    let wide = number.to_be_bytes();
    let (info, from) = match number {
        0..=23 => {
            bytes.push(major | wide[7]);
            return;
        }
        24..=0xff => (24, 7),
        0x100..=0xffff => (25, 6),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 0),
    };
    bytes.push(major | info);
    bytes.extend_from_slice(wide.get(from..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec::Shaped;
    use crate::generated::cloudwatch;

    #[test]
    fn items_of_the_standard_are_read() {
        // RFC 8949, appendix A.
        for (hex, json) in [
            ("1818", "24"),
            ("3903e7", "-1000"),
            ("f93c00", "1.0"),
            ("f9c400", "-4.0"),
            ("fa47c35000", "100000.0"),
            ("fb3ff199999999999a", "1.1"),
            ("f97c00", "\"Infinity\""),
            ("f5", "true"),
            ("f6", "null"),
            ("c1fb41d452d9ec200000", "1363896240.5"),
            ("4401020304", "\"AQIDBA==\""),
            ("62c3bc", ""),
            ("826161a161626163", "[\"a\",{\"b\":\"c\"}]"),
            ("bf61610161629f0203ffff", "{\"a\":1,\"b\":[2,3]}"),
            ("7f657374726561646d696e67ff", "\"streaming\""),
            ("1c", ""),
            ("9f01", ""),
        ] {
            let bytes: Vec<u8> =
                (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
            let read = Reader { rest: &bytes }.item(0).map(|json| json.to_string()).unwrap_or_default();
            if hex == "62c3bc" {
                assert_eq!(read, "\"ü\"");
            } else {
                assert_eq!(read, json, "{hex}");
            }
        }
    }

    #[test]
    fn a_nest_of_lists_is_refused() {
        assert!(parse(&cloudwatch::PUT_METRIC_DATA_INPUT, &[0x81; 100_000]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&cloudwatch::PUT_METRIC_DATA_INPUT, &bytes);
        }

        #[test]
        fn what_is_written_is_read(name in ".{0,40}", number in any::<f64>(), count in any::<i32>()) {
            let input = cloudwatch::PutMetricDataInput {
                namespace: name.clone(),
                metric_data: Some(vec![cloudwatch::MetricDatum {
                    metric_name: name,
                    value: Some(number),
                    storage_resolution: Some(i64::from(count)),
                    timestamp: words::Timestamp::from_nanos(i128::from(count) * 1_000_000),
                    ..Default::default()
                }]),
                ..Default::default()
            };
            let value = input.write().unwrap();
            let bytes = write(&cloudwatch::PUT_METRIC_DATA_INPUT, &value);
            let again = parse(&cloudwatch::PUT_METRIC_DATA_INPUT, &bytes).unwrap();
            prop_assert_eq!(format!("{again:?}"), format!("{value:?}"));
        }
    }
}
