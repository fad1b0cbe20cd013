//! Detach keys: a sequence that a client types to go away without ending the program.

/// Looks for the sequence in what a client types, across reads.
#[derive(Debug, Default)]
pub struct Keys {
    sequence: Vec<u8>,
    matched: usize,
}

/// What came of some input.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// This goes to the program.
    Input(Vec<u8>),
    /// This goes to the program, and then the client is gone.
    Detach(Vec<u8>),
}

impl Keys {
    /// Looks for this sequence; an empty one is never found.
    pub fn new(sequence: Vec<u8>) -> Self {
        Self { sequence, matched: 0 }
    }

    /// A key that may belong to the sequence is held back until it is clear.
    pub fn take(&mut self, bytes: &[u8]) -> Typed {
        if self.sequence.is_empty() {
            return Typed::Input(bytes.to_vec());
        }
        let mut through = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            // Where this byte does not go on with the sequence, a later start of it may.
            while self.matched > 0 && byte != self.sequence[self.matched] {
                let kept = border(&self.sequence[..self.matched]);
                through.extend_from_slice(&self.sequence[..self.matched - kept]);
                self.matched = kept;
            }
            if byte != self.sequence[self.matched] {
                through.push(byte);
                continue;
            }
            self.matched += 1;
            if self.matched == self.sequence.len() {
                self.matched = 0;
                return Typed::Detach(through);
            }
        }
        Typed::Input(through)
    }
}

/// The longest beginning of some keys, short of all, that they also end with.
fn border(keys: &[u8]) -> usize {
    (0..keys.len()).rev().find(|length| keys.ends_with(&keys[..*length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_found_across_reads() {
        let mut keys = Keys::new(vec![16, 17]);
        assert_eq!(keys.take(b"ab\x10"), Typed::Input(b"ab".into()));
        assert_eq!(keys.take(b"\x11"), Typed::Detach(Vec::new()));
    }

    #[test]
    fn a_false_start_is_given_to_the_program() {
        let mut keys = Keys::new(vec![16, 17]);
        assert_eq!(keys.take(b"\x10x\x10\x10\x11"), Typed::Detach(b"\x10x\x10".into()));
        let mut keys = Keys::new(b"aab".to_vec());
        assert_eq!(keys.take(b"xaaab"), Typed::Detach(b"xa".into()));
        assert_eq!(Keys::default().take(b"\x10\x11"), Typed::Input(b"\x10\x11".into()));
    }
}
