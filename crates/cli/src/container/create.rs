//! `create`, and the first half of `run`.

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::body::{self, IdFile};
use super::options::{CreateOptions, Streams};
use crate::context::Context;
use crate::error::{CLIENT_FAILED, Failure};
use crate::image::pull::{self, Pull};
use crate::image::reference;
use crate::output;
use crate::terminal;

/// `create [OPTIONS] IMAGE [COMMAND] [ARG...]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct CreateArgs {
    #[command(flatten)]
    options: CreateOptions,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    id: String,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

/// Adds where to read more, and the code that says that no container failed.
pub(crate) fn with_help(command: &str) -> impl Fn(Failure) -> Failure {
    move |failure| Failure {
        message: format!("dabba: {}\n\nRun 'dabba {command} --help' for more information", failure.message),
        code: CLIENT_FAILED,
    }
}

pub(super) async fn run(context: &Context, args: CreateArgs) -> Result<(), Failure> {
    let options = &args.options;
    let streams = options.streams();
    let once = options.interactive && streams.stdin;
    let id = create(context, options, streams, once).await.map_err(with_help("create"))?;
    output::line(&id)
}

/// Creates a container and gives its id; an image that is missing is pulled, if that is wanted.
pub(super) async fn create(
    context: &Context,
    options: &CreateOptions,
    streams: Streams,
    once: bool,
) -> Result<String, Failure> {
    reference::check(options.image())?;
    let size = if options.tty { terminal::size() } else { None };
    let body = body::body(options, streams, once, size)?;
    let id_file = options.cidfile.as_deref().filter(|path| !path.is_empty()).map(IdFile::claim).transpose()?;
    let pull =
        Pull { name: options.image(), platform: options.platform.as_deref(), quiet: options.quiet, to_stderr: true };
    if options.pull == "always" {
        pull::pull(context, &pull).await?;
    }
    let created = match ask(context, options, &body).await {
        Err(error) if error.is_not_found() && options.pull == "missing" && is_about_image(&error) => {
            if !options.quiet {
                output::complain(&format!("Unable to find image '{}' locally", pull::familiar(options.image())));
            }
            pull::pull(context, &pull).await?;
            ask(context, options, &body).await?
        }
        other => other?,
    };
    for warning in created.warnings.unwrap_or_default() {
        output::complain(&format!("WARNING: {warning}"));
    }
    if let Some(file) = id_file {
        file.write(&created.id)?;
    }
    Ok(created.id)
}

/// A container can also be refused because of a network or volume that is missing.
fn is_about_image(error: &client::Error) -> bool {
    error.message().to_lowercase().contains("no such image")
}

async fn ask(context: &Context, options: &CreateOptions, body: &Value) -> Result<Created, client::Error> {
    let request = context.client.post("/containers/create").json(body)?;
    let request = request.query_some("name", options.name.as_deref().unwrap_or_default());
    request.query_some("platform", options.platform.as_deref().unwrap_or_default()).read().await
}
