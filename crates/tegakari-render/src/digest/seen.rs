//! What was seen, added up for each indicator.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{HuntResult, Indicator, Sighting, Timestamp};

/// One indicator that was seen.
#[derive(Debug, Clone)]
pub(crate) struct Seen<'a> {
    pub(crate) indicator: &'a Indicator,
    pub(crate) sightings: &'a [Sighting],
    /// Records over all assets.
    pub(crate) count: u64,
    /// Records without a time.
    pub(crate) without_time: u64,
    /// Named assets, sorted.
    pub(crate) assets: Vec<&'a str>,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
    /// Records by log source, sorted.
    pub(crate) by_source: Vec<(&'a str, u64)>,
}

/// Everything seen, in the order of the findings.
pub(crate) fn seen(hunt: &HuntResult) -> Vec<Seen<'_>> {
    hunt.findings
        .iter()
        .filter(|one| !one.finding.sightings().is_empty())
        .map(|one| sum(&one.indicator, one.finding.sightings()))
        .collect()
}

/// Adds up the sightings of one indicator.
pub(crate) fn sum<'a>(indicator: &'a Indicator, sightings: &'a [Sighting]) -> Seen<'a> {
    let mut sources: BTreeMap<&str, u64> = BTreeMap::new();
    for (source, n) in sightings.iter().flat_map(|s| &s.by_source) {
        let total = sources.entry(source).or_default();
        *total = total.saturating_add(*n);
    }
    let assets: BTreeSet<&str> = sightings
        .iter()
        .filter_map(|s| s.asset.as_deref())
        .collect();
    Seen {
        indicator,
        sightings,
        count: sightings.iter().fold(0, |n, s| n.saturating_add(s.count)),
        without_time: sightings
            .iter()
            .fold(0, |n, s| n.saturating_add(s.count_without_time)),
        assets: assets.into_iter().collect(),
        first: sightings.iter().filter_map(|s| s.first).min(),
        last: sightings.iter().filter_map(|s| s.last).max(),
        by_source: sources.into_iter().collect(),
    }
}

/// Names of all assets on which something was seen, sorted.
pub(crate) fn assets<'a>(seen: &[Seen<'a>]) -> Vec<&'a str> {
    let all: BTreeSet<&str> = seen.iter().flat_map(|s| s.assets.iter().copied()).collect();
    all.into_iter().collect()
}
