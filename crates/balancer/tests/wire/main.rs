//! The balancer over real sockets on 127.0.0.1.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod backend;
mod bytes;
mod encrypted;
mod health;
mod http;
mod lifecycle;
mod routings;
mod smuggling;
mod tls;
