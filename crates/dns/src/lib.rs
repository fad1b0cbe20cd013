//! DNS messages and a stub resolver.
