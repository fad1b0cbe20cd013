//! Source bundles of Elastic Beanstalk's Docker platform: what is in the archive, and what its files ask for.
//!
//! ```text
//!   archive ─► unpack ─► directory ─► read ─► Bundle ─┬─ Application: Compose | Dockerfile | Image | Ecs
//!                                                     ├─ extensions, platform (hooks), manifest, cron, …
//!                                                     └─ warnings: what is asked for and not done
//! ```
//! Each kind of file has a parser of its own, a function of its name and its bytes. [`read()`] finds the files and gives
//! them to the parsers. What is wrong is an error with file, line and column; what is understood and not honoured is a
//! [`Warning`], never silence. What would let an application out of its container is refused by its name.
//!
//! Source: the developer guide of Elastic Beanstalk, "Docker configuration", "Advanced environment customization with
//! configuration files", "Extending Elastic Beanstalk Linux platforms"; the Compose specification.
//!
//! What this crate does not know: environments, containers, images. Everything in it blocks.
#![forbid(unsafe_code)]

mod archive;
pub mod compose;
pub mod cron;
pub mod dockerrun;
pub mod dotenv;
mod error;
pub mod extensions;
mod interpolate;
pub mod limits;
pub mod manifest;
mod node;
pub mod platform;
pub mod processes;
mod read;
mod shell;

use std::collections::BTreeMap;

pub use archive::{Form, Unpacked, Writer, unpack};
pub use error::{Error, Position, Result, Warning};
pub use read::{Application, Bundle, read};

/// Names with their values: environment properties, variables of a Compose file.
pub type Variables = BTreeMap<String, String>;

/// Names of a Compose file, in the order in which they are looked for.
pub const COMPOSE: [&str; 4] = ["docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"];
/// The file that an image is built from.
pub const DOCKERFILE: &str = "Dockerfile";
/// AWS's own description of what to run.
pub const DOCKERRUN: &str = "Dockerrun.aws.json";
/// The files of which a bundle must have one, for messages.
pub(crate) const KNOWN: &str = "docker-compose.yml, Dockerfile or Dockerrun.aws.json";
