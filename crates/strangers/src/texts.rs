//! Parsers of what is whole in memory.

use std::net::IpAddr;
use std::sync::LazyLock;

use image::CacheManifest;
use oci::image::{Config, Execution, Index, Manifest};
use oci::runtime::Spec;
use oci::{Digest, Reference, Tag};
use runtime::{Host, Plan, Rootfs};
use shim::protocol::{Decoder, Numbered, Reply};

use crate::daemon_file;

/// Texts only: what is no UTF-8 is refused before these parsers are asked.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Two texts, with a NUL between them.
fn two(bytes: &[u8]) -> Option<(&str, &str)> {
    let text = text(bytes)?;
    Some(text.split_once('\0').unwrap_or((text, "")))
}

/// The kind that the first byte chooses, and the rest.
fn choice<'a, T: Copy>(kinds: &[T], bytes: &'a [u8]) -> Option<(T, &'a [u8])> {
    let (first, rest) = bytes.split_first()?;
    Some((*kinds.get(usize::from(*first) % kinds.len())?, rest))
}

/// A reference. Its normal form and the one people see read as the same.
pub fn reference(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let _ = text.parse::<Tag>();
    if let Ok(reference) = text.parse::<Reference>() {
        assert_eq!(reference.to_string().parse().as_ref(), Ok(&reference));
        assert_eq!(reference.familiar().parse().as_ref(), Ok(&reference));
        assert!(!reference.path().split('/').any(|part| matches!(part, "" | "." | "..")));
    }
}

/// What a client of the balancer sends, or a target answers. It means the same however it is cut, and what is passed on
/// is one message to whoever reads it next.
pub fn balanced(bytes: &[u8]) {
    let whole = balancer::reading::requests([bytes]);
    assert_eq!(balancer::reading::requests(bytes.chunks(1)), whole);
    for message in &whole.0 {
        let (again, refused) = balancer::reading::requests([&message.head[..]]);
        assert!(again.len() == 1 && refused.is_none());
        assert!(message.body.len() <= bytes.len());
    }
    for to_head in [false, true] {
        if let Some((message, count)) = balancer::reading::answer(bytes, to_head) {
            assert!(count <= bytes.len() && message.body.len() <= count);
            assert!(
                balancer::reading::answer(&message.head, true).is_some_and(|(_, count)| count == message.head.len())
            );
        }
    }
}

/// Instructions that change an image's configuration. What comes of them is not much more than they and is written as
/// it is read.
pub fn changes(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let mut execution = Execution::default();
    if dockerfile::change(text, &mut execution).is_ok() {
        assert!(execution.env.iter().map(String::len).sum::<usize>() <= 2 * dockerfile::TEXT_BYTES);
        let written = serde_json::to_vec(&execution).unwrap_or_default();
        assert!(serde_json::from_slice::<Execution>(&written).is_ok_and(|read| read == execution));
    }
}

/// A Dockerfile, with every text of it expanded and every mount and port read. Each instruction stands behind the one
/// before it.
pub fn dockerfile(bytes: &[u8]) {
    use dockerfile::{Checks, Dockerfile, Instruction, Lexer, Mount, Part};
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    let file = match Dockerfile::parse(bytes) {
        Ok(file) => file,
        Err(error) => {
            assert!(error.span.end.line <= lines && error.position.line <= lines);
            return;
        }
    };
    let lexer = Lexer::new(file.directives.escape);
    let variable = |name: &str| (name.len() % 2 == 1).then(|| name.repeat(3));
    let word = |text: &str| lexer.expand(text, &variable).map(|found| found.text);
    let mut checks = Checks::new(file.check());
    let mut before = 0;
    for stage in &file.stages {
        let _ = word(&stage.from.value.image);
        for at in &stage.instructions {
            assert!(before < at.span.start.line && at.span.start <= at.span.end && at.span.end.line <= lines);
            before = at.span.end.line;
            let _ = at.value.expand(&mut |part| match part {
                Part::Word(text) => word(text),
                Part::Content(text) => Lexer::content().expand(text, &variable).map(|found| found.text),
            });
            match &at.value {
                Instruction::Run(run) => {
                    let _ = (run.script(), run.summary());
                    for mount in &run.mounts {
                        let _ = Mount::parse(mount, &mut |text| word(text));
                    }
                }
                Instruction::Expose(ports) => {
                    for port in ports.iter().take(8) {
                        let _ = dockerfile::ports(port, at.span, &mut checks);
                    }
                }
                Instruction::Onbuild(trigger) => {
                    let _ = Instruction::parse_trigger(trigger);
                }
                _ => {}
            }
        }
    }
}

/// A `.dockerignore`, a NUL, and a path. What is said of it does not depend on how it is asked for.
pub fn ignore(bytes: &[u8]) {
    use dockerfile::ignore::{Matched, Patterns, clean, lines};
    let Some((patterns, path)) = two(bytes) else { return };
    let Ok(list) = Patterns::parse(patterns) else { return };
    assert_eq!(Patterns::new(lines(patterns)).as_ref(), Ok(&list));
    let path = clean(path);
    let mut found = Matched::default();
    for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
        let above = found.is_matched();
        found = list.matches_in(&path[..end], &found);
        // What is taken back can be foreseen.
        let directory = path[..end].rsplit_once('/').map_or("", |(directory, _)| directory);
        assert!(!above || found.is_matched() || list.may_except_in(directory));
    }
    assert_eq!(found.is_matched(), list.matches(&path));
}

/// A pattern and a name, a line each: what COPY takes. The pattern is read as a change of modes as well.
pub fn pattern(bytes: &[u8]) {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let (pattern, name) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let _ = tree::pattern::matches(OsStr::from_bytes(pattern), OsStr::from_bytes(name));
    // With a backslash before everything special a name fits itself.
    let mut escaped = Vec::new();
    for byte in name {
        if b"\\*?[".contains(byte) {
            escaped.push(b'\\');
        }
        escaped.push(*byte);
    }
    assert!(tree::pattern::matches(OsStr::from_bytes(&escaped), OsStr::from_bytes(name)));
    assert!(tree::pattern::matches(OsStr::new("*"), OsStr::from_bytes(name)));
    if let Ok(change) = String::from_utf8_lossy(pattern).parse::<tree::ModeChange>() {
        assert!(change.apply(0o644, name.is_empty()) <= 0o7777);
    }
}

/// A digest. It is written as it was read.
pub fn digest(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.to_string(), text);
        assert_eq!(format!("{digest:?}").len(), "sha256:".len() + 12);
    }
}

/// A manifest, an index and an image's configuration. What was read can be written and read again.
pub fn image(bytes: &[u8]) {
    fn again<T: serde::de::DeserializeOwned + serde::Serialize + PartialEq>(bytes: &[u8]) {
        let Ok(value) = serde_json::from_slice::<T>(bytes) else { return };
        let written = serde_json::to_vec(&value).unwrap_or_default();
        assert!(serde_json::from_slice::<T>(&written).is_ok_and(|read| read == value));
    }
    again::<Manifest>(bytes);
    again::<Index>(bytes);
    again::<Config>(bytes);
}

/// A build cache that is imported: with a manifest before it (a line), or in an image's configuration. What is found in
/// it is no longer than an image may be.
pub fn cache(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (manifest, config) = bytes.split_at(end);
    let blobs = serde_json::from_slice::<Manifest>(manifest).map(|manifest| manifest.layers).unwrap_or_default();
    let inline = CacheManifest::parse_inline(config, &blobs).ok().flatten();
    for cache in CacheManifest::parse(config, &blobs).into_iter().chain(inline) {
        for found in cache.keys().filter_map(|key| cache.find(key)) {
            assert!(found.layers.len() <= image::limits::LAYERS);
        }
    }
}

static HOST: LazyLock<Option<Host>> = LazyLock::new(|| Host::probe().ok());

/// A runtime specification, and the plan that is made of it.
pub fn specification(bytes: &[u8]) {
    let Ok(spec) = serde_json::from_slice::<Spec>(bytes) else { return };
    let Some(host) = HOST.as_ref() else { return };
    let rootfs = Rootfs::Directory { path: "/nowhere".into(), readonly: true };
    if let Ok(plan) = Plan::new(&spec, rootfs, host) {
        assert!(shim::protocol::encode(&plan, 0).is_ok());
    }
}

/// A question to the name server, and each kind of answer to it.
pub fn dns(bytes: &[u8]) {
    let Some(question) = dns::question(bytes) else { return };
    let addresses: [IpAddr; 2] = [[127, 0, 0, 1].into(), [0; 16].into()];
    let answers = [
        dns::addresses(bytes, &question, &addresses),
        dns::pointer(bytes, &question, &question.name),
        dns::without(bytes, &question, dns::Code::NoSuchName),
    ];
    let reply = route53::reply(&question, &route53::State::default(), &route53::Environments::default());
    for answer in answers.into_iter().chain([reply.message(bytes, &question, 512)]) {
        assert_eq!(answer.get(..2), bytes.get(..2));
        // An answer is never taken for a question.
        assert!(dns::question(&answer).is_none());
    }
    let _ = dns::reverse(&question.name);
}

/// What clients send to the API: the first byte chooses the body, header, path or query.
pub fn request(bytes: &[u8]) {
    if let Some((kind, rest)) = choice(docker_api::check::KINDS, bytes) {
        let _ = docker_api::check::check(kind, rest);
    }
}

/// What registries answer: a challenge, a token, a redirect, reasons.
pub fn answers(bytes: &[u8]) {
    let _ = image::upload::reasons(bytes);
    let _ = image::registry::token(bytes);
    let Some(text) = text(bytes) else { return };
    let _ = image::registry::challenge(text);
    let Ok(base) = "https://registry/v2/x".parse() else { return };
    if let Ok(target) = image::registry::resolve(&base, text) {
        assert_eq!(target.scheme_str(), Some("https"));
    }
}

/// What daemon and shim say to each other. What was read can be written again.
pub fn message(bytes: &[u8]) {
    let mut decoder = Decoder::default();
    decoder.push(bytes, Vec::new());
    while let Ok(Some((message, _))) = decoder.message::<Numbered>() {
        assert!(shim::protocol::encode(&message, 0).is_ok());
    }
    let mut decoder = Decoder::default();
    decoder.push(bytes, Vec::new());
    while let Ok(Some((message, _))) = decoder.message::<Reply>() {
        assert!(shim::protocol::encode(&message, 0).is_ok());
    }
}

/// A stream of both outputs, as a client reads it.
pub fn frames(bytes: &[u8]) {
    let mut frames = client::Frames::new();
    let mut given = 0;
    for piece in bytes.chunks(7) {
        frames.push(piece);
        while let Ok(Some(frame)) = frames.next_frame() {
            given += frame.data.len();
        }
    }
    assert!(given <= bytes.len());
}

/// Detach keys: the sequence, a NUL, what is typed. They are found in the first place where they are typed, and what
/// comes before them goes to the program.
pub fn keys(bytes: &[u8]) {
    let Some(at) = bytes.iter().position(|byte| *byte == 0) else { return };
    let (sequence, typed) = (&bytes[..at], &bytes[at + 1..]);
    let mut keys = shim::keys::Keys::new(sequence.to_vec());
    let (mut through, mut detached) = (Vec::new(), false);
    for piece in typed.chunks(3) {
        match keys.take(piece) {
            shim::keys::Typed::Input(bytes) => through.extend(bytes),
            shim::keys::Typed::Detach(bytes) => {
                through.extend(bytes);
                detached = true;
                break;
            }
        }
    }
    assert!(typed.starts_with(&through));
    let found = typed.windows(sequence.len().max(1)).position(|part| part == sequence);
    assert_eq!(detached, found.is_some());
    if let Some(found) = found {
        assert_eq!(through.len(), found);
    }
}

/// An image's `/etc/passwd`, its `/etc/group` and the user that is looked up, with a NUL between them.
pub fn accounts(bytes: &[u8]) {
    let Some((passwd, rest)) = two(bytes) else { return };
    let (group, user) = rest.split_once('\0').unwrap_or((rest, "me"));
    if let Ok(found) = runtime::users::resolve_in(passwd, group, user, &["staff".to_owned(), "7".to_owned()]) {
        assert_eq!(found.user.additional_gids.first(), Some(&found.user.gid));
        assert!(!found.home.is_empty());
    }
}

/// A seccomp profile, compiled. Every jump stays within the filter, so every path ends with an action.
pub fn seccomp(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let Ok(profile) = runtime::seccomp::profile(text, &["CAP_CHOWN".to_owned()]) else { return };
    let Ok(filter) = runtime::seccomp::compile(&profile) else { return };
    let instructions: Vec<&[u8]> = filter.program.chunks(8).collect();
    for (at, instruction) in instructions.iter().enumerate() {
        let [low, high, yes, no, value @ ..] = instruction else { continue };
        let farthest = match u16::from_ne_bytes([*low, *high]) {
            // BPF_RET
            0x06 => continue,
            // BPF_JA
            0x05 => value.try_into().map_or(usize::MAX, |value| u32::from_ne_bytes(value) as usize),
            code if code & 0x07 == 0x05 => usize::from(*yes.max(no)),
            _ => 0,
        };
        assert!(farthest < instructions.len() - at - 1);
    }
}

/// The daemon's configuration file. Merged with no flags it stays the same.
pub fn daemon(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let _ = daemon_file::AddressPool::parse(text);
    let _ = daemon_file::UlimitEntry::parse(text);
    if let Ok(file) = daemon_file::parse(text) {
        let merged = daemon_file::merge(&daemon_file::File::default(), &file);
        assert!(merged.is_ok_and(|merged| merged == file));
    }
}

/// Flags of the command line: the first byte chooses which.
pub fn flags(bytes: &[u8]) {
    if let Some((kind, rest)) = choice(cli::check::KINDS, bytes) {
        let _ = cli::check::check(kind, rest);
    }
}

/// A template, and the JSON it is rendered for after a NUL.
pub fn format(bytes: &[u8]) {
    const SAMPLE: &str = r#"{"Name":"x","N":3,"F":1.5,"T":true,"List":["a","b"],"Nil":null,"Labels":{"a.b":"c"}}"#;
    let Some((template, json)) = two(bytes) else { return };
    let _ = cli::check::format(template, if json.is_empty() { SAMPLE } else { json });
}

/// Files of a source bundle: the first byte chooses which. No service of a Compose file mounts what is outside, and
/// each comes behind those that it needs.
pub fn documents(bytes: &[u8]) {
    use bundle::compose::Source;
    let (variables, warnings) = (bundle::Variables::from([("A".to_owned(), "../a".to_owned())]), &mut Vec::new());
    let Some((kind, rest)) = choice(b"cdeomp=", bytes) else { return };
    match kind {
        b'c' => {
            let Ok(found) = bundle::compose::parse("f", rest, &variables, warnings) else { return };
            assert_eq!(found.in_order().len(), found.services.len());
            for mount in found.services.values().flat_map(|service| &service.mounts) {
                if let Source::Bundle(path) | Source::Logs(path) = &mount.source {
                    assert!(!path.starts_with('/') && path.split('/').all(|part| part != ".."));
                }
            }
        }
        b'd' => drop(bundle::dockerrun::parse("f", rest, warnings)),
        b'e' => drop(bundle::extensions::parse("f", rest, warnings)),
        b'o' => drop(bundle::cron::parse("f", rest, warnings)),
        b'm' => drop(bundle::manifest::parse("f", rest, warnings)),
        b'p' => drop(bundle::processes::parse("f", rest, warnings)),
        _ => drop(bundle::dotenv::parse("f", rest, bundle::dotenv::Format::Compose, &variables, warnings)),
    }
}
