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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Outline {
    name: String,
    description: String,
    #[serde(deserialize_with = "or_null")]
    args: Vec<Named>,
    #[serde(deserialize_with = "or_null")]
    secrets: Vec<Named>,
    #[serde(deserialize_with = "or_null")]
    ssh: Vec<Named>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    name: String,
    value: String,
    description: String,
    required: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Targets {
    #[serde(deserialize_with = "or_null")]
    targets: Vec<Target>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Target {
    name: String,
    default: bool,
    description: String,
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
        "outline" => outline_text(&parse(part("result.json"))?),
        "targets" => targets_text(&parse(part("result.json"))?),
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

fn outline_text(outline: &Outline) -> String {
    let mut text = String::new();
    if !outline.name.is_empty() || !outline.description.is_empty() {
        let name = if outline.name.is_empty() { "(default)" } else { &outline.name };
        let mut rows = vec![vec!["TARGET:", name]];
        if !outline.description.is_empty() {
            rows.push(vec!["DESCRIPTION:", &outline.description]);
        }
        text.push_str(&columns(&rows, 1));
        text.push('\n');
    }
    let mut table = |heads: &[&'static str], named: &[Named], row: fn(&Named) -> Vec<&str>| {
        if !named.is_empty() {
            let rows: Vec<Vec<&str>> = std::iter::once(heads.to_vec()).chain(named.iter().map(row)).collect();
            text.push_str(&columns(&rows, 3));
            text.push('\n');
        }
    };
    table(&["BUILD ARG", "VALUE", "DESCRIPTION"], &outline.args, |arg| vec![&arg.name, &arg.value, &arg.description]);
    let required: fn(&Named) -> Vec<&str> = |one| vec![&one.name, if one.required { "true" } else { "" }];
    table(&["SECRET", "REQUIRED"], &outline.secrets, required);
    table(&["SSH", "REQUIRED"], &outline.ssh, required);
    text
}

fn targets_text(targets: &Targets) -> String {
    let names: Vec<String> = targets
        .targets
        .iter()
        .map(|target| match (target.name.as_str(), target.default) {
            ("", true) => "(default)".to_owned(),
            (name, true) => format!("{name} (default)"),
            (name, false) => name.to_owned(),
        })
        .collect();
    let mut rows = vec![vec!["TARGET", "DESCRIPTION"]];
    rows.extend(names.iter().zip(&targets.targets).map(|(name, target)| vec![name.as_str(), &target.description]));
    columns(&rows, 1)
}

/// Rows in columns as Go's `text/tabwriter` writes them: each cell but the last as wide as its column and a gap.
fn columns(rows: &[Vec<&str>], gap: usize) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0) + gap
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (place, cell) in row.iter().enumerate() {
            let _ = match place + 1 == row.len() {
                true => writeln!(text, "{cell}"),
                false => write!(text, "{cell:<0$}", widths[place]),
            };
        }
    }
    text
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

    #[test]
    fn tables_are_shown() {
        let outline = r#"{"name":"a","args":[{"name":"X","value":"1"},{"name":"LONGER","description":"d"}],"secrets":[{"name":"s","required":true}]}"#;
        assert_eq!(
            outline_text(&serde_json::from_str(outline).unwrap()),
            "TARGET: a\n\nBUILD ARG   VALUE   DESCRIPTION\nX           1       \nLONGER              d\n\n\
             SECRET   REQUIRED\ns        true\n\n"
        );
        let targets = r#"{"targets":[{"name":"a","default":true},{"name":"b","description":"x"}]}"#;
        assert_eq!(
            targets_text(&serde_json::from_str(targets).unwrap()),
            "TARGET      DESCRIPTION\na (default) \nb           x\n"
        );
    }
}
