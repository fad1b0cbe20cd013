//! Buckets.

use std::sync::Arc;

use aws::Region;
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::S3;
use crate::error::{Error, Result};
use crate::ledger::Draft;
use crate::limits;
use crate::multipart;
use crate::name::{BucketName, Key};
use crate::tags::Tags;

/// Whether a bucket keeps what is replaced or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Versioning {
    /// It never did.
    Off,
    /// It does.
    Enabled,
    /// It did.
    Suspended,
}

/// A bucket's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// Where it was made.
    pub region: Region,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it keeps versions.
    pub versioning: Versioning,
    /// Its tags.
    pub tags: Tags,
    /// Its policy as it was given. Whether it is one is its reader's.
    pub policy: Option<String>,
}

impl S3 {
    /// Makes a bucket.
    ///
    /// # Errors
    /// When there is one of that name, or one too many.
    pub async fn create_bucket(&self, name: BucketName, region: Region, tags: Tags) -> Result<Arc<Bucket>> {
        let bucket =
            Bucket { name, region, created: Timestamp::now(), versioning: Versioning::Off, tags, policy: None };
        self.commit(move |draft| {
            if draft.buckets.contains_key(&bucket.name) {
                return Err(Error::BucketAlreadyOwnedByYou(bucket.name));
            }
            if draft.buckets.len() >= limits::BUCKETS {
                return Err(Error::TooManyBuckets);
            }
            draft.put(bucket)
        })
        .await
    }

    /// Removes a bucket that has no version of any object. Its multipart uploads are aborted.
    ///
    /// # Errors
    /// When it is not there or not empty.
    pub async fn delete_bucket(&self, name: &BucketName) -> Result<()> {
        let (s3, name) = (self.clone(), name.clone());
        crate::unbroken(async move {
            let removed = s3.ledger.commit(move |draft| decide_delete(draft, &name)).await?;
            removed.iter().for_each(|part| s3.files.discard(&part.upload.0, &part.segments));
            Ok(())
        })
        .await
    }

    /// The bucket of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn bucket(&self, name: &BucketName) -> Result<Arc<Bucket>> {
        self.ledger.snapshot().bucket(name).cloned()
    }

    /// All buckets, by name.
    pub fn buckets(&self) -> Vec<Arc<Bucket>> {
        self.ledger.snapshot().buckets.values().cloned().collect()
    }

    /// Changes whether a bucket keeps versions. What never did is left to have been so: it becomes `Suspended`.
    ///
    /// # Errors
    /// When there is no such bucket.
    pub async fn set_versioning(&self, name: &BucketName, keep: bool) -> Result<()> {
        let versioning = if keep { Versioning::Enabled } else { Versioning::Suspended };
        self.change_bucket(name, move |bucket| bucket.versioning = versioning).await
    }

    /// Gives a bucket these tags instead of its own.
    ///
    /// # Errors
    /// When there is no such bucket.
    pub async fn set_bucket_tags(&self, name: &BucketName, tags: Tags) -> Result<()> {
        self.change_bucket(name, move |bucket| bucket.tags = tags).await
    }

    /// Gives a bucket this policy instead of its own, or none.
    ///
    /// # Errors
    /// When there is no such bucket, or the policy is too long.
    pub async fn set_policy(&self, name: &BucketName, policy: Option<String>) -> Result<()> {
        let (size, max) = (policy.as_ref().map_or(0, String::len), limits::POLICY);
        if size > max {
            return Err(Error::PolicyTooLarge { size, max });
        }
        self.change_bucket(name, move |bucket| bucket.policy = policy).await
    }

    async fn change_bucket(&self, name: &BucketName, change: impl FnOnce(&mut Bucket) + Send + 'static) -> Result<()> {
        let name = name.clone();
        self.commit(move |draft| {
            let mut bucket = Bucket::clone(draft.bucket(&name)?);
            change(&mut bucket);
            draft.put(bucket).map(drop)
        })
        .await
    }
}

fn decide_delete(draft: &mut Draft<'_>, name: &BucketName) -> Result<Vec<Arc<multipart::Part>>> {
    draft.bucket(name)?;
    if draft.versions_from(name, Key::bound("")).next().is_some() {
        return Err(Error::BucketNotEmpty(name.clone()));
    }
    let uploads: Vec<_> = draft.uploads_from(name, Key::bound("")).cloned().collect();
    let mut removed = Vec::new();
    for upload in uploads {
        removed.extend(multipart::forget(draft, &upload));
    }
    draft.remove::<Bucket>(name);
    Ok(removed)
}
