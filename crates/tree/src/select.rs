//! Which files are meant.

use std::os::fd::BorrowedFd;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::AtomicBool;

use rustix::fs::FileType;

use crate::find::{Place, find, folder};
use crate::{Error, Result, pattern};

/// Files of a tree.
#[derive(Clone, Copy)]
pub struct Selection<'a> {
    /// The tree's root.
    pub root: BorrowedFd<'a>,
    /// From there, with `..` taken as text. Links on the way are followed as in a chroot.
    pub path: &'a Path,
    /// The last part of the path is followed, too, if it is a link.
    pub follow_links: bool,
    /// The path is a pattern ([`pattern::matches`]) from its first part on that has a special character.
    pub wildcards: bool,
    /// A pattern that fits nothing means nothing; otherwise it is an error.
    pub allow_none: bool,
    /// Of a directory its contents are meant, and not the directory itself.
    pub contents: bool,
    /// What is taken of a directory, by the path from there and whether it is a directory. The directory itself always
    /// is. Without a filter everything is.
    pub filter: Option<Filter<'a>>,
    /// Set when nobody wants the result any more.
    pub stop: Option<&'a AtomicBool>,
}

/// Says of a path, and of whether a directory is there, what is taken.
pub type Filter<'a> = &'a (dyn Fn(&Path, bool) -> Verdict + Sync);

/// What a filter says of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken.
    Take,
    /// It is a directory that is not taken for itself, but what is in it may be; then so is the directory.
    Within,
    /// Neither it nor anything in it is taken.
    Leave,
}

impl<'a> Selection<'a> {
    /// Everything at a path, links not followed.
    pub fn new(root: BorrowedFd<'a>, path: &'a Path) -> Self {
        Self {
            root,
            path,
            follow_links: false,
            wildcards: false,
            allow_none: false,
            contents: false,
            filter: None,
            stop: None,
        }
    }

    /// What the path means: itself, or what the pattern fits, in order.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Io`].
    pub fn paths(&self) -> Result<Vec<PathBuf>> {
        Ok(self.places()?.into_iter().map(|(path, _)| path).collect())
    }

    /// What the path means, each with the name that it was found by, in order.
    pub(crate) fn places(&self) -> Result<Vec<(PathBuf, Place)>> {
        let whole = clean(self.path);
        let parts: Vec<_> = whole.components().collect();
        let special = parts.iter().position(|part| self.wildcards && pattern::is_pattern(part.as_os_str()));
        let Some(special) = special else {
            let place = find(self.root, &whole, self.follow_links, None).map_err(|error| Error::io(&whole, error))?;
            if place.stat.is_none() {
                return Err(Error::NotFound { path: whole });
            }
            return Ok(vec![(whole, place)]);
        };
        let (fixed, patterns) = parts.split_at(special);
        let fixed: PathBuf = fixed.iter().collect();
        let base = find(self.root, &fixed, self.follow_links, None).map_err(|error| Error::io(&fixed, error))?;
        if base.stat.is_none() {
            return Err(Error::NotFound { path: whole });
        }
        let mut found = vec![(fixed, base)];
        for part in patterns {
            let mut next = Vec::new();
            for (path, place) in found.iter().filter(|(_, place)| place.kind() == Some(FileType::Directory)) {
                let failed = |error| Error::io(path, error);
                let opened = folder(&place.parent, &place.name).map_err(failed)?;
                for name in sys::beneath::entries(&opened).map_err(failed)? {
                    if pattern::matches(part.as_os_str(), &name) {
                        let place = Place::of(&opened, name.clone()).map_err(failed)?;
                        next.push((path.join(name), place));
                    }
                }
            }
            found = next;
        }
        if self.follow_links {
            for (path, place) in &mut found {
                *place = find(self.root, path, true, None).map_err(|error| Error::io(path, error))?;
            }
        }
        match found.iter().find(|(_, place)| place.stat.is_none()) {
            Some((path, _)) => Err(Error::NotFound { path: path.clone() }),
            None if found.is_empty() && !self.allow_none => Err(Error::NotFound { path: whole }),
            None => Ok(found),
        }
    }
}

/// A path from the root without `.` and `..`, which are taken as text.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::ParentDir => {
                clean.pop();
            }
            _ => {}
        }
    }
    clean
}
