//! Trees that are received: well behaved senders, and hostile ones.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use filesync::{Entry, Error, Flow, Kind, Packet, PacketType, Receiver, Reception, Sender, Stat};
use proptest::prelude::*;

/// A tree as a sender has it: files with their content, in the order of a walk.
type Tree = Vec<(Entry, Vec<u8>)>;

fn entry(path: &str, kind: Kind) -> Entry {
    let mode = if kind == Kind::Directory { 0o755 } else { 0o644 };
    Entry { path: path.into(), kind, mode, modified: 1_700_000_000_123_456_789, attributes: HashMap::new() }
}

fn file(path: &str, content: &str) -> (Entry, Vec<u8>) {
    (entry(path, Kind::File(content.len() as u64)), content.into())
}

fn other(path: &str, kind: Kind) -> (Entry, Vec<u8>) {
    (entry(path, kind), Vec::new())
}

fn root(path: &Path) -> std::os::fd::OwnedFd {
    fs::File::open(path).unwrap().into()
}

fn stat_packet(stat: Stat) -> Packet {
    Packet { r#type: PacketType::PacketStat.into(), stat: Some(stat), ..Packet::default() }
}

fn bare(kind: PacketType, id: u32, data: &[u8]) -> Packet {
    Packet { r#type: kind.into(), id, data: data.to_vec(), stat: None }
}

/// Sends a tree, and says which paths were asked for.
fn send(tree: &Tree, into: &Path, reception: Reception) -> Result<Vec<String>, Error> {
    let mut receiver = Receiver::new(root(into), reception)?;
    let (mut replies, mut asked, mut done) = (Vec::new(), Vec::new(), false);
    let stats = tree.iter().map(|(entry, _)| stat_packet(entry.clone().stat()));
    let mut packets: std::collections::VecDeque<Packet> = stats.collect();
    packets.push_back(bare(PacketType::PacketStat, 0, b""));
    while let Some(packet) = packets.pop_front() {
        done = receiver.take(packet, &mut replies)? == Flow::Finished;
        for reply in replies.drain(..) {
            match PacketType::try_from(reply.r#type).unwrap() {
                PacketType::PacketReq => {
                    let (entry, content) = &tree[reply.id as usize];
                    asked.push(entry.path.clone());
                    // Two pieces, and what was asked for before comes in between.
                    let half = content.len() / 2;
                    for piece in [&content[..half], &content[half..]] {
                        if !piece.is_empty() {
                            packets.push_back(bare(PacketType::PacketData, reply.id, piece));
                        }
                    }
                    packets.push_back(bare(PacketType::PacketData, reply.id, b""));
                }
                PacketType::PacketFin => packets.push_back(bare(PacketType::PacketFin, 0, b"")),
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(done, "the transfer did not end");
    Ok(asked)
}

/// What is in a directory, for comparison.
fn look(root: &Path) -> BTreeMap<String, String> {
    fn walk(root: &Path, at: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(at).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let stat = path.symlink_metadata().unwrap();
            let time = format!("{}.{:09}", stat.mtime(), stat.mtime_nsec());
            let mode = stat.permissions().mode() & 0o7777;
            let text = if stat.is_dir() {
                walk(root, &path, found);
                format!("directory {mode:o} {time}")
            } else if stat.is_symlink() {
                format!("link to {} {time}", fs::read_link(&path).unwrap().display())
            } else {
                format!("{mode:o} {time} {}", String::from_utf8_lossy(&fs::read(&path).unwrap()))
            };
            found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().into(), text);
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

fn sample() -> Tree {
    vec![
        file("a", "1"),
        other("b", Kind::Directory),
        other("b/c", Kind::Directory),
        file("b/c/d", "deep"),
        other("b/c/e", Kind::SymbolicLink("/etc/passwd".into())),
        file("b/empty", ""),
        file("b.txt", "after b and what is in it"),
        other("z", Kind::HardLink("b/c/d".into())),
    ]
}

#[test]
fn a_tree_comes_in_whole_and_then_only_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let asked = send(&sample(), folder.path(), Reception::Mirror).unwrap();
    assert_eq!(asked, ["a", "b/c/d", "b/empty", "b.txt"]);
    let time = "1700000000.123456789";
    let expected = [
        ("a", format!("644 {time} 1")),
        ("b", format!("directory 755 {time}")),
        ("b.txt", format!("644 {time} after b and what is in it")),
        ("b/c", format!("directory 755 {time}")),
        ("b/c/d", format!("644 {time} deep")),
        ("b/c/e", format!("link to /etc/passwd {time}")),
        ("b/empty", format!("644 {time} ")),
        ("z", format!("644 {time} deep")),
    ];
    assert_eq!(look(folder.path()), expected.map(|(path, text)| (path.to_owned(), text)).into());
    let inode = |path: &str| folder.path().join(path).metadata().unwrap().ino();
    assert_eq!(inode("z"), inode("b/c/d"));

    assert_eq!(send(&sample(), folder.path(), Reception::Mirror).unwrap(), Vec::<String>::new());

    let mut tree = sample();
    tree[3].0.modified += 1;
    tree[6].0.mode = 0o755;
    tree.remove(0);
    let elsewhere = tempfile::tempdir().unwrap();
    let kept = elsewhere.path().join("kept");
    fs::hard_link(folder.path().join("b.txt"), &kept).unwrap();
    assert_eq!(send(&tree, folder.path(), Reception::Mirror).unwrap(), ["b/c/d", "b.txt"]);
    assert!(!folder.path().join("a").exists());
    assert_eq!(inode("z"), inode("b/c/d"), "the link follows the new file");
    assert_eq!(kept.metadata().unwrap().mode() & 0o777, 0o644, "a link from elsewhere keeps what it had");
}

#[test]
fn kinds_change_places() {
    let folder = tempfile::tempdir().unwrap();
    let first = vec![
        other("a", Kind::Directory),
        file("a/x", "1"),
        file("b", "2"),
        other("c", Kind::SymbolicLink("a".into())),
        other("d", Kind::SymbolicLink("/".into())),
        other("e", Kind::Fifo),
    ];
    let second = vec![
        file("a", "now a file"),
        other("b", Kind::Directory),
        file("b/x", "1"),
        file("c", "no link any more"),
        other("d", Kind::Directory),
        file("d/etc", "not the host's"),
        file("e", "no pipe any more"),
    ];
    for tree in [&first, &second, &first, &second] {
        send(tree, folder.path(), Reception::Mirror).unwrap();
        let names: Vec<String> = look_names(folder.path());
        assert_eq!(names, tree.iter().map(|(entry, _)| entry.path.clone()).collect::<Vec<_>>());
    }
}

fn look_names(root: &Path) -> Vec<String> {
    fn walk(root: &Path, at: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(at).unwrap().map(Result::unwrap) {
            found.push(entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            if entry.file_type().unwrap().is_dir() {
                walk(root, &entry.path(), found);
            }
        }
    }
    let mut found = Vec::new();
    walk(root, root, &mut found);
    found.sort();
    found
}

#[test]
fn a_merge_keeps_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine"), "stays").unwrap();
    fs::create_dir(folder.path().join("b")).unwrap();
    fs::write(folder.path().join("b/mine"), "stays").unwrap();
    send(&sample(), folder.path(), Reception::Merge).unwrap();
    assert_eq!(fs::read(folder.path().join("mine")).unwrap(), b"stays");
    assert_eq!(fs::read(folder.path().join("b/mine")).unwrap(), b"stays");
    assert_eq!(fs::read(folder.path().join("b/c/d")).unwrap(), b"deep");
}

#[test]
fn merged_files_are_always_sent() {
    let folder = tempfile::tempdir().unwrap();
    send(&vec![file("a", "one")], folder.path(), Reception::Merge).unwrap();
    // The same size, and the same time.
    assert_eq!(send(&vec![file("a", "two")], folder.path(), Reception::Merge).unwrap(), ["a"]);
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"two");
}

#[test]
fn directories_that_cannot_be_written_to_are_filled() {
    let folder = tempfile::tempdir().unwrap();
    let mut closed = other("d", Kind::Directory);
    closed.0.mode = 0o555;
    for content in ["one", "other"] {
        send(&vec![closed.clone(), file("d/a", content)], folder.path(), Reception::Merge).unwrap();
        assert_eq!(fs::read(folder.path().join("d/a")).unwrap(), content.as_bytes());
        assert_eq!(fs::metadata(folder.path().join("d")).unwrap().permissions().mode() & 0o7777, 0o555);
    }
}

#[test]
fn what_must_not_be_stored_is_refused_by_name() {
    let named =
        |path: &str, mode: u32, link: &str| Stat { path: path.into(), mode, linkname: link.into(), ..Stat::default() };
    let (directory, symlink) = (1 << 31, 1 << 27);
    let long = "x".repeat(256);
    let cases = [
        (vec![named("../x", 0, "")], "leads out"),
        (vec![named("/x", 0, "")], "absolute"),
        (vec![named("", 0, "")], "empty"),
        (vec![named("a//b", 0, "")], "not clean"),
        (vec![named("a/../../b", 0, "")], "leads out"),
        (vec![named(".", directory, "")], "not clean"),
        (vec![named("x\0y", 0, "")], "zero byte"),
        (vec![named(&long, 0, "")], "too long"),
        (vec![named("x", 1 << 26, "")], "a device"),
        (vec![named("x", 1 << 26 | 1 << 21, "")], "a device"),
        (vec![named("x", 1 << 24, "")], "a socket"),
        (vec![named("x", symlink, "")], "leads to no path"),
        (vec![named("x", 0, "../../etc/passwd")], "leads out"),
        (vec![named("x/y", 0, "")], "was not sent before it"),
        // Through a link that was sent just before.
        (vec![named("x", symlink, "/tmp"), named("x/y", 0, "")], "is no directory"),
        (vec![named("b", 0, ""), named("a", 0, "")], "out of order"),
        (vec![named("b", 0, ""), named("b", symlink, "/")], "out of order"),
        (vec![named("b", directory, ""), named("b", symlink, "/"), named("b/c", 0, "")], "out of order"),
    ];
    for (stats, why) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut receiver = Receiver::new(root(folder.path()), Reception::Mirror).unwrap();
        let path = stats.last().unwrap().path.clone();
        let mut results = stats.into_iter().map(|stat| receiver.take(stat_packet(stat), &mut Vec::new()));
        let error = results.find_map(Result::err).unwrap().to_string();
        assert!(error.contains(why), "{error}");
        assert!(error.contains(&format!("{path:?}")) || path == "b/c", "{error}");
    }
}

#[test]
fn links_lead_to_files_of_the_tree_only() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // What is here already is not what the sender says: the link `x` would lead out.
    symlink(outside.path().parent().unwrap(), folder.path().join("x")).unwrap();
    let name = outside.path().file_name().unwrap().to_str().unwrap();
    let tree = vec![other("l", Kind::HardLink(format!("x/{name}")))];
    let error = send(&tree, folder.path(), Reception::Merge).unwrap_err().to_string();
    assert!(error.contains("which is no file of this tree"), "{error}");
    let tree = vec![other("a", Kind::SymbolicLink("/etc/passwd".into())), other("l", Kind::HardLink("a".into()))];
    let error = send(&tree, folder.path(), Reception::Mirror).unwrap_err().to_string();
    assert!(error.contains("which is no file of this tree"), "{error}");
}

#[test]
fn a_sender_that_breaks_off_leaves_no_half_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "old").unwrap();
    let mut receiver = Receiver::new(root(folder.path()), Reception::Mirror).unwrap();
    let mut replies = Vec::new();
    receiver.take(stat_packet(file("a", "new content").0.stat()), &mut replies).unwrap();
    receiver.take(bare(PacketType::PacketData, 0, b"new"), &mut replies).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    drop(receiver);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"old");
}

/// Files that were handed over, and how many pieces may be copied.
#[derive(Debug)]
struct Hands(HashMap<u32, fs::File>, usize);

impl filesync::Handed for Hands {
    fn take(&mut self, number: u32) -> std::io::Result<Option<std::os::fd::OwnedFd>> {
        Ok(self.0.remove(&number).map(Into::into))
    }

    fn copied(&mut self, bytes: u64) -> bool {
        assert!(bytes <= filesync::limits::COPY_BYTES);
        self.1 = self.1.saturating_sub(1);
        self.1 > 0
    }
}

#[test]
fn a_file_that_is_handed_over_is_copied() {
    let (folder, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let content: Vec<u8> = (0..40_000_000_u32).map(|number| (number >> 7) as u8).collect();
    fs::write(source.path().join("large"), &content).unwrap();
    fs::write(source.path().join("empty"), "").unwrap();
    let receive = |names: &[&str], pieces| {
        let open = |name: &str| fs::File::open(source.path().join(name)).unwrap();
        let files = (0..).zip(names).filter(|(_, name)| !name.is_empty()).map(|(number, name)| (number, open(name)));
        let receiver = Receiver::new(root(folder.path()), Reception::Mirror).unwrap();
        let mut receiver = receiver.with(Box::new(Hands(files.collect(), pieces)));
        for (name, _) in ["a", "b"].iter().zip(names) {
            receiver.take(stat_packet(entry(name, Kind::File(9)).stat()), &mut Vec::new()).unwrap();
        }
        receiver.take(bare(PacketType::PacketStat, 0, b""), &mut Vec::new()).unwrap();
        let numbers = 0..u32::try_from(names.len()).unwrap();
        let mut results = numbers.map(|number| receiver.take(filesync::handed_over(number), &mut Vec::new()));
        results.find_map(Result::err).map_or(Ok(receiver.received()), |error| Err(error.to_string()))
    };
    assert_eq!(receive(&["large", "empty"], 9).unwrap(), content.len() as u64);
    assert!(fs::read(folder.path().join("a")).unwrap() == content);
    assert_eq!(fs::read(folder.path().join("b")).unwrap(), b"");
    fs::remove_file(folder.path().join("a")).unwrap();
    for (names, pieces, why) in [
        (&[""][..], 9, "\"a\" was not handed over"),
        (&["."], 9, "is no regular file"),
        (&["large"], 1, "was given up while \"a\" was copied"),
    ] {
        let error = receive(names, pieces).unwrap_err();
        assert!(error.contains(why), "{error}");
        assert!(!folder.path().join("a").exists());
    }
}

#[test]
fn the_protocol_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |packets: Vec<Packet>, why: &str| {
        let mut receiver = Receiver::new(root(folder.path()), Reception::Mirror).unwrap();
        let mut results = packets.into_iter().map(|packet| receiver.take(packet, &mut Vec::new()));
        let error = results.find_map(Result::err).unwrap().to_string();
        assert!(error.contains(why), "{error}");
    };
    let end = || bare(PacketType::PacketStat, 0, b"");
    fails(vec![bare(PacketType::PacketData, 7, b"x")], "entry 7, which was not asked for");
    fails(vec![bare(PacketType::PacketFin, 0, b"")], "before everything was sent");
    fails(vec![end(), stat_packet(file("a", "").0.stat())], "after the last one");
    fails(vec![end(), end()], "after the last one");
    fails(vec![stat_packet(file("a", "x").0.stat()), filesync::handed_over(0)], "was not handed over, as was said");
    fails(vec![bare(PacketType::PacketReq, 0, b"")], "asks for content");
    fails(vec![bare(PacketType::PacketErr, 0, b"no such thing")], "no such thing");
    fails(vec![Packet { r#type: 99, ..Packet::default() }], "unknown type 99");
}

#[test]
fn many_new_files_are_asked_for_a_few_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let tree: Tree = (0..3000).map(|number| file(&format!("{number:05}"), "content")).collect();
    let mut receiver = Receiver::new(root(folder.path()), Reception::Mirror).unwrap();
    let mut replies = Vec::new();
    for (entry, _) in &tree {
        receiver.take(stat_packet(entry.clone().stat()), &mut replies).unwrap();
    }
    assert_eq!(replies.len(), filesync::limits::REQUESTS);
    let again = tempfile::tempdir().unwrap();
    assert_eq!(send(&tree, again.path(), Reception::Mirror).unwrap().len(), 3000);
    assert_eq!(fs::read_dir(again.path()).unwrap().count(), 3000);
}

/// Names that collide, lead elsewhere, and look like directories.
fn path() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c", "..", ".", "", "a.b", "\u{e4}", "/", "\0", "etc"]);
    prop::collection::vec(name, 1..5).prop_map(|names| names.join("/"))
}

fn hostile() -> impl Strategy<Value = Packet> {
    let mode = prop::sample::select(vec![
        0_u32,
        0o777,
        1 << 31,
        1 << 31 | 0o755,
        1 << 27,
        1 << 25,
        1 << 26,
        1 << 24,
        u32::MAX,
    ]);
    let link = prop_oneof![Just(String::new()), path(), Just("../outside".to_owned()), Just("/tmp".to_owned())];
    let stat = (path(), mode, link, any::<i64>(), any::<i64>()).prop_map(|(path, mode, linkname, size, mod_time)| {
        stat_packet(Stat { path, mode, linkname, size, mod_time, ..Stat::default() })
    });
    let data = (0..4_u32, prop::collection::vec(any::<u8>(), 0..5))
        .prop_map(|(id, data)| bare(PacketType::PacketData, id, &data));
    let others = (0..7_i32, 0..4_u32).prop_map(|(kind, id)| Packet { r#type: kind, id, ..Packet::default() });
    prop_oneof![6 => stat, 3 => data, 1 => others]
}

/// Trees of a well behaved sender.
fn tree() -> impl Strategy<Value = Tree> {
    let name = prop::sample::select(vec!["a", "b", "a.b", "c", "a-b"]);
    let path = prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"));
    let content = prop::sample::select(vec!["", "1", "2", "content"]);
    let node = (0..4_u8, content, 0..3_i64);
    prop::collection::btree_map(path, node, 0..20).prop_map(|nodes| {
        let mut tree: BTreeMap<Vec<String>, (Entry, Vec<u8>)> = BTreeMap::new();
        for (path, (kind, content, time)) in nodes {
            let names: Vec<String> = path.split('/').map(str::to_owned).collect();
            // What is above it becomes a directory; what is below it wins over a file of this name.
            for length in 1..names.len() {
                let above = names[..length].join("/");
                tree.insert(names[..length].to_vec(), other(&above, Kind::Directory));
            }
            if tree.get(&names).is_some_and(|(entry, _)| entry.kind == Kind::Directory) {
                continue;
            }
            let mut made = match kind {
                0 => other(&path, Kind::Directory),
                1 => other(&path, Kind::SymbolicLink(format!("../{content}/x"))),
                _ => file(&path, content),
            };
            // What has another content has another time or size, as files have.
            made.0.modified += time * 256 + i64::from(content.bytes().next().unwrap_or_default());
            tree.insert(names, made);
        }
        tree.into_values().collect()
    })
}

/// Sends a directory by the sender of this crate, and says how many bytes of content that took.
fn copy(from: &Path, into: &Path) -> u64 {
    let mut sender = Sender::new(root(from));
    let mut receiver = Receiver::new(root(into), Reception::Mirror).unwrap();
    let (mut replies, mut flow) = (Vec::new(), Flow::Open);
    let mut named = Vec::new();
    let mut keep = |packet| {
        named.push(packet);
        Ok(())
    };
    sender.name(&mut keep).unwrap();
    for packet in named {
        receiver.take(packet, &mut replies).unwrap();
    }
    while flow == Flow::Open {
        let mut answers = Vec::new();
        for reply in replies.drain(..) {
            let mut keep = |packet| {
                answers.push(packet);
                Ok(())
            };
            sender.take(reply, &mut keep).unwrap();
        }
        for answer in answers {
            flow = receiver.take(answer, &mut replies).unwrap();
        }
    }
    receiver.received()
}

#[test]
fn what_is_sent_is_what_comes() {
    let (from, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    send(&sample(), from.path(), Reception::Mirror).unwrap();
    fs::write(from.path().join("long"), vec![b'x'; filesync::limits::DATA_BYTES * 2 + 1]).unwrap();
    assert_eq!(copy(from.path(), into.path()), 30 + filesync::limits::DATA_BYTES as u64 * 2 + 1);
    assert_eq!(look(from.path()), look(into.path()));
    let inode = |path: &str| into.path().join(path).metadata().unwrap().ino();
    assert_eq!(inode("z"), inode("b/c/d"));
    assert_eq!(copy(from.path(), into.path()), 0);
}

/// `cargo test -p filesync --release -- --ignored --nocapture` prints how long it takes.
#[test]
#[ignore = "a measurement"]
fn twenty_thousand_files_of_which_one_differs() {
    let (from, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for number in 0..20_000 {
        let folder = from.path().join(format!("{:03}", number / 100));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{number:05}")), number.to_string()).unwrap();
    }
    for round in ["all are new", "none differs", "one differs"] {
        fs::write(from.path().join("000/00042"), round).unwrap();
        let begun = std::time::Instant::now();
        copy(from.path(), into.path());
        println!("{round}: {:?}", begun.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes, nothing outside is touched, and nothing panics.
    #[test]
    fn nothing_leaves_the_directory(packets in prop::collection::vec(hostile(), 1..40), merge: bool) {
        let around = tempfile::tempdir().unwrap();
        fs::write(around.path().join("outside"), "untouched").unwrap();
        let inside = around.path().join("inside");
        fs::create_dir(&inside).unwrap();
        symlink("..", inside.join("b")).unwrap();
        let reception = if merge { Reception::Merge } else { Reception::Mirror };
        let mut receiver = Receiver::new(root(&inside), reception).unwrap();
        let mut replies = Vec::new();
        for packet in packets {
            if receiver.take(packet, &mut replies).is_err() {
                break;
            }
        }
        drop(receiver);
        prop_assert_eq!(fs::read(around.path().join("outside")).unwrap(), b"untouched");
        prop_assert_eq!(fs::read_dir(around.path()).unwrap().count(), 2);
    }

    /// Any tree over any other one: the result is the second, and sending it again asks for nothing.
    #[test]
    fn the_result_is_what_was_sent(first in tree(), second in tree()) {
        let folder = tempfile::tempdir().unwrap();
        send(&first, folder.path(), Reception::Mirror).unwrap();
        send(&second, folder.path(), Reception::Mirror).unwrap();
        let fresh = tempfile::tempdir().unwrap();
        send(&second, fresh.path(), Reception::Mirror).unwrap();
        prop_assert_eq!(look(folder.path()), look(fresh.path()));
        prop_assert_eq!(look(fresh.path()).len(), second.len());
        prop_assert_eq!(send(&second, folder.path(), Reception::Mirror).unwrap(), Vec::<String>::new());
    }
}
