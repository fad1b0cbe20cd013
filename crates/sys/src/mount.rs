//! The new mount API: fsopen, fsmount, open_tree, move_mount, mount_setattr.
