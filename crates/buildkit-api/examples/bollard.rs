//! A client of this protocol that is not ours: the crate bollard, for the end-to-end tests.
//!
//! ```text
//!   bollard SOCKET grpc TAG CONTEXT.tar [--target STAGE] [--build-arg NAME=VALUE]… [--secret NAME=FILE]…
//!   bollard SOCKET session TAG CONTEXT.tar [--target STAGE] [--build-arg NAME=VALUE]…
//! ```
//! `grpc` solves by `Control.Solve` over `/grpc`, with the context and secrets served over `/session`; `session` is
//! `POST /build` of version 2 with a session beside it. Both end with status 1 and the error when the build fails.

use std::collections::HashMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bollard::grpc::build::{ImageBuildFrontendOptions, ImageBuildLoadInput, SecretSource};
use bollard::grpc::driver::Build;
use bollard::grpc::driver::moby::Moby;
use bollard::models::BuildInfoAux;
use bollard::query_parameters::{BuildImageOptionsBuilder, BuilderVersion};
use bollard::{API_DEFAULT_VERSION, Docker, body_full};
use tokio_stream::StreamExt;

/// Seconds that a request may take.
const PATIENCE: u64 = 120;

#[derive(Default)]
struct Wanted {
    target: Option<String>,
    arguments: HashMap<String, String>,
    secrets: HashMap<String, PathBuf>,
}

impl Wanted {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut wanted = Self::default();
        while let (Some(flag), Some(value)) = (words.next(), words.next()) {
            let pair = || value.split_once('=').ok_or_else(|| format!("{flag} takes NAME=VALUE"));
            match flag.as_str() {
                "--target" => wanted.target = Some(value),
                "--build-arg" => {
                    let (name, value) = pair()?;
                    wanted.arguments.insert(name.to_owned(), value.to_owned());
                }
                "--secret" => {
                    let (name, file) = pair()?;
                    wanted.secrets.insert(name.to_owned(), file.into());
                }
                _ => return Err(format!("{flag} is not known").into()),
            }
        }
        Ok(wanted)
    }
}

async fn grpc(docker: &Docker, tag: &str, context: Vec<u8>, wanted: Wanted) -> Result<(), Box<dyn Error>> {
    let mut options = ImageBuildFrontendOptions::builder().dockerfile(Path::new("Dockerfile"));
    for (name, value) in &wanted.arguments {
        options = options.buildarg(name, value);
    }
    for (name, file) in &wanted.secrets {
        options = options.set_secret(name, &SecretSource::File(file.clone()));
    }
    if let Some(target) = &wanted.target {
        options = options.target(target);
    }
    let context = ImageBuildLoadInput::Upload(context.into());
    Moby::new(docker).docker_build(tag, options.build(), context, None, None).await?;
    Ok(())
}

async fn session(docker: &Docker, tag: &str, context: Vec<u8>, wanted: Wanted) -> Result<(), Box<dyn Error>> {
    let mut options = BuildImageOptionsBuilder::default()
        .t(tag)
        .version(BuilderVersion::BuilderBuildKit)
        .session(tag)
        .buildargs(&wanted.arguments);
    if let Some(target) = &wanted.target {
        options = options.target(target);
    }
    let mut told = docker.build_image(options.build(), None, Some(body_full(context.into())));
    while let Some(told) = told.next().await {
        if let Some(BuildInfoAux::BuildKit(status)) = told?.aux {
            for vertex in status.vertexes.iter().filter(|vertex| vertex.completed.is_some()) {
                println!("{}{}", if vertex.cached { "CACHED " } else { "" }, vertex.name);
            }
        }
    }
    Ok(())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(socket), Some(way), Some(tag), Some(context)) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("SOCKET grpc|session TAG CONTEXT.tar".into());
    };
    let wanted = Wanted::parse(words)?;
    let context = tokio::fs::read(context).await?;
    let docker = Docker::connect_with_unix(&socket, PATIENCE, API_DEFAULT_VERSION)?.negotiate_version().await?;
    match way.as_str() {
        "grpc" => grpc(&docker, &tag, context, wanted).await,
        "session" if wanted.secrets.is_empty() => session(&docker, &tag, context, wanted).await,
        "session" => Err("bollard serves no secrets beside POST /build".into()),
        _ => Err(format!("{way} is no way to build").into()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
