//! Enhanced health, and managed actions.

use ::beanstalk::fleet::{Cpu, Load, Traffic};
use ::beanstalk::health::Status;
use ::beanstalk::managed::Action;

use super::{ElasticBeanstalk, Result, call, model, page, which};
use crate::service::Caller;

/// Does a caller want this attribute? None named means none but the names, `All` all.
fn wants(names: &[String], name: &str) -> bool {
    names.iter().any(|wanted| wanted == "All" || wanted == name)
}

fn whole(number: u64) -> Option<i64> {
    i64::try_from(number).ok()
}

fn metrics(traffic: &Traffic) -> model::ApplicationMetrics {
    let [ok, moved, client, server] = traffic.statuses;
    let latency = traffic.latency.map(|latency| {
        let [p10, p50, p75, p85, p90, p95, p99, p999] = latency.map(|duration| Some(duration.as_secs_f64()));
        model::Latency { p10, p50, p75, p85, p90, p95, p99, p999 }
    });
    model::ApplicationMetrics {
        duration: whole(traffic.window.as_secs()),
        latency,
        request_count: whole(traffic.requests),
        status_codes: Some(model::StatusCodes {
            status2xx: whole(ok),
            status3xx: whole(moved),
            status4xx: whole(client),
            status5xx: whole(server),
        }),
    }
}

/// With two decimals: nobody reads more of it, and clients print all that they get.
fn rounded(figure: f64) -> f64 {
    (figure * 100.0).round() / 100.0
}

fn processors(cpu: Cpu) -> model::CPUUtilization {
    let busy = cpu.user + cpu.system;
    model::CPUUtilization {
        user: Some(rounded(cpu.user)),
        system: Some(rounded(cpu.system)),
        idle: Some(rounded((100.0 - busy).max(0.0))),
        nice: Some(0.0),
        io_wait: Some(0.0),
        irq: Some(0.0),
        soft_irq: Some(0.0),
        privileged: None,
    }
}

impl ElasticBeanstalk {
    pub(super) async fn describe_environment_health(
        &self,
        caller: &Caller,
        input: model::DescribeEnvironmentHealthRequest,
    ) -> Result<model::DescribeEnvironmentHealthResult> {
        let state = self.service.state();
        let environment = state.environment(&caller.region, &which(input.environment_id, input.environment_name))?;
        let view = self.service.health(environment)?;
        let names = input.attribute_names.unwrap_or_default();
        let wants = |name: &str| wants(&names, name);
        let count = |status: Status| Some(view.counts.get(&status).copied().unwrap_or(0).into());
        let summary = model::InstanceHealthSummary {
            no_data: count(Status::NoData),
            unknown: count(Status::Unknown),
            pending: count(Status::Pending),
            ok: count(Status::Ok),
            info: count(Status::Info),
            warning: count(Status::Warning),
            degraded: count(Status::Degraded),
            severe: count(Status::Severe),
        };
        Ok(model::DescribeEnvironmentHealthResult {
            application_metrics: wants("ApplicationMetrics").then(|| metrics(&view.traffic)),
            causes: wants("Causes").then(|| view.health.causes.clone()),
            color: wants("Color").then(|| view.health.status.colour().to_owned()),
            environment_name: Some(environment.name.to_string()),
            health_status: wants("HealthStatus").then(|| view.health.status.word().to_owned()),
            instances_health: wants("InstancesHealth").then_some(summary),
            refreshed_at: wants("RefreshedAt").then_some(view.at),
            status: wants("Status").then(|| view.status.to_owned()),
        })
    }

    pub(super) async fn describe_instances_health(
        &self,
        caller: &Caller,
        input: model::DescribeInstancesHealthRequest,
    ) -> Result<model::DescribeInstancesHealthResult> {
        let state = self.service.state();
        let environment = state.environment(&caller.region, &which(input.environment_id, input.environment_name))?;
        let view = self.service.health(environment)?;
        let instances = self.service.instances_health(environment)?;
        let (instances, next_token) =
            page(instances, None, input.next_token.as_deref(), |instance| instance.id.to_string())?;
        let names = input.attribute_names.unwrap_or_default();
        let wants = |name: &str| wants(&names, name);
        let release = environment.shown();
        let size = release
            .and_then(|release| release.configuration(environment.tier).ok())
            .map(|configuration| configuration.instance.instance_type.clone());
        let told = instances.into_iter().map(|instance| {
            let seen = instance.seen.as_ref();
            let system = model::SystemStatus {
                cpu_utilization: seen.and_then(|seen| seen.cpu).map(processors),
                load_average: seen.and_then(|seen| seen.load).map(|Load(load)| load.map(rounded).to_vec()),
            };
            model::SingleInstanceHealth {
                application_metrics: seen.filter(|_| wants("ApplicationMetrics")).map(|seen| metrics(&seen.traffic)),
                availability_zone: wants("AvailabilityZone").then(|| format!("{}a", caller.region)),
                causes: wants("Causes").then(|| instance.health.causes.clone()),
                color: wants("Color").then(|| instance.health.status.colour().to_owned()),
                deployment: wants("Deployment").then(|| model::Deployment {
                    deployment_id: whole(instance.release.0),
                    deployment_time: Some(instance.deployed),
                    status: Some(instance.deployment.to_owned()),
                    version_label: instance.version.as_ref().map(ToString::to_string),
                }),
                health_status: wants("HealthStatus").then(|| instance.health.status.word().to_owned()),
                instance_id: Some(instance.id.to_string()),
                instance_type: size.clone().filter(|_| wants("InstanceType")),
                launched_at: wants("LaunchedAt").then_some(instance.launched),
                system: wants("System").then_some(system),
            }
        });
        Ok(model::DescribeInstancesHealthResult {
            instance_health_list: Some(told.collect()),
            next_token,
            refreshed_at: Some(view.at),
        })
    }

    pub(super) async fn describe_environment_managed_actions(
        &self,
        caller: &Caller,
        input: model::DescribeEnvironmentManagedActionsRequest,
    ) -> Result<model::DescribeEnvironmentManagedActionsResult> {
        let which = which(input.environment_id, input.environment_name);
        let actions = self.service.managed_actions(&call(caller), &which)?;
        let wanted = |action: &Action| input.status.as_deref().is_none_or(|status| action.status == status);
        let told = actions.into_iter().filter(wanted).map(|action| model::ManagedAction {
            action_description: Some(action.description),
            action_id: Some(action.id),
            action_type: Some(action.kind.to_owned()),
            status: Some(action.status.to_owned()),
            window_start_time: Some(action.window),
        });
        Ok(model::DescribeEnvironmentManagedActionsResult { managed_actions: Some(told.collect()) })
    }

    pub(super) async fn describe_environment_managed_action_history(
        &self,
        caller: &Caller,
        input: model::DescribeEnvironmentManagedActionHistoryRequest,
    ) -> Result<model::DescribeEnvironmentManagedActionHistoryResult> {
        let which = which(input.environment_id, input.environment_name);
        let history = self.service.managed_history(&call(caller), &which)?;
        let (history, next_token) =
            page(history, input.max_items, input.next_token.as_deref(), |item| item.executed.to_string())?;
        let told = history.into_iter().map(|item| model::ManagedActionHistoryItem {
            action_description: Some(item.description),
            action_id: Some(item.id),
            action_type: Some(item.kind),
            executed_time: Some(item.executed),
            failure_description: item.failure.clone(),
            failure_type: item.failure.map(|_| "InternalFailure".to_owned()),
            finished_time: item.finished,
            status: Some(item.status),
        });
        Ok(model::DescribeEnvironmentManagedActionHistoryResult {
            managed_action_history_items: Some(told.collect()),
            next_token,
        })
    }

    pub(super) async fn apply_environment_managed_action(
        &self,
        caller: &Caller,
        input: model::ApplyEnvironmentManagedActionRequest,
    ) -> Result<model::ApplyEnvironmentManagedActionResult> {
        let which = which(input.environment_id, input.environment_name);
        let action = self.service.apply_managed_action(&call(caller), &which, &input.action_id).await?;
        Ok(model::ApplyEnvironmentManagedActionResult {
            action_description: Some(action.description),
            action_id: Some(action.id),
            action_type: Some(action.kind.to_owned()),
            status: Some("Running".into()),
        })
    }
}
