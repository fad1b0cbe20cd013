//! The small process that owns one container.
