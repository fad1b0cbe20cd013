//! Links on the way to what a daemon asks for: a `COPY x/y` whose `x` is a link needs the link and what it points to.
//!
//! Source: tonistiigi/fsutil, `FollowLinks`.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use dockerfile::ignore::Patterns;

use crate::walk::{Kind, Tree};

/// The paths themselves and every link on the way, as patterns of what is included; empty when all is.
///
/// # Errors
/// When a directory on the way cannot be read.
pub(crate) fn follow(tree: &Tree, paths: &[String]) -> io::Result<Vec<String>> {
    let mut resolver = Resolver { tree, found: BTreeSet::new() };
    for path in paths {
        resolver.add(&clean(path))?;
    }
    Ok(without_inner(resolver.found))
}

struct Resolver<'a> {
    tree: &'a Tree,
    found: BTreeSet<String>,
}

impl Resolver<'_> {
    fn add(&mut self, path: &str) -> io::Result<()> {
        let mut current = String::new();
        let mut rest = path;
        loop {
            let (first, behind) = rest.split_once('/').unwrap_or((rest, ""));
            rest = behind;
            current = if current.is_empty() { first.to_owned() } else { format!("{current}/{first}") };
            let targets = self.targets(&current, true)?;
            if !rest.is_empty() && targets.is_empty() {
                continue;
            }
            if !self.found.insert(current) {
                return Ok(());
            }
            for target in targets {
                self.add(&clean(&format!("{target}/{rest}")))?;
            }
            return Ok(());
        }
    }

    /// Where a path points when it is a link; where all links point that a pattern in its last name matches.
    fn targets(&self, path: &str, wild: bool) -> io::Result<Vec<String>> {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        if wild && has_wildcards(name) {
            // A name is no exception, whatever it begins with.
            let escape = if name.starts_with('!') { "\\" } else { "" };
            let Ok(pattern) = Patterns::new([format!("{escape}{name}")]) else { return Ok(Vec::new()) };
            let mut targets = Vec::new();
            for (name, kind) in self.tree.list(Path::new(directory))?.unwrap_or_default() {
                let Some(name) = name.to_str().filter(|_| kind == Kind::Link) else { continue };
                if pattern.matches(name) {
                    targets.extend(self.targets(&join(directory, name), false)?);
                }
            }
            return Ok(targets);
        }
        let Some(link) = self.tree.link(Path::new(path))? else { return Ok(Vec::new()) };
        let Some(link) = link.to_str() else { return Ok(Vec::new()) };
        Ok(vec![if link.starts_with('/') { clean(link) } else { clean(&join(directory, link)) }])
    }
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// A path from the top of the tree, without `.` and `..`, which lead nowhere above it. The top itself is `.`.
fn clean(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

fn has_wildcards(name: &str) -> bool {
    let mut characters = name.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

/// Without what lies in a directory that is among them; the top means everything.
fn without_inner(sorted: BTreeSet<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for path in sorted {
        if path == "." {
            return Vec::new();
        }
        if kept.last().is_none_or(|last| !path.starts_with(&format!("{last}/"))) {
            kept.push(path);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_within_the_tree() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir_all(at("real/sub")).unwrap();
        std::fs::write(at("real/sub/file"), "x").unwrap();
        symlink("real", at("one")).unwrap();
        symlink("/one/sub", at("two")).unwrap();
        symlink("../../../etc", at("out")).unwrap();
        symlink("loop", at("loop")).unwrap();
        let tree = Tree::open(directory.path()).unwrap();
        let followed =
            |paths: &[&str]| follow(&tree, &paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>()).unwrap();
        assert_eq!(followed(&["/two/file"]), ["one", "real/sub/file", "two"]);
        assert_eq!(followed(&["real/sub"]), ["real/sub"]);
        assert_eq!(followed(&["out/passwd"]), ["etc/passwd", "out"]);
        assert_eq!(followed(&["loop", "gone/x"]), ["gone/x", "loop"]);
        assert_eq!(followed(&["o*"]), ["etc", "o*", "real"]);
        assert!(followed(&["."]).is_empty());
        assert!(followed(&["real", "/"]).is_empty());
    }
}
