//! `.env` and the files that `env_file` names, in Compose's syntax: `NAME=value`, comments, quotes, variables of the lines
//! before. Source: Compose specification, "env_file"; docs.docker.com, "Syntax for environment files".

use crate::error::{Fault, Notes, Position, quoted};
use crate::interpolate::Interpolation;
use crate::{Result, Variables, Warning};

/// How the values of a file are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// With quotes, comments and variables.
    #[default]
    Compose,
    /// Each value is what stands behind the `=`, as `docker run --env-file` has it.
    Raw,
}

/// Reads a file; `known` are the variables that its values may name beside its own. A name without a value takes that
/// of `known`, or none.
///
/// # Errors
/// [`crate::Error::Invalid`] with the line.
pub fn parse(
    file: &str,
    bytes: &[u8],
    format: Format,
    known: &Variables,
    warnings: &mut Vec<Warning>,
) -> Result<Variables> {
    variables(bytes, format, known, &mut Notes::new(file, warnings)).map_err(|fault| fault.of(file))
}

fn variables(
    bytes: &[u8],
    format: Format,
    known: &Variables,
    notes: &mut Notes<'_>,
) -> std::result::Result<Variables, Fault> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut rest = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        Fault::new(Position { line, column: 1 }, "this line is no UTF-8 text")
    })?;
    let (mut found, mut line) = (Variables::new(), 0);
    let mut room = crate::limits::INTERPOLATED_BYTES;
    while !rest.is_empty() {
        line += 1;
        let at = Position { line, column: 1 };
        let (this, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let whole = this.trim_end_matches('\r').trim_start();
        let whole = whole.strip_prefix("export ").map_or(whole, str::trim_start);
        if whole.is_empty() || whole.starts_with('#') {
            rest = after;
            continue;
        }
        let end = whole.find(['=', ':']).unwrap_or(whole.len());
        let (name, value) = whole.split_at(end);
        let name = name.trim_end();
        if name.is_empty() || !name.chars().all(|next| next.is_ascii_alphanumeric() || matches!(next, '_' | '.' | '-'))
        {
            return Err(Fault::new(
                at,
                format!("{} is no name of a variable: letters, digits, _ . and -, then =", quoted(name)),
            ));
        }
        let Some(value) = value.get(1..) else {
            if let Some(value) = known.get(name) {
                found.insert(name.to_owned(), value.clone());
            }
            rest = after;
            continue;
        };
        if format == Format::Raw {
            found.insert(name.to_owned(), value.to_owned());
            rest = after;
            continue;
        }
        let value = value.trim_start_matches([' ', '\t']);
        let lookup = |name: &str| found.get(name).or_else(|| known.get(name)).cloned();
        let mut interpolation = Interpolation::new(&lookup);
        let (text, after) = match value.chars().next() {
            Some(quote @ ('\'' | '"')) => {
                // A quoted value may have several lines.
                let begin = this.trim_end_matches('\r').len() - value.len() + 1;
                let quoted_rest = rest.get(begin..).unwrap_or_default();
                let Some((text, after)) = quote_end(quoted_rest, quote) else {
                    return Err(Fault::new(at, format!("the quote of {name} is not closed")));
                };
                line += text.matches('\n').count();
                let (tail, after) = after.split_once('\n').unwrap_or((after, ""));
                if !matches!(tail.trim(), "") && !tail.trim().starts_with('#') {
                    return Err(Fault::new(at, format!("something stands behind the quoted value of {name}")));
                }
                let text = if quote == '"' {
                    interpolation.text(&unescape(text)).map_err(|why| Fault::new(at, why))?
                } else {
                    text.replace("\\'", "'")
                };
                (text, after)
            }
            _ => {
                let plain = match value.find(" #").into_iter().chain(value.find("\t#")).min() {
                    Some(comment) => value.get(..comment).unwrap_or_default(),
                    None if value.starts_with('#') => "",
                    None => value,
                };
                (interpolation.text(plain.trim_end()).map_err(|why| Fault::new(at, why))?, after)
            }
        };
        for unset in interpolation.unset {
            notes.warn(at, format!("The \"{unset}\" variable is not set. Defaulting to a blank string."));
        }
        room =
            room.checked_sub(text.len()).ok_or_else(|| Fault::new(at, "the values before this line are too large"))?;
        found.insert(name.to_owned(), text);
        rest = after;
    }
    Ok(found)
}

/// The text before a closing quote, and what follows that.
fn quote_end(text: &str, quote: char) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, next) in text.char_indices() {
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if next == quote => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

/// A text in double quotes without its escapes. A dollar that is escaped stays one.
fn unescape(text: &str) -> String {
    let (mut out, mut chars) = (String::with_capacity(text.len()), text.chars());
    while let Some(next) = chars.next() {
        if next != '\\' {
            out.push(next);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('$') => out.push_str("$$"),
            Some(escaped @ ('"' | '\\')) => out.push(escaped),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> std::result::Result<Vec<(String, String)>, String> {
        let known = Variables::from([("HOST".to_owned(), "db".to_owned())]);
        parse(".env", text.as_bytes(), Format::Compose, &known, &mut Vec::new())
            .map(|found| found.into_iter().collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn files_of_variables_are_read() {
        for (text, want) in [
            ("A=1\n# c\n\nexport B = two words \nC=\n", &[("A", "1"), ("B", "two words"), ("C", "")][..]),
            ("A='x $B # y'\nB=\"x\\n$HOST \\$HOST\"\n", &[("A", "x $B # y"), ("B", "x\ndb $HOST")]),
            ("A=1 # one\nB=1#2\nC=#\n", &[("A", "1"), ("B", "1#2"), ("C", "")]),
            ("A=\"one\ntwo\" # both\nB=3\r\n", &[("A", "one\ntwo"), ("B", "3")]),
            ("A='x'\r\nB=\"y\"", &[("A", "x"), ("B", "y")]),
            ("A=1\nB=${A}-${HOST}-${NO:-d}\n", &[("A", "1"), ("B", "1-db-d")]),
            ("A: yes\nHOST\nNO\n", &[("A", "yes"), ("HOST", "db")]),
            ("A=1\nA=2", &[("A", "2")]),
        ] {
            let want: Vec<_> = want.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            assert_eq!(read(text), Ok(want), "{text:?}");
        }
        for (text, want) in [
            ("A=1\n=2\n", ".env:2:1: \"\" is no name of a variable: letters, digits, _ . and -, then ="),
            ("A=1\nB='x\n\n", ".env:2:1: the quote of B is not closed"),
            ("A=\"1\n2\"\nB C=1", ".env:3:1: \"B C\" is no name of a variable: letters, digits, _ . and -, then ="),
            ("A='1'2\n", ".env:1:1: something stands behind the quoted value of A"),
            ("A=${B:?set B}\n", ".env:1:1: the required variable B is missing a value: set B"),
        ] {
            assert_eq!(read(text), Err(want.to_owned()), "{text:?}");
        }
        let raw = parse("e", b"A='x' # $B\n", Format::Raw, &Variables::new(), &mut Vec::new()).unwrap();
        assert_eq!(raw.get("A").map(String::as_str), Some("'x' # $B"));
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse("e", &bytes, Format::Compose, &Variables::new(), &mut Vec::new());
        }

        #[test]
        fn any_text_of_its_marks_ends(text in "[A=:'\"\\\\$\\{\\} #\r\nx-]{0,60}") {
            let _ = read(&text);
        }
    }
}
