//! gRPC over one stream that is there already, in both roles, and BuildKit's messages.
//!
//! BuildKit's protocol turns an upgraded HTTP/1.1 connection, or a stream of byte messages inside another call, into a
//! connection of HTTP/2, and which side dials says nothing about which side serves. So neither tonic's transport nor
//! its router is used: [`server::serve`] answers calls that come over a stream, [`client::Channel`] makes calls over
//! one. Framing, status codes and metadata are tonic's.
//!
//! [`proto`] has the messages; none of the generated clients or servers is compiled.
#![forbid(unsafe_code)]

pub mod client;
pub mod proto;
pub mod server;

pub use tonic::metadata::{Ascii, MetadataMap, MetadataValue};
pub use tonic::{Code, Request, Response, Status, Streaming};

/// The longest message that is taken, in bytes: what BuildKit takes (its `defaults.DefaultMaxRecvMsgSize`).
pub const MESSAGE_BYTES: usize = 16 << 20;

/// How many bytes may be under way in one call before the reader has taken them. A reader that is slow holds up the
/// writer, and no more memory than this is used for it.
const STREAM_WINDOW: u32 = 512 << 10;

/// The same for all calls of a connection together.
const CONNECTION_WINDOW: u32 = 2 << 20;

/// Bytes of metadata of one call. Errors carry the text that they are about in it.
const METADATA_BYTES: u32 = 1 << 20;

/// Calls that may be open at once on one connection.
const STREAMS: u32 = 256;
