//! Listeners of bytes: to the target with the fewest connections, both ways, each way to its own end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::balancer::ForwardState;
use crate::clock::Moment;
use crate::limits;
use crate::proxy::Outstanding;
use crate::routing::Algorithm;
use crate::ticket::{Metered, Ticket};

/// Relays a connection; without a target that accepts one it is ended.
pub(crate) async fn relay<S>(client: S, ticket: Arc<Ticket>, forward: &ForwardState, idle: Duration) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    ticket.begin();
    let Some(group) = forward.pick() else { return Ok(()) };
    let mut client = Metered::new(client, ticket);
    let mut tried = None;
    for _ in 0..2 {
        let Some(target) = group.pick(tried.as_ref(), Algorithm::LeastOutstandingRequests) else { break };
        let counted = Outstanding::new(target.clone());
        match timeout(limits::CONNECT_PATIENCE, TcpStream::connect(target.target.address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true)?;
                let ticket = Ticket::new(idle);
                ticket.begin();
                target.tickets.add(ticket.clone());
                let outcome = copy_bidirectional(&mut client, &mut Metered::new(stream, ticket)).await;
                if let Ok((received, sent)) = outcome {
                    target.recorder.bytes(received, sent, Moment::now());
                }
                drop(counted);
                return outcome.map(drop);
            }
            Ok(Err(error)) => tracing::debug!(%error, "no connection to a target"),
            Err(_) => tracing::debug!("no connection to a target in time"),
        }
        tried = Some(target);
    }
    Ok(())
}
