//! Auto Scaling: the group of each environment's instances, and how many there are to be.
//!
//! A group is its environment: its sizes are the options `MinSize`, `MaxSize` and `Cooldown`, its policies the
//! environment's trigger, and its activities what the environment's events tell of instances.

mod activity;

use std::sync::Arc;

use ::beanstalk::environment::Sizes;
use ::beanstalk::fleet::Copy;
use ::beanstalk::option::{Configuration, Trigger};
use ::beanstalk::{Beanstalk, Call, Environment, Error as Fault, InstanceId, RequestId, Which};

use crate::codec::Members;
use crate::error::{self, Error};
use crate::generated::autoscaling as model;
use crate::parts::{self, page};
use crate::service::{Caller, Target};

type Result<T> = std::result::Result<T, Error>;

/// The service.
#[derive(Clone)]
pub struct AutoScaling {
    service: Beanstalk,
}

crate::service! {
    AutoScaling, speaks crate::generated::autoscaling {
        DescribeAutoScalingGroups => describe_auto_scaling_groups,
        DescribeAutoScalingInstances => describe_auto_scaling_instances,
        DescribePolicies => describe_policies,
        DescribeScalingActivities => describe_scaling_activities,
        SetDesiredCapacity => set_desired_capacity,
        TerminateInstanceInAutoScalingGroup => terminate_instance,
        UpdateAutoScalingGroup => update_auto_scaling_group,
    }
    on targets_of
}

fn fault(fault: Fault) -> Error {
    match fault {
        Fault::InProgress(why) => Error::new(model::error::SCALING_ACTIVITY_IN_PROGRESS_FAULT, why),
        Fault::Store(_) | Fault::Bucket(_) => Error::internal(fault),
        other => Error::new(error::VALIDATION, other.to_string()),
    }
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(error::VALIDATION, message)
}

fn call(caller: &Caller) -> Call {
    Call { region: caller.region.clone(), request: RequestId(caller.request_id.clone()), now: caller.now }
}

fn size(name: &str, value: Option<i64>) -> Result<Option<u32>> {
    let wrong = |_| invalid(format!("{name} must be a number of instances or seconds, from 0 up."));
    value.map(|value| u32::try_from(value).map_err(wrong)).transpose()
}

/// Refuses a token or a filter that nothing here could honour.
fn no_filters(filters: Option<&Vec<model::Filter>>) -> Result<()> {
    match filters.and_then(|filters| filters.first()) {
        None => Ok(()),
        Some(filter) => Err(invalid(format!(
            "The filter {} is not supported here. Leave Filters out.",
            filter.name.as_deref().unwrap_or_default()
        ))),
    }
}

impl AutoScaling {
    /// Serves the groups of these environments.
    pub fn new(service: Beanstalk) -> Self {
        Self { service }
    }

    /// What changes a group is on it; what describes is on no resource in particular.
    ///
    /// Source: "Actions, resources, and condition keys for Amazon EC2 Auto Scaling".
    fn targets_of(&self, caller: &Caller, operation: &str, input: Members<'_>) -> Vec<Target> {
        if operation.starts_with("Describe") {
            return vec![Target::new("*")];
        }
        let environment = match (input.text("AutoScalingGroupName"), input.text("InstanceId")) {
            (Some(name), _) => self.group(caller, name).ok(),
            (None, Some(instance)) => parts::environment_of(&self.service, &caller.region, instance),
            (None, None) => None,
        };
        let Some(environment) = environment else { return vec![Target::new("*")] };
        let mut target = Target::new(parts::group_arn(&caller.account, &environment));
        for (key, value) in &tags(&environment) {
            target = target.with(&format!("autoscaling:ResourceTag/{key}"), value);
            target = target.with(&format!("aws:ResourceTag/{key}"), value);
        }
        vec![target]
    }

    /// The environment whose group has this name or ARN.
    fn group(&self, caller: &Caller, name: &str) -> Result<Arc<Environment>> {
        let mut all = parts::living(&self.service, &caller.region).into_iter();
        let found = all.find(|environment| {
            parts::group_name(environment) == name || parts::group_arn(&caller.account, environment) == name
        });
        found.ok_or_else(|| invalid(format!("AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")))
    }

    async fn describe_auto_scaling_groups(
        &self,
        caller: &Caller,
        input: model::AutoScalingGroupNamesType,
    ) -> Result<model::AutoScalingGroupsType> {
        let names = input.auto_scaling_group_names.unwrap_or_default();
        let filters = input.filters.unwrap_or_default();
        let mut found = Vec::new();
        for environment in parts::living(&self.service, &caller.region) {
            let name = parts::group_name(&environment);
            let named = names.is_empty() || names.contains(&name);
            if named && matches(&filters, &environment)? {
                found.push((name, environment));
            }
        }
        let (found, next_token) =
            page(found, input.max_records, input.next_token.as_deref(), |(name, _)| name.clone())?;
        let told = found
            .into_iter()
            .filter_map(|(_, environment)| self.told(caller, &environment, input.include_instances != Some(false)));
        Ok(model::AutoScalingGroupsType { auto_scaling_groups: told.collect(), next_token })
    }

    fn told(&self, caller: &Caller, environment: &Environment, instances: bool) -> Option<model::AutoScalingGroup> {
        let configuration = parts::configuration(environment)?;
        let capacity = &configuration.capacity;
        let name = parts::group_name(environment);
        let groups: Vec<String> = match parts::balancer(environment) {
            Some((_, configuration)) => {
                let processes = configuration.routing.processes.keys();
                processes.map(|process| parts::target_group_arn(&caller.account, environment, process)).collect()
            }
            None => Vec::new(),
        };
        let told = |instance: Vec<model::AutoScalingInstanceDetails>| {
            let one = |details: model::AutoScalingInstanceDetails| model::Instance {
                availability_zone: details.availability_zone,
                availability_zone_id: None,
                health_status: details.health_status,
                image_id: None,
                instance_id: details.instance_id,
                instance_type: details.instance_type,
                launch_configuration_name: None,
                launch_template: None,
                lifecycle_state: details.lifecycle_state,
                protected_from_scale_in: false,
                weighted_capacity: None,
            };
            instance.into_iter().map(one).collect()
        };
        let tag = |(key, value): (String, String)| model::TagDescription {
            key: Some(key),
            value: Some(value),
            propagate_at_launch: Some(true),
            resource_id: Some(name.clone()),
            resource_type: Some("auto-scaling-group".into()),
        };
        Some(model::AutoScalingGroup {
            auto_scaling_group_arn: Some(parts::group_arn(&caller.account, environment)),
            auto_scaling_group_name: name.clone(),
            availability_zone_distribution: None,
            availability_zone_ids: None,
            availability_zone_impairment_policy: None,
            availability_zones: vec![parts::zone(&environment.region)],
            capacity_rebalance: None,
            capacity_reservation_specification: None,
            context: None,
            created_time: environment.created,
            default_cooldown: i64::try_from(capacity.cooldown.as_secs()).unwrap_or(i64::MAX),
            default_instance_warmup: None,
            deletion_protection: None,
            desired_capacity: i64::try_from(environment.desired).unwrap_or(i64::MAX),
            desired_capacity_type: None,
            enabled_metrics: Some(Vec::new()),
            health_check_grace_period: Some(0),
            health_check_type: "ELB".into(),
            instance_lifecycle_policy: None,
            instance_maintenance_policy: None,
            instances: instances.then(|| told(self.instances(environment, &configuration))),
            launch_configuration_name: None,
            launch_template: None,
            load_balancer_names: Some(Vec::new()),
            max_instance_lifetime: None,
            max_size: capacity.max.into(),
            min_size: capacity.min.into(),
            mixed_instances_policy: None,
            new_instances_protected_from_scale_in: Some(false),
            operator: None,
            placement_group: None,
            predicted_capacity: None,
            service_linked_role_arn: None,
            status: environment.life.is_terminating().then(|| "Delete in progress".into()),
            suspended_processes: Some(Vec::new()),
            tags: Some(tags(environment).into_iter().map(tag).collect()),
            target_group_ar_ns: Some(groups),
            // Of the instances that there are too many of, the newest go.
            termination_policies: Some(vec!["NewestInstance".into()]),
            traffic_sources: None,
            vpc_zone_identifier: Some(parts::subnet(&environment.region)),
            warm_pool_configuration: None,
            warm_pool_size: None,
        })
    }

    fn instances(
        &self,
        environment: &Environment,
        configuration: &Configuration,
    ) -> Vec<model::AutoScalingInstanceDetails> {
        let seen = self.service.seen(&environment.id);
        let unhealthy = configuration.unhealthy_checks();
        let one = |(id, copy): (&InstanceId, &Copy)| {
            let draining = parts::is_draining(environment, copy);
            let (state, health) = parts::lifecycle(copy, draining, seen.of(copy), unhealthy);
            model::AutoScalingInstanceDetails {
                auto_scaling_group_name: parts::group_name(environment),
                availability_zone: parts::zone(&environment.region),
                availability_zone_id: None,
                health_status: health.into(),
                image_id: None,
                instance_id: id.to_string(),
                instance_type: Some(configuration.instance.instance_type.clone()),
                launch_configuration_name: None,
                launch_template: None,
                lifecycle_state: state.into(),
                protected_from_scale_in: false,
                weighted_capacity: None,
            }
        };
        environment.per_instance().into_iter().map(one).collect()
    }

    async fn describe_auto_scaling_instances(
        &self,
        caller: &Caller,
        input: model::DescribeAutoScalingInstancesType,
    ) -> Result<model::AutoScalingInstancesType> {
        let wanted = input.instance_ids.unwrap_or_default();
        let all = parts::living(&self.service, &caller.region).into_iter().flat_map(|environment| {
            // A group tells of its instances in lower case, this operation in capitals.
            parts::configuration(&environment).map_or(Vec::new(), |known| self.instances(&environment, &known))
        });
        let found: Vec<_> = all
            .filter(|one| wanted.is_empty() || wanted.contains(&one.instance_id))
            .map(|one| model::AutoScalingInstanceDetails { health_status: one.health_status.to_uppercase(), ..one })
            .collect();
        let (found, next_token) =
            page(found, input.max_records, input.next_token.as_deref(), |one| one.instance_id.clone())?;
        Ok(model::AutoScalingInstancesType { auto_scaling_instances: Some(found), next_token })
    }

    async fn describe_policies(
        &self,
        caller: &Caller,
        input: model::DescribePoliciesType,
    ) -> Result<model::PoliciesType> {
        let environments = match &input.auto_scaling_group_name {
            Some(name) => vec![self.group(caller, name)?],
            None => parts::living(&self.service, &caller.region),
        };
        let (names, types) = (input.policy_names.unwrap_or_default(), input.policy_types.unwrap_or_default());
        let wanted = |policy: &model::ScalingPolicy| {
            let is = |all: &[String], one: &Option<String>| {
                all.is_empty() || one.as_ref().is_some_and(|one| all.contains(one))
            };
            let named = is(&names, &policy.policy_name) || is(&names, &policy.policy_arn);
            named && is(&types, &policy.policy_type)
        };
        let all = environments.iter().flat_map(|environment| {
            let trigger = parts::configuration(environment).and_then(|known| {
                let cooldown = i64::try_from(known.capacity.cooldown.as_secs()).ok();
                known.capacity.trigger.as_ref().map(|trigger| policies(caller, environment, trigger, cooldown))
            });
            trigger.into_iter().flatten()
        });
        let found: Vec<model::ScalingPolicy> = all.filter(wanted).collect();
        let key = |policy: &model::ScalingPolicy| policy.policy_arn.clone().unwrap_or_default();
        let (found, next_token) = page(found, input.max_records, input.next_token.as_deref(), key)?;
        Ok(model::PoliciesType { next_token, scaling_policies: Some(found) })
    }

    async fn describe_scaling_activities(
        &self,
        caller: &Caller,
        input: model::DescribeScalingActivitiesType,
    ) -> Result<model::ActivitiesType> {
        no_filters(input.filters.as_ref())?;
        let environments = match &input.auto_scaling_group_name {
            Some(name) => vec![self.group(caller, name)?],
            None => parts::living(&self.service, &caller.region),
        };
        let state = self.service.state();
        let mut found: Vec<model::Activity> =
            environments.iter().flat_map(|environment| activity::of(&caller.account, &state, environment)).collect();
        found.sort_by_key(|activity| std::cmp::Reverse(activity.start_time));
        if let Some(wanted) = &input.activity_ids {
            found.retain(|activity| wanted.contains(&activity.activity_id));
        }
        let most = Some(input.max_records.unwrap_or(100).min(100));
        let (activities, next_token) =
            page(found, most, input.next_token.as_deref(), |activity| activity.activity_id.clone())?;
        Ok(model::ActivitiesType { activities, next_token })
    }

    async fn set_desired_capacity(&self, caller: &Caller, input: model::SetDesiredCapacityType) -> Result<()> {
        let environment = self.group(caller, &input.auto_scaling_group_name)?;
        let sizes = Sizes {
            desired: size("DesiredCapacity", Some(input.desired_capacity))?,
            honour_cooldown: input.honor_cooldown == Some(true),
            ..Sizes::default()
        };
        self.service.resize(&call(caller), &Which::identified(&environment.id), sizes).await.map_err(fault)
    }

    async fn update_auto_scaling_group(&self, caller: &Caller, input: model::UpdateAutoScalingGroupType) -> Result<()> {
        let environment = self.group(caller, &input.auto_scaling_group_name)?;
        let others = [
            ("AvailabilityZoneDistribution", input.availability_zone_distribution.is_some()),
            ("AvailabilityZoneIds", input.availability_zone_ids.is_some()),
            ("AvailabilityZoneImpairmentPolicy", input.availability_zone_impairment_policy.is_some()),
            ("AvailabilityZones", input.availability_zones.is_some()),
            ("CapacityRebalance", input.capacity_rebalance.is_some()),
            ("CapacityReservationSpecification", input.capacity_reservation_specification.is_some()),
            ("Context", input.context.is_some()),
            ("DefaultInstanceWarmup", input.default_instance_warmup.is_some()),
            ("DeletionProtection", input.deletion_protection.is_some()),
            ("DesiredCapacityType", input.desired_capacity_type.is_some()),
            ("HealthCheckGracePeriod", input.health_check_grace_period.is_some()),
            ("HealthCheckType", input.health_check_type.is_some()),
            ("InstanceLifecyclePolicy", input.instance_lifecycle_policy.is_some()),
            ("InstanceMaintenancePolicy", input.instance_maintenance_policy.is_some()),
            ("LaunchConfigurationName", input.launch_configuration_name.is_some()),
            ("LaunchTemplate", input.launch_template.is_some()),
            ("MaxInstanceLifetime", input.max_instance_lifetime.is_some()),
            ("MixedInstancesPolicy", input.mixed_instances_policy.is_some()),
            ("NewInstancesProtectedFromScaleIn", input.new_instances_protected_from_scale_in.is_some()),
            ("PlacementGroup", input.placement_group.is_some()),
            ("ServiceLinkedRoleARN", input.service_linked_role_arn.is_some()),
            ("SkipZonalShiftValidation", input.skip_zonal_shift_validation.is_some()),
            ("TerminationPolicies", input.termination_policies.is_some()),
            ("VPCZoneIdentifier", input.vpc_zone_identifier.is_some()),
        ];
        if let Some((name, _)) = others.iter().find(|(_, given)| *given) {
            return Err(invalid(format!(
                "{name} is not supported here: MinSize, MaxSize, DesiredCapacity and DefaultCooldown can be changed."
            )));
        }
        let sizes = Sizes {
            min: size("MinSize", input.min_size)?,
            max: size("MaxSize", input.max_size)?,
            desired: size("DesiredCapacity", input.desired_capacity)?,
            cooldown: size("DefaultCooldown", input.default_cooldown)?,
            honour_cooldown: false,
        };
        self.service.resize(&call(caller), &Which::identified(&environment.id), sizes).await.map_err(fault)
    }

    async fn terminate_instance(
        &self,
        caller: &Caller,
        input: model::TerminateInstanceInAutoScalingGroupType,
    ) -> Result<model::ActivityType> {
        let ids: Vec<String> = input.instance_id.into_iter().chain(input.instance_ids.unwrap_or_default()).collect();
        let missing =
            |id: &str| invalid(format!("Instance Id not found - No managed instance found for instance ID: {id}"));
        let group = input.auto_scaling_group_name.as_deref().map(|name| self.group(caller, name)).transpose()?;
        let mut instances = Vec::new();
        for id in &ids {
            let instance: InstanceId = id.parse().map_err(|_| missing(id))?;
            let environment = parts::environment_of(&self.service, &caller.region, id).ok_or_else(|| missing(id))?;
            if group.as_ref().is_some_and(|group| group.id != environment.id) {
                return Err(missing(id));
            }
            instances.push((instance, environment));
        }
        if instances.is_empty() {
            return Err(Error::new(error::MISSING_PARAMETER, "InstanceId must be given."));
        }
        let fewer = input.should_decrement_desired_capacity;
        let all: Vec<InstanceId> = instances.iter().map(|(instance, _)| instance.clone()).collect();
        self.service.terminate_instances(&call(caller), &all, fewer).await.map_err(fault)?;
        let told = |(instance, environment): &(InstanceId, Arc<Environment>)| {
            activity::ending(&caller.account, environment, instance, caller.now)
        };
        let mut activities: Vec<model::Activity> = instances.iter().map(told).collect();
        match activities.len() {
            1 => Ok(model::ActivityType { activities: None, activity: activities.pop() }),
            _ => Ok(model::ActivityType { activities: Some(activities), activity: None }),
        }
    }
}

/// The tags of an environment's resources, its own and those that Elastic Beanstalk gives them.
fn tags(environment: &Environment) -> Vec<(String, String)> {
    parts::tags(environment)
}

/// Does a group match filters by tags?
fn matches(filters: &[model::Filter], environment: &Environment) -> Result<bool> {
    let tags = tags(environment);
    for filter in filters {
        let values = filter.values.clone().unwrap_or_default();
        let fits = match filter.name.as_deref().unwrap_or_default() {
            "tag-key" => tags.iter().any(|(key, _)| values.contains(key)),
            "tag-value" => tags.iter().any(|(_, value)| values.contains(value)),
            name => match name.strip_prefix("tag:") {
                Some(wanted) => tags.iter().any(|(key, value)| key == wanted && values.contains(value)),
                None => return Err(invalid(format!("Filter type {name} is not correct."))),
            },
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The two policies that a trigger is.
fn policies(
    caller: &Caller,
    environment: &Environment,
    trigger: &Trigger,
    cooldown: Option<i64>,
) -> Vec<model::ScalingPolicy> {
    let group = parts::group_name(environment);
    let one = |direction: &str, increment: i32| {
        let name = format!("awseb-e-{}-stack-AWSEBAutoScaling{direction}Policy", environment.id.suffix());
        let id = parts::uuid(&[environment.id.as_str(), direction]);
        let resource = format!("scalingPolicy:{id}:autoScalingGroupName/{group}:policyName/{name}");
        model::ScalingPolicy {
            adjustment_type: Some("ChangeInCapacity".into()),
            // The trigger looks at its metric itself.
            alarms: Some(Vec::new()),
            auto_scaling_group_name: Some(group.clone()),
            cooldown,
            enabled: Some(true),
            policy_arn: Some(caller.arn("autoscaling", resource).to_string()),
            policy_name: Some(name),
            policy_type: Some("SimpleScaling".into()),
            scaling_adjustment: Some(increment.into()),
            step_adjustments: Some(Vec::new()),
            ..Default::default()
        }
    };
    vec![one("ScaleDown", trigger.lower.increment), one("ScaleUp", trigger.upper.increment)]
}
