//! Handing files over open to a daemon on the same machine that takes them so (dabba's own does): the kernel copies
//! their contents then. The daemon's side, `buildkit-api/src/session/descriptors.rs`, has the protocol.

use std::fs::File;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use client::{Client, Endpoint, Hijacked, Socket};
use tokio::io::AsyncReadExt;
use tokio::sync::OnceCell;

use crate::session::ID;

/// Bytes of a file that is worth a descriptor: some packets.
pub(crate) const LEAST_BYTES: i64 = 1 << 20;

/// The way on which files are handed over, which is opened when the first one is.
#[derive(Debug, Clone)]
pub(crate) struct Hand(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    session: String,
    socket: OnceCell<Option<Mutex<UnixStream>>>,
}

impl Hand {
    /// To the daemon of this client, for this session.
    pub(crate) fn new(client: Client, session: &str) -> Self {
        Self(Arc::new(Inner { client, session: session.to_owned(), socket: OnceCell::new() }))
    }

    /// Whether there is a way.
    pub(crate) async fn is_open(&self) -> bool {
        // Whatever keeps it from being opened, bytes get there all the same.
        self.0.socket.get_or_init(|| async { self.open().await.ok() }).await.is_some()
    }

    async fn open(&self) -> Result<Mutex<UnixStream>, crate::Error> {
        let failed = |error: io::Error| crate::Error::Local(error.to_string());
        let refused = || failed(io::ErrorKind::Unsupported.into());
        let Endpoint::Unix(_) = self.0.client.endpoint() else { return Err(refused()) };
        let request = self.0.client.post("/session/descriptors").header(ID, self.0.session.as_str());
        let Hijacked { socket, pending } = request.upgrade("descriptors").await?;
        let (Socket::Unix(mut socket), true) = (socket, pending.is_empty()) else { return Err(refused()) };
        let trial = File::open("/dev/null").map_err(failed)?;
        filesync::hand_over(&socket, 0, 0, &trial).map_err(failed)?;
        // A proxy lets no descriptors through, and the daemon ends the connection then.
        socket.read_u8().await.map_err(failed)?;
        let socket = socket.into_std().map_err(failed)?;
        socket.set_nonblocking(false).map_err(failed)?;
        Ok(Mutex::new(socket))
    }

    /// Hands over a file as the content of an entry of a call. It blocks while the daemon has many to take.
    ///
    /// # Errors
    /// When the daemon has gone.
    pub(crate) fn over(&self, call: u32, entry: u32, file: &File) -> io::Result<()> {
        let Some(Some(socket)) = self.0.socket.get() else { return Err(io::ErrorKind::NotConnected.into()) };
        let socket = socket.lock().unwrap_or_else(PoisonError::into_inner);
        filesync::hand_over(&*socket, call, entry, file)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;

    use super::*;

    /// A daemon that answers the upgrade, and then does this with the connection.
    fn daemon(then: impl FnOnce(UnixStream) + Send + 'static) -> (tempfile::TempDir, Hand) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                socket.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            let head = String::from_utf8(head).unwrap();
            assert!(head.starts_with("POST /v1.43/session/descriptors HTTP/1.1\r\n"), "{head}");
            assert!(head.contains("x-docker-expose-session-uuid: some-session\r\n"), "{head}");
            let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: descriptors\r\n\r\n";
            socket.write_all(answer.as_bytes()).unwrap();
            then(socket);
        });
        (folder, Hand::new(Client::with_version(Endpoint::Unix(path), (1, 43)), "some-session"))
    }

    #[tokio::test]
    async fn a_file_goes_as_a_descriptor() {
        let (told, heard) = std::sync::mpsc::channel();
        let (folder, hand) = daemon(move |mut socket| {
            for _ in 0..2 {
                let mut numbers = [0; 8];
                let (_, files) = sys::descriptor::receive(&socket, &mut numbers).unwrap();
                assert_eq!(files.len(), 1);
                let _ = socket.write_all(b"+");
                let mut text = String::new();
                File::from(files.into_iter().next().unwrap()).read_to_string(&mut text).unwrap();
                told.send((numbers, text)).unwrap();
            }
        });
        std::fs::write(folder.path().join("file"), "content").unwrap();
        let file = File::open(folder.path().join("file")).unwrap();
        assert!(hand.over(1, 2, &file).is_err(), "there is no way yet");
        assert!(hand.is_open().await && hand.is_open().await);
        hand.over(1, 258, &file).unwrap();
        assert_eq!(heard.recv().unwrap(), ([0; 8], String::new()), "the trial");
        assert_eq!(heard.recv().unwrap(), ([1, 0, 0, 0, 2, 1, 0, 0], "content".into()));
    }

    #[tokio::test]
    async fn there_is_no_way_where_the_daemon_gets_no_descriptor() {
        let (_folder, hand) = daemon(drop);
        assert!(!hand.is_open().await);
        let hand = Hand::new(Client::with_version(Endpoint::Unix("/nowhere".into()), (1, 43)), "");
        assert!(!hand.is_open().await);
    }
}
