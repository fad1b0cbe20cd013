//! Targets for the tests, on 127.0.0.1, and clients for them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

type Reply = Response<BoxBody<Bytes, hyper::Error>>;

/// A target. It stops, with all its connections, when it is dropped.
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
pub(crate) struct State {
    name: String,
    /// What a health check is answered.
    pub(crate) health: AtomicU16,
    /// Requests that were not health checks.
    pub(crate) requests: AtomicU32,
    pub(crate) connections: AtomicU32,
    /// Handshakes of TLS that took up a session again.
    pub(crate) resumed: AtomicU32,
}

/// What it speaks.
pub(crate) enum Speaks {
    Http1,
    H2c,
    Https1(Arc<rustls::ServerConfig>),
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Backend {
    pub(crate) async fn start(name: &str) -> Self {
        Self::speaking(name, Speaks::Http1).await
    }

    pub(crate) async fn speaking(name: &str, speaks: Speaks) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let state = Arc::new(State { name: name.to_owned(), health: AtomicU16::new(200), ..State::default() });
        let (kept, speaks) = (state.clone(), Arc::new(speaks));
        let task = tokio::spawn(async move {
            // Aborted with the task that has it.
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = socket.accept().await.unwrap();
                kept.connections.fetch_add(1, SeqCst);
                let (state, speaks) = (kept.clone(), speaks.clone());
                connections.spawn(async move {
                    let counted = state.clone();
                    let service = service_fn(move |request| {
                        let state = state.clone();
                        async move { Ok::<_, Infallible>(reply(&state, request).await) }
                    });
                    match &*speaks {
                        Speaks::H2c => {
                            let connection = http2::Builder::new(TokioExecutor::new());
                            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
                        }
                        Speaks::Http1 => {
                            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                            let _ = connection.with_upgrades().await;
                        }
                        Speaks::Https1(config) => {
                            let Ok(stream) = TlsAcceptor::from(config.clone()).accept(stream).await else { return };
                            let session = stream.get_ref().1;
                            // Nothing of this is sent by AWS's balancer.
                            assert_eq!((session.server_name(), session.alpn_protocol()), (None, None));
                            assert!(session.peer_certificates().is_none());
                            let resumed = session.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
                            counted.resumed.fetch_add(resumed.into(), SeqCst);
                            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                            let _ = connection.with_upgrades().await;
                        }
                    }
                });
            }
        });
        Self { address, state, task }
    }

    pub(crate) fn requests(&self) -> u32 {
        self.state.requests.load(SeqCst)
    }
}

fn full(text: impl Into<Bytes>) -> BoxBody<Bytes, hyper::Error> {
    Full::new(text.into()).map_err(|never| match never {}).boxed()
}

async fn reply(state: &Arc<State>, mut request: Request<Incoming>) -> Reply {
    if request.uri().path() == "/health" {
        let mut reply = Response::new(full("checked"));
        *reply.status_mut() = StatusCode::from_u16(state.health.load(SeqCst)).unwrap();
        return reply;
    }
    state.requests.fetch_add(1, SeqCst);
    let path = request.uri().path().to_owned();
    match path.as_str() {
        "/slow" => {
            let millis = request.uri().query().unwrap().parse().unwrap();
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Response::new(full(state.name.clone()))
        }
        "/head" => {
            let mut text = format!("{} {}\n", request.method(), request.uri());
            for (name, value) in request.headers() {
                text.push_str(&format!("{name}: {}\n", value.to_str().unwrap()));
            }
            let body = request.into_body().collect().await.unwrap();
            text.push_str(&format!("body: {}\n", body.to_bytes().len()));
            Response::new(full(text))
        }
        "/echo" => {
            let mut reply = Response::new(request.into_body().boxed());
            reply.headers_mut().insert(header::TRAILER, "x-sum".parse().unwrap());
            reply
        }
        "/stream" => {
            // One mebibyte after the other, as long as somebody takes them.
            let count: u64 = request.uri().query().unwrap().parse().unwrap();
            let chunk = Bytes::from(vec![b'x'; 1 << 20]);
            let frames = (0..count).map(move |_| Ok(Frame::data(chunk.clone())));
            Response::new(BodyExt::boxed(StreamBody::new(futures_util::stream::iter(frames))))
        }
        "/status" => {
            let mut reply = Response::new(full(""));
            *reply.status_mut() = request.uri().query().unwrap().parse::<u16>().unwrap().try_into().unwrap();
            reply
        }
        "/hop" => {
            let mut reply = Response::new(full("x"));
            for (name, value) in [("connection", "x-secret"), ("x-secret", "1"), ("keep-alive", "timeout=9")] {
                reply.headers_mut().insert(name, value.parse().unwrap());
            }
            reply
        }
        "/ws" => {
            let upgrade = hyper::upgrade::on(&mut request);
            tokio::spawn(async move {
                let mut stream = TokioIo::new(upgrade.await.unwrap());
                let mut bytes = [0; 1024];
                while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                    stream.write_all(&bytes[..count]).await.unwrap();
                }
            });
            let mut reply = Response::new(full(""));
            *reply.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            reply.headers_mut().insert(header::CONNECTION, "upgrade".parse().unwrap());
            reply.headers_mut().insert(header::UPGRADE, "websocket".parse().unwrap());
            reply
        }
        _ => Response::new(full(state.name.clone())),
    }
}

/// A target that does with its connections what a closure does.
pub(crate) async fn odd<F, T>(with: F) -> (SocketAddr, tokio::task::JoinHandle<()>)
where
    F: Fn(TcpStream) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = socket.accept().await.unwrap();
            tokio::spawn(with(stream));
        }
    });
    (address, task)
}

/// An address where nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Sends bytes and gives what comes until the end of the connection.
pub(crate) async fn raw(address: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_ref()).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is an end, too.
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.expect("no end");
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// Asks for a path of a host on a connection of its own.
pub(crate) async fn get(address: SocketAddr, host: &str, path: &str) -> Answer {
    get_with(address, host, path, &[]).await
}

pub(crate) async fn get_with(address: SocketAddr, host: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().uri(path).header(header::HOST, host);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::<Bytes>::default()).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text }
}
