//! What our own hunt saw of the case.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Finding, HuntResult, LogCitation, Observable, ReportId};

use crate::claim::plain;

/// At most this many records of our own logs are cited for one fact.
const KEPT: usize = 5;

/// Sightings, by what they support.
#[derive(Debug, Clone, Default)]
pub(crate) struct Observed {
    /// Number of indicators seen.
    pub(crate) indicators: usize,
    /// Machines on which something was seen.
    pub(crate) assets: BTreeSet<String>,
    /// Machines that talked to the attacker's infrastructure.
    pub(crate) contacts: BTreeSet<String>,
    reports: BTreeSet<ReportId>,
    by_label: BTreeMap<String, Vec<LogCitation>>,
    by_value: BTreeMap<Observable, Vec<LogCitation>>,
}

impl Observed {
    /// Gathers the sightings of a hunt.
    pub(crate) fn of(hunt: Option<&HuntResult>) -> Self {
        let mut all = Self::default();
        for one in hunt.into_iter().flat_map(|hunt| &hunt.findings) {
            let Finding::Seen { sightings, .. } = &one.finding else {
                continue;
            };
            all.indicators += 1;
            let network = one.indicator.observable.kind().is_network();
            for sighting in sightings {
                let parties = sighting.on_behalf_of.iter().chain(&sighting.asset);
                all.assets.extend(parties.cloned());
                if network {
                    // A proxy that acted for others is not the machine to isolate.
                    let own = sighting
                        .asset
                        .iter()
                        .filter(|_| sighting.on_behalf_of.is_empty());
                    all.contacts
                        .extend(own.chain(&sighting.on_behalf_of).cloned());
                }
            }
            all.reports
                .extend(one.indicator.citations.iter().map(|c| c.report.clone()));
            let examples = || sightings.iter().flat_map(|s| &s.examples);
            let value = all
                .by_value
                .entry(one.indicator.observable.clone())
                .or_default();
            value.extend(examples().take(KEPT).cloned());
            for label in &one.indicator.labels {
                let cited = all.by_label.entry(plain(label)).or_default();
                let room = KEPT.saturating_sub(cited.len());
                cited.extend(examples().take(room).cloned());
            }
        }
        all
    }

    /// Whether an indicator of this report was seen.
    pub(crate) fn touches(&self, report: &ReportId) -> bool {
        self.reports.contains(report)
    }

    /// Records that hold an indicator which the report ties to one of these names.
    pub(crate) fn labelled(&self, names: &BTreeSet<String>) -> Vec<LogCitation> {
        let mut cited: Vec<LogCitation> = names
            .iter()
            .filter_map(|name| self.by_label.get(&plain(name)))
            .flatten()
            .cloned()
            .collect();
        cited.sort();
        cited.dedup();
        cited.truncate(KEPT);
        cited
    }

    /// Records that hold this value.
    pub(crate) fn value(&self, value: &Observable) -> Vec<LogCitation> {
        self.by_value.get(value).cloned().unwrap_or_default()
    }
}
