//! EC2: the instances of environments, what they stand in, and key pairs.
//!
//! An instance is a copy of an environment's application. Regions have one zone, one network and one subnet, all of
//! them this machine. What security groups say holds: the kernel and the balancer let in and out by their rules.

mod filter;
mod groups;
mod key_pairs;
mod network;

use std::sync::Arc;

use ::beanstalk::environment::Life;
use ::beanstalk::fleet::{Copy, CopyState, Observation};
use ::beanstalk::{Beanstalk, Call, Environment, Error as Fault, InstanceId, RequestId};

use crate::codec::Members;
use crate::error::{self, Code, Error};
use crate::generated::ec2 as model;
use crate::parts::{self, page};
use crate::service::{Caller, Target};

type Result<T> = std::result::Result<T, Error>;

/// The service.
#[derive(Clone)]
pub struct Ec2 {
    service: Beanstalk,
}

crate::service! {
    Ec2, speaks crate::generated::ec2 {
        AuthorizeSecurityGroupEgress => authorize_security_group_egress,
        AuthorizeSecurityGroupIngress => authorize_security_group_ingress,
        CreateKeyPair => create_key_pair,
        CreateSecurityGroup => create_security_group,
        DeleteKeyPair => delete_key_pair,
        DeleteSecurityGroup => delete_security_group,
        DescribeAvailabilityZones => describe_availability_zones,
        DescribeInstances => describe_instances,
        DescribeKeyPairs => describe_key_pairs,
        DescribeRegions => describe_regions,
        DescribeSecurityGroupRules => describe_security_group_rules,
        DescribeSecurityGroups => describe_security_groups,
        DescribeSubnets => describe_subnets,
        DescribeVpcs => describe_vpcs,
        ImportKeyPair => import_key_pair,
        ModifySecurityGroupRules => modify_security_group_rules,
        RebootInstances => reboot_instances,
        RevokeSecurityGroupEgress => revoke_security_group_egress,
        RevokeSecurityGroupIngress => revoke_security_group_ingress,
        TerminateInstances => terminate_instances,
        UpdateSecurityGroupRuleDescriptionsEgress => update_security_group_rule_descriptions_egress,
        UpdateSecurityGroupRuleDescriptionsIngress => update_security_group_rule_descriptions_ingress,
    }
    on targets_of
}

/// The codes of EC2's errors, which its model does not name.
///
/// Source: "Error codes for the Amazon EC2 API".
const fn code(code: &'static str, status: u16) -> Code {
    Code { code, shape: code, status }
}

const DRY_RUN: Code = code("DryRunOperation", 412);
const INCORRECT_STATE: Code = code("IncorrectInstanceState", 400);
const NO_INSTANCE: Code = code("InvalidInstanceID.NotFound", 400);
const MALFORMED_INSTANCE: Code = code("InvalidInstanceID.Malformed", 400);

fn fault(fault: Fault) -> Error {
    match fault {
        Fault::InProgress(why) => Error::new(INCORRECT_STATE, why),
        Fault::Store(_) | Fault::Bucket(_) => Error::internal(fault),
        other => Error::new(error::INVALID_PARAMETER_VALUE, other.to_string()),
    }
}

fn call(caller: &Caller) -> Call {
    Call { region: caller.region.clone(), request: RequestId(caller.request_id.clone()), now: caller.now }
}

/// Ends what was asked for only to see whether it would be allowed.
fn unless_dry(dry_run: Option<bool>) -> Result<()> {
    if dry_run != Some(true) {
        return Ok(());
    }
    Err(Error::new(DRY_RUN, "Request would have succeeded, but DryRun flag is set."))
}

fn tag((key, value): (String, String)) -> model::Tag {
    model::Tag { key: Some(key), value: Some(value) }
}

/// The tags of a request that are for resources of this type.
fn given_tags(specifications: Option<Vec<model::TagSpecification>>, kind: &str) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for specification in specifications.unwrap_or_default() {
        if specification.resource_type.as_deref() != Some(kind) {
            let message = format!("A TagSpecification here must have the ResourceType {kind}.");
            return Err(Error::new(error::INVALID_PARAMETER_VALUE, message));
        }
        let tags = specification.tags.unwrap_or_default().into_iter();
        found.extend(tags.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())));
    }
    Ok(found)
}

/// An instance, with the environment that it is of.
struct Found {
    id: InstanceId,
    copy: Copy,
    environment: Arc<Environment>,
    seen: Arc<Observation>,
}

impl Ec2 {
    /// Serves the instances of these environments.
    pub fn new(service: Beanstalk) -> Self {
        Self { service }
    }

    /// What changes instances is on them; what describes is on no resource in particular.
    ///
    /// Source: "Actions, resources, and condition keys for Amazon EC2".
    fn targets_of(&self, caller: &Caller, operation: &str, input: Members<'_>) -> Vec<Target> {
        let tagged = |mut target: Target, tags: &[(String, String)]| {
            for (key, value) in tags {
                target = target.with(&format!("aws:ResourceTag/{key}"), value);
                target = target.with(&format!("ec2:ResourceTag/{key}"), value);
            }
            target
        };
        let mut targets: Vec<Target> = match operation {
            "TerminateInstances" | "RebootInstances" => {
                let ids = input.list("InstanceIds").into_iter().filter_map(|one| one.as_text());
                let one = |id: &str| {
                    let target = Target::new(caller.arn("ec2", format!("instance/{id}")).to_string());
                    match parts::environment_of(&self.service, &caller.region, id) {
                        Some(environment) => tagged(target, &parts::tags(&environment)),
                        None => target,
                    }
                };
                ids.map(one).collect()
            }
            "CreateKeyPair" | "ImportKeyPair" | "DeleteKeyPair" => {
                let name = input.text("KeyName").or_else(|| input.text("KeyPairId")).unwrap_or("*");
                vec![Target::new(caller.arn("ec2", format!("key-pair/{name}")).to_string())]
            }
            "CreateSecurityGroup" => vec![Target::new(caller.arn("ec2", "security-group/*").to_string())],
            changes if changes.contains("SecurityGroup") && !changes.starts_with("Describe") => {
                let by_name = |name| self.group_id(caller, None, Some(name)).ok();
                let id = input.text("GroupId").map(str::to_owned);
                let id = id.or_else(|| input.text("GroupName").map(str::to_owned).and_then(by_name));
                let id = id.unwrap_or_else(|| "*".to_owned());
                let target = Target::new(caller.arn("ec2", format!("security-group/{id}")).to_string());
                let group = self.service.state().security_groups(&caller.region).remove(&id);
                let tags: Vec<_> = group.iter().flat_map(|group| group.tags.clone()).collect();
                vec![tagged(target, &tags)]
            }
            _ => Vec::new(),
        };
        if targets.is_empty() {
            targets.push(Target::new("*"));
        }
        targets
    }

    fn instances(&self, caller: &Caller) -> Vec<Found> {
        let all = parts::living(&self.service, &caller.region).into_iter().flat_map(|environment| {
            let seen = self.service.seen(&environment.id);
            let copies = environment.per_instance();
            let one = |(id, copy): (&InstanceId, &Copy)| Found {
                id: id.clone(),
                copy: copy.clone(),
                environment: Arc::clone(&environment),
                seen: Arc::clone(&seen),
            };
            copies.into_iter().map(one).collect::<Vec<_>>()
        });
        all.collect()
    }

    async fn describe_instances(
        &self,
        caller: &Caller,
        input: model::DescribeInstancesRequest,
    ) -> Result<model::DescribeInstancesResult> {
        unless_dry(input.dry_run)?;
        let ids = input.instance_ids.unwrap_or_default();
        for id in &ids {
            check_id(id)?;
        }
        let all = self.instances(caller);
        let missing: Vec<&str> =
            ids.iter().filter(|id| !all.iter().any(|one| one.id.as_str() == **id)).map(String::as_str).collect();
        if !missing.is_empty() {
            return Err(no_instance(&missing));
        }
        let filters = input.filters.unwrap_or_default();
        let mut found = Vec::new();
        for one in all {
            if !ids.is_empty() && !ids.iter().any(|id| id == one.id.as_str()) {
                continue;
            }
            let told = told(caller, &one);
            if filter::all_fit(&filters, |name| instance_values(&told, name))? {
                found.push((one, told));
            }
        }
        let (found, next_token) =
            page(found, input.max_results, input.next_token.as_deref(), |(one, _)| one.id.to_string())?;
        // Instances that were asked for together are a reservation: here, those of an environment.
        let mut reservations: Vec<model::Reservation> = Vec::new();
        for (one, told) in found {
            let id = reservation(&one.environment);
            match reservations.last_mut().filter(|last| last.reservation_id.as_ref() == Some(&id)) {
                Some(last) => last.instances.get_or_insert_default().push(told),
                None => reservations.push(model::Reservation {
                    groups: Some(Vec::new()),
                    instances: Some(vec![told]),
                    owner_id: Some(caller.account.to_string()),
                    requester_id: None,
                    reservation_id: Some(id),
                }),
            }
        }
        Ok(model::DescribeInstancesResult { next_token, reservations: Some(reservations) })
    }

    async fn terminate_instances(
        &self,
        caller: &Caller,
        input: model::TerminateInstancesRequest,
    ) -> Result<model::TerminateInstancesResult> {
        let instances = self.named(caller, &input.instance_ids)?;
        unless_dry(input.dry_run)?;
        let ids: Vec<InstanceId> = instances.iter().map(|one| one.id.clone()).collect();
        self.service.terminate_instances(&call(caller), &ids, false).await.map_err(fault)?;
        let change = |one: &Found| model::InstanceStateChange {
            current_state: Some(state("shutting-down")),
            instance_id: Some(one.id.to_string()),
            previous_state: Some(state(state_of(one))),
        };
        let terminating_instances = Some(instances.iter().map(change).collect());
        Ok(model::TerminateInstancesResult { terminating_instances })
    }

    async fn reboot_instances(&self, caller: &Caller, input: model::RebootInstancesRequest) -> Result<()> {
        let instances = self.named(caller, &input.instance_ids)?;
        unless_dry(input.dry_run)?;
        let ids: Vec<InstanceId> = instances.into_iter().map(|one| one.id).collect();
        self.service.reboot_instances(&call(caller), &ids).await.map_err(fault)
    }

    /// The instances with these ids.
    fn named(&self, caller: &Caller, ids: &[String]) -> Result<Vec<Found>> {
        for id in ids {
            check_id(id)?;
        }
        let found: Vec<Found> =
            self.instances(caller).into_iter().filter(|one| ids.iter().any(|id| id == one.id.as_str())).collect();
        let missing: Vec<&str> =
            ids.iter().filter(|id| !found.iter().any(|one| one.id.as_str() == **id)).map(String::as_str).collect();
        if missing.is_empty() { Ok(found) } else { Err(no_instance(&missing)) }
    }
}

fn check_id(id: &str) -> Result<()> {
    match id.parse::<InstanceId>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::new(MALFORMED_INSTANCE, format!("Invalid id: \"{id}\""))),
    }
}

fn no_instance(ids: &[&str]) -> Error {
    let message = match ids {
        [one] => format!("The instance ID '{one}' does not exist"),
        many => format!("The instance IDs '{}' do not exist", many.join(", ")),
    };
    Error::new(NO_INSTANCE, message)
}

fn reservation(environment: &Environment) -> String {
    format!("r-0{}", &parts::uuid(&[environment.id.as_str(), "reservation"]).replace('-', "")[..16])
}

/// In which state an instance is, in EC2's words.
fn state_of(one: &Found) -> &'static str {
    if matches!(one.environment.life, Life::Terminating { .. }) || parts::is_draining(&one.environment, &one.copy) {
        return "shutting-down";
    }
    match one.seen.of(&one.copy).map(|seen| &seen.state) {
        None | Some(CopyState::Starting) => "pending",
        Some(CopyState::Running { .. }) => "running",
        Some(CopyState::Stopped | CopyState::Failed(_)) => "stopped",
    }
}

/// A state with its number. Source: `InstanceState` in the EC2 API Reference.
fn state(name: &'static str) -> model::InstanceState {
    let number = match name {
        "pending" => 0,
        "running" => 16,
        "shutting-down" => 32,
        _ => 80,
    };
    model::InstanceState { code: Some(number), name: Some(name.into()) }
}

fn told(caller: &Caller, one: &Found) -> model::Instance {
    let environment = &one.environment;
    let configuration = parts::configuration(environment);
    let seen = one.seen.of(&one.copy);
    let address = seen.and_then(|seen| match &seen.state {
        CopyState::Running { address, .. } => address.map(|address| address.ip()),
        _ => None,
    });
    let (v4, v6) = match address {
        Some(address @ std::net::IpAddr::V4(_)) => (Some(address.to_string()), None),
        Some(address @ std::net::IpAddr::V6(_)) => (None, Some(address.to_string())),
        None => (None, None),
    };
    let group = model::GroupIdentifier {
        group_id: Some(parts::security_group(environment)),
        group_name: Some(parts::security_group_name(environment)),
    };
    let mut tags = parts::tags(environment);
    tags.push(("aws:autoscaling:groupName".into(), parts::group_name(environment)));
    tags.sort();
    model::Instance {
        ami_launch_index: Some(0),
        architecture: Some(if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }.into()),
        block_device_mappings: Some(Vec::new()),
        instance_id: Some(one.id.to_string()),
        instance_type: configuration.as_ref().map(|known| known.instance.instance_type.clone()),
        ipv6_address: v6,
        key_name: key_name(environment),
        launch_time: Some(environment.instances.get(&one.id).copied().unwrap_or(environment.created)),
        monitoring: Some(model::Monitoring { state: Some("enabled".into()), ..Default::default() }),
        placement: Some(model::Placement {
            availability_zone: Some(parts::zone(&environment.region)),
            tenancy: Some("default".into()),
            ..Default::default()
        }),
        platform_details: Some("Linux/UNIX".into()),
        private_ip_address: v4,
        security_groups: Some(vec![group]),
        state: Some(state(state_of(one))),
        subnet_id: Some(parts::subnet(&caller.region)),
        tags: Some(tags.into_iter().map(tag).collect()),
        vpc_id: Some(parts::vpc(&caller.region)),
        ..Default::default()
    }
}

/// The key pair that an environment names for its instances.
fn key_name(environment: &Environment) -> Option<String> {
    let release = environment.shown()?;
    let resolved = release.resolved(environment.tier);
    let mut settings = resolved.given().map(|(setting, _)| setting);
    let found = settings.find(|setting| {
        setting.key.namespace() == "aws:autoscaling:launchconfiguration" && setting.key.name() == "EC2KeyName"
    });
    found.map(|setting| setting.value).filter(|name| !name.is_empty())
}

/// The values of an instance that a filter of this name is about; nothing where there is no such filter.
fn instance_values(one: &model::Instance, name: &str) -> Option<Vec<String>> {
    let text = |text: &Option<String>| Some(text.iter().cloned().collect::<Vec<_>>());
    let tags = one.tags.as_deref().unwrap_or_default();
    match name {
        "instance-id" => text(&one.instance_id),
        "instance-type" => text(&one.instance_type),
        "instance-state-name" => text(&one.state.as_ref().and_then(|state| state.name.clone())),
        "instance-state-code" => {
            text(&one.state.as_ref().and_then(|state| state.code).map(|number| number.to_string()))
        }
        "private-ip-address" => text(&one.private_ip_address),
        "key-name" => text(&one.key_name),
        "vpc-id" => text(&one.vpc_id),
        "subnet-id" => text(&one.subnet_id),
        "architecture" => text(&one.architecture),
        "availability-zone" => text(&one.placement.as_ref().and_then(|place| place.availability_zone.clone())),
        "instance.group-id" | "group-id" => {
            let groups = one.security_groups.as_deref().unwrap_or_default();
            Some(groups.iter().filter_map(|group| group.group_id.clone()).collect())
        }
        "instance.group-name" | "group-name" => {
            let groups = one.security_groups.as_deref().unwrap_or_default();
            Some(groups.iter().filter_map(|group| group.group_name.clone()).collect())
        }
        other => filter::tag_values(tags, other),
    }
}
