//! Texts and archives that describe what is to be deployed: saved configurations, and bundles as far as they are looked
//! at before they are deployed.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::path::Path;

use aws::Region;
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::Beanstalk;
use crate::error::{Error, Result};
use crate::option::{OptionKey, Setting, Tier};
use crate::platform::PlatformVersion;
use crate::template::Saved;
use crate::version::{Source, Version};

/// A saved configuration as its text has it.
///
/// Source: "Saved configuration format" in the Elastic Beanstalk Developer Guide.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Text {
    environment_configuration_metadata: Metadata,
    platform: Option<PlatformText>,
    #[serde(skip_serializing)]
    solution_stack: Option<String>,
    option_settings: BTreeMap<String, BTreeMap<String, Scalar>>,
    environment_tier: Option<TierText>,
    #[serde(rename = "AWSConfigurationTemplateVersion")]
    version: Option<Scalar>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Metadata {
    description: Option<String>,
    date_created: Option<Scalar>,
    date_modified: Option<Scalar>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct PlatformText {
    platform_arn: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TierText {
    name: Option<String>,
    r#type: Option<String>,
    version: Option<Scalar>,
}

/// A value that somebody may have written without quotes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Flag(bool),
    Whole(i64),
    Number(f64),
    Text(String),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

/// Reads the text of a saved configuration.
pub(crate) fn saved(text: &str, name: &str) -> Result<Saved> {
    let text: Text = serde_saphyr::from_str(text)
        .map_err(|error| Error::parameter(format!("The saved configuration '{name}' can't be read: {error}")))?;
    let platform = match (text.platform.and_then(|platform| platform.platform_arn), text.solution_stack) {
        (Some(arn), _) => PlatformVersion::of_arn(&arn)?,
        (None, Some(stack)) => PlatformVersion::of_stack(&stack)?,
        (None, None) => PlatformVersion::newest(),
    };
    let tier = match text.environment_tier.and_then(|tier| tier.name).as_deref() {
        Some("Worker") => Tier::Worker,
        _ => Tier::WebServer,
    };
    let settings = text.option_settings.into_iter().flat_map(|(namespace, options)| {
        // A scheduled action is written with its resource before the namespace.
        let (resource, namespace) = match namespace.split_once('.') {
            Some((resource, namespace)) if namespace.starts_with("aws:") => {
                (Some(resource.to_owned()), namespace.to_owned())
            }
            _ => (None, namespace),
        };
        options.into_iter().map(move |(name, value)| Setting {
            key: OptionKey::new(namespace.clone(), name, resource.clone()),
            value: value.text(),
        })
    });
    let settings = settings.collect();
    Ok(Saved { description: text.environment_configuration_metadata.description, platform, tier, settings })
}

/// Writes the text of a saved configuration.
pub(crate) fn written(saved: &Saved, region: &Region, now: Timestamp) -> Result<String> {
    let mut options: BTreeMap<String, BTreeMap<String, Scalar>> = BTreeMap::new();
    // A text that clients read and keep has no password in it.
    for Setting { key, value } in saved.settings.iter().filter(|setting| !crate::option::is_secret(&setting.key)) {
        let namespace = match key.resource() {
            Some(resource) => format!("{resource}.{}", key.namespace()),
            None => key.namespace().to_owned(),
        };
        options.entry(namespace).or_default().insert(key.name().to_owned(), Scalar::Text(value.clone()));
    }
    let (name, kind, _) = crate::environment::tier_words(saved.tier);
    let millis = now.milliseconds().to_string();
    let text = Text {
        environment_configuration_metadata: Metadata {
            description: saved.description.clone(),
            date_created: Some(Scalar::Text(millis.clone())),
            date_modified: Some(Scalar::Text(millis)),
        },
        platform: Some(PlatformText { platform_arn: Some(saved.platform.arn(region).to_string()) }),
        solution_stack: None,
        option_settings: options,
        environment_tier: Some(TierText { name: Some(name.into()), r#type: Some(kind.into()), version: None }),
        version: Some(Scalar::Text("1.1.0.0".into())),
    };
    serde_saphyr::to_string(&text).map_err(|error| Error::Bucket(format!("writing a saved configuration: {error}")))
}

impl Beanstalk {
    /// Looks at a version before it is deployed: can its bundle be read, and all in it that is read?
    pub(crate) async fn look_at(&self, version: &Version) -> Result<()> {
        let Source::Bundle { bucket, key } = &version.source else { return Ok(()) };
        let directory = tempfile::tempdir().map_err(|error| Error::Bucket(error.to_string()))?;
        let into = directory.path().join("source");
        open(self.s3(), bucket, key, bundle::Variables::new(), &into).await.map(drop)
    }
}

/// Fetches, unpacks and reads a bundle, whose compose file may name environment properties. `into` is the directory that
/// its files are in then; what was there goes.
///
/// # Errors
/// When it is missing, or something in it is not as it should be: the message names the file and the line.
pub async fn open(
    s3: &s3::S3,
    bucket: &str,
    key: &str,
    properties: bundle::Variables,
    into: &Path,
) -> Result<bundle::Bundle> {
    let broken = |error: std::io::Error| Error::Bucket(format!("unpacking {key}: {error}"));
    let holder = into.parent().unwrap_or(into).to_owned();
    tokio::fs::create_dir_all(&holder).await.map_err(broken)?;
    let archive = tempfile::NamedTempFile::new_in(&holder).map_err(broken)?;
    crate::bucket::fetch(s3, bucket, key, archive.path()).await?;
    let (into, key) = (into.to_owned(), key.to_owned());
    let unpacked = tokio::task::spawn_blocking(move || {
        let broken = |error: std::io::Error| Error::Bucket(format!("unpacking {key}: {error}"));
        match std::fs::remove_dir_all(&into) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(broken(error)),
            _ => {}
        }
        std::fs::create_dir(&into).map_err(broken)?;
        let (file, into) = (std::fs::File::open(archive.path()), std::fs::File::open(&into));
        let (file, into) = (file.map_err(broken)?, into.map_err(broken)?);
        bundle::unpack(&file, into.as_fd()).map_err(|error| Error::parameter(error.to_string()))?;
        bundle::read(into.as_fd(), &properties).map_err(|error| Error::parameter(error.to_string()))
    });
    unpacked.await.map_err(|error| Error::Bucket(error.to_string()))?
}
