//! `logs`.

use clap::Args;

use crate::context::{Context, named, segment};
use crate::error::Failure;
use crate::flags::Switch;
use crate::session::{Decoder, Sink, told_to_end};
use crate::units;

/// `logs [OPTIONS] CONTAINER`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct LogsArgs {
    /// Show extra details provided to logs
    #[arg(long, switch())]
    details: bool,
    /// Follow log output
    #[arg(short, long, switch())]
    follow: bool,
    /// Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Number of lines to show from the end of the logs
    #[arg(short = 'n', long, default_value = "all", value_name = "LINES", allow_negative_numbers = true)]
    tail: String,
    /// Show timestamps
    #[arg(short, long, switch())]
    timestamps: bool,
    /// Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// The container
    #[arg(value_name = "CONTAINER")]
    name: String,
}

pub(super) async fn run(context: &Context, args: LogsArgs) -> Result<(), Failure> {
    named("container", &args.name)?;
    let moment = |name: &str, text: Option<&String>| match text.filter(|text| !text.is_empty()) {
        None => Ok(String::new()),
        Some(text) => {
            units::parse_moment(text).map_err(|why| Failure::new(format!("invalid value for {name:?}: {why}")))
        }
    };
    let (since, until) = (moment("since", args.since.as_ref())?, moment("until", args.until.as_ref())?);
    let container = context.container(&args.name).await?;
    let tty = container.get("Config").is_some_and(|config| config.is("Tty"));
    let request = context.client.get(format!("/containers/{}/logs", segment(container.text_of("Id"))));
    let request = request.flag("stdout", true).flag("stderr", true).flag("follow", args.follow);
    let request = request.flag("timestamps", args.timestamps).flag("details", args.details).query("tail", &args.tail);
    let mut answer = request.query_some("since", since).query_some("until", until).send().await?;
    let mut sink = Sink::new();
    let mut decoder = Decoder::new(tty);
    let copied = async {
        while let Some(piece) = answer.piece().await? {
            decoder.take(&piece, &sink).await?;
        }
        Ok(())
    };
    let copied = tokio::select! {
        copied = copied => copied,
        code = told_to_end() => Err(Failure::code(code?)),
    };
    sink.finish().await;
    copied
}
