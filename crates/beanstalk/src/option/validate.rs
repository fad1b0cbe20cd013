//! Whether values can be: what `ValidateConfigurationSettings` tells, and why a call that gives them is refused.
//!
//! Texts are the service's where one was seen; what follows after them is ours.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use regex::Regex;

use super::configuration::{Configuration, DeploymentPolicy, HealthSystem, RollingUpdateType};
use super::health::Document;
use super::resolve::Resolved;
use super::table::{self, Entry, Meaning, Namespace, Syntax, ValueType};
use super::{LoadBalancerType, OptionKey, SCHEDULED_ACTION, Setting, instance, limits, syntax};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It cannot be.
    Error,
    /// It can be, and does not do what it says.
    Warning,
}

impl Severity {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What is wrong with an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How bad it is.
    pub severity: Severity,
    /// Which option.
    pub namespace: String,
    /// Which option.
    pub name: String,
    /// What is wrong with it.
    pub message: String,
}

impl Message {
    fn new(severity: Severity, key: &OptionKey, message: String) -> Self {
        Self { severity, namespace: shown(key.namespace()), name: shown(key.name()), message }
    }

    /// An option that is not there.
    fn unknown(key: &OptionKey) -> Self {
        let (namespace, name) = (shown(key.namespace()), shown(key.name()));
        let mut message = format!(
            "Invalid option specification (Namespace: '{namespace}', OptionName: '{name}'): Unknown configuration setting."
        );
        if let Some(nearest) = nearest(key) {
            message.push_str(&nearest);
        }
        Self::new(Severity::Error, key, message)
    }

    /// A value that cannot be.
    pub(crate) fn value(key: &OptionKey, value: Option<&str>, why: &str) -> Self {
        Self::new(Severity::Error, key, value_text(key, value, why))
    }
}

fn value_text(key: &OptionKey, value: Option<&str>, why: &str) -> String {
    let secret = super::is_secret(key);
    let value = match value {
        None => "null".to_owned(),
        Some(_) if secret => "********".to_owned(),
        Some(text) => shown(text),
    };
    let (namespace, name) = (shown(key.namespace()), shown(key.name()));
    format!("Invalid option value: '{value}' (Namespace: '{namespace}', OptionName: '{name}'): {why}")
}

/// As much of a text as a message has room for.
fn shown(text: &str) -> String {
    match text.char_indices().nth(200) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// Settings that cannot be: the code is `ConfigurationValidationException`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub Vec<Message>);

impl Invalid {
    /// The errors among the messages, if there are any.
    ///
    /// # Errors
    /// They.
    pub fn check(messages: Vec<Message>) -> Result<(), Self> {
        let errors: Vec<Message> = messages.into_iter().filter(|message| message.severity == Severity::Error).collect();
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Configuration validation exception: ")?;
        for (index, message) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "; " })?;
            f.write_str(&message.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

/// What is wrong with the settings that are given, in an environment that has then these options.
///
/// Each setting is looked at by itself; what is wrong with several together is looked for in `context`, which is what
/// [`super::resolve`] made of these settings and all others.
pub fn validate(given: &[Setting], context: &Resolved) -> Vec<Message> {
    let mut messages: Vec<Message> = given.iter().filter_map(|setting| check(setting, context)).collect();
    let failed = messages.iter().any(|message| message.severity == Severity::Error);
    together(context, failed, &mut messages);
    messages
}

fn check(Setting { key, value }: &Setting, context: &Resolved) -> Option<Message> {
    let names = [key.namespace(), key.name(), key.resource().unwrap_or_default()];
    if let Some(long) = names.iter().find(|name| name.len() > limits::NAME) {
        let why = format!("'{}' is longer than {} bytes", shown(long), limits::NAME);
        return Some(Message::new(Severity::Error, key, format!("Invalid option specification: {why}")));
    }
    let Some((group, entry)) = table::find(key) else { return Some(Message::unknown(key)) };
    if group.namespace.has(SCHEDULED_ACTION) && key.resource().is_none() {
        let why = "A scheduled action needs a ResourceName";
        return Some(Message::new(Severity::Error, key, format!("Invalid option specification ({key}): {why}")));
    }
    if value.len() > limits::VALUE {
        return Some(Message::value(key, Some(value), &format!("Value is longer than {} bytes", limits::VALUE)));
    }
    if let Err(why) = fits(entry, key, value) {
        return Some(Message::value(key, Some(value), &why));
    }
    let warning = warning(group, entry, key, value, context)?;
    Some(Message::new(Severity::Warning, key, value_text(key, Some(value), &warning)))
}

/// What can be and does nothing.
fn warning(group: &table::Group, entry: &Entry, key: &OptionKey, value: &str, context: &Resolved) -> Option<String> {
    // The EB CLI sends options of a classic load balancer along with every other.
    let customary = key.namespace() == "aws:elb:policies" || key.namespace() == "aws:elb:loadbalancer";
    if !group.lists(entry, context.kind()) && !customary {
        let applies = if group.applies.to(context.kind()) { entry.applies? } else { group.applies };
        return Some(format!("It applies to {} only, and has no effect on this one", applies.words()));
    }
    if entry.syntax == Syntax::Arn
        && let Meaning::KeptOnly(why) = entry.meaning
    {
        return Some(format!("It has no effect: {why}"));
    }
    if matches!(key.name(), "InstanceType" | "InstanceTypes") {
        let unknown: Vec<&str> = syntax::list(value).filter(|name| instance::limits(name).is_none()).collect();
        if !unknown.is_empty() {
            let names = unknown.join(", ");
            return Some(format!("The size of {} is not known here, so its instances are not limited", shown(&names)));
        }
    }
    None
}

/// Whether a value is of the option's form, and if not, why not.
fn fits(entry: &Entry, key: &OptionKey, value: &str) -> Result<(), String> {
    if entry.syntax == Syntax::Property {
        return property(key.name(), value);
    }
    if value.is_empty() && empty_is_good(entry) {
        return Ok(());
    }
    let good = match entry.value_type {
        ValueType::Boolean => syntax::boolean(value).is_some(),
        _ => entry.options.is_empty() || entry.options.contains(&value),
    };
    if !good {
        let near = closest(value, entry.options.iter().copied());
        let hint = near.map(|near| format!(" Did you mean '{near}'?")).unwrap_or_default();
        return Err(format!("Value is not one of the allowed values: [{}]{hint}", entry.options.join(", ")));
    }
    if entry.max_length.is_some_and(|length| value.chars().count() > length as usize) {
        return Err(format!("Value is longer than the maximum of {} characters", entry.max_length.unwrap_or_default()));
    }
    if let Some((pattern, label)) = entry.regex
        && !Regex::new(pattern).is_ok_and(|regex| regex.is_match(value))
    {
        return Err(format!("Value does not satisfy regex: '{pattern}' [{label}]"));
    }
    form(entry, value)
}

/// An option that has no value may be given none.
fn empty_is_good(entry: &Entry) -> bool {
    // The one whose own text for this was seen.
    let refused = entry.name == "MatcherHTTPCode";
    match entry.default {
        table::Default::None => !refused,
        table::Default::Fixed(value) => value.is_empty(),
        table::Default::By(..) => false,
    }
}

fn form(entry: &Entry, value: &str) -> Result<(), String> {
    let must = |good: bool, what: &str| if good { Ok(()) } else { Err(format!("Value is not {what}")) };
    match entry.syntax {
        Syntax::Text | Syntax::Property => Ok(()),
        Syntax::Integer => {
            let number: i64 = value.trim().parse().map_err(|_| "Value is not a number".to_owned())?;
            if let Some(min) = entry.min.filter(|min| number < *min) {
                return Err(format!("Value is less than minimum allowed value: {min}"));
            }
            if let Some(max) = entry.max.filter(|max| number > *max) {
                return Err(format!("Value is greater than maximum allowed value: {max}"));
            }
            must(i32::try_from(number).is_ok(), "a number of 32 bits")
        }
        Syntax::Decimal => must(syntax::decimal(value).is_some(), "a number that is not negative"),
        Syntax::Duration(min, max) => {
            let found = syntax::duration(value);
            let found = found.ok_or("Value is not a duration of ISO 8601 such as PT30M or PT1H")?;
            let range = Duration::from_secs(min.into())..=Duration::from_secs(max.into());
            must(range.contains(&found), &format!("between {min} and {max} seconds"))
        }
        Syntax::Moment => must(syntax::moment(value).is_some(), "a time of ISO 8601 such as 2026-01-02T03:04:05Z"),
        Syntax::Cron => syntax::cron(value)
            .map(drop)
            .map_err(|why| format!("Value is not an expression of cron with five fields, such as 0 8 * * *: {why}")),
        Syntax::Path => must(syntax::path(value), "a path that begins with / and has no white space"),
        Syntax::Url => must(syntax::url(value), "a URL that begins with http:// or https://"),
        Syntax::HealthCheck => must(
            syntax::health_check(value).is_some(),
            "a path such as /health, or PROTOCOL:PORT such as TCP:80, or both such as HTTPS:443/health",
        ),
        Syntax::ConfigDocument => Document::read(value).map(drop),
        Syntax::Window => must(syntax::window(value).is_some(), "a day and a time such as Tue:09:00"),
        Syntax::Arn => must(value.parse::<aws::Arn>().is_ok(), "an ARN"),
    }
}

fn property(name: &str, value: &str) -> Result<(), String> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err("The name of an environment variable is not empty and has no = in it".to_owned());
    }
    if value.contains('\0') { Err("Value has a NUL byte in it".to_owned()) } else { Ok(()) }
}

/// The known one that is meant, perhaps.
fn nearest(key: &OptionKey) -> Option<String> {
    if let Some(group) = table::group(key.namespace()) {
        if let Some(name) = closest(key.name(), group.entries.iter().map(|entry| entry.name)) {
            return Some(format!(" Did you mean '{name}'?"));
        }
        let mut elsewhere = table::groups().filter(|group| group.entries.iter().any(|entry| entry.name == key.name()));
        return elsewhere.next().map(|group| format!(" There is one in the namespace '{}'.", group.namespace.words()));
    }
    let names: Vec<String> = table::groups().map(|group| group.namespace.words()).collect();
    closest(key.namespace(), names.iter().map(String::as_str))
        .map(|name| format!(" There is no such namespace. Did you mean '{name}'?"))
}

/// The candidate that is few letters away, if one is.
fn closest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = text.to_lowercase();
    let all = candidates.map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate));
    all.filter(|(away, candidate)| *away <= candidate.len() / 3).min().map(|(_, candidate)| candidate)
}

/// What is wrong with several values together.
fn together(context: &Resolved, failed: bool, messages: &mut Vec<Message>) {
    bounds(context, messages);
    intervals(context, messages);
    protocols(context, messages);
    managed(context, messages);
    groups(context, messages);
    let configuration = match Configuration::parse(context) {
        Ok(configuration) => configuration,
        Err(message) => {
            // A value that is wrong by itself has been told of already.
            let told =
                messages.iter().any(|known| (&known.namespace, &known.name) == (&message.namespace, &message.name));
            if !failed && !told {
                messages.push(message);
            }
            return;
        }
    };
    policies(context, &configuration, messages);
    sizes(context, &configuration, messages);
}

fn bounds(context: &Resolved, messages: &mut Vec<Message>) {
    let namespace = "aws:elasticbeanstalk:application:environment";
    let length =
        |(key, value): (&OptionKey, &super::Value)| key.name().len() + value.text.as_deref().map_or(0, str::len) + 2;
    if context.namespace(namespace).map(length).sum::<usize>() > limits::PROPERTIES {
        let why = format!("All properties together are longer than {} bytes", limits::PROPERTIES);
        messages.push(Message::value(&OptionKey::plain(namespace, ""), None, &why));
    }
    let families = table::groups().filter_map(|group| match group.namespace {
        Namespace::Family { prefix, .. } => Some((prefix, context.members(prefix).len())),
        Namespace::Fixed(_) => None,
    });
    for (prefix, count) in families.chain([(SCHEDULED_ACTION, context.scheduled_actions().len())]) {
        if count > limits::MEMBERS {
            let why = format!("There are {count} of these, and at most {} can be", limits::MEMBERS);
            messages.push(Message::value(&OptionKey::plain(prefix, ""), None, &why));
        }
    }
}

/// A health check must have ended before the next begins.
fn intervals(context: &Resolved, messages: &mut Vec<Message>) {
    let number = |key: &OptionKey| context.text(key).and_then(|text| text.trim().parse::<u32>().ok());
    let mut compare = |timeout: OptionKey, interval: OptionKey| {
        if let (Some(long), Some(every)) = (number(&timeout), number(&interval))
            && long >= every
        {
            let why = format!("A health check must time out before the next, and {} is {every}", interval.name());
            messages.push(Message::value(&timeout, context.text(&timeout), &why));
        }
    };
    if context.kind().load_balancer == Some(LoadBalancerType::Classic) {
        let key = |name| OptionKey::plain("aws:elb:healthcheck", name);
        compare(key("Timeout"), key("Interval"));
        return;
    }
    let prefix = "aws:elasticbeanstalk:environment:process:";
    for name in context.members(prefix) {
        let key = |option| OptionKey::plain(&format!("{prefix}{name}"), option);
        compare(key("HealthCheckTimeout"), key("HealthCheckInterval"));
    }
}

/// What an application load balancer and a network load balancer can each do.
fn protocols(context: &Resolved, messages: &mut Vec<Message>) {
    let (kind, processes, listeners, codes) = match context.kind().load_balancer {
        Some(LoadBalancerType::Application) => ("an application", &["HTTP", "HTTPS"][..], &["HTTP", "HTTPS"][..], 499),
        Some(LoadBalancerType::Network) => ("a network", &["TCP"][..], &["TCP", "TLS"][..], 399),
        Some(LoadBalancerType::Classic) => return layers(context, messages),
        None => return,
    };
    for (prefix, allowed) in
        [("aws:elasticbeanstalk:environment:process:", processes), ("aws:elbv2:listener:", listeners)]
    {
        for member in context.members(prefix) {
            let key = OptionKey::plain(&format!("{prefix}{member}"), "Protocol");
            if let Some(protocol) = context.text(&key).filter(|protocol| !allowed.contains(protocol)) {
                let allowed = allowed.join(", ");
                let why = format!("With {kind} load balancer the allowed values are: [{allowed}]");
                messages.push(Message::value(&key, Some(protocol), &why));
            }
            let key = OptionKey::plain(&format!("{prefix}{member}"), "MatcherHTTPCode");
            let found = context.text(&key).and_then(|text| Some((text, syntax::codes(text)?)));
            if let Some((text, _)) = found.filter(|(_, all)| all.iter().any(|(from, to)| *from < 200 || *to > codes)) {
                let why = format!("With {kind} load balancer codes are from 200 to {codes}");
                messages.push(Message::value(&key, Some(text), &why));
            }
        }
    }
}

/// A classic load balancer carries bytes, or HTTP, and both its sides are the one or the other. Source:
/// `InstanceProtocol` of Elastic Load Balancing, API version 2012-06-01.
fn layers(context: &Resolved, messages: &mut Vec<Message>) {
    let prefix = "aws:elb:listener:";
    let likes = |protocol: &str| match protocol {
        "HTTP" | "HTTPS" => ["HTTP", "HTTPS"],
        _ => ["TCP", "SSL"],
    };
    for member in context.members(prefix) {
        let key = |name| OptionKey::plain(&format!("{prefix}{member}"), name);
        let (listener, instance) = (key("ListenerProtocol"), key("InstanceProtocol"));
        let Some(speaks) = context.text(&instance) else { continue };
        let mut listens = context.text(&listener).unwrap_or("HTTP");
        if member == "80" && listens == "HTTP" {
            listens = context.get("aws:elb:loadbalancer", "LoadBalancerPortProtocol").unwrap_or(listens);
        }
        let allowed = likes(listens);
        if !allowed.contains(&speaks) {
            let why = format!("Behind a listener of {listens} the allowed values are: [{}]", allowed.join(", "));
            messages.push(Message::value(&instance, Some(speaks), &why));
        }
    }
}

/// Managed actions need to know when, and to see whether it went well.
fn managed(context: &Resolved, messages: &mut Vec<Message>) {
    let namespace = "aws:elasticbeanstalk:managedactions";
    let update = "aws:elasticbeanstalk:managedactions:platformupdate";
    let on = |namespace, name| context.get(namespace, name).and_then(syntax::boolean) == Some(true);
    let mut refuse = |namespace: &str, name: &str, why: &str| {
        let key = OptionKey::plain(namespace, name);
        messages.push(Message::value(&key, context.text(&key), why));
    };
    if !on(namespace, "ManagedActionsEnabled") {
        if on(update, "InstanceRefreshEnabled") {
            refuse(update, "InstanceRefreshEnabled", "It requires ManagedActionsEnabled to be true");
        }
        return;
    }
    for (namespace, name) in [(namespace, "PreferredStartTime"), (update, "UpdateLevel")] {
        if context.get(namespace, name).is_none() {
            refuse(namespace, name, "It must be set when ManagedActionsEnabled is true");
        }
    }
    if context.get("aws:elasticbeanstalk:healthreporting:system", "SystemType") == Some("basic") {
        refuse(namespace, "ManagedActionsEnabled", "Managed updates require enhanced health reporting");
    }
}

/// Options that need each other.
fn groups(context: &Resolved, messages: &mut Vec<Message>) {
    let on = |namespace, name| context.get(namespace, name).and_then(syntax::boolean) == Some(true);
    for (namespace, name, needed_in, needed) in [
        (
            "aws:autoscaling:launchconfiguration",
            "DisableDefaultEC2SecurityGroup",
            "aws:autoscaling:launchconfiguration",
            "SecurityGroups",
        ),
        ("aws:elasticbeanstalk:environment", "LoadBalancerIsShared", "aws:elbv2:loadbalancer", "SharedLoadBalancer"),
        ("aws:elbv2:loadbalancer", "AccessLogsS3Enabled", "aws:elbv2:loadbalancer", "AccessLogsS3Bucket"),
    ] {
        if on(namespace, name) && context.get(needed_in, needed).is_none() {
            let key = OptionKey::plain(namespace, name);
            let why = format!("It requires a value of {needed} in the namespace {needed_in}");
            messages.push(Message::value(&key, context.text(&key), &why));
        }
    }
}

fn policies(context: &Resolved, configuration: &Configuration, messages: &mut Vec<Message>) {
    let mut refuse = |namespace: &str, name: &str, why: &str| {
        let key = OptionKey::plain(namespace, name);
        messages.push(Message::value(&key, context.text(&key), why));
    };
    let command = "aws:elasticbeanstalk:command";
    let update = "aws:autoscaling:updatepolicy:rollingupdate";
    let application = context.kind().load_balancer == Some(LoadBalancerType::Application);
    if matches!(configuration.deployment.policy, DeploymentPolicy::TrafficSplitting { .. }) && !application {
        refuse(command, "DeploymentPolicy", "Traffic splitting requires an application load balancer");
    }
    let immutable = configuration.rolling_update.as_ref().map(|update| update.update_type);
    if configuration.health.system == HealthSystem::Basic {
        let why = "Immutable updates require enhanced health reporting: set SystemType in the namespace \
                   aws:elasticbeanstalk:healthreporting:system to enhanced";
        if configuration.deployment.policy == DeploymentPolicy::Immutable {
            refuse(command, "DeploymentPolicy", why);
        }
        if immutable == Some(RollingUpdateType::Immutable) {
            refuse(update, "RollingUpdateType", why);
        }
    }
}

fn sizes(context: &Resolved, configuration: &Configuration, messages: &mut Vec<Message>) {
    let max = configuration.capacity.max;
    let mut tell = |severity, key: OptionKey, why: &str| {
        messages.push(Message::new(severity, &key, value_text(&key, context.text(&key), why)));
    };
    let batch = OptionKey::plain("aws:elasticbeanstalk:command", "BatchSize");
    let size = context.text(&batch).and_then(|text| text.trim().parse::<u32>().ok()).unwrap_or(1);
    match context.get("aws:elasticbeanstalk:command", "BatchSizeType") {
        Some("Fixed") if size > max && context.kind().scalable() => {
            tell(Severity::Error, batch, &format!("A batch must not be larger than MaxSize, which is {max}"));
        }
        Some("Percentage") if size > 100 => {
            tell(Severity::Error, batch, "Value is greater than maximum allowed value: 100");
        }
        _ => {}
    }
    let update = |name| OptionKey::plain("aws:autoscaling:updatepolicy:rollingupdate", name);
    if let Some(rolling) = &configuration.rolling_update
        && rolling.min_in_service >= max.max(1)
    {
        let why = format!("It must be less than MaxSize, which is {max}");
        tell(Severity::Error, update("MinInstancesInService"), &why);
    }
    if let Some(trigger) = &configuration.capacity.trigger
        && trigger.lower.value >= trigger.upper.value
    {
        let key = OptionKey::plain("aws:autoscaling:trigger", "LowerThreshold");
        let why = format!("It is not below UpperThreshold, which is {}", trigger.upper.value);
        tell(Severity::Warning, key, &why);
    }
    for (name, action) in &configuration.capacity.scheduled_actions {
        let key = |option: &str| OptionKey::new(SCHEDULED_ACTION, option, Some(name.clone()));
        let sizes: BTreeSet<u32> = [action.min, action.desired, action.max].into_iter().flatten().collect();
        if sizes.is_empty() {
            tell(Severity::Error, key("DesiredCapacity"), "An action needs MinSize, MaxSize or DesiredCapacity");
        }
        if action.start.is_none() && action.recurrence.is_none() {
            tell(Severity::Error, key("StartTime"), "An action needs StartTime or Recurrence");
        }
        if action.start.zip(action.end).is_some_and(|(start, end)| end <= start) {
            tell(Severity::Error, key("EndTime"), "An action must end after it starts");
        }
        if action.min.zip(action.max).is_some_and(|(min, max)| min > max) {
            tell(Severity::Error, key("MinSize"), "MinSize must not be greater than MaxSize");
        }
        let below = action.desired.zip(action.min).is_some_and(|(desired, min)| desired < min);
        if below || action.desired.zip(action.max).is_some_and(|(desired, max)| desired > max) {
            tell(Severity::Error, key("DesiredCapacity"), "It must be between MinSize and MaxSize");
        }
    }
}
