//! Directories with content by digest that a build may use: local caches, OCI layouts as contexts and as outputs.

use std::path::Path;

use build_client::{EXPORT, Entry, Filed, Filing, Layout, Offers};
use oci::Digest;

use super::spec::Output;
use crate::flags::parse_bool;
use crate::output::complain;
use crate::parse::env::words_of;

/// The tag that is looked for, and written down, where none is told.
const LATEST: &str = "latest";

fn attr<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry.attrs.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// Offers the directories of caches that are read (`type=local,src=`). One that is not there is told of and left out:
/// before the first build there is none.
pub(super) fn imports(entries: Vec<Entry>, offers: &mut Offers) -> Result<Vec<Entry>, String> {
    let mut kept = Vec::new();
    for mut entry in entries {
        if entry.kind == "local" {
            let source = attr(&entry, "src").ok_or("local cache importer requires src")?.to_owned();
            match cached(&source, &entry) {
                Ok((layout, digest)) => {
                    let digest = digest.ok_or(
                        "local cache importer requires either explicit digest, \"latest\" tag or custom tag on \
                         index.json",
                    )?;
                    entry.attrs.insert("digest".into(), digest);
                    offers.stores.insert(format!("local:{source}"), layout);
                }
                Err(why) => {
                    complain(&format!("WARNING: local cache import at {source} not found due to err: {why}"));
                    continue;
                }
            }
        }
        kept.push(entry);
    }
    Ok(kept)
}

/// A directory with a cache, and the digest of the one that is meant.
fn cached(source: &str, entry: &Entry) -> Result<(Layout, Option<String>), String> {
    let layout = Layout::open(Path::new(source)).map_err(|error| words_of(&error))?;
    if let Some(digest) = attr(entry, "digest") {
        return Ok((layout, Some(digest.to_owned())));
    }
    let found = layout.find(attr(entry, "tag").unwrap_or(LATEST)).map_err(|error| error.to_string())?;
    Ok((layout, found.map(|digest| digest.to_string())))
}

/// Offers the directories of caches that are written (`type=local,dest=`), which are made where they are missing.
pub(super) fn exports(entries: &[Entry], offers: &mut Offers) -> Result<Vec<Filed>, String> {
    let mut filed = Vec::new();
    for entry in entries.iter().filter(|entry| entry.kind == "local") {
        let destination = attr(entry, "dest").ok_or("local cache exporter requires dest")?;
        let layout = create(destination)?;
        offers.stores.insert(format!("local:{destination}"), layout.clone());
        filed.push(Filed { layout, what: Filing::Cache(attr(entry, "tag").unwrap_or(LATEST).to_owned()) });
    }
    Ok(filed)
}

fn create(path: &str) -> Result<Layout, String> {
    Layout::create(Path::new(path)).map_err(|error| format!("failed to create {path}: {}", words_of(&error)))
}

/// Offers the directory that an image goes to as files (`type=oci,tar=false`), if it does.
pub(super) fn output(output: &Output, offers: &mut Offers) -> Result<Option<Filed>, String> {
    if !is_layout(output) {
        return Ok(None);
    }
    if offers.stores.contains_key(EXPORT) {
        return Err("only one output with tar=false is supported: builders know one such directory".into());
    }
    let layout = create(&output.destination)?;
    offers.stores.insert(EXPORT.into(), layout.clone());
    Ok(Some(Filed { layout, what: Filing::Image }))
}

/// Whether an image leaves as files.
pub(super) fn is_layout(output: &Output) -> bool {
    output.kind == "oci" && output.attrs.get("tar").is_some_and(|value| parse_bool(value) == Ok(false))
}

/// Offers an OCI layout as a context (`DIR[:TAG|@DIGEST]`); gives what the frontend is told of it.
pub(super) fn context(place: &str, offers: &mut Offers) -> Result<String, String> {
    let (place, digest) = match place.rsplit_once('@') {
        Some((path, digest)) if !digest.contains('/') => (path, Some(digest)),
        _ => (place, None),
    };
    let (path, tag) = match place.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, tag),
        _ => (place, LATEST),
    };
    let failed = |why: String| format!("failed to read the OCI layout {path}: {why}");
    let layout = Layout::open(Path::new(path)).map_err(|error| failed(words_of(&error)))?;
    let digest: Digest = match digest {
        Some(digest) => digest.parse().map_err(|error: oci::ParseDigestError| failed(error.to_string()))?,
        None => {
            let named = layout.find(tag).map_err(|error| error.to_string())?;
            // The name of the only image says nothing.
            let found = named.map_or_else(|| layout.only(), |digest| Ok(Some(digest)));
            let none = || failed(format!("nothing in it is called {tag:?}: see its index.json, or say @DIGEST"));
            found.map_err(|error| error.to_string())?.ok_or_else(none)?
        }
    };
    let store = build_client::name().map_err(|error| error.to_string())?;
    offers.stores.insert(format!("oci:{store}"), layout);
    Ok(format!("oci-layout://{store}:{tag}@{digest}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const INDEX: &str = r#"{"schemaVersion":2,"manifests":[
        {"mediaType":"x","digest":"sha256:DIGEST","size":1,"annotations":{"org.opencontainers.image.ref.name":"1"}}]}"#;

    fn entry(attrs: &[(&str, &str)]) -> Entry {
        let attrs = attrs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Entry { kind: "local".into(), attrs }
    }

    #[test]
    fn caches_are_directories() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap().to_owned();
        let new = format!("{path}/a/b");
        let mut offers = Offers::default();
        let filed = exports(&[entry(&[("dest", &new)]), entry(&[("dest", &path), ("tag", "t")])], &mut offers).unwrap();
        assert_eq!(filed[0].what, Filing::Cache("latest".into()));
        assert_eq!(filed[1].what, Filing::Cache("t".into()));
        assert!(offers.stores.contains_key(&format!("local:{new}")) && Path::new(&new).join("blobs/sha256").is_dir());
        assert_eq!(exports(&[entry(&[])], &mut offers).unwrap_err(), "local cache exporter requires dest");

        // One that is not there is left out; one without what is meant is a mistake.
        let registry = Entry { kind: "registry".into(), ..Entry::default() };
        let kept = imports(vec![entry(&[("src", "/nowhere/x")]), registry.clone()], &mut offers).unwrap();
        assert_eq!(kept, [registry]);
        let hex = "07".repeat(32);
        std::fs::write(folder.path().join("index.json"), INDEX.replace("DIGEST", &hex)).unwrap();
        let mut read = |attrs: &[(&str, &str)]| imports(vec![entry(attrs)], &mut offers);
        let kept = read(&[("src", &path), ("tag", "1")]).unwrap();
        assert_eq!(kept[0].attrs["digest"], format!("sha256:{hex}"));
        assert_eq!(read(&[("src", &path), ("digest", "d")]).unwrap()[0].attrs["digest"], "d");
        assert!(read(&[("src", &path)]).unwrap_err().contains("\"latest\" tag"));
        assert_eq!(read(&[]).unwrap_err(), "local cache importer requires src");
    }

    #[test]
    fn layouts_are_contexts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a:b@c");
        std::fs::create_dir(&path).unwrap();
        let hex = "07".repeat(32);
        let entry = INDEX.replace("DIGEST", &hex);
        std::fs::write(path.join("index.json"), &entry).unwrap();
        let path = path.to_str().unwrap();
        let mut offers = Offers::default();
        let mut read = |place: String| context(&place, &mut offers);
        for (place, tag) in
            [(format!("{path}/:1"), "1"), (format!("{path}/"), LATEST), (format!("{path}/:gone"), "gone")]
        {
            let told = read(place).unwrap();
            assert!(told.starts_with("oci-layout://") && told.ends_with(&format!(":{tag}@sha256:{hex}")), "{told}");
        }
        let other = format!("sha256:{}", "08".repeat(32));
        assert!(read(format!("{path}/:1@{other}")).unwrap().ends_with(&format!(":1@{other}")));
        assert!(read(format!("{path}/@sha256:1")).unwrap_err().contains("invalid digest"));
        assert!(read(format!("{path}/gone/")).unwrap_err().contains("no such file or directory"));
        std::fs::write(Path::new(path).join("index.json"), r#"{"manifests":[]}"#).unwrap();
        assert!(read(format!("{path}/:1")).unwrap_err().contains("nothing in it is called \"1\""));
        assert_eq!(offers.stores.len(), 4);
    }

    #[test]
    fn one_image_leaves_as_files() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = |kind: &str, tar: &str| Output {
            kind: kind.into(),
            attrs: BTreeMap::from([("tar".to_owned(), tar.to_owned())]),
            destination: folder.path().join("x").to_str().unwrap().to_owned(),
        };
        let mut offers = Offers::default();
        assert!(output(&wanted("oci", "true"), &mut offers).unwrap().is_none());
        assert!(output(&wanted("docker", "false"), &mut offers).unwrap().is_none());
        assert!(offers.stores.is_empty());
        assert_eq!(output(&wanted("oci", "false"), &mut offers).unwrap().unwrap().what, Filing::Image);
        assert!(output(&wanted("oci", "0"), &mut offers).unwrap_err().contains("only one output"));
    }
}
