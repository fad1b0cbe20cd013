//! `.dockerignore`, against what BuildKit left out of a context of strangely named files.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;

use dockerfile::ignore::{Matched, Patterns, clean};
use proptest::prelude::*;

/// What is matched, each path asked for in two ways: alone, and with what is known of the directory that it is in.
fn ignored<'a>(patterns: &Patterns, paths: &[&'a str]) -> Vec<&'a str> {
    let mut known: BTreeMap<&str, Matched> = BTreeMap::from([("", Matched::default())]);
    for path in paths {
        for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
            let below = &path[..end];
            let parent = below.rsplit_once('/').map_or("", |(parent, _)| parent);
            let found = patterns.matches_in(below, &known[parent]);
            assert_eq!(found.is_matched(), patterns.matches(below), "{below} with {patterns:?}");
            // What is taken back below a directory that is matched can be foreseen.
            if known[parent].is_matched() && !found.is_matched() {
                assert!(patterns.may_except_in(parent), "{below} with {patterns:?}");
            }
            known.insert(below, found);
        }
    }
    paths.iter().copied().filter(|path| known[path].is_matched()).collect()
}

#[test]
fn what_buildkit_leaves_out() {
    let text = include_str!("ignore.txt");
    let mut entries = text.split("====\n").skip(1);
    let files: Vec<&str> = entries.next().unwrap().lines().collect();
    let mut different = String::new();
    for entry in entries {
        let (patterns, left_out) = entry.split_once("----\n").unwrap();
        let ours = match Patterns::parse(patterns) {
            Ok(patterns) => ignored(&patterns, &files).iter().map(|path| format!("{path}\n")).collect(),
            Err(error) => format!("error: {error}\n"),
        };
        // The pattern is named here too.
        let same = left_out.strip_prefix("error:").map_or(ours == left_out, |_| ours.starts_with(left_out.trim_end()));
        if !same {
            different += &format!("{patterns}---- BuildKit:\n{left_out}---- we:\n{ours}====\n");
        }
    }
    assert!(different.is_empty(), "{different}");
}

#[test]
fn what_is_too_much_is_refused() {
    let error = |text: &str| Patterns::parse(text).unwrap_err().to_string();
    assert_eq!(error(&"a".repeat(5000)), "more than 4096 bytes in a pattern");
    assert_eq!(error(&"a\n".repeat(20_001)), "more than 20,000 patterns");
    assert_eq!(error(&"#\n".repeat(1 << 20)), "more than 1 MiB of patterns");
}

#[test]
fn hard_patterns_take_no_time() {
    let path = format!("{}b", "a/".repeat(2000));
    for pattern in ["**/a/".repeat(800), "*a".repeat(2000), "**".repeat(2000), "[^b]*".repeat(800), "?**".repeat(1300)]
    {
        let patterns = Patterns::new([pattern]).unwrap();
        let begin = std::time::Instant::now();
        let parent = Matched::default();
        assert!(patterns.matches_in(&path, &parent) == patterns.matches_in(&path, &parent));
        assert!(begin.elapsed().as_secs() < 20);
    }
}

#[test]
fn twenty_thousand_paths_take_no_time() {
    let patterns = Patterns::parse(
        "**/node_modules\n**/*.pyc\n.git\n*.md\n!README.md\ndist/*\nsrc/**/test_*.js\n**/.cache/**\nbuild\ntemp?\n",
    )
    .unwrap();
    let begin = std::time::Instant::now();
    let mut left = 0;
    for folder in 0..200 {
        let folder = format!("src/package{folder}");
        let above = patterns.matches_in("src", &Matched::default());
        let parent = patterns.matches_in(&folder, &above);
        left += (0..100)
            .filter(|file| !patterns.matches_in(&format!("{folder}/file{file}.js"), &parent).is_matched())
            .count();
    }
    assert_eq!(left, 20_000);
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_list_breaks(text in "[a-c/!#*?\\[\\]^\\\\\n -]{0,40}", path in "[a-c/\n-]{1,12}") {
        if let Ok(patterns) = Patterns::parse(&text) {
            let lines: Vec<String> = dockerfile::ignore::lines(&text).collect();
            prop_assert_eq!(&Patterns::new(lines).unwrap(), &patterns);
            prop_assert_eq!(patterns.matches(&path), patterns.matches(&path));
        }
    }

    #[test]
    fn a_clean_path_stays_so(path in "[ab./]{0,12}") {
        prop_assert_eq!(clean(&clean(&path)), clean(&path));
    }

    #[test]
    fn what_is_named_is_matched_with_all_below(path in "[a-c]{1,3}(/[a-c]{1,3}){0,3}") {
        let patterns = Patterns::new([&path]).unwrap();
        let (below, other) = (format!("{path}/x/y"), format!("{path}x"));
        prop_assert!(patterns.matches(&path) && patterns.matches(&below) && !patterns.matches(&other));
    }
}
