//! Fresh snapshots that become layers, and looking into trees.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oci::Digest;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use words::Timestamp;

use crate::solve::{Solving, Tree};
use crate::{Builder, Error, Result};

/// A snapshot that is being written. It goes when it is dropped, unless it has become a layer.
pub(crate) struct Fresh {
    builder: Builder,
    key: String,
    base: Vec<Digest>,
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let images = self.builder.engine().images().clone();
        let key = std::mem::take(&mut self.key);
        if !key.is_empty() {
            // A tree takes a while to remove, and this may be an asynchronous thread.
            std::thread::spawn(move || {
                if let Err(error) = images.remove_snapshot(&key) {
                    tracing::warn!(key, %error, "removing a snapshot of the builder");
                }
            });
        }
    }
}

/// What a mount point's place was before it was made: the first directory that was not there.
pub(crate) struct Stub {
    /// The last directory that was there, and its times.
    above: PathBuf,
    times: Option<rustix::fs::Timestamps>,
    /// The first that was not, and all below it down to the mount point.
    made: Vec<PathBuf>,
}

impl Fresh {
    pub(crate) async fn over(builder: &Builder, base: Vec<Digest>) -> Result<Self> {
        room_for_one_more(&base)?;
        let key = format!("build-{}", words::ExecId::random().as_str());
        let (images, wanted) = (builder.engine().images().clone(), key.clone());
        let fresh = Self { builder: builder.clone(), key, base };
        crate::blocking(move || Ok(images.prepare(&wanted)?)).await?;
        Ok(fresh)
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The snapshot over its layers, mounted nowhere, to be written to.
    pub(crate) fn mounted(&self) -> Result<OwnedFd> {
        let overlay = self.builder.engine().images().stack_bare(&self.key, &self.base);
        let upper = Some((overlay.upper.as_path(), overlay.work.as_path()));
        sys::mount::overlay(&overlay.lower, upper, sys::mount::Attributes::empty())
            .map_err(|error| Error::io("mounting a snapshot", error))
    }

    /// The snapshot's own directory, if a copy to this path meets nothing of what is below but directories on the way:
    /// then there is nothing that an overlay would have to merge. The directories on the way are made.
    pub(crate) async fn ground(&self, path: &str) -> Result<Option<OwnedFd>> {
        let images = self.builder.engine().images().clone();
        let (upper, base, path) = (images.upper(&self.key), self.base.clone(), path.to_owned());
        crate::blocking(move || {
            let view = images.look(&base)?;
            let Some(above) = ways(&view, &path).map_err(|error| Error::io("looking at a snapshot", error))? else {
                return Ok(None);
            };
            let failed = |error| Error::io(format!("making the directories of {path}"), error);
            let root = sys::beneath::open_root(&upper).map_err(failed)?;
            for (folder, stat) in &above {
                make_alike(&root, folder, stat).map_err(failed)?;
            }
            Ok(Some(root))
        })
        .await
    }

    /// Turns what was written into a layer; gives all layers, and the bytes that the new one takes.
    pub(crate) async fn seal(mut self, clamp: Option<i64>) -> Result<(Vec<Digest>, u64)> {
        let images = self.builder.engine().images().clone();
        let (key, base) = (std::mem::take(&mut self.key), std::mem::take(&mut self.base));
        let clamp = clamp.map(epoch).transpose()?;
        crate::blocking(move || {
            let sealed = images.seal(&key, &base, clamp);
            if sealed.is_err() {
                let _ = images.remove_snapshot(&key);
            }
            let sealed = sealed?;
            let mut layers = base;
            layers.push(sealed.diff_id);
            Ok((layers, sealed.size))
        })
        .await
    }

    /// Which of these mount points are not there yet.
    pub(crate) async fn missing(&self, targets: Vec<PathBuf>) -> Result<Vec<Stub>> {
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let (images, base) = (self.builder.engine().images().clone(), self.base.clone());
        crate::blocking(move || {
            let root = images.look(&base)?;
            Ok(targets.iter().filter_map(|target| stub(&root, target)).collect())
        })
        .await
    }

    /// Takes away the mount points that were made for a step, where the step has left them empty: they are no change
    /// that it made.
    pub(crate) async fn remove_stubs(&self, stubs: Vec<Stub>) -> Result<()> {
        if stubs.is_empty() {
            return Ok(());
        }
        let upper = self.builder.engine().images().upper(&self.key);
        crate::blocking(move || {
            let root = sys::beneath::open_root(&upper).map_err(|error| Error::io("opening a snapshot", error))?;
            stubs.iter().for_each(|stub| remove_stub(&root, stub));
            Ok(())
        })
        .await
    }
}

/// Refuses a layer beyond what an image may have.
pub(crate) fn room_for_one_more(layers: &[Digest]) -> Result<()> {
    if layers.len() < image::limits::LAYERS {
        return Ok(());
    }
    Err(Error::invalid(format!("max depth exceeded: an image has at most {} layers", image::limits::LAYERS)))
}

/// The directories that lead to a path and are there, with what they are; `None` if something else is on the way, or
/// something is at the path already.
fn ways(view: &OwnedFd, path: &str) -> std::io::Result<Option<Vec<(PathBuf, rustix::fs::Stat)>>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut folder = rustix::fs::openat(view, ".", flags, Mode::empty())?;
    let (mut found, mut whole) = (Vec::new(), PathBuf::new());
    for part in path.split('/').filter(|part| !part.is_empty()) {
        whole.push(part);
        folder = match rustix::fs::openat(&folder, part, flags, Mode::empty()) {
            Ok(folder) => folder,
            Err(rustix::io::Errno::NOENT) => return Ok(Some(found)),
            Err(rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        found.push((whole.clone(), rustix::fs::fstat(&folder)?));
    }
    let mut entries = rustix::fs::Dir::read_from(&folder)?;
    let is_empty = entries.all(|entry| entry.is_ok_and(|entry| matches!(entry.file_name().to_bytes(), b"." | b"..")));
    Ok(is_empty.then_some(found))
}

/// Makes a directory as overlayfs would copy it up.
fn make_alike(root: &OwnedFd, path: &Path, stat: &rustix::fs::Stat) -> std::io::Result<()> {
    use rustix::fs::{Gid, Uid};
    let made = sys::beneath::make_dirs(root, path, Mode::from(0o755))?;
    let made = sys::beneath::open(&made, Path::new("."), OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
    rustix::fs::fchown(&made, Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid)))?;
    rustix::fs::fchmod(&made, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
    Ok(rustix::fs::futimens(&made, &times_of(stat))?)
}

/// A moment given in seconds since 1970.
pub(crate) fn epoch(seconds: i64) -> Result<Timestamp> {
    Timestamp::from_nanos(i128::from(seconds) * 1_000_000_000)
        .ok_or_else(|| Error::invalid(format!("SOURCE_DATE_EPOCH: {seconds} is no moment that can be told")))
}

fn stub(root: &OwnedFd, target: &Path) -> Option<Stub> {
    let exists = |path: &Path| sys::beneath::open(root, path, OFlags::PATH, Mode::empty()).ok();
    let mut made = Vec::new();
    let mut above = target.to_owned();
    loop {
        if let Some(found) = exists(&above) {
            let times = rustix::fs::fstat(&found).ok().map(|stat| times_of(&stat));
            return (!made.is_empty()).then_some(Stub { above, times, made });
        }
        made.push(above.clone());
        above = above.parent()?.to_owned();
    }
}

fn times_of(stat: &rustix::fs::Stat) -> rustix::fs::Timestamps {
    let time =
        |seconds, nanos: u64| rustix::fs::Timespec { tv_sec: seconds, tv_nsec: i64::try_from(nanos).unwrap_or(0) };
    rustix::fs::Timestamps {
        last_access: time(stat.st_atime, stat.st_atime_nsec),
        last_modification: time(stat.st_mtime, stat.st_mtime_nsec),
    }
}

/// What is not empty stays; nothing else can be in the way.
fn remove_stub(root: &OwnedFd, stub: &Stub) {
    // From the mount point upward.
    for path in &stub.made {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return };
        let Ok(folder) = sys::beneath::open_dir(root, parent) else { return };
        let Ok(stat) = rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) else { return };
        let removed = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => rustix::fs::unlinkat(&folder, name, AtFlags::REMOVEDIR),
            FileType::RegularFile if stat.st_size == 0 => rustix::fs::unlinkat(&folder, name, AtFlags::empty()),
            _ => return,
        };
        if removed.is_err() {
            return;
        }
    }
    if let (Some(times), Ok(folder)) = (&stub.times, sys::beneath::open_dir(root, &stub.above)) {
        let _ = rustix::fs::utimensat(&folder, "", times, AtFlags::EMPTY_PATH);
    }
}

/// Opens the root of a tree for reading. Blocks for a moment.
pub(crate) fn root_of(images: &image::Images, tree: &Tree) -> Result<OwnedFd> {
    match tree {
        Tree::Layers(layers) => Ok(images.look(layers)?),
        Tree::Directory(directory) => sys::beneath::open_root(directory.path())
            .map_err(|error| Error::io(format!("opening {}", directory.path().display()), error)),
    }
}

/// The content of a part of a tree.
pub(crate) async fn digest(solving: &Arc<Solving>, tree: &Tree, path: &Path) -> Result<Digest> {
    let (builder, tree, path) = (solving.builder.clone(), tree.clone(), path.to_owned());
    crate::blocking(move || {
        let root = root_of(builder.engine().images(), &tree)?;
        let selection = tree::Selection { contents: true, ..tree::Selection::new(root.as_fd(), &path) };
        Ok(tree::digest(&selection, Some(&builder.0.solver.digests))?)
    })
    .await
}

/// Makes a directory that a cache mount begins with.
pub(crate) async fn begin_directory(
    solving: &Arc<Solving>,
    path: &Path,
    (mode, uid, gid): (u32, u32, u32),
    begin: Option<(&Tree, &str)>,
) -> Result<()> {
    let images = solving.builder.engine().images().clone();
    let begin = begin.map(|(tree, source)| (tree.clone(), source.to_owned()));
    let path = path.to_owned();
    crate::blocking(move || {
        let failed = |error: std::io::Error| Error::io(format!("making {}", path.display()), error);
        std::fs::create_dir(&path).map_err(failed)?;
        std::os::unix::fs::chown(&path, Some(uid), Some(gid)).map_err(failed)?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(&path, mode).map_err(failed)?;
        let Some((tree, source)) = begin else { return Ok(()) };
        let (from, into) = (root_of(&images, &tree)?, sys::beneath::open_root(&path).map_err(failed)?);
        let what = tree::Selection { contents: true, ..tree::Selection::new(from.as_fd(), Path::new(&source)) };
        tree::copy(&tree::Copy {
            what,
            target: into.as_fd(),
            to: Path::new("/"),
            make_path: false,
            owner: None,
            mode: None,
            time: None,
            replace: false,
            share: None,
        })?;
        Ok(())
    })
    .await
}
