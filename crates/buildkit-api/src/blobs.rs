//! What the record of a build refers to by its digest: the statements about its results, and its error with all details.
//! Clients read them by containerd's content service on the connection on which they listen for records.

use std::collections::HashMap;

use build::Product;
use bytes::Bytes;
use grpc::Status;
use grpc::proto::content::{Info, InfoRequest, InfoResponse, ReadContentRequest, ReadContentResponse};
use grpc::proto::control::{BuildHistoryRecord, BuildResultInfo, Descriptor};
use grpc::server::Messages;
use oci::image::PREDICATE_TYPE;
use oci::image::media_type::IN_TOTO;

use crate::results::digest;
use crate::{Parts, errors, limits};

/// How BuildKit calls an error's whole status, with its own spelling.
const ERROR: &str = "application/vnd.googeapis.google.rpc.status+proto";

/// By digest, those of one record.
#[derive(Default)]
pub(crate) struct Blobs {
    kept: HashMap<String, Bytes>,
    bytes: usize,
}

impl Blobs {
    /// Keeps something and describes it; nothing when the record would have too much.
    fn keep(&mut self, media_type: &str, annotations: HashMap<String, String>, data: Bytes) -> Option<Descriptor> {
        if self.bytes.saturating_add(data.len()) > limits::BLOB_BYTES {
            return None;
        }
        let digest = digest(&data);
        let size = i64::try_from(data.len()).ok()?;
        self.bytes += data.len();
        self.kept.insert(digest.clone(), data);
        Some(Descriptor { media_type: media_type.to_owned(), digest, size, annotations })
    }

    pub(crate) fn get(&self, digest: &str) -> Option<Bytes> {
        self.kept.get(digest).cloned()
    }

    /// Has a record tell what is said of its results.
    pub(crate) fn results(&mut self, product: &Product, record: &mut BuildHistoryRecord) {
        for built in &product.images {
            let mut said = BuildResultInfo::default();
            for one in &built.attestations {
                let kind = HashMap::from([(PREDICATE_TYPE.to_owned(), one.predicate_type.clone())]);
                said.attestations.extend(self.keep(IN_TOTO, kind, Bytes::copy_from_slice(&one.predicate)));
            }
            match product.images.as_slice() {
                [_] => record.result = Some(said),
                _ => drop(record.results.insert(built.platform.to_string(), said)),
            }
        }
    }

    /// Has a record tell its error.
    pub(crate) fn error(&mut self, status: &Status, record: &mut BuildHistoryRecord) {
        record.error = Some(errors::record(status));
        record.external_error = self.keep(ERROR, HashMap::new(), errors::whole(status));
    }
}

fn find(parts: &Parts, digest: &str) -> Result<Bytes, Status> {
    let found = parts.builds.blob(digest);
    found.ok_or_else(|| Status::not_found(format!("content {digest}: not found")))
}

/// How long something is that a record refers to.
pub(crate) fn info(parts: &Parts, request: &InfoRequest) -> Result<InfoResponse, Status> {
    let data = find(parts, &request.digest)?;
    let size = i64::try_from(data.len()).unwrap_or(i64::MAX);
    Ok(InfoResponse { info: Some(Info { digest: request.digest.clone(), size }) })
}

/// A part of something that a record refers to; it is short enough for one message.
pub(crate) fn read(parts: &Parts, request: &ReadContentRequest) -> Result<Messages<ReadContentResponse>, Status> {
    let data = find(parts, &request.digest)?;
    let wrong = || {
        let ReadContentRequest { offset, size, .. } = request;
        Status::out_of_range(format!("{size} bytes from {offset} of {} that are {} long", request.digest, data.len()))
    };
    let from = usize::try_from(request.offset).map_err(|_| wrong())?;
    let rest = data.get(from..).ok_or_else(wrong)?;
    let piece = match usize::try_from(request.size).map_err(|_| wrong())? {
        0 => rest,
        size => rest.get(..size).unwrap_or(rest),
    };
    let answer = ReadContentResponse { offset: request.offset, data: piece.to_vec() };
    Ok(Messages::new(tokio_stream::once(Ok(answer))))
}
