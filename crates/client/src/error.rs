//! What can go wrong between a command and a daemon.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use http::StatusCode;

use crate::Endpoint;

/// What can go wrong between a command and a daemon.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `-H` or its variable names no place that this client can reach.
    #[error("unable to parse docker host {0:?}: it is unix:///path/of/socket or tcp://host:port")]
    Endpoint(String),
    /// The socket exists and this user may not use it.
    #[error(
        "permission denied while trying to connect to the dabba daemon at {endpoint}: it is open to the group \
         '{group}'. Run `sudo usermod -aG {group} {user}` and log in anew"
    )]
    Permission {
        /// Where.
        endpoint: Endpoint,
        /// The group that owns the socket.
        group: String,
        /// Who asks.
        user: String,
    },
    /// Nobody listens there.
    #[error(
        "Cannot connect to the dabba daemon at {endpoint}. Is the daemon running? Start it with `dabba daemon` as \
         root, or with `dabba service start` where it is installed as a service"
    )]
    NotRunning {
        /// Where.
        endpoint: Endpoint,
    },
    /// A connection could not be made for another reason.
    #[error("error during connect to {endpoint}: {source}")]
    Connect {
        /// Where.
        endpoint: Endpoint,
        /// Why.
        source: io::Error,
    },
    /// The daemon refused what was asked.
    #[error("Error response from daemon: {message}")]
    Status {
        /// Its status.
        status: StatusCode,
        /// Its words.
        message: String,
    },
    /// The exchange broke off.
    #[error("error during connect: the connection to the daemon broke: {0}")]
    Broken(#[from] hyper::Error),
    /// A request that HTTP cannot carry.
    #[error("this request cannot be sent: {0}")]
    Request(#[from] http::Error),
    /// The daemon's answer makes no sense.
    #[error("the daemon's answer to {what} makes no sense: {reason}")]
    Answer {
        /// The request.
        what: String,
        /// Why.
        reason: String,
    },
}

impl Error {
    /// The status of a refusal.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the daemon knows no such object.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// The daemon's own words, or this error's.
    pub fn message(&self) -> String {
        match self {
            Self::Status { message, .. } => message.clone(),
            other => other.to_string(),
        }
    }

    pub(crate) fn connect(endpoint: &Endpoint, source: io::Error) -> Self {
        let endpoint = endpoint.clone();
        match source.kind() {
            io::ErrorKind::PermissionDenied => {
                let group = match &endpoint {
                    Endpoint::Unix(path) => group_of(path),
                    Endpoint::Tcp { .. } => None,
                };
                // A directory above the socket that cannot be searched hides whose it is; the usual owner then.
                Self::Permission { endpoint, group: group.unwrap_or_else(|| "docker".into()), user: user() }
            }
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Self::NotRunning { endpoint },
            _ => Self::Connect { endpoint, source },
        }
    }
}

/// Name of the group of a file.
fn group_of(path: &Path) -> Option<String> {
    let gid = std::fs::metadata(path).ok()?.gid();
    Some(name_of("/etc/group", gid).unwrap_or_else(|| gid.to_string()))
}

/// Name of the user who runs this.
fn user() -> String {
    let uid = rustix::process::getuid().as_raw();
    name_of("/etc/passwd", uid).unwrap_or_else(|| uid.to_string())
}

/// The name with a number in `/etc/passwd` or `/etc/group`: both write `name:password:number:…`.
fn name_of(file: &str, number: u32) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let found = fields.nth(1)?.parse::<u32>().ok()?;
        (found == number).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_names() {
        assert_eq!(name_of("/etc/group", 0).as_deref(), Some("root"));
        assert_eq!(name_of("/etc/passwd", 0).as_deref(), Some("root"));
        assert_eq!(name_of("/etc/passwd", 4_000_000_000), None);
    }

    #[test]
    fn a_missing_socket_says_how_to_start() {
        let error = Error::connect(&Endpoint::default(), io::Error::from(io::ErrorKind::NotFound));
        assert!(error.to_string().contains("dabba daemon"), "{error}");
    }

    #[test]
    fn a_closed_socket_names_its_group() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        std::fs::write(&path, "").unwrap();
        let gid = std::fs::metadata(&path).unwrap().gid();
        let group = name_of("/etc/group", gid).unwrap_or_else(|| gid.to_string());
        let error = Error::connect(&Endpoint::Unix(path), io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(error.to_string().contains(&format!("sudo usermod -aG {group} ")), "{error}");
    }
}
