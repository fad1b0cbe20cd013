//! `dabba status`: whether the daemon runs.

use std::process::ExitCode;

use anyhow::{Context, Result};
use client::{Client, Endpoint, Error};
use serde::Deserialize;

/// What init scripts answer for a service that does not run (LSB, iniscrptact).
const NOT_RUNNING: u8 = 3;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Info {
    server_version: String,
    containers_running: u64,
    containers: u64,
    images: u64,
    docker_root_dir: String,
}

/// The daemon that a flag or the environment names, or the usual one.
pub(crate) fn endpoint(host: Option<&str>) -> Result<Endpoint> {
    let named = host.map(str::to_owned).or_else(|| {
        ["DABBA_HOST", "DOCKER_HOST"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    });
    Ok(named.as_deref().map(str::parse).transpose()?.unwrap_or_default())
}

/// A small runtime for a command that asks a daemon something.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting")?;
    let outcome = runtime.block_on(work);
    // A thread that reads standard input cannot be ended, and must not be waited for.
    runtime.shutdown_background();
    outcome
}

pub(crate) fn run(host: Option<&str>) -> Result<ExitCode> {
    let endpoint = endpoint(host)?;
    let client = Client::new(endpoint.clone());
    block_on(async {
        let info: Info = match client.get("/info").read().await {
            Ok(info) => info,
            Err(Error::NotRunning { .. }) => {
                println!("dabba is not running: nobody answers at {endpoint}. Start it with: dabba service start");
                return Ok(ExitCode::from(NOT_RUNNING));
            }
            Err(error) => return Err(error.into()),
        };
        println!(
            "dabba {} is running at {endpoint}: {} of {} containers running, {} images, in {}.",
            info.server_version, info.containers_running, info.containers, info.images, info.docker_root_dir
        );
        Ok(ExitCode::SUCCESS)
    })
}
