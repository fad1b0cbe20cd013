//! Durations as Docker's clients write them: those of Go's `time.ParseDuration`.

/// A duration such as `1h30m`, `1.5s` or `100ms`, in nanoseconds.
///
/// # Errors
/// Go's own sentence for what is no duration.
pub fn parse(text: &str) -> Result<i64, String> {
    let wrong = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total = 0f64;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(|| format!("time: missing unit in duration {text:?}"))?;
        let number: f64 = rest[..end].parse().map_err(|_| wrong())?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            other => return Err(format!("time: unknown unit {other:?} in duration {text:?}")),
        };
        total += number * unit;
        rest = &rest[end..];
    }
    if total > 9e18 {
        return Err(wrong());
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was just checked")]
    let nanoseconds = total.round() as i64;
    Ok(if negative { -nanoseconds } else { nanoseconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, nanoseconds) in
            [("1h30m", 5_400_000_000_000), ("1.5s", 1_500_000_000), ("100ms", 100_000_000), ("0", 0), ("-2us", -2000)]
        {
            assert_eq!(parse(text), Ok(nanoseconds), "{text}");
        }
        for wrong in ["", "5", "5x", "s", "1h5", "-", "999999999h"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
