//! The daemon side of the shims.
