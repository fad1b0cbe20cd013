//! User namespaces: whose numbers a container's are, seen from the host.
//!
//! A container's files keep the numbers that they have inside: layers and volumes are shown to it through mounts that
//! map them (mount_setattr(2), `MOUNT_ATTR_IDMAP`; overlays of such mounts need Linux 5.19). So the same layers serve
//! containers with and without a user namespace, and nothing is changed on the disk.
//!
//! What takes the host's rights is done by a process that still has them:
//!
//! ```text
//!   shim ── fork ──► entrant: joins cgroups and given namespaces; mounts layers and binds, makes device nodes, all of
//!    │                 │      it attached nowhere; enters the user namespace
//!    │                 └── clone3(CLONE_PARENT, new namespaces) ──► init: as without a user namespace
//! ```

use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::PathBuf;

use oci::runtime::{IdMapping, Linux, NamespaceKind};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::error::Step;

/// The kernel's most lines of a table (user_namespaces(7)).
const MAX_LINES: usize = 340;

/// A container's user namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserNamespace {
    pub(crate) uids: Vec<IdMapping>,
    pub(crate) gids: Vec<IdMapping>,
    /// To join rather than to make.
    path: Option<PathBuf>,
}

impl UserNamespace {
    /// The one of a specification, if it asks for one.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for tables that the kernel would not take, and for tables without a namespace.
    pub fn of(linux: &Linux) -> Result<Option<Self>, Error> {
        let own = linux.namespaces.iter().find(|namespace| namespace.kind == NamespaceKind::User);
        let (uids, gids) = (&linux.uid_mappings, &linux.gid_mappings);
        let Some(own) = own else {
            return if uids.is_empty() && gids.is_empty() {
                Ok(None)
            } else {
                Err(Error::Unsupported("uidMappings and gidMappings without a user namespace".into()))
            };
        };
        if own.path.is_none() && (uids.is_empty() || gids.is_empty()) {
            return Err(Error::Unsupported("a user namespace without uidMappings and gidMappings".into()));
        }
        check(uids)?;
        check(gids)?;
        Ok(Some(Self { uids: uids.clone(), gids: gids.clone(), path: own.path.clone() }))
    }

    /// Opens the one to enter: that at the path, the owner of a network namespace that was prepared, or a new one.
    pub(crate) fn open(&self, network: Option<BorrowedFd<'_>>) -> Result<OwnedFd, Error> {
        match (&self.path, network) {
            (Some(path), _) => sys::namespace::open(path).step(|| format!("opening {}", path.display())),
            (None, Some(network)) => {
                sys::namespace::owner(network).step(|| "the owner of the network namespace".into())
            }
            (None, None) => mapped(&self.uids, &self.gids),
        }
    }

    /// The host's numbers for a user and a group of the container.
    pub(crate) fn outside(&self, uid: u32, gid: u32) -> Option<(u32, u32)> {
        Some((IdMapping::outside(&self.uids, uid)?, IdMapping::outside(&self.gids, gid)?))
    }
}

/// A user namespace with these tables.
pub(crate) fn mapped(uids: &[IdMapping], gids: &[IdMapping]) -> Result<OwnedFd, Error> {
    sys::namespace::mapped(0, &IdMapping::table(uids), &IdMapping::table(gids))
        .step(|| "making a user namespace".into())
}

/// A table that the kernel takes: not too long, and within the numbers there are.
pub(crate) fn check(table: &[IdMapping]) -> Result<(), Error> {
    let fits = |start: u32, size: u32| size > 0 && start.checked_add(size).is_some();
    match table.iter().find(|map| !fits(map.container_id, map.size) || !fits(map.host_id, map.size)) {
        Some(map) => Err(Error::Unsupported(format!(
            "the mapping of {} numbers from {} on to those from {} on",
            map.size, map.container_id, map.host_id
        ))),
        None if table.len() > MAX_LINES => {
            Err(Error::Unsupported(format!("{} mappings: the kernel takes {MAX_LINES}", table.len())))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use oci::runtime::Namespace;

    use super::*;

    fn map(container_id: u32, host_id: u32, size: u32) -> IdMapping {
        IdMapping { container_id, host_id, size }
    }

    #[test]
    fn tables_and_namespaces_go_together() {
        let user = Namespace { kind: NamespaceKind::User, path: None };
        let linux = |namespaces: &[Namespace], maps: &[IdMapping]| Linux {
            namespaces: namespaces.to_vec(),
            uid_mappings: maps.to_vec(),
            gid_mappings: maps.to_vec(),
            ..Linux::default()
        };
        let good = [map(0, 100_000, 65536)];
        assert_eq!(UserNamespace::of(&linux(&[], &[])).unwrap(), None);
        assert!(UserNamespace::of(&linux(&[], &good)).is_err());
        assert!(UserNamespace::of(&linux(std::slice::from_ref(&user), &[])).is_err());
        let own = UserNamespace::of(&linux(std::slice::from_ref(&user), &good)).unwrap().unwrap();
        assert_eq!(own.outside(5, 65535), Some((100_005, 165_535)));
        assert_eq!(own.outside(65536, 0), None);
        for wrong in [map(0, 1, 0), map(1, 0, u32::MAX), map(u32::MAX, 0, 2)] {
            assert!(check(&[wrong]).is_err(), "{wrong:?}");
        }
        assert!(check(&[good[0]; 341]).is_err());
    }
}
