//! Forwarding an ssh agent: a build may list the keys and have things signed, and do nothing else with it.
//!
//! Source: draft-miller-ssh-agent: every message is a length of four bytes, a byte that says what it is, and the rest.

use std::path::Path;

use grpc::Status;
use grpc::Streaming;
use grpc::proto::ssh::BytesMessage;
use grpc::server::Messages;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Longest message: OpenSSH's `MAX_AGENT_REPLY_LEN`.
const MESSAGE_BYTES: u32 = 256 << 10;
/// Messages between the agent and the connection.
const MESSAGES: usize = 16;

const FAILURE: u8 = 5;
const LIST: u8 = 11;
const SIGN: u8 = 13;

/// Connects a build to an agent.
pub(crate) async fn forward(
    socket: &Path,
    requests: Streaming<BytesMessage>,
) -> Result<Messages<BytesMessage>, Status> {
    let agent = UnixStream::connect(socket).await;
    let agent =
        agent.map_err(|error| Status::unknown(format!("failed to connect to {}: {error}", socket.display())))?;
    let (out, answers) = mpsc::channel(MESSAGES);
    tokio::spawn(async move {
        if let Err(error) = converse(agent, requests, &out).await {
            let _ = out.send(Err(Status::unknown(format!("ssh agent: {error}")))).await;
        }
    });
    Ok(Messages::new(ReceiverStream::new(answers)))
}

/// One question and one answer after the other: the protocol has no other order.
async fn converse(
    mut agent: UnixStream,
    mut requests: Streaming<BytesMessage>,
    out: &mpsc::Sender<Result<BytesMessage, Status>>,
) -> std::io::Result<()> {
    let mut received = Vec::new();
    while let Ok(Some(piece)) = requests.message().await {
        received.extend_from_slice(&piece.data);
        while let Some(message) = next(&mut received)? {
            let answer = if matches!(message.get(4), Some(&(LIST | SIGN))) {
                agent.write_all(&message).await?;
                let length = checked(agent.read_u32().await?)?;
                let mut answer = length.to_be_bytes().to_vec();
                answer.resize(4 + usize::try_from(length).unwrap_or(0), 0);
                agent.read_exact(&mut answer[4..]).await?;
                answer
            } else {
                vec![0, 0, 0, 1, FAILURE]
            };
            if out.send(Ok(BytesMessage { data: answer })).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Takes the first whole message, with its length, from what was received.
fn next(received: &mut Vec<u8>) -> std::io::Result<Option<Vec<u8>>> {
    let Some((length, rest)) = received.split_first_chunk() else { return Ok(None) };
    let length = usize::try_from(checked(u32::from_be_bytes(*length))?).unwrap_or(usize::MAX);
    if rest.len() < length {
        return Ok(None);
    }
    let behind = received.split_off(4 + length);
    Ok(Some(std::mem::replace(received, behind)))
}

fn checked(length: u32) -> std::io::Result<u32> {
    match length {
        1..=MESSAGE_BYTES => Ok(length),
        _ => Err(std::io::Error::other(format!("a message of {length} bytes"))),
    }
}

#[cfg(test)]
mod tests {
    use grpc::Request;
    use grpc::client::Channel;
    use grpc::server;

    use super::*;

    #[tokio::test]
    async fn a_build_may_only_list_and_sign() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("agent");
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        // An agent that answers with the question.
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 64];
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                stream.write_all(&buffer[..count]).await.unwrap();
            }
        });
        let (here, there) = tokio::io::duplex(4096);
        tokio::spawn(server::serve(here, move |call| {
            let socket = socket.clone();
            async move {
                server::both(call, |request: Request<Streaming<BytesMessage>>| async move {
                    forward(&socket, request.into_inner()).await
                })
                .await
            }
        }));
        let (channel, connection) = Channel::open(there).await.unwrap();
        tokio::spawn(connection);
        let messages: [&[u8]; 4] =
            [&[0, 0, 0, 1], &[LIST, 0, 0, 0, 2, 17, 0], &[0, 0, 0, 2, SIGN, 9], &[0, 0, 0, 1, 19]];
        let asked = messages.map(|data| BytesMessage { data: data.to_vec() });
        let request = Request::new(tokio_stream::iter(asked));
        let mut answers = channel.both::<_, _, BytesMessage>("/x/y", request).await.unwrap();
        let mut received = Vec::new();
        while let Some(answer) = answers.message().await.unwrap() {
            received.push(answer.data);
        }
        let refused = [0, 0, 0, 1, FAILURE];
        let wanted: [&[u8]; 4] = [&[0, 0, 0, 1, LIST], &refused, &[0, 0, 0, 2, SIGN, 9], &refused];
        assert_eq!(received, wanted);
    }

    #[test]
    fn messages_are_cut_out() {
        let mut received = vec![0, 0, 0, 1, LIST, 0, 0, 0, 2, SIGN];
        assert_eq!(next(&mut received).unwrap(), Some(vec![0, 0, 0, 1, LIST]));
        assert_eq!(next(&mut received).unwrap(), None);
        received.push(7);
        assert_eq!(next(&mut received).unwrap(), Some(vec![0, 0, 0, 2, SIGN, 7]));
        assert!(received.is_empty());
        assert!(next(&mut vec![0xff, 0xff, 0xff, 0xff]).is_err());
        assert!(next(&mut vec![0, 0, 0, 0]).is_err());
    }
}
