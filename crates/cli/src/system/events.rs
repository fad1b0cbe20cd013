//! `events`.

use clap::Args;

use crate::context::Context;
use crate::error::Failure;
use crate::flags;
use crate::json::Json;
use crate::output;
use crate::session::told_to_end;
use crate::template::{Options, Template};
use crate::units;

/// `events [OPTIONS]`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct EventsArgs {
    /// Filter output based on conditions provided
    #[arg(short, long, value_name = "NAME=VALUE")]
    filter: Vec<String>,
    /// Format output: "json" or a Go template
    #[arg(long, default_value = "", hide_default_value = true)]
    format: String,
    /// Show all events created since timestamp
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Stream events until this timestamp
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

pub(super) async fn run(context: &Context, args: EventsArgs) -> Result<(), Failure> {
    let template = match args.format.as_str() {
        "" => None,
        "json" => Some(Template::parse("{{json .}}")?),
        text => Some(Template::parse(text)?),
    };
    let moment = |text: Option<&String>| match text.filter(|text| !text.is_empty()) {
        None => Ok(String::new()),
        Some(text) => units::parse_moment(text),
    };
    let (since, until) = (moment(args.since.as_ref())?, moment(args.until.as_ref())?);
    let request = context.client.get("/events").query_some("since", since).query_some("until", until);
    let mut stream = request.query_some("filters", flags::filters(&args.filter)?).stream().await?;
    let terminal = output::is_terminal();
    let shown = async {
        while let Some(event) = stream.next::<Json>().await? {
            match &template {
                None => output::line(&line(&event))?,
                Some(template) => {
                    let text = template.render(&event, Options { terminal, ..Options::default() })?;
                    output::print(&format!("{text}\n"))?;
                }
            }
        }
        Ok(())
    };
    tokio::select! {
        shown = shown => shown,
        code = told_to_end() => Err(Failure::code(code?)),
    }
}

/// `TIME TYPE ACTION ID (NAME=VALUE, …)`.
fn line(event: &Json) -> String {
    let nanos = match event.int_of("timeNano") {
        Some(nanos) if nanos != 0 => i128::from(nanos),
        _ => i128::from(event.int_of("time").unwrap_or_default()) * 1_000_000_000,
    };
    let mut text = units::local_rfc3339_nanos(nanos);
    for word in [event.text_of("Type"), event.text_of("Action")] {
        text.push_str(&format!(" {word}"));
    }
    let actor = event.get("Actor").cloned().unwrap_or_default();
    text.push_str(&format!(" {}", actor.text_of("ID")));
    let attributes: Vec<_> = actor.pairs_of("Attributes").iter().map(|(key, value)| format!("{key}={value}")).collect();
    if !attributes.is_empty() {
        text.push_str(&format!(" ({})", attributes.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_line() {
        let event: Json = serde_json::from_str(
            r#"{"Type":"container","Action":"start","Actor":{"ID":"abc","Attributes":{"name":"n","image":"i"}},
                "time":1,"timeNano":1000000005}"#,
        )
        .unwrap();
        let shown = line(&event);
        let (_, rest) = shown.split_once(' ').unwrap();
        assert_eq!(rest, "container start abc (image=i, name=n)");
        assert!(shown.contains(".000000005"), "{shown}");
    }
}
