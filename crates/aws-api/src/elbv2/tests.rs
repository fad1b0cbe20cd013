//! How targets are, by what is seen of them.

use ::beanstalk::InstanceId;
use ::beanstalk::fleet::{Failure, ReleaseId, Traffic};
use words::Timestamp;

use super::*;

fn seen(state: CopyState, passed: u32, failed: u32, failing: Option<&str>) -> Seen {
    Seen {
        state,
        passed,
        failing: failing.map(str::to_owned),
        unwell: failing.map(|why| ("default".to_owned(), why.to_owned())).into_iter().collect(),
        failed,
        outstanding: 0,
        traffic: Traffic::default(),
        cpu: None,
        load: None,
        memory: None,
    }
}

#[test]
fn targets_are_as_they_are_seen() {
    let running = || CopyState::Running { since: Timestamp::now(), address: None };
    let lost = CopyState::Failed(Failure::new("Starting web", "it has ended"));
    let code = "Health checks failed with these codes: [502]";
    for (duty, draining, seen, expected) in [
        (Duty::Serve, false, None, ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")),
        (
            Duty::Serve,
            false,
            Some(seen(running(), 0, 0, None)),
            ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress"),
        ),
        (Duty::Serve, false, Some(seen(running(), 1, 0, None)), ("healthy", "", "")),
        // Fewer than the threshold are forgiven.
        (Duty::Serve, false, Some(seen(running(), 0, 2, Some("Request timed out"))), ("healthy", "", "")),
        (
            Duty::Serve,
            false,
            Some(seen(running(), 0, 3, Some("Request timed out"))),
            ("unhealthy", "Target.Timeout", "Request timed out"),
        ),
        (
            Duty::Serve,
            false,
            Some(seen(running(), 0, 3, Some(code))),
            ("unhealthy", "Target.ResponseCodeMismatch", code),
        ),
        (
            Duty::Serve,
            false,
            Some(seen(running(), 0, 9, Some("Connection refused"))),
            ("unhealthy", "Target.FailedHealthChecks", "Connection refused"),
        ),
        (
            Duty::Serve,
            false,
            Some(seen(lost, 0, 0, None)),
            ("unhealthy", "Target.FailedHealthChecks", "Starting web failed: it has ended"),
        ),
        (
            Duty::Idle,
            true,
            Some(seen(running(), 5, 0, None)),
            ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"),
        ),
        (
            Duty::Idle,
            false,
            Some(seen(running(), 5, 0, None)),
            ("initial", "Elb.RegistrationInProgress", "Target registration is in progress"),
        ),
        (
            Duty::Keep,
            false,
            Some(seen(CopyState::Stopped, 0, 0, None)),
            ("unused", "Target.InvalidState", "Target is in the stopped state"),
        ),
    ] {
        let copy = Copy { instance: InstanceId::random(), release: ReleaseId(1), duty };
        let health = health_of(&copy, draining, seen.as_ref(), ("default", 3));
        let told = (
            health.state.as_deref().unwrap_or_default(),
            health.reason.as_deref().unwrap_or_default(),
            health.description.as_deref().unwrap_or_default(),
        );
        assert_eq!(told, expected, "{seen:?}");
        if expected.0 == "unhealthy" && seen.as_ref().is_some_and(|seen| !seen.unwell.is_empty()) {
            let other = health_of(&copy, draining, seen.as_ref(), ("admin", 3));
            assert_eq!(other.state.as_deref(), Some("healthy"), "only the process that fails does");
        }
    }
}

#[test]
fn codes_are_written_as_they_are_set() {
    assert_eq!(matcher(&[(200, 200), (300, 399)]), "200,300-399");
}
