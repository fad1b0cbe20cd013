//! What becomes of instances and snapshots: pure functions over the records and the time.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws::Region;
use words::{Secret, Timestamp};

use crate::engine::{Engine, Version};
use crate::error::{Error, Result};
use crate::instance::{Class, Coupling, Draft, Instance, Life, Policy, Snapshot, Stage, State};
use crate::limits;
use crate::name::{DatabaseName, InstanceName, Key, ResourceId, SnapshotName, UserName};

/// What a new instance is to be.
#[derive(Debug, Clone)]
pub struct NewInstance {
    /// Its region.
    pub region: Region,
    /// Its name.
    pub name: InstanceName,
    /// Its program.
    pub engine: Engine,
    /// That program's version.
    pub version: Version,
    /// Its class.
    pub class: Class,
    /// GiB.
    pub storage: u32,
    /// Whether more than one zone is asked for.
    pub multi_az: bool,
    /// Whether it must not be deleted.
    pub deletion_protection: bool,
    /// The master user.
    pub user: UserName,
    /// That user's password.
    pub password: Secret,
    /// The database that is made with it.
    pub database: Option<DatabaseName>,
    /// Where it listens; where its engine does otherwise.
    pub port: Option<u16>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What is different in an instance that is made from a snapshot.
#[derive(Debug, Clone, Default)]
pub struct Restore {
    /// Its class.
    pub class: Option<Class>,
    /// Whether more than one zone is asked for.
    pub multi_az: bool,
    /// Whether it must not be deleted.
    pub deletion_protection: bool,
    /// The master user's password.
    pub password: Option<Secret>,
    /// Where it listens.
    pub port: Option<u16>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What is to become of an instance.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The master user's password.
    pub password: Option<Secret>,
    /// The class, now or from the next start on.
    pub class: Option<Class>,
    /// Now.
    pub at_once: bool,
    /// GiB: never fewer.
    pub storage: Option<u32>,
    /// Whether more than one zone is asked for.
    pub multi_az: Option<bool>,
    /// Whether it must not be deleted.
    pub deletion_protection: Option<bool>,
}

fn in_state(instance: &Instance, wanted: &[&str]) -> Result<()> {
    let status = instance.life.status();
    if wanted.contains(&status) {
        return Ok(());
    }
    Err(Error::InstanceState(format!(
        "Instance {} is not in {} state: it is {status}.",
        instance.name,
        wanted.join(" or ")
    )))
}

fn check_port(port: u16) -> Result<u16> {
    let range = limits::PORTS;
    if range.contains(&port) {
        return Ok(port);
    }
    Err(Error::parameter(format!("Invalid port: {port}. It must be between {} and {}.", range.start(), range.end())))
}

fn check_storage(storage: u32) -> Result<u32> {
    let range = limits::STORAGE;
    if range.contains(&storage) {
        return Ok(storage);
    }
    let (least, most) = (range.start(), range.end());
    Err(Error::parameter(format!("Invalid storage size: {storage} GiB. It must be between {least} and {most}.")))
}

fn room(draft: &State, region: &Region, name: &InstanceName) -> Result<Key> {
    let key = Key::new(region, name.as_str());
    if draft.instances.contains_key(&key) {
        return Err(Error::InstanceExists(name.clone()));
    }
    if draft.instances.len() >= limits::INSTANCES {
        return Err(Error::TooManyInstances(limits::INSTANCES));
    }
    Ok(key)
}

/// Checks tags after a change.
pub(crate) fn tagged(
    tags: &BTreeMap<String, String>,
    add: BTreeMap<String, String>,
    remove: &[String],
) -> Result<BTreeMap<String, String>> {
    let mut tags = tags.clone();
    tags.retain(|key, _| !remove.contains(key));
    for (key, value) in add {
        let (short_key, short_value) =
            (key.chars().count() <= limits::TAG_KEY, value.chars().count() <= limits::TAG_VALUE);
        if key.is_empty() || key.starts_with("aws:") || !short_key || !short_value {
            let shown: String = key.chars().take(limits::TAG_KEY).collect();
            return Err(Error::parameter(format!(
                "The tag {shown:?} is invalid: a key has 1 to {} characters and does not begin with aws:, a value has \
                 at most {}.",
                limits::TAG_KEY,
                limits::TAG_VALUE
            )));
        }
        tags.insert(key, value);
    }
    if tags.len() > limits::TAGS {
        return Err(Error::parameter(format!("A resource has at most {} tags.", limits::TAGS)));
    }
    Ok(tags)
}

/// A new instance, on an empty volume.
pub(crate) fn create(
    draft: &mut Draft<'_>,
    new: NewInstance,
    coupled: Option<Coupling>,
    now: Timestamp,
) -> Result<Arc<Instance>> {
    new.engine.check_password(&new.password)?;
    let key = room(draft, &new.region, &new.name)?;
    draft.put(Instance {
        key,
        id: ResourceId::random(),
        port: check_port(new.port.unwrap_or_else(|| new.engine.port()))?,
        storage: check_storage(new.storage)?,
        tags: tagged(&BTreeMap::new(), new.tags, &[])?,
        region: new.region,
        name: new.name,
        engine: new.engine,
        version: new.version,
        class: new.class,
        pending_class: None,
        multi_az: new.multi_az,
        deletion_protection: new.deletion_protection,
        user: new.user,
        password: new.password,
        former_password: None,
        database: new.database,
        address: None,
        made_from: None,
        coupled,
        created: now,
        life: Life::Creating,
    })
}

/// A new instance, with the data of a snapshot.
pub(crate) fn restore(
    draft: &mut Draft<'_>,
    snapshot: &Key,
    name: InstanceName,
    restore: Restore,
    coupled: Option<Coupling>,
    now: Timestamp,
) -> Result<Arc<Instance>> {
    let missing = || Error::NoSuchSnapshot(snapshot.as_str().rsplit('/').next().unwrap_or_default().to_owned());
    let snapshot = Arc::clone(draft.snapshots.get(snapshot).ok_or_else(missing)?);
    if snapshot.stage != Stage::Available {
        let (name, status) = (&snapshot.name, snapshot.stage.status());
        return Err(Error::SnapshotState(format!("Snapshot {name} is not in available state: it is {status}.")));
    }
    if let Some(password) = &restore.password {
        snapshot.engine.check_password(password)?;
    }
    let key = room(draft, &snapshot.region, &name)?;
    let password = restore.password.unwrap_or_else(|| snapshot.password.clone());
    draft.put(Instance {
        key,
        id: ResourceId::random(),
        region: snapshot.region.clone(),
        name,
        engine: snapshot.engine,
        version: snapshot.version.clone(),
        class: restore.class.unwrap_or_else(|| snapshot.class.clone()),
        pending_class: None,
        storage: snapshot.storage,
        multi_az: restore.multi_az,
        deletion_protection: restore.deletion_protection,
        user: snapshot.user.clone(),
        former_password: (password != snapshot.password).then(|| snapshot.password.clone()),
        password,
        database: snapshot.database.clone(),
        port: check_port(restore.port.unwrap_or(snapshot.port))?,
        address: None,
        made_from: Some(snapshot.name.clone()),
        coupled,
        created: now,
        life: Life::Restoring(snapshot.key.clone()),
        tags: tagged(&BTreeMap::new(), restore.tags, &[])?,
    })
}

/// Changes an instance.
pub(crate) fn modify(draft: &mut Draft<'_>, key: &Key, changes: Changes) -> Result<Arc<Instance>> {
    let before = find(draft, key)?;
    let mut instance = Instance::clone(&before);
    in_state(&instance, &["available"])?;
    let mut works = false;
    if let Some(storage) = changes.storage {
        if check_storage(storage)? < instance.storage {
            let message =
                format!("Invalid storage size: {storage} GiB are fewer than the {} there are.", instance.storage);
            return Err(Error::Combination(message));
        }
        instance.storage = storage;
    }
    instance.multi_az = changes.multi_az.unwrap_or(instance.multi_az);
    instance.deletion_protection = changes.deletion_protection.unwrap_or(instance.deletion_protection);
    if let Some(password) = changes.password.filter(|password| *password != instance.password) {
        instance.engine.check_password(&password)?;
        instance.former_password = Some(instance.server_password().clone());
        instance.password = password;
        works = true;
    }
    if let Some(class) = changes.class {
        if changes.at_once {
            works |= class != instance.class;
            (instance.class, instance.pending_class) = (class, None);
        } else {
            instance.pending_class = (class != instance.class).then_some(class);
        }
    }
    if works {
        instance.life = Life::Modifying;
    }
    draft.put(instance)
}

fn find(draft: &State, key: &Key) -> Result<Arc<Instance>> {
    let name = || key.as_str().rsplit('/').next().unwrap_or_default().to_owned();
    draft.instances.get(key).cloned().ok_or_else(|| Error::NoSuchInstance(name()))
}

/// Lets an instance start anew.
pub(crate) fn reboot(draft: &mut Draft<'_>, key: &Key) -> Result<Arc<Instance>> {
    let mut instance = Instance::clone(&*find(draft, key)?);
    in_state(&instance, &["available", "failed"])?;
    if let Some(class) = instance.pending_class.take() {
        instance.class = class;
    }
    instance.life = if matches!(instance.life, Life::Failed(_)) { again(&instance) } else { Life::Rebooting };
    draft.put(instance)
}

/// Stops an instance; perhaps a snapshot is made of it before.
pub(crate) fn stop(draft: &mut Draft<'_>, key: &Key) -> Result<Arc<Instance>> {
    let mut instance = Instance::clone(&*find(draft, key)?);
    in_state(&instance, &["available"])?;
    if instance.coupled.is_some() {
        return Err(belongs(&instance, "stopped"));
    }
    instance.life = Life::Stopping;
    draft.put(instance)
}

/// Starts an instance that was stopped.
pub(crate) fn start(draft: &mut Draft<'_>, key: &Key) -> Result<Arc<Instance>> {
    let mut instance = Instance::clone(&*find(draft, key)?);
    in_state(&instance, &["stopped"])?;
    if let Some(class) = instance.pending_class.take() {
        instance.class = class;
    }
    instance.life = Life::Starting;
    draft.put(instance)
}

fn belongs(instance: &Instance, what: &str) -> Error {
    let environment = instance.coupled.as_ref().map_or("", |coupled| coupled.environment.as_str());
    let name = &instance.name;
    Error::InstanceState(format!(
        "Instance {name} cannot be {what}: it belongs to the environment {environment}. Decouple it \
         (HasCoupledDatabase of aws:rds:dbinstance), or terminate the environment."
    ))
}

/// Begins to delete an instance.
pub(crate) fn delete(
    draft: &mut Draft<'_>,
    key: &Key,
    last: Option<SnapshotName>,
    now: Timestamp,
) -> Result<Arc<Instance>> {
    let instance = find(draft, key)?;
    if instance.coupled.is_some() {
        return Err(belongs(&instance, "deleted"));
    }
    if instance.deletion_protection {
        let message = "Cannot delete protected DB Instance, please disable deletion protection and try again.";
        return Err(Error::Combination(message.into()));
    }
    in_state(&instance, &["available", "stopped", "failed", "creating"])?;
    if last.is_some() && !matches!(instance.life, Life::Available | Life::Stopped) {
        return in_state(&instance, &["available", "stopped"]).map(|()| instance);
    }
    begin_to_delete(draft, &instance, last, now)
}

fn begin_to_delete(
    draft: &mut Draft<'_>,
    instance: &Instance,
    last: Option<SnapshotName>,
    now: Timestamp,
) -> Result<Arc<Instance>> {
    let last = match last {
        Some(name) => Some(new_snapshot(draft, instance, name, BTreeMap::new(), now)?.key.clone()),
        None => None,
    };
    draft.put(Instance { life: Life::Deleting { last }, coupled: None, ..instance.clone() })
}

fn new_snapshot(
    draft: &mut Draft<'_>,
    instance: &Instance,
    name: SnapshotName,
    tags: BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Arc<Snapshot>> {
    let key = Key::new(&instance.region, name.as_str());
    if draft.snapshots.contains_key(&key) {
        return Err(Error::SnapshotExists(name));
    }
    if draft.snapshots.len() >= limits::SNAPSHOTS {
        return Err(Error::TooManySnapshots(limits::SNAPSHOTS));
    }
    draft.put(Snapshot {
        key,
        id: ResourceId::random(),
        region: instance.region.clone(),
        name,
        instance: instance.name.clone(),
        instance_id: instance.id.clone(),
        instance_created: instance.created,
        engine: instance.engine,
        version: instance.version.clone(),
        class: instance.class.clone(),
        storage: instance.storage,
        user: instance.user.clone(),
        password: instance.server_password().clone(),
        database: instance.database.clone(),
        port: instance.port,
        created: now,
        stage: Stage::Creating,
        tags: tagged(&BTreeMap::new(), tags, &[])?,
    })
}

/// Begins a snapshot of an instance.
pub(crate) fn snapshot(
    draft: &mut Draft<'_>,
    key: &Key,
    name: SnapshotName,
    tags: BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Arc<Snapshot>> {
    let instance = find(draft, key)?;
    in_state(&instance, &["available"])?;
    let snapshot = new_snapshot(draft, &instance, name, tags, now)?;
    draft.put(Instance { life: Life::BackingUp(snapshot.key.clone()), ..Instance::clone(&instance) })?;
    Ok(snapshot)
}

/// Begins to delete a snapshot.
pub(crate) fn delete_snapshot(draft: &mut Draft<'_>, key: &Key) -> Result<Arc<Snapshot>> {
    let name = || key.as_str().rsplit('/').next().unwrap_or_default().to_owned();
    let snapshot = draft.snapshots.get(key).cloned().ok_or_else(|| Error::NoSuchSnapshot(name()))?;
    let used = draft.instances.values().any(|instance| instance.life == Life::Restoring(key.clone()));
    if used || !matches!(snapshot.stage, Stage::Available | Stage::Failed(_)) {
        let why = if used { "an instance is being made from it" } else { snapshot.stage.status() };
        return Err(Error::SnapshotState(format!("Snapshot {} cannot be deleted now: {why}.", snapshot.name)));
    }
    draft.put(Snapshot { stage: Stage::Deleting, ..Snapshot::clone(&snapshot) })
}

/// What an environment wants its database to be.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The environment's id.
    pub environment: String,
    /// Its region.
    pub region: Region,
    /// The name that a new one gets.
    pub name: InstanceName,
    /// Its program.
    pub engine: Engine,
    /// That program's version, where one is wanted.
    pub version: Option<Version>,
    /// Its class.
    pub class: Class,
    /// GiB.
    pub storage: u32,
    /// Whether more than one zone is asked for.
    pub multi_az: bool,
    /// The master user.
    pub user: UserName,
    /// That user's password; one is made otherwise.
    pub password: Option<Secret>,
    /// The database that is made with it.
    pub database: DatabaseName,
    /// The snapshot that it is made from, by its name.
    pub snapshot: Option<String>,
    /// What becomes of it without the environment.
    pub policy: Policy,
}

/// Makes the database of an environment, or changes it to what is wanted.
pub(crate) fn couple(draft: &mut Draft<'_>, wanted: Wanted, now: Timestamp) -> Result<Arc<Instance>> {
    let coupled = Some(Coupling { environment: wanted.environment.clone(), policy: wanted.policy });
    if let Some(there) = draft.of_environment(&wanted.environment).cloned() {
        return recouple(draft, &there, wanted);
    }
    if let Some(name) = &wanted.snapshot {
        let snapshot = Arc::clone(draft.snapshot(&wanted.region, name)?);
        if snapshot.engine != wanted.engine {
            return Err(Error::Combination(format!(
                "The snapshot {} is of {}, and DBEngine is {}.",
                snapshot.name,
                snapshot.engine.as_str(),
                wanted.engine.as_str()
            )));
        }
        let changes = Restore {
            class: Some(wanted.class),
            multi_az: wanted.multi_az,
            password: wanted.password,
            ..Restore::default()
        };
        return restore(draft, &snapshot.key, wanted.name, changes, coupled, now);
    }
    let made = || Secret::new(words::hex(&words::random_bytes::<{ limits::MADE_PASSWORD }>()));
    let new = NewInstance {
        region: wanted.region,
        name: wanted.name,
        engine: wanted.engine,
        version: wanted.version.unwrap_or_else(|| wanted.engine.usual()),
        class: wanted.class,
        storage: wanted.storage,
        multi_az: wanted.multi_az,
        deletion_protection: false,
        user: wanted.user,
        password: wanted.password.unwrap_or_else(made),
        database: Some(wanted.database),
        port: None,
        tags: BTreeMap::new(),
    };
    create(draft, new, coupled, now)
}

fn recouple(draft: &mut Draft<'_>, there: &Instance, wanted: Wanted) -> Result<Arc<Instance>> {
    let fixed = |what: &str, from: &str, to: &str| {
        Err(Error::Combination(format!(
            "{what} of a database that is there cannot be changed, from {from} to {to}: decouple it first."
        )))
    };
    if there.engine != wanted.engine {
        return fixed("DBEngine", there.engine.as_str(), wanted.engine.as_str());
    }
    if let Some(version) = wanted.version.filter(|version| *version != there.version) {
        return fixed("DBEngineVersion", there.version.as_str(), version.as_str());
    }
    // Who comes with a snapshot is its user, whatever the option says.
    if there.user != wanted.user && there.made_from.is_none() {
        return fixed("DBUser", there.user.as_str(), wanted.user.as_str());
    }
    let made_from = there.made_from.as_ref().map(SnapshotName::as_str);
    if let Some(snapshot) = wanted.snapshot.filter(|snapshot| Some(snapshot.to_ascii_lowercase().as_str()) != made_from)
    {
        return fixed("DBSnapshotIdentifier", made_from.unwrap_or("none"), &snapshot);
    }
    let mut instance = there.clone();
    instance.coupled = Some(Coupling { environment: wanted.environment, policy: wanted.policy });
    instance.multi_az = wanted.multi_az;
    instance.storage = check_storage(wanted.storage.max(instance.storage))?;
    let password = wanted.password.filter(|password| *password != instance.password);
    let other_class = wanted.class != instance.class;
    if let Some(password) = password {
        instance.engine.check_password(&password)?;
        instance.former_password = Some(instance.server_password().clone());
        instance.password = password;
        instance.life = again(&instance);
    }
    if other_class {
        instance.class = wanted.class;
        instance.life = again(&instance);
    }
    // What has failed is tried once more by whoever needs it.
    if matches!(instance.life, Life::Failed(_)) {
        instance.life = again(&instance);
    }
    if instance == *there { Ok(Arc::new(instance)) } else { draft.put(instance) }
}

/// The life in which what has changed is done, or what has failed is tried once more.
fn again(instance: &Instance) -> Life {
    match &instance.life {
        // These make it run anyway, or end with a look at what is to be done.
        Life::Restoring(_) | Life::Creating | Life::BackingUp(_) | Life::Deleting { .. } | Life::Rebooting => {
            instance.life.clone()
        }
        // What has never answered may have no data, or half of them.
        Life::Failed(_) if instance.address.is_none() => match &instance.made_from {
            Some(snapshot) => Life::Restoring(Key::new(&instance.region, snapshot.as_str())),
            None => Life::Creating,
        },
        Life::Available | Life::Modifying | Life::Stopping | Life::Stopped | Life::Starting | Life::Failed(_) => {
            Life::Modifying
        }
    }
}

/// An environment has no use for its database any more.
pub(crate) fn decouple(draft: &mut Draft<'_>, environment: &str, now: Timestamp) -> Result<Option<Arc<Instance>>> {
    let Some(instance) = draft.of_environment(environment).cloned() else { return Ok(None) };
    let policy = instance.coupled.as_ref().map_or(Policy::Retain, |coupled| coupled.policy);
    // There is nothing to keep of one that has never answered.
    let answered = instance.address.is_some();
    Ok(Some(match policy {
        Policy::Retain if answered => draft.put(Instance { coupled: None, ..Instance::clone(&instance) })?,
        Policy::Snapshot if answered => {
            let name = format!("{}-{}", instance.name, words::hex(&words::random_bytes::<4>())).parse()?;
            begin_to_delete(draft, &instance, Some(name), now)?
        }
        Policy::Delete | Policy::Retain | Policy::Snapshot => begin_to_delete(draft, &instance, None, now)?,
    }))
}

/// What was to be done to an instance is done, or could not be.
pub(crate) fn settle(
    draft: &mut Draft<'_>,
    before: &Instance,
    outcome: std::result::Result<Outcome, String>,
) -> Result<()> {
    let Some(now) = draft.instances.get(&before.key).cloned() else { return Ok(()) };
    // Somebody wants something else meanwhile: that is next, and what was done stands.
    let same = now.id == before.id && now.life == before.life;
    let mut after = Instance::clone(&now);
    match outcome {
        Ok(Outcome::Filled) if same => after.life = Life::Creating,
        Ok(Outcome::Runs { address, password }) => {
            after.address = Some(address);
            if after.former_password.is_some() && after.password == password {
                after.former_password = None;
            } else if after.password != password {
                after.former_password = Some(password);
            }
            let done = after.former_password.is_none() && after.class == before.class;
            if same && done {
                after.life = Life::Available;
            }
        }
        Ok(Outcome::Stopped) if same => after.life = Life::Stopped,
        Ok(Outcome::Kept(key)) => {
            mark(draft, &key, Stage::Available)?;
            if let Life::BackingUp(_) = after.life {
                // What was asked for meanwhile is done now.
                let changed = after.former_password.is_some() || after.class != before.class;
                after.life = if changed { Life::Modifying } else { Life::Available };
            }
        }
        Ok(Outcome::NotKept(key, why)) => {
            mark(draft, &key, Stage::Failed(why))?;
            if let Life::BackingUp(_) = after.life {
                after.life = Life::Available;
            }
        }
        Ok(Outcome::Gone) if same => {
            draft.essential();
            draft.remove::<Instance>(&before.key);
            return Ok(());
        }
        Err(why) if same => after.life = Life::Failed(why),
        Ok(Outcome::Filled | Outcome::Stopped | Outcome::Gone) | Err(_) => {}
    }
    if after != *now {
        draft.put(after)?;
    }
    Ok(())
}

/// A snapshot that was being made, and whose instance knows nothing of it any more, is never made.
pub(crate) fn give_up_orphans(draft: &mut Draft<'_>) -> Result<()> {
    let making: Vec<Key> = draft
        .instances
        .values()
        .filter_map(|instance| match &instance.life {
            Life::BackingUp(key) => Some(key.clone()),
            Life::Deleting { last } => last.clone(),
            _ => None,
        })
        .collect();
    let orphans: Vec<Key> = draft
        .snapshots
        .values()
        .filter(|snapshot| snapshot.stage == Stage::Creating && !making.contains(&snapshot.key))
        .map(|snapshot| snapshot.key.clone())
        .collect();
    for key in orphans {
        mark(draft, &key, Stage::Failed("the instance was deleted meanwhile".into()))?;
    }
    Ok(())
}

/// A snapshot is gone.
pub(crate) fn forget(draft: &mut Draft<'_>, key: &Key) -> Result<()> {
    draft.essential();
    draft.remove::<Snapshot>(key);
    Ok(())
}

fn mark(draft: &mut Draft<'_>, key: &Key, stage: Stage) -> Result<()> {
    let Some(snapshot) = draft.snapshots.get(key).cloned() else { return Ok(()) };
    draft.put(Snapshot { stage, ..Snapshot::clone(&snapshot) }).map(drop)
}

/// What was done to an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its volume is filled.
    Filled,
    /// It answers.
    Runs {
        /// Where.
        address: std::net::Ipv4Addr,
        /// The password that its server has.
        password: Secret,
    },
    /// It does not run.
    Stopped,
    /// This snapshot is made.
    Kept(Key),
    /// This snapshot could not be made.
    NotKept(Key, String),
    /// It is gone.
    Gone,
}
