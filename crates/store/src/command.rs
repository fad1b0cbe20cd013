//! Commands that are carried out to their end: between a decision and its last effect nothing may break off.

use crate::Error;

/// Carries a command out to its end, even if the one who asked goes away: a future that is dropped half-way would leave
/// a decision without its effects.
///
/// # Errors
/// The command's, or that it has panicked.
pub async fn unbroken<T, E>(command: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    tokio::spawn(command).await.unwrap_or_else(|broken| Err(Error::Broken(broken.to_string()).into()))
}

/// Does what blocks, or takes milliseconds of a processor, on a thread that may.
///
/// # Errors
/// The work's, or that it has panicked.
pub async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|broken| Err(Error::Broken(broken.to_string()).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_ends_though_nobody_waits_for_it() {
        let (begin, begun) = tokio::sync::oneshot::channel::<()>();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let command = unbroken(async move {
            let _ = begun.await;
            let _ = end.send(());
            Ok::<_, Error>(())
        });
        // The first look starts it, and then nobody looks any more.
        assert!(tokio::time::timeout(std::time::Duration::ZERO, command).await.is_err());
        begin.send(()).unwrap();
        ended.await.unwrap();
    }

    #[tokio::test]
    async fn one_that_panics_is_an_error_of_its_caller() {
        let broken = unbroken::<(), Error>(async { panic!("the shelf is empty") }).await;
        assert!(matches!(broken, Err(Error::Broken(why)) if why.contains("panicked")));
        assert!(matches!(blocking::<(), Error>(|| panic!("empty")).await, Err(Error::Broken(_))));
    }
}
