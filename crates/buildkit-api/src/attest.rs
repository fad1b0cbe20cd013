//! Attestations as clients ask for them: `attest:provenance=mode=max,…` and `attest:sbom=generator=…`.

use std::collections::BTreeMap;

use build::{Attest, Generator, Provenance, SlsaVersion};
use grpc::Status;

use crate::attrs::{boolean, fields, not_implemented};

/// The generator that is asked when none is named, as BuildKit's is.
const GENERATOR: &str = "docker/buildkit-syft-scanner:stable-1";

/// Options of a frontend that say how this daemon is to go about it, and not what is to be built.
const OF_THE_HOST: &[&str] =
    &["cgroup-parent", "image-resolve-mode", "platform", "cache-imports", "cache-from", "frontend.caps"];

/// Reads one attestation's wish.
pub(crate) fn read(kind: &str, value: &str, attest: &mut Attest) -> Result<(), Status> {
    let parameters = parameters(value);
    if parameters.get("disabled").is_some_and(|text| *text == "true") || value == "false" {
        return Ok(());
    }
    match kind {
        "provenance" => attest.provenance = Some(provenance(&parameters)?),
        "sbom" => attest.sbom = Some(generator(&parameters)),
        other => return Err(Status::invalid_argument(format!("unknown attestation type {other:?}"))),
    }
    Ok(())
}

/// What a provenance tells of the request.
pub(crate) fn tell(frontend: &str, options: &BTreeMap<&str, &str>, provenance: &mut Provenance) {
    frontend.clone_into(&mut provenance.frontend);
    let context = options.get("contextkey").copied().unwrap_or("context");
    for (&name, &value) in options {
        let word = name.split_once(':').map_or(name, |(word, _)| word);
        match word {
            "vcs" => {
                if let Some((_, name)) = name.split_once(':').filter(|_| !value.is_empty()) {
                    provenance.vcs.insert(name.to_owned(), value.to_owned());
                }
            }
            "filename" => value.clone_into(&mut provenance.entry_point),
            // What names a session or a result of this client's says nothing to anybody else.
            "attest" | "local-sessionid" | "input-metadata" | "dabba.keep-failed" => {}
            _ if name == context || OF_THE_HOST.contains(&name) => {}
            _ => drop(provenance.parameters.insert(name.to_owned(), value.to_owned())),
        }
    }
    if provenance.entry_point.is_empty() {
        provenance.entry_point = "Dockerfile".into();
    }
}

/// `mode=max,builder-id=x`; a value with commas stands in quotes, as in CSV.
fn parameters(value: &str) -> BTreeMap<String, String> {
    let pair = |field: String| match field.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (field, String::new()),
    };
    fields(value).into_iter().map(pair).collect()
}

fn provenance(parameters: &BTreeMap<String, String>) -> Result<Provenance, Status> {
    let mut provenance = Provenance { max: true, ..Provenance::default() };
    for (name, value) in parameters {
        match name.as_str() {
            // Without a value it is the kind that clients write before the parameters.
            "type" | "disabled" | "true" => {}
            "mode" => {
                provenance.max = match value.as_str() {
                    "max" | "full" => true,
                    "min" => false,
                    other => return Err(Status::invalid_argument(format!("invalid mode {other:?}"))),
                };
            }
            "version" => {
                provenance.version = match value.as_str() {
                    "v0.2" => SlsaVersion::V02,
                    "v1" => SlsaVersion::V1,
                    other => {
                        return Err(Status::invalid_argument(format!("invalid provenance SLSA version: {other}")));
                    }
                };
            }
            "builder-id" => value.clone_into(&mut provenance.builder),
            "reproducible" => provenance.reproducible = boolean("reproducible", value)?,
            "inline-only" => provenance.inline_only = boolean("inline-only", value)?,
            other => return Err(not_implemented(&format!("the parameter {other:?} of a provenance"))),
        }
    }
    Ok(provenance)
}

fn generator(parameters: &BTreeMap<String, String>) -> Generator {
    let mut generator = Generator { image: GENERATOR.into(), parameters: BTreeMap::new() };
    for (name, value) in parameters {
        match name.as_str() {
            "type" | "disabled" | "true" => {}
            "generator" => value.clone_into(&mut generator.image),
            _ => drop(generator.parameters.insert(name.to_ascii_uppercase(), value.clone())),
        }
    }
    generator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_read() {
        let read = |kind: &str, value: &str| {
            let mut attest = Attest::default();
            read(kind, value, &mut attest).map(|()| attest)
        };
        let provenance = |value: &str| read("provenance", value).unwrap().provenance.unwrap();
        assert!(provenance("").max);
        let min = provenance("mode=min,inline-only=true,version=v1");
        assert!(!min.max && min.inline_only && min.version == SlsaVersion::V1);
        assert_eq!(provenance(r#""builder-id=a,b",mode=max"#).builder, "a,b");
        let sbom = read("sbom", "generator=a/b:1,scan_x=2").unwrap().sbom.unwrap();
        assert_eq!((sbom.image.as_str(), sbom.parameters["SCAN_X"].as_str()), ("a/b:1", "2"));
        assert_eq!(read("sbom", "").unwrap().sbom.unwrap().image, GENERATOR);
        for no in ["disabled=true", "false"] {
            assert!(read("provenance", no).unwrap().provenance.is_none());
        }
        let wrong =
            [("provenance", "mode=most"), ("provenance", "version=2"), ("provenance", "capture-usage=1"), ("x", "")];
        for (kind, value) in wrong {
            assert!(read(kind, value).is_err(), "{kind} {value}");
        }
    }

    #[test]
    fn a_provenance_tells_of_the_request_and_of_nobody() {
        let options = BTreeMap::from([
            ("build-arg:X", "1"),
            ("filename", "sub/Dockerfile"),
            ("context", "https://host/x.git"),
            ("vcs:revision", "abc"),
            ("vcs:source", ""),
            ("local-sessionid:x", "secret"),
            ("platform", "linux/amd64"),
            ("attest:provenance", ""),
        ]);
        let mut provenance = Provenance::default();
        tell("dockerfile.v0", &options, &mut provenance);
        assert_eq!(provenance.parameters, BTreeMap::from([("build-arg:X".to_owned(), "1".to_owned())]));
        assert_eq!(provenance.vcs, BTreeMap::from([("revision".to_owned(), "abc".to_owned())]));
        assert_eq!(
            (provenance.entry_point.as_str(), provenance.frontend.as_str()),
            ("sub/Dockerfile", "dockerfile.v0")
        );
    }
}
