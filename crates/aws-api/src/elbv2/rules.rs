//! What is told of listeners and target groups in detail: rules, certificates, attributes, tags.

use std::sync::Arc;

use ::beanstalk::option::{Listener, LoadBalancerType, Process, Rule, Stickiness};

use super::{Balanced, LoadBalancing, Result, default_action, forward, no_balancer, no_group};
use crate::error::{self, Error};
use crate::generated::elbv2 as model;
use crate::parts::{self, page};
use crate::service::Caller;

fn no_listener() -> Error {
    Error::new(model::error::LISTENER_NOT_FOUND_EXCEPTION, "One or more listeners not found")
}

/// The rules of a listener, the default one last.
fn rules_of(caller: &Caller, one: &Balanced, port: u16, listener: &Listener) -> Vec<model::Rule> {
    let arn = |rule: &str| Some(parts::rule_arn(&caller.account, &one.environment, port, rule));
    let told = |rule: &Rule| model::Rule {
        actions: Some(vec![forward(parts::target_group_arn(&caller.account, &one.environment, &rule.process))]),
        conditions: Some(conditions(rule)),
        is_default: Some(false),
        priority: Some(rule.priority.to_string()),
        rule_arn: arn(&format!("rule/{}", rule.name)),
        ..Default::default()
    };
    let default = model::Rule {
        actions: Some(vec![default_action(caller, one, listener)]),
        conditions: Some(Vec::new()),
        is_default: Some(true),
        priority: Some("default".into()),
        rule_arn: arn("default"),
        ..Default::default()
    };
    listener.rules.iter().map(told).chain([default]).collect()
}

fn conditions(rule: &Rule) -> Vec<model::RuleCondition> {
    let values = |all: &[String]| (!all.is_empty()).then(|| all.to_vec());
    let hosts = values(&rule.hosts).map(|hosts| model::RuleCondition {
        field: Some("host-header".into()),
        host_header_config: Some(model::HostHeaderConditionConfig {
            values: Some(hosts.clone()),
            ..Default::default()
        }),
        values: Some(hosts),
        ..Default::default()
    });
    let paths = values(&rule.paths).map(|paths| model::RuleCondition {
        field: Some("path-pattern".into()),
        path_pattern_config: Some(model::PathPatternConditionConfig {
            values: Some(paths.clone()),
            ..Default::default()
        }),
        values: Some(paths),
        ..Default::default()
    });
    hosts.into_iter().chain(paths).collect()
}

/// Attributes by their names.
fn attributes<T>(pairs: Vec<(&str, String)>, one: impl Fn(Option<String>, Option<String>) -> T) -> Vec<T> {
    pairs.into_iter().map(|(key, value)| one(Some(key.to_owned()), Some(value))).collect()
}

impl LoadBalancing {
    fn listeners<'a>(
        caller: &'a Caller,
        all: &'a [Balanced],
    ) -> impl Iterator<Item = (String, &'a Balanced, u16, &'a Listener)> {
        all.iter().flat_map(move |one| {
            one.configuration.routing.listeners.iter().map(move |(port, listener)| {
                (parts::listener_arn(&caller.account, &one.environment, *port), one, *port, listener)
            })
        })
    }

    fn group<'a>(caller: &Caller, all: &'a [Balanced], arn: &str) -> Option<(&'a Balanced, &'a Process)> {
        all.iter().find_map(|one| {
            let mut processes = one.configuration.routing.processes.iter();
            let is = |name: &str| parts::target_group_arn(&caller.account, &one.environment, name) == arn;
            processes.find(|(name, _)| is(name)).map(|(_, process)| (one, process))
        })
    }

    pub(super) async fn describe_rules(
        &self,
        caller: &Caller,
        input: model::DescribeRulesInput,
    ) -> Result<model::DescribeRulesOutput> {
        let arns = input.rule_arns.unwrap_or_default();
        if input.listener_arn.is_some() != arns.is_empty() {
            let message = "You must specify either a listener ARN or rule ARNs";
            return Err(Error::new(error::VALIDATION, message));
        }
        let all = self.balanced(caller);
        let mut found = Vec::new();
        let mut known = false;
        for (arn, one, port, listener) in Self::listeners(caller, &all) {
            let whole = input.listener_arn.as_ref() == Some(&arn);
            known |= whole;
            let rules = rules_of(caller, one, port, listener).into_iter();
            found.extend(rules.filter(|rule| whole || rule.rule_arn.as_ref().is_some_and(|arn| arns.contains(arn))));
        }
        if input.listener_arn.is_some() && !known {
            return Err(no_listener());
        }
        if found.len() < arns.len() {
            return Err(Error::new(model::error::RULE_NOT_FOUND_EXCEPTION, "One or more rules not found"));
        }
        let key = |rule: &model::Rule| rule.rule_arn.clone().unwrap_or_default();
        let (rules, next_marker) = page(found, input.page_size, input.marker.as_deref(), key)?;
        Ok(model::DescribeRulesOutput { rules: Some(rules), next_marker })
    }

    pub(super) async fn describe_listener_certificates(
        &self,
        caller: &Caller,
        input: model::DescribeListenerCertificatesInput,
    ) -> Result<model::DescribeListenerCertificatesOutput> {
        let all = self.balanced(caller);
        let found = Self::listeners(caller, &all).find(|(arn, ..)| *arn == input.listener_arn);
        let Some((_, _, _, listener)) = found else { return Err(no_listener()) };
        let shown = listener.certificate.iter().filter(|_| listener.is_encrypted());
        let told = shown
            .map(|arn| model::Certificate { certificate_arn: Some(arn.clone()), is_default: Some(true) })
            .collect();
        let key = |one: &model::Certificate| one.certificate_arn.clone().unwrap_or_default();
        let (certificates, next_marker) = page(told, input.page_size, input.marker.as_deref(), key)?;
        Ok(model::DescribeListenerCertificatesOutput { certificates: Some(certificates), next_marker })
    }

    pub(super) async fn describe_load_balancer_attributes(
        &self,
        caller: &Caller,
        input: model::DescribeLoadBalancerAttributesInput,
    ) -> Result<model::DescribeLoadBalancerAttributesOutput> {
        let all = self.balanced(caller);
        let Some(one) = all.iter().find(|one| one.arn == input.load_balancer_arn) else {
            return Err(no_balancer(&input.load_balancer_arn));
        };
        let routing = &one.configuration.routing;
        let log = routing.access_log.as_ref();
        let mut told = vec![
            ("access_logs.s3.enabled", log.is_some().to_string()),
            ("access_logs.s3.bucket", log.map(|log| log.bucket.clone()).unwrap_or_default()),
            ("access_logs.s3.prefix", log.map(|log| log.prefix.clone()).unwrap_or_default()),
            ("deletion_protection.enabled", "false".to_owned()),
        ];
        if one.kind != LoadBalancerType::Network {
            told.push(("idle_timeout.timeout_seconds", routing.idle_timeout.as_secs().to_string()));
            told.push(("routing.http2.enabled", "true".to_owned()));
        }
        let told = attributes(told, |key, value| model::LoadBalancerAttribute { key, value });
        Ok(model::DescribeLoadBalancerAttributesOutput { attributes: Some(told) })
    }

    pub(super) async fn describe_target_group_attributes(
        &self,
        caller: &Caller,
        input: model::DescribeTargetGroupAttributesInput,
    ) -> Result<model::DescribeTargetGroupAttributesOutput> {
        let all = self.balanced(caller);
        let Some((_, process)) = Self::group(caller, &all, &input.target_group_arn) else { return Err(no_group()) };
        let mut told = vec![
            ("deregistration_delay.timeout_seconds", process.deregistration_delay.as_secs().to_string()),
            ("load_balancing.algorithm.type", process.algorithm.as_str().to_owned()),
            ("slow_start.duration_seconds", process.slow_start.as_secs().to_string()),
            ("stickiness.enabled", process.stickiness.is_some().to_string()),
            ("stickiness.type", "lb_cookie".to_owned()),
        ];
        if let Some(Stickiness::For(duration)) = process.stickiness {
            told.push(("stickiness.lb_cookie.duration_seconds", duration.as_secs().to_string()));
        }
        let told = attributes(told, |key, value| model::TargetGroupAttribute { key, value });
        Ok(model::DescribeTargetGroupAttributesOutput { attributes: Some(told) })
    }

    pub(super) async fn describe_tags(
        &self,
        caller: &Caller,
        input: model::DescribeTagsInput,
    ) -> Result<model::DescribeTagsOutput> {
        let all = self.balanced(caller);
        let listeners: Vec<_> = Self::listeners(caller, &all).collect();
        let owner = |arn: &String| -> Result<&Arc<::beanstalk::Environment>> {
            let rules = |(_, one, port, listener): &(String, &Balanced, u16, &Listener)| {
                rules_of(caller, one, *port, listener).iter().any(|rule| rule.rule_arn.as_ref() == Some(arn))
            };
            let found = match arn.split(':').nth(5).and_then(|resource| resource.split('/').next()) {
                Some("targetgroup") => Self::group(caller, &all, arn).map(|(one, _)| one).ok_or_else(no_group),
                Some("listener") => {
                    let found = listeners.iter().find(|(known, ..)| known == arn);
                    found.map(|(_, one, ..)| *one).ok_or_else(no_listener)
                }
                Some("listener-rule") => {
                    let missing = || Error::new(model::error::RULE_NOT_FOUND_EXCEPTION, "One or more rules not found");
                    listeners.iter().find(|one| rules(one)).map(|(_, one, ..)| *one).ok_or_else(missing)
                }
                _ => all.iter().find(|one| one.arn == *arn).ok_or_else(|| no_balancer(arn)),
            };
            found.map(|one| &one.environment)
        };
        let told = input.resource_arns.iter().map(|arn| {
            let tags = parts::tags(owner(arn)?).into_iter();
            let tags = tags.map(|(key, value)| model::Tag { key, value: Some(value) }).collect();
            Ok(model::TagDescription { resource_arn: Some(arn.clone()), tags: Some(tags) })
        });
        Ok(model::DescribeTagsOutput { tag_descriptions: Some(told.collect::<Result<_>>()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_a_condition_for_each_list_that_is_not_empty() {
        let rule = Rule {
            name: "r".into(),
            priority: 3,
            hosts: vec!["a.*".into()],
            paths: Vec::new(),
            process: "default".into(),
        };
        let told = conditions(&rule);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].field.as_deref(), told[0].values.as_deref()), (Some("host-header"), Some(&rule.hosts[..])));
        let both = Rule { paths: vec!["/x".into(), "/y".into()], ..rule };
        let fields: Vec<_> = conditions(&both).into_iter().filter_map(|condition| condition.field).collect();
        assert_eq!(fields, ["host-header", "path-pattern"]);
    }
}
