//! What the parts of an environment's load balancer are called: in the answers of the services, and in its access log.

use aws::{AccountId, Arn, Region};
use sha2::{Digest, Sha256};

use crate::EnvironmentId;

/// The name of an environment's load balancer.
pub fn balancer_name(environment: &EnvironmentId) -> String {
    format!("awseb-{}", environment.suffix())
}

/// What follows the kind in the ARN of a load balancer: `app/NAME/ID`.
pub fn balancer_path(environment: &EnvironmentId) -> String {
    format!("app/{}/{:0>16}", balancer_name(environment), environment.suffix())
}

/// The name of the target group of a process of an environment.
pub fn target_group_name(environment: &EnvironmentId, process: &str) -> String {
    format!("{}-{}", balancer_name(environment), identity(8, &[environment.as_str(), process]))
}

/// The ARN of that target group.
pub fn target_group_arn(account: &AccountId, region: &Region, environment: &EnvironmentId, process: &str) -> Arn {
    let id = identity(16, &[environment.as_str(), process]);
    let resource = format!("targetgroup/{}/{id}", target_group_name(environment, process));
    Arn::new("elasticloadbalancing", region, account, resource)
}

/// So many hexadecimal digits that are always the same for the same thing.
pub fn identity(digits: usize, of: &[&str]) -> String {
    let mut text = words::hex(&Sha256::digest(of.join("/")));
    text.truncate(digits);
    text
}
