//! Hooks: programs of the host that look on, or lend a hand, at fixed points of a container's life.
//!
//! Source: opencontainers/runtime-spec 1.2, `config.md#posix-platform-hooks` and `runtime.md#lifecycle`.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use oci::runtime::{Hook, State};
use rustix::fs::MemfdFlags;

use crate::error::Step;
use crate::{Error, limits};

/// Runs hooks in their order; each gets the state on its standard input and no environment but its own.
///
/// # Errors
/// [`Error::Hook`] for the first that fails; those after it are not run.
pub fn run(hooks: &[Hook], state: &State) -> Result<(), Error> {
    hooks.iter().try_for_each(|hook| one(hook, state))
}

/// Checks what can be checked before a container exists.
pub(crate) fn check(hook: &Hook) -> Result<(), Error> {
    let wrong = |why: &str| Err(Error::Unsupported(format!("hook {:?}: {why}", hook.path)));
    if !hook.path.is_absolute() {
        return wrong("its path is not absolute");
    }
    if hook.timeout.is_some_and(|seconds| seconds <= 0) {
        return wrong("its timeout is not greater than zero");
    }
    Ok(())
}

fn one(hook: &Hook, state: &State) -> Result<(), Error> {
    check(hook)?;
    let failed = |why: String| Error::Hook { path: hook.path.display().to_string(), why };
    // Files in memory rather than pipes: nobody has to read while the hook writes, or the other way round.
    let mut input = memory("state")?;
    serde_json::to_writer(&mut input, state).map_err(|error| failed(error.to_string()))?;
    input.rewind().step(|| "rewinding the state".into())?;
    let mut output = memory("output")?;
    let clone = |file: &File| file.try_clone().step(|| "dup".into());
    let mut command = Command::new(&hook.path);
    if let Some((name, rest)) = hook.args.split_first() {
        command.arg0(name).args(rest);
    }
    let variables = hook.env.iter().map(|entry| entry.split_once('=').unwrap_or((entry, "")));
    command.env_clear().envs(variables).stdin(input).stdout(clone(&output)?).stderr(clone(&output)?);
    let mut child = command.spawn().map_err(|error| failed(crate::error::plain(&error)))?;
    let ended = wait(&mut child, hook.timeout).map_err(|error| failed(error.to_string()))?;
    match ended {
        Some(status) if status.success() => Ok(()),
        Some(status) => {
            let mut said = Vec::new();
            let _ = output.rewind().and_then(|()| output.take(limits::HOOK_BYTES).read_to_end(&mut said));
            Err(failed(format!("{status}, output: {}", String::from_utf8_lossy(&said).trim())))
        }
        None => Err(failed(format!("did not end within {} s", hook.timeout.unwrap_or_default()))),
    }
}

fn memory(name: &str) -> Result<File, Error> {
    rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC).map(File::from).step(|| "memfd_create".into())
}

/// Waits for the end; kills and gives `None` when it takes longer than that many seconds.
fn wait(child: &mut Child, timeout: Option<i64>) -> std::io::Result<Option<ExitStatus>> {
    let Some(seconds) = timeout else { return child.wait().map(Some) };
    let end = Instant::now() + Duration::from_secs(seconds.unsigned_abs());
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use oci::runtime::Status;

    use super::*;

    fn state() -> State {
        State {
            oci_version: oci::runtime::VERSION.into(),
            id: "lunch".into(),
            status: Status::Creating,
            pid: Some(7),
            bundle: "/b".into(),
            annotations: Default::default(),
        }
    }

    fn shell(script: &str, timeout: Option<i64>) -> Hook {
        Hook {
            path: "/bin/sh".into(),
            args: ["sh", "-c", script].map(str::to_owned).into(),
            env: vec!["OWN=1".into()],
            timeout,
        }
    }

    #[test]
    fn a_hook_gets_the_state_and_its_own_environment() {
        run(&[shell("[ \"$OWN\" = 1 ] && [ -z \"$HOME\" ] && grep -q '\"id\":\"lunch\"'", None)], &state()).unwrap();
    }

    #[test]
    fn a_failure_is_told_with_what_was_said() {
        let error = run(&[shell("echo sorry >&2; exit 3", None)], &state()).unwrap_err();
        assert!(error.to_string().contains("sorry"), "{error}");
    }

    #[test]
    fn a_slow_hook_is_killed() {
        let error = run(&[shell("sleep 60", Some(1))], &state()).unwrap_err();
        assert!(error.to_string().contains("within 1 s"), "{error}");
        assert!(run(&[shell("true", Some(0))], &state()).is_err());
    }
}
