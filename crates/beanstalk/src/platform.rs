//! Platforms: branches, their versions, and the names of solution stacks.
//!
//! What is offered are Amazon's Docker branches under Amazon's names, since clients look for these names. The versions
//! tell nothing of Amazon's machine images: an environment of any of them runs on this engine.

use std::cmp::Ordering;
use std::fmt;

use aws::{Arn, Region};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What kind of source a branch takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stack {
    /// One container, or a compose file.
    Docker,
    /// Several containers, as `Dockerrun.aws.json` of version 2 has them.
    Ecs,
}

/// A branch: versions of one platform that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch {
    /// What kind of source it takes.
    pub stack: Stack,
    /// `Docker running on 64bit Amazon Linux 2023`.
    pub name: &'static str,
    /// `Docker`.
    pub platform: &'static str,
    /// `64bit Amazon Linux 2023`.
    pub system: &'static str,
    /// `Amazon Linux 2023`, without the bits.
    pub operating_system: &'static str,
    /// The order in which clients show it: the higher the earlier.
    pub order: u32,
    /// Its versions, the newest first.
    pub versions: &'static [&'static str],
}

/// The branches that there are.
pub const BRANCHES: &[Branch] = &[
    Branch {
        stack: Stack::Docker,
        name: "Docker running on 64bit Amazon Linux 2023",
        platform: "Docker",
        system: "64bit Amazon Linux 2023",
        operating_system: "Amazon Linux 2023",
        order: 20,
        versions: &["4.7.2", "4.7.1", "4.6.0"],
    },
    Branch {
        stack: Stack::Ecs,
        name: "ECS running on 64bit Amazon Linux 2023",
        platform: "ECS",
        system: "64bit Amazon Linux 2023",
        operating_system: "Amazon Linux 2023",
        order: 10,
        versions: &["4.3.2", "4.3.1"],
    },
];

/// The tiers that every branch supports, as the API writes them.
pub const TIERS: [&str; 2] = ["WebServer/Standard", "Worker/SQS/HTTP"];
/// What every version can do beside running applications.
pub const ADDONS: [&str; 3] = ["Log/S3", "Monitoring/Healthd", "WorkerDaemon/SQSD"];
/// Who made them, as the API names it.
pub const OWNER: &str = "AWSElasticBeanstalk";

/// One version of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlatformVersion {
    /// Its place in [`BRANCHES`].
    branch: usize,
    /// Its place among the versions of that.
    version: usize,
}

impl PlatformVersion {
    /// All, the branches in their order, the newest version first.
    pub fn all() -> impl Iterator<Item = Self> {
        let of = |(branch, all): (usize, &Branch)| (0..all.versions.len()).map(move |version| Self { branch, version });
        BRANCHES.iter().enumerate().flat_map(of)
    }

    /// The newest one of the first branch.
    pub fn newest() -> Self {
        Self { branch: 0, version: 0 }
    }

    /// Its branch.
    pub fn branch(self) -> &'static Branch {
        &BRANCHES[self.branch]
    }

    /// `4.7.2`.
    pub fn version(self) -> &'static str {
        self.branch().versions[self.version]
    }

    /// Is there none newer in its branch?
    pub fn is_latest(self) -> bool {
        self.version == 0
    }

    /// `64bit Amazon Linux 2023 v4.7.2 running Docker`.
    pub fn solution_stack(self) -> String {
        format!("{} v{} running {}", self.branch().system, self.version(), self.branch().platform)
    }

    /// Its name as a resource of a region. It belongs to no account.
    pub fn arn(self, region: &Region) -> Arn {
        Arn {
            partition: "aws".into(),
            service: "elasticbeanstalk".into(),
            region: region.to_string(),
            account: String::new(),
            resource: self.resource(),
        }
    }

    fn resource(self) -> String {
        format!("platform/{}/{}", self.branch().name, self.version())
    }

    /// The one that a solution stack's name means. Clients also send names without a version, for the newest.
    ///
    /// # Errors
    /// When there is none.
    pub fn of_stack(name: &str) -> Result<Self> {
        let plain = |version: &Self| format!("{} running {}", version.branch().system, version.branch().platform);
        Self::all()
            .find(|version| version.solution_stack() == name || (plain(version) == name && version.is_latest()))
            .ok_or_else(|| Error::parameter(format!("No Solution Stack named '{name}' found.")))
    }

    /// The one that an ARN means. Without a version in it, it is the newest of the branch.
    ///
    /// # Errors
    /// When there is none.
    pub fn of_arn(text: &str) -> Result<Self> {
        let missing = || Error::parameter(format!("No Platform named '{text}' found."));
        let arn: Arn = text.parse().map_err(|_| missing())?;
        if arn.service != "elasticbeanstalk" {
            return Err(missing());
        }
        Self::all()
            .find(|version| {
                version.resource() == arn.resource
                    || (version.is_latest() && format!("platform/{}", version.branch().name) == arn.resource)
            })
            .ok_or_else(missing)
    }
}

impl fmt::Display for PlatformVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.resource())
    }
}

impl From<PlatformVersion> for String {
    fn from(version: PlatformVersion) -> String {
        version.solution_stack()
    }
}

impl TryFrom<String> for PlatformVersion {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        Self::of_stack(&text)
    }
}

/// How a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    BeginsWith,
    EndsWith,
    In,
    NotIn,
}

/// A condition on a list of platforms or branches.
#[derive(Debug, Clone)]
pub struct Filter {
    attribute: String,
    operator: Operator,
    values: Vec<String>,
}

impl Filter {
    /// What a client sends.
    ///
    /// # Errors
    /// When the operator is none, or has no value.
    pub fn new(attribute: &str, operator: &str, values: Vec<String>) -> Result<Self> {
        let operator = match operator {
            "" | "=" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "<" => Operator::Less,
            "<=" => Operator::LessOrEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterOrEqual,
            "contains" => Operator::Contains,
            "begins_with" => Operator::BeginsWith,
            "ends_with" => Operator::EndsWith,
            "in" => Operator::In,
            "not_in" => Operator::NotIn,
            other => {
                return Err(Error::parameter(format!(
                    "Invalid operator '{other}'. Valid operators: =, !=, <, <=, >, >=, contains, begins_with, \
                     ends_with, in, not_in."
                )));
            }
        };
        if values.is_empty() {
            return Err(Error::parameter(format!("The filter on '{attribute}' has no values.")));
        }
        Ok(Self { attribute: attribute.to_owned(), operator, values })
    }

    /// Do these values of the attribute fulfil it? One of several is enough.
    fn takes(&self, found: &[&str]) -> bool {
        let any = |test: &dyn Fn(&str, &str) -> bool| {
            found.iter().any(|found| self.values.iter().any(|value| test(found, value)))
        };
        match self.operator {
            Operator::Equal | Operator::In => any(&|found, value| found == value),
            Operator::NotEqual | Operator::NotIn => !any(&|found, value| found == value),
            Operator::Less => any(&|found, value| order(found, value) == Some(Ordering::Less)),
            Operator::LessOrEqual => any(&|found, value| order(found, value).is_some_and(Ordering::is_le)),
            Operator::Greater => any(&|found, value| order(found, value) == Some(Ordering::Greater)),
            Operator::GreaterOrEqual => any(&|found, value| order(found, value).is_some_and(Ordering::is_ge)),
            Operator::Contains => any(&|found, value| found.contains(value)),
            Operator::BeginsWith => any(&|found, value| found.starts_with(value)),
            Operator::EndsWith => any(&|found, value| found.ends_with(value)),
        }
    }
}

/// Versions compare by their numbers; other texts don't.
fn order(found: &str, value: &str) -> Option<Ordering> {
    let numbers = |text: &str| text.split('.').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<u64>>>();
    Some(numbers(found)?.cmp(&numbers(value)?))
}

/// The versions that fulfil all filters.
///
/// # Errors
/// When a filter is on what versions do not have.
pub fn versions(filters: &[Filter]) -> Result<Vec<PlatformVersion>> {
    let mut found: Vec<PlatformVersion> = PlatformVersion::all().collect();
    for filter in filters {
        let attribute = |version: PlatformVersion| -> Option<Vec<&'static str>> {
            let branch = version.branch();
            Some(match filter.attribute.as_str() {
                "PlatformName" => vec![branch.name, branch.platform],
                "PlatformVersion" if version.is_latest() => vec![version.version(), "latest"],
                "PlatformVersion" => vec![version.version()],
                "PlatformStatus" => vec!["Ready"],
                "PlatformBranchName" => vec![branch.name],
                "PlatformLifecycleState" if version.is_latest() => vec!["Recommended"],
                "PlatformLifecycleState" => vec![""],
                "PlatformOwner" => vec![OWNER],
                "SupportedTier" => TIERS.to_vec(),
                "SupportedAddon" => ADDONS.to_vec(),
                "ProgrammingLanguageName" => vec![branch.platform],
                "OperatingSystemName" => vec![branch.operating_system],
                _ => return None,
            })
        };
        if attribute(PlatformVersion::newest()).is_none() {
            return Err(Error::parameter(format!("Invalid filter type '{}'.", filter.attribute)));
        }
        found.retain(|version| attribute(*version).is_some_and(|values| filter.takes(&values)));
    }
    Ok(found)
}

/// The branches that fulfil all filters.
///
/// # Errors
/// When a filter is on what branches do not have.
pub fn branches(filters: &[Filter]) -> Result<Vec<&'static Branch>> {
    let mut found: Vec<&'static Branch> = BRANCHES.iter().collect();
    for filter in filters {
        let attribute = |branch: &Branch| -> Option<Vec<&'static str>> {
            Some(match filter.attribute.as_str() {
                "BranchName" => vec![branch.name],
                "LifecycleState" => vec!["Supported"],
                "PlatformName" => vec![branch.platform],
                "TierType" => TIERS.to_vec(),
                _ => return None,
            })
        };
        if attribute(&BRANCHES[0]).is_none() {
            return Err(Error::parameter(format!("Invalid attribute '{}'.", filter.attribute)));
        }
        found.retain(|branch| attribute(branch).is_some_and(|values| filter.takes(&values)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_version() {
        let region: Region = "us-east-1".parse().unwrap();
        for version in PlatformVersion::all() {
            assert_eq!(PlatformVersion::of_stack(&version.solution_stack()).unwrap(), version);
            assert_eq!(PlatformVersion::of_arn(&version.arn(&region).to_string()).unwrap(), version);
        }
        let newest = PlatformVersion::newest();
        assert_eq!(PlatformVersion::of_stack("64bit Amazon Linux 2023 running Docker").unwrap(), newest);
        assert!(PlatformVersion::of_stack("64bit Windows").is_err());
        assert!(PlatformVersion::of_arn("arn:aws:s3:us-east-1::platform/Docker").is_err());
    }

    #[test]
    fn filters_choose() {
        let filter = |attribute: &str, operator: &str, value: &str| {
            Filter::new(attribute, operator, vec![value.to_owned()]).unwrap()
        };
        let latest = versions(&[filter("PlatformVersion", "=", "latest")]).unwrap();
        assert!(latest.iter().all(|version| version.is_latest()) && latest.len() == BRANCHES.len());
        let older = versions(&[filter("PlatformVersion", "<", "4.7.2"), filter("PlatformName", "contains", "Docker")]);
        assert_eq!(older.unwrap().len(), 2);
        assert!(versions(&[filter("PlatformOwner", "=", "self")]).unwrap().is_empty());
        assert!(versions(&[filter("Colour", "=", "red")]).is_err());
        assert!(Filter::new("PlatformName", "~", vec!["x".into()]).is_err());
        assert_eq!(branches(&[filter("LifecycleState", "!=", "Retired")]).unwrap().len(), BRANCHES.len());
    }
}
