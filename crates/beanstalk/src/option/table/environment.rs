//! The environment itself: its application, deployments, processes, proxy and health.

use super::ChangeSeverity::{RestartApplicationServer, RestartEnvironment, Unknown};
use super::{Applies, Entry, Group, Namespace, Syntax, ValueType};
use crate::option::LoadBalancerType;
use crate::option::resolve::Kind;

const TEMPLATE: &str = "there is no CloudFormation template to give it to";
const EXTERNAL: &str = "extensions come with the bundle";
const LAUNCH: &str = "an environment whose launch fails stays, to be mended or terminated";

/// Days that CloudWatch Logs can keep events for.
pub(super) const RETENTION: &[&str] =
    &["1", "3", "5", "7", "14", "30", "60", "90", "120", "150", "180", "365", "400", "545", "731", "1827", "3653"];

/// All metrics, none of them published: the document of an environment to which nobody gave one.
const DOCUMENT: &str = concat!(
    r#"{"Version":1,"CloudWatchMetrics":{"Instance":{"CPUIrq":null,"LoadAverage5min":null,"#,
    r#""ApplicationRequests5xx":null,"ApplicationRequests4xx":null,"CPUUser":null,"LoadAverage1min":null,"#,
    r#""ApplicationLatencyP50":null,"CPUIdle":null,"InstanceHealth":null,"ApplicationLatencyP95":null,"#,
    r#""ApplicationLatencyP85":null,"RootFilesystemUtil":null,"ApplicationLatencyP90":null,"CPUSystem":null,"#,
    r#""ApplicationLatencyP75":null,"CPUSoftirq":null,"ApplicationLatencyP10":null,"ApplicationLatencyP99":null,"#,
    r#""ApplicationRequestsTotal":null,"ApplicationLatencyP99.9":null,"ApplicationRequests3xx":null,"#,
    r#""ApplicationRequests2xx":null,"CPUIowait":null,"CPUNice":null},"Environment":{"InstancesSevere":null,"#,
    r#""InstancesDegraded":null,"ApplicationRequests5xx":null,"ApplicationRequests4xx":null,"#,
    r#""ApplicationLatencyP50":null,"ApplicationLatencyP95":null,"ApplicationLatencyP85":null,"#,
    r#""InstancesUnknown":null,"ApplicationLatencyP90":null,"InstancesInfo":null,"InstancesPending":null,"#,
    r#""ApplicationLatencyP75":null,"ApplicationLatencyP10":null,"ApplicationLatencyP99":null,"#,
    r#""ApplicationRequestsTotal":null,"InstancesNoData":null,"ApplicationLatencyP99.9":null,"#,
    r#""ApplicationRequests3xx":null,"ApplicationRequests2xx":null,"InstancesOk":null,"InstancesWarning":null}}}"#,
);

fn network(kind: &Kind) -> bool {
    kind.load_balancer == Some(LoadBalancerType::Network)
}

fn interval(kind: &Kind) -> Option<&'static str> {
    Some(if network(kind) { "30" } else { "15" })
}

fn healthy(kind: &Kind) -> Option<&'static str> {
    Some(if network(kind) { "5" } else { "3" })
}

fn protocol(kind: &Kind) -> Option<&'static str> {
    Some(if network(kind) { "TCP" } else { "HTTP" })
}

fn load_balancer(kind: &Kind) -> Option<&'static str> {
    kind.load_balancer.map(LoadBalancerType::as_str)
}

pub(super) const GROUPS: &[Group] = &[
    Group {
        namespace: Namespace::Fixed("aws:cloudformation:template:parameter"),
        applies: Applies::Always,
        resource: None,
        free: Some(&Entry::text("any parameter").kept(TEMPLATE)),
        entries: &[
            Entry::text("AppSource").costs(Unknown).kept(TEMPLATE),
            Entry::text("EnvironmentVariables")
                .costs(RestartApplicationServer)
                .typed(ValueType::KeyValueList)
                .kept(TEMPLATE),
            Entry::text("HooksPkgUrl").costs(Unknown).kept(TEMPLATE),
            Entry::text("InstancePort").costs(Unknown).default("80").kept(TEMPLATE),
            Entry::text("InstanceTypeFamily").costs(Unknown).kept(TEMPLATE),
            Entry::text("StaticFiles").typed(ValueType::KeyValueList).kept(TEMPLATE),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:application"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[Entry::text("Application Healthcheck URL")
            .syntax(Syntax::HealthCheck)
            .max_length(200)
            .default("")
            .unset("a TCP connection")],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:application:environment"),
        applies: Applies::Always,
        resource: None,
        free: Some(&Entry::text("any environment variable").costs(RestartApplicationServer).syntax(Syntax::Property)),
        entries: &[],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:application:environmentsecrets"),
        applies: Applies::Always,
        resource: None,
        free: Some(
            &Entry::text("any environment variable")
                .costs(RestartApplicationServer)
                .syntax(Syntax::Arn)
                .kept("there is no Secrets Manager and no Parameter Store here, so the variable is not set"),
        ),
        entries: &[],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:cloudwatch:logs"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::boolean("DeleteOnTerminate", "false"),
            Entry::choice("RetentionInDays", RETENTION).default("7"),
            Entry::boolean("StreamLogs", "false"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:cloudwatch:logs:health"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::boolean("DeleteOnTerminate", "false"),
            Entry::boolean("HealthStreamingEnabled", "false"),
            Entry::choice("RetentionInDays", RETENTION).default("7"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:command"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::number("BatchSize", 1, 10_000).default("100"),
            Entry::choice("BatchSizeType", &["Percentage", "Fixed"]).default("Percentage"),
            Entry::choice(
                "DeploymentPolicy",
                &["AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting"],
            )
            .default_by(
                "AllAtOnce; Rolling where `RollingUpdateEnabled` is true and `BatchSize` is not all, as `eb create` \
                 asks for",
                |_| Some("AllAtOnce"),
            ),
            Entry::boolean("IgnoreHealthCheck", "false"),
            Entry::number("Timeout", 1, 3600).default("600"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:control"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::number("DefaultSSHPort", 1, 65_535).default("22").kept("nobody logs in to a container by SSH"),
            Entry::number("LaunchTimeout", 0, 86_400).default("0").kept(LAUNCH),
            Entry::choice("LaunchType", &["Migration", "Normal"]).default("Normal").kept(LAUNCH),
            Entry::boolean("RollbackLaunchOnFailure", "false").kept(LAUNCH),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:customoption"),
        applies: Applies::Always,
        resource: None,
        free: Some(&Entry::text("any name").kept("only `Resources` of .ebextensions could read it, and none are made")),
        entries: &[],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:environment"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::choice("EnvironmentType", &["LoadBalanced", "SingleInstance"])
                .costs(RestartEnvironment)
                .default("LoadBalanced"),
            Entry::text("ExternalExtensionsS3Bucket").costs(RestartEnvironment).max_length(255).kept(EXTERNAL),
            Entry::text("ExternalExtensionsS3Key").costs(RestartEnvironment).max_length(1024).kept(EXTERNAL),
            // Always told: eb asks for it wherever LoadBalancerType is application, and needs a value.
            Entry::boolean("LoadBalancerIsShared", "false")
                .kept("all environments share one balancer, and none sees another"),
            Entry::choice("LoadBalancerType", &["classic", "application", "network"])
                .default_by("classic", load_balancer)
                .applies(Applies::LoadBalanced),
            Entry::text("ServiceRole").max_length(500).kept("the daemon acts with its own rights"),
        ],
    },
    Group {
        namespace: Namespace::Family {
            prefix: "aws:elasticbeanstalk:environment:process:",
            member: "PROCESS_NAME",
            present: Some("default"),
            ports: false,
        },
        applies: Applies::ApplicationOrNetwork,
        resource: None,
        free: None,
        entries: &[
            Entry::number("DeregistrationDelay", 0, 3600).default("20"),
            Entry::number("HealthCheckInterval", 5, 300).default_by("15; 30 with a network load balancer", interval),
            Entry::text("HealthCheckPath")
                .syntax(Syntax::Path)
                .default_by("`Application Healthcheck URL` where that is a path, else /", |_| Some("/")),
            Entry::number("HealthCheckTimeout", 1, 60).default("5"),
            Entry::number("HealthyThresholdCount", 2, 10).default_by("3; 5 with a network load balancer", healthy),
            Entry::text("MatcherHTTPCode")
                .regex(
                    r"^((\d{3}(-\d{3})?)|(\d{3}(,\d{3})*))$",
                    "The configured value for 'MatcherHTTPCode' is invalid. A valid value must be a single code of 3 \
                     digits, a comma separated list of codes (e.g 200,210), or a range of codes (e.g 200-210).",
                )
                .unset("200; 200-399 with a network load balancer"),
            Entry::number("Port", 1, 65_535).default("80"),
            Entry::choice("Protocol", &["HTTP", "HTTPS", "TCP"])
                .default_by("HTTP; TCP with a network load balancer", protocol),
            Entry::boolean("StickinessEnabled", "false"),
            Entry::number("StickinessLBCookieDuration", 1, 604_800).default("86400"),
            Entry::choice("StickinessType", &["lb_cookie"])
                .default("lb_cookie")
                .kept("it is the only type that there is"),
            Entry::number("UnhealthyThresholdCount", 2, 10).default("5"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:environment:proxy"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[Entry::choice("ProxyServer", &["nginx", "none"])
            .costs(RestartApplicationServer)
            .default("nginx")
            .kept("the balancer speaks to the application itself, with no proxy between them")],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:environment:proxy:staticfiles"),
        applies: Applies::Always,
        resource: None,
        free: Some(
            &Entry::text("any path")
                .costs(RestartApplicationServer)
                .kept("there is no proxy: the application's container serves its files itself"),
        ),
        entries: &[],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:healthreporting:system"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::text("ConfigDocument")
                .typed(ValueType::Json)
                .syntax(Syntax::ConfigDocument)
                .max_length(32_000)
                .default_by("all metrics, none published", |_| Some(DOCUMENT)),
            Entry::boolean("EnhancedHealthAuthEnabled", "true").kept("health does not travel over a network"),
            Entry::choice("HealthCheckSuccessThreshold", &["Ok", "Warning", "Degraded", "Severe"])
                .default("Ok")
                .kept("a new instance is healthy when its health checks pass"),
            Entry::choice("SystemType", &["basic", "enhanced"]).costs(RestartEnvironment).default("basic"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:hostmanager"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[Entry::boolean("LogPublicationControl", "false")
            .kept("logs are on this machine, and `eb logs` puts what is asked for into the bucket")],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:managedactions"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::boolean("ManagedActionsEnabled", "false"),
            Entry::text("PreferredStartTime").max_length(9).syntax(Syntax::Window),
            Entry::text("ServiceRoleForManagedUpdates").default("").kept("the daemon acts with its own rights"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:managedactions:platformupdate"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::boolean("InstanceRefreshEnabled", "false"),
            Entry::choice("UpdateLevel", &["patch", "minor"]),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:monitoring"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[Entry::boolean("Automatically Terminate Unhealthy Instances", "true")
            .kept("a relic on AWS, too: what replaces an instance is its health")],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:trafficsplitting"),
        applies: Applies::Application,
        resource: None,
        free: None,
        entries: &[
            Entry::number("EvaluationTime", 3, 600).unset("5"),
            Entry::number("NewVersionPercent", 1, 100).unset("10"),
        ],
    },
];
