//! Which files of a directory are sent: those that the daemon asks for and that are not left out.

use dockerfile::ignore::{Matched, PatternError, Patterns, clean};

/// Which files are sent.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    includes: Option<Includes>,
    excludes: Option<Patterns>,
}

/// What is asked for.
#[derive(Debug)]
struct Includes {
    patterns: Patterns,
    /// The patterns as paths of directories. `None`: some of them have wild cards, so that they may mean something in
    /// any directory.
    paths: Option<Vec<String>>,
}

/// What the filter says of an entry, and what it needs for what is in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict {
    /// It is sent.
    pub(crate) kept: bool,
    /// It is a directory in which nothing is sent.
    pub(crate) prune: bool,
    included: Matched,
    excluded: Matched,
}

impl Includes {
    fn new(lines: &[String]) -> Result<Self, PatternError> {
        let mut paths = Some(Vec::new());
        for line in lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty() && !line.starts_with('!')) {
            let path = clean(line);
            let path = path.strip_suffix("/**").unwrap_or(&path);
            let path = path.strip_suffix("/*").unwrap_or(path);
            if path.contains(['*', '[', ']', '?', '^', '\\']) {
                paths = None;
                break;
            }
            paths.iter_mut().for_each(|paths| paths.push(format!("{path}/")));
        }
        Ok(Self { patterns: Patterns::new(lines)?, paths })
    }

    /// Whether something in a directory that is not asked for may be.
    fn may_reach_into(&self, directory: &str) -> bool {
        let directory = format!("{directory}/");
        self.paths.as_ref().is_none_or(|paths| paths.iter().any(|path| path.starts_with(&directory)))
    }
}

impl Filter {
    /// A filter by the patterns that a daemon sends; an empty list of includes means everything.
    ///
    /// # Errors
    /// When a pattern makes no sense; the words say which.
    pub(crate) fn new(includes: &[String], excludes: &[String]) -> Result<Self, String> {
        let wrong = |which: &'static str, lines: &[String]| {
            let lines = lines.join(" ");
            move |error: PatternError| format!("invalid {which}patterns: [{lines}]: {error}")
        };
        let given = |lines: &[String]| lines.iter().any(|line| !line.trim().is_empty());
        let includes = match given(includes) {
            false => None,
            true => Some(Includes::new(includes).map_err(wrong("include", includes))?),
        };
        let excludes = match given(excludes) {
            false => None,
            true => Some(Patterns::new(excludes).map_err(wrong("exclude", excludes))?),
        };
        Ok(Self { includes, excludes })
    }

    /// What is to be done with an entry. `parent` is the verdict about its directory; `None` at the top.
    pub(crate) fn judge(&self, path: &str, directory: bool, parent: Option<&Verdict>) -> Verdict {
        let mut verdict = Verdict { kept: true, ..Verdict::default() };
        let none = Verdict::default();
        let parent = parent.unwrap_or(&none);
        if let Some(includes) = &self.includes {
            verdict.included = includes.patterns.matches_in(path, &parent.included);
            if !verdict.included.is_matched() {
                verdict.kept = false;
                verdict.prune |= directory && !includes.may_reach_into(path);
            }
        }
        if let Some(excludes) = &self.excludes {
            verdict.excluded = excludes.matches_in(path, &parent.excluded);
            if verdict.excluded.is_matched() {
                verdict.kept = false;
                verdict.prune |= directory && !excludes.may_except_in(path);
            }
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(includes: &[&str], excludes: &[&str], paths: &[(&str, bool)]) -> Vec<String> {
        let own = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let filter = Filter::new(&own(includes), &own(excludes)).unwrap();
        let mut verdicts: std::collections::HashMap<&str, Verdict> = std::collections::HashMap::new();
        let mut kept = Vec::new();
        for (path, directory) in paths {
            let parent = path.rsplit_once('/').map(|(parent, _)| parent);
            if parent.is_some_and(|parent| verdicts.get(parent).is_none_or(|verdict| verdict.prune)) {
                continue;
            }
            let verdict = filter.judge(path, *directory, parent.and_then(|parent| verdicts.get(parent)));
            if verdict.kept {
                kept.push((*path).to_owned());
            }
            if *directory {
                verdicts.insert(path, verdict);
            }
        }
        kept
    }

    const TREE: &[(&str, bool)] = &[
        ("a", true),
        ("a/b", true),
        ("a/b/c.txt", false),
        ("a/d.rs", false),
        ("e", false),
        ("f", true),
        ("f/g", false),
    ];

    #[test]
    fn what_is_left_out_is_not_looked_into() {
        assert_eq!(kept(&[], &[], TREE).len(), TREE.len());
        assert_eq!(kept(&[], &["a"], TREE), ["e", "f", "f/g"]);
        assert_eq!(kept(&[], &["a", "!a/b"], TREE), ["a/b", "a/b/c.txt", "e", "f", "f/g"]);
        assert_eq!(kept(&[], &["**", "!**/*.rs"], TREE), ["a/d.rs"]);
        assert_eq!(kept(&["a/b"], &[], TREE), ["a/b", "a/b/c.txt"]);
        assert_eq!(kept(&["a/*.rs", "e"], &[], TREE), ["a/d.rs", "e"]);
        assert_eq!(kept(&["a", "f"], &["a/b"], TREE), ["a", "a/d.rs", "f", "f/g"]);
        assert!(Filter::new(&[], &["!".into()]).is_err());
        assert!(Filter::new(&["[".into()], &[]).unwrap_err().starts_with("invalid includepatterns: [[]"));
        let filter = Filter::new(&["a/b".into()], &[]).unwrap();
        assert!(!filter.judge("a", true, None).prune);
        assert!(filter.judge("f", true, None).prune);
        let filter = Filter::new(&[], &["*".into(), "!a/b".into()]).unwrap();
        assert!(!filter.judge("a", true, None).prune);
        assert!(filter.judge("f", true, None).prune);
    }
}
