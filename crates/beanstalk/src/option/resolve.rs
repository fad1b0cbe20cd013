//! From defaults, files, saved configurations and the request to one value for every option.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{self, Group, Namespace};
use super::{EnvironmentType, LoadBalancerType, OptionKey, Origin, SCHEDULED_ACTION, Setting, Tier, syntax};

/// What decides which options an environment has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Requests or messages.
    pub tier: Tier,
    /// One instance or several.
    pub environment_type: EnvironmentType,
    /// Nothing for a single instance and for the worker tier.
    pub load_balancer: Option<LoadBalancerType>,
    /// Whether it has a database of its own.
    pub database: bool,
}

impl Kind {
    /// Whether it can have several instances.
    pub fn scalable(&self) -> bool {
        self.environment_type == EnvironmentType::LoadBalanced
    }
}

/// The value of an option, and who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Nothing where the option is listed without a value.
    pub text: Option<String>,
    /// Who gave it.
    pub origin: Origin,
}

/// A value for every option that an environment has, in the order of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    kind: Kind,
    values: BTreeMap<OptionKey, Value>,
}

/// One item of what `DescribeConfigurationSettings` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Which option.
    pub key: &'a OptionKey,
    /// The resource that is told with it.
    pub resource: Option<&'a str>,
    /// Its value; nothing also where it is a secret.
    pub value: Option<&'a str>,
    /// Who gave it.
    pub origin: &'a Origin,
}

impl Resolved {
    /// What decides which options there are.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// All, in the order of the API.
    pub fn iter(&self) -> impl Iterator<Item = (&OptionKey, &Value)> {
        self.values.iter()
    }

    /// What is told of them: sorted, with the resource, without secrets.
    pub fn listed(&self) -> impl Iterator<Item = Listed<'_>> {
        self.values.iter().map(|(key, value)| {
            let found = table::find(key);
            let secret = super::is_secret(key);
            let told = found.and_then(|(group, entry)| entry.resource.or(group.resource));
            Listed {
                key,
                resource: key.resource().or(told),
                value: value.text.as_deref().filter(|_| !secret),
                origin: &value.origin,
            }
        })
    }

    /// The value of an option; nothing for one that has none, an empty one, or that the environment has not.
    pub fn get(&self, namespace: &str, name: &str) -> Option<&str> {
        self.text(&OptionKey::plain(namespace, name))
    }

    /// The same by its key.
    pub fn text(&self, key: &OptionKey) -> Option<&str> {
        self.values.get(key)?.text.as_deref().filter(|text| !text.is_empty())
    }

    /// Who gave it its value.
    pub fn origin(&self, key: &OptionKey) -> Option<&Origin> {
        self.values.get(key).map(|value| &value.origin)
    }

    /// What was given, without defaults: resolving it again gives the same.
    pub fn given(&self) -> impl Iterator<Item = (Setting, Origin)> {
        self.values.iter().filter(|(_, value)| value.origin != Origin::Default).map(|(key, value)| {
            let setting = Setting { key: key.clone(), value: value.text.clone().unwrap_or_default() };
            (setting, value.origin.clone())
        })
    }

    /// The options of a namespace.
    pub fn namespace<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = (&'a OptionKey, &'a Value)> {
        let from = OptionKey::plain(namespace, "");
        self.values.range(from..).take_while(move |(key, _)| key.namespace() == namespace)
    }

    /// The members of a family of namespaces.
    pub fn members(&self, prefix: &str) -> BTreeSet<&str> {
        self.values.keys().filter_map(|key| key.namespace().strip_prefix(prefix)).collect()
    }

    /// The scheduled actions.
    pub fn scheduled_actions(&self) -> BTreeSet<&str> {
        self.namespace(SCHEDULED_ACTION).filter_map(|(key, _)| key.resource()).collect()
    }

    fn is_given(&self, namespace: &str, name: &str) -> bool {
        self.origin(&OptionKey::plain(namespace, name)).is_some_and(|origin| *origin != Origin::Default)
    }

    fn imply(&mut self, namespace: &str, name: &str, text: String) {
        let key = OptionKey::plain(namespace, name);
        if let Some(value) = self.values.get_mut(&key).filter(|value| value.origin == Origin::Default) {
            value.text = Some(text);
        }
    }
}

const ENVIRONMENT: &str = "aws:elasticbeanstalk:environment";
const UPDATE: &str = "aws:autoscaling:updatepolicy:rollingupdate";
const COMMAND: &str = "aws:elasticbeanstalk:command";
const TRIGGER: &str = "aws:autoscaling:trigger";

/// One value for every option: of the values that were given for one the one of the highest origin, and of two of the
/// same origin the later one; then defaults. Values are not checked here.
///
/// What is given and does not apply to such an environment is kept: `eb` sends options of a classic load balancer
/// along with an application load balancer.
pub fn resolve(tier: Tier, given: impl IntoIterator<Item = (Setting, Origin)>) -> Resolved {
    let mut values: BTreeMap<OptionKey, Value> = BTreeMap::new();
    for (Setting { key, value }, origin) in given {
        if values.get(&key).is_none_or(|present| present.origin.rank() <= origin.rank()) {
            values.insert(key, Value { text: Some(value), origin });
        }
    }
    let kind = kind(tier, &values);
    let mut resolved = Resolved { kind, values };
    for group in table::groups() {
        fill(group, &mut resolved);
    }
    imply(&mut resolved);
    resolved
}

fn kind(tier: Tier, values: &BTreeMap<OptionKey, Value>) -> Kind {
    let text = |namespace: &str, name: &str| {
        values.get(&OptionKey::plain(namespace, name)).and_then(|value| value.text.as_deref())
    };
    let environment_type =
        text(ENVIRONMENT, "EnvironmentType").and_then(EnvironmentType::read).unwrap_or(EnvironmentType::LoadBalanced);
    let balancer =
        text(ENVIRONMENT, "LoadBalancerType").and_then(LoadBalancerType::read).unwrap_or(LoadBalancerType::Classic);
    let balanced = tier == Tier::WebServer && environment_type == EnvironmentType::LoadBalanced;
    let database = text("aws:rds:dbinstance", "HasCoupledDatabase").and_then(syntax::boolean).unwrap_or(false);
    Kind { tier, environment_type, load_balancer: balanced.then_some(balancer), database }
}

/// Puts the defaults of a namespace, or of all members of its family, where nothing was given.
fn fill(group: &'static Group, resolved: &mut Resolved) {
    let namespaces: Vec<String> = match group.namespace {
        Namespace::Fixed(name) => vec![name.to_owned()],
        Namespace::Family { prefix, present, .. } => {
            let named =
                resolved.members(prefix).into_iter().filter(|member| group.namespace.has(&format!("{prefix}{member}")));
            let all: BTreeSet<&str> = present.into_iter().chain(named).collect();
            all.into_iter().map(|member| format!("{prefix}{member}")).collect()
        }
    };
    let resources: Vec<Option<String>> = if group.namespace.has(SCHEDULED_ACTION) {
        resolved.scheduled_actions().into_iter().map(|name| Some(name.to_owned())).collect()
    } else {
        vec![None]
    };
    let kind = resolved.kind;
    for entry in group.entries.iter().filter(|entry| group.lists(entry, &kind)) {
        for (namespace, resource) in namespaces.iter().flat_map(|n| resources.iter().map(move |r| (n, r))) {
            let key = OptionKey::new(namespace.clone(), entry.name, resource.clone());
            let text = entry.default_for(&kind).map(str::to_owned);
            resolved.values.entry(key).or_insert(Value { text, origin: Origin::Default });
        }
    }
}

/// Defaults that follow from what was given.
fn imply(resolved: &mut Resolved) {
    // Asking how instances are to be replaced asks for it.
    if ["MaxBatchSize", "MinInstancesInService", "PauseTime", "RollingUpdateType"]
        .iter()
        .any(|name| resolved.is_given(UPDATE, name))
    {
        resolved.imply(UPDATE, "RollingUpdateEnabled", "true".to_owned());
    }
    // `eb create` asks for batches and for rolling updates, and names no policy: the guide says that this is Rolling.
    let rolling = resolved.get(UPDATE, "RollingUpdateEnabled").and_then(syntax::boolean) == Some(true);
    let percent = resolved.get(COMMAND, "BatchSizeType") == Some("Percentage");
    let all = percent && resolved.get(COMMAND, "BatchSize").and_then(|text| text.trim().parse().ok()) == Some(100u32);
    if rolling && !all && resolved.is_given(COMMAND, "BatchSize") && resolved.kind.scalable() {
        resolved.imply(COMMAND, "DeploymentPolicy", "Rolling".to_owned());
    }
    // The newer option goes before the older one, and each shows what the other says.
    let (old, new) = ("aws:autoscaling:launchconfiguration", "aws:ec2:instances");
    let first = resolved.get(new, "InstanceTypes").and_then(|types| syntax::list(types).next()).map(str::to_owned);
    if let Some(first) = first.filter(|_| resolved.is_given(new, "InstanceTypes")) {
        resolved.imply(old, "InstanceType", first);
    } else if let Some(only) = resolved.get(old, "InstanceType").map(str::to_owned) {
        resolved.imply(new, "InstanceTypes", only);
    }
    // BreachDuration = Period * EvaluationPeriods
    let minutes = |name| resolved.get(TRIGGER, name).and_then(|text| text.trim().parse::<u32>().ok());
    if let (Some(period), Some(count)) = (minutes("Period"), minutes("EvaluationPeriods")) {
        let breach = period.saturating_mul(count).min(600).to_string();
        resolved.imply(TRIGGER, "BreachDuration", breach);
    }
    // A listener of a classic load balancer leads to the port of its own number, and speaks there what it speaks itself.
    let listeners: Vec<String> = resolved.members("aws:elb:listener:").into_iter().map(str::to_owned).collect();
    for port in listeners {
        let namespace = format!("aws:elb:listener:{port}");
        let bytes = matches!(resolved.get(&namespace, "ListenerProtocol"), Some("TCP" | "SSL"));
        resolved.imply(&namespace, "InstanceProtocol", if bytes { "TCP" } else { "HTTP" }.to_owned());
        resolved.imply(&namespace, "InstancePort", port);
    }
    let check = resolved.get("aws:elasticbeanstalk:application", "Application Healthcheck URL").map(str::to_owned);
    if let Some(check) = check {
        if check.starts_with('/') {
            resolved.imply("aws:elasticbeanstalk:environment:process:default", "HealthCheckPath", check.clone());
        }
        let target = if check.starts_with('/') { format!("HTTP:80{check}") } else { check };
        resolved.imply("aws:elb:healthcheck", "Target", target);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(settings: &[(&str, &str, &str)]) -> Resolved {
        resolve(
            Tier::WebServer,
            settings.iter().map(|(namespace, name, value)| (Setting::new(namespace, name, *value), Origin::Request)),
        )
    }

    #[test]
    fn precedence_is_that_of_aws() {
        let setting = |value: &str| Setting::new("aws:autoscaling:asg", "MinSize", value);
        let file = |line| Origin::Ebextensions { file: ".ebextensions/a.config".into(), line };
        let saved = Origin::SavedConfiguration("base".into());
        let key = OptionKey::plain("aws:autoscaling:asg", "MinSize");
        for (given, value, origin) in [
            (vec![], "1", Origin::Default),
            (vec![(setting("2"), file(1)), (setting("3"), file(2))], "3", file(2)),
            (vec![(setting("4"), saved.clone()), (setting("2"), file(1))], "4", saved.clone()),
            (vec![(setting("5"), Origin::Request), (setting("4"), saved)], "5", Origin::Request),
        ] {
            let resolved = resolve(Tier::WebServer, given);
            assert_eq!(resolved.text(&key), Some(value));
            assert_eq!(resolved.origin(&key), Some(&origin));
        }
    }

    #[test]
    fn what_eb_reads_is_there() {
        // eb scale takes the first option of this namespace for the type; eb terminate reads whether the balancer is
        // shared of every environment with an application load balancer.
        for settings in [&[][..], &[(ENVIRONMENT, "EnvironmentType", "SingleInstance")]] {
            let resolved = request(settings);
            let (first, _) = resolved.namespace(ENVIRONMENT).next().unwrap();
            assert_eq!(first.name(), "EnvironmentType");
        }
        let resolved = request(&[(ENVIRONMENT, "LoadBalancerType", "application")]);
        assert_eq!(resolved.get(ENVIRONMENT, "LoadBalancerIsShared"), Some("false"));
        assert_eq!(resolved.get("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs"), Some("false"));
        assert_eq!(resolved.get("aws:elasticbeanstalk:healthreporting:system", "SystemType"), Some("basic"));
    }

    #[test]
    fn options_depend_on_the_environment() {
        let has = |resolved: &Resolved, namespace: &str| resolved.namespace(namespace).next().is_some();
        let (classic, application) = (request(&[]), request(&[(ENVIRONMENT, "LoadBalancerType", "application")]));
        let network = request(&[(ENVIRONMENT, "LoadBalancerType", "network")]);
        let single = request(&[(ENVIRONMENT, "EnvironmentType", "SingleInstance")]);
        let worker = resolve(Tier::Worker, []);
        let process = "aws:elasticbeanstalk:environment:process:default";
        for (namespace, expected) in [
            ("aws:elb:listener:80", [true, false, false, false, false]),
            ("aws:elb:policies", [true, false, false, false, false]),
            ("aws:elbv2:listener:default", [false, true, true, false, false]),
            ("aws:elbv2:loadbalancer", [false, true, false, false, false]),
            (process, [false, true, true, false, false]),
            (TRIGGER, [true, true, true, false, true]),
            ("aws:elasticbeanstalk:sqsd", [false, false, false, false, true]),
            ("aws:elasticbeanstalk:command", [true; 5]),
            ("dabba:environment", [true; 5]),
        ] {
            let found = [&classic, &application, &network, &single, &worker].map(|resolved| has(resolved, namespace));
            assert_eq!(found, expected, "{namespace}");
        }
        assert_eq!(
            (network.get(process, "Protocol"), network.get(process, "HealthCheckInterval")),
            (Some("TCP"), Some("30"))
        );
        assert_eq!(single.get("aws:autoscaling:asg", "MaxSize"), Some("1"));
        assert_eq!(classic.get("aws:rds:dbinstance", "DBEngine"), None);
        let database = request(&[("aws:rds:dbinstance", "HasCoupledDatabase", "true")]);
        assert_eq!(database.get("aws:rds:dbinstance", "DBEngine"), Some("mysql"));
    }

    #[test]
    fn members_of_families_are_complete() {
        let resolved = request(&[
            (ENVIRONMENT, "LoadBalancerType", "application"),
            ("aws:elbv2:listener:443", "Protocol", "HTTPS"),
            ("aws:elasticbeanstalk:environment:process:admin", "Port", "8080"),
        ]);
        assert_eq!(resolved.get("aws:elbv2:listener:443", "DefaultProcess"), Some("default"));
        assert_eq!(resolved.get("aws:elasticbeanstalk:environment:process:admin", "HealthCheckPath"), Some("/"));
        let action =
            Setting { key: OptionKey::new(SCHEDULED_ACTION, "MinSize", Some("night".into())), value: "0".into() };
        let resolved = resolve(Tier::WebServer, [(action, Origin::Request)]);
        let suspend = OptionKey::new(SCHEDULED_ACTION, "Suspend", Some("night".into()));
        assert_eq!(resolved.text(&suspend), Some("false"));
    }

    #[test]
    fn what_eb_create_sends_means_rolling() {
        let sent = [
            (COMMAND, "BatchSize", "30"),
            (COMMAND, "BatchSizeType", "Percentage"),
            (UPDATE, "RollingUpdateEnabled", "true"),
            (UPDATE, "RollingUpdateType", "Health"),
            (ENVIRONMENT, "LoadBalancerType", "application"),
            ("aws:elb:policies", "ConnectionDrainingEnabled", "true"),
        ];
        let resolved = request(&sent);
        assert_eq!(resolved.get(COMMAND, "DeploymentPolicy"), Some("Rolling"));
        assert_eq!(resolved.get("aws:elb:policies", "ConnectionDrainingEnabled"), Some("true"));
        let mut named = sent.to_vec();
        named.push((COMMAND, "DeploymentPolicy", "AllAtOnce"));
        assert_eq!(request(&named).get(COMMAND, "DeploymentPolicy"), Some("AllAtOnce"));
        assert_eq!(request(&sent[..2]).get(COMMAND, "DeploymentPolicy"), Some("AllAtOnce"));
    }

    #[test]
    fn values_follow_from_others() {
        let resolved = request(&[("aws:ec2:instances", "InstanceTypes", "m5.large, t3.small")]);
        assert_eq!(resolved.get("aws:autoscaling:launchconfiguration", "InstanceType"), Some("m5.large"));
        let resolved = request(&[("aws:autoscaling:launchconfiguration", "InstanceType", "c5.large")]);
        assert_eq!(resolved.get("aws:ec2:instances", "InstanceTypes"), Some("c5.large"));
        let resolved = request(&[(TRIGGER, "Period", "1"), (TRIGGER, "EvaluationPeriods", "3")]);
        assert_eq!(resolved.get(TRIGGER, "BreachDuration"), Some("3"));
        let resolved = request(&[(UPDATE, "RollingUpdateType", "Immutable")]);
        assert_eq!(resolved.get(UPDATE, "RollingUpdateEnabled"), Some("true"));
        let health = [("aws:elasticbeanstalk:application", "Application Healthcheck URL", "/up")];
        assert_eq!(request(&health).get("aws:elb:healthcheck", "Target"), Some("HTTP:80/up"));
    }

    #[test]
    fn a_password_is_not_told() {
        let resolved = request(&[
            ("aws:rds:dbinstance", "HasCoupledDatabase", "true"),
            ("aws:rds:dbinstance", "DBPassword", "correct-horse"),
        ]);
        let listed = resolved.listed().find(|listed| listed.key.name() == "DBPassword").unwrap();
        assert_eq!(listed.value, None);
        assert_eq!(resolved.get("aws:rds:dbinstance", "DBPassword"), Some("correct-horse"));
        let size = resolved.listed().find(|listed| listed.key.name() == "MinSize").unwrap();
        assert_eq!((size.resource, size.value), (Some("AWSEBAutoScalingGroup"), Some("1")));
    }

    fn any_setting() -> impl Strategy<Value = (Setting, Origin)> {
        let known: Vec<(String, &'static str)> = table::groups()
            .flat_map(|group| {
                let namespace = match group.namespace {
                    Namespace::Fixed(name) => name.to_owned(),
                    Namespace::Family { prefix, present, .. } => format!("{prefix}{}", present.unwrap_or("x")),
                };
                group.entries.iter().map(move |entry| (namespace.clone(), entry.name))
            })
            .collect();
        let key = prop_oneof![
            3 => proptest::sample::select(known).prop_map(|(namespace, name)| (namespace, name.to_owned())),
            1 => (".{0,20}", ".{0,20}"),
        ];
        let value = prop_oneof![
            proptest::sample::select(vec!["true", "false", "application", "network", "SingleInstance", "5", "", "30"])
                .prop_map(str::to_owned),
            ".{0,20}",
        ];
        let origin = proptest::sample::select(vec![
            Origin::Ebextensions { file: "a".into(), line: 1 },
            Origin::SavedConfiguration("s".into()),
            Origin::Request,
        ]);
        (key, proptest::option::of("[a-c]"), value, origin).prop_map(|((namespace, name), resource, value, origin)| {
            (Setting { key: OptionKey::new(namespace, name, resource), value }, origin)
        })
    }

    proptest! {
        #[test]
        fn resolving_what_was_resolved_changes_nothing(
            worker: bool,
            given in proptest::collection::vec(any_setting(), 0..12),
        ) {
            let tier = if worker { Tier::Worker } else { Tier::WebServer };
            let once = resolve(tier, given);
            let again = resolve(tier, once.given().collect::<Vec<_>>());
            prop_assert_eq!(once, again);
        }
    }
}
