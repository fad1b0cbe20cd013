//! Programs in a container, one after the other, with what they write kept.

use std::collections::BTreeMap;
use std::time::Duration;

use beanstalk::event::{Severity, Told};
use beanstalk::fleet::Failure;
use bundle::extensions::{Command, CommandLine, Content, Package};
use engine::container::exec::ExecConfig;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::journal::{Journal, Log};
use super::plan::{self, STAGING, Step};
use super::{HAND, tell_of};
use crate::{Local, limits};

/// A container in which programs are run, and what goes with them.
pub(crate) struct Place<'a> {
    pub(crate) local: &'a Local,
    pub(crate) container: String,
    /// Variables of every program.
    pub(crate) properties: &'a BTreeMap<String, String>,
    pub(crate) journal: Journal,
    /// When all of them must have ended.
    pub(crate) deadline: Instant,
    /// How long that was from the beginning, for messages.
    pub(crate) patience: Duration,
    /// Who is told.
    pub(crate) tell: Option<&'a mpsc::Sender<Told>>,
}

/// A program.
#[derive(Default)]
struct Task {
    arguments: Vec<String>,
    directory: String,
    variables: BTreeMap<String, String>,
}

/// How a program went.
struct Ran {
    outcome: Outcome,
    output: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Ended(i32),
    NotStarted(String),
    Late,
}

/// Steps in a place, of which it is known what it has.
pub(crate) struct Steps<'a> {
    place: &'a Place<'a>,
    has_shell: bool,
}

impl Place<'_> {
    /// What is needed to do steps here.
    pub(crate) async fn steps(&self) -> Result<Steps<'_>, Failure> {
        Ok(Steps { place: self, has_shell: self.has(plan::SHELL).await? })
    }

    /// Whether a path is there.
    pub(crate) async fn has(&self, path: &str) -> Result<bool, Failure> {
        let ran = self.hand(&["exists", path]).await;
        match ran.outcome {
            Outcome::Ended(code @ (0 | 1)) => Ok(code == 0),
            _ => Err(self.failure("Looking into the image".into(), &ran)),
        }
    }

    /// Lets a file be executed, as AWS does with hooks that are not.
    pub(crate) async fn make_executable(&self, path: &str) -> Result<(), Failure> {
        let ran = self.hand(&["executable", path]).await;
        self.check(|| format!("Making {path} executable"), &ran)
    }

    /// Runs a hook by its path in the container.
    pub(crate) async fn hook(&self, path: &str, directory: &str) -> Result<(), Failure> {
        let shown = path.strip_prefix(directory).unwrap_or(path).trim_start_matches('/');
        let step = format!("Running the hook {shown}");
        self.journal.info(Log::Engine, &step).await;
        self.journal.info(Log::Hooks, &step).await;
        let task = Task { arguments: vec![path.into()], directory: directory.into(), ..Task::default() };
        let ran = self.run(task).await;
        self.journal.info(Log::Hooks, &ran.output).await;
        self.check(|| step, &ran)
    }

    async fn hand(&self, arguments: &[&str]) -> Ran {
        let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
        self.by_hand(Task { arguments, directory: "/".into(), ..Task::default() }).await
    }

    /// Runs a program. What it writes is kept in its order, whichever stream it goes to.
    async fn run(&self, mut task: Task) -> Ran {
        task.arguments.insert(0, "run".into());
        self.by_hand(task).await
    }

    async fn by_hand(&self, mut task: Task) -> Ran {
        task.arguments.insert(0, HAND.into());
        let mut variables = self.properties.clone();
        variables.extend(task.variables);
        let config = ExecConfig {
            user: "0:0".into(),
            env: variables.into_iter().map(|(name, value)| format!("{name}={value}")).collect(),
            cmd: task.arguments,
            working_dir: task.directory,
            ..ExecConfig::default()
        };
        let mut kept = Vec::new();
        let running = self.local.engine().run_exec(&self.container, config, |bytes| keep(&mut kept, bytes));
        let outcome = match tokio::time::timeout_at(self.deadline, running).await {
            Ok(Ok(code)) => Outcome::Ended(code),
            Ok(Err(error)) => Outcome::NotStarted(error.to_string()),
            Err(_) => Outcome::Late,
        };
        Ran { outcome, output: String::from_utf8_lossy(&kept).into_owned() }
    }

    fn check(&self, step: impl FnOnce() -> String, ran: &Ran) -> Result<(), Failure> {
        match ran.outcome {
            Outcome::Ended(0) => Ok(()),
            _ => Err(self.failure(step(), ran)),
        }
    }

    fn failure(&self, step: String, ran: &Ran) -> Failure {
        let cause = match &ran.outcome {
            Outcome::Ended(code) => format!("it ended with code {code}"),
            Outcome::NotStarted(why) => format!("it cannot be started: {why}"),
            Outcome::Late => format!("it has not ended {} seconds after the first step began", self.patience.as_secs()),
        };
        Failure { step, cause, output: last_lines(&ran.output) }
    }
}

/// Keeps the end of what is written.
fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    kept.extend_from_slice(bytes);
    // Not at every piece, so that little is moved.
    if kept.len() > 2 * limits::OUTPUT {
        kept.drain(..kept.len() - limits::OUTPUT);
    }
}

fn last_lines(output: &str) -> Vec<String> {
    let lines: Vec<&str> = output.lines().collect();
    let last = &lines[lines.len().saturating_sub(limits::LINES)..];
    last.iter().map(|line| line.chars().take(limits::LINE).collect()).collect()
}

impl Steps<'_> {
    /// Does a step. `part` is where in the container that is which was fetched for it.
    pub(crate) async fn perform(&self, step: &Step, part: &str) -> Result<(), Failure> {
        let place = self.place;
        let severity = match step {
            Step::Packages { .. } | Step::Command { .. } | Step::Hook(_) => Severity::Debug,
            Step::Group { .. } | Step::User { .. } | Step::Source { .. } | Step::File { .. } => Severity::Trace,
        };
        tell_of(place.tell, severity, format!("{}.", step.doing())).await;
        if !matches!(step, Step::Hook(_)) {
            place.journal.info(Log::Engine, &step.doing()).await;
        }
        let number = |number: Option<u32>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let ran = match step {
            Step::Packages { packages, .. } => return self.install(step, packages).await,
            Step::Command { command, staged, .. } => return self.command(step, command, *staged).await,
            Step::Hook(hook) => {
                let path = format!("{STAGING}/{}", hook.path);
                if !hook.is_executable {
                    place.make_executable(&path).await?;
                }
                return place.hook(&path, STAGING).await;
            }
            Step::Group { group, .. } => place.hand(&["group", &group.name, &number(group.gid)]).await,
            Step::User { user, .. } => {
                let (home, groups) = (user.home.as_deref().unwrap_or("-"), user.groups.join(","));
                place.hand(&["user", &user.name, &number(user.uid), home, &groups]).await
            }
            Step::Source { source, .. } => place.hand(&["copy", part, &source.directory]).await,
            Step::File { written, .. } => match &written.content {
                Content::Link(target) => place.hand(&["link", target, &written.path]).await,
                Content::Text(_) | Content::Bytes(_) | Content::Url(_) => {
                    let mode = format!("{:o}", written.mode);
                    place.hand(&["file", part, &written.path, &mode, &written.owner, &written.group]).await
                }
            },
        };
        place.check(|| step.doing(), &ran)
    }

    async fn install(&self, step: &Step, packages: &[Package]) -> Result<(), Failure> {
        let place = self.place;
        let manager = packages.first().map_or("yum", |package| package.manager.as_str());
        let known = plan::installers(manager);
        let looked = place.hand(&[&["find"], known].concat()).await;
        let program = match looked.outcome {
            Outcome::Ended(0) => looked.output.trim().to_owned(),
            Outcome::Ended(1) => {
                let what = format!(
                    "{} failed: the image has no package manager for {manager} (none of {}); they are left out",
                    step.doing(),
                    known.join(", ")
                );
                place.journal.error(Log::Engine, &what).await;
                tell_of(place.tell, Severity::Warn, what).await;
                return Ok(());
            }
            _ => return Err(place.failure(step.doing(), &looked)),
        };
        for arguments in plan::install(&program, packages) {
            place.journal.info(Log::Commands, &arguments.join(" ")).await;
            let variables = [("DEBIAN_FRONTEND".to_owned(), "noninteractive".to_owned())].into();
            let ran = place.run(Task { arguments, directory: "/".into(), variables }).await;
            place.journal.info(Log::Commands, &ran.output).await;
            place.check(|| step.doing(), &ran)?;
        }
        Ok(())
    }

    async fn command(&self, step: &Step, command: &Command, staged: bool) -> Result<(), Failure> {
        let place = self.place;
        match self.attempt(step, command, staged).await {
            Err(failure) if command.ignore_errors && Instant::now() < place.deadline => {
                let what = format!("{failure}\nIt is ignored, as ignoreErrors says.");
                place.journal.error(Log::Engine, &what).await;
                tell_of(place.tell, Severity::Warn, what).await;
                Ok(())
            }
            other => other,
        }
    }

    async fn attempt(&self, step: &Step, command: &Command, staged: bool) -> Result<(), Failure> {
        let place = self.place;
        let needs_shell = command.test.is_some() || matches!(command.command, CommandLine::Shell(_));
        if needs_shell && !self.has_shell {
            let why = format!(
                "the image has no {}, which runs lines and tests; a list of a program and its arguments needs none",
                plan::SHELL
            );
            return Err(Failure::new(step.doing(), why));
        }
        let task = |arguments| Task {
            arguments,
            directory: plan::directory(staged, command.cwd.as_deref()),
            variables: command.env.clone(),
        };
        if let Some(test) = &command.test {
            let ran = place.run(task(plan::shell(test))).await;
            match ran.outcome {
                Outcome::Ended(0) => {}
                Outcome::Ended(code) => {
                    let what = format!("Skipping {}: its test ended with code {code}.", step.title());
                    place.journal.info(Log::Engine, &what).await;
                    tell_of(place.tell, Severity::Debug, what).await;
                    return Ok(());
                }
                _ => return Err(place.failure(format!("Testing for {}", step.title()), &ran)),
            }
        }
        place.journal.info(Log::Commands, &step.doing()).await;
        let ran = place.run(task(plan::arguments(&command.command))).await;
        place.journal.info(Log::Commands, &ran.output).await;
        place.check(|| step.doing(), &ran)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_what_is_written_is_kept() {
        let mut kept = Vec::new();
        for at in 0..40_u8 {
            keep(&mut kept, &vec![at; 100_000]);
        }
        assert!(kept.len() <= 2 * limits::OUTPUT + 100_000);
        assert_eq!(kept.last(), Some(&39));
        let text: String = (0..50).map(|line| format!("line {line}\n")).collect();
        let lines = last_lines(&text);
        assert_eq!((lines.len(), lines[0].as_str(), lines[19].as_str()), (20, "line 30", "line 49"));
    }
}
