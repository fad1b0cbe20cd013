//! How a command fails: a sentence and an exit code.

use std::io;

/// How a command fails. An empty message is not printed: the output told it already.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) code: u8,
}

/// Exit code of `run`, `create`, `exec` and `start -a` when the daemon or the client failed, not the container.
pub(crate) const CLIENT_FAILED: u8 = 125;

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    /// Only the code: the command's own, or one whose reason was printed.
    pub(crate) fn code(code: u8) -> Self {
        Self { message: String::new(), code }
    }

    pub(crate) fn with_code(self, code: u8) -> Self {
        Self { code, ..self }
    }
}

impl From<client::Error> for Failure {
    fn from(error: client::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<crate::template::TemplateError> for Failure {
    fn from(error: crate::template::TemplateError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // Whoever read the output has left, as `head` does; there is nobody to tell.
        if error.kind() == io::ErrorKind::BrokenPipe { Self::code(1) } else { Self::new(error.to_string()) }
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

/// What came of several things that were done one after another: each failure is told, none hides another.
#[derive(Debug, Default)]
pub(crate) struct Failures(Vec<String>);

impl Failures {
    pub(crate) fn push(&mut self, failure: impl Into<Failure>) {
        self.0.push(failure.into().message);
    }

    pub(crate) fn into_result(self) -> Result<(), Failure> {
        if self.0.is_empty() { Ok(()) } else { Err(Failure::new(self.0.join("\n"))) }
    }
}
