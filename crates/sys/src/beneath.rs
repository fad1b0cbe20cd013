//! Paths beneath a root: openat2(2) with RESOLVE_IN_ROOT, so that no link leads out.
