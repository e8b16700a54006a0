//! Records that are missing by their numbers, of all machines: the hours around them, and what is to be said.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::Problem;

use crate::Assumptions;
use crate::assets::Machines;
use crate::outcome::{Party, Tally};

/// Hours around records that are missing by their numbers, of each machine and source; and of what a device reports of
/// others, of the whole source.
pub(crate) struct Holes<'a> {
    own: BTreeMap<(&'a Party, &'a str), Hole>,
    of_source: BTreeMap<&'a str, Hole>,
}

/// Stretches of hours, each beginning behind the one before.
struct Hole(Vec<(i64, i64)>);

impl<'a> Holes<'a> {
    pub(crate) fn of(tally: &'a Tally, assumed: &Assumptions) -> Self {
        let mut all: BTreeMap<(&Party, &str), Hole> = BTreeMap::new();
        let mut of_source: BTreeMap<&str, Hole> = BTreeMap::new();
        for ((party, source, _), numbers) in &tally.numbers {
            if assumed.is_filtered(source) {
                continue;
            }
            let missing = numbers.missing();
            if missing.hours.is_empty() {
                continue;
            }
            let cell = tally.cells.get(&(party.clone(), source.clone()));
            let hole = if cell.is_some_and(|cell| !cell.subject) {
                of_source.entry(source).or_insert(Hole(Vec::new()))
            } else {
                all.entry((party, source)).or_insert(Hole(Vec::new()))
            };
            hole.0.extend(missing.hours);
        }
        all.values_mut()
            .chain(of_source.values_mut())
            .for_each(Hole::settle);
        Self {
            own: all,
            of_source,
        }
    }

    /// Whether an hour of a source of a machine is whole.
    pub(crate) fn is_whole(&self, party: &'a Party, source: &'a str, hour: i64) -> bool {
        let holes = |hole: Option<&Hole>| hole.is_some_and(|hole| hole.holds(hour));
        !holes(self.own.get(&(party, source))) && !holes(self.of_source.get(source))
    }
}

impl Hole {
    fn settle(&mut self) {
        self.0.sort_unstable();
        self.0.dedup_by(|next, kept| {
            let joined = next.0 <= kept.1;
            if joined {
                kept.1 = kept.1.max(next.1);
            }
            joined
        });
    }

    fn holds(&self, hour: i64) -> bool {
        let before = self.0.partition_point(|hole| hole.0 <= hour);
        let last = before.checked_sub(1).and_then(|at| self.0.get(at));
        last.is_some_and(|hole| hour <= hole.1)
    }
}

/// What is to be said of records that are missing by their numbers, and of logs that were cleared: of each source, on how
/// many machines.
pub(crate) fn told(tally: &Tally, machines: &Machines, assumed: &Assumptions) -> Vec<Problem> {
    let mut lost: BTreeMap<&str, (u64, BTreeSet<String>)> = BTreeMap::new();
    let mut cleared: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for ((party, source, _), numbers) in &tally.numbers {
        if assumed.is_filtered(source) {
            continue;
        }
        let missing = numbers.missing();
        let asset = machines.asset(party, None);
        if missing.cleared {
            cleared.entry(source).or_default().extend(asset.clone());
        }
        if missing.records > 0 || !missing.hours.is_empty() && !missing.cleared {
            let entry = lost.entry(source).or_default();
            entry.0 = entry.0.saturating_add(missing.records);
            entry.1.extend(asset);
        }
    }
    let lost = lost.into_iter().map(|(source, (records, on))| {
        Problem::new(
            format!("source {source}"),
            format!(
                "{records} records of {} are missing: their numbers are left out; the hours around them do not count as visible",
                names(&on)
            ),
            "check whether somebody deleted events, and export the log again without a filter; if it was filtered on purpose, say so: a line `filtered,SOURCE` in --assumptions",
        )
    });
    let cleared = cleared.into_iter().map(|(source, on)| {
        Problem::new(
            format!("source {source}"),
            format!(
                "the numbers of records of {} begin anew: the log was cleared; the hours around that do not count as visible",
                names(&on)
            ),
            "find out who cleared it and why (events 1102 and 104 say who), and look for a copy that was made before",
        )
    });
    lost.chain(cleared).collect()
}

/// The first machines by name, and how many more.
fn names(of: &BTreeSet<String>) -> String {
    let first: Vec<&str> = of.iter().map(String::as_str).take(3).collect();
    match of.len().saturating_sub(first.len()) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
