//! Years for logs that do not write them (RFC 3164 syslog, Snort).
//!
//! When a time was asked about, the year is the one that brings a record into it, or nearest to it.
//! Otherwise the file is read in a stand-in year, marked, and dated when the hunt is concluded: by
//! the time of the logs that do have years (`window::date_yearless`). A step from December to
//! January inside a file begins the next year.

use jiff::{ToSpan, tz::TimeZone};
use tegakari_model::{TimeRange, Timestamp};

use crate::Event;
use crate::resume::State;
use crate::time_text::{Bsd, Yearless, from_civil};

/// The stand-in: a leap year, so that every date exists in it.
const STAND_IN: i16 = 2024;

/// Fills in years for the records of one file, in their order.
#[derive(Debug, Clone)]
pub struct YearClock {
    window: TimeRange,
    year: i16,
    month: Option<i8>,
}

impl YearClock {
    /// A clock for one file, given the time asked about.
    pub fn new(window: TimeRange) -> Self {
        Self {
            window,
            year: STAND_IN,
            month: None,
        }
    }

    /// The same clock, as it stood after earlier records of the file.
    #[must_use]
    pub(crate) fn after(mut self, state: &State) -> Self {
        if let Some((year, month)) = state.year {
            self.year = year;
            self.month = month;
        }
        self
    }

    /// What it has to know to go on.
    pub(crate) fn state(&self) -> State {
        State {
            year: Some((self.year, self.month)),
        }
    }

    /// Sets the time of an event.
    pub(crate) fn set(&mut self, event: &mut Event<'_>, time: Bsd) {
        match time {
            Bsd::Full(time) => event.time = Some(time),
            Bsd::NoYear(time) if self.window.is_open() => {
                event.time = self.in_stand_in(time);
                event.yearless = event.time.is_some();
                event.zoneless = true;
            }
            Bsd::NoYear(time) => {
                event.time = nearest(time, self.window);
                event.zoneless = true;
            }
        }
    }

    fn in_stand_in(&mut self, time: Yearless) -> Option<Timestamp> {
        let mut year = self.year;
        match self.month {
            Some(last) if last - time.month >= 6 => {
                year += 1;
                self.year = year;
                self.month = Some(time.month);
            }
            // A late record of last December among those of January.
            Some(last) if time.month - last >= 6 => year -= 1,
            _ => self.month = Some(time.month),
        }
        in_year(time, year)
    }
}

fn in_year(time: Yearless, year: i16) -> Option<Timestamp> {
    from_civil(year, time.month, time.day, time.second, time.nanos)
        // 29 February in a year that has none.
        .or_else(|| from_civil(year, time.month, time.day - 1, time.second, time.nanos))
}

/// The moment of that date which lies in the window or nearest to it; of equals the latest, or the
/// earliest where the window has no end.
fn nearest(time: Yearless, window: TimeRange) -> Option<Timestamp> {
    let years = [window.from, window.until]
        .into_iter()
        .flatten()
        .map(|end| end.to_zoned(TimeZone::UTC).year());
    let (first, last) = (years.clone().min()?, years.max()?);
    // A window of many years is dated at its end: logs without years are recent ones.
    let first = first.max(last.saturating_sub(3));
    let distance = |t: Timestamp| -> i64 {
        let before = window
            .from
            .map_or(0, |from| (from.as_second() - t.as_second()).max(0));
        let after = window
            .until
            .map_or(0, |until| (t.as_second() - until.as_second() + 1).max(0));
        before.max(after)
    };
    (first.saturating_sub(1)..=last.saturating_add(1))
        .filter_map(|year| in_year(time, year))
        .min_by_key(|&t| {
            let late = t.as_second();
            (
                distance(t),
                if window.until.is_some() { -late } else { late },
            )
        })
}

/// The same date and time of day, `years` later.
pub(crate) fn later_by(time: Timestamp, years: i16) -> Option<Timestamp> {
    let there = time
        .to_zoned(TimeZone::UTC)
        .datetime()
        .checked_add(i64::from(years).years())
        .ok()?;
    there
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::{YearClock, later_by};
    use crate::Event;
    use crate::time_text::bsd;
    use tegakari_model::{TimeRange, Timestamp};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn check(window: TimeRange, rows: &[(&str, &str, bool)]) {
        let mut clock = YearClock::new(window);
        for (text, want, yearless) in rows {
            let mut event = Event::default();
            clock.set(&mut event, bsd(text.as_bytes()).unwrap().0);
            assert_eq!(
                (event.time, event.yearless),
                (Some(at(want)), *yearless),
                "{text}"
            );
        }
    }

    #[test]
    fn the_window_gives_the_year() {
        let window = TimeRange {
            from: Some(at("2024-12-30T00:00:00Z")),
            until: Some(at("2025-01-03T00:00:00Z")),
        };
        check(
            window,
            &[
                ("Dec 31 23:00:00", "2024-12-31T23:00:00Z", false),
                ("Jan  1 01:00:00", "2025-01-01T01:00:00Z", false),
                ("Mar  1 01:00:00", "2025-03-01T01:00:00Z", false),
            ],
        );
        let since = TimeRange {
            from: Some(at("2025-03-01T00:00:00Z")),
            until: None,
        };
        check(
            since,
            &[
                ("Mar  4 01:00:00", "2025-03-04T01:00:00Z", false),
                ("Feb  4 01:00:00", "2026-02-04T01:00:00Z", false),
            ],
        );
    }

    #[test]
    fn without_a_window_the_turn_of_the_year_is_kept() {
        check(
            TimeRange::default(),
            &[
                ("Dec 31 23:00:00", "2024-12-31T23:00:00Z", true),
                ("Jan  1 01:00:00", "2025-01-01T01:00:00Z", true),
                ("Dec 31 23:59:59", "2024-12-31T23:59:59Z", true),
                ("Jan  2 01:00:00", "2025-01-02T01:00:00Z", true),
            ],
        );
        assert_eq!(
            later_by(at("2024-02-29T05:00:00Z"), 1),
            Some(at("2025-02-28T05:00:00Z"))
        );
    }
}
