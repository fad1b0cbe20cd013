//! A zone from its making to its end, and what is said of its names.

use std::collections::BTreeSet;
use std::net::IpAddr;

use dns::{Code, Data};

use crate::*;

const SUFFIX: &str = "eb.test";
const HOST: &str = "shop.us-east-1.eb.test";

struct World {
    service: Route53,
    zone: ZoneId,
    _directory: tempfile::TempDir,
}

fn now() -> Timestamp {
    "2026-11-24T10:30:20Z".parse().unwrap()
}

fn new(name: &str, reference: &str) -> NewZone {
    NewZone { name: name.parse().unwrap(), reference: reference.into(), comment: None }
}

async fn world() -> World {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("record")).unwrap();
    let service = Route53::open(store, SUFFIX.parse().unwrap()).unwrap();
    let (zone, _) = service.create_zone(new("example.com", "one"), now()).await.unwrap();
    World { service, zone: zone.id.clone(), _directory: directory }
}

fn set(name: &str, kind: Kind, values: &[&str]) -> RecordSet {
    let values = values.iter().map(|text| Value::parse(kind, text).unwrap()).collect();
    RecordSet { name: name.parse().unwrap(), kind, content: Content::Values { ttl: 300, values } }
}

fn alias(name: &str, target: &str) -> RecordSet {
    let (zone, target) = (ZoneId::random(), target.parse().unwrap());
    let content = Content::Alias(Alias { zone, target, evaluates_health: false });
    RecordSet { name: name.parse().unwrap(), kind: Kind::A, content }
}

impl World {
    async fn change(&self, changes: &[(Action, RecordSet)]) -> Result<Submitted> {
        let changes = changes.iter().cloned().map(|(action, set)| Change { action, set }).collect();
        self.service.change(&self.zone, changes, None, now()).await
    }

    fn environments(&self) -> Environments {
        let addresses: Vec<IpAddr> = vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
        Environments { suffix: SUFFIX.into(), addresses, hosts: BTreeSet::from([HOST.to_owned()]) }
    }

    fn ask(&self, name: &str, kind: u16) -> dns::Reply {
        let mut message = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            message.push(u8::try_from(label.len()).unwrap());
            message.extend_from_slice(label.as_bytes());
        }
        message.extend_from_slice(&[0, 0, u8::try_from(kind).unwrap(), 0, 1]);
        reply(&dns::question(&message).unwrap(), &self.service.state(), &self.environments())
    }

    /// The code and what is answered, as text.
    fn said(&self, name: &str, kind: u16) -> (Code, Vec<String>) {
        let reply = self.ask(name, kind);
        let text = |record: dns::Record| match record.data {
            Data::A(address) => address.to_string(),
            Data::Aaaa(address) => address.to_string(),
            Data::Cname(name) | Data::Ns(name) => name,
            Data::Txt(strings) => strings.iter().map(|text| String::from_utf8_lossy(text)).collect(),
            Data::Soa { server, .. } => server,
        };
        assert_eq!(reply.authority.is_some(), reply.answers.is_empty() && reply.code != Code::Refused, "{name} {kind}");
        (reply.code, reply.answers.into_iter().map(text).collect())
    }
}

const A: u16 = 1;
const AAAA: u16 = 28;

#[tokio::test]
async fn environments_are_found_by_their_names_and_nothing_else_is() {
    let world = world().await;
    let ok = |texts: &[&str]| (Code::NoError, texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    assert_eq!(world.said(HOST, A), ok(&["127.0.0.1"]));
    assert_eq!(world.said(HOST, AAAA), ok(&["::1"]));
    assert_eq!(world.said(SUFFIX, A), ok(&["127.0.0.1"]));
    assert_eq!(world.said(SUFFIX, 6), ok(&["ns.eb.test"]));
    // It has nothing else; what is above it is there; others are not.
    assert_eq!(world.said(HOST, 16), ok(&[]));
    assert_eq!(world.said("us-east-1.eb.test", A), ok(&[]));
    assert_eq!(world.said("gone.us-east-1.eb.test", A), (Code::NoSuchName, vec![]));
    assert_eq!(world.said(&format!("a.{HOST}"), A), (Code::NoSuchName, vec![]));
    for elsewhere in ["test", "xeb.test", "debian.org"] {
        assert_eq!(world.said(elsewhere, A), (Code::Refused, vec![]), "{elsewhere}");
    }
}

#[tokio::test]
async fn a_zone_answers_with_what_was_put_into_it() {
    let world = world().await;
    let all = [
        set("example.com", Kind::A, &["10.0.0.1", "10.0.0.2"]),
        alias("shop.example.com", HOST),
        set("www.example.com", Kind::Cname, &["shop.example.com"]),
        set("away.example.com", Kind::Cname, &["debian.org"]),
        set("round.example.com", Kind::Cname, &["round.example.com"]),
        set("a.b.example.com", Kind::Txt, &["\"v=1 \" \"x\""]),
        set("*.wild.example.com", Kind::A, &["10.0.0.9"]),
        set("tame.wild.example.com", Kind::Txt, &["\"x\""]),
    ];
    world.change(&all.clone().map(|set| (Action::Create, set))).await.unwrap();
    let ok = |texts: &[&str]| (Code::NoError, texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    assert_eq!(world.said("example.com", A), ok(&["10.0.0.1", "10.0.0.2"]));
    assert_eq!(world.said("example.com", 2), ok(&["ns.eb.test"]));
    assert_eq!(world.said("shop.example.com", A), ok(&["127.0.0.1"]));
    assert_eq!(world.said("shop.example.com", AAAA), ok(&[]));
    assert_eq!(world.said("WWW.example.com", A), ok(&["shop.example.com", "127.0.0.1"]));
    assert_eq!(world.said("www.example.com", 5), ok(&["shop.example.com"]));
    assert_eq!(world.said("away.example.com", A), ok(&["debian.org"]));
    assert_eq!(world.ask("round.example.com", A).code, Code::ServerFailure);
    assert_eq!(world.said("a.b.example.com", 16), ok(&["v=1 x"]));
    assert_eq!(world.said("b.example.com", A), ok(&[]));
    assert_eq!(world.said("x.y.wild.example.com", A), ok(&["10.0.0.9"]));
    assert_eq!(world.said("tame.wild.example.com", A), ok(&[]));
    assert_eq!(world.said("z.tame.wild.example.com", A), (Code::NoSuchName, vec![]));
    assert_eq!(world.said("none.example.com", A), (Code::NoSuchName, vec![]));
    // The balancer takes these for names of the environment, too.
    let names: Vec<String> = world.service.state().aliases_of(HOST).iter().map(Name::to_string).collect();
    assert_eq!(names, ["shop.example.com"]);
}

#[tokio::test]
async fn a_batch_is_done_as_a_whole_or_not_at_all() {
    let world = world().await;
    let web = || set("web.example.com", Kind::A, &["10.0.0.1"]);
    let submitted = world.change(&[(Action::Create, web())]).await.unwrap();
    assert_eq!(world.service.state().changes[&submitted.id].at, now());
    for (action, set, why) in [
        (Action::Create, web(), "but it already exists"),
        (Action::Delete, set("web.example.com", Kind::A, &["10.0.0.2"]), "do not match the current values"),
        (Action::Delete, set("no.example.com", Kind::A, &["10.0.0.2"]), "but it was not found"),
        (Action::Create, set("web.example.com", Kind::Cname, &["x.test"]), "conflicts with other records"),
        (Action::Create, set("example.com", Kind::Cname, &["x.test"]), "not permitted at apex"),
        (Action::Create, alias("x.example.com", "elsewhere.test"), "neither the name of an environment"),
        (Action::Create, set("example.org", Kind::A, &["10.0.0.2"]), "not permitted in zone example.com."),
    ] {
        let other = (Action::Create, super::tests::set("other.example.com", Kind::A, &["10.0.0.3"]));
        let refused = world.change(&[other, (action, set)]).await.unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    assert_eq!(world.said("other.example.com", A).0, Code::NoSuchName);
    assert_eq!(world.service.delete_zone(&world.zone, now()).await, Err(Error::NotEmpty));
    world.change(&[(Action::Upsert, set("web.example.com", Kind::A, &["10.0.0.5"]))]).await.unwrap();
    assert_eq!(world.said("web.example.com", A).1, ["10.0.0.5"]);
    world.change(&[(Action::Delete, set("web.example.com", Kind::A, &["10.0.0.5"]))]).await.unwrap();
    world.service.delete_zone(&world.zone, now()).await.unwrap();
    assert_eq!(world.said("example.com", A).0, Code::Refused);
    assert!(world.change(&[(Action::Create, web())]).await.is_err());
}

#[tokio::test]
async fn a_reference_makes_one_zone_and_the_older_of_a_name_answers() {
    let world = world().await;
    let again = world.service.create_zone(new("other.com", "one"), now()).await;
    assert_eq!(again.map(drop), Err(Error::ZoneExists));
    let later = now().saturating_add(std::time::Duration::from_secs(1));
    world.service.create_zone(new("example.com", "two"), later).await.unwrap();
    world.change(&[(Action::Create, set("web.example.com", Kind::A, &["10.0.0.1"]))]).await.unwrap();
    assert_eq!(world.said("web.example.com", A).1, ["10.0.0.1"]);
    // A zone within another one answers for its own.
    world.service.create_zone(new("web.example.com", "three"), now()).await.unwrap();
    assert_eq!(world.said("web.example.com", A), (Code::NoError, vec![]));
}
