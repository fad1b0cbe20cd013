//! What is copied where, as BuildKit has it.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, XattrFlags};
use tree::{Copy, Error, Make, ModeChange, Owner, Selection, Verdict};

use crate::World;

fn listed(files: &[(&str, &str)], from: &str, to: &str, expected: &[&str]) {
    let world = World::new(files);
    world.copy(from, to).unwrap();
    assert_eq!(world.listing(), expected, "{from} to {to}");
}

#[test]
fn where_things_go() {
    let files = [("a", "1"), ("b", "2"), ("dir/x", "3"), ("dir/sub/y", "4"), ("dir/link ->", "x"), ("empty/", "")];
    listed(&files, "a", "/", &["a 1"]);
    listed(&files, "a", "/c", &["c 1"]);
    listed(&files, "/a", "d/", &["d/", "d/a 1"]);
    listed(&files, "a", "d/e/f", &["d/", "d/e/", "d/e/f 1"]);
    listed(&files, "a", "./d/.", &["d/", "d/a 1"]);
    listed(&files, "./b/../a", "/x/../c", &["c 1"]);
    listed(&files, "dir", "/", &["link -> x", "sub/", "sub/y 4", "x 3"]);
    listed(&files, "dir", "new", &["new/", "new/link -> x", "new/sub/", "new/sub/y 4", "new/x 3"]);
    listed(&files, "empty", "/", &[]);
    listed(&files, "empty", "/e", &["e/"]);
    listed(&files, "dir/link", "/", &["link 3"]);
    listed(&files, "?", "/d/", &["d/", "d/a 1", "d/b 2"]);
    listed(&files, "[ab]", "/d/", &["d/", "d/a 1", "d/b 2"]);
    listed(&files, "d*/*", "/d/", &["d/", "d/link 3", "d/x 3", "d/y 4"]);
    listed(&files, "*/sub", "/d/", &["d/", "d/y 4"]);
    listed(
        &files,
        "..",
        "/d",
        &["d/", "d/a 1", "d/b 2", "d/dir/", "d/dir/link -> x", "d/dir/sub/", "d/dir/sub/y 4", "d/dir/x 3", "d/empty/"],
    );
}

#[test]
fn a_directory_itself() {
    let world = World::new(&[("dir/x", "3")]);
    std::fs::set_permissions(world.from("dir"), std::fs::Permissions::from_mode(0o751)).unwrap();
    let itself = |to| {
        let order = world.order("dir", to);
        tree::copy(&Copy { what: Selection { contents: false, ..order.what }, ..order }).unwrap();
    };
    itself("new");
    itself("new");
    itself("/");
    assert_eq!(world.listing(), ["dir/", "dir/x 3", "new/", "new/dir/", "new/dir/x 3", "new/x 3"]);
    assert_eq!(world.to("new").metadata().unwrap().mode() & 0o7777, 0o751);
    // Of contents nothing but the contents is taken.
    world.copy("dir", "contents").unwrap();
    assert_eq!(world.to("contents").metadata().unwrap().mode() & 0o7777, 0o755);
}

#[test]
fn what_is_missing_is_named() {
    let world = World::new(&[("a", "1"), ("dir/x", "2")]);
    for (from, told) in [("nosuch", "/nosuch"), ("dir/nosuch/x", "/dir/nosuch/x"), ("*.c", "/*.c"), ("a/x", "/a/x")] {
        let error = world.copy(from, "/").unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
    assert!(matches!(world.copy("nosuch", "/"), Err(Error::NotFound { .. })));
    let order = world.order("*.c", "/");
    assert_eq!(tree::copy(&Copy { what: Selection { allow_none: true, ..order.what }, ..order }).unwrap().entries, 0);
    // Without patterns a star is a star.
    world.fill("source", &[("*", "star")]);
    let order = world.order("*", "/");
    tree::copy(&Copy { what: Selection { wildcards: false, ..order.what }, ..order }).unwrap();
    assert_eq!(world.listing(), ["* star"]);
    let order = world.order("a", "no/such");
    assert!(matches!(tree::copy(&Copy { make_path: false, ..order }), Err(Error::NotFound { .. })));
}

#[test]
fn what_stands_in_the_way() {
    let world = World::new(&[("file", "new"), ("dir/sub/x", "new"), ("other/sub", "new")]);
    world.fill("target", &[("file", "old"), ("d/sub/", ""), ("d/sub/old", "old"), ("link ->", "file"), ("f", "old")]);
    world.copy("file", "file").unwrap();
    world.copy("file", "link").unwrap();
    world.copy("dir", "d").unwrap();
    assert_eq!(world.listing(), ["d/", "d/sub/", "d/sub/old old", "d/sub/x new", "f old", "file new", "link -> file"]);
    assert!(matches!(world.copy("other", "d"), Err(Error::IsDirectory { .. })));
    assert!(matches!(world.copy("dir", "f"), Err(Error::NotDirectory { .. })));
    assert!(matches!(world.copy("file", "f/x"), Err(Error::NotDirectory { .. })));
    world.fill("source", &[("third/file/x", "new")]);
    assert!(matches!(world.copy("third", "/"), Err(Error::NotDirectory { .. })));
    tree::copy(&Copy { replace: true, ..world.order("third", "/") }).unwrap();
    tree::copy(&Copy { replace: true, ..world.order("other", "d") }).unwrap();
    assert_eq!(world.listing(), ["d/", "d/sub new", "f old", "file/", "file/x new", "link -> file"]);
}

#[test]
fn attributes_are_kept() {
    let world = World::new(&[("dir/file", "x"), ("dir/link ->", "nowhere"), ("dir/sub/", "")]);
    let old = std::time::UNIX_EPOCH + std::time::Duration::new(1_000_000_000, 5);
    for name in ["dir/file", "dir/sub"] {
        chown(world.from(name), Some(1), Some(2)).unwrap();
        std::fs::set_permissions(world.from(name), std::fs::Permissions::from_mode(0o6755)).unwrap();
        rustix::fs::setxattr(world.from(name), "user.note", b"kept", XattrFlags::empty()).unwrap();
        std::fs::File::open(world.from(name)).unwrap().set_modified(old).unwrap();
    }
    lchown(world.from("dir/link"), Some(3), Some(4)).unwrap();
    let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    rustix::fs::setxattr(world.from("dir/file"), "security.capability", &capability, XattrFlags::empty()).unwrap();
    rustix::fs::mknodat(CWD, world.from("dir/pipe"), FileType::Fifo, Mode::from_raw_mode(0o640), 0).unwrap();
    let null = rustix::fs::makedev(1, 3);
    rustix::fs::mknodat(CWD, world.from("dir/null"), FileType::CharacterDevice, Mode::from_raw_mode(0o666), null)
        .unwrap();
    drop(std::os::unix::net::UnixListener::bind(world.from("dir/socket")).unwrap());
    let copied = world.copy("dir", "/").unwrap();
    assert_eq!((copied.entries, copied.bytes), (5, 1));
    assert_eq!(world.listing(), ["file x", "link -> nowhere", "null *", "pipe *", "sub/"]);
    for (name, owner, mode) in
        [("file", (1, 2), 0o6755), ("sub", (1, 2), 0o6755), ("link", (3, 4), 0o777), ("pipe", (0, 0), 0o640)]
    {
        let found = world.to(name).symlink_metadata().unwrap();
        assert_eq!((found.uid(), found.gid()), owner, "{name}");
        assert_eq!(found.mode() & 0o7777, mode, "{name}");
    }
    assert_eq!(world.to("null").metadata().unwrap().rdev(), null);
    for name in ["file", "sub"] {
        assert_eq!(world.to(name).metadata().unwrap().modified().unwrap(), old, "{name}");
        let mut value = [0; 64];
        let length = rustix::fs::getxattr(world.to(name), "user.note", &mut value[..]).unwrap();
        assert_eq!(&value[..length], b"kept");
    }
    let mut value = [0; 64];
    assert_eq!(rustix::fs::getxattr(world.to("file"), "security.capability", &mut value[..]).unwrap(), 20);
}

#[test]
fn attributes_are_changed() {
    let world = World::new(&[("dir/sub/file", "x"), ("dir/link ->", "sub"), ("script", "x")]);
    let time = "2020-02-02T02:02:02.5Z".parse().unwrap();
    let change: ModeChange = "u=rwX,go=rX".parse().unwrap();
    let order = world.order("dir", "a/b/c");
    let owner = Some(Owner { uid: 5, gid: 6 });
    tree::copy(&Copy { owner, mode: Some(&change), time: Some(time), ..order }).unwrap();
    for (name, mode) in [
        ("a", 0o755),
        ("a/b", 0o755),
        ("a/b/c", 0o755),
        ("a/b/c/sub", 0o755),
        ("a/b/c/sub/file", 0o644),
        ("a/b/c/link", 0o777),
    ] {
        let found = world.to(name).symlink_metadata().unwrap();
        assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (5, 6, mode), "{name}");
    }
    assert_eq!(world.to("a/b/c/sub/file").metadata().unwrap().mtime(), 1_580_608_922);
    assert_eq!(world.to("a/b/c/sub").metadata().unwrap().mtime_nsec(), 500_000_000);
    tree::copy(&Copy { mode: Some(&ModeChange::exactly(0o4711)), ..world.order("script", "/") }).unwrap();
    assert_eq!(world.to("script").metadata().unwrap().mode() & 0o7777, 0o4711);
    tree::copy(&Copy { mode: Some(&ModeChange::exactly(0o4700)), ..world.order("script", "/above/it") }).unwrap();
    assert_eq!(world.to("above").metadata().unwrap().mode() & 0o7777, 0o700);
    // Directories that were there and are copied become what they are in the source, the target itself does not.
    std::fs::set_permissions(world.to("a/b/c"), std::fs::Permissions::from_mode(0o700)).unwrap();
    world.copy("dir", "a/b/c").unwrap();
    assert_eq!(world.to("a/b/c").metadata().unwrap().mode() & 0o777, 0o700);
    assert_eq!(world.to("a/b/c/sub").metadata().unwrap().uid(), 0);
}

/// What BuildKit does with directories that were there already.
#[test]
fn directories_that_were_there() {
    let world = World::new(&[("dir/sub/deep/file", "x")]);
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1000);
    for name in ["dir", "dir/sub", "dir/sub/deep"] {
        std::fs::set_permissions(world.from(name), std::fs::Permissions::from_mode(0o711)).unwrap();
        chown(world.from(name), Some(1), Some(1)).unwrap();
        std::fs::File::open(world.from(name)).unwrap().set_modified(old).unwrap();
    }
    let found = |name: &str| {
        let found = world.to(name).metadata().unwrap();
        (found.uid(), found.mode() & 0o7777, found.modified().unwrap() == old)
    };
    world.fill("target", &[("whole/sub/", ""), ("led/sub/", "")]);
    world.copy("dir", "whole").unwrap();
    assert_eq!(
        [found("whole"), found("whole/sub"), found("whole/sub/deep")],
        [(0, 0o755, true), (1, 0o711, true), (1, 0o711, true)]
    );
    let filter = |_: &Path, directory: bool| if directory { Verdict::Within } else { Verdict::Take };
    let order = world.order("dir", "led");
    tree::copy(&Copy { what: Selection { filter: Some(&filter), ..order.what }, ..order }).unwrap();
    assert_eq!(
        [found("led"), found("led/sub"), found("led/sub/deep")],
        [(0, 0o755, true), (0, 0o711, false), (1, 0o711, true)]
    );
}

#[test]
fn hard_links_stay_links() {
    let world = World::new(&[("dir/a/one", "x"), ("dir/alone", "y")]);
    std::fs::hard_link(world.from("dir/a/one"), world.from("dir/two")).unwrap();
    std::fs::hard_link(world.from("dir/a/one"), world.from("outside")).unwrap();
    world.copy("dir", "d").unwrap();
    let inode = |name: &str| world.to(name).metadata().unwrap().ino();
    assert_eq!(inode("d/a/one"), inode("d/two"));
    assert_eq!(world.to("d/two").metadata().unwrap().nlink(), 2);
}

#[test]
fn filters() {
    let world = World::new(&[
        ("src/main.c", "1"),
        ("src/deep/er/x.c", "2"),
        ("src/deep/x.h", "3"),
        ("src/other/y.h", "4"),
        ("doc/z", "5"),
    ]);
    std::fs::set_permissions(world.from("src/deep"), std::fs::Permissions::from_mode(0o711)).unwrap();
    let only_c = |path: &Path, directory: bool| match (directory, path.extension()) {
        (true, _) if path.ends_with("doc") => Verdict::Leave,
        (true, _) => Verdict::Within,
        (false, Some(extension)) if extension == "c" => Verdict::Take,
        _ => Verdict::Leave,
    };
    let order = world.order("/", "/t/");
    tree::copy(&Copy { what: Selection { filter: Some(&only_c), ..order.what }, ..order }).unwrap();
    assert_eq!(
        world.listing(),
        ["t/", "t/src/", "t/src/deep/", "t/src/deep/er/", "t/src/deep/er/x.c 2", "t/src/main.c 1"]
    );
    assert_eq!(world.to("t/src/deep").metadata().unwrap().mode() & 0o777, 0o711);
}

#[test]
fn holes_stay_holes() {
    use std::io::{Seek, SeekFrom, Write};
    let world = World::new(&[]);
    let mut file = std::fs::File::create(world.from("sparse")).unwrap();
    for position in [0, 8 << 20, 50 << 20] {
        file.seek(SeekFrom::Start(position)).unwrap();
        file.write_all(&[7; 5000]).unwrap();
    }
    file.set_len(100 << 20).unwrap();
    world.copy("sparse", "/").unwrap();
    let (from, to) = (world.from("sparse").metadata().unwrap(), world.to("sparse").metadata().unwrap());
    assert_eq!(to.len(), from.len());
    assert!(to.blocks() <= from.blocks() + 64, "{} {}", to.blocks(), from.blocks());
    assert!(std::fs::read(world.from("sparse")).unwrap() == std::fs::read(world.to("sparse")).unwrap());
}

#[test]
fn large_files() {
    let world = World::new(&[]);
    let bytes: Vec<u8> = (0..3_000_001_u32).map(|number| (number % 251) as u8).collect();
    std::fs::write(world.from("large"), &bytes).unwrap();
    assert_eq!(world.copy("large", "/").unwrap().bytes, 3_000_001);
    assert!(std::fs::read(world.to("large")).unwrap() == bytes);
}

#[test]
fn directories_and_files_are_made_and_removed() {
    let world = World::new(&[]);
    world.fill("target", &[("usr/lib/", ""), ("lib ->", "usr/lib"), ("dangling ->", "usr/new"), ("file", "old")]);
    let make = Make { mode: 0o1770, owner: Some(Owner { uid: 7, gid: 8 }), time: None };
    let path = Path::new;
    tree::make_dirs(world.target(), path("/lib/a/b"), &make).unwrap();
    tree::make_dirs(world.target(), path("dangling/c"), &make).unwrap();
    tree::make_dir(world.target(), path("/usr/d"), &make).unwrap();
    tree::make_dir(world.target(), path("/usr/d"), &make).unwrap();
    tree::make_dir(world.target(), path("/"), &make).unwrap();
    assert!(matches!(tree::make_dir(world.target(), path("/no/such"), &make), Err(Error::NotFound { .. })));
    assert!(matches!(tree::make_dirs(world.target(), path("/file/x"), &make), Err(Error::NotDirectory { .. })));
    assert!(matches!(tree::make_dirs(world.target(), path("/file"), &make), Err(Error::NotDirectory { .. })));
    for name in ["usr/lib/a", "usr/lib/a/b", "usr/new", "usr/new/c", "usr/d"] {
        let found = world.to(name).metadata().unwrap();
        assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (7, 8, 0o1770), "{name}");
    }
    let plain = Make { mode: 0o640, owner: None, time: Some("1970-01-01T00:00:09Z".parse().unwrap()) };
    tree::write_file(world.target(), path("lib/new"), b"text", &plain).unwrap();
    tree::write_file(world.target(), path("file"), b"newer", &plain).unwrap();
    let found = world.to("usr/lib/new").metadata().unwrap();
    assert_eq!((found.mode() & 0o777, found.mtime(), found.uid()), (0o640, 9, 0));
    assert_eq!(std::fs::read(world.to("file")).unwrap(), b"newer");
    assert_eq!(world.to("file").metadata().unwrap().mode() & 0o777, 0o644);
    assert!(matches!(tree::write_file(world.target(), path("usr"), b"", &plain), Err(Error::IsDirectory { .. })));
    assert!(matches!(tree::write_file(world.target(), path("no/such"), b"", &plain), Err(Error::NotFound { .. })));

    tree::remove(world.target(), path("lib/a"), false, false).unwrap();
    tree::remove(world.target(), path("dangling"), false, false).unwrap();
    tree::remove(world.target(), path("nosuch"), false, true).unwrap();
    tree::remove(world.target(), path("no/such"), false, true).unwrap();
    tree::remove(world.target(), path("*.none"), true, false).unwrap();
    assert!(matches!(tree::remove(world.target(), path("nosuch"), false, false), Err(Error::NotFound { .. })));
    assert!(tree::remove(world.target(), path("/"), false, false).is_err());
    tree::remove(world.target(), path("/usr/[dn]*"), true, false).unwrap();
    assert_eq!(world.listing(), ["file newer", "lib -> usr/lib", "usr/", "usr/lib/", "usr/lib/new text"]);
}

#[test]
fn nobody_wants_it_any_more() {
    let world = World::new(&[("a", "1"), ("dir/b", "2")]);
    let stop = std::sync::atomic::AtomicBool::new(true);
    let order = world.order("dir", "/");
    let stopped = tree::copy(&Copy { what: Selection { stop: Some(&stop), ..order.what }, ..order });
    assert!(matches!(stopped, Err(Error::Stopped)));
}

/// As builds have it: the target is a mounted overlay, and what was done is its upper directory.
#[test]
fn onto_an_overlay() {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;
    let world = World::new(&[("dir/file", "new"), ("dir/sub/x", "new"), ("large", &"data".repeat(1 << 20))]);
    std::fs::hard_link(world.from("dir/file"), world.from("dir/again")).unwrap();
    world.fill("lower", &[("app/file", "old"), ("app/sub/old", "old"), ("gone/x", "old"), ("link ->", "app")]);
    for folder in ["upper", "work"] {
        std::fs::create_dir_all(world.dir.path().join(folder)).unwrap();
    }
    let path = |name: &str| world.dir.path().join(name);
    let (upper, work) = (path("upper"), path("work"));
    let written = Some((upper.as_path(), work.as_path()));
    let mounted = sys::mount::overlay(&[path("lower")], written, sys::mount::Attributes::empty()).unwrap();
    tree::copy(&Copy { target: mounted.as_fd(), ..world.order("dir", "/link/") }).unwrap();
    tree::copy(&Copy { target: mounted.as_fd(), ..world.order("large", "/link/") }).unwrap();
    tree::remove(mounted.as_fd(), Path::new("/gone"), false, false).unwrap();
    let copied = Selection { contents: true, ..Selection::new(mounted.as_fd(), Path::new("app/sub")) };
    assert_eq!(copied.paths().unwrap(), [Path::new("/app/sub")]);
    drop(mounted);
    assert!(upper.join("gone").symlink_metadata().unwrap().file_type().is_char_device());
    assert_eq!(std::fs::read(upper.join("app/file")).unwrap(), b"new");
    assert_eq!(upper.join("app/file").metadata().unwrap().ino(), upper.join("app/again").metadata().unwrap().ino());
    assert_eq!(upper.join("app/large").metadata().unwrap().len(), 4 << 20);
    assert!(upper.join("app/sub/x").exists() && !upper.join("app/sub/old").exists());
}

#[test]
fn files_that_stay_what_they_are_are_shared() {
    let world = World::new(&[("from/a", "1"), ("from/b", "2")]);
    world.fill("target", &[("to/b", "old")]);
    let cache = tree::Cache::new(100);
    let inode = |path: std::path::PathBuf| path.symlink_metadata().unwrap().ino();
    tree::copy(&Copy { share: Some(&cache), ..world.order("from", "to") }).unwrap();
    assert_eq!(inode(world.from("from/a")), inode(world.to("to/a")));
    // What stood in the way is gone, and the source keeps what it is.
    assert_eq!(std::fs::read_to_string(world.to("to/b")).unwrap(), "2");
    // Another mode is another file.
    std::fs::set_permissions(world.from("from/a"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let mode = "600".parse().unwrap();
    tree::copy(&Copy { share: Some(&cache), mode: Some(&mode), ..world.order("from", "private") }).unwrap();
    assert_ne!(inode(world.from("from/a")), inode(world.to("private/a")));
    assert_eq!(world.from("from/a").metadata().unwrap().mode() & 0o777, 0o644);
}
