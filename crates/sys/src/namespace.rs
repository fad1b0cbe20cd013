//! Entering and making namespaces.
