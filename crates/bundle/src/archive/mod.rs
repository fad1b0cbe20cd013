//! Zip archives: a source bundle is unpacked from one, logs and samples are packed into one.
//!
//! The reader is this crate's own and strict. Whoever packs an archive can make two readers of it see different files
//! (a second central directory, a local header that says something else, entries over each other, bytes that belong to
//! none), so what is not there exactly once is refused. The central directory says what there is; all that is said
//! elsewhere must agree with it, and every byte of the file must belong to one entry or to the directory. Source:
//! PKWARE's APPNOTE.TXT 6.3.10.

mod directory;
mod names;
mod unpack;
mod write;

pub use unpack::{Form, Unpacked, unpack};
pub use write::Writer;

/// Signatures of the format's records.
mod signature {
    pub(super) const LOCAL: u32 = 0x0403_4b50;
    pub(super) const DESCRIPTOR: u32 = 0x0807_4b50;
    pub(super) const CENTRAL: u32 = 0x0201_4b50;
    pub(super) const END: u32 = 0x0605_4b50;
    pub(super) const END64: u32 = 0x0606_4b50;
    pub(super) const LOCATOR64: u32 = 0x0706_4b50;
}

/// Bits of an entry's general purpose flags.
mod flag {
    pub(super) const ENCRYPTED: u16 = 1;
    /// Sizes and checksum follow the content.
    pub(super) const DESCRIPTOR: u16 = 1 << 3;
    pub(super) const PATCHED: u16 = 1 << 5;
    pub(super) const STRONGLY_ENCRYPTED: u16 = 1 << 6;
    pub(super) const UTF8: u16 = 1 << 11;
    pub(super) const MASKED: u16 = 1 << 13;
}

/// Numbers of the ways to compress.
mod method {
    pub(super) const STORED: u16 = 0;
    pub(super) const DEFLATED: u16 = 8;
}

/// Types of file in a Unix mode.
mod file_type {
    pub(super) const MASK: u32 = 0o170_000;
    pub(super) const LINK: u32 = 0o120_000;
    pub(super) const REGULAR: u32 = 0o100_000;
    pub(super) const DIRECTORY: u32 = 0o040_000;
}
