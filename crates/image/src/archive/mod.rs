//! Layer archives: unpacking what strangers packed, and packing what containers wrote.

mod pack;
pub(crate) mod ration;
mod unpack;

use std::io::{BufRead, BufReader, Read};

pub use pack::{Whiteouts, pack};
pub use unpack::unpack;

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
