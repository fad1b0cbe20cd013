//! Patterns of texts: `*`, `?` and policy variables.
//!
//! Source: "IAM JSON policy elements: Resource" (wildcards within the segments of an ARN) and "IAM policy elements:
//! Variables and tags" in the IAM User Guide.

use std::borrow::Cow;

use super::context::Context;

/// A text with wildcards and variables in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pattern {
    tokens: Vec<Token>,
    variables: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Char(char),
    /// `?`
    One {
        colons: Colons,
    },
    /// `*`
    Many {
        colons: Colons,
    },
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// Whether a wildcard can stand for a colon.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Colons {
    Crossed,
    Kept,
}

/// How a text is read as a pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reading {
    /// `*` and `?` mean themselves.
    Literal,
    /// They stand for any characters.
    Wild,
    /// For an ARN in `Resource`: within the first five segments they stand for no colon, but for a `*` at the end of
    /// its segment.
    Resource,
    /// For an ARN in a condition: each of the six segments for itself.
    Arn,
}

/// Colons that separate the segments of an ARN; those beyond belong to the resource.
const SEPARATORS: usize = 5;

impl Pattern {
    /// Reads a pattern. `variables` is false for policies of the version 2008-10-17, which have none.
    pub(crate) fn parse(text: &str, reading: Reading, variables: bool) -> Result<Self, String> {
        // One star alone is everything, however ARNs are read.
        let reading = if text == "*" && reading == Reading::Arn { Reading::Wild } else { reading };
        let mut tokens = Vec::with_capacity(text.len());
        let mut separators = 0;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if variables && rest.starts_with("${") {
                let (token, after) =
                    variable(rest).ok_or_else(|| format!("{text} has a variable that is malformed"))?;
                tokens.push(token);
                rest = after;
                continue;
            }
            rest = &rest[c.len_utf8()..];
            let ends_segment = rest.is_empty() || rest.starts_with(':');
            let inside = separators < SEPARATORS;
            tokens.push(match c {
                '*' if reading != Reading::Literal => {
                    let kept = inside && (reading == Reading::Arn || reading == Reading::Resource && !ends_segment);
                    Token::Many { colons: if kept { Colons::Kept } else { Colons::Crossed } }
                }
                '?' if reading != Reading::Literal => {
                    let kept = inside && matches!(reading, Reading::Arn | Reading::Resource);
                    Token::One { colons: if kept { Colons::Kept } else { Colons::Crossed } }
                }
                c => {
                    separators += usize::from(c == ':');
                    Token::Char(c)
                }
            });
        }
        // Neighbouring stars are one, the more generous of them.
        tokens.dedup_by(|next, kept| match (&mut *kept, &*next) {
            (Token::Many { colons }, Token::Many { colons: other }) => {
                if *other == Colons::Crossed {
                    *colons = Colons::Crossed;
                }
                true
            }
            _ => false,
        });
        let variables = tokens.iter().any(|token| matches!(token, Token::Variable { .. }));
        Ok(Self { tokens, variables })
    }

    /// Whether the whole text is one that this pattern means. A variable that has no value here means none.
    ///
    /// Takes at most the length of the pattern times the length of the text: all positions of the pattern that a
    /// beginning of the text can lead to are followed at once.
    pub(crate) fn matches(&self, text: &str, fold: bool, context: &Context) -> bool {
        let Some(tokens) = self.resolve(context) else { return false };
        let same = |a: char, b: char| a == b || fold && a.to_lowercase().eq(b.to_lowercase());
        // Positions in rising order, each once.
        let mut live: Vec<usize> = Vec::new();
        let mut next: Vec<usize> = Vec::new();
        reach(&tokens, 0, &mut live);
        for c in text.chars() {
            next.clear();
            for &at in &live {
                match tokens.get(at) {
                    Some(Token::Char(own)) if same(*own, c) => reach(&tokens, at + 1, &mut next),
                    Some(Token::One { colons }) if c != ':' || *colons == Colons::Crossed => {
                        reach(&tokens, at + 1, &mut next);
                    }
                    Some(Token::Many { colons }) if c != ':' || *colons == Colons::Crossed => {
                        reach(&tokens, at, &mut next);
                    }
                    _ => {}
                }
            }
            std::mem::swap(&mut live, &mut next);
            if live.is_empty() {
                return false;
            }
        }
        live.last() == Some(&tokens.len())
    }

    fn resolve(&self, context: &Context) -> Option<Cow<'_, [Token]>> {
        if !self.variables {
            return Some(Cow::Borrowed(&self.tokens));
        }
        let mut tokens = Vec::with_capacity(self.tokens.len());
        for token in &self.tokens {
            match token {
                Token::Variable { key, default } => {
                    let value = context.single(key).or(default.as_deref())?;
                    tokens.extend(value.chars().map(Token::Char));
                }
                token => tokens.push(token.clone()),
            }
        }
        Some(Cow::Owned(tokens))
    }
}

/// Adds the position and what can be reached from it without a character. Positions come in rising order, so that what
/// is there already is at the end.
fn reach(tokens: &[Token], mut at: usize, live: &mut Vec<usize>) {
    loop {
        if live.last().is_none_or(|last| *last < at) {
            live.push(at);
        }
        match tokens.get(at) {
            Some(Token::Many { .. }) => at += 1,
            _ => return,
        }
    }
}

fn variable(text: &str) -> Option<(Token, &str)> {
    let inner = text.strip_prefix("${")?;
    let (name, rest) = inner.split_once('}')?;
    if let "*" | "?" | "$" = name {
        return Some((Token::Char(name.chars().next()?), rest));
    }
    let (key, default) = match name.split_once(',') {
        None => (name, None),
        Some((key, default)) => {
            // The default may hold a brace of its own: it ends with its quote.
            let start = inner.len() - rest.len() - 1 - default.len();
            let quoted = inner.get(start..)?.trim_start().strip_prefix('\'')?;
            let (default, after) = quoted.split_once('\'')?;
            let rest = after.trim_start().strip_prefix('}')?;
            return Some((Token::Variable { key: formed(key)?, default: Some(default.to_owned()) }, rest));
        }
    };
    Some((Token::Variable { key: formed(key)?, default }, rest))
}

fn formed(key: &str) -> Option<String> {
    let key = key.trim();
    let good = key.contains(':') && !key.contains(|c: char| c.is_control() || c == '{' || c == '$');
    good.then(|| key.to_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn context() -> Context {
        let mut context = Context::default();
        context.set("aws:username", ["bob"]);
        context.set("aws:PrincipalTag/team", ["*"]);
        context.set("aws:many", ["a", "b"]);
        context
    }

    fn wild(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern, Reading::Wild, true).unwrap().matches(text, false, &context())
    }

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a:b/c", true),
            ("a*", "a", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "ä", true),
            ("**a**", "xxaxx", true),
            ("*a*b*", "xbxa", false),
            ("*ab", "aab", true),
        ] {
            assert_eq!(wild(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn variables() {
        for (pattern, text, expected) in [
            ("home/${aws:username}/*", "home/bob/x", true),
            ("home/${aws:username}/*", "home/eve/x", false),
            ("home/${AWS:UserName}", "home/bob", true),
            ("home/${aws:nobody}", "home/", false),
            ("home/${aws:nobody, 'all'}", "home/all", true),
            ("home/${aws:nobody,'a}b'}/x", "home/a}b/x", true),
            ("home/${aws:many}", "home/a", false),
            // What a variable stands for is no pattern.
            ("${aws:PrincipalTag/team}", "anything", false),
            ("${aws:PrincipalTag/team}", "*", true),
            ("a${*}", "a*", true),
            ("a${*}", "ab", false),
            ("${$}{x}", "${x}", true),
        ] {
            assert_eq!(wild(pattern, text), expected, "{pattern} {text}");
        }
        for bad in ["${", "${aws:username", "${}", "${nocolon}", "${aws:x, default}", "${aws:x, 'default}"] {
            assert!(Pattern::parse(bad, Reading::Wild, true).is_err(), "{bad}");
        }
        let old = Pattern::parse("${aws:username}", Reading::Wild, false).unwrap();
        assert!(old.matches("${aws:username}", false, &context()));
    }

    #[test]
    fn arns() {
        for (reading, pattern, text, expected) in [
            (Reading::Resource, "*", "arn:aws:s3:::b/k", true),
            (Reading::Resource, "arn:aws:ec2:*", "arn:aws:ec2:eu-west-1:123456789012:instance/i-1", true),
            (Reading::Resource, "arn:aws:s3:::b/*.jpg", "arn:aws:s3:::b/a:b.jpg", true),
            (Reading::Resource, "arn:aws:s3:u*x:1:b", "arn:aws:s3:u:x:1:b", false),
            (Reading::Resource, "arn:aws:s3:u*x:1:b", "arn:aws:s3:uax:1:b", true),
            (Reading::Resource, "arn:aws:iam?::1:u", "arn:aws:iam:::1:u", false),
            (Reading::Arn, "arn:aws:ec2:*", "arn:aws:ec2:eu-west-1:123456789012:instance/i-1", false),
            (Reading::Arn, "arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:eu-west-1:1:instance/i:1", true),
            (Reading::Arn, "*", "arn:aws:s3:::b", true),
        ] {
            let pattern_ = Pattern::parse(pattern, reading, true).unwrap();
            assert_eq!(pattern_.matches(text, false, &context()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "a*".repeat(3000) + "b";
        assert!(!wild(&pattern, &"a".repeat(4000)));
    }

    /// Says the same by trying everything.
    fn simple(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|n| simple(rest, &text[n..])),
            Some(('?', rest)) => !text.is_empty() && simple(rest, &text[1..]),
            Some((c, rest)) => text.first() == Some(c) && simple(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn as_trying_everything_says(pattern in "[ab*?]{0,7}", text in "[ab]{0,9}") {
            let expected = simple(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
            prop_assert_eq!(wild(&pattern, &text), expected);
        }

        #[test]
        fn any_text_is_a_pattern_or_refused(pattern in ".{0,40}", text in ".{0,40}") {
            for reading in [Reading::Literal, Reading::Wild, Reading::Resource, Reading::Arn] {
                if let Ok(pattern) = Pattern::parse(&pattern, reading, true) {
                    pattern.matches(&text, true, &context());
                }
            }
        }

        #[test]
        fn a_literal_means_itself(text in "[^$]{0,40}") {
            prop_assert!(Pattern::parse(&text, Reading::Literal, true).unwrap().matches(&text, false, &context()));
        }
    }
}
