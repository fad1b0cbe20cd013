//! Checks of copies that do not serve yet: is there somebody who answers, and well?
//!
//! The balancer checks those that serve. These checks come before, and are more frequent: a deployment waits for them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use beanstalk::option::{DEFAULT_PROCESS, Probe, Process};
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How a copy has done in its checks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// Checks that it passed, one after the other.
    pub(crate) passed: u32,
    /// Checks that it failed, one after the other.
    pub(crate) failed: u32,
    /// The processes that failed the last one, and why.
    pub(crate) unwell: BTreeMap<String, String>,
    /// When it passed the last one.
    at: Option<Instant>,
}

impl Record {
    /// Is it time for another check? One that passes right after another says nothing new.
    pub(crate) fn is_due(&self, interval: Duration) -> bool {
        self.at.is_none_or(|at| at.elapsed() >= interval)
    }

    /// Why it failed the last check, in one sentence.
    pub(crate) fn failing(&self) -> Option<String> {
        let tell = |(name, why): (&String, &String)| match name.as_str() {
            DEFAULT_PROCESS => why.clone(),
            name => format!("Process {name}: {why}"),
        };
        (!self.unwell.is_empty()).then(|| self.unwell.iter().map(tell).collect::<Vec<_>>().join("; "))
    }

    pub(crate) fn take(&mut self, outcome: Result<(), BTreeMap<String, String>>) {
        self.at = outcome.is_ok().then(Instant::now);
        match outcome {
            Ok(()) => {
                self.passed = self.passed.saturating_add(1);
                (self.failed, self.unwell) = (0, BTreeMap::new());
            }
            Err(why) => {
                self.failed = self.failed.saturating_add(1);
                (self.passed, self.unwell) = (0, why);
            }
        }
    }
}

/// Checks a copy once, as its process says, at the port where that is checked.
pub(crate) async fn check(address: SocketAddr, process: &Process) -> Result<(), String> {
    let patience = process.check.timeout.max(Duration::from_secs(1));
    let asked = async {
        let stream = TcpStream::connect(address).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::ConnectionRefused => format!("Connection refused at {address}"),
            _ => format!("{address}: {error}"),
        })?;
        match &process.check.probe {
            // What is behind TLS is known to listen; its certificate is its own.
            Probe::Connect { .. } | Probe::Get { tls: true, .. } => Ok(()),
            Probe::Get { path, codes, tls: false, .. } => {
                let status = get(stream, address, path).await?;
                let good = codes.iter().any(|(first, last)| (*first..=*last).contains(&status));
                if good { Ok(()) } else { Err(format!("Health checks failed with these codes: [{status}]")) }
            }
        }
    };
    match tokio::time::timeout(patience, asked).await {
        Ok(outcome) => outcome,
        Err(_) => Err("Request timed out".into()),
    }
}

async fn get(stream: TcpStream, address: SocketAddr, path: &str) -> Result<u16, String> {
    let broken = |error: hyper::Error| format!("Health checks failed: {error}");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let request = http::Request::get(path)
        .header(http::header::HOST, address.to_string())
        .header(http::header::USER_AGENT, "ELB-HealthChecker/2.0")
        .header(http::header::CONNECTION, "close")
        .body(Empty::<bytes::Bytes>::new())
        .map_err(|error| format!("Health checks failed: {error}"))?;
    let mut answer = std::pin::pin!(sender.send_request(request));
    // The connection is driven beside the request. It may end together with the answer, which counts all the same.
    let answer = tokio::select! {
        answer = &mut answer => answer,
        _ = connection => answer.await,
    };
    answer.map(|answer| answer.status().as_u16()).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_that_pass_are_apart() {
        let (long, mut record) = (Duration::from_secs(3600), Record::default());
        assert!(record.is_due(long));
        record.take(Ok(()));
        assert!(!record.is_due(long) && record.is_due(Duration::ZERO));
        // What fails is looked at again at once.
        record.take(Err([(DEFAULT_PROCESS.to_owned(), "no".to_owned())].into()));
        assert!(record.is_due(long));
        assert_eq!((record.passed, record.failed), (0, 1));
    }
}
