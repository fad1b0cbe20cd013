//! One process of the container with its streams: the first one, or one started by `exec`.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use oci::runtime::ConsoleSize;
use runtime::{Started, Stdio};

use crate::client::{Client, Input};
use crate::limits;
use crate::log::{Stream, Writer};
use crate::protocol::Attach;

/// A process, the ends of its streams that are ours, and who is attached.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) pidfd: OwnedFd,
    pub(crate) pid: i32,
    pub(crate) code: Option<i32>,
    terminal: bool,
    /// Where it reads from: a pipe, or the terminal.
    input: Option<OwnedFd>,
    waiting_input: VecDeque<u8>,
    /// The input ends when what waits is written.
    end_input: bool,
    stdin_once: bool,
    pub(crate) outputs: Vec<(Stream, OwnedFd)>,
    pub(crate) clients: Vec<Client>,
    log: Option<Writer>,
    pub(crate) detached: u32,
}

/// The far ends for the process and the near ones for us, before it exists.
pub(crate) struct Pipes {
    pub(crate) stdio: Stdio,
    input: Option<OwnedFd>,
    outputs: Vec<(Stream, OwnedFd)>,
    terminal: bool,
}

impl Pipes {
    pub(crate) fn new(terminal: Option<ConsoleSize>, open_stdin: bool) -> io::Result<Self> {
        if let Some(size) = terminal {
            let size = (size.height > 0 && size.width > 0).then_some(size);
            return Ok(Self { stdio: Stdio::Terminal(size), input: None, outputs: Vec::new(), terminal: true });
        }
        let pipe = || rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC);
        let (stdin, input) = if open_stdin {
            let (read, write) = pipe()?;
            (read, Some(write))
        } else {
            (std::fs::File::open("/dev/null")?.into(), None)
        };
        let (out, stdout) = pipe()?;
        let (err, stderr) = pipe()?;
        for fd in [&out, &err].into_iter().chain(&input) {
            sys::descriptor::set_nonblocking(fd)?;
        }
        Ok(Self {
            stdio: Stdio::Descriptors { stdin, stdout, stderr },
            input,
            outputs: vec![(Stream::Stdout, out), (Stream::Stderr, err)],
            terminal: false,
        })
    }

    /// The process runs: its streams are known.
    pub(crate) fn started(
        near: (Option<OwnedFd>, Vec<(Stream, OwnedFd)>, bool),
        started: Started,
        stdin_once: bool,
        log: Option<Writer>,
    ) -> io::Result<Process> {
        let (mut input, mut outputs, terminal) = near;
        if let Some(master) = started.terminal {
            sys::descriptor::set_nonblocking(&master)?;
            input = Some(master.try_clone()?);
            outputs = vec![(Stream::Stdout, master)];
        }
        Ok(Process {
            pidfd: started.pidfd,
            pid: started.pid,
            code: None,
            terminal,
            input,
            waiting_input: VecDeque::new(),
            end_input: false,
            stdin_once,
            outputs,
            clients: Vec::new(),
            log,
            detached: 0,
        })
    }

    /// Takes the near ends apart from the far ones.
    #[allow(clippy::type_complexity, reason = "handed on to `started` as it is")]
    pub(crate) fn split(self) -> (Stdio, (Option<OwnedFd>, Vec<(Stream, OwnedFd)>, bool)) {
        (self.stdio, (self.input, self.outputs, self.terminal))
    }
}

impl Process {
    /// Connects a client.
    pub(crate) fn attach(&mut self, socket: OwnedFd, attach: Attach) -> io::Result<()> {
        let mut client = Client::new(socket, attach)?;
        let pending = std::mem::take(&mut client.pending);
        self.clients.push(client);
        if !pending.is_empty() {
            let last = self.clients.len() - 1;
            let input = self.clients[last].typed(&pending);
            self.take_input(last, input);
        }
        Ok(())
    }

    /// Output may be read: nobody attached is too far behind.
    pub(crate) fn wants_output(&self) -> bool {
        !self.clients.iter().any(Client::is_full)
    }

    /// Input may be read from clients.
    pub(crate) fn wants_input(&self) -> bool {
        self.waiting_input.len() < limits::INPUT_BACKLOG
    }

    /// Where input waits to be written to.
    pub(crate) fn blocked_input(&self) -> Option<BorrowedFd<'_>> {
        self.input.as_ref().filter(|_| !self.waiting_input.is_empty()).map(AsFd::as_fd)
    }

    /// Moves output that is there to the log and the clients.
    pub(crate) fn pump_output(&mut self, index: usize) {
        let Some((stream, fd)) = self.outputs.get(index) else { return };
        let stream = *stream;
        let mut buffer = vec![0; limits::CHUNK_BYTES];
        match rustix::io::read(fd, &mut buffer[..]) {
            // A terminal whose last holder has gone answers EIO.
            Ok(0) | Err(rustix::io::Errno::IO) => {
                self.outputs.remove(index);
            }
            Ok(count) => {
                if let Some(log) = &mut self.log {
                    log.take(stream, &buffer[..count]);
                }
                self.clients.retain_mut(|client| client.give(stream, &buffer[..count]).is_ok());
            }
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
            Err(_) => {
                self.outputs.remove(index);
            }
        }
    }

    /// Takes what a client typed.
    pub(crate) fn pump_client(&mut self, index: usize) {
        let Some(client) = self.clients.get_mut(index) else { return };
        match client.read() {
            Ok(input) => self.take_input(index, input),
            Err(_) => {
                self.clients.remove(index);
            }
        }
    }

    fn take_input(&mut self, index: usize, input: Input) {
        match input {
            Input::Nothing => {}
            Input::Bytes(bytes) => self.waiting_input.extend(bytes),
            Input::Detach(bytes) => {
                self.waiting_input.extend(bytes);
                self.clients.remove(index);
                self.detached += 1;
            }
            Input::End => {
                if self.stdin_once && !self.terminal {
                    self.end_input = true;
                    self.clients[index].reading = false;
                } else {
                    // Docker: a client whose input ends is detached, unless the program's input ends with it.
                    let client = &mut self.clients[index];
                    client.reading = false;
                    if !client.has_backlog() && !self.stdin_once {
                        self.clients.remove(index);
                    }
                }
            }
        }
        self.pump_input();
    }

    /// Writes waiting input to the program.
    pub(crate) fn pump_input(&mut self) {
        while let (Some(fd), false) = (&self.input, self.waiting_input.is_empty()) {
            let (front, _) = self.waiting_input.as_slices();
            match rustix::io::write(fd, front) {
                Ok(count) => {
                    self.waiting_input.drain(..count);
                }
                Err(rustix::io::Errno::AGAIN) => return,
                Err(rustix::io::Errno::INTR) => {}
                // Nobody reads any more.
                Err(_) => self.input = None,
            }
        }
        if self.input.is_none() || self.waiting_input.is_empty() {
            self.waiting_input = VecDeque::new();
        }
        if self.end_input && self.waiting_input.is_empty() && !self.terminal {
            self.input = None;
        }
    }

    /// Disconnects clients that take nothing.
    pub(crate) fn drop_stuck(&mut self) {
        self.clients.retain(|client| !client.is_stuck());
    }

    pub(crate) fn resize(&self, size: ConsoleSize) -> io::Result<()> {
        let Some((_, master)) = self.outputs.first().filter(|_| self.terminal) else { return Ok(()) };
        let size = rustix::termios::Winsize { ws_row: size.height, ws_col: size.width, ws_xpixel: 0, ws_ypixel: 0 };
        Ok(rustix::termios::tcsetwinsize(master, size)?)
    }

    /// It has ended and everything it wrote is delivered.
    pub(crate) fn is_over(&self) -> bool {
        self.code.is_some() && self.outputs.is_empty() && !self.clients.iter().any(Client::has_backlog)
    }

    /// Everything it wrote is in the log.
    pub(crate) fn finish_log(&mut self) {
        if let Some(log) = &mut self.log {
            log.finish();
        }
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}
