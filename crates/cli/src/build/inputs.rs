//! What is built from: a directory, an address, or what comes on standard input; and where its Dockerfile is.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use build_client::{Local, Offers, Upload};
use sha2::{Digest as _, Sha256};

use super::options::BuildArgs;
use super::stores;

/// Longest Dockerfile that is read from standard input: more than any person writes, and what one message of the
/// protocol may hold.
const DOCKERFILE_BYTES: u64 = 16 << 20;
/// Bytes at the beginning of standard input by which an archive is known: two headers of tar.
const PEEK_BYTES: u64 = 1024;

/// What is built from, as parameters of the frontend.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) attrs: BTreeMap<String, String>,
    /// What the frontend has to be capable of.
    pub(super) capabilities: Vec<&'static str>,
    /// The Dockerfile's path, for people.
    pub(super) shown: String,
}

/// Finds what is built from, and offers it to the daemon.
pub(super) fn prepare(args: &BuildArgs, offers: &mut Offers) -> Result<Inputs, String> {
    let mut inputs = Inputs::default();
    let (context, file) = (args.context.as_str(), args.file.as_deref().unwrap_or_default());
    if is_http(file) {
        return Err(format!("the Dockerfile {file} is not fetched: fetch it, and give its path or -f -"));
    }
    let mut directory = None;
    let mut name = file.to_owned();
    let mut content = None;
    if context.is_empty() {
        return Err("please specify build context (e.g. \".\" for the current directory)".into());
    } else if context == "-" {
        if file == "-" {
            return Err("invalid argument: can't use stdin for both build context and dockerfile".into());
        }
        content = from_stdin(file, offers, &mut inputs)?;
        if content.is_some() {
            offers.locals.insert("context".into(), Local::Files(Vec::new()));
        }
    } else if Path::new(context).is_dir() {
        offers.locals.insert("context".into(), Local::Directory(context.into()));
        offers.shared_key = shared_key(Path::new(context));
        match file {
            "-" => content = Some(stdin_dockerfile()?),
            "" => directory = Some(PathBuf::from(context)),
            path => (directory, name) = split(path),
        }
    } else if is_remote(context) {
        if file == "-" {
            content = Some(stdin_dockerfile()?);
        } else if Path::new(file).is_absolute() {
            (directory, name) = split(file);
            inputs.attrs.insert("dockerfilekey".into(), "dockerfile".into());
        }
        inputs.attrs.insert("context".into(), context.to_owned());
        if has_git_query(context) {
            inputs.capabilities.push("moby.buildkit.frontend.gitquerystring");
        }
    } else {
        return Err(format!("unable to prepare context: path {context:?} not found"));
    }
    inputs.shown = match (&content, file) {
        (Some(_), _) => "stdin".into(),
        (None, "") => Path::new(context).join("Dockerfile").display().to_string(),
        (None, path) => path.to_owned(),
    };
    if name.is_empty() || content.is_some() {
        "Dockerfile".clone_into(&mut name);
    }
    if let Some(content) = content {
        offers.locals.insert("dockerfile".into(), Local::Files(vec![("Dockerfile".into(), content)]));
        inputs.attrs.insert("dockerfilekey".into(), "dockerfile".into());
    } else if let Some(directory) = directory {
        name = lower_case(&directory, name);
        offers.locals.insert("dockerfile".into(), Local::Directory(directory));
    }
    inputs.attrs.insert("filename".into(), name);
    named(args, offers, &mut inputs)?;
    Ok(inputs)
}

/// `--build-context`.
fn named(args: &BuildArgs, offers: &mut Offers, inputs: &mut Inputs) -> Result<(), String> {
    for given in args.build_context.iter().filter(|given| !given.is_empty()) {
        let (name, value) =
            given.split_once('=').ok_or_else(|| format!("invalid context value: {given}, expected key=value"))?;
        let reference: oci::Reference =
            name.parse().map_err(|error| format!("invalid context name {name}: {error}"))?;
        let familiar = reference.familiar();
        let name = familiar.strip_suffix(":latest").unwrap_or(&familiar);
        if !inputs.capabilities.contains(&"moby.buildkit.frontend.contexts+forward") {
            inputs.capabilities.push("moby.buildkit.frontend.contexts+forward");
        }
        if value.starts_with("docker-image://") || is_remote(value) {
            inputs.attrs.insert(format!("context:{name}"), value.to_owned());
            continue;
        }
        if let Some(place) = value.strip_prefix("oci-layout://") {
            inputs.attrs.insert(format!("context:{name}"), stores::context(place, offers)?);
            continue;
        }
        match std::fs::metadata(value) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(format!("failed to get build context path {{{value}}}: not a directory")),
            Err(error) => {
                let words = crate::parse::env::words_of(&error);
                return Err(format!("failed to get build context {name}: stat {value}: {words}"));
            }
        }
        let local = if matches!(name, "context" | "dockerfile") { format!("_{name}") } else { name.to_owned() };
        offers.locals.insert(local.clone(), Local::Directory(value.into()));
        inputs.attrs.insert(format!("context:{name}"), format!("local:{local}"));
    }
    Ok(())
}

/// A Dockerfile's directory and its name.
fn split(path: &str) -> (Option<PathBuf>, String) {
    let path = Path::new(path);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    (Some(parent.to_owned()), name)
}

/// `dockerfile` where there is that and no `Dockerfile`.
fn lower_case(directory: &Path, name: String) -> String {
    if name == "Dockerfile" && !directory.join("Dockerfile").exists() && directory.join("dockerfile").exists() {
        return "dockerfile".into();
    }
    name
}

/// What the daemon may know a directory by from one build to the next: its path on this machine, unreadable.
fn shared_key(directory: &Path) -> String {
    let machine = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let path = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let mut hash = Sha256::new();
    hash.update(machine.trim());
    hash.update([0]);
    hash.update(path.as_os_str().as_encoded_bytes());
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let key: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let plain: String = name.chars().filter(char::is_ascii_graphic).collect();
    format!("{plain}:{key}")
}

fn stdin_dockerfile() -> Result<Vec<u8>, String> {
    limited(io::stdin().lock())
}

fn limited(reader: impl Read) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    let read = reader.take(DOCKERFILE_BYTES + 1).read_to_end(&mut content);
    read.map_err(|error| format!("failed to read the Dockerfile from STDIN: {error}"))?;
    match u64::try_from(content.len()) {
        Ok(0..=DOCKERFILE_BYTES) => Ok(content),
        _ => Err("what comes on STDIN is neither an archive nor a Dockerfile: it is longer than 16 MiB".into()),
    }
}

/// Standard input as context: an archive, which is offered, or a Dockerfile, which is given back.
fn from_stdin(file: &str, offers: &mut Offers, inputs: &mut Inputs) -> Result<Option<Vec<u8>>, String> {
    let mut head = Vec::new();
    io::stdin()
        .lock()
        .take(PEEK_BYTES)
        .read_to_end(&mut head)
        .map_err(|error| format!("failed to peek context header from STDIN: {error}"))?;
    if is_archive(&head) {
        let name = build_client::name().map_err(|error| error.to_string())?;
        inputs.attrs.insert("context".into(), format!("http://buildkit-session/{name}"));
        offers.uploads.insert(name, Upload::new(Cursor::new(head).chain(io::stdin())));
        return Ok(None);
    }
    if !file.is_empty() {
        return Err("ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles".into());
    }
    limited(Cursor::new(head).chain(io::stdin().lock())).map(Some)
}

/// bzip2, gzip, xz, zstd or a tar archive as it is.
fn is_archive(head: &[u8]) -> bool {
    const MAGIC: &[&[u8]] = &[b"BZh", b"\x1f\x8b\x08", b"\xfd7zXZ\0"];
    MAGIC.iter().any(|magic| head.starts_with(magic)) || is_tar(head)
}

/// Whether a header of tar has its checksum.
fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..512) else { return false };
    let told = String::from_utf8_lossy(&header[148..156]);
    let told = u64::from_str_radix(told.trim_matches(['\0', ' ']), 8);
    let sum = |range: std::ops::Range<usize>| header[range].iter().map(|byte| u64::from(*byte)).sum::<u64>();
    told == Ok(sum(0..148) + 8 * u64::from(b' ') + sum(156..512))
}

fn is_http(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// Whether this is an address that the daemon fetches: of a file, or of a git repository.
pub(super) fn is_remote(text: &str) -> bool {
    if is_http(text) || text.starts_with("github.com/") {
        return true;
    }
    match text.split_once("://") {
        Some((scheme, _)) => matches!(scheme.to_lowercase().as_str(), "git" | "ssh"),
        None => is_ssh_path(text),
    }
}

/// `user@host:path`, as scp writes it.
fn is_ssh_path(text: &str) -> bool {
    let Some((user, rest)) = text.split_once('@') else { return false };
    let Some((host, _)) = rest.split_once(':') else { return false };
    let made_of = |part: &str, more: &[u8]| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    made_of(user, b"-_") && made_of(host, b"-.")
}

/// Whether a git repository is fetched by ssh.
pub(super) fn is_git_ssh(text: &str) -> bool {
    text.starts_with("ssh://") || (!text.contains("://") && is_ssh_path(text))
}

/// Whether a git repository's address has a query, which older frontends don't know.
fn has_git_query(text: &str) -> bool {
    let address = text.split('#').next().unwrap_or_default();
    address.split_once('?').is_some_and(|(path, query)| !query.is_empty() && (!is_http(path) || path.ends_with(".git")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_known() {
        for remote in ["https://x/y.tar", "github.com/a/b", "git://x/y", "git@host:a/b.git#main", "ssh://git@x/y"] {
            assert!(is_remote(remote), "{remote}");
        }
        for local in [".", "a/b", "./git@x:y", "file:///x", "a@b", "x:y"] {
            assert!(!is_remote(local), "{local}");
        }
        assert!(is_git_ssh("git@host:a") && is_git_ssh("ssh://x/y") && !is_git_ssh("https://x/y.git"));
        assert!(has_git_query("https://x/y.git?ref=v1#z") && !has_git_query("https://x/y.tar?a=b"));
    }

    #[test]
    fn archives_are_known() {
        let mut header = tar_header();
        assert!(is_archive(&header));
        header[0] += 1;
        assert!(!is_archive(&header));
        assert!(is_archive(b"\x1f\x8b\x08more"));
        assert!(!is_archive(b"FROM scratch\n"));
        assert!(!is_archive(b""));
    }

    fn tar_header() -> Vec<u8> {
        let mut header = vec![0u8; 512];
        header[..4].copy_from_slice(b"file");
        header[148..156].fill(b' ');
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        header
    }

    #[test]
    fn a_directory_has_a_key_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (directory.path().join("a/x"), directory.path().join("b/x"));
        std::fs::create_dir_all(&one).unwrap();
        std::fs::create_dir_all(&other).unwrap();
        assert_eq!(shared_key(&one), shared_key(&one));
        assert_ne!(shared_key(&one), shared_key(&other));
        assert!(shared_key(&one).starts_with("x:"));
        assert_eq!(lower_case(&one, "Dockerfile".into()), "Dockerfile");
        std::fs::write(one.join("dockerfile"), "").unwrap();
        assert_eq!(lower_case(&one, "Dockerfile".into()), "dockerfile");
    }
}
