//! What has become of instances, as activities of their group: read out of the environment's events.

use ::beanstalk::{Environment, Event, InstanceId, State};
use aws::AccountId;
use words::Timestamp;

use super::model;
use crate::parts;

/// The activities of a group that are over.
pub(super) fn of(account: &AccountId, state: &State, environment: &Environment) -> Vec<model::Activity> {
    let own = |event: &Event| event.about.environment_id.as_ref() == Some(&environment.id);
    let events = state.events.values().filter(|event| own(event));
    events.flat_map(|event| told(account, environment, event)).collect()
}

/// What one event tells of instances.
fn told(account: &AccountId, environment: &Environment, event: &Event) -> Vec<model::Activity> {
    let (launched, instances) = match read(&event.message) {
        Some(found) => found,
        None => return Vec::new(),
    };
    let one = |instance: &str| {
        let at = event.time();
        let (description, cause) = if launched {
            let cause = "an instance was launched in response to a difference between desired and actual capacity";
            (format!("Launching a new EC2 instance: {instance}"), cause)
        } else {
            (format!("Terminating EC2 instance: {instance}"), "an instance was taken out of service and terminated")
        };
        let cause = format!("At {} {cause}.", moment(at));
        let id = parts::uuid(&[event.id.as_str(), instance]);
        activity(account, environment, id, description, cause, at, true)
    };
    instances.into_iter().map(one).collect()
}

/// `Added instance [i-1] to your environment.` and the like: whether they were launched, and which.
fn read(message: &str) -> Option<(bool, Vec<&str>)> {
    let launched = match message.split_once(" instance")?.0 {
        "Added" => true,
        "Removed" => false,
        _ => return None,
    };
    let (list, _) = message.split_once('[')?.1.split_once(']')?;
    Some((launched, list.split(", ").collect()))
}

/// The activity that ends an instance, which has only begun.
pub(super) fn ending(
    account: &AccountId,
    environment: &Environment,
    instance: &InstanceId,
    now: Timestamp,
) -> model::Activity {
    let id = parts::uuid(&[instance.as_str(), &now.to_string()]);
    let cause =
        format!("At {} instance {instance} was taken out of service in response to a user request.", moment(now));
    activity(account, environment, id, format!("Terminating EC2 instance: {instance}"), cause, now, false)
}

fn activity(
    account: &AccountId,
    environment: &Environment,
    id: String,
    description: String,
    cause: String,
    at: Timestamp,
    over: bool,
) -> model::Activity {
    model::Activity {
        activity_id: id,
        auto_scaling_group_arn: Some(parts::group_arn(account, environment)),
        auto_scaling_group_name: parts::group_name(environment),
        auto_scaling_group_state: None,
        cause,
        description: Some(description),
        details: Some(format!("{{\"Availability Zone\":\"{}\"}}", parts::zone(&environment.region))),
        end_time: over.then_some(at),
        progress: Some(if over { 100 } else { 0 }),
        start_time: at,
        status_code: if over { "Successful" } else { "InProgress" }.into(),
        status_message: None,
    }
}

fn moment(at: Timestamp) -> String {
    crate::codec::xml::iso(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_tell_of_instances() {
        for (message, expected) in [
            ("Added instance [i-1] to your environment.", Some((true, vec!["i-1"]))),
            ("Added instances [i-1, i-2] to your environment.", Some((true, vec!["i-1", "i-2"]))),
            ("Removed instance [i-3] from your environment.", Some((false, vec!["i-3"]))),
            ("Removed instance [i-3] from your environment. Launching 1 instance.", Some((false, vec!["i-3"]))),
            ("Deploying to instance [i-3].", None),
            ("Environment health has transitioned from Ok to Info.", None),
            ("Added instance", None),
        ] {
            assert_eq!(read(message), expected, "{message}");
        }
    }
}
