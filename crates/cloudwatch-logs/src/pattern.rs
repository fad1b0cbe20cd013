//! Filter patterns: which events are looked for.
//!
//! ```text
//! ERROR "connection refused" -retry      all of these, and none of those with a dash
//! ?ERROR ?WARN                           any of these
//! %4[0-9]{2}%                            a regular expression
//! { $.level = "err*" && ($.ms > 300 || $.user.id NOT EXISTS) }
//! ```
//! Source: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail" in the
//! user guide. Patterns of columns (`[ip, user, status = 4*]`) are refused in words.

mod json;

use regex::{Regex, RegexBuilder};

use crate::error::{Error, Result};
use crate::limits;

/// A filter pattern.
#[derive(Debug, Clone, Default)]
pub struct Pattern(Kind);

#[derive(Debug, Clone, Default)]
enum Kind {
    #[default]
    Everything,
    Terms {
        all: Vec<Term>,
        none: Vec<Term>,
        any: Vec<Term>,
    },
    Json(json::Selector),
}

#[derive(Debug, Clone)]
enum Term {
    Text(String),
    Regex(Regex),
}

impl Term {
    fn is_in(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(message),
        }
    }
}

impl Pattern {
    /// Whether an event's text is looked for.
    pub fn matches(&self, message: &str) -> bool {
        match &self.0 {
            Kind::Everything => true,
            Kind::Json(selector) => selector.matches(message),
            Kind::Terms { all, none, any } => {
                // Amazon's rule: terms with a question mark count only where there are no others.
                let alone = all.is_empty() && none.is_empty();
                all.iter().all(|term| term.is_in(message))
                    && !none.iter().any(|term| term.is_in(message))
                    && (!alone || any.iter().any(|term| term.is_in(message)))
            }
        }
    }
}

/// Where in a pattern somebody reads.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Takes what begins so, if it does.
    fn eat(&mut self, start: &str) -> bool {
        match self.rest.strip_prefix(start) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes characters as long as they are such.
    fn take_while(&mut self, such: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|letter| !such(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// The rest of a text in quotation marks, of which the first was taken; a backslash keeps what follows it.
    fn quoted(&mut self) -> Result<String> {
        let mut text = String::new();
        let mut letters = self.rest.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(text);
                }
                '\\' => match letters.next() {
                    Some((_, kept @ ('"' | '\\'))) => text.push(kept),
                    Some((_, other)) => text.extend(['\\', other]),
                    None => break,
                },
                other => text.push(other),
            }
        }
        Err(invalid("a quotation mark has no other one"))
    }

    /// The rest of a regular expression between percent signs, of which the first was taken.
    fn regex(&mut self) -> Result<Regex> {
        let mut end = None;
        let mut escaped = false;
        for (at, letter) in self.rest.char_indices() {
            match letter {
                '%' if !escaped => {
                    end = Some(at);
                    break;
                }
                '\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        let Some(end) = end else { return Err(invalid("a regular expression has no percent sign at its end")) };
        let text = self.rest[..end].replace("\\%", "%");
        self.rest = &self.rest[end + 1..];
        RegexBuilder::new(&text)
            .size_limit(limits::REGEX)
            .build()
            .map_err(|error| invalid(format!("the regular expression {text:?} cannot be read: {error}")))
    }
}

fn invalid(why: impl std::fmt::Display) -> Error {
    Error::invalid(format!("Invalid filter pattern: {why}"))
}

impl std::str::FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.starts_with('{') {
            return json::Selector::parse(text).map(|selector| Self(Kind::Json(selector)));
        }
        if text.starts_with('[') {
            return Err(invalid("patterns of columns in brackets are not done here; terms and { $.selectors } are"));
        }
        let mut cursor = Cursor { rest: text };
        let (mut all, mut none, mut any) = (Vec::new(), Vec::new(), Vec::new());
        while cursor.peek().is_some() {
            let into = match cursor.peek() {
                Some('-') => &mut none,
                Some('?') => &mut any,
                _ => &mut all,
            };
            let _ = cursor.eat("-") || cursor.eat("?");
            let term = if cursor.eat("\"") {
                Term::Text(cursor.quoted()?)
            } else if cursor.eat("%") {
                Term::Regex(cursor.regex()?)
            } else {
                let word = cursor.take_while(|letter| !letter.is_whitespace());
                // Amazon's rule, by which it can be known what else a word might mean some day.
                if word.is_empty() || !word.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
                    let message = format!("Invalid character(s) in term '{word}': put it in quotation marks");
                    return Err(Error::invalid(message));
                }
                Term::Text(word.to_owned())
            };
            into.push(term);
            cursor.skip_space();
        }
        Ok(Self(Kind::Terms { all, none, any }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, message: &str) -> bool {
        pattern.parse::<Pattern>().unwrap().matches(message)
    }

    #[test]
    fn terms() {
        for (pattern, message, expected) in [
            ("", "anything", true),
            ("ERROR", "[ERROR] no", true),
            ("ERROR", "error", false),
            ("ERROR timeout", "ERROR: timeout", true),
            ("ERROR timeout", "ERROR", false),
            ("\"no route\"", "no route to host", true),
            ("\"no route\"", "route no", false),
            (r#""say \"hi\"""#, "they say \"hi\"", true),
            ("ERROR -retry", "ERROR retry", false),
            ("ERROR -\"will retry\"", "ERROR retry", true),
            ("-DEBUG", "INFO", true),
            ("?ERROR ?WARN", "WARN x", true),
            ("?ERROR ?WARN", "INFO x", false),
            ("?ERROR INFO", "INFO x", true),
            ("%4[0-9]{2}%", "status 404", true),
            ("%4[0-9]{2}%", "status 500", false),
            (r"-%50\%%", "at 50%", false),
        ] {
            assert_eq!(matches(pattern, message), expected, "{pattern} {message}");
        }
    }

    #[test]
    fn selectors() {
        let event = r#"{"a":"x","n":4.5,"t":true,"z":null,"list":[1,7,{"k":"v"}],"o":{"ip":"10.0.0.7"},"s":"?"}"#;
        for (pattern, expected) in [
            (r#"{ $.a = "x" && $.n > 3 }"#, true),
            (r#"{ $.a = "x" && $.n > 5 }"#, false),
            (r#"{ $.a = "y" || $.n >= 4.5 }"#, true),
            (r#"{ ($.a = "y" || $.a = "x") && $.n < 5e0 }"#, true),
            (r#"{ $.a != "x" }"#, false),
            (r#"{ $.missing != "x" }"#, false),
            (r#"{ $.missing NOT EXISTS }"#, true),
            (r#"{ $.z NOT EXISTS }"#, false),
            (r#"{ $.z IS NULL }"#, true),
            (r#"{ $.t IS TRUE }"#, true),
            (r#"{ $.t IS FALSE }"#, false),
            (r#"{ $.list[1] = 7 }"#, true),
            (r#"{ $.list[*] = 8 }"#, false),
            (r#"{ $.list[*].k = v }"#, true),
            (r#"{ $.o.ip = 10.0.* }"#, true),
            (r#"{ $.o.ip = "10.0.?.7" }"#, false),
            (r#"{ $.s = "?" }"#, true),
            (r#"{ $.o.ip = %\.7$% }"#, true),
            (r#"{ $.n = "4.5" }"#, false),
            (r#"{ $["a"] = "x" }"#, true),
        ] {
            assert_eq!(matches(pattern, event), expected, "{pattern}");
        }
        assert!(!matches(r#"{ $.a NOT EXISTS }"#, "no JSON"));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(100), ")".repeat(100));
        for wrong in [
            "a:b",
            "\"x",
            "-",
            "%(%",
            "%x",
            "[a, b]",
            "{",
            "{}",
            "{ $.a }",
            "{ $.a = }",
            "{ a = 1 }",
            "{ $.a = 1",
            "{ $.a = 1 } x",
            "{ $.a > x }",
            "{ $.a IS 3 }",
            "{ $.a[x] = 1 }",
            "{ $.a = 1 & $.b = 2 }",
            deep.as_str(),
        ] {
            assert!(matches!(wrong.parse::<Pattern>(), Err(Error::Invalid(_))), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_is_refused(text in "[{}()\\[\\]$.%\"\\\\a1*&|=<> -]{0,40}|\\PC{0,40}", message in "\\PC{0,40}") {
            if let Ok(pattern) = text.parse::<Pattern>() {
                pattern.matches(&message);
            }
        }
    }
}
