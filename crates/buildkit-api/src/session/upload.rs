//! An archive that the client sends as it comes from its standard input: `Upload.Pull`.

use std::io::Read;

use grpc::client::Channel;
use grpc::proto::upload::BytesMessage;
use grpc::{MetadataValue, Request, Status, Streaming};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;

/// The method.
pub(super) const PULL: &str = "/moby.upload.v1.Upload/Pull";

/// The stream, for a thread that may block.
pub(super) struct Upload {
    pieces: mpsc::Receiver<Result<Vec<u8>, Status>>,
    piece: std::io::Cursor<Vec<u8>>,
}

/// Begins to receive what the client calls by this address: `http://buildkit-session/NAME`.
pub(super) async fn pull(channel: &Channel, url: &str) -> Result<Upload, Status> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut request = Request::new(tokio_stream::pending::<BytesMessage>());
    let value = |text: String| {
        MetadataValue::try_from(text).map_err(|_| Status::invalid_argument(format!("no address of an upload: {url:?}")))
    };
    request.metadata_mut().insert("urlhost", value(host.to_owned())?);
    request.metadata_mut().insert("urlpath", value(format!("/{path}"))?);
    let mut incoming: Streaming<BytesMessage> = channel.both(PULL, request).await?;
    let (sender, pieces) = mpsc::channel(8);
    tokio::spawn(async move {
        while let Some(piece) = incoming.next().await {
            if sender.send(piece.map(|message| message.data)).await.is_err() {
                return;
            }
        }
    });
    Ok(Upload { pieces, piece: std::io::Cursor::default() })
}

impl Read for Upload {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let count = self.piece.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.pieces.blocking_recv() {
                None => return Ok(0),
                Some(Ok(piece)) => self.piece = std::io::Cursor::new(piece),
                Some(Err(status)) => return Err(std::io::Error::other(status.message().to_owned())),
            }
        }
    }
}
