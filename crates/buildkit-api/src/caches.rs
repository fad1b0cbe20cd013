//! Caches as clients name them: which are imported, and where a build's own goes.

use std::collections::{BTreeMap, HashMap};

use build::limits::IMPORTS;
use build::{CacheExport, CacheTo, Import, Job, Product};
use grpc::Status;
use grpc::proto::control::{CacheOptions, CacheOptionsEntry};
use image::Carrier;
use oci::Reference;

use crate::{attrs, errors};

/// The caches that a build is to give, checked before anything is built.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    /// The image carries its own.
    pub(crate) inline: bool,
    elsewhere: Vec<Export>,
}

#[derive(Debug)]
struct Export {
    what: CacheExport,
    /// When it does not get there, the build has not failed.
    ignore_error: bool,
}

/// Options that have an effect at the client alone.
const OF_THE_CLIENT: &[&str] = &["dest", "tag", "reset"];

impl Exports {
    /// Reads where the cache goes.
    pub(crate) fn read(options: Option<&CacheOptions>) -> Result<Self, Status> {
        let mut found = Self::default();
        let given = options.into_iter().flat_map(|options| &options.exports);
        for entry in given.chain(options.and_then(deprecated).as_ref()) {
            if entry.r#type == "inline" {
                read_inline(entry)?;
                found.inline = true;
            } else {
                found.elsewhere.push(read_export(entry)?);
            }
        }
        let directories = found.elsewhere.iter().filter(|one| matches!(one.what.to, CacheTo::Store(_)));
        if directories.count() > 1 {
            // Clients hear of one manifest, and write it down for all their directories.
            return Err(attrs::not_implemented("exporting the cache to several directories at once"));
        }
        Ok(found)
    }

    /// Lets the cache of what was built leave; what the client is told of it is added to `told`.
    pub(crate) async fn leave(
        &self,
        job: &Job,
        product: &Product,
        told: &mut HashMap<String, String>,
    ) -> Result<(), Status> {
        for Export { what, ignore_error } in &self.elsewhere {
            let manifest = match job.export_cache(product, what).await {
                Ok(manifest) => manifest,
                // It was told as a vertex that failed.
                Err(_) if *ignore_error => continue,
                Err(error) => return Err(errors::status(&error)),
            };
            let Some(manifest) = manifest else { continue };
            let text = serde_json::to_string(&manifest).map_err(|error| Status::internal(error.to_string()))?;
            // The one in a directory is what the client writes down.
            if matches!(what.to, CacheTo::Store(_)) || !told.contains_key("cache.manifest") {
                told.insert("cache.manifest".into(), text);
            }
        }
        Ok(())
    }
}

/// Where the cache goes, as clients said before BuildKit 0.4.
fn deprecated(options: &CacheOptions) -> Option<CacheOptionsEntry> {
    let reference = Some(&options.export_ref_deprecated).filter(|reference| !reference.is_empty())?;
    let mut attrs = options.export_attrs_deprecated.clone();
    attrs.insert("ref".into(), reference.clone());
    Some(CacheOptionsEntry { r#type: "registry".into(), attrs })
}

fn read_inline(entry: &CacheOptionsEntry) -> Result<(), Status> {
    match attributes(entry).next() {
        None => Ok(()),
        Some(("mode", "min")) if entry.attrs.len() == 1 => Ok(()),
        Some((name, value)) => Err(refused(entry, name, value)),
    }
}

fn read_export(entry: &CacheOptionsEntry) -> Result<Export, Status> {
    let to = match entry.r#type.as_str() {
        "registry" => CacheTo::Registry(reference(entry)?),
        "local" => CacheTo::Store(format!("local:{}", required(entry, "dest")?)),
        other => return Err(attrs::not_implemented(&format!("exporting the cache as {other:?}"))),
    };
    let (mut all, mut ignore_error, mut oci, mut as_manifest) = (false, false, true, None);
    for (name, value) in attributes(entry) {
        match (name, value) {
            ("ref", _) if entry.r#type == "registry" => {}
            (name, _) if entry.r#type == "local" && OF_THE_CLIENT.contains(&name) => {}
            ("mode", "min") => all = false,
            ("mode", "max") => all = true,
            ("ignore-error", value) => ignore_error = attrs::boolean(name, value)?,
            ("oci-mediatypes", value) => oci = attrs::boolean(name, value)?,
            ("image-manifest", value) => as_manifest = Some(attrs::boolean(name, value)?),
            (name, _) if attrs::LAYERS.contains(&name) => {}
            (name, value) => return Err(refused(entry, name, value)),
        }
    }
    let layers = attrs::layers(&entry.attrs)?;
    if !oci && !layers.compression.is_gzip() {
        return Err(Status::invalid_argument(
            "invalid configuration for the cache: Docker's media types know no compression but gzip: leave \
             oci-mediatypes=false out",
        ));
    }
    let carrier = match (oci, as_manifest.unwrap_or(oci)) {
        (true, true) => Carrier::Manifest,
        (true, false) => Carrier::Index,
        (false, false) => Carrier::DockerList,
        (false, true) => {
            return Err(Status::invalid_argument(
                "invalid configuration for the cache: image-manifest=true needs oci-mediatypes=true",
            ));
        }
    };
    Ok(Export { what: CacheExport { to, all, carrier, layers }, ignore_error })
}

/// Its options, in one order, so that of two mistakes the same one is named each time.
fn attributes(entry: &CacheOptionsEntry) -> impl Iterator<Item = (&str, &str)> {
    let sorted: BTreeMap<&str, &str> =
        entry.attrs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    sorted.into_iter()
}

fn refused(entry: &CacheOptionsEntry, name: &str, value: &str) -> Status {
    attrs::not_implemented(&format!("the option \"{name}={value}\" of a cache of the kind {:?}", entry.r#type))
}

fn required<'a>(entry: &'a CacheOptionsEntry, name: &str) -> Result<&'a str, Status> {
    let value = entry.attrs.get(name).map(String::as_str).filter(|value| !value.is_empty());
    value.ok_or_else(|| Status::invalid_argument(format!("a cache of the kind {:?} requires {name}", entry.r#type)))
}

fn reference(entry: &CacheOptionsEntry) -> Result<Reference, Status> {
    named(required(entry, "ref")?)
}

/// The name of an image or a cache.
pub(crate) fn named(name: &str) -> Result<Reference, Status> {
    let parsed: Result<Reference, _> = name.parse();
    let parsed = parsed.map_err(|error| Status::invalid_argument(format!("failed to parse {name}: {error}")))?;
    Ok(parsed.or_latest())
}

/// Reads which cache is imported.
pub(crate) fn import(kind: &str, attributes: &HashMap<String, String>) -> Result<Import, Status> {
    let entry = CacheOptionsEntry { r#type: kind.to_owned(), attrs: attributes.clone() };
    let known: &[&str] = match kind {
        "registry" => &["ref"],
        "local" => &["src", "digest", "tag"],
        other => return Err(attrs::not_implemented(&format!("importing a cache of the kind {other:?}"))),
    };
    if let Some((name, value)) = self::attributes(&entry).find(|(name, _)| !known.contains(name)) {
        return Err(refused(&entry, name, value));
    }
    if kind == "registry" {
        return Ok(Import::Reference(reference(&entry)?));
    }
    let (source, digest) = (required(&entry, "src")?, required(&entry, "digest")?);
    let digest = digest.parse().map_err(|error| Status::invalid_argument(format!("{error}")))?;
    Ok(Import::Store { id: format!("local:{source}"), digest, name: source.to_owned() })
}

/// Reads which caches are imported, as clients of several times say it.
pub(crate) fn imports(options: Option<&CacheOptions>) -> Result<Vec<Import>, Status> {
    let Some(options) = options else { return Ok(Vec::new()) };
    let named = options.import_refs_deprecated.iter().map(|name| named(name).map(Import::Reference));
    options.imports.iter().map(|entry| import(&entry.r#type, &entry.attrs)).chain(named).collect()
}

/// Adds caches to those that are imported, each once.
pub(crate) fn add(imports: &mut Vec<Import>, more: impl IntoIterator<Item = Import>) -> Result<(), Status> {
    for one in more {
        if !imports.contains(&one) {
            imports.push(one);
        }
        if imports.len() > IMPORTS {
            return Err(Status::invalid_argument(format!("more than {} caches are imported", IMPORTS)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use image::LayersAs;

    use super::*;

    fn entry(kind: &str, options: &[(&str, &str)]) -> CacheOptionsEntry {
        let attrs = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        CacheOptionsEntry { r#type: kind.into(), attrs }
    }

    fn exports(entries: Vec<CacheOptionsEntry>) -> Result<Exports, Status> {
        Exports::read(Some(&CacheOptions { exports: entries, ..CacheOptions::default() }))
    }

    #[test]
    fn where_a_cache_goes() {
        let found = exports(vec![
            entry("registry", &[("ref", "a.test/b"), ("mode", "max"), ("ignore-error", "true")]),
            entry("local", &[("dest", "/x y"), ("tag", "t"), ("oci-mediatypes", "false"), ("compression", "gzip")]),
            entry("inline", &[]),
        ])
        .unwrap();
        assert!(found.inline && found.elsewhere[0].ignore_error && !found.elsewhere[1].ignore_error);
        let to = CacheTo::Registry("a.test/b:latest".parse().unwrap());
        assert_eq!(
            found.elsewhere[0].what,
            CacheExport { to, all: true, carrier: Carrier::Manifest, layers: LayersAs::default() }
        );
        let to = CacheTo::Store("local:/x y".into());
        assert_eq!(
            found.elsewhere[1].what,
            CacheExport { to, all: false, carrier: Carrier::DockerList, layers: LayersAs::default() }
        );
        let index = exports(vec![entry("registry", &[("ref", "a"), ("image-manifest", "false")])]).unwrap();
        assert_eq!(index.elsewhere[0].what.carrier, Carrier::Index);
        assert!(Exports::read(None).unwrap().elsewhere.is_empty());
    }

    #[test]
    fn what_is_not_carried_out_is_named() {
        for (kind, options, why) in [
            ("gha", vec![], "exporting the cache as \"gha\" is not implemented"),
            ("s3", vec![], "exporting the cache as \"s3\""),
            ("azblob", vec![], "exporting the cache as \"azblob\""),
            ("registry", vec![], "requires ref"),
            ("local", vec![], "requires dest"),
            ("registry", vec![("ref", "a"), ("compression", "estargz")], "\"compression=estargz\""),
            ("registry", vec![("ref", "a"), ("compression", "zstd"), ("oci-mediatypes", "0")], "leave oci-mediatypes"),
            ("local", vec![("dest", "a"), ("compression-level", "10")], "compression=gzip has no level 10"),
            ("registry", vec![("ref", "a"), ("mode", "most")], "\"mode=most\""),
            ("registry", vec![("ref", "a"), ("dest", "x")], "\"dest=x\""),
            ("registry", vec![("ref", "A")], "failed to parse A"),
            (
                "local",
                vec![("dest", "a"), ("image-manifest", "1"), ("oci-mediatypes", "0")],
                "image-manifest=true needs",
            ),
            ("inline", vec![("mode", "max")], "\"mode=max\""),
        ] {
            let status = exports(vec![entry(kind, &options)]).unwrap_err();
            assert!(status.message().contains(why), "{kind} {options:?}: {}", status.message());
        }
        let twice = vec![entry("local", &[("dest", "a")]), entry("local", &[("dest", "b")])];
        assert!(exports(twice).unwrap_err().message().contains("several directories"));
    }

    #[test]
    fn what_is_imported() {
        let import = |kind: &str, options: &[(&str, &str)]| import(kind, &entry(kind, options).attrs);
        let registry = import("registry", &[("ref", "a/b")]).unwrap();
        assert_eq!(registry, Import::Reference("docker.io/a/b:latest".parse().unwrap()));
        let digest = oci::Digest::sha256([7; 32]);
        let local = import("local", &[("src", "x"), ("digest", &digest.to_string())]).unwrap();
        assert_eq!(local, Import::Store { id: "local:x".into(), digest, name: "x".into() });
        for (kind, options, why) in [
            ("s3", vec![], "importing a cache of the kind \"s3\""),
            ("local", vec![("src", "x")], "requires digest"),
            ("local", vec![("src", "x"), ("digest", "sha256:1")], "invalid digest"),
            ("registry", vec![("ref", "a"), ("x", "y")], "\"x=y\""),
        ] {
            let status = import(kind, &options).unwrap_err();
            assert!(status.message().contains(why), "{kind}: {}", status.message());
        }
        let mut found = Vec::new();
        add(&mut found, [registry.clone(), registry]).unwrap();
        assert_eq!(found.len(), 1);
        let many = (0..=IMPORTS).map(|number| import("registry", &[("ref", &format!("a:{number}"))]).unwrap());
        assert!(add(&mut found, many).is_err());
    }
}
