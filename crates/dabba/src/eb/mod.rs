//! `dabba eb`: what Elastic Beanstalk's own command line has no command for.
//!
//! The service is asked at its address, signed, by the variables that `aws` and `eb` are set up with. Only the streams
//! of a task go over the Docker API: the AWS API has none.

mod hosts;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use crate::aws::Query;
use crate::status;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// The daemon's exec root, where AWS_ENDPOINT_URL and AWS_ACCESS_KEY_ID are not set
    #[arg(long, value_name = "DIR", default_value = "/run/dabba", global = true)]
    exec_root: PathBuf,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Run a command once, in a fresh container of what an environment runs
    Run(Run),
    /// Go back to the version that ran before, at once: it is not built anew
    Rollback(Rollback),
    /// Tell the options of an environment, and where the value of each comes from
    Options(Options),
    /// Tell the host names of the environments, for programs that resolve names by a file
    Hosts(hosts::Hosts),
}

#[derive(Debug, Args)]
struct Run {
    /// Leave the task to itself and print its id
    #[arg(short, long)]
    detach: bool,
    /// Keep STDIN open and attached
    #[arg(short, long, conflicts_with = "detach")]
    interactive: bool,
    /// Allocate a pseudo-TTY
    #[arg(short, long, conflicts_with = "detach")]
    tty: bool,
    /// Execute this in place of the image's entry point
    #[arg(long, value_name = "PROGRAM")]
    entrypoint: Option<String>,
    /// The service of a version of several; without it the one that answers requests
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The environment
    environment: String,
    /// The command with its arguments; without one, the image's own
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

#[derive(Debug, Args)]
struct Rollback {
    /// Do not wait until it is done
    #[arg(long)]
    no_wait: bool,
    /// The environment
    environment: String,
}

#[derive(Debug, Args)]
struct Options {
    /// The environment
    environment: String,
    /// Only the options of this namespace
    namespace: Option<String>,
}

/// The exit code of a task that could not be run, as `docker run` has it.
const NOT_RUN: u8 = 125;
/// How long a rollback is waited for: longer than the timeout of a deployment is by default.
const PATIENCE: Duration = Duration::from_secs(900);
/// How often it is asked whether it is done.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) fn run(flags: &Flags, host: Option<&str>) -> Result<ExitCode> {
    let query = || Query::from_variables(&flags.exec_root);
    match &flags.action {
        Action::Run(run) => match task(query, run) {
            Ok(id) if run.detach => {
                println!("{id}");
                Ok(ExitCode::SUCCESS)
            }
            Ok(id) => status::block_on(async { Ok(cli::start_task(&id, run.interactive, host).await) }),
            Err(error) => {
                eprintln!("dabba: {error:#}");
                Ok(ExitCode::from(NOT_RUN))
            }
        },
        Action::Rollback(flags) => rollback(&query()?, flags),
        Action::Hosts(flags) => hosts::run(query, flags).map(|()| ExitCode::SUCCESS),
        Action::Options(flags) => options(&query()?, flags).map(|()| ExitCode::SUCCESS),
    }
}

/// Has the container of a task made, and gives its id.
fn task(query: impl FnOnce() -> Result<Query>, run: &Run) -> Result<String> {
    if run.tty && run.interactive && !std::io::stdin().is_terminal() {
        bail!("the input device is not a TTY");
    }
    let word = |is: bool| if is { "true" } else { "false" };
    let mut parameters = vec![
        ("EnvironmentName", run.environment.as_str()),
        ("Tty", word(run.tty)),
        ("Stdin", word(run.interactive)),
        ("Detached", word(run.detach)),
    ];
    parameters.extend(run.entrypoint.as_deref().map(|program| ("EntryPoint", program)));
    parameters.extend(run.service.as_deref().map(|name| ("Service", name)));
    let names: Vec<String> = (1..=run.command.len()).map(|at| format!("Command.member.{at}")).collect();
    parameters.extend(names.iter().map(String::as_str).zip(run.command.iter().map(String::as_str)));
    let answer = query()?.extended("RunEnvironmentTask", &parameters)?;
    answer.text("TaskId").ok_or_else(|| anyhow::anyhow!("RunEnvironmentTask: the answer has no TaskId"))
}

fn rollback(query: &Query, flags: &Rollback) -> Result<ExitCode> {
    let name = ("EnvironmentName", flags.environment.as_str());
    let asked = query.extended("RollbackEnvironment", &[name])?;
    let request = asked.text("RequestId").unwrap_or_default();
    if flags.no_wait {
        return Ok(ExitCode::SUCCESS);
    }
    let (begin, mut told, mut failed) = (Instant::now(), 0, false);
    loop {
        let environments = [("EnvironmentNames.member.1", flags.environment.as_str()), ("IncludeDeleted", "false")];
        let seen = query.ask("DescribeEnvironments", &environments)?;
        let mut events = query.ask("DescribeEvents", &[name, ("RequestId", &request)])?.members("Events");
        events.reverse();
        for event in events.iter().skip(told) {
            let of = |name: &str| event.get(name).map_or("", String::as_str);
            println!("{}  {:5}  {}", of("EventDate"), of("Severity"), of("Message"));
            failed |= matches!(of("Severity"), "ERROR" | "FATAL");
        }
        told = events.len();
        match seen.text("Status").as_deref() {
            Some("Ready") if failed => return Ok(ExitCode::FAILURE),
            Some("Ready") => {
                println!("{} runs {}.", flags.environment, seen.text("VersionLabel").unwrap_or("the sample".into()));
                return Ok(ExitCode::SUCCESS);
            }
            None | Some("Terminating" | "Terminated") => bail!("{} is gone", flags.environment),
            Some(_) if begin.elapsed() > PATIENCE => bail!("{} is not ready in time", flags.environment),
            Some(_) => std::thread::sleep(LOOK),
        }
    }
}

fn options(query: &Query, flags: &Options) -> Result<()> {
    let mut parameters = vec![("EnvironmentName", flags.environment.as_str())];
    parameters.extend(flags.namespace.as_deref().map(|namespace| ("Namespace", namespace)));
    let options = query.extended("DescribeOptionOrigins", &parameters)?.members("Options");
    if let Some(namespace) = flags.namespace.as_deref().filter(|_| options.is_empty()) {
        bail!("the environment {} has no option of the namespace {namespace}", flags.environment);
    }
    let rows = options.iter().map(|option| {
        let of = |name: &str| option.get(name).map_or("", String::as_str);
        let origin = match of("Origin") {
            "Default" => "default".to_owned(),
            "Ebextensions" => format!("{}:{}", of("Source"), of("Line")),
            "SavedConfiguration" => format!("saved configuration {}", of("Source")),
            "Request" => "request".to_owned(),
            other => other.to_owned(),
        };
        // A value of several lines would break the table.
        let value = of("Value").escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
        let value = if option.contains_key("Value") { value } else { "-".to_owned() };
        format!("{}\t{}\t{value}\t{origin}", of("Namespace"), of("OptionName"))
    });
    let head = "NAMESPACE\tOPTION\tVALUE\tORIGIN".to_owned();
    let table = std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n");
    print!("{}", cli::align(&table));
    Ok(())
}
