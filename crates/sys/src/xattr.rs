//! Extended attributes of an open file, all of them.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::AsFd;
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
    // Nearly every file has none.
    match rustix::fs::flistxattr(file, &mut [0; 0]) {
        Ok(0) | Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let mut names = vec![0; LONGEST];
    let length = rustix::fs::flistxattr(file, &mut names[..])?;
    let mut found = Vec::new();
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = OsStr::from_bytes(name);
        match get(file, name)? {
            Some(value) => found.push((name.to_owned(), value)),
            None => continue,
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
