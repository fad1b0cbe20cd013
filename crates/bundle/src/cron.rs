//! `cron.yaml`: what a worker environment is told to do, and when. Source: developer guide, "Elastic Beanstalk worker
//! environments", "Periodic tasks".

use std::fmt;
use std::str::FromStr;

use crate::error::{Fault, Notes, quoted};
use crate::node::Fields;
use crate::{Result, Warning, limits, node};

/// A task that comes again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its name, which no other task has; `X-Aws-Sqsd-Taskname`.
    pub name: String,
    /// The path that the message is posted to.
    pub url: String,
    /// When it is due.
    pub schedule: Schedule,
}

/// Moments in UTC: the five fields of a crontab, or six with seconds before them.
#[derive(Clone, PartialEq, Eq)]
pub struct Schedule(croner::Cron);

impl Schedule {
    /// The first moment after this one. There is none when the calendar ends.
    pub fn next_after(&self, now: jiff::Timestamp) -> Option<jiff::Timestamp> {
        let local = jiff::tz::TimeZone::UTC.to_datetime(now);
        let next = self.0.find_next_occurrence(&local, false).ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(next).ok()
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schedule({:?})", self.as_str())
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        const LONGEST: usize = 200;
        let fields = text.split_whitespace().count();
        let is_nickname = text.starts_with('@') && fields == 1;
        if text.len() > LONGEST || !(is_nickname || matches!(fields, 5 | 6)) {
            return Err(format!(
                "{} has {fields} fields; there are 5: minute, hour, day, month, weekday",
                quoted(text)
            ));
        }
        let wrong = |error: &dyn std::fmt::Display| format!("{} is no schedule: {error}", quoted(text));
        let parser = croner::parser::CronParser::builder().year(croner::parser::Year::Disallowed).build();
        let cron = parser.parse(text).map_err(|error| wrong(&error))?;
        let some_day = jiff::civil::datetime(2000, 1, 1, 0, 0, 0, 0);
        cron.find_next_occurrence(&some_day, true).map_err(|_| wrong(&"that day never comes"))?;
        Ok(Self(cron))
    }
}

/// Reads the tasks.
///
/// # Errors
/// [`crate::Error::Invalid`] with the place of what is wrong.
pub fn parse(file: &str, bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<Vec<Task>> {
    tasks(bytes, &mut Notes::new(file, warnings)).map_err(|fault| fault.of(file))
}

fn tasks(bytes: &[u8], notes: &mut Notes<'_>) -> std::result::Result<Vec<Task>, Fault> {
    let root = node::yaml(bytes)?;
    let mut fields = Fields::of(&root, "cron.yaml")?;
    let version = fields.required("version", "cron.yaml")?;
    if version.text("version")? != "1" {
        return Err(version.fault(format!("version must be 1, not {}", quoted(version.text("version")?))));
    }
    let mut found: Vec<Task> = Vec::new();
    for item in fields.required("cron", "cron.yaml")?.list("cron")? {
        if found.len() >= limits::TASKS {
            return Err(item.fault(format!("cron.yaml has more than {} tasks", limits::TASKS)));
        }
        let mut fields = Fields::of(item, "a task of cron")?;
        let name = fields.required("name", "a task of cron")?;
        let url = fields.required("url", "a task of cron")?;
        let schedule = fields.required("schedule", "a task of cron")?;
        for unknown in fields.rest() {
            notes.warn(unknown.at, format!("{} is not known in a task and is ignored", quoted(&unknown.key)));
        }
        let text = name.text("name")?;
        if text.is_empty() || found.iter().any(|task| task.name == text) {
            return Err(name.fault(format!("each task needs a name of its own; {} is there already", quoted(text))));
        }
        let path = url.text("url")?;
        if !path.starts_with('/') || path.chars().any(|next| next.is_control() || next == ' ') {
            return Err(url.fault(format!("url must be a path that begins with /, not {}", quoted(path))));
        }
        let schedule = schedule.text("schedule")?.parse().map_err(|why: String| schedule.fault(why))?;
        found.push(Task { name: text.to_owned(), url: path.to_owned(), schedule });
    }
    for unknown in fields.rest() {
        notes.warn(unknown.at, format!("{} is not known and is ignored", quoted(&unknown.key)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn schedules_are_in_utc() {
        for (text, now, want) in [
            ("0 */12 * * *", "2026-03-29T01:30:00Z", "2026-03-29T12:00:00Z"),
            ("30 2 * * SUN", "2026-03-28T00:00:00Z", "2026-03-29T02:30:00Z"),
            ("*/10 * * * * *", "2026-01-01T00:00:10Z", "2026-01-01T00:00:20Z"),
            ("@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ] {
            let schedule: Schedule = text.parse().unwrap();
            assert_eq!(schedule.next_after(now.parse().unwrap()), Some(want.parse().unwrap()), "{text}");
        }
        for wrong in ["", "* * * *", "* * * * * * *", "61 * * * *", "0 0 31 2 *", "a b c d e", "@never"] {
            assert!(wrong.parse::<Schedule>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_schedule_ends(text in "[*/0-9,A-Z#L@? -]{0,40}") {
            if let Ok(schedule) = text.parse::<Schedule>() {
                let now = jiff::Timestamp::UNIX_EPOCH;
                prop_assert!(schedule.next_after(now).is_none_or(|next| next > now));
            }
        }
    }
}
