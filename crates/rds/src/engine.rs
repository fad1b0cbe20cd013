//! Engines, their versions, and what an official image of one takes.
//!
//! Sources: the descriptions of the official images `postgres`, `mysql` and `mariadb` on Docker Hub (their environment
//! variables and where their data are); "CreateDBInstance" in the API reference of Amazon RDS.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use words::Secret;

use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::limits;

/// The program of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// MariaDB.
    Mariadb,
    /// MySQL.
    Mysql,
    /// PostgreSQL.
    Postgres,
}

impl Engine {
    /// All of them, by name.
    pub const ALL: [Self; 3] = [Self::Mariadb, Self::Mysql, Self::Postgres];

    /// As the API writes it, and as its image is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mariadb => "mariadb",
            Self::Mysql => "mysql",
            Self::Postgres => "postgres",
        }
    }

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mariadb => "MariaDB",
            Self::Mysql => "MySQL",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// Where it listens.
    pub fn port(self) -> u16 {
        match self {
            Self::Mariadb | Self::Mysql => 3306,
            Self::Postgres => 5432,
        }
    }

    /// Its series, the oldest first: an image of any version of one will do.
    pub fn series(self) -> &'static [&'static str] {
        match self {
            Self::Mariadb => &["10.6", "10.11", "11.4", "11.8"],
            Self::Mysql => &["8.0", "8.4"],
            Self::Postgres => &["13", "14", "15", "16", "17", "18"],
        }
    }

    /// The version of an instance that names none.
    pub fn usual(self) -> Version {
        Version(match self {
            Self::Mariadb => "11.4".into(),
            Self::Mysql => "8.4".into(),
            Self::Postgres => "17".into(),
        })
    }

    /// A version that is asked for.
    ///
    /// # Errors
    /// When it is of no series.
    pub fn version(self, text: &str) -> Result<Version> {
        let of = |series: &&str| text.strip_prefix(series).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let formed = text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if formed && !text.ends_with('.') && self.series().iter().any(of) {
            return Ok(Version(text.to_owned()));
        }
        let shown: String = text.chars().take(40).collect();
        let known = self.series().join(", ");
        Err(Error::Combination(format!("Cannot find version {shown} for {}. There are {known}.", self.as_str())))
    }

    /// Whether a password is one: what no statement and no URL trips over.
    ///
    /// # Errors
    /// When it is not.
    pub fn check_password(self, password: &Secret) -> Result<()> {
        let most = match self {
            Self::Mariadb | Self::Mysql => 41,
            Self::Postgres => *limits::PASSWORD.end(),
        };
        let text = password.reveal();
        let printable = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'@' | b'"');
        if !text.bytes().all(printable) {
            let message = "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters \
                           besides '/', '@', '\"', ' ' may be used.";
            return Err(Error::parameter(message));
        }
        if !(*limits::PASSWORD.start()..=most).contains(&text.len()) {
            let least = limits::PASSWORD.start();
            return Err(Error::parameter(format!(
                "The parameter MasterUserPassword is not a valid password because it has not {least} to {most} \
                 characters."
            )));
        }
        Ok(())
    }
}

impl FromStr for Engine {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|engine| engine.as_str() == text).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            Error::parameter(format!("Invalid DB engine: {shown}. There are mariadb, mysql and postgres."))
        })
    }
}

/// A version of an engine: `17`, `17.2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn major(&self) -> u32 {
        self.0.split('.').next().and_then(|first| first.parse().ok()).unwrap_or(0)
    }
}

/// Which images there are other names for: the whole name without a tag, or with one that then stands for every version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Images(BTreeMap<Engine, String>);

impl Images {
    /// Reads `postgres=registry.example/postgres`, one an engine.
    ///
    /// # Errors
    /// When one is no such text.
    pub fn parse<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut images = BTreeMap::new();
        for (engine, image) in texts {
            if image.is_empty() {
                return Err(Error::parameter(format!("the image of {engine} has no name")));
            }
            images.insert(engine.parse()?, image.to_owned());
        }
        Ok(Self(images))
    }

    /// The image of a version.
    pub fn of(&self, engine: Engine, version: &Version) -> String {
        let name = self.0.get(&engine).map_or(engine.as_str(), String::as_str);
        let last = name.rsplit('/').next().unwrap_or(name);
        if last.contains([':', '@']) { name.to_owned() } else { format!("{name}:{}", version.as_str()) }
    }
}

/// Where a container of an instance finds its password: the variables of a container are shown to everybody who may
/// inspect it.
pub const PASSWORD_FILE: &str = "/run/secrets/master-password";

/// What a container of an instance is made by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Its variables. Those of passwords name [`PASSWORD_FILE`].
    pub variables: Vec<(&'static str, String)>,
    /// Where its data are.
    pub data: &'static str,
    /// Arguments of its program beyond the image's: the port, where it is another than the engine's.
    pub arguments: Vec<String>,
}

/// What an official image of an instance's engine takes. The variables count when it starts on an empty volume only.
pub fn recipe(instance: &Instance) -> Recipe {
    let user = instance.user.as_str();
    let database = instance.database.as_ref().map(|name| name.as_str());
    let file = || PASSWORD_FILE.to_owned();
    match instance.engine {
        Engine::Postgres => {
            let variables = vec![
                ("POSTGRES_USER", user.to_owned()),
                ("POSTGRES_PASSWORD_FILE", file()),
                ("POSTGRES_DB", database.unwrap_or("postgres").to_owned()),
            ];
            // From 18 on the image has a directory of each version's below its volume.
            let data = if instance.version.major() >= 18 { "/var/lib/postgresql" } else { "/var/lib/postgresql/data" };
            Recipe { variables, data, arguments: arguments(instance, "postgres") }
        }
        Engine::Mysql | Engine::Mariadb => {
            let mut variables = vec![("MYSQL_ROOT_PASSWORD_FILE", file())];
            // The image refuses to make root once more.
            if user != "root" {
                variables.extend([("MYSQL_USER", user.to_owned()), ("MYSQL_PASSWORD_FILE", file())]);
            }
            variables.extend(database.map(|name| ("MYSQL_DATABASE", name.to_owned())));
            let program = if instance.engine == Engine::Mysql { "mysqld" } else { "mariadbd" };
            Recipe { variables, data: "/var/lib/mysql", arguments: arguments(instance, program) }
        }
    }
}

fn arguments(instance: &Instance, program: &str) -> Vec<String> {
    if instance.port == instance.engine.port() {
        return Vec::new();
    }
    let port = instance.port.to_string();
    match instance.engine {
        Engine::Postgres => vec![program.into(), "-p".into(), port],
        Engine::Mysql | Engine::Mariadb => vec![program.into(), format!("--port={port}")],
    }
}

/// How a password is changed: a command to be run in the container. What is secret is in its variables, and on no
/// command line, which others can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments.
    pub arguments: Vec<String>,
    /// Its variables.
    pub variables: Vec<(&'static str, Secret)>,
}

/// Text between single quotes of SQL. A password has no quote of the other kind, no space and no line's end.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Gives the master user this password. `known` is one that the server may have now.
pub fn change_password(instance: &Instance, known: &Secret) -> Command {
    let (user, password) = (instance.user.as_str(), instance.password.reveal());
    match instance.engine {
        Engine::Postgres => {
            // A statement that fails would come into the server's log. The name is letters, digits and underscores.
            let password = format!("E{}", quoted(password));
            let statement = format!(
                "SET log_statement = 'none'; SET log_min_error_statement = 'panic'; SET log_min_duration_statement = -1; \
                 ALTER ROLE \"{user}\" PASSWORD {password};"
            );
            let database = instance.database.as_ref().map_or("postgres", |name| name.as_str());
            let script = format!(
                "printf '%s' \"$STATEMENT\" | psql -X -q -v ON_ERROR_STOP=1 -p {} -U {user} -d {database}",
                instance.port
            );
            let variables = vec![("STATEMENT", Secret::new(statement)), ("PGPASSWORD", known.clone())];
            Command { arguments: vec!["sh".into(), "-c".into(), script], variables }
        }
        Engine::Mysql | Engine::Mariadb => {
            let quoted = quoted(password);
            let mut statement = String::new();
            for who in ["'root'@'localhost'".to_owned(), "'root'@'%'".to_owned(), format!("'{user}'@'%'")] {
                statement.push_str(&format!("ALTER USER IF EXISTS {who} IDENTIFIED BY {quoted}; "));
            }
            let program = if instance.engine == Engine::Mysql { "mysql" } else { "mariadb" };
            let script = format!("printf '%s' \"$STATEMENT\" | {program} -u root --protocol=socket");
            let variables = vec![("STATEMENT", Secret::new(statement)), ("MYSQL_PWD", known.clone())];
            Command { arguments: vec!["sh".into(), "-c".into(), script], variables }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::instance;

    #[test]
    fn versions_are_of_a_series() {
        for (engine, good) in [
            (Engine::Postgres, "16"),
            (Engine::Postgres, "16.4"),
            (Engine::Mysql, "8.0.39"),
            (Engine::Mysql, "8.4"),
            (Engine::Mariadb, "10.11.8"),
        ] {
            assert_eq!(engine.version(good).unwrap().as_str(), good);
        }
        for (engine, bad) in [
            (Engine::Postgres, "1"),
            (Engine::Postgres, "16."),
            (Engine::Postgres, "160"),
            (Engine::Postgres, "16-alpine"),
            (Engine::Mysql, "8"),
            (Engine::Mysql, "5.7"),
            (Engine::Mariadb, "10.1"),
        ] {
            assert!(matches!(engine.version(bad), Err(Error::Combination(_))), "{bad}");
        }
        for engine in Engine::ALL {
            assert!(engine.version(engine.usual().as_str()).is_ok());
        }
    }

    #[test]
    fn images_can_have_other_names() {
        let images = Images::parse([("postgres", "registry:5000/pg"), ("mysql", "registry:5000/my:fixed")]).unwrap();
        let of = |engine: Engine, version: &str| images.of(engine, &engine.version(version).unwrap());
        assert_eq!(of(Engine::Postgres, "16.4"), "registry:5000/pg:16.4");
        assert_eq!(of(Engine::Mysql, "8.0"), "registry:5000/my:fixed");
        assert_eq!(of(Engine::Mariadb, "11.4"), "mariadb:11.4");
        assert!(Images::parse([("oracle", "x")]).is_err() && Images::parse([("mysql", "")]).is_err());
    }

    fn shown(recipe: &Recipe) -> Vec<(&str, &str)> {
        recipe.variables.iter().map(|(name, text)| (*name, text.as_str())).collect()
    }

    #[test]
    fn recipes_are_those_of_the_official_images() {
        let mut one = instance("orders", Engine::Postgres);
        let made = recipe(&one);
        assert_eq!(
            shown(&made),
            [("POSTGRES_USER", "ebroot"), ("POSTGRES_PASSWORD_FILE", PASSWORD_FILE), ("POSTGRES_DB", "ebdb")]
        );
        assert_eq!((made.data, made.arguments.len()), ("/var/lib/postgresql/data", 0));
        one.version = Engine::Postgres.version("18.1").unwrap();
        one.port = 6000;
        assert_eq!(recipe(&one).data, "/var/lib/postgresql");
        assert_eq!(recipe(&one).arguments, ["postgres", "-p", "6000"]);

        let mut one = instance("orders", Engine::Mysql);
        assert_eq!(
            shown(&recipe(&one)),
            [
                ("MYSQL_ROOT_PASSWORD_FILE", PASSWORD_FILE),
                ("MYSQL_USER", "ebroot"),
                ("MYSQL_PASSWORD_FILE", PASSWORD_FILE),
                ("MYSQL_DATABASE", "ebdb")
            ]
        );
        assert_eq!(recipe(&one).data, "/var/lib/mysql");
        one.user = "root".parse().unwrap();
        one.database = None;
        assert_eq!(shown(&recipe(&one)), [("MYSQL_ROOT_PASSWORD_FILE", PASSWORD_FILE)]);
        let mut one = instance("orders", Engine::Mariadb);
        one.port = 3307;
        assert_eq!(recipe(&one).arguments, ["mariadbd", "--port=3307"]);
    }

    #[test]
    fn a_password_is_on_no_command_line() {
        for engine in Engine::ALL {
            let mut one = instance("orders", engine);
            one.password = Secret::new(r"it's-new\1");
            let command = change_password(&one, &Secret::new("correct-horse"));
            let line = command.arguments.join(" ");
            assert!(!line.contains("new") && !line.contains("horse"), "{line}");
            let statement = command.variables.iter().find(|(name, _)| *name == "STATEMENT").unwrap().1.reveal();
            assert!(statement.contains(r"'it''s-new\\1'"), "{statement}");
            assert!(!format!("{command:?}").contains("new"));
        }
    }

    #[test]
    fn passwords_have_a_form() {
        let check = |engine: Engine, text: &str| engine.check_password(&Secret::new(text));
        assert!(check(Engine::Postgres, &"x".repeat(128)).is_ok());
        assert!(check(Engine::Mysql, &"x".repeat(42)).is_err());
        for bad in ["short", "with space", "sl/ashes-1", "at@at@at@", "quote\"quote", "ümlaut-ümlaut"] {
            assert!(matches!(check(Engine::Postgres, bad), Err(Error::Parameter(_))), "{bad}");
        }
    }
}
