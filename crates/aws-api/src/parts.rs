//! What the parts of an environment are called by the services beside Elastic Beanstalk, and which environments have
//! them. One place makes the names, so that what one service tells leads to the same thing at the other.

use std::sync::Arc;

use ::beanstalk::balancing::{self, identity};
use ::beanstalk::fleet::{Copy, CopyState, Seen};
use ::beanstalk::option::{Configuration, LoadBalancerType, Tier};
use ::beanstalk::{Beanstalk, Environment};
use aws::{AccountId, Arn, Region};
use sha2::{Digest, Sha256};

use crate::error::{self, Error};

/// What it means to be in this environment: its configuration, if it has a release.
pub(crate) fn configuration(environment: &Environment) -> Option<Arc<Configuration>> {
    environment.shown().and_then(|release| release.configuration(environment.tier).ok())
}

/// Its load balancer, with what it is configured to be; nothing for a worker or a single instance.
pub(crate) fn balancer(environment: &Environment) -> Option<(LoadBalancerType, Arc<Configuration>)> {
    let configuration = configuration(environment).filter(|_| environment.tier == Tier::WebServer)?;
    configuration.routing.load_balancer.map(|kind| (kind, configuration))
}

/// The environments of a region that are not terminated, the oldest first.
pub(crate) fn living(service: &Beanstalk, region: &Region) -> Vec<Arc<Environment>> {
    let mut found: Vec<_> = service.state().living(region).cloned().collect();
    found.sort_by_key(|environment| environment.created);
    found
}

/// The living environment that an instance belongs to.
pub(crate) fn environment_of(service: &Beanstalk, region: &Region, instance: &str) -> Option<Arc<Environment>> {
    let state = service.state();
    state.living(region).find(|env| env.copies.iter().any(|copy| copy.instance.as_str() == instance)).cloned()
}

/// The name of an environment's load balancer.
pub(crate) fn balancer_name(environment: &Environment) -> String {
    balancing::balancer_name(&environment.id)
}

/// What follows the kind in the ARN of a load balancer: `app/NAME/ID`.
pub(crate) fn balancer_path(environment: &Environment) -> String {
    balancing::balancer_path(&environment.id)
}

fn balancer_part(account: &AccountId, environment: &Environment, resource: String) -> String {
    Arn::new("elasticloadbalancing", &environment.region, account, resource).to_string()
}

/// The ARN of an environment's load balancer.
pub(crate) fn balancer_arn(account: &AccountId, environment: &Environment) -> String {
    balancer_part(account, environment, format!("loadbalancer/{}", balancer_path(environment)))
}

/// The ARN of a listener of it.
pub(crate) fn listener_arn(account: &AccountId, environment: &Environment, port: u16) -> String {
    balancer_part(account, environment, format!("listener/{}/{port:0>16x}", balancer_path(environment)))
}

/// The ARN of a rule of that listener.
pub(crate) fn rule_arn(account: &AccountId, environment: &Environment, port: u16, rule: &str) -> String {
    let id = identity(16, &[environment.id.as_str(), &port.to_string(), rule]);
    balancer_part(account, environment, format!("listener-rule/{}/{port:0>16x}/{id}", balancer_path(environment)))
}

/// The name of the target group of a process of an environment.
pub(crate) fn target_group_name(environment: &Environment, process: &str) -> String {
    balancing::target_group_name(&environment.id, process)
}

/// The ARN of that target group.
pub(crate) fn target_group_arn(account: &AccountId, environment: &Environment, process: &str) -> String {
    balancing::target_group_arn(account, &environment.region, &environment.id, process).to_string()
}

/// The name of an environment's Auto Scaling group.
pub(crate) fn group_name(environment: &Environment) -> String {
    format!("awseb-e-{}-stack-AWSEBAutoScalingGroup", environment.id.suffix())
}

/// The ARN of that group.
pub(crate) fn group_arn(account: &AccountId, environment: &Environment) -> String {
    let id = uuid(&[environment.id.as_str(), "group"]);
    let resource = format!("autoScalingGroup:{id}:autoScalingGroupName/{}", group_name(environment));
    Arn::new("autoscaling", &environment.region, account, resource).to_string()
}

/// The one zone of a region: this machine.
pub(crate) fn zone(region: &Region) -> String {
    format!("{region}a")
}

/// The network that all instances of a region are in.
pub(crate) fn vpc(region: &Region) -> String {
    format!("vpc-{}", identity(17, &[region.as_str(), "vpc"]))
}

/// The one subnet of it.
pub(crate) fn subnet(region: &Region) -> String {
    format!("subnet-{}", identity(17, &[region.as_str(), "subnet"]))
}

/// The security group of an environment's instances.
pub(crate) fn security_group(environment: &Environment) -> String {
    ::beanstalk::security_group::instances_id(&environment.id)
}

/// The name of that group.
pub(crate) fn security_group_name(environment: &Environment) -> String {
    format!("awseb-e-{}-stack-AWSEBSecurityGroup", environment.id.suffix())
}

/// A UUID that is always the same for the same thing.
pub(crate) fn uuid(of: &[&str]) -> String {
    let digest: [u8; 32] = Sha256::digest(of.join("/")).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    words::uuid(&bytes)
}

/// How an instance does, in the words of Auto Scaling: the state of its life, and `Healthy` or not.
pub(crate) fn lifecycle(
    copy: &Copy,
    draining: bool,
    seen: Option<&Seen>,
    unhealthy: u32,
) -> (&'static str, &'static str) {
    use ::beanstalk::fleet::Duty;
    let failing = |seen: &Seen| matches!(seen.state, CopyState::Failed(_)) || seen.failed >= unhealthy;
    let health = if seen.is_some_and(failing) { "Unhealthy" } else { "Healthy" };
    let state = match (copy.duty, draining) {
        (Duty::Serve, _) => "InService",
        (Duty::Idle, true) => "Terminating",
        (Duty::Idle, false) => "Pending",
        (Duty::Rest | Duty::Keep, _) => "Standby",
    };
    (state, health)
}

/// Does a copy finish what it has begun, to go then?
pub(crate) fn is_draining(environment: &Environment, copy: &Copy) -> bool {
    use ::beanstalk::plan::Until;
    let step = environment.progress().and_then(|progress| progress.steps.get(progress.at));
    step.is_some_and(|step| match &step.until {
        Until::Drained(copies) => copies.contains(&(copy.instance.clone(), copy.release)),
        _ => false,
    })
}

/// A page of a list, and where the next one begins: a token is the key of the last item of the page before.
pub(crate) fn page<T>(
    mut items: Vec<T>,
    most: Option<i64>,
    token: Option<&str>,
    key: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), Error> {
    let most = most.map_or(1000, |most| usize::try_from(most).unwrap_or(1).clamp(1, 1000));
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        let Some(at) = items.iter().position(|item| key(item) == token) else {
            return Err(Error::new(error::INVALID_PARAMETER_VALUE, "The value for NextToken is not valid."));
        };
        items.drain(..=at);
    }
    let next = (items.len() > most).then(|| items.get(most - 1).map(&key)).flatten();
    items.truncate(most);
    Ok((items, next))
}

/// The tags of an environment's parts: its own, and those by which Elastic Beanstalk's clients find them.
pub(crate) fn tags(environment: &Environment) -> Vec<(String, String)> {
    let given = [
        ("Name", environment.name.to_string()),
        ("elasticbeanstalk:environment-id", environment.id.to_string()),
        ("elasticbeanstalk:environment-name", environment.name.to_string()),
    ];
    let own = environment.tags.iter().map(|(key, value)| (key.clone(), value.clone()));
    let own = own.filter(|(key, _)| !given.iter().any(|(name, _)| name == key));
    let mut all: Vec<_> = given.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).chain(own).collect();
    all.sort();
    all
}
