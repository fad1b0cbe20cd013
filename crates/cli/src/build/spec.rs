//! The small languages inside of the flags: outputs, caches, attestations, secrets, agents, platforms, hosts.
//!
//! The sentences are those of Docker's buildx, whose flags these are.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::os::unix::fs::FileTypeExt;
use std::path::PathBuf;

use build_client::{Entry, SecretSource};
use words::Secret;

use crate::flags::parse_bool;
use crate::parse::fields;

/// Longest secret: BuildKit's `MaxSecretSize`.
const SECRET_BYTES: u64 = 500 << 10;

/// Pairs of `key=value`. Without a value: with `inherited`, that of the variable of that name or none at all, else an
/// empty one.
pub(super) fn pairs(given: &[String], inherited: bool) -> Result<BTreeMap<String, String>, String> {
    let mut pairs = BTreeMap::new();
    for pair in given {
        match pair.split_once('=') {
            Some(("", _)) => return Err(format!("invalid key-value pair {pair:?}: empty key")),
            Some((key, value)) => drop(pairs.insert(key.to_owned(), value.to_owned())),
            None if pair.is_empty() => return Err(format!("invalid key-value pair {pair:?}: empty key")),
            None if inherited => {
                if let Ok(value) = std::env::var(pair) {
                    pairs.insert(pair.clone(), value);
                }
            }
            None => drop(pairs.insert(pair.clone(), String::new())),
        }
    }
    Ok(pairs)
}

/// What comes of a build and where it goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) kind: String,
    pub(super) attrs: BTreeMap<String, String>,
    /// A path, or `-`; empty where none is told.
    pub(super) destination: String,
}

/// `--output`.
pub(super) fn output(text: &str) -> Result<Output, String> {
    let parts = fields(text)?;
    if let [only] = &parts[..]
        && only == text
        && !text.starts_with("type=")
    {
        let kind = if text == "-" { "tar" } else { "local" };
        return Ok(Output { kind: kind.into(), destination: text.into(), ..Output::default() });
    }
    let mut output = Output::default();
    for part in parts {
        let (key, value) = part.split_once('=').ok_or_else(|| format!("invalid value {part}"))?;
        match key.to_lowercase().trim() {
            "type" => value.clone_into(&mut output.kind),
            "dest" => value.clone_into(&mut output.destination),
            key => drop(output.attrs.insert(key.to_owned(), value.to_owned())),
        }
    }
    if output.kind.is_empty() { Err("type is required for output".into()) } else { Ok(output) }
}

/// `--cache-from` and `--cache-to`.
pub(super) fn caches(given: &[String]) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for text in given.iter().filter(|text| !text.is_empty()) {
        let parts = fields(text)?;
        if !text.contains('=') {
            // Names of images, one a field.
            entries.extend(
                parts
                    .into_iter()
                    .map(|name| Entry { kind: "registry".into(), attrs: BTreeMap::from([("ref".to_owned(), name)]) }),
            );
            continue;
        }
        let mut entry = Entry::default();
        for part in parts {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("invalid value {part}"))?;
            match key.to_lowercase().as_str() {
                "type" => value.clone_into(&mut entry.kind),
                key => drop(entry.attrs.insert(key.to_owned(), value.to_owned())),
            }
        }
        match entry.kind.as_str() {
            "" => return Err(format!("type required form> {text:?}")),
            _ => entries.push(entry),
        }
    }
    Ok(entries)
}

/// `--attest`, and `--provenance` and `--sbom` in its form: parameters by kind; `None` is switched off.
pub(super) fn attestations(
    attest: &[String],
    provenance: Option<&str>,
    sbom: Option<&str>,
) -> Result<BTreeMap<String, Option<String>>, String> {
    let short = |kind: &str, text: &str| match parse_bool(text) {
        Ok(on) => format!("type={kind},disabled={}", !on),
        Err(_) => format!("type={kind},{text}"),
    };
    let mut given = attest.to_vec();
    given.extend(provenance.filter(|text| !text.is_empty()).map(|text| short("provenance", text)));
    given.extend(sbom.filter(|text| !text.is_empty()).map(|text| short("sbom", text)));
    let mut found = BTreeMap::new();
    for text in given {
        let (mut kind, mut disabled, mut attrs) = (String::new(), false, BTreeMap::new());
        for part in fields(&text)? {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("invalid value {part}"))?;
            match key.to_lowercase().trim() {
                "type" => value.clone_into(&mut kind),
                "disabled" => disabled = parse_bool(value).map_err(|why| format!("invalid value {part}: {why}"))?,
                _ => drop(attrs.insert(key.to_owned(), value.to_owned())),
            }
        }
        if kind.is_empty() {
            return Err("attestation type not specified".into());
        }
        let attrs = attrs.iter().map(|(key, value)| quoted(&format!("{key}={value}")));
        let text: Vec<String> = std::iter::once(format!("type={kind}")).chain(attrs).collect();
        // The first of a kind counts.
        found.entry(kind).or_insert_with(|| (!disabled).then(|| text.join(",")));
    }
    Ok(found)
}

/// A field of a list with commas.
fn quoted(field: &str) -> String {
    if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

/// `--annotation`, by the names of an output's parameters.
pub(super) fn annotations(given: &[String]) -> Result<BTreeMap<String, String>, String> {
    const KINDS: &[&str] = &["index", "index-descriptor", "manifest", "manifest-descriptor"];
    let mut found = BTreeMap::new();
    for text in given.iter().filter(|text| !text.is_empty()) {
        let (key, value) =
            text.split_once('=').ok_or_else(|| format!("invalid annotation {text:?}, expected key=value"))?;
        let Some((kinds, key)) = key.split_once(':') else {
            found.insert(format!("annotation.{key}"), value.to_owned());
            continue;
        };
        for kind in kinds.split(',') {
            let name = kind.split_once('[').map_or(kind, |(name, _)| name);
            if !KINDS.contains(&name) || (kind != name && !kind.ends_with(']')) {
                return Err(format!("unknown annotation type {kind:?}"));
            }
            found.insert(format!("annotation-{kind}.{key}"), value.to_owned());
        }
    }
    Ok(found)
}

/// `--secret`.
pub(super) fn secret(text: &str) -> Result<(String, SecretSource), String> {
    let (mut id, mut file, mut variable, mut kind) = (String::new(), String::new(), String::new(), String::new());
    for part in fields(text).map_err(|why| format!("failed to parse csv secret: {why}"))? {
        let (key, value) =
            part.split_once('=').ok_or_else(|| format!("invalid field '{part}' must be a key=value pair"))?;
        match key.to_lowercase().as_str() {
            "type" if value != "file" && value != "env" => return Err(format!("unsupported secret type {value:?}")),
            "type" => value.clone_into(&mut kind),
            "id" => value.clone_into(&mut id),
            "source" | "src" => value.clone_into(&mut file),
            "env" => value.clone_into(&mut variable),
            other => return Err(format!("unexpected key '{other}' in '{part}'")),
        }
    }
    if kind == "env" && variable.is_empty() {
        variable = std::mem::take(&mut file);
    }
    if id.is_empty() {
        return Err("secret missing ID".into());
    }
    if variable.is_empty() && file.is_empty() {
        match std::env::var_os(&id) {
            Some(_) => variable.clone_from(&id),
            None => file.clone_from(&id),
        }
    }
    if file.is_empty() {
        let value = std::env::var(&variable).unwrap_or_default();
        return Ok((id, SecretSource::Value(Secret::new(value))));
    }
    let found = std::fs::metadata(&file)
        .map_err(|error| format!("failed to stat {file}: stat {file}: {}", crate::parse::env::words_of(&error)))?;
    if found.len() > SECRET_BYTES {
        return Err(format!("secret {id} too big. max size 500KiB"));
    }
    Ok((id, SecretSource::File(file.into())))
}

/// `--ssh`: the id of an agent and its socket.
pub(super) fn agent(text: &str) -> Result<(String, PathBuf), String> {
    let (id, paths) = text.split_once('=').unwrap_or((text, ""));
    let id = if id.is_empty() { "default" } else { id };
    let path = match paths {
        "" => std::env::var("SSH_AUTH_SOCK").unwrap_or_default(),
        path => path.to_owned(),
    };
    if path.is_empty() {
        return Err("invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set".into());
    }
    if path.contains(',') {
        return Err("only single socket allowed".into());
    }
    let found =
        std::fs::metadata(&path).map_err(|error| format!("stat {path}: {}", crate::parse::env::words_of(&error)))?;
    if !found.file_type().is_socket() {
        return Err(format!(
            "the ssh key {path} is not given to the build: --ssh takes the socket of an agent. Load the key into one \
             (`ssh-add {path}`) and say --ssh {id}"
        ));
    }
    Ok((id.to_owned(), path.into()))
}

/// `--platform`, in the form that BuildKit takes.
pub(super) fn platform(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    let parts: Vec<&str> = text.split('/').collect();
    let named = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    };
    if parts.len() > 3 || !parts.iter().all(named) {
        return Err(format!("{text:?}: invalid platform: it is os/architecture, such as linux/amd64"));
    }
    let host = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let (os, architecture, variant) = match parts[..] {
        [os @ ("linux" | "windows" | "darwin" | "freebsd")] => (os, host, ""),
        [architecture] => ("linux", architecture, ""),
        [os, architecture] => (os, architecture, ""),
        [os, architecture, variant, ..] => (os, architecture, variant),
        [] => ("linux", host, ""),
    };
    let (architecture, variant) = match (architecture, variant) {
        ("x86_64" | "x86-64" | "amd64", variant) => ("amd64", if variant == "v1" { "" } else { variant }),
        ("i386" | "i686", _) => ("386", ""),
        ("aarch64" | "arm64", variant) => ("arm64", if matches!(variant, "8" | "v8") { "" } else { variant }),
        ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
        ("armel", _) => ("arm", "v6"),
        other => other,
    };
    Ok(if variant.is_empty() { format!("{os}/{architecture}") } else { format!("{os}/{architecture}/{variant}") })
}

/// `--add-host`, in the form that BuildKit takes. `gateway` is the host's own address, where the daemon tells it.
pub(super) fn hosts(given: &[String], gateway: Option<&str>) -> Result<String, String> {
    let mut found = Vec::new();
    for text in given {
        for host in fields(text)? {
            let wrong = || format!("invalid host {host}");
            let (name, address) = host.split_once('=').or_else(|| host.split_once(':')).ok_or_else(wrong)?;
            if name.is_empty() || address.is_empty() {
                return Err(wrong());
            }
            let address = match address {
                "host-gateway" => gateway
                    .ok_or("unable to derive the IP value for host-gateway: host-gateway IP not found")?
                    .to_owned(),
                address => {
                    let plain = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
                    plain.parse::<IpAddr>().map_err(|_| wrong())?.to_string()
                }
            };
            found.push(format!("{name}={address}"));
        }
    }
    Ok(found.join(","))
}

/// What of the frontend is called, and how its answer is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Question {
    /// `lint`, `outline`, `targets`; empty for a build.
    pub(super) name: String,
    /// As JSON.
    pub(super) json: bool,
    /// What was found does not make the program fail.
    pub(super) ignore_status: bool,
}

/// `--call`.
pub(super) fn question(text: &str) -> Result<Question, String> {
    let mut question = Question::default();
    for part in fields(text)?.into_iter().filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some(("format", "json")) => question.json = true,
            Some(("format", "" | "text")) => question.json = false,
            Some(("ignorestatus", value)) => {
                question.ignore_status =
                    parse_bool(value).map_err(|_| format!("invalid ignorestatus print value: {value}"))?;
            }
            Some(_) => return Err(format!("invalid print field: {part}")),
            None if !question.name.is_empty() => return Err(format!("invalid print value: {text}")),
            None => question.name = part,
        }
    }
    match question.name.as_str() {
        "check" => "lint".clone_into(&mut question.name),
        "build" => question.name.clear(),
        _ => {}
    }
    Ok(question)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn outputs_are_read() {
        let read = |kind: &str, destination: &str, attrs: &[(&str, &str)]| {
            Ok(Output { kind: kind.into(), destination: destination.into(), attrs: map(attrs) })
        };
        assert_eq!(output("out"), read("local", "out", &[]));
        assert_eq!(output("-"), read("tar", "-", &[]));
        assert_eq!(output("type=image,name=a,Push=true"), read("image", "", &[("name", "a"), ("push", "true")]));
        assert_eq!(output("type=oci,dest=x.tar,\"name=a,b\""), read("oci", "x.tar", &[("name", "a,b")]));
        assert_eq!(output("dest=x"), read("local", "dest=x", &[]));
        assert!(output("dest=x,a=b").is_err());
        assert!(output("type=local,x").is_err());
    }

    #[test]
    fn caches_are_read() {
        let given = ["a/b:c,d".to_owned(), "type=inline".into(), "type=local,src=x".into()];
        let found: Vec<_> = caches(&given).unwrap().into_iter().map(|entry| (entry.kind, entry.attrs)).collect();
        let registry = |name: &str| ("registry".to_owned(), map(&[("ref", name)]));
        let local = ("local".to_owned(), map(&[("src", "x")]));
        assert_eq!(found, [registry("a/b:c"), registry("d"), ("inline".into(), map(&[])), local]);
        assert!(caches(&["ref=x".into()]).is_err());
    }

    #[test]
    fn attestations_are_read() {
        let read = |attest: &[&str], provenance: Option<&str>, sbom: Option<&str>| {
            attestations(&attest.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>(), provenance, sbom)
        };
        assert_eq!(read(&[], Some("false"), None).unwrap(), BTreeMap::from([("provenance".into(), None)]));
        assert_eq!(
            read(&["type=sbom,generator=x"], Some("mode=max"), Some("true")).unwrap(),
            BTreeMap::from([
                ("provenance".into(), Some("type=provenance,mode=max".into())),
                ("sbom".into(), Some("type=sbom,generator=x".into()))
            ])
        );
        assert!(read(&["mode=max"], None, None).is_err());
    }

    #[test]
    fn annotations_are_read() {
        let read = |text: &str| annotations(&[text.to_owned()]);
        assert_eq!(read("a=b"), Ok(map(&[("annotation.a", "b")])));
        assert_eq!(
            read("index,manifest[linux/amd64]:a=b"),
            Ok(map(&[("annotation-index.a", "b"), ("annotation-manifest[linux/amd64].a", "b")]))
        );
        assert!(read("a").is_err());
        assert!(read("x:a=b").is_err());
    }

    #[test]
    fn platforms_are_normal() {
        for (text, normal) in [
            ("linux/amd64", "linux/amd64"),
            ("LINUX/x86_64", "linux/amd64"),
            ("arm64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/v6", "linux/arm/v6"),
            ("386", "linux/386"),
        ] {
            assert_eq!(platform(text).as_deref(), Ok(normal));
        }
        for wrong in ["", "a/b/c/d", "linux/", "linux/ä"] {
            assert!(platform(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hosts_are_read() {
        let read = |text: &str| hosts(&[text.to_owned()], Some("10.0.0.1"));
        assert_eq!(read("a:1.2.3.4").as_deref(), Ok("a=1.2.3.4"));
        assert_eq!(read("a=[::1],b:host-gateway").as_deref(), Ok("a=::1,b=10.0.0.1"));
        for wrong in ["a", "a:", ":1.2.3.4", "a:b"] {
            assert_eq!(read(wrong).unwrap_err(), format!("invalid host {wrong}"));
        }
        assert!(hosts(&["a:host-gateway".into()], None).is_err());
    }

    #[test]
    fn questions_are_read() {
        let read = |name: &str, json, ignore_status| Ok(Question { name: name.into(), json, ignore_status });
        assert_eq!(question("build"), read("", false, false));
        assert_eq!(question("check"), read("lint", false, false));
        assert_eq!(question("outline,format=json,ignorestatus=true"), read("outline", true, true));
        assert!(question("a,b").is_err());
        assert!(question("x=y").is_err());
    }

    #[test]
    fn secrets_and_agents_must_be_there() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("s");
        std::fs::write(&file, "x").unwrap();
        let path = file.to_str().unwrap();
        assert!(matches!(secret(&format!("id=a,src={path}")), Ok((id, SecretSource::File(_))) if id == "a"));
        assert!(matches!(secret("id=a,env=HOME"), Ok((_, SecretSource::Value(_)))));
        assert_eq!(secret("src=x").unwrap_err(), "secret missing ID");
        assert!(secret("id=a,src=/nowhere/x").unwrap_err().contains("no such file or directory"));
        assert!(secret("id=a,type=x").is_err());
        assert!(agent(&format!("default={path}")).unwrap_err().contains("ssh-add"));
        assert!(agent("default=a,b").is_err());
        let socket = directory.path().join("agent");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(agent(&format!("x={}", socket.display())), Ok(("x".into(), socket)));
    }
}
