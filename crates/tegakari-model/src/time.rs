//! Times. Always UTC; "no time" is `None`, never 1970.

use serde::{Deserialize, Serialize};

/// A moment in UTC, written as RFC 3339 (`2025-03-04T01:57:43Z`).
pub type Timestamp = jiff::Timestamp;

/// An hour of UTC, counted from 1970-01-01T00Z. The unit in which visibility is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hour(pub i64);

impl Hour {
    /// The hour that holds `time`.
    pub fn of(time: Timestamp) -> Self {
        Self(time.as_second().div_euclid(3600))
    }

    /// The first moment of the hour; `None` outside the years that can be written.
    pub fn start(self) -> Option<Timestamp> {
        Timestamp::from_second(self.0.checked_mul(3600)?).ok()
    }
}

/// A half-open range of time: `from <= t < until`. An open end is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// First moment inside the range.
    pub from: Option<Timestamp>,
    /// First moment after the range.
    pub until: Option<Timestamp>,
}

impl TimeRange {
    /// Whether `time` lies in the range.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= time) && self.until.is_none_or(|until| time < until)
    }

    /// Whether neither end is set.
    pub fn is_open(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }
}
