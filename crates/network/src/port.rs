//! Ports of the host: whoever holds one keeps others from it.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, sockopt};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// A port that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRequest {
    /// Where to listen.
    pub ip: IpAddr,
    /// Transport protocol.
    pub protocol: Protocol,
    /// First and last port to choose from; `None` for any.
    pub range: Option<(u16, u16)>,
}

/// A port that is held as long as this lives.
#[derive(Debug)]
pub struct Reservation {
    /// The socket.
    pub socket: OwnedFd,
    /// Where it is.
    pub address: SocketAddr,
}

impl Reservation {
    /// A reservation that somebody else kept, and the protocol of its port.
    ///
    /// # Errors
    /// As getsockname(2) and getsockopt(2); `Unsupported` for what is no reserved port.
    pub fn returned(socket: OwnedFd) -> std::io::Result<(Self, Protocol)> {
        let protocol = match sockopt::socket_protocol(&socket)? {
            Some(ipproto::TCP) => Protocol::Tcp,
            Some(ipproto::UDP) => Protocol::Udp,
            Some(ipproto::SCTP) => Protocol::Sctp,
            _ => return Err(std::io::ErrorKind::Unsupported.into()),
        };
        let address = SocketAddr::try_from(rustix::net::getsockname(&socket)?)?;
        Ok((Self { socket, address }, protocol))
    }
}

/// Takes a port. A TCP socket listens, since two that only are bound may share a port; what arrives is redirected
/// before it gets there, or taken by a proxy.
///
/// # Errors
/// [`Error::PortInUse`], [`Error::Bind`].
pub(crate) fn reserve(request: PortRequest) -> Result<Reservation> {
    let (first, last) = request.range.unwrap_or((0, 0));
    let mut last_error = None;
    for port in first..=last {
        let address = SocketAddr::new(request.ip, port);
        match bind(address, request.protocol) {
            Ok(reservation) => return Ok(reservation),
            Err(error) => last_error = Some((address, error)),
        }
    }
    Err(match last_error {
        Some((address, error)) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Error::PortInUse(address.to_string())
        }
        Some((address, source)) => Error::Bind { address: address.to_string(), source },
        None => Error::PortInUse(format!("{}:{first}-{last}", request.ip)),
    })
}

fn bind(address: SocketAddr, protocol: Protocol) -> std::io::Result<Reservation> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let (kind, protocol_number) = match protocol {
        Protocol::Tcp => (SocketType::STREAM, Some(ipproto::TCP)),
        Protocol::Udp => (SocketType::DGRAM, Some(ipproto::UDP)),
        Protocol::Sctp => (SocketType::STREAM, Some(ipproto::SCTP)),
    };
    let socket = rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, protocol_number)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    if protocol == Protocol::Tcp {
        sockopt::set_socket_reuseaddr(&socket, true)?;
    }
    rustix::net::bind(&socket, &address)?;
    let address = match protocol {
        Protocol::Tcp => {
            rustix::net::listen(&socket, 128)?;
            TcpListener::from(socket.try_clone()?).local_addr()?
        }
        Protocol::Udp => UdpSocket::from(socket.try_clone()?).local_addr()?,
        Protocol::Sctp => address,
    };
    Ok(Reservation { socket, address })
}

impl crate::Network {
    /// Takes a port of the host.
    ///
    /// # Errors
    /// [`Error::PortInUse`], [`Error::Bind`].
    pub fn reserve(&self, request: PortRequest) -> Result<Reservation> {
        reserve(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_held_once() {
        let any = PortRequest { ip: "127.0.0.1".parse().unwrap(), protocol: Protocol::Tcp, range: None };
        let held = reserve(any).unwrap();
        let port = held.address.port();
        let (again, protocol) = Reservation::returned(held.socket.try_clone().unwrap()).unwrap();
        assert_eq!((again.address, protocol), (held.address, Protocol::Tcp));
        drop(again);
        assert_ne!(port, 0);
        let same = PortRequest { range: Some((port, port)), ..any };
        assert!(matches!(reserve(same), Err(Error::PortInUse(_))));
        drop(held);
        assert!(reserve(same).is_ok());
    }
}
