//! Every option that there is: its default, its range, what a change of it costs, and whether it has a meaning here.

mod balancer;
mod environment;
mod scaling;
mod services;

pub(crate) use scaling::INSTANCE_TYPE;

use super::resolve::Kind;
use super::{LoadBalancerType, OptionKey, Tier};

/// What a change of an option costs, as `DescribeConfigurationOptions` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeSeverity {
    /// Nothing is interrupted.
    NoInterruption,
    /// The application starts anew on the same instances.
    RestartApplicationServer,
    /// Instances are replaced.
    RestartEnvironment,
    /// It depends.
    Unknown,
}

impl ChangeSeverity {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoInterruption => "NoInterruption",
            Self::RestartApplicationServer => "RestartApplicationServer",
            Self::RestartEnvironment => "RestartEnvironment",
            Self::Unknown => "Unknown",
        }
    }
}

/// The type of a value, as the service tells it: its model names the first two, its answers all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// One value.
    Scalar,
    /// Some of those that are offered.
    List,
    /// `true` or `false`.
    Boolean,
    /// Texts between commas.
    CommaSeparatedList,
    /// `NAME=VALUE` between commas.
    KeyValueList,
    /// A JSON document.
    Json,
}

impl ValueType {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scalar => "Scalar",
            Self::List => "List",
            Self::Boolean => "Boolean",
            Self::CommaSeparatedList => "CommaSeparatedList",
            Self::KeyValueList => "KeyValueList",
            Self::Json => "Json",
        }
    }
}

/// The value of an option to which nobody gave one.
#[derive(Debug, Clone, Copy)]
pub enum Default {
    /// It is listed without a value.
    None,
    /// The same for every environment.
    Fixed(&'static str),
    /// Dependent on the environment.
    By(&'static str, fn(&Kind) -> Option<&'static str>),
}

/// Whether a value changes anything here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It does what it does on AWS.
    Honoured,
    /// It is kept and returned. The text says why it changes nothing.
    KeptOnly(&'static str),
}

/// Which environments list the options of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// All.
    Always,
    /// Those that can have several instances.
    Scalable,
    /// Those with a load balancer.
    LoadBalanced,
    /// Those with a classic load balancer.
    Classic,
    /// Those with an application load balancer or a network load balancer.
    ApplicationOrNetwork,
    /// Those with an application load balancer.
    Application,
    /// The worker tier.
    Worker,
    /// Those with a database of their own.
    Database,
}

impl Applies {
    /// Whether such an environment lists them.
    pub fn to(self, kind: &Kind) -> bool {
        let balancer = kind.load_balancer;
        match self {
            Self::Always => true,
            Self::Scalable => kind.scalable(),
            Self::LoadBalanced => balancer.is_some(),
            Self::Classic => balancer == Some(LoadBalancerType::Classic),
            Self::ApplicationOrNetwork => balancer.is_some_and(|balancer| balancer != LoadBalancerType::Classic),
            Self::Application => balancer == Some(LoadBalancerType::Application),
            Self::Worker => kind.tier == Tier::Worker,
            Self::Database => kind.database,
        }
    }

    /// Which environments, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Always => "all environments",
            Self::Scalable => "load-balanced, scalable environments",
            Self::LoadBalanced => "environments with a load balancer",
            Self::Classic => "environments with a classic load balancer",
            Self::ApplicationOrNetwork => "environments with an application or a network load balancer",
            Self::Application => "environments with an application load balancer",
            Self::Worker => "worker environments",
            Self::Database => "environments with a database of their own",
        }
    }
}

/// What a text must be, beyond a range and a list of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// Anything.
    Text,
    /// A number, not negative, with or without a fraction.
    Decimal,
    /// A whole number, of either sign.
    Integer,
    /// A duration of ISO 8601, of so many seconds at least and at most.
    Duration(u32, u32),
    /// A moment of ISO 8601.
    Moment,
    /// Five fields of cron.
    Cron,
    /// A path that begins with a slash.
    Path,
    /// A URL.
    Url,
    /// A path, or `PROTOCOL:PORT` and perhaps a path.
    HealthCheck,
    /// The document of enhanced health's rules.
    ConfigDocument,
    /// `Tue:09:00`.
    Window,
    /// The name of an environment variable is the option's name.
    Property,
    /// An ARN.
    Arn,
}

/// One option.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its name in its namespace.
    pub name: &'static str,
    /// Its default.
    pub default: Default,
    /// What holds when it has no value; nothing for texts that are then absent.
    pub unset: Option<&'static str>,
    /// What a change of it costs.
    pub severity: ChangeSeverity,
    /// The type of its value.
    pub value_type: ValueType,
    /// The values that are allowed; empty when others limit them.
    pub options: &'static [&'static str],
    /// The least value.
    pub min: Option<i64>,
    /// The greatest value.
    pub max: Option<i64>,
    /// The longest value, in characters.
    pub max_length: Option<u32>,
    /// A pattern and what it is called.
    pub regex: Option<(&'static str, &'static str)>,
    /// Whether it changes anything here.
    pub meaning: Meaning,
    /// The resource that the service tells with it.
    pub resource: Option<&'static str>,
    /// Which environments list it, when these are not those of its namespace.
    pub applies: Option<Applies>,
    /// Its value is not shown again.
    pub secret: bool,
    pub(crate) syntax: Syntax,
}

const TRUTHS: &[&str] = &["true", "false"];

impl Entry {
    const fn text(name: &'static str) -> Self {
        Self {
            name,
            default: Default::None,
            unset: None,
            severity: ChangeSeverity::NoInterruption,
            value_type: ValueType::Scalar,
            options: &[],
            min: None,
            max: None,
            max_length: None,
            regex: None,
            meaning: Meaning::Honoured,
            resource: None,
            applies: None,
            secret: false,
            syntax: Syntax::Text,
        }
    }

    const fn number(name: &'static str, min: i64, max: i64) -> Self {
        Self { min: Some(min), max: Some(max), syntax: Syntax::Integer, ..Self::text(name) }
    }

    const fn boolean(name: &'static str, default: &'static str) -> Self {
        Self { value_type: ValueType::Boolean, options: TRUTHS, default: Default::Fixed(default), ..Self::text(name) }
    }

    const fn choice(name: &'static str, options: &'static [&'static str]) -> Self {
        Self { options, ..Self::text(name) }
    }

    const fn list(name: &'static str) -> Self {
        Self { value_type: ValueType::CommaSeparatedList, ..Self::text(name) }
    }

    const fn default(self, value: &'static str) -> Self {
        Self { default: Default::Fixed(value), ..self }
    }

    const fn default_by(self, words: &'static str, of: fn(&Kind) -> Option<&'static str>) -> Self {
        Self { default: Default::By(words, of), ..self }
    }

    const fn no_default(self) -> Self {
        Self { default: Default::None, ..self }
    }

    const fn unset(self, words: &'static str) -> Self {
        Self { unset: Some(words), ..self }
    }

    const fn max_length(self, length: u32) -> Self {
        Self { max_length: Some(length), ..self }
    }

    const fn regex(self, pattern: &'static str, label: &'static str) -> Self {
        Self { regex: Some((pattern, label)), ..self }
    }

    const fn typed(self, value_type: ValueType) -> Self {
        Self { value_type, ..self }
    }

    const fn syntax(self, syntax: Syntax) -> Self {
        Self { syntax, ..self }
    }

    const fn kept(self, why: &'static str) -> Self {
        Self { meaning: Meaning::KeptOnly(why), ..self }
    }

    const fn of(self, resource: &'static str) -> Self {
        Self { resource: Some(resource), ..self }
    }

    const fn applies(self, applies: Applies) -> Self {
        Self { applies: Some(applies), ..self }
    }

    const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    const fn costs(self, severity: ChangeSeverity) -> Self {
        Self { severity, ..self }
    }

    /// The default in such an environment.
    pub fn default_for(&self, kind: &Kind) -> Option<&'static str> {
        match self.default {
            Default::None => None,
            Default::Fixed(value) => Some(value),
            Default::By(_, of) => of(kind),
        }
    }
}

/// The name of a namespace, or of a family of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// One namespace.
    Fixed(&'static str),
    /// `PREFIX` followed by a name or a port of the user's choice.
    Family {
        /// With the colon at its end.
        prefix: &'static str,
        /// What follows, in words.
        member: &'static str,
        /// The one that is there unasked.
        present: Option<&'static str>,
        /// Whether members are ports.
        ports: bool,
    },
}

impl Namespace {
    /// What follows the prefix, where this is a family that the namespace is of.
    pub fn member<'a>(&self, namespace: &'a str) -> Option<&'a str> {
        match self {
            Self::Fixed(_) => None,
            Self::Family { prefix, ports, present, .. } => namespace.strip_prefix(prefix).filter(|member| {
                !member.is_empty()
                    && (!ports || Some(*member) == *present || member.parse::<u16>().is_ok_and(|port| port > 0))
            }),
        }
    }

    /// Whether this is the namespace, or the family that it is of.
    pub fn has(&self, namespace: &str) -> bool {
        match self {
            Self::Fixed(name) => *name == namespace,
            Self::Family { .. } => self.member(namespace).is_some(),
        }
    }

    /// As the documentation writes it.
    pub fn words(&self) -> String {
        match self {
            Self::Fixed(name) => (*name).to_owned(),
            Self::Family { prefix, member, .. } => format!("{prefix}{member}"),
        }
    }
}

/// The options of a namespace.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// Its name.
    pub namespace: Namespace,
    /// Which environments list its options.
    pub applies: Applies,
    /// The resource that the service tells with them.
    pub resource: Option<&'static str>,
    /// The options that have a name of their own.
    pub entries: &'static [Entry],
    /// What any other name stands for, where the user chooses names; its own name is a word for these.
    pub free: Option<&'static Entry>,
}

impl Group {
    /// The option of that name.
    pub fn entry(&self, name: &str) -> Option<&'static Entry> {
        self.entries.iter().find(|entry| entry.name == name).or(self.free)
    }

    /// Whether such an environment lists that option.
    pub fn lists(&self, entry: &Entry, kind: &Kind) -> bool {
        self.applies.to(kind) && entry.applies.is_none_or(|applies| applies.to(kind))
    }
}

/// All namespaces, in the order of the documentation.
pub fn groups() -> impl Iterator<Item = &'static Group> {
    [scaling::GROUPS, environment::GROUPS, balancer::GROUPS, services::GROUPS].into_iter().flatten()
}

/// The namespace and the option that a key names.
pub fn find(key: &OptionKey) -> Option<(&'static Group, &'static Entry)> {
    let group = group(key.namespace())?;
    Some((group, group.entry(key.name())?))
}

/// The namespace of that name.
pub fn group(namespace: &str) -> Option<&'static Group> {
    groups().find(|group| group.namespace.has(namespace))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_option_is_there_once() {
        let mut seen = BTreeSet::new();
        for group in groups() {
            for entry in group.entries {
                assert!(
                    seen.insert((group.namespace.words(), entry.name)),
                    "{} {}",
                    group.namespace.words(),
                    entry.name
                );
            }
        }
        assert!(seen.len() > 190, "{}", seen.len());
    }

    #[test]
    fn patterns_compile_and_ranges_are_ranges() {
        for entry in groups().flat_map(|group| group.entries.iter().chain(group.free)) {
            if let Some((pattern, _)) = entry.regex {
                regex::Regex::new(pattern).unwrap();
            }
            if let (Some(min), Some(max)) = (entry.min, entry.max) {
                assert!(min <= max, "{}", entry.name);
            }
        }
    }

    #[test]
    fn families_have_members() {
        for (namespace, found) in [
            ("aws:autoscaling:asg", true),
            ("aws:autoscaling", false),
            ("aws:elasticbeanstalk:environment:process:default", true),
            ("aws:elasticbeanstalk:environment:process:admin", true),
            ("aws:elasticbeanstalk:environment:process:", false),
            ("aws:elbv2:listener:default", true),
            ("aws:elbv2:listener:443", true),
            ("aws:elbv2:listener:0", false),
            ("aws:elbv2:listener:x", false),
            ("aws:elb:listener:8080", true),
            ("aws:elbv2:listenerrule:r1", true),
            ("aws:elb:policies", true),
            ("aws:elb:policies:mine", true),
            ("aws:elasticbeanstalk:eks", false),
        ] {
            assert_eq!(group(namespace).is_some(), found, "{namespace}");
        }
    }
}
