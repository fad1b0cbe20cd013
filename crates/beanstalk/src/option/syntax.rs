//! Values as texts, read: one reading for whoever checks a value and for whoever uses it.

use std::time::Duration;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::limits;

/// `true` or `false`, in either case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        yes if yes.eq_ignore_ascii_case("true") => Some(true),
        no if no.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The texts between commas, without white space around them and without empty ones.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// A number that is neither negative nor endless.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)
}

/// `PT1H2M3S`: the hours, minutes and seconds of ISO 8601, each once, in this order, at least one.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim().strip_prefix("PT")?;
    let mut seconds = 0u64;
    let mut any = false;
    for (unit, length) in [('H', 3600), ('M', 60), ('S', 1)] {
        if let Some((digits, after)) = rest.split_once(unit) {
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            seconds = seconds.checked_add(digits.parse::<u64>().ok()?.checked_mul(length)?)?;
            (rest, any) = (after, true);
        }
    }
    (any && rest.is_empty()).then(|| Duration::from_secs(seconds))
}

/// A moment of ISO 8601, in UTC when it does not say. Seconds may be missing, and numbers short: the guide's own
/// example is `2015-04-28T04:07:2Z`.
pub(crate) fn moment(text: &str) -> Option<jiff::Timestamp> {
    let text = text.trim();
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let local = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = local.split_once('T')?;
    let mut date = date.splitn(3, '-');
    let (year, month, day) = (date.next()?, date.next()?, date.next()?);
    let mut time = time.splitn(3, ':');
    let (hour, minute, second) = (time.next()?, time.next()?, time.next().unwrap_or("0"));
    let civil = jiff::civil::DateTime::new(
        year.parse().ok()?,
        month.parse().ok()?,
        day.parse().ok()?,
        hour.parse().ok()?,
        minute.parse().ok()?,
        second.parse().ok()?,
        0,
    );
    Some(civil.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// Five fields of cron, in UTC.
pub(crate) fn cron(text: &str) -> Result<Cron, String> {
    if text.len() > limits::CRON {
        return Err(format!("longer than {} bytes", limits::CRON));
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(text).map_err(|error| error.to_string())
}

/// The day and the minute of a week, for `Tue:09:00`: days since Monday, hours, minutes.
pub(crate) fn window(text: &str) -> Option<(u8, u8, u8)> {
    let mut parts = text.trim().split(':');
    let (day, hour, minute) = (parts.next()?, parts.next()?, parts.next()?);
    let day =
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().position(|name| day.eq_ignore_ascii_case(name))?;
    let number = |text: &str, below: u8| {
        let formed = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u8>().ok().filter(|number| formed && *number < below)
    };
    let (hour, minute) = (number(hour, 24)?, number(minute, 60)?);
    parts.next().is_none().then_some((u8::try_from(day).ok()?, hour, minute))
}

/// A path of a URL: a slash, then no white space or control characters.
pub(crate) fn path(text: &str) -> bool {
    text.starts_with('/') && text.chars().all(|c| !c.is_whitespace() && !c.is_control())
}

/// `http://HOST…` or `https://HOST…`.
pub(crate) fn url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && rest.chars().all(|c| !c.is_whitespace() && !c.is_control())
    })
}

/// What a health check asks, as `/PATH`, `PROTOCOL:PORT` or `PROTOCOL:PORT/PATH`: protocol, port, path.
pub(crate) fn health_check(text: &str) -> Option<(&str, Option<u16>, &str)> {
    if text.starts_with('/') {
        return path(text).then_some(("HTTP", None, text));
    }
    let (protocol, rest) = text.split_once(':')?;
    let (port, asked) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let port = port.parse::<u16>().ok().filter(|port| *port > 0)?;
    match protocol {
        "HTTP" | "HTTPS" if asked.is_empty() => Some((protocol, Some(port), "/")),
        "HTTP" | "HTTPS" => path(asked).then_some((protocol, Some(port), asked)),
        "TCP" | "SSL" => asked.is_empty().then_some((protocol, Some(port), "")),
        _ => None,
    }
}

/// Codes of HTTP: `200`, `200,210` or `200-210`.
pub(crate) fn codes(text: &str) -> Option<Vec<(u16, u16)>> {
    let code = |text: &str| text.trim().parse::<u16>().ok();
    text.split(',')
        .map(|part| match part.split_once('-') {
            Some((from, to)) => Some((code(from)?, code(to)?)).filter(|(from, to)| from <= to),
            None => code(part).map(|code| (code, code)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [("PT0S", 0), ("PT30M", 1800), ("PT1H", 3600), ("PT1H2M3S", 3723), ("PT5M30S", 330)] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "PT", "P1D", "30", "PT1S1M", "PT1M1M", "PT-1S", "PT1.5S", "PT99999999999999999999H"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn moments() {
        for (text, shown) in [
            ("2015-04-28T04:07:2Z", "2015-04-28T04:07:02Z"),
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
            ("2026-01-02T03:04", "2026-01-02T03:04:00Z"),
        ] {
            assert_eq!(moment(text).map(|moment| moment.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in ["", "tomorrow", "2026-13-01T00:00:00Z", "2026-01-02"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn windows() {
        assert_eq!(window("Tue:09:00"), Some((1, 9, 0)));
        assert_eq!(window("sun:23:59"), Some((6, 23, 59)));
        for text in ["", "Tue", "Tue:9:00", "Tue:24:00", "Tue:09:60", "Xyz:09:00", "Tue:09:00:00"] {
            assert_eq!(window(text), None, "{text}");
        }
    }

    #[test]
    fn health_checks() {
        assert_eq!(health_check("/health"), Some(("HTTP", None, "/health")));
        assert_eq!(health_check("HTTPS:443/health"), Some(("HTTPS", Some(443), "/health")));
        assert_eq!(health_check("TCP:80"), Some(("TCP", Some(80), "")));
        for text in ["", "health", "TCP:80/x", "TCP:0", "FTP:21", "HTTP:99999", "/a b"] {
            assert_eq!(health_check(text), None, "{text}");
        }
    }

    #[test]
    fn crons() {
        for text in ["0 8 * * *", "*/5 * * * 1-5", "30 4 1 JAN MON"] {
            assert!(cron(text).is_ok(), "{text}");
        }
        for text in ["", "* * * *", "* * * * * *", "61 * * * *", "@yearly-ish", &"*".repeat(2000)] {
            assert!(cron(text).is_err(), "{text}");
        }
    }

    #[test]
    fn other_texts() {
        assert_eq!(codes("200"), Some(vec![(200, 200)]));
        assert_eq!(codes("200,210"), Some(vec![(200, 200), (210, 210)]));
        assert_eq!(codes("200-299"), Some(vec![(200, 299)]));
        assert_eq!((codes("299-200"), codes("x"), codes("")), (None, None, None));
        assert!(url("http://127.0.0.1:4566/000000000000/queue") && !url("queue") && !url("http://"));
        assert_eq!((boolean("True"), boolean("false"), boolean("1")), (Some(true), Some(false), None));
        assert_eq!(list(" a, b,,c ").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((decimal("1.5"), decimal("-1"), decimal("inf")), (Some(1.5), None, None));
    }
}
