//! Files that are others in one moment.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Puts a file in another's place, or where none was, with these permissions. Whoever looks finds the one or the other,
/// whole, also when this process dies at any moment (rename(2)); after a power cut it may be neither. It is made beside
/// its place, under its name with `.new`: two that replace the same file at the same time must take turns.
///
/// # Errors
/// As open(2), write(2) and rename(2); the old file stands then.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    put(path, bytes, mode, false)
}

/// As [`replace`], and after a power cut it is the one or the other, too; once this has come back, the new one (fsync(2)
/// of the file and of its directory).
///
/// # Errors
/// As [`replace`], and fsync(2).
pub fn replace_durably(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    put(path, bytes, mode, true)
}

/// Gives a file another name in its directory, in place of who has it; once this has come back it has that name after a
/// power cut, too (fsync(2) of the directory).
///
/// # Errors
/// As rename(2), open(2) and fsync(2).
pub fn rename_durably(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn put(path: &Path, bytes: &[u8], mode: u32, durably: bool) -> io::Result<()> {
    let new = path.with_added_extension("new");
    // What an earlier process left has its permissions, or leads elsewhere.
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new)?;
        // Not as the umask has it.
        file.set_permissions(PermissionsExt::from_mode(mode))?;
        file.write_all(bytes)?;
        if !durably {
            return std::fs::rename(&new, path);
        }
        file.sync_all()?;
        rename_durably(&new, path)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&new);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_with_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let (path, aside) = (folder.path().join("a.json"), folder.path().join("a.json.new"));
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "victim").unwrap();
        // Left by somebody, or put there by somebody else.
        std::os::unix::fs::symlink(&victim, &aside).unwrap();
        for (text, mode) in [("one", 0o600), ("two, longer", 0o444), ("3", 0o666)] {
            for put in [replace, replace_durably] {
                put(&path, text.as_bytes(), mode).unwrap();
                assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
                assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
            }
        }
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "victim");
        assert!(!aside.exists());
    }

    #[test]
    fn what_cannot_be_replaced_stands_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("folder");
        std::fs::create_dir_all(path.join("full")).unwrap();
        assert!(replace(&path, b"x", 0o600).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("nowhere/x"), b"x", 0o600).is_err());
    }
}
