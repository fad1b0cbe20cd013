//! From texts to [`Configuration`].

use std::collections::BTreeMap;
use std::time::Duration;

use words::Secret;

use super::configuration::*;
use super::health::Document;
use super::resolve::Resolved;
use super::routing::{LoadBalancerType, Routing};
use super::validate::Message;
use super::{Tier, instance, syntax};

impl Configuration {
    /// What the options mean.
    ///
    /// # Errors
    /// The first value that means nothing. There is none in what [`super::validate`] found no error in.
    pub fn parse(resolved: &Resolved) -> Result<Self, Message> {
        let kind = resolved.kind();
        let capacity = capacity(resolved)?;
        let own = resolved.section("dabba:environment");
        Ok(Self {
            tier: kind.tier,
            environment_type: kind.environment_type,
            rolling_update: rolling_update(resolved, &capacity)?,
            capacity,
            instance: instance(resolved),
            deployment: deployment(resolved)?,
            routing: Routing::parse(resolved)?,
            health: health(resolved)?,
            properties: free(resolved, "aws:elasticbeanstalk:application:environment"),
            worker: worker(resolved)?,
            logs: logs(resolved)?,
            managed_actions: managed_actions(resolved)?,
            groups: groups(resolved)?,
            notification: notification(resolved)?,
            database: database(resolved)?,
            invalid_state_refused: own.boolean("InvalidStateRefused")?,
        })
    }
}

/// The options of a namespace whose names are the user's.
fn free(resolved: &Resolved, namespace: &str) -> BTreeMap<String, String> {
    let named = resolved.namespace(namespace);
    named.map(|(key, value)| (key.name().to_owned(), value.text.clone().unwrap_or_default())).collect()
}

fn minutes(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 60)
}

fn capacity(resolved: &Resolved) -> Result<Capacity, Message> {
    let section = resolved.section("aws:autoscaling:asg");
    let cooldown = section.seconds("Cooldown")?;
    if !resolved.kind().scalable() {
        return Ok(Capacity { min: 1, max: 1, cooldown, trigger: None, scheduled_actions: BTreeMap::new() });
    }
    let (min, max) = (section.count("MinSize")?, section.count("MaxSize")?);
    if min > max {
        return Err(section.fault("MinSize", format!("MinSize must not be greater than MaxSize, which is {max}")));
    }
    let mut scheduled_actions = BTreeMap::new();
    for name in resolved.scheduled_actions() {
        scheduled_actions.insert(name.to_owned(), scheduled_action(resolved, name)?);
    }
    Ok(Capacity { min, max, cooldown, trigger: Some(trigger(resolved)?), scheduled_actions })
}

fn trigger(resolved: &Resolved) -> Result<Trigger, Message> {
    let section = resolved.section("aws:autoscaling:trigger");
    let threshold = |value: &str, increment: &str| -> Result<Threshold, Message> {
        let found = section.read(value, "a number that is not negative", syntax::decimal)?;
        let value = found.ok_or_else(|| section.fault(value, "A number is needed"))?;
        Ok(Threshold { value, increment: section.count(increment)? })
    };
    Ok(Trigger {
        measure: section.choice("MeasureName", |text| match text {
            "UnHealthyHostCount" => Some(Measure::UnhealthyHostCount),
            other => Measure::read(other),
        })?,
        statistic: section.choice("Statistic", Statistic::read)?,
        unit: section.choice("Unit", Unit::read)?,
        period: minutes(section.count("Period")?),
        breach: minutes(section.count("BreachDuration")?),
        upper: threshold("UpperThreshold", "UpperBreachScaleIncrement")?,
        lower: threshold("LowerThreshold", "LowerBreachScaleIncrement")?,
    })
}

fn scheduled_action(resolved: &Resolved, name: &str) -> Result<ScheduledAction, Message> {
    let section = resolved.scheduled_action(name);
    let moment = |name| section.read(name, "a time of ISO 8601 such as 2026-01-02T03:04:05Z", syntax::moment);
    Ok(ScheduledAction {
        start: moment("StartTime")?,
        end: moment("EndTime")?,
        recurrence: section
            .read("Recurrence", "an expression of cron with five fields", |text| syntax::cron(text).ok())?,
        min: section.number("MinSize")?,
        max: section.number("MaxSize")?,
        desired: section.number("DesiredCapacity")?,
        suspended: section.boolean("Suspend")?,
    })
}

fn instance(resolved: &Resolved) -> Instance {
    let first = resolved.section("aws:ec2:instances").list("InstanceTypes").into_iter().next();
    let older = || resolved.section("aws:autoscaling:launchconfiguration").text("InstanceType");
    let instance_type = first.or_else(older).unwrap_or_else(|| super::table::INSTANCE_TYPE.to_owned());
    let limits = instance::limits(&instance_type);
    Instance { instance_type, limits }
}

fn deployment(resolved: &Resolved) -> Result<Deployment, Message> {
    let section = resolved.section("aws:elasticbeanstalk:command");
    let splitting = resolved.section("aws:elasticbeanstalk:trafficsplitting");
    let (percent, evaluation) = (splitting.number("NewVersionPercent")?, splitting.number("EvaluationTime")?);
    let own = resolved.section("dabba:environment");
    let seconds: Option<u32> = own.number("EvaluationSeconds")?;
    let policy = section.choice("DeploymentPolicy", |text| {
        Some(match text {
            "AllAtOnce" => DeploymentPolicy::AllAtOnce,
            "Rolling" => DeploymentPolicy::Rolling,
            "RollingWithAdditionalBatch" => DeploymentPolicy::RollingWithAdditionalBatch,
            "Immutable" => DeploymentPolicy::Immutable,
            "TrafficSplitting" => DeploymentPolicy::TrafficSplitting {
                percent: percent.unwrap_or(10),
                evaluation: match seconds {
                    Some(seconds) => Duration::from_secs(seconds.into()),
                    None => minutes(evaluation.unwrap_or(5)),
                },
            },
            _ => return None,
        })
    })?;
    let percentage = section.choice("BatchSizeType", |text| match text {
        "Percentage" => Some(true),
        "Fixed" => Some(false),
        _ => None,
    })?;
    Ok(Deployment {
        policy,
        batch: if percentage {
            Batch::Percentage(section.count("BatchSize")?)
        } else {
            Batch::Fixed(section.count("BatchSize")?)
        },
        timeout: section.seconds("Timeout")?,
        ignore_health: section.boolean("IgnoreHealthCheck")?,
        healthy_checks: own.count("HealthyChecks")?,
        healthy_interval: Duration::from_millis(own.count::<u32>("HealthyInterval")?.into()),
    })
}

fn rolling_update(resolved: &Resolved, capacity: &Capacity) -> Result<Option<RollingUpdate>, Message> {
    let section = resolved.section("aws:autoscaling:updatepolicy:rollingupdate");
    if !resolved.kind().scalable() || !section.boolean("RollingUpdateEnabled")? {
        return Ok(None);
    }
    let duration = |name| section.read(name, "a duration of ISO 8601 such as PT30M", syntax::duration);
    let usual = capacity.min.min(capacity.max.saturating_sub(1));
    Ok(Some(RollingUpdate {
        update_type: section.choice("RollingUpdateType", RollingUpdateType::read)?,
        max_batch: section.number("MaxBatchSize")?.unwrap_or_else(|| capacity.min.div_ceil(3).max(1)),
        min_in_service: section.number("MinInstancesInService")?.unwrap_or(usual),
        pause: duration("PauseTime")?.unwrap_or_default(),
        timeout: duration("Timeout")?.unwrap_or(Duration::from_secs(1800)),
    }))
}

fn health(resolved: &Resolved) -> Result<Health, Message> {
    let section = resolved.section("aws:elasticbeanstalk:healthreporting:system");
    let document = match section.text("ConfigDocument") {
        None => Document::default(),
        Some(text) => Document::read(&text).map_err(|why| section.fault("ConfigDocument", why))?,
    };
    Ok(Health {
        system: section.choice("SystemType", HealthSystem::read)?,
        application_4xx: document.rules.environment.application.application_requests.enabled,
        balancer_4xx: document.rules.environment.balancer.balancer_requests.enabled,
    })
}

fn worker(resolved: &Resolved) -> Result<Option<Worker>, Message> {
    if resolved.kind().tier != Tier::Worker {
        return Ok(None);
    }
    let section = resolved.section("aws:elasticbeanstalk:sqsd");
    Ok(Some(Worker {
        queue_url: section.text("WorkerQueueURL"),
        path: section.choice("HttpPath", |text| syntax::path(text).then(|| text.to_owned()))?,
        mime_type: section.choice("MimeType", |text| Some(text.to_owned()))?,
        connections: section.count("HttpConnections")?,
        connect_timeout: section.seconds("ConnectTimeout")?,
        inactivity_timeout: section.seconds("InactivityTimeout")?,
        visibility_timeout: section.seconds("VisibilityTimeout")?,
        error_visibility_timeout: section.seconds("ErrorVisibilityTimeout")?,
        retention: section.seconds("RetentionPeriod")?,
        max_retries: section.count("MaxRetries")?,
    }))
}

fn logs(resolved: &Resolved) -> Result<Logs, Message> {
    let stream = |namespace: &str, switch: &str| -> Result<Option<LogStream>, Message> {
        let section = resolved.section(namespace);
        if !section.boolean(switch)? {
            return Ok(None);
        }
        let delete_on_terminate = section.boolean("DeleteOnTerminate")?;
        Ok(Some(LogStream { delete_on_terminate, retention_days: section.count("RetentionInDays")? }))
    };
    Ok(Logs {
        instances: stream("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs")?,
        health: stream("aws:elasticbeanstalk:cloudwatch:logs:health", "HealthStreamingEnabled")?,
    })
}

fn groups(resolved: &Resolved) -> Result<Groups, Message> {
    let instances = resolved.section("aws:autoscaling:launchconfiguration");
    let namespace = match resolved.kind().load_balancer {
        Some(LoadBalancerType::Classic) => Some("aws:elb:loadbalancer"),
        Some(_) => Some("aws:elbv2:loadbalancer"),
        None => None,
    };
    let of_balancer = |namespace| {
        let section = resolved.section(namespace);
        let mut names = section.list("SecurityGroups");
        names.extend(section.text("ManagedSecurityGroup").filter(|managed| !names.contains(managed)));
        names
    };
    Ok(Groups {
        balancer: namespace.map(of_balancer).unwrap_or_default(),
        instances: instances.list("SecurityGroups"),
        without_default: instances.boolean("DisableDefaultEC2SecurityGroup")?,
    })
}

fn managed_actions(resolved: &Resolved) -> Result<Option<ManagedActions>, Message> {
    let section = resolved.section("aws:elasticbeanstalk:managedactions");
    if !section.boolean("ManagedActionsEnabled")? {
        return Ok(None);
    }
    let update = resolved.section("aws:elasticbeanstalk:managedactions:platformupdate");
    let (day, hour, minute) = section.choice("PreferredStartTime", syntax::window)?;
    Ok(Some(ManagedActions {
        day,
        hour,
        minute,
        update_level: update.choice("UpdateLevel", UpdateLevel::read)?,
        instance_refresh: update.boolean("InstanceRefreshEnabled")?,
    }))
}

fn notification(resolved: &Resolved) -> Result<Option<Notification>, Message> {
    let section = resolved.section("aws:elasticbeanstalk:sns:topics");
    let protocol = section.choice("Notification Protocol", NotificationProtocol::read)?;
    Ok(section.text("Notification Endpoint").map(|endpoint| Notification { endpoint, protocol }))
}

fn database(resolved: &Resolved) -> Result<Option<Database>, Message> {
    if !resolved.kind().database {
        return Ok(None);
    }
    let section = resolved.section("aws:rds:dbinstance");
    Ok(Some(Database {
        engine: section.choice("DBEngine", Engine::read)?,
        version: section.text("DBEngineVersion"),
        instance_class: section.choice("DBInstanceClass", |text| Some(text.to_owned()))?,
        storage: section.count("DBAllocatedStorage")?,
        user: section.choice("DBUser", |text| Some(text.to_owned()))?,
        password: section.text("DBPassword").map(Secret::new),
        snapshot: section.text("DBSnapshotIdentifier"),
        deletion: section.choice("DBDeletionPolicy", DeletionPolicy::read)?,
    }))
}
