//! Listeners of bytes: to the target with the fewest connections, both ways, each way to its own end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};

use crate::balancer::ForwardState;
use crate::clock::Moment;
use crate::dial;
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
        let ticket = Ticket::new(idle);
        match dial::connect(target.target.address, target.tls.as_ref(), ticket.clone()).await {
            Ok(mut stream) => {
                ticket.begin();
                target.tickets.add(ticket);
                let outcome = copy_bidirectional(&mut client, &mut stream).await;
                if let Ok((received, sent)) = outcome {
                    target.recorder.bytes(received, sent, Moment::now());
                }
                drop(counted);
                return outcome.map(drop);
            }
            Err(failure) => tracing::debug!(?failure, "no connection to a target"),
        }
        tried = Some(target);
    }
    Ok(())
}
