//! What an input showed, when all of it was read.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{InputSummary, Problem};

use super::{Accumulator, Sums};
use crate::Outcome;
use crate::outcome::{Cell, Floating};

impl Accumulator<'_> {
    /// The outcome of this input.
    pub(crate) fn finish(
        mut self,
        bytes: u64,
        mut problems: Vec<Problem>,
        partial: bool,
    ) -> Outcome {
        if std::mem::take(&mut self.hole)
            && let Some(latest) = self.latest
        {
            self.gap(latest);
        }
        // Gaps in order, each beginning behind the one before.
        let mut gaps = std::mem::take(&mut self.gaps);
        gaps.sort_unstable();
        gaps.dedup_by(|next, kept| {
            let joined = next.0 <= kept.1;
            if joined {
                kept.1 = kept.1.max(next.1);
            }
            joined
        });
        let whole = |hour: i64| {
            let before = gaps.partition_point(|gap| gap.0 <= hour);
            before
                .checked_sub(1)
                .and_then(|i| gaps.get(i))
                .is_none_or(|gap| gap.1 < hour)
        };
        if self.bad > 0 {
            let line = self.first_bad.unwrap_or(0);
            problems.push(
                Problem::new(
                    &self.file,
                    format!(
                        "{} of {} records could not be understood as {} (the first is record {line}); they were searched as text",
                        self.bad, self.records, self.format
                    ),
                    "look at that record: it may be cut, or of another format",
                )
                .losing_records(self.bad),
            );
        }
        if self.of_drills > 0 {
            problems.push(Problem::new(
                &self.file,
                format!(
                    "{} records show traces of drills of yours, and were left out",
                    self.of_drills
                ),
                "nothing is wrong; `tegakari drill report` tells what the drills showed",
            ));
        }
        if self.like_drills > 0 {
            problems.push(Problem::new(
                &self.file,
                format!(
                    "{} records look like traces of a drill that this database does not know; they count as sightings",
                    self.like_drills
                ),
                "if it was yours, make its plan known: `tegakari drill check --plan FILE`; if it was not, look at them",
            ));
        }
        if self.cut_short > 0 {
            problems.push(Problem::new(
                &self.file,
                format!(
                    "{} records are so long that regular expressions of rules were not tried on all of them",
                    self.cut_short
                ),
                "look at the longest records, or give the rules expressions with fewer repetitions",
            ));
        }
        if self.overflow {
            problems.push(Problem::new(
                &self.file,
                format!(
                    "more than {} machines in one file: further ones were not kept apart",
                    self.plan.limits().assets
                ),
                "check whether the host names in it are real",
            ));
        }
        let source_names: Vec<String> = (0..self.sources.len())
            .map(|at| self.source_text(at))
            .collect();
        let parties = std::mem::take(&mut self.parties);
        let close = |sums: &mut Sums| {
            let mut tally = std::mem::take(&mut sums.tally);
            tally.requests.bound();
            for (row, source) in sums.cells.drain(..).zip(&source_names) {
                for (cell, party) in row.into_iter().zip(&parties) {
                    let Some(mut cell) = cell else { continue };
                    let mut hours = cell.hours.take();
                    let partial: BTreeSet<i64> =
                        hours.keys().copied().filter(|hour| !whole(*hour)).collect();
                    hours.retain(|hour, _| !partial.contains(hour));
                    let cell = Cell {
                        active: cell.active,
                        subject: cell.subject,
                        shows: cell.shows,
                        hours,
                        partial,
                        without_time: cell.without_time,
                    };
                    tally.cells.insert((party.clone(), source.clone()), cell);
                }
            }
            let hours = sums.hours.take();
            tally.hours = hours
                .into_iter()
                .map(|(hour, sum)| (hour, sum.records))
                .collect();
            tally
        };
        let mut tally = close(&mut self.dated);
        if self.unzoned.records > 0 {
            let mut unzoned = std::mem::take(&mut self.unzoned);
            unzoned.sources = source_names.iter().cloned().collect();
            tally.unzoned.insert(self.file.clone(), unzoned);
        }
        for (moments, source) in self.moments.drain(..).zip(&source_names) {
            if !moments.is_empty() {
                let known = tally.moments.entry(source.clone()).or_default();
                known.merge(moments);
            }
        }
        let last = self.last_sequence.take();
        for ((source, party, channel), numbers) in self.sequences.drain().chain(last) {
            if let (Some(source), Some(party)) =
                (source_names.get(source), parties.get(party as usize))
            {
                let channel = String::from_utf8_lossy(&channel).chars().take(80).collect();
                let key = (party.clone(), source.clone(), channel);
                tally.numbers.entry(key).or_default().merge(numbers);
            }
        }
        let rest = close(&mut self.floating);
        let mut floating = BTreeMap::new();
        if let (Some(first), Some(last)) = (self.floating.first, self.floating.last) {
            let one = Floating {
                tally: rest,
                first,
                last,
            };
            floating.insert(self.file.clone(), one);
        }
        Outcome {
            tally,
            floating,
            inputs: vec![InputSummary {
                file: self.file,
                format: self.format.to_owned(),
                bytes,
                records: self.records,
                bad_records: self.bad,
                first: self.dated.first,
                last: self.dated.last,
            }],
            problems,
            partial,
            examples: self.plan.examples(),
        }
    }
}
