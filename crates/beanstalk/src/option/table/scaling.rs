//! Instances: how many, of what size, and how they are replaced.

use super::ChangeSeverity::{RestartEnvironment, Unknown};
use super::{Applies, Entry, Group, Namespace, Syntax, ValueType};
use crate::option::EnvironmentType;
use crate::option::resolve::Kind;

const ONE_ZONE: &str = "there is one zone: this machine";
const NO_SPOT: &str = "nothing is bought here";
const NO_VOLUME: &str = "a container's files are on the engine's own file system";
const NO_SSH: &str = "nobody logs in to a container by SSH";
const NO_IMAGE: &str = "an instance is a container of the application's own image";
const NO_VPC: &str = "the environment's network is one of the engine's own";

const GROUP: &str = "AWSEBAutoScalingGroup";
const TEMPLATE: &str = "AWSEBEC2LaunchTemplate";
const LOW: &str = "AWSEBCloudwatchAlarmLow";
const HIGH: &str = "AWSEBCloudwatchAlarmHigh";

fn most(kind: &Kind) -> Option<&'static str> {
    Some(if kind.environment_type == EnvironmentType::SingleInstance { "1" } else { "4" })
}

fn on_demand(kind: &Kind) -> Option<&'static str> {
    Some(if kind.environment_type == EnvironmentType::SingleInstance { "0" } else { "70" })
}

/// What an instance is when nobody says.
pub(crate) const INSTANCE_TYPE: &str = "t3.micro";

pub(super) const GROUPS: &[Group] = &[
    Group {
        namespace: Namespace::Fixed("aws:autoscaling:asg"),
        applies: Applies::Always,
        resource: Some(GROUP),
        free: None,
        entries: &[
            Entry::choice("Availability Zones", &["Any", "Any 1", "Any 2", "Any 3"]).default("Any").kept(ONE_ZONE),
            Entry::number("Cooldown", 0, 10_000).default("360"),
            Entry::text("Custom Availability Zones").typed(ValueType::List).default("").kept(ONE_ZONE),
            Entry::boolean("EnableCapacityRebalancing", "false").kept(NO_SPOT),
            Entry::number("MaxSize", 1, 10_000).default_by("4; 1 with a single instance", most),
            Entry::number("MinSize", 1, 10_000).default("1"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:autoscaling:launchconfiguration"),
        applies: Applies::Always,
        resource: Some(TEMPLATE),
        free: None,
        entries: &[
            Entry::list("BlockDeviceMappings").costs(RestartEnvironment).kept(NO_VOLUME),
            Entry::boolean("DisableDefaultEC2SecurityGroup", "false").costs(RestartEnvironment),
            Entry::boolean("DisableIMDSv1", "true")
                .costs(RestartEnvironment)
                .kept("containers have no instance metadata service"),
            Entry::text("EC2KeyName").costs(RestartEnvironment).max_length(200).kept(NO_SSH),
            Entry::text("IamInstanceProfile")
                .costs(RestartEnvironment)
                .kept("containers are given no credentials of a role"),
            Entry::text("ImageId").costs(RestartEnvironment).max_length(200).kept(NO_IMAGE),
            Entry::text("InstanceType").costs(RestartEnvironment).default(INSTANCE_TYPE),
            Entry::boolean("LaunchTemplateTagPropagationEnabled", "false")
                .no_default()
                .costs(RestartEnvironment)
                .kept("containers have the environment's tags in any case"),
            Entry::choice("MonitoringInterval", &["1 minute", "5 minute"])
                .costs(RestartEnvironment)
                .default("5 minute")
                .kept("metrics are taken at one interval"),
            Entry::number("RootVolumeIOPS", 100, 20_000).costs(RestartEnvironment).kept(NO_VOLUME),
            Entry::number("RootVolumeSize", 8, 16_384).costs(RestartEnvironment).kept(NO_VOLUME),
            Entry::number("RootVolumeThroughput", 125, 1000).costs(RestartEnvironment).kept(NO_VOLUME),
            Entry::choice("RootVolumeType", &["standard", "gp2", "gp3", "io1"])
                .costs(RestartEnvironment)
                .kept(NO_VOLUME),
            Entry::text("SSHSourceRestriction")
                .costs(RestartEnvironment)
                .default("tcp,22,22,0.0.0.0/0")
                .regex(r"^\s*[a-z]+\s*,\s*\d{1,5}\s*,\s*\d{1,5}\s*,\s*\S+\s*$", "PROTOCOL, FROM, TO, SOURCE")
                .kept(NO_SSH),
            Entry::list("SecurityGroups").costs(RestartEnvironment).max_length(200),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:autoscaling:scheduledaction"),
        applies: Applies::Scalable,
        resource: None,
        free: None,
        entries: &[
            Entry::number("DesiredCapacity", 0, 10_000),
            Entry::text("EndTime").syntax(Syntax::Moment),
            Entry::number("MaxSize", 0, 10_000),
            Entry::number("MinSize", 0, 10_000),
            Entry::text("Recurrence").syntax(Syntax::Cron).unset("once, at `StartTime`"),
            Entry::text("StartTime").syntax(Syntax::Moment),
            Entry::boolean("Suspend", "false"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:autoscaling:trigger"),
        applies: Applies::Scalable,
        resource: Some(LOW),
        free: None,
        entries: &[
            Entry::number("BreachDuration", 1, 600).default("5"),
            Entry::number("EvaluationPeriods", 1, 600).default("1"),
            Entry::text("LowerBreachScaleIncrement")
                .syntax(Syntax::Integer)
                .max_length(200)
                .default("-1")
                .of("AWSEBAutoScalingScaleDownPolicy"),
            Entry::text("LowerThreshold").syntax(Syntax::Decimal).default("2000000"),
            Entry::choice(
                "MeasureName",
                &[
                    "CPUUtilization",
                    "NetworkIn",
                    "NetworkOut",
                    "DiskWriteOps",
                    "DiskReadBytes",
                    "DiskReadOps",
                    "DiskWriteBytes",
                    "Latency",
                    "RequestCount",
                    "HealthyHostCount",
                    "UnhealthyHostCount",
                    "UnHealthyHostCount",
                    "TargetResponseTime",
                ],
            )
            .default("NetworkOut"),
            Entry::number("Period", 1, 600).default("5"),
            Entry::choice("Statistic", &["Minimum", "Maximum", "Sum", "Average"]).default("Average"),
            Entry::choice(
                "Unit",
                &[
                    "Seconds",
                    "Percent",
                    "Bytes",
                    "Bits",
                    "Count",
                    "Bytes/Second",
                    "Bits/Second",
                    "Count/Second",
                    "None",
                ],
            )
            .default("Bytes"),
            Entry::text("UpperBreachScaleIncrement")
                .syntax(Syntax::Integer)
                .max_length(200)
                .default("1")
                .of("AWSEBAutoScalingScaleUpPolicy"),
            Entry::text("UpperThreshold").syntax(Syntax::Decimal).default("6000000").of(HIGH),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:autoscaling:updatepolicy:rollingupdate"),
        applies: Applies::Scalable,
        resource: Some(GROUP),
        free: None,
        entries: &[
            Entry::number("MaxBatchSize", 1, 10_000).unset("a third of `MinSize`, rounded up"),
            Entry::number("MinInstancesInService", 0, 9999).unset("the lower of `MinSize` and one less than `MaxSize`"),
            Entry::text("PauseTime").syntax(Syntax::Duration(0, 3600)).unset("PT0S: a container needs no pause"),
            Entry::boolean("RollingUpdateEnabled", "false"),
            Entry::choice("RollingUpdateType", &["Time", "Health", "Immutable"]).default("Time"),
            Entry::text("Timeout").syntax(Syntax::Duration(300, 3600)).default("PT30M"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:ec2:instances"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::boolean("EnableSpot", "false").costs(RestartEnvironment).kept(NO_SPOT),
            Entry::list("InstanceTypes")
                .costs(RestartEnvironment)
                .default_by("the value of `InstanceType`", |_| Some(INSTANCE_TYPE)),
            Entry::choice(
                "SpotAllocationStrategy",
                &["capacity-optimized", "price-capacity-optimized", "capacity-optimized-prioritized", "lowest-price"],
            )
            .default("capacity-optimized")
            .kept(NO_SPOT),
            Entry::number("SpotFleetOnDemandAboveBasePercentage", 0, 100)
                .default_by("70; 0 with a single instance", on_demand)
                .kept(NO_SPOT),
            Entry::number("SpotFleetOnDemandBase", 0, 10_000).default("0").kept(NO_SPOT),
            Entry::text("SpotMaxPrice").kept(NO_SPOT),
            Entry::list("SupportedArchitectures")
                .costs(RestartEnvironment)
                .kept("containers are of this machine's architecture"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:ec2:vpc"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::boolean("AssociatePublicIpAddress", "false").no_default().costs(RestartEnvironment).kept(NO_VPC),
            Entry::list("DBSubnets").applies(Applies::Database).kept(NO_VPC),
            Entry::text("ELBScheme")
                .costs(Unknown)
                .default("public")
                .applies(Applies::LoadBalanced)
                .kept("the balancer listens where the daemon was told to"),
            Entry::list("ELBSubnets").costs(Unknown).applies(Applies::LoadBalanced).kept(NO_VPC),
            Entry::list("Subnets").costs(RestartEnvironment).of(GROUP).kept(NO_VPC),
            Entry::text("VPCId").costs(Unknown).of("AWSEBSecurityGroup").kept(NO_VPC),
        ],
    },
];
