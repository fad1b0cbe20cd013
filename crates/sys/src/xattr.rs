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
}
