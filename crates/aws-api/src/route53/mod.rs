//! Route 53: REST with XML, over the crate `route53`: hosted zones and their records, which the daemon's name server
//! serves.
//!
//! Source: the Amazon Route 53 API reference, version 2013-04-01, operation by operation; "Actions, resources, and
//! condition keys for Amazon Route 53" in the Service Authorization Reference.

pub mod read;

use std::sync::Arc;

use ::route53::{
    Change, ChangeId, Content, Error as Domain, Kind, Name, NewZone, RecordSet, Route53, Submitted, Zone, ZoneId,
    limits,
};
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use http::{Method, Response, StatusCode};

use crate::access::{Access, Authority};
use crate::answer::{Body, whole};
use crate::codec::xml::{Document, iso};
use crate::error::{self, Code, Error};
use crate::service::{Caller, Paths, PathsAnswer, PathsRequest};

const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";

type Answer = Result<Response<Body>, Error>;

/// The service.
#[derive(Clone)]
pub struct Service {
    zones: Route53,
    authority: Arc<dyn Authority>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Operation {
    CreateHostedZone,
    ListHostedZones,
    ListHostedZonesByName,
    GetHostedZoneCount,
    GetHostedZone(ZoneId),
    DeleteHostedZone(ZoneId),
    ChangeResourceRecordSets(ZoneId),
    ListResourceRecordSets(ZoneId),
    GetChange(ChangeId),
}

impl Operation {
    fn of(method: &Method, path: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let ["2013-04-01", parts @ ..] = parts.as_slice() else { return Err(unknown()) };
        let zone = |id: &str| ZoneId::try_from(id.to_owned()).map_err(Error::from);
        Ok(match (method.as_str(), parts) {
            ("POST", ["hostedzone"]) => Self::CreateHostedZone,
            ("GET", ["hostedzone"]) => Self::ListHostedZones,
            ("GET", ["hostedzonesbyname"]) => Self::ListHostedZonesByName,
            ("GET", ["hostedzonecount"]) => Self::GetHostedZoneCount,
            ("GET", ["hostedzone", id]) => Self::GetHostedZone(zone(id)?),
            ("DELETE", ["hostedzone", id]) => Self::DeleteHostedZone(zone(id)?),
            ("POST", ["hostedzone", id, "rrset"]) => Self::ChangeResourceRecordSets(zone(id)?),
            ("GET", ["hostedzone", id, "rrset"]) => Self::ListResourceRecordSets(zone(id)?),
            ("GET", ["change", id]) => Self::GetChange(ChangeId::try_from((*id).to_owned()).map_err(Error::from)?),
            _ => return Err(unknown()),
        })
    }

    /// As policies name it, and what it is on.
    fn action(&self) -> (&'static str, String) {
        let zone = |id: &ZoneId| format!("arn:aws:route53:::hostedzone/{id}");
        match self {
            Self::CreateHostedZone => ("route53:CreateHostedZone", "*".into()),
            Self::ListHostedZones => ("route53:ListHostedZones", "*".into()),
            Self::ListHostedZonesByName => ("route53:ListHostedZonesByName", "*".into()),
            Self::GetHostedZoneCount => ("route53:GetHostedZoneCount", "*".into()),
            Self::GetHostedZone(id) => ("route53:GetHostedZone", zone(id)),
            Self::DeleteHostedZone(id) => ("route53:DeleteHostedZone", zone(id)),
            Self::ChangeResourceRecordSets(id) => ("route53:ChangeResourceRecordSets", zone(id)),
            Self::ListResourceRecordSets(id) => ("route53:ListResourceRecordSets", zone(id)),
            Self::GetChange(id) => ("route53:GetChange", format!("arn:aws:route53:::change/{id}")),
        }
    }
}

fn unknown() -> Error {
    Error::new(error::INVALID_ACTION, "Of Route 53, hosted zones, their records and changes are offered here")
}

const fn code(code: &'static str, status: u16) -> Code {
    Code { code, shape: code, status }
}

impl From<Domain> for Error {
    fn from(error: Domain) -> Self {
        let code = match &error {
            Domain::NoSuchZone(_) => code("NoSuchHostedZone", 404),
            Domain::NoSuchChange(_) => code("NoSuchChange", 404),
            Domain::ZoneExists => code("HostedZoneAlreadyExists", 409),
            Domain::NotEmpty => code("HostedZoneNotEmpty", 400),
            Domain::Name(_) => code("InvalidDomainName", 400),
            Domain::Batch(_) => code("InvalidChangeBatch", 400),
            Domain::Input(_) => code("InvalidInput", 400),
            Domain::TooManyZones(_) => code("TooManyHostedZones", 400),
            Domain::Store(_) => return Self::internal(error),
        };
        Self::new(code, error.to_string())
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Domain::Input(message.into()).into()
}

impl Paths for Service {
    fn signing_name(&self) -> &'static str {
        "route53"
    }

    fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    fn call(&self, request: PathsRequest) -> PathsAnswer<'_> {
        Box::pin(self.answer(request))
    }
}

/// The parameters behind a path.
struct Query(Vec<(String, String)>);

impl Query {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str()).filter(|text| !text.is_empty())
    }

    /// How many are wanted, and how many are told.
    fn most(&self, largest: usize) -> Result<usize, Error> {
        let Some(text) = self.get("maxitems") else { return Ok(largest) };
        match text.parse() {
            Ok(most @ 1..) => Ok(largest.min(most)),
            _ => Err(invalid("maxitems must be a number above zero")),
        }
    }
}

impl Service {
    /// The service of these zones, to whom this authority allows it.
    pub fn new(zones: Route53, authority: Arc<dyn Authority>) -> Self {
        Self { zones, authority }
    }

    async fn answer(&self, request: PathsRequest) -> Answer {
        let PathsRequest { head, body, caller } = request;
        let operation = Operation::of(&head.method, head.uri.path())?;
        let (action, resource) = operation.action();
        let access = Access { action, resource: &resource, context: caller.context(), resource_policy: None };
        self.authority.authorize(&caller.principal, &access)?;
        let query = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
        let query = Query(query.map(|(name, text)| (name.into_owned(), text.into_owned())).collect());
        match operation {
            Operation::CreateHostedZone => self.create(read::zone(&body)?, &caller).await,
            Operation::ListHostedZones => self.list(&query),
            Operation::ListHostedZonesByName => self.list_by_name(&query),
            Operation::GetHostedZoneCount => {
                let count = self.zones.state().zones.len().to_string();
                Ok(told("GetHostedZoneCountResponse", |document| {
                    document.text("HostedZoneCount", &count);
                }))
            }
            Operation::GetHostedZone(id) => {
                let (zone, server) = (Arc::clone(self.zones.state().zone(&id)?), self.zones.server()?);
                Ok(told("GetHostedZoneResponse", |document| {
                    write_zone(document, &zone);
                    write_server(document, &server);
                }))
            }
            Operation::DeleteHostedZone(id) => {
                let submitted = self.zones.delete_zone(&id, caller.now).await?;
                Ok(told("DeleteHostedZoneResponse", |document| write_change(document, &submitted)))
            }
            Operation::ChangeResourceRecordSets(id) => self.change(&id, read::changes(&body)?, &caller).await,
            Operation::ListResourceRecordSets(id) => self.list_sets(&id, &query),
            Operation::GetChange(id) => {
                let state = self.zones.state();
                let submitted = state.changes.get(&id).ok_or(Domain::NoSuchChange(id))?;
                Ok(told("GetChangeResponse", |document| write_change(document, submitted)))
            }
        }
    }

    async fn create(&self, new: NewZone, caller: &Caller) -> Answer {
        let (zone, submitted) = self.zones.create_zone(new, caller.now).await?;
        let server = self.zones.server()?;
        let mut response = told("CreateHostedZoneResponse", |document| {
            write_zone(document, &zone);
            write_change(document, &submitted);
            write_server(document, &server);
        });
        *response.status_mut() = StatusCode::CREATED;
        let location = format!("{}/2013-04-01/hostedzone/{}", caller.endpoint(), zone.id);
        response.headers_mut().insert(LOCATION, location.parse().map_err(Error::internal)?);
        Ok(response)
    }

    async fn change(&self, id: &ZoneId, (changes, comment): (Vec<Change>, Option<String>), caller: &Caller) -> Answer {
        let submitted = self.zones.change(id, changes, comment, caller.now).await?;
        Ok(told("ChangeResourceRecordSetsResponse", |document| write_change(document, &submitted)))
    }

    fn list(&self, query: &Query) -> Answer {
        let most = query.most(limits::PAGE)?;
        let state = self.zones.state();
        // A page begins with the zone that the one before has named.
        let first = query.get("marker").unwrap_or_default();
        let mut zones = state.zones.values().skip_while(|zone| zone.id.as_str() < first);
        let page: Vec<_> = zones.by_ref().take(most).collect();
        let next = zones.next();
        Ok(told("ListHostedZonesResponse", |document| {
            document.element("HostedZones", |document| page.iter().for_each(|zone| write_zone(document, zone)));
            document.text("Marker", first);
            document.text("IsTruncated", &next.is_some().to_string());
            if let Some(next) = next {
                document.text("NextMarker", next.id.as_str());
            }
            document.text("MaxItems", &most.to_string());
        }))
    }

    fn list_by_name(&self, query: &Query) -> Answer {
        let most = query.most(limits::PAGE)?;
        let state = self.zones.state();
        let mut zones: Vec<_> = state.zones.values().collect();
        zones.sort_by_key(|zone| (zone.name.reversed(), zone.id.clone()));
        let name = query.get("dnsname").map(str::parse::<Name>).transpose()?;
        let from = (name.as_ref().map(Name::reversed), query.get("hostedzoneid").unwrap_or_default());
        let before = |zone: &&Arc<Zone>| {
            let own = zone.name.reversed();
            from.0.as_ref().is_some_and(|name| (own.as_str(), zone.id.as_str()) < (name.as_str(), from.1))
        };
        let mut zones = zones.into_iter().skip_while(before);
        let page: Vec<_> = zones.by_ref().take(most).collect();
        let next = zones.next();
        Ok(told("ListHostedZonesByNameResponse", |document| {
            document.element("HostedZones", |document| page.iter().for_each(|zone| write_zone(document, zone)));
            if let Some(name) = &name {
                document.text("DNSName", &name.told());
            }
            document.text("IsTruncated", &next.is_some().to_string());
            if let Some(next) = next {
                document.text("NextDNSName", &next.name.told()).text("NextHostedZoneId", next.id.as_str());
            }
            document.text("MaxItems", &most.to_string());
        }))
    }

    fn list_sets(&self, id: &ZoneId, query: &Query) -> Answer {
        let most = query.most(limits::PAGE)?;
        let state = self.zones.state();
        let zone = state.zone(id)?;
        let name = query.get("name").map(str::parse::<Name>).transpose()?.map(|name| name.reversed());
        let kind = query.get("type").map(str::parse::<Kind>).transpose()?;
        if kind.is_some() && name.is_none() {
            return Err(invalid("A type to begin with needs a name"));
        }
        let before = |set: &&RecordSet| {
            let own = set.name.reversed();
            name.as_ref().is_some_and(|name| own < *name || own == *name && kind.is_some_and(|kind| set.kind < kind))
        };
        let mut sets = zone.sets().skip_while(before);
        let page: Vec<_> = sets.by_ref().take(most).collect();
        let next = sets.next();
        Ok(told("ListResourceRecordSetsResponse", |document| {
            document.element("ResourceRecordSets", |document| page.iter().for_each(|set| write_set(document, set)));
            document.text("IsTruncated", &next.is_some().to_string());
            if let Some(next) = next {
                document.text("NextRecordName", &next.name.told()).text("NextRecordType", next.kind.word());
            }
            document.text("MaxItems", &most.to_string());
        }))
    }
}

fn told(root: &str, inside: impl FnOnce(&mut Document)) -> Response<Body> {
    let mut document = Document::new();
    document.root(root, NAMESPACE, inside);
    let mut response = Response::new(whole(document.finish()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

fn write_zone(document: &mut Document, zone: &Zone) {
    document.element("HostedZone", |document| {
        document.text("Id", &format!("/hostedzone/{}", zone.id)).text("Name", &zone.name.told());
        document.text("CallerReference", &zone.reference);
        document.element("Config", |document| {
            if let Some(comment) = &zone.comment {
                document.text("Comment", comment);
            }
            document.text("PrivateZone", "false");
        });
        document.text("ResourceRecordSetCount", &zone.count().to_string());
    });
}

fn write_server(document: &mut Document, server: &Name) {
    document.element("DelegationSet", |document| {
        document.element("NameServers", |document| {
            document.text("NameServer", server.as_str());
        });
    });
}

fn write_change(document: &mut Document, submitted: &Submitted) {
    document.element("ChangeInfo", |document| {
        document.text("Id", &format!("/change/{}", submitted.id));
        // The one name server reads what the change has written.
        document.text("Status", "INSYNC").text("SubmittedAt", &iso(submitted.at));
        if let Some(comment) = &submitted.comment {
            document.text("Comment", comment);
        }
    });
}

fn write_set(document: &mut Document, set: &RecordSet) {
    document.element("ResourceRecordSet", |document| {
        document.text("Name", &set.name.told()).text("Type", set.kind.word());
        match &set.content {
            Content::Values { ttl, values } => {
                document.text("TTL", &ttl.to_string()).element("ResourceRecords", |document| {
                    for value in values {
                        document.element("ResourceRecord", |document| {
                            document.text("Value", &value.to_string());
                        });
                    }
                });
            }
            Content::Alias(alias) => {
                document.element("AliasTarget", |document| {
                    document.text("HostedZoneId", alias.zone.as_str()).text("DNSName", &alias.target.told());
                    document.text("EvaluateTargetHealth", &alias.evaluates_health.to_string());
                });
            }
        }
    });
}

#[cfg(test)]
mod tests;
