//! Paths as texts, as a Dockerfile has them: `/` between parts, whatever is on the disk.

/// Absolute, without `.` and `..`, which lead nowhere above the root.
pub(crate) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// A path that may be relative, seen from a directory.
pub(crate) fn join(below: &str, path: &str) -> String {
    if path.starts_with('/') { clean(path) } else { clean(&format!("{below}/{path}")) }
}

/// As [`clean`], but the `/./` that says where the kept directories begin stays.
pub(crate) fn pivot(path: &str) -> String {
    match path.split_once("/./") {
        Some((before, after)) => {
            format!("{}/./{}", clean(before).trim_end_matches('/'), clean(after).trim_start_matches('/'))
        }
        None => clean(path),
    }
}

/// The last part.
pub(crate) fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        assert_eq!(clean("../../a/./b//../c"), "/a/c");
        assert_eq!(join("/srv", "app"), "/srv/app");
        assert_eq!(join("/srv", "/app/"), "/app");
        assert_eq!(join("", ""), "/");
        assert_eq!(pivot("a/./b/../c"), "/a/./c");
        assert_eq!(base("/a/b/"), "b");
    }
}
