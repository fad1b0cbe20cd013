//! Option settings: what can be set, what is set, where from, and what it means.
//!
//! ```text
//!  table ──► resolve ──► Resolved ──► validate ──► Configuration ──► change
//!  (what      (defaults,    (texts)     (messages)    (types: what the     (what an update
//!   there      files,                                  rest of the          has to do)
//!   is)        saved, request)                         domain reads)
//! ```
//!
//! [`table`] is data: every option with its default, range and severity, and whether it has a meaning here. It is what
//! `DescribeConfigurationOptions` tells ([`describe`]), what `ValidateConfigurationSettings` checks ([`validate`]), and
//! what `docs/beanstalk-options.md` is made of. Texts end at [`Configuration`].
//!
//! Sources: "General options for all environments", "Platform specific options" and "Configuration options" in the AWS
//! Elastic Beanstalk Developer Guide; `DescribeConfigurationOptions` and `DescribeConfigurationSettings` in the API
//! Reference, and answers of the service to them that people published.

mod change;
#[cfg(test)]
mod checks;
mod configuration;
mod describe;
mod health;
pub use aws::instance_type as instance;
pub mod limits;
mod parse;
mod reader;
#[cfg(test)]
mod reference;
mod resolve;
mod routing;
mod syntax;
pub mod table;
mod validate;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use change::{Change, Instances, change};
pub use configuration::*;
pub use describe::{Description, Filter, describe};
pub use resolve::{Kind, Listed, Resolved, Value, resolve};
pub use routing::*;
pub use table::{ChangeSeverity, ValueType};
pub use validate::{Invalid, Message, Severity, validate};

/// What is served: requests, or messages of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tier {
    /// `WebServer`, `Standard`.
    WebServer,
    /// `Worker`, `SQS/HTTP`.
    Worker,
}

/// Which option: a namespace and a name, and for those that exist once a resource, which.
///
/// Ordered as the API lists them: by namespace, then name, then resource. `eb` reads the first of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "RawKey")]
pub struct OptionKey {
    namespace: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
}

#[derive(Deserialize)]
struct RawKey {
    namespace: String,
    name: String,
    #[serde(default)]
    resource: Option<String>,
}

impl From<RawKey> for OptionKey {
    fn from(raw: RawKey) -> Self {
        Self::new(raw.namespace, raw.name, raw.resource)
    }
}

/// The one namespace whose options exist once a resource.
pub(crate) const SCHEDULED_ACTION: &str = "aws:autoscaling:scheduledaction";

impl OptionKey {
    /// The key of an option.
    ///
    /// A resource is kept where it tells options apart, which is with scheduled actions only: the service tells one of
    /// others, too (`AWSEBAutoScalingGroup`), and takes settings with and without it. The listener of a classic load
    /// balancer that has no port in its namespace is that of port 80.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>, resource: Option<String>) -> Self {
        let mut namespace = namespace.into();
        if namespace == "aws:elb:listener" {
            namespace.push_str(":80");
        }
        let resource = resource.filter(|resource| namespace == SCHEDULED_ACTION && !resource.is_empty());
        Self { namespace, name: name.into(), resource }
    }

    /// A key without a resource.
    pub fn plain(namespace: &str, name: &str) -> Self {
        Self::new(namespace, name, None)
    }

    /// `aws:autoscaling:asg`.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// `MinSize`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scheduled action's name.
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }
}

impl fmt::Display for OptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Namespace: '{}', OptionName: '{}'", self.namespace, self.name)
    }
}

/// Whether the value of an option is not shown again.
pub fn is_secret(key: &OptionKey) -> bool {
    table::find(key).is_some_and(|(_, entry)| entry.secret)
}

/// A value that somebody gave to an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Which option.
    pub key: OptionKey,
    /// As it was given.
    pub value: String,
}

impl Setting {
    /// A value for an option that is not of a resource.
    pub fn new(namespace: &str, name: &str, value: impl Into<String>) -> Self {
        Self { key: OptionKey::plain(namespace, name), value: value.into() }
    }
}

/// Who gave a value. What is later here goes before what is earlier.
///
/// Source: "Precedence" in "Configuration options" of the Developer Guide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Nobody.
    Default,
    /// `option_settings` of a file of the bundle.
    Ebextensions {
        /// Its path in the bundle.
        file: String,
        /// The line, counted from one.
        line: u32,
    },
    /// A configuration template of that name.
    SavedConfiguration(String),
    /// The call that created or updated the environment.
    Request,
}

impl Origin {
    fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::Ebextensions { .. } => 1,
            Self::SavedConfiguration(_) => 2,
            Self::Request => 3,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Ebextensions { file, line } => write!(f, "{file}:{line}"),
            Self::SavedConfiguration(name) => write!(f, "saved configuration {name}"),
            Self::Request => f.write_str("request"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_the_api() {
        let mut keys = [
            OptionKey::plain("aws:elasticbeanstalk:environment", "ServiceRole"),
            OptionKey::plain("aws:elasticbeanstalk:environment", "EnvironmentType"),
            OptionKey::plain("aws:autoscaling:asg", "MinSize"),
            OptionKey::new(SCHEDULED_ACTION, "MinSize", Some("b".into())),
            OptionKey::new(SCHEDULED_ACTION, "MinSize", Some("a".into())),
        ];
        keys.sort();
        let shown: Vec<_> = keys.iter().map(|key| (key.name(), key.resource())).collect();
        assert_eq!(
            shown,
            [
                ("MinSize", None),
                ("MinSize", Some("a")),
                ("MinSize", Some("b")),
                ("EnvironmentType", None),
                ("ServiceRole", None)
            ]
        );
    }

    #[test]
    fn a_resource_tells_scheduled_actions_apart_and_nothing_else() {
        let plain = OptionKey::plain("aws:autoscaling:asg", "MinSize");
        assert_eq!(OptionKey::new("aws:autoscaling:asg", "MinSize", Some("AWSEBAutoScalingGroup".into())), plain);
        assert_eq!(OptionKey::plain("aws:elb:listener", "InstancePort").namespace(), "aws:elb:listener:80");
        let json = r#"{"namespace":"aws:elb:listener","name":"InstancePort","resource":"x"}"#;
        let read: OptionKey = serde_json::from_str(json).unwrap();
        assert_eq!(read, OptionKey::plain("aws:elb:listener:80", "InstancePort"));
        let action = OptionKey::new(SCHEDULED_ACTION, "MinSize", Some("night".into()));
        assert_eq!(serde_json::from_str::<OptionKey>(&serde_json::to_string(&action).unwrap()).unwrap(), action);
    }
}
