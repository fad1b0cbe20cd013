//! Trees of files from one machine to another: the protocol of BuildKit's `FileSync` and `FileSend` (fsutil).
//!
//! ```text
//!   sender                                      receiver
//!     STAT a, STAT a/b, …, STAT (nothing)  ─►     compares each with what it has
//!                                          ◄─   REQ n: the content of the n-th
//!     DATA n, …, DATA n (empty)            ─►     a new file, renamed to its place
//!                                          ◄─   FIN
//!     FIN                                  ─►
//! ```
//! A sender on the same machine may hand a file over open instead ([`Handed`]), and then sends one empty `DATA n` with a
//! stat in it, which no other has.
//!
//! Both sides are plain machines that take packets and give packets: the stream belongs to the caller. They block for
//! the disk.
//!
//! What this crate does not know: patterns, gRPC connections, whose files they are (all become root's).
#![forbid(unsafe_code)]

mod entry;
mod handed;
pub mod limits;
mod receive;
mod send;

pub use entry::{Entry, Kind, go_mode, has_content};
pub use grpc::proto::fsutil::types::packet::PacketType;
pub use grpc::proto::fsutil::types::{Packet, Stat};
pub use handed::{CALL, Handed, hand_over, handed_over, take_over};
pub use receive::{Flow, Receiver, Reception};
pub use send::Sender;

/// Why files could not be transferred.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The other side sent an entry that must not be stored.
    #[error("refused to receive {path:?}: {why}")]
    Refused {
        /// Its path, as it was sent.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The other side does not keep to the protocol.
    #[error("the other side does not keep to the file transfer protocol: {0}")]
    Protocol(String),
    /// The other side has given up.
    #[error("error from the other side: {0}")]
    Other(String),
    /// The disk would not have it.
    #[error("{path:?}: {source}")]
    Io {
        /// Which file, seen from the tree's root.
        path: String,
        /// The system's word.
        source: std::io::Error,
    },
}

/// What a transfer gives.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn refused(path: &str, why: impl Into<String>) -> Self {
        Self::Refused { path: path.to_owned(), why: why.into() }
    }

    pub(crate) fn io(path: &str) -> impl FnOnce(rustix::io::Errno) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, source: error.into() }
    }

    pub(crate) fn std(path: &str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// The packet that tells the other side.
    pub fn packet(&self) -> Packet {
        Packet { r#type: PacketType::PacketErr.into(), data: self.to_string().into_bytes(), ..Packet::default() }
    }
}

pub(crate) fn packet(kind: PacketType) -> Packet {
    Packet { r#type: kind.into(), ..Packet::default() }
}
