//! The numbers, and why.

/// Largest manifest or index: the distribution specification asks registries to take at least 4 MiB.
pub const MANIFEST_BYTES: u64 = 4 << 20;
/// Largest image configuration: those in use have a few kilobytes.
pub const CONFIG_BYTES: u64 = 8 << 20;
/// Largest predicate of an attestation: a bill of materials of a large image has some 10 MiB.
pub const PREDICATE_BYTES: u64 = 32 << 20;
/// Most layers: overlayfs takes 500 lower directories, Docker stops at 127.
pub const LAYERS: usize = 127;
/// Most entries in one layer.
pub const ENTRIES: u64 = 2_000_000;
/// Most bytes in one unpacked layer.
pub const LAYER_BYTES: u64 = 256 << 30;
/// Longest path in a layer: PATH_MAX.
pub const PATH_BYTES: usize = 4096;
/// Layers fetched at once by one pull: Docker's default.
pub const DOWNLOADS: usize = 3;
/// Most bytes of headers that one entry of an archive may have: Go's archive/tar stops there, too.
pub const HEADER_BYTES: u64 = 1 << 20;
/// Most bytes in one unpacked layer that has sparse files, since holes cost their author nothing.
pub const SPARSE_BYTES: u64 = 16 << 30;
/// Most memory that a decompressor may take, in KiB: `xz -9` asks for 64 MiB, and zstd stops at 128 MiB by itself.
pub const DECOMPRESSOR_KIB: u32 = 128 << 10;
/// Bytes copied at once.
pub const CHUNK: usize = 128 << 10;
/// Attempts at one blob.
pub const ATTEMPTS: u32 = 5;
/// Redirects followed for one request.
pub const REDIRECTS: u32 = 5;
/// Largest file that a build fetches from a web server.
pub const FILE_BYTES: u64 = 64 << 30;
/// Layers sent at once by one push: Docker's default.
pub const UPLOADS: usize = 5;
/// Bytes of a piece of a blob, for registries that take no blob in one piece; one may ask for larger pieces.
pub const UPLOAD_PIECE: u64 = 16 << 20;
/// Largest piece that a registry may ask for. It is read from the disk while it leaves.
pub const UPLOAD_PIECE_MAX: u64 = 1 << 30;
/// Longest time in seconds that a registry may ask us to wait before we try again.
pub const RETRY_AFTER: u64 = 60;
/// Repositories of the same registry that are tried as the source of a layer: each costs a round trip.
pub const MOUNTS: usize = 3;
/// Bytes of a registry's answer that are read for its reasons.
pub const REASON_BYTES: u64 = 64 << 10;
/// How hard layers are compressed on their way out: somebody waits for it.
pub const GZIP_LEVEL: u32 = 1;
/// The same with zstd, where no level is told: its own.
pub const ZSTD_LEVEL: u32 = 3;
/// The hardest that zstd compresses, whatever is told: BuildKit's compressor ends there, too, and levels above take
/// hundreds of megabytes.
pub const ZSTD_LEVEL_MAX: u32 = 11;
/// Most images of an index that are looked at for the caches that they carry: there is one a platform.
pub const INDEXED: usize = 32;
