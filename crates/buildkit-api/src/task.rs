//! Work in a task of its own that ends with the one who waits for it.

use std::pin::Pin;
use std::task::{Context, Poll};

use grpc::Status;
use tokio::task::{JoinError, JoinHandle};

/// A task. Dropping this breaks it off.
pub(crate) struct Task<T>(JoinHandle<T>);

/// Begins a task. Work that goes deep begins at the bottom of a stack then, and not where a call has got to.
pub(crate) fn begin<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Task<T> {
    Task(tokio::spawn(work))
}

/// Runs what blocks on a thread for it.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
    let broken = |_| Status::internal("something broke off; this is a fault of dabba");
    tokio::task::spawn_blocking(work).await.map_err(broken)
}

impl<T> Future for Task<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
