//! Tests of the table, of checks and of meanings together.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::table::{self, Entry, Group, Meaning, Namespace, Syntax, ValueType};
use super::*;

const ENVIRONMENT: &str = "aws:elasticbeanstalk:environment";
const COMMAND: &str = "aws:elasticbeanstalk:command";
const UPDATE: &str = "aws:autoscaling:updatepolicy:rollingupdate";
const HEALTH: &str = "aws:elasticbeanstalk:healthreporting:system";
const MANAGED: &str = "aws:elasticbeanstalk:managedactions";
const PROCESS: &str = "aws:elasticbeanstalk:environment:process:default";

type Given<'a> = [(&'a str, &'a str, &'a str)];

fn settings(given: &Given<'_>) -> Vec<Setting> {
    given
        .iter()
        .map(|(namespace, name, value)| {
            let (namespace, resource) = match namespace.split_once('/') {
                Some((namespace, resource)) => (namespace, Some(resource.to_owned())),
                None => (*namespace, None),
            };
            Setting { key: OptionKey::new(namespace, *name, resource), value: (*value).to_owned() }
        })
        .collect()
}

fn requested(tier: Tier, settings: &[Setting]) -> Resolved {
    resolve(tier, settings.iter().map(|setting| (setting.clone(), Origin::Request)))
}

fn web(given: &Given<'_>) -> (Vec<Message>, Result<Configuration, Message>) {
    let settings = settings(given);
    let resolved = requested(Tier::WebServer, &settings);
    (validate(&settings, &resolved), Configuration::parse(&resolved))
}

fn errors(messages: &[Message]) -> Vec<&Message> {
    messages.iter().filter(|message| message.severity == Severity::Error).collect()
}

#[test]
fn what_cannot_be_is_told() {
    const APPLICATION: (&str, &str, &str) = (ENVIRONMENT, "LoadBalancerType", "application");
    const NETWORK: (&str, &str, &str) = (ENVIRONMENT, "LoadBalancerType", "network");
    const ACTION: &str = "aws:autoscaling:scheduledaction/night";
    let cases: &[(&Given<'_>, &str)] = &[
        (
            &[("aws:autoscaling:asg", "MaxSise", "1")],
            "Invalid option specification (Namespace: 'aws:autoscaling:asg', OptionName: 'MaxSise'): Unknown configuration \
             setting. Did you mean 'MaxSize'?",
        ),
        (&[("aws:elb:loadbalancer", "LoadBalancerType", "x")], "Unknown configuration setting."),
        (&[("aws:elb:policies", "MinSize", "1")], "There is one in the namespace 'aws:autoscaling:asg'."),
        (
            &[("aws:autoscaling:asgs", "MinSize", "1")],
            "There is no such namespace. Did you mean 'aws:autoscaling:asg'?",
        ),
        (
            &[("aws:elasticbeanstalk:environment:proxy", "ProxyServer", "apache")],
            "Invalid option value: 'apache' (Namespace: 'aws:elasticbeanstalk:environment:proxy', OptionName: \
             'ProxyServer'): Value is not one of the allowed values: [nginx, none]",
        ),
        (
            &[APPLICATION, (PROCESS, "MatcherHTTPCode", "")],
            r"Value does not satisfy regex: '^((\d{3}(-\d{3})?)|(\d{3}(,\d{3})*))$' [The configured value for 'MatcherHTTPCode' is invalid.",
        ),
        (&[APPLICATION, (PROCESS, "MatcherHTTPCode", "200-500")], "codes are from 200 to 499"),
        (&[NETWORK, (PROCESS, "MatcherHTTPCode", "404")], "codes are from 200 to 399"),
        (&[NETWORK, (PROCESS, "Protocol", "HTTP")], "With a network load balancer the allowed values are: [TCP]"),
        (&[APPLICATION, ("aws:elbv2:listener:443", "Protocol", "TLS")], "the allowed values are: [HTTP, HTTPS]"),
        (
            &[
                ("aws:elb:listener:443", "ListenerProtocol", "SSL"),
                ("aws:elb:listener:443", "InstanceProtocol", "HTTPS"),
            ],
            "Behind a listener of SSL the allowed values are: [TCP, SSL]",
        ),
        (&[("aws:elb:listener:80", "InstanceProtocol", "SSL")], "Behind a listener of HTTP the allowed values are"),
        (&[("aws:autoscaling:asg", "MinSize", "-1")], "Value is less than minimum allowed value: 1"),
        (&[("aws:autoscaling:asg", "MaxSize", "10001")], "Value is greater than maximum allowed value: 10000"),
        (&[("aws:autoscaling:asg", "MinSize", "many")], "Value is not a number"),
        (&[("aws:autoscaling:asg", "MinSize", "")], "Value is not a number"),
        (&[("aws:autoscaling:asg", "MinSize", "5")], "MinSize must not be greater than MaxSize, which is 4"),
        (&[(COMMAND, "DeploymentPolicy", "Roling")], "Did you mean 'Rolling'?"),
        (&[(COMMAND, "DeploymentPolicy", "TrafficSplitting")], "requires an application load balancer"),
        (&[(COMMAND, "DeploymentPolicy", "Immutable")], "Immutable updates require enhanced health reporting"),
        (&[(UPDATE, "RollingUpdateType", "Immutable")], "Immutable updates require enhanced health reporting"),
        (&[(COMMAND, "BatchSize", "101")], "Value is greater than maximum allowed value: 100"),
        (&[(COMMAND, "BatchSize", "5"), (COMMAND, "BatchSizeType", "Fixed")], "not be larger than MaxSize"),
        (&[(COMMAND, "IgnoreHealthCheck", "yes")], "[true, false]"),
        (&[(UPDATE, "PauseTime", "10")], "not a duration of ISO 8601"),
        (&[(UPDATE, "PauseTime", "PT2H")], "not between 0 and 3600 seconds"),
        (&[(UPDATE, "Timeout", "PT1M")], "not between 300 and 3600 seconds"),
        (&[(UPDATE, "MinInstancesInService", "4")], "It must be less than MaxSize, which is 4"),
        (&[("aws:elasticbeanstalk:cloudwatch:logs", "RetentionInDays", "2")], "[1, 3, 5, 7, 14"),
        (&[(HEALTH, "ConfigDocument", "{")], "Value is not such a document"),
        (&[(HEALTH, "SystemType", "Enhanced")], "Did you mean 'enhanced'?"),
        (&[(MANAGED, "ManagedActionsEnabled", "true")], "It must be set when ManagedActionsEnabled is true"),
        (&[(MANAGED, "PreferredStartTime", "Tue:9")], "not a day and a time"),
        (&[("aws:elb:healthcheck", "Timeout", "10")], "A health check must time out before the next"),
        (&[APPLICATION, (PROCESS, "HealthCheckTimeout", "15")], "and HealthCheckInterval is 15"),
        (&[APPLICATION, ("aws:elbv2:listener:default", "DefaultProcess", "x")], "Process 'x' does not exist"),
        (&[APPLICATION, ("aws:elbv2:listener:default", "Rules", "r")], "Rule 'r' does not exist"),
        (
            &[APPLICATION, ("aws:elbv2:listener:80", "Rules", "r"), ("aws:elbv2:listenerrule:r", "Priority", "2")],
            "A rule needs HostHeaders or PathPatterns",
        ),
        (&[("aws:autoscaling:scheduledaction", "MinSize", "1")], "needs a ResourceName"),
        (&[(ACTION, "Recurrence", "* * *"), (ACTION, "MinSize", "1")], "cron with five fields"),
        (&[(ACTION, "MinSize", "1")], "An action needs StartTime or Recurrence"),
        (&[(ACTION, "StartTime", "soon")], "a time of ISO 8601"),
        (
            &[(ACTION, "Recurrence", "0 8 * * *"), (ACTION, "MinSize", "3"), (ACTION, "MaxSize", "2")],
            "MinSize must not be greater than MaxSize",
        ),
        (&[("aws:elasticbeanstalk:application:environment", "A=B", "1")], "has no = in it"),
        (&[("aws:elasticbeanstalk:application", "Application Healthcheck URL", "health")], "a path such as /health"),
        (&[("dabba:environment", "HealthyChecks", "0")], "minimum allowed value: 1"),
        (
            &[("aws:rds:dbinstance", "HasCoupledDatabase", "true"), ("aws:rds:dbinstance", "DBEngine", "oracle-se1")],
            "[mysql, postgres, mariadb]",
        ),
        (&[("aws:autoscaling:launchconfiguration", "DisableDefaultEC2SecurityGroup", "true")], "SecurityGroups"),
    ];
    for (given, text) in cases {
        let (messages, parsed) = web(given);
        let found = errors(&messages);
        assert!(
            found.iter().any(|message| message.message.contains(text)),
            "{given:?}: {text}\n{found:#?}\n{parsed:?}"
        );
    }
}

#[test]
fn what_can_be_is_not_complained_of() {
    let cases: &[&Given<'_>] = &[
        &[("aws:autoscaling:asg", "MinSize", "4"), ("aws:autoscaling:asg", "MaxSize", "10000")],
        &[(UPDATE, "PauseTime", "PT5M30S")],
        &[(HEALTH, "SystemType", "enhanced"), (COMMAND, "DeploymentPolicy", "Immutable")],
        &[(ENVIRONMENT, "LoadBalancerType", "application"), (COMMAND, "DeploymentPolicy", "TrafficSplitting")],
        &[("aws:elasticbeanstalk:application:environment", "EMPTY", "")],
        &[("aws:ec2:vpc", "Subnets", ""), ("aws:autoscaling:launchconfiguration", "EC2KeyName", "")],
        &[(ENVIRONMENT, "LoadBalancerIsShared", "False"), (ENVIRONMENT, "LoadBalancerType", "application")],
        // What `eb create` sends.
        &[
            (HEALTH, "SystemType", "enhanced"),
            (COMMAND, "BatchSize", "30"),
            (COMMAND, "BatchSizeType", "Percentage"),
            ("aws:elb:policies", "ConnectionDrainingEnabled", "true"),
            ("aws:elb:loadbalancer", "CrossZone", "true"),
            ("aws:autoscaling:launchconfiguration", "IamInstanceProfile", "aws-elasticbeanstalk-ec2-role"),
            (ENVIRONMENT, "ServiceRole", "aws-elasticbeanstalk-service-role"),
            (UPDATE, "RollingUpdateEnabled", "true"),
            (UPDATE, "RollingUpdateType", "Health"),
            (ENVIRONMENT, "LoadBalancerType", "application"),
        ],
    ];
    for given in cases {
        let (messages, parsed) = web(given);
        assert_eq!(messages, [], "{given:?}");
        parsed.unwrap();
    }
}

#[test]
fn what_has_no_effect_is_warned_of() {
    let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:x";
    for (given, text) in [
        (("aws:elasticbeanstalk:sqsd", "HttpPath", "/"), "applies to worker environments only"),
        (("aws:autoscaling:launchconfiguration", "InstanceType", "z9.huge"), "z9.huge is not known here"),
        (("aws:elasticbeanstalk:application:environmentsecrets", "A", secret), "no Secrets Manager"),
        (("aws:autoscaling:trigger", "LowerThreshold", "9000000"), "not below UpperThreshold"),
        (("aws:rds:dbinstance", "DBUser", "me"), "a database of their own only"),
    ] {
        let (messages, parsed) = web(&[given]);
        let [message] = &messages[..] else { panic!("{given:?} {messages:?}") };
        assert_eq!(message.severity, Severity::Warning);
        assert!(message.message.contains(text), "{message:?}");
        parsed.unwrap();
    }
}

#[test]
fn a_call_is_refused_with_all_errors_and_no_secret() {
    let (messages, _) = web(&[
        ("aws:autoscaling:asg", "MinSize", "x"),
        ("aws:rds:dbinstance", "HasCoupledDatabase", "true"),
        ("aws:autoscaling:launchconfiguration", "SecurityGroups", "sg-01"),
        ("aws:rds:dbinstance", "DBPassword", "sh/rt"),
        ("aws:elasticbeanstalk:sqsd", "HttpPath", "/"),
    ]);
    let refused = Invalid::check(messages).unwrap_err().to_string();
    assert!(
        refused.starts_with("Configuration validation exception: Invalid option value: 'x' (Namespace:"),
        "{refused}"
    );
    assert!(refused.contains("; Invalid option value: '********'"), "{refused}");
    assert!(!refused.contains("sh/rt") && !refused.contains("sqsd"), "{refused}");
    assert_eq!(Invalid::check(Vec::new()), Ok(()));
}

#[test]
fn there_are_bounds() {
    let long = "x".repeat(limits::VALUE + 1);
    let name = "y".repeat(limits::NAME + 1);
    let namespace = "aws:elasticbeanstalk:application:environment";
    for (given, text) in [
        ((namespace, "A", long.as_str()), "Value is longer than"),
        ((namespace, name.as_str(), ""), "is longer than 256 bytes"),
    ] {
        let (messages, _) = web(&[given]);
        assert!(messages[0].message.contains(text) && messages[0].message.len() < 1000, "{messages:?}");
    }
    let value = "x".repeat(100_000);
    let names: Vec<String> = (0..11).map(|index| format!("A{index}")).collect();
    let all: Vec<_> = names.iter().map(|name| (namespace, name.as_str(), value.as_str())).collect();
    assert_eq!(errors(&web(&all[..10]).0).len(), 0);
    assert!(errors(&web(&all).0)[0].message.contains("All properties together"));
    let names: Vec<String> = (0..101).map(|index| format!("aws:elb:listener:{}", index + 1000)).collect();
    let all: Vec<_> = names.iter().map(|name| (name.as_str(), "InstancePort", "80")).collect();
    assert!(errors(&web(&all).0)[0].message.contains("at most 100"));
}

/// Environments of every kind, with all that can be switched on.
fn kinds() -> Vec<(Tier, Vec<Setting>)> {
    let common: &Given<'_> = &[
        ("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs", "true"),
        ("aws:elasticbeanstalk:cloudwatch:logs:health", "HealthStreamingEnabled", "true"),
        (HEALTH, "SystemType", "enhanced"),
        (MANAGED, "ManagedActionsEnabled", "true"),
        (MANAGED, "PreferredStartTime", "Tue:09:00"),
        ("aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel", "patch"),
        ("aws:rds:dbinstance", "HasCoupledDatabase", "true"),
        ("aws:elasticbeanstalk:sns:topics", "Notification Endpoint", "http://127.0.0.1/told"),
    ];
    let scaled: &Given<'_> = &[
        (UPDATE, "RollingUpdateType", "Health"),
        ("aws:autoscaling:scheduledaction/night", "Recurrence", "0 20 * * *"),
        ("aws:autoscaling:scheduledaction/night", "DesiredCapacity", "1"),
        ("aws:autoscaling:scheduledaction/night", "StartTime", "2030-01-01T00:00:00Z"),
        ("aws:autoscaling:asg", "MinSize", "2"),
    ];
    let newer: &Given<'_> = &[("aws:elasticbeanstalk:environment:process:admin", "Port", "8080")];
    let application: &Given<'_> = &[
        (ENVIRONMENT, "LoadBalancerType", "application"),
        (COMMAND, "DeploymentPolicy", "TrafficSplitting"),
        ("aws:elbv2:listener:default", "Rules", "r1"),
        ("aws:elbv2:listenerrule:r1", "PathPatterns", "/admin/*"),
        ("aws:elbv2:listenerrule:r2", "PathPatterns", "/other/*"),
        ("aws:elbv2:listenerrule:r2", "Priority", "2"),
        ("aws:elbv2:loadbalancer", "AccessLogsS3Enabled", "true"),
        ("aws:elbv2:loadbalancer", "AccessLogsS3Bucket", "logs"),
        (PROCESS, "StickinessEnabled", "true"),
    ];
    let classic: &Given<'_> = &[
        ("aws:elb:policies", "ConnectionDrainingEnabled", "true"),
        ("aws:elb:policies", "Stickiness Policy", "true"),
        ("aws:elb:loadbalancer", "LoadBalancerHTTPSPort", "443"),
    ];
    let network: &Given<'_> = &[(ENVIRONMENT, "LoadBalancerType", "network")];
    let single: &Given<'_> = &[(ENVIRONMENT, "EnvironmentType", "SingleInstance")];
    let all = |parts: &[&Given<'_>]| settings(&parts.concat());
    vec![
        (Tier::WebServer, all(&[common, scaled, classic])),
        (Tier::WebServer, all(&[common, scaled, newer, application])),
        (Tier::WebServer, all(&[common, scaled, newer, network])),
        (Tier::WebServer, all(&[common, single])),
        (Tier::Worker, all(&[common, scaled])),
        (Tier::WebServer, Vec::new()),
    ]
}

/// Values that an option can have.
fn samples(entry: &Entry) -> Vec<String> {
    if entry.value_type == ValueType::Boolean {
        return vec!["true".into(), "false".into()];
    }
    if !entry.options.is_empty() {
        return entry.options.iter().map(|option| (*option).to_owned()).collect();
    }
    let texts: &[&str] = match (entry.name, entry.syntax) {
        ("InstanceType" | "InstanceTypes", _) => &["m5.large"],
        ("DefaultProcess" | "Process", _) => &["admin"],
        ("Rules", _) => &["r1,r2"],
        ("HostHeaders" | "PathPatterns", _) => &["/x/*,/y"],
        ("MatcherHTTPCode", _) => &["201-299", "204"],
        ("MimeType", _) => &["text/plain"],
        ("DBEngineVersion", _) => &["16.1"],
        ("DBInstanceClass", _) => &["db.m5.large"],
        ("DBPassword", _) => &["correct-horse"],
        ("DBSnapshotIdentifier", _) => &["orders-last"],
        ("SSHSourceRestriction", _) => &["tcp, 22, 22, 10.0.0.0/8"],
        (_, Syntax::Decimal) => &["1.5"],
        (_, Syntax::Integer) => {
            return entry.min.into_iter().chain(entry.max).chain([3, 5]).map(|number| number.to_string()).collect();
        }
        (_, Syntax::Duration(..)) => &["PT7M"],
        (_, Syntax::Moment) => &["2031-01-01T00:00:00Z"],
        (_, Syntax::Cron) => &["5 4 * * *"],
        (_, Syntax::Path) => &["/other"],
        (_, Syntax::Url) => &["http://127.0.0.1/queue"],
        (_, Syntax::HealthCheck) => &["/up", "TCP:81"],
        (_, Syntax::ConfigDocument) => {
            &[r#"{"Rules":{"Environment":{"ELB":{"ELBRequests4xx":{"Enabled":false}}}},"Version":1}"#]
        }
        (_, Syntax::Window) => &["Sun:10:00"],
        (_, Syntax::Arn) => &["arn:aws:ssm:us-east-1:123456789012:parameter/x"],
        (_, Syntax::Text | Syntax::Property) => &["some_text"],
    };
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn keys(group: &Group, entry: &Entry, resolved: &Resolved) -> Vec<OptionKey> {
    let named = group.entries.iter().any(|own| own.name == entry.name);
    let name = if named { entry.name } else { "/NAME" };
    let namespaces = match group.namespace {
        Namespace::Fixed(namespace) => vec![namespace.to_owned()],
        Namespace::Family { prefix, .. } => {
            let members = resolved
                .members(prefix)
                .into_iter()
                .chain(["mine"].into_iter().filter(|_| prefix.ends_with("policies:")));
            members.map(|member| format!("{prefix}{member}")).collect()
        }
    };
    let resource = group.namespace.has(SCHEDULED_ACTION).then(|| "night".to_owned());
    namespaces.into_iter().map(|namespace| OptionKey::new(namespace, name, resource.clone())).collect()
}

#[test]
fn what_is_honoured_changes_the_configuration_and_what_is_kept_does_not() {
    let mut honoured = BTreeSet::new();
    for (tier, base) in kinds() {
        let resolved = requested(tier, &base);
        assert_eq!(errors(&validate(&base, &resolved)), Vec::<&Message>::new());
        let configuration = Configuration::parse(&resolved).unwrap();
        for group in table::groups() {
            for entry in group.entries.iter().chain(group.free) {
                for key in keys(group, entry, &resolved) {
                    for value in samples(entry) {
                        let mut given = base.clone();
                        given.retain(|setting| setting.key != key);
                        given.push(Setting { key: key.clone(), value: value.clone() });
                        let resolved = requested(tier, &given);
                        let changed = match Configuration::parse(&resolved) {
                            Ok(other) => other != configuration,
                            Err(_) => continue,
                        };
                        match entry.meaning {
                            Meaning::Honoured if changed => {
                                honoured.insert((group.namespace.words(), entry.name));
                            }
                            Meaning::Honoured => {}
                            Meaning::KeptOnly(_) => assert!(!changed, "{key} {value}"),
                        }
                    }
                }
            }
        }
    }
    let idle: Vec<_> = table::groups()
        .flat_map(|group| group.entries.iter().chain(group.free).map(move |entry| (group, entry)))
        .filter(|(group, entry)| {
            entry.meaning == Meaning::Honoured && !honoured.contains(&(group.namespace.words(), entry.name))
        })
        .map(|(group, entry)| (group.namespace.words(), entry.name))
        .collect();
    assert_eq!(idle, []);
}

#[test]
fn all_defaults_are_accepted() {
    for (tier, base) in kinds() {
        let resolved = requested(tier, &base);
        let defaults: Vec<Setting> = resolved
            .iter()
            .filter_map(|(key, value)| Some(Setting { key: key.clone(), value: value.text.clone()? }))
            .collect();
        let again = requested(tier, &defaults);
        assert_eq!(errors(&validate(&defaults, &again)), Vec::<&Message>::new());
        assert_eq!(Configuration::parse(&again).unwrap(), Configuration::parse(&resolved).unwrap());
    }
}

#[test]
fn an_environment_of_defaults_is_that_of_aws() {
    let plain = web(&[]).1.unwrap();
    assert_eq!((plain.capacity.min, plain.capacity.max, plain.capacity.cooldown.as_secs()), (1, 4, 360));
    assert_eq!(plain.deployment.policy, DeploymentPolicy::AllAtOnce);
    assert_eq!((plain.deployment.healthy_checks, plain.deployment.healthy_interval.as_millis()), (2, 200));
    assert_eq!(plain.rolling_update, None);
    let trigger = plain.capacity.trigger.unwrap();
    assert_eq!((trigger.measure, trigger.breach.as_secs()), (Measure::NetworkOut, 300));
    assert_eq!(trigger.upper, Threshold { value: 6_000_000.0, increment: 1 });
    assert_eq!(trigger.lower, Threshold { value: 2_000_000.0, increment: -1 });
    assert_eq!(plain.instance.limits.unwrap().memory, 1 << 30);
    let process = &plain.routing.processes[DEFAULT_PROCESS];
    assert_eq!(process.check.probe, Probe::Connect { tls: false, port: Some(80) });
    assert_eq!(plain.routing.listeners[&80].protocol, ListenerProtocol::Http);

    let single = web(&[(ENVIRONMENT, "EnvironmentType", "SingleInstance")]).1.unwrap();
    assert_eq!((single.capacity.min, single.capacity.max), (1, 1));
    assert_eq!((single.capacity.trigger, single.routing.load_balancer), (None, None));
    assert_eq!(single.routing.listeners.len(), 1);

    let worker = Configuration::parse(&resolve(Tier::Worker, [])).unwrap();
    assert_eq!(worker.routing.listeners.len(), 0);
    let daemon = worker.worker.unwrap();
    assert_eq!((daemon.path.as_str(), daemon.connections, daemon.max_retries), ("/", 50, 10));
    assert_eq!(daemon.inactivity_timeout, Duration::from_secs(299));
}

#[test]
fn an_application_load_balancer_is_read() {
    let configuration = web(&[
        (ENVIRONMENT, "LoadBalancerType", "application"),
        ("aws:elbv2:listener:443", "Protocol", "HTTPS"),
        ("aws:elbv2:listener:443", "SSLCertificateArns", "arn:aws:acm:us-east-1:123456789012:certificate/1"),
        ("aws:elbv2:listener:443", "Rules", "late, early"),
        ("aws:elbv2:listenerrule:late", "HostHeaders", "admin.*"),
        ("aws:elbv2:listenerrule:late", "Priority", "9"),
        ("aws:elbv2:listenerrule:late", "Process", "admin"),
        ("aws:elbv2:listenerrule:early", "PathPatterns", "/a/*, /b"),
        ("aws:elbv2:listener:default", "ListenerEnabled", "false"),
        ("aws:elasticbeanstalk:environment:process:admin", "Port", "8080"),
        ("aws:elasticbeanstalk:application", "Application Healthcheck URL", "/up"),
        (PROCESS, "MatcherHTTPCode", "200,204"),
        (PROCESS, "StickinessEnabled", "true"),
        ("dabba:environment", "LoadBalancingAlgorithm", "least_outstanding_requests"),
        ("dabba:environment", "SlowStart", "30"),
    ]);
    let routing = configuration.1.unwrap().routing;
    assert_eq!(routing.listeners.keys().collect::<Vec<_>>(), [&443]);
    let listener = &routing.listeners[&443];
    assert!(listener.certificate.is_some());
    assert_eq!(listener.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(), ["early", "late"]);
    assert_eq!(listener.rules[0].paths, ["/a/*", "/b"]);
    assert_eq!(listener.rules[1].process, "admin");
    let default = &routing.processes[DEFAULT_PROCESS];
    assert_eq!(default.stickiness, Some(Stickiness::For(Duration::from_secs(86_400))));
    let codes = vec![(200, 200), (204, 204)];
    assert_eq!(default.check.probe, Probe::Get { tls: false, port: None, path: "/up".into(), codes });
    assert_eq!(routing.processes["admin"].port, 8080);
    for process in routing.processes.values() {
        assert_eq!(process.algorithm, Algorithm::LeastOutstandingRequests);
        assert_eq!(process.slow_start, Duration::from_secs(30));
    }
}

#[test]
fn tls_on_request_is_a_listener_and_the_way_to_it() {
    const OWN: &str = "dabba:environment";
    let tls = (OWN, "TLS", "true");
    let redirect = (OWN, "HTTPSRedirect", "true");
    let application = (ENVIRONMENT, "LoadBalancerType", "application");
    let routing = |given: &Given<'_>| web(given).1.unwrap().routing;
    let single = routing(&[(ENVIRONMENT, "EnvironmentType", "SingleInstance"), tls, redirect]);
    assert_eq!(single.listeners[&443].protocol, ListenerProtocol::Https);
    assert_eq!((single.listeners[&80].redirect, single.listeners[&443].redirect), (Some(443), None));
    // It leads where that of port 80 does.
    let like = routing(&[
        application,
        tls,
        ("aws:elbv2:listener:80", "DefaultProcess", "admin"),
        ("aws:elbv2:listener:80", "Rules", "r"),
        ("aws:elbv2:listenerrule:r", "PathPatterns", "/x"),
        ("aws:elasticbeanstalk:environment:process:admin", "Port", "8080"),
    ]);
    assert_eq!((like.listeners[&443].process.as_str(), like.listeners[&443].rules.len()), ("admin", 1));
    assert_eq!(like.used().into_keys().collect::<Vec<_>>(), ["admin", "default"]);
    // What is configured goes before it.
    let own = routing(&[application, tls, ("aws:elbv2:listener:443", "Protocol", "HTTP")]);
    assert_eq!(own.listeners[&443].protocol, ListenerProtocol::Http);
    let network = routing(&[(ENVIRONMENT, "LoadBalancerType", "network"), tls]);
    assert_eq!(network.listeners[&443].protocol, ListenerProtocol::Tls);
    let other = routing(&[
        application,
        redirect,
        ("aws:elbv2:listener:8443", "Protocol", "HTTPS"),
        ("aws:elbv2:listener:80", "Rules", "r"),
        ("aws:elbv2:listenerrule:r", "PathPatterns", "/x"),
    ]);
    assert!(other.listeners[&80].rules.is_empty(), "all that comes by HTTP is sent to HTTPS");
    assert_eq!((other.listeners[&80].redirect, other.main(), other.encrypted()), (Some(8443), Some(80), Some(8443)));
    for nowhere in [&[application, redirect][..], &[(ENVIRONMENT, "LoadBalancerType", "network"), tls, redirect]] {
        let refused = web(nowhere).1.unwrap_err();
        assert!(refused.message.contains("No listener speaks HTTPS"), "{refused:?}");
    }
}

#[test]
fn listeners_of_a_classic_load_balancer_share_a_process_where_they_lead_to_one() {
    let routing =
        web(&[("aws:elb:loadbalancer", "LoadBalancerHTTPSPort", "443"), ("aws:elb:listener:81", "InstancePort", "81")]);
    let routing = routing.1.unwrap().routing;
    assert_eq!(routing.processes.keys().collect::<Vec<_>>(), ["default", "http-81"]);
    assert_eq!(routing.listeners[&443].process, DEFAULT_PROCESS);
    assert_eq!((routing.main(), routing.plain(), routing.encrypted()), (Some(80), Some(80), Some(443)));
}

#[test]
fn rules_are_an_application_load_balancers() {
    let rules = ("aws:elbv2:listener:default", "Rules", "nowhere");
    let network = web(&[(ENVIRONMENT, "LoadBalancerType", "network"), rules]);
    assert_eq!((errors(&network.0), network.1.unwrap().routing.listeners[&80].rules.len()), (Vec::new(), 0));
    assert!(web(&[(ENVIRONMENT, "LoadBalancerType", "application"), rules]).1.is_err());
}

#[test]
fn processes_in_tls_are_read_and_checked_in_tls() {
    let routing = |given: &Given<'_>| {
        let (messages, configuration) = web(given);
        assert_eq!(errors(&messages), Vec::<&Message>::new());
        configuration.unwrap().routing
    };
    let newer = routing(&[
        (ENVIRONMENT, "LoadBalancerType", "application"),
        (PROCESS, "Protocol", "HTTPS"),
        (PROCESS, "Port", "8443"),
    ]);
    let process = &newer.processes[DEFAULT_PROCESS];
    assert_eq!((process.protocol, process.port), (ProcessProtocol::Https, 8443));
    assert!(matches!(&process.check.probe, Probe::Get { tls: true, port: None, path, .. } if path == "/"));
    let classic = routing(&[
        ("aws:elb:listener:80", "InstanceProtocol", "HTTPS"),
        ("aws:elb:listener:80", "InstancePort", "443"),
        ("aws:elb:listener:25", "ListenerProtocol", "TCP"),
        ("aws:elb:listener:25", "InstanceProtocol", "SSL"),
        ("aws:elb:listener:26", "ListenerProtocol", "SSL"),
        ("aws:elb:listener:26", "InstanceProtocol", "TCP"),
        ("aws:elb:healthcheck", "Target", "HTTPS:443/up"),
    ]);
    let spoken: Vec<_> =
        classic.processes.iter().map(|(name, process)| (name.as_str(), process.protocol.as_str())).collect();
    assert_eq!(spoken, [("default", "HTTPS"), ("tcp-26", "TCP"), ("tls-25", "TLS")]);
    let codes = vec![(200, 200)];
    let asked = Probe::Get { tls: true, port: Some(443), path: "/up".into(), codes };
    assert_eq!(classic.processes[DEFAULT_PROCESS].check.probe, asked);
    let handshake = routing(&[("aws:elb:healthcheck", "Target", "SSL:443")]);
    let process = &handshake.processes[DEFAULT_PROCESS];
    assert_eq!(process.check.probe, Probe::Connect { tls: true, port: Some(443) });
}

#[test]
fn batches_are_rounded_up() {
    for (batch, instances, size) in [
        (Batch::Percentage(30), 10, 3),
        (Batch::Percentage(30), 4, 2),
        (Batch::Percentage(1), 3, 1),
        (Batch::Percentage(100), 7, 7),
        (Batch::Fixed(2), 5, 2),
        (Batch::Fixed(9), 5, 5),
        (Batch::Fixed(9), 0, 1),
    ] {
        assert_eq!(batch.of(instances), size, "{batch:?} {instances}");
    }
}

fn any_setting() -> impl Strategy<Value = Setting> {
    let known: Vec<OptionKey> = kinds()
        .iter()
        .flat_map(|(tier, base)| requested(*tier, base).iter().map(|(key, _)| key.clone()).collect::<Vec<_>>())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let values: Vec<String> = table::groups()
        .flat_map(|group| group.entries.iter().chain(group.free).flat_map(samples))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let value = prop_oneof![4 => proptest::sample::select(values), 1 => ".{0,30}", 1 => "[-0-9:*/, PTHMSZ]{0,12}"];
    let key = prop_oneof![
        9 => proptest::sample::select(known),
        1 => ("[a-z:0-9]{0,30}", ".{0,20}", proptest::option::of(".{0,5}"))
            .prop_map(|(namespace, name, resource)| OptionKey::new(namespace, name, resource)),
    ];
    (key, value).prop_map(|(key, value)| Setting { key, value })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_settings_are_borne_and_what_is_accepted_has_a_meaning(
        kind in 0usize..6,
        given in proptest::collection::vec(any_setting(), 0..8),
    ) {
        let (tier, base) = kinds().swap_remove(kind);
        let all: Vec<Setting> = base.into_iter().chain(given).collect();
        let resolved = requested(tier, &all);
        let messages = validate(&all, &resolved);
        let parsed = Configuration::parse(&resolved);
        if errors(&messages).is_empty() {
            let configuration = parsed.map_err(|message| TestCaseError::fail(message.message))?;
            prop_assert!(configuration.routing.processes.contains_key(DEFAULT_PROCESS));
            for listener in configuration.routing.listeners.values() {
                prop_assert!(configuration.routing.processes.contains_key(&listener.process));
            }
            prop_assert!(change(&configuration, &configuration).is_nothing());
        }
        for description in describe(&resolved, &[]) {
            prop_assert!(table::find(&OptionKey::plain(&description.namespace, &description.name)).is_some());
        }
    }
}
