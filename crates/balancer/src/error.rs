//! What can be wrong with a routing.

use std::net::SocketAddr;

use crate::routing::{GroupId, RouteId};

/// Why a routing was not applied; what was applied before is still so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken, or not one of this machine.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Two listeners with one address.
    #[error("two listeners have the address {0}; one address belongs to one listener")]
    SameAddress(SocketAddr),
    /// A listener names a route that is not there.
    #[error("the listener on {listener} names the route {route}, which is not part of the routing")]
    NoRoute {
        /// The listener.
        listener: SocketAddr,
        /// What it names.
        route: RouteId,
    },
    /// A route or listener names a group that is not there.
    #[error("{user} names the target group {group}, which is not part of the routing")]
    NoGroup {
        /// A route or a listener.
        user: String,
        /// What it names.
        group: GroupId,
    },
    /// Two rules of a route with one priority.
    #[error("two rules of the route {route} have the priority {priority}; give each its own")]
    SamePriority {
        /// The route.
        route: RouteId,
        /// What both have.
        priority: u32,
    },
    /// More than can be looked through for each request.
    #[error("the route {0} has more than {limit} patterns in its rules", limit = crate::limits::PATTERNS)]
    Patterns(RouteId),
    /// Two targets of a group with one id.
    #[error("two targets of the group {group} have the id {target}")]
    SameTarget {
        /// The group.
        group: GroupId,
        /// What both have.
        target: crate::routing::TargetId,
    },
    /// A time that must not be nothing.
    #[error("the target group {group} has a {what} of zero; it must be longer")]
    ZeroTime {
        /// The group.
        group: GroupId,
        /// Which time.
        what: &'static str,
    },
    /// A word that is none of its kind.
    #[error("{text:?} is no {kind}: {why}")]
    Word {
        /// What was given.
        text: String,
        /// What it was to be.
        kind: &'static str,
        /// What is wrong.
        why: &'static str,
    },
    /// Certificates and keys.
    #[error("{what}: {why}")]
    Certificate {
        /// Which.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}
