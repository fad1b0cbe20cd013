//! The service with a host that notes what it is told, and fails where it is to.

use std::net::Ipv4Addr;
use std::sync::PoisonError;

use words::Secret;

use super::host::Doing;
use super::*;

/// A host on which everything works but what is named in `fails`.
#[derive(Default)]
struct Paper {
    did: Mutex<Vec<String>>,
    fails: Mutex<Vec<&'static str>>,
}

impl Paper {
    fn note(&self, what: &'static str, name: &str) -> std::result::Result<(), Failure> {
        self.did.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{what} {name}"));
        let fails = self.fails.lock().unwrap_or_else(PoisonError::into_inner).contains(&what);
        if fails { Err(Failure(format!("{what} is broken"))) } else { Ok(()) }
    }

    fn did(&self) -> Vec<String> {
        std::mem::take(&mut *self.did.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Host for Paper {
    fn fill(&self, instance: Arc<Instance>, _: Arc<Snapshot>) -> Doing<'_, ()> {
        Box::pin(async move { self.note("fill", instance.name.as_str()) })
    }
    fn run(&self, instance: Arc<Instance>) -> Doing<'_, Ipv4Addr> {
        Box::pin(async move { self.note("run", instance.name.as_str()).map(|()| Ipv4Addr::new(100, 96, 0, 2)) })
    }
    fn set_password(&self, instance: Arc<Instance>, _: Secret) -> Doing<'_, ()> {
        Box::pin(async move { self.note("password", instance.name.as_str()) })
    }
    fn stop(&self, instance: Arc<Instance>) -> Doing<'_, ()> {
        Box::pin(async move { self.note("stop", instance.name.as_str()) })
    }
    fn keep(&self, _: Arc<Instance>, snapshot: Arc<Snapshot>) -> Doing<'_, ()> {
        Box::pin(async move { self.note("keep", snapshot.name.as_str()) })
    }
    fn remove(&self, instance: Arc<Instance>) -> Doing<'_, ()> {
        Box::pin(async move { self.note("remove", instance.name.as_str()) })
    }
    fn forget(&self, snapshot: Arc<Snapshot>) -> Doing<'_, ()> {
        Box::pin(async move { self.note("forget", snapshot.name.as_str()) })
    }
}

struct World {
    rds: Rds,
    paper: Arc<Paper>,
    store: Store,
    region: Region,
    _dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("state")).unwrap();
        let paper: Arc<Paper> = Arc::default();
        let rds = Rds::open(store.clone(), account(), Arc::clone(&paper) as Arc<dyn Host>).unwrap();
        Self { rds, paper, store, region: region(), _dir: dir }
    }

    async fn settled(&self, name: &str) -> Arc<Instance> {
        let key = Key::new(&self.region, name);
        let mut changed = self.rds.0.ledger.changes();
        loop {
            let instance = self.rds.state().instances.get(&key).cloned().unwrap();
            if matches!(instance.life, Life::Available | Life::Stopped | Life::Failed(_)) {
                return instance;
            }
            changed.changed().await.unwrap();
        }
    }

    async fn gone(&self, name: &str) {
        let mut changed = self.rds.0.ledger.changes();
        while self.rds.state().instance(&self.region, name).is_ok() {
            changed.changed().await.unwrap();
        }
    }
}

fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

fn new(name: &str) -> NewInstance {
    NewInstance {
        region: region(),
        name: name.parse().unwrap(),
        engine: Engine::Postgres,
        version: Engine::Postgres.usual(),
        class: Class::known("db.t3.micro").unwrap(),
        storage: 20,
        multi_az: false,
        deletion_protection: false,
        user: "ebroot".parse().unwrap(),
        password: Secret::new("correct-horse"),
        database: Some("ebdb".parse().unwrap()),
        port: None,
        tags: BTreeMap::new(),
    }
}

fn wanted(policy: Policy) -> Wanted {
    let new = new("awseb-e-x-stack-awsebrdsdatabase-y");
    Wanted {
        environment: "e-x".into(),
        region: new.region,
        name: new.name,
        engine: new.engine,
        version: None,
        class: new.class,
        storage: 5,
        multi_az: false,
        user: new.user,
        password: Some(new.password),
        database: "ebdb".parse().unwrap(),
        snapshot: None,
        policy,
    }
}

/// An instance of this engine that answers.
pub(crate) fn instance(name: &str, engine: Engine) -> Instance {
    let new = new(name);
    Instance {
        key: Key::new(&new.region, name),
        id: ResourceId::random(),
        region: new.region,
        name: new.name,
        engine,
        version: engine.usual(),
        class: new.class,
        pending_class: None,
        storage: new.storage,
        multi_az: false,
        deletion_protection: false,
        user: new.user,
        password: new.password,
        former_password: None,
        database: new.database,
        port: engine.port(),
        address: None,
        made_from: None,
        coupled: None,
        created: Timestamp::now(),
        life: Life::Available,
        tags: BTreeMap::new(),
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

#[tokio::test]
async fn an_instance_lives_and_goes() {
    let world = World::new();
    let (rds, region) = (&world.rds, &world.region);
    assert_eq!(rds.create(new("orders"), now()).await.unwrap().life.status(), "creating");
    let there = world.settled("orders").await;
    assert_eq!((there.life.status(), there.address), ("available", Some(Ipv4Addr::new(100, 96, 0, 2))));
    assert_eq!(world.paper.did(), ["run orders"]);
    assert!(matches!(rds.create(new("orders"), now()).await, Err(Error::InstanceExists(_))));

    rds.stop(region, "Orders").await.unwrap();
    assert_eq!(world.settled("orders").await.life, Life::Stopped);
    assert!(matches!(rds.reboot(region, "orders").await, Err(Error::InstanceState(_))));
    assert!(matches!(rds.stop(region, "orders").await, Err(Error::InstanceState(_))));
    rds.start(region, "orders").await.unwrap();
    world.settled("orders").await;
    rds.reboot(region, "orders").await.unwrap();
    world.settled("orders").await;
    assert_eq!(world.paper.did(), ["stop orders", "run orders", "stop orders", "run orders"]);

    let password = Changes { password: Some(Secret::new("battery-staple")), ..Changes::default() };
    rds.modify(region, "orders", password).await.unwrap();
    let there = world.settled("orders").await;
    assert_eq!((there.password.reveal(), &there.former_password), ("battery-staple", &None));
    assert_eq!(world.paper.did(), ["run orders", "password orders"]);
    // A class that is not wanted at once comes with the next start.
    let class = Class::known("db.m5.large").unwrap();
    let later = Changes { class: Some(class.clone()), ..Changes::default() };
    assert_eq!(rds.modify(region, "orders", later).await.unwrap().life, Life::Available);
    rds.reboot(region, "orders").await.unwrap();
    let there = world.settled("orders").await;
    assert_eq!((&there.class, &there.pending_class), (&class, &None));
    world.paper.did();

    let last = Some("orders-last".parse().unwrap());
    rds.delete(region, "orders", last, now()).await.unwrap();
    world.gone("orders").await;
    assert_eq!(world.paper.did(), ["stop orders", "keep orders-last", "remove orders"]);
    let kept = Arc::clone(rds.state().snapshot(region, "orders-last").unwrap());
    assert_eq!((&kept.stage, kept.password.reveal()), (&Stage::Available, "battery-staple"));

    // What is made from it has its password until it has its own.
    let anew = Restore { password: Some(Secret::new("third-password")), ..Restore::default() };
    rds.restore(region, "orders-last", "again".parse().unwrap(), anew, now()).await.unwrap();
    let there = world.settled("again").await;
    assert_eq!(world.paper.did(), ["fill again", "run again", "password again"]);
    assert_eq!((there.password.reveal(), &there.former_password), ("third-password", &None));
    rds.delete_snapshot(region, "orders-last").await.unwrap();
    let mut changed = rds.0.ledger.changes();
    while rds.state().snapshot(region, "orders-last").is_ok() {
        changed.changed().await.unwrap();
    }
    assert_eq!(world.paper.did(), ["forget orders-last"]);
}

#[tokio::test]
async fn an_environments_database_is_its_own() {
    let world = World::new();
    let rds = &world.rds;
    let made = rds.couple(wanted(Policy::Snapshot), now()).await.unwrap();
    let there = rds.await_available(&made.key).await.unwrap();
    assert_eq!(rds.of_environment("e-x").unwrap().id, there.id);
    // The same wish changes nothing.
    assert_eq!(*rds.couple(wanted(Policy::Snapshot), now()).await.unwrap(), *there);
    for refused in [
        rds.delete(&world.region, there.name.as_str(), None, now()).await,
        rds.stop(&world.region, there.name.as_str()).await,
    ] {
        assert!(matches!(refused, Err(Error::InstanceState(_))));
    }
    let other = Wanted { engine: Engine::Mysql, ..wanted(Policy::Delete) };
    assert!(matches!(rds.couple(other, now()).await, Err(Error::Combination(_))));
    let other = Wanted { password: Some(Secret::new("battery-staple")), ..wanted(Policy::Snapshot) };
    rds.couple(other, now()).await.unwrap();
    assert_eq!(rds.await_available(&there.key).await.unwrap().password.reveal(), "battery-staple");
    world.paper.did();
    rds.await_gone(&rds.decouple("e-x", now()).await.unwrap().unwrap()).await;
    let name = there.name.as_str();
    let snapshot = rds.state().snapshots(&world.region).next().cloned().unwrap();
    assert_eq!(
        world.paper.did(),
        [format!("stop {name}"), format!("keep {}", snapshot.name), format!("remove {name}")]
    );
    assert_eq!((rds.of_environment("e-x"), rds.decouple("e-x", now()).await.unwrap()), (None, None));
    // A later environment can be made from it.
    let again = Wanted { snapshot: Some(snapshot.name.to_string()), ..wanted(Policy::Retain) };
    let made = rds.couple(again, now()).await.unwrap();
    let there = rds.await_available(&made.key).await.unwrap();
    assert_eq!((there.made_from.as_ref(), there.password.reveal()), (Some(&snapshot.name), "correct-horse"));
    // And stays when its environment goes.
    rds.decouple("e-x", now()).await.unwrap().unwrap();
    let stays = Arc::clone(rds.state().instance(&world.region, name).unwrap());
    assert_eq!((&stays.life, &stays.coupled), (&Life::Available, &None));
}

#[tokio::test]
async fn what_fails_is_told_and_can_be_tried_again() {
    let world = World::new();
    world.paper.fails.lock().unwrap().push("run");
    let made = world.rds.couple(wanted(Policy::Snapshot), now()).await.unwrap();
    assert_eq!(world.rds.await_available(&made.key).await.unwrap_err().0, "run is broken");
    world.paper.fails.lock().unwrap().clear();
    world.rds.couple(wanted(Policy::Snapshot), now()).await.unwrap();
    world.rds.await_available(&made.key).await.unwrap();
    assert_eq!(world.paper.did().len(), 2);
    world.paper.fails.lock().unwrap().push("keep");
    let name = made.name.as_str();
    world.rds.snapshot(&world.region, name, "s".parse().unwrap(), BTreeMap::new(), now()).await.unwrap();
    assert_eq!(world.settled(name).await.life, Life::Available);
    let stage = world.rds.state().snapshot(&world.region, "s").unwrap().stage.clone();
    assert_eq!(stage, Stage::Failed("keep is broken".into()));
    // What has never answered is filled once more, and does not begin empty.
    world.paper.fails.lock().unwrap().clear();
    world.rds.snapshot(&world.region, name, "t".parse().unwrap(), BTreeMap::new(), now()).await.unwrap();
    world.settled(name).await;
    world.paper.fails.lock().unwrap().push("fill");
    world.rds.restore(&world.region, "t", "other".parse().unwrap(), Restore::default(), now()).await.unwrap();
    assert_eq!(world.settled("other").await.life, Life::Failed("fill is broken".into()));
    world.paper.fails.lock().unwrap().clear();
    world.paper.did();
    world.rds.reboot(&world.region, "other").await.unwrap();
    world.settled("other").await;
    assert_eq!(world.paper.did(), ["fill other", "run other"]);
}

/// What a daemon has begun another one goes on with.
#[tokio::test]
async fn a_crash_is_made_good() {
    for (life, did) in [
        (Life::Creating, vec!["run orders"]),
        (Life::Available, vec!["run orders"]),
        (Life::Rebooting, vec!["stop orders", "run orders"]),
        (Life::Stopping, vec!["stop orders"]),
        (Life::Modifying, vec!["run orders"]),
    ] {
        let world = World::new();
        let one = Instance { life: life.clone(), ..instance("orders", Engine::Postgres) };
        world.rds.0.ledger.commit(move |draft| draft.put(one)).await.unwrap();
        let rds = Rds::open(world.store.clone(), account(), Arc::clone(&world.paper) as Arc<dyn Host>).unwrap();
        let world = World { rds, ..world };
        let mut changed = world.rds.0.ledger.changes();
        world.rds.resume().await.unwrap();
        while world.paper.did.lock().unwrap().len() < did.len() {
            changed.changed().await.unwrap();
        }
        let there = world.settled("orders").await;
        assert!(matches!(there.life, Life::Available | Life::Stopped), "{life:?}");
        assert_eq!(world.paper.did(), did, "{life:?}");
    }
}

#[test]
fn a_record_shows_no_password() {
    let text = format!("{:?}", instance("orders", Engine::Mysql));
    assert!(!text.contains("horse"), "{text}");
}
