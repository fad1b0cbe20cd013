//! Amounts of bytes as BuildKit's client shows them: `193B`, `1.05MB / 2.10MB`.

const UNITS: &[&str] = &["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/// An amount in powers of 1000, with two digits behind the point where it is no plain number of bytes.
fn bytes(count: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = count as f64;
    let mut unit = 0;
    while value.abs() >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{count}B") } else { format!("{value:.2}{}", UNITS[unit]) }
}

/// How much of how much; nothing when nothing is known.
pub(super) fn amount(current: i64, total: i64) -> Option<String> {
    match (current, total) {
        (0, 0) => None,
        (current, 0) => Some(bytes(current)),
        (current, total) => Some(format!("{} / {}", bytes(current), bytes(total))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown() {
        for (current, total, text) in [
            (193, 0, "193B"),
            (0, 10, "0B / 10B"),
            (1_050_000, 2_100_000, "1.05MB / 2.10MB"),
            (999, 0, "999B"),
            (1000, 0, "1.00kB"),
            (20_971_520, 0, "20.97MB"),
        ] {
            assert_eq!(amount(current, total).as_deref(), Some(text));
        }
        assert_eq!(amount(0, 0), None);
    }
}
