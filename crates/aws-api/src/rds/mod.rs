//! The Relational Database Service: what its requests say in the words of `rds`, and what `rds` answers in the words of
//! its model.

mod snapshots;
#[cfg(test)]
mod tests;
mod versions;

use std::collections::BTreeMap;
use std::sync::Arc;

use ::rds::{Changes, Class, Engine, Error as Fault, Instance, Life, NewInstance, Resource, SnapshotName};
use aws::Arn;

use crate::codec::shape::Shape;
use crate::codec::{Members, Shaped, Value};
use crate::error::{self, Error};
use crate::generated::rds as model;
use crate::generated::rds::error as code;
use crate::parts;
use crate::service::{Caller, Target};

type Result<T> = std::result::Result<T, Error>;

/// The service.
#[derive(Clone)]
pub struct Rds {
    rds: ::rds::Rds,
}

crate::service! {
    Rds, speaks crate::generated::rds {
        AddTagsToResource => add_tags_to_resource,
        CreateDBInstance => create_db_instance,
        CreateDBSnapshot => create_db_snapshot,
        DeleteDBInstance => delete_db_instance,
        DeleteDBSnapshot => delete_db_snapshot,
        DescribeDBEngineVersions => describe_db_engine_versions,
        DescribeDBInstances => describe_db_instances,
        DescribeDBSnapshots => describe_db_snapshots,
        DescribeOrderableDBInstanceOptions => describe_orderable_db_instance_options,
        ListTagsForResource => list_tags_for_resource,
        ModifyDBInstance => modify_db_instance,
        RebootDBInstance => reboot_db_instance,
        RemoveTagsFromResource => remove_tags_from_resource,
        RestoreDBInstanceFromDBSnapshot => restore_db_instance_from_db_snapshot,
        StartDBInstance => start_db_instance,
        StopDBInstance => stop_db_instance,
    }
    on resources_of
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let code = match &fault {
            Fault::NoSuchInstance(_) => code::DB_INSTANCE_NOT_FOUND_FAULT,
            Fault::InstanceExists(_) => code::DB_INSTANCE_ALREADY_EXISTS_FAULT,
            Fault::NoSuchSnapshot(_) => code::DB_SNAPSHOT_NOT_FOUND_FAULT,
            Fault::SnapshotExists(_) => code::DB_SNAPSHOT_ALREADY_EXISTS_FAULT,
            Fault::InstanceState(_) => code::INVALID_DB_INSTANCE_STATE_FAULT,
            Fault::SnapshotState(_) => code::INVALID_DB_SNAPSHOT_STATE_FAULT,
            Fault::TooManyInstances(_) => code::INSTANCE_QUOTA_EXCEEDED_FAULT,
            Fault::TooManySnapshots(_) => code::SNAPSHOT_QUOTA_EXCEEDED_FAULT,
            Fault::Parameter(_) => error::INVALID_PARAMETER_VALUE,
            Fault::Combination(_) => error::INVALID_PARAMETER_COMBINATION,
            Fault::Store(why) => return Self::internal(why),
        };
        Self::new(code, fault.to_string())
    }
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(error::INVALID_PARAMETER_VALUE, message)
}

fn missing(name: &str) -> Error {
    Error::new(error::MISSING_PARAMETER, format!("The parameter {name} must be provided and must not be blank."))
}

/// Refuses what a request asks for and nobody would do. `false`, 0 and empty lists ask for nothing.
fn only(shape: &'static Shape, input: impl Shaped, known: &[&str]) -> Result<()> {
    let Some(value) = input.write() else { return Ok(()) };
    let asks = |value: &Value| match value {
        Value::Boolean(asked) => *asked,
        Value::Integer(number) => *number != 0,
        Value::List(all) => !all.is_empty(),
        _ => true,
    };
    match Members::new(shape, &value).sent().find(|(name, value)| !known.contains(name) && asks(value)) {
        Some((name, _)) => Err(Error::new(
            error::INVALID_PARAMETER_COMBINATION,
            format!("The parameter {name} is not supported here. Leave it out."),
        )),
        None => Ok(()),
    }
}

fn number<T: TryFrom<i64>>(name: &str, given: Option<i64>) -> Result<Option<T>> {
    let out = |given: i64| invalid(format!("Invalid value {given} for {name}: it is out of range."));
    given.map(|given| T::try_from(given).map_err(|_| out(given))).transpose()
}

/// Records of one answer (AWS's): unless another number is asked for, and between which.
const RECORDS: (i64, std::ops::RangeInclusive<i64>) = (100, 20..=100);

/// A page of a list that is sorted by its keys, and the marker of the next one: the last key of this one.
fn page<T>(
    items: Vec<T>,
    most: Option<i64>,
    marker: Option<&str>,
    key: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>)> {
    let most = most.unwrap_or(RECORDS.0);
    if !RECORDS.1.contains(&most) {
        let (least, greatest) = (RECORDS.1.start(), RECORDS.1.end());
        return Err(invalid(format!("Invalid value {most} for MaxRecords. Must be between {least} and {greatest}.")));
    }
    let marker = marker.filter(|marker| !marker.is_empty());
    let mut rest: Vec<T> =
        items.into_iter().filter(|item| marker.is_none_or(|marker| key(item).as_str() > marker)).collect();
    let most = usize::try_from(most).unwrap_or(1);
    let next = (rest.len() > most).then(|| rest.get(most - 1).map(&key)).flatten();
    rest.truncate(most);
    Ok((rest, next))
}

/// Whether something passes all filters: `values` gives what it has by a filter's name, nothing for a name that is none.
fn passes(filters: Option<&[model::Filter]>, values: impl Fn(&str) -> Option<Vec<String>>) -> Result<bool> {
    for filter in filters.unwrap_or_default() {
        let Some(has) = values(&filter.name) else {
            let name: String = filter.name.chars().take(64).collect();
            return Err(invalid(format!("Unrecognized filter name: {name}")));
        };
        if !filter.values.iter().any(|wanted| has.contains(wanted)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The name in an identifier, which may be an ARN of this kind.
fn named<'a>(identifier: &'a str, kind: &str) -> &'a str {
    let resource = identifier.split(':').nth(5).filter(|of| identifier.starts_with("arn:") && *of == kind);
    resource.and_then(|_| identifier.rsplit(':').next()).unwrap_or(identifier)
}

fn tag_map(tags: Option<Vec<model::Tag>>) -> BTreeMap<String, String> {
    let pair = |tag: model::Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    tags.unwrap_or_default().into_iter().filter_map(pair).collect()
}

fn tag_list(tags: &BTreeMap<String, String>) -> Vec<model::Tag> {
    tags.iter().map(|(key, value)| model::Tag { key: Some(key.clone()), value: Some(value.clone()) }).collect()
}

/// Whose tags a request is about.
fn resource(caller: &Caller, name: &str) -> Result<Resource> {
    let arn: Option<Arn> = name.parse().ok();
    let here = |arn: &Arn| {
        arn.service == "rds" && arn.region == caller.region.as_str() && arn.account == caller.account.as_str()
    };
    let found = arn.filter(here).and_then(|arn| match arn.resource.split_once(':') {
        Some(("db", name)) => Some(Resource::Instance(name.to_owned())),
        Some(("snapshot", name)) => Some(Resource::Snapshot(name.to_owned())),
        _ => None,
    });
    found.ok_or_else(|| invalid(format!("Invalid resource name: {}", name.chars().take(200).collect::<String>())))
}

impl Rds {
    /// Serves these databases.
    pub fn new(rds: ::rds::Rds) -> Self {
        Self { rds }
    }

    /// What operations are on.
    ///
    /// Source: "Actions, resources, and condition keys for Amazon RDS" in the Service Authorization Reference.
    fn resources_of(&self, caller: &Caller, operation: &str, input: Members<'_>) -> Vec<Target> {
        let state = self.rds.state();
        let instance = |name: &str| {
            let name = named(name, "db").to_ascii_lowercase();
            let tags = state.instance(&caller.region, &name).ok().map(|instance| &instance.tags);
            Target::new(caller.arn("rds", format!("db:{name}")).to_string()).tagged(tags.into_iter().flatten())
        };
        let snapshot = |name: &str| {
            let name = named(name, "snapshot").to_ascii_lowercase();
            let tags = state.snapshot(&caller.region, &name).ok().map(|snapshot| &snapshot.tags);
            Target::new(caller.arn("rds", format!("snapshot:{name}")).to_string()).tagged(tags.into_iter().flatten())
        };
        if let Some(name) = input.text("ResourceName") {
            let of = resource(caller, name).ok();
            return vec![match of {
                Some(Resource::Instance(name)) => instance(&name),
                Some(Resource::Snapshot(name)) => snapshot(&name),
                None => Target::new(name),
            }];
        }
        let instances = input.text("DBInstanceIdentifier").map(instance);
        let kept = input.text("DBSnapshotIdentifier").or_else(|| input.text("FinalDBSnapshotIdentifier")).map(snapshot);
        let all: Vec<Target> = instances.into_iter().chain(kept).collect();
        if !all.is_empty() {
            return all;
        }
        vec![Target::new(match operation {
            "DescribeDBInstances" => caller.arn("rds", "db:*").to_string(),
            "DescribeDBSnapshots" => caller.arn("rds", "snapshot:*").to_string(),
            _ => "*".to_owned(),
        })]
    }

    fn told(&self, instance: &Instance) -> model::DBInstance {
        let pending = model::PendingModifiedValues {
            db_instance_class: instance.pending_class.as_ref().map(|class| class.as_str().to_owned()),
            ..Default::default()
        };
        let endpoint = instance.address.map(|address| model::Endpoint {
            address: Some(address.to_string()),
            port: Some(instance.port.into()),
            hosted_zone_id: None,
        });
        let status = match &instance.life {
            Life::Failed(why) => Some(vec![model::DBInstanceStatusInfo {
                message: Some(why.clone()),
                normal: Some(false),
                status: Some("error".into()),
                status_type: Some("instance".into()),
            }]),
            _ => None,
        };
        model::DBInstance {
            allocated_storage: Some(instance.storage.into()),
            availability_zone: Some(parts::zone(&instance.region)),
            backup_retention_period: Some(0),
            db_instance_arn: Some(instance.arn(self.rds.account()).to_string()),
            db_instance_class: Some(instance.class.as_str().to_owned()),
            db_instance_identifier: Some(instance.name.to_string()),
            db_instance_status: Some(instance.life.status().to_owned()),
            db_name: instance.database.as_ref().map(ToString::to_string),
            dbi_resource_id: Some(format!("db-{}", instance.id.as_str().to_uppercase())),
            deletion_protection: Some(instance.deletion_protection),
            endpoint,
            engine: Some(instance.engine.as_str().to_owned()),
            engine_version: Some(instance.version.as_str().to_owned()),
            instance_create_time: instance.address.map(|_| instance.created),
            master_username: Some(instance.user.to_string()),
            multi_az: Some(instance.multi_az),
            pending_modified_values: Some(pending),
            publicly_accessible: Some(false),
            status_infos: status,
            storage_encrypted: Some(false),
            tag_list: Some(tag_list(&instance.tags)),
            ..Default::default()
        }
    }

    async fn create_db_instance(
        &self,
        caller: &Caller,
        input: model::CreateDBInstanceMessage,
    ) -> Result<model::CreateDBInstanceResult> {
        let known = [
            "AllocatedStorage",
            "DBInstanceClass",
            "DBInstanceIdentifier",
            "DBName",
            "DeletionProtection",
            "Engine",
            "EngineVersion",
            "MasterUserPassword",
            "MasterUsername",
            "MultiAZ",
            "Port",
            "Tags",
        ];
        only(&model::CREATE_DB_INSTANCE_MESSAGE, input.clone(), &known)?;
        let engine: Engine = input.engine.parse()?;
        let new = NewInstance {
            region: caller.region.clone(),
            name: input.db_instance_identifier.parse()?,
            engine,
            version: match &input.engine_version {
                Some(version) => engine.version(version)?,
                None => engine.usual(),
            },
            class: Class::known(&input.db_instance_class)?,
            storage: number("AllocatedStorage", input.allocated_storage)?.ok_or_else(|| missing("AllocatedStorage"))?,
            multi_az: input.multi_az.unwrap_or(false),
            deletion_protection: input.deletion_protection.unwrap_or(false),
            user: input.master_username.ok_or_else(|| missing("MasterUsername"))?.parse()?,
            password: input.master_user_password.ok_or_else(|| missing("MasterUserPassword"))?,
            database: input.db_name.map(|name| name.parse()).transpose()?,
            port: number("Port", input.port)?,
            tags: tag_map(input.tags),
        };
        let instance = self.rds.create(new, caller.now).await?;
        Ok(model::CreateDBInstanceResult { db_instance: Some(self.told(&instance)) })
    }

    async fn describe_db_instances(
        &self,
        caller: &Caller,
        input: model::DescribeDBInstancesMessage,
    ) -> Result<model::DBInstanceMessage> {
        let state = self.rds.state();
        let all: Vec<Arc<Instance>> = match &input.db_instance_identifier {
            Some(name) => vec![Arc::clone(state.instance(&caller.region, named(name, "db"))?)],
            None => state.instances(&caller.region).cloned().collect(),
        };
        let mut found = Vec::new();
        for instance in all {
            let has = |name: &str| {
                Some(vec![match name {
                    "db-instance-id" => instance.name.to_string(),
                    "dbi-resource-id" => format!("db-{}", instance.id.as_str().to_uppercase()),
                    "engine" => instance.engine.as_str().to_owned(),
                    _ => return None,
                }])
            };
            if passes(input.filters.as_deref(), has)? {
                found.push(instance);
            }
        }
        let (page, marker) =
            page(found, input.max_records, input.marker.as_deref(), |instance| instance.name.to_string())?;
        let told = page.iter().map(|instance| self.told(instance)).collect();
        Ok(model::DBInstanceMessage { db_instances: Some(told), marker })
    }

    async fn modify_db_instance(
        &self,
        caller: &Caller,
        input: model::ModifyDBInstanceMessage,
    ) -> Result<model::ModifyDBInstanceResult> {
        let known = [
            "AllocatedStorage",
            "ApplyImmediately",
            "DBInstanceClass",
            "DBInstanceIdentifier",
            "DeletionProtection",
            "MasterUserPassword",
            "MultiAZ",
        ];
        only(&model::MODIFY_DB_INSTANCE_MESSAGE, input.clone(), &known)?;
        let changes = Changes {
            password: input.master_user_password,
            class: input.db_instance_class.as_deref().map(Class::known).transpose()?,
            at_once: input.apply_immediately.unwrap_or(false),
            storage: number("AllocatedStorage", input.allocated_storage)?,
            multi_az: input.multi_az,
            deletion_protection: input.deletion_protection,
        };
        let name = named(&input.db_instance_identifier, "db");
        let instance = self.rds.modify(&caller.region, name, changes).await?;
        Ok(model::ModifyDBInstanceResult { db_instance: Some(self.told(&instance)) })
    }

    async fn delete_db_instance(
        &self,
        caller: &Caller,
        input: model::DeleteDBInstanceMessage,
    ) -> Result<model::DeleteDBInstanceResult> {
        let skips = input.skip_final_snapshot.unwrap_or(false);
        let last: Option<SnapshotName> = match (&input.final_db_snapshot_identifier, skips) {
            (Some(_), true) => {
                let message = "FinalDBSnapshotIdentifier can not be specified when deleting an instance with \
                               SkipFinalSnapshot.";
                return Err(Error::new(error::INVALID_PARAMETER_COMBINATION, message));
            }
            (None, false) => {
                let message = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.";
                return Err(Error::new(error::INVALID_PARAMETER_COMBINATION, message));
            }
            (last, _) => last.as_deref().map(str::parse).transpose()?,
        };
        // There are no automated backups: they are gone at once, and to keep them would be a promise.
        if input.delete_automated_backups == Some(false) {
            let message = "There are no automated backups that could be kept: leave DeleteAutomatedBackups out.";
            return Err(Error::new(error::INVALID_PARAMETER_COMBINATION, message));
        }
        let name = named(&input.db_instance_identifier, "db");
        let instance = self.rds.delete(&caller.region, name, last, caller.now).await?;
        Ok(model::DeleteDBInstanceResult { db_instance: Some(self.told(&instance)) })
    }

    async fn reboot_db_instance(
        &self,
        caller: &Caller,
        input: model::RebootDBInstanceMessage,
    ) -> Result<model::RebootDBInstanceResult> {
        if input.force_failover == Some(true) {
            let message = "ForceFailover cannot be specified: there is no other instance to fail over to.";
            return Err(Error::new(error::INVALID_PARAMETER_COMBINATION, message));
        }
        let instance = self.rds.reboot(&caller.region, named(&input.db_instance_identifier, "db")).await?;
        Ok(model::RebootDBInstanceResult { db_instance: Some(self.told(&instance)) })
    }

    async fn start_db_instance(
        &self,
        caller: &Caller,
        input: model::StartDBInstanceMessage,
    ) -> Result<model::StartDBInstanceResult> {
        let instance = self.rds.start(&caller.region, named(&input.db_instance_identifier, "db")).await?;
        Ok(model::StartDBInstanceResult { db_instance: Some(self.told(&instance)) })
    }

    async fn stop_db_instance(
        &self,
        caller: &Caller,
        input: model::StopDBInstanceMessage,
    ) -> Result<model::StopDBInstanceResult> {
        if input.db_snapshot_identifier.is_some() {
            let message = "DBSnapshotIdentifier is not supported here: make a snapshot first (CreateDBSnapshot).";
            return Err(Error::new(error::INVALID_PARAMETER_COMBINATION, message));
        }
        let instance = self.rds.stop(&caller.region, named(&input.db_instance_identifier, "db")).await?;
        Ok(model::StopDBInstanceResult { db_instance: Some(self.told(&instance)) })
    }

    async fn list_tags_for_resource(
        &self,
        caller: &Caller,
        input: model::ListTagsForResourceMessage,
    ) -> Result<model::TagListMessage> {
        if input.filters.is_some_and(|filters| !filters.is_empty()) {
            return Err(invalid("Filters are not supported for tags."));
        }
        let tags = self.rds.tags(&caller.region, &resource(caller, &input.resource_name)?)?;
        Ok(model::TagListMessage { tag_list: Some(tag_list(&tags)) })
    }

    async fn add_tags_to_resource(&self, caller: &Caller, input: model::AddTagsToResourceMessage) -> Result<()> {
        let of = resource(caller, &input.resource_name)?;
        Ok(self.rds.tag(&caller.region, of, tag_map(Some(input.tags)), Vec::new()).await?)
    }

    async fn remove_tags_from_resource(
        &self,
        caller: &Caller,
        input: model::RemoveTagsFromResourceMessage,
    ) -> Result<()> {
        let of = resource(caller, &input.resource_name)?;
        Ok(self.rds.tag(&caller.region, of, BTreeMap::new(), input.tag_keys).await?)
    }
}
