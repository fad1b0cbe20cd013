//! Key pairs.

use ::beanstalk::key_pair::PublicKey;
use ::beanstalk::{Error as Fault, KeyPair};

use super::{Code, Ec2, Error, Result, call, code, fault, filter, given_tags, model, tag, unless_dry};
use crate::error::INVALID_PARAMETER_VALUE;
use crate::service::Caller;

const DUPLICATE: Code = code("InvalidKeyPair.Duplicate", 400);
const NOT_FOUND: Code = code("InvalidKeyPair.NotFound", 400);
const FORMAT: Code = code("InvalidKey.Format", 400);

/// What can go wrong with a new key pair.
fn refused(why: Fault) -> Error {
    match why {
        Fault::Combination(why) => Error::new(DUPLICATE, why),
        other => fault(other),
    }
}

fn tags(pair: &KeyPair) -> Vec<model::Tag> {
    pair.tags.clone().into_iter().map(tag).collect()
}

impl Ec2 {
    pub(super) async fn create_key_pair(
        &self,
        caller: &Caller,
        input: model::CreateKeyPairRequest,
    ) -> Result<model::KeyPair> {
        if input.key_type.as_deref().is_some_and(|kind| kind != "ed25519") {
            let message = "Only keys of the KeyType ed25519 are made here. An RSA key can be imported: ImportKeyPair.";
            return Err(Error::new(INVALID_PARAMETER_VALUE, message));
        }
        if input.key_format.as_deref().is_some_and(|format| format != "pem") {
            return Err(Error::new(INVALID_PARAMETER_VALUE, "The only KeyFormat here is pem."));
        }
        let given = given_tags(input.tag_specifications, "key-pair")?;
        unless_dry(input.dry_run)?;
        let made = self.service.create_key_pair(&call(caller), &input.key_name, &given).await.map_err(refused)?;
        let (pair, private) = made;
        Ok(model::KeyPair {
            key_fingerprint: Some(pair.public.fingerprint.clone()),
            key_material: Some(private),
            key_name: Some(pair.name.clone()),
            key_pair_id: Some(pair.id.clone()),
            tags: Some(tags(&pair)),
        })
    }

    pub(super) async fn import_key_pair(
        &self,
        caller: &Caller,
        input: model::ImportKeyPairRequest,
    ) -> Result<model::ImportKeyPairResult> {
        let invalid = |_: String| Error::new(FORMAT, "Key is not in valid OpenSSH public key format");
        let text = std::str::from_utf8(&input.public_key_material).map_err(|error| invalid(error.to_string()))?;
        let public = PublicKey::parse(text).map_err(|error| invalid(error.to_string()))?;
        let given = given_tags(input.tag_specifications, "key-pair")?;
        unless_dry(input.dry_run)?;
        let pair =
            self.service.import_key_pair(&call(caller), &input.key_name, public, &given).await.map_err(refused)?;
        Ok(model::ImportKeyPairResult {
            key_fingerprint: Some(pair.public.fingerprint.clone()),
            key_name: Some(pair.name.clone()),
            key_pair_id: Some(pair.id.clone()),
            tags: Some(tags(&pair)),
        })
    }

    pub(super) async fn delete_key_pair(
        &self,
        caller: &Caller,
        input: model::DeleteKeyPairRequest,
    ) -> Result<model::DeleteKeyPairResult> {
        let (name, id) = (input.key_name.as_deref(), input.key_pair_id.as_deref());
        if name.is_none() && id.is_none() {
            return Err(Error::new(crate::error::MISSING_PARAMETER, "The request must contain the parameter KeyName"));
        }
        unless_dry(input.dry_run)?;
        let gone = self.service.delete_key_pair(&call(caller), name, id).await.map_err(fault)?;
        Ok(model::DeleteKeyPairResult { key_pair_id: gone.map(|pair| pair.id.clone()), r#return: Some(true) })
    }

    pub(super) async fn describe_key_pairs(
        &self,
        caller: &Caller,
        input: model::DescribeKeyPairsRequest,
    ) -> Result<model::DescribeKeyPairsResult> {
        unless_dry(input.dry_run)?;
        let state = self.service.state();
        let all: Vec<&std::sync::Arc<KeyPair>> =
            state.key_pairs.values().filter(|pair| pair.region == caller.region).collect();
        let (names, ids) = (input.key_names.unwrap_or_default(), input.key_pair_ids.unwrap_or_default());
        let missing = names.iter().find(|name| !all.iter().any(|pair| pair.name == **name));
        let missing = missing.or_else(|| ids.iter().find(|id| !all.iter().any(|pair| pair.id == **id)));
        if let Some(missing) = missing {
            return Err(Error::new(NOT_FOUND, format!("The key pair '{missing}' does not exist")));
        }
        let mut found = Vec::new();
        for pair in all {
            let tags = tags(pair);
            let values = |filter: &str| match filter {
                "key-name" => Some(vec![pair.name.clone()]),
                "key-pair-id" => Some(vec![pair.id.clone()]),
                "fingerprint" => Some(vec![pair.public.fingerprint.clone()]),
                other => filter::tag_values(&tags, other),
            };
            let wanted = (names.is_empty() || names.contains(&pair.name)) && (ids.is_empty() || ids.contains(&pair.id));
            if wanted && filter::all_fit(input.filters.as_deref().unwrap_or_default(), values)? {
                found.push(model::KeyPairInfo {
                    create_time: Some(pair.created),
                    key_fingerprint: Some(pair.public.fingerprint.clone()),
                    key_name: Some(pair.name.clone()),
                    key_pair_id: Some(pair.id.clone()),
                    key_type: Some(pair.public.kind.word().into()),
                    public_key: (input.include_public_key == Some(true)).then(|| pair.public.line.clone()),
                    tags: Some(tags),
                });
            }
        }
        Ok(model::DescribeKeyPairsResult { key_pairs: Some(found) })
    }
}
