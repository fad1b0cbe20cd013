//! Parameters, as Amazon's query protocols write them.
//!
//! Sources: "AWS query protocol" and "AWS EC2 query protocol" in Smithy's documentation.

use std::collections::BTreeMap;

use base64::Engine;
use words::Timestamp;

use super::Value;
use super::shape::{Member, Shape};
use crate::error::{self, Error};
use crate::limits;

/// Parameters as a tree: `Tags.member.1.Key` is four names deep.
#[derive(Debug, Default)]
pub struct Parameters {
    text: Option<String>,
    below: BTreeMap<String, Parameters>,
}

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// When there are too many, one is too deep, or one is there twice.
    pub fn parse(form: &[u8]) -> Result<Self, Error> {
        let mut root = Self::default();
        for (count, (name, text)) in form_urlencoded::parse(form).enumerate() {
            let malformed = |message: String| Error::new(error::MALFORMED_QUERY_STRING, message);
            if count >= limits::PARAMETERS {
                return Err(malformed(format!("A request has at most {} parameters", limits::PARAMETERS)));
            }
            let mut node = &mut root;
            for (depth, part) in name.split('.').enumerate() {
                if depth >= limits::DEPTH {
                    return Err(malformed("The name of a parameter has too many parts".into()));
                }
                node = node.below.entry(part.to_owned()).or_default();
            }
            if node.text.replace(text.into_owned()).is_some() {
                let name: String = name.chars().take(limits::SHOWN).collect();
                return Err(malformed(format!("The parameter {name} is there more than once")));
            }
        }
        Ok(root)
    }

    /// The text of a parameter whose name has one part.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.below.get(name)?.text.as_deref()
    }

    /// The members `1`, `2`, … in the order of their numbers.
    fn numbered(&self) -> Vec<&Parameters> {
        let mut found: Vec<(u32, &Parameters)> =
            self.below.iter().filter_map(|(name, one)| Some((name.parse().ok()?, one))).collect();
        found.sort_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, one)| one).collect()
    }

    /// The nodes of a list or the entries of a map, of which an empty parameter (`Tags=`) has none.
    fn nodes(&self, flattened: bool, name: &str) -> Vec<&Parameters> {
        if flattened {
            return self.numbered();
        }
        self.below.get(name).map(Parameters::numbered).unwrap_or_default()
    }
}

/// How parameters of a request are read.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// EC2 flattens all lists, and says its errors otherwise.
    pub ec2: bool,
}

impl Reader {
    /// The value of a shape.
    ///
    /// # Errors
    /// When a text is not what its shape is: a number, a moment.
    pub fn read(self, shape: &'static Shape, node: &Parameters) -> Result<Value, Error> {
        self.value(shape, node, "")
    }

    fn value(self, shape: &'static Shape, node: &Parameters, name: &str) -> Result<Value, Error> {
        match shape {
            Shape::Structure { members } => {
                members.iter().map(|member| self.member(member, node)).collect::<Result<_, _>>().map(Value::Structure)
            }
            Shape::List { member, name: element, flattened, .. } => {
                let nodes = node.nodes(*flattened || self.ec2, element);
                nodes.into_iter().map(|one| self.value(member, one, name)).collect::<Result<_, _>>().map(Value::List)
            }
            Shape::Map { value, key_name, value_name, flattened } => {
                let mut entries = BTreeMap::new();
                for entry in node.nodes(*flattened, "entry") {
                    let key = entry.text(key_name).unwrap_or_default().to_owned();
                    if let Some(found) = entry.below.get(*value_name) {
                        entries.insert(key, self.value(value, found, name)?);
                    }
                }
                Ok(Value::Map(entries))
            }
            scalar => self.scalar(scalar, node.text.as_deref().unwrap_or_default(), name),
        }
    }

    fn member(self, member: &'static Member, node: &Parameters) -> Result<Option<Value>, Error> {
        let Some(found) = node.below.get(member.parameter) else { return Ok(None) };
        self.value(member.shape, found, member.parameter).map(Some)
    }

    fn scalar(self, shape: &'static Shape, text: &str, name: &str) -> Result<Value, Error> {
        match shape {
            Shape::Integer(..) => {
                text.parse().map(Value::Integer).map_err(|_| self.malformed(name, text, "a whole number", ""))
            }
            Shape::Double => number(text).map(Value::Double).ok_or_else(|| self.malformed(name, text, "a number", "")),
            Shape::Boolean => match text {
                "true" | "True" | "TRUE" | "1" => Ok(Value::Boolean(true)),
                "false" | "False" | "FALSE" | "0" => Ok(Value::Boolean(false)),
                _ => Err(self.malformed(name, text, "true or false", "boolean must follow xsd1.1 definition")),
            },
            Shape::Timestamp => moment(text)
                .map(Value::Timestamp)
                .ok_or_else(|| self.malformed(name, text, "in ISO8601 format", "timestamp must follow ISO8601")),
            Shape::Blob => base64::engine::general_purpose::STANDARD
                .decode(text)
                .map(|bytes| Value::Blob(bytes.into()))
                .map_err(|_| self.malformed(name, text, "base64", "")),
            _ => Ok(Value::Text(text.to_owned())),
        }
    }

    fn malformed(self, name: &str, text: &str, wanted: &str, said: &str) -> Error {
        let text: String = text.chars().take(limits::SHOWN).collect();
        if self.ec2 {
            let message = format!("Value ({text}) for parameter {name} is invalid. Must be {wanted}.");
            return Error::new(error::INVALID_PARAMETER_VALUE, message);
        }
        let message =
            if said.is_empty() { format!("Value '{text}' at '{name}' must be {wanted}") } else { said.to_owned() };
        Error::new(error::MALFORMED_INPUT, message)
    }
}

/// A number as XML Schema writes it.
pub(super) fn number(text: &str) -> Option<f64> {
    match text {
        "Infinity" | "INF" => Some(f64::INFINITY),
        "-Infinity" | "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        // Rust also reads `inf`, `infinity` and the like.
        _ if text.contains(|letter: char| letter.is_ascii_alphabetic() && !matches!(letter, 'e' | 'E')) => None,
        _ => text.parse().ok(),
    }
}

/// A moment: with or without an offset, or only a day; without an offset it is UTC.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let moment = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Timestamp::from_nanos(moment.timestamp().as_nanosecond())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec::Shaped;
    use crate::generated::{ec2, elasticbeanstalk, iam};

    fn read<T: Shaped>(shape: &'static Shape, ec2: bool, form: &str) -> Result<T, Error> {
        let value = Reader { ec2 }.read(shape, &Parameters::parse(form.as_bytes())?)?;
        Ok(T::read(Some(value)).expect("the types fit the shapes"))
    }

    fn environment(form: &str) -> Result<elasticbeanstalk::CreateEnvironmentMessage, Error> {
        read(&elasticbeanstalk::CREATE_ENVIRONMENT_MESSAGE, false, form)
    }

    #[test]
    fn lists_of_structures_are_read_in_the_order_of_their_numbers() {
        let read = environment(
            "Action=CreateEnvironment&ApplicationName=a&OptionSettings.member.10.Value=c&OptionSettings.member.2.Value=b\
             &OptionSettings.member.2.Namespace=aws%3Aec2&Tier.Name=WebServer",
        )
        .unwrap();
        let settings = read.option_settings.unwrap();
        let values: Vec<_> = settings.iter().map(|one| one.value.as_deref().unwrap()).collect();
        assert_eq!(values, ["b", "c"]);
        assert_eq!(settings[0].namespace.as_deref(), Some("aws:ec2"));
        assert_eq!(read.tier.unwrap().name.as_deref(), Some("WebServer"));
    }

    #[test]
    fn an_empty_list_is_there_and_empty() {
        assert_eq!(environment("ApplicationName=a&Tags=").unwrap().tags.unwrap().len(), 0);
        assert!(environment("ApplicationName=a").unwrap().tags.is_none());
    }

    #[test]
    fn ec2_flattens_and_has_names_of_its_own() {
        let read: ec2::AuthorizeSecurityGroupIngressRequest = read(
            &ec2::AUTHORIZE_SECURITY_GROUP_INGRESS_REQUEST,
            true,
            "GroupId=sg-1&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=22&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0",
        )
        .unwrap();
        let permissions = read.ip_permissions.unwrap();
        assert_eq!(permissions[0].from_port, Some(22));
        assert_eq!(permissions[0].ip_ranges.as_ref().unwrap()[0].cidr_ip.as_deref(), Some("0.0.0.0/0"));
    }

    #[test]
    fn what_is_not_of_its_shape_is_refused() {
        let events = |form: &str| {
            read::<elasticbeanstalk::DescribeEventsMessage>(&elasticbeanstalk::DESCRIBE_EVENTS_MESSAGE, false, form)
        };
        assert_eq!(events("StartTime=yesterday").unwrap_err().message, "timestamp must follow ISO8601");
        assert_eq!(events("MaxRecords=many").unwrap_err().code, error::MALFORMED_INPUT);
        for text in ["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678", "2026-01-02T04:04:05.678%2B01:00"] {
            let start = events(&format!("StartTime={text}")).unwrap().start_time.unwrap();
            assert_eq!(start.to_string(), "2026-01-02T03:04:05.678Z");
        }
        assert!(environment("ApplicationName=a&ApplicationName=b").is_err());
        let deep = format!("{}=1", vec!["a"; 100].join("."));
        assert!(environment(&deep).is_err());
        assert!(environment(&"a=1&".repeat(2)).is_err());
        let many: String = (0..=limits::PARAMETERS).map(|number| format!("p{number}=1&")).collect();
        assert!(environment(&many).is_err());
    }

    proptest! {
        #[test]
        fn any_form_is_read_or_refused(form in "([A-Za-z.0-9=&%+-]{0,20}(PathPrefix|MaxItems|Tags\\.member\\.1)[.=&]?){0,8}") {
            if let Ok(parameters) = Parameters::parse(form.as_bytes()) {
                let _ = Reader { ec2: false }.read(&iam::LIST_USERS_REQUEST, &parameters);
                let _ = Reader { ec2: true }.read(&ec2::DESCRIBE_INSTANCES_REQUEST, &parameters);
            }
        }
    }
}
