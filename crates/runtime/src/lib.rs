//! OCI specification to isolated process.
//!
//! In three steps: [`Plan::new`] turns a specification into data that needs no further decision (pure, tested with
//! tables); [`launch`] forks by clone3 and the child carries the plan out (`child/`); [`exec`] puts a further process
//! into a running container. Processes are named in [`launch`]. [`create`] and [`release`] are [`launch`] in two steps,
//! with the hooks of the OCI runtime specification. [`UserNamespace`] tells what is different with one. [`foreign`] has another runtime do it.
//!
//! The caller of [`launch`] and [`exec`] is single-threaded (a shim). That is what makes it sound to go on with
//! ordinary code, allocation included, in the forked child.
//!
//! What this crate does not know: images, networks, containers as records.

pub mod capability;
pub mod cgroup;
mod child;
mod error;
mod exec;
pub mod foreign;
mod hold;
pub mod hooks;
mod launch;
mod limits;
mod plan;
pub mod seccomp;
mod user;
pub mod users;

pub use error::Error;
pub use exec::{ExecPlan, exec};
pub use hold::{Hold, create, gate, release};
pub use launch::{Started, Stdio, launch};
pub use plan::{Host, Plan, Rootfs, SUBDIRECTORY};
pub use user::UserNamespace;
