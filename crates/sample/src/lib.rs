//! The sample images: made of two small programs that this one carries, without any network. A third one does in a
//! container what its image may have no program for.
#![forbid(unsafe_code)]

use oci::Digest;
use oci::image::{Config, Execution, History, Platform, RootFs};
use sha2::{Digest as _, Sha256};

/// A static program for containers of any image: it waits, finds programs, puts files, groups and users in place. What it
/// is told stands at the head of its text.
pub const HAND: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/hand"));

/// A sample image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// Says hello and ends.
    Hello,
    /// A web application on port 8080.
    Web,
}

impl Sample {
    /// The image's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello:latest",
            Self::Web => "sample-web:latest",
        }
    }

    fn program(self) -> (&'static str, &'static [u8]) {
        match self {
            Self::Hello => ("hello", include_bytes!(concat!(env!("OUT_DIR"), "/hello"))),
            Self::Web => ("web", include_bytes!(concat!(env!("OUT_DIR"), "/web"))),
        }
    }

    /// The image as an archive that `docker load` reads.
    ///
    /// # Errors
    /// When an archive cannot be written into memory.
    pub fn archive(self) -> std::io::Result<Vec<u8>> {
        let (name, program) = self.program();
        let layer = layer(name, program)?;
        let config = self.config(name, &Digest::sha256(Sha256::digest(&layer).into()));
        let config = serde_json::to_vec(&config)?;
        let config_name = format!("{}.json", Digest::sha256(Sha256::digest(&config).into()).hex());
        let manifest = serde_json::json!([{
            "Config": config_name,
            "RepoTags": [self.name()],
            "Layers": ["layer.tar"],
        }]);
        let mut archive = tar::Builder::new(Vec::new());
        add(&mut archive, &config_name, 0o644, &config)?;
        add(&mut archive, "layer.tar", 0o644, &layer)?;
        add(&mut archive, "manifest.json", 0o644, &serde_json::to_vec(&manifest)?)?;
        archive.into_inner()
    }

    fn config(self, name: &str, diff_id: &Digest) -> Config {
        let mut execution = Execution {
            env: vec!["PATH=/bin".into()],
            cmd: Some(vec![format!("/bin/{name}")]),
            user: "65534:65534".into(),
            ..Execution::default()
        };
        if self == Self::Web {
            execution.exposed_ports.insert("8080/tcp".into(), oci::image::Empty {});
        }
        Config {
            config: Some(execution),
            rootfs: RootFs { kind: "layers".into(), diff_ids: vec![diff_id.clone()] },
            history: vec![History {
                created_by: Some(format!("dabba: the sample program {name}")),
                ..History::default()
            }],
            ..Config::empty(Platform::host())
        }
    }
}

fn layer(name: &str, program: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut layer = tar::Builder::new(Vec::new());
    add(&mut layer, &format!("bin/{name}"), 0o755, program)?;
    layer.into_inner()
}

/// Adds a file that is the same on every machine and at every time, so that the image is.
fn add(archive: &mut tar::Builder<Vec<u8>>, path: &str, mode: u32, bytes: &[u8]) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(mode);
    header.set_mtime(0);
    archive.append_data(&mut header, path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_always_the_same() {
        assert_eq!(Sample::Hello.archive().unwrap(), Sample::Hello.archive().unwrap());
        assert!(Sample::Web.archive().unwrap().len() < 4 << 20);
    }
}
