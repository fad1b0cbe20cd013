//! `dabba aws`: how other clients find the daemon's services, and whom they are to trust.

mod query;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

pub(crate) use query::Query;

use crate::daemon::aws::{ENDPOINT, Endpoint, Key};

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Print the variables that point aws, eb and boto3 to this daemon: eval "$(dabba aws env)"
    Env(Where),
    /// Print the certificate of the authority that makes those of environments, for whoever is to trust it:
    /// dabba aws ca > ca.pem; curl --cacert ca.pem …
    Ca(Where),
}

/// Which daemon.
#[derive(Debug, Args)]
pub(crate) struct Where {
    /// The daemon's exec root.
    #[arg(long, value_name = "DIR", default_value = "/run/dabba")]
    exec_root: PathBuf,
}

pub(crate) fn run(action: &Action) -> Result<()> {
    match action {
        Action::Env(Where { exec_root }) => env(&endpoint(exec_root)?),
        Action::Ca(Where { exec_root }) => print!("{}", endpoint(exec_root)?.authority),
    }
    Ok(())
}

fn env(endpoint: &Endpoint) {
    println!("export AWS_ENDPOINT_URL={}", endpoint.endpoint);
    println!("export AWS_DEFAULT_REGION={}", endpoint.region);
    println!("export AWS_REGION={}", endpoint.region);
    // Without it clients ask a machine of Amazon's for credentials first, and wait.
    println!("export AWS_EC2_METADATA_DISABLED=true");
    match key(endpoint) {
        Ok(key) => {
            println!("export AWS_ACCESS_KEY_ID={}", key.access_key_id);
            println!("export AWS_SECRET_ACCESS_KEY={}", key.secret_access_key);
        }
        Err(error) => eprintln!("# {error:#}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY yourself"),
    }
}

/// Where the daemon with this exec root serves Amazon's services.
pub(crate) fn endpoint(exec_root: &Path) -> Result<Endpoint> {
    let path = exec_root.join(ENDPOINT);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
            "no daemon serves Amazon's services with the exec root {}: start one with --aws-listen 127.0.0.1:4566",
            exec_root.display()
        ),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))
}

/// The administrator's key.
pub(crate) fn key(endpoint: &Endpoint) -> Result<Key> {
    let reading = || format!("reading {}", endpoint.key.display());
    serde_json::from_slice(&std::fs::read(&endpoint.key).with_context(reading)?).with_context(reading)
}
