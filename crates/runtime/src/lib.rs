//! OCI spec to isolated process.
