//! A small asynchronous client of the Docker Engine API, over a unix socket or TCP.
//!
//! It speaks HTTP/1.1 and knows four kinds of exchange: a JSON question with a JSON answer, an answer that is read as
//! it comes, a stream of JSON values, and a connection that stops being HTTP ([`Request::hijack`]). It reads neither
//! the environment nor a terminal; which daemon to ask is told by an [`Endpoint`].

#![forbid(unsafe_code)]

mod answer;
mod body;
mod connect;
mod endpoint;
mod error;
mod frames;
mod hijack;
mod limits;
mod request;

pub use answer::{Answer, JsonStream};
pub use body::{Body, Feed};
pub use connect::Client;
pub use endpoint::{DEFAULT_SOCKET, Endpoint};
pub use error::Error;
pub use frames::{Frame, FrameError, Frames, Origin};
pub use hijack::{Hijacked, Socket, Stream};
pub use http::Method;
pub use request::Request;
