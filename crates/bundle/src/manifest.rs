//! `env.yaml`, the environment manifest: how an environment is called and set up that is made from a bundle. Source:
//! developer guide, "Environment manifest (env.yaml)".

use std::collections::BTreeMap;

use crate::error::{Fault, Notes, quoted};
use crate::extensions::{OptionSetting, option_settings, plain};
use crate::node::Fields;
use crate::{Result, Warning, node};

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The name of the environment that is made.
    pub environment_name: Option<Name>,
    /// The solution stack's name.
    pub solution_stack: Option<String>,
    /// The platform's ARN.
    pub platform_arn: Option<String>,
    /// The tier.
    pub tier: Option<Tier>,
    /// The prefix of its CNAME.
    pub cname: Option<Name>,
    /// Environment properties that get the CNAMEs of other environments of the group: property to environment.
    pub links: BTreeMap<String, Name>,
    /// Options.
    pub option_settings: Vec<OptionSetting>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A name that may end with `+`: then the group's name comes behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// What stands before the `+`.
    pub stem: String,
    /// Whether there is one.
    pub has_group: bool,
}

/// A tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// `WebServer` or `Worker`.
    pub name: String,
    /// `Standard` or `SQS/HTTP`.
    pub kind: Option<String>,
}

impl Name {
    fn of(text: String) -> Self {
        match text.strip_suffix('+') {
            Some(stem) => Self { stem: stem.to_owned(), has_group: true },
            None => Self { stem: text, has_group: false },
        }
    }

    /// The name in a group; AWS puts a hyphen between both.
    pub fn in_group(&self, group: Option<&str>) -> String {
        match group.filter(|_| self.has_group) {
            Some(group) => format!("{}-{group}", self.stem),
            None => self.stem.clone(),
        }
    }
}

/// Reads a manifest; saved configurations have the same form.
///
/// # Errors
/// [`crate::Error::Invalid`] with the place of what is wrong.
pub fn parse(file: &str, bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<Manifest> {
    manifest(bytes, &mut Notes::new(file, warnings)).map_err(|fault| fault.of(file))
}

fn manifest(bytes: &[u8], notes: &mut Notes<'_>) -> std::result::Result<Manifest, Fault> {
    let root = node::yaml(bytes)?;
    let mut fields = Fields::of(&root, "a manifest")?;
    if let Some(version) = fields.take("AWSConfigurationTemplateVersion") {
        let text = version.text("AWSConfigurationTemplateVersion")?;
        if !text.starts_with("1.1.") {
            return Err(version.fault(format!("AWSConfigurationTemplateVersion must be 1.1.0.0, not {}", quoted(text))));
        }
    }
    let mut found = Manifest {
        environment_name: fields.text("EnvironmentName")?.map(Name::of),
        solution_stack: fields.text("SolutionStack")?,
        cname: fields.text("CName")?.map(Name::of),
        ..Manifest::default()
    };
    if let Some(node) = fields.take("Platform") {
        let mut platform = Fields::of(node, "Platform")?;
        found.platform_arn = platform.text("PlatformArn")?;
        unknown(&platform, notes);
    }
    if let Some(node) = fields.take("EnvironmentTier") {
        let mut tier = Fields::of(node, "EnvironmentTier")?;
        let name = tier.required("Name", "EnvironmentTier")?;
        if !matches!(name.text("Name")?, "WebServer" | "Worker") {
            return Err(name.fault(format!(
                "Name of EnvironmentTier must be WebServer or Worker, not {}",
                quoted(name.text("Name")?)
            )));
        }
        found.tier = Some(Tier { name: name.text("Name")?.to_owned(), kind: tier.text("Type")? });
        tier.take("Version");
        unknown(&tier, notes);
    }
    for entry in fields.take("EnvironmentLinks").map_or(Ok(&[][..]), |node| node.map("EnvironmentLinks"))? {
        found.links.insert(entry.key.to_string(), Name::of(entry.value.text("a link")?.to_owned()));
    }
    if let Some(node) = fields.take("OptionSettings") {
        found.option_settings = option_settings(node)?;
    }
    for entry in fields.take("Tags").map_or(Ok(&[][..]), |node| node.map("Tags"))? {
        found.tags.insert(entry.key.to_string(), plain(&entry.value, "a tag")?);
    }
    // What a saved configuration says of itself.
    for said in ["EnvironmentConfigurationMetadata", "DateCreated", "DateUpdated", "Description"] {
        fields.take(said);
    }
    unknown(&fields, notes);
    Ok(found)
}

fn unknown(fields: &Fields<'_>, notes: &mut Notes<'_>) {
    for entry in fields.rest() {
        notes.warn(entry.at, format!("{} is not known in a manifest and is ignored", quoted(&entry.key)));
    }
}
