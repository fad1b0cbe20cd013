//! Conditions: operators, what they compare, and how often it must hold.
//!
//! Source: "IAM JSON policy elements: Condition operators" and "Multivalued context keys" in the IAM User Guide.

use std::net::IpAddr;

use ipnet::IpNet;

use super::context::Context;
use super::pattern::{Pattern, Reading};

/// One key of one operator, with the values that the policy gives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    key: String,
    quantifier: Quantifier,
    if_exists: bool,
    test: Test,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Quantifier {
    /// The key has one value.
    Plain,
    ForAllValues,
    ForAnyValue,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    /// Whether the key is absent.
    Null(Vec<bool>),
    Compare {
        /// `Not…`: holds where no value of the policy does.
        negated: bool,
        values: Values,
    },
}

#[derive(Debug, Clone, PartialEq)]
enum Values {
    Text {
        patterns: Vec<Pattern>,
        fold: bool,
    },
    /// Also refuses what is no ARN.
    Arn(Vec<Pattern>),
    Number(Order, Vec<f64>),
    /// Nanoseconds since the epoch.
    Date(Order, Vec<i128>),
    Bool(Vec<bool>),
    /// In base64, as the context has it, too.
    Binary(Vec<String>),
    Address(Vec<IpNet>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Order {
    fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Less => left < right,
            Self::LessEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterEqual => left >= right,
        }
    }
}

impl Condition {
    pub(crate) fn parse(operator: &str, key: &str, values: &[String], variables: bool) -> Result<Self, String> {
        let unknown = || format!("Invalid Condition type : {operator}.");
        if !key.contains(':') {
            return Err("Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned());
        }
        let (quantifier, rest) = match operator.split_once(':') {
            None => (Quantifier::Plain, operator),
            Some(("ForAllValues", rest)) => (Quantifier::ForAllValues, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::ForAnyValue, rest),
            Some(_) => return Err(unknown()),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        if name == "Null" {
            if if_exists || quantifier != Quantifier::Plain {
                return Err(unknown());
            }
            let test = Test::Null(each(values, operator, boolean)?);
            return Ok(Self { key: key.to_lowercase(), quantifier, if_exists, test });
        }
        let patterns = |reading| -> Result<Vec<Pattern>, String> {
            values.iter().map(|value| Pattern::parse(value, reading, variables)).collect()
        };
        let text = |reading, fold| patterns(reading).map(|patterns| Values::Text { patterns, fold });
        let numbers = |order| each(values, operator, number).map(|values| Values::Number(order, values));
        let dates = |order| each(values, operator, date).map(|values| Values::Date(order, values));
        let addresses = || each(values, operator, network).map(Values::Address);
        let (negated, values) = match name {
            "StringEquals" => (false, text(Reading::Literal, false)?),
            "StringNotEquals" => (true, text(Reading::Literal, false)?),
            "StringEqualsIgnoreCase" => (false, text(Reading::Literal, true)?),
            "StringNotEqualsIgnoreCase" => (true, text(Reading::Literal, true)?),
            "StringLike" => (false, text(Reading::Wild, false)?),
            "StringNotLike" => (true, text(Reading::Wild, false)?),
            "ArnEquals" | "ArnLike" => (false, Values::Arn(patterns(Reading::Arn)?)),
            "ArnNotEquals" | "ArnNotLike" => (true, Values::Arn(patterns(Reading::Arn)?)),
            "NumericEquals" => (false, numbers(Order::Equal)?),
            "NumericNotEquals" => (true, numbers(Order::Equal)?),
            "NumericLessThan" => (false, numbers(Order::Less)?),
            "NumericLessThanEquals" => (false, numbers(Order::LessEqual)?),
            "NumericGreaterThan" => (false, numbers(Order::Greater)?),
            "NumericGreaterThanEquals" => (false, numbers(Order::GreaterEqual)?),
            "DateEquals" => (false, dates(Order::Equal)?),
            "DateNotEquals" => (true, dates(Order::Equal)?),
            "DateLessThan" => (false, dates(Order::Less)?),
            "DateLessThanEquals" => (false, dates(Order::LessEqual)?),
            "DateGreaterThan" => (false, dates(Order::Greater)?),
            "DateGreaterThanEquals" => (false, dates(Order::GreaterEqual)?),
            "Bool" => (false, Values::Bool(each(values, operator, boolean)?)),
            "BinaryEquals" => (false, Values::Binary(values.to_vec())),
            "IpAddress" => (false, addresses()?),
            "NotIpAddress" => (true, addresses()?),
            _ => return Err(unknown()),
        };
        Ok(Self { key: key.to_lowercase(), quantifier, if_exists, test: Test::Compare { negated, values } })
    }

    pub(crate) fn holds(&self, context: &Context) -> bool {
        let present = context.values(&self.key);
        let (negated, values) = match &self.test {
            Test::Null(expected) => return expected.contains(&present.is_empty()),
            Test::Compare { negated, values } => (*negated, values),
        };
        if present.is_empty() {
            return self.if_exists
                || match self.quantifier {
                    Quantifier::Plain => negated,
                    Quantifier::ForAllValues => true,
                    Quantifier::ForAnyValue => false,
                };
        }
        let one = |value: &String| values.include(value, context) != negated;
        match self.quantifier {
            Quantifier::ForAllValues => present.iter().all(one),
            Quantifier::ForAnyValue => present.iter().any(one),
            // A key of several values belongs to one of the other two. Told so all the same, a negation holds of all,
            // as it would of one.
            Quantifier::Plain if negated => present.iter().all(one),
            Quantifier::Plain => present.iter().any(one),
        }
    }
}

impl Values {
    /// Whether one of them is, or is in the right order to, what the context has.
    fn include(&self, value: &str, context: &Context) -> bool {
        match self {
            Self::Text { patterns, fold } => patterns.iter().any(|pattern| pattern.matches(value, *fold, context)),
            Self::Arn(patterns) => {
                value.parse::<aws::Arn>().is_ok()
                    && patterns.iter().any(|pattern| pattern.matches(value, false, context))
            }
            Self::Number(order, values) => {
                number(value).is_some_and(|found| values.iter().any(|value| order.holds(&found, value)))
            }
            Self::Date(order, values) => {
                date(value).is_some_and(|found| values.iter().any(|value| order.holds(&found, value)))
            }
            Self::Bool(values) => boolean(value).is_some_and(|found| values.contains(&found)),
            Self::Binary(values) => values.iter().any(|own| own == value),
            Self::Address(values) => value
                .parse::<IpAddr>()
                .is_ok_and(|found| values.iter().any(|network| network.contains(&found.to_canonical()))),
        }
    }
}

fn each<T>(values: &[String], operator: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    let fault = |value: &String| {
        let shown: String = value.chars().take(80).collect();
        format!("The value {shown:?} is none that the condition operator {operator} compares.")
    };
    values.iter().map(|value| parse(value).ok_or_else(|| fault(value))).collect()
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    // Rust's parser also takes words such as `inf`.
    let formed = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if formed { text.parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
}

/// A moment as ISO 8601 has it, with or without a time, or in seconds since the epoch.
fn date(text: &str) -> Option<i128> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_nanosecond());
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(i128::from(seconds) * 1_000_000_000);
    }
    let day = text.parse::<jiff::civil::Date>().ok()?;
    Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_nanosecond())
}

fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn context() -> Context {
        let mut context = Context::default();
        context.set("aws:username", ["Bob"]);
        context.set("aws:SourceIp", ["10.1.2.3"]);
        context.set("aws:MappedIp", ["::ffff:10.1.2.3"]);
        context.set("aws:CurrentTime", ["2026-03-01T12:00:00Z"]);
        context.set("aws:EpochTime", ["1772366400"]);
        context.set("s3:max-keys", ["10"]);
        context.set("aws:SecureTransport", ["false"]);
        context.set("aws:PrincipalArn", ["arn:aws:iam::123456789012:user/div/Bob"]);
        context.set("aws:TagKeys", ["a", "b"]);
        context.set("x:blob", ["QmluYXJ5"]);
        context
    }

    #[test]
    fn operators() {
        for (operator, key, values, expected) in [
            ("StringEquals", "aws:username", &["Bob"][..], true),
            ("StringEquals", "AWS:USERNAME", &["Eve", "Bob"], true),
            ("StringEquals", "aws:username", &["bob"], false),
            ("StringEquals", "aws:username", &["B*"], false),
            ("StringEquals", "aws:username", &["${aws:username}"], true),
            ("StringEquals", "aws:none", &["Bob"], false),
            ("StringEqualsIfExists", "aws:none", &["Bob"], true),
            ("StringEqualsIfExists", "aws:username", &["Eve"], false),
            ("StringNotEquals", "aws:username", &["Eve"], true),
            ("StringNotEquals", "aws:username", &["Eve", "Bob"], false),
            ("StringNotEquals", "aws:none", &["Eve"], true),
            ("StringEqualsIgnoreCase", "aws:username", &["bOB"], true),
            ("StringNotEqualsIgnoreCase", "aws:username", &["bOB"], false),
            ("StringLike", "aws:username", &["B?b", "x"], true),
            ("StringLike", "aws:username", &["b*"], false),
            ("StringNotLike", "aws:username", &["B*"], false),
            ("NumericEquals", "s3:max-keys", &["10.0"], true),
            ("NumericNotEquals", "s3:max-keys", &["10"], false),
            ("NumericLessThan", "s3:max-keys", &["10"], false),
            ("NumericLessThanEquals", "s3:max-keys", &["10"], true),
            ("NumericGreaterThan", "s3:max-keys", &["9", "11"], true),
            ("NumericGreaterThanEquals", "s3:max-keys", &["11"], false),
            ("NumericEquals", "aws:username", &["1"], false),
            ("DateGreaterThan", "aws:CurrentTime", &["2026-01-01T00:00:00Z"], true),
            ("DateGreaterThan", "aws:CurrentTime", &["2026-03-02"], false),
            ("DateLessThan", "aws:CurrentTime", &["2026-03-01T14:00:00+01:00"], true),
            ("DateEquals", "aws:EpochTime", &["2026-03-01T12:00:00Z"], true),
            ("DateEquals", "aws:CurrentTime", &["1772366400"], true),
            ("DateNotEquals", "aws:CurrentTime", &["1772366400"], false),
            ("DateLessThanEquals", "aws:CurrentTime", &["1772366400"], true),
            ("DateGreaterThanEquals", "aws:CurrentTime", &["1772366401"], false),
            ("Bool", "aws:SecureTransport", &["true"], false),
            ("Bool", "aws:SecureTransport", &["False"], true),
            ("Bool", "aws:MultiFactorAuthPresent", &["false"], false),
            ("BoolIfExists", "aws:MultiFactorAuthPresent", &["false"], true),
            ("BinaryEquals", "x:blob", &["QmluYXJ5"], true),
            ("BinaryEquals", "x:blob", &["QmluYXJ6"], false),
            ("IpAddress", "aws:SourceIp", &["10.0.0.0/8"], true),
            ("IpAddress", "aws:MappedIp", &["10.0.0.0/8"], true),
            ("IpAddress", "aws:SourceIp", &["10.1.2.3"], true),
            ("IpAddress", "aws:SourceIp", &["10.1.2.0/31", "::/0"], false),
            ("NotIpAddress", "aws:SourceIp", &["10.0.0.0/8"], false),
            ("NotIpAddress", "aws:SourceIp", &["192.168.0.0/16"], true),
            ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:user/div/*"], true),
            ("ArnEquals", "aws:PrincipalArn", &["arn:aws:iam::*:user/div/*"], true),
            ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam:*"], false),
            ("ArnLike", "aws:username", &["*"], false),
            ("ArnNotLike", "aws:PrincipalArn", &["arn:aws:iam::*:user/div/*"], false),
            ("ArnNotEquals", "aws:PrincipalArn", &["arn:aws:iam::*:role/*"], true),
            ("Null", "aws:none", &["true"], true),
            ("Null", "aws:none", &["false"], false),
            ("Null", "aws:username", &["false"], true),
            ("ForAllValues:StringEquals", "aws:TagKeys", &["a", "b", "c"], true),
            ("ForAllValues:StringEquals", "aws:TagKeys", &["a"], false),
            ("ForAllValues:StringEquals", "aws:none", &["a"], true),
            ("ForAnyValue:StringEquals", "aws:TagKeys", &["a"], true),
            ("ForAnyValue:StringEquals", "aws:TagKeys", &["c"], false),
            ("ForAnyValue:StringEquals", "aws:none", &["a"], false),
            ("ForAnyValue:StringNotEquals", "aws:TagKeys", &["a"], true),
            ("ForAllValues:StringNotEquals", "aws:TagKeys", &["a"], false),
            ("ForAllValues:StringLikeIfExists", "aws:none", &["a"], true),
        ] {
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            let condition = Condition::parse(operator, key, &values, true).unwrap();
            assert_eq!(condition.holds(&context()), expected, "{operator} {key} {values:?}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        for (operator, key, value) in [
            ("StringIs", "aws:x", "a"),
            ("ForSomeValues:StringEquals", "aws:x", "a"),
            ("NullIfExists", "aws:x", "true"),
            ("StringEquals", "x", "a"),
            ("NumericEquals", "aws:x", "inf"),
            ("NumericEquals", "aws:x", "ten"),
            ("DateEquals", "aws:x", "yesterday"),
            ("Bool", "aws:x", "yes"),
            ("IpAddress", "aws:x", "10.0.0.0/33"),
            ("StringEquals", "aws:x", "${aws:y"),
        ] {
            assert!(Condition::parse(operator, key, &[value.to_owned()], true).is_err(), "{operator} {key} {value}");
        }
    }

    const POSITIVE: [&str; 9] = [
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
        "ArnLike",
        "NumericEquals",
        "DateEquals",
        "IpAddress",
        "Bool",
        "BinaryEquals",
    ];
    const NEGATED: [&str; 7] = [
        "StringNotEquals",
        "StringNotEqualsIgnoreCase",
        "StringNotLike",
        "ArnNotLike",
        "NumericNotEquals",
        "DateNotEquals",
        "NotIpAddress",
    ];

    proptest! {
        #[test]
        fn a_negation_is_the_opposite(at in 0..NEGATED.len(), value in "[a-c0-9*:./]{0,6}", found in "[a-c0-9:./]{0,6}") {
            let values = [value];
            let mut context = Context::default();
            context.set("aws:x", [found]);
            let positive = Condition::parse(POSITIVE[at], "aws:x", &values, true);
            let negated = Condition::parse(NEGATED[at], "aws:x", &values, true);
            prop_assert_eq!(positive.is_ok(), negated.is_ok());
            if let (Ok(positive), Ok(negated)) = (positive, negated) {
                prop_assert_ne!(positive.holds(&context), negated.holds(&context));
            }
        }
    }
}
