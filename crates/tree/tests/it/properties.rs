//! What holds of every tree.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, lchown, symlink};
use std::path::Path;

use oci::Digest;
use proptest::prelude::*;
use tree::{Cache, Copy, Selection};

use crate::World;

/// A tree as names and what they are.
type Tree = BTreeMap<String, Node>;

#[derive(Debug, Clone, PartialEq)]
enum Node {
    File { text: Vec<u8>, mode: u32, owner: u32 },
    Folder { mode: u32, owner: u32 },
    Link { target: String, owner: u32 },
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "é", "with space", "-x", ".hidden", "a.b", "\u{1b}[2J"])
        .prop_map(Into::into)
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 1..4).prop_map(|names| names.join("/"))
}

fn node() -> impl Strategy<Value = Node> {
    let file = (prop::collection::vec(any::<u8>(), 0..20), 0..0o10000_u32, 0..3_u32);
    prop_oneof![
        3 => file.prop_map(|(text, mode, owner)| Node::File { text, mode, owner }),
        2 => (0..0o10000_u32, 0..3_u32).prop_map(|(mode, owner)| Node::Folder { mode, owner }),
        1 => ("[a-z./]{1,12}", 0..3_u32).prop_map(|(target, owner)| Node::Link { target, owner }),
    ]
}

/// Trees in which nothing lies in what is no directory.
fn trees() -> impl Strategy<Value = Tree> {
    prop::collection::btree_map(path(), node(), 0..12).prop_map(|mut tree| {
        let names: Vec<String> = tree.keys().cloned().collect();
        for name in names {
            let above = Path::new(&name).ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
            for path in above {
                let folder = Node::Folder { mode: 0o755, owner: 0 };
                let entry = tree.entry(path.display().to_string()).or_insert_with(|| folder.clone());
                if !matches!(entry, Node::Folder { .. }) {
                    *entry = folder;
                }
            }
        }
        tree
    })
}

/// Makes a tree below a directory, in an order that `key` gives.
fn build<K: Ord>(root: &Path, tree: &Tree, key: impl Fn(&str) -> K) {
    std::fs::create_dir_all(root).unwrap();
    let mut names: Vec<&String> = tree.keys().collect();
    names.sort_by_key(|name| key(name));
    for name in names {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match &tree[name] {
            Node::Folder { .. } => std::fs::create_dir_all(&path).unwrap(),
            Node::File { text, .. } => std::fs::write(&path, text).unwrap(),
            Node::Link { target, .. } => symlink(target, &path).unwrap(),
        }
    }
    for (name, node) in tree {
        let path = root.join(name);
        let (Node::File { owner, .. } | Node::Folder { owner, .. } | Node::Link { owner, .. }) = node;
        lchown(&path, Some(*owner), Some(*owner)).unwrap();
        if let Node::File { mode, .. } | Node::Folder { mode, .. } = node {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(*mode)).unwrap();
        }
    }
}

fn digest(world: &World, target: bool, path: &str, cache: Option<&Cache>) -> Digest {
    let root = if target { world.target() } else { world.source() };
    tree::digest(&Selection { contents: true, ..Selection::new(root, Path::new(path)) }, cache).unwrap()
}

fn digest_of(tree: &Tree) -> Digest {
    let world = World::new(&[]);
    build(&world.from("t"), tree, str::to_owned);
    digest(&world, false, "t", None)
}

fn apply(tree: &mut Tree, which: usize, how: u8) -> bool {
    let Some(name) = tree.keys().nth(which % tree.len().max(1)).cloned() else { return false };
    let Some(node) = tree.get_mut(&name) else { return false };
    match (how % 4, node) {
        (0, Node::File { text, .. }) => text.push(b'!'),
        (0, Node::Link { target, .. }) => target.push('x'),
        (1, Node::File { mode, .. } | Node::Folder { mode, .. }) => *mode ^= 0o100,
        (2, Node::File { owner, .. } | Node::Folder { owner, .. } | Node::Link { owner, .. }) => *owner += 1,
        (3, Node::File { .. } | Node::Link { .. }) => {
            if let Some(node) = tree.remove(&name) {
                tree.insert(name + "2", node);
            }
        }
        _ => return false,
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_copy_has_the_same_digest(tree in trees()) {
        let world = World::new(&[]);
        build(&world.from("t"), &tree, str::to_owned);
        world.copy("t", "/elsewhere/").unwrap();
        let before = digest(&world, false, "t", None);
        prop_assert_eq!(&digest(&world, true, "elsewhere", None), &before);
        // Once more onto itself changes nothing.
        world.copy("t", "/elsewhere/").unwrap();
        prop_assert_eq!(&digest(&world, true, "elsewhere", None), &before);
        // With the directory itself, too.
        let whole = Selection::new(world.source(), Path::new("t"));
        let order = world.order("t", "/whole");
        tree::copy(&Copy { what: whole, ..order }).unwrap();
        std::fs::rename(world.to("whole"), world.to("t")).unwrap();
        let copied = Selection::new(world.target(), Path::new("t"));
        prop_assert_eq!(tree::digest(&copied, None).unwrap(), tree::digest(&whole, None).unwrap());
    }

    #[test]
    fn the_order_of_making_does_not_matter(tree in trees(), seed in any::<u64>()) {
        let world = World::new(&[]);
        build(&world.from("one"), &tree, str::to_owned);
        build(&world.from("other"), &tree, |name| {
            name.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        });
        prop_assert_eq!(digest(&world, false, "one", None), digest(&world, false, "other", None));
    }

    #[test]
    fn each_change_changes_it(tree in trees(), which in any::<usize>(), how in any::<u8>()) {
        let mut changed = tree.clone();
        prop_assume!(apply(&mut changed, which, how));
        prop_assert_ne!(digest_of(&changed), digest_of(&tree));
    }

    #[test]
    fn a_cache_never_shows(tree in trees(), changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4)) {
        let (world, cache, mut tree) = (World::new(&[]), Cache::new(8), tree);
        for (which, how) in changes {
            // In the same place, so that numbers are used again.
            let _ = std::fs::remove_dir_all(world.from("t"));
            build(&world.from("t"), &tree, str::to_owned);
            for _ in 0..2 {
                prop_assert_eq!(digest(&world, false, "t", Some(&cache)), digest(&world, false, "t", None));
            }
            apply(&mut tree, which, how);
        }
    }
}

#[test]
fn a_file_that_is_written_over_is_read_again() {
    let (world, cache) = (World::new(&[("t/file", "one")]), Cache::new(100));
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..200 {
        std::fs::write(world.from("t/file"), format!("{number:03}")).unwrap();
        assert!(seen.insert(digest(&world, false, "t", Some(&cache))), "{number}");
    }
}

#[test]
fn names_of_files_count_and_paths_to_them_do_not() {
    let world = World::new(&[("a/x", "1"), ("b/x", "1"), ("a/y", "1"), ("p/1/f", ""), ("q/1f", "")]);
    let one = |path: &str| {
        let what = Selection { wildcards: true, ..Selection::new(world.source(), Path::new(path)) };
        tree::digest(&what, None).unwrap()
    };
    assert_eq!(one("a/x"), one("b/x"));
    assert_ne!(one("a/x"), one("a/y"));
    assert_eq!(one("[ab]/x"), one("[ba]/x"));
    assert_ne!(one("[ab]/x"), one("a/x"));
    assert_ne!(one("p"), one("q"));
    std::fs::File::open(world.from("a/x")).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(one("a/x"), one("b/x"));
}
