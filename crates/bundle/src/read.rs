//! Which kind of bundle a directory holds, and what all its files say.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use crate::compose::Compose;
use crate::cron::Task;
use crate::dockerrun::{Authentication, Dockerrun, Single};
use crate::error::{Fault, Notes};
use crate::extensions::Extension;
use crate::manifest::Manifest;
use crate::platform::{Found, Platform};
use crate::processes::Process;
use crate::{
    COMPOSE, DOCKERFILE, DOCKERRUN, Error, Result, Variables, Warning, compose, cron, dockerrun, dotenv, extensions,
    limits, manifest, platform, processes,
};

/// All that a bundle asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// What is run.
    pub application: Application,
    /// `.ebextensions`, in the order of the files' names.
    pub extensions: Vec<Extension>,
    /// `.platform`.
    pub platform: Platform,
    /// `env.yaml`.
    pub manifest: Option<Manifest>,
    /// `cron.yaml`.
    pub cron: Vec<Task>,
    /// `Procfile`.
    pub procfile: Vec<Process>,
    /// `Buildfile`.
    pub buildfile: Vec<Process>,
    /// What is asked for and not done.
    pub warnings: Vec<Warning>,
}

/// What is run, in the order in which AWS's Docker platform decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Application {
    /// The services of a Compose file.
    Compose {
        /// The file's name.
        file: String,
        /// What it says.
        compose: Box<Compose>,
        /// The login for its images, from a Dockerrun.aws.json of version 3.
        authentication: Option<Authentication>,
    },
    /// One container of an image that is built; what a Dockerrun.aws.json of version 1 says of it, but for the image.
    Dockerfile(Option<Box<Single>>),
    /// One container of an image of a registry.
    Image(Box<Single>),
    /// The containers of a task, of the platform with ECS.
    Ecs(Box<dockerrun::Task>),
}

/// Reads what is in the directory of an unpacked bundle. `properties` are the environment's: a Compose file sees them,
/// unless the bundle has a `.env` of its own. Blocks.
///
/// # Errors
/// [`Error::NothingToRun`] when there is none of the files that say what to run; the error of the first file that is
/// wrong.
pub fn read(root: BorrowedFd<'_>, properties: &Variables) -> Result<Bundle> {
    let mut reader = Reader { root, top: platform::list(root, ".")?, warnings: Vec::new() };
    let application = reader.application(properties)?;
    let platform = platform::find(root, &mut reader.warnings)?;
    Ok(Bundle {
        application,
        extensions: reader.extensions()?,
        platform,
        manifest: reader.parsed("env.yaml", manifest::parse)?,
        cron: reader.parsed("cron.yaml", cron::parse)?.unwrap_or_default(),
        procfile: reader.parsed("Procfile", processes::parse)?.unwrap_or_default(),
        buildfile: reader.parsed("Buildfile", processes::parse)?.unwrap_or_default(),
        warnings: reader.warnings,
    })
}

struct Reader<'a> {
    root: BorrowedFd<'a>,
    top: Vec<Found>,
    warnings: Vec<Warning>,
}

impl Reader<'_> {
    fn has(&self, name: &str) -> bool {
        self.top.iter().any(|found| found.name == name && found.is_file())
    }

    /// A file of the bundle, if it is there.
    fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match sys::beneath::read(self.root, Path::new(path), limits::CONFIG_BYTES) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(Error::TooLarge { file: path.to_owned(), most: limits::CONFIG_BYTES })
            }
            Err(error) => Err(Error::io(path, error)),
        }
    }

    /// A file at the top, parsed.
    fn parsed<T>(&mut self, name: &str, parse: fn(&str, &[u8], &mut Vec<Warning>) -> Result<T>) -> Result<Option<T>> {
        if !self.has(name) {
            return Ok(None);
        }
        let bytes = self.bytes(name)?.unwrap_or_default();
        parse(name, &bytes, &mut self.warnings).map(Some)
    }

    fn warn(&mut self, file: &str, what: &str) {
        Notes::new(file, &mut self.warnings).warn(None, what);
    }

    fn application(&mut self, properties: &Variables) -> Result<Application> {
        let dockerrun = self.parsed(DOCKERRUN, dockerrun::parse)?;
        if let Some(file) = COMPOSE.iter().find(|name| self.has(name)) {
            let authentication = match dockerrun {
                Some(Dockerrun::Compose { authentication }) => authentication,
                Some(_) => {
                    self.warn(DOCKERRUN, "is ignored: beside a Compose file it must be of version 3");
                    None
                }
                None => None,
            };
            let compose = Box::new(self.compose(file, properties)?);
            return Ok(Application::Compose { file: (*file).to_owned(), compose, authentication });
        }
        let has_dockerfile = self.has(DOCKERFILE);
        match dockerrun {
            Some(Dockerrun::Ecs(task)) => {
                if has_dockerfile {
                    self.warn(DOCKERFILE, "is ignored: Dockerrun.aws.json of version 2 names images");
                }
                Ok(Application::Ecs(Box::new(task)))
            }
            Some(Dockerrun::Compose { .. }) if !has_dockerfile => Err(Error::NothingToRun {
                why: "Dockerrun.aws.json of version 3 says only how to log in; put docker-compose.yml beside it".into(),
            }),
            Some(Dockerrun::Single(mut single)) if has_dockerfile => {
                if single.image.take().is_some() {
                    self.warn(DOCKERRUN, "Image is ignored: the image is built from the Dockerfile");
                }
                Ok(Application::Dockerfile(Some(Box::new(single))))
            }
            Some(Dockerrun::Single(single)) if single.image.is_some() => Ok(Application::Image(Box::new(single))),
            Some(Dockerrun::Single(_)) => Err(Error::NothingToRun {
                why: "Dockerrun.aws.json names no Image, and there is no Dockerfile to build one from".into(),
            }),
            other => {
                if !has_dockerfile {
                    return Err(self.nothing());
                }
                if other.is_some() {
                    self.warn(DOCKERRUN, "is ignored: version 3 goes with a Compose file");
                }
                Ok(Application::Dockerfile(None))
            }
        }
    }

    /// Why there is nothing to run: mostly the folder was packed instead of what is in it.
    fn nothing(&self) -> Error {
        let known = |name: &str| COMPOSE.contains(&name) || name == DOCKERFILE || name == DOCKERRUN;
        // What file managers add is none of the application's.
        let own: Vec<&Found> =
            self.top.iter().filter(|found| !matches!(found.name.as_str(), "__MACOSX" | ".DS_Store")).collect();
        let why = match own[..] {
            [] => "it is empty".to_owned(),
            [folder] if folder.is_directory() => {
                let name = crate::error::cut(&folder.name);
                let inner = platform::list(self.root, &folder.name).unwrap_or_default();
                let also = inner.iter().find(|found| known(&found.name));
                let also = also.map(|found| format!(", {} too", found.name)).unwrap_or_default();
                format!(
                    "all its files lie in the folder {name:?}{also}: make the archive of what is in that folder, not of \
                     the folder itself"
                )
            }
            _ => match own.iter().find(|found| {
                COMPOSE.iter().chain(&[DOCKERFILE, DOCKERRUN]).any(|known| found.name.eq_ignore_ascii_case(known))
            }) {
                Some(other) => format!("{:?} is written differently, or is no file", crate::error::cut(&other.name)),
                None => "put one of them at the top of the archive".to_owned(),
            },
        };
        Error::NothingToRun { why: format!("it has no {} at its top; {why}", crate::KNOWN) }
    }

    fn compose(&mut self, file: &str, properties: &Variables) -> Result<Compose> {
        const ENV: &str = ".env";
        let own = if self.has(ENV) { self.bytes(ENV)? } else { None };
        let has_own = own.is_some();
        let variables = match own {
            None => properties.clone(),
            Some(bytes) => {
                if !properties.is_empty() {
                    self.warn(ENV, "takes the place of the environment's properties: services do not see these");
                }
                dotenv::parse(ENV, &bytes, dotenv::Format::Compose, &Variables::new(), &mut self.warnings)?
            }
        };
        let bytes = self.bytes(file)?.unwrap_or_default();
        let mut compose = compose::parse(file, &bytes, &variables, &mut self.warnings)?;
        let mut room = limits::INTERPOLATED_BYTES;
        for (name, service) in &mut compose.services {
            let mut environment = Variables::new();
            for env_file in &service.env_files {
                // AWS writes the properties into .env beside the Compose file.
                let found = if env_file.path == ENV && !has_own {
                    Some(variables.clone())
                } else {
                    match self.bytes(&env_file.path)? {
                        Some(bytes) => Some(dotenv::parse(
                            &env_file.path,
                            &bytes,
                            env_file.format,
                            &variables,
                            &mut self.warnings,
                        )?),
                        None => None,
                    }
                };
                match found {
                    Some(found) => environment.extend(found),
                    None if !env_file.required => {}
                    None => {
                        let why = format!(
                            "the service {name} needs the env_file {:?}, which is not in the bundle",
                            env_file.path
                        );
                        return Err(Fault::new(env_file.at, why).of(file));
                    }
                }
                let bytes: usize = environment.iter().map(|(name, value)| name.len() + value.len()).sum();
                room = room.checked_sub(bytes).ok_or_else(|| Error::TooLarge {
                    file: env_file.path.clone(),
                    most: limits::INTERPOLATED_BYTES as u64,
                })?;
            }
            environment.append(&mut service.environment);
            service.environment = environment;
        }
        Ok(compose)
    }

    fn extensions(&mut self) -> Result<Vec<Extension>> {
        const FOLDER: &str = ".ebextensions";
        let mut found = Vec::new();
        for file in platform::list_few(self.root, FOLDER)? {
            let path = format!("{FOLDER}/{}", file.name);
            if !file.is_file() || !file.name.ends_with(".config") {
                self.warn(&path, "is ignored: names of configuration files end with .config");
                continue;
            }
            let bytes = self.bytes(&path)?.unwrap_or_default();
            found.extend(extensions::parse(&path, &bytes, &mut self.warnings)?);
        }
        Ok(found)
    }
}
