//! Where a daemon listens.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::Error;

/// The socket of a daemon that was started without `-H`.
pub const DEFAULT_SOCKET: &str = "/run/dabba/dabba.sock";

/// Port of a daemon on the network when none is named, as Docker has it for connections without TLS.
const DEFAULT_PORT: u16 = 2375;

/// Where a daemon listens, as `-H` writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// `unix:///path`.
    Unix(PathBuf),
    /// `tcp://host:port`.
    Tcp {
        /// Name or address, without the brackets of IPv6.
        host: String,
        /// Port.
        port: u16,
    },
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::Unix(DEFAULT_SOCKET.into())
    }
}

impl FromStr for Endpoint {
    type Err = Error;

    /// Reads `unix:///path`, `tcp://host[:port]`, or `host:port` alone.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Endpoint(text.to_owned());
        let text = text.trim();
        match text.split_once("://") {
            Some(("unix", "")) => Ok(Self::default()),
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            Some(("tcp" | "http", rest)) => tcp(rest.trim_end_matches('/')).ok_or_else(wrong),
            None if text.contains(':') => tcp(text).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }
}

fn tcp(text: &str) -> Option<Endpoint> {
    if text.contains('/') {
        return None;
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, rest.strip_prefix(':'))
        }
        None => match text.rsplit_once(':') {
            Some((host, _)) if host.contains(':') => return None,
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = port.map_or(Some(DEFAULT_PORT), |port| port.parse().ok())?;
    let host = if host.is_empty() { "127.0.0.1" } else { host };
    Some(Endpoint::Tcp { host: host.to_owned(), port })
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_and_written() {
        for (text, written) in [
            ("unix:///x/y.sock", "unix:///x/y.sock"),
            ("unix://", "unix:///run/dabba/dabba.sock"),
            ("tcp://10.0.0.1:99", "tcp://10.0.0.1:99"),
            ("tcp://name", "tcp://name:2375"),
            ("tcp://[::1]:99/", "tcp://[::1]:99"),
            ("tcp://:99", "tcp://127.0.0.1:99"),
            ("name:99", "tcp://name:99"),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), written);
        }
        for wrong in ["", "name", "unix://x", "ssh://host", "tcp://a:b", "tcp://::1:5", "tcp://a/b", "tcp://a:99999"] {
            assert!(wrong.parse::<Endpoint>().is_err(), "{wrong}");
        }
    }
}
