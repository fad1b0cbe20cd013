//! Layer archives: unpacking what strangers packed, and packing what containers wrote.

mod ahead;
mod pack;
pub(crate) mod ration;
mod unpack;
mod walk;

use std::io::{BufReader, Read};

pub(crate) use pack::{Totals, pack_at_most};
pub use pack::{Whiteouts, pack};
pub use unpack::{Contents, unpack};

/// How a stream is compressed, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

impl Compression {
    /// Bytes that tell.
    pub(crate) const HEAD: usize = 6;

    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            _ => Self::None,
        }
    }
}

/// Takes the compression off, whichever it is; an uncompressed stream goes through as it is.
///
/// Decompressors are this program's own: one that an image brings is never looked for (CVE-2026-41567).
///
/// # Errors
/// When the beginning cannot be read.
pub fn decompress<'a>(mut stream: impl Read + Send + 'a) -> std::io::Result<Box<dyn Read + Send + 'a>> {
    let mut head = Vec::with_capacity(Compression::HEAD);
    (&mut stream).take(Compression::HEAD as u64).read_to_end(&mut head)?;
    let compression = Compression::of(&head);
    let stream = BufReader::with_capacity(crate::limits::CHUNK, std::io::Cursor::new(head).chain(stream));
    Ok(match compression {
        Compression::None => Box::new(stream),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(stream)),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(stream)?),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(stream)),
        Compression::Xz => {
            let most = crate::limits::DECOMPRESSOR_KIB;
            Box::new(BufReader::new(lzma_rust2::XzReader::new_mem_limit(stream, true, most)))
        }
    })
}

/// Whether a stream is an archive: its first entry, decompressed, has a header that is one. Reads a little of it.
pub fn is_archive(stream: impl Read + Send) -> bool {
    const BLOCK: usize = 512;
    let mut block = [0; BLOCK];
    let read = decompress(stream).and_then(|mut plain| plain.read_exact(&mut block));
    let sum: u32 = block[..148].iter().chain(&block[156..]).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32;
    // The checksum of a header counts its own field as spaces (pax(1), "ustar Interchange Format").
    read.is_ok() && tar::Header::from_byte_slice(&block).cksum().is_ok_and(|said| said == sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that comes byte by byte.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let room = buffer.len().min(1);
            self.0.read(&mut buffer[..room])
        }
    }

    #[test]
    fn every_compression_is_taken_off() {
        let text = b"abcde ram on";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, text).unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        std::io::Write::write_all(&mut bzip2, text).unwrap();
        // As xz(1) writes it with -9, and with a dictionary of a gigabyte.
        let mut xz = vec![
            0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01, 0x1c, 0x00,
            0x00, 0x00, 0x10, 0xcf, 0x58, 0xcc, 0x01, 0x00, 0x0b, 0x61, 0x62, 0x63, 0x64, 0x65, 0x20, 0x72, 0x61, 0x6d,
            0x20, 0x6f, 0x6e, 0x00, 0x64, 0xb9, 0x9e, 0xa5, 0xbe, 0xe6, 0xf4, 0x7c, 0x00, 0x01, 0x24, 0x0c, 0xa6, 0x18,
            0xd8, 0xd8, 0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a,
        ];
        let zstd = zstd::stream::encode_all(&text[..], 1).unwrap();
        for packed in [gzip.finish().unwrap(), bzip2.finish().unwrap(), zstd, xz.clone(), text.to_vec()] {
            let mut plain = Vec::new();
            decompress(Slow(&packed)).unwrap().read_to_end(&mut plain).unwrap();
            assert_eq!(plain, text);
        }
        xz[16] = 0x24;
        xz[20..24].copy_from_slice(&[0x5e, 0x1f, 0xc7, 0xf9]);
        let error = decompress(xz.as_slice()).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("memory"), "{error}");
        for short in [&b""[..], b"B", &[0xfd, 0x37, 0x7a]] {
            let mut plain = Vec::new();
            decompress(short).unwrap().read_to_end(&mut plain).unwrap();
            assert_eq!(plain, short);
        }
    }

    #[test]
    fn archives_are_told_from_files() {
        let mut header = tar::Header::new_ustar();
        header.set_path("a").unwrap();
        header.set_size(0);
        header.set_cksum();
        let plain: Vec<u8> = header.as_bytes().to_vec();
        assert!(is_archive(&plain[..]));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, &plain).unwrap();
        assert!(is_archive(&gzip.finish().unwrap()[..]));
        for no in [&b""[..], b"text", &[0; 2048], &plain[..511], &[&[0x1f, 0x8b, 8][..], &[0; 600]].concat()] {
            assert!(!is_archive(no));
        }
    }
}
