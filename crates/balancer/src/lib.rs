//! The load balancer: connections of clients in, one of the targets of the route that they are for out.
//!
//! [`Balancer::apply`] takes a [`Routing`], which is data: listeners, routes by host, rules, target groups, health
//! checks. What comes out are facts: [`Balancer::observe`] tells the targets' health, [`Balancer::route_figures`] what
//! was counted, [`Balancer::access_log`] every request.
//!
//! The way of a request: `serve.rs` (a connection), `http1.rs` or `http2.rs` (what it speaks), `head.rs` and `body.rs`
//! (what that says), `proxy.rs` (a request), `balancer.rs` (its route), `target.rs` (its target), `link.rs` (the
//! connection to that, made by `dial.rs`), `proxy.rs` again (the answer). `ticket.rs` bounds how long each lasts. HTTP/1.1 is spoken here;
//! HTTP/2 is hyper's, and its heads are written as those of HTTP/1.1 and go the same way.
//!
//! What this crate does not know: environments, containers; a target is an address. It keeps nothing on a disk.
#![forbid(unsafe_code)]

mod access;
mod balancer;
mod body;
mod check;
mod clock;
mod dial;
mod error;
mod figures;
mod forwarded;
mod head;
mod health;
mod http1;
mod http2;
pub mod limits;
mod link;
mod page;
mod proxy;
pub mod reading;
mod routing;
mod serve;
mod sticky;
mod stream;
mod target;
mod tcp;
mod ticket;
mod tls;

pub use access::AccessEntry;
pub use balancer::{Balancer, Health};
pub use check::check;
pub use error::Error;
pub use figures::{Counters, Figures, Latency, PERIOD};
pub use health::{Cause, State, TargetHealth};
pub use routing::{
    Action, Algorithm, CheckPath, Forward, GroupId, HealthCheck, HostName, Hosts, Listener, Matcher, Pattern, Probe,
    Protocol, Route, RouteId, Routing, Rule, Stickiness, Target, TargetGroup, TargetId, TargetProtocol,
};
pub use sticky::CookieKey;
pub use tls::{Authority, Certificate, Tls};
