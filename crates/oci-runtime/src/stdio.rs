//! The streams of a process that is made: the runtime's own, or a terminal whose master goes to a socket.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use runtime::{Started, Stdio};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use crate::error::{At, Error};
use crate::flags::ProcessFlags;

/// Decides upon the streams before the process is made.
pub(crate) fn new(terminal: bool, flags: &ProcessFlags) -> Result<(Stdio, Option<OwnedFd>), Error> {
    match (&flags.console_socket, terminal) {
        (Some(path), true) => Ok((Stdio::Terminal(None), Some(connect(path)?))),
        (None, true) => Err(Error::Unsupported("a terminal needs --console-socket to send its master to".into())),
        (Some(_), false) => Err(Error::Unsupported("--console-socket is for a process with a terminal".into())),
        (None, false) => {
            let own = |fd: BorrowedFd<'static>| fd.try_clone_to_owned().at("keeping", Path::new("a standard stream"));
            let stdio = Stdio::Descriptors {
                stdin: own(rustix::stdio::stdin())?,
                stdout: own(rustix::stdio::stdout())?,
                stderr: own(rustix::stdio::stderr())?,
            };
            Ok((stdio, None))
        }
    }
}

fn connect(path: &Path) -> Result<OwnedFd, Error> {
    let what = "connecting to the console socket";
    let address = SocketAddrUnix::new(path).at(what, path)?;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None);
    let socket = socket.at(what, path)?;
    rustix::net::connect(&socket, &address).at(what, path)?;
    Ok(socket)
}

/// Hands the terminal on, and writes the process's number.
pub(crate) fn tell(started: &Started, console: Option<OwnedFd>, flags: &ProcessFlags) -> Result<(), Error> {
    if let (Some(socket), Some(master)) = (console, &started.terminal) {
        let sent = sys::descriptor::send(socket, b"/dev/ptmx", &[master.as_fd()]);
        sent.at("sending the terminal to", Path::new("the console socket"))?;
    }
    if let Some(path) = &flags.pid_file {
        // Whole or not at all: somebody may be waiting for it.
        sys::file::replace(path, started.pid.to_string().as_bytes(), 0o644).at("writing", path)?;
    }
    Ok(())
}
