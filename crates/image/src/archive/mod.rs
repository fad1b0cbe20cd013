//! Layer archives: unpacking what strangers packed, and packing what containers wrote.

mod pack;
pub(crate) mod ration;
mod unpack;

use std::io::{BufRead, BufReader, Read};

pub use pack::{Whiteouts, pack};
pub use unpack::{Contents, unpack};

/// Takes the compression off, whichever it is; an uncompressed stream goes through as it is.
///
/// Decompressors are this program's own: one that an image brings is never looked for (CVE-2026-41567).
///
/// # Errors
/// When the beginning cannot be read.
pub fn decompress<'a>(stream: impl Read + Send + 'a) -> std::io::Result<Box<dyn Read + Send + 'a>> {
    let mut stream = BufReader::with_capacity(crate::limits::CHUNK, stream);
    let head = stream.fill_buf()?;
    Ok(match head {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(stream)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::stream::read::Decoder::with_buffer(stream)?),
        _ => Box::new(stream),
    })
}

/// Compresses a stream with gzip. The same bytes give the same bytes, however they come: what the compressor makes
/// depends on how much it is given at once.
///
/// # Errors
/// What reading or writing gives.
pub(crate) fn compress<W: std::io::Write>(mut stream: impl Read, to: W) -> std::io::Result<W> {
    // Level 1: somebody waits for it.
    let mut packer = flate2::write::GzEncoder::new(to, flate2::Compression::fast());
    let mut chunk = Vec::with_capacity(crate::limits::CHUNK);
    loop {
        chunk.clear();
        if (&mut stream).take(crate::limits::CHUNK as u64).read_to_end(&mut chunk)? == 0 {
            return packer.finish();
        }
        std::io::Write::write_all(&mut packer, &chunk)?;
    }
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
