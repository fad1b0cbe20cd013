//! Archives that a bundle comes in: what is refused and how, and what is unpacked.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Cursor, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;

use bundle::{Form, Unpacked, Writer, unpack};
use proptest::prelude::*;

/// An entry, every field of which can be a lie.
#[derive(Clone)]
struct Entry {
    name: Vec<u8>,
    local_name: Option<Vec<u8>>,
    content: Vec<u8>,
    flags: u16,
    local_flags: Option<u16>,
    method: u16,
    local_method: Option<u16>,
    crc: u32,
    local_crc: Option<u32>,
    packed: u32,
    size: u32,
    local_size: Option<u32>,
    extra: Vec<u8>,
    made_by: u16,
    mode: u32,
    /// Where the central directory says it is.
    offset: Option<u32>,
    behind: Vec<u8>,
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn file(name: impl AsRef<[u8]>, content: &str) -> Entry {
    let content = content.as_bytes().to_vec();
    let length = u32::try_from(content.len()).unwrap();
    Entry {
        name: name.as_ref().to_vec(),
        local_name: None,
        flags: 0,
        local_flags: None,
        method: 0,
        local_method: None,
        crc: crc(&content),
        local_crc: None,
        packed: length,
        size: length,
        local_size: None,
        extra: Vec::new(),
        made_by: 3 << 8,
        mode: 0o100_644,
        offset: None,
        behind: Vec::new(),
        content,
    }
}

fn link(name: &str, target: &str) -> Entry {
    Entry { mode: 0o120_777, ..file(name, target) }
}

fn folder(name: &str) -> Entry {
    Entry { mode: 0o040_755, ..file(name, "") }
}

fn deflated(name: &str, content: &[u8]) -> Entry {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    let packed = encoder.finish().unwrap();
    Entry {
        method: 8,
        crc: crc(content),
        packed: packed.len().try_into().unwrap(),
        size: content.len().try_into().unwrap(),
        content: packed,
        ..file(name, "")
    }
}

/// The end of an archive: what it says.
#[derive(Clone, Copy, Default)]
struct End {
    entries: u16,
    size: u32,
    offset: u32,
}

fn end(end: End, comment: &[u8]) -> Vec<u8> {
    let mut bytes = b"PK\x05\x06\0\0\0\0".to_vec();
    bytes.extend(end.entries.to_le_bytes());
    bytes.extend(end.entries.to_le_bytes());
    bytes.extend(end.size.to_le_bytes());
    bytes.extend(end.offset.to_le_bytes());
    bytes.extend(u16::try_from(comment.len()).unwrap().to_le_bytes());
    bytes.extend(comment);
    bytes
}

/// The bytes before the end, and what the end says.
fn body(entries: &[Entry]) -> (Vec<u8>, End) {
    let (mut bytes, mut central) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = entry.offset.unwrap_or(bytes.len().try_into().unwrap());
        let name = entry.local_name.as_ref().unwrap_or(&entry.name);
        bytes.extend(b"PK\x03\x04\x14\0");
        bytes.extend(entry.local_flags.unwrap_or(entry.flags).to_le_bytes());
        bytes.extend(entry.local_method.unwrap_or(entry.method).to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(entry.local_crc.unwrap_or(entry.crc).to_le_bytes());
        bytes.extend(entry.local_size.unwrap_or(entry.packed).to_le_bytes());
        bytes.extend(entry.local_size.unwrap_or(entry.size).to_le_bytes());
        bytes.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(name);
        bytes.extend(&entry.content);
        bytes.extend(&entry.behind);
        central.extend(b"PK\x01\x02");
        central.extend(entry.made_by.to_le_bytes());
        central.extend([20, 0]);
        central.extend(entry.flags.to_le_bytes());
        central.extend(entry.method.to_le_bytes());
        central.extend([0; 4]);
        central.extend(entry.crc.to_le_bytes());
        central.extend(entry.packed.to_le_bytes());
        central.extend(entry.size.to_le_bytes());
        central.extend(u16::try_from(entry.name.len()).unwrap().to_le_bytes());
        central.extend(u16::try_from(entry.extra.len()).unwrap().to_le_bytes());
        central.extend([0; 6]);
        central.extend((entry.mode << 16).to_le_bytes());
        central.extend(offset.to_le_bytes());
        central.extend(&entry.name);
        central.extend(&entry.extra);
    }
    let said = End {
        entries: entries.len().try_into().unwrap(),
        size: central.len().try_into().unwrap(),
        offset: bytes.len().try_into().unwrap(),
    };
    bytes.extend(central);
    (bytes, said)
}

fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut bytes, said) = body(entries);
    bytes.extend(end(said, b""));
    bytes
}

/// Unpacks, and looks that nothing appeared beside the directory.
fn unpacked(bytes: &[u8]) -> (Result<Unpacked, String>, tempfile::TempDir) {
    let around = tempfile::tempdir().unwrap();
    let into = around.path().join("into");
    std::fs::create_dir(&into).unwrap();
    let mut archive = tempfile::tempfile().unwrap();
    archive.write_all(bytes).unwrap();
    let found = unpack(&archive, File::open(&into).unwrap().as_fd()).map_err(|error| error.to_string());
    assert_eq!(std::fs::read_dir(around.path()).unwrap().count(), 1);
    (found, around)
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let docker = || file("Dockerfile", "FROM scratch\n");
    let named = |name: &str| zip(&[docker(), file(name, "x")]);
    let linked = |target: &str| zip(&[docker(), folder("a/"), link("a/l", target)]);
    let one = |change: &dyn Fn(&mut Entry)| {
        let mut entry = file("f", "content");
        change(&mut entry);
        zip(&[docker(), entry])
    };
    let (plain, said) = body(&[docker()]);
    let with_end = |change: End, comment: &[u8]| [plain.clone(), end(change, comment)].concat();
    let whole = zip(&[docker()]);
    let bomb = deflated("bomb", &vec![0; 80 << 20]);
    vec![
        // Whole archives.
        ("nothing", Vec::new()),
        ("noise", vec![0xa5; 2000]),
        ("a text", b"hello, world\n".to_vec()),
        ("a tar archive", [b"Dockerfile".to_vec(), vec![0; 502], vec![b'x'; 512]].concat()),
        ("no entries", zip(&[])),
        ("cut off", whole[..whole.len() - 30].to_vec()),
        ("cut within the end", whole[..whole.len() - 1].to_vec()),
        ("only its beginning", whole[..40].to_vec()),
        ("something behind it", [whole.clone(), b"more".to_vec()].concat()),
        ("something before it", [b"PK#!/bin/sh\n".to_vec(), whole.clone()].concat()),
        ("two archives, one behind the other", [whole.clone(), zip(&[file("x", "y")])].concat()),
        ("an archive in its comment", with_end(said, &whole)),
        ("two ends", {
            let inner = end(said, b"");
            with_end(said, &inner)
        }),
        ("more entries than there are", with_end(End { entries: 2, ..said }, b"")),
        ("fewer entries than there are", with_end(End { entries: 0, ..said }, b"")),
        ("a directory elsewhere", with_end(End { offset: said.offset - 1, ..said }, b"")),
        ("a directory without bounds", with_end(End { size: u32::MAX, offset: u32::MAX, ..said }, b"")),
        ("one of several parts", {
            let mut bytes = whole.clone();
            let at = bytes.len() - 18;
            bytes[at] = 1;
            bytes
        }),
        // Names.
        ("a parent", named("../x")),
        ("a parent within", named("a/../../x")),
        ("a parent that comes back", named("a/../x")),
        ("an absolute name", named("/etc/cron.d/x")),
        ("a drive", named("C:/x")),
        ("backslashes", named("..\\..\\x")),
        ("a folder with a backslash", named("a\\b")),
        ("a NUL", named("a\0b")),
        ("a new line", named("a\nb")),
        ("no name", named("")),
        ("only a dot", named(".")),
        ("no UTF-8", zip(&[docker(), file(b"caf\xe9", "x")])),
        ("a long name", named(&"x".repeat(300))),
        ("a long path", named(&format!("{}x", "x/".repeat(1100)))),
        ("a deep path", named(&format!("{}x", "d/".repeat(70)))),
        ("two names", one(&|entry| entry.extra = [&[0x75, 0x70, 6, 0, 1, 0, 0, 0, 0][..], b"g"].concat())),
        ("a broken extra field", one(&|entry| entry.extra = vec![1, 0, 99, 0])),
        // Trees.
        ("twice", zip(&[docker(), file("a", "1"), file("a", "2")])),
        ("twice by another way", zip(&[docker(), file("a/b", "1"), file("a//./b", "2")])),
        ("twins of files", zip(&[docker(), file("README", "1"), file("readme", "2")])),
        ("twins of folders", zip(&[docker(), file("Lib/a", "1"), file("lib/b", "2")])),
        ("twins beyond ASCII", zip(&[docker(), file("É", "1"), file("é", "2")])),
        ("a file over a folder", zip(&[docker(), file("a/b", "1"), file("a", "2")])),
        ("a folder over a file", zip(&[docker(), file("a", "1"), folder("a/")])),
        ("beneath a file", zip(&[docker(), file("a", "1"), file("a/b", "2")])),
        ("beneath a link", zip(&[docker(), folder("d/"), link("a", "d"), file("a/b", "2")])),
        ("a link over a file", zip(&[docker(), file("a", "1"), link("a", "Dockerfile")])),
        // Links and devices.
        ("a link to the root", linked("/")),
        ("a link to an absolute file", linked("/etc/passwd")),
        ("a link out", linked("../../x")),
        ("a link out and in", linked("../../into/x")),
        ("a link out through a missing folder", linked("no/../../../x")),
        ("a link out through another", zip(&[docker(), link("b/c/up", "../.."), link("e", "b/c/up/../x")])),
        ("links in a circle", zip(&[docker(), link("a", "b"), link("b", "a")])),
        ("a link to nothing", linked("")),
        ("a link with a NUL", linked("a\0b")),
        ("a long link", linked(&"x/".repeat(600))),
        ("a device", one(&|entry| entry.mode = 0o060_644)),
        ("a terminal", one(&|entry| entry.mode = 0o020_644)),
        ("a FIFO", one(&|entry| entry.mode = 0o010_644)),
        ("a socket", one(&|entry| entry.mode = 0o140_644)),
        ("a folder by its mode only", one(&|entry| entry.mode = 0o040_755)),
        ("a folder by its name only", one(&|entry| entry.name = b"f/".to_vec())),
        ("a folder with content", zip(&[docker(), Entry { mode: 0o040_755, ..file("f/", "x") }])),
        // Headers and contents.
        ("encrypted", one(&|entry| entry.flags = 1)),
        ("strongly encrypted", one(&|entry| entry.flags = 1 << 6)),
        ("a patch", one(&|entry| entry.flags = 1 << 5)),
        ("bzip2", one(&|entry| entry.method = 12)),
        ("an unknown method", one(&|entry| entry.method = 77)),
        ("another name in its header", one(&|entry| entry.local_name = Some(b"g".to_vec()))),
        ("another method in its header", one(&|entry| entry.local_method = Some(8))),
        ("other flags in its header", one(&|entry| entry.local_flags = Some(1 << 3))),
        ("another checksum in its header", one(&|entry| entry.local_crc = Some(1))),
        ("another size in its header", one(&|entry| entry.local_size = Some(3))),
        ("a wrong checksum", one(&|entry| entry.crc = 1)),
        ("a size too large", one(&|entry| (entry.size, entry.packed) = (1000, 1000))),
        ("two sizes though stored", one(&|entry| entry.size = 3)),
        ("a header that is none", one(&|entry| entry.offset = Some(1))),
        ("one over the other", zip(&[docker(), Entry { offset: Some(0), ..docker() }])),
        ("beyond the end", one(&|entry| entry.offset = Some(1 << 30))),
        ("hidden bytes", one(&|entry| entry.behind = b"hidden".to_vec())),
        (
            "sizes that follow and differ",
            one(&|entry| {
                entry.flags = 1 << 3;
                entry.behind = [&b"PK\x07\x08"[..], &[9; 12]].concat();
            }),
        ),
        ("no sizes where they should follow", one(&|entry| entry.flags = 1 << 3)),
        ("broken deflate", one(&|entry| entry.method = 8)),
        ("less than it says", {
            let small = deflated("f", b"some content, some content");
            zip(&[docker(), Entry { size: small.size + 1, ..small }])
        }),
        ("more than it says", {
            let small = deflated("f", b"some content, some content");
            zip(&[docker(), Entry { size: small.size - 1, ..small }])
        }),
        ("bytes behind its content", {
            let mut small = deflated("f", b"some content, some content");
            small.content.extend(b"hidden");
            small.packed += 6;
            zip(&[docker(), small])
        }),
        ("a bomb", zip(&[docker(), bomb])),
        (
            "a bomb by its word",
            zip(&[
                docker(),
                Entry { size: u32::MAX - 1, ..deflated("f", b"x") },
                Entry { size: u32::MAX - 1, ..deflated("g", b"x") },
            ]),
        ),
    ]
}

#[test]
fn hostile_archives_are_refused_and_say_why() {
    let mut told = String::new();
    for (what, bytes) in hostile() {
        let (found, around) = unpacked(&bytes);
        let Err(error) = found else { panic!("{what} was taken") };
        writeln!(told, "{what}:\n    {error}").unwrap();
        // What is refused by looking leaves nothing; what broke while it was unpacked leaves plain files at most.
        for entry in std::fs::read_dir(around.path().join("into")).unwrap() {
            assert!(entry.unwrap().file_type().unwrap().is_file(), "{what}");
        }
    }
    insta::assert_snapshot!("hostile_archives", told);
}

fn read(around: &tempfile::TempDir, name: &str) -> (Vec<u8>, u32) {
    let path = around.path().join("into").join(name);
    (std::fs::read(&path).unwrap(), std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777)
}

#[test]
fn names_modes_and_links_are_kept() {
    let hook = Entry { mode: 0o104_755, ..file(".platform/hooks/predeploy/01.sh", "#!/bin/sh\n") };
    let secret = Entry { mode: 0o100_200, ..deflated("secret", b"s") };
    let dos = Entry { made_by: 0, mode: 0, ..file("dos.txt", "d") };
    let entries = [
        folder("./"),
        hook,
        secret,
        dos,
        link("a/b", "../c/./dos"),
        link("c", "."),
        folder("empty/"),
        file("ü/日", "u"),
    ];
    let (found, around) = unpacked(&zip(&entries));
    assert_eq!(found, Ok(Unpacked { form: Form::Archive, files: 6, bytes: 13 }));
    assert_eq!(read(&around, ".platform/hooks/predeploy/01.sh"), (b"#!/bin/sh\n".to_vec(), 0o755));
    assert_eq!(read(&around, "secret").1, 0o600);
    assert_eq!(read(&around, "dos.txt").1, 0o644);
    assert_eq!(read(&around, "c/ü/日").0, b"u");
    let into = around.path().join("into");
    assert_eq!(std::fs::read_link(into.join("a/b")).unwrap().to_str(), Some("../c/./dos"));
    assert!(into.join("empty").is_dir());
}

#[test]
fn archives_of_other_writers_are_read() {
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    for large in [false, true] {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.add_directory("app", options).unwrap();
        writer.start_file("app/run", options.large_file(large)).unwrap();
        writer.write_all(&b"run ".repeat(5000)).unwrap();
        writer.set_comment("a commit's name").unwrap();
        let (found, around) = unpacked(&writer.finish().unwrap().into_inner());
        assert_eq!(found.map(|found| found.bytes), Ok(20_000), "{large}");
        assert_eq!(read(&around, "app/run").1, 0o755);
    }
    // With sizes that follow, as streams have them.
    let mut writer = zip::ZipWriter::new_stream(Vec::new());
    writer.start_file("Dockerfile", options).unwrap();
    writer.write_all(b"FROM scratch\n").unwrap();
    let (found, around) = unpacked(&writer.finish().unwrap().into_inner());
    assert_eq!(found.map(|found| found.bytes), Ok(13));
    assert_eq!(read(&around, "Dockerfile").0, b"FROM scratch\n");
}

#[test]
fn what_is_written_is_the_same_each_time_and_read_by_others() {
    let write = || {
        let mut writer = Writer::new(Vec::new());
        writer.file("var/log/eb-docker/stdouterr.log", 0o644, &b"line\n".repeat(100_000)[..]).unwrap();
        writer.file("empty", 0o755, &b""[..]).unwrap();
        for wrong in ["", "/x", "../x", "a//b", "a/", "./a", "a\\b"] {
            assert!(writer.file(wrong, 0o644, &b""[..]).is_err(), "{wrong}");
        }
        writer.finish().unwrap()
    };
    let bytes = write();
    assert_eq!(bytes, write());
    assert!(bytes.len() < 10_000);
    let mut other = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let mut text = String::new();
    let mut entry = other.by_name("var/log/eb-docker/stdouterr.log").unwrap();
    entry.read_to_string(&mut text).unwrap();
    assert_eq!((text.len(), entry.unix_mode()), (500_000, Some(0o100_644)));
    let (found, around) = unpacked(&bytes);
    assert_eq!(found.map(|found| (found.files, found.bytes)), Ok((2, 500_000)));
    assert_eq!(read(&around, "empty"), (Vec::new(), 0o755));
}

#[test]
fn one_file_alone_is_a_bundle() {
    for (text, want) in [
        ("# c\nFROM nginx\nEXPOSE 80\n", "Dockerfile"),
        ("\n{\"AWSEBDockerrunVersion\": \"1\"}", "Dockerrun.aws.json"),
        ("services:\n  web:\n    image: nginx\n", "docker-compose.yml"),
    ] {
        let (found, around) = unpacked(text.as_bytes());
        assert_eq!(found.map(|found| found.form), Ok(Form::File(want)));
        assert_eq!(read(&around, want).0, text.as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_an_archive_leads_out(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let entries = [folder("a/"), deflated("a/f", &b"some content ".repeat(9)), link("a/l", "f"), file("Dockerfile", "FROM x")];
        let mut bytes = zip(&entries);
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        let _ = unpacked(&bytes);
    }
}
