//! What `DescribeConfigurationOptions` tells.

use super::instance;
use super::resolve::Resolved;
use super::table::{self, ChangeSeverity, Entry, Namespace, ValueType};
use super::{OptionKey, SCHEDULED_ACTION};

/// Which options are asked for: those that have all of what is named here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this namespace.
    pub namespace: Option<String>,
    /// Of this name.
    pub name: Option<String>,
}

impl Filter {
    fn passes(&self, namespace: &str, name: &str) -> bool {
        let wanted = self.namespace.as_ref().map(|namespace| OptionKey::plain(namespace, ""));
        let own = OptionKey::plain(namespace, "");
        wanted.is_none_or(|wanted| wanted == own) && self.name.as_ref().is_none_or(|wanted| wanted == name)
    }
}

/// An option, told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its default in such an environment.
    pub default: Option<String>,
    /// What a change of it costs.
    pub severity: ChangeSeverity,
    /// Whether its name is the user's.
    pub user_defined: bool,
    /// The type of its value.
    pub value_type: ValueType,
    /// The values that are allowed, or, of instance types, some that are known.
    pub options: Vec<String>,
    /// The least value.
    pub min: Option<i64>,
    /// The greatest value.
    pub max: Option<i64>,
    /// The longest value, in characters.
    pub max_length: Option<u32>,
    /// A pattern and what it is called.
    pub regex: Option<(&'static str, &'static str)>,
}

/// The options of an environment that pass one of the filters, or all when there is none: sorted by namespace and name.
pub fn describe(resolved: &Resolved, filters: &[Filter]) -> Vec<Description> {
    let mut all: Vec<Description> = table::groups().flat_map(|group| of_group(group, resolved)).collect();
    let passes = |option: &Description| {
        filters.is_empty() || filters.iter().any(|filter| filter.passes(&option.namespace, &option.name))
    };
    all.retain(passes);
    all.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    all
}

fn of_group(group: &'static table::Group, resolved: &Resolved) -> Vec<Description> {
    let namespaces: Vec<String> = match group.namespace {
        Namespace::Fixed(name) => vec![name.to_owned()],
        // The one that is there unasked is among the members where it applies.
        Namespace::Family { prefix, .. } => {
            resolved.members(prefix).into_iter().map(|member| format!("{prefix}{member}")).collect()
        }
    };
    let mut told = Vec::new();
    for namespace in namespaces.iter().filter(|namespace| group.namespace.has(namespace)) {
        for entry in group.entries.iter().filter(|entry| group.lists(entry, resolved.kind())) {
            told.push(tell(namespace, entry.name, entry, false, resolved));
        }
        let Some(free) = group.free else { continue };
        for (key, _) in resolved.namespace(namespace) {
            if group.entries.iter().all(|entry| entry.name != key.name()) {
                told.push(tell(namespace, key.name(), free, true, resolved));
            }
        }
    }
    told
}

fn tell(namespace: &str, name: &str, entry: &Entry, user_defined: bool, resolved: &Resolved) -> Description {
    let sized = matches!(name, "InstanceType" | "InstanceTypes") && namespace != SCHEDULED_ACTION;
    let options = entry.options.iter().filter(|_| entry.value_type != ValueType::Boolean);
    Description {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        default: entry.default_for(resolved.kind()).map(str::to_owned),
        severity: entry.severity,
        user_defined,
        value_type: entry.value_type,
        options: if sized {
            instance::common().collect()
        } else {
            options.map(|option| (*option).to_owned()).collect()
        },
        min: entry.min,
        max: entry.max,
        max_length: entry.max_length,
        regex: entry.regex,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Origin, Setting, Tier, resolve};
    use super::*;

    #[test]
    fn options_are_told_of() {
        let properties = Setting::new("aws:elasticbeanstalk:application:environment", "COLOUR", "blue");
        let resolved = resolve(Tier::WebServer, [(properties, Origin::Request)]);
        let all = describe(&resolved, &[]);
        assert!(all.is_sorted_by_key(|option| (option.namespace.clone(), option.name.clone())));
        let find = |name: &str| all.iter().find(|option| option.name == name).unwrap();
        let size = find("MinSize");
        assert_eq!((size.default.as_deref(), size.min, size.max), (Some("1"), Some(1), Some(10_000)));
        assert_eq!((size.severity.as_str(), size.value_type.as_str()), ("NoInterruption", "Scalar"));
        assert!(find("COLOUR").user_defined && !size.user_defined);
        assert!(find("InstanceType").options.contains(&"t3.micro".to_owned()));
        assert_eq!(find("InstancePort").namespace, "aws:cloudformation:template:parameter");
        assert!(all.iter().any(|option| option.namespace == "aws:autoscaling:scheduledaction"));
    }

    #[test]
    fn a_filter_passes_what_it_names() {
        let resolved = resolve(Tier::WebServer, []);
        let filter = |namespace: Option<&str>, name: Option<&str>| Filter {
            namespace: namespace.map(str::to_owned),
            name: name.map(str::to_owned),
        };
        let one = describe(&resolved, &[filter(Some("aws:autoscaling:asg"), Some("MinSize"))]);
        assert_eq!(one.len(), 1);
        assert_eq!(describe(&resolved, &[filter(Some("aws:autoscaling:asg"), None)]).len(), 6);
        let timeouts = describe(&resolved, &[filter(None, Some("Timeout"))]);
        assert_eq!(timeouts.len(), 3);
        assert_eq!(describe(&resolved, &[filter(Some("aws:elb:listener"), None)]).len(), 6);
        assert!(describe(&resolved, &[filter(Some("aws:nothing"), None)]).is_empty());
    }
}
