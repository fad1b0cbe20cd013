//! The tree that an archive's names make: nothing twice, nothing beneath a file or a link, no link that leads out.

use std::collections::HashMap;

use super::directory::Kind;
use crate::limits;

/// An entry's name as a path below the root: its names, each a plain one.
pub(super) fn path(name: &str) -> Result<Vec<&str>, String> {
    const DRIVE: usize = 2;
    if name.len() > limits::PATH_BYTES {
        return Err(format!("has a name of more than {} bytes", limits::PATH_BYTES));
    }
    if name.contains('\\') {
        return Err("has a backslash in its name: make the archive with forward slashes between folders".into());
    }
    if name.chars().any(char::is_control) {
        return Err("has a control character in its name: rename it".into());
    }
    if name.starts_with('/') || (name.as_bytes().get(1) == Some(&b':') && name.get(DRIVE..).is_some_and(starts_root)) {
        return Err("has an absolute name: make the archive with names relative to the application's folder".into());
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        return Err("leads out of the bundle (..): make the archive in the application's folder".into());
    }
    if parts.len() > limits::FOLDERS {
        return Err(format!("lies more than {} folders deep", limits::FOLDERS));
    }
    if parts.iter().any(|part| part.len() > limits::NAME_BYTES) {
        return Err(format!("has a name of more than {} bytes in its path", limits::NAME_BYTES));
    }
    Ok(parts)
}

fn starts_root(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// What stands at a place of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// A folder that a longer name needs.
    Implied,
    Directory,
    File,
    Link(String),
}

#[derive(Debug)]
struct Spot {
    name: String,
    parent: usize,
    place: Place,
}

/// The tree. Names that differ in upper and lower case only are taken for the same, since they are on some clients'
/// disks, where one would be lost.
#[derive(Debug)]
pub(super) struct Tree {
    spots: Vec<Spot>,
    below: HashMap<(usize, String), usize>,
}

const ROOT: usize = 0;

impl Tree {
    pub(super) fn new() -> Self {
        let root = Spot { name: String::new(), parent: ROOT, place: Place::Directory };
        Self { spots: vec![root], below: HashMap::new() }
    }

    fn place(&self, at: usize) -> &Place {
        self.spots.get(at).map_or(&Place::Implied, |spot| &spot.place)
    }

    /// Puts an entry into its place; gives the place.
    pub(super) fn add(&mut self, parts: &[&str], kind: Kind) -> Result<usize, String> {
        let Some((last, folders)) = parts.split_last() else {
            return match kind {
                Kind::Directory => Ok(ROOT),
                _ => Err("has no name".into()),
            };
        };
        let mut at = ROOT;
        for folder in folders {
            at = self.child(at, folder)?;
            match self.place(at) {
                Place::Implied | Place::Directory => {}
                Place::File => return Err(format!("lies beneath {:?}, which is a file", self.path(at))),
                Place::Link(_) => return Err(format!("lies beneath {:?}, which is a symbolic link", self.path(at))),
            }
        }
        let known = self.spots.len();
        at = self.child(at, last)?;
        let is_new = at == known;
        let before = self.place(at).clone();
        let place = match (kind, before) {
            (Kind::Directory, Place::Implied | Place::Directory) => Place::Directory,
            (Kind::File, Place::Implied) if is_new => Place::File,
            (Kind::Link, Place::Implied) if is_new => Place::Link(String::new()),
            (_, Place::Implied | Place::Directory) => return Err("has the name of a folder".into()),
            (Kind::Directory, _) => return Err("has the name of a file".into()),
            _ => return Err("is in the archive twice".into()),
        };
        if let Some(spot) = self.spots.get_mut(at) {
            spot.place = place;
        }
        Ok(at)
    }

    /// The place of a name in a folder, made when it is new.
    fn child(&mut self, folder: usize, name: &str) -> Result<usize, String> {
        let next = self.spots.len();
        let at = *self.below.entry((folder, fold(name))).or_insert(next);
        if at == next {
            if next > limits::NAMES {
                return Err(format!("is one too many: an archive may have {} files and folders", limits::NAMES));
            }
            self.spots.push(Spot { name: name.to_owned(), parent: folder, place: Place::Implied });
        }
        match self.spots.get(at) {
            Some(spot) if spot.name != name => {
                Err(format!("differs from {:?} in upper and lower case only: rename one", self.path(at)))
            }
            _ => Ok(at),
        }
    }

    fn path(&self, mut at: usize) -> String {
        let mut names = Vec::new();
        while let Some(spot) = self.spots.get(at).filter(|_| at != ROOT) {
            names.push(spot.name.as_str());
            at = spot.parent;
        }
        names.reverse();
        names.join("/")
    }

    /// Says where a link leads.
    pub(super) fn set_target(&mut self, at: usize, target: &str) {
        if let Some(Spot { place: place @ Place::Link(_), .. }) = self.spots.get_mut(at) {
            *place = Place::Link(target.to_owned());
        }
    }

    /// Whether a link, followed with every other link on its way, stays in the bundle. What is not in the archive is
    /// taken for folders that somebody could make.
    pub(super) fn stays(&self, link: usize) -> Result<(), String> {
        let outside =
            |target: &str| format!("is a symbolic link that leads out of the bundle, to {target:?}: leave it out");
        let Some(Spot { parent, place: Place::Link(target), .. }) = self.spots.get(link) else { return Ok(()) };
        let (mut at, mut missing, mut steps) = (*parent, 0_usize, 0);
        let mut todo: Vec<&str> = Vec::new();
        let mut follow: Option<&str> = Some(target);
        loop {
            if let Some(path) = follow.take() {
                if path.is_empty() || path.starts_with('/') {
                    return Err(outside(target));
                }
                todo.extend(path.split('/').rev());
            }
            let Some(part) = todo.pop() else { return Ok(()) };
            steps += 1;
            if steps > limits::LINK_STEPS {
                return Err(
                    "is a symbolic link that leads through too many others, or in a circle: leave it out".into()
                );
            }
            match part {
                "" | "." => {}
                ".." if missing > 0 => missing -= 1,
                ".." if at == ROOT => return Err(outside(target)),
                ".." => at = self.spots.get(at).map_or(ROOT, |spot| spot.parent),
                _ if missing > 0 => missing += 1,
                name => match self.below.get(&(at, fold(name))).and_then(|at| Some((*at, self.spots.get(*at)?))) {
                    Some((_, Spot { place: Place::Link(path), name: own, .. })) if own == name => follow = Some(path),
                    Some((found, Spot { name: own, .. })) if own == name => at = found,
                    _ => missing = 1,
                },
            }
        }
    }
}

fn fold(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}
