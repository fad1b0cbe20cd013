//! Calls of the Dockerfile frontend that answer something instead of building: `--check`, `--call=targets`,
//! `--call=outline`.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use build::{Access, Checked, Job, Outline, Request, SourceFile, Target};
use dockerfile::Span;
use grpc::Status;
use serde_json::{Value, json};

use crate::errors;

/// An answer in parts by name: JSON for programs, text for people.
pub(crate) type Parts = HashMap<String, Vec<u8>>;

/// The calls, and what they are for.
const CALLS: &[(&str, &str)] = &[
    (LINT, "Lint a Dockerfile"),
    (OUTLINE, "List all parameters current build target supports"),
    (TARGETS, "List all targets current build supports"),
    (DESCRIBE, "List available subrequest types"),
];

const LINT: &str = "frontend.lint";
const OUTLINE: &str = "frontend.outline";
const TARGETS: &str = "frontend.targets";
const DESCRIBE: &str = "frontend.subrequests.describe";

/// All of them have had one version.
const VERSION: &str = "1.0.0";

/// Answers a call.
pub(crate) async fn call(job: &Job, request: &Request, name: &str) -> Result<Parts, Status> {
    let failed = |error: build::Error| errors::status(&error);
    match name {
        LINT => Ok(lint(&job.check(request).await.map_err(failed)?)),
        OUTLINE => Ok(outline(&job.outline(request).await.map_err(failed)?)),
        TARGETS => Ok(targets(&job.targets(request).await.map_err(failed)?)),
        DESCRIBE => Ok(describe()),
        other => Err(errors::unknown_call(other)),
    }
}

fn answer(value: &Value, text: String) -> Parts {
    let pretty = serde_json::to_vec_pretty(value).unwrap_or_default();
    let version = VERSION.as_bytes().to_vec();
    HashMap::from([
        ("result.json".into(), pretty),
        ("result.txt".into(), text.into_bytes()),
        ("version".into(), version),
    ])
}

fn lint(checked: &Checked) -> Parts {
    let warnings: Vec<Value> = checked
        .warnings
        .iter()
        .map(|warning| {
            json!({
                "ruleName": warning.rule.name,
                "description": warning.rule.description,
                "url": warning.rule.url,
                "detail": warning.detail,
                "location": location(warning.span),
            })
        })
        .collect();
    let source = &checked.source;
    let mut value = json!({ "warnings": warnings, "sources": [source_info(source)] });
    let mut text = String::new();
    for warning in &checked.warnings {
        let _ = write!(text, "\nWARNING: {}", warning.rule.name);
        if !warning.rule.url.is_empty() {
            let _ = write!(text, " - {}", warning.rule.url);
        }
        let _ = writeln!(text, "\n{}", warning.detail);
        show(&mut text, source, warning.span);
    }
    if let Some(error) = &checked.error {
        let span = error.at.as_ref().map(|at| at.span).unwrap_or_default();
        value["buildError"] = json!({ "message": error.to_string(), "location": location(span) });
    }
    let status = if checked.warnings.is_empty() && checked.error.is_none() { "0" } else { "1" };
    let mut parts = answer(&value, text);
    parts.insert("result.statuscode".into(), status.into());
    parts
}

fn targets(targets: &[Target]) -> Parts {
    let mut sources: Vec<Arc<SourceFile>> = Vec::new();
    let mut names = Vec::new();
    let mut list = Vec::new();
    for target in targets {
        let known = sources.iter().position(|source| Arc::ptr_eq(source, &target.location.file));
        let number = known.unwrap_or_else(|| {
            sources.push(Arc::clone(&target.location.file));
            sources.len() - 1
        });
        let texts = [("name", &*target.name), ("description", &*target.description), ("base", &*target.base)];
        let mut value = said(&texts, target.location.span);
        if target.default {
            value["default"] = json!(true);
        }
        if number > 0 {
            value["location"]["sourceIndex"] = json!(number);
        }
        list.push(value);
        names.push(match (target.name.as_str(), target.default) {
            ("", true) => "(default)".to_owned(),
            (name, true) => format!("{name} (default)"),
            (name, false) => name.to_owned(),
        });
    }
    let mut rows = vec![vec!["TARGET", "DESCRIPTION"]];
    rows.extend(names.iter().zip(targets).map(|(name, target)| vec![name.as_str(), target.description.as_str()]));
    let sources: Vec<String> = sources.iter().map(|source| STANDARD.encode(&source.text)).collect();
    answer(&json!({ "targets": list, "sources": sources }), columns(&rows, 1))
}

fn outline(outline: &Outline) -> Parts {
    let args = outline
        .args
        .iter()
        .map(|arg| said(&[("name", &arg.name), ("description", &arg.description), ("value", &arg.value)], arg.span));
    let accesses = |all: &[Access]| {
        let one = |access: &Access| {
            let mut value = said(&[("name", &access.name)], access.span);
            if access.required {
                value["required"] = json!(true);
            }
            value
        };
        all.iter().map(one).collect::<Vec<_>>()
    };
    let mut value = texts(&[("name", &outline.target), ("description", &outline.description)]);
    let lists = [("args", args.collect()), ("secrets", accesses(&outline.secrets)), ("ssh", accesses(&outline.ssh))];
    for (name, list) in lists {
        if !list.is_empty() {
            value[name] = Value::Array(list);
        }
    }
    value["sources"] = json!([STANDARD.encode(&outline.source.text)]);
    answer(&value, outline_text(outline))
}

fn outline_text(outline: &Outline) -> String {
    let mut text = String::new();
    if !outline.target.is_empty() || !outline.description.is_empty() {
        let name = if outline.target.is_empty() { "(default)" } else { &outline.target };
        let mut rows = vec![vec!["TARGET:", name]];
        if !outline.description.is_empty() {
            rows.push(vec!["DESCRIPTION:", &outline.description]);
        }
        text.push_str(&columns(&rows, 1));
        text.push('\n');
    }
    let mut table = |heads: Vec<&str>, rows: Vec<Vec<&str>>| {
        if !rows.is_empty() {
            let rows: Vec<Vec<&str>> = std::iter::once(heads).chain(rows).collect();
            text.push_str(&columns(&rows, 3));
            text.push('\n');
        }
    };
    let args = outline.args.iter().map(|arg| vec![arg.name.as_str(), &arg.value, &arg.description]);
    table(vec!["BUILD ARG", "VALUE", "DESCRIPTION"], args.collect());
    for (head, all) in [("SECRET", &outline.secrets), ("SSH", &outline.ssh)] {
        let rows = all.iter().map(|access| vec![access.name.as_str(), if access.required { "true" } else { "" }]);
        table(vec![head, "REQUIRED"], rows.collect());
    }
    text
}

/// Texts that are not empty, and where they stand.
fn said(named: &[(&str, &str)], span: Span) -> Value {
    let mut value = texts(named);
    value["location"] = location(span);
    value
}

/// Texts that are not empty.
fn texts(named: &[(&str, &str)]) -> Value {
    named.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| ((*name).to_owned(), json!(text))).collect()
}

fn describe() -> Parts {
    let mut rows = vec![vec!["NAME", "VERSION", "DESCRIPTION"]];
    let mut list = Vec::new();
    for (name, description) in CALLS {
        let metadata = ["result.json", "result.txt"].map(|name| json!({ "name": name, "description": "" }));
        list.push(json!({
            "name": name,
            "version": VERSION,
            "type": "rpc",
            "description": description,
            "opts": [],
            "inputs": null,
            "metadata": metadata,
            "refs": null,
        }));
        rows.push(vec![name.trim_start_matches("frontend."), VERSION, description]);
    }
    answer(&Value::Array(list), columns(&rows, 1))
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
        for (place, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = match place + 1 == row.len() {
                true => writeln!(text, "{cell}"),
                false => write!(text, "{cell:<width$}"),
            };
        }
    }
    text
}

/// Zeros are left out, as in Go's JSON.
fn location(span: Span) -> Value {
    let position = |at: dockerfile::Position| match at.column {
        0 => json!({ "line": at.line }),
        column => json!({ "line": at.line, "character": column }),
    };
    json!({ "ranges": [{ "start": position(span.start), "end": position(span.end) }] })
}

fn source_info(source: &SourceFile) -> Value {
    json!({ "filename": source.name, "data": STANDARD.encode(&source.text), "language": "Dockerfile" })
}

/// Shows lines of a file with those around them, as BuildKit does.
fn show(text: &mut String, source: &SourceFile, span: Span) {
    let whole = String::from_utf8_lossy(&source.text);
    let lines: Vec<&str> = whole.split('\n').collect();
    let (first, last) = (span.start.line, span.end.line.max(span.start.line).min(lines.len()));
    if first < 1 || first > lines.len() {
        return;
    }
    let (mut from, mut to) = (first, last);
    let wanted = if first == last { 4 } else { 2 };
    let mut around = 0;
    while around < wanted {
        if from > 1 {
            from -= 1;
            around += 1;
        }
        if to != lines.len() {
            to += 1;
            around += 1;
        }
        around += 1;
    }
    const RULE: &str = "--------------------";
    let _ = writeln!(text, "{}:{first}\n{RULE}", source.name);
    for (number, line) in (1..).zip(&lines).skip(from - 1).take(to + 1 - from) {
        let mark = if (first..=last).contains(&number) { ">>>" } else { "   " };
        let _ = writeln!(text, " {number:3} | {mark} {line}");
    }
    let _ = writeln!(text, "{RULE}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shown_with_their_neighbours() {
        let source = SourceFile { name: "Dockerfile".into(), text: b"FROM a\nRUN b\nRUN c\n".to_vec() };
        let mut text = String::new();
        show(&mut text, &source, Span::lines(2, 2));
        let rule = "--------------------\n";
        let lines = "   1 |     FROM a\n   2 | >>> RUN b\n   3 |     RUN c\n   4 |     \n";
        assert_eq!(text, format!("Dockerfile:2\n{rule}{lines}{rule}"));
    }

    #[test]
    fn an_outline_is_shown() {
        let parameter = |name: &str, value: &str, description: &str| build::Parameter {
            name: name.into(),
            value: value.into(),
            description: description.into(),
            span: Span::lines(2, 2),
        };
        let outline_of = |target: &str, required| Outline {
            target: target.into(),
            description: String::new(),
            args: vec![parameter("X", "1", ""), parameter("LONGER", "", "d")],
            secrets: vec![Access { name: "s".into(), required, span: Span::lines(3, 4) }],
            ssh: Vec::new(),
            source: Arc::new(SourceFile { name: "Dockerfile".into(), text: b"x".to_vec() }),
        };
        assert_eq!(
            outline_text(&outline_of("a", true)),
            "TARGET: a\n\nBUILD ARG   VALUE   DESCRIPTION\nX           1       \nLONGER              d\n\n\
             SECRET   REQUIRED\ns        true\n\n"
        );
        let parts = outline(&outline_of("", false));
        let told: Value = serde_json::from_slice(&parts["result.json"]).unwrap();
        let at = |first, last| json!({ "ranges": [{ "start": { "line": first }, "end": { "line": last } }] });
        let args = json!([
            { "name": "X", "value": "1", "location": at(2, 2) },
            { "name": "LONGER", "description": "d", "location": at(2, 2) },
        ]);
        let secrets = json!([{ "name": "s", "location": at(3, 4) }]);
        assert_eq!(told, json!({ "args": args, "secrets": secrets, "sources": ["eA=="] }));
    }

    #[test]
    fn what_can_be_called_is_said() {
        let parts = describe();
        let list: Vec<Value> = serde_json::from_slice(&parts["result.json"]).unwrap();
        assert_eq!(list.len(), CALLS.len());
        let text = String::from_utf8(parts["result.txt"].clone()).unwrap();
        assert!(text.starts_with("NAME                 VERSION DESCRIPTION\nlint "), "{text}");
    }
}
