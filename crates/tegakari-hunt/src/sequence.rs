//! Numbers that records bear, and what is missing among them.
//!
//! Windows numbers the events of a channel one after the other (`EventRecordID`). Where the numbers of a log mostly
//! follow each other, a jump means that events between were deleted, overwritten or never exported, and the hours
//! around it are not whole. A log that jumps all the time was filtered when it was exported: then nothing follows.

/// The numbers of one source and machine, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    last: Option<(u64, i64)>,
    steps: u64,
    whole: u64,
    missing: u64,
    jumps: Vec<(i64, i64)>,
}

/// Jumps kept of a source and machine.
const MOST_JUMPS: usize = 1_000;
/// Steps from which on it is told whether numbers follow each other.
const FEWEST: u64 = 20;

impl Sequence {
    /// The next record, with its number and hour.
    pub(crate) fn add(&mut self, number: u64, hour: i64) {
        if let Some((last, before)) = self.last {
            let apart = number.abs_diff(last);
            if apart == 0 {
                return;
            }
            self.steps += 1;
            // Some tools export the newest first.
            if apart == 1 {
                self.whole += 1;
            } else {
                self.missing = self.missing.saturating_add(apart - 1);
                let hours = (before.min(hour), before.max(hour));
                let full = self.jumps.len() >= MOST_JUMPS;
                match self.jumps.last_mut() {
                    Some(kept) if full => {
                        *kept = (kept.0.min(hours.0), kept.1.max(hours.1));
                    }
                    _ => self.jumps.push(hours),
                }
            }
        }
        self.last = Some((number, hour));
    }

    /// The hours around jumps, and how many records are missing; nothing where numbers do not follow each other anyway.
    pub(crate) fn jumps(self) -> Option<(Vec<(i64, i64)>, u64)> {
        let follows = self.steps >= FEWEST && self.whole * 10 >= self.steps * 9;
        (follows && !self.jumps.is_empty()).then_some((self.jumps, self.missing))
    }
}

#[cfg(test)]
mod tests {
    use super::Sequence;

    fn jumps(numbers: impl Iterator<Item = (u64, i64)>) -> Option<(Vec<(i64, i64)>, u64)> {
        let mut sequence = Sequence::default();
        numbers.for_each(|(number, hour)| sequence.add(number, hour));
        sequence.jumps()
    }

    #[test]
    fn a_jump_among_numbers_that_follow_each_other_is_a_gap() {
        let up = (1..60)
            .filter(|n| !(30..40).contains(n))
            .map(|n| (n, n as i64 / 10));
        assert_eq!(jumps(up.clone()), Some((vec![(2, 4)], 10)));
        let mut down: Vec<_> = up.collect();
        down.reverse();
        assert_eq!(jumps(down.into_iter()), Some((vec![(2, 4)], 10)));
        assert_eq!(jumps((1..60).map(|n| (n, 0))), None);
        // Filtered when it was exported.
        assert_eq!(jumps((1..60).map(|n| (n * 3, 0))), None);
        assert_eq!(
            jumps([(u64::MAX, i64::MIN), (0, i64::MAX)].into_iter()),
            None
        );
    }
}
