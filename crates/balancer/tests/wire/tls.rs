//! TLS as clients see it.

use std::sync::Arc;
use std::time::Duration;

use balancer::{Authority, Certificate, Forward, GroupId, Protocol, Tls};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::backend::{Backend, odd};
use crate::routings::{group, healthy, listener, one, routing, started};

fn trusting(
    authority: &Authority,
    alpn: &[&[u8]],
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.certificate().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    config
}

async fn connect(
    address: std::net::SocketAddr,
    name: &str,
    config: &Arc<ClientConfig>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(config.clone()).connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await
}

#[tokio::test]
async fn each_name_has_its_certificate_and_sessions_are_taken_up_again() {
    let backend = Backend::start("a").await;
    let authority = Arc::new(Authority::generate("balancer test").unwrap());
    let mut routing = one(&[backend.address]);
    let Protocol::Http(mut hosts) = routing.listeners[0].protocol.clone() else { panic!() };
    let route = hosts.default.clone().unwrap();
    for name in ["blue.test", "green.test"] {
        hosts.names.insert(name.parse().unwrap(), route.clone());
    }
    let tls = Tls { certificates: Vec::<Certificate>::new(), authority: Some(authority.clone()) };
    routing.listeners[0].protocol = Protocol::Https(hosts, tls);
    let (_balancer, address) = started(routing).await;
    let both: &[_] = &[&rustls::version::TLS13, &rustls::version::TLS12];
    for versions in [both, &[&rustls::version::TLS12]] {
        let config = Arc::new(trusting(&authority, &[b"http/1.1"], versions));
        let mut shown = Vec::new();
        for (name, kind) in [
            ("blue.test", HandshakeKind::Full),
            ("green.test", HandshakeKind::Full),
            ("blue.test", HandshakeKind::Resumed),
        ] {
            let stream = connect(address, name, &config).await.unwrap();
            let session = stream.get_ref().1;
            assert_eq!(session.handshake_kind(), Some(kind), "{name}");
            assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
            shown.push(session.peer_certificates().unwrap()[0].clone());
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            let request = Request::get("/head").header("host", name).body(Full::<Bytes>::default()).unwrap();
            let answer = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
            let text = String::from_utf8_lossy(&answer);
            assert!(text.contains("x-forwarded-proto: https\n"), "{text}");
        }
        assert_ne!(shown[0], shown[1]);
        assert_eq!(shown[0], shown[2]);
    }
}

#[tokio::test]
async fn http2_is_agreed_upon_and_who_distrusts_gets_nothing() {
    let backend = Backend::start("a").await;
    let authority = Arc::new(Authority::generate("balancer test").unwrap());
    let mut routing = one(&[backend.address]);
    let Protocol::Http(hosts) = routing.listeners[0].protocol.clone() else { panic!() };
    routing.listeners[0].protocol =
        Protocol::Https(hosts, Tls { certificates: Vec::new(), authority: Some(authority.clone()) });
    let (_balancer, address) = started(routing).await;
    let config = Arc::new(trusting(&authority, &[b"h2", b"http/1.1"], rustls::ALL_VERSIONS));
    let stream = connect(address, "any.test", &config).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("https://any.test/").body(Full::<Bytes>::default()).unwrap();
    let answer = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(answer.to_bytes(), "a");
    let other = Authority::generate("another").unwrap();
    let config = Arc::new(trusting(&other, &[b"h2"], rustls::ALL_VERSIONS));
    assert!(connect(address, "any.test", &config).await.is_err());
    let plain = crate::backend::raw(address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(!plain.contains("HTTP/1.1 200"), "{plain}");
}

#[tokio::test]
async fn bytes_in_tls_end_here_and_no_protocol_is_agreed_upon() {
    let (echo, _task) = odd(|mut stream| async move {
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
    })
    .await;
    let mut config = group(&[echo]);
    config.health_check.probe = balancer::Probe::Tcp;
    let mut routing = routing(vec![("group", 1, config)]);
    let authority = Arc::new(Authority::generate("balancer test").unwrap());
    let (chain, key) = {
        let (from, until) = (std::time::SystemTime::UNIX_EPOCH, std::time::SystemTime::now() + Duration::from_secs(60));
        authority.certify(&["mail.test".into(), "mx.test".into()], from, until).unwrap()
    };
    let certificate = Certificate::from_pem(&["mail.test", "mx.test"], &chain, &key).unwrap();
    let tls = Tls { certificates: vec![certificate], authority: None };
    routing.listeners = vec![listener(Protocol::Tls(Forward::to(GroupId::new("group")), tls))];
    let balancer = crate::routings::balancer();
    let address = balancer.apply(routing).unwrap()[0];
    healthy(&balancer, 1).await;
    let config = Arc::new(trusting(&authority, &[], rustls::ALL_VERSIONS));
    for name in ["mail.test", "mx.test"] {
        let mut stream = connect(address, name, &config).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), None);
        stream.write_all(b"hello").await.unwrap();
        let mut back = [0; 5];
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(&back, b"hello");
    }
    assert!(connect(address, "other.test", &config).await.is_err());
}

#[tokio::test]
async fn an_address_has_a_certificate_of_its_own() {
    let backend = Backend::start("a").await;
    let authority = Arc::new(Authority::generate("balancer test").unwrap());
    let mut routing = one(&[backend.address]);
    let Protocol::Http(hosts) = routing.listeners[0].protocol.clone() else { panic!() };
    let tls = Tls { certificates: Vec::new(), authority: Some(authority.clone()) };
    routing.listeners[0].protocol = Protocol::Https(hosts, tls);
    let (_balancer, address) = started(routing).await;
    let config = Arc::new(trusting(&authority, &[], rustls::ALL_VERSIONS));
    connect(address, "127.0.0.1", &config).await.unwrap();
}
