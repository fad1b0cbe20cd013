//! Patterns of COPY and ADD: those of Go's `filepath.Match`, for one part of a path.
//!
//! `*` stands for any characters, `?` for one, `[a-z]` and `[^a-z]` for one of a class; a backslash takes the meaning
//! from what follows. There is no `**`. A pattern that is not well-formed fits nothing.
//! Source: Go, `path/filepath`, `Match`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Has special characters.
pub fn is_pattern(text: &OsStr) -> bool {
    let mut bytes = text.as_bytes().iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'*' | b'?' | b'[' => return true,
            _ => {}
        }
    }
    false
}

/// Tells whether a pattern fits a name.
pub fn matches(pattern: &OsStr, name: &OsStr) -> bool {
    fits(pattern.as_bytes(), name.as_bytes()).unwrap_or(false)
}

/// `None` when the pattern is not well-formed, as far as it was looked at.
fn fits(mut pattern: &[u8], mut name: &[u8]) -> Option<bool> {
    // Where the last star was, and what of the name it has not taken yet: one star at a time has to be tried again.
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            star = Some((rest, name));
            pattern = rest;
            continue;
        }
        if pattern.is_empty() && name.is_empty() {
            return Some(true);
        }
        let step = if pattern.is_empty() || name.is_empty() { None } else { one(pattern, name)? };
        match (step, star) {
            (Some((of_pattern, of_name)), _) => (pattern, name) = (&pattern[of_pattern..], &name[of_name..]),
            (None, Some((after, left))) if !left.is_empty() => {
                let left = &left[character(left).1..];
                star = Some((after, left));
                (pattern, name) = (after, left);
            }
            (None, _) => return Some(false),
        }
    }
}

/// What a step takes of the pattern and of the name; `None` when they do not fit.
type Step = Option<(usize, usize)>;

/// One character of the name against the first element of the pattern.
fn one(pattern: &[u8], name: &[u8]) -> Option<Step> {
    let (letter, length) = character(name);
    match pattern {
        [b'?', ..] => Some(Some((1, length))),
        [b'[', rest @ ..] => {
            let (fits, after) = class(rest, letter)?;
            Some(fits.then_some((pattern.len() - after.len(), length)))
        }
        [b'\\'] => None,
        [b'\\', byte, ..] => Some((*byte == name[0]).then_some((2, 1))),
        [byte, ..] => Some((*byte == name[0]).then_some((1, 1))),
        [] => Some(None),
    }
}

/// A class after its bracket: whether it fits, and what follows it.
fn class(mut rest: &[u8], letter: char) -> Option<(bool, &[u8])> {
    let negated = rest.first() == Some(&b'^');
    if negated {
        rest = &rest[1..];
    }
    let (mut fits, mut first) = (false, true);
    loop {
        if !first && rest.first() == Some(&b']') {
            return Some((fits != negated, &rest[1..]));
        }
        first = false;
        let (low, after) = bound(rest)?;
        let (high, after) = if after.first() == Some(&b'-') { bound(&after[1..])? } else { (low, after) };
        fits |= (low..=high).contains(&letter);
        rest = after;
    }
}

fn bound(rest: &[u8]) -> Option<(char, &[u8])> {
    let rest = match rest {
        [] | [b'-' | b']', ..] => return None,
        [b'\\', rest @ ..] => rest,
        rest => rest,
    };
    if rest.is_empty() {
        return None;
    }
    let (letter, length) = character(rest);
    // A class that is not closed.
    (rest.len() > length).then(|| (letter, &rest[length..]))
}

/// The first character and its length; a byte that is not UTF-8 is one character that no other is.
fn character(bytes: &[u8]) -> (char, usize) {
    for length in 1..=bytes.len().min(4) {
        if let Ok(text) = std::str::from_utf8(&bytes[..length])
            && let Some(letter) = text.chars().next()
        {
            return (letter, length);
        }
    }
    (char::REPLACEMENT_CHARACTER, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_has_it() {
        for (pattern, name, expected) in [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "a", true),
            ("a*", "abc", true),
            ("a*b*c*d*e*", "axbxcxdxe", true),
            ("a*b*c*d*e*", "axbxcxdxexxx", true),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^b-d]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a???b", "a☺b", false),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("[\\]a]", "]", true),
            ("[\\-]", "-", true),
            ("[x\\-]", "x", true),
            ("[x\\-]", "z", false),
            ("[]a]", "]", false),
            ("[-]", "-", false),
            ("[x-]", "x", false),
            ("[-x]", "x", false),
            ("\\", "a", false),
            ("[a-b-c]", "a", false),
            ("[", "a", false),
            ("[^", "a", false),
            ("[^bc", "a", false),
            ("a[", "ab", false),
            ("*x", "xxx", true),
            ("", "", true),
            ("", "a", false),
            ("a", "", false),
            ("*", "", true),
            ("?", "", false),
        ] {
            assert_eq!(matches(OsStr::new(pattern), OsStr::new(name)), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn bytes_that_are_no_text() {
        assert!(matches(OsStr::new("a*b"), OsStr::from_bytes(b"a\xff\xfeb")));
        assert!(matches(OsStr::new("a?b"), OsStr::from_bytes(b"a\xffb")));
        assert!(matches(OsStr::from_bytes(b"\xff"), OsStr::from_bytes(b"\xff")));
    }

    #[test]
    fn stars_take_no_time() {
        let pattern = "a*".repeat(50) + "b";
        assert!(!matches(OsStr::new(&pattern), OsStr::new(&"a".repeat(255))));
    }
}
