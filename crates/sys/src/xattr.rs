//! Extended attributes of files, all of them.

use std::ffi::{CStr, OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;

use rustix::io::Errno;

/// The longest list of names, and the longest value (xattr(7)).
const LONGEST: usize = 64 << 10;

/// Names and values, sorted by name; none where the file system has none.
///
/// # Errors
/// As flistxattr(2) and fgetxattr(2).
pub fn all(file: impl AsFd) -> io::Result<Vec<(OsString, Vec<u8>)>> {
    let file = file.as_fd();
    // Nearly every file has none, or few.
    let (mut few, mut many) = ([0; 256], Vec::new());
    let mut names = &mut few[..];
    let length = loop {
        match rustix::fs::flistxattr(file, &mut *names) {
            Ok(0) | Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
            Ok(length) => break length,
            Err(Errno::RANGE) if names.len() < LONGEST => {
                many.resize(LONGEST, 0);
                names = &mut many;
            }
            Err(error) => return Err(error.into()),
        }
    };
    let mut found = Vec::new();
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = OsStr::from_bytes(name);
        if let Some(value) = get(file, name)? {
            found.push((name.to_owned(), value));
        }
    }
    found.sort();
    Ok(found)
}

/// One value, or that there is none.
///
/// # Errors
/// As fgetxattr(2).
pub fn get(file: impl AsFd, name: &OsStr) -> io::Result<Option<Vec<u8>>> {
    let file = file.as_fd();
    let mut value = vec![0; 256];
    loop {
        match rustix::fs::fgetxattr(file, name, &mut value[..]) {
            Ok(length) => {
                value.truncate(length);
                return Ok(Some(value));
            }
            Err(Errno::RANGE) if value.len() < LONGEST => value.resize(LONGEST, 0),
            Err(Errno::NODATA | Errno::OPNOTSUPP) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether a file in a directory has any attributes; a link itself, not what it leads to.
///
/// # Errors
/// As listxattrat(2); `ENOSYS` before Linux 6.13.
pub fn has_any(folder: impl AsFd, name: &CStr) -> io::Result<bool> {
    const LISTXATTRAT: libc::c_long = 465; // include/uapi/asm-generic/unistd.h, the same for every architecture
    // SAFETY: a NUL-terminated path; no list is written where its size is said to be 0.
    let length = unsafe {
        libc::syscall(
            LISTXATTRAT,
            folder.as_fd().as_raw_fd(),
            name.as_ptr(),
            libc::AT_SYMLINK_NOFOLLOW,
            std::ptr::null_mut::<u8>(),
            0_usize,
        )
    };
    if length < 0 { Err(io::Error::last_os_error()) } else { Ok(length > 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_found() {
        let path = std::env::temp_dir().join(format!("sys-xattr-{}", std::process::id()));
        let file = std::fs::File::create(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(all(&file).unwrap(), []);
        let long = vec![b'x'; 1000];
        for (name, value) in [("user.b", b"2".as_slice()), ("user.long", &long), ("user.a", b"1"), ("user.none", b"")] {
            rustix::fs::fsetxattr(&file, name, value, rustix::fs::XattrFlags::empty()).unwrap();
        }
        let names: Vec<_> = all(&file).unwrap().into_iter().map(|(name, value)| (name, value.len())).collect();
        let expected = [("user.a", 1), ("user.b", 1), ("user.long", 1000), ("user.none", 0)];
        assert_eq!(names, expected.map(|(name, length)| (name.into(), length)));
        assert_eq!(get(&file, OsStr::new("user.nosuch")).unwrap(), None);
    }

    #[test]
    fn a_file_with_attributes_is_told_from_one_without() {
        let folder = std::env::temp_dir().join(format!("sys-xattr-in-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let opened = std::fs::File::open(&folder).unwrap();
        let with = std::fs::File::create(folder.join("with")).unwrap();
        rustix::fs::fsetxattr(&with, "user.a", b"1", rustix::fs::XattrFlags::empty()).unwrap();
        std::fs::write(folder.join("without"), "").unwrap();
        std::os::unix::fs::symlink("with", folder.join("link")).unwrap();
        let found = [c"with", c"without", c"link"].map(|name| has_any(&opened, name).ok());
        let gone = has_any(&opened, c"gone").unwrap_err();
        std::fs::remove_dir_all(&folder).unwrap();
        if gone.raw_os_error() != Some(libc::ENOSYS) {
            assert_eq!(gone.kind(), io::ErrorKind::NotFound);
            assert_eq!(found, [Some(true), Some(false), Some(false)]);
        }
    }
}
