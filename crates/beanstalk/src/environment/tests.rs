//! An environment to test with, and what becomes of it.

use std::sync::Arc;

use super::change::Change;
use super::*;
use crate::fleet::{Duty, Parcel, Prepared};
use crate::version::Source;

pub(crate) fn now() -> Timestamp {
    "2026-11-24T10:30:20Z".parse().unwrap()
}

fn release(id: u64, version: &str) -> Release {
    let what = (Some(version.parse().unwrap()), Source::Image { uri: format!("shop:{version}") });
    let mut release = Release::new(ReleaseId(id), what, PlatformVersion::newest(), Settings::default(), now());
    let prepared = Prepared { settings: Vec::new(), exclusive: false, parcel: Parcel::new(&version).unwrap() };
    release.set_prepared(Some(Arc::new(prepared)));
    release.completed = Some(now());
    release
}

/// A ready one of one instance, whose second deployment has brought `v2` in place of `v1`.
pub(crate) fn example() -> Environment {
    let instance: InstanceId = "i-0123456789abcdef0".parse().unwrap();
    Environment {
        id: "e-abcdefgh12".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        application: "shop".parse().unwrap(),
        name: "shop-env".parse().unwrap(),
        description: None,
        group: None,
        links: BTreeMap::new(),
        cname: Some("shop-env".into()),
        tier: Tier::WebServer,
        tags: Tags::new(),
        operations_role: None,
        ports: BTreeMap::new(),
        port: 20000,
        created: now(),
        updated: now(),
        life: Life::Ready,
        deployments: 2,
        releases: [release(1, "v1"), release(2, "v2")].map(|one| (one.id, one)).into(),
        current: Some(ReleaseId(2)),
        previous: Some(ReleaseId(1)),
        fallback: Some(ReleaseId(1)),
        desired: 1,
        copies: vec![Copy { instance: instance.clone(), release: ReleaseId(2), duty: Duty::Serve }],
        split: None,
        tending: None,
        queue: Vec::new(),
        logs: BTreeMap::new(),
        instances: [(instance, now())].into(),
        scaled: None,
        swapping: None,
        managed: Vec::new(),
    }
}

/// Does a change to its end, with no step failing.
fn done(environment: &mut Environment, change: Change) {
    decide::begin(environment, change, &RequestId::random(), now());
    let work = environment.life.operation().unwrap().release;
    let prepared = environment.releases[&work].prepared().map(Arc::as_ref).cloned();
    let prepared = prepared.unwrap_or_else(|| Prepared {
        settings: Vec::new(),
        exclusive: false,
        parcel: Parcel::new(&environment.releases[&work].version).unwrap(),
    });
    decide::prepared(environment, prepared, now(), &mut InstanceId::random).unwrap();
    while environment.life != Life::Ready {
        decide::advance(environment, now());
    }
}

fn configure(value: &str) -> Change {
    let setting = Setting::new("aws:elasticbeanstalk:application:environment", "COLOUR", value.to_owned());
    Change::Update { version: None, platform: None, saved: None, settings: vec![setting], remove: Vec::new() }
}

fn deploy(version: &str) -> Change {
    let release = release(9, version);
    let version = Some((release.version, release.source));
    Change::Update { version, platform: None, saved: None, settings: Vec::new(), remove: Vec::new() }
}

fn shown(environment: &Environment) -> (&str, Arc<String>) {
    let release = environment.shown().unwrap();
    (release.version.as_ref().unwrap().as_ref(), release.prepared().unwrap().parcel.read().unwrap())
}

#[test]
fn a_rollback_brings_the_version_before_with_the_settings_of_now_and_back() {
    let mut environment = example();
    done(&mut environment, configure("red"));
    done(&mut environment, configure("blue"));
    // Settings have changed twice since, and v1 is known still.
    assert_eq!(decide::fallback(&environment).unwrap().id, ReleaseId(1));
    let back = Change::Rollback(ReleaseId(1));
    done(&mut environment, back);
    assert_eq!(shown(&environment), ("v1", Arc::new("v1".into())));
    let configuration = environment.shown().unwrap().configuration(Tier::WebServer).unwrap();
    assert_eq!(configuration.properties["COLOUR"], "blue");
    // Its images are those of the first deployment, and stay as long as it does.
    assert_eq!(environment.shown().unwrap().images, Some(ReleaseId(1)));
    let again = decide::fallback(&environment).unwrap().id;
    done(&mut environment, Change::Rollback(again));
    assert_eq!(shown(&environment).0, "v2");
    done(&mut environment, deploy("v3"));
    assert_eq!(decide::fallback(&environment).unwrap().version, Some("v2".parse().unwrap()));
    assert!(environment.releases.len() <= 3, "{:?}", environment.releases.keys());
}

#[test]
fn there_is_no_way_back_from_the_first_version_nor_while_another_comes() {
    let mut environment = Environment { fallback: None, ..example() };
    assert!(decide::fallback(&environment).unwrap_err().to_string().contains("no other version has run in it"));
    environment = example();
    decide::begin(&mut environment, deploy("v3"), &RequestId::random(), now());
    assert!(decide::fallback(&environment).unwrap_err().to_string().contains("it is being changed"));
}

#[test]
fn tls_is_added_where_nothing_is_said_of_it() {
    let said = |value: &str| Setting::new("dabba:environment", "TLS", value);
    let mut silent = Settings::default();
    silent.encrypted_unless_said();
    assert_eq!(silent.direct, [said("true")]);
    let mut direct = Settings { direct: vec![said("false")], saved: None };
    direct.encrypted_unless_said();
    assert_eq!(direct.direct, [said("false")]);
    let name: TemplateName = "t".parse().unwrap();
    let mut saved = Settings { direct: Vec::new(), saved: Some((name, vec![said("false")])) };
    saved.encrypted_unless_said();
    assert!(saved.direct.is_empty());
}

#[test]
fn a_step_is_judged_by_what_was_seen_after_it_was_applied() {
    use crate::environment::decide::Verdict;
    use crate::fleet::Observation;
    use crate::plan::{Step, Until};

    let environment = example();
    let configuration = environment.shown().unwrap().configuration(Tier::WebServer).unwrap();
    let copies = environment.copies.iter().map(|copy| (copy.instance.clone(), copy.release)).collect();
    let verdict = |until: Until, generation: u64| {
        let step = Step { put: Vec::new(), drop: Vec::new(), share: None, until, say: None };
        let progress = Progress { steps: vec![step], at: 0, since: now() };
        let seen = Observation { generation, ..Observation::default() };
        decide::judge(&environment, &progress, &configuration, (&seen, 7), now())
    };
    let drained = Until::Drained(copies);
    // Nothing was outstanding when somebody looked, which was before the copies got no more requests.
    assert!(matches!(verdict(drained.clone(), 6), Verdict::Wait(_)));
    assert_eq!(verdict(drained.clone(), 7), Verdict::Done);
    assert_eq!(verdict(drained, 8), Verdict::Done);
    assert_eq!(verdict(Until::Applied, 6), Verdict::Done);
}
