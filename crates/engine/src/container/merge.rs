//! The image's defaults under what the client asked.
//!
//! Source: moby `daemon/commit.go`, `merge`: the order of the rules there is what clients rely on.

use std::collections::HashSet;
use std::time::Duration;

use ::oci::image::Execution;

use super::spec::{HealthCheck, Spec};
use crate::error::{Error, Result};

/// Fills what the client left open with what the image says.
pub(crate) fn merge(spec: &mut Spec, image: &Execution) -> Result<()> {
    let program = &mut spec.program;
    if program.user.is_empty() {
        program.user.clone_from(&image.user);
    }
    if program.working_dir.is_empty() {
        program.working_dir.clone_from(&image.working_dir);
    }
    if program.stop_signal.is_empty() {
        program.stop_signal.clone_from(&image.stop_signal);
    }
    environment(&mut program.env, &image.env);
    command((&mut program.entrypoint, &mut program.cmd), (&image.entrypoint, &image.cmd));
    for (key, value) in &image.labels {
        spec.labels.entry(key.clone()).or_insert_with(|| value.clone());
    }
    for port in image.exposed_ports.keys() {
        spec.exposed.insert(port.parse().map_err(Error::Invalid)?);
    }
    for path in image.volumes.keys() {
        spec.declared_volumes.insert(path.into());
    }
    if spec.shell.is_none() {
        spec.shell.clone_from(&image.shell);
    }
    spec.health_check = health_check(spec.health_check.take(), image.healthcheck.as_ref());
    Ok(())
}

/// Adds the variables that have no value yet. By a set, since an image may have very many of them.
pub(super) fn environment(own: &mut Vec<String>, below: &[String]) {
    let given: HashSet<String> = own.iter().map(|own| variable(own).to_owned()).collect();
    own.extend(below.iter().filter(|entry| !given.contains(variable(entry))).cloned());
}

type Argv = Option<Vec<String>>;

/// Entry point and command: an entry point of one's own makes the other command meaningless; an empty list is one, too.
pub(super) fn command((entrypoint, cmd): (&mut Argv, &mut Argv), below: (&Argv, &Argv)) {
    if entrypoint.as_ref().is_none_or(Vec::is_empty) {
        if cmd.as_ref().is_none_or(Vec::is_empty) {
            cmd.clone_from(below.1);
        }
        if entrypoint.is_none() {
            entrypoint.clone_from(below.0);
        }
    }
}

/// The name in `NAME=value`.
fn variable(entry: &str) -> &str {
    entry.split_once('=').map_or(entry, |(name, _)| name)
}

fn health_check(own: Option<HealthCheck>, image: Option<&::oci::image::Healthcheck>) -> Option<HealthCheck> {
    let Some(image) = image else { return own };
    let image = HealthCheck::from(image.clone());
    let Some(mut own) = own else { return Some(image) };
    if own.test.is_empty() {
        own.test = image.test;
    }
    let fill = |own: &mut Duration, image: Duration| {
        if own.is_zero() {
            *own = image;
        }
    };
    fill(&mut own.interval, image.interval);
    fill(&mut own.timeout, image.timeout);
    fill(&mut own.start_period, image.start_period);
    fill(&mut own.start_interval, image.start_interval);
    if own.retries == 0 {
        own.retries = image.retries;
    }
    Some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Option<Vec<String>> {
        Some(list.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn entry_point_and_command() {
        type Words = Option<Vec<String>>;
        let image = Execution { entrypoint: texts(&["/e"]), cmd: texts(&["c"]), ..Execution::default() };
        let table: [(Words, Words, Words, Words); 5] = [
            (None, None, texts(&["/e"]), texts(&["c"])),
            (None, texts(&["x"]), texts(&["/e"]), texts(&["x"])),
            (texts(&["/own"]), None, texts(&["/own"]), None),
            (texts(&["/own"]), texts(&["x"]), texts(&["/own"]), texts(&["x"])),
            (texts(&[]), None, texts(&[]), texts(&["c"])),
        ];
        for (entrypoint, cmd, then_entrypoint, then_cmd) in table {
            let mut spec = Spec::default();
            spec.program.entrypoint = entrypoint;
            spec.program.cmd = cmd;
            merge(&mut spec, &image).unwrap();
            assert_eq!((spec.program.entrypoint, spec.program.cmd), (then_entrypoint, then_cmd));
        }
    }

    #[test]
    fn the_clients_variables_win() {
        let mut spec = Spec::default();
        spec.program.env = vec!["A=1".into(), "B".into()];
        let image = Execution { env: vec!["A=2".into(), "B=2".into(), "C=2".into()], ..Execution::default() };
        merge(&mut spec, &image).unwrap();
        assert_eq!(spec.program.env, ["A=1", "B", "C=2"]);
    }
}
