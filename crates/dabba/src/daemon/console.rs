//! The pages for browsers: where they listen, and by which names they are reached.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use console::{Endpoint, Name};

use super::aws::address;
use super::file::File;

/// How the pages are set up.
#[derive(Debug, Clone)]
pub(super) struct Console {
    listen: SocketAddr,
    names: Vec<Name>,
}

impl Console {
    /// What the flags and the file say of them; nothing when they are not wanted.
    pub(super) fn settings(file: &File) -> Result<Option<Self>> {
        let names = file.console_names.iter().flatten();
        let names: Vec<Name> = names.map(|text| text.parse().context("--console-name")).collect::<Result<_>>()?;
        match &file.console_listen {
            Some(listen) => Ok(Some(Self { listen: address(listen)?, names })),
            None if names.is_empty() => Ok(None),
            None => bail!("--console-name is of no use without --console-listen ADDRESS:PORT"),
        }
    }

    /// Serves them until the runtime ends.
    pub(super) async fn serve(&self, aws: SocketAddr, region: &aws::Region, docker: Option<Endpoint>) -> Result<()> {
        let listener = tokio::net::TcpListener::bind(self.listen).await;
        let listener = listener.with_context(|| format!("listening for browsers at {}", self.listen))?;
        if !self.listen.ip().is_loopback() {
            tracing::warn!(
                address = %self.listen,
                "the console is unencrypted: browsers of other hosts need a proxy that speaks TLS, and its --console-name"
            );
        }
        let docker = docker.unwrap_or_default();
        let config = console::Config { aws, region: region.to_string(), docker, names: self.names.clone() };
        tokio::spawn(async move {
            if let Err(error) = console::Server::new(config).serve(listener).await {
                tracing::error!(%error, "the console cannot be served");
            }
        });
        tracing::info!(address = %self.listen, "the console is ready: http://console.localhost:{}/", self.listen.port());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_off_unless_it_is_asked_for() {
        assert!(Console::settings(&File::default()).unwrap().is_none());
        let listen = Some("localhost:4567".to_owned());
        let on =
            File { console_listen: listen.clone(), console_names: Some(vec!["C.example".into()]), ..File::default() };
        let on = Console::settings(&on).unwrap().unwrap();
        assert_eq!((on.listen.to_string().as_str(), on.names[0].as_str()), ("127.0.0.1:4567", "c.example"));
        let alone = File { console_names: Some(vec!["c.example".into()]), ..File::default() };
        assert!(Console::settings(&alone).unwrap_err().to_string().contains("--console-listen"));
        let wrong = File { console_listen: listen, console_names: Some(vec!["a:1".into()]), ..File::default() };
        assert!(Console::settings(&wrong).is_err());
        assert!(Console::settings(&File { console_listen: Some("x".into()), ..File::default() }).is_err());
    }
}
