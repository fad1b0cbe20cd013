//! Connections to targets, as they are made: by TCP, and in TLS where the target speaks it.
//!
//! TLS is spoken as AWS's load balancers speak it to their targets ("Target groups for your Application Load Balancers",
//! routing configuration; "HTTPS listeners for your Classic Load Balancer"): whatever certificate is shown is taken,
//! self-signed or expired, and none is shown to the target. Targets are addresses, which have no place in the extension
//! that names a server (RFC 6066, section 3), and AWS documents no name that would be sent; so none is. Nor is a
//! protocol agreed upon (RFC 7301), which leaves HTTP/1.1.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, InvalidMessage, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::Error;
use crate::limits;
use crate::link::Failure;
use crate::ticket::{Metered, Ticket};

/// A connection to a target.
pub(crate) enum Line {
    Plain(Metered<TcpStream>),
    /// In a box, since it is many times as large and most are without.
    Encrypted(Box<TlsStream<Metered<TcpStream>>>),
}

/// Connects; in TLS with a connector.
pub(crate) async fn connect(
    address: SocketAddr,
    tls: Option<&TlsConnector>,
    ticket: Arc<Ticket>,
) -> Result<Line, Failure> {
    let stream = timeout(limits::CONNECT_PATIENCE, TcpStream::connect(address)).await;
    let stream = stream.map_err(|_| Failure::ConnectLate)?.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => Failure::ConnectLate,
        _ => Failure::Connect(error),
    })?;
    stream.set_nodelay(true).map_err(Failure::Connect)?;
    let stream = Metered::new(stream, ticket);
    let Some(tls) = tls else { return Ok(Line::Plain(stream)) };
    let handshake = tls.connect(ServerName::IpAddress(address.ip().into()), stream);
    match timeout(limits::CONNECT_PATIENCE, handshake).await {
        Ok(Ok(stream)) => Ok(Line::Encrypted(Box::new(stream))),
        Ok(Err(error)) => Err(Failure::Handshake(why(&error))),
        Err(_) => Err(Failure::Handshake("the target did not answer in time".into())),
    }
}

/// Why there was no handshake.
fn why(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        )) => "what the target sent is no TLS".into(),
        Some(error) => error.to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "the target closed the connection".into(),
        None => error.to_string(),
    }
}

/// Speaks TLS to one target, or to those of one group: what it has of sessions can be taken up again.
pub(crate) fn tls() -> Result<TlsConnector, Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Certificate { what: "TLS to targets".into(), why: error.to_string() })?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    config.enable_sni = false;
    config.resumption = Resumption::in_memory_sessions(limits::SESSIONS);
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Takes anybody for who it should be. It keeps the words from who only listens, as AWS's balancer does, and would hand
/// them to whoever answers in the target's place. So it stays in this file: targets are containers on this machine's own
/// network, whose addresses the daemon gave; nobody else is to be spoken to like that.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    // A signature says who has a certificate's key, and nobody has asked whose certificate it is.
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED25519,
            SignatureScheme::ED448,
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
        ]
    }
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Encrypted(stream) => match ready!(Pin::new(stream).poll_read(cx, buffer)) {
                // Many servers end a connection without a word (RFC 8446, section 6.1: close_notify). It keeps others
                // from cutting an answer short, who could answer themselves as well here; what has a length or chunks
                // is found to be cut short all the same.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
                outcome => Poll::Ready(outcome),
            },
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Encrypted(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bytes),
            Self::Encrypted(stream) => Pin::new(stream).poll_write_vectored(cx, bytes),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Encrypted(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Encrypted(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Encrypted(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Self::Encrypted(stream) = self {
            // The target is told of the end if that goes without waiting.
            let _ = Pin::new(stream).poll_shutdown(&mut Context::from_waker(Waker::noop()));
        }
    }
}
