//! Builds that a real daemon told (dockerd 28.5), as they are shown.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use build_client::{Group, Log, Status, Update, Vertex, Warning};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use words::Timestamp;

use super::live::Live;
use super::plain::Plain;
use super::trace::Trace;

const FAILED: &str = include_str!("recorded/failed.jsonl");
const BUILT: &str = include_str!("recorded/built.jsonl");

/// What `--progress rawjson` wrote.
fn updates(recorded: &str) -> Vec<Update> {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let moment = |value: &Value, key: &str| value[key].as_str().map(|text| text.parse::<Timestamp>().unwrap());
    let number = |value: &Value, key: &str| value[key].as_i64().unwrap_or_default();
    let items = |update: &Value, key: &str| update[key].as_array().cloned().unwrap_or_default();
    let read = |line: &str| {
        let told: Value = serde_json::from_str(line).unwrap();
        let vertex = |told: &Value| Vertex {
            digest: text(told, "digest"),
            name: text(told, "name"),
            started: moment(told, "started"),
            completed: moment(told, "completed"),
            cached: told["cached"] == true,
            error: text(told, "error"),
            ..Vertex::default()
        };
        let status = |told: &Value| Status {
            id: text(told, "id"),
            vertex: text(told, "vertex"),
            name: text(told, "name"),
            total: number(told, "total"),
            current: number(told, "current"),
            timestamp: moment(told, "timestamp").unwrap(),
            started: moment(told, "started"),
            completed: moment(told, "completed"),
        };
        let log = |told: &Value| Log {
            vertex: text(told, "vertex"),
            stream: number(told, "stream"),
            data: STANDARD.decode(text(told, "data")).unwrap(),
            timestamp: moment(told, "timestamp").unwrap(),
        };
        Update {
            vertexes: items(&told, "vertexes").iter().map(vertex).collect(),
            statuses: items(&told, "statuses").iter().map(status).collect(),
            logs: items(&told, "logs").iter().map(log).collect(),
            warnings: Vec::new(),
        }
    };
    recorded.lines().map(read).collect()
}

fn plain(recorded: &str) -> String {
    let mut trace = Trace::new(None);
    let mut plain = Plain::new("building".into(), str::to_owned);
    let mut out = Vec::new();
    for update in updates(recorded) {
        trace.update(update);
        plain.print(&mut trace, &mut out);
    }
    plain.print(&mut trace, &mut out);
    out.extend(trace.failures(str::to_owned));
    String::from_utf8(out).unwrap().replace('\x1b', "␛")
}

/// The picture after some updates, and the last one.
fn live(recorded: &str, size: (usize, usize), after: usize) -> String {
    let mut trace = Trace::new(Some(size.1));
    let mut live = Live::new("corner".into(), true);
    let mut text = String::new();
    let updates = updates(recorded);
    let count = updates.len();
    for (place, update) in updates.into_iter().enumerate() {
        trace.update(update);
        if place + 1 == after || place + 1 == count {
            let picture = live.draw(&mut trace, size, place + 1 == count);
            // How long what is not done takes depends on when this is run.
            let _ = writeln!(text, "{}", picture.replace('\x1b', "␛"));
        }
    }
    text
}

#[test]
fn a_build_is_told_in_lines() {
    insta::assert_snapshot!("built_plain", plain(BUILT));
}

#[test]
fn a_failure_is_told_in_lines() {
    insta::assert_snapshot!("failed_plain", plain(FAILED));
}

#[test]
fn a_build_is_drawn() {
    insta::assert_snapshot!("built_live", live(BUILT, (30, 72), 0));
}

#[test]
fn a_failure_is_drawn() {
    insta::assert_snapshot!("failed_live", live(FAILED, (30, 72), 0));
}

#[test]
fn a_low_terminal_shows_the_last_lines() {
    let pictures = live(FAILED, (7, 60), 20);
    let first = pictures.split("␛[?25h").next().unwrap();
    assert_eq!(first.lines().count(), 6, "{first}");
    assert!(first.contains("[one 2/2]") && first.contains("[two 2/2]"), "{first}");
}

#[test]
fn names_move_no_cursor() {
    let vertex = Vertex {
        digest: "a".into(),
        name: "[1/1] RUN \x1b[2Jx\ny".into(),
        started: Timestamp::from_nanos(1),
        ..Vertex::default()
    };
    let update = Update { vertexes: vec![vertex], ..Update::default() };
    let mut trace = Trace::new(Some(80));
    trace.update(update.clone());
    let picture = Live::new(String::new(), false).draw(&mut trace, (20, 80), false);
    assert!(!picture.contains("\x1b[2J") && picture.contains("RUN \\u{1b}[2Jx\\ny"), "{picture:?}");
    let mut trace = Trace::new(None);
    trace.update(update);
    let mut out = Vec::new();
    Plain::new(String::new(), crate::units::printable).print(&mut trace, &mut out);
    assert!(!out.contains(&0x1b));
}

/// Updates that a daemon may send, sensible or not, of few steps.
fn any_updates() -> impl Strategy<Value = Vec<Update>> {
    let moment = || proptest::option::of((0..100i128).prop_map(|n| Timestamp::from_nanos(n * 100_000_000).unwrap()));
    let digest = || "[a-d]";
    let vertex = (digest(), "[a-z\u{1b}\n]{0,90}", moment(), moment(), any::<bool>(), "(|x|context canceled)", group())
        .prop_map(|(digest, name, started, completed, cached, error, group)| Vertex {
            digest,
            name,
            started,
            completed,
            cached,
            error,
            group,
            inputs: Vec::new(),
        });
    let status = (digest(), "[s-u]", any::<i64>(), any::<i64>(), moment(), moment()).prop_map(
        |(vertex, id, total, current, started, completed)| Status {
            id,
            vertex,
            name: String::new(),
            total,
            current,
            timestamp: Timestamp::from_nanos(5).unwrap(),
            started,
            completed,
        },
    );
    let log = (digest(), vec(any::<u8>(), 0..50)).prop_map(|(vertex, data)| Log {
        vertex,
        stream: 1,
        data,
        timestamp: Timestamp::from_nanos(9_000_000_000).unwrap(),
    });
    let warning = digest().prop_map(|vertex| Warning { vertex, short: b"short\n".to_vec(), ..Warning::default() });
    let update = (vec(vertex, 0..3), vec(status, 0..3), vec(log, 0..3), vec(warning, 0..2))
        .prop_map(|(vertexes, statuses, logs, warnings)| Update { vertexes, statuses, logs, warnings });
    vec(update, 0..12)
}

fn group() -> impl Strategy<Value = Option<Group>> {
    let group = ("[g-h]", any::<bool>()).prop_map(|(id, weak)| Group { id: id.clone(), name: id, weak });
    prop_oneof![3 => Just(None), 1 => group.prop_map(Some)]
}

proptest! {
    #[test]
    fn whatever_is_told_is_shown(updates in any_updates(), height in 0usize..40, width in 0usize..120) {
        let (mut lines, mut picture) = (Trace::new(None), Trace::new(Some(width)));
        let mut plain = Plain::new("building".into(), crate::units::printable);
        let mut live = Live::new("corner".into(), true);
        let mut out = Vec::new();
        for update in updates {
            lines.update(update.clone());
            plain.print(&mut lines, &mut out);
            picture.resize(width);
            picture.update(update);
            let drawn = live.draw(&mut picture, (height, width), false);
            // Every line of a picture ends it, and nothing else does.
            let below = drawn.split("\x1b[?25l").nth(1).unwrap();
            prop_assert!(height < 3 || below.lines().filter(|line| line.contains(" => ")).count() <= height, "{below:?}");
        }
        live.draw(&mut picture, (height, width), true);
        plain.print(&mut lines, &mut out);
        out.extend(lines.failures(crate::units::printable));
        out.extend(picture.failures(crate::units::printable));
    }
}
