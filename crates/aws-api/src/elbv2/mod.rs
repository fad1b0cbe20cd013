//! Elastic Load Balancing: the balancers of the environments, their listeners, and how their targets are.
//!
//! Each environment with a load balancer has one here, with a target group a process and the environment's instances as
//! targets. They are read only: what they are is told by option settings.

mod rules;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ::beanstalk::fleet::{Copy, CopyState, Duty, Seen};
use ::beanstalk::option::{Configuration, ListenerProtocol, LoadBalancerType, Probe, Process, ProcessProtocol};
use ::beanstalk::{Beanstalk, Environment};

use crate::codec::Members;
use crate::error::{self, Error};
use crate::generated::elbv2 as model;
use crate::parts::{self, page};
use crate::service::{Caller, Target};

type Result<T> = std::result::Result<T, Error>;

/// The service.
#[derive(Clone)]
pub struct LoadBalancing {
    service: Beanstalk,
}

crate::service! {
    LoadBalancing, speaks crate::generated::elbv2 {
        DescribeListenerCertificates => describe_listener_certificates,
        DescribeListeners => describe_listeners,
        DescribeLoadBalancerAttributes => describe_load_balancer_attributes,
        DescribeLoadBalancers => describe_load_balancers,
        DescribeRules => describe_rules,
        DescribeTags => describe_tags,
        DescribeTargetGroupAttributes => describe_target_group_attributes,
        DescribeTargetGroups => describe_target_groups,
        DescribeTargetHealth => describe_target_health,
    }
    on anything
}

/// An environment with a load balancer.
struct Balanced {
    environment: Arc<Environment>,
    kind: LoadBalancerType,
    configuration: Arc<Configuration>,
    arn: String,
}

impl LoadBalancing {
    /// Serves the balancers of these environments.
    pub fn new(service: Beanstalk) -> Self {
        Self { service }
    }

    /// All operations describe, and policies allow those on no resource in particular.
    ///
    /// Source: "Actions, resources, and condition keys for AWS Elastic Load Balancing V2".
    fn anything(&self, _: &Caller, _: &str, _: Members<'_>) -> Vec<Target> {
        vec![Target::new("*")]
    }

    fn balanced(&self, caller: &Caller) -> Vec<Balanced> {
        let all = parts::living(&self.service, &caller.region).into_iter();
        let one = |environment: Arc<Environment>| {
            let (kind, configuration) = parts::balancer(&environment)?;
            let arn = parts::balancer_arn(&caller.account, &environment);
            Some(Balanced { environment, kind, configuration, arn })
        };
        all.filter_map(one).collect()
    }

    fn told(&self, caller: &Caller, one: &Balanced) -> model::LoadBalancer {
        let environment = &one.environment;
        let zone = model::AvailabilityZone {
            zone_name: Some(parts::zone(&environment.region)),
            subnet_id: Some(parts::subnet(&environment.region)),
            load_balancer_addresses: Some(Vec::new()),
            ..Default::default()
        };
        model::LoadBalancer {
            availability_zones: Some(vec![zone]),
            created_time: Some(environment.created),
            dns_name: self.service.host(environment),
            ip_address_type: Some(model::ip_address_type::IPV4.into()),
            load_balancer_arn: Some(one.arn.clone()),
            load_balancer_name: Some(parts::balancer_name(environment)),
            scheme: Some(model::load_balancer_scheme_enum::INTERNET_FACING.into()),
            security_groups: Some(vec![parts::security_group(environment)]),
            state: Some(model::LoadBalancerState {
                code: Some(match &environment.life {
                    ::beanstalk::environment::Life::Launching(_) => {
                        model::load_balancer_state_enum::PROVISIONING.into()
                    }
                    _ => model::load_balancer_state_enum::ACTIVE.into(),
                }),
                reason: None,
            }),
            r#type: Some(match one.kind {
                LoadBalancerType::Network => model::load_balancer_type_enum::NETWORK.into(),
                LoadBalancerType::Application | LoadBalancerType::Classic => {
                    model::load_balancer_type_enum::APPLICATION.into()
                }
            }),
            vpc_id: Some(parts::vpc(&caller.region)),
            ..Default::default()
        }
    }

    async fn describe_load_balancers(
        &self,
        caller: &Caller,
        input: model::DescribeLoadBalancersInput,
    ) -> Result<model::DescribeLoadBalancersOutput> {
        let (arns, names) = (input.load_balancer_arns.unwrap_or_default(), input.names.unwrap_or_default());
        one_of(&arns, "LoadBalancerArns", &names, "Names")?;
        let all = self.balanced(caller);
        let named = |one: &Balanced, name: &String| parts::balancer_name(&one.environment) == *name;
        let missing = arns.iter().find(|arn| !all.iter().any(|one| one.arn == **arn));
        let missing = missing.or_else(|| names.iter().find(|name| !all.iter().any(|one| named(one, name))));
        if let Some(missing) = missing {
            return Err(no_balancer(missing));
        }
        let wanted = |one: &Balanced| {
            (arns.is_empty() && names.is_empty())
                || arns.contains(&one.arn)
                || names.iter().any(|name| named(one, name))
        };
        let found: Vec<Balanced> = all.into_iter().filter(wanted).collect();
        let (found, next_marker) = page(found, input.page_size, input.marker.as_deref(), |one| one.arn.clone())?;
        let load_balancers = found.iter().map(|one| self.told(caller, one)).collect();
        Ok(model::DescribeLoadBalancersOutput { load_balancers: Some(load_balancers), next_marker })
    }

    async fn describe_listeners(
        &self,
        caller: &Caller,
        input: model::DescribeListenersInput,
    ) -> Result<model::DescribeListenersOutput> {
        let arns = input.listener_arns.unwrap_or_default();
        let balancers: Vec<String> = input.load_balancer_arn.into_iter().collect();
        one_of(&balancers, "LoadBalancerArn", &arns, "ListenerArns")?;
        if balancers.is_empty() && arns.is_empty() {
            let message = "You must specify either listener ARNs or a load balancer ARN";
            return Err(Error::new(error::VALIDATION, message));
        }
        let all = self.balanced(caller);
        if let Some(missing) = balancers.iter().find(|arn| !all.iter().any(|one| one.arn == **arn)) {
            return Err(no_balancer(missing));
        }
        let told = all.iter().filter(|one| balancers.is_empty() || balancers.contains(&one.arn)).flat_map(|one| {
            let listeners = one.configuration.routing.listeners.iter();
            listeners.map(|(port, listener)| listener_of(caller, one, *port, listener))
        });
        let found: Vec<model::Listener> = told
            .filter(|listener| arns.is_empty() || listener.listener_arn.as_ref().is_some_and(|arn| arns.contains(arn)))
            .collect();
        if found.len() < arns.len() {
            return Err(Error::new(model::error::LISTENER_NOT_FOUND_EXCEPTION, "One or more listeners not found"));
        }
        let key = |listener: &model::Listener| listener.listener_arn.clone().unwrap_or_default();
        let (found, next_marker) = page(found, input.page_size, input.marker.as_deref(), key)?;
        Ok(model::DescribeListenersOutput { listeners: Some(found), next_marker })
    }

    async fn describe_target_groups(
        &self,
        caller: &Caller,
        input: model::DescribeTargetGroupsInput,
    ) -> Result<model::DescribeTargetGroupsOutput> {
        let (arns, names) = (input.target_group_arns.unwrap_or_default(), input.names.unwrap_or_default());
        one_of(&arns, "TargetGroupArns", &names, "Names")?;
        let all = self.balanced(caller);
        if let Some(missing) = input.load_balancer_arn.as_ref().filter(|arn| !all.iter().any(|one| one.arn == **arn)) {
            return Err(no_balancer(missing));
        }
        let within = |one: &&Balanced| input.load_balancer_arn.as_ref().is_none_or(|arn| one.arn == *arn);
        let groups = all.iter().filter(within).flat_map(|one| {
            let processes = one.configuration.routing.processes.iter();
            processes.map(|(name, process)| group_of(caller, one, name, process))
        });
        let is = |all: &[String], one: &Option<String>| one.as_ref().is_some_and(|one| all.contains(one));
        let found: Vec<model::TargetGroup> = groups
            .filter(|group| {
                (arns.is_empty() && names.is_empty())
                    || is(&arns, &group.target_group_arn)
                    || is(&names, &group.target_group_name)
            })
            .collect();
        if found.len() < arns.len().max(names.len()) {
            return Err(no_group());
        }
        let key = |group: &model::TargetGroup| group.target_group_arn.clone().unwrap_or_default();
        let (found, next_marker) = page(found, input.page_size, input.marker.as_deref(), key)?;
        Ok(model::DescribeTargetGroupsOutput { target_groups: Some(found), next_marker })
    }

    async fn describe_target_health(
        &self,
        caller: &Caller,
        input: model::DescribeTargetHealthInput,
    ) -> Result<model::DescribeTargetHealthOutput> {
        let all = self.balanced(caller);
        let found = all.iter().find_map(|one| {
            let mut processes = one.configuration.routing.processes.iter();
            let process = processes.find(|(name, _)| {
                parts::target_group_arn(&caller.account, &one.environment, name) == input.target_group_arn
            })?;
            Some((one, process))
        });
        let Some((one, (name, process))) = found else { return Err(no_group()) };
        let used = one.configuration.routing.used().contains_key(name.as_str());
        let environment = &one.environment;
        let seen = self.service.seen(&environment.id);
        let wanted = input.targets.unwrap_or_default();
        let registered = environment.per_instance();
        let mut told: Vec<model::TargetHealthDescription> = registered
            .iter()
            .filter(|(id, _)| wanted.is_empty() || wanted.iter().any(|target| target.id == id.as_str()))
            .map(|(id, copy)| {
                let draining = parts::is_draining(environment, copy);
                let health = match used {
                    true => health_of(copy, draining, seen.of(copy), (name, process.check.unhealthy)),
                    false => target_health(
                        model::target_health_state_enum::UNUSED,
                        Some(model::target_health_reason_enum::TARGET_NOT_IN_USE),
                        Some("Target group is not configured to receive traffic from the load balancer".into()),
                    ),
                };
                described(id.as_str(), process, health)
            })
            .collect();
        for target in &wanted {
            if !registered.keys().any(|id| id.as_str() == target.id) {
                let health = target_health(
                    model::target_health_state_enum::UNUSED,
                    Some(model::target_health_reason_enum::TARGET_NOT_REGISTERED),
                    Some("Target is not registered to the target group".into()),
                );
                told.push(described(&target.id, process, health));
            }
        }
        Ok(model::DescribeTargetHealthOutput { target_health_descriptions: Some(told) })
    }
}

/// Lists of which one at most may be given.
fn one_of(first: &[String], first_name: &str, second: &[String], second_name: &str) -> Result<()> {
    if first.is_empty() || second.is_empty() {
        return Ok(());
    }
    let message = format!("{first_name} and {second_name} cannot be specified at the same time");
    Err(Error::new(error::VALIDATION, message))
}

fn no_balancer(which: &str) -> Error {
    let message = format!("Load balancers '[{which}]' not found");
    Error::new(model::error::LOAD_BALANCER_NOT_FOUND_EXCEPTION, message)
}

fn no_group() -> Error {
    Error::new(model::error::TARGET_GROUP_NOT_FOUND_EXCEPTION, "One or more target groups not found")
}

/// What becomes of requests of a listener for which no rule is.
fn default_action(caller: &Caller, one: &Balanced, listener: &::beanstalk::option::Listener) -> model::Action {
    match listener.redirect {
        None => forward(parts::target_group_arn(&caller.account, &one.environment, &listener.process)),
        Some(port) => model::Action {
            r#type: model::action_type_enum::REDIRECT.into(),
            redirect_config: Some(model::RedirectActionConfig {
                host: Some("#{host}".into()),
                path: Some("/#{path}".into()),
                port: Some(port.to_string()),
                protocol: Some("HTTPS".into()),
                query: Some("#{query}".into()),
                status_code: "HTTP_301".into(),
            }),
            ..Default::default()
        },
    }
}

fn forward(group: String) -> model::Action {
    let to = model::TargetGroupTuple { target_group_arn: Some(group.clone()), weight: Some(1) };
    model::Action {
        r#type: model::action_type_enum::FORWARD.into(),
        target_group_arn: Some(group),
        forward_config: Some(model::ForwardActionConfig { target_groups: Some(vec![to]), ..Default::default() }),
        ..Default::default()
    }
}

fn listener_of(
    caller: &Caller,
    one: &Balanced,
    port: u16,
    listener: &::beanstalk::option::Listener,
) -> model::Listener {
    let certificate = |arn: &String| model::Certificate { certificate_arn: Some(arn.clone()), is_default: None };
    model::Listener {
        certificates: listener
            .certificate
            .as_ref()
            .filter(|_| listener.is_encrypted())
            .map(|arn| vec![certificate(arn)]),
        default_actions: Some(vec![default_action(caller, one, listener)]),
        listener_arn: Some(parts::listener_arn(&caller.account, &one.environment, port)),
        load_balancer_arn: Some(one.arn.clone()),
        port: Some(port.into()),
        protocol: Some(match listener.protocol {
            ListenerProtocol::Http => model::protocol_enum::HTTP.into(),
            ListenerProtocol::Https => model::protocol_enum::HTTPS.into(),
            ListenerProtocol::Tcp => model::protocol_enum::TCP.into(),
            ListenerProtocol::Tls => model::protocol_enum::TLS.into(),
        }),
        // TLS 1.2 and 1.3, as the balancer speaks it.
        ssl_policy: listener.is_encrypted().then(|| "ELBSecurityPolicy-TLS13-1-2-2021-06".into()),
        ..Default::default()
    }
}

fn group_of(caller: &Caller, one: &Balanced, name: &str, process: &Process) -> model::TargetGroup {
    let check = &process.check;
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).ok();
    let port = |port: Option<u16>| port.map_or_else(|| "traffic-port".to_owned(), |port| port.to_string());
    let (protocol, path, own_port, codes) = match &check.probe {
        Probe::Connect { tls, port: own } => {
            let protocol = if *tls { model::protocol_enum::TLS } else { model::protocol_enum::TCP };
            (protocol, None, port(*own), None)
        }
        Probe::Get { tls, port: own, path, codes } => {
            let protocol = if *tls { model::protocol_enum::HTTPS } else { model::protocol_enum::HTTP };
            (protocol, Some(path.clone()), port(*own), Some(matcher(codes)))
        }
    };
    let network = one.kind == LoadBalancerType::Network;
    let used = one.configuration.routing.used().contains_key(name);
    model::TargetGroup {
        health_check_enabled: Some(true),
        health_check_interval_seconds: seconds(check.interval),
        health_check_path: path,
        health_check_port: Some(own_port),
        health_check_protocol: Some(protocol.into()),
        health_check_timeout_seconds: seconds(check.timeout),
        healthy_threshold_count: Some(check.healthy.into()),
        ip_address_type: Some(model::target_group_ip_address_type_enum::IPV4.into()),
        load_balancer_arns: Some(used.then(|| one.arn.clone()).into_iter().collect()),
        matcher: codes.map(|codes| model::Matcher { http_code: Some(codes), grpc_code: None }),
        port: Some(process.port.into()),
        protocol: Some(match process.protocol {
            ProcessProtocol::Http => model::protocol_enum::HTTP.into(),
            ProcessProtocol::Https => model::protocol_enum::HTTPS.into(),
            ProcessProtocol::Tcp => model::protocol_enum::TCP.into(),
            ProcessProtocol::Tls => model::protocol_enum::TLS.into(),
        }),
        protocol_version: (!network).then(|| "HTTP1".into()),
        target_control_port: None,
        target_group_arn: Some(parts::target_group_arn(&caller.account, &one.environment, name)),
        target_group_name: Some(parts::target_group_name(&one.environment, name)),
        target_type: Some(model::target_type_enum::INSTANCE.into()),
        unhealthy_threshold_count: Some(check.unhealthy.into()),
        vpc_id: Some(parts::vpc(&caller.region)),
    }
}

/// `200,300-399`.
fn matcher(codes: &[(u16, u16)]) -> String {
    let one = |(first, last): &(u16, u16)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    codes.iter().map(one).collect::<Vec<_>>().join(",")
}

fn described(id: &str, process: &Process, health: model::TargetHealth) -> model::TargetHealthDescription {
    let own = match &process.check.probe {
        Probe::Connect { port, .. } | Probe::Get { port, .. } => *port,
    };
    model::TargetHealthDescription {
        health_check_port: Some(own.unwrap_or(process.port).to_string()),
        target: Some(model::TargetDescription {
            id: id.to_owned(),
            port: Some(process.port.into()),
            ..Default::default()
        }),
        target_health: Some(health),
        ..Default::default()
    }
}

fn target_health(state: &str, reason: Option<&str>, description: Option<String>) -> model::TargetHealth {
    model::TargetHealth { state: Some(state.to_owned()), reason: reason.map(str::to_owned), description }
}

/// How a target is. Source: "Check the health of your targets" in the user guide for Application Load Balancers.
fn health_of(
    copy: &Copy,
    draining: bool,
    seen: Option<&Seen>,
    (process, unhealthy): (&str, u32),
) -> model::TargetHealth {
    use model::{target_health_reason_enum as reason, target_health_state_enum as state};
    let told =
        |state: &str, reason: &str, description: &str| target_health(state, Some(reason), Some(description.to_owned()));
    let registering =
        || told(state::INITIAL, reason::ELB_REGISTRATION_IN_PROGRESS, "Target registration is in progress");
    if copy.duty > Duty::Idle {
        return told(state::UNUSED, reason::TARGET_INVALID_STATE, "Target is in the stopped state");
    }
    if draining {
        let description = "Target deregistration is in progress";
        return told(state::DRAINING, reason::TARGET_DEREGISTRATION_IN_PROGRESS, description);
    }
    let Some(seen) = seen else { return registering() };
    match &seen.state {
        CopyState::Failed(failure) => told(state::UNHEALTHY, reason::TARGET_FAILED_HEALTH_CHECKS, &failure.to_string()),
        CopyState::Stopped => told(state::UNUSED, reason::TARGET_INVALID_STATE, "Target is in the stopped state"),
        CopyState::Starting => registering(),
        // That another process of it fails is told of that one's target group.
        CopyState::Running { .. } if seen.failed >= unhealthy && seen.unwell.contains_key(process) => {
            let why = seen.unwell.get(process).map_or("Health checks failed", String::as_str);
            let reason = if why.contains("with these codes") {
                reason::TARGET_RESPONSE_CODE_MISMATCH
            } else if why.contains("timed out") {
                reason::TARGET_TIMEOUT
            } else {
                reason::TARGET_FAILED_HEALTH_CHECKS
            };
            told(state::UNHEALTHY, reason, why)
        }
        CopyState::Running { .. } if seen.passed == 0 && seen.failed == 0 => {
            told(state::INITIAL, reason::ELB_INITIAL_HEALTH_CHECKING, "Initial health checks in progress")
        }
        CopyState::Running { .. } if copy.duty == Duty::Idle => registering(),
        CopyState::Running { .. } => target_health(state::HEALTHY, None, None),
    }
}
