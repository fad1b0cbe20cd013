//! `.platform`: programs that are run at the stages of a deployment, and nginx's configuration. Source: developer guide,
//! "Extending Elastic Beanstalk Linux platforms".

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags};

use crate::error::Notes;
use crate::{Error, Result, Warning, limits};

/// What `.platform` has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Platform {
    /// At deployments of an application.
    pub hooks: Stages,
    /// At changes of the configuration only.
    pub confighooks: Stages,
    /// Pieces of nginx's configuration, each by its path in the bundle, in the order of their names.
    pub nginx_snippets: Vec<String>,
    /// A whole configuration that takes the place of nginx's, by its path.
    pub nginx_main: Option<String>,
}

/// Programs by stage, in the order in which they are run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stages {
    /// Before the application is built.
    pub prebuild: Vec<Hook>,
    /// When it is built and not yet deployed.
    pub predeploy: Vec<Hook>,
    /// When it is deployed.
    pub postdeploy: Vec<Hook>,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Its path in the bundle.
    pub path: String,
    /// Whether it may be executed.
    pub is_executable: bool,
}

/// A file of a directory.
pub(crate) struct Found {
    pub(crate) name: String,
    kind: FileType,
    mode: u32,
}

impl Found {
    pub(crate) fn is_file(&self) -> bool {
        self.kind == FileType::RegularFile
    }

    pub(crate) fn is_directory(&self) -> bool {
        self.kind == FileType::Directory
    }
}

/// What is in a directory of the bundle, in the order of the names; links are followed within the bundle. Nothing when
/// there is no such directory.
pub(crate) fn list(root: BorrowedFd<'_>, path: &str) -> Result<Vec<Found>> {
    let failed = |error: io::Error| Error::io(path, error);
    let folder = match sys::beneath::open(root, Path::new(path), OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()) {
        Ok(folder) => folder,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for name in sys::beneath::entries(&folder).map_err(failed)? {
        let inner = Path::new(path).join(&name);
        // A link that leads nowhere.
        let Ok(opened) = sys::beneath::open_path(root, &inner) else { continue };
        let stat = rustix::fs::fstat(&opened).map_err(|error| failed(error.into()))?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        found.push(Found { name: name.to_string_lossy().into_owned(), kind, mode: stat.st_mode });
    }
    Ok(found)
}

/// As [`list`], of a directory whose files are read or run: there are so many at most.
pub(crate) fn list_few(root: BorrowedFd<'_>, path: &str) -> Result<Vec<Found>> {
    let found = list(root, path)?;
    match found.len() {
        count if count > limits::CONFIG_FILES => {
            Err(Error::archive(format!("has more than {} files in {path}", limits::CONFIG_FILES)))
        }
        _ => Ok(found),
    }
}

/// Finds what is there, beneath the bundle's root.
pub(crate) fn find(root: BorrowedFd<'_>, warnings: &mut Vec<Warning>) -> Result<Platform> {
    const NGINX: &str = ".platform/nginx";
    let mut found = Platform {
        hooks: stages(root, ".platform/hooks", warnings)?,
        confighooks: stages(root, ".platform/confighooks", warnings)?,
        ..Platform::default()
    };
    for folder in ["conf.d", "conf.d/elasticbeanstalk"] {
        let folder = format!("{NGINX}/{folder}");
        for file in list_few(root, &folder)?.iter().filter(|file| file.is_file()) {
            let path = format!("{folder}/{}", file.name);
            if path.ends_with(".conf") {
                found.nginx_snippets.push(path);
            } else {
                Notes::new(&path, warnings).warn(None, "is ignored: names of nginx's files end with .conf");
            }
        }
    }
    let main = list(root, NGINX)?.into_iter().any(|file| file.is_file() && file.name == "nginx.conf");
    found.nginx_main = main.then(|| format!("{NGINX}/nginx.conf"));
    for other in list(root, ".platform")?.iter().filter(|file| !KNOWN.contains(&file.name.as_str())) {
        let path = format!(".platform/{}", other.name);
        Notes::new(&path, warnings).warn(None, "is not known and is ignored");
    }
    Ok(found)
}

const KNOWN: [&str; 3] = ["hooks", "confighooks", "nginx"];

fn stages(root: BorrowedFd<'_>, folder: &str, warnings: &mut Vec<Warning>) -> Result<Stages> {
    let mut stage = |name: &str| -> Result<Vec<Hook>> {
        let folder = format!("{folder}/{name}");
        let mut found = Vec::new();
        for file in list_few(root, &folder)? {
            let path = format!("{folder}/{}", file.name);
            let notes = &mut Notes::new(&path, warnings);
            if !file.is_file() {
                notes.warn(None, "is ignored: a hook is a file");
                continue;
            }
            let is_executable = file.mode & 0o111 != 0;
            if !is_executable {
                notes.warn(None, "is not executable: chmod +x it before the archive is made");
            }
            found.push(Hook { path, is_executable });
        }
        Ok(found)
    };
    let found =
        Stages { prebuild: stage("prebuild")?, predeploy: stage("predeploy")?, postdeploy: stage("postdeploy")? };
    let known = ["prebuild", "predeploy", "postdeploy"];
    for other in list(root, folder)?.iter().filter(|file| !known.contains(&file.name.as_str())) {
        let path = format!("{folder}/{}", other.name);
        Notes::new(&path, warnings).warn(None, "is ignored: the stages are prebuild, predeploy and postdeploy");
    }
    Ok(found)
}
