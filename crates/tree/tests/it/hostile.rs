//! Trees that somebody made to lead out, to block or to go on for ever.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, FileType, Mode};
use tree::{Cache, Copy, Error, Make, Selection};

use crate::{World, errno, listing};

/// A file and a directory beside both roots, which links lead to.
fn outside(world: &World) -> std::path::PathBuf {
    let outside = world.dir.path().join("outside");
    std::fs::create_dir_all(outside.join("dir")).unwrap();
    std::fs::write(outside.join("secret"), "the host's").unwrap();
    outside
}

#[test]
fn links_of_the_source_lead_nowhere_else() {
    let world = World::new(&[("inside", "x")]);
    let away = outside(&world);
    for (name, target) in [
        ("absolute", away.join("secret")),
        ("up", Path::new("../../../../../../../../..").join(away.join("secret").strip_prefix("/").unwrap())),
        ("near", "../outside/secret".into()),
        ("dir", "../outside".into()),
        ("magic", Path::new("/proc/self/root").join(away.join("secret").strip_prefix("/").unwrap())),
    ] {
        symlink(target, world.from(name)).unwrap();
    }
    for from in ["absolute", "up", "near", "magic", "dir/secret", "dir/*", "d*/secret", "../outside/secret"] {
        assert!(matches!(world.copy(from, "/"), Err(Error::NotFound { .. })), "{from}");
        let what = world.order(from, "/").what;
        assert!(matches!(tree::digest(&what, None), Err(Error::NotFound { .. })), "{from}");
    }
    assert_eq!(world.listing(), [""; 0]);
    // As links they are copied as what they are.
    world.copy("/", "/").unwrap();
    assert_eq!(world.to("near").read_link().unwrap(), Path::new("../outside/secret"));
}

#[test]
fn links_of_the_target_lead_nowhere_else() {
    let world = World::new(&[("file", "evil"), ("dir/file", "evil"), ("tree/dir/file", "evil")]);
    let away = outside(&world);
    let before = listing(&away);
    for (name, target) in [
        ("absolute", away.clone()),
        ("near", "../outside".into()),
        ("secret", away.join("secret")),
        ("root", "/".into()),
    ] {
        symlink(target, world.to(name)).unwrap();
    }
    let make = Make { mode: 0o777, owner: None, time: None };
    for to in ["absolute/", "absolute/secret", "near/secret", "near/dir/", "secret", "root/../../outside/secret"] {
        let _ = world.copy("file", to);
        let _ = world.copy("dir", to);
        let _ = tree::make_dirs(world.target(), Path::new(to), &make);
        let _ = tree::write_file(world.target(), Path::new(to), b"evil", &make);
        let _ = tree::remove(world.target(), Path::new(to), false, true);
        let _ = tree::remove(world.target(), &Path::new(to).join("*"), true, true);
    }
    assert_eq!(listing(&away), before);
    // A link where a directory is to go stays one.
    symlink(&away, world.to("dir")).unwrap();
    assert!(matches!(world.copy("tree", "/"), Err(Error::NotDirectory { .. })));
    assert_eq!(listing(&away), before);
}

#[test]
fn loops_end() {
    let world = World::new(&[("x/a ->", "b"), ("x/b ->", "a"), ("x/self ->", "self/self"), ("x/up ->", "..")]);
    for from in ["x/a", "x/self", "x/a/y"] {
        let error = world.copy(from, "/").unwrap_err();
        assert!(errno(&error).contains("symbolic links"), "{error}");
    }
    world.copy("x/up/x/up/x/up", "d").unwrap();
    assert_eq!(world.listing(), ["d/", "d/x/", "d/x/a -> b", "d/x/b -> a", "d/x/self -> self/self", "d/x/up -> .."]);
    world.fill("target", &[("l ->", "m"), ("m ->", "l")]);
    assert!(world.copy("x", "l/x").is_err());
}

#[test]
fn what_blocks_is_not_opened() {
    let world = World::new(&[("dir/file", "x")]);
    rustix::fs::mknodat(CWD, world.from("dir/pipe"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    rustix::fs::mknodat(CWD, world.to("pipe"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    let make = Make { mode: 0o644, owner: None, time: None };
    assert!(tree::write_file(world.target(), Path::new("pipe"), b"x", &make).is_err());
    world.copy("dir", "/").unwrap();
    world.copy("dir/pipe", "/again").unwrap();
    tree::digest(&world.order("dir", "/").what, Some(&Cache::new(10))).unwrap();
    assert_eq!(world.listing(), ["again *", "file x", "pipe *"]);
}

#[test]
fn no_depth_is_too_much() {
    let world = World::new(&[("dir/", "")]);
    let folder = rustix::fs::OFlags::DIRECTORY;
    let mut at = rustix::fs::openat(CWD, world.from("dir"), folder, Mode::empty()).unwrap();
    for _ in 0..3000 {
        rustix::fs::mkdirat(&at, "d", Mode::from_raw_mode(0o755)).unwrap();
        at = rustix::fs::openat(&at, "d", folder, Mode::empty()).unwrap();
    }
    let what = world.order("dir", "/").what;
    // As deep as the descriptors of a process reach, or as a path is long, and no deeper.
    assert!(tree::digest(&what, None).is_err());
    assert!(world.copy("dir", "/t").is_err());
    tree::remove(world.source(), Path::new("dir"), false, false).unwrap();
    tree::remove(world.target(), Path::new("t"), false, false).unwrap();
    assert_eq!(world.listing(), [""; 0]);
}

/// Somebody swaps a directory for a link to outside while it is copied, over and over.
#[test]
fn what_is_swapped_meanwhile() {
    let world = World::new(&[("dir/sub/file", "x"), ("dir/z", "z")]);
    let away = outside(&world);
    let before = listing(&away);
    symlink(&away, world.from("dir/link")).unwrap();
    symlink(&away, world.to("link")).unwrap();
    std::fs::create_dir_all(world.to("sub")).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for root in ["source/dir", "target"] {
            let (sub, link) = (world.dir.path().join(root).join("sub"), world.dir.path().join(root).join("link"));
            let done = &done;
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    let _ = rustix::fs::renameat_with(CWD, &sub, CWD, &link, rustix::fs::RenameFlags::EXCHANGE);
                }
            });
        }
        for _ in 0..2000 {
            let order = world.order("dir", "/");
            let _ = tree::copy(&Copy { replace: true, ..order });
            let _ = tree::digest(&Selection { contents: false, ..order.what }, None);
            let _ = tree::remove(world.target(), Path::new("sub/file"), false, true);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(listing(&away), before);
    for (root, folder) in [("source", world.from("")), ("target", world.to(""))] {
        assert!(!listing(&folder).iter().any(|line| line.contains("the host's")), "{root}");
    }
}
