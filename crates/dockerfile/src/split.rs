//! The parts of a line: words with quotes, flags, lists in JSON, fields between commas.

use crate::error::Wrong;

/// What parts the keyword from the rest, and words without quotes from each other.
fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ')
}

/// The first word and what follows the white space behind it.
pub(crate) fn cut(text: &str) -> (&str, &str) {
    let (first, rest) = text.split_once(is_space).unwrap_or((text, ""));
    (first, rest.trim_start_matches(is_space))
}

/// Words at white space, whatever quotes say.
pub(crate) fn at_spaces(text: &str) -> Vec<String> {
    text.split(is_space).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Words at white space outside quotes, quotes and escape characters kept: [`crate::expand`] takes them away.
pub(crate) fn words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            // In single quotes an escape character is itself. At the very end it is nothing.
            (None | Some('"'), c) if c == escape => {
                let Some(next) = rest.next() else { break };
                word.extend([c, next]);
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The flags at the beginning, without quotes, and what follows them.
pub(crate) fn flags(text: &str, escape: char) -> (Vec<String>, &str) {
    let mut flags: Vec<String> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if !rest.starts_with("--") {
            return (flags, rest);
        }
        let (word, behind) = flag(rest, escape);
        if word == "--" {
            return (flags, behind);
        }
        flags.push(word);
        rest = behind;
    }
}

/// One word of flags, and what follows it.
fn flag(text: &str, escape: char) -> (String, &str) {
    let mut word = String::new();
    let mut quote = None;
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => return (word, &text[at..]),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (_, c) if c == escape => word.extend(rest.next().map(|(_, c)| c)),
            (_, c) => word.push(c),
        }
    }
    (word, "")
}

/// A list of texts in JSON; `None` for what is no list, which is a shell's business.
///
/// # Errors
/// It is a list, but of other things.
pub(crate) fn json(text: &str) -> Result<Option<Vec<String>>, Wrong> {
    if !text.starts_with('[') {
        return Ok(None);
    }
    let Ok(list) = serde_json::from_str::<Vec<serde_json::Value>>(text) else { return Ok(None) };
    let text = |value| match value {
        serde_json::Value::String(text) => Ok(text),
        _ => Err(Wrong::new("when using JSON array syntax, arrays must be comprised of strings only")),
    };
    list.into_iter().map(text).collect::<Result<_, _>>().map(Some)
}

/// Fields between commas, of which some may be in double quotes.
///
/// # Errors
/// A quote stands where none may.
pub(crate) fn fields(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Err("EOF".into());
    }
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let at = |rest: &str| text.len() - rest.len() + 1;
        let Some(mut quoted) = rest.strip_prefix('"') else {
            let (field, behind) = rest.split_once(',').map_or((rest, None), |(field, behind)| (field, Some(behind)));
            if let Some(quote) = field.find('"') {
                return Err(format!("parse error on line 1, column {}: bare \" in non-quoted-field", at(rest) + quote));
            }
            fields.push(field.to_owned());
            let Some(behind) = behind else { return Ok(fields) };
            rest = behind;
            continue;
        };
        let mut field = String::new();
        loop {
            let Some((part, behind)) = quoted.split_once('"') else {
                let at = at(quoted);
                return Err(format!("parse error on line 1, column {at}: extraneous or missing \" in quoted-field"));
            };
            field.push_str(part);
            match behind.as_bytes().first() {
                // Twice, it is one of the field.
                Some(b'"') => {
                    field.push('"');
                    quoted = &behind[1..];
                }
                Some(b',') => {
                    fields.push(field);
                    rest = &behind[1..];
                    break;
                }
                None => {
                    fields.push(field);
                    return Ok(fields);
                }
                Some(_) => {
                    let at = at(behind) - 1;
                    return Err(format!(
                        "parse error on line 1, column {at}: extraneous or missing \" in quoted-field"
                    ));
                }
            }
        }
    }
}
