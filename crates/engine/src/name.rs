//! Names: the rule for those that people give, and those that are made up.

use crate::error::{Error, Result};

/// Longest container name. Docker has no limit of its own; a DNS label ends at 63 and the name is a file name
/// nowhere, so this only keeps strangers from storing megabytes.
pub(crate) const NAME_MAX: usize = 255;

/// Docker's rule for container and volume names: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
pub(crate) fn is_restricted_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && name.len() > 1
        && name.len() <= NAME_MAX
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// Checks a container's name; a leading slash is Docker's habit and is dropped.
pub(crate) fn container_name(text: &str) -> Result<String> {
    let name = text.strip_prefix('/').unwrap_or(text);
    if is_restricted_name(name) {
        Ok(name.to_owned())
    } else {
        Err(Error::InvalidName(text.chars().take(300).collect()))
    }
}

/// A made-up name such as `brave_curie`. From the sixth attempt on a digit is added, as Docker does.
pub(crate) fn generate(attempt: u32) -> String {
    let mut bytes = [0u8; 8];
    // Predictable names would do no harm.
    let _ = getrandom::fill(&mut bytes);
    let pick = |words: &[&'static str], at: usize| {
        let number = usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
        words[number % words.len()]
    };
    let name = format!("{}_{}", pick(ADJECTIVES, 0), pick(SURNAMES, 2));
    if attempt > 5 { format!("{name}{}", bytes[4] % 10) } else { name }
}

const ADJECTIVES: &[&str] = &[
    "able", "agile", "amber", "ample", "ardent", "astute", "balmy", "bold", "brave", "breezy", "bright", "brisk",
    "calm", "candid", "careful", "cheerful", "clever", "cosy", "crisp", "curious", "dapper", "daring", "deft", "eager",
    "earnest", "easy", "elated", "fair", "famous", "fine", "fond", "frank", "fresh", "gallant", "gentle", "giddy",
    "glad", "golden", "graceful", "grand", "happy", "hardy", "hearty", "helpful", "honest", "hopeful", "humble",
    "jolly", "jovial", "keen", "kind", "lively", "loyal", "lucid", "lucky", "mellow", "merry", "mindful", "modest",
    "neat", "nifty", "nimble", "noble", "patient", "peaceful", "placid", "plucky", "polite", "proud", "prudent",
    "quick", "quiet", "quirky", "radiant", "rapid", "ready", "relaxed", "sage", "serene", "sharp", "silent", "sincere",
    "sleek", "smart", "snug", "sober", "spry", "steady", "stoic", "sturdy", "sunny", "swift", "tender", "thrifty",
    "tidy", "trusty", "upbeat", "vivid", "warm", "wise", "witty", "zealous", "zesty",
];

/// People of computing, mathematics and the sciences.
const SURNAMES: &[&str] = &[
    "abel",
    "allen",
    "archimedes",
    "aryabhata",
    "babbage",
    "backus",
    "banach",
    "bardeen",
    "bartik",
    "bell",
    "bernoulli",
    "bhabha",
    "bohr",
    "boole",
    "bose",
    "brahmagupta",
    "brattain",
    "carson",
    "cerf",
    "chandrasekhar",
    "church",
    "clarke",
    "cohen",
    "cori",
    "curie",
    "darwin",
    "descartes",
    "diffie",
    "dijkstra",
    "dirac",
    "easley",
    "edison",
    "einstein",
    "elion",
    "engelbart",
    "euclid",
    "euler",
    "faraday",
    "fermat",
    "fermi",
    "feynman",
    "franklin",
    "galileo",
    "galois",
    "gates",
    "gauss",
    "germain",
    "goldberg",
    "goodall",
    "hamilton",
    "hawking",
    "heisenberg",
    "hertz",
    "hilbert",
    "hodgkin",
    "hoover",
    "hopper",
    "hypatia",
    "jackson",
    "jennings",
    "joliot",
    "kalam",
    "kapitsa",
    "kay",
    "keller",
    "kepler",
    "kilby",
    "knuth",
    "kowalevski",
    "lamarr",
    "lamport",
    "leakey",
    "leavitt",
    "liskov",
    "lovelace",
    "mahavira",
    "maxwell",
    "mccarthy",
    "mcclintock",
    "meitner",
    "mendel",
    "milner",
    "minsky",
    "mirzakhani",
    "morse",
    "napier",
    "newton",
    "noether",
    "nygaard",
    "pascal",
    "pasteur",
    "perlman",
    "pike",
    "planck",
    "poincare",
    "ptolemy",
    "raman",
    "ramanujan",
    "ride",
    "riemann",
    "ritchie",
    "rosalind",
    "rubin",
    "saha",
    "sammet",
    "shannon",
    "shockley",
    "sinoussi",
    "stonebraker",
    "swartz",
    "tesla",
    "thompson",
    "torvalds",
    "turing",
    "varahamihira",
    "villani",
    "visvesvaraya",
    "wiles",
    "wilson",
    "wing",
    "wozniak",
    "wright",
    "wu",
    "yalow",
    "yonath",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_names_follow_the_rule() {
        for attempt in 0..100 {
            let name = generate(attempt);
            assert!(is_restricted_name(&name), "{name}");
            assert_eq!(name.split('_').count(), 2);
        }
    }

    #[test]
    fn the_rule() {
        for good in ["ab", "a1", "A_b.c-d", "/web"] {
            assert!(container_name(good).is_ok(), "{good}");
        }
        for bad in ["", "/", "a", "-ab", "../x", "a b", "a\u{1b}b", "ä1", "a/b", &"a".repeat(256)] {
            assert!(container_name(bad).is_err(), "{bad}");
        }
    }
}
