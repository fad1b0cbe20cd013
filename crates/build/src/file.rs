//! Changes of files that take no program: COPY, ADD, WORKDIR.

use std::collections::HashMap;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dockerfile::ignore::Patterns;
use oci::Digest;
use rustix::fs::{FileType, Mode, OFlags};
use tree::{Copy, Make, ModeChange, Owner, Selection, Verdict};

use crate::exec::input;
use crate::graph::{Action, CopyAction, Files, VertexId, digest_of};
use crate::snapshot::{Fresh, epoch, root_of};
use crate::solve::{Solving, Tree};
use crate::{Error, Result};

/// What a result depends on.
pub(crate) async fn key(solving: &Arc<Solving>, files: &Files, inputs: &HashMap<VertexId, Tree>) -> Result<Digest> {
    let base = input(inputs, files.base)?.layers()?;
    // A layer that can be laid upon anything is the same upon anything, but for names that are looked up below it.
    let looked_up = files.actions.iter().any(|action| action.owner().is_some_and(|owner| !is_numeric(owner)));
    let below: &[Digest] = if files.link && !looked_up { &[] } else { base };
    let mut said = Vec::new();
    for action in &files.actions {
        said.push(match action {
            Action::MakeDir { path, mode, owner } => format!("mkdir {path:?} {mode} {owner:?}"),
            Action::WriteFile { path, data, mode, owner } => format!("write {path:?} {data:?} {mode} {owner:?}"),
            Action::Copy(copy) => {
                let content = content(solving, copy, input(inputs, copy.from)?).await?;
                let CopyAction { source, target, owner, mode, parents, unpack, .. } = &**copy;
                // The name counts where what is copied goes into a directory.
                let name = (!source.contains(['*', '?', '['])).then(|| source.rsplit('/').next());
                let kept = if *parents { source.as_str() } else { "" };
                format!("copy {content} {name:?} {kept:?} {target:?} {owner:?} {mode:?} {parents} {unpack}")
            }
        });
    }
    Ok(digest_of(&("files", files.link, below, said, files.clamp)))
}

impl Action {
    fn owner(&self) -> Option<&str> {
        match self {
            Self::MakeDir { owner, .. } | Self::WriteFile { owner, .. } => owner.as_deref(),
            Self::Copy(copy) => copy.owner.as_deref(),
        }
    }
}

fn is_numeric(owner: &str) -> bool {
    owner.split(':').all(|part| part.bytes().all(|b| b.is_ascii_digit()))
}

async fn content(solving: &Arc<Solving>, copy: &CopyAction, from: &Tree) -> Result<Digest> {
    let wanted = Wanted::new(copy)?;
    let (solving, from) = (Arc::clone(solving), from.clone());
    let source = copy.source.clone();
    crate::blocking(move || {
        let root = root_of(solving.builder.engine().images(), &from)?;
        wanted.check_kept(&root).map_err(|error| missing(error, &source))?;
        let digested = wanted.with(&root, |selection| tree::digest(selection, Some(&solving.builder.0.solver.digests)));
        digested.map_err(|error| missing(error, &source))
    })
    .await
}

/// BuildKit's sentence, which people search for.
fn missing(error: tree::Error, source: &str) -> Error {
    match error {
        tree::Error::NotFound { path } => Error::from(crate::Why::NotFound(format!(
            "failed to compute cache key: failed to calculate checksum of {source:?}: {path:?}: not found: is it excluded by .dockerignore, or outside the context?"
        ))),
        other => other.into(),
    }
}

/// What a copy takes, parsed.
struct Wanted {
    path: PathBuf,
    /// Of the directories that lead to a source, those to be kept.
    kept: Option<Patterns>,
    /// What is to be kept, if it is one path.
    required: Option<PathBuf>,
    exclude: Patterns,
}

impl Wanted {
    fn new(copy: &CopyAction) -> Result<Self> {
        let patterns = |list: &[String]| Patterns::new(list).map_err(|error| Error::invalid(error.to_string()));
        let exclude = patterns(&copy.exclude)?;
        if !copy.parents {
            return Ok(Self { path: copy.source.clone().into(), kept: None, required: None, exclude });
        }
        let (before, after) = copy.source.split_once("/./").unwrap_or(("/", copy.source.trim_start_matches('/')));
        let kept = Some(patterns(&[after.to_owned()])?).filter(|kept| !kept.is_empty());
        let before = if before.is_empty() { "/" } else { before };
        let is_pattern = copy.source.contains(['*', '?', '[']);
        let required = (kept.is_some() && !is_pattern).then(|| Path::new(before).join(after));
        Ok(Self { path: before.into(), kept, required, exclude })
    }

    /// What is to be kept with its directories must be there, unless it is a pattern.
    fn check_kept(&self, root: &OwnedFd) -> tree::Result<()> {
        match &self.required {
            Some(path) => Selection::new(root.as_fd(), path).paths().map(drop),
            None => Ok(()),
        }
    }

    /// Calls with the selection that this is.
    fn with<T>(&self, root: &OwnedFd, work: impl FnOnce(&Selection<'_>) -> T) -> T {
        let filter = |path: &Path, directory: bool| self.verdict(path, directory);
        let filtered = self.kept.is_some() || !self.exclude.is_empty();
        work(&Selection {
            follow_links: true,
            wildcards: true,
            allow_none: true,
            contents: true,
            filter: filtered.then_some(&filter as _),
            ..Selection::new(root.as_fd(), &self.path)
        })
    }

    fn verdict(&self, path: &Path, directory: bool) -> Verdict {
        let path = path.to_string_lossy();
        if self.exclude.matches(&path) {
            return if directory && self.exclude.may_except_in(&path) { Verdict::Within } else { Verdict::Leave };
        }
        match &self.kept {
            None => Verdict::Take,
            Some(kept) if kept.matches(&path) => Verdict::Take,
            Some(_) if directory => Verdict::Within,
            Some(_) => Verdict::Leave,
        }
    }
}

/// Does it; gives the layers of the result and the bytes that the new one takes. Those of a linked copy lie upon nothing
/// yet.
pub(crate) async fn apply(
    solving: &Arc<Solving>,
    files: &Files,
    inputs: &HashMap<VertexId, Tree>,
) -> Result<(Vec<Digest>, u64)> {
    let base = input(inputs, files.base)?.layers()?.to_vec();
    let below = if files.link { Vec::new() } else { base.clone() };
    let fresh = Fresh::over(&solving.builder, below).await?;
    let ground = match ground(files, inputs)? {
        Some(path) => fresh.ground(path).await?,
        None => None,
    };
    let direct = ground.is_some();
    let target = match ground {
        Some(ground) => Arc::new(ground),
        None => Arc::new(fresh.mounted()?),
    };
    let clamp = files.clamp;
    for action in &files.actions {
        let owner = match action.owner() {
            Some(owner) => Some(resolve(solving, &base, owner).await?),
            None => None,
        };
        match action {
            Action::MakeDir { path, mode, .. } => {
                let (target, path, mode) = (Arc::clone(&target), path.clone(), *mode);
                let make = Make { mode, owner, time: clamp.map(epoch).transpose()? };
                crate::blocking(move || Ok(tree::make_dirs(target.as_fd(), Path::new(&path), &make)?)).await?;
            }
            Action::WriteFile { path, data, mode, .. } => {
                let (target, path, data) = (Arc::clone(&target), PathBuf::from(path), data.clone());
                // Without a time of its own a text in a Dockerfile has none.
                let make = Make { mode: *mode, owner, time: Some(epoch(clamp.unwrap_or(0))?) };
                crate::blocking(move || {
                    if let Some(parent) = path.parent() {
                        let above = Make { mode: 0o755, owner, time: make.time };
                        tree::make_dirs(target.as_fd(), parent, &above)?;
                    }
                    Ok(tree::write_file(target.as_fd(), &path, &data, &make)?)
                })
                .await?;
            }
            Action::Copy(copy) => transfer(solving, copy, input(inputs, copy.from)?, &target, owner, direct).await?,
        }
    }
    // An overlay that is mounted would keep what is sealed from being moved.
    drop(target);
    fresh.seal(clamp).await
}

/// Where all of it goes, if it is nothing but copies of directories that were received, whose files may then be shared
/// with the layer: neither is ever written in place.
fn ground<'a>(files: &'a Files, inputs: &HashMap<VertexId, Tree>) -> Result<Option<&'a str>> {
    let mut place = None;
    for action in &files.actions {
        let Action::Copy(copy) = action else { return Ok(None) };
        let received = matches!(input(inputs, copy.from)?, Tree::Directory(_));
        // Times that are set would be set in the source, too.
        if !received || copy.unpack || files.clamp.is_some() || *place.get_or_insert(&copy.target) != &copy.target {
            return Ok(None);
        }
    }
    Ok(place.map(String::as_str))
}

/// Lays what a linked copy has given upon what it was asked for: the same layer goes upon anything.
pub(crate) async fn lay(
    solving: &Arc<Solving>,
    files: &Files,
    linked: &Tree,
    inputs: &HashMap<VertexId, Tree>,
) -> Result<Tree> {
    let base = input(inputs, files.base)?.layers()?.to_vec();
    let Some(new) = linked.layers()?.last().cloned() else { return Ok(Tree::Layers(base)) };
    crate::snapshot::room_for_one_more(&base)?;
    let images = solving.builder.engine().images().clone();
    crate::blocking(move || {
        images.graft(&new, &[], &base)?;
        Ok(Tree::Layers(base.into_iter().chain([new]).collect()))
    })
    .await
}

async fn transfer(
    solving: &Arc<Solving>,
    copy: &CopyAction,
    from: &Tree,
    target: &Arc<OwnedFd>,
    owner: Option<Owner>,
    direct: bool,
) -> Result<()> {
    let wanted = Wanted::new(copy)?;
    let mode = copy.mode.as_deref().map(str::parse::<ModeChange>).transpose();
    let mode = mode.map_err(|error| Error::invalid(error.to_string()))?;
    let (solving, from, target) = (Arc::clone(solving), from.clone(), Arc::clone(target));
    let (source, to, unpack) = (copy.source.clone(), PathBuf::from(&copy.target), copy.unpack);
    crate::blocking(move || {
        let root = root_of(solving.builder.engine().images(), &from)?;
        let mode = mode.as_ref();
        if !unpack {
            return wanted.with(&root, |selection| {
                let share = direct.then_some(&solving.builder.0.solver.digests);
                let all = Copy { make_path: true, owner, mode, share, ..Copy::new(*selection, target.as_fd(), &to) };
                tree::copy(&all).map(drop).map_err(|error| missing(error, &source))
            });
        }
        let paths = wanted.with(&root, |selection| selection.paths()).map_err(|error| missing(error, &source))?;
        for path in paths {
            let what = Selection { follow_links: true, contents: true, ..Selection::new(root.as_fd(), &path) };
            let one = Copy { make_path: true, owner, mode, ..Copy::new(what, target.as_fd(), &to) };
            match archive(&root, &path)? {
                Some(stream) => unpack_into(&solving, stream, &one)?,
                None => drop(wanted.with_path(&path, &root, &one)?),
            }
        }
        Ok(())
    })
    .await
}

impl Wanted {
    /// As asked, of one of the paths that were found.
    fn with_path(&self, path: &Path, root: &OwnedFd, copy: &Copy<'_>) -> Result<tree::Copied> {
        let one = Self { path: path.to_owned(), kept: None, required: None, exclude: self.exclude.clone() };
        one.with(root, |selection| {
            let what = Selection { wildcards: false, ..*selection };
            tree::copy(&Copy { what, ..*copy }).map_err(|error| missing(error, &path.to_string_lossy()))
        })
    }
}

/// The file, if it is an archive.
fn archive(root: &OwnedFd, path: &Path) -> Result<Option<std::fs::File>> {
    let opened = sys::beneath::open(root, path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty());
    let file = std::fs::File::from(opened.map_err(|error| Error::io(format!("opening {}", path.display()), error))?);
    let kind = sys::beneath::kind(file.as_fd()).map_err(|error| Error::io("looking at a file", error))?;
    if kind != FileType::RegularFile {
        return Ok(None);
    }
    let is_archive = image::archive::is_archive(&file);
    std::io::Seek::rewind(&mut &file).map_err(|error| Error::io("reading an archive", error))?;
    Ok(is_archive.then_some(file))
}

/// Unpacks into the target, which is a directory then.
fn unpack_into(solving: &Solving, archive: std::fs::File, copy: &Copy<'_>) -> Result<()> {
    let make = Make { mode: 0o755, owner: copy.owner, time: copy.time };
    tree::make_dirs(copy.target, copy.to, &make)?;
    let unpack = |folder: &OwnedFd| {
        let path = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
        image::archive::decompress(archive)
            .map_err(|error| Error::io("reading an archive", error))
            .and_then(|plain| Ok(image::archive::unpack(plain, &path, image::archive::Contents::Files).map(drop)?))
    };
    if copy.owner.is_none() && copy.mode.is_none() {
        let folder = sys::beneath::open_dir(copy.target, copy.to);
        return unpack(&folder.map_err(|error| Error::io("opening the target of an archive", error))?);
    }
    // What is in it gets another owner or mode: by way of a directory of its own.
    let fresh = solving.builder.0.locals.temporary_blocking()?;
    let folder = sys::beneath::open_root(fresh.path()).map_err(|error| Error::io("opening a directory", error))?;
    unpack(&folder)?;
    let what = Selection { contents: true, ..Selection::new(folder.as_fd(), Path::new("/")) };
    tree::copy(&Copy { what, ..*copy })?;
    Ok(())
}

/// `user:group`, by numbers or by the names of the image that is built upon.
async fn resolve(solving: &Arc<Solving>, base: &[Digest], owner: &str) -> Result<Owner> {
    let (user, group) = owner.split_once(':').unwrap_or((owner, ""));
    let group = if group.is_empty() { user } else { group };
    if let (Ok(uid), Ok(gid)) = (user.parse(), group.parse()) {
        return Ok(Owner { uid, gid });
    }
    let (images, base) = (solving.builder.engine().images().clone(), base.to_vec());
    let (user, group) = (user.to_owned(), group.to_owned());
    crate::blocking(move || {
        let root = images.look(&base)?;
        let look_up =
            |text: &str| runtime::users::resolve(&root, text, &[]).map_err(|error| Error::invalid(error.to_string()));
        let user = match look_up(&user) {
            // BuildKit takes a name that the image does not know for root, unless there is no image at all.
            Err(_) if !is_numeric(&user) && !base.is_empty() => look_up("0")?.user,
            found => found?.user,
        };
        let gid = look_up(&format!("0:{group}")).map_or(user.gid, |found| found.user.gid);
        Ok(Owner { uid: user.uid, gid })
    })
    .await
}
