//! Milliseconds since the first look at the clock: one word, which fits an atomic.

use std::cell::RefCell;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A moment. It is never 0, which stands for none in atomics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) u64);

impl Moment {
    pub(crate) fn now() -> Self {
        Self(BEGIN.elapsed().as_millis() as u64 + 1)
    }

    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Seconds of Unix time.
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Writes the field that says when an answer was made (RFC 9110, section 6.6.1). Its text is made once a second.
pub(crate) fn write_date(to: &mut Vec<u8>, second: u64) {
    thread_local! {
        static LINE: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
    }
    LINE.with_borrow_mut(|(made, line)| {
        if *made != second {
            let date = httpdate::HttpDate::from(SystemTime::UNIX_EPOCH + Duration::from_secs(second));
            (*made, *line) = (second, format!("date: {date}\r\n"));
        }
        to.extend_from_slice(line.as_bytes());
    });
}
