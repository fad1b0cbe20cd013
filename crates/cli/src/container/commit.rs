//! `commit`.

use clap::Args;

use crate::context::{Context, named};
use crate::error::Failure;
use crate::flags::Switch;
use crate::image::reference::name_and_tag;
use crate::json::Json;
use crate::output;

/// `commit [OPTIONS] CONTAINER [REPOSITORY[:TAG]]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct CommitArgs {
    /// Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")
    #[arg(short, long)]
    author: Option<String>,
    /// Apply Dockerfile instruction to the created image
    #[arg(short, long, value_name = "INSTRUCTION")]
    change: Vec<String>,
    /// Commit message
    #[arg(short, long)]
    message: Option<String>,
    /// Pause container during commit
    #[arg(short, long, switch_on())]
    pause: bool,
    /// The container
    #[arg(value_name = "CONTAINER")]
    name: String,
    /// The new image's name
    #[arg(value_name = "REPOSITORY[:TAG]")]
    reference: Option<String>,
}

pub(super) async fn run(context: &Context, args: CommitArgs) -> Result<(), Failure> {
    named("container", &args.name)?;
    let (name, tag) = match args.reference.as_deref().filter(|name| !name.is_empty()) {
        Some(reference) => name_and_tag(reference)?,
        None => Default::default(),
    };
    let request = context.client.post("/commit").query("container", &args.name);
    let mut request = request.query_some("repo", name).query_some("tag", tag);
    request = request.query_some("comment", args.message.as_deref().unwrap_or_default());
    request = request.query_some("author", args.author.as_deref().unwrap_or_default());
    for change in &args.change {
        request = request.query("changes", change);
    }
    if !args.pause {
        request = request.query("pause", "0");
    }
    let answer: Json = request.read().await?;
    output::line(answer.text_of("Id"))
}
