//! What could have been seen, hour by hour, while it was watched: how much came in, from how many machines, and what was lost.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tegakari_model::{Hour, Timestamp};

/// Heads every such line.
pub const VISIBILITY_SCHEMA: &str = "tegakari/watch-visibility/1";

/// Machines that are told apart in an hour of an input.
const MOST_MACHINES: usize = 10_000;

/// An hour of one input, by the clock of the machine that watches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourOfInput {
    /// [`VISIBILITY_SCHEMA`].
    pub schema: String,
    /// Its first moment.
    pub hour: Option<Timestamp>,
    /// The stream.
    pub input: String,
    /// Records read in it.
    pub records: u64,
    /// Of these, records that could not be understood.
    pub not_understood: u64,
    /// Messages that were lost.
    pub dropped: u64,
    /// Machines that the records are of; not more than 10,000.
    pub machines: u64,
    /// The whole hour was watched, records came, and none was lost: only then does silence mean something.
    pub whole: bool,
}

#[derive(Debug, Default)]
struct Sum {
    records: u64,
    not_understood: u64,
    dropped: u64,
    machines: BTreeSet<String>,
}

/// Sums of the hour at hand.
#[derive(Debug, Default)]
pub struct VisibleHours {
    hour: Option<i64>,
    /// The hour was not watched from its beginning.
    begun_late: bool,
    inputs: BTreeMap<String, Sum>,
}

impl VisibleHours {
    /// Begins to count at a moment.
    pub fn new(now: Timestamp) -> Self {
        Self {
            hour: Some(Hour::of(now).0),
            begun_late: true,
            inputs: BTreeMap::new(),
        }
    }

    /// An input is watched, whether anything comes or not.
    pub fn watch(&mut self, input: &str) {
        self.sum(input);
    }

    /// Counts what came in.
    pub fn add(&mut self, input: &str, records: u64, not_understood: u64, machines: &[String]) {
        let sum = self.sum(input);
        sum.records += records;
        sum.not_understood += not_understood;
        for machine in machines {
            if sum.machines.len() < MOST_MACHINES && !sum.machines.contains(machine) {
                sum.machines.insert(machine.clone());
            }
        }
    }

    /// Counts what was lost.
    pub fn lost(&mut self, input: &str, dropped: u64) {
        self.sum(input).dropped += dropped;
    }

    fn sum(&mut self, input: &str) -> &mut Sum {
        self.inputs.entry(input.to_owned()).or_default()
    }

    /// The hour that has ended, if one has; what is counted from here on is of the hour of `now`.
    pub fn ended(&mut self, now: Timestamp) -> Vec<HourOfInput> {
        let hour = Hour::of(now).0;
        let Some(last) = self.hour.filter(|last| *last < hour) else {
            return Vec::new();
        };
        let told = self.tell(last, !self.begun_late);
        self.hour = Some(hour);
        // When the program slept through an hour, this one was not watched from its start either.
        self.begun_late = hour > last + 1;
        told
    }

    /// What there is of the hour at hand, when the watch ends.
    pub fn stopped(&mut self) -> Vec<HourOfInput> {
        match self.hour {
            Some(hour) => self.tell(hour, false),
            None => Vec::new(),
        }
    }

    fn tell(&mut self, hour: i64, whole: bool) -> Vec<HourOfInput> {
        self.inputs
            .iter_mut()
            .map(|(input, sum)| {
                let sum = std::mem::take(sum);
                HourOfInput {
                    schema: VISIBILITY_SCHEMA.to_owned(),
                    hour: Hour(hour).start(),
                    input: input.clone(),
                    records: sum.records,
                    not_understood: sum.not_understood,
                    dropped: sum.dropped,
                    machines: sum.machines.len() as u64,
                    whole: whole && sum.records > 0 && sum.dropped == 0,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::VisibleHours;
    use tegakari_model::Timestamp;

    #[test]
    fn only_an_hour_without_loss_that_was_watched_from_its_start_is_whole() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let mut hours = VisibleHours::new(at("2026-03-04T05:30:00Z"));
        hours.watch("silent");
        hours.add("a", 5, 1, &["ws-01".to_owned(), "ws-01".to_owned()]);
        assert!(hours.ended(at("2026-03-04T05:59:59Z")).is_empty());
        let first = hours.ended(at("2026-03-04T06:00:00Z"));
        assert_eq!(first.len(), 2);
        assert!(first.iter().all(|one| !one.whole));
        assert_eq!(
            (first[0].records, first[0].machines, first[1].records),
            (5, 1, 0)
        );
        hours.add("a", 5, 0, &[]);
        hours.add("udp", 5, 0, &[]);
        hours.lost("udp", 1);
        let second = hours.ended(at("2026-03-04T07:10:00Z"));
        let whole: Vec<bool> = second.iter().map(|one| one.whole).collect();
        assert_eq!(whole, [true, false, false]);
        // An hour that was slept through is not told as watched.
        hours.add("a", 5, 0, &[]);
        hours.ended(at("2026-03-04T10:10:00Z"));
        hours.add("a", 5, 0, &[]);
        assert!(
            hours
                .ended(at("2026-03-04T11:00:00Z"))
                .iter()
                .all(|one| !one.whole)
        );
    }
}
