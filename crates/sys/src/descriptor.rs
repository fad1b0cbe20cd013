//! Passing descriptors between processes (SCM_RIGHTS), sealing, close_range(2).
