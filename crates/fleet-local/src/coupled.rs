//! The database that belongs to an environment: it is there before its instances, they are in its network and know it by
//! their variables, and it goes when nothing of the environment has use for it.
//!
//! Source: "Adding a database to your Elastic Beanstalk environment" in the developer guide.

use std::collections::BTreeMap;
use std::sync::Arc;

use beanstalk::EnvironmentId;
use beanstalk::event::Told;
use beanstalk::fleet::{DatabaseOrder, Failure, Order, Released, Wish};
use beanstalk::option::Configuration;
use rds::{Class, Engine, Instance, InstanceName, Policy, Wanted};
use tokio::sync::mpsc;
use words::Timestamp;

use crate::{Local, database};

/// What a container needs to reach its environment's database.
#[derive(Debug)]
pub(crate) struct Attached {
    /// The network that it has to be in.
    pub(crate) network: String,
    /// `RDS_HOSTNAME` and the others.
    pub(crate) variables: BTreeMap<String, String>,
}

/// The name of the database that an environment's instance is made with (AWS's).
const DATABASE: &str = "ebdb";

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new("Providing the database", error.to_string())
}

/// What becomes of a setting here.
fn wanted(order: &DatabaseOrder) -> Result<Wanted, rds::Error> {
    let database = &order.database;
    let engine: Engine = database.engine.as_str().parse()?;
    Ok(Wanted {
        environment: order.environment.to_string(),
        region: order.region.clone(),
        name: name(&order.environment)?,
        engine,
        version: database.version.as_deref().map(|version| engine.version(version)).transpose()?,
        class: Class::parse(&database.instance_class)?,
        storage: database.storage,
        multi_az: false,
        user: database.user.parse()?,
        password: database.password.clone(),
        database: DATABASE.parse()?,
        snapshot: database.snapshot.clone(),
        policy: match database.deletion {
            beanstalk::option::DeletionPolicy::Delete => Policy::Delete,
            beanstalk::option::DeletionPolicy::Retain => Policy::Retain,
            beanstalk::option::DeletionPolicy::Snapshot => Policy::Snapshot,
        },
    })
}

/// A name for a new database of an environment: one that it had before may still be there.
fn name(environment: &EnvironmentId) -> Result<InstanceName, rds::Error> {
    let random = words::hex(&words::random_bytes::<6>());
    format!("awseb-e-{}-stack-awsebrdsdatabase-{random}", environment.suffix()).parse()
}

fn variables(instance: &Instance) -> Option<BTreeMap<String, String>> {
    let pairs = [
        ("RDS_HOSTNAME", instance.address?.to_string()),
        ("RDS_PORT", instance.port.to_string()),
        ("RDS_DB_NAME", instance.database.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("RDS_USERNAME", instance.user.to_string()),
        ("RDS_PASSWORD", instance.password.reveal().to_owned()),
    ];
    Some(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

impl Local {
    /// Makes the database of an environment, or changes it, and waits until it answers.
    pub(crate) async fn provide_database(&self, order: DatabaseOrder, tell: mpsc::Sender<Told>) -> Result<(), Failure> {
        let before = self.0.rds.of_environment(order.environment.as_str());
        let wanted = wanted(&order).map_err(failed)?;
        let instance = self.0.rds.couple(wanted, Timestamp::now()).await.map_err(failed)?;
        let new = before.is_none();
        if new {
            let message = format!("Creating RDS database named: {}. This may take a few minutes.", instance.name);
            let _ = tell.send(Told::info(message)).await;
        }
        self.0.rds.await_available(&instance.key).await.map_err(failed)?;
        if new {
            let _ = tell.send(Told::info(format!("Created RDS database named: {}", instance.name))).await;
        }
        Ok(())
    }

    /// An order whose properties tell of the database, where it is there already: Compose files and commands name them.
    pub(crate) fn knowing_its_database(&self, order: Order) -> Order {
        let Ok(database) = self.attached(&order.environment) else { return order };
        let mut configuration = Configuration::clone(&order.configuration);
        configuration.properties.extend(database.variables);
        Order { configuration: Arc::new(configuration), ..order }
    }

    /// How the database of an environment is reached.
    pub(crate) fn attached(&self, environment: &EnvironmentId) -> Result<Attached, Failure> {
        let step = "Finding the database";
        let instance = self.0.rds.of_environment(environment.as_str());
        let instance = instance.ok_or_else(|| Failure::new(step, "the environment has none"))?;
        let variables = variables(&instance).ok_or_else(|| Failure::new(step, "it has not answered yet"))?;
        Ok(Attached { network: database::network_name(&instance.id), variables })
    }

    /// The same for a container of a release, if that has a database.
    pub(crate) fn attached_of(
        &self,
        environment: &EnvironmentId,
        released: &Released,
    ) -> Result<Option<Attached>, Failure> {
        released.configuration.database.as_ref().map(|_| self.attached(environment)).transpose()
    }

    /// Takes the database from an environment of which neither the configuration nor a copy has one any more.
    pub(crate) async fn dismiss_database(&self, wish: &Wish) -> Result<(), Failure> {
        let of_copies = wish.copies.iter().filter_map(|copy| wish.releases.get(&copy.release));
        let mut configurations = of_copies.map(|released| &released.configuration).chain([&wish.configuration]);
        if configurations.any(|configuration| configuration.database.is_some()) {
            return Ok(());
        }
        // It goes when the last copy has left its network: nobody waits for that here.
        self.0.rds.decouple(wish.environment.as_str(), Timestamp::now()).await.map(drop).map_err(failed)
    }

    /// Takes the database from an environment that goes, and waits until it is what its policy says.
    pub(crate) async fn remove_database(&self, environment: &EnvironmentId) -> Result<(), Failure> {
        let decoupled = self.0.rds.decouple(environment.as_str(), Timestamp::now()).await.map_err(failed)?;
        if let Some(instance) = decoupled {
            self.0.rds.await_gone(&instance).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use beanstalk::option::{self, Origin, Setting, Tier};

    use super::*;

    fn order(settings: &[(&str, &str)]) -> DatabaseOrder {
        let all = settings.iter().chain([&("HasCoupledDatabase", "true")]);
        let given = all.map(|(name, value)| (Setting::new("aws:rds:dbinstance", name, *value), Origin::Request));
        let configuration = Configuration::parse(&option::resolve(Tier::WebServer, given)).unwrap();
        DatabaseOrder {
            environment: "e-abcdefgh12".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            database: configuration.database.unwrap(),
        }
    }

    #[test]
    fn settings_say_what_is_wanted() {
        let one = wanted(&order(&[])).unwrap();
        assert_eq!((one.engine, one.class.as_str(), one.user.as_str()), (Engine::Mysql, "db.t2.micro", "ebroot"));
        assert_eq!((one.storage, one.policy, one.password.is_none()), (5, Policy::Delete, true));
        assert!(one.name.as_str().starts_with("awseb-e-abcdefgh12-stack-awsebrdsdatabase-"), "{}", one.name);
        assert_ne!(one.name, wanted(&order(&[])).unwrap().name);
        let other = [("DBEngine", "postgres"), ("DBEngineVersion", "16.4"), ("DBDeletionPolicy", "Snapshot")];
        let one = wanted(&order(&other)).unwrap();
        assert_eq!(
            (one.engine, one.version, one.policy),
            (Engine::Postgres, Engine::Postgres.version("16.4").ok(), Policy::Snapshot)
        );
        assert!(wanted(&order(&[("DBEngine", "postgres"), ("DBEngineVersion", "3.1")])).is_err());
    }
}
