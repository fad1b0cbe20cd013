//! Making calls over a stream.

use std::task::{Context, Poll};

use http::uri::PathAndQuery;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use prost::Message;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_stream::Stream;
use tonic::client::Grpc;
use tonic::{Code, IntoStreamingRequest, Request, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::{CONNECTION_WINDOW, MESSAGE_BYTES, METADATA_BYTES, STREAM_WINDOW};

/// A connection to make calls on. Copies of it share the connection, which ends with the last of them and the last
/// call.
#[derive(Debug, Clone)]
pub struct Channel(http2::SendRequest<tonic::body::Body>);

impl Channel {
    /// Begins HTTP/2 on a stream. The future that is given back carries the connection: it has to be polled (spawned)
    /// for as long as the channel is to work, and it ends when the connection does.
    ///
    /// # Errors
    /// When the other side goes away before it begins.
    pub async fn open<S>(stream: S) -> Result<(Self, impl Future<Output = Result<(), hyper::Error>>), hyper::Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(METADATA_BYTES)
            .handshake(TokioIo::new(stream))
            .await?;
        Ok((Self(sender), connection))
    }

    /// One message out, one in. `path` is `/package.Service/Method`.
    ///
    /// # Errors
    /// What the other side answers, or `Unavailable` when the connection has ended.
    pub async fn unary<Q, A>(&self, path: &'static str, request: Request<Q>) -> Result<A, Status>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        let mut calls = self.calls().await?;
        let answer = calls.unary(request, PathAndQuery::from_static(path), ProstCodec::<Q, A>::default()).await?;
        Ok(answer.into_inner())
    }

    /// One message out, many in.
    ///
    /// # Errors
    /// As those of [`Channel::unary`].
    pub async fn streamed<Q, A>(&self, path: &'static str, request: Request<Q>) -> Result<Streaming<A>, Status>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        let mut calls = self.calls().await?;
        let codec = ProstCodec::<Q, A>::default();
        Ok(calls.server_streaming(request, PathAndQuery::from_static(path), codec).await?.into_inner())
    }

    /// Many messages out, many in. The request's metadata is sent before the first message.
    ///
    /// # Errors
    /// As those of [`Channel::unary`].
    pub async fn both<S, Q, A>(&self, path: &'static str, request: Request<S>) -> Result<Streaming<A>, Status>
    where
        S: Stream<Item = Q> + Send + 'static,
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        let mut calls = self.calls().await?;
        let codec = ProstCodec::<Q, A>::default();
        let request = request.into_streaming_request();
        Ok(calls.streaming(request, PathAndQuery::from_static(path), codec).await?.into_inner())
    }

    async fn calls(&self) -> Result<Grpc<Service>, Status> {
        // The name is of no consequence: there is one place where the stream leads.
        let origin = http::Uri::from_static("http://localhost");
        let mut calls = Grpc::with_origin(Service(self.0.clone()), origin).max_decoding_message_size(MESSAGE_BYTES);
        calls.ready().await.map_err(|error| Status::unavailable(format!("the connection has ended: {error}")))?;
        Ok(calls)
    }
}

/// Whether a call failed because the connection has ended, and not by the other side's word.
pub fn is_gone(status: &Status) -> bool {
    // What the other side says has no cause on this one.
    std::error::Error::source(status).is_some() || matches!(status.code(), Code::Unavailable | Code::Cancelled)
}

struct Service(http2::SendRequest<tonic::body::Body>);

impl tower_service::Service<http::Request<tonic::body::Body>> for Service {
    type Response = http::Response<Incoming>;
    type Error = hyper::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}
