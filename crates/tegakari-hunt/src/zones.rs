//! Times that do not say their zone are read as UTC. Where they lie beside all other logs by the hours of a zone, or
//! after the files were written, they are of another one: said, and then none of those hours counts as visible.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tegakari_model::{InputSummary, Problem, Timestamp};

use crate::sources::Sources;

/// Records of a file whose times say no zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unzoned {
    pub(crate) records: u64,
    /// Seconds since 1970.
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// Names of the sources that they belong to.
    pub(crate) sources: BTreeSet<String>,
}

impl Unzoned {
    pub(crate) fn add(&mut self, second: i64) {
        if self.records == 0 {
            (self.first, self.last) = (second, second);
        }
        self.records += 1;
        self.first = self.first.min(second);
        self.last = self.last.max(second);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        if self.records == 0 {
            *self = other;
            return;
        }
        self.records += other.records;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.sources.extend(other.sources);
    }
}

/// Fewer records than this tell nothing of a zone.
const FEWEST: u64 = 10;
/// Zones differ from UTC by as much, in seconds.
const NEAREST: i64 = 45 * 60;
const FARTHEST: i64 = 14 * 3600;
/// Logs of the same time begin and end within as much of each other.
const NEAR: i64 = 30 * 60;
/// Files that are told of.
const MOST_TOLD: usize = 20;

/// By how many seconds the times of a file lie after those of others (before them: negative), as a multiple of a quarter
/// of an hour; `None` where they fit.
fn off(one: &Unzoned, others: Option<(i64, i64)>, not_after: Option<i64>) -> Option<i64> {
    if one.records < FEWEST {
        return None;
    }
    let quarters = |seconds: i64| (seconds + 450).div_euclid(900) * 900;
    let is_zone = |seconds: i64| (NEAREST..=FARTHEST).contains(&seconds.saturating_abs());
    if let Some((first, last)) = others {
        let begins = one.first.saturating_sub(first);
        let ends = one.last.saturating_sub(last);
        if is_zone(ends) && is_zone(begins) && begins.abs_diff(ends) <= NEAR.unsigned_abs() {
            return Some(quarters(ends));
        }
    }
    let late = not_after.map(|now| one.last.saturating_sub(now));
    late.filter(|late| is_zone(*late)).map(quarters)
}

/// Takes the hours of files whose zone does not fit out of what is visible, and says so.
pub(crate) fn settle(
    unzoned: &BTreeMap<String, Unzoned>,
    inputs: &[InputSummary],
    not_after: Option<Timestamp>,
    sources: &mut Sources,
) -> Vec<Problem> {
    let others = inputs
        .iter()
        .filter(|input| !unzoned.contains_key(&input.file))
        .filter_map(|input| Some((input.first?.as_second(), input.last?.as_second())))
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let now = not_after.map(|time| time.as_second());
    let mut problems = Vec::new();
    let mut dark: BTreeSet<&str> = BTreeSet::new();
    for (file, one) in unzoned {
        let Some(off) = off(one, others, now) else {
            continue;
        };
        dark.extend(one.sources.iter().map(String::as_str));
        let size = off.unsigned_abs();
        let clock = format!("{}:{:02} h", size / 3600, size % 3600 / 60);
        let what = if off > 0 {
            format!(
                "its times say no zone and were read as UTC, but they lie {clock} after those of the other logs; its hours do not count as visible"
            )
        } else {
            format!(
                "its times say no zone and were read as UTC, but they lie {clock} before those of the other logs; its hours do not count as visible"
            )
        };
        problems.push(Problem::new(
            file,
            what,
            "export it with the zone behind each time (2025-03-04T10:00:00+09:00), or in UTC",
        ));
    }
    problems.truncate(MOST_TOLD);
    for ((_, source), sum) in sources.iter_mut() {
        if dark.contains(source.as_str()) {
            let hours = std::mem::take(&mut sum.hours);
            sum.partial.extend(hours.into_keys());
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::{Unzoned, off};

    #[test]
    fn only_what_lies_beside_the_others_by_the_hours_of_a_zone_does_not_fit() {
        let file = |first: i64, last: i64, records: u64| Unzoned {
            records,
            first: first * 60,
            last: last * 60,
            ..Unzoned::default()
        };
        let others = Some((0, 600 * 60));
        let of = |first, last, records| off(&file(first, last, records), others, None);
        // Tokyo, New York, Kathmandu.
        assert_eq!(of(541, 1138, 50), Some(9 * 3600));
        assert_eq!(of(-300, 299, 50), Some(-5 * 3600));
        assert_eq!(of(345, 944, 50), Some(20_700));
        // A little late, one end alone, days apart, too few.
        assert_eq!(of(10, 615, 50), None);
        assert_eq!(of(0, 1140, 50), None);
        assert_eq!(of(5000, 5600, 50), None);
        assert_eq!(of(541, 1138, 9), None);
        // Later than the files were written.
        let late = file(541, 1138, 50);
        assert_eq!(off(&late, None, Some(598 * 60)), Some(9 * 3600));
        assert_eq!(off(&late, None, Some(1138 * 60)), None);
        assert_eq!(
            off(&file(i64::MIN / 60, i64::MAX / 60, 50), others, Some(0)),
            None
        );
    }
}
