//! Operations on buckets.

use aws::Region;
use http::{Response, StatusCode};
use iam::Policy;
use s3::{BucketName, Key, Tags, Versioning};

use super::error::{code, malformed};
use super::headers::{self, put, value};
use super::list::number;
use super::xml::Element;
use super::{Answer, Ask, Frames, NAMESPACE, Service, bare, document, of_xml, xml};
use crate::answer::{Body, whole};
use crate::codec::xml::{Document, iso};
use crate::error::Error;

/// The region that has no name where buckets are: what was first.
const FIRST: &str = "us-east-1";

impl Service {
    pub(super) fn list_buckets(&self, ask: &Ask) -> Answer {
        let max = number(ask, "max-buckets", s3::limits::BUCKETS)?;
        let after = ask.query.get("continuation-token").unwrap_or_default();
        let prefix = ask.query.get("prefix").unwrap_or_default();
        let region = ask.query.get("bucket-region");
        let all = self.s3.buckets();
        let mut left = all.iter().filter(|bucket| {
            let name = bucket.name.as_str();
            name.starts_with(prefix) && name > after && region.is_none_or(|region| bucket.region.as_str() == region)
        });
        let page: Vec<_> = left.by_ref().take(max).collect();
        let next = left.next().and(page.last()).map(|bucket| bucket.name.to_string());
        Ok(document("ListAllMyBucketsResult", |document| {
            self.owner(document, "Owner");
            document.element("Buckets", |document| {
                for bucket in page {
                    document.element("Bucket", |document| {
                        document.text("Name", bucket.name.as_str()).text("CreationDate", &iso(bucket.created));
                        document.text("BucketRegion", bucket.region.as_str());
                    });
                }
            });
            if !prefix.is_empty() {
                document.text("Prefix", prefix);
            }
            if let Some(next) = next {
                document.text("ContinuationToken", &next);
            }
        }))
    }

    /// The account as the owner of something. Its canonical id has as many digits as Amazon's.
    pub(super) fn owner(&self, document: &mut Document, element: &str) {
        document.element(element, |document| {
            document.text("ID", &self.owner_id());
        });
    }

    fn owner_id(&self) -> String {
        format!("{:0>64}", self.s3.account().as_str())
    }

    pub(super) async fn create_bucket(&self, ask: &Ask, body: Frames) -> Answer {
        let name = ask.bucket()?;
        let (said, trailer) = headers::integrity(ask)?;
        let text = body.expecting(trailer).all(xml::DOCUMENT, &said).await?;
        let (mut constraint, mut tags) = (None, Tags::default());
        if !text.is_empty() {
            let root = Element::parse(&text, "CreateBucketConfiguration")?;
            constraint =
                root.get("LocationConstraint").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
            if root.child("Location").is_some() || root.child("Bucket").is_some() {
                return Err(super::route::absent("a directory bucket"));
            }
            if let Some(set) = root.child("Tags") {
                tags = Tags::of_bucket(pairs(set)?)?;
            }
        }
        let region = location(constraint.as_deref(), &ask.caller.region)?;
        match self.s3.create_bucket(name.clone(), region, tags).await {
            // There it is no error to make one's own bucket again.
            Err(s3::Error::BucketAlreadyOwnedByYou(_)) if ask.caller.region.as_str() == FIRST => {}
            outcome => drop(outcome?),
        }
        let mut response = bare(StatusCode::OK);
        put(response.headers_mut(), "location", &format!("/{name}"));
        Ok(response)
    }

    pub(super) fn head_bucket(&self, ask: &Ask) -> Answer {
        let bucket = self.s3.bucket(ask.bucket()?)?;
        let mut response = bare(StatusCode::OK);
        put(response.headers_mut(), "x-amz-bucket-region", bucket.region.as_str());
        Ok(response)
    }

    pub(super) async fn delete_bucket(&self, ask: &Ask) -> Answer {
        self.s3.delete_bucket(ask.bucket()?).await?;
        Ok(bare(StatusCode::NO_CONTENT))
    }

    pub(super) fn get_bucket_location(&self, ask: &Ask) -> Answer {
        let bucket = self.s3.bucket(ask.bucket()?)?;
        let mut answer = Document::new();
        let name = if bucket.region.as_str() == FIRST { "" } else { bucket.region.as_str() };
        answer.root_text("LocationConstraint", NAMESPACE, name);
        Ok(of_xml(StatusCode::OK, answer.finish()))
    }

    pub(super) fn get_bucket_versioning(&self, ask: &Ask) -> Answer {
        let bucket = self.s3.bucket(ask.bucket()?)?;
        Ok(document("VersioningConfiguration", |document| match bucket.versioning {
            Versioning::Off => {}
            Versioning::Enabled => drop(document.text("Status", "Enabled")),
            Versioning::Suspended => drop(document.text("Status", "Suspended")),
        }))
    }

    pub(super) async fn put_bucket_versioning(&self, ask: &Ask, body: Frames) -> Answer {
        let root = body.document(ask, "VersioningConfiguration").await?;
        if root.get("MfaDelete").is_some_and(|text| text.trim() == "Enabled") {
            return Err(super::route::absent("MfaDelete"));
        }
        let keep = match root.need("Status")?.trim() {
            "Enabled" => true,
            "Suspended" => false,
            _ => return Err(malformed()),
        };
        self.s3.set_versioning(ask.bucket()?, keep).await?;
        Ok(bare(StatusCode::OK))
    }

    pub(super) fn get_bucket_tagging(&self, ask: &Ask) -> Answer {
        let bucket = self.s3.bucket(ask.bucket()?)?;
        if bucket.tags.is_empty() {
            return Err(s3::Error::NoSuchTagSet(bucket.name.clone()).into());
        }
        Ok(tagging(&bucket.tags))
    }

    pub(super) async fn put_bucket_tagging(&self, ask: &Ask, body: Frames) -> Answer {
        let tags = Tags::of_bucket(tags(&body.document(ask, "Tagging").await?)?)?;
        self.s3.set_bucket_tags(ask.bucket()?, tags).await?;
        Ok(bare(StatusCode::NO_CONTENT))
    }

    pub(super) async fn delete_bucket_tagging(&self, ask: &Ask) -> Answer {
        self.s3.set_bucket_tags(ask.bucket()?, Tags::default()).await?;
        Ok(bare(StatusCode::NO_CONTENT))
    }

    pub(super) fn get_bucket_policy(&self, ask: &Ask) -> Answer {
        let bucket = self.s3.bucket(ask.bucket()?)?;
        let policy = bucket.policy.clone().ok_or_else(|| s3::Error::NoSuchBucketPolicy(bucket.name.clone()))?;
        let mut response = Response::new(whole(policy));
        put(response.headers_mut(), "content-type", "application/json");
        Ok(response)
    }

    pub(super) async fn put_bucket_policy(&self, ask: &Ask, body: Frames) -> Answer {
        let (said, trailer) = headers::integrity(ask)?;
        let text = body.expecting(trailer).all(2 * s3::limits::POLICY, &said).await?;
        let wrong = |why: String| Error::new(code("MalformedPolicy", 400), why);
        let text = String::from_utf8(text.to_vec()).map_err(|_| wrong("The policy is no UTF-8".into()))?;
        Policy::resource(&text).map_err(|error| wrong(error.to_string()))?;
        self.s3.set_policy(ask.bucket()?, Some(text)).await?;
        Ok(bare(StatusCode::NO_CONTENT))
    }

    pub(super) async fn delete_bucket_policy(&self, ask: &Ask) -> Answer {
        self.s3.set_policy(ask.bucket()?, None).await?;
        Ok(bare(StatusCode::NO_CONTENT))
    }

    /// The only list there is: all for the owner, nothing for others.
    pub(super) async fn get_acl(&self, ask: &Ask) -> Answer {
        self.acl_target(ask).await?;
        let id = self.owner_id();
        Ok(of_xml(
            StatusCode::OK,
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AccessControlPolicy xmlns=\"{NAMESPACE}\"><Owner><ID>{id}</ID></Owner>\
                 <AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                 xsi:type=\"CanonicalUser\"><ID>{id}</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>\
                 </AccessControlList></AccessControlPolicy>"
            ),
        ))
    }

    /// Takes the list that is there already, and no other.
    pub(super) async fn put_acl(&self, ask: &Ask, body: Frames) -> Answer {
        self.acl_target(ask).await?;
        let (said, trailer) = headers::integrity(ask)?;
        let text = body.expecting(trailer).all(xml::DOCUMENT, &said).await?;
        if !text.is_empty() {
            let root = Element::parse(&text, "AccessControlPolicy")?;
            let grants: Vec<_> = root.all("AccessControlList").flat_map(|list| &list.children).collect();
            let owner = self.owner_id();
            let own = |grant: &Element| {
                grant.get("Permission") == Some("FULL_CONTROL")
                    && grant.child("Grantee").and_then(|grantee| grantee.get("ID")) == Some(&owner)
            };
            if !matches!(grants[..], [grant] if own(grant)) {
                return Err(headers::no_acl());
            }
        } else if value(&ask.headers, "x-amz-acl")?.is_none() {
            return Err(malformed());
        }
        Ok(bare(StatusCode::OK))
    }

    async fn acl_target(&self, ask: &Ask) -> Result<(), Error> {
        match &ask.key {
            Some(_) => self.plain_head(ask).await.map(drop),
            None => Ok(self.s3.bucket(ask.bucket()?).map(drop)?),
        }
    }
}

/// Where a bucket is to be, as it is asked for at this region.
fn location(constraint: Option<&str>, region: &Region) -> Result<Region, Error> {
    let wanted = match constraint {
        Some("EU") => "eu-west-1",
        Some(constraint) => constraint,
        None => FIRST,
    };
    if region.as_str() != FIRST && wanted != region.as_str() {
        let what = constraint.unwrap_or("unspecified");
        return Err(Error::new(
            code("IllegalLocationConstraintException", 400),
            format!(
                "The {what} location constraint is incompatible for the region specific endpoint this request was sent to."
            ),
        ));
    }
    let invalid =
        || Error::new(code("InvalidLocationConstraint", 400), "The specified location-constraint is not valid");
    wanted.parse().map_err(|_| invalid())
}

/// The tags of a document `Tagging`.
pub(super) fn tags(root: &Element) -> Result<Vec<(String, String)>, Error> {
    pairs(root.child("TagSet").ok_or_else(malformed)?)
}

fn pairs(set: &Element) -> Result<Vec<(String, String)>, Error> {
    // More than a bucket may have are too many whatever they are.
    let pair = |tag: &Element| Ok((tag.need("Key")?.to_owned(), tag.need("Value")?.to_owned()));
    set.all("Tag").take(s3::limits::BUCKET_TAGS + 1).map(pair).collect()
}

/// Tags as a document.
pub(super) fn tagging(tags: &Tags) -> Response<Body> {
    document("Tagging", |document| {
        document.element("TagSet", |document| {
            for (key, value) in tags.iter() {
                document.element("Tag", |document| {
                    document.text("Key", key).text("Value", value);
                });
            }
        });
    })
}

/// Names that a page of something tells of itself.
pub(super) fn place(document: &mut Document, bucket: &BucketName, key: Option<&Key>) {
    document.text("Bucket", bucket.as_str());
    if let Some(key) = key {
        document.text("Key", key.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_where_its_endpoint_can_make_it() {
        let region = |name: &str| name.parse::<Region>().unwrap();
        for (constraint, at, expected) in [
            (None, "us-east-1", Some("us-east-1")),
            (Some("EU"), "us-east-1", Some("eu-west-1")),
            (Some("us-west-2"), "us-east-1", Some("us-west-2")),
            (Some("us-west-2"), "us-west-2", Some("us-west-2")),
            (None, "us-west-2", None),
            (Some("eu-west-1"), "us-west-2", None),
            (Some("Not a region"), "us-east-1", None),
        ] {
            assert_eq!(location(constraint, &region(at)).ok(), expected.map(region), "{constraint:?} at {at}");
        }
    }
}
