//! Standard output and standard error.

use std::io::{self, IsTerminal, Write};

use crate::error::Failure;
use crate::units::printable;

/// Whether standard output is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Writes text that was made for showing.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Writes a line that holds what others named; on a terminal what would move the cursor is escaped.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let text = if is_terminal() { printable(text) } else { text.to_owned() };
    print(&format!("{text}\n"))
}

/// Writes a line to standard error. When nobody reads that, there is nobody to tell.
pub(crate) fn complain(text: &str) {
    let text = if io::stderr().is_terminal() { printable(text) } else { text.to_owned() };
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Asks on a terminal; anything but `y` is no.
pub(crate) fn confirm(question: &str) -> Result<bool, Failure> {
    print(&format!("{question} [y/N] "))?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}
