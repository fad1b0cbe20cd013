//! What is packed, unpacked and packed again is the same bytes: a layer's archive can be made anew whenever it is
//! asked for. Needs root, for whiteouts and owners.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use image::archive::{Contents, Whiteouts, pack, unpack};
use proptest::prelude::*;
use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags};

#[derive(Debug, Clone)]
enum Node {
    File { size: usize, note: bool },
    Link(Vec<u8>),
    Again(Vec<u8>),
    Whiteout,
    Device(u32, u32),
    Pipe,
    Folder { opaque: bool },
}

/// A thing with its mode, owner and seconds of its time.
type Entry = (Node, u32, u32, i64);

fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "c", "é"]).prop_map(|name| name.as_bytes().to_vec()),
        1 => prop::collection::vec(prop::sample::select(vec![0xff_u8, b'x', b'\n', b'\\', b' ']), 1..6),
        1 => (90_usize..255).prop_map(|length| vec![b'n'; length]),
    ]
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(name(), 1..4).prop_map(|names| names.join(&b'/'))
}

fn entry() -> impl Strategy<Value = Entry> {
    let node = prop_oneof![
        4 => (0_usize..3000, any::<bool>()).prop_map(|(size, note)| Node::File { size, note }),
        2 => prop::collection::vec(1_u8.., 1..150).prop_map(Node::Link),
        2 => path().prop_map(Node::Again),
        2 => Just(Node::Whiteout),
        1 => (1_u32..4096, 0_u32..0xf_ffff).prop_map(|(major, minor)| Node::Device(major, minor)),
        1 => Just(Node::Pipe),
        3 => any::<bool>().prop_map(|opaque| Node::Folder { opaque }),
    ];
    let owner = prop_oneof![Just(0_u32), 1_u32..0xffff_fffe];
    (node, 0..0o10000_u32, owner, -5_i64..1 << 33)
}

fn build(root: &Path, tree: &BTreeMap<Vec<u8>, Entry>) {
    for (path, (node, mode, owner, seconds)) in tree {
        let path = root.join(OsStr::from_bytes(path));
        let Some(parent) = path.parent() else { continue };
        // What lies in something else than a directory is left out.
        if std::fs::create_dir_all(parent).is_err() || path.symlink_metadata().is_ok() {
            continue;
        }
        let made = match node {
            Node::File { size, note } => {
                std::fs::write(&path, vec![b'x'; *size]).unwrap();
                if *note {
                    rustix::fs::setxattr(&path, "user.note", &vec![b'v'; *size % 300], XattrFlags::empty()).unwrap();
                }
                Ok(())
            }
            Node::Link(target) => std::os::unix::fs::symlink(OsStr::from_bytes(target), &path),
            Node::Again(other) => {
                let other = root.join(OsStr::from_bytes(other));
                let whiteout = rustix::fs::lstat(&other).is_ok_and(|stat| {
                    FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice && stat.st_rdev == 0
                });
                if whiteout { continue } else { std::fs::hard_link(other, &path) }
            }
            Node::Whiteout => node_at(&path, FileType::CharacterDevice, 0),
            Node::Device(major, minor) => node_at(&path, FileType::BlockDevice, rustix::fs::makedev(*major, *minor)),
            Node::Pipe => node_at(&path, FileType::Fifo, 0),
            Node::Folder { opaque } => {
                std::fs::create_dir(&path).unwrap();
                if *opaque {
                    rustix::fs::setxattr(&path, "trusted.overlay.opaque", b"y", XattrFlags::empty()).unwrap();
                }
                Ok(())
            }
        };
        if made.is_err() {
            continue;
        }
        let (uid, gid) = (Some(Uid::from_raw(*owner)), Some(Gid::from_raw(*owner / 2)));
        rustix::fs::chownat(CWD, &path, uid, gid, AtFlags::SYMLINK_NOFOLLOW).unwrap();
        if !matches!(node, Node::Link(_) | Node::Again(_)) {
            rustix::fs::chmodat(CWD, &path, Mode::from_raw_mode(*mode), AtFlags::empty()).unwrap();
        }
        let time = Timespec { tv_sec: *seconds, tv_nsec: 7 };
        let times = Timestamps { last_access: time, last_modification: time };
        rustix::fs::utimensat(CWD, &path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
    }
}

fn node_at(path: &Path, kind: FileType, number: u64) -> std::io::Result<()> {
    Ok(rustix::fs::mknodat(CWD, path, kind, Mode::from_raw_mode(0o600), number)?)
}

fn packed(root: &Path) -> Vec<u8> {
    pack(sys::beneath::open_root(root).unwrap(), Vec::new(), Whiteouts::Convert).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_archive_can_be_made_anew(tree in prop::collection::btree_map(path(), entry(), 0..15)) {
        let world = tempfile::tempdir().unwrap();
        let (one, other) = (world.path().join("one"), world.path().join("other"));
        for root in [&one, &other] {
            std::fs::create_dir(root).unwrap();
        }
        build(&one, &tree);
        let first = packed(&one);
        unpack(first.as_slice(), &other, Contents::Layer).unwrap();
        prop_assert!(packed(&other) == first);
    }
}

/// When something was removed is nothing of a layer.
#[test]
fn whiteouts_have_no_time() {
    let world = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    for seconds in [5, 1_000_000_000] {
        let root = world.path().join(seconds.to_string());
        std::fs::create_dir(&root).unwrap();
        node_at(&root.join("gone"), FileType::CharacterDevice, 0).unwrap();
        let time = Timespec { tv_sec: seconds, tv_nsec: 0 };
        let times = Timestamps { last_access: time, last_modification: time };
        rustix::fs::utimensat(CWD, root.join("gone"), &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
        seen.push(packed(&root));
    }
    assert!(seen[0] == seen[1]);
}

#[test]
fn many_files_come_in_their_order() {
    let world = tempfile::tempdir().unwrap();
    let (one, other) = (world.path().join("one"), world.path().join("other"));
    for root in [&one, &other] {
        std::fs::create_dir(root).unwrap();
    }
    let contents: BTreeMap<String, Vec<u8>> =
        (0..300).map(|number| (format!("{number}"), vec![b'a' + (number % 7) as u8; number * 300])).collect();
    for (name, bytes) in &contents {
        std::fs::write(one.join(name), bytes).unwrap();
    }
    std::fs::hard_link(one.join("299"), one.join("0-first")).unwrap();
    std::fs::create_dir(one.join("150-folder")).unwrap();
    let first = packed(&one);
    let mut archive = tar::Archive::new(first.as_slice());
    let names: Vec<_> =
        archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
    assert_eq!(names.len(), 302);
    assert!(names.is_sorted());
    unpack(first.as_slice(), &other, Contents::Layer).unwrap();
    for (name, bytes) in &contents {
        assert!(std::fs::read(other.join(name)).unwrap() == *bytes, "{name}");
    }
    assert!(packed(&other) == first);
}
