//! The field's own nouns as types: digests, image references, the OCI image and runtime specifications.
//!
//! Parsers without I/O. Whatever comes from strangers is parsed here once, at the edge, into a type that cannot hold
//! anything else.
#![forbid(unsafe_code)]

mod digest;
pub mod image;
mod reference;
pub mod runtime;

pub use digest::{Digest, ParseDigestError};
pub use reference::{ParseReferenceError, Reference, Tag};
