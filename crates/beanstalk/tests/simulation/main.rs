//! Deployments in a simulation: the service as it is, on a machine of which a seed decides what it does, and when the
//! daemon dies.
//!
//! ```text
//!   seed ─► lives of a daemon ─► commands ─► Beanstalk ─► Simulated (a fleet) ─► Machine: containers, images, …
//!                                               │                                  ▲
//!                                               └────► store ─► Machine: the record ┘
//! ```
//! Only the machine is there from one life to the next. A daemon dies at a boundary: before or after a batch is queued
//! or durable, and between any two effects. In its last life nothing goes wrong any more, and all must come to rest as
//! the rules say (`rules.rs`).
//!
//! `SEED=7 cargo test -p beanstalk --test simulation` does one again, with `TRACE=1` line by line; `SEEDS=1000..2000`
//! does others than those of every day.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod commands;
mod fleet;
mod machine;
mod rules;

use std::sync::Arc;
use std::time::Duration;

use beanstalk::{Beanstalk, Config};
use machine::{Chance, Machine};
use store::Store;

/// How long all may take to come to rest.
const REST: u64 = 4 * 3600;

/// Runs that have found something, and some more.
const REGRESSIONS: [u64; 5] = [58, 68, 119, 151, 176];
const EVERY_DAY: std::ops::Range<u64> = 0..40;

async fn open(machine: &Machine, directory: &std::path::Path) -> (Beanstalk, fleet::Simulated) {
    let (store, fleet) = (Store::on(machine.clone()), fleet::Simulated::new(machine.clone()));
    let s3 = s3::S3::open(store.clone(), directory.to_owned(), account()).unwrap();
    let config = Config {
        account: account(),
        suffix: "elasticbeanstalk.localhost".into(),
        port: None,
        ports: 20000..=20099,
        tls: false,
        world: Arc::new(machine.clone()),
    };
    (Beanstalk::open(config, store, s3, Arc::new(fleet.clone())).await.unwrap(), fleet)
}

fn account() -> aws::AccountId {
    "123456789012".parse().unwrap()
}

/// One life of a daemon, in a runtime of its own: nothing of it is left afterwards.
fn live<F: Future<Output = ()>>(machine: &Machine, end: Option<u64>, faults: bool, life: impl FnOnce() -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        machine.boot(end, faults);
        let life = life();
        tokio::select! {
            biased;
            () = machine.died() => {}
            () = life => {}
        }
        machine.lose();
    });
}

fn run(seed: u64, directory: &std::path::Path) -> Result<(), String> {
    let machine = Machine::new(seed);
    // What is done is chosen apart from what goes wrong, so that a repair changes as little as may be.
    let mut chance = Chance(seed ^ 0x5eed);
    let mut requests = 0;
    live(&machine, None, false, || async {
        let (service, _) = open(&machine, directory).await;
        commands::set_up(&machine, &service).await;
    });
    for _ in 0..=chance.below(4) {
        let most = *chance.pick(&[150, 900]);
        let end = Some(20 + chance.below(most));
        live(&machine, end, true, || async {
            let (service, _) = open(&machine, directory).await;
            commands::some(&machine, &service, &mut chance, &mut requests).await;
        });
    }
    let mut wrong = Vec::new();
    live(&machine, None, false, || async {
        let (service, fleet) = open(&machine, directory).await;
        commands::some(&machine, &service, &mut chance, &mut requests).await;
        let mut waited = 0;
        while let Some(unrest) = machine.unrest() {
            if waited >= REST {
                wrong.push(format!("after {waited} seconds {unrest}"));
                return;
            }
            tokio::time::sleep(Duration::from_secs(10)).await;
            waited += 10;
        }
        // What nobody waits for has its time, too.
        tokio::time::sleep(Duration::from_secs(90)).await;
        wrong.extend(rules::at_rest(&machine.lock()));
        wrong.extend(fleet.at_rest(&service));
    });
    let broken = machine.lock().rules.all_broken().to_vec();
    wrong.extend(broken);
    if wrong.is_empty() {
        return Ok(());
    }
    wrong.truncate(10);
    Err(format!(
        "{}\nIt is done again by: SEED={seed} TRACE=1 cargo test -p beanstalk --test simulation",
        wrong.join("\n")
    ))
}

fn seeds() -> Vec<u64> {
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("'{text}' is no seed"));
    if let Ok(seed) = std::env::var("SEED") {
        return vec![number(&seed)];
    }
    if let Ok(seeds) = std::env::var("SEEDS") {
        let (from, to) = seeds.split_once("..").unwrap_or_else(|| panic!("SEEDS is FROM..TO, not '{seeds}'"));
        return (number(from)..number(to)).collect();
    }
    REGRESSIONS.into_iter().chain(EVERY_DAY).collect()
}

#[test]
fn all_comes_to_rest_as_its_rules_say() {
    let directory = tempfile::tempdir().unwrap();
    let failed: Vec<String> = seeds()
        .into_iter()
        .filter_map(|seed| run(seed, directory.path()).err().map(|why| format!("Seed {seed}:\n{why}")))
        .collect();
    assert!(failed.is_empty(), "{} seeds failed.\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn a_seed_does_the_same_again() {
    let directory = tempfile::tempdir().unwrap();
    let trace = |seed| {
        let machine = Machine::new(seed);
        let (mut chance, mut requests) = (Chance(seed), 0);
        live(&machine, None, false, || async {
            let (service, _) = open(&machine, directory.path()).await;
            commands::set_up(&machine, &service).await;
        });
        live(&machine, None, true, || async {
            let (service, _) = open(&machine, directory.path()).await;
            commands::some(&machine, &service, &mut chance, &mut requests).await;
        });
        machine.trace()
    };
    for seed in 0..3 {
        let (once, again) = (trace(seed), trace(seed));
        let differs = once.lines().zip(again.lines()).find(|(one, other)| one != other);
        assert_eq!((differs, once.len()), (None, again.len()), "seed {seed}");
    }
}
