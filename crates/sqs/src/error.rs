//! What can go wrong, told so that the one who asked knows what to do.

use crate::name::QueueName;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Every failure of a call. Which code and status each becomes is the wire's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No queue of that name.
    #[error("The specified queue does not exist.")]
    NoSuchQueue,
    /// A queue of that name is there, and is another.
    #[error(
        "A queue already exists with the same name and a different value for attribute {attribute}: the queue is {name}"
    )]
    QueueExists {
        /// Its name.
        name: QueueName,
        /// What is different.
        attribute: &'static str,
    },
    /// A name that no queue may have.
    #[error("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")]
    InvalidName,
    /// A name that does not fit what the queue is to be.
    #[error(
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo \
         suffix and be 1 to 80 in length, and the attribute FifoQueue must be true."
    )]
    FifoName,
    /// What is not done here.
    #[error("{0}")]
    Unsupported(String),
    /// An attribute of a queue that cannot be.
    #[error("Invalid value for the parameter {0}. Reason: {1}")]
    InvalidAttribute(&'static str, String),
    /// A parameter that cannot be.
    #[error("Value {value} for parameter {parameter} is invalid. Reason: {why}")]
    InvalidParameter {
        /// Which.
        parameter: String,
        /// What it is.
        value: String,
        /// Why not.
        why: String,
    },
    /// A parameter that has to be there.
    #[error("The request must contain the parameter {0}.")]
    Missing(&'static str),
    /// A body with characters that none may have.
    #[error(
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | \
         #x10000 to #x10FFFF"
    )]
    InvalidContents,
    /// A message that is longer than its queue takes.
    #[error("One or more parameters are invalid. Reason: Message must be shorter than {0} bytes.")]
    TooLong(u64),
    /// Text that was never a receipt.
    #[error("The input receipt handle is invalid.")]
    InvalidReceipt,
    /// The message is visible, or was received by somebody else since.
    #[error("The message referred to is not in flight.")]
    NotInFlight,
    /// More of something than there may be.
    #[error("{0}")]
    OverLimit(String),
    /// There is no such task.
    #[error("{0}")]
    NoSuchTask(String),
    /// The record could not be written.
    #[error("{0}")]
    Store(String),
}

impl Error {
    pub(crate) fn parameter(parameter: impl Into<String>, value: impl ToString, why: impl Into<String>) -> Self {
        let value: String = value.to_string().chars().take(100).collect();
        Self::InvalidParameter { parameter: parameter.into(), value, why: why.into() }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error.to_string())
    }
}
