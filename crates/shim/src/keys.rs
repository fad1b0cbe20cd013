//! Detach keys: a sequence that a client types to go away without ending the program.

/// Looks for the sequence in what a client types, across reads.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    sequence: Vec<u8>,
    matched: usize,
}

/// What came of some input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// This goes to the program.
    Input(Vec<u8>),
    /// This goes to the program, and then the client is gone.
    Detach(Vec<u8>),
}

impl Keys {
    pub(crate) fn new(sequence: Vec<u8>) -> Self {
        Self { sequence, matched: 0 }
    }

    /// A key that may belong to the sequence is held back until it is clear.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Typed {
        if self.sequence.is_empty() {
            return Typed::Input(bytes.to_vec());
        }
        let mut through = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            if byte == self.sequence[self.matched] {
                self.matched += 1;
                if self.matched == self.sequence.len() {
                    self.matched = 0;
                    return Typed::Detach(through);
                }
                continue;
            }
            through.extend_from_slice(&self.sequence[..self.matched]);
            self.matched = 0;
            if byte == self.sequence[0] {
                self.matched = 1;
            } else {
                through.push(byte);
            }
        }
        Typed::Input(through)
    }
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
        assert_eq!(Keys::default().take(b"\x10\x11"), Typed::Input(b"\x10\x11".into()));
    }
}
