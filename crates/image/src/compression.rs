//! How layers are compressed on their way out.

use std::io::{Read, Write};

use oci::image::{Descriptor, media_type};

use crate::limits;

/// What layers leave as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LayersAs {
    /// How those are compressed that were made here, or came as plain archives.
    pub compression: Compression,
    /// Whether those that came compressed in another way are compressed anew, and do not leave as they came.
    pub force: bool,
}

/// How an archive is compressed. The levels are those that [`Compression::new`] takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compression(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    Gzip(u32),
    Zstd(u32),
}

impl Default for Compression {
    fn default() -> Self {
        Self(Kind::Gzip(limits::GZIP_LEVEL))
    }
}

impl Compression {
    /// One by BuildKit's name for it and a level: 0 to 9 with `gzip`, 0 to 22 with `zstd`, none with `uncompressed`.
    /// Without a level it is quick.
    pub fn new(name: &str, level: Option<u32>) -> Option<Self> {
        Some(Self(match (name, level) {
            ("uncompressed", None) => Kind::None,
            ("gzip", level @ (None | Some(0..=9))) => Kind::Gzip(level.unwrap_or(limits::GZIP_LEVEL)),
            ("zstd", None | Some(0)) => Kind::Zstd(limits::ZSTD_LEVEL),
            ("zstd", Some(level @ 1..=22)) => Kind::Zstd(level.min(limits::ZSTD_LEVEL_MAX)),
            _ => return None,
        }))
    }

    /// What it is, without how hard it compresses.
    pub fn is_gzip(self) -> bool {
        matches!(self.0, Kind::Gzip(_))
    }

    /// What an archive is called that is compressed so.
    pub(crate) fn media_type(self) -> &'static str {
        match self.0 {
            Kind::None => media_type::LAYER,
            Kind::Gzip(_) => media_type::LAYER_GZIP,
            Kind::Zstd(_) => media_type::LAYER_ZSTD,
        }
    }

    /// The name of the file beside a layer that says what its archive is when it is compressed so. Each way has its own.
    pub(crate) fn note(self) -> String {
        match self.0 {
            Kind::None => "plain".into(),
            Kind::Gzip(limits::GZIP_LEVEL) => "gzip".into(),
            Kind::Gzip(level) => format!("gzip-{level}"),
            Kind::Zstd(level) => format!("zstd-{level}"),
        }
    }

    /// Compresses a stream. The same bytes give the same bytes, however they come: what a compressor makes depends on
    /// how much it is given at once.
    ///
    /// # Errors
    /// What reading or writing gives.
    pub(crate) fn compress<W: Write>(self, stream: impl Read, mut to: W) -> std::io::Result<W> {
        match self.0 {
            Kind::None => {
                copy(stream, &mut to)?;
                Ok(to)
            }
            Kind::Gzip(level) => {
                let mut packer = flate2::write::GzEncoder::new(to, flate2::Compression::new(level));
                copy(stream, &mut packer)?;
                packer.finish()
            }
            Kind::Zstd(level) => {
                let mut packer = zstd::stream::write::Encoder::new(to, i32::try_from(level).unwrap_or_default())?;
                copy(stream, &mut packer)?;
                packer.finish()
            }
        }
    }
}

fn copy(mut stream: impl Read, to: &mut impl Write) -> std::io::Result<()> {
    let mut chunk = Vec::with_capacity(limits::CHUNK);
    loop {
        chunk.clear();
        if (&mut stream).take(limits::CHUNK as u64).read_to_end(&mut chunk)? == 0 {
            return Ok(());
        }
        to.write_all(&chunk)?;
    }
}

impl LayersAs {
    /// Whether a layer that came as this blob leaves as it.
    pub(crate) fn keeps(self, blob: &Descriptor) -> bool {
        let wanted = self.compression.media_type();
        match blob.media_type.as_str() {
            kind if kind == wanted => true,
            media_type::LAYER => false,
            media_type::DOCKER_LAYER_GZIP if wanted == media_type::LAYER_GZIP => true,
            _ => !self.force,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::descriptor;

    #[test]
    fn compressions_by_name() {
        let all = [
            ("uncompressed", None),
            ("gzip", None),
            ("gzip", Some(0)),
            ("gzip", Some(9)),
            ("zstd", None),
            ("zstd", Some(1)),
            ("zstd", Some(22)),
        ];
        let text = b"the same words again and again ".repeat(20_000);
        let mut notes = std::collections::BTreeSet::new();
        for (name, level) in all {
            let compression = Compression::new(name, level).unwrap();
            let packed = compression.compress(text.as_slice(), Vec::new()).unwrap();
            assert_eq!(packed, compression.compress(text.as_slice(), Vec::new()).unwrap());
            let mut plain = Vec::new();
            crate::archive::decompress(packed.as_slice()).unwrap().read_to_end(&mut plain).unwrap();
            assert!(plain == text, "{name} {level:?}");
            assert_eq!(packed.len() < text.len() / 10, name != "uncompressed" && level != Some(0), "{name} {level:?}");
            notes.insert(compression.note());
        }
        assert_eq!(notes.len(), all.len(), "{notes:?}");
        assert_eq!(Compression::new("gzip", None).unwrap(), Compression::default());
        for (name, level) in
            [("estargz", None), ("", None), ("gzip", Some(10)), ("zstd", Some(23)), ("uncompressed", Some(1))]
        {
            assert!(Compression::new(name, level).is_none(), "{name} {level:?}");
        }
    }

    #[test]
    fn what_came_compressed_leaves_as_it_came_unless_it_is_forced() {
        let blob = |kind: &str| descriptor(kind, oci::Digest::sha256([1; 32]), 1);
        let kept = |name: &str, force| {
            let wanted = LayersAs { compression: Compression::new(name, None).unwrap(), force };
            [media_type::LAYER, media_type::LAYER_GZIP, media_type::DOCKER_LAYER_GZIP, media_type::LAYER_ZSTD]
                .map(|kind| wanted.keeps(&blob(kind)))
        };
        assert_eq!(kept("gzip", false), [false, true, true, true]);
        assert_eq!(kept("gzip", true), [false, true, true, false]);
        assert_eq!(kept("zstd", false), [false, true, true, true]);
        assert_eq!(kept("zstd", true), [false, false, false, true]);
        assert_eq!(kept("uncompressed", false), [true, true, true, true]);
        assert_eq!(kept("uncompressed", true), [true, false, false, false]);
    }
}
