//! The embedded name server: 127.0.0.11 in every container of a user-defined network.
//!
//! Its sockets are made in the container's namespace and served here. It answers for the names of the container's own
//! networks and passes every other query on.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use dns::{Code, Kind, Question};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;

use crate::{Error, Result, firewall};

/// Where containers find it.
const SERVER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);
/// Queries of one container that are passed on at once: Docker's number is 1024 for all.
const QUERIES: usize = 100;
/// How long another server may take.
const PATIENCE: Duration = Duration::from_secs(4);
/// Longest datagram.
const MESSAGE: usize = 4096;

/// Who knows the names of a container's networks.
pub trait Names: Send + Sync + 'static {
    /// The addresses of a name; `None` when it is none of ours.
    fn addresses(&self, name: &str) -> Option<Vec<IpAddr>>;
    /// The name of an address.
    fn name(&self, address: IpAddr) -> Option<String>;
    /// Servers for all other names.
    fn upstream(&self) -> Vec<IpAddr>;
}

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct NameServer(tokio::task::AbortHandle);

impl Drop for NameServer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl NameServer {
    /// Serves a namespace. Blocks for a moment.
    ///
    /// # Errors
    /// [`Error::Kernel`].
    pub fn start(namespace: &OwnedFd, names: Arc<dyn Names>) -> Result<Self> {
        let fail = Error::kernel("starting the embedded name server");
        let started = || -> io::Result<Self> {
            let (udp, tcp) = sys::netlink::within(namespace, || {
                let address = SocketAddr::from((SERVER, 0));
                Ok((std::net::UdpSocket::bind(address)?, std::net::TcpListener::bind(address)?))
            })?;
            firewall::redirect_names(namespace, SERVER, udp.local_addr()?.port(), tcp.local_addr()?.port())?;
            udp.set_nonblocking(true)?;
            tcp.set_nonblocking(true)?;
            let (udp, tcp) = (UdpSocket::from_std(udp)?, TcpListener::from_std(tcp)?);
            Ok(Self(tokio::spawn(serve(Arc::new(udp), tcp, Arc::new(Embedded(names)))).abort_handle()))
        };
        started().map_err(fail)
    }
}

/// What a server says to a query; nothing to what is none.
pub(crate) trait Answers: Send + Sync + 'static {
    /// The reply, to a datagram or on a stream.
    fn answer(&self, query: &[u8], stream: bool) -> impl Future<Output = Option<Vec<u8>>> + Send;
}

/// For the names of a container's networks, and for others by asking other servers.
struct Embedded(Arc<dyn Names>);

impl Answers for Embedded {
    async fn answer(&self, query: &[u8], stream: bool) -> Option<Vec<u8>> {
        answer(query, self.0.as_ref(), stream).await
    }
}

pub(crate) async fn serve<A: Answers>(udp: Arc<UdpSocket>, tcp: TcpListener, names: Arc<A>) {
    let turns = Arc::new(Semaphore::new(QUERIES));
    let mut work = tokio::task::JoinSet::new();
    let mut buffer = vec![0; MESSAGE];
    loop {
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
        let names = Arc::clone(&names);
        tokio::select! {
            received = udp.recv_from(&mut buffer) => {
                let Ok((count, client)) = received else { continue };
                let (query, udp) = (buffer[..count].to_vec(), Arc::clone(&udp));
                work.spawn(async move {
                    let _turn = turn;
                    if let Some(reply) = names.answer(&query, false).await {
                        let _ = udp.send_to(&reply, client).await;
                    }
                });
            }
            accepted = tcp.accept() => {
                let Ok((client, _)) = accepted else { continue };
                work.spawn(async move {
                    let _turn = turn;
                    let _ = tokio::time::timeout(PATIENCE * 2, serve_stream(client, names.as_ref())).await;
                });
            }
        }
        while work.try_join_next().is_some() {}
    }
}

async fn serve_stream<A: Answers>(mut client: TcpStream, names: &A) -> io::Result<()> {
    loop {
        let query = read_framed(&mut client).await?;
        let Some(reply) = names.answer(&query, true).await else { return Ok(()) };
        write_framed(&mut client, &reply).await?;
    }
}

async fn read_framed(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

async fn write_framed(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    stream.write_u16(length).await?;
    stream.write_all(message).await
}

/// The reply to a query; `None` for what is none.
async fn answer(query: &[u8], names: &dyn Names, stream: bool) -> Option<Vec<u8>> {
    let question = dns::question(query)?;
    if let Some(reply) = own(query, &question, names) {
        return Some(reply);
    }
    for server in names.upstream() {
        let asked = tokio::time::timeout(PATIENCE, forward(query, SocketAddr::from((server, 53)), stream)).await;
        if let Ok(Ok(reply)) = asked {
            return Some(reply);
        }
    }
    Some(dns::without(query, &question, Code::ServerFailure))
}

fn own(query: &[u8], question: &Question, names: &dyn Names) -> Option<Vec<u8>> {
    match question.kind {
        Kind::A | Kind::Aaaa => {
            let addresses = names.addresses(&question.name)?;
            Some(dns::addresses(query, question, &addresses))
        }
        Kind::Ptr => {
            let name = names.name(dns::reverse(&question.name)?)?;
            Some(dns::pointer(query, question, &name))
        }
        _ => names.addresses(&question.name).map(|_| dns::without(query, question, Code::NoError)),
    }
}

/// Asks another server. Only its own answer to this very query counts.
async fn forward(query: &[u8], server: SocketAddr, stream: bool) -> io::Result<Vec<u8>> {
    if stream {
        let mut connection = TcpStream::connect(server).await?;
        write_framed(&mut connection, query).await?;
        return read_framed(&mut connection).await;
    }
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { std::net::Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut buffer = vec![0; MESSAGE];
    loop {
        let count = socket.recv(&mut buffer).await?;
        if buffer.get(..2) == query.get(..2) && count >= 12 {
            buffer.truncate(count);
            return Ok(buffer);
        }
    }
}
