//! Load balancers: classic (`aws:elb`), application and network (`aws:elbv2`).

use super::ChangeSeverity::Unknown;
use super::{Applies, Entry, Group, Namespace, Syntax};
use crate::option::LoadBalancerType;
use crate::option::resolve::Kind;

const ONE_ZONE: &str = "there is one zone: this machine";
const POLICY: &str = "of the policies of a classic load balancer only the default stickiness is here";

const CLASSIC: &str = "AWSEBLoadBalancer";

const POLICIES: &[Entry] = &[
    Entry::boolean("ConnectionDrainingEnabled", "false"),
    Entry::number("ConnectionDrainingTimeout", 1, 3600).default("20"),
    Entry::number("ConnectionSettingIdleTimeout", 1, 3600).default("60"),
    Entry::list("LoadBalancerPorts").kept("stickiness is of the environment, whichever port a request came to"),
    Entry::number("Stickiness Cookie Expiration", 0, 1_000_000).unset("0: as long as the client keeps it"),
    Entry::boolean("Stickiness Policy", "false"),
];

fn listener_protocol(kind: &Kind) -> Option<&'static str> {
    Some(if kind.load_balancer == Some(LoadBalancerType::Network) { "TCP" } else { "HTTP" })
}

pub(super) const GROUPS: &[Group] = &[
    Group {
        namespace: Namespace::Fixed("aws:elb:healthcheck"),
        applies: Applies::Classic,
        resource: Some(CLASSIC),
        free: None,
        entries: &[
            Entry::number("HealthyThreshold", 2, 10).default("3"),
            Entry::number("Interval", 5, 300).default("10"),
            Entry::text("Target")
                .syntax(Syntax::HealthCheck)
                .default_by("that of `Application Healthcheck URL`, else TCP:80", |_| Some("TCP:80")),
            Entry::number("Timeout", 2, 60).default("5"),
            Entry::number("UnhealthyThreshold", 2, 10).default("5"),
        ],
    },
    Group {
        namespace: Namespace::Family {
            prefix: "aws:elb:listener:",
            member: "LISTENER_PORT",
            present: Some("80"),
            ports: true,
        },
        applies: Applies::Classic,
        resource: Some(CLASSIC),
        free: None,
        entries: &[
            Entry::number("InstancePort", 1, 65_535).costs(Unknown).unset("the listener's own port"),
            Entry::choice("InstanceProtocol", &["HTTP", "TCP", "HTTPS", "SSL"])
                .costs(Unknown)
                .unset("HTTP, or TCP where `ListenerProtocol` is TCP or SSL"),
            Entry::boolean("ListenerEnabled", "true").costs(Unknown),
            Entry::choice("ListenerProtocol", &["HTTP", "TCP", "HTTPS", "SSL"]).costs(Unknown).default("HTTP"),
            Entry::list("PolicyNames").costs(Unknown).kept(POLICY),
            Entry::text("SSLCertificateId").costs(Unknown).unset("a certificate that the balancer makes"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elb:loadbalancer"),
        applies: Applies::Classic,
        resource: Some(CLASSIC),
        free: None,
        entries: &[
            Entry::boolean("CrossZone", "false").kept(ONE_ZONE),
            Entry::choice("LoadBalancerHTTPPort", &["OFF", "80"]).default("80"),
            Entry::choice("LoadBalancerHTTPSPort", &["OFF", "443", "8443"]).default("OFF"),
            Entry::choice("LoadBalancerPortProtocol", &["HTTP", "TCP"]).default("HTTP"),
            Entry::choice("LoadBalancerSSLPortProtocol", &["HTTPS", "SSL"]).default("HTTPS"),
            Entry::text("ManagedSecurityGroup"),
            Entry::text("SSLCertificateId").max_length(200).unset("a certificate that the balancer makes"),
            Entry::list("SecurityGroups"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elb:policies"),
        applies: Applies::Classic,
        resource: Some(CLASSIC),
        free: None,
        entries: POLICIES,
    },
    Group {
        namespace: Namespace::Family {
            prefix: "aws:elb:policies:",
            member: "POLICY_NAME",
            present: None,
            ports: false,
        },
        applies: Applies::Classic,
        resource: Some(CLASSIC),
        free: None,
        entries: &[
            Entry::text("CookieName").kept(POLICY),
            Entry::list("InstancePorts").kept(POLICY),
            Entry::list("LoadBalancerPorts").kept(POLICY),
            Entry::boolean("ProxyProtocol", "false").no_default().kept(POLICY),
            Entry::text("PublicKey").kept(POLICY),
            Entry::list("PublicKeyPolicyNames").kept(POLICY),
            Entry::list("SSLProtocols").kept(POLICY),
            Entry::text("SSLReferencePolicy").kept(POLICY),
            Entry::number("Stickiness Cookie Expiration", 0, 1_000_000).kept(POLICY),
            Entry::boolean("Stickiness Policy", "false").no_default().kept(POLICY),
        ],
    },
    Group {
        namespace: Namespace::Family {
            prefix: "aws:elbv2:listener:",
            member: "LISTENER_PORT",
            present: Some("default"),
            ports: true,
        },
        applies: Applies::ApplicationOrNetwork,
        resource: None,
        free: None,
        entries: &[
            Entry::text("DefaultProcess").default("default"),
            Entry::boolean("ListenerEnabled", "true"),
            Entry::choice("Protocol", &["HTTP", "HTTPS", "TCP", "TLS"])
                .default_by("HTTP; TCP with a network load balancer", listener_protocol),
            Entry::list("Rules").applies(Applies::Application),
            Entry::text("SSLCertificateArns").unset("a certificate that the balancer makes"),
            Entry::text("SSLPolicy").kept("the balancer speaks TLS 1.2 and 1.3"),
        ],
    },
    Group {
        namespace: Namespace::Family {
            prefix: "aws:elbv2:listenerrule:",
            member: "RULE_NAME",
            present: None,
            ports: false,
        },
        applies: Applies::Application,
        resource: None,
        free: None,
        entries: &[
            Entry::list("HostHeaders"),
            Entry::list("PathPatterns"),
            Entry::number("Priority", 1, 1000).default("1"),
            Entry::text("Process").default("default"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elbv2:loadbalancer"),
        applies: Applies::Application,
        resource: Some("AWSEBV2LoadBalancer"),
        free: None,
        entries: &[
            Entry::text("AccessLogsS3Bucket"),
            Entry::boolean("AccessLogsS3Enabled", "false"),
            Entry::text("AccessLogsS3Prefix"),
            Entry::number("IdleTimeout", 1, 3600).unset("60"),
            Entry::choice("IpAddressType", &["ipv4", "dualstack"])
                .default("ipv4")
                .kept("the balancer listens where the daemon was told to"),
            Entry::text("ManagedSecurityGroup"),
            Entry::list("SecurityGroups"),
            Entry::text("SharedLoadBalancer").kept("all environments share one balancer, and none sees another"),
        ],
    },
];
