//! Connections of clients: accepted, told apart by what they speak, and served.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::balancer::{ListenerState, Shared, Speaks};
use crate::forwarded::Forwarded;
use crate::proxy::Client;
use crate::ticket::{Metered, Ticket};
use crate::{http1, http2, limits, tcp};

/// How long to wait when the process has no descriptor left.
const EXHAUSTED: Duration = Duration::from_millis(50);

/// Accepts connections as long as the balancer is there.
pub(crate) async fn accept(shared: Weak<Shared>, listener: Arc<ListenerState>, socket: TcpListener) {
    let Some(connections) = shared.upgrade().map(|shared| shared.connections.clone()) else { return };
    loop {
        let Ok(permit) = connections.clone().acquire_owned().await else { return };
        let (stream, peer) = match socket.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                tokio::time::sleep(EXHAUSTED).await;
                continue;
            }
        };
        let Some(shared) = shared.upgrade() else { return };
        let listener = listener.clone();
        tokio::spawn(async move {
            if let Err(error) = serve(shared, listener, stream, peer).await {
                tracing::debug!(%error, "a client's connection ended");
            }
            drop(permit);
        });
    }
}

async fn serve(
    shared: Arc<Shared>,
    listener: Arc<ListenerState>,
    stream: TcpStream,
    peer: SocketAddr,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let table = shared.table();
    let Some(row) = table.listeners.get(&listener.address) else { return Ok(()) };
    let ticket = Ticket::new(row.idle);
    listener.tickets.add(ticket.clone());
    if listener.closed.load(Relaxed) {
        ticket.close();
    }
    let client = |tls: Option<(String, &'static str)>| {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let forwarded = Forwarded::new(peer.ip().to_canonical(), listener.bound.port(), scheme);
        Client { shared: shared.clone(), listener: listener.address, peer, forwarded, tls, ticket: ticket.clone() }
    };
    match &row.speaks {
        Speaks::Tcp(group) => {
            let (group, idle) = (group.clone(), row.idle);
            drop(table);
            Box::pin(tcp::relay(stream, ticket, &group, idle)).await
        }
        Speaks::Tls(forward, acceptor) => {
            let (forward, acceptor, idle) = (forward.clone(), acceptor.clone(), row.idle);
            drop(table);
            let stream = timeout(limits::HEADER_PATIENCE, acceptor.accept(stream)).await??;
            tcp::relay(stream, ticket, &forward, idle).await
        }
        Speaks::Http(_) => {
            let idle = row.idle;
            drop(table);
            let http2 = timeout(idle, speaks_http2(&stream)).await;
            let stream = Metered::new(stream, ticket.clone());
            let client = client(None);
            if http2? { Box::pin(http2::serve(stream, client)).await } else { http1::serve(stream, client).await }
        }
        Speaks::Https(_, acceptor) => {
            let acceptor = acceptor.clone();
            drop(table);
            let stream = Metered::new(stream, ticket.clone());
            let stream = timeout(limits::HEADER_PATIENCE, acceptor.accept(stream)).await??;
            let (_, session) = stream.get_ref();
            let cipher = session.negotiated_cipher_suite().map_or_else(String::new, |suite| cipher(suite.suite()));
            let version = match session.protocol_version() {
                Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2",
                _ => "TLSv1.3",
            };
            let http2 = session.alpn_protocol() == Some(b"h2");
            let client = client(Some((cipher, version)));
            match http2 {
                true => Box::pin(http2::serve(stream, client)).await,
                false => Box::pin(http1::serve(stream, client)).await,
            }
        }
    }
}

/// The name of a suite as OpenSSL, and so AWS's log, has it for TLS 1.3; older ones stay as IANA names them.
fn cipher(suite: rustls::CipherSuite) -> String {
    suite.as_str().unwrap_or("-").replace("TLS13_", "TLS_")
}

/// Whether a client begins with the preface of HTTP/2 (RFC 9113, section 3.3). No method is called PRI.
async fn speaks_http2(stream: &TcpStream) -> bool {
    let mut bytes = [0; 3];
    loop {
        let Ok(count) = stream.peek(&mut bytes).await else { return false };
        let begin = bytes.get(..count).unwrap_or_default();
        if begin.len() == 3 || begin.is_empty() || !b"PRI".starts_with(begin) {
            return begin == b"PRI";
        }
        // One or two bytes of the three: the kernel would tell of them again at once.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
