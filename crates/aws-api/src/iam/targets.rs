//! What IAM's operations are on, for the policies that allow them.
//!
//! Source: "Actions, resources, and condition keys for AWS Identity and Access Management" in the Service Authorization
//! Reference.

use ::iam::{Principal, State, Tags};

use super::{Iam, groups, profiles, users};
use crate::codec::Members;
use crate::service::{Caller, Target};

impl Iam {
    pub(super) fn targets_of(&self, caller: &Caller, operation: &str, input: Members<'_>) -> Vec<Target> {
        let state = self.iam.snapshot();
        let mut target = resource(&state, caller, operation, input);
        if let Some(arn) = input.text("PolicyArn") {
            target = target.with("iam:PolicyARN", arn);
        }
        if let Some(arn) = input.text("PermissionsBoundary") {
            target = target.with("iam:PermissionsBoundary", arn);
        }
        if let Some(service) = input.text("AWSServiceName") {
            target = target.with("iam:AWSServiceName", service);
        }
        for tag in input.list("Tags") {
            if let (Some(key), Some(value)) = (tag.text("Key"), tag.text("Value")) {
                target = target.with(&format!("aws:RequestTag/{key}"), value).with("aws:TagKeys", key);
            }
        }
        for key in input.list("TagKeys").iter().filter_map(Members::as_text) {
            target = target.with("aws:TagKeys", key);
        }
        vec![target]
    }
}

/// Operations that name something and are on no resource all the same.
const ON_NONE: [&str; 3] = ["CreateAccountAlias", "DeleteAccountAlias", "GetAccountSummary"];

fn resource(state: &State, caller: &Caller, operation: &str, input: Members<'_>) -> Target {
    let made = |kind: &str, name: &str, path: &str| format!("arn:aws:iam::{}:{kind}{path}{name}", state.account);
    let path = input.text("Path").unwrap_or("/");
    let (user, group, role, profile) =
        (input.text("UserName"), input.text("GroupName"), input.text("RoleName"), input.text("InstanceProfileName"));
    if ON_NONE.contains(&operation) {
        return Target::new("*");
    }
    // The first that is there: a user is put into a group, and a role into a profile.
    if let Some(name) = profile {
        return match state.profiles.get(name) {
            Some(found) => tagged(Target::new(profiles::arn(state, found)), &found.tags),
            None => Target::new(made("instance-profile", name, path)),
        };
    }
    if let Some(name) = group {
        let found = state.groups.get(name).map(|found| groups::arn(state, found));
        return Target::new(found.unwrap_or_else(|| made("group", name, path)));
    }
    if let Some(name) = role {
        return match state.roles.get(name) {
            Some(found) => tagged(Target::new(found.arn(&state.account)), &found.tags),
            None => Target::new(made("role", name, path)),
        };
    }
    let of_self = ["GetUser", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "ListAccessKeys"];
    let user = user.or(match &caller.principal {
        Principal::User { name, .. } if of_self.contains(&operation) => Some(name.as_str()),
        _ => None,
    });
    if let Some(name) = user {
        return match state.users.get(name) {
            Some(found) => tagged(Target::new(users::arn(state, found)), &found.tags),
            None => Target::new(made("user", name, path)),
        };
    }
    if operation == "GetAccessKeyLastUsed" {
        let key = input.text("AccessKeyId").and_then(|id| state.keys.get(id));
        let user = key.and_then(|key| state.users.values().find(|user| user.id == key.user));
        return Target::new(user.map_or_else(|| "*".to_owned(), |user| users::arn(state, user)));
    }
    if operation == "CreatePolicy"
        && let Some(name) = input.text("PolicyName")
    {
        return Target::new(made("policy", name, path));
    }
    match (input.text("PolicyArn"), input.text("AWSServiceName")) {
        (Some(arn), _) => {
            let found = arn.parse().ok().and_then(|arn| state.policy(&arn).ok());
            found.map_or_else(|| Target::new(arn), |policy| tagged(Target::new(arn), &policy.tags))
        }
        (None, Some(service)) => Target::new(made("role", "*", &format!("/aws-service-role/{service}/"))),
        // Lists of everything.
        (None, None) => Target::new("*"),
    }
}

fn tagged(mut target: Target, tags: &Tags) -> Target {
    for (key, value) in tags.iter() {
        target = target.with(&format!("aws:ResourceTag/{key}"), value).with(&format!("iam:ResourceTag/{key}"), value);
    }
    target
}
