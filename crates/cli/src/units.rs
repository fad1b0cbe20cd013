//! Sizes, durations and moments as people write and read them.
//!
//! Sources: docker/go-units; Go's `time.ParseDuration` and `strconv` for the forms.

use std::time::Duration;

use jiff::tz::TimeZone;

/// A number with so many significant digits, as C's `%.Ng` prints it.
fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    let digits = i32::try_from(digits).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= digits {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim(mantissa), exponent.abs());
    }
    trim(&format!("{value:.*}", usize::try_from(digits - 1 - exponent).unwrap_or(0)))
}

fn scaled(bytes: i64, digits: usize, base: f64, units: &[&str]) -> String {
    #[expect(clippy::cast_precision_loss, reason = "four digits are shown")]
    let mut value = bytes as f64;
    let mut index = 0;
    while value >= base && index + 1 < units.len() {
        value /= base;
        index += 1;
    }
    format!("{}{}", significant(value, digits), units[index])
}

const DECIMAL: &[&str] = &["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
const BINARY: &[&str] = &["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];

/// A size in powers of 1000 with four digits: `1.883kB`.
pub(crate) fn size(bytes: i64) -> String {
    scaled(bytes, 4, 1000.0, DECIMAL)
}

/// A size in powers of 1000 with three digits, as lists of images show it.
pub(crate) fn short_size(bytes: i64) -> String {
    scaled(bytes, 3, 1000.0, DECIMAL)
}

/// A size in powers of 1024: `23.54GiB`.
pub(crate) fn binary_size(bytes: i64) -> String {
    scaled(bytes, 4, 1024.0, BINARY)
}

/// A size such as `512m`, `1.5GiB` or `100`, in powers of 1024.
pub(crate) fn parse_size(text: &str) -> Result<i64, String> {
    let wrong = || format!("invalid size: '{text}'");
    let end = text.rfind(|c: char| c.is_ascii_digit() || c == '.').ok_or_else(wrong)? + 1;
    let (number, unit) = text.split_at(end);
    if !number.starts_with(|c: char| c.is_ascii_digit()) || number.contains(|c: char| !c.is_ascii_digit() && c != '.') {
        return Err(wrong());
    }
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = unit.strip_prefix(' ').unwrap_or(unit).to_ascii_lowercase();
    let power = match unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit) {
        "" if unit != "ib" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return Err(wrong()),
    };
    let bytes = number * 1024f64.powi(power);
    // Above this a number of bytes is no longer exact, and no machine has it.
    if !(0.0..9e18).contains(&bytes) {
        return Err(wrong());
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was just checked")]
    Ok(bytes as i64)
}

/// A size where -1 means without limit.
pub(crate) fn parse_size_or_unlimited(text: &str) -> Result<i64, String> {
    if text == "-1" { Ok(-1) } else { parse_size(text) }
}

/// A number of processors such as `1.5`, in billionths.
pub(crate) fn parse_cpus(text: &str) -> Result<i64, String> {
    let wrong = || format!("failed to parse {text} as a rational number");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return Err(wrong());
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 9 {
        return Err("value is too precise".into());
    }
    let number = |text: &str| if text.is_empty() { Ok(0i64) } else { text.parse::<i64>().map_err(|_| wrong()) };
    number(whole)?
        .checked_mul(1_000_000_000)
        .and_then(|nano| nano.checked_add(number(&format!("{fraction:0<9}")).ok()?))
        .ok_or_else(wrong)
}

/// A duration as people say it: `2 hours`, `About a minute`.
pub(crate) fn human_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    match seconds {
        0 => "Less than a second".into(),
        1 => "1 second".into(),
        2..60 => format!("{seconds} seconds"),
        _ if minutes == 1 => "About a minute".into(),
        _ if minutes < 60 => format!("{minutes} minutes"),
        _ if hours == 1 => "About an hour".into(),
        _ if hours < 48 => format!("{hours} hours"),
        _ if hours < 24 * 7 * 2 => format!("{} days", hours / 24),
        _ if hours < 24 * 30 * 2 => format!("{} weeks", hours / 24 / 7),
        _ if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        _ => format!("{} years", hours / 24 / 365),
    }
}

/// How long ago a moment was, in words.
pub(crate) fn ago(seconds: i64) -> String {
    let passed = words::Timestamp::now().seconds().saturating_sub(seconds);
    format!("{} ago", human_duration(Duration::from_secs(u64::try_from(passed).unwrap_or(0))))
}

/// A moment as Go prints a local time: `2026-01-02 15:04:05 +0100 CET`.
pub(crate) fn local(seconds: i64) -> String {
    zoned(jiff::Timestamp::from_second(seconds), TimeZone::system(), "%Y-%m-%d %H:%M:%S %z %Z")
}

/// A moment in UTC as Go prints a time with its fraction.
pub(crate) fn utc_with_fraction(text: &str) -> String {
    let Ok(moment) = text.parse::<jiff::Timestamp>() else { return text.to_owned() };
    // Times that a daemon never set are written as Go's zero.
    zoned(Ok(moment), TimeZone::UTC, "%Y-%m-%d %H:%M:%S%.f %z UTC")
}

/// A moment in RFC 3339 in the local zone, in whole seconds.
pub(crate) fn local_rfc3339(seconds: i64) -> String {
    let text = zoned(jiff::Timestamp::from_second(seconds), TimeZone::system(), "%Y-%m-%dT%H:%M:%S%:z");
    text.strip_suffix("+00:00").map_or(text.clone(), |start| format!("{start}Z"))
}

/// A moment in RFC 3339 in the local zone, with all nine digits.
pub(crate) fn local_rfc3339_nanos(nanoseconds: i128) -> String {
    let text = zoned(jiff::Timestamp::from_nanosecond(nanoseconds), TimeZone::system(), "%Y-%m-%dT%H:%M:%S.%9f%:z");
    text.strip_suffix("+00:00").map_or(text.clone(), |start| format!("{start}Z"))
}

/// A moment as C's `ctime` prints it: `Fri May 30 12:07:14 2025`.
pub(crate) fn ctime(text: &str) -> String {
    let Ok(moment) = text.parse::<jiff::Timestamp>() else { return text.to_owned() };
    zoned(Ok(moment), TimeZone::UTC, "%a %b %e %H:%M:%S %Y")
}

fn zoned(moment: Result<jiff::Timestamp, jiff::Error>, zone: TimeZone, format: &str) -> String {
    match moment {
        Ok(moment) => moment.to_zoned(zone).strftime(format).to_string(),
        Err(error) => error.to_string(),
    }
}

/// A moment for `--since` and `--until` as the daemon reads it, `seconds.nanoseconds`: a duration before now, a date
/// with or without time and zone, or a number of seconds.
pub(crate) fn parse_moment(text: &str) -> Result<String, String> {
    let stamp = |moment: jiff::Timestamp| format!("{}.{:09}", moment.as_second(), moment.subsec_nanosecond());
    if let Ok(nanoseconds) = words::duration::parse(text) {
        let moment = words::Timestamp::now().nanos() - i128::from(nanoseconds);
        return jiff::Timestamp::from_nanosecond(moment).map(stamp).map_err(|error| error.to_string());
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Ok(text.to_owned());
    }
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(stamp(moment));
    }
    // A date with a `Z` and no time is a date in UTC.
    let (plain, zone) = match text.strip_suffix('Z') {
        Some(plain) => (plain, TimeZone::UTC),
        None => (text, TimeZone::system()),
    };
    let padded = match plain.split_once('T') {
        Some((date, hour)) if hour.len() == 2 => format!("{date}T{hour}:00"),
        _ => plain.to_owned(),
    };
    let date: jiff::civil::DateTime =
        padded.parse().map_err(|_| format!("failed to parse value as time or duration: {text:?}"))?;
    date.to_zoned(zone).map(|zoned| stamp(zoned.timestamp())).map_err(|error| error.to_string())
}

/// At most `most` characters; an ellipsis stands for the rest.
pub(crate) fn ellipsis(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The twelve digits that lists show of an id, without the name of the digest.
pub(crate) fn short_id(id: &str) -> String {
    let digits = id.split_once(':').map_or(id, |(_, digits)| digits);
    digits.chars().take(12).collect()
}

/// Replaces characters that move a terminal's cursor by their escapes; line breaks and tabs stay.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => out.push(character),
            other if other.is_control() => out.extend(other.escape_default()),
            // These turn the order of what follows around.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.extend(character.escape_unicode()),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown() {
        for (bytes, four, three) in [
            (0, "0B", "0B"),
            (999, "999B", "999B"),
            (1883, "1.883kB", "1.88kB"),
            (1_000_000, "1MB", "1MB"),
            (123_456_789, "123.5MB", "123MB"),
            (77_800_000, "77.8MB", "77.8MB"),
            (1_500_000_000_000, "1.5TB", "1.5TB"),
            (999_999, "1000kB", "1e+03kB"),
        ] {
            assert_eq!((size(bytes).as_str(), short_size(bytes).as_str()), (four, three));
        }
        assert_eq!(binary_size(25_275_068_416), "23.54GiB");
    }

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("512m", 536_870_912),
            ("1.5g", 1_610_612_736),
            ("100", 100),
            ("10b", 10),
            ("1KiB", 1024),
            ("2 kb", 2048),
            ("1T", 1 << 40),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for wrong in ["", "m", "-5m", "5x", "5ib", ".5m", "1..5m", "9999999p", "5 m m", "1e5"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_size_or_unlimited("-1"), Ok(-1));
    }

    #[test]
    fn processors_are_read() {
        for (text, nano) in
            [("1", 1_000_000_000), ("0.5", 500_000_000), (".25", 250_000_000), ("1.0000000000", 1_000_000_000)]
        {
            assert_eq!(parse_cpus(text), Ok(nano), "{text}");
        }
        assert_eq!(parse_cpus("0.0000000001"), Err("value is too precise".into()));
        for wrong in ["", "x", "-1", "1.x", ".", "99999999999999999999"] {
            assert!(parse_cpus(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_are_said() {
        for (seconds, text) in [
            (0, "Less than a second"),
            (59, "59 seconds"),
            (60, "About a minute"),
            (3600, "About an hour"),
            (49 * 3600, "2 days"),
            (15 * 86400, "2 weeks"),
            (70 * 86400, "2 months"),
            (800 * 86400, "2 years"),
        ] {
            assert_eq!(human_duration(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn moments_are_read() {
        assert_eq!(parse_moment("1700000000.5").as_deref(), Ok("1700000000.5"));
        assert_eq!(parse_moment("2026-01-02T03:04:05.6Z").as_deref(), Ok("1767323045.600000000"));
        assert_eq!(parse_moment("2026-01-02T03:04:05+01:00").as_deref(), Ok("1767319445.000000000"));
        assert_eq!(parse_moment("2026-01-02Z").as_deref(), Ok("1767312000.000000000"));
        assert!(parse_moment("10m").is_ok());
        for wrong in ["", "yesterday", "2026-13-01", "x.5"] {
            assert!(parse_moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn moments_are_shown() {
        assert_eq!(ctime("2025-05-30T12:07:14.000000000+00:00"), "Fri May 30 12:07:14 2025");
        assert_eq!(utc_with_fraction("2026-11-24T14:22:10.832705268Z"), "2026-11-24 14:22:10.832705268 +0000 UTC");
        assert_eq!(utc_with_fraction("2026-11-24T14:22:10Z"), "2026-11-24 14:22:10 +0000 UTC");
    }

    #[test]
    fn texts_are_made_short_and_harmless() {
        assert_eq!(ellipsis("abcdef", 4), "abc…");
        assert_eq!(ellipsis("abcd", 4), "abcd");
        assert_eq!(short_id("sha256:0123456789abcdef"), "0123456789ab");
        assert_eq!(printable("a\u{1b}[31m\tb\u{202e}"), "a\\u{1b}[31m\tb\\u{202e}");
    }
}
