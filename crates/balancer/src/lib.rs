//! The load balancer: connections of clients in, one of the targets of the route that they are for out.
//!
//! [`Balancer::apply`] takes a [`Routing`], which is data: listeners, routes by host, rules, target groups, health
//! checks. What comes out are facts: [`Balancer::observe`] tells the targets' health, [`Balancer::route_figures`] what
//! was counted, [`Balancer::access_log`] every request.
//!
//! The way of a request: `serve.rs` (a connection), `proxy.rs` (a request), `balancer.rs` (its route), `target.rs` (its
//! target), `link.rs` (the connection to that), `proxy.rs` again (the answer). `ticket.rs` bounds how long each lasts.
//!
//! What this crate does not know: environments, containers; a target is an address. It keeps nothing on a disk.
#![forbid(unsafe_code)]

mod access;
mod balancer;
mod check;
mod clock;
mod error;
mod figures;
mod headers;
mod health;
pub mod limits;
mod link;
mod page;
mod proxy;
mod routing;
mod serve;
mod sticky;
mod target;
mod tcp;
mod ticket;
mod tls;

pub use access::AccessEntry;
pub use balancer::{Balancer, Health};
pub use error::Error;
pub use figures::{Counters, Figures, Latency, PERIOD};
pub use health::{Cause, State, TargetHealth};
pub use routing::{
    Algorithm, CheckPath, Forward, GroupId, HealthCheck, HostName, Hosts, Listener, Matcher, Pattern, Probe, Protocol,
    Route, RouteId, Routing, Rule, Stickiness, Target, TargetGroup, TargetId, TargetProtocol,
};
pub use sticky::CookieKey;
pub use tls::{Authority, Certificate, Tls};
