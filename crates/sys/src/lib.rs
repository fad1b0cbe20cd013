//! Safe system calls: what `rustix` lacks, and paths that cannot leave their root.
//!
//! Every function returns [`std::io::Result`] with the bare `errno`; the caller knows which object it was about and
//! says so in its own error.

pub mod beneath;
pub mod bpf;
pub mod descriptor;
pub mod file;
pub mod mount;
pub mod namespace;
pub mod netlink;
pub mod process;
pub mod remove;
pub mod xattr;
