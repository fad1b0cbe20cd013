//! The daemon's sockets: where, whose, and who may use them.

use std::net::SocketAddr;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use docker_api::Listener;
use rustix::process::Gid;

use super::Settings;

/// A place to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP port.
    Tcp(SocketAddr),
    /// Whatever sockets systemd gave us (sd_listen_fds(3)).
    Given,
}

impl std::str::FromStr for Host {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self> {
        match text.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            Some(("unix", "")) => Ok(Self::Unix(crate::DEFAULT_SOCKET.into())),
            Some(("tcp", address)) => {
                let with_port = if address.contains(':') { address.to_owned() } else { format!("{address}:2375") };
                let parsed = with_port.replace("localhost", "127.0.0.1").parse();
                Ok(Self::Tcp(parsed.with_context(|| format!("invalid bind address ({text}): not ADDRESS:PORT"))?))
            }
            Some(("fd", _)) => Ok(Self::Given),
            _ => bail!("invalid bind address ({text}): use unix:///PATH, tcp://ADDRESS:PORT or fd://"),
        }
    }
}

/// The open sockets, and the files that go when the daemon does.
pub(super) struct Listeners {
    pub(super) sockets: Vec<Listener>,
    pub(super) files: SocketFiles,
}

impl Listeners {
    /// Where a client on this host finds the daemon.
    pub(super) fn endpoint(&self) -> Option<client::Endpoint> {
        self.sockets.iter().find_map(|listener| match listener {
            Listener::Unix(socket) => {
                let path = socket.local_addr().ok()?.as_pathname()?.to_owned();
                Some(client::Endpoint::Unix(path))
            }
            Listener::Tcp(socket) => {
                let address = socket.local_addr().ok()?;
                Some(client::Endpoint::Tcp { host: address.ip().to_string(), port: address.port() })
            }
        })
    }
}

/// Paths of sockets that are ours.
pub(super) struct SocketFiles(Vec<PathBuf>);

impl Drop for SocketFiles {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Opens all sockets.
pub(super) fn listen(settings: &Settings) -> Result<Listeners> {
    let mut listeners = Listeners { sockets: Vec::new(), files: SocketFiles(Vec::new()) };
    let group = match &settings.group {
        Some(name) if settings.hosts.iter().any(|host| matches!(host, Host::Unix(_))) => group(name),
        _ => None,
    };
    for host in &settings.hosts {
        match host {
            Host::Unix(path) => {
                listeners.sockets.push(Listener::Unix(unix(path, group)?));
                listeners.files.0.push(path.clone());
            }
            Host::Tcp(address) => {
                if !address.ip().is_loopback() {
                    tracing::warn!(
                        %address,
                        "anybody who reaches this port is root on this host: it has neither encryption nor login"
                    );
                }
                let listener = std::net::TcpListener::bind(address);
                listeners
                    .sockets
                    .push(Listener::Tcp(listener.with_context(|| format!("listening on tcp://{address}"))?));
            }
            Host::Given => listeners.sockets.extend(given()?),
        }
    }
    Ok(listeners)
}

/// A unix socket that root and the group may use. The place of a socket that nobody answers at is taken.
fn unix(path: &Path, group: Option<Gid>) -> Result<UnixListener> {
    if UnixStream::connect(path).is_ok() {
        bail!("another daemon answers at {}: end it first, or give this one another --host", path.display());
    }
    if path.symlink_metadata().is_ok_and(|found| std::os::unix::fs::FileTypeExt::is_socket(&found.file_type())) {
        std::fs::remove_file(path).with_context(|| format!("removing the old socket {}", path.display()))?;
    }
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
    }
    // Nobody else may connect in the moment before the group is set.
    let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let bound = UnixListener::bind(path);
    rustix::process::umask(mask);
    let listener = bound.with_context(|| format!("listening on {}", path.display()))?;
    rustix::fs::chown(path, None, group).with_context(|| format!("giving {} to its group", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))
        .with_context(|| format!("setting the mode of {}", path.display()))?;
    Ok(listener)
}

/// The group of this name or number; made when it is missing, since without it only root could use the socket.
fn group(name: &str) -> Option<Gid> {
    let found = name.parse().ok().or_else(|| find_group(name)).or_else(|| {
        let made = std::process::Command::new("groupadd").args(["--system", name]).status();
        match made {
            Ok(status) if status.success() => find_group(name),
            _ => None,
        }
    });
    if found.is_none() {
        tracing::warn!(group = name, "the group is missing and cannot be made: only root may use the socket");
    }
    found.map(Gid::from_raw)
}

/// From /etc/group, and from wherever else this host keeps its groups.
fn find_group(name: &str) -> Option<u32> {
    let number = |text: &str| {
        let mut fields = text.lines().find(|line| line.split(':').next() == Some(name))?.split(':');
        fields.nth(2)?.parse().ok()
    };
    let own = std::fs::read_to_string("/etc/group").ok().and_then(|text| number(&text));
    own.or_else(|| {
        let answer = std::process::Command::new("getent").args(["group", name]).output().ok()?;
        number(&String::from_utf8_lossy(&answer.stdout))
    })
}

/// The first descriptor that systemd hands over.
const FIRST_GIVEN: i32 = 3;

fn given() -> Result<Vec<Listener>> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<i32>().ok());
    if number("LISTEN_PID") != i32::try_from(std::process::id()).ok() {
        bail!("fd:// was asked for, but no socket was handed over: start the daemon by its systemd socket");
    }
    let count = number("LISTEN_FDS").unwrap_or(0).clamp(0, 64);
    let mut sockets = Vec::new();
    for fd in FIRST_GIVEN..FIRST_GIVEN + count {
        // SAFETY: systemd's protocol gives us these descriptors to own; nothing else in this process has opened one
        // of these numbers, since they were open when it was executed.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC).context("a descriptor handed over by systemd")?;
        sockets.push(match rustix::net::sockopt::socket_domain(&fd)? {
            rustix::net::AddressFamily::UNIX => Listener::Unix(fd.into()),
            _ => Listener::Tcp(fd.into()),
        });
    }
    Ok(sockets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let parsed = |text: &str| text.parse::<Host>();
        assert_eq!(parsed("unix:///a/b").unwrap(), Host::Unix("/a/b".into()));
        assert_eq!(parsed("tcp://127.0.0.1").unwrap(), Host::Tcp(([127, 0, 0, 1], 2375).into()));
        assert_eq!(parsed("tcp://localhost:80").unwrap(), Host::Tcp(([127, 0, 0, 1], 80).into()));
        assert_eq!(parsed("fd://").unwrap(), Host::Given);
        for wrong in ["", "x", "unix://a", "tcp://", "http://a", "tcp://a:b"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
