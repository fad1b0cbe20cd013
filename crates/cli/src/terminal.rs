//! The terminal of the person: raw mode and its size.

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;

use rustix::termios::{self, LocalModes, OptionalActions, Termios};

/// Whether standard input is a terminal.
pub(crate) fn input_is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Lines and columns of the terminal, where there is one.
pub(crate) fn size() -> Option<(u16, u16)> {
    let size = termios::tcgetwinsize(io::stdout()).or_else(|_| termios::tcgetwinsize(io::stdin())).ok()?;
    (size.ws_row > 0 && size.ws_col > 0).then_some((size.ws_row, size.ws_col))
}

/// Lines and columns of the terminal that standard error is, where it is one.
pub(crate) fn error_size() -> Option<(u16, u16)> {
    let size = termios::tcgetwinsize(io::stderr()).ok()?;
    (size.ws_row > 0 && size.ws_col > 0).then_some((size.ws_row, size.ws_col))
}

/// Keys go to the container one by one and unread, or are not shown, until this is dropped.
#[derive(Debug)]
pub(crate) struct RawMode {
    before: Termios,
}

impl RawMode {
    /// Puts the terminal of standard input into raw mode; `None` when it is none.
    pub(crate) fn enter() -> io::Result<Option<Self>> {
        if !input_is_terminal() {
            return Ok(None);
        }
        let input = io::stdin();
        let before = termios::tcgetattr(input.as_fd())?;
        let mut raw = before.clone();
        raw.make_raw();
        termios::tcsetattr(input.as_fd(), OptionalActions::Now, &raw)?;
        Ok(Some(Self { before }))
    }
}

/// What is typed is not shown, until what this gives is dropped: for passwords.
pub(crate) fn without_echo() -> io::Result<RawMode> {
    let input = io::stdin();
    let before = termios::tcgetattr(input.as_fd())?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    termios::tcsetattr(input.as_fd(), OptionalActions::Now, &quiet)?;
    Ok(RawMode { before })
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // A terminal that has gone needs no mode.
        let _ = termios::tcsetattr(io::stdin().as_fd(), OptionalActions::Now, &self.before);
    }
}
