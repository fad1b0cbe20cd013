//! Netlink sockets and message encoding, shared by routes and nftables.
//!
//! Several requests go out in one message and are answered one by one; the kernel carries them out in order.
//! Source: netlink(7), and the kernel's userspace-api/netlink/intro.rst.

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use crate::namespace;

/// rtnetlink(7).
pub const ROUTE: i32 = libc::NETLINK_ROUTE;
/// nfnetlink.
pub const NETFILTER: i32 = libc::NETLINK_NETFILTER;

/// A request is acknowledged.
pub const ACK: u16 = libc::NLM_F_ACK as u16;
/// What is missing is made.
pub const CREATE: u16 = libc::NLM_F_CREATE as u16;
/// What exists is an error.
pub const EXCLUSIVE: u16 = libc::NLM_F_EXCL as u16;
/// Put at the end of a list.
pub const APPEND: u16 = libc::NLM_F_APPEND as u16;
/// What exists is replaced.
pub const REPLACE: u16 = libc::NLM_F_REPLACE as u16;

const HEADER: usize = 16;
const NESTED: u16 = 1 << 15;

/// One request under construction.
#[derive(Debug, Clone)]
pub struct Request {
    bytes: Vec<u8>,
}

impl Request {
    /// A request of this type; `body` is the fixed part before the attributes.
    pub fn new(kind: u16, flags: u16, body: &[u8]) -> Self {
        let mut bytes = vec![0; HEADER];
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes[6..8].copy_from_slice(&(flags | libc::NLM_F_REQUEST as u16).to_ne_bytes());
        bytes.extend_from_slice(body);
        pad(&mut bytes);
        Self { bytes }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attr(mut self, kind: u16, value: &[u8]) -> Self {
        put(&mut self.bytes, kind, value);
        self
    }

    /// Adds a text with its NUL.
    #[must_use]
    pub fn text(self, kind: u16, value: &str) -> Self {
        let mut bytes = value.as_bytes().to_vec();
        bytes.push(0);
        self.attr(kind, &bytes)
    }

    /// Adds attributes within an attribute.
    #[must_use]
    pub fn nest(mut self, kind: u16, inner: Attributes) -> Self {
        put(&mut self.bytes, kind | NESTED, &inner.0);
        self
    }

    /// Has the kernel answer this request also when it is done.
    pub fn acknowledge(&mut self) {
        for (byte, more) in self.bytes[6..8].iter_mut().zip(ACK.to_ne_bytes()) {
            *byte |= more;
        }
    }

    fn finish(&mut self, sequence: u32) -> &[u8] {
        let length = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes[..4].copy_from_slice(&length.to_ne_bytes());
        self.bytes[8..12].copy_from_slice(&sequence.to_ne_bytes());
        &self.bytes
    }
}

/// Attributes to be put within another.
#[derive(Debug, Clone, Default)]
pub struct Attributes(Vec<u8>);

impl Attributes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What comes before the attributes, such as a link's header within a veth's peer.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        pad(&mut self.0);
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attr(mut self, kind: u16, value: &[u8]) -> Self {
        put(&mut self.0, kind, value);
        self
    }

    /// Adds a text with its NUL.
    #[must_use]
    pub fn text(self, kind: u16, value: &str) -> Self {
        let mut bytes = value.as_bytes().to_vec();
        bytes.push(0);
        self.attr(kind, &bytes)
    }

    /// Adds attributes within an attribute.
    #[must_use]
    pub fn nest(mut self, kind: u16, inner: Attributes) -> Self {
        put(&mut self.0, kind | NESTED, &inner.0);
        self
    }
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

fn put(bytes: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(value.len() + 4).unwrap_or(u16::MAX);
    bytes.extend_from_slice(&length.to_ne_bytes());
    bytes.extend_from_slice(&kind.to_ne_bytes());
    bytes.extend_from_slice(value);
    pad(bytes);
}

/// A netlink socket; it speaks to the network namespace that it was opened in, wherever it is used.
#[derive(Debug)]
pub struct Socket {
    fd: OwnedFd,
    sequence: u32,
}

impl Socket {
    /// Opens one in the calling thread's namespace.
    ///
    /// # Errors
    /// As socket(2).
    pub fn open(protocol: i32) -> io::Result<Self> {
        // SAFETY: numbers only; the result is a new descriptor that nobody else owns.
        let fd = unsafe {
            let fd = libc::socket(libc::AF_NETLINK, libc::SOCK_RAW | libc::SOCK_CLOEXEC, protocol);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(fd)
        };
        for option in [libc::NETLINK_EXT_ACK, libc::NETLINK_CAP_ACK] {
            let on: i32 = 1;
            // SAFETY: the option is an int and lives until the call ends.
            unsafe {
                libc::setsockopt(fd.as_raw_fd(), libc::SOL_NETLINK, option, (&raw const on).cast(), 4);
            }
        }
        Ok(Self { fd, sequence: 0 })
    }

    /// Opens one in another namespace.
    ///
    /// # Errors
    /// As setns(2) and socket(2).
    pub fn open_in(namespace: impl AsFd + Sync, protocol: i32) -> io::Result<Self> {
        within(namespace, move || Self::open(protocol))
    }

    /// Sends all requests at once and takes the answer to each. The first error is given; what came before it stands.
    ///
    /// # Errors
    /// The kernel's, with its own words where it has some.
    pub fn transact(&mut self, mut requests: Vec<Request>) -> io::Result<()> {
        let first = self.sequence.wrapping_add(1);
        let mut bytes = Vec::new();
        let mut wanted = 0;
        for request in &mut requests {
            self.sequence = self.sequence.wrapping_add(1);
            let flags = u16::from_ne_bytes([request.bytes[6], request.bytes[7]]);
            wanted += usize::from(flags & ACK != 0);
            bytes.extend_from_slice(request.finish(self.sequence));
        }
        self.make_room(bytes.len());
        // SAFETY: a buffer with its length.
        let sent = unsafe { libc::send(self.fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), 0) };
        if sent < 0 {
            return Err(io::Error::last_os_error());
        }
        self.acknowledgements(first, wanted)
    }

    /// Lets the socket's buffer hold one message of this length (`SO_SNDBUFFORCE` of socket(7), which doubles it).
    /// Where that is refused, sending says so.
    fn make_room(&self, length: usize) {
        const USUAL: usize = 64 << 10;
        if length <= USUAL {
            return;
        }
        let room = i32::try_from(length).unwrap_or(i32::MAX);
        // SAFETY: the option is an int and lives until the call ends.
        unsafe {
            libc::setsockopt(self.fd.as_raw_fd(), libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, (&raw const room).cast(), 4);
        }
    }

    fn acknowledgements(&self, first: u32, mut wanted: usize) -> io::Result<()> {
        let mut failed = None;
        let mut buffer = vec![0u8; 32 << 10];
        while wanted > 0 {
            // SAFETY: a buffer with its length.
            let count = unsafe { libc::recv(self.fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), 0) };
            if count < 0 {
                let error = io::Error::last_os_error();
                if error.kind() == io::ErrorKind::Interrupted {
                    continue;
                }
                return Err(error);
            }
            let mut rest = &buffer[..usize::try_from(count).unwrap_or(0)];
            while let Some((message, next)) = split(rest) {
                rest = next;
                let number =
                    |at: usize| u32::from_ne_bytes([message[at], message[at + 1], message[at + 2], message[at + 3]]);
                let kind = u16::from_ne_bytes([message[4], message[5]]);
                if kind != libc::NLMSG_ERROR as u16 || message.len() < HEADER + 4 || number(8) < first {
                    continue;
                }
                let errno = -(number(HEADER).cast_signed());
                wanted = wanted.saturating_sub(1);
                if errno != 0 && failed.is_none() {
                    failed = Some(describe(errno, message));
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

/// The first message and what follows it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    if length < HEADER || length > bytes.len() {
        return None;
    }
    Some((&bytes[..length], &bytes[length.next_multiple_of(4).min(bytes.len())..]))
}

/// The errno with the kernel's explanation (`NLMSGERR_ATTR_MSG`), if it gave one.
fn describe(errno: i32, message: &[u8]) -> io::Error {
    let plain = io::Error::from_raw_os_error(errno);
    let mut rest = message.get(HEADER + 4 + HEADER..).unwrap_or_default();
    while rest.len() >= 4 {
        let length = usize::from(u16::from_ne_bytes([rest[0], rest[1]]));
        let kind = u16::from_ne_bytes([rest[2], rest[3]]) & !NESTED;
        if length < 4 || length > rest.len() {
            break;
        }
        if kind == 1 {
            let text = String::from_utf8_lossy(&rest[4..length]);
            return io::Error::new(plain.kind(), format!("{plain}: {}", text.trim_end_matches('\0')));
        }
        rest = &rest[length.next_multiple_of(4).min(rest.len())..];
    }
    plain
}

/// Runs something on a thread of its own in another network namespace. Blocks.
///
/// # Errors
/// As setns(2), and what the work gives.
pub fn within<T: Send>(namespace: impl AsFd + Sync, work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, || {
            namespace::enter(namespace.as_fd(), crate::process::new::NETWORK)?;
            work()
        })?;
        thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread in another namespace broke off")))
    })
}

/// Makes a network namespace that lives as long as its descriptor and its processes. Blocks for a moment.
///
/// # Errors
/// As unshare(2).
pub fn new_namespace() -> io::Result<OwnedFd> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, || {
            namespace::unshare(crate::process::new::NETWORK)?;
            namespace::open(std::path::Path::new("/proc/thread-self/ns/net"))
        })?;
        thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread in another namespace broke off")))
    })
}

/// The number of a link in the caller's namespace.
///
/// # Errors
/// `ENODEV` when there is none of this name.
pub fn link_index(name: &str) -> io::Result<u32> {
    let name = std::ffi::CString::new(name).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    // SAFETY: a NUL-terminated string.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(io::Error::last_os_error()),
        index => Ok(index),
    }
}

/// The number of a link of another namespace.
///
/// # Errors
/// As setns(2) and if_nametoindex(3).
pub fn link_index_in(namespace: impl AsFd + Sync, name: &str) -> io::Result<u32> {
    within(namespace, || link_index(name))
}
