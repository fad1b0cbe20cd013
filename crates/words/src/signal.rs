//! Signals by name or number.

/// Linux's signals below the real-time ones; the position is the number.
const NAMES: [&str; 32] = [
    "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
    "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH",
    "IO", "PWR", "SYS",
];
/// SIGKILL.
pub const KILL: i32 = 9;
/// SIGTERM.
pub const TERM: i32 = 15;

/// First and last real-time signal as the C library numbers them.
const RTMIN: i32 = 34;
const RTMAX: i32 = 64;

/// The number of a signal: `9`, `KILL`, `SIGKILL`, `RTMIN+3`, in any case.
pub fn parse(text: &str) -> Option<i32> {
    if let Ok(number) = text.parse::<i32>() {
        return (1..=RTMAX).contains(&number).then_some(number);
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let real_time = |offset: &str| offset.parse::<i32>().ok();
    let number = match name {
        "IOT" => 6,
        "CLD" => 17,
        "POLL" => 29,
        "RTMIN" => RTMIN,
        "RTMAX" => RTMAX,
        _ => {
            if let Some(offset) = name.strip_prefix("RTMIN+") {
                RTMIN.checked_add(real_time(offset)?)?
            } else if let Some(offset) = name.strip_prefix("RTMAX-") {
                RTMAX.checked_sub(real_time(offset)?)?
            } else {
                let position = NAMES.iter().skip(1).position(|known| *known == name)?;
                i32::try_from(position).ok()? + 1
            }
        }
    };
    (1..=RTMAX).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn names_and_numbers() {
        for (text, number) in [
            ("9", Some(9)),
            ("KILL", Some(9)),
            ("SIGKILL", Some(9)),
            ("sigterm", Some(15)),
            ("SIGRTMIN+3", Some(37)),
            ("RTMAX-1", Some(63)),
            ("SYS", Some(31)),
            ("0", None),
            ("-1", None),
            ("65", None),
            ("RTMIN+99", None),
            ("RTMIN+-99999999999", None),
            ("", None),
            ("SIG", None),
            ("NOPE", None),
        ] {
            assert_eq!(parse(text), number, "{text}");
        }
    }
}
