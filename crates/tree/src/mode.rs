//! Changes of modes as chmod(1) writes them.

use std::str::FromStr;

/// A change of a file's permission bits: octal, or symbolic as `u+rwX,go-w`. No umask takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModeChange(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Exactly(u32),
    Symbolic(Vec<Action>),
}

/// One operation upon the bits of some people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Action {
    /// The `rwx` bits of those whom it is about, and their set-id bits.
    who: u32,
    operator: u8,
    /// Bits that are meant, for everybody.
    bits: u32,
    /// `X`.
    search: bool,
    /// Bits are copied from these people: the distance of theirs in the mode.
    from: Option<u32>,
}

/// A text that says no change of a mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid mode {0:?}: expected octal digits, or changes such as u+rwX,go-w")]
pub struct ParseModeError(String);

const USER: u32 = 0o4700;
const GROUP: u32 = 0o2070;
const OTHERS: u32 = 0o1007;

impl ModeChange {
    /// These permission bits, whatever they were.
    pub fn exactly(mode: u32) -> Self {
        Self(Kind::Exactly(mode & 0o7777))
    }

    /// The permission bits, if they do not depend on what they were.
    pub(crate) fn as_exactly(&self) -> Option<u32> {
        match self.0 {
            Kind::Exactly(mode) => Some(mode),
            Kind::Symbolic(_) => None,
        }
    }

    /// The permission bits of a file that had these.
    pub fn apply(&self, mode: u32, directory: bool) -> u32 {
        match &self.0 {
            Kind::Exactly(new) => *new,
            Kind::Symbolic(actions) => actions.iter().fold(mode & 0o7777, |mode, action| action.apply(mode, directory)),
        }
    }
}

impl Action {
    fn apply(self, mode: u32, directory: bool) -> u32 {
        let mut bits = self.bits;
        if self.search && (directory || mode & 0o111 != 0) {
            bits |= 0o111;
        }
        if let Some(distance) = self.from {
            let theirs = (mode >> distance) & 7;
            bits |= theirs << 6 | theirs << 3 | theirs;
        }
        let bits = bits & self.who;
        match self.operator {
            b'+' => mode | bits,
            b'-' => mode & !bits,
            _ => mode & !self.who | bits,
        }
    }
}

impl FromStr for ModeChange {
    type Err = ParseModeError;

    fn from_str(text: &str) -> Result<Self, ParseModeError> {
        let wrong = || ParseModeError(text.chars().take(100).collect());
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            let mode = u32::from_str_radix(text, 8).map_err(|_| wrong())?;
            return if mode <= 0o7777 { Ok(Self::exactly(mode)) } else { Err(wrong()) };
        }
        let mut actions = Vec::new();
        for clause in text.split(',') {
            parse_clause(clause.as_bytes(), &mut actions).ok_or_else(wrong)?;
        }
        Ok(Self(Kind::Symbolic(actions)))
    }
}

fn parse_clause(mut text: &[u8], actions: &mut Vec<Action>) -> Option<()> {
    let mut who = 0;
    while let [letter @ (b'u' | b'g' | b'o' | b'a'), rest @ ..] = text {
        who |= match letter {
            b'u' => USER,
            b'g' => GROUP,
            b'o' => OTHERS,
            _ => 0o7777,
        };
        text = rest;
    }
    let who = if who == 0 { 0o7777 } else { who };
    if text.is_empty() {
        return None;
    }
    while let [operator, rest @ ..] = text {
        if !matches!(operator, b'+' | b'-' | b'=') {
            return None;
        }
        let mut action = Action { who, operator: *operator, bits: 0, search: false, from: None };
        text = rest;
        while let [letter, rest @ ..] = text {
            match letter {
                b'r' => action.bits |= 0o444,
                b'w' => action.bits |= 0o222,
                b'x' => action.bits |= 0o111,
                b'X' => action.search = true,
                b's' => action.bits |= 0o6000,
                b't' => action.bits |= 0o1000,
                b'u' => action.from = Some(6),
                b'g' => action.from = Some(3),
                b'o' => action.from = Some(0),
                _ => break,
            }
            text = rest;
        }
        // The sticky bit is nobody's: it is set for whomever it is asked.
        if action.bits & 0o1000 != 0 {
            action.who |= 0o1000;
        }
        actions.push(action);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_chmod_has_it() {
        for (change, before, directory, after) in [
            ("755", 0o644, false, 0o755),
            ("0644", 0o6777, false, 0o644),
            ("4755", 0o644, false, 0o4755),
            ("u+x", 0o644, false, 0o744),
            ("+x", 0o644, false, 0o755),
            ("a-w", 0o666, false, 0o444),
            ("go-rwx", 0o777, false, 0o700),
            ("u=rwx,go=rx", 0o600, false, 0o755),
            ("go=", 0o777, false, 0o700),
            ("a+X", 0o644, false, 0o644),
            ("a+X", 0o744, false, 0o755),
            ("a+X", 0o644, true, 0o755),
            ("u=rwX,go=rX", 0o600, true, 0o755),
            ("g=u", 0o640, false, 0o660),
            ("o=g-w", 0o660, false, 0o664),
            ("u+s", 0o755, false, 0o4755),
            ("g+s", 0o755, false, 0o2755),
            ("o+s", 0o755, false, 0o755),
            ("+t", 0o777, true, 0o1777),
            ("u+rw-x", 0o100, false, 0o600),
            ("a=r", 0o6777, false, 0o444),
        ] {
            assert_eq!(change.parse::<ModeChange>().unwrap().apply(before, directory), after, "{change} {before:o}");
        }
        for wrong in ["", "8", "99", "17777", "u", "x", "u+q", "u+x,", "u+x go", "+x+y", "rwx", "-1", "u~x"] {
            assert!(wrong.parse::<ModeChange>().is_err(), "{wrong}");
        }
    }
}
