//! Parsers that need a directory to work in, below `TMPDIR`.

use std::io::Read;
use std::os::fd::AsFd;

use image::{Images, RegistryOptions};
use shim::log::{Reader, Want};
use tempfile::{TempDir, tempdir};

/// Most bytes that are taken out of a compressed stream: what is in them is not this parser's business.
const UNPACKED: u64 = 4 << 20;

/// A compressed stream of any kind.
pub fn compression(bytes: &[u8]) {
    if let Ok(plain) = image::archive::decompress(bytes) {
        let _ = std::io::copy(&mut plain.take(UNPACKED), &mut std::io::sink());
    }
}

/// A layer, unpacked. Nothing may appear beside the directory that it is unpacked into.
pub fn layer(bytes: &[u8]) {
    let Ok(folder) = tempdir() else { return };
    let into = folder.path().join("layer");
    if std::fs::create_dir(&into).is_err() {
        return;
    }
    if let Ok(plain) = image::archive::decompress(bytes) {
        let contents = match bytes.len() % 3 {
            0 => image::archive::Contents::Layer,
            1 => image::archive::Contents::Files,
            _ => image::archive::Contents::Context,
        };
        let _ = image::archive::unpack(plain.take(UNPACKED), &into, contents);
    }
    let names: Vec<_> = std::fs::read_dir(folder.path()).into_iter().flatten().flatten().map(|e| e.path()).collect();
    assert_eq!(names, std::slice::from_ref(&into));
    assert!(sys::remove::path(&into).is_ok());
}

/// Packets of a file transfer, each behind its length in two bytes, received into a directory with a link that leads
/// out of it. Nothing may appear or change beside the directory.
pub fn transfer(bytes: &[u8]) {
    let Ok(folder) = tempdir() else { return };
    let (into, beside) = (folder.path().join("into"), folder.path().join("beside"));
    let made = std::fs::create_dir(&into).is_ok()
        && std::fs::write(&beside, "as it was").is_ok()
        && std::os::unix::fs::symlink("..", into.join("out")).is_ok();
    let Ok(root) = std::fs::File::open(&into) else { return };
    let reception =
        if bytes.len().is_multiple_of(2) { filesync::Reception::Mirror } else { filesync::Reception::Merge };
    let Ok(mut receiver) = filesync::Receiver::new(root.into(), reception) else { return };
    let (mut rest, mut replies) = (bytes, Vec::new());
    while let [high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(after.len());
        let (packet, after) = after.split_at(length);
        rest = after;
        let Ok(packet) = grpc::proto::decode::<filesync::Packet>(packet) else { break };
        if receiver.take(packet, &mut replies).is_err() {
            break;
        }
    }
    drop(receiver);
    assert!(made && std::fs::read(&beside).is_ok_and(|text| text == b"as it was"));
    assert_eq!(std::fs::read_dir(folder.path()).into_iter().flatten().count(), 2);
}

thread_local! {
    /// To open a store is much slower than to load an archive, so there is one a thread.
    static STORE: Option<(TempDir, Images)> = tempdir().ok().and_then(|folder| {
        let images = Images::open(folder.path(), RegistryOptions::default()).ok()?;
        Some((folder, images))
    });
}

/// An archive of images, loaded into an empty store. What was loaded is there, and nothing else is left behind.
pub fn archive(bytes: &[u8]) {
    STORE.with(|store| {
        let Some((folder, images)) = store else { return };
        for one in images.load(bytes.take(UNPACKED)).into_iter().flatten() {
            assert!(images.image(&one.image.manifest).is_ok());
        }
        assert!(images.collect(&[], &[], Default::default()).is_ok());
        for name in ["tmp", "trash", "layers", "content/sha256"] {
            let left = std::fs::read_dir(folder.path().join(name)).into_iter().flatten().count();
            assert_eq!(left, 0, "{name}");
        }
    });
}

/// A log, from its beginning and its last entries. The last ones are among all of them.
pub fn log(bytes: &[u8]) {
    let Ok(folder) = tempdir() else { return };
    let path = folder.path().join("log");
    if std::fs::write(&path, bytes).is_err() {
        return;
    }
    let count = |tail| {
        let want = Want { stdout: true, stderr: true, tail, ..Want::default() };
        let Ok(mut reader) = Reader::open(&path, want) else { return 0 };
        std::iter::from_fn(|| reader.next().ok().flatten()).count()
    };
    let all = count(None);
    assert!(all <= bytes.len());
    assert_eq!(count(Some(2)), all.min(2));
}

/// A source bundle, unpacked and read. Nothing may appear beside the directory, and no link in it may lead out.
pub fn source_bundle(bytes: &[u8]) {
    let Ok(folder) = tempdir() else { return };
    let into = folder.path().join("bundle");
    let written = std::fs::create_dir(&into).is_ok() && std::fs::write(folder.path().join("zip"), bytes).is_ok();
    let (Ok(archive), Ok(root)) = (std::fs::File::open(folder.path().join("zip")), std::fs::File::open(&into)) else {
        return;
    };
    if written && bundle::unpack(&archive, root.as_fd()).is_ok() {
        let _ = bundle::read(root.as_fd(), &bundle::Variables::new());
        let mut folders = vec![into.clone()];
        while let Some(inner) = folders.pop() {
            for entry in std::fs::read_dir(inner).into_iter().flatten().flatten() {
                let path = entry.path();
                // What a link leads to, if there is anything.
                assert!(path.canonicalize().map_or(true, |real| real.starts_with(&into)));
                folders.extend(entry.file_type().is_ok_and(|kind| kind.is_dir()).then_some(path));
            }
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).map_or(0, Iterator::count), 2);
    assert!(sys::remove::path(&into).is_ok());
}
