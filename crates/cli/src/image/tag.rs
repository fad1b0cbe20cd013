//! `tag`.

use clap::Args;

use super::reference::name_and_tag;
use crate::context::{Context, segment};
use crate::error::Failure;

/// `tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]`.
#[derive(Debug, Clone, Args)]
pub struct TagArgs {
    /// The image
    #[arg(value_name = "SOURCE_IMAGE[:TAG]")]
    source: String,
    /// Its further name
    #[arg(value_name = "TARGET_IMAGE[:TAG]")]
    target: String,
}

pub(super) async fn run(context: &Context, args: TagArgs) -> Result<(), Failure> {
    let (name, tag) = name_and_tag(&args.target).map_err(|failure| {
        Failure::new(format!(
            "Error parsing reference: {:?} is not a valid repository/tag: {}",
            args.target, failure.message
        ))
    })?;
    let request = context.client.post(format!("/images/{}/tag", segment(&args.source)));
    Ok(request.query("repo", name).query_some("tag", tag).done().await?)
}
