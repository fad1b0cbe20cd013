//! Messages of containerd's content service, of which BuildKit's clients serve a part in their sessions.
//!
//! Source: containerd's `api/services/content/v1/content.proto`. Moments are left out: nobody here asks for them.

/// What is stored under a digest.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Info {
    /// The digest.
    #[prost(string, tag = "1")]
    pub digest: String,
    /// Bytes.
    #[prost(int64, tag = "2")]
    pub size: i64,
}

/// Asks for [`Info`].
#[derive(Clone, PartialEq, prost::Message)]
pub struct InfoRequest {
    /// The digest.
    #[prost(string, tag = "1")]
    pub digest: String,
}

/// Answers [`InfoRequest`].
#[derive(Clone, PartialEq, prost::Message)]
pub struct InfoResponse {
    /// What is there.
    #[prost(message, optional, tag = "1")]
    pub info: Option<Info>,
}

/// Asks for bytes.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ReadContentRequest {
    /// Of what is stored under this digest.
    #[prost(string, tag = "1")]
    pub digest: String,
    /// From here on.
    #[prost(int64, tag = "2")]
    pub offset: i64,
    /// How many; 0 for all.
    #[prost(int64, tag = "3")]
    pub size: i64,
}

/// A piece of what [`ReadContentRequest`] asks for.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ReadContentResponse {
    /// Where it begins.
    #[prost(int64, tag = "1")]
    pub offset: i64,
    /// The bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub data: Vec<u8>,
}

/// What is to be done with what a message brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum WriteAction {
    /// Nothing: how far it is is asked for.
    Stat = 0,
    /// It is a piece.
    Write = 1,
    /// It is the last piece, and the whole is to be stored.
    Commit = 2,
}

/// Brings a piece of what is to be stored.
#[derive(Clone, PartialEq, prost::Message)]
pub struct WriteContentRequest {
    /// What is to be done.
    #[prost(enumeration = "WriteAction", tag = "1")]
    pub action: i32,
    /// The writer's name for what it writes.
    #[prost(string, tag = "2")]
    pub r#ref: String,
    /// Bytes of the whole.
    #[prost(int64, tag = "3")]
    pub total: i64,
    /// The digest of the whole.
    #[prost(string, tag = "4")]
    pub expected: String,
    /// Where the piece belongs.
    #[prost(int64, tag = "5")]
    pub offset: i64,
    /// The piece.
    #[prost(bytes = "vec", tag = "6")]
    pub data: Vec<u8>,
}

/// Answers a [`WriteContentRequest`].
#[derive(Clone, PartialEq, prost::Message)]
pub struct WriteContentResponse {
    /// What was done.
    #[prost(enumeration = "WriteAction", tag = "1")]
    pub action: i32,
    /// Bytes that are there now.
    #[prost(int64, tag = "4")]
    pub offset: i64,
    /// Bytes of the whole.
    #[prost(int64, tag = "5")]
    pub total: i64,
    /// The digest of what is there, where that is known.
    #[prost(string, tag = "6")]
    pub digest: String,
}

/// Gives up what was written under a name.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AbortRequest {
    /// The name.
    #[prost(string, tag = "1")]
    pub r#ref: String,
}

/// The answer that says nothing.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub struct Empty {}
