//! The answers of `--call`: build checks, parameters, targets; shown as Docker's buildx shows them.

use std::collections::BTreeMap;
use std::fmt::Write;

use build_client::{Range, SourceInfo};
use serde::Deserialize;

use super::source::excerpt;
use super::spec::Question;
use crate::error::Failure;
use crate::output;
use crate::units::printable;

/// The version of the answers that are understood here.
const KNOWN: &str = "1.0.0";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Lint {
    #[serde(deserialize_with = "or_null")]
    warnings: Vec<Found>,
    #[serde(deserialize_with = "or_null")]
    sources: Vec<SourceInfo>,
    build_error: Option<Wrong>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Found {
    rule_name: String,
    url: String,
    detail: String,
    #[serde(deserialize_with = "or_null")]
    location: Location,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wrong {
    message: String,
    #[serde(deserialize_with = "or_null")]
    location: Location,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Location {
    source_index: i32,
    #[serde(deserialize_with = "or_null")]
    ranges: Vec<Range>,
}

/// A value, or Go's `null` for an empty one.
fn or_null<'de, D: serde::Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Shows an answer; the failure is the program's exit code. `shown` is the Dockerfile's path, for people.
pub(super) fn show(question: &Question, answer: &BTreeMap<String, String>, shown: &str) -> Result<(), Failure> {
    let part = |name: &str| answer.get(name).map(String::as_str).unwrap_or_default();
    let newer = newer(part("version"), KNOWN) && !part("result.txt").is_empty();
    let mut failed = None;
    let text = match question.name.as_str() {
        _ if question.json => format!("{}\n", part("result.json")),
        // Its form is not known here.
        _ if newer => part("result.txt").to_owned(),
        "lint" => {
            let lint: Lint = parse(part("result.json"))?;
            let (text, error) = lint_text(&lint, shown)?;
            failed = error;
            text
        }
        _ => part("result.txt").to_owned(),
    };
    output::print(&if output::is_terminal() { printable(&text) } else { text })?;
    if let Some(words) = failed {
        return Err(Failure::new(format!("ERROR: {words}")));
    }
    match part("result.statuscode").parse::<u8>() {
        Ok(code @ 1..) if !question.ignore_status => Err(Failure::code(code)),
        _ => Ok(()),
    }
}

fn parse<'a, T: Deserialize<'a> + Default>(text: &'a str) -> Result<T, Failure> {
    if text.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_str(text).map_err(|error| Failure::new(format!("the daemon's answer makes no sense: {error}")))
}

fn newer(told: &str, known: &str) -> bool {
    let numbers = |text: &str| text.split('.').map(|part| part.parse::<u32>().unwrap_or(0)).collect::<Vec<_>>();
    !told.is_empty() && numbers(told) > numbers(known)
}

/// What the checks have found, and the error that ended them.
fn lint_text(lint: &Lint, shown: &str) -> Result<(String, Option<String>), Failure> {
    let source = |location: &Location| -> Result<Option<SourceInfo>, Failure> {
        let Ok(index) = usize::try_from(location.source_index) else { return Ok(None) };
        let found = lint.sources.get(index).ok_or_else(|| Failure::new("sourceIndex is out of range"))?;
        // People know the file by the path that they gave.
        Ok(Some(SourceInfo { filename: shown.to_owned(), ..found.clone() }))
    };
    let mut text = match lint.warnings.len() {
        0 if lint.build_error.is_none() => return Ok(("Check complete, no warnings found.\n".into(), None)),
        0 => String::new(),
        1 => "Check complete, 1 warning has been found!\n".into(),
        count => format!("Check complete, {count} warnings have been found!\n"),
    };
    let mut warnings = Vec::new();
    for warning in &lint.warnings {
        let source = source(&warning.location)?;
        let first = warning.location.ranges.first().map(|range| range.start.line);
        let rule = if first.is_none() { warning.rule_name.as_str() } else { "" };
        warnings.push(((source.is_some(), first, rule), warning, source));
    }
    warnings.sort_by_key(|(place, ..)| *place);
    for (_, warning, source) in warnings {
        let _ = write!(text, "\nWARNING: {}", warning.rule_name);
        if !warning.url.is_empty() {
            let _ = write!(text, " - {}", warning.url);
        }
        let _ = writeln!(text, "\n{}", warning.detail);
        if let Some(source) = source {
            text.push_str(&excerpt(&source, &warning.location.ranges, str::to_owned));
        }
    }
    let Some(wrong) = &lint.build_error else { return Ok((text, None)) };
    if !lint.warnings.is_empty() {
        text.push('\n');
    }
    let mut words = format!("{}\n", wrong.message);
    if let Some(source) = source(&wrong.location)? {
        words.push_str(&excerpt(&source, &wrong.location.ranges, str::to_owned));
    }
    Ok((text, Some(words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_shown_in_order() {
        let json = r#"{"warnings":[
            {"ruleName":"B","detail":"two","location":{"ranges":[{"start":{"line":2},"end":{"line":2}}]}},
            {"ruleName":"A","url":"http://a","detail":"one","location":{"ranges":[{"start":{"line":1},"end":{"line":1}}]}}],
            "sources":[{"filename":"Dockerfile","data":"YQpi"}]}"#;
        let (text, error) = lint_text(&serde_json::from_str(json).unwrap(), "x/Dockerfile").unwrap();
        assert_eq!(error, None);
        assert_eq!(
            text,
            "Check complete, 2 warnings have been found!\n\
             \nWARNING: A - http://a\none\nx/Dockerfile:1\n--------------------\n   1 | >>> a\n   2 |     b\n\
             --------------------\n\
             \nWARNING: B\ntwo\nx/Dockerfile:2\n--------------------\n   1 |     a\n   2 | >>> b\n\
             --------------------\n"
        );
        let (text, _) = lint_text(&Lint::default(), "x").unwrap();
        assert_eq!(text, "Check complete, no warnings found.\n");
        let empty = lint_text(&serde_json::from_str(r#"{"warnings":null,"sources":null}"#).unwrap(), "x").unwrap();
        assert_eq!(empty, (text, None));
        let out_of_range = r#"{"warnings":[{"location":{"sourceIndex":3}}]}"#;
        assert!(lint_text(&serde_json::from_str(out_of_range).unwrap(), "x").is_err());
    }
}
