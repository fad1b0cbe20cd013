//! What can be had: engines, their versions, and classes.

use ::rds::{Engine, limits};
use aws::instance_type;

use super::{Rds, Result, model, only, page, passes};
use crate::parts;
use crate::service::Caller;

/// The engines that are asked for: those of this name, or all.
fn engines(name: Option<&str>) -> impl Iterator<Item = Engine> {
    Engine::ALL.into_iter().filter(move |engine| name.is_none_or(|name| engine.as_str() == name))
}

impl Rds {
    pub(super) async fn describe_db_engine_versions(
        &self,
        _: &Caller,
        input: model::DescribeDBEngineVersionsMessage,
    ) -> Result<model::DBEngineVersionMessage> {
        let known = ["DefaultOnly", "Engine", "EngineVersion", "Filters", "Marker", "MaxRecords"];
        only(&model::DESCRIBE_DB_ENGINE_VERSIONS_MESSAGE, input.clone(), &known)?;
        let mut found = Vec::new();
        for engine in engines(input.engine.as_deref()) {
            for series in engine.series() {
                let usual = engine.usual();
                let wanted = input.engine_version.as_deref().is_none_or(|version| version == *series);
                if !wanted || (input.default_only == Some(true) && usual.as_str() != *series) {
                    continue;
                }
                let has = |name: &str| {
                    Some(vec![match name {
                        "engine" => engine.as_str().to_owned(),
                        "engine-version" => (*series).to_owned(),
                        "status" => "available".to_owned(),
                        _ => return None,
                    }])
                };
                if passes(input.filters.as_deref(), has)? {
                    found.push((engine, *series));
                }
            }
        }
        found.sort_by_key(|(engine, series)| key(*engine, series, ""));
        let (page, marker) =
            page(found, input.max_records, input.marker.as_deref(), |(engine, series)| key(*engine, series, ""))?;
        let told = page.into_iter().map(|(engine, series)| model::DBEngineVersion {
            db_engine_description: Some(engine.title().to_owned()),
            db_engine_version_description: Some(format!("{} {series}", engine.title())),
            db_parameter_group_family: Some(format!("{}{series}", engine.as_str())),
            engine: Some(engine.as_str().to_owned()),
            engine_version: Some(series.to_owned()),
            major_engine_version: Some(series.to_owned()),
            status: Some("available".into()),
            supports_read_replica: Some(false),
            ..Default::default()
        });
        Ok(model::DBEngineVersionMessage { db_engine_versions: Some(told.collect()), marker })
    }

    pub(super) async fn describe_orderable_db_instance_options(
        &self,
        caller: &Caller,
        input: model::DescribeOrderableDBInstanceOptionsMessage,
    ) -> Result<model::OrderableDBInstanceOptionsMessage> {
        let known = ["DBInstanceClass", "Engine", "EngineVersion", "Filters", "Marker", "MaxRecords"];
        only(&model::DESCRIBE_ORDERABLE_DB_INSTANCE_OPTIONS_MESSAGE, input.clone(), &known)?;
        // The engine's name must be one: it is what clients ask first whether there is anything at all.
        let engine: Engine = input.engine.parse()?;
        passes(input.filters.as_deref(), |_| None)?;
        let mut found = Vec::new();
        for series in engine.series() {
            if input.engine_version.as_deref().is_some_and(|version| version != *series) {
                continue;
            }
            let classes = instance_type::common().map(|name| format!("db.{name}"));
            let wanted = |class: &String| input.db_instance_class.as_ref().is_none_or(|wanted| wanted == class);
            found.extend(classes.filter(wanted).map(|class| (*series, class)));
        }
        found.sort_by_key(|(series, class)| key(engine, series, class));
        let (page, marker) =
            page(found, input.max_records, input.marker.as_deref(), |(series, class)| key(engine, series, class))?;
        let told = page.into_iter().map(|(series, class)| model::OrderableDBInstanceOption {
            availability_zones: Some(vec![model::AvailabilityZone { name: Some(parts::zone(&caller.region)) }]),
            db_instance_class: Some(class),
            engine: Some(engine.as_str().to_owned()),
            engine_version: Some(series.to_owned()),
            max_storage_size: Some((*limits::STORAGE.end()).into()),
            min_storage_size: Some((*limits::STORAGE.start()).into()),
            multi_az_capable: Some(false),
            read_replica_capable: Some(false),
            supports_iops: Some(false),
            supports_storage_encryption: Some(false),
            vpc: Some(true),
            ..Default::default()
        });
        Ok(model::OrderableDBInstanceOptionsMessage { orderable_db_instance_options: Some(told.collect()), marker })
    }
}

/// By what versions and classes are sorted, and where a page begins.
fn key(engine: Engine, series: &str, class: &str) -> String {
    format!("{}/{series}/{class}", engine.as_str())
}
