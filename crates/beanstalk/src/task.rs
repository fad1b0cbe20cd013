//! Tasks: a command that is run once, in a fresh container of what an environment runs.
//!
//! A task is nobody's instance: no policy replaces it, no request reaches it, and it goes when its command has ended.
//! What is kept of it is an event.

use crate::environment::Environment;
use crate::environment::decide::Tale;
use crate::error::{Error, Result};
use crate::event::Told;
use crate::fleet::ReleaseId;
use crate::state::Which;
use crate::{Beanstalk, Call, limits};

/// A command, and how it is run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// The command with its arguments; the image's own if empty.
    pub command: Vec<String>,
    /// What is executed in place of the image's entry point.
    pub entrypoint: Option<String>,
    /// The service whose container it is; the one that answers requests, or the only one, if none is named.
    pub service: Option<String>,
    /// It has a terminal.
    pub tty: bool,
    /// It has a standard input.
    pub stdin: bool,
    /// It starts by itself. Otherwise its container waits until somebody who attaches to it starts it.
    pub detached: bool,
}

impl Task {
    fn check(&self) -> Result<()> {
        let bytes: usize = self.command.iter().map(String::len).sum();
        if self.command.len() > limits::TASK_ARGUMENTS || bytes > limits::TASK_BYTES {
            return Err(Error::parameter(format!(
                "A task's command has at most {} arguments and {} bytes.",
                limits::TASK_ARGUMENTS,
                limits::TASK_BYTES
            )));
        }
        if self.detached && (self.tty || self.stdin) {
            return Err(Error::Combination(
                "A task that nobody is attached to can have neither a terminal nor a standard input.".into(),
            ));
        }
        Ok(())
    }
}

/// The release that a task is a container of: what the environment runs, whatever is being deployed.
pub(crate) fn release_of(environment: &Environment) -> Result<ReleaseId> {
    let refused =
        |why: &str| Error::parameter(format!("A task cannot be run in the environment {}: {why}", environment.name));
    if environment.life.is_terminating() {
        return Err(refused("it is being terminated."));
    }
    let current = environment.current.and_then(|id| environment.releases.get(&id));
    match current {
        Some(release) if release.prepared().is_some() => Ok(release.id),
        _ => Err(refused("no version of it has been deployed yet. Its events say what becomes of it.")),
    }
}

impl Beanstalk {
    /// Makes the container of a task, and gives its id.
    ///
    /// # Errors
    /// When the environment is not there or runs nothing, there are too many tasks, or the container cannot be made.
    pub async fn run_task(&self, call: &Call, which: &Which, task: Task) -> Result<String> {
        task.check()?;
        let id = self.state().environment(&call.region, which)?.id.clone();
        let (container, release) = self.make_task(&id, task).await?;
        let request = Some(call.request.clone());
        let short: String = container.chars().take(12).collect();
        let told = vec![Told::info(format!("Task [{short}] was made, of deployment {release}."))];
        self.change(&id, |_, _| Ok(((), Tale { request, told }))).await?;
        Ok(container)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Life;
    use crate::environment::tests::{example, now};

    #[test]
    fn a_task_runs_what_is_deployed() {
        let mut environment = example();
        assert_eq!(release_of(&environment), Ok(ReleaseId(2)));
        environment.current = None;
        assert!(release_of(&environment).unwrap_err().to_string().contains("no version of it has been deployed yet"));
        let gone = Environment { life: Life::Terminated { at: now() }, ..example() };
        assert!(release_of(&gone).unwrap_err().to_string().contains("terminated"));
    }

    #[test]
    fn commands_are_bounded_and_make_sense() {
        let of = |command: Vec<String>| Task { command, ..Task::default() };
        assert_eq!(of(vec!["x".into(); limits::TASK_ARGUMENTS]).check(), Ok(()));
        assert!(of(vec!["x".into(); limits::TASK_ARGUMENTS + 1]).check().is_err());
        assert!(of(vec!["x".repeat(limits::TASK_BYTES + 1)]).check().is_err());
        assert!(Task { detached: true, tty: true, ..Task::default() }.check().is_err());
    }
}
