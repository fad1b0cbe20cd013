//! The plans of real Dockerfiles: the corpus of `tests/e2e/corpus.txt` through the planner, compared with `plans.txt`.
//!
//! A plan that has changed on purpose is recorded anew with `RECORD=1 cargo test -p build plans`, where `DOCKERFILES` names
//! the folder that `cargo xtask test` fetches.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use engine::image::ImageRecord;
use oci::{Digest, Reference};

use super::*;
use crate::Answer;
use crate::graph::digest_of;

/// Every image is here, and says nothing of itself.
pub(super) struct StandIns;

impl Images for StandIns {
    fn image<'a>(&'a self, name: &'a Reference, platform: &'a Platform, _: bool) -> Answer<'a, Arc<ImageRecord>> {
        let mut config = oci::image::Config::empty(platform.clone());
        config.rootfs.diff_ids = vec![digest_of(&name.to_string())];
        let record = ImageRecord {
            id: digest_of(&"id"),
            manifest: digest_of(&"manifest"),
            tags: std::iter::once(name.clone()).collect(),
            digests: std::collections::BTreeSet::new(),
            size: 0,
            parent: None,
            tagged: Timestamp::now(),
            config: Arc::new(config),
            attestations: Vec::new(),
        };
        Box::pin(async { Ok(Arc::new(record)) })
    }

    fn layout<'a>(&'a self, name: &'a str, _: &'a str, _: &'a Digest, _: &'a Platform) -> Answer<'a, image::Image> {
        Box::pin(async move { Err(Error::invalid(format!("the corpus has no layout {name}"))) })
    }
}

/// A plan in a line: the vertexes that the target needs, inputs before what uses them, with the places of their inputs.
fn shown(plan: &Plan) -> String {
    let wanted: Vec<VertexId> = plan.states.iter().map(|state| state.vertex).collect();
    let needed = plan.graph.needed(&wanted);
    let place = |id: &VertexId| needed.iter().position(|other| other == id).unwrap();
    let mut line = String::new();
    for vertex in &needed {
        let op = &plan.graph.get(*vertex).op;
        let word = match op {
            Op::Scratch => "scratch".to_owned(),
            Op::Image(..) => "image".to_owned(),
            Op::Local(_) | Op::Directory(_) => "context".to_owned(),
            Op::Http(_) => "http".to_owned(),
            Op::Git(_) => "git".to_owned(),
            Op::Run(run) if run.mounts.is_empty() => "run".to_owned(),
            Op::Run(run) => format!("run+{}", run.mounts.len()),
            Op::Files(files) => format!("files+{}", files.actions.len()),
        };
        let inputs: Vec<String> = op.inputs().iter().map(|input| place(input).to_string()).collect();
        write!(line, " {word}({})", inputs.join(",")).unwrap();
    }
    let warnings = plan.checks.warnings().len();
    format!("{warnings} warnings;{line}")
}

/// A Dockerfile that was read.
pub(super) fn loaded(text: Vec<u8>) -> Result<Loaded> {
    let source = Arc::new(SourceFile { name: "Dockerfile".into(), text });
    check_syntax(&Request::default(), &source)?;
    let dockerfile = Dockerfile::parse(&source.text).map_err(|error| Error::invalid(error.to_string()))?;
    Ok(Loaded { source, dockerfile, ignore: Vec::new(), fetched: None, vertex: digest_of(&"Dockerfile") })
}

fn planned(text: Vec<u8>) -> String {
    let request = Request { context: Context::Local(CONTEXT.into()), ..Request::default() };
    let plan = move || -> Result<String> {
        let loaded = loaded(text)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(plan(&StandIns, &request, &loaded)).map(|plan| shown(&plan))
    };
    plan().unwrap_or_else(|error| format!("refused: {}", error.to_string().replace('\n', " ")))
}

/// The texts of the corpus by their names; of `others/…` only what is there.
fn corpus() -> BTreeMap<String, Vec<u8>> {
    let own = include_str!("../../../dockerfile/tests/corpus.txt").split("\n==== ").skip(1);
    let own = own.map(|entry| entry.split_once('\n').unwrap());
    let mut found: BTreeMap<String, Vec<u8>> =
        own.map(|(name, text)| (format!("own/{name}"), text.as_bytes().to_vec())).collect();
    assert!(found.len() > 70);
    // The folder of a package holds one folder, whose name has the version.
    let packages = std::env::var_os("DOCKERFILES").map(PathBuf::from);
    let folders = packages.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let root = folders.map(|entry| entry.unwrap().path()).find(|path| path.is_dir());
    if let Some(root) = root {
        for line in include_str!("../../../../tests/e2e/corpus.txt").lines() {
            let name = line.split('\t').next().unwrap();
            if let Some(path) = name.strip_prefix("others/")
                && let Ok(text) = std::fs::read(root.join(path))
            {
                found.insert(name.to_owned(), text);
            }
        }
    }
    found
}

#[test]
fn every_dockerfile_of_the_corpus_has_the_plan_that_is_recorded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/frontend/plans.txt");
    let mut recorded: BTreeMap<String, (String, String)> = BTreeMap::new();
    for line in std::fs::read_to_string(&path).unwrap_or_default().lines() {
        let [name, digest, plan] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        recorded.insert(name.to_owned(), (digest.to_owned(), plan.to_owned()));
    }
    let now: BTreeMap<String, (String, String)> = corpus()
        .into_iter()
        .map(|(name, text)| {
            let digest = digest_of(&text).hex()[..12].to_owned();
            (name, (digest, planned(text)))
        })
        .collect();
    if std::env::var_os("RECORD").is_some() {
        let lines = now.iter().map(|(name, (digest, plan))| format!("{name}\t{digest}\t{plan}\n"));
        std::fs::write(&path, lines.collect::<String>()).unwrap();
        return;
    }
    let mut compared = 0;
    for (name, (digest, plan)) in &now {
        // A later version of a package has other texts.
        if let Some((known, wanted)) = recorded.get(name)
            && known == digest
        {
            assert_eq!(plan, wanted, "{name}");
            compared += 1;
        } else {
            assert!(name.starts_with("others/"), "{name} is not recorded");
        }
    }
    let least = if now.keys().any(|name| name.starts_with("others/")) { 200 } else { 70 };
    assert!(compared > least, "{compared} plans compared");
}
