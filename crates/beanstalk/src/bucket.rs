//! What the service keeps in buckets: bundles that clients put there, saved configurations, logs.

use aws::Region;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use words::Timestamp;

use crate::environment::{Environment, LogEntry};
use crate::error::{Error, Result};
use crate::fleet::{LogFile, LogKind};
use crate::name::{ApplicationName, EnvironmentId, InstanceId, TemplateName};
use crate::template::{Saved, Template};
use crate::{Beanstalk, Call, limits};

/// What the keys of logs that were asked for begin with.
const LOGS: &str = "resources/environments/logs/";

fn broken(error: s3::Error) -> Error {
    Error::Bucket(error.to_string())
}

fn name(bucket: &str) -> Result<s3::BucketName> {
    bucket.parse().map_err(|error: s3::Error| Error::parameter(error.to_string()))
}

fn object(key: &str) -> Result<s3::Key> {
    key.parse().map_err(|error: s3::Error| Error::parameter(error.to_string()))
}

impl Beanstalk {
    /// The bucket in which a region's bundles, saved configurations and logs are.
    pub fn storage_bucket(&self, region: &Region) -> String {
        format!("elasticbeanstalk-{region}-{}", self.config().account)
    }

    /// Makes that bucket, if it is not there, and gives its name.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub async fn create_storage_location(&self, region: &Region) -> Result<String> {
        let bucket = self.storage_bucket(region);
        let parsed = name(&bucket)?;
        if self.s3().bucket(&parsed).is_ok() {
            return Ok(bucket);
        }
        match self.s3().create_bucket(parsed.clone(), region.clone(), s3::Tags::default()).await {
            Ok(_) => Ok(bucket),
            // Another call was faster.
            Err(_) if self.s3().bucket(&parsed).is_ok() => Ok(bucket),
            Err(error) => Err(broken(error)),
        }
    }

    /// Refuses a bundle that is not there.
    pub(crate) async fn find_bundle(&self, bucket: &str, key: &str) -> Result<()> {
        let found = self.s3().head(&name(bucket)?, &object(key)?, &s3::GetRequest::default()).await;
        found.map(drop).map_err(|_| {
            Error::Combination(format!(
                "Unable to download from S3 location (Bucket: {bucket}  Key: {key}). Reason: Not Found"
            ))
        })
    }

    pub(crate) async fn delete_object(&self, bucket: &str, key: &str) -> Result<()> {
        let deletion = s3::Deletion { key: object(key)?, version: None, conditions: s3::WriteConditions::default() };
        self.s3()
            .delete(&name(bucket)?, deletion)
            .await
            .map(drop)
            .map_err(|error| Error::BundleDeletion(error.to_string()))
    }

    async fn put(&self, region: &Region, key: &str, data: Vec<u8>) -> Result<String> {
        let bucket = self.create_storage_location(region).await?;
        let body = stream::iter([Ok::<_, std::io::Error>(Bytes::from(data))]);
        let request = s3::PutRequest::default();
        self.s3().put(&name(&bucket)?, &object(key)?, request, body).await.map_err(broken)?;
        Ok(bucket)
    }

    fn template_key(application: &ApplicationName, template: &TemplateName) -> String {
        // Where eb looks for it.
        format!("resources/templates/{application}/{template}")
    }

    pub(crate) async fn write_template(
        &self,
        call: &Call,
        application: &ApplicationName,
        template: &TemplateName,
        saved: &Saved,
    ) -> Result<()> {
        let text = crate::source::written(saved, &call.region, call.now)?;
        self.put(&call.region, &Self::template_key(application, template), text.into_bytes()).await.map(drop)
    }

    pub(crate) async fn read_template(
        &self,
        region: &Region,
        application: &ApplicationName,
        template: &TemplateName,
    ) -> Result<Option<String>> {
        let (bucket, key) = (name(&self.storage_bucket(region))?, object(&Self::template_key(application, template))?);
        let Ok(opened) = self.s3().get(&bucket, &key, &s3::GetRequest::default()).await else { return Ok(None) };
        let mut text = Vec::new();
        let mut stream = std::pin::pin!(opened.reader.stream());
        while let Some(piece) = stream.next().await {
            text.extend_from_slice(&piece.map_err(broken)?);
            if text.len() > limits::TEMPLATE_TEXT {
                return Err(Error::parameter(format!(
                    "The saved configuration '{template}' is longer than {} bytes.",
                    limits::TEMPLATE_TEXT
                )));
            }
        }
        String::from_utf8(text)
            .map(Some)
            .map_err(|_| Error::parameter(format!("The saved configuration '{template}' is not text in UTF-8.")))
    }

    pub(crate) async fn drop_template(&self, template: &Template) -> Result<()> {
        let key = Self::template_key(&template.application, &template.name);
        self.delete_object(&self.storage_bucket(&template.region), &key).await
    }

    /// Puts the logs of an instance into the bucket: one text, or an archive of all.
    pub(crate) async fn keep_logs(
        &self,
        environment: &Environment,
        instance: &InstanceId,
        kind: LogKind,
        files: Vec<LogFile>,
    ) -> Result<LogEntry> {
        let at = self.now();
        let key = logs_key(&environment.id, instance, kind, at);
        let data = match kind {
            LogKind::Tail | LogKind::Analyze => tail(&files),
            LogKind::Bundle => archive(files).await?,
        };
        let bucket = self.put(&environment.region, &key, data).await?;
        Ok(LogEntry { instance: instance.clone(), bucket, key, at })
    }

    /// Deletes the logs that were asked for too long ago, as their own age tells.
    pub(crate) async fn forget_logs(&self, now: Timestamp) {
        for bucket in self.s3().buckets() {
            if bucket.name.as_str() != self.storage_bucket(&bucket.region) {
                continue;
            }
            let mut list = s3::List { prefix: LOGS.into(), max: s3::limits::PAGE, ..s3::List::default() };
            while let Ok(page) = self.s3().list(&bucket.name, &list).await {
                for entry in page.entries {
                    let s3::Entry::Item(object) = entry else { continue };
                    list.after = object.key.to_string();
                    if !is_old(object.modified, now) {
                        continue;
                    }
                    if let Err(error) = self.delete_object(bucket.name.as_str(), object.key.as_str()).await {
                        tracing::warn!(key = %object.key, %error, "old logs stay in the bucket");
                    }
                }
                if !page.truncated {
                    break;
                }
            }
        }
    }
}

/// Where logs are kept. Logs of two kinds can be taken at one moment: each kind has its own place.
fn logs_key(environment: &EnvironmentId, instance: &InstanceId, kind: LogKind, at: Timestamp) -> String {
    let (folder, file, suffix) = match kind {
        LogKind::Tail => ("tail", "TailLogs", "txt"),
        LogKind::Analyze => ("analyze", "AnalyzeLogs", "txt"),
        LogKind::Bundle => ("bundle", "BundleLogs", "zip"),
    };
    format!("{LOGS}{folder}/{environment}/{instance}/{file}-{}.{suffix}", at.milliseconds())
}

/// Are logs of this moment kept no more?
pub(crate) fn is_old(taken: Timestamp, now: Timestamp) -> bool {
    now.since(taken).as_secs() >= limits::LOGS_KEPT
}

fn tail(files: &[LogFile]) -> Vec<u8> {
    let rule = "-".repeat(40);
    let mut text = Vec::new();
    for file in files {
        text.extend_from_slice(format!("{rule}\n{}\n{rule}\n", file.path).as_bytes());
        text.extend_from_slice(&file.data);
        text.extend_from_slice(b"\n\n");
    }
    text
}

async fn archive(files: Vec<LogFile>) -> Result<Vec<u8>> {
    let packed = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<u8>> {
        let mut writer = bundle::Writer::new(Vec::new());
        for file in files {
            writer.file(file.path.trim_start_matches('/'), 0o644, file.data.as_slice())?;
        }
        writer.finish()
    });
    packed
        .await
        .map_err(|broken| Error::Bucket(broken.to_string()))?
        .map_err(|error| Error::Bucket(format!("packing logs: {error}")))
}

/// The bytes of an object, into a file.
pub async fn fetch(s3: &s3::S3, bucket: &str, key: &str, into: &std::path::Path) -> Result<()> {
    use tokio::io::AsyncWriteExt;
    let opened = s3.get(&name(bucket)?, &object(key)?, &s3::GetRequest::default()).await.map_err(broken)?;
    let write = |error: std::io::Error| Error::Bucket(format!("writing {}: {error}", into.display()));
    let mut file = tokio::fs::File::create(into).await.map_err(write)?;
    let mut stream = std::pin::pin!(opened.reader.stream());
    while let Some(piece) = stream.try_next().await.map_err(broken)? {
        file.write_all(&piece).await.map_err(write)?;
    }
    file.flush().await.map_err(write)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_of_each_kind_have_their_own_place() {
        let environment: EnvironmentId = "e-abcdefghij".parse().expect("an id");
        let instance: InstanceId = "i-0123456789abcdef0".parse().expect("an id");
        let at = Timestamp::from_milliseconds(1_700_000_000_000).expect("a moment");
        let key = |kind| logs_key(&environment, &instance, kind, at);
        let place = "resources/environments/logs";
        let of = "e-abcdefghij/i-0123456789abcdef0";
        assert_eq!(key(LogKind::Tail), format!("{place}/tail/{of}/TailLogs-1700000000000.txt"));
        assert_eq!(key(LogKind::Analyze), format!("{place}/analyze/{of}/AnalyzeLogs-1700000000000.txt"));
        assert_eq!(key(LogKind::Bundle), format!("{place}/bundle/{of}/BundleLogs-1700000000000.zip"));
    }
}
