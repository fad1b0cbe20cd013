//! A proxy for what the kernel cannot redirect: an IPv6 address of the host to an IPv4 container, or everything when
//! there is no firewall.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Connections that one published port passes on at once.
const CONNECTIONS: usize = 4096;

/// A running proxy; it ends when this is dropped.
#[derive(Debug)]
pub struct Proxy(tokio::task::AbortHandle);

impl Drop for Proxy {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Proxy {
    /// Passes TCP connections that arrive at a reserved port on to a container.
    ///
    /// # Errors
    /// When the descriptor is no listening socket.
    pub fn tcp(listener: OwnedFd, target: SocketAddr) -> io::Result<Self> {
        let listener = std::net::TcpListener::from(listener);
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let turns = Arc::new(Semaphore::new(CONNECTIONS));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
                match listener.accept().await {
                    Ok((client, _)) => {
                        connections.spawn(async move {
                            let _turn = turn;
                            let _ = pass(client, target).await;
                        });
                    }
                    // Out of descriptors, most likely: the listener's queue waits.
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                }
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self(task.abort_handle()))
    }
}

async fn pass(mut client: TcpStream, target: SocketAddr) -> io::Result<()> {
    let mut server = TcpStream::connect(target).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
}
