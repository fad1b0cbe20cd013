//! Names that nobody else uses.

use crate::Error;

/// Letters of a name; 25 of them hold 128 bits, as in BuildKit (its package `identity`).
const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A new name for a build, a session or a step.
///
/// # Errors
/// When the kernel gives no random bytes.
pub fn name() -> Result<String, Error> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| Error::Local(format!("no random bytes: {error}")))?;
    let mut number = u128::from_be_bytes(bytes);
    let mut text = String::with_capacity(25);
    for _ in 0..25 {
        let letter = usize::try_from(number % 36).unwrap_or(0);
        text.push(char::from(LETTERS[letter]));
        number /= 36;
    }
    Ok(text)
}
