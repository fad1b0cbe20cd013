//! The keys that detach: `ctrl-p,ctrl-q` unless told otherwise.
//!
//! The daemon acts on them. They are watched here too, only to know afterwards why a stream ended.

/// A sequence of keys and how much of it was just typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    sequence: Vec<u8>,
    typed: usize,
}

impl Keys {
    /// Reads `ctrl-p,ctrl-q`; the default when empty.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = if text.is_empty() { "ctrl-p,ctrl-q" } else { text };
        let sequence = text.split(',').map(|key| {
            let byte = match (key.strip_prefix("ctrl-").map(str::as_bytes), key.as_bytes()) {
                (Some([letter @ b'a'..=b'z']), _) => letter - b'a' + 1,
                (Some([symbol @ b'@'..=b'_']), _) if !symbol.is_ascii_uppercase() => symbol - b'@',
                (None, [byte]) => *byte,
                _ => return Err(format!("invalid detach keys ({text}): unknown character: '{key}'")),
            };
            Ok(byte)
        });
        Ok(Self { sequence: sequence.collect::<Result<_, _>>()?, typed: 0 })
    }

    /// Whether the sequence was just completed by these bytes.
    pub(crate) fn typed(&mut self, bytes: &[u8]) -> bool {
        for byte in bytes {
            if self.typed == self.sequence.len() {
                self.typed = 0;
            }
            if self.sequence[self.typed] == *byte {
                self.typed += 1;
            } else {
                self.typed = usize::from(self.sequence[0] == *byte);
            }
        }
        self.typed == self.sequence.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_seen_across_reads() {
        let mut keys = Keys::parse("").unwrap();
        assert!(!keys.typed(b"ls\x10"));
        assert!(keys.typed(b"\x11"));
        assert!(!keys.typed(b"\x10\x10"));
        assert!(keys.typed(b"\x11"));
        assert!(!keys.typed(b"x"));
        let mut keys = Keys::parse("ctrl-@,a,ctrl-_").unwrap();
        assert!(keys.typed(b"\0a\x1f"));
        for wrong in ["ctrl-", "ctrl-aa", "ab", "a,,b", "ctrl-A"] {
            assert!(Keys::parse(wrong).is_err(), "{wrong}");
        }
    }
}
