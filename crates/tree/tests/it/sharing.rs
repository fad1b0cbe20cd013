//! Copies of many files that share them: what two threads make is what one makes.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps};
use tree::{Cache, Copy, Selection};

use crate::World;

/// What a tree is, without numbers: names with mode, owner, time, number of the first name of the same file, and text.
type Told = BTreeMap<PathBuf, (u32, u32, i64, PathBuf, Vec<u8>)>;

fn told(root: &Path) -> Told {
    let mut told = Told::new();
    let mut first = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.symlink_metadata().unwrap().is_dir() {
                folders.push(path.clone());
            }
            paths.push(path);
        }
    }
    paths.sort();
    for path in paths {
        let stat = path.symlink_metadata().unwrap();
        let name = path.strip_prefix(root).unwrap().to_owned();
        let text = if stat.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        let file = first.entry((stat.dev(), stat.ino())).or_insert_with(|| name.clone()).clone();
        told.insert(name, (stat.mode(), stat.uid(), stat.mtime(), file, text));
    }
    told
}

fn set_time(path: &Path, seconds: i64) {
    let time = Timespec { tv_sec: seconds, tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

/// Directories of so many files each, some in others; every seventh file has a second name.
fn fill(world: &World, folders: &[usize]) -> Vec<PathBuf> {
    let (mut files, mut made) = (Vec::new(), Vec::new());
    for (number, count) in folders.iter().enumerate() {
        let name = format!("t/d{number}/").repeat(1 + number % 2).replace("/t/", "/");
        std::fs::create_dir_all(world.from(&name)).unwrap();
        for file in 0..*count {
            let path = PathBuf::from(&name).join(format!("f{file}"));
            match files.last() {
                Some(last) if files.len() % 7 == 3 => {
                    std::fs::hard_link(world.from("").join(last), world.from("").join(&path)).unwrap();
                }
                _ => std::fs::write(world.from("").join(&path), format!("{number} {file}")).unwrap(),
            }
            set_time(&world.from("").join(&path), 1000 + i64::try_from(file).unwrap());
            files.push(path);
        }
        made.push((name, number));
    }
    for (name, number) in made.iter().rev() {
        let path = world.from(name);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700 + u32::try_from(number % 8).unwrap()))
            .unwrap();
        set_time(&path, 5000 + i64::try_from(*number).unwrap());
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Wherever something stands in the way of a link, and wherever the hand-over of batches is then.
    #[test]
    fn shared_trees_are_what_copies_are(
        folders in prop::collection::vec(prop_oneof![3 => 0_usize..12, 1 => 0_usize..400], 1..60),
        in_the_way in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let world = World::new(&[("t/", "")]);
        let files = fill(&world, &folders);
        let cache = Cache::new(10_000);
        let what = Selection { contents: true, ..Selection::new(world.source(), Path::new("t")) };
        let in_the_way: Vec<&PathBuf> =
            if files.is_empty() { Vec::new() } else { in_the_way.iter().map(|index| index.get(&files)).collect() };
        for root in ["copied", "shared"] {
            for path in &in_the_way {
                let path = world.to(root).join(path.strip_prefix("t").unwrap());
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, "old").unwrap();
            }
        }
        let order = |to| Copy { make_path: true, ..Copy::new(what, world.target(), to) };
        let copied = tree::copy(&order(Path::new("copied"))).unwrap();
        let shared = tree::copy(&Copy { share: Some(&cache), ..order(Path::new("shared")) }).unwrap();
        prop_assert_eq!(copied.entries, shared.entries);
        let (copied, mut shared) = (told(&world.to("copied")), told(&world.to("shared")));
        let inode = |path: PathBuf| path.symlink_metadata().unwrap().ino();
        for (name, (.., first, _)) in &mut shared {
            let (here, source) = (inode(world.to("shared").join(name)), inode(world.from("t").join(name)));
            let is_in_the_way = in_the_way.iter().any(|path| path.ends_with(name));
            if copied[name].0 & 0o170_000 == 0o100_000 && !is_in_the_way && in_the_way.is_empty() {
                prop_assert_eq!(here, source);
            }
            // A name that was in the way, and the first of its kind, parts what is shared from what is copied.
            if !in_the_way.is_empty() {
                first.clone_from(&copied[name].3);
            }
        }
        prop_assert_eq!(copied, shared);
    }
}

#[test]
fn a_shared_tree_that_fails_says_where() {
    let world = World::new(&[("t/", "")]);
    fill(&world, &[300, 300]);
    world.fill("target", &[("shared/d1/d1/f200/x", "a directory in the way")]);
    let cache = Cache::new(10_000);
    let failed = tree::copy(&Copy { share: Some(&cache), ..world.order("t", "shared") }).unwrap_err();
    assert!(failed.to_string().contains("shared/d1/d1/f200"), "{failed}");
}
