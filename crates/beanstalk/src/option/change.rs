//! What an update has to do.

use super::configuration::Configuration;
use super::table::ChangeSeverity;

/// What becomes of the instances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Instances {
    /// They go on.
    #[default]
    Kept,
    /// Their containers start anew, with other variables.
    Restarted,
    /// They are replaced by others.
    Replaced,
}

/// What differs between two configurations, by who has to act upon it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Change {
    /// What becomes of the instances.
    pub instances: Instances,
    /// Whether requests go other ways.
    pub routing: bool,
    /// Whether there may be more or fewer instances.
    pub capacity: bool,
    /// Whether the queue, or how it is read, is another.
    pub worker: bool,
    /// Whether the database is another.
    pub database: bool,
    /// Whether anything else differs: what future operations do, what is told and kept.
    pub settings: bool,
}

impl Change {
    /// Whether nothing differs.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What it costs.
    pub fn severity(&self) -> ChangeSeverity {
        match self.instances {
            Instances::Kept => ChangeSeverity::NoInterruption,
            Instances::Restarted => ChangeSeverity::RestartApplicationServer,
            Instances::Replaced => ChangeSeverity::RestartEnvironment,
        }
    }
}

/// What an environment needs, to be as `new` says after it was as `old` says.
pub fn change(old: &Configuration, new: &Configuration) -> Change {
    // Named one by one, so that a part that comes to be is not forgotten here.
    let Configuration {
        tier,
        environment_type,
        capacity,
        instance,
        deployment,
        rolling_update,
        routing,
        health,
        properties,
        worker,
        logs,
        managed_actions,
        groups,
        notification,
        database,
        invalid_state_refused,
    } = new;
    let replaced = *tier != old.tier
        || *environment_type != old.environment_type
        || *instance != old.instance
        || health.system != old.health.system;
    // An application is told where its database is by its environment variables.
    let restarted = *properties != old.properties || *database != old.database;
    Change {
        instances: if replaced {
            Instances::Replaced
        } else if restarted {
            Instances::Restarted
        } else {
            Instances::Kept
        },
        routing: *routing != old.routing,
        capacity: *capacity != old.capacity,
        worker: *worker != old.worker,
        database: *database != old.database,
        settings: *deployment != old.deployment
            || *rolling_update != old.rolling_update
            || *health != old.health
            || *logs != old.logs
            || *managed_actions != old.managed_actions
            || *groups != old.groups
            || *notification != old.notification
            || *invalid_state_refused != old.invalid_state_refused,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Origin, Setting, Tier, resolve};
    use super::*;

    fn configuration(settings: &[(&str, &str, &str)]) -> Configuration {
        let given = settings.iter().map(|(namespace, name, value)| Setting::new(namespace, name, *value));
        Configuration::parse(&resolve(Tier::WebServer, given.map(|setting| (setting, Origin::Request)))).unwrap()
    }

    #[test]
    fn each_change_calls_for_its_own() {
        let old = configuration(&[]);
        assert!(change(&old, &configuration(&[])).is_nothing());
        let nothing = Change::default();
        for (setting, expected) in [
            (
                ("aws:elasticbeanstalk:application:environment", "A", "1"),
                Change { instances: Instances::Restarted, ..nothing },
            ),
            (
                ("aws:autoscaling:launchconfiguration", "InstanceType", "m5.large"),
                Change { instances: Instances::Replaced, ..nothing },
            ),
            (("aws:autoscaling:asg", "MinSize", "2"), Change { capacity: true, ..nothing }),
            (("aws:autoscaling:trigger", "UpperThreshold", "7000000"), Change { capacity: true, ..nothing }),
            (("aws:elb:policies", "Stickiness Policy", "true"), Change { routing: true, ..nothing }),
            (("dabba:environment", "TLS", "true"), Change { routing: true, ..nothing }),
            (("aws:elasticbeanstalk:command", "Timeout", "60"), Change { settings: true, ..nothing }),
            (
                ("aws:rds:dbinstance", "HasCoupledDatabase", "true"),
                Change { instances: Instances::Restarted, database: true, ..nothing },
            ),
            (("aws:autoscaling:launchconfiguration", "EC2KeyName", "mine"), nothing),
        ] {
            assert_eq!(change(&old, &configuration(&[setting])), expected, "{setting:?}");
        }
        let single = configuration(&[("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance")]);
        let changed = change(&old, &single);
        assert_eq!((changed.instances, changed.capacity, changed.routing), (Instances::Replaced, true, true));
        assert_eq!(changed.severity(), ChangeSeverity::RestartEnvironment);
    }
}
