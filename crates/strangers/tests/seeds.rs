//! Every seed of `fuzz/corpus`, and mutations of it, through the parsers. The same ones in each run.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Mutations of the seeds of one parser.
const CASES: u32 = 300;

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// A change at one place.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let interesting = prop::sample::select(vec![0, 1, 0x7f, 0x80, 0xff, b'"', b'/', b'.', b'-', b':', b'{', b'9']);
    prop_oneof![
        (any::<Index>(), interesting).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<Index>(), 0..8u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (any::<Index>(), prop::collection::vec(any::<u8>(), 1..5)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<Index>(), 1..40usize).prop_map(|(at, count)| Change::Remove(at, count)),
        (any::<Index>(), 1..40usize).prop_map(|(at, count)| Change::Repeat(at, count)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: Change) {
    if bytes.is_empty() {
        return;
    }
    match change {
        Change::Set(at, byte) => *at.get_mut(bytes) = byte,
        Change::Flip(at, bit) => *at.get_mut(bytes) ^= 1 << bit,
        Change::Insert(at, new) => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, new);
        }
        Change::Remove(at, count) => {
            let at = at.index(bytes.len());
            bytes.drain(at..(at + count).min(bytes.len()));
        }
        Change::Repeat(at, count) => {
            let at = at.index(bytes.len());
            let part = bytes[at..(at + count).min(bytes.len())].to_vec();
            bytes.splice(at..at, part);
        }
    }
}

#[test]
fn no_seed_and_no_mutation_of_one_breaks_a_parser() {
    for (name, parser) in strangers::PARSERS {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name} has no seeds");
        seeds.iter().for_each(|seed| parser(seed));
        parser(&[]);
        let strategy = (prop::sample::select(seeds), prop::collection::vec(change(), 1..6));
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let outcome = runner.run(&strategy, |(mut bytes, changes)| {
            changes.into_iter().for_each(|change| apply(&mut bytes, change));
            parser(&bytes);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn every_parser_is_a_fuzz_target() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for (name, _) in strangers::PARSERS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let target = std::fs::read_to_string(fuzz.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("strangers::{name}(")), "{name}");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), strangers::PARSERS.len());
}
