//! What each source showed of each machine, hour by hour.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Hour, HourCount, KindSilence, SourceCoverage, Telemetry};

use crate::assets::Machines;
use crate::missing::Holes;
use crate::outcome::{HourSum, Tally, add_hours};
use crate::{Assumptions, Kinds};

/// What one source showed of one machine.
#[derive(Debug, Default)]
pub(crate) struct SourceSum {
    pub(crate) subject: bool,
    pub(crate) active: bool,
    /// What records showed, in whichever hour.
    pub(crate) shows: Kinds,
    /// Whole hours, and what was shown in each.
    pub(crate) hours: BTreeMap<i64, HourSum>,
    /// Hours that had records, but not all of them.
    pub(crate) partial: BTreeSet<i64>,
    pub(crate) without_time: u64,
}

/// All sources by machine, then source name.
pub(crate) type Sources = BTreeMap<(String, String), SourceSum>;

/// Adds up the cells of a tally by machine, inside the hours asked about. `quiet` is for how many hours a kind that is
/// seldom recorded may be silent; numbers of records in sources that are `filtered` say nothing.
pub(crate) fn of(
    tally: &Tally,
    machines: &Machines,
    hours: Option<(Hour, Hour)>,
    assumed: &Assumptions,
) -> Sources {
    let mut sums = Sources::new();
    let inside = |hour: i64| hours.is_none_or(|(from, until)| from.0 <= hour && hour < until.0);
    let holes = Holes::of(tally, assumed);
    for ((party, source), cell) in &tally.cells {
        let whole = |hour: i64| holes.is_whole(party, source, hour);
        // Hours of one machine are added together: an address rarely changes hands.
        let mut runs: Vec<(String, BTreeMap<i64, HourSum>)> = Vec::new();
        let counted = cell
            .hours
            .iter()
            .filter(|(hour, _)| inside(**hour) && whole(**hour));
        if machines.is_one(party) {
            let hours: BTreeMap<i64, HourSum> = counted.map(|(h, n)| (*h, *n)).collect();
            if let Some((&first, _)) = hours.first_key_value()
                && let Some(asset) = machines.asset(party, Some(first))
            {
                runs.push((asset, hours));
            }
        } else {
            for (&hour, &count) in counted {
                let Some(asset) = machines.asset(party, Some(hour)) else {
                    continue;
                };
                match runs.last_mut() {
                    Some((last, hours)) if *last == asset => {
                        hours.insert(hour, count);
                    }
                    _ => runs.push((asset, BTreeMap::from([(hour, count)]))),
                }
            }
        }
        let mut add = |asset: String, hours: BTreeMap<i64, HourSum>, without_time: u64| {
            let sum = sums.entry((asset, source.clone())).or_default();
            sum.subject |= cell.subject;
            sum.active |= cell.active;
            sum.shows = sum.shows.and(cell.shows);
            sum.without_time += without_time;
            add_hours(&mut sum.hours, hours);
        };
        for (asset, hours) in runs {
            add(asset, hours, 0);
        }
        if cell.without_time > 0
            && let Some(asset) = machines.asset(party, None)
        {
            add(asset, BTreeMap::new(), cell.without_time);
        }
        let torn = cell.hours.keys().filter(|hour| !whole(**hour));
        for &hour in cell
            .partial
            .iter()
            .chain(torn)
            .filter(|hour| inside(**hour))
        {
            if let Some(asset) = machines.asset(party, Some(hour)) {
                let sum = sums.entry((asset, source.clone())).or_default();
                sum.subject |= cell.subject;
                sum.active |= cell.active;
                sum.shows = sum.shows.and(cell.shows);
                sum.partial.insert(hour);
            }
        }
    }
    for ((_, source), sum) in &mut sums {
        // Where the sensor lost traffic, its hours are not whole.
        for (family, hour) in &tally.lossy {
            if source.starts_with(family.as_str()) && sum.hours.remove(hour).is_some() {
                sum.partial.insert(*hour);
            }
        }
        // What one file has of an hour does not make up for what is missing in another.
        for hour in &sum.partial {
            sum.hours.remove(hour);
        }
        bridge(&mut sum.hours, assumed.quiet);
    }
    families(&mut sums);
    sums
}

/// The hour in which the newest of the files was written was not over: from it on no hour is whole.
pub(crate) fn unfinished(sums: &mut Sources, from: i64) {
    for sum in sums.values_mut() {
        let late = sum.hours.split_off(&from);
        sum.partial.extend(late.into_keys());
    }
}

/// Kinds of which a machine makes few records, so that an hour without one says nothing.
const QUIET: [Telemetry; 2] = [Telemetry::Service, Telemetry::ScheduledTask];

/// A quiet kind counts in the hours that have records of the source, between two records of it that are at most so many
/// hours apart: it was turned on before and after.
fn bridge(hours: &mut BTreeMap<i64, HourSum>, most: u32) {
    for kind in QUIET {
        let kind = Kinds::of(&[kind]);
        let mut before: Option<i64> = None;
        let mut between: Vec<i64> = Vec::new();
        let mut lit: Vec<i64> = Vec::new();
        for (&hour, sum) in hours.iter() {
            if !sum.shows.meets(kind) {
                between.push(hour);
                continue;
            }
            if before.is_some_and(|known| hour - known <= i64::from(most)) {
                lit.append(&mut between);
            }
            between.clear();
            before = Some(hour);
        }
        for hour in lit {
            if let Some(sum) = hours.get_mut(&hour) {
                sum.shows = sum.shows.and(kind);
            }
        }
    }
}

/// A source that has shown an IPv6 address outside shows them; one that has not may stand where there are none, or be
/// of a kind that leaves them out.
fn families(sums: &mut Sources) {
    let v6 = Kinds::flow_out_v6();
    let show: BTreeSet<String> = sums
        .iter()
        .filter(|(_, sum)| sum.hours.values().any(|hour| hour.shows.meets(v6)))
        .map(|((_, source), _)| source.clone())
        .collect();
    for ((_, source), sum) in sums.iter_mut() {
        if show.contains(source) {
            for hour in sum.hours.values_mut() {
                if hour.shows.meets(Kinds::flow_out()) {
                    hour.shows = hour.shows.outward(true);
                    sum.shows = sum.shows.outward(true);
                }
            }
        }
    }
}

/// Machines that only ever reported about others.
pub(crate) fn sensors(sources: &Sources) -> BTreeSet<String> {
    let mut subject: BTreeMap<&String, bool> = BTreeMap::new();
    for ((asset, _), sum) in sources {
        *subject.entry(asset).or_default() |= sum.subject;
    }
    subject
        .into_iter()
        .filter(|(_, subject)| !subject)
        .map(|(asset, _)| asset.clone())
        .collect()
}

/// The sources as they are shown.
pub(crate) fn list(sources: Sources) -> Vec<SourceCoverage> {
    sources
        .into_iter()
        .map(|((asset, source), sum)| SourceCoverage {
            asset,
            source,
            telemetry: if sum.subject {
                sum.shows.list()
            } else {
                Vec::new()
            },
            silent: if sum.subject {
                silent(&sum)
            } else {
                Vec::new()
            },
            hours: sum
                .hours
                .into_iter()
                .map(|(hour, sum)| HourCount {
                    hour: Hour(hour),
                    records: sum.records,
                })
                .collect(),
            partial_hours: sum.partial.into_iter().map(Hour).collect(),
            records_without_time: sum.without_time,
        })
        .collect()
}

/// For each kind, the hours that have records of the source, but none that shows it.
fn silent(sum: &SourceSum) -> Vec<KindSilence> {
    let of = |telemetry: Telemetry| {
        let kind = Kinds::of(&[telemetry]);
        let hours = sum.hours.iter().filter(|(_, hour)| !hour.shows.meets(kind));
        KindSilence {
            telemetry,
            hours: hours.map(|(hour, _)| Hour(*hour)).collect(),
        }
    };
    let mut all: Vec<KindSilence> = sum.shows.list().into_iter().map(of).collect();
    all.retain(|one| !one.hours.is_empty());
    all
}
