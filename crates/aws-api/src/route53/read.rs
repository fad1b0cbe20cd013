//! Documents of requests, in the words of `route53`.

use ::route53::{Action, Alias, Change, Content, Error as Domain, Kind, NewZone, RecordSet, Value};

use super::invalid;
use crate::error::Error;
use crate::s3::xml::Element;

/// Longest comment, in characters (AWS's).
const COMMENT: usize = 256;
/// Longest reference of a request, in characters (AWS's).
const REFERENCE: usize = 128;
/// Longest time that a record may be kept, in seconds (AWS's).
const TTL: u32 = 2_147_483_647;

/// What belongs to routing by more than the name.
const POLICIES: [&str; 10] = [
    "SetIdentifier",
    "Weight",
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
    "HealthCheckId",
    "TrafficPolicyInstanceId",
    "CidrRoutingConfig",
    "GeoProximityLocation",
];

fn comment(element: Option<&Element>) -> Result<Option<String>, Error> {
    let text = element.and_then(|element| element.get("Comment")).filter(|text| !text.is_empty());
    match text {
        Some(text) if text.chars().count() > COMMENT => {
            Err(invalid(format!("Comment has at most {COMMENT} characters")))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

fn truth(text: Option<&str>) -> Result<bool, Error> {
    match text.map(str::trim) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(invalid("A truth is true or false")),
    }
}

/// A zone that is to be made.
///
/// # Errors
/// When it is none, or of a kind that is not offered here.
pub fn zone(body: &[u8]) -> Result<NewZone, Error> {
    let root = Element::parse(body, "CreateHostedZoneRequest")?;
    let config = root.child("HostedZoneConfig");
    if root.child("VPC").is_some() || truth(config.and_then(|config| config.get("PrivateZone")))? {
        return Err(invalid("Private hosted zones are not offered here: there is one network that asks"));
    }
    if root.child("DelegationSetId").is_some() {
        return Err(invalid("Reusable delegation sets are not offered here: there is one name server"));
    }
    let reference = root.need("CallerReference")?;
    if reference.is_empty() || reference.chars().count() > REFERENCE {
        return Err(invalid(format!("CallerReference has 1 to {REFERENCE} characters")));
    }
    Ok(NewZone { name: root.need("Name")?.trim().parse()?, reference: reference.to_owned(), comment: comment(config)? })
}

/// The changes of a batch, with its comment.
///
/// # Errors
/// When one of them is none, or of a kind that is not offered here.
pub fn changes(body: &[u8]) -> Result<(Vec<Change>, Option<String>), Error> {
    let root = Element::parse(body, "ChangeResourceRecordSetsRequest")?;
    let batch = root.child("ChangeBatch").ok_or_else(|| invalid("ChangeBatch is missing"))?;
    let all = batch.child("Changes").into_iter().flat_map(|changes| changes.all("Change"));
    Ok((all.map(change).collect::<Result<_, _>>()?, comment(Some(batch))?))
}

fn change(element: &Element) -> Result<Change, Error> {
    let action = match element.need("Action")?.trim() {
        "CREATE" => Action::Create,
        "DELETE" => Action::Delete,
        "UPSERT" => Action::Upsert,
        _ => return Err(invalid("An Action is CREATE, DELETE or UPSERT")),
    };
    let set = element.child("ResourceRecordSet").ok_or_else(|| invalid("ResourceRecordSet is missing"))?;
    Ok(Change { action, set: record_set(set)? })
}

fn record_set(element: &Element) -> Result<RecordSet, Error> {
    if let Some(policy) = POLICIES.iter().find(|name| element.child(name).is_some()) {
        return Err(invalid(format!("{policy} is not offered here: there is one machine to lead to")));
    }
    let kind: Kind = element.need("Type")?.trim().parse()?;
    let content = match (element.child("AliasTarget"), element.get("TTL"), element.child("ResourceRecords")) {
        (Some(alias), None, None) => Content::Alias(Alias {
            zone: alias.need("HostedZoneId")?.trim().parse()?,
            target: alias.need("DNSName")?.trim().parse()?,
            evaluates_health: truth(alias.get("EvaluateTargetHealth"))?,
        }),
        (None, Some(ttl), Some(records)) => {
            let ttl = ttl.trim().parse().ok().filter(|ttl| *ttl <= TTL);
            let values = records.all("ResourceRecord").map(|record| {
                let parsed = Value::parse(kind, record.need("Value")?.trim());
                parsed.map_err(|why| Error::from(Domain::Batch(vec![why])))
            });
            Content::Values {
                ttl: ttl.ok_or_else(|| invalid(format!("TTL is a number of seconds up to {TTL}")))?,
                values: values.collect::<Result<_, _>>()?,
            }
        }
        _ => return Err(invalid("A record set has either an AliasTarget, or a TTL and ResourceRecords")),
    };
    Ok(RecordSet { name: element.need("Name")?.trim().parse()?, kind, content })
}
