//! BuildKit's messages. Those of containerd that it uses are written down here, as they are in no crate of ours.

pub mod content;

pub use bollard_buildkit_proto::google::protobuf::Any;
pub use bollard_buildkit_proto::google::rpc;
pub use bollard_buildkit_proto::moby::buildkit::secrets::v1 as secrets;
pub use bollard_buildkit_proto::moby::buildkit::v1 as control;
pub use bollard_buildkit_proto::moby::buildkit::v1::frontend as gateway;
pub use bollard_buildkit_proto::moby::buildkit::v1::{apicaps, types};
pub use bollard_buildkit_proto::moby::filesync::v1 as filesync;
pub use bollard_buildkit_proto::moby::sshforward::v1 as ssh;
pub use bollard_buildkit_proto::moby::upload::v1 as upload;
pub use bollard_buildkit_proto::{fsutil, health, pb};

pub use bollard_buildkit_proto::google::protobuf::Timestamp;

/// A message as its bytes.
pub fn encode(message: &impl prost::Message) -> Vec<u8> {
    message.encode_to_vec()
}

/// How many bytes those are.
pub fn encoded_len(message: &impl prost::Message) -> usize {
    message.encoded_len()
}

/// A message of its bytes.
///
/// # Errors
/// When they are none.
pub fn decode<M: prost::Message + Default>(bytes: &[u8]) -> Result<M, String> {
    M::decode(bytes).map_err(|error| error.to_string())
}
