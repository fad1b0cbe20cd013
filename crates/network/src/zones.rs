//! A name server of this host that answers for zones of its own, and for nothing else.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use dns::{Question, Reply};
use tokio::net::{TcpListener, UdpSocket};

use crate::names::{Answers, serve};

/// Longest datagram that any resolver takes (RFC 1035 section 4.2.1); what is longer is asked for over TCP.
const DATAGRAM: usize = 512;
/// Longest message over TCP: its length has two bytes.
const STREAM: usize = 65_535;

/// Who knows what the names of the zones stand for.
pub trait Zones: Send + Sync + 'static {
    /// What is to be said to a question.
    fn reply(&self, question: &Question) -> Reply;
}

struct Authoritative<Z>(Z);

impl<Z: Zones> Answers for Authoritative<Z> {
    async fn answer(&self, query: &[u8], stream: bool) -> Option<Vec<u8>> {
        let question = dns::question(query)?;
        let most = if stream { STREAM } else { DATAGRAM };
        Some(self.0.reply(&question).message(query, &question, most))
    }
}

/// Listens for datagrams and connections, and answers them until the runtime ends.
///
/// # Errors
/// When the address cannot be listened at.
pub async fn listen(address: SocketAddr, zones: impl Zones) -> io::Result<()> {
    let tcp = TcpListener::bind(address).await?;
    let udp = UdpSocket::bind(tcp.local_addr()?).await?;
    tokio::spawn(serve(Arc::new(udp), tcp, Arc::new(Authoritative(zones))));
    Ok(())
}
