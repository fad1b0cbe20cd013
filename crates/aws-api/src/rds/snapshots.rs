//! Snapshots, and instances that are made from them.

use std::sync::Arc;

use ::rds::{Class, Restore, Snapshot, Stage};

use super::{Rds, Result, missing, model, named, number, only, page, passes, tag_list, tag_map};
use crate::error::{self, Error};
use crate::parts;
use crate::service::Caller;

impl Rds {
    fn kept(&self, snapshot: &Snapshot) -> model::DBSnapshot {
        let whole = snapshot.stage == Stage::Available;
        model::DBSnapshot {
            allocated_storage: Some(snapshot.storage.into()),
            availability_zone: Some(parts::zone(&snapshot.region)),
            db_instance_identifier: Some(snapshot.instance.to_string()),
            db_snapshot_arn: Some(snapshot.arn(self.rds.account()).to_string()),
            db_snapshot_identifier: Some(snapshot.name.to_string()),
            dbi_resource_id: Some(format!("db-{}", snapshot.instance_id.as_str().to_uppercase())),
            encrypted: Some(false),
            engine: Some(snapshot.engine.as_str().to_owned()),
            engine_version: Some(snapshot.version.as_str().to_owned()),
            instance_create_time: Some(snapshot.instance_created),
            master_username: Some(snapshot.user.to_string()),
            percent_progress: Some(if whole { 100 } else { 0 }),
            port: Some(snapshot.port.into()),
            snapshot_create_time: Some(snapshot.created),
            snapshot_type: Some("manual".into()),
            status: Some(snapshot.stage.status().to_owned()),
            tag_list: Some(tag_list(&snapshot.tags)),
            ..Default::default()
        }
    }

    pub(super) async fn create_db_snapshot(
        &self,
        caller: &Caller,
        input: model::CreateDBSnapshotMessage,
    ) -> Result<model::CreateDBSnapshotResult> {
        let name = input.db_snapshot_identifier.parse()?;
        let of = named(&input.db_instance_identifier, "db");
        let snapshot = self.rds.snapshot(&caller.region, of, name, tag_map(input.tags), caller.now).await?;
        Ok(model::CreateDBSnapshotResult { db_snapshot: Some(self.kept(&snapshot)) })
    }

    pub(super) async fn describe_db_snapshots(
        &self,
        caller: &Caller,
        input: model::DescribeDBSnapshotsMessage,
    ) -> Result<model::DBSnapshotMessage> {
        let known = ["DBInstanceIdentifier", "DBSnapshotIdentifier", "Filters", "Marker", "MaxRecords", "SnapshotType"];
        only(&model::DESCRIBE_DB_SNAPSHOTS_MESSAGE, input.clone(), &known)?;
        let state = self.rds.state();
        let mut all: Vec<Arc<Snapshot>> = match &input.db_snapshot_identifier {
            Some(name) => vec![Arc::clone(state.snapshot(&caller.region, named(name, "snapshot"))?)],
            None => state.snapshots(&caller.region).cloned().collect(),
        };
        if let Some(name) = &input.db_instance_identifier {
            let name = named(name, "db").to_ascii_lowercase();
            all.retain(|snapshot| snapshot.instance.as_str() == name);
        }
        // All are of people's making.
        if input.snapshot_type.as_deref().is_some_and(|kind| kind != "manual") {
            all.clear();
        }
        let mut found = Vec::new();
        for snapshot in all {
            let has = |name: &str| {
                Some(vec![match name {
                    "db-instance-id" => snapshot.instance.to_string(),
                    "db-snapshot-id" => snapshot.name.to_string(),
                    "dbi-resource-id" => format!("db-{}", snapshot.instance_id.as_str().to_uppercase()),
                    "engine" => snapshot.engine.as_str().to_owned(),
                    "snapshot-type" => "manual".to_owned(),
                    _ => return None,
                }])
            };
            if passes(input.filters.as_deref(), has)? {
                found.push(snapshot);
            }
        }
        let (page, marker) =
            page(found, input.max_records, input.marker.as_deref(), |snapshot| snapshot.name.to_string())?;
        let told = page.iter().map(|snapshot| self.kept(snapshot)).collect();
        Ok(model::DBSnapshotMessage { db_snapshots: Some(told), marker })
    }

    pub(super) async fn delete_db_snapshot(
        &self,
        caller: &Caller,
        input: model::DeleteDBSnapshotMessage,
    ) -> Result<model::DeleteDBSnapshotResult> {
        let name = named(&input.db_snapshot_identifier, "snapshot");
        let snapshot = self.rds.delete_snapshot(&caller.region, name).await?;
        Ok(model::DeleteDBSnapshotResult { db_snapshot: Some(self.kept(&snapshot)) })
    }

    pub(super) async fn restore_db_instance_from_db_snapshot(
        &self,
        caller: &Caller,
        input: model::RestoreDBInstanceFromDBSnapshotMessage,
    ) -> Result<model::RestoreDBInstanceFromDBSnapshotResult> {
        let known = [
            "DBInstanceClass",
            "DBInstanceIdentifier",
            "DBSnapshotIdentifier",
            "DeletionProtection",
            "Engine",
            "MultiAZ",
            "Port",
            "Tags",
        ];
        only(&model::RESTORE_DB_INSTANCE_FROM_DB_SNAPSHOT_MESSAGE, input.clone(), &known)?;
        let from = input.db_snapshot_identifier.ok_or_else(|| missing("DBSnapshotIdentifier"))?;
        let from = named(&from, "snapshot");
        let state = self.rds.state();
        let snapshot = state.snapshot(&caller.region, from)?;
        if let Some(engine) = input.engine.filter(|engine| engine != snapshot.engine.as_str()) {
            let message = format!("The snapshot is of {}, not of {engine}.", snapshot.engine.as_str());
            return Err(Error::new(error::INVALID_PARAMETER_COMBINATION, message));
        }
        let restore = Restore {
            class: input.db_instance_class.as_deref().map(Class::known).transpose()?,
            multi_az: input.multi_az.unwrap_or(false),
            deletion_protection: input.deletion_protection.unwrap_or(false),
            password: None,
            port: number("Port", input.port)?,
            tags: tag_map(input.tags),
        };
        let name = input.db_instance_identifier.parse()?;
        let instance = self.rds.restore(&caller.region, from, name, restore, caller.now).await?;
        Ok(model::RestoreDBInstanceFromDBSnapshotResult { db_instance: Some(self.told(&instance)) })
    }
}
