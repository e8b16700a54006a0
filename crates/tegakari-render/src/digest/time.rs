//! The time axis that all charts over time share.

use tegakari_model::{Coverage, Hour, Timestamp};

use crate::format;

/// The hours of the window, first and one past the last; where the window is open, those with records.
pub(crate) fn window(coverage: &Coverage) -> Option<(Hour, Hour)> {
    coverage.window_hours().or_else(|| {
        let hours = || coverage.sources.iter().flat_map(|s| &s.hours);
        let first = hours().map(|h| h.hour).min()?;
        let last = hours().map(|h| h.hour).max()?;
        let from = coverage.window.from.map_or(first, Hour::of);
        let end = coverage
            .window
            .until
            .map_or(Hour(last.0.saturating_add(1)), Hour::of);
        (from < end).then_some((from, end))
    })
}

/// A window cut into equal bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    pub(crate) from: Hour,
    pub(crate) until: Hour,
    /// Hours in a bin.
    pub(crate) step: i64,
    pub(crate) bins: usize,
    /// The window itself; the axis may begin earlier and end later.
    pub(crate) window: (Hour, Hour),
}

impl Axis {
    /// The finest axis with at most `most` bins; bins of a day or more begin at midnight UTC.
    pub(crate) fn new((from, until): (Hour, Hour), most: usize) -> Self {
        const STEPS: [i64; 13] = [1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168, 336, 672];
        let most = i64::try_from(most.max(1)).unwrap_or(1);
        let aligned = |step: i64| {
            let from = from.0.div_euclid(step) * step;
            (from, (until.0 - from + step - 1).div_euclid(step).max(1))
        };
        let step = STEPS
            .into_iter()
            .find(|step| aligned(*step).1 <= most)
            .unwrap_or_else(|| {
                let weeks = (until.0 - from.0).div_euclid(168 * most) + 2;
                weeks * 168
            });
        let (start, bins) = aligned(step);
        Self {
            from: Hour(start),
            until: Hour(start + bins * step),
            step,
            bins: usize::try_from(bins).unwrap_or(1),
            window: (from, until),
        }
    }

    /// The bin that holds `hour`; `None` outside.
    pub(crate) fn bin(&self, hour: Hour) -> Option<usize> {
        (self.from <= hour && hour < self.until)
            .then(|| usize::try_from((hour.0 - self.from.0) / self.step).ok())
            .flatten()
    }

    /// Hours of the window in a bin.
    pub(crate) fn hours_in(&self, bin: usize) -> i64 {
        let start = self.from.0 + i64::try_from(bin).unwrap_or(0) * self.step;
        let end = (start + self.step).min(self.window.1.0);
        (end - start.max(self.window.0.0)).max(0)
    }

    /// Where a moment lies, 0 to 1; moments outside lie at the nearer end.
    #[allow(clippy::cast_precision_loss, reason = "a position in a drawing")]
    pub(crate) fn at(&self, time: Timestamp) -> f64 {
        let start = self.from.0.saturating_mul(3600);
        let length = (self.until.0 - self.from.0).max(1).saturating_mul(3600);
        ((time.as_second() - start) as f64 / length as f64).clamp(0.0, 1.0)
    }

    /// Where a bin begins, 0 to 1.
    #[allow(clippy::cast_precision_loss, reason = "a position in a drawing")]
    pub(crate) fn edge(&self, bin: usize) -> f64 {
        bin as f64 / self.bins.max(1) as f64
    }

    /// At most `most` round times with their places.
    #[allow(clippy::cast_precision_loss, reason = "a position in a drawing")]
    pub(crate) fn ticks(&self, most: i64) -> Vec<(f64, String)> {
        const STEPS: [i64; 11] = [1, 3, 6, 12, 24, 48, 120, 168, 336, 720, 2160];
        let length = (self.until.0 - self.from.0).max(1);
        let step = STEPS
            .into_iter()
            .find(|step| length / step <= most)
            .unwrap_or_else(|| length / most.max(1) + 1);
        let first = self.from.0 + (-self.from.0).rem_euclid(step);
        let mut ticks = Vec::new();
        let mut hour = first;
        while hour < self.until.0 {
            let at = (hour - self.from.0) as f64 / length as f64;
            ticks.push((at, format::hour(Hour(hour), step < 24)));
            hour += step;
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_cover_the_window_and_are_few() {
        for (from, until, most) in [
            (0, 1, 10),
            (5, 29, 24),
            (100, 100 + 24 * 14, 60),
            (7, 7 + 24 * 365 * 30, 50),
        ] {
            let axis = Axis::new((Hour(from), Hour(until)), most);
            assert!(axis.bins <= most, "{axis:?}");
            assert!(axis.from.0 <= from && axis.until.0 >= until, "{axis:?}");
            assert_eq!(axis.bin(Hour(until - 1)).map(|b| b < axis.bins), Some(true));
            assert!(axis.ticks(8).len() <= 10, "{:?}", axis.ticks(8));
        }
    }
}
