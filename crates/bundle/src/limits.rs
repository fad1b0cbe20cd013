//! The numbers, and why.

/// Largest archive: AWS takes source bundles of up to 512 MB.
pub const ARCHIVE_BYTES: u64 = 512 << 20;
/// Most entries in an archive: large applications with all their dependencies have some ten thousand.
pub const ENTRIES: usize = 100_000;
/// Most names in an archive's tree, folders that it only implies included.
pub const NAMES: usize = 200_000;
/// Largest central directory: it is kept in memory, and entries take some hundred bytes.
pub const DIRECTORY_BYTES: u64 = 32 << 20;
/// Most bytes of all files, unpacked.
pub const UNPACKED_BYTES: u64 = 4 << 30;
/// How many times as large as the archive its files may be: text seldom goes beyond 20.
pub const RATIO: u64 = 200;
/// Bytes that any archive may unpack to: sparse logs and empty databases compress by a thousand.
pub const RATIO_FREE: u64 = 64 << 20;
/// Longest path: it must still be a path behind that of the directory it is unpacked to.
pub const PATH_BYTES: usize = 2048;
/// Longest name in a path: NAME_MAX.
pub const NAME_BYTES: usize = 255;
/// Most folders in each other.
pub const FOLDERS: usize = 64;
/// Most symbolic links in an archive: each is followed before anything is written.
pub const LINKS: usize = 10_000;
/// Longest target of a symbolic link.
pub const LINK_BYTES: u64 = 1024;
/// Steps on the way to a link's end, other links included.
pub const LINK_STEPS: usize = 1024;
/// Bytes copied at once.
pub const CHUNK: usize = 128 << 10;
/// Largest file that is read for what it asks for: those in use have some kilobytes.
pub const CONFIG_BYTES: u64 = 1 << 20;
/// Most files of one directory that are read or listed: .ebextensions, .platform.
pub const CONFIG_FILES: usize = 512;
/// What a document may take in memory with its aliases written out (the "billion laughs").
pub const DOCUMENT_BYTES: usize = 32 << 20;
/// How deep values lie in each other.
pub const NESTING: usize = 64;
/// Most keys that merge keys (`<<`) bring into a document.
pub const MERGED: usize = 100_000;
/// Most bytes that variables may become in one document.
pub const INTERPOLATED_BYTES: usize = 8 << 20;
/// How deep defaults of variables lie in each other: `${A:-${B:-c}}`.
pub const INTERPOLATION_NESTING: usize = 16;
/// Most services of a Compose file and most containers of an ECS definition; ECS stops at 10.
pub const SERVICES: usize = 100;
/// Most tasks of a cron.yaml, and most lines of a Procfile: each is looked for among the ones before it.
pub const TASKS: usize = 1000;
/// Most warnings about one bundle: whoever reads them stops earlier.
pub const WARNINGS: usize = 1000;
/// Bytes of a stranger's text that a message repeats.
pub const QUOTED: usize = 200;
