//! Answering calls that come over a stream.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use prost::Message;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_stream::Stream;
use tonic::server::{Grpc, ServerStreamingService, StreamingService, UnaryService};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::{CONNECTION_WINDOW, MESSAGE_BYTES, METADATA_BYTES, STREAM_WINDOW, STREAMS};

/// A call as it came: its path is `/package.Service/Method`.
pub type Call = http::Request<Incoming>;

/// What a call is answered with.
pub type Answer = http::Response<tonic::body::Body>;

/// The messages of a streamed answer.
pub struct Messages<A>(Pin<Box<dyn Stream<Item = Result<A, Status>> + Send>>);

impl<A> Messages<A> {
    /// Whatever comes out of this stream; an error ends the answer.
    pub fn new(stream: impl Stream<Item = Result<A, Status>> + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }
}

impl<A> Stream for Messages<A> {
    type Item = Result<A, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

/// Serves one connection until the client ends it. Each call is given to `handle`, as a task of its own; a call that
/// its client gives up is dropped.
///
/// # Errors
/// When the connection breaks, or what comes is not HTTP/2.
pub async fn serve<S, H, F>(stream: S, handle: H) -> Result<(), hyper::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(Call) -> F + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(METADATA_BYTES)
        .max_concurrent_streams(STREAMS)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(move |call| {
                let answer = handle(call);
                async move { Ok::<_, Infallible>(answer.await) }
            }),
        )
        .await
}

/// One message in, one out.
pub async fn unary<Q, A, F>(call: Call, answer: impl FnOnce(Request<Q>) -> F + Send) -> Answer
where
    Q: Message + Default + Send + 'static,
    A: Message + Send + 'static,
    F: Future<Output = Result<A, Status>> + Send + 'static,
{
    server::<A, Q>().unary(Once(Some(answer)), call).await
}

/// One message in, many out.
pub async fn streamed<Q, A, F>(call: Call, answer: impl FnOnce(Request<Q>) -> F + Send) -> Answer
where
    Q: Message + Default + Send + 'static,
    A: Message + Send + 'static,
    F: Future<Output = Result<Messages<A>, Status>> + Send + 'static,
{
    server::<A, Q>().server_streaming(Once(Some(answer)), call).await
}

/// Many messages in, many out.
pub async fn both<Q, A, F>(call: Call, answer: impl FnOnce(Request<Streaming<Q>>) -> F + Send) -> Answer
where
    Q: Message + Default + Send + 'static,
    A: Message + Send + 'static,
    F: Future<Output = Result<Messages<A>, Status>> + Send + 'static,
{
    server::<A, Q>().streaming(Once(Some(answer)), call).await
}

/// The answer to a call whose method is not served.
pub fn unknown(call: &Call) -> Answer {
    refusal(&Status::unimplemented(format!("unknown method {}", call.uri().path())))
}

/// An answer that is an error and nothing else.
pub fn refusal(status: &Status) -> Answer {
    status.clone().into_http()
}

fn server<A, Q>() -> Grpc<ProstCodec<A, Q>>
where
    Q: Message + Default + Send + 'static,
    A: Message + Send + 'static,
{
    Grpc::new(ProstCodec::default()).max_decoding_message_size(MESSAGE_BYTES)
}

/// A function as a service that is called once, as every service here is.
struct Once<F>(Option<F>);

impl<T> Once<T> {
    fn take(&mut self) -> Result<T, Status> {
        self.0.take().ok_or_else(|| Status::internal("a call was answered twice"))
    }
}

type Answering<T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send>>;

impl<T, F, Q, A> UnaryService<Q> for Once<T>
where
    T: FnOnce(Request<Q>) -> F,
    F: Future<Output = Result<A, Status>> + Send + 'static,
{
    type Response = A;
    type Future = Answering<A>;

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let answer = self.take().map(|answer| answer(request));
        Box::pin(async { answer?.await.map(Response::new) })
    }
}

impl<T, F, Q, A> ServerStreamingService<Q> for Once<T>
where
    T: FnOnce(Request<Q>) -> F,
    F: Future<Output = Result<Messages<A>, Status>> + Send + 'static,
{
    type Response = A;
    type ResponseStream = Messages<A>;
    type Future = Answering<Messages<A>>;

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let answer = self.take().map(|answer| answer(request));
        Box::pin(async { answer?.await.map(Response::new) })
    }
}

impl<T, F, Q, A> StreamingService<Q> for Once<T>
where
    T: FnOnce(Request<Streaming<Q>>) -> F,
    F: Future<Output = Result<Messages<A>, Status>> + Send + 'static,
{
    type Response = A;
    type ResponseStream = Messages<A>;
    type Future = Answering<Messages<A>>;

    fn call(&mut self, request: Request<Streaming<Q>>) -> Self::Future {
        let answer = self.take().map(|answer| answer(request));
        Box::pin(async { answer?.await.map(Response::new) })
    }
}
