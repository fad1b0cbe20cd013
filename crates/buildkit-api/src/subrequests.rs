//! Calls of the Dockerfile frontend that answer something instead of building: `--check`, `--call=targets`.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use build::{Checked, Job, Request, SourceFile, Target};
use dockerfile::Span;
use grpc::Status;
use serde_json::{Value, json};

use crate::errors;

/// An answer in parts by name: JSON for programs, text for people.
pub(crate) type Parts = HashMap<String, Vec<u8>>;

/// The calls, and what they are for.
const CALLS: &[(&str, &str)] = &[
    (LINT, "Lint a Dockerfile"),
    (TARGETS, "List all targets current build supports"),
    (DESCRIBE, "List available subrequest types"),
];

const LINT: &str = "frontend.lint";
const TARGETS: &str = "frontend.targets";
const DESCRIBE: &str = "frontend.subrequests.describe";

/// All of them have had one version.
const VERSION: &str = "1.0.0";

/// Answers a call.
pub(crate) async fn call(job: &Job, request: &Request, name: &str) -> Result<Parts, Status> {
    let failed = |error: build::Error| errors::status(&error);
    match name {
        LINT => Ok(lint(&job.check(request).await.map_err(failed)?)),
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
    let location = |span: Span| json!({ "ranges": [range(span)] });
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
    let mut rows = vec![("TARGET".to_owned(), "DESCRIPTION".to_owned())];
    let mut list = Vec::new();
    for target in targets {
        let known = sources.iter().position(|source| Arc::ptr_eq(source, &target.location.file));
        let number = known.unwrap_or_else(|| {
            sources.push(Arc::clone(&target.location.file));
            sources.len() - 1
        });
        let mut value = json!({ "location": { "ranges": [range(target.location.span)] } });
        for (name, text) in [("name", &target.name), ("description", &target.description), ("base", &target.base)] {
            if !text.is_empty() {
                value[name] = json!(text);
            }
        }
        if target.default {
            value["default"] = json!(true);
        }
        if number > 0 {
            value["location"]["sourceIndex"] = json!(number);
        }
        list.push(value);
        let name = match (target.name.as_str(), target.default) {
            ("", true) => "(default)".to_owned(),
            (name, true) => format!("{name} (default)"),
            (name, false) => name.to_owned(),
        };
        rows.push((name, target.description.clone()));
    }
    let sources: Vec<String> = sources.iter().map(|source| STANDARD.encode(&source.text)).collect();
    answer(&json!({ "targets": list, "sources": sources }), table(&rows))
}

fn describe() -> Parts {
    let mut rows = vec![("NAME".to_owned(), format!("{:<8} DESCRIPTION", "VERSION"))];
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
        let short = name.trim_start_matches("frontend.").to_owned();
        rows.push((short, format!("{VERSION:<8} {description}")));
    }
    answer(&Value::Array(list), table(&rows))
}

/// Two columns.
fn table(rows: &[(String, String)]) -> String {
    let width = rows.iter().map(|(first, _)| first.chars().count()).max().unwrap_or_default();
    rows.iter().fold(String::new(), |text, (first, second)| text + &format!("{first:<width$} {second}\n"))
}

fn range(span: Span) -> Value {
    let position = |at: dockerfile::Position| json!({ "line": at.line, "character": at.column });
    json!({ "start": position(span.start), "end": position(span.end) })
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
    fn what_can_be_called_is_said() {
        let parts = describe();
        let list: Vec<Value> = serde_json::from_slice(&parts["result.json"]).unwrap();
        assert_eq!(list.len(), CALLS.len());
        let text = String::from_utf8(parts["result.txt"].clone()).unwrap();
        assert!(text.starts_with("NAME                 VERSION  DESCRIPTION\nlint "), "{text}");
    }
}
