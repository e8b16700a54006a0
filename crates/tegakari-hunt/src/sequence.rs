//! Numbers that records bear, and what is missing among them.
//!
//! Windows numbers the events of a channel one after the other (`EventRecordID`). A number that is left out means an
//! event that was deleted, overwritten, or not exported, and nobody can tell which: so the hours around it are not whole.
//! That holds in one file, from file to file, and in whatever order records stand. More left out is never more visible.

use serde::{Deserialize, Serialize};

/// Numbers without a hole between them, and the seconds of the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Run {
    first: u64,
    last: u64,
    from: i64,
    until: i64,
}

/// Numbers that were given out one after the other; after a log was cleared, others begin.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Strand {
    runs: Vec<Run>,
    /// There were too many runs to be kept: all between the first and the last counts as a hole.
    blurred: bool,
}

/// The numbers of one channel of a machine in one or more files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Numbers {
    strands: Vec<Strand>,
}

/// What is missing among numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Missing {
    /// Records.
    pub(crate) records: u64,
    /// Numbers begin anew: a log was cleared.
    pub(crate) cleared: bool,
    /// Hours around them, from and to.
    pub(crate) hours: Vec<(i64, i64)>,
}

/// Runs kept of a strand.
const MOST_RUNS: usize = 50_000;
/// Strands kept of a channel: files, and times it was cleared.
const MOST_STRANDS: usize = 10_000;
/// A number that is lower by as much, though the record is later, is of a log that begins anew. What is written at the
/// same time by several processors may be out of order by a few.
const ANEW: u64 = 64;

impl Strand {
    fn add(&mut self, number: u64, second: i64) {
        let run = Run {
            first: number,
            last: number,
            from: second,
            until: second,
        };
        match self.runs.last_mut() {
            Some(last) if (last.first..=last.last).contains(&number) => {}
            Some(last) if number.checked_sub(1) == Some(last.last) => {
                (last.last, last.until) = (number, second);
            }
            // Some tools export the newest first.
            Some(last) if last.first.checked_sub(1) == Some(number) => {
                (last.first, last.from) = (number, second);
            }
            _ => {
                self.runs.push(run);
                if self.runs.len() >= MOST_RUNS {
                    self.settle();
                }
            }
        }
    }

    /// Sorts the runs, joins those that touch, and gives up telling them apart where they are too many.
    fn settle(&mut self) {
        self.runs.sort_unstable();
        self.runs.dedup_by(|next, kept| {
            let joined = next.first <= kept.last.saturating_add(1);
            if joined && next.last > kept.last {
                (kept.last, kept.until) = (next.last, next.until);
            }
            joined
        });
        if self.runs.len() > MOST_RUNS / 2 {
            let (from, until) = self.time();
            let (first, last) = self.range();
            self.blurred = true;
            self.runs = vec![Run {
                first,
                last,
                from,
                until,
            }];
        }
    }

    fn range(&self) -> (u64, u64) {
        let first = self.runs.iter().map(|run| run.first).min();
        let last = self.runs.iter().map(|run| run.last).max();
        (first.unwrap_or(0), last.unwrap_or(0))
    }

    fn time(&self) -> (i64, i64) {
        let first = self.runs.iter().map(|run| run.from.min(run.until)).min();
        let last = self.runs.iter().map(|run| run.from.max(run.until)).max();
        (first.unwrap_or(0), last.unwrap_or(0))
    }

    /// The time of the highest number.
    fn ended(&self) -> i64 {
        let last = self.runs.iter().max_by_key(|run| run.last);
        last.map_or(0, |run| run.until)
    }
}

impl Numbers {
    /// The next record of a file, with its number and second.
    pub(crate) fn add(&mut self, number: u64, second: i64) {
        let anew = match self.strands.last().and_then(|strand| strand.runs.last()) {
            None => true,
            Some(last) => {
                last.last.saturating_sub(number) > ANEW
                    && last.first > number
                    && second > last.until
            }
        };
        if anew && self.strands.len() < MOST_STRANDS {
            self.strands.push(Strand::default());
        }
        if let Some(strand) = self.strands.last_mut() {
            strand.add(number, second);
        }
    }

    /// Adds those of another file.
    pub(crate) fn merge(&mut self, other: Self) {
        self.strands.extend(other.strands);
        // The order of files does not matter.
        self.strands.sort_unstable();
        self.strands.dedup();
        self.strands.truncate(MOST_STRANDS);
    }

    /// What is left out.
    pub(crate) fn missing(&self) -> Missing {
        let mut strands: Vec<&Strand> = self
            .strands
            .iter()
            .filter(|one| !one.runs.is_empty())
            .collect();
        strands.sort_by_key(|strand| (strand.time().0, strand.range()));
        let mut missing = Missing::default();
        let mut epoch = Strand::default();
        for strand in strands {
            let begins = strand.time().0;
            let anew = !epoch.runs.is_empty()
                && strand.range().1 <= epoch.range().1
                && begins > epoch.time().1;
            if anew {
                let cleared = epoch.ended();
                missing.of(std::mem::take(&mut epoch));
                // A cleared log begins with 1. How many there were before, nobody knows.
                missing.cleared = true;
                missing.hole(strand.range().0.saturating_sub(1), cleared, begins);
            }
            epoch.blurred |= strand.blurred;
            epoch.runs.extend(&strand.runs);
        }
        missing.of(epoch);
        missing.hours.sort_unstable();
        missing.hours.dedup();
        missing
    }
}

impl Missing {
    fn hole(&mut self, records: u64, from: i64, until: i64) {
        self.records = self.records.saturating_add(records);
        let hour = |second: i64| second.div_euclid(3600);
        let hours = (hour(from.min(until)), hour(from.max(until)));
        if self.hours.last() != Some(&hours) {
            self.hours.push(hours);
        }
    }

    /// Adds what is left out among numbers that were given out one after the other.
    fn of(&mut self, mut epoch: Strand) {
        if epoch.runs.is_empty() {
            return;
        }
        if epoch.blurred {
            let (from, until) = epoch.time();
            self.hole(0, from, until);
        }
        epoch.runs.sort_unstable();
        let mut before: Option<Run> = None;
        for run in epoch.runs {
            match &mut before {
                Some(known) if run.first <= known.last.saturating_add(1) => {
                    if run.last > known.last {
                        (known.last, known.until) = (run.last, run.until);
                    }
                }
                Some(known) => {
                    self.hole(run.first - known.last - 1, known.until, run.from);
                    *known = run;
                }
                None => before = Some(run),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Missing, Numbers};

    fn numbers(of: impl Iterator<Item = (u64, i64)>) -> Numbers {
        let mut numbers = Numbers::default();
        of.for_each(|(number, minute)| numbers.add(number, minute * 60));
        numbers
    }

    fn holes(of: impl Iterator<Item = (u64, i64)>) -> (u64, Vec<(i64, i64)>) {
        let Missing { records, hours, .. } = numbers(of).missing();
        (records, hours)
    }

    /// A record a minute.
    fn minutes(of: impl Iterator<Item = u64>) -> impl Iterator<Item = (u64, i64)> {
        of.map(|n| (n, n as i64))
    }

    #[test]
    fn a_number_that_is_left_out_is_a_hole_in_whatever_order() {
        let all: Vec<u64> = (1..600).filter(|n| !(130..140).contains(n)).collect();
        let want = (10, vec![(2, 2)]);
        assert_eq!(holes(minutes(all.iter().copied())), want);
        assert_eq!(holes(minutes(all.iter().rev().copied())), want);
        let mut mixed = all.clone();
        mixed.sort_by_key(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        assert_eq!(holes(minutes(mixed.into_iter())), want);
        assert_eq!(holes(minutes(1..600)), (0, vec![]));
        // One line told twice, and two that were written at the same time.
        assert_eq!(
            holes([(1, 0), (2, 1), (2, 1), (4, 2), (3, 2), (5, 3)].into_iter()),
            (0, vec![])
        );
        let far = holes([(u64::MAX, i64::MAX / 60), (0, i64::MIN / 60)].into_iter());
        assert_eq!(far.0, u64::MAX - 1);
    }

    #[test]
    fn what_is_missing_between_two_files_is_told_and_files_may_come_in_any_order() {
        let first = numbers(minutes(1..200));
        let second = numbers(minutes(260..600));
        let mut ahead = first.clone();
        ahead.merge(second.clone());
        let mut back = second.clone();
        back.merge(first.clone());
        assert_eq!(ahead, back);
        assert_eq!(
            ahead.missing(),
            Missing {
                records: 60,
                cleared: false,
                hours: vec![(3, 4)]
            }
        );
        // The missing file is found.
        ahead.merge(numbers(minutes(150..300)));
        assert_eq!(ahead.missing(), Missing::default());
    }

    #[test]
    fn a_log_that_was_cleared_begins_anew() {
        let cleared =
            |from: u64| minutes(5000..5600).chain((from..300).map(|n| (n, 6000 + n as i64)));
        assert_eq!(holes(cleared(1)), (0, vec![(93, 100)]));
        assert_eq!(holes(cleared(11)), (10, vec![(93, 100)]));
        let mut files = numbers(minutes(5000..5600));
        files.merge(numbers((1..300).map(|n| (n, 6000 + n as i64))));
        let missing = files.missing();
        assert_eq!(
            (missing.records, missing.cleared, missing.hours),
            (0, true, vec![(93, 100)])
        );
    }

    #[test]
    fn the_more_is_left_out_the_more_hours_are_not_whole() {
        let dark = |kept: u64| {
            let left =
                (1..6000_u64).filter(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 < kept << 22);
            let missing = numbers(minutes(left)).missing();
            (0..100_i64)
                .filter(|hour| missing.hours.iter().any(|(a, b)| (a..=b).contains(&hour)))
                .count()
        };
        let shares: Vec<usize> = (0..10).map(|step| dark(1023 - step * 100)).collect();
        assert!(shares.is_sorted(), "{shares:?}");
        assert!(shares[1] >= 99, "{shares:?}");
    }
}
