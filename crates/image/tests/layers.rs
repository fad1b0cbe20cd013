//! Layers that are made here: sealed, grafted, looked at, assembled to images, saved and loaded. Needs root, for
//! overlays and whiteouts.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use image::archive::{Whiteouts, pack};
use image::{Compression, Error, Images, LayersAs, NewImage, RegistryOptions, Sealed};
use oci::Digest;
use oci::image::{Config, RootFs, media_type};
use rustix::fs::{CWD, FileType, Mode, XattrFlags};
use sys::mount::{Attributes, overlay};
use tempfile::{TempDir, tempdir};
use words::Timestamp;

fn store() -> (TempDir, Images) {
    let folder = tempdir().unwrap();
    let images = Images::open(folder.path(), RegistryOptions::default()).unwrap();
    (folder, images)
}

/// A layer of what `fill` puts into the upper directory.
fn layer(images: &Images, below: &[Digest], fill: impl FnOnce(&Path)) -> Sealed {
    images.prepare("step").unwrap();
    fill(&images.upper("step"));
    images.seal("step", below, None).unwrap()
}

/// A layer of what `work` does to the mounted snapshot.
fn step(images: &Images, below: &[Digest], clamp: Option<Timestamp>, work: impl FnOnce(&Path)) -> Sealed {
    images.prepare("step").unwrap();
    let stack = images.stack("step", below);
    let mounted = overlay(&stack.lower, Some((&stack.upper, &stack.work)), Attributes::empty()).unwrap();
    work(&through(&mounted));
    drop(mounted);
    images.seal("step", below, clamp).unwrap()
}

/// A descriptor as a path, for tests.
fn through(fd: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/.", fd.as_raw_fd()))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn config(layers: &[Digest]) -> Vec<u8> {
    let config = Config {
        created: None,
        author: None,
        architecture: "amd64".into(),
        variant: None,
        os: "linux".into(),
        comment: None,
        docker_version: None,
        config: None,
        rootfs: RootFs { kind: "layers".into(), diff_ids: layers.to_vec() },
        history: Vec::new(),
    };
    serde_json::to_vec(&config).unwrap()
}

fn write(path: PathBuf, text: &str) {
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_snapshot_becomes_a_layer_by_a_rename() {
    let (folder, images) = store();
    images.prepare("step").unwrap();
    write(images.upper("step").join("file"), "12345");
    let inode = std::fs::metadata(images.upper("step").join("file")).unwrap().ino();
    let sealed = images.seal("step", &[], None).unwrap();
    assert_eq!(sealed.size, 5);
    assert!(images.snapshots().is_empty());
    let diff = folder.path().join("layers").join(sealed.diff_id.hex()).join("diff");
    assert_eq!(std::fs::metadata(diff.join("file")).unwrap().ino(), inode);
    for empty in ["tmp", "trash", "snapshots"] {
        assert_eq!(names(&folder.path().join(empty)), [""; 0], "{empty}");
    }
    // The same content again is the same layer.
    images.prepare("again").unwrap();
    let again = images.upper("again").join("file");
    write(again.clone(), "12345");
    let time = std::fs::metadata(diff.join("file")).unwrap().modified().unwrap();
    std::fs::File::options().write(true).open(again).unwrap().set_modified(time).unwrap();
    assert_eq!(images.seal("again", &[], None).unwrap(), sealed);
    assert_eq!(std::fs::metadata(diff.join("file")).unwrap().ino(), inode);
    assert!(images.snapshots().is_empty());
}

#[test]
fn what_a_step_removes_is_gone_above() {
    let (_folder, images) = store();
    let base = layer(&images, &[], |root| {
        std::fs::create_dir_all(root.join("old/deep")).unwrap();
        write(root.join("old/deep/file"), "x");
        write(root.join("gone"), "x");
        write(root.join("kept"), "x");
    });
    let below = [base.diff_id];
    let above = step(&images, &below, None, |root| {
        std::fs::remove_file(root.join("gone")).unwrap();
        std::fs::remove_dir_all(root.join("old")).unwrap();
        std::fs::create_dir(root.join("old")).unwrap();
        write(root.join("old/new"), "y");
    });
    let layers = [below[0].clone(), above.diff_id.clone()];
    let view = images.look(&layers).unwrap();
    assert_eq!(names(&through(&view)), ["kept", "old"]);
    assert_eq!(names(&through(&view).join("old")), ["new"]);
    assert!(std::fs::write(through(&view).join("more"), "x").is_err());
    // What is in one layer alone.
    assert_eq!(names(&through(&images.look(&below).unwrap())), ["gone", "kept", "old"]);
    assert_eq!(names(&through(&images.look(&[]).unwrap())), [""; 0]);
    assert!(matches!(images.look(&[above.diff_id]), Err(Error::Missing(_))));
}

#[test]
fn times_are_clamped_and_sockets_go() {
    let (_folder, images) = store();
    let clamp: Timestamp = "2020-02-02T02:02:02Z".parse().unwrap();
    let early = std::time::UNIX_EPOCH + std::time::Duration::from_secs(5);
    let fill = |root: &Path| {
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        write(root.join("a/b/late"), "x");
        std::os::unix::fs::symlink("x", root.join("a/link")).unwrap();
        let old = std::fs::File::create(root.join("a/old")).unwrap();
        old.set_modified(early).unwrap();
        drop(std::os::unix::net::UnixListener::bind(root.join("a/b/socket")).unwrap());
    };
    let first = step(&images, &[], Some(clamp), fill);
    let view = images.look(std::slice::from_ref(&first.diff_id)).unwrap();
    for (name, seconds) in [
        ("a", clamp.seconds()),
        ("a/b", clamp.seconds()),
        ("a/b/late", clamp.seconds()),
        ("a/link", clamp.seconds()),
        ("a/old", 5),
    ] {
        assert_eq!(through(&view).join(name).symlink_metadata().unwrap().mtime(), seconds, "{name}");
    }
    assert_eq!(names(&through(&view).join("a/b")), ["late"]);
    // Whenever it is made, it is the same.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(step(&images, &[], Some(clamp), fill), first);
}

#[test]
fn a_hole_without_end_is_no_layer() {
    let (_folder, images) = store();
    images.prepare("step").unwrap();
    std::fs::File::create(images.upper("step").join("hole")).unwrap().set_len(1 << 40).unwrap();
    assert!(matches!(images.seal("step", &[], None), Err(Error::TooLarge(_))));
}

#[test]
fn a_layer_is_grafted_upon_others() {
    let (folder, images) = store();
    let first = layer(&images, &[], |root| write(root.join("first"), "1"));
    let second = layer(&images, &[], |root| {
        std::fs::create_dir(root.join("hidden")).unwrap();
        write(root.join("hidden/x"), "2");
    });
    let added = step(&images, std::slice::from_ref(&first.diff_id), None, |root| {
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        write(root.join("a/b/file"), "data");
        std::fs::hard_link(root.join("a/b/file"), root.join("a/again")).unwrap();
        std::fs::set_permissions(root.join("a"), std::fs::Permissions::from_mode(0o2750)).unwrap();
        std::fs::remove_file(root.join("first")).unwrap();
        std::os::unix::fs::symlink("file", root.join("a/b/link")).unwrap();
    });
    let upper = |chain: &[Digest]| {
        let manifest = images.assemble(&config(chain), None, BTreeMap::new()).unwrap();
        folder.path().join("layers").join(manifest.layers.last().unwrap().hex()).join("diff")
    };
    images.graft(&added.diff_id, std::slice::from_ref(&first.diff_id), std::slice::from_ref(&second.diff_id)).unwrap();
    let from = upper(&[first.diff_id.clone(), added.diff_id.clone()]);
    let to = upper(&[second.diff_id.clone(), added.diff_id.clone()]);
    let inode = |path: PathBuf| path.symlink_metadata().unwrap().ino();
    assert_eq!(inode(from.join("a/b/file")), inode(to.join("a/b/file")));
    assert_eq!(to.join("a").metadata().unwrap().mode() & 0o7777, 0o2750);
    assert!(to.join("first").symlink_metadata().unwrap().file_type().is_char_device());
    let view = images.look(&[second.diff_id.clone(), added.diff_id.clone()]).unwrap();
    assert_eq!(names(&through(&view)), ["a", "hidden"]);
    // Its archive is what it was.
    let image =
        images.assemble(&config(&[second.diff_id.clone(), added.diff_id.clone()]), None, BTreeMap::new()).unwrap();
    for layer in images.layers_of(&image.manifest).unwrap() {
        let mut bytes = Vec::new();
        images.open_layer(&layer).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, layer.blob.size);
    }
    // Twice is once, and below that nobody has is told.
    images.graft(&added.diff_id, std::slice::from_ref(&first.diff_id), std::slice::from_ref(&second.diff_id)).unwrap();
    assert!(matches!(images.graft(&added.diff_id, &[], &[]), Err(Error::Missing(_))));
}

#[test]
fn an_image_of_layers_is_saved_and_loaded() {
    let (_folder, images) = store();
    let base = layer(&images, &[], |root| {
        write(root.join("file"), "base");
        rustix::fs::setxattr(root.join("file"), "user.note", b"kept", XattrFlags::empty()).unwrap();
        rustix::fs::mknodat(CWD, root.join("pipe"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    });
    let below = [base.diff_id.clone()];
    let above = step(&images, &below, None, |root| {
        std::fs::remove_file(root.join("file")).unwrap();
        write(root.join("long-".repeat(40)), "name");
    });
    let layers = [base.diff_id.clone(), above.diff_id.clone()];
    let image = images.assemble(&config(&layers), None, BTreeMap::new()).unwrap();
    assert_eq!(image.size, base.size + above.size);
    let blobs = images.layers_of(&image.manifest).unwrap();
    assert!(blobs.iter().all(|layer| layer.blob.media_type == media_type::LAYER && layer.blob.digest == layer.diff_id));
    let mut saved = Vec::new();
    let name: oci::Reference = "made:latest".parse().unwrap();
    images.save(&[(image.manifest.clone(), vec![name.clone()])], &mut saved).unwrap();

    let (_other_folder, other) = store();
    let loaded = other.load(saved.as_slice()).unwrap().remove(0);
    assert_eq!((loaded.image.id, loaded.image.layers), (image.id.clone(), image.layers.clone()));
    assert_eq!(loaded.names, [name]);
    let (here, there) = (images.look(&layers).unwrap(), other.look(&layers).unwrap());
    let packed = |view| pack(view, Vec::new(), Whiteouts::Keep).unwrap();
    assert_eq!(packed(&here), packed(&there));
    let mut note = [0; 8];
    let lowest = other.look(&layers[..1]).unwrap();
    assert_eq!(rustix::fs::getxattr(through(&lowest).join("file"), "user.note", &mut note[..]).unwrap(), 4);
    // What came in a blob can be the base of another image, and is saved as that blob.
    let again = other.assemble(&config(&layers[..1]), Some(&loaded.image.manifest), BTreeMap::new()).unwrap();
    assert_eq!(other.layers_of(&again.manifest).unwrap()[0].blob, blobs[0].blob);
    assert!(matches!(other.assemble(&config(&[above.diff_id]), None, BTreeMap::new()), Err(Error::Missing(_))));
    assert!(matches!(other.assemble(b"{", None, BTreeMap::new()), Err(Error::Malformed(_))));
}

#[test]
fn an_image_leaves_as_an_image_layout() {
    let (_folder, images) = store();
    let base = layer(&images, &[], |root| write(root.join("file"), &"base".repeat(1000)));
    let layers = [base.diff_id];
    let notes = BTreeMap::from([("note".to_owned(), "kept".to_owned())]);
    let image = images.assemble(&config(&layers), None, notes).unwrap();
    let name: oci::Reference = "example.com/made:1".parse().unwrap();
    let archive = |names: &[oci::Reference]| {
        let mut bytes = Vec::new();
        images
            .write_oci_archive(&[(image.manifest.clone(), Vec::new())], names, LayersAs::default(), &mut bytes)
            .unwrap();
        bytes
    };
    let bytes = archive(std::slice::from_ref(&name));
    assert_eq!(bytes, archive(std::slice::from_ref(&name)));
    let mut index = String::new();
    for entry in tar::Archive::new(bytes.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path_bytes().as_ref() == b"index.json" {
            entry.read_to_string(&mut index).unwrap();
        }
    }
    for part in [r#""org.opencontainers.image.ref.name":"1""#, "example.com/made:1", r#""architecture":"amd64""#] {
        assert!(index.contains(part), "{index}");
    }
    let (_other_folder, other) = store();
    let loaded = other.load(bytes.as_slice()).unwrap().remove(0);
    assert_eq!((&loaded.image.id, loaded.names), (&image.id, vec![name]));
    assert_eq!(other.layers_of(&loaded.image.manifest).unwrap()[0].blob.media_type, media_type::LAYER_GZIP);
    assert_eq!(other.load(archive(&[]).as_slice()).unwrap()[0].names, []);
}

#[test]
fn layers_leave_compressed_as_it_is_wanted() {
    let (folder, images) = store();
    // An archive that begins as if it were compressed itself.
    let made = layer(&images, &[], |root| write(root.join("BZh9"), &"text".repeat(1000)));
    let image = images.assemble(&config(std::slice::from_ref(&made.diff_id)), None, BTreeMap::new()).unwrap();
    let leave = |images: &Images, manifest: &Digest, name: &str, level, force| {
        let layers = LayersAs { compression: Compression::new(name, level).unwrap(), force };
        let mut bytes = Vec::new();
        images.write_oci_archive(&[(manifest.clone(), Vec::new())], &[], layers, &mut bytes).unwrap();
        let (_folder, other) = store();
        let loaded = other.load(bytes.as_slice()).unwrap().remove(0).image;
        assert_eq!(loaded.id, image.id, "{name}");
        (other.layers_of(&loaded.manifest).unwrap().remove(0).blob, bytes)
    };
    let mut seen = Vec::new();
    for (name, level, kind) in [
        ("gzip", None, media_type::LAYER_GZIP),
        ("gzip", Some(9), media_type::LAYER_GZIP),
        ("zstd", None, media_type::LAYER_ZSTD),
        ("zstd", Some(9), media_type::LAYER_ZSTD),
        ("gzip", None, media_type::LAYER_GZIP),
    ] {
        let (blob, _) = leave(&images, &image.manifest, name, level, false);
        assert_eq!(blob.media_type, kind);
        seen.push(blob.digest);
    }
    // What is remembered of one way is not taken for another.
    assert_eq!(seen.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    assert_eq!(seen[0], seen[4]);
    let beside = folder.path().join("layers").join(made.diff_id.hex());
    for name in ["gzip", "gzip-9", "zstd-3", "zstd-9"] {
        assert!(beside.join(name).exists(), "{name}");
    }

    // What came compressed leaves so, unless it is forced.
    let (_, packed) = leave(&images, &image.manifest, "zstd", None, false);
    let (_other_folder, other) = store();
    let came = other.load(packed.as_slice()).unwrap().remove(0).image.manifest;
    let left = |name: &str, force| leave(&other, &came, name, None, force).0;
    assert_eq!(left("gzip", false).digest, seen[2]);
    assert_eq!((left("gzip", true).digest, left("zstd", true).digest), (seen[0].clone(), seen[2].clone()));
}

#[test]
fn a_layer_that_is_not_what_it_was_is_not_passed_on() {
    let (folder, images) = store();
    let made = layer(&images, &[], |root| write(root.join("file"), "right"));
    let image = images.assemble(&config(std::slice::from_ref(&made.diff_id)), None, BTreeMap::new()).unwrap();
    let file = folder.path().join("layers").join(made.diff_id.hex()).join("diff/file");
    let time = std::fs::metadata(&file).unwrap().modified().unwrap();
    std::fs::write(&file, "wrong").unwrap();
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
    let error = images.save(&[(image.manifest, Vec::new())], std::io::sink()).unwrap_err().to_string();
    assert!(error.contains("is not what it was"), "{error}");
}

/// A host that lost its power has layers with holes in them: those that no image waited for.
#[test]
fn layers_that_the_disk_does_not_have_are_forgotten() {
    let (folder, images) = store();
    let make = |text: &str| layer(&images, &[], |root| write(root.join("file"), text)).diff_id;
    let (image, whole, torn) = (make("image"), make("whole"), make("torn"));
    let place = |diff_id: &Digest| folder.path().join("layers").join(diff_id.hex());
    let open = || Images::open(folder.path(), RegistryOptions::default()).unwrap();
    let here =
        |images: &Images| [&image, &whole, &torn].map(|diff_id| images.look(std::slice::from_ref(diff_id)).is_ok());
    // Another daemon of the same boot asks no questions, and knows which ones to wait for.
    let again = open();
    assert_eq!(here(&again), [true; 3]);
    again.assemble(&config(std::slice::from_ref(&image)), None, BTreeMap::new()).unwrap();
    while [&image, &whole, &torn].iter().any(|diff_id| place(diff_id).join("fresh").exists()) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let late = make("late");
    assert!(place(&late).join("fresh").exists());
    for diff_id in [&whole, &torn] {
        write(place(diff_id).join("fresh"), &format!("another-boot {diff_id}"));
    }
    write(place(&torn).join("diff/file"), "");
    write(place(&late).join("fresh"), "");
    let after = open();
    assert_eq!(here(&after), [true, true, false]);
    assert!(!place(&late).exists() && !place(&whole).join("fresh").exists());
}

#[test]
fn what_the_build_cache_needs_stays() {
    let (folder, images) = store();
    let first = layer(&images, &[], |root| write(root.join("file"), "1"));
    let second = step(&images, std::slice::from_ref(&first.diff_id), None, |root| write(root.join("file"), "2"));
    let third = step(&images, std::slice::from_ref(&first.diff_id), None, |root| write(root.join("file"), "3"));
    let layers = vec![first.diff_id.clone(), second.diff_id.clone()];
    let reclaimed = images.collect(&[], std::slice::from_ref(&layers), Default::default()).unwrap();
    assert_eq!((reclaimed.layers, reclaimed.bytes), (1, third.size));
    assert_eq!(names(&through(&images.look(&layers).unwrap())), ["file"]);
    assert_eq!(images.collect(&[], &[], Default::default()).unwrap().layers, 2);
    assert_eq!(names(&folder.path().join("layers")), [""; 0]);
}

#[test]
fn blobs_of_the_layers_that_the_build_cache_needs_stay() {
    let (_folder, images) = store();
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.set_mode(0o644);
    archive.append_data(&mut header, "file", &b"x"[..]).unwrap();
    let base = images.import(archive.into_inner().unwrap().as_slice(), NewImage::default()).unwrap();
    let layers = base.config.rootfs.diff_ids.clone();
    let above = step(&images, &layers, None, |root| write(root.join("more"), "1"));
    let all = vec![layers[0].clone(), above.diff_id];
    images.collect(&[], std::slice::from_ref(&all), Default::default()).unwrap();
    // The base image is gone, but not what an image upon it is made of.
    assert!(images.image(&base.manifest).is_err());
    let image = images.assemble(&config(&all), None, BTreeMap::new()).unwrap();
    let kinds: Vec<_> =
        images.layers_of(&image.manifest).unwrap().into_iter().map(|layer| layer.blob.media_type).collect();
    assert_eq!(kinds, [media_type::LAYER_GZIP, media_type::LAYER]);
    images.save(&[(image.manifest, Vec::new())], std::io::sink()).unwrap();
}

#[test]
fn a_commit_takes_what_the_container_wrote() {
    let (_folder, images) = store();
    let base = layer(&images, &[], |root| write(root.join("file"), "1"));
    let base = images.assemble(&config(&[base.diff_id]), None, BTreeMap::new()).unwrap();
    images.prepare("container").unwrap();
    let stack = images.overlay("container", &base.config);
    let mounted = overlay(&stack.lower, Some((&stack.upper, &stack.work)), Attributes::empty()).unwrap();
    std::fs::remove_file(through(&mounted).join("file")).unwrap();
    write(through(&mounted).join("\u{1f}\u{8b} no gzip"), "2");
    let new = NewImage { comment: "why".into(), ..NewImage::default() };
    let made = images.commit("container", &base, new).unwrap();
    assert_eq!(made.config.comment.as_deref(), Some("why"));
    assert_eq!(made.size, 2);
    let view = images.look(&made.config.rootfs.diff_ids).unwrap();
    assert_eq!(names(&through(&view)), ["\u{1f}\u{8b} no gzip"]);
    // The container goes on.
    assert!(images.upper("container").join("\u{1f}\u{8b} no gzip").exists());
    images.save(&[(made.manifest, Vec::new())], std::io::sink()).unwrap();
}

/// `cargo test --release -p image --test layers -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn how_long_a_layer_takes() {
    type Fill<'a> = &'a dyn Fn(&Path);
    let (_folder, images) = store();
    let timed = |what: &str, work: &mut dyn FnMut()| {
        let began = std::time::Instant::now();
        work();
        println!("{what}: {:?}", began.elapsed());
    };
    let base = layer(&images, &[], |root| write(root.join("file"), "base")).diff_id;
    let fills: [(&str, Fill<'_>); 3] = [
        ("one small file", &|root| write(root.join("file"), "x")),
        ("100 MB", &|root| std::fs::write(root.join("large"), vec![7; 100 << 20]).unwrap()),
        ("20,000 files", &|root| {
            for number in 0..20_000 {
                let folder = root.join(format!("{}", number / 100));
                std::fs::create_dir_all(&folder).unwrap();
                write(folder.join(format!("{number}")), &"text".repeat(number % 1000));
            }
        }),
    ];
    for (what, fill) in fills {
        images.prepare("step").unwrap();
        fill(&images.upper("step"));
        let mut sealed = None;
        timed(&format!("sealing {what}"), &mut || {
            sealed = Some(images.seal("step", std::slice::from_ref(&base), None).unwrap());
        });
        let layers = [base.clone(), sealed.unwrap().diff_id];
        let mut image = None;
        for time in ["first", "second"] {
            timed(&format!("an image of it, the {time} time"), &mut || {
                image = Some(images.assemble(&config(&layers), None, BTreeMap::new()).unwrap());
            });
        }
        let image = image.unwrap().manifest;
        timed("saving it", &mut || images.save(&[(image.clone(), Vec::new())], std::io::sink()).unwrap());
        timed("as an image layout", &mut || {
            drop(
                images
                    .write_oci_archive(&[(image.clone(), Vec::new())], &[], LayersAs::default(), std::io::sink())
                    .unwrap(),
            );
        });
        timed("grafting it", &mut || images.graft(&layers[1], &layers[..1], &[]).unwrap());
        timed("a look at it", &mut || drop(images.look(&layers).unwrap()));
    }
}
