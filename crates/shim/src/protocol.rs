//! What daemon and shim say to each other.
//!
//! A frame is a little-endian length, the number of descriptors that belong to it, and a postcard body. Descriptors
//! travel with the frame's first byte.
//!
//! The life of a connection: the daemon sends [`Request::Launch`] once, over the socket that the zygote handed on; a
//! daemon that comes back later connects to `shim.sock` and starts with [`Request::Hello`]. Each request carries a
//! number; its [`Reply::Done`] carries the same. [`Reply::Exited`] and [`Reply::ExecExited`] come on their own.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use oci::runtime::ConsoleSize;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use words::{ContainerId, ExecId, Timestamp};

use crate::limits;

/// What the daemon wants.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Start the container. Descriptors: the network namespace if `network`, a socket for each of `attach`, then what
    /// is to be held until the end.
    Launch(Box<Launch>),
    /// A daemon has come back: tell what runs. The answer brings copies of what is held until the end.
    Hello,
    /// Connect a client. Descriptor: its socket.
    Attach(Attach),
    /// Start a further process. Descriptor: its client's socket, if `attach` is there.
    Exec(Box<Exec>),
    /// Tell a terminal its size; the container's own without an exec.
    Resize {
        /// Whose terminal.
        exec: Option<ExecId>,
        /// Rows and columns.
        size: ConsoleSize,
    },
    /// Send a signal; to the container's first process without an exec.
    Signal {
        /// To whom.
        exec: Option<ExecId>,
        /// Which.
        number: i32,
    },
    /// The exit is recorded; the shim may end.
    Farewell,
}

/// What the shim answers or tells.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// A request is done.
    Done {
        /// The request's number.
        number: u64,
        /// What came of it.
        outcome: Result<Outcome, Failure>,
    },
    /// The container's program has ended.
    Exited(ExitRecord),
    /// A further process has ended.
    ExecExited {
        /// Which.
        exec: ExecId,
        /// Its exit code; 128+n after signal n.
        code: i32,
    },
    /// A client typed its detach keys.
    Detached,
}

/// What comes of a request.
#[derive(Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// Nothing more to tell.
    Nothing,
    /// A process runs.
    Started {
        /// Its number in the host's eyes.
        pid: i32,
    },
    /// What runs, for a daemon that has come back.
    Running {
        /// The container's first process.
        pid: i32,
        /// Further processes.
        execs: Vec<ExecId>,
    },
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    /// The process could not be made.
    #[error(transparent)]
    Runtime(#[from] runtime::Error),
    /// The process meant is not there any more.
    #[error("the process has ended")]
    Gone,
    /// The shim could not do it.
    #[error("{0}")]
    Other(String),
}

/// How a container is made.
#[derive(Debug, Serialize, Deserialize)]
pub enum Plan {
    /// By the shim itself.
    Own(Box<runtime::Plan>),
    /// By another runtime.
    Foreign(Box<runtime::foreign::Plan>),
}

/// How a further process is made: in the same way as its container.
#[derive(Debug, Serialize, Deserialize)]
pub enum ExecPlan {
    /// By the shim itself.
    Own(Box<runtime::ExecPlan>),
    /// By another runtime, which is told this of the process.
    Foreign(String),
}

/// A container to start.
#[derive(Debug, Serialize, Deserialize)]
pub struct Launch {
    /// Whose.
    pub id: ContainerId,
    /// The task directory.
    pub dir: PathBuf,
    /// How it is made.
    pub plan: Plan,
    /// A network namespace comes along.
    pub network: bool,
    /// It gets a terminal of this size.
    pub terminal: Option<ConsoleSize>,
    /// Its standard input stays open.
    pub open_stdin: bool,
    /// Its standard input ends with the first attached client's.
    pub stdin_once: bool,
    /// Where its output goes.
    pub log: Log,
    /// Clients attached from the first byte.
    pub attach: Vec<Attach>,
}

/// A further process to start.
#[derive(Debug, Serialize, Deserialize)]
pub struct Exec {
    /// Its id.
    pub id: ExecId,
    /// How it is made.
    pub plan: ExecPlan,
    /// It gets a terminal of this size.
    pub terminal: Option<ConsoleSize>,
    /// Its standard input is the client's.
    pub open_stdin: bool,
    /// Its client.
    pub attach: Option<Attach>,
}

/// A client to connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    /// It sends input.
    pub stdin: bool,
    /// It wants standard output.
    pub stdout: bool,
    /// It wants standard error.
    pub stderr: bool,
    /// Output is framed with Docker's 8-byte headers.
    pub framed: bool,
    /// What it types to go away; empty for nothing. Only with a terminal.
    pub detach_keys: Vec<u8>,
    /// Input that came before the socket was handed over.
    pub pending: Vec<u8>,
}

/// Where output goes besides to clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Log {
    /// Nowhere.
    None,
    /// To a file of JSON lines.
    JsonFile {
        /// The file.
        path: PathBuf,
        /// Bytes at which a new file is begun; `None` means never.
        max_size: Option<u64>,
        /// Files kept, the present one included.
        max_files: u32,
    },
}

/// How a program ended; kept as `exit.json` in the task directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// Exit code; 128+n after signal n.
    pub code: i32,
    /// The kernel killed one of its processes for want of memory.
    pub oom: bool,
    /// When.
    pub at: Timestamp,
}

/// Bytes that are no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed message between daemon and shim: {0}")]
pub struct Malformed(String);

const HEADER: usize = 8;

/// A numbered request as it travels.
#[derive(Debug, Serialize, Deserialize)]
pub struct Numbered {
    /// Answered with the same number.
    pub number: u64,
    /// What is wanted.
    pub request: Request,
}

/// Writes a frame.
///
/// # Errors
/// [`Malformed`] when it is longer than any frame may be.
pub fn encode(message: &impl Serialize, descriptors: usize) -> Result<Vec<u8>, Malformed> {
    let mut frame = postcard::to_extend(message, vec![0; HEADER]).map_err(|error| Malformed(error.to_string()))?;
    let body = frame.len() - HEADER;
    if body > limits::FRAME_BYTES {
        return Err(Malformed(format!("{body} bytes are more than fit in one message")));
    }
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    frame[..4].copy_from_slice(&count(body));
    frame[4..HEADER].copy_from_slice(&count(descriptors));
    Ok(frame)
}

/// Puts received pieces together to messages.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    descriptors: std::collections::VecDeque<OwnedFd>,
}

impl Decoder {
    /// Takes what was received.
    pub fn push(&mut self, bytes: &[u8], descriptors: Vec<OwnedFd>) {
        self.bytes.extend_from_slice(bytes);
        self.descriptors.extend(descriptors);
    }

    /// The next message with its descriptors, if it is whole.
    ///
    /// # Errors
    /// [`Malformed`]; the connection is of no use any more.
    pub fn message<M: DeserializeOwned>(&mut self) -> Result<Option<(M, Vec<OwnedFd>)>, Malformed> {
        let Some((header, rest)) = self.bytes.split_at_checked(HEADER) else { return Ok(None) };
        let number =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]) as usize;
        let (length, count) = (number(0), number(4));
        if length > limits::FRAME_BYTES || count > sys::descriptor::DESCRIPTORS_MAX {
            return Err(Malformed(format!("a frame of {length} bytes and {count} descriptors")));
        }
        let Some(body) = rest.get(..length) else { return Ok(None) };
        if self.descriptors.len() < count {
            return Err(Malformed("descriptors are missing".into()));
        }
        let message = postcard::from_bytes(body).map_err(|error| Malformed(error.to_string()))?;
        self.bytes.drain(..HEADER + length);
        if self.bytes.is_empty() {
            self.bytes = Vec::new();
        }
        Ok(Some((message, self.descriptors.drain(..count).collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_messages() {
        let first = encode(&Numbered { number: 7, request: Request::Hello }, 0).unwrap();
        let second = encode(&Numbered { number: 8, request: Request::Farewell }, 0).unwrap();
        let all = [first, second].concat();
        let mut decoder = Decoder::default();
        let mut numbers = Vec::new();
        for byte in all {
            decoder.push(&[byte], Vec::new());
            while let Some((message, _)) = decoder.message::<Numbered>().unwrap() {
                numbers.push(message.number);
            }
        }
        assert_eq!(numbers, [7, 8]);
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_an_error_or_not_yet_whole(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let mut decoder = Decoder::default();
            decoder.push(&bytes, Vec::new());
            let _ = decoder.message::<Numbered>();
        }
    }
}
