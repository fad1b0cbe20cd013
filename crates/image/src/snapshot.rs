//! Snapshots: what one container wrote, over the layers of its image.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use oci::Digest;
use oci::image::Config;
use sys::mount::Attributes;

use crate::content::temporary;
use crate::layer::chain_ids;
use crate::{Error, Images, Result};

/// The directories of an overlay mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// Read-only layers, topmost first.
    pub lower: Vec<PathBuf>,
    /// What the container writes.
    pub upper: PathBuf,
    /// Overlayfs's own directory.
    pub work: PathBuf,
}

/// Two directories with nothing in them.
const EMPTY: [&str; 2] = ["empty/one", "empty/two"];

impl Images {
    fn snapshot(&self, key: &str) -> PathBuf {
        self.0.root.join("snapshots").join(key)
    }

    /// Makes the directories of a snapshot unless they are there. Blocks for a moment.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn prepare(&self, key: &str) -> Result<()> {
        let snapshot = self.snapshot(key);
        for folder in ["upper", "work"] {
            let path = snapshot.join(folder);
            match std::fs::create_dir_all(&path) {
                Ok(()) => {}
                Err(error) => return Err(Error::io(&path, error)),
            }
        }
        Ok(())
    }

    /// The directories of a snapshot over an image.
    pub fn overlay(&self, key: &str, config: &Config) -> Overlay {
        self.stack(key, &config.rootfs.diff_ids)
    }

    /// The directories of a snapshot over these layers, by their diff ids, lowest first.
    pub fn stack(&self, key: &str, layers: &[Digest]) -> Overlay {
        let snapshot = self.snapshot(key);
        let mut lower = self.directories(layers);
        lower.push(self.0.root.join("init"));
        Overlay { lower, upper: snapshot.join("upper"), work: snapshot.join("work") }
    }

    /// Whether all of these layers are here, by their diff ids, lowest first. Blocks for a moment.
    pub fn has_layers(&self, layers: &[Digest]) -> bool {
        chain_ids(layers).iter().all(|chain| self.0.layers.has(chain))
    }

    /// As [`Images::stack`], without the places for what every container has mounts on: for changes of files that no
    /// program makes.
    pub fn stack_bare(&self, key: &str, layers: &[Digest]) -> Overlay {
        Overlay { lower: self.directories_of(layers), ..self.stack(key, &[]) }
    }

    /// The directories of an overlay of these layers, topmost first; the lowest are empty.
    pub fn directories_of(&self, layers: &[Digest]) -> Vec<PathBuf> {
        let mut directories = self.directories(layers);
        // An overlay without an upper directory takes two lower ones at least.
        directories.extend(EMPTY.map(|name| self.0.root.join(name)));
        directories
    }

    /// The directories of an overlay that shows a directory of the host's.
    pub fn directories_over_nothing(&self, directory: &Path) -> Vec<PathBuf> {
        std::iter::once(directory.to_owned()).chain(self.directories_of(&[])).collect()
    }

    /// The directories of these layers, topmost first.
    fn directories(&self, layers: &[Digest]) -> Vec<PathBuf> {
        chain_ids(layers).iter().rev().map(|chain| self.0.layers.diff(chain)).collect()
    }

    /// A read-only view of what a container that does not run sees: a mount that is nowhere in the mount table and
    /// goes with its descriptor. Blocks for a moment.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn view(&self, key: &str, config: &Config) -> Result<OwnedFd> {
        let Overlay { lower, upper, .. } = self.overlay(key, config);
        mount_read_only(std::iter::once(upper).chain(lower).collect())
    }

    /// A read-only view of layers alone, by their diff ids, lowest first; of none, an empty directory. A mount that is
    /// nowhere in the mount table and goes with its descriptor. Blocks for a moment.
    ///
    /// # Errors
    /// [`Error::Missing`] when a layer is not here, [`Error::Io`].
    pub fn look(&self, layers: &[Digest]) -> Result<OwnedFd> {
        self.check_layers(layers)?;
        mount_read_only(self.directories_of(layers))
    }

    /// The same with a directory of the host's above the layers, which must stay as long as the view.
    ///
    /// # Errors
    /// As [`Images::look`].
    pub fn look_below(&self, above: &Path, layers: &[Digest]) -> Result<OwnedFd> {
        self.check_layers(layers)?;
        mount_read_only(std::iter::once(above.to_owned()).chain(self.directories_of(layers)).collect())
    }

    fn check_layers(&self, layers: &[Digest]) -> Result<()> {
        match chain_ids(layers).iter().zip(layers).find(|(chain, _)| !self.0.layers.has(chain)) {
            Some((_, diff_id)) => Err(Error::Missing(diff_id.clone())),
            None => Ok(()),
        }
    }

    /// Removes a snapshot: out of sight at once, and from the disk by and by. Blocks for a moment.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn remove_snapshot(&self, key: &str) -> Result<()> {
        let (snapshot, trash) = (self.snapshot(key), temporary(&self.0.root.join("trash")));
        match std::fs::rename(&snapshot, &trash) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Error::io(&snapshot, error)),
        }
        crate::remove(&trash);
        Ok(())
    }

    /// The keys of all snapshots. Blocks.
    pub fn snapshots(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.root.join("snapshots")).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// Where a container's own files are on the disk.
    pub fn upper(&self, key: &str) -> PathBuf {
        self.snapshot(key).join("upper")
    }

    /// Bytes that a container's own files take on the disk. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn usage(&self, key: &str) -> Result<u64> {
        let upper = self.upper(key);
        Ok(usage(&upper))
    }

    /// Copies what a container has at a path into an empty directory of the host: how a new volume is filled. Nothing
    /// happens when there is no such directory. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`] and what [`crate::archive::unpack`] gives.
    pub fn copy_up(&self, key: &str, config: &Config, path: &Path, target: &Path) -> Result<()> {
        use rustix::fs::OFlags;
        let view = self.view(key, config)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let Ok(source) = sys::beneath::open(&view, path, flags, rustix::fs::Mode::empty()) else { return Ok(()) };
        copy_attributes(&source, target).map_err(|error| Error::io(target, error))?;
        let (reader, writer) = std::io::pipe().map_err(|error| Error::io(target, error))?;
        std::thread::scope(|scope| {
            let packing =
                scope.spawn(move || crate::archive::pack(&source, writer, crate::archive::Whiteouts::Keep).map(drop));
            let unpacked = crate::archive::unpack(reader, target, crate::archive::Contents::Files);
            match packing.join() {
                Ok(Ok(())) => unpacked.map(drop),
                Ok(Err(error)) => Err(Error::io(path, error)),
                Err(_) => Err(Error::Broken("copying a directory".into())),
            }
        })
    }
}

fn mount_read_only(directories: Vec<PathBuf>) -> Result<OwnedFd> {
    let mounted = sys::mount::overlay(&directories, None, Attributes::MOUNT_ATTR_RDONLY);
    mounted.map_err(|error| Error::io(directories.first().map_or(Path::new("/"), PathBuf::as_path), error))
}

/// What lies below the layers in a view of these alone.
pub(crate) fn make_empty_layers(root: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    EMPTY.iter().try_for_each(|name| {
        let path = root.join(name);
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o755).create(&path);
        made.map_err(|error| Error::io(&path, error))
    })
}

/// What every container has mounts on, whatever its image holds: the lowest layer of all, so that an image's own files
/// come first and what the engine needs is no change that the container made.
pub(crate) fn make_init_layer(root: &Path) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| Error::io(&path, error)
    };
    for folder in ["dev", "dev/pts", "dev/shm", "etc", "proc", "sys"] {
        let path = root.join(folder);
        std::fs::DirBuilder::new().recursive(true).mode(0o755).create(&path).map_err(failed(&path))?;
    }
    for file in [".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/resolv.conf"] {
        let path = root.join(file);
        let options = std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o755).clone();
        options.open(&path).map_err(failed(&path))?;
    }
    let mtab = root.join("etc/mtab");
    match std::os::unix::fs::symlink("/proc/mounts", &mtab) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(Error::io(&mtab, error)),
        _ => Ok(()),
    }
}

/// The directory itself gets its owner and mode, too.
fn copy_attributes(source: &OwnedFd, target: &Path) -> std::io::Result<()> {
    let stat = rustix::fs::fstat(source)?;
    let target = std::fs::File::open(target)?;
    rustix::fs::fchown(
        &target,
        Some(rustix::fs::Uid::from_raw(stat.st_uid)),
        Some(rustix::fs::Gid::from_raw(stat.st_gid)),
    )?;
    Ok(rustix::fs::fchmod(&target, rustix::fs::Mode::from_raw_mode(stat.st_mode & 0o7777))?)
}

/// Bytes that the files of a tree take. A running container changes it meanwhile: what is gone counts as nothing.
fn usage(root: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let (mut bytes, mut folders) = (0, vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => bytes += metadata.blocks() * 512,
                Err(_) => {}
            }
        }
    }
    bytes
}
