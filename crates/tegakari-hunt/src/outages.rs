//! Hours without a record of a source that otherwise has records nearly all the time: an outage, or a file that was
//! rotated away.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Hour, Problem};

use crate::sources::Sources;

/// A source is told of only when it has this many hours with records.
const FEWEST: usize = 6;
/// And when silent hours between are rare: one in so many.
const RARE: usize = 8;
/// Sources and outages of each that are told of.
const MOST_TOLD: usize = 20;

/// What is to be said of outages, the longest first. The hours are dark already: nothing is taken away here.
pub(crate) fn told(sources: &Sources) -> Vec<Problem> {
    let mut hours: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for ((_, source), sum) in sources {
        // An hour of which records are missing is told of where they are.
        let of_source = hours.entry(source).or_default();
        of_source.extend(sum.hours.keys().chain(&sum.partial));
    }
    let mut found: Vec<(i64, &str, i64)> = Vec::new();
    for (source, hours) in &hours {
        let (Some(first), Some(last)) = (hours.first(), hours.last()) else {
            continue;
        };
        let span = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
        let silent = span - hours.len();
        if hours.len() < FEWEST || silent == 0 || silent.saturating_mul(RARE) > span {
            continue;
        }
        let mut before = *first;
        for &hour in hours {
            if hour - before > 1 {
                found.push((hour - before - 1, source, before + 1));
            }
            before = hour;
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    found
        .into_iter()
        .take(MOST_TOLD)
        .map(|(silent, source, from)| {
            let since = Hour(from).start().map_or(String::new(), |time| time.to_string());
            Problem::new(
                format!("source {source}"),
                format!(
                    "no record of any machine for {silent} h from {since} on, though it has records nearly all the other time"
                ),
                "look for a rotated file that was not given, or for an outage of the collector",
            )
        })
        .collect()
}
