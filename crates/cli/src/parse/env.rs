//! Environment variables and labels, from flags and files.

use std::collections::BTreeMap;

/// Variables of `--env-file` and `--env`, the files first so that flags win. A name alone takes the value it has here.
pub(crate) fn variables(
    files: &[String],
    flags: &[String],
    here: impl Fn(&str) -> Option<String>,
) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for file in files {
        for line in lines(file)? {
            let (name, value) = split(&line)?;
            match value {
                Some(_) => all.push(line),
                // A name alone in a file is only a variable when it is one here.
                None => all.extend(here(&name).map(|value| format!("{name}={value}"))),
            }
        }
    }
    for flag in flags {
        if flag.is_empty() || flag.starts_with('=') {
            return Err(format!("invalid environment variable: {flag}"));
        }
        all.push(match flag.contains('=') {
            true => flag.clone(),
            false => here(flag).map_or_else(|| flag.clone(), |value| format!("{flag}={value}")),
        });
    }
    Ok(all)
}

/// Labels of `--label-file` and `--label`; a name alone has an empty value.
pub(crate) fn labels(files: &[String], flags: &[String]) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    for file in files {
        for line in lines(file)? {
            let (name, value) = split(&line)?;
            all.insert(name, value.unwrap_or_default());
        }
    }
    for flag in flags {
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        if name.is_empty() {
            return Err(format!("invalid label '{flag}': empty name"));
        }
        all.insert(name.to_owned(), value.to_owned());
    }
    Ok(all)
}

/// `name=value` pairs of a flag such as `--sysctl`; a name alone has an empty value.
pub(crate) fn pairs(flags: &[String]) -> BTreeMap<String, String> {
    let pair = |flag: &String| match flag.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (flag.clone(), String::new()),
    };
    flags.iter().map(pair).collect()
}

/// Lines of a file that are neither empty nor comments.
fn lines(path: &str) -> Result<Vec<String>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("open {path}: {}", words_of(&error)))?;
    lines_of(path, &bytes)
}

fn lines_of(path: &str, bytes: &[u8]) -> Result<Vec<String>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = std::str::from_utf8(line)
            .map_err(|_| format!("invalid env file ({path}): invalid utf8 bytes at line {}", index + 1))?;
        let line = line.strip_suffix('\r').unwrap_or(line).trim_start();
        if !line.is_empty() && !line.starts_with('#') {
            lines.push(line.to_owned());
        }
    }
    Ok(lines)
}

/// The pairs in a file's text; a name alone has no value.
pub(crate) fn file(bytes: &[u8]) -> Result<Vec<(String, Option<String>)>, String> {
    lines_of("env", bytes)?.iter().map(|line| split(line)).collect()
}

/// The system's words for an error, without its number.
pub(crate) fn words_of(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

fn split(line: &str) -> Result<(String, Option<String>), String> {
    let (name, value) = match line.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (line.trim_end(), None),
    };
    if name.is_empty() {
        return Err(format!("no variable name on line '{line}'"));
    }
    if name.contains(char::is_whitespace) {
        return Err(format!("variable '{name}' contains whitespaces"));
    }
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> (tempfile::TempDir, Vec<String>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f");
        std::fs::write(&path, content).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (directory, vec![path])
    }

    #[test]
    fn files_come_before_flags() {
        let (_keep, files) = file(b"\xef\xbb\xbf# c\n\n  A=1 \r\nHERE\nGONE\nB==x=\n");
        let here = |name: &str| (name == "HERE").then(|| "h".to_owned());
        let flags = ["C=3".to_owned(), "HERE".to_owned(), "NOT".to_owned()];
        assert_eq!(variables(&files, &flags, here).unwrap(), ["A=1 ", "HERE=h", "B==x=", "C=3", "HERE=h", "NOT"]);
        for wrong in [&b"=x"[..], b"A B=1", b"\xff=1"] {
            let (_keep, files) = file(wrong);
            assert!(variables(&files, &[], here).is_err());
        }
        assert!(variables(&[], &["=x".to_owned()], here).is_err());
        assert_eq!(
            variables(&["/nosuch/file".into()], &[], here),
            Err("open /nosuch/file: no such file or directory".into())
        );
    }

    #[test]
    fn labels_are_read() {
        let (_keep, files) = file(b"a=1\nb\n");
        let found = labels(&files, &["a=2".to_owned(), "c=x=y".to_owned()]).unwrap();
        let wanted = [("a", "2"), ("b", ""), ("c", "x=y")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(found, BTreeMap::from(wanted));
        assert!(labels(&[], &["=x".to_owned()]).is_err());
    }
}
