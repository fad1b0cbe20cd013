//! A session inside a call: `Control.Session` carries a connection's bytes as messages.

use std::sync::Arc;

use grpc::proto::control::BytesMessage;
use grpc::server::Messages;
use grpc::{Request, Status, Streaming};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::Sessions;

/// Bytes of one message: what grpc-go's reader has room for.
const PIECE: usize = 32 << 10;

/// Opens a session over the messages of a call.
pub(crate) fn tunnel(
    sessions: &Arc<Sessions>,
    request: Request<Streaming<BytesMessage>>,
) -> Result<Messages<BytesMessage>, Status> {
    let headers = request.metadata().clone().into_headers();
    sessions.check(&headers).map_err(Status::invalid_argument)?;
    let mut incoming = request.into_inner();
    let (near, far) = tokio::io::duplex(4 * PIECE);
    let (mut read, mut write) = tokio::io::split(far);
    let (sender, receiver) = mpsc::channel(4);
    let sessions = Arc::clone(sessions);
    tokio::spawn(async move {
        let inward = async {
            while let Some(Ok(message)) = incoming.next().await {
                if write.write_all(&message.data).await.is_err() {
                    break;
                }
            }
            let _ = write.shutdown().await;
        };
        let outward = async {
            let mut buffer = vec![0; PIECE];
            while let Ok(count @ 1..) = read.read(&mut buffer).await {
                if sender.send(Ok(BytesMessage { data: buffer[..count].to_vec() })).await.is_err() {
                    break;
                }
            }
        };
        let held = async {
            if let Err(error) = sessions.hold(near, &headers).await {
                tracing::debug!(%error, "a session ended");
            }
        };
        tokio::select! {
            () = async { tokio::join!(held, outward); } => {}
            () = inward => {}
        }
    });
    Ok(Messages::new(ReceiverStream::new(receiver)))
}
